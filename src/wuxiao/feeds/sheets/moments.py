"""Dates and times as people write them in tables."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from wuxiao.rules.words import Text
from wuxiao.typed.plain import flat

#: The orders in which the parts of a date stand: year first needs no choice.
ORDERS = ("ymd", "mdy", "dmy")
_MOMENT = re.compile(
    r"(?P<a>\d{1,4})\s*[-/.年]\s*(?P<b>\d{1,2})\s*[-/.月]\s*(?P<c>\d{1,4})\s*日?"
    r"(?:[T\s,，]*[(（]?(?:周|星期|礼拜)[一二三四五六日天][)）]?)?"
    r"(?:[T\s,，]*(?P<half1>上午|下午|凌晨|清晨|早上|早晨|中午|傍晚|晚上|夜里|晚|早)?\s*(?P<h>\d{1,2})\s*"
    r"(?:[:：]\s*|[时点]\s*(?:整|钟)?\s*(?=\d|$|[AaPpZ+-]|半))(?P<m>\d{1,2}|半)?"
    r"(?:\s*[:：分]\s*(?:(?P<s>\d{1,2})(?:[.,](?P<f>\d{1,9}))?)?\s*秒?)?\s*(?P<half2>[AaPp]\.?[Mm]\.?)?)?"
    r"\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?"
)
_SERIAL = re.compile(r"(\d{5})(\.\d{1,12})?")
_COMPACT = re.compile(r"(?P<y>(?:19|20)\d{2})(?P<mo>\d{2})(?P<d>\d{2})(?:(?P<h>\d{2})(?P<mi>\d{2})(?P<s>\d{2})?)?")


class NoMoment(ValueError):
    """The text is no date; `text` says what was expected."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


def guess_order(values: Iterable[str]) -> str:
    """Return the order of day and month that all values allow, or an empty text where both or neither are possible."""
    day_first = month_first = True
    for value in values:
        found = _MOMENT.match(value.strip())
        if found and len(found["a"]) <= 2:
            day_first &= int(found["b"]) <= 12
            month_first &= int(found["a"]) <= 12
    if day_first == month_first:
        return ""
    return "dmy" if day_first else "mdy"


def read_moment(text: str, zone: ZoneInfo, order: str = "", *, day_ends: bool = False) -> datetime:
    """Return the instant a cell names, in UTC; raises `NoMoment`.

    In UTC because Python compares and subtracts two times of one zone by their wall clocks, which is an hour wrong
    across a change to or from summer time.

    `order` decides `04/05/2018`; with `day_ends` a date without a time, or at midnight, means the end of that day.
    """
    text = flat(text).strip()
    moment = _serial(text) or _compact(text) or _written(text, order)
    if day_ends and moment.time() == time(0):
        moment += timedelta(days=1) - timedelta(seconds=1)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def _serial(text: str) -> datetime | None:
    """Return the day and time that a workbook's number stands for (days since 30 December 1899, a part of a day behind
    the point), for numbers between 1954 and 2119; whole numbers of eight digits are dates written together."""
    found = _SERIAL.fullmatch(text)
    if not found or not 20_000 <= int(found[1]) < 80_000:
        return None
    seconds = round(float(f"0{found[2] or ''}") * 86_400)
    return datetime(1899, 12, 30) + timedelta(days=int(found[1]), seconds=seconds)


def _compact(text: str) -> datetime | None:
    found = _COMPACT.fullmatch(text)
    if not found:
        return None
    parts = [int(found[n] or 0) for n in ("y", "mo", "d", "h", "mi", "s")]
    return _made(text, *parts)


def _made(text: str, *parts: int) -> datetime:
    try:
        return datetime(*parts)  # type: ignore[arg-type]
    except ValueError:
        raise NoMoment(Text(f"没有这个日期:{text[:40]}", f"there is no such date: {text[:40]}")) from None


def _written(text: str, order: str) -> datetime:
    found = _MOMENT.fullmatch(text)
    if not found:
        raise NoMoment(
            Text(
                f"看不懂的时间“{text[:40]}”,请写成 2026-02-26 17:30",
                f"“{text[:40]}” is no date: write it like 2026-02-26 17:30",
            )
        )
    a, b, c = found["a"], found["b"], found["c"]
    if len(a) == 4:
        year, month, day = a, b, c
    elif len(c) == 4 and order in {"mdy", "dmy"}:
        year, month, day = (c, a, b) if order == "mdy" else (c, b, a)
    elif len(c) == 4 and int(a) > 12:
        year, month, day = c, b, a
    elif len(c) == 4 and int(b) > 12:
        year, month, day = c, a, b
    else:
        raise NoMoment(
            Text(
                f"“{text[:40]}”分不清月和日:请选择日期的写法,或写成 2026-02-26",
                f"“{text[:40]}”: day and month cannot be told apart; choose how dates are written",
            )
        )
    hour, half = int(found["h"] or 0), (found["half1"] or found["half2"] or "").lower().replace(".", "")
    if (half in {"pm", "下午", "傍晚", "晚上", "晚", "夜里"} and hour < 12) or (half == "中午" and hour < 4):
        hour += 12
    elif half in {"am", "上午", "凌晨"} and hour == 12:
        hour = 0
    minute = 30 if found["m"] == "半" else int(found["m"] or 0)
    # 24:00 is the end of its day, and nothing after it.
    ends = hour == 24 and minute == 0 and not int(found["s"] or 0)
    moment = _made(text, int(year), int(month), int(day), 0 if ends else hour, minute, int(found["s"] or 0))
    moment += timedelta(days=1) if ends else timedelta(0)
    if found["f"]:
        moment = moment.replace(microsecond=int(found["f"][:6].ljust(6, "0")))
    if zone := found["zone"]:
        moment = moment.replace(tzinfo=datetime.fromisoformat(f"2000-01-01T00:00:00{zone}").tzinfo)
    return moment
