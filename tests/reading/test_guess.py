"""Guesses with no training: the tree's own words, and an honest empty answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reading.ground import NASTY
from wuxiao.reading.guess import HANDLING, CategoryWords, guess, handling

TREE = [
    CategoryWords("noise", "request", "噪声扰民", "Noise", ("广场舞", "夜间施工", "噪音")),
    CategoryWords("lamp", "hazard", "路灯照明", "Street lights", ("路灯", "不亮", "street light")),
    CategoryWords("fee", "dispute", "物业收费", "Property fees", ("物业费",)),
]


def test_the_fitting_category_comes_first_with_its_words() -> None:
    found = guess("小区路燈壞了，晚上不亮", TREE)
    assert found[0].code == "lamp"
    assert set(found[0].words) >= {"路灯"}
    assert "路灯" in found[0].why.zh
    assert guess("the street light is broken", TREE)[0].code == "lamp"


def test_unknown_things_give_an_empty_list() -> None:
    assert guess("明天会下雨吗", TREE) == []
    assert guess("", TREE) == []
    assert guess("路灯", []) == []


@given(st.text(alphabet="路灯物业费噪音广场舞的了吗，", max_size=60))
def test_scores_are_shares_of_one(text: str) -> None:
    found = guess(text, TREE)
    assert sum(one.score for one in found) <= 1.0001
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


def test_handling() -> None:
    assert handling("请问落户需要什么材料？").code == "enquiry"
    assert handling("物业态度恶劣，我要投诉").code == "complaint"
    assert handling("举报某饭店无证经营").code == "report"
    assert handling("有人拿刀砍人").code != "urgent", "a person chooses urgent"
    assert "urgent" not in HANDLING
    assert handling("嗯").code == ""


@pytest.mark.parametrize("text", NASTY)
def test_nasty_texts_pass(text: str) -> None:
    assert isinstance(guess(text, TREE), list)
    assert handling(text).code in ("", *HANDLING)
