"""What is read of publications: what is shown to people and staff, and what those who publish work with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import NotFound, Refused
from wuxiao.desk.publish import guards
from wuxiao.desk.publish.acts import CALLED_IN, STANDS, find, may_publish, may_touch
from wuxiao.desk.register import chain
from wuxiao.desk.register.acts import today
from wuxiao.desk.town import books
from wuxiao.desk.town.left import Left
from wuxiao.reading.tokens import fold
from wuxiao.records.models import Entry, Publication, Row, Words
from wuxiao.rules.book_model import Book
from wuxiao.rules.publication import FIELDS, NAME, Reach, Stage, is_shown, kinds
from wuxiao.rules.words import Text

MOST = 200
#: What was done to a text, in words.
VERBS: Mapping[str, Text] = {
    "propose_text": Text("写了一个版本", "wrote a version"),
    "release_text": Text("看过并发布", "looked at and released"),
    "confirm_row": Text("复核，仍然有效", "reviewed and still right"),
    "withdraw_text": Text("撤下", "withdrawn"),
    "call_in_text": Text("系统收回，要重新写、重新发布", "taken back by the system: to be written and released anew"),
    "enter_foreign": Text("录入外文", "entered in another language"),
    "read_foreign": Text("外文由第二人读过", "read in that language by a second person"),
    "retire": Text("按保存期删除内容", "emptied, its time was over"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A released version as readers see it; `title` and `text` in both languages, Chinese alone where no other is."""

    code: str
    kind: str
    unit: str
    title: Text
    text: Text
    law: str
    released_at: datetime
    review_on: date
    audience: str
    has_english: bool
    row_id: int


def _within(at: datetime, *, staff: bool) -> QuerySet[Publication]:
    day = today(at)
    rows = Publication.objects.filter(shown__isnull=False, row__register=NAME).exclude(stage=Stage.WITHDRAWN.value)
    rows = rows.filter(Q(first_day__isnull=True) | Q(first_day__lte=day))
    rows = rows.filter(Q(last_day__isnull=True) | Q(last_day__gte=day))
    return rows if staff else rows.filter(audience=Reach.PUBLIC.value)


def shown(kind: str, *, at: datetime, staff: bool = False, words: str = "", unit: str = "") -> list[Shown]:
    """Return what is shown of a kind, the newest first (two queries); `words` are looked for in title, text and law.

    Without `staff` only what is for the public.
    """
    if kind not in kinds(books.current(at).book):
        raise NotFound
    rows = _within(at, staff=staff).filter(row__kind=kind)
    if unit:
        rows = rows.filter(row__unit=unit)
    for word in words.split()[:8]:
        if folded := fold(word):
            rows = rows.filter(folded__contains=folded)
    return _shown(list(rows.select_related("row").order_by("-released_at", "-pk")[:MOST]))


def shown_one(code: str, *, at: datetime, staff: bool = False) -> Shown:
    """Return one text as it is shown now; `NotFound` for what is not released, over, withdrawn or for others."""
    row, part = find(code)
    if row.kind not in kinds(books.current(at).book):
        raise NotFound
    if not is_shown(part.stage, part.shown, part.first_day, part.last_day, today(at)):
        raise NotFound
    if part.audience != Reach.PUBLIC and not staff:
        raise NotFound
    part.row = row
    found = _shown([part])
    if not found:
        raise NotFound
    return found[0]


def _shown(parts: Sequence[Publication]) -> list[Shown]:
    said = _words({part.pk: part.shown or 0 for part in parts})
    found = []
    for part in parts:
        words, row = said.get(part.pk, {}), part.row
        if not words.get("title") or part.released_at is None:
            continue
        english = bool(words.get("title_en") and words.get("text_en"))
        found.append(
            Shown(
                code=row.code,
                kind=row.kind,
                unit=row.unit,
                title=Text(words["title"], words["title_en"] if english else words["title"]),
                text=Text(words.get("text", ""), words["text_en"] if english else words.get("text", "")),
                law=words.get("law", ""),
                released_at=part.released_at,
                review_on=part.review_on,
                audience=part.audience,
                has_english=english,
                row_id=row.pk,
            )
        )
    return found


def _words(turns: Mapping[int, int]) -> dict[int, dict[str, str]]:
    """The words of one turn of each of these rows, by row and field (one query)."""
    found: dict[int, dict[str, str]] = {}
    rows = Words.objects.filter(row_id__in=turns, turn__in=set(turns.values()), erased_at__isnull=True)
    for pk, turn, name, text in rows.values_list("row_id", "turn", "field", "text"):
        if pk is not None and turns[pk] == turn:
            found.setdefault(pk, {})[name] = text
    return found


# ------------------------------------------------------------------------------------------------- who works with them


