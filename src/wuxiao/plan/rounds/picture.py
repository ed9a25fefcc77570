"""A week of rounds as a picture: one line a shift, visits, breaks and ways over the hours of the day.

python -m wuxiao.plan.rounds.picture PROBLEM.json PLAN.json OUT.svg
"""

from __future__ import annotations

import math
import sys
from pathlib import Path
from xml.sax.saxutils import escape

from wuxiao.plan import store
from wuxiao.plan.rounds.problem import Plan, Problem

WIDE, HIGH, ASIDE = 860, 20, 110


def week(problem: Problem, plan: Plan, days: range = range(7)) -> str:
    """Return an SVG of the rounds of some days: visits made once dark, those that come again lighter, breaks yellow."""
    rows = [r for r in plan.rounds if r.day in days]
    again = {p.id for p in problem.places if p.visits > 1}
    first = min((r.leave for r in rows), default=0.0) // 60 * 60
    last = math.ceil(max([r.back for r in rows] + [x.end for r in rows for x in r.rests], default=60.0) / 60) * 60
    scale = (WIDE - ASIDE - 10) / max(1.0, last - first)
    parts: list[str] = []
    tall = 30 + HIGH * len(rows) + 26

    def box(begin: float, end: float, top: float, fill: str, words: str, high: float = HIGH - 6) -> None:
        x, width = ASIDE + (begin - first) * scale, max(0.8, (end - begin) * scale - 0.4)
        parts.append(
            f'<rect x="{x:.1f}" y="{top:.1f}" width="{width:.1f}" height="{high:.1f}" fill="{fill}">'
            f"<title>{escape(words)}</title></rect>"
        )

    for hour in range(int(first // 60), int(last // 60) + 1):
        x = ASIDE + (hour * 60 - first) * scale
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="22" y2="{tall - 26}" stroke="#ddd"/>')
        parts.append(f'<text x="{x:.1f}" y="15" text-anchor="middle">{hour}:00</text>')
    for i, one in enumerate(rows):
        top = 30.0 + HIGH * i
        parts.append(f'<text x="4" y="{top + 11}">第{one.day + 1}天 {escape(one.officer)}</text>')
        box(one.leave, one.back, top + 5, "#c9d3dc", f"路上 travel {one.travel:.0f} min", HIGH - 16)
        for visit in one.visits:
            box(visit.begin, visit.end, top, "#5b9bd5" if visit.place in again else "#1f4e79", visit.place)
        for rest in one.rests:
            box(rest.begin, rest.end, top, "#f2b134", "休息 break")
    legend = (
        ("#1f4e79", "访一次 once"),
        ("#5b9bd5", "再访 again"),
        ("#f2b134", "用餐休息 break"),
        ("#c9d3dc", "路上 travel"),
    )
    for i, (fill, words) in enumerate(legend):
        x = ASIDE + 150 * i
        parts.append(f'<rect x="{x}" y="{tall - 18}" width="12" height="12" fill="{fill}"/>')
        parts.append(f'<text x="{x + 17}" y="{tall - 8}">{words}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {tall}" font-family="sans-serif" font-size="11">'
        f'<rect width="{WIDE}" height="{tall}" fill="#fff"/>{"".join(parts)}</svg>\n'
    )


if __name__ == "__main__":
    problem_file, plan_file, out = (Path(x) for x in sys.argv[1:4])
    out.write_text(week(store.load(Problem, problem_file), store.load(Plan, plan_file)), encoding="utf-8")
