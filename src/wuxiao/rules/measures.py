"""The definitions of every published figure: what is counted, over what, and what is left out.

Pages link each figure to its definition here, and `desk.figures` computes exactly these. Sources: rules 2.3
(R3.1-R3.9), R2.20; Wilson's interval (1927) for shares.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from wuxiao.rules.words import Text


@dataclass(frozen=True, slots=True)
class Measure:
    """One published figure: its name, what stands above and below the line, and what is left out."""

    code: str
    name: Text
    above: Text
    below: Text
    left_out: Text


_DECLINED = Text(
    "依法不予受理、撤回和并入他人事项的不计,件数单独公布",
    "matters declined by law, withdrawn or merged into another; their number is published beside it",
)

MEASURES: Mapping[str, Measure] = {
    m.code: m
    for m in (
        Measure(
            "received",
            Text("收到", "received"),
            Text("期内登记的事项", "matters received in the period"),
            Text("—", "—"),
            Text("无", "nothing"),
        ),
        Measure(
            "closed",
            Text("办结", "closed"),
            Text("期内办结的事项(含不予受理、撤回、并案)", "matters closed in the period, however they ended"),
            Text("—", "—"),
            Text("无", "nothing"),
        ),
        Measure(
            "on_time",
            Text("按时率", "on time"),
            Text("期内答复且未超过承诺期限的事项", "matters answered in the period by the promised date"),
            Text(
                "期内答复的事项,加上期末已超期仍未答复的事项",
                "matters answered in the period, plus those overdue and unanswered at its end",
            ),
            _DECLINED,
        ),
        Measure(
            "contacted",
            Text("响应率", "response"),
            Text("回访或评价中说“及时联系了”的", "those who said they were contacted in time"),
            Text("回答了这一问的", "those who answered this question"),
            _DECLINED,
        ),
        Measure(
            "solved",
            Text("解决率", "solution"),
            Text("说“解决了”的", "those who said it was solved"),
            Text("回答了这一问的", "those who answered this question"),
            _DECLINED,
        ),
        Measure(
            "satisfied",
            Text("满意率", "satisfaction"),
            Text(
                "评“基本满意”及以上的(五级中的三级至五级)",
                "those who rated fairly satisfied or better (levels 3 to 5 of 5)",
            ),
            Text("作出评价的", "those who rated"),
            _DECLINED,
        ),
        Measure(
            "asked",
            Text("回访应答率", "call-back response"),
            Text("完成的回访", "call-backs answered"),
            Text("系统抽中的回访", "call-backs drawn by the system"),
            Text("因异议重办而作废的回访", "call-backs dropped because the matter was reopened"),
        ),
        Measure(
            "reopened",
            Text("异议重办率", "reopened"),
            Text("期内答复后又重办的事项", "matters answered in the period and later reopened"),
            Text("期内答复的事项", "matters answered in the period"),
            _DECLINED,
        ),
    )
}

#: Outcomes left out of the rates (R3.9), each published with its count.
EXCLUDED = ("declined", "withdrawn", "merged")
SATISFIED_FROM = 3


@dataclass(frozen=True, slots=True)
class Share:
    """A share `k` of `n` with its 95 % interval; all `None` where `n` is too small to publish."""

    k: int
    n: int
    share: float | None
    low: float | None
    high: float | None


def wilson(k: int, n: int, z: float = 1.959963984540054) -> tuple[float, float]:
    """Return Wilson's 95 % score interval of a share; (0, 1) for no observations."""
    if n == 0:
        return 0.0, 1.0
    p = k / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def share(k: int, n: int, minimum: int) -> Share:
    """Return a share with its interval, suppressed below the minimum number of observations."""
    if n < max(minimum, 1):
        return Share(k, n, None, None, None)
    low, high = wilson(k, n)
    return Share(k, n, k / n, low, high)
