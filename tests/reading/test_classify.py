"""Categories: learned, calibrated, explained, and silent when not sure."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from tests.reading.ground import NASTY, need
from wuxiao.reading import classify, measure
from wuxiao.reading.classify import (
    Classifier,
    by_time,
    calibration_error,
    challenge,
    figures,
    group_copies,
    threshold_for,
)

PARTS = {
    "路灯": ["路灯不亮", "灯杆倾斜", "夜里一片漆黑", "照明损坏"],
    "噪音": ["广场舞太吵", "施工噪音", "喇叭扰民", "半夜敲打"],
    "停车": ["乱停车", "占用车位", "停车收费", "堵住出口"],
}


def made(count: int, seed: int = 0) -> tuple[list[str], list[str]]:
    rnd = random.Random(seed)
    texts, labels = [], []
    for number in range(count):
        label = rnd.choice(list(PARTS))
        texts.append(
            f"{rnd.choice('东西南北')}{rnd.choice('河山湖桥')}小区{rnd.choice(PARTS[label])}，{rnd.choice(PARTS[label])}，"
            f"第{number}次反映，{rnd.choice(['请处理', '希望解决', '盼回复'])}"
        )
        labels.append(label)
    return texts, labels


@pytest.fixture(scope="module")
def model() -> Classifier:
    texts, labels = made(240)
    return Classifier.train(texts, labels, groups=list(range(240)), made_at=datetime(2026, 1, 1), source="made")


def test_it_learns_and_says_why(model: Classifier) -> None:
    found = model.predict("西河小区广场舞太吵")
    assert found.label == "噪音"
    assert found.chance > 0.6
    assert any("广场" in word or "吵" in word for word in found.words)
    assert found.ranking[0][0] == "噪音"
    assert sum(chance for _, chance in found.ranking) == pytest.approx(1, abs=0.01)


def test_it_says_i_do_not_know(model: Classifier) -> None:
    assert model.predict("").label == ""
    assert model.predict("\u3042\u3044\u3046").label == ""
    model.accept(0.0)
    strict = model.threshold
    model.accept(0.5)
    assert model.threshold <= strict
    model.accept(0.05)
    with pytest.raises(ValueError, match="accepted error"):
        model.accept(1.5)


def test_one_at_a_time_and_many_at_once_agree(model: Classifier) -> None:
    texts, _ = made(40, seed=5)
    for text, (label, chance) in zip(texts, model.decide(texts), strict=True):
        one = model.predict(text)
        assert one.label == label
        assert one.chance == pytest.approx(chance, abs=1e-3)
    assert model.decide([]) == []


def test_it_is_saved_with_its_card_and_read_back(model: Classifier, tmp_path: Path) -> None:
    model.save(tmp_path)
    again = Classifier.load(tmp_path)
    assert again.decide(["东桥小区路灯不亮"]) == model.decide(["东桥小区路灯不亮"])
    card = (tmp_path / "card.md").read_text(encoding="utf-8")
    assert "macro F1" in card
    assert "2026-01-01" in card
    with pytest.raises(FileNotFoundError):
        Classifier.load(tmp_path / "none")


def test_the_same_input_gives_the_same_model() -> None:
    texts, labels = made(90)
    one, two = (Classifier.train(texts, labels, groups=list(range(90))) for _ in range(2))
    assert np.array_equal(one.weights, two.weights)


def test_bad_training_data_is_explained() -> None:
    with pytest.raises(ValueError, match="one label per text"):
        Classifier.train(["a"], [])
    with pytest.raises(ValueError, match="at least two labels"):
        Classifier.train(["路灯", "路灯坏了"], ["x", "x"])


def test_a_new_model_is_better_only_if_clearly_so_on_the_newest(model: Classifier) -> None:
    texts, labels = made(60, seed=9)
    assert challenge(None, model, texts, labels).better
    assert not challenge(model, model, texts, labels).better
    assert not challenge(None, model, texts[:5], labels[:5]).better
    assert not challenge(None, model, [], []).better


def test_time_parts_older_from_newer() -> None:
    moments = [datetime(2026, 1, 1) + timedelta(days=number) for number in range(10)]
    older, newer = by_time(moments)
    assert max(moments[index] for index in older) < min(moments[index] for index in newer)
    assert by_time([]) == ([], [])
    with pytest.raises(ValueError, match="newest"):
        by_time(moments, 1.5)


def test_figures_thresholds_and_calibration() -> None:
    chances = np.linspace(0.5, 1, 100)
    right = np.arange(100) >= 10
    threshold, coverage = threshold_for(chances, right, 0.02)
    assert coverage >= 0.9
    assert (right[chances >= threshold]).mean() >= 0.98
    assert threshold_for(chances, np.zeros(100, dtype=bool), 0.02) == (1.01, 0.0)
    assert calibration_error(np.full(100, 0.9), np.arange(100) % 10 > 0) == pytest.approx(0, abs=1e-9)
    assert calibration_error(np.full(100, 0.9), np.arange(100) % 2 > 0) == pytest.approx(0.4)
    assert figures(["a", "b"], ["a", "a"], np.ones(2))["accuracy"] == 0.5


def test_how_sure_a_decision_is_comes_from_fit_and_lead_and_the_best_label_stays_the_best() -> None:
    rnd = np.random.default_rng(0)
    margins = rnd.normal(-1, 0.6, (400, 3))
    answers = rnd.integers(0, 3, 400)
    margins[np.arange(400), answers] += rnd.choice([0.2, 2.0], 400)
    calibration = np.asarray([1.0, 0.0, 0.0, 0.0])
    sureness = classify._learn_sureness(margins, calibration, answers)
    chances = classify._chances(margins, calibration, sureness)
    assert chances.sum(axis=1) == pytest.approx(np.ones(400))
    assert (chances >= 0).all()
    assert np.array_equal(chances.argmax(axis=1), (margins * np.e).argmax(axis=1))
    right = chances.argmax(axis=1) == answers
    assert calibration_error(chances.max(axis=1), right) < 0.05
    # Two that lead alike: the one that fits by itself and the one that only fits better.
    lead = np.asarray([[1.0, -1.0, -1.0], [-1.0, -3.0, -3.0]])
    sure = classify._chances(lead, calibration, np.asarray([2.0, 1.0, 0.0, 0.0, 0.0, 0.0]))[:, 0]
    assert sure[0] > sure[1]
    nothing = classify._learn_sureness(margins, calibration, margins.argmax(axis=1))
    assert len(nothing) == 0
    assert classify._chances(margins, calibration, nothing).sum(axis=1) == pytest.approx(np.ones(400))


def test_copies_share_a_group() -> None:
    groups = group_copies(["小区路灯坏了半个月没人修", "小区路灯坏了半个月，没人修！", "别的事情完全不同"])
    assert groups[0] == groups[1] != groups[2]


@pytest.mark.parametrize("text", NASTY)
def test_nasty_texts_pass(model: Classifier, text: str) -> None:
    found = model.predict(text)
    assert 0 <= found.chance <= 1


def test_officials_files_are_read_in_their_own_encoding(tmp_path: Path) -> None:
    for encoding in ("utf-8", "utf-8-sig", "gb18030"):
        path = tmp_path / f"{encoding}.csv"
        path.write_bytes("text,label\n路灯坏了,路灯\n".encode(encoding))
        assert measure.read_table(path, ["text"], "label") == (["路灯坏了"], ["路灯"])
    with pytest.raises(ValueError, match="no column 'nix'"):
        measure.read_table(path, ["nix"])
    (tmp_path / "bad").write_bytes(b"\xff\xff\xff")
    with pytest.raises(ValueError, match="GB18030"):
        measure.read_text(tmp_path / "bad")


def test_real_raw_messages() -> None:
    texts, labels = measure.read_table(need("hotline/messages_raw_dev.csv"), ["留言主题", "留言详情"], "label")
    result = measure.classification(texts, labels, folds=2)
    assert float(str(result["macro_f1"])) > 0.8
    assert int(str(result["messages_per_second_one_core"])) > 500
