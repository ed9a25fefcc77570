"""What stands around every page: safe headers, the reader's language, and plain pages for what went wrong."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers

from wuxiao.desk.base.errors import Conflict, DeskError, NotFound, Refused, Stale, Throttled
from wuxiao.web.shared import errors

Next = Callable[[HttpRequest], HttpResponse]

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'"
)


class SafeHeaders:
    """Strict content security policy and the usual safe headers on every answer; personal pages are never cached."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with the headers set where the page did not set its own."""
        response = self.get_response(request)
        for name, value in (
            ("Content-Security-Policy", CSP),
            ("X-Content-Type-Options", "nosniff"),
            ("X-Frame-Options", "DENY"),
            ("Referrer-Policy", "same-origin"),
            ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Permissions-Policy", "camera=(), microphone=(), geolocation=()"),
        ):
            response.headers.setdefault(name, value)
        if not request.path.startswith(settings.STATIC_URL):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


#: Tags of what is written in Chinese.
_CHINESE = frozenset(
    {"zh", "cmn", "yue", "wuu", "nan", "hak", "gan", "hsn", "cdo", "cjy", "cpx", "mnp", "czh", "czo", "lzh"}
)


def lang_of(request: HttpRequest) -> str:
    """Return the reader's language: their cookie, else what their browser asks for (`asked_for`)."""
    lang = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    if lang in dict(settings.LANGUAGES):
        return lang
    return asked_for(request.headers.get("Accept-Language", ""))


def asked_for(header: str) -> str:
    """Return the language of the two in which somebody reads a page whose browser sends this `Accept-Language`.

    Chinese where the header asks for nothing or for nothing in particular (`*`), and where it names Chinese before
    English; English where it names no Chinese: who reads Russian or Korean reads English sooner. What is refused
    (`q=0`) is not asked for; of two with one weight the first counts; what is not as the standard says is left out.

    >>> asked_for("ru-RU,ru;q=0.9,en-US;q=0.8"), asked_for("zh-CN,en;q=0.8"), asked_for("en,zh;q=0.5"), asked_for("")
    ('en', 'zh-hans', 'en', 'zh-hans')
    """
    best: dict[str, float] = {}
    named = False
    for part in header[:1000].lower().split(","):
        tag, *rest = (piece.strip() for piece in part.split(";"))
        if not re.fullmatch(r"[a-z]{1,8}(-[a-z0-9]{1,8})*", tag):
            continue
        weight = 1.0
        for piece in rest:
            if piece.startswith("q"):
                said = re.fullmatch(r"q\s*=\s*(0(\.\d{0,3})?|1(\.0{0,3})?)", piece)
                weight = float(said[1]) if said else 0.0
        if weight <= 0:
            continue
        named = True
        # Cantonese, Hakka, Min … are written in Chinese and have tags of their own.
        language = "zh" if tag.split("-")[0] in _CHINESE else tag.split("-")[0]
        best[language] = max(best.get(language, 0.0), weight)
    if not named:
        return settings.LANGUAGE_CODE
    if "zh" not in best:
        return "en"
    order = sorted(best, key=lambda one: -best[one])
    return "en" if "en" in best and order.index("en") < order.index("zh") else settings.LANGUAGE_CODE


class Language:
    """Activate the reader's language: their cookie, else English only if their browser asks for no Chinese."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in the reader's language."""
        lang = lang_of(request)
        with translation.override(lang):
            request.LANGUAGE_CODE = lang
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", lang)
        return response


class Smaller:
    """Compress what everybody reads alike, for whoever asks for it.

    Only pages without a form and without anything of one person: where a page holds a secret beside something a
    stranger can put there, its compressed length would tell the secret (BREACH).
    """

    OPEN = ("/", "/help", "/privacy")
    UNDER = "/report"
    LEAST = 1000

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, compressed where that is safe and shorter."""
        response = self.get_response(request)
        path = request.path
        if not (path in self.OPEN or path == self.UNDER or path.startswith(f"{self.UNDER}/")):
            return response
        patch_vary_headers(response, ("Accept-Encoding",))
        wanted = "gzip" in request.headers.get("Accept-Encoding", "")
        if not wanted or response.streaming or response.has_header("Content-Encoding") or response.status_code != 200:
            return response
        content = response.content
        if len(content) >= self.LEAST and b"csrfmiddlewaretoken" not in content and not response.cookies:
            response.content = gzip.compress(content, 6, mtime=0)
            response.headers["Content-Encoding"] = "gzip"
            response.headers["Content-Length"] = str(len(response.content))
        return response


class Errors:
    """Turn what the desk refuses into a page that says what is wrong and how to mend it."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Return a plain page for a `DeskError`; everything else is a fault and stays one."""
        if not isinstance(exception, DeskError):
            return None
        match exception:
            case NotFound():
                status = 404
            case Stale() | Conflict():
                status = 409
            case Throttled():
                status = 429
            case Refused():
                status = 403
            case _:
                status = 400
        return errors.page(request, status, exception.text)
