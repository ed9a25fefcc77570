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
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from io import BytesIO
from itertools import combinations, groupby, pairwise
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wuxiao.late import late
from wuxiao.reading.danger_signs import CHINESE_SPACE, CLAUSE_END, signs
from wuxiao.reading.lists.danger_class_words import CLASSES
from wuxiao.reading.tokens import fold

if TYPE_CHECKING:
    from scipy import sparse
    from sklearn import linear_model
else:
    sparse, linear_model = late("scipy.sparse"), late("sklearn.linear_model")

_FILE = "danger_model.npz"
#: A gram that stands in fewer texts is not counted: at two the model was twice as large and heard no better (chosen by
#: leaving one author out).
OFTEN = 5
#: So many times likelier than danger now may what both ears hear be (chosen by leaving one author out).
BEYOND = 2.7


_PIECE = re.compile(r"[a-z]+|[^a-z\s]")
_DIGITS = frozenset("0123456789一二两三四五六七八九十几百千")
_CLAUSE = re.compile(f"[{CLAUSE_END.replace(' ', '')}]+|{CHINESE_SPACE.pattern}", re.IGNORECASE)
# 三个钟头 and 两夜 are how long somebody waits, 三年 is how long ago it was, 三点半 when.
_COUNT = f"[{''.join(sorted(_DIGITS))}半多好]+"
_LASTS = f"{_COUNT}个?多?(?:小时|钟头|钟|天|夜|晚上?|分钟|宿)多?"
_AGES = f"{_COUNT}个?多?(?:礼拜|星期|周|月|年)多?"
_CLOCK = f"{_COUNT}点(?:半|钟|{_COUNT}分?)?"


@cache
def _classes() -> tuple[dict[str, str], re.Pattern[str]]:
    of = {word: name for name, words in CLASSES.items() for word in words.split()}
    chinese = sorted((word for word in of if not word.isascii()), key=lambda word: (word[0], -len(word), word))
    # Words are looked for by their first character: of some thousand one after another, each text would take long.
    by_first = ((first, "|".join(word[1:] for word in some)) for first, some in groupby(chinese, itemgetter(0)))
    grouped = "|".join(f"{first}(?:{rest})" for first, rest in by_first)
    firsts = "".join(sorted({word[0] for word in chinese}))
    return of, re.compile(
        rf"(?P<DUR>{_LASTS})|(?P<AGES>{_AGES})|(?P<CLOCK>{_CLOCK})"
        rf"|[a-z]+|(?=[{firsts}])(?:{grouped})|[{''.join(sorted(_DIGITS))}]+|[^a-z\s]"
    )


def _classed(folded: str) -> list[str]:
    """Return the words of a text in order, those that belong to a class as its name in capitals."""
    of, pattern = _classes()
    words = (found.lastgroup or of.get(found.group(), found.group()) for found in pattern.finditer(folded))
    return ["NUM" if word[0] in _DIGITS else word for word in words]


def _edge(mark: str, clause: str) -> list[str]:
    """Return the words of the first or the last clause, and pairs of them: who, or what becomes of it, stands there."""
    words = _classed(clause)
    return [*(f"{mark}{word}" for word in words), *(f"{mark}{one}_{two}" for one, two in pairwise(words))]


