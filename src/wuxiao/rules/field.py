"""A field knows its purpose: what is kept, for what, on which legal basis, for how long, and who sees it.

One object reads what somebody typed, gives a form what it needs to draw it, describes itself to machines and says
itself in a sentence. A field without purpose, basis, retention and audience cannot be declared: the program does not
start. The impact sheet of a subject (PIPL art. 55, 56) is printed from its fields.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, cast

from wuxiao.rules.book_model import Book
from wuxiao.rules.calendar import opening
from wuxiao.rules.words import Text
from wuxiao.typed import crs, dates, phones
from wuxiao.typed.numbers import whole_number
from wuxiao.typed.plain import clean, compact, flat, line
from wuxiao.typed.trouble import Trouble


class Kind(StrEnum):
    """What a field holds."""

    TEXT = "text"
    WORDS = "words"
    CHOICE = "choice"
    CHOICES = "choices"
    NUMBER = "number"
    DATE = "date"
    PHONE = "phone"
    PLACE = "place"
    POINT = "point"
    UNIT = "unit"
    YES = "yes"
    HOURS = "hours"


class Audience(StrEnum):
    """Who sees a field: whoever may open the register, or only who keeps it."""

    READERS = "readers"
    KEEPERS = "keepers"


AUDIENCES: Mapping[Audience, Text] = {
    Audience.READERS: Text("能打开这本登记册的工作人员", "staff whose post opens the register"),
    Audience.KEEPERS: Text("维护这本登记册的工作人员", "staff who keep the register"),
}
#: Kinds whose values people write themselves: they stand outside the seal, so that they can be erased.
WRITTEN = frozenset({Kind.TEXT, Kind.WORDS, Kind.PHONE, Kind.POINT})
YES_NO: Mapping[str, Text] = {"yes": Text("是", "yes"), "no": Text("否", "no")}
_YES = frozenset({"1", "true", "yes", "on", "是", "有", "y"})
_NO = frozenset({"0", "false", "no", "off", "否", "无", "没有", "n"})
#: The only answer of a choice where there is nothing to choose: whoever takes it has said nothing.
NOTHING = "-"
#: Codes of several answers stand in one column, with this between them.
BETWEEN = " "


class Wrong(ValueError):
    """What was typed cannot be taken; `text` says why and how to mend it."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.text = Text(zh, en)


def _said(text: object) -> bool:
    return isinstance(text, Text) and bool(text.zh.strip()) and bool(text.en.strip())


