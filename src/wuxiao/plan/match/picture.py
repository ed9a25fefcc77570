"""A picture of a timetable: rooms by slots. ``python -m wuxiao.plan.match.picture FILE.svg``."""

from __future__ import annotations

import sys
from html import escape
from pathlib import Path

import numpy as np

from wuxiao.plan.match import Plan, Problem, solve
from wuxiao.plan.match.town import town

FILLS = ("#7aa6c2", "#c2a47a", "#8fbf8f", "#c28fa8", "#a79bd0", "#d0c46a")


def svg(problem: Problem, plan: Plan, *, wide: int = 34, tall: int = 30) -> str:
    """Return the picture: a row a room, a column a slot, a bar a case with its name; the colour is the mediator's."""
    width, height = 60 + wide * len(problem.days), 24 + tall * len(problem.rooms)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" font-family="sans-serif">'
    ]
    parts.append(f'<rect width="{width}" height="{height}" fill="#fbfaf7"/>')
    for k, room in enumerate(problem.rooms):
        y = 24 + k * tall
        parts.append(f'<text x="6" y="{y + 19}" font-size="12" fill="#333">{escape(room.name)} ({room.seats})</text>')
        parts.append(f'<line x1="60" y1="{y}" x2="{width}" y2="{y}" stroke="#ddd8cc"/>')
    for slot in np.flatnonzero(np.diff(problem.days, prepend=problem.days[0] - 1)):
        x = 60 + int(slot) * wide
        parts.append(f'<line x1="{x}" y1="0" x2="{x}" y2="{height}" stroke="#8a8577"/>')
        parts.append(f'<text x="{x + 4}" y="15" font-size="11" fill="#333">{int(problem.days[slot]) + 1}</text>')
    for m in plan.meetings:
        case = problem.cases[m.case]
        x, y, w = 60 + m.start * wide, 24 + m.room * tall, case.length * wide
        parts.append(
            f'<rect x="{x + 1}" y="{y + 3}" width="{w - 2}" height="{tall - 6}" rx="3" '
            f'fill="{FILLS[m.mediator % len(FILLS)]}"/>'
            f'<text x="{x + 4}" y="{y + 19}" font-size="10" fill="#111">{escape(case.name)}</text>'
        )
    return "".join([*parts, "</svg>\n"])


def main(path: Path) -> None:
    """Write the picture of two weeks of 60 hearings."""
    problem = town(60, 5, tight=0.9, slots_a_day=4)
    path.write_text(svg(problem, solve(problem, seconds=20, seed=1)), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
