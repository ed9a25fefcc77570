"""What a resident's code shows: where the matter stands, every step it took, who read their data, and what they can do.

Reading only, with a fixed number of queries whatever the length of the story. A matter that was merged shows the
progress of the one it was joined to, without a word of the other people who reported it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wuxiao.desk.base.actor import RESIDENT
from wuxiao.desk.base.errors import NotFound
from wuxiao.desk.case import held, sentences, standing, wishes
from wuxiao.desk.case.needs import RATINGS
from wuxiao.desk.diary import receipts
from wuxiao.desk.matters.matters import NO_DANGER, by_code
from wuxiao.desk.people import identity
from wuxiao.desk.people.identity import Person, Use
from wuxiao.desk.slots import ask, kinds
from wuxiao.desk.town import books
from wuxiao.desk.town.books import Rules
from wuxiao.reading.danger import UNREAD
from wuxiao.records.models import Attachment, Entry, Matter, Message, Post
from wuxiao.rules import flow, hide, slots
from wuxiao.rules.access import ROLES, Role
from wuxiao.rules.book_model import Book
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.codes import grouped
from wuxiao.rules.flow import STANDINGS, Refusal, State, Step
from wuxiao.rules.promise import Why
from wuxiao.rules.promise.words import say as say_why
from wuxiao.rules.words import Text

READS = frozenset({"read", "print", "export", *sentences.CONSENTS})
#: Steps of another person's matter that somebody merged into it may read: acts of units, never words of residents.
_SHARED = frozenset(
    {
        "bypass", "stand_down", "classify", "divert", "sign", "send_back", "assign", "accept", "refuse", "decide",
        "reassign", "join", "part", "resume", "grant", "answer", "uphold", "overturn", "redo", "close", "supervise",
        "recompute", "object", "appeal",
    }
)  # fmt: skip
_WAITS_FOR_ANOTHER = Text(
    "正在等另一位反映同一件事的人补充情况。",
    "Another person who reported the same thing was asked for more; the clock stands still until they reply.",
)
_NEXT_OF_ANOTHER = Text("等另一位反映的人补充，收到后接着办", "The other person replies; then it goes on")
_LATER = {"waiting", "answered", "closed"}

NEXT: Mapping[State, Text] = {
    State.INTAKE: Text("工作人员看过以后，交给管这件事的单位", "Our staff pass it to the office responsible"),
    State.SIGNING: Text("一级一级审核，同意了就转过去办", "It is approved level by level and then passed on"),
    State.OFFERED: Text("{to}接手；要是退回，会写明理由", "{to} takes it on, or sends it back with a reason"),
    State.JOINT: Text(
        "几家单位开会定下谁来办，定了就不能再退", "A joint meeting names the office, which cannot send it back"
    ),
    State.HANDLING: Text("{holder}办理，然后答复您", "{holder} deals with it and then answers you"),
    State.WAITING: Text("请您补充；收到后接着办", "You reply; then it goes on"),
    State.DECLINING: Text("由另一个人复核，再告诉您结果", "Another person takes a second look; then you are told"),
    State.ANSWERED: Text(
        "请您看答复、评价；不满意可以提异议", "Read the answer and rate it; object if it is not right"
    ),
    State.URGENT: Text(
        "{holder}先处理危险，然后按平常的事接着办", "{holder} deals with the danger first; then it goes on as usual"
    ),
    State.CLOSED: Text("办完了，没有下一步", "It is finished; nothing more follows"),
}
#: Where it stands in a word or two, as a neighbour would put it; staff have words of their own (`STANDINGS`).
STANDS: Mapping[State, Text] = {
    State.INTAKE: Text("已收到", "Received"),
    State.SIGNING: Text("转办审核中", "Being passed on"),
    State.OFFERED: Text("等单位接手", "Passed on"),
    State.JOINT: Text("几家单位在商量", "Offices are deciding"),
    State.HANDLING: Text("正在办", "In progress"),
    State.WAITING: Text("等您补充", "Waiting for you"),
    State.DECLINING: Text("正在复核", "Second look"),
    State.ANSWERED: Text("已答复", "Answered"),
    State.URGENT: Text("先处理危险", "Emergency"),
    State.CLOSED: Text("办结了", "Closed"),
}
_PLAIN: Mapping[State, Text] = {
    State.INTAKE: Text("您反映的事收到了，工作人员正在看。", "We have your report; a member of staff is reading it."),
    State.SIGNING: Text(
        "110 认为这事不归公安管，审核同意以后转给别的单位办。",
        "110 holds that this is not for the police; it is being passed to another office.",
    ),
    State.OFFERED: Text(
        "已经转过去了；对方接手以前，还是原来的单位负责。",
        "It was passed on; until the other office takes it, the one before stays responsible.",
    ),
    State.JOINT: Text(
        "几家单位都说不归自己管，要开会定下谁来办。",
        "Several offices say it is not theirs; a joint meeting will decide.",
    ),
    State.HANDLING: Text("单位正在办。", "The office responsible is working on it."),
    State.URGENT: Text("可能有危险，{holder}先去处理。", "There may be danger; {holder} acts first."),
    State.DECLINING: Text(
        "经办的人认为依法不能受理，换了一个人正在复核。",
        "The handler thinks that the law does not let us take it on; another person is taking a second look.",
    ),
}
#: Danger in a matter that is kept from 110.
_KEPT_FROM_110 = Text(
    "可能有危险，{holder}先去处理。这件事对 110 保密，110 并不知道：有危险请您自己现在就打 110。",
    "There may be danger; {holder} acts first. It is kept from 110, so 110 does not know: in danger, please call 110 "
    "yourself now.",
)
_TOLD_110 = Text(
    "可能有危险，{holder}先去处理。只告诉了 110 地点和正在发生什么，没有说您是谁：有危险请您自己现在就打 110。",
    "There may be danger; {holder} acts first. 110 was told only the place and what happens there, not who you are: "
    "in danger, please call 110 yourself now.",
)
_RATED_IN_DANGER = Text(
    "您的评价收到了；可能有危险，工作人员先看过再办结",
    "We have your rating. There may be danger: a member of staff looks at that, then it is closed",
)
_ANSWERED_IN_DANGER = Text(
    "可能有危险，工作人员先看；您随时可以评价或者提异议",
    "There may be danger: a member of staff looks first. You can rate the answer or object at any time",
)
OUTCOMES: Mapping[str, Text] = {
    "answered": Text("已答复并办结", "answered and closed"),
    "declined": Text("依法不予受理", "declined by law"),
    "withdrawn": Text("您已撤回", "withdrawn by you"),
    "merged": Text("和别人反映的同一件事合在一起办", "joined with a report of the same thing"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One step in a plain sentence: its verb, instant, who made it, words to quote, files that came with it."""

    turn: int
    verb: str
    at: datetime
    by: str
    sentence: str
    quotes: tuple[str, ...]
    files: tuple[Attachment, ...]
    #: It took back a withdrawal that waited.
    stays: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at personal data: when, who (unit and role, no name), what was opened, for what purpose.

    `unit` is the unit alone; `daily` says that it stands for all such looks of that person on that day.
    """

    verb: str
    at: datetime
    who: str
    fields: str
    purpose: str
    unit: str
    daily: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer as it was given: by whom, when, in what words, with which files; or a decline with law and channel."""

    unit: str
    at: datetime
    words: str
    files: tuple[Attachment, ...]
    declined: bool = False
    law: str = ""
    ground: str = ""
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """Everything the progress page shows of one matter, in one language.

    `shown` is the matter whose course is shown: another one when this was merged. `verbs` are the steps the resident
    could take now, each open or with the reason why not. `question` is what the resident is asked while it waits.
    """

    matter: Matter
    shown: Matter
    rules: Rules
    lang: str
    state: State
    holder: str
    plain: str
    next_step: str
    next_by: datetime | None
    due: datetime | None
    late: bool
    why: str
    words: str
    question: str
    lines: tuple[Line, ...]
    reads: tuple[Reading, ...]
    answer: Answer | None
    verbs: tuple[tuple[Step, Refusal | None], ...]
    #: What the requester wrote when they said it is not solved, and whether an objection may follow (`None`: no).
    asked_again: str | None
    #: Who would look at it after an objection.
    looks: str
    files: tuple[Attachment, ...]
    contact: Person | None
    parts: tuple[Matter, ...]
    erased: bool
    #: The entry that received the matter: what the receipt proves.
    first: Entry
    #: The emergency number the reporter said they had called, empty when none.
    called: str = ""
    #: The requester wants to withdraw, and that waits until somebody looked at the danger.
    withdraws: bool = False
    #: Whose wish it is that it is kept secret, and since when.
    wishes: tuple[wishes.Wish, ...] = ()
    #: The erasure she asked for waits until somebody has looked at the danger.
    erases: bool = False

    @property
    def open_verbs(self) -> tuple[str, ...]:
        """The verbs the resident may take now."""
        return tuple(step.verb for step, refusal in self.verbs if refusal is None)


