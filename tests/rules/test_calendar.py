"""The working calendar against the State Council's notices, an independent table, and its own arithmetic."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path

import chinese_calendar  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.lots import lots
from wuxiao.rules.calendar import (
    SHANGHAI,
    Calendar,
    CalendarError,
    DueAt,
    OfficeHours,
    Season,
    load_notice,
    parse_notice,
    parse_spans,
)
from wuxiao.rules.holidays import NoticeError
from wuxiao.rules.notice import lunar as read_lunar
from wuxiao.rules.words import Text

CALENDAR = Calendar.official()

# By hand from 国办发明电〔2022〕16号, 〔2023〕7号, 〔2024〕12号, 〔2025〕7号: spans off, then worked weekend days.
NOTICES = {
    2023: (
        "2022-12-31..2023-01-02 2023-01-21..2023-01-27 2023-04-05..2023-04-05 2023-04-29..2023-05-03 "
        "2023-06-22..2023-06-24 2023-09-29..2023-10-06",
        "2023-01-28 2023-01-29 2023-04-23 2023-05-06 2023-06-25 2023-10-07 2023-10-08",
    ),
    2024: (
        "2024-01-01..2024-01-01 2024-02-10..2024-02-17 2024-04-04..2024-04-06 2024-05-01..2024-05-05 "
        "2024-06-10..2024-06-10 2024-09-15..2024-09-17 2024-10-01..2024-10-07",
        "2024-02-04 2024-02-18 2024-04-07 2024-04-28 2024-05-11 2024-09-14 2024-09-29 2024-10-12",
    ),
    2025: (
        "2025-01-01..2025-01-01 2025-01-28..2025-02-04 2025-04-04..2025-04-06 2025-05-01..2025-05-05 "
        "2025-05-31..2025-06-02 2025-10-01..2025-10-08",
        "2025-01-26 2025-02-08 2025-04-27 2025-09-28 2025-10-11",
    ),
    2026: (
        "2026-01-01..2026-01-03 2026-02-15..2026-02-23 2026-04-04..2026-04-06 2026-05-01..2026-05-05 "
        "2026-06-19..2026-06-21 2026-09-25..2026-09-27 2026-10-01..2026-10-07",
        "2026-01-04 2026-02-14 2026-02-28 2026-05-09 2026-09-20 2026-10-10",
    ),
}


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(n) for n in range((last - first).days + 1)]


def off_days(year: int) -> set[date]:
    spans = (span.split("..") for span in NOTICES[year][0].split())
    return {day for a, b in spans for day in days(date.fromisoformat(a), date.fromisoformat(b))}


@pytest.mark.parametrize("year", NOTICES)
def test_every_day_of_2023_to_2026_is_as_the_notice_says(year: int) -> None:
    off = off_days(year)
    worked = {date.fromisoformat(day) for day in NOTICES[year][1].split()}
    for day in days(date(year, 1, 1), date(year, 12, 31)):
        expected = day in worked or (day.weekday() < 5 and day not in off)
        assert CALENDAR.is_workday(day) is expected, day
        told = CALENDAR.day(day)
        assert told.work is expected
        assert (told.name is not None) is (day in off or day in worked), day
        assert str(year) in told.source


def test_the_last_days_of_december_belong_to_the_next_years_notice() -> None:
    assert not CALENDAR.is_workday(date(2018, 12, 31))
    assert CALENDAR.is_workday(date(2018, 12, 29))
    assert CALENDAR.day(date(2018, 12, 31)).name == Text("元旦", "New Year's Day")
    assert "2019" in CALENDAR.day(date(2018, 12, 31)).source


def test_2004_to_2026_agree_with_an_independent_table_but_for_one_day_it_lacks() -> None:
    # 国办发明电〔2005〕35号 says 12月31日（星期六）上班; the other table does not have it.
    different = [
        day
        for day in days(date(2004, 1, 1), date(2026, 12, 31))
        if chinese_calendar.is_workday(day) is not CALENDAR.is_workday(day)
    ]
    assert different == [date(2005, 12, 31)]
    assert CALENDAR.is_workday(date(2005, 12, 31))


def test_every_statutory_festival_of_the_tables_is_off_and_lunar_table_agrees_on_qingming() -> None:
    for year, (spring, qingming, dragon_boat, mid_autumn) in read_lunar().items():
        terms = chinese_calendar.get_solar_terms(date(year, 4, 1), date(year, 4, 10))
        assert qingming == terms[0][0]
        for day in (spring - timedelta(1), spring, spring + timedelta(2), qingming, dragon_boat, mid_autumn):
            assert not CALENDAR.is_workday(day)
    # A lunar year has 354, 355, 383, 384 or 385 days.
    starts = [row[0] for row in read_lunar().values()]
    assert {(b - a).days for a, b in pairwise(starts)} <= {354, 355, 383, 384, 385}


def test_a_year_without_a_notice_is_monday_to_friday_without_the_statutory_days_and_says_so() -> None:
    assert CALENDAR.provisional(2027)
    assert not CALENDAR.provisional(2026)
    statutory = "01-01 02-05 02-06 02-07 02-08 04-05 05-01 05-02 06-09 09-15 10-01 10-02 10-03"
    off = {date.fromisoformat(f"2027-{day}") for day in statutory.split()}
    for day in days(date(2027, 1, 1), date(2027, 12, 31)):
        assert CALENDAR.is_workday(day) is (day.weekday() < 5 and day not in off), day
        assert CALENDAR.day(day).provisional
    assert CALENDAR.day(date(2026, 12, 30)).provisional
    assert not CALENDAR.day(date(2026, 12, 28)).provisional


def test_counting_workdays() -> None:
    assert CALENDAR.add_workdays(date(2026, 2, 12), 5) == date(2026, 2, 26)
    assert CALENDAR.add_workdays(date(2026, 9, 29), 5) == date(2026, 10, 12)
    assert CALENDAR.add_workdays(date(2026, 12, 28), 5) == date(2027, 1, 5)
    assert CALENDAR.next_workday(date(2026, 2, 14)) == date(2026, 2, 24)
    assert CALENDAR.add_workdays(date(2026, 2, 20), 0) == date(2026, 2, 24)
    assert CALENDAR.add_workdays(date(2026, 2, 24), -1) == date(2026, 2, 14)
    assert CALENDAR.workdays_between(date(2026, 2, 12), date(2026, 2, 26)) == 5


DATES = st.dates(date(2004, 1, 1), date(2045, 12, 31))


@given(DATES, st.integers(1, 400))
def test_adding_and_counting_workdays_are_inverse(day: date, n: int) -> None:
    last = CALENDAR.add_workdays(day, n)
    assert CALENDAR.is_workday(last)
    assert CALENDAR.workdays_between(day, last) == n
    assert sum(CALENDAR.is_workday(d) for d in days(day + timedelta(1), last)) == n
    assert CALENDAR.workdays_between(last, day) == -n


HOURS = [
    OfficeHours(),
    OfficeHours(weekdays=((4, parse_spans("08:30-12:00")),)),
    OfficeHours(seasons=(Season((5, 1), (9, 30), parse_spans("08:30-12:00 15:00-18:00")),)),
    OfficeHours(due=DueAt.DAY_END),
]
MOMENTS = st.datetimes(datetime(2005, 1, 1), datetime(2040, 1, 1), timezones=st.just(SHANGHAI))


@given(st.sampled_from(HOURS), MOMENTS, st.timedeltas(timedelta(0), timedelta(days=40)))
def test_office_time_added_is_office_time_measured(hours: OfficeHours, start: datetime, amount: timedelta) -> None:
    calendar = Calendar.official(hours)
    end = calendar.add_working_time(start, amount)
    assert calendar.working_time(start, end) == amount
    if amount:
        spans = calendar.spans(end.date())
        assert any(a < end.time() <= b for a, b in spans)


@given(st.sampled_from(HOURS), MOMENTS, st.timedeltas(timedelta(0), timedelta(days=20)))
@settings(max_examples=lots(15, 50))
def test_office_time_is_the_sum_of_the_days_hours(hours: OfficeHours, start: datetime, span: timedelta) -> None:
    calendar = Calendar.official(hours)
    end = start + span
    expected = timedelta(0)
    for day in days(start.date(), end.date()):
        for a, b in calendar.spans(day):
            first = max(start, datetime.combine(day, a, SHANGHAI))
            last = min(end, datetime.combine(day, b, SHANGHAI))
            expected += max(last - first, timedelta(0))
    assert calendar.working_time(start, end) == expected


def test_a_towns_own_days_and_half_days() -> None:
    own = CALENDAR.with_overrides(
        closed={date(2026, 3, 20): Text("开斋节", "Eid al-Fitr")},
        opened={date(2026, 3, 21): Text("值班", "duty day")},
        half_days={date(2026, 3, 23): (parse_spans("09:00-12:00"), Text("半天", "half day"))},
    )
    assert not own.is_workday(date(2026, 3, 20))
    assert own.day(date(2026, 3, 20)).name == Text("开斋节", "Eid al-Fitr")
    assert own.is_workday(date(2026, 3, 21))
    assert own.close_of(date(2026, 3, 23)).time() == time(12)
    assert own.version != CALENDAR.version
    assert CALENDAR.is_workday(date(2026, 3, 20)), "the official calendar is unchanged"
    assert own.working_time(
        datetime(2026, 3, 20, tzinfo=SHANGHAI), datetime(2026, 3, 24, tzinfo=SHANGHAI)
    ) == timedelta(hours=10)
    with pytest.raises(CalendarError, match="twice"):
        CALENDAR.with_overrides(closed={date(2026, 3, 20): Text("a", "a")}, opened={date(2026, 3, 20): Text("b", "b")})
    with pytest.raises(CalendarError, match="outside"):
        CALENDAR.with_overrides(closed={date(1999, 1, 1): Text("a", "a")})


def test_version_is_the_content() -> None:
    assert Calendar.official(OfficeHours()) == CALENDAR
    assert Calendar.official(OfficeHours()).version == CALENDAR.version
    assert Calendar.official(OfficeHours(due=DueAt.DAY_END)) != CALENDAR
    assert CALENDAR.with_overrides() == CALENDAR


@pytest.mark.parametrize(
    "text", ["", "09:00", "12:00-09:00", "09:00-12:00 11:00-17:00", "9-12", "13:00-17:00,09:00-12:00"]
)
def test_impossible_hours_are_refused(text: str) -> None:
    with pytest.raises(CalendarError, match="hours"):
        parse_spans(text)


def test_hours_go_through_json() -> None:
    for hours in HOURS:
        assert OfficeHours.from_json(hours.to_json()) == hours


def test_outside_the_calendar_is_refused_with_its_years() -> None:
    with pytest.raises(CalendarError, match="2004 to 2050"):
        CALENDAR.is_workday(date(2003, 12, 31))
    with pytest.raises(CalendarError, match="2050"):
        CALENDAR.add_workdays(date(2050, 12, 30), 5)


GOOD = """year = 2027
source = "国务院办公厅关于2027年部分节假日安排的通知"

