"""Housekeeping that the worker does now and then: figures, retention, old keys and throttles, checkpoints."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from wuxiao.desk import (
    call_backs,
    checkpoints,
    erasure,
    figures,
    files,
    hot,
    imports,
    retention,
    similar,
    unusual,
    visits,
)
from wuxiao.desk import personal as _personal  # noqa: F401  (it registers how a tagger is trained)
from wuxiao.desk.actor import SYSTEM
from wuxiao.records.models import Once, Throttle

_last: dict[str, datetime] = {}


def keep(*, at: datetime, trusted: bool = True) -> int:
    """Do what is due of the housekeeping; returns how much was done.

    While the wall clock is not `trusted` (`desk.beat`) nothing is erased: what is gone cannot be brought back.
    """
    done = 0
    for name, every, task in _TASKS:
        if name in _ERASING and not trusted:
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
    return retention.retire(by=SYSTEM, at=at)


def _drawers(at: datetime) -> int:
    files.sweep(at=at)
    erasure.forget_files(at=at)
    imports.tidy(at=at)
    erasure.scrub()
    return 0


def _figures(at: datetime) -> int:
    figures.refresh(at=at)
    return 0


def _leaves(at: datetime) -> int:
    return checkpoints.grow(at=at)


def _call_backs(at: datetime) -> int:
    return call_backs.expire(at=at)


def _similar(at: datetime) -> int:
    similar.grow(at=at)
    return 0


def _hot(at: datetime) -> int:
    return hot.ask(at=at)


def _visits(at: datetime) -> int:
    return visits.sweep(at=at)


def _unusual(at: datetime) -> int:
    return unusual.look(at=at)


_ERASING = frozenset({"sweep", "retire", "visits"})
_TASKS: tuple[tuple[str, timedelta, Callable[[datetime], int]], ...] = (
    ("leaves", timedelta(seconds=2), _leaves),
    ("figures", timedelta(minutes=5), _figures),
    ("similar", timedelta(seconds=30), _similar),
    ("hot", timedelta(hours=1), _hot),
    ("visits", timedelta(hours=1), _visits),
    ("call_backs", timedelta(minutes=5), _call_backs),
    ("unusual", timedelta(minutes=10), _unusual),
    ("sweep", timedelta(minutes=10), _sweep),
    ("retire", timedelta(hours=1), _retire),
    ("drawers", timedelta(hours=1), _drawers),
)
