"""School terms: what a kind of rows that goes by them is looked at before a term opens, and not in examinations.

The rule book names the calendars (`[terms.<name>]`) and which kinds go by one (`terms = "<name>"`); the days are
brought in each year from the education office's calendar. Where none is known the cycle alone counts. Practice: schools
are looked at in the days before they open (开学前校园安全检查), and are left in peace in examinations.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

from wuxiao.rules.words import Text
from wuxiao.typed import dates
from wuxiao.typed.trouble import Trouble

#: A term is no longer than this; what is longer is a school year, or a slip of the pen.
LONGEST = 200
#: Examinations of a whole school last no longer.
LONGEST_EXAM = 21
#: Spans that one sheet may hold.
MOST = 200
FIRST_YEAR, LAST_YEAR = 2000, 2099


class SpanKind(StrEnum):
    """What the days of a span are."""

    TERM = "term"
    EXAM = "exam"


KINDS = {SpanKind.TERM: Text("学期", "term"), SpanKind.EXAM: Text("考试", "examination")}
_KIND_OF = {word: kind for kind, name in KINDS.items() for word in (kind.value, name.zh, name.en)} | {
    "exam": SpanKind.EXAM
}
_HEADINGS = {
    "first": ("first", "起", "开始", "开学"),
    "last": ("last", "止", "结束", "放假"),
    "kind": ("kind", "种类", "类型"),
    "zh": ("zh", "名称", "中文"),
    "en": ("en", "英文", "english"),
}


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Days on end, both of them counted."""

    first: date
    last: date
    kind: SpanKind
    zh: str
    en: str

    @property
    def name(self) -> Text:
        """What it is called."""
        return Text(self.zh, self.en or self.zh)


@dataclass(frozen=True, slots=True)
class Terms:
    """One calendar of terms: its name, how many days before a term opens rows are looked at, its spans in order."""

    code: str
    name: Text
    before_days: int
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Moved:
    """A day that the calendar of terms moved: to which, and the term that opens or the examination that is passed."""

    day: date
    span: Span

    def say(self, terms: Terms) -> Text:
        """Say why, for whoever reads the date."""
        name, own = self.span.name, terms.name
        if self.span.kind is SpanKind.EXAM:
            return Text(
                f"按{own.zh}的校历，避开{name.zh}（到{self.span.last:%Y-%m-%d}）",
                f"By the calendar of {own.en}, not during {name.en} (until {self.span.last:%Y-%m-%d})",
            )
        since = self.span.first - timedelta(days=terms.before_days)
        return Text(
            f"按{own.zh}的校历，在{name.zh}开学（{self.span.first:%Y-%m-%d}）前看，从{since:%Y-%m-%d}起",
            f"By the calendar of {own.en}, before {name.en} opens ({self.span.first:%Y-%m-%d}), from {since:%Y-%m-%d}",
        )


@dataclass(frozen=True, slots=True)
class Drafted:
    """The spans of a file, what is wrong with it (line 0: the file as a whole), and how many entries were left out."""

    spans: tuple[Span, ...]
    faults: tuple[tuple[int, Text], ...]
    left_out: int = 0


def moved(terms: Terms, checked: date, due: date) -> Moved | None:
    """Return where the calendar moves the day by which what was looked at on a day is due; `None`: it stays.

    Whatever was not looked at in the days before a term opens is due the day before it does, however long its cycle;
    what falls due between two terms too. What falls due in an examination is due the day after it. The later something
    was looked at, the later it is due. Where the terms around a day are not known it stays.
    """
    held: list[Span] = [one for one in terms.spans if one.kind is SpanKind.TERM]
    for before, after in zip([None, *held], held, strict=False):
        if after.first <= checked:
            continue
        between = before is not None and before.last < due < after.first
        if between or (due >= after.first and checked < after.first - timedelta(days=terms.before_days)):
            return Moved(after.first - timedelta(days=1), after)
        if due < after.first:
            break
    return _past_exams(terms, held, due)


def _past_exams(terms: Terms, held: Sequence[Span], due: date) -> Moved | None:
    passed: Span | None = None
    for one in terms.spans:
        if one.kind is SpanKind.EXAM and one.first <= due <= one.last:
            due, passed = one.last + timedelta(days=1), one
    if passed is None:
        return None
    for before, after in pairwise(held):
        if before.last < due < after.first:
            return Moved(after.first - timedelta(days=1), after)
    return Moved(due, passed)


