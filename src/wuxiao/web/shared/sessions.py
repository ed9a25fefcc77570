"""Sessions in the database as Django keeps them, asked for and written by statements that are built once."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as Stored
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from wuxiao.desk import ask

_WRITE = "UPDATE django_session SET session_data = %s, expire_date = %s WHERE session_key = %s"


class SessionStore(Stored):
    """Django's own store; only the two statements of every page go a shorter way."""

    def load(self) -> dict[str, Any]:
        """Return what is kept, empty for an unknown or expired key."""
        key = self.session_key
        row = ask.one(Session, session_key=key) if key else None
        if row is None or row.expire_date <= timezone.now():
            self._session_key = None
            return {}
        return dict(self.decode(row.session_data))

    def save(self, must_create: bool = False) -> None:
        """Write what is kept; raises `UpdateError` when the session was ended meanwhile."""
        if must_create or self.session_key is None:
            super().save(must_create)
            return
        data = self.encode(dict(self.items()))
        until = connection.ops.adapt_datetimefield_value(self.get_expiry_date())
        with connection.cursor() as cursor:
            cursor.execute(_WRITE, [data, until, self.session_key])
            if not cursor.rowcount:
                raise UpdateError
