"""Photos and files: judged by content, redrawn on a fresh canvas, stored under a name made of their content.

Nothing of the uploaded bytes survives in a photo: no EXIF, no comments, no hidden trailers. Other files are accepted
only if the rule book lists their type and their content is of that type.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import threading
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from wuxiao.desk.base.errors import Invalid
from wuxiao.desk.files import papers, pictures
from wuxiao.desk.town.books import of_version
from wuxiao.records import kept
from wuxiao.records.models import Attachment, Case, DocumentFile, Entry, RowPaperFile
from wuxiao.rules.book_model import Uploads
from wuxiao.rules.words import Text

_PDF = b"%PDF-"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was checked and redrawn, not stored yet."""

    name: str
    kind: str
    data: bytes
    width: int | None = None
    height: int | None = None


def _wrong(zh: str, en: str) -> Invalid:
    return Invalid({"files": Text(zh, en)})


def safe_name(name: str) -> str:
    """Return a name without paths, control characters or direction marks, at most 80 characters."""
    base = unicodedata.normalize("NFKC", name.replace("\\", "/").rsplit("/", 1)[-1])
    base = "".join(c for c in base if unicodedata.category(c)[0] != "C")
    base = re.sub(r'[<>:"|?*\s]+', "_", base).strip("._ ")
    stem, dot, end = base.rpartition(".")
    if not dot:
        stem, end = base, ""
    return (stem[:70] or "file") + (f".{end[:8]}" if end else "")


def check(name: str, data: bytes, limits: Uploads) -> Upload:
    """Return a redrawn photo or an accepted file; raises `Invalid` with a sentence that says how to mend it."""
    shown = safe_name(name)
    if len(data) > limits.bytes:
        mega = limits.bytes // 1_000_000
        raise _wrong(
            f"“{shown}”超过{mega}MB；请在手机上打开它，截一张图再传",
            f"“{shown}” is over {mega} MB; open it on your phone and choose a screenshot of it",
        )
    if not data:
        raise _wrong(f"“{shown}”是空文件", f"“{shown}” is empty")
    if data.startswith(_PDF):
        return _paper(shown, data, limits)
    return _redraw(shown, data, limits)


def _ending(name: str, end: str) -> str:
    return f"{name.rsplit('.', 1)[0]}.{end}"


_PAPER: Mapping[str, Text] = {
    "locked": Text(
        "有密码或加密，我们打不开；请去掉密码后另存一份再传",
        "is locked; save a copy without a password",
    ),
    "script": Text(
        "里面带有程序，不能收；请用“打印到PDF”另存一份再传", "holds a program; print it to a new PDF and choose that"
    ),
    "launch": Text(
        "里面带有程序，不能收；请用“打印到PDF”另存一份再传", "holds a program; print it to a new PDF and choose that"
    ),
    "carried": Text(
        "里面夹带了别的文件，不能收；请把每个文件分别上传", "carries other files; choose each file by itself"
    ),
    "player": Text("里面带有音频或视频，不能收；请改传照片", "holds sound or video; choose photos instead"),
    "form": Text(
        "里面带有会提交数据的表单，不能收；请用“打印到PDF”另存一份再传",
        "holds a form that sends data; print it to a new PDF and choose that",
    ),
    "broken": Text("不是完整的 PDF，可能没有下载完；请重新下载后再传", "is not a whole PDF; download it again"),
}


def _paper(name: str, data: bytes, limits: Uploads) -> Upload:
    if "application/pdf" not in limits.types:
        raise _wrong(f"“{name}”是 PDF，这里只收照片", f"“{name}” is a PDF; only photos are taken here")
    try:
        papers.check(data)
    except papers.NoPaper as no:
        said = _PAPER[no.why]
        raise _wrong(f"“{name}”{said.zh}", f"“{name}” {said.en}") from None
    return Upload(_ending(name, "pdf"), "application/pdf", data)


