"""Categories learned from labelled messages: calibrated chances, the words that spoke, and "I do not know" below a
chosen error.

One linear model (log-count ratios weigh the features, Wang and Manning 2012; a linear SVM per class), so each
decision is a sum of words.
The label may be a category, a handling class, a kind or a unit: train one model for each.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wuxiao.late import late
from wuxiao.reading.similar import copies
from wuxiao.reading.tagger.features import Features, Recipe
from wuxiao.reading.words import Why

if TYPE_CHECKING:
    from scipy import optimize, sparse
    from sklearn import linear_model, model_selection, svm
else:
    optimize, sparse = late("scipy.optimize"), late("scipy.sparse")
    linear_model, model_selection = late("sklearn.linear_model"), late("sklearn.model_selection")
    svm = late("sklearn.svm")

Doubles = NDArray[np.float64]
FORMAT = 2


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the model suggests: `label` ("" for "I do not know"), the best label in any case, its calibrated chance,
    rivals, words, why."""

    label: str
    best: str
    chance: float
    ranking: tuple[tuple[str, float], ...]
    words: tuple[str, ...]
    why: Why


@dataclass(frozen=True, slots=True)
class Settings:
    """How a model is trained: the recipe of features, the SVM's `cost`, the floor and ceiling of the log-count
    ratios, inner folds, seed."""

    recipe: Recipe = field(default_factory=lambda: Recipe(reach=1200))
    cost: float = 1.5
    floor: float = 0.3
    ceiling: float = 3.0
    folds: int = 4
    seed: int = 0


def group_copies(texts: Sequence[str], at_least: float = 0.5) -> list[int]:
    """Return a group number per text such that near-copies share one, so that no copy of a judged text is learned
    from."""
    group = list(range(len(texts)))
    for members in copies(texts, at_least=at_least):
        for member in members:
            group[member] = members[0]
    return group


def _fit(
    rows: sparse.csr_matrix, answers: NDArray[np.int64], classes: int, settings: Settings
) -> tuple[NDArray[np.float32], Doubles]:
    present = (rows > 0).astype(np.float32)
    weights = np.zeros((rows.shape[1], classes), dtype=np.float32)
    biases = np.zeros(classes)
    everything = np.asarray(present.sum(axis=0)).ravel()
    for number in range(classes):
        mine = answers == number
        if mine.all() or not mine.any():
            # Copies kept together can leave a label out of an inner fold: then nothing speaks for or against it.
            biases[number] = 1.0 if mine.all() else -1.0
            continue
        inside = 1 + np.asarray(present[mine].sum(axis=0)).ravel()
        outside = 1 + everything - (inside - 1)
        ratio = np.abs(np.log((inside / inside.sum()) / (outside / outside.sum())))
        scale = (settings.floor + (1 - settings.floor) * np.minimum(ratio, settings.ceiling) / 1.5).astype(np.float32)
        machine = svm.LinearSVC(C=settings.cost, random_state=settings.seed).fit(rows @ sparse.diags(scale), mine)
        weights[:, number] = machine.coef_[0] * scale
        biases[number] = machine.intercept_[0]
    return weights, biases


def _softmax(scores: Doubles) -> Doubles:
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


def _calibrate(margins: Doubles, answers: NDArray[np.int64]) -> Doubles:
    """Return [log temperature, one offset per class] that make softmax chances honest on held-out margins."""
    classes = margins.shape[1]
    rows = np.arange(len(answers))

    def loss(x: Doubles) -> float:
        chances = _softmax(margins * np.exp(x[0]) + x[1:])
        return float(-np.log(chances[rows, answers] + 1e-12).mean() + 0.01 * (x[1:] ** 2).sum() / classes)

    def slope(x: Doubles) -> Doubles:
        chances = _softmax(margins * np.exp(x[0]) + x[1:])
        chances[rows, answers] -= 1
        return np.concatenate(
            [[(chances * margins).sum() * np.exp(x[0]) / len(answers)], chances.mean(axis=0) + 0.02 * x[1:] / classes]
        )

    start = np.concatenate([[1.0], np.zeros(classes)])
    return np.asarray(optimize.minimize(loss, start, jac=slope, method="L-BFGS-B").x)


