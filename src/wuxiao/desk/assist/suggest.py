"""Suggestions while a message is read: category, class, unit and details, with reasons; a named person decides.

The model in use answers first; where there is none, or it knows no word of the message, the category tree's own words
do. What was suggested and what was chosen is kept inside the act as a row of `Suggestion`: a label to learn from.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from time import monotonic

from wuxiao.desk.assist import models
from wuxiao.desk.base.actor import Actor
from wuxiao.desk.town.books import Rules
from wuxiao.reading import danger, extract, guess
from wuxiao.reading.danger import Danger as Danger
from wuxiao.reading.guess import SURE_ENOUGH, CategoryWords
from wuxiao.records.models import Address, Matter, Street, Suggestion
from wuxiao.rules import route
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.words import Text

#: How much of a message is read while it is typed.
READ = 4000
LIMIT = 4
WORDS = "words"
_KEEP_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Ranked:
    """One suggested code with its score (0 to 1) and the words of the message that spoke for it."""

    code: str
    score: float
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What is suggested on one point; `known` False means "I do not know", `source` says who speaks."""

    task: str
    ranked: tuple[Ranked, ...]
    known: bool
    source: str

    @property
    def best(self) -> str:
        """The code to propose, empty for "I do not know"."""
        return self.ranked[0].code if self.known and self.ranked else ""


@dataclass(frozen=True, slots=True)
class Detail:
    """Something the message states: its words, and the value for a field once a person confirms it."""

    what: str
    text: str
    value: str
    why: Text
    about: bool = False

    @property
    def shown(self) -> Text:
        """The value for a field that a person reads: a vague one says so and names both its ends."""
        if not self.about:
            return Text(self.value, self.value)
        first, mark, last = self.value.partition("/" if self.what == "time" else "-")
        if self.what == "time" and not mark:
            last = ""
        if not last:
            return Text(f"约 {first}", f"about {first}")
        return Text(f"约 {first} 至 {last}", f"about {first} to {last}")


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of the message for showing: plain when `kind` is empty, else why it is marked."""

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Suggested:
    """Everything that is said about a message before a person decides."""

    category: Answer
    handling_class: Answer
    kind: str
    unit: str
    unit_why: Text
    danger: Danger
    details: tuple[Detail, ...]
    stretches: tuple[Stretch, ...]


#: By the digest of the book: SQLite gives the key of a row that was taken back to the next.
_tree: dict[str, tuple[CategoryWords, ...]] = {}


def category_words(rules: Rules) -> tuple[CategoryWords, ...]:
    """Return the words by which the leaves of a rule book's category tree are known."""
    book = rules.book
    if book.digest not in _tree:
        _tree[book.digest] = tuple(
            CategoryWords(c.code, c.kind, c.name.zh, c.name.en, c.keywords) for c in book.categories.values() if c.leaf
        )
    return _tree[book.digest]


def by_words(words: str, rules: Rules) -> tuple[guess.Guess, ...]:
    """Return what the category tree's own words say of a message, best first, at most five."""
    category_words(rules)
    return _guessed(words, rules.book.digest)


@lru_cache(maxsize=64)
def _guessed(words: str, digest: str) -> tuple[guess.Guess, ...]:
    # The pages of a report ask again and again for the same words.
    return tuple(guess.guess(words, _tree[digest], limit=5))


def sure(found: Sequence[guess.Guess]) -> bool:
    """Whether guesses may be shown to a reporter; a wrong one printed with its reason is worse than none."""
    return bool(found) and found[0].score >= SURE_ENOUGH


def category(words: str, rules: Rules, *, limit: int = LIMIT) -> Answer:
    """Suggest categories of the rule book for a message of any length, best first."""
    words = models.bare(words[: 2 * READ])
    found = _by_model("category", words, rules.book.categories, limit)
    if found is not None:
        return found
    guessed = by_words(words, rules)[:limit]
    ranked = tuple(Ranked(g.code, g.score, g.words) for g in guessed)
    return Answer("category", ranked, bool(ranked), WORDS)


#: The class that no suggestion proposes: a named person looks at danger and chooses it.
URGENT = "urgent"


def calm_class(code: str) -> str:
    """Return a category's own class where nobody has chosen one: urgent only comes from a person."""
    return "request" if code == URGENT else code


def handling_class(words: str, rules: Rules, chosen: str = "") -> Answer:
    """Suggest the handling class: the model, the message's cues, the category's class; never urgent."""
    model = _by_model("handling_class", models.bare(words[: 2 * READ]), _calm_classes(rules), LIMIT)
    if model is not None:
        return model
    said = guess.handling(words)
    ranked = [Ranked(said.code, said.score, said.words)] if said.code in rules.book.classes else []
    usual = calm_class(rules.book.categories[chosen].handling_class) if chosen in rules.book.categories else ""
    if usual and usual not in {r.code for r in ranked}:
        # A person complains in many words; without clear ones the category's own class is the better guess.
        by_category = Ranked(usual, 0.5, ())
        ranked = [*ranked, by_category] if ranked and ranked[0].score >= 0.5 else [by_category, *ranked]
    return Answer("handling_class", tuple(ranked), bool(ranked), WORDS)


def _calm_classes(rules: Rules) -> dict[str, object]:
    return {code: one for code, one in rules.book.classes.items() if code != URGENT}


