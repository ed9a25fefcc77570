"""What a sitting asks of the database: its facts, what is proposed for its agenda, its fields, what its page shows.

Whatever is about another case is read through `_items` or `proposed`, which leave out what is kept from whoever looks:
no item, no title, no count and no number of it reaches them, also where it was kept from them only later.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.case.shown import not_hidden, visible_of
from wuxiao.desk.publish import look as publications
from wuxiao.desk.tasks import look as tasks
from wuxiao.desk.town import books
from wuxiao.desk.town.books import Rules
from wuxiao.records.models import (
    AgendaItem,
    Case,
    Conference,
    Entry,
    Finding,
    Invitation,
    Matter,
    Publication,
    Slot,
    Task,
    Words,
)
from wuxiao.rules import hide
from wuxiao.rules.access import Power
from wuxiao.rules.book_model import Book
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.field import Field
from wuxiao.rules.flow import State as MatterState
from wuxiao.rules.life import Step
from wuxiao.rules.publication import Stage
from wuxiao.rules.slots import SlotState
from wuxiao.rules.tasks import STANDINGS as TASK_STANDINGS
from wuxiao.rules.tasks import State as TaskState
from wuxiao.rules.words import Text, day
from wuxiao.subjects.conference import fields
from wuxiao.subjects.conference.rules import CONFERENCE, Facts, Need, State, needed
from wuxiao.subjects.conference.words import ANSWERS, ITEM_STATES, WHYS

MOST = 100
#: So many other sittings are named where an agenda is full.
NEXT = 3


def part_of(case: Case) -> Conference:
    """Return the own columns of a sitting."""
    return Conference.objects.get(matter_id=case.pk)


def part_if(case: Case) -> Conference | None:
    """Return the same, or `None` where the sitting is only being opened."""
    return Conference.objects.filter(matter_id=case.pk).first()


def of_row(case: Case, book: Book) -> Facts:
    """Return the facts on which it hangs who sees it (one query)."""
    part = part_if(case)
    members = frozenset(part.members) if part is not None else frozenset()
    return Facts(
        state=State(case.state),
        holder=case.holder,
        division=case.division,
        hidden=case.hidden,
        hidden_divisions=hide.divisions_of(book, case.hidden) if case.hidden_units else frozenset(),
        members=members,
        present=len(part.present) if part is not None else 0,
        quorum=needed(len(members), book.lives[CONFERENCE.name].numbers["quorum"]),
        kept=bool(case.hidden_units),
        writer=part.writer_id if part is not None else None,
        sits_on=part.sits_on if part is not None else date.min,
        answered=_answered(case),
    )


def _answered(case: Case) -> frozenset[str]:
    if case.state != State.CONVENED:
        return frozenset()
    return frozenset(Invitation.objects.filter(matter_id=case.pk).values_list("unit", flat=True))


def facts_of(case: Case, rules: Rules, at: datetime, verb: str) -> Facts:
    """Return all facts of a sitting (three queries)."""
    out = published(part_of(case))
    return replace(
        of_row(case, rules.book),
        today=tasks.today(at),
        left=tasks.open_of(case, rules.book),
        drafter=out.author_id if out is not None and out.stage == Stage.WAITING else None,
        released=out is not None and out.stage == Stage.RELEASED,
    )


def published(part: Conference) -> Publication | None:
    """Return the digest among the publications, with its row; `None` where none was drafted, or it was withdrawn."""
    rows = Publication.objects.filter(row__code=part.digest).exclude(stage=Stage.WITHDRAWN).select_related("row")
    return rows.first() if part.digest else None


def digests_for(by: Actor) -> Any:
    """Return the codes of the digests of sittings that somebody sees (a query)."""
    assert by.viewer is not None
    seen = visible_of(CONFERENCE.name, by.viewer)
    return Conference.objects.filter(matter_id__in=seen.values("pk")).exclude(digest="").values("digest")


def leads(by: Actor, book: Book) -> bool:
    """Whether somebody is of the lead body, or of the one that stands in for it where a matter is kept from it."""
    lead = book.lives[CONFERENCE.name].units["lead"]
    own = by.viewer.units if by.viewer is not None else frozenset()
    return by.kind == "system" or bool(own & {lead, hide.instead(book, frozenset({lead}), lead)})


# --------------------------------------------------------------------------------------------------------------- agenda


def items(case: Case, by: Actor, *states: str) -> list[AgendaItem]:
    """Return what is on the agenda, in its order, but for what is kept from whoever asks."""
    rows = AgendaItem.objects.filter(matter_id=case.pk).select_related("about").order_by("pk")
    if states:
        rows = rows.filter(state__in=states)
    if by.viewer is not None:
        rows = rows.filter(not_hidden(by.viewer.units, "about__hidden_units"))
    return list(rows)


def kept_from(case: Case, by: Actor) -> frozenset[int]:
    """Return the ids of the cases a sitting dealt with that are kept from whoever asks."""
    every = frozenset(AgendaItem.objects.filter(matter_id=case.pk).values_list("about_id", flat=True))
    return every - {one.about_id for one in items(case, by)}


#: Entries that speak of all items in one, and the papers that go with them.
_OF_ALL = frozenset({"write_up", "draft", "note", "issue_paper", "replace_paper", "void_paper"})


def withheld(case: Case, entries: Sequence[Entry], by: Actor) -> frozenset[int]:
    """Return the turns of the diary that whoever looks must not read: of what is kept from them, and of all in one."""
    if not (kept := kept_from(case, by)):
        return frozenset()
    return frozenset(e.turn for e in entries if e.facts.get("of") in kept or e.verb in _OF_ALL)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A case proposed for an agenda, with the code of its reason."""

    case: Case
    why: str


