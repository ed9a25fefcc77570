"""Many at once: the ticked rows of the intake queue are assigned one by one, each its own act."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from wuxiao.desk.base.errors import DeskError
from wuxiao.desk.case import act as acting
from wuxiao.desk.case.rows import numbered
from wuxiao.rules.access import Power
from wuxiao.rules.words import Text
from wuxiao.web.staff.gate import Desk, desk, notify, show
from wuxiao.web.staff.lists import names

#: How many rows one click may assign; each is a whole act.
MOST = 50


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one row."""

    number: str
    title: str
    url: str
    unit: str
    reason: str


@desk(Power.BULK)
def assign(d: Desk) -> HttpResponse:
    """Assign each ticked matter to the unit chosen, or to the one proposed for it; say of each what became of it."""
    if d.request.method != "POST":
        return redirect("staff:queue", "intake")
    numbers = d.request.POST.getlist("number")[:MOST]
    if not numbers:
        notify(d.request, _("请先勾选要派的事项。"), "caution")
        return redirect("staff:queue", "intake")
    chosen = d.request.POST.get("unit", "")
    units = names(d.rules, d.lang)[0]
    went: list[Result] = []
    stayed: list[Result] = []
    for row in numbered(numbers, viewer=d.viewer):
        unit = chosen or row.route_why.get("lead", "")
        reason: Text | None = None
        if not unit:
            reason = Text("没有建议的单位，请先核定分类", "no unit is proposed: confirm the category first")
        else:
            try:
                acting.act(row.id, "assign", {"unit": unit}, by=d.by, at=d.at)
            except DeskError as refused:
                reason = refused.text
        result = Result(
            number=row.number,
            title=row.title,
            url=reverse("staff:matter", args=[row.number]),
            unit=units.get(unit, unit),
            reason=reason.say(d.lang) if reason else "",
        )
        (stayed if reason else went).append(result)
    if not went and not stayed:
        notify(d.request, _("这些事项已经不在。"), "caution")
        return redirect("staff:queue", "intake")
    return show(d, "bulk.html", {"went": went, "stayed": stayed}, at="intake")
