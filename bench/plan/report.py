"""The figures of a run as a page: what was asked of each engine, what it reached, time and memory of the case."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from typing import Any

from bench.plan.figure import met

ABOUT = (
    'Printed by `make bench ARGS="plan --markdown FILE"`. Each case runs in a process of its own; time and memory are',
    "those of the whole case, peers included. The papers of the engines say what each figure means and show the rest.",
)


def page(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return Markdown with a table for each engine: the figures of which something was asked."""
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    lines = ["# Figures of the engines", "", *ABOUT, "", f"Machine: {machine}.", ""]
    for engine in dict.fromkeys(row["engine"] for row in rows):
        lines += [f"## {engine}", "", "| case | figure | measured | must | aim | |", "|---|---|---|---|---|---|"]
        for row in rows:
            if row["engine"] != engine:
                continue
            if "failed" in row:
                lines.append(f"| {row['case']} | failed | | | | |")
                continue
            cost = f"{row['seconds']:g} s, {row['memory_mb']} MB"
            asked = {k: v for k, v in row["figures"].items() if isinstance(v, dict) and "value" in v}
            for n, (name, figure) in enumerate(asked.items()):
                case = f"{row['case']} ({cost})" if n == 0 else ""
                cells = (
                    case,
                    name,
                    str(figure["value"]),
                    _asked(figure, "must"),
                    _asked(figure, "aim"),
                    verdict(figure),
                )
                lines.append("| " + " | ".join(cells) + " |")
            if not asked:
                lines.append(f"| {row['case']} ({cost}) | {len(row['figures'])} figures, see the paper | | | | |")
        lines.append("")
    return "\n".join(lines)


def _asked(figure: Mapping[str, Any], which: str) -> str:
    return str(figure.get(which) or "").replace(">=", "≥").replace("<=", "≤")


def verdict(figure: Mapping[str, Any]) -> str:
    """Return whether must and aim are met, in words; empty where nothing was asked."""
    must, aim = (met(figure["value"], figure.get(which) or "") for which in ("must", "aim"))
    said = [{True: "met", False: "MISSED"}[must]] if must is not None else []
    said += [{True: "aim met", False: "aim missed"}[aim]] if aim is not None else []
    return ", ".join(said)
