"""What stands outermost around every request: an id, a count, and an honest 503 where the database cannot answer.

A page that only reads is asked for once more on a fresh connection, so that a database that restarted costs nobody an
error. A writer that waits for a lock gives up after some seconds and is told when to come again; while several wait,
further writers are told so at once, and the threads that are left go on serving those who read.
"""

from __future__ import annotations

import re
import secrets
import sys
import threading
import time
from collections.abc import Callable

from django.db import InterfaceError, OperationalError, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _

from wuxiao.feeds import problems
from wuxiao.rules.words import Text
from wuxiao.site import durable
from wuxiao.site.logs import request_id
from wuxiao.site.serve import THREADS
from wuxiao.site.watch import metrics
from wuxiao.web.shared import errors
from wuxiao.web.shared.middleware import lang_of

Next = Callable[[HttpRequest], HttpResponse]
#: Addresses of machines: they are answered in problem documents.
MACHINES = ("/api/", "/open311/", "/exchange/")
HEADER = "X-Request-Id"
#: So many of a web process's threads are kept for those who read.
KEPT_FOR_READING = 2
#: A writer in hand for longer than this waits for a lock, in seconds.
WAITING_SECONDS = 1.0
RETRY_SECONDS = 5
_SAFE = {"GET", "HEAD", "OPTIONS"}
_GIVEN = re.compile(r"[A-Za-z0-9._-]{8,64}")

_writers: dict[int, float] = {}


class Available:
    """The middleware; see the text at the top of this file."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, with an id that stands in the log and on the answer."""
        given = request.headers.get(HEADER, "")
        name = given if _GIVEN.fullmatch(given) else secrets.token_hex(8)
        token = request_id.set(name)
        started = time.monotonic()
        writes = request.method not in _SAFE
        try:
            if "\x00" in request.path:
                # No address has one, and PostgreSQL takes none in a question.
                response = nowhere(request)
            elif writes and _many_wait(started):
                response = busy(request)
            else:
                if writes:
                    _writers[threading.get_ident()] = started
                response = self.get_response(request)
        finally:
            if writes:
                _writers.pop(threading.get_ident(), None)
            request_id.reset(token)
        response.headers[HEADER] = name
        metrics.answered(request.method or "", response.status_code, time.monotonic() - started)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Ask once more for what only reads; else say that it is busy. Anything but the database is not meant here."""
        if not isinstance(exception, OperationalError | InterfaceError):
            return None
        # A database that does not even answer whoever knocks is not waited for a second time.
        if request.method in _SAFE and request.resolver_match is not None and not durable.why_away():
            match = request.resolver_match
            try:
                connection.close()
                again: HttpResponse = match.func(request, *match.args, **match.kwargs)
                return again
            except (OperationalError, InterfaceError):
                pass
        metrics.database_away()
        return busy(request)


def _many_wait(now: float) -> bool:
    waiting = sum(now - begun > WAITING_SECONDS for begun in list(_writers.values()))
    return waiting >= THREADS - KEPT_FOR_READING


def busy(request: HttpRequest) -> HttpResponse:
    """Answer 503 with the time to wait, in the manner of the address."""
    if request.path.startswith(MACHINES):
        text = Text("系统正忙，请稍后重发同一请求", "The system is busy; send the same request again later.")
        response = problems.answer(request, 503, "busy", text)
    else:
        with translation.override(lang_of(request)):
            if request.method in _SAFE:
                said = _("系统正忙，请过几秒再打开；紧急情况请直接拨打 110、119 或 120。")
            else:
                said = _("系统正忙，刚才的内容没有提交成功。请返回，过几秒再提交；紧急情况请直接拨打 110、119 或 120。")
            response = errors.page(request, 503, said)
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def nowhere(request: HttpRequest) -> HttpResponse:
    """Answer 404 in the manner of the address."""
    if request.path.startswith(MACHINES):
        return problems.answer(request, 404, "not_found", Text("没有这个地址", "There is no such address."))
    with translation.override(lang_of(request)):
        return errors.not_found(request, Http404())


def fault(request: HttpRequest) -> HttpResponse:
    """Answer 500 without touching the database, in the manner of the address; 503 where the database was away."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return busy(request)
    if request.path.startswith(MACHINES):
        text = Text("系统出了故障，已经记录", "Something went wrong here; it was recorded.")
        return problems.answer(request, 500, "fault", text)
    return errors.fault(request)
