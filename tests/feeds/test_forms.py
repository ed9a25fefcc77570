"""XLSForm workbooks: good ones become question sets and come back the same, bad ones are refused with sheet and row."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.lots import lots
from wuxiao.feeds.forms import book as books
from wuxiao.feeds.forms import old
from wuxiao.feeds.forms.found import Read
from wuxiao.feeds.forms.read import read_form
from wuxiao.feeds.forms.write import as_xlsx
from wuxiao.rules.questions.faults import Level, faults
from wuxiao.rules.questions.form import (
    OURS,
    Choice,
    ChoiceList,
    Group,
    Kind,
    Question,
    QuestionSet,
    Said,
    said,
)
from wuxiao.site import cli

Rows = list[list[Any]]
ZH, EN = OURS["zh"], OURS["en"]
HEAD = ["type", "name", "label"]
CHOICES: Rows = [["list_name", "name", "label"], ["yn", "yes", "是"], ["yn", "no", "否"]]


@pytest.fixture
def made(tmp_path: Path) -> Any:
    """Make a workbook of these sheets and read it."""

    def make(
        survey: Rows | None = None, choices: Rows | None = None, settings: Rows | None = None, **more: Any
    ) -> Read:
        path = tmp_path / "form.xlsx"
        save(path, {"survey": survey, "choices": choices, "settings": settings, **more})
        return read_form(path)

    return make


def save(path: Path, sheets: dict[str, Rows | None]) -> None:
    """Write sheets as a spreadsheet program does."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        if rows is not None:
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(row)
    book.save(path)


def wrong(found: Read, level: Level = Level.ERROR) -> list[tuple[str, int, str, str]]:
    """What was found of a level: sheet, row, column, code."""
    return [(one.sheet, one.row, one.column, one.code) for one in found.of(level)]


# -- good books --------------------------------------------------------------------------------------------------------


def test_a_form_in_two_languages_becomes_a_question_set(made: Any) -> None:
    found = made(
        [
            [
                "type",
                "name",
                f"label::{ZH}",
                f"label::{EN}",
                f"hint::{ZH}",
                "required",
                "relevant",
                "constraint",
                f"constraint_message::{EN}",
                "calculation",
                "appearance",
                "parameters",
                "choice_filter",
            ],
            ["begin group", "place", "场所", "Place"],
            ["integer", "floors", "层数", "Floors", "地下不算", "yes", None, ". <= 120", "at most 120"],
            ["end group"],
            ["select_one yn", "exit", "通道畅通吗", "Exit clear?", None, "TRUE"],
            ["text", "why", "为什么", "Why", None, "no", "${exit} = 'no'"],
            ["begin_repeat", "finding", "隐患", "Finding"],
            ["image", "photo", "照片", "Photo", None, None, None, None, None, None, "new", "max-pixels=1600"],
            ["end_repeat"],
            ["calculate", "n", None, None, None, None, None, None, None, "count(${finding})"],
        ],
        [["list_name", "name", f"label::{ZH}", f"label::{EN}"], ["yn", "yes", "是", "Yes"], ["yn", "no", "否", "No"]],
        [["form_title", "form_id", "version", "default_language"], ["消防检查", "fire", 20260301, ZH]],
    )
    assert found.found == ()
    assert found.form == QuestionSet(
        "fire",
        "20260301",
        Said(((ZH, "消防检查"),)),
        (ZH, EN),
        ZH,
        (
            Group(
                "place",
                (
                    Question(
                        "floors",
                        Kind.INTEGER,
                        said(zh="层数", en="Floors"),
                        said(zh="地下不算"),
                        required="true()",
                        constraint=". <= 120",
                        constraint_message=said(en="at most 120"),
                    ),
                ),
                label=said(zh="场所", en="Place"),
            ),
            Question("exit", Kind.ONE, said(zh="通道畅通吗", en="Exit clear?"), required="true()", choices="yn"),
            Question("why", Kind.TEXT, said(zh="为什么", en="Why"), relevant="${exit} = 'no'"),
            Group(
                "finding",
                (
                    Question(
                        "photo",
                        Kind.IMAGE,
                        said(zh="照片", en="Photo"),
                        appearance="new",
                        parameters=(("max-pixels", "1600"),),
                    ),
                ),
                repeat=True,
                label=said(zh="隐患", en="Finding"),
            ),
            Question("n", Kind.CALCULATE, calculation="count(${finding})"),
        ),
        (ChoiceList("yn", (Choice("yes", said(zh="是", en="Yes")), Choice("no", said(zh="否", en="No")))),),
    )
    assert found.types == {
        "calculate": 1,
        "group": 1,
        "image": 1,
        "integer": 1,
        "repeat": 1,
        "select_one": 1,
        "text": 1,
    }


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (["TYPE", "Name", "LABEL"], "case"),
        (["command", "tag", "caption"], "old words"),
        (["type ", " name", "label\u00a0"], "blanks"),
        (["type", "value", "label:English"], "one colon"),
    ],
)
def test_headings_are_known_in_every_dress(made: Any, head: list[str], name: str) -> None:
    found = made([head, ["text", "a", "A"]])
    assert wrong(found) == []
    assert found.form.items[0].name == "a"
    assert found.form.items[0].label.say("en") == "A"


