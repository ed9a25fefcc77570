"""Terms of schools: what they do to a due day, told by examples and by properties over made-up years."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wuxiao.rules import book as rulebook
from wuxiao.rules import terms
from wuxiao.rules.book import BookError
from wuxiao.rules.book_model import RowKind
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.register import due_at, over_before, why_due
from wuxiao.rules.terms import Span, SpanKind, Terms
from wuxiao.rules.words import Text

TERM, EXAM = SpanKind.TERM, SpanKind.EXAM
SPRING = Span(date(2026, 2, 24), date(2026, 7, 3), TERM, "2026年春季学期", "the spring term of 2026")
AUTUMN = Span(date(2026, 9, 1), date(2027, 1, 22), TERM, "2026年秋季学期", "the autumn term of 2026")
LATE = Span(date(2027, 2, 22), date(2027, 7, 2), TERM, "2027年春季学期", "")
COLLEGE = Span(date(2026, 6, 7), date(2026, 6, 10), EXAM, "高考", "the college entrance examination")
FINALS = Span(date(2026, 6, 25), date(2026, 7, 3), EXAM, "期末考试", "the final examinations")
SCHOOLS = Terms("schools", Text("中小学", "schools"), 14, tuple(sorted([SPRING, AUTUMN, LATE, COLLEGE, FINALS])))


@pytest.mark.parametrize(
    ("checked", "cycle", "due", "why"),
    [
        # Within a term nothing moves.
        ("2026-03-10", 30, None, None),
        # What falls due between two terms is looked at before the next one opens.
        ("2026-06-15", 30, "2026-08-31", AUTUMN),
        # A cycle that would pass an opening by is cut short: schools are looked at before each opens.
        ("2026-05-10", 180, "2026-08-31", AUTUMN),
        # Looked at in the fortnight before: that opening is done, the cycle runs on.
        ("2026-08-18", 60, None, None),
        # A day too early is not that fortnight.
        ("2026-08-17", 60, "2026-08-31", AUTUMN),
        # Not in examinations: the day after.
        ("2026-05-09", 30, "2026-06-11", COLLEGE),
        # Examinations up to the end of term: before the next one opens.
        ("2026-05-28", 30, "2026-08-31", AUTUMN),
        # The last day of term and the first are term.
        ("2026-08-20", 12, None, None),
        # Beyond what is known the cycle alone counts.
        ("2027-06-20", 30, None, None),
        ("2025-12-01", 30, None, None),
    ],
)
def test_where_a_due_day_goes(checked: str, cycle: int, due: str | None, why: Span | None) -> None:
    looked = date.fromisoformat(checked)
    found = terms.moved(SCHOOLS, looked, looked + timedelta(days=cycle))
    if due is None:
        assert found is None
    else:
        assert found is not None
        assert (found.day, found.span) == (date.fromisoformat(due), why)


def test_the_page_is_told_why_in_both_languages() -> None:
    kind = RowKind("school", Text("学校", "school"), 30, "education", "school", terms=SCHOOLS)
    plain = RowKind("bank", Text("银行", "bank"), 30, "industry", "bank")
    looked = datetime(2026, 6, 15, 9, tzinfo=SHANGHAI)
    due = due_at(kind, looked)
    assert due is not None
    assert due.astimezone(SHANGHAI).date() == date(2026, 8, 31)
    why = why_due(kind, looked)
    assert why is not None
    assert "2026年秋季学期开学（2026-09-01）前看，从2026-08-18起" in why.zh
    assert "before the autumn term of 2026 opens (2026-09-01), from 2026-08-18" in why.en
    exam = why_due(kind, datetime(2026, 5, 9, 9, tzinfo=SHANGHAI))
    assert exam is not None
    assert "避开高考（到2026-06-10）" in exam.zh
    assert (due_at(plain, looked), why_due(plain, looked)) == (looked + timedelta(days=30), None)


@st.composite
def calendars(draw: st.DrawFn) -> Terms:
    """Two or three years of terms of any length with breaks of any, and examinations in them."""
    day = date(2026, 1, 1) + timedelta(days=draw(st.integers(0, 200)))
    spans = []
    for number in range(draw(st.integers(0, 6))):
        last = day + timedelta(days=draw(st.integers(20, 180)))
        spans.append(Span(day, last, TERM, f"学期{number}", ""))
        for _ in range(draw(st.integers(0, 2))):
            first = day + timedelta(days=draw(st.integers(0, (last - day).days)))
            spans.append(Span(first, min(last, first + timedelta(days=draw(st.integers(0, 15)))), EXAM, "考试", ""))
        day = last + timedelta(days=draw(st.integers(1, 90)))
    return Terms("s", Text("校", "s"), draw(st.integers(1, 60)), tuple(sorted(spans)))


@settings(max_examples=300, deadline=None)
@given(calendars(), st.integers(1, 400), st.integers(-300, 1200), st.integers(0, 86_399))
def test_the_later_something_was_looked_at_the_later_it_is_due_and_lists_agree_with_pages(
    calendar: Terms, cycle: int, offset: int, second: int
) -> None:
    """Lists of what is over its time are asked by one instant a kind: it must say what each page says by itself."""
    kind = RowKind("s", Text("校", "s"), cycle, "u", "s", terms=calendar)
    at = datetime(2026, 1, 1, tzinfo=SHANGHAI) + timedelta(days=offset, seconds=second)
    over = over_before(kind, at)
    before = None
    for back in range(-2, cycle + 140, 3):
        checked = at - timedelta(days=cycle + 130 - back)
        due = due_at(kind, checked)
        assert due is not None
        assert before is None or due >= before
        before = due
        assert (due < at) == (checked < over), (checked, due, over)


@settings(max_examples=200, deadline=None)
@given(calendars(), st.integers(1, 200), st.integers(0, 700))
def test_nothing_is_due_between_terms_or_in_an_examination_that_is_known(
    calendar: Terms, cycle: int, offset: int
) -> None:
    checked = date(2026, 1, 1) + timedelta(days=offset)
    due = checked + timedelta(days=cycle)
    found = terms.moved(calendar, checked, due)
    day = due if found is None else found.day
    held = [one for one in calendar.spans if one.kind is TERM]
    for one, other in pairwise(held):
        assert not one.last < day < other.first - timedelta(days=1)
    if found is None or found.span.kind is EXAM:
        assert not any(one.first <= day <= one.last for one in calendar.spans if one.kind is EXAM)


def test_a_table_is_read_back_as_it_was_written_and_faults_are_named_by_line() -> None:
    text = terms.text_of(SCHOOLS.spans)
    assert terms.read(text) == (list(SCHOOLS.spans), [])
    zh = "开始,结束,类型,名称\n2026/9/1,2027年1月22日,学期,秋季\n"
    assert terms.read(zh)[0][0].last == date(2027, 1, 22)
    rows = ["2026-09-01,2027-01-22,学期,秋季", "2026-13-01,2027-01-22,学期,坏", "2026-09-01,,学期,坏"]
    bad = "\n".join(["起,止,种类,名称", *rows, "2026-09-01,2027-01-22,假期,坏"])
    _spans, faults = terms.read(bad)
    assert [line for line, _text in faults] == [3, 4, 5]
    assert "种类请写" in faults[2][1].zh
    assert terms.read("date,kind\n2026-09-01,off\n")[1][0][1].zh == "缺少这几列：起、止、名称"
    assert [one.zh for _line, one in terms.read("起,止,种类,名称\n")[1]] == ["至少要有一个学期"]


@pytest.mark.parametrize(
    ("spans", "said"),
    [
        ([Span(date(2026, 9, 1), date(2026, 8, 1), TERM, "秋", "")], "止在起之前"),
        ([Span(date(2026, 1, 1), date(2026, 7, 20), TERM, "年", "")], "超过200天"),
        ([SPRING, Span(date(2026, 7, 3), date(2026, 8, 1), TERM, "夏", "")], "重叠"),
        ([SPRING, Span(date(2026, 7, 10), date(2026, 7, 12), EXAM, "补考", "")], "不在任何学期里"),
        ([Span(date(1999, 9, 1), date(2000, 1, 1), TERM, "旧", "")], "年份不在"),
    ],
)
def test_what_cannot_be_a_calendar_is_refused(spans: list[Span], said: str) -> None:
    assert any(said in one.zh for one in terms.problems(spans))
    assert terms.problems([SPRING, AUTUMN, COLLEGE]) == []
    assert terms.problems([Span(date(2026, 1, 1), date(2026, 7, 19), TERM, "二百天", "")]) == []


def test_a_newer_sheet_counts_on_its_own_days() -> None:
    newer = (Span(date(2026, 8, 31), date(2027, 1, 20), TERM, "改过的秋季", ""),)
    assert terms.joined(SCHOOLS.spans, newer) == tuple(sorted([SPRING, COLLEGE, FINALS, *newer, LATE]))
    assert terms.joined((), newer) == newer


def test_the_rule_book_says_who_goes_by_which_calendar() -> None:
    from tests.desk.people import BOOK_TEXT

    book = rulebook.loads(BOOK_TEXT, "book")
    assert book.registers["premises"]["school"].terms == book.terms["schools"]
    assert book.registers["premises"]["bank"].terms is None
    assert any("按中小学、幼儿园的校历：开学前14天内看，避开考试" in line for line in rulebook.words(book, "zh"))
    with pytest.raises(BookError, match="terms"):
        rulebook.loads(BOOK_TEXT.replace('terms = "schools"', 'terms = "colleges"'), "book")
    with pytest.raises(BookError, match="before_days"):
        rulebook.loads(BOOK_TEXT.replace("before_days = 14", "before_days = 61"), "book")
    # A book from before has none, and its schools go by their cycle alone.
    old = "\n".join(line for line in BOOK_TEXT.splitlines() if not line.startswith(("[terms]", "schools = {")))
    assert rulebook.loads(old.replace(', terms = "schools"', ""), "book").terms == {}


def test_the_end_of_a_day_is_the_end_of_it() -> None:
    kind = RowKind("s", Text("校", "s"), 30, "u", "s", terms=SCHOOLS)
    looked = datetime(2026, 3, 10, 9, tzinfo=SHANGHAI)
    due = due_at(kind, looked)
    assert due == datetime.combine(date(2026, 4, 9), time(23, 59, 59), SHANGHAI)
    assert over_before(kind, due) <= looked
    assert over_before(kind, due + timedelta(seconds=1)) > looked