def _redraw(name: str, data: bytes, limits: Uploads) -> Upload:
    try:
        drawn, width, height = pictures.redraw(data, limits.pixels)
    except pictures.TooManyPixels as many:
        raise _wrong(
            f"“{name}”太大了（{many.width}×{many.height}）；请在手机上打开它，截一张图再传",
            f"“{name}” is too large ({many.width}×{many.height}); open it on your phone and choose a screenshot of it",
        ) from None
    except pictures.NoPicture:
        raise _wrong(
            f"“{name}”打不开，可能没有传完，也可能不是照片；请在手机上打开它，截一张图再传",
            f"“{name}” cannot be opened: it may be broken or no photo; open it on your phone and choose a screenshot",
        ) from None
    return Upload(_ending(name, "jpg"), "image/jpeg", drawn, width, height)


def path_of(sha256: str) -> Path:
    """Return where a stored file lies."""
    return Path(settings.FILES_DIR) / sha256[:2] / sha256


#: The tables whose rows point to stored files.
_HOLDERS: tuple[type[Any], ...] = (Attachment, DocumentFile, RowPaperFile)


def store(data: bytes) -> str:
    """Keep bytes under their SHA-256 (hex) and return it; on the disk when this returns."""
    digest = hashlib.sha256(data).hexdigest()
    path = path_of(digest)
    try:
        # There already: said to be wanted again, so that nobody who is just erasing it takes it away.
        os.utime(path)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        kept.write(path, data)
        # The folder's own name too, or a power cut leaves a row that points to nothing.
        kept.sync(path.parent.parent)
    return digest


#: How many times the files of one step the other side of a case that is no matter may send in all.
FROM_OUTSIDE = 5


def keep(
    matter: Case, uploads: Sequence[Upload], *, turn: int, by_resident: bool, at: datetime, seen: bool = True
) -> list[Attachment]:
    """Store files with a matter, inside the act: bytes first, row second, so a row never points to nothing."""
    if not uploads:
        return []
    limits = of_version(matter.book_id).book.uploads
    rows_of_it = Attachment.objects.filter(matter_id=matter.pk, erased_at__isnull=True)
    if matter.life == "matter":
        if rows_of_it.count() + len(uploads) > limits.files:
            raise _wrong(f"一件事项最多{limits.files}个文件", f"at most {limits.files} files on one matter")
    elif len(uploads) > limits.files:
        raise _wrong(f"一次最多{limits.files}个文件", f"at most {limits.files} files at a time")
    elif by_resident and rows_of_it.filter(by_resident=True).count() + len(uploads) > FROM_OUTSIDE * limits.files:
        # What its other side sends has an end; the room of those whose step needs a picture is never taken.
        raise _wrong("您传的文件已经够多，请写文字说明", "you have sent many files already: please say it in words")
    rows = [
        Attachment(
            matter_id=matter.pk,
            turn=turn,
            by_resident=by_resident,
            seen=seen,
            name=upload.name,
            kind=upload.kind,
            size=len(upload.data),
            width=upload.width,
            height=upload.height,
            sha256=store(upload.data),
            added_at=at,
        )
        for upload in uploads
    ]
    return Attachment.objects.bulk_create(rows)


#: Steps with which what a requester gives comes in.
_BROUGHT = ("receive", "add", "reply", "object", "appeal")
#: The date of a file that is being erased; whoever stores the same content again gives it a date of today.
_DOOMED = (0.0, 0.0)