def _signs(margins: Doubles, best: NDArray[np.int64]) -> Doubles:
    """Return what tells how sure a decision is: the best label's own margin, its lead over the next, and which label
    it is."""
    rows = np.arange(len(best))
    own = margins[rows, best]
    others = margins.copy()
    others[rows, best] = -np.inf
    labels = np.zeros_like(margins)
    labels[rows, best] = 1.0
    return np.column_stack([own, own - others.max(axis=1), labels, np.ones(len(best))])


def _learn_sureness(margins: Doubles, calibration: Doubles, answers: NDArray[np.int64]) -> Doubles:
    """Return weights of the signs, learned from held-out margins; empty when held-out decisions were all right or
    all wrong."""
    best = _spread(margins, calibration).argmax(axis=1)
    right = best == answers
    if right.all() or not right.any():
        return np.empty(0)
    machine = linear_model.LogisticRegression(C=10.0, max_iter=1000, fit_intercept=False).fit(
        _signs(margins, best), right
    )
    return np.asarray(machine.coef_[0], dtype=np.float64)


def _spread(margins: Doubles, calibration: Doubles) -> Doubles:
    return _softmax(margins * np.exp(calibration[0]) + calibration[1:])


def _chances(margins: Doubles, calibration: Doubles, sureness: Doubles) -> Doubles:
    """Return a chance per label: the best one's from the signs, the rest shared among the others as the softmax does.

    The softmax alone orders decisions badly: it cannot tell a label that fits well from one that only fits better.
    """
    chances = _spread(margins, calibration)
    if len(sureness) == 0 or len(chances) == 0:
        return chances
    best = chances.argmax(axis=1)
    rows = np.arange(len(best))
    sure = 1 / (1 + np.exp(-_signs(margins, best) @ sureness))
    chances[rows, best] = 0.0
    chances /= np.maximum(chances.sum(axis=1, keepdims=True), 1e-300)
    rival = chances.max(axis=1)
    # The best label stays the best, however unsure.
    sure = np.maximum(sure, rival / (1 + rival) + 1e-6)
    chances *= (1 - sure)[:, None]
    chances[rows, best] = sure
    return chances


def threshold_for(chances: Doubles, right: NDArray[np.bool_], error: float) -> tuple[float, float]:
    """Return the lowest chance at which at most `error` of the decided are wrong, and the share decided; (1.01, 0)
    when none is."""
    order = np.argsort(-chances, kind="stable")
    wrong = np.cumsum(~right[order])
    decided = np.arange(1, len(order) + 1)
    good = np.flatnonzero(wrong <= error * decided)
    good = good[good >= min(19, len(order) - 1)]
    if len(good) == 0:
        return 1.01, 0.0
    last = int(good[-1])
    return float(chances[order[last]]), (last + 1) / len(order)


def calibration_error(chances: Doubles, right: NDArray[np.bool_], bins: int = 10) -> float:
    """Return the expected calibration error: mean gap between chance and truth over bins of equal count, weighted by
    size."""
    if len(chances) == 0:
        return 0.0
    order = np.argsort(chances, kind="stable")
    parts = np.array_split(order, min(bins, len(order)))
    return float(sum(len(part) * abs(chances[part].mean() - right[part].mean()) for part in parts) / len(chances))


