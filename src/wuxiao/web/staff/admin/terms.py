"""The calendars of terms: what counts, what waits for a second person, and what a new one would change."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from wuxiao.desk.base.errors import Invalid, Refused
from wuxiao.desk.register.terms import preview
from wuxiao.desk.town import terms as kept
from wuxiao.records.models import TermSheet
from wuxiao.rules import terms
from wuxiao.rules.access import Power
from wuxiao.rules.terms import KINDS, Span
from wuxiao.rules.words import Text
from wuxiao.web.shared.dates import when
from wuxiao.web.staff.gate import Desk, desk, notify, show


@desk(Power.CONFIRM)
def page(d: Desk) -> HttpResponse:
    """List the calendars with their days and what was brought in; a POST proposes the days of a file."""
    errors: dict[str, str] = {}
    if d.request.method == "POST":
        try:
            sheet = kept.propose(d.request.POST.get("calendar", ""), *_given(d), by=d.by, at=d.at)
        except Invalid as wrong:
            errors = {name: text.say(d.lang) for name, text in wrong.fields.items()}
        except Refused as refused:
            errors = {"__all__": refused.text.say(d.lang)}
        else:
            notify(d.request, _("已提出，请另一位管理员看过会改变什么后决定。"))
            return redirect("staff:term_sheet", sheet.pk)
    return _shown(d, errors)


def _given(d: Desk) -> tuple[list[Span], str]:
    upload = d.request.FILES.get("file")
    if not isinstance(upload, UploadedFile) or not upload.name:
        raise Invalid({"file": Text("请选择文件", "choose a file")})
    found = kept.read(upload.read(kept.MOST_BYTES + 1))
    if found.faults:
        said = [text if not line else _at(line, text) for line, text in found.faults[:10]]
        raise Invalid({"file": Text("；".join(one.zh for one in said), "; ".join(one.en for one in said))})
    return list(found.spans), upload.name


def _at(line: int, text: Text) -> Text:
    return Text(f"第{line}行：{text.zh}", f"line {line}: {text.en}")


def _shown(d: Desk, errors: dict[str, str]) -> HttpResponse:
    book = d.rules.book
    going: dict[str, list[str]] = {}
    for kinds in book.registers.values():
        for kind in kinds.values():
            if kind.terms is not None:
                going.setdefault(kind.terms.code, []).append(kind.name.say(d.lang))
    between = ", " if d.lang == "en" else "、"
    today = d.at.date()
    context = {
        "calendars": [
            {
                "name": one.name.say(d.lang),
                "kinds": between.join(going.get(code, ())),
                "days": one.before_days,
                "spans": _spans([span for span in one.spans if span.last >= today], d.lang),
            }
            for code, one in book.terms.items()
        ],
        "lines": [_line(d, sheet) for sheet in kept.sheets()],
        "options": [(code, one.name.say(d.lang)) for code, one in book.terms.items()],
        "calendar": d.request.POST.get("calendar", ""),
        "may_propose": d.may(Power.BOOK) and bool(book.terms),
        "errors": errors,
    }
    return show(d, "terms.html", context, at="terms", status=400 if errors else 200)


def _spans(spans: list[Span], lang: str) -> list[tuple[str, str, str, str]]:
    return [(s.name.say(lang), KINDS[s.kind].say(lang), f"{s.first:%Y-%m-%d}", f"{s.last:%Y-%m-%d}") for s in spans]


def _line(d: Desk, sheet: TermSheet) -> dict[str, Any]:
    calendar = d.rules.book.terms.get(sheet.calendar)
    states = {"": _("等人决定"), kept.ADOPTED: _("已采用"), kept.REFUSED: _("没有采用")}
    decided = sheet.decided_by.name if sheet.decided_by else _("在机器上启用")
    return {
        "id": sheet.pk,
        "name": calendar.name.say(d.lang) if calendar is not None else sheet.calendar,
        "source": sheet.source,
        "digest": sheet.digest[:12],
        "by": sheet.by.name if sheet.by else "",
        "at": when(sheet.at, d.lang),
        "state": states[sheet.outcome],
        "decided": f"{decided} · {when(sheet.decided_at, d.lang)}" if sheet.decided_at else "",
    }


@desk(Power.CONFIRM)
def sheet(d: Desk, sheet_id: int) -> HttpResponse:
    """Show the days of a sheet and what they would change; a POST adopts or refuses them."""
    found = kept.one(sheet_id)
    wrong = ""
    if d.request.method == "POST":
        try:
            done = kept.decide(sheet_id, d.request.POST.get("do") == "adopt", by=d.by, at=d.at)
        except Refused as refused:
            wrong = refused.text.say(d.lang)
        else:
            notify(d.request, _("已采用，到期日照它算。") if done.outcome == kept.ADOPTED else _("没有采用。"))
            return redirect("staff:terms")
    spans = terms.read(found.text)[0]
    waits = not found.outcome
    would = preview(found.calendar, spans, d.at) if waits else None
    context = {
        "line": _line(d, found),
        "spans": _spans(spans, d.lang),
        "waits": waits,
        "mine": found.by_id == d.staff.pk,
        "would": would,
        "moves": [
            (
                one.code,
                one.kind.say(d.lang),
                f"{one.old:%Y-%m-%d}",
                f"{one.new:%Y-%m-%d}",
                one.why.say(d.lang) if one.why else "",
            )
            for one in (would.shown if would is not None else ())
        ],
        "errors": {"__all__": wrong} if wrong else {},
    }
    return show(d, "term_sheet.html", context, at="terms", status=409 if wrong else 200)
