"""What every public page has: the town, the navigation, the reader's language, and how long it may be kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from wuxiao.desk.figures.kept import monthly
from wuxiao.desk.look import offered
from wuxiao.desk.matters import figures
from wuxiao.desk.town import books
from wuxiao.desk.town.books import Rules
from wuxiao.rules.measures.published import Report, build
from wuxiao.rules.publication import kinds
from wuxiao.rules.words import Text
from wuxiao.web.shared import dates
from wuxiao.web.shared.nav import NavItem
from wuxiao.web.shared.punctuation import full_width

#: Seconds a browser or a proxy may keep a page: the worker prepares new figures every few minutes.
KEEP = 60
#: Months on the axis of a trend.
TREND = 13


def say(text: Text) -> str:
    """Return a domain text in the reader's language, punctuated as printed Chinese is."""
    return full_width(text.say(dates.active_lang()))


def now() -> datetime:
    """Return the present instant; views read the clock, nothing below them does."""
    return timezone.now()


def rules_now() -> Rules:
    """Return the rules in force."""
    return books.current(now())


def month_name(month: str) -> str:
    """Return `2026-11` as `2026年11月` or `November 2026`."""
    return dates.month(date(int(month[:4]), int(month[5:]), 1))


def month_short(month: str) -> str:
    """Return `2026-11` as a short label under a chart."""
    return (
        dates.month(date(int(month[:4]), int(month[5:]), 1))[:3]
        if dates.active_lang() == "en"
        else f"{int(month[5:])}月"
    )


def report_of(made: figures.Month, index: figures.Index, rules: Rules) -> Report:
    """Return what may be printed of one prepared month."""
    before = figures.earlier(made.name, 1)
    return build(
        made.name,
        made.until,
        made.cells,
        rules.book,
        over=made.until >= figures.month_bounds(made.name)[1],
        final=made.final,
        channels=made.channels,
        units=made.units,
        received_by_day=made.received_by_day,
        answered_by_day=made.answered_by_day,
        previous=index.total(before) if before in index.months else None,
    )


def texts_of(rules: Rules) -> list[tuple[str, str]]:
    """Return the kinds of texts this town publishes, each with its name for the reader."""
    return [(code, say(one.name)[:1].upper() + say(one.name)[1:]) for code, one in kinds(rules.book).items()]


def page(
    request: HttpRequest, template: str, rules: Rules, current: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """Return a public page with what its layout needs; `current` is the address name of its place in the navigation."""
    items: tuple[tuple[str, ...], ...] = (
        (_("每月公开"), "public_report"),
        *((say(way.title), way.route, *way.args) for way in offered.public(rules.book)),
        *(((_("各项工作"), "public_subjects"),) if monthly(rules.book) else ()),
        (_("数怎么算"), "public_definitions"),
        (_("开放数据"), "public_data"),
        (_("防改核对"), "public_checkpoints"),
    )
    items += tuple((name, "public_texts", code) for code, name in texts_of(rules))
    values = {
        "town_name": rules.book.town.name,
        "operator": rules.book.town.operator,
        "fictional": rules.book.town.fictional,
        "below": rules.book.suppress_below,
        "minimum_n": rules.book.minimum_n,
        "public_url": reverse("public_report"),
        "home_url": reverse("resident_start"),
        "public_nav": [
            NavItem(label, reverse(name, args=rest), current=":".join((name, *rest)) == current)
            for label, name, *rest in items
        ],
        **context,
    }
    response = render(request, f"public/{template}", values, status=status)
    return kept(response)


def kept(response: HttpResponse) -> HttpResponse:
    """Let the answer be kept a short while: public pages are the same for everybody of one language and print size."""
    response.headers["Cache-Control"] = f"public, max-age={KEEP}"
    patch_vary_headers(response, ("Cookie", "Accept-Language"))
    return response
