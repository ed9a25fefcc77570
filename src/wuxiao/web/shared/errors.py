"""Pages for what went wrong, in words."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from wuxiao.rules.words import Text
from wuxiao.web.shared.dates import active_lang


def page(request: HttpRequest, status: int, text: Text | str) -> HttpResponse:
    """Return the error page of the audience the address belongs to, with one sentence and a way on."""
    said = text if isinstance(text, str) else text.say(active_lang())
    layout = "staff" if request.path.startswith("/staff") else "resident"
    return render(request, "shared/error.html", {"said": said, "status": status, "audience": layout}, status=status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that the form was open too long or cookies are off."""
    return page(request, 403, _("页面停留太久或浏览器没有保存 Cookie，请返回刷新后重新提交，您写的内容不会丢失。"))


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
