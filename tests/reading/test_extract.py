"""Extraction: moments, sums, people, numbers and places, each where it stands."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reading.ground import NASTY
from tests.support.lots import lots
from wuxiao.reading import cli
from wuxiao.reading.amounts import number
from wuxiao.reading.extract import Gazetteer, contacts, extract, money, people, times
from wuxiao.reading.measure import spoken

NOW = datetime(2026, 3, 18, 10, 0)  # a Wednesday


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("昨晚九点", "2026-03-17T21:00"),
        ("上周三", "2026-03-11"),
        ("今早8点半", "2026-03-18T08:30"),
        ("前天下午3:30", "2026-03-16T15:30"),
        ("2026年1月5日", "2026-01-05"),
        ("二〇二五年十二月三十一日", "2025-12-31"),
        ("3月1日", "2026-03-01"),
        ("12月1日", "2025-12-01"),
        ("去年5月4号", "2025-05-04"),
        ("三天前", "2026-03-15"),
        ("两个月前", "2026-01-18"),
        ("周五", "2026-03-13"),
        ("半夜12点", "2026-03-18T00:00"),
        ("早上八点一刻", "2026-03-18T08:15"),
    ],
)
def test_moments_are_read_against_the_time_of_receipt(text: str, value: str) -> None:
    assert [found.value for found in times(f"我{text}看到的", NOW)] == [value]


@pytest.mark.parametrize("text", ["2月30日", "25点", "今后会注意", "13月1日", "99年前天"])
def test_what_is_no_moment_is_left_alone(text: str) -> None:
    assert all(found.value != "" for found in times(text, NOW))
    assert not [found for found in times(text, NOW) if found.text in ("2月30日", "25点", "今", "13月1日")]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("三千五", 3500),
        ("一万零五", 10005),
        ("两百五", 250),
        ("十", 10),
        ("1,200.5", Decimal("1200.5")),
        ("3万", 30000),
        ("三亿五千万", 350_000_000),
        ("二〇二四", 2024),
        ("１２", 12),
    ],
)
def test_numbers(text: str, value: object) -> None:
    assert number(text) == value


def test_what_is_no_number_is_none() -> None:
    assert number("") is None
    assert number("abc") is None
    assert number("九" * 50) is None


@given(st.integers(0, 99_999_999))
def test_digits_read_back(value: int) -> None:
    assert number(str(value)) == value
    assert number(f"{value:,}") == value


def test_money_people_and_contacts() -> None:
    text = "拖欠200多名工人工资三万五千元，押金¥1,200.50，车牌湘A12345，电话13812345678"
    assert [found.value for found in money(text)] == ["35000.00", "1200.50"]
    assert [found.value for found in people(text)] == ["200"]
    assert [found.value for found in contacts(text)] == ["湘A12345", "13812345678"]


def test_places_are_matched_in_any_writing_and_longest_first() -> None:
    town = Gazetteer([("L1", "丽发新城小区"), ("L2", "丽发新城小区南门"), ("R1", "书院路"), ("X", "路")])
    assert [(found.code, found.text) for found in town.find("麗發 新城小区南门和书院路")] == [
        ("L2", "麗發 新城小区南门"),
        ("R1", "书院路"),
    ]
    assert town.find("丽发新城噪音")[0].code == "L1"
    assert town.find("") == []


def test_two_names_with_one_stem_claim_nothing() -> None:
    town = Gazetteer([("A", "和平路小区"), ("B", "和平路社区")])
    assert town.find("和平路很吵") == []


@settings(max_examples=lots(30, 150))
@given(st.text(alphabet="昨今前上周三月日号点半一二十百千万元块人户0123456789:年-多", max_size=40))
def test_stretches_always_fit(text: str) -> None:
    for found in extract(text, now=NOW):
        assert text[found.start : found.end] == found.text


@pytest.mark.parametrize("text", NASTY)
def test_nasty_texts_pass(text: str) -> None:
    assert isinstance(extract(text[:30_000], now=NOW, gazetteer=Gazetteer([("1", "和平路")])), list)


def test_spoken_phrases_by_hand() -> None:
    found = spoken(Path(__file__).parents[2] / "bench" / "reading" / "spoken.tsv", datetime(2026, 3, 10, 9, 0))
    parts = found["parts"]
    assert isinstance(parts, dict)
    assert sum(part["phrases"] for part in parts.values()) >= 400
    assert found["wrong, but for parts c and e"] == []
    for part in "ce":
        assert parts[part]["right"] >= 0.95 * parts[part]["phrases"]


@settings(deadline=None)
@given(st.text(alphabet="两三五六七十几个半天前周月年昨晚上下每点时24号日农历正月初", max_size=20))
def test_what_is_read_is_well_formed_and_vague_ranges_go_forward(text: str) -> None:
    for found in times(text, NOW):
        ends = [datetime.fromisoformat(end) for end in found.value.split("/")]
        assert ends == sorted(ends)
        assert len(ends) == 1 or found.about


def test_a_line_of_a_file_has_its_line_of_the_answer_whatever_the_file_is_like(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ["我叫张建国，电话13812345678", "", "昨晚九点\r还是\u2028一行\x0b", "李小明在河滨路12号3栋501。" * 2000]
    text = "\r\n".join(lines) + "\n"
    files = {"utf-8": "utf-8", "mark": "utf-8-sig", "excel": "gb18030", "notepad": "utf-16"}
    answers = set()
    for name, encoding in files.items():
        (tmp_path / name).write_bytes(text.encode(encoding))
        assert cli.main(["redact", "--texts", str(tmp_path / name), "--json", "--rules-only"]) == 0
        answers.add(capsys.readouterr().out)
    (answer,) = answers
    rows = [json.loads(row) for row in answer.splitlines()]
    assert [len(row["spans"]) for row in rows[:3]] == [2, 0, 0]
    assert (rows[1]["masked"], rows[2]["masked"], len(rows)) == ("", lines[2], 4)
    assert cli.main(["extract", "--texts", str(tmp_path / "mark"), "--received", "2026-03-10T09:00", "--json"]) == 0
    found = [json.loads(row)["found"] for row in capsys.readouterr().out.splitlines()]
    assert [[one["value"] for one in row] for row in found[:3]] == [["13812345678"], [], ["2026-03-09T21:00"]]
    (tmp_path / "none").write_bytes(b"\xff\x00\x81")
    assert cli.main(["redact", "--texts", str(tmp_path / "none"), "--json"]) == 2
    assert "neither UTF-8 nor GB18030" in capsys.readouterr().err
