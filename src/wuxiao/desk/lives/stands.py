"""How somebody stands to a case, declared: by posts in the unit that has it, by its code, or as the house."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wuxiao.desk.base.actor import Actor
from wuxiao.records.models import Case
from wuxiao.rules import access
from wuxiao.rules.access import Role
from wuxiao.rules.life import OwnFacts


@dataclass(frozen=True, slots=True)
class Stands:
    """One way of standing to a case.

    `roles` are posts in the unit that has the case (before there is one: in any), and with `keys` also a key of that
    unit; `code` is whoever holds the code of the case, `house` the program itself. Who took one of the steps
    `apart_from` last does not stand so: another person looks.
    """

    roles: frozenset[Role] = frozenset()
    keys: bool = False
    code: bool = False
    house: bool = False
    apart_from: frozenset[str] = frozenset()


def posts(*roles: Role, keys: bool = False, apart_from: tuple[str, ...] = ()) -> Stands:
    """Return the standing of whoever has one of these posts in the unit that has the case."""
    return Stands(frozenset(roles), keys=keys, apart_from=frozenset(apart_from))


BY_CODE = Stands(code=True)
BY_THE_HOUSE = Stands(house=True)


def relations(by: Actor, facts: OwnFacts, ways: Mapping[Any, Stands]) -> frozenset[Any]:
    """Return in which of these ways somebody stands to a case with these facts."""
    return frozenset(name for name, way in ways.items() if _holds(by, facts, way))


def _holds(by: Actor, facts: OwnFacts, way: Stands) -> bool:
    match by.kind:
        case "system":
            return way.house
        case "resident":
            return way.code
        case "machine":
            return way.keys and (facts.state is None or by.unit == facts.holder)
    if any(facts.did.get(verb) == by.staff_id for verb in way.apart_from):
        return False
    return bool(units_of(by, way.roles) if facts.state is None else facts.holder in units_of(by, way.roles))


def units_of(by: Actor, roles: frozenset[Role]) -> tuple[str, ...]:
    """Return the units in which somebody has one of these posts, in the order of their posts."""
    if by.viewer is None:
        return ()
    return tuple(dict.fromkeys(post.unit for post in by.viewer.posts if post.role in roles and post.unit))


def sees(by: Actor, facts: OwnFacts, case: Case) -> bool:
    """Return whether somebody sees a case: its unit, those above it and its division, but nobody it is kept from."""
    if by.viewer is None:
        return True
    return facts.hidden.isdisjoint(by.viewer.units) and bool(access.of_case(facts) & set(by.viewer.principals))