[[holiday]]
zh = "元旦"
en = "New Year's Day"
off = "2027-01-01..2027-01-03"
work = ["2026-12-26"]

[[holiday]]
zh = "春节"
en = "Spring Festival"
off = "2027-02-05..2027-02-12"
work = ["2027-01-31"]

[[holiday]]
zh = "清明节"
en = "Qingming Festival"
off = "2027-04-05"

[[holiday]]
zh = "劳动节"
en = "Labour Day"
off = "2027-05-01..2027-05-05"

[[holiday]]
zh = "端午节"
en = "Dragon Boat Festival"
off = "2027-06-09"

[[holiday]]
zh = "中秋节"
en = "Mid-Autumn Festival"
off = "2027-09-15"

[[holiday]]
zh = "国庆节"
en = "National Day"
off = "2027-10-01..2027-10-07"
"""


def test_a_new_notice_is_loaded_and_replaces_the_provisional_year(tmp_path: Path) -> None:
    path = tmp_path / "2027.toml"
    path.write_text(GOOD, encoding="utf-8")
    notice = load_notice(path)
    calendar = CALENDAR.with_year(notice.year, notice.days_off, notice.make_up, notice.source)
    assert not calendar.provisional(2027)
    assert calendar.is_workday(date(2026, 12, 26)), "the December before belongs to the notice too"
    assert not calendar.is_workday(date(2027, 2, 12))
    assert calendar.version != CALENDAR.version
    assert calendar.day(date(2027, 1, 31)).name == Text("春节", "Spring Festival")
    assert not calendar.provisional_day(date(2026, 12, 30))
    plain = CALENDAR.with_year(2027, notice.days_off, list(notice.make_up), notice.source)
    assert plain.version == calendar.version


def test_a_notice_as_csv_in_both_encodings_gives_the_same_days(tmp_path: Path) -> None:
    notice = parse_notice(GOOD, "2027")
    rows = ["date,kind,zh,en"]
    rows += [f"{day},off,{name.zh},{name.en}" for day, name in notice.days_off.items()]
    rows += [f"{day},work,{name.zh},{name.en}" for day, name in notice.make_up.items()]
    text = "\r\n".join(rows)
    for encoding in ("utf-8", "utf-8-sig", "gb18030"):
        path = tmp_path / "2027.csv"
        path.write_bytes(text.encode(encoding))
        again = load_notice(path)
        assert (again.year, again.days_off, again.make_up) == (2027, notice.days_off, notice.make_up)
    assert parse_notice(text, "国办通知").source == "国办通知"


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("year = 2027", 'year = "x"', 1, "year must be a number"),
        ("2027-04-05", "2027-04-31", 19, "not a date"),
        ("2027-10-01..2027-10-07", "2027-10-07..2027-10-01", 39, "ends before it begins"),
        ("2027-10-01..2027-10-07", "2027-10-01..2027-12-07", 39, "no holiday is longer"),
        ('"2027-01-31"', '"2027-02-01"', 14, "already a workday"),
        ('"2027-01-31"', '"2027-02-06"', 14, "both a day off and a make-up"),
        ('"2027-01-31"', '"2026-01-31"', 14, "neither in 2027"),
        ('"2027-04-05"', '"2027-01-02"', 19, "given twice"),
        ('off = "2027-06-09"', 'on = "2027-06-09"', 29, "unknown key 'on'"),
        ('en = "Qingming Festival"', "", 19, "name in zh and en"),
        ("[[holiday]]", "[[holiday", 4, "not TOML"),
        ('off = "2027-06-09"', 'off = "2027-06-10"', None, "2027-06-09 .* statutory"),
        ("source = ", "sourec = ", 2, "unknown key 'sourec'"),
    ],
)
def test_a_nonsense_notice_is_refused_with_file_line_and_reason(
    tmp_path: Path, old: str, new: str, line: int | None, reason: str
) -> None:
    assert old in GOOD
    path = tmp_path / "bad.toml"
    path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(NoticeError, match=reason) as refused:
        load_notice(path)
    assert "bad.toml" in str(refused.value)
    assert line in [at for at, _ in refused.value.problems], refused.value.problems


def test_a_nonsense_csv_is_refused_with_file_line_and_reason(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(
        "date,kind,zh,en\n2027-01-01,holiday,元旦,New Year\n2027-13-01,off,元旦,New Year\n", encoding="utf-8"
    )
    with pytest.raises(NoticeError) as refused:
        load_notice(path)
    assert [line for line, _ in refused.value.problems][:2] == [2, 3]
    path.write_text("day,kind\n", encoding="utf-8")
    with pytest.raises(NoticeError, match="missing columns: date, en, zh"):
        load_notice(path)
    path.write_bytes(b"\xff\xff\xff")
    with pytest.raises(NoticeError, match="neither UTF-8 nor GB18030"):
        load_notice(path)


def test_with_year_refuses_what_no_notice_can_say() -> None:
    with pytest.raises(CalendarError, match="statutory"):
        CALENDAR.with_year(2027, {date(2027, 1, 1): Text("元旦", "New Year's Day")}, [], "x")
    with pytest.raises(CalendarError, match="outside"):
        CALENDAR.with_year(1998, {}, [], "x")


# ---------------------------------------------------------------------------------- offices that are open day and night


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def test_an_office_open_day_and_night_counts_every_minute_of_its_workdays() -> None:
    always = Calendar.official(OfficeHours(parse_spans("00:00-24:00")))
    # 2026-03-02 is a Monday.
    assert always.add_working_time(_at("2026-03-02T23:00"), timedelta(hours=2)) == _at("2026-03-03T01:00")
    assert always.working_time(_at("2026-03-02T23:30"), _at("2026-03-03T00:30")) == timedelta(minutes=60)
    assert always.working_time(_at("2026-03-02T00:00"), _at("2026-03-09T00:00")) == timedelta(days=5)
    assert always.add_working_time(_at("2026-03-06T23:00"), timedelta(hours=2)) == _at("2026-03-09T01:00")
    # The date said is the day meant: a term that ends on Wednesday ends on Wednesday.
    assert always.end_of(date(2026, 3, 4)) == _at("2026-03-04T23:59:59")
    assert always.close_of(date(2026, 3, 4)) == _at("2026-03-05T00:00")


def test_hours_over_midnight_are_two_stretches_of_each_workday() -> None:
    night = Calendar.official(OfficeHours(parse_spans("18:00-02:00")))
    assert night.spans(date(2026, 3, 3)) == ((time(0), time(2)), (time(18), time(0)))
    assert night.working_time(_at("2026-03-02T23:00"), _at("2026-03-03T05:00")) == timedelta(hours=3)
    assert OfficeHours.from_json(night.hours.to_json()) == night.hours
    assert night.hours.to_json()["spans"] == [["00:00", "02:00"], ["18:00", "24:00"]]


@pytest.mark.parametrize("text", ["09:00-09:00", "24:00-02:00", "00:00-24:00 09:00-12:00", "18:00-24:00 23:00-02:00"])
def test_hours_that_cannot_be_are_refused(text: str) -> None:
    with pytest.raises(CalendarError):
        parse_spans(text)
