"""Measurements of the readers on labelled files, with plain baselines in the same run. Nothing here is tuned on what
it reports.

Cross-validation keeps near-copies together, settings are fixed beforehand, thresholds and calibration come from
inner folds, and
anything that depends on time is learned from the older part and judged on the newer.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import re
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import rjieba
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from wuxiao.reading import duplicates, extract, hot, redact
from wuxiao.reading.classify import Classifier, Settings, figures, group_copies
from wuxiao.reading.redact import digits
from wuxiao.reading.similar import SimilarIndex
from wuxiao.reading.tagger import sequence, shipped


def read_text(path: Path) -> str:
    """Read a text file as officials send them (`decoded`); `.gz` is unpacked. Line ends stay as they are."""
    return decoded(gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes(), path.name)


def decoded(data: bytes, name: str) -> str:
    """Return bytes as a text: UTF-16 with its mark, UTF-8 with or without one, else GB18030; never guesses further.

    `ValueError` says in words that the file is none of them.
    """
    marked = data[:2] in {b"\xff\xfe", b"\xfe\xff"}
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ValueError(f"{name}: neither UTF-8 nor GB18030; save it in one of them")


def read_table(path: Path, texts: Sequence[str], label: str | None = None) -> tuple[list[str], list[str]]:
    """Read the text columns (joined by a line break) and the label column of a CSV; `ValueError` names a missing
    column."""
    reader = csv.DictReader(io.StringIO(read_text(path), newline=""))
    columns = reader.fieldnames or []
    for wanted in [*texts, *([label] if label else [])]:
        if wanted not in columns:
            raise ValueError(f"{path.name}: no column {wanted!r}; it has {', '.join(columns)}")
    rows = list(reader)
    joined = ["\n".join((row[column] or "").strip() for column in texts) for row in rows]
    return joined, [(row[label] or "").strip() for row in rows] if label else []


def _words(text: str) -> list[str]:
    return [word for word in rjieba.cut("".join(text.split()).lower()) if word.strip()]


def _no_blanks(text: str) -> str:
    return "".join(text.split()).lower()


BASELINES: dict[str, Callable[[], Any]] = {
    "char 1-4 TF-IDF + LinearSVC": lambda: make_pipeline(
        TfidfVectorizer(
            analyzer="char",
            ngram_range=(1, 4),
            min_df=2,
            sublinear_tf=True,
            preprocessor=_no_blanks,
            max_features=300_000,
        ),
        LinearSVC(C=0.5),
    ),
    "jieba words + multinomial NB": lambda: make_pipeline(
        CountVectorizer(analyzer=_words, min_df=2), MultinomialNB(alpha=0.3)
    ),
    "Signalen recipe (counts, TF-IDF, L1 logistic)": lambda: make_pipeline(
        CountVectorizer(analyzer=_words, min_df=2),
        TfidfTransformer(),
        OneVsRestClassifier(LogisticRegression(l1_ratio=1.0, solver="liblinear", C=10.0, max_iter=300)),
    ),
}


def classification(
    texts: Sequence[str],
    labels: Sequence[str],
    *,
    also: tuple[Sequence[str], Sequence[str]] | None = None,
    folds: int = 5,
    settings: Settings | None = None,
    baselines: bool = False,
    precision: float = 0.98,
    seed: int = 0,
) -> dict[str, object]:
    """Cross-validate on `texts`; `also` are further labelled texts to learn from. Near-copies (Dice ≥ 0.5) of judged
    texts are never learned from.

    The result holds pooled figures of the held-out folds, the share decided at thresholds chosen inside the training
    folds, the speed of
    one core, and the same figures for the baselines.
    """
    extra_texts, extra_labels = (list(also[0]), list(also[1])) if also else ([], [])
    groups = np.asarray(group_copies([*texts, *extra_texts]))
    mine, theirs = groups[: len(texts)], groups[len(texts) :]
    truth: list[str] = []
    said: list[str] = []
    chance: list[float] = []
    decided: list[bool] = []
    other: dict[str, list[str]] = {name: [] for name in BASELINES} if baselines else {}
    speed = 0.0
    for learn, judge in StratifiedGroupKFold(folds, shuffle=True, random_state=seed).split(texts, labels, mine):
        closed = set(mine[judge].tolist())
        kept = [index for index, group in enumerate(theirs.tolist()) if group not in closed]
        train_texts = [texts[index] for index in learn] + [extra_texts[index] for index in kept]
        train_labels = [labels[index] for index in learn] + [extra_labels[index] for index in kept]
        train_groups = mine[learn].tolist() + theirs[kept].tolist()
        judged = [texts[index] for index in judge]
        model = Classifier.train(train_texts, train_labels, settings=settings, groups=train_groups)
        model.accept(1 - precision)
        chances = model.chances(judged)
        top = chances.max(axis=1)
        truth += [labels[index] for index in judge]
        said += [model.labels[index] for index in chances.argmax(axis=1)]
        chance += top.tolist()
        decided += (top >= model.threshold).tolist()
        if not speed:
            many = (judged * (2000 // len(judged) + 1))[:2000]
            begin = time.process_time()
            model.decide(many)
            speed = len(many) / max(1e-9, time.process_time() - begin)
        for name, answers in other.items():
            answers += BASELINES[name]().fit(train_texts, train_labels).predict(judged).tolist()
    right = np.asarray(truth, dtype=object) == np.asarray(said, dtype=object)
    chosen = np.asarray(decided)
    result = figures(truth, said, np.asarray(chance), precision=precision)
    result["decided"] = {
        "share": round(float(chosen.mean()), 4),
        "precision": round(float(right[chosen].mean()), 4) if chosen.any() else None,
        "threshold": "from inner folds",
    }
    result["messages_per_second_one_core"] = round(speed)
    if baselines:
        result["baselines"] = {
            name: {"macro_f1": figures(truth, answers, np.ones(len(truth)))["macro_f1"]}
            for name, answers in other.items()
        }
    return result


def judged(
    model: Classifier, texts: Sequence[str], labels: Sequence[str], *, precision: float = 0.98
) -> dict[str, object]:
    """Judge a trained model on labelled messages it has not learned from: the figures of `classification`, what it
    decided at its own threshold, and the speed of one core."""
    model.decide(list(texts[:1]))
    begin = time.process_time()
    decided = model.decide(texts)
    spent = time.process_time() - begin
    said = [model.labels[at] for at in model.chances(texts).argmax(axis=1)] if texts else []
    result = figures(labels, said, np.asarray([chance for _, chance in decided]), precision=precision)
    taken = [label == truth for (label, _), truth in zip(decided, labels, strict=True) if label]
    result["decided"] = {
        "share": round(len(taken) / max(1, len(decided)), 4),
        "precision": round(sum(taken) / len(taken), 4) if taken else None,
        "threshold": "the model's own",
    }
    result["messages_per_second_one_core"] = round(len(texts) / max(1e-9, spent))
    return result


def requests(path: Path) -> list[duplicates.Request]:
    """Read a 311 file with Creation_Date, Completion_Date, Status ("… - Dup" is a duplicate), number, nature and
    street address."""
    found = []
    for row in csv.DictReader(io.StringIO(read_text(path), newline="")):
        digits = row["Service_Request_Number"].partition("-")[2] or row["Service_Request_Number"]
        found.append(
            duplicates.Request(
                int("".join(char for char in digits if char.isdigit()) or 0),
                row["Street_Address"].strip(),
                row["What_is_the_Nature_of_this_Code_Violation"].strip(),
                date.fromisoformat(row["Creation_Date"][:10]),
                date.fromisoformat(row["Completion_Date"][:10]) if row["Completion_Date"] else None,
                "Dup" in row["Status"],
            )
        )
    return sorted(found, key=lambda item: (item.received, item.number))


def duplicate_requests(rows: Sequence[duplicates.Request], *, first_year: int | None = None) -> dict[str, object]:
    """Judge each year's requests with a model learned from all years before; compare with the rule of thumb and with
    "within three days"."""
    years = sorted({row.received.year for row in rows})
    start = first_year or next(
        (year for year in years if sum(row.duplicate is True for row in rows if row.received.year < year) >= 100),
        years[-1],
    )
    truth: list[bool] = []
    answers: dict[str, list[bool]] = {
        "model": [],
        "rule: earlier one open": [],
        "rule: open and at most 3 days old": [],
    }
    per_year: dict[str, object] = {}
    for year in [year for year in years if year >= start]:
        model = duplicates.DuplicateModel.train(row for row in rows if row.received.year < year)
        book = duplicates.Book()
        begin = len(truth)
        for row in rows:
            if row.received.year > year:
                break
            if row.received.year == year:
                past = book.past(row)
                truth.append(row.duplicate is True)
                answers["model"].append(model.judge(row, book).duplicate)
                answers["rule: earlier one open"].append(bool(past.candidates))
                answers["rule: open and at most 3 days old"].append(
                    any((row.received - old.received).days <= 3 for old in past.candidates)
                )
            book.add(row)
        per_year[str(year)] = {name: duplicates.score(said[begin:], truth[begin:]) for name, said in answers.items()}
    return {
        "judged": len(truth),
        "all": {name: duplicates.score(said, truth) for name, said in answers.items()},
        "by_year": per_year,
    }


def voices(path: Path) -> list[hot.Voice]:
    """Read messages with 留言编号, 留言用户, 留言主题, 留言时间, 留言详情, 点赞数 and 反对数."""
    found = []
    for row in csv.DictReader(io.StringIO(read_text(path), newline="")):
        stamp = row["留言时间"].strip().replace("-", "/")
        at = datetime.strptime(stamp, "%Y/%m/%d %H:%M:%S" if stamp.count(":") == 2 else "%Y/%m/%d %H:%M")
        found.append(
            hot.Voice(
                row["留言编号"],
                row["留言主题"].strip(),
                row["留言详情"].strip(),
                at,
                row["留言用户"],
                int(row["点赞数"] or 0),
                int(row["反对数"] or 0),
            )
        )
    return found


_KINDS = {"name": "name", "address": "address", "mobile": "phone", "email": "email", "QQ": "qq", "vx": "wechat"}


def redaction(path: Path) -> dict[str, object]:
    """Measure redaction on a JSON list of texts with entities: what the rules alone reach and what ships altogether.

    Patterns and thresholds were chosen on the texts of even places; the others were never looked at. An entity is found
    when marks of its class cover half of it; a mark is right when half of it lies in entities of its class.
    """
    own = path.suffix != ".json"
    rows = own_set(path) if own else json.loads(path.read_text(encoding="utf-8"))
    whole: dict[str, object] = {}
    for name, tagger in (("rules alone", None), ("as shipped: rules and tagger", shipped.shipped())):
        begin = time.process_time()
        parts = (
            {"own texts": halves(rows, tagger)}
            if own
            else {
                "even texts (chosen on)": halves(rows[0::2], tagger),
                "odd texts (names and places never looked at)": halves(rows[1::2], tagger),
            }
        )
        spent = (time.process_time() - begin) / max(1, len(rows)) * 1000
        whole[name] = {**parts, "ms_cpu_a_text": round(spent, 2)}
    return whole


_SPAN = re.compile(r"\{([nap])\|([^}]*)\}")


def own_set(path: Path) -> list[dict[str, Any]]:
    """Read our own texts, one a line, with `{n|name}`, `{a|address}` and `{p|phone}`; lines with # are remarks."""
    kinds = {"n": "name", "a": "address", "p": "mobile"}
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        text, entities, at = "", [], 0
        for found in _SPAN.finditer(line):
            text += line[at : found.start()]
            entities.append({"category": kinds[found[1]], "pos_b": len(text), "pos_e": len(text) + len(found[2]) - 1})
            text, at = text + found[2], found.end()
        rows.append({"text": text + line[at:], "entities": entities})
    return rows


