"""One matter as its page shows it, in a fixed small number of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from wuxiao.desk.base import fresh
from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import NotFound, Refused
from wuxiao.desk.case import sentences, standing
from wuxiao.desk.case.entries import entries_of
from wuxiao.desk.case.keyset import union
from wuxiao.desk.case.rows import ROW_FIELDS, Row
from wuxiao.desk.case.shown import not_hidden, visible
from wuxiao.desk.diary import diary, readings
from wuxiao.desk.people import identity, minors
from wuxiao.desk.people.identity import Person
from wuxiao.desk.town import books
from wuxiao.desk.town.books import Rules
from wuxiao.reading import redact
from wuxiao.records.models import Attachment, Entry, Matter, SignOff, Staff, Words, WorkOrder
from wuxiao.rules import flow
from wuxiao.rules.access import Power, Role
from wuxiao.rules.codes import same_number
from wuxiao.rules.flow import DESK_TYPES, Facts, Refusal, Step
from wuxiao.rules.words import Text

#: Entries that tell of a call-back before it is done: the handler must not know who is drawn.
CALL_BACK_RECORDS = ("draw", "try_call")
EARLIER = 6
EARLIER_FOR = timedelta(days=730)


@dataclass(frozen=True, slots=True)
class Masked:
    """What a page may show of a contact without a purpose: that it is there, not what it is. Nothing is opened."""

    name: bool
    phone: bool
    email: bool
    by_sms: bool
    visit_consent: bool
    erased: bool


@dataclass(frozen=True, slots=True)
class View:
    """A matter with everything its page needs; `reach` are the verbs in the viewer's reach with their refusals."""

    matter: Matter
    rules: Rules
    facts: Facts
    reach: Sequence[tuple[Step, Refusal | None]]
    entries: Sequence[Entry]
    words: Mapping[tuple[int, str], str | None]
    people: Mapping[int, str]
    orders: Sequence[WorkOrder]
    signoffs: Sequence[SignOff]
    files: Sequence[Attachment]
    merged: Sequence[Row]
    parts: Sequence[Row]
    earlier: Sequence[Row]
    contact: Masked | None
    contact_refusal: Text | None
    #: Whether numbers of persons in the requester's own words show only their ends here.
    veiled: bool = False


def _shut(matter: Matter) -> Masked | None:
    contact = getattr(matter, "contact", None)
    if contact is None:
        return None
    return Masked(
        name=bool(matter.__dict__.get("has_name")),
        phone=contact.phone_mark != "",
        email=contact.email_mark != "",
        by_sms=contact.by_sms,
        visit_consent=contact.visit_consent,
        erased=contact.erased_at is not None,
    )


def find(number: str, *, by: Actor, at: datetime) -> tuple[Matter, Rules, Facts]:
    """Return a matter by its number with its rules and facts as they stand for the actor; `NotFound` if not theirs."""
    matter, rules, facts, _, _ = _find(number, by, at, whole=False)
    return matter, rules, facts


def _find(
    number: str, by: Actor, at: datetime, *, whole: bool
) -> tuple[Matter, Rules, Facts, list[WorkOrder], list[SignOff]]:
    # A hidden one is left out by the question itself: to deny it must not take longer than to deny what is not there.
    rows = Matter.objects.filter(not_hidden(by.viewer.units if by.viewer else ()), number=same_number(number))
    matter = identity.beside(rows).first()
    if matter is None:
        raise NotFound
    rules = books.of_version(matter.book_id)
    orders: list[WorkOrder] = []
    signoffs: list[SignOff] = []
    if whole:
        orders = list(WorkOrder.objects.filter(matter_id=matter.pk).order_by("id"))
        if matter.sign_round:
            signoffs = list(SignOff.objects.filter(matter_id=matter.pk).order_by("round", "level"))
    facts = standing.facts_of(
        matter,
        rules.book,
        rules.calendar,
        at,
        known_orders=orders if whole else None,
        known_signoffs=signoffs if whole else None,
    )
    facts = standing.seen_by(facts, by)
    if not by.may_see(facts):
        raise NotFound
    return matter, rules, facts, orders, signoffs


