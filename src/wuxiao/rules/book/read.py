"""From the parsed text of a rule book to its records; every mistake of form is noted and reading goes on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from wuxiao.rules.book.lives import read_lives
from wuxiao.rules.book.numbers import (
    read_call_back,
    read_clocks,
    read_danger,
    read_decline,
    read_evidence,
    read_figures,
    read_hand_over,
    read_hot,
    read_ladder,
    read_petition,
    read_promises,
    read_retention,
    read_sign_off,
    read_throttle,
    read_unusual,
    read_uploads,
)
from wuxiao.rules.book.places import (
    read_categories,
    read_divisions,
    read_hide,
    read_registers,
    read_routes,
    read_terms,
    read_units,
)
from wuxiao.rules.book.source import Node, fixed, freeze, name_of
from wuxiao.rules.book_model import (
    CLASSES,
    KINDS,
    Category,
    Division,
    EmergencyNumber,
    HandlingClass,
    Kind,
    RouteRule,
    Town,
    Unit,
)
from wuxiao.rules.calendar import CalendarError, DueAt, OfficeHours, Season, Spans, parse_spans
from wuxiao.typed.plain import flat


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything read from a book before its parts are checked against each other."""

    values: Mapping[str, Any]
    categories: Mapping[str, Category]
    divisions: Mapping[str, Division]
    units: Mapping[str, Unit]
    routes: tuple[RouteRule, ...]


def read(root: Node) -> Parts:
    """Read a whole book; mistakes are left in the notes of the root node."""
    categories = read_categories(root)
    divisions = read_divisions(root)
    units = read_units(root, divisions, categories)
    routes = read_routes(root, categories, divisions, units)
    values: dict[str, Any] = {"town": _town(root, divisions)}
    values["office_hours"] = _office_hours(root)
    values |= _kinds_and_classes(root)
    values |= read_promises(root, categories)
    values |= read_sign_off(root, units)
    values["handover"] = read_hand_over(root)
    values["ladder"] = read_ladder(root)
    values["danger"] = read_danger(root)
    values["unread"] = read_danger(root, "unread")
    values |= read_clocks(root)
    values["decline_reasons"] = read_decline(root)
    values["evidence_kinds"] = read_evidence(root)
    values["callback"] = read_call_back(root)
    values["petition"] = read_petition(root)
    values |= read_figures(root)
    values["retention"] = read_retention(root)
    values["throttle"] = read_throttle(root)
    values["unusual"] = read_unusual(root)
    values["uploads"] = read_uploads(root)
    values["hot"] = read_hot(root)
    values["hide"] = read_hide(root, units)
    values["terms"] = read_terms(root)
    values["registers"] = read_registers(root, units, values["terms"])
    values["lives"] = read_lives(root, units)
    root.done()
    return Parts(values, categories, divisions, units, routes)


def _town(root: Node, divisions: Mapping[str, Division]) -> Town:
    node = root.child("town")
    code = node.string("code")
    if code and node.known(("code",), code, divisions) and divisions[code].parent is not None:
        node.bad(("code",), f"{code} 上面还有区划,不能代表整个地方", f"{code} lies inside another division")
    numbers = []
    for number, entry in root.table("emergency"):
        numbers.append(EmergencyNumber(number, name_of(entry), entry.text("when")))
        entry.done()
    for needed in ("110", "119", "120", "122"):
        if needed not in {n.number for n in numbers}:
            root.child("emergency").bad((), f"缺少紧急号码 {needed}", f"emergency number {needed} is missing")
    town = Town(
        code=code,
        name=node.text("name"),
        operator=node.text("operator"),
        phone=flat(node.string("phone")).strip(),
        fictional=node.flag("fictional", False),
        emergency_numbers=tuple(numbers),
    )
    node.done()
    return town


def _spans(node: Node, key: str) -> Spans:
    """Read a list of office hours such as `["09:00-12:00", "14:00-18:00"]`."""
    texts = node.strings(key)
    try:
        return parse_spans(" ".join(texts)) if texts else ()
    except CalendarError as error:
        node.bad((key,), f"办公时间应写作 09:00-12:00,先后有序、互不重叠({error})", str(error))
    return ()


_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _office_hours(root: Node) -> OfficeHours:
    node = root.child("office_hours")
    spans = _spans(node, "spans")
    weekdays = []
    if node.has("weekdays"):
        table = node.child("weekdays")
        weekdays = [(n, _spans(table, name)) for n, name in enumerate(_WEEKDAYS) if table.has(name)]
        table.done()
    seasons = []
    for item in node.array("season"):
        days = []
        for key in ("first", "last"):
            text = item.string(key)
            m = re.fullmatch(r"(\d\d)-(\d\d)", text)
            try:
                days.append(date(2024, int(m[1]), int(m[2])) if m else None)
            except ValueError:
                days.append(None)
            if days[-1] is None and text:
                item.bad((key,), f"「{text}」不是日子,应写作 06-01", f'"{text}" is no day of the year; write 06-01')
        hours = _spans(item, "spans")
        item.done()
        if days[0] and days[1] and hours:
            seasons.append(Season((days[0].month, days[0].day), (days[1].month, days[1].day), hours))
    due = node.choice("due", [d.value for d in DueAt], DueAt.CLOSE.value)
    node.done()
    if not spans or due not in list(DueAt) or not all(hours for _, hours in weekdays):
        return OfficeHours()
    return OfficeHours(spans, tuple(weekdays), tuple(seasons), DueAt(due))


def _kinds_and_classes(root: Node) -> dict[str, Any]:
    kinds, classes = {}, {}
    for code, node in fixed(root, "kinds", KINDS):
        kinds[code] = Kind(code, name_of(node), node.text("meaning"))
        node.done()
    for code, node in fixed(root, "classes", CLASSES):
        classes[code] = HandlingClass(code, name_of(node), node.text("meaning"), node.flag("shield", False))
        node.done()
    return {"kinds": freeze(kinds), "classes": freeze(classes)}