def test_grouped_headings_mean_the_columns_they_name(made: Any) -> None:
    found = made(
        [
            [*HEAD, "bind:relevant", "bind:jr:constraintMsg", "bind:constraint", "media:image", "control:appearance"],
            ["text", "a", "A", "1 = 1", "no", ". != ''", "a.png", "multiline"],
        ]
    )
    one = found.form.items[0]
    assert (one.relevant, one.constraint_message.say("en"), one.constraint) == ("1 = 1", "no", ". != ''")
    assert (one.media, one.appearance) == ((("image", Said((("", "a.png"),))),), "multiline")


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("string", Kind.TEXT),
        ("int", Kind.INTEGER),
        ("gps", Kind.POINT),
        ("datetime", Kind.MOMENT),
        ("photo", Kind.IMAGE),
        ("trigger", Kind.ACKNOWLEDGE),
        ("add text prompt", Kind.TEXT),
        ("ｔｅｘｔ", Kind.TEXT),
        ("  text ", Kind.TEXT),
    ],
)
def test_old_words_for_types_are_understood(made: Any, word: str, kind: Kind) -> None:
    assert made([HEAD, [word, "a", "A"]]).form.items[0].kind is kind


@pytest.mark.parametrize("word", ["select_one yn", "select one from yn", "select1 yn", "select_one  yn"])
def test_old_words_for_choosing_one_are_understood(made: Any, word: str) -> None:
    one = made([HEAD, [word, "a", "A"]], CHOICES).form.items[0]
    assert (one.kind, one.choices) == (Kind.ONE, "yn")


def test_or_other_becomes_a_choice_and_a_question(made: Any) -> None:
    found = made([[*HEAD], ["select_multiple yn or_other", "a", "A"]], CHOICES)
    first, second = found.form.items
    assert [one.name for one in found.form.choices("yn")] == ["yes", "no", "other"]
    assert (second.name, second.kind, second.relevant) == ("a_other", Kind.TEXT, "selected(${a}, 'other')")
    assert first.choices == "yn"
    filtered = made([[*HEAD, "choice_filter"], ["select_one yn or_other", "a", "A", "1 = 1"]], CHOICES)
    assert wrong(filtered) == [("survey", 2, "choice_filter", "other_filtered")]


def test_numbers_truths_and_days_in_cells_are_read_as_a_person_sees_them(made: Any) -> None:
    import datetime

    found = made(
        [
            [*HEAD, "default", "required"],
            ["select_one n", "a", 5.0, 8.0, True],
            ["date", "b", "B", datetime.date(2026, 3, 1)],
        ],
        [["list name", "name", "label"], ["n", 8.0, 8.5], ["n", 9, True]],
    )
    one, two = found.form.items
    assert (one.label.say("zh"), one.default, one.required, two.default) == ("5", "8", "true()", "2026-03-01")
    assert [(each.name, each.label.say("zh")) for each in found.form.choices("n")] == [("8", "8.5"), ("9", "TRUE")]


def test_quotation_marks_and_brackets_of_other_keyboards_are_made_plain_in_formulas_only(made: Any) -> None:
    found = made(
        [
            [*HEAD, "relevant", "constraint"],
            ["select_one yn", "a", "“好”吗？"],
            ["text", "b", "B", "${a} = ‘yes’"],
            ["text", "c", "C", "selected（${a}，“no”） and ${b} ＝ '（是）'"],
        ],
        CHOICES,
    )
    assert [one.label.say("zh") for one in found.form.items] == ["“好”吗？", "B", "C"]
    assert found.form.items[1].relevant == "${a} = 'yes'"
    assert found.form.items[2].relevant == "selected(${a},\"no\") and ${b} = '（是）'"
    assert wrong(found, Level.NOTE) == [("survey", 4, "relevant", "full_width")]


def test_blank_rows_comments_and_disabled_rows_are_passed_over_and_rows_keep_their_numbers(made: Any) -> None:
    found = made(
        [
            [*HEAD, "disabled"],
            [],
            ["text", "a", "A"],
            [None, None, None, None, "stray"],
            ["text", "b", "B", "yes"],
            [],
            ["txet", "c", "C"],
        ]
    )
    assert wrong(found) == [("survey", 7, "type", "unknown_type")]
    assert found.types == {"text": 1}


def test_a_form_may_begin_below_empty_rows(made: Any) -> None:
    found = made([[], [], HEAD, ["text", "a", "A"], ["integer", "b"]])
    assert wrong(found) == [("survey", 5, "label", "no_label")]


def test_what_stands_far_below_is_not_read_and_said(made: Any) -> None:
    near = made([HEAD, ["text", "a", "A"], *[[]] * 60, ["text", "b", "B"]])
    assert [one.name for one in near.form.items] == ["a", "b"]
    far = made([HEAD, ["text", "a", "A"], *[[]] * 61, ["text", "b", "B"]])
    assert [one.name for one in far.form.items] == ["a"]
    assert wrong(far, Level.NOTE) == [("survey", 64, "", "far_below")]