def view(number: str, *, by: Actor, at: datetime, lang: str, veil: bool = False, how: str = "page") -> View:
    """Return the whole page of a matter (at most ten queries); raises `NotFound` if it is not the actor's to see.

    With `veil` phones and other numbers of persons in the requester's words show only their ends, as the contact does.
    The first look of a person at it on a day is written down (`how` of `desk.readings`); "" leaves that to the caller.
    """
    matter, rules, facts, orders, signoffs = _find(number, by, at, whole=True)
    assert by.viewer is not None
    entries = entries_of(matter, by=by)
    stored = list(Attachment.objects.filter(matter_id=matter.pk, erased_at__isnull=True).order_by("id"))
    if how:
        laid_open = (*readings.PAGE, *(["files"] if stored else []))
        readings.note(matter, by=by, at=at, fields=laid_open, how=how, known=entries)
    # Who only looked stands on the page of the requester and of the auditor, not among what was done.
    entries = [e for e in entries if "how" not in e.facts]
    roles = {post.role for post in by.viewer.posts}
    if not roles & {Role.SUPERVISOR}:
        entries = [e for e in entries if not _tells_of_open_call_back(e, entries)]
    related = _related(matter, by)
    read = sentences.heard(entries, sentences.read_words(matter.pk))
    words = _veiled(read, entries) if veil else read
    return View(
        matter=matter,
        rules=rules,
        facts=facts,
        reach=flow.within_reach(facts),
        entries=entries,
        words=words,
        veiled=words != read,
        people=names(
            {e.staff_id for e in entries} | {s.staff_id for s in signoffs} | {matter.handler_id, matter.proposer_id},
            lang,
        ),
        orders=orders,
        signoffs=signoffs,
        files=stored,
        merged=[r for r, m in related if m == "merged"],
        parts=[r for r, m in related if m == "part"],
        earlier=[r for r, m in related if m == "earlier"],
        contact=_shut(matter),
        contact_refusal=contact_refusal(matter, rules, by, at),
    )


def _veiled(words: Mapping[tuple[int, str], str | None], entries: Sequence[Entry]) -> dict[tuple[int, str], str | None]:
    own = {1} | {entry.turn for entry in entries if entry.actor == "resident"}
    return {key: redact.veil(text) if text and key[0] in own else text for key, text in words.items()}


def _tells_of_open_call_back(entry: Entry, entries: Sequence[Entry]) -> bool:
    if entry.verb not in CALL_BACK_RECORDS:
        return False
    return not any(later.verb == "call_back" and later.turn > entry.turn for later in entries)


def _related(matter: Matter, by: Actor) -> list[tuple[Row, str]]:
    assert by.viewer is not None
    parts: list[QuerySet[Matter]] = [
        Matter.objects.filter(merged_into=matter.pk),
        Matter.objects.filter(split_from=matter.pk),
    ]
    if matter.address_id is not None:
        earlier = (
            visible(by.viewer)
            .filter(
                address_id=matter.address_id,
                received_at__gt=matter.received_at - EARLIER_FOR,
                received_at__lt=matter.received_at,
            )
            .exclude(pk=matter.pk)
            .order_by("-received_at", "-pk")[:EARLIER]
        )
        parts.append(earlier)
    # A union of keys: with an OR in its place PostgreSQL reads every matter there is.
    keys, params = union([rows.values_list("pk") for rows in parts])
    # Whoever handles a matter reads what was joined with it and split off it, unless that is hidden from them.
    rows: QuerySet[Matter] = Matter.objects.filter(not_hidden(by.viewer.units))
    rows = rows.extra(where=[f"records_matter.id IN ({keys})"], params=params)
    # Sorted here: asked to sort, SQLite walks all matters in that order instead of using three indexes.
    found = list(rows.values_list("merged_into", "split_from", *ROW_FIELDS))
    found.sort(key=lambda values: values[2 + ROW_FIELDS.index("received_at")], reverse=True)
    return [
        (Row(*values), "merged" if into == matter.pk else "part" if split == matter.pk else "earlier")
        for into, split, *values in found
    ]


_people: dict[int, tuple[str, str]] = {}
_watch = fresh.Watch()


