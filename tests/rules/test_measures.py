"""Shares, intervals and withheld counts: against published tables, another computation, and a curious reader."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from fractions import Fraction
from math import isqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wuxiao.rules import book as rulebook
from wuxiao.rules.measures import COUNTS, MEASURES, Z95, Tally, difference, published, share, wilson
from wuxiao.rules.measures.disclosure import Node, hide, protect


# Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3.
@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_is_the_published_one(k: int, n: int, low: float, high: float) -> None:
    assert wilson(k, n) == pytest.approx((low, high), abs=5e-5)


# Newcombe, Statistics in Medicine 17 (1998) 873-890, table II, method 10.
@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
    ],
)
def test_the_interval_of_a_change_is_the_published_one(
    first: tuple[int, int], second: tuple[int, int], low: float, high: float
) -> None:
    found = difference(share(*first), share(*second))
    assert found is not None
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)
    assert found.clear == (low > 0 or high < 0)


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_ends_of_the_interval_solve_the_score_equation(kn: tuple[int, int]) -> None:
    """Another way to the same ends: p where (k/n - p)^2 = z^2 p(1-p)/n, in whole numbers up to one square root."""
    k, n = kn
    z2, scale = Fraction(Z95) ** 2, 10**24
    a, b, c = 1 + z2 / n, -(2 * Fraction(k, n) + z2 / n), Fraction(k, n) ** 2
    under = b * b - 4 * a * c
    root = Fraction(isqrt(int(under * scale * scale)), scale)
    ends = float((-b - root) / (2 * a)), float((-b + root) / (2 * a))
    assert wilson(k, n) == pytest.approx(ends, abs=1e-9)


def test_the_interval_is_that_of_scipy() -> None:
    stats = pytest.importorskip("scipy.stats", reason="scipy is only a second opinion here")
    for k, n in ((0, 7), (3, 7), (412, 500), (999, 1000), (30, 30)):
        other = stats.binomtest(k, n).proportion_ci(confidence_level=0.95, method="wilson")
        assert wilson(k, n) == pytest.approx((other.low, other.high), abs=1e-12)


def test_too_few_answers_give_no_share() -> None:
    assert share(4, 4, 5).share is None
    assert share(4, 5, 5).share == 0.8
    assert share(0, 0, 0).share is None
    assert difference(share(1, 2, 5), share(10, 20, 5)) is None


def test_every_share_names_columns_that_are_counted_and_says_everything_in_two_languages() -> None:
    for measure in MEASURES.values():
        texts = [t for t in (measure.name, measure.above, measure.below, measure.left_out, measure.note) if t]
        assert all(t.zh and t.en and t.zh != t.en for t in texts), measure.code
        if measure.is_share:
            assert Tally(**dict.fromkeys(COUNTS, 1)).pair(measure.code)[0] == 1
        else:
            assert measure.code in COUNTS


def test_adding_tallies_adds_every_count() -> None:
    one = Tally(**dict.fromkeys(COUNTS, 2), levels=[1, 2, 3, 4, 5])
    one.add(Tally(**dict.fromkeys(COUNTS, 3), levels=[5, 4, 3, 2, 1]))
    assert all(getattr(one, name) == 5 for name in COUNTS)
    assert one.levels == [6, 6, 6, 6, 6]
    assert Tally(**one.to_json()) == one
    assert Tally().to_json() == {}


# -------------------------------------------------------------------------------------------------- withheld counts


def _tables(cells: int, most: int, below: int) -> Iterator[tuple[int, ...]]:
    for counts in itertools.product(range(most + 1), repeat=cells):
        if below <= sum(counts) <= most:
            yield counts


@pytest.mark.parametrize(("cells", "below", "most"), [(2, 5, 40), (3, 5, 26), (4, 3, 16), (4, 4, 18), (5, 3, 13)])
def test_a_reader_who_knows_the_rule_cannot_work_out_a_withheld_count(cells: int, below: int, most: int) -> None:
    """The reader tries every table there could be and keeps those that would have been printed just like this one."""
    alike: dict[object, list[tuple[int, ...]]] = defaultdict(list)
    for counts in _tables(cells, most, below):
        marks = hide(counts, below)
        printed = tuple(None if mark else c for c, mark in zip(counts, marks, strict=True))
        assert all(mark for c, mark in zip(counts, marks, strict=True) if 0 < c < below), (counts, marks)
        alike[sum(counts), tuple(marks), printed].append(counts)
    withheld = 0
    for (_, marks, _), tables in alike.items():  # type: ignore[misc]
        for place, mark in enumerate(marks):
            could_be = {counts[place] for counts in tables}
            if mark == "small":
                assert could_be == set(range(1, below)), (marks, tables)
            elif mark == "held":
                assert len(could_be) >= below - 1, (marks, tables)
            elif mark == "none" and any(0 < c < below for counts in tables for c in counts):
                # Nobody can say which of them is the small one, nor how small.
                assert len(could_be) > 1, (marks, tables)
                assert max(could_be) >= below or len(could_be) >= below - 2, (marks, tables)
            withheld += bool(mark)
    assert withheld > 50


def test_one_small_count_takes_another_with_it_and_several_can_do_without() -> None:
    assert hide([100, 3, 40], 5) == ["", "small", "held"]
    assert hide([100, 3, 6], 5) == ["held", "small", "held"]
    assert hide([100, 3, 2, 4], 5) == ["held", "small", "small", "small"]
    assert hide([3, 2, 4], 5) == ["small", "small", "small"]
    assert hide([100, 0, 40], 5) == ["", "", ""]
    assert hide([6, 3], 5) == ["none", "none"]


def test_beneath_what_is_withheld_nothing_is_printed() -> None:
    tree = Node("all", 163, [
        Node("a", 120, [Node("a1", 60), Node("a2", 60)]),
        Node("b", 3, [Node("b1", 3)]),
        Node("c", 40, [Node("c1", 30), Node("c2", 10)]),
    ])  # fmt: skip
    marks = {node.key: node.mark for _, node in protect(tree, 5).walk()}
    assert marks == {
        "all": "",
        "a": "",
        "a1": "",
        "a2": "",
        "b": "small",
        "b1": "none",
        "c": "held",
        "c1": "none",
        "c2": "none",
    }
    whole = Node("all", 4, [Node("a", 4)])
    assert {node.mark for _, node in protect(whole, 5).walk()} == {"small"}


def test_what_is_not_specified_further_is_a_line_of_its_own_and_the_lines_add_up() -> None:
    cells = {
        ("request", "env.noise.construction"): Tally(received=30, answered=20),
        ("request", "env.noise"): Tally(received=12, answered=11),
        ("request", "env"): Tally(received=8, answered=6),
        ("request", "urban.sanitation"): Tally(received=25, answered=25),
        ("request", ""): Tally(received=9, answered=7),
    }
    report = published.build(
        "2026-09",
        datetime(2026, 10, 1, tzinfo=UTC),
        cells,
        rulebook.default(),
        over=True,
        final=True,
        channels={},
        units={},
        received_by_day=[84] + [0] * 29,
        answered_by_day=[69] + [0] * 29,
    )
    assert [(line.level, line.code, line.received.value, line.answered.value) for line in report.lines] == [
        (0, "", 84, 69),
        (1, "request", 84, 69),
        (2, "request/urban", 25, 25),
        (3, "request/urban.sanitation", 25, 25),
        (2, "request/env", 50, 37),
        (3, "request/env.noise", 42, 31),
        (3, "request/env.~", 8, 6),
        (2, "request/~", 9, 7),
    ]
