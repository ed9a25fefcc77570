"""Sessions in the database as Django keeps them, asked for and written by statements that are built once."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as Stored
from django.contrib.sessions.models import Session
from django.utils import timezone

from wuxiao.desk import ask, visits


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
        if not visits.keep(self.session_key, self.encode(dict(self.items())), until=self.get_expiry_date()):
            raise UpdateError
