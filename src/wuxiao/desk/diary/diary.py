"""The diary: every act, read, export and rule change is one sealed entry.

A matter has its own chain, guarded by its turn number: the row's `turn` is compared and swapped in the transaction of
the act, and `(matter, turn)` is unique, so a chain cannot fork. Entries without a matter form the town's chain. Texts
live outside the seal with a salted hash inside, so that erasing them leaves the chain whole.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from wuxiao.desk.base.actor import SYSTEM, Actor
from wuxiao.desk.base.errors import Stale
from wuxiao.desk.base.put import put
from wuxiao.records import replayed
from wuxiao.records.models import Case, Chain, Entry, Words
from wuxiao.records.replayed import Replayed

_UTC = ZoneInfo("UTC")
TOWN = "town"
#: Rows of one insert.
_TOGETHER = 100
_SWAP = "UPDATE records_matter SET turn = %s, head = %s WHERE id = %s AND turn = %s"


def words_hash(salt: str, text: str) -> str:
    """Return the salted hash that the seal holds in place of a text."""
    return hashlib.sha256(f"{salt}\n{text}".encode()).hexdigest()


def seal_of(previous: str, entry: Entry) -> str:
    """Return the seal: SHA-256 over the previous seal and the canonical JSON of every sealed column."""
    return hashlib.sha256(f"{previous}\n{sealed_text(entry)}".encode()).hexdigest()


def sealed_text(entry: Entry) -> str:
    """Return the canonical JSON of what the seal of an entry holds; it names the member of staff."""
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
    if entry.stand is not None:
        body["stand"] = entry.stand
    if entry.row_id is not None:
        body["row"] = entry.row_id
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


#: Stands before the hash of what a person wrote, so that no text can look like one.
HASHED = "sha256:"


def cell_hash(salt: str, table: str, column: str, text: str) -> str:
    """Return what the seal holds of a text in a row beside the matter; nothing stays nothing."""
    if not text:
        return ""
    return HASHED + hashlib.sha256(f"{salt}\n{table}.{column}\n{text}".encode()).hexdigest()


#: Stands for what no salt is left for: it is not sealed, and where it was sealed it does not fit.
UNSALTED = "?"


def hashed(model: type[Replayed], values: dict[str, Any], salt: str, own: str = "") -> dict[str, Any]:
    """Return the values of a row with what persons wrote replaced by its hash; `own` is the salt the row itself has."""
    found = dict(values)
    for name, value in values.items():
        if name in model.HASHED and isinstance(value, str):
            found[name] = cell_hash(salt, model.SEALED, name, value)
        elif name in model.SALTED:
            found[name] = cell_hash(own, model.SEALED, name, value) if own or not value else UNSALTED
    return found


#: The table of contacts, which only `desk.identity` opens; here its salts are read, and what hashes are made of.
CONTACT = "contact"
#: The tables that entries replay, by their names in the seal.
TABLES: Mapping[str, type[Replayed]] = replayed.tables()


def stand_of(matter: Case, by: Actor | None, changed: Iterable[str] = ()) -> dict[str, Any]:
    """Return what the next entry of a matter seals: the changes waiting in this transaction, and some own columns."""
    found: dict[str, Any] = {}
    for change in replayed.waiting(matter.pk):
        model = TABLES[change.table]
        values = change.values
        if model is Case:
            values = _of_matter(matter, values)
        elif model.HASHED and any(values.get(name) for name in model.HASHED):
            salt = _salt_of(matter) if change.table == CONTACT else matter.code
            # A contact from before there were salts could be guessed from its hash.
            values = hashed(model, values, salt) if salt else {n: v for n, v in values.items() if not v}
        found.setdefault(change.table, {}).setdefault(change.row, {}).update(values)
        change.sealed = True
    own = _of_matter(matter, replayed.of_row(matter, changed))
    if own:
        found.setdefault("matter", {}).setdefault(str(matter.pk), {}).update(own)
    if by is not None and by.staff_id is not None and by.name:
        found["who"] = by.name
    return found


def _of_matter(matter: Case, values: dict[str, Any]) -> dict[str, Any]:
    if not values.keys() & (Case.HASHED | Case.SALTED):
        return values
    # A title or place from before there were salts could be guessed from its hash.
    return {n: v for n, v in hashed(Case, values, matter.code, matter.salt).items() if v != UNSALTED}


def _salt_of(matter: Case) -> str:
    rows: QuerySet[Any] = TABLES[CONTACT]._default_manager.all()
    of_it = rows.filter(Q(matter_id=matter.pk))
    salts: list[str] = [getattr(row, "salt", "") for row in of_it]
    return salts[0] if salts else ""


def write(
    matter: Case,
    verb: str,
    *,
    by: Actor,
    at: datetime,
    facts: Mapping[str, Any] | None = None,
    texts: Mapping[str, str] | None = None,
    seen: bool = False,
    swap: bool = True,
    changed: Iterable[str] = (),
    rows: Mapping[str, Any] | None = None,
) -> Entry:
    """Add the next sealed entry to a matter's chain, inside the caller's transaction.

    With `swap` the matter's turn and head are compared and swapped at once; without it the caller saves them together
    with the rest of the row under the same comparison. What this transaction changed in the rows beside the matter is
    sealed with it, and the columns `changed` of the matter itself that the caller is about to save, and what the
    caller says of rows that are not replayed (`desk.vouched`). Raises `Stale` if another entry came first.
    """
    entry, written = _next(matter, verb, by, at, facts, texts, seen, changed, rows)
    if swap:
        with connection.cursor() as cursor:
            cursor.execute(_SWAP, [entry.turn, entry.seal, matter.pk, matter.turn])
            if not cursor.rowcount:
                raise Stale(matter.version, matter.version)
    put([entry])
    put(written)
    matter.turn, matter.head = entry.turn, entry.seal
    return entry


def _next(
    matter: Case,
    verb: str,
    by: Actor,
    at: datetime,
    facts: Mapping[str, Any] | None,
    texts: Mapping[str, str] | None,
    seen: bool,
    changed: Iterable[str] = (),
    vouched: Mapping[str, Any] | None = None,
) -> tuple[Entry, list[Words]]:
    """Return the next sealed entry of a chain with its texts; nothing is written yet."""
    return chained(
        matter,
        verb,
        by=by,
        at=at,
        facts=facts or {},
        texts=texts or {},
        seen=seen,
        state=matter.state,
        stand={**stand_of(matter, by, changed), **(vouched or {})},
    )


def chained(
    matter: Case,
    verb: str,
    *,
    by: Actor,
    at: datetime,
    facts: Mapping[str, Any],
    texts: Mapping[str, str],
    seen: bool,
    state: str,
    stand: dict[str, Any],
) -> tuple[Entry, list[Words]]:
    """Return an entry sealed onto a chain as its row stands in memory, with its texts; nothing is written."""
    turn = matter.turn + 1
    # What an operator wrote down for a caller is the requester's own, to be erased at their wish like the rest.
    theirs = by.kind == "resident" or "for_caller" in facts
    rows = [
        Words(matter=matter, turn=turn, field=field, text=text, salt=secrets.token_hex(16), by_resident=theirs)
        for field, text in texts.items()
    ]
    entry = Entry(
        matter=matter,
        turn=turn,
        verb=verb,
        at=at,
        actor=by.kind,
        staff_id=by.staff_id,
        unit=by.unit,
        seen=seen,
        state=state,
        facts=dict(facts),
        texts={row.field: words_hash(row.salt, row.text) for row in rows},
        stand=stand,
    )
    entry.seal = seal_of(matter.head, entry)
    return entry, rows


def write_same(
    matters: Sequence[Case],
    verb: str,
    *,
    by: Actor,
    at: datetime,
    facts: Mapping[str, Any],
    texts: Mapping[str, str] | None = None,
) -> None:
    """Add the same sealed entry to the chains of many matters, in a few statements, inside the caller's transaction.

    The matters need `turn`, `head` and `state`. Raises `Stale` if another entry came first in any of them.
    """
    entries: list[Entry] = []
    rows: list[Words] = []
    swaps = []
    for matter in sorted(matters, key=lambda m: m.pk):
        entry, own = _next(matter, verb, by, at, facts, texts, True)
        entries.append(entry)
        rows += own
        swaps.append((entry.turn, entry.seal, matter.pk, matter.turn))
    with connection.cursor() as cursor:
        cursor.executemany(_SWAP, swaps)
        if cursor.rowcount != len(swaps):
            raise Stale(0, 0)
    for start in range(0, len(entries), _TOGETHER):
        put(entries[start : start + _TOGETHER])
        put(rows[start : start + _TOGETHER])
    for matter, entry in zip(sorted(matters, key=lambda m: m.pk), entries, strict=True):
        matter.turn, matter.head = entry.turn, entry.seal


def seal_others(matter: Case, *, at: datetime) -> None:
    """Seal in their own chains what an act on one matter changed in others (those joined to it, say)."""
    for pk in sorted({change.matter for change in replayed.waiting()} - {matter.pk}):
        other = Case.objects.select_for_update().get(pk=pk)
        write(other, "follow", by=SYSTEM, at=at, facts={"number": matter.number})


def write_town(
    verb: str,
    *,
    by: Actor,
    at: datetime,
    facts: Mapping[str, Any] | None = None,
    rows: Mapping[str, Any] | None = None,
) -> Entry:
    """Add an entry to the town's own chain (exports, rule changes, accounts, sign-ins).

    `rows` are the digests of rows it changed (`desk.vouched`), sealed with it.
    """
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
            stand={**({"who": by.name} if by.staff_id is not None and by.name else {}), **(rows or {})},
        )
        entry.seal = seal_of(chain.head, entry)
        put([entry])
        chain.turn, chain.head = entry.turn, entry.seal
        chain.save(update_fields=["turn", "head"])
    return entry


def log_read(matter: Case, *, by: Actor, at: datetime, fields: list[str], purpose: str, verb: str = "read") -> Entry:
    """Record that personal data of a matter was read, printed or exported; the requester sees it on their page."""
    with transaction.atomic():
        row = Case.objects.select_for_update().only("id", "turn", "head", "state", "version").get(pk=matter.pk)
        # What somebody wrote as their purpose may name a person: it lies outside the seal, so that it can be erased.
        return write(
            row, verb, by=by, at=at, facts={"fields": fields, "who": by.name}, texts={"purpose": purpose}, seen=True
        )
