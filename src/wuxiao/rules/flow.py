"""The life of a matter: ONE table of steps.

Every button, URL, diary entry, message and report uses the verbs of this table; `desk.act` is its only interpreter.
The table knows shapes (who may do what, from where to where, what must be given, what happens to the promise); the
numbers (days, levels, chances) are in the rule book. Sources: seed S1.43-S1.50, rules R1.3-R1.12, R2.7-R2.17, and the
Petition Regulations art. 22-36.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from wuxiao.rules.flow_parts import OPEN, STANDINGS, WORKING, Clock, Need, Promise, Standing, State, Step, Who
from wuxiao.rules.flow_table import RECORDS, ROWS, STEPS
from wuxiao.rules.words import Text

__all__ = [
    "DESK_TYPES",
    "GUARD_WORDS",
    "OPEN",
    "RECORDS",
    "ROWS",
    "SPOKEN",
    "STANDINGS",
    "STEPS",
    "VOICES",
    "WORKING",
    "Clock",
    "Facts",
    "Need",
    "Promise",
    "Refusal",
    "Standing",
    "State",
    "Step",
    "Who",
    "allowed",
    "check",
    "diagram",
    "guard",
    "target",
    "within_reach",
]


NOTHING = Text("", "")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the table's guards and targets need to know of one matter; `desk` fills it, tests make it by hand."""

    state: State | None = None
    holder: str = ""
    holder_type: str = ""
    offered_to: str = ""
    offered_type: str = ""
    sender: str = ""
    co_units: frozenset[str] = frozenset()
    co_units_open: frozenset[str] = frozenset()
    co_due: tuple[tuple[str, datetime], ...] = ()
    supervisor_unit: str = ""
    division: str = ""
    hidden: frozenset[str] = frozenset()
    hidden_divisions: frozenset[str] = frozenset()
    handler_id: int | None = None
    proposer_id: int | None = None
    extension_asker_id: int | None = None
    extension_pending: bool = False
    extensions: int = 0
    max_extensions: int = 1
    waits: int = 0
    pause_approver_from: int = 2
    handling_class: str = ""
    category: str = ""
    petition: bool = False
    appeal_level: int = 0
    sign_level: int = 0
    sign_levels: int = 4
    sign_escalated: bool = False
    signed_by: frozenset[int] = frozenset()
    was_signed: bool = False
    refusals: int = 0
    refusals_before_joint: int = 3
    decided: bool = False
    danger_open: bool = False
    parts_open: int = 0
    outcome: str = ""
    in_object_window: bool = False
    in_appeal_window: bool = False
    call_back_drawn: bool = False
    answered: bool = False
    rated_by_resident: bool = False
    urged_recently: bool = False
    was_handling: bool = False
    joined: bool = False
    objected: int = 0
    object_times: int = 1
    urge_again: Text = NOTHING
    missing: Text = NOTHING
    police_duty: bool = False
    back_handling: bool = False
    heir_of: State | None = None
    child: bool = False
    child_marked: bool = False
    contact_pending: bool = False
    contact_asker_id: int | None = None
    contact_unit: str = ""
    by: frozenset[Who] = field(default_factory=frozenset)


#: Units that pass matters on rather than handle them: a matter they accept returns to the desk.
DESK_TYPES: frozenset[str] = frozenset({"centre", "police_command"})

#: Steps by which somebody whose report was joined to another speaks: on the main report, in her own name.
VOICES: frozenset[str] = frozenset({"add", "urge", "object", "appeal", "rate", "withdraw"})
#: Steps that only a requester decides: staff who take them say that they do it for the caller, and how they knew them.
SPOKEN: frozenset[str] = frozenset({"withdraw", "object", "rate"})