@dataclass(frozen=True, slots=True)
class Why:
    """The reasons of a field: purpose, legal basis, days it is kept after the row has ended, and who sees it."""

    purpose: Text
    basis: Text
    days: int
    seen: Audience

    def __post_init__(self) -> None:
        """Refuse reasons that are not given."""
        if not _said(self.purpose):
            raise ValueError("a field needs a purpose in both languages")
        if not _said(self.basis):
            raise ValueError("a field needs a legal basis in both languages")
        if not isinstance(self.days, int) or self.days < 1:
            raise ValueError("a field needs a retention: days after the row has ended")
        if not isinstance(self.seen, Audience):
            raise ValueError("a field needs an audience")


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that is kept. `only` names the kinds of rows that are asked for it; none: all are.

    `private` is personal data: it stands in no list, search or export, and each reading is written down.
    """

    name: str
    kind: Kind
    label: Text
    why: Why
    required: bool = False
    private: bool = False
    choices: Mapping[str, Text] = field(default_factory=dict)
    most: int = 120
    low: int = 0
    high: int = 99_999
    hint: Text | None = None
    only: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Refuse a field nobody could answer for."""
        if not isinstance(self.why, Why):
            raise ValueError(f"{self.name}: a field needs its purpose, legal basis, retention and audience")
        if not self.name.isidentifier() or len(self.name) > 20:
            raise ValueError(f"{self.name!r} is no name for a field: a word of at most 20 letters")
        if not _said(self.label):
            raise ValueError(f"{self.name}: a field needs its words in both languages")
        if (self.kind in {Kind.CHOICE, Kind.CHOICES}) != bool(self.choices):
            raise ValueError(f"{self.name}: answers are given to a choice, and to nothing else")
        if self.private and self.why.seen is not Audience.KEEPERS:
            raise ValueError(f"{self.name}: personal data is for those who keep the register only")

    @property
    def written(self) -> bool:
        """Whether its values are kept outside the seal, so that they can be erased."""
        return self.private or self.kind in WRITTEN

    # ------------------------------------------------------------------------------------------------- reading

    def read(self, typed: Any, book: Book) -> Any:
        """Return the value that was meant, `None` for nothing; raises `Wrong` with how to mend it."""
        if self.kind is Kind.CHOICES:
            return self._several(typed)
        if self.kind is Kind.WORDS:
            return self._text(clean("" if typed is None else str(typed)).strip())
        if self.kind is Kind.HOURS:
            # A line of a list is a part of the week.
            typed = str(typed or "").replace("\n", "；")
        text = line("" if typed is None else str(typed))
        if self.kind is Kind.TEXT:
            return self._text(text)
        if not text:
            return None
        match self.kind:
            case Kind.CHOICE:
                return None if text == NOTHING else _one_of(text, self.choices, self.label)
            case Kind.NUMBER:
                return self._number(text)
            case Kind.DATE:
                return _without_trouble(dates.read(text))
            case Kind.PHONE:
                found = _without_trouble(phones.read(text, phones.area_of(book.town.phone)))
                return None if found is None else found.stored
            case Kind.PLACE:
                return _one_of(text, {code: one.name for code, one in book.divisions.items()}, self.label)
            case Kind.UNIT:
                return _one_of(text, {code: one.name for code, one in book.units.items()}, self.label)
            case Kind.POINT:
                return _point(text)
            case Kind.HOURS:
                return self._hours(text)
            case _:
                return _yes(text)

    def _hours(self, text: str) -> str | None:
        try:
            return self._text(opening.said(opening.read(text)).zh)
        except opening.HoursError as error:
            raise Wrong(error.text.zh, error.text.en) from None

    def _text(self, text: str) -> str | None:
        if len(text) > self.most:
            raise Wrong(f"太长了，最多{self.most}字", f"too long: at most {self.most} characters")
        return text or None

    def _number(self, text: str) -> int:
        found = whole_number(text, self.low, self.high)
        if found is None:
            raise Wrong(
                f"应是{self.low}到{self.high}之间的整数", f"must be a whole number from {self.low} to {self.high}"
            )
        return found

    def _several(self, typed: Any) -> str | None:
        given = typed if isinstance(typed, Sequence) and not isinstance(typed, str) else None
        if given is None:
            text = clean("" if typed is None else str(typed))
            given = re.split("[、，；;]", text)
            if len(given) == 1 and set(text.split()) <= self.choices.keys():
                given = text.split()
        found = {_one_of(line(str(one)), self.choices, self.label) for one in given if line(str(one))}
        return BETWEEN.join(code for code in self.choices if code in found and code != NOTHING) or None

    # ------------------------------------------------------------------------------------------------- showing

    def options(self, book: Book) -> Mapping[str, Text]:
        """Return the answers there are, by code; none for a field that is written."""
        match self.kind:
            case Kind.PLACE:
                return {code: one.name for code, one in book.divisions.items()}
            case Kind.UNIT:
                return {code: one.name for code, one in book.units.items()}
            case Kind.YES:
                return YES_NO
            case _:
                return self.choices

    def say(self, value: Any, book: Book) -> Text:
        """Return a value in words, empty for none; a code the book no longer knows stays itself."""
        if value is None or value == "":
            return Text("", "")
        match self.kind:
            case Kind.CHOICES:
                known = [self.choices.get(code, Text(code, code)) for code in str(value).split(BETWEEN)]
                return Text("、".join(one.zh for one in known), ", ".join(one.en for one in known))
            case Kind.YES:
                return YES_NO["yes" if value else "no"]
            case Kind.HOURS:
                return opening.said(opening.read(str(value)))
            case Kind.PHONE:
                return Text(*[phones.shown(str(value))] * 2)
            case Kind.POINT:
                return Text(*[value if isinstance(value, str) else point_words(value)] * 2)
            case Kind.DATE:
                return Text(*[value.isoformat() if isinstance(value, date) else str(value)] * 2)
            case _:
                return self.options(book).get(str(value), Text(str(value), str(value)))

    def typed(self, value: Any) -> str:
        """Return a value as a form or a sheet holds it, so that `read` gives the same value again."""
        if value is None:
            return ""
        if self.kind is Kind.YES:
            return "yes" if value else "no"
        return point_words(value) if self.kind is Kind.POINT else str(value)

    def draw(self, typed: Any, book: Book, lang: str) -> dict[str, Any]:
        """Return what a form needs to draw the field with what was typed into it or stands there."""
        chosen = self.kind in {Kind.CHOICE, Kind.UNIT, Kind.PLACE, Kind.YES}
        found: dict[str, Any] = {
            "name": self.name,
            "label": self.label.say(lang),
            "hint": self.hint.say(lang) if self.hint else "",
            "type": {Kind.DATE: "date", Kind.PHONE: "tel", Kind.WORDS: "area"}.get(self.kind, "text"),
            "inputmode": "numeric" if self.kind is Kind.NUMBER else "",
            "most": self.most if self.kind in {Kind.TEXT, Kind.WORDS} else "",
            "optional": not self.required,
            "several": self.kind is Kind.CHOICES,
            "options": None,
            "value": phones.shown(str(typed or "")) if self.kind is Kind.PHONE else typed,
            "why": self.why.purpose.say(lang),
        }
        if chosen or self.kind is Kind.CHOICES:
            found["options"] = [(code, name.say(lang)) for code, name in self.options(book).items()]
        if self.kind is Kind.CHOICES:
            found["value"] = typed if isinstance(typed, list) else str(typed or "").split(BETWEEN)
        return found

    def sentence(self, before: Any, after: Any, book: Book) -> Text:
        """Say that a value became another."""
        old, new = self.say(before, book), self.say(after, book)
        if not old.zh:
            return Text(f"{self.label.zh}填为“{new.zh}”", f"{self.label.en}: “{new.en}”")
        if not new.zh:
            return Text(f"{self.label.zh}“{old.zh}”已清空", f"{self.label.en} “{old.en}” was emptied")
        return Text(
            f"{self.label.zh}由“{old.zh}”改为“{new.zh}”", f"{self.label.en} changed from “{old.en}” to “{new.en}”"
        )

    def describe(self) -> dict[str, Any]:
        """Return the field as machines read it: its JSON kind, its words, its reasons."""
        kind = {Kind.NUMBER: "integer", Kind.YES: "boolean"}.get(self.kind, "string")
        found: dict[str, Any] = {"name": self.name, "type": kind, "title": {"zh": self.label.zh, "en": self.label.en}}
        if self.kind is Kind.DATE:
            found["format"] = "date"
        if self.kind is Kind.NUMBER:
            found |= {"minimum": self.low, "maximum": self.high}
        if self.kind in {Kind.TEXT, Kind.WORDS}:
            found["maxLength"] = self.most
        if self.kind is Kind.CHOICE:
            found["enum"] = list(self.choices)
        return found | {
            "required": self.required,
            "private": self.private,
            "purpose": {"zh": self.why.purpose.zh, "en": self.why.purpose.en},
            "basis": {"zh": self.why.basis.zh, "en": self.why.basis.en},
            "days": self.why.days,
            "seen": self.why.seen.value,
        }