def names(ids: set[int | None], lang: str) -> dict[int, str]:
    """Return the names of staff by id in a language (one query, none for names this process has just read)."""
    if (mark := _watch.changed()) is not None:
        _people.clear()
        _watch.keep(mark)
    if missing := {i for i in ids if i is not None} - _people.keys():
        rows = Staff.objects.filter(pk__in=sorted(missing)).values_list("pk", "name", "name_en")
        _people.update({pk: (name, name_en) for pk, name, name_en in rows})
    english = lang.lower().startswith("en")
    # Looked up one by one: another thread may be clearing them.
    found = {i: known for i in ids if i is not None and (known := _people.get(i)) is not None}
    return {i: (name_en or name) if english else name for i, (name, name_en) in found.items()}


def people_of(unit: str, lang: str) -> list[tuple[int, str]]:
    """Return the active handlers and leads of a unit for a picker (one query)."""
    english = lang.lower().startswith("en")
    found = (
        Staff.objects.filter(is_active=True, posts__unit=unit, posts__role__in=[Role.HANDLER.value, Role.LEAD.value])
        .order_by("name")
        .values_list("pk", "name", "name_en")
        .distinct()
    )
    return [(pk, (name_en or name) if english else name) for pk, name, name_en in found]


def contact_refusal(matter: Matter, rules: Rules, by: Actor, at: datetime) -> Text | None:
    """Return why the actor may not see who reported, or `None` if they may (R2.18, rules 2.8)."""
    assert by.viewer is not None
    if Power.CONTACT not in by.viewer.powers:
        return Text("您的岗位不能查看联系方式。", "Your post does not let you see contact details.")
    if matter.shielded:
        desk = {
            post.unit
            for post in by.viewer.posts
            if post.role in {Role.OPERATOR, Role.CENTRE_LEAD, Role.POLICE_OPERATOR}
            and standing.unit_type(rules.book, post.unit) in DESK_TYPES
        }
        if not desk:
            return Text(
                "本事项对承办单位隐去诉求人；需要联系时请经热线中心转达。",
                "The requester is hidden from handling units; ask the hotline centre to pass a word on.",
            )
    return minors.refusal(matter, rules.book, by, at)


def show_contact(number: str, *, by: Actor, at: datetime, purpose: str, why: str = "other") -> Person:
    """Return the contact of a matter and write who read it and why; the requester sees that entry on their page.

    The same act opens the numbers in the requester's own words; where there are only those, see `show_numbers`.

    `why` is one of `identity.PURPOSES`, `purpose` free words beside it (needed with "other"). Raises `NotFound`, or
    `Refused` when the post, the shield, a missing purpose or a missing approval stands against it.
    """
    matter, rules, _ = find(number, by=by, at=at)
    refusal = contact_refusal(matter, rules, by, at)
    if refusal is not None:
        raise Refused(refusal, "contact")
    return identity.read(
        matter, by=by, at=at, why=why, purpose=purpose, besides=["words"] if _numbers_in(matter) else []
    )


def show_numbers(number: str, *, by: Actor, at: datetime, purpose: str, why: str = "other") -> None:
    """Write down who opens the numbers in a requester's words, and why; raises as `show_contact` does."""
    matter, rules, _ = find(number, by=by, at=at)
    refusal = contact_refusal(matter, rules, by, at)
    if refusal is not None:
        raise Refused(refusal, "contact")
    if not _numbers_in(matter):
        raise NotFound
    said = identity.stated(why, purpose)
    with transaction.atomic():
        minors.use(matter, by=by, at=at)
        diary.log_read(matter, by=by, at=at, fields=["words"], purpose=said)


def _numbers_in(matter: Matter) -> bool:
    """Whether the words of a matter hold a number that its page shows only the ends of (one query)."""
    said = Words.objects.filter(matter_id=matter.pk, by_resident=True, erased_at__isnull=True)
    first = Words.objects.filter(matter_id=matter.pk, turn=1, erased_at__isnull=True)
    return any(redact.veil(text) != text for text in (said | first).values_list("text", flat=True))


def attachment(number: str, file_id: int, *, by: Actor, at: datetime) -> Attachment:
    """Return a file of a matter the actor may see; `NotFound` otherwise."""
    matter, _, _ = find(number, by=by, at=at)
    found = Attachment.objects.filter(pk=file_id, matter_id=matter.pk, erased_at__isnull=True).first()
    if found is None:
        raise NotFound
    readings.note(matter, by=by, at=at, fields=["files"], how="file")
    return found