def grams(text: str) -> list[str]:
    """Return what the model counts in a text: its characters and Latin words, the pairs of them that follow one
    another (joined by `_`) or stand one apart (joined by `~`), the same of words with the classes they belong to
    (led by `#`), repeats kept; which two classes stand in it together, wherever (led by `&`, once each): somebody,
    a place that is not easily left, a state; the words of its first clause (led by `^`) and of its last (`$`), where
    it is often said what became of it; and signs that it is past, asked, settled or going on (led by `@`)."""
    folded = fold(text)
    pieces = _PIECE.findall(folded)
    if not pieces:
        return []
    words = _classed(folded)
    met = sorted({word for word in words if word.isupper()})
    parts = [part for part in _CLAUSE.split(text) if part]
    first = next(filter(None, map(fold, parts)), "")
    last = next(filter(None, map(fold, reversed(parts))), "")
    return [
        *pieces,
        *(f"{one}_{two}" for one, two in pairwise(pieces)),
        *(f"{one}~{two}" for one, two in zip(pieces, pieces[2:], strict=False)),
        *(f"#{word}" for word in words if word.isupper()),
        *(f"#{one}_{two}" for one, two in pairwise(words) if one.isupper() or two.isupper()),
        *(f"#{one}~{two}" for one, two in zip(words, words[2:], strict=False) if one.isupper() or two.isupper()),
        *(f"&{one}&{two}" for one, two in combinations(met, 2)),
        *_edge("^", first),
        *_edge("$", last),
        *signs(text),
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
        """The middle of the two chances, in odds (0–1): what is heard by two ears is heard better than by one. Odds
        of more than `BEYOND` times those of `now` are not believed: much danger that is over is no danger now."""
        now = max(self.now, 1e-6) / max(1 - self.now, 1e-6)
        odds = min(math.sqrt(now * max(self.chance, 1e-6) / max(1 - self.chance, 1e-6)), BEYOND * now)
        return odds / (odds + 1)

    def fainter(self, times: float) -> Heard:
        """Return the same heard fainter: both chances with their odds divided by `times`."""

        def lowered(chance: float) -> float:
            return chance / (chance + (1 - chance) * times)

        return replace(self, chance=lowered(self.chance), now=lowered(self.now))


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
        counted: int | None = None,
        cost: float = 30.0,
    ) -> DangerModel:
        """Learn from texts, their kinds ("" for no danger), whether it is of the first tier, and how much each counts
        (all alike by default); which grams there are and how rare is counted in the first `counted` texts (all by
        default). `ValueError` unless both dangerous and harmless ones are given."""
        if not any(now) or all(kinds):
            raise ValueError("both dangerous and harmless texts are needed to learn from")
        first = texts[:counted]
        spread = Counter(gram for text in first for gram in set(grams(text)))
        names = sorted(gram for gram, count in spread.items() if count >= OFTEN)
        rarity = np.asarray([np.log((1 + len(first)) / (1 + spread[name])) + 1 for name in names], dtype=np.float32)
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
        counts = np.asarray(weights if weights is not None else np.ones(len(texts)))
        dangerous = np.asarray([bool(kind) for kind in kinds])
        whole = np.ones(len(texts), dtype=bool)
        # Danger and danger now are told from everything else; the kinds only from one another.
        tasks = [(dangerous, whole), *((np.asarray([kind == one for kind in kinds]), dangerous) for one in known)]
        for column, (answer, among) in enumerate([*tasks, (np.asarray(now), whole)]):
            if answer[among].all():
                continue
            fitted = linear_model.LogisticRegression(
                C=cost, solver="liblinear", class_weight="balanced", random_state=0
            ).fit(x[among], answer[among], sample_weight=counts[among])
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
        """Return the arrays as a compressed NumPy archive, the same bytes' worth of numbers for the same texts. A
        weight is kept in 255 steps of the largest of its column, which is heard in no figure."""
        out = BytesIO()
        steps = np.maximum(np.abs(self.weights).max(axis=0, initial=0.0), 1e-6) / 127
        np.savez_compressed(
            out,
            names=np.asarray(self.names),
            rarity=self.rarity,
            weights=np.rint(self.weights / steps).astype(np.int8),
            steps=steps.astype(np.float32),
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
                arrays["weights"] * arrays["steps"],
                arrays["biases"],
                arrays["kinds"].tolist(),
            )


@cache
def shipped() -> DangerModel | None:
    """Return the model that came with the package, or None where it was not built."""
    source = resources.files("wuxiao.reading").joinpath(_FILE)
    return DangerModel.from_bytes(source.read_bytes()) if source.is_file() else None