def called(entries: Sequence[Entry]) -> str:
    """Return the emergency number the reporter said they had called, from the sealed facts of the report; empty
    when none, and once danger was told of, or something nobody here reads, after that: it may be another."""
    said = str(entries[0].facts.get("said_of_danger", "")) if entries else ""
    again = any(e.facts.get("danger") or UNREAD in e.facts.get("danger_perhaps", ()) for e in entries[1:])
    return "" if said == NO_DANGER or again else said


def why_of(matter: Matter, lang: str) -> str:
    """Return the stored reason of the matter's date in plain words, or an empty text if it has none."""
    stored = matter.promise.get("why")
    return say_why(Why.from_json(stored), lang) if stored else ""


def look(typed: str, lang: str, *, at: datetime) -> Progress:
    """Return what the holder of a code sees; raises `NotFound` if no matter has it.

    At most twelve queries, whatever the number of entries, files and readers.
    """
    matter = by_code(typed)
    rules = books.of_version(matter.book_id)
    book = rules.book
    merged = standing.is_joined(matter)
    shown = Matter.objects.get(pk=matter.merged_into_id or 0) if merged else matter
    entries = list(Entry.objects.filter(matter_id=matter.pk).order_by("turn"))
    words = sentences.read_words(matter.pk)
    files = tuple(Attachment.objects.filter(matter_id=matter.pk, erased_at__isnull=True, seen=True).order_by("id"))
    people = _roles(entries, lang)
    lines = [_line(e, words, book, lang, files, own=True) for e in entries if e.seen and e.verb not in READS]
    answer = _answer(entries, words, files, book, lang)
    for former, until in _followed(entries):
        # It went on from where another report stood: what the units did there belongs to its story too.
        lines += [
            _line(e, sentences.read_words(former), book, lang, (), own=False)
            for e in _of_others(former, matter.number)
            if e.at <= until
        ]
    lines.sort(key=lambda line: line.at)
    if merged:
        others = _of_others(shown.pk, matter.number)
        other_words = sentences.read_words(shown.pk)
        their_files = tuple(
            Attachment.objects.filter(matter_id=shown.pk, by_resident=False, seen=True, erased_at__isnull=True)
        )
        lines += [_line(e, other_words, book, lang, their_files, own=False) for e in others]
        lines.sort(key=lambda line: line.at)
        answer = _answer(others, other_words, their_files, book, lang) or answer
        files += tuple(f for f in their_files if any(f in line.files for line in lines))
    state = State(shown.state)
    if merged:
        facts = standing.seen_by(standing.voice_of(matter, shown, book, rules.calendar, at), RESIDENT)
    else:
        facts = standing.seen_by(standing.facts_of(matter, book, rules.calendar, at), RESIDENT)
    contact = identity.of(matter.pk, Use.OWN)
    holder = sentences.unit_name(book, shown.holder, lang)
    to = sentences.unit_name(book, shown.offered_to, lang)
    late = shown.due_at is not None and state.value not in _LATER and at > shown.due_at
    return Progress(
        matter=matter,
        shown=shown,
        rules=rules,
        lang=lang,
        state=state,
        holder=holder,
        plain=(
            _WAITS_FOR_ANOTHER if merged and state is State.WAITING else _plain(state, others if merged else entries)
        )
        .fill(holder=holder)
        .say(lang),
        next_step=(_NEXT_OF_ANOTHER if merged and state is State.WAITING else _next(state, shown, matter))
        .fill(to=to, holder=holder)
        .say(lang),
        next_by=shown.step_due_at,
        due=shown.due_at,
        late=late,
        why=why_of(shown, lang),
        words=words.get((1, "words")) or "",
        question=_question(entries, words) if state is State.WAITING and not merged else "",
        lines=tuple(lines),
        reads=tuple(_reading(e, words, book, lang, people) for e in entries if e.verb in READS),
        answer=answer if shown.answered_at is not None or (answer and answer.declined) else None,
        verbs=_offered(facts, shown, at, erased=any(e.verb == "erase" for e in entries)),
        asked_again=_said_unsolved(entries, words) if facts.in_object_window else None,
        looks=_who_looks(facts, shown, book).say(lang),
        files=files,
        contact=contact,
        parts=tuple(Matter.objects.filter(split_from_id=matter.pk).order_by("id")),
        erased=any(e.verb in {"erase", "retire"} for e in entries),
        called=called(entries),
        first=entries[0],
        withdraws=held.waits(entries),
        wishes=tuple(wishes.of(matter, entries)),
        erases=held.erases(entries),
    )


