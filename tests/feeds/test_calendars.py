"""Calendar files as people send them: read, or refused with a sentence; nothing in a file makes the reader fail."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.lots import lots
from wuxiao.feeds.calendars.check import checked, report, say
from wuxiao.feeds.calendars.findings import ERRORS, NOTES, UNSUPPORTED
from wuxiao.feeds.calendars.lines import MOST_BYTES
from wuxiao.feeds.calendars.read import CalendarFile, read
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.calendar.occasions import Status

HEAD = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//a//b//EN\r\n"
TAIL = "END:VCALENDAR\r\n"
TERM = (
    HEAD + "X-WR-CALNAME:实验小学校历\r\n"
    "BEGIN:VEVENT\r\nUID:term-1@school\r\nDTSTAMP:20260801T000000Z\r\nDTSTART;VALUE=DATE:20260901\r\n"
    "DTEND;VALUE=DATE:20270117\r\nSUMMARY:第一学期\r\nEND:VEVENT\r\n"
    "BEGIN:VEVENT\r\nUID:sports@school\r\nDTSTAMP:20260801T000000Z\r\nDTSTART;TZID=Asia/Shanghai:20261016T083000\r\n"
    "DURATION:PT3H\r\nSUMMARY:秋季运动会\\, 全校\r\nLOCATION:操场\r\nEND:VEVENT\r\n"
    "BEGIN:VEVENT\r\nUID:meet@school\r\nDTSTAMP:20260801T000000Z\r\nDTSTART;TZID=Asia/Shanghai:20260907T160000\r\n"
    "DTEND;TZID=Asia/Shanghai:20260907T170000\r\nRRULE:FREQ=MONTHLY;BYDAY=1MO;COUNT=4\r\n"
    "EXDATE;TZID=Asia/Shanghai:20261005T160000\r\nSUMMARY:家长会\r\nEND:VEVENT\r\n" + TAIL
)


def event(*lines: str, uid: str = "1@x", start: str = "DTSTART:20260304T010000Z") -> str:
    said = ["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20260101T000000Z", start, *lines, "END:VEVENT"]
    return "".join(f"{line}\r\n" for line in said if line)


def calendar(*bodies: str, head: str = HEAD) -> bytes:
    return (head + "".join(bodies) + TAIL).encode()


def errors(data: bytes) -> list[tuple[int, str]]:
    return [(one.line, one.code) for one in read(data).findings.errors]


def begins(data: bytes) -> list[str]:
    found = read(data)
    assert found.ok, found.findings.errors
    return [f"{one.begins:%F %H:%M}" for taken in found.times() for one in taken.times]


def test_a_school_calendar_is_read_whole() -> None:
    found = report(read(TERM.encode()))
    assert found["ok"]
    assert (found["errors"], found["unsupported"], found["notes"]) == ([], [], [])
    wanted = {"events": 3, "series": 3, "times": 5, "first": "2026-09-01", "last": "2027-01-16", "whole_days": 1}
    wanted |= {"recurring": 1, "endless": False, "cancelled": 0, "changed": 0, "encoding": "utf-8", "calendars": 1}
    assert found["read"].items() >= wanted.items()
    [rule] = found["read"]["recurrence"]
    assert rule["rules"] == ["FREQ=MONTHLY;COUNT=4;BYDAY=1MO"]
    assert (rule["line"], rule["times"], rule["first"], rule["last"]) == (20, 3, "2026-09-07", "2026-12-07")
    assert "家长会" not in json.dumps(found, ensure_ascii=False), "titles are not for a report"


def test_what_stands_in_an_event_is_kept() -> None:
    found = read(TERM.encode())
    assert found.name == "实验小学校历"
    sports = found.events[1].occasion
    assert (sports.title, sports.place) == ("秋季运动会, 全校", "操场")
    assert sports.start == datetime(2026, 10, 16, 8, 30, tzinfo=SHANGHAI)
    assert found.times()[1].times[0].end == datetime(2026, 10, 16, 11, 30, tzinfo=SHANGHAI)


WRITTEN = {
    "utf-8": TERM.encode(),
    "with a mark": b"\xef\xbb\xbf" + TERM.encode(),
    "utf-16": TERM.encode("utf-16"),
    "utf-16, big end first": b"\xfe\xff" + TERM.encode("utf-16-be"),
    "utf-16 without a mark": TERM.encode("utf-16-le"),
    "gbk": TERM.encode("gbk"),
    "LF": TERM.replace("\r\n", "\n").encode(),
    "CR": TERM.replace("\r\n", "\r").encode(),
    "CR CR LF": TERM.replace("\r\n", "\r\r\n").encode(),
    "mixed": TERM.replace("\r\n", "\n", 7).replace("\n", "\r", 2).encode(),
    "no end of the last line": TERM.rstrip().encode(),
    "blanks behind": TERM.replace("\r\n", " \r\n").encode(),
    "small letters": TERM.replace("BEGIN:", "begin:")
    .replace("DTSTART", "dtstart")
    .replace("VEVENT", "vevent")
    .encode(),
    "folded everywhere": "\r\n\t".join(TERM.split("0")).replace("\r\n\t", "\r\n\t0").encode(),
    "folded inside letters": TERM.encode().replace("会".encode(), b"\xe4\r\n \xbc\n \x9a"),
    "folded by gbk octets": TERM.encode("gbk").replace("会".encode("gbk"), b"\xbb\r\n \xe1"),
    "empty lines": TERM.replace("\r\n", "\r\n\r\n").encode(),
}


@pytest.mark.parametrize("how", WRITTEN)
def test_the_same_calendar_however_it_is_written(how: str) -> None:
    plain, found = read(TERM.encode()), read(WRITTEN[how])
    assert found.ok, found.findings.errors
    assert [one.occasion for one in found.events] == [one.occasion for one in plain.events]
    assert [one.times for one in found.times()] == [one.times for one in plain.times()]


def test_an_encoding_that_was_guessed_is_said() -> None:
    assert [one.code for one in read(WRITTEN["gbk"]).findings.notes] == ["gb18030"]
    assert read(WRITTEN["gbk"]).findings.notes[0].line == 4, "the first line with letters of it"
    assert [one.code for one in read(WRITTEN["utf-16"]).findings.notes] == ["utf16"]


ZONE = (
    "BEGIN:VTIMEZONE\r\nTZID:{name}\r\nBEGIN:STANDARD\r\nDTSTART:16010101T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n"
    "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD\r\nBEGIN:DAYLIGHT\r\nDTSTART:16010101T020000\r\n"
    "TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n"
)


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("DTSTART:20260304T090000", "2026-03-04 09:00"),
        ("DTSTART:20260304T010000Z", "2026-03-04 09:00"),
        ("DTSTART;TZID=Asia/Shanghai:20260304T090000", "2026-03-04 09:00"),
        ("DTSTART;TZID=asia/shanghai:20260304T090000", "2026-03-04 09:00"),
        ('DTSTART;TZID="Asia/Shanghai":20260304T090000', "2026-03-04 09:00"),
        ("DTSTART;TZID=/Asia/Shanghai:20260304T090000", "2026-03-04 09:00"),
        ("DTSTART;TZID=/mozilla.org/20050126_1/Asia/Shanghai:20260304T090000", "2026-03-04 09:00"),
        ("DTSTART;TZID=China Standard Time:20260304T090000", "2026-03-04 09:00"),
        ("DTSTART;TZID=中国标准时间:20260304T090000", "2026-03-04 09:00"),
        ("DTSTART;TZID=PRC:20260304T090000", "2026-03-04 09:00"),
        ("DTSTART;TZID=UTC+8:20260304T090000", "2026-03-04 09:00"),
        ("DTSTART;TZID=GMT+08:00:20260304T090000", "2026-03-04 09:00"),
        ('DTSTART;TZID="(UTC+08:00) Beijing, Chongqing, Hong Kong, Urumqi":20260304T090000', "2026-03-04 09:00"),
        ("DTSTART;TZID=(UTC+08:00) Beijing:20260304T090000", "2026-03-04 09:00"),
        ("DTSTART:20260304T090000+0800", "2026-03-04 09:00"),
        ("DTSTART:2026-03-04T09:00:00+08:00", "2026-03-04 09:00"),
        ("DTSTART;VALUE=DATE-TIME;TZID=Asia/Tokyo:20260304T100000", "2026-03-04 09:00"),
        ("DTSTART;TZID=Tokyo Standard Time:20260304T100000", "2026-03-04 09:00"),
        ("DTSTART;TZID=Eastern Standard Time 1:20260703T210000", "2026-07-04 09:00"),
        ("DTSTART;TZID=tzone://Microsoft/Utc:20260304T010000", "2026-03-04 09:00"),
        ("DTSTART;TZID=America/New_York:20260704T010000Z", "2026-07-04 09:00"),
        ("DTSTART;TZID=Own:20260304T020000", "2026-03-04 09:00"),
        ("DTSTART;TZID=Own:20260704T030000", "2026-07-04 09:00"),
        ("DTSTART;TZID=Own:20260329T023000", "2026-03-29 09:30"),
        ("DTSTART;TZID=Own:20261025T023000", "2026-10-25 08:30"),
        ("DTSTART;TZID=Own:19700101T020000", "1970-01-01 09:00"),
        ("DTSTART:20260303T240000", "2026-03-04 00:00"),
        ("DTSTART;VALUE=DATE:20260304", "2026-03-04 00:00"),
        ("DTSTART:20260304", "2026-03-04 00:00"),
        ("DTSTART:2026-03-04", "2026-03-04 00:00"),
        ("DTSTART;VALUE=DATE:20260304T000000", "2026-03-04 00:00"),
        ("DTSTART;;VALUE=DATE:20260304", "2026-03-04 00:00"),
        ("DTSTART ;VALUE=DATE:20260304", "2026-03-04 00:00"),
    ],
)
def test_times_and_zones_as_calendars_write_them(start: str, expected: str) -> None:
    assert begins(calendar(ZONE.format(name="Own"), event(start=start))) == [expected]


def test_what_a_file_says_of_a_common_zone_does_not_count() -> None:
    wrong = ZONE.format(name="Asia/Shanghai")
    assert begins(calendar(wrong, event(start="DTSTART;TZID=Asia/Shanghai:20260304T090000"))) == ["2026-03-04 09:00"]


S = "DTSTART;TZID=Asia/Shanghai:20260302T090000"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["RRULE:FREQ=DAILY;COUNT=3"], "2 3 4"),
        (["RRULE:FREQ=DAILY;UNTIL=20260304"], "2 3 4"),
        (["RRULE:FREQ=DAILY;UNTIL=20260304T010000Z"], "2 3 4"),
        (["RRULE:FREQ=DAILY;UNTIL=20260304T005959Z"], "2 3"),
        (["RRULE:FREQ=DAILY;UNTIL=20260304T090000"], "2 3 4"),
        (["RRULE:FREQ=WEEKLY;BYDAY=MO, WE;COUNT=3;"], "2 4 9"),
        (["RRULE:FREQ=DAILY;COUNT=4", "EXDATE;TZID=Asia/Shanghai:20260303T090000"], "2 4 5"),
        (["RRULE:FREQ=DAILY;COUNT=4", "EXDATE:20260303T010000Z,20260304T010000Z"], "2 5"),
        (["RRULE:FREQ=DAILY;COUNT=4", "EXDATE:20260303T090000"], "2 4 5"),
        (["RRULE:FREQ=DAILY;COUNT=4", "EXDATE;VALUE=DATE:20260303"], "2 4 5"),
        (["RRULE:FREQ=DAILY;COUNT=2", "EXDATE;TZID=Asia/Shanghai:20260302T090000"], "3"),
        (["RRULE:FREQ=DAILY;COUNT=2", "RDATE;TZID=Asia/Shanghai:20260320T140000"], "2 3 20"),
        (["RDATE;VALUE=DATE:20260320", "RDATE:"], "2 20"),
        (["RDATE;VALUE=PERIOD:20260320T010000Z/PT2H,20260321T010000Z/20260321T030000Z"], "2 20 21"),
        (["RRULE:FREQ=YEARLY;SKIP=OMIT;RSCALE=GREGORIAN;COUNT=1"], "2"),
        (["RRULE:FREQ=DAILY;COUNT=2", "RRULE:FREQ=WEEKLY;COUNT=2"], "2 3 9"),
        (["RRULE:FREQ=MONTHLY;RSCALE=CHINESE"], "2"),
    ],
)
def test_series(lines: list[str], expected: str) -> None:
    found = [one[8:10].lstrip("0") for one in begins(calendar(event(*lines, start=S)))]
    assert found == expected.split()


def test_an_added_date_has_its_own_hour_and_an_added_day_that_of_its_series() -> None:
    lines = ("RDATE;TZID=Asia/Shanghai:20260303T140000", "RDATE;VALUE=DATE:20260304")
    assert begins(calendar(event(*lines, start=S))) == ["2026-03-02 09:00", "2026-03-03 14:00", "2026-03-04 09:00"]


def test_a_series_without_a_zone_takes_a_z_for_the_same_clock() -> None:
    lines = ("RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20260303T090000Z")
    assert begins(calendar(event(*lines, start="DTSTART:20260302T090000"))) == ["2026-03-02 09:00", "2026-03-04 09:00"]


def test_a_single_time_moved_and_one_cancelled() -> None:
    head = event("RRULE:FREQ=DAILY;COUNT=4", "SUMMARY:例会", start=S)
    moved = event("RECURRENCE-ID:20260303T010000Z", "SUMMARY:例会(改期)", start="DTSTART:20260310T010000Z")
    gone = event("RECURRENCE-ID;TZID=Asia/Shanghai:20260304T090000", "STATUS:CANCELLED", start=S.replace("02T", "04T"))
    found = read(calendar(moved, head, gone))
    [taken] = found.times()
    assert [(one.first_day.day, one.title, one.status) for one in taken.times] == [
        (2, "例会", Status.CONFIRMED),
        (4, "", Status.CANCELLED),
        (5, "例会", Status.CONFIRMED),
        (10, "例会(改期)", Status.CONFIRMED),
    ]
    assert report(found)["read"].items() >= {"events": 3, "series": 1, "times": 4, "changed": 2, "cancelled": 1}.items()


def test_a_time_is_named_by_its_day_too() -> None:
    by_day = event("RECURRENCE-ID;VALUE=DATE:20260303", start="DTSTART:20260310T010000Z")
    assert begins(calendar(event("RRULE:FREQ=DAILY;COUNT=2", start=S), by_day)) == [
        *("2026-03-02 09:00", "2026-03-10 09:00"),
    ]
    days = event("RRULE:FREQ=DAILY;COUNT=2", start="DTSTART;VALUE=DATE:20260302")
    moved = event("RECURRENCE-ID:20260303T000000Z", start="DTSTART;VALUE=DATE:20260310")
    assert begins(calendar(days, moved)) == ["2026-03-02 00:00", "2026-03-10 00:00"]


def test_calendars_put_together_are_read_one_after_another() -> None:
    marked = b"\xef\xbb\xbf" + calendar(event(uid="b"))
    found = read(b"\xef\xbb\xbf" + calendar(event(uid="a")) + marked)
    assert found.ok, found.findings.errors
    assert found.calendars == 2
    assert [one.occasion.uid for one in found.events] == ["a", "b"]


def test_a_changed_time_without_its_series_is_an_entry() -> None:
    assert begins(calendar(event("RECURRENCE-ID:20260303T010000Z"))) == ["2026-03-04 09:00"]


def test_of_two_entries_with_one_uid_the_newest_counts() -> None:
    old, new = event("SEQUENCE:1", "SUMMARY:旧"), event("SEQUENCE:2", "SUMMARY:新", start="DTSTART:20260305T010000Z")
    for order in ((old, new), (new, old)):
        found = read(calendar(*order))
        assert [one.head.title for one in found.series] == ["新"]
        assert [one.code for one in found.findings.notes] == ["same_uid"]
    # Neither newer and not the same: nothing is thrown away, and what is made up is the same each time.
    other = event("SEQUENCE:1", "SUMMARY:别的")
    twice = [sorted(one.head.uid for one in read(calendar(*order)).series) for order in ((old, other), (old, other))]
    assert len(twice[0]) == 2
    assert twice[0] == twice[1]


def test_a_cancelled_calendar_cancels_its_entries() -> None:
    found = read(calendar(event(), head=HEAD + "METHOD:CANCEL\r\n"))
    assert found.events[0].occasion.status is Status.CANCELLED


def test_an_entry_without_a_uid_gets_the_same_one_each_time() -> None:
    bare = calendar(event(uid="").replace("UID:\r\n", ""))
    first, second = read(bare), read(bare.replace(b"\r\n", b"\n"))
    assert first.events[0].occasion.uid == second.events[0].occasion.uid != ""
    moved = read(bare.replace(b"20260304", b"20260305"))
    assert moved.events[0].occasion.uid != first.events[0].occasion.uid


def test_an_entry_without_an_end_is_a_moment_or_a_day() -> None:
    [moment] = read(calendar(event())).times()[0].times
    assert moment.start == moment.end == datetime(2026, 3, 4, 9, tzinfo=SHANGHAI)
    [day] = read(calendar(event(start="DTSTART;VALUE=DATE:20260304"))).times()[0].times
    assert (day.start, day.end) == (date(2026, 3, 4), date(2026, 3, 5))


def test_the_years_that_are_read() -> None:
    for day, good in (("18991231", False), ("19000101", True), ("21991231", True), ("22000101", False)):
        assert read(calendar(event(start=f"DTSTART;VALUE=DATE:{day}"))).ok is good, day


def test_whole_days_end_before_their_end() -> None:
    def last(*lines: str) -> date:
        found = read(calendar(event(*lines, start="DTSTART;VALUE=DATE:20261001")))
        assert found.ok
        return found.times()[0].times[0].last_day

    assert last("DTEND;VALUE=DATE:20261008") == date(2026, 10, 7)
    assert last("DTEND;VALUE=DATE:20261001") == date(2026, 10, 1)
    assert last() == date(2026, 10, 1)
    assert last("DURATION:P7D") == last("DURATION:P1W") == last("DURATION:PT168H") == date(2026, 10, 7)
    assert last("DTEND;VALUE=DATE:20261008", "DURATION:P7D") == date(2026, 10, 7)


#: What is wrong, the file, the line. One of each sentence at least.
WRONG: list[tuple[str, bytes, int]] = [
    ("empty", b"", 1),
    ("empty", b" \r\n\r\n ", 1),
    ("too_big", b"BEGIN:VCALENDAR\n" + b"X" * MOST_BYTES, 1),
    ("too_many_lines", b"BEGIN:VCALENDAR\n" + b"\n" * 1_000_001, 1_000_000),
    ("web_page", "\r\n<!DOCTYPE html><html><body>登录 BEGIN:VCALENDAR</body></html>".encode(), 1),
    ("web_page", b"\xef\xbb\xbf<?xml version='1.0'?>", 1),
    ("other_file", b"%PDF-1.7\nBEGIN:VCALENDAR", 1),
    ("other_file", b"PK\x03\x04BEGIN:VCALENDAR", 1),
    ("other_file", b'{"error": "login required"}', 1),
    ("no_calendar", b"Dear colleague, the calendar is attached.", 1),
    ("no_calendar", bytes(range(256)) * 9, 1),
    ("no_calendar", b"BEGIN:VCARD\r\nFN:x\r\nEND:VCARD\r\n", 1),
    ("encoding", calendar(event("SUMMARY:会")) + b"X-A:\xff\xff\xff", 11),
    ("calendar_kind", calendar(event(), head=HEAD + "CALSCALE:CHINESE\r\n"), 4),
    ("cut_off", (HEAD + event())[:-16].encode(), 4),
    ("cut_off", (HEAD + "BEGIN:VEVENT\r\nDTSTART:20260101\r\n" + event() + TAIL).encode(), 4),
    ("stray_end", calendar(event(), "END:VTODO\r\n"), 9),
    ("too_deep", b"BEGIN:VCALENDAR\n" + b"BEGIN:X\n" * 30 + b"END:X\n" * 30 + b"END:VCALENDAR\n", 21),
    ("bad_line", calendar(event(start="DTSTART 20260304")), 7),
    ("bad_line", calendar(event(start="DTSTART")), 7),
    ("no_start", calendar(event(start="")), 4),
    ("given_twice", calendar(event("DTSTART:20260304T010000Z")), 8),
    ("bad_date", calendar(event(start="DTSTART:INVALID-DATE")), 7),
    ("bad_date", calendar(event(start="DTSTART:20260230")), 7),
    ("bad_date", calendar(event(start="DTSTART:20260304T250000Z")), 7),
    ("bad_date", calendar(event(start="DTSTART:٢٠٢٦٠٣٠٤")), 7),
    ("bad_date", calendar(event(start="DTSTART:")), 7),
    ("bad_date", calendar(event("RDATE:20260305T010000Z,never")), 8),
    ("bad_date", calendar(event("RRULE:FREQ=DAILY;COUNT=3", "EXDATE:never")), 9),
    ("out_of_range", calendar(event(start="DTSTART:00010101T000000Z")), 7),
    ("out_of_range", calendar(event(start="DTSTART:00000000")), 7),
    ("out_of_range", calendar(event("DTEND:99991231T235959Z")), 8),
    ("date_and_time", calendar(event(start="DTSTART;VALUE=DATE:20260304T090000")), 7),
    ("zone", calendar(event(start="DTSTART;TZID=Western/Central Europe:20260304T090000")), 7),
    ("zone", calendar(event(start="DTSTART;TZID=(UTC-05:00) Eastern Time:20260304T090000")), 7),
    ("zone", calendar(event(start="DTSTART;TZID=America:20260304T090000")), 7),
    ("zone", calendar(event(start="DTSTART;TZID=../../etc/passwd:20260304T090000")), 7),
    (
        "zone_rule",
        calendar(ZONE.format(name="Own").replace("+0200", "+5744"), event(start="DTSTART;TZID=Own:20260304T090000")),
        22,
    ),
    ("too_many_zones", calendar(*(ZONE.format(name=f"z{i}") for i in range(101)), event()), 4 + 15 * 100),
    ("mixed", calendar(event("DTEND;VALUE=DATE:20260305")), 8),
    ("mixed", calendar(event("DURATION:PT5H", start="DTSTART;VALUE=DATE:20260304")), 8),
    ("ends_early", calendar(event("DTEND:20260304T005959Z")), 8),
    ("ends_early", calendar(event("DTEND;VALUE=DATE:20260303", start="DTSTART;VALUE=DATE:20260304")), 8),
    ("bad_length", calendar(event("DURATION:1H")), 8),
    ("bad_length", calendar(event("DURATION:P")), 8),
    ("bad_length", calendar(event("DURATION:PT")), 8),
    ("length_negative", calendar(event("DURATION:-PT15M")), 8),
    ("length_huge", calendar(event("DURATION:P999999999999999999W")), 8),
    ("length_huge", calendar(event("DURATION:P4000D")), 8),
    ("two_ends", calendar(event("DTEND:20260304T020000Z", "DURATION:PT2H")), 8),
    ("bad_rule", calendar(event("RRULE:FREQ=INVALID")), 8),
    ("bad_rule", calendar(event("RRULE:FREQ=HOURLY", start="DTSTART;VALUE=DATE:20260304")), 8),
    ("bad_again", calendar(event("RECURRENCE-ID:yesterday")), 8),
    ("too_many_dates", calendar(event("RRULE:FREQ=DAILY", "EXDATE:" + ",".join(["20260305T010000Z"] * 5_001))), 9),
    ("too_many_rules", calendar(event(*["RRULE:FREQ=DAILY"] * 21)), 28),
]


@pytest.mark.parametrize(("code", "data", "line"), WRONG, ids=[f"{i}-{code}" for i, (code, _, _) in enumerate(WRONG)])
def test_what_is_wrong_is_said_with_its_line_and_how_to_mend_it(code: str, data: bytes, line: int) -> None:
    found = report(read(data))
    assert not found["ok"]
    assert (line, code) in [(one["line"], one["code"]) for one in found["errors"]]
    if code in {"empty", "too_big", "too_many_lines", "web_page", "other_file", "no_calendar"}:
        assert found["errors_in_all"] == 1, "what is no calendar is looked at no further"
    for one in found["errors"]:
        for said in (one["zh"], one["en"], one["mend"]["zh"], one["mend"]["en"]):
            assert said
            assert "{" not in said.replace('{"', ""), said
            assert said.isprintable()


#: What is put right, and what is left unread, with a file in which it is.
SAID: list[tuple[str, bytes, int]] = [
    ("gb18030", WRITTEN["gbk"], 4),
    ("utf16", WRITTEN["utf-16"], 1),
    ("no_outer", event().encode(), 1),
    ("no_version", calendar(event(), head="BEGIN:VCALENDAR\r\nPRODID:x\r\n"), 1),
    ("no_maker", calendar(event(), head="BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"), 1),
    ("no_events", calendar(), 1),
    ("before", b"From: somebody\r\n" + calendar(event()), 1),
    ("after", calendar(event()) + b"X-COMMENT:cached\r\n", 10),
    ("stray_line", calendar(event("and this was a second line", "of the description")), 8),
    ("no_uid", calendar(event(uid="").replace("UID:\r\n", "")), 4),
    ("same_uid", calendar(event(), event()), 9),
    ("two_of_a_uid", calendar(event(), event("SUMMARY:x")), 9),
    ("no_length", calendar(event("DTEND:20260304T010000Z")), 8),
    ("bare_date", calendar(event(start="DTSTART:20260304")), 7),
    ("midnight", calendar(event(start="DTSTART;VALUE=DATE:20260304T000000")), 7),
    ("odd_date", calendar(event(start="DTSTART:2026-03-04T09:00:00Z")), 7),
    ("utc_and_zone", calendar(event(start="DTSTART;TZID=Asia/Tokyo:20260304T090000Z")), 7),
    ("floating", calendar(event(start="DTSTART:20260304T090000")), 7),
    ("zone_offset", calendar(event(start="DTSTART;TZID=UTC+8:20260304T090000")), 7),
    ("bad_zone_unused", calendar("BEGIN:VTIMEZONE\r\nTZID:Own\r\nEND:VTIMEZONE\r\n", event()), 4),
    ("until_kind", calendar(event("RRULE:FREQ=DAILY;UNTIL=20260306")), 8),
    ("outside_rule", calendar(event("RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=2")), 8),
    ("empty_value", calendar(event("RDATE:")), 8),
    ("bad_status", calendar(event("STATUS:PERHAPS")), 8),
    ("cut_title", calendar(event("SUMMARY:" + "长" * 400)), 8),
    ("odd_signs", calendar(event(start="DTSTART;;VALUE=DATE:20260304")), 7),
    ("component", calendar("BEGIN:VTODO\r\nSUMMARY:x\r\nEND:VTODO\r\n"), 4),
    ("alarm", calendar(event("BEGIN:VALARM", "TRIGGER:-PT5M", "END:VALARM")), 8),
    ("old_version", calendar(event(), head="BEGIN:VCALENDAR\r\nVERSION:1.0\r\nPRODID:x\r\n"), 1),
    ("this_and_future", calendar(event("RECURRENCE-ID;RANGE=THISANDFUTURE:20260303T010000Z")), 8),
    ("except_rule", calendar(event("RRULE:FREQ=DAILY;COUNT=9", "EXRULE:FREQ=WEEKLY;COUNT=2")), 9),
    ("other_calendar", calendar(event("RRULE:RSCALE=CHINESE;FREQ=YEARLY")), 8),
    ("skip", calendar(event("RRULE:RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=FORWARD")), 8),
    ("undated", calendar(event(start=""), head=HEAD + "METHOD:REPLY\r\n"), 5),
    ("long_lists", calendar(event("RRULE:FREQ=DAILY;COUNT=1001")), 4),
]


@pytest.mark.parametrize(("code", "data", "line"), SAID, ids=[code for code, _, _ in SAID])
def test_what_was_put_right_or_left_unread_is_said(code: str, data: bytes, line: int) -> None:
    found = report(read(data))
    assert found["ok"], found["errors"]
    told = [*found["notes"], *found["unsupported"]]
    assert (line, code) in [(one["line"], one["code"]) for one in told]
    assert all(one["zh"] and one["en"] and one["times"] >= 1 for one in told)
    # A clean file says none of it.
    assert code not in {one["code"] for key in ("notes", "unsupported") for one in report(read(TERM.encode()))[key]}


def test_no_sentence_is_there_for_nothing() -> None:
    # What the command says of a file that is not there, and of a fault of ours: see below.
    assert {code for code, _, _ in WRONG} == set(ERRORS) - {"not_there", "our_fault"}
    assert {code for code, _, _ in SAID} == set(NOTES) | set(UNSUPPORTED)


def test_one_bad_entry_leaves_the_others() -> None:
    found = read(calendar(event(uid="a"), event(uid="b", start="DTSTART:soon"), event(uid="c")))
    assert not found.ok
    assert [one.occasion.uid for one in found.events] == ["a", "c"]
    assert [(one.line, one.code) for one in found.findings.errors] == [(12, "bad_date")]


def test_what_stands_in_a_reminder_or_in_something_unknown_is_not_the_entry() -> None:
    alarm = ("BEGIN:VALARM", "SUMMARY:提醒", "DURATION:PT5M", "DTSTART:19990101", "END:VALARM")
    found = read(calendar(event(*alarm, "SUMMARY:例会"), "BEGIN:X-BOX\r\n" + event(uid="inside") + "END:X-BOX\r\n"))
    assert found.ok
    assert [(one.occasion.title, one.occasion.uid) for one in found.events] == [("例会", "1@x")]


def test_findings_are_not_told_a_thousand_times() -> None:
    many = report(read(calendar(*(event(uid=str(i), start="DTSTART:soon") for i in range(300)))))
    assert (len(many["errors"]), many["errors_in_all"]) == (100, 300)
    assert "200" in say(many)[-1]
    floating = report(read(calendar(*(event(uid=str(i), start="DTSTART:20260304T090000") for i in range(300)))))
    assert [(one["code"], one["times"]) for one in floating["notes"]] == [("floating", 300)]


def test_nothing_of_a_file_reaches_a_terminal_as_a_command() -> None:
    found = report(read(calendar(event(start="DTSTART:\x1b[31m\x07\u202e2026"))))
    for line in (json.dumps(found, ensure_ascii=False), *say(found)):
        assert not set(line.replace("\n", "")) & set("\x1b\x07\u202e")


BOMBS = {
    "lists of exceptions": event("RRULE:FREQ=DAILY", *["EXDATE:20260305T010000Z"] * 20_000),
    "parameters": event(start="DTSTART" + ";A=B" * 500_000 + ":20260304"),
    "commas": event(start="DTSTART;A=" + "," * 1_000_000 + ":20260304"),
    "quotes": event(start='DTSTART;A="' + '"' * 1_000_000 + ":20260304"),
    "semicolons": event(start="DTSTART" + ";" * 1_000_000 + ":20260304"),
    "folds": event("SUMMARY:a" + "\r\n a" * 200_000),
    "begins": "BEGIN:X\r\n" * 200_000,
    "ends": "END:X\r\n" * 200_000,
    "endless series": "".join(event("RRULE:FREQ=DAILY", uid=str(i)) for i in range(2_000)),
    "series that never come": "".join(
        event("RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30", uid=str(i)) for i in range(2_000)
    ),
    "zones": "".join(ZONE.format(name=f"z{i}") + event(start=f"DTSTART;TZID=z{i}:20260304T090000") for i in range(300)),
    "weekdays": event("RRULE:FREQ=YEARLY;BYDAY=" + ",".join(["1MO"] * 100_000)),
}


@pytest.mark.parametrize("what", BOMBS)
def test_bombs_are_read_or_refused_within_bounds(what: str) -> None:
    found = report(read(calendar(BOMBS[what])))
    assert found["ok"] == (not found["errors"])
    assert found["read"]["times"] <= 20_000
    assert len(json.dumps(found)) < 100_000


def test_times_beyond_the_bound_of_a_file_are_said_to_be_missing() -> None:
    many = read(calendar(*(event("RRULE:FREQ=DAILY;COUNT=1000", uid=str(i)) for i in range(22))))
    taken = many.times()
    assert [len(one.times) for one in taken] == [1_000] * 20 + [0, 0]
    assert [one.whole for one in taken] == [True] * 20 + [False] * 2
    assert [(one["code"], one["times"]) for one in report(many)["unsupported"]] == [("long_lists", 2)]


@pytest.mark.slow
def test_ten_megabytes_are_read() -> None:
    many = calendar(*(event("DESCRIPTION:" + "长" * 130, "SUMMARY:例会", uid=f"{i}@x") for i in range(20_000)))
    assert len(many) > 10_000_000
    found = report(read(many))
    assert found["ok"]
    assert (found["read"]["events"], found["read"]["times"]) == (20_000, 20_000)


# -- anything at all -------------------------------------------------------------------------------------------------

_OWN = (
    "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3;COUNT=3",
    "EXDATE:20270304T010000Z",
    "RDATE;VALUE=PERIOD:20260320T010000Z/PT2H",
)
_GOOD = (
    TERM.encode(),
    calendar(ZONE.format(name="Own"), event(*_OWN, start="DTSTART;TZID=Own:20260329T023000")),
    WRITTEN["gbk"],
    WRITTEN["utf-16"],
)
_SIGNS = [bytes([sign]) for sign in b'-0;,:"\\\0ZTP/=\xff\r']
_LINES = [b"DTSTART:20260304\n", b"DURATION:-P1W\n", b"RRULE:FREQ=SECONDLY\n", b"BEGIN:VALARM\n"]
_PIECES = st.sampled_from([*_SIGNS, *_LINES, b"99999999", b"\n ", b"BEGIN:VEVENT\n", b"END:VEVENT\n"])
_CHANGE = st.tuples(st.integers(0, 4_000), st.integers(0, 40), st.one_of(_PIECES, st.binary(max_size=6)))


@given(st.sampled_from(_GOOD), st.lists(_CHANGE, min_size=1, max_size=8))
@settings(max_examples=lots(80, 400))
def test_a_damaged_file_is_read_or_refused(data: bytes, changes: list[tuple[int, int, bytes]]) -> None:
    for at, length, piece in changes:
        at %= len(data) + 1
        data = data[:at] + piece + data[at + length :]
    _sound(read(data))


@given(st.binary(max_size=300).map(lambda data: b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n" + data))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    _sound(read(data))


def _sound(found: CalendarFile) -> None:
    said = report(found)
    assert json.loads(json.dumps(said)) == said
    assert said["ok"] == (not said["errors"])
    assert all(one["line"] >= 1 and one["zh"] and one["en"] and one["mend"]["zh"] for one in said["errors"])
    assert say(said)


@pytest.mark.parametrize("blank", ["\ufeff", "\u3000", "\u2028", "\x85", "\x1c", "\x0c"])
def test_a_line_of_blanks_is_nothing(blank: str) -> None:
    for data in (calendar(blank + "\r\n", event(blank)), (blank + "\r\n").encode() + calendar(event(), blank + "\r\n")):
        found = read(data)
        assert found.ok
        assert found.findings.notes == []
        assert len(found.events) == 1


def test_a_fault_of_ours_is_said_and_not_thrown(monkeypatch: pytest.MonkeyPatch) -> None:
    assert checked(TERM.encode()) == report(read(TERM.encode()))

    def fails(data: bytes) -> CalendarFile:
        raise AttributeError("start")

    monkeypatch.setattr("wuxiao.feeds.calendars.check.read", fails)
    said = checked(TERM.encode())
    assert not said["ok"]
    assert [(one["code"], "AttributeError" in one["zh"]) for one in said["errors"]] == [("our_fault", True)]


# -- the public files ------------------------------------------------------------------------------------------------


@pytest.mark.data
def test_the_public_files_are_read_or_refused(shared_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = sorted((shared_data / "ics").glob("*.ics"))
    assert len(files) >= 100
    count: Counter[str] = Counter()
    for file in files:
        found = read(file.read_bytes())
        _sound(found)
        count["read" if found.ok else "refused"] += 1
        count["entries"] += len(found.events)
        count["times"] += sum(len(taken.times) for taken in found.times())
        count.update({f"refused: {code}" for code in {one.code for one in found.findings.errors}})
    with capsys.disabled():
        print(f"\n{len(files)} files: {dict(count)}")
    assert count["read"] >= 0.6 * len(files), "most of them are sound"


# -- the command -----------------------------------------------------------------------------------------------------


def command(*words: str) -> subprocess.CompletedProcess[str]:
    clean = {
        name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "DJANGO_SETTINGS_MODULE"}
    }
    return subprocess.run(
        [sys.executable, "-m", "wuxiao.site.cli", "calendar", "check", *words],
        env={**clean, "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
    )


def test_the_command_says_it_as_one_object(tmp_path: Path) -> None:
    file = tmp_path / "校历.ics"
    file.write_bytes(TERM.encode("gbk"))
    done = command(str(file), "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert set(found) == {"ok", "read", "unsupported", "notes", "errors", "errors_in_all"}
    assert found["read"]["events"] == 3
    file.write_bytes(TERM.replace("20261016", "20261316").encode())
    done = command(str(file), "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["errors"][0]["line"] == 15
    people = command(str(file))
    assert people.returncode == 1
    assert "第 15 行" in people.stdout
    assert "line 15" in people.stdout
    for gone in (tmp_path / "none.ics", tmp_path):
        done = command(str(gone), "--json")
        assert done.returncode == 2
        assert [(one["line"], one["code"]) for one in json.loads(done.stdout)["errors"]] == [(1, "not_there")]
    assert command(str(tmp_path / "none.ics")).stdout == ""
    assert "Traceback" not in done.stderr + people.stderr