GUARD_WORDS: Mapping[str, Text] = {
    "child": Text("本事项没有标明涉及未成年人", "the matter is not marked as concerning a child"),
    "no_child": Text("本事项已标明涉及未成年人", "the matter is marked as concerning a child already"),
    "child_marked": Text(
        "没有人标记过；按分类涉及未成年人的不能取消",
        "nobody marked it; what its category says cannot be taken back",
    ),
    "contact_pending": Text("没有待批的查看申请", "no request to see the contact is waiting"),
    "no_contact_pending": Text(
        "已有一份查看申请在等答复或还没有用", "a request to see the contact waits already, or was not used yet"
    ),
    "danger_open": Text("没有待看的险情提示", "no danger sign is waiting to be looked at"),
    "no_danger_open": Text(
        "有险情提示尚未查看：请先查看险情，或紧急转 110",
        "a danger sign has not been looked at yet: look at it first, or pass the matter to 110",
    ),
    "danger_after_answer": Text(
        "已经答复，之后没有新的险情；要重新办理请用“退回重办”",
        "it was answered and no danger showed since; to have it done again, return it for redo",
    ),
    "classed": Text("请先核定分类", "confirm the category first"),
    "not_decided": Text(
        "联席会议（或中心）已指定承办单位，不能再退",
        "the centre has decided; the matter cannot be refused any more",
    ),
    "may_pause": Text(
        "已请诉求人补充过{waits}次；第{from_n}次起须由单位负责人提出",
        "asked {waits} times already; from time no. {from_n} on only the unit's lead may ask",
    ),
    "none_waiting": Text("已有一次延期申请在等批复", "an extension is already waiting for a decision"),
    "may_extend": Text(
        "这个期限已延期{extensions}次，最多{max_extensions}次",
        "this date was moved {extensions} times; {max_extensions} is the most",
    ),
    "may_extend.none": Text("这类事项的期限不能延", "the date of this kind of matter is not moved"),
    "extension_pending": Text("没有待批的延期申请", "no extension is waiting for a decision"),
    "no_extension_pending": Text(
        "有延期申请待批，请先批复",
        "an extension is waiting for a decision; decide it first",
    ),
    "parts_done": Text("协办单位还没有反馈：{missing}", "a co-unit has not reported its part yet: {missing}"),
    "not_decided_yet": Text(
        "承办单位是联席会议（或中心）指定的，不能改派；要换单位，由值班长重新作出联席指定",
        "the unit was named by a joint decision; only a new one by the shift lead changes it",
    ),
    "may_decide": Text(
        "没有召开联席会议，也没有作过联席指定", "no joint meeting was called, and nothing was decided by one"
    ),
    "not_police_duty": Text(
        "这类事项属于公安职责，110 不能分流；请派给派出所办理，或先核定为别的分类",
        "this is a duty of the police, which 110 does not divert; assign it to a station, or confirm another category",
    ),
    "desk_may_assign": Text(
        "110 只把公安职责内的事项派给派出所；其他事项请提请分流",
        "110 assigns police duties to stations only; propose diversion for anything else",
    ),
    "asked_them": Text(
        "要补充的是一起反映的另一位诉求人；您有话可以用“补充材料”",
        "somebody else who reported the same thing was asked; you may add to it at any time",
    ),
    "not_asked": Text("正在等补充，请用“补充情况”回复", "something was asked; please use “reply”"),
    "not_own_work": Text(
        "本单位自己办的事项，不能由本单位代诉求人评价",
        "the unit that did the work does not enter the requester's rating",
    ),
    "own_hands": Text(
        "事项在承办单位手里，由承办单位来办；要换单位请用“改派”",
        "it is in the handling unit's hands; to move it, reassign it",
    ),
    "desk_answers_enquiries": Text(
        "受理台只能直接答复咨询；其他事项请派单",
        "the desk may answer enquiries only; assign other matters",
    ),
    "call_back_drawn": Text("本事项未被抽中回访", "this matter was not drawn for a call-back"),
    "rateable": Text("还没有答复，答复以后可以评价", "it can be rated after the answer"),
    "rateable.again": Text("已经评价过了", "it was rated already"),
    "rateable.outcome": Text("撤回或不予受理的事项不用评价", "withdrawn or declined matters are not rated"),
    "in_object_window": Text(
        "异议期已过；可以作为新事项提出",
        "the time to object is over; please report it as a new matter",
    ),
    "in_object_window.times": Text(
        "异议已提过{objected}次，最多{object_times}次；可以作为新事项提出",
        "you objected {objected} times, {object_times} is the most; please report it as a new matter",
    ),
    "objectable": Text(
        "撤回或并案的事项不能异议",
        "a withdrawn or merged matter cannot be objected to",
    ),
    "may_appeal": Text("申请复查（复核）的时间已过", "the time to ask for a review is over"),
    "may_appeal.kind": Text("不是信访事项，没有复查（复核）", "only petitions have a review"),
    "may_appeal.level": Text("已经复核终结", "the last review level has been reached"),
    "merged": Text("没有并案", "the matter is not merged"),
    "may_urge": Text(
        "刚刚催办过，{urge_again}以后可以再催", "it was urged a short while ago; again from {urge_again} on"
    ),
    "was_signed": Text("该事项没有经过分流审核", "the matter did not go through sign-off"),
}


