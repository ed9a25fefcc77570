"""How the states and verbs of the step table look: one tone and one icon each, the same on every page.

The word is always printed beside them; tone and icon only repeat what the word says.
"""

from __future__ import annotations

from collections.abc import Mapping

from wuxiao.rules.flow import State, Step
from wuxiao.rules.words import Text
from wuxiao.web.shared.dates import Tone

#: State → (tone of the chip, icon).
STATE_LOOKS: Mapping[State, tuple[Tone, str]] = {
    State.INTAKE: ("new", "inbox"),
    State.SIGNING: ("ask", "sign"),
    State.OFFERED: ("new", "handover"),
    State.JOINT: ("ask", "joint"),
    State.HANDLING: ("work", "right"),
    State.WAITING: ("wait", "pause"),
    State.DECLINING: ("ask", "eye"),
    State.ANSWERED: ("done", "answer"),
    State.URGENT: ("urgent", "urgent"),
    State.CLOSED: ("closed", "close"),
}

#: Verb → icon of its button and of its line in a timeline.
VERB_ICONS: Mapping[str, str] = {
    "receive": "report",
    "look": "eye",
    "read_out": "talk",
    "bypass": "urgent",
    "stand_down": "check",
    "classify": "filter",
    "divert": "handover",
    "hand_in": "handover",
    "sign": "sign",
    "send_back": "return",
    "escalate": "up",
    "assign": "assign",
    "accept": "accept",
    "refuse": "return",
    "decide": "joint",
    "reassign": "assign",
    "appoint": "user",
    "join": "plus",
    "part": "check",
    "ask": "ask",
    "reply": "talk",
    "resume": "clock",
    "add": "plus",
    "extend": "extend",
    "grant": "check",
    "deny": "decline",
    "note": "note",
    "inspected": "check",
    "answer": "answer",
    "decline": "decline",
    "uphold": "check",
    "overturn": "reopen",
    "call_back": "callback",
    "rate": "rate",
    "object": "object",
    "redo": "reopen",
    "appeal": "up",
    "merge": "merge",
    "unmerge": "split",
    "say_apart": "split",
    "apart_late": "urge",
    "stay_joined": "merge",
    "split": "split",
    "withdraw": "withdraw",
    "close": "close",
    "remind": "urge",
    "urge": "urge",
    "shield": "lock",
    "unshield": "eye",
    "take_back": "return",
    "succeed": "handover",
    "supervise": "supervise",
    "fault": "warn",
    "mark_child": "lock",
    "unmark_child": "return",
    "ask_contact": "eye",
    "let_contact": "check",
    "keep_contact": "decline",
    "read": "eye",
    "print": "print",
    "issue_paper": "doc",
    "replace_paper": "doc",
    "void_paper": "decline",
    "export": "download",
    "erase": "erase",
    "ask_erase": "erase",
    "keep_data": "erase",
    "retire": "erase",
    "draw": "callback",
    "follow": "merge",
    "try_call": "phone",
    "recompute": "calendar",
    "adopt_book": "doc",
    **dict.fromkeys(("book_slot", "move_slot", "shift_slot", "attend_slot"), "calendar"),
    **dict.fromkeys(("release_slot", "cancel_slot", "part_slot", "miss_slot"), "withdraw"),
    "promise_slot": "note",
    **dict.fromkeys(("take_over", "lay_down", "part_follow"), "supervise"),
}

#: Verbs whose name speaks for the requester, as staff say them.
_AT_DESK: Mapping[str, Text] = {
    "shield": Text("替诉求人保密", "Keep it from them"),
    "unshield": Text("诉求人说不用再瞒着", "Take secrecy back for them"),
}


def desk_name(step: Step) -> Text:
    """Return the name of a step on staff pages."""
    return _AT_DESK.get(step.verb, step.name)


#: Verb → key of its button on the matter page; no two verbs that can be open together share one, nor j k g x u.
VERB_KEYS: Mapping[str, str] = {
    "answer": "r",
    "ask": "w",
    "extend": "e",
    "note": "t",
    "accept": "a",
    "refuse": "b",
    "assign": "a",
    "sign": "s",
    "send_back": "b",
    "decline": "d",
    "join": "i",
    "close": "c",
    "urge": "c",
    "supervise": "v",
    "merge": "m",
    "split": "p",
    "grant": "y",
    "deny": "n",
    "uphold": "y",
    "overturn": "n",
    "divert": "h",
    "bypass": "!",
    "appoint": "o",
    "classify": "l",
}


def state_look(state: str) -> tuple[Tone, str]:
    """Return (tone, icon) of a state; an unknown state is a mistake in the caller and is refused."""
    return STATE_LOOKS[State(state)]


def verb_icon(verb: str) -> str:
    """Return the icon of a verb, or a plain mark for diary lines that are not verbs of the step table."""
    return VERB_ICONS.get(verb, "right")
