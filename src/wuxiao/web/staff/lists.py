"""Lists of matters: the inbox, the queues, supervision; and how a row is prepared for print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from wuxiao.desk.case import subject
from wuxiao.desk.case.keyset import Cursor, Page
from wuxiao.desk.case.rows import Row, rows
from wuxiao.desk.look import shelves
from wuxiao.desk.town import books
from wuxiao.desk.town.books import Rules
from wuxiao.rules.access import Power, Role
from wuxiao.rules.calendar import Calendar
from wuxiao.rules.flow import STANDINGS, State
from wuxiao.subjects.reception import asks as reception
from wuxiao.web.shared.dates import Due, Lang, Tone, day, local, short, span, when
from wuxiao.web.shared.shown import state_look
from wuxiao.web.staff.gate import Desk, capped, cases_waiting, desk, show

SOON = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a list, every text finished."""

    id: int
    number: str
    url: str
    title: str
    place: str
    kind: str
    kind_name: str
    category: str
    state: str
    tone: Tone
    icon: str
    unit: str
    due: Due
    flags: tuple[tuple[str, str, str], ...]
    proposed: str
    received: str
    #: Why it cannot be assigned from a list yet; empty when it can.
    unready: str = ""


def due_chip(
    row_due: datetime | None,
    now: datetime,
    calendar: Calendar,
    lang: Lang,
    *,
    state: str,
    promise: datetime | None = None,
) -> Due:
    """Return the chip of a clock in words: how many working days or hours are left, or how long it is late.

    `promise` is the date told to the resident while it still runs. Once that has passed the promise is late
    (承诺超时), whatever the state's own clock says; else only a step within the house is (环节超时).
    """
    en = lang == "en"
    if state == State.CLOSED:
        return Due("closed", "check", "closed" if en else "已办结", "", "")
    if row_due is None:
        return Due("plain", "clock", "no clock" if en else "没有时限", "", "")
    full, iso = when(row_due, lang), local(row_due).isoformat(timespec="minutes")
    if state == State.WAITING:
        return Due("wait", "pause", "clock stopped" if en else "计时暂停", full, iso)
    if promise is not None and promise < now:
        late = span(now - promise, lang, units=1)
        full, iso = when(promise, lang), local(promise).isoformat(timespec="minutes")
        return Due("late", "late", f"promise {late} late" if en else f"承诺超时 {late}", full, iso)
    left = row_due - now
    if left < timedelta(0):
        late = span(left, lang, units=1)
        # Outlined, not filled: the resident's date still holds.
        return Due("soon", "late", f"step {late} late" if en else f"环节超时 {late}", full, iso)
    here, there = local(now).date(), local(row_due).date()
    if there == here or left <= SOON:
        text = f"{span(left, lang, units=1)} left" if en else f"还剩 {span(left, lang, units=1)}"
        return Due("soon", "clock", text, full, iso)
    days = calendar.workdays_between(here, there)
    if days <= 0:
        text = f"{span(left, lang, units=1)} left" if en else f"还剩 {span(left, lang, units=1)}"
    elif en:
        text = f"{days} working day{'s' if days != 1 else ''} left"
    else:
        text = f"还剩 {days} 个工作日"
    return Due("soon" if days <= 1 else "plain", "clock", text, full, iso)


@lru_cache(maxsize=8)
def _names(book_id: int, lang: Lang) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    book = books.of_version(book_id).book
    return (
        {code: unit.name.say(lang) for code, unit in book.units.items()},
        {code: one.name.say(lang) for code, one in book.categories.items()},
        {code: one.name.say(lang) for code, one in book.kinds.items()},
    )


