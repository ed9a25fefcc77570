"""The lists a draw is made from, read from CSV or XLSX, and its result as anybody keeps and recomputes it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from wuxiao.desk.files import tables
from wuxiao.subjects.inspection.draw import BadDraw, Inspector, Place, Round

#: What each column may be called.
COLUMNS: Mapping[str, frozenset[str]] = {
    "code": frozenset({"code", "编号", "编码"}),
    "kind": frozenset({"kind", "类型", "类别"}),
    "excluded": frozenset({"excluded", "排除理由", "不抽理由"}),
    "aside": frozenset({"aside", "standsaside", "回避"}),
}
_KNOWN = frozenset().union(*COLUMNS.values())
#: One place somebody stands aside from: its code, then the reason.
_ASIDE = re.compile(r"\s*(\S+)\s+(.+?)\s*")


def _rows(path: Path, *needed: str) -> Iterator[tuple[int, dict[str, str]]]:
    table = tables.open_table(path, known=_KNOWN)
    at = {name: h for h in table.headings for name, said in COLUMNS.items() if tables.plain(h) in said}
    for name in needed:
        if name not in at:
            names = "、".join(sorted(COLUMNS[name]))
            raise BadDraw(
                f"{path.name}没有“{names}”一列",
                f"{path.name} has no column called {' or '.join(sorted(COLUMNS[name]))}",
            )
    for line in table.lines():
        row = {name: line.cells.get(heading, "").strip() for name, heading in at.items()}
        for name in needed:
            if not row[name]:
                raise BadDraw(
                    f"{path.name}第{line.line}行缺“{at[name]}”",
                    f"{path.name}, line {line.line}: “{at[name]}” is missing",
                )
        yield line.line, row


def places(path: Path) -> list[Place]:
    """Return the places of a file; `BadDraw` or `SheetError` name the line and how to mend it."""
    return [Place(row["code"], row["kind"], row.get("excluded", "")) for _, row in _rows(path, "code", "kind")]


def inspectors(path: Path) -> list[Inspector]:
    """Return the inspectors of a file; who stands aside is written “P-0012 relative; P-0040 worked there”."""
    found = []
    for line, row in _rows(path, "code"):
        aside: dict[str, str] = {}
        for part in filter(str.strip, re.split("[;；]", row.get("aside", ""))):
            one = _ASIDE.fullmatch(part)
            if one is None:
                raise BadDraw(
                    f"{path.name}第{line}行：回避要写场所编号和理由，用空格隔开，现在是“{part.strip()}”",
                    f"{path.name}, line {line}: standing aside needs the place's code, a blank and the reason, not "
                    f"“{part.strip()}”",
                )
            aside[one[1]] = one[2]
        found.append(Inspector(row["code"], aside, row.get("excluded", "")))
    return found


def told(made: Round) -> dict[str, Any]:
    """Return a round as JSON says it."""
    return {
        "seed": made.seed,
        "digest": made.digest,
        "going": [
            {"place": g.place, "kind": g.kind, "inspectors": list(g.inspectors), "named": g.named} for g in made.going
        ],
        "short": [{"place": place, "why": why.zh, "why_en": why.en} for place, why in made.short],
    }


def differences(published: Mapping[str, Any], made: Round) -> list[str]:
    """Return in what a published round differs from the one recomputed; none when they are the same."""
    own = told(made)
    found = [key for key in ("seed", "digest", "short") if published.get(key) != own[key]]
    theirs = {str(g.get("place")): g for g in _list(published.get("going"))}
    ours = {g["place"]: g for g in own["going"]}
    found += [place for place in sorted(theirs.keys() | ours.keys()) if theirs.get(place) != ours.get(place)]
    return found


def _list(value: object) -> Sequence[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
