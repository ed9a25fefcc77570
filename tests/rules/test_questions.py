"""Question sets: formulas against the specifications and an independent oracle, faults, answers, tallies."""

from __future__ import annotations

import itertools
import math
import re
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.lots import lots
from wuxiao.rules.questions import formula, pattern
from wuxiao.rules.questions.answers import read_answers
from wuxiao.rules.questions.evaluate import Alone, check, value_of
from wuxiao.rules.questions.faults import Level, faults
from wuxiao.rules.questions.form import (
    OURS,
    Choice,
    ChoiceList,
    Group,
    Kind,
    Question,
    QuestionSet,
    as_json,
    canonical,
    code_of,
    from_json,
    said,
    stands,
)
from wuxiao.rules.questions.functions import text
from wuxiao.rules.questions.tally import tallies

ZH, EN = OURS["zh"], OURS["en"]
NOW = datetime(2026, 11, 30, 9, 30, tzinfo=timezone(timedelta(hours=8)))


def worth(source: str, own: Any = "", **answers: Any) -> Any:
    """The value of a formula that stands alone."""
    return value_of(formula.read(source), Alone(NOW, answers, own))


# -- formulas: what the specifications say -----------------------------------------------------------------------------

#: Examples of the XPath 1.0 recommendation, and of the ODK XForms specification where that adds a function.
EXAMPLES = [
    ("5 mod 2", 1.0),
    ("5 mod -2", 1.0),
    ("-5 mod 2", -1.0),
    ("1.5 mod 0.5", 0.0),
    ("substring('12345', 2, 3)", "234"),
    ("substring('12345', 2)", "2345"),
    ("substring('12345', 1.5, 2.6)", "234"),
    ("substring('12345', 0, 3)", "12"),
    ("substring('12345', 0 div 0, 3)", ""),
    ("substring('12345', 1, 0 div 0)", ""),
    ("substring('12345', -42, 1 div 0)", "12345"),
    ("substring('12345', -1 div 0, 1 div 0)", ""),
    ("substring-before('1999/04/01','/')", "1999"),
    ("substring-after('1999/04/01','/')", "04/01"),
    ("substring-after('1999/04/01','19')", "99/04/01"),
    ("translate('bar','abc','ABC')", "BAr"),
    ("translate('--aaa--','abc-','ABC')", "AAA"),
    ("normalize-space('  a   b ')", "a b"),
    ("round(2.5)", 3.0),
    ("round(-2.5)", -2.0),
    ("floor(-1.5)", -2.0),
    ("ceiling(-1.5)", -1.0),
    ("number('  -3.5 ')", -3.5),
    ("string(1 div 0)", "Infinity"),
    ("string(-1 div 0)", "-Infinity"),
    ("string(0 div 0)", "NaN"),
    ("string(1000000)", "1000000"),
    ("string(-0)", "0"),
    ("string(true())", "true"),
    ("boolean('')", False),
    ("boolean('false')", True),
    ("boolean(0 div 0)", False),
    ("3 > 2 > 1", False),
    ("1 = 1 and 2 = 3 or 4 = 4", True),
    ("2 + 3 * 4 - 6 div 3", 12.0),
    ("- - 2", 2.0),
    ("'1.0' = 1", True),
    ("'a' < 'b'", False),
    ("true() = 'x'", True),
    ("selected('a b c', 'b')", True),
    ("selected('ab c', 'b')", False),
    ("selected('', 'b')", False),
    ("count-selected('a b c')", 3.0),
    ("count-selected('')", 0.0),
    ("selected-at('a b c', 1)", "b"),
    ("selected-at('a b c', 3)", ""),
    ("if(1 > 2, 'yes', 'no')", "no"),
    ("coalesce('', 'b')", "b"),
    ("coalesce('a', 'b')", "a"),
    ("concat('a', 1, true())", "a1true"),
    ("join('-', 'a', 'b')", "a-b"),
    ("substr('hello', 1, 3)", "el"),
    ("substr('hello', -2)", "lo"),
    ("string-length('五小')", 2.0),
    ("regex('12345', '[0-9]{5}')", True),
    ("regex('12345x', '[0-9]{5}')", False),
    ("round(1.005, 2)", 1.01),
    ("round(1234, -2)", 1200.0),
    ("int(-3.7)", -3.0),
    ("pow(2, 10)", 1024.0),
    ("min(3, 1, 2)", 1.0),
    ("max(3, 1, 2)", 3.0),
    ("checklist(2, -1, true(), true(), false())", True),
    ("checklist(3, -1, true(), true(), false())", False),
    ("weighted-checklist(5, 9, true(), 2, true(), 4)", True),
    ("boolean-from-string('1')", True),
    ("boolean-from-string('yes')", False),
    ("base64-decode('5LqU5bCP')", "五小"),
    ("today() = '2026-11-30'", True),
    ("today() > '2026-11-29'", True),
    ("date('2026-03-01') - date('2026-02-01')", 28.0),
    ("date('1970-01-02') + 0", 1.0),
    ("date('2026-02-30')", ""),
    ("format-date('2026-03-01', '%Y年%n月%e日')", "2026年3月1日"),
    ("format-date-time('2026-03-01T08:05:09', '%H:%M:%S')", "08:05:09"),
    ("decimal-time('06:00')", 0.25),
    ("decimal-date-time('1970-01-02T12:00:00')", 1.5),
    ("number(today())", float((date(2026, 11, 30) - date(1970, 1, 1)).days)),
]


