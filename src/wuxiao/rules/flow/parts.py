"""The parts of the step table of a matter: states with their clocks, relations, needs, and the facts of its guards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from wuxiao.rules import life
from wuxiao.rules.life import CaseFacts, Standing
from wuxiao.rules.words import Text


class State(StrEnum):
    """Where a matter stands; exactly one at a time. Late is computed from the clocks and is never a state."""

    INTAKE = "intake"
    SIGNING = "signing"
    OFFERED = "offered"
    JOINT = "joint"
    HANDLING = "handling"
    WAITING = "waiting"
    DECLINING = "declining"
    ANSWERED = "answered"
    URGENT = "urgent"
    CLOSED = "closed"


class Clock(StrEnum):
    """Which limit of the rule book runs while a matter stands in a state (beside the resident's promise)."""

    ACCEPT = "accept"
    SIGN = "sign"
    OFFER = "offer"
    JOINT = "joint"
    ANSWER = "answer"
    SECOND_LOOK = "second_look"
    SILENCE = "silence"
    URGENT = "urgent"
    WAIT = "wait"


class Who(StrEnum):
    """The relation in which somebody stands to one matter; `rules.access.relations` computes it."""

    RESIDENT = "resident"
    CENTRE = "centre"
    CENTRE_LEAD = "centre_lead"
    PHONE = "phone"
    POLICE = "police"
    SIGNER = "signer"
    RECEIVER = "receiver"
    HANDLER = "handler"
    LEAD = "lead"
    CO_UNIT = "co_unit"
    APPROVER = "approver"
    SECOND = "second"
    CALLER = "caller"
    SUPERVISOR = "supervisor"
    READER = "reader"
    RELEASER = "releaser"
    MACHINE = "machine"
    PLATFORM = "platform"
    SYSTEM = "system"


class Need(StrEnum):
    """The kinds of things a step may ask for; pages, the JSON API and imports draw their fields from them."""

    REASON = "reason"
    WORDS = "words"
    REPLY = "reply"
    UNIT = "unit"
    BODY = "body"
    WHOM = "whom"
    OPEN_NAME = "open_name"
    CO_UNITS = "co_units"
    CATEGORY = "category"
    HANDLING_CLASS = "handling_class"
    DIVISION = "division"
    ITEMS = "items"
    TICKED = "ticked"
    WAY = "way"
    SIGN_OFFS = "sign_offs"
    CALLER_AGREES = "caller_agrees"
    TERM_DAYS = "term_days"
    TASK = "task"
    STAFF = "staff"
    MATTER = "matter"
    PARTS = "parts"
    EVIDENCE = "evidence"
    DECLINE_REASON = "decline_reason"
    CHANNEL = "channel"
    SEEN = "seen"
    RATING = "rating"
    SOLVED = "solved"
    CONTACTED = "contacted"
    PETITION = "petition"
    FILES = "files"
    FOR_CALLER = "for_caller"
    KEEP = "keep"
    IN_DANGER = "in_danger"


NOTHING = Text("", "")


@dataclass(frozen=True, slots=True)
class Facts(CaseFacts):
    """What guards and targets need to know of one matter; `desk` fills it, tests make it by hand."""

    state: State | None = None
    holder_type: str = ""
    offered_to: str = ""
    offered_type: str = ""
    sender: str = ""
    co_units: frozenset[str] = frozenset()
    co_units_open: frozenset[str] = frozenset()
    co_due: tuple[tuple[str, datetime], ...] = ()
    supervisor_unit: str = ""
    handler_id: int | None = None
    proposer_id: int | None = None
    extension_asker_id: int | None = None
    extension_pending: bool = False
    extensions: int = 0
    max_extensions: int = 1
    extension_approver: str = "lead"
    waits: int = 0
    pause_approver_from: int = 2
    handling_class: str = ""
    category: str = ""
    petition: bool = False
    appeal_level: int = 0
    sign_level: int = 0
    sign_levels: int = 4
    sign_escalated: bool = False
    #: The unit whose lead may sign in place of the last level, once that sat too long.
    sign_above: str = ""
    signed_by: frozenset[int] = frozenset()
    was_signed: bool = False
    refusals: int = 0
    refusals_before_joint: int = 3
    decided: bool = False
    #: Decided by a conference: a task that binds stands for it.
    bound: bool = False
    danger_open: bool = False
    unread_open: bool = False
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
    #: Of a joined report: that its requester says it is another thing and waits, that it is not too late to say so;
    #: and that the desk must not see it.
    apart_waits: bool = False
    apart_in_time: bool = True
    desk_aside: bool = False
    #: Whether anything is kept secret at all, and whether something of it nobody but the house asked for.
    kept: bool = False
    kept_by_house: bool = False
    by: frozenset[Who] = field(default_factory=frozenset)

    @property
    def hands(self) -> frozenset[str]:
        """The units in whose hands it is, or is offered to be."""
        return frozenset({self.holder, self.offered_to})


#: Units that pass matters on rather than handle them: a matter they accept returns to the desk.
DESK_TYPES: frozenset[str] = frozenset({"centre", "police_command"})


@dataclass(frozen=True, slots=True)
class Step(life.Step[Facts]):
    """One row of the table of a matter."""

    sources: frozenset[State]
    to: tuple[State, ...]
    who: frozenset[Who]
    needs: tuple[Need, ...] = ()
    may: tuple[Need, ...] = ()


OPEN: frozenset[State] = frozenset(set(State) - {State.CLOSED})
#: States in which a unit has work in hand.
WORKING: frozenset[State] = frozenset(
    {State.INTAKE, State.SIGNING, State.OFFERED, State.JOINT, State.HANDLING, State.DECLINING, State.URGENT}
)

STANDINGS: Mapping[State, Standing] = {
    State.INTAKE: Standing(
        Text("待受理", "at the desk"),
        Text("您的事项已收到，受理人员正在看。", "We have it; a member of staff is reading it."),
        Clock.ACCEPT,
        "intake",
        desk_plain=Text(
            "已收到，等受理人员核定分类、派单或答复。", "At the desk: to be classed, assigned or answered."
        ),
    ),
    State.SIGNING: Standing(
        Text("审核中", "being signed off"),
        Text(
            "110 认为这不是警务事项，正在逐级审核后转交。",
            "110 holds that this is not police business; the hand-over is being signed off.",
        ),
        Clock.SIGN,
        "sign",
    ),
    State.OFFERED: Standing(
        Text("待签收", "handed over, not yet accepted"),
        Text(
            "已经转交，对方签收之前仍由转交单位负责。",
            "Handed over; until the other side accepts, the sender remains responsible.",
        ),
        Clock.OFFER,
        "offer",
    ),
    State.JOINT: Standing(
        Text("联席会商", "joint meeting"),
        Text(
            "几个单位都认为不归自己管，联席会议将指定承办单位。",
            "Several units say it is not theirs; a joint meeting will name the unit.",
        ),
        Clock.JOINT,
        "joint",
    ),
    State.HANDLING: Standing(
        Text("办理中", "being handled"),
        Text("承办单位正在办理。", "The unit in charge is working on it."),
        Clock.ANSWER,
        "handle",
    ),
    State.WAITING: Standing(
        Text("等您补充", "waiting for you"),
        Text(
            "需要您补充情况，期间办理时限暂停。",
            "We asked you something; the clock stands still until you reply.",
        ),
        Clock.WAIT,
        "wait",
        Text("等诉求人补充", "waiting for the requester"),
        Text(
            "已请诉求人补充，办理时限暂停。",
            "The requester was asked for more; the clock stands still until they reply.",
        ),
    ),
    State.DECLINING: Standing(
        Text("不予受理复核", "second look at a decline"),
        Text(
            "经办人认为依法不能受理，正由另一人复核。",
            "The handler believes it cannot be taken on by law; another person is taking a second look.",
        ),
        Clock.SECOND_LOOK,
        "second_look",
    ),
    State.ANSWERED: Standing(
        Text("已答复", "answered"),
        Text(
            "已答复，请您评价；不满意可以提出异议。",
            "Answered. Please rate it; if it is not right, you can object.",
        ),
        Clock.SILENCE,
        "answered",
        desk_plain=Text(
            "已答复，等诉求人评价；期满没有异议自动办结。",
            "Answered; the requester may rate or object. Without an objection it closes by itself.",
        ),
    ),
    State.URGENT: Standing(
        Text("紧急处置", "emergency"),
        Text("可能有危险，先处理危险。", "There may be danger; that is dealt with first."),
        Clock.URGENT,
        "urgent",
    ),
    State.CLOSED: Standing(Text("已办结", "closed"), Text("事项已办结。", "The matter is closed."), None, "closed"),
}
