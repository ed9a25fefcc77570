"""When something comes again: recurrence rules (RFC 5545, 3.3.10), written out within bounds.

A rule is arithmetic on wall-clock time without a zone; `occasions` adds the zone. Nothing here runs on for ever: a list
ends after so many times, after a last day, or after so many days looked at in vain (30 February never comes).
"""

from __future__ import annotations

import re
from calendar import isleap, monthrange
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import product

from wuxiao.rules.words import Text

FREQUENCIES = ("SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
#: No calendar of a town speaks of other years; a date outside is a slip or a placeholder.
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
#: Days and shorter periods of a rule that are looked at for one list.
MOST_LOOKS = 150_000
_STEPS = {"SECONDLY": timedelta(seconds=1), "MINUTELY": timedelta(minutes=1), "HOURLY": timedelta(hours=1)}


class RuleError(ValueError):
    """A rule that cannot be meant; `text` says what is wrong with it."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.text = Text(zh, en)


@dataclass(frozen=True, slots=True)
class Recurrence:
    """One rule. `by_day` holds (which, weekday): which one of the month or year, 0 for each; Monday is 0.

    `until` is a date, a wall-clock time, or an instant (aware); the last time may fall on it.
    """

    freq: str
    interval: int = 1
    count: int | None = None
    until: date | datetime | None = None
    by_month: tuple[int, ...] = ()
    by_week_no: tuple[int, ...] = ()
    by_year_day: tuple[int, ...] = ()
    by_month_day: tuple[int, ...] = ()
    by_day: tuple[tuple[int, int], ...] = ()
    by_hour: tuple[int, ...] = ()
    by_minute: tuple[int, ...] = ()
    by_second: tuple[int, ...] = ()
    by_set_pos: tuple[int, ...] = ()
    week_start: int = 0

    @property
    def endless(self) -> bool:
        """True when the rule itself says no end."""
        return self.count is None and self.until is None

    def text(self) -> str:
        """Return the rule as RFC 5545 writes it."""
        parts = [f"FREQ={self.freq}"]
        parts += [f"INTERVAL={self.interval}"] if self.interval != 1 else []
        parts += [f"COUNT={self.count}"] if self.count is not None else []
        parts += [f"UNTIL={_until_text(self.until)}"] if self.until is not None else []
        for word, field in _LISTS.items():
            values = getattr(self, field)
            if values:
                parts.append(f"{word}=" + ",".join(map(str, values)))
            if word == "BYMONTHDAY" and self.by_day:
                parts.append("BYDAY=" + ",".join(f"{which or ''}{WEEKDAYS[day]}" for which, day in self.by_day))
        parts += [f"WKST={WEEKDAYS[self.week_start]}"] if self.week_start else []
        return ";".join(parts)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far a list is written out: so many times, from one day on, up to a last day; a rule without an end for so
    many years.
    """

    most: int = 1_000
    first: date = FIRST_DAY
    last: date = LAST_DAY
    years: int = 10
    looks: int = MOST_LOOKS


WIDE = Bounds()


@dataclass(frozen=True, slots=True)
class Times:
    """The wall-clock times of a rule in order; `whole` is False when a bound and not the rule ended the list. `looks`
    is how many days that took.
    """

    times: tuple[datetime, ...]
    whole: bool
    looks: int = 0


# -- reading ---------------------------------------------------------------------------------------------------------

_LISTS = {
    "BYMONTH": "by_month",
    "BYWEEKNO": "by_week_no",
    "BYYEARDAY": "by_year_day",
    "BYMONTHDAY": "by_month_day",
    "BYHOUR": "by_hour",
    "BYMINUTE": "by_minute",
    "BYSECOND": "by_second",
    "BYSETPOS": "by_set_pos",
}
#: Least and most of each list, and whether it counts from the end too.
_RANGES = {
    "BYMONTH": (1, 12, False),
    "BYWEEKNO": (1, 53, True),
    "BYYEARDAY": (1, 366, True),
    "BYMONTHDAY": (1, 31, True),
    "BYHOUR": (0, 23, False),
    "BYMINUTE": (0, 59, False),
    "BYSECOND": (0, 60, False),
    "BYSETPOS": (1, 366, True),
}
_DAY = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:T([0-9]{2})([0-9]{2})([0-9]{2})(Z?))?")
_KNOWN = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "WKST", *_LISTS}


