"""The page of a matter, its act bar, and the one view that takes every step."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _

from wuxiao.desk.assist import reply_checks, similar, suggest
from wuxiao.desk.base.errors import Conflict, Invalid, NotFound, Refused, Stale
from wuxiao.desk.case import act as acting
from wuxiao.desk.case import heard, sentences
from wuxiao.desk.case.needs import CALLER_CHECKS
from wuxiao.desk.files import drafts, files
from wuxiao.desk.look import cases, offered
from wuxiao.desk.look import matter as look
from wuxiao.desk.matters import matters, progress, secrecy
from wuxiao.desk.people import identity
from wuxiao.desk.town.books import Rules
from wuxiao.records.models import Entry, Matter, WorkOrder
from wuxiao.rules import hide
from wuxiao.rules.access import Power
from wuxiao.rules.flow import STANDINGS, STEPS, THEIRS, Need, State, Step, check
from wuxiao.rules.measures.published import CHANNELS
from wuxiao.rules.promise import Term, Why
from wuxiao.rules.promise import words as promise_words
from wuxiao.rules.words import Text
from wuxiao.typed.numbers import whole_number
from wuxiao.web.shared import secrecy as secrecy_form
from wuxiao.web.shared.dates import Due, Lang, local, short, times, when
from wuxiao.web.shared.nav import Event
from wuxiao.web.shared.punctuation import full_width
from wuxiao.web.shared.shown import VERB_KEYS, desk_name, state_look, verb_icon
from wuxiao.web.staff import handed, languages
from wuxiao.web.staff.alike import alike_shown
from wuxiao.web.staff.decided import about
from wuxiao.web.staff.forms import Field, Former, category_path, given_of, uploads_of
from wuxiao.web.staff.gate import Desk, desk, notify, show
from wuxiao.web.staff.lists import co_units_of, due_chip, lines, names

#: In each state, the step that moves the matter on; the first open one is the primary button.
MAIN: Mapping[State, tuple[str, ...]] = {
    State.INTAKE: ("classify", "assign", "divert"),
    State.SIGNING: ("sign",),
    State.OFFERED: ("accept",),
    State.JOINT: ("decide",),
    State.HANDLING: ("grant", "part", "answer"),
    State.WAITING: ("reply",),
    State.DECLINING: ("uphold",),
    State.ANSWERED: (),
    State.URGENT: ("stand_down",),
    State.CLOSED: (),
}
#: While danger stands open, in whatever state: first the step that can do no harm, right after it the other one.
IN_DANGER = ("bypass", "look")
#: While words wait that nobody could read: what they say, or at once to 110.
TO_READ = ("read_out", "bypass")
#: Steps that stop or end something: their buttons warn.
GRAVE = frozenset({"bypass", "refuse", "decline", "send_back", "deny", "redo", "supervise"})
_KEYS: Mapping[str, str] = {
    **VERB_KEYS,
    "look": "0",
    "stand_down": "s",
    "decide": "s",
    "part": "f",
    "reply": "y",
    "redo": "z",
    "fault": "q",
    "unmerge": "m",
    "reassign": "h",
}
_TONES: Mapping[str, str] = {
    "refuse": "refused",
    "send_back": "refused",
    "decline": "refused",
    "urge": "late",
    "supervise": "late",
    "remind": "late",
    "object": "late",
    "redo": "late",
    "bypass": "late",
    "answer": "done",
    "uphold": "done",
    "rate": "done",
    "close": "done",
    "call_back": "done",
}


@dataclass(frozen=True, slots=True)
class Panel:
    """One open step of the act bar with its form."""

    verb: str
    label: str
    title: str
    key: str
    icon: str
    kind: str
    url: str
    fields: Sequence[Field]
    open: bool
    upload: bool
    advice: Sequence[tuple[str, str]] = ()
    hidden: Mapping[str, str] = field(default_factory=dict)
    kept: Sequence[str] = ()
    about: Sequence[tuple[str, str]] = ()
    #: The question about secrecy, where the requester's words speak against somebody: its fields, and what is wrong.
    whom: Mapping[str, Any] | None = None
    whom_errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tried:
    """A step that was sent and did not happen: what was written stays, with what was wrong."""

    verb: str
    given: Mapping[str, Any]
    errors: Mapping[str, Text]
    text: Text
    stale_since: int | None = None
    advice: Sequence[reply_checks.Advice] = ()
    hidden: Mapping[str, str] = field(default_factory=dict)
    kept: Sequence[str] = ()
    whom: Mapping[str, Any] | None = None
    whom_errors: Mapping[str, str] = field(default_factory=dict)


def _panels(view: look.View, d: Desk, former: Former, tried: Tried | None, opened: str) -> list[Panel]:
    state = view.facts.state
    assert state is not None
    open_steps = [step for step, refusal in view.reach if refusal is None and step.verb != "call_back"]
    first = next((v for v in MAIN[state] if any(s.verb == v for s in open_steps)), "")
    if first == "classify" and view.matter.category and any(s.verb == "assign" for s in open_steps):
        first = "assign"
    before = IN_DANGER if view.matter.danger_open else TO_READ if view.matter.unread_since is not None else ()
    if before and any(s.verb == before[0] for s in open_steps):
        first = before[0]
    open_steps.sort(key=lambda s: (before.index(s.verb) if s.verb in before else len(before), s.verb != first))
    used: set[str] = set()
    panels = []
    for step in open_steps:
        key = _KEYS.get(step.verb, "")
        key = "" if key in used else key
        used.add(key)
        mine = tried if tried is not None and tried.verb == step.verb else None
        fields = former.fields(step, mine.given if mine else None, mine.errors if mine else None)
        panels.append(
            Panel(
                verb=step.verb,
                label=_name(step, view, d.lang),
                title=_name(step, view, d.lang),
                key=key,
                icon=verb_icon(step.verb),
                kind=_kind(step.verb, first),
                url=reverse("staff:act", args=[view.matter.number, step.verb]),
                fields=[f for f in fields if f.kind != "none"],
                open=bool(mine) or opened == step.verb,
                upload=any(f.kind == "files" for f in fields),
                advice=[(one.name.say(d.lang), one.why.say(d.lang)) for one in mine.advice] if mine else (),
                hidden=mine.hidden if mine else {},
                kept=mine.kept if mine else (),
                about=about(view, step.verb, d.lang),
                whom=mine.whom if mine else None,
                whom_errors=mine.whom_errors if mine else {},
            )
        )
    return panels


def _name(step: Step, view: look.View, lang: Lang) -> str:
    """Return the name of a step on a matter's page; where 110 must not know, danger goes to somebody named."""
    to = _urgent_to(view.matter, view.rules, lang) if step.verb == "bypass" else ""
    return _("紧急转%(unit)s") % {"unit": to} if to else desk_name(step).say(lang)


