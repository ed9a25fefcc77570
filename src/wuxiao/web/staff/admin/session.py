"""Signing in and out, in one step or two, and one's own password."""

from __future__ import annotations

import json
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import login, logout, update_session_auth_hash
from django.core import signing
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from wuxiao.desk.base.errors import DeskError, Invalid, Throttled
from wuxiao.desk.doors import factors, passphrases, signing_in, staff, visits
from wuxiao.desk.town import books
from wuxiao.records.models import Staff
from wuxiao.rules.access import Power
from wuxiao.web.shared.caller import caller_of
from wuxiao.web.shared.dates import active_lang
from wuxiao.web.shared.punctuation import full_width
from wuxiao.web.staff.gate import Desk, desk, notify, show
from wuxiao.web.staff.lists import shelf

_YEAR = 365 * 24 * 3600
#: How long the second step waits after the first, how long a device is remembered, how long a shown factor counts.
HALF = timedelta(minutes=5)
KNOWN_DAYS = 60
PROVED = timedelta(minutes=10)
#: Says that something was taken along on this device.
TRAY = f"{settings.SESSION_COOKIE_NAME.removeprefix('__Host-')}_tray"
_DEVICE = f"{settings.SESSION_COOKIE_NAME}_device"


def say(error: DeskError) -> str:
    """Return what the desk refused, in the reader's language and punctuation."""
    return full_width(error.text.say(active_lang()))


def own_page(wanted: str) -> str:
    """Return an address to go on to, if it is a page of staff of this site, else the first page."""
    ok = wanted.startswith("/staff") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if ok else reverse("staff:home")


def _next(request: HttpRequest) -> str:
    return own_page(request.POST.get("next") or request.GET.get("next") or "")


def _device_of(request: HttpRequest, username: str) -> str:
    """Return the mark of this device if this very account was signed in on it before, else nothing."""
    try:
        kept = signing.loads(request.COOKIES.get(_DEVICE, ""), salt=_DEVICE, max_age=KNOWN_DAYS * 86400)
    except signing.BadSignature:
        return ""
    return str(kept.get(signing_in.typed_name(username), "")) if isinstance(kept, dict) else ""


def _remember_device(request: HttpRequest, response: HttpResponse, person: Staff) -> None:
    try:
        kept = dict(signing.loads(request.COOKIES.get(_DEVICE, ""), salt=_DEVICE, max_age=KNOWN_DAYS * 86400))
    except (signing.BadSignature, TypeError, ValueError):
        kept = {}
    mark = kept.pop(person.username, "") or secrets.token_urlsafe(12)
    kept = {**dict(list(kept.items())[-4:]), person.username: mark}
    response.set_cookie(
        _DEVICE,
        signing.dumps(kept, salt=_DEVICE),
        max_age=KNOWN_DAYS * 86400,
        httponly=True,
        samesite="Strict",
        secure=request.is_secure(),
    )


