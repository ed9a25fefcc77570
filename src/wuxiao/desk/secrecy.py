"""What the question about secrecy begins with, how a unit is found by typing, and what is told of it in words.

Nothing is decided here: the resident's answer is, and `rules.hide` says who then must not see the matter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from wuxiao.reading.accused import Spoken, accused_later, also_called, spoken_of
from wuxiao.reading.tokens import simplify
from wuxiao.records.models import Matter
from wuxiao.rules import hide
from wuxiao.rules.book_model import Book
from wuxiao.rules.flow import DESK_TYPES
from wuxiao.rules.words import Text
from wuxiao.typed.plain import flat

#: How many units that fit a piece of a name are named in the answer.
OFFERED = 6
_BETWEEN = re.compile(r"[、，,;；/\n]+")
_BLANK = re.compile(r"\s+")


@lru_cache(maxsize=4)
def _names(book: Book) -> dict[str, tuple[str, ...]]:
    return {unit.code: tuple(dict.fromkeys([*also_called(unit.name.zh), unit.name.en])) for unit in book.units.values()}


def begins_with(words: str, book: Book) -> Spoken:
    """Return whom the words speak of, by the town's own names: what the question about secrecy begins with."""
    found = spoken_of(words, _names(book))
    return found if not found.body or found.body in book.hide.bodies else Spoken(True)


def asked_later(words: str, matter: Matter, book: Book) -> Spoken | None:
    """Return from whom a matter should be kept for what its reporter writes now; None where nothing has to be asked.

    Where "they" are accused, those who have it in hand are meant. What is kept from them already is not asked again.
    """
    found = accused_later(words, _names(book))
    if found is None:
        return None
    units, body = found.units, found.body if found.body in book.hide.bodies else ""
    holder = book.units.get(matter.holder)
    if not (units or body) and holder is not None and holder.type not in DESK_TYPES:
        units = (holder.code,)
    hidden = hide.from_about(book, (*units, *([body] if body else ())), matter.division)
    return None if matter.shielded and hidden <= matter.hidden else Spoken(True, units, body)


def _fold(name: str) -> str:
    return simplify(flat(name)).replace(" ", "").casefold()


@dataclass(frozen=True, slots=True)
class Found:
    """The units that were typed, or what is wrong with what was typed."""

    units: tuple[str, ...] = ()
    wrong: Text | None = None


def find_units(typed: str, book: Book) -> Found:
    """Read names of units, one or several, whole or in part; a code is a name too.

    A part of a name is enough where it fits one unit only; where it fits several they are named, none is taken.
    """
    units: list[str] = []
    for part in (_BLANK.sub(" ", one).strip() for one in _BETWEEN.split(typed)):
        if not part:
            continue
        said, names = _fold(part), _names(book)
        exact = [code for code, known in names.items() if code == part or said in {_fold(name) for name in known}]
        near = exact or [code for code, known in names.items() if any(said in _fold(name) for name in known)]
        if len(near) != 1:
            return Found(wrong=_which(part[:40], near, book))
        units.append(near[0])
    return Found(tuple(dict.fromkeys(units)))


def _which(part: str, near: list[str], book: Book) -> Text:
    if not near:
        return Text(
            f"没有找到“{part}”：换个写法试试；不知道名字，就在下面选一类",
            f"No office is called “{part}”. Try another name, or choose what kind it is below.",
        )
    zh = "、".join(book.units[code].name.zh for code in near[:OFFERED])
    en = ", ".join(book.units[code].name.en for code in near[:OFFERED])
    return Text(
        f"“{part}”对得上好几个：{zh}{'等' if len(near) > OFFERED else ''}。请写全名；说不清是哪个，就在下面选一类",
        f"“{part}” fits several: {en}{' and others' if len(near) > OFFERED else ''}. Write the whole name, or choose "
        "what kind it is below.",
    )


def listed(book: Book, lang: str) -> list[tuple[str, str]]:
    """Return name and township of every unit, those of the county first: the list that is offered while one types."""
    rows = []
    for order, unit in enumerate(book.units.values()):
        place = book.divisions.get(unit.division)
        town = next((code for code in (place.chain if place else ()) if len(code) == 9 and code in book.divisions), "")
        where = book.divisions[town].name.say(lang) if town else book.town.name.say(lang)
        rows.append((town, order, unit.name.say(lang), where))
    return [(name, where) for _, _, name, where in sorted(rows)]


def from_whom(book: Book, about: tuple[str, ...], hidden: frozenset[str]) -> list[Text]:
    """Return in words who cannot see a matter about these; nothing where nobody was named."""
    if not about:
        return []
    zh = "、".join(hide.name_of(book, one).zh for one in about)
    en = ", ".join(hide.name_of(book, one).en for one in about)
    below = any(one in book.units and len(hidden) > 1 for one in about)
    said = [
        Text(
            f"看不到这件事的：{zh}{'，连同下面的单位' if below and not hide.circles_of(book, hidden) else ''}。",
            f"Cannot see it: {en}"
            f"{', and the offices under it' if below and not hide.circles_of(book, hidden) else ''}.",
        )
    ]
    for circle in hide.circles_of(book, hidden):
        overseer = book.units[circle.overseer].name
        open_ = circle.overseer not in hidden
        said.append(
            Text(
                f"{circle.name.zh}的其他单位也都看不到{f'，只有{overseer.zh}（管监督的）可以看' if open_ else ''}。",
                f"No other office of {circle.name.en} can see it"
                f"{f', except {overseer.en}, who supervises them' if open_ else ''}.",
            )
        )
    return said


def told(book: Book, *, shielded: bool, about: tuple[str, ...], hidden: frozenset[str]) -> list[Text]:
    """Return what is kept from whom, in sentences for the resident; nothing where nothing is kept."""
    if not shielded and not hidden:
        return []
    said = from_whom(book, about, hidden)
    if shielded:
        said.append(
            Text(
                "办理的单位看不到您的姓名、电话和邮箱，有事要问您，由12345转达。",
                "The office handling it cannot see your name, phone or email; if it has a question, 12345 passes "
                "it on.",
            )
        )
    return said


def told_of(matter: Matter, book: Book) -> list[Text]:
    """Return what is kept of a matter from whom; see `told`."""
    about = tuple(sorted(hide.unpack(matter.about)))
    return told(book, shielded=matter.shielded, about=about, hidden=hide.unpack(matter.hidden_own))
