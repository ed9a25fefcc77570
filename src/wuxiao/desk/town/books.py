"""The rule book and the calendar in force, and how a new one is adopted."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache

from django.db import transaction
from django.db.models import Count

from wuxiao.desk.base import fresh
from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import Refused
from wuxiao.desk.diary import diary
from wuxiao.desk.town import left
from wuxiao.records.models import BookVersion, Case, HolidayNotice, TermSheet
from wuxiao.rules import book as rulebook
from wuxiao.rules import terms
from wuxiao.rules.book_model import Book
from wuxiao.rules.calendar import Calendar, parse_notice
from wuxiao.rules.flow import MATTER
from wuxiao.rules.terms import Span, joined
from wuxiao.rules.words import Text

_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Rules:
    """A book version with everything computed from it."""

    id: int
    book: Book
    calendar: Calendar


@dataclass(slots=True)
class _Seen:
    watch: fresh.Watch = field(default_factory=fresh.Watch)
    versions: tuple[tuple[int, datetime, str], ...] = ()
    notices: tuple[tuple[int, str, str], ...] = ()
    sheets: tuple[tuple[str, str], ...] = ()


_seen = _Seen()


# What was computed is kept under the digest of the text: SQLite gives the key of a row that was taken back to the next.
@lru_cache(maxsize=16)
def _book(digest: str) -> Book:
    return rulebook.loads(BookVersion.objects.get(digest=digest).text, f"book {digest[:12]}", adopted=True)


@lru_cache(maxsize=16)
def _calendar(digest: str, notices: tuple[tuple[int, str, str], ...]) -> Calendar:
    calendar = Calendar.official(_book(digest).office_hours)
    for _year, source, text in notices:
        calendar = calendar.with_notice(parse_notice(text, source))
    return calendar


@dataclass(slots=True)
class _Filled:
    """The last books that were given the days of their terms, each with the book it was made of."""

    made: dict[tuple[int, tuple[tuple[str, str], ...]], tuple[Book, Book]] = field(default_factory=dict)


_filled = _Filled()
_MOST_FILLED = 16


def _in_terms(book: Book, sheets: tuple[tuple[str, str], ...]) -> Book:
    """Return a book whose kinds that go by terms carry the days that are known; the same one while nothing changes."""
    mine = tuple(one for one in sheets if one[0] in book.terms)
    if not mine:
        return book
    key = id(book), mine
    # What is kept holds the book it was made of, so that no other takes its place in memory.
    found = _filled.made.get(key)
    if found is None:
        found = book, _with_days(book, mine)
        if len(_filled.made) >= _MOST_FILLED:
            _filled.made.clear()
        _filled.made[key] = found
    return found[1]


def _with_days(book: Book, sheets: tuple[tuple[str, str], ...]) -> Book:
    spans: dict[str, tuple[Span, ...]] = {}
    for calendar, text in sheets:
        spans[calendar] = joined(spans.get(calendar, ()), terms.read(text)[0])
    known = {code: replace(one, spans=spans.get(code, ())) for code, one in book.terms.items()}
    registers = {
        name: {
            code: kind if kind.terms is None else replace(kind, terms=known[kind.terms.code])
            for code, kind in kinds.items()
        }
        for name, kinds in book.registers.items()
    }
    return replace(book, terms=known, registers=registers)


def forget() -> None:
    """Forget what was read of the versions in force; the next look reads the tables again."""
    fresh.forget()


def _look() -> _Seen:
    if (mark := _seen.watch.changed()) is not None:
        with _lock:
            _seen.versions = tuple(
                BookVersion.objects.order_by("-effective_from", "-id").values_list("id", "effective_from", "digest")
            )
            _seen.notices = tuple(HolidayNotice.objects.order_by("year").values_list("year", "source", "text"))
            adopted = TermSheet.objects.filter(outcome="adopted").order_by("decided_at", "pk")
            _seen.sheets = tuple(adopted.values_list("calendar", "text"))
            _seen.watch.keep(mark)
    return _seen


def current(at: datetime) -> Rules:
    """Return the rules in force at an instant; raises `Refused` if no book was ever adopted."""
    seen = _look()
    in_force = next((v for v in seen.versions if v[1] <= at), seen.versions[-1] if seen.versions else None)
    if in_force is not None:
        return _rules(in_force[0], in_force[2], seen)
    raise Refused(
        Text(
            "还没有启用规则手册：请先运行 wuxiao init 或 wuxiao rules adopt",
            "No rule book is in force: run `wuxiao init` or `wuxiao rules adopt` first.",
        ),
        "no_book",
    )


def of_version(version: int) -> Rules:
    """Return the rules a matter was received under, with today's calendar."""
    seen = _look()
    digest = next((digest for key, _, digest in seen.versions if key == version), None)
    if digest is None:
        digest = BookVersion.objects.values_list("digest", flat=True).get(pk=version)
    return _rules(version, digest, seen)