@pytest.mark.parametrize(("source", "value"), EXAMPLES, ids=[source for source, _ in EXAMPLES])
def test_a_formula_is_worth_what_the_specification_says(source: str, value: Any) -> None:
    found = worth(source)
    assert found == value
    assert type(found) is type(value)


def test_answers_are_seen_by_name_and_as_the_one_judged() -> None:
    assert worth("${age} >= 18 and ${age} < 65", age=64.0) is True
    assert worth("${age} >= 18 and ${age} < 65", age=65.0) is False
    assert worth(". > 10.51 and . < 18.39", 18.39) is False
    assert worth("not(selected(., 'c') and selected (., 'd'))", "a c") is True
    assert worth("sum(${cost})", cost=(1.0, 2.5, "")) == 3.5
    assert worth("count(${cost})", cost=(1.0, 2.5, "")) == 3.0
    assert worth("count-non-empty(${cost})", cost=(1.0, 2.5, "")) == 2.0
    assert worth("${cost} = 2.5", cost=(1.0, 2.5)) is True
    assert worth("indexed-repeat(${cost}, ${turn}, 2)", cost=(1.0, 2.5)) == 2.5
    assert math.isnan(worth("${nothing} + 1"))
    assert worth("once('b')", "a") == "a"
    assert worth("once('b')", "") == "b"


def test_what_is_not_worked_out_never_hurts() -> None:
    assert worth("if(true(), 'a', 1 + regex('a', '('))") == "a"
    assert worth("true() or regex('a', '(')") is True
    assert worth("false() and regex('a', '(')") is False


# A tree of Python's own values beside the text of a formula: written down by precedence, with needless brackets and
# blanks here and there, and worked out by Python without any of our code.
_Tree = tuple[str, Any, int]
_OR, _AND, _EQUAL, _LESS, _ADD, _TIMES, _LEAF = range(7)


def _bracketed(tree: _Tree, least: int) -> str:
    return tree[0] if tree[2] >= least else f"({tree[0]})"


def _pair(word: str, level: int, work: Any) -> Any:
    def made(both: tuple[_Tree, _Tree, str]) -> _Tree:
        left, right, blank = both
        blank = blank or " "
        source = f"{_bracketed(left, level)}{blank}{word}{blank}{_bracketed(right, level + 1)}"
        return source, work(left[1], right[1]), level

    return made


def _divided(a: float, b: float) -> float:
    if b:
        return a / b
    return math.nan if not a or math.isnan(a) else math.copysign(math.inf, a) * math.copysign(1, b)


def _remainder(a: float, b: float) -> float:
    return math.nan if not b or math.isnan(b) or not math.isfinite(a) else math.fmod(a, b)


_blanks = st.sampled_from([" ", "  ", "\n", "\t "])
_leaf = st.one_of(
    st.integers(0, 40).map(lambda n: (str(n), float(n), _LEAF)),
    st.integers(0, 400).map(lambda n: (f"{n / 8}", n / 8, _LEAF)),
    st.sampled_from([("${a}", 3.0, _LEAF), ("${b}", -2.5, _LEAF), (".", 7.0, _LEAF)]),
)


def _grown(inner: st.SearchStrategy[_Tree]) -> st.SearchStrategy[_Tree]:
    both = st.tuples(inner, inner, _blanks)
    return st.one_of(
        both.map(_pair("+", _ADD, lambda a, b: a + b)),
        both.map(_pair("-", _ADD, lambda a, b: a - b)),
        both.map(_pair("*", _TIMES, lambda a, b: a * b)),
        both.map(_pair("div", _TIMES, _divided)),
        both.map(_pair("mod", _TIMES, _remainder)),
        inner.map(lambda one: (f"({one[0]})", one[1], _LEAF)),
        inner.map(lambda one: (f"-{_bracketed(one, _LEAF)}", -one[1], _TIMES)),
        st.tuples(inner, inner).map(
            lambda both: (
                f"if({both[0][0]} > 4, {both[1][0]},{both[0][0]})",
                both[1][1] if both[0][1] > 4 else both[0][1],
                _LEAF,
            )
        ),
    )


_number = st.recursive(_leaf, _grown, max_leaves=12)
_both = st.tuples(_number, _number, _blanks)
_compared = st.one_of(
    _both.map(_pair("<", _LESS, lambda a, b: a < b)),
    _both.map(_pair("<=", _LESS, lambda a, b: a <= b)),
    _both.map(_pair(">", _LESS, lambda a, b: a > b)),
    _both.map(_pair(">=", _LESS, lambda a, b: a >= b)),
    _both.map(_pair("=", _EQUAL, lambda a, b: a == b)),
    _both.map(_pair("!=", _EQUAL, lambda a, b: a != b)),
)
_truth = st.recursive(
    _compared,
    lambda inner: st.one_of(
        st.tuples(inner, inner, _blanks).map(_pair("and", _AND, lambda a, b: a and b)),
        st.tuples(inner, inner, _blanks).map(_pair("or", _OR, lambda a, b: a or b)),
        inner.map(lambda one: (f"not({one[0]})", not one[1], _LEAF)),
    ),
    max_leaves=8,
)


