"""Search tokens: what is written is found, on both databases alike."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reading.ground import NASTY
from wuxiao.reading.tokens import fold, fts5_match, index_tokens, query_tokens, query_words, simplify, tsquery

HAN = st.text(alphabet="丽发新城小区噪音扰民的路灯坏了一二三A3a9 　，。麗發", max_size=40)


def test_fold_brings_every_way_of_writing_to_one() -> None:
    assert fold("麗發 新城　Ａ３區") == fold("丽发新城A3区") == "丽发新城a3区"
    assert fold("垃\n 圾") == "垃圾"
    assert fold("New  Road") == "new road"


@given(st.text(max_size=200))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=200))
def test_simplifying_keeps_the_length(text: str) -> None:
    assert len(simplify(text)) == len(text)


def test_everyday_simplified_words_are_left_alone() -> None:
    for word in ("乾隆", "皇后", "着火", "著名", "一个", "里面", "干净"):
        assert simplify(word) == word


def test_tokens_are_pairs_and_a_final_single() -> None:
    assert index_tokens("A3区丽发新城") == ["a3", "区丽", "丽发", "发新", "新城", "城"]
    assert query_tokens("丽发新城") == ["丽发", "发新", "新城"]
    assert query_tokens("城") == ["城"]
    assert query_words("新城　噪音") == ["新城", "噪音"]


@pytest.fixture
def database() -> sqlite3.Connection:
    made = sqlite3.connect(":memory:")
    made.execute("CREATE VIRTUAL TABLE messages USING fts5(tokens, content='', detail=none)")
    return made


def found(database: sqlite3.Connection, query: str) -> set[int]:
    match = fts5_match(query)
    if not match:
        return set()
    return {row[0] for row in database.execute("SELECT rowid FROM messages WHERE messages MATCH ?", (match,))}


def test_sqlite_finds_words_of_one_and_two_characters_and_parts_of_numbers(database: sqlite3.Connection) -> None:
    texts = ["麗發新城三期噪音", "新城的发丽路", "电话13812345678", "路灯"]
    for number, text in enumerate(texts):
        database.execute("INSERT INTO messages(rowid, tokens) VALUES (?, ?)", (number, " ".join(index_tokens(text))))
    assert found(database, "丽发新城") == {0}
    assert found(database, "噪音") == {0}
    assert found(database, "丽") == {0, 1}
    assert found(database, "灯") == {3}
    assert found(database, "1381234") == {2}
    assert found(database, "新城 噪音") == {0}
    assert found(database, "，。") == set()


@given(HAN, st.integers(0, 39), st.integers(1, 12))
def test_any_part_of_a_text_that_begins_at_a_border_is_found_in_it(text: str, start: int, length: int) -> None:
    folded = fold(text)
    part = folded[start : start + length]
    # A part that begins in the middle of a number or a Latin word is the one thing that tokens cannot find.
    if not part.strip() or (
        start and folded[start - 1].isascii() and folded[start - 1].isalnum() and part[0].isascii()
    ):
        return
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE messages USING fts5(tokens, content='', detail=none)")
    database.execute("INSERT INTO messages(rowid, tokens) VALUES (1, ?)", (" ".join(index_tokens(text)),))
    if fts5_match(part):
        assert found(database, part) == {1}
        assert all(word in folded for word in query_words(part))


@pytest.mark.parametrize("text", NASTY)
def test_nasty_texts_pass(text: str) -> None:
    assert all(token and not set(token) & set("'\"&|!:* ") for token in index_tokens(text))
    assert isinstance(tsquery(text[:500]), str)
    assert isinstance(fts5_match(text[:500]), str)


def test_postgresql_words_are_quoted() -> None:
    assert tsquery("新城 138 a'b") == "'新城' & '138':* & 'a':* & 'b':*"


def test_marks_in_a_query_part_it_as_they_part_the_index() -> None:
    text = "东门路的路灯，坏了三天；请尽快修（急）"
    for query in ("“路灯”", "路灯，坏", "路灯)", "（路灯）坏了", "路灯/坏了", "「路灯」", "路灯…", "路灯👍"):
        words = query_words(query)
        assert words, query
        assert all(word in fold(text) for word in words), (query, words)
        assert set(query_tokens(query)) <= set(index_tokens(text)) | {"坏"}
    for nothing in ("👍", "“”", "，。！", "\u202e", "_", "👨‍👩‍👧", "'", '"', "*", "%"):
        assert query_words(nothing) == []
        assert fts5_match(nothing) == ""
        assert tsquery(nothing) == ""
