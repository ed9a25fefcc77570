"""What every resident's page has: the town's words, the reader's language, the throttle, safe answers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language

from wuxiao.desk.base import actor, throttle
from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import Refused
from wuxiao.desk.look import offered
from wuxiao.desk.town import books
from wuxiao.desk.town.books import Rules
from wuxiao.records.models import Staff
from wuxiao.rules.words import Text
from wuxiao.typed.plain import clean
from wuxiao.web.shared import dates
from wuxiao.web.shared.caller import caller_of
from wuxiao.web.shared.dates import active_lang
from wuxiao.web.shared.punctuation import full_width

#: The number every town in the country answers; the town's own number stands in its rule book.
HOTLINE = "12345"
#: How long what was not sent yet stays.
DRAFT_HOURS = round(settings.DRAFT_SECONDS / 3600)
_KNOWN = "wuxiao_known"
_DAY = 24 * 3600


def say(text: Text) -> str:
    """Return a text of the desk in the reader's language, punctuated as printed Chinese is."""
    return full_width(text.say(active_lang()))


def lang_code() -> str:
    """Return the language code that a matter keeps for messages."""
    return get_language() or "zh-hans"


def page(
    request: HttpRequest,
    template: str,
    rules: Rules,
    context: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
    form: bool = True,
) -> HttpResponse:
    """Return a page with what the layout needs; `form=False` (no form on it) sends no referrer at all.

    Pages with a form send it to ourselves only: browsers that send none also hide the origin, and then the protection
    against forged requests cannot tell our own form from a stranger's.
    """
    town = rules.book.town
    values = {
        "town_name": town.name,
        "hotline": HOTLINE,
        "town_phone": town.phone,
        "home_url": reverse("resident_start"),
        "privacy_url": reverse("resident_privacy"),
        "public_url": reverse("public_report"),
        "errors": {},
        **(context or {}),
    }
    response = render(request, f"resident/{template}", values, status=status)
    response.headers["Referrer-Policy"] = "same-origin" if form else "no-referrer"
    return response


def now() -> datetime:
    """Return the present instant; views read the clock, nothing below them does."""
    return timezone.now()


def rules_now() -> Rules:
    """Return the rules in force."""
    return books.current(now())


def text_of(request: HttpRequest, name: str, limit: int | None = None) -> str:
    """Return what was typed into a field, without control characters; with `limit` that many and one more.

    Texts that people write are asked for whole: too long a one is told, and comes back to be shortened.
    """
    typed = clean(request.POST.get(name, "")).strip()
    return typed if limit is None else typed[: limit + 1]


def staff_of(request: HttpRequest) -> Actor | None:
    """Return the member of staff who is signed in in this browser; a visitor without a session costs no query."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    person = request.user
    return actor.of_staff(person, rules_now().book) if isinstance(person, Staff) else None


def not_as_staff(staff: Actor | None) -> None:
    """Raise `Refused` if a step is taken with a resident's secret by somebody who is signed in as staff."""
    if staff is not None:
        raise Refused(
            Text(
                "您在这个浏览器里登录着工作人员账号，不能用查询码替诉求人办。请回到工作页面办，那样会写明是谁办的。",
                "You are signed in as staff in this browser, and a resident's code is not yours to act with."
                " Use the staff page: there it says who did it.",
            ),
            "staff",
        )


def _cookie_of(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()[:16]


def missed_lookup(request: HttpRequest, rules: Rules) -> None:
    """Count a code that opened nothing, by network address and by session; raises `Throttled` above the limit.

    A right code is never counted and never refused: with 94 drawn bits it is no guess, and a whole village may sit
    behind one address.
    """
    limit, at = rules.book.throttle.lookups_per_minute, now()
    callers = [(caller_of(request), throttle.SHARED * limit)]
    if key := request.session.session_key:
        callers.append((f"session {key}", limit))
    throttle.miss("code", callers, throttle.MINUTE, at=at)


def remember_lookup(request: HttpRequest, response: HttpResponse, code: str) -> None:
    """Note on this device that it opened this code; the cookie lives under the code's own address."""
    response.set_cookie(
        _KNOWN,
        signing.dumps(_cookie_of(code), salt=_KNOWN),
        max_age=_DAY,
        path=f"/p/{code}",
        httponly=True,
        samesite="Lax",
        secure=request.is_secure(),
    )


def way(one: offered.Way) -> tuple[str, str, str, str]:
    """Return a way that a subject offers as a menu shows it: where, what, a word about it, its icon."""
    hint = say(one.hint).format(when=dates.when(one.when) if one.when else "") if one.hint is not None else ""
    return reverse(one.route, args=one.args), say(one.title), hint, one.icon
