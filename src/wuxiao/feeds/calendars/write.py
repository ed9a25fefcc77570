"""Writing a calendar people subscribe to: the sittings, receptions and duties of one person, room or unit.

A subscriber sees that something takes place, when, and in which room of ours; titles come from `NEUTRAL_TITLES` and
nobody is named, for a calendar is shared, synchronised and shown on locked screens; but for who in office receives the
public, in the public calendar (`who`). There is no METHOD: a feed is no
invitation, and with one an organizer's mail address would have to stand in it (RFC 5546, 3.2.1). So DTSTAMP is the
time of the last change, and a feed in which nothing changed is the same bytes again.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.calendar.occasions import NEUTRAL_TITLES, Status, instant
from wuxiao.rules.words import Text
from wuxiao.typed.plain import line as one_line

#: What is over or cancelled stays so long, that a telephone which was off hears of it.
KEPT = timedelta(days=60)
#: China has had one offset and no summer time since then; nothing older is written.
SINCE = datetime(1992, 1, 1, tzinfo=SHANGHAI)
NOBODY = Text("", "")
_MOST_OCTETS = 75
_ZONE = (
    "BEGIN:VTIMEZONE",
    "TZID:Asia/Shanghai",
    "X-LIC-LOCATION:Asia/Shanghai",
    "BEGIN:STANDARD",
    "DTSTART:19920101T000000",
    "TZOFFSETFROM:+0800",
    "TZOFFSETTO:+0800",
    "TZNAME:CST",
    "END:STANDARD",
    "END:VTIMEZONE",
)


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a feed. `kind` is a key of `NEUTRAL_TITLES`; `place` is a room of ours and never a home.

    `who` is somebody in office whose hour the town's own page announces by name; never a resident, nor who has a task.
    """

    uid: str
    kind: str
    start: datetime
    end: datetime
    changed_at: datetime
    place: str = ""
    status: Status = Status.CONFIRMED
    sequence: int = 0
    who: Text = NOBODY

    def __post_init__(self) -> None:
        if self.kind not in NEUTRAL_TITLES:
            raise ValueError(f"{self.kind!r} has no neutral title")
        if not instant(self.start) < instant(self.end) or instant(self.start) < instant(SINCE):
            raise ValueError("an entry ends after it begins, and begins after 1991")


def uid(secret: str, host: str, kind: str, pk: int) -> str:
    """Return the UID of a row of ours: the same for ever, and no way back to the number or to how many there are."""
    mark = hmac.digest(secret.encode(), f"calendar:{kind}:{pk}".encode(), hashlib.sha256).hex()[:32]
    return f"{mark}@{host}"


def revised(old: Item, new: Item, at: datetime) -> Item:
    """Return the new state of an entry with its number and moment of change; unchanged, the old one.

    Whatever a subscriber could see makes the SEQUENCE grow, or some calendars keep what they had.
    """
    if old.uid != new.uid:
        raise ValueError("two entries")
    if replace(new, sequence=old.sequence, changed_at=old.changed_at) == old:
        return old
    return replace(new, sequence=old.sequence + 1, changed_at=at)


def feed(name: str, items: Iterable[Item], *, at: datetime, lang: str = "zh") -> bytes:
    """Return a feed as it is sent; `name` is that of the calendar (a room, “my sittings”), at most one line."""
    lines = [
        *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Wuxiao//Calendar feed//ZH", "CALSCALE:GREGORIAN"),
        *(f"NAME:{_text(name)}", f"X-WR-CALNAME:{_text(name)}", "X-WR-TIMEZONE:Asia/Shanghai"),
        *("REFRESH-INTERVAL;VALUE=DURATION:PT1H", "X-PUBLISHED-TTL:PT1H"),
        *_ZONE,
    ]
    for item in sorted(items, key=lambda item: (instant(item.start), item.uid)):
        # Subtracted from now: there is nothing after the last days of a calendar.
        if max(instant(item.end), instant(item.changed_at)) > instant(at) - KEPT:
            lines += _event(item, lang)
    lines.append("END:VCALENDAR")
    return b"".join(_folded(line) for line in lines)


def _event(item: Item, lang: str) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_text(item.uid)}"
    yield f"DTSTAMP:{_utc(item.changed_at)}"
    yield f"LAST-MODIFIED:{_utc(item.changed_at)}"
    yield f"SEQUENCE:{item.sequence}"
    yield f"DTSTART;TZID=Asia/Shanghai:{_local(item.start)}"
    yield f"DTEND;TZID=Asia/Shanghai:{_local(item.end)}"
    title, who = NEUTRAL_TITLES[item.kind].say(lang), item.who.say(lang)
    yield f"SUMMARY:{_text(title + (('：' if lang == 'zh' else ': ') + who if who else ''))}"
    if item.place:
        yield f"LOCATION:{_text(item.place)}"
    yield f"STATUS:{item.status.upper()}"
    yield f"TRANSP:{'TRANSPARENT' if item.status is Status.CANCELLED else 'OPAQUE'}"
    yield "CLASS:PRIVATE"
    yield "END:VEVENT"


def _text(text: str) -> str:
    """Return a text of one line with its escapes; what nobody can see is gone."""
    escaped = one_line(text).replace("\\", "\\\\")
    return escaped.replace(";", "\\;").replace(",", "\\,")


def _utc(moment: datetime) -> str:
    return f"{instant(moment).astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _local(moment: datetime) -> str:
    return f"{instant(moment).astimezone(SHANGHAI):%Y%m%dT%H%M%S}"


def _folded(line: str) -> bytes:
    """Return a line in UTF-8 with CRLF, folded at 75 octets and never inside a letter."""
    out, left = bytearray(), _MOST_OCTETS
    for letter in line:
        octets = letter.encode("utf-8")
        if len(octets) > left:
            out += b"\r\n "
            left = _MOST_OCTETS - 1
        out += octets
        left -= len(octets)
    return bytes(out) + b"\r\n"
