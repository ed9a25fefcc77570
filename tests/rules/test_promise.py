"""Due dates: known answers, the laws every date obeys, reasons that say and replay themselves, and the command."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from tests.support.lots import lots
from wuxiao.rules.calendar import SHANGHAI, Calendar, CalendarError, DueAt, OfficeHours, Season, parse_spans
from wuxiao.rules.promise import (
    EndRule,
    Extension,
    Pause,
    PauseEffect,
    Promise,
    StartRule,
    Term,
    Told,
    Unit,
    Why,
    at_share,
    promise,
    recompute,
    replay,
    revise,
)
from wuxiao.rules.promise.cli import run
from wuxiao.rules.promise.words import say
from wuxiao.rules.words import Text

OFFICIAL = Calendar.official()
SUMMER = OfficeHours(seasons=(Season((5, 1), (9, 30), parse_spans("08:30-12:00 15:00-18:00")),))
CALENDARS = [
    OFFICIAL,
    Calendar.official(OfficeHours(due=DueAt.DAY_END)),
    Calendar.official(SUMMER).with_overrides(
        closed={date(2026, 3, 20): Text("开斋节", "Eid al-Fitr")},
        half_days={date(2026, 2, 13): (parse_spans("09:00-12:00"), Text("节前半天", "half day before the holiday"))},
    ),
]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def due(start: str, term: str, calendar: Calendar = OFFICIAL) -> str:
    return promise(at(start), Term.parse(term), calendar).due.strftime("%Y-%m-%dT%H:%M")


# -- known answers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "term", "answer"),
    [
        ("2026-02-12T10:00", "5 working_days", "2026-02-26T17:30"),
        ("2026-09-29T10:00", "5 working_days", "2026-10-12T17:30"),
        ("2026-12-28T10:00", "5 working_days", "2027-01-05T17:30"),
        ("2026-02-12T23:59", "1 working_days", "2026-02-13T17:30"),
        ("2026-02-13T09:00", "1 working_days", "2026-02-14T17:30"),  # a worked Saturday
        ("2026-02-14T10:00", "1 working_days", "2026-02-24T17:30"),
        ("2026-02-18T10:00", "1 working_days", "2026-02-24T17:30"),  # a rest day: the next workday is day 1
        ("2026-02-18T10:00", "5 working_days", "2026-02-28T17:30"),
        ("2026-07-18T22:00", "15 calendar_days", "2026-08-03T17:30"),  # 2 August is a Sunday
        ("2026-07-18T22:00", "15 calendar_days no_roll", "2026-08-02T23:59"),
        ("2026-08-02T09:00", "60 calendar_days", "2026-10-08T17:30"),  # 1 October
        ("2026-04-25T09:00", "14 calendar_days", "2026-05-09T17:30"),  # a worked Saturday is no rest day
        ("2026-02-16T23:30", "24 hours", "2026-02-17T23:30"),
        ("2026-02-16T23:30", "2.5 hours", "2026-02-17T02:00"),
        ("2026-02-16T23:30", "45 minutes", "2026-02-17T00:15"),
        ("2026-07-17T16:00", "4 working_hours", "2026-07-20T11:30"),
        ("2026-07-17T11:30", "0.5 working_hours", "2026-07-17T12:00"),  # a close is not carried to the next opening
        ("2026-07-17T11:30", "1 working_hours", "2026-07-17T14:00"),
        ("2026-02-16T10:00", "1 working_hours", "2026-02-24T10:00"),
    ],
)
def test_known_answers(start: str, term: str, answer: str) -> None:
    assert due(start, term) == answer


def test_due_at_the_end_of_the_day_is_a_setting_of_the_hours() -> None:
    calendar = Calendar.official(OfficeHours(due=DueAt.DAY_END))
    made = promise(at("2026-02-12T10:00"), Term.parse("5 working_days"), calendar)
    assert made.due == datetime(2026, 2, 26, 23, 59, 59, tzinfo=SHANGHAI)
    assert made.why.end_rule is EndRule.DAY_END
    whole = Pause(at("2026-02-24T10:00"), at("2026-02-25T10:00"), "x")
    paused = promise(at("2026-02-12T10:00"), Term.parse("5 working_days"), calendar, pauses=[whole])
    assert paused.due == datetime(2026, 2, 27, 23, 59, 59, tzinfo=SHANGHAI)


def test_a_half_day_counts_as_a_day_and_ends_early() -> None:
    assert due("2026-02-12T10:00", "1 working_days", CALENDARS[2]) == "2026-02-13T12:00"


def test_any_zone_comes_out_in_shanghai() -> None:
    start = datetime(2026, 2, 12, 2, 0, tzinfo=UTC)
    made = promise(start, Term.parse("5 working_days"), OFFICIAL)
    assert made.due.isoformat() == "2026-02-26T17:30:00+08:00"
    # 20:00 UTC on the 11th is already the 12th in Shanghai.
    late = datetime(2026, 2, 11, 12, 0, tzinfo=timezone(timedelta(hours=-8)))
    assert promise(late, Term.parse("1 working_days"), OFFICIAL).due.date() == date(2026, 2, 13)


# -- pauses, extensions, dates told ------------------------------------------------------------------------------------

START = at("2026-07-13T10:00")
FIVE = Term.parse("5 working_days")


def test_a_pause_of_two_whole_working_days_adds_two_working_days() -> None:
    pause = Pause(at("2026-07-14T10:00"), at("2026-07-16T10:00"), "等您补充照片")
    assert promise(START, FIVE, OFFICIAL, pauses=[pause]).due == at("2026-07-22T17:30")


def test_a_pause_inside_one_day_adds_its_office_time_and_one_at_night_adds_none() -> None:
    inside = Pause(at("2026-07-14T10:00"), at("2026-07-14T14:30"), "x")
    made = promise(START, FIVE, OFFICIAL, pauses=[inside])
    assert made.due == at("2026-07-21T12:00")
    assert made.why.pauses[0].added == timedelta(hours=3)
    night = Pause(at("2026-07-14T18:00"), at("2026-07-15T09:00"), "x")
    assert promise(START, FIVE, OFFICIAL, pauses=[night]).due == at("2026-07-20T17:30")


def test_calendar_day_pauses_together_count_a_begun_day_as_a_day_and_then_the_last_day_rolls() -> None:
    term = Term.parse("15 calendar_days")
    hours = [Pause(at(f"2026-07-1{n}T10:00"), at(f"2026-07-1{n}T14:00"), "听证") for n in (4, 5, 6)]
    base = promise(at("2026-07-13T10:00"), term, OFFICIAL).due
    assert base == at("2026-07-28T17:30")
    assert promise(at("2026-07-13T10:00"), term, OFFICIAL, pauses=hours).due == at("2026-07-29T17:30")
    long = Pause(at("2026-07-17T10:00"), at("2026-07-21T10:00"), "听证")
    assert promise(at("2026-07-13T10:00"), term, OFFICIAL, pauses=[long]).due == at("2026-08-03T17:30")


def test_overlapping_pauses_count_once_open_ones_wait_and_late_ones_do_nothing() -> None:
    pauses = [
        Pause(at("2026-07-14T09:00"), at("2026-07-15T09:00"), "a"),
        Pause(at("2026-07-14T10:00"), at("2026-07-14T11:00"), "inside the first"),
        Pause(at("2026-07-14T13:30"), at("2026-07-16T09:00"), "runs on"),
        Pause(at("2026-07-17T09:00"), None, "still open"),
        Pause(at("2026-08-03T09:00"), at("2026-08-04T09:00"), "after the date"),
    ]
    made = promise(START, FIVE, OFFICIAL, pauses=reversed(pauses))
    assert made.due == at("2026-07-22T17:30")
    assert [c.effect for c in made.why.pauses] == [
        PauseEffect.ADDED,
        PauseEffect.COVERED,
        PauseEffect.ADDED,
        PauseEffect.OPEN,
        PauseEffect.AFTER_DUE,
    ]


def test_extensions_go_on_from_the_date_standing() -> None:
    same = Extension(Term.parse("3 working_days"), "需要鉴定", at("2026-07-20T10:00"))
    assert promise(START, FIVE, OFFICIAL, extensions=[same]).due == at("2026-07-23T17:30")
    days = Extension(Term.parse("30 calendar_days"), "情况复杂", at("2026-07-20T10:00"))
    made = promise(START, FIVE, OFFICIAL, extensions=[days])
    assert made.due == at("2026-08-19T17:30")
    petition = promise(
        at("2026-07-13T10:00"),
        Term.parse("60 calendar_days"),
        OFFICIAL,
        extensions=[Extension(Term.parse("30 calendar_days"), "情况复杂", at("2026-09-01T09:00"))],
    )
    assert petition.why.extensions[0].due == petition.due == at("2026-10-12T17:30")  # 11 October is a Sunday


def test_a_pause_before_an_extension_keeps_what_it_gave_back() -> None:
    pause = Pause(at("2026-07-14T10:00"), at("2026-07-14T12:00"), "x")
    more = Extension(Term.parse("3 working_days"), "y", at("2026-07-20T10:00"))
    assert promise(START, FIVE, OFFICIAL, pauses=[pause], extensions=[more]).due == at("2026-07-24T11:00")


def notice_2027(calendar: Calendar, *, off: list[date] = [], worked: list[date] = []) -> Calendar:  # noqa: B006
    statutory = "01-01 02-05 02-06 02-07 02-08 04-05 05-01 05-02 06-09 09-15 10-01 10-02 10-03"
    name = Text("假日", "holiday")
    days = {date.fromisoformat(f"2027-{day}"): name for day in statutory.split()} | dict.fromkeys(off, name)
    return calendar.with_year(2027, days, worked, "test notice for 2027")


def test_recompute_moves_later_and_says_so_but_never_earlier() -> None:
    old = promise(at("2026-12-28T10:00"), FIVE, OFFICIAL)
    assert old.why.provisional == (2027,)
    later = recompute(old, notice_2027(OFFICIAL, off=[date(2027, 1, 4)]))
    assert later.due == at("2027-01-06T17:30")
    assert later.why.moved_from == old.due
    assert later.why.provisional == ()
    assert "1月5日" in say(later.why, "zh")
    assert "moved it later" in say(later.why, "en")

    sooner = notice_2027(OFFICIAL, off=[date(2027, 1, 4)], worked=[date(2027, 1, 2), date(2027, 1, 3)])
    kept = recompute(old, sooner)
    assert promise(at("2026-12-28T10:00"), FIVE, sooner).due == at("2027-01-03T17:30")
    assert kept.due == old.due
    assert kept.why.kept == at("2027-01-03T17:30")
    assert "没有因为重算而缩短" in say(kept.why, "zh")
    assert recompute(kept, sooner).due == old.due

    # What comes after the date told is added to that date, not to the earlier count.
    pause = Pause(at("2026-12-30T09:00"), at("2026-12-31T09:00"), "x")
    assert revise(kept.why, sooner, pauses=[pause]).due == at("2027-01-06T17:30")
    assert revise(old.why, sooner, pauses=[pause]).due == at("2027-01-06T17:30")
    more = Extension(Term.parse("1 working_days"), "x", at("2027-01-04T09:00"))
    assert revise(kept.why, sooner, extensions=[more]).due == at("2027-01-06T17:30")


# -- laws --------------------------------------------------------------------------------------------------------------

MOMENTS = st.datetimes(datetime(2005, 1, 1), datetime(2040, 1, 1), timezones=st.just(SHANGHAI))
NEAR = st.datetimes(datetime(2026, 1, 1), datetime(2027, 3, 1), timezones=st.just(SHANGHAI))
WHOLE = st.integers(1, 90)
TERMS = st.one_of(
    st.builds(Term, WHOLE, st.sampled_from([Unit.WORKING_DAYS, Unit.CALENDAR_DAYS]), st.booleans()),
    st.builds(Term, st.integers(1, 400), st.sampled_from([Unit.WORKING_HOURS, Unit.HOURS, Unit.MINUTES])),
    st.builds(Term, st.sampled_from([0.5, 1.25, 7.5]), st.sampled_from([Unit.WORKING_HOURS, Unit.HOURS])),
)
ANY_CALENDAR = st.sampled_from(CALENDARS)


def measure(calendar: Calendar, unit: Unit, a: datetime, b: datetime) -> timedelta:
    """The time between two moments in the term's own measure."""
    return calendar.working_time(a, b) if unit in (Unit.WORKING_DAYS, Unit.WORKING_HOURS) else b - a


