"""Dates, durations and numbers as readers of Chinese and of English expect them.

Everything is shown in the town's time (Asia/Shanghai), whatever the server's zone. Views that build long lists should
call these functions and hand finished strings to the template (prepared values): a filter call per row is what makes
lists slow.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import get_language

TOWN_ZONE = ZoneInfo("Asia/Shanghai")
LPAR, RPAR = "\uff08", "\uff09"
_WEEK_ZH = "一二三四五六日"
_WEEK_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTH_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

Lang = Literal["zh", "en"]
Tone = Literal["plain", "new", "work", "wait", "ask", "soon", "late", "done", "closed", "refused", "urgent"]


def active_lang(lang: str | None = None) -> Lang:
    """Return `en` when the given (or else the active) language is English, `zh` otherwise."""
    return "en" if (lang or get_language() or "zh-hans").lower().startswith("en") else "zh"


def local(moment: datetime) -> datetime:
    """Return an aware moment in the town's zone; a naive one is refused."""
    if moment.tzinfo is None:
        raise ValueError("a moment shown to people must carry its zone; got a naive datetime")
    return moment.astimezone(TOWN_ZONE)


def day(
    value: date | datetime,
    lang: str | None = None,
    *,
    week: bool = True,
    year: bool = True,
    now: datetime | None = None,
) -> str:
    """Return a day in full: `2026年2月26日(周四)` (full-width brackets) or `Thu 26 Feb 2026`.

    Without `year` only the present year is left out: a day of another one always says which.
    """
    d = local(value).date() if isinstance(value, datetime) else value
    year = year or d.year != local(now or timezone.now()).year
    if active_lang(lang) == "en":
        text = f"{d.day} {_MONTH_EN[d.month - 1]}" + (f" {d.year}" if year else "")
        return f"{_WEEK_EN[d.weekday()]} {text}" if week else text
    text = (f"{d.year}年" if year else "") + f"{d.month}月{d.day}日"
    return f"{text}{LPAR}周{_WEEK_ZH[d.weekday()]}{RPAR}" if week else text


def clock(moment: datetime) -> str:
    """Return the time of day as `17:30`."""
    return f"{local(moment):%H:%M}"


def when(
    moment: datetime, lang: str | None = None, *, week: bool = True, year: bool = True, now: datetime | None = None
) -> str:
    """Return a moment in full: `2026年2月26日(周四)17:30` (full-width brackets) or `Thu 26 Feb 2026, 17:30`."""
    text = day(moment, lang, week=week, year=year, now=now)
    if active_lang(lang) == "en":
        return f"{text}, {clock(moment)}"
    return f"{text}{clock(moment)}" if week else f"{text} {clock(moment)}"


def until(moment: datetime, lang: str | None = None) -> str:
    """Return a date by which something is due: midnight is the end of the day before, as people say it (`24:00`)."""
    if local(moment).time() != time():
        return when(moment, lang)
    last = day(local(moment) - timedelta(days=1), lang)
    return f"{last}, 24:00" if active_lang(lang) == "en" else f"{last}24:00"


def short(moment: datetime, lang: str | None = None, *, now: datetime | None = None) -> str:
    """Return a moment for dense tables: `02-26 17:30`; the same in both languages, so that columns line up.

    A moment of another year than this one shows its year, lest last December look like the coming one.
    """
    here, today = local(moment), local(now or timezone.now())
    return f"{here:%m-%d %H:%M}" if here.year == today.year else f"{here:%Y-%m-%d %H:%M}"


def month(value: date, lang: str | None = None) -> str:
    """Return a month: `2026年2月` or `February 2026`."""
    if active_lang(lang) == "en":
        return f"{value:%B %Y}"
    return f"{value.year}年{value.month}月"


