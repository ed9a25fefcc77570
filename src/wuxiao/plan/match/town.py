"""Believable hearings from a seed number, for tests, examples and measurement."""

from __future__ import annotations

import numpy as np

from wuxiao.plan.match.problem import Case, Mediator, Party, Problem, Room

#: Languages and how often parties and mediators have them; subjects and how often cases have them.
LANGUAGES = (("普通话", 0.80, 1.0), ("方言", 0.35, 0.6), ("手语", 0.02, 0.10), ("彝语", 0.05, 0.15))
SUBJECTS = (
    ("邻里", 0.35, 0.8),
    ("婚姻家庭", 0.25, 0.5),
    ("劳动", 0.15, 0.4),
    ("物业", 0.15, 0.5),
    ("医疗", 0.10, 0.25),
)


def town(cases: int, seed: int, *, tight: float = 0.9, slots_a_day: int = 6) -> Problem:
    """Return so many cases over two weeks with mediators and rooms for about `tight` of what they could hear."""
    rng = np.random.default_rng(seed)
    days = np.repeat(np.arange(10), slots_a_day)
    slots = len(days)
    lengths = rng.choice([1, 2, 3], cases, p=[0.55, 0.35, 0.10])
    wanted = float(lengths.sum()) / tight
    mediators = max(3, round(wanted / (slots * 0.62)))
    rooms = max(2, round(wanted / (slots * 0.95)))
    names = [name for name, _, _ in LANGUAGES]
    subjects = [name for name, _, _ in SUBJECTS]
    people = max(4, int(cases * 1.7))
    return Problem(
        days=days,
        parties=tuple(
            Party(
                name=f"P{k}",
                languages=_some(rng, names, [share for _, share, _ in LANGUAGES]) or frozenset({names[0]}),
                slots=_times(rng, slots, slots_a_day, 0.45),
            )
            for k in range(people)
        ),
        mediators=tuple(
            Mediator(
                name=f"M{k}",
                languages=_some(rng, names, [share for _, _, share in LANGUAGES]) | {names[0]},
                skills=_some(rng, subjects, [share for _, _, share in SUBJECTS]) or frozenset({subjects[0]}),
                slots=_times(rng, slots, slots_a_day, 0.75),
                most_a_day=int(rng.integers(3, 5)),
            )
            for k in range(mediators)
        ),
        rooms=tuple(
            Room(
                name=f"R{k}",
                seats=int(rng.choice([4, 6, 10], p=[0.5, 0.3, 0.2])) if k else 10,
                offers=frozenset(o for o in ("电梯", "视频") if not k or rng.random() < 0.5),
            )
            for k in range(rooms)
        ),
        cases=tuple(
            Case(
                name=f"C{k}",
                parties=tuple(
                    f"P{q}" for q in rng.choice(people, int(rng.choice([2, 3], p=[0.85, 0.15])), replace=False)
                ),
                skills=frozenset({str(rng.choice(subjects, p=[share for _, share, _ in SUBJECTS]))}),
                length=int(lengths[k]),
                seats=int(rng.choice([3, 5, 8], p=[0.6, 0.3, 0.1])),
                needs=frozenset(o for o in ("电梯", "视频") if rng.random() < 0.08),
                barred=frozenset({f"M{rng.integers(mediators)}"}) if rng.random() < 0.1 else frozenset(),
            )
            for k in range(cases)
        ),
    )


def _some(rng: np.random.Generator, names: list[str], shares: list[float]) -> frozenset[str]:
    return frozenset(name for name, share in zip(names, shares, strict=True) if rng.random() < share)


def _times(rng: np.random.Generator, slots: int, a_day: int, share: float) -> frozenset[int]:
    """Return half days a person is free in, about `share` of them, at least two."""
    half = max(1, a_day // 2)
    blocks = list(range(0, slots, half))
    count = max(2, int(rng.binomial(len(blocks), share)))
    chosen = rng.choice(blocks, min(count, len(blocks)), replace=False)
    return frozenset(int(s) for b in chosen for s in range(b, min(b + half, slots)))
