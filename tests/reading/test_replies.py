"""Reply checks: advice with facts, never a verdict."""

from __future__ import annotations

import pytest

from tests.reading.ground import NASTY
from wuxiao.reading.replies import check, items
from wuxiao.reading.similar import SimilarIndex

MESSAGE = "尊敬的领导：您好！小区门口路灯坏了半个月，请问什么时候修好？另外希望公开物业账目。谢谢！"
GOOD = (
    "您好。经查，门口路灯因电缆老化损坏，市政维护中心已安排更换，3月5日前修好。"
    "物业账目依据《物业管理条例》第四十条由物业公司在3月10日公开，社区督促。"
)
POOR = "您反映的问题我们高度重视，将进一步加强管理，切实落实责任，感谢您对我们工作的关心和支持。"


def test_each_request_is_found_and_courtesies_are_not() -> None:
    assert [item.span.text for item in items(MESSAGE)] == [
        "小区门口路灯坏了半个月，请问什么时候修好？",
        "另外希望公开物业账目。",
    ]
    assert items("") == ()
    assert all(MESSAGE[item.span.start : item.span.end] == item.span.text for item in items(MESSAGE))


def test_a_good_answer_gets_no_advice() -> None:
    assert [finding.code for finding in check(MESSAGE, GOOD).advice] == []


def test_a_set_phrase_is_told_what_it_lacks() -> None:
    codes = {finding.code for finding in check(MESSAGE, POOR).advice}
    assert codes >= {"items", "when", "law", "plain"}


def test_near_copies_are_counted() -> None:
    found = check(MESSAGE, POOR, others=[POOR, POOR + "！", GOOD]).get("copy")
    assert found.value == 2
    assert not found.fine
    index = SimilarIndex()
    index.add_many(enumerate([POOR, GOOD]))
    assert check(MESSAGE, POOR, index=index).get("copy").value == 1


def test_the_phone_of_the_unit_complained_of_is_noticed() -> None:
    reply = GOOD + "如有疑问请拨打0731-85551234。"
    assert not check(MESSAGE, reply, unit_phones=["073185551234"]).get("unit_phone").fine
    assert check(MESSAGE, reply, unit_phones=["073185559999"]).get("unit_phone").fine


def test_beyond_duty_needs_its_law() -> None:
    assert not check(MESSAGE, "该问题不属于我局职责范围。").get("beyond").fine
    with pytest.raises(KeyError):
        check(MESSAGE, GOOD).get("beyond")


@pytest.mark.parametrize("text", NASTY)
def test_nasty_texts_pass(text: str) -> None:
    assert check(text[:20_000], GOOD).findings
    assert check(MESSAGE, text[:20_000]).findings