def _urgent_to(matter: Matter, rules: Rules, lang: Lang) -> str:
    """Return the name of who takes this matter in danger where that is not 110, else an empty text."""
    unit = rules.book.units.get(hide.first_in_danger(rules.book, matter.hidden))
    return unit.name.say(lang) if unit is not None and unit.type != "police_command" else ""


def _kind(verb: str, first: str) -> str:
    if verb == first:
        return "primary"
    # To say that there is no danger is never the easy click.
    return "quiet" if verb == "look" else "danger" if verb in GRAVE else ""


def shut(view: look.View, lang: Lang) -> list[tuple[str, str]]:
    """Return the steps in reach that are not open now, with the reason of each."""
    return [
        (desk_name(step).say(lang), refusal.text.say(lang))
        for step, refusal in view.reach
        # Of what is not kept secret, or was not said, there is nothing to shut.
        if refusal is not None
        and step.verb != "call_back"
        and refusal.code not in {"kept", "said_apart", "desk_decides"}
    ]


def timeline(view: look.View, lang: Lang, entries: Sequence[Entry] | None = None) -> list[Event]:
    """Return the diary of a matter as finished lines, the newest first."""
    book = view.rules.book
    made = []
    for entry in reversed(view.entries if entries is None else entries):
        quotes = [] if entry.verb == "receive" else sentences.quotes(entry, view.words, lang, for_resident=False)
        made.append(
            Event(
                what=sentences.say(entry, view.words, book, lang, for_resident=False, people=view.people),
                at=_moment(entry.at, lang),
                iso=local(entry.at).isoformat(timespec="seconds"),
                by=sentences.who(entry, book, lang, people=view.people),
                tone=_TONES.get(entry.verb, ""),
                icon=verb_icon(entry.verb),
                quote="\n".join(quotes),
            )
        )
    return made


