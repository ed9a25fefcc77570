"""Lists that leave the house: who took what out, for what, is written once the file is made and before it goes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import Invalid, Refused
from wuxiao.desk.case.shown import visible
from wuxiao.desk.diary import diary
from wuxiao.rules.access import Power
from wuxiao.rules.words import Text
from wuxiao.typed.plain import line

#: How many matters one export may hold.
MOST = 2000
_BATCH = 100


@contextmanager
def leaving(ids: Sequence[int], *, purpose: str, by: Actor, at: datetime) -> Iterator[None]:
    """Make a file inside this block; then the export stands in the town's diary and in the chain of every matter.

    Raises `Refused` without the power or beyond the cap, `Invalid` without a purpose, before the block. Whatever the
    block raises is raised, and nothing was written: a file that was never made has not left.
    """
    if by.viewer is None or Power.EXPORT not in by.viewer.powers:
        raise Refused(Text("您的岗位不能导出。", "Your post may not export."), "export")
    purpose = line(purpose)[:200]
    if not purpose:
        raise Invalid({"purpose": Text("请写明导出用途", "please state the purpose")})
    if len(ids) > MOST:
        raise Refused(
            Text(
                f"一次最多导出{MOST}件，请把条件收窄后分次导出。",
                f"At most {MOST} matters at a time: narrow the search and export in parts.",
            ),
            "too_many",
        )
    yield
    with transaction.atomic():
        # The purpose may name a person. It stands with each matter, outside the seal, and goes with the last of them.
        diary.write_town("export_rows", by=by, at=at, facts={"count": len(ids), "who": by.name})
        for start in range(0, len(ids), _BATCH):
            some = visible(by.viewer).filter(pk__in=ids[start : start + _BATCH]).order_by("pk")
            facts = {"fields": ["matter"], "who": by.name}
            locked = list(some.select_for_update().only("turn", "head", "state"))
            diary.write_same(locked, "export", by=by, at=at, facts=facts, texts={"purpose": purpose})
