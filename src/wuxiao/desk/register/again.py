"""The same request about a row sent twice is served once, as with cases: for machines, whose answer may get lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from wuxiao.desk.base.errors import Raced
from wuxiao.desk.base.once import remember, served_row
from wuxiao.records.models import Row


def once(key: str | None, content: Mapping[str, Any], do: Callable[[], Row], *, at: datetime) -> Row:
    """Return the row that an act of `desk.register.acts` leads to; the same key and content again does nothing.

    `do` is that act. Without a key it is simply done. Raises what it raises, and `Conflict` for a key that was used for
    something else.
    """
    if key is None:
        return do()
    for again in (True, True, False):
        try:
            with transaction.atomic():
                if (done := served_row(key, content)) is not None:
                    return Row.objects.get(pk=done)
                row = do()
                remember(key, content, None, at, row_id=row.pk)
                return row
        except Raced:
            if not again:
                raise
    raise AssertionError("unreachable")