@settings(max_examples=lots(80, 400))
@given(_number)
def test_numbers_are_worked_out_as_python_works_them_out(tree: _Tree) -> None:
    found = worth(tree[0], 7.0, a=3.0, b=-2.5)
    assert found == tree[1] or (math.isnan(found) and math.isnan(tree[1]))


@settings(max_examples=lots(80, 400))
@given(_truth)
def test_truths_are_worked_out_as_python_works_them_out(tree: _Tree) -> None:
    assert worth(tree[0], 7.0, a=3.0, b=-2.5) is tree[1]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_said_as_text_is_the_same_number_and_no_exponent(number: float) -> None:
    said_so = text(number)
    assert float(said_so) == number
    assert "e" not in said_so


@given(st.text(max_size=60))
def test_any_text_is_a_formula_or_says_in_two_languages_why_not(source: str) -> None:
    why = None
    try:
        tree = formula.read(source)
        check(tree)
        value_of(tree, Alone(NOW))
    except formula.FormulaError as error:
        why = error.text
    assert why is None or (why.zh and why.en and why.zh != why.en)


@pytest.mark.parametrize(
    ("source", "feature"),
    [
        ("pulldata('fruits', 'name', 'name_key', 'mango')", "pulldata()"),
        ("instance('x')/root/item[name = ${a}]/label", "instance()"),
        ("random()", "random()"),
        ("/data/a", "/a/b"),
        ("${a}[1]", "[…]"),
        ("${last-saved#a} + 1", "${last-saved#…}"),
        ("ancestor::a", "ancestor::"),
        ("a/b", "a/b"),
        ("regex(., '(?=a)b')", "regex (?=a"),
        ("regex(., '(a)\\1')", "regex \\1"),
    ],
)
def test_what_is_not_known_here_is_named(source: str, feature: str) -> None:
    with pytest.raises(formula.Unsupported) as error:
        check(formula.read(source))
    assert error.value.feature == feature
    assert feature in error.value.text.zh


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("1 +", "没有写完"),
        ("because it doesn't work", "it doesn't work"),
        ("(1", "没有写完"),
        ("selected(.)", "selected() 要有 2 个参数"),
        ("a b", "“b”"),
        ("1 = = 2", "“= 2”"),
        ("'open", "“'open”"),
        ("regex(., '[a')", "["),
        ("", "没有写完"),
    ],
)
def test_what_is_no_formula_says_where(source: str, place: str) -> None:
    with pytest.raises(formula.Unreadable) as error:
        check(formula.read(source))
    assert place in error.value.text.zh


def test_long_rows_are_read_and_deep_brackets_refused() -> None:
    assert worth(" or ".join(["${a} = 1"] * 700), a=2.0) is False
    assert worth(" + ".join(["1"] * 2000)) == 2000.0
    assert worth("(" * 40 + "1" + ")" * 40) == 1.0
    with pytest.raises(formula.Unreadable, match="nested"):
        formula.read("(" * 400 + "1" + ")" * 400)
    with pytest.raises(formula.Unreadable, match="longer"):
        formula.read("1+" * 6000 + "1")


# -- patterns ----------------------------------------------------------------------------------------------------------

_atom = st.sampled_from(
    ["a", "b", "ab", ".", "[ab]", "[^a]", "[a-c]", r"\d", r"\w", r"\s", r"\.", "(?:b|c)", "(a|)", "1"]
)
_pattern = st.recursive(
    _atom,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{0,2}", "{1,}", "*?", "{0}"])).map(
            lambda both: f"(?:{both[0]}){both[1]}"
        ),
        st.tuples(inner, inner).map(lambda both: f"({both[0]}|{both[1]})"),
        inner.map(lambda one: f"^{one}$"),
        inner.map(lambda one: rf"\b{one}"),
    ),
    max_leaves=6,
)


@settings(max_examples=lots(100, 500))
@given(_pattern, st.text("abc1 .", max_size=8))
def test_a_pattern_matches_what_python_matches(source: str, word: str) -> None:
    assert pattern.compiled(source).matches(word) is bool(re.fullmatch(source, word, re.ASCII))


@pytest.mark.parametrize("source", [r"(a+)+$", r"(a|aa)+b", r"^(([a-z])+.)+[A-Z]([a-z])+$", r"(.*)(.*)(.*)(.*)x"])
def test_a_pattern_that_holds_up_other_engines_for_hours_comes_to_an_end(source: str) -> None:
    assert pattern.compiled(source).matches("a" * 1500 + "!") is False


@pytest.mark.parametrize(
    ("source", "wrong"),
    [
        ("(a", True),
        ("a)", True),
        ("[a", True),
        ("*a", True),
        ("a{3,2}", True),
        ("[z-a]", True),
        ("a**", True),
        ("a++", False),
        ("(?<n>a)", False),
        (r"\1", False),
        ("a{5000}", False),
        ("[a&&b]", False),
        ("a\\", True),
        ("(((a{99}){99}){99})", False),
    ],
)
def test_odd_patterns_are_named_and_not_followed(source: str, wrong: bool) -> None:
    with pytest.raises(pattern.Odd) as error:
        pattern.compiled(source)
    assert error.value.wrong is wrong