def _plain(state: State, entries: Sequence[Entry]) -> Text:
    """Return how it stands in a sentence; in an emergency of who acts, and of what 110 knows."""
    if state is State.URGENT:
        facts: Mapping[str, Any] = next((e.facts for e in reversed(entries) if e.verb == "bypass"), {})
        if "to_unit" in facts:
            return _TOLD_110 if "told" in facts else _KEPT_FROM_110
    return _PLAIN.get(state) or STANDINGS[state].plain


def _next(state: State, shown: Matter, own: Matter) -> Text:
    """Return what follows; an answer over which danger stands open ends by nobody's silence."""
    if state is State.ANSWERED and (shown.danger_open or shown.unread_since is not None):
        return _RATED_IN_DANGER if own.rated_by in standing.RATED_THEMSELVES else _ANSWERED_IN_DANGER
    return NEXT[state]


def _followed(entries: list[Entry]) -> list[tuple[int, datetime]]:
    """Return the withdrawn main reports this one went on from, each with the instant."""
    marks = {str(e.facts.get("from", "")): e.at for e in entries if e.verb == "succeed"}
    if not marks:
        return []
    return [(pk, marks[number]) for pk, number in Matter.objects.filter(number__in=marks).values_list("pk", "number")]


def _of_others(matter_id: int, number: str) -> list[Entry]:
    """Return what a reader joined to a matter may read of it: acts of units, and that somebody else objected."""
    found = Entry.objects.filter(matter_id=matter_id, verb__in=_SHARED, seen=True).order_by("turn")
    return [e for e in found if e.facts.get("voice") != number]


