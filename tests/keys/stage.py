"""A small town of its own for each turned book: people, a way to act and to say what came of it, taken back at the end.

A *scene* is a short course that somebody really lives; it is told on a stage and yields what was seen: states, dates,
whom was told, what a page shows, the sentence of a refusal. Two books under which every scene of a key yields the same
differ in a dead key.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client

from tests.desk.people import MONDAY, settle
from tests.keys import grammar
from wuxiao.desk.base import actor, fresh
from wuxiao.desk.base.actor import RESIDENT, SYSTEM, Actor
from wuxiao.desk.base.errors import DeskError, Invalid, Refused, Throttled
from wuxiao.desk.case import clock
from wuxiao.desk.case.act import act
from wuxiao.desk.doors import staff
from wuxiao.desk.doors.staff import Appointment
from wuxiao.desk.matters import matters
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.town import books
from wuxiao.records.models import BookVersion, Case, Entry, Matter, Message, Staff
from wuxiao.rules.access import Role
from wuxiao.rules.book_model import Book

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PLACE = "990101001"
ENCODED = "argon2$argon2id$v=19$m=102400,t=2,p=8$c29tZXNhbHQ$unusable"


@dataclass
class Stage:
    """One town under one book, and what may be done in it."""

    book: Book
    path: grammar.Path = ()
    people: dict[str, Actor] = field(default_factory=dict)

    def actor(self, name: str) -> Actor:
        """Return somebody appointed by `settle`, as they stand under this book."""
        if name not in self.people:
            self.people[name] = actor.of_staff(Staff.objects.get(username=name), self.book)
        return self.people[name]

    def of_unit(self, unit: str, role: Role = Role.HANDLER, name: str = "") -> Actor:
        """Return somebody of a unit, appointed the first time."""
        name = name or f"{role.value}_{unit}"
        if name not in self.people:
            made, _ = staff.create(name, name, [Appointment(role, unit)], by=SYSTEM, at=MONDAY, encoded=ENCODED)
            self.people[name] = actor.of_staff(made, self.book)
        return self.people[name]

    def told(self, at: datetime = MONDAY, **more: Any) -> Matter:
        """Receive a report of a resident."""
        report = {"words": "工地夜里施工太吵", "division": PLACE, "phone": "13900000001"} | more
        return matters.receive(Report(**report), by=RESIDENT, at=at, quiet=True)

    def classed(self, category: str = "env.noise.construction", class_: str = "complaint", **more: Any) -> Matter:
        """Receive and classify."""
        petition = more.pop("petition", "")
        at = more.get("at", MONDAY)
        given = {"category": category, "handling_class": class_, "petition": petition}
        return act(self.told(**more).pk, "classify", given, by=self.actor("operator"), at=at)

    def held(self, category: str = "env.noise.construction", class_: str = "complaint", **more: Any) -> Matter:
        """Receive, classify, assign as the book says, accept."""
        matter = self.classed(category, class_, **more)
        at = more.get("at", MONDAY)
        lead = matter.route_why["lead"]
        act(matter.pk, "assign", {"unit": lead}, by=self.actor("operator"), at=at)
        return act(matter.pk, "accept", {}, by=self.of_unit(lead), at=at)

    def answered(self, matter: Matter, at: datetime = MONDAY) -> Matter:
        """Have the unit that holds a matter answer it."""
        given = {"evidence": "phone_record", "reply": "已到工地制止，夜间不再施工。", "ticked": []}
        return act(matter.pk, "answer", given, by=self.of_unit(matter.holder), at=at)

    def client(self, name: str = "", lang: str = "zh") -> Client:
        """Return a browser in which somebody is signed in, or a visitor's."""
        client = Client(raise_request_exception=False, headers={"Accept-Language": lang})
        client.cookies["lang"] = "zh-hans" if lang == "zh" else "en"
        if name:
            client.force_login(Staff.objects.get(username=name))
        return client


def said(what: Callable[[], Any]) -> Any:
    """Return what came of an attempt: a case's state and dates, or how it was refused."""
    try:
        with transaction.atomic():
            found = what()
    except Invalid as wrong:
        return ("wrong", sorted((name, text.zh) for name, text in wrong.fields.items()))
    except Refused as refused:
        return ("refused", refused.code, refused.text.zh)
    except Throttled:
        return ("throttled",)
    except DeskError as error:
        return ("error", error.text.zh)
    return stands(found) if isinstance(found, Case) else found


def stands(case: Case) -> tuple[Any, ...]:
    """Return how a case stands: state, who has it, its dates."""
    return (case.state, case.outcome, case.holder, case.offered_to, moment(case.due_at), moment(case.step_due_at))


def moment(at: datetime | None) -> str:
    """Return an instant as text."""
    return at.isoformat(timespec="seconds") if at is not None else ""


def told_of(pk: int | None = None) -> list[tuple[str, ...]]:
    """Return the messages that were queued: of which step, which way, to where, when."""
    rows = Message.objects.filter(matter_id=pk) if pk is not None else Message.objects.all()
    return [(m.verb, m.way, m.address, moment(m.created_at)) for m in rows.order_by("id")]


