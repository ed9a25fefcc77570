"""Likely duplicates and earlier matters: an index of triples of characters that grows without rebuilding, and a
judge that says why.

`SimilarIndex` finds texts that share rare runs of three characters (recall on near-copies, a million matters in
memory-mapped arrays);
`compare` weighs text, place, time and category of two matters and gives reasons; `wuxiao.reading.duplicates` learns
from a town's
own decisions which candidates its staff merge.
"""

from __future__ import annotations

import json
import math
import os
import re
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wuxiao.late import late
from wuxiao.reading import amounts
from wuxiao.reading.tokens import fold
from wuxiao.reading.words import Why

if TYPE_CHECKING:
    from scipy import sparse
else:
    sparse = late("scipy.sparse")

_Ints = NDArray[np.uint32]
_SEAL = 32_768
_BUCKETS = 22
_SHORT = 16
_NOBODY: array[int] = array("I")


#: Ways of saying one thing: a door number in characters or digits, and what people call broken and in front of.
_DOOR = re.compile(r"[〇零一二两三四五六七八九十百]{1,5}(?=[号幢栋弄])")
_BROKEN = re.compile(r"(?:全|都|又|就)?(?:不亮|坏掉|坏|灭|损坏|失灵|不工作|用不了)(?:了|啦)?")
_BEFORE = re.compile(r"(?:大)?门(?:前|外|口)")


def same_words(folded: str) -> str:
    """Return a folded text in which the ways of saying one thing are one: 十二号门前…不亮 is 12号门口…坏."""
    numbered = _DOOR.sub(lambda found: f"{amounts.number(found.group()) or found.group()}", folded)
    return _BEFORE.sub("门口", _BROKEN.sub("坏", numbered))


