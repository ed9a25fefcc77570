"""The dashboard: how much work stands where, how old it is, what comes and goes. Work is counted, never persons."""

from __future__ import annotations

from django.core.cache import cache
from django.http import HttpResponse
from django.utils.translation import gettext as _

from wuxiao.desk.look import shelves
from wuxiao.desk.look.board import Board, board
from wuxiao.desk.look.rows import rows
from wuxiao.rules.access import Power
from wuxiao.rules.flow import STANDINGS, State
from wuxiao.web.shared import charts
from wuxiao.web.shared.dates import number, percent, when
from wuxiao.web.staff.gate import Desk, desk, show
from wuxiao.web.staff.lists import lines, names

KEEP_SECONDS = 60


def _board(d: Desk) -> Board:
    key = "staff:board:" + ",".join((*d.viewer.principals, "-", *sorted(d.viewer.units)))
    found: Board | None = cache.get(key)
    if found is None:
        found = board(d.viewer, now=d.at)
        cache.set(key, found, KEEP_SECONDS)
    return found


@desk(Power.DASHBOARD)
def page(d: Desk) -> HttpResponse:
    """Show the counts of what this person may see."""
    b = _board(d)
    units = names(d.rules, d.lang)[0]
    bands = [_("1 天内"), _("1–5 天"), _("5–15 天"), _("超过 15 天")]
    states = [
        (STANDINGS[s].staff_name.say(d.lang), list(b.states[s.value]))
        for s in State
        if s is not State.CLOSED and s.value in b.states
    ]
    labels = [f"{day.month}-{day.day:02d}" for day, _in, _out in b.days]
    flow = charts.lines(
        _("最近 30 天：收到与办结"),
        labels,
        [
            charts.Line(_("收到"), [float(came) for _d, came, _o in b.days]),
            charts.Line(_("办结"), [float(out) for _d, _c, out in b.days]),
        ],
        head=_("日期"),
    )
    # In the order of the rule book: this is a list of where work stands, not a ranking.
    by_unit = [
        (name, number(b.units[code][0]), number(b.units[code][1])) for code, name in units.items() if code in b.units
    ]
    hot = shelves.shelf_page(d.viewer, "overdue", now=d.at, limit=10)
    came = sum(c for _d, c, _o in b.days)
    out = sum(o for _d, _c, o in b.days)
    context = {
        "numbers": [
            (_("未办结"), number(b.open)),
            (_("其中承诺超时"), number(b.late), percent(b.late / b.working if b.working else None)),
            (_("30 天收到"), number(came)),
            (_("30 天办结"), number(out)),
        ],
        "ages": charts.stacked(_("未办结：状态与已过天数"), states, bands, head=_("状态")) if states else None,
        "flow": flow,
        "by_unit": by_unit,
        "hot": lines(rows(hot.ids, viewer=d.viewer), d),
        "as_of": when(d.at, d.lang),
    }
    return show(d, "dashboard.html", context, at="dashboard")
