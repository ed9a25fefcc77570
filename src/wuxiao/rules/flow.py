"""The life of a matter: ONE table of steps.

Every button, URL, diary entry, message and report uses the verbs of this table; `desk.act` is its only interpreter.
The table knows shapes (who may do what, from where to where, what must be given, what happens to the promise); the
numbers (days, levels, chances) are in the rule book. Sources: seed S1.43-S1.50, rules R1.3-R1.12, R2.7-R2.17, and the
Petition Regulations art. 22-36.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
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
    MACHINE = "machine"
    PLATFORM = "platform"
    SYSTEM = "system"


class Need(StrEnum):
    """The kinds of things a step may ask for; pages, the JSON API and imports draw their fields from them."""

    REASON = "reason"
    WORDS = "words"
    REPLY = "reply"
    UNIT = "unit"
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


@dataclass(frozen=True, slots=True)
class Standing:
    """What the table says of one state: its name, a plain sentence for the resident, its clock and its queue."""

    name: Text
    plain: Text
    clock: Clock | None
    queue: str


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


S = State
W = Who
N = Need

OPEN: frozenset[State] = frozenset(set(State) - {S.CLOSED})
#: States in which a unit has work in hand.
WORKING: frozenset[State] = frozenset({S.INTAKE, S.SIGNING, S.OFFERED, S.JOINT, S.HANDLING, S.DECLINING, S.URGENT})

STANDINGS: Mapping[State, Standing] = {
    S.INTAKE: Standing(
        Text("待受理", "at the desk"),
        Text("您的事项已收到,受理人员正在看。", "We have it; a member of staff is reading it."),
        Clock.ACCEPT,
        "intake",
    ),
    S.SIGNING: Standing(
        Text("审核中", "being signed off"),
        Text(
            "110 认为这不是警务事项,正在逐级审核后转交。",
            "110 holds that this is not police business; the hand-over is being signed off.",
        ),
        Clock.SIGN,
        "sign",
    ),
    S.OFFERED: Standing(
        Text("待签收", "handed over, not yet accepted"),
        Text(
            "已经转交,对方签收之前仍由转交单位负责。",
            "Handed over; until the other side accepts, the sender remains responsible.",
        ),
        Clock.OFFER,
        "offer",
    ),
    S.JOINT: Standing(
        Text("联席会商", "joint meeting"),
        Text(
            "几个单位都认为不归自己管,联席会议将指定承办单位。",
            "Several units say it is not theirs; a joint meeting will name the unit.",
        ),
        Clock.JOINT,
        "joint",
    ),
    S.HANDLING: Standing(
        Text("办理中", "being handled"),
        Text("承办单位正在办理。", "The unit in charge is working on it."),
        Clock.ANSWER,
        "handle",
    ),
    S.WAITING: Standing(
        Text("等您补充", "waiting for you"),
        Text(
            "需要您补充情况,期间办理时限暂停。",
            "We asked you something; the clock stands still until you reply.",
        ),
        Clock.WAIT,
        "wait",
    ),
    S.DECLINING: Standing(
        Text("不予受理复核", "second look at a decline"),
        Text(
            "经办人认为依法不能受理,正由另一人复核。",
            "The handler believes it cannot be taken on by law; another person is taking a second look.",
        ),
        Clock.SECOND_LOOK,
        "second_look",
    ),
    S.ANSWERED: Standing(
        Text("已答复", "answered"),
        Text(
            "已答复,请您评价;不满意可以提出异议。",
            "Answered. Please rate it; if it is not right, you can object.",
        ),
        Clock.SILENCE,
        "answered",
    ),
    S.URGENT: Standing(
        Text("紧急处置", "emergency"),
        Text("可能有危险,110 先行处置。", "There may be danger; 110 acts first."),
        Clock.URGENT,
        "urgent",
    ),
    S.CLOSED: Standing(Text("已办结", "closed"), Text("事项已办结。", "The matter is closed."), None, "closed"),
}


def _step(
    verb: str,
    name: tuple[str, str],
    sentence: tuple[str, str],
    sources: Iterable[State],
    to: Iterable[State],
    who: Iterable[Who],
    *,
    needs: tuple[Need, ...] = (),
    may: tuple[Need, ...] = (),
    promise: Promise = Promise.KEEP,
    seen: bool = True,
    tells: bool = False,
    guards: tuple[str, ...] = (),
) -> Step:
    return Step(
        verb,
        Text(*name),
        Text(*sentence),
        frozenset(sources),
        tuple(to),
        frozenset(who),
        needs,
        may,
        promise,
        seen,
        tells,
        guards,
    )


_ROWS: tuple[Step, ...] = (
    _step(
        "receive",
        ("登记", "Receive"),
        ("{unit}收到事项", "{unit} received the matter"),
        (),
        (S.INTAKE,),
        (W.RESIDENT, W.CENTRE, W.POLICE, W.MACHINE),
        needs=(N.WORDS,),
        may=(N.CATEGORY, N.HANDLING_CLASS, N.DIVISION, N.FILES),
        promise=Promise.START,
        tells=True,
    ),
    _step(
        "look",
        ("已看险情", "Danger looked at"),
        ("{who}看过险情提示,确认可按一般事项办理", "{who} looked at the danger signs and found none that stands"),
        (S.INTAKE, S.SIGNING, S.OFFERED, S.HANDLING),
        (),
        (W.CENTRE, W.POLICE, W.HANDLER),
        needs=(N.REASON,),
        seen=False,
        guards=("danger_open",),
    ),
    _step(
        "bypass",
        ("紧急转 110", "Emergency to 110"),
        ("可能有危险,已直接交 110 先行处置", "possible danger: passed straight to 110"),
        (S.INTAKE, S.SIGNING, S.OFFERED, S.JOINT, S.HANDLING),
        (S.URGENT,),
        (W.CENTRE, W.POLICE, W.SIGNER, W.RECEIVER, W.HANDLER, W.PLATFORM),
        needs=(N.REASON,),
        tells=True,
    ),
    _step(
        "stand_down",
        ("险情已处置", "Danger dealt with"),
        ("110 已先行处置,转入一般办理:{reply}", "110 has acted; ordinary handling goes on: {reply}"),
        (S.URGENT,),
        (S.INTAKE,),
        (W.POLICE, W.PLATFORM),
        needs=(N.REPLY,),
        promise=Promise.REGIVE,
        tells=True,
    ),
    _step(
        "classify",
        ("核定分类", "Confirm the class"),
        ("核定为{category},{handling_class}", "classed as {category}, {handling_class}"),
        (S.INTAKE,),
        (),
        (W.CENTRE, W.POLICE),
        needs=(N.CATEGORY, N.HANDLING_CLASS),
        may=(N.DIVISION, N.ITEMS, N.PETITION),
        promise=Promise.REGIVE,
    ),
    _step(
        "divert",
        ("提请分流", "Propose diversion"),
        (
            "110 认为不属警务,提请转交{to_unit}:{reason}",
            "110 proposes to hand it to {to_unit}, as not police business: {reason}",
        ),
        (S.INTAKE,),
        (S.SIGNING,),
        (W.POLICE,),
        needs=(N.UNIT, N.WAY, N.CALLER_AGREES, N.REASON),
        guards=("no_danger_open",),
    ),
    _step(
        "sign",
        ("审核同意", "Sign"),
        ("第{level}级审核同意:{reason}", "sign-off level {level} agreed: {reason}"),
        (S.SIGNING,),
        (S.SIGNING, S.OFFERED),
        (W.SIGNER,),
        needs=(N.REASON,),
        guards=("no_danger_open",),
    ),
    _step(
        "send_back",
        ("审核退回", "Send back"),
        ("第{level}级审核不同意分流,退回 110:{reason}", "sign-off level {level} sent it back to 110: {reason}"),
        (S.SIGNING,),
        (S.INTAKE,),
        (W.SIGNER,),
        needs=(N.REASON,),
    ),
    _step(
        "escalate",
        ("审核升级", "Escalate the sign-off"),
        ("第{level}级审核超时,上一级可以代为审核", "level {level} sat too long; the next level may sign"),
        (S.SIGNING,),
        (),
        (W.SYSTEM,),
        seen=False,
    ),
    _step(
        "hand_in",
        ("平台转来", "Handed in by the other platform"),
        ("{unit}的平台转来,请{to_unit}签收:{reason}", "the platform of {unit} hands it to {to_unit}: {reason}"),
        (S.INTAKE,),
        (S.OFFERED,),
        (W.PLATFORM,),
        needs=(N.UNIT, N.WAY, N.CALLER_AGREES, N.REASON),
        may=(N.SIGN_OFFS,),
    ),
    _step(
        "assign",
        ("派单", "Assign"),
        ("派给{to_unit}{with_units}", "assigned to {to_unit}{with_units}"),
        (S.INTAKE,),
        (S.OFFERED,),
        (W.CENTRE,),
        needs=(N.UNIT,),
        may=(N.CO_UNITS, N.REASON),
        tells=True,
        guards=("no_danger_open", "classed"),
    ),
    _step(
        "accept",
        ("签收", "Accept"),
        ("{unit}已签收", "{unit} accepted it"),
        (S.OFFERED,),
        (S.HANDLING, S.INTAKE),
        (W.RECEIVER,),
        may=(N.STAFF,),
        tells=True,
    ),
    _step(
        "refuse",
        ("退单", "Refuse"),
        ("{unit}退单:{reason}(第{count}次)", "{unit} refused it: {reason} (refusal no. {count})"),
        (S.OFFERED,),
        (S.INTAKE, S.JOINT),
        (W.RECEIVER,),
        needs=(N.REASON,),
        guards=("not_decided",),
    ),
    _step(
        "decide",
        ("联席指定", "Joint decision"),
        ("联席会议指定{to_unit}承办:{reason}", "the joint meeting named {to_unit}: {reason}"),
        (S.JOINT,),
        (S.HANDLING,),
        (W.CENTRE_LEAD,),
        needs=(N.UNIT, N.REASON),
        tells=True,
    ),
    _step(
        "reassign",
        ("改派", "Reassign"),
        ("改派给{to_unit}:{reason}", "moved to {to_unit}: {reason}"),
        (S.OFFERED, S.HANDLING),
        (S.OFFERED,),
        (W.CENTRE,),
        needs=(N.UNIT, N.REASON),
        tells=True,
        guards=("no_danger_open",),
    ),
    _step(
        "appoint",
        ("指定承办人", "Name the handler"),
        ("{unit}指定了承办人", "{unit} named a handler"),
        (S.HANDLING,),
        (),
        (W.HANDLER, W.LEAD),
        needs=(N.STAFF,),
        seen=False,
    ),
    _step(
        "join",
        ("增加协办", "Add a co-unit"),
        ("请{to_unit}协办:{task}", "{to_unit} joins as co-unit: {task}"),
        (S.HANDLING,),
        (),
        (W.CENTRE, W.HANDLER, W.LEAD),
        needs=(N.UNIT, N.TASK, N.TERM_DAYS),
    ),
    _step(
        "part",
        ("协办反馈", "Report the part"),
        ("{unit}完成协办部分", "{unit} finished its part"),
        (S.HANDLING, S.WAITING),
        (),
        (W.CO_UNIT,),
        needs=(N.WORDS,),
        may=(N.FILES,),
    ),
    _step(
        "ask",
        ("请补充", "Ask the resident"),
        ("请您补充:{reply}", "we asked you: {reply}"),
        (S.HANDLING,),
        (S.WAITING,),
        (W.HANDLER, W.LEAD),
        needs=(N.REPLY,),
        promise=Promise.PAUSE,
        tells=True,
        guards=("may_pause",),
    ),
    _step(
        "reply",
        ("补充情况", "Reply"),
        ("诉求人已补充", "the requester replied"),
        (S.WAITING,),
        (S.HANDLING,),
        (W.RESIDENT, W.CENTRE),
        needs=(N.WORDS,),
        may=(N.FILES,),
        promise=Promise.RESUME,
    ),
    _step(
        "resume",
        ("恢复计时", "Resume"),
        ("等待期满,恢复办理", "the wait is over; handling goes on"),
        (S.WAITING,),
        (S.HANDLING,),
        (W.SYSTEM, W.HANDLER, W.LEAD),
        promise=Promise.RESUME,
        tells=True,
    ),
    _step(
        "add",
        ("补充材料", "Add words or photos"),
        ("诉求人补充了材料", "the requester added to it"),
        OPEN - {S.WAITING},
        (),
        (W.RESIDENT, W.CENTRE, W.POLICE, W.MACHINE),
        needs=(N.WORDS,),
        may=(N.FILES,),
    ),
    _step(
        "extend",
        ("申请延期", "Ask for more time"),
        ("{unit}申请延期{days}个工作日:{reason}", "{unit} asks for {days} more working days: {reason}"),
        (S.HANDLING,),
        (),
        (W.HANDLER, W.LEAD),
        needs=(N.TERM_DAYS, N.REASON),
        seen=False,
        guards=("may_extend",),
    ),
    _step(
        "grant",
        ("批准延期", "Grant the extension"),
        (
            "批准延期{days}个工作日:{reason}。新的期限:{due}",
            "{days} more working days granted: {reason}. New date: {due}",
        ),
        (S.HANDLING,),
        (),
        (W.APPROVER,),
        may=(N.WORDS,),
        promise=Promise.EXTEND,
        tells=True,
        guards=("extension_pending",),
    ),
    _step(
        "deny",
        ("不准延期", "Refuse the extension"),
        ("延期申请未获批准:{reason}", "the extension was refused: {reason}"),
        (S.HANDLING,),
        (),
        (W.APPROVER,),
        needs=(N.REASON,),
        seen=False,
        guards=("extension_pending",),
    ),
    _step(
        "note",
        ("备注", "Note"),
        ("{unit}备注:{words}", "{unit} noted: {words}"),
        OPEN,
        (),
        (W.CENTRE, W.POLICE, W.SIGNER, W.RECEIVER, W.HANDLER, W.LEAD, W.CO_UNIT, W.SUPERVISOR, W.MACHINE),
        needs=(N.WORDS,),
        may=(N.SEEN,),
        seen=False,
    ),
    _step(
        "answer",
        ("答复", "Answer"),
        ("{unit}已答复", "{unit} answered"),
        (S.INTAKE, S.HANDLING),
        (S.ANSWERED,),
        (W.CENTRE, W.HANDLER, W.LEAD, W.PLATFORM),
        needs=(N.EVIDENCE, N.REPLY),
        may=(N.TICKED, N.FILES),
        tells=True,
        guards=("parts_done", "no_extension_pending", "desk_answers_enquiries", "no_danger_open"),
    ),
    _step(
        "decline",
        ("提请不予受理", "Propose to decline"),
        ("提请不予受理({decline_reason}),等待复核", "proposed to decline ({decline_reason}); a second look follows"),
        (S.INTAKE, S.HANDLING),
        (S.DECLINING,),
        (W.CENTRE, W.HANDLER, W.LEAD),
        needs=(N.DECLINE_REASON, N.REPLY, N.CHANNEL),
        guards=("no_danger_open",),
        seen=False,
    ),
    _step(
        "uphold",
        ("复核同意不予受理", "Uphold the decline"),
        (
            "经复核不予受理:{reply}。合适的渠道:{channel}",
            "declined after a second look: {reply}. Right channel: {channel}",
        ),
        (S.DECLINING,),
        (S.CLOSED,),
        (W.SECOND,),
        needs=(N.REASON,),
        promise=Promise.END,
        tells=True,
    ),
    _step(
        "overturn",
        ("复核改为受理", "Overturn the decline"),
        ("复核认为应当受理:{reason}", "the second look found it should be taken on: {reason}"),
        (S.DECLINING,),
        (S.INTAKE, S.HANDLING),
        (W.SECOND,),
        needs=(N.REASON,),
    ),
    _step(
        "call_back",
        ("回访登记", "Record a call-back"),
        ("回访已完成", "call-back done"),
        (S.ANSWERED, S.CLOSED),
        (),
        (W.CALLER,),
        needs=(N.WAY, N.CONTACTED, N.SOLVED, N.RATING),
        may=(N.WORDS,),
        guards=("call_back_drawn",),
    ),
    _step(
        "rate",
        ("评价", "Rate"),
        ("诉求人评价:{rating}", "rated by the requester: {rating}"),
        (S.ANSWERED, S.CLOSED),
        (S.CLOSED,),
        (W.RESIDENT,),
        needs=(N.SOLVED, N.RATING),
        may=(N.CONTACTED, N.WORDS),
        promise=Promise.END,
        guards=("rateable",),
    ),
    _step(
        "object",
        ("提出异议", "Object"),
        ("诉求人提出异议,重新办理:{reason}", "the requester objected; it is handled anew: {reason}"),
        (S.ANSWERED, S.CLOSED),
        (S.HANDLING, S.INTAKE),
        (W.RESIDENT, W.CALLER),
        needs=(N.REASON,),
        may=(N.FILES,),
        promise=Promise.FRESH,
        tells=True,
        guards=("in_object_window", "objectable"),
    ),
    _step(
        "redo",
        ("退回重办", "Return for redo"),
        ("退回重新办理:{reason}", "returned to be done again: {reason}"),
        (S.ANSWERED, S.CLOSED),
        (S.HANDLING, S.INTAKE),
        (W.CENTRE, W.SUPERVISOR),
        needs=(N.REASON,),
        promise=Promise.FRESH,
        tells=True,
        guards=("objectable",),
    ),
    _step(
        "appeal",
        ("申请复查(复核)", "Ask for review"),
        ("诉求人申请第{level}级复查(复核):{reason}", "the requester asked for review level {level}: {reason}"),
        (S.CLOSED,),
        (S.INTAKE,),
        (W.RESIDENT, W.CENTRE),
        needs=(N.REASON,),
        promise=Promise.FRESH,
        tells=True,
        guards=("may_appeal",),
    ),
    _step(
        "merge",
        ("并案", "Merge"),
        ("与同一件事并案办理({into})", "joined with an earlier report of the same thing ({into})"),
        (S.INTAKE, S.OFFERED, S.HANDLING),
        (S.CLOSED,),
        (W.CENTRE, W.HANDLER, W.LEAD),
        needs=(N.MATTER,),
        promise=Promise.END,
        tells=True,
    ),
    _step(
        "unmerge",
        ("撤销并案", "Un-merge"),
        ("撤销并案,单独办理:{reason}", "taken apart again, handled by itself: {reason}"),
        (S.CLOSED,),
        (S.INTAKE,),
        (W.CENTRE,),
        needs=(N.REASON,),
        promise=Promise.FRESH,
        tells=True,
        guards=("merged",),
    ),
    _step(
        "split",
        ("拆分", "Split"),
        ("拆分出{count}件:{numbers}", "split off {count}: {numbers}"),
        (S.INTAKE, S.HANDLING),
        (),
        (W.CENTRE,),
        needs=(N.PARTS,),
    ),
    _step(
        "withdraw",
        ("撤回", "Withdraw"),
        ("诉求人撤回", "withdrawn by the requester"),
        OPEN - {S.URGENT, S.ANSWERED},
        (S.CLOSED,),
        (W.RESIDENT,),
        may=(N.REASON,),
        promise=Promise.END,
    ),
    _step(
        "close",
        ("办结", "Close"),
        ("答复后{days}天内没有异议,自动办结", "no objection within {days} days of the answer: closed"),
        (S.ANSWERED,),
        (S.CLOSED,),
        (W.SYSTEM,),
        promise=Promise.END,
    ),
    _step(
        "remind",
        ("提醒", "Remind"),
        ("系统提醒{unit}注意时限", "the system reminded {unit} of the date"),
        WORKING,
        (),
        (W.SYSTEM,),
        seen=False,
    ),
    _step(
        "urge",
        ("催办", "Urge"),
        ("催办:{reason}", "urged: {reason}"),
        WORKING,
        (),
        (W.SYSTEM, W.RESIDENT, W.CENTRE, W.SUPERVISOR),
        may=(N.REASON,),
        guards=("may_urge",),
    ),
    _step(
        "supervise",
        ("督办", "Supervise"),
        ("列入督办:{reason}", "under formal supervision: {reason}"),
        WORKING,
        (),
        (W.SYSTEM, W.SUPERVISOR),
        needs=(N.REASON,),
    ),
    _step(
        "fault",
        ("审核差错退回", "Return a sign-off error"),
        ("审核差错已退回审核人:{reason}", "a sign-off error was returned to its reviewers: {reason}"),
        frozenset(State) - {S.SIGNING},
        (),
        (W.CENTRE, W.SUPERVISOR, W.HANDLER),
        needs=(N.REASON,),
        seen=False,
        guards=("was_signed",),
    ),
)

STEPS: Mapping[str, Step] = {row.verb: row for row in _ROWS}

#: Entries of the diary that are not steps of the table, with their sentences.
RECORDS: Mapping[str, Text] = {
    "read": Text("{who}查看了{fields}(用途:{purpose})", "{who} read {fields} (purpose: {purpose})"),
    "print": Text("{who}打印了本事项", "{who} printed the matter"),
    "export": Text("{who}导出了本事项所在的清单", "{who} exported a list with this matter"),
    "erase": Text("按诉求人要求删除了个人信息", "personal data erased at the requester's wish"),
    "retire": Text("保存期满,删除了个人信息", "personal data erased at the end of its retention"),
    "draw": Text("系统抽中本事项回访", "drawn by the system for a call-back"),
    "try_call": Text("回访未接通(第{count}次)", "call-back attempt {count}: not reached"),
    "recompute": Text(
        "节假日安排公布,期限由{old}改为{due}", "official holidays published: date moved from {old} to {due}"
    ),
    "adopt_book": Text("启用新规则手册{digest}", "a new rule book was adopted: {digest}"),
    "load_notice": Text("载入{year}年节假日安排", "official holidays of {year} loaded"),
    "create_staff": Text("新增账号{name}", "account {name} created"),
    "change_staff": Text("修改账号{name}", "account {name} changed"),
    "sign_in": Text("{who}登录", "{who} signed in"),
    "sign_in_failed": Text("{name}登录失败", "sign-in failed for {name}"),
    "import_rows": Text("导入{count}条", "{count} rows imported"),
    "imported": Text("由{who}从“{source}”导入,原编号{key}", "imported by {who} from “{source}”, number there {key}"),
    "export_rows": Text("导出{count}条(用途:{purpose})", "{count} rows exported (purpose: {purpose})"),
    "create_key": Text("新增接口密钥{name}", "interface key {name} created"),
    "create_hook": Text("新增对接平台{name}", "platform {name} connected"),
    "revoke_hook": Text("停用对接平台{name}", "platform {name} disconnected"),
    "revoke_key": Text("停用接口密钥{name}", "interface key {name} revoked"),
    "message_decided": Text("对存疑的消息作出处理:{choice}", "a message in doubt was decided: {choice}"),
}


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
    supervisor_unit: str = ""
    division: str = ""
    hidden_unit: str = ""
    hidden_type: str = ""
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
    by: frozenset[Who] = field(default_factory=frozenset)


#: Units that pass matters on rather than handle them: a matter they accept returns to the desk.
DESK_TYPES: frozenset[str] = frozenset({"centre", "police_command"})

_GUARD_WORDS: Mapping[str, Text] = {
    "danger_open": Text("没有待看的险情提示", "no danger sign is waiting to be looked at"),
    "no_danger_open": Text(
        "有险情提示尚未查看:请先查看险情,或紧急转 110",
        "a danger sign has not been looked at yet: look at it first, or pass the matter to 110",
    ),
    "classed": Text("请先核定分类", "confirm the category first"),
    "not_decided": Text(
        "联席会议(或中心)已指定承办单位,不能再退",
        "the centre has decided; the matter cannot be refused any more",
    ),
    "may_pause": Text(
        "已多次请诉求人补充,再次暂停须由单位负责人提出",
        "the clock has been stopped before: only the unit's lead may stop it again",
    ),
    "may_extend": Text(
        "已有延期申请待批,或延期次数已用完",
        "an extension is already waiting, or no further extension is allowed",
    ),
    "extension_pending": Text("没有待批的延期申请", "no extension is waiting for a decision"),
    "no_extension_pending": Text(
        "有延期申请待批,请先批复",
        "an extension is waiting for a decision; decide it first",
    ),
    "parts_done": Text("协办单位尚未全部反馈", "a co-unit has not reported its part yet"),
    "desk_answers_enquiries": Text(
        "受理台只能直接答复咨询;其他事项请派单",
        "the desk may answer enquiries only; assign other matters",
    ),
    "call_back_drawn": Text("本事项未被抽中回访", "this matter was not drawn for a call-back"),
    "rateable": Text(
        "尚未答复,或已经评价过,或该结果不需要评价",
        "not answered yet, already rated, or this outcome is not rated",
    ),
    "in_object_window": Text(
        "异议期已过;可以作为新事项提出",
        "the time to object is over; please report it as a new matter",
    ),
    "objectable": Text(
        "撤回或并案的事项不能异议",
        "a withdrawn or merged matter cannot be objected to",
    ),
    "may_appeal": Text(
        "不是信访事项,或已过申请期,或已经复核终结",
        "not a petition, or the time is over, or the last review level has been reached",
    ),
    "merged": Text("没有并案", "the matter is not merged"),
    "may_urge": Text("刚刚催办过,请稍后", "it was urged a short while ago; please wait"),
    "was_signed": Text("该事项没有经过分流审核", "the matter did not go through sign-off"),
}


def guard(name: str, facts: Facts) -> bool:
    """Return whether the named guard of the table holds for these facts; an unknown name raises `KeyError`."""
    match name:
        case "danger_open":
            return facts.danger_open
        case "no_danger_open":
            return not facts.danger_open
        case "classed":
            return bool(facts.category and facts.handling_class)
        case "not_decided":
            return not facts.decided
        case "may_pause":
            return facts.waits + 1 < facts.pause_approver_from or Who.LEAD in facts.by
        case "may_extend":
            return not facts.extension_pending and facts.extensions < facts.max_extensions
        case "extension_pending":
            return facts.extension_pending
        case "no_extension_pending":
            return not facts.extension_pending
        case "parts_done":
            return facts.parts_open == 0
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
    raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a step is not open now, in words that say how to mend it."""

    code: str
    text: Text


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
                f"事项现在是“{now.zh}”,不能“{step.name.zh}”",
                f"the matter is “{now.en}”: “{step.name.en}” is not open",
            ),
        )
    if not step.who & facts.by:
        return Refusal("who", Text(f"您在这件事上不能“{step.name.zh}”", f"“{step.name.en}” is not yours to do here"))
    for name in step.guards:
        if not guard(name, facts):
            return Refusal(name, _GUARD_WORDS[name])
    return None


