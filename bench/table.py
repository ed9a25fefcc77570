"""The figures as people read them: ratios first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

LISTS = ("inbox, operator", "inbox, department")
SEARCHES = ("search, two characters", "search, four characters", "search, department")


def _rows(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    cells = [[str(c) for c in row] for row in (header, *rows)]
    widths = [max(len(row[n]) for row in cells) for n in range(len(header))]
    lines = ["| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |" for row in cells]
    lines.insert(1, "|" + "|".join("-" * (w + 2) for w in widths) + "|")
    return "\n".join(lines)


def _cost(page: dict[str, Any]) -> float:
    return float(page["cpu_ms"]) + float(page["server_cpu_ms"])


def _pick(found: dict[str, Any], engine: str, size: int) -> dict[str, Any] | None:
    return next((r for r in found["runs"] if r["engine"] == engine and r["asked"] == size), None)


def report(found: dict[str, Any]) -> str:
    """Return the whole report as Markdown."""
    one = found["machine"]
    parts = [
        f"Machine: {one['cpu']}, {one['cores']} cores, {one['memory_gib']} GiB, {one['system']}, "
        f"Python {one['python']}, SQLite {one['sqlite']}; load at the start {one['load']}. "
        "CPU is milliseconds of the process's own clock, median; p50 and p95 are wall clock.",
    ]
    if found["peer"]:
        parts += ["## Against django-helpdesk", _against(found)]
    parts += ["## Aims, at the largest size", _aims(found)]
    for run in found["runs"]:
        parts += [f"## {run['engine']}, {run['asked']:,} matters", _run(run)]
    flat = _flat(found)
    if flat:
        parts += ["## Flatness", flat]
    for run in found["runs"]:
        for name, profile in run.get("profiles", {}).items():
            parts.append(f"### Where the time of “{name}” goes ({run['engine']}, {run['asked']:,})")
            parts.append(
                _rows(("part", "share"), [(k, f"{v:.0%}") for k, v in profile["shares"].items() if v >= 0.005])
            )
            parts.append(
                "Longest functions of our own, with what they call:\n\n" + "\n".join(f"- {t}" for t in profile["top"])
            )
    return "\n\n".join(parts) + "\n"


def _against(found: dict[str, Any]) -> str:
    peer = found["peer"]
    theirs_list = peer["list, rows as JSON"]["cpu_ms"] + peer["list, page without rows"]["cpu_ms"]
    rows = []
    for size in sorted({r["asked"] for r in found["runs"]}):
        run = _pick(found, "sqlite", size)
        if run is None:
            continue
        # Both were calibrated with the same fixed work, so that a machine busier in one half does not decide.
        fair = run["calibration_ms"] / peer["calibration_ms"]
        for name in ("create, resident's page", "create, JSON API"):
            ours = run["pages"][name]["cpu_ms"]
            theirs = peer["create"]["cpu_ms"]
            rows.append((name, f"{size:,}", ours, theirs, f"{theirs / ours:.1f}x", f"{theirs * fair / ours:.1f}x"))
        for name in LISTS:
            ours = run["pages"][name]["cpu_ms"]
            rows.append(
                (
                    name,
                    f"{size:,}",
                    ours,
                    round(theirs_list, 1),
                    f"{theirs_list / ours:.1f}x",
                    f"{theirs_list * fair / ours:.1f}x",
                )
            )
    note = (
        f"django-helpdesk {peer['version']} on SQLite with {peer['tickets']:,} tickets, in the same run: a new ticket "
        "by its public form; its list of 50 rows (the table's JSON and the page around it)."
    )
    header = ("page", "our matters", "ours, CPU ms", "theirs, CPU ms", "ratio", "calibrated")
    return note + "\n\n" + _rows(header, rows)


def _aims(found: dict[str, Any]) -> str:
    rows = []
    largest = max(run["asked"] for run in found["runs"])
    for run in (one for one in found["runs"] if one["asked"] == largest):
        where = f"{run['engine']}, {run['asked']:,}"
        most = max(run["pages"].items(), key=lambda item: item[1]["queries"])
        rows.append(
            (where, "no page over 15 queries", f"{most[1]['queries']} ({most[0]})", _met(most[1]["queries"] <= 15))
        )
        for name in (*LISTS, "inbox, overseeing unit", "inbox, supervision", *SEARCHES):
            page = run["pages"].get(name)
            if page is None:
                continue
            limit = 3 * page["bare"]["p95_ms"] + 15
            cpu = page["cpu_p95_ms"] + page["server_cpu_ms"]
            most = 3 * (page["bare"]["cpu_p95_ms"] + page["bare"]["server_cpu_ms"]) + 15
            said = f"{page['p95_ms']:.1f} of {limit:.1f} ms; CPU {cpu:.1f} of {most:.1f}"
            rows.append((where, f"{name}: p95 ≤ 3x bare + 15 ms", said, _met(page["p95_ms"] <= limit and cpu <= most)))
        for name in ("create, resident's page", "create, JSON API"):
            page = run["pages"].get(name)
            if page is not None:
                rows.append((where, f"{name}: CPU ≤ 6 ms", f"{page['cpu_ms']} ms", _met(page["cpu_ms"] <= 6)))
    return _rows(("town", "aim", "measured", ""), rows)


def _met(yes: bool) -> str:
    return "met" if yes else "NOT MET"


def _run(run: dict[str, Any]) -> str:
    rows = []
    for name, page in run["pages"].items():
        bare = page["bare"]
        rows.append(
            (
                name,
                f"{page['ratio_cpu']}x",
                f"{_cost(page):.1f}",
                f"{_cost(bare):.2f}",
                f"{page['p50_ms']:.1f}",
                f"{page['p95_ms']:.1f}",
                f"{bare['p50_ms']:.1f}",
                f"{bare['p95_ms']:.1f}",
                page["queries"],
                f"{page['bytes'] / 1000:.0f}",
            )
        )
    header = ("page", "CPU page/bare", "CPU", "bare CPU", "p50", "p95", "bare p50", "bare p95", "queries", "kB")
    return f"Fixed work for calibration: {run['calibration_ms']} ms.\n\n" + _rows(header, rows)


def _flat(found: dict[str, Any]) -> str:
    rows = []
    for engine in dict.fromkeys(r["engine"] for r in found["runs"]):
        runs = sorted((r for r in found["runs"] if r["engine"] == engine), key=lambda r: r["asked"])
        if len(runs) < 2:
            continue
        first, last = runs[0], runs[-1]
        fair = first["calibration_ms"] / last["calibration_ms"]
        for name in last["pages"]:
            small, large = _cost(first["pages"][name]), _cost(last["pages"][name])
            rows.append(
                (
                    engine,
                    name,
                    *(f"{_cost(r['pages'][name]):.1f}" for r in runs),
                    f"{large / small:.2f}",
                    f"{large * fair / small:.2f}",
                    " → ".join(f"{r['pages'][name]['bytes'] / 1000:.0f}" for r in (first, last)),
                )
            )
        sizes = [f"CPU at {r['asked']:,}" for r in runs]
    return _rows(("engine", "page", *sizes, "last/first", "calibrated", "kB of the page"), rows) if rows else ""