def _moment(at: datetime, lang: Lang) -> str:
    return when(at, lang, year=False)


def promise_why(view: look.View, lang: Lang) -> str:
    """Return in plain words why the promised date is this date."""
    raw = view.matter.promise.get("why")
    return promise_words.say(Why.from_json(raw), lang) if raw else ""


def page(
    d: Desk,
    number: str,
    *,
    tried: Tried | None = None,
    opened: str = "",
    contact: Any = None,
    read: bool = False,
    status: int = 200,
) -> HttpResponse:
    """Show a matter; `tried` is a step that failed, `opened` the panel to open.

    With `read` its contact (which may be `None`) and the numbers in its words were just asked for, with a purpose.
    """
    view = look.view(number, by=d.by, at=d.at, lang=d.lang, veil=not read)
    matter, lang = view.matter, d.lang
    first_words = view.words.get((1, "words"))
    former = Former(matter, view.rules, lang, first_words or "", view.facts.by)
    state = State(matter.state)
    tone, icon = state_look(matter.state)
    units, _categories, kinds = names(view.rules, lang)
    panels = _panels(view, d, former, tried, opened)
    main = next((p for p in panels if p.kind == "primary"), None)
    part = _own_part(view, d)
    beside = offered.by_staff(matter, view.entries, d.rules, by=d.by, at=d.at)
    lost = tried is not None and not any(p.verb == tried.verb for p in panels)
    since = (
        timeline(view, lang, [e for e in view.entries if e.turn > tried.stale_since])
        if tried is not None and tried.stale_since is not None
        else []
    )
    context = {
        "matter": matter,
        "view": view,
        "said_beside": [(text.say(lang), icon) for text, icon in beside.said],
        "hidden_from": "、".join(
            hide.name_of(view.rules.book, one).say(d.lang) for one in sorted(hide.unpack(view.matter.about))
        ),
        "state_name": STANDINGS[state].staff_name.say(lang),
        "tone": tone,
        "icon_name": icon,
        "kind_name": kinds.get(matter.kind, matter.kind),
        "category": category_path(view.rules, matter.category, lang),
        "class_name": _class_name(view, lang),
        "promise": _promise(view, d, part),
        "reason": promise_why(view, lang),
        "first_words": first_words,
        "erased": (1, "words") in view.words and first_words is None,
        "events": timeline(view, lang),
        "since": since,
        "unit": lambda code: units.get(code, code),
        "chip": _chip(view, d, part),
        "part": part is not None,
        "parts_of": _parts_of(view, d),
        "refused": bool(matter.refusals) and not matter.decided and state in {State.INTAKE, State.OFFERED},
        "panels": panels,
        "shut": shut(view, lang),
        "next_words": _("下一步：%(step)s") % {"step": main.label} if main else STANDINGS[state].staff_name.say(lang),
        "next_note": "" if main else STANDINGS[state].staff_plain.say(lang),
        "tried_text": tried.text.say(lang) if tried else "",
        "channel": channel_name(matter.channel, lang),
        "division": _division(view, lang),
        "lost": lost,
        "anew": state is State.CLOSED and d.may(Power.INTAKE),
        "lost_words": _written(tried) if lost else "",
        "errors": _summary(tried, lang, lost),
        "once": matters.new_key(),
        "merged": lines(view.merged, d),
        "parts": lines(view.parts, d),
        "earlier": lines(view.earlier, d),
        "alike": _alike(view, d, first_words or ""),
        "may_mark": d.may(Power.INTAKE),
        "can_merge": any(p.verb == "merge" for p in panels),
        "said": _said(view, first_words or "", d),
        "details": _details(view, lang),
        "orders": _orders(view, lang),
        "signoffs": _signoffs(view, lang),
        "contact": contact,
        "tongue": languages.interpreters(d, matter.reads, matter.hidden),
        "may_contact": view.contact_refusal is None,
        "purposes": [(code, text.say(lang)) for code, text in identity.PURPOSES.items() if code != "call_back"],
        "contact_refusal": view.contact_refusal.say(lang) if view.contact_refusal else "",
        "danger_why": _danger_why(view, lang)
        if matter.danger_open
        or matter.unread_since is not None
        or (matter.danger_perhaps and matter.state not in _PAST_ASKING)
        else "",
        "unread": matter.unread_since is not None,
        "called": progress.called(view.entries),
        "urgent_to": _urgent_to(matter, view.rules, lang),
        "route_why": full_width(matter.route_why.get("en" if lang == "en" else "zh", "")),
        "up": _came_from(d.request),
        "leads_to": [
            *((reverse(way.route, args=way.args), way.title.say(lang)) for way in beside.ways),
            *(
                (
                    f"{reverse('staff:case_new', args=[life])}?{urlencode({'report': matter.number, 'why': 'report'})}",
                    n.say(lang),
                )
                for life, n in cases.from_reports(by=d.by, at=d.at, report=matter)
            ),
        ],
    }
    return show(d, "matter.html", context, status=status)


