"""When a place is open: its week as people write it, read and said back, and whether it is open at an instant.

A week is written `周一至周五 08:30-12:00,14:00-17:30；周六 09:00-12:00` (or `Mon-Fri 8:30-17:30; Sat 9-12`); days not
named are closed. Hours over midnight belong to the day they begin on. Public holidays and worked weekends are the
town calendar's: on a holiday a place is closed or keeps its usual hours, as it says; a worked weekend is a Monday.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from wuxiao.rules.calendar import SHANGHAI, Calendar
from wuxiao.rules.hours import CalendarError
from wuxiao.rules.words import Text
from wuxiao.typed.plain import flat

DAY = 1440
#: Longer over midnight than this is two times the wrong way round.
LONGEST_NIGHT = 16 * 60
#: So many days ahead the next opening is looked for, and so long a stretch counts as always open.
AHEAD, ALWAYS = 60, 8
_ZH = "一二三四五六日"
_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_NAMES = {"monday": 0, "tuesday": 1, "wednesday": 2, "thursday": 3, "friday": 4, "saturday": 5, "sunday": 6}
_GROUPS = {
    "每天": range(7), "天天": range(7), "全周": range(7), "daily": range(7), "every day": range(7),
    "工作日": range(5), "weekdays": range(5), "周末": range(5, 7), "双休日": range(5, 7), "weekends": range(5, 7),
}  # fmt: skip
_SHUT = {"休", "休息", "不开", "不开放", "closed", "off"}
_FULL = {"全天", "24小时", "24 小时", "24h", "24 hours", "all day"}
_HOW = Text(
    "请写成“周一至周五 8:30-12:00,14:00-17:30；周六 9:00-12:00”，没写的日子就是不开",
    "write it as “Mon-Fri 8:30-12:00,14:00-17:30; Sat 9:00-12:00”; days that are not named are closed",
)
Spans = tuple[tuple[int, int], ...]


class HoursError(ValueError):
    """Hours that cannot be read; `text` says which part and how to write it."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.text = Text(f"{zh}。{_HOW.zh}", f"{en}; {_HOW.en}")


@dataclass(frozen=True, slots=True)
class Week:
    """The spans of each day, Monday first, in minutes of that day; an end over 1440 is on the next day."""

    days: tuple[Spans, ...]


def read(text: str) -> Week:
    """Return the week that was written; raises `HoursError`."""
    days: list[Spans | None] = [None] * 7
    parts = [one.strip() for one in flat(re.sub(r"[\r\n。]", ";", text)).split(";") if one.strip()]
    if not parts:
        raise HoursError("没有写开放时间", "no hours are written")
    for part in parts:
        found = re.match(r"^(.*?)[\s:]*(\d{1,2}\s*[:时点].*|\d{1,2}\s*-\s*\d.*|24\s*小时|24\s*h\w*|\D*)$", part)
        assert found is not None
        named, hours = found[1].strip(), found[2].strip()
        if not named:
            named, hours = _apart(hours)
        for day in _days(named, part):
            if days[day] is not None:
                raise HoursError(f"周{_ZH[day]}写了两次", f"{_EN[day]} is written twice")
            days[day] = _spans(hours, part)
    week = Week(tuple(one or () for one in days))
    if not any(week.days):
        raise HoursError("没有一天开放", "no day is open")
    _apart_from_the_next(week)
    return week


def _apart(words: str) -> tuple[str, str]:
    """Part days and what is said of them where no digit tells them apart: `周日 休息`, `daily all day`."""
    low = words.casefold()
    for said in sorted(_SHUT | _FULL, key=len, reverse=True):
        if low.endswith(said):
            return words[: len(words) - len(said)].strip(), said
    return words, ""


