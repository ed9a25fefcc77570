"""Pages for what went wrong, in words."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from wuxiao.desk.base.errors import DeskError
from wuxiao.desk.case import heard
from wuxiao.desk.town import books
from wuxiao.rules.words import Text
from wuxiao.web.shared.dates import active_lang

#: Fields that are words of the writer; everything else of a form is carried unseen.
_WORDS = ("words", "reason")
_MOST = 20_000


def page(request: HttpRequest, status: int, text: Text | str, context: Mapping[str, Any] | None = None) -> HttpResponse:
    """Return the error page of the audience the address belongs to, with one sentence and a way on."""
    said = text if isinstance(text, str) else text.say(active_lang())
    layout = "staff" if request.path.startswith("/staff") else "resident"
    values = {"said": said, "status": status, "audience": layout, **_town(status), **(context or {})}
    # What they wrote is not taken; whom to call in danger is said all the same, and first.
    values["danger"] = status < 500 and request.method == "POST" and heard.calls(*map(request.POST.get, _WORDS))
    return render(request, "shared/error.html", values, status=status)


def _town(status: int) -> dict[str, Any]:
    """Return the county's name for the head of the page; a page about a fault asks nobody for it."""
    if status >= 500:
        return {}
    with suppress(DeskError, DatabaseError):
        return {"town_name": books.current(timezone.now()).book.town.name}
    return {}


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that the form was open too long or cookies are off, and give the words back to be sent again.

    Only to whom the form was ours: what a stranger's page sent here is not shown, still less offered for sending.
    """
    again = _again(request)
    if again is None:
        return page(
            request, 403, _("页面停留太久，或浏览器没有保存 Cookie。请退回上一页，复制写的内容，刷新后再提交。")
        )
    return page(request, 403, _("页面停留太久，或浏览器没有保存 Cookie，刚才没有提交成功。"), {"again": again})


def _again(request: HttpRequest) -> dict[str, Any] | None:
    """Return address, words and the other fields of a form of our own; nothing for staff or from elsewhere."""
    here = f"{request.scheme}://{request.get_host()}"
    sent_from = request.headers.get("Origin") or request.headers.get("Referer", "")
    ours = sent_from == here or sent_from.startswith(f"{here}/")
    if request.method != "POST" or not ours or request.path.startswith("/staff"):
        return None
    words = next(((n, request.POST[n]) for n in _WORDS if request.POST.get(n)), ("", ""))
    rest = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name not in {"csrfmiddlewaretoken", words[0]} and len(value) <= _MOST
    ]
    # A report that was begun is begun again with its words: what else was answered went with the session.
    fresh = request.path.startswith("/new/") and words[0] == "words"
    return {
        "action": "/new" if fresh else request.path,
        "name": words[0],
        "words": words[1][:_MOST],
        "rest": [] if fresh else rest,
        "files": bool(request.FILES),
    }


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400."""
    return page(request, 400, _("请求有误，请返回重试。"))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403."""
    return page(request, 403, _("您没有权限打开这个页面。"))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404."""
    return page(request, 404, _("没有这个页面，请检查地址。"))


def fault(request: HttpRequest) -> HttpResponse:
    """Answer 500 without touching the database."""
    return page(request, 500, _("系统出了故障，已经记录。请稍后再试；紧急情况请直接拨打 110、119 或 120。"))