def parties(case: Case) -> int:
    """Return of how many parties a matter is: its own and those joined to it; counted, never listed."""
    return 1 + Matter.objects.filter(merged_into_id=case.pk, outcome="merged").count()


def _candidates(book: Book, taken: Any) -> list[Proposal]:
    """Return what some sitting should deal with: refused, collective, gravely dangerous; what is taken is left out."""
    rows = Matter.objects.exclude(pk__in=taken).filter(closed_at=None, decided=False, merged_into=None)
    often = Q(refusals__gte=book.handover.refusals_before_joint, state__in=[MatterState.INTAKE, MatterState.OFFERED])
    refused = rows.filter(Q(state=MatterState.JOINT) | often)
    found = {one.pk: Proposal(one, "refused") for one in refused.order_by("received_at", "pk")[:MOST]}
    joined: Any = Matter.objects.filter(merged_into__isnull=False, outcome="merged").order_by().values("merged_into")
    crowds = joined.annotate(n=Count("pk")).filter(n__gte=book.lives[CONFERENCE.name].numbers["parties"] - 1)
    for one in rows.filter(pk__in=crowds.values("merged_into")).order_by("received_at", "pk")[:MOST]:
        found.setdefault(one.pk, Proposal(one, "collective"))
    # Whoever was told to see to a hazard has it in hand: it comes again when that is done and the hazard still stands.
    busy = tasks.standing(book).filter(kind="decision", about_id__isnull=False).values("about_id")
    grave = Finding.objects.filter(state="open", grave=True).exclude(matter_id__in=busy).values("matter_id")
    for case in (
        Case.objects.exclude(pk__in=taken).filter(pk__in=grave, closed_at=None).order_by("received_at", "pk")[:MOST]
    ):
        found[case.pk] = Proposal(case, "hazard")
    return list(found.values())


def proposed(case: Case, rules: Rules, by: Actor) -> list[Proposal]:
    """Return what is proposed for a sitting: nothing that is kept from a member of it, or from whoever asks."""
    here = part_of(case)
    taken = AgendaItem.objects.filter(Q(state="on") | Q(matter_id=case.pk)).values("about_id")
    free = [one for one in _candidates(rules.book, taken) if one.case.hidden.isdisjoint(_asking(by))]
    return [one for one in free if may_deal_with(here.members, one.case, rules.book)]


