"""What the clock does for a matter whose moment has come: it closes, resumes, escalates, or climbs the ladder.

Each is an ordinary step of the table taken by the system through `act`.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from wuxiao.desk.base.actor import SYSTEM
from wuxiao.desk.base.errors import Refused, Stale
from wuxiao.desk.case import clocks
from wuxiao.desk.case.act import act
from wuxiao.desk.diary import diary
from wuxiao.desk.town import books
from wuxiao.records.models import Matter
from wuxiao.rules.book.sentences import rung_words
from wuxiao.rules.flow import State


def look(matter: Matter, rules: books.Rules, at: datetime) -> None:
    """Do what is due by now for one matter."""
    pk, passed = matter.pk, matter.step_due_at is not None and matter.step_due_at <= at
    match State(matter.state):
        case State.ANSWERED if passed and not matter.danger_open and matter.unread_since is None:
            act(pk, "close", by=SYSTEM, at=at, turn=matter.turn)
        case State.WAITING if passed:
            act(pk, "resume", by=SYSTEM, at=at, turn=matter.turn)
        case State.CLOSED if passed and matter.apart_asked_at is not None:
            act(pk, "apart_late", by=SYSTEM, at=at, turn=matter.turn)
        case State.ANSWERED | State.WAITING | State.CLOSED:
            # Silence ends nothing while danger stands open or nobody could read what was written.
            _look_again(matter, rules, at)
        case State.SIGNING if passed and not matter.sign_escalated:
            act(pk, "escalate", by=SYSTEM, at=at, turn=matter.turn)
        case _:
            climb(matter, rules, at)


def _look_again(matter: Matter, rules: books.Rules, at: datetime) -> None:
    """Set the next look at a matter for which nobody in the house has anything to do, but for open danger."""
    marks = [clocks.danger_moment(matter, rules, at=at), clocks.unread_moment(matter, rules, at=at)]
    if matter.state != State.CLOSED:
        marks += [matter.step_due_at, at + clocks.LOOK_AGAIN]
    elif matter.apart_asked_at is not None:
        marks.append(matter.step_due_at)
    tick = min((m for m in marks if m is not None and m > at), default=None)
    Matter.objects.filter(pk=matter.pk, turn=matter.turn).update(tick_at=tick)


def climb(matter: Matter, rules: books.Rules, at: datetime) -> None:
    """Take every rung of the ladder whose moment has come, else only look again later.

    After an outage all rungs passed are taken in one look: whoever supervises hears of the latest matters first, not
    a day a rung later. The last rung comes again and again until there is an answer, each time as long after it was
    last taken.
    """
    climbed = False
    while (moment := clocks.rung_moment(matter, rules, at=at)) is not None and moment <= at:
        rung = rules.book.ladder[min(matter.ladder, len(rules.book.ladder) - 1)]
        reason = rung_words(rules.book, matter.ladder).zh
        try:
            matter = act(matter.pk, rung.verb, {"reason": reason}, by=SYSTEM, at=at, turn=matter.turn)
        except Refused as refused:
            if refused.code != "may_urge":
                raise
            _passed_over(matter, at)
        climbed = True
    if not climbed or matter.tick_at is None or matter.tick_at <= at:
        clocks.set_clocks(matter, rules, at=at, entered=False)
        Matter.objects.filter(pk=matter.pk, turn=matter.turn).update(tick_at=matter.tick_at)


def _passed_over(matter: Matter, at: datetime) -> None:
    """A person has urged a short while ago: the rung is taken, and nobody is told twice."""
    with transaction.atomic():
        if not Matter.objects.filter(pk=matter.pk, turn=matter.turn).update(ladder=matter.ladder + 1):
            raise Stale(matter.version, matter.version)
        diary.write(matter, "rung", by=SYSTEM, at=at)
    matter.ladder += 1
