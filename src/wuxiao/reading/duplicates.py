"""Is this request a duplicate of an earlier one? A small model that learns it from a town's own merges, judged on
what was known then.

Requests at one place are compared with the earlier ones there. Only what stood in the books at the moment of receipt
is used: when the
earlier ones came, whether they were closed by that day, whether the category is the same. How the new request ended
is never used.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wuxiao.late import late
from wuxiao.reading.words import Why

if TYPE_CHECKING:
    from sklearn import linear_model
else:
    linear_model = late("sklearn.linear_model")

_Floats = NDArray[np.float64]
_AGES = (0, 1, 2, 3, 4, 5, 6, 8, 11, 15, 31, 91)
_GAPS = (0, 1, 2, 5, 20, 100, 1000)


@dataclass(frozen=True, slots=True)
class Request:
    """A request as the model sees it: number (its order), place key, category, day received, day closed (None while
    open)."""

    number: int
    place: str
    category: str
    received: date
    closed: date | None = None
    duplicate: bool | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a request looks like a duplicate: probability, the earlier request it would join (None when none), and
    why."""

    probability: float
    duplicate: bool
    of: int | None
    why: Why


@dataclass(frozen=True, slots=True)
class _Past:
    open: tuple[Request, ...]
    closed_today: tuple[Request, ...]
    count: int

    @property
    def candidates(self) -> tuple[Request, ...]:
        return self.open + self.closed_today


class Book:
    """The requests received so far, by place; `past` says what was known on a day."""

    def __init__(self) -> None:
        self._places: dict[str, list[Request]] = {}

    def past(self, request: Request) -> _Past:
        """Return the earlier requests at the place: still open that day, closed on that very day, and how many there
        were in all."""
        earlier = [
            other
            for other in self._places.get(request.place, ())
            if (other.received, other.number) <= (request.received, request.number)
        ]
        still = tuple(other for other in earlier if other.closed is None or other.closed > request.received)
        today = tuple(other for other in earlier if other.closed == request.received)
        return _Past(still, today, len(earlier))

    def add(self, request: Request) -> None:
        """Note a request; call it in order of receipt."""
        self._places.setdefault(request.place, []).append(request)


def _bin(value: float, edges: Sequence[int]) -> list[float]:
    at = sum(value >= edge for edge in edges)
    return [1.0 if number == at else 0.0 for number in range(len(edges) + 1)]


def _features(request: Request, past: _Past) -> list[float]:
    candidates = past.candidates
    first, last = candidates[0], candidates[-1]
    oldest = (request.received - first.received).days
    newest = (request.received - last.received).days
    same = 1.0 if any(other.category == request.category for other in candidates) else 0.0
    is_open = 1.0 if past.open else 0.0
    newest_bins = _bin(newest, _AGES)
    return [
        *_bin(oldest, _AGES),
        *newest_bins,
        *_bin(len(past.open), (1, 2, 3, 5)),
        *_bin(len(past.closed_today), (1, 2)),
        same,
        *_bin(request.number - last.number, _GAPS),
        *(same * value for value in _bin(newest, (0, 1, 4, 8))),
        *(is_open * value for value in newest_bins),
        *_bin(past.count, (1, 2, 4, 8, 16)),
    ]