def _alike(view: look.View, d: Desk, words: str) -> list[dict[str, Any]]:
    if view.matter.state == State.CLOSED or not words:
        return []
    return alike_shown(
        similar.like_matter(view.matter, words, by=d.by, at=d.at, besides=[r.id for r in view.merged]), d
    )


def _said(view: look.View, words: str, d: Desk) -> Sequence[suggest.Stretch]:
    """The first words with what spoke marked, while somebody still has to classify them."""
    if view.matter.state != State.INTAKE or len(words) > suggest.READ:
        return ()
    return suggest.suggest(words, view.rules, at=view.matter.received_at, chosen=view.matter.category).stretches


def _details(view: look.View, lang: Lang) -> list[tuple[str, str]]:
    kept = view.words.get((1, "details"))
    found = json.loads(kept) if kept else {}
    return [(name.say(lang), found[code]) for code, name in matters.DETAILS.items() if found.get(code)]


#: How a matter reached us, in words; a channel the table does not know is shown as it is written.


def channel_name(code: str, lang: Lang) -> str:
    """Return a channel in words."""
    found = CHANNELS.get(code)
    return found.say(lang) if found else code


#: In these states nothing is left to ask about what may have been danger.
_PAST_ASKING = frozenset({State.ANSWERED.value, State.CLOSED.value})


def _danger_why(view: look.View, lang: Lang) -> str:
    """Which words speak of danger: the last that do, in what was first said or in what was added since."""
    last = next((e for e in reversed(view.entries) if e.verb == "read_out"), None)
    if view.matter.unread_since is None and last is not None and last.facts.get("in_danger"):
        told = (view.words.get((last.turn, "words")) or "").strip()
        return Text(
            f"懂的人读过，说有危险：{told}", f"Somebody who understands the words says that there is danger: {told}"
        ).say(lang)
    rendered = {e.turn for e in view.entries if e.verb == "read_out"}
    keys = (key for key in sorted(view.words, reverse=True) if key[1] in {"words", "reason"} and key[0] not in rendered)
    said = [view.words[key] for key in keys]
    found = [danger for words in said if words and (danger := drafts.danger_in(words)).tier != "none"]
    if found:
        return min(found, key=lambda danger: not danger.certain).why.say(lang)
    if any(words is None for words in said):
        return Text(
            "说到危险的话已经按诉求人的要求删掉了，看不到了；听到过的险情还没有人确认。",
            "The words that spoke of danger were erased at the requester's wish and cannot be read any more; nobody "
            "has settled the danger that was heard.",
        ).say(lang)
    first = (view.matter.place, *(item["text"] for item in view.matter.items))
    found = [danger for words in first if words and (danger := drafts.danger_in(words)).tier != "none"]
    if found:
        return min(found, key=lambda danger: not danger.certain).why.say(lang)
    if any(e.turn == 1 and (e.facts.get("danger") or e.facts.get("danger_perhaps")) for e in view.entries):
        return Text(
            "首次反映时填的其他内容（称呼、文件名等）里提到危险。",
            "What was filled in beside the words of the first report (a name, the name of a file) speaks of danger.",
        ).say(lang)
    return Text("后来补充的话里提到危险，请看办理记录。", "What was added since speaks of danger; see the record.").say(
        lang
    )


