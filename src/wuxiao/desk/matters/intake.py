"""Taking in many past matters at once: what `matters.receive` makes, made for hundreds of rows in one transaction.

Past matters come in quietly (nobody is told, nothing is drawn) with their real opening and closing times. What they
were elsewhere is written as entries at those times in the name of the system; the last entry, at the time of the
import, says who brought them in and from where. The rows of a file are remembered (`ImportRow`), and a source and key
make a matter once: running a file again, or going on after a crash, makes nothing twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db import DatabaseError, IntegrityError, transaction

from wuxiao.desk.base import bulk
from wuxiao.desk.base.actor import SYSTEM, Actor
from wuxiao.desk.base.errors import Invalid
from wuxiao.desk.case import clocks, opening
from wuxiao.desk.matters import matters, secrecy
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.town import books
from wuxiao.desk.town.books import Rules
from wuxiao.records.models import ImportRow, Matter
from wuxiao.rules import hide
from wuxiao.rules.calendar import SHANGHAI, CalendarError
from wuxiao.rules.codes import new_number
from wuxiao.rules.flow import State
from wuxiao.rules.promise import Term, Unit, promise
from wuxiao.rules.words import Text
from wuxiao.typed.plain import clean, line

#: Outcomes a past matter may have; how they count in figures is said in `rules.measures`.
OUTCOMES = ("answered", "declined", "withdrawn", "merged")
_LENGTHS = {"external_id": 80, "place": 200, "name": 60, "phone": 24, "channel": 16, "email": 254}
_TRIES = 4


@dataclass(frozen=True, slots=True)
class Past:
    """A matter that began, and perhaps ended, somewhere else.

    `key` is its number at the source. With `promised_at` the date told there is kept; without it our own promise is
    counted from `received_at`. A matter with neither `closed_at` nor `answered_at` stays open at the desk.
    """

    line: int
    key: str
    report: Report
    received_at: datetime
    title: str = ""
    promised_at: datetime | None = None
    answered_at: datetime | None = None
    answer: str = ""
    closed_at: datetime | None = None
    outcome: str = ""
    rating: int | None = None
    solved: bool | None = None
    cells: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bad:
    """A row that could not be read, with the reason and its cells for the file to mend."""

    line: int
    key: str
    error: Text
    cells: dict[str, str]


Row = Past | Bad


@dataclass(slots=True)
class Made:
    """One past matter ready to be written: everything computed, nothing in the database yet."""

    past: Past
    rules: Rules
    matter: Matter


def prepare(past: Past, *, by: Actor, at: datetime) -> Made:
    """Compute the matter of one row; raises `Invalid` with what is wrong in it.

    `at` is the time of the import. Reads the database only for a standard address.
    """
    rules = books.current(past.received_at)
    past = _check(past, rules, at)
    report = _kept(past, rules)
    past = replace(past, report=report)
    matter = matters._make(report, rules, by=by, at=past.received_at)
    matter.title = past.title or matter.title
    matter.turn = 0
    try:
        opening.begin(matter, rules, by=SYSTEM, at=past.received_at)
    except CalendarError as error:
        zh = "工作日历从2004年起,算不出这一天的期限:请核对登记时间"
        raise Invalid({"received_at": Text(zh, f"no promise can be counted from this day ({error})")}) from None
    if past.promised_at is not None:
        _keep_given(matter, past.promised_at, past.received_at, rules)
    _settle_state(matter, past, rules, at)
    matter.version = 2
    matter.changed_at = at
    return Made(past, rules, matter)


def _kept(past: Past, rules: Rules) -> Report:
    """Return the report kept from whom it speaks against, as at every door where nobody is asked (decision 32).

    Where it was answered by the very body it is about, nothing is hidden that was not read there: then the requester's
    name alone is kept. A file that says so itself is believed.
    """
    report, book = past.report, rules.book
    if report.shielded is False:
        return replace(report, about=())
    found = secrecy.by_default(replace(report, shielded=None), book)
    if report.shielded and not report.about:
        # The file says that it is kept, and not from whom: the words may.
        found = replace(report, shielded=True, about=found.about)
    ended = past.closed_at is not None or past.answered_at is not None
    if ended and found.unit and found.unit in hide.from_about(book, found.about, found.division):
        return replace(found, about=())
    return found


def _check(past: Past, rules: Rules, at: datetime) -> Past:
    errors: dict[str, Text] = {}
    for name, text in (("words", past.report.words), ("answer", past.answer), ("title", past.title)):
        if "\x00" in text:
            errors[name] = Text("含有空字符（NUL），文件可能已损坏", "holds a NUL character: the file may be damaged")
    past = replace(past, answer=clean(past.answer), title=line(past.title))
    try:
        past = replace(past, report=matters._checked(past.report, rules))
    except Invalid as invalid:
        errors |= invalid.fields
    for name, most in _LENGTHS.items():
        if len(str(getattr(past.report, name))) > most:
            errors[name] = Text(f"太长了,最多{most}个字符", f"too long: at most {most} characters")
    if past.received_at > at + timedelta(days=1):
        errors["received_at"] = Text("在将来", "lies in the future")
    for name in ("promised_at", "answered_at", "closed_at"):
        moment = getattr(past, name)
        if moment is not None and moment < past.received_at:
            errors[name] = Text("早于登记时间", "before the receipt")
    if past.answered_at and past.closed_at and past.closed_at < past.answered_at:
        errors["closed_at"] = Text("早于答复时间", "before the answer")
    if past.outcome and past.outcome not in OUTCOMES:
        errors["outcome"] = Text(f"没有这种结果:{past.outcome[:40]}", f"no such outcome: {past.outcome[:40]}")
    if past.rating is not None and not 1 <= past.rating <= 5:
        errors["rating"] = Text("评价应是1到5", "the rating must be 1 to 5")
    if len(past.answer) > matters.MAX_WORDS:
        errors["answer"] = Text(
            f"答复太长,最多{matters.MAX_WORDS}字", f"the answer is over {matters.MAX_WORDS} characters"
        )
    if errors:
        raise Invalid(errors)
    return past


def _keep_given(matter: Matter, due: datetime, start: datetime, rules: Rules) -> None:
    # Told elsewhere, so kept to the instant: a term on the wall clock, which replays to the same date.
    length = max(due - start, timedelta(microseconds=1))
    made = promise(start, Term(length.total_seconds() / 3600, Unit.HOURS), rules.calendar)
    matter.promise["profile"] = "given"
    clocks.store(matter, made)


def _settle_state(matter: Matter, past: Past, rules: Rules, at: datetime) -> None:
    answered = past.answered_at or past.closed_at
    closed = past.closed_at
    if closed is None and past.answered_at is not None:
        # An answer whose days of silence are over was closed by them; a younger one still waits.
        silent = promise(past.answered_at, rules.book.silence, rules.calendar).due
        closed = silent if silent <= at else None
    if closed is not None:
        matter.state = State.CLOSED.value
        matter.closed_at, matter.answered_at = closed, answered
        matter.outcome = past.outcome or "answered"
    elif answered is not None:
        matter.state = State.ANSWERED.value
        matter.answered_at, matter.outcome = answered, "answered"
    if matter.state != State.INTAKE:
        matter.danger, matter.danger_open, matter.danger_perhaps = [], False, []
        matter.unread_since = None
    if matter.state == State.CLOSED:
        matter.items = [{**item, "done": True} for item in matter.items]
        if past.rating is not None or past.solved is not None:
            matter.satisfied, matter.solved = past.rating, past.solved
            matter.rated_by, matter.rated_at = "import", closed
    begun = past.answered_at if matter.state == State.ANSWERED and past.answered_at else at
    clocks.set_clocks(matter, rules, at=begun, entered=True)
    if matter.tick_at == begun and matter.state != State.ANSWERED:
        # What came in late already has a day on its new desk before anybody is reminded of it.
        matter.tick_at = begun + clocks.LOOK_AGAIN


def write(batch: Sequence[Made], *, source: str, by: Actor, at: datetime) -> None:
    """Write prepared matters inside the caller's transaction: rows, sealed entries, words, access, contact, search.

    Fills in the ids. Raises `IntegrityError` if a drawn number or code met another.
    """
    _fresh_numbers(batch)
    opening.open_past([_new(made, source, by, at) for made in batch])


def _searched(made: Made) -> str:
    parts = (made.past.report.words, made.matter.place, made.matter.number, made.past.answer)
    return "\n".join(part for part in parts if part)


def _fresh_numbers(batch: Sequence[Made]) -> None:
    taken: set[str] = set()
    wanted = list(batch)
    while wanted:
        for made in wanted:
            while made.matter.number in taken:
                made.matter.number = new_number(
                    matters.NUMBER_PREFIX, made.past.received_at.astimezone(SHANGHAI).date()
                )
            taken.add(made.matter.number)
        numbers = [m.matter.number for m in wanted]
        met = set(Matter.objects.filter(number__in=numbers).values_list("number", flat=True))
        wanted = [m for m in wanted if m.matter.number in met]


def _new(made: Made, source: str, by: Actor, at: datetime) -> opening.New:
    """A past matter on its way in, and what its chain tells after that: perhaps answered, and imported."""
    past, matter = made.past, made.matter
    since = []
    if past.answered_at is not None or past.answer:
        when = past.answered_at or past.closed_at or at
        facts = {"unit": matter.holder, "imported": source}
        texts = {"reply": past.answer} if past.answer else {}
        since.append(opening.Since("answer", when, State.ANSWERED.value, facts, texts))
    told = {
        "source": source,
        "key": past.key,
        "who": by.name,
        "received": past.received_at.isoformat(),
        "closed": matter.closed_at.isoformat() if matter.closed_at else "",
        "outcome": matter.outcome,
        "rating": past.rating,
    }
    return opening.New(
        matter,
        made.rules,
        facts={
            "unit": matter.holder,
            "channel": past.report.channel,
            "class": matter.handling_class,
            "danger": matter.danger,
            "imported": source,
            **past.report.extra,
            **matters.secrecy_facts(matter, past.report),
        },
        texts={"words": past.report.words},
        searched=_searched(made),
        contact=matters.contact_of(past.report),
        since=[*since, opening.Since("imported", at, matter.state, told, by=by)],
    )


@dataclass(slots=True)
class Taken:
    """How many rows of a batch were made into matters, were known already, or were refused."""

    made: int = 0
    known: int = 0
    refused: int = 0

    def add(self, other: Taken) -> None:
        """Add another batch's counts."""
        self.made += other.made
        self.known += other.known
        self.refused += other.refused


