"""The public ageing board of hazards found at premises: counts and ages, mended in time with its interval."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wuxiao.desk.base.errors import NotFound
from wuxiao.rules.measures.disclosure import Node
from wuxiao.subjects.inspection.board import BANDS, Board, ageing
from wuxiao.subjects.inspection.rules import INSPECTION
from wuxiao.web.public import base
from wuxiao.web.public.wording import interval
from wuxiao.web.shared.dates import number, percent


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show the board; a town that keeps no inspections has none."""
    rules, at = base.rules_now(), base.now()
    if INSPECTION.name not in rules.book.lives:
        raise NotFound
    # Reckoned once an hour for everybody: who reloads the page does not watch the visits go by.
    hour = at.replace(minute=0, second=0, microsecond=0)
    key = f"public:hazards:{rules.id}:{hour.isoformat()}"
    board: Board | None = cache.get(key)
    if board is None:
        board = ageing(rules.book, at=at)
        cache.set(key, board, 3600)
    at = board.at
    below = rules.book.suppress_below
    said = ""
    if board.in_time.share is not None:
        said = _("过去一年到期的，按期改好 %(share)s（%(n)s 处里算出；大致在 %(range)s 之间）。") % {
            "share": percent(board.in_time.share),
            "n": number(board.in_time.n),
            "range": interval(board.in_time),
        }
    rows: list[list[Any]] = [
        [base.say(line.name), _cell(line.total, below), *(_cell(one, below) for one in line.bands)]
        for line in board.lines
    ]
    context = {
        "at": at,
        "total": _cell(board.total, below),
        "in_time": said,
        "columns": [_("场所种类"), (_("合计"), "n"), *((name, "n") for name in _bands())],
        "rows": rows if board.total.mark == "" else [],
    }
    return base.page(request, "hazards.html", rules, "public_hazards", context)


def _cell(node: Node[str], below: int) -> str:
    return number(node.count) if not node.mark else f"<{below}" if node.mark == "small" else "※"


def _bands() -> list[str]:
    names, first = [], 0
    for last in BANDS:
        if last is None:
            names.append(_("%(n)s 天以上") % {"n": first})
        else:
            names.append(_("%(first)s–%(last)s 天") % {"first": first, "last": last})
            first = last + 1
    return names


PATHS = (path("report/hazards", page, name="public_hazards"),)
