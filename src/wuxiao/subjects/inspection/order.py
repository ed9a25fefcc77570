"""The order to correct an inspection gives out: what stands open of it, under which law, by when; never who or why."""

from __future__ import annotations

from django.conf import settings

from wuxiao.records.models import Case
from wuxiao.rules.codes import grouped
from wuxiao.rules.papers import Content, Item
from wuxiao.subjects.inspection import asks

#: The code under which the paper is listed (`rules.papers.KINDS`).
KIND = "order"
#: Why an order is taken back when nothing of it stands.
WITHDRAWN = "问题认定有误，全部撤销"
#: Where whoever holds the code of a case reads it.
PARTY = "/o/"
_OPENING = (
    "{day}，检查人员对你场所（{place}，{address}）进行检查，发现下列{n}处问题：",
    "以上问题应当改正。现责令你场所在{due}24:00以前改正，改正以后告诉本单位，由另一名检查人员复查。",
)
_NOTES = (
    "认为认定不对的，可以凭查询码{code}在{page} 提出异议，由没有参加检查的督查人员答复；答复以前，改正期限照旧。",
    "不服本通知的，也可以自收到之日起六十日内依法申请行政复议，或者六个月内依法提起行政诉讼。",
    "本通知是责令改正，不是行政处罚。",
)


def content(case: Case) -> Content:
    """Return what the order says as the case stands now: every finding that is open, and the day to mend it by."""
    part = asks.part_of(case)
    listed, written = asks.list_of(part), asks.written(case)
    items = []
    for one in asks.open_findings(case):
        item = listed.item(one.item)
        grave = "（严重隐患）" if one.grave else ""
        said = asks.described(one, listed, written.get(one.number, ()))
        items.append(Item(f"{said}{grave}。", item.law.zh if item is not None else ""))
    visited, due = part.left_at, part.due_on
    assert visited is not None
    assert due is not None
    opening = _OPENING[0].format(
        day=asks.day_of(visited), place=part.premises.title, address=part.premises.address, n=len(items)
    )
    return Content(
        to=part.premises.title,
        opening=(opening,),
        items=tuple(items),
        closing=(_OPENING[1].format(due=f"{due.year}年{due.month}月{due.day}日"),),
        notes=tuple(
            note.format(code=grouped(case.code), page=settings.BASE_URL + PARTY + case.code) for note in _NOTES
        ),
    )
