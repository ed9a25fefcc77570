"""What stands around every page: safe headers, the reader's language, and plain pages for what went wrong."""

from __future__ import annotations

import gzip
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


def lang_of(request: HttpRequest) -> str:
    """Return the reader's language: their cookie, else English only if their browser asks for no Chinese."""
    lang = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    if lang in dict(settings.LANGUAGES):
        return lang
    asked = request.headers.get("Accept-Language", "").lower()
    return "en" if asked.startswith("en") and "zh" not in asked else settings.LANGUAGE_CODE


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
