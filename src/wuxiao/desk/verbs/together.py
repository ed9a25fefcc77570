"""Several reports, one thing; one report, several things: merge, un-merge, split."""

from __future__ import annotations

import json
from collections.abc import Sequence

from wuxiao.desk import clocks, diary, hot, standing, tell
from wuxiao.desk.errors import Raced
from wuxiao.desk.matters import split_off
from wuxiao.desk.put import change
from wuxiao.desk.shown import write_access
from wuxiao.desk.turn import Turn, does
from wuxiao.records.models import Matter, WorkOrder
from wuxiao.rules import hide
from wuxiao.rules.flow import GUARD_WORDS, Promise, State
from wuxiao.rules.promise import promise


@does("merge")
def merge(turn: Turn) -> None:
    """Join this matter to another that is still open; its reporter stays informed and is asked too."""
    matter, book = turn.matter, turn.rules.book
    typed = turn.given["matter"].strip().upper()
    main = Matter.objects.select_for_update().filter(number=typed).first()
    if main is None or main.pk == matter.pk or not _may_see(turn, main):
        turn.wrong("matter", f"没有编号为{typed}的其他事项", f"there is no other matter numbered {typed}")
        return
    if main.state == State.CLOSED:
        turn.wrong("matter", "对方事项已办结,不能并入", "that matter is closed; nothing can be merged into it")
    apart = sorted((matter.received_at, main.received_at))
    if promise(apart[0], book.merging.within, turn.rules.calendar).due < apart[1]:
        limit = book.merging.within
        turn.wrong("matter", f"两件事项相隔超过{limit.amount:g}天", f"they are more than {limit.amount:g} days apart")
    _keep_danger(turn, main)
    _keep_apart(turn, main)
    followers = list(Matter.objects.select_for_update().filter(merged_into=matter, outcome="merged").order_by("id"))
    if main.merged.count() + 1 + len(followers) > book.merging.reporters:
        turn.wrong(
            "matter",
            f"一件事项最多并入{book.merging.reporters}位诉求人",
            f"at most {book.merging.reporters} reporters on one matter",
        )
    if (both := matter.hidden | main.hidden) != main.hidden:
        hide_from(turn, main, both)
    matter.hidden_units = hide.pack(both)
    matter.merged_into = main
    matter.outcome = "merged"
    matter.answered_at = main.answered_at
    matter.extension = None
    turn.facts["into"] = main.number
    _follow(followers, main, turn)
    for other in followers:
        tell.queue(other, "merge", turn.rules, at=turn.at, turn=other.turn)


def _follow(others: Sequence[Matter], main: Matter, turn: Turn) -> None:
    """Join those that were joined to a matter to the one that stands for it now; their own pages say so."""
    for other in others:
        other.hidden_units = main.hidden_units
        Matter.objects.filter(pk=other.pk).update(
            merged_into=main,
            answered_at=main.answered_at,
            hidden_units=other.hidden_units,
            version=other.version + 1,
        )
        write_access(other, standing.facts_of(other, turn.rules.book, turn.rules.calendar, turn.at))
        diary.write(other, "merge", by=turn.by, at=turn.at, facts={"into": main.number}, seen=True)


#: What stands with the work and not with the person who reported it.
_HANDED_ON = (
    "kind", "category", "handling_class", "holder", "holder_since", "supervisor_unit", "route_why", "was_handling",
    "refusals", "decided", "danger", "danger_open", "supervised_at", "urged_at",
)  # fmt: skip


@does("succeed")
def succeed(turn: Turn) -> None:
    """Take the place of a main report that was withdrawn: the work goes on where it stood, for those who still wait.

    The promise is this report's own; what was granted while it was joined, and told to its reporter too, counts.
    """
    matter, main = turn.matter, turn.follows
    assert main is not None
    joined_at = matter.closed_at or turn.at
    matter.merged_into = None
    matter.outcome = ""
    matter.answered_at = matter.closed_at = None
    for name in _HANDED_ON:
        setattr(matter, name, getattr(main, name))
    others = Matter.objects.select_for_update().filter(merged_into=main, outcome="merged").exclude(pk=matter.pk)
    rest = list(others.order_by("id"))
    # Hidden from all that those who still wait asked for; what the one who left kept for herself goes with her.
    never = hide.unpack(matter.hidden_own).union(*(hide.unpack(other.hidden_own) for other in rest))
    matter.hidden_units = hide.pack(never)
    if never & {main.holder, main.offered_to}:
        matter.holder = hide.desk(turn.rules.book, never)
        matter.holder_since, matter.was_handling = turn.at, False
        turn.target = State.INTAKE
    orders = WorkOrder.objects.filter(matter=main, state__in=["proposed", "offered", "accepted"])
    if turn.target is not State.INTAKE or main.holder == matter.holder:
        if turn.target is State.OFFERED:
            matter.offered_to, matter.sender = main.offered_to, main.sender
        if turn.target is State.HANDLING:
            matter.handler, matter.accepted_at = main.handler, main.accepted_at
            matter.extension = json.loads(turn.withdrawn) if turn.withdrawn else None
        taken = [order for order in orders if order.state != "proposed" and order.unit not in never]
        WorkOrder.objects.bulk_create(
            WorkOrder(
                matter=matter,
                **{
                    name: getattr(order, name)
                    for name in (
                        "unit", "role", "state", "sender", "way", "caller_agrees", "task", "reason", "sent_at",
                        "due_at", "accepted_at",
                    )
                },
            )
            for order in taken
        )  # fmt: skip
        turn.co_changed = turn.co_changed or any(order.role == "co" for order in taken)
    orders.update(state="taken_back", done_at=turn.at)
    clocks.carry_extensions(matter, main, turn.rules, since=joined_at)
    _follow(rest, matter, turn)
    turn.facts |= {"from": main.number, "due": matter.due_at.isoformat() if matter.due_at else ""}


