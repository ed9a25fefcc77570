"""How often one caller may knock at a door: counted in the database, so that all processes count together.

A caller is kept as a keyed hash that changes every day, never as an address; housekeeping sweeps rows away every ten
minutes when their window is over.
"""

from __future__ import annotations

import hashlib
import hmac
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


def knock(door: str, caller: str, limit: int, seconds: int, *, at: datetime) -> int:
    """Count one knock of a caller at a door and return the number in this window of `seconds`.

    Raises `Throttled` with the seconds left once the number is above `limit`. One statement; concurrent knocks are all
    counted.
    """
    now = int(at.timestamp())
    start = now - now % seconds
    key = f"{door}:{caller_hash(caller, at)}:{start}"
    until = datetime.fromtimestamp(start + seconds, UTC)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO records_throttle (key, count, until) VALUES (%s, 1, %s) "
            "ON CONFLICT (key) DO UPDATE SET count = records_throttle.count + 1 RETURNING count",
            [key, connection.ops.adapt_datetimefield_value(until)],
        )
        count = int(cursor.fetchone()[0])
    if count > limit:
        raise Throttled(start + seconds - now)
    return count
