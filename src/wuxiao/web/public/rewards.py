"""Rewards for reported hazards as the public reads them: how many and what sum by the quarter, none of a few."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wuxiao.desk.base.errors import NotFound
from wuxiao.rules.promise import Term
from wuxiao.subjects.reward import account, fields
from wuxiao.subjects.reward.account import Told
from wuxiao.subjects.reward.rules import NAME
from wuxiao.web.public import base
from wuxiao.web.shared.dates import number


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show the quarters that are over and how rewards are given here; a town without rewards has no such page."""
    rules, at = base.rules_now(), base.now()
    if NAME not in rules.book.lives:
        raise NotFound
    key = f"public:rewards:{rules.id}:{at:%Y-%m-%d}"
    told: list[Told] | None = cache.get(key)
    if told is None:
        told = account.told(rules.book, at=at)
        cache.set(key, told, 3600)
    said, below = rules.book.lives[NAME], rules.book.suppress_below
    claim: Term = said.terms["claim"]
    rows: list[list[Any]] = [
        [
            _("%(year)s 年第 %(n)s 季度") % {"year": one.first.year, "n": (one.first.month - 1) // 3 + 1},
            f"<{below}" if one.mark else number(one.count),
            "※" if one.mark else number(one.amount),
        ]
        for one in told
    ]
    context = {
        "columns": [_("季度"), (_("决定的奖励（笔）"), "n"), (_("合计（元）"), "n")],
        "rows": rows,
        "table_": base.say(fields.table(said.numbers)),
        "claim": base.say(claim.words),
        "warn": said.numbers["warn"],
        "desks": _("、或者").join(base.say(rules.book.units[unit].name) for unit in said.lists["desks"]),
    }
    return base.page(request, "rewards.html", rules, "public_rewards", context)


PATHS = (path("report/rewards", page, name="public_rewards"),)