def _may_see(turn: Turn, main: Matter) -> bool:
    # One that the actor may not see does not exist for them, here either.
    return turn.by.may_see(standing.facts_of(main, turn.rules.book, turn.rules.calendar, turn.at))


def _keep_danger(turn: Turn, main: Matter) -> None:
    """Refuse to close, as joined, a report whose danger nobody looked at, unless it is being looked at on the other."""
    if turn.matter.danger_open and not main.danger_open and main.state != State.URGENT:
        words = GUARD_WORDS["no_danger_open"]
        turn.refuse(words.zh, words.en, "no_danger_open")


def _keep_apart(turn: Turn, main: Matter) -> None:
    """Refuse to join what is in the hands of units from which the other one is hidden.

    Joined matters are hidden from all that any of them is hidden from: whoever holds one would lose it, or learn of the
    other.
    """
    matter, book = turn.matter, turn.rules.book
    for one, other in ((main, matter), (matter, main)):
        helping = WorkOrder.objects.filter(matter=one, role="co", state="accepted").values_list("unit", flat=True)
        if any(hide.barred(book, other.hidden, unit) for unit in {one.holder, one.offered_to, *helping} - {""}):
            turn.wrong(
                "matter",
                "两件中有一件要对另一件现在的承办单位保密,不能并案",
                "one of the two is kept from a unit that has the other in hand; they cannot be joined",
            )


def hide_from(turn: Turn, main: Matter, hidden: frozenset[str]) -> None:
    """Hide the main matter from these units, by an entry of its own, and what was joined with it too."""
    _rehide(turn, main, hidden)
    share(turn, main, besides=turn.matter.pk)


def share(turn: Turn, main: Matter, *, besides: int = 0) -> None:
    """Hide what was joined with a matter from all it is hidden from now, each by an entry of its own."""
    for joined in Matter.objects.filter(merged_into=main, outcome="merged").exclude(pk=besides):
        if joined.hidden != main.hidden:
            _rehide(turn, joined, main.hidden)


def _rehide(turn: Turn, other: Matter, hidden: frozenset[str]) -> None:
    book = turn.rules.book
    other.hidden_units = hide.pack(hidden)
    if other.supervisor_unit:
        other.supervisor_unit = hide.instead(book, hidden, other.supervisor_unit)
    other.version += 1
    other.changed_at = turn.at
    was = other.turn
    names = ("hidden_units", "supervisor_unit", "version", "changed_at", "turn", "head")
    facts = {"hidden": sorted(hidden)}
    diary.write(other, "hide", by=turn.by, at=turn.at, facts=facts, seen=False, swap=False, changed=names)
    if not change(other, names, unless="turn", was=was, told=True):
        raise Raced
    write_access(other, standing.facts_of(other, book, turn.rules.calendar, turn.at))
    hot.leave(other.pk, by=turn.by, at=turn.at)


def leave(turn: Turn, main: Matter) -> None:
    """Take what the leaving report kept from units off the main one, unless others joined to it ask for the same."""
    main = Matter.objects.select_for_update().get(pk=main.pk)
    others = Matter.objects.filter(merged_into=main, outcome="merged").exclude(pk=turn.matter.pk)
    left = hide.unpack(main.hidden_own).union(
        *(hide.unpack(own) for own in others.values_list("hidden_own", flat=True))
    )
    if left != main.hidden:
        hide_from(turn, main, left)


@does("unmerge")
def unmerge(turn: Turn) -> None:
    """Take a merged matter apart again; it starts anew at the desk.

    Its promise stands as its reporter was told it, with what was granted while it was joined: that it was joined was
    the house's mistake, and nobody gains time by one. Only where the other one was answered already does she wait for
    another answer, under a fresh promise.
    """
    matter, book = turn.matter, turn.rules.book
    main, joined_at = matter.merged_into, matter.closed_at or turn.at
    turn.facts["from"] = main.number if main else ""
    if main is None or main.answered_at is not None:
        clocks.apply(Promise.FRESH, matter, turn.rules, at=turn.at)
    else:
        clocks.carry_extensions(matter, main, turn.rules, since=joined_at)
    turn.facts["due"] = matter.due_at.isoformat() if matter.due_at else ""
    if main is not None:
        leave(turn, main)
    matter.hidden_units = matter.hidden_own
    matter.merged_into = None
    matter.outcome = ""
    matter.answered_at = matter.closed_at = None
    matter.solved = matter.satisfied = matter.contacted = None
    matter.rated_by, matter.rated_at = "", None
    centre = hide.desk(book, matter.hidden)
    matter.holder, matter.holder_since, matter.handler = centre, turn.at, None
    matter.was_handling = False


@does("split")
def split(turn: Turn) -> None:
    """Make one new matter of each part; each has its own promise from the day the whole was received."""
    parts = turn.given["parts"]
    cap = turn.rules.book.merging.parts
    if len(parts) > cap:
        turn.wrong("parts", f"最多拆成{cap}件", f"at most {cap} parts")
    made = [split_off(turn, text) for text in parts]
    turn.facts |= {"count": len(made), "numbers": "、".join(m.number for m in made)}
