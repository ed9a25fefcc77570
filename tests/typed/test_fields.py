"""Phones, mail addresses and whole numbers: one stored form, or a sentence that says what is wrong."""

from __future__ import annotations

import doctest
import importlib

import pytest

from wuxiao.typed import ids, mail, numbers, phones
from wuxiao.typed.trouble import Trouble


@pytest.mark.parametrize("name", ["plain", "numbers", "phones", "mail", "ids"])
def test_examples_in_the_text_are_true(name: str) -> None:
    result = doctest.testmod(importlib.import_module(f"wuxiao.typed.{name}"))
    assert result.attempted > 0
    assert result.failed == 0


ONE_PERSON = [
    "\u202d139 0000 0055\u202c", "139‑0000‑0055", "139–0000–0055", "\ufeff13900000055", "１３９００００００５５",
    "13９０００００0５5",
    "+86 139-0000-0055", "0086 139 0000 0055", "86 13900000055", "（139）00000055", "电话：13900000055。",
    "013900000055",
    "手机号码是13900000055", "13900000055（王女士）", "tel:+86-139-0000-0055", "139.0000.0055", "1 3 9 0 0 0 0 0 0 5 5",
    "'13900000055", "(+86) 139 0000 0055", "тел. 13900000055", "Моб. тел.: +86 139 0000 0055", "утас: 13900000055",
    "전화 139-0000-0055", "電話：13900000055", "هاتف: 13900000055", "№ 13900000055", "℡13900000055", "☎139 0000 0055",
]  # fmt: skip


@pytest.mark.parametrize("typed", ONE_PERSON)
def test_one_person_however_the_number_is_written(typed: str) -> None:
    assert phones.read(typed, "0990") == phones.Phone("13900000055", True)


@pytest.mark.parametrize(
    ("typed", "stored", "texts"),
    [
        ("0990-5550000", "09905550000", False),
        ("(0990) 555 0000", "09905550000", False),
        ("+86 990 5550000", "09905550000", False),
        ("+86 (0)990 5550000", "09905550000", False),
        ("5550000", "09905550000", False),
        ("5550000转801", "09905550000-801", False),
        ("0990 5550000 分机：801", "09905550000-801", False),
        ("0990-5550000-801", "09905550000-801", False),
        ("0990-5550000 ext. 801", "09905550000-801", False),
        ("0990-5550000#801", "09905550000-801", False),
        ("020-12345678", "02012345678", False),
        ("12345", "12345", False),
        ("95588", "95588", False),
        ("110", "110", False),
        ("400-800-1234", "4008001234", False),
        ("+44 7911 123456", "+447911123456", True),
        ("0044 7911 123456", "+447911123456", True),
        ("+44 (0)7911 123456", "+447911123456", True),
        ("＋852 6123 4567", "+85261234567", True),
        ("(+852) 6123 4567", "+85261234567", True),
        ("+1 (415) 555-2671", "+14155552671", True),
    ],
)
def test_other_numbers_have_one_form_too(typed: str, stored: str, texts: bool) -> None:
    assert phones.read(typed, "0990") == phones.Phone(stored, texts)
    # The stored form is its own reading: what is read twice stays.
    assert phones.read(stored, "0990") == phones.Phone(stored, texts)
    assert len(stored) <= phones.LONGEST


@pytest.mark.parametrize("typed", ["", "  ", "无", "不详", "匿名", "—", "N/A", "（无）", "\u200b"])
def test_no_number_is_no_trouble(typed: str) -> None:
    assert phones.read(typed) is None


@pytest.mark.parametrize(
    ("typed", "code", "says"),
    [
        ("1.39E+10", "rounded", "设成“文本”"),
        ("１．３９Ｅ＋１０", "rounded", "设成“文本”"),
        ("13900000055.0", "rounded", "设成“文本”"),
        ("1390000005", "mobile", "现在是 10 位"),
        ("139000000551", "mobile", "现在是 12 位"),
        ("1390000００5", "mobile", "现在是 10 位"),
        ("0990-555000", "landline", "现在一共 10 位"),
        ("13900000055/13900000056", "two", "只能留一个"),
        ("一三九", "letters", "“一”"),
        ("+44 1", "foreign", "境外"),
        ("+999 123456789", "foreign", "境外"),
        ("1234", "short", "好像不对"),
        ("²", "short", "好像不对"),
    ],
)
def test_what_is_wrong_is_said(typed: str, code: str, says: str) -> None:
    found = phones.read(typed, "0990")
    assert isinstance(found, Trouble)
    assert found.code == code
    assert says in found.zh