def entries_of(pk: int) -> list[tuple[str, str]]:
    """Return the steps a case went through and when."""
    return [(e.verb, moment(e.at)) for e in Entry.objects.filter(matter_id=pk).order_by("turn")]


def run_clock(pk: int, until: datetime, times: int = 60) -> Matter:
    """Let the clock do what is due for one case, each time at its own instant."""
    for _ in range(times):
        at = Case.objects.get(pk=pk).tick_at
        if at is None or at > until:
            break
        clock.tick(at=at, among=[pk])
    return Case.objects.get(pk=pk)


Scene = Callable[[Stage], Any]


@dataclass(frozen=True)
class Watching:
    """Scenes by the keys they watch; a key is written as its kind of place, `*` for any name, `**` for all below."""

    scenes: list[tuple[tuple[re.Pattern[str], ...], Scene]] = field(default_factory=list)
    small: dict[str, Any] = field(default_factory=dict)
    others: dict[str, Callable[[dict[str, Any], grammar.Leaf], list[Any]]] = field(default_factory=dict)

    def of(self, shape: str) -> list[Scene]:
        """Return the scenes that watch a kind of key."""
        return [scene for patterns, scene in self.scenes if any(p.fullmatch(shape) for p in patterns)]


WATCHING = Watching()


def _pattern(key: str) -> re.Pattern[str]:
    parts = [re.escape(part) for part in key.split(".")]
    text = r"\.".join(parts).replace(r"\*\*", ".+").replace(r"\*", r"[^.]+").replace(r"\#", "#")
    return re.compile(text)


def sees(*keys: str) -> Callable[[Scene], Scene]:
    """Say of a scene which keys of the rule book it watches."""

    def keep(scene: Scene) -> Scene:
        WATCHING.scenes.append((tuple(_pattern(key) for key in keys), scene))
        return scene

    return keep


def small(key: str, value: Any) -> None:
    """Say that the town of the scenes has another number than the shipped book, so that a scene can stand on it."""
    WATCHING.small[key] = value


def others(key: str, made: Callable[[dict[str, Any], grammar.Leaf], list[Any]]) -> None:
    """Say which other values to try at a kind of key, where what is tried of itself says nothing."""
    WATCHING.others[key] = made


def gather() -> Watching:
    """Bring in every scene, `tests/**/scenes_*.py`: those of the house here, of a subject beside its own tests."""
    root = Path(__file__).resolve().parents[2]
    for file in sorted((root / "tests").rglob("scenes_*.py")):
        importlib.import_module(".".join(file.relative_to(root).with_suffix("").parts))
    return WATCHING


class Undone(Exception):
    """Ends a transaction that nobody wants to keep."""


def undone(what: Callable[[], Any]) -> Any:
    """Return what would come of an attempt, and take it back."""
    found: Any = None
    try:
        with transaction.atomic():
            found = said(what)
            raise Undone
    except Undone:
        return found


class Theatre:
    """Tells scenes under books; nothing of a scene stays. What was seen under the first book is remembered."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made: dict[str, Book] = {}
        self.told: dict[str, int] = {}
        self.known: dict[tuple[Scene, str, grammar.Path], Any] = {}
        real = books._book

        def of_digest(digest: str) -> Book:
            return self.made.get(digest) or real(digest)

        monkeypatch.setattr(books, "_book", of_digest)
        # Numbers are drawn, codes too: under two books alike.
        self.settled = settle()

    def tell(self, scene: Scene, book: Book, path: grammar.Path) -> Any:
        """Return what a scene yields under a book."""
        key = (scene, book.digest, path if getattr(scene, "looks_there", False) else ())
        if key not in self.known:
            self.known[key] = self._tell(scene, book, path)
        return self.known[key]

    def _tell(self, scene: Scene, book: Book, path: grammar.Path) -> Any:
        found: Any = None
        self.made[book.digest] = book
        cache.clear()
        try:
            with transaction.atomic():
                start = datetime(2026, 1, 6, tzinfo=MONDAY.tzinfo)
                BookVersion.objects.create(
                    digest=book.digest, text="", effective_from=start, adopted_at=start, adopted_by="stage"
                )
                fresh.forget()
                found = scene(Stage(book, path))
                if isinstance(found, Iterator):
                    found = list(found)
                raise Undone
        except Undone:
            pass
        finally:
            fresh.forget()
            cache.clear()
        self.told[scene.__name__] = self.told.get(scene.__name__, 0) + 1
        return found


def there(scene: Scene) -> Scene:
    """Mark a scene that looks at the very place that was turned (`stage.path`)."""
    scene.looks_there = True  # type: ignore[attr-defined]
    return scene


__all__ = ["DAY", "HOUR", "PLACE", "Stage", "connection", "entries_of", "moment", "run_clock", "said", "sees", "small"]
_ = Mapping
