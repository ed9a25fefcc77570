"""One form for what is typed, and the way back to the places in the original."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wuxiao.typed import plain

ANY = st.text(st.characters(codec=None), max_size=60)
ODD = st.text(
    st.sampled_from(
        "1３9—–‑−\u00ad\u200b\u202e\u202c\ufeff \u3000\u00a0\u2028"
        "\t\r\n\x00\x08\x85Ａa路·⁄½ﬁ①²㎡👨\u200d👩\ud800\uffff٣"
    ),
    max_size=30,
)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("路灯\x08坏了\x00三天", "路灯坏了三天"),
        ("\u202e反了的字\u202c", "反了的字"),
        ("一\r\n二\r三\u2028四\x85五", "一\n二\n三\n四\n五"),
        ("半个\ud83d字", "半个\ufffd字"),
        ("从不用的\uffff字\ufdd0码\U0001fffe", "从不用的字码"),
        ("，。（）１２㎡①“”", "，。（）１２㎡①“”"),
        ("👨\u200d👩\u200d👧 一家", "👨\u200d👩\u200d👧 一家"),
        ("零\u200d宽\u200b连\u200c接", "零宽连接"),
        ("نامه\u200cای", "نامه\u200cای"),
        ("姓𠮷", "姓𠮷"),
        ("制表\t留下", "制表\t留下"),
    ],
)
def test_sentences_lose_only_what_nobody_sees(typed: str, read: str) -> None:
    assert plain.clean(typed) == read


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("\u202d139 0000 0055\u202c", "139 0000 0055"),
        ("139‑0000–0055—1−2－3", "139-0000-0055-1-2-3"),
        ("１３９　００\u00a0０", "139 00 0"),
        ("٠١٢۳४", "01234"),
        ("\ufeffＡＢ＠ｃ．ｃｎ", "AB@c.cn"),
        ("1\u200b3\ufe0f9", "139"),
        ("ㅤx⠀y", " x y"),
    ],
)
def test_fields_have_one_form(typed: str, read: str) -> None:
    assert plain.flat(typed) == read


@settings(deadline=None)
@given(st.one_of(ANY, ODD))
def test_nothing_is_unsettled_and_every_place_leads_back(text: str) -> None:
    once = plain.clean(text)
    assert plain.clean(once) == once
    assert not any(
        unicodedata.category(c) in {"Cs"} or (unicodedata.category(c) == "Cc" and c not in "\n\t") for c in once
    )
    flat = plain.flat(text)
    assert plain.flat(flat) == flat
    back = plain.flat_of(text)
    assert back.text == flat
    assert all(plain.flat(text[a:b]) != "" for a, b in zip(back.starts, back.ends, strict=True))
    for start in range(len(flat)):
        a, b = back.span(start, len(flat))
        # What was taken from the original gives the same stretch again, but for a first character that opened out.
        assert plain.flat(text[a:b]).endswith(flat[start:])
    assert len(plain.even(text)) == len(text)


def test_even_texts_keep_their_places() -> None:
    text = "电话：１３９\u200b－００００ ㎡"
    even = plain.even(text)
    assert even.index("-") == text.index("－")
    assert even == "电话:139\u200b-0000 ㎡"


def test_every_letter_that_looks_latin_is_read_as_the_one_it_looks_like() -> None:
    cyrillic, greek = "АВСЕНІЈКМОРЅТУХ", "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"
    assert (plain.latin(cyrillic), plain.latin(greek)) == ("ABCEHIJKMOPSTYX", "ABEZHIKMNOPTYX")
    assert (plain.latin(cyrillic.lower()).upper(), plain.latin(greek.lower()).upper()) == (
        "ABCEHIJKMOPSTYX",
        "ABEZHIKMNOPTYX",
    )
    # Letters that look like no Latin one, and all of Han, stay; so does whatever is a name or a sentence.
    assert plain.latin("ЖД京") == "ЖД京"
    assert (plain.clean("Саша"), plain.line("Ольга"), plain.flat("Нина")) == ("Саша", "Ольга", "Нина")
