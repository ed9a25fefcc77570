"""The answers and sentences of the joint conference, and the questions a collective matter is looked back by."""

from __future__ import annotations

from collections.abc import Mapping

from wuxiao.rules.questions.form import OURS, Kind, Question, QuestionSet, said
from wuxiao.rules.words import Text

#: Why a case is proposed for the agenda. Nothing about a person is a reason.
WHYS: Mapping[str, Text] = {
    "refused": Text("多次退单，没有单位承办", "refused again and again, no unit has it"),
    "collective": Text("集体事项", "a collective matter"),
    "hazard": Text("检查发现的严重隐患", "a grave hazard found by an inspection"),
    "named": Text("会议另外列入", "put on by the conference itself"),
}
ANSWERS: Mapping[str, Text] = {
    "come": Text("参加", "we come"),
    "deputy": Text("派人代为参加", "a deputy comes"),
    "cannot": Text("不能参加", "we cannot come"),
}
ITEM_STATES: Mapping[str, Text] = {
    "on": Text("待议", "to be dealt with"),
    "off": Text("这次不议", "left off this time"),
    "decided": Text("已决定", "decided"),
    "held": Text("没有议完，下次再议", "not dealt with, for the next sitting"),
}
VALUES: Mapping[str, Mapping[str, Text]] = {"answer": ANSWERS}
#: What a requester is told is the reason that a unit was named.
BY_DECISION = Text("联席会议{date}会议决定", "decided by the joint conference of {date}")
_NO_LIST = said(
    zh="写事情，不写人：不列参加的人、牵头的人，不写姓名、电话、住址。",
    en="Of what happened, not of people: no list of who took part or led, no names, numbers or addresses.",
)


def _asks(name: str, zh: str, en: str) -> Question:
    return Question(name, Kind.TEXT, said(zh=zh, en=en), hint=_NO_LIST, required="yes")


#: What is asked when a collective matter has ended: of the work of the house, never of the people who came.
REVIEW = QuestionSet(
    name="after_action",
    version="1",
    title=said(zh="集体事项事后回顾", en="Looking back at a collective matter"),
    languages=tuple(OURS.values()),
    default_language=OURS["zh"],
    items=(
        _asks("known", "什么时候知道了什么：最早的反映、后来的变化、我们各是哪天知道的",
              "What was known when: the first reports, what changed, and on which day we knew it"),
        _asks("promised", "答应过什么：谁家（单位）在哪天答应了什么，办到没有",
              "What was promised: which unit promised what on which day, and was it kept"),
        _asks("changed", "改了什么：这件事以后，做法、设施、规定有什么不同",
              "What changed: what is done, built or ruled otherwise since"),
        _asks("earlier", "下次可以早做什么", "What could be done earlier next time"),
    ),
)  # fmt: skip