def take_in(job_id: int, source: str, rows: Sequence[Row], *, by: Actor, at: datetime) -> Taken:
    """Take in one batch of rows of an import in one transaction and remember what became of each.

    A row whose key this source has brought before is known and makes nothing; a key twice in one file is refused the
    second time. A row the database will not have is refused by itself, and the others of its batch go in.
    """
    bad: list[Bad] = [row for row in rows if isinstance(row, Bad)]
    ready: list[Made] = []
    for row in rows:
        if isinstance(row, Past):
            try:
                ready.append(prepare(row, by=by, at=at))
            except Invalid as invalid:
                bad.append(Bad(row.line, row.key, said(invalid), row.cells))
    try:
        return _take(job_id, source, ready, bad, by, at)
    except DatabaseError:
        if len(ready) + len(bad) <= 1:
            raise
    # Something in this batch the database refuses: find it row by row.
    total = Taken()
    for made in ready:
        try:
            total.add(_take(job_id, source, [made], [], by, at))
        except DatabaseError as error:
            words = str(error).splitlines()[0][:200]
            text = Text(f"数据库不接受这一行:{words}", f"the database refuses this row: {words}")
            bad.append(Bad(made.past.line, made.past.key, text, made.past.cells))
    total.add(_take(job_id, source, [], bad, by, at))
    return total


