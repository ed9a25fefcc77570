"""Several reports, one thing; one report, several things: merge, un-merge, split."""

from __future__ import annotations

from wuxiao.desk.matters import split_off
from wuxiao.desk.turn import Turn, does
from wuxiao.records.models import Matter
from wuxiao.rules.flow import State
from wuxiao.rules.promise import promise


@does("merge")
def merge(turn: Turn) -> None:
    """Join this matter to another that is still open; its reporter stays informed and is asked too."""
    matter, book = turn.matter, turn.rules.book
    typed = turn.given["matter"].strip().upper()
    main = Matter.objects.select_for_update().filter(number=typed).first()
    if main is None or main.pk == matter.pk:
        turn.wrong("matter", f"没有编号为{typed}的其他事项", f"there is no other matter numbered {typed}")
        return
    if main.state == State.CLOSED:
        turn.wrong("matter", "对方事项已办结,不能并入", "that matter is closed; nothing can be merged into it")
    apart = sorted((matter.received_at, main.received_at))
    if promise(apart[0], book.merging.within, turn.rules.calendar).due < apart[1]:
        limit = book.merging.within
        turn.wrong("matter", f"两件事项相隔超过{limit.amount:g}天", f"they are more than {limit.amount:g} days apart")
    if matter.hidden_unit and matter.hidden_unit in {main.holder, main.offered_to}:
        turn.wrong("matter", "对方事项由被反映的单位承办,不能并入", "that matter is with the unit complained of")
    if main.merged.count() + 1 > book.merging.reporters:
        turn.wrong(
            "matter",
            f"一件事项最多并入{book.merging.reporters}位诉求人",
            f"at most {book.merging.reporters} reporters on one matter",
        )
    if Matter.objects.filter(merged_into=matter).exists():
        turn.wrong("matter", "本事项已并入其他事项,请先撤销", "others are merged into this one; un-merge them first")
    matter.merged_into = main
    matter.outcome = "merged"
    matter.answered_at = main.answered_at
    matter.extension = None
    turn.facts["into"] = main.number


@does("unmerge")
def unmerge(turn: Turn) -> None:
    """Take a merged matter apart again; it starts anew at the desk under a fresh promise."""
    matter, book = turn.matter, turn.rules.book
    turn.facts["from"] = matter.merged_into.number if matter.merged_into else ""
    matter.merged_into = None
    matter.outcome = ""
    matter.answered_at = matter.closed_at = None
    matter.solved = matter.satisfied = matter.contacted = None
    matter.rated_by, matter.rated_at = "", None
    centre = next(u.code for u in book.units.values() if u.type == "centre")
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
