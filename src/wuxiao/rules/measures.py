"""The definitions of every published figure: what is counted, over what, and what is left out.

Pages link each figure to its definition here, and `desk.figures` computes exactly these. Sources: rules 2.3
(R3.1-R3.9), R2.20; Wilson's score interval (1927) for a share, Newcombe's method 10 (Statistics in Medicine 17, 1998,
873-890) for the difference of two.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from wuxiao.rules.words import Text

Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Measure:
    """One published figure: its name, what stands above and below the line, what is left out, and what to beware of.

    A count has no `below`. `people` names the field of `Tally` with how many answers or matters stand behind a share.
    """

    code: str
    name: Text
    above: Text
    below: Text | None = None
    left_out: Text | None = None
    note: Text | None = None
    k: str = ""
    n: str = ""

    @property
    def is_share(self) -> bool:
        """True for a share of n, false for a plain count."""
        return self.below is not None


_DECLINED = Text(
    "依法不予受理、撤回和并入他人事项的不计，件数单独公布",
    "matters declined by law, withdrawn or merged into another; their number is published beside it",
)
_STANDING = Text(
    "以现在有效的那次答复为准：退回重办的，算在最后一次答复的月份",
    "the answer that stands counts: a matter handled again counts in the month of its last answer",
)
_ASKED = Text(
    "由诉求人自己说，承办单位不能填写或修改；来自自愿评价和系统抽中的回访",
    "said by requesters themselves and never entered by the unit; from voluntary ratings and from drawn call-backs",
)

MEASURES: Mapping[str, Measure] = {
    m.code: m
    for m in (
        Measure(
            "received",
            Text("收到", "received"),
            Text("期内登记的事项", "matters received in the period"),
            note=Text("分类以计数时核定的为准", "classed as confirmed at the time of counting"),
        ),
        Measure(
            "answered",
            Text("答复", "answered"),
            Text("期内答复的事项", "matters answered in the period"),
            left_out=_DECLINED,
            note=_STANDING,
        ),
        Measure(
            "closed",
            Text("办结", "closed"),
            Text(
                "期内办结的事项，不论怎样结束（答复、不予受理、撤回、并案）",
                "matters closed in the period, however they ended (answered, declined, withdrawn, merged)",
            ),
        ),
        Measure(
            "declined",
            Text("依法不予受理", "declined by law"),
            Text("期内经第二人复核、不予受理的事项", "matters declined in the period after a second person's look"),
        ),
        Measure(
            "withdrawn",
            Text("诉求人撤回", "withdrawn"),
            Text("期内由诉求人撤回的事项", "matters withdrawn by their requesters in the period"),
        ),
        Measure(
            "merged",
            Text("并入同一件事", "merged"),
            Text(
                "期内并入另一件正在办理的事项的",
                "matters joined in the period to another report of the same thing",
            ),
            note=Text("并入的诉求人仍会收到答复", "their requesters still receive the answer"),
        ),
        Measure(
            "overdue_open",
            Text("期末超期未答复", "overdue and unanswered"),
            Text(
                "到期末，承诺的日子已过、仍未答复也未办结的事项，不论哪个月收到",
                "matters past their promised date and neither answered nor closed at the end of the period, "
                "whenever they were received",
            ),
            left_out=Text(
                "承诺日前已请诉求人补充、时限暂停的",
                "matters whose clock stood still from before the date, waiting for the requester",
            ),
            note=Text(
                "依规定延期并告知诉求人的，按新的日子算",
                "a date moved with a reason told to the requester counts as moved",
            ),
        ),
        Measure(
            "on_time",
            Text("按时率", "on time"),
            Text("期内答复且未超过承诺日子的事项", "matters answered in the period by the promised date"),
            Text(
                "期内答复的事项，加上期末已超期仍未答复的事项",
                "matters answered in the period, plus those overdue and unanswered at its end",
            ),
            _DECLINED,
            Text(
                "超期不答复的事项每个月都计入分母，拖着不办不会让这个数变好",
                "an overdue matter stays below the line every month until it is answered, so leaving it does not help",
            ),
            "on_time",
            "on_time_n",
        ),
        Measure(
            "contacted",
            Text("响应率", "response"),
            Text("说“及时联系了”的", "those who said they were contacted in time"),
            Text("回答了这一问的", "those who answered this question"),
            _DECLINED,
            _ASKED,
            "contacted_k",
            "contacted_n",
        ),
        Measure(
            "solved",
            Text("解决率", "solution"),
            Text("说“解决了”的", "those who said it was solved"),
            Text("回答了这一问的", "those who answered this question"),
            _DECLINED,
            _ASKED,
            "solved_k",
            "solved_n",
        ),
        Measure(
            "satisfied",
            Text("满意率", "satisfaction"),
            Text(
                "评“基本满意”及以上的（五级中较好的三级）",
                "those who rated fairly satisfied or better (the upper three of five levels)",
            ),
            Text("作出评价的", "those who rated"),
            _DECLINED,
            _ASKED,
            "satisfied_k",
            "satisfied_n",
        ),
        Measure(
            "asked",
            Text("回访应答率", "call-back response"),
            Text("回访到、并回答了的", "call-backs that were answered"),
            Text("期内办结、由系统抽中回访的", "matters closed in the period and drawn by the system"),
            Text("因退回重办而作废的回访", "call-backs dropped because the matter was handled again"),
            Text(
                "还在联系的、过期没有问到的都算在分母里，不算应答；当月的数会随后升高",
                "those still being tried, and those whose time ran out unasked, stand below the line only",
            ),
            "asked",
            "drawn",
        ),
        Measure(
            "reopened",
            Text("重办率", "handled again"),
            Text(
                "期内答复的事项中，在此之前曾因异议、检查退回或申请复查而重办的",
                "of the matters answered in the period, those handled again before that answer after an objection, "
                "a check or a request for review",
            ),
            Text("期内答复的事项", "matters answered in the period"),
            _DECLINED,
            _STANDING,
            "reopened",
            "answered",
        ),
    )
}

#: The shares shown beside the counts of every kind and category.
ROW_SHARES = ("on_time", "solved", "satisfied")
#: Outcomes left out of the rates (R3.9), each published with its count.
EXCLUDED = ("declined", "withdrawn", "merged")
SATISFIED_FROM = 3


@dataclass(slots=True)
class Tally:
    """Plain counts of one cell (a month, a kind, a category); shares are made of them. `levels` runs from 1 to 5."""

    received: int = 0
    closed: int = 0
    declined: int = 0
    withdrawn: int = 0
    merged: int = 0
    answered: int = 0
    on_time: int = 0
    overdue_open: int = 0
    contacted_k: int = 0
    contacted_n: int = 0
    solved_k: int = 0
    solved_n: int = 0
    satisfied_k: int = 0
    satisfied_n: int = 0
    by_call_back: int = 0
    reopened: int = 0
    drawn: int = 0
    asked: int = 0
    expired: int = 0
    levels: list[int] = field(default_factory=lambda: [0, 0, 0, 0, 0])

    def add(self, other: Tally) -> None:
        """Add another cell's counts."""
        for name in COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.levels = [a + b for a, b in zip(self.levels, other.levels, strict=True)]

    @property
    def on_time_n(self) -> int:
        """What stands below the line of the on-time rate."""
        return self.answered + self.overdue_open

    def pair(self, code: str) -> tuple[int, int]:
        """Return above and below the line of a share by its code."""
        measure = MEASURES[code]
        return getattr(self, measure.k), getattr(self, measure.n)

    def shares(self, minimum: int) -> dict[str, Share]:
        """Return every published share with its interval, `None` inside where fewer than `minimum` stand behind it."""
        return {code: share(*self.pair(code), minimum) for code, m in MEASURES.items() if m.is_share}

    def to_json(self) -> dict[str, Any]:
        """Return the counts that are not zero, for a prepared snapshot; `Tally(**...)` reads them back."""
        return {name: value for name, value in asdict(self).items() if value and value != [0, 0, 0, 0, 0]}