def _by_model(task: str, words: str, codes: Mapping[str, object], limit: int) -> Answer | None:
    found = models.in_use(task)
    if found is None:
        return None
    number, model = found
    said = model.predict(words)
    if not said.ranking:
        return None
    # A code the book in force no longer has is left out: yesterday's model must not propose it.
    ranked = [
        Ranked(code, chance, said.words if code == said.best else ()) for code, chance in said.ranking if code in codes
    ][:limit]
    known = bool(ranked) and bool(said.label) and ranked[0].code == said.label
    return Answer(task, tuple(ranked), known, f"model:{number}")


def unit(code: str, division: str, rules: Rules, hidden: frozenset[str] = frozenset()) -> tuple[str, Text]:
    """Return the unit that the routing table proposes for a category, and why; empty without a category."""
    if code not in rules.book.categories:
        return "", Text("", "")
    way = route.route(rules.book, code, division or rules.book.town.code, hidden=hidden)
    return way.lead or "", Text(way.why.zh, way.why.en)


def suggest(words: str, rules: Rules, *, at: datetime, division: str = "", chosen: str = "") -> Suggested:
    """Say everything about a message that a person may then confirm; reads its first 4,000 characters.

    `chosen` is the category a person has chosen already: class and unit then follow it.
    """
    words = words[:READ]
    tree = category(words, rules)
    code = chosen or tree.best
    found = danger.look(words)
    lead, why = unit(code, division, rules)
    details = _apart(extract.extract(words, now=at.astimezone(SHANGHAI), gazetteer=gazetteer()))
    kind = rules.book.categories[code].kind if code in rules.book.categories else ""
    return Suggested(
        category=tree,
        handling_class=handling_class(words, rules, code),
        kind=kind,
        unit=lead,
        unit_why=why,
        danger=found,
        details=_details(details),
        stretches=_stretches(words, tree, found, details),
    )


def _apart(found: Sequence[extract.Found]) -> list[extract.Found]:
    """Cut from a written-out place what is a time or a number before it: 昨晚九点幸福小区东门 is a time and a place."""
    kept = []
    for one in found:
        if one.what == "place" and not one.code:
            start = max((o.end for o in found if o.what != "place" and o.start <= one.start < o.end), default=one.start)
            cut = one.text[start - one.start :].strip() if start < one.end else ""
            if len(cut) < 2:
                continue
            if start > one.start:
                one = replace(one, start=one.end - len(cut), text=cut, value=cut)
        kept.append(one)
    return kept


def _details(found: Iterable[extract.Found]) -> tuple[Detail, ...]:
    kept: dict[tuple[str, str], Detail] = {}
    for one in found:
        kept.setdefault(
            (one.what, one.value), Detail(one.what, one.text, one.value, Text(one.why.zh, one.why.en), one.about)
        )
    return tuple(kept.values())[:12]


def _stretches(words: str, tree: Answer, found: Danger, details: Iterable[extract.Found]) -> tuple[Stretch, ...]:
    marks: list[tuple[int, int, str]] = [(s.start, s.end, "danger") for s in found.spans]
    marks += [(d.start, d.end, d.what) for d in details]
    lower = words.lower()
    for word in tree.ranked[0].words if tree.ranked else ():
        start = lower.find(word)
        while start >= 0:
            marks.append((start, start + len(word), "spoke"))
            start = lower.find(word, start + len(word))
    made: list[Stretch] = []
    at = 0
    for start, end, kind in sorted(marks, key=lambda m: (m[0], m[0] - m[1])):
        if start < at or end > len(words) or end <= start:
            continue
        if start > at:
            made.append(Stretch(words[at:start], ""))
        made.append(Stretch(words[start:end], kind))
        at = end
    return (*made, Stretch(words[at:], "")) if at < len(words) else tuple(made)


class _Places:
    until = 0.0
    known: extract.Gazetteer | None = None


_lock = threading.Lock()


def gazetteer() -> extract.Gazetteer:
    """Return the town's streets and estates for matching what people write; read again every five minutes."""
    with _lock:
        if _Places.known is None or monotonic() >= _Places.until:
            streets = [(f"s:{pk}", name) for pk, name in Street.objects.values_list("id", "name")]
            estates = Address.objects.exclude(estate="").order_by().values_list("estate", flat=True).distinct()
            _Places.known = extract.Gazetteer([*streets, *((f"e:{name}", name) for name in estates)])
            _Places.until = monotonic() + _KEEP_SECONDS
        return _Places.known


def forget() -> None:
    """Forget the names of places that were read; the next look reads them again."""
    with _lock:
        _Places.known = None


def remember(matter: Matter, turn: int, answers: Sequence[tuple[Answer, str]], *, by: Actor, at: datetime) -> None:
    """Keep what was suggested and what a member of staff chose, inside the caller's transaction; one row per point.

    Only a named person's choice is a label: anybody else's is not kept.
    """
    if by.kind != "staff" or by.staff_id is None:
        return
    rows = []
    for answer, chosen in answers:
        if not chosen:
            continue
        codes = [r.code for r in answer.ranked]
        rows.append(
            Suggestion(
                matter=matter,
                turn=turn,
                task=answer.task,
                source=answer.source,
                ranked=[[r.code, round(r.score, 4), list(r.words)] for r in answer.ranked],
                known=answer.known,
                chosen=chosen,
                place=codes.index(chosen) + 1 if chosen in codes else 0,
                staff_id=by.staff_id,
                at=at,
            )
        )
    Suggestion.objects.bulk_create(rows)


def of_unit(matter: Matter) -> Answer:
    """Return the unit that the routing table proposed for a matter as a suggestion, to be kept with the choice."""
    lead = matter.route_why.get("lead") or ""
    ranked = (Ranked(lead, 1.0, ()),) if lead else ()
    return Answer("unit", ranked, bool(ranked), "route")
