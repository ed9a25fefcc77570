"""Imports of files as verbs of the desk: keep the file, have it looked at, start it, and hand back what was refused.

A file is never read by a page: the worker looks at it (`LOOK`) and brings it in (`BRING`); the readers of
`feeds.sheets` register themselves for these two kinds of job. The columns chosen for a source are remembered with its
last import.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import connection, transaction

from wuxiao.desk.base import jobs
from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import Invalid, NotFound
from wuxiao.desk.diary import diary
from wuxiao.desk.files.files import safe_name
from wuxiao.desk.matters.intake import Taken
from wuxiao.records.models import ImportRow, Job
from wuxiao.rules.words import Text

LOOK = "sheet_look"
BRING = "sheet_bring"
MAX_BYTES = 96 * 1024 * 1024
#: How long the cells of refused rows are kept for mending; they hold what people wrote.
KEEP_REFUSED = timedelta(days=30)
#: A look shows the first rows; who goes on with it does so within a week.
KEEP_LOOKS = timedelta(days=7)
_SOURCE = re.compile(r"[\w.\- ]{1,40}")
_MANY = 2000


def folder() -> Path:
    """Return the folder of files that wait to be brought in."""
    path = Path(settings.DATA_DIR) / "imports"
    path.mkdir(parents=True, exist_ok=True)
    return path


def path_of(job: Job) -> Path:
    """Return where the file of a job lies; raises `NotFound` if it was brought in and erased."""
    path = folder() / str(job.payload["file"])
    if not path.is_file():
        raise NotFound(Text("文件已经删除，请重新上传", "The file was erased after its import; upload it again."))
    return path


def keep(name: str, stream: IO[bytes]) -> tuple[str, str]:
    """Keep an uploaded file under the hash of its content and return (stored name, shown name).

    Raises `Invalid` if it is empty or larger than `MAX_BYTES`.
    """
    shown = safe_name(name)
    digest, size = hashlib.sha256(), 0
    passing = folder() / f".{os.getpid()}-{os.urandom(6).hex()}"
    try:
        with open(os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            while block := stream.read(1 << 20):
                size += len(block)
                if size > MAX_BYTES:
                    mega = MAX_BYTES >> 20
                    text = Text(f"文件超过{mega}MB,请拆成几个", f"the file is over {mega} MB: please split it")
                    raise Invalid({"file": text})
                digest.update(block)
                out.write(block)
            out.flush()
            os.fsync(out.fileno())
        if not size:
            raise Invalid({"file": Text("这是空文件", "the file is empty")})
        stored = digest.hexdigest()
        os.replace(passing, folder() / stored)
    finally:
        with contextlib.suppress(FileNotFoundError):
            passing.unlink()
    return stored, shown


def _source(source: str) -> str:
    source = source.strip()
    if not _SOURCE.fullmatch(source):
        text = Text(
            "来源名应是1到40个字、字母或数字", "name the source with 1 to 40 letters, digits or Chinese characters"
        )
        raise Invalid({"source": text})
    return source


def look(stored: str, shown: str, plan: dict[str, Any], *, by: Actor, at: datetime) -> Job:
    """Have the worker look at a file: its columns, how they would be read, its first rows. Nothing is brought in."""
    plan = {**plan, "source": _source(str(plan.get("source", "")))}
    return jobs.add(LOOK, {"file": stored, "name": shown, "plan": plan}, at=at, staff_id=by.staff_id)


def start(stored: str, shown: str, plan: dict[str, Any], *, by: Actor, at: datetime) -> Job:
    """Start bringing a file in; the start is an entry of the town's diary."""
    plan = {**plan, "source": _source(str(plan.get("source", "")))}
    with transaction.atomic():
        payload = {"file": stored, "name": shown, "plan": plan, "who": by.name, "unit": by.unit}
        job = jobs.add(BRING, payload, at=at, staff_id=by.staff_id)
        diary.write_town(
            "import_start",
            by=by,
            at=at,
            facts={"source": plan["source"], "file": shown, "sha256": stored, "job": job.pk, "who": by.name},
        )
    return job


