"""Call-backs by phone: a queue of drawn matters of others, the form, and what to do when nobody answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from wuxiao.desk.base.errors import Conflict, Invalid, NotFound, Refused, Stale
from wuxiao.desk.case import act as acting
from wuxiao.desk.case import heard
from wuxiao.desk.case.keyset import Cursor
from wuxiao.desk.look import callbacks
from wuxiao.desk.matters import call_backs, matters, secrecy
from wuxiao.desk.people import minors
from wuxiao.desk.town.books import Rules
from wuxiao.records.models import Matter
from wuxiao.rules.access import Power
from wuxiao.rules.flow import STEPS, Need, State
from wuxiao.rules.words import Text
from wuxiao.web.shared import secrecy as secrecy_form
from wuxiao.web.shared.dates import local, when
from wuxiao.web.staff import languages
from wuxiao.web.staff.forms import Former, category_path, given_of
from wuxiao.web.staff.gate import Desk, call_backs_key, desk, notify, show
from wuxiao.web.staff.lists import due_chip, names

#: How far ahead the filter by date looks, in days; 0 is today.
_DUE: Mapping[str, int] = {"today": 0, "three": 3, "week": 7}
#: How long a number that was shown stays on the page of its call-back without being read again.
SHOWN_FOR = timedelta(minutes=30)


def _wanted(d: Desk) -> tuple[callbacks.Wanted, dict[str, str]]:
    """Read the filters of the queue from the address; what makes no sense is left out."""
    get = d.request.GET
    kept = {
        "due": get.get("due", "") if get.get("due", "") in _DUE else "",
        "unit": get.get("unit", "") if get.get("unit", "") in d.rules.book.units else "",
        "branch": get.get("branch", "") if get.get("branch", "") in d.rules.book.categories else "",
        "tried": get.get("tried", "") if get.get("tried", "") in {"yes", "no"} else "",
    }
    due = None
    if kept["due"]:
        midnight = local(d.at).replace(hour=0, minute=0, second=0, microsecond=0)
        due = midnight + timedelta(days=_DUE[kept["due"]] + 1)
    tried = {"yes": True, "no": False}.get(kept["tried"])
    return callbacks.Wanted(due, kept["unit"], kept["branch"], tried), {k: v for k, v in kept.items() if v}


@desk(Power.CALL_BACKS)
def queue(d: Desk) -> HttpResponse:
    """Show the call-backs to be made now, a page at a time, what ends first on top."""
    return _queue(d)


def _queue(d: Desk, *, lost: str | None = None, status: int = 200) -> HttpResponse:
    """Show the list; `lost` is what somebody wrote for a call-back that is not theirs to record any more."""
    units = names(d.rules, d.lang)[0]
    wanted, kept = _wanted(d)
    after = Cursor.read(d.request.GET.get("after", ""))
    found, following = callbacks.queue(d.viewer, at=d.at, wanted=wanted, after=after)
    here = reverse("staff:call_backs")
    lines = [
        {
            "number": w.row.number,
            "title": w.row.title,
            "url": reverse("staff:call_back", args=[w.row.number]),
            "unit": units.get(w.unit, w.unit),
            "category": category_path(d.rules, w.row.category, d.lang),
            "due": due_chip(w.due_at, d.at, d.rules.calendar, d.lang, state=State.ANSWERED),
            "attempts": w.attempts,
            "visit": w.visit_consent,
        }
        for w in found
    ]
    book = d.rules.book
    context = {
        "lines": lines,
        "lost": lost,
        "kept": kept,
        "here": here,
        "next_url": f"{here}?{urlencode({**kept, 'after': str(following)})}" if following else "",
        "first_url": (f"{here}?{urlencode(kept)}" if kept else here) if after else "",
        "dues": [("", _("不限")), ("today", _("今天到期")), ("three", _("三天内到期")), ("week", _("七天内到期"))],
        "units": [("", _("不限")), *units.items()],
        "branches": [
            ("", _("不限")),
            *((c.code, c.name.say(d.lang)) for c in book.categories.values() if c.level == 1),
        ],
        "tries": [("", _("不限")), ("no", _("还没试过")), ("yes", _("试过没接通"))],
    }
    return show(d, "call_backs.html", context, at="call_backs", status=status)


def _page(
    d: Desk,
    number: str,
    *,
    given: Mapping[str, Any] | None = None,
    errors: Mapping[str, Text] | None = None,
    said: Text | None = None,
    contact: Any = None,
    whom: Mapping[str, Any] | None = None,
    whom_errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    found = callbacks.call(number, by=d.by, at=d.at)
    matter = found.matter
    done = found.main or matter
    if contact is None:
        contact = _shown(d, found)
    former = Former(matter, found.rules, d.lang, "")
    step = STEPS["call_back"]
    fields = former.fields(step, given, errors)
    if not found.call_back.visit_consent:
        for one in fields:
            if one.name == Need.WAY.value:
                one.options = [o for o in one.options if o[0] != "visit"]
    summary = dict(whom_errors or {})
    summary |= {f"call_back-{name}": text.say(d.lang) for name, text in (errors or {}).items()}
    if said is not None and not summary:
        summary = {"__all__": said.say(d.lang)}
    context = {
        "matter": matter,
        "call": found,
        "fields": fields,
        "errors": summary,
        "contact": contact,
        "child": _child(d, matter, found.rules),
        "tongue": languages.interpreters(d, matter.reads, matter.hidden),
        "once": matters.new_key(),
        "unit": names(found.rules, d.lang)[0].get(done.holder, done.holder),
        "category": category_path(found.rules, done.category, d.lang),
        "answered": when(done.answered_at, d.lang) if done.answered_at else "",
        "chip": due_chip(found.call_back.due_at, d.at, found.rules.calendar, d.lang, state=State.ANSWERED),
        "most": found.rules.book.callback.attempts,
        "again": (given or {}).get("again", ""),
        "whom": whom,
        "whom_errors": whom_errors or {},
    }
    return show(d, "call_back.html", context, at="call_backs", status=status)


@desk(Power.CALL_BACKS)
def call_back(d: Desk, number: str) -> HttpResponse:
    """Show one call-back, or record what the requester said; an objection they make is taken in the same call."""
    if d.request.method != "POST":
        return _page(d, number)
    given = given_of(d.request, STEPS["call_back"])
    try:
        found = callbacks.call(number, by=d.by, at=d.at)
    except NotFound:
        # Recorded by somebody else meanwhile, sent twice, or over: what was written is handed back, not thrown away,
        # and danger in it is heard.
        call_backs.tell_by_caller(number, str(given.get("words", "")), by=d.by, at=d.at)
        return _queue(d, lost=str(given.get("words", "")).strip(), status=409)
    again = d.request.POST.get("again", "")
    # What they said of it is the reason too: nobody says it, or writes it, twice.
    reason = str(given.get("words", "")).strip() if again == "yes" else ""
    kept = {**given, "again": again}
    if again == "yes" and not reason:
        lacking = Text("要重办，请写下诉求人说哪里没有办好", "to do it again, write down what was not done well")
        return _page(d, number, given=kept, errors={"words": lacking}, status=400)
    once = d.request.POST.get("once", "")[:80]
    answer, wrong_whom = _whom(d, found, str(given.get("words", "")).strip())
    asked = secrecy_form.fields(answer, found.rules) if answer is not None else None
    said = str(given.get("words", ""))
    if wrong_whom or secrecy_form.waits(answer, d.request, said):
        if wrong_whom and answer is not None:
            told = heard.Told(found.matter.pk, "call_back", {"words": said}, d.by, d.at)
            secrecy.hear(told, answer.each)
        return _page(d, number, given=kept, whom=asked, whom_errors=wrong_whom, status=400 if wrong_whom else 200)
    each = answer.each if answer is not None and answer.hide else ()
    try:
        untaken = secrecy.record_call(found.matter.pk, given, reason, each, by=d.by, at=d.at, once=once)
    except Invalid as wrong:
        return _page(d, number, given=kept, errors=wrong.fields, whom=asked, status=400)
    except (Refused, Stale, Conflict) as refused:
        return _page(d, number, given=kept, said=refused.text, whom=asked, status=409)
    _counted_anew(d)
    notify(d.request, _("回访已登记：%(number)s") % {"number": number})
    if untaken is not None:
        notify(d.request, untaken.text.say(d.lang), "caution")
    elif reason:
        notify(d.request, _("异议已转达，事项重新办理。"))
    return redirect("staff:call_backs")


def _whom(d: Desk, found: callbacks.Call, said: str) -> tuple[secrecy_form.Answer | None, dict[str, str]]:
    """Return what is answered, or to be asked, about secrecy for what the requester said; None: nothing to ask."""
    before = secrecy_form.later(said, found.matter, found.rules) if said else None
    if "hide" not in d.request.POST:
        return before, {}
    return secrecy_form.read(d.request, found.rules, before or secrecy_form.Answer(True))


@desk(Power.CALL_BACKS)
def not_reached(d: Desk, number: str) -> HttpResponse:
    """Record an attempt that reached nobody."""
    if d.request.method == "POST":
        found = callbacks.call(number, by=d.by, at=d.at)
        try:
            row = call_backs.try_again(found.matter.pk, by=d.by, at=d.at)
        except Refused as refused:
            notify(d.request, refused.text.say(d.lang), "caution")
            return redirect("staff:call_backs")
        _counted_anew(d)
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
    """Show the number to call; the read is written down, once for the call, and the form goes to its own address."""
    if d.request.method != "POST":
        return redirect("staff:call_back", number)
    found = callbacks.call(number, by=d.by, at=d.at)
    if _shown(d, found) is None:
        try:
            callbacks.show_phone(number, by=d.by, at=d.at)
        except Refused as refused:
            return _page(d, number, said=refused.text, status=409)
        opened = d.request.session.get("numbers", {})
        recent = {k: v for k, v in opened.items() if datetime.fromisoformat(v) > d.at - SHOWN_FOR}
        d.request.session["numbers"] = {**recent, found.matter.number: d.at.isoformat()}
    return _page(d, number)


@desk(Power.CALL_BACKS)
def ask_contact(d: Desk, number: str) -> HttpResponse:
    """Ask to see the number of a matter that concerns a child; another person, a lead, answers."""
    if d.request.method != "POST":
        return redirect("staff:call_back", number)
    found = callbacks.call(number, by=d.by, at=d.at)
    try:
        acting.act(found.matter.pk, "ask_contact", {"reason": d.request.POST.get("reason", "")}, by=d.by, at=d.at)
    except Invalid as wrong:
        return _page(d, number, said=next(iter(wrong.fields.values())), status=400)
    except (Refused, Stale) as refused:
        return _page(d, number, said=refused.text, status=409)
    notify(d.request, _("已提出申请。"))
    return redirect("staff:call_back", number)


def _child(d: Desk, matter: Matter, rules: Rules) -> str:
    """Return what stands between this person and the number where a child is concerned: `ask`, `wait`, or nothing."""
    if minors.refusal(matter, rules.book, d.by, d.at) is None:
        return ""
    return "wait" if minors.pending(matter, d.at) else "ask"


def _shown(d: Desk, found: callbacks.Call) -> Any:
    """Return the contact this person opened a short while ago; reading it was written down then."""
    since = d.request.session.get("numbers", {}).get(found.matter.number)
    if since is None or d.at - datetime.fromisoformat(since) >= SHOWN_FOR:
        return None
    return callbacks.shown_before(found)


def _counted_anew(d: Desk) -> None:
    # The rail counts what the list holds: after an act it is looked up again.
    cache.delete(call_backs_key(d))
