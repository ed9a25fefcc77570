"""Somebody does something by a date: the life of a task, and what each of its steps asks.

A task has no chain of its own: each step is a sealed entry of the case that gave it. A unit has it first, then a named
person of that unit. Late is what the date says, nothing that is stored; nobody is ranked by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import partial

from wuxiao.rules.field import Audience, Field, Kind, Why
from wuxiao.rules.life import CaseFacts, Guard, Life, Standing, Step
from wuxiao.rules.words import Text


class State(StrEnum):
    """Where a task stands: with a unit, with a named person of it, done."""

    GIVEN = "given"
    DOING = "doing"
    DONE = "done"


class Who(StrEnum):
    """What somebody is to a task: a lead of the unit that gave it, a lead or member of the unit that has it, its owner.

    The lead of a desk counts as the lead of its unit.
    """

    GIVER = "giver"
    LEAD = "lead"
    MEMBER = "member"
    OWNER = "owner"
    SUPERVISOR = "supervisor"
    SYSTEM = "system"


class Need(StrEnum):
    """What a step must be given."""

    PERSON = "person"
    UNIT = "unit"
    REASON = "reason"
    DUE = "due"
    PROOF = "proof"


@dataclass(frozen=True, slots=True)
class Facts(CaseFacts):
    """What the table reads of a task: whether it binds, whether a newer decision or the end of its case ended it."""

    binds: bool = False
    over: bool = False
    owner_id: int | None = None


S, W, N = State, Who, Need
STANDS: Guard[Facts] = Guard(
    "stands",
    lambda f: not f.over,
    (
        Text(
            "这一项已经不用办：有了新的决定，或者原来的事已经办结",
            "this need not be done any more: there is a newer decision, or what it was for has ended",
        ),
    ),
)
MAY_HAND_ON: Guard[Facts] = Guard(
    "may_hand_on",
    lambda f: not f.binds,
    (
        Text(
            "主办单位是这项决定里定的，不能转出；要换单位，由作出决定的一方重新决定",
            "the decision named this unit, so it is not handed on; only a new decision changes it",
        ),
    ),
)


#: No resident's page shows a task; almost every step needs one that stands.
_step = partial(Step[Facts].of, guards=(STANDS,), seen=False)
_OPEN = (S.GIVEN, S.DOING)
ROWS: tuple[Step[Facts], ...] = (
    _step("task_give", ("交办", "Give"), ("任务{code}交给{unit}", "task {code} goes to {unit}"), (), (S.GIVEN,),
          (W.GIVER, W.SYSTEM), guards=()),
    _step("task_take", ("我来办", "Take it"), ("任务{code}：{who}来办", "task {code}: {who} takes it"),
          (S.GIVEN,), (S.DOING,), (W.MEMBER, W.LEAD)),
    _step("task_name", ("指定经办人", "Name a person"),
          ("任务{code}：{unit}指定了经办人", "task {code}: {unit} named who does it"),
          _OPEN, (S.DOING,), (W.LEAD,), N.PERSON),
    _step("task_hand_on", ("转交", "Hand on"),
          ("任务{code}转交{unit}：{reason}", "task {code} handed on to {unit}: {reason}"),
          _OPEN, (S.GIVEN,), (W.LEAD,), N.UNIT, N.REASON, guards=(STANDS, MAY_HAND_ON)),
    _step("task_extend", ("延期", "More time"),
          ("任务{code}延到{until}：{reason}", "task {code}: time until {until}: {reason}"),
          _OPEN, (), (W.GIVER, W.SUPERVISOR), N.DUE, N.REASON),
    _step("task_done", ("办完了", "Done"),
          ("任务{code}：{unit}说办完了：{proof}", "task {code}: {unit} says it is done: {proof}"),
          (S.DOING,), (S.DONE,), (W.OWNER, W.LEAD), N.PROOF),
    _step("task_back", ("退回再办", "Give back"),
          ("任务{code}没有办好，退回再办，{until}前办完：{reason}",
           "task {code} is not done and goes back, to be done by {until}: {reason}"),
          (S.DONE,), (S.GIVEN,), (W.GIVER,), N.DUE, N.REASON),
    _step("task_remind", ("提醒", "Remind"),
          ("提醒{unit}：任务{code}快到期或者已经到期", "{unit} was reminded: task {code} is due soon, or was"),
          _OPEN, (), (W.SYSTEM,)),
    _step("task_part", ("换单位", "Give to another"),
          ("任务{code}改由{unit}办", "task {code} goes to {unit} from now on"),
          _OPEN, (S.GIVEN,), (W.SYSTEM,)),
)  # fmt: skip

STANDINGS: Mapping[State, Standing] = {
    S.GIVEN: Standing(
        Text("待领", "to be taken"),
        Text("请单位负责人指定经办人，或者自己来办。", "A lead names who does it, or somebody takes it."),
        None,
        "t.given",
    ),
    S.DOING: Standing(
        Text("在办", "being done"),
        Text("办完了写明怎么办的、凭什么说办完了。", "When it is done, say how, and what proves it."),
        None,
        "t.doing",
    ),
    S.DONE: Standing(
        Text("已办完", "done"),
        Text("交办的单位可以退回再办。", "Whoever gave it may give it back."),
        None,
        "t.done",
    ),
}
#: The life of a task.
TASK: Life[Facts] = Life("task", Text("任务", "the task"), State, STANDINGS, ROWS, frozenset({S.DONE}))

#: Kept as long as the case it belongs to can be asked about: three years after its end.
DAYS = 1095
_WHY = Why(
    Text("决定的事有人办、按期办、办没办完说得清", "what was decided is done by somebody, in time, and can be proved"),
    Text(
        "《信访工作条例》第十四条、第三十五条；《安全生产法》第四十一条",
        "Petition Work Regulations art. 14 and 35; Work Safety Law art. 41",
    ),
    DAYS,
    Audience.READERS,
)
_NO_NAMES = Text("只写事情，不写居民的姓名、电话、住址", "of the matter only: no resident's name, number or address")
_NOBODY = {"-": Text("没有可选的", "nothing to choose")}


def person(people: Mapping[str, Text]) -> Field:
    """Return the field that names who of the unit does it."""
    return Field("person", Kind.CHOICE, Text("由谁来办", "who does it"), _WHY, required=True, choices=people or _NOBODY)


def unit(units: Mapping[str, Text]) -> Field:
    """Return the field that names the unit it is handed on to."""
    return Field("unit", Kind.CHOICE, Text("转给", "handed on to"), _WHY, required=True, choices=units or _NOBODY)


def question(name: str, label: Text, hint: Text) -> Field:
    """Return one question of a set that ends a task."""
    return replace(PLAIN[N.PROOF], name=name, label=label, hint=hint)


PLAIN: Mapping[Need, Field] = {
    N.REASON: Field("reason", Kind.WORDS, Text("理由", "reason"), _WHY, required=True, most=2000, hint=_NO_NAMES),
    N.DUE: Field("due", Kind.DATE, Text("哪天以前办完", "to be done by"), _WHY, required=True),
    N.PROOF: Field("proof", Kind.WORDS, Text("怎么办的，凭什么说办完了", "how it was done, and what proves it"), _WHY,
                   required=True, most=4000, hint=_NO_NAMES),
}  # fmt: skip


#: Begins the codes of tasks.
PREFIX = "RW"
#: Days before the date on which the unit is reminded, and again when it is over.
REMINDS = 2


def remind_due(due: date, reminded: date | None, today: date) -> bool:
    """Whether a unit is to be reminded on a day: once shortly before the date, and once when it is over.

    That it was reminded on a day to come was said by a clock that stood ahead: it counts as never.
    """
    days = (due - today).days
    if reminded is not None and reminded > today:
        reminded = None
    if days > REMINDS:
        return False
    # Late is said once too; what was put off begins anew.
    return reminded is None or (days < 0 and reminded <= due) or (due - reminded).days > REMINDS
