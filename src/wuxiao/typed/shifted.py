"""Whether positions look as if another system were meant than was said, by places whose position is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import hypot, sqrt
from statistics import median

from wuxiao.typed.crs import Crs, Position, apart, to_wgs84

#: Metres that an address may lie beside what is meant and nobody wonders.
NEAR = 30.0
#: So many places say more than chance; fewer must fit to within a door.
SOME = 3
_DOOR = 15.0


@dataclass(frozen=True, slots=True)
class Guess:
    """What was probably meant: the system, and whether the two numbers change places; how far off as it was said.

    `metres` is how far the places lie from where they should as they were said, `left` if the guess is right; `of` how
    many places say so.
    """

    crs: Crs
    swapped: bool
    metres: float
    left: float
    of: int


def guess(pairs: Sequence[tuple[Position, Position]], said: Crs) -> Guess | None:
    """Return what else was probably meant by positions said to be of one system, `None` where they fit as they are.

    A pair is what was given, and where the same place is known to be (WGS-84). Chance puts places beside their address
    in all directions; a system puts all of them the same way. So what is compared is the way they have in common, and
    whether it is more than chance would make of so many.
    """
    if not pairs:
        return None
    stands, chance = _common(_ways(pairs, said, swap=False))
    if stands <= NEAR + 3 * chance:
        return None
    found: list[tuple[float, Crs, bool]] = []
    for swap in (False, True):
        for crs in Crs:
            if (crs, swap) != (said, False):
                ways = _ways(pairs, crs, swap=swap)
                left, _ = _common(ways)
                if len(pairs) >= SOME or all(hypot(*way) <= _DOOR for way in ways):
                    found.append((left, crs, swap))
    if not found:
        return None
    left, crs, swap = min(found)
    if left > max(stands / 4, _DOOR) or left > NEAR + 3 * chance:
        return None
    return Guess(crs, swap, stands, left, len(pairs))


def _ways(pairs: Iterable[tuple[Position, Position]], crs: Crs, *, swap: bool) -> list[tuple[float, float]]:
    """Return how far north and east of where it is known to be each place lies, if a system is meant."""
    return [apart(to_wgs84((at[1], at[0]) if swap else at, crs), known) for at, known in pairs]


def _common(ways: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return how far all of them lie off together, and what chance makes of such a number: both in metres."""
    north, east = median(way[0] for way in ways), median(way[1] for way in ways)
    around = median(hypot(way[0] - north, way[1] - east) for way in ways)
    return hypot(north, east), around / sqrt(len(ways))
