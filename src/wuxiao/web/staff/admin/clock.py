"""The wall clock as the worker sees it, and the button with which a named person confirms it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from wuxiao.desk.house import beat
from wuxiao.rules.access import Power
from wuxiao.web.shared.dates import when
from wuxiao.web.staff.gate import Desk, desk, notify, show


@desk(Power.KEYS, Power.SUPERVISION)
def page(d: Desk) -> HttpResponse:
    """Show whether the clock is believed; POST confirms it."""
    if d.request.method == "POST":
        beat.confirm(by=d.by, at=d.at)
        notify(d.request, _("已确认系统时钟，提醒和清理恢复运行。"))
        return redirect("staff:clock")
    since = beat.doubted()
    context = {"now": when(d.at, d.lang), "since": when(since, d.lang) if since else ""}
    return show(d, "clock.html", context, at="clock")
