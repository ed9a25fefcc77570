"""Papers as somebody sees them: those of a case given before, one file of them, and what anybody is told by a code."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import NotFound
from wuxiao.desk.diary import readings
from wuxiao.desk.documents.documents import MARK
from wuxiao.records.models import Case, Document, DocumentFile, RowPaper
from wuxiao.rules.codes import grouped, read_paper_code
from wuxiao.rules.papers import KINDS
from wuxiao.rules.words import Text

#: The content types of files by their kind.
TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
STATES = {
    "live": Text("有效", "holds"),
    "done": Text("已办结", "settled"),
    "replaced": Text("已被更换", "replaced"),
    "void": Text("已作废", "void"),
}


@dataclass(frozen=True, slots=True)
class Public:
    """What anybody is told of a paper by its code: nothing of it names a person or a place."""

    code: str
    name: Text
    number: str
    unit: str
    day: date
    state: str
    ended_at: datetime | None
    #: When what it asked for was settled, where it holds no more for that.
    done_at: datetime | None
    #: The number of the paper that holds in its place.
    instead: str


def of_case(case: Case, turns: Collection[int] | None = None) -> list[Document]:
    """Return the papers of a case that was given before, the newest first, each with its files that are still kept.

    With `turns` only those whose entry is among these, the ones that whoever looks may read.
    """
    rows = Document.objects.filter(matter_id=case.pk).select_related("replaced_by", "matter").prefetch_related("files")
    return [one for one in rows.order_by("-id") if turns is None or one.turn in turns]


def standing(paper: Document) -> str:
    """Return how a paper read with its case stands (`STATES`): settled is what asked for something that is over."""
    over = paper.state == "live" and KINDS[paper.kind].asks and paper.matter.closed_at is not None
    return "done" if over else paper.state


def kept(paper: Document) -> Sequence[str]:
    """Return the kinds of a paper's files that were not erased."""
    return sorted(one.kind for one in paper.files.all() if one.erased_at is None)


def file_of(
    case: Case, code: str, form: str, *, by: Actor, at: datetime, turns: Collection[int] | None = None
) -> tuple[Document, DocumentFile]:
    """Return a file of a paper of a case that was given before; that staff opened it is written down.

    Raises `NotFound` for a paper of another case, for one whose entry is not among `turns` (where they are given), and
    for a file that was erased.
    """
    rows = DocumentFile.objects.filter(document__matter_id=case.pk, document__code=code, erased_at__isnull=True)
    found = rows.filter(kind=form).select_related("document").first()
    if found is None or (turns is not None and found.turn not in turns):
        raise NotFound
    readings.note(case, by=by, at=at, fields=("paper",), how="paper")
    return found.document, found


def by_code(typed: str) -> Public | None:
    """Return what anybody is told of the paper whose code was typed or scanned; `None` for any other."""
    code = read_paper_code(typed)
    paper = Document.objects.filter(code=code).select_related("replaced_by", "matter").first() if code else None
    if paper is None:
        return _of_row(code) if code else None
    return Public(
        code=paper.code,
        name=KINDS[paper.kind].name,
        number=paper.number,
        unit=paper.unit,
        day=paper.day,
        state=(now := standing(paper)),
        ended_at=paper.ended_at,
        done_at=paper.matter.closed_at if now == "done" else None,
        # Whoever holds a paper that is no stranger's may not learn from the next number that its case is kept now.
        instead=paper.replaced_by.number if paper.replaced_by is not None and KINDS[paper.kind].handed else "",
    )


def _of_row(code: str) -> Public | None:
    """Return what anybody is told of a paper of a register's row: of which row nobody is told."""
    paper = RowPaper.objects.filter(code=code).select_related("replaced_by").first()
    if paper is None:
        return None
    instead = grouped(paper.replaced_by.code) if paper.replaced_by is not None else ""
    name, over = KINDS[paper.kind].name, paper.ended_at
    return Public(paper.code, name, "", paper.unit, paper.day, paper.state, over, None, instead)


def digest_of(typed: str) -> str:
    """Return the hexadecimal digits of a digest as it was typed; "" for what can be none (16 to 64 of them)."""
    found = re.sub(r"[\s:·\-]+", "", typed.strip().lower())
    return found if re.fullmatch(rf"[0-9a-f]{{{MARK},64}}", found) else ""


def is_this(code: str, *, sha256: str = "", mark: str = "") -> bool:
    """Whether a file (by its SHA-256) or a digest typed from paper (`digest_of`) is of the very paper of this code."""
    paper = Document.objects.filter(code=code).first() or RowPaper.objects.filter(code=code).first()
    if paper is None:
        return False
    if isinstance(paper, Document):
        files = set(DocumentFile.objects.filter(document=paper).values_list("sha256", flat=True))
    else:
        files = set(paper.files.values_list("sha256", flat=True))
    return sha256 in files or (bool(mark) and (paper.digest.startswith(mark) or mark in files))
