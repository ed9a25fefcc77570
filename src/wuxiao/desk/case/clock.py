"""The clock loop: one indexed column says which cases want something now, and its life what.

Every rung, escalation and closing is an ordinary step of the table taken by the system through `act`. A loop that was
killed in the middle simply looks again: each step moves the tick in its own transaction.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Protocol

from django.db import DatabaseError, connection, transaction
from django.db.models import Min, Q

from wuxiao.desk.base import ask
from wuxiao.desk.base.actor import SYSTEM
from wuxiao.desk.base.errors import DeskError, Stale
from wuxiao.desk.case import clocks, subject, tell
from wuxiao.desk.diary import diary
from wuxiao.desk.town import books
from wuxiao.records.models import Case
from wuxiao.rules.book.sentences import danger_words, unread_words
from wuxiao.rules.book_model import Book, DangerRung
from wuxiao.rules.words import Text

log = logging.getLogger("wuxiao.clock")


def tick(*, at: datetime, limit: int = 200, among: Collection[int] | None = None) -> int:
    """Do what is due by now for at most `limit` cases of each life and return how many were looked at.

    Two loops at once do nothing twice: each step is taken only if no entry was added since this loop looked. One
    case that cannot be looked after keeps none of the others waiting, nor does a life of which many come due at once.
    `among` are the cases whose own time it is, where a past is told beside a present.
    """
    looked = 0
    for one in subject.every():
        found = Case.objects.filter(tick_at__lte=at, life=one.life.name)
        if among is not None:
            found = found.filter(pk__in=among)
        due = list(found.order_by("tick_at", "pk").values_list("pk", flat=True)[:limit])
        for pk in due:
            _try(pk, at)
        looked += len(due)
    return looked


def _try(pk: int, at: datetime) -> None:
    try:
        _one(pk, at)
    except Stale:
        # Somebody else was there first and has set its clock.
        return
    except DeskError as error:
        log.warning("case %s: %s", pk, error.text.en)
        _later(pk, at)
    except DatabaseError:
        # Nothing about this case: the round ends, and the next one begins with the same cases.
        raise
    except Exception:
        log.exception("case %s", pk)
        _later(pk, at)


def alarms(*, at: datetime) -> int:
    """Tell of open danger that nobody has looked at whatever is due by now; returns how often somebody was told.

    It asks the danger itself and no tick, so it also holds where a tick was put off, or could not be done. It goes on
    under a clock that nobody believes: what it does is to ask a person to look, which a person in danger can wait for
    least of all, and which does no harm when it comes early. How often stays bounded: each telling counts, and the next
    is due as long after it as the book says, on the same clock.
    """
    open_ones = Case.objects.filter(danger_since__isnull=False).order_by("danger_since", "pk")
    done = 0
    for pk in list(open_ones.values_list("pk", flat=True)):
        try:
            done += _alarm(pk, at)
        except Stale:
            continue
        except DatabaseError:
            raise
        except Exception:
            log.exception("danger of case %s", pk)
    return done


def _alarm(pk: int, at: datetime) -> int:
    case = ask.one(Case, id=pk)
    if case is None:
        return 0
    before = case.danger_rung
    moment = clocks.danger_moment(case, books.of_version(case.book_id), at=at)
    return _danger(case, at).danger_rung - before if moment is not None and moment <= at else 0


def look_at_all(*, at: datetime) -> int:
    """Let the loop look at every case that waits for its tick, so that each tick is worked out anew; returns how many.

    For a clock that was wrong and was put right: nobody knows which ticks follow from what it showed.
    """
    return Case.objects.filter(tick_at__gt=at).update(tick_at=at)


def next_tick(*, among: Collection[int] | None = None) -> datetime | None:
    """Return when the loop will next have something to do (`among` these matters), or `None` (one query)."""
    if among is not None:
        own: datetime | None = Case.objects.filter(pk__in=among).aggregate(first=Min("tick_at"))["first"]
        return own
    first = _first_tick()
    return ask.moment(first) if first is not None else None


def _first_tick() -> datetime | str | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(tick_at) FROM records_matter WHERE tick_at IS NOT NULL")
        found: datetime | str | None = cursor.fetchone()[0]
    return found


def _later(pk: int, at: datetime) -> None:
    Case.objects.filter(pk=pk, tick_at__lte=at).update(tick_at=at + clocks.LOOK_AGAIN)


def _one(pk: int, at: datetime) -> None:
    case = ask.one(Case, id=pk)
    if case is None or case.tick_at is None or case.tick_at > at:
        return
    rules = books.of_version(case.book_id)
    if (moment := clocks.danger_moment(case, rules, at=at)) is not None and moment <= at:
        case = _danger(case, at)
    if (moment := clocks.unread_moment(case, rules, at=at)) is not None and moment <= at:
        case = _unread(case, at)
    subject.of(case).look(case, rules, at)


def look_again(case: Case, rules: books.Rules, at: datetime) -> None:
    """Set the next look at a case of which a named person must do the next step: by its clock, or in a day."""
    subject.of(case).set_clocks(case, rules, at, False)
    Case.objects.filter(pk=case.pk, turn=case.turn).update(tick_at=case.tick_at)


def _danger(matter: Case, at: datetime) -> Case:
    """Tell whoever the rule book names that danger stands open which nobody has looked at, rung by rung."""
    return _ring(matter, "danger", clocks.danger_moment, danger_words, at)


def _unread(matter: Case, at: datetime) -> Case:
    """Tell whoever the rule book names that nobody could read yet what was written, rung by rung."""
    return _ring(matter, "unread", clocks.unread_moment, unread_words, at)


class _Moment(Protocol):
    def __call__(self, matter: Case, rules: books.Rules, *, at: datetime) -> datetime | None: ...


def _ring(matter: Case, what: str, moment_of: _Moment, words_of: Callable[[Book, int], Text], at: datetime) -> Case:
    """Climb the rungs of a ladder that does not wait for office hours.

    After an outage every rung that was passed tells its own people. Only what is told counts: of the times the last
    one should have come again meanwhile none is used up, and it comes again as long after it was told as ever.
    """
    column = f"{what}_rung"
    with transaction.atomic():
        known = matter.turn
        matter = Case.objects.select_for_update().get(pk=matter.pk)
        if matter.turn != known:
            raise Stale(matter.version, matter.version)
        rules = books.of_version(matter.book_id)
        ladder: tuple[DangerRung, ...] = getattr(rules.book, what)
        while (moment := moment_of(matter, rules, at=at)) is not None and moment <= at:
            climbed: int = getattr(matter, column)
            rung, said = ladder[min(climbed, len(ladder) - 1)], words_of(rules.book, climbed)
            setattr(matter, column, climbed + 1)
            matter.changed_at = at
            matter.save(update_fields=[column, "changed_at"])
            units = tell.role_units(matter, rules.book, rung.to)
            facts = {"rung": {"zh": said.zh, "en": said.en}, "units": sorted(units)}
            entry = diary.write(matter, f"{what}_late", by=SYSTEM, at=at, facts=facts)
            tell.queue_danger_late(matter, entry, rules.book, units, rung, at=at, what=what)
    return matter


def orphans(*, at: datetime) -> list[Case]:
    """Return open cases without an owner or without a clock, those of a life that promises without a date too.

    There should be none, and an alarm rings if there is.
    """
    found: list[Case] = []
    for one in subject.every():
        over = [state.value for state in one.life.over]
        open_ones = Case.objects.filter(life=one.life.name, closed_at__isnull=True).exclude(state__in=over)
        without = Q(holder="") | Q(tick_at__isnull=True)
        if one.promises:
            without |= Q(due_at__isnull=True)
        found += open_ones.filter(without).order_by("received_at", "pk")[:100]
    return found[:100]
