"""When to read again what a process keeps of small tables: rule books, notices, models in use, connected platforms.

Whoever changes one of them writes an entry in the town's chain, so one number says whether anything could have changed.
It is looked at every three seconds; all is read again every ten minutes even so.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic

from wuxiao.records.models import Chain

SECONDS = 3.0
LONGEST = 600.0


@dataclass(slots=True)
class _Town:
    epoch: int = 0
    turn: int = -1
    until: float = 0.0


_town = _Town()


def forget() -> None:
    """Let everything be read again at its next use (after a change of one's own, a restored backup)."""
    _town.epoch += 1
    _town.until = 0.0


def _turn() -> int:
    if monotonic() >= _town.until:
        _town.turn = Chain.objects.filter(name="town").values_list("turn", flat=True).first() or 0
        _town.until = monotonic() + SECONDS
    return _town.turn


@dataclass(slots=True)
class Watch:
    """Of one thing that is kept: at which turn of the town's chain it was read."""

    epoch: int = -1
    turn: int = -1
    until: float = 0.0

    def changed(self) -> tuple[int, int] | None:
        """Return the mark to `keep` once it was read again, or `None` while what is kept still holds."""
        mark = (_town.epoch, _turn())
        if mark == (self.epoch, self.turn) and monotonic() < self.until:
            return None
        return mark

    def keep(self, mark: tuple[int, int]) -> None:
        """Note that it was read after `mark` was taken."""
        self.epoch, self.turn = mark
        self.until = monotonic() + LONGEST
