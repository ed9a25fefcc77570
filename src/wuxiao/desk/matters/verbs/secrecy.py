"""Secrecy asked for later: from now on kept from those it is about, and out of their hands at once; and taken back."""

from __future__ import annotations

from wuxiao.desk.case import standing, wishes
from wuxiao.desk.case.turn import Effects, Turn
from wuxiao.desk.matters.proposed import propose
from wuxiao.desk.matters.verbs.together import hide_from, share
from wuxiao.records.models import Matter, Message, WorkOrder
from wuxiao.rules import hide
from wuxiao.rules.flow import DESK_TYPES, State

#: What each verb of this file does to a matter.
does = Effects()

#: States in which nobody is at work on it: whoever oversees the unit takes its place without another step.
_AT_REST = frozenset({State.ANSWERED, State.CLOSED, State.URGENT})


@does("shield")
def shield(turn: Turn) -> None:
    """Hide the requester from whoever handles it, and the matter from those named, until it is said otherwise.

    What was split off the same report is hidden too, and what was joined with it. A unit that has it in hand and must
    stand aside loses it to the desk, or to the body that oversees that; notices that wait for it are not sent.
    """
    matter, book = turn.matter, turn.rules.book
    about = [turn.given[name] for name in ("unit", "body") if turn.given.get(name)]
    _may_hide(turn, about)
    own = hide.unpack(matter.hidden_own) | hide.from_about(book, about, matter.division)
    hidden = matter.hidden | own
    if matter.shielded and hidden == matter.hidden:
        turn.refuse("已经在保密了", "it is kept already", "shielded")
    turn.facts |= {"about": sorted(about), "hidden": sorted(hidden - matter.hidden)}
    if turn.by.unasked:
        turn.facts["kept"] = "default"
    if turn.by.kind == "system" and turn.by.name:
        turn.facts["platform"] = turn.by.name
    matter.shielded = True
    matter.about = hide.pack({*hide.unpack(matter.about), *about})
    _keep_out(turn, own, hidden)
    _with_the_others(turn, about, hidden)


def _may_hide(turn: Turn, about: list[str]) -> None:
    """Refuse whoever works on a matter to hide it from those who see to it that work is done.

    From whoever supervises it is hidden by the requester alone, or by the centre for her. That others note only what a
    caller wishes, and how they knew her, is asked of every step (`flow.for_caller_only`).
    """
    if turn.by.kind not in {"staff", "machine"}:
        return
    book = turn.rules.book
    own = book.units.get(turn.by.unit)
    for_her = own is not None and own.type == "centre" and turn.facts.get("for_caller")
    if not for_her and hide.overseeing(book) & hide.from_about(book, about, turn.matter.division):
        turn.wrong(
            "unit",
            "对督察、效能、热线和政府办保密，只能由诉求人自己在进度页提出，或者由12345代她提出",
            "only the requester on her page, or the hotline for her, keeps a matter from those who supervise",
        )


def look_anew(turn: Turn) -> None:
    """Work out again from whom a matter is kept, where its place changed: "the village" is now that of the new place.

    What it was kept from before stays so.
    """
    matter, book = turn.matter, turn.rules.book
    own = hide.unpack(matter.hidden_own) | hide.from_about(book, sorted(hide.unpack(matter.about)), matter.division)
    hidden = matter.hidden | own
    if hidden == matter.hidden:
        return
    turn.facts["hidden"] = sorted(hidden - matter.hidden)
    _keep_out(turn, own, hidden)
    share(turn, matter)


def _keep_out(turn: Turn, own: frozenset[str], hidden: frozenset[str]) -> None:
    """Write down from whom a matter is kept, and take it, and what waits to be told of it, from them."""
    matter, book = turn.matter, turn.rules.book
    matter.hidden_own, matter.hidden_units = hide.pack(own), hide.pack(hidden)
    if matter.supervisor_unit:
        matter.supervisor_unit = hide.instead(book, hidden, matter.supervisor_unit)
    waiting = Message.objects.filter(matter=matter, state__in=["queued", "failed", "doubt"])
    waiting.filter(way="hook", webhook__unit__in=sorted(hidden)).update(state="dropped", next_at=None, error="hidden")
    for unit in sorted(hidden):
        waiting.filter(key__startswith=f"danger-{unit}-{matter.pk}-").update(
            state="dropped", next_at=None, error="hidden"
        )
    _stand_aside(turn, hidden)