# -- sets --------------------------------------------------------------------------------------------------------------

STATE = ChoiceList(
    "state",
    (
        Choice("yes", said(zh="合格", en="in order")),
        Choice("no", said(zh="不合格", en="not in order")),
        Choice("na", said(zh="不适用", en="does not apply")),
    ),
)
STREETS = ChoiceList(
    "street",
    (
        Choice("hebin", said(zh="河滨路", en="Hebin Road"), (("town", "east"),)),
        Choice("beimen", said(zh="北门街", en="Beimen Street"), (("town", "west"),)),
        Choice("qiao", said(zh="桥头巷", en="Qiaotou Lane"), (("town", "east"),)),
    ),
)
TOWNS = ChoiceList("town", (Choice("east", said(zh="东镇", en="East")), Choice("west", said(zh="西镇", en="West"))))


def a_set(*items: Question | Group, **more: Any) -> QuestionSet:
    """A set of these questions in the two languages."""
    return QuestionSet("check", "1", said(zh="检查", en="Check"), (ZH, EN), ZH, items, (STATE, STREETS, TOWNS), **more)


def q(name: str, kind: Kind = Kind.TEXT, **more: Any) -> Question:
    """A question with a label."""
    label = {} if kind is Kind.CALCULATE else {"label": said(zh=f"题{name}", en=f"Question {name}")}
    return Question(name, kind, **{**label, **more})


FIRE = a_set(
    q(
        "floors",
        Kind.INTEGER,
        required="true()",
        constraint=". >= 1 and . <= 120",
        constraint_message=said(zh="应在1到120层之间，不是${floors}", en="1 to 120 floors, not ${floors}"),
    ),
    q("exit", Kind.ONE, choices="state", required="true()"),
    q("why", relevant="${exit} = 'no'", required="true()", required_message=said(zh="请写明原因", en="say why")),
    Group(
        "where",
        (q("town", Kind.ONE, choices="town"), q("street", Kind.ONE, choices="street", choice_filter="town = ${town}")),
    ),
    Group(
        "finding",
        (q("what"), q("cost", Kind.DECIMAL), q("place", Kind.CALCULATE, calculation="position(..)")),
        repeat=True,
    ),
    q("total", Kind.CALCULATE, calculation="sum(${cost})"),
    q("after", Kind.DATE, constraint=". >= today()"),
)


def test_a_good_set_has_no_fault_and_comes_back_equal_from_json() -> None:
    assert faults(FIRE) == ()
    assert from_json(as_json(FIRE)) == FIRE
    assert from_json(as_json(FIRE)).digest == FIRE.digest


def test_the_digest_is_of_what_is_asked_and_never_changes_by_itself() -> None:
    small = QuestionSet("a", "1", items=(Question("b", Kind.TEXT),))
    assert canonical(small) == b'{"items":[{"kind":"text","name":"b"}],"languages":[""],"name":"a","version":"1"}'
    changed = [
        replace(FIRE, version="2"),
        replace(FIRE, items=FIRE.items[::-1]),
        replace(FIRE, lists=(STATE, STREETS)),
        a_set(*FIRE.items[:-1], replace(FIRE.items[-1], constraint=". > today()")),  # type: ignore[type-var]
    ]
    assert len({FIRE.digest, *(one.digest for one in changed)}) == 5


def test_what_is_no_question_set_is_refused_when_it_comes_back() -> None:
    for data in (
        {},
        {"name": "a", "colour": 1},
        {"name": "a", "items": [{"name": "b", "kind": "poem"}]},
        {"name": "a", "items": 3},
    ):
        with pytest.raises(ValueError, match=r"."):
            from_json(data)


def test_words_are_said_in_the_language_asked_for_else_in_one_there_is() -> None:
    words = said(zh="是", en="yes")
    assert (words.say("en-GB"), words.say("zh-hans"), words.say("fr")) == ("yes", "是", "是")
    assert words.say("fr", EN) == "yes"
    assert words.text().en == "yes"
    assert (code_of("Swahili (sw)"), code_of("繁體 (zh-Hant)"), code_of("English")) == ("sw", "zh-Hant", "en")


def codes(*items: Question | Group, level: Level = Level.ERROR, **more: Any) -> list[tuple[str, int, str]]:
    """What is wrong with a set of these questions: code, number, column."""
    return [(one.code, one.item, one.column) for one in faults(a_set(*items, **more)) if one.level is level]