def halves(rows: Sequence[Any], tagger: redact.Tagger | None) -> dict[str, dict[str, float]]:
    """Return n, recall and precision of each class over texts with entities; see `redaction` for what counts."""
    total, found, marked, good = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for row in rows:
        marks = [(mark.start, mark.end, mark.kind) for mark in redact.find(row["text"], tagger=tagger)]
        truth = [
            (item["pos_b"], item["pos_e"] + 1, _KINDS[item["category"]])
            for item in row["entities"]
            if item["category"] in _KINDS
        ]
        total.update(kind for _, _, kind in truth)
        marked.update(kind for _, _, kind in marks)
        found.update(one[2] for one in truth if _half(one, marks))
        good.update(one[2] for one in marks if _half(one, truth))
    return {
        kind: {
            "n": n,
            "recall": round(found[kind] / n, 4),
            "precision": round(good[kind] / max(1, marked[kind]), 4),
        }
        for kind, n in sorted(total.items())
    }


def _half(one: tuple[int, int, str], others: Sequence[tuple[int, int, str]]) -> bool:
    covered = sum(max(0, min(one[1], end) - max(one[0], start)) for start, end, kind in others if kind == one[2])
    return 2 * covered >= one[1] - one[0]


def personal(path: Path, *, folds: int = 3, trained: bool = True, seed: int = 0, rounds: int = 60) -> dict[str, object]:
    """Measure redaction on a JSON list of texts with entities (inclusive end offsets): rules alone, and with a
    tagger trained on other folds.

    Recall counts an entity when every one of its characters is covered by some mark; precision counts a mark that
    touches an entity of its class.
    """
    kinds = _KINDS
    data = json.loads(path.read_text(encoding="utf-8"))
    random.Random(seed).shuffle(data)
    spans = [[(item["pos_b"], item["pos_e"] + 1, item["category"]) for item in row["entities"]] for row in data]
    taggers: list[sequence.PersonalTagger | None] = [None] * folds
    if trained:
        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            for fold in range(folds):
                learn = [
                    sequence.from_spans(row["text"], spans[index])
                    for index, row in enumerate(data)
                    if index % folds != fold
                ]
                taggers[fold] = _strict(
                    sequence.SequenceModel.train(
                        learn, Path(folder) / f"{fold}.crf", "personal", c1=0.05, c2=0.05, rounds=rounds
                    )
                )
            return _personal(data, spans, kinds, taggers)
    return _personal(data, spans, kinds, taggers)


