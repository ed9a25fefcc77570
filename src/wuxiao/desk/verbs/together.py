"""Several reports, one thing; one report, several things: merge, un-merge, split."""

from __future__ import annotations

from wuxiao.desk import diary, hot, standing
from wuxiao.desk.errors import Raced
from wuxiao.desk.matters import split_off
from wuxiao.desk.put import change
from wuxiao.desk.shown import write_access
from wuxiao.desk.turn import Turn, does
from wuxiao.records.models import Matter, WorkOrder
from wuxiao.rules import hide
from wuxiao.rules.flow import State
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
    _keep_apart(turn, main)
    if main.merged.count() + 1 > book.merging.reporters:
        turn.wrong(
            "matter",
            f"一件事项最多并入{book.merging.reporters}位诉求人",
            f"at most {book.merging.reporters} reporters on one matter",
        )
    if Matter.objects.filter(merged_into=matter).exists():
        turn.wrong("matter", "本事项已并入其他事项,请先撤销", "others are merged into this one; un-merge them first")
    if (both := matter.hidden | main.hidden) != main.hidden:
        hide_from(turn, main, both)
    matter.hidden_units = hide.pack(both)
    matter.merged_into = main
    matter.outcome = "merged"
    matter.answered_at = main.answered_at
    matter.extension = None
    turn.facts["into"] = main.number


def _may_see(turn: Turn, main: Matter) -> bool:
    # One that the actor may not see does not exist for them, here either.
    return turn.by.may_see(standing.facts_of(main, turn.rules.book, turn.rules.calendar, turn.at))


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


@does("unmerge")
def unmerge(turn: Turn) -> None:
    """Take a merged matter apart again; it starts anew at the desk under a fresh promise."""
    matter, book = turn.matter, turn.rules.book
    main = matter.merged_into
    turn.facts["from"] = main.number if main else ""
    if main is not None:
        main = Matter.objects.select_for_update().get(pk=main.pk)
        others = Matter.objects.filter(merged_into=main, outcome="merged").exclude(pk=matter.pk)
        left = hide.unpack(main.hidden_own).union(
            *(hide.unpack(own) for own in others.values_list("hidden_own", flat=True))
        )
        if left != main.hidden:
            hide_from(turn, main, left)
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
