"""Rows beside the matters that open a door or speak for the town, and what proves that nobody changed them by hand.

Machine keys, connected platforms, second factors, recovery codes and released words change only by an act that writes
an entry, so that entry seals a digest of the row as it left it. Messages that wait are written after their entry, many
at once, and moved on by senders: each carries a seal of its own, made with the town's signing key, which is not in the
database. What none of this can prove stands in docs/trust.md.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models import Model

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.diary import diary
from wuxiao.records.models import (
    ApiKey,
    CalendarKey,
    Entry,
    Factor,
    Message,
    Recovery,
    ReleasedText,
    Slot,
    Staff,
    Webhook,
)
from wuxiao.records.models.telling import seal_of
from wuxiao.records.replayed import GONE, plain
from wuxiao.rules.words import Text

#: Tables of subjects whose rows the town's entries vouch for: each says so itself (`records.vouching`).
_OWN: list[Any] = [one for one in apps.get_app_config("records").get_models() if hasattr(one, "VOUCHED")]
#: What an entry seals of each kind of row; left out is what moves without an act (when a key was last used, say).
COLUMNS: Mapping[type[Model], tuple[str, ...]] = {
    ApiKey: ("name", "digest", "unit", "powers", "created_at", "expires_at", "addresses", "revoked_at"),
    Webhook: ("name", "unit", "url", "secret", "secret_before", "secret_before_until", "verbs", "active"),
    Factor: ("staff_id", "kind", "secret", "credential", "added_at"),
    ReleasedText: ("words_hash", "marks", "staff_id", "at"),
    # How many places are taken follows from the bookings, which their cases seal (`desk.audit.slots`).
    Slot: ("kind", "unit", "host_id", "starts_at", "ends_at", "place", "capacity", "state", "mark", "sequence"),
    CalendarKey: ("staff_id", "digest", "made_at", "revoked_at"),
    **{one: one.VOUCHED.columns for one in _OWN},
}
#: Columns that came to a kind of row later: sealed where any holds something, so that rows from before are as sealed.
LATER: Mapping[type[Model], tuple[str, ...]] = {
    **{one: one.VOUCHED.later for one in _OWN},
}
TABLES: Mapping[type[Model], str] = {
    **{ApiKey: "keys", Webhook: "platforms", Factor: "factors", ReleasedText: "released"},
    **{Slot: "slots", CalendarKey: "calendar_keys", **{one: one.VOUCHED.name for one in _OWN}},
}
#: All unused and used recovery codes of a person, together.
RECOVERY = "recoveries"
#: The entry that sealed, once, the rows of a town from before rows like these were sealed.
AS_FOUND = "seal_rows"
_NAMES: Mapping[str, Text] = {
    "keys": Text("接口密钥", "interface key"),
    "platforms": Text("对接平台", "platform"),
    "factors": Text("第二因素", "second factor"),
    RECOVERY: Text("恢复码", "recovery codes"),
    "slots": Text("公布的场次", "published hour"),
    "calendar_keys": Text("日历订阅地址", "address of a calendar feed"),
    **{one.VOUCHED.name: one.VOUCHED.what for one in _OWN},
}
#: States in which a message may still go out.
MAY_GO = ("queued", "sending", "failed", "doubt")
Rows = dict[str, dict[str, dict[str, Any]]]


def digest(row: Model) -> str:
    """Return the digest of a row that its entry seals."""
    later = [plain(getattr(row, name)) for name in LATER.get(type(row), ())]
    values = [plain(getattr(row, name)) for name in COLUMNS[type(row)]]
    return _digest(TABLES[type(row)], values + later if any(later) else values)


def _digest(table: str, values: Sequence[Any]) -> str:
    return hashlib.sha256(json.dumps([table, *values], ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def rows(*changed: Model, gone: Iterable[Model] = ()) -> Rows:
    """Return what an entry seals of rows as they stand now, and of rows that were just taken away."""
    found: Rows = {}
    for row in changed:
        found.setdefault(TABLES[type(row)], {})[str(row.pk)] = {"digest": digest(row)}
    for row in gone:
        found.setdefault(TABLES[type(row)], {})[str(row.pk)] = {GONE: True}
    return found


#: The fact in which an entry of a case seals the hour that is the case's own (`Slot.case`): the town's chain, which
#: every auditor reads, tells of none. What was drawn to name the hour in calendars is in it, so it cannot be guessed.
HOUR = "hour"


def of_hour(slot: Slot) -> dict[str, str]:
    """Return what the entry of a case says of its own hour as it stands now."""
    return {HOUR: digest(slot)}


def _hours() -> dict[int, tuple[int, str]]:
    """What the entries of cases sealed last of their own hours, by case: the turn and the digest."""
    rows = Entry.objects.filter(matter__isnull=False, facts__has_key=HOUR).exclude(matter__life="matter")
    rows = rows.order_by("matter_id", "turn")
    return {case: (turn, str(facts[HOUR])) for case, turn, facts in rows.values_list("matter_id", "turn", "facts")}


def codes(staff_id: int, digests: Iterable[str]) -> Rows:
    """Return what an entry seals of a person's set of recovery codes, none if there are none any more."""
    held = sorted(digests)
    return {RECOVERY: {str(staff_id): {"digest": _digest(RECOVERY, held)} if held else {GONE: True}}}


