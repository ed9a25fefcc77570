"""The conditions of the steps of a matter, each with the sentences that say why it is shut, and where a step leads."""

from __future__ import annotations

from wuxiao.rules.flow.parts import DESK_TYPES, Facts, State, Who
from wuxiao.rules.life import Guard
from wuxiao.rules.words import Text


def _number(value: int) -> Text:
    return Text(str(value), str(value))


def _rateable(facts: Facts) -> bool:
    return facts.answered and not facts.rated_by_resident and facts.outcome not in {"withdrawn", "declined"}


def _not_rateable(facts: Facts) -> int:
    if not facts.answered:
        return 0
    return 1 if facts.rated_by_resident else 2


def _no_appeal(facts: Facts) -> int:
    if not facts.petition:
        return 1
    return 2 if facts.appeal_level >= 2 else 0


CHILD: Guard[Facts] = Guard(
    "child",
    lambda f: f.child,
    (Text("本事项没有标明涉及未成年人", "the matter is not marked as concerning a child"),),
)
NO_CHILD: Guard[Facts] = Guard(
    "no_child",
    lambda f: not f.child,
    (Text("本事项已标明涉及未成年人", "the matter is marked as concerning a child already"),),
)
CHILD_MARKED: Guard[Facts] = Guard(
    "child_marked",
    lambda f: f.child_marked,
    (
        Text(
            "没有人标记过；按分类涉及未成年人的不能取消",
            "nobody marked it; what its category says cannot be taken back",
        ),
    ),
)
CONTACT_PENDING: Guard[Facts] = Guard(
    "contact_pending",
    lambda f: f.contact_pending,
    (Text("没有待批的查看申请", "no request to see the contact is waiting"),),
)
NO_CONTACT_PENDING: Guard[Facts] = Guard(
    "no_contact_pending",
    lambda f: not f.contact_pending,
    (Text("已有一份查看申请在等答复或还没有用", "a request to see the contact waits already, or was not used yet"),),
)
DANGER_OPEN: Guard[Facts] = Guard(
    "danger_open",
    lambda f: f.danger_open,
    (Text("没有待看的险情提示", "no danger sign is waiting to be looked at"),),
)
NO_DANGER_OPEN: Guard[Facts] = Guard(
    "no_danger_open",
    lambda f: not f.danger_open,
    (
        Text(
            "有险情提示尚未查看：请先查看险情，或者先紧急转出",
            "a danger sign has not been looked at yet: look at it first, or pass the matter on as an emergency",
        ),
    ),
)
UNREAD_OPEN: Guard[Facts] = Guard(
    "unread_open",
    lambda f: f.unread_open,
    (Text("没有等人读懂的话", "no words wait for somebody who can read them"),),
)
DANGER_AFTER_ANSWER: Guard[Facts] = Guard(
    "danger_after_answer",
    lambda f: f.state not in {State.ANSWERED, State.CLOSED} or f.danger_open,
    (
        Text(
            "已经答复或办结，之后没有新的险情；要重新办理请用“退回重办”",
            "it was answered or closed and no danger showed since; to have it done again, return it for redo",
        ),
    ),
)
DANGER_AGAIN: Guard[Facts] = Guard(
    "danger_again",
    lambda f: f.state is not State.URGENT or f.danger_open,
    (
        Text(
            "已经按险情交出去了，之后没有新的险情",
            "it was passed on as an emergency already and no new danger was told of since",
        ),
    ),
)
CLASSED: Guard[Facts] = Guard(
    "classed",
    lambda f: bool(f.category and f.handling_class),
    (Text("请先核定分类", "confirm the category first"),),
)
NOT_DECIDED: Guard[Facts] = Guard(
    "not_decided",
    lambda f: not f.decided,
    (
        Text(
            "联席会议（或中心）已指定承办单位，不能再退",
            "the centre has decided; the matter cannot be refused any more",
        ),
    ),
)
MAY_PAUSE: Guard[Facts] = Guard(
    "may_pause",
    lambda f: f.waits + 1 < f.pause_approver_from or Who.LEAD in f.by,
    (
        Text(
            "已请诉求人补充过{waits}次；第{from_n}次起须由单位负责人提出",
            "asked {waits} times already; from time no. {from_n} on only the unit's lead may ask",
        ),
    ),
    fill=lambda f: {"waits": _number(f.waits), "from_n": _number(f.pause_approver_from)},
)
NONE_WAITING: Guard[Facts] = Guard(
    "none_waiting",
    lambda f: not f.extension_pending,
    (Text("已有一次延期申请在等批复", "an extension is already waiting for a decision"),),
)
MAY_EXTEND: Guard[Facts] = Guard(
    "may_extend",
    lambda f: f.extensions < f.max_extensions,
    (
        Text(
            "这个期限已延期{extensions}次，最多{max_extensions}次",
            "this date was moved {extensions} times; {max_extensions} is the most",
        ),
        Text("这类事项的期限不能延", "the date of this kind of matter is not moved"),
    ),
    lambda f: 0 if f.max_extensions else 1,
    fill=lambda f: {"extensions": _number(f.extensions), "max_extensions": _number(f.max_extensions)},
)
EXTENSION_PENDING: Guard[Facts] = Guard(
    "extension_pending",
    lambda f: f.extension_pending,
    (Text("没有待批的延期申请", "no extension is waiting for a decision"),),
)
NO_EXTENSION_PENDING: Guard[Facts] = Guard(
    "no_extension_pending",
    lambda f: not f.extension_pending,
    (
        Text(
            "有延期申请待批，请先批复",
            "an extension is waiting for a decision; decide it first",
        ),
    ),
)
PARTS_DONE: Guard[Facts] = Guard(
    "parts_done",
    lambda f: f.parts_open == 0,
    (Text("协办单位还没有反馈：{missing}", "a co-unit has not reported its part yet: {missing}"),),
    fill=lambda f: {"missing": Text(f.missing.zh or "—", f.missing.en or "—")},
)
NOT_DECIDED_YET: Guard[Facts] = Guard(
    "not_decided_yet",
    lambda f: not f.decided,
    (
        Text(
            "承办单位是联席会议（或中心）指定的，不能改派；要换单位，由值班长重新作出联席指定",
            "the unit was named by a joint decision; only a new one by the shift lead changes it",
        ),
    ),
)
MAY_DECIDE: Guard[Facts] = Guard(
    "may_decide",
    lambda f: f.state == State.JOINT or f.decided or Who.SYSTEM in f.by,
    (Text("没有召开联席会议，也没有作过联席指定", "no joint meeting was called, and nothing was decided by one"),),
)
NOT_BOUND: Guard[Facts] = Guard(
    "not_bound",
    lambda f: not f.bound or Who.SYSTEM in f.by,
    (
        Text(
            "承办单位是联席会议开会定的，只有联席会议的新决定能改",
            "a conference decided who does this; only a new decision of a conference changes it",
        ),
    ),
)
NOT_POLICE_DUTY: Guard[Facts] = Guard(
    "not_police_duty",
    lambda f: not f.police_duty,
    (
        Text(
            "这类事项属于公安职责，110 不能分流；请派给派出所办理，或先核定为别的分类",
            "this is a duty of the police, which 110 does not divert; assign it to a station,"
            " or confirm another category",
        ),
    ),
)
DESK_MAY_ASSIGN: Guard[Facts] = Guard(
    "desk_may_assign",
    lambda f: Who.CENTRE in f.by or f.police_duty,
    (
        Text(
            "110 只把公安职责内的事项派给派出所；其他事项请提请分流",
            "110 assigns police duties to stations only; propose diversion for anything else",
        ),
    ),
)
ASKED_THEM: Guard[Facts] = Guard(
    "asked_them",
    lambda f: not f.joined,
    (
        Text(
            "要补充的是一起反映的另一位诉求人；您有话可以用“补充材料”",
            "somebody else who reported the same thing was asked; you may add to it at any time",
        ),
    ),
)
NOT_ASKED: Guard[Facts] = Guard(
    "not_asked",
    lambda f: f.state != State.WAITING or f.joined,
    (Text("正在等补充，请用“补充情况”回复", "something was asked; please use “reply”"),),
)
NOT_OWN_WORK: Guard[Facts] = Guard(
    "not_own_work",
    lambda f: Who.RESIDENT in f.by or f.holder_type not in DESK_TYPES,
    (
        Text(
            "本单位自己办的事项，不能由本单位代诉求人评价",
            "the unit that did the work does not enter the requester's rating",
        ),
    ),
)
OWN_HANDS: Guard[Facts] = Guard(
    "own_hands",
    lambda f: f.state != State.HANDLING or bool(f.by & {Who.HANDLER, Who.LEAD}),
    (
        Text(
            "事项在承办单位手里，由承办单位来办；要换单位请用“改派”",
            "it is in the handling unit's hands; to move it, reassign it",
        ),
    ),
)
DESK_ANSWERS_ENQUIRIES: Guard[Facts] = Guard(
    "desk_answers_enquiries",
    lambda f: f.state != State.INTAKE or f.handling_class == "enquiry" or Who.PLATFORM in f.by,
    (
        Text(
            "受理台只能直接答复咨询；其他事项请派单",
            "the desk may answer enquiries only; assign other matters",
        ),
    ),
)
CALL_BACK_DRAWN: Guard[Facts] = Guard(
    "call_back_drawn",
    lambda f: f.call_back_drawn,
    (Text("本事项未被抽中回访", "this matter was not drawn for a call-back"),),
)
RATEABLE: Guard[Facts] = Guard(
    "rateable",
    _rateable,
    (
        Text("还没有答复，答复以后可以评价", "it can be rated after the answer"),
        Text("已经评价过了", "it was rated already"),
        Text("撤回或不予受理的事项不用评价", "withdrawn or declined matters are not rated"),
    ),
    _not_rateable,
)
IN_OBJECT_WINDOW: Guard[Facts] = Guard(
    "in_object_window",
    lambda f: f.in_object_window,
    (
        Text(
            "异议期已过；可以作为新事项提出",
            "the time to object is over; please report it as a new matter",
        ),
        Text(
            "异议已提过{objected}次，最多{object_times}次；可以作为新事项提出",
            "you objected {objected} times, {object_times} is the most; please report it as a new matter",
        ),
    ),
    lambda f: 1 if f.objected >= f.object_times else 0,
    fill=lambda f: {"objected": _number(f.objected), "object_times": _number(f.object_times)},
)
OBJECTABLE: Guard[Facts] = Guard(
    "objectable",
    lambda f: f.outcome not in {"withdrawn", "merged"},
    (
        Text(
            "撤回或并案的事项不能异议",
            "a withdrawn or merged matter cannot be objected to",
        ),
    ),
)
MAY_APPEAL: Guard[Facts] = Guard(
    "may_appeal",
    lambda f: f.petition and f.appeal_level < 2 and f.in_appeal_window,
    (
        Text("申请复查（复核）的时间已过", "the time to ask for a review is over"),
        Text("不是信访事项，没有复查（复核）", "only petitions have a review"),
        Text("已经复核终结", "the last review level has been reached"),
    ),
    _no_appeal,
)
MERGED: Guard[Facts] = Guard(
    "merged",
    lambda f: f.outcome == "merged",
    (Text("没有并案", "the matter is not merged"),),
)
KEPT: Guard[Facts] = Guard(
    "kept",
    lambda f: f.kept,
    (Text("这件事没有在保密", "nothing of it is kept secret"),),
)
HERS_TO_OPEN: Guard[Facts] = Guard(
    "hers_to_open",
    lambda f: Who.SUPERVISOR not in f.by or f.kept_by_house,
    (
        Text(
            "保密是诉求人自己要求的，只能由她自己在进度页说不用了",
            "the requester asked for the secrecy herself; she alone says on her page that it is not needed",
        ),
    ),
)
JOINED: Guard[Facts] = Guard(
    "joined",
    lambda f: f.outcome == "merged" or f.joined,
    (Text("没有和别的事项合在一起", "it is not joined with another report"),),
)
NOT_SAID_APART: Guard[Facts] = Guard(
    "not_said_apart",
    lambda f: not f.apart_waits,
    (Text("您已经说过了，工作人员在看", "you said so already; our staff are looking at it"),),
)
APART_IN_TIME: Guard[Facts] = Guard(
    "apart_in_time",
    lambda f: f.apart_in_time,
    (
        Text(
            "合办的事早已办结；您的事没有办，请作为新事项提出",
            "what it was joined with ended long ago; if yours was not dealt with, please report it anew",
        ),
    ),
)
SAID_APART: Guard[Facts] = Guard(
    "said_apart",
    lambda f: f.apart_waits,
    (Text("诉求人没有说不是同一件事", "the requester did not say that it is another thing"),),
)
DESK_DECIDES: Guard[Facts] = Guard(
    "desk_decides",
    lambda f: Who.SUPERVISOR not in f.by or Who.CENTRE in f.by or f.desk_aside,
    (Text("由热线中心来判断", "this is for the hotline to decide"),),
)
MAY_URGE: Guard[Facts] = Guard(
    "may_urge",
    lambda f: not f.urged_recently,
    (Text("刚刚催办过，{urge_again}以后可以再催", "it was urged a short while ago; again from {urge_again} on"),),
    fill=lambda f: {"urge_again": Text(f.urge_again.zh or "12 小时", f.urge_again.en or "12 hours")},
)
WAS_SIGNED: Guard[Facts] = Guard(
    "was_signed",
    lambda f: f.was_signed,
    (Text("该事项没有经过分流审核", "the matter did not go through sign-off"),),
)


# ------------------------------------------------------------------------------------------- where a step leads


def after_sign(facts: Facts) -> State:
    """The last level's signature hands it over."""
    return State.OFFERED if facts.sign_level >= facts.sign_levels else State.SIGNING


def after_accept(facts: Facts) -> State:
    """A desk that accepts has it to pass on, a unit to work on."""
    return State.INTAKE if facts.offered_type in DESK_TYPES else State.HANDLING


def after_refuse(facts: Facts) -> State:
    """So many refusals call the joint meeting."""
    return State.JOINT if facts.refusals + 1 >= facts.refusals_before_joint else State.INTAKE


def after_danger(facts: Facts) -> State:
    """Back to where danger took it from."""
    return State.HANDLING if facts.back_handling else State.INTAKE


def to_work_again(facts: Facts) -> State:
    """Back to the unit that had it in hand, else to a desk."""
    return State.INTAKE if facts.holder_type in DESK_TYPES or not facts.was_handling else State.HANDLING


def of_heir(facts: Facts) -> State:
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
