"""The dashboard: how much work stands where, how old it is, what comes and goes. Work is counted, never persons."""

from __future__ import annotations

from django.core.cache import cache
from django.http import HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from markupsafe import Markup

from wuxiao.desk.case.rows import rows
from wuxiao.desk.look import shelves
from wuxiao.desk.look.board import Board, board
from wuxiao.rules.access import Power
from wuxiao.rules.flow import STANDINGS, State
from wuxiao.web.shared import charts
from wuxiao.web.shared.dates import number, percent, when
from wuxiao.web.staff.gate import Desk, desk, show
from wuxiao.web.staff.lists import lines, names
from wuxiao.web.staff.overview.search import age_names

KEEP_SECONDS = 60


def _board(d: Desk) -> Board:
    key = "staff:board:" + ",".join((*d.viewer.principals, "-", *sorted(d.viewer.units)))
    found: Board | None = cache.get(key)
    if found is None:
        found = board(d.viewer, now=d.at)
        cache.set(key, found, KEEP_SECONDS)
    return found


def _linked(text: str, **wanted: object) -> str:
    """Return a number as a link to the list of what it counts; nothing counted leads nowhere."""
    if text == number(0):
        return text
    return Markup('<a href="{}?{}">{}</a>').format(
        reverse("staff:search"), urlencode({name: str(value) for name, value in wanted.items()}), text
    )


@desk(Power.DASHBOARD)
def page(d: Desk) -> HttpResponse:
    """Show the counts of what this person may see."""
    b = _board(d)
    units = names(d.rules, d.lang)[0]
    bands = age_names()
    states = [
        (STANDINGS[s].staff_name.say(d.lang), list(b.states[s.value]))
        for s in State
        if s is not State.CLOSED and s.value in b.states
    ]
    labels = [f"{day.month}-{day.day:02d}" for day, _in, _out in b.days]
    ages = charts.stacked(_("未办结：状态与已过天数"), states, bands, head=_("状态")) if states else None
    if ages is not None:
        codes = [s.value for s in State if s is not State.CLOSED and s.value in b.states]
        # The head of a row, the counts of its bands, and their sum: each leads to the matters it counts.
        for code, row in zip(codes, ages.rows, strict=True):
            wants = [{"state": code, "age": n} for n in range(len(bands))] + [{"state": code}]
            row[1:] = [_linked(text, **want) for text, want in zip(row[1:], wants, strict=True)]
    flow = charts.lines(
        _("最近 30 天：收到与办结"),
        labels,
        [
            charts.Line(_("收到"), [float(came) for _d, came, _o in b.days]),
            charts.Line(_("办结"), [float(out) for _d, _c, out in b.days]),
        ],
        head=_("日期"),
    )
    for (day, _came, _out), row in zip(b.days, flow.rows, strict=True):
        row[1] = _linked(row[1], since=day, until=day)
        row[2] = _linked(row[2], closed_since=day, closed_until=day)
    # In the order of the rule book: this is a list of where work stands, not a ranking.
    by_unit = [
        (
            name,
            _linked(number(b.units[code][0]), holder=code, state="open"),
            _linked(number(b.units[code][1]), holder=code, late=1),
        )
        for code, name in units.items()
        if code in b.units
    ]
    first = b.days[0][0]
    hot = shelves.shelf_page(d.viewer, "overdue", now=d.at, limit=10)
    came = sum(c for _d, c, _o in b.days)
    out = sum(o for _d, _c, o in b.days)
    context = {
        "numbers": [
            (_("未办结"), _linked(number(b.open), state="open")),
            (
                _("其中承诺超时"),
                _linked(number(b.late), late=1),
                "",
                # Of those whose promise runs: what is answered or waits for the requester cannot be late.
                _("期限还在走的 %(n)s 件里的 %(share)s")
                % {"n": number(b.working), "share": percent(b.late / b.working)}
                if b.working
                else "",
            ),
            (_("30 天收到"), _linked(number(came), since=first)),
            (_("30 天办结"), _linked(number(out), closed_since=first)),
        ],
        "ages": ages,
        "flow": flow,
        "by_unit": by_unit,
        "hot": lines(rows(hot.ids, viewer=d.viewer), d),
        "as_of": when(d.at, d.lang),
    }
    return show(d, "dashboard.html", context, at="dashboard")
