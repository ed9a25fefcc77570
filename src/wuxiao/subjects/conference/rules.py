"""The life of one sitting of the joint conference: proposed, convened, held, its minutes confirmed, carried out.

A sitting is a case led by the lead body of the book, whose members are units. What it decides of a matter binds that
matter until a newer decision. Dates, quorum and thresholds are the rule book's. Nothing here is about persons: a
"collective" matter is one of so many parties, and of the parties no list is made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import partial

from wuxiao.rules.book.lives import Section
from wuxiao.rules.calendar import Calendar
from wuxiao.rules.life import CaseFacts, Guard, Life, Standing, Step
from wuxiao.rules.words import Text, day


class State(StrEnum):
    """Where a sitting stands."""

    PROPOSED = "proposed"
    CONVENED = "convened"
    SITTING = "sitting"
    MINUTES = "minutes"
    CARRYING = "carrying"
    CLOSED = "closed"


class Who(StrEnum):
    """What somebody is to a sitting. `CONFIRMER` chairs and did not write the minutes, `RELEASER` not the digest."""

    CHAIR = "chair"
    CLERK = "clerk"
    MEMBER = "member"
    CONFIRMER = "confirmer"
    RELEASER = "releaser"
    SYSTEM = "system"


class Need(StrEnum):
    """What a step must be given."""

    DATE = "date"
    KEPT = "kept"
    TIME = "time"
    PLACE = "place"
    PROPOSAL = "proposal"
    NUMBER = "number"
    BRIEF = "brief"
    ITEM = "item"
    REASON = "reason"
    ANSWER = "answer"
    PRESENT = "present"
    UNIT = "unit"
    CO = "co"
    WHAT = "what"
    DUE = "due"
    MINUTES = "minutes"
    DIGEST = "digest"
    DIGEST_EN = "digest_en"
    WORDS = "words"


class Clock(StrEnum):
    """What runs in a state: until it is called, until it sits, until its minutes are confirmed."""

    CALL = "call"
    SIT = "sit"
    MINUTES = "minutes"


@dataclass(frozen=True, slots=True)
class Facts(CaseFacts):
    """What the table reads of a sitting.

    `present` of its `members` are there and `quorum` are needed; `left` tasks it gave are not done. It was `kept` from
    some member (it has no digest then), `writer` wrote the minutes, `drafter` the digest, which is out once `released`.
    It is called for `sits_on`, and it is `today`; of the members `answered` have said whether they come.
    """

    members: frozenset[str] = frozenset()
    present: int = 0
    quorum: int = 1
    left: int = 0
    kept: bool = False
    sits_on: date = date.min
    today: date = date.max
    answered: frozenset[str] = frozenset()
    writer: int | None = None
    drafter: int | None = None
    released: bool = False


S, W, N = State, Who, Need


def _numbers(facts: Facts) -> Mapping[str, Text]:
    return {name: Text(*[str(getattr(facts, name))] * 2) for name in ("present", "quorum", "left")}


def _day(facts: Facts) -> Mapping[str, Text]:
    return {"date": day(facts.sits_on)}


ON_ITS_DAY: Guard[Facts] = Guard(
    "on_its_day",
    lambda f: f.today >= f.sits_on,
    (
        Text(
            "会定在{date}，到那天才能开；要提前开，请先改期",
            "it is called for {date} and opens on that day; to sit sooner, put it to another day first",
        ),
    ),
    fill=_day,
)


def _guard(name: str, holds: Callable[[Facts], bool], zh: str, en: str) -> Guard[Facts]:
    return Guard(name, holds, (Text(zh, en),), fill=_numbers)


QUORUM = _guard(
    "quorum",
    lambda f: f.present >= f.quorum,
    "到会{present}家，不足{quorum}家，不能作决定；可以改日再开",
    "{present} members are here and {quorum} are needed to decide; sit again on another day",
)
NONE_LEFT = _guard("none_left", lambda f: f.left == 0, "还有{left}项没有办完", "{left} tasks are not done yet")
IN_PUBLIC = _guard(
    "in_public",
    lambda f: not f.kept,
    "小范围的会不公开摘要",
    "a sitting in a small circle has no public digest",
)
DRAFTED = _guard("drafted", lambda f: f.drafter is not None, "还没有拟摘要", "no digest was drafted yet")
NOT_OUT = _guard(
    "not_out", lambda f: not f.released, "摘要已经公布，要改先收回", "the digest is out: withdraw it first"
)
OUT = _guard("out", lambda f: f.released, "摘要没有公布", "the digest is not out")


#: No resident's page shows a sitting.
_step = partial(Step[Facts].of, seen=False)
_BEFORE = (S.PROPOSED, S.CONVENED)
_AGENDA = (*_BEFORE, S.SITTING)
_AFTER = (S.CARRYING, S.CLOSED)
_DESK = (W.CHAIR, W.CLERK)
ROWS: tuple[Step[Facts], ...] = (
    _step("propose", ("提出会期", "Propose a sitting"), ("提出{date}开会", "a sitting on {date} is proposed"), (),
          (S.PROPOSED,), (W.SYSTEM, *_DESK), N.DATE, may=(N.KEPT,)),
    _step("convene", ("召集", "Convene"), ("召集{date} {time}开会：{place}", "convened for {date}, {time}: {place}"),
          (S.PROPOSED,), (S.CONVENED,), (W.CHAIR,), N.DATE, N.PLACE, may=(N.TIME,)),
    _step("put_on", ("列入议程", "Put on the agenda"), ("列入议程：{item}，{brief}", "on the agenda: {item}, {brief}"),
          _AGENDA, (), _DESK, N.BRIEF, may=(N.PROPOSAL, N.NUMBER)),
    _step("leave_off", ("这次不议", "Leave off"),
          ("{item}这次不议：{reason}", "{item} is left off this time: {reason}"),
          _AGENDA, (), _DESK, N.ITEM, N.REASON),
    _step("set_aside", ("移出议程", "Take off the agenda"),
          ("{item}不在这次会上议了", "{item} is no longer for this sitting"),
          (*_AGENDA, S.MINUTES), (), (W.SYSTEM,), N.ITEM),
    _step("answer", ("答复通知", "Answer the invitation"), ("{unit}答复：{answer}", "{unit} answers: {answer}"),
          (S.CONVENED,), (), (W.MEMBER,), N.UNIT, N.ANSWER),
    _step("put_off", ("改期", "Put off"), ("改到{date}：{reason}", "put off to {date}: {reason}"), _BEFORE,
          (S.PROPOSED,), (W.CHAIR,), N.DATE, N.REASON),
    _step("drop", ("不开了", "Do not sit"), ("不开了：{reason}", "it does not sit: {reason}"), _BEFORE, (S.CLOSED,),
          (W.CHAIR,), N.REASON),
    _step("sit", ("开会", "Open the sitting"), ("开会，到会：{present}", "the sitting opens; here are {present}"),
          (S.CONVENED,), (S.SITTING,), (W.CHAIR,), N.PRESENT, guards=(ON_ITS_DAY,)),
    _step("decide", ("作出决定", "Decide"), ("决定：{item}由{unit}办，{due}前办完：{what}",
          "decided: {unit} does {item} by {due}: {what}"), (S.SITTING,), (), (W.CHAIR,), N.ITEM, N.UNIT, N.WHAT,
          N.DUE, may=(N.CO,), guards=(QUORUM,)),
    _step("write_up", ("写纪要", "Write the minutes"), ("写了纪要", "the minutes were written"), (S.SITTING, S.MINUTES),
          (S.MINUTES,), _DESK, N.MINUTES),
    _step("correct", ("更正纪要", "Correct the minutes"),
          ("纪要要更正：{reason}", "the minutes need mending: {reason}"),
          (S.CARRYING,), (S.MINUTES,), (W.CHAIR,), N.REASON),
    _step("confirm", ("核定纪要", "Confirm the minutes"), ("纪要已核定", "the minutes are confirmed"), (S.MINUTES,),
          (S.CARRYING, S.CLOSED), (W.CONFIRMER,), leads=lambda f: S.CARRYING if f.left else S.CLOSED),
    _step("finish", ("落实完毕", "All done"), ("决定的事都办完了", "all that was decided is done"), (S.CARRYING,),
          (S.CLOSED,), (W.SYSTEM,), guards=(NONE_LEFT,)),
    _step("draft", ("拟公开摘要", "Draft the digest"), ("拟了公开摘要", "a public digest was drafted"),
          _AFTER, (), _DESK, N.DIGEST, may=(N.DIGEST_EN,), guards=(IN_PUBLIC, NOT_OUT)),
    _step("release", ("公布摘要", "Release the digest"), ("摘要已公布", "the digest is public"), _AFTER, (),
          (W.RELEASER,), guards=(IN_PUBLIC, DRAFTED, NOT_OUT)),
    _step("take_down", ("收回摘要", "Withdraw the digest"),
          ("摘要已收回：{reason}", "the digest was withdrawn: {reason}"),
          _AFTER, (), (W.CHAIR,), N.REASON, guards=(OUT,)),
    _step("note", ("备注", "Note"), ("{who}：{words}", "{who}: {words}"), frozenset(S) - {S.CLOSED}, (),
          (*_DESK, W.MEMBER), N.WORDS),
)  # fmt: skip


def _standing(
    zh: str, en: str, clock: Clock | None, queue: str, desk: tuple[str, str] = ("联席会议。", "The joint conference.")
) -> Standing:
    return Standing(Text(zh, en), Text(*desk), clock, f"cf.{queue}")


STANDINGS: Mapping[State, Standing] = {
    S.PROPOSED: _standing("待召集", "to be convened", Clock.CALL, "propose",
                          ("请召集人定日子、定议程。", "The chair settles the day and the agenda.")),
    S.CONVENED: _standing("待开会", "convened", Clock.SIT, "convene",
                          ("请成员单位答复能不能来。", "Members say whether they come.")),
    S.SITTING: _standing("开会中", "sitting", Clock.MINUTES, "sit",
                         ("逐件议，定主办、协办、办什么、哪天办完；议完写纪要。",
                          "Item by item: who leads, who helps, what is done by when; then the minutes.")),
    S.MINUTES: _standing("待核纪要", "minutes to be confirmed", Clock.MINUTES, "minutes",
                         ("由召集单位另一位负责人核定。",
                          "A lead of the lead body who did not write them confirms them.")),
    S.CARRYING: _standing("落实中", "being carried out", None, "carry",
                          ("决定的事在“任务”里办，都办完了自动办结。",
                           "What was decided is done under “Tasks”; then it closes.")),
    S.CLOSED: _standing("已办结", "closed", None, "closed"),
}  # fmt: skip

#: The life of a sitting: what the interpreter of the desk reads.
CONFERENCE: Life[Facts] = Life(
    "conference", Text("会议", "the sitting"), State, STANDINGS, ROWS, frozenset({State.CLOSED})
)

#: What the rule book of a town must say of the joint conference.
SECTION = Section(
    Text("联席会议", "Joint conference"),
    terms={
        "minutes": Text("开会后{n}内写好、核定纪要。", "Minutes are written and confirmed within {n} of a sitting."),
        "review": Text("集体事项办结后{n}内做事后回顾。", "A collective matter is looked back at within {n}."),
    },
    numbers={
        "weekday": (Text("会期日是星期{n}；遇到放假，顺延到下一个工作日。",
                         "It sits on day {n} of the week; on a day off, on the next working day."), 1, 5),
        "week": (Text("每月第{n}个会期日开一次。", "It sits once a month, on the day of that name number {n}."), 1, 4),
        "ahead": (Text("开会前{n}个工作日，系统提出会期。", "A sitting is proposed {n} working days ahead."), 1, 15),
        "quorum": (Text("到会成员单位不少于{n}%才能作决定。", "At least {n} % of the members decide."),
                   50, 100),
        "parties": (Text("{n}方以上反映同一件事的，是集体事项。", "Collective is a matter of {n} parties on."), 2, 50),
        "places": (Text("一次会最多议{n}件。", "A sitting deals with {n} items at most."), 1, 50),
        "hour": (Text("没有另定的，{n}点开会。", "Where nothing else is said, it begins at {n}:00."), 7, 20),
        "hours": (Text("日程上留{n}小时。", "Calendars keep {n} hours for it."), 1, 8),
    },
    units={"lead": Text("由{n}牵头召集。", "It is led by {n}.")},
    lists={"members": Text("成员单位：{n}。", "Its members are {n}.")},
    later={"places": 12, "hour": 9, "hours": 2},
    needs=(("registers", "publications", "digest"),),
)  # fmt: skip


def sitting_of(year: int, month: int, week: int, weekday: int, calendar: Calendar) -> date:
    """Return the day a month's sitting falls on: its so-manieth weekday (1 is Monday), or the next working day."""
    first = date(year, month, 1)
    found = first + timedelta(days=(weekday - first.isoweekday()) % 7 + 7 * (week - 1))
    return calendar.add_workdays(found, 0)