def names(rules: Rules, lang: Lang) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Return the names of units, categories and kinds by code in one language, made once per rule book."""
    return _names(rules.id, lang)


def lines(found: Sequence[Row], d: Desk) -> list[Line]:
    """Return rows prepared for print; a page of fifty costs no query and no filter in the template."""
    units, categories, kinds = names(d.rules, d.lang)
    states = {state.value: standing.staff_name.say(d.lang) for state, standing in STANDINGS.items()}
    words = _flag_words()
    types = {code: unit.type for code, unit in d.rules.book.units.items()} if found else {}
    base = reverse("staff:matter", args=["-"])[:-1]
    made = []
    for row in found:
        tone, icon = state_look(row.state)
        offered = row.offered_to if row.state == State.OFFERED else ""
        unit = units.get(row.holder, row.holder)
        if offered:
            unit = f"{unit} → {units.get(offered, offered)}"
        flags = []
        if row.danger_open:
            flags.append(("urgent", "urgent", words["danger"]))
        if row.unread_since is not None:
            flags.append(("late", "talk", words["unread"]))
        if row.supervised_at is not None and row.answered_at is None:
            flags.append(("late", "supervise", words["supervised"]))
        elif row.urged_at is not None and row.answered_at is None:
            flags.append(("soon", "urge", words["urged"]))
        if row.co_due is not None:
            flags.append(("ask", "joint", words["co"]))
        # What came back to a desk looks different from what came in.
        if row.state == State.INTAKE and row.refusals and not row.decided:
            flags.append(("ask", "return", words["refused"] % {"n": row.refusals}))
        if row.state == State.INTAKE and row.sign_round and types.get(row.holder) == "police_command":
            flags.append(("ask", "return", words["sent_back"]))
        if row.reopened:
            flags.append(("ask", "reopen", words["reopened"]))
        lead = row.route_why.get("lead", "")
        made.append(
            Line(
                id=row.id,
                number=row.number,
                url=base + row.number,
                title=row.title or words["erased"],
                place=row.place,
                kind=row.kind,
                kind_name=kinds.get(row.kind, row.kind),
                category=categories.get(row.category, row.category),
                state=states[row.state],
                tone=tone,
                icon=icon,
                unit=unit,
                due=due_chip(
                    row.co_due or row.next_due,
                    d.at,
                    d.rules.calendar,
                    d.lang,
                    state=State.HANDLING if row.co_due is not None else row.state,
                    promise=row.due_at if row.answered_at is None and row.co_due is None else None,
                ),
                flags=tuple(flags),
                proposed=units.get(lead, lead),
                received=short(row.received_at, d.lang, now=d.at),
                unready=words["look_first"]
                if row.danger_open
                else words["decide_first"]
                if row.decided
                else ""
                if row.category and row.handling_class
                else words["class_first"],
            )
        )
    return made


def co_units_of(d: Desk) -> tuple[str, ...]:
    """Return the units in whose name this person handles things, whose parts in others' matters the lists show."""
    return tuple(sorted({p.unit for p in d.viewer.posts if p.role in {Role.HANDLER, Role.LEAD}}))


def _flag_words() -> dict[str, str]:
    return {
        "danger": _("险情未看"),
        "unread": _("外语没读懂"),
        "supervised": _("督办"),
        "urged": _("催办"),
        "reopened": _("重办"),
        "refused": _("退单 %(n)s 次"),
        "sent_back": _("审核退回"),
        "co": _("协办"),
        "erased": _("（内容已按诉求人要求删除）"),
        "look_first": _("先看险情"),
        "class_first": _("先核定分类"),
        "decide_first": _("要重新作联席指定"),
    }


def shelf(d: Desk, name: str) -> HttpResponse:
    """Show one shelf: its rows in order of what is due, a page at a time."""
    if name not in shelves.shelf_names(d.viewer):
        raise Http404
    one = shelves.SHELVES[name]
    after = Cursor.read(d.request.GET.get("after", ""))
    page: Page = shelves.shelf_page(d.viewer, name, now=d.at, after=after)
    here = reverse("staff:home") if name == "inbox" else reverse("staff:queue", args=[name])
    bulk = name in shelves.BULK and d.may(Power.BULK)
    context = {
        "shelf": one,
        "lines": lines(rows(page.ids, viewer=d.viewer, co_units=co_units_of(d)), d),
        "next_url": f"{here}?{urlencode({'after': str(page.next)})}" if page.next else "",
        "first_url": here if after else "",
        "bulk": bulk,
        "units": _unit_options(d) if bulk else [],
        "show_proposed": name == "intake",
        "intake": d.may(Power.INTAKE),
        "elsewhere": _elsewhere(d) if name == "inbox" else [],
        "following": _following(d) if name == "inbox" else [],
    }
    return show(d, "list.html", context, at=name)


def _elsewhere(d: Desk) -> list[tuple[str, str]]:
    """Return what beside matters waits for this person: where it is listed, and what is said of it."""
    waiting = cases_waiting(d)
    return [
        (
            f"{reverse('staff:cases', args=[one.life.name])}?where=mine",
            _("%(what)s：%(n)s 件等您") % {"what": one.pages.title.say(d.lang), "n": capped(waiting[one.life.name])},
        )
        for one in subject.kept(d.rules.book)
        if one.pages is not None and waiting.get(one.life.name)
    ]


def _following(d: Desk) -> list[dict[str, str]]:
    """Return the matters this person follows (包案), the oldest first: where each is, and since when."""
    if not d.may(Power.RECEPTION):
        return []
    return [
        {
            "url": reverse("staff:matter", args=[one.matter.number]),
            "title": one.matter.title or _("（内容已按诉求人要求删除）"),
            "number": one.matter.number,
            "since": day(one.since, d.lang),
        }
        for one in reception.followed_by(d.rules, by=d.by)
    ]


def _unit_options(d: Desk) -> list[tuple[str, str]]:
    units = names(d.rules, d.lang)[0]
    return [("", _("各派给建议的单位")), *units.items()]


@desk(Power.INBOX)
def queue(d: Desk, name: str) -> HttpResponse:
    """Show a queue by name."""
    if name == "faults":
        return redirect("staff:faults")
    return shelf(d, name)