@given(ANY_CALENDAR, MOMENTS, st.timedeltas(timedelta(0), timedelta(days=30)), TERMS)
def test_a_later_start_is_never_due_earlier(calendar: Calendar, start: datetime, later: timedelta, term: Term) -> None:
    assert promise(start, term, calendar).due <= promise(start + later, term, calendar).due


@given(ANY_CALENDAR, MOMENTS, WHOLE)
def test_the_day_of_receipt_is_not_counted_and_the_last_day_is_worked(
    calendar: Calendar, start: datetime, n: int
) -> None:
    made = promise(start, Term(n, Unit.WORKING_DAYS), calendar)
    counted = [
        day
        for day in (start.date() + timedelta(i) for i in range(1, (made.due.date() - start.date()).days + 1))
        if calendar.is_workday(day)
    ]
    assert len(counted) == n
    assert counted[-1] == made.due.date()
    assert made.why.first_day == counted[0]
    assert (made.why.start_rule is StartRule.WORKDAY_NOT_COUNTED) is calendar.is_workday(start.date())


@given(ANY_CALENDAR, MOMENTS, WHOLE)
def test_the_last_calendar_day_on_a_rest_day_moves_to_the_next_workday(
    calendar: Calendar, start: datetime, n: int
) -> None:
    rolled = promise(start, Term(n, Unit.CALENDAR_DAYS), calendar)
    still = promise(start, Term(n, Unit.CALENDAR_DAYS, roll=False), calendar)
    last = start.date() + timedelta(days=n)
    assert still.due.date() == last
    assert calendar.is_workday(rolled.due.date())
    between = (last + timedelta(i) for i in range((rolled.due.date() - last).days))
    assert not any(calendar.is_workday(day) for day in between)
    assert rolled.why.rolled_from == (last if rolled.due.date() != last else None)