COUNTS: tuple[str, ...] = tuple(name for name in Tally.__dataclass_fields__ if name != "levels")


@dataclass(frozen=True, slots=True)
class Share:
    """A share `k` of `n` with its 95 % interval; all `None` where `n` is too small to publish."""

    k: int
    n: int
    share: float | None
    low: float | None
    high: float | None


def wilson(k: int, n: int, z: float = Z95) -> tuple[float, float]:
    """Return Wilson's 95 % score interval of a share; (0, 1) for no observations."""
    if n == 0:
        return 0.0, 1.0
    p = k / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    # At the ends the interval touches 0 and 1 exactly; floating point would miss them by a hair.
    return (0.0 if k == 0 else max(0.0, middle - half)), (1.0 if k == n else min(1.0, middle + half))


def share(k: int, n: int, minimum: int = 1) -> Share:
    """Return a share with its interval, withheld below the minimum number of observations."""
    if n < max(minimum, 1):
        return Share(k, n, None, None, None)
    low, high = wilson(k, n)
    return Share(k, n, k / n, low, high)


@dataclass(frozen=True, slots=True)
class Difference:
    """How much higher the first of two independent shares is, with its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def clear(self) -> bool:
        """True when the interval leaves zero out: the change is more than the small numbers alone would bring."""
        return self.low > 0 or self.high < 0


def difference(first: Share, second: Share) -> Difference | None:
    """Return the difference of two shares with Newcombe's interval, or `None` where either was withheld."""
    if first.share is None or second.share is None:
        return None
    assert first.low is not None
    assert first.high is not None
    assert second.low is not None
    assert second.high is not None
    gap = first.share - second.share
    down = math.hypot(first.share - first.low, second.high - second.share)
    up = math.hypot(first.high - first.share, second.share - second.low)
    return Difference(gap, gap - down, gap + up)
