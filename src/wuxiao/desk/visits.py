"""What is kept of a visitor between two pages, written by one statement that is built once."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

_WRITE = "UPDATE django_session SET session_data = %s, expire_date = %s WHERE session_key = %s"


def keep(key: str, data: str, *, until: datetime) -> bool:
    """Write what is kept under a session's key, in the caller's transaction if any; `False` if it was ended."""
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [data, connection.ops.adapt_datetimefield_value(until), key])
        return bool(cursor.rowcount)
