"""What became of what 110 handed over: a list and one matter, to read only."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from wuxiao.desk.case.keyset import Cursor
from wuxiao.desk.look import handed
from wuxiao.rules.access import Power
from wuxiao.rules.codes import same_number
from wuxiao.rules.flow import STANDINGS, State
from wuxiao.web.shared.dates import when
from wuxiao.web.shared.shown import state_look
from wuxiao.web.staff.gate import Desk, desk, show
from wuxiao.web.staff.lists import names


def _line(one: handed.Handed, d: Desk) -> dict[str, Any]:
    units = names(d.rules, d.lang)[0]
    since = _("自 %(at)s 起由有关部门督办") % {"at": when(one.handed_at, d.lang)}
    if one.watched:
        return {
            "url": "",
            "received": when(one.received_at, d.lang),
            "watched": since,
        }
    tone, icon = state_look(one.state)
    return {
        "number": one.number,
        "url": reverse("staff:matter", args=[one.number]),
        "received": when(one.received_at, d.lang),
        "watched": "",
        "state": STANDINGS[State(one.state)].staff_name.say(d.lang),
        "tone": tone,
        "icon": icon,
        "unit": units.get(one.holder, one.holder),
        "due": when(one.due_at, d.lang) if one.due_at and one.answered_at is None else "",
        "answered": when(one.answered_at, d.lang) if one.answered_at else "",
        "closed": when(one.closed_at, d.lang) if one.closed_at else "",
        "handed": when(one.handed_at, d.lang),
        "answer": one.answer,
    }


@desk(Power.INBOX)
def page(d: Desk) -> HttpResponse:
    """List what this person's desk handed over, the newest first."""
    after = Cursor.read(d.request.GET.get("after", ""))
    found, following = handed.page(d.by, after=after)
    here = reverse("staff:handed")
    context = {
        "lines": [_line(one, d) for one in found],
        "next_url": f"{here}?{urlencode({'after': str(following)})}" if following else "",
        "first_url": here if after else "",
    }
    return show(d, "handed.html", context, at="handed")


def matter(d: Desk, number: str) -> HttpResponse:
    """Show what became of one matter the desk had; `NotFound` for any other."""
    # Whoever asks knows the number; of a watched one the answer itself holds none.
    found = {"number": same_number(number), **_line(handed.one(number, by=d.by), d)}
    return show(d, "handed_one.html", {"m": found}, at="handed")
