"""Marking stretches by a conditional random field: parts of an address, names and addresses to redact. Small neural
networks (`network`) may be trained beside it; then the mean of what they say decides.

Trained from a town's own (or a research) file by `python -m wuxiao.reading`. One model ships with the package: the
tagger of names and addresses (`shipped`), learned from made texts alone (`tools/redaction_texts.py`).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wuxiao.late import late
from wuxiao.reading import redact
from wuxiao.reading.network import Network, Plan
from wuxiao.reading.tokens import simplify, sound
from wuxiao.reading.words import Span, Why

if TYPE_CHECKING:
    import pycrfsuite
    import rjieba
else:
    rjieba, pycrfsuite = late("rjieba"), late("pycrfsuite")

_HALF = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_UNITS = frozenset("省市区县镇乡村路街道巷弄号栋幢楼座层室单元户组苑园城厦场庄里桥院厂店社期门")
_LEVELS = "省市区县镇乡路号楼室"
_PIECE = re.compile(r"[0-9]+|[A-Za-z]+|.", re.DOTALL)


def pieces(text: str) -> list[str]:
    """Part a text into single characters, with runs of digits and of Latin letters kept whole (as the address files
    do)."""
    return _PIECE.findall(text)


def _kind(token: str) -> str:
    if token.isascii():
        if token.isdigit():
            return "D"
        if token.isalpha():
            return "A"
        return "M" if any(char.isalnum() for char in token) else "P"
    if token in "一二三四五六七八九十百零〇":
        return "C"
    return "H" if "\u3400" <= token[0] <= "\u9fff" else "P"


def _around(tokens: Sequence[str], kinds: Sequence[str], i: int, reach: int) -> list[str]:
    n = len(tokens)

    def at(position: int) -> str:
        return tokens[position] if 0 <= position < n else ("<" if position < 0 else ">")

    def kind(position: int) -> str:
        return kinds[position] if 0 <= position < n else "_"

    found = ["b"]
    found += [f"{d}={at(i + d)}" for d in range(-reach, reach + 1)]
    found += [f"{d}2={at(i + d)}{at(i + d + 1)}" for d in range(-reach + 1, reach)]
    found += [f"{d}3={at(i + d)}{at(i + d + 1)}{at(i + d + 2)}" for d in range(-reach + 1, reach - 1)]
    found.append(f"x={at(i - 1)}|{at(i + 1)}")
    found.append("T=" + "".join(kind(i + d) for d in (-1, 0, 1)))
    found.append("T5=" + "".join(kind(i + d) for d in (-2, -1, 0, 1, 2)))
    return found


def address_features(tokens: Sequence[str]) -> list[list[str]]:
    """Return the features of each piece of an address: neighbours, the unit words before and behind with their
    distance, repeats."""
    kinds = [_kind(token) for token in tokens]
    shown = [
        "0" * min(len(token), 5) if kind == "D" else token.lower() for token, kind in zip(tokens, kinds, strict=True)
    ]
    n = len(tokens)
    units = [i for i, token in enumerate(tokens) if token in _UNITS]
    first: dict[str, int] = {}
    again = [0] * n
    for i in range(n - 1):
        pair = tokens[i] + tokens[i + 1]
        if pair in first and i - first[pair] >= 2:
            again[i] = again[i + 1] = 1
        else:
            first.setdefault(pair, i)
    rows = []
    for i in range(n):
        row = _around(shown, kinds, i, 4)
        row += [f"4={''.join(shown[max(0, i + d) : i + d + 4])}|{d}" for d in (-2, -1, 0)]
        if kinds[i] in "DAM":
            row += [f"n={tokens[i].lower()}", f"nn={shown[i + 1] if i + 1 < n else '>'}|{shown[i - 1] if i else '<'}"]
        row += [f"from={min(i, 6)}", f"left={min(n - 1 - i, 6)}"]
        behind = [j for j in units if j >= i][:2]
        before = [j for j in units if j < i][-2:]
        nearest = f"{tokens[behind[0]]}{min(behind[0] - i, 8)}" if behind else "-"
        last = f"{tokens[before[-1]]}{min(i - before[-1], 8)}" if before else "-"
        row += [
            f"nu={nearest[:1]}",
            f"nud={nearest}",
            f"pu={last[:1]}",
            f"pud={last}",
            f"pn={last[:1]}{nearest[:1]}",
            f"pnd={last}{nearest}",
        ]
        if len(behind) > 1:
            row.append(f"nu2={tokens[behind[0]]}{tokens[behind[1]]}{min(behind[1] - behind[0], 4)}")
        if len(before) > 1:
            row.append(f"pu2={tokens[before[0]]}{tokens[before[1]]}")
        row.append("seen=" + "".join(sorted({tokens[j] for j in units if j < i and tokens[j] in _LEVELS})))
        row.append("come=" + "".join(sorted({tokens[j] for j in units if j > i and tokens[j] in _LEVELS})))
        row.append(f"rep={again[i]}{max(again, default=0)}")
        rows.append(row)
    return rows


_TITLE = frozenset("先女小老师医主书局经董院校所队村组科处站律法警教授总")


def personal_features(tokens: Sequence[str]) -> list[list[str]]:
    """Return the features of each piece of running text for names and addresses: neighbours, word borders and parts
    of speech, surnames."""
    text = simplify(sound("".join(tokens)).translate(_HALF))
    border: list[str] = []
    speech: list[str] = []
    word: list[str] = []
    for piece, tag in rjieba.tag(text):
        size = len(piece)
        border += ["S"] if size == 1 else ["B", *"M" * (size - 2), "E"]
        speech += [tag] * size
        word += [piece] * size
    kinds = [_kind(token) for token in tokens]
    shown: list[str] = []
    offsets: list[int] = []
    at = 0
    for token, kind in zip(tokens, kinds, strict=True):
        shown.append("0" * min(len(token), 6) if kind == "D" else text[at : at + len(token)].lower())
        offsets.append(at)
        at += len(token)
    n = len(tokens)
    rows = []
    for i in range(n):
        row = _around(shown, kinds, i, 3)
        o = offsets[i]
        if o < len(speech):
            row += [f"s={speech[o]}", f"sb={border[o]}{speech[o]}", f"w={word[o]}", f"wl={len(word[o])}{border[o]}"]
            for d in (-2, -1, 1, 2):
                if 0 <= i + d < n and offsets[i + d] < len(speech):
                    row.append(f"s{d}={border[offsets[i + d]]}{speech[offsets[i + d]]}")
            if i and i + 1 < n and offsets[i + 1] < len(speech):
                row.append(f"s3={speech[offsets[i - 1]]},{speech[o]},{speech[offsets[i + 1]]}")
        row.append("sur=" + "".join(str(int(i >= d and shown[i - d] in redact.SURNAMES)) for d in (0, 1, 2)))
        row.append(f"ttl={int(any(i + d < n and shown[i + d] in _TITLE for d in (1, 2, 3)))}")
        row.append("u=" + next((f"{shown[j]}{j - i}" for j in range(i, min(n, i + 6)) if shown[j] in _UNITS), "-"))
        rows.append(row)
    return rows


def shipped_features(tokens: Sequence[str]) -> list[list[str]]:
    """Return the features of each piece of running text for the tagger that ships.

    They lean on the kind of a word more than on the word: what was learned on made texts must hold on real ones.
    """
    text = simplify(sound("".join(tokens)).translate(_HALF))
    border: list[str] = []
    before: list[str] = []
    behind: list[str] = []
    word: list[str] = []
    cut = rjieba.tag(text)
    for number, (piece, tag) in enumerate(cut):
        size = len(piece)
        # A name that the word list does not hold falls to pieces: unknown parts and single characters of any kind.
        tag = _SPEECH.get(tag, tag)
        border += [f"S{tag}"] if size == 1 else [f"B{tag}", *[f"M{tag}"] * (size - 2), f"E{tag}"]
        last = cut[number - 1][0] if number else "<"
        following = cut[number + 1][0] if number + 1 < len(cut) else ">"
        before += [last] * size
        behind += [following] * size
        word += [piece] * size
    kinds = [_kind(token) for token in tokens]
    shown: list[str] = []
    offsets: list[int] = []
    at = 0
    for token, kind in zip(tokens, kinds, strict=True):
        part = text[at : at + len(token)]
        shown.append("0" * min(len(token), 6) if kind == "D" else part.lower() if kind != "A" else _latin(part))
        offsets.append(min(at, max(0, len(word) - 1)))
        at += len(token)
    n = len(tokens)
    pad = ["<", "<", "<", *shown, ">", ">", ">"]
    tags = ["_", "_", "_", *(border[o] for o in offsets), "_", "_", "_"] if word else []
    sorts = ["_", "_", "_", *(_sort(one) for one in shown), "_", "_", "_"]
    rows = []
    for i in range(n):
        o, j = offsets[i], i + 3
        one, two, three, four, five = pad[j - 2 : j + 3]
        t1, t2, t3, t4, t5 = tags[j - 2 : j + 3]
        s1, s2, s3, s4, s5 = sorts[j - 2 : j + 3]
        row = [
            "b", f"0={three}", f"-1={two}", f"1={four}", f"-2={one}", f"2={five}",
            f"-1,0={two}{three}", f"0,1={three}{four}", f"x={two}|{four}", f"-2,-1={one}{two}", f"1,2={four}{five}",
            f"t={t3}", f"t-={t2}{t3}", f"t+={t3}{t4}", f"t3={t2}{t3}{t4}", f"t5={t1}{t2}{t3}{t4}{t5}",
            f"ta={t1}{t2}", f"tb={t4}{t5}", f"s={s3}", f"s3={s2}{s3}{s4}", f"s5={s1}{s2}{s3}{s4}{s5}",
            f"s-={sorts[j - 3]}{s1}{s2}", f"s+={s4}{s5}{sorts[j + 3]}",
            f"w={word[o]}", f"pw={before[o]}", f"nw={behind[o]}", f"pt={t3[0]}{before[o]}", f"nt={t3[0]}{behind[o]}",
            f"k={kinds[i - 1] if i else '_'}{kinds[i]}{kinds[i + 1] if i + 1 < n else '_'}",
            "u=" + next((f"{shown[k]}{k - i}" for k in range(i, min(n, i + 5)) if shown[k] in _UNITS), "-"),
        ]  # fmt: skip
        rows.append(row)
    return rows


#: Parts of speech that mean the same here, so that what was learned of one holds for the other.
_SPEECH = {"nrt": "nr", "nrfg": "nr", "ng": "n", "vg": "v", "vd": "v", "vi": "v", "ad": "a", "an": "a", "ag": "a", "g": "x", "j": "n", "eng": "x", "l": "i", "uj": "u", "ul": "u", "uz": "u", "uv": "u", "ug": "u", "ud": "u", "zg": "n", "mq": "m", "tg": "t", "dg": "d", "vq": "v", "rz": "r", "rr": "r", "rg": "r", "df": "d"}  # fmt: skip  # noqa: E501
_SUR_COMMON = frozenset(redact.SURNAMES[:100])
_SUR = frozenset(redact.SURNAMES)
_SOUND = frozenset("斯尔特克德拉布里马罗尼卡巴兰维格西莱多森塔萨莫安诺弗雷伊列伯迪米加瓦奥哈利姆费纳科洛蒂鲁希帕桑贝内曼普菲达朗吉亚林丹埃汉彼查乔约戴麦杰肯休顿温恩沃比福勒梅赛泽佩图扎基夫娜莉丽琳珍妮露茜珊玛丝莎黛芙琪兹奇娃伦托詹史汤皮保本泰朱劳法")  # fmt: skip  # noqa: E501
_GIVEN = frozenset("伟芳娜秀英敏静强磊军洋勇艳娟涛明超霞刚桂梅建文华玉红春凤云飞鹏辉志波宇浩佳慧婷雪欣怡晨曦子涵轩雨思博俊峰彬斌健康宁福贵财旺仁义礼忠孝廉正中庆荣光宗耀祖兴业成永恒新顺利昌盛洁青蓝彩莲荷菊竹柏桃萍莎薇琴诗墨珠玲珊瑶瑾瑜琪琦琼瑞璐岩岳秋季仲伯叔小晓卫国良才贤泰翔凯胜勋俭诚真善美娇娅娴婉媛倩菲芬馨香蓉蓓蕾花苗登科栋梁钢锋鑫毅悦乐欢喜容若意望希继承先进升龙虎凤鹤燕雁雄豪壮钧铭念智聪睿学宏炎灿照昊昕晶朗晴霖霏雯震洪洲津渊潇湘淑贞纯巧姣翠彤惠恩泽润生民友朋珍珠平世")  # fmt: skip  # noqa: E501


def _sort(piece: str) -> str:
    """Say how a piece may stand in a name: C common surname, U surname, S sound of a foreign name, G given name."""
    if len(piece) > 1:
        return "0" if piece[0] == "0" else "A"
    if piece in "·•．・‧":
        return "."
    if not "\u3400" <= piece <= "\u9fff":
        return "A" if piece.isalpha() else "0" if piece.isdigit() else ","
    found = "C" if piece in _SUR_COMMON else "U" if piece in _SUR else ""
    return (found + ("S" if piece in _SOUND else "") + ("G" if piece in _GIVEN else "")) or "h"


def _latin(word: str) -> str:
    """A Latin word by its form; short ones and those in capitals say something themselves."""
    if len(word) <= 3 or word.isupper():
        return word
    if word[0].isupper() and word[1:].islower():
        return "Aaaa"
    return "aaaa" if word.islower() else "aAaA"


FEATURES: dict[str, Callable[[Sequence[str]], list[list[str]]]] = {
    "address": address_features,
    "personal": personal_features,
    "shipped": shipped_features,
}


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
    marginal chance."""

    def __init__(self, path: Path, features: str) -> None:
        if features not in FEATURES:
            raise ValueError(f"unknown features {features!r}: choose one of {', '.join(FEATURES)}")
        if not path.is_file():
            raise FileNotFoundError(f"{path}: no trained model here; train one first")
        self._features = FEATURES[features]
        self._tagger = pycrfsuite.Tagger()
        self._tagger.open(str(path))
        self.labels: list[str] = list(self._tagger.labels())
        self._networks = [Network.load(beside) for beside in _beside(path)]
        # Which label may follow which: an inside only its own begin or inside.
        self._barred = np.asarray(
            [
                [0.0 if label[:2] != "I-" or before[2:] == label[2:] else -np.inf for label in self.labels]
                for before in self.labels
            ]
        )

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
        if not self._networks:
            return [list(self._tagger.tag(self._features(tokens))) if tokens else [] for tokens in sequences]
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
        self._tagger.set(self._features(tokens))
        marginal = self._tagger.marginal
        return np.asarray([[marginal(label, i) for label in self.labels] for i in range(len(tokens))])

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
            if at_least and self._networks:
                self._tagger.set(self._features(tokens))
            for a, b, kind in sorted(entities(labels)):
                found.append(Span(start + offsets[a], start + offsets[b], part[offsets[a] : offsets[b]], kind))
            for kind, chance in (at_least or {}).items():
                names = [label for label in self.labels if label[2:] == kind]
                inside = [sum(self._tagger.marginal(label, i) for label in names) >= chance for i in range(len(tokens))]
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
        spans = [span for span in map(_trimmed, spans) if len(span.text) > 1 and not _in_a_link(text, span)]
        marks = [redact.Mark(span.start, span.end, span.text, span.kind, whys[span.kind]) for span in spans]
        at = 0
        for word, tag in rjieba.tag(simplify(sound(text))) if self._places else ():
            end = at + len(word)
            if tag == "ns" and not any(span.start < end and at < span.end for span in spans):
                why = Why("词表中的地名", "a place name of the word list")
                marks.append(redact.Mark(at, end, text[at:end], "address", why))
            at = end
        return marks


