"""A field knows its purpose: it cannot be declared without, reads what is typed, and says itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from wuxiao.rules.book import default
from wuxiao.rules.field import NOTHING, Audience, Field, Kind, Why, Wrong
from wuxiao.rules.register import SPINE, Register, impact, kinds_of, spine
from wuxiao.rules.words import Text
from wuxiao.subjects.premises.rules import PREMISES

BOOK = default()
WHY = Why(Text("按期去看", "to look in time"), Text("消防法", "Fire Law"), 30, Audience.READERS)
COLOURS = {"red": Text("红", "red"), "dark_red": Text("深红", "dark red"), "blue": Text("蓝", "blue")}


def a_field(kind: Kind, **more: Any) -> Field:
    choices = COLOURS if kind in {Kind.CHOICE, Kind.CHOICES} else {}
    return Field("one", kind, Text("一项", "one thing"), more.pop("why", WHY), choices=choices, **more)


@pytest.mark.parametrize(
    "left_out",
    [
        {"purpose": Text("", "to look")},
        {"purpose": Text("去看", " ")},
        {"purpose": "to look"},
        {"basis": Text("消防法", "")},
        {"basis": None},
        {"days": 0},
        {"days": None},
        {"seen": None},
        {"seen": "everybody"},
    ],
)
def test_reasons_that_are_not_given_are_refused(left_out: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="a field needs"):
        replace(WHY, **left_out)


def test_a_field_without_reasons_cannot_be_declared() -> None:
    with pytest.raises(TypeError):
        Field("one", Kind.TEXT, Text("一项", "one"))  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="purpose, legal basis, retention and audience"):
        a_field(Kind.TEXT, why=None)


def test_a_register_with_a_field_that_has_no_reasons_does_not_load() -> None:
    """The program does not start: the declaration itself raises, at its import."""
    source = (
        "from wuxiao.rules.field import Field, Kind\nfrom wuxiao.rules.words import Text\n"
        "Field('one', Kind.TEXT, Text('一项', 'one'), None)"
    )
    with pytest.raises(ValueError, match="one: a field needs"):
        exec(source, {})


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"name": "two words"}, "no name"),
        ({"name": "a_name_of_twenty_one_"}, "no name"),
        ({"label": Text("一项", "")}, "both languages"),
        ({"kind": Kind.CHOICE}, "answers"),
        ({"choices": COLOURS}, "answers"),
        ({"private": True}, "personal data"),
    ],
)
def test_a_field_that_makes_no_sense_is_refused(more: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        replace(a_field(Kind.TEXT), **more)


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        (Kind.TEXT, " 一\u200b号\t楼 ", "一号 楼"),
        (Kind.CHOICE, "red", "red"),
        (Kind.CHOICE, "深红", "dark_red"),
        (Kind.CHOICE, "Dark Red", "dark_red"),
        (Kind.CHOICE, " ＲＥＤ ", "red"),
        (Kind.CHOICES, ["blue", "red"], "red blue"),
        (Kind.CHOICES, "蓝、红；红", "red blue"),
        (Kind.CHOICES, "blue red", "red blue"),
        (Kind.CHOICES, "dark red; blue", "dark_red blue"),
        (Kind.NUMBER, "１２", 12),
        (Kind.NUMBER, "0", 0),
        (Kind.DATE, "2026年2月6日", date(2026, 2, 6)),
        (Kind.PHONE, "5550000转801", "09905550000-801"),
        (Kind.PLACE, "清平街道", "990101001"),
        (Kind.PLACE, "990101001", "990101001"),
        (Kind.UNIT, "县住房和城乡建设局", "housing"),
        (Kind.POINT, "30.1234567，104.5", (30.123457, 104.5)),
        (Kind.YES, "是", True),
        (Kind.YES, "无", False),
    ],
)
def test_each_kind_reads_what_is_typed_and_what_it_writes_itself(kind: Kind, typed: Any, value: Any) -> None:
    one = a_field(kind)
    assert one.read(typed, BOOK) == value
    assert one.read(one.typed(value), BOOK) == value
    said = one.say(value, BOOK)
    assert said.zh
    assert said.en


@pytest.mark.parametrize("kind", list(Kind))
def test_nothing_is_nothing_and_says_nothing(kind: Kind) -> None:
    one = a_field(kind)
    for typed in (None, "", "  ", "\u200b"):
        assert one.read(typed, BOOK) is None
    assert one.say(None, BOOK) == Text("", "")
    assert one.typed(None) == ""


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (Kind.TEXT, "长" * 121),
        (Kind.CHOICE, "绿"),
        (Kind.CHOICES, "红、绿"),
        (Kind.NUMBER, "-1"),
        (Kind.NUMBER, "100000"),
        (Kind.NUMBER, "12.5"),
        (Kind.NUMBER, "²"),
        (Kind.DATE, "2026-02-30"),
        (Kind.PHONE, "12"),
        (Kind.PLACE, "没有的村"),
        (Kind.UNIT, "没有的局"),
        (Kind.POINT, "104.5,30.1"),
        (Kind.POINT, "30.1"),
        (Kind.POINT, "nan,nan"),
        (Kind.POINT, "东,西"),
        (Kind.YES, "也许"),
    ],
)
def test_what_cannot_be_taken_is_refused_in_both_languages(kind: Kind, typed: str) -> None:
    with pytest.raises(Wrong) as wrong:
        a_field(kind).read(typed, BOOK)
    assert wrong.value.text.zh
    assert wrong.value.text.en


def test_a_word_that_means_two_answers_asks_for_the_code() -> None:
    both = Field(
        "one", Kind.CHOICE, Text("一项", "one"), WHY, choices={"a": Text("河口", "Hekou"), "b": Text("河口", "Hekou")}
    )
    with pytest.raises(Wrong, match="more than one") as wrong:
        both.read("河口", BOOK)
    assert "a、b" in wrong.value.text.zh
    assert both.read("b", BOOK) == "b"


def test_the_longest_text_is_still_taken() -> None:
    assert a_field(Kind.TEXT).read("长" * 120, BOOK) == "长" * 120
    assert a_field(Kind.NUMBER).read("99999", BOOK) == 99_999


def test_a_change_is_a_sentence() -> None:
    one = a_field(Kind.CHOICE)
    assert one.sentence("red", "blue", BOOK) == Text("一项由“红”改为“蓝”", "one thing changed from “red” to “blue”")
    assert one.sentence(None, "blue", BOOK) == Text("一项填为“蓝”", "one thing: “blue”")
    assert one.sentence("red", None, BOOK) == Text("一项“红”已清空", "one thing “red” was emptied")


def test_a_field_describes_itself_with_its_reasons() -> None:
    found = a_field(Kind.NUMBER, high=9).describe()
    assert (found["type"], found["minimum"], found["maximum"]) == ("integer", 0, 9)
    assert found["purpose"] == {"zh": "按期去看", "en": "to look in time"}
    assert (found["days"], found["seen"], found["private"]) == (30, "readers", False)
    assert a_field(Kind.CHOICE).describe()["enum"] == list(COLOURS)


def test_personal_data_is_written_outside_the_seal_whatever_its_kind() -> None:
    kept = replace(WHY, seen=Audience.KEEPERS)
    assert not a_field(Kind.DATE).written
    assert a_field(Kind.DATE, private=True, why=kept).written
    assert a_field(Kind.TEXT).written


# ----------------------------------------------------------------------------------------------------------- registers


def test_a_register_refuses_a_name_that_stands_twice() -> None:
    (first, *_) = PREMISES.fields
    with pytest.raises(ValueError, match="twice"):
        replace(PREMISES, fields=(first, first))
    with pytest.raises(ValueError, match="twice"):
        replace(PREMISES, fields=(replace(first, name="title"),))


def test_a_kind_is_asked_for_its_own_fields() -> None:
    rented = {one.name for one in PREMISES.own("rented")}
    school = {one.name for one in PREMISES.own("school")}
    assert {"rooms_let", "rights_told_on"} <= rented
    assert not {"guards", "licence"} & rented
    assert {"guards", "self_check"} <= school
    assert "rooms_let" not in school
    assert "bars" in rented & school


def test_kinds_are_the_books_and_without_a_section_there_are_none() -> None:
    assert len(kinds_of(BOOK, "premises")) == 14
    assert kinds_of(BOOK, "nothing") == {}
    assert [one.name for one in spine(PREMISES, BOOK)] == list(SPINE)


def test_no_field_of_the_premises_register_is_about_a_person() -> None:
    names = {one.name for one in PREMISES.all_fields(BOOK)}
    assert not [one for one in PREMISES.all_fields(BOOK) if one.private]
    assert not names & {"name", "owner", "landlord", "tenant", "guest", "phone", "id_number", "birth"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_impact_sheet_names_every_field_with_all_its_reasons(lang: str) -> None:
    sheet = "\n".join(one.say(lang) for one in impact(PREMISES, BOOK))
    for one in PREMISES.all_fields(BOOK):
        (line,) = [row for row in sheet.splitlines() if f"（{one.name}）" in row or f"({one.name})" in row]
        for text in (one.label, one.why.purpose, one.why.basis):
            assert text.say(lang) in line
        assert str(one.why.days) in line
    none = "没有个人信息字段" if lang == "zh" else "No field of this register is personal data"
    assert none in sheet


def test_the_impact_sheet_counts_personal_data() -> None:
    private = replace(a_field(Kind.TEXT, why=replace(WHY, seen=Audience.KEEPERS)), private=True)
    sheet = "\n".join(one.en for one in impact(replace(PREMISES, fields=(private,), papers=()), BOOK))
    assert "Fields with personal data, 1 in all: one thing" in sheet
    assert "; personal data." in sheet


def test_the_impact_sheet_says_one_number_of_days_once_and_two_as_a_span() -> None:
    def last(*days: int) -> str:
        fields = tuple(replace(a_field(Kind.TEXT, why=replace(WHY, days=n)), name=f"field_{n}") for n in days)
        lines = impact(replace(PREMISES, spine=replace(PREMISES.spine, days=days[0]), fields=fields, papers=()), BOOK)
        return f"{lines[-1].zh} {lines[-1].en}"

    assert last(365) == "销册满365天自动清空。 Fields are emptied by themselves 365 days after the row has ended."
    assert last(365, 30).endswith("at the earliest 30 and at the latest 365 days after the row has ended.")


def test_a_register_needs_a_name() -> None:
    for name in ("", "two words", "x" * 21):
        with pytest.raises(ValueError, match="no name"):
            replace(PREMISES, name=name)
    assert isinstance(PREMISES, Register)


@pytest.mark.parametrize("kind", [Kind.CHOICE, Kind.CHOICES])
def test_where_there_is_nothing_to_choose_nothing_is_chosen(kind: Kind) -> None:
    one = Field("item", kind, Text("哪一件", "which item"), WHY, choices={NOTHING: Text("没有可选的", "nothing")})
    assert one.read([NOTHING] if kind is Kind.CHOICES else NOTHING, BOOK) is None
    with pytest.raises(Wrong):
        one.read(["x"] if kind is Kind.CHOICES else "x", BOOK)
