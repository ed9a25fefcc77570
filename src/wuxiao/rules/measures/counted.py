"""How a figure is declared: which rows of which source count, by which moment, under which conditions, split by what.

A declaration is data. It names columns, never a query, so that it can be printed, compared and refused: no column that
names or reaches a person stands in one, and it is split only by what a place, a kind of work or a unit has. What is
counted where is `desk.figures`; what may be told of it is said by the measure's floor (`rules.measures.disclosure`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from wuxiao.rules.book_model import Book
from wuxiao.rules.words import Text

#: Columns a figure may be split by, wherever a path to them begins. No other is; none of them is about a person.
SPLITS = frozenset({
    "kind", "category", "handling_class", "channel", "holder", "unit", "state", "outcome", "grave", "found_at",
    "received_at",
})  # fmt: skip
#: Parts of a path that name somebody, what they wrote, or one single thing. No declaration reads them at all.
PERSONS = frozenset({
    "staff", "handler", "proposer", "caller", "owner", "host", "first", "second", "writer", "actor", "who", "by",
    "name", "username", "phone", "phone_mark", "contact", "contact_ask", "reporter", "party", "parties", "duty_phone",
    "duty_office", "officer", "title", "title_en", "address", "place", "lat", "lon", "division", "code", "number",
    "external_id", "token", "text", "words", "texts", "salt", "items", "danger", "child",
})  # fmt: skip


# --------------------------------------------------------------------------------------------------------- conditions


@dataclass(frozen=True, slots=True)
class Instant:
    """The instant that is asked for, or `back` days before it, or the one that `of` makes of it."""

    back: int = 0
    of: Callable[[datetime], datetime] | None = None

    def before(self, at: datetime) -> datetime:
        """Return the instant that is meant where one is asked for."""
        return self.of(at) if self.of is not None else at - timedelta(days=self.back)


#: The instant that is asked for.
AT = Instant()


How = Literal["is", "known", "unknown", "filled", "least", "before", "from", "same", "by", "past", "by day"]


@dataclass(frozen=True, slots=True)
class Test:
    """One condition on one column.

    "is": one of the values. "known": anything at all, "unknown": nothing. "filled": known, where an empty text is
    nothing too (whether a field of a register is filled says no more than that, so it may be asked of any). "least": at
    least the value. "before", "from": an `Instant`. "same": what another column holds. "by": not later than another
    column, "past": before it. "by day": an instant not later than the end of the day in another column.
    """

    column: str
    how: How
    value: object = None


@dataclass(frozen=True, slots=True)
class All:
    """Every one of them holds; of none, that is so."""

    of: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of them holds; of none, that is never so."""

    of: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """It does not hold, also where the column has nothing."""

    of: Condition


@dataclass(frozen=True, slots=True)
class Overtaken:
    """A later row of the same source, for which `where` holds, has the same value in a column."""

    column: str
    where: Condition


Condition = Test | All | AnyOf | Not | Overtaken
#: A condition may need the numbers of the town: it is then made from its book.
Where = Condition | Callable[[Book], Condition]
ALWAYS = All(())


def is_(column: str, *values: object) -> Test:
    """The column holds one of the values."""
    return Test(column, "is", values)


def known(column: str) -> Test:
    """The column holds anything."""
    return Test(column, "known")


def unknown(column: str) -> Test:
    """The column holds nothing."""
    return Test(column, "unknown")


def by(column: str, other: str) -> Test:
    """The instant or day in a column is not later than that in another; where either has nothing, it is not so."""
    return Test(column, "by", other)


def all_(*of: Condition) -> All:
    """All of them."""
    return All(of)


def any_(*of: Condition) -> AnyOf:
    """Any of them."""
    return AnyOf(of)


def columns(condition: Condition) -> Iterator[str]:
    """Yield every column a condition reads."""
    match condition:
        case All(of) | AnyOf(of):
            for one in of:
                yield from columns(one)
        case Not(one):
            yield from columns(one)
        case Overtaken(column, where):
            yield column
            yield from columns(where)
        case Test(column, how, value):
            if how != "filled":
                yield column
            if how in {"same", "by", "past", "by day"}:
                yield str(value)


# ------------------------------------------------------------------------------------------------------------ sources


