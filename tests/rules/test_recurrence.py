"""Recurrence rules: the examples of RFC 5545 (3.8.5.3) as its text lists them, the edges, and a second opinion."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr

from wuxiao.rules.calendar.recurrence import FREQUENCIES, WEEKDAYS, Bounds, RuleError, meets, read_rule, write_out

NEW_YORK = ZoneInfo("America/New_York")

#: First day, rule, days ("97-9-2" and the following), all at nine o'clock.
RFC = [
    ("97-9-2", "FREQ=DAILY;COUNT=10", "97-9: 2 3 4 5 6 7 8 9 10 11"),
    ("97-9-2", "FREQ=DAILY;INTERVAL=10;COUNT=5", "97-9: 2 12 22 | 97-10: 2 12"),
    ("97-9-2", "FREQ=WEEKLY;COUNT=10", "97-9: 2 9 16 23 30 | 97-10: 7 14 21 28 | 97-11: 4"),
    ("97-9-2", "FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH", "97-9: 2 4 9 11 16 18 23 25 30 | 97-10: 2"),
    (
        "97-9-1",
        "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR",
        "97-9: 1 3 5 15 17 19 29 | 97-10: 1 3 13 15 17 27 29 31 | 97-11: 10 12 14 24 26 28 | 97-12: 8 10 12 22",
    ),
    ("97-9-2", "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH", "97-9: 2 4 16 18 30 | 97-10: 2 14 16"),
    (
        "97-9-5",
        "FREQ=MONTHLY;COUNT=10;BYDAY=1FR",
        "97-9: 5 | 97-10: 3 | 97-11: 7 | 97-12: 5 | 98-1: 2 | 98-2: 6 | 98-3: 6 | 98-4: 3 | 98-5: 1 | 98-6: 5",
    ),
    ("97-9-5", "FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR", "97-9: 5 | 97-10: 3 | 97-11: 7 | 97-12: 5"),
    (
        "97-9-7",
        "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU",
        "97-9: 7 28 | 97-11: 2 30 | 98-1: 4 25 | 98-3: 1 29 | 98-5: 3 31",
    ),
    (
        "97-9-22",
        "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO",
        "97-9: 22 | 97-10: 20 | 97-11: 17 | 97-12: 22 | 98-1: 19 | 98-2: 16",
    ),
    ("97-9-28", "FREQ=MONTHLY;BYMONTHDAY=-3", "97-9: 28 | 97-10: 29 | 97-11: 28 | 97-12: 29 | 98-1: 29 | 98-2: 26"),
    (
        "97-9-2",
        "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15",
        "97-9: 2 15 | 97-10: 2 15 | 97-11: 2 15 | 97-12: 2 15 | 98-1: 2 15",
    ),
    (
        "97-9-30",
        "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1",
        "97-9: 30 | 97-10: 1 31 | 97-11: 1 30 | 97-12: 1 31 | 98-1: 1 31 | 98-2: 1",
    ),
    (
        "97-9-10",
        "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15",
        "97-9: 10 11 12 13 14 15 | 99-3: 10 11 12 13",
    ),
    (
        "97-9-2",
        "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU",
        "97-9: 2 9 16 23 30 | 97-11: 4 11 18 25 | 98-1: 6 13 20 27 | 98-3: 3 10 17 24 31",
    ),
    (
        "97-6-10",
        "FREQ=YEARLY;COUNT=10;BYMONTH=6,7",
        "97-6: 10 | 97-7: 10 | 98-6: 10 | 98-7: 10 | 99-6: 10 | 99-7: 10 | 00-6: 10 | 00-7: 10 | 01-6: 10 | 01-7: 10",
    ),
    (
        "97-3-10",
        "FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3",
        "97-3: 10 | 99-1: 10 | 99-2: 10 | 99-3: 10 | 01-1: 10 | 01-2: 10 | 01-3: 10 | 03-1: 10 | 03-2: 10 | 03-3: 10",
    ),
    (
        "97-1-1",
        "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200",
        "97-1: 1 | 97-4: 10 | 97-7: 19 | 00-1: 1 | 00-4: 9 | 00-7: 18 | 03-1: 1 | 03-4: 10 | 03-7: 19 | 06-1: 1",
    ),
    ("97-5-19", "FREQ=YEARLY;BYDAY=20MO", "97-5: 19 | 98-5: 18 | 99-5: 17"),
    ("97-5-12", "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "97-5: 12 | 98-5: 11 | 99-5: 17"),
    ("97-3-13", "FREQ=YEARLY;BYMONTH=3;BYDAY=TH", "97-3: 13 20 27 | 98-3: 5 12 19 26 | 99-3: 4 11 18 25"),
    (
        "97-6-5",
        "FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8",
        "97-6: 5 12 19 26 | 97-7: 3 10 17 24 31 | 97-8: 7 14 21 28 | 98-6: 4 11 18 25 | 98-7: 2 9 16 23 30",
    ),
    # The RFC takes the first day away by an EXDATE; here it stays, as it does without one.
    (
        "97-9-2",
        "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
        "97-9: 2 | 98-2: 13 | 98-3: 13 | 98-11: 13 | 99-8: 13 | 00-10: 13",
    ),
    (
        "97-9-13",
        "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13",
        "97-9: 13 | 97-10: 11 | 97-11: 8 | 97-12: 13 | 98-1: 10 | 98-2: 7 | 98-3: 7 | 98-4: 11 | 98-5: 9 | 98-6: 13",
    ),
    (
        "96-11-5",
        "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
        "96-11: 5 | 00-11: 7 | 04-11: 2",
    ),
    ("97-9-4", "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "97-9: 4 | 97-10: 7 | 97-11: 6"),
    (
        "97-9-29",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
        "97-9: 29 | 97-10: 30 | 97-11: 27 | 97-12: 30 | 98-1: 29 | 98-2: 26 | 98-3: 30",
    ),
    ("97-8-5", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "97-8: 5 10 19 24"),
    ("97-8-5", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "97-8: 5 17 19 31"),
    ("07-1-15", "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5", "07-1: 15 30 | 07-2: 15 | 07-3: 15 30"),
]  # fmt: skip


def day(text: str) -> date:
    year, month, number = map(int, text.split("-"))
    return date(year + (1900 if year > 50 else 2000), month, number)


def days(text: str) -> list[date]:
    months = (part.strip().split(":") for part in text.split("|"))
    return [day(f"{month}-{number}") for month, numbers in months for number in numbers.split()]


@pytest.mark.parametrize(("first", "rule", "expected"), RFC)
def test_the_examples_of_the_rfc(first: str, rule: str, expected: str) -> None:
    start = datetime.combine(day(first), datetime.min.time().replace(hour=9))
    wanted = [datetime.combine(one, start.time()) for one in days(expected)]
    ends = "COUNT" in rule or "UNTIL" in rule
    found = write_out(read_rule(rule), start, Bounds(most=len(wanted) + (5 if ends else 0)), NEW_YORK)
    assert list(found.times) == wanted
    assert found.whole is ends


def test_every_day_of_three_januaries() -> None:
    start = datetime(1998, 1, 1, 9)
    yearly = read_rule("FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA")
    daily = read_rule("FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1")
    found = [write_out(rule, start, zone=NEW_YORK) for rule in (yearly, daily)]
    assert found[0].times == found[1].times
    assert len(found[0].times) == 93
    assert found[0].times[-1] == datetime(2000, 1, 31, 9)


def test_shorter_than_a_day() -> None:
    start = datetime(1997, 9, 2, 9)

    def clock(rule: str, most: int = 100) -> list[str]:
        return [f"{one:%d %H:%M}" for one in write_out(read_rule(rule), start, Bounds(most=most)).times]

    assert clock("FREQ=MINUTELY;INTERVAL=15;COUNT=6") == [
        *("02 09:00", "02 09:15", "02 09:30", "02 09:45", "02 10:00", "02 10:15"),
    ]
    assert clock("FREQ=MINUTELY;INTERVAL=90;COUNT=4") == ["02 09:00", "02 10:30", "02 12:00", "02 13:30"]
    assert clock("FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T170000") == ["02 09:00", "02 12:00", "02 15:00"]
    hours = "9,10,11,12,13,14,15,16"
    by_day = clock(f"FREQ=DAILY;BYHOUR={hours};BYMINUTE=0,20,40")
    assert by_day[:4] == ["02 09:00", "02 09:20", "02 09:40", "02 10:00"]
    assert by_day[23:25] == ["02 16:40", "03 09:00"]
    assert clock(f"FREQ=MINUTELY;INTERVAL=20;BYHOUR={hours}") == by_day
    assert clock("FREQ=SECONDLY;INTERVAL=40;COUNT=3;BYSECOND=0,20") == ["02 09:00", "02 09:01", "02 09:02"]


def test_days_that_do_not_exist_are_left_out() -> None:
    leap = write_out(read_rule("FREQ=YEARLY;COUNT=3"), datetime(2024, 2, 29, 9))
    assert [one.date() for one in leap.times] == [date(2024, 2, 29), date(2028, 2, 29), date(2032, 2, 29)]
    long = write_out(read_rule("FREQ=MONTHLY;COUNT=4"), datetime(2026, 1, 31, 9))
    assert [one.month for one in long.times] == [1, 3, 5, 7]
    last = write_out(read_rule("FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3"), datetime(2026, 1, 31, 9))
    assert [one.date() for one in last.times] == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]
    # 2100 is no leap year.
    century = write_out(read_rule("FREQ=YEARLY;COUNT=2"), datetime(2096, 2, 29))
    assert century.times[1] == datetime(2104, 2, 29)


def test_days_and_weeks_from_the_end_of_the_year() -> None:
    def found(rule: str, first: date) -> list[date]:
        return [one.date() for one in write_out(read_rule(rule), datetime.combine(first, datetime.min.time())).times]

    assert found("FREQ=YEARLY;BYYEARDAY=-1;COUNT=2", date(2026, 12, 31)) == [date(2026, 12, 31), date(2027, 12, 31)]
    # The 366th day from the end is New Year of a leap year and no day of another.
    assert found("FREQ=YEARLY;BYYEARDAY=-366;COUNT=2", date(2024, 1, 1)) == [date(2024, 1, 1), date(2028, 1, 1)]
    # 2026 has 53 weeks; the last days of 2024 belong to the first week of 2025.
    assert found("FREQ=YEARLY;BYWEEKNO=-1;BYDAY=MO;COUNT=4", date(2024, 12, 23)) == [
        *(date(2024, 12, 23), date(2025, 12, 22), date(2026, 12, 28), date(2027, 12, 27)),
    ]
    assert found("FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO;COUNT=2", date(2026, 12, 28)) == [
        date(2026, 12, 28),
        date(2032, 12, 27),
    ]
    assert found("FREQ=YEARLY;BYWEEKNO=1;BYDAY=WE;COUNT=2", date(2025, 1, 1)) == [date(2025, 1, 1), date(2025, 12, 31)]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=5",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6;UNTIL=21991231",
        "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=31;COUNT=2",
        "FREQ=HOURLY;BYHOUR=9;BYSETPOS=2;COUNT=2",
    ],
)
def test_what_never_comes_ends(rule: str) -> None:
    found = write_out(read_rule(rule), datetime(2026, 1, 1, 9))
    assert found.times == (datetime(2026, 1, 1, 9),)
    assert not found.whole
    assert found.looks < 200_000


def test_bounds_hold() -> None:
    daily = read_rule("FREQ=DAILY")
    start = datetime(2026, 1, 1, 9)
    assert len(write_out(daily, start, Bounds(most=7)).times) == 7
    ten_years = write_out(daily, start, Bounds(most=10_000))
    assert ten_years.times[-1].date() == date(2036, 12, 31)
    assert not ten_years.whole
    window = write_out(daily, start, Bounds(first=date(2090, 5, 1), last=date(2090, 5, 3)))
    assert [one.day for one in window.times] == [1, 2, 3]
    assert window.looks < 100, "it walked from the beginning"
    # Counted rules must be walked, or the count would begin anew.
    counted = write_out(read_rule("FREQ=DAILY;COUNT=10"), start, Bounds(first=date(2026, 1, 9)))
    assert [one.day for one in counted.times] == [9, 10]
    assert counted.whole
    # The very last one allowed is still told as the end.
    assert write_out(read_rule("FREQ=DAILY;COUNT=7"), start, Bounds(most=7)).whole


def test_a_window_sees_what_a_walk_sees() -> None:
    start = datetime(2020, 2, 3, 9)
    rules = (
        "FREQ=WEEKLY;INTERVAL=3;BYDAY=TU,SU;WKST=SU",
        "FREQ=MONTHLY;INTERVAL=5;BYDAY=-1FR",
        "FREQ=HOURLY;INTERVAL=7",
        "FREQ=YEARLY;INTERVAL=3;BYWEEKNO=1,53;BYDAY=MO",
        "FREQ=DAILY;INTERVAL=11",
        "FREQ=MINUTELY;INTERVAL=777",
    )
    for text in rules:
        rule = read_rule(text)
        walked = write_out(rule, start, Bounds(most=90_000, last=date(2029, 12, 31), looks=9_000_000)).times
        first = date(2027, 3, 14)
        seen = write_out(rule, start, Bounds(most=90_000, first=first, last=date(2029, 12, 31), looks=9_000_000)).times
        assert seen == tuple(one for one in walked if one.date() >= first), text
        assert seen


def test_until_as_day_clock_and_instant() -> None:
    start = datetime(2026, 3, 1, 9)
    shanghai = ZoneInfo("Asia/Shanghai")

    def count(until: str) -> int:
        return len(write_out(read_rule(f"FREQ=DAILY;UNTIL={until}"), start, zone=shanghai).times)

    assert count("20260303") == 3
    assert count("20260303T090000") == 3
    assert count("20260303T085959") == 2
    assert count("20260303T010000Z") == 3
    assert count("20260303T005959Z") == 2
    assert count("20260101") == 0


def test_the_first_time_counts_even_outside_its_rule() -> None:
    rule = read_rule("FREQ=WEEKLY;BYDAY=MO;COUNT=3")
    wednesday = datetime(2026, 3, 4, 9)
    assert not meets(rule, wednesday)
    assert meets(rule, datetime(2026, 3, 2, 9))
    assert [one.day for one in write_out(rule, wednesday).times] == [4, 9, 16]
    assert not meets(read_rule("FREQ=MONTHLY;BYDAY=TU;BYSETPOS=2"), datetime(2026, 3, 3))
    assert meets(read_rule("FREQ=MONTHLY;BYDAY=TU;BYSETPOS=2"), datetime(2026, 3, 10))


@pytest.mark.parametrize(
    "text",
    [
        *("", "FREQ=", "FREQ=FORTNIGHTLY", "COUNT=3", "FREQ=DAILY;COUNT=0", "FREQ=DAILY;INTERVAL=0"),
        *("FREQ=DAILY;COUNT=x", "FREQ=DAILY;BYYEARDAY=3", "D1 #10"),
        *("FREQ=DAILY;COUNT=3;COUNT=4", "FREQ=DAILY;BYHOUR=24", "FREQ=DAILY;BYMONTH=0", "FREQ=DAILY;BYMONTH=-1"),
        *("FREQ=MONTHLY;BYMONTHDAY=32", "FREQ=MONTHLY;BYMONTHDAY=0", "FREQ=MONTHLY;BYDAY=XX", "FREQ=MONTHLY;BYDAY=0MO"),
        *("FREQ=WEEKLY;BYDAY=1MO", "FREQ=YEARLY;BYWEEKNO=20;BYDAY=1MO", "FREQ=MONTHLY;BYWEEKNO=3"),
        *("FREQ=WEEKLY;BYMONTHDAY=3", "FREQ=MONTHLY;BYSETPOS=1", "FREQ=DAILY;UNTIL=20260230", "FREQ=DAILY;UNTIL=nie"),
        *("FREQ=DAILY;WKST=XX", "FREQ=DAILY;COLOUR=RED", "FREQ=DAILY;BYMONTH=1,,2", "FREQ=DAILY;COUNT=9999999999"),
        *("FREQ=DAILY;BYHOUR=٣", "FREQ=DAILY;COUNT=²"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_in_words(text: str) -> None:
    with pytest.raises(RuleError) as caught:
        read_rule(text)
    assert caught.value.text.zh
    assert caught.value.text.en
    assert caught.value.text.zh != caught.value.text.en


def test_small_letters_and_blanks_are_forgiven() -> None:
    rule = read_rule(" freq=weekly; byday=MO, we ,+1FR;until=20260101t000000z;".replace(",+1FR", ""))
    assert rule.by_day == ((0, 0), (0, 2))
    assert rule.until == datetime(2026, 1, 1, tzinfo=UTC)
    assert read_rule("FREQ=MINUTELY;BYSECOND=60").by_second == (59,)


def _some_rule(dice: random.Random) -> str:
    def pick(values: list[int] | list[str], most: int) -> str:
        return ",".join(map(str, dice.sample(values, dice.randint(1, most))))

    freq = dice.choice(FREQUENCIES[2:])
    parts = [f"FREQ={freq}"]
    if dice.random() < 0.4:
        parts.append(f"INTERVAL={dice.randint(1, 5)}")
    if dice.random() < 0.4:
        parts.append("BYMONTH=" + pick(list(range(1, 13)), 3))
    if freq in {"YEARLY", "HOURLY"} and dice.random() < 0.2:
        parts.append("BYYEARDAY=" + pick([1, 100, 200, 366, -1, -366, -100], 3))
    if freq != "WEEKLY" and dice.random() < 0.3:
        parts.append("BYMONTHDAY=" + pick([1, 13, 15, 28, 29, 30, 31, -1, -2, -31], 3))
    if dice.random() < 0.5:
        numbered = freq in {"YEARLY", "MONTHLY"} and dice.random() < 0.5
        parts.append("BYDAY=" + pick(["1MO", "-1FR", "3TU", "5SU", "-2WE"] if numbered else list(WEEKDAYS), 4))
    if dice.random() < 0.2:
        parts.append("BYHOUR=" + pick([0, 9, 17], 2))
    # In the first week of a weekly rule the other reader knows only what comes after the first time.
    if freq != "WEEKLY" and any(part.startswith("BY") for part in parts) and dice.random() < 0.3:
        parts.append("BYSETPOS=" + pick([1, 2, -1, 3], 2))
    if dice.random() < 0.4:
        parts.append(f"WKST={dice.choice(WEEKDAYS)}")
    return ";".join(parts)


def test_another_reader_finds_the_same_times() -> None:
    dice = random.Random(20261130)
    compared = 0
    while compared < 250:
        text = _some_rule(dice)
        start = datetime(2020, 1, 1, 9, 30) + timedelta(days=dice.randint(0, 1500))
        rule = read_rule(text)
        assert read_rule(rule.text()) == rule
        ours = write_out(rule, start, Bounds(most=30, last=date(2031, 12, 31), years=50)).times
        # The other reader walks for minutes through rules that hardly ever come.
        if len(ours) < 4:
            continue
        other = rrulestr(f"RRULE:{text};UNTIL=20311231T235959", dtstart=start)
        theirs = list(itertools.islice(other, 31))
        theirs = theirs if theirs[:1] == [start] else [start, *theirs]
        assert list(ours) == theirs[: len(ours)], f"{text} from {start}"
        assert len(ours) >= min(len(theirs), 30), text
        compared += 1
