"""Saved filters: a person's own named searches."""

from __future__ import annotations

from wuxiao.desk.actor import Actor
from wuxiao.desk.errors import Invalid, Refused
from wuxiao.records.models import SavedFilter
from wuxiao.rules.words import Text

#: How many searches a person may keep.
MOST = 20


def of_person(by: Actor) -> list[SavedFilter]:
    """Return a person's saved filters by name (one query)."""
    return list(SavedFilter.objects.filter(staff=by.staff_id).order_by("name")[:MOST])


def save(name: str, query: str, *, by: Actor) -> SavedFilter:
    """Keep a search under a name, replacing the one of that name; `Invalid`, or `Refused` when there are too many."""
    assert by.staff_id is not None
    name = name.strip()[:40]
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