@given(ANY_CALENDAR, NEAR, TERMS, st.floats(0, 0.999), st.timedeltas(timedelta(0), timedelta(days=25)))
def test_pause_and_resume_adds_exactly_the_pause(
    calendar: Calendar, start: datetime, term: Term, share: float, length: timedelta
) -> None:
    plain = promise(start, term, calendar)
    began = start + (plain.due - start) * share
    pause = Pause(began, began + length, "x")
    paused = promise(start, term, calendar, pauses=[pause])
    assert paused.due >= plain.due
    if term.unit is Unit.CALENDAR_DAYS:
        whole = -(-length // timedelta(days=1))
        last = start.date() + timedelta(days=int(term.amount) + whole)
        expected = calendar.add_workdays(last, 0) if term.roll else last
        assert paused.due == calendar.end_of(expected)
    else:
        took = measure(calendar, term.unit, began, began + length)
        assert measure(calendar, term.unit, plain.due, paused.due) == took
        assert paused.why.pauses[0].added == took


@given(NEAR, st.lists(st.tuples(st.floats(0, 0.9), st.timedeltas(timedelta(0), timedelta(days=5))), max_size=4), TERMS)
def test_pauses_in_any_order_add_the_time_they_cover_once(
    start: datetime, drawn: list[tuple[float, timedelta]], term: Term
) -> None:
    assume(term.unit is not Unit.CALENDAR_DAYS)
    plain = promise(start, term, OFFICIAL)
    pauses = [
        Pause(began, began + length, "x") for share, length in drawn for began in [start + (plain.due - start) * share]
    ]
    made = promise(start, term, OFFICIAL, pauses=pauses)
    assert made.due == promise(start, term, OFFICIAL, pauses=reversed(pauses)).due
    covered, reached = timedelta(0), start
    for pause in sorted(pauses, key=lambda p: p.start):
        assert pause.end is not None
        if pause.end > reached:
            covered += measure(OFFICIAL, term.unit, max(pause.start, reached), pause.end)
            reached = pause.end
    assert measure(OFFICIAL, term.unit, plain.due, made.due) == covered


@st.composite
def whole_promises(draw: st.DrawFn) -> Promise:
    """A promise with pauses and extensions drawn inside its life."""
    calendar = draw(ANY_CALENDAR)
    start, term = draw(NEAR), draw(TERMS)
    span = promise(start, term, calendar).due - start
    pauses = [
        Pause(
            start + span * share, None if length is None else start + span * share + length, draw(st.sampled_from("ab"))
        )
        for share, length in draw(
            st.lists(st.tuples(st.floats(0, 2), st.none() | st.timedeltas(timedelta(0), timedelta(days=9))), max_size=3)
        )
    ]
    extensions = [
        Extension(more, "x", start + span * share)
        for share, more in draw(st.lists(st.tuples(st.floats(0, 2), TERMS), max_size=2))
    ]
    return promise(start, term, calendar, pauses=pauses, extensions=extensions)


@given(whole_promises(), ANY_CALENDAR)
@settings(max_examples=lots(60, 300))
def test_a_stored_reason_replays_to_the_same_instant_on_any_calendar(made: Promise, other: Calendar) -> None:
    why = Why.from_json(json.loads(json.dumps(made.why.to_json())))
    assert why == made.why
    assert replay(why, other) == made.due == why.due


@given(whole_promises(), ANY_CALENDAR, st.booleans())
@settings(max_examples=lots(60, 300))
def test_recompute_never_shortens_and_replays(made: Promise, other: Calendar, announced: bool) -> None:
    if announced:
        other = notice_2027(other, off=[date(2027, 1, 4)], worked=[date(2027, 1, 2), date(2027, 1, 3)])
    again = recompute(made, other)
    assert again.due >= made.due
    assert recompute(again, other).due == again.due
    assert replay(Why.from_json(again.why.to_json()), OFFICIAL) == again.due
    assert replay(again.why, other) == again.due


@given(whole_promises())
@example(promise(at("2026-12-28T10:00"), FIVE, OFFICIAL))
def test_every_reason_says_itself_in_at_most_two_sentences_with_the_date(made: Promise) -> None:
    zh, en = say(made.why, "zh"), say(made.why, "en")
    assert 1 <= zh.count("。") <= 2
    assert f"{made.due.month}月{made.due.day}日" in zh
    assert f"{made.due:%H:%M}" in zh
    assert f"{made.due:%H:%M}" in en
    assert f"{made.due.day} {made.due:%B}" in en
    assert "{" not in zh + en
    assert "None" not in zh + en


def test_a_reason_records_the_half_days_and_the_holidays_its_pauses_reach() -> None:
    half = promise(at("2026-02-12T10:00"), Term.parse("1 working_days"), CALENDARS[2])
    assert half.due == at("2026-02-13T12:00")
    assert replay(half.why, OFFICIAL) == half.due
    into_holiday = Pause(at("2026-09-30T18:00"), at("2026-10-02T12:00"), "x")
    night = promise(at("2026-09-29T10:00"), Term.parse("1 working_days"), CALENDARS[1], pauses=[into_holiday])
    assert night.due == datetime(2026, 9, 30, 23, 59, 59, tzinfo=SHANGHAI)
    assert replay(night.why, OFFICIAL) == night.due


def test_an_altered_reason_is_found_by_replay() -> None:
    raw = promise(START, FIVE, OFFICIAL).why.to_json()
    raw["start"] = "2026-07-14T10:00:00+08:00"
    why = Why.from_json(raw)
    assert replay(why, OFFICIAL) != why.due


def test_the_words_name_the_holiday_and_the_worked_saturday() -> None:
    why = promise(at("2026-02-12T10:00"), FIVE, OFFICIAL).why
    assert say(why, "zh") == (
        "2026年2月12日（周四）10:00收到，当天不算，从2月13日（周五）起数5个工作日，春节（2月15日至23日）放假不算，"
        "2月14日（周六）调休上班要算，最晚到2月26日（周四）17:30（下班时间）。"
    )
    assert "Spring Festival (15–23 February)" in say(why, "en-GB")
    assert "Saturday 14 February" in say(why, "en")
    assert "2027" in say(promise(at("2026-12-28T10:00"), FIVE, OFFICIAL).why, "zh")


def test_the_words_name_the_holiday_whose_first_day_is_the_last_day() -> None:
    start = at("2026-09-18T10:00")

    def extended(days: int) -> Why:
        more = Extension(Term.parse(f"{days} calendar_days no_roll"), "需要鉴定", at("2026-09-24T10:00"))
        return promise(start, FIVE, OFFICIAL, extensions=[more]).why

    eve, first = extended(6), extended(7)
    assert (eve.due.date(), first.due.date()) == (date(2026, 9, 30), date(2026, 10, 1))
    assert "National Day" not in say(eve, "en")
    assert "National Day" in say(first, "en")
    assert "国庆节" in say(first, "zh")


def test_a_term_read_back_with_its_unit_as_a_word_counts_the_same() -> None:
    for unit in Unit:
        term = Term(3, unit.value)  # type: ignore[arg-type]
        assert term.unit is unit
        assert promise(START, term, OFFICIAL).due == promise(START, Term(3, unit), OFFICIAL).due


@pytest.mark.parametrize(
    ("start", "rule", "first"),
    [
        ("2026-07-17T08:59", StartRule.NEXT_OPENING, "2026-07-17"),
        ("2026-07-17T09:00", StartRule.IN_OFFICE_HOURS, "2026-07-17"),
        ("2026-07-17T11:59", StartRule.IN_OFFICE_HOURS, "2026-07-17"),
        ("2026-07-17T12:00", StartRule.NEXT_OPENING, "2026-07-17"),
        ("2026-07-17T17:29", StartRule.IN_OFFICE_HOURS, "2026-07-17"),
        ("2026-07-17T17:30", StartRule.NEXT_OPENING, "2026-07-20"),
        ("2026-07-18T10:00", StartRule.NEXT_OPENING, "2026-07-20"),  # a Saturday has no hours at all
    ],
)
def test_hours_are_said_to_run_from_receipt_only_while_an_office_is_open(
    start: str, rule: StartRule, first: str
) -> None:
    why = promise(at(start), Term.parse("1 working_hours"), OFFICIAL).why
    assert (why.start_rule, str(why.first_day)) == (rule, first)


SCRIPT = """
from datetime import datetime, timezone
from wuxiao.rules.calendar import Calendar
from wuxiao.rules.promise import Pause, Term, promise
from wuxiao.rules.promise.words import say
start = datetime(2026, 2, 12, 2, tzinfo=timezone.utc)
pause = Pause(datetime(2026, 2, 13, 1, tzinfo=timezone.utc), datetime(2026, 2, 13, 23, tzinfo=timezone.utc), "x")
for term in ("5 working_days", "15 calendar_days", "9 working_hours", "24 hours"):
    made = promise(start, Term.parse(term), Calendar.official(), pauses=[pause])
    print(made.due.isoformat(), say(made.why, "zh"))
"""


def test_the_servers_zone_changes_nothing() -> None:
    answers = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={**os.environ, "TZ": zone, "PYTHONUTF8": "1"},
            capture_output=True,
            check=True,
            text=True,
            encoding="utf-8",
        ).stdout
        for zone in ("UTC", "America/Los_Angeles", "Asia/Shanghai", "Pacific/Kiritimati")
    }
    assert len(answers) == 1
    assert answers.pop().count("+08:00") == 4