def test_a_lone_sheet_is_the_survey_and_a_misspelt_one_is_asked_about(made: Any) -> None:
    assert made(None, Sheet1=[HEAD, ["text", "a", "A"]]).form.items[0].name == "a"
    assert made(None, SURVEY=[HEAD, ["text", "a", "A"]], other=[["x"]]).form.items[0].name == "a"
    found = made(None, surveys=[HEAD, ["text", "a", "A"]], other=[["x"]])
    assert wrong(found) == [("survey", 1, "", "no_survey")]
    assert "surveys" not in found.found[0].text.zh or "survey" in found.found[0].text.zh


def test_a_list_name_merged_over_rows_is_meant_for_all_of_them(tmp_path: Path) -> None:
    path = tmp_path / "merged.xlsx"
    book = openpyxl.Workbook()
    survey = book.active
    survey.title = "survey"
    survey.append(HEAD)
    survey.append(["select_one yn", "a", "A"])
    choices = book.create_sheet("choices")
    for row in (CHOICES[0], ["yn", "yes", "是"], [None, "no", "否"], ["x", "y", "z"]):
        choices.append(row)
    choices.merge_cells("A2:A3")
    book.save(path)
    assert [one.name for one in read_form(path).form.choices("yn")] == ["yes", "no"]  # type: ignore[union-attr]


def test_a_loop_is_written_out_choice_by_choice(made: Any) -> None:
    loop: Rows = [HEAD, ["begin loop over yn", "l"], ["integer", "n", "有几处“%(label)s”（%(name)s）"], ["end loop"]]
    found = made(loop, CHOICES)
    assert wrong(found) == []
    outer = found.form.items[0]
    assert [(one.name, one.label.say("zh"), one.items[0].label.say("zh")) for one in outer.items] == [
        ("yes", "是", "有几处“是”（yes）"),
        ("no", "否", "有几处“否”（no）"),
    ]
    assert wrong(made([*loop, ["note", "x", "共${n}处"]], CHOICES)) == [("survey", 5, "label", "ambiguous_reference")]
    assert wrong(made([*loop[:2], ["integer", "n"], loop[3]], CHOICES)) == [("survey", 3, "label", "no_label")] * 1
    assert wrong(made(loop)) == [("survey", 2, "type", "no_list")]


def test_loops_within_loops_are_counted_before_they_are_written_out(made: Any) -> None:
    begin = [["begin loop over many", f"l{n}"] for n in range(6)]
    many: Rows = [CHOICES[0], *(["many", f"c{n}", f"C{n}"] for n in range(60))]
    found = made([HEAD, *begin, ["integer", "n", "N"], *[["end loop"]] * 6], many)
    assert ("survey", 6, "type", "many") in wrong(found)
    assert found.form is None


def test_external_choices_are_choices_with_a_filter(made: Any) -> None:
    found = made(
        [[*HEAD, "choice_filter"], ["select_one yn", "a", "A"], ["select_one_external yn", "b", "B", "ok = ${a}"]],
        CHOICES,
        external_choices=[["list_name", "name", "label", "ok"], ["yn", "x", "X", "yes"], ["yn", "z", "Z", "no"]],
    )
    assert wrong(found) == []
    second = found.form.items[1]
    assert [(one.name, one.columns) for one in found.form.choices(second.choices)] == [
        ("x", (("ok", "yes"),)),
        ("z", (("ok", "no"),)),
    ]
    assert [one.name for one in found.form.choices("yn")] == ["yes", "no"]


@pytest.mark.parametrize("stacked", [True, False])
def test_csv_holds_one_sheet_or_several_with_the_lines_of_the_file(tmp_path: Path, stacked: bool) -> None:
    path = tmp_path / "form.csv"
    if stacked:
        lines = [
            "survey,,,",
            ",type,name,label",
            ",select_one yn,a,甲",
            ",text,b,",
            "choices,,,",
            ",list_name,name,label",
            ",yn,yes,是",
            ",yn,yes,否",
        ]
        expected = [("survey", 4, "label", "no_label"), ("choices", 8, "name", "choice_twice")]
    else:
        lines = ["type;name;label", "text;a;甲", "text;a;乙"]
        expected = [("survey", 3, "name", "name_twice")]
    path.write_bytes("\n".join(lines).encode("gb18030"))
    assert wrong(read_form(path)) == expected


# -- bad books ---------------------------------------------------------------------------------------------------------

