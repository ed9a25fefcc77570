"""Service points of the fictional county with what people said of them, and the questions and answers it publishes.

Forty points in the whole county, fewer in the small one; one of them is an office in a park that is not built yet.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from wuxiao.desk.base.actor import RESIDENT, Actor
from wuxiao.desk.publish import acts as publish
from wuxiao.desk.publish import look as published
from wuxiao.desk.register import acts, answers, foreign, shelf
from wuxiao.desk.town.books import Rules
from wuxiao.records.models import Publication, Row
from wuxiao.rules.access import Role
from wuxiao.rules.publication import SPOKEN, kinds
from wuxiao.rules.register import kinds_of
from wuxiao.rules.words import Text
from wuxiao.site.demo.ground import Spot
from wuxiao.site.demo.people import SURNAMES
from wuxiao.subjects.service_points.rating import RATING
from wuxiao.subjects.service_points.rules import NAME

SMALL, WHOLE = 20, 40
_OFFICE = "周一至周五 8:30-12:00,14:00-17:30"
_ALWAYS = "每天 全天"
#: How many of each in the whole county, what follows the name of the place, hours, holidays, room, what is done there.
_KINDS: Mapping[str, tuple[int, str, str, str, str, tuple[str, ...]]] = {
    "station_hall": (4, "接待大厅", _ALWAYS, "usual", "own", ("help", "household", "id_card", "residence", "lost")),
    "police_room": (
        10, "警务室", "周一至周五 8:30-12:00,14:00-17:30；周六 9:00-12:00", "closed", "own",
        ("help", "mediation", "fraud", "dogs", "lost"),
    ),
    "enterprise_office": (4, "产业园警务室", "周一至周五 9:00-17:00", "closed", "own", ("help", "fraud", "residence")),
    "traffic_post": (
        3, "交管服务站", "周一至周六 9:00-12:00,13:30-17:00", "closed", "shared", ("vehicle", "fines", "accident"),
    ),
    "window": (4, "政务服务窗口", _OFFICE, "closed", "counter", ("certificate", "household", "legal")),
    "convenience": (6, "便民服务点", "每天 8:00-20:00", "usual", "counter", ("certificate", "print", "lost")),
    "reception": (2, "来访接待室", _OFFICE, "closed", "own", ("reception", "legal")),
    "mediation_room": (3, "调解室", "周一至周五 9:00-12:00,14:00-17:00；周日 9:00-12:00", "closed", "own",
                       ("mediation", "legal")),
    "machine": (4, "自助服务机", _ALWAYS, "usual", "machine", ("print", "id_card", "fines")),
}  # fmt: skip
_EN = {
    "station_hall": "hall", "police_room": "police room", "enterprise_office": "park police office",
    "traffic_post": "traffic service station", "window": "service counter", "convenience": "convenience point",
    "reception": "reception room", "mediation_room": "mediation room", "machine": "self-service machine",
}  # fmt: skip
_STATION = frozenset({"station_hall", "police_room", "enterprise_office", "machine"})
_UNITS = {"traffic_post": "police_traffic", "window": "data_bureau", "reception": "petition_office"}
_UNITS |= {"mediation_room": "justice"}
_DUTY = {"station_hall": "值班民警、窗口文员", "police_room": "社区民警、辅警", "enterprise_office": "驻点民警、辅警"}


@cache
def _said(name: str) -> dict[str, Any]:
    """A file of what is said; its texts in other languages wait where nobody read them."""
    return tomllib.loads((files("wuxiao.site.demo.texts") / f"{name}.toml").read_text(encoding="utf-8"))


def tell(
    seed: int, now: datetime, rules: Rules, spots: Sequence[Spot], posts: Mapping[Any, Sequence[Actor]], *, small: bool
) -> int:
    """Put the points in with a year of ratings, and publish the questions and answers; none the second time.

    Inside one transaction of the caller. Returns how many points there are.
    """
    rng = random.Random(f"{seed}:{NAME}")
    if kinds(rules.book) and not Publication.objects.exists():
        _texts(now, rules, posts, rng)
    if not kinds_of(rules.book, NAME) or Row.objects.filter(register=NAME).exists():
        return 0
    wanted = [kind for kind, (count, *_rest) in _KINDS.items() for _ in range(count)]
    if small:
        wanted = [*_KINDS, *rng.sample(wanted, SMALL - len(_KINDS))]
    places = [spot for spot in rng.sample(list(spots), min(len(spots), 4 * WHOLE)) if spot.row.lat is not None]
    taken: set[str] = set()
    named: set[str] = set()
    made: list[Row] = []
    for kind in wanted:
        spot = next(one for one in places if one.row.full not in taken and _name(kind, one, rules).zh not in named)
        taken.add(spot.row.full)
        named.add(_name(kind, spot, rules).zh)
        first = kind == "police_room" and not any(row.kind == kind for row in made)
        planned = kind == "enterprise_office" and not any(row.kind == kind for row in made)
        made.append(_one(kind, spot, now, rules, posts, rng, first=first, planned=planned))
    for place, row in enumerate(one for one in made if one.kind != "enterprise_office"):
        _ratings(
            row, rng.randrange(32, 60) if place < (2 if small else 6) else rng.randrange(0, 9), now, rules, posts, rng
        )
    return len(made)


def _unit(kind: str, spot: Spot, rules: Rules) -> str:
    township = spot.row.division[:9]
    return _UNITS.get(kind) or rules.book.units_at["station" if kind in _STATION else "sub_district", township][0]


def _name(kind: str, spot: Spot, rules: Rules) -> Text:
    """A hall is its station's, a police room its community's; others are called by where they are."""
    after = _KINDS[kind][1]
    match kind:
        case "station_hall":
            before = rules.book.units[_unit(kind, spot, rules)].name
        case "police_room":
            before = rules.book.divisions[spot.row.division].name
        case _:
            before = Text(spot.short, spot.short_en)
    return Text(f"{before.zh}{after}", f"{before.en} {_EN[kind]}")


def _one(
    kind: str,
    spot: Spot,
    now: datetime,
    rules: Rules,
    posts: Mapping[Any, Sequence[Actor]],
    rng: random.Random,
    *,
    first: bool,
    planned: bool,
) -> Row:
    _count, _after, hours, holidays, room, services = _KINDS[kind]
    unit, name = _unit(kind, spot, rules), _name(kind, spot, rules)
    by = posts[Role.LEAD, unit, 0][0]
    began = now - timedelta(days=rng.randrange(300, 350), minutes=rng.randrange(480))
    abouts = _said("points")["about"]
    about = abouts[0] if first else rng.choice(abouts[1:])
    given: dict[str, Any] = {
        "kind": kind,
        "title": name.zh,
        "title_en": name.en,
        "unit": unit,
        "division": spot.row.division,
        "address": spot.row.full,
        "point": f"{spot.row.lat:.6f},{spot.row.lon:.6f}",
        "hours": hours,
        "holidays": holidays,
        "phone": f"0990-555{rng.randrange(1000, 10_000)}",
        "services": list(services),
        "speaks": ["putonghua", "local", *rng.sample(["sign", "en", "ar", "fr", "ru", "ko"], rng.randrange(0, 3))],
        "access": rng.sample(["level", "ramp", "lift", "toilet", "counter", "parking", "bell"], rng.randrange(1, 4)),
        "room": room,
        "on_duty": _DUTY.get(kind, ""),
        "about": about["zh"],
        "about_en": about["en"],
        "opens_on": acts.today(now + timedelta(days=75) if planned else began - timedelta(days=400)).isoformat(),
    }
    if kind == "machine":
        given["phone"] = ""
    if kind == "police_room" and (first or rng.random() < 0.4):
        given |= {"officer": f"{rng.choice(SURNAMES)[0]}警官", "officer_agreed": acts.today(began).isoformat()}
        given["also"] = "社区党总支委员"
    row = acts.put_in(NAME, given, by=by, at=began)
    at = began
    cycle = kinds_of(rules.book, NAME)[kind].cycle_days
    while rng.random() > 0.1 and (at := at + timedelta(days=rng.randrange(cycle // 2, cycle))) < now:
        row = acts.confirm(NAME, row.code, by=by, at=at, version=row.version)
    if first:
        _in_languages(row, about["zh"], by, _second(posts, by), now - timedelta(days=9))
    return row


def _second(posts: Mapping[Any, Sequence[Actor]], by: Actor) -> Actor:
    """Somebody else of the same unit, or the shift lead of the hotline."""
    here = posts.get((Role.HANDLER, by.unit, 0), ())
    return next((one for one in here if one.staff_id != by.staff_id), posts[Role.CENTRE_LEAD, "hotline", 0][0])


def _in_languages(row: Row, about: str, by: Actor, second: Actor, at: datetime) -> None:
    now, told = {"title": row.title, "about": about}, _said("points")["first"]
    foreign.say_languages([lang for lang, one in told.items() if one["read"]], by=second, at=at)
    for lang, one in told.items():
        for name in now:
            if name in one:
                foreign.enter(row.pk, name, lang, one[name], source=now[name], by=by, at=at)
    for entered in foreign.texts(row.pk, now):
        if told[entered.lang]["read"]:
            foreign.read(row.pk, entered.turn, now=now, by=second, at=at + timedelta(days=1))


def _ratings(
    row: Row, count: int, now: datetime, rules: Rules, posts: Mapping[Any, Sequence[Actor]], rng: random.Random
) -> None:
    held = shelf.of(NAME, rules.book)
    mood = rng.choice((1.4, 1.0, 0.7))
    for n, minutes in enumerate(sorted(rng.randrange(10, 290 * 1440) for _ in range(count))):
        level = rng.choices("54321", (40 * mood, 30, 15, 8 / mood, 5 / mood))[0]
        given = {"level": level}
        if rng.random() < 0.8:
            given["was_open"] = rng.choices(("yes", "no"), (95, 5))[0]
        if rng.random() < 0.7:
            given["done"] = rng.choices(("yes", "partly", "no"), (75, 18, 7))[0]
        if rng.random() < 0.7:
            given["wait"] = rng.choices(("short", "half", "long"), (60, 30, 10))[0]
        words = rng.choice(_said("points")["said"]) if rng.random() < 0.2 else ""
        at = now - timedelta(days=290) + timedelta(minutes=minutes)
        answers.give(held, row.code, RATING, given, words, once=f"demo:{row.code}:{n}", by=RESIDENT, at=at)
    by = posts[Role.SUPERVISOR, "efficiency", 0][0]
    for one in answers.said(held, row.code, by=by, at=now - timedelta(days=1))[:2] if count > 30 else ():
        answers.release(held, row.code, one.turn, seen=one.digest, by=by, at=now - timedelta(days=1))


# ------------------------------------------------------------------------------------------ questions and answers


def _texts(now: datetime, rules: Rules, posts: Mapping[Any, Sequence[Actor]], rng: random.Random) -> None:
    shift = posts[Role.CENTRE_LEAD, "hotline", 0][0]
    told = _said("knowledge")["article"]
    langs = sorted({lang for one in told for lang, more in one.items() if isinstance(more, dict) and more["read"]})
    for place, one in enumerate(told):
        by = (
            posts[Role.LEAD, one["unit"], 0][0]
            if one["unit"] != "hotline"
            else posts[Role.SUPERVISOR, "efficiency", 0][0]
        )
        at = now - timedelta(days=rng.randrange(30, 160), minutes=rng.randrange(480))
        code = publish.propose(
            "knowledge", one["title"], one["text"], unit=by.unit, title_en=one["title_en"], text_en=one["text_en"],
            law=one["law"], audience=one.get("audience", "public"), by=by, at=at,
        )  # fmt: skip
        # The last but one still waits for a second person.
        if place == len(told) - 2:
            continue
        publish.release(code, version=1, by=shift, at=at + timedelta(days=1))
        row = Row.objects.get(code=code)
        words = published.said_at(row.pk, 1)
        now_said = {name: words[name] for name in SPOKEN}
        later = at + timedelta(days=2)
        for lang, more in one.items():
            if isinstance(more, dict):
                foreign.say_languages(langs, by=shift, at=later)
                for name in SPOKEN:
                    foreign.enter(row.pk, name, lang, more[name], source=now_said[name], by=by, at=later)
        for entered in foreign.texts(row.pk, now_said):
            if one[entered.lang]["read"]:
                foreign.read(row.pk, entered.turn, now=now_said, by=shift, at=later + timedelta(days=1))