def test_a_promise_across_a_foreign_clock_change_is_counted_in_shanghai() -> None:
    start = datetime(2026, 3, 7, 12, tzinfo=ZoneInfo("America/New_York"))
    assert promise(start, Term.parse("24 hours"), OFFICIAL).due == start.astimezone(UTC) + timedelta(hours=24)


# -- bad input ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        "working_days",
        "five working_days",
        "-1 hours",
        "0 hours",
        "1.5 working_days",
        "5 fortnights",
        "1e3 hours",
    ],
)
def test_nonsense_terms_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"term|days"):
        Term.parse(text)


@pytest.mark.parametrize("amount", [0, -1, float("nan"), float("inf"), True, 10**9])
def test_nonsense_amounts_are_refused(amount: float) -> None:
    with pytest.raises(ValueError, match="amount"):
        Term(amount, Unit.HOURS)


@given(TERMS)
def test_terms_read_back_as_written(term: Term) -> None:
    assert Term.parse(str(term)) == term


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("5个工作日", Term(5, Unit.WORKING_DAYS)),
        ("5 working days", Term(5, Unit.WORKING_DAYS)),
        ("1 working_day", Term(1, Unit.WORKING_DAYS)),
        ("15天", Term(15, Unit.CALENDAR_DAYS)),
        ("15 calendar_days no_roll", Term(15, Unit.CALENDAR_DAYS, roll=False)),
        ("24小时", Term(24, Unit.HOURS)),
        ("2.0 hours", Term(2, Unit.HOURS)),
        ("30 minutes", Term(30, Unit.MINUTES)),
    ],
)
def test_terms_are_read_in_both_languages(text: str, term: Term) -> None:
    assert Term.parse(text) == term


