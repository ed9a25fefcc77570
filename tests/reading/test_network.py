"""The network: its slopes are right, it learns what a window cannot see, and it helps the field beside it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tests.reading.test_sequence import addresses
from wuxiao.reading.tagger import sequence
from wuxiao.reading.tagger.network import Network, Plan, _pack

SMALL = Plan(sizes=(8, 6, 6, 4), memory=10, rounds=30, drop=0.2, hide=0.0, rate=0.02, batch=8)


def learned(plan: Plan = SMALL) -> Network:
    data = addresses()
    return Network.train([item.tokens for item in data], [item.labels for item in data], plan)


def test_the_slopes_are_those_of_the_loss() -> None:
    rnd = np.random.default_rng(1)
    plan = Plan(sizes=(3, 2, 2, 2), memory=4, rounds=1, drop=0.0, hide=0.0, batch=4)
    data = addresses()[:4]
    network = Network.train([item.tokens for item in data], [item.labels for item in data], plan)
    # Of unlike lengths, so that padding is tried too.
    rows = [network._ids(item.tokens[: 5 + n]) for n, item in enumerate(data)]
    place = {label: at for at, label in enumerate(network.labels)}
    truth = [np.asarray([place[label] for label in item.labels[: 5 + n]]) for n, item in enumerate(data)]
    batch = _pack(rows)

    def loss() -> float:
        emissions = network._emissions(batch)[0]
        whole = network._chain(emissions, batch).whole.sum()
        gold = 0.0
        for at, answers in enumerate(truth):
            gold += network._weights["starts"][answers[0]]
            gold += sum(network._weights["moves"][a, b] for a, b in pairwise(answers))
            gold += sum(emissions[t, at, answer] for t, answer in enumerate(answers))
        return float(whole - gold) / len(truth)

    slopes = network._slopes(batch, truth, rnd)
    tried = 0
    for name, slope in slopes.items():
        rows_of, values = slope if isinstance(slope, tuple) else (np.arange(len(slope)), slope)
        weight = network._weights[name]
        for _ in range(4):
            at = int(rnd.integers(len(rows_of)))
            place_in = (int(rows_of[at]), *(int(rnd.integers(n)) for n in weight.shape[1:]))
            before = weight[place_in]
            weight[place_in] = before + 1e-2
            above = loss()
            weight[place_in] = before - 1e-2
            below = loss()
            weight[place_in] = before
            assert values[(at, *place_in[1:])] == pytest.approx((above - below) / 2e-2, rel=0.02, abs=1e-3), name
            tried += 1
    assert tried == 4 * len(slopes) == 4 * 14


def test_it_learns_is_kept_and_read_back(tmp_path: Path) -> None:
    network = learned()
    assert np.array_equal(network._weights["out"], learned()._weights["out"])
    asked = sequence.pieces("A市书院路12号3栋")
    found = network.chances([asked, []])
    assert [network.labels[at] for at in found[0].argmax(axis=1)] == [
        *("B-city", "I-city", "B-road", "I-road", "I-road", "B-roadno", "I-roadno", "B-houseno", "I-houseno")
    ]
    assert found[0].sum(axis=1) == pytest.approx(np.ones(len(asked)), abs=1e-4)
    assert found[1].shape == (0, len(network.labels))
    network.save(tmp_path / "a.net")
    assert Network.load(tmp_path / "a.net").chances([asked])[0] == pytest.approx(found[0], abs=1e-5)


def test_a_field_with_networks_decides_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequence, "Plan", lambda seed: SMALL)
    model = sequence.SequenceModel.train(addresses(), tmp_path / "a.crf", "address", rounds=30, networks=2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.crf", "a.crf.net0", "a.crf.net1"]
    assert sequence.parse_address(model, "A市五一大道7号2栋")["road"] == "五一大道"
    assert model.tag_many([[], ["A", "市"]]) == [[], ["B-city", "I-city"]]
    sequence.SequenceModel.train(addresses(), tmp_path / "a.crf", "address", rounds=5)
    assert [path.name for path in tmp_path.iterdir()] == ["a.crf"]


def test_mistakes_are_named() -> None:
    with pytest.raises(ValueError, match="sequence 1: 2 pieces but 1 labels"):
        Network.train([["a", "b"]], [["O"]])
    with pytest.raises(ValueError, match="no labelled sequence"):
        Network.train([[]], [[]])
