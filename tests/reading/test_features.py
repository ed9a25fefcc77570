"""Numbers out of texts: cut into learned words, the same however a text is written, one by one or many at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reading.ground import NASTY
from tests.support.lots import lots
from wuxiao.reading.tagger.features import Features, Recipe

TEXTS = [
    "小区的路灯坏了，路灯不修",
    "路灯坏了没人修",
    "小区广场舞太吵",
    "广场舞太吵，小区没人管",
    "A3区路灯不亮 电话12345",
    "A3区广场舞 电话12345",
]


@pytest.fixture(scope="module")
def features() -> Features:
    return Features.fit(TEXTS, Recipe(reach=60))[0]


def named(features: Features, text: str) -> dict[str, float]:
    """The columns by block and name: the opening's characters are often a word too."""
    row = features.rows([text])
    found = {}
    for at, value in zip(row.indices.tolist(), row.data.tolist(), strict=True):
        name = features.name(at)
        found[name if at < features.edges[1] else f"{'pair' if at < features.edges[2] else 'opening'} {name}"] = value
    return found


def test_a_text_is_cut_into_learned_words_and_a_word_never_seen_is_not_one(features: Features) -> None:
    assert {"路灯", "小区", "12345", "a3"} <= set(features.words)
    found = named(features, "小区的路灯")
    assert {"小区", "路灯"} <= set(found)
    assert "小区路灯" not in found
    assert named(features, "龘靐齉") == {}
    # A run of digits is one word: a part of it is another.
    assert "12345" not in named(features, "编号912345")


def test_words_of_the_beginning_weigh_more(features: Features) -> None:
    row = named(features, "路灯" + "。" * 40 + "小区")
    assert (
        row["路灯"] / features.rarity[features.words.index("路灯")]
        > row["小区"] / features.rarity[features.words.index("小区")]
    )


def test_each_block_is_as_long_as_its_weight(features: Features) -> None:
    row = features.rows([TEXTS[0]])
    edges = features.edges
    for number, weight in enumerate((1.0, features.recipe.pairs, features.recipe.opening)):
        inside = (row.indices >= edges[number]) & (row.indices < edges[number + 1])
        assert inside.any()
        assert np.sqrt((row.data[inside] ** 2).sum()) == pytest.approx(weight, abs=1e-5)


def test_blanks_width_case_and_script_make_no_difference(features: Features) -> None:
    plain = named(features, "a3区路灯不亮电话12345")
    for other in ("A3區路燈不亮電話12345", "Ａ３区 路灯\t不亮\n电话１２３４５", " a3区　路灯不亮 电话12345"):
        assert named(features, other) == pytest.approx(plain)


def test_only_the_first_characters_are_read(features: Features) -> None:
    assert named(features, "路" * 60 + "小区") == pytest.approx(named(features, "路" * 60))


@settings(max_examples=lots(15, 50))
@given(st.lists(st.one_of(st.text(max_size=40), st.sampled_from(NASTY), st.sampled_from(TEXTS)), max_size=6))
def test_many_at_once_are_each_as_alone(texts: list[str]) -> None:
    features = Features.fit(TEXTS, Recipe(reach=60))[0]
    together = features.rows(texts)
    assert together.shape == (len(texts), features.width)
    assert np.isfinite(together.data).all()
    for number, text in enumerate(texts):
        alone, row = features.rows([text]), together[number]
        assert np.array_equal(np.sort(alone.indices), np.sort(row.indices))
        assert alone.toarray() == pytest.approx(row.toarray())
