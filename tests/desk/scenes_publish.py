"""Scenes of published texts for the test that no key of the rule book is dead (tests/keys)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.desk.people import MONDAY
from tests.keys.stage import Stage, said, sees, there
from wuxiao.desk.publish import acts
from wuxiao.records.models import Publication
from wuxiao.rules.access import Role


@sees("registers.*.*.unit", "registers.*.*.cycle_days")
@there
def published(stage: Stage) -> Iterator[Any]:
    """Who may propose a text of the kind that was turned for another unit, and when it is reviewed."""
    if stage.path[1] != "publications":
        return
    kind = str(stage.path[2])
    for unit in ("hotline", "gov", "petition_office", "efficiency", "data_bureau"):
        role = Role.CENTRE_LEAD if unit == "hotline" else Role.LEAD
        by = stage.of_unit(unit, role)
        code = said(lambda by=by: acts.propose(kind, "怎么办居住证", "带身份证来。", by=by, at=MONDAY, unit="justice"))
        found = Publication.objects.filter(row__code=code if isinstance(code, str) else "").first()
        yield unit, isinstance(code, str), str(found.review_on) if found else ""
