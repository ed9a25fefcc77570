"""A small neural reader of sequences: embeddings of characters and their neighbours, a long short-term memory in both
directions, and a linear chain on top (Huang, Xu and Yu 2015), in NumPy alone.

It sees a whole address at once where the field of `sequence` sees a window; averaged with it, both err less. Training
takes some ten seconds a round for nine thousand addresses on one core; nothing trained ships with the package.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Longs = NDArray[np.int64]
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """How a network is built and trained: sizes of the four embeddings (piece, pair with the next, pair with the one
    before, triple), of the memory, rounds, share dropped, share of pieces hidden, learning rate, batch, seed."""

    sizes: tuple[int, int, int, int] = (96, 40, 8, 8)
    memory: int = 192
    rounds: int = 14
    drop: float = 0.5
    hide: float = 0.2
    rate: float = 0.002
    batch: int = 32
    seed: int = 0


def _views(pieces: Sequence[str]) -> list[list[str]]:
    """Return what is looked up for each piece: itself, and its neighbourhood with numbers by their length only."""
    shown = ["0" * min(len(piece), 5) if piece.isdigit() else piece.lower() for piece in pieces]
    before = ["<", *shown[:-1]]
    behind = [*shown[1:], ">"]
    return [
        [piece.lower() for piece in pieces],
        [a + b for a, b in zip(shown, behind, strict=True)],
        [a + b for a, b in zip(before, shown, strict=True)],
        [a + b + c for a, b, c in zip(before, shown, behind, strict=True)],
    ]


@dataclass(slots=True)
class _Batch:
    """Sequences side by side, padded at the end: what each view holds, lengths, where each piece stands backwards."""

    ids: Longs
    lengths: Longs
    backwards: Longs

    @property
    def mask(self) -> NDArray[np.bool_]:
        return np.asarray(np.arange(self.ids.shape[1])[:, None] < self.lengths)


def _pack(rows: Sequence[Longs]) -> _Batch:
    lengths = np.asarray([row.shape[1] for row in rows], dtype=np.int64)
    longest = int(lengths.max())
    ids = np.zeros((len(rows[0]), longest, len(rows)), dtype=np.int64)
    for at, row in enumerate(rows):
        ids[:, : row.shape[1], at] = row
    steps = np.arange(longest, dtype=np.int64)[:, None] + np.zeros((1, len(rows)), dtype=np.int64)
    return _Batch(ids, lengths, np.where(steps < lengths, lengths - 1 - steps, steps))


@dataclass(slots=True)
class _Memory:
    """What one direction keeps for learning."""

    inputs: Floats
    hidden: Floats
    cells: Floats
    gates: Floats
    bent: Floats


@dataclass(slots=True)
class _Chain:
    """What the chain keeps: chances per piece, both passes, emissions, scales, log of the whole."""

    chances: Floats
    forward: Floats
    backward: Floats
    emitted: Floats
    scales: Floats
    whole: NDArray[np.float64]


class Network:
    """A trained network: `chances` returns, for each sequence, a row per piece and a column per label."""

    def __init__(
        self, labels: Sequence[str], views: Sequence[Mapping[str, int]], weights: dict[str, Floats], plan: Plan
    ) -> None:
        self.labels, self._views, self._weights, self.plan = list(labels), list(views), weights, plan

    # ------------------------------------------------------------------------------------------------------ reading

    def _ids(self, pieces: Sequence[str]) -> Longs:
        return np.asarray(
            [
                [known.get(one, 0) for one in view]
                for known, view in zip(self._views, _views(pieces), strict=True)
            ],
            dtype=np.int64,
        )  # fmt: skip

    def chances(self, sequences: Sequence[Sequence[str]], *, side_by_side: int = 128) -> list[Floats]:
        """Return the marginal chances of the labels for each sequence of pieces; an empty one gives no rows."""
        found: list[Floats] = [np.zeros((0, len(self.labels)), dtype=np.float32) for _ in sequences]
        order = sorted((i for i, one in enumerate(sequences) if one), key=lambda i: len(sequences[i]))
        for start in range(0, len(order), side_by_side):
            some = order[start : start + side_by_side]
            batch = _pack([self._ids(sequences[i]) for i in some])
            chain = self._chain(self._emissions(batch)[0], batch)
            for at, i in enumerate(some):
                found[i] = chain.chances[: batch.lengths[at], at]
        return found

    def _remember(self, inputs: Floats, way: str) -> _Memory:
        size = self.plan.memory
        steps, side, _ = inputs.shape
        own = self._weights[f"own {way}"]
        entering = (
            inputs.reshape(steps * side, -1) @ self._weights[f"in {way}"] + self._weights[f"bias {way}"]
        ).reshape(steps, side, 4 * size)
        hidden = np.zeros((steps + 1, side, size), dtype=np.float32)
        cells = np.zeros_like(hidden)
        gates = np.empty((steps, side, 4 * size), dtype=np.float32)
        bent = np.empty((steps, side, size), dtype=np.float32)
        for t in range(steps):
            push = entering[t] + hidden[t] @ own
            # The logistic function by way of tanh neither overflows nor needs a second pass.
            gates[t, :, : 3 * size] = 0.5 * np.tanh(0.5 * push[:, : 3 * size]) + 0.5
            gates[t, :, 3 * size :] = np.tanh(push[:, 3 * size :])
            take, keep, give = (gates[t, :, k * size : (k + 1) * size] for k in range(3))
            cells[t + 1] = keep * cells[t] + take * gates[t, :, 3 * size :]
            bent[t] = np.tanh(cells[t + 1])
            hidden[t + 1] = give * bent[t]
        return _Memory(inputs, hidden, cells, gates, bent)

    def _emissions(
        self, batch: _Batch, rnd: np.random.Generator | None = None
    ) -> tuple[Floats, tuple[Floats, Floats | None, Floats | None, _Memory, _Memory]]:
        """Return a score per piece and label, and what learning needs; `rnd` drops parts at random (training)."""
        weights, drop = self._weights, self.plan.drop
        seen: Floats = np.concatenate([weights[f"view {k}"][batch.ids[k]] for k in range(len(self._views))], axis=2)
        below = above = None
        if rnd is not None:
            below = _holes(rnd, seen.shape, drop)
            seen = seen * below
        side = np.arange(len(batch.lengths))[None, :]
        on = self._remember(seen, "on")
        back = self._remember(seen[batch.backwards, side], "back")
        both: Floats = np.concatenate([on.hidden[1:], back.hidden[1:][batch.backwards, side]], axis=2)
        if rnd is not None:
            above = _holes(rnd, both.shape, drop)
            both = both * above
        emissions: Floats = both @ weights["out"] + weights["out bias"]
        return emissions, (both, below, above, on, back)

    def _chain(self, emissions: Floats, batch: _Batch) -> _Chain:
        mask = batch.mask[:, :, None]
        steps = len(emissions)
        moves = np.exp(self._weights["moves"])
        top = emissions.max(axis=2, keepdims=True)
        emitted = np.exp(emissions - top)
        forward, backward = np.empty_like(emitted), np.ones_like(emitted)
        scales = np.ones((*emitted.shape[:2], 1), dtype=np.float32)
        first = emitted[0] * np.exp(self._weights["starts"])
        scales[0] = first.sum(axis=1, keepdims=True)
        forward[0] = first / scales[0]
        for t in range(1, steps):
            push = (forward[t - 1] @ moves) * emitted[t]
            scales[t] = push.sum(axis=1, keepdims=True)
            forward[t] = np.where(mask[t], push / scales[t], forward[t - 1])
        for t in range(steps - 2, -1, -1):
            pull = ((emitted[t + 1] * backward[t + 1]) @ moves.T) / scales[t + 1]
            backward[t] = np.where(mask[t + 1], pull, 1.0)
        chances = forward * backward
        chances /= chances.sum(axis=2, keepdims=True)
        whole = np.where(mask, np.log(scales) + top, 0.0).sum(axis=(0, 2))
        return _Chain(chances, forward, backward, emitted, scales, whole)

    # ------------------------------------------------------------------------------------------------------ learning

    @classmethod
    def train(
        cls, sequences: Sequence[Sequence[str]], answers: Sequence[Sequence[str]], plan: Plan | None = None
    ) -> Network:
        """Learn from sequences of pieces with a label for each piece; the same plan gives the same network.

        Raises `ValueError` when there is nothing to learn from or a sequence has not one label per piece.
        """
        plan = plan or Plan()
        for number, (one, labels) in enumerate(zip(sequences, answers, strict=True), start=1):
            if len(one) != len(labels):
                raise ValueError(f"sequence {number}: {len(one)} pieces but {len(labels)} labels")
        if not any(sequences):
            raise ValueError("there is no labelled sequence to learn from")
        rnd = np.random.default_rng(plan.seed)
        names = sorted({label for labels in answers for label in labels})
        number_of = {name: at for at, name in enumerate(names)}
        counts: list[Counter[str]] = [Counter() for _ in plan.sizes]
        for one in sequences:
            for count, view in zip(counts, _views(one), strict=True):
                count.update(view)
        # What stands once teaches only its own answer; it shares the place of the unknown.
        views = [
            {word: at for at, word in enumerate(sorted(w for w, n in count.items() if n > 1), start=1)}
            for count in counts
        ]
        network = cls(names, views, _first_weights(views, len(names), plan, rnd), plan)
        rows = [network._ids(one) for one in sequences if one]
        truth = [np.asarray([number_of[label] for label in labels], dtype=np.int64) for labels in answers if labels]
        return network._learn(rows, truth, rnd)

    def _learn(self, rows: Sequence[Longs], truth: Sequence[Longs], rnd: np.random.Generator) -> Network:
        plan, adam = self.plan, _Adam(self._weights)
        lengths = np.asarray([len(one) for one in truth])
        total = plan.rounds * -(-len(rows) // plan.batch)
        step, kept = 0, 0
        mean: dict[str, Floats] = {}
        for turn in range(plan.rounds):
            # Sequences of about one length stand together; the batches come in any order.
            order = np.argsort(lengths + 4 * rnd.random(len(rows)), kind="stable")
            batches = [order[at : at + plan.batch] for at in range(0, len(order), plan.batch)]
            for number in rnd.permutation(len(batches)).tolist():
                some = batches[number].tolist()
                hidden = [np.where(rnd.random(rows[i].shape) < plan.hide, 0, rows[i]) for i in some]
                step += 1
                rate = plan.rate * min(1.0, step / 200) * (1 - 0.95 * step / total)
                adam.step(self._slopes(_pack(hidden), [truth[i] for i in some], rnd), rate)
                if 2 * turn >= plan.rounds and step % 20 == 0:
                    kept += 1
                    for name, weight in self._weights.items():
                        mean[name] = (
                            weight.copy() if kept == 1 else mean[name] + (weight - mean[name]) / np.float32(kept)
                        )
        # The mean over the second half of training errs less than where it happened to end.
        return Network(self.labels, self._views, mean or self._weights, plan)

    def _slopes(self, batch: _Batch, truth: Sequence[Longs], rnd: np.random.Generator) -> dict[str, Any]:
        """Return the slope of the loss for each weight; embeddings as (rows, slopes)."""
        weights, size = self._weights, self.plan.memory
        emissions, (both, below, above, on, back) = self._emissions(batch, rnd)
        chain = self._chain(emissions, batch)
        steps, side, labels = emissions.shape
        answers = np.zeros((steps, side), dtype=np.int64)
        for at, one in enumerate(truth):
            answers[: len(one), at] = one
        mask = batch.mask
        at_step, at_side = np.nonzero(mask)
        pull = chain.chances * mask[:, :, None]
        pull[at_step, at_side, answers[at_step, at_side]] -= 1
        pull = (pull / side).astype(np.float32)
        slopes: dict[str, Any] = {"out bias": pull.sum(axis=(0, 1)), "starts": pull[0].sum(axis=0)}
        moves = np.zeros((labels, labels), dtype=np.float32)
        if steps > 1:
            going = mask[1:]
            even = (chain.forward[1:] * chain.backward[1:]).sum(axis=2, keepdims=True)
            left = chain.forward[:-1] * (going[:, :, None] / (chain.scales[1:] * even))
            right = chain.emitted[1:] * chain.backward[1:]
            moves = (left.reshape(-1, labels).T @ right.reshape(-1, labels)) * np.exp(weights["moves"])
            np.add.at(moves, (answers[:-1][going], answers[1:][going]), -1)
        slopes["moves"] = (moves / side).astype(np.float32)
        slopes["out"] = both.reshape(steps * side, -1).T @ pull.reshape(steps * side, -1)
        upper = pull @ weights["out"].T
        if above is not None:
            upper = upper * above
        across = np.arange(side)[None, :]
        lower = self._forget(np.ascontiguousarray(upper[:, :, :size]), on, "on", slopes)
        turned = self._forget(np.ascontiguousarray(upper[:, :, size:][batch.backwards, across]), back, "back", slopes)
        lower = lower + turned[batch.backwards, across]
        if below is not None:
            lower = lower * below
        begin = 0
        for k, width in enumerate(self.plan.sizes):
            rows, place = np.unique(batch.ids[k][at_step, at_side], return_inverse=True)
            slope = np.zeros((len(rows), width), dtype=np.float32)
            np.add.at(slope, place, lower[at_step, at_side, begin : begin + width])
            slopes[f"view {k}"] = (rows, slope)
            begin += width
        return slopes

    def _forget(self, upper: Floats, memory: _Memory, way: str, slopes: dict[str, Any]) -> Floats:
        """Go back through one direction: fill the slopes of its weights, return those of its inputs."""
        size = self.plan.memory
        steps, side, _ = upper.shape
        own = np.ascontiguousarray(self._weights[f"own {way}"].T)
        pushed = np.empty((steps, side, 4 * size), dtype=np.float32)
        hidden = np.zeros((side, size), dtype=np.float32)
        cell = np.zeros((side, size), dtype=np.float32)
        for t in range(steps - 1, -1, -1):
            hidden = hidden + upper[t]
            take, keep, give, new = (memory.gates[t, :, k * size : (k + 1) * size] for k in range(4))
            bent = memory.bent[t]
            cell = cell + hidden * give * (1 - bent * bent)
            pushed[t, :, :size] = cell * new * take * (1 - take)
            pushed[t, :, size : 2 * size] = cell * memory.cells[t] * keep * (1 - keep)
            pushed[t, :, 2 * size : 3 * size] = hidden * bent * give * (1 - give)
            pushed[t, :, 3 * size :] = cell * take * (1 - new * new)
            cell = cell * keep
            hidden = pushed[t] @ own
        flat = pushed.reshape(steps * side, -1)
        slopes[f"in {way}"] = memory.inputs.reshape(steps * side, -1).T @ flat
        slopes[f"own {way}"] = memory.hidden[:-1].reshape(steps * side, -1).T @ flat
        slopes[f"bias {way}"] = flat.sum(axis=0)
        entered: Floats = (flat @ self._weights[f"in {way}"].T).reshape(memory.inputs.shape)
        return entered

    # ------------------------------------------------------------------------------------------------------ keeping

    def save(self, path: Path) -> None:
        """Write the network as NumPy arrays, nothing executable."""
        head = {
            "format": FORMAT,
            "labels": self.labels,
            "views": [sorted(view, key=view.__getitem__) for view in self._views],
            "sizes": self.plan.sizes,
            "memory": self.plan.memory,
        }
        text = np.frombuffer(json.dumps(head, ensure_ascii=False).encode("utf-8"), dtype=np.uint8)
        arrays: dict[str, Any] = {name.replace(" ", "_"): weight for name, weight in self._weights.items()}
        with path.open("wb") as file:
            np.savez_compressed(file, head=text, **arrays)

    @classmethod
    def load(cls, path: Path) -> Network:
        """Read a network; `FileNotFoundError` when there is none, `ValueError` when it is of another version."""
        with np.load(path, allow_pickle=False) as arrays:
            head = json.loads(arrays["head"].tobytes().decode("utf-8"))
            if head.get("format") != FORMAT:
                raise ValueError(f"{path}: network of format {head.get('format')!r}; train it again")
            weights = {name.replace("_", " "): arrays[name] for name in arrays.files if name != "head"}
        views = [{word: at for at, word in enumerate(words, start=1)} for words in head["views"]]
        return cls(head["labels"], views, weights, Plan(sizes=tuple(head["sizes"]), memory=head["memory"]))


def _holes(rnd: np.random.Generator, shape: tuple[int, ...], drop: float) -> Floats:
    """Return what drops a share of the parts and makes up for it in the others."""
    kept: Floats = (rnd.random(shape, dtype=np.float32) > drop).astype(np.float32)
    return kept / np.float32(1 - drop)


def _first_weights(
    views: Sequence[Mapping[str, int]], labels: int, plan: Plan, rnd: np.random.Generator
) -> dict[str, Floats]:
    def spread(rows: int, columns: int) -> Floats:
        size = float(np.sqrt(2 / (rows + columns)))
        return np.asarray(rnd.standard_normal((rows, columns)) * size, dtype=np.float32)

    size, seen = plan.memory, sum(plan.sizes)
    weights = {
        f"view {k}": (0.1 * rnd.standard_normal((len(view) + 1, width))).astype(np.float32)
        for k, (view, width) in enumerate(zip(views, plan.sizes, strict=True))
    }
    for way in ("on", "back"):
        weights[f"in {way}"], weights[f"own {way}"] = spread(seen, 4 * size), spread(size, 4 * size)
        bias = np.zeros(4 * size, dtype=np.float32)
        # A memory that keeps to begin with learns what to forget; the other way round it learns slowly.
        bias[size : 2 * size] = 1
        weights[f"bias {way}"] = bias
    weights["out"], weights["out bias"] = spread(2 * size, labels), np.zeros(labels, dtype=np.float32)
    weights["moves"], weights["starts"] = (
        np.zeros((labels, labels), dtype=np.float32),
        np.zeros(labels, dtype=np.float32),
    )
    return weights


class _Adam:
    """Kingma and Ba 2015, with the slope cut at length 5; embeddings only where a batch touched them."""

    def __init__(self, weights: dict[str, Floats]) -> None:
        self._weights, self._turn = weights, 0
        self._mean = {name: np.zeros_like(weight) for name, weight in weights.items()}
        self._square = {name: np.zeros_like(weight) for name, weight in weights.items()}

    def step(self, slopes: Mapping[str, Any], rate: float) -> None:
        self._turn += 1
        parts = {name: s if isinstance(s, tuple) else (slice(None), s) for name, s in slopes.items()}
        length = float(np.sqrt(sum(float((slope * slope).sum()) for _, slope in parts.values())))
        cut = np.float32(min(1.0, 5.0 / (length + 1e-9)))
        pace = np.float32(rate * np.sqrt(1 - 0.999**self._turn) / (1 - 0.9**self._turn))
        for name, (rows, slope) in parts.items():
            slope = slope * cut
            mean = np.float32(0.9) * self._mean[name][rows] + np.float32(0.1) * slope
            square = np.float32(0.999) * self._square[name][rows] + np.float32(0.001) * slope * slope
            self._mean[name][rows], self._square[name][rows] = mean, square
            self._weights[name][rows] -= pace * mean / (np.sqrt(square) + np.float32(1e-8))
