"""Likely duplicates and earlier matters like this one, with why: an index of texts beside the database.

The worker keeps the index (`grow`) under `DATA_DIR/similar`; a process that asks opens it memory-mapped and adds the
texts that came since, so that a matter received a second ago is found and receiving costs nothing. Two indexes: the
first words of matters, and answers that went out (for the near-copy check). Keys are ids of `Words`.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from wuxiao.desk.assist import merges
from wuxiao.desk.base.actor import Actor
from wuxiao.desk.case.rows import ROW_FIELDS, Row
from wuxiao.desk.case.shown import not_hidden, visible
from wuxiao.reading.duplicates import Request, Verdict
from wuxiao.reading.similar import Facts, Near, SimilarIndex, compare
from wuxiao.records.models import Entry, Matter, Words
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.words import Text

MATTERS, ANSWERS = "matters", "answers"
#: The worker writes the files anew once so many texts are waiting; fewer are added in memory by whoever asks.
BATCH = 400
_TAIL = 4 * BATCH
LIMIT = 6
_ASK = 40
#: Below this likeness a matter is not shown; from `Likeness.duplicate` on a person is asked to merge.
SHOWN = 0.3
EARLIER_FOR = timedelta(days=730)
DUPLICATE_FOR = timedelta(days=60)
_LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Alike:
    """A matter that resembles another: its row for a list, how much (0 to 1), whether to ask for a merge, and why."""

    row: Row
    score: float
    duplicate: bool
    why: tuple[Text, ...]


def _rows(which: str) -> QuerySet[Words]:
    rows = Words.objects.filter(erased_at__isnull=True, matter__life=Matter.ONLY["life"])
    if which == MATTERS:
        return rows.filter(turn=1, field="words")
    # Answers to hidden matters are compared with nothing: how rare a word is must not tell what stands in them.
    rows = rows.filter(matter__hidden_units="")
    answers = Entry.objects.filter(matter_id=OuterRef("matter_id"), turn=OuterRef("turn"), verb="answer")
    return rows.filter(Exists(answers), field="reply")


def folder(which: str) -> Path:
    """Return where an index lies."""
    return Path(settings.DATA_DIR) / "similar" / which


class _Reader:
    """One process's view of an index: the worker's files, and in memory what came since."""

    def __init__(self, which: str) -> None:
        self.which = which
        self.lock = threading.Lock()
        self.index = SimilarIndex()
        self.stamp = ""
        self.last = 0
        self.looked = 0.0

    def fresh(self) -> SimilarIndex:
        """Return the index with everything up to now; call it with the lock held."""
        if monotonic() - self.looked >= _LOOK_SECONDS:
            self.looked = monotonic()
            stamp, last, _ = _state(self.which)
            # Opened anew only when the files hold more than this process added by itself, or were begun anew.
            again = stamp.split("-")[0] != self.stamp.split("-")[0]
            if stamp != self.stamp and (last > self.last or again):
                self.index = _open(self.which) if stamp else SimilarIndex()
                self.stamp, self.last = stamp, last
        for pk, text in _rows(self.which).filter(pk__gt=self.last).order_by("pk").values_list("pk", "text")[:_TAIL]:
            self.index.add(pk, text)
            self.last = pk
        return self.index


_readers = {which: _Reader(which) for which in (MATTERS, ANSWERS)}


def forget() -> None:
    """Forget what this process has read of the indexes (tests, a restored backup)."""
    for which in _readers:
        _readers[which] = _Reader(which)


def _state(which: str) -> tuple[str, int, float]:
    try:
        data = json.loads((folder(which) / "state.json").read_text(encoding="utf-8"))
        stamp, last, at = str(data["stamp"]), int(data["last"]), float(data["at"])
    except (OSError, ValueError, KeyError):
        return "", 0, 0.0
    # The database went back (a backup was restored): the files tell of rows of before, and are begun anew.
    newest = Words.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    return (stamp, last, at) if last <= newest else ("", 0, 0.0)


def _open(which: str) -> SimilarIndex:
    try:
        return SimilarIndex.open(folder(which))
    except (OSError, ValueError):
        return SimilarIndex()


@contextmanager
def _alone(which: str) -> Iterator[bool]:
    path = folder(which)
    path.mkdir(parents=True, exist_ok=True)
    with open(path / "lock", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True


def grow(*, at: datetime, at_once: bool = False) -> int:
    """Bring the files of both indexes up to date; returns how many texts were added.

    Small additions wait until there are 400 (`at_once` does not wait). Texts erased since are taken out.
    """
    return sum(_grow(which, at, at_once) for which in (MATTERS, ANSWERS))


def _grow(which: str, at: datetime, at_once: bool) -> int:
    with _alone(which) as mine:
        if not mine:
            return 0
        stamp, last, until = _state(which)
        try:
            index = SimilarIndex.open(folder(which)) if stamp else SimilarIndex()
        except (OSError, ValueError):
            # Files of another version or half gone: the texts are all in the database, so begin anew.
            index, stamp, last, until = SimilarIndex(), "", 0, 0.0
        new = _rows(which).filter(pk__gt=last).order_by("pk")
        waiting = len(new.values_list("pk", flat=True)[:BATCH])
        erased = _erased(which, until, at) if stamp else []
        if not erased and (not waiting or (waiting < BATCH and not at_once)):
            return 0
        for pk in erased:
            index.discard(pk)
        newest = last

        def texts() -> Iterator[tuple[int, str]]:
            nonlocal newest
            for pk, text in new.values_list("pk", "text").iterator(chunk_size=2000):
                newest = pk
                yield pk, text

        added = index.add_many(texts())
        index.save(folder(which))
        part = folder(which) / "state.json.part"
        epoch = stamp.split("-")[0] if stamp else f"{at.timestamp():.6f}"
        state = {"stamp": f"{epoch}-{newest}-{len(index)}-{at.timestamp():.6f}", "last": newest, "at": at.timestamp()}
        part.write_text(json.dumps(state), encoding="utf-8")
        os.replace(part, folder(which) / "state.json")
        return added


def _erased(which: str, until: float, at: datetime) -> list[int]:
    since = datetime.fromtimestamp(until, tz=at.tzinfo) - timedelta(minutes=1)
    field = "words" if which == MATTERS else "reply"
    return list(Words.objects.filter(field=field, erased_at__gt=since).values_list("pk", flat=True))


# ------------------------------------------------------------------------------------------------------------ asking


def answers_like(text: str, limit: int = 100) -> list[float]:
    """Return how much each of the most similar answers that went out resembles a text (0 to 1), best first.

    Answers to hidden matters are not among them: that there is one is nobody's business who may not see it.
    """
    return [near.score for near, _, _ in _near(ANSWERS, text, limit, Q(matter__hidden_units=""))]


def _near(which: str, text: str, wanted: int, told: Q) -> list[tuple[Near, int, str]]:
    """Return the nearest texts that somebody may be told of, best first, each with its matter and words.

    As many as are wanted whatever lies between them: were hidden ones left out afterwards, how few are left would tell
    that there are some.
    """
    reader, ask = _readers[which], 2 * wanted
    while True:
        with reader.lock:
            near = reader.fresh().search(text, ask)
        rows = Words.objects.filter(told, pk__in=[n.key for n in near], erased_at__isnull=True, matter__isnull=False)
        known = {pk: (matter, words) for pk, matter, words in rows.values_list("pk", "matter_id", "text")}
        found = [(n, *known[n.key]) for n in near if n.key in known]
        if len(found) >= wanted or len(near) < ask:
            return [(n, matter or 0, words) for n, matter, words in found[:wanted]]
        ask *= 4


def _at_address(address_id: int, told: Q, received: datetime) -> dict[int, str]:
    """Return the latest matters at a standard address before an instant, with their words."""
    there = _rows(MATTERS).filter(
        told,
        matter__address_id=address_id,
        matter__received_at__gt=received - EARLIER_FOR,
        matter__received_at__lte=received,
    )
    earlier = there.order_by("-matter__received_at", "-matter_id").values_list("matter_id", "text")[:20]
    return {matter: text for matter, text in earlier if matter is not None}


def like(
    words: str,
    *,
    by: Actor,
    at: datetime,
    category: str = "",
    place: str = "",
    address_id: int | None = None,
    lat: float | None = None,
    lon: float | None = None,
    received_at: datetime | None = None,
    besides: Sequence[int] = (),
    number: int | None = None,
    limit: int = LIMIT,
) -> list[Alike]:
    """Return the matters the actor may see that are most like this one, best first, with why.

    Text, place, category and time are weighed together; nothing about the persons who raised them is used. Matters at
    the same standard address are looked at even when their words differ; where the town has adopted a model of its own
    merges, that says too which one this is a duplicate of. `number` is the matter's id when it is on record.
    """
    assert by.viewer is not None
    if len(words.strip()) < 4 and address_id is None:
        return []
    received = received_at or at
    told = not_hidden(by.viewer.units, "matter__hidden_units")
    near = _near(MATTERS, words, _ASK, told) if words.strip() else []
    found = {matter: text for _, matter, text in near}
    if address_id is not None:
        found |= _at_address(address_id, told, received)
    rows = visible(by.viewer).filter(pk__in=[pk for pk in found if pk not in besides])
    listed = [m for m in rows if m.received_at >= received - EARLIER_FOR]
    here = merges.place_of(address_id, place)
    verdict = _verdict(listed, here, category, received, number)
    mine = Facts(words[:4000], category, here, _metres(lat, lon), received)
    made = []
    for m in listed:
        at_place = merges.place_of(m.address_id, m.place)
        said = compare(mine, Facts(found[m.pk][:4000], m.category, at_place, _metres(m.lat, m.lon), m.received_at))
        score, alike, why = said.score, said.duplicate, [Text(w.zh, w.en) for w in said.why]
        if verdict is not None and verdict.of == m.pk and verdict.duplicate:
            score, alike = max(score, verdict.probability), True
            why.append(Text(verdict.why.zh, verdict.why.en))
        if score < SHOWN:
            continue
        recent = abs(received - m.received_at) <= DUPLICATE_FOR
        duplicate = alike and recent and m.state != "closed" and m.merged_into_id is None
        row = Row(*(getattr(m, name) for name in ROW_FIELDS))
        made.append(Alike(row, score, duplicate, tuple(why)))
    made.sort(key=lambda a: (not a.duplicate, -a.score, -a.row.id))
    return made[:limit]


def like_matter(matter: Matter, words: str, *, by: Actor, at: datetime, besides: Sequence[int] = ()) -> list[Alike]:
    """Return what is most like a matter on record; itself, the one it is merged into and `besides` are left out."""
    besides = [matter.pk, *besides, *([matter.merged_into_id] if matter.merged_into_id else [])]
    return like(
        words,
        by=by,
        at=at,
        category=matter.category,
        place=matter.place,
        address_id=matter.address_id,
        lat=matter.lat,
        lon=matter.lon,
        received_at=matter.received_at,
        besides=besides,
        number=matter.pk,
    )


def _verdict(
    listed: Sequence[Matter], place: str, category: str, received: datetime, number: int | None
) -> Verdict | None:
    """Ask the model of the town's own merges, where one is in use, about those at the same place."""
    model = merges.in_use() if place else None
    there = [m for m in listed if merges.place_of(m.address_id, m.place) == place] if model is not None else []
    if model is None or not there:
        return None
    if number is None:
        # Not on record yet: it will be the next one.
        number = 1 + (Matter.objects.order_by("-id").values_list("id", flat=True).first() or 0)
    return merges.judge(model, Request(number, place, category, received.astimezone(SHANGHAI).date()), there)


def _metres(lat: float | None, lon: float | None) -> tuple[float, float] | None:
    # Metres on a plane that is true at China's middle latitudes; only distances of a few hundred metres are read off.
    return (lon * 111_320.0 * 0.84, lat * 110_940.0) if lat is not None and lon is not None else None