def finish(job: Job, taken: Taken, *, by: Actor, at: datetime) -> None:
    """Write into the town's diary what an import brought, forget its file, and let the planner count again."""
    facts = {
        "source": job.payload["plan"]["source"],
        "job": job.pk,
        "count": taken.made,
        "known": taken.known,
        "refused": taken.refused,
        "who": by.name,
    }
    diary.write_town("import_rows", by=by, at=at, facts=facts)
    others = Job.objects.filter(kind__in=[LOOK, BRING], state__in=["queued", "running"]).exclude(pk=job.pk)
    if not any(other.payload.get("file") == job.payload["file"] for other in others):
        with contextlib.suppress(FileNotFoundError):
            (folder() / str(job.payload["file"])).unlink()
    if taken.made >= _MANY:
        _count_again()


def _count_again() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            # Statistics of an FTS table taken at a bad moment make SQLite scan it on inserts: none are better.
            cursor.execute("PRAGMA analysis_limit=1000")
            cursor.execute("ANALYZE")
            cursor.execute("DELETE FROM sqlite_stat1 WHERE tbl LIKE 'matter_search%%'", [])
        else:
            cursor.execute("ANALYZE")


def tidy(*, at: datetime) -> None:
    """Forget the cells of rows refused long ago, what looks at files showed, and files that nobody brought in."""
    old = ImportRow.objects.filter(job__created_at__lt=at - KEEP_REFUSED, matter__isnull=True).exclude(cells={})
    # That it was refused stays; what its reason quoted goes.
    old.update(cells={}, error="（内容已删除）\n(erased)")
    Job.objects.filter(kind=LOOK, created_at__lt=at - KEEP_LOOKS).exclude(result={}).update(result={})
    wanted = {
        str(payload.get("file"))
        for payload in Job.objects.filter(kind__in=[LOOK, BRING], created_at__gte=at - KEEP_REFUSED).values_list(
            "payload", flat=True
        )
    }
    for path in folder().iterdir():
        if path.name not in wanted and path.stat().st_mtime < (at - timedelta(days=1)).timestamp():
            path.unlink(missing_ok=True)


def recent(limit: int = 30) -> list[Job]:
    """Return the latest imports, newest first."""
    return list(Job.objects.filter(kind=BRING).order_by("-id")[:limit])


def get(job_id: int, kind: str | None = None) -> Job:
    """Return a job of an import (with `kind`, of that kind); raises `NotFound`."""
    job = Job.objects.filter(pk=job_id, kind__in=[kind] if kind else [LOOK, BRING]).first()
    if job is None:
        raise NotFound
    return job


def saved_plan(source: str) -> dict[str, Any]:
    """Return the columns and choices of the last import of a source, or nothing."""
    for payload in Job.objects.filter(kind=BRING).order_by("-id").values_list("payload", flat=True)[:200]:
        if payload.get("plan", {}).get("source") == source:
            return dict(payload["plan"])
    return {}


def refused(job_id: int) -> Iterator[tuple[int, str, dict[str, str]]]:
    """Yield (line, reason in both languages, original cells) of each refused row, in order."""
    rows = ImportRow.objects.filter(job_id=job_id).exclude(error="").order_by("line")
    yield from rows.values_list("line", "error", "cells").iterator(chunk_size=1000)


def hand_out_refused(job: Job, *, by: Actor, at: datetime) -> list[tuple[int, str, dict[str, str]]]:
    """Return the refused rows for a file to mend; that they left the house is an entry of the town's diary."""
    rows = list(refused(job.pk))
    facts = {"count": len(rows), "purpose": f"import {job.pk}: rows to mend", "who": by.name}
    diary.write_town("export_rows", by=by, at=at, facts=facts)
    return rows


def lines_done(job_id: int) -> set[int]:
    """Return the lines of which it is remembered what became of them: an interrupted import leaves them out."""
    return set(ImportRow.objects.filter(job_id=job_id).values_list("line", flat=True).iterator(chunk_size=10_000))
