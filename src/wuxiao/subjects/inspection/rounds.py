"""What the public reads of drawn rounds: first a commitment, then the seed, and the lists when nobody can be warned.

Who knew the lists and the seed could reckon who is visited. So the lists, their digest and the places stay in the
house until every visit of the round is over (made, or given up); what was published before binds them: the commitment
is the digest's, and the digest the lists'. No person is named: inspectors stand under marks made for one round. Of a
place that goes without the lot it is not said why, for a complaint may be the reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from wuxiao.desk.base.errors import NotFound
from wuxiao.records.models import Draw, Inspection
from wuxiao.rules.book_model import Book
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.words import Text
from wuxiao.subjects.inspection.draw import Place, digest, read_listed

#: How many rounds a page of the public list shows, the latest first.
SHOWN = 100


@dataclass(frozen=True, slots=True)
class Stratum:
    """A kind of place: how many could be drawn, and how many are."""

    kind: str
    name: Text
    free: int
    drawn: int


@dataclass(frozen=True, slots=True)
class Told:
    """What the public reads of a round. `places` (code, kind), `excluded` and `asides` (reason, how often) are empty
    until it is over; `left_out`, `aside` and `apart` are how many there are."""

    row: Draw
    unit: Text
    strata: Sequence[Stratum]
    inspectors: int
    left_out: int
    aside: int
    apart: int
    over: bool
    places: Sequence[tuple[str, Text]]
    excluded: Sequence[tuple[str, int]]
    asides: Sequence[tuple[str, int]]


def is_over(row: Draw) -> bool:
    """Whether every visit of a drawn round was made or given up (one query)."""
    if row.drawn_at is None:
        return False
    waits = Inspection.objects.filter(draw=row.mark, left_at=None, matter__closed_at=None)
    return not waits.exists()


def all_draws(after: str = "") -> tuple[list[tuple[Draw, bool]], str]:
    """Return a page of the rounds, the latest fixed first, each with whether it is over; never drawn ones too.

    `after` is the number of the last round of the page before, and what comes second that of this one if more follow.
    Nobody fixes rounds in store and shows the one that suits: those not drawn stand in the list with their date.
    """
    found = Draw.objects.defer("lists", "accounts").order_by("-committed_at", "-pk")
    if after:
        last = _row(after)
        found = found.filter(Q(committed_at__lt=last.committed_at) | Q(committed_at=last.committed_at, pk__lt=last.pk))
    rows = list(found[: SHOWN + 1])
    following = rows[SHOWN - 1].number if len(rows) > SHOWN else ""
    rows = rows[:SHOWN]
    marks = [row.mark for row in rows if row.mark]
    waits = set(
        Inspection.objects.filter(draw__in=marks, left_at=None, matter__closed_at=None).values_list("draw", flat=True)
    )
    return [(row, row.drawn_at is not None and row.mark not in waits) for row in rows], following


def _row(number: str) -> Draw:
    found = Draw.objects.filter(number=number.strip().upper()).first()
    if found is None:
        raise NotFound
    return found


def told(number: str, book: Book) -> Told:
    """Return what the public reads of a round (two queries); `NotFound` for an unknown one."""
    row = _row(number)
    over = is_over(row)
    places, inspectors, _salt = read_listed(row.lists)
    kinds = {place.code: place.kind for place in places}
    excluded = [place.excluded for place in places if place.excluded]
    excluded += [one.excluded for one in inspectors if one.excluded]
    reasons = [why for one in inspectors for why in one.aside.values()]
    unit = book.units.get(row.unit)
    return Told(
        row=row,
        unit=unit.name if unit is not None else Text(row.unit, row.unit),
        strata=[
            Stratum(kind, _kind(kind, book), _free(kind, places, row.named), wanted)
            for kind, wanted in sorted(row.strata.items())
        ],
        inspectors=sum(1 for one in inspectors if not one.excluded),
        left_out=len(excluded),
        aside=len(reasons),
        apart=len(row.named),
        over=over,
        places=[(code, _kind(kinds.get(code, ""), book)) for code in row.drawn] if over else (),
        excluded=_counted(excluded) if over else (),
        asides=_counted(reasons) if over else (),
    )


def _counted(reasons: Sequence[str]) -> list[tuple[str, int]]:
    return sorted(Counter(reasons).items(), key=lambda one: (-one[1], one[0]))


def _free(kind: str, places: Sequence[Place], named: Mapping[str, str]) -> int:
    return sum(1 for p in places if p.kind == kind and not p.excluded and p.code not in named)


def _kind(code: str, book: Book) -> Text:
    kind = book.registers.get("premises", {}).get(code)
    return kind.name if kind is not None else Text(code, code)


def lists_of(number: str) -> str:
    """Return the lists of a round that is over, the text whose SHA-256 is its digest; `NotFound` before."""
    row = _row(number)
    if not is_over(row):
        raise NotFound
    return str(row.lists)


def published(number: str) -> dict[str, Any]:
    """Return a round that is over as anybody recomputes it; `NotFound` before."""
    row = _row(number)
    if not is_over(row):
        raise NotFound
    places, inspectors, salt = read_listed(row.lists)
    assert row.drawn_at is not None
    return {
        "number": row.number,
        "commitment": row.commitment,
        "committed_at": row.committed_at.astimezone(SHANGHAI).isoformat(),
        "source": row.source,
        "seed": row.seed,
        "drawn_at": row.drawn_at.astimezone(SHANGHAI).isoformat(),
        "digest": digest(places, inspectors, salt),
        "strata": row.strata,
        "apart": sorted(row.named),
        "drawn": row.drawn,
    }
