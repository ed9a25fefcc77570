"""What those who came wrote of a row of a register: read by who keeps it, released by supervision or not at all."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from wuxiao.desk.base.errors import NotFound, Refused, Stale
from wuxiao.desk.register import answers, look
from wuxiao.desk.register.shelf import of
from wuxiao.rules.access import Power
from wuxiao.typed.numbers import whole_number
from wuxiao.web.shared import dates
from wuxiao.web.staff.gate import Desk, desk, notify, show


@desk(Power.REGISTERS)
def page(d: Desk, register: str, code: str) -> HttpResponse:
    """List the words of those who came, masked; POST releases or takes back."""
    shelf = of(register, d.rules.book)
    if shelf.form is None:
        raise NotFound
    here = reverse("staff:register_answers", args=[register, code])
    if d.request.method == "POST":
        turn = whole_number(d.request.POST.get("turn")) or 0
        try:
            if d.request.POST.get("do") == "release":
                seen = d.request.POST.get("seen", "")
                answers.release(shelf, code, turn, seen=seen, by=d.by, at=d.at)
                notify(d.request, _("已公布，卡片页上看得到。"))
            else:
                answers.withdraw(shelf, code, turn, by=d.by, at=d.at)
                notify(d.request, _("已收回。"))
        except (Refused, Stale) as refused:
            notify(d.request, refused.text.say(d.lang), "caution")
        return redirect(here)
    said = answers.said(shelf, code, by=d.by, at=d.at)
    view = look.view(register, code, by=d.by, at=d.at)
    context = {
        "name": view.row.title or code,
        "here": here,
        "back": reverse("staff:register_row", args=[register, code]),
        "may_release": answers.may_release_of(d.by, view.row.unit, view.kind),
        "lines": [
            {
                "turn": one.turn,
                "day": dates.day(one.day),
                "masked": one.masked,
                "seen": one.digest,
                "by": one.released_by,
            }
            for one in said
        ],
    }
    return show(d, "answers.html", context, at=f"register:{register}")
