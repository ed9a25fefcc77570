"""What the public reads of drawn rounds: first a commitment, then the seed, and the lists when nobody can be warned.

Who knew the lists and the seed could reckon who is visited. So the lists, their digest and the places stay in the
house until every visit of the round is over (made, or given up) or the last day that was published has come; what was
published before binds them: the commitment is the digest's, and the digest the lists'. A round that was not drawn in
time is void and stays in the list; its lists and its share come out then, so that everybody sees what would have been
drawn, and giving a round up gains nothing. No person is named: inspectors stand under marks made for one round. Of a
place that goes without the lot it is not said why, for a complaint may be the reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import Q

from wuxiao.desk.base.errors import NotFound
from wuxiao.desk.diary import checkpoints, diary
from wuxiao.desk.diary.checkpoints import Inclusion
from wuxiao.records.models import Checkpoint, Draw, DrawShare, Entry, Inspection
from wuxiao.records.sealed import SealError
from wuxiao.rules.book_model import Book
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.words import Text
from wuxiao.subjects.inspection import seed as seeds
from wuxiao.subjects.inspection.draw import BadDraw, Place, digest, draw, read_listed
from wuxiao.subjects.inspection.seed import Terms

#: How many rounds a page of the public list shows, the latest first.
SHOWN = 100


class Phase(StrEnum):
    """Where a round stands."""

    WAITS = "waits"
    MAY = "may"
    VISITS = "visits"
    TOLD = "told"
    VOID = "void"
    #: Fixed by an older program and never drawn.
    OLD = "old"


@dataclass(frozen=True, slots=True)
class Stratum:
    """A kind of place: how many could be drawn, and how many are."""

    kind: str
    name: Text
    free: int
    drawn: int


@dataclass(frozen=True, slots=True)
class Told:
    """What the public reads of a round.

    `digest`, `places` (code, kind), `excluded` and `asides` (reason, how often) are empty until everything is public,
    `share` until it is revealed; `left_out`, `aside` and `apart` are how many there are. `witness` is the first signed
    checkpoint over the commitment.
    """

    row: Draw
    phase: Phase
    digest: str
    share: str
    witness: Inclusion | None
    unit: Text
    strata: Sequence[Stratum]
    inspectors: int
    left_out: int
    aside: int
    apart: int
    places: Sequence[tuple[str, Text]]
    excluded: Sequence[tuple[str, int]]
    asides: Sequence[tuple[str, int]]


def phase(row: Draw, at: datetime, *, visits: bool | None = None) -> Phase:
    """Return where a round stands; `visits`: whether any is still open, asked for where it is not given (one query)."""
    if row.drawn_at is None:
        if row.opens_at is None or row.closes_at is None:
            return Phase.OLD
        if at >= row.closes_at:
            return Phase.VOID
        return Phase.MAY if at >= row.opens_at else Phase.WAITS
    if row.told_at is not None and at >= row.told_at:
        return Phase.TOLD
    if visits is None:
        visits = Inspection.objects.filter(draw=row.mark, left_at=None, matter__closed_at=None).exists()
    return Phase.VISITS if visits else Phase.TOLD


def is_public(row: Draw, at: datetime) -> bool:
    """Whether everything of a round is public: its visits are over, its last day has come, or it is void."""
    return phase(row, at) in {Phase.TOLD, Phase.VOID}


def all_draws(at: datetime, after: str = "") -> tuple[list[tuple[Draw, Phase]], str]:
    """Return a page of the rounds, the latest fixed first, each with where it stands; never drawn ones too.

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
    return [(row, phase(row, at, visits=row.mark in waits)) for row in rows], following


def never_drawn(at: datetime) -> int:
    """Return how many rounds were fixed and not drawn in time."""
    return Draw.objects.filter(drawn_at=None).filter(Q(closes_at=None) | Q(closes_at__lte=at)).count()


# ------------------------------------------------------------------------------------------------------- what it binds