def _strict(model: sequence.SequenceModel) -> sequence.PersonalTagger:
    # The research set calls every city and country an address; a page that must show none of them asks for this much.
    return sequence.PersonalTagger(model, name_at=0.05, address_at=0.04, places=True)


def _personal(
    data: list[Any],
    spans: list[list[tuple[int, int, str]]],
    kinds: dict[str, str],
    taggers: Sequence[sequence.PersonalTagger | None],
) -> dict[str, object]:
    total: dict[str, int] = {}
    covered: dict[str, int] = {}
    marked: dict[str, int] = {}
    good: dict[str, int] = {}
    for index, row in enumerate(data):
        marks = redact.find(row["text"], tagger=taggers[index % len(taggers)])
        truth = [(start, end, kinds[kind]) for start, end, kind in spans[index] if kind in kinds]
        for start, end, kind in truth:
            total[kind] = total.get(kind, 0) + 1
            overlap = sum(max(0, min(end, mark.end) - max(start, mark.start)) for mark in marks)
            covered[kind] = covered.get(kind, 0) + (overlap >= end - start)
        for mark in marks:
            marked[mark.kind] = marked.get(mark.kind, 0) + 1
            good[mark.kind] = good.get(mark.kind, 0) + any(
                min(end, mark.end) > max(start, mark.start) and kind == mark.kind for start, end, kind in truth
            )
    return {
        kind: {
            "n": count,
            "recall": round(covered[kind] / count, 4),
            "precision": round(good.get(kind, 0) / max(1, marked.get(kind, 0)), 4),
        }
        for kind, count in sorted(total.items())
    }


