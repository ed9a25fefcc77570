"""What a schematic of the town is drawn from: its own addresses, gathered into small blocks and straight streets.

No outside map is needed. The database does the counting (two queries over all addresses, whose answers are few), and
a process keeps what came out until the town's chain moves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import atan2, cos, hypot, radians, sin, sqrt

from django.db.models import Avg, Count, F
from django.db.models.functions import Floor

from wuxiao.desk.base import fresh
from wuxiao.records.models import Address, Street
from wuxiao.rules.words import Text
from wuxiao.typed.crs import Position

#: Blocks to a degree: some hundred metres each way.
STEP = 1000
#: Half a line of evenly spread doors, in deviations from its middle.
_HALF = sqrt(3.0)
#: Fewer doors are no line.
_DOORS = 3


@dataclass(frozen=True, slots=True)
class Line:
    """A street as a straight line between two positions, as its doors lie; `doors` is how many there are."""

    name: Text
    ends: tuple[Position, Position]
    doors: int


@dataclass(frozen=True, slots=True)
class Ground:
    """The built-up ground of the town: blocks (south and west edge times `STEP`) with their division, and streets."""

    blocks: Mapping[tuple[int, int], str]
    streets: tuple[Line, ...]

    @property
    def box(self) -> tuple[float, float, float, float] | None:
        """South, west, north and east edge of all blocks; `None` for a town without any."""
        if not self.blocks:
            return None
        rows, columns = [row for row, _ in self.blocks], [column for _, column in self.blocks]
        return min(rows) / STEP, min(columns) / STEP, (max(rows) + 1) / STEP, (max(columns) + 1) / STEP


@dataclass(slots=True)
class _Kept:
    watch: fresh.Watch = field(default_factory=fresh.Watch)
    ground: Ground = field(default_factory=lambda: Ground({}, ()))


_kept = _Kept()


def ground() -> Ground:
    """Return what the town's addresses say of its ground, read anew when they may have changed."""
    if (mark := _kept.watch.changed()) is not None:
        _kept.ground = Ground(_blocks(), _streets())
        _kept.watch.keep(mark)
    return _kept.ground


def _blocks() -> dict[tuple[int, int], str]:
    placed = Address.objects.filter(lat__isnull=False, lon__isnull=False)
    counted = (
        placed.annotate(row=Floor(F("lat") * STEP), column=Floor(F("lon") * STEP))
        .values_list("row", "column", "division")
        .annotate(n=Count("id"))
        .order_by("n", "division")
    )
    # The division with the most doors of a block comes last.
    return {(int(row), int(column)): division for row, column, division, _n in counted}


def _streets() -> tuple[Line, ...]:
    placed = Address.objects.filter(lat__isnull=False, lon__isnull=False)
    start = placed.order_by("id").values_list("lat", "lon").first()
    if start is None:
        return ()
    # Squares of small numbers: those of degrees would lose what is looked for.
    y, x = F("lat") - start[0], F("lon") - start[1]
    means = (
        placed.values_list("street_id")
        .annotate(y=Avg(y), x=Avg(x), yy=Avg(y * y), xx=Avg(x * x), yx=Avg(y * x), n=Count("id"))
        .filter(n__gte=_DOORS)
        .order_by("street_id")
    )
    names = {pk: Text(name, en or name) for pk, name, en in Street.objects.values_list("id", "name", "name_en")}
    found = []
    for street, y0, x0, yy, xx, yx, doors in means:
        middle = (start[0] + y0, start[1] + x0)
        ends = _line(middle, max(0.0, yy - y0 * y0), max(0.0, xx - x0 * x0), yx - y0 * x0)
        found.append(Line(names[street], ends, doors))
    return tuple(sorted(found, key=lambda one: -one.doors))


def _line(middle: Position, yy: float, xx: float, yx: float) -> tuple[Position, Position]:
    """Return the ends of the line along which positions with these variances in degrees lie, longest way through."""
    narrow = cos(radians(middle[0]))
    xx, yx = xx * narrow * narrow, yx * narrow
    angle = atan2(2 * yx, xx - yy) / 2
    along = sqrt(max(0.0, (xx + yy + hypot(xx - yy, 2 * yx)) / 2)) * _HALF
    north, east = along * sin(angle), along * cos(angle) / narrow
    return (middle[0] - north, middle[1] - east), (middle[0] + north, middle[1] + east)