def test_every_fault_has_its_place_and_two_sentences() -> None:
    group = Group("g", (q("a"), q("a")))
    cases: list[tuple[tuple[Any, ...], list[tuple[str, int, str]]]] = [
        ((), [("empty", -1, "type")]),
        ((q(""),), [("no_name", 0, "name")]),
        ((q("1a"),), [("bad_name", 0, "name")]),
        ((q("a b"),), [("bad_name", 0, "name")]),
        ((q("a"), group), [("name_twice", 3, "name")]),
        ((q("meta"),), [("reserved", 0, "name")]),
        ((Group("r", (q("a"),), True), Group("s", (Group("r", (q("b"),), True),))), [("repeat_twice", 3, "name")]),
        ((q("a", relevant="${b} = 1"),), [("unknown_reference", 0, "relevant")]),
        ((q("a", label=said(zh="你好${b}", en="")),), [("unknown_reference", 0, "label")]),
        ((q("a", label=said(zh="${ b", en="")),), [("reference", 0, "label")]),
        ((q("a"), Group("g", (q("a"),)), q("c", relevant="${a} = 1")), [("ambiguous_reference", 3, "relevant")]),
        ((q("a", constraint=". >"),), [("formula", 0, "constraint")]),
        ((q("a", Kind.CALCULATE),), [("no_calculation", 0, "calculation")]),
        ((q("a", Kind.ONE, choices="none"),), [("no_list", 0, "type")]),
        ((q("a", Kind.RANGE, parameters=(("step", "0"),)),), [("range", 0, "parameters")]),
        ((q("a", Kind.RANGE, parameters=(("start", "x"),)),), [("range", 0, "parameters")]),
        ((q("a", Kind.RANGE, parameters=(("start", "1"), ("end", "3"), ("step", "5"))),), [("range", 0, "parameters")]),
        ((q("a", Kind.IMAGE, parameters=(("max-pixel", "9"),)),), [("parameters", 0, "parameters")]),
        ((q("a", Kind.ONE, choices="state", parameters=(("seed", "9"),)),), [("parameters", 0, "parameters")]),
        ((Question("a", Kind.TEXT),), [("no_label", 0, "label")]),
        ((q("a", hint=said(fr="bon")),), [("language", 0, "hint")]),
        ((q("a"), q("b", trigger="a", calculation="1")), [("trigger", 1, "trigger")]),
        (
            (
                q("a", Kind.CALCULATE, calculation="${b}"),
                q("b", Kind.CALCULATE, calculation="${c}"),
                q("c", Kind.CALCULATE, calculation="${a} + 1"),
            ),
            [("circle", n, "calculation") for n in (0, 1, 2)],
        ),
    ]
    for items, wanted in cases:
        assert codes(*items) == wanted, items
        for one in faults(a_set(*items)):
            assert one.text.zh
            assert one.text.en
            assert one.text.zh != one.text.en


def test_choices_are_looked_at_too() -> None:
    twice = ChoiceList("l", (Choice("a", said(zh="甲")), Choice("a", said(zh="乙"))))
    form = QuestionSet("s", languages=(ZH, EN), items=(q("x", Kind.ONE, choices="l"),), lists=(twice,))
    assert [(one.code, one.choice) for one in faults(form)] == [("choice_twice", ("l", 1))]
    assert faults(replace(form, same_choice_twice=True)) == ()
    gap = ChoiceList("l", (Choice("a b", said(zh="甲")), Choice("", said(zh="乙"))))
    form = QuestionSet("s", languages=(ZH, EN), items=(q("x", Kind.MANY, choices="l"),), lists=(gap,))
    assert {(one.code, one.choice) for one in faults(form)} == {("blank_in_choice", ("l", 0)), ("no_name", ("l", 1))}


def test_a_bare_word_and_a_question_about_itself_are_only_noted() -> None:
    assert codes(q("a", relevant="yes_please")) == []
    assert codes(q("a", relevant="yes_please"), level=Level.NOTE) == [("bare_name", 0, "relevant")]
    assert codes(q("a", relevant="${a} = 1")) == []
    assert codes(q("a", relevant="${a} = 1"), level=Level.NOTE) == [("own_relevance", 0, "relevant")]
    assert codes(q("a", calculation="once(${a})"), level=Level.ERROR) == []


def test_items_stand_in_the_order_of_the_sheet_with_their_paths() -> None:
    assert [(one.number, "/".join(one.path), one.parent) for one in stands(FIRE)][3:8] == [
        (3, "where", -1),
        (4, "where/town", 3),
        (5, "where/street", 3),
        (6, "finding", -1),
        (7, "finding/what", 6),
    ]


# -- answers -----------------------------------------------------------------------------------------------------------


def read(form: QuestionSet, /, **answers: Any) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """The values, and what is wrong by path and code."""
    found = read_answers(form, answers, now=NOW)
    return found.values, [(one.path, one.code) for one in found.wrong]


def test_a_whole_answer_is_typed_counted_and_complete() -> None:
    values, wrong = read(
        FIRE,
        floors="１２",
        exit="no",
        why=" 堆了杂物 ",
        where={"town": "east", "street": "qiao"},
        finding=[{"what": "灭火器", "cost": "99.50"}, {"what": "通道", "cost": "0.5"}],
        after="2026年12月1日",
    )
    assert wrong == []
    assert values == {
        "floors": 12,
        "exit": "no",
        "why": "堆了杂物",
        "where": {"town": "east", "street": "qiao"},
        "finding": [
            {"what": "灭火器", "cost": Decimal("99.50"), "place": "1"},
            {"what": "通道", "cost": Decimal("0.5"), "place": "2"},
        ],
        "total": "100",
        "after": date(2026, 12, 1),
    }