A = ["text", "a", "A"]
BAD: list[tuple[str, dict[str, Rows | None], list[tuple[str, int, str, str]]]] = [
    ("no type column", {"survey": [["kind", "name", "label"], A]}, [("survey", 1, "type", "no_type_column")]),
    ("empty survey", {"survey": []}, [("survey", 1, "", "no_type_column")]),
    ("only headings", {"survey": [HEAD]}, [("survey", 1, "type", "empty")]),
    ("heading twice", {"survey": [[*HEAD, "caption"], [*A, "B"]]}, [("survey", 1, "caption", "header_twice")]),
    ("no type", {"survey": [HEAD, A, [None, "b", "B"]]}, [("survey", 3, "type", "no_type")]),
    ("no name", {"survey": [HEAD, A, ["text", None, "B"]]}, [("survey", 3, "name", "no_name")]),
    ("bad name", {"survey": [HEAD, ["text", "1 a", "A"]]}, [("survey", 2, "name", "bad_name")]),
    ("unknown type", {"survey": [HEAD, A, ["select_onee yn", "b", "B"]]}, [("survey", 3, "type", "unknown_type")]),
    ("other case", {"survey": [HEAD, ["Text", "b", "B"]]}, [("survey", 2, "type", "unknown_type")]),
    ("included form", {"survey": [HEAD, A, ["include", "b", "B"]]}, [("survey", 3, "type", "unknown_type")]),
    ("name twice", {"survey": [HEAD, A, A]}, [("survey", 3, "name", "name_twice")]),
    (
        "group without end",
        {"survey": [HEAD, A, ["begin group", "g", "G"], ["text", "b", "B"]]},
        [("survey", 3, "type", "not_ended")],
    ),
    ("end without group", {"survey": [HEAD, A, ["end group"]]}, [("survey", 3, "type", "not_begun")]),
    (
        "wrong end",
        {"survey": [HEAD, ["begin repeat", "r", "R"], A, ["end group"]]},
        [("survey", 4, "type", "wrong_end")],
    ),
    ("no choices", {"survey": [HEAD, ["select_one yn", "a", "A"]]}, [("survey", 2, "type", "no_list")]),
    (
        "no such list",
        {"survey": [HEAD, ["select_one yn", "a", "A"]], "choices": [CHOICES[0], ["ny", "yes", "是"]]},
        [("survey", 2, "type", "no_list")],
    ),
    (
        "choice twice",
        {"survey": [HEAD, ["select_one yn", "a", "A"]], "choices": [*CHOICES, ["yn", "yes", "又"]]},
        [("choices", 4, "name", "choice_twice")],
    ),
    (
        "choice without name",
        {"survey": [HEAD, ["select_one yn", "a", "A"]], "choices": [*CHOICES, ["yn", None, "又"]]},
        [("choices", 4, "name", "no_name")],
    ),
    (
        "blank in a choice of several",
        {"survey": [HEAD, ["select_multiple yn", "a", "A"]], "choices": [*CHOICES, ["yn", "may be", "又"]]},
        [("choices", 4, "name", "blank_in_choice")],
    ),
    (
        "choices without their columns",
        {"survey": [HEAD, A], "choices": [["list_name", "nome", "label"], ["yn", "yes", "是"]]},
        [("choices", 1, "name", "header")],
    ),
    (
        "no calculation",
        {"survey": [HEAD, A, ["calculate", "b", "B"]]},
        [("survey", 3, "calculation", "no_calculation")],
    ),
    (
        "unknown reference",
        {"survey": [[*HEAD, "relevant"], A, ["text", "b", "B", "${c} = 1"]]},
        [("survey", 3, "relevant", "unknown_reference")],
    ),
    (
        "unknown reference in words",
        {"survey": [HEAD, A, ["note", "b", "看${c}"]]},
        [("survey", 3, "label", "unknown_reference")],
    ),
    (
        "no formula",
        {"survey": [[*HEAD, "constraint"], A, ["text", "b", "B", ". > (3"]]},
        [("survey", 3, "constraint", "formula")],
    ),
    (
        "parameters",
        {"survey": [[*HEAD, "parameters"], ["range", "a", "A", "start 1"]]},
        [("survey", 2, "parameters", "parameters")],
    ),
    (
        "choices of no list",
        {
            "survey": [HEAD, ["select_one yn", "a", "A"]],
            "choices": [["list", "name", "label"], ["yn", "yes", "是"]],
        },
        [("survey", 2, "type", "no_list")],
    ),
    (
        "root that is no name",
        {"survey": [HEAD, A], "settings": [["name"], ["1 a"]]},
        [("settings", 2, "name", "bad_name")],
    ),
    (
        "several at once, in the order of the sheets",
        {
            "survey": [HEAD, ["txt", "a", "A"], ["text", "b c", "B"], ["end repeat"]],
            "choices": [*CHOICES, ["yn", "no", "x"]],
        },
        [
            ("survey", 2, "type", "unknown_type"),
            ("survey", 3, "name", "bad_name"),
            ("survey", 4, "type", "not_begun"),
            ("choices", 4, "name", "choice_twice"),
        ],
    ),
]


@pytest.mark.parametrize(("sheets", "expected"), [one[1:] for one in BAD], ids=[one[0] for one in BAD])
def test_a_bad_book_is_refused_with_its_sheet_and_row(made: Any, sheets: dict[str, Rows], expected: list[Any]) -> None:
    found = made(**sheets)
    assert wrong(found) == expected
    assert (found.ok, found.form) == (False, None)
    for one in found.found:
        assert one.text.zh != one.text.en


def test_each_of_these_books_is_good_once_the_fault_is_mended(made: Any) -> None:
    # Else a book could be refused for something it does not mean to show.
    assert made([HEAD, A, ["text", "b", "B"], ["select_multiple yn", "c", "C"]], CHOICES).found == ()
    twice = [*CHOICES, ["yn", "yes", "又"]]
    form = made([HEAD, ["select_one yn", "a", "A"]], twice, [["allow_choice_duplicates"], ["yes"]])
    assert (wrong(form), form.form.same_choice_twice) == ([], True)
    assert made([HEAD, ["begin repeat", "r", "R"], A, ["end repeat"], ["note", None, "看${a}"]]).found == ()


