"""Reads the project's own sets of texts (danger in two tiers, ordinary ones) and measures `look` on them."""

from __future__ import annotations

import hashlib
import itertools
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from wuxiao.late import late
from wuxiao.reading.danger import CERTAIN, ENOUGH, KIND_CODES, NONE, PERHAPS, STRETCH, Danger, look, plain_of, stretches
from wuxiao.reading.danger_model import DangerModel
from wuxiao.reading.tokens import fold

if TYPE_CHECKING:
    from scipy import sparse
else:
    sparse = late("scipy.sparse")

_SLOT = re.compile(r"\{([^{}]*)\}")
#: Kinds of the older set of templates that count as the first tier; its others count as the second.
FIRST_TIER = frozenset(
    {"fire", "gas", "suicide", "violence", "domestic_violence", "drowning", "trapped", "missing", "minors"}
)


@dataclass(frozen=True, slots=True)
class Sample:
    """A text to measure with: its `part` (a and b to mend on, c only measured), true `tier`, the `kind` of danger
    ("" for none), and `codes`,
    the categories (or beginnings of them) that an ordinary text belongs to; none where it is not used to judge
    guesses."""

    part: str
    tier: str
    kind: str
    text: str
    codes: tuple[str, ...] = ()


def part_of(text: str) -> str:
    """Return the part of a text: by the first byte of its SHA-256, half a, a fifth b, the rest c; always the same."""
    place = hashlib.sha256(text.encode()).digest()[0] / 256
    return "a" if place < 0.5 else "b" if place < 0.7 else "c"


