"""Housekeeping that the worker does now and then: figures, retention, old keys and throttles, checkpoints."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from wuxiao.desk.assist import hot, similar
from wuxiao.desk.assist import personal as _personal  # noqa: F401  (it registers how a tagger is trained)
from wuxiao.desk.base.actor import SYSTEM
from wuxiao.desk.case import clock, subject
from wuxiao.desk.diary import checkpoints
from wuxiao.desk.documents import of_rows
from wuxiao.desk.doors import visits
from wuxiao.desk.figures import kept
from wuxiao.desk.files import files
from wuxiao.desk.house import unusual
from wuxiao.desk.matters import call_backs, figures, imports, matters
from wuxiao.desk.people import erasure, retention
from wuxiao.desk.publish import acts as publications
from wuxiao.desk.register import acts, answers, shelf
from wuxiao.desk.slots import book as slots
from wuxiao.desk.tasks import acts as tasks
from wuxiao.desk.town import books
from wuxiao.records.models import Once, Throttle

_last: dict[str, datetime] = {}


def keep(*, at: datetime, trusted: bool = True) -> int:
    """Do what is due of the housekeeping; returns how much was done.

    While the wall clock is not `trusted` (`desk.beat`) nothing is done that follows from what it shows: what is erased,
    ended, counted as final or signed at a wrong moment cannot be taken back.
    """
    done = 0
    for name, every, task in _TASKS:
        if not trusted and name not in GOES_ON:
            continue
        # A clock that was put back must not silence the house for as long as it was ahead.
        if name not in _last or at - _last[name] >= every or at < _last[name]:
            _last[name] = at
            done += task(at)
    return done


def _sweep(at: datetime) -> int:
    Once.objects.filter(at__lt=at - timedelta(days=14)).delete()
    Throttle.objects.filter(until__lt=at).delete()
    return 0


def _retire(at: datetime) -> int:
    done = retention.retire(by=SYSTEM, at=at)
    kept = {one.life.name: one.pages.days for one in subject.every() if one.pages is not None}
    done += retention.retire_cases(kept, by=SYSTEM, at=at) + publications.retire(by=SYSTEM, at=at)
    done += answers.forget(at=at)
    done += of_rows.retire(at=at)
    return done + sum(acts.retire(one, by=SYSTEM, at=at) for one in shelf.all_shelves())


def _drawers(at: datetime) -> int:
    files.sweep(at=at)
    erasure.forget_files(at=at)
    imports.tidy(at=at)
    return 0


def _scrub(at: datetime) -> int:
    erasure.scrub()
    return 0


def _figures(at: datetime) -> int:
    figures.refresh(at=at)
    kept.refresh(books.current(at).book, at=at)
    return 0


def _leaves(at: datetime) -> int:
    return checkpoints.take()


def _checkpoints(at: datetime) -> int:
    checkpoints.publish(at=at)
    return 0


def _call_backs(at: datetime) -> int:
    return call_backs.expire(at=at)


def _similar(at: datetime) -> int:
    similar.grow(at=at)
    return 0


def _lives(at: datetime) -> int:
    return sum(one.keep(at) for one in subject.kept(books.current(at).book) if one.keep is not None)


def _tasks(at: datetime) -> int:
    return tasks.part(at=at) + tasks.remind(at=at)


def _hot(at: datetime) -> int:
    return hot.ask(at=at)


def _erasures(at: datetime) -> int:
    return matters.erase_waiting(at=at)


def _visits(at: datetime) -> int:
    return visits.sweep(at=at)


def _slots(at: datetime) -> int:
    return slots.part(by=SYSTEM, at=at) + slots.remind(by=SYSTEM, at=at)


def _danger(at: datetime) -> int:
    return clock.alarms(at=at)


def _unusual(at: datetime) -> int:
    return unusual.look(at=at)


#: What goes on under a clock that nobody believes, and why it may. All else stands still until a person confirms it.
GOES_ON = {
    "danger": "asks people to look at danger nobody has looked at: too early is a call too many, too late a life",
    "leaves": "gives entries their place in the log, in the order they were written",
    "unusual": "compares readings with one another, all sealed by this clock; a day untold would stay untold",
    "scrub": "overwrites what was erased already",
}
_TASKS: tuple[tuple[str, timedelta, Callable[[datetime], int]], ...] = (
    ("danger", timedelta(seconds=30), _danger),
    ("leaves", timedelta(seconds=2), _leaves),
    ("checkpoints", timedelta(seconds=2), _checkpoints),
    ("figures", timedelta(minutes=5), _figures),
    ("similar", timedelta(seconds=30), _similar),
    ("hot", timedelta(hours=1), _hot),
    ("visits", timedelta(hours=1), _visits),
    ("call_backs", timedelta(minutes=5), _call_backs),
    ("erasures", timedelta(minutes=10), _erasures),
    ("lives", timedelta(minutes=10), _lives),
    ("tasks", timedelta(minutes=10), _tasks),
    ("unusual", timedelta(minutes=10), _unusual),
    ("slots", timedelta(minutes=5), _slots),
    ("sweep", timedelta(minutes=10), _sweep),
    ("retire", timedelta(hours=1), _retire),
    ("drawers", timedelta(hours=1), _drawers),
    ("scrub", timedelta(hours=1), _scrub),
)