def said(invalid: Invalid) -> Text:
    """Return what is wrong with a row in one sentence, each part with the name of its field."""
    zh = ";".join(f"{NAMES[name].zh}:{text.zh}" if name in NAMES else text.zh for name, text in invalid.fields.items())
    en = "; ".join(
        f"{NAMES[name].en}: {text.en}" if name in NAMES else text.en for name, text in invalid.fields.items()
    )
    return Text(zh, en)


def _take(job_id: int, source: str, ready: Sequence[Made], bad: Sequence[Bad], by: Actor, at: datetime) -> Taken:
    for attempt in range(_TRIES):
        try:
            with transaction.atomic():
                return _write_rows(job_id, source, ready, bad, by, at)
        except IntegrityError:
            # Another import of the same source, or a number drawn twice: look again at what is there by now.
            if attempt == _TRIES - 1:
                raise
            for made in ready:
                made.matter.pk, made.matter.turn, made.matter.head = None, 0, ""
    raise AssertionError("unreachable")


def _write_rows(job_id: int, source: str, ready: Sequence[Made], bad: Sequence[Bad], by: Actor, at: datetime) -> Taken:
    keys = [made.past.key for made in ready]
    known = set(
        ImportRow.objects.filter(source=source, key__in=keys, matter__isnull=False).values_list("key", flat=True)
    )
    here = dict(ImportRow.objects.filter(job_id=job_id, key__in=keys).values_list("key", "line"))
    new: list[Made] = []
    kept: list[ImportRow] = []
    refused = list(bad)
    for made in ready:
        past = made.past
        if past.key in here:
            line = here[past.key]
            text = Text(f"编号{past.key}和第{line}行重复", f"number {past.key} stands in line {line} already")
            refused.append(Bad(past.line, past.key, text, past.cells))
            continue
        here[past.key] = past.line
        if past.key in known:
            kept.append(ImportRow(job_id=job_id, source=source, key=past.key, line=past.line))
        else:
            new.append(made)
    write(new, source=source, by=by, at=at)
    rows = [
        ImportRow(job_id=job_id, source=source, key=m.past.key, line=m.past.line, matter_id=m.matter.pk) for m in new
    ] + kept
    rows += [
        ImportRow(
            job_id=job_id,
            source=source,
            key=b.key[:120],
            line=b.line,
            error=f"{b.error.zh}\n{b.error.en}",
            cells=b.cells,
        )
        for b in refused
    ]
    bulk.insert(ImportRow, rows)
    return Taken(len(new), len(kept), len(refused))