def test_what_must_be_answered_is_asked_for_and_what_is_not_asked_is_left_out() -> None:
    assert read(FIRE)[1] == [("floors", "required"), ("exit", "required")]
    assert read(FIRE, floors=3, exit="no")[1] == [("why", "required")]
    found = read_answers(FIRE, {"floors": 3, "exit": "yes", "why": "x"}, now=NOW)
    assert (found.wrong, found.left_out, "why" in found.values) == ((), ("why",), False)
    message = read_answers(FIRE, {"floors": 3, "exit": "no"}, now=NOW).wrong[0].text
    assert (message.zh, message.en) == ("请写明原因", "say why")


@pytest.mark.parametrize(("floors", "fine"), [(0, False), (1, True), (120, True), (121, False)])
def test_a_constraint_holds_at_its_bounds_and_speaks_in_both_languages(floors: int, fine: bool) -> None:
    found = read_answers(FIRE, {"floors": floors, "exit": "yes"}, now=NOW)
    assert [one.code for one in found.wrong] == ([] if fine else ["constraint"])
    if not fine:
        assert found.wrong[0].text.zh == f"应在1到120层之间，不是{floors}"
        assert found.wrong[0].text.en == f"1 to 120 floors, not {floors}"


def test_choices_outside_the_list_or_its_filter_are_refused() -> None:
    ok = {"floors": 1, "exit": "yes"}
    assert read(FIRE, **{**ok, "exit": "perhaps"})[1] == [("exit", "choice")]
    assert read(FIRE, **ok, where={"town": "west", "street": "beimen"})[1] == []
    assert read(FIRE, **ok, where={"town": "west", "street": "qiao"})[1] == [("where/street", "choice")]
    assert read(FIRE, **ok, where={"street": "qiao"})[1] == [("where/street", "choice")]


def test_a_day_is_judged_by_the_day_it_is_read_on() -> None:
    ok = {"floors": 1, "exit": "yes"}
    assert read(FIRE, **ok, after="2026-11-29")[1] == [("after", "constraint")]
    assert read(FIRE, **ok, after="2026-11-30")[1] == []


@pytest.mark.parametrize(
    ("kind", "given_", "value"),
    [
        (Kind.INTEGER, "-7", -7),
        (Kind.INTEGER, 7.0, 7),
        (Kind.INTEGER, "7.5", None),
        (Kind.INTEGER, "²", None),
        (Kind.INTEGER, "1" * 30, None),
        (Kind.DECIMAL, "１２．５", Decimal("12.5")),
        (Kind.DECIMAL, "1e5", None),
        (Kind.DECIMAL, "NaN", None),
        (Kind.DATE, "2026-02-29", None),
        (Kind.DATE, "2024-2-29", date(2024, 2, 29)),
        (Kind.DATE, "2026/3/1", date(2026, 3, 1)),
        (Kind.DATE, "昨天", None),
        (Kind.TIME, "8:05", time(8, 5)),
        (Kind.TIME, "08:05:09.000+08:00", time(8, 5, 9)),
        (Kind.TIME, "24:00", None),
        (Kind.MOMENT, "2026-03-01T08:05:00Z", datetime(2026, 3, 1, 8, 5, tzinfo=UTC)),
        (Kind.MOMENT, "2026-03-01 08:05", datetime(2026, 3, 1, 8, 5, tzinfo=NOW.tzinfo)),
        (Kind.MOMENT, "2026年3月1日 8:05", datetime(2026, 3, 1, 8, 5, tzinfo=NOW.tzinfo)),
        (Kind.MOMENT, "2026-03-01 25:00", None),
        (Kind.POINT, "31.2 121.5", (31.2, 121.5, 0.0, 0.0)),
        (Kind.POINT, "91 0", None),
        (Kind.POINT, "31.2", None),
        (Kind.LINE, "1 2;3 4", ((1.0, 2.0, 0.0, 0.0), (3.0, 4.0, 0.0, 0.0))),
        (Kind.LINE, "1 2", None),
        (
            Kind.SHAPE,
            "1 2;3 4;5 6;1 2",
            ((1.0, 2.0, 0.0, 0.0), (3.0, 4.0, 0.0, 0.0), (5.0, 6.0, 0.0, 0.0), (1.0, 2.0, 0.0, 0.0)),
        ),
        (Kind.SHAPE, "1 2;3 4;5 6", None),
        (Kind.ACKNOWLEDGE, True, "OK"),
        (Kind.ACKNOWLEDGE, "no", None),
        (Kind.IMAGE, "a.jpg", "a.jpg"),
        (Kind.IMAGE, "../a.jpg", None),
        (Kind.TEXT, "a\u202eb\x00", "ab"),
        (Kind.TEXT, {"a": 1}, None),
        (Kind.TEXT, "长" * 20_001, None),
        (Kind.BARCODE, " 690\n123 ", "690 123"),
    ],
)
def test_each_kind_takes_its_answers_and_no_others(kind: Kind, given_: Any, value: Any) -> None:
    values, wrong = read(a_set(q("a", kind)), a=given_)
    if value is None:
        assert (values, wrong) == ({}, [("a", "kind")])
    else:
        assert (values, wrong) == ({"a": value}, [])