def _days(named: str, part: str) -> list[int]:
    low = re.sub(r"\s+", " ", named.casefold()).strip(" :,")
    if low in _GROUPS:
        return list(_GROUPS[low])
    found: list[int] = []
    for piece in re.split(r"[、,，/和&]|\band\b", low):
        ends = [one.strip() for one in re.split(r"至|到|-|~|～|\bto\b", piece)]
        numbers = [_day(one) for one in ends]
        if len(numbers) > 2 or None in numbers:
            raise HoursError(f"看不懂“{part[:40]}”是哪几天", f"which days are “{part[:40]}”?")
        first, last = numbers[0], numbers[-1]
        assert first is not None
        assert last is not None
        several = [(first + n) % 7 for n in range((last - first) % 7 + 1)]
        # 周六日 is two days written as one.
        if len(ends) == 1 and (two := re.fullmatch(r"(?:周|星期|礼拜)([一二三四五六日天]{2,7})", ends[0])):
            several = [_ZH.index("日" if one == "天" else one) for one in two[1]]
        found += several
    if len(set(found)) != len(found):
        raise HoursError(f"“{part[:40]}”里有一天写了两次", f"a day stands twice in “{part[:40]}”")
    return found


def _day(word: str) -> int | None:
    if zh := re.fullmatch(r"(?:周|星期|礼拜)?([一二三四五六日天])[一二三四五六日天]*", word):
        return _ZH.index("日" if zh[1] == "天" else zh[1])
    met = [n for name, n in _NAMES.items() if len(word) >= 2 and name.startswith(word.rstrip("."))]
    return met[0] if len(met) == 1 else None


def _spans(hours: str, part: str) -> Spans:
    low = hours.casefold().strip()
    if low in _SHUT:
        return ()
    if low in _FULL or re.fullmatch(r"24\s*(小时|h|hours)", low):
        return ((0, DAY),)
    spans: list[tuple[int, int]] = []
    for piece in re.split(r"[,，、和]|\s+(?=\d{1,2}[:时点])", low):
        if not piece.strip():
            continue
        ends = re.split(r"-|~|～|至|到", piece.strip())
        moments = [_minute(one.strip()) for one in ends]
        if len(moments) != 2 or None in moments:
            raise HoursError(f"看不懂“{part[:40]}”里的钟点", f"which times are “{part[:40]}”?")
        opens, closes = moments
        assert opens is not None
        assert closes is not None
        if closes <= opens:
            closes += DAY
            if closes - opens > LONGEST_NIGHT:
                raise HoursError(f"“{piece.strip()}”关得比开得早", f"“{piece.strip()}” ends before it begins")
        if spans and opens < spans[-1][1]:
            raise HoursError(f"“{part[:40]}”里的时间有重叠，或先后倒了", f"times in “{part[:40]}” overlap")
        if opens >= DAY:
            raise HoursError(f"看不懂“{part[:40]}”里的钟点", f"which times are “{part[:40]}”?")
        spans.append((opens, closes))
    if not spans:
        raise HoursError(f"“{part[:40]}”没有写钟点", f"“{part[:40]}” has no times")
    return tuple(spans)


def _minute(word: str) -> int | None:
    found = re.fullmatch(r"(\d{1,2})(?:[:时点](\d{2})?分?)?", word)
    half = re.fullmatch(r"(\d{1,2})[时点]半", word)
    if half:
        return int(half[1]) * 60 + 30 if int(half[1]) < 24 else None
    if not found:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    return hour * 60 + minute if minute < 60 and hour * 60 + minute <= DAY else None


def _apart_from_the_next(week: Week) -> None:
    for day, spans in enumerate(week.days):
        after = week.days[(day + 1) % 7]
        if spans and after and spans[-1][1] - DAY > after[0][0]:
            zh, en = _ZH[day], _EN[day]
            raise HoursError(f"周{zh}夜里的时间和第二天的重叠", f"the night of {en} overlaps the next day")


# -------------------------------------------------------------------------------------------------------------- saying