def counts(job_id: int) -> Taken:
    """Return what became of the rows of an import so far."""
    rows = ImportRow.objects.filter(job_id=job_id)
    found = Counter(
        "made" if matter else "refused" if error else "known"
        for matter, error in rows.values_list("matter_id", "error").iterator(chunk_size=5000)
    )
    return Taken(found["made"], found["known"], found["refused"])


#: What a row of a file can hold, by the name that mappings use.
NAMES: dict[str, Text] = {
    "external_id": Text("原编号", "number at the source"),
    "received_at": Text("登记时间", "received"),
    "title": Text("标题", "title"),
    "words": Text("内容", "words"),
    "category": Text("分类", "category"),
    "handling_class": Text("办理类别", "handling class"),
    "division": Text("区划", "division"),
    "place": Text("地点", "place"),
    "lat": Text("纬度", "latitude"),
    "lon": Text("经度", "longitude"),
    "name": Text("称呼", "name"),
    "phone": Text("电话", "phone"),
    "channel": Text("渠道", "channel"),
    "unit": Text("承办单位", "handling unit"),
    "promised_at": Text("承诺期限", "promised by"),
    "answered_at": Text("答复时间", "answered"),
    "answer": Text("答复内容", "answer"),
    "closed_at": Text("办结时间", "closed"),
    "outcome": Text("办理结果", "outcome"),
    "rating": Text("评价", "rating"),
    "solved": Text("是否解决", "solved"),
    "kept_from": Text("保密（是否，或对谁）", "kept secret (whether, or from whom)"),
}
