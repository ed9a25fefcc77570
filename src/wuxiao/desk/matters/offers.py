"""What a notice of another platform may hold: each field read by its shape, secrecy with it, an emergency as far as
it can be read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from wuxiao.desk.base.errors import Invalid
from wuxiao.desk.case import heard
from wuxiao.desk.matters import despite
from wuxiao.rules.book_model import Book
from wuxiao.rules.words import Text
from wuxiao.typed.plain import clean, flat

_TEXT = Text("应是一段文字", "must be a text")
_OBJECT = Text("应是一个对象 {…}", "must be an object {…}")
_ROWS = Text("应是一个列表 […]", "must be a list […]")
_YES = Text("应写成 true 或 false，不加引号", "must be written true or false, without quotation marks")
_NUMBER = Text("应是一个数", "must be a number")
_CODES = Text("应是单位或类别代码的列表 […]", "must be a list of codes of units or bodies […]")
_NOBODY = Text(
    "本平台不认得这个单位，请在 named 里写明它的类别（kind）和名称（name）",
    "this unit is not known here: say in “named” of what kind it is (kind) and its name (name)",
)
#: What people mean by yes where `true` should stand.
_MEANT = frozenset({"true", "1", "yes", "y", "on", "是"})
_WORDS = ("words", "reason", "lang", "category", "handling_class", "division", "place", "way")
_PERSON = ("name", "phone", "email")
MOST_CODES = 200


@dataclass(frozen=True, slots=True)
class Secrecy:
    """What a notice says of secrecy: from whom, by the codes of our book, and whether the requester is not named."""

    about: tuple[str, ...] = ()
    shielded: bool | None = None
    notes: tuple[Text, ...] = ()

    @property
    def asked(self) -> bool:
        """Whether any secrecy is asked for."""
        return bool(self.about) or self.shielded is True

    def each(self, book: Book) -> list[dict[str, str]]:
        """Return what the steps are given that carry it out, one for each unit or body; none where none is asked."""
        rows = [{"unit" if one in book.units else "body": one} for one in self.about]
        return rows or ([{}] if self.shielded else [])


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer as it was read; `notes` say by field what an emergency has to do without."""

    emergency: bool
    said: Mapping[str, str]
    person: Mapping[str, str]
    caller_agrees: bool | None
    lat: float | None
    lon: float | None
    items: tuple[str, ...]
    sign_offs: tuple[Mapping[str, Any], ...]
    secrecy: Secrecy
    notes: Mapping[str, Text] = field(default_factory=dict)

    def words(self) -> dict[str, str]:
        """Return what it tells in words, by field."""
        return {name: text for name in ("words", "reason") if (text := self.said.get(name, ""))}


class _Reader:
    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.raw = raw
        self.wrong: dict[str, Text] = {}

    def text(self, name: str, within: Mapping[str, Any], at: str = "") -> str:
        value = within.get(name)
        if value is None or isinstance(value, str):
            return clean(value or "").strip()
        if isinstance(value, int) and not isinstance(value, bool):
            # A number of a telephone or a house without its quotation marks.
            return str(value)
        self.wrong[at or name] = _TEXT
        return ""

    def thing(self, name: str) -> Mapping[str, Any]:
        value = self.raw.get(name)
        if value is not None and not isinstance(value, Mapping):
            self.wrong[name] = _OBJECT
        return value if isinstance(value, Mapping) else {}

    def yes(self, name: str) -> bool | None:
        value = self.raw.get(name)
        if value is None or isinstance(value, bool):
            return value
        self.wrong[name] = _YES
        return None

    def number(self, name: str) -> float | None:
        value = self.raw.get(name)
        if value is None or (isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9):
            return None if value is None else float(value)
        self.wrong[name] = _NUMBER
        return None

    def each(self, name: str, said: Text, fits: Callable[[Any], bool]) -> list[Any]:
        rows = self.raw.get(name)
        good = [row for row in rows if fits(row)] if isinstance(rows, list) else []
        if rows is not None and (not isinstance(rows, list) or len(good) != len(rows)):
            self.wrong[name] = said
        return good


def _meant(value: Any) -> bool:
    return value is True or (isinstance(value, str | int) and flat(str(value)).strip().casefold() in _MEANT)


