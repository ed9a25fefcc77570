"""What the steps of a reward ask, each field with its purpose, legal basis, retention and audience."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from wuxiao.rules.book_model import Book
from wuxiao.rules.field import Audience, Field, Kind, Why
from wuxiao.rules.life import Step
from wuxiao.rules.words import Text
from wuxiao.subjects.reward.rules import GRADES, Facts, Need

#: Kept as long as a payment can be asked about: three years after the end.
DAYS = 1095
_WHY = Why(
    Text("报告隐患的依法给奖励，公款付得清楚", "who reported a hazard is rewarded; public money is accounted for"),
    Text("《安全生产法》第七十六条", "Work Safety Law, art. 76"),
    DAYS,
    Audience.READERS,
)
_NOT_THEIRS = Why(
    Text("本来就有责任查的人不领这笔奖励", "whose duty it was to find it is not rewarded for that"),
    Text("《安全生产法》第七十六条", "Work Safety Law, art. 76"),
    DAYS,
    Audience.READERS,
)

_PLAIN: Mapping[Need, Field] = {
    Need.REPORT: Field(
        "report", Kind.TEXT, Text("奖励哪件反映", "for which report"), _WHY, most=24,
        hint=Text("事项编号；并在一起办的，奖励最先反映的那一件",
                  "the number of the matter; of several reports of one thing the first is rewarded"),
    ),
    Need.GRADE: Field("grade", Kind.CHOICE, Text("隐患有多重", "how grave it was"), _WHY,
                      choices={one.value: text for one, text in GRADES.items()}),
    Need.AMOUNT: Field("amount", Kind.NUMBER, Text("奖励多少元", "how many yuan"), _WHY, low=1, high=300_000),
    Need.FOUND: Field(
        "found", Kind.WORDS, Text("查实了什么", "what was confirmed"), _WHY, most=500,
        hint=Text("只写隐患，不写反映的人", "the hazard only, nothing of who reported it"),
    ),
    Need.REASON: Field("reason", Kind.WORDS, Text("理由", "reason"), _WHY, most=500),
    Need.OWN: Field(
        "own", Kind.YES,
        Text("我不是这里管安全的人，发现它也不是我的工作", "it was not my duty to keep it safe or to find this"),
        _NOT_THEIRS,
    ),
}  # fmt: skip


def table(numbers: Mapping[str, int]) -> Text:
    """Return what the book gives for each grade, as a form says it."""
    zh = "；".join(f"{text.zh}{numbers[f'{one}_from']}–{numbers[f'{one}_to']}元" for one, text in GRADES.items())
    en = "; ".join(f"{text.en} {numbers[f'{one}_from']} to {numbers[f'{one}_to']}" for one, text in GRADES.items())
    return Text(zh, en)


def of_step(step: Step[Facts], book: Book) -> tuple[Field, ...]:
    """Return the fields of a step: the same for whoever takes it, whatever the reward."""
    found = []
    for need in step.needs:
        one = replace(_PLAIN[need], required=True)
        found.append(replace(one, hint=table(book.lives["reward"].numbers)) if need is Need.AMOUNT else one)
    return tuple(found)
