"""What an engine shows to the command line and to the register, and the list of engines there are."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from wuxiao.plan.form import BadProblem, Said
from wuxiao.plan.register import Entry

#: The engines, in the order of the papers; each is a package here with a module-level ``ENGINE``.
NAMES = ("grids", "cover", "queue", "replay", "dispatch", "beats", "rounds", "roster", "match", "demand", "order")


@dataclass(frozen=True, slots=True)
class Reader:
    """A published instance format: `load` turns a file into a problem; raises `BadProblem` naming line or field.

    Settings of the engine that were given on the command line are passed to it by name.
    """

    flag: str
    load: Callable[..., Any]
    help: Said


@dataclass(frozen=True, slots=True)
class Setting:
    """A flag beside the file: a field of the problem by its name, or (`reading`) a word only the readers understand.

    `kind` turns the word into a value; bool makes a flag without a value.
    """

    name: str
    kind: Callable[[str], Any]
    help: Said
    reading: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """One engine: its types, its `solve`, its independent `check` and its entry in the register.

    `check(problem, plan)` returns a list of breaches in two languages, empty for a plan that keeps every hard rule and
    whose objective is what it says; `figures(problem, plan)` returns what the command prints beside the head.
    """

    name: str
    problem: type[Any]
    plan: type[Any]
    solve: Callable[..., Any]
    check: Callable[[Any, Any], Sequence[Said]]
    entry: Entry
    readers: tuple[Reader, ...] = ()
    settings: tuple[Setting, ...] = ()
    figures: Callable[[Any, Any], Mapping[str, Any]] = field(default=lambda problem, plan: {})


def engine(name: str) -> Engine:
    """Return an engine by name; raises `BadProblem` for a name there is not."""
    if name not in NAMES:
        known = "、".join(NAMES)
        raise BadProblem("engine", Said(f"没有“{name}”，有：{known}", f"no engine “{name}”; there are: {known}"))
    found: Engine = importlib.import_module(f"wuxiao.plan.{name}").ENGINE
    return found
