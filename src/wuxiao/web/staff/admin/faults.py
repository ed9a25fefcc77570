"""Sign-off errors that came back to the reviewer who had agreed."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from wuxiao.desk.matters import sign_offs
from wuxiao.rules.access import Power
from wuxiao.typed.numbers import whole_number
from wuxiao.web.shared.dates import when
from wuxiao.web.staff.gate import Desk, desk, notify, show


@desk(Power.INBOX)
def page(d: Desk) -> HttpResponse:
    """Show the errors not acknowledged yet; "read" takes one off the list."""
    if d.request.method == "POST":
        one = whole_number(d.request.POST.get("sign_off"))
        if one is not None and sign_offs.acknowledge(one, by=d.by, at=d.at):
            notify(d.request, _("已记下您看过这条差错。"))
        return redirect("staff:faults")
    levels = {level.level: level.name.say(d.lang) for level in d.rules.book.sign_levels}
    rows = [
        {
            "id": s.pk,
            "number": s.matter.number,
            "title": s.matter.title,
            "url": reverse("staff:matter", args=[s.matter.number]),
            "level": levels.get(s.level, str(s.level)),
            "reason": s.reason,
            "fault": s.fault,
            "at": when(s.fault_at, d.lang, year=False) if s.fault_at else "",
        }
        for s in sign_offs.faults(d.by)
    ]
    return show(d, "faults.html", {"rows": rows}, at="faults")