def _said_unsolved(entries: list[Entry], words: sentences.Said) -> str | None:
    """Return the requester's own words with their last rating if it says that nothing was solved since the answer."""
    for entry in reversed(entries):
        if entry.verb in {"rate", "call_back"}:
            return (words.get((entry.turn, "words")) or "") if entry.facts.get("solved") is False else None
        if entry.verb in {"object", "redo", "appeal"}:
            return None
    return None


def _who_looks(facts: flow.Facts, matter: Matter, book: Book) -> Text:
    """Say who looks at a matter after an objection: who does it again, and who watches them."""
    to = flow.target("object", facts)
    unit = book.units.get(matter.holder)
    name = unit.name if unit else sentences.UNIT_IN_CHARGE
    above = book.units.get(matter.supervisor_unit) or (book.units.get(unit.supervisor) if unit else None)
    if to is State.INTAKE:
        return Text(
            "热线中心会重新看，另派或者退回去办", "The hotline looks at it anew and assigns it, or has it done again"
        )
    if above is None or above.code == matter.holder:
        return Text(f"由{name.zh}重新办，热线中心看着", f"{name.en} does it again; the hotline watches")
    return Text(f"由{name.zh}重新办，{above.name.zh}看着", f"{name.en} does it again; {above.name.en} watches")


