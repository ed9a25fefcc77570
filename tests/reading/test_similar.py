"""Similar matters and duplicates: copies are found, at any size, with reasons."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reading.ground import NASTY, need
from tests.support.lots import lots
from wuxiao.reading import measure
from wuxiao.reading.duplicates import Book, DuplicateModel, Request, score
from wuxiao.reading.similar import Facts, SimilarIndex, compare, copies, shared_words, text_likeness

TEXTS = [
    "小区路灯坏了半个月没人修理",
    "楼下烧烤店油烟扰民影响休息",
    "开发商捆绑销售车位不买不让签约",
    "学校门口乱停车堵塞交通",
]


def index_of(texts: list[str]) -> SimilarIndex:
    index = SimilarIndex()
    for number, text in enumerate(texts):
        index.add(number, text)
    return index


def test_a_copy_is_found_first_and_an_unlike_text_not_at_all() -> None:
    index = index_of(TEXTS)
    assert index.search("小区的路灯坏了半个月，没有人修理！")[0].key == 0
    assert index.search("医院挂号难") == []
    assert index.search("") == []
    assert SimilarIndex().search("路灯") == []


def test_sealed_live_saved_and_opened_give_the_same_answers(tmp_path: Path) -> None:
    rnd = random.Random(1)
    texts = [measure.made_message(rnd) for _ in range(300)]
    one = index_of(texts)
    asked = texts[7][:50]
    live = one.search(asked)
    one.seal()
    assert one.search(asked) == live
    one.save(tmp_path)
    assert SimilarIndex.open(tmp_path).search(asked) == live
    two = SimilarIndex()
    two.add_many(enumerate(texts[:200]))
    two.add_many(enumerate(texts[200:], start=200))
    assert {near.key for near in two.search(asked)} == {near.key for near in live}


def test_adding_after_opening_and_discarding(tmp_path: Path) -> None:
    index = index_of(TEXTS)
    index.save(tmp_path)
    again = SimilarIndex.open(tmp_path)
    again.add(99, "小区路灯坏了半个月没人修")
    assert {near.key for near in again.search(TEXTS[0])} == {0, 99}
    again.discard(99)
    assert {near.key for near in again.search(TEXTS[0])} == {0}
    again.save(tmp_path)
    assert {near.key for near in SimilarIndex.open(tmp_path).search(TEXTS[0])} == {0}


@settings(max_examples=lots(15, 60))
@given(
    st.lists(
        st.text(alphabet="路灯坏了小区没人修油烟扰民", min_size=4, max_size=20), min_size=1, max_size=12, unique=True
    ),
    st.data(),
)
def test_every_text_finds_itself(texts: list[str], data: st.DataObject) -> None:
    index = index_of(texts)
    at = data.draw(st.integers(0, len(texts) - 1))
    found = index.search(texts[at], limit=len(texts))
    assert at in {near.key for near in found}
    assert all(0 < near.score <= 1.0001 for near in found)


def test_planted_copies_at_some_size() -> None:
    figures = measure.similar_at_scale(5_000, planted=60)
    assert float(str(figures["recall_at_10"])) >= 0.95


def test_copies_are_grouped() -> None:
    texts = [*TEXTS, "小区路灯坏了半个月，没人修理。", "", "楼下烧烤店油烟扰民，影响休息"]
    assert copies(texts, at_least=0.7) == [[0, 4], [1, 6]]
    assert copies([]) == []
    assert copies(["", ""]) == []


def test_compare_gives_reasons_and_keeps_far_places_apart() -> None:
    at = datetime(2026, 3, 1, 9)
    one = Facts("丽发新城旁搅拌站噪音扰民", "noise", "L1", (0, 0), at)
    same = Facts("丽发新城附近搅拌站噪音扰民严重", "noise", "L1", (30, 0), at + timedelta(days=2))
    far = Facts("丽发新城附近搅拌站噪音扰民严重", "noise", "L9", (9_000, 0), at + timedelta(days=2))
    close, apart = compare(same, one), compare(far, one)
    assert close.duplicate
    assert any(why.zh == "同一地点" for why in close.why)
    assert close.score > apart.score
    assert not compare(Facts("路灯坏了"), Facts("学校收费")).duplicate


def test_likeness_is_symmetric_and_words_are_shown() -> None:
    assert text_likeness(TEXTS[0], TEXTS[1]) == text_likeness(TEXTS[1], TEXTS[0])
    assert text_likeness("路灯", "路灯") == 1.0
    assert "搅拌站" in "".join(shared_words("新城搅拌站噪音", "那个搅拌站太吵"))


@pytest.mark.parametrize("text", NASTY)
def test_nasty_texts_pass(text: str) -> None:
    index = index_of([*TEXTS, text[:5000]])
    assert isinstance(index.search(text[:5000]), list)


def history(duplicates: int = 80) -> list[Request]:
    rows: list[Request] = []
    day = date(2025, 1, 1)
    for number in range(duplicates):
        here = day + timedelta(days=3 * number)
        rows.append(Request(10 * number, f"p{number}", "a", here, here + timedelta(days=5), False))
        rows.append(
            Request(10 * number + 1, f"p{number}", "a", here + timedelta(days=1), here + timedelta(days=5), True)
        )
        rows.append(
            Request(10 * number + 2, f"p{number}", "b", here + timedelta(days=4), here + timedelta(days=9), False)
        )
    return rows


def test_a_town_s_own_merges_teach_what_a_duplicate_is(tmp_path: Path) -> None:
    model = DuplicateModel.train(history())
    book = Book()
    first = Request(1, "x", "a", date(2026, 1, 1))
    assert not model.judge(first, book).duplicate
    book.add(first)
    verdict = model.judge(Request(2, "x", "a", date(2026, 1, 2)), book)
    assert verdict.duplicate
    assert verdict.of == 1
    assert "1天前" in verdict.why.zh
    assert not model.judge(Request(3, "y", "a", date(2026, 1, 2)), book).duplicate
    model.save(tmp_path / "model.json")
    assert DuplicateModel.load(tmp_path / "model.json").judge(Request(2, "x", "a", date(2026, 1, 2)), book).duplicate


def test_how_a_request_ended_is_never_used() -> None:
    model = DuplicateModel.train(history())
    book = Book()
    book.add(Request(1, "x", "a", date(2026, 1, 1)))
    asked = [
        Request(2, "x", "a", date(2026, 1, 2), closed, answer)
        for closed in (None, date(2026, 2, 1))
        for answer in (True, False, None)
    ]
    assert len({model.judge(request, book).probability for request in asked}) == 1


def test_too_little_to_learn_from_is_said() -> None:
    with pytest.raises(ValueError, match="too few"):
        DuplicateModel.train(history(5))


def test_real_duplicates_beat_the_rule_of_thumb() -> None:
    rows = measure.requests(need("requests_311/chicago_sanitation_2011_2013.csv.gz"))
    figures = measure.duplicate_requests(rows, first_year=2013)["all"]
    assert isinstance(figures, dict)
    assert figures["model"]["recall"] >= 0.95
    assert figures["model"]["f1"] > 0.75 > figures["rule: earlier one open"]["f1"]


def test_scores() -> None:
    assert score([True, True, False], [True, False, True]) == {"precision": 0.5, "recall": 0.5, "f1": 0.5}


def test_door_numbers_and_ways_of_saying_broken_are_one() -> None:
    from wuxiao.reading.similar import text_likeness

    one, other = "河滨路12号门前路灯坏了三盏", "河滨路十二号门口路灯不亮"
    assert text_likeness(one, other) >= 0.7
    assert text_likeness("河滨路12号路灯坏了", "河滨路十二号路灯不亮了") == 1.0
    # Another door stays another door, and the numbers of other things stay as they are written.
    assert text_likeness("河滨路12号路灯坏了", "河滨路二号路灯不亮了") < 1.0
    assert text_likeness("三个人", "3个人") < 1.0