def _stand_aside(turn: Turn, hidden: frozenset[str]) -> None:
    """Take the matter out of the hands of units that must not see it any more."""
    matter, book = turn.matter, turn.rules.book
    for order in WorkOrder.objects.filter(matter=matter, role="co", state="accepted"):
        if hide.barred(book, hidden, order.unit):
            order.state, order.done_at = "taken_back", turn.at
            order.save(update_fields=["state", "done_at"])
            turn.co_changed = True
    if matter.handler is not None and hidden & set(matter.handler.posts.values_list("unit", flat=True)):
        matter.handler = None
    proposed = WorkOrder.objects.filter(matter=matter, role="lead", state="proposed").values_list("unit", flat=True)
    in_hand = {matter.holder, matter.offered_to, *(proposed if turn.target is State.SIGNING else ())} - {""}
    if not any(hide.barred(book, hidden, unit) for unit in in_hand):
        return
    state = turn.target
    if state in _AT_REST:
        matter.holder, matter.holder_since = hide.instead(book, hidden, matter.holder), turn.at
        matter.handler = None
        matter.was_handling = False
        return
    if state is State.WAITING:
        turn.follow.append((matter.pk, "resume", {}))
    turn.follow.append((matter.pk, "take_back", {}))


def _with_the_others(turn: Turn, about: list[str], hidden: frozenset[str]) -> None:
    """What the same person reported in one go is hidden too; what others reported of it shares the secrecy."""
    matter, book = turn.matter, turn.rules.book
    root = matter.split_from_id or matter.pk
    family = Matter.objects.filter(pk=root) | Matter.objects.filter(split_from_id=root)
    # The step somebody took reaches all of them; those the house takes after it reach no further.
    for other in family.exclude(pk=matter.pk).order_by("pk") if turn.by.kind != "system" else ():
        wanted = other.hidden | hide.from_about(book, about, other.division)
        if wanted != other.hidden or not other.shielded:
            given = {name: turn.given[name] for name in ("unit", "body") if turn.given.get(name)}
            turn.follow.append((other.pk, "shield", given))
    share(turn, matter)
    main = matter.merged_into if matter.outcome == "merged" else None
    if main is None:
        return
    main = Matter.objects.select_for_update().get(pk=main.pk)
    if hidden <= main.hidden:
        return
    helping = WorkOrder.objects.filter(matter=main, role="co", state="accepted").values_list("unit", flat=True)
    if any(hide.barred(book, hidden, unit) for unit in {main.holder, main.offered_to, *helping} - {""}):
        # The unit has somebody else's report of the same thing in hand, and may keep it; this one leaves it.
        turn.follow.append((matter.pk, "unmerge", {"reason": "诉求人要求保密，分开单独办理"}))
    else:
        hide_from(turn, main, main.hidden | hidden)


