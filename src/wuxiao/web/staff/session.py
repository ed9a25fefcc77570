"""Signing in and out, and one's own password."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import login, logout, update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from wuxiao.desk import books, staff
from wuxiao.desk.errors import Invalid, Refused
from wuxiao.records.models import Staff
from wuxiao.rules.access import Power
from wuxiao.web.shared.dates import active_lang
from wuxiao.web.staff.gate import Desk, desk, notify, show
from wuxiao.web.staff.lists import shelf

_YEAR = 365 * 24 * 3600


def _next(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ok = wanted.startswith("/staff") and url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()})
    return wanted if ok else reverse("staff:home")


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for account and password; too many failures lock the account for a while."""
    if request.user.is_authenticated and request.method != "POST":
        return redirect(_next(request))
    error, username = "", ""
    if request.method == "POST":
        username = request.POST.get("username", "")[:80]
        try:
            person = staff.sign_in(username, request.POST.get("password", "")[:200], at=timezone.now())
        except Refused as refusal:
            error = refusal.text.say(active_lang())
        else:
            login(request, person, backend=settings.AUTHENTICATION_BACKENDS[0])
            request.session["seen"] = timezone.now().isoformat()
            response = redirect("staff:password" if person.must_change_password else _next(request))
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME,
                person.lang,
                max_age=_YEAR,
                samesite="Lax",
                httponly=True,
                secure=request.is_secure(),
            )
            return response
    return render(
        request,
        "staff/sign_in.html",
        {
            "town_name": books.current(timezone.now()).book.town.name,
            "error": error,
            "username": username,
            "next": _next(request),
            "idle": request.GET.get("idle") == "1",
            "demo": settings.DEMO,
        },
        status=403 if error else 200,
    )


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect("staff:sign_in")


@sensitive_post_parameters("old", "new", "again")
@desk(must_change=False)
def password(d: Desk) -> HttpResponse:
    """Change one's own password; the first sign-in leads here and nowhere else."""
    request = d.request
    first = d.staff.must_change_password
    errors: dict[str, str] = {}
    if request.method == "POST":
        old, new = request.POST.get("old", ""), request.POST.get("new", "")
        if new != request.POST.get("again", ""):
            errors["again"] = _("两次输入的新密码不一样。")
        else:
            try:
                person: Staff = staff.change_password(d.staff.pk, old[:200], new[:200], at=d.at)
            except Invalid as wrong:
                errors = {name: text.say(d.lang) for name, text in wrong.fields.items()}
            else:
                update_session_auth_hash(request, person)
                notify(request, _("密码已修改。"))
                return redirect("staff:home")
    context = {"errors": errors, "first": first}
    if first:
        context["nav"] = []
    return show(d, "password.html", context, at="password", status=400 if errors else 200)


@desk()
def home(d: Desk) -> HttpResponse:
    """Lead each role to where its work is."""
    if d.may(Power.INBOX):
        return shelf(d, "inbox")
    for power, name in (
        (Power.CALL_BACKS, "staff:call_backs"),
        (Power.STAFF, "staff:people"),
        (Power.AUDIT, "staff:audit"),
    ):
        if d.may(power):
            return redirect(name)
    return show(d, "nothing.html")
