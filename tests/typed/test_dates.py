"""Days as they are typed: one reading, or a sentence."""

from __future__ import annotations

from datetime import date

import pytest

from wuxiao.typed import dates
from wuxiao.typed.trouble import Trouble

DAY = date(2026, 2, 6)


@pytest.mark.parametrize(
    "typed",
    [
        "2026-02-06", "2026-2-6", "2026/2/6", "2026.02.06", "2026年2月6日", "２０２６－０２－０６", "2026 年 2 月 6 日",
        "20260206", " 2026-02-06\u200b ", "2026-02-06 00:00:00", "2026-02-06T00:00", "٢٠٢٦-٠٢-٠٦",
    ],
)  # fmt: skip
def test_one_day_in_many_writings(typed: str) -> None:
    assert dates.read(typed) == DAY


def test_nothing_is_nothing() -> None:
    assert dates.read("") is None
    assert dates.read(" 　\u200b") is None


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("6/2/2026", "shape"), ("02-06-2026", "shape"), ("明天", "shape"), ("2026-02", "shape"), ("46059", "shape"),
        ("2026-02-06 09:30", "shape"), ("2026-02-29", "none"), ("2026-13-01", "none"), ("2026-00-10", "none"),
        ("1899-12-31", "range"), ("2200-01-01", "range"), ("0000-01-01", "none"),
    ],
)  # fmt: skip
def test_what_is_no_day_is_refused_with_a_sentence(typed: str, code: str) -> None:
    found = dates.read(typed)
    assert isinstance(found, Trouble)
    assert found.code == code
    assert found.zh
    assert found.en


def test_the_edges_of_the_years_asked_for_belong_to_them() -> None:
    first, last = date(2026, 1, 1), date(2026, 12, 31)
    assert dates.read("2026-01-01", first, last) == first
    assert dates.read("2026-12-31", first, last) == last
    for typed in ("2025-12-31", "2027-01-01"):
        found = dates.read(typed, first, last)
        assert isinstance(found, Trouble)
        assert found.code == "range"
