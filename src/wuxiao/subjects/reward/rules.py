"""The life of a reward for a reported hazard: proposed by one, approved by another, paid against a code without a name.

One table, read by the grammar of lives (`rules.life`). Whoever reported fetches a payout code with the code of her
report; the desk that pays learns a sum from it and nothing else. Amounts by the grade of the hazard, by when it is
decided and how long it can be fetched are the rule book's; nothing counts persons, and no number is a target.
Sources: Work Safety Law art. 76 (who reports major hazards or unlawful acts of merit is rewarded), rules 2.11; measures
of provinces on rewards for reported fire hazards (50 to 500 yuan, the first who reported it, 30 to 60 days to fetch it,
not whose duty it was); those of the market regulators for anonymous reports (a code and a password in place of a name).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from wuxiao.rules.book.lives import Section
from wuxiao.rules.life import CaseFacts, Guard, Life, Standing, Step
from wuxiao.rules.words import Text

NAME = "reward"


class State(StrEnum):
    """Where a reward stands."""

    PROPOSED = "proposed"
    PAYABLE = "payable"
    CLOSED = "closed"


class Who(StrEnum):
    """What somebody is to a reward: `REPORTER` by the code of her report, `DESK` pays and sees no more than the sum."""

    PROPOSER = "proposer"
    APPROVER = "approver"
    REPORTER = "reporter"
    DESK = "desk"
    SYSTEM = "system"


class Need(StrEnum):
    """What a step must be given."""

    REPORT = "report"
    GRADE = "grade"
    AMOUNT = "amount"
    FOUND = "found"
    REASON = "reason"
    OWN = "own"


class Clock(StrEnum):
    """What runs in a state: until it is decided, until it is fetched."""

    DECIDE = "decide"
    CLAIM = "claim"


class Grade(StrEnum):
    """How grave the hazard was; the book says from how much to how much each is rewarded."""

    GENERAL = "general"
    MAJOR = "major"


@dataclass(frozen=True, slots=True)
class Facts(CaseFacts):
    """What the table reads of a reward.

    `proposer` is who proposed it; `again` that another reward for the same hazard stands; `over` that its time to be
    fetched has run out, after it was said so before.
    """

    proposer: int = 0
    again: bool = False
    over: bool = False


S, W, N = State, Who, Need
ONE_A_HAZARD: Guard[Facts] = Guard(
    "one_a_hazard",
    lambda f: not f.again,
    (Text("同一处隐患已经有一笔奖励，不重复奖励", "this hazard has its reward already; none is given twice"),),
)
IN_TIME: Guard[Facts] = Guard(
    "in_time",
    lambda f: not f.over,
    (Text("领取的期限已经过了", "the time to fetch it is over"),),
)
step = Step[Facts].of
#: Nothing of it is seen by anybody through a code of its own: what the reporter reads, her own page tells her.
ROWS: tuple[Step[Facts], ...] = (
    step("propose", ("提请奖励", "Propose a reward"),
         ("提请奖励{amount}元（{grade}）：{found}", "{amount} yuan proposed ({grade}): {found}"), (), (S.PROPOSED,),
         (W.PROPOSER,), N.REPORT, N.GRADE, N.AMOUNT, N.FOUND, seen=False),
    step("approve", ("同意奖励", "Approve it"), ("同意奖励{amount}元", "{amount} yuan approved"), (S.PROPOSED,),
         (S.PAYABLE,), (W.APPROVER,), guards=(ONE_A_HAZARD,), seen=False),
    step("reject", ("不予奖励", "Give none"), ("不予奖励：{reason}", "none is given: {reason}"), (S.PROPOSED,),
         (S.CLOSED,), (W.APPROVER,), N.REASON, seen=False),
    step("fetch", ("取领取码", "Fetch the code"), ("反映的人取了领取码", "whoever reported fetched a payout code"),
         (S.PAYABLE,), (), (W.REPORTER,), N.OWN, guards=(IN_TIME,), seen=False),
    step("waive", ("不要奖励", "Do without"), ("反映的人不要这笔奖励", "whoever reported does without it"),
         (S.PAYABLE,), (S.CLOSED,), (W.REPORTER,), seen=False),
    step("pay", ("付奖励", "Pay it out"),
         ("凭码付了{amount}元，凭单{voucher}", "{amount} yuan paid, voucher {voucher}"), (S.PAYABLE,),
         (S.CLOSED,), (W.DESK,), guards=(IN_TIME,), seen=False),
    step("warn", ("提醒领取", "Say that it ends"),
         ("提醒反映的人：快到期了", "whoever reported was told that it ends soon"), (S.PAYABLE,),
         (), (W.SYSTEM,), seen=False),
    step("lapse", ("过期", "Lapse"), ("过期没有领，不再发放", "it was not fetched in time and lapsed"), (S.PAYABLE,),
         (S.CLOSED,), (W.SYSTEM,), seen=False),
)  # fmt: skip

STANDINGS: Mapping[State, Standing] = {
    S.PROPOSED: Standing(
        Text("待审批", "to be decided"),
        Text(
            "由另一个人决定：本单位负责人，或者督查；提请的人自己不批。",
            "Another person decides: the lead of the unit, or supervision; never who proposed it.",
        ),
        Clock.DECIDE,
        "rw.decide",
    ),
    S.PAYABLE: Standing(
        Text("待领取", "to be fetched"),
        Text(
            "等反映的人凭查询码取领取码，到窗口领钱。是谁，这里和窗口都不问。",
            "Whoever reported fetches a payout code and is paid at a counter. Nobody asks who that is.",
        ),
        Clock.CLAIM,
        "rw.claim",
    ),
    S.CLOSED: Standing(
        Text("已了结", "closed"), Text("这笔奖励已经了结。", "This reward is settled."), None, "rw.closed"
    ),
}

#: The life of a reward: what the interpreter of the desk reads.
REWARD: Life[Facts] = Life(NAME, Text("奖励", "the reward"), State, STANDINGS, ROWS, frozenset({State.CLOSED}))

_FROM = Text("{grade}奖励最少{n}元。", "A {grade} hazard is rewarded with at least {n} yuan.")
_TO = Text("{grade}奖励最多{n}元。", "A {grade} hazard is rewarded with at most {n} yuan.")
GRADES: Mapping[Grade, Text] = {
    Grade.GENERAL: Text("一般隐患", "general"),
    Grade.MAJOR: Text("重大隐患", "major"),
}


def _sum(words: Text, grade: Grade) -> tuple[Text, int, int]:
    zh, en = GRADES[grade].zh, GRADES[grade].en
    return Text(words.zh.replace("{grade}", zh), words.en.replace("{grade}", en)), 1, 300_000


#: What the rule book of a town must say of rewards.
SECTION = Section(
    Text("隐患举报奖励", "Rewards for reported hazards"),
    terms={
        "decide": Text("提请以后，{n}内决定。", "What is proposed is decided within {n}."),
        "claim": Text("告诉反映的人以后，{n}内可以领。", "It can be fetched within {n} of its being told."),
    },
    numbers={
        "warn": (Text("到期{n}天以前再提醒一次。", "{n} days before it ends it is said once more."), 1, 30),
        **{f"{grade}_from": _sum(_FROM, grade) for grade in Grade},
        **{f"{grade}_to": _sum(_TO, grade) for grade in Grade},
    },
    lists={"desks": Text("凭领取码在这里领：{n}。", "It is paid out against the code at: {n}.")},
    rising=tuple((f"{grade}_from", f"{grade}_to") for grade in Grade),
)
