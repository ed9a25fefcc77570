"""What is asked of the texts of a kind whenever one is written, written anew or released, by whatever door it comes.

A kind whose texts say what came of cases belongs to the subject of these cases: it says which case a text speaks of and
what such a text must never say. `desk.publish.acts` asks it, so that no page, form or machine goes round it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import Refused
from wuxiao.records.models import Case
from wuxiao.rules.words import Text


@dataclass(frozen=True, slots=True)
class Guard:
    """One kind of texts: its code in the book, the case one of them speaks of, what is asked of its words.

    `case` finds the case by the code of the text, `None` where it is of none. `check` reads the words by the names of
    `rules.publication.FIELDS` and raises `Invalid` by these names, or `Refused`. `door` says where one is begun. `mine`
    are the codes of those that tell of a case somebody sees: no other is read by them before it is out.
    """

    kind: str
    door: Text
    case: Callable[[str], Case | None]
    check: Callable[[Case, Mapping[str, str]], None]
    mine: Callable[[Actor], Any]


_installed: dict[str, Guard] = {}


def install(guards: Iterable[Guard]) -> None:
    """Say which kinds are guarded; once a process, at its start."""
    found = {one.kind: one for one in guards}
    if _installed and _installed != found:
        raise RuntimeError("other guards of publications were installed already")
    _installed.update(found)


def door(kind: str) -> Text | None:
    """Return where texts of a kind are begun, if not on the page of texts."""
    guard = _installed.get(kind)
    return guard.door if guard is not None else None


def mine(kind: str, by: Actor) -> Any:
    """Return the codes of texts of a kind that tell of cases somebody sees (a query); `None` for an unguarded kind."""
    guard = _installed.get(kind)
    return guard.mine(by) if guard is not None else None


def ask(kind: str, words: Mapping[str, str], *, code: str = "", about: Case | None = None) -> None:
    """Ask the guard of a kind about the words of a text; one that speaks of no case is refused with where it begins."""
    guard = _installed.get(kind)
    if guard is None:
        return
    case = about if about is not None else guard.case(code)
    if case is None:
        raise Refused(guard.door, "guarded")
    guard.check(case, words)
