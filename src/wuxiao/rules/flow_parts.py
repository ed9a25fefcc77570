"""The parts of the step table: states with their clocks, relations, needs, what a step may do to the promise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

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


class Promise(StrEnum):
    """What a step does to the promise given to the resident."""

    KEEP = "keep"
    START = "start"
    REGIVE = "regive"
    PAUSE = "pause"
    RESUME = "resume"
    EXTEND = "extend"
    FRESH = "fresh"
    END = "end"


class Who(StrEnum):
    """The relation in which somebody stands to one matter; `rules.access.relations` computes it."""

    RESIDENT = "resident"
    CENTRE = "centre"
    CENTRE_LEAD = "centre_lead"
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


@dataclass(frozen=True, slots=True)
class Standing:
    """What the table says of one state: its name, a plain sentence for the resident, its clock and its queue.

    `at_desk` and `desk_plain` are the same for staff, where the words for the resident would speak to the wrong person.
    """

    name: Text
    plain: Text
    clock: Clock | None
    queue: str
    at_desk: Text | None = None
    desk_plain: Text | None = None

    @property
    def staff_name(self) -> Text:
        """The name of the state on staff pages."""
        return self.at_desk or self.name

    @property
    def staff_plain(self) -> Text:
        """What the state means, said to staff."""
        return self.desk_plain or self.plain


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the table.

    `sources` are the states it may start from, `to` the states it may lead to (`None`: it stays), `who` the relations
    that may take it, `needs` what must be given and `may` what can be added, `seen` whether the resident's page shows
    it, `tells` whether the requesters are told, `sentence` what the diary and the progress page say.
    """

    verb: str
    name: Text
    sentence: Text
    sources: frozenset[State]
    to: tuple[State, ...]
    who: frozenset[Who]
    needs: tuple[Need, ...] = ()
    may: tuple[Need, ...] = ()
    promise: Promise = Promise.KEEP
    seen: bool = True
    tells: bool = False
    guards: tuple[str, ...] = ()

    @property
    def stays(self) -> bool:
        """True when the step never changes the state."""
        return not self.to


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
        Text("可能有危险，110 先行处置。", "There may be danger; 110 acts first."),
        Clock.URGENT,
        "urgent",
    ),
    State.CLOSED: Standing(Text("已办结", "closed"), Text("事项已办结。", "The matter is closed."), None, "closed"),
}