def next_sitting(after: date, week: int, weekday: int, calendar: Calendar) -> date:
    """Return the first day of sitting after a day."""
    year, month = after.year, after.month
    while True:
        found = sitting_of(year, month, week, weekday, calendar)
        if found > after:
            return found
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)


def needed(members: int, percent: int) -> int:
    """Return how many members must be there: the share of the book, rounded up, and never nobody."""
    return max(1, -(-members * percent // 100))


#: Where a sitting waits for somebody: its lead body to call it, to deal with it, to confirm; a member to answer.
QUEUES: Mapping[str, Text] = {
    "cf.call": Text("等您召集", "for you to convene"),
    "cf.hold": Text("等您议完、写纪要", "for you to deal with and write up"),
    "cf.confirm": Text("等您核定纪要", "minutes for you to confirm"),
    "cf.invited": Text("等您答复能不能来", "your answer is awaited"),
}
_OF_LEAD = {State.PROPOSED: "cf.call", State.SITTING: "cf.hold", State.MINUTES: "cf.confirm"}


def waits_for(unit: str, facts: Facts) -> str:
    """Return the queue in which a sitting waits for a unit; empty where it does not."""
    if unit == facts.holder:
        return _OF_LEAD.get(State(facts.state), "") if facts.state is not None else ""
    asked = facts.state is State.CONVENED and unit in facts.members and unit not in facts.answered
    return "cf.invited" if asked else ""