@does("unshield")
def unshield(turn: Turn) -> None:
    """Take back secrecy that is not needed: from those named it is kept no longer, or the requester's name is not.

    Of this one report alone: what was split off it, and what others joined to it asked for, stays as it is. Whoever it
    was kept from gets no entry and no notice that tells so.
    """
    matter, book = turn.matter, turn.rules.book
    about = hide.unpack(matter.about)
    whom = frozenset(turn.given.get("whom", ()))
    name = bool(turn.given.get("open_name")) and matter.shielded
    if whom - about:
        turn.wrong("whom", "选的里面有的不在保密之列，请重新选择", "it is not kept from all of these; choose again")
    if not whom and not name:
        turn.wrong("whom", "请选择不用再瞒着谁", "choose from whom it need not be kept any longer")
    _may_open(turn, {*whom, *([""] if name else [])})
    left = about - whom
    was, main = matter.hidden, _main_of(matter)
    # What a place of before brought for those who remain stays hidden.
    reach = hide.from_about(book, left, matter.division)
    own = reach | (hide.unpack(matter.hidden_own) & hide.from_about(book, left))
    hidden = own.union(*(hide.unpack(one) for one in _wishes_of_others(matter, main)))
    turn.facts |= {"about": sorted(whom), "freed": sorted(was - hidden)}
    if name:
        turn.facts["open_name"] = True
        matter.shielded = False
    if (agrees := turn.given.get("caller_agrees")) is not None:
        turn.facts["caller_agrees"] = agrees
    matter.about, matter.hidden_own, matter.hidden_units = hide.pack(left), hide.pack(own), hide.pack(hidden)
    if hidden == was:
        return
    _route_anew(turn)
    if main is not None:
        hide_from(turn, main, hidden)
        return
    share(turn, matter)
    if turn.before.state is State.URGENT and hide.first_in_danger(book, was) != hide.first_in_danger(book, hidden):
        # 110 may know of it now and did not: it is told at once.
        matter.danger_open = True
        turn.follow.append((matter.pk, "bypass", {"reason": "诉求人说不用再瞒着，交 110 先处置"}))


def _may_open(turn: Turn, wanted: set[str]) -> None:
    """Refuse whoever is not the requester to open what she asked for herself, or without saying why.

    The desk that wrote it down does not undo it: supervision does, another house, and only where she was asked.
    """
    if turn.by.kind != "staff":
        return
    if not turn.given.get("reason"):
        turn.wrong("reason", "请写明理由", "please say why")
    found = {wish.about: wish for wish in wishes.of(turn.matter)}
    if any((wish := found.get(one)) is None or wish.by not in wishes.OF_THE_HOUSE for one in wanted):
        turn.wrong(
            "whom",
            "选的里面有诉求人自己要求保密的，只能由她自己在进度页说不用了",
            "some of these the requester asked for herself: she alone takes them back on her page",
        )


def _main_of(matter: Matter) -> Matter | None:
    if not standing.is_joined(matter):
        return None
    return Matter.objects.select_for_update().get(pk=matter.merged_into_id or 0)


def _wishes_of_others(matter: Matter, main: Matter | None) -> list[str]:
    """Return what those who reported the same thing keep it from, packed."""
    joined = Matter.objects.filter(merged_into=main or matter, outcome="merged").exclude(pk=matter.pk)
    return [*joined.values_list("hidden_own", flat=True), *([main.hidden_own] if main is not None else [])]


def _route_anew(turn: Turn) -> None:
    """Propose again who handles and who oversees it: those left out for secrecy count as any other."""
    matter = turn.matter
    code = matter.category or matter.route_why.get("guess", "")
    if code in turn.rules.book.categories:
        propose(matter, code, turn.rules, guess=matter.route_why.get("guess", ""))


@does("take_back")
def take_back(turn: Turn) -> None:
    """The unit that has it must stand aside: it comes back to the desk, or to whoever oversees that (system)."""
    matter, book = turn.matter, turn.rules.book
    WorkOrder.objects.filter(matter=matter, role="lead", state__in=["proposed", "offered", "accepted"]).update(
        state="taken_back", done_at=turn.at
    )
    unit = book.units.get(matter.holder)
    held = matter.holder if unit is not None and unit.type in DESK_TYPES else ""
    matter.holder, matter.holder_since = hide.desk(book, matter.hidden, held), turn.at
    matter.offered_to = matter.sender = ""
    matter.handler = None
    matter.proposer = None
    matter.extension = None
    matter.decided = matter.was_handling = False
    matter.sign_level, matter.sign_escalated = 0, False
    lead = matter.route_why.get("lead", "")
    if lead and hide.barred(book, matter.hidden, lead):
        matter.route_why = {}
    turn.facts["to_unit"] = matter.holder
