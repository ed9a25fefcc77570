"""The same request sent twice is served once: idempotency keys of every door."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from wuxiao.desk.base.errors import Conflict, Raced
from wuxiao.desk.base.put import put
from wuxiao.records.models import Once


def _digest(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True, default=str).encode()).hexdigest()


def served(key: str, content: Mapping[str, Any]) -> int | None:
    """Return the matter an idempotency key was already used for, or `None`; other content raises `Conflict`."""
    row = Once.objects.filter(key=key).first()
    if row is None:
        return None
    if row.digest != _digest(content):
        raise Conflict
    return row.matter_id


def known(key: str) -> bool:
    """Whether an idempotency key was used already, with whatever content."""
    return bool(key) and Once.objects.filter(key=key).exists()


def served_row(key: str, content: Mapping[str, Any]) -> int | None:
    """Return the row of a register that a key was used for already; see `served`."""
    row = Once.objects.filter(key=key).first()
    if row is None:
        return None
    if row.digest != _digest(content):
        raise Conflict
    found: int | None = row.answer.get("row")
    return found


def remember(
    key: str, content: Mapping[str, Any], matter_id: int | None, at: datetime, *, row_id: int | None = None
) -> None:
    """Keep an idempotency key; if another request took it meanwhile, raise `Raced` and so undo this one."""
    answer = {} if row_id is None else {"row": row_id}
    if not put([Once(key=key, digest=_digest(content), matter_id=matter_id, answer=answer, at=at)], ignore=True):
        raise Raced