def span(length: timedelta, lang: str | None = None, *, units: int = 2) -> str:
    """Return a length of time in its largest `units` units: `2 天 4 小时`, `35 分钟`; signs are dropped."""
    minutes = int(abs(length).total_seconds() // 60)
    days, rest = divmod(minutes, 1440)
    hours, mins = divmod(rest, 60)
    en = active_lang(lang) == "en"
    parts: list[str] = []
    for count, zh_word, en_word in ((days, "天", "day"), (hours, "小时", "hour"), (mins, "分钟", "minute")):
        if count and len(parts) < units and not (zh_word == "分钟" and days):
            parts.append(f"{count} {en_word}{'s' if count != 1 else ''}" if en else f"{count} {zh_word}")
    if not parts:
        return "less than a minute" if en else "不到 1 分钟"
    return " ".join(parts)


def times(count: int, lang: str | None = None) -> str:
    """Return how often something happened: `2 次`, `once`, `twice`, `3 times`."""
    if active_lang(lang) == "en":
        return {1: "once", 2: "twice"}.get(count, f"{count} times")
    return f"{count} 次"


def ago(moment: datetime, now: datetime, lang: str | None = None) -> str:
    """Return how long ago (or how far ahead) a moment is in its largest unit: `3 小时前`, `in 2 days`."""
    gap = now - moment
    minutes = int(abs(gap).total_seconds() // 60)
    en = active_lang(lang) == "en"
    if minutes < 1:
        return "just now" if en else "刚刚"
    if minutes >= 1440 * 60:
        return day(moment, lang, week=False)
    for size, zh_word, en_word in ((1440, "天", "day"), (60, "小时", "hour"), (1, "分钟", "minute")):
        if minutes >= size:
            n = minutes // size
            if en:
                text = f"{n} {en_word}{'s' if n != 1 else ''}"
                return f"{text} ago" if gap >= timedelta(0) else f"in {text}"
            return f"{n} {zh_word}{'前' if gap >= timedelta(0) else '后'}"
    raise AssertionError("unreachable: minutes is at least 1")


@dataclass(frozen=True, slots=True)
class Due:
    """A due date made ready for the `due` macro: tone, icon, words, the full date and a machine date."""

    tone: Tone
    icon: str
    text: str
    full: str
    iso: str


def due_view(
    due: datetime | None,
    now: datetime,
    *,
    paused: bool = False,
    closed: bool = False,
    soon: timedelta = timedelta(hours=8),
    lang: str | None = None,
) -> Due:
    """Return how a due date is to be shown now: stopped, met, late by how much, soon, or simply when.

    Lateness is computed from `now`, never stored. `soon` is the wall-clock length from which the chip turns to caution.
    """
    en = active_lang(lang) == "en"
    if due is None:
        return Due("plain", "clock", "no time limit" if en else "无时限", "", "")
    full, iso = when(due, lang), local(due).isoformat(timespec="minutes")
    if closed:
        return Due("closed", "check", "closed" if en else "已办结", full, iso)
    if paused:
        return Due("wait", "pause", "clock stopped" if en else "计时暂停", full, iso)
    left = due - now
    if left < timedelta(0):
        late = span(left, lang, units=1)
        return Due("late", "late", f"{late} late" if en else f"超 {late}", full, iso)
    d, today = local(due), local(now).date()
    if d.date() == today:
        text = f"today {clock(due)}" if en else f"今天 {clock(due)}"
    elif d.date() == today + timedelta(days=1):
        text = f"tomorrow {clock(due)}" if en else f"明天 {clock(due)}"
    else:
        text = when(due, lang, year=d.year != today.year)
    return Due("soon" if left <= soon else "plain", "clock", text, full, iso)


def number(value: float, digits: int = 0) -> str:
    """Return a number with thousands separated by commas, as Chinese official statistics print them."""
    return f"{value:,.{digits}f}"


def percent(value: float | None, digits: int = 1) -> str:
    """Return a share between 0 and 1 as `87.4%`; a missing one as an en dash."""
    return "–" if value is None else f"{value * 100:.{digits}f}%"


def percent_interval(
    value: float | None, low: float | None, high: float | None, n: int | None, lang: str | None = None
) -> str:
    """Return a share with its 95 % interval and count: `87.4%(84.1%–90.2%,n = 412)`, brackets full-width in Chinese."""
    text = percent(value)
    if value is None or low is None or high is None:
        return text if n is None else f"{text} (n = {number(n)})"
    inside = f"{percent(low)}–{percent(high)}"
    if active_lang(lang) == "en":
        return f"{text} ({inside}" + (f", n = {number(n)})" if n is not None else ")")
    return f"{text}{LPAR}{inside}" + (f"\uff0cn = {number(n)}" if n is not None else "") + RPAR


def groups(code: str, size: int = 4) -> list[str]:
    """Return a receipt code cut into groups for reading aloud; spaces and hyphens in the input are ignored."""
    bare = "".join(ch for ch in code if ch not in " -\u3000").upper()
    return [bare[i : i + size] for i in range(0, len(bare), size)]
