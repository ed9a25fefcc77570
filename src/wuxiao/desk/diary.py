"""The diary: every act, read, export and rule change is one sealed entry.

A matter has its own chain, guarded by its turn number: the row's `turn` is compared and swapped in the transaction of
the act, and `(matter, turn)` is unique, so a chain cannot fork. Entries without a matter form the town's chain. Texts
live outside the seal with a salted hash inside, so that erasing them leaves the chain whole.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from wuxiao.desk.actor import Actor
from wuxiao.desk.errors import Stale
from wuxiao.desk.put import put
from wuxiao.records.models import Chain, Entry, Matter, Words

_UTC = ZoneInfo("UTC")
TOWN = "town"
_SWAP = "UPDATE records_matter SET turn = %s, head = %s WHERE id = %s AND turn = %s"


def words_hash(salt: str, text: str) -> str:
    """Return the salted hash that the seal holds in place of a text."""
    return hashlib.sha256(f"{salt}\n{text}".encode()).hexdigest()


def seal_of(previous: str, entry: Entry) -> str:
    """Return the seal: SHA-256 over the previous seal and the canonical JSON of every sealed column."""
    body = {
        "matter": entry.matter_id,
        "turn": entry.turn,
        "verb": entry.verb,
        "at": entry.at.astimezone(_UTC).isoformat(timespec="microseconds"),
        "actor": entry.actor,
        "staff": entry.staff_id,
        "unit": entry.unit,
        "seen": entry.seen,
        "state": entry.state,
        "facts": entry.facts,
        "texts": entry.texts,
    }
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


def write(
    matter: Matter,
    verb: str,
    *,
    by: Actor,
    at: datetime,
    facts: Mapping[str, Any] | None = None,
    texts: Mapping[str, str] | None = None,
    seen: bool = False,
    swap: bool = True,
) -> Entry:
    """Add the next sealed entry to a matter's chain, inside the caller's transaction.

    With `swap` the matter's turn and head are compared and swapped at once; without it the caller saves them together
    with the rest of the row under the same comparison. Raises `Stale` if another entry came first.
    """
    turn = matter.turn + 1
    hashes: dict[str, str] = {}
    rows: list[Words] = []
    for field, text in (texts or {}).items():
        salt = secrets.token_hex(16)
        hashes[field] = words_hash(salt, text)
        rows.append(
            Words(matter=matter, turn=turn, field=field, text=text, salt=salt, by_resident=by.kind == "resident")
        )
    entry = Entry(
        matter=matter,
        turn=turn,
        verb=verb,
        at=at,
        actor=by.kind,
        staff_id=by.staff_id,
        unit=by.unit,
        seen=seen,
        state=matter.state,
        facts=dict(facts or {}),
        texts=hashes,
    )
    entry.seal = seal_of(matter.head, entry)
    if swap:
        with connection.cursor() as cursor:
            cursor.execute(_SWAP, [turn, entry.seal, matter.pk, matter.turn])
            if not cursor.rowcount:
                raise Stale(matter.version, matter.version)
    put([entry])
    put(rows)
    matter.turn = turn
    matter.head = entry.seal
    return entry


def write_town(verb: str, *, by: Actor, at: datetime, facts: Mapping[str, Any] | None = None) -> Entry:
    """Add an entry to the town's own chain (exports, rule changes, accounts, sign-ins)."""
    with transaction.atomic():
        Chain.objects.get_or_create(name=TOWN)
        chain = Chain.objects.select_for_update().get(name=TOWN)
        entry = Entry(
            matter=None,
            turn=chain.turn + 1,
            verb=verb,
            at=at,
            actor=by.kind,
            staff_id=by.staff_id,
            unit=by.unit,
            seen=False,
            facts=dict(facts or {}),
            texts={},
        )
        entry.seal = seal_of(chain.head, entry)
        put([entry])
        chain.turn, chain.head = entry.turn, entry.seal
        chain.save(update_fields=["turn", "head"])
    return entry


def log_read(matter: Matter, *, by: Actor, at: datetime, fields: list[str], purpose: str, verb: str = "read") -> Entry:
    """Record that personal data of a matter was read, printed or exported; the requester sees it on their page."""
    with transaction.atomic():
        row = Matter.objects.select_for_update().only("id", "turn", "head", "state", "version").get(pk=matter.pk)
        # What somebody wrote as their purpose may name a person: it lies outside the seal, so that it can be erased.
        return write(
            row, verb, by=by, at=at, facts={"fields": fields, "who": by.name}, texts={"purpose": purpose}, seen=True
        )
