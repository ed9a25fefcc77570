"""The clock loop: one indexed column says which matters want something now.

Every rung, escalation and closing is an ordinary step of the table taken by the system through `act`. A loop that was
killed in the middle simply looks again: each step moves the tick in its own transaction.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import datetime

from django.db import DatabaseError, connection, transaction
from django.db.models import Min

from wuxiao.desk import ask, books, clocks, diary
from wuxiao.desk.act import act
from wuxiao.desk.actor import SYSTEM
from wuxiao.desk.errors import DeskError, Refused, Stale
from wuxiao.records.models import Matter
from wuxiao.rules.book_words import rung_words
from wuxiao.rules.flow import State

log = logging.getLogger("wuxiao.clock")


def tick(*, at: datetime, limit: int = 200, among: Collection[int] | None = None) -> int:
    """Do what is due by now for at most `limit` matters and return how many were looked at.

    Two loops at once do nothing twice: each step is taken only if no entry was added since this loop looked. One
    matter that cannot be looked after keeps none of the others waiting. `among` are the matters whose own time it is,
    where a past is told beside a present.
    """
    found = Matter.objects.filter(tick_at__lte=at)
    if among is not None:
        found = found.filter(pk__in=among)
    due = list(found.order_by("tick_at").values_list("pk", flat=True)[:limit])
    for pk in due:
        try:
            _one(pk, at)
        except Stale:
            # Somebody else was there first and has set its clock.
            continue
        except DeskError as error:
            log.warning("matter %s: %s", pk, error.text.en)
            _later(pk, at)
        except DatabaseError:
            # Nothing about this matter: the round ends, and the next one begins with the same matters.
            raise
        except Exception:
            log.exception("matter %s", pk)
            _later(pk, at)
    return len(due)


def next_tick(*, among: Collection[int] | None = None) -> datetime | None:
    """Return when the loop will next have something to do (`among` these matters), or `None` (one query)."""
    if among is not None:
        own: datetime | None = Matter.objects.filter(pk__in=among).aggregate(first=Min("tick_at"))["first"]
        return own
    first = _first_tick()
    return ask.moment(first) if first is not None else None


def _first_tick() -> datetime | str | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(tick_at) FROM records_matter WHERE tick_at IS NOT NULL")
        found: datetime | str | None = cursor.fetchone()[0]
    return found


def _later(pk: int, at: datetime) -> None:
    Matter.objects.filter(pk=pk, tick_at__lte=at).update(tick_at=at + clocks.LOOK_AGAIN)


def _one(pk: int, at: datetime) -> None:
    matter = ask.one(Matter, id=pk)
    if matter is None or matter.tick_at is None or matter.tick_at > at:
        return
    rules = books.of_version(matter.book_id)
    passed = matter.step_due_at is not None and matter.step_due_at <= at
    match State(matter.state):
        case State.ANSWERED if passed:
            act(pk, "close", by=SYSTEM, at=at, turn=matter.turn)
        case State.WAITING if passed:
            act(pk, "resume", by=SYSTEM, at=at, turn=matter.turn)
        case State.SIGNING if passed and not matter.sign_escalated:
            act(pk, "escalate", by=SYSTEM, at=at, turn=matter.turn)
        case State.CLOSED:
            Matter.objects.filter(pk=pk).update(tick_at=None)
        case _:
            _climb(matter, rules, at)


def _climb(matter: Matter, rules: books.Rules, at: datetime) -> None:
    """Take every rung of the ladder whose moment has come, else only look again later.

    After an outage all rungs passed are taken in one look: whoever supervises hears of the latest matters first, not
    a day a rung later. The last rung comes again and again until there is an answer.
    """
    climbed = False
    while (moment := clocks.rung_moment(matter, rules)) is not None and moment <= at:
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


def orphans(*, at: datetime) -> list[Matter]:
    """Return open matters without an owner or without a clock: there should be none, and an alarm rings if there is."""
    open_ones = Matter.objects.filter(closed_at__isnull=True).exclude(state=State.CLOSED.value)
    without = (
        open_ones.filter(holder="") | open_ones.filter(tick_at__isnull=True) | open_ones.filter(due_at__isnull=True)
    )
    return list(without.order_by("received_at")[:100])
