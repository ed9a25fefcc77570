"""Holiday calendars become the draft of a notice: the days of the shipped notices come back, and doubts are told."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import groupby
from pathlib import Path

import pytest

from tests.feeds.test_calendars import HEAD, TAIL, calendar, event
from wuxiao.feeds.calendars.holidays import draft
from wuxiao.feeds.calendars.read import read
from wuxiao.rules.holidays import parse_text, read_shipped
from wuxiao.rules.notice import Notice
from wuxiao.rules.words import Text
from wuxiao.site.cli import main


def as_phones_write_it(notice: Notice) -> bytes:
    """A calendar with an entry for each run of days off and one for each worked day, beside festivals of no account."""
    bodies = []
    ordered = sorted(notice.days_off.items())
    for _, run in groupby(enumerate(ordered), key=lambda one: (one[1][0].toordinal() - one[0], one[1][1].zh)):
        days = [day for _, day in run]
        first, last, name = days[0][0], days[-1][0] + timedelta(days=1), days[0][1].zh
        bodies.append(
            event(f"DTEND;VALUE=DATE:{last:%Y%m%d}", f"SUMMARY:{name}(休)", uid=f"{first}",
                  start=f"DTSTART;VALUE=DATE:{first:%Y%m%d}")
        )  # fmt: skip
    for day, name in notice.make_up.items():
        bodies.append(event(f"SUMMARY:{name.zh} 调休上班", uid=f"{day}", start=f"DTSTART;VALUE=DATE:{day:%Y%m%d}"))
    bodies.append(event("SUMMARY:元宵节", uid="lantern", start=f"DTSTART;VALUE=DATE:{notice.year}0301"))
    return calendar(*bodies)


@pytest.mark.parametrize("year", [2018, 2020, 2023, 2024, 2025, 2026])
def test_the_days_of_a_notice_come_back_from_a_calendar(year: int) -> None:
    notice = read_shipped()[year]
    made = draft(read(as_phones_write_it(notice)), year)
    assert set(made.notice.days_off) == set(notice.days_off)
    # A worked day of the December before belongs to no holiday of this calendar year: the person adds it.
    assert set(made.notice.make_up) == {day for day in notice.make_up if day.year == year}
    assert made.left_out == 1
    # What is printed is what `wuxiao notice` reads.
    again = parse_text(made.csv(), "draft.csv")
    assert (again.year, again.days_off, again.make_up) == (year, made.notice.days_off, made.notice.make_up)
    assert "须与国务院办公厅通知核对" in again.source


def test_what_may_mean_either_is_left_out() -> None:
    days = {"国庆节 调休": None, "国庆节休": "off", "春节 补班": "work", "Labour Day holiday": "off", "暑假": None}
    for title, kind in days.items():
        made = draft(read(calendar(event(f"SUMMARY:{title}", start="DTSTART;VALUE=DATE:20260704"))), 2026)
        found = "off" if made.notice.days_off else "work" if made.notice.make_up else None
        assert found == kind, title
        assert made.left_out == (kind is None)
    hour = event("SUMMARY:值班", start="DTSTART;TZID=Asia/Shanghai:20260704T090000")
    term = event("DTEND;VALUE=DATE:20260901", "SUMMARY:暑期放假", start="DTSTART;VALUE=DATE:20260704")
    gone = event("STATUS:CANCELLED", "SUMMARY:国庆节休", uid="gone", start="DTSTART;VALUE=DATE:20261001")
    for body in (hour, term, gone):
        made = draft(read(calendar(body)), 2026)
        assert (made.notice.days_off, made.notice.make_up, made.left_out) == ({}, {}, 1)


def test_other_years_do_not_leak_in() -> None:
    both = as_phones_write_it(read_shipped()[2025]).replace(TAIL.encode(), b"")
    both += as_phones_write_it(read_shipped()[2026]).replace(HEAD.encode(), b"")
    made = draft(read(both), 2026)
    assert set(made.notice.days_off) == set(read_shipped()[2026].days_off)
    assert made.notice.days_off[date(2026, 10, 1)] == Text("国庆节", "National Day")


def test_the_command_prints_the_draft_and_what_speaks_against_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "holidays.ics"
    file.write_bytes(as_phones_write_it(read_shipped()[2026]))
    assert main(["calendar", "notice", str(file), "--year", "2026"]) == 0
    said = capsys.readouterr()
    assert parse_text(said.out, "x.csv").days_off.keys() == read_shipped()[2026].days_off.keys()
    assert ": 1\n" in said.err
    # The first of October is a statutory day: a calendar without it is no notice.
    file.write_bytes(calendar(event("SUMMARY:元旦休", start="DTSTART;VALUE=DATE:20260101")))
    assert main(["calendar", "notice", str(file), "--year", "2026"]) == 1
    assert "2026-10-01" in capsys.readouterr().err
    file.write_bytes(b"<html>")
    assert main(["calendar", "notice", str(file), "--year", "2026"]) == 1
    assert "网页" in capsys.readouterr().err
    assert main(["calendar", "notice", str(tmp_path / "none"), "--year", "2026"]) == 2
    assert main(["calendar", "notice", str(file), "--year", "1900"]) == 2