def for_a_small_circle(book: Book, by: Actor) -> list[Proposal]:
    """Return what no ordinary sitting may deal with, for it is kept from a member; not from whoever asks."""
    said = book.lives[CONFERENCE.name]
    members = [said.units["lead"], *said.lists["members"]]
    taken = AgendaItem.objects.filter(state="on").values("about_id")
    free = [one for one in _candidates(book, taken) if one.case.hidden.isdisjoint(_asking(by))]
    return [one for one in free if not may_deal_with(members, one.case, book)]


def call_by(sits_on: date, at: datetime) -> datetime:
    """Return by when a sitting is called: before its day begins; one of this very day, before the day is over."""
    begins = datetime.combine(sits_on, time(), SHANGHAI)
    return begins if begins > at else begins + timedelta(days=1)


def warns(case: Case | None, step: Step[Any], given: Mapping[str, Any], by: Actor, at: datetime) -> Text | None:
    """Say once, before it is decided, that a date lies after the one that was promised to whoever reported it."""
    if case is None or step.verb != "decide":
        return None
    about = next((one.about for one in items(case, by, "on") if one.about.number == given.get("item")), None)
    try:
        due = date.fromisoformat(str(given.get("due", "")))
    except ValueError:
        return None
    if about is None or about.life != "matter" or about.due_at is None:
        return None
    promised = about.due_at.astimezone(SHANGHAI).date()
    if due <= promised:
        return None
    return Text(
        f"还没有定：这件事答应诉求人{day(promised).zh}前办结，{day(due).zh}在它之后。可以改期限；照样定的，答应的日期不变，"
        "请主办单位到期以前按规定延期并告诉诉求人。",
        f"Not decided yet: the requester was promised {day(promised).en}, and {day(due).en} is later. Change the date, "
        "or decide as it is: the promise stands, and the unit asks for more time in time and tells the requester.",
    )


def hour_of(case: Case) -> Slot | None:
    """Return the hour of a sitting: when it begins, where, how many items it takes; `None` for one from before."""
    return Slot.objects.filter(case=case).first()


def others_with_room(case: Case, by: Actor, at: datetime) -> list[Slot]:
    """Return the next sittings of everybody that are to come and have room on their agenda, at most three."""
    rows = Slot.objects.filter(kind=CONFERENCE.name, state=SlotState.OPEN, starts_at__gt=at, taken__lt=F("capacity"))
    rows = rows.filter(case__hidden_units="", case__state__in=[State.PROPOSED, State.CONVENED]).exclude(case=case)
    return list(rows.order_by("starts_at", "pk")[:NEXT])


def full(others: Sequence[Slot]) -> Text:
    """Say that an agenda is full, and which sittings have room."""
    days = [day(one.starts_at.astimezone(SHANGHAI).date()) for one in others]
    zh = f"可以列入{'、'.join(one.zh for one in days)}的会" if days else "请另提一次会期"
    en = f"put it on the one of {', '.join(one.en for one in days)}" if days else "propose another sitting"
    return Text(f"这次会的议程满了；{zh}", f"the agenda of this sitting is full; {en}")


def invited(units: Collection[str], since: datetime) -> list[int]:
    """Return the hours of sittings to which a unit was called, also where they were put off or dropped afterwards."""
    called = Entry.objects.filter(matter_id=OuterRef("matter_id"), verb="convene")
    rows = Conference.objects.filter(Exists(called), sits_on__gte=since.astimezone(SHANGHAI).date())
    rows = rows.select_related("matter")
    mine = [
        one.matter_id for one in rows if not set(units).isdisjoint(one.members) and one.matter.hidden.isdisjoint(units)
    ]
    return list(Slot.objects.filter(case_id__in=mine).values_list("pk", flat=True))


