"""Names of invented towns: put together from words, and plainly invented (the first character of a county says so)."""

from __future__ import annotations

import numpy as np

from wuxiao.plan.ground.streets import Street

#: 拟 means "drafted, imitated"; no county begins with it.
_COUNTY = (
    ("岚", "lan"), ("汀", "ting"), ("禾", "he"), ("岫", "xiu"), ("澄", "cheng"), ("榆", "yu"), ("棠", "tang"),
    ("砚", "yan"), ("荻", "di"), ("椿", "chun"), ("笛", "di"), ("蒲", "pu"), ("鹭", "lu"), ("杉", "shan"),
    ("楝", "lian"), ("苇", "wei"), ("葵", "kui"), ("帆", "fan"), ("穗", "sui"), ("麦", "mai"), ("梭", "suo"),
)  # fmt: skip
_FIRST = (
    ("晨", "Chen"), ("听", "Ting"), ("映", "Ying"), ("漱", "Shu"), ("枕", "Zhen"), ("望", "Wang"), ("摘", "Zhai"),
    ("浣", "Huan"), ("拾", "Shi"), ("观", "Guan"), ("问", "Wen"), ("系", "Xi"), ("栖", "Qi"), ("邀", "Yao"),
    ("采", "Cai"), ("伴", "Ban"), ("沐", "Mu"), ("倚", "Yi"), ("眠", "Mian"), ("疏", "Shu"), ("酿", "Niang"),
    ("戴", "Dai"), ("托", "Tuo"), ("吟", "Yin"), ("洗", "Xi"), ("围", "Wei"), ("量", "Liang"), ("织", "Zhi"),
)  # fmt: skip
_SECOND = (
    ("岚", "lan"), ("荻", "di"), ("椿", "chun"), ("砚", "yan"), ("笛", "di"), ("蕉", "jiao"), ("蒲", "pu"),
    ("萤", "ying"), ("鹭", "lu"), ("荇", "xing"), ("杉", "shan"), ("楝", "lian"), ("鹤", "he"), ("桐", "tong"),
    ("苇", "wei"), ("霁", "ji"), ("露", "lu"), ("葵", "kui"), ("梭", "suo"), ("灯", "deng"), ("帆", "fan"),
    ("秋", "qiu"), ("瓦", "wa"), ("笠", "li"), ("芷", "zhi"), ("穗", "sui"), ("星", "xing"), ("麦", "mai"),
)  # fmt: skip
_KIND = {
    Street.PRIMARY: ("大道", "Avenue"),
    Street.SECONDARY: ("路", "Road"),
    Street.TERTIARY: ("街", "Street"),
    Street.RESIDENTIAL: ("街", "Street"),
    Street.LANE: ("巷", "Lane"),
    Street.RIVER: ("河", "River"),
}

Name = tuple[str, str]


class Namer:
    """Gives out names in Chinese and English, none twice, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng([seed, 9])
        pairs = [(a[0] + b[0], a[1] + b[1]) for a in _FIRST for b in _SECOND]
        self._pairs = [pairs[k] for k in rng.permutation(len(pairs))]
        self._next = 0
        zh, en = _COUNTY[int(rng.integers(len(_COUNTY)))]
        self.county: Name = (f"拟{zh}县", f"Ni{en} County (invented)")

    def pair(self) -> Name:
        """Return a new name; after the last pair they go round with a number."""
        turn, k = divmod(self._next, len(self._pairs))
        self._next += 1
        zh, en = self._pairs[k]
        if not turn:
            return zh, en
        far = "东南西北"[turn - 1] if turn <= 4 else f"{turn}"
        near = ("East ", "South ", "West ", "North ")[turn - 1] if turn <= 4 else f"{turn} "
        return far + zh, near + en

    def street(self, kind: Street) -> Name:
        """Return the name of a new street or river of a class."""
        zh, en = self.pair()
        end = _KIND.get(kind, ("路", "Road"))
        return zh + end[0], f"{en} {end[1]}"

    def community(self) -> Name:
        """Return the name of a new community."""
        zh, en = self.pair()
        return f"{zh}社区", f"{en} Community"