@dataclass(frozen=True, slots=True)
class Dimension:
    """What a figure may be split by: a column, or the age since the instant in it, in `bands` of days.

    A band reaches to its day and ends with it, the last to none. `whole`: days of the calendar, else spans of 24 hours.
    `of` names the register in whose kinds it is told.
    """

    name: str
    words: Text
    column: str
    bands: tuple[int, ...] = ()
    whole: bool = True
    of: str = ""


@dataclass(frozen=True, slots=True)
class Beside:
    """A column of the row beside: that of `table` which has the same `key`."""

    table: str
    key: str
    column: str


@dataclass(frozen=True, slots=True)
class Source:
    """Which rows: those of a table (`records.models`) for which `only` holds.

    `dimensions` are all it may be split by; `beside` gives names to columns of rows beside. `section` is what a town's
    rule book must keep for it: `lives.inspection`, `registers.premises`; empty for what every town has.
    """

    name: str
    words: Text
    table: str
    only: Condition = ALWAYS
    dimensions: tuple[Dimension, ...] = ()
    beside: Mapping[str, Beside] = field(default_factory=dict, hash=False)
    section: str = ""

    def __post_init__(self) -> None:
        """Refuse a source that reads what names somebody, or is split by what is no kind of thing, place or work."""
        for column in (*columns(self.only), *(one.column for one in self.beside.values())):
            _refuse_persons(self.name, column)
        for one in self.dimensions:
            column = self.beside[one.column].column if one.column in self.beside else one.column
            _refuse_persons(f"{self.name} split by {one.name}", column)
            if column.split("__")[-1] not in SPLITS:
                raise ValueError(f"{self.name}: by {one.name} ({column}) no figure is split")

    @property
    def once(self) -> bool:
        """Whether a period is counted once for good: it leaves out what is kept from somebody, and what a second count
        lacks beside the first was hidden in between."""
        return any(column.endswith("hidden_units") for column in columns(self.only))

    def dimension(self, name: str) -> Dimension:
        """Return a dimension by its name."""
        return next(one for one in self.dimensions if one.name == name)


@dataclass(frozen=True, slots=True)
class Standing:
    """Counted at the end of a period: begun (the last of `since`) and not ended (none of `until`) at that instant.

    `open` holds of those that have not ended; what ended at `until[n]` without an earlier one must fit `ended[n]`.
    """

    since: tuple[str, ...]
    until: tuple[str, ...]
    open: Condition = ALWAYS
    ended: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows: of a source, with the moment `when` in the period, among some, for which `where` holds.

    `when` is a column (an instant or a day), a `Standing`, or `None` for rows as they stand when they are asked for.
    `splits` are the crossings of dimensions it may be counted in, beside the whole. `each` counts the different values
    of a column instead of rows.
    """

    name: str
    of: Source
    when: str | Standing | None = None
    among: Condition = ALWAYS
    where: Where = ALWAYS
    splits: tuple[tuple[str, ...], ...] = ()
    each: str = ""

    def __post_init__(self) -> None:
        """Refuse a count that reads what names somebody, or is split by what its source has not."""
        read = [*columns(self.among), *([] if callable(self.where) else columns(self.where))]
        if isinstance(self.when, Standing):
            read += [*self.when.since, *self.when.until, *columns(self.when.open)]
            read += [column for one in self.when.ended for column in columns(one)]
        elif self.when is not None:
            read.append(self.when)
        for column in read:
            _refuse_persons(self.name, column)
        known_ones = {one.name for one in self.of.dimensions}
        for split in self.splits:
            if not split or set(split) - known_ones:
                raise ValueError(f"{self.name}: {self.of.name} has no {sorted(set(split) - known_ones)} to be split by")

    def that(self, name: str, where: Where) -> Count:
        """Return the count of those of its rows for which something more holds."""
        assert self.where is ALWAYS
        return replace(self, name=name, where=where)

    def condition(self, book: Book) -> Condition:
        """Return the condition on its rows in a town; `ValueError` where that reads what names somebody."""
        if not callable(self.where):
            return self.where
        made = self.where(book)
        for column in columns(made):
            _refuse_persons(self.name, column)
        return made


def _refuse_persons(what: str, column: str) -> None:
    found = PERSONS & set(column.split("__"))
    if found:
        raise ValueError(f"{what}: {column} reads {sorted(found)}, and no figure is about a person")