def test_local_numbers_without_a_known_area_stay_as_dialled() -> None:
    assert phones.read("5550000") == phones.Phone("5550000", False)
    assert phones.area_of("0990-5550000") == "0990"
    assert phones.area_of("010-55500000") == "010"
    assert phones.area_of("12345") == ""


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("wang@例子.中国", "wang@xn--fsqu00a.xn--fiqs8s"),
        ("wang＠例子。中国", "wang@xn--fsqu00a.xn--fiqs8s"),
        ("Mei@Example.CN", "Mei@example.cn"),
        ("\u200bmei@a.cn\u3000", "mei@a.cn"),
        ("邮箱：mei.li+12345@a-b.com.cn。", "mei.li+12345@a-b.com.cn"),
        ("mailto:mei@a.cn", "mei@a.cn"),
        ("<mei@a.cn>", "mei@a.cn"),
    ],
)
def test_mail_addresses_are_stored_as_servers_take_them(typed: str, stored: str) -> None:
    assert mail.read(typed) == stored
    assert stored.isascii()
    assert mail.read(mail.shown(stored)) == stored


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ('"<x>,y@b.c', "shape"), ("a@b", "shape"), ("a..b@c.cn", "shape"), (".a@c.cn", "shape"), ("a@1.2.3.4", "shape"),
        ("a@b.cn,c@d.cn", "shape"), ("a b@c.cn", "shape"), ("@c.cn", "shape"), ("mei", "shape"), ("a@b@c.cn", "shape"),
        ("王@例子.中国", "local"), ("a@-b.cn", "domain"), ("a@" + "b" * 64 + ".cn", "domain"),
        ("a@b\r\nBcc: x@y.cn", "shape"),
        ("x" * 65 + "@a.cn", "shape"), ("x@" + ".".join(["b" * 60] * 5) + ".cn", "domain"),
    ],
)  # fmt: skip
def test_addresses_that_cannot_be_sent_to_are_refused_with_a_reason(typed: str, code: str) -> None:
    found = mail.read(typed)
    assert isinstance(found, Trouble), found
    assert found.code == code
    assert found.zh
    assert found.en


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("0", 0), ("12", 12), ("１２", 12), (" 12 ", 12), ("٣", 3), ("+7", 7), ("9223372036854775807", 2**63 - 1),
        ("²", None), ("1²", None), ("①", None), ("½", None), ("Ⅳ", None), ("一", None), ("-1", None), ("1 2", None),
        ("1.0", None), ("1e3", None), ("", None), (None, None), ("9223372036854775808", None), ("9" * 5000, None),
        ("\x00", None),
    ],
)  # fmt: skip
def test_whole_numbers_never_break(typed: object, number: int | None) -> None:
    assert numbers.whole_number(typed) == number


def test_the_bounds_belong_to_the_range() -> None:
    assert [numbers.whole_number(str(n), 2, 4) for n in range(1, 6)] == [None, 2, 3, 4, None]
    assert numbers.whole_number("-3", -3, 0) == -3


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("湘Ａ·Ｄ１２３４５", "湘AD12345"),
        ("车牌号：京 a-12345", "京A12345"),
        ("\u202d粤B\u200b·1234学", "粤B1234学"),
        ("湘AD12345、豫AAA1234 和 WJ鄂12345", "湘AD12345、豫AAA1234、WJ鄂12345"),
        ("白色面包车，尾号38", "白色面包车，尾号38"),
        (" 没看清\n", "没看清"),
        ("", ""),
    ],
)
def test_plates_are_kept_in_one_form_and_words_as_they_are(typed: str, kept: str) -> None:
    assert ids.plates(typed) == kept
    assert ids.plates(kept) == kept


def test_a_number_of_another_office_is_one_however_it_is_typed() -> None:
    spellings = ("WX-2026 001", "ＷＸ－２０２６　００１", "\u202dWX‑2026\u00a0001\u202c ", "WX—2026\u200b 001")
    assert {ids.number(one) for one in spellings} == {"WX-2026 001"}
    assert ids.number("工单²") == "工单2"


@pytest.mark.parametrize(("typed", "odd"), [("тел 139аб000055", "а"), ("О990-5550000", "О"), ("139ж0000055", "ж")])
def test_a_letter_is_blamed_as_it_was_typed_and_no_label_is(typed: str, odd: str) -> None:
    found = phones.read(typed, "0990")
    assert isinstance(found, Trouble)
    assert (f"“{odd}”" in found.zh, f"“{odd}”" in found.en) == (True, True)