def test_a_range_knows_its_ends_and_steps() -> None:
    stars = a_set(q("a", Kind.RANGE, parameters=(("start", "1"), ("end", "5"), ("step", "2"))))
    assert [read(stars, a=n)[0].get("a") for n in range(7)] == [None, 1, None, 3, None, 5, None]
    down = a_set(q("a", Kind.RANGE, parameters=(("start", "1"), ("end", "0"), ("step", "0.1"))))
    assert read(down, a="0.3") == ({"a": Decimal("0.3")}, [])
    assert read(down, a="0.35")[1] == [("a", "kind")]


def test_several_choices_are_kept_once_each_and_a_ranking_is_whole() -> None:
    form = a_set(q("m", Kind.MANY, choices="state"), q("r", Kind.RANK, choices="state"))
    assert read(form, m="yes no yes", r=["no", "na", "yes"])[0] == {"m": ("yes", "no"), "r": ("no", "na", "yes")}
    assert read(form, m=["yes", "maybe"])[1] == [("m", "choice")]
    assert read(form, r="yes no")[1] == [("r", "rank")]


def test_what_fills_itself_in_takes_nothing_from_outside() -> None:
    form = a_set(
        q("sum", Kind.CALCULATE, calculation="1 + 1"),
        Question("day", Kind.TODAY),
        Question("phone", Kind.DEVICE),
        Question("form", Kind.HIDDEN, default="v2"),
        q("n", Kind.NOTE),
    )
    values, wrong = read(form, sum="9", day="2020-01-01", phone="IMEI", form="x", n="y")
    assert (values, wrong) == ({"sum": "2", "day": date(2026, 11, 30), "form": "v2"}, [])


def test_calculations_are_worked_out_in_whatever_order_they_stand_however_many() -> None:
    items = [q(f"c{n}", Kind.CALCULATE, calculation=f"${{c{n + 1}}} + 1") for n in range(1500)]
    values, wrong = read(a_set(*items, q("c1500", Kind.INTEGER)), c1500=1)
    assert (values["c0"], wrong) == ("1501", [])


def test_what_is_not_asked_counts_as_nothing_for_others_and_hides_what_is_within() -> None:
    form = a_set(
        q("a", Kind.ONE, choices="state"),
        Group(
            "g", (q("b", Kind.INTEGER), Group("h", (q("c", Kind.INTEGER, required="true()"),))), relevant="${a} = 'yes'"
        ),
        q("d", Kind.CALCULATE, calculation="coalesce(${b}, 'none')"),
    )
    assert read(form, a="yes", g={"b": 4, "h": {"c": 1}})[0]["d"] == "4"
    found = read_answers(form, {"a": "no", "g": {"b": 4, "h": {"c": 1}}}, now=NOW)
    assert found.values == {"a": "no", "d": "none"}
    assert set(found.left_out) == {"g/b", "g/h/c"}


def test_repeats_see_their_own_turn_and_others_see_all() -> None:
    inner = (
        q("n", Kind.INTEGER),
        q("twice", Kind.CALCULATE, calculation="${n} * 2"),
        q("share", Kind.CALCULATE, calculation="${n} div sum(${all})"),
    )
    form = a_set(
        Group("r", inner, repeat=True),
        q("all", Kind.CALCULATE, calculation="sum(${n})"),
        q("rows", Kind.CALCULATE, calculation="count(${r})"),
        q("second", Kind.CALCULATE, calculation="indexed-repeat(${twice}, ${r}, 2)"),
    )
    values, wrong = read(form, r=[{"n": 1}, {"n": 3}])
    assert wrong == []
    assert [one["twice"] for one in values["r"]] == ["2", "6"]
    assert [one["share"] for one in values["r"]] == ["0.25", "0.75"]
    assert (values["all"], values["rows"], values["second"]) == ("4", "2", "6")
    assert read(form)[0] == {"all": "0", "rows": "0"}


def test_a_repeat_with_a_count_has_that_many() -> None:
    form = a_set(q("n", Kind.INTEGER), Group("r", (q("a"),), repeat=True, count="${n}"))
    assert read(form, n=2, r=[{"a": "x"}, {"a": "y"}])[1] == []
    assert read(form, n=3, r=[{"a": "x"}])[1] == [("r[1]", "count")]
    assert read(form, n=0, r=[{"a": "x"}])[1] == [("r[1]", "count")]


def test_strange_shapes_are_refused_and_never_raise() -> None:
    assert read(FIRE, floors=1, exit="yes", colour="red")[1] == [("colour", "unknown")]
    assert ("where", "shape") in read(FIRE, where="x")[1]
    assert ("finding", "shape") in read(FIRE, finding={"what": "x"})[1]
    assert ("finding", "many") in read(FIRE, finding=[{}] * 1001)[1]


