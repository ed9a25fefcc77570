"""The papers of a register's row: printed, fetched, and their day entered when the signed one is back."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from wuxiao.desk.base.errors import Invalid, Refused, Stale
from wuxiao.desk.documents import of_rows
from wuxiao.desk.documents.of_rows import Offered
from wuxiao.desk.register.shelf import of
from wuxiao.rules.access import Power
from wuxiao.rules.papers import KINDS
from wuxiao.typed.numbers import whole_number
from wuxiao.web.shared import papers
from wuxiao.web.shared.dates import day, local
from wuxiao.web.staff.gate import Desk, desk, notify, show


@desk(Power.KEEP_ROWS)
def page(d: Desk, register: str, code: str) -> HttpResponse:
    """List the papers a row may be given; a POST prints one, or enters the day of a signed one."""
    wrong: dict[str, str] = {}
    if d.request.method == "POST":
        post = d.request.POST
        kind = post.get("kind", "")
        try:
            if post.get("do") == "signed":
                version = whole_number(post.get("version")) or 0
                of_rows.signed(register, code, kind, post.get("day", ""), by=d.by, at=d.at, version=version)
                notify(d.request, _("已记下签的日期。"))
            else:
                made = of_rows.issue(register, code, kind, by=d.by, at=d.at)
                notify(d.request, _("已备好，编码 %(code)s：请下载打印。") % {"code": of_rows.code_of(made)})
        except Invalid as invalid:
            wrong = {name: text.say(d.lang) for name, text in invalid.fields.items()}
        except (Refused, Stale) as refused:
            wrong = {"__all__": refused.text.say(d.lang)}
        else:
            return redirect("staff:row_papers", register, code)
    row, offered = of_rows.of_row(register, code, by=d.by, at=d.at)
    shelf = of(register, d.rules.book)
    context = {
        "name": row.title or row.code,
        "r": row,
        "papers": [_line(d, register, code, one, shelf.register.fields) for one in offered],
        "here": reverse("staff:row_papers", args=[register, code]),
        "back": reverse("staff:register_row", args=[register, code]),
        "today": f"{local(d.at):%Y-%m-%d}",
        "given": d.request.POST,
        "errors": wrong,
    }
    return show(d, "row_papers.html", context, at=f"register:{register}", status=400 if wrong else 200)


def _line(d: Desk, register: str, code: str, one: Offered, fields: Any) -> dict[str, Any]:
    kind, paper = KINDS[one.declared.kind], one.paper
    name = kind.name.say(d.lang)
    field = next((f for f in fields if f.name == one.declared.field), None)
    forms = sorted((f.kind for f in paper.files.all() if f.erased_at is None), reverse=True) if paper else []
    return {
        "kind": kind.code,
        "name": name[:1].upper() + name[1:],
        "printed": day(paper.issued_at, d.lang) if paper else "",
        "code": of_rows.code_of(paper) if paper else "",
        "check": reverse("paper_check", args=[paper.code]) if paper else "",
        "files": [
            (reverse("staff:row_paper", args=[register, code, paper.code, form]), form.upper())
            for form in forms
            if paper is not None
        ],
        "field": field.label.say(d.lang) if field is not None else "",
        "day": one.day.isoformat() if one.day is not None else "",
    }


@desk(Power.KEEP_ROWS)
def file(d: Desk, register: str, code: str, paper: str, form: str) -> HttpResponseBase:
    """Serve a file of a paper of a row."""
    return papers.answer(*of_rows.file_of(register, code, paper, form, by=d.by, at=d.at))
