"""Building the county: its rule book, ground and people, then a year of lives, each told whole before the next.

A life, or several that are joined, is one transaction: whatever stands in the database has arrived at the county's
present. So people and the worker can use the county while the rest is still being told, and a builder killed at any
moment goes on with the next life.
"""

from __future__ import annotations

import heapq
import logging
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Protocol

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import transaction
from django.utils import timezone

from wuxiao.desk.base import actor
from wuxiao.desk.base.actor import SYSTEM
from wuxiao.desk.base.errors import DeskError, Refused
from wuxiao.desk.case import clock, subject, tell
from wuxiao.desk.diary import checkpoints, filling
from wuxiao.desk.diary.filling import Filling
from wuxiao.desk.doors import staff
from wuxiao.desk.figures import kept
from wuxiao.desk.matters import figures
from wuxiao.desk.town import books, places
from wuxiao.desk.town.books import Rules
from wuxiao.records.models import Address, BookVersion, Case, Matter, Staff
from wuxiao.rules import book as rulebook
from wuxiao.rules.access import Role
from wuxiao.rules.words import Text
from wuxiao.site.demo import ground, people, plans, points, premises, receptions, rewards, sittings, visits
from wuxiao.site.demo.lives import Life, Story, Team

log = logging.getLogger("wuxiao.demo")
BANNER = Text("演示数据 · 虚构", "Demo data · invented")
#: How many parts are written together when nobody waits: one wait for the disk instead of many.
BATCH = 25
#: So many receipt codes are there to try once the first parts are told.
CODES = 5
#: Beside people at work, a part is followed by a rest of this share of its time, in which they write.
REST = 0.3
YEAR = timedelta(days=366)

Progress = Callable[[Filling], None]


class Lived(Protocol):
    """What lives one life of the county: a matter, or what a subject's own file tells."""

    #: What it is drawn from: when it begins (`at`), and whether it stands open today (`stop`).
    plan: Any
    #: Its case as it stands, an unsaved one before there is any.
    matter: Any

    def story(self) -> Story:
        """Live, and yield each instant at which it wants to go on."""

    def wills(self, turn: str) -> bool:
        """Return whether it takes a turn of matters."""


#: What is told together: one matter or those that are joined, or one life of another subject.
Part = Sequence[Lived]
#: A life that sleeps until an instant; the number keeps those of the same instant in their order.
Waiting = tuple[datetime, int, Lived, Story]


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
    `progress` is told how far it is. Raises `Refused` if the database is not empty.
    """
    entries = begin(seed=seed, now=now, small=small)
    go_on(together=BATCH, progress=progress)
    return DemoAccounts(
        accounts=entries,
        matters=Matter.objects.count(),
        addresses=Address.objects.count(),
        staff=Staff.objects.count(),
    )


def begin(
    *, seed: int, now: datetime, small: bool = False, keep: Callable[[Sequence[Account]], None] | None = None
) -> tuple[Account, ...]:
    """Give an empty, migrated database the county's rule book and people, and note what is to be told of its year.

    All in one transaction; `keep` is called with the accounts before it ends, so that no password is lost with a
    process that is killed just then. Raises `Refused` if the database is not empty.
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
    text = (Path(rulebook.__file__).parent / "book.toml").read_text(encoding="utf-8")
    with transaction.atomic():
        rules = books.adopt(text, name="book.toml", effective_from=now - YEAR, by=SYSTEM, at=now - YEAR)
        entries = tuple(_appoint(rules, seed, now - YEAR, small=small))
        filling.begin(seed=seed, until=now, small=small, by=SYSTEM, at=timezone.now())
        if keep is not None:
            keep(entries)
    return entries