def test_a_formula_of_the_spreadsheet_without_a_result_is_refused_and_one_with_a_result_is_its_result(
    tmp_path: Path,
) -> None:
    path = tmp_path / "f.xlsx"
    save(path, {"survey": [HEAD, ["text", "a", "=1+1"]]})
    assert wrong(read_form(path))[0] == ("survey", 2, "C", "cell_formula")
    # What a spreadsheet program writes: the same with the value it worked out.
    worked = tmp_path / "g.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(worked, "w") as new:
        for part in old.namelist():
            data = old.read(part)
            new.writestr(part, data.replace(b"<v />", b"<v>2</v>").replace(b"<v></v>", b"<v>2</v>"))
    found = read_form(worked)
    assert wrong(found) == []
    assert found.form is not None
    assert found.form.items[0].label.say("zh") == "2"


_cell = st.one_of(
    st.sampled_from(
        [
            "text",
            "begin group",
            "end group",
            "begin repeat",
            "end_repeat",
            "select_one yn",
            "calculate",
            "yes",
            "${a}",
            "a",
            "begin loop over yn",
            "rank yn or_other",
            "${a} > 1",
            "count(${b})",
            "range",
            "start=1 end=3",
            "audit",
            "",
            None,
        ]
    ),
    st.none(),
    st.text(max_size=8),
    st.integers(),
    st.floats(),
    st.booleans(),
)
_heading = st.sampled_from(
    [
        "type",
        "name",
        "label",
        f"label::{ZH}",
        "hint",
        "relevant",
        "constraint",
        "calculation",
        "repeat_count",
        "required",
        "choice_filter",
        "parameters",
        "default",
        "list_name",
        "trigger",
        "bind::x",
        "media::image",
        "form_title",
        "disabled",
    ]
)
_rows = st.tuples(st.lists(_heading, max_size=9), st.lists(st.lists(_cell, max_size=9), max_size=8)).map(
    lambda both: [["type", "name", "label", *both[0]], *both[1]]
)


@settings(max_examples=lots(30, 150), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(survey=_rows, choices=_rows, more=_rows)
def test_whatever_stands_in_a_book_it_is_read_or_told(tmp_path: Path, survey: Rows, choices: Rows, more: Rows) -> None:
    path = tmp_path / "any.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        write = csv.writer(file)
        for name, rows in (("survey", survey), ("choices", choices), ("settings", more)):
            write.writerow([name])
            write.writerows([["", *row] for row in rows])
    found = read_form(path)
    assert found.ok or all(one.row for one in found.of(Level.ERROR))
    assert (found.form is None) is (not found.ok or bool([x for x in found.of(Level.UNSUPPORTED) if x.code != "sheet"]))
    if found.form is not None:
        out = tmp_path / "out.xlsx"
        out.write_bytes(as_xlsx(found.form))
        assert read_form(out, found.form.name).form == found.form


# -- what is not to be had here ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "feature"),
    [
        (["select_one_from_file x.csv", "b", "B"], "select_one_from_file"),
        (["select multiple from file x.csv", "b", "B"], "select_multiple_from_file"),
        (["select_one ${a}", "b", "B"], "select_one ${…}"),
        (["audit", None], "audit"),
        (["background-audio", "b"], "background-audio"),
        (["csv-external", "b"], "csv-external"),
        (["osm tags", "b", "B"], "osm"),
    ],
)
def test_a_good_type_that_is_not_to_be_had_is_named_and_no_half_set_handed_out(
    made: Any, row: list[Any], feature: str
) -> None:
    found = made([HEAD, A, row, ["note", "n", "看${a}"]])
    assert found.ok
    assert found.form is None
    assert [(one.feature, one.row) for one in found.of(Level.UNSUPPORTED)] == [(feature, 3)]
    assert found.types[feature] == 1


def test_functions_search_and_entities_are_named_too(made: Any) -> None:
    pulled = made([[*HEAD, "calculation"], ["calculate", "b", None, "pulldata('f', 'n', 'k', 'm')"]])
    assert [(one.feature, one.column) for one in pulled.of(Level.UNSUPPORTED)] == [("pulldata()", "calculation")]
    searched = made([[*HEAD, "appearance"], ["select_one yn", "b", "B", "minimal search('f')"]], CHOICES)
    assert [one.feature for one in searched.of(Level.UNSUPPORTED)] == ["search()"]
    entities = made([HEAD, A], entities=[["list_name", "label"], ["trees", "x"]])
    assert [one.feature for one in entities.of(Level.UNSUPPORTED)] == ["entities"]
    assert entities.form is not None


# -- files that are no forms -------------------------------------------------------------------------------------------


def file_fault(path: Path) -> str:
    """The one sentence about a file that is no form."""
    found = read_form(path)
    assert [(one.sheet, one.row, one.code) for one in found.found] == [("", 0, "file")]
    assert found.form is None
    return found.found[0].text.en


