"""What the worker does with a file: look at it, and bring it in a share at a time."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any

from wuxiao.desk.base import actor, jobs
from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import Invalid
from wuxiao.desk.files.tables import Table, open_table
from wuxiao.desk.matters import imports, intake
from wuxiao.desk.matters.intake import Bad, Past, Row
from wuxiao.desk.town import addresses, books
from wuxiao.feeds.sheets.moments import guess_order
from wuxiao.feeds.sheets.plan import KNOWN, Plan, guess_columns
from wuxiao.feeds.sheets.rows import Reader, category_code
from wuxiao.records.models import Job, Staff
from wuxiao.rules import hide
from wuxiao.rules.book_model import Book
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.positions import told
from wuxiao.rules.words import Text
from wuxiao.typed import crs, shifted

#: Rows in one transaction: enough to pay for it, few enough that other writers wait a fraction of a second.
BATCH = 200
#: Seconds the worker gives an import before its other work has its turn.
SHARE = 3.0
#: Seconds between two transactions in which others may write: SQLite's queue of writers is not fair.
BREATH = 0.02
SHOWN = 8
#: Rows whose place is compared with the address book, to see whether their positions are of the stated system.
DOORS = 60
LOOKED_AT = 500


def who(job: Job) -> Actor:
    """Return who brings this file in."""
    if job.staff_id is not None:
        staff = Staff.objects.filter(pk=job.staff_id).first()
        if staff is not None:
            return actor.of_staff(staff, books.current(job.created_at).book)
    return Actor("system", name=str(job.payload.get("who", "")))


def _table(job: Job, plan: Plan) -> Table:
    table = open_table(imports.path_of(job), plan.how, KNOWN)
    if not plan.columns:
        plan.columns = guess_columns(table.headings)
    return table


@jobs.handles(imports.LOOK)
def look(job: Job, report: jobs.Report) -> dict[str, Any]:
    """Find out how a file would be read and return it with its first rows; writes nothing."""
    plan = Plan.from_json(job.payload["plan"])
    table = _table(job, plan)
    lines = table.lines()
    first = list(islice(lines, LOOKED_AT))
    if not plan.order:
        plan.order = guess_order(
            line.cells.get(h, "")
            for line in first
            for name in ("received_at", "closed_at", "promised_at", "answered_at")
            for h in plan.columns.get(name, ())
        )
    plan = replace(plan, encoding=plan.encoding, header_line=table.header_line, sheet=table.sheet)
    missing = plan.missing(table.headings)
    reader = Reader(plan)
    book = books.current(job.created_at).book
    labels: Counter[str] = Counter(label for line in first if (label := reader.label(line)))
    rows = [] if missing else [reader.read(line) for line in first]
    missing |= shifted_of(rows, plan, book)
    by = who(job)
    checked = [_checked(row, by, job) for row in rows]
    return {
        "kind": table.kind,
        "encoding": table.encoding,
        "delimiter": table.delimiter,
        "sheets": list(table.sheets),
        "headings": list(table.headings),
        "plan": plan.to_json(),
        "missing": {name: [text.zh, text.en] for name, text in missing.items()},
        "notes": [[n.zh, n.en] for n in table.notes],
        "cells": [[line.line, list(line.cells.values())] for line in first[:SHOWN]],
        "sample": [_shown(row) for row in checked[:SHOWN]],
        "labels": [
            [label, n, category_code(label, plan.categories, book) or ""] for label, n in labels.most_common(60)
        ],
        "refused": [_shown(row) for row in checked if isinstance(row, Bad)][:SHOWN],
        "refused_count": sum(isinstance(row, Bad) for row in checked),
        "looked_at": len(first),
        "rows": len(first) + sum(1 for _ in lines),
    }


def _checked(row: Row, by: Actor, job: Job) -> Row:
    if isinstance(row, Bad):
        return row
    try:
        made = intake.prepare(row, by=by, at=job.created_at)
    except Invalid as invalid:
        return Bad(row.line, row.key, intake.said(invalid), row.cells)
    # From whom it will be kept follows from the words too: who looks at it sees that before anything comes in.
    about = tuple(sorted(hide.unpack(made.matter.about)))
    return replace(row, report=replace(row.report, about=about, shielded=made.matter.shielded))


def _shown(row: Row) -> dict[str, Any]:
    if isinstance(row, Bad):
        return {"line": row.line, "error": [row.error.zh, row.error.en]}
    return {"line": row.line, "read": _read(row)}


def _here(moment: datetime | None) -> str:
    return moment.astimezone(SHANGHAI).isoformat() if moment else ""


def _read(past: Past) -> dict[str, str]:
    report = past.report
    values = {
        "external_id": report.external_id,
        "received_at": _here(past.received_at),
        "title": past.title,
        "words": report.words[:120],
        "category": report.category,
        "handling_class": report.handling_class,
        "division": report.division,
        "place": report.place,
        "lat": "" if report.lat is None else str(report.lat),
        "lon": "" if report.lon is None else str(report.lon),
        "name": report.name,
        "phone": report.phone,
        "channel": report.channel,
        "unit": report.unit,
        "promised_at": _here(past.promised_at),
        "answered_at": _here(past.answered_at),
        "answer": past.answer[:120],
        "closed_at": _here(past.closed_at),
        "outcome": past.outcome,
        "rating": "" if past.rating is None else str(past.rating),
        "solved": "" if past.solved is None else "1" if past.solved else "0",
        "kept_from": "、".join(report.about) or ("1" if report.shielded else ""),
    }
    return {name: value for name, value in values.items() if value}


@jobs.handles(imports.BRING)
def bring(job: Job, report: jobs.Report) -> dict[str, Any]:
    """Bring a file in: a share of its rows, then the worker's other work has its turn, until all are in.

    Safe to be killed anywhere: what became of each row is remembered in the transaction that made its matter.
    """
    began = time.monotonic()
    plan = Plan.from_json(job.payload["plan"])
    table = _table(job, plan)
    missing = plan.missing(table.headings)
    if missing:
        raise Invalid(missing)
    reader, by = Reader(plan), who(job)
    done = imports.lines_done(job.pk)
    if not done:
        first = [reader.read(line) for line in islice(_table(job, plan).lines(), LOOKED_AT)]
        if shift := shifted_of(first, plan, books.current(job.created_at).book):
            raise Invalid(shift)
    total = job.total or sum(1 for _ in _table(job, plan).lines())
    reached = len(done)
    report(reached, total)
    batch: list[Row] = []
    share = 0.0
    for line in table.lines(done):
        # Coming back to where it left off costs reading the file again: longer files get longer turns.
        share = share or max(SHARE, 4 * (time.monotonic() - began))
        batch.append(reader.read(line))
        if len(batch) >= BATCH:
            reached += _take(job, plan, batch, by)
            report(reached, total)
            batch = []
            if time.monotonic() - began > share:
                raise jobs.Again
            time.sleep(BREATH)
    if batch:
        reached += _take(job, plan, batch, by)
        report(reached, total)
    taken = intake.counts(job.pk)
    imports.finish(job, taken, by=by, at=job.created_at)
    imports.tidy(at=job.created_at)
    result = {"rows": total, "made": taken.made, "known": taken.known, "refused": taken.refused}
    return {**result, "headings": list(table.headings)}


def shifted_of(rows: Sequence[Row], plan: Plan, book: Book) -> dict[str, Text]:
    """Return what is wrong with the system the plan states, by the addresses that rows name; empty for nothing."""
    system = crs.named(plan.crs)
    if system is None:
        return {}
    reports = [row.report for row in rows if not isinstance(row, Bad)]
    pairs: list[tuple[crs.Position, crs.Position]] = []
    for one in [one for one in reports if one.lat is not None and one.place][:DOORS]:
        door = addresses.door_at(one.place, one.division, book)
        if door is not None and one.lat is not None and one.lon is not None:
            pairs.append((crs.of_wgs84((one.lat, one.lon), system), door))
    # Of one or two a reporter may have pointed to something else than the door.
    found = shifted.guess(pairs, system) if len(pairs) >= shifted.SOME else None
    return {"crs": told(found)} if found is not None else {}


def _take(job: Job, plan: Plan, batch: list[Row], by: Actor) -> int:
    intake.take_in(job.pk, plan.source, batch, by=by, at=job.created_at)
    return len(batch)


def failed_text(job: Job) -> Text:
    """Return why a job failed, in both languages."""
    zh, _, en = job.error.partition("\n")
    return Text(zh, en or zh)