@dataclass(frozen=True, slots=True)
class Desk:
    """One publication as those who publish see it."""

    row: Row
    part: Publication
    values: Mapping[str, Any]
    entries: Sequence[Entry]
    may_touch: bool
    may_release: bool


def _must(by: Actor) -> None:
    if not may_publish(by):
        raise Refused(Text("您的岗位不发布文章。", "Your post does not publish texts."), "publish")


def kept(
    kind: str, *, by: Actor, at: datetime, waiting: bool = False, due: bool = False, limit: int = MOST
) -> list[Publication]:
    """Return publications of a kind (one query), those that wait for release or are due for review if asked."""
    _must(by)
    rows = Publication.objects.filter(row__register=NAME, row__kind=kind).select_related("row", "author")
    rows = rows.filter(_for(by, kind, at))
    if waiting:
        rows = rows.filter(stage=Stage.WAITING.value)
    if due:
        rows = rows.filter(shown__isnull=False, review_on__lte=today(at)).exclude(stage=Stage.WITHDRAWN.value)
    return list(rows.order_by("-pk")[:limit])


def _for(by: Actor, kind: str, at: datetime) -> Q:
    """Which texts of a kind somebody who publishes works with, or looks at.

    Of a kind that tells of cases: what is out, what their unit answers for, and what tells of a case they see.
    """
    mine, known = guards.mine(kind, by), kinds(books.current(at).book).get(kind)
    units = by.viewer.units if by.viewer is not None else frozenset()
    if mine is None or (known is not None and known.unit in units):
        return Q()
    return Q(stage=Stage.RELEASED.value) | Q(row__unit__in=sorted(units)) | Q(row__code__in=mine)


def view(code: str, *, by: Actor, at: datetime) -> Desk:
    """Return one publication with its newest version and its history, for somebody who publishes.

    `NotFound` for one that is not out and tells of a case they do not see.
    """
    _must(by)
    book = books.current(at).book
    row, part = find(code)
    if not Publication.objects.filter(_for(by, row.kind, at), pk=part.pk).exists():
        raise NotFound
    entries = list(Entry.objects.filter(row_id=row.pk).order_by("turn"))
    called_in = any(one.verb == CALLED_IN for one in entries)
    # What the house took back may name what is now kept from whoever looks.
    values: dict[str, Any] = {} if called_in else dict(_words({row.pk: part.newest}).get(row.pk, {}))
    stands = {name: getattr(part, name) for name in ("audience", "first_day", "last_day", "review_on")}
    values |= {"unit": row.unit, **stands}
    wanted: Mapping[str, Any] = next((one.facts.get("wanted", {}) for one in entries if one.turn == part.newest), {})
    for one in FIELDS:
        if one.name in wanted:
            values[one.name] = one.read(wanted[one.name], book)
    touch = may_touch(by, row.unit, row.kind, book) and part.stage != Stage.WITHDRAWN
    mine = part.author_id == by.staff_id
    if called_in:
        part.shown, row.title = None, ""
    return Desk(row, part, values, entries, touch, touch and part.stage == Stage.WAITING and not mine)


def said_at(row_id: int, turn: int) -> Mapping[str, str]:
    """Return the words of one version, by field."""
    return _words({row_id: turn}).get(row_id, {})


def differences(
    row: Row,
    part: Publication | None,
    sealed: Mapping[str, Any],
    words: Mapping[tuple[int, str], Words],
    *,
    called_in: bool = False,
) -> Iterator[tuple[str, Any, Any]]:
    """Yield where a publication is not what its entries and their `words` say: the column, what it was, what stands."""
    if part is None:
        yield NAME, "…", None
        return
    for name in STANDS:
        now = chain.sealed(getattr(part, name))
        if sealed.get(name) != now:
            yield name, sealed.get(name), now
    if sealed.get("unit") != row.unit:
        yield "unit", sealed.get("unit"), row.unit
    title = words.get((part.newest, "title"))
    # What the house called in has lost its title; that it was called in is sealed in its stage and the newest entry.
    if row.title == "" and called_in:
        return
    if title is None or title.text != row.title:
        yield "title", title.text if title is not None else None, row.title


def left(book: Book, now: Book, at: datetime) -> list[Left]:
    """Return the texts that are shown or wait for release whose kinds a book leaves out: nobody could withdraw them."""
    found = []
    for kind in sorted(kinds(now).keys() - kinds(book).keys()):
        rows = Publication.objects.filter(row__register=NAME, row__kind=kind).exclude(stage=Stage.WITHDRAWN.value)
        rows = rows.exclude(stage=Stage.RELEASED.value, last_day__lt=today(at))
        if count := rows.count():
            what = Text(f"发布着或者等发布的{count}篇", f"texts shown or waiting for release: {count}")
            found.append(Left(f"registers.{NAME}.{kind}", what, Text("先撤下", "withdraw them first")))
    return found
