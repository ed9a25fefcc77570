"""A question set: what is asked, in which order and languages, of which kind, and when.

A set is a value: two sets with the same `digest` ask the same thing, so an answer that remembers name, version and
digest can always be read as it was given. What can be wrong with a set is in `faults`, what answers are worth in
`answers`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

from wuxiao.rules.words import Text


class Kind(StrEnum):
    """What kind of answer a question has; the value is the word of XLSForm."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    RANGE = "range"
    ONE = "select_one"
    MANY = "select_multiple"
    RANK = "rank"
    NOTE = "note"
    POINT = "geopoint"
    LINE = "geotrace"
    SHAPE = "geoshape"
    DATE = "date"
    TIME = "time"
    MOMENT = "dateTime"
    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    FILE = "file"
    BARCODE = "barcode"
    CALCULATE = "calculate"
    ACKNOWLEDGE = "acknowledge"
    HIDDEN = "hidden"
    START = "start"
    END = "end"
    TODAY = "today"
    DEVICE = "deviceid"
    PHONE = "phonenumber"
    USER = "username"
    MAIL = "email"
    SUBSCRIBER = "subscriberid"
    SIM = "simserial"


#: Kinds whose answers come from a list of choices.
LISTED = frozenset({Kind.ONE, Kind.MANY, Kind.RANK})
#: What the machine would tell about the person who fills in: such a field is known and stays empty.
ABOUT_DEVICE = frozenset({Kind.DEVICE, Kind.PHONE, Kind.USER, Kind.MAIL, Kind.SUBSCRIBER, Kind.SIM})
#: What is filled in by itself.
BY_ITSELF = frozenset({Kind.CALCULATE, Kind.HIDDEN, Kind.START, Kind.END, Kind.TODAY}) | ABOUT_DEVICE
#: Kinds whose answer is the name of a file that was handed in with it.
FILES = frozenset({Kind.IMAGE, Kind.AUDIO, Kind.VIDEO, Kind.FILE})

_CODE = re.compile(r"\(\s*([A-Za-z]{2,3}(?:[-_][A-Za-z0-9]+)*)\s*\)\s*$")
_NAMES = {"english": "en", "chinese": "zh", "中文": "zh", "汉语": "zh", "简体中文": "zh", "繁体中文": "zh-Hant"}


def code_of(language: str) -> str:
    """Return the code of a language as forms name it; the name itself, in small letters, where it has none.

    >>> code_of("English (en)"), code_of("中文"), code_of("Swahili")
    ('en', 'zh', 'swahili')
    """
    found = _CODE.search(language)
    name = language.strip().lower()
    return found[1].replace("_", "-") if found else _NAMES.get(name, name)


@dataclass(frozen=True, slots=True)
class Said:
    """One text in the languages of the set, in their order: (language as the form names it, words)."""

    by: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        """True when anything is said in any language."""
        return any(words for _, words in self.by)

    def say(self, lang: str, default: str = "") -> str:
        """Return the words in a language, else in the set's own, else the first there are."""
        want = lang.lower()
        codes = [(code_of(name).lower(), words) for name, words in self.by if words]
        for code, words in codes:
            if code == want:
                return words
        for code, words in codes:
            if code.partition("-")[0] == want.partition("-")[0]:
                return words
        own = dict(self.by).get(default, "")
        return own or next((words for _, words in self.by if words), "")

    def text(self, default: str = "") -> Text:
        """Return the words in the two languages of the product."""
        return Text(self.say("zh", default), self.say("en", default))


def said(**by: str) -> Said:
    """Return a text in languages given by their codes, the two of the product first: `said(zh="是", en="yes")`."""
    return Said(tuple((OURS.get(code, code), words) for code, words in by.items()))


