"""Danger: recall first, with reasons, on texts that no pattern and no model has seen."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reading.ground import NASTY, SET
from wuxiao.reading import danger_set
from wuxiao.reading.danger import KIND_CODES, look
from wuxiao.reading.danger_model import DangerModel, grams, shipped


@pytest.fixture(scope="module")
def samples() -> list[danger_set.Sample]:
    return danger_set.read(SET)


def test_the_set_is_large_and_holds_negations_and_jokes(samples: list[danger_set.Sample]) -> None:
    assert len(samples) >= 1500
    assert len({sample.text for sample in samples}) == len(samples)
    assert sum(not sample.kind for sample in samples) > 500
    assert {sample.kind for sample in samples} >= set(KIND_CODES) - {"distress"}


def test_held_out_part_is_heard_by_a_model_that_never_saw_it(samples: list[danger_set.Sample]) -> None:
    seen = [sample for sample in samples if sample.part != "c"]
    held = [sample for sample in samples if sample.part == "c"]
    model = DangerModel.learn([sample.text for sample in seen], [sample.kind for sample in seen])
    figures = danger_set.measure(held, model=model)
    assert float(str(figures["recall"])) >= 0.97
    assert float(str(figures["precision"])) >= 0.7


def test_as_shipped_the_whole_set_is_met(samples: list[danger_set.Sample]) -> None:
    figures = danger_set.measure(samples)
    assert float(str(figures["recall"])) >= 0.99
    assert float(str(figures["precision"])) >= 0.9


def test_the_shipped_model_was_learned_from_the_set_as_it_stands(samples: list[danger_set.Sample]) -> None:
    model = shipped()
    assert model is not None
    known = set(model.names)
    spread: dict[str, int] = {}
    for sample in samples:
        for gram in set(grams(sample.text)):
            spread[gram] = spread.get(gram, 0) + 1
    assert known == {gram for gram, count in spread.items() if count >= 2}, (
        "run: danger --learn bench/reading/danger_set.txt"
    )


@pytest.mark.parametrize(
    ("text", "kind", "number"),
    [
        ("楼下有人拿刀追着人砍", "weapon", "110"),
        ("三楼着火了，浓烟很大", "fire", "119"),
        ("闻到很浓的煤气味，头晕", "gas", "119"),
        ("我妈有老年痴呆，早上出门走丢了", "missing", "110"),
        ("他站在天台边上要跳楼", "suicide", "110"),
        ("老公喝醉了又打我", "domestic_violence", "110"),
        ("幼儿园老师用针扎孩子", "minors", "110"),
        ("電梯困人，裏面有孕婦", "trapped", "119"),
        ("There is a fire in the kitchen", "fire", "119"),
    ],
)
def test_kinds_and_numbers(text: str, kind: str, number: str) -> None:
    found = look(text)
    assert found.urgent
    assert kind in found.kinds
    assert number in found.numbers
    assert found.why.zh
    assert found.why.en


@pytest.mark.parametrize(
    "text",
    [
        "今天热死了，空调坏了",
        "老板跳楼价甩卖，喇叭太吵",
        "没有人受伤，只是路面积水",
        "小区组织消防演练",
        "物业费太高，请公开账目",
    ],
)
def test_sayings_denials_and_drills_are_quiet(text: str) -> None:
    found = look(text)
    assert not found.urgent
    assert found.numbers == ()


def test_a_drill_that_turns_out_real_is_loud() -> None:
    assert not look("明天消防演练，会放烟雾").urgent
    assert look("不是演习，真的着火了快来人").urgent


def test_hidden_words_are_read_through() -> None:
    assert look("我想自*杀").urgent


@pytest.mark.parametrize("text", NASTY)
def test_nasty_texts_pass(text: str) -> None:
    found = look(text)
    assert all(text[span.start : span.end] == span.text for span in found.spans)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="打死刀火人没有不是跳楼孩子，。！ab1😀救命煤气漏", max_size=80))
def test_spans_always_fit_the_text(text: str) -> None:
    found = look(text)
    assert all(text[span.start : span.end] == span.text and span.kind in KIND_CODES for span in found.spans)
    assert found.urgent or found.numbers == ()


def test_a_broken_line_of_the_set_is_named(tmp_path: object) -> None:
    from pathlib import Path

    path = Path(str(tmp_path)) / "set.txt"
    path.write_text("a\tfire\tok\nnonsense\n", encoding="utf-8")
    with pytest.raises(ValueError, match="line 2"):
        danger_set.read(path)


def test_expand_spells_out_distinct_texts_and_always_the_same() -> None:
    texts = danger_set.expand("{甲|乙|丙}在{一|二}", 4)
    assert texts == danger_set.expand("{甲|乙|丙}在{一|二}", 4)
    assert 2 <= len(texts) == len(set(texts)) <= 4
    assert all(len(text) == 3 and text[1] == "在" for text in texts)
    assert danger_set.expand("没有选择", 4) == ["没有选择"]
