"""The calendar people subscribe to: it names nobody, keeps to the letter of RFC 5545, and is read as it was meant."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wuxiao.feeds.calendars.read import read
from wuxiao.feeds.calendars.write import KEPT, Item, feed, revised, uid
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.calendar.occasions import NEUTRAL_TITLES, Status
from wuxiao.typed.plain import line as one_line

NOW = datetime(2026, 3, 1, 12, tzinfo=SHANGHAI)
NINE = datetime(2026, 3, 4, 9, tzinfo=SHANGHAI)


def item(number: int = 1, **changes: Any) -> Item:
    said: dict[str, Any] = {"kind": "conference", "start": NINE, "end": NINE + timedelta(hours=2), "changed_at": NOW}
    return Item(uid=uid("secret", "wuxiao.example", "sitting", number), **(said | changes))


# -- a second reader that forgives nothing ---------------------------------------------------------------------------


def strict(data: bytes) -> list[dict[str, str]]:
    """Read a feed by the letter of the standard, sharing no code with the product; return its events."""
    assert data.endswith(b"\r\n")
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", data), "line ends are CRLF"
    physical = data[:-2].split(b"\r\n")
    for one in physical:
        assert 0 < len(one) <= 75
        text = one.decode("utf-8")  # each on its own: no letter is cut
        assert all(char == "\t" or char >= " " for char in text)
        assert "\x7f" not in text
    logical: list[str] = []
    for one in physical:
        if one.startswith(b" "):
            logical[-1] += one[1:].decode()
        else:
            logical.append(one.decode())
    stack: list[str] = []
    events: list[dict[str, str]] = []
    zones: set[str] = set()
    for line in logical:
        found = re.fullmatch(r"([A-Z][A-Z0-9-]*)((?:;[A-Z][A-Z0-9-]*=[^\";:,]+)*):(.*)", line)
        assert found, line
        name, parameters, value = found.groups()
        if name == "BEGIN":
            assert stack or value == "VCALENDAR"
            stack.append(value)
            if value == "VEVENT":
                events.append({})
        elif name == "END":
            assert stack.pop() == value
        elif stack == ["VCALENDAR", "VTIMEZONE"] and name == "TZID":
            zones.add(value)
        elif stack == ["VCALENDAR", "VEVENT"]:
            assert name not in events[-1], f"{name} twice"
            events[-1][name] = value
            if parameters.startswith(";TZID="):
                assert parameters.removeprefix(";TZID=") in zones, "a zone that is not described"
        if name in {"SUMMARY", "LOCATION", "UID", "X-WR-CALNAME", "NAME"}:
            assert re.fullmatch(r"(?:[^\\;,]|\\[\\;,nN])*", value), value
    assert not stack
    assert logical[:2] == ["BEGIN:VCALENDAR", "VERSION:2.0"]
    assert logical[2].startswith("PRODID:")
    for one in events:
        assert {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "SEQUENCE", "STATUS"} <= set(one)
        assert re.fullmatch(r"[0-9]{8}T[0-9]{6}Z", one["DTSTAMP"])
        assert re.fullmatch(r"[0-9]{8}T[0-9]{6}", one["DTSTART"])
    assert len({one["UID"] for one in events}) == len(events)
    return events


def plain(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], text)


def test_the_strict_reader_would_notice() -> None:
    good = feed("联席会议", [item(place="三楼会议室")], at=NOW)
    assert len(strict(good)) == 1
    for bad in (
        good.replace(b"\r\n", b"\n"),
        good.replace(b"TZID:Asia/Shanghai", b"TZID:Asia/Urumqi"),
        good.replace(b"SEQUENCE:0\r\n", b""),
        good.replace("三楼".encode(), b"a;b"),
        good.replace("三楼".encode(), "三".encode() * 40),
        good.replace("三楼".encode(), b"\xe4\xb8\r\n \x89"),
        good.replace(b"END:VEVENT\r\n", b""),
    ):
        assert bad != good
        with pytest.raises((AssertionError, UnicodeDecodeError)):
            strict(bad)


def test_a_feed_says_when_and_where_and_no_name() -> None:
    [one] = strict(feed("三楼会议室", [item(place="三楼会议室; 东")], at=NOW))
    assert one["DTSTART"] == "20260304T090000"
    assert one["DTEND"] == "20260304T110000"
    assert one["DTSTAMP"] == one["LAST-MODIFIED"] == "20260301T040000Z"
    assert one["SUMMARY"] == "联席会议"
    assert plain(one["LOCATION"]) == "三楼会议室; 东"
    assert (one["SEQUENCE"], one["STATUS"], one["CLASS"]) == ("0", "CONFIRMED", "PRIVATE")
    assert set(one) == {
        *("UID", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "DTSTART", "DTEND", "SUMMARY"),
        *("LOCATION", "STATUS", "TRANSP", "CLASS"),
    }
    [english] = strict(feed("Room 3", [item()], at=NOW, lang="en"))
    assert english["SUMMARY"] == "Joint conference"
    # A title of one's own is not to be had.
    with pytest.raises(ValueError, match="neutral"):
        item(kind="与王某谈话")


def test_the_zone_is_written_out_and_right() -> None:
    data = feed("x", [item()], at=NOW).decode()
    zone = data[data.index("BEGIN:VTIMEZONE") : data.index("END:VTIMEZONE")]
    assert "TZID:Asia/Shanghai\r\n" in zone
    assert "DTSTART:19920101T000000\r\nTZOFFSETFROM:+0800\r\nTZOFFSETTO:+0800\r\n" in zone
    # One offset since then, by the time zone data; before that there was summer time, and such dates are refused.
    hours = {(datetime(1992, 1, 1, tzinfo=SHANGHAI) + timedelta(days=n)).utcoffset() for n in range(0, 16_000, 7)}
    assert hours == {timedelta(hours=8)}
    with pytest.raises(ValueError, match="1991"):
        item(start=datetime(1991, 7, 1, 9, tzinfo=SHANGHAI))


def test_a_uid_is_stable_and_tells_nothing() -> None:
    one = uid("secret", "wuxiao.example", "sitting", 7)
    assert one == uid("secret", "wuxiao.example", "sitting", 7)
    others = {uid("secret", "wuxiao.example", "sitting", pk) for pk in range(50)} | {
        uid("s", "wuxiao.example", "sitting", 7)
    }
    others.add(uid("secret", "wuxiao.example", "reception", 7))
    assert len(others) == 52
    assert re.fullmatch(r"[0-9a-f]{32}@wuxiao\.example", one)


def test_the_sequence_grows_with_whatever_can_be_seen() -> None:
    first = item()
    later = NOW + timedelta(hours=1)
    assert revised(first, item(changed_at=later, sequence=9), later) is first
    last = first
    for change in (
        {"start": NINE - timedelta(hours=1)},
        {"end": NINE + timedelta(hours=5)},
        {"place": "二楼"},
        {"status": Status.CANCELLED},
        {"kind": "training"},
        {},
    ):
        new = revised(last, item(**change), later)
        assert (new.sequence, new.changed_at) == (last.sequence + 1, later), change
        last = new
    with pytest.raises(ValueError, match="two"):
        revised(first, item(2), later)


def test_what_is_cancelled_stays_a_while_and_then_goes() -> None:
    gone = item(1, status=Status.CANCELLED)
    before = NOW - timedelta(days=30)
    over = item(2, start=before, end=before + timedelta(hours=1), changed_at=NOW - timedelta(days=40))
    [first, second] = strict(feed("x", [gone, over], at=NOW))
    assert (first["STATUS"], second["STATUS"]) == ("CONFIRMED", "CANCELLED"), "in the order of time"
    assert second["TRANSP"] == "TRANSPARENT"
    assert len(strict(feed("x", [gone, over], at=NOW + timedelta(days=31)))) == 1
    # Cancelled long before: it is told until its time and two months more.
    assert len(strict(feed("x", [gone], at=gone.end + KEPT - timedelta(seconds=1)))) == 1
    assert strict(feed("x", [gone], at=gone.end + KEPT)) == []
    # Cancelled afterwards: from then on.
    late = item(status=Status.CANCELLED, changed_at=NINE + timedelta(days=50))
    assert len(strict(feed("x", [late], at=NINE + timedelta(days=100)))) == 1


def test_nothing_changed_is_the_same_bytes() -> None:
    items = [item(1), item(2, start=NINE - timedelta(hours=3)), item(3)]
    assert feed("x", items, at=NOW) == feed("x", reversed(items), at=NOW + timedelta(days=1))


def test_an_empty_feed_is_a_calendar() -> None:
    data = feed("三楼会议室", [], at=NOW)
    assert strict(data) == []
    found = read(data)
    assert found.ok
    assert found.name == "三楼会议室"


_MOMENTS = st.datetimes(datetime(1992, 1, 2), datetime(2190, 1, 1)).map(lambda moment: moment.replace(microsecond=0))
_ITEMS = st.builds(
    lambda number, kind, start, minutes, place, status, sequence, zone: Item(
        uid=uid("secret", "wuxiao.example", "sitting", number),
        kind=kind,
        start=start.replace(tzinfo=zone),
        end=start.replace(tzinfo=zone) + timedelta(minutes=minutes),
        changed_at=NOW,
        place=place,
        status=status,
        sequence=sequence,
    ),
    st.integers(0, 10**9),
    st.sampled_from(sorted(NEUTRAL_TITLES)),
    _MOMENTS,
    st.integers(1, 60 * 24 * 3),
    st.text(max_size=120),
    st.sampled_from(Status),
    st.integers(0, 10**6),
    st.sampled_from([SHANGHAI, UTC]),
)


@given(st.lists(_ITEMS, max_size=6, unique_by=lambda one: one.uid), st.text(max_size=90), st.sampled_from(["zh", "en"]))
def test_what_is_written_is_what_is_read(items: list[Item], name: str, lang: str) -> None:
    data = feed(name, items, at=datetime(1992, 1, 1, tzinfo=UTC), lang=lang)
    by_letter = {one["UID"]: one for one in strict(data)}
    found = read(data)
    assert found.ok, found.findings.errors
    assert {note.code for note in found.findings.notes} <= ({"no_events"} if not items else set())
    assert found.findings.left_unread == []
    assert found.name == one_line(name)[:100]
    assert len(found.events) == len(items) == len(by_letter)
    read_back = {event.occasion.uid: event.occasion for event in found.events}
    times = {one.uid: one for taken in found.times() for one in taken.times}
    for one in items:
        occasion, time = read_back[one.uid], times[one.uid]
        assert (time.start, time.end) == (one.start, one.end)
        assert occasion.title == NEUTRAL_TITLES[one.kind].say(lang)
        assert occasion.place == one_line(one.place)
        assert plain(by_letter[one.uid].get("LOCATION", "")) == one_line(one.place)
        assert (occasion.status, occasion.sequence) == (one.status, one.sequence)
