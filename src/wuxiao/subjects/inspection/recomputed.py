"""A published round worked out anew from its files alone; nothing of the town's database is looked at."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wuxiao.desk.diary import checkpoints, notes
from wuxiao.desk.diary.notes import NoteError
from wuxiao.rules.words import Text
from wuxiao.subjects.inspection import draw as lots
from wuxiao.subjects.inspection import seed as seeds
from wuxiao.subjects.inspection.draw import BadDraw
from wuxiao.subjects.inspection.seed import Terms


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that was looked at: its code, whether it fits, and a sentence."""

    code: str
    good: bool
    said: Text


def judge(
    round_: Mapping[str, Any], lists: bytes, result: str = "", witness: Mapping[str, Any] | None = None
) -> list[Part]:
    """Return what fits and what does not of a published round and its lists, in order.

    `result` is the figure as the reader found it, used for a round that was never drawn and compared with that of one
    that was. Raises `ValueError`, `KeyError` or `TypeError` for what is no such round.
    """
    if not isinstance(round_, Mapping) or not isinstance(round_["strata"], Mapping):
        raise ValueError("round.json")
    found = [
        _part("lists", hashlib.sha256(lists).hexdigest() == round_["digest"],
              "名单就是摘要封的那一份", "the lists are those of the digest"),
        *(_bound(round_) if round_.get("share_hash") else _bound_before(round_)),
    ]  # fmt: skip
    seed = str(round_["seed"])
    if round_.get("share_hash"):
        more, seed = _seed(round_, result)
        found += more
    if seed:
        found.append(_drawn(round_, lists.decode(), seed))
    if witness is not None:
        found += _witness(round_, witness)
    return found


def _part(code: str, good: bool, zh: str, en: str) -> Part:
    if good:
        return Part(code, True, Text(zh, en))
    return Part(code, False, Text(f"不成立：{zh}", f"this does not hold: {en}"))


def _bound(round_: Mapping[str, Any]) -> list[Part]:
    opens, closes, told = (datetime.fromisoformat(round_[name]) for name in ("opens", "closes", "told"))
    said = Terms(round_["share_hash"], round_["figure"], round_["source"], opens, closes, told)
    own = seeds.commitment(round_["digest"], said, round_["strata"], round_["apart"])
    found = [
        _part("commitment", own == round_["commitment"],
              "封条封的是这份名单、份额的摘要、公开数和时间",
              "the commitment is of these lists, this hash of the share, this figure and these moments"),
        _part("share", seeds.fits(round_["share"], round_["share_hash"]),
              "揭开的份额就是事先公布摘要的那个", "the share is the one whose hash was published before"),
        _part("order", datetime.fromisoformat(round_["committed_at"]) < opens,
              "名单固定在公开数出来以前", "the lists were fixed before the figure was out"),
    ]  # fmt: skip
    if round_["drawn_at"]:
        found.append(
            _part("time", opens <= datetime.fromisoformat(round_["drawn_at"]) < closes,
                  "在公布的时间里抽的", "it was drawn within the time that was published")
        )  # fmt: skip
    return found


def _bound_before(round_: Mapping[str, Any]) -> list[Part]:
    own = lots.commitment(round_["digest"], round_["strata"], round_["apart"])
    return [
        _part("commitment", own == round_["commitment"], "封条封的是这份名单和数目",
              "the commitment is of these lists and numbers"),
        Part("seed", True, Text("旧程序抽的：种子什么时候定的证明不了",
                                "drawn by an older program: when its seed came is not proved")),
    ]  # fmt: skip


def _seed(round_: Mapping[str, Any], result: str) -> tuple[list[Part], str]:
    """What a seed follows from, and the seed: that of the reader's own figure where the round has none."""
    figure, said = round_["figure"], str(round_["result"])
    try:
        own = seeds.result(figure, result) if result.strip() else said
        plain = not said or seeds.result(figure, said) == said
    except BadDraw as error:
        return [Part("result", False, error.text)], ""
    if not own:
        never = Text(
            "没有抽：给出公开数（--result）就能算会抽中谁",
            "never drawn: give the figure (--result) to see what it would have drawn",
        )
        return [Part("result", True, never)], ""
    zh, en = "公开数的写法合规", "the figure is written as it must be"
    if result.strip() and said:
        zh, en = "公开数和您看到的一样", "the figure is the one you read"
    found = [_part("result", plain and own == (said or own), zh, en)]
    made = seeds.seed(round_["share"], own)
    if round_["seed"]:
        follows = "the seed follows from share and figure"
        found.append(_part("seed", made == round_["seed"], "种子由份额和公开数算出", follows))
    return found, made


def _drawn(round_: Mapping[str, Any], text: str, seed: str) -> Part:
    places, inspectors, salt = lots.read_listed(text)
    try:
        named = dict.fromkeys(round_["apart"], "—")
        made = lots.draw(places, inspectors, seed=seed, of_kind=round_["strata"], named=named, salt=salt)
    except BadDraw as error:
        return Part("places", False, error.text)
    drawn = " ".join(made.drawn)
    if not round_["drawn"]:
        return Part("places", True, Text(f"会抽中：{drawn}", f"it would have drawn {drawn}"))
    return _part("places", list(made.drawn) == round_["drawn"], f"抽中的是：{drawn}", f"what is drawn is {drawn}")


def _witness(round_: Mapping[str, Any], given: Mapping[str, Any]) -> list[Part]:
    seal = hashlib.sha256(f"{given['previous']}\n{given['entry']}".encode()).hexdigest()
    entry = json.loads(given["entry"])
    same = entry["verb"] == "witness_draw" and entry["facts"] == {
        "number": round_["number"],
        "commitment": round_["commitment"],
    }
    root = checkpoints.follow(checkpoints.leaf_hash(seal), given["leaf"], given["size"], given["path"])
    try:
        note = notes.parse_many(given["note"])[0]
        # The instant of a checkpoint is its first extension line (`notes.compose`).
        signed = datetime.fromisoformat(note.text.split("\n")[3].removeprefix("at "))
    except (NoteError, IndexError) as error:
        raise ValueError("witness.json") from error
    inside = root is not None and (root, given["size"]) == (note.root, note.size)
    before = not round_.get("opens") or signed < datetime.fromisoformat(round_["opens"])
    return [
        _part("entry", same and seal == given["seal"], "日志这一条封的就是这个封条",
              "this entry of the log is of this commitment"),
        _part("checkpoint", inside, "这一条在签过名的检查点之下", "the entry lies under the signed checkpoint"),
        _part("before", before, f"检查点签于{signed.isoformat()}，在公开数出来以前",
              f"the checkpoint of {signed.isoformat()} is from before the figure was out"),
    ]  # fmt: skip