def enter(request: HttpRequest, person: Staff, second: str, to: str) -> HttpResponse:
    """Sign a person in for good: a new session with its own list entry, the diary, the device remembered."""
    now, address = timezone.now(), caller_of(request)
    device = _device_of(request, person.username)
    signing_in.complete(person, at=now, address=address, device=device, second=second)
    for name in ("half", "challenge", "draft", "sent"):
        request.session.pop(name, None)
    login(request, person, backend=settings.AUTHENTICATION_BACKENDS[0])
    if request.session.session_key is None:
        request.session.cycle_key()
    request.session["seen"] = request.session["began"] = now.isoformat()
    if second:
        request.session["proved"] = now.isoformat()
    visits.begin(
        person,
        str(request.session.session_key),
        by=signing_in.actor_of(person),
        at=now,
        address=address,
        device=request.headers.get("User-Agent", ""),
    )
    response = redirect("staff:password" if person.must_change_password else to)
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        person.lang,
        max_age=_YEAR,
        samesite="Lax",
        httponly=True,
        secure=request.is_secure(),
    )
    _remember_device(request, response, person)
    return response


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for account and password; who has a second factor is asked for it on the next page."""
    if request.user.is_authenticated and request.method != "POST":
        return redirect(_next(request))
    error, username, status = "", "", 200
    if request.method == "POST":
        username, now = request.POST.get("username", "")[:80], timezone.now()
        try:
            person = signing_in.first_step(
                username,
                request.POST.get("password", "")[:200],
                at=now,
                address=caller_of(request),
                device=_device_of(request, username),
            )
        except DeskError as refusal:
            error, status = say(refusal), 429 if isinstance(refusal, Throttled) else 403
        else:
            if not person.factor_count:
                return enter(request, person, "", _next(request))
            if request.user.is_authenticated:
                logout(request)
            request.session["half"] = {"id": person.pk, "at": now.isoformat(), "next": _next(request)}
            return redirect("staff:second")
    return render(
        request,
        "staff/sign_in.html",
        {
            "town_name": books.current(timezone.now()).book.town.name,
            "error": error,
            "locked": status == 429,
            "username": username,
            "next": _next(request),
            "idle": request.GET.get("idle") == "1",
            "passkeys": factors.passkeys_possible(),
        },
        status=status,
    )


def _half(request: HttpRequest) -> tuple[Staff, str] | None:
    """Return who has given the right password just now and where they want to go, or `None`."""
    kept = request.session.get("half")
    if not isinstance(kept, dict) or timezone.now() - datetime.fromisoformat(kept["at"]) > HALF:
        return None
    person = staff.with_posts(int(kept["id"]))
    return (person, str(kept["next"])) if person is not None and person.is_active else None


@require_http_methods(["GET", "HEAD", "POST"])
def second(request: HttpRequest) -> HttpResponse:
    """Ask for the second factor after a right password: a code of the app, a recovery code, or a passkey."""
    half = _half(request)
    if half is None:
        request.session.pop("half", None)
        return redirect("staff:sign_in")
    person, to = half
    error, status = "", 200
    if request.method == "POST":
        try:
            kind = factors.check_code(
                person,
                request.POST.get("code", "")[:40],
                at=timezone.now(),
                address=caller_of(request),
                device=_device_of(request, person.username),
            )
        except DeskError as refusal:
            error, status = say(refusal), 429 if isinstance(refusal, Throttled) else 403
        else:
            return enter(request, person, kind, to)
    kinds = {row.kind for row in factors.of(person.pk)}
    context = {
        "town_name": books.current(timezone.now()).book.town.name,
        "error": error,
        "app": "totp" in kinds,
        "passkey_here": "passkey" in kinds and factors.passkeys_possible(),
        "next": to,
    }
    return render(request, "staff/second.html", context, status=status)


# -- passkeys: two questions of the script -----------------------------------------------------------------------------


def _body(request: HttpRequest) -> dict[str, Any]:
    try:
        found = json.loads(request.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _refused(error: DeskError) -> JsonResponse:
    return JsonResponse({"error": say(error)}, status=429 if isinstance(error, Throttled) else 403)


def _signed_in(request: HttpRequest) -> Staff | None:
    return request.user if isinstance(request.user, Staff) else None


@require_POST
def passkey_options(request: HttpRequest) -> HttpResponse:
    """Tell the browser what to ask the device for: to sign in, as the second step, to show it again, or a new one."""
    why, now = _body(request).get("why"), timezone.now()
    half, person = _half(request), _signed_in(request)
    town = books.current(now).book.town.name.say(active_lang())
    if why == "sign-in":
        options, challenge = factors.passkey_to_show(None)
    elif why == "second" and half is not None:
        options, challenge = factors.passkey_to_show(half[0])
    elif why == "prove" and person is not None:
        options, challenge = factors.passkey_to_show(person)
    elif why == "add" and person is not None and proved(request, now):
        options, challenge = factors.passkey_to_make(person, town)
    else:
        return JsonResponse({"error": _("请重新登录。")}, status=400)
    request.session["challenge"] = {"text": challenge, "why": why, "at": now.isoformat()}
    return HttpResponse(options, content_type="application/json")


@require_POST
def passkey_answer(request: HttpRequest) -> HttpResponse:
    """Take the device's answer to the question asked before, once."""
    body, now = _body(request), timezone.now()
    asked = request.session.pop("challenge", None)
    why, answer = body.get("why"), json.dumps(body.get("answer"))
    half, person = _half(request), _signed_in(request)
    if not isinstance(asked, dict) or asked["why"] != why or now - datetime.fromisoformat(asked["at"]) > HALF:
        return JsonResponse({"error": _("等得太久了，请重试。")}, status=400)
    try:
        if why == "add" and person is not None and proved(request, now):
            name = str(body.get("name", ""))[:40]
            codes = factors.add_passkey(person, answer, asked["text"], name, by=signing_in.actor_of(person), at=now)
            if codes:
                request.session["codes"] = codes
            return JsonResponse({"to": reverse("staff:account")})
        if why == "prove" and person is not None:
            factors.check_passkey(answer, asked["text"], at=now, staff=person)
            request.session["proved"] = now.isoformat()
            return JsonResponse({"to": own_page(str(body.get("next", "")))})
        expected = half[0] if why == "second" and half is not None else None
        if why == "second" and expected is None:
            return JsonResponse({"error": _("请重新登录。")}, status=403)
        shown = factors.check_passkey(answer, asked["text"], at=now, staff=expected)
    except DeskError as refusal:
        return _refused(refusal)
    to = half[1] if why == "second" and half is not None else own_page(str(body.get("next", "")))
    entered = enter(request, shown, "passkey", to)
    response = JsonResponse({"to": entered["Location"]})
    response.cookies = entered.cookies
    return response


