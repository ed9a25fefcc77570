"""A roster as an SVG picture: a row a person, a column a day; `python -m wuxiao.plan.roster.picture OUT.svg`."""

from __future__ import annotations

import sys
from html import escape
from pathlib import Path

from wuxiao.plan.roster.problem import Band, Contract, Cover, Fair, Person, Plan, Problem, Shift, Wish

_FILL = ("#f2b134", "#5aa9a3", "#b07cc6", "#7fb069", "#d9795d", "#6c8ebf")
_NIGHT = "#2f3e63"


def svg(problem: Problem, plan: Plan, *, cell: int = 20) -> str:
    """Return a roster drawn in the order of its people; weekends are shaded, days away crossed, wishes met dotted."""
    left, top = 90, 24
    groups = list(dict.fromkeys(s.group or s.id for s in problem.shifts))
    shifts = {s.id: s for s in problem.shifts}
    rows = len(problem.people)
    width, height = left + problem.days * cell + 10, top + rows * cell + 34
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"',
        ' font-family="sans-serif" font-size="11">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    for d in range(problem.days):
        x = left + d * cell
        if (d + problem.first) % 7 >= 5:
            out.append(f'<rect x="{x}" y="{top - 16}" width="{cell}" height="{rows * cell + 16}" fill="#ececec"/>')
        out.append(f'<text x="{x + cell / 2}" y="{top - 5}" text-anchor="middle" fill="#555">{d + 1}</text>')
    wanted = {(w.person, w.day): w for w in problem.wishes}
    for p, (person, row) in enumerate(zip(problem.people, plan.rows, strict=True)):
        y = top + p * cell
        out.append(f'<text x="{left - 6}" y="{y + cell * 0.7}" text-anchor="end">{escape(person.id)}</text>')
        for d, name in enumerate(row):
            x = left + d * cell
            if name:
                s = shifts[name]
                place = groups.index(s.group or s.id)
                fill = _NIGHT if s.night else _FILL[place % len(_FILL)]
                ink = "#fff" if s.night else "#222"
                out.append(
                    f'<rect x="{x + 1}" y="{y + 1}" width="{cell - 2}" height="{cell - 2}" rx="3" fill="{fill}"/>'
                )
                mark = escape((s.group or s.id)[0])
                out.append(
                    f'<text x="{x + cell / 2}" y="{y + cell * 0.7}" text-anchor="middle" fill="{ink}">{mark}</text>'
                )
            elif d in person.away:
                far = cell - 12
                cross = f"M{x + 6} {y + 6}l{far} {far}m0 -{far}l-{far} {far}"
                out.append(f'<path d="{cross}" stroke="#999"/>')
            wish = wanted.get((person.id, d))
            if wish is not None and not wish.wants and not name:
                out.append(f'<circle cx="{x + cell / 2}" cy="{y + cell / 2}" r="3" fill="#7fb069"/>')
    y = top + rows * cell + 20
    words = "×不在岗 away　●愿休且休 wish for a day off met　深色：夜 dark: night　灰：周末 grey: weekend"
    out.append(f'<text x="{left}" y="{y}" fill="#333">{words}</text></svg>')
    return "\n".join(out) + "\n"


def sample() -> Problem:
    """Return four weeks of one post of 24 hours with twelve officers (seed 002), as the papers show it."""
    shifts = (
        Shift(id="日班", start=480, minutes=720),
        Shift(id="夜班", start=1200, minutes=720, night=True),
    )
    people = tuple(
        Person(id=f"队员{n:02d}", contract="c", away=(3 * n % 28, (3 * n + 1) % 28) if n % 3 == 0 else ())
        for n in range(1, 13)
    )
    cover = tuple(Cover(day=d, shift=s.id, need=3, under=None, over=None) for d in range(28) for s in shifts)
    wishes = tuple(Wish(person=q.id, day=(5 * n + 2) % 28, weight=2) for n, q in enumerate(people))
    rules = Contract(id="c", rest=12 * 60, run=Band(most=4), night_run=Band(most=2), off=Band(least=1))
    return Problem(
        days=28, shifts=shifts, contracts=(rules,), people=people, cover=cover, wishes=wishes,
        fair=tuple(Fair(what=what, most=1) for what in ("nights", "weekends", "days")),
    )  # fmt: skip


def main(argv: list[str] | None = None) -> int:
    """Solve the sample and draw it."""
    import math

    from wuxiao.plan.form import after_iterations
    from wuxiao.plan.roster.search import solve

    words = sys.argv[1:] if argv is None else argv
    problem = sample()
    plan = solve(problem, seconds=math.inf, seed=1, stop=after_iterations(20))
    Path(words[0]).write_text(svg(problem, plan), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