_EDGES = " \t\n，。、；：！？,.;:!?“”\"'《》()（）[]【】-—…"


def _trimmed(span: Span) -> Span:
    start = span.start + len(span.text) - len(span.text.lstrip(_EDGES))
    text = span.text.strip(_EDGES)
    return Span(start, start + len(text), text, span.kind)


def _in_a_link(text: str, span: Span) -> bool:
    """Tell whether a stretch of Latin letters is a piece of an address of the net."""
    before, behind = text[max(0, span.start - 1) : span.start], text[span.end : span.end + 1]
    return span.text.isascii() and (behind in {"@", ".", "_"} or before in {"@", "/", ".", "_"})


#: Behind these a place is a part of a body, a paper or a team, and nobody's address.
_BODY = re.compile(
    "^(?:.{0,4}?(?:队|公司|集团|银行|分行|支行|大学|学院|中学|小学|法院|检察院|公安|派出所|警方|政府|市委|县委|区委|省委|局|委|厅|协会|商会|基金|"
    "俱乐部|报|电视台|晚报|日报|时报|证券|股份|导演|演员|歌手|艺人|模特|主持|男|女|籍|人|总统|总理|外交|国防|海军|陆军|空军|军|联赛|杯|站|版|讯|乐队))"
)
_PLACE_END = re.compile(
    "(?:省|市|县|区|镇|乡|村|路|街|道|巷|弄|里|胡同|桥|湾|岛|山|园|城|苑|厦|场|中心|楼|号|室|栋|幢|座|单元|层|屯|寨|庄|门|酒店|饭店|环|站|港|口|"
    "地区|海岸|沿海|郊|部|旗|州|府|商圈|附近|组|堡|坡|坪|国道|高速)$"
)
_NAMES = frozenset({"nr", "nrt", "nrfg"})