def joined(old: Sequence[Span], new: Sequence[Span]) -> tuple[Span, ...]:
    """Return the spans of a calendar once a newer sheet counts: of the older what lies wholly before or behind it."""
    if not new:
        return tuple(sorted(old))
    first, last = min(one.first for one in new), max(one.last for one in new)
    return tuple(sorted([*(one for one in old if one.last < first or one.first > last), *new]))


def text_of(spans: Sequence[Span]) -> str:
    """Return spans as the table that `read` reads: the same text for the same spans."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("first", "last", "kind", "zh", "en"))
    for one in sorted(spans):
        writer.writerow((one.first.isoformat(), one.last.isoformat(), one.kind.value, one.zh, one.en))
    return out.getvalue()


def read(text: str) -> tuple[list[Span], list[tuple[int, Text]]]:
    """Return the spans of a table and what is wrong with it, by line; a table with a fault is not to be used.

    Columns: 起 first, 止 last, 种类 kind (学期 term, 考试 exam), 名称 zh, 英文 en (may stay empty).
    """
    rows = csv.reader(io.StringIO(text.lstrip("\ufeff")))
    heads = [one.strip().casefold() for one in next(rows, [])]
    at = {name: next((k for k, one in enumerate(heads) if one in words), None) for name, words in _HEADINGS.items()}
    lacking = [words[1] for name, words in _HEADINGS.items() if at[name] is None and name != "en"]
    if lacking:
        en = ", ".join(name for name in _HEADINGS if at[name] is None and name != "en")
        return [], [(1, Text(f"缺少这几列：{'、'.join(lacking)}", f"these columns are missing: {en}"))]
    spans: list[Span] = []
    faults: list[tuple[int, Text]] = []
    for line, row in enumerate(rows, start=2):
        cells = {n: row[k].strip() if k is not None and k < len(row) else "" for n, k in at.items()}
        if not any(cells.values()):
            continue
        found = _span(cells)
        if isinstance(found, Text):
            faults.append((line, found))
        else:
            spans.append(found)
        if len(spans) > MOST:
            return [], [(line, Text(f"一次最多{MOST}行", f"at most {MOST} rows at a time"))]
    if not faults:
        faults = [(0, one) for one in problems(spans)]
    return spans, faults


def _span(cells: dict[str, str]) -> Span | Text:
    kind = _KIND_OF.get(cells["kind"].casefold())
    if kind is None:
        return Text("种类请写“学期”或“考试”", "the kind is “term” or “exam”")
    days = []
    for name in ("first", "last"):
        found = dates.read(cells[name])
        if isinstance(found, Trouble):
            return Text(found.zh, found.en)
        if found is None:
            return Text("起、止两天都要写", "both days are needed")
        days.append(found)
    if not cells["zh"] or len(cells["zh"]) > 40 or len(cells["en"]) > 80:
        return Text("名称要写，最多40个字（英文80个字母）", "a name is needed, at most 40 characters (80 in English)")
    return Span(days[0], days[1], kind, cells["zh"], cells["en"])


def problems(spans: Sequence[Span]) -> list[Text]:
    """Return why spans cannot be a calendar of terms; none when they can."""
    found = []
    for one in spans:
        most = LONGEST if one.kind is SpanKind.TERM else LONGEST_EXAM
        if one.last < one.first:
            found.append(Text(f"{one.zh}：止在起之前", f"{one.name.en}: ends before it begins"))
        elif (one.last - one.first).days >= most:
            found.append(Text(f"{one.zh}：超过{most}天", f"{one.name.en}: longer than {most} days"))
        if not FIRST_YEAR <= one.first.year <= LAST_YEAR or not FIRST_YEAR <= one.last.year <= LAST_YEAR:
            said = f"{FIRST_YEAR}–{LAST_YEAR}"
            found.append(Text(f"{one.zh}：年份不在{said}", f"{one.name.en}: the year is not within {said}"))
    held = sorted(one for one in spans if one.kind is SpanKind.TERM)
    if not held:
        found.append(Text("至少要有一个学期", "at least one term is needed"))
    found += [
        Text(f"{a.zh}和{b.zh}重叠", f"{a.name.en} and {b.name.en} overlap")
        for a, b in pairwise(held)
        if b.first <= a.last
    ]
    found += [
        Text(f"{one.zh}不在任何学期里", f"{one.name.en} lies in no term")
        for one in spans
        if one.kind is SpanKind.EXAM and not any(t.first <= one.first and one.last <= t.last for t in held)
    ]
    return found
