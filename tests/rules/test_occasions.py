"""Occasions and their series: changes of clocks, single times changed, taken out or added, and the house's own time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.calendar.occasions import (
    NEUTRAL_TITLES,
    Added,
    Length,
    Occasion,
    Series,
    Status,
    instant,
    take_place,
)
from wuxiao.rules.calendar.recurrence import Bounds, read_rule

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = Length(0, 3_600)


def series(start: date | datetime, *rules: str, length: Length = HOUR, **more: object) -> Series:
    return Series(Occasion("1@x", start, length), tuple(map(read_rule, rules)), **more)  # type: ignore[arg-type]


def shown(found: Series) -> list[str]:
    return [f"{one.begins:%m-%d %H:%M}" for one in take_place(found).times]


def test_a_weekly_sitting_in_the_house_keeps_its_hour() -> None:
    found = take_place(series(datetime(2026, 3, 4, 9, tzinfo=SHANGHAI), "FREQ=WEEKLY;COUNT=3"))
    assert [(f"{one.start:%F %H:%M}", f"{one.end:%H:%M}") for one in found.times] == [
        ("2026-03-04 09:00", "10:00"),
        ("2026-03-11 09:00", "10:00"),
        ("2026-03-18 09:00", "10:00"),
    ]
    assert found.whole


def test_elsewhere_the_clocks_change_and_here_they_do_not() -> None:
    # Berlin puts its clocks forward on 29 March 2026: nine o'clock there is 16:00 here and then 15:00.
    assert shown(series(datetime(2026, 3, 28, 9, tzinfo=BERLIN), "FREQ=DAILY;COUNT=2")) == [
        "03-28 16:00",
        "03-29 15:00",
    ]


def test_an_hour_that_does_not_exist_and_one_that_comes_twice() -> None:
    # 02:30 on the 29th does not exist: with the offset before the gap it is 03:30 in summer time, 09:30 here.
    assert shown(series(datetime(2026, 3, 28, 2, 30, tzinfo=BERLIN), "FREQ=DAILY;COUNT=3")) == [
        *("03-28 09:30", "03-29 09:30", "03-30 08:30"),
    ]
    # 02:30 on 25 October comes twice: the first is meant, still in summer time.
    assert shown(series(datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN))) == ["10-25 08:30"]


def test_a_day_is_by_the_calendar_and_hours_are_by_the_watch() -> None:
    start = datetime(2026, 3, 28, 12, tzinfo=BERLIN)
    by_calendar, by_watch = (take_place(series(start, length=one)).times[0] for one in (Length(1), Length(0, 86_400)))
    assert by_calendar.end == datetime(2026, 3, 29, 18, tzinfo=SHANGHAI)
    assert by_watch.end == datetime(2026, 3, 29, 19, tzinfo=SHANGHAI)


def test_days_are_days_in_every_zone() -> None:
    term = take_place(series(date(2026, 9, 1), length=Length(138))).times[0]
    assert (term.first_day, term.last_day) == (date(2026, 9, 1), date(2027, 1, 16))
    assert term.end == date(2027, 1, 17)


def test_midnight_belongs_to_the_day_before_and_a_moment_to_its_own() -> None:
    until_midnight = take_place(series(datetime(2026, 3, 4, 20, tzinfo=SHANGHAI), length=Length(0, 4 * 3_600))).times[0]
    assert until_midnight.last_day == date(2026, 3, 4)
    moment = take_place(series(datetime(2026, 3, 4, tzinfo=SHANGHAI), length=Length())).times[0]
    assert moment.first_day == moment.last_day == date(2026, 3, 4)


def test_single_times_are_taken_out_changed_and_added() -> None:
    start = datetime(2026, 3, 2, 9, tzinfo=SHANGHAI)
    third = instant(start + timedelta(days=2))
    found = series(
        start,
        "FREQ=DAILY;COUNT=5",
        added=(Added(datetime(2026, 3, 20, 14, tzinfo=SHANGHAI), Length(0, 1_800)),),
        # One by its moment in another zone, one by its day.
        without=frozenset({instant(datetime(2026, 3, 3, 1, tzinfo=UTC)), date(2026, 3, 6)}),
        changed={third: Occasion("1@x", datetime(2026, 3, 9, 15, tzinfo=SHANGHAI), HOUR, status=Status.CANCELLED)},
    )
    assert shown(found) == ["03-02 09:00", "03-05 09:00", "03-09 15:00", "03-20 14:00"]
    times = take_place(found).times
    assert times[2].status is Status.CANCELLED
    assert times[3].end == datetime(2026, 3, 20, 14, 30, tzinfo=SHANGHAI)


def test_several_rules_are_one_series_and_no_time_comes_twice() -> None:
    found = series(date(2026, 3, 2), "FREQ=WEEKLY;COUNT=3", "FREQ=DAILY;COUNT=2", length=Length(1))
    assert [one.start for one in take_place(found).times] == [
        *(date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 9), date(2026, 3, 16)),
    ]


def test_a_window_sees_what_reaches_into_it() -> None:
    long = series(date(2026, 1, 1), "FREQ=MONTHLY", length=Length(10))
    found = take_place(long, Bounds(first=date(2030, 6, 5), last=date(2030, 7, 1))).times
    assert [one.start for one in found] == [date(2030, 6, 1), date(2030, 7, 1)]
    assert [one.start for one in take_place(long, Bounds(first=date(2030, 6, 11), last=date(2030, 6, 30))).times] == []


def test_an_endless_series_is_cut_and_says_so() -> None:
    endless = series(datetime(2026, 3, 4, 9, tzinfo=SHANGHAI), "FREQ=DAILY")
    assert endless.endless
    found = take_place(endless, Bounds(most=20))
    assert len(found.times) == 20
    assert not found.whole
    assert not series(date(2026, 3, 4), "FREQ=DAILY;COUNT=2").endless


def test_neutral_titles_are_in_both_languages() -> None:
    for title in NEUTRAL_TITLES.values():
        assert title.zh
        assert title.en.isascii()
