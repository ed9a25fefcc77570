"""The life of an inspection of a place: planned, two go, what was found is ordered mended, somebody else looks again.

One table, read by the grammar of lives (`rules.life`). An inspection ends with proof: clean on the day, every finding
mended and shown so to another person, handed to the fire body and answered, or the place gone. Nothing ends by
pressing. Numbers (cycles, days to mend, how often a date is put off) are the rule book's.
Sources: Fire Protection Law art. 53-55, Work Safety Law art. 41, Ministry of Public Security Order 120 on daily fire
checks by stations (the reports of a grave hazard on the same day; what was never accepted or checked before opening
goes to the fire body in five working days: its validity after the reform of 2018 is unsettled, so both are numbers of
the book with that mark).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from wuxiao.rules.book.lives import Section
from wuxiao.rules.life import CaseFacts, Guard, Life, Standing, Step
from wuxiao.rules.words import Text


class State(StrEnum):
    """Where an inspection stands."""

    PLANNED = "planned"
    ASSIGNED = "assigned"
    ON_SITE = "on_site"
    ORDERED = "ordered"
    RECHECK = "recheck"
    HANDED = "handed"
    CLOSED = "closed"


class Who(StrEnum):
    """What somebody is to an inspection.

    `OTHER` is an inspector of the unit who did not go the first time, `COMING` one of the two who has not said yet that
    she is there: nobody says it for her.
    """

    PLANNER = "planner"
    LEAD = "lead"
    INSPECTOR = "inspector"
    COMING = "coming"
    OTHER = "other"
    SUPERVISOR = "supervisor"
    OWNER = "owner"
    RECEIVER = "receiver"
    SYSTEM = "system"


class Need(StrEnum):
    """What a step must be given."""

    WHY = "why"
    WHO = "who"
    PAIR = "pair"
    REASON = "reason"
    DATE = "date"
    ANSWERS = "answers"
    FINDING = "finding"
    SIGNATURES = "signatures"
    DUE = "due"
    REPORTS = "reports"
    WORDS = "words"
    FILES = "files"
    OUTCOMES = "outcomes"
    UNIT = "unit"
    REPLY = "reply"
    ABOUT = "about"
    WHOSE = "whose"


class Clock(StrEnum):
    """What runs in a state: until somebody goes, until it is mended, until it is looked at again, until it is taken."""

    GO = "go"
    MEND = "mend"
    RECHECK = "recheck"
    REPLY = "reply"


NOBODY = Text("", "")


@dataclass(frozen=True, slots=True)
class Facts(CaseFacts):
    """What the table reads of an inspection.

    `pair` inspectors are named and `aside` of them must stand aside; `unanswered` questions of the list and `findings`
    stand open; `grave` hazards wait for the reports of the day to be signed; the due date was put off `extended` times
    of `extensions`. `inspectors` are those who go, `here` those of them who have said that they are there, `awaited`
    the names of those who have not, and `asides` those who stand aside, by their ids; `receiver` is the unit it was
    handed to. Of the findings that stand `grave_open` are grave, reported or not; an objection to this
    order was `answered`; what was never accepted has been `handed` to the fire body once. It ended so `long_over` ago
    that no picture of the visit can still be on its way.
    """

    inspectors: frozenset[int] = frozenset()
    here: frozenset[int] = frozenset()
    awaited: Text = NOBODY
    asides: frozenset[int] = frozenset()
    receiver: str = ""
    pair: int = 0
    aside: int = 0
    unanswered: int = 0
    findings: int = 0
    grave: int = 0
    extended: int = 0
    extensions: int = 1
    grave_open: int = 0
    objected: bool = False
    answered: bool = False
    never_accepted: bool = False
    handed: bool = False
    long_over: bool = False


S, W, N = State, Who, Need


def _count(name: str) -> Callable[[Facts], Mapping[str, Text]]:
    def fill(facts: Facts) -> Mapping[str, Text]:
        said = str(getattr(facts, name))
        return {"n": Text(said, said)}

    return fill


def _guard(
    name: str,
    holds: Callable[[Facts], bool],
    zh: str,
    en: str,
    fill: Callable[[Facts], Mapping[str, Text]] | None = None,
) -> Guard[Facts]:
    return Guard(name, holds, (Text(zh, en),), fill=fill or (lambda facts: {}))


TWO = _guard(
    "two_inspectors",
    lambda f: f.pair >= 2,
    "检查须由两人进行，现在派了{n}人",
    "two inspectors go together; {n} are named",
    _count("pair"),
)
NOBODY_ASIDE = _guard(
    "stand_aside",
    lambda f: f.aside == 0,
    "有{n}名检查人员应当回避，请另派",
    "{n} of the inspectors must stand aside: send somebody else",
    _count("aside"),
)
LIST_DONE = _guard(
    "list_done",
    lambda f: f.unanswered == 0,
    "检查表还有{n}项没有填",
    "{n} questions of the list are not answered",
    _count("unanswered"),
)
#: Whoever looks at a place alone has not inspected it: each of the two says herself that she is there.
BOTH_HERE = _guard(
    "both_here",
    lambda f: f.inspectors <= f.here,
    "{who}还没有说到场：检查由两人进行，请本人登录后点“到场”，再结束检查",
    "{who} has not said that they are here: two inspect together; each signs in and presses “Arrive” themselves "
    "before the visit ends",
    lambda f: {"who": f.awaited},
)
REPORTED = _guard(
    "grave_reported",
    lambda f: f.grave == 0,
    "有{n}处严重隐患的当日报告还没有签发",
    "the reports of the day on {n} grave hazards are not signed yet",
    _count("grave"),
)
GRAVE = _guard("grave", lambda f: f.grave > 0, "没有待报告的严重隐患", "no grave hazard waits to be reported")
MAY_EXTEND = _guard(
    "may_extend",
    lambda f: f.extended < f.extensions,
    "已经延期{n}次，不能再延",
    "the date was put off {n} times already and cannot be again",
    _count("extended"),
)
NOT_OBJECTED = _guard(
    "not_objected",
    lambda f: not f.objected,
    "已有一份异议在等答复",
    "an objection is waiting for its answer already",
)
ONCE_AN_ORDER = _guard(
    "once_an_order",
    lambda f: not f.answered,
    "对这次整改要求的异议已经答复过；不服的，可以依法申请行政复议或者提起行政诉讼",
    "the objection to this order was answered; the law opens administrative review or a suit to whoever disagrees",
)
ANSWERED_FIRST = _guard(
    "answer_first",
    lambda f: not f.objected,
    "有一份异议还没有答复，请督查先答复",
    "an objection is not answered yet: supervision answers it first",
)
HANDED_FIRST = _guard(
    "hand_over_first",
    lambda f: not f.never_accepted or f.handed,
    "未经消防验收或者开业前检查的，先移交消防机构",
    "what was never accepted or checked before opening goes to the fire body first",
)
OBJECTED = _guard("objected", lambda f: f.objected, "没有待答复的异议", "no objection is waiting")
FOR_FIRE = _guard(
    "for_fire_body",
    lambda f: f.never_accepted or f.grave_open > 0,
    "只有未经验收或者开业前检查的场所、严重隐患才移交消防机构",
    "only a place never accepted or checked before opening, or a grave hazard, goes to the fire body",
)


def _after_visit(facts: Facts) -> State:
    return State.ORDERED if facts.findings else State.CLOSED


STILL_COMING = _guard(
    "still_coming",
    lambda f: not f.long_over,
    "办结已经超过14天，不再补照片",
    "it ended more than 14 days ago: no picture is added any more",
)
#: Since when there is something a picture can belong to.
VISITED = (S.ON_SITE, S.ORDERED, S.RECHECK, S.HANDED, S.CLOSED)
#: While a step may still be taken at all.
OPEN = frozenset(S) - {S.CLOSED}
step = Step[Facts].of
#: `seen` says what the owner of the place reads on her own page: what was found and ordered, never why it was chosen,
#: who had reported it, or what inspectors note for one another.
ROWS: tuple[Step[Facts], ...] = (
    step("plan", ("列入计划", "Plan"), ("列入检查计划：{why}", "planned: {why}"), (), (S.PLANNED,),
         (W.PLANNER, W.SYSTEM), N.WHY, may=(N.DATE,), seen=False),
    step("assign", ("派两人", "Send two"), ("派{pair}前往", "{pair} are sent"), (S.PLANNED, S.ASSIGNED, S.ON_SITE),
         (S.ASSIGNED,), (W.LEAD, W.SYSTEM), N.PAIR, seen=False),
    step("arrive", ("到场", "Arrive"), ("{pair}到场，已出示证件", "{pair} arrived and showed their cards"),
         (S.ASSIGNED, S.ON_SITE), (S.ON_SITE,), (W.COMING,), guards=(TWO, NOBODY_ASIDE)),
    step("stand_aside", ("回避", "Stand aside"), ("{who}回避：{reason}", "{who} stands aside: {reason}"),
         (S.ASSIGNED,), (S.PLANNED,), (W.INSPECTOR, W.LEAD), N.WHO, N.REASON, seen=False),
    step("put_off", ("改期", "Put off"), ("改到{date}：{reason}", "put off to {date}: {reason}"),
         (S.PLANNED, S.ASSIGNED), (), (W.LEAD,), N.DATE, N.REASON, seen=False),
    step("drop", ("不再检查", "Drop"), ("不再检查：{reason}", "not looked at: {reason}"), (S.PLANNED, S.ASSIGNED),
         (S.CLOSED,), (W.SUPERVISOR,), N.REASON, seen=False),
    step("fill", ("填检查表", "Fill the list"),
         ("检查表填了{answered}/{asked}项", "{answered} of {asked} questions answered"), (S.ON_SITE,), (),
         (W.INSPECTOR,), N.ANSWERS),
    step("find", ("记下问题", "Note a finding"), ("发现：{finding}{kept}", "found: {finding}{kept}"), (S.ON_SITE,), (),
         (W.INSPECTOR,), N.FINDING, may=(N.FILES,)),
    step("leave", ("结束检查", "End the visit"), ("检查结束：{signed}", "the visit ended: {signed}"),
         (S.ON_SITE,), (S.ORDERED, S.CLOSED), (W.INSPECTOR,), N.SIGNATURES, may=(N.DUE,),
         guards=(LIST_DONE, BOTH_HERE), leads=_after_visit),
    step("sign", ("签发报告", "Sign the reports"),
         ("严重隐患已报告乡镇（街道）和消防机构", "the grave hazard was reported to the township and the fire body"),
         (S.ON_SITE, S.ORDERED, S.RECHECK, S.HANDED), (), (W.LEAD,), N.REPORTS, guards=(GRAVE,)),
    step("extend", ("延期整改", "More time"), ("整改延到{due}：{reason}", "time to mend until {due}: {reason}"),
         (S.ORDERED,), (), (W.LEAD,), N.DUE, N.REASON, guards=(MAY_EXTEND,)),
    step("mended", ("说已整改", "Say it is mended"), ("单位说已整改：{words}", "the place says it is mended: {words}"),
         (S.ORDERED,), (S.RECHECK,), (W.OWNER, W.INSPECTOR), N.WORDS, may=(N.FILES,)),
    step("fall_due", ("到期", "Fall due"),
         ("整改期限已到，等候复查", "the time to mend is over: it is looked at again"),
         (S.ORDERED,), (S.RECHECK,), (W.SYSTEM,)),
    step("recheck", ("复查", "Look again"), ("复查：{outcomes}", "looked at again: {outcomes}"), (S.RECHECK,),
         (S.ORDERED, S.CLOSED), (W.OTHER, W.SUPERVISOR), N.OUTCOMES, N.FILES, may=(N.DUE,),
         guards=(ANSWERED_FIRST, HANDED_FIRST, REPORTED),
         leads=_after_visit),
    step("object", ("提出异议", "Object"), ("单位提出异议：{words}", "the place objects: {words}"),
         (S.ORDERED, S.RECHECK), (), (W.OWNER,), N.WORDS, may=(N.FILES,),
         guards=(NOT_OBJECTED, ONCE_AN_ORDER)),
    step("settle", ("答复异议", "Answer the objection"),
         ("异议已答复：{reply}", "the objection was answered: {reply}"),
         (S.ORDERED, S.RECHECK), (S.ORDERED, S.RECHECK, S.CLOSED), (W.SUPERVISOR,), N.REPLY, N.OUTCOMES,
         guards=(OBJECTED,), leads=_after_visit),
    step("hand_over", ("移交消防机构", "Hand to the fire body"),
         ("移交{unit}：{reason}", "handed to {unit}: {reason}"),
         (S.ORDERED, S.RECHECK), (S.HANDED,), (W.LEAD,), N.UNIT, N.REASON,
         guards=(FOR_FIRE, REPORTED, ANSWERED_FIRST)),
    step("recall", ("收回", "Take it back"), ("收回自己办：{reason}", "taken back: {reason}"),
         (S.HANDED,), (S.ORDERED,), (W.LEAD,), N.REASON),
    step("refuse", ("退回", "Give back"), ("消防机构退回：{reason}", "the fire body gave it back: {reason}"),
         (S.HANDED,), (S.ORDERED,), (W.RECEIVER,), N.REASON),
    step("conclude", ("处理结果", "What became of it"), ("消防机构答复：{reply}", "the fire body answered: {reply}"),
         (S.HANDED,), (S.CLOSED,), (W.RECEIVER,), N.REPLY, may=(N.FILES,), guards=(REPORTED,)),
    step("gone", ("场所已停", "The place is gone"), ("场所已停用：{reason}", "the place is no longer used: {reason}"),
         (S.ORDERED, S.RECHECK), (S.CLOSED,), (W.SUPERVISOR,), N.REASON, N.FILES,
         guards=(REPORTED, ANSWERED_FIRST)),
    step("note", ("备注", "Note"), ("{who}：{words}", "{who}: {words}"), OPEN, (),
         (W.INSPECTOR, W.OTHER, W.LEAD, W.SUPERVISOR), N.WORDS, seen=False),
    step("picture", ("补照片", "Add a picture"), ("补上问题{about}的照片", "a picture of finding {about}"),
         VISITED, (), (W.INSPECTOR,), N.ABOUT, N.FILES, guards=(STILL_COMING,)),
    # What somebody signed with their hand is for those who keep the papers, not for whoever holds the code.
    step("signature", ("补签名", "Add a signature"), ("补上{whose}的签名", "the signature of {whose}"),
         VISITED, (), (W.INSPECTOR,), N.WHOSE, N.FILES, guards=(STILL_COMING,), seen=False),
)  # fmt: skip


def _standing(
    zh: str, en: str, plain: tuple[str, str], clock: Clock | None, queue: str, desk: tuple[str, str] | None = None
) -> Standing:
    return Standing(Text(zh, en), Text(*plain), clock, queue, desk_plain=Text(*desk) if desk else None)


STANDINGS: Mapping[State, Standing] = {
    S.PLANNED: _standing("待派", "to be sent", ("已列入检查计划。", "A visit is planned."), Clock.GO, "in.plan",
                          ("请负责人派两人。", "The lead sends two.")),
    S.ASSIGNED: _standing("待检查", "to be visited",
                          ("检查人员将到场。", "Inspectors will come."), Clock.GO, "in.visit",
                           ("两人一起到场，各自说到场；该回避的先说。",
                            "Two go together and each says that they are there; who must stand aside says so first.")),
    S.ON_SITE: _standing("检查中", "on site", ("检查正在进行。", "The visit is going on."), None, "in.site",
                          ("两人各自说到场；检查表填完，问题逐条写清，再结束检查。",
                           "Each of the two says that they are there. Fill the list, write down what is wrong, "
                           "then end the visit.")),
    S.ORDERED: _standing("待整改", "to be mended",
                         ("请在期限内整改，改好了请告诉我们。", "Please mend it in time and tell us when it is done."),
                         Clock.MEND, "in.mend",
                         ("等场所在期限内整改，到期转复查。", "The place mends it in time; when the time is over it is "
                          "looked at again.")),
    S.RECHECK: _standing("待复查", "to be looked at again",
                         ("将由另一名检查人员复查。", "Another inspector will look again."), Clock.RECHECK, "in.again",
                          ("由没有去过的人复查，要有照片。", "Somebody who did not go looks again, with a photo.")),
    S.HANDED: _standing("消防机构办理", "with the fire body",
                        ("已移交消防机构。", "It was handed to the fire body."), Clock.REPLY, "in.fire",
                         ("等消防机构答复处理结果，或者写明理由退回。",
                          "The fire body says what became of it, or gives it back with the reason.")),
    S.CLOSED: _standing("已办结", "closed", ("检查已办结。", "The inspection is closed."), None, "in.closed"),
}  # fmt: skip

#: The life of an inspection: what the interpreter of the desk reads.
INSPECTION: Life[Facts] = Life(
    "inspection", Text("检查", "the inspection"), State, STANDINGS, ROWS, frozenset({State.CLOSED})
)

#: What the rule book of a town must say of inspections.
SECTION = Section(
    Text("场所检查", "Inspections of premises"),
    terms={
        "go": Text("列入计划后{n}内到场。", "A planned visit is made within {n}."),
        "mend": Text("整改期限最长{n}。", "At most {n} are given to mend what was found."),
        "recheck": Text("整改到期或者单位说已整改后，{n}内复查。", "It is looked at again within {n}."),
        "hand": Text(
            "未经消防验收或者开业前检查的场所，检查后{n}内移交消防机构（2018 年改革后的效力未定，采用前请核对）。",
            "A place never accepted or checked before opening goes to the fire body within {n} of the visit "
            "(whether this holds after the reform of 2018 is unsettled: check it).",
        ),
        "answer": Text("异议提出后，督查{n}内答复。", "An objection is answered by supervision within {n}."),
        "reply": Text("移交以后，消防机构{n}内回音。", "The fire body answers within {n}."),
    },
    numbers={
        "extensions": (Text("整改最多延期{n}次。", "Time to mend is put off at most {n} times."), 0, 3),
        "draw_ahead": (
            Text(
                "双随机的名单至少在公开数那天的{n}天以前固定。",
                "The lists of a draw are fixed {n} days or more before the day of the public figure.",
            ),
            1,
            30,
        ),
        "draw_hour": (
            Text(
                "公开数那天{n}点以前要有签过名的检查点，{n}点起才能抽签。",
                "On the day of the figure a checkpoint is signed before {n} o'clock; from then on the round is drawn.",
            ),
            0,
            21,
        ),
        "draw_within": (
            Text("可以抽签起{n}天内没有抽的，这一轮作废。", "A round not drawn within {n} days of that is void."),
            1,
            30,
        ),
        "draw_told": (
            Text(
                "可以抽签起最迟{n}天，名单和份额全部公开。",
                "{n} days after that at the latest, lists and share are public.",
            ),
            30,
            365,
        ),
    },
    units={"fire": Text("移交消防的由{n}接收。", "What goes to the fire body is taken by {n}.")},
    later={"draw_ahead": 1, "draw_hour": 20, "draw_within": 3, "draw_told": 120},
    needs=(("registers", "premises"),),
)
