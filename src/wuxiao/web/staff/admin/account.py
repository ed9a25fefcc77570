"""账号与安全: one's own second factors, recovery codes, and the places one is signed in at."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from wuxiao.desk.base.errors import DeskError, Invalid, Throttled
from wuxiao.desk.doors import factors, signing_in, staff, visits
from wuxiao.desk.slots import kinds as slot_kinds
from wuxiao.desk.town import books
from wuxiao.typed.numbers import whole_number
from wuxiao.web.shared import qr
from wuxiao.web.shared.caller import caller_of
from wuxiao.web.shared.dates import when
from wuxiao.web.staff.admin.session import own_page, proved, say
from wuxiao.web.staff.gate import Desk, desk, notify, show


def _prove_first(d: Desk, to: str) -> HttpResponse | None:
    if proved(d.request, d.at):
        return None
    return redirect(f"{reverse('staff:prove')}?{urlencode({'next': to})}")


@desk(must_change=False, second=False)
def account(d: Desk) -> HttpResponse:
    """Show second factors, recovery codes and signed-in places; rename, remove, sign out elsewhere."""
    request, here = d.request, reverse("staff:account")
    if d.staff.must_change_password:
        return redirect("staff:password")
    if request.method == "POST":
        do, number = request.POST.get("do", ""), whole_number(request.POST.get("id")) or 0
        if do in {"remove", "codes"} and (first := _prove_first(d, here)) is not None:
            return first
        try:
            match do:
                case "rename":
                    factors.rename(d.staff.pk, number, request.POST.get("name", ""), by=d.by, at=d.at)
                    notify(request, _("已改名。"))
                case "remove":
                    factors.remove(d.staff, number, by=d.by, at=d.at)
                    notify(request, _("已移除。"))
                case "codes" if d.staff.factor_count:
                    request.session["codes"] = factors.new_codes(d.staff, by=d.by, at=d.at)
                case "end":
                    visits.end(d.staff.pk, number, by=d.by, at=d.at)
                    notify(request, _("那一处已退出登录。"))
                case "everywhere":
                    key = str(request.session.session_key)
                    person = visits.end_everywhere(d.staff.pk, by=d.by, at=d.at, but=key)
                    update_session_auth_hash(request, person)
                    visits.moved(key, str(request.session.session_key))
                    notify(request, _("其他地方都已退出登录。"))
        except DeskError as refused:
            notify(request, say(refused), "caution")
        return redirect(here)
    must = factors.compulsory({p.role for p in d.viewer.posts})
    kinds = {"totp": _("验证器"), "passkey": _("通行密钥")}
    context = {
        "must": must and not d.staff.factor_count,
        "codes": request.session.pop("codes", None) if "codes" in request.session else None,
        "left": factors.codes_left(d.staff.pk) if d.staff.factor_count else None,
        "factors": [
            {
                "id": row.pk,
                "name": row.name,
                "kind": kinds.get(row.kind, row.kind),
                "added": when(row.added_at, d.lang, week=False),
                "used": when(row.used_at, d.lang, week=False) if row.used_at else "",
            }
            for row in factors.of(d.staff.pk)
        ],
        "places": [
            {
                "id": p.id,
                "began": when(p.began_at, d.lang, week=False),
                "seen": when(p.seen_at, d.lang, week=False),
                "address": p.address,
                "device": p.device,
                "here": p.here,
            }
            for p in visits.places(d.staff.pk, str(request.session.session_key))
        ],
        "calendar": bool(slot_kinds.kept(d.rules.book)),
        "passkeys": factors.passkeys_possible(),
        "proved": proved(request, d.at),
    }
    return show(d, "account.html", context, at="account")


@sensitive_post_parameters("code")
@desk(must_change=False, second=False)
def add_app(d: Desk) -> HttpResponse:
    """Add an authenticator app: the picture to scan, then the code it shows."""
    request = d.request
    if (first := _prove_first(d, reverse("staff:add_app"))) is not None:
        return first
    errors: dict[str, str] = {}
    name = request.POST.get("name", "")[:40]
    if request.method == "POST" and request.session.get("app"):
        try:
            codes = factors.add_app(
                d.staff, request.session["app"], request.POST.get("code", "")[:20], name, by=d.by, at=d.at
            )
        except Invalid as wrong:
            errors = {field: text.say(d.lang) for field, text in wrong.fields.items()}
        except DeskError as refused:
            errors = {"code": say(refused)}
        else:
            del request.session["app"]
            if codes:
                request.session["codes"] = codes
            notify(request, _("验证器已添加。"))
            return redirect("staff:account")
    secret = request.session.setdefault("app", factors.new_secret())
    request.session.modified = True
    town = books.current(d.at).book.town.name.say(d.lang)
    context = {
        "qr": qr.picture(factors.app_address(d.staff, secret, town)),
        "secret": " ".join(secret[n : n + 4] for n in range(0, len(secret), 4)),
        "errors": errors,
        "name": name,
    }
    return show(d, "account_app.html", context, at="account", status=400 if errors else 200)


@sensitive_post_parameters("code", "password")
@desk(must_change=False, second=False)
def prove(d: Desk) -> HttpResponse:
    """Ask for the second factor again (without one: the password) before something that guards the account changes."""
    request = d.request
    to = own_page(request.POST.get("next") or request.GET.get("next") or "")
    error, status = "", 200
    if request.method == "POST":
        try:
            if d.staff.factor_count:
                factors.check_code(
                    d.staff, request.POST.get("code", "")[:40], at=d.at, address=caller_of(request), device="prove"
                )
                signing_in.forget_second(d.staff, device="prove")
            else:
                staff.confirm_password(
                    d.staff.pk, request.POST.get("password", "")[:200], at=d.at, address=caller_of(request)
                )
        except DeskError as refused:
            error, status = say(refused), 429 if isinstance(refused, Throttled) else 403
        else:
            request.session["proved"] = d.at.isoformat()
            return redirect(to)
    kinds = {row.kind for row in factors.of(d.staff.pk)}
    context = {
        "error": error,
        "next": to,
        "by_code": bool(kinds),
        "passkey_here": "passkey" in kinds and factors.passkeys_possible(),
    }
    return show(d, "prove.html", context, at="account", status=status)
