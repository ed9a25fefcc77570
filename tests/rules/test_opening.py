"""When a place is open: weeks as people write them, and the minute, the midnight and the holiday at their edges."""

from __future__ import annotations

import contextlib
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wuxiao.rules.calendar import SHANGHAI, Calendar
from wuxiao.rules.calendar.opening import DAY, HoursError, Opening, State, Week, read, said, standing

OFFICE = "周一至周五 8:30-12:00,14:00-17:30；周六 9:00-12:00"
CALENDAR = Calendar.official()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def stand(opening: Opening, text: str) -> tuple[State, str, str]:
    found = standing(opening, CALENDAR, at(text))
    return found.state, *(f"{one:%m-%d %H:%M}" if one else "" for one in (found.until, found.next))  # type: ignore[return-value]


@pytest.mark.parametrize(
    "text",
    [
        OFFICE,
        "周一到周五：８：３０－１２：００，１４：００－１７：３０；星期六 9:00~12:00",
        "Mon-Fri 8:30-12:00, 14:00-17:30; Sat 9-12",
        "工作日 8点半至12点、14:00到17点30分\n礼拜六 9:00-12:00\n周日 休息",
        "Monday to Friday 08:30-12:00 14:00-17:30; saturday 9:00-12:00; sun closed",
        "周一、周二、周三、周四、周五 8:30-12:00,14:00-17:30；周六 9:00-12:00",
    ],
)
def test_one_week_in_many_hands(text: str) -> None:
    workday = ((510, 720), (840, 1050))
    assert read(text) == Week((workday,) * 5 + (((540, 720),), ()))
    assert said(read(text)).zh == "周一至周五 08:30-12:00,14:00-17:30；周六 09:00-12:00"
    assert said(read(text)).en == "Mon-Fri 08:30-12:00,14:00-17:30; Sat 09:00-12:00"


@pytest.mark.parametrize("text", ["每天 全天", "每天24小时", "daily all day", "每天 0:00-24:00"])
def test_always_open(text: str) -> None:
    assert read(text) == Week((((0, DAY),),) * 7)
    assert stand(Opening(read(text), on_holidays=True), "2026-10-01 03:00") == (State.OPEN, "", "")


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "no hours"),
        ("早上到晚上", "which days"),
        ("8:30-17:30", "which days"),
        ("周八 8:30-17:30", "which days"),
        ("周一 8:30", "which times"),
        ("周一 25:00-26:00", "which times"),
        ("周一 8:61-9:00", "which times"),
        ("周一 17:30-8:30,9:00-10:00", "overlap"),
        ("周一 9:00-12:00,11:00-13:00", "overlap"),
        ("周一 9:00-8:00", "ends before"),
        ("周一至周五 9:00-12:00；周三 14:00-15:00", "written twice"),
        ("周一至周三、周二 9:00-12:00", "twice"),
        ("周日 休息", "no day"),
        ("周一 18:00-3:00；周二 2:00-9:00", "overlaps the next day"),
        ("周一", "no times"),
    ],
)
def test_what_cannot_be_read_says_which_part_and_how_to_write_it(text: str, part: str) -> None:
    with pytest.raises(HoursError) as wrong:
        read(text)
    assert part in wrong.value.text.en
    assert "8:30-12:00" in wrong.value.text.en
    assert "周一至周五" in wrong.value.text.zh


def test_the_opening_minute_is_open_and_the_closing_minute_is_not() -> None:
    office = Opening(read(OFFICE))
    # 2026-09-07 is a Monday.
    assert stand(office, "2026-09-07 08:29:59") == (State.CLOSED, "", "09-07 08:30")
    assert stand(office, "2026-09-07 08:30:00") == (State.OPEN, "09-07 12:00", "")
    assert stand(office, "2026-09-07 11:59:59") == (State.OPEN, "09-07 12:00", "")
    assert stand(office, "2026-09-07 12:00:00") == (State.CLOSED, "", "09-07 14:00")
    assert stand(office, "2026-09-07 17:30:00") == (State.CLOSED, "", "09-08 08:30")
    assert stand(office, "2026-09-12 12:00:00") == (State.CLOSED, "", "09-14 08:30")


def test_a_night_belongs_to_the_day_it_begins_on() -> None:
    night = Opening(read("周五至周六 18:00-2:00"))
    assert stand(night, "2026-09-12 01:59:59") == (State.OPEN, "09-12 02:00", "")
    assert stand(night, "2026-09-12 02:00:00") == (State.CLOSED, "", "09-12 18:00")
    assert stand(night, "2026-09-13 00:00:00") == (State.OPEN, "09-13 02:00", "")
    assert stand(night, "2026-09-14 00:00:00") == (State.CLOSED, "", "09-18 18:00")
    # Two days that meet at midnight are one stretch.
    both = Opening(read("周一 8:00-24:00；周二 0:00-6:00"))
    assert stand(both, "2026-09-07 23:59:00") == (State.OPEN, "09-08 06:00", "")