def read_rule(text: str) -> Recurrence:
    """Read a rule; raises `RuleError` in words. Blanks and small letters are forgiven, parts of no standard are not.

    >>> read_rule("freq=weekly; byday=MO, WE").text()
    'FREQ=WEEKLY;BYDAY=MO,WE'
    """
    parts = _parts(text)
    freq = parts.get("FREQ", "")
    if freq not in FREQUENCIES:
        raise RuleError(
            f"FREQ 应为 {'、'.join(FREQUENCIES)} 之一,这里是“{freq[:20]}”",
            f"FREQ must be one of {', '.join(FREQUENCIES)}; here it is “{freq[:20]}”",
        )
    lists = {field: _numbers(word, parts[word]) for word, field in _LISTS.items() if word in parts}
    rule = Recurrence(
        freq,
        interval=_one("INTERVAL", parts.get("INTERVAL", "1")),
        count=_one("COUNT", parts["COUNT"]) if "COUNT" in parts else None,
        until=_until(parts["UNTIL"]) if "UNTIL" in parts else None,
        by_day=_days(parts["BYDAY"]) if "BYDAY" in parts else (),
        week_start=_weekday(parts.get("WKST", "MO")),
        **lists,
    )
    _together(rule)
    return rule


def _parts(text: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for part in text.upper().strip().strip(";").split(";"):
        word, _, value = (side.strip() for side in part.partition("="))
        if word not in _KNOWN or not value:
            raise RuleError(f"规则里的“{part[:30]}”不认识", f"“{part[:30]}” is no part of a recurrence rule")
        if word in parts:
            raise RuleError(f"{word} 写了两次", f"{word} is given twice")
        parts[word] = value
    return parts


def _one(word: str, text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) == 0:
        raise RuleError(f"{word} 应为 1 或更大的整数", f"{word} must be a whole number from 1 on")
    return int(text)


def _numbers(word: str, text: str) -> tuple[int, ...]:
    least, most, from_end = _RANGES[word]
    found = set()
    for item in text.split(","):
        good = re.fullmatch(r"[+-]?[0-9]{1,3}", item.strip())
        value = int(item) if good else -1_000
        if not (least <= value <= most or (from_end and -most <= value <= -least)):
            raise RuleError(
                f"{word} 里的“{item.strip()[:12]}”不在 {least} 到 {most} 之间",
                f"“{item.strip()[:12]}” in {word} is not from {least} to {most}",
            )
        # A leap second is the second before it: no clock of a town shows it.
        found.add(59 if word == "BYSECOND" and value == 60 else value)
    return tuple(sorted(found))


def _days(text: str) -> tuple[tuple[int, int], ...]:
    found: dict[tuple[int, int], None] = {}
    for item in text.split(","):
        day = _DAY.fullmatch(item.strip())
        which = int(day[1] or 0) if day else 99
        if day is None or abs(which) > 53 or (day[1] and not which):
            raise RuleError(
                f"BYDAY 里的“{item.strip()[:12]}”不是星期(MO、TU……,前面可加第几个)",
                f"“{item.strip()[:12]}” in BYDAY is no weekday (MO, TU …, with which one before it)",
            )
        found[which, WEEKDAYS.index(day[2])] = None
    return tuple(found)


def _weekday(text: str) -> int:
    if text not in WEEKDAYS:
        raise RuleError("WKST 应为 MO、TU……之一", "WKST must be one of MO, TU …")
    return WEEKDAYS.index(text)


def _until(text: str) -> date | datetime:
    found = _UNTIL.fullmatch(text)
    try:
        if found is None:
            raise ValueError(text)
        numbers = [int(part) for part in found.groups()[:6] if part is not None]
        if len(numbers) == 3:
            return date(*numbers)
        year, month, day, hour, minute, second = numbers
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC if found[7] else None)
    except ValueError:
        raise RuleError(
            f"UNTIL“{text[:20]}”不是日期,应写 20261231 或 20261231T160000Z",
            f"UNTIL “{text[:20]}” is no date; write 20261231 or 20261231T160000Z",
        ) from None


def _until_text(until: date | datetime | None) -> str:
    if isinstance(until, datetime):
        return f"{until:%Y%m%dT%H%M%S}" + ("Z" if until.tzinfo else "")
    return f"{until:%Y%m%d}"


