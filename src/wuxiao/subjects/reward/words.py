"""The answers and sentences of rewards."""

from __future__ import annotations

from collections.abc import Mapping

from wuxiao.rules.words import Text
from wuxiao.subjects.reward.rules import GRADES

ENDS: Mapping[str, Text] = {
    "paid": Text("已领", "paid out"),
    "lapsed": Text("过期没有领", "not fetched in time"),
    "waived": Text("本人不要", "done without"),
    "rejected": Text("不予奖励", "none given"),
}
VALUES: Mapping[str, Mapping[str, Text]] = {
    "grade": {one.value: text for one, text in GRADES.items()},
    "outcome": ENDS,
}
#: What the date of a reward is the date of.
DATES: Mapping[str, Text] = {
    "proposed": Text("决定奖励", "to be decided"),
    "payable": Text("领取", "to be fetched"),
}