def _without_trouble(found: Any) -> Any:
    if isinstance(found, Trouble):
        raise Wrong(found.zh, found.en)
    return found


def _same(text: str) -> str:
    return compact(flat(text)).casefold()


def _one_of(text: str, known: Mapping[str, Text], what: Text) -> str:
    """Return the code of an answer given by its code or its words; raises `Wrong` for none and for two."""
    if text in known:
        return text
    wanted = _same(text)
    met = [code for code, name in known.items() if wanted in {_same(code), _same(name.zh), _same(name.en)}]
    if len(met) == 1:
        return met[0]
    shown = text[:40]
    if met:
        listed = "、".join(met[:6])
        raise Wrong(f"“{shown}”不止一个，请写代码：{listed}", f"“{shown}” is more than one; write its code: {listed}")
    some = list(known.values())[:6]
    zh, en = "、".join(one.zh for one in some), ", ".join(one.en for one in some)
    more = len(known) > len(some)
    raise Wrong(
        f"没有这个{what.zh}：{shown}；应是{zh}{'等' if more else ''}",
        f"no such {what.en}: {shown}; it must be one of {en}{' and others' if more else ''}",
    )


def _yes(text: str) -> bool:
    word = _same(text)
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise Wrong("请填“是”或“否”", "write yes or no")


def _point(text: str) -> tuple[float, float] | None:
    """Return a position in WGS-84; a text that names another system beside it is converted."""
    found = crs.read(text)
    if found is None or isinstance(found, Trouble):
        return cast(None, _without_trouble(found))
    at, system = found
    lat, lon = crs.to_wgs84(at, system or crs.Crs.WGS84)
    return round(lat, 6), round(lon, 6)


def point_words(value: tuple[float, float]) -> str:
    """Return a point as it is typed, sealed and shown."""
    return f"{value[0]:.6f},{value[1]:.6f}"