def _together(rule: Recurrence) -> None:
    """What RFC 5545 forbids in one rule, because nobody can say what it would mean."""
    numbered = any(which for which, _ in rule.by_day)
    if numbered and (rule.freq not in {"MONTHLY", "YEARLY"} or rule.by_week_no):
        raise RuleError(
            "“第几个星期几”只能用于每月或每年的规则", "“the nth weekday” goes only with monthly and yearly rules"
        )
    if rule.by_week_no and rule.freq != "YEARLY":
        raise RuleError("BYWEEKNO 只能用于每年的规则", "BYWEEKNO goes only with yearly rules")
    if rule.by_year_day and rule.freq in {"DAILY", "WEEKLY", "MONTHLY"}:
        raise RuleError("BYYEARDAY 不能用于每日、每周、每月的规则", "BYYEARDAY does not go with such a FREQ")
    if rule.by_month_day and rule.freq == "WEEKLY":
        raise RuleError("BYMONTHDAY 不能用于每周的规则", "BYMONTHDAY does not go with weekly rules")
    if rule.by_set_pos and not (rule.by_day or any(getattr(rule, f) for w, f in _LISTS.items() if w != "BYSETPOS")):
        raise RuleError("BYSETPOS 要和别的 BY 一起用", "BYSETPOS needs another BY beside it")


# -- writing out -----------------------------------------------------------------------------------------------------


def write_out(rule: Recurrence, start: datetime, bounds: Bounds = WIDE, zone: tzinfo | None = None) -> Times:
    """Return the times of a rule whose first time is `start` (a wall-clock time; it counts, as RFC 5545 says).

    `zone` is needed only where `until` is an instant.
    """
    last = bounds.last
    if rule.endless:
        last = min(last, date(min(max(start.year, bounds.first.year) + bounds.years, LAST_DAY.year), 12, 31))
    walk = _Walk(rule, start, last, bounds.looks)
    found: list[datetime] = []
    number, whole, cut = 0, False, False
    for moment in walk.moments(bounds.first):
        number += 1
        if (rule.count is not None and number > rule.count) or _past(rule.until, moment, zone):
            whole = True
            break
        if moment.date() < bounds.first:
            continue
        if moment.date() > last or len(found) >= bounds.most:
            cut = True
            break
        found.append(moment)
    # A rule that has given all it may is whole even where nothing came after to show it.
    return Times(tuple(found), whole or (number == rule.count and not cut), walk.looked)


def _past(until: date | datetime | None, moment: datetime, zone: tzinfo | None) -> bool:
    if until is None:
        return False
    if not isinstance(until, datetime):
        return moment.date() > until
    if until.tzinfo is None:
        return moment > until
    offset = moment.replace(tzinfo=zone).utcoffset() if zone is not None else None
    return moment - (offset or timedelta(0)) > until.replace(tzinfo=None)


def meets(rule: Recurrence, start: datetime) -> bool:
    """Return whether a first time is one of its rule's times; it counts in any case."""
    lists = _filled(rule, start)
    by_clock = ((rule.by_hour, start.hour), (rule.by_minute, start.minute), (rule.by_second, start.second))
    fits = _fitting(lists)
    if not fits(start.date()) or any(wanted and value not in wanted for wanted, value in by_clock):
        return False
    period = _period(lists, start, 0) if rule.by_set_pos else None
    if period is None:
        return True
    return start in _in_period(lists, [day for day in period[0] if fits(day)], period[1], start)


@dataclass(slots=True)
class _Walk:
    """A walk through the periods of a rule up to a last day, counting the days that were looked at."""

    rule: Recurrence
    start: datetime
    last: date
    most: int
    looked: int = 0

    def moments(self, first: date) -> Iterator[datetime]:
        """Yield the first time and then the times after it."""
        yield self.start
        lists = _filled(self.rule, self.start)
        fits = _fitting(lists)
        index = _first_index(self.rule, self.start, first)
        while self.looked < self.most:
            period = _period(lists, self.start, index)
            if period is None or period[0][:1] > [self.last]:
                return
            days, anchor = period
            self.looked += 1 + len(days)
            good = [day for day in days if fits(day)]
            if not good and anchor is not None:
                index = _next_day(self.rule, self.start, anchor)
                continue
            index += 1
            yield from (moment for moment in _in_period(lists, good, anchor, self.start) if moment > self.start)


