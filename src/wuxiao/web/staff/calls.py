"""Call-backs by phone: a queue of drawn matters of others, the form, and what to do when nobody answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from wuxiao.desk import act as acting
from wuxiao.desk import call_backs, matters
from wuxiao.desk.errors import Conflict, DeskError, Invalid, Refused, Stale
from wuxiao.desk.look import callbacks
from wuxiao.rules.access import Power
from wuxiao.rules.flow import STEPS, Need, State
from wuxiao.rules.words import Text
from wuxiao.web.shared.dates import when
from wuxiao.web.staff.forms import Former, category_path, given_of
from wuxiao.web.staff.gate import Desk, desk, notify, show
from wuxiao.web.staff.lists import due_chip, names


@desk(Power.CALL_BACKS)
def queue(d: Desk) -> HttpResponse:
    """Show the call-backs to be made now."""
    units = names(d.rules, d.lang)[0]
    lines = [
        {
            "number": w.row.number,
            "title": w.row.title,
            "url": reverse("staff:call_back", args=[w.row.number]),
            "unit": units.get(w.row.holder, w.row.holder),
            "category": category_path(d.rules, w.row.category, d.lang),
            "due": due_chip(w.due_at, d.at, d.rules.calendar, d.lang, state=State.ANSWERED),
            "attempts": w.attempts,
            "visit": w.visit_consent,
        }
        for w in callbacks.queue(d.viewer, at=d.at)
    ]
    return show(d, "call_backs.html", {"lines": lines}, at="call_backs")


def _page(
    d: Desk,
    number: str,
    *,
    given: Mapping[str, Any] | None = None,
    errors: Mapping[str, Text] | None = None,
    said: Text | None = None,
    contact: Any = None,
    status: int = 200,
) -> HttpResponse:
    found = callbacks.call(number, by=d.by, at=d.at)
    matter = found.matter
    former = Former(matter, found.rules, d.lang, "")
    step = STEPS["call_back"]
    fields = former.fields(step, given, errors)
    if not found.call_back.visit_consent:
        for one in fields:
            if one.name == Need.WAY.value:
                one.options = [o for o in one.options if o[0] != "visit"]
    summary = {f"call_back-{name}": text.say(d.lang) for name, text in (errors or {}).items()}
    if said is not None and not summary:
        summary = {"__all__": said.say(d.lang)}
    context = {
        "matter": matter,
        "call": found,
        "fields": fields,
        "errors": summary,
        "contact": contact,
        "once": matters.new_key(),
        "unit": names(found.rules, d.lang)[0].get(matter.holder, matter.holder),
        "category": category_path(found.rules, matter.category, d.lang),
        "answered": when(matter.answered_at, d.lang) if matter.answered_at else "",
        "chip": due_chip(found.call_back.due_at, d.at, found.rules.calendar, d.lang, state=State.ANSWERED),
        "most": found.rules.book.callback.attempts,
        "object_reason": (given or {}).get("object_reason", ""),
    }
    return show(d, "call_back.html", context, at="call_backs", status=status)


@desk(Power.CALL_BACKS)
def call_back(d: Desk, number: str) -> HttpResponse:
    """Show one call-back, or record what the requester said; an objection they make is taken in the same call."""
    if d.request.method != "POST":
        return _page(d, number)
    found = callbacks.call(number, by=d.by, at=d.at)
    given = given_of(d.request, STEPS["call_back"])
    reason = d.request.POST.get("object_reason", "").strip()
    once = d.request.POST.get("once", "")[:80]
    try:
        acting.act(found.matter.pk, "call_back", given, by=d.by, at=d.at, once=f"{once}-call_back" if once else None)
    except Invalid as wrong:
        return _page(d, number, given={**given, "object_reason": reason}, errors=wrong.fields, status=400)
    except (Refused, Stale, Conflict) as refused:
        return _page(d, number, given={**given, "object_reason": reason}, said=refused.text, status=409)
    notify(d.request, _("回访已登记：%(number)s") % {"number": number})
    if reason:
        try:
            acting.act(found.matter.pk, "object", {"reason": reason}, by=d.by, at=d.at)
            notify(d.request, _("异议已转达，事项重新办理。"))
        except DeskError as refused:
            notify(d.request, refused.text.say(d.lang), "caution")
    return redirect("staff:call_backs")


@desk(Power.CALL_BACKS)
def not_reached(d: Desk, number: str) -> HttpResponse:
    """Record an attempt that reached nobody."""
    if d.request.method == "POST":
        found = callbacks.call(number, by=d.by, at=d.at)
        row = call_backs.try_again(found.matter.pk, by=d.by, at=d.at)
        notify(
            d.request,
            _("已记未接通（第 %(n)s 次）。") % {"n": row.attempts}
            if row.state == "trying"
            else _("多次未接通，本次回访结束。"),
            "caution",
        )
    return redirect("staff:call_backs")


@desk(Power.CALL_BACKS)
def phone(d: Desk, number: str) -> HttpResponse:
    """Show the number to call; the read is written down."""
    if d.request.method != "POST":
        return redirect("staff:call_back", number)
    contact = callbacks.show_phone(number, by=d.by, at=d.at)
    return _page(d, number, contact=contact)
