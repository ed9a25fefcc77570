"""The premises of the fictional county: forty in the small one, three hundred in the whole; none of them exists."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.register import acts
from wuxiao.desk.town.books import Rules
from wuxiao.records.models import Row
from wuxiao.rules.access import Role
from wuxiao.rules.register import kinds_of
from wuxiao.site.demo.ground import Spot
from wuxiao.subjects.premises.words import CHECKS, LET_CHECKS

NAME = "premises"
SMALL, WHOLE = 40, 300
#: Of each hundred: how many of a kind, and what follows the name of the street.
KINDS: Mapping[str, tuple[int, tuple[str, ...]]] = {
    "hotel": (14, ("宾馆", "客栈", "招待所", "旅馆")),
    "ktv": (5, ("歌厅", "练歌房")),
    "net_cafe": (3, ("网吧", "网咖")),
    "foot_bath": (11, ("足浴", "足道", "推拿馆")),
    "parcel_shop": (6, ("快递驿站", "寄递网点")),
    "school": (8, ("小学", "中学", "幼儿园")),
    "hospital": (4, ("卫生院", "门诊部")),
    "bank": (5, ("储蓄所", "支行")),
    "station": (2, ("汽车站", "客运点")),
    "utility": (3, ("加压站", "变电站", "调压站")),
    "key_unit": (4, ("粮库", "档案库")),
    "building_site": (4, ("安置房工地", "商住楼工地")),
    "rented": (28, ("出租房",)),
    "rail_section": (3, ("铁路道口区段",)),
}
_LICENSED = frozenset({"hotel", "ktv", "net_cafe", "foot_bath", "parcel_shop", "school", "hospital", "bank"})
_KEY = frozenset({"school", "hospital", "bank", "station", "utility", "key_unit", "rail_section"})


def tell(
    seed: int, now: datetime, rules: Rules, spots: Sequence[Spot], posts: Mapping[Any, Sequence[Actor]], *, small: bool
) -> int:
    """Put the county's premises into their register with a year of history; returns how many, none the second time.

    Inside one transaction of the caller: a builder that is killed begins them anew.
    """
    if not kinds_of(rules.book, NAME) or Row.objects.filter(register=NAME).exists():
        return 0
    rng = random.Random(f"{seed}:{NAME}")
    wanted = SMALL if small else WHOLE
    drawn = rng.choices(list(KINDS), [share for share, _ in KINDS.values()], k=wanted - len(KINDS))
    places = rng.sample(list(spots), wanted)
    # One of each kind at least.
    for kind, spot in zip([*KINDS, *drawn], places, strict=True):
        unit = rules.book.units_at["station", spot.row.division[:9]][0]
        _one(kind, spot, unit, posts[Role.LEAD, unit, 0][0], now, rules, rng)
    return wanted


def _one(kind: str, spot: Spot, unit: str, by: Actor, now: datetime, rules: Rules, rng: random.Random) -> None:
    cycle = kinds_of(rules.book, NAME)[kind].cycle_days
    began = now - timedelta(days=rng.randrange(20, 350), minutes=rng.randrange(480))
    row = acts.put_in(NAME, _values(kind, spot, unit, began, rng), by=by, at=began)
    at = began
    # Every fifth place is let lie; the others are looked at within their cycle, some late.
    while rng.random() > 0.2:
        at += timedelta(days=rng.randrange(cycle // 2, cycle + 12), minutes=rng.randrange(480))
        if at >= now:
            break
        if rng.random() < 0.25:
            given, why = _news(kind, at, rng)
            row = acts.change(NAME, row.code, given, why=why, by=by, at=at, version=row.version)
        else:
            row = acts.confirm(NAME, row.code, by=by, at=at, version=row.version)
    if kind not in {"school", "station"} and rng.random() < 0.04 and at < now:
        day = acts.today(at).isoformat()
        acts.end(NAME, row.code, day=day, why="closed", by=by, at=at, version=row.version)


def _day(at: datetime, days: int) -> str:
    return acts.today(at + timedelta(days=days)).isoformat()


def _values(kind: str, spot: Spot, unit: str, at: datetime, rng: random.Random) -> dict[str, Any]:
    title = f"{spot.short}{rng.choice(KINDS[kind][1])}"
    found: dict[str, Any] = {
        "kind": kind,
        "title": title,
        "unit": unit,
        "division": spot.row.division,
        "address": spot.row.full,
        "bars": rng.choice(("none", "opens", "opens", "blocked")),
    }
    if spot.row.lat is not None:
        found["point"] = f"{spot.row.lat:.6f},{spot.row.lon:.6f}"
    if rng.random() < 0.8 and kind != "rented":
        found |= {"duty_office": rng.choice(("值班室", "办公室", "总台", "安全科")), "duty_phone": _phone(rng)}
        found["duty_signed"] = _day(at, -rng.randrange(5, 200))
    if kind in _LICENSED and rng.random() < 0.9:
        found |= {
            "licence": f"望川字第{rng.randrange(10_000):04d}号",
            "licence_until": _day(at, rng.randrange(20, 1400)),
        }
    if kind in _KEY and rng.random() < 0.85:
        found |= {"guards": str(rng.randrange(1, 7)), "trained_on": _day(at, -rng.randrange(5, 150))}
        found |= {"self_check": _some(CHECKS, rng), "self_checked_on": _day(at, -rng.randrange(40))}
    if kind == "rented":
        found |= {"rooms_let": str(rng.randrange(1, 6)), "let_check": _some(LET_CHECKS, rng)}
        if rng.random() < 0.8:
            found |= {"duties_told_on": _day(at, -rng.randrange(30)), "rights_told_on": _day(at, -rng.randrange(30))}
    return found


def _news(kind: str, at: datetime, rng: random.Random) -> tuple[dict[str, Any], str]:
    if kind in _LICENSED and rng.random() < 0.5:
        return {"licence_until": _day(at, 1460)}, "changed"
    if kind != "rented" and rng.random() < 0.5:
        return {"duty_phone": _phone(rng)}, rng.choice(("mistake", "changed"))
    return {"bars": "opens" if rng.random() < 0.8 else "blocked"}, "changed"


def _some(checks: Mapping[str, Any], rng: random.Random) -> list[str]:
    return [code for code in checks if rng.random() < 0.8]


def _phone(rng: random.Random) -> str:
    """A number of the fictional exchange; it cannot be dialled."""
    return f"0990-555{rng.randrange(10_000):04d}"
