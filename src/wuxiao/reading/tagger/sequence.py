"""Marking stretches by a conditional random field: parts of an address, names and addresses to redact. Small neural
networks (`network`) may be trained beside it; then the mean of what they say decides.

Trained from a town's own (or a research) file by `python -m wuxiao.reading`. One model ships with the package: the
tagger of names and addresses (`reading.tagger.shipped`), learned from made texts alone (`tools/redaction_texts.py`).
"""

from __future__ import annotations

import gzip
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wuxiao.late import late
from wuxiao.reading import redact
from wuxiao.reading.tagger.network import Network, Plan
from wuxiao.reading.tagger.piece_features import FEATURES, pieces
from wuxiao.reading.tokens import simplify, sound
from wuxiao.reading.words import Span, Why

if TYPE_CHECKING:
    import pycrfsuite
    import rjieba
else:
    rjieba, pycrfsuite = late("rjieba"), late("pycrfsuite")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A labelled sequence: its pieces and one BIO label for each."""

    tokens: tuple[str, ...]
    labels: tuple[str, ...]


def read_bio(path: Path) -> list[Labelled]:
    """Read a file of `piece label` lines with empty lines between sequences; `ValueError` names a line without a
    label."""
    found: list[Labelled] = []
    tokens: list[str] = []
    labels: list[str] = []
    for number, line in enumerate([*path.read_text(encoding="utf-8").splitlines(), ""], start=1):
        if not line.strip():
            if tokens:
                found.append(Labelled(tuple(tokens), tuple(labels)))
                tokens, labels = [], []
            continue
        token, _, label = line.rstrip().rpartition(" ")
        if not token:
            raise ValueError(f"{path.name}, line {number}: expected a piece, a blank and a label, got {line!r}")
        tokens.append(token)
        labels.append(label)
    return found


def entities(labels: Sequence[str]) -> set[tuple[int, int, str]]:
    """Return (start, end, kind) of the stretches that BIO labels mark; an I- without its B- begins a stretch."""
    found: set[tuple[int, int, str]] = set()
    start, kind = -1, ""
    for i, label in enumerate([*labels, "O"]):
        continues = label.startswith("I-") and start >= 0 and label[2:] == kind
        if start >= 0 and not continues:
            found.add((start, i, kind))
            start = -1
        if label != "O" and not continues:
            start, kind = i, label[2:]
    return found


def entity_scores(truth: Sequence[Sequence[str]], said: Sequence[Sequence[str]]) -> dict[str, object]:
    """Return precision, recall and F1 over exact entities (conlleval's way), in all and per kind."""
    counts: dict[str, list[int]] = {}
    for one, other in zip(truth, said, strict=True):
        a, b = entities(one), entities(other)
        for group, place in ((a & b, 0), (b - a, 1), (a - b, 2)):
            for _, _, kind in group:
                counts.setdefault(kind, [0, 0, 0])[place] += 1

    def line(hit: int, extra: int, missed: int) -> dict[str, float]:
        precision, recall = hit / max(1, hit + extra), hit / max(1, hit + missed)
        return {
            "n": hit + missed,
            "precision": round(precision, 4),
            "recall": round(recall, 4),
            "f1": round(2 * precision * recall / max(1e-9, precision + recall), 4),
        }

    sums = [sum(values[place] for values in counts.values()) for place in range(3)]
    return {**line(*sums), "per_kind": {kind: line(*values) for kind, values in sorted(counts.items())}}


_LEAST = 1e-6


def _beside(path: Path) -> list[Path]:
    return sorted(path.parent.glob(f"{path.name}.net[0-9]*"))


class SequenceModel:
    """A trained field: `tag` labels pieces; `stretches` returns kinds with offsets, by the best labelling or by
    marginal chance. Of several fields that were learned from different texts the mean decides."""

    def __init__(self, path: Path, features: str, *others: Path) -> None:
        if features not in FEATURES:
            raise ValueError(f"unknown features {features!r}: choose one of {', '.join(FEATURES)}")
        self._features = FEATURES[features]
        self._bytes: list[bytes] = []
        self._fields = [self._opened(one) for one in (path, *others)]
        self.labels: list[str] = list(self._fields[0].labels())
        for one, field in zip(others, self._fields[1:], strict=True):
            if set(field.labels()) != set(self.labels):
                raise ValueError(f"{one.name} knows other labels than {path.name}: learn them together")
        self._networks = [Network.load(beside) for beside in _beside(path)]
        # Which label may follow which: an inside only its own begin or inside.
        self._barred = np.asarray(
            [
                [0.0 if label[:2] != "I-" or before[2:] == label[2:] else -np.inf for label in self.labels]
                for before in self.labels
            ]
        )

    def _opened(self, path: Path) -> pycrfsuite.Tagger:
        if not path.is_file():
            raise FileNotFoundError(f"{path}: no trained model here; train one first")
        field = pycrfsuite.Tagger()
        if path.suffix == ".gz":
            # The field reads from these bytes as long as it lives.
            self._bytes.append(gzip.decompress(path.read_bytes()))
            field.open_inmemory(self._bytes[-1])
        else:
            field.open(str(path))
        return field

    @classmethod
    def train(
        cls,
        data: Sequence[Labelled],
        path: Path,
        features: str,
        *,
        c1: float = 0.1,
        c2: float = 0.1,
        rounds: int = 100,
        networks: int = 0,
        rare: int = 1,
    ) -> SequenceModel:
        """Fit by L-BFGS with elastic-net weights `c1`, `c2`, write the model to `path` and return it; minutes for
        ten thousand addresses.

        With `networks` so many neural networks are trained and written beside it (`path` with `.net0` and so on).
        """
        trainer = pycrfsuite.Trainer(algorithm="lbfgs", verbose=False)
        trainer.set_params(
            {
                "c1": c1,
                "c2": c2,
                "max_iterations": rounds,
                "feature.possible_transitions": True,
                "feature.minfreq": rare,
            }
        )
        make = FEATURES[features]
        for item in data:
            trainer.append(make(item.tokens), list(item.labels))
        trainer.train(str(path))
        for old in _beside(path):
            old.unlink()
        for seed in range(networks):
            learned = Network.train([item.tokens for item in data], [item.labels for item in data], Plan(seed=seed))
            learned.save(path.with_name(f"{path.name}.net{seed}"))
        return cls(path, features)

    def tag(self, tokens: Sequence[str]) -> list[str]:
        """Return one BIO label per piece."""
        return self.tag_many([tokens])[0]

    def tag_many(self, sequences: Sequence[Sequence[str]]) -> list[list[str]]:
        """Return one BIO label per piece of each sequence; with networks many at once are much faster than one by
        one."""
        if not self._networks and len(self._fields) == 1:
            return [list(self._fields[0].tag(self._features(tokens))) if tokens else [] for tokens in sequences]
        # The geometric mean: what one of them holds to be impossible is not taken.
        sums = [np.log(self._marginals(tokens) + _LEAST) for tokens in sequences]
        for network in self._networks:
            place = [self.labels.index(label) for label in network.labels]
            for total, chances in zip(sums, network.chances(sequences), strict=True):
                total[:, place] += np.log(chances + _LEAST)
        return [self._best(total / (1 + len(self._networks))) for total in sums]

    def _marginals(self, tokens: Sequence[str]) -> NDArray[np.float64]:
        if not tokens:
            return np.zeros((0, len(self.labels)))
        self._look_at(tokens)
        return self._seen(len(tokens))

    def _look_at(self, tokens: Sequence[str]) -> None:
        looks = pycrfsuite.ItemSequence(self._features(tokens))
        for field in self._fields:
            field.set(looks)

    def _seen(self, size: int) -> NDArray[np.float64]:
        """Return the mean chances of what was looked at last, a row a piece, a column a label."""
        total = np.zeros((size, len(self.labels)))
        for field in self._fields:
            marginal = field.marginal
            total += np.asarray([[marginal(label, i) for label in self.labels] for i in range(size)])
        return total / len(self._fields)

    def _best(self, scores: NDArray[np.float64]) -> list[str]:
        """Return the labels of the likeliest way through that begins every inside; scores are log chances."""
        if len(scores) == 0:
            return []
        total = scores[0] + np.asarray([-np.inf if label[:2] == "I-" else 0.0 for label in self.labels])
        came = []
        for row in scores[1:]:
            ways = total[:, None] + self._barred
            came.append(ways.argmax(axis=0))
            total = ways.max(axis=0) + row
        path = [int(total.argmax())]
        for step in reversed(came):
            path.append(int(step[path[-1]]))
        return [self.labels[at] for at in reversed(path)]

    def stretches(self, text: str, *, at_least: dict[str, float] | None = None) -> list[Span]:
        """Return labelled stretches of a text; kinds in `at_least` are taken wherever their marginal chance reaches
        that value (recall first)."""
        found: list[Span] = []
        for start in range(0, len(text), 400):
            part = text[start : start + 400]
            tokens = pieces(sound(part))
            offsets = [0]
            for token in tokens:
                offsets.append(offsets[-1] + len(token))
            labels = self.tag(tokens)
            # The best labelling of one field alone leaves it looking at these pieces; otherwise look again.
            if at_least and (self._networks or len(self._fields) > 1):
                self._look_at(tokens)
            seen = self._seen(len(tokens)) if at_least else None
            for a, b, kind in sorted(entities(labels)):
                found.append(Span(start + offsets[a], start + offsets[b], part[offsets[a] : offsets[b]], kind))
            for kind, chance in (at_least or {}).items():
                assert seen is not None
                of_kind = seen[:, [n for n, label in enumerate(self.labels) if label[2:] == kind]].sum(axis=1)
                inside = [bool(one >= chance) for one in of_kind]
                begin = -1
                for i, flag in enumerate([*inside, False]):
                    if flag and begin < 0:
                        begin = i
                    elif not flag and begin >= 0:
                        found.append(
                            Span(start + offsets[begin], start + offsets[i], part[offsets[begin] : offsets[i]], kind)
                        )
                        begin = -1
        return found

    def chances(self, text: str, at_least: dict[str, float]) -> list[tuple[Span, float]]:
        """Return stretches where the chance of a kind reaches the value given for it, each with its mean chance."""
        found: list[tuple[Span, float]] = []
        for start in range(0, len(text), 400):
            part = text[start : start + 400]
            tokens = pieces(sound(part))
            offsets = [0]
            for token in tokens:
                offsets.append(offsets[-1] + len(token))
            marginals = self._marginals(tokens)
            for kind, least in at_least.items():
                of_kind = marginals[:, [n for n, label in enumerate(self.labels) if label[2:] == kind]].sum(axis=1)
                begin = -1
                for i, chance in enumerate([*of_kind, -1.0]):
                    if chance >= least and begin < 0:
                        begin = i
                    elif chance < least and begin >= 0:
                        a, b = offsets[begin], offsets[i]
                        found.append((Span(start + a, start + b, part[a:b], kind), float(of_kind[begin:i].mean())))
                        begin = -1
        return found


class PersonalTagger:
    """A `redact.Tagger` from a trained field: names and addresses, from the marginal chance `name_at`, `address_at` on.

    `places` also marks every place name of the word list (cities, countries, districts): more than a public page needs.
    """

    def __init__(
        self, model: SequenceModel, *, name_at: float = 0.1, address_at: float = 0.08, places: bool = False
    ) -> None:
        self._model, self._places = model, places
        self._lock = threading.Lock()
        self._at = {"name": name_at, "address": address_at}

    def _spans(self, text: str) -> list[Span]:
        return [span for span in self._model.stretches(text, at_least=self._at) if span.kind in self._at]

    def marks(self, text: str) -> list[redact.Mark]:
        """Return marks of names and addresses with reasons."""
        whys = {
            "name": Why("上下文像姓名（由模型判断）", "reads like a name (by the trained model)"),
            "address": Why("上下文像地址（由模型判断）", "reads like an address (by the trained model)"),
        }
        with self._lock:
            spans = self._spans(text)
        spans = [span for span in map(trimmed, spans) if len(span.text) > 1 and not _in_a_link(text, span)]
        marks = [redact.Mark(span.start, span.end, span.text, span.kind, whys[span.kind]) for span in spans]
        at = 0
        for word, tag in rjieba.tag(simplify(sound(text))) if self._places else ():
            end = at + len(word)
            if tag == "ns" and not any(span.start < end and at < span.end for span in spans):
                why = Why("词表中的地名", "a place name of the word list")
                marks.append(redact.Mark(at, end, text[at:end], "address", why))
            at = end
        return marks


_EDGES = " \t\n，。、；：！？,.;:!?“”\"'《》()（）[]【】-—…=＝+＋"


def trimmed(span: Span) -> Span:
    start = span.start + len(span.text) - len(span.text.lstrip(_EDGES))
    text = span.text.strip(_EDGES)
    return Span(start, start + len(text), text, span.kind)


def _in_a_link(text: str, span: Span) -> bool:
    """Tell whether a stretch of Latin letters is a piece of an address of the net."""
    before, behind = text[max(0, span.start - 1) : span.start], text[span.end : span.end + 1]
    return span.text.isascii() and (behind in {"@", ".", "_"} or before in {"@", "/", ".", "_"})


def from_spans(text: str, spans: Sequence[tuple[int, int, str]]) -> Labelled:
    """Turn a text and its (start, end, kind) spans into pieces with BIO labels; a piece belongs to the span that
    covers its first character."""
    tokens = pieces(text)
    labels = []
    at = 0
    previous: tuple[int, int, str] | None = None
    for token in tokens:
        cover = next((span for span in spans if span[0] <= at < span[1]), None)
        labels.append("O" if cover is None else ("I-" if cover == previous else "B-") + cover[2])
        previous = cover
        at += len(token)
    return Labelled(tuple(tokens), tuple(labels))


def parse_address(model: SequenceModel, text: str) -> dict[str, str]:
    """Part an address into its levels (`prov`, `city`, `district`, `town`, `community`, `road`, `roadno`, `poi`,
    `houseno` …), first of each kind."""
    found: dict[str, str] = {}
    for span in model.stretches(text):
        found.setdefault(span.kind, span.text)
    return found