def terms(row: Draw) -> Terms | None:
    """Return what a commitment binds beside the lists; `None` of a round from before there was a share."""
    if row.opens_at is None or row.closes_at is None or row.told_at is None:
        return None
    return Terms(row.share_hash, row.figure, row.source, row.opens_at, row.closes_at, row.told_at)


def binds(row: Draw) -> bool:
    """Whether the lists, numbers and terms of a round are those its commitment is of."""
    said = terms(row)
    if said is None:
        return False
    places, inspectors, salt = read_listed(row.lists)
    return seeds.commitment(digest(places, inspectors, salt), said, row.strata, row.named) == row.commitment


def kept_share(row: Draw) -> str:
    """Return the share of a round, revealed or not; empty where it is gone or cannot be opened."""
    try:
        return _share(row)
    except SealError:
        return ""


def _share(row: Draw) -> str:
    if row.share or row.drawn_at is not None:
        return row.share
    found = DrawShare.objects.filter(draw=row.pk).first()
    return found.text if found is not None else ""


def _entry(row: Draw) -> Entry | None:
    """The town's entry that told a commitment to the log."""
    found = Entry.objects.filter(matter=None, row=None, turn=row.witness, verb="witness_draw").first()
    told = {"number": row.number, "commitment": row.commitment}
    return found if found is not None and found.facts == told else None


def witness(row: Draw, before: datetime | None = None) -> Inclusion | None:
    """Return the first signed checkpoint over the commitment, signed `before` a moment; `None` if there is none."""
    entry = _entry(row) if row.witness else None
    if entry is None or entry.leaf is None:
        return None
    found = Checkpoint.objects.filter(size__gt=entry.leaf).exclude(note="").order_by("size").first()
    if found is None or (before is not None and found.at >= before):
        return None
    return checkpoints.inclusion(entry.leaf, found.size)


def witnessed(number: str) -> dict[str, Any]:
    """Return what shows that a commitment was in the log when its checkpoint was signed; `NotFound` if nothing does.

    `entry` is the text whose SHA-256, after the seal `previous` and a line feed, is `seal`: it names no person.
    """
    row = _row(number)
    entry, found = _entry(row), witness(row)
    if entry is None or found is None:
        raise NotFound
    before = Entry.objects.filter(matter=None, row=None, turn=entry.turn - 1).values_list("seal", flat=True).first()
    return {
        "number": row.number,
        "previous": before or "",
        "entry": diary.sealed_text(entry),
        "seal": entry.seal,
        "leaf": entry.leaf,
        "size": found.size,
        "root": found.root,
        "path": found.path,
        "note": found.note,
    }


# ------------------------------------------------------------------------------------------------------- what is read


def _row(number: str) -> Draw:
    found = Draw.objects.filter(number=number.strip().upper()).first()
    if found is None:
        raise NotFound
    return found


def told(number: str, book: Book, at: datetime) -> Told:
    """Return what the public reads of a round (seven queries); `NotFound` for an unknown one."""
    row = _row(number)
    stands = phase(row, at)
    public = stands in {Phase.TOLD, Phase.VOID}
    places, inspectors, salt = read_listed(row.lists)
    kinds = {place.code: place.kind for place in places}
    excluded = [place.excluded for place in places if place.excluded]
    excluded += [one.excluded for one in inspectors if one.excluded]
    reasons = [why for one in inspectors for why in one.aside.values()]
    unit = book.units.get(row.unit)
    return Told(
        row=row,
        phase=stands,
        digest=digest(places, inspectors, salt) if public else "",
        share=kept_share(row) if public else row.share,
        witness=witness(row),
        unit=unit.name if unit is not None else Text(row.unit, row.unit),
        strata=[
            Stratum(kind, _kind(kind, book), _free(kind, places, row.named), wanted)
            for kind, wanted in sorted(row.strata.items())
        ],
        inspectors=sum(1 for one in inspectors if not one.excluded),
        left_out=len(excluded),
        aside=len(reasons),
        apart=len(row.named),
        places=[(code, _kind(kinds.get(code, ""), book)) for code in row.drawn] if public else (),
        excluded=_counted(excluded) if public else (),
        asides=_counted(reasons) if public else (),
    )