def expand(template: str, at_most: int = 8) -> list[str]:
    """Spell a template out: `at_most` texts spread evenly over all combinations of its alternatives, always the same
    ones."""
    pieces = _SLOT.split(template)
    slots = [piece.split("|") for piece in pieces[1::2]]
    combinations = list(itertools.product(*slots))
    count = min(at_most, len(combinations))
    texts = []
    for number in range(count):
        chosen = combinations[(number * len(combinations)) // count]
        # Rotating spreads the alternatives when few texts are taken; texts met twice are dropped.
        chosen = tuple(slot[(slot.index(word) + number) % len(slot)] for slot, word in zip(slots, chosen, strict=True))
        texts.append(
            "".join(part for pair in itertools.zip_longest(pieces[0::2], chosen, fillvalue="") for part in pair)
        )
    return list(dict.fromkeys(texts))


def read(path: Path, at_most: int = 8) -> list[Sample]:
    """Read the set of templates; `ValueError` names the line that is not `part<TAB>kind<TAB>template`."""
    samples: list[Sample] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = line.split("\t")
        if len(fields) != 3 or fields[0] not in ("a", "b", "c") or (fields[1] != "-" and fields[1] not in KIND_CODES):
            raise ValueError(
                f"{path.name}, line {number}: expected part (a, b or c), kind and template "
                f"parted by tabs, got {line[:60]!r}"
            )
        part, kind, template = fields
        kind = "" if kind == "-" else kind
        tier = NONE if not kind else CERTAIN if kind in FIRST_TIER else PERHAPS
        samples += [Sample(part, tier, kind, text) for text in expand(template, at_most)]
    return samples


def read_texts(path: Path) -> list[Sample]:
    """Read a set of texts under headings: `[certain fire]`, `[perhaps gas]`, or for ordinary texts the categories
    they belong to, or `[*]`.

    `ValueError` names a text before the first heading and a kind of danger that is not known.
    """
    samples: list[Sample] = []
    tier, kind, codes = "", "", tuple[str, ...]()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("["):
            names = line.strip("[] ").split()
            if names and names[0] in (CERTAIN, PERHAPS):
                tier, kind, codes = names[0], " ".join(names[1:]), ()
                if kind not in KIND_CODES:
                    raise ValueError(f"{path.name}, line {number}: no kind of danger is called {kind!r}")
            else:
                tier, kind, codes = NONE, "", tuple(name for name in names if name != "*")
            continue
        if not tier:
            raise ValueError(f"{path.name}, line {number}: a text before the first heading: {line[:60]!r}")
        samples.append(Sample(part_of(line), tier, kind, line, codes))
    return samples


#: Sets whose part c, and whose whole, was opened and mended on since, or that were mended on from the start: all of
#: it is part b.
OPENED = (
    "danger_tiers.txt",
    "ordinary.txt",
    "held_out.txt",
    "danger_fifth.txt",
    "ordinary_fifth.txt",
    "danger_sixth.txt",
    "ordinary_sixth.txt",
    "danger_seventh.txt",
    "ordinary_seventh.txt",
    "danger_taught.txt",
    "ordinary_taught.txt",
    "danger_eighth.txt",
    "ordinary_eighth.txt",
    "danger_ninth.txt",
    "ordinary_ninth.txt",
)
#: Sets by strangers to the reader and to all other sets: only measured, each by itself.
STRANGERS = ("stranger", "judge", "umpire")
#: Halves drawn by lot that are only measured: all of them is part c.
KEPT = ("danger_kept.txt", "ordinary_kept.txt", "danger_sixth_kept.txt", "ordinary_sixth_kept.txt")
#: From this share of common pairs of characters on a text is a near-copy of another.
NEAR = 0.5
#: Sets whose part c is closed.
CLOSED = (
    "danger_more.txt",
    "ordinary_more.txt",
    "danger_third.txt",
    "ordinary_third.txt",
    "danger_fresh.txt",
    "ordinary_fresh.txt",
)


@dataclass(frozen=True, slots=True)
class Sets:
    """The sets of a folder: `own` (danger in tiers and ordinary texts; of parts a and b everything may be mended on,
    part c is only measured), `templates` (the older set, all of it used to mend on)."""

    own: tuple[Sample, ...]
    templates: tuple[Sample, ...]


def sets(folder: Path) -> Sets:
    """Read the sets of a folder such as `bench/reading`; `OSError` where one is missing."""
    opened = [sample for name in OPENED for sample in read_texts(folder / name)]
    return Sets(
        (
            *(replace(sample, part="b") if sample.part == "c" else sample for sample in opened),
            *kept(folder),
            *(sample for name in CLOSED for sample in read_texts(folder / name)),
        ),
        tuple(read(folder / "danger_set.txt")),
    )


def kept(folder: Path) -> list[Sample]:
    """Return the halves that were drawn by lot and only measured."""
    return [replace(sample, part="c") for name in KEPT for sample in read_texts(folder / name)]


def _pairs(text: str) -> set[str]:
    letters = "".join(char for char in fold(text) if char.isalnum())
    return {letters[at : at + 2] for at in range(max(1, len(letters) - 1))}


def near_copies(texts: Sequence[str], of: Sequence[str]) -> set[str]:
    """Return which texts are near-copies of one of others: that share half of their pairs of characters (Dice)."""
    place: dict[str, int] = {}
    rows = [[place.setdefault(pair, len(place)) for pair in _pairs(text)] for text in (*texts, *of)]
    ends = np.cumsum([0, *map(len, rows)])
    ones = np.ones(int(ends[-1]), dtype=np.float32)
    table = sparse.csr_matrix((ones, list(itertools.chain(*rows)), ends), shape=(len(rows), len(place)))
    sizes = np.diff(ends)
    shared = (table[: len(texts)] @ table[len(texts) :].T).tocoo()
    dice = 2 * shared.data / (sizes[shared.row] + sizes[len(texts) + shared.col])
    return {texts[row] for row in shared.row[dice >= NEAR]}


def lessons(folder: Path) -> list[Sample]:
    """Return what the small model learns from: the templates, and parts a and b of the sets; never part c nor
    a stranger's set, nor a near-copy of one of their texts."""
    found = sets(folder)
    kept_back = [s.text for s in found.own if s.part == "c"]
    kept_back += [
        s.text
        for name in STRANGERS
        for which in ("danger", "ordinary")
        for s in read_texts(folder / f"{which}_{name}.txt")
    ]
    taught = [*found.templates, *(s for s in found.own if s.part != "c")]
    refused = {*kept_back, *near_copies([s.text for s in taught], kept_back)}
    return [s for s in taught if s.text not in refused]


#: How much a text spelt out of a template counts in learning beside one that somebody wrote (chosen by leaving one
#: set out), and a stretch of an ordinary text beside the text as a whole (by leaving one author out).
TEMPLATE, PIECE = 0.3, 0.5
#: From here on a stretch of a longer text of danger teaches danger too: what its writer comes to stands there.
SAYS_SO = 0.5


def in_pieces(samples: Iterable[Sample]) -> Iterator[Sample]:
    """Yield samples, and of longer ordinary texts each stretch that `look` hears by itself: it is ordinary too."""
    for sample in samples:
        yield sample
        if sample.tier == NONE and len(sample.text) > STRETCH:
            for start, end in stretches(plain_of(sample.text)):
                if end - start >= 2 * ENOUGH:
                    yield replace(sample, text=sample.text[start:end])


def told_in(samples: Iterable[Sample], model: DangerModel) -> Iterator[Sample]:
    """Yield of longer texts of the first tier each stretch in which a model hears it."""
    for sample in samples:
        if sample.tier == CERTAIN and len(sample.text) > STRETCH:
            for start, end in stretches(plain_of(sample.text)):
                piece = replace(sample, text=sample.text[start:end])
                if end - start >= ENOUGH and model.hear(plain_of(piece.text)).both >= SAYS_SO:
                    yield piece


def learn(samples: Sequence[Sample], templates: Sequence[Sample]) -> DangerModel:
    """Learn the small model from samples as `look` reads them; those among `templates` and stretches of ordinary ones
    count less. It is learned twice: the second time also from the stretches of longer texts in which the first heard
    danger."""
    spelt, whole = {sample.text for sample in templates}, {sample.text for sample in samples}

    def learned(of: Sequence[Sample], counted: int) -> DangerModel:
        return DangerModel.learn(
            [plain_of(sample.text) for sample in of],
            [sample.kind for sample in of],
            [sample.tier == CERTAIN for sample in of],
            weights=[
                TEMPLATE if sample.text in spelt else PIECE if sample.tier == NONE and sample.text not in whole else 1.0
                for sample in of
            ],
            counted=counted,
        )

    first = list(in_pieces(samples))
    heard = list(told_in(samples, learned(first, len(first))))
    return learned([*first, *heard], len(first))


def interval(hits: int, of: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson)."""
    if of == 0:
        return (0.0, 1.0)
    z, share = 1.96, hits / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return (round(max(0.0, middle - half), 4), round(min(1.0, middle + half), 4))


def share(hits: int, of: int) -> dict[str, object]:
    """Return a share with what it is of and its interval."""
    return {"of": of, "share": round(hits / max(1, of), 4), "interval95": interval(hits, of)}


def stranger(folder: Path, name: str) -> dict[str, object]:
    """Return what is made of a stranger's set: its everyday texts and its near misses apart, then the rest."""
    text = (folder / f"ordinary_{name}.txt").read_text(encoding="utf-8")
    near = {line for line in text.partition("# near misses")[2].splitlines() if line}
    samples = [*read_texts(folder / f"danger_{name}.txt"), *read_texts(folder / f"ordinary_{name}.txt")]
    ordinary = {
        which: [s for s in samples if s.tier == NONE and (s.text in near) == (which == "near misses")]
        for which in ("everyday texts", "near misses")
    }
    stopped = {
        f"{which} that stop the page": share(sum(look(s.text).certain for s in of), len(of))
        for which, of in ordinary.items()
    }
    return {**stopped, **measure(samples)}


def measure(samples: Sequence[Sample], *, model: DangerModel | None = None, by_ear: bool = True) -> dict[str, object]:
    """Return how often the page stops on ordinary texts and on danger of the first tier, and how often staff are
    told of either tier."""
    looked = [(sample, look(sample.text, model=model, by_ear=by_ear)) for sample in samples]

    def count(of: Iterable[tuple[Sample, Danger]], *tiers: str) -> dict[str, object]:
        rows = list(of)
        return share(sum(found.tier in tiers for _, found in rows), len(rows))

    first = [row for row in looked if row[0].tier == CERTAIN]
    both = [row for row in looked if row[0].tier != NONE]
    ordinary = [row for row in looked if row[0].tier == NONE]
    return {
        "ordinary texts that stop the page": count(ordinary, CERTAIN),
        "ordinary texts with a line to staff": count(ordinary, PERHAPS),
        "first tier that stops the page": count(first, CERTAIN),
        "first tier seen at all": count(first, CERTAIN, PERHAPS),
        "both tiers seen": count(both, CERTAIN, PERHAPS),
        "first tier by kind": {
            kind: count(rows, CERTAIN)["share"]
            for kind in KIND_CODES
            if (rows := [row for row in first if row[0].kind == kind])
        },
    }


def mistakes(samples: Sequence[Sample], *, model: DangerModel | None = None) -> list[tuple[Sample, Danger]]:
    """Return the texts whose tier came out wrong in a way that matters: an ordinary one stopped, one of the first
    tier not stopped, one of
    the second not seen."""
    wrong = []
    for sample in samples:
        found = look(sample.text, model=model)
        if (found.tier == CERTAIN) != (sample.tier == CERTAIN) if sample.tier != PERHAPS else found.tier == NONE:
            wrong.append((sample, found))
    return wrong