def proved(request: HttpRequest, now: datetime) -> bool:
    """Return whether a second factor (or, without one, the password) was shown in this session just now."""
    kept = request.session.get("proved")
    return isinstance(kept, str) and now - datetime.fromisoformat(kept) <= PROVED


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    response = redirect("staff:sign_in")
    if TRAY in request.COOKIES:
        # What was taken along goes with the sign-in, whichever page it is ended on, scripts or none.
        response["Clear-Site-Data"] = '"storage"'
        response.delete_cookie(TRAY, path=reverse("staff:home"))
    return response


@sensitive_post_parameters("old", "new", "again")
@desk(must_change=False, second=False)
def password(d: Desk) -> HttpResponse:
    """Change one's own password; the first sign-in leads here and nowhere else."""
    request = d.request
    first = d.staff.must_change_password
    errors: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        old, new = request.POST.get("old", ""), request.POST.get("new", "")
        if new != request.POST.get("again", ""):
            errors["again"] = _("两次输入的新密码不一样。")
        else:
            key = str(request.session.session_key)
            try:
                person = staff.change_password(
                    d.staff.pk, old[:200], new[:200], at=d.at, address=caller_of(request), keep_key=key
                )
            except Throttled as wait:
                errors, status = {"old": say(wait)}, 429
            except Invalid as wrong:
                errors = {name: full_width(text.say(d.lang)) for name, text in wrong.fields.items()}
            else:
                person.refresh_from_db()
                update_session_auth_hash(request, person)
                visits.moved(key, str(request.session.session_key))
                notify(request, _("密码已修改，其他地方的登录都已退出。"))
                return redirect("staff:home")
        status = status if status == 429 else 400
    context: dict[str, Any] = {
        "errors": errors,
        "first": first,
        "how": full_width(passphrases.HOW.say(d.lang)) + ("." if d.lang == "en" else "。"),
    }
    if first:
        context["nav"] = []
    return show(d, "password.html", context, at="password", status=status)


@desk()
def home(d: Desk) -> HttpResponse:
    """Lead each role to where its work is."""
    if d.may(Power.INBOX):
        return shelf(d, "inbox")
    for power, name in (
        (Power.CALL_BACKS, "staff:call_backs"),
        (Power.PAY_OUT, "staff:payouts"),
        (Power.STAFF, "staff:people"),
        (Power.AUDIT, "staff:audit"),
        (Power.OUTBOX, "staff:outbox"),
    ):
        if d.may(power):
            return redirect(name)
    return show(d, "nothing.html")