def held() -> dict[int, int]:
    """Return how many items hold a place in the hour of each sitting: whatever was put on and not left off."""
    rows = AgendaItem.objects.exclude(state="off").values("matter_id").annotate(n=Count("pk"))
    inside = {row["matter_id"]: row["n"] for row in rows.order_by()}
    return {pk: inside.get(case, 0) for pk, case in Slot.objects.exclude(case=None).values_list("pk", "case_id")}


def _asking(by: Actor) -> frozenset[str]:
    return by.viewer.units if by.viewer is not None else frozenset()


def may_deal_with(members: Sequence[str], about: Case, book: Book) -> bool:
    """Whether a case is kept from none of these units."""
    return not any(hide.barred(book, about.hidden, unit) for unit in members)


def name_of(about: Case, book: Book) -> Text:
    """Return what an item is called: its number and kind, never the words of whoever reported it."""
    if about.life != "matter":
        return Text(f"{about.number} {about.title}", f"{about.number} {about.title}")
    kind = book.categories.get(about.category)
    return Text(f"{about.number} {kind.name.zh}", f"{about.number} {kind.name.en}") if kind else _same(about.number)


def _same(text: str) -> Text:
    return Text(text, text)


# ---------------------------------------------------------------------------------------------------------------- steps


def asks(case: Case | None, step: Step[Any], rules: Rules, by: Actor) -> tuple[Field, ...]:
    """Return the fields of a step as they stand for whoever takes it."""
    found = []
    for need in (*step.needs, *step.may):
        required = need in step.needs
        if need is Need.KEPT:
            kept = {one.case.number: _proposal(one, rules.book) for one in for_a_small_circle(rules.book, by)}
            found += [fields.kept(kept)] if kept else []
            continue
        found.append(_field(case, need, rules, by, required, step.verb))
    return tuple(found)


def _field(case: Case | None, need: Need, rules: Rules, by: Actor, required: bool, verb: str) -> Field:
    if case is None or need in fields.PLAIN:
        return fields.plain(need, required)
    book = rules.book
    match need:
        case Need.PROPOSAL:
            return fields.proposal({one.case.number: _proposal(one, book) for one in proposed(case, rules, by)})
        case Need.ITEM:
            choices = {one.about.number: name_of(one.about, book) for one in items(case, by, "on")}
            if verb == "leave_off":
                choices |= {one.case.number: _proposal(one, book) for one in proposed(case, rules, by)}
            return fields.item(choices)
        case Need.PRESENT:
            return fields.several("present", _names(part_of(case).members, book), fields.HERE, required)
        case Need.CO:
            return fields.several("co", _names(part_of(case).members, book), fields.HELP, required)
    if verb == "answer":
        own = by.viewer.units if by.viewer is not None else frozenset()
        return fields.unit(_names([u for u in part_of(case).members if u in own], book), _FOR)
    return fields.unit(_names(book.units, book), _LEADS)


_FOR = Text("代表哪个单位答复", "for which unit")
_LEADS = Text("由谁主办", "who leads")


def _names(units: Any, book: Book) -> dict[str, Text]:
    return {code: book.units[code].name for code in units if code in book.units}


def _proposal(one: Proposal, book: Book) -> Text:
    name, why = name_of(one.case, book), WHYS[one.why]
    return Text(f"{name.zh}（{why.zh}）", f"{name.en} ({why.en})")


def stands(case: Case, step: Step[Any], by: Actor) -> Mapping[str, Any]:
    """Return what a form of a step begins with: the day, who said that they come, the minutes and digest as drafted.

    From whom something is kept that was dealt with, what was written before is kept too: they begin with a draft anew.
    """
    part, whole = part_of(case), not kept_from(case, by)
    found: dict[str, Any] = {}
    if Need.DATE in step.needs:
        found["date"] = part.sits_on.isoformat()
    if Need.PRESENT in step.needs:
        came = Invitation.objects.filter(matter_id=case.pk).exclude(answer="cannot").values_list("unit", flat=True)
        found["present"] = list(came)
    if Need.MINUTES in step.needs:
        found["minutes"] = (minutes(case) if whole else "") or drafted(case, by)
    if Need.DIGEST in step.needs:
        was, now = digest(case) if whole else Text("", ""), digested(case)
        found["digest"], found["digest_en"] = was.zh or now.zh, was.en or now.en
    return found