def test_what_is_no_workbook_gets_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(b"")
    assert "empty" in file_fault(path)
    path.write_bytes(b"<!DOCTYPE html><html></html>")
    assert "no workbook" in file_fault(path)
    path.write_bytes(b"%PDF-1.7 \xff")
    assert "no workbook" in file_fault(path) or "not UTF-8" in file_fault(path)
    path.write_bytes(b"\x00\x01\x02" * 400)
    assert "NUL" in file_fault(path)
    path.write_bytes(b"\xd0\xcf\x11\xe0" + b"\x00" * 600)
    assert "cannot be opened" in file_fault(path)
    path.write_bytes(b"PK\x03\x04 nothing")
    assert "cannot be opened" in file_fault(path)
    with zipfile.ZipFile(path, "w") as box:
        box.writestr("a.txt", "x")
    assert "zip archive" in file_fault(path)
    save(path, {"survey": [HEAD, A]})
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert "cannot be opened" in file_fault(path)
    path.write_bytes(whole)
    assert read_form(path).form is not None
    monkeypatch.setattr(books, "MOST_BYTES", len(whole) - 1)
    assert "at most" in file_fault(path)


def test_an_old_workbook_that_is_never_read_to_its_end_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0" + b"\x00" * 600)
    monkeypatch.setattr(old, "MOST_SECONDS", 0.001)
    assert "cannot be opened (.xls)" in file_fault(path)


@pytest.mark.data
def test_an_old_workbook_that_ends_the_process_which_reads_it_gets_a_sentence(
    tmp_path: Path, shared_data: Path
) -> None:
    data = bytearray((shared_data / "xlsforms" / "example_xls__yes_or_no_question.xls").read_bytes())
    path = tmp_path / "x.xls"
    path.write_bytes(data)
    assert read_form(path).form is not None
    # One wrong byte, and the compiled reader asks for hundreds of gigabytes.
    data[4353] = 58
    path.write_bytes(data)
    assert "cannot be opened" in file_fault(path)


