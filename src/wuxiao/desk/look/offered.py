"""What a subject offers on pages that are not its own: places in navigations, question sets, what stands by a matter.

A face says it as `OFFERS`; pages and feeds ask here for what the town keeps, and know no subject by name. Where a way
leads is the name of an address, which the pages turn into one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.town.books import Rules
from wuxiao.records.models import Entry, Matter
from wuxiao.rules.access import Power
from wuxiao.rules.book_model import Book
from wuxiao.rules.questions.form import QuestionSet
from wuxiao.rules.words import Text


@dataclass(frozen=True, slots=True)
class Way:
    """A way to a page: what it is called, the name of its address and what that takes, its icon, a word about it.

    Where the word has a place `{when}`, the page fills it with the moment, as its reader reads moments.
    """

    title: Text
    route: str
    args: tuple[str, ...] = ()
    icon: str = ""
    hint: Text | None = None
    when: datetime | None = None
    power: Power | None = None


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands by a matter: sentences, each with its icon, and ways to what can be done about it."""

    said: tuple[tuple[Text, str], ...] = ()
    ways: tuple[Way, ...] = ()


#: By a matter as staff see it: with the entries they may read, for whom, when.
ByStaff = Callable[[Matter, Sequence[Entry], Rules, Actor, datetime], Beside]
#: By a matter as its requester sees it; `erased` once nothing of hers is kept any more.
ByRequester = Callable[[Matter, Rules, datetime, bool], Beside]


@dataclass(frozen=True, slots=True)
class Offers:
    """What one subject offers; `name` is its section of the book, of a life, a register or a kind of hours.

    `public` are places in the navigation of public pages, `start` one on the first page of residents, `rail` places in
    that of staff (for whoever has their power), `sets` the question sets it asks, `by_staff` and `by_requester` what
    stands by a matter on their pages, `speaking` where a further language is spoken, each with its telephone.
    """

    name: str
    public: tuple[Way, ...] = ()
    start: Way | None = None
    rail: tuple[Way, ...] = ()
    sets: Callable[[], Mapping[str, QuestionSet]] = field(default=dict)
    by_staff: ByStaff = lambda matter, entries, rules, by, at: Beside()
    by_requester: ByRequester = lambda matter, rules, at, erased: Beside()
    speaking: Callable[[str, datetime], Sequence[tuple[Way, str]]] = lambda lang, at: ()


_installed: list[Offers] = []


def install(offers: Iterable[Offers]) -> None:
    """Say what subjects offer; once a process, at its start."""
    if _installed:
        raise RuntimeError("what subjects offer was said already")
    _installed.extend(offers)


def kept(book: Book) -> tuple[Offers, ...]:
    """Return what the subjects this town keeps offer, in the order in which people meet them."""
    return tuple(one for one in _installed if one.name in book.lives or one.name in book.registers)


def public(book: Book) -> tuple[Way, ...]:
    """Return the places of subjects in the navigation of public pages."""
    return tuple(way for one in kept(book) for way in one.public)


def start(book: Book) -> tuple[Way, ...]:
    """Return the places of subjects on the first page of residents."""
    return tuple(one.start for one in kept(book) if one.start is not None)


def rail(book: Book) -> tuple[Way, ...]:
    """Return the places of subjects in the navigation of staff, each with the power it takes."""
    return tuple(way for one in kept(book) for way in one.rail)


def sets(book: Book) -> Mapping[str, QuestionSet]:
    """Return the newest version of every question set of this town's subjects, by name."""
    return {name: one for offers in kept(book) for name, one in offers.sets().items()}


def speaking(lang: str, book: Book, *, at: datetime) -> list[tuple[Way, str]]:
    """Return the places of subjects where a further language is spoken, each with its telephone."""
    return [found for one in kept(book) for found in one.speaking(lang, at)]


def by_staff(matter: Matter, entries: Sequence[Entry], rules: Rules, *, by: Actor, at: datetime) -> Beside:
    """Return what stands by a matter on the page of staff; `entries` are those they may read."""
    return _joined([one.by_staff(matter, entries, rules, by, at) for one in kept(rules.book)])


def by_requester(matter: Matter, rules: Rules, *, at: datetime, erased: bool) -> Beside:
    """Return what stands by a matter on the page of its requester."""
    return _joined([one.by_requester(matter, rules, at, erased) for one in kept(rules.book)])


def _joined(found: Sequence[Beside]) -> Beside:
    return Beside(tuple(said for one in found for said in one.said), tuple(way for one in found for way in one.ways))
