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


FULL = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})


@given(seeds)
def test_a_code_is_found_in_what_people_paste(seed: int) -> None:
    made = code(seed)
    grouped = codes.grouped(made)
    for written in (
        made.translate(FULL),
        grouped.translate(FULL),
        f"查询码：{grouped}",
        f"您的查询码是 {made}。",
        f"code: {grouped.lower()}",
        f"Your code is {grouped}.",
        f"https://wuxiao.example/p/{made}",
        f"http://127.0.0.1:8000/p/{made}/do/rate?x=1",
        grouped.replace("-", "\u00a0"),
        grouped.replace("-", "—"),
        grouped.replace("-", "\u3000"),
        f"\u202d{made}\u202c",
        "\u200b".join(made),
        f"“{grouped}”",
        grouped.replace("-", ","),
        grouped.replace("-", "，"),
        grouped.replace("-", "_"),
        grouped.replace("-", " / "),
    ):
        assert codes.read_code(written) == made, written


def test_each_mistake_has_its_own_sentence() -> None:
    made = code(7)
    other = "2" if made[0] != "2" else "3"
    said = {
        "short": codes.code_trouble(made[:19]).zh,
        "long": codes.code_trouble(made + "A").zh,
        "wrong": codes.code_trouble(other + made[1:]).zh,
        "number": codes.code_trouble("WX20261129-K3KVS").zh,
        "number with words": codes.code_trouble("编号：ｗｘ20261129—K3KVS。").zh,
        "nothing": codes.code_trouble("我的码丢了").zh,
    }
    assert "现在是 19 位" in said["short"]
    assert "现在是 21 位" in said["long"]
    assert "有一位不对" in said["wrong"]
    assert said["number"] == said["number with words"]
    assert "事项编号" in said["number"]
    assert len(set(said.values())) == 5
    assert "现在是 19 位" in codes.code_trouble(f"查询码：{codes.grouped(made[:19])}").zh


def test_a_number_is_found_in_what_people_paste() -> None:
    for written in (
        "WX20261122-7F3K9",
        "wx20261122 7f3k9",
        "ＷＸ２０２６１１２２－７Ｆ３Ｋ９",
        "编号WX202611227F3K9，路灯",
    ):
        assert codes.read_number(written) == "WX20261122-7F3K9"
    assert codes.read_number("WX20261122-7F") == "WX20261122-7F"
    assert codes.read_number("WX20261122") == "WX20261122"
    assert codes.read_number("路灯WX") == ""
    assert codes.read_number(code(3)) == ""


@given(seeds, st.sampled_from(["。", "、", " 、 ", "。 "]))
def test_any_mark_may_stand_between_groups_and_a_sign_for_number_before_them(seed: int, mark: str) -> None:
    made = code(seed)
    groups = codes.grouped(made)
    assert codes.read_code(groups.replace("-", mark)) == made
    for sign in ("№", "№ ", "查询码№"):
        assert codes.read_code(sign + groups) == made, sign
    assert codes.same_number("№WX20261122-7F3K9") == "WX20261122-7F3K9"
    assert codes.same_number("№JQ2026-000123") == "JQ2026-000123"