def _counted(reasons: Sequence[str]) -> list[tuple[str, int]]:
    return sorted(Counter(reasons).items(), key=lambda one: (-one[1], one[0]))


def _free(kind: str, places: Sequence[Place], named: Mapping[str, str]) -> int:
    return sum(1 for p in places if p.kind == kind and not p.excluded and p.code not in named)


def _kind(code: str, book: Book) -> Text:
    kind = book.registers.get("premises", {}).get(code)
    return kind.name if kind is not None else Text(code, code)


def lists_of(number: str, at: datetime) -> str:
    """Return the lists of a round that is public, the text whose SHA-256 is its digest; `NotFound` before."""
    row = _row(number)
    if not is_public(row, at):
        raise NotFound
    return str(row.lists)


def published(number: str, at: datetime) -> dict[str, Any]:
    """Return a round that is public as anybody recomputes it; `NotFound` before."""
    row = _row(number)
    if not is_public(row, at):
        raise NotFound
    places, inspectors, salt = read_listed(row.lists)
    found: dict[str, Any] = {
        "number": row.number,
        "commitment": row.commitment,
        "committed_at": row.committed_at.astimezone(SHANGHAI).isoformat(),
        "source": row.source,
        "seed": row.seed,
        "drawn_at": row.drawn_at.astimezone(SHANGHAI).isoformat() if row.drawn_at is not None else "",
        "digest": digest(places, inspectors, salt),
        "strata": row.strata,
        "apart": sorted(row.named),
        "drawn": row.drawn,
    }
    if (said := terms(row)) is not None:
        found |= {
            "figure": row.figure,
            "opens": seeds.moment(said.opens),
            "closes": seeds.moment(said.closes),
            "told": seeds.moment(said.told),
            "share_hash": row.share_hash,
            "share": kept_share(row),
            "result": row.result,
            "seen": row.seen,
        }
    return found


# ------------------------------------------------------------------------------------------------- what is wrong in it


def faults() -> Iterator[tuple[str, Text]]:
    """Yield where a round is not what it was published to be: its number, and a sentence.

    Entries show that a row was changed; this shows a round that was false from the beginning, entries and all.
    """
    for row in Draw.objects.exclude(share_hash="").order_by("pk"):
        if not binds(row):
            yield row.number, Text("名单或约定和公布的封条对不上", "lists or terms do not fit the commitment")
        try:
            fits = seeds.fits(_share(row), row.share_hash)
        except SealError:
            # That the key of what is sealed is not there, `verify` says itself.
            fits = True
        if not fits:
            yield row.number, Text("份额和公布的摘要对不上", "the share does not fit the hash that was published")
        if row.drawn_at is None:
            continue
        if row.opens_at is None or row.closes_at is None or not row.opens_at <= row.drawn_at < row.closes_at:
            yield row.number, Text("不在公布的时间里抽的", "it was drawn outside the time that was published")
        elif witness(row, before=row.opens_at) is None:
            yield (
                row.number,
                Text(
                    "公开数出来以前没有检查点盖住封条", "no checkpoint covered the commitment before the figure was out"
                ),
            )
        if (wrong := _redrawn(row)) is not None:
            yield row.number, wrong


def _redrawn(row: Draw) -> Text | None:
    """Return in what a round differs from what its own parts draw."""
    places, inspectors, salt = read_listed(row.lists)
    try:
        if seeds.result(row.figure, row.result) != row.result:
            return Text("公开数不是按规定写的", "the figure is not written as it must be")
        seed = seeds.seed(row.share, row.result)
        made = draw(places, inspectors, seed=seed, of_kind=row.strata, named=row.named, salt=salt)
    except BadDraw as error:
        return error.text
    if seed != row.seed or list(made.drawn) != list(row.drawn):
        return Text("重算抽出来的和记的不一样", "drawn anew, other places come out than stand there")
    return None