def _in_period(lists: Recurrence, days: Sequence[date], anchor: datetime | None, start: datetime) -> list[datetime]:
    moments = sorted(_at_times(lists, days, anchor, start))
    return _picked(moments, lists.by_set_pos) if lists.by_set_pos else moments


def _filled(rule: Recurrence, start: datetime) -> Recurrence:
    """Return the rule with what it leaves out taken from its first time: the same weekday, day of month, month."""
    by: dict[str, tuple[int, ...]] = {}
    by_day = rule.by_day
    named = rule.by_day or rule.by_month_day or rule.by_year_day
    if rule.freq == "WEEKLY" and not by_day:
        by_day = ((0, start.weekday()),)
    elif rule.freq == "MONTHLY" and not named:
        by["by_month_day"] = (start.day,)
    elif rule.freq == "YEARLY" and not named:
        if rule.by_week_no:
            by_day = ((0, start.weekday()),)
        else:
            by["by_month_day"] = (start.day,)
            by["by_month"] = rule.by_month or (start.month,)
    values = {field: by.get(field, getattr(rule, field)) for field in _LISTS.values()}
    return Recurrence(rule.freq, rule.interval, by_day=by_day, week_start=rule.week_start, **values)


def _fitting(rule: Recurrence) -> Callable[[date], bool]:
    """Return the question whether a day is one of the rule's, asked of the days of a period."""
    asked: list[Callable[[date], bool]] = []
    if rule.by_month:
        months = frozenset(rule.by_month)
        asked.append(lambda day: day.month in months)
    if rule.by_month_day:
        month_days = frozenset(rule.by_month_day)
        asked.append(lambda day: day.day in month_days or day.day - _month_length(day) - 1 in month_days)
    if rule.by_year_day:
        year_days = frozenset(rule.by_year_day)
        asked.append(lambda day: _year_day(day) in year_days or _year_day(day) - _year_length(day) - 1 in year_days)
    if rule.by_week_no:
        weeks = frozenset(rule.by_week_no)
        asked.append(lambda day: bool(weeks.intersection(_week_numbers(day, rule.week_start))))
    if rule.by_day:
        asked.append(_weekday_question(rule))
    return lambda day: all(question(day) for question in asked)


