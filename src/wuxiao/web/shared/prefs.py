"""Two preferences kept on the reader's own device and nowhere else: the size of print and the language."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language

from wuxiao.web.shared.dates import Lang, active_lang

PATH = "/prefs"
SIZE_COOKIE = "size"
_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Prefs:
    """What a layout needs to show the reader's preferences and to offer the other choice."""

    size: str
    lang: Lang
    size_url: str
    lang_url: str


def prefs_of(request: HttpRequest | None) -> Prefs:
    """Return the reader's preferences from the request's cookies; without a request, the defaults."""
    size = "large" if request is not None and request.COOKIES.get(SIZE_COOKIE) == "large" else "normal"
    lang = active_lang()
    here = request.get_full_path() if request is not None and request.method in ("GET", "HEAD") else "/"
    if request is not None and request.method not in ("GET", "HEAD"):
        here = request.path
    return Prefs(
        size=size,
        lang=lang,
        size_url=f"{PATH}?{urlencode({'size': 'normal' if size == 'large' else 'large', 'next': here})}",
        lang_url=f"{PATH}?{urlencode({'lang': 'en' if lang == 'zh' else 'zh-hans', 'next': here})}",
    )


def set_preference(request: HttpRequest) -> HttpResponse:
    """Keep the chosen size or language in a cookie and go back to the page the reader came from (this site only).

    A plain link is enough: the choice changes nothing on the server and needs neither script nor form.
    """
    target = request.GET.get("next", "/")
    # A path of this site and nothing else: no host, ours either, which a forged Host header could have named.
    if not target.startswith("/") or not url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        target = "/"
    response = HttpResponseRedirect(target)
    size, lang = request.GET.get("size"), request.GET.get("lang")
    if size in ("normal", "large"):
        response.set_cookie(SIZE_COOKIE, size, max_age=_YEAR, samesite="Lax", httponly=True, secure=request.is_secure())
    if lang and check_for_language(lang) and lang in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            lang,
            max_age=_YEAR,
            samesite="Lax",
            httponly=True,
            secure=request.is_secure(),
        )
    return response
