"""What is done at once, in the act itself, when a case becomes kept from more units than before.

A subject that shows something of other cases, or lets somebody stand beside them, says so in `site.subjects`; the
mechanisms know none of them by name. A case that is kept from fewer is nobody's to hear of: what was taken away before
is given anew by whoever gives it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from wuxiao.desk.town import books
from wuxiao.records.models import Case

#: Hears of the case as it now stands, in memory and in its row, inside the transaction of the act that hid it. It may
#: write entries of this case; what it changes of other cases must not need their lock.
Hears = Callable[[Case, books.Rules, datetime], None]
_installed: list[Hears] = []


def install(hear: Iterable[Hears]) -> None:
    """Say who hears of it; once a process, at its start."""
    if _installed:
        raise RuntimeError("who hears of hiding was said already")
    _installed.extend(hear)


def heard(case: Case, was: frozenset[str], at: datetime) -> None:
    """Tell them, if the case is kept from somebody from whom it `was` not kept before."""
    if case.hidden <= was:
        return
    rules = books.current(at)
    for hear in _installed:
        hear(case, rules, at)
