"""The phone tray: what was filled in without network meets what others did meanwhile; pure.

A phone takes a round along, and each thing filled in on it is a *slip* with an id of its own. Of every field a slip
says what it was when the round was taken along and what it is to be now. Three values decide, field by field: what
nobody else changed is taken (soft), what both changed goes to a person who sees both values (hard), and a step whose
fields hang together is taken whole or not at all. Nothing is chosen by whose clock was later.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from wuxiao.rules.words import Text

#: How long what was taken along may be read and sent; after that the phone deletes it.
HOURS = 48
#: Places one round holds.
PLACES = 500
#: A clock that is out by less says when something was filled in well enough.
_SLACK = timedelta(minutes=5)
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_NUMBER = re.compile(r"[A-Z0-9-]{1,40}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_HALF = re.compile("[\ud800-\udfff]")
_FIELDS, _LONG, _FAR = 200, 8000, 100 * 366 * 86_400_000


class Verdict(StrEnum):
    """What the house says of a slip: taken, all of it so already, taken in part, both values, refused, not yet."""

    TAKEN = "taken"
    SAME = "same"
    PART = "part"
    BOTH = "both"
    REFUSED = "refused"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Filled:
    """One field of a slip.

    `was` is what stood there when it was filled in, `now` what it is to be. Without `was` it is added to what is there
    and meets nothing; without `now` it was only looked at: the step was taken because it stood so.
    """

    name: str
    was: str | None
    now: str | None


@dataclass(frozen=True, slots=True)
class Slip:
    """One thing filled in on a phone: its own id, the case, the step, the fields, and when by the phone's clock.

    `offset` is by how many milliseconds the house's clock was ahead of the phone's when they last met. A slip that
    brings a file belongs to the slip `of`, and `sha256` names its bytes as they left the phone.
    """

    id: str
    case: str
    verb: str
    fields: tuple[Filled, ...]
    made: datetime
    offset: int
    of: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Both:
    """A field that both changed: what it was, what the phone wants, what stands there now."""

    name: str
    was: str
    mine: str
    theirs: str


@dataclass(frozen=True, slots=True)
class Merged:
    """What becomes of the fields: those to take, those that stand so already, those a person decides."""

    take: Mapping[str, str] = field(default_factory=dict)
    same: tuple[str, ...] = ()
    both: tuple[Both, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """What is said of the slip if everything in `take` is done."""
        if self.both:
            return Verdict.PART if self.take else Verdict.BOTH
        return Verdict.TAKEN if self.take else Verdict.SAME


def merge(fields: Iterable[Filled], stands: Mapping[str, str], *, whole: bool) -> Merged:
    """Compare each field with what stands now; with `whole` one that collides holds back all the others.

    A name that is not in `stands` stands empty. A field that was only looked at is never taken and never `same`.
    """
    take: dict[str, str] = {}
    same, both = [], []
    changes = False
    for one in fields:
        theirs = stands.get(one.name, "")
        if one.was is None:
            if one.now is not None:
                take[one.name], changes = one.now, True
        elif one.now is None:
            if theirs != one.was:
                both.append(Both(one.name, one.was, one.was, theirs))
        elif theirs == one.now and one.was != one.now:
            # Somebody did the same meanwhile, or it is this very slip again.
            same.append(one.name)
        elif theirs == one.was:
            take[one.name] = one.now
            changes = changes or one.was != one.now
        else:
            both.append(Both(one.name, one.was, one.now, theirs))
    if not changes or (whole and both):
        take = {}
    return Merged(take, tuple(same), tuple(both))


def moment(slip: Slip, at: datetime) -> tuple[datetime, bool]:
    """Return when a slip was filled in by the house's clock, within what can be, and whether the phone's clock fits."""
    reckoned = slip.made + timedelta(milliseconds=slip.offset)
    first = at - timedelta(hours=HOURS)
    sure = first - _SLACK <= reckoned <= at + _SLACK
    return min(max(reckoned, first), at), sure


class Unreadable(ValueError):
    """What came is no slip; `text` says so to whoever sent it."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.text = Text(f"手机送来的条目读不出来（{what}）", f"what the phone sent cannot be read ({what})")


def read_slip(raw: Any) -> Slip:
    """Return a slip from parsed JSON; raises `Unreadable` naming what is wrong."""
    if not isinstance(raw, dict):
        raise Unreadable("slip")
    fields = raw.get("fields", {})
    if not isinstance(fields, dict) or len(fields) > _FIELDS:
        raise Unreadable("fields")
    offset = raw.get("offset", 0)
    if not isinstance(offset, int) or isinstance(offset, bool) or abs(offset) > _FAR:
        raise Unreadable("offset")
    return Slip(
        id=_fits(raw, "id", _ID),
        case=_fits(raw, "case", _NUMBER),
        verb=_fits(raw, "verb", _NAME),
        fields=tuple(_filled(name, one) for name, one in fields.items()),
        made=_time(raw.get("made")),
        offset=offset,
        of=_fits(raw, "of", _ID) if raw.get("of") else "",
        sha256=_fits(raw, "sha256", _DIGEST) if raw.get("sha256") else "",
    )


def _fits(raw: Mapping[str, Any], name: str, pattern: re.Pattern[str]) -> str:
    value = raw.get(name)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise Unreadable(name)
    return value


def _filled(name: str, raw: Any) -> Filled:
    if not _NAME.fullmatch(name) or not isinstance(raw, dict) or not raw or raw.keys() - {"was", "now"}:
        raise Unreadable(name if _NAME.fullmatch(name) else "fields")
    for value in raw.values():
        if not isinstance(value, str) or len(value) > _LONG or "\x00" in value:
            raise Unreadable(name)
    return Filled(name, *(_whole(value) if (value := raw.get(part)) is not None else None for part in ("was", "now")))


def _whole(value: str) -> str:
    """Return a text that can be stored: half of a character (a cut emoji, as a phone may send it) is shown as lost."""
    return _HALF.sub("\ufffd", value)


def _time(raw: Any) -> datetime:
    try:
        found = datetime.fromisoformat(raw) if isinstance(raw, str) and len(raw) <= 40 else None
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or not 1970 < found.year < 9000:
        raise Unreadable("made")
    return found