_any = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["yes", "no", "east", "2026-12-01"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["what", "cost", "town", "street", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=lots(60, 300))
@given(st.fixed_dictionaries({}, optional={one.name: _any for one in FIRE.items}))
def test_whatever_is_given_is_read_or_refused_and_reads_back_the_same(answers: dict[str, Any]) -> None:
    first = read_answers(FIRE, answers, now=NOW)
    again = read_answers(FIRE, first.plain, now=NOW)
    assert again.values == first.values
    assert again.left_out == ()
    if not first.wrong:
        assert again.wrong == ()


# -- tallies -----------------------------------------------------------------------------------------------------------


def counted(form: QuestionSet, name: str, answers: list[Any], floor: int) -> tuple[int | None, dict[str, int | None]]:
    """How many answered a question, and the number beside each answer."""
    found = {one.path: one for one in tallies(form, [{name: each} for each in answers], floor)}[name]
    return found.answered, {one.name: one.count for one in found.cells}


ONE = a_set(q("a", Kind.ONE, choices="state"))
SEVERAL = a_set(q("a", Kind.MANY, choices="state"))


def test_a_number_below_the_floor_is_not_told_and_cannot_be_reckoned_from_the_total() -> None:
    assert counted(ONE, "a", ["yes"] * 7 + ["no"] * 6 + ["na"] * 5, 5) == (18, {"yes": 7, "no": 6, "na": 5})
    # Four are too few; alone they would be the total less the others, so the next smallest goes too.
    assert counted(ONE, "a", ["yes"] * 7 + ["no"] * 6 + ["na"] * 4, 5) == (17, {"yes": 7, "no": None, "na": None})
    assert counted(ONE, "a", ["yes"] * 9, 5) == (9, {"yes": None, "no": None, "na": None})
    assert counted(ONE, "a", ["yes"] * 4, 5) == (None, {"yes": None, "no": None, "na": None})


def test_of_several_choices_neither_those_who_chose_nor_those_who_did_not_are_few() -> None:
    answers = [("yes", "no")] * 6 + [("yes",)] * 4
    assert counted(SEVERAL, "a", answers, 5) == (10, {"yes": None, "no": None, "na": None})
    assert counted(SEVERAL, "a", answers + [("yes",)] * 1 + [("na",)] * 5, 5) == (16, {"yes": 11, "no": 6, "na": 5})


@settings(max_examples=lots(60, 300))
@given(st.lists(st.sampled_from(["yes", "no", "na"]), max_size=25), st.integers(2, 7))
def test_every_hidden_number_could_be_another(answers: list[str], floor: int) -> None:
    answered, cells = counted(ONE, "a", answers, floor)
    assert all(count is None or count >= floor for count in cells.values())
    if answered is None:
        assert len(answers) < floor
        return
    hidden = [name for name, count in cells.items() if count is None]
    rest = answered - sum(count for count in cells.values() if count is not None)
    # All that a reader knows is the total: every way to share the rest out is possible.
    possible = [ways for ways in itertools.product(range(rest + 1), repeat=len(hidden)) if sum(ways) == rest]
    for place in range(len(hidden)):
        assert len({ways[place] for ways in possible}) > 1
    true = {name: answers.count(name) for name in cells}
    assert all(count is None or count == true[name] for name, count in cells.items())


def test_stars_and_turns_of_a_repeat_are_counted_open_questions_are_not() -> None:
    form = a_set(
        q("stars", Kind.RANGE, parameters=(("start", "1"), ("end", "2"), ("step", "0.5"))),
        q("word"),
        Group("r", (q("ok", Kind.ONE, choices="state"),), repeat=True),
    )
    answers = [{"stars": Decimal("1.5"), "word": "x", "r": [{"ok": "yes"}, {"ok": "no"}]}] * 3
    found = tallies(form, answers, 1)
    assert [one.path for one in found] == ["stars", "r/ok"]
    assert found[1].answered == 6
    with pytest.raises(ValueError, match="floor"):
        tallies(form, answers, 0)


# -- bounds ------------------------------------------------------------------------------------------------------------


def test_texts_that_double_and_double_again_are_stopped() -> None:
    items = [q("c0", Kind.CALCULATE, calculation="'ab'")]
    items += [q(f"c{n}", Kind.CALCULATE, calculation=f"concat(${{c{n - 1}}}, ${{c{n - 1}}})") for n in range(1, 60)]
    values, wrong = read(a_set(*items))
    assert values["c15"] == "ab" * 2**15
    assert ("c16", "formula") in wrong


def test_a_group_sees_what_stands_beside_it_by_name_and_by_path() -> None:
    for source in ("${a} = 'yes'", "../a = 'yes'"):
        form = a_set(
            Group(
                "g",
                (q("a", Kind.ONE, choices="state"), Group("h", (q("b"),), relevant=source), q("c", relevant=source)),
            )
        )
        assert read(form, g={"a": "yes", "b": "x"})[1] == [("g/b", "unknown")]
        assert read(form, g={"a": "yes", "h": {"b": "x"}, "c": "y"})[0]["g"] == {"a": "yes", "h": {"b": "x"}, "c": "y"}
        found = read_answers(form, {"g": {"a": "no", "h": {"b": "x"}, "c": "y"}}, now=NOW)
        assert (found.values, set(found.left_out)) == ({"g": {"a": "no"}}, {"g/h/b", "g/c"})


def test_the_count_of_a_repeat_keeps_a_name_of_its_own_when_it_is_worked_out() -> None:
    n, inside = q("n", Kind.INTEGER), (q("x"),)
    assert codes(n, q("r_count"), Group("r", inside, True, count="${n} + 1")) == [("name_twice", 2, "name")]
    assert codes(n, q("r_count"), Group("r", inside, True, count="${n}")) == []