def _offered(
    facts: flow.Facts, matter: Matter, at: datetime, *, erased: bool
) -> tuple[tuple[Step, Refusal | None], ...]:
    found = []
    # Urging somebody one minute after they got it helps nobody; once it is late it always does.
    early = at - matter.received_at < standing.URGE_GAP and not (matter.due_at is not None and at > matter.due_at)
    for step, refusal in flow.within_reach(facts):
        never = (
            (step.verb == "appeal" and not matter.petition)
            # Nobody could read what it is about any more, and nothing new should be written that would be kept.
            or (erased and step.verb in {"add", "reply", "urge", "say_apart"})
            # Of what is not kept, or not joined, there is nothing to say.
            or (step.verb in {"unshield", "say_apart"} and refusal is not None and refusal.code in {"kept", "joined"})
            or (step.verb == "rate" and refusal is not None)
            or (step.verb == "object" and facts.outcome in {"withdrawn", "merged"})
            or (step.verb in {"reply", "add"} and refusal is not None)
            or (step.verb == "urge" and early)
        )
        if not never:
            found.append((step, refusal))
    return tuple(found)


def _line(
    entry: Entry, words: sentences.Said, book: Book, lang: str, files: tuple[Attachment, ...], *, own: bool
) -> Line:
    by = "" if entry.actor == "system" else sentences.who(entry, book, lang) if entry.actor != "resident" else ""
    return Line(
        turn=entry.turn,
        verb=entry.verb,
        at=entry.at,
        by=by,
        sentence=sentences.say(entry, words, book, lang, for_resident=True, own=own),
        quotes=tuple(sentences.quotes(entry, words, lang, for_resident=True)),
        files=tuple(f for f in files if f.turn == entry.turn and (own or not f.by_resident)),
        stays="stays" in entry.facts,
    )


def _roles(entries: list[Entry], lang: str) -> dict[int, str]:
    ids = {e.staff_id for e in entries if e.verb in READS and e.staff_id is not None}
    roles: dict[int, list[str]] = {}
    for staff_id, role in Post.objects.filter(staff_id__in=ids).order_by("id").values_list("staff_id", "role"):
        roles.setdefault(staff_id, []).append(ROLES[Role(role)].name.say(lang))
    return {staff_id: sentences.joined(list(dict.fromkeys(names)), lang) for staff_id, names in roles.items()}


def _reading(entry: Entry, words: sentences.Said, book: Book, lang: str, people: Mapping[int, str]) -> Reading:
    listed = [sentences.FIELD_NAMES.get(f, Text(str(f), str(f))).say(lang) for f in entry.facts.get("fields", [])]
    return Reading(
        verb=entry.verb,
        at=entry.at,
        who=sentences.who(entry, book, lang, people=people),
        fields=(sentences.joined(listed, lang) if listed else "") or sentences.FIELD_NAMES["matter"].say(lang),
        purpose=sentences.purpose(entry, words, lang),
        unit=sentences.unit_name(book, entry.unit, lang) if entry.unit else sentences.who(entry, book, lang),
        daily="how" in entry.facts,
    )


def _question(entries: list[Entry], words: sentences.Said) -> str:
    asked = next((e for e in reversed(entries) if e.verb == "ask"), None)
    return (words.get((asked.turn, "reply")) or "") if asked else ""


def _answer(
    entries: list[Entry], words: sentences.Said, files: tuple[Attachment, ...], book: Book, lang: str
) -> Answer | None:
    entry = next((e for e in reversed(entries) if e.verb in {"answer", "uphold", "object", "redo", "appeal"}), None)
    if entry is None or entry.verb not in {"answer", "uphold"}:
        return None
    text = words.get((entry.turn, "reply"))
    said = sentences.ERASED.say(lang) if text is None else text
    own_files = tuple(f for f in files if f.turn == entry.turn and not f.by_resident)
    unit = sentences.unit_name(book, entry.unit, lang)
    if entry.verb == "answer":
        return Answer(unit, entry.at, said, own_files)
    ground = book.decline_reasons.get(str(entry.facts.get("decline_reason", "")))
    channel = words.get((entry.turn, "channel")) or (ground.channel.say(lang) if ground else "")
    return Answer(
        unit,
        entry.at,
        said,
        own_files,
        declined=True,
        law=ground.law.say(lang) if ground else "",
        ground=ground.name.say(lang) if ground else "",
        channel=channel,
    )