def said(week: Week) -> Text:
    """Return a week in words that `read` reads to the same week; the Chinese is the form that is kept."""
    runs: list[tuple[int, int, Spans]] = []
    for day, spans in enumerate(week.days):
        if runs and runs[-1][2] == spans:
            runs[-1] = (runs[-1][0], day, spans)
        else:
            runs.append((day, day, spans))
    zh, en = [], []
    for first, last, spans in runs:
        if not spans:
            continue
        hours = ",".join(f"{_clock(a)}-{_clock(b)}" for a, b in spans)
        if (first, last) == (0, 6):
            zh.append(f"每天 {hours}")
            en.append(f"daily {hours}")
        elif first == last:
            zh.append(f"周{_ZH[first]} {hours}")
            en.append(f"{_EN[first]} {hours}")
        else:
            zh.append(f"周{_ZH[first]}至周{_ZH[last]} {hours}")
            en.append(f"{_EN[first]}-{_EN[last]} {hours}")
    return Text("；".join(zh), "; ".join(en))


def _clock(minute: int) -> str:
    if minute == DAY:
        return "24:00"
    return f"{minute % DAY // 60:02d}:{minute % 60:02d}"


# ---------------------------------------------------------------------------------------------------- at an instant


class State(StrEnum):
    """How a place stands at an instant; `SHUT` is closed for some days, `PLANNED` not there yet."""

    OPEN = "open"
    CLOSED = "closed"
    SHUT = "shut"
    PLANNED = "planned"


@dataclass(frozen=True, slots=True)
class Opening:
    """A place's week, whether it keeps it on public holidays, its first day and the days it is shut, both included."""

    week: Week
    on_holidays: bool = False
    first: date | None = None
    shut_from: date | None = None
    shut_to: date | None = None

    def shut_on(self, day: date) -> bool:
        """Tell whether a place is shut on a day that its week would open."""
        if self.shut_from is None:
            return False
        return self.shut_from <= day and (self.shut_to is None or day <= self.shut_to)

    def spans(self, day: date, calendar: Calendar) -> Spans:
        """Return the hours of a date, in minutes; they may reach into the next day."""
        if (self.first is not None and day < self.first) or self.shut_on(day):
            return ()
        own = self.week.days[day.weekday()]
        if self.on_holidays:
            return own
        try:
            known = calendar.day(day)
        except CalendarError:
            return own
        if known.work:
            # A weekend that is worked is an ordinary Monday for an office that opens on Mondays.
            return self.week.days[0] or own if day.weekday() >= 5 else own
        return () if known.name is not None else own


@dataclass(frozen=True, slots=True)
class Standing:
    """How a place stands: until when it is open (`None`: always), when it opens next (`None`: not within 60 days)."""

    state: State
    until: datetime | None = None
    next: datetime | None = None


def standing(opening: Opening, calendar: Calendar, at: datetime) -> Standing:
    """Return how a place stands at an instant: open from the opening minute on, closed from the closing minute on."""
    now = at.astimezone(SHANGHAI)
    day = now.date()
    following: datetime | None = None
    for begins, ends in _stretches(opening, calendar, day):
        if begins <= now < ends:
            always = ends - now > timedelta(days=ALWAYS)
            return Standing(State.OPEN, None if always else ends)
        if begins > now:
            following = begins
            break
    if opening.first is not None and day < opening.first:
        return Standing(State.PLANNED, None, following)
    return Standing(State.SHUT if opening.shut_on(day) else State.CLOSED, None, following)


def _stretches(opening: Opening, calendar: Calendar, day: date) -> Iterator[tuple[datetime, datetime]]:
    """Yield when a place is open from the day before on, in order, stretches that touch as one."""
    held: tuple[datetime, datetime] | None = None
    # A place that opens later is looked at from its first day on.
    start = day - timedelta(days=1)
    if opening.first is not None and opening.first > day:
        start = opening.first
    for n in range(AHEAD + 2):
        one = start + timedelta(days=n)
        midnight = datetime.combine(one, time(), SHANGHAI)
        for opens, closes in opening.spans(one, calendar):
            begins, ends = midnight + timedelta(minutes=opens), midnight + timedelta(minutes=closes)
            if held is not None and begins <= held[1]:
                held = (held[0], max(held[1], ends))
                continue
            if held is not None:
                yield held
            held = (begins, ends)
    if held is not None:
        yield held
