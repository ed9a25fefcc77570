"""The algorithm register: what each engine takes in, what it gives out, what it must never be told, who decides.

An entry is part of the code and is compared with it: the inputs it declares must be exactly the fields of the engine's
problem, and none of them may name a trait or a history of a person (PIPL art. 24; the inventory's OUT rows).
"""

from __future__ import annotations

import dataclasses
import re
import typing
from dataclasses import dataclass
from typing import Any

from wuxiao.plan.form import Said

#: Parts of a field's name that would speak of a person's traits or past.
FORBIDDEN = (
    "age", "gender", "sex", "ethnic", "race", "nation", "religion", "belief", "health", "illness", "mental", "drug",
    "criminal", "record", "offence", "offender", "suspect", "convict", "history", "income", "marital", "hukou",
    "migrant", "face", "phone", "identity", "plate", "watch", "risk", "rating", "rank",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One engine in the register.

    `inputs` maps each field of the problem, dotted and sorted into its parts, to what it means; `limits` says where the
    engine must not be trusted; `decides` names the office whose holder adopts a plan (never the machine).
    """

    engine: str
    purpose: Said
    method: Said
    inputs: dict[str, Said]
    output: Said
    limits: Said
    decides: Said
    sources: tuple[str, ...] = ()


def fields_of(kind: Any, where: str = "", seen: tuple[Any, ...] = ()) -> list[str]:
    """Return the dotted names of all fields that a problem holds, those of its parts included."""
    found: list[str] = []
    for inner in _parts(kind):
        if not dataclasses.is_dataclass(inner) or inner in seen:
            continue
        hints = typing.get_type_hints(inner, include_extras=True)
        for f in dataclasses.fields(inner):
            if not f.init:
                continue
            name = f"{where}{f.name}"
            below = fields_of(hints[f.name], f"{name}.", (*seen, inner))
            found += below or [name]
    return found


def faults(entry: Entry, problem: Any) -> list[str]:
    """Return where an entry and the code differ, and what a problem must not hold; empty when all is well."""
    have = set(fields_of(problem))
    said = set(entry.inputs)
    lines = [f"{entry.engine}: {name} is in the problem and not in the register" for name in sorted(have - said)]
    lines += [f"{entry.engine}: {name} is in the register and not in the problem" for name in sorted(said - have)]
    for name in sorted(have):
        words = set(re.split(r"[._]", name.lower()))
        if words & set(FORBIDDEN):
            lines.append(f"{entry.engine}: {name} names a trait or history of a person")
    return lines


def _parts(kind: Any) -> list[Any]:
    args = typing.get_args(kind)
    if not args:
        return [kind]
    return [part for a in args for part in _parts(a)]