def guard(name: str, facts: Facts) -> bool:
    """Return whether the named guard of the table holds for these facts; an unknown name raises `KeyError`."""
    match name:
        case "danger_open":
            return facts.danger_open
        case "no_danger_open":
            return not facts.danger_open
        case "danger_after_answer":
            return facts.state != State.ANSWERED or facts.danger_open
        case "classed":
            return bool(facts.category and facts.handling_class)
        case "not_decided":
            return not facts.decided
        case "may_pause":
            return facts.waits + 1 < facts.pause_approver_from or Who.LEAD in facts.by
        case "may_extend":
            return facts.extensions < facts.max_extensions
        case "extension_pending":
            return facts.extension_pending
        case "no_extension_pending" | "none_waiting":
            return not facts.extension_pending
        case "not_decided_yet":
            return not facts.decided
        case "may_decide":
            return facts.state == State.JOINT or facts.decided
        case "not_police_duty":
            return not facts.police_duty
        case "desk_may_assign":
            return Who.CENTRE in facts.by or facts.police_duty
        case "asked_them":
            return not facts.joined
        case "not_asked":
            return facts.state != State.WAITING or facts.joined
        case "not_own_work":
            return Who.RESIDENT in facts.by or facts.holder_type not in DESK_TYPES
        case "parts_done":
            return facts.parts_open == 0
        case "own_hands":
            return facts.state != State.HANDLING or bool(facts.by & {Who.HANDLER, Who.LEAD})
        case "desk_answers_enquiries":
            return facts.state != State.INTAKE or facts.handling_class == "enquiry" or Who.PLATFORM in facts.by
        case "call_back_drawn":
            return facts.call_back_drawn
        case "rateable":
            return facts.answered and not facts.rated_by_resident and facts.outcome not in {"withdrawn", "declined"}
        case "in_object_window":
            return facts.in_object_window
        case "objectable":
            return facts.outcome not in {"withdrawn", "merged"}
        case "may_appeal":
            return facts.petition and facts.appeal_level < 2 and facts.in_appeal_window
        case "merged":
            return facts.outcome == "merged"
        case "may_urge":
            return not facts.urged_recently
        case "was_signed":
            return facts.was_signed
        case "child":
            return facts.child
        case "no_child":
            return not facts.child
        case "child_marked":
            return facts.child_marked
        case "contact_pending":
            return facts.contact_pending
        case "no_contact_pending":
            return not facts.contact_pending
    raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a step is not open now, in words that say how to mend it."""

    code: str
    text: Text


def _why(name: str, facts: Facts) -> Text:
    """Return why a guard is shut: of several reasons the one that holds, with its numbers and names."""
    match name:
        case "rateable" if facts.answered:
            name = "rateable.again" if facts.rated_by_resident else "rateable.outcome"
        case "may_extend" if not facts.max_extensions:
            name = "may_extend.none"
        case "in_object_window" if facts.objected >= facts.object_times:
            name = "in_object_window.times"
        case "may_appeal" if not facts.petition:
            name = "may_appeal.kind"
        case "may_appeal" if facts.appeal_level >= 2:
            name = "may_appeal.level"
    words = GUARD_WORDS[name]
    places: dict[str, tuple[object, object]] = {
        "waits": (facts.waits, facts.waits),
        "from_n": (facts.pause_approver_from, facts.pause_approver_from),
        "extensions": (facts.extensions, facts.extensions),
        "max_extensions": (facts.max_extensions, facts.max_extensions),
        "objected": (facts.objected, facts.objected),
        "object_times": (facts.object_times, facts.object_times),
        "missing": (facts.missing.zh or "—", facts.missing.en or "—"),
        "urge_again": (facts.urge_again.zh or "12 小时", facts.urge_again.en or "12 hours"),
    }
    return Text(
        words.zh.format(**{k: v[0] for k, v in places.items()}), words.en.format(**{k: v[1] for k, v in places.items()})
    )


def check(verb: str, facts: Facts) -> Refusal | None:
    """Return `None` if the step may be taken, else the first reason why not.

    The order of the reasons is: unknown verb, wrong state, wrong person, guard.
    """
    step = STEPS.get(verb)
    if step is None:
        return Refusal("unknown", Text(f"没有“{verb}”这一步", f"there is no step “{verb}”"))
    if facts.state is None:
        if step.sources:
            return Refusal("state", Text("事项尚未登记", "the matter has not been received yet"))
    elif facts.state not in step.sources:
        now = STANDINGS[facts.state].name
        return Refusal(
            "state",
            Text(
                f"事项现在是“{now.zh}”，不能“{step.name.zh}”",
                f"the matter is “{now.en}”: “{step.name.en}” is not open",
            ),
        )
    if not step.who & facts.by:
        return Refusal("who", Text(f"您在这件事上不能“{step.name.zh}”", f"“{step.name.en}” is not yours to do here"))
    for name in step.guards:
        if not guard(name, facts):
            return Refusal(name, _why(name, facts))
    return None


def allowed(facts: Facts) -> tuple[Step, ...]:
    """Return the steps open now to somebody standing in `facts.by`, in the order of the table."""
    return tuple(step for step in ROWS if check(step.verb, facts) is None)


def within_reach(facts: Facts) -> tuple[tuple[Step, Refusal | None], ...]:
    """Return the steps that somebody in `facts.by` could take in this state, each open (`None`) or with its reason."""
    return tuple(
        (step, check(step.verb, facts)) for step in ROWS if facts.state in step.sources and step.who & facts.by
    )


def target(verb: str, facts: Facts) -> State:
    """Return the one state the step leads to from these facts; the caller has checked that it is open."""
    step = STEPS[verb]
    if step.stays:
        assert facts.state is not None
        return facts.state
    if len(step.to) == 1:
        return step.to[0]
    match verb:
        case "sign":
            return State.OFFERED if facts.sign_level >= facts.sign_levels else State.SIGNING
        case "accept":
            return State.INTAKE if facts.offered_type in DESK_TYPES else State.HANDLING
        case "refuse":
            return State.JOINT if facts.refusals + 1 >= facts.refusals_before_joint else State.INTAKE
        case "stand_down":
            return State.HANDLING if facts.back_handling else State.INTAKE
        case "succeed":
            return _heir_state(facts)
        case "overturn" | "object" | "redo":
            return State.INTAKE if facts.holder_type in DESK_TYPES or not facts.was_handling else State.HANDLING
    raise KeyError(verb)


def _heir_state(facts: Facts) -> State:
    """Return where a joined report goes on when the main one is withdrawn: where that one stood.

    A question to the other requester or a proposal to decline or divert their report is not this one's: those go on as
    ordinary work.
    """
    match facts.heir_of:
        case State.OFFERED | State.JOINT | State.HANDLING:
            return facts.heir_of
        case State.WAITING:
            return State.HANDLING
        case State.DECLINING if facts.was_handling:
            return State.HANDLING
        case _:
            return State.INTAKE


def diagram(lang: str = "zh") -> str:
    """Return the table as a Mermaid state diagram; the page under `docs/` is this text."""
    lines = ["stateDiagram-v2"]
    lines += [f"    {state.value}: {STANDINGS[state].name.say(lang)}" for state in State]
    arrows: dict[tuple[str, str], list[str]] = {}
    for step in ROWS:
        if not step.sources:
            arrows.setdefault(("[*]", step.to[0].value), []).append(step.name.say(lang))
        for source in sorted(step.sources):
            for to in step.to:
                if to != source:
                    arrows.setdefault((source.value, to.value), []).append(step.name.say(lang))
    lines += [f"    {a} --> {b}: {' / '.join(names)}" for (a, b), names in arrows.items()]
    lines.append("    closed --> [*]")
    return "\n".join(lines) + "\n"
