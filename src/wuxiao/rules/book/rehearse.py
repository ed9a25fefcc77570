"""What a changed rule book would have done: its sentences compared, and past matters replayed on both books.

Nothing here touches a matter. Open matters keep the promise they were given; a rehearsal only shows a person what to
expect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from difflib import SequenceMatcher
from typing import Literal

from wuxiao.rules.book.check import winners
from wuxiao.rules.book.sentences import sentences
from wuxiao.rules.book_model import Book, Step
from wuxiao.rules.calendar import SHANGHAI, Calendar
from wuxiao.rules.promise import promise
from wuxiao.rules.promise.parts import DAY_UNITS, Term
from wuxiao.rules.route import Route, route
from wuxiao.rules.words import Text

_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Change:
    """One sentence of a book that was added (no `before`), dropped (no `after`) or changed."""

    before: Text | None
    after: Text | None

    def say(self, lang: str) -> str:
        """Return the change as lines beginning with `-` and `+`."""
        lines = [f"- {self.before.say(lang)}"] if self.before is not None else []
        return "\n".join([*lines, f"+ {self.after.say(lang)}"] if self.after is not None else lines)


def changes(old: Book, new: Book) -> tuple[Change, ...]:
    """Return the sentences in which two books differ, in the order of the new one."""
    before, after = list(sentences(old)), list(sentences(new))
    out: list[Change] = []
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        pairs = min(b - a, d - c)
        out.extend(Change(x, y) for x, y in zip(before[a : a + pairs], after[c : c + pairs], strict=True))
        out.extend(Change(x, None) for x in before[a + pairs : b])
        out.extend(Change(None, y) for y in after[c + pairs : d])
    return tuple(out)


@dataclass(frozen=True, slots=True)
class PastMatter:
    """What a rehearsal needs to know of a past matter; `id` is only shown in examples, `received_at` has a zone."""

    id: str
    category: str
    division: str
    handling_class: str
    received_at: datetime
    hidden: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Shift:
    """A group of matters that both books treat, in different ways: how before, how after, how many, some of them."""

    before: Text
    after: Text
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The outcome of replaying past matters on a changed book.

    `routed`, `accepted` and `answered` are the groups given to other units, and promised another time for acceptance
    and for the answer; `earlier` and `later` count answers due sooner and later. `lost` are matters one of the books
    has no category, place, class or unit for. `unmet` are rules of the new book that no replayed matter used, `never`
    those that no matter of any leaf category can ever use.
    """

    total: int
    routed: tuple[Shift, ...]
    accepted: tuple[Shift, ...]
    answered: tuple[Shift, ...]
    earlier: int
    later: int
    lost: tuple[Shift, ...]
    unmet: tuple[str, ...]
    never: tuple[str, ...]

    def say(self, lang: str) -> Iterator[str]:
        """Yield the outcome as sentences for a person."""

        def counted(shifts: tuple[Shift, ...]) -> int:
            return sum(shift.count for shift in shifts)

        yield Text(
            f"重放 {self.total} 件:派单不同 {counted(self.routed)} 件,受理时限不同 {counted(self.accepted)} 件,"
            f"答复时限不同 {counted(self.answered)} 件(提前 {self.earlier},推后 {self.later}),"
            f"无法重放 {counted(self.lost)} 件。",
            f"{self.total} matters replayed: {counted(self.routed)} routed differently, "
            f"{counted(self.accepted)} with another limit for acceptance, "
            f"{counted(self.answered)} with another limit for the answer "
            f"({self.earlier} earlier, {self.later} later), {counted(self.lost)} could not be replayed.",
        ).say(lang)
        for shift in (*self.lost, *self.routed, *self.accepted, *self.answered):
            examples = ", ".join(shift.examples)
            yield Text(
                f"{shift.count} 件:{shift.before.zh} → {shift.after.zh}(如 {examples})",
                f"{shift.count}: {shift.before.en} → {shift.after.en} (such as {examples})",
            ).say(lang)
        if self.unmet:
            names = ", ".join(self.unmet)
            yield Text(f"这段时间没有事项用到的规则:{names}。", f"Rules no matter of this time used: {names}.").say(
                lang
            )
        if self.never:
            names = ", ".join(self.never)
            yield Text(
                f"不再细分的分类永远用不到的规则:{names}。", f"Rules that no leaf category can ever use: {names}."
            ).say(lang)


class _Groups:
    """Counts matters by what changed, keeping the first few as examples."""

    def __init__(self) -> None:
        self.found: dict[tuple[Text, Text], tuple[int, tuple[str, ...]]] = {}

    def add(self, before: Text, after: Text, name: str) -> None:
        count, examples = self.found.get((before, after), (0, ()))
        if len(examples) < _EXAMPLES:
            examples = (*examples, name)
        self.found[before, after] = (count + 1, examples)

    def shifts(self) -> tuple[Shift, ...]:
        out = [Shift(a, b, count, examples) for (a, b), (count, examples) in self.found.items()]
        return tuple(sorted(out, key=lambda s: (-s.count, s.before.en, s.after.en)))