def _held_codes() -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for staff_id, one in Recovery.objects.values_list("staff_id", "digest"):
        found.setdefault(str(staff_id), []).append(one)
    return {pk: _digest(RECOVERY, sorted(held)) for pk, held in found.items()}


# ------------------------------------------------------------------------------------------------- rows of the town


def _told(town: Sequence[Entry]) -> dict[str, dict[str, tuple[int, str]]]:
    """What the town's entries sealed last of each row: the turn and the digest, none for one that is gone."""
    found: dict[str, dict[str, tuple[int, str]]] = {}
    for entry in town:
        for table, known in (entry.stand or {}).items():
            if isinstance(known, dict):
                for row, values in known.items():
                    found.setdefault(table, {})[row] = (entry.turn, str(values.get("digest", "")))
    return found


def _present() -> dict[str, dict[str, tuple[str, Text]]]:
    """The digests of the rows that stand there, and what each is called."""
    found: dict[str, dict[str, tuple[str, Text]]] = {}
    people = dict(Staff.objects.values_list("pk", "username"))
    for model in (ApiKey, Webhook, Factor, Slot, CalendarKey, *_OWN):
        table = TABLES[model]
        for row in model._default_manager.order_by("pk"):
            whose = f"{people.get(row.staff_id, '?')}:{row.name}" if isinstance(row, Factor) else str(row)
            name = _NAMES[table]
            found.setdefault(table, {})[str(row.pk)] = (digest(row), Text(f"{name.zh}{whose}", f"{name.en} {whose}"))
    name = _NAMES[RECOVERY]
    for pk, one in _held_codes().items():
        whose = people.get(int(pk), "?")
        found.setdefault(RECOVERY, {})[pk] = (one, Text(f"{whose}的{name.zh}", f"{name.en} of {whose}"))
    return found


def _from_before(town: Sequence[Entry]) -> dict[str, set[str]]:
    """The rows whose own entry comes from before digests were sealed; nothing more is known of them."""
    if any(entry.verb == AS_FOUND for entry in town):
        return {}
    plain_ones = [entry for entry in town if not any(isinstance(v, dict) for v in (entry.stand or {}).values())]
    keys = {str(e.facts.get("name")) for e in plain_ones if e.verb == "create_key"}
    hooks = {str(e.facts.get("name")) for e in plain_ones if e.verb == "create_hook"}
    added = {(e.staff_id, e.facts.get("kind"), e.at) for e in plain_ones if e.verb == "add_factor"}
    with_factor = {str(e.staff_id) for e in plain_ones if e.verb == "add_factor"}
    return {
        "keys": {str(pk) for pk, name in ApiKey.objects.values_list("pk", "name") if name in keys},
        "platforms": {str(pk) for pk, name in Webhook.objects.values_list("pk", "name") if name in hooks},
        "factors": {
            str(pk)
            for pk, *own in Factor.objects.values_list("pk", "staff_id", "kind", "added_at")
            if tuple(own) in added
        },
        RECOVERY: with_factor,
    }


def of_town(town: Sequence[Entry]) -> Iterator[tuple[int, str, Text]]:
    """Yield where keys, platforms and second factors are not what the town's entries say: turn, table, sentence."""
    told, here, old = _told(town), _present(), _from_before(town)
    own = dict(Slot.objects.exclude(case=None).values_list("case_id", "pk"))
    # An hour that is gone is known by its case; one from before cases sealed their own, by the town.
    hours = {str(own.get(case, f"0:{case}")): known for case, known in _hours().items()}
    for table in _NAMES:
        known, there = told.get(table, {}), here.get(table, {})
        known = {**known, **hours} if table == TABLES[Slot] else known
        for row, (turn, one) in known.items():
            if one and row not in there:
                name = _NAMES[table]
                yield (
                    turn,
                    table,
                    Text(
                        f"{name.zh}（{row}号）被删掉了，日志里没有记",
                        f"{name.en} no. {row} was taken away and no entry says so",
                    ),
                )
        for row, (one, what) in there.items():
            turn, sealed = known.get(row, (0, ""))
            if row not in known and row in old.get(table, ()):
                continue
            if not sealed:
                yield (
                    turn,
                    table,
                    Text(f"{what.zh}是添上去的，日志里没有记", f"{what.en} was added and no entry says so"),
                )
            elif sealed != one:
                yield turn, table, Text(f"{what.zh}被改动，日志里没有记", f"{what.en} was changed and no entry says so")
    counts: dict[int, int] = {}
    for (staff_id,) in Factor.objects.values_list("staff_id"):
        counts[staff_id] = counts.get(staff_id, 0) + 1
    for pk, who, count in Staff.objects.order_by("pk").values_list("pk", "username", "factor_count"):
        if count != counts.get(pk, 0):
            yield (
                0,
                "staff.factor_count",
                Text(
                    f"{who}名下记的第二因素是{count}个，实有{counts.get(pk, 0)}个",
                    f"{who} is said to have {count} second factors and has {counts.get(pk, 0)}",
                ),
            )