#: How the two languages of the product are named in a form.
OURS = {"zh": "中文 (zh)", "en": "English (en)"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer of a list: what is stored, what is read, and columns that a filter looks at."""

    name: str
    label: Said = Said()
    columns: tuple[tuple[str, str], ...] = ()
    media: tuple[tuple[str, Said], ...] = ()


@dataclass(frozen=True, slots=True)
class ChoiceList:
    """Choices that questions share, by the name of the list."""

    name: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `required`, `relevant`, `constraint`, `calculation`, `readonly`, `choice_filter` are formulas."""

    name: str
    kind: Kind
    label: Said = Said()
    hint: Said = Said()
    guidance: Said = Said()
    required: str = ""
    required_message: Said = Said()
    relevant: str = ""
    constraint: str = ""
    constraint_message: Said = Said()
    calculation: str = ""
    trigger: str = ""
    default: str = ""
    readonly: str = ""
    choices: str = ""
    choice_filter: str = ""
    appearance: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    media: tuple[tuple[str, Said], ...] = ()

    def parameter(self, name: str, default: str = "") -> str:
        """Return a parameter, such as the `end` of a range."""
        return dict(self.parameters).get(name, default)


@dataclass(frozen=True, slots=True)
class Group:
    """Questions that belong together; a `repeat` is asked again and again, `count` times where that is given."""

    name: str
    items: tuple[Question | Group, ...]
    repeat: bool = False
    label: Said = Said()
    hint: Said = Said()
    relevant: str = ""
    count: str = ""
    appearance: str = ""
    media: tuple[tuple[str, Said], ...] = ()


Item = Question | Group


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """A version of a question set: what it is called, its languages, its questions in order, its lists of choices."""

    name: str
    version: str = ""
    title: Said = Said()
    languages: tuple[str, ...] = ("",)
    default_language: str = ""
    items: tuple[Item, ...] = ()
    lists: tuple[ChoiceList, ...] = ()
    same_choice_twice: bool = False

    def choices(self, name: str) -> tuple[Choice, ...]:
        """Return the choices of a list; none where there is no such list."""
        return next((one.choices for one in self.lists if one.name == name), ())

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical form: equal for sets that ask the same thing in the same words."""
        return hashlib.sha256(canonical(self)).hexdigest()


@dataclass(frozen=True, slots=True)
class Stand:
    """Where an item stands: its number in the order of the sheet, its names from the outermost, its repeats."""

    number: int
    item: Item
    path: tuple[str, ...]
    parent: int = -1
    repeats: tuple[str, ...] = field(default=())


def stands(form: QuestionSet) -> Iterator[Stand]:
    """Yield every item with where it stands, in the order of the sheet; the outer before the inner."""
    number = 0
    todo: list[tuple[Item, tuple[str, ...], int, tuple[str, ...]]] = [(one, (), -1, ()) for one in reversed(form.items)]
    while todo:
        item, above, parent, repeats = todo.pop()
        path = (*above, item.name)
        yield Stand(number, item, path, parent, repeats)
        if isinstance(item, Group):
            inner = (*repeats, item.name) if item.repeat else repeats
            todo += [(one, path, number, inner) for one in reversed(item.items)]
        number += 1


# -- one form for storing and comparing --------------------------------------------------------------------------------


def _plain(value: Any) -> Any:
    if isinstance(value, Said):
        return [list(pair) for pair in value.by]
    if isinstance(value, (QuestionSet, ChoiceList, Choice, Question, Group)):
        # What says nothing is left out, so that a field added later changes no digest.
        made = {one.name: getattr(value, one.name) for one in fields(value)}
        return {name: _plain(each) for name, each in made.items() if each or name in _ALWAYS}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, StrEnum) else value


_ALWAYS = frozenset({"name", "kind", "items"})


def as_json(form: QuestionSet) -> dict[str, Any]:
    """Return a set as JSON has it; `from_json` brings it back equal."""
    made: dict[str, Any] = _plain(form)
    return made


def canonical(form: QuestionSet) -> bytes:
    """Return the one way to write a set down: JSON with sorted keys, no blanks, UTF-8."""
    return json.dumps(as_json(form), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode(
        "utf-8", "surrogatepass"
    )


def from_json(data: Mapping[str, Any]) -> QuestionSet:
    """Return the set that `as_json` wrote; raises `ValueError` for what is none."""
    try:
        return QuestionSet(
            **_known(QuestionSet, data, {"title": _said, "languages": tuple, "items": _items, "lists": _lists})
        )
    except (TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError(f"no question set: {error}") from None


def _known(kind: type, data: Mapping[str, Any], turn: Mapping[str, Any]) -> dict[str, Any]:
    names = {one.name for one in fields(kind)}
    if strange := set(data) - names:
        raise ValueError(f"unknown in {kind.__name__}: {sorted(strange)}")
    return {name: turn[name](value) if name in turn else value for name, value in data.items()}


def _said(data: Any) -> Said:
    return Said(tuple((str(name), str(words)) for name, words in data))


def _pairs(data: Any) -> tuple[tuple[str, str], ...]:
    return tuple((str(name), str(value)) for name, value in data)


def _media(data: Any) -> tuple[tuple[str, Said], ...]:
    return tuple((str(name), _said(value)) for name, value in data)


def _items(data: Any) -> tuple[Item, ...]:
    return tuple(_item(one) for one in data)


_SAID = dict.fromkeys(("label", "hint", "guidance", "required_message", "constraint_message"), _said)


def _item(data: Mapping[str, Any]) -> Item:
    if "kind" in data:
        turn = {**_SAID, "kind": Kind, "parameters": _pairs, "media": _media}
        return Question(**_known(Question, data, turn))
    return Group(**_known(Group, data, {**_SAID, "items": _items, "media": _media}))


def _lists(data: Any) -> tuple[ChoiceList, ...]:
    turn = {"label": _said, "columns": _pairs, "media": _media}
    return tuple(
        ChoiceList(one["name"], tuple(Choice(**_known(Choice, each, turn)) for each in one.get("choices", ())))
        for one in data
    )