def made_numbers(count: int = 2000, seed: int = 0) -> dict[str, object]:
    """Measure ID numbers, plates and bank cards on generated ones with right check digits inside sentences, and
    numbers that are none."""
    rnd = random.Random(seed)
    hit = {"id_number": 0, "plate": 0, "bank_card": 0}
    false = 0
    for _ in range(count):
        body = f"{rnd.choice(('110101', '430104', '320106', '510107'))}{rnd.randint(1940, 2015)}{rnd.randint(1, 12):02d}{rnd.randint(1, 28):02d}{rnd.randint(0, 999):03d}"
        number = (
            body
            + "10X98765432"[
                sum(
                    int(digit) * weight
                    for digit, weight in zip(body, (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), strict=True)
                )
                % 11
            ]
        )
        plate = rnd.choice("京沪湘粤苏浙新藏") + rnd.choice("ABCDEFG") + rnd.choice(("", "", "·", " ", "-"))
        # GA 36-2018: five places; six for cars of new energy, D A B C E (electric) and F G H J K, small and large.
        plate += rnd.choice(
            (
                "".join(rnd.choice("0123456789ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(4)) + rnd.choice("0123456789"),
                rnd.choice("DABCEFGHJK") + rnd.choice("0123456789ABCDEFGHJK") + f"{rnd.randint(0, 9999):04d}",
                f"{rnd.randint(0, 99999):05d}" + rnd.choice("DABCEFGHJK"),
            )
        )
        card = "62" + "".join(str(rnd.randint(0, 9)) for _ in range(16))
        card += str(next(digit for digit in range(10) if digits.luhn(card + str(digit))))
        gap = rnd.choice(("", "", "-", " ", "\u00a0", "\u200b", "\u2011"))
        number = gap.join((number[:6], number[6:14], number[14:]))
        card = rnd.choice(("", "", "-", " ", "\u00a0")).join(card[at : at + 4] for at in range(0, len(card), 4))
        for kind, value, sentence in (
            ("id_number", number, f"本人身份证{number}，"),
            ("id_number", number, f"资料：{number}请核对"),
            ("plate", plate, f"车牌{plate}乱停"),
            ("bank_card", card, f"转到{card}这张卡"),
        ):
            hit[kind] += any(mark.kind == kind and mark.text == value for mark in redact.find(sentence))
        number = number.replace(gap, "")
        wrong = number[:-1] + ("0" if number[-1] != "0" else "1")
        false += any(mark.kind == "id_number" for mark in redact.find(f"工单号{wrong}已受理"))
    return {
        "id_number": {
            "recall": round(hit["id_number"] / (2 * count), 4),
            "wrong_check_digit_marked": round(false / count, 4),
        },
        "plate": {"recall": round(hit["plate"] / count, 4)},
        "bank_card": {"recall": round(hit["bank_card"] / count, 4)},
    }


_ROADS = [
    f"{a}{b}"
    for a in "金银玉青红白黄紫东西南北长平安福和新华光明春秋"
    for b in ("河路", "山路", "湖小区", "桥街", "门广场", "园小区", "家苑", "泉村", "岭社区", "溪巷")
]
_WHO = [
    "楼上的住户",
    "对面的工地",
    "小区物业",
    "旁边的烧烤店",
    "路边的停车场",
    "菜市场的摊贩",
    "一家汽修店",
    "广场上的音响",
    "垃圾站",
    "公交公司",
    "自来水公司",
    "供电所",
    "幼儿园",
    "棋牌室",
    "快递站",
    "施工队",
    "洗车店",
    "建材厂",
    "养猪场",
    "装修公司",
]
_DOES = [
    "半夜还在敲打吵得没法睡",
    "把杂物堆在楼道里",
    "乱收停车费不开发票",
    "油烟直接排到窗户",
    "把路挖开一直不填",
    "随意停水不通知",
    "污水流到马路上",
    "占用消防通道",
    "不给办理退费手续",
    "电梯坏了没人修",
    "路灯一排都不亮",
    "树枝压着电线",
    "下水道堵了往外冒",
    "拖欠工人工资",
    "门口堆满建筑垃圾",
    "焚烧塑料气味难闻",
    "噪音从早到晚",
    "遛狗不牵绳",
    "墙皮脱落砸到车",
    "井盖松动有响声",
]
_ASKS = [
    "希望有关部门尽快处理",
    "请派人来看看",
    "已经反映多次没有结果",
    "要求给一个明确答复",
    "老人和孩子受不了",
    "请问归哪个部门管",
    "希望能公开处理结果",
    "要求赔偿损失",
    "盼回复",
    "谢谢",
]
_WHEN = [
    "从上个月开始",
    "这几天",
    "今天早上",
    "昨晚十一点",
    "国庆以后",
    "连续一周",
    "去年冬天起",
    "每逢周末",
    "下雨天",
    "暑假期间",
]


def made_message(rnd: random.Random) -> str:
    """Return a made-up hotline message of about 90 characters."""
    pick = rnd.choice
    return (
        f"{pick(_WHEN)}，{pick(_ROADS)}{rnd.randint(1, 400)}号{pick(_WHO)}{pick(_DOES)}，{pick(_WHO)}也{pick(_DOES)}，{pick(_ASKS)}。"
        f"{pick(_WHEN)}{pick(_DOES)}，联系人住{rnd.randint(1, 30)}栋{rnd.randint(1, 6)}单元{rnd.randint(101, 3305)}室，{pick(_ASKS)}"
    )


def _edited(text: str, rnd: random.Random) -> str:
    letters = list(text)
    for _ in range(max(1, len(letters) // 8)):
        at = rnd.randrange(len(letters))
        choice = rnd.random()
        if choice < 0.4:
            letters[at] = chr(rnd.randrange(0x4E00, 0x5A00))
        elif choice < 0.7 and len(letters) > 2:
            del letters[at]
        else:
            letters.insert(at, rnd.choice("的了是在我们请"))
    return "".join(letters)


def similar_at_scale(count: int, *, planted: int = 500, seed: int = 5) -> dict[str, object]:
    """Build an index of `count` made-up messages, ask it for edited copies (every eighth character changed), append,
    and report figures."""
    rnd = random.Random(seed)
    step = max(1, count // planted)
    base: dict[int, str] = {}

    def stream() -> Iterator[tuple[int, str]]:
        for number in range(count):
            message = made_message(rnd)
            if number % step == 0:
                base[number] = message
            yield number, message

    begin = time.perf_counter()
    index = SimilarIndex()
    index.add_many(stream())
    built = time.perf_counter() - begin
    times, spent, hit = [], [], 0
    for number, message in base.items():
        asked = _edited(message, rnd)
        begin, work = time.perf_counter(), time.process_time()
        found = index.search(asked, 10)
        times.append(time.perf_counter() - begin)
        spent.append(time.process_time() - work)
        hit += any(near.key == number for near in found)
    begin = time.perf_counter()
    for number in range(200):
        index.add(count + number, made_message(rnd))
    append = (time.perf_counter() - begin) / 200
    return {
        "messages": count,
        "recall_at_10": round(hit / max(1, len(base)), 4),
        "p50_ms": round(float(np.median(times)) * 1000, 2),
        "p50_cpu_ms": round(float(np.median(spent)) * 1000, 2),
        "p95_ms": round(float(np.quantile(times, 0.95)) * 1000, 2),
        "index_mb": round(index.bytes / 1e6, 1),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000),
        "build_s": round(built, 1),
        "append_ms": round(append * 1000, 3),
    }


def spoken(path: Path, received: datetime) -> dict[str, object]:
    """Return by part of a set of spoken phrases how many are read right, and which are not.

    A line is part, kind, answer, text, with tabs between; a vague answer begins with `~`, an empty one means that
    nothing of that kind may be found. Right is: exactly the answer and nothing else.
    """
    counted: dict[str, dict[str, int]] = {}
    wrong: list[dict[str, object]] = []
    for line in read_text(path).splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        part, kind, answer, text = line.split("\t")
        found = [
            f"{'~' if one.about else ''}{one.value}" for one in extract.extract(text, now=received) if one.what == kind
        ]
        box = counted.setdefault(part, {"phrases": 0, "right": 0})
        box["phrases"] += 1
        right = found == ([answer] if answer else [])
        box["right"] += right
        if not right and part not in "ce":
            wrong.append({"text": text, "answer": answer, "found": found})
    return {"parts": counted, "wrong, but for parts c and e": wrong}