# ------------------------------------------------------------------------------------------------- minutes and digests


def _text(case: Case, turn: int | None, field: str) -> str:
    rows = Words.objects.filter(matter_id=case.pk, turn=turn or 0, field=field, erased_at=None)
    return rows.values_list("text", flat=True).first() or ""


def minutes(case: Case) -> str:
    """Return the minutes of a sitting as they were last written, for whoever prints them; empty before that."""
    return _text(case, part_of(case).minutes, "minutes")


def digest(case: Case) -> Text:
    """Return the public digest as it was last drafted; empty before that."""
    out = published(part_of(case))
    said = publications.said_at(out.row_id, out.newest) if out is not None else {}
    return Text(said.get("text", ""), said.get("text_en", ""))


def _unit(book: Book, code: str) -> Text:
    return book.units[code].name if code in book.units else _same(code)


def drafted(case: Case, by: Actor) -> str:
    """Return the draft of the minutes for whoever writes them: day, who was there, each item with what was decided."""
    part, book = part_of(case), books.of_version(case.book_id).book
    here = "、".join(_unit(book, u).zh for u in part.present)
    lines = [f"{day(part.sits_on).zh}，{case.place}。", f"到会：{here}。"]
    rows = [one for one in items(case, by) if one.state != "off"]
    # What was kept from a member only after it was put on is not written into what that member reads.
    for n, one in enumerate([row for row in rows if may_deal_with(part.members, row.about, book)], 1):
        lines.append(f"{n}. {name_of(one.about, book).zh}：{_clause(_text(case, one.put, 'brief'))}")
        if one.decided is not None and one.due_on is not None:
            done = _text(case, one.decided, "what")
            lines.append(f"   决定：由{_unit(book, one.unit).zh}主办，{day(one.due_on).zh}前办完：{done}")
        else:
            lines.append("   没有作决定。")
    return "\n".join(lines)


def digested(case: Case) -> Text:
    """Return the draft of the digest: what kinds of things were settled, by which unit, by when; nothing else of them.

    What is kept from anybody is not among it, nor is any count.
    """
    part, book = part_of(case), books.of_version(case.book_id).book
    lead, sat = _unit(book, case.holder), day(part.sits_on)
    zh, en = [f"{sat.zh}，{lead.zh}召集联席会议。"], [f"The joint conference sat on {sat.en}, called by {lead.en}."]
    rows = AgendaItem.objects.filter(matter_id=case.pk, state="decided", about__hidden_units="").select_related("about")
    for one in rows.order_by("pk"):
        kind = book.categories.get(one.about.category)
        what = kind.name if kind is not None else _HAZARD
        unit, end = _unit(book, one.unit), day(one.due_on or part.sits_on)
        zh.append(f"{what.zh}的事，由{unit.zh}主办，{end.zh}前办完。")
        en.append(f"{what.en[:1].upper()}{what.en[1:]}: {unit.en} leads, to be done by {end.en}.")
    return Text("\n".join(dict.fromkeys(zh)), "\n".join(dict.fromkeys(en)))


_HAZARD = Text("场所安全隐患", "safety hazards at premises")


# ---------------------------------------------------------------------------------------------------------------- pages