def test_holidays_and_worked_weekends_are_the_calendars() -> None:
    office = Opening(read("周一至周五 9:00-17:00"))
    holiday = date(2026, 10, 1)
    assert CALENDAR.day(holiday).name is not None
    assert stand(office, "2026-10-01 10:00")[0] is State.CLOSED
    assert stand(Opening(office.week, on_holidays=True), "2026-10-01 10:00")[0] is State.OPEN
    (worked, _name), *_ = CALENDAR.made_up(date(2026, 9, 1), date(2026, 10, 31))
    assert worked.weekday() >= 5
    assert stand(office, f"{worked} 10:00") == (State.OPEN, f"{worked:%m-%d} 17:00", "")
    assert stand(Opening(office.week, on_holidays=True), f"{worked} 10:00")[0] is State.CLOSED
    # A plain weekend of a place that opens on weekends is no holiday.
    assert stand(Opening(read("周六日 9:00-12:00")), "2026-09-12 10:00")[0] is State.OPEN


def test_a_place_that_opens_on_sundays_only_keeps_a_sunday_that_is_worked() -> None:
    worked = date(2026, 9, 20)
    assert (worked.weekday(), CALENDAR.day(worked).work) == (6, True)
    sundays = Opening(read("周日 9:00-12:00"))
    assert stand(sundays, "2026-09-20 10:00") == (State.OPEN, "09-20 12:00", "")
    # One that opens on Mondays too keeps Monday's hours on it.
    both = Opening(read("周一 13:00-17:00；周日 9:00-12:00"))
    assert stand(both, "2026-09-20 10:00") == (State.CLOSED, "", "09-20 13:00")


def test_a_night_lasts_sixteen_hours_at_most() -> None:
    assert read("周一 18:00-10:00").days[0] == ((18 * 60, 34 * 60),)
    with pytest.raises(HoursError) as wrong:
        read("周一 18:00-10:01")
    assert "ends before" in wrong.value.text.en


def test_a_planned_place_says_its_first_hour_and_a_shut_one_its_next() -> None:
    week = read("周一至周五 9:00-17:00")
    planned = Opening(week, first=date(2026, 9, 12))
    assert stand(planned, "2026-09-07 10:00") == (State.PLANNED, "", "09-14 09:00")
    assert stand(planned, "2026-09-11 23:59:59")[0] is State.PLANNED
    assert stand(planned, "2026-09-12 00:00:00")[0] is State.CLOSED
    assert stand(planned, "2026-09-14 09:00:00")[0] is State.OPEN
    far = Opening(week, first=date(2027, 6, 1))
    assert stand(far, "2026-09-07 10:00") == (State.PLANNED, "", "06-01 09:00")
    shut = Opening(week, shut_from=date(2026, 9, 8), shut_to=date(2026, 9, 9))
    assert stand(shut, "2026-09-07 17:00") == (State.CLOSED, "", "09-10 09:00")
    assert stand(shut, "2026-09-08 10:00") == (State.SHUT, "", "09-10 09:00")
    assert stand(shut, "2026-09-09 23:59:59") == (State.SHUT, "", "09-10 09:00")
    assert stand(shut, "2026-09-10 09:00") == (State.OPEN, "09-10 17:00", "")
    ended = Opening(week, shut_from=date(2026, 9, 8))
    assert stand(ended, "2026-09-08 10:00") == (State.SHUT, "", "")


SPANS = st.lists(st.integers(0, 47), min_size=2, max_size=6, unique=True).map(
    lambda found: tuple(zip(*[iter(n * 30 for n in sorted(found)[: len(found) // 2 * 2])] * 2, strict=True))
)


@given(st.lists(st.one_of(st.just(()), SPANS), min_size=7, max_size=7).filter(any))
def test_what_is_said_reads_back_and_a_minutes_walk_agrees(days: list[tuple[tuple[int, int], ...]]) -> None:
    week = Week(tuple(days))
    assert read(said(week).zh) == week == read(said(week).en)
    monday = at("2026-09-07 00:00")
    opening = Opening(week, on_holidays=True)
    for n in range(0, 7 * 48, 5):
        moment = monday + timedelta(minutes=30 * n + 15)
        minute = moment.hour * 60 + moment.minute
        open_now = any(a <= minute < b for a, b in week.days[moment.weekday()])
        assert (standing(opening, CALENDAR, moment).state is State.OPEN) == open_now


@given(st.text(max_size=60))
def test_whatever_is_typed_is_read_or_refused_in_words(text: str) -> None:
    with contextlib.suppress(HoursError):
        week = read(text)
        assert read(said(week).zh) == week