class Classifier:
    """A trained model. `predict` for one text with reasons; `decide` for many at once, fast."""

    def __init__(
        self,
        labels: Sequence[str],
        features: Features,
        weights: NDArray[np.float32],
        biases: Doubles,
        calibration: Doubles,
        sureness: Doubles,
        curve: tuple[Doubles, NDArray[np.bool_]],
        card: dict[str, object],
    ) -> None:
        self.labels = list(labels)
        self.features = features
        self.weights = np.ascontiguousarray(weights, dtype=np.float32)
        self.biases, self.calibration, self.sureness, self.card = biases, calibration, sureness, card
        self._curve = curve
        self.error = 0.05
        self.threshold = 0.0
        self.accept(self.error)

    @classmethod
    def train(
        cls,
        texts: Sequence[str],
        labels: Sequence[str],
        *,
        settings: Settings | None = None,
        groups: Sequence[int] | None = None,
        made_at: datetime | None = None,
        source: str = "",
    ) -> Classifier:
        """Learn from texts and labels; `groups` keep copies together in the inner folds (found by likeness when not
        given).

        Raises `ValueError` when fewer than two labels have at least two texts each, or the lengths differ. Labels of
        a single text are
        dropped and named in the card.
        """
        settings = settings or Settings()
        if len(texts) != len(labels):
            raise ValueError(f"{len(texts)} texts but {len(labels)} labels: give one label per text")
        counts: dict[str, int] = {}
        for label in labels:
            counts[label] = counts.get(label, 0) + 1
        kept = [
            index
            for index, (text, label) in enumerate(zip(texts, labels, strict=True))
            if text.strip() and label.strip() and counts[label] >= 2
        ]
        names = sorted({labels[index] for index in kept})
        if len(names) < 2:
            raise ValueError("at least two labels with two or more texts each are needed to learn anything")
        if groups is not None and len(groups) != len(texts):
            raise ValueError(f"{len(texts)} texts but {len(groups)} groups: give one group per text")
        chosen = [texts[index] for index in kept]
        number = {name: index for index, name in enumerate(names)}
        answers = np.asarray([number[labels[index]] for index in kept], dtype=np.int64)
        grouped = np.asarray([groups[index] for index in kept] if groups is not None else group_copies(chosen))
        folds = max(2, min(settings.folds, int(np.bincount(answers).min()), len(set(grouped.tolist()))))
        margins = np.zeros((len(chosen), len(names)))
        for learn, judge in model_selection.StratifiedGroupKFold(folds, shuffle=True, random_state=settings.seed).split(
            chosen, answers, grouped
        ):
            inner, rows = Features.fit([chosen[index] for index in learn], settings.recipe)
            weights, biases = _fit(rows, answers[learn], len(names), settings)
            margins[judge] = inner.rows([chosen[index] for index in judge]) @ weights + biases
        calibration = _calibrate(margins, answers)
        sureness = _learn_sureness(margins, calibration, answers)
        chances = _chances(margins, calibration, sureness)
        right = chances.argmax(axis=1) == answers
        features, rows = Features.fit(chosen, settings.recipe)
        weights, biases = _fit(rows, answers, len(names), settings)
        card: dict[str, object] = {
            "source": source,
            "made_at": made_at.isoformat() if made_at else "",
            "texts": len(chosen),
            "left_out": len(texts) - len(chosen),
            "labels": {name: int((answers == index).sum()) for name, index in number.items()},
            "settings": asdict(settings),
            "held_out": figures(
                [names[index] for index in answers],
                [names[index] for index in chances.argmax(axis=1)],
                chances.max(axis=1),
            ),
            "limits": "Learned from past decisions of staff, mistakes included; weak on labels with few texts, "
            "on new subjects and on dialect. It suggests, a person decides.",
        }
        return cls(names, features, weights, biases, calibration, sureness, (chances.max(axis=1), right), card)

    def accept(self, error: float) -> float:
        """Set the share of wrong suggestions that the town accepts (0–1); returns the share of held-out messages
        that were decided then."""
        if not 0 <= error < 1:
            raise ValueError(f"the accepted error must be from 0 to below 1, not {error}")
        self.error = error
        self.threshold, coverage = threshold_for(*self._curve, error)
        return coverage

    def chances(self, texts: Sequence[str]) -> Doubles:
        """Return calibrated chances, one row per text, one column per label of `self.labels`."""
        if not texts:
            return np.zeros((0, len(self.labels)))
        margins = self.features.rows(texts) @ self.weights + self.biases
        return _chances(margins, self.calibration, self.sureness)

    def decide(self, texts: Sequence[str]) -> list[tuple[str, float]]:
        """Return for each text the label ("" for "I do not know") and the chance of the best one."""
        decided: list[tuple[str, float]] = []
        for start in range(0, len(texts), 1024):
            chances = self.chances(texts[start : start + 1024])
            best = chances.argmax(axis=1)
            top = chances[np.arange(len(best)), best]
            decided += [
                (self.labels[index] if chance >= self.threshold else "", float(chance))
                for index, chance in zip(best.tolist(), top.tolist(), strict=True)
            ]
        return decided

    def predict(self, text: str, *, reasons: int = 6) -> Prediction:
        """Suggest a label for one text of any kind, with rivals and the words that spoke most for it; nothing known
        gives label ""."""
        row = self.features.rows([text])
        if row.nnz == 0:
            return Prediction("", "", 0.0, (), (), Why("没有可以判断的词，不知道", "no known words: I do not know"))
        margins = np.asarray(row @ self.weights + self.biases)
        chances = _chances(margins, self.calibration, self.sureness)[0]
        order = np.argsort(-chances, kind="stable")
        best = int(order[0])
        parts = row.data * (self.weights[row.indices, best] - self.weights[row.indices].mean(axis=1))
        words: list[str] = []
        for at in np.argsort(-parts, kind="stable"):
            if parts[at] <= 0 or len(words) == reasons:
                break
            word = self.features.name(int(row.indices[at]))
            if len(word) > 1 and not any(word in other for other in words):
                words = [other for other in words if other not in word] + [word]
        label = self.labels[best] if chances[best] >= self.threshold else ""
        quoted = "、".join(f"“{word}”" for word in words) or "整体用词"
        quoted_en = ", ".join(f"“{word}”" for word in words) or "the wording as a whole"
        if label:
            why = Why(
                f"{quoted}指向“{label}”，把握{chances[best]:.0%}",
                f"{quoted_en} point to “{label}”, {chances[best]:.0%} sure",
            )
        else:
            why = Why(
                f"把握不足（{chances[best]:.0%}），最接近“{self.labels[best]}”，请人判断",
                f"not sure enough ({chances[best]:.0%}); closest is “{self.labels[best]}”; a person should judge",
            )
        ranking = tuple((self.labels[int(index)], round(float(chances[index]), 4)) for index in order[:5])
        return Prediction(label, self.labels[best], round(float(chances[best]), 4), ranking, tuple(words), why)

    def save(self, folder: Path) -> None:
        """Write the model and its card into a folder (JSON and NumPy arrays, nothing executable)."""
        folder.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(
            folder / "model.npz",
            frequency=self.features.frequency,
            pairs=self.features.pairs,
            openings=self.features.openings,
            rarity=self.features.rarity,
            weights=self.weights,
            biases=self.biases,
            calibration=self.calibration,
            sureness=self.sureness,
            curve_chances=self._curve[0],
            curve_right=self._curve[1],
        )
        head = {
            "format": FORMAT,
            "labels": self.labels,
            "words": self.features.words,
            "recipe": asdict(self.features.recipe),
            "error": self.error,
            "card": self.card,
        }
        (folder / "model.json").write_text(json.dumps(head, ensure_ascii=False), encoding="utf-8")
        (folder / "card.md").write_text(card_text(self), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Classifier:
        """Read a model; `FileNotFoundError` when there is none, `ValueError` when it was written by another version."""
        head = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        if head.get("format") != FORMAT:
            raise ValueError(
                f"{folder}: model format {head.get('format')!r}, this version reads {FORMAT}; train it again"
            )
        with np.load(folder / "model.npz", allow_pickle=False) as arrays:
            features = Features(
                Recipe(**head["recipe"]),
                head["words"],
                arrays["frequency"],
                arrays["pairs"],
                arrays["openings"],
                arrays["rarity"],
            )
            model = cls(
                head["labels"],
                features,
                arrays["weights"],
                arrays["biases"],
                arrays["calibration"],
                arrays["sureness"],
                (arrays["curve_chances"], arrays["curve_right"]),
                head["card"],
            )
        model.accept(head["error"])
        return model


def figures(
    truth: Sequence[str], said: Sequence[str], chances: Doubles, *, precision: float = 0.98
) -> dict[str, object]:
    """Return macro F1, accuracy, per-label figures, calibration error and the share decided at a chosen precision."""
    names = sorted(set(truth) | set(said))
    a, b = np.asarray(truth, dtype=object), np.asarray(said, dtype=object)
    right = np.asarray(a == b, dtype=bool)
    per: dict[str, dict[str, float]] = {}
    for name in names:
        hit, claimed, real = int(((a == name) & right).sum()), int((b == name).sum()), int((a == name).sum())
        per[name] = {
            "n": real,
            "precision": round(hit / max(1, claimed), 4),
            "recall": round(hit / max(1, real), 4),
            "f1": round(2 * hit / max(1, claimed + real), 4),
        }
    threshold, coverage = threshold_for(chances, right, 1 - precision)
    return {
        "n": len(truth),
        "macro_f1": round(float(np.mean([per[name]["f1"] for name in names])), 4) if names else 0.0,
        "accuracy": round(float(right.mean()), 4) if len(right) else 0.0,
        "calibration_error": round(calibration_error(chances, right), 4),
        "coverage": {"at_precision": precision, "share": round(coverage, 4), "threshold": round(threshold, 4)},
        "per_label": per,
    }


@dataclass(frozen=True, slots=True)
class Challenge:
    """A new model against the one in use on the newest messages: how many only one of them got right, and whether
    the new one is better."""

    n: int
    old_right: int
    new_right: int
    only_old: int
    only_new: int
    better: bool
    why: Why


def challenge(
    old: Classifier | None, new: Classifier, texts: Sequence[str], labels: Sequence[str], *, least: int = 30
) -> Challenge:
    """Compare two models on messages newer than everything the new one learned from; adopting it is a named person's
    act.

    Better means: at least `least` messages, more right than the old one, and the difference unlikely by chance (sign
    test, one in ten).
    """
    said_new = [new.labels[index] for index in new.chances(texts).argmax(axis=1)] if texts else []
    said_old = (
        [old.labels[index] for index in old.chances(texts).argmax(axis=1)]
        if old is not None and texts
        else [""] * len(texts)
    )
    return weigh(
        [one == two for one, two in zip(said_old, labels, strict=True)],
        [one == two for one, two in zip(said_new, labels, strict=True)],
        least=least,
    )


def weigh(old: Sequence[bool], new: Sequence[bool], *, least: int = 30) -> Challenge:
    """Compare what was right of two readers of any kind on the same messages; `better` as in `challenge`."""
    right_old, right_new = np.asarray(old, dtype=bool), np.asarray(new, dtype=bool)
    only_new, only_old = int((right_new & ~right_old).sum()), int((right_old & ~right_new).sum())
    # Normal approximation of the sign test with continuity correction.
    spread = (only_new + only_old) ** 0.5
    clear = only_new - only_old - 1 > 1.2816 * spread if spread else False
    better = len(right_new) >= least and clear
    why = Why(
        f"最近{len(right_new)}件中，新模型对{int(right_new.sum())}件，旧模型对{int(right_old.sum())}件"
        + ("，明显更好" if better else "，不足以更换"),
        f"of the newest {len(right_new)} messages the new model has {int(right_new.sum())} right, "
        f"the old one {int(right_old.sum())}" + (": clearly better" if better else ": not enough to change"),
    )
    return Challenge(len(right_new), int(right_old.sum()), int(right_new.sum()), only_old, only_new, better, why)


def by_time(moments: Sequence[datetime], newest: float = 0.2) -> tuple[list[int], list[int]]:
    """Part positions into older ones to learn from and the `newest` share to judge on; equal moments stay together
    on the older side."""
    if not 0 < newest < 1:
        raise ValueError("the newest share must lie between 0 and 1")
    order = sorted(range(len(moments)), key=lambda index: moments[index])
    if not order:
        return [], []
    edge = moments[order[min(len(order) - 1, int((1 - newest) * len(order)))]]
    older = [index for index in order if moments[index] <= edge]
    return older, [index for index in order if moments[index] > edge]


def card_text(model: Classifier) -> str:
    """Return the model card as Markdown: data, dates, figures, limits."""
    card = model.card
    held = card["held_out"]
    assert isinstance(held, dict)
    labels = card["labels"]
    assert isinstance(labels, dict)
    lines = [
        "# 模型说明卡 / Model card",
        "",
        f"- 数据 / data: {card['source'] or '—'}; {card['texts']} texts, {card['left_out']} left out",
        f"- 训练时间 / made at: {card['made_at'] or '—'}",
        f"- 折外宏平均F1 / held-out macro F1: {held['macro_f1']}; "
        f"accuracy {held['accuracy']}; calibration error {held['calibration_error']}",
        f"- 接受的错误率 / accepted error: {model.error:.1%}; threshold {model.threshold:.3f}",
        f"- 98%准确时可自动建议的比例 / share decided at 98 %: {held['coverage']['share']:.1%}",
        f"- 局限 / limits: {card['limits']}",
        "",
        "| 标签 / label | n | precision | recall | F1 |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {row['n']} | {row['precision']} | {row['recall']} | {row['f1']} |"
        for name, row in held["per_label"].items()
    ]
    return "\n".join(lines) + "\n"