def _division(view: look.View, lang: Lang) -> str:
    found = view.rules.book.divisions.get(view.matter.division)
    return found.name.say(lang) if found else view.matter.division


def _next_due(view: look.View) -> datetime | None:
    matter = view.matter
    marks = [matter.step_due_at, matter.due_at if matter.answered_at is None else None]
    return min((m for m in marks if m is not None), default=None)


def _written(tried: Tried | None) -> str:
    """What a step that cannot be taken any more was to say, in the writer's own words: no codes of choices."""
    own = (tried.given.get(need.value) for need in (*acting.TEXTS, Need.ITEMS, Need.PARTS)) if tried else ()
    return "\n".join(v for v in own if isinstance(v, str) and v)


def _summary(tried: Tried | None, lang: Lang, lost: bool) -> dict[str, str]:
    if tried is None or lost:
        return {}
    if tried.advice or (tried.text is ASK_THEM and not tried.whom_errors):
        return {}
    if tried.whom_errors:
        return dict(tried.whom_errors)
    if not tried.errors:
        return {"__all__": tried.text.say(lang)}
    return {f"{tried.verb}-{name}": text.say(lang) for name, text in tried.errors.items()}


def _class_name(view: look.View, lang: Lang) -> str:
    found = view.rules.book.classes.get(view.matter.handling_class)
    name = found.name.say(lang) if found else view.matter.handling_class
    return f"{name} · {_('信访')}" if view.matter.petition else name


def _own_part(view: look.View, d: Desk) -> WorkOrder | None:
    """Return the part this person's own unit still owes as a co-unit, the first due one."""
    mine = [
        o
        for o in view.orders
        if o.role == "co" and o.state == "accepted" and o.unit in co_units_of(d) and o.unit != view.matter.holder
    ]
    return min(mine, key=lambda o: (o.due_at is None, o.due_at), default=None)


def _chip(view: look.View, d: Desk, part: WorkOrder | None) -> Due:
    """Return the clock on top: of a co-unit its own part's, for everybody else the nearer of the matter's two."""
    due, state = (part.due_at, State.HANDLING) if part is not None else (_next_due(view), view.matter.state)
    matter = view.matter
    promise = matter.due_at if part is None and matter.answered_at is None else None
    return due_chip(due, d.at, view.rules.calendar, d.lang, state=state, promise=promise)


def _parts_of(view: look.View, d: Desk) -> list[dict[str, Any]]:
    """Return each co-unit with its part and date, the missing ones first: the lead sees whom it waits for."""
    units = names(view.rules, d.lang)[0]
    rows = [o for o in view.orders if o.role == "co" and o.state in {"accepted", "done"}]
    rows.sort(key=lambda o: (o.state == "done", o.due_at is None, o.due_at or o.sent_at))
    return [
        {
            "unit": units.get(o.unit, o.unit),
            "task": o.task,
            "done": o.state == "done",
            "at": when(o.done_at, d.lang, year=False) if o.done_at else "",
            "due": due_chip(o.due_at, d.at, view.rules.calendar, d.lang, state=State.HANDLING),
        }
        for o in rows
    ]


