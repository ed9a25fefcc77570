"""Numbers out of texts for the classifier: words, pairs of words and the characters of the opening, for a whole
batch at once."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import rjieba
from numpy.typing import NDArray
from scipy import sparse

from wuxiao.reading.tokens import simplify, sound

Floats = NDArray[np.float32]
Longs = NDArray[np.int64]

_BLANK = re.compile(r"\s+")
_ASCII = re.compile(r"[\x00-\x7f\u4e00-\u9fff，。！？：；、“”（）《》]*\Z")


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is looked at: `reach` characters of a text, of which the first weigh up to 1 + `lead`; the opening's
    `head` characters apart.

    `pairs` and `opening` weigh the blocks against the words; a feature counts from `least` training texts on.
    """

    reach: int = 400
    lead: float = 3.0
    fade: float = 25.0
    head: int = 24
    pairs: float = 0.6
    opening: float = 0.7
    least: int = 2


def clean(text: str, reach: int) -> str:
    """Return the text without blanks, in lower case, half width and simplified characters, cut to `reach`
    characters."""
    text = _BLANK.sub("", text[: 4 * reach])[:reach]
    # Most texts need no folding; asking first is cheaper than folding all.
    if not _ASCII.match(text):
        text = simplify(unicodedata.normalize("NFKC", sound(text)))
    return text.lower()


@dataclass(frozen=True, slots=True)
class _Batch:
    documents: int
    word_document: Longs
    word: list[str]
    position: Longs
    opening_document: Longs
    opening: Longs


def _read(texts: Sequence[str], recipe: Recipe) -> _Batch:
    words: list[str] = []
    counts: list[int] = []
    heads: list[str] = []
    for text in texts:
        cleaned = clean(text, recipe.reach)
        cut = rjieba.cut(cleaned)
        words += cut
        counts.append(len(cut))
        heads.append(cleaned[: recipe.head])
    lengths = np.fromiter(map(len, words), dtype=np.int64, count=len(words))
    per_text = np.asarray(counts, dtype=np.int64)
    document = np.repeat(np.arange(len(texts), dtype=np.int64), per_text)
    ends = np.cumsum(lengths)
    starts = ends - lengths
    first = np.concatenate([[0], np.cumsum(per_text)])[:-1]
    origin = np.zeros(len(texts), dtype=np.int64)
    filled = per_text > 0
    origin[filled] = starts[first[filled]]
    position = starts - origin[document]
    # Openings: every run of one to three characters as one number.
    units = np.frombuffer("".join(heads).encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.int64)
    sizes = np.fromiter(map(len, heads), dtype=np.int64, count=len(heads))
    owner = np.repeat(np.arange(len(heads), dtype=np.int64), sizes)
    grams, owners = [units], [owner]
    if len(units) > 1:
        same = owner[1:] == owner[:-1]
        two = (units[:-1] << 21) | units[1:]
        grams.append(two[same])
        owners.append(owner[1:][same])
    if len(units) > 2:
        same = owner[2:] == owner[:-2]
        three = (units[:-2] << 42) | (units[1:-1] << 21) | units[2:]
        grams.append(three[same])
        owners.append(owner[2:][same])
    return _Batch(len(texts), document, words, position, np.concatenate(owners), np.concatenate(grams))


def _common(documents: Longs, keys: Longs, least: int) -> tuple[Longs, Longs]:
    """Return the keys of at least `least` documents, sorted, with in how many they stand."""
    if len(keys) == 0:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    order = np.lexsort((documents, keys))
    sorted_keys, sorted_documents = keys[order], documents[order]
    new = np.concatenate(
        [[True], (sorted_keys[1:] != sorted_keys[:-1]) | (sorted_documents[1:] != sorted_documents[:-1])]
    )
    found, counts = np.unique(sorted_keys[new], return_counts=True)
    kept = counts >= least
    return found[kept], counts[kept]


def _place(keys: Longs, known: Longs) -> Longs:
    if len(known) == 0:
        return np.full(len(keys), -1, dtype=np.int64)
    at = np.searchsorted(known, keys)
    at[at == len(known)] = 0
    return np.where(known[at] == keys, at, -1)


