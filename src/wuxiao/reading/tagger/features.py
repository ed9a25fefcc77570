"""Numbers out of texts for the classifier: words, pairs of words and the characters of the opening, for a whole
batch at once.

Words are learned from the training texts (cut by rjieba); a text is then cut into these words by the likeliest path, in
compiled code, so that a core reads tens of thousands of messages a second and learning and judging cut alike.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wuxiao.late import compiled, late
from wuxiao.reading.tokens import simplify, sound

if TYPE_CHECKING:
    import rjieba
    from scipy import sparse
else:
    rjieba, sparse = late("rjieba"), late("scipy.sparse")

Floats = NDArray[np.float32]
Longs = NDArray[np.int64]
Codes = NDArray[np.uint64]


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


@cache
def _folding() -> NDArray[np.uint32]:
    """Return for each character of the basic plane what it is read as: lower case, half width, simplified; 0 for
    blanks."""
    table = np.arange(65_536, dtype=np.uint32)
    for code in range(65_536):
        char = chr(code)
        if char.isspace() or code == 0:
            table[code] = 0
            continue
        folded = simplify(unicodedata.normalize("NFKC", sound(char))).lower()
        if len(folded) == 1 and ord(folded) < 65_536:
            table[code] = ord(folded)
    return table


def _read(texts: Sequence[str], reach: int) -> tuple[NDArray[np.uint32], Longs]:
    """Return the characters of all texts as numbers, one after another, and where each begins (and the last ends)."""
    # Officials paste tables: four times the reach in characters is enough to find that many that are no blanks.
    cut = [text[: 4 * reach] for text in texts]
    units = np.frombuffer("".join(cut).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    ends = np.cumsum(np.fromiter(map(len, cut), dtype=np.int64, count=len(cut)))
    return _fold(units, np.concatenate([[0], ends]), _folding(), reach)


@compiled
def _fold(
    units: NDArray[np.uint32], starts: Longs, table: NDArray[np.uint32], reach: int
) -> tuple[NDArray[np.uint32], Longs]:
    out = np.empty(len(units), dtype=np.uint32)
    edges = np.empty(len(starts), dtype=np.int64)
    edges[0] = 0
    at = 0
    for document in range(len(starts) - 1):
        begin = at
        for i in range(starts[document], starts[document + 1]):
            code = units[i]
            folded = table[code] if code < 65_536 else code
            if folded:
                out[at] = folded
                at += 1
                if at - begin == reach:
                    break
        edges[document + 1] = at
    return out[:at], edges


_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)
_HALF = np.uint64(32)
_NONE = np.uint64(0)


@compiled
def _mix(code: np.uint64, unit: np.uint64) -> np.uint64:
    mixed = (code ^ unit) * _SPREAD
    return mixed ^ (mixed >> _SHIFT)


@compiled
def _find(keys: Codes, values: NDArray[np.int32], key: np.uint64) -> int:
    mask = np.uint64(len(keys) - 1)
    at = ((key * _SPREAD) >> _HALF) & mask
    while keys[at] != _NONE:
        if keys[at] == key:
            return int(values[at])
        at = (at + np.uint64(1)) & mask
    return -1


@compiled
def _hash(codes: Codes) -> tuple[Codes, NDArray[np.int32]]:
    """Return an open table that leads from each code to its place in the list."""
    size = 16
    while size < 2 * len(codes) + 2:
        size *= 2
    keys = np.zeros(size, dtype=np.uint64)
    values = np.zeros(size, dtype=np.int32)
    mask = np.uint64(size - 1)
    for number in range(len(codes)):
        key = codes[number]
        at = ((key * _SPREAD) >> _HALF) & mask
        while keys[at] != _NONE and keys[at] != key:
            at = (at + np.uint64(1)) & mask
        keys[at] = key
        values[at] = number
    return keys, values


@compiled
def _alone(unit: np.uint32) -> bool:
    """Tell whether a character is a Latin letter or a digit: runs of these are one word."""
    return bool(97 <= unit <= 122 or 48 <= unit <= 57)


@compiled
def _cut(
    units: NDArray[np.uint32],
    begin: int,
    end: int,
    keys: Codes,
    values: NDArray[np.int32],
    cost: Floats,
    longest: NDArray[np.uint8],
    unknown: float,
    best: Floats,
    back: NDArray[np.int32],
    word: NDArray[np.int32],
) -> None:
    """Find the likeliest way to cut `units[begin:end]` into words: `back` and `word` lead from each end to its
    word."""
    n = end - begin
    for i in range(n + 1):
        best[i] = np.inf
    best[0] = 0.0
    i = 0
    while i < n:
        code = _mix(_SPREAD, np.uint64(units[begin + i]))
        if _alone(units[begin + i]):
            j = i + 1
            while j < n and _alone(units[begin + j]):
                code = _mix(code, np.uint64(units[begin + j]))
                j += 1
            best[j] = best[i]
            back[j] = i
            word[j] = _find(keys, values, code)
            # No word reaches from before a run into it, so that nothing ends inside.
            i = j
            continue
        j = i + 1
        reach = longest[units[begin + i]] if units[begin + i] < 65_536 else 1
        number = _find(keys, values, code)
        price = best[i] + (cost[number] if number >= 0 else unknown)
        if price < best[j]:
            best[j], back[j], word[j] = price, i, number
        while j < n and j - i < reach and not _alone(units[begin + j]):
            code = _mix(code, np.uint64(units[begin + j]))
            j += 1
            number = _find(keys, values, code)
            if number >= 0:
                price = best[i] + cost[number]
                if price < best[j]:
                    best[j], back[j], word[j] = price, i, number
        i += 1


@compiled
def _cut_all(
    units: NDArray[np.uint32],
    edges: Longs,
    keys: Codes,
    values: NDArray[np.int32],
    cost: Floats,
    longest: NDArray[np.uint8],
    unknown: float,
) -> tuple[NDArray[np.int32], NDArray[np.int32], Longs]:
    """Return the words of all texts (−1 for one that is not known), their places in the text, and where each text's
    begin."""
    words = np.empty(len(units), dtype=np.int32)
    places = np.empty(len(units), dtype=np.int32)
    firsts = np.zeros(len(edges), dtype=np.int64)
    most = 0
    for document in range(len(edges) - 1):
        most = max(most, edges[document + 1] - edges[document])
    best = np.empty(most + 1, dtype=np.float32)
    back = np.empty(most + 1, dtype=np.int32)
    word = np.empty(most + 1, dtype=np.int32)
    at = 0
    for document in range(len(edges) - 1):
        begin, end = edges[document], edges[document + 1]
        _cut(units, begin, end, keys, values, cost, longest, unknown, best, back, word)
        count = 0
        i = end - begin
        while i > 0:
            count += 1
            i = back[i]
        last = at + count - 1
        i = end - begin
        while i > 0:
            words[last] = word[i]
            places[last] = back[i]
            last -= 1
            i = back[i]
        at += count
        firsts[document + 1] = at
    return words[:at], places[:at], firsts


@compiled
def _openings(units: NDArray[np.uint32], edges: Longs, head: int) -> tuple[Codes, Longs]:
    """Return every run of one to three characters of each text's opening as one number, and where each text's
    begin."""
    out = np.empty(3 * head * (len(edges) - 1), dtype=np.uint64)
    firsts = np.zeros(len(edges), dtype=np.int64)
    at = 0
    for document in range(len(edges) - 1):
        begin = edges[document]
        end = min(edges[document + 1], begin + head)
        for i in range(begin, end):
            code = np.uint64(0)
            for j in range(i, min(end, i + 3)):
                code = (code << np.uint64(21)) | np.uint64(units[j])
                out[at] = code
                at += 1
        firsts[document + 1] = at
    return out[:at], firsts


@compiled
def _collect(
    words: NDArray[np.int32],
    places: NDArray[np.int32],
    firsts: Longs,
    openings: Codes,
    opening_firsts: Longs,
    pair_keys: Codes,
    pair_values: NDArray[np.int32],
    opening_keys: Codes,
    opening_values: NDArray[np.int32],
    edges: tuple[int, int, int, int],
    rarity: Floats,
    falling: Floats,
    weights: Floats,
) -> tuple[Longs, NDArray[np.int32], Floats]:
    """Count, weigh and scale the features of all texts: the three arrays of a sparse matrix."""
    room = 2 * len(words) + len(openings)
    columns = np.empty(room, dtype=np.int32)
    data = np.empty(room, dtype=np.float32)
    starts = np.zeros(len(firsts), dtype=np.int64)
    counts = np.zeros(edges[3], dtype=np.float32)
    at = 0
    for document in range(len(firsts) - 1):
        begin = at
        before = -1
        for i in range(firsts[document], firsts[document + 1]):
            number = words[i]
            if number >= 0:
                if counts[number] == 0:
                    columns[at] = number
                    at += 1
                counts[number] += falling[places[i]]
                if before >= 0:
                    pair = _find(pair_keys, pair_values, (np.uint64(before + 1) << np.uint64(31)) | np.uint64(number))
                    if pair >= 0:
                        pair += edges[1]
                        if counts[pair] == 0:
                            columns[at] = pair
                            at += 1
                        counts[pair] += 1
            before = number
        for i in range(opening_firsts[document], opening_firsts[document + 1]):
            opening = _find(opening_keys, opening_values, openings[i])
            if opening >= 0:
                opening += edges[2]
                if counts[opening] == 0:
                    columns[at] = opening
                    at += 1
                counts[opening] += 1
        first, second, third = 0.0, 0.0, 0.0
        for i in range(begin, at):
            column = columns[i]
            value = (1 + np.log(counts[column])) * rarity[column]
            counts[column] = 0
            data[i] = value
            if column < edges[1]:
                first += value * value
            elif column < edges[2]:
                second += value * value
            else:
                third += value * value
        one = np.float32(weights[0] / np.sqrt(first)) if first > 0 else np.float32(0)
        two = np.float32(weights[1] / np.sqrt(second)) if second > 0 else np.float32(0)
        three = np.float32(weights[2] / np.sqrt(third)) if third > 0 else np.float32(0)
        for i in range(begin, at):
            column = columns[i]
            data[i] *= one if column < edges[1] else (two if column < edges[2] else three)
        starts[document + 1] = at
    return starts, columns[:at], data[:at]


def _code(word: str) -> int:
    code = int(_SPREAD)
    for char in word:
        code = ((code ^ ord(char)) * int(_SPREAD)) & 0xFFFFFFFFFFFFFFFF
        code ^= code >> 29
    return code


def _common(documents: Longs, keys: Longs, least: int) -> tuple[Longs, Longs]:
    """Return the keys of at least `least` documents, the commonest first, with in how many they stand."""
    if len(keys) == 0:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    order = np.lexsort((documents, keys))
    sorted_keys, sorted_documents = keys[order], documents[order]
    new = np.concatenate(
        [[True], (sorted_keys[1:] != sorted_keys[:-1]) | (sorted_documents[1:] != sorted_documents[:-1])]
    )
    found, counts = np.unique(sorted_keys[new], return_counts=True)
    kept = counts >= least
    found, counts = found[kept], counts[kept]
    # Common ones stand together, so that reading their weights stays in the cache.
    order = np.argsort(-counts, kind="stable")
    return found[order], counts[order]


class Features:
    """A fitted recipe: texts in, sparse rows out (words, then pairs of words, then openings; each block of unit
    length times its weight).

    `frequency` says how often each word stood in the training texts: it decides between ways to cut.
    """

    def __init__(
        self,
        recipe: Recipe,
        words: Sequence[str],
        frequency: Floats,
        pairs: Longs,
        openings: Longs,
        rarity: Floats,
    ) -> None:
        self.recipe, self.words, self.frequency = recipe, list(words), frequency.astype(np.float32)
        self.pairs, self.openings, self.rarity = pairs, openings, rarity.astype(np.float32)
        blocks = (len(self.words), len(pairs), len(openings))
        self.edges = (0, blocks[0], blocks[0] + blocks[1], sum(blocks))
        self._weights = np.asarray((1.0, recipe.pairs, recipe.opening), dtype=np.float32)
        self._falling = (1 + recipe.lead * np.exp(-np.arange(recipe.reach + 1) / recipe.fade)).astype(np.float32)
        self._words = _hash(np.asarray([_code(word) for word in self.words], dtype=np.uint64))
        total = float(self.frequency.sum()) + 1.0
        self._cost = (np.log(total) - np.log(np.maximum(self.frequency, 0.5))).astype(np.float32)
        # A character that no training text holds as a word costs more than the rarest word.
        self._unknown = float(np.log(total) + 3.0)
        self._longest = np.ones(65_536, dtype=np.uint8)
        for word in self.words:
            first = ord(word[0])
            if first < 65_536:
                self._longest[first] = max(int(self._longest[first]), min(len(word), 255))
        self._pairs = _hash((pairs + (1 << 31)).astype(np.uint64))
        self._openings = _hash(openings.astype(np.uint64))

    @property
    def width(self) -> int:
        """How many features there are."""
        return self.edges[3]

    @classmethod
    def fit(cls, texts: Sequence[str], recipe: Recipe | None = None) -> tuple[Features, sparse.csr_matrix]:
        """Learn words, pairs and openings from texts; return the features and the rows of these very texts."""
        recipe = recipe or Recipe()
        units, edges = _read(texts, recipe.reach)
        spread: Counter[str] = Counter()
        often: Counter[str] = Counter()
        for begin, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            cut = rjieba.cut(units[begin:end].tobytes().decode("utf-32-le", "replace"))
            often.update(cut)
            spread.update(set(cut))
        words = sorted((word for word, count in spread.items() if count >= recipe.least), key=lambda w: (-spread[w], w))
        frequency = np.asarray([often[word] for word in words], dtype=np.float32)
        none = np.empty(0, dtype=np.int64)
        bare = cls(recipe, words, frequency, none, none, np.ones(len(words), dtype=np.float32))
        found, _, firsts = bare._cut(units, edges)
        documents = np.repeat(np.arange(len(texts), dtype=np.int64), np.diff(firsts))
        ids = found.astype(np.int64)
        known = np.unique(documents[ids >= 0] * (len(words) + 1) + ids[ids >= 0]) % (len(words) + 1)
        word_counts = np.bincount(known, minlength=len(words))
        good = (documents[1:] == documents[:-1]) & (ids[1:] >= 0) & (ids[:-1] >= 0)
        pairs, pair_counts = _common(documents[1:][good], ((ids[:-1] << 31) | ids[1:])[good], recipe.least)
        codes, opening_firsts = _openings(units, edges, recipe.head)
        owners = np.repeat(np.arange(len(texts), dtype=np.int64), np.diff(opening_firsts))
        openings, opening_counts = _common(owners, codes.astype(np.int64), recipe.least)
        counts = np.concatenate([word_counts, pair_counts, opening_counts])
        rarity = np.log((1 + len(texts)) / (1 + counts)) + 1
        features = cls(recipe, words, frequency, pairs, openings, rarity.astype(np.float32))
        return features, features._rows(units, edges)

    def _cut(self, units: NDArray[np.uint32], edges: Longs) -> tuple[NDArray[np.int32], NDArray[np.int32], Longs]:
        return _cut_all(units, edges, *self._words, self._cost, self._longest, self._unknown)

    def rows(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """Return one sparse row of float32 per text."""
        return self._rows(*_read(texts, self.recipe.reach))

    def _rows(self, units: NDArray[np.uint32], edges: Longs) -> sparse.csr_matrix:
        words, places, firsts = self._cut(units, edges)
        openings, opening_firsts = _openings(units, edges, self.recipe.head)
        starts, columns, data = _collect(
            words,
            places,
            firsts,
            openings,
            opening_firsts,
            *self._pairs,
            *self._openings,
            self.edges,
            self.rarity,
            self._falling,
            self._weights,
        )
        return sparse.csr_matrix((data, columns, starts), shape=(len(edges) - 1, self.width))

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