def test_terms_have_words() -> None:
    assert Term.parse("5 working_days").words == Text("5个工作日", "5 working days")
    assert Term.parse("1 hours").words == Text("1小时", "1 hour")


def test_times_without_a_zone_are_refused() -> None:
    naive = datetime(2026, 2, 12, 10)
    with pytest.raises(ValueError, match="no time zone"):
        promise(naive, FIVE, OFFICIAL)
    with pytest.raises(ValueError, match="no time zone"):
        Pause(naive, None, "x")
    with pytest.raises(ValueError, match="no time zone"):
        Extension(FIVE, "x", naive)
    with pytest.raises(ValueError, match="no time zone"):
        Told(naive)


def test_impossible_pauses_are_refused() -> None:
    with pytest.raises(ValueError, match="before it starts"):
        Pause(at("2026-07-14T10:00"), at("2026-07-14T09:00"), "x")
    with pytest.raises(ValueError, match="before the clock it stops"):
        promise(START, FIVE, OFFICIAL, pauses=[Pause(at("2026-07-01T10:00"), None, "x")])


def test_leaving_the_calendar_is_refused_not_guessed() -> None:
    for term in ("30 working_days", "90 calendar_days", "400 working_hours"):
        with pytest.raises(CalendarError, match="calendar"):
            promise(at("2050-12-20T10:00"), Term.parse(term), OFFICIAL)
    with pytest.raises(CalendarError, match="calendar"):
        promise(at("9999-12-31T10:00"), Term.parse("24 hours"), OFFICIAL)
    with pytest.raises(ValueError, match="no usable date"):
        promise(datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))), FIVE, OFFICIAL)
    with pytest.raises(CalendarError, match="calendar"):
        promise(at("1999-12-20T10:00"), FIVE, OFFICIAL)


