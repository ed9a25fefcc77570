"""Open data: the published cells as CSV and JSON, checkpoints and proofs as JSON; the same cells as on the pages."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from wuxiao.desk.diary import checkpoints as log
from wuxiao.desk.diary import notes
from wuxiao.desk.matters import figures
from wuxiao.rules.measures import MEASURES, Measure
from wuxiao.rules.measures.published import Datum
from wuxiao.rules.measures.published import data as cells_of
from wuxiao.typed.cells import cell
from wuxiao.web.public.base import TREND, kept, report_of, rules_now
from wuxiao.web.shared.punctuation import full_width

COLUMNS = (
    "month", "final", "split", "code", "name_zh", "name_en", "measure", "measure_zh", "measure_en", "value", "n",
    "low95", "high95", "withheld", "definition_url",
)  # fmt: skip


def _months(request: HttpRequest) -> tuple[list[str], figures.Index | None]:
    index = figures.index()
    asked = request.GET.get("month", "")
    if not asked:
        return (sorted(index.months)[-TREND:] if index is not None else []), index
    if index is None or asked not in index.months:
        raise Http404
    return [asked], index


def _cells(request: HttpRequest) -> Iterator[tuple[Datum, bool]]:
    wanted, index = _months(request)
    if index is None:
        return
    rules, made = rules_now(), figures.published(*wanted)
    for name in wanted:
        if name in made:
            report = report_of(made[name], index, rules)
            yield from ((cell, report.final) for cell in cells_of(report))


def definition(measure: Measure, lang: str) -> str:
    """Return what stands above and below the line of a measure, and what is left out, as one sentence."""
    parts = [measure.above.say(lang)]
    if measure.below is not None:
        parts.append(f"÷ {measure.below.say(lang)}")
    if measure.left_out is not None:
        left_out = measure.left_out.say(lang)
        parts.append(f"（不计：{left_out}）" if lang == "zh" else f"(left out: {left_out})")
    said = " ".join(parts)
    return full_width(said) if lang == "zh" else said


def safe(value: object) -> str:
    """Return a cell for a spreadsheet: text that would be run as a formula gets an apostrophe before it."""
    if value is None:
        return ""
    if isinstance(value, (int, float)):
        return f"{value:.6g}" if isinstance(value, float) else str(value)
    return cell(value)


@require_safe
def as_csv(request: HttpRequest) -> HttpResponse:
    """The published cells as CSV (UTF-8 with a mark, so that spreadsheets read the Chinese)."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    base = settings.BASE_URL + reverse("public_definitions")
    for datum, final in _cells(request):
        name = MEASURES[datum.measure].name
        row = (
            datum.month, "yes" if final else "no", datum.of, datum.code, datum.name.zh, datum.name.en, datum.measure,
            name.zh, name.en, datum.value, datum.n, datum.low, datum.high, datum.mark, f"{base}#{datum.measure}",
        )  # fmt: skip
        writer.writerow([safe(value) for value in row])
    response = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    asked = request.GET.get("month", "")
    response.headers["Content-Disposition"] = f'attachment; filename="wuxiao-figures{"-" + asked if asked else ""}.csv"'
    return kept(response)


@require_safe
def as_json(request: HttpRequest) -> HttpResponse:
    """The published cells as JSON, with every definition."""
    book = rules_now().book
    base = settings.BASE_URL + reverse("public_definitions")
    body: dict[str, Any] = {
        "town": {"zh": book.town.name.zh, "en": book.town.name.en, "code": book.town.code},
        "withheld_below": book.suppress_below,
        "definitions": {
            code: {
                "name": {"zh": m.name.zh, "en": m.name.en},
                "definition": {"zh": definition(m, "zh"), "en": definition(m, "en")},
                "url": f"{base}#{code}",
            }
            for code, m in MEASURES.items()
        },
        "cells": [
            {
                "month": datum.month,
                "final": final,
                "split": datum.of,
                "code": datum.code,
                "name": {"zh": datum.name.zh, "en": datum.name.en},
                "measure": datum.measure,
                "value": datum.value,
                **({"n": datum.n, "low95": datum.low, "high95": datum.high} if datum.n is not None else {}),
                **({"withheld": datum.mark} if datum.mark else {}),
            }
            for datum, final in _cells(request)
        ],
    }
    return kept(JsonResponse(body, json_dumps_params={"ensure_ascii": False}))


#: How many notes one answer holds; whoever keeps them asks more often than that.
NOTES = 2000


@require_safe
def checkpoints(request: HttpRequest) -> HttpResponse:
    """The newest checkpoints: size of the log, root, instant, signed note."""
    rows = [{"size": c.size, "root": c.root, "at": c.at.isoformat(), "note": c.note} for c in log.latest(200)]
    body = {
        "algorithm": "RFC 9162, SHA-256",
        "leaf": "SHA-256(0x00 || seal)",
        "key": notes.published(),
        "checkpoints": rows,
    }
    return kept(JsonResponse(body))


def _plain(text: str) -> HttpResponse:
    return kept(HttpResponse(text, content_type="text/plain; charset=utf-8"))


@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The newest checkpoint as a signed note (C2SP tlog-checkpoint)."""
    newest = next((c.note for c in log.latest(1) if c.note), "")
    if not newest:
        raise Http404
    return _plain(newest)


@require_safe
def checkpoint_notes(request: HttpRequest) -> HttpResponse:
    """All signed notes, newest first, one after another: a file for `wuxiao verify --against`."""
    return _plain("\n".join(c.note for c in log.latest(NOTES) if c.note))


@require_safe
def log_key(request: HttpRequest) -> HttpResponse:
    """The public key that signs the checkpoints, in the form of note tools: name+hash+base64."""
    key = notes.published()
    if not key:
        raise Http404
    return _plain(f"{key}\n")


@require_safe
def consistency(request: HttpRequest, first: int, second: int) -> HttpResponse:
    """The proof that the log of `second` entries only added to that of `first` (RFC 9162, 2.1.4); hashes only."""
    path = log.consistency(first, second) if second < 2**53 else None
    if path is None:
        raise Http404
    return kept(JsonResponse({"first": first, "second": second, "path": path}))


@require_safe
def proof(request: HttpRequest, leaf: int) -> HttpResponse:
    """The inclusion proof of one entry under the newest checkpoint, or that of `?size=`; hashes only."""
    size = request.GET.get("size", "")
    wanted = int(size) if size.isascii() and size.isdigit() and len(size) < 16 else None
    found = log.inclusion(leaf, wanted) if leaf < 2**53 and (wanted is not None or not size) else None
    if found is None:
        raise Http404
    body = {
        "leaf": leaf,
        "size": found.size,
        "root": found.root,
        "at": found.at.isoformat(),
        "path": found.path,
        "note": found.note,
    }
    return kept(JsonResponse(body))
