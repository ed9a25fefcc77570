"""The lists of staff: which stretches of the access index make the inbox, each queue and each supervision list.

What stands on a shelf follows from the viewer's posts; the predicate of `rules.access` decides what they see at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from django.db.models import Exists, OuterRef, Q, QuerySet

from wuxiao.desk.case.keyset import (
    LATE,
    NOW,
    Cursor,
    Page,
    Range,
    Statement,
    counts_statement,
    page,
    page_statement,
    read_counts,
    read_page,
)
from wuxiao.desk.case.shown import visible
from wuxiao.desk.people import minors
from wuxiao.records.models import Matter, SignOff, WorkOrder
from wuxiao.rules.access import Power, Role, Scope, Viewer
from wuxiao.rules.flow import WORKING
from wuxiao.rules.words import Text

#: How long an urging keeps a matter on the list of urged ones.
URGED_FOR = timedelta(days=7)
_WORKING = tuple(sorted(state.value for state in WORKING))


@dataclass(frozen=True, slots=True)
class Shelf:
    """One list: its name in addresses, what it is called, what it is for, and the tone of its count."""

    name: str
    label: Text
    purpose: Text
    group: str
    icon: str
    key: str
    tone: str = ""


SHELVES: Mapping[str, Shelf] = {
    shelf.name: shelf
    for shelf in (
        Shelf(
            "inbox",
            Text("待办", "To do"),
            Text("轮到您办的，先到期的在前。", "What waits for you, what is due first on top."),
            "desk",
            "inbox",
            "i",
        ),
        Shelf(
            "mine",
            Text("我经办的", "Mine"),
            Text("指定由您承办的事项。", "Matters you were named the handler of."),
            "desk",
            "user",
            "m",
        ),
        Shelf(
            "all",
            Text("全部在办", "All open"),
            Text("您能看到的全部未办结事项。", "Every open matter you may see."),
            "desk",
            "sort",
            "l",
        ),
        Shelf(
            "faults",
            Text("退回的审核差错", "Sign-off errors"),
            Text("您同意过、后来发现有误的分流。", "Diversions you agreed to that later proved wrong."),
            "desk",
            "warn",
            "f",
            "ask",
        ),
        Shelf(
            "danger",
            Text("险情未看", "Danger not looked at"),
            Text(
                "有人说到危险，还没有人看过；已答复、已办结的也在这里，最先看。",
                "Danger was told of and nobody has looked; answered and closed matters too. Before all else.",
            ),
            "desk",
            "urgent",
            "z",
            "late",
        ),
        Shelf(
            "unread",
            Text("外语没读懂", "Words nobody could read"),
            Text(
                "程序读不懂的话，没有查过有没有危险：找懂的人读，说清是什么意思。已答复、已办结的也在这里。",
                "In a language the program does not read; nobody has looked for danger. Find somebody who can read "
                "it and say what it says. Answered and closed matters too.",
            ),
            "desk",
            "talk",
            "2",
            "late",
        ),
        Shelf(
            "urgent",
            Text("紧急处置", "Emergency"),
            Text("110 正在先行处置的事项。", "Matters 110 is acting on first."),
            "flow",
            "urgent",
            "e",
            "late",
        ),
        Shelf(
            "intake",
            Text("待受理", "At the desk"),
            Text("等待核定分类、派单或答复。", "To be classed, assigned or answered."),
            "flow",
            "report",
            "r",
        ),
        Shelf(
            "sign",
            Text("分流审核", "Sign-offs"),
            Text("110 提请转出、正在逐级审核的事项。", "Hand-overs by 110 that are being signed off."),
            "flow",
            "sign",
            "s",
            "ask",
        ),
        Shelf(
            "offer",
            Text("待我签收", "Offered to us"),
            Text("转来或派来，等本单位签收或退回。", "Handed to your unit; accept or refuse."),
            "flow",
            "handover",
            "h",
        ),
        Shelf(
            "sent",
            Text("转出待签收", "Handed out"),
            Text(
                "对方还没有签收，责任仍在本单位。",
                "Not accepted by the other side yet: your unit is still responsible.",
            ),
            "flow",
            "send",
            "o",
        ),
        Shelf(
            "joint",
            Text("联席会商", "Joint meeting"),
            Text("多次退单，等联席会议指定承办单位。", "Refused again and again: the joint meeting names the unit."),
            "flow",
            "joint",
            "j",
            "ask",
        ),
        Shelf(
            "extension",
            Text("延期待批", "Extensions"),
            Text("等待批复的延期申请。", "Requests for more time that wait for a decision."),
            "flow",
            "extend",
            "x",
            "ask",
        ),
        Shelf(
            "contacts",
            Text("查看联系方式待批", "Contacts to decide on"),
            Text(
                "涉及未成年人，有人申请查看联系方式，等另一位负责人答复。",
                "A child is concerned: somebody asks to see the contact, and another person, a lead, answers.",
            ),
            "flow",
            "lock",
            "y",
            "ask",
        ),
        Shelf(
            "apart",
            Text("说不是同一件事", "Said to be another thing"),
            Text(
                "并案以后，诉求人说不是同一件事：看一看，撤销并案，或者告诉她为什么还是同一件。",
                "Joined, and the requester says it is another thing: take it apart, or tell her why it is the same.",
            ),
            "flow",
            "split",
            "1",
            "ask",
        ),
        Shelf(
            "second_look",
            Text("不予受理复核", "Second look"),
            Text(
                "有人提请不予受理，要由另一人复核。",
                "Somebody proposed to decline; another person takes a second look.",
            ),
            "flow",
            "eye",
            "n",
            "ask",
        ),
        Shelf(
            "handle",
            Text("办理中", "Being handled"),
            Text("单位正在办理的事项。", "Matters units are working on."),
            "flow",
            "right",
            "w",
        ),
        Shelf(
            "wait",
            Text("等诉求人补充", "Waiting"),
            Text("时限暂停，等诉求人回话。", "The clock stands still until the requester replies."),
            "flow",
            "pause",
            "p",
        ),
        Shelf(
            "answered",
            Text("已答复待评价", "Answered"),
            Text("已答复，等诉求人评价或提出异议。", "Answered; the requester may rate or object."),
            "flow",
            "answer",
            "a",
        ),
        Shelf(
            "overdue",
            Text("承诺超时", "Promise late"),
            Text("答复期限已过、还没有答复。", "The promised date has passed without an answer."),
            "watch",
            "late",
            "t",
            "late",
        ),
        Shelf(
            "urged",
            Text("近期催办", "Urged"),
            Text("七天内被催办过、还没有答复。", "Urged within seven days, not answered yet."),
            "watch",
            "urge",
            "u",
        ),
        Shelf(
            "supervised",
            Text("督办中", "Supervised"),
            Text("已列入督办、还没有答复。", "Under formal supervision, not answered yet."),
            "watch",
            "supervise",
            "v",
        ),
        Shelf(
            "orphans",
            Text("无主告警", "Orphan alarm"),
            Text(
                "没有承办单位或没有时钟在走的事项：不应该有。",
                "Matters without a unit or without a running clock: there should be none.",
            ),
            "watch",
            "orphan",
            "b",
            "late",
        ),
    )
}

#: Names of the groups in the rail, in order.
GROUPS: Mapping[str, Text] = {
    "desk": Text("我的", "Mine"),
    "flow": Text("队列", "Queues"),
    "watch": Text("督办", "Supervision"),
}
#: Queues whose rows can be ticked and assigned together.
BULK = ("intake",)
_ACTING = {
    Role.OPERATOR,
    Role.CENTRE_LEAD,
    Role.POLICE_OPERATOR,
    Role.REVIEWER,
    Role.HANDLER,
    Role.LEAD,
}
_OF_ROLE: Mapping[Role, tuple[str, ...]] = {
    Role.OPERATOR: ("intake", "offer", "sent", "joint", "apart", "handle", "wait", "answered", "urgent"),
    Role.CENTRE_LEAD: (
        "intake",
        "offer",
        "sent",
        "joint",
        "extension",
        "contacts",
        "apart",
        "second_look",
        "handle",
        "wait",
        "answered",
        "urgent",
    ),
    Role.POLICE_OPERATOR: ("urgent", "intake", "sign", "offer", "sent", "handle"),
    Role.REVIEWER: ("sign",),
    Role.HANDLER: ("mine", "offer", "handle", "wait", "answered"),
    Role.LEAD: ("mine", "offer", "extension", "contacts", "second_look", "handle", "wait", "answered"),
    Role.SUPERVISOR: ("joint", "extension", "contacts", "apart", "second_look", "handle", "answered", "urgent"),
    Role.CHIEF: ("joint", "urgent", "handle", "answered"),
}
_WATCH = ("overdue", "urged", "supervised", "orphans")
#: Only danger nobody has looked at stands so early in a list (`shown.BEFORE_ALL`), and after it what nobody could read
#: (`shown.BEFORE_LATE`); instants before 1990 stand in statements for those around now (`keyset.NOW`).
BEFORE_WORK = datetime(1990, 1, 1, tzinfo=UTC)
UNREAD_UNTIL = datetime(2016, 1, 1, tzinfo=UTC)
#: Watch lists drawn from the matters themselves, with the column that orders each.
WATCHED: Mapping[str, str] = {
    "urged": "urged_at",
    "supervised": "supervised_at",
    "orphans": "received_at",
    "contacts": "contact_asked_at",
    "apart": "apart_asked_at",
}


def shelf_names(viewer: Viewer) -> tuple[str, ...]:
    """Return the shelves this viewer has, in the order of the rail."""
    if Power.INBOX not in viewer.powers:
        return ()
    names = {"inbox", "all", "danger", "unread"}
    for post in viewer.posts:
        names |= set(_OF_ROLE.get(post.role, ()))
        if post.role is Role.REVIEWER:
            names.add("faults")
    names |= {"overdue"}
    if Power.SUPERVISION in viewer.powers:
        names |= set(_WATCH)
    return tuple(name for name in SHELVES if name in names)


def _near(viewer: Viewer) -> tuple[str, ...]:
    found = [
        f"p:{viewer.staff_id}" if post.scope is Scope.OWN else f"u:{post.unit}"
        for post in viewer.posts
        if post.role in _ACTING
    ]
    return tuple(dict.fromkeys(found)) or viewer.principals


def _levels(viewer: Viewer) -> Q:
    mine = Q(pk__in=[])
    for post in viewer.posts:
        if post.role is Role.REVIEWER:
            mine |= Q(matter__sign_level=post.level)
            mine |= Q(matter__sign_level=post.level - 1, matter__sign_escalated=True)
        elif post.role is Role.LEAD:
            # The unit that the book names above the last level has it in hand without holding it.
            mine |= Q(own=True, matter__sign_escalated=True) & ~Q(matter__holder=post.unit)
    return mine


def _signing(viewer: Viewer) -> Q:
    levels = _levels(viewer)
    done = SignOff.objects.filter(
        matter=OuterRef("matter"), round=OuterRef("matter__sign_round"), staff=viewer.staff_id
    )
    return levels & ~Q(matter__proposer=viewer.staff_id) & Q(~Exists(done))


def _inbox(viewer: Viewer, now: datetime) -> list[Range]:
    ranges: list[Range] = []
    units = sorted(viewer.units)
    to_us = Q(own=True, matter__offered_to__in=units)
    co_open = Exists(WorkOrder.objects.filter(matter=OuterRef("matter"), role="co", state="accepted", unit__in=units))
    ours = Q(own=True, matter__holder__in=units)
    for post in viewer.posts:
        near = f"p:{viewer.staff_id}" if post.scope is Scope.OWN else f"u:{post.unit}"
        match post.role:
            case Role.OPERATOR | Role.CENTRE_LEAD:
                ranges += [Range(near, "intake", ours), Range(near, "offer", to_us)]
                if post.role is Role.CENTRE_LEAD:
                    for wide in viewer.principals:
                        ranges += [
                            Range(wide, "joint"),
                            Range(wide, "second_look", ~Q(matter__proposer=viewer.staff_id)),
                        ]
            case Role.POLICE_OPERATOR:
                ranges += [Range(near, "urgent", ours), Range(near, "intake", ours), Range(near, "offer", to_us)]
            case Role.REVIEWER:
                ranges.append(Range(near, "sign", _signing(viewer)))
            case Role.HANDLER | Role.LEAD:
                ranges += [
                    Range(near, "offer", to_us),
                    Range(near, "handle", Q(own=True) & (Q(matter__holder__in=units) | Q(co_open))),
                ]
                if post.role is Role.LEAD:
                    ranges += [
                        Range(near, "sign", _signing(viewer)),
                        Range(near, "extension", ours),
                        Range(near, "second_look", ours & ~Q(matter__proposer=viewer.staff_id)),
                    ]
            case Role.SUPERVISOR | Role.CHIEF:
                ranges += _late(viewer, now)
            case _:
                pass
    if any(r.by != LATE for r in ranges):
        # One list has one order: beside a desk's own what is late is put in by the nearer of its two clocks.
        late = Q(sort_at__lt=now, late_at__lt=now)
        ranges = [Range(r.principal, "", late) if r.by == LATE else r for r in ranges]
    return list(dict.fromkeys(ranges))


def _late(viewer: Viewer, now: datetime) -> list[Range]:
    return [Range(wide, "", Q(late_at__lt=now), LATE) for wide in viewer.principals]


def ranges(viewer: Viewer, name: str, *, now: datetime) -> list[Range]:
    """Return the stretches of the access index that make a shelf; an unknown name raises `KeyError`."""
    units = sorted(viewer.units)
    wide, near = viewer.principals, _near(viewer)

    def over(principals: Sequence[str], queue: str, more: Q | None = None) -> list[Range]:
        return [Range(one, queue, more) for one in principals]

    made: Mapping[str, Callable[[], list[Range]]] = {
        "inbox": lambda: _inbox(viewer, now),
        "mine": lambda: [Range(f"p:{viewer.staff_id}", "")],
        "all": lambda: over(wide, ""),
        "intake": lambda: over(near, "intake"),
        "sign": lambda: over(near, "sign"),
        "offer": lambda: over(near, "offer", Q(own=True, matter__offered_to__in=units)),
        "sent": lambda: over(near, "offer", Q(matter__sender__in=units)),
        "overdue": lambda: _late(viewer, now),
        "danger": lambda: over(wide, "", Q(sort_at__lt=BEFORE_WORK)),
        "unread": lambda: over(
            wide,
            "",
            Q(sort_at__gte=BEFORE_WORK, sort_at__lt=UNREAD_UNTIL, matter__unread_since__isnull=False),
        ),
    }
    if name in made:
        return made[name]()
    if name in {"joint", "extension", "second_look", "handle", "wait", "answered", "urgent"}:
        return over(wide, name)
    raise KeyError(name)


def shelf_page(viewer: Viewer, name: str, *, now: datetime, after: Cursor | None = None, limit: int = 50) -> Page:
    """Return one page of a shelf (one query)."""
    if name in WATCHED:
        return _watched_page(viewer, name, now, after, limit)
    if after is not None:
        return page(ranges(viewer, name, now=now), sorted(viewer.units), after=after, limit=limit)
    first = _first_page(viewer, name, limit)
    return read_page(first, now=now, limit=limit) if first is not None else Page((), None)


# Building these statements costs several times what the database needs to answer them, and they depend on the posts of
# the viewer alone: they are kept, with the present instant left open.


@lru_cache(maxsize=2000)
def _first_page(viewer: Viewer, name: str, limit: int) -> Statement | None:
    return page_statement(ranges(viewer, name, now=NOW), sorted(viewer.units), limit=limit)


@lru_cache(maxsize=2000)
def _counting(viewer: Viewer, names: tuple[str, ...], cap: int) -> Statement | None:
    wanted = [(name, ranges(viewer, name, now=NOW)) for name in names if name != "faults" and name not in WATCHED]
    return counts_statement(wanted, sorted(viewer.units), cap=cap)


def _watched_page(viewer: Viewer, name: str, now: datetime, after: Cursor | None, limit: int) -> Page:
    by = WATCHED[name]
    rows = watched(viewer, name, now=now)
    if after is not None:
        later = Q(**{f"{by}__gt": after.at}) | Q(id__gt=after.matter)
        rows = rows.filter(**{f"{by}__gte": after.at}).filter(later)
    found = list(rows.order_by(by, "id").values_list(by, "id")[: limit + 1])
    following = Cursor(*found[limit - 1]) if len(found) > limit else None
    return Page(tuple(row[1] for row in found[:limit]), following)


def watched(viewer: Viewer, name: str, *, now: datetime) -> QuerySet[Matter]:
    """Return the matters of a watch list the viewer may see.

    `orphans` are open matters that nobody holds or that no clock watches: there should be none (the orphan alarm).
    """
    # Open is said by `closed_at`, because SQLite uses a partial index only where its condition holds no value.
    if name == "contacts":
        return visible(viewer).filter(contact_asked_at__isnull=False, contact_asked_at__gt=now - minors.HOLDS)
    if name == "apart":
        return visible(viewer).filter(apart_asked_at__isnull=False)
    rows = visible(viewer).filter(closed_at__isnull=True)
    match name:
        case "orphans":
            return rows.filter(Q(holder="") | Q(tick_at__isnull=True) | Q(due_at__isnull=True))
        case "urged":
            return rows.filter(urged_at__isnull=False, urged_at__gte=now - URGED_FOR, state__in=_WORKING)
        case _:
            return rows.filter(supervised_at__isnull=False, state__in=_WORKING)


def watched_count(viewer: Viewer, name: str, *, now: datetime, cap: int = 100) -> int:
    """Return how many matters stand on a watch list, counted to the cap (one query)."""
    return watched(viewer, name, now=now).order_by()[:cap].count()


def shelf_counts(viewer: Viewer, names: Sequence[str], *, now: datetime, cap: int = 100) -> dict[str, int]:
    """Return the capped counts of the shelves named (one query); `faults` and the watch lists are counted apart."""
    statement = _counting(viewer, tuple(names), cap)
    return read_counts(statement, now=now, cap=cap) if statement is not None else {}
