"""The papers of a register's row: printed, told genuine by their code, and their day entered when they come back.

A row's paper decides nothing and bears no number: a series would count how often somebody pressed a button. It has a
code and the digest of what it says, both sealed in the row's chain. Printed again with the same words it is the same
paper; with others it is a new one, and the old code says that it was replaced. Printing fills no field of the register.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import Invalid, NotFound, Refused, Stale
from wuxiao.desk.base.put import change as write_changed
from wuxiao.desk.base.put import put
from wuxiao.desk.documents import documents
from wuxiao.desk.files import files
from wuxiao.desk.register import acts, chain
from wuxiao.desk.register.shelf import Shelf, all_shelves, find, may_keep_of, of, values_of
from wuxiao.desk.town import books
from wuxiao.records.models import Row, RowPaper, RowPaperFile
from wuxiao.rules import register
from wuxiao.rules.book_model import Book
from wuxiao.rules.codes import grouped, new_paper_code
from wuxiao.rules.papers import KINDS
from wuxiao.rules.register import RowState
from wuxiao.rules.words import Text
from wuxiao.typed import dates
from wuxiao.typed.trouble import Trouble

#: The verb of the entry that seals a printed paper.
PRINTED = "print_paper"


@dataclass(frozen=True, slots=True)
class Offered:
    """A paper that a row may be given, the one printed last that holds, and the day that stands for the signed one."""

    declared: register.RowPaper
    paper: RowPaper | None
    day: date | None


def offered(shelf: Shelf, kind: str, book: Book) -> tuple[register.RowPaper, ...]:
    """Return the papers that rows of a kind may be given; none for a kind the book does not name any more."""
    known = shelf.kinds(book).get(kind)
    return shelf.register.papers_of(known.like) if known is not None else ()


def of_row(name: str, code: str, *, by: Actor, at: datetime) -> tuple[Row, Sequence[Offered]]:
    """Return a row with the papers it may be given (two queries); `Refused` for whoever does not keep it."""
    book = books.current(at).book
    shelf = of(name, book)
    row, part = find(shelf, code)
    _must_keep(shelf, row, by, book)
    values = values_of(shelf, row, part)
    live = {
        one.kind: one
        for one in RowPaper.objects.filter(row_id=row.pk, state="live").prefetch_related("files").order_by("pk")
    }
    return row, [
        Offered(one, live.get(one.kind), values.get(one.field) if one.field else None)
        for one in offered(shelf, row.kind, book)
    ]


def _must_keep(shelf: Shelf, row: Row, by: Actor, book: Book) -> None:
    if not may_keep_of(by, row.unit, shelf.kinds(book).get(row.kind)):
        text = Text("文书由维护这一行的单位打印。", "Papers are printed by who keeps the row.")
        raise Refused(text, "keep")
    if row.state != RowState.LIVE:
        raise Refused(Text("这一行已经销册。", "This row has ended."), "ended")


def _declared(shelf: Shelf, row: Row, kind: str, book: Book) -> register.RowPaper:
    found = next((one for one in offered(shelf, row.kind, book) if one.kind == kind), None)
    if found is None:
        raise NotFound
    return found


def issue(name: str, code: str, kind: str, *, by: Actor, at: datetime) -> RowPaper:
    """Print a paper for a row, and return it; the very one that holds where it would say the same.

    One transaction: rows, files and the entry in the row's chain are there together or not at all. Raises `NotFound`
    for a paper that rows of this kind are not given, `Refused` for whoever does not keep the row.
    """
    rules = books.current(at)
    shelf = of(name, rules.book)
    with transaction.atomic():
        row, part = find(shelf, code, lock=True)
        _must_keep(shelf, row, by, rules.book)
        content = _declared(shelf, row, kind, rules.book).say(values_of(shelf, row, part))
        unit, town, day = rules.book.units.get(row.unit), rules.book.town.name.zh, acts.today(at)
        body = unit.name.zh if unit is not None else town
        paper_code = new_paper_code()
        data = documents.fields(KINDS[kind], content, number="", body=body, town=town, day=day, code=paper_code)
        before = RowPaper.objects.filter(row_id=row.pk, kind=kind, state="live").order_by("pk").last()
        said = _said(data)
        if before is not None and before.said == said and before.files.filter(erased_at__isnull=True).count() > 1:
            return before
        kept, template = documents.set_in_force(kind, data)
        paper = RowPaper(
            row=row, kind=kind, code=paper_code, unit=row.unit, day=day, issued_at=at, turn=row.turn + 1,
            template=template, digest=data["digest"], said=said,
        )  # fmt: skip
        paper.save()
        digests = {}
        for form, data_of in kept.items():
            digests[form] = files.store(data_of)
            RowPaperFile(paper=paper, kind=form, size=len(data_of), sha256=digests[form]).save()
        if before is not None:
            before.state, before.ended_at, before.replaced_by = "replaced", at, paper
            before.save(update_fields=["state", "ended_at", "replaced_by"])
        facts = {"paper_kind": kind, "code": paper_code, "digest": paper.digest, "files": digests}
        was = row.turn
        sealed, _words = chain.entry(row, PRINTED, by=by, at=at, facts=facts)
        if not write_changed(row, ["turn", "head"], unless="turn", was=was):
            raise Stale(was, was + 1)
        put([sealed])
    return paper


def _said(data: dict[str, object]) -> str:
    """Return the digest of what a paper says, whenever it is printed and under whichever code."""
    left = {"code", "address", "day", "date", "digest", "mark"}
    own = {name: value for name, value in data.items() if name not in left}
    return hashlib.sha256(json.dumps(own, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def file_of(
    name: str, code: str, paper_code: str, form: str, *, by: Actor, at: datetime
) -> tuple[RowPaper, RowPaperFile]:
    """Return a file of a paper of a row; `NotFound` for a paper of another row and for one that was erased."""
    book = books.current(at).book
    shelf = of(name, book)
    row, _part = find(shelf, code)
    _must_keep(shelf, row, by, book)
    rows = RowPaperFile.objects.filter(paper__row_id=row.pk, paper__code=paper_code, kind=form, erased_at__isnull=True)
    found = rows.select_related("paper").first()
    if found is None:
        raise NotFound
    return found.paper, found


def signed(name: str, code: str, kind: str, day: str, *, by: Actor, at: datetime, version: int) -> Row:
    """Enter the day on which a paper was signed, once it came back; nobody looked at the place by that.

    Raises `Invalid` for a day that is none or to come, or a paper that fills no day; `Stale` where the row was changed
    meanwhile.
    """
    book = books.current(at).book
    shelf = of(name, book)
    with transaction.atomic():
        row, part = find(shelf, code, lock=True)
        _must_keep(shelf, row, by, book)
        if row.version != version:
            raise Stale(version, row.version)
        declared = _declared(shelf, row, kind, book)
        if not declared.field:
            raise NotFound
        found = dates.read(day, latest=acts.today(at))
        if found is None:
            raise Invalid({kind: Text("请填签的那一天", "fill in the day it was signed")})
        if isinstance(found, Trouble):
            raise Invalid({kind: Text(found.zh, found.en)})
        if values_of(shelf, row, part).get(declared.field) != found:
            facts = {"why": "changed", "how": "paper"}
            looked = row.checked_at
            acts.apply(
                shelf, row, part, {declared.field: found}, by=by, at=at, facts=facts, book=book, checked_at=looked
            )
    return row


def retire(*, at: datetime, limit: int = 200) -> int:
    """Erase the files of papers whose row ended as long ago as its own words are kept; returns how many."""
    done = 0
    for shelf in all_shelves():
        over = acts.today(at) - timedelta(days=shelf.register.spine.days)
        rows = RowPaperFile.objects.filter(
            paper__row__register=shelf.name, paper__row__valid_to__lte=over, erased_at__isnull=True
        )
        done += RowPaperFile.objects.filter(pk__in=list(rows.values_list("pk", flat=True)[:limit])).update(erased_at=at)
    return done


def code_of(paper: RowPaper) -> str:
    """Return the code of a paper as people read it."""
    return grouped(paper.code)
