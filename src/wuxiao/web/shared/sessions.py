"""Sessions in the database as Django keeps them, encrypted, asked for and written by statements that are built once.

What a resident typed and did not send yet, and who is signed in, is readable with the signing key only, which lies
outside the database; the worker sweeps what is over (`desk.visits.sweep`).
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as Stored
from django.contrib.sessions.models import Session
from django.utils import timezone

from wuxiao.desk.base import ask, locked
from wuxiao.desk.doors import visits

_PURPOSE = "session"


class SessionStore(Stored):
    """Django's own store, with its content encrypted; the two statements of every page go a shorter way."""

    def encode(self, session_dict: dict[str, Any]) -> str:
        """Return what is kept, encrypted."""
        return locked.close(json.dumps(session_dict, ensure_ascii=False, separators=(",", ":")), _PURPOSE)

    def decode(self, session_data: str | bytes) -> dict[str, Any]:
        """Return what was kept; nothing if it was changed or is of another key."""
        text = session_data.decode() if isinstance(session_data, bytes) else session_data
        opened = locked.open_(text, _PURPOSE)
        return {} if opened is None else dict(json.loads(opened))

    def load(self) -> dict[str, Any]:
        """Return what is kept, empty for an unknown or expired key."""
        key = self.session_key
        row = ask.one(Session, session_key=key) if key else None
        if row is None or row.expire_date <= timezone.now():
            self._session_key = None
            return {}
        return self.decode(row.session_data)

    def get_expiry_age(self, **kwargs: Any) -> int:
        """Return how long it lives when left alone: a visitor's few hours, the working day of somebody signed in."""
        return int(settings.SESSION_COOKIE_AGE if "_auth_user_id" in self else settings.DRAFT_SECONDS)

    def get_expiry_date(self, **kwargs: Any) -> Any:
        """Return when it ends if left alone from now on."""
        return timezone.now() + timedelta(seconds=self.get_expiry_age())

    def save(self, must_create: bool = False) -> None:
        """Write what is kept; raises `UpdateError` when the session was ended meanwhile."""
        if must_create or self.session_key is None:
            super().save(must_create)
            return
        if not visits.keep(self.session_key, self.encode(dict(self.items())), until=self.get_expiry_date()):
            raise UpdateError