def _weekday_question(rule: Recurrence) -> Callable[[date], bool]:
    every = frozenset(day for which, day in rule.by_day if not which)
    numbered = frozenset((which, day) for which, day in rule.by_day if which)
    whole_year = rule.freq == "YEARLY" and not rule.by_month

    def fits(day: date) -> bool:
        weekday = day.weekday()
        if weekday in every:
            return True
        if not numbered:
            return False
        place = _year_day(day) if whole_year else day.day
        length = _year_length(day) if whole_year else _month_length(day)
        return ((place - 1) // 7 + 1, weekday) in numbered or (-((length - place) // 7) - 1, weekday) in numbered

    return fits


def _month_length(day: date) -> int:
    return monthrange(day.year, day.month)[1]


def _year_length(day: date) -> int:
    return 366 if isleap(day.year) else 365


def _year_day(day: date) -> int:
    return day.toordinal() - date(day.year, 1, 1).toordinal() + 1


def _week_numbers(day: date, week_start: int) -> tuple[int, int]:
    """Return the number of the week from the front and from the end (negative) of the year that has most of it."""
    begins = day.toordinal() - (day.weekday() - week_start) % 7
    year = date.fromordinal(begins + 3).year
    first, after = (_first_week(one, week_start) for one in (year, year + 1))
    number = (begins - first) // 7 + 1
    return number, number - (after - first) // 7 - 1


def _first_week(year: int, week_start: int) -> int:
    fourth = date(year, 1, 4)
    return fourth.toordinal() - (fourth.weekday() - week_start) % 7


# -- periods ---------------------------------------------------------------------------------------------------------


def _period(rule: Recurrence, start: datetime, index: int) -> tuple[list[date], datetime | None] | None:
    """Return the days of the index-th period, and its hour, minute or second where it is shorter than a day."""
    step = index * rule.interval
    if rule.freq == "YEARLY":
        year = start.year + step
        return None if year > LAST_DAY.year else (_days_of(year, rule.by_month or range(1, 13), rule), None)
    if rule.freq == "MONTHLY":
        year, month = divmod(start.year * 12 + start.month - 1 + step, 12)
        return None if year > LAST_DAY.year else (_days_of(year, (month + 1,), rule), None)
    if rule.freq in {"WEEKLY", "DAILY"}:
        weekly = rule.freq == "WEEKLY"
        ordinal = start.toordinal() + step * (7 if weekly else 1)
        ordinal -= (start.weekday() - rule.week_start) % 7 if weekly else 0
        if ordinal > LAST_DAY.toordinal():
            return None
        return [date.fromordinal(one) for one in range(ordinal, ordinal + (7 if weekly else 1))], None
    ahead = step * _STEPS[rule.freq].total_seconds()
    if ahead > 400 * 366 * 86_400:
        return None
    moment = _trimmed(rule, start) + timedelta(seconds=ahead)
    return None if moment.date() > LAST_DAY else ([moment.date()], moment)


def _days_of(year: int, months: Sequence[int], rule: Recurrence) -> list[date]:
    """Return the days of some months; only those the rule names by number or place, where it does."""
    by_place = rule.by_day and all(which for which, _ in rule.by_day) and (rule.freq == "MONTHLY" or rule.by_month)
    found = []
    for month in months:
        begins, length = monthrange(year, month)
        days: Iterable[int] = range(1, length + 1)
        if rule.by_month_day:
            days = {day if day > 0 else length + 1 + day for day in rule.by_month_day}
        elif by_place:
            days = sorted({_place(which, weekday, begins, length) for which, weekday in rule.by_day})
        found += [date(year, month, day) for day in days if 1 <= day <= length]
    return found


def _place(which: int, weekday: int, begins: int, length: int) -> int:
    """Return the day of the nth such weekday in a month that begins on a weekday; 0 or too much when there is none."""
    first = (weekday - begins) % 7 + 1
    if which > 0:
        return first + 7 * (which - 1)
    last = first + (length - first) // 7 * 7
    return max(0, last + 7 * (which + 1))


def _trimmed(rule: Recurrence, start: datetime) -> datetime:
    if rule.freq == "HOURLY":
        return start.replace(minute=0, second=0)
    return start.replace(second=0) if rule.freq == "MINUTELY" else start


def _first_index(rule: Recurrence, start: datetime, first: date) -> int:
    """Return the period to begin with: the first one, or one shortly before the first day that is asked for."""
    if rule.count is not None or first <= start.date():
        return 0
    if rule.freq == "YEARLY":
        ahead = first.year - start.year - 1
    elif rule.freq == "MONTHLY":
        ahead = (first.year - start.year) * 12 + first.month - start.month - 1
    else:
        days = first.toordinal() - start.toordinal() - 1
        ahead = {"WEEKLY": days // 7 - 1, "DAILY": days, "HOURLY": days * 24}.get(rule.freq, days * 1_440)
        ahead *= 60 if rule.freq == "SECONDLY" else 1
    return max(0, ahead // rule.interval)


def _next_day(rule: Recurrence, start: datetime, anchor: datetime) -> int:
    """Return the first period after the anchor's day, so that a day of seconds is not walked in vain."""
    step = _STEPS[rule.freq] * rule.interval
    midnight = datetime(anchor.year, anchor.month, anchor.day) + timedelta(days=1)
    return -((_trimmed(rule, start) - midnight) // step)


def _at_times(rule: Recurrence, days: Sequence[date], anchor: datetime | None, start: datetime) -> Iterator[datetime]:
    hours: Sequence[int] = rule.by_hour or (start.hour,)
    minutes: Sequence[int] = rule.by_minute or (start.minute,)
    seconds: Sequence[int] = rule.by_second or (start.second,)
    if anchor is not None:
        depth = 3 - FREQUENCIES.index(rule.freq)
        hours = _kept(rule.by_hour, anchor.hour)
        minutes = _kept(rule.by_minute, anchor.minute) if depth > 1 else minutes
        seconds = _kept(rule.by_second, anchor.second) if depth > 2 else seconds
    for day, hour, minute, second in product(days, hours, minutes, seconds):
        yield datetime(day.year, day.month, day.day, hour, minute, second)


def _kept(wanted: tuple[int, ...], value: int) -> tuple[int, ...]:
    return (value,) if not wanted or value in wanted else ()


def _picked(moments: list[datetime], places: tuple[int, ...]) -> list[datetime]:
    count = len(moments)
    indexes = {place - 1 if place > 0 else count + place for place in places}
    return [moments[index] for index in sorted(indexes) if 0 <= index < count]