def _promise(view: look.View, d: Desk, part: WorkOrder | None) -> list[tuple[str, str]]:
    matter, lang = view.matter, d.lang
    rows = []
    if part is not None:
        if part.task:
            rows.append((_("本单位协办"), part.task))
        if part.due_at is not None:
            rows.append((_("本单位期限"), when(part.due_at, lang)))
    if matter.due_at is not None:
        rows.append((_("最晚答复"), when(matter.due_at, lang)))
    if matter.step_due_at is not None and matter.state != State.CLOSED:
        state_name = STANDINGS[State(matter.state)].staff_name.say(lang)
        rows.append((_("本环节"), f"{state_name} · {when(matter.step_due_at, lang, year=False)}"))
    if matter.paused_at is not None:
        rows.append((_("暂停自"), when(matter.paused_at, lang, year=False)))
    if matter.extensions:
        rows.append((_("已延期"), times(matter.extensions)))
    if matter.extension:
        rows.append(
            (
                _("延期待批"),
                _("%(term)s：%(why)s")
                % {"term": Term.parse(matter.extension["term"]).words.say(lang), "why": matter.extension["reason"]},
            )
        )
    if matter.answered_at is not None:
        rows.append((_("答复于"), when(matter.answered_at, lang, year=False)))
    if matter.closed_at is not None:
        rows.append((_("办结于"), when(matter.closed_at, lang, year=False)))
    rows.append((_("收到于"), when(matter.received_at, lang)))
    return rows


_ORDER_WORDS: Mapping[str, Text] = {
    "proposed": Text("提请转交，审核中", "proposed, being signed off"),
    "offered": Text("待签收", "not accepted yet"),
    "accepted": Text("办理中", "accepted"),
    "refused": Text("已退单", "refused"),
    "taken_back": Text("已收回", "taken back"),
    "sent_back": Text("审核未同意", "not signed off"),
    "done": Text("已反馈", "done"),
}


def _orders(view: look.View, lang: Lang) -> list[dict[str, str]]:
    units = names(view.rules, lang)[0]
    made = []
    for order in view.orders:
        words = _ORDER_WORDS.get(order.state)
        role = _("协办") if order.role == "co" else _("主办")
        bits = [order.task or order.reason]
        if order.due_at is not None and order.state in {"offered", "accepted"}:
            bits.append(_("期限 %(at)s") % {"at": short(order.due_at)})
        made.append(
            {
                "unit": units.get(order.unit, order.unit),
                "role": role,
                "state": words.say(lang) if words else order.state,
                "at": short(order.sent_at),
                "note": " · ".join(b for b in bits if b),
            }
        )
    return made


def _signoffs(view: look.View, lang: Lang) -> list[dict[str, Any]]:
    levels = {level.level: level.name.say(lang) for level in view.rules.book.sign_levels}
    rounds = [s.round for s in view.signoffs]
    several = len(set(rounds)) > 1
    return [
        {
            # A second round stands apart from the first and says which it is.
            "first": n == 0 or rounds[n - 1] != s.round,
            "round": _("第 %(n)s 轮") % {"n": s.round} if several and (n == 0 or rounds[n - 1] != s.round) else "",
            "level": levels.get(s.level, str(s.level)),
            "who": view.people.get(s.staff_id, ""),
            "agreed": s.agreed,
            "reason": s.reason,
            "at": short(s.at),
            "fault": s.fault,
            "mine": False,
        }
        for n, s in enumerate(view.signoffs)
    ]


@desk(Power.INBOX)
def matter(d: Desk, number: str) -> HttpResponse:
    """Show a matter; to a desk that handed it over, what became of it."""
    try:
        return page(d, number, opened=d.request.GET.get("do", ""))
    except NotFound:
        return handed.matter(d, number)


def _came_from(request: HttpRequest) -> str:
    """Return the list the reader came from, so that `u` leads back to it; the inbox for any other way."""
    home = reverse("staff:home")
    came = urlsplit(request.headers.get("Referer", ""))
    lists = (reverse("staff:search"), reverse("staff:queue", args=["x"])[:-1])
    if came.netloc == request.get_host() and came.path.startswith(lists):
        return f"{came.path}?{came.query}" if came.query else came.path
    return home


def _after(request: HttpRequest, number: str) -> str:
    wanted = request.POST.get("next", "")
    ok = wanted.startswith("/staff") and url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()})
    return wanted if ok else reverse("staff:matter", args=[number])


def _int(text: str | None) -> int | None:
    return whole_number(text, 0, 2**31 - 1)