def go_on(*, together: int = 1, beside: bool = False, progress: Progress | None = None) -> Filling | None:
    """Tell what is not told yet of the county's year, `together` parts in a transaction; returns the stand at the end.

    `beside` people at work it rests after each part, prepares the published figures at the end, and leaves out a life
    that cannot be told any more, because somebody has changed posts meanwhile. Otherwise such a life raises its
    `DeskError`. Returns `None` where no county was begun.
    """
    stand = filling.find()
    if stand is None or stand.finished:
        return stand
    parts = _parts(stand)
    total = sum(map(len, parts))
    while True:
        started = time.monotonic()
        with transaction.atomic():
            held = filling.hold()
            assert held is not None
            stand, chosen = held, parts[held.parts : held.parts + together]
            if not chosen:
                break
            for lives in chosen:
                _tell(lives, stand.until, beside)
            stand = filling.advance(
                stand,
                parts=len(chosen),
                lives=sum(map(len, chosen)),
                total=total,
                spent=time.monotonic() - started,
                by=SYSTEM,
                at=timezone.now(),
            )
        if progress is not None:
            progress(stand)
        if beside:
            time.sleep(REST * (time.monotonic() - started))
    with transaction.atomic():
        rules = books.of_version(BookVersion.objects.order_by("pk").values_list("pk", flat=True)[0])
        told = sittings.tell(stand.until, rules, _team(rules, stand.seed, small=stand.small))
        told = [*told, *rewards.tell(stand.until, rules, _team(rules, stand.seed, small=stand.small))]
        tell.hush(told, by=SYSTEM, at=stand.until)
    if beside:
        figures.refresh(at=timezone.now(), everything=True)
        kept.refresh(rules.book, at=timezone.now(), everything=True)
    stand = filling.finish(by=SYSTEM, at=timezone.now() if beside else stand.until)
    if stand is not None and not beside:
        # Nobody else is at work here; beside a worker, that one signs as soon as its leaves are there.
        while checkpoints.take():
            pass
        checkpoints.publish(at=stand.until, now=True)
    if progress is not None and stand is not None:
        progress(stand)
    return stand


def _tell(lives: Part, until: datetime, beside: bool) -> None:
    """Tell one part whole, or leave it out."""
    try:
        with transaction.atomic():
            _play(lives, until)
            tell.hush(_theirs(lives), by=SYSTEM, at=until)
    except DeskError as error:
        if not beside:
            raise
        log.warning("a life of the demo county was left out: %s", error.text.en)


def _parts(stand: Filling) -> list[Part]:
    """Return every life of the year, unplayed, by parts: first matters and then inspections that stand open today, then
    the year in its order.

    The addresses they happen at are loaded, and the premises put in, if that was not done.
    """
    seed, now, small = stand.seed, stand.until, stand.small
    rules = books.of_version(BookVersion.objects.order_by("pk").values_list("pk", flat=True)[0])
    names = {d.code: (d.name.zh, d.name.en) for d in rules.book.divisions.values()}
    spots = ground.spots(names, small=small)
    if not Address.objects.exists():
        known = [*(spot.row for spot in spots), *ground.landmarks(spots, names)]
        places.load_addresses(known, by=SYSTEM, at=now - YEAR)
    stored = dict(Address.objects.values_list("code", "pk"))
    team = _team(rules, seed, small=small)
    with transaction.atomic():
        premises.tell(seed, now, rules, spots, team.posts, small=small)
        points.tell(seed, now, rules, spots, team.posts, small=small)
    made: dict[int, Life] = {}
    joined: dict[int, list[Life]] = {}
    for plan in plans.make(seed, now, rules, spots, names, small=small):
        life = Life(plan, team)
        life.team_address = stored[plan.scene.spot.row.code]
        made[id(plan)] = life
        joined.setdefault(id(plan.follows or plan), []).append(life)
    for life in made.values():
        if life.plan.follows is not None:
            life.joins = made[id(life.plan.follows)]
    parts: list[Part] = [
        *joined.values(),
        *([one] for one in visits.make(seed, now, rules, team, small=small)),
        *([one] for one in receptions.make(seed, now, rules, team)),
    ]
    # What somebody can try at once comes first: what is open, and each hot place with all who reported it.
    return sorted(parts, key=_turn)


def _turn(lives: Part) -> tuple[int, datetime]:
    still_open = any(life.plan.stop for life in lives)
    return (not isinstance(lives[0], Life) if still_open else 2), lives[0].plan.at


