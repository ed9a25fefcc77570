"""Giving a paper out, replacing it, voiding it: each an entry of the case's diary, inside the caller's transaction.

The number is the next of its kind and year, taken with the paper (drawn, where the case is kept from somebody): what
is rolled back takes none, and no two papers wait for one another longer than one is being made. What is kept are the
bytes that were given out, each file under its digest; the paper itself bears its code and the digest of what it says.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import secrets
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import segno
from django.conf import settings
from django.db import connection, transaction

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import Refused
from wuxiao.desk.diary import diary
from wuxiao.desk.documents import typeset, word
from wuxiao.desk.files import files
from wuxiao.desk.town import books
from wuxiao.records.models import Case, Document, DocumentFile, PaperTemplate
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.codes import grouped, new_paper_code
from wuxiao.rules.papers import DRAWN, KINDS, Content, Kind
from wuxiao.rules.words import Text

TEMPLATES = Path(__file__).parent / "templates"
_log = logging.getLogger(__name__)
#: Where anybody asks about a paper; the code stands behind it.
PUBLIC = "/paper/"
#: Of the digest of what it says a paper shows this much (hex), which nobody meets by chance.
MARK = 16
#: Draws for one number before it is said that none is free.
_DRAWS = 50
_NEXT = (
    "INSERT INTO records_series (kind, year, last) VALUES (%s, %s, 1) ON CONFLICT (kind, year) DO UPDATE SET "
    "last = records_series.last + 1 RETURNING last"
)


def _whole(kinds: Iterable[str], folder: Path = TEMPLATES) -> None:
    """Refuse to start with a kind of papers that has no templates: the first one to go out would find it out."""
    for kind in kinds:
        for name in (f"{kind}.typ", f"{kind}.docx"):
            if not (folder / name).is_file():
                raise ValueError(f"the paper “{kind}” has no template {name} (tools/papers.py makes the DOCX)")


_whole(one.file for one in KINDS.values())


@cache
def _ours(kind: str) -> tuple[str, bytes]:
    name = KINDS[kind].file
    text = "\n".join((TEMPLATES / one).read_text(encoding="utf-8") for one in ("base.typ", f"{name}.typ"))
    return text, (TEMPLATES / f"{name}.docx").read_bytes()


def in_force(kind: str) -> PaperTemplate | None:
    """Return the town's own DOCX template of a kind that was adopted last; `None` where ours serves."""
    return PaperTemplate.objects.filter(kind=kind, outcome="adopted").order_by("-decided_at", "-pk").first()


def _template(kind: str) -> tuple[str, bytes, str]:
    """Return the typst text, the DOCX in force and the digest of both."""
    text, body = _ours(kind)
    own = in_force(kind)
    if own is not None:
        body = bytes(own.body)
    return text, body, _digest_of(text, body)


def _digest_of(text: str, body: bytes) -> str:
    return hashlib.sha256(text.encode() + b"\n" + body).hexdigest()


def template_of(kind: str) -> bytes:
    """Return our own DOCX template of a kind."""
    return _ours(kind)[1]