def erase(matter: Case, *, at: datetime, everyone: bool = False) -> int:
    """Mark a matter's files erased: the requester's own, or with `everyone` all; returns how many.

    What came in with the report or was added to it is the requester's own, whoever typed it: an operator, a portal,
    another platform.

    Bytes that no other row uses go after the commit: a rollback or a kill before leaves the file with its row, one
    after it leaves a file without a row, which `sweep` takes away.
    """
    rows = Attachment.objects.filter(matter_id=matter.pk, erased_at__isnull=True)
    brought = Entry.objects.filter(matter_id=matter.pk, verb__in=_BROUGHT).values("turn")
    found = list(rows if everyone else rows.filter(Q(by_resident=True) | Q(turn__in=brought)))
    # A paper that went out says what she said: its bytes go with hers, its number and digests stay.
    papers_out = list(DocumentFile.objects.filter(matter_id=matter.pk, erased_at__isnull=True))
    digests = sorted({row.sha256 for row in found} | {row.sha256 for row in papers_out})
    for row in found:
        row.erased_at = at
        row.name = ""
        row.save(update_fields=["erased_at", "name"])
    for paper in papers_out:
        paper.erased_at = at
        paper.save(update_fields=["erased_at"])
    for digest in digests:
        if not _wanted(digest):
            with contextlib.suppress(FileNotFoundError):
                os.utime(path_of(digest), _DOOMED)
    transaction.on_commit(lambda: _remove(digests))
    return len(found) + len(papers_out)


def _wanted(digest: str) -> bool:
    return any(held.objects.filter(sha256=digest, erased_at__isnull=True).exists() for held in _HOLDERS)


def _remove(digests: Sequence[str]) -> None:
    for digest in digests:
        if not _wanted(digest):
            _unlink(path_of(digest), _DOOMED[1])


def _unlink(path: Path, not_after: float) -> bool:
    """Remove a file unless somebody stored the same content since; returns whether it went."""
    going = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}.gone")
    try:
        os.rename(path, going)
    except FileNotFoundError:
        return False
    if going.stat().st_mtime > not_after:
        # Wanted again between the look and the rename: back it goes, unless it has been written anew.
        with contextlib.suppress(FileExistsError):
            os.link(going, path)
        going.unlink()
        return False
    going.unlink()
    kept.sync(path.parent)
    return True


#: How long a file may lie without a row: an upload is written before the act that makes its row ends.
GRACE = timedelta(hours=6)
_NAME = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Swept:
    """Files without a row that were taken away, and rows (attachment ids) whose file is not there."""

    removed: int
    missing: tuple[int, ...]


def missing(*, at: datetime) -> list[str]:
    """Return the numbers of matters whose attachments should have a file and have none, one for each attachment."""
    rows = Attachment.objects.filter(erased_at__isnull=True, added_at__lt=at).order_by("id")
    out = DocumentFile.objects.filter(erased_at__isnull=True, document__issued_at__lt=at).order_by("id")
    of_rows = RowPaperFile.objects.filter(erased_at__isnull=True, paper__issued_at__lt=at).order_by("id")
    found = [query.values_list("matter__number", "sha256").iterator() for query in (rows, out)]
    found.append(of_rows.values_list("paper__row__code", "sha256").iterator())
    return [number for one in found for number, digest in one if not path_of(digest).is_file()]


def sweep(*, at: datetime) -> Swept:
    """Take away files that no row wants and that are older than the grace, and say which rows have lost their file."""
    base = Path(settings.FILES_DIR)
    there: set[str] = set()
    removed = 0
    until = (at - GRACE).timestamp()
    for folder in sorted(base.glob("[0-9a-f][0-9a-f]")):
        names = {entry.name: entry.stat().st_mtime for entry in os.scandir(folder)}
        whole = [name for name in names if _NAME.fullmatch(name)]
        live: set[str] = set()
        for held in _HOLDERS:
            rows = held.objects.filter(sha256__in=whole, erased_at__isnull=True)
            live.update(rows.values_list("sha256", flat=True))
        for name, stamp in names.items():
            path = folder / name
            if name in live:
                there.add(name)
            elif stamp <= until and _NAME.fullmatch(name):
                removed += _unlink(path, until)
            elif stamp <= until:
                # What a killed process left half written or half removed.
                path.unlink(missing_ok=True)
                removed += 1
    wanted = Attachment.objects.filter(erased_at__isnull=True, added_at__lt=at)
    missing = tuple(pk for pk, digest in wanted.values_list("pk", "sha256").iterator() if digest not in there)
    return Swept(removed, missing)