@desk(Power.INBOX)
def act(d: Desk, number: str, verb: str) -> HttpResponseBase:
    """Take one step on a matter: the address of every button; opened by hand it shows the page with that form."""
    step = STEPS.get(verb)
    if step is None or not step.sources:
        raise NotFound(Text("没有这一步", "There is no such step."))
    if d.request.method != "POST":
        return page(d, number, opened=verb)
    found, rules, facts = look.find(number, by=d.by, at=d.at)
    given = given_of(d.request, step)
    seen = _int(d.request.POST.get("version"))
    once = d.request.POST.get("once", "")[:80]
    waiting = [token for token in d.request.POST.getlist("kept")[:9] if drafts.load(token)]
    whom: Whom | None = None
    asked: Mapping[str, Any] | None = None
    try:
        uploads = (*(u for u in map(drafts.load, waiting) if u is not None), *uploads_of(d.request, rules))
        # Advice is for what can be sent: what somebody else's step made impossible meanwhile is said instead.
        open_now = check(verb, facts) is None and seen in {None, found.version}
        if verb == "answer" and open_now and (paused := _advise(d, found, rules, given, uploads, waiting)) is not None:
            return paused
        whom = _whom(d, found, rules, verb, given) if open_now else None
        asked = secrecy_form.fields(whom.answer, rules) if whom is not None else None
        if whom is not None and whom.asks:
            _hear(d, found, rules, verb, given)
            kept = [*waiting, *(drafts.keep(one, at=d.at) for one in uploads[len(waiting) :])]
            tried = Tried(verb, given, {}, ASK_THEM, kept=kept, whom=asked, whom_errors=whom.errors)
            return page(d, number, tried=tried, status=400 if whom.errors else 200)
        each = whom.answer.each if whom is not None and whom.answer.hide else ()
        to = _urgent_to(found, rules, d.lang) if verb == "bypass" else ""
        secrecy.take(found.pk, verb, given, each, by=d.by, at=d.at, version=seen, once=once, uploads=uploads)
    except Invalid as wrong:
        if wrong.told is None:
            # A file that cannot be taken, say: danger in the words is heard all the same.
            _hear(d, found, rules, verb, given)
        return page(d, number, tried=Tried(verb, given, wrong.fields, wrong.text, kept=waiting, whom=asked), status=400)
    except Stale as stale:
        turn = _int(d.request.POST.get("turn")) or 0
        tried = Tried(verb, given, {}, stale.text, stale_since=turn, kept=waiting, whom=asked)
        return page(d, number, tried=tried, status=409)
    except (Refused, Conflict) as refused:
        status = 403 if isinstance(refused, Refused) else 409
        return page(d, number, tried=Tried(verb, given, {}, refused.text), status=status)
    drafts.drop(waiting)
    told = verb == "bypass" and bool(given.get("words")) and bool(to)
    return _done(d, number, step, to, told=told)


def _hear(d: Desk, matter: Matter, rules: Rules, verb: str, given: Mapping[str, Any]) -> None:
    """Keep danger told in words whose form comes back, a requester's own first from those they speak of."""
    if verb in heard.SETTLES:
        return
    texts = {need.value: str(given[need.value]) for need in acting.TEXTS if given.get(need.value)}
    checked = str(given.get("for_caller") or "")
    facts = {"for_caller": checked} if checked in CALLER_CHECKS else {}
    whom = _whom(d, matter, rules, verb, given)
    each = whom.answer.each if whom is not None and whom.answer.hide else ()
    secrecy.hear(heard.Told(matter.pk, verb, texts, d.by, d.at, facts), each)


#: What an operator is told when a caller's words speak against somebody.
ASK_THEM = Text(
    "还没有提交：诉求人的话里说到了单位或办事的人，请先问要不要对它保密，选好再提交。",
    "Not sent yet: the words speak of an office or its staff. Ask whether it is to be kept from them, then send again.",
)


@dataclass(frozen=True, slots=True)
class Whom:
    """What was answered about secrecy for words written down for a requester, and whether it is still to be asked."""

    answer: secrecy_form.Answer
    asks: bool
    errors: Mapping[str, str] = field(default_factory=dict)