def _letters(text: str) -> NDArray[np.uint64]:
    folded = same_words(fold(text))
    units = np.frombuffer(folded.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    # Only letters, digits and Han characters carry likeness; a pasted line of dashes does not.
    letters = np.fromiter((char.isalnum() for char in folded), dtype=bool, count=len(folded))
    kept: NDArray[np.uint64] = units[letters].astype(np.uint64)
    return kept


_SPREAD = np.uint64(0x9E3779B97F4A7C15)


def _codes(units: NDArray[np.uint64], length: int) -> _Ints:
    mixed = np.zeros(len(units) - length + 1, dtype=np.uint64)
    for at in range(length):
        mixed = (mixed ^ units[at : at + len(mixed)]) * _SPREAD
        mixed ^= mixed >> np.uint64(29)
    return (mixed >> np.uint64(64 - _BUCKETS)).astype(np.uint32)


def pair_codes(text: str) -> _Ints:
    """Return the sorted distinct 22-bit codes of a text's pairs of characters (folded, blanks and marks dropped).

    Codes, not strings, so that a million texts fit; two pairs that share a code cost a little precision, never recall.
    """
    units = _letters(text)
    return np.unique(_codes(units, min(2, len(units)))) if len(units) else np.empty(0, dtype=np.uint32)


def _index_codes(text: str) -> _Ints:
    # Triples are rare enough to be read quickly at a million texts; short texts have too few of them and get their
    # pairs as well.
    units = _letters(text)
    if len(units) == 0:
        return np.empty(0, dtype=np.uint32)
    triples = _codes(units, min(3, len(units)))
    if len(units) >= _SHORT or len(units) < 3:
        return np.unique(triples)
    return np.unique(np.concatenate([triples, _codes(units, 2)]))


@dataclass(frozen=True, slots=True)
class Near:
    """A text of the index that resembles the question: its `key`, and `score`, the share of weight in common, from 0
    to 1."""

    key: int
    score: float


@dataclass(slots=True)
class _Segment:
    """Sealed texts: for each code the rows that hold it, and for each row its codes."""

    keys: NDArray[np.int64]
    codes: _Ints
    starts: NDArray[np.int64]
    rows: _Ints
    forward_starts: NDArray[np.int64]
    forward: _Ints

    def spans(self, codes: _Ints) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return where in `rows` the postings of each code begin and end; equal where nobody holds it."""
        at = np.searchsorted(self.codes, codes)
        at[at == len(self.codes)] = 0
        begin = self.starts[at].astype(np.int64)
        known = self.codes[at] == codes if len(self.codes) else np.zeros(len(codes), dtype=bool)
        return begin, np.where(known, self.starts[at + 1], begin)

    @property
    def size(self) -> int:
        return len(self.keys)


def _segment(keys: Sequence[int] | NDArray[np.int64], forward_starts: NDArray[np.int64], forward: _Ints) -> _Segment:
    lengths = np.diff(forward_starts)
    owner = np.repeat(np.arange(len(lengths), dtype=np.uint32), lengths)
    order = np.argsort(forward, kind="stable")
    sorted_codes = forward[order]
    codes, first = np.unique(sorted_codes, return_index=True)
    starts = np.append(first, len(sorted_codes)).astype(np.int64)
    return _Segment(
        np.asarray(keys, dtype=np.int64), codes.astype(np.uint32), starts, owner[order], forward_starts, forward
    )


def _merge(segments: Sequence[_Segment]) -> _Segment:
    keys = np.concatenate([segment.keys for segment in segments])
    forward = np.concatenate([segment.forward for segment in segments])
    lengths = np.concatenate([np.diff(segment.forward_starts) for segment in segments])
    return _segment(keys, np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64), forward)


class SimilarIndex:
    """Texts by their triples of characters: add at any time, ask at any time, save and open; about 0.6 kB a message
    of 80 characters.

    Single-process writer; readers open the saved directory (memory-mapped) and call `refresh` to see what was added
    since.
    """

    def __init__(self) -> None:
        self._sealed: list[_Segment] = []
        self._keys = array("q")
        self._texts: list[_Ints] = []
        self._live: dict[int, array[int]] = {}
        self._gone: set[int] = set()
        self._scores: NDArray[np.float32] = np.zeros(0, dtype=np.float32)
        self._marks: NDArray[np.int32] = np.zeros(0, dtype=np.int32)

    def __len__(self) -> int:
        return sum(segment.size for segment in self._sealed) + len(self._keys) - len(self._gone)

    def add(self, key: int, text: str) -> None:
        """Add one text under a number of the caller's; a text with nothing to compare is kept and never found."""
        codes = _index_codes(text)
        row = len(self._keys)
        self._keys.append(key)
        self._texts.append(codes)
        for code in codes.tolist():
            postings = self._live.get(code)
            if postings is None:
                self._live[code] = postings = array("I")
            postings.append(row)
        if len(self._keys) >= _SEAL:
            self.seal()

    def add_many(self, items: Iterable[tuple[int, str]]) -> int:
        """Add many texts, sealing as it goes (about 10,000 a second); returns how many."""
        self.seal()
        count = 0
        keys: list[int] = []
        texts: list[_Ints] = []
        for key, text in items:
            keys.append(key)
            texts.append(_index_codes(text))
            count += 1
            if len(keys) >= 4 * _SEAL:
                self._push(keys, texts)
                keys, texts = [], []
        if keys:
            self._push(keys, texts)
        return count

    def discard(self, key: int) -> None:
        """Never return this key again (a matter erased or merged); its codes leave the files at the next merge of
        segments."""
        self._gone.add(key)

    def seal(self) -> None:
        """Turn the newest texts into a sealed segment; happens by itself every 32,768 texts."""
        if self._keys:
            self._push(list(self._keys), self._texts)
            self._keys, self._texts, self._live = array("q"), [], {}

    def _push(self, keys: list[int], texts: list[_Ints]) -> None:
        lengths = np.fromiter((len(codes) for codes in texts), dtype=np.int64, count=len(texts))
        forward = np.concatenate(texts) if texts else np.empty(0, dtype=np.uint32)
        self._sealed.append(_segment(keys, np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64), forward))
        # Merging neighbours of like size keeps few segments while each text is rewritten only a few times.
        while len(self._sealed) > 1 and self._sealed[-2].size < 2 * self._sealed[-1].size:
            last, before = self._sealed.pop(), self._sealed.pop()
            self._sealed.append(_merge([before, last]))

    def search(self, text: str, limit: int = 10, *, effort: int = 8_000) -> list[Near]:
        """Return up to `limit` texts most like this one, best first, by the share of weighted triples in common
        (Dice, rarity weights).

        `effort` bounds how many postings are read: rarest triples first, at least the six rarest, of a longer list the
        newest. Ties go to the newer key.
        """
        codes = _index_codes(text)
        if len(codes) == 0 or len(self) == 0:
            return []
        spans = [segment.spans(codes) for segment in self._sealed]
        live = [self._live.get(code, _NOBODY) for code in codes.tolist()]
        counts = np.fromiter((len(rows) for rows in live), dtype=np.int64, count=len(codes))
        for begin, end in spans:
            counts += end - begin
        weights = np.log(1.0 + (len(self) + 1) / (1.0 + counts))
        order = np.argsort(counts, kind="stable")
        order = order[counts[order] > 0]
        # The rarest first, as many as the effort allows; of a posting list longer than that the newest rows are read.
        within = int(np.searchsorted(np.cumsum(counts[order]), effort, side="right"))
        read = order[: max(6, within)]
        wanted = max(20, 3 * limit)
        light = weights[read].astype(np.float32)
        best: list[tuple[float, int, int, _Ints]] = []
        for segment, (begin, end) in zip(self._sealed, spans, strict=True):
            last = end[read]
            first = np.maximum(begin[read], last - effort)
            lengths = last - first
            ends = np.cumsum(lengths)
            at = np.arange(ends[-1] if len(ends) else 0) + np.repeat(first - ends + lengths, lengths)
            for row, score in self._heaviest(segment.rows[at], np.repeat(light, lengths), segment.size, wanted):
                theirs = segment.forward[segment.forward_starts[row] : segment.forward_starts[row + 1]]
                best.append((score, int(segment.keys[row]), row, theirs))
        if self._keys:
            parts = [np.asarray(live[at][-effort:], dtype=np.uint32) for at in read.tolist()]
            lengths = np.fromiter((len(part) for part in parts), dtype=np.int64, count=len(parts))
            rows = np.concatenate(parts) if parts else np.empty(0, dtype=np.uint32)
            for row, score in self._heaviest(rows, np.repeat(light, lengths), len(self._keys), wanted):
                best.append((score, self._keys[row], row, self._texts[row]))
        best = [one for one in best if one[1] not in self._gone]
        best.sort(key=lambda one: (-one[0], -one[1]))
        return _measured(codes, weights, best[:wanted])[:limit]

    def _heaviest(self, rows: _Ints, light: NDArray[np.float32], size: int, wanted: int) -> Iterator[tuple[int, float]]:
        """Add up the weights of each row and yield the `wanted` heaviest with their sums."""
        if len(rows) == 0:
            return
        if len(self._scores) < size:
            self._scores = np.zeros(size, dtype=np.float32)
            self._marks = np.zeros(size, dtype=np.int32)
        scores, marks = self._scores, self._marks
        np.add.at(scores, rows, light)
        # Each row once: the last of its places in the list is the one that is marked.
        places = np.arange(len(rows), dtype=np.int32)
        marks[rows] = places
        once = rows[marks[rows] == places]
        sums = scores[once]
        scores[once] = 0.0
        # Rows that are gone still stand in the lists until segments merge: leave room for some of them.
        wanted += min(len(self._gone), 100)
        if len(once) > wanted:
            kept = sums >= np.partition(sums, len(sums) - wanted)[len(sums) - wanted]
            once, sums = once[kept], sums[kept]
        # Among equals the newer ones.
        order = np.lexsort((-once.astype(np.int64), -sums))[:wanted]
        yield from zip(once[order].tolist(), sums[order].tolist(), strict=True)

    def save(self, folder: Path) -> None:
        """Write the index into a folder, each segment as arrays that `open` maps; an older state there stays
        readable until replaced."""
        self.seal()
        folder.mkdir(parents=True, exist_ok=True)
        names = []
        for number, segment in enumerate(self._sealed):
            stamp = zlib.crc32(segment.keys.tobytes()) ^ len(segment.forward)
            name = f"segment-{number:02d}-{segment.size}-{stamp:08x}"
            names.append(name)
            for part in _PARTS:
                path = folder / f"{name}.{part}.npy"
                if not path.exists():
                    partial = path.with_suffix(".part")
                    with partial.open("wb") as file:
                        np.save(file, getattr(segment, part))
                    os.replace(partial, path)
        head = folder / "index.json.part"
        head.write_text(json.dumps({"format": 1, "segments": names, "gone": sorted(self._gone)}), encoding="utf-8")
        os.replace(head, folder / "index.json")
        for path in folder.glob("segment-*.npy"):
            if path.name.split(".")[0] not in names:
                path.unlink()

    @classmethod
    def open(cls, folder: Path) -> SimilarIndex:
        """Open a saved index, memory-mapped; `FileNotFoundError` when there is none, `ValueError` when it is of
        another format."""
        head = json.loads((folder / "index.json").read_text(encoding="utf-8"))
        if head.get("format") != 1:
            raise ValueError(f"{folder}: index format {head.get('format')!r} is unknown; build the index again")
        index = cls()
        for name in head["segments"]:
            parts = {part: np.load(folder / f"{name}.{part}.npy", mmap_mode="r", allow_pickle=False) for part in _PARTS}
            index._sealed.append(_Segment(**parts))
        index._gone = set(head["gone"])
        return index

    @property
    def bytes(self) -> int:
        """How many bytes the sealed segments take."""
        return sum(getattr(segment, part).nbytes for segment in self._sealed for part in _PARTS)