def test_a_broken_record_is_refused() -> None:
    raw = promise(START, FIVE, OFFICIAL).why.to_json()
    for broken in ({}, {**raw, "start": "yesterday"}, {**raw, "start": "2026-02-12T10:00"}, {**raw, "hours": {}}):
        with pytest.raises(ValueError, match="broken"):
            Why.from_json(broken)


# -- the command -------------------------------------------------------------------------------------------------------

BOOK = {
    "five_working_days": {"complaint": FIVE, "enquiry": Term.parse("2 working_days"), "urgent": Term.parse("2 hours")}
}


def command(*argv: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    code = run(argv, BOOK, out=out, err=err)
    return code, out.getvalue(), err.getvalue()


def test_one_date_as_json() -> None:
    code, out, err = command(
        "--at", "2026-02-12T10:00", "--profile", "five_working_days", "--class", "complaint", "--json"
    )
    answer = json.loads(out)
    assert (code, err) == (0, "")
    assert answer["due"] == "2026-02-26T17:30:00+08:00"
    assert answer["at"] == "2026-02-12T10:00:00+08:00"
    assert "Asia/Shanghai" in answer["note"]["en"]
    assert replay(Why.from_json(answer["why"]), OFFICIAL) == at("2026-02-26T17:30")
    assert "春节" in answer["why"]["zh"]
    zoned = json.loads(
        command("--at", "2026-02-12T02:00Z", "--profile", "five_working_days", "--class", "urgent", "--json")[1]
    )
    assert zoned["due"] == "2026-02-12T12:00:00+08:00"
    assert "note" not in zoned


def test_one_date_in_words() -> None:
    code, out, _ = command(
        "--at", "2026-12-28", "--profile", "five_working_days", "--class", "complaint", "--lang", "en"
    )
    assert code == 0
    assert out.splitlines()[0] == "2027-01-05T17:30:00+08:00"
    assert "not announced yet" in out
    assert "read as Asia/Shanghai" in out


@pytest.mark.parametrize(
    ("argv", "reason"),
    [
        ([], "missing: --at, --profile, --class"),
        (["--at", "x", "--profile", "five_working_days", "--class", "complaint"], "not a date"),
        (["--at", "2026-02-12", "--profile", "six", "--class", "complaint"], 'no profile "six"'),
        (["--at", "2026-02-12", "--profile", "five_working_days", "--class", "x"], "complaint, enquiry, urgent"),
        (["--at", "1980-02-12", "--profile", "five_working_days", "--class", "complaint"], "outside the calendar"),
        (["--batch", "no-such-file.csv"], "no-such-file"),
        (["--batch", "x.csv", "--at", "2026-02-12"], "leave the other options out"),
        (["--nonsense"], "usage"),
    ],
)
def test_a_wrong_question_is_told_and_answers_2(argv: list[str], reason: str) -> None:
    code, out, err = command(*argv)
    assert (code, out) == (2, "")
    assert reason in err


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_batch_is_a_list_in_order_and_bad_rows_are_told_with_their_number(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(
        "备注,at,profile,class\n"
        "甲,2026-02-12T10:00,five_working_days,complaint\n"
        "乙,soon,five_working_days,complaint\n"
        "\n"
        "丙,2026-09-29 10:00+08:00,five_working_days,complaint\n"
        "丁,2026-09-29,five_working_days\n",
        encoding=encoding,
    )
    code, out, err = command("--batch", str(path))
    answers = json.loads(out)
    assert code == 1
    assert [a.get("due") for a in answers] == ["2026-02-26T17:30:00+08:00", None, "2026-10-12T17:30:00+08:00", None]
    assert [a.get("row") for a in answers] == [None, 3, None, 6]
    assert all("why" in a for a in answers if "due" in a)
    assert "row 3" in err
    assert "row 6: class: nothing is given" in err


def test_a_whole_batch_answers_0_and_a_headless_one_2(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("at,profile,class\n2026-02-12T10:00,five_working_days,enquiry\n", encoding="utf-8")
    assert command("--batch", str(path))[0] == 0
    path.write_text("when,profile\n", encoding="utf-8")
    code, out, err = command("--batch", str(path))
    assert (code, out) == (2, "")
    assert "missing: at, class" in err


def test_a_long_promise_is_counted_by_look_ups_and_not_day_by_day() -> None:
    start, pause = at("2026-02-12T10:00"), Pause(at("2026-02-13T10:00"), at("2026-02-14T10:00"), "x")
    wide = Calendar.official()
    asked: list[date] = []

    class Watched(Calendar):
        def is_workday(self, d: date) -> bool:
            asked.append(d)
            return super().is_workday(d)

    watched = Watched(wide.hours, wide._notices, wide._overrides)
    promise(start, FIVE, watched, pauses=[pause])
    few = len(asked)
    asked.clear()
    promise(start, Term.parse("2000 working_days"), watched, pauses=[pause])
    assert 0 < len(asked) <= few + 5


def test_office_hours_of_pairs() -> None:
    assert OfficeHours.of([(time(8), time(12))]).spans == ((time(8), time(12)),)


# ------------------------------------------------------------------------------------------ a share of a promise's time


def _counted(why: Why, calendar: Calendar, until: datetime) -> timedelta:
    """Office time that ran for the promise, counted minute by minute: an oracle that knows nothing of the product."""
    ran, at = timedelta(), why.start
    stops = [(c.pause.start, c.pause.end) for c in why.pauses if c.pause.end]
    while at < until:
        open_now = any(a <= at.time() < b for a, b in calendar.spans(at.date()))
        if open_now and not any(a <= at < b for a, b in stops):
            ran += timedelta(minutes=1)
        at += timedelta(minutes=1)
    return ran


@pytest.mark.parametrize("share", [0.1, 0.5, 0.8])
@pytest.mark.parametrize(
    "stops",
    [
        [],
        [("2026-03-03T10:00", "2026-03-04T15:00")],
        [("2026-03-03T10:00", "2026-03-05T10:00"), ("2026-03-04T09:00", "2026-03-06T09:30")],
        [("2026-03-02T11:00", "2026-03-02T11:30"), ("2026-03-10T11:00", "2026-03-12T16:00")],
    ],
)
def test_a_share_of_a_promise_is_that_share_of_the_time_that_ran(share: float, stops: list[tuple[str, str]]) -> None:
    start = datetime.fromisoformat("2026-03-02T10:00").replace(tzinfo=SHANGHAI)
    pauses = [Pause(*(datetime.fromisoformat(t).replace(tzinfo=SHANGHAI) for t in stop), "等补充") for stop in stops]
    made = promise(start, Term.parse("5 working_days"), OFFICIAL, pauses=pauses)
    at = at_share(made.why, OFFICIAL, share)
    whole = _counted(made.why, OFFICIAL, made.due)
    assert abs(_counted(made.why, OFFICIAL, at) - whole * share) <= timedelta(minutes=1)
    assert any(a <= at.time() <= b for a, b in OFFICIAL.spans(at.date())), "a reminder comes in office hours"


def test_shares_of_hours_and_days_run_on_the_wall_and_the_whole_is_the_date() -> None:
    start = datetime(2026, 2, 13, 16, tzinfo=SHANGHAI)
    hours = promise(start, Term.parse("24 hours"), OFFICIAL)
    assert at_share(hours.why, OFFICIAL, 0.5) == start + timedelta(hours=12)
    days = promise(start, Term.parse("60 calendar_days"), OFFICIAL)
    assert at_share(days.why, OFFICIAL, 0.5) == start + (days.due - start) / 2
    assert at_share(days.why, OFFICIAL, 1.0) == days.due


@pytest.mark.parametrize("amount", [1 / 3_600_000_000, 0.1, 1e-9, 99_999.5, 3, 1 / 3])
def test_a_term_of_any_length_reads_back_to_itself(amount: float) -> None:
    term = Term(amount, Unit.HOURS)
    assert Term.parse(str(term)) == term
    assert "e" not in str(term).split()[0]
    made = promise(datetime(2026, 3, 2, 10, tzinfo=SHANGHAI), term, OFFICIAL)
    assert Why.from_json(made.why.to_json()).term == term
