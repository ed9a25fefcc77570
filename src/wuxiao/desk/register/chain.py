"""The chain of a row: each act on it is one sealed entry; what people wrote stands beside the seal, by its hash inside.

`stand` holds the answers, numbers and days an act set; texts, telephone numbers, positions and personal data are
`Words` of the entry, named as their field, so that they can be erased and the chain stays whole.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.diary import diary
from wuxiao.reading.tokens import fold
from wuxiao.records.models import Entry, Row, Words
from wuxiao.records.replayed import plain
from wuxiao.rules.field import Field

#: The name of a row's values in what its entries seal.
TABLE = "row"
#: What an entry seals of the spine beside the fields people fill in.
FIXED = ("register", "code", "state", "valid_to", "checked_at")


def sealed(value: Any) -> Any:
    """Return a value as a seal holds it."""
    return value.isoformat() if isinstance(value, date) and not isinstance(value, datetime) else plain(value)


def fixed(row: Row, names: Sequence[str] = FIXED) -> dict[str, Any]:
    """Return what stands in the fixed columns of a row as a seal holds it."""
    return {name: sealed(getattr(row, name)) for name in names}


def entry(
    row: Row,
    verb: str,
    *,
    by: Actor,
    at: datetime,
    facts: Mapping[str, Any],
    fields: Sequence[Field] = (),
    values: Mapping[str, Any] | None = None,
    stood: Mapping[str, Any] | None = None,
) -> tuple[Entry, list[Words]]:
    """Return the next sealed entry of a row with its words, and move the row's turn and head on; nothing is written.

    `values` are those that were set, by the names of `fields`; `stood` the fixed columns that changed.
    """
    known = {one.name: one for one in fields}
    given = values or {}
    turn = row.turn + 1
    words = [
        Words(row_id=row.pk, turn=turn, field=name, text=known[name].typed(value), salt=secrets.token_hex(16))
        for name, value in given.items()
        if known[name].written
    ]
    held = {name: sealed(value) for name, value in given.items() if not known[name].written} | dict(stood or {})
    found = Entry(
        row_id=row.pk,
        turn=turn,
        verb=verb,
        at=at,
        actor=by.kind,
        staff_id=by.staff_id,
        unit=by.unit,
        seen=False,
        state=row.state,
        facts=dict(facts),
        texts={one.field: diary.words_hash(one.salt, one.text) for one in words},
        stand={
            **({TABLE: {"1": held}} if held else {}),
            **({"who": by.name} if by.staff_id is not None and by.name else {}),
        },
    )
    found.seal = diary.seal_of(row.head, found)
    row.turn, row.head = turn, found.seal
    return found, words


def folded(row: Row) -> str:
    """Return what a search compares of a row: its code, name and address."""
    return "\n".join(fold(one) for one in (row.code, row.title, row.address))