def _measured(codes: _Ints, weights: NDArray[np.float64], best: Sequence[tuple[float, int, int, _Ints]]) -> list[Near]:
    if not best:
        return []
    theirs = np.concatenate([one[3] for one in best])
    sizes = np.fromiter((len(one[3]) for one in best), dtype=np.int64, count=len(best))
    at = np.searchsorted(codes, theirs)
    at[at == len(codes)] = 0
    hit = codes[at] == theirs
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    shared = np.add.reduceat(np.where(hit, weights[at], 0.0), first)
    common = np.add.reduceat(hit.astype(np.int64), first)
    norm = float(weights.sum())
    # Codes of the other text that the question lacks weigh as much as the question's own on average.
    other = shared + (sizes - common) * norm / len(codes)
    near = [
        Near(key, round(score, 4))
        for (_, key, _, _), score in zip(best, (2 * shared / (norm + other)).tolist(), strict=True)
    ]
    return sorted(near, key=lambda one: (-one.score, -one.key))


_PARTS = ("keys", "codes", "starts", "rows", "forward_starts", "forward")


@dataclass(frozen=True, slots=True)
class Facts:
    """What a comparison may know of a matter: text, category code, place key (a standard address or grid),
    coordinates in metres, time received."""

    text: str
    category: str = ""
    place: str = ""
    xy: tuple[float, float] | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Likeness:
    """How likely two matters are about one thing: `score` from 0 to 1, `duplicate` when a person should be asked to
    merge, and why."""

    score: float
    duplicate: bool
    why: tuple[Why, ...]


