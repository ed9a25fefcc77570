"""Reading who does what where: the category tree, divisions, units with their powers, routing rules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from wuxiao.rules.book.source import Node, freeze, name_of, suggest
from wuxiao.rules.book_model import (
    CLASSES,
    EVERYWHERE,
    KINDS,
    Body,
    Category,
    Circle,
    Division,
    Hide,
    RouteRule,
    RowKind,
    Unit,
    type_names,
)
from wuxiao.rules.terms import Terms
from wuxiao.rules.words import Text
from wuxiao.typed import mail
from wuxiao.typed.plain import flat
from wuxiao.typed.trouble import Trouble

_SLUG = r"[a-z][a-z0-9_]*"
_CATEGORY = rf"{_SLUG}(\.{_SLUG})*"
_LEVELS: dict[int, Literal["county", "township", "community"]] = {6: "county", 9: "township", 12: "community"}


def read_categories(root: Node) -> Mapping[str, Category]:
    """Read the category tree; an entry without a parent of its own is noted."""
    out: dict[str, Category] = {}
    entries = root.table("categories")
    if "categories" in root.map and not entries:
        root.bad(("categories",), "至少要有一个分类", "at least one category is needed")
    codes = {code for code, _ in entries}
    parents = {code.rpartition(".")[0] for code in codes}
    for code, node in sorted(entries, key=lambda e: e[0].count(".")):
        if not re.fullmatch(_CATEGORY, code):
            node.bad(
                (),
                "代码只能用小写字母、数字、下划线和点",
                "a code has lower-case letters, digits, underscores and dots",
            )
            continue
        parent = code.rpartition(".")[0] or None
        if parent is not None and parent not in codes:
            hint = suggest(parent, codes)
            node.bad(
                (), f"上级分类「{parent}」不存在{hint.zh}", f'its parent category "{parent}" does not exist{hint.en}'
            )
            parent = None
        above = out.get(parent) if parent else None
        category = Category(
            code=code,
            name=name_of(node),
            parent=parent,
            kind=node.choice("kind", KINDS, above.kind if above else None),
            handling_class=node.choice("class", CLASSES, above.handling_class if above else None),
            keywords=node.strings("keywords", least=3, default=()),
            police=node.flag("police", above.police if above else False),
            committee_ok=node.flag("committee", above.committee_ok if above else False),
            petition=node.flag("petition", above.petition if above else False),
            child=node.flag("child", above.child if above else False),
            level=code.count(".") + 1,
            leaf=code not in parents,
            chain=(code, *(above.chain if above else (EVERYWHERE,))),
        )
        if len(category.keywords) > 8:
            node.bad(("keywords",), "关键词最多 8 个", "at most 8 keywords")
        node.done()
        out[code] = category
    return freeze({code: out[code] for code, _ in entries if code in out})


def read_divisions(root: Node) -> Mapping[str, Division]:
    """Read the divisions; the parent is the one named, else the longest other code that begins this one."""
    entries = root.table("divisions")
    if "divisions" in root.map and not entries:
        root.bad(("divisions",), "至少要有一个区划", "at least one division is needed")
    parents: dict[str, str | None] = {}
    codes = {code for code, _ in entries if code.isdigit() and len(code) in _LEVELS}
    nodes = {}
    for code, node in entries:
        if code not in codes:
            node.bad((), "区划代码应为 6、9 或 12 位数字", "a division code has 6, 9 or 12 digits (GB/T 2260)")
            continue
        given = node.string("parent", default="")
        natural = max((c for c in codes if c != code and code.startswith(c)), key=len, default=None)
        if given and node.known(("parent",), given, codes):
            parents[code] = given
        else:
            parents[code] = natural
            if natural is None and len(code) > 6:
                node.bad((), "找不到它的上级区划", "no division above it was found")
        nodes[code] = (node, name_of(node))
        node.done()
    chains = _chains(parents)
    out = {}
    for code, (node, name) in nodes.items():
        chain = chains[code]
        if chain is None:
            node.bad(("parent",), "上级关系绕成了圈", "its parents run in a circle")
            chain = (code,)
        out[code] = Division(code, name, _LEVELS[len(code)], parents[code], (*chain, EVERYWHERE))
    return freeze(out)


def _chains(parents: Mapping[str, str | None]) -> dict[str, tuple[str, ...] | None]:
    """Return each name with its parents upward, None where they run in a circle."""
    out: dict[str, tuple[str, ...] | None] = {}
    for name in parents:
        chain: list[str] = []
        at: str | None = name
        while at is not None and at in parents and at not in chain:
            chain.append(at)
            at = parents[at]
        out[name] = None if at is not None and at in chain else tuple(chain)
    return out


def _mail(node: Node) -> str:
    typed = node.string("mail", default="")
    found = mail.read(typed)
    if isinstance(found, Trouble):
        node.bad(("mail",), f"「{typed}」：{found.zh}", f'"{typed}": {found.en}')
    return found if isinstance(found, str) else ""


def read_units(root: Node, divisions: Mapping[str, Division], categories: Mapping[str, Category]) -> Mapping[str, Unit]:
    """Read the units, their powers and who oversees them."""
    entries = root.table("units")
    if "units" in root.map and not entries:
        root.bad(("units",), "至少要有一个单位", "at least one unit is needed")
    codes = {code for code, _ in entries}
    rows: dict[str, tuple[Node, dict[str, Any]]] = {}
    for code, node in entries:
        if not re.fullmatch(_SLUG, code):
            node.bad(
                (), "单位代码只能用小写字母、数字和下划线", "a unit code has lower-case letters, digits and underscores"
            )
        row: dict[str, Any] = {"name": name_of(node), "type": node.choice("type", type_names)}
        row["division"] = node.string("division")
        if row["division"]:
            node.known(("division",), row["division"], divisions)
        row["powers"] = node.strings("powers", least=0)
        for n, power in enumerate(row["powers"]):
            if power.removeprefix("-") != EVERYWHERE:
                node.known(("powers", n), power.removeprefix("-"), categories)
        for key in ("parent", "supervisor"):
            value = node.string(key, default="")
            row[key] = value if value and node.known((key,), value, codes) else None
        row["phone"] = flat(node.string("phone")).strip()
        row["mail"] = _mail(node)
        node.done()
        rows[code] = (node, row)
    chains = _chains({code: row["parent"] for code, (_, row) in rows.items()})
    out = {}
    for code, (node, row) in rows.items():
        chain = chains[code]
        if chain is None:
            node.bad(("parent",), "上级关系绕成了圈", "its parents run in a circle")
            chain = (code,)
        supervisor = row["supervisor"] or row["parent"]
        if supervisor is None:
            if "supervisor" not in node.map and "parent" not in node.map:
                node.bad(
                    (),
                    "既无 supervisor 也无 parent:反映本单位的问题就没有别处可去",
                    "it has neither supervisor nor parent, so a matter about the unit itself has nowhere else to go",
                )
            supervisor = code
        row["supervisor"] = supervisor
        out[code] = Unit(code=code, under=frozenset(chain), **row)
    return freeze(out)


def read_routes(
    root: Node, categories: Mapping[str, Category], divisions: Mapping[str, Division], units: Mapping[str, Unit]
) -> tuple[RouteRule, ...]:
    """Read the routing rules and check every name in them."""
    out: list[RouteRule] = []
    places = [*units, *(f"{t}@division" for t in type_names)]
    for node in root.array("route", least=1):
        rule = RouteRule(
            id=node.string("id", r"[a-z0-9][a-z0-9_-]*"),
            categories=node.strings("categories"),
            divisions=node.strings("divisions", default=(EVERYWHERE,)),
            lead=node.strings("lead"),
            co=node.strings("co", least=0, default=()),
            supervisor=node.string("supervisor", default="") or None,
            why=node.text("why") if node.has("why") else None,
        )
        for key, known in (("categories", [*categories, EVERYWHERE]), ("divisions", [*divisions, EVERYWHERE])):
            for n, value in enumerate(getattr(rule, key)):
                node.known((key, n) if isinstance(node.map.get(key), list) else (key,), value, known)
        for key in ("lead", "co"):
            for n, value in enumerate(getattr(rule, key)):
                node.known((key, n) if isinstance(node.map.get(key), list) else (key,), value, places)
        if rule.supervisor is not None:
            node.known(("supervisor",), rule.supervisor, units)
        if rule.id in {r.id for r in out}:
            node.bad(("id",), f"规则编号「{rule.id}」重复", f'rule id "{rule.id}" is used twice')
        node.done()
        out.append(rule)
    return tuple(out)


def read_hide(root: Node, units: Mapping[str, Unit]) -> Hide:
    """Read who would tell whom, and the bodies people mean without a name.

    A book without the section takes its police for a circle, and its stations, committees and townships for bodies.
    """
    if not root.has("hide"):
        return _usual_hide(units)
    node = root.child("hide")
    circles = []
    for item in node.array("circle"):
        circle = Circle(name_of(item), item.strings("units"), item.string("overseer"))
        for n, code in enumerate(circle.units):
            item.known(("units", n), code, units)
        item.known(("overseer",), circle.overseer, units)
        item.done()
        circles.append(circle)
    bodies = {}
    for code, entry in node.table("body"):
        body = Body(
            code,
            name_of(entry),
            entry.strings("types", least=0, default=()),
            entry.strings("units", least=0, default=()),
        )
        for n, value in enumerate(body.types):
            entry.known(("types", n), value, type_names)
        for n, value in enumerate(body.units):
            entry.known(("units", n), value, units)
        if not body.types and not body.units:
            entry.bad((), "应写明 types 或 units", "it needs types or units")
        if code in units:
            entry.bad((), f"「{code}」已是单位代码", f'"{code}" is the code of a unit already')
        entry.done()
        bodies[code] = body
    danger: tuple[str, ...] = ()
    if node.has("danger"):
        told = node.child("danger")
        danger = told.strings("units", least=0, default=())
        for n, code in enumerate(danger):
            told.known(("units", n), code, units)
        told.done()
    node.done()
    return Hide(tuple(circles), freeze(bodies), danger)


#: Registers whose rows may name who is on duty, where the town says so of a kind.
_NAMING = frozenset({"service_points"})


def read_terms(root: Node) -> Mapping[str, Terms]:
    """Read which calendars of terms there are; the days of each are brought in. A book without the section has none."""
    if not root.has("terms"):
        return freeze({})
    found = {}
    for code, node in root.table("terms"):
        if not re.fullmatch(_SLUG, code) or len(code) > 24:
            node.bad((), "校历代码是最多 24 个小写字母", "the code of a calendar is at most 24 small letters")
        found[code] = Terms(code, name_of(node), node.whole("before_days", 1, 60))
        node.done()
    return freeze(found)


def read_registers(
    root: Node, units: Mapping[str, Unit], terms: Mapping[str, Terms]
) -> Mapping[str, Mapping[str, RowKind]]:
    """Read which registers a town keeps and of what kinds; a book without the section keeps none."""
    if not root.has("registers"):
        return freeze({})
    section = root.child("registers")
    found = {}
    for name in section.map:
        kinds = {}
        for code, node in section.table(name):
            unit = node.string("unit")
            node.known(("unit",), unit, units)
            like = node.string("like", default=code)
            names = name in _NAMING and node.flag("names", default=False)
            # A text that is published is reviewed, and goes by no terms.
            goes_by = node.string("terms", default="") if name != "publications" else ""
            if goes_by:
                node.known(("terms",), goes_by, terms)
            cycle = node.whole("cycle_days", 1, 3660)
            kinds[code] = RowKind(code, name_of(node), cycle, unit, like, names, terms.get(goes_by))
            if not re.fullmatch(_SLUG, code) or len(code) > 24:
                node.bad((), "种类代码是最多 24 个小写字母", "the code of a kind is at most 24 small letters")
            node.done()
        if not kinds:
            section.bad((name,), "至少要有一个种类", "at least one kind is needed")
        found[name] = freeze(kinds)
    section.done()
    return freeze(found)


def _usual_hide(units: Mapping[str, Unit]) -> Hide:
    command = next((u for u in units.values() if u.type == "police_command"), None)
    circles: tuple[Circle, ...] = ()
    danger: tuple[str, ...] = ()
    if command is not None:
        danger = (command.code,)
        top = command.parent or command.code
        circles = (Circle(Text("公安机关", "the police"), (top,), command.supervisor),)
    there = {u.type for u in units.values()}
    wanted = [kind for kind in ("station", "community", "sub_district") if kind in there]
    return Hide(circles, freeze({kind: Body(kind, type_names[kind], (kind,)) for kind in wanted}), danger)