class DuplicateModel:
    """A logistic regression over readable bins (age of the earlier requests, open or closed, same category …), kept
    as JSON.

    `threshold` is chosen on the newest part of the learning time so that recall there is at least `recall`, then as
    precise as can be.
    """

    def __init__(self, weights: _Floats, bias: float, threshold: float) -> None:
        self.weights, self.bias, self.threshold = weights, bias, threshold

    @classmethod
    def train(cls, requests: Iterable[Request], *, recall: float = 0.97) -> DuplicateModel:
        """Learn from decided requests (`duplicate` True or False) in any order; `ValueError` when there are too few
        to learn from."""
        rows, answers = [], []
        missed: list[int] = []
        book = Book()
        for request in sorted(requests, key=lambda item: (item.received, item.number)):
            past = book.past(request)
            if request.duplicate is not None:
                if past.candidates:
                    rows.append(_features(request, past))
                    answers.append(request.duplicate)
                elif request.duplicate:
                    missed.append(len(rows))
            book.add(request)
        x, y = np.asarray(rows, dtype=float), np.asarray(answers, dtype=bool)
        cut = int(0.7 * len(y))
        if y[:cut].sum() < 20 or y[cut:].sum() < 10 or (~y[:cut]).sum() < 20:
            raise ValueError("too few decided duplicates to learn from: at least 20 older and 10 newer ones are needed")
        early = linear_model.LogisticRegression(C=1.0, max_iter=1000).fit(x[:cut], y[:cut])
        chance = early.predict_proba(x[cut:])[:, 1]
        # Duplicates with nothing earlier on record can never be found; they count against recall here as they will
        # later.
        beyond = sum(at >= cut for at in missed)
        best, threshold = -1.0, 0.05
        for candidate in np.unique(np.round(chance, 3)):
            said = chance >= candidate
            hit = int((said & y[cut:]).sum())
            if hit / (y[cut:].sum() + beyond) >= recall:
                f1 = 2 * hit / (said.sum() + y[cut:].sum() + beyond)
                if f1 > best:
                    best, threshold = f1, float(candidate)
        full = linear_model.LogisticRegression(C=1.0, max_iter=1000).fit(x, y)
        return cls(full.coef_[0], float(full.intercept_[0]), threshold)

    def judge(self, request: Request, book: Book) -> Verdict:
        """Say whether a new request is likely a duplicate of one in the book, at the moment it arrives."""
        past = book.past(request)
        if not past.candidates:
            return Verdict(0.0, False, None, Why("该地点没有未办结的在前事项", "no earlier open request at this place"))
        chance = float(1 / (1 + np.exp(-(np.dot(_features(request, past), self.weights) + self.bias))))
        # The one to join: same category first, then open, then the oldest.
        joined = min(
            past.candidates,
            key=lambda other: (
                other.category != request.category,
                other in past.closed_today,
                other.received,
                other.number,
            ),
        )
        days = (request.received - joined.received).days
        state_zh = "尚未办结" if joined in past.open else "当天刚办结"
        state_en = "still open" if joined in past.open else "closed that very day"
        same_zh = "，类别相同" if joined.category == request.category else "，类别不同"
        same_en = ", same category" if joined.category == request.category else ", another category"
        why = Why(
            f"同一地点{days}天前已有一件，{state_zh}{same_zh}；这样的事项有{chance:.0%}被认定为重复",
            f"one came from the same place {days} days before, {state_en}{same_en}; "
            f"{chance:.0%} of such requests were found duplicates",
        )
        return Verdict(round(chance, 4), chance >= self.threshold, joined.number, why)

    def save(self, path: Path) -> None:
        """Write the model as JSON."""
        path.write_text(
            json.dumps(
                {
                    "format": 1,
                    "weights": [round(float(w), 6) for w in self.weights],
                    "bias": self.bias,
                    "threshold": self.threshold,
                }
            ),
            encoding="utf-8",
        )

    @classmethod
    def load(cls, path: Path) -> DuplicateModel:
        """Read a model written by `save`; `ValueError` when the file is of another kind."""
        data = json.loads(path.read_text(encoding="utf-8"))
        if data.get("format") != 1:
            raise ValueError(f"{path}: not a duplicate model of this version; train it again")
        return cls(np.asarray(data["weights"], dtype=float), float(data["bias"]), float(data["threshold"]))


def score(said: Sequence[bool], truth: Sequence[bool]) -> dict[str, float]:
    """Return precision, recall and F1 of yes/no answers."""
    a, b = np.asarray(said, dtype=bool), np.asarray(truth, dtype=bool)
    hit = int((a & b).sum())
    precision, recall = hit / max(1, int(a.sum())), hit / max(1, int(b.sum()))
    return {
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f1": round(2 * precision * recall / max(1e-9, precision + recall), 4),
    }
