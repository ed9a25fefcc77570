"""How far an invented town is filled with its invented year, kept in the database beside what was filled.

The stand moves in the transaction of what it counts. So a filler killed at any moment goes on exactly where it stopped,
two fillers at once do nothing twice, and pages can say how long it will take.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.diary import diary
from wuxiao.records.models import Snapshot

NAME = "filling"
#: A filler that moved nothing for this long has stopped; the longest part takes a tenth of it.
STOPPED = timedelta(minutes=1)
#: Before so many lives nobody can say how long the rest takes.
TELLING = 20


@dataclass(frozen=True, slots=True)
class Filling:
    """The stand: what is filled in (`seed`, `until`, `small`), `parts` told whole, lives `done` of `total`.

    `spent` are the seconds worked on it so far, `at` when it last moved, `finished` whether all of it is there.
    """

    seed: int
    until: datetime
    small: bool
    at: datetime
    parts: int = 0
    done: int = 0
    total: int = 0
    spent: float = 0.0
    finished: bool = False

    @property
    def percent(self) -> int:
        """How much is there, 0 to 99, and 100 only when all of it is."""
        return 100 if self.finished else min(99, 100 * self.done // self.total) if self.total else 0

    @property
    def left(self) -> int | None:
        """How many seconds the rest takes at the pace so far, `None` while that cannot be said."""
        if self.done < min(TELLING, self.total // 2) or not self.done:
            return None
        return round(self.spent / self.done * (self.total - self.done))

    def stopped(self, at: datetime) -> bool:
        """Tell whether nobody fills any more."""
        return not self.finished and at - self.at > STOPPED


def find() -> Filling | None:
    """Return the stand of this town, `None` for one that nobody fills (one query)."""
    return _read(Snapshot.objects.filter(name=NAME).first())


def hold() -> Filling | None:
    """The same, locked until the transaction ends: whoever else fills waits, and then sees what was done."""
    return _read(Snapshot.objects.select_for_update().filter(name=NAME).first())


def _read(row: Snapshot | None) -> Filling | None:
    if row is None:
        return None
    known: dict[str, Any] = row.data
    return Filling(**{**known, "until": datetime.fromisoformat(known["until"]), "at": row.at})


def _keep(stand: Filling) -> Filling:
    data = asdict(stand)
    at = data.pop("at")
    Snapshot.objects.update_or_create(name=NAME, defaults={"data": data | {"until": stand.until.isoformat()}, "at": at})
    return stand


def begin(*, seed: int, until: datetime, small: bool, by: Actor, at: datetime) -> Filling:
    """Note that this town is being filled; inside the transaction that makes its first rows."""
    return _keep(Filling(seed, until, small, at))


def advance(stand: Filling, *, parts: int, lives: int, total: int, spent: float, by: Actor, at: datetime) -> Filling:
    """Note that so many more parts and lives are there; `stand` is the one held in this transaction."""
    moved = replace(
        stand, parts=stand.parts + parts, done=stand.done + lives, total=total, spent=stand.spent + spent, at=at
    )
    return _keep(moved)


def finish(*, by: Actor, at: datetime) -> Filling | None:
    """Note once, and in the town's diary, that all of it is there; returns the stand."""
    with transaction.atomic():
        stand = hold()
        if stand is None or stand.finished:
            return stand
        facts = {"choice": "history", "count": stand.total, "before": stand.until.isoformat()}
        diary.write_town("message_decided", by=by, at=at, facts=facts)
        return _keep(replace(stand, finished=True, at=at))


class _Over:
    """What a process remembers: once all is there, nobody asks the database again."""

    yes = False


def told() -> Filling | None:
    """Return the stand while a demo is being filled, for pages; `None` in every other town and once all is there."""
    if not settings.DEMO or _Over.yes:
        return None
    stand = find()
    if stand is None or stand.finished:
        _Over.yes = True
        return None
    return stand
