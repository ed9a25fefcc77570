"""A small model that hears what the patterns of danger miss: characters, words and classes of words, and pairs of
them, learned from this project's own texts.

It is built by `python -m wuxiao.reading danger --learn FOLDER` from the sets in `bench/reading` (no real message is in
them) and kept as arrays of numbers beside this file; nothing is learned at run time.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from io import BytesIO
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wuxiao.late import late
from wuxiao.reading.danger_class_words import CLASSES
from wuxiao.reading.tokens import fold

if TYPE_CHECKING:
    from scipy import sparse
    from sklearn import linear_model
else:
    sparse, linear_model = late("scipy.sparse"), late("sklearn.linear_model")

_FILE = "danger_model.npz"


_PIECE = re.compile(r"[a-z]+|[^a-z\s]")
_DIGITS = frozenset("0123456789一二两三四五六七八九十几百千")


@cache
def _classes() -> tuple[dict[str, str], re.Pattern[str]]:
    of = {word: name for name, words in CLASSES.items() for word in words.split()}
    chinese = sorted((word for word in of if not word.isascii()), key=lambda word: (-len(word), word))
    return of, re.compile(rf"[a-z]+|{'|'.join(chinese)}|[{''.join(sorted(_DIGITS))}]+|[^a-z\s]")


def _classed(folded: str) -> list[str]:
    """Return the words of a text in order, those that belong to a class as its name in capitals."""
    of, pattern = _classes()
    words = (of.get(word, word) for word in pattern.findall(folded))
    return ["NUM" if word[0] in _DIGITS else word for word in words]


def grams(text: str) -> list[str]:
    """Return what the model counts in a text: its characters and Latin words, the pairs of them that follow one
    another (joined by `_`) or stand one apart (joined by `~`), the same of words with the classes they belong to
    (led by `#`), repeats kept, and which two classes stand in it together, wherever (led by `&`, once each): somebody,
    a place that is not easily left, a state."""
    folded = fold(text)
    pieces = _PIECE.findall(folded)
    words = _classed(folded)
    met = sorted({word for word in words if word.isupper()})
    return [
        *pieces,
        *(f"{one}_{two}" for one, two in pairwise(pieces)),
        *(f"{one}~{two}" for one, two in zip(pieces, pieces[2:], strict=False)),
        *(f"#{word}" for word in words if word.isupper()),
        *(f"#{one}_{two}" for one, two in pairwise(words) if one.isupper() or two.isupper()),
        *(f"#{one}~{two}" for one, two in zip(words, words[2:], strict=False) if one.isupper() or two.isupper()),
        *(f"&{one}&{two}" for one, two in combinations(met, 2)),
    ]


@dataclass(frozen=True, slots=True)
class Heard:
    """What the model hears: the chance of danger (0–1), the chance that it is of the first tier and going on (`now`,
    0–1), the likeliest kind, and the characters that spoke most for it."""

    chance: float
    now: float
    kind: str
    words: tuple[str, ...]

    @property
    def both(self) -> float:
        """The middle of the two chances, in odds (0–1): what is heard by two ears is heard better than by one."""
        odds = math.sqrt(max(self.chance, 1e-6) * max(self.now, 1e-6))
        against = math.sqrt(max(1 - self.chance, 1e-6) * max(1 - self.now, 1e-6))
        return odds / (odds + against)


class DangerModel:
    """Logistic regressions over weighted characters and pairs: one for danger at all, one for each kind,
    one for danger that is going on."""

    def __init__(
        self,
        names: Sequence[str],
        rarity: NDArray[np.float32],
        weights: NDArray[np.float32],
        biases: NDArray[np.float32],
        kinds: Sequence[str],
    ) -> None:
        self.names, self.rarity, self.weights, self.biases, self.kinds = (
            list(names),
            rarity,
            weights,
            biases,
            list(kinds),
        )
        self._number = {name: number for number, name in enumerate(self.names)}

    def _row(self, text: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        counts = Counter(gram for gram in grams(text) if gram in self._number)
        columns = np.fromiter((self._number[gram] for gram in counts), dtype=np.int64, count=len(counts))
        values = (1 + np.log(np.fromiter(counts.values(), dtype=np.float32, count=len(counts)))) * self.rarity[columns]
        norm = float(np.sqrt((values**2).sum())) or 1.0
        return columns, (values / norm).astype(np.float32)

    @classmethod
    def learn(
        cls,
        texts: Sequence[str],
        kinds: Sequence[str],
        now: Sequence[bool],
        *,
        weights: Sequence[float] | None = None,
        cost: float = 10.0,
    ) -> DangerModel:
        """Learn from texts, their kinds ("" for no danger), whether it is of the first tier, and how much each counts
        (all alike by default); `ValueError` unless both dangerous and harmless ones are given."""
        if not any(now) or all(kinds):
            raise ValueError("both dangerous and harmless texts are needed to learn from")
        spread = Counter(gram for text in texts for gram in set(grams(text)))
        names = sorted(gram for gram, count in spread.items() if count >= 2)
        rarity = np.asarray([np.log((1 + len(texts)) / (1 + spread[name])) + 1 for name in names], dtype=np.float32)
        known = sorted({kind for kind in kinds if kind})
        blank = cls(
            names,
            rarity,
            np.zeros((len(names), 2 + len(known)), np.float32),
            np.zeros(2 + len(known), np.float32),
            known,
        )
        rows = [blank._row(text) for text in texts]
        lengths = np.asarray([0, *(len(columns) for columns, _ in rows)], dtype=np.int64)
        x = sparse.csr_matrix(
            (
                np.concatenate([values for _, values in rows]),
                np.concatenate([columns for columns, _ in rows]),
                np.cumsum(lengths),
            ),
            shape=(len(texts), len(names)),
        )
        answers = [np.asarray([bool(kind) for kind in kinds])] + [
            np.asarray([kind == name for kind in kinds]) for name in known
        ]
        answers.append(np.asarray(now))
        for column, answer in enumerate(answers):
            fitted = linear_model.LogisticRegression(
                C=cost, solver="liblinear", class_weight="balanced", random_state=0
            ).fit(x, answer, sample_weight=weights)
            blank.weights[:, column] = fitted.coef_[0]
            blank.biases[column] = fitted.intercept_[0]
        return blank

    def hear(self, text: str) -> Heard:
        """Say how likely a short text speaks of danger; texts without a known character give the chance 0."""
        columns, values = self._row(text)
        if len(columns) == 0:
            return Heard(0.0, 0.0, "", ())
        scores = values @ self.weights[columns] + self.biases
        parts = values * self.weights[columns, 0]
        words = tuple(
            self.names[columns[at]]
            for at in np.argsort(-parts, kind="stable")[:8]
            if parts[at] > 0 and len(self.names[columns[at]]) > 1
        )
        chances = 1 / (1 + np.exp(-scores))
        return Heard(float(chances[0]), float(chances[-1]), self.kinds[int(scores[1:-1].argmax())], words[:3])

    def to_bytes(self) -> bytes:
        """Return the arrays as a compressed NumPy archive, the same bytes' worth of numbers for the same texts."""
        out = BytesIO()
        np.savez_compressed(
            out,
            names=np.asarray(self.names),
            rarity=self.rarity,
            weights=self.weights.astype(np.float16),
            biases=self.biases,
            kinds=np.asarray(self.kinds),
        )
        return out.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> DangerModel:
        """Read what `to_bytes` wrote."""
        with np.load(BytesIO(data), allow_pickle=False) as arrays:
            return cls(
                arrays["names"].tolist(),
                arrays["rarity"],
                arrays["weights"].astype(np.float32),
                arrays["biases"],
                arrays["kinds"].tolist(),
            )


@cache
def shipped() -> DangerModel | None:
    """Return the model that came with the package, or None where it was not built."""
    source = resources.files("wuxiao.reading").joinpath(_FILE)
    return DangerModel.from_bytes(source.read_bytes()) if source.is_file() else None