def text_likeness(one: str, other: str) -> float:
    """Return the share of pairs of characters in common (Dice), from 0 to 1."""
    return _dice(pair_codes(one), pair_codes(other))


def compare(new: Facts, old: Facts, *, near_metres: float = 150.0, recent_days: float = 30.0) -> Likeness:
    """Weigh text, place, category and time of two matters; nothing about the persons who raised them is used.

    The weights are set by hand and shown with the reasons; a town's own merges teach `wuxiao.reading.duplicates`.
    """
    why: list[Why] = []
    text = text_likeness(new.text, old.text)
    score = 0.62 * min(1.0, text / 0.75)
    if text >= 0.3:
        why.append(Why(f"文字有{text:.0%}相同", f"{text:.0%} of the words are the same"))
    same_place = False
    if new.place and new.place == old.place:
        same_place = True
        why.append(Why("同一地点", "the same place"))
    elif new.xy is not None and old.xy is not None:
        metres = math.dist(new.xy, old.xy)
        if metres <= near_metres:
            same_place = True
            why.append(Why(f"相距{metres:.0f}米", f"{metres:.0f} metres apart"))
        else:
            score -= 0.15
            why.append(Why(f"相距{metres:.0f}米", f"{metres:.0f} metres apart"))
    if same_place:
        score += 0.22
    if new.category and new.category == old.category:
        score += 0.10
        why.append(Why("同一类别", "the same category"))
    elif new.category and old.category:
        score -= 0.05
    if new.at is not None and old.at is not None:
        days = abs((new.at - old.at).total_seconds()) / 86_400
        if days <= recent_days:
            score += 0.06 * (1 - days / recent_days)
            why.append(
                Why(
                    f"相隔{days:.0f}天" if days >= 1 else "同一天",
                    f"{days:.0f} days apart" if days >= 1 else "on the same day",
                )
            )
    score = max(0.0, min(1.0, score))
    return Likeness(round(score, 4), score >= 0.6, tuple(why))


