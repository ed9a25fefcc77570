"""Papers on pages: the list of a case's papers, and one file of them as an answer."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from wuxiao.desk.base.errors import NotFound
from wuxiao.desk.files import files
from wuxiao.desk.look import papers
from wuxiao.desk.town.books import Rules
from wuxiao.records.models import Case, Document, DocumentFile, RowPaper, RowPaperFile
from wuxiao.rules.codes import grouped
from wuxiao.rules.papers import KINDS
from wuxiao.rules.words import Text
from wuxiao.web.shared.dates import Lang, day

#: The tone in which a state is shown; the word stands beside it.
TONES = {"live": "done", "done": "closed", "replaced": "wait", "void": "closed"}


def rows(
    case: Case,
    rules: Rules,
    lang: Lang,
    address: Callable[[str, str], str],
    *,
    turns: Collection[int] | None = None,
) -> list[dict[str, Any]]:
    """Return the papers of a case given before as its page lists them; `address` leads to one file (code, form).

    With `turns` only those whose entry whoever looks may read.
    """
    return [_row(paper, rules, lang, address) for paper in papers.of_case(case, turns)]


def _row(paper: Document, rules: Rules, lang: Lang, address: Callable[[str, str], str]) -> dict[str, Any]:
    unit, standing = rules.book.units.get(paper.unit), papers.standing(paper)
    return {
        "code": paper.code,
        "name": _capital(KINDS[paper.kind].name.say(lang)),
        "number": paper.number,
        "unit": unit.name.say(lang) if unit is not None else paper.unit,
        "day": day(paper.issued_at, lang),
        "state": papers.STATES[standing].say(lang),
        "tone": TONES[standing],
        "live": standing == "live",
        "instead": paper.replaced_by.number if paper.replaced_by is not None else "",
        "check": reverse("paper_check", args=[paper.code]),
        "files": [(address(paper.code, form), form.upper()) for form in reversed(papers.kept(paper))],
    }


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


def answer(paper: Document | RowPaper, file: DocumentFile | RowPaperFile) -> HttpResponse:
    """Return a file of a paper, to be saved; raises `NotFound` where its bytes are not there any more."""
    try:
        body = files.path_of(file.sha256).read_bytes()
    except FileNotFoundError:
        raise NotFound(Text("文件不在了，请联系热线", "The file is gone; please ask the hotline.")) from None
    called = paper.number if isinstance(paper, Document) else grouped(paper.code)
    return saved(body, file.kind, f"{KINDS[paper.kind].name.zh} {called}.{file.kind}")


def saved(body: bytes, kind: str, name: str) -> HttpResponse:
    """Return a file to be saved under a name, with headers under which it can do nothing."""
    response = HttpResponse(body, content_type=papers.TYPES[kind])
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store, private"
    return response


def say_public(found: papers.Public, rules: Rules, lang: Lang) -> list[tuple[str, str]]:
    """Return what anybody is told of a paper, label and value."""
    unit = rules.book.units.get(found.unit)
    told = [
        (_("哪种文书"), found.name.say(lang)),
        *([(_("文号"), found.number)] if found.number else []),
        (_("出具单位"), unit.name.say(lang) if unit is not None else rules.book.town.name.say(lang)),
        (
            _("日期"),
            Text(
                f"{found.day.year}年{found.day.month}月{found.day.day}日",
                f"{found.day.day} {found.day:%B} {found.day.year}",
            ).say(lang),
        ),
    ]
    if found.done_at is not None:
        told.append((_("办结日期"), day(found.done_at, lang)))
    if found.ended_at is not None:
        told.append((_("不再有效，自"), day(found.ended_at, lang)))
    if found.instead:
        told.append((_("换成了"), found.instead))
    return told
