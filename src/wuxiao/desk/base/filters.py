"""Saved filters: a person's own named searches."""

from __future__ import annotations

import json
from collections.abc import Iterable
from urllib.parse import parse_qsl

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import Invalid, Refused
from wuxiao.reading import redact
from wuxiao.reading.tokens import simplify
from wuxiao.records.models import Job, SavedFilter
from wuxiao.rules.words import Text
from wuxiao.typed.plain import compact, line

#: How many searches a person may keep.
MOST = 20


def of_person(by: Actor) -> list[SavedFilter]:
    """Return a person's saved filters by name (one query)."""
    return list(SavedFilter.objects.filter(staff=by.staff_id).order_by("name")[:MOST])


def save(name: str, query: str, *, by: Actor) -> SavedFilter:
    """Keep a search under a name, replacing the one of that name; `Invalid`, or `Refused` when there are too many."""
    assert by.staff_id is not None
    name = line(name)[:40]
    if not name:
        raise Invalid({"name": Text("请给这个查询起个名字", "please name this search")})
    if not query or len(query) > 600:
        raise Invalid({"name": Text("没有可以保存的条件，或条件太长", "there is nothing to save, or it is too long")})
    kept = SavedFilter.objects.filter(staff=by.staff_id)
    if kept.count() >= MOST and not kept.filter(name=name).exists():
        raise Refused(
            Text(f"最多保存{MOST}个查询，请先删掉不用的", f"at most {MOST} searches: remove one first"), "full"
        )
    row, _ = SavedFilter.objects.update_or_create(staff_id=by.staff_id, name=name, defaults={"query": query})
    return row


def forget(filter_id: int, *, by: Actor) -> None:
    """Remove one of a person's own saved filters; somebody else's stays."""
    SavedFilter.objects.filter(pk=filter_id, staff=by.staff_id).delete()


#: What of a text names a person by itself; a street and a door number alone are a place that others report too.
_NAMING = tuple(one for one in redact.CLASSES if one != "address")


def details(texts: Iterable[str]) -> set[str]:
    """Return the personal details that stand in texts about somebody: names, numbers, plates."""
    return {mark.text for text in texts if text for mark in redact.find(text, classes=_NAMING) if mark.kind in _NAMING}


def forget_person(personal: Iterable[str]) -> int:
    """Remove what staff keep in which one of these details of a person stands; returns how many rows.

    Saved searches, whosever they are, and the first rows shown of a file that was looked at for an import: for the
    erasing of a person's data. What was typed to find them is theirs too.
    """
    wanted = {folded for one in personal if len(folded := _fold(one)) > 1}
    if not wanted:
        return 0

    def named(*texts: str) -> bool:
        return any(one in folded for folded in map(_fold, texts) for one in wanted)

    searches = [r.pk for r in SavedFilter.objects.all() if named(r.name, *dict(parse_qsl(r.query)).values())]
    shown = Job.objects.filter(kind="look").exclude(result={})
    looks = [job.pk for job in shown if named(json.dumps(job.result, ensure_ascii=False))]
    gone, _ = SavedFilter.objects.filter(pk__in=searches).delete()
    return gone + Job.objects.filter(pk__in=looks).update(result={})


def _fold(text: str) -> str:
    return compact(simplify(text)).casefold().removeprefix("+86")
