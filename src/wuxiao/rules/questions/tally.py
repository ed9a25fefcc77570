"""How often each answer was given, with a floor: no number is told that fewer people stand behind than the floor.

A cell that is too small is hidden, and so is whatever would give it away: a single hidden cell beside a total could be
reckoned out, so the next smallest goes with it until what is hidden is at least the floor together. In a question with
several choices each choice is a table of its own (chosen, not chosen), and both halves must reach the floor.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from wuxiao.rules.questions.faults import span
from wuxiao.rules.questions.form import Kind, Question, QuestionSet, Said, Stand, stands

#: A range with more steps than this is no closed question.
MOST_STEPS = 20


@dataclass(frozen=True, slots=True)
class Cell:
    """One answer and how many gave it; `None` when fewer than the floor, or when it would give another away."""

    name: str
    label: Said
    count: int | None


@dataclass(frozen=True, slots=True)
class Tally:
    """One question: how many answered it (`None` below the floor) and each of its answers."""

    path: str
    label: Said
    answered: int | None
    cells: tuple[Cell, ...]


def tallies(form: QuestionSet, answers: Iterable[Mapping[str, Any]], floor: int) -> tuple[Tally, ...]:
    """Return the tallies of every closed question; `answers` are the typed values of whole answers to this version."""
    if floor < 1:
        raise ValueError("a floor is at least 1")
    closed = [(one, _cells(form, one.item)) for one in stands(form) if isinstance(one.item, Question)]
    kept = [(one, cells) for one, cells in closed if cells]
    counts: dict[int, Counter[str]] = {one.number: Counter() for one, _ in kept}
    answered: Counter[int] = Counter()
    for values in answers:
        for one, _ in kept:
            for found in _found(values, one.path):
                answered[one.number] += 1
                counts[one.number].update(found)
    return tuple(_tally(one, cells, counts[one.number], answered[one.number], floor) for one, cells in kept)


def _cells(form: QuestionSet, item: Question) -> list[tuple[str, Said]]:
    if item.kind in (Kind.ONE, Kind.MANY):
        return list({one.name: (one.name, one.label) for one in form.choices(item.choices)}.values())
    if item.kind is Kind.ACKNOWLEDGE:
        return [("OK", item.label)]
    if item.kind is Kind.RANGE and (found := span(item)) and found[2]:
        steps = abs(found[1] - found[0]) / abs(found[2])
        if steps <= MOST_STEPS:
            way = abs(found[2]) if found[1] >= found[0] else -abs(found[2])
            return [(_plain(found[0] + place * way), Said()) for place in range(int(steps) + 1)]
    return []


def _plain(number: float) -> str:
    return re.sub(r"\.0+$", "", f"{number:.10f}".rstrip("0"))  # 2.5, not 2.5000000000000004


def _found(values: Any, path: tuple[str, ...]) -> Iterator[set[str]]:
    """Yield what was answered at a path, once for each turn of a repeat."""
    if isinstance(values, (list, tuple)) and path:
        for one in values:
            yield from _found(one, path)
        return
    if path:
        if isinstance(values, Mapping) and path[0] in values:
            yield from _found(values[path[0]], path[1:])
        return
    if isinstance(values, tuple):
        yield {str(one) for one in values}
    else:
        yield {_plain(float(values)) if not isinstance(values, str) else values}


def _tally(one: Stand, cells: list[tuple[str, Said]], counts: Counter[str], answered: int, floor: int) -> Tally:
    item = one.item
    assert isinstance(item, Question)
    if answered < floor:
        shown: dict[str, int | None] = {}
    elif item.kind in (Kind.MANY, Kind.ACKNOWLEDGE):
        shown = {
            name: counts[name] if counts[name] >= floor and answered - counts[name] >= floor else None
            for name, _ in cells
        }
    else:
        shown = _hidden({name: counts[name] for name, _ in cells}, floor)
    made = tuple(Cell(name, label, shown.get(name)) for name, label in cells)
    return Tally("/".join(one.path), item.label, answered if answered >= floor else None, made)


def _hidden(counts: dict[str, int], floor: int) -> dict[str, int | None]:
    """Hide what is below the floor, then the smallest of the rest until nothing can be reckoned from the total."""
    small = {name for name, count in counts.items() if count < floor}
    rest = sorted((name for name in counts if name not in small), key=lambda name: (counts[name], name))
    while small and rest and (len(small) < 2 or sum(counts[name] for name in small) < floor):
        small.add(rest.pop(0))
    return {name: None if name in small else count for name, count in counts.items()}
