"""Several reports, one thing; one report, several things: merge, un-merge, split."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from itertools import takewhile

from wuxiao.desk.assist import hot
from wuxiao.desk.base.errors import Raced
from wuxiao.desk.base.put import change
from wuxiao.desk.case import clocks, hiding, standing, tell
from wuxiao.desk.case.shown import write_access
from wuxiao.desk.case.turn import Effects, Turn
from wuxiao.desk.diary import diary
from wuxiao.desk.matters.matters import split_off
from wuxiao.records.models import Entry, Matter, WorkOrder
from wuxiao.rules import hide
from wuxiao.rules.codes import same_number
from wuxiao.rules.flow import GUARDS, Promise, State, Who
from wuxiao.rules.promise import promise

#: What each verb of this file does to a matter.
does = Effects()


@does("merge")
def merge(turn: Turn) -> None:
    """Join this matter to another that is still open; its reporter stays informed and is asked too."""
    matter, book = turn.matter, turn.rules.book
    typed = same_number(turn.given["matter"])
    main = Matter.objects.select_for_update().filter(number=typed).first()
    if main is None or main.pk == matter.pk or not _may_see(turn, main):
        turn.wrong("matter", f"没有编号为{typed}的其他事项", f"there is no other matter numbered {typed}")
        return
    if main.state == State.CLOSED:
        turn.wrong("matter", "对方事项已办结,不能并入", "that matter is closed; nothing can be merged into it")
    if Who.CENTRE not in turn.before.by and matter.category != main.category:
        # Who must answer a complaint could else fold it into something else of its own, and be done with it.
        turn.wrong(
            "matter",
            "两件的分类不同：是不是同一件事，请热线坐席来判断",
            "the two are of different categories: whether they are one thing is for the hotline to say",
        )
    apart = sorted((matter.received_at, main.received_at))
    if promise(apart[0], book.merging.within, turn.rules.calendar).due < apart[1]:
        limit = book.merging.within
        turn.wrong("matter", f"两件事项相隔超过{limit.words.zh}", f"they are more than {limit.words.en} apart")
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
    # Its danger is looked at on the other one: settled there, it must not stand open here for ever.
    matter.danger_open = False
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
    "refusals", "decided", "danger", "danger_open", "danger_since", "danger_rung", "supervised_at",
    "urged_at", "unread_since", "unread_rung", "danger_perhaps",
)  # fmt: skip


@does("succeed")
def succeed(turn: Turn) -> None:
    """Take the place of a main report that was withdrawn: the work goes on where it stood, for those who still wait.

    The promise is this report's own; what was granted while it was joined, and told to its reporter too, counts.
    """
    matter, main = turn.matter, turn.follows
    assert main is not None
    joined_at = matter.closed_at or turn.at
    matter.merged_into = matter.apart_asked_at = None
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
        words = GUARDS["no_danger_open"].says[0]
        turn.refuse(words.zh, words.en, "no_danger_open")
    if turn.matter.unread_since is not None:
        turn.refuse(
            "里面有程序读不懂的话，还没有人读懂：请先说明是什么意思，再看是不是同一件事",
            "it holds words in another language that nobody has read yet: first say what they say, then whether it is "
            "the same thing",
            "unread_open",
        )


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


def hide_from(turn: Turn, main: Matter, hidden: frozenset[str], *, besides: Collection[int] = ()) -> None:
    """Hide the main matter from these units, by an entry of its own, and what was joined with it too."""
    _rehide(turn, main, hidden)
    share(turn, main, besides={turn.matter.pk, *besides})


def share(turn: Turn, main: Matter, *, besides: Collection[int] = ()) -> None:
    """Hide what was joined with a matter from all it is hidden from now, each by an entry of its own."""
    for joined in Matter.objects.filter(merged_into=main, outcome="merged").exclude(pk__in=besides):
        if joined.hidden != main.hidden:
            _rehide(turn, joined, main.hidden)


def _rehide(turn: Turn, other: Matter, hidden: frozenset[str]) -> None:
    book = turn.rules.book
    before = other.hidden
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
    hiding.heard(other, before, turn.at)


def leave(turn: Turn, main: Matter, *, along: Collection[int] = ()) -> None:
    """Take what the leaving report kept from units off the main one, unless others joined to it ask for the same.

    `along` are those that leave with it.
    """
    main = Matter.objects.select_for_update().get(pk=main.pk)
    others = Matter.objects.filter(merged_into=main, outcome="merged").exclude(pk__in={turn.matter.pk, *along})
    left = hide.unpack(main.hidden_own).union(
        *(hide.unpack(own) for own in others.values_list("hidden_own", flat=True))
    )
    if left != main.hidden:
        hide_from(turn, main, left, besides=along)


def _came_along(matter: Matter, main: Matter) -> list[int]:
    """Return what is joined to the main matter only because it was joined to this one before.

    Its diary says so: since it was last taken apart it was joined to this one.
    """
    joined = Matter.objects.filter(merged_into=main, outcome="merged").exclude(pk=matter.pk)
    found = []
    for pk in joined.order_by("id").values_list("pk", flat=True):
        entries = Entry.objects.filter(matter_id=pk, verb__in=("merge", "unmerge")).order_by("-turn")
        since = takewhile(lambda entry: entry.verb == "merge", entries)
        if any(entry.facts.get("into") == matter.number for entry in since):
            found.append(pk)
    return found


@does("unmerge")
def unmerge(turn: Turn) -> None:
    """Take a merged matter apart again; it starts anew at the desk.

    Its promise stands as its reporter was told it, with what was granted while it was joined: that it was joined was
    the house's mistake, and nobody gains time by one. Only where the other one was answered already does she wait for
    another answer, under a fresh promise. What was joined to it before it was joined itself goes with it.
    """
    matter, book = turn.matter, turn.rules.book
    main, joined_at = matter.merged_into, matter.closed_at or turn.at
    turn.facts["from"] = main.number if main else ""
    if main is None or main.answered_at is not None:
        clocks.apply(Promise.FRESH, matter, turn.rules, at=turn.at)
    else:
        clocks.carry_extensions(matter, main, turn.rules, since=joined_at)
    turn.facts["due"] = matter.due_at.isoformat() if matter.due_at else ""
    along = _came_along(matter, main) if main is not None else []
    if main is not None:
        leave(turn, main, along=along)
    if main is not None and main.danger_open and matter.danger:
        # Nobody settled it on the other one: it is this one's again.
        matter.danger_open = True
    others = list(Matter.objects.select_for_update().filter(pk__in=along).order_by("id"))
    matter.hidden_units = hide.pack(
        hide.unpack(matter.hidden_own).union(*(hide.unpack(one.hidden_own) for one in others))
    )
    matter.merged_into = matter.apart_asked_at = None
    matter.outcome = ""
    matter.answered_at = matter.closed_at = None
    matter.solved = matter.satisfied = matter.contacted = None
    matter.rated_by, matter.rated_at = "", None
    centre = hide.desk(book, matter.hidden)
    matter.holder, matter.holder_since, matter.handler = centre, turn.at, None
    matter.was_handling = False
    _follow(others, matter, turn)
    for other in others:
        tell.queue(other, "merge", turn.rules, at=turn.at, turn=other.turn)


@does("say_apart")
def say_apart(turn: Turn) -> None:
    """The requester of a joined report says that it is another thing; a person of the desk looks and decides."""
    turn.matter.apart_asked_at = turn.at
    _to_be_looked_at(turn)


def _to_be_looked_at(turn: Turn) -> None:
    term = turn.rules.book.merging.looked
    turn.matter.step_due_at = promise(turn.at, term, turn.rules.calendar).due if term is not None else None


#: So often the desk is reminded to look; afterwards the list of those said to be another thing alone says it.
REMINDERS = 3


@does("apart_late")
def apart_late(turn: Turn) -> None:
    """Nobody has looked in time: the desk and whoever supervises it are written to, again and again, three times."""
    matter = turn.matter
    entries = Entry.objects.filter(matter_id=matter.pk)
    # By turns, not by hours: she may have said it while the clock stood ahead.
    asked = entries.filter(verb="say_apart").order_by("-turn").values_list("turn", flat=True).first() or 0
    before = entries.filter(verb="apart_late", turn__gt=asked).count()
    tell.queue_apart_late(matter, turn.rules.book, before + 1, at=turn.at)
    if before + 1 < REMINDERS:
        _to_be_looked_at(turn)
    else:
        matter.step_due_at = None


@does("stay_joined")
def stay_joined(turn: Turn) -> None:
    """It was looked at and is the same thing: she is told why, and it goes on as it was."""
    turn.matter.apart_asked_at = None


@does("split")
def split(turn: Turn) -> None:
    """Make one new matter of each part; each has its own promise from the day the whole was received."""
    parts = turn.given["parts"]
    cap = turn.rules.book.merging.parts
    if len(parts) > cap:
        turn.wrong("parts", f"最多拆成{cap}件", f"at most {cap} parts")
    made = [split_off(turn, text) for text in parts]
    turn.facts |= {"count": len(made), "numbers": "、".join(m.number for m in made)}