class Features:
    """A fitted recipe: texts in, sparse rows out (words, then pairs of words, then openings; each block of unit
    length times its weight)."""

    def __init__(self, recipe: Recipe, words: Sequence[str], pairs: Longs, openings: Longs, rarity: Floats) -> None:
        self.recipe, self.words, self.pairs, self.openings, self.rarity = recipe, list(words), pairs, openings, rarity
        self._number = {word: number for number, word in enumerate(self.words)}
        blocks = (len(self.words), len(pairs), len(openings))
        self.edges = (0, blocks[0], blocks[0] + blocks[1], sum(blocks))
        weights = (1.0, recipe.pairs, recipe.opening)
        self._block_weight = weights

    @property
    def width(self) -> int:
        """How many features there are."""
        return self.edges[3]

    @classmethod
    def fit(cls, texts: Sequence[str], recipe: Recipe | None = None) -> tuple[Features, sparse.csr_matrix]:
        """Learn words, pairs and openings from texts; return the features and the rows of these very texts."""
        recipe = recipe or Recipe()
        batch = _read(texts, recipe)
        spread: Counter[str] = Counter()
        at = 0
        for count in np.bincount(batch.word_document, minlength=len(texts)).tolist():
            spread.update(set(batch.word[at : at + count]))
            at += count
        words = sorted(word for word, count in spread.items() if count >= recipe.least)
        counts = [np.asarray([spread[word] for word in words], dtype=np.int64)]
        number = {word: index for index, word in enumerate(words)}
        ids = np.fromiter((number.get(word, -1) for word in batch.word), dtype=np.int64, count=len(batch.word))
        documents, keys = cls._pair_keys(batch.word_document, ids)
        pairs, pair_counts = _common(documents, keys, recipe.least)
        openings, opening_counts = _common(batch.opening_document, batch.opening, recipe.least)
        counts += [pair_counts, opening_counts]
        rarity = np.log((1 + len(texts)) / (1 + np.concatenate(counts))) + 1
        features = cls(recipe, words, pairs, openings, rarity.astype(np.float32))
        return features, features._rows(batch)

    @staticmethod
    def _pair_keys(documents: Longs, ids: Longs) -> tuple[Longs, Longs]:
        good = (documents[1:] == documents[:-1]) & (ids[1:] >= 0) & (ids[:-1] >= 0)
        return documents[1:][good], ((ids[:-1] << 31) | ids[1:])[good]

    def rows(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """Return one sparse row of float32 per text."""
        return self._rows(_read(texts, self.recipe))

    def _rows(self, batch: _Batch) -> sparse.csr_matrix:
        ids = np.fromiter(map(self._number.get, batch.word, _MINUS), dtype=np.int64, count=len(batch.word))
        known = ids >= 0
        lead = 1 + self.recipe.lead * np.exp(-batch.position[known] / self.recipe.fade)
        pair_documents, pair_keys = self._pair_keys(batch.word_document, ids)
        pair_at = _place(pair_keys, self.pairs)
        pair_known = pair_at >= 0
        opening_at = _place(batch.opening, self.openings)
        opening_known = opening_at >= 0
        rows = np.concatenate(
            [batch.word_document[known], pair_documents[pair_known], batch.opening_document[opening_known]]
        )
        columns = np.concatenate(
            [ids[known], pair_at[pair_known] + self.edges[1], opening_at[opening_known] + self.edges[2]]
        )
        values = np.concatenate([lead, np.ones(int(pair_known.sum()) + int(opening_known.sum()))]).astype(np.float32)
        matrix = sparse.csr_matrix((values, (rows, columns)), shape=(batch.documents, self.width), dtype=np.float32)
        matrix.sum_duplicates()
        matrix.data = (1 + np.log(matrix.data)) * self.rarity[matrix.indices]
        owner = np.repeat(np.arange(batch.documents), np.diff(matrix.indptr))
        block = np.searchsorted(np.asarray(self.edges[1:3]), matrix.indices, side="right")
        cell = owner * 3 + block
        norms = np.sqrt(np.bincount(cell, weights=matrix.data.astype(np.float64) ** 2, minlength=3 * batch.documents))
        norms[norms == 0] = 1
        scale = (np.asarray(self._block_weight)[np.arange(3 * batch.documents) % 3] / norms).astype(np.float32)
        matrix.data *= scale[cell]
        return matrix

    def name(self, column: int) -> str:
        """Return the words that a column stands for, for showing reasons."""
        if column < self.edges[1]:
            return self.words[column]
        if column < self.edges[2]:
            pair = int(self.pairs[column - self.edges[1]])
            return self.words[pair >> 31] + self.words[pair & 0x7FFFFFFF]
        code = int(self.openings[column - self.edges[2]])
        return "".join(
            chr(unit) for unit in ((code >> 42) & 0x1FFFFF, (code >> 21) & 0x1FFFFF, code & 0x1FFFFF) if unit
        )


class _Forever:
    """An endless supply of −1, the default for `dict.get` in `map`."""

    def __iter__(self) -> _Forever:
        return self

    def __next__(self) -> int:
        return -1


_MINUS: Any = _Forever()