def _team(rules: Rules, seed: int, *, small: bool) -> Team:
    """Return everybody who acts, as they were appointed."""
    team = Team(rules)
    known = {one.username: one for one in Staff.objects.prefetch_related("posts")}
    for person in people.accounts(rules.book, small=small):
        if person.username not in known:
            # The county was begun by a program that knew no such post yet.
            continue
        who = actor.of_staff(known[person.username], rules.book)
        for post in person.posts:
            team.posts.setdefault((Role(post.role), post.unit, post.level), []).append(who)
    for unit in rules.book.units:
        team.pace[unit] = random.Random(f"{seed}:{unit}").choice((0.7, 0.8, 0.9, 1.0, 1.0, 1.1, 1.3, 1.7))
    return team


def _appoint(rules: Rules, seed: int, at: datetime, *, small: bool) -> list[Account]:
    rng = random.Random(f"{seed}:people")
    entries: list[Account] = []
    used: set[str] = set()
    for person in people.accounts(rules.book, small=small):
        name, name_en = people.full_name(rng)
        while name in used:
            name, name_en = people.full_name(rng)
        used.add(name)
        drawn = staff.one_time_password()
        # Accounts nobody signs in with hold no password at all: no hash of this form ever matches.
        _made, password = staff.create(
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
    return entries


def _theirs(lives: Part) -> list[int]:
    """Return the matters of these lives so far, with what was split off them."""
    own = [life.matter.pk for life in lives if life.matter.pk]
    return [*own, *Matter.objects.filter(split_from__in=own).values_list("pk", flat=True)]


def _play(lives: Part, until: datetime) -> None:
    """Wake every life at its instants and the clock of their matters at its own, in one order of time."""
    order = count()
    waiting: list[Waiting] = []
    for life in lives:
        story = life.story()
        heapq.heappush(waiting, (next(story), next(order), life, story))
    due: datetime | None = None
    while waiting and waiting[0][0] <= until:
        at = waiting[0][0]
        if due is not None and due < at:
            clock.tick(at=due, among=(theirs := _theirs(lives)))
            due = clock.next_tick(among=theirs)
            continue
        _, _, life, story = heapq.heappop(waiting)
        again = next(story, None)
        if again is not None:
            heapq.heappush(waiting, (max(again, at), next(order), life, story))
        wanted = life.matter.tick_at
        if len(lives) > 1 or life.wills("split") or (wanted is not None and (due is None or wanted < due)):
            due = clock.next_tick(among=_theirs(lives))
    theirs = _theirs(lives)
    while (due := clock.next_tick(among=theirs)) is not None and due <= until:
        clock.tick(at=due, among=theirs)


def codes(*, at: datetime) -> list[tuple[Text, str]]:
    """Return receipt codes to try the residents' pages with, each with what stands behind it, as far as told yet."""
    found = []
    web = Matter.objects.order_by("pk")
    for said, rows in (
        (Text("已经答复，等您评价", "answered, waits for your rating"), web.filter(state="answered")),
        (Text("等您回话", "waits for your answer"), web.filter(state="waiting")),
        (Text("已经过期", "late"), web.filter(state="handling", due_at__lt=at)),
        (
            Text("和别人反映的并在一起办", "joined to what others reported"),
            web.filter(outcome="merged", merged_into__closed_at=None),
        ),
    ):
        if code := rows.values_list("code", flat=True).first():
            found.append((said, code))
    return found + _of_other_lives(at)


def _of_other_lives(at: datetime) -> list[tuple[Text, str]]:
    """Return of each life with another side the code of a case in which that side may do something now."""
    found = []
    for one in subject.kept(books.current(at).book):
        pages, life = one.pages, one.life
        if pages is None or pages.party is None:
            continue
        theirs = {state for row in life.rows if pages.party in row.who for state in row.sources} - life.over
        case = Case.objects.filter(life=life.name, state__in=sorted(theirs)).order_by("pk").first()
        if case is not None:
            now = next(standing.name for state, standing in life.standings.items() if state == case.state)
            found.append((Text(f"{pages.title.zh}：{now.zh}", f"{pages.title.en}: {now.en}"), case.code))
    return found
