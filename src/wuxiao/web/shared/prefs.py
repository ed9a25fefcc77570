"""Preferences kept on the reader's own device and nowhere else: the size of print, the language, and which further
language she reads: declared pages are shown in it, all others in Chinese or English."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language

from wuxiao.rules.languages import FOREIGN, LANGUAGES, OURS, Language
from wuxiao.web.shared.dates import Lang, active_lang

PATH = "/prefs"
SIZE_COOKIE = "size"
READS_COOKIE = "reads"
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


def reads_of(request: HttpRequest | None) -> Language | None:
    """Return the further language the reader chose on this device, `None` for Chinese and English."""
    return FOREIGN.get(request.COOKIES.get(READS_COOKIE, "")) if request is not None else None


def chooser(request: HttpRequest, here: str = "") -> list[dict[str, object]]:
    """Return the languages of a declared page, each in its own name; `here` is where the reader comes back to."""
    chosen = reads_of(request)
    here = here or (request.get_full_path() if request.method in ("GET", "HEAD") else request.path)
    ours = {"zh-Hans": "zh-hans", "en": "en"}
    own = "en" if active_lang() == "en" else "zh-Hans"
    return [
        {
            "url": f"{PATH}?{urlencode({'lang': ours[code], 'reads': '', 'next': here})}"
            if code in OURS
            else f"{PATH}?{urlencode({'reads': code, 'next': here})}",
            "own": one.own,
            "code": code,
            "dir": one.direction,
            "current": code == (chosen.code if chosen else own),
        }
        for code, one in LANGUAGES.items()
    ]


def set_preference(request: HttpRequest) -> HttpResponse:
    """Keep the chosen size or languages in cookies and go back to the page the reader came from (this site only).

    A plain link is enough: the choice changes nothing on the server and needs neither script nor form.
    """
    target = request.GET.get("next", "/")
    # A path of this site and nothing else: no host, ours either, which a forged Host header could have named.
    if not target.startswith("/") or not url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        target = "/"
    response = HttpResponseRedirect(target)
    size, lang, reads = (request.GET.get(name) for name in ("size", "lang", "reads"))
    if reads is not None and reads in FOREIGN:
        response.set_cookie(
            READS_COOKIE, reads, max_age=_YEAR, samesite="Lax", httponly=True, secure=request.is_secure()
        )
        # What is said in our two alone: whoever reads traditional characters reads Chinese.
        lang = "zh-hans" if reads == "zh-Hant" else "en"
    elif reads == "":
        response.delete_cookie(READS_COOKIE)
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
