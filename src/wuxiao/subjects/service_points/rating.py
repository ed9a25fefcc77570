"""The rating of a service point: a question set, its versions, and which answers stand for “satisfied”.

Every version stays here: an answer names its version by the digest and is counted with its own.
"""

from __future__ import annotations

from collections.abc import Mapping

from wuxiao.rules.questions.form import OURS, Choice, ChoiceList, Kind, Question, QuestionSet, Said, said

NAME = "service_rating"
#: The better three of five levels, as with matters (rules R2.3).
SATISFIED = frozenset({"5", "4", "3"})
LEVEL = "level"

_LEVELS = (
    ("5", "非常满意", "very satisfied"),
    ("4", "满意", "satisfied"),
    ("3", "基本满意", "fairly satisfied"),
    ("2", "不满意", "dissatisfied"),
    ("1", "非常不满意", "very dissatisfied"),
)
_DONE = (
    ("yes", "办成了", "yes"),
    ("partly", "办成一部分，还要再来", "partly, another visit is needed"),
    ("no", "没有办成", "no"),
)
_WAIT = (
    ("short", "不到10分钟", "less than 10 minutes"),
    ("half", "10到30分钟", "10 to 30 minutes"),
    ("long", "30分钟以上", "more than 30 minutes"),
)
_OPEN = (("yes", "开着", "yes"), ("no", "牌子上说开，来了没有开", "it should have been open and was not"))


def _choices(name: str, rows: tuple[tuple[str, str, str], ...]) -> ChoiceList:
    return ChoiceList(name, tuple(Choice(code, said(zh=zh, en=en)) for code, zh, en in rows))


def _asks(name: str, choices: str, zh: str, en: str, required: str = "") -> Question:
    return Question(name, Kind.ONE, said(zh=zh, en=en), choices=choices, required=required)


def _hint() -> Said:
    return said(
        zh="不要写姓名和电话。管这个服务点的人会看到；没有人看过、遮住名字以前，不会公开。",
        en="No names or telephone numbers. Who keeps this point reads it; nothing is public before somebody looked.",
    )


RATING = QuestionSet(
    name=NAME,
    version="1",
    title=said(zh="给这个服务点打个分", en="Rate this service point"),
    languages=tuple(OURS.values()),
    default_language=OURS["zh"],
    items=(
        _asks(LEVEL, "levels", "这次办事怎么样？", "How was it this time?", required="true()"),
        _asks("was_open", "open", "来的时候开着吗？", "Was it open when you came?"),
        _asks("done", "done", "事办成了吗？", "Did you get done what you came for?"),
        _asks("wait", "wait", "等了多久？", "How long did you wait?"),
        Question(
            "words", Kind.TEXT, said(zh="还想说什么？", en="Anything else?"), hint=_hint(), appearance="multiline"
        ),
    ),
    lists=(
        _choices("levels", _LEVELS),
        _choices("open", _OPEN),
        _choices("done", _DONE),
        _choices("wait", _WAIT),
    ),
)
#: Every version there ever was, the newest last.
VERSIONS: Mapping[str, QuestionSet] = {one.digest: one for one in (RATING,)}