def copies(texts: Sequence[str], *, at_least: float = 0.8) -> list[list[int]]:
    """Group texts that are near-copies of one another (Dice ≥ `at_least`); each group lists positions in order,
    single texts are left out.

    Candidates share some of their rarest pairs; each candidate pair is then measured. Seconds for ten thousand letters.
    """
    total = len(texts)
    codes = [pair_codes(text) for text in texts]
    lengths = np.fromiter((len(one) for one in codes), dtype=np.int64, count=total)
    if total < 2 or lengths.sum() == 0:
        return []
    flat = np.concatenate(codes).astype(np.int64)
    owner = np.repeat(np.arange(total), lengths)
    spread = np.bincount(flat, minlength=1 << _BUCKETS)
    # The rarest shared pairs of each text are enough to meet its copies; common pairs only cost time.
    usable = (spread[flat] >= 2) & (spread[flat] <= 400)
    flat, owner = flat[usable], owner[usable]
    order = np.lexsort((spread[flat], owner))
    flat, owner = flat[order], owner[order]
    first = np.searchsorted(owner, owner)
    rare = np.arange(len(owner)) - first < 48
    flat, owner = flat[rare], owner[rare]
    matrix = sparse.csr_matrix((np.ones(len(flat), dtype=np.int32), (owner, flat)), shape=(total, 1 << _BUCKETS))
    kept = np.asarray(matrix.sum(axis=1)).ravel()
    turned = matrix.T.tocsr()
    parent = list(range(total))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for start in range(0, total, 2048):
        block = sparse.triu((matrix[start : start + 2048] @ turned), k=start + 1).tocoo()
        enough = block.data >= np.maximum(1, 0.25 * at_least * np.minimum(kept[block.row + start], kept[block.col]))
        for row, column in zip((block.row[enough] + start).tolist(), block.col[enough].tolist(), strict=True):
            a, b = root(row), root(column)
            shorter, longer = sorted((int(lengths[row]), int(lengths[column])))
            if a != b and 2 * shorter >= at_least * (shorter + longer) and _dice(codes[row], codes[column]) >= at_least:
                parent[max(a, b)] = min(a, b)
    groups: dict[int, list[int]] = {}
    for number in range(total):
        groups.setdefault(root(number), []).append(number)
    return [group for group in groups.values() if len(group) > 1]


def _dice(a: _Ints, b: _Ints) -> float:
    if len(a) == 0 or len(b) == 0:
        return 0.0
    return float(2 * len(np.intersect1d(a, b, assume_unique=True)) / (len(a) + len(b)))


def shared_words(one: str, other: str, limit: int = 6) -> tuple[str, ...]:
    """Return the longest stretches of two or more characters that both texts hold, to show why they look alike."""
    a, b = fold(one), fold(other)
    found: list[str] = []
    for start in _stretches(a):
        end = start + 2
        if a[start:end] not in b:
            continue
        while end < len(a) and a[start : end + 1] in b:
            end += 1
        if not any(a[start:end] in longer for longer in found):
            found.append(a[start:end])
    return tuple(sorted(found, key=lambda stretch: (-len(stretch), stretch))[:limit])


def _stretches(text: str) -> Iterator[int]:
    return (start for start in range(min(len(text), 2_000) - 1) if text[start].isalnum() and text[start + 1].isalnum())


__all__ = [
    "Facts",
    "Likeness",
    "Near",
    "SimilarIndex",
    "compare",
    "copies",
    "pair_codes",
    "shared_words",
    "text_likeness",
]