def _plausible(text: str, span: Span, chance: float) -> bool:
    """Tell whether a stretch can be a name or a place by its form; where it cannot, the model must be all but sure."""
    word = simplify(sound(text[span.start : span.end]))
    cut = rjieba.tag(word)
    tags = {tag for _, tag in cut}
    if span.kind == "name":
        han = [char for char in word if "\u3400" <= char <= "\u9fff"]
        if not han:
            # In an English sentence every word looks like the foreign names that stand in Chinese ones.
            around = text[max(0, span.start - 30) : span.end + 30]
            chinese = sum("\u3400" <= char <= "\u9fff" for char in around) >= 0.2 * len(around)
            return chinese and chance >= (0.6 if word[:1].isupper() else 0.9)
        if any(char in "·•．・‧" for char in word):
            return True
        if len(cut) == 1 and not tags & {*_NAMES, "x", "nz", "ns", "ng", "g"}:
            return chance >= 0.97
        foreign = sum(char in _SOUND for char in han) >= 0.8 * len(han)
        return (word[0] in _SUR and 2 <= len(word) <= 4) or foreign or bool(tags & _NAMES) or chance >= 0.9
    if _BODY.match(simplify(sound(text[span.end : span.end + 8]))):
        return chance >= 0.97
    if _PLACE_END.search(word):
        return len(cut) > 1 or bool(tags & {*_NAMES, "ns", "x", "nz", "nt"}) or chance >= 0.95
    door = any(char.isdigit() for char in word) and re.search("[号室栋幢座楼层路街]", word) is not None
    return "ns" in tags or door or chance >= 0.95


SHIPPED = Path(__file__).parent / "personal.crf"
#: The chances from which on the tagger that ships marks, chosen on the even texts of the research file.
SHIPPED_AT = {"name": 0.1, "address": 0.1}


class _Shipped(PersonalTagger):
    """The tagger that ships: what the model marks, where it is plausible by its own form."""

    def _spans(self, text: str) -> list[Span]:
        return [span for span, chance in self._model.chances(text, self._at) if _plausible(text, span, chance)]


@cache
def shipped() -> PersonalTagger:
    """Return the tagger that ships with the package; safe for the threads of a server, read from its file once."""
    model = SequenceModel(SHIPPED, "shipped")
    return _Shipped(model, name_at=SHIPPED_AT["name"], address_at=SHIPPED_AT["address"])


def learn_shipped(rows: Sequence[tuple[str, Sequence[tuple[int, int, str]]]], path: Path) -> None:
    """Learn the tagger that ships from made texts with their spans; the same texts give the same file."""
    data = [from_spans(text, spans) for text, spans in rows]
    SequenceModel.train(data, path, "shipped", c1=0.2, c2=0.05, rounds=60, rare=3)


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
