"""Is this a duplicate of an earlier matter at the place? Learned from what this town's staff merged.

With no model in use the likeness of text, place, category and time says it alone (`desk.similar`). A model learns from
the merges that named persons made, is judged on the newest matters against that likeness (or the model in use), and
serves once a named person adopted it. It knows places and days, nothing about who raised a matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from wuxiao.desk.assist import models
from wuxiao.desk.base.errors import Invalid
from wuxiao.reading.classify import by_time, weigh
from wuxiao.reading.duplicates import Book, DuplicateModel, Request, Verdict, score
from wuxiao.reading.similar import Facts, compare
from wuxiao.records.models import Matter, ReadingModel, Words
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.words import Text

TASK = "duplicate"
_loaded: dict[Path, DuplicateModel] = {}


@dataclass(frozen=True, slots=True)
class _Past:
    """A matter with a place, as the model sees it, and its instant."""

    request: Request
    at: datetime


def place_of(address_id: int | None, place: str) -> str:
    """Return the key by which two matters are at one place; empty when nothing is known of it."""
    return f"a:{address_id}" if address_id is not None else place.strip()


def request_of(matter: Matter) -> Request:
    """Return a matter as the model sees it: its place, category and days; how it ended is not in it."""
    return Request(
        matter.pk,
        place_of(matter.address_id, matter.place),
        matter.category,
        matter.received_at.astimezone(SHANGHAI).date(),
        matter.closed_at.astimezone(SHANGHAI).date() if matter.closed_at else None,
    )


def in_use() -> DuplicateModel | None:
    """Return the model that serves, or `None`; one whose files are gone is as if there were none."""
    found = models.serving(TASK)
    if found is None:
        return None
    _, folder = found
    if folder not in _loaded:
        try:
            loaded = DuplicateModel.load(folder / "model.json")
        except (OSError, ValueError, KeyError):
            return None
        _loaded.clear()
        _loaded[folder] = loaded
    return _loaded[folder]


def judge(model: DuplicateModel, new: Request, there: Iterable[Matter]) -> Verdict:
    """Say whether a new matter is a duplicate of one of those at its place, of what was known when it came."""
    book = Book()
    for other in sorted(map(request_of, there), key=lambda r: (r.received, r.number)):
        if other.place == new.place and other.number != new.number:
            book.add(other)
    return model.judge(new, book)


def _history() -> list[_Past]:
    rows = (
        Matter.objects.filter(hidden_units="")
        .exclude(address__isnull=True, place="")
        .order_by("-received_at", "-id")
        .only("id", "address_id", "place", "category", "received_at", "closed_at", "state", "outcome", "merged_into_id")
    )[: models.MOST]
    made = []
    for m in rows:
        plain = request_of(m)
        # What a person merged is a duplicate, what was closed by itself is none, what is open nobody has decided.
        merged = m.merged_into_id is not None
        answer = True if merged else (False if m.state == "closed" else None)
        made.append(
            _Past(
                Request(plain.number, plain.place, plain.category, plain.received, plain.closed, answer), m.received_at
            )
        )
    made.reverse()
    return made


@models.learns(TASK)
def train(*, at: datetime) -> ReadingModel:
    """Learn from the older matters with a place, judge on the newest, and keep the model for a person to decide on.

    Raises `Invalid` when there are too few merges to learn from or to judge by.
    """
    past = _history()
    older, newest = by_time([one.at for one in past], models.NEWEST) if past else ([], [])
    now = ReadingModel.objects.filter(task=TASK, state="in_use").first()
    if now is not None:
        newest = [n for n in newest if past[n].at > now.learned_to]
    try:
        model = DuplicateModel.train(past[n].request for n in older)
    except ValueError as error:
        zh = "合并过的事项还不够：较早的至少20件，较新的至少10件，都要有地点。"
        raise Invalid({"task": Text(zh, f"Too few merges at known places: {error}")}) from None
    book = Book()
    for n in older:
        book.add(past[n].request)
    judged: list[tuple[Request, list[Request]]] = []
    said: list[bool] = []
    for n in newest:
        request = past[n].request
        earlier = book.past(request).candidates
        if earlier and request.duplicate is not None:
            judged.append((request, list(earlier)))
            said.append(model.judge(request, book).duplicate)
        book.add(request)
    if len(judged) < models.LEAST_NEW:
        zh = f"最近的事项里，同一地点已有在前事项的只有{len(judged)}件，至少要有{models.LEAST_NEW}件才能检验。"
        en = f"Only {len(judged)} of the newest matters had an earlier one at their place; {models.LEAST_NEW} needed."
        raise Invalid({"task": Text(zh, en)})
    old_model = in_use() if now is not None else None
    rival = _by_model(old_model, judged) if old_model is not None else _by_likeness(judged)
    truth = [request.duplicate is True for request, _ in judged]
    told = weigh(
        [a == b for a, b in zip(rival, truth, strict=True)],
        [a == b for a, b in zip(said, truth, strict=True)],
        least=models.LEAST_NEW,
    )

    def save(folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        model.save(folder / "model.json")

    return models.keep(
        TASK,
        save,
        at=at,
        learned=[past[n].at for n in older],
        judged_to=past[newest[-1]].at,
        card={"text": "", "held_out": score(said, truth)},
        told=told,
        against="model" if old_model is not None else "rule",
    )


def _by_model(model: DuplicateModel, judged: Sequence[tuple[Request, list[Request]]]) -> list[bool]:
    said = []
    for request, earlier in judged:
        book = Book()
        for other in earlier:
            book.add(other)
        said.append(model.judge(request, book).duplicate)
    return said


def _by_likeness(judged: Sequence[tuple[Request, list[Request]]]) -> list[bool]:
    """Return what the likeness of text, place, category and time says of the same matters."""
    wanted = {r.number for request, earlier in judged for r in (request, *earlier)}
    texts: dict[int, str] = {}
    ids = sorted(wanted)
    for start in range(0, len(ids), 5000):
        rows = Words.objects.filter(matter_id__in=ids[start : start + 5000], turn=1, field="words")
        texts |= dict(rows.filter(erased_at__isnull=True).values_list("matter_id", "text"))

    def facts(r: Request) -> Facts:
        midnight = datetime(r.received.year, r.received.month, r.received.day)
        return Facts(texts.get(r.number, "")[:4000], r.category, r.place, None, midnight)

    return [any(compare(facts(request), facts(other)).duplicate for other in earlier) for request, earlier in judged]
