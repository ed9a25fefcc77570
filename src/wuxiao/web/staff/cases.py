"""The pages of every life that has none of its own: a list by where things stand, one case, its steps, a new one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from wuxiao.desk.assist import spoken_of
from wuxiao.desk.base.errors import Conflict, Invalid, NotFound, Refused, Stale
from wuxiao.desk.base.once import known
from wuxiao.desk.case import opening, sentences, tale
from wuxiao.desk.case.act import act as take
from wuxiao.desk.case.keyset import Cursor
from wuxiao.desk.case.sentences import plain
from wuxiao.desk.case.subject import Pages, Subject
from wuxiao.desk.files import drafts, files
from wuxiao.desk.look import cases
from wuxiao.desk.look.cases import View
from wuxiao.desk.matters import matters
from wuxiao.desk.tasks.look import around
from wuxiao.records.models import Case, Entry
from wuxiao.rules.codes import grouped
from wuxiao.rules.field import Kind
from wuxiao.rules.life import Step
from wuxiao.rules.words import Text
from wuxiao.typed.numbers import whole_number
from wuxiao.web.shared import fields, papers
from wuxiao.web.shared.dates import Lang, local, until, when
from wuxiao.web.shared.nav import Event
from wuxiao.web.shared.shown import verb_icon
from wuxiao.web.staff import tasks
from wuxiao.web.staff.forms import uploads_of
from wuxiao.web.staff.gate import Desk, desk, notify, show
from wuxiao.web.staff.lists import names

_FILES = "files"
#: The part of a list that waits for whoever looks, as its address says it.
MINE = "mine"
#: The kinds of fields that hold words somebody wrote.
_WRITTEN = frozenset({Kind.TEXT, Kind.WORDS})
#: What comes from a phone within this was filled in when it came.
_SOON = timedelta(minutes=5)


_TO_PARTY = Text(
    "还没有提交：写的话里说到了个人，对方看得到。可以改，也可以照样提交。",
    "Not sent yet: the words speak of persons, and the other side reads them. Change them, or send as they are.",
)
_CARRIED = Text(
    "还没有提交：写的话里说到了个人，别的单位看得到，也会写进文书。可以改，也可以照样提交。",
    "Not sent yet: the words speak of persons; other units read them, and they go into papers. Change them, or send "
    "as they are.",
)


@dataclass(frozen=True, slots=True)
class Tried:
    """A step that was sent and did not happen: what was written stays, with what was wrong."""

    verb: str
    given: Mapping[str, Any]
    errors: Mapping[str, Text]
    text: Text
    since: int | None = None
    advice: Sequence[spoken_of.Spoken] = ()
    advised: str = ""
    kept: Sequence[str] = ()
    warned: str = ""


def _base(d: Desk, life: str) -> dict[str, Any]:
    one, pages = cases.of(life, by=d.by, at=d.at)
    first = one.life.first
    may_open = one.life.check(first.verb, one.seen_by(one.nothing, d.by)) is None and pages.opens(d.by, d.rules.book)
    return {
        "title": pages.title.say(d.lang),
        "meaning": pages.meaning.say(d.lang),
        "here": reverse("staff:cases", args=[life]),
        "new_url": reverse("staff:case_new", args=[life]) if may_open else "",
        "new_label": first.name.say(d.lang),
        "phone_url": reverse("staff:phone") if pages.tray is not None else "",
    }


# --------------------------------------------------------------------------------------------------------------- lists


@desk()
def page(d: Desk, life: str) -> HttpResponse:
    """List the cases of a life: all that are open, or one queue; what is due first stands first."""
    one, pages = cases.of(life, by=d.by, at=d.at)
    queues = {**pages.queues, **{each.queue: each.staff_name for each in one.life.standings.values()}}
    queue = d.request.GET.get("where", "")
    queue = queue if queue in queues else ""
    mine = d.request.GET.get("where") == MINE
    after = Cursor.read(d.request.GET.get("after", ""))
    found = cases.page(life, by=d.by, at=d.at, queue=queue, mine=mine, after=after)
    counts = cases.counts(life, by=d.by, at=d.at)
    here = reverse("staff:cases", args=[life])
    over = {one.life.standings[state].queue for state in one.life.over}
    every = sum(n for name, n in counts.items() if name not in over)
    tabs = [{"label": _("没有办结的"), "url": here, "current": not queue and not mine, "count": every}]
    waiting = cases.waiting(by=d.by, at=d.at)
    if pages.waits and life in waiting:
        # What the rail counts is this list, and no other.
        tabs.insert(0, {"label": _("等您的"), "url": f"{here}?where={MINE}", "current": mine, "count": waiting[life]})
    tabs += [
        {
            "label": _upper(name.say(d.lang)),
            "url": f"{here}?where={code}",
            "current": queue == code,
            "count": counts[code],
        }
        for code, name in queues.items()
        if counts.get(code)
    ]
    owes = cases.dates(life, found.cases, by=d.by, at=d.at)
    following = f"&after={found.next}" if found.next else ""
    context = {
        **_base(d, life),
        "tabs": tabs,
        "lines": [_line(d, life, case, owes.get(case.pk)) for case in found.cases],
        "next_url": f"{here}?where={MINE if mine else queue}{following}" if following else "",
    }
    return show(d, "cases.html", context, at=f"cases:{life}")


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _line(d: Desk, life: str, case: Case, owes: Text | None) -> dict[str, Any]:
    one, _pages = cases.of(life, by=d.by, at=d.at)
    name = next(standing.staff_name for state, standing in one.life.standings.items() if state == case.state)
    late = case.closed_at is None and case.step_due_at is not None and case.step_due_at < d.at
    return {
        "number": case.number,
        "title": plain(case.title, d.lang) or _("（内容已删除）"),
        "url": reverse("staff:case", args=[life, case.number]),
        "place": case.place,
        "unit": names(d.rules, d.lang)[0].get(case.holder, case.holder),
        "state": name.say(d.lang),
        "tone": "late" if late else "closed" if case.closed_at else "work",
        "due": until(case.step_due_at, d.lang) if case.step_due_at and not case.closed_at else "",
        "owes": _upper(owes.say(d.lang)) if owes is not None else "",
        "late": late,
    }


# ------------------------------------------------------------------------------------------------------------ one case


@desk()
def case(d: Desk, life: str, number: str) -> HttpResponse:
    """Show a case with what can be done on it now."""
    return _show(d, life, number, opened=d.request.GET.get("do", ""))


def _show(
    d: Desk, life: str, number: str, *, tried: Tried | None = None, opened: str = "", status: int = 200
) -> HttpResponse:
    view = cases.view(life, number, by=d.by, at=d.at, lang=d.lang)
    found = view.case
    standing = next(s for state, s in view.subject.life.standings.items() if state == found.state)
    panels = [_panel(d, view, step, tried, opened) for step, refusal in view.reach if refusal is None]
    owes = cases.dates(life, [found], by=d.by, at=d.at).get(found.pk)
    _next(view, panels)
    lost = tried is not None and not any(p["verb"] == tried.verb for p in panels)
    context = {
        **_base(d, life),
        "case": found,
        "name": plain(found.title, d.lang) or found.number,
        "state_name": standing.staff_name.say(d.lang),
        "tone": "closed" if found.closed_at else "work",
        "plain": standing.staff_plain.say(d.lang),
        "due": until(found.step_due_at, d.lang) if found.step_due_at and not found.closed_at else "",
        "owes": _upper(owes.say(d.lang)) if owes is not None else "",
        "late": found.closed_at is None and found.step_due_at is not None and found.step_due_at < d.at,
        "unit": names(d.rules, d.lang)[0].get(found.holder, found.holder),
        "parent": view.parent,
        "party_url": page_of_party(found) if view.facts.by & view.pages.hands else "",
        "party_code": grouped(found.code) if view.facts.by & view.pages.hands else "",
        "about": [(label.say(d.lang), value.say(d.lang)) for label, value in view.about],
        "events": _events(d, view, view.entries),
        "since": _events(d, view, [e for e in view.entries if tried and tried.since and e.turn > tried.since]),
        "files": view.files,
        "papers": papers.rows(
            found,
            d.rules,
            d.lang,
            lambda *paper: reverse("staff:case_paper", args=[life, found.number, *paper]),
            turns={entry.turn for entry in view.entries},
        ),
        "tasks": tasks.lines(d, around(found, by=d.by, at=d.at)),
        "beside": [(label.say(d.lang), *_way(kind, code)) for label, kind, code in view.pages.links(found, d.by)],
        "panels": panels,
        "shut": [(step.name.say(d.lang), r.text.say(d.lang)) for step, r in view.reach if r is not None],
        "errors": _errors(d, tried),
        "lost": tried.text.say(d.lang) if lost and tried else "",
        "once": matters.new_key(),
    }
    return show(d, "case.html", context, at=f"cases:{life}", status=status)


def _way(kind: str, number: str) -> tuple[str, str]:
    """Return what a case is linked with as a page shows it: its number and its address."""
    match kind:
        case "matter":
            return number, reverse("staff:matter", args=[number])
        case "text":
            kind, _slash, code = number.partition("/")
            return code, reverse("staff:text", args=[kind, code])
        case _:
            return number, reverse("staff:case", args=[kind, number])


def _next(view: View, panels: Sequence[dict[str, Any]]) -> None:
    """Mark the step a case wants next: what its life names if that is open, else the first if it ends nothing."""
    wanted = view.pages.next(view.facts)
    able = [p for p in panels if p["kind"] != "danger"]
    chosen = next((p for p in able if p["verb"] == wanted), able[0] if able and panels[0] is able[0] else None)
    if chosen is not None:
        chosen["kind"] = "primary"


def page_of_party(found: Case) -> str:
    """Return the whole address of the page its other side opens with the code, as it is printed or shown as a QR."""
    return settings.BASE_URL + reverse("resident_party", args=[found.code])


def _panel(d: Desk, view: View, step: Step[Any], tried: Tried | None, opened: str) -> dict[str, Any]:
    mine = tried if tried is not None and tried.verb == step.verb else None
    asked = view.pages.asks(view.case, step, view.rules, d.by)
    return {
        "verb": step.verb,
        "label": step.name.say(d.lang),
        "icon": verb_icon(step.verb),
        "kind": "danger" if step.verb in view.pages.grave else "",
        "url": reverse("staff:case_act", args=[view.subject.life.name, view.case.number, step.verb]),
        "fields": fields.drawn(
            asked,
            mine.given if mine else view.pages.stands(view.case, step, d.by),
            view.rules.book,
            d.lang,
            f"{step.verb}-",
            side_by_side=True,
        ),
        "upload": any(need == _FILES for need in (*step.needs, *step.may)),
        "must_upload": any(need == _FILES for need in step.needs),
        "errors": {name: text.say(d.lang) for name, text in mine.errors.items()} if mine else {},
        "open": bool(mine) or opened == step.verb,
        "advice": [(one.name.say(d.lang), one.text) for one in mine.advice] if mine else [],
        "advised": mine.advised if mine else "",
        "kept": mine.kept if mine else (),
        "warned": mine.warned if mine else "",
        "warning": mine.text.say(d.lang) if mine and mine.warned and not mine.errors and not mine.advice else "",
    }


def _errors(d: Desk, tried: Tried | None) -> dict[str, str]:
    if tried is None or tried.advice or (tried.warned and not tried.errors):
        return {}
    found = {f"{tried.verb}-{name}": text.say(d.lang) for name, text in tried.errors.items()}
    return found or {"__all__": tried.text.say(d.lang)}


def _events(d: Desk, view: View, entries: Sequence[Entry]) -> list[Event]:
    book = view.rules.book
    return [
        Event(
            what=tale.say(entry, view.words, view.subject, book, d.lang, people=view.people),
            at=when(entry.at, d.lang, year=False) + _on_a_phone(entry, d.lang),
            iso=local(entry.at).isoformat(timespec="seconds"),
            by=view.pages.party_name.say(d.lang)
            if entry.actor == "resident"
            else sentences.who(entry, book, d.lang, people=view.people),
            icon=verb_icon(entry.verb),
        )
        for entry in reversed(entries)
    ]


def _on_a_phone(entry: Entry, lang: Lang) -> str:
    """Say when it was filled in, of what came from a phone later; a clock that cannot be right is not repeated."""
    filled = entry.facts.get("phone_at")
    if not filled or "slip" not in entry.facts:
        return ""
    if not entry.facts.get("phone_sure"):
        return _("（从手机传来，手机时钟不准）")
    at = datetime.fromisoformat(filled)
    if entry.at - at < _SOON:
        return _("（从手机传来）")
    return _("（手机上 %(at)s 填，后来传到）") % {"at": when(at, lang, year=False)}


@desk()
def act(d: Desk, life: str, number: str, verb: str) -> HttpResponse:
    """Take one step on a case; opened by hand it shows the page with that form."""
    if d.request.method != "POST":
        return _show(d, life, number, opened=verb)
    found, one, rules, facts = cases.find(life, number, by=d.by, at=d.at)
    step = one.life.steps.get(verb)
    if step is None or not step.sources or one.pages is None:
        raise NotFound(Text("没有这一步", "There is no such step."))
    post = d.request.POST
    given = fields.given_of(post, one.pages.asks(found, step, rules, d.by))
    waiting = [token for token in post.getlist("kept")[:9] if drafts.load(token)]
    try:
        uploads = (*(one for one in map(drafts.load, waiting) if one is not None), *uploads_of(d.request, rules))
        warning = _warning(d, one.pages, found, step, facts, one, given)
        if warning is not None:
            kept = [*waiting, *(drafts.keep(file, at=d.at) for file in uploads[len(waiting) :])]
            tried = Tried(verb, given, {}, warning, warned=spoken_of.mark_of([warning.zh]), kept=kept)
            return _show(d, life, number, tried=tried)
        if (paused := _look_again(d, found, one, step, facts, given, uploads, waiting)) is not None:
            return _show(d, life, number, tried=paused)
        version, once = whole_number(post.get("version"), 0, 2**31 - 1), post.get("once", "")[:80]
        take(found.pk, verb, given, by=d.by, at=d.at, version=version, once=once or None, uploads=uploads)
    except Invalid as wrong:
        return _show(d, life, number, tried=Tried(verb, given, wrong.fields, wrong.text, kept=waiting), status=400)
    except Stale as stale:
        seen = whole_number(post.get("turn"), 0, 2**31 - 1)
        return _show(d, life, number, tried=Tried(verb, given, {}, stale.text, seen), status=409)
    except (Refused, Conflict) as refused:
        status = 403 if isinstance(refused, Refused) else 409
        return _show(d, life, number, tried=Tried(verb, given, {}, refused.text), status=status)
    drafts.drop(waiting)
    notify(d.request, _("已办：%(step)s（%(number)s）") % {"step": step.name.say(d.lang), "number": number})
    try:
        cases.find(life, number, by=d.by, at=d.at)
    except NotFound:
        # It went out of this person's sight with the step: back to the list.
        return redirect("staff:cases", life)
    return redirect("staff:case", life, number)


def _look_again(
    d: Desk,
    found: Case,
    of: Subject[Any],
    step: Step[Any],
    facts: Any,
    given: Mapping[str, Any],
    uploads: Sequence[files.Upload],
    waiting: Sequence[str],
) -> Tried | None:
    """Return what to show first where words that others read speak of persons; once for these very words."""
    assert of.pages is not None
    # What was warned of and is to be sent all the same is not warned of again.
    warned = str(d.request.POST.get("warned", ""))[:80]
    to_party = step.seen and of.pages.party is not None
    if not (to_party or step.verb in of.pages.carried) or of.life.check(step.verb, facts) is not None:
        return None
    asked = of.pages.asks(found, step, d.rules, d.by)
    written = [str(given[one.name]) for one in asked if one.kind in _WRITTEN and given.get(one.name)]
    advised = spoken_of.mark_of(written)
    said = spoken_of.look(written, known=found.title)
    if not said or d.request.POST.get("advised") == advised:
        return None
    # A browser cannot be handed chosen files back: they wait here until the step is sent.
    kept = [*waiting, *(drafts.keep(one, at=d.at) for one in uploads[len(waiting) :])]
    text = _TO_PARTY if to_party else _CARRIED
    return Tried(step.verb, given, {}, text, advice=said, advised=advised, kept=kept, warned=warned)


def _warning(
    d: Desk, pages: Pages, found: Case | None, step: Step[Any], facts: Any, of: Subject[Any], given: Mapping[str, Any]
) -> Text | None:
    """Return what somebody should know before this very step is taken, if it was not said to them already."""
    if found is not None and of.life.check(step.verb, facts) is not None:
        return None
    text = pages.warns(found, step, given, d.by, d.at)
    seen = text is not None and d.request.POST.get("warned") == spoken_of.mark_of([text.zh])
    return None if seen else text


class _Paused(Exception):
    """Nothing was opened yet: something is said first."""


@desk()
def new(d: Desk, life: str) -> HttpResponse:
    """Open a case by the first step of its table."""
    one, pages = cases.of(life, by=d.by, at=d.at)
    step = one.life.first
    asked = pages.asks(None, step, d.rules, d.by)
    typed: dict[str, Any] = {name: value for name, value in d.request.GET.items() if name in {f.name for f in asked}}
    wrong: dict[str, str] = {}
    warning: Text | None = None
    if d.request.method == "POST":
        typed = fields.given_of(d.request.POST, asked)
        key = d.request.POST.get("once", "")[:80]
        # The same form sent again is about what it opened itself.
        warning = None if known(key) else _warning(d, pages, None, step, one.nothing, one, typed)
        try:
            if warning is not None:
                raise _Paused
            made = opening.plan(life, typed, by=d.by, at=d.at, once=key or None)
        except Invalid as invalid:
            wrong = {name: text.say(d.lang) for name, text in invalid.fields.items()}
        except _Paused:
            pass
        except (Conflict, Refused) as refused:
            wrong = {"__all__": refused.text.say(d.lang)}
        else:
            notify(d.request, _("已登记，编号 %(code)s。") % {"code": made.number})
            return redirect("staff:case", life, made.number)
    context = {
        **_base(d, life),
        "fields": fields.drawn(asked, typed, d.rules.book, d.lang),
        "errors": wrong,
        "action": reverse("staff:case_new", args=[life]),
        "warning": warning.say(d.lang) if warning is not None else "",
        "warned": spoken_of.mark_of([warning.zh]) if warning is not None else "",
        "once": matters.new_key(),
    }
    return show(d, "case_new.html", context, at=f"cases:{life}", status=400 if wrong else 200)


@desk()
def attachment(d: Desk, life: str, number: str, file_id: int) -> HttpResponseBase:
    """Serve a photo or file of a case."""
    found = cases.attachment(life, number, file_id, by=d.by, at=d.at)
    response = FileResponse(
        files.path_of(found.sha256).open("rb"),
        content_type=found.kind,
        as_attachment=found.kind == "application/pdf",
        filename=found.name,
    )
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@desk()
def paper(d: Desk, life: str, number: str, code: str, form: str) -> HttpResponseBase:
    """Serve a file of a paper that was given out on a case."""
    return papers.answer(*cases.paper(life, number, code, form, by=d.by, at=d.at))
