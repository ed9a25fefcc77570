"""How often one caller may knock at a door: counted in the database, so that all processes count together.

A caller is kept as a keyed hash that changes every day, never as an address; housekeeping sweeps rows away every ten
minutes when their window is over.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.db import connection, transaction

from wuxiao.desk.errors import Throttled

MINUTE = 60
HOUR = 3600


def caller_hash(caller: str, at: datetime) -> str:
    """Return the keyed hash that stands for a caller on this day; it cannot be turned back into an address."""
    text = f"{at.astimezone(UTC):%Y-%m-%d}:{caller}".encode()
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
