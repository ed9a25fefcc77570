"""Building the county: its rule book, ground and people, then a year of lives played in the order they happened."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import transaction

from wuxiao.desk import actor, books, clock, places, staff, tell
from wuxiao.desk.actor import SYSTEM
from wuxiao.desk.books import Rules
from wuxiao.desk.errors import Refused
from wuxiao.records.models import Address, Matter, Staff
from wuxiao.rules import book as rulebook
from wuxiao.rules.access import Role
from wuxiao.rules.words import Text
from wuxiao.site.demo import ground, people, plans
from wuxiao.site.demo.lives import Life, Story, Team

BANNER = Text("演示数据 · 虚构", "Demo data · invented")
#: How many steps are written together: one wait for the disk instead of a hundred.
BATCH = 400

Progress = Callable[[int, int], None]
#: A life that sleeps until an instant; the number keeps those of the same instant in their order.
Waiting = tuple[datetime, int, Life, Story]


@dataclass(frozen=True, slots=True)
class Account:
    """One account to try the county with: sign-in name, one-time password, who it is."""

    username: str
    password: str
    name: str
    about: Text


@dataclass(frozen=True, slots=True)
class DemoAccounts:
    """What the builder prints: the accounts, and how much was made."""

    accounts: tuple[Account, ...]
    matters: int
    addresses: int
    staff: int


class _Light(Argon2PasswordHasher):
    """Argon2 with little work, for passwords drawn by the machine, which no guessing reaches anyway.

    Twenty hashes at full cost would be a third of the small county. Django hashes anew at full cost at the first
    sign-in.
    """

    time_cost = 1
    memory_cost = 1024
    parallelism = 1


def build(*, seed: int, now: datetime, small: bool = False, progress: Progress | None = None) -> DemoAccounts:
    """Fill an empty, migrated database with the fictional county as it stands at `now`, a year after it began.

    The same seed and the same `now` give the same matters (codes, numbers and passwords are drawn by the machine).
    `progress` is told the lives begun and all. Raises `Refused` if the database is not empty.
    """
    if Matter.objects.exists() or Staff.objects.exists():
        raise Refused(
            Text(
                "数据库里已有数据；演示县只能建在空库里",
                "The database is not empty; the demo county is only built into an empty one.",
            ),
            "not_empty",
        )
    now = now.replace(microsecond=0)
    begin = now - timedelta(days=366)
    text = (Path(rulebook.__file__).parent / "book.toml").read_text(encoding="utf-8")
    rules = books.adopt(text, name="book.toml", effective_from=begin, by=SYSTEM, at=begin)
    names = {d.code: (d.name.zh, d.name.en) for d in rules.book.divisions.values()}
    spots = ground.spots(names, small=small)
    known = [*(spot.row for spot in spots), *ground.landmarks(spots, names)]
    places.load_addresses(known, by=SYSTEM, at=begin)
    team, entries = _appoint(rules, seed, begin, small=small)
    stored = dict(Address.objects.values_list("code", "pk"))
    lives = []
    for plan in plans.make(seed, now, rules, spots, names, small=small):
        life = Life(plan, team)
        life.team_address = stored[plan.scene.spot.row.code]
        lives.append(life)
    _link(lives)
    _play(lives, begin, now, progress)
    tell.silence(before=now, by=SYSTEM, at=now)
    return DemoAccounts(
        accounts=tuple(entries),
        matters=Matter.objects.count(),
        addresses=len(known),
        staff=Staff.objects.count(),
    )


def _link(lives: list[Life]) -> None:
    """Let the plans that join another know the life, once both exist."""
    by_plan = {id(life.plan): life for life in lives}
    for life in lives:
        if life.plan.follows is not None:
            life.joins = by_plan[id(life.plan.follows)]


def _appoint(rules: Rules, seed: int, at: datetime, *, small: bool) -> tuple[Team, list[Account]]:
    rng = random.Random(f"{seed}:people")
    team = Team(rules)
    entries: list[Account] = []
    used: set[str] = set()
    with transaction.atomic():
        for person in people.accounts(rules.book, small=small):
            name, name_en = people.full_name(rng)
            while name in used:
                name, name_en = people.full_name(rng)
            used.add(name)
            drawn = staff.one_time_password()
            # Accounts nobody signs in with hold no password at all: no hash of this form ever matches.
            made, password = staff.create(
                person.username,
                name,
                person.posts,
                by=SYSTEM,
                at=at,
                name_en=name_en,
                must_change=not person.entry,
                phone=people.phone(rng),
                password=drawn,
                encoded=_Light().encode(drawn, Argon2PasswordHasher().salt()) if person.entry else "!",
            )
            if person.entry:
                entries.append(Account(person.username, password, name, Text(person.about, person.about_en)))
            who = actor.of_staff(made, rules.book)
            for post in person.posts:
                team.posts.setdefault((Role(post.role), post.unit, post.level), []).append(who)
    for unit in rules.book.units:
        team.pace[unit] = random.Random(f"{seed}:{unit}").choice((0.7, 0.8, 0.9, 1.0, 1.0, 1.1, 1.3, 1.7))
    return team, entries


def _play(lives: list[Life], begin: datetime, now: datetime, progress: Progress | None) -> None:
    """Wake every life at its instants and the clock at its own, all in one order of time, until the present."""
    order = count()
    waiting: list[Waiting] = []
    for life in lives:
        story = life.story()
        heapq.heappush(waiting, (next(story), next(order), life, story))
    births = sorted(life.plan.at for life in lives)
    begun = 0
    steps = _steps(waiting, order, now)
    at: datetime | None = begin
    while at is not None:
        with transaction.atomic():
            for _ in range(BATCH):
                at = next(steps, None)
                if at is None:
                    break
        while at is not None and begun < len(births) and births[begun] <= at:
            begun += 1
        if progress is not None:
            progress(begun if at is not None else len(births), len(births))


def _steps(waiting: list[Waiting], order: Iterator[int], now: datetime) -> Iterator[datetime]:
    """Take one step after another, yielding its instant before it; the clock's come between those of the lives."""
    due: datetime | None = None
    while waiting and waiting[0][0] <= now:
        at = waiting[0][0]
        if due is not None and due < at:
            yield due
            clock.tick(at=due, limit=50)
            due = clock.next_tick()
            continue
        _, _, life, story = heapq.heappop(waiting)
        yield at
        again = next(story, None)
        if again is not None:
            heapq.heappush(waiting, (max(again, at), next(order), life, story))
        wanted = life.matter.tick_at
        if wanted is not None and (due is None or wanted < due):
            due = wanted
    while (due := clock.next_tick()) is not None and due <= now:
        yield due
        clock.tick(at=due, limit=50)