def about(case: Case, rules: Rules, by: Actor) -> list[tuple[Text, Text]]:
    """Return what the page shows beside the diary: day, members and their answers, agenda, what was written."""
    part, book = part_of(case), rules.book
    rows = [(Text("开会日期", "Sits on"), day(part.sits_on))]
    if (slot := hour_of(case)) is not None and case.state != State.CLOSED:
        rows.append((Text("几点开", "At"), _same(f"{slot.starts_at.astimezone(SHANGHAI):%H:%M}")))
    if case.hidden_units:
        rows.append(
            (Text("范围", "Circle"), Text("小范围，要保密的事项", "a small one, for what is kept from a member"))
        )
    answers = dict(Invitation.objects.filter(matter_id=case.pk).values_list("unit", "answer"))
    if case.state in {State.PROPOSED, State.CONVENED}:
        told = [_said(book, unit, ANSWERS.get(answers.get(unit, ""))) for unit in part.members]
        rows.append((Text("成员单位", "Members"), _joined(told)))
        need = needed(len(part.members), book.lives[CONFERENCE.name].numbers["quorum"])
        rows.append((Text("作决定至少到会", "Needed to decide"), Text(f"{need}家", f"{need} members")))
    else:
        here = [_said(book, unit, None) for unit in part.present]
        rows.append((Text("到会", "Were there"), _joined(here)))
    # Numbered for whoever reads: a place that is left out leaves no gap.
    for n, one in enumerate(items(case, by), 1):
        rows.append((Text(f"议题{n}", f"Item {n}"), _item(case, one, book)))
    if not kept_from(case, by):
        rows.append((Text("纪要", "Minutes"), _same(minutes(case))))
        out = digest(case)
        rows.append((Text("公开摘要", "Public digest"), Text(out.zh, out.en or out.zh)))
    return [(label, text) for label, text in rows if text.zh]


def links(case: Case, by: Actor) -> list[tuple[Text, str, str]]:
    """Return what a sitting leads to: the cases on its agenda, and its digest, that whoever asks may open."""
    rows = [
        (Text(f"议题{n}", f"Item {n}"), one.about.life, one.about.number)
        for n, one in enumerate(items(case, by), 1)
        if tasks.sees(one.about, by)
    ]
    out = published(part_of(case)) if not kept_from(case, by) else None
    if out is not None and by.viewer is not None and Power.PUBLISH in by.viewer.powers:
        rows.append((Text("公开摘要", "Public digest"), "text", f"{out.row.kind}/{out.row.code}"))
    return rows


def _said(book: Book, unit: str, answer: Text | None) -> Text:
    name = book.units[unit].name if unit in book.units else _same(unit)
    return Text(f"{name.zh}（{answer.zh}）", f"{name.en} ({answer.en})") if answer else name


def _joined(texts: Sequence[Text]) -> Text:
    return Text("、".join(one.zh for one in texts), ", ".join(one.en for one in texts))


def _item(case: Case, one: AgendaItem, book: Book) -> Text:
    name, why, state = name_of(one.about, book), WHYS[one.why], ITEM_STATES[one.state]
    brief = _clause(_text(case, one.put, "brief"))
    found = Text(
        f"{name.zh}（{why.zh}）{'：' if brief else ''}{brief}。{state.zh}",
        f"{name.en} ({why.en}){': ' if brief else ''}{brief}. {state.en[:1].upper()}{state.en[1:]}",
    )
    if one.decided is None or one.due_on is None:
        return found
    what, by_when, unit = _clause(_text(case, one.decided, "what")), day(one.due_on), _said(book, one.unit, None)
    doing = _doing(case, one, book)
    return Text(
        f"{found.zh}：由{unit.zh}主办，{by_when.zh}前办完：{what}（{doing.zh}）",
        f"{found.en}: {unit.en} leads, by {by_when.en}: {what} ({doing.en})",
    )


def _clause(text: str) -> str:
    """Return what somebody wrote as a part of a sentence, which has its own stop."""
    return text.strip().rstrip("。.；;，,")


def _doing(case: Case, one: AgendaItem, book: Book) -> Text:
    """Say where the tasks of a decision stand, units and not persons."""
    rows = tasks.with_over(Task.objects.filter(matter_id=case.pk, given=one.decided or 0), book).order_by("pk")
    told = []
    for task in rows:
        state = Text("不用办了", "ended") if task.over else TASK_STANDINGS[TaskState(task.state)].name
        told.append(_said(book, task.unit, state))
    return _joined(told)
