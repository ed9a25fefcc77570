"""What the house knows of receptions: a kind of slots for matters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.look.offered import Beside, Offers, Way
from wuxiao.desk.slots import ask
from wuxiao.desk.slots.kinds import Kind
from wuxiao.desk.town.books import Rules
from wuxiao.records.models import Entry, Matter
from wuxiao.rules.access import Power
from wuxiao.rules.flow import State
from wuxiao.rules.words import Text
from wuxiao.subjects.reception import asks
from wuxiao.subjects.reception.acts import keep_away as hidden
from wuxiao.subjects.reception.asks import judge, left
from wuxiao.subjects.reception.rules import NAME, TITLE

__all__ = ["OFFERS", "SLOTS", "hidden", "left"]

SLOTS = Kind(
    name=NAME,
    title=TITLE,
    item="reception",
    judge=judge,
    ahead=lambda book: timedelta(days=book.lives[NAME].numbers["ahead"]),
    remind=lambda book: timedelta(hours=book.lives[NAME].numbers["remind"]),
    named=asks.named,
)

_STAFF_SAY = Text(
    "{who}包案，跟到办结；谁在办、期限都不变。",
    "{who} follows it until it is closed. Who handles it and the date stay as they are.",
)
_SHE_READS = Text(
    "这件事由{who}包案，跟到办结；谁在办、哪天前答复都不变。",
    "{who} follows this matter until it is closed. Who handles it and the date stay as they are.",
)
_NAME_AND_POST = Text("{name} · {post}", "{name} · {post}")
_FOR_CALLER = Text("替来电人约领导接访", "Book a leader’s reception for the caller")
_BOOK = Text("约领导接访", "Book a leader’s reception")
_BOOKED = Text("约好了：{when}", "Booked: {when}")
_MEET = Text("当面和县里的领导谈这件事", "Talk about it with a leader of the county in person")


def _by_staff(matter: Matter, entries: Sequence[Entry], rules: Rules, by: Actor, at: datetime) -> Beside:
    """Who follows it, and booking for a caller: without a phone that can, one books by telephone."""
    leader = asks.told_follower(matter, entries)
    said = ((_STAFF_SAY.fill(who=leader), "supervise"),) if leader is not None else ()
    takes_calls = by.viewer is not None and Power.INTAKE in by.viewer.powers
    if not takes_calls or (matter.state == State.CLOSED and not ask.waiting(matter.pk, NAME)):
        return Beside(said)
    return Beside(said, (Way(_FOR_CALLER, "staff:reception_for", (matter.number,)),))


def _by_requester(matter: Matter, rules: Rules, at: datetime, erased: bool) -> Beside:
    """Who follows it, which reception is booked, and how one is: what cannot be booked is not offered."""
    held, leader = ask.waiting(matter.pk, NAME), asks.follower_of(matter, rules.book)
    who = _NAME_AND_POST.fill(name=leader.name, post=leader.post) if leader is not None else None
    said = ((_SHE_READS.fill(who=who), "supervise"),) if who is not None else ()
    booked = held.slot.starts_at if held is not None and held.slot.starts_at > at else None
    if erased or (booked is None and asks.why_not(matter) is not None):
        return Beside(said)
    hint = _BOOKED if booked is not None else _MEET
    return Beside(said, (Way(_BOOK, "resident_reception", (matter.code,), "calendar", hint, booked),))


OFFERS = Offers(
    name=NAME,
    public=(Way(Text("领导接访", "Reception by leaders"), "public_receptions"),),
    start=Way(
        _BOOK,
        "public_receptions",
        icon="calendar",
        hint=Text("哪位领导哪天接访，用查询码约", "Which leader receives on which day; book with your code"),
    ),
    rail=(Way(Text("领导接访", "Receptions"), "staff:reception", icon="calendar", power=Power.RECEPTION),),
    by_staff=_by_staff,
    by_requester=_by_requester,
)
