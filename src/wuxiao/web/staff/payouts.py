"""Paying out rewards against a code, at a desk that learns a sum and nothing else; and the account for the auditor."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpResponse
from django.urls import path
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from wuxiao.desk.base.errors import DeskError, NotFound, Refused, Throttled
from wuxiao.rules.access import Power
from wuxiao.rules.words import Text
from wuxiao.subjects.reward import account, acts
from wuxiao.subjects.reward.rules import NAME
from wuxiao.typed.dates import read
from wuxiao.web.shared.dates import number, until, when
from wuxiao.web.staff.admin.session import say
from wuxiao.web.staff.gate import Desk, desk, show
from wuxiao.web.staff.lists import names


def _kept(d: Desk) -> None:
    if NAME not in d.rules.book.lives:
        raise NotFound


@sensitive_post_parameters("code")
@desk(Power.PAY_OUT)
def page(d: Desk) -> HttpResponse:
    """Take a code, show its sum, and note that it is paid before the money is handed over."""
    _kept(d)
    typed = d.request.POST.get("code", "")[:200]
    context: dict[str, Any] = {"typed": typed, "errors": {}, "found": None, "paid": None}
    status = 200
    if d.request.method == "POST":
        try:
            if d.request.POST.get("do") == "pay":
                paid = acts.pay(typed, by=d.by, at=d.at)
                # The code is spent: it is not carried on.
                context |= {"paid": {"amount": number(paid.amount), "voucher": paid.voucher}, "typed": ""}
            else:
                found = acts.look_up(typed, by=d.by, at=d.at)
                context["found"] = {"amount": number(found.amount), "until": until(found.until, d.lang)}
        except DeskError as error:
            context["errors"] = {"code": say(error)}
            status = 429 if isinstance(error, Throttled) else 409 if isinstance(error, Refused) else 404
    response = show(d, "payouts.html", context, at="payouts", status=status)
    response.headers["Cache-Control"] = "no-store, private"
    return response


@desk(Power.AUDIT)
def accounts(d: Desk) -> HttpResponse:
    """Show what was decided, paid and left over by quarters, and what was paid in one of them."""
    _kept(d)
    firsts = account.kept(d.at)
    asked = _quarter(d.request.GET.get("quarter", ""))
    chosen = asked if asked in firsts else firsts[0]
    units = names(d.rules, d.lang)[0]
    context = {
        "columns": [
            _("季度"),
            *((label, "n") for label in (_("期初待领"), _("决定"), _("付出"), _("过期或不要"), _("期末待领"))),
        ],
        "rows": [
            [
                format_html('<span class="nowrap">{}</span>', name_of(one.first)),
                *(_cell(d, each) for each in (one.opening, one.decided, one.paid, one.ended, one.closing)),
            ]
            for one in (account.account(first, at=d.at) for first in firsts)
        ],
        "quarters": [(first.isoformat(), name_of(first)) for first in firsts],
        "chosen": chosen.isoformat(),
        "chosen_name": name_of(chosen),
        "voucher_columns": [_("凭单"), _("日期"), _("付款窗口"), (_("金额（元）"), "n")],
        "vouchers": [
            [one.number, when(one.at, d.lang), units.get(one.desk, one.desk), number(one.amount)]
            for one in account.vouchers(chosen)
        ],
    }
    return show(d, "payout_accounts.html", context, at="payout_accounts")


def _quarter(typed: str) -> date | None:
    found = read(typed) if typed else None
    return found if isinstance(found, date) else None


def _cell(d: Desk, one: account.Sums) -> str:
    said = Text(f"{one.count}笔 {number(one.amount)}元", f"{one.count}: {number(one.amount)} yuan")
    return said.say(d.lang)


def name_of(first: date) -> str:
    """Return a quarter as people call it."""
    n = (first.month - 1) // 3 + 1
    return _("%(year)s 年第 %(n)s 季度") % {"year": first.year, "n": n}


PATHS = (
    path("payouts", page, name="payouts"),
    path("payouts/accounts", accounts, name="payout_accounts"),
)