def _rules(version: int, digest: str, seen: _Seen) -> Rules:
    return Rules(version, _in_terms(_book(digest), seen.sheets), _calendar(digest, seen.notices))


def _cases_left(book: Book) -> list[left.Left]:
    """Return the open cases of lives a book leaves out: nobody could open or end them any more."""
    rows = Case.objects.exclude(life__in=[MATTER.name, *book.lives]).filter(closed_at=None)
    found = dict(rows.order_by().values_list("life").annotate(n=Count("pk")))
    ends = Text("先办结", "end them first")
    return [left.Left(f"lives.{life}", Text(f"{n}件", str(n)), ends) for life, n in sorted(found.items())]


def _none_left_behind(book: Book, effective_from: datetime, at: datetime) -> None:
    """Refuse a book that leaves out a section on which something open stands, or from a later day on could."""
    if not BookVersion.objects.exists():
        return
    now = current(at).book
    found = _cases_left(book) + left.behind(book, now, at)
    if found:
        said = "；".join(f"[{one.section}]（{one.what.zh}，{one.ends.zh}）" for one in found)
        told = "; ".join(f"[{one.section}] ({one.what.en}: {one.ends.en})" for one in found)
        raise Refused(
            Text(
                f"还有没办结的，规则手册里不能去掉：{said}。或者留着这一节",
                f"these are open still and cannot leave the rule book: {told}. Or keep the section",
            ),
            "open_cases",
        )
    gone = sorted(left.sections(now) - left.sections(book))
    if gone and effective_from > at:
        said, told = "、".join(f"[{one}]" for one in gone), ", ".join(f"[{one}]" for one in gone)
        raise Refused(
            Text(
                f"去掉{said}的规则手册不能提前启用：到那天以前还会有新的开始。请到那天再启用",
                f"a book without {told} is not adopted ahead of its day, for until then more begins: adopt it that day",
            ),
            "open_cases",
        )


def adopt(text: str, *, name: str, effective_from: datetime, by: Actor, at: datetime) -> Rules:
    """Adopt a rule book from a date on; open matters keep the promise they were given.

    Raises `rulebook.BookError` with file, line and reason if the text is no book, and `Refused` for one adopted before
    or one that leaves out a section on which something open stands (`desk.town.left`).
    """
    book = rulebook.loads(text, name)
    with transaction.atomic():
        _none_left_behind(book, effective_from, at)
        row, made = BookVersion.objects.get_or_create(
            digest=book.digest,
            defaults={"text": text, "effective_from": effective_from, "adopted_at": at, "adopted_by": by.name},
        )
        if not made:
            raise Refused(Text("这份规则手册已经启用过", "This very book was adopted before."), "same_book")
        diary.write_town(
            "adopt_book",
            by=by,
            at=at,
            facts={"digest": book.digest[:12], "effective_from": effective_from.isoformat(), "who": by.name},
        )
    forget()
    return _rules(row.pk, book.digest, _look())
