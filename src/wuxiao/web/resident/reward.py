"""The reward for a report, behind the code of that report: how much, until when, and the payout code, shown once."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from wuxiao.desk.base.errors import Invalid, NotFound, Refused
from wuxiao.desk.diary import readings
from wuxiao.desk.matters import matters
from wuxiao.desk.town import books
from wuxiao.records.models import Case, Matter, Reward
from wuxiao.rules.words import Text
from wuxiao.subjects.reward import acts, asks, fields
from wuxiao.subjects.reward.rules import NAME, REWARD, Need, State
from wuxiao.subjects.reward.words import ENDS
from wuxiao.web.resident import base
from wuxiao.web.shared import dates
from wuxiao.web.shared.dates import number


def _open(request: HttpRequest, code: str) -> tuple[Matter, Case, Reward]:
    """Return the report of a code and its reward; `NotFound` without one. Staff are written down and take no step."""
    staff = base.staff_of(request)
    if request.method == "POST":
        base.not_as_staff(staff)
    if NAME not in base.rules_now().book.lives:
        raise NotFound
    try:
        matter = matters.by_code(code)
    except NotFound:
        base.missed_lookup(request, base.rules_now())
        raise
    found = asks.of_report(matter)
    if found is None:
        raise NotFound
    if staff is not None:
        readings.note(matter, by=staff, at=base.now(), fields=readings.PAGE, how="code")
    return matter, *found


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, code: str) -> HttpResponse:
    """How much it is and how it is fetched; one button draws the code, another does without."""
    matter, case, part = _open(request, code)
    here = reverse("resident_reward", args=[matter.code])
    if request.method != "POST":
        return _show(request, matter, case, part) if code == matter.code else HttpResponseRedirect(here)
    try:
        match request.POST.get("do"):
            case "fetch":
                drawn = acts.fetch(case, request.POST.get("own") or "no", at=base.now())
                matter, case, part = _open(request, code)
                # Shown in this answer and never again: there is no address to come back to.
                return _show(request, matter, case, part, drawn=drawn)
            case "waive":
                acts.waive(case, at=base.now())
    except Invalid as wrong:
        errors = {name: base.say(text) for name, text in wrong.fields.items()}
        return _show(request, matter, case, part, errors=errors, status=400)
    except Refused as refused:
        return _show(request, matter, case, part, notices=[("caution", base.say(refused.text))], status=409)
    return HttpResponseRedirect(here)


def _show(
    request: HttpRequest,
    matter: Matter,
    case: Case,
    part: Reward,
    *,
    drawn: str = "",
    errors: dict[str, str] | None = None,
    notices: list[tuple[str, str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    rules = books.of_version(case.book_id)
    (own,) = [one for one in fields.of_step(REWARD.steps["fetch"], rules.book) if one.name == Need.OWN]
    context: dict[str, Any] = {
        "code": matter.code,
        "title": matter.title or _("事项 %(number)s") % {"number": matter.number},
        "amount": _("%(n)s 元") % {"n": number(part.amount)},
        "until": dates.when(case.step_due_at) if case.step_due_at else "",
        "open": case.state == State.PAYABLE and not asks.is_over(case, part, base.now()),
        "drawn": drawn,
        "fetched": dates.when(part.fetched_at) if part.fetched_at and not drawn else "",
        "ended": base.say(_how(case)),
        "ended_at": dates.when(case.closed_at) if case.closed_at else "",
        "own": base.say(own.label)[:1].upper() + base.say(own.label)[1:],
        "desks": desks(rules),
        "notices": notices or [],
        "errors": errors or {},
    }
    response = base.page(request, "reward.html", base.rules_now(), context, status=status)
    response.headers["Cache-Control"] = "no-store, private"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    base.remember_lookup(request, response, matter.code)
    return response


def _how(case: Case) -> Text:
    return ENDS.get(case.outcome if case.state == State.CLOSED else "lapsed", ENDS["lapsed"])


def desks(rules: books.Rules) -> list[tuple[str, str]]:
    """Return where it is paid: the name and the telephone of each desk."""
    found = [rules.book.units[unit] for unit in acts.desks(rules) if unit in rules.book.units]
    return [(base.say(unit.name), unit.phone or "—") for unit in found]


PATHS = (path("p/<str:code>/reward", page, name="resident_reward"),)