def never(book: Book) -> tuple[str, ...]:
    """Return the ids of routing rules that decide no leaf category in any division, in the order of the book."""
    alive = winners(book, ((c, d) for c in book.leaves() for d in book.divisions.values()))
    return tuple(rule.id for rule in book.routes if rule.id not in alive)


def _due(calendar: Calendar) -> Callable[[datetime, Term], datetime]:
    """Return a function of start and term that remembers what it worked out; terms of days depend on the day alone."""
    known: dict[tuple[date | datetime, Term], datetime] = {}

    def due(start: datetime, term: Term) -> datetime:
        key = (start.astimezone(SHANGHAI).date() if term.unit in DAY_UNITS else start, term)
        if key not in known:
            known[key] = promise(start, term, calendar).due
        return known[key]

    return due


def _lost(book: Book, matter: PastMatter) -> Text | None:
    """Return what a book lacks to take this matter, None if nothing."""
    for code, known, zh, en in (
        (matter.category, book.categories, "分类", "category"),
        (matter.division, book.divisions, "区划", "division"),
        (matter.handling_class, book.classes, "办理类别", "class"),
        *((code, book.units, "被反映的单位", "unit complained of") for code in sorted(matter.hidden)),
    ):
        if code is not None and code not in known:
            return Text(f"新规则册没有{zh} {code}", f"the new book has no {en} {code}")
    return None


def _term(book: Book, matter: PastMatter, step: Step) -> Term:
    petition = book.categories[matter.category].petition
    if petition:
        return book.petition.register if step == "accept" else book.petition.handle
    return book.term(matter.handling_class, matter.category, step=step)


def _place(book: Book, way: Route, subject: Text) -> Text:
    lead, over = book.units[way.lead].name, book.units[way.supervisor].name
    zh, en = f"“{subject.zh}”由{lead.zh}主办", f'"{subject.en}" led by {lead.en}'
    if way.co_units:
        names = [book.units[code].name for code in way.co_units]
        zh, en = f"{zh},{'、'.join(n.zh for n in names)}协办", f"{en} with {', '.join(n.en for n in names)}"
    return Text(f"{zh},{over.zh}督办", f"{en}, supervised by {over.en}")


def rehearse(old: Book, new: Book, matters: Iterable[PastMatter], *, calendar: Calendar | None = None) -> Rehearsal:
    """Replay past matters on two books and return what the new one would have done otherwise.

    Each book counts with its own office hours on `calendar`, the official one if unsaid. Matters whose codes one of the
    books does not know count as lost. Raises `ValueError` for a time without a zone.
    """
    base = calendar if calendar is not None else Calendar.official()
    old_due, new_due = _due(base.with_hours(old.office_hours)), _due(base.with_hours(new.office_hours))
    routed, lost = _Groups(), _Groups()
    steps: dict[Literal["accept", "answer"], _Groups] = {"accept": _Groups(), "answer": _Groups()}
    total = earlier = later = 0
    met: set[str] = set()
    ways: dict[tuple[str, str, frozenset[str]], tuple[Route, Route]] = {}
    for matter in matters:
        total += 1
        lacking = _lost(new, matter)
        if lacking is not None or _lost(old, matter) is not None:
            before = Text(matter.category, matter.category)
            lost.add(before, lacking or Text("原规则册没有它的代码", "the old book lacks its codes"), matter.id)
            continue
        key = (matter.category, matter.division, matter.hidden)
        if key not in ways:
            ways[key] = (
                route(old, matter.category, matter.division, hidden=matter.hidden),
                route(new, matter.category, matter.division, hidden=matter.hidden),
            )
        was, now = ways[key]
        met.add(now.rule)
        if (was.lead, was.co_units, was.supervisor) != (now.lead, now.co_units, now.supervisor):
            before = _place(old, was, old.categories[matter.category].name)
            routed.add(before, _place(new, now, new.categories[matter.category].name), matter.id)
        for step, groups in steps.items():
            first, second = _term(old, matter, step), _term(new, matter, step)
            due, other = old_due(matter.received_at, first), new_due(matter.received_at, second)
            if due == other:
                continue
            groups.add(
                _limit(old, matter, step, first),
                _limit(new, matter, step, second),
                f"{matter.id}: {due:%Y-%m-%d %H:%M} → {other:%Y-%m-%d %H:%M}",
            )
            if step == "answer":
                earlier, later = earlier + (other < due), later + (other > due)
    return Rehearsal(
        total=total,
        routed=routed.shifts(),
        accepted=steps["accept"].shifts(),
        answered=steps["answer"].shifts(),
        earlier=earlier,
        later=later,
        lost=lost.shifts(),
        unmet=tuple(rule.id for rule in new.routes if rule.id not in met),
        never=never(new),
    )


def _limit(book: Book, matter: PastMatter, step: Step, term: Term) -> Text:
    name, verb = book.classes[matter.handling_class].name, _VERBS[step]
    if book.categories[matter.category].petition:
        name = Text("信访", "petition")
    return Text(f"{name.zh}{term.words.zh}内{verb.zh}", f"{name.en} to be {verb.en} within {term.words.en}")


_VERBS: dict[Step, Text] = {"accept": Text("受理", "accepted"), "answer": Text("答复", "answered")}