def ours(kind: str, data: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the files of a paper by our own templates of a kind."""
    return made(*_ours(kind), data)


def fields(kind: Kind, content: Content, *, number: str, body: str, town: str, day: date, code: str) -> dict[str, Any]:
    """Return the fields of a template for a paper, with `mark`, the digest of all that stands in it."""
    found: dict[str, Any] = {
        "title": content.title or kind.name.zh,
        "number": number,
        "body": body,
        "town": town,
        "to": content.to,
        "opening": list(content.opening),
        "items": [{"n": n, "words": one.words, "law": one.law} for n, one in enumerate(content.items, 1)],
        "closing": list(content.closing),
        "notes": list(content.notes),
        "english": list(content.english),
        "day": f"{day.year}年{day.month}月{day.day}日",
        "date": [day.year, day.month, day.day],
        "code": grouped(code),
        "address": f"{settings.BASE_URL}{PUBLIC}{code}",
    }
    said = json.dumps(found, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    found["digest"] = hashlib.sha256(said.encode()).hexdigest()
    found["mark"] = " ".join(found["digest"][n : n + 4] for n in range(0, MARK, 4))
    return found


def qr_png(address: str) -> bytes:
    """Return an address as a QR picture (PNG)."""
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(out, kind="png", scale=8, border=2)
    return out.getvalue()


def made(text: str, body: bytes, data: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the files of a paper, `pdf` by a typst text and `docx` by a DOCX template, from its fields.

    Raises `typeset.CannotSet` where this machine lacks what makes them.
    """
    drawn = io.BytesIO()
    segno.make(str(data["address"]), error="m", micro=False).save(drawn, kind="svg", scale=4, border=2)
    own = {
        "fonts": typeset.faces(typeset.BODY_FACES),
        "title_fonts": typeset.faces(typeset.TITLE_FACES),
        "foot": f"{data['number']}　文书编码 {data['code']}　摘要 {data['mark']}".strip("　"),
    }
    pdf = typeset.pdf(text, {**data, **own}, pictures={"qr": drawn.getvalue().decode()})
    try:
        return {"pdf": pdf, "docx": word.filled(body, data, qr=qr_png(str(data["address"])))}
    except ImportError as error:
        raise typeset.missing(error) from error


def set_in_force(kind: str, data: Mapping[str, Any]) -> tuple[dict[str, bytes], str]:
    """Return the files of a paper by the templates in force, and the digest of those.

    A template that was adopted and cannot be filled must not keep anybody from a paper: then ours is used.
    """
    text, body, template = _template(kind)
    try:
        return made(text, body, data), template
    except typeset.CannotSet:
        _log.exception("no paper can be made")
        raise
    except Exception:
        if body == template_of(kind):
            raise
        _log.exception("the town's own template of %s cannot be filled; ours is used", kind)
        text, body = _ours(kind)
        return made(text, body, data), _digest_of(text, body)


def _next(kind: str, year: int) -> int:
    """Take the next number of a series; whoever asks meanwhile waits for this transaction to end."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [kind, year])
        return int(cursor.fetchone()[0])


def _drawn(kind: str, year: int) -> int:
    """Return a number that is in no series, and free."""
    for _ in range(_DRAWS):
        no = DRAWN[secrets.randbelow(len(DRAWN))]
        if not Document.objects.filter(kind=kind, year=year, no=no).exists():
            return no
    raise RuntimeError(f"no number is free among those that are drawn for {kind} in {year}")


def _locked(case: Case) -> Case:
    return Case.objects.select_for_update().get(pk=case.pk)


def live(case: Case, kind: str) -> Document | None:
    """Return the paper of a kind that holds on a case now, if there is one."""
    return Document.objects.filter(matter_id=case.pk, kind=kind, state="live").order_by("-id").first()


def issue(
    case: Case, kind: str, content: Content, *, by: Actor, at: datetime, seen: bool = True, apart: bool = False
) -> Document:
    """Give a paper out on a case in the name of its holder and return it; the one of its kind that held is replaced.

    One transaction, or part of the caller's: number, files, rows and the entry are there together or not at all. On a
    case that is kept from somebody, or where the subject says so of what the paper speaks of (`apart`), the number is
    drawn (`rules.papers.DRAWN`), unless the paper is handed to strangers; else it is the next of its series.
    """
    with transaction.atomic():
        row, one = _locked(case), KINDS[kind]
        before = live(row, kind)
        rules = books.of_version(row.book_id)
        unit = rules.book.units.get(row.holder)
        day = at.astimezone(SHANGHAI).date()
        # The number last of all that waits: whoever takes the next one of its kind waits from here on.
        drawn = (apart or row.hidden_units) and not one.handed
        code, no = new_paper_code(), (_drawn if drawn else _next)(kind, day.year)
        number = one.number(day.year, no)
        data = fields(
            one,
            content,
            number=number,
            body=unit.name.zh if unit is not None else rules.book.town.name.zh,
            town=rules.book.town.name.zh,
            day=day,
            code=code,
        )
        kept_of, template = set_in_force(kind, data)
        paper = Document(
            matter=row,
            kind=kind,
            year=day.year,
            no=no,
            number=number,
            code=code,
            unit=row.holder,
            day=day,
            issued_at=at,
            turn=row.turn + 1,
            template=template,
            digest=data["digest"],
        )
        paper.save()
        for ending, kept in kept_of.items():
            digest, size = files.store(kept), len(kept)
            DocumentFile(matter=row, document=paper, turn=row.turn + 1, kind=ending, size=size, sha256=digest).save()
        facts = {"paper": number, "paper_kind": kind}
        if before is not None:
            _end(before, "replaced", at, paper)
            facts["instead_of"] = before.number
        diary.write(row, "issue_paper" if before is None else "replace_paper", by=by, at=at, facts=facts, seen=seen)
        _moved(case, row)
    return paper


def _moved(case: Case, row: Case) -> None:
    """Let the caller's own picture of the case know that its chain went on."""
    case.turn, case.head = row.turn, row.head


def _end(paper: Document, state: str, at: datetime, by_paper: Document | None = None) -> None:
    paper.state, paper.ended_at, paper.replaced_by = state, at, by_paper
    paper.save(update_fields=["state", "ended_at", "replaced_by"])


def void(case: Case, kind: str, *, by: Actor, at: datetime, reason: str, seen: bool = True) -> Document | None:
    """Take back the paper of a kind that holds on a case, with the reason; `None` where none holds.

    What was taken back stays listed and kept, and its code says that it is void.
    """
    with transaction.atomic():
        row = _locked(case)
        paper = live(row, kind)
        if paper is None:
            return None
        _end(paper, "void", at)
        facts = {"paper": paper.number, "paper_kind": kind}
        diary.write(row, "void_paper", by=by, at=at, facts=facts, texts={"reason": reason}, seen=seen)
        _moved(case, row)
    return paper


def void_one(case: Case, number: str, *, by: Actor, at: datetime, reason: str) -> Document:
    """Take back the paper of this number on a case; raises `Refused` where it does not hold any more."""
    with transaction.atomic():
        row = _locked(case)
        paper = Document.objects.filter(matter_id=row.pk, number=number, state="live").first()
        if paper is None:
            raise Refused(Text("这份文书已经被更换或者作废", "this paper was replaced or voided already"), "over")
        void(row, paper.kind, by=by, at=at, reason=reason)
    return paper
