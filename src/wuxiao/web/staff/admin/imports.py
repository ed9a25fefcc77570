"""Imports of files: upload, say which column holds what, see the first rows as they would be read, start, watch, mend.

These pages never read a file themselves: the worker looks at it and brings it in, and the pages show what it found.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from wuxiao.desk.base.errors import DeskError, Invalid
from wuxiao.desk.matters import imports, mend
from wuxiao.desk.matters.intake import NAMES
from wuxiao.records.models import Job
from wuxiao.rules import hide
from wuxiao.rules.access import Power
from wuxiao.rules.positions import SYSTEMS
from wuxiao.rules.words import Text
from wuxiao.typed.numbers import whole_number
from wuxiao.web.shared import errors
from wuxiao.web.staff.gate import Desk, desk, notify, show

#: What must be known of a row; the rest may be missing.
NEEDED = ("received_at", "words")
_ZONES = ("Asia/Shanghai", "Asia/Urumqi", "UTC")
_RUNNING = {"queued", "running"}
_BOX = {
    "csv": ("text/csv; charset=utf-8", mend.as_csv),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", mend.as_xlsx),
}


def _say(d: Desk, pair: list[str]) -> str:
    return Text(pair[0], pair[-1]).say(d.lang)


@desk(Power.IMPORT)
def home(d: Desk) -> HttpResponse:
    """Show the imports there were, and take a file for a new one."""
    wrong: dict[str, str] = {}
    source = d.request.POST.get("source", "").strip()
    if d.request.method == "POST":
        try:
            return redirect("staff:import_look", _upload(d, source).pk)
        except Invalid as invalid:
            wrong = {name: text.say(d.lang) for name, text in invalid.fields.items()}
    jobs = [
        {
            "url": reverse("staff:import_job", args=[job.pk]),
            "source": job.payload["plan"]["source"],
            "file": job.payload["name"],
            "at": job.created_at,
            **_counts(job),
        }
        for job in imports.recent()
    ]
    context = {"jobs": jobs, "errors": wrong, "source": source}
    return show(d, "imports.html", context, at="imports", status=400 if wrong else 200)


def _upload(d: Desk, source: str) -> Job:
    file = d.request.FILES.get("file")
    if file is None or not file.name:
        raise Invalid({"file": Text("请选择文件", "choose a file")})
    plan = {**imports.saved_plan(source), "source": source, "sheet": "", "header_line": 0, "encoding": ""}
    stored, shown = imports.keep(file.name, cast(Any, file))
    return imports.look(stored, shown, plan, by=d.by, at=d.at)


def _counts(job: Job) -> dict[str, Any]:
    result = job.result or {}
    return {
        "state": job.state,
        "done": job.progress,
        "total": job.total,
        "made": result.get("made"),
        "known": result.get("known"),
        "refused": result.get("refused"),
    }


@desk(Power.IMPORT)
def look(d: Desk, job_id: int) -> HttpResponse:
    """Show how the worker would read the file; change the columns and look again, or start."""
    try:
        job = imports.get(job_id, imports.LOOK)
    except DeskError as error:
        return errors.page(d.request, 404, error.text)
    if job.state in _RUNNING:
        return show(d, "imports_wait.html", {"name": job.payload["name"]}, at="imports")
    wrong: dict[str, str] = {}
    if d.request.method == "POST":
        plan = _plan(d.request, job)
        act = imports.start if d.request.POST.get("go") == "start" else imports.look
        try:
            made = act(job.payload["file"], job.payload["name"], plan, by=d.by, at=d.at)
        except Invalid as invalid:
            wrong = {name: text.say(d.lang) for name, text in invalid.fields.items()}
        else:
            return redirect("staff:import_job" if made.kind == imports.BRING else "staff:import_look", made.pk)
    if job.state == "failed":
        zh, _mark, en = job.error.partition("\n")
        wrong = wrong or {"__all__": Text(zh, en or zh).say(d.lang)}
    return show(d, "imports_look.html", {**_looked(d, job), "job_id": job.pk, "errors": wrong}, at="imports")


def _plan(request: HttpRequest, job: Job) -> dict[str, Any]:
    """The plan the worker found, with what the form says instead."""
    given = request.POST
    plan: dict[str, Any] = dict(job.result.get("plan") or job.payload["plan"])
    plan["columns"] = {name: [given[f"col_{name}"]] for name in NAMES if given.get(f"col_{name}")}
    for name in ("zone", "order", "promise", "crs", "sheet", "encoding", "division"):
        if name in given:
            plan[name] = given[name].strip()
    if (heading := whole_number(given.get("header_line"), 0, 999_999)) is not None:
        plan["header_line"] = heading
    plan["day_ends"] = given.get("day_ends") == "1"
    meanings: dict[str, str] = dict(plan.get("categories", {}))
    for name in given:
        if name.startswith("label_"):
            label = given[name]
            code = given.get(f"means_{name.removeprefix('label_')}", "").split(" ")[0].strip()
            if code:
                meanings[label] = code
            else:
                meanings.pop(label, None)
    plan["categories"] = meanings
    return plan


def _looked(d: Desk, job: Job) -> dict[str, Any]:
    found: Mapping[str, Any] = job.result or {}
    plan: Mapping[str, Any] = found.get("plan") or job.payload["plan"]
    chosen = {name: (headings[0] if headings else "") for name, headings in plan.get("columns", {}).items()}
    read = [row["read"] for row in found.get("sample", []) if "read" in row]
    shown = [name for name in NAMES if name in chosen or (name == "kept_from" and any(name in row for row in read))]
    missing = {name: _say(d, pair) for name, pair in found.get("missing", {}).items()}
    columns = [
        {"name": name, "label": text, "chosen": chosen.get(name, ""), "needed": name in NEEDED}
        for name, text in NAMES.items()
    ]
    headings = [("", _("（没有这一列）")), *((h, h) for h in found.get("headings", []))]
    return {
        "name": job.payload["name"],
        "found": found,
        "plan": plan,
        "ready": job.state == "done" and not missing,
        "missing": missing,
        "notes": [_say(d, pair) for pair in found.get("notes", [])],
        "columns": [c for c in columns if c["chosen"] or c["needed"] or c["name"] in missing],
        "others": [c for c in columns if not (c["chosen"] or c["needed"] or c["name"] in missing)],
        "headings": headings,
        "shown": [(name, NAMES[name]) for name in shown],
        "sample": [
            {
                "line": row["line"],
                "cells": [_cell(d, name, row["read"].get(name, "")) for name in shown] if "read" in row else None,
                "error": _say(d, row["error"]) if "error" in row else "",
            }
            for row in found.get("sample", [])
        ],
        "labels": [
            {"n": n, "label": label, "count": count, "code": code} for n, (label, count, code) in _labels(found)
        ],
        "categories": [(c.code, c.name.say(d.lang)) for c in d.rules.book.categories.values()],
        "sheets": [(s, s) for s in found.get("sheets", [])],
        "zones": [(z, z) for z in dict.fromkeys([plan.get("zone", _ZONES[0]), *_ZONES])],
        "systems": [("", _("请选择")), *((one.value, text.say(d.lang)) for one, text in SYSTEMS.items())],
        "orders": [
            ("", _("自动")),
            ("ymd", _("年-月-日")),
            ("mdy", _("月/日/年")),
            ("dmy", _("日/月/年")),
        ],
        "promises": [
            ("given", _("用文件里的期限，没有的按本规则算")),
            ("own", _("都按本规则算")),
            ("given_only", _("只收有期限的行")),
        ],
    }


def _labels(found: Mapping[str, Any]) -> list[tuple[int, tuple[str, int, str]]]:
    return list(enumerate(found.get("labels", [])))


def _cell(d: Desk, name: str, value: str) -> str:
    book = d.rules.book
    tables: Mapping[str, Mapping[str, Any]] = {
        "category": book.categories,
        "division": book.divisions,
        "unit": book.units,
        "handling_class": book.classes,
    }
    if name in tables and value in tables[name]:
        label: Text = tables[name][value].name
        return label.say(d.lang)
    if name == "kept_from" and value:
        whom = [hide.name_of(book, one).say(d.lang) for one in value.split("、")] if value != "1" else []
        return ("、" if d.lang != "en" else ", ").join(whom) or _("只隐去姓名电话")
    # Instants come as the worker wrote them; their date and minute are enough here.
    return f"{value[:10]} {value[11:16]}" if name.endswith("_at") and value else value


@desk(Power.IMPORT)
def job(d: Desk, job_id: int) -> HttpResponse:
    """Show how far an import is and what became of its rows."""
    try:
        found = imports.get(job_id, imports.BRING)
    except DeskError as error:
        return errors.page(d.request, 404, error.text)
    zh, _mark, en = found.error.partition("\n")
    context = {
        "name": found.payload["name"],
        "source": found.payload["plan"]["source"],
        "who": found.payload.get("who", ""),
        "at": found.created_at,
        "running": found.state in _RUNNING,
        "failed": found.state == "failed",
        "error": Text(zh, en or zh).say(d.lang),
        "rows": [
            {"line": line, "reason": Text(*_both(reason)).say(d.lang)}
            for line, reason, _cells in _first(imports.refused(found.pk), 20)
        ],
        "refused_url": reverse("staff:import_refused", args=[found.pk]),
        **_counts(found),
    }
    return show(d, "imports_job.html", context, at="imports")


def _both(reason: str) -> tuple[str, str]:
    zh, _mark, en = reason.partition("\n")
    return zh, en or zh


def _first(rows: Any, most: int) -> list[Any]:
    return [row for row, _n in zip(rows, range(most), strict=False)]


@desk(Power.IMPORT)
def refused(d: Desk, job_id: int) -> HttpResponse:
    """Hand out the refused rows as a file to mend; that is an entry of the diary."""
    try:
        found = imports.get(job_id, imports.BRING)
    except DeskError as error:
        return errors.page(d.request, 404, error.text)
    if d.request.method != "POST":
        return redirect("staff:import_job", job_id)
    rows = imports.hand_out_refused(found, by=d.by, at=d.at)
    if not rows:
        notify(d.request, _("没有需要改正的行。"))
        return redirect("staff:import_job", job_id)
    ending = "xlsx" if d.request.POST.get("as") == "xlsx" else "csv"
    kind, write = _BOX[ending]
    answer = HttpResponse(write(rows, found.result.get("headings", [])), content_type=kind)
    name = quote(f"{found.payload['plan']['source']}-{found.pk}.{ending}")
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    answer["Cache-Control"] = "no-store"
    return answer
