"""Receipt codes forgive misreadings and refuse mistakes before anything is looked up."""

from __future__ import annotations

import random
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from wuxiao.rules import codes

seeds = st.integers(0, 2**32)


def code(seed: int) -> str:
    return codes.new_code(random.Random(seed).choice)


@given(seeds)
def test_a_code_reads_back_however_it_is_written(seed: int) -> None:
    made = code(seed)
    assert len(made) == 20
    for written in (
        made,
        made.lower(),
        codes.grouped(made),
        f" {codes.grouped(made)} ",
        made.replace("0", "O").replace("1", "l"),
    ):
        assert codes.read_code(written) == made


@given(seeds, st.integers(0, 19), st.sampled_from(codes.ALPHABET[:31]))
def test_one_wrong_character_is_always_noticed(seed: int, place: int, other: str) -> None:
    made = code(seed)
    wrong = made[:place] + other + made[place + 1 :]
    if wrong != made:
        assert codes.read_code(wrong) is None


@given(seeds, st.integers(0, 17))
def test_two_neighbours_exchanged_are_always_noticed(seed: int, place: int) -> None:
    made = code(seed)
    wrong = made[:place] + made[place + 1] + made[place] + made[place + 2 :]
    if wrong != made:
        assert codes.read_code(wrong) is None


@given(st.text(max_size=60))
def test_anything_else_is_no_code_and_never_a_crash(typed: str) -> None:
    found = codes.read_code(typed)
    assert found is None or len(found) == codes.LENGTH


def test_codes_do_not_repeat_and_a_number_carries_its_day() -> None:
    assert len({codes.new_code() for _ in range(2000)}) == 2000
    assert codes.new_number("WX", date(2026, 11, 22)).startswith("WX20261122-")
