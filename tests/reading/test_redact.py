"""Redaction: nothing personal slips through, and a person has the last word."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reading.ground import NASTY, need
from wuxiao.reading import measure
from wuxiao.reading.redact import CLASSES, add, apply, find, lift, luhn, redact


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("我的电话是13812345678。", "phone", "13812345678"),
        ("手机138-1234-5678", "phone", "138-1234-5678"),
        ("全角１３８１２３４５６７８", "phone", "１３８１２３４５６７８"),
        ("座机0731-85551234转8", "phone", "0731-85551234转8"),
        ("打幺三八一二三四五六七八", "phone", "幺三八一二三四五六七八"),
        ("身份证11010519491231002X", "id_number", "11010519491231002X"),
        ("车牌湘A·12345乱停", "plate", "湘A·12345"),
        ("新能源粤BD12345", "plate", "粤BD12345"),
        ("邮箱zhang.san@example.com谢谢", "email", "zhang.san@example.com"),
        ("QQ：12345678联系", "qq", "12345678"),
        ("加微信abc_def123", "wechat", "abc_def123"),
        ("卡号6222020000000000", "bank_card", "6222020000000000"),
        ("我叫欧阳建国，住在这里", "name", "欧阳建国"),
        ("联系人：张伟 男", "name", "张伟"),
        ("住在A市A3区丽发新城5栋2单元301室", "address", "A市A3区丽发新城5栋2单元301室"),
        ("家在桃花村三组", "address", "桃花村三组"),
    ],
)
def test_each_class_is_found(text: str, kind: str, value: str) -> None:
    marks = find(text)
    assert any(mark.kind == kind and mark.text == value for mark in marks), marks
    assert value not in redact(text).text


@pytest.mark.parametrize(
    "text",
    ["请拨打12345或110", "工单20240315000123已受理", "安全管理的马路上，方便停车", "共计1234567元", "第15组数据"],
)
def test_harmless_numbers_and_words_stay(text: str) -> None:
    assert redact(text).text == text


def test_an_id_number_with_a_wrong_check_digit_is_only_marked_behind_its_name() -> None:
    assert not find("编号110105194912310021的设备")
    assert find("身份证号110105194912310021")[0].kind == "id_number"


def test_a_person_adds_and_lifts_marks() -> None:
    text = "小李说电话13812345678"
    marks = find(text)
    marks = add(text, marks, 0, 2, "name", by="王审核")
    assert apply(text, marks) == "〔姓名〕说电话〔电话〕"
    assert marks[0].by == "王审核"
    marks = lift(marks, 3, len(text))
    assert apply(text, marks, lang="en") == "[name]说电话13812345678"
    with pytest.raises(ValueError, match="outside"):
        add(text, marks, 5, 99, "name", by="x")
    with pytest.raises(ValueError, match="unknown class"):
        add(text, marks, 0, 1, "soul", by="x")
    with pytest.raises(ValueError, match="does not fit"):
        apply("别的文字", marks)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="张王李电话微信号住在路小区栋室0123456789-@.com湘A，。 ", max_size=80))
def test_marks_never_overlap_and_lifting_all_restores_the_text(text: str) -> None:
    found = redact(text)
    assert all(one.end <= other.start for one, other in zip(found.marks, found.marks[1:], strict=False))
    assert all(text[mark.start : mark.end] == mark.text and mark.kind in CLASSES for mark in found.marks)
    assert apply(text, lift(found.marks, 0, len(text))) == text


@given(st.integers(3, 9), st.lists(st.integers(0, 9), min_size=9, max_size=9))
def test_any_mobile_number_is_found_wherever_it_stands(second: int, rest: list[int]) -> None:
    number = f"1{second}{''.join(map(str, rest))}"
    rnd = random.Random(number)
    text = "".join(rnd.choice("的电话是找他在请") for _ in range(5)) + number + "谢谢"
    assert number not in redact(text).text


def test_luhn() -> None:
    assert luhn("4539578763621486")
    assert not luhn("4539578763621487")


def test_made_numbers_meet_the_figures() -> None:
    made = measure.made_numbers(200)
    for kind in ("id_number", "plate", "bank_card"):
        part = made[kind]
        assert isinstance(part, dict)
        assert part["recall"] >= 0.995


def test_numbers_in_real_texts() -> None:
    figures = measure.personal(need("privacy/spans_dev.json"), trained=False)
    for kind in ("phone", "email", "qq", "wechat"):
        part = figures[kind]
        assert isinstance(part, dict)
        assert part["recall"] >= 0.98, (kind, part)


@pytest.mark.parametrize("text", NASTY)
def test_nasty_texts_pass(text: str) -> None:
    assert isinstance(redact(text).text, str)