def _item(row: Any) -> bool:
    return isinstance(row, str) or (isinstance(row, int) and not isinstance(row, bool))


def _signed(row: Any) -> bool:
    level = row.get("level") if isinstance(row, Mapping) else None
    return isinstance(level, int) and not isinstance(level, bool) and isinstance(row.get("agreed"), bool)


def secrecy_of(raw: Mapping[str, Any], words: str, book: Book, *, taken: bool) -> Secrecy:
    """Read `about`, `hidden`, `named` and `shielded`; raises `Invalid` unless it is to be `taken` as far as it goes."""
    reader = _Reader(raw)
    found = _secrecy(reader, words, book, taken=taken)
    if reader.wrong and not taken:
        raise Invalid(reader.wrong)
    return found


def _secrecy(reader: _Reader, words: str, book: Book, *, taken: bool) -> Secrecy:
    shielded = reader.yes("shielded")
    if "shielded" in reader.wrong:
        # Unreadable is no reason to show who it was.
        shielded = True
    named: dict[str, dict[str, str]] = {}
    for code, row in reader.thing("named").items():
        if isinstance(row, Mapping):
            named[code] = {k: v for k in ("kind", "name") if isinstance(v := row.get(k), str)}
        else:
            reader.wrong["named"] = _OBJECT
    codes = {}
    for name in ("about", "hidden"):
        codes[name] = reader.each(name, _CODES, lambda row: isinstance(row, str) and bool(row.strip()))[:MOST_CODES]
    notes: list[Text] = []
    kept = despite.nearest([one.strip() for one in codes["about"]], named, words, book)
    reach = despite.covered(book, kept.about)
    further = [one for one in (c.strip() for c in codes["hidden"]) if one not in reach]
    more = despite.nearest(further, named, words, book)
    about = tuple(dict.fromkeys([*kept.about, *(one for one in more.about if one not in reach)]))
    strange = (*kept.strange, *(more.strange if not kept.about else ()))
    notes += [*kept.notes, *more.notes]
    if strange:
        if not taken:
            reader.wrong["about"] = _NOBODY
        notes.append(_NOBODY)
    asked = bool(codes["about"] or codes["hidden"]) or bool({"about", "hidden"} & reader.wrong.keys())
    return Secrecy(about, True if asked and shielded is None else shielded, tuple(notes))


def read(raw: Mapping[str, Any], said: Mapping[str, str], book: Book) -> Offer:
    """Return an offer; raises `Invalid` naming every field of a wrong shape.

    An emergency is taken as far as it can be read: what cannot is left out, and `notes` say so. One that is not marked
    as it should be is an emergency where its words say for certain that there is danger.
    """
    reader = _Reader(raw)
    texts = {name: reader.text(name, raw) for name in _WORDS}
    texts["reason"] = texts["reason"] or clean(said.get("reason", "")).strip()
    marked = raw.get("emergency")
    emergency = marked is True
    if marked is not None and not isinstance(marked, bool):
        reader.wrong["emergency"] = _YES
        emergency = _meant(marked) and heard.certain(texts["words"], texts["reason"], texts["place"])
    contact = reader.thing("contact")
    person = {name: reader.text(name, contact, f"contact.{name}") for name in _PERSON}
    lat, lon = reader.number("lat"), reader.number("lon")
    secrecy = _secrecy(reader, texts["words"], book, taken=emergency)
    offer = Offer(
        emergency=emergency,
        said=texts,
        person=person,
        caller_agrees=reader.yes("caller_agrees"),
        lat=lat if lon is not None else None,
        lon=lon if lat is not None else None,
        items=tuple(clean(str(item)) for item in reader.each("items", _ROWS, _item) if str(item).strip()),
        sign_offs=tuple(reader.each("sign_offs", _ROWS, _signed)),
        secrecy=secrecy,
        notes={name: _without(name, text) for name, text in reader.wrong.items()},
    )
    if reader.wrong and not emergency:
        raise Invalid(reader.wrong)
    return offer


def _without(name: str, text: Text) -> Text:
    if name in {"emergency", "shielded"}:
        return Text(f"{name} {text.zh}", f"{name} {text.en}")
    return despite.left_out(name.removeprefix("contact."))
