"""The public page of receptions: who receives, when, where, and whether there is room; no number of anybody."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wuxiao.desk.slots import ask, kinds
from wuxiao.subjects.reception import asks
from wuxiao.subjects.reception.rules import NAME
from wuxiao.web.public import base
from wuxiao.web.shared import dates


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show the receptions to come; a town that keeps none has no such page."""
    rules, at = base.rules_now(), base.now()
    kind = kinds.of(NAME, rules.book)
    rows = []
    for slot in ask.coming(kind, rules, at=at):
        if slot.host is None:
            continue
        leader = asks.leader_of(slot.host, rules.book)
        rows.append(
            {
                "when": f"{dates.day(slot.starts_at, year=False)} "
                f"{dates.clock(slot.starts_at)}–{dates.clock(slot.ends_at)}",
                "room": _("可以约") if asks.is_open(slot) else _("约满了"),
                "tone": "work" if asks.is_open(slot) else "closed",
                "who": f"{base.say(leader.name)} · {base.say(leader.post)}",
                "place": slot.place,
            }
        )
    context = {
        "rows": rows,
        "ahead": asks.numbers(rules.book)["ahead"],
        "feed_url": settings.BASE_URL + reverse("calendar_reception"),
        "find_url": reverse("resident_find"),
    }
    return base.page(request, "receptions.html", rules, "public_receptions", context)


PATHS = (path("reception", page, name="public_receptions"),)