def allowed(facts: Facts) -> tuple[Step, ...]:
    """Return the steps open now to somebody standing in `facts.by`, in the order of the table."""
    return tuple(step for step in _ROWS if check(step.verb, facts) is None)


def within_reach(facts: Facts) -> tuple[tuple[Step, Refusal | None], ...]:
    """Return the steps that somebody in `facts.by` could take in this state, each open (`None`) or with its reason."""
    return tuple(
        (step, check(step.verb, facts)) for step in _ROWS if facts.state in step.sources and step.who & facts.by
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
        case "overturn" | "object" | "redo":
            return State.INTAKE if facts.holder_type in DESK_TYPES or not facts.was_handling else State.HANDLING
    raise KeyError(verb)


def diagram(lang: str = "zh") -> str:
    """Return the table as a Mermaid state diagram; the page under `docs/` is this text."""
    lines = ["stateDiagram-v2"]
    lines += [f"    {state.value}: {STANDINGS[state].name.say(lang)}" for state in State]
    arrows: dict[tuple[str, str], list[str]] = {}
    for step in _ROWS:
        if not step.sources:
            arrows.setdefault(("[*]", step.to[0].value), []).append(step.name.say(lang))
        for source in sorted(step.sources):
            for to in step.to:
                if to != source:
                    arrows.setdefault((source.value, to.value), []).append(step.name.say(lang))
    lines += [f"    {a} --> {b}: {' / '.join(names)}" for (a, b), names in arrows.items()]
    lines.append("    closed --> [*]")
    return "\n".join(lines) + "\n"
