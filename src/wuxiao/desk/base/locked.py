"""Small texts kept so that the database alone does not tell them: encrypted with a key made of the signing key.

The signing key lies outside the database, so a copy of the tables, or a backup of them, holds nothing readable.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from functools import lru_cache
from typing import Any

from django.conf import settings


@lru_cache(maxsize=8)
def _cipher(secret: str, purpose: str) -> Any:
    from cryptography.fernet import Fernet

    key = hmac.new(secret.encode(), f"wuxiao.locked:{purpose}".encode(), hashlib.sha256).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def close(text: str, purpose: str) -> str:
    """Return a text encrypted for one purpose; another purpose cannot open it."""
    return str(_cipher(settings.SECRET_KEY, purpose).encrypt(text.encode()).decode())


def open_(closed: str, purpose: str) -> str | None:
    """Return the text again, or `None` if it was changed, is for another purpose or of another key."""
    from cryptography.fernet import InvalidToken

    try:
        return str(_cipher(settings.SECRET_KEY, purpose).decrypt(closed.encode()).decode())
    except (InvalidToken, UnicodeError):
        return None