def test_a_bomb_is_not_unfolded(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    save(path, {"survey": [HEAD, A]})
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as box:
        box.writestr("xl/media/image1.png", b"\x00" * (books.MOST_UNFOLDED + 1))
    assert path.stat().st_size < 1_000_000
    assert "64 MB" in file_fault(path)


def rewritten(path: Path, change: Any) -> None:
    """Rewrite the first sheet of a workbook."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    parts["xl/worksheets/sheet1.xml"] = change(parts["xl/worksheets/sheet1.xml"])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in parts.items():
            new.writestr(name, data)


def test_a_cell_far_away_is_refused_and_a_mere_border_to_the_end_is_not(tmp_path: Path) -> None:
    path = tmp_path / "far.xlsx"
    save(path, {"survey": [HEAD, A]})
    border = b'<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>'
    rewritten(path, lambda sheet: sheet.replace(b"</sheetData>", border))
    assert read_form(path).form is not None
    save(path, {"survey": [HEAD, A]})
    # The place of the cell hidden behind a bracket in another attribute, as no spreadsheet writes it and XML allows.
    filled = b'<row r="1048576"><c x="&gt;" y=\'>\' r = "XFD1048576"><v>1</v></c></row></sheetData>'
    rewritten(path, lambda sheet: sheet.replace(b"</sheetData>", filled))
    assert "reaches row 1048576" in file_fault(path)


def test_entities_in_a_workbook_are_not_unfolded(tmp_path: Path) -> None:
    path = tmp_path / "laughs.xlsx"
    save(path, {"survey": [HEAD, A]})
    rewritten(path, lambda sheet: b'<!DOCTYPE x [<!ENTITY a "b">]>' + sheet)
    assert "DOCTYPE" in file_fault(path)


# -- out and back ------------------------------------------------------------------------------------------------------

FIRE = QuestionSet(
    "fire_check",
    "2026.1",
    said(zh="消防检查表", en="Fire check"),
    (ZH, EN),
    ZH,
    (
        Question("day", Kind.TODAY),
        Group(
            "place",
            (
                Question(
                    "name",
                    Kind.TEXT,
                    said(zh="场所名称", en="Name of the place"),
                    required="true()",
                    parameters=(("rows", "2"),),
                ),
                Question(
                    "floors",
                    Kind.INTEGER,
                    said(zh="层数", en="Floors"),
                    said(zh="地下不算", en="without cellars"),
                    constraint=". >= 1 and . <= 120",
                    constraint_message=said(zh="层数应在 1 到 120 之间", en="1 to 120 floors"),
                ),
            ),
            label=said(zh="场所", en="The place"),
        ),
        Question(
            "exit",
            Kind.ONE,
            said(zh="疏散通道畅通吗？", en="Are the escape routes clear?"),
            choices="state",
            required="true()",
            required_message=said(zh="这一项必查", en="this must be looked at"),
        ),
        Question(
            "why", Kind.TEXT, said(zh="哪里不通？", en="Where not?"), relevant="${exit} = 'no'", required="true()"
        ),
        Group(
            "finding",
            (
                Question(
                    "what", Kind.TEXT, said(zh="=隐患", en="+Finding"), guidance=said(zh="一处一条", en="one each")
                ),
                Question("photo", Kind.IMAGE, said(zh="照片", en="Photo"), parameters=(("max-pixels", "1600"),)),
            ),
            repeat=True,
            label=said(zh="隐患", en="Findings"),
        ),
        Question("many", Kind.CALCULATE, calculation="count(${finding})"),
        Question("sum", Kind.NOTE, said(zh="共 ${many} 处", en="${many} findings"), relevant="${many} > 0"),
    ),
    (
        ChoiceList(
            "state",
            (
                Choice("yes", said(zh="合格", en="in order")),
                Choice("no", said(zh="不合格", en="not in order"), (("law", "消防法 28"),)),
            ),
        ),
    ),
)
RATING = QuestionSet(
    "rate_point",
    "1",
    said(zh="服务点评价", en="Rate this service point"),
    (ZH, EN),
    ZH,
    (
        Question(
            "stars",
            Kind.RANGE,
            said(zh="您给几颗星？", en="How many stars?"),
            appearance="rating",
            parameters=(("start", "1"), ("end", "5"), ("step", "1")),
        ),
        Question("good", Kind.MANY, said(zh="哪些方面好？", en="What was good?"), choices="good"),
        Question("word", Kind.TEXT, said(zh="想说的话", en="Anything to add"), appearance="multiline"),
    ),
    (
        ChoiceList(
            "good", (Choice("kind", said(zh="态度", en="kindness")), Choice("fast", said(zh="速度", en="speed")))
        ),
    ),
)


def test_our_sets_come_back_the_same_and_no_text_is_run(tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    for form in (FIRE, RATING):
        assert faults(form) == ()
        path.write_bytes(as_xlsx(form))
        assert read_form(path) == Read(form, (), read_form(path).types)
    path.write_bytes(as_xlsx(FIRE))
    cells = [
        cell for row in openpyxl.load_workbook(path)["survey"].iter_rows() for cell in row if cell.value is not None
    ]
    assert "=隐患" in {cell.value for cell in cells}
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr"}


def test_other_programs_convert_our_sets_without_a_warning(tmp_path: Path) -> None:
    convert = pytest.importorskip(
        "pyxform.xls2xform", reason="the judge of XLSForm is in requirements-dev.lock"
    ).convert
    path = tmp_path / "out.xlsx"
    for form in (FIRE, RATING):
        path.write_bytes(as_xlsx(form))
        result = convert(str(path), validate=False)
        assert result.warnings == []
        assert f'id="{form.name}"' in result.xform
        for word in (
            ("疏散通道畅通吗？", "Are the escape routes clear?") if form is FIRE else ("您给几颗星？", "kindness")
        ):
            assert word in result.xform


_name = st.from_regex(r"[a-z_][a-z0-9_]{0,6}", fullmatch=True).filter(lambda name: name not in ("meta", "data"))
_words = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cs", "Zs", "Zl", "Zp", "Cn", "Co")),
    min_size=1,
    max_size=20,
).filter(lambda text: "${" not in text)
_said = st.builds(lambda zh, en: said(zh=zh, en=en), _words, _words)
_either = st.one_of(st.just(Said()), _said)
_formula = st.sampled_from(["", "1 = 1", "today() > '2026-01-01'", "true()", ". != 'x  y'"])
_parameters = st.sampled_from([(), (("rows", "3"),)])
_question = st.one_of(
    st.builds(
        Question,
        _name,
        st.sampled_from([Kind.TEXT, Kind.NOTE, Kind.HIDDEN]),
        _said,
        _either,
        _either,
        st.sampled_from(["", "true()", "1 = 1"]),
        _either,
        _formula,
        _formula,
        _either,
        default=_words | st.just(""),
        appearance=st.sampled_from(["", "minimal"]),
        parameters=st.just(()),
        media=st.one_of(st.just(()), st.builds(lambda one: (("image", one),), _said)),
    ),
    st.builds(
        Question, _name, st.sampled_from([Kind.ONE, Kind.RANK]), _said, choices=st.just("list"), choice_filter=_formula
    ),
    st.builds(Question, _name, st.just(Kind.CALCULATE), calculation=st.just("1 + 1")),
)


def _apart(items: list[Any]) -> tuple[Any, ...]:
    """Give every item a name of its own, group or question."""
    numbers = iter(range(1000))

    def named(one: Any) -> Any:
        from dataclasses import replace

        one = replace(one, name=f"{one.name}_{next(numbers)}")
        return replace(one, items=tuple(map(named, one.items))) if isinstance(one, Group) else one

    return tuple(map(named, items))


_item = st.recursive(
    _question,
    lambda inner: st.builds(
        Group,
        _name,
        st.lists(inner, min_size=1, max_size=3).map(tuple),
        st.booleans(),
        _either,
        st.just(Said()),
        _formula,
    ),
    max_leaves=5,
)
_form = st.builds(
    QuestionSet,
    _words,
    _words | st.just(""),
    _said,
    st.just((ZH, EN)),
    st.just(ZH),
    st.lists(_item, min_size=1, max_size=4).map(_apart),
    st.builds(
        lambda one, two, column: (ChoiceList("list", (Choice("a", one, (("column", column),)), Choice("b", two))),),
        _said,
        _said,
        _words,
    ),
)


@settings(max_examples=lots(30, 120), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(form=_form)
def test_any_set_comes_back_the_same(tmp_path: Path, form: QuestionSet) -> None:
    path = tmp_path / "any.xlsx"
    path.write_bytes(as_xlsx(form))
    found = read_form(path)
    assert wrong(found) == []
    assert found.form == form
    assert found.form.digest == form.digest


def test_a_text_that_no_cell_holds_is_refused_before_anything_is_written() -> None:
    form = QuestionSet("a", languages=(ZH,), items=(Question("b", Kind.TEXT, said(zh="长" * 32_768)),))
    with pytest.raises(ValueError, match="32767"):
        as_xlsx(form)


# -- the command -------------------------------------------------------------------------------------------------------


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """Run `wuxiao forms check`; its code and what it printed."""
    code = cli.main(["forms", "check", *words])
    return code, capsys.readouterr().out


def test_the_command_says_in_json_and_in_words_what_it_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "form.xlsx"
    path.write_bytes(as_xlsx(FIRE))
    code, out = run(capsys, str(path), "--json")
    said_ = json.loads(out)
    assert (code, said_["ok"], said_["loads"], said_["errors"], said_["unsupported"]) == (0, True, True, [], [])
    assert (said_["name"], said_["version"], said_["digest"]) == ("fire_check", "2026.1", FIRE.digest)
    save(path, {"survey": [HEAD, A, ["calculate", "b"], ["audit", None]]})
    code, out = run(capsys, str(path), "--json")
    said_ = json.loads(out)
    assert (code, said_["ok"], said_["loads"]) == (1, False, False)
    error = said_["errors"][0]
    assert (error["sheet"], error["row"], error["column"], error["code"]) == (
        "survey",
        3,
        "calculation",
        "no_calculation",
    )
    assert said_["unsupported"][0]["feature"] == "audit"
    code, out = run(capsys, str(path))
    assert code == 1
    assert "survey 第3行 calculation: 计算题没有填 calculation，请写出公式" in out
    code, out = run(capsys, str(path), "--lang", "en")
    assert "survey row 3 calculation: a calculate question needs a calculation" in out
    save(path, {"survey": [HEAD, A, ["audit", None]]})
    code, out = run(capsys, str(path), "--json")
    assert (code, json.loads(out)["ok"], json.loads(out)["loads"]) == (1, True, False)
    code, out = run(capsys, str(tmp_path / "none.xlsx"), "--json")
    assert (code, json.loads(out)["ok"]) == (2, False)


# -- the public books --------------------------------------------------------------------------------------------------

#: What pyxform 4.5.0 refuses of the public books, with the row in the sheet that is to blame.
REFUSED = {
    "bug_example_xls__calculate_without_calculation.xls": ("survey", 34),
    "example_xls__include.xls": ("survey", 3),
    "example_xls__include.xlsx": ("survey", 3),
}
#: What pyxform converts without looking into formulas; ODK's own validator refuses it, and so do we.
NO_FORMULA = {"bug_example_xls__bad_calc.xlsx": ("survey", 2), "example_xls__bad_calc.xlsx": ("survey", 2)}


@pytest.mark.data
def test_public_books_load_or_name_what_is_missing_and_bad_ones_are_refused_with_the_row(shared_data: Path) -> None:
    types: Counter[str] = Counter()
    missing: Counter[str] = Counter()
    loaded, named, refused = [], [], {}
    for path in sorted((shared_data / "xlsforms").iterdir()):
        found = read_form(path)
        types.update(found.types)
        missing.update(one.feature for one in found.of(Level.UNSUPPORTED) if one.code == "type")
        if not found.ok:
            refused[path.name] = {(one.sheet, one.row) for one in found.of(Level.ERROR)}
        elif found.form is None:
            named.append(path.name)
            assert all(one.feature and one.row for one in found.of(Level.UNSUPPORTED))
        else:
            loaded.append(path.name)
            out = path_of(as_xlsx(found.form))
            assert read_form_of(out, found.form.name) == found.form, path.name
    print(
        f"\nloaded {len(loaded)}, named {len(named)}, refused {len(refused)}; questions {sum(types.values())}, of "
        f"unsupported types {dict(missing)}"
    )
    assert refused == {name: {place} for name, place in {**REFUSED, **NO_FORMULA}.items()}
    assert len(loaded) + len(named) + len(refused) >= 28
    assert sum(missing.values()) <= sum(types.values()) / 10
    assert len(missing) <= len(types) / 10 + 1


def path_of(data: bytes) -> io.BytesIO:
    """A workbook in memory."""
    return io.BytesIO(data)


def read_form_of(data: io.BytesIO, name: str) -> QuestionSet | None:
    """Read a workbook that is not on disk."""
    import tempfile

    with tempfile.NamedTemporaryFile(suffix=".xlsx") as file:
        file.write(data.getvalue())
        file.flush()
        return read_form(Path(file.name), name).form
