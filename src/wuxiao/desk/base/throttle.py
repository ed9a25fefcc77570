"""How often one caller may knock at a door: counted in the database, so that all processes count together.

A caller is kept as a keyed hash that changes every day, never as an address; housekeeping sweeps rows away every ten
minutes when their window is over.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from wuxiao.desk.base.ask import moment
from wuxiao.desk.base.errors import Throttled
from wuxiao.records.models import Throttle

MINUTE = 60
HOUR = 3600
#: How long tries are counted together, and how long a door stays shut after too many; it opens by itself.
LOCK = timedelta(minutes=15)
#: How many times as many misses one network address may have as one person: a whole office or village sits behind it.
SHARED = 6

_TRY = (
    "INSERT INTO records_throttle (key, count, until) VALUES (%s, 1, %s) ON CONFLICT (key) DO UPDATE SET "
    "count = CASE WHEN records_throttle.until <= %s THEN 1 ELSE records_throttle.count + 1 END, "
    "until = CASE WHEN records_throttle.until <= %s OR records_throttle.count + 1 = %s THEN %s "
    "ELSE records_throttle.until END RETURNING count, until"
)


#: So many bits of an IPv6 address are one home's or one line's; the rest a caller chooses as they like.
HOME = 56


def source_of(caller: str) -> str:
    """Return what counts as one caller: an IPv4 address however it is written, of IPv6 the network of a home.

    What is no address stays as it is.
    """
    try:
        found = ipaddress.ip_address(caller.partition("%")[0])
    except ValueError:
        return caller
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((int(found), HOME), strict=False))
    return str(found)


def caller_hash(caller: str, at: datetime) -> str:
    """Return the keyed hash that stands for a caller on this day; it cannot be turned back into an address."""
    text = f"{at.astimezone(UTC):%Y-%m-%d}:{source_of(caller)}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), text, hashlib.sha256).hexdigest()[:32]


@dataclass(slots=True)
class Knock:
    """One knock that is counted with what it asks for, in the same transaction; `done` once it was counted for good."""

    door: str
    caller: str
    limit: int
    seconds: int
    at: datetime
    done: bool = False

    def count(self) -> int:
        """Count it inside the caller's transaction (one statement); returns the seconds to wait, 0 for none."""
        now = int(self.at.timestamp())
        start = now - now % self.seconds
        key = f"{self.door}:{caller_hash(self.caller, self.at)}:{start}"
        until = datetime.fromtimestamp(start + self.seconds, UTC)
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO records_throttle (key, count, until) VALUES (%s, 1, %s) "
                "ON CONFLICT (key) DO UPDATE SET count = records_throttle.count + 1 RETURNING count",
                [key, connection.ops.adapt_datetimefield_value(until)],
            )
            number = int(cursor.fetchone()[0])
        return start + self.seconds - now if number > self.limit else 0

    def settle(self) -> None:
        """Count it by itself unless it was counted: what was refused or went wrong counts too.

        Raises `Throttled` above the limit.
        """
        if self.done:
            return
        with transaction.atomic():
            wait = self.count()
        self.done = True
        if wait:
            raise Throttled(wait)


def knock(door: str, caller: str, limit: int, seconds: int, *, at: datetime) -> None:
    """Count one knock of a caller at a door in this window of `seconds`; concurrent knocks are all counted.

    Raises `Throttled` with the seconds left once the number is above `limit`.
    """
    Knock(door, caller, limit, seconds, at).settle()


# -- tries: counted before anything is looked at, given back when right ------------------------------------------------


def _try_key(door: str, who: str) -> str:
    # Without the day: a lock must not open at midnight. Rows go when their time is over.
    return f"{door}:{hmac.new(settings.SECRET_KEY.encode(), who.encode(), hashlib.sha256).hexdigest()[:32]}"


def attempt(door: str, who: str, limit: int, *, at: datetime) -> int:
    """Count one try by `who` at a door and return its number, before what was tried is looked at at all.

    One statement: of any number of tries at once exactly `limit` return. With the last of them the door shuts for
    `LOCK`; more tries do not keep it shut longer. Raises `Throttled` with the seconds left.
    """
    turn = connection.ops.adapt_datetimefield_value
    now, until = turn(at), turn(at + LOCK)
    with connection.cursor() as cursor:
        cursor.execute(_TRY, [_try_key(door, who), until, now, now, limit, until])
        number, shut = cursor.fetchone()
    if number <= limit:
        return int(number)
    raise Throttled(max(1, round((moment(shut) - at).total_seconds())))


def give_back(door: str, who: str) -> None:
    """Take back the count of one try that was right: only misses count."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE records_throttle SET count = count - 1 WHERE key = %s AND count > 0", [_try_key(door, who)]
        )


def clear(door: str, who: str) -> None:
    """Forget all tries of one who has shown to be right."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM records_throttle WHERE key = %s", [_try_key(door, who)])


def shut(door: str, names: Sequence[str], limit: int, *, at: datetime) -> set[str]:
    """Return those of the names before whom a door is shut now."""
    keys = {_try_key(door, name): name for name in names}
    rows = Throttle.objects.filter(key__in=keys, until__gt=at, count__gte=limit).values_list("key", flat=True)
    return {keys[key] for key in rows}


def miss(door: str, callers: Sequence[tuple[str, int]], seconds: int, *, at: datetime) -> None:
    """Count one miss for each caller (who, limit) in this window; raises `Throttled` once one is above its limit."""
    wait = 0
    with transaction.atomic():
        for caller, limit in callers:
            wait = max(wait, Knock(door, caller, limit, seconds, at).count())
    if wait:
        raise Throttled(wait)