def _whom(d: Desk, matter: Matter, rules: Rules, verb: str, given: Mapping[str, Any]) -> Whom | None:
    """Return the answer about secrecy for a requester's words, as on her own page; None: nothing to ask."""
    said = str(given.get("words") or given.get("reason") or "")
    if verb == "shield" or not said or not (verb in THEIRS or given.get("for_caller")):
        return None
    before = secrecy_form.later(said, matter, rules)
    if "hide" not in d.request.POST:
        return Whom(before, secrecy_form.waits(before, d.request, said)) if before is not None else None
    answer, errors = secrecy_form.read(d.request, rules, before or secrecy_form.Answer(True))
    return Whom(answer, bool(errors), errors)


def _advise(
    d: Desk,
    matter: Matter,
    rules: Rules,
    given: Mapping[str, Any],
    uploads: Sequence[files.Upload],
    waiting: Sequence[str],
) -> HttpResponse | None:
    """Show the writer what the checks found, once for these very words; None when there is nothing to say (again)."""
    reply = str(given.get("reply", "")).strip()
    if not reply_checks.ready(matter, given, rules, files=len(uploads)):
        return None
    mark = hashlib.sha256(reply.encode()).hexdigest()[:16]
    if not reply or d.request.POST.get("advised") == mark:
        return None
    found = reply_checks.advice(matter, reply, rules)
    if not found:
        return None
    # A browser cannot be handed chosen files back: they wait here until the answer is sent.
    kept = [*waiting, *(drafts.keep(one, at=d.at) for one in uploads[len(waiting) :])]
    text = Text(
        "答复还没有发出：请看几条建议，可以改，也可以照样发出。",
        "Not sent yet: please see the advice; change it or send it as it is.",
    )
    return page(
        d, matter.number, tried=Tried("answer", given, {}, text, advice=found, hidden={"advised": mark}, kept=kept)
    )


def _done(d: Desk, number: str, step: Step, urgent_to: str = "", *, told: bool = False) -> HttpResponse:
    if urgent_to and told:
        said = _(
            "已紧急转%(unit)s（%(number)s），地点和正在发生什么也已告诉 110。110 看不到这件事，不知道是谁：能打电话的，"
            "请诉求人自己也打 110。"
        )
        notify(d.request, said % {"unit": urgent_to, "number": number})
    elif urgent_to:
        said = _("已紧急转%(unit)s（%(number)s）。110 看不到这件事：请让诉求人自己现在就打 110。")
        notify(d.request, said % {"unit": urgent_to, "number": number})
    else:
        notify(d.request, _("已办：%(step)s（%(number)s）") % {"step": desk_name(step).say(d.lang), "number": number})
    try:
        look.find(number, by=d.by, at=d.at)
    except NotFound:
        # It went out of this person's sight with the step: back to the list.
        return redirect("staff:home")
    return redirect(_after(d.request, number))


@desk(Power.INBOX)
def contact(d: Desk, number: str) -> HttpResponse:
    """Show who reported, for a stated purpose; the read is an entry the requester sees."""
    if d.request.method != "POST":
        return redirect("staff:matter", number)
    try:
        asked = d.request.POST
        why, purpose = asked.get("why") or "other", asked.get("purpose", "")
        try:
            found = look.show_contact(number, by=d.by, at=d.at, purpose=purpose, why=why)
        except NotFound:
            look.show_numbers(number, by=d.by, at=d.at, purpose=purpose, why=why)
            found = None
    except Refused as refused:
        notify(d.request, refused.text.say(d.lang), "caution")
        return redirect("staff:matter", number)
    return page(d, number, contact=found, read=True)


@desk(Power.INBOX)
def attachment(d: Desk, number: str, file_id: int) -> HttpResponseBase:
    """Serve a photo or file of a matter."""
    found = look.attachment(number, file_id, by=d.by, at=d.at)
    response = FileResponse(
        files.path_of(found.sha256).open("rb"),
        content_type=found.kind,
        as_attachment=found.kind == "application/pdf",
        filename=found.name,
    )
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