def unsealed(town: Sequence[Entry]) -> int:
    """Return how many rows of a town from before are known by their entry alone, not by a digest."""
    told, here = _told(town), _present()
    return sum(
        row in here.get(table, {}) and row not in told.get(table, {})
        for table, known in _from_before(town).items()
        for row in known
    )


def seal_as_found(*, by: Actor, at: datetime) -> int:
    """Seal once what an older program left unsealed, as it stands now; returns how many rows that were.

    Only rows that an entry tells of; one put in by hand stays a break. What was falsified before this cannot be told.
    """
    with transaction.atomic():
        town = list(Entry.objects.filter(matter__isnull=True, row__isnull=True).order_by("turn"))
        told, here = _told(town), _present()
        found: Rows = {}
        for table, known in _from_before(town).items():
            for row in sorted(known & here.get(table, {}).keys() - told.get(table, {}).keys()):
                found.setdefault(table, {})[row] = {"digest": here[table][row][0]}
        count = sum(map(len, found.values()))
        if count:
            diary.write_town("seal_rows", by=by, at=at, facts={"count": count}, rows=found)
    return count


# ---------------------------------------------------------------------------------------------------- released words


def released(row: ReleasedText | None, entries: Sequence[Entry], erased: bool) -> Iterator[tuple[int, Text]]:
    """Yield where a matter's released words are not what its entries say: the turn, and a sentence.

    `erased`: whether an entry after the release says that the words were erased, and the release with them.
    """
    acts = [entry for entry in entries if entry.verb in {"release_words", "withdraw_words"}]
    if not acts:
        if row is not None:
            yield 0, Text("公布的原话是添上去的，日志里没有记", "words were released and no entry says so")
        return
    last, given = acts[-1], next(entry for entry in reversed(acts) if entry.verb == "release_words")
    if row is None:
        if not erased:
            yield last.turn, Text("公布的记录被删掉了", "the row of the release was taken away")
        return
    wanted = (given.stand or {}).get(TABLES[ReleasedText], {}).get("1", {}).get("digest")
    same = (
        (row.at, row.staff_id, len(row.marks)) == (given.at, given.staff_id, given.facts.get("marks"))
        and row.words_hash == entries[0].texts.get("words")
        and wanted in {None, digest(row)}
    )
    if not same:
        yield (
            given.turn,
            Text("公布的原话或遮盖处被改动", "the released words, or what is masked in them, were changed"),
        )
    if row.withdrawn_at != (last.at if last.verb == "withdraw_words" else None):
        yield last.turn, Text("公布或收回被改动", "whether the words are released was changed")


# ---------------------------------------------------------------------------------------------------------- messages


def sealed(row: Message) -> Message:
    """Return a new message with its seal; it goes out only as it was written."""
    row.seal = seal_of(row)
    return row


def intact(row: Message) -> bool:
    """Whether a message is as it was written."""
    return row.seal == seal_of(row)


#: So many of the newest messages are asked whether the signing key is still the one they were written under.
ASKED = 50


def seal_under_another_key() -> int:
    """Seal anew what waits in a restored database, where the signing key is not the one it was written under.

    The key is in no backup: without the old one nobody can judge a seal, while the backup itself is whole or does not
    open. Where one message fits, the key is the old one and nothing is touched. Returns how many were sealed.
    """
    newest = list(Message.objects.order_by("-pk")[:ASKED])
    if not newest or any(intact(row) for row in newest):
        return 0
    waiting = list(Message.objects.filter(state__in=MAY_GO))
    Message.objects.bulk_update([sealed(row) for row in waiting], ["seal"], batch_size=500)
    return len(waiting)


def messages() -> Iterator[tuple[str, int, Text]]:
    """Yield messages that may still go out and are not as they were written: the matter's number, turn, a sentence.

    One whose text was erased sends nothing any more: it would be held back.
    """
    waiting = Message.objects.filter(state__in=MAY_GO).select_related("matter", "webhook").order_by("pk")
    for row in waiting.iterator(chunk_size=2000):
        if not intact(row) and (row.text or row.state in {"queued", "sending"}):
            yield (
                row.matter.number if row.matter is not None else diary.TOWN,
                row.turn,
                Text(
                    f"等着发出的消息（{row.pk}号）不是程序写的，或被改动",
                    f"message no. {row.pk}, which waits to go out, was changed or not written by the program",
                ),
            )
