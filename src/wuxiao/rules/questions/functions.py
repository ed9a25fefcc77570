"""What the functions of formulas do with values, and how values turn into one another, as XPath and ODK say.

A value is a text, a number, a truth, a day, a moment, or several of them (the answers of a repeat). Functions that need
to know where they stand (`position`, `once`, …) have their places here and their work in `evaluate`.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import ROUND_FLOOR, Decimal

from wuxiao.rules.questions import pattern

One = str | float | bool | date | datetime
Value = One | tuple[One, ...]

_NUMBER = re.compile(r"\s*-?(?:\d+(?:\.\d*)?|\.\d+)\s*")
_DAY = re.compile(r"\s*(\d{4})-(\d{2})-(\d{2})\s*")
_MOMENT = re.compile(r"\s*(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)\s*(Z|[+-]\d{2}:?\d{2})?\s*")
_EPOCH = date(1970, 1, 1)
_DAY_SECONDS = 86_400
#: What formulas may put together to one text.
MOST_LETTERS = 100_000


def one(value: Value) -> One:
    """Return a single value: the first of several, "" of none."""
    return (value[0] if value else "") if isinstance(value, tuple) else value


def number(value: Value) -> float:
    """Return the number a value is; what is none is NaN, a day counts from 1970-01-01.

    >>> number("12"), number(True), number(date(1970, 1, 2))
    (12.0, 1.0, 1.0)
    """
    value = one(value)
    if isinstance(value, bool):
        return 1.0 if value else 0.0
    if isinstance(value, float):
        return value
    if isinstance(value, datetime):
        since = datetime.combine(value.date(), value.time()) - datetime.combine(_EPOCH, time())
        return since.total_seconds() / _DAY_SECONDS
    if isinstance(value, date):
        return float((value - _EPOCH).days)
    return float(value) if len(value) < 400 and value.isascii() and _NUMBER.fullmatch(value) else math.nan


def text(value: Value) -> str:
    """Return a value as text: numbers without an exponent, whole ones without a point.

    >>> text(3.0), text(0.1), text(1e21), text(float("nan")), text(True)
    ('3', '0.1', '1000000000000000000000', 'NaN', 'true')
    """
    value = one(value)
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if math.isnan(value):
            return "NaN"
        if math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
        if value == int(value):
            return str(int(value))
        return format(Decimal(repr(value)), "f")
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    return value.isoformat()


def truth(value: Value) -> bool:
    """Return whether a value counts as true: a number but 0 and NaN, a text that is not empty, any day."""
    value = one(value)
    if isinstance(value, float):
        return value != 0 and not math.isnan(value)
    return bool(value)


def as_day(value: Value) -> date | None:
    """Return the day a value names; `None` when it names none."""
    value = one(value)
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        try:
            return _EPOCH + timedelta(days=math.floor(value))
        except (OverflowError, ValueError):
            return None
    if found := _DAY.fullmatch(value):
        try:
            return date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            return None
    moment = as_moment(value, UTC)
    return moment.date() if moment else None


def as_moment(value: Value, zone: tzinfo | None) -> datetime | None:
    """Return the moment a value names, in this zone where it names none itself."""
    value = one(value)
    if isinstance(value, datetime):
        return value
    if isinstance(value, str):
        if not (found := _MOMENT.fullmatch(value)):
            day = as_day(value) if _DAY.fullmatch(value) else None
            return datetime.combine(day, time(), zone) if day else None
        clock = found[2] if found[2].count(":") == 2 else f"{found[2]}:00"
        away = {None: "", "Z": "+00:00"}.get(found[3], found[3] or "")
        try:
            made = datetime.fromisoformat(f"{found[1]}T{clock}{away}")
        except ValueError:
            return None
        return made if made.tzinfo else made.replace(tzinfo=zone)
    if isinstance(value, float):
        try:
            return datetime.combine(_EPOCH, time(), zone) + timedelta(days=value)
        except (OverflowError, ValueError):
            return None
    day = as_day(value)
    return datetime.combine(day, time(), zone) if day else None


def _measured(value: One, other: One) -> float:
    """Return the number of one side of a comparison; beside a day or moment a text is read as one."""
    if isinstance(other, date) and isinstance(value, str):
        found = as_moment(value, UTC)
        return number(found) if found else math.nan
    return number(value)


def equal(left: Value, right: Value) -> bool:
    """Return whether two values are the same; of several any."""
    if isinstance(left, tuple):
        return any(equal(each, right) for each in left)
    if isinstance(right, tuple):
        return any(equal(left, each) for each in right)
    if isinstance(left, bool) or isinstance(right, bool):
        return truth(left) == truth(right)
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    return _measured(left, right) == _measured(right, left)


def unequal(left: Value, right: Value) -> bool:
    """Return whether two values differ; of several any."""
    if isinstance(left, tuple):
        return any(unequal(each, right) for each in left)
    if isinstance(right, tuple):
        return any(unequal(left, each) for each in right)
    return not equal(left, right)


def before(left: Value, right: Value, *, same: bool) -> bool:
    """Return whether left is less than right (or the same, where `same`); of several any."""
    if isinstance(left, tuple):
        return any(before(each, right, same=same) for each in left)
    if isinstance(right, tuple):
        return any(before(left, each, same=same) for each in right)
    a, b = _measured(left, right), _measured(right, left)
    return a <= b if same else a < b


def divided(a: float, b: float) -> float:
    """Return a quotient as IEEE 754 has it: nothing is raised."""
    if b == 0:
        if a == 0 or math.isnan(a):
            return math.nan
        return math.copysign(math.inf, a) * math.copysign(1.0, b)
    return a / b


def remainder(a: float, b: float) -> float:
    """Return what is left of a division that was cut towards nought."""
    if b == 0 or math.isinf(a) or math.isnan(a) or math.isnan(b):
        return math.nan
    return math.fmod(a, b)


def rounded(value: float, digits: float = 0.0) -> float:
    """Return a number to so many decimal places, a half upwards.

    >>> rounded(2.5), rounded(-2.5), rounded(1.005, 2.0)
    (3.0, -2.0, 1.01)
    """
    if not math.isfinite(value) or not math.isfinite(digits) or abs(digits) > 300:
        return value if not math.isfinite(value) else math.nan
    scaled = Decimal(repr(value)).scaleb(int(digits)) + Decimal("0.5")
    return float(scaled.to_integral_value(rounding=ROUND_FLOOR).scaleb(-int(digits)))


def _flat(values: Iterable[Value]) -> list[One]:
    return [each for value in values for each in (value if isinstance(value, tuple) else (value,))]


def _numbers(values: Iterable[Value]) -> list[float]:
    return [number(each) for each in _flat(values) if each != ""]


def _least(*values: Value) -> Value:
    found = _numbers(values)
    return math.nan if not found or any(map(math.isnan, found)) else min(found)


def _most(*values: Value) -> Value:
    found = _numbers(values)
    return math.nan if not found or any(map(math.isnan, found)) else max(found)


def _guarded(work: Callable[..., float]) -> Callable[..., Value]:
    def done(*values: Value) -> Value:
        try:
            return float(work(*[number(each) for each in values]))
        except OverflowError:
            return math.inf
        except (ValueError, ZeroDivisionError):
            return math.nan

    return done


def _pow(a: float, b: float) -> float:
    made = a**b
    return math.nan if isinstance(made, complex) else made


def chosen(value: Value) -> list[str]:
    """Return the choices in the answer to a question with several."""
    return text(value).split()


def _selected_at(value: Value, place: Value) -> Value:
    words, at = chosen(value), number(place)
    return words[int(at)] if math.isfinite(at) and 0 <= at < len(words) else ""


def _substring(value: Value, start: Value, length: Value = math.inf) -> Value:
    # XPath counts from 1 and rounds; NaN takes nothing.
    first, many = rounded(number(start)), number(length)
    end = first + (rounded(many) if math.isfinite(many) else many)
    return "".join(char for place, char in enumerate(text(value), start=1) if first <= place < end)


def _substr(value: Value, start: Value, end: Value | None = None) -> Value:
    # ODK counts from 0, negative places from the end.
    whole = text(value)
    first, last = number(start), number(end) if end is not None else float(len(whole))
    if math.isnan(first) or math.isnan(last):
        return ""

    def place(at: float) -> int:
        at = max(-float(len(whole)), min(float(len(whole)), at))
        return int(at) if at >= 0 else len(whole) + int(at)

    return whole[place(first) : place(last)]


def _translate(value: Value, old: Value, new: Value) -> Value:
    table: dict[int, str | None] = {}
    fresh = text(new)
    for place, char in enumerate(text(old)):
        table.setdefault(ord(char), fresh[place] if place < len(fresh) else None)
    return text(value).translate(table)


def _between(value: Value, mark: Value, *, after: bool) -> Value:
    head, found, tail = text(value).partition(text(mark)) if text(mark) else ("", "x", text(value))
    return (tail if after else head) if found else ""


def _decoded(value: Value) -> Value:
    try:
        return base64.b64decode(text(value), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return ""


def _decimal_time(value: Value) -> Value:
    value = one(value)
    if isinstance(value, datetime):
        clock = value.time()
    else:
        found = re.match(r"\s*(\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?", text(value).rpartition("T")[2])
        if not found or int(found[1]) > 23 or int(found[2]) > 59 or int(found[3] or 0) > 59:
            return math.nan
        clock = time(int(found[1]), int(found[2]), int(found[3] or 0))
    return (clock.hour * 3600 + clock.minute * 60 + clock.second) / _DAY_SECONDS


def _date(value: Value) -> Value:
    return "" if text(value) == "" else (as_day(value) or "")


def _formatted(value: Value, shape: Value) -> Value:
    moment = as_moment(value, UTC)
    if moment is None:
        return ""
    says = {
        "Y": f"{moment.year:04}",
        "y": f"{moment.year % 100:02}",
        "m": f"{moment.month:02}",
        "n": str(moment.month),
        "b": (["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"])[moment.month - 1],
        "d": f"{moment.day:02}",
        "e": str(moment.day),
        "a": (["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"])[moment.weekday()],
        "H": f"{moment.hour:02}",
        "h": str(moment.hour),
        "M": f"{moment.minute:02}",
        "S": f"{moment.second:02}",
        "3": f"{moment.microsecond // 1000:03}",
        "%": "%",
    }
    return re.sub(r"%(.)", lambda found: says.get(found[1], found[0]), text(shape))


def _checklist(least: Value, most: Value, *values: Value) -> Value:
    return _within(float(sum(truth(each) for each in values)), least, most)


def _weighted(least: Value, most: Value, *values: Value) -> Value:
    pairs = zip(values[::2], values[1::2], strict=False)
    return _within(sum(number(weight) for value, weight in pairs if truth(value)), least, most)


def _within(found: float, least: Value, most: Value) -> bool:
    low, high = number(least), number(most)
    return (low < 0 or found >= low) and (high < 0 or found <= high)


class TooLong(ValueError):
    """A text that formulas put together grew out of all bounds."""


def _join(between: Value, *values: Value) -> Value:
    parts, mark = [text(each) for each in _flat(values)], text(between)
    # Each of forty formulas that doubles the one before would otherwise fill the memory.
    if sum(map(len, parts)) + len(mark) * len(parts) > MOST_LETTERS:
        raise TooLong
    return mark.join(parts)


def _coalesced(*values: Value) -> Value:
    return next((each for each in values if text(each) != ""), "")


def matched(value: Value, source: Value) -> bool:
    """Return whether the whole text is of the pattern; raises `pattern.Odd`."""
    return pattern.compiled(text(source)).matches(text(value))


_MANY = None
#: Name: at least and at most so many values, and what is done with them. `None` is done by `evaluate`.
_TABLE: dict[str, tuple[int, int | None, Callable[..., Value] | None]] = {
    # what needs to know where it stands, or not all of its values
    "if": (3, 3, None),
    "today": (0, 0, None),
    "now": (0, 0, None),
    "once": (1, 1, None),
    "position": (0, 1, None),
    "indexed-repeat": (3, 7, None),
    "jr:choice-name": (2, 2, None),
    # truths
    "true": (0, 0, lambda: True),
    "false": (0, 0, lambda: False),
    "not": (1, 1, lambda a: not truth(a)),
    "boolean": (1, 1, truth),
    "boolean-from-string": (1, 1, lambda a: text(a).strip().lower() in ("true", "1")),
    "coalesce": (1, _MANY, _coalesced),
    "checklist": (2, _MANY, _checklist),
    "weighted-checklist": (2, _MANY, _weighted),
    # choices
    "selected": (2, 2, lambda a, b: text(b).strip() in chosen(a)),
    "selected-at": (2, 2, _selected_at),
    "count-selected": (1, 1, lambda a: float(len(chosen(a)))),
    # texts
    "string": (1, 1, text),
    "concat": (0, _MANY, lambda *all: _join("", *all)),
    "join": (1, _MANY, _join),
    "substr": (2, 3, _substr),
    "substring": (2, 3, _substring),
    "substring-before": (2, 2, lambda a, b: _between(a, b, after=False)),
    "substring-after": (2, 2, lambda a, b: _between(a, b, after=True)),
    "string-length": (1, 1, lambda a: float(len(text(a)))),
    "contains": (2, 2, lambda a, b: text(b) in text(a)),
    "starts-with": (2, 2, lambda a, b: text(a).startswith(text(b))),
    "ends-with": (2, 2, lambda a, b: text(a).endswith(text(b))),
    "normalize-space": (1, 1, lambda a: " ".join(text(a).split())),
    "translate": (3, 3, _translate),
    "regex": (2, 2, matched),
    "base64-decode": (1, 1, _decoded),
    # numbers
    "number": (1, 1, number),
    "int": (1, 1, _guarded(lambda a: float(math.trunc(a)))),
    "round": (1, 2, lambda a, b=0.0: rounded(number(a), number(b))),
    "floor": (1, 1, _guarded(lambda a: float(math.floor(a)))),
    "ceiling": (1, 1, _guarded(lambda a: float(math.ceil(a)))),
    "abs": (1, 1, _guarded(abs)),
    "min": (1, _MANY, _least),
    "max": (1, _MANY, _most),
    "sum": (1, _MANY, lambda *all: math.fsum(_numbers(all))),
    "count": (1, 1, lambda a: float(len(a)) if isinstance(a, tuple) else 1.0),
    "count-non-empty": (1, 1, lambda a: float(sum(text(each) != "" for each in _flat((a,))))),
    "pow": (2, 2, _guarded(_pow)),
    "sqrt": (1, 1, _guarded(math.sqrt)),
    "exp": (1, 1, _guarded(math.exp)),
    "exp10": (1, 1, _guarded(lambda a: _pow(10.0, a))),
    "log": (1, 1, _guarded(math.log)),
    "log10": (1, 1, _guarded(math.log10)),
    "pi": (0, 0, lambda: math.pi),
    "sin": (1, 1, _guarded(math.sin)),
    "cos": (1, 1, _guarded(math.cos)),
    "tan": (1, 1, _guarded(math.tan)),
    "asin": (1, 1, _guarded(math.asin)),
    "acos": (1, 1, _guarded(math.acos)),
    "atan": (1, 1, _guarded(math.atan)),
    "atan2": (2, 2, _guarded(math.atan2)),
    # days and moments
    "date": (1, 1, _date),
    "date-time": (1, 1, lambda a: as_moment(a, None) or ""),
    "decimal-date-time": (1, 1, lambda a: number(as_moment(a, None) or math.nan)),
    "decimal-time": (1, 1, _decimal_time),
    "format-date": (2, 2, _formatted),
    "format-date-time": (2, 2, _formatted),
}


def counts(name: str) -> tuple[int, int | None] | None:
    """Return at least and at most how many values a function takes; `None` when there is no such function here."""
    found = _TABLE.get(name)
    return (found[0], found[1]) if found else None


def call(name: str, values: list[Value]) -> Value:
    """Return what a function makes of its values."""
    work = _TABLE[name][2]
    assert work is not None, name
    return work(*values)


NAMES = frozenset(_TABLE)
