"""Places, times, sums of money, counts of people, phone numbers and plates in a message, each with its stretch of text.

What is found is offered as pre-filled fields that the operator confirms. Times are read against a given moment;
nothing here looks at a
clock.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from wuxiao.reading import moments, redact
from wuxiao.reading.amounts import ABOUT_AFTER, ABOUT_BEFORE, AMOUNT, HALF, amount
from wuxiao.reading.tokens import fold, simplify
from wuxiao.reading.words import Why
from wuxiao.typed.plain import compact, flat

What = Literal["time", "money", "people", "phone", "plate", "place"]


@dataclass(frozen=True, slots=True)
class Found:
    """Something found: `text == whole[start:end]`; `value` normalised (ISO time, yuan, count, digits, standard
    address); `why` in words.

    Times have `value` as `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM`, money is in yuan with two decimals. What is vague or a range
    is `about`: both ends stand in `value`, times with `/` between, numbers with `-`. `code` names a matched standard
    address.
    """

    what: What
    start: int
    end: int
    text: str
    value: str
    why: Why
    code: str = ""
    about: bool = False


def times(text: str, now: datetime) -> list[Found]:
    """Find moments and days, read against `now` (the time of receipt); see `reading.moments`."""
    return [
        Found("time", one.start, one.end, text[one.start : one.end], one.value, one.why, about=one.about)
        for one in moments.find(text, now)
    ]


def _value(low: Decimal, high: Decimal | None, shown: Callable[[Decimal], str]) -> str:
    return shown(low) if high is None or low == high else f"{shown(low)}-{shown(high)}"


_MONEY = re.compile(
    rf"(?:[¥￥]\s?(?P<symbol>{AMOUNT})|(?P<amount>{AMOUNT})\s?(?P<more>多|余|来)?\s?(?P<great>万|亿)?(?P<unit>元|块(?:(?P<jiao>[一二三四五六七八九两1-9])(?:毛|角)?(?![\d十百千万个块名张条只台次户口斤]))?(?!地|砖|板|石|牌|玻璃|瓷|田|表|空地|黑板)|圆|人民币|角(?!落)|毛钱|美元|港币))"
)


_TENTHS = {
    **{char: at for at, char in enumerate("一二三四五六七八九", 1)},
    "两": 2,
    **{str(n): n for n in range(1, 10)},
}


def money(text: str) -> list[Found]:
    """Find sums of money; the value is in yuan with two decimals, a vague or stated range with both its ends
    ("2000.00-3000.00"); foreign currencies are left as their number and named in why."""
    found: list[Found] = []
    plain = text.translate(HALF)
    for match in _MONEY.finditer(plain):
        sum_ = amount((match["symbol"] or match["amount"]).replace(" ", ""))
        if sum_ is None:
            continue
        scale = {"万": Decimal(10_000), "亿": Decimal(100_000_000)}.get(match["great"] or "", Decimal(1))
        unit = match["unit"] or "元"
        if unit in ("角", "毛钱"):
            scale /= 10
        about = sum_.about or match["more"] is not None or _said_about(plain, match.start(), match.end())
        foreign = unit in ("美元", "港币")
        why = Why(
            "约数" if about else ("外币" if foreign else "金额"),
            "about this sum" if about else ("foreign money" if foreign else "a sum of money"),
        )
        # 三块五: the digit behind 块 counts tenths.
        tenths = Decimal(_TENTHS[match["jiao"]]) / 10 if match["jiao"] else Decimal(0)
        value = _value(sum_.low * scale + tenths, sum_.high * scale + tenths, lambda one: f"{one:.2f}")
        found.append(
            Found("money", match.start(), match.end(), text[match.start() : match.end()], value, why, about=about)
        )
    return found


def _said_about(plain: str, start: int, end: int) -> bool:
    return bool(ABOUT_BEFORE.search(plain[max(0, start - 6) : start]) or ABOUT_AFTER.match(plain[end : end + 4]))


_WHO = "居民|业主|村民|老人|工人|同事|学生|家长|农民工?|职工|乘客|患者|邻居|群众|市民|住户|员工|老师|农户|商户|店铺|企业|人"
_PEOPLE = re.compile(
    rf"(?P<n>{AMOUNT})\s?(?P<more>多|余|来)?(?P<unit>个人(?!行|民|信息|隐私|账|体户)|人次|人(?!民|行|家|员|大|工|为|力|才|事|生|均|口|间|社|防|情|气|车|流)|名(?!单|字|称|义|誉|牌|额|下|为|叫)|位(?=居民|业主|村民|老人|工人|同事|学生|家长|农民|职工|乘客|患者|邻居|群众|市民|住户|员工|老师)|个(?=(?:外地|社会|年轻|中年|陌生|醉酒)?(?:小伙子?|小年轻|大妈|大爷|大叔|阿姨|孩子|小孩|娃|老人|老头|老太|男的|女的|男人|女人|男子|女子|年轻人|青年|工人|民工|农民工|学生|保安|城管|邻居|住户|业主|村民|居民|司机|乘客|同学|老师|家长|醉汉))|户(?!口|籍|主|型|外|名|内)|家(?=农户|业主|商户|住户|店铺|企业|人家)|口子?人?(?=$|[，。、,；;！!？? \s的都吃住在])|口子?人|号人)(?P<who>{_WHO})?"
)


def people(text: str) -> list[Found]:
    """Find counts of people or households ("三十多户业主", "200余人"); a vague count has both its ends ("5-6")."""
    found: list[Found] = []
    plain = text.translate(HALF)
    for match in _PEOPLE.finditer(plain):
        count = amount(match["n"])
        if (
            count is None
            or count.low <= 0
            or count.low != int(count.low)
            or count.high != int(count.high)
            or count.high > 10_000_000
            or match["n"] == "几"
            or (match["n"] == "一" and match["unit"] not in {"名", "位"})
        ):
            continue
        about = count.about or match["more"] is not None or _said_about(plain, match.start(), match.end())
        found.append(
            Found(
                "people",
                match.start(),
                match.end(),
                text[match.start() : match.end()],
                _value(count.low, count.high, lambda one: str(int(one))),
                Why("约数" if about else "人数或户数", "about so many" if about else "a count of people or households"),
                about=about,
            )
        )
    return found


def contacts(text: str) -> list[Found]:
    """Find phone numbers (digits only as value) and number plates."""
    found: list[Found] = []
    for mark in redact.find(text, classes=("phone", "plate")):
        what: What = "phone" if mark.kind == "phone" else "plate"
        value = re.sub(r"[^0-9+#]", "", flat(mark.text)) if what == "phone" else compact(mark.text)
        found.append(Found(what, mark.start, mark.end, mark.text, value, mark.why))
    return found


class Gazetteer:
    """The town's standard addresses and street names, for matching what people write.

    Entries are `(code, name)`; longer names win. A name may also be found without its last unit word (丽发新城小区 →
    丽发新城), and with
    full width letters, traditional characters or blanks inside.
    """

    _TAILS = (
        "小区",
        "社区",
        "街道",
        "路",
        "街",
        "村",
        "广场",
        "大厦",
        "花园",
        "市场",
        "公司",
        "镇",
        "乡",
        "县",
        "区",
        "市",
    )

    def __init__(self, entries: Iterable[tuple[str, str]]) -> None:
        self._names: dict[str, tuple[str, str]] = {}
        short: dict[str, tuple[str, str] | None] = {}
        for code, name in entries:
            key = fold(name).replace(" ", "")
            if len(key) < 2:
                continue
            self._names.setdefault(key, (code, name))
            for tail in self._TAILS:
                if key.endswith(tail) and len(key) - len(tail) >= 3:
                    stem = key[: -len(tail)]
                    # Two entries with one stem: neither may claim it.
                    short[stem] = (code, name) if stem not in short else None
                    break
        for stem, entry in short.items():
            if entry is not None:
                self._names.setdefault(stem, entry)
        self._heads: dict[str, list[int]] = {}
        for key in self._names:
            lengths = self._heads.setdefault(key[:2], [])
            if len(key) not in lengths:
                lengths.append(len(key))
        for lengths in self._heads.values():
            lengths.sort(reverse=True)

    def __len__(self) -> int:
        return len(self._names)

    def find(self, text: str) -> list[Found]:
        """Find the entries named in a text, longest first at each position, never overlapping."""
        kept, at = [], []
        for position, char in enumerate(simplify(text.translate(HALF).lower())):
            if not char.isspace():
                kept.append(char)
                at.append(position)
        plain = "".join(kept)
        found: list[Found] = []
        position = 0
        while position < len(plain) - 1:
            for length in self._heads.get(plain[position : position + 2], ()):
                entry = self._names.get(plain[position : position + length])
                if entry is not None and len(plain[position : position + length]) == length:
                    start, end = at[position], at[position + length - 1] + 1
                    code, name = entry
                    exact = fold(name).replace(" ", "") == plain[position : position + length]
                    why = Why(
                        f"与标准地名“{name}”{'一致' if exact else '的简称一致'}",
                        f"{'is' if exact else 'is short for'} the standard name “{name}”",
                    )
                    found.append(Found("place", start, end, text[start:end], name, why, code))
                    position += length
                    break
            else:
                position += 1
        return found


def places(text: str, gazetteer: Gazetteer | None = None) -> list[Found]:
    """Find places: names of the gazetteer, and detailed addresses written out (up to house or room)."""
    found = gazetteer.find(text) if gazetteer is not None else []
    for mark in redact.find(text, classes=("address",)):
        found.append(Found("place", mark.start, mark.end, mark.text, fold(mark.text), mark.why))
    return found


def extract(text: str, *, now: datetime, gazetteer: Gazetteer | None = None) -> list[Found]:
    """Find everything, sorted by position; a detailed address may contain a standard name, other finds never
    overlap."""
    text = text[:100_000]
    found = [*times(text, now), *money(text), *people(text), *contacts(text)]
    kept: list[Found] = []
    for item in sorted(found, key=lambda item: (_ORDER.index(item.what), item.start - item.end, item.start)):
        if all(item.end <= other.start or item.start >= other.end for other in kept):
            kept.append(item)
    return sorted([*kept, *places(text, gazetteer)], key=lambda item: (item.start, item.end))


# A sum with its unit is no telephone number, however long its digits are.
_ORDER: Sequence[What] = ("money", "phone", "plate", "time", "people", "place")