def file_of(typed: str, file_id: int) -> Attachment:
    """Return a file the holder of a code may open: of their matter, or of the answer of the one it was joined to.

    Raises `NotFound` for anything else.
    """
    matter = by_code(typed)
    row = Attachment.objects.filter(pk=file_id, erased_at__isnull=True, seen=True).first()
    if row is not None and row.matter_id == matter.pk:
        return row
    joined = matter.outcome == "merged" and row is not None and row.matter_id == matter.merged_into_id
    if row is None or not joined or row.by_resident:
        raise NotFound
    return row


def _own_solved(matter: Matter) -> bool | None:
    """Return what this requester said, where the matter's own fact also holds what others who reported it said."""
    if not matter.rated_by:
        return None
    said = matter.entries.filter(verb__in=["rate", "call_back"]).order_by("-turn").values_list("facts", flat=True)
    found = said.first()
    return found.get("solved") if found else matter.solved


def data_of(seen: Progress) -> dict[str, Any]:
    """Return everything that is kept about the requester of a matter, as plain data (PIPL art. 45)."""
    matter, contact, book, lang = seen.matter, seen.contact, seen.rules.book, seen.lang
    category = book.categories.get(matter.category)
    division = book.divisions.get(matter.division)
    messages = Message.objects.filter(matter_id=matter.pk, way__in=["sms", "mail"], address="").order_by("id")
    return {
        "code": grouped(matter.code),
        "number": matter.number,
        "received_at": matter.received_at.isoformat(),
        "channel": matter.channel,
        "language": matter.lang,
        "reads": matter.reads,
        "kind": book.kinds[matter.kind].name.say(lang) if matter.kind in book.kinds else matter.kind,
        "category": category.name.say(lang) if category else "",
        "words": seen.words,
        "place": matter.place,
        "division": division.name.say(lang) if division else "",
        "contact": {
            "name": contact.name,
            "phone": contact.phone,
            "email": contact.email,
            "by_sms": contact.by_sms,
            "visit_consent": contact.visit_consent,
        }
        if contact and contact.erased_at is None
        else None,
        "hidden_from": "、".join(hide.name_of(book, one).say(lang) for one in sorted(hide.unpack(matter.about))),
        "shielded": matter.shielded,
        "kept_by": [
            {
                "from": hide.name_of(book, wish.about).say(lang) if wish.about else "",
                "wish_of": wish.by.value,
                "unit": sentences.unit_name(book, wish.unit, lang) if wish.unit else "",
                "since": wish.at.isoformat(),
            }
            for wish in seen.wishes
        ],
        "state": STANDS[seen.state].say(lang),
        "promised_by": seen.due.isoformat() if seen.due else None,
        "promised_why": seen.why,
        "rating": RATINGS[matter.satisfied].say(lang) if matter.satisfied else None,
        "solved": _own_solved(matter),
        "contacted": matter.contacted,
        "bookings": [
            {
                "what": kinds.title_of(one.kind).say(lang),
                "at": one.slot.starts_at.astimezone(SHANGHAI).isoformat(),
                "place": one.slot.place,
                "state": slots.STANDS[slots.Booked(one.state)].say(lang),
            }
            for one in ask.of_case(matter.pk)
        ],
        "proof": receipts.as_data(receipts.of_entry(seen.first)),
        "seals": [
            {"turn": turn, "verb": verb, "seal": seal, "leaf": leaf}
            for turn, verb, seal, leaf in matter.entries.order_by("turn").values_list("turn", "verb", "seal", "leaf")
        ],
        "steps": [
            {"at": line.at.isoformat(), "by": line.by, "what": line.sentence, "words": list(line.quotes)}
            for line in seen.lines
        ],
        "files": [
            {
                "name": f.name,
                "type": f.kind,
                "bytes": f.size,
                "added_at": f.added_at.isoformat(),
                "yours": f.by_resident,
            }
            for f in seen.files
        ],
        "read_by": [
            {"at": r.at.isoformat(), "who": r.who, "what": r.fields, "purpose": r.purpose, "act": r.verb}
            for r in seen.reads
        ],
        "messages": [
            {"at": m.created_at.isoformat(), "way": m.way, "state": m.state, "text": m.text} for m in messages
        ],
    }
