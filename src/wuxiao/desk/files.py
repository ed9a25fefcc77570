"""Photos and files: judged by content, redrawn on a fresh canvas, stored under a name made of their content.

Nothing of the uploaded bytes survives in a photo: no EXIF, no comments, no hidden trailers. Other files are accepted
only if the rule book lists their type and their content is of that type.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import threading
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from PIL import Image, ImageOps, UnidentifiedImageError

from wuxiao.desk.books import of_version
from wuxiao.desk.errors import Invalid
from wuxiao.records.models import Attachment, Matter
from wuxiao.rules.book_model import Uploads
from wuxiao.rules.words import Text

LONG_SIDE = 2400
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
        raise _wrong(f"“{shown}”超过{mega}MB,请压缩后再传", f"“{shown}” is over {mega} MB; please make it smaller")
    if not data:
        raise _wrong(f"“{shown}”是空文件", f"“{shown}” is empty")
    if data.startswith(_PDF) and "application/pdf" in limits.types:
        return Upload(_ending(shown, "pdf"), "application/pdf", data)
    return _redraw(shown, data, limits)


def _ending(name: str, end: str) -> str:
    return f"{name.rsplit('.', 1)[0]}.{end}"


def _redraw(name: str, data: bytes, limits: Uploads) -> Upload:
    try:
        with Image.open(io.BytesIO(data), formats=["JPEG", "PNG", "WEBP", "GIF", "BMP"]) as image:
            width, height = image.size
            if width * height > limits.pixels:
                raise _wrong(
                    f"“{name}”的像素太多({width}×{height}),请缩小后再传",
                    f"“{name}” has too many pixels ({width}×{height}); please make it smaller",
                )
            image.draft("RGB", (LONG_SIDE, LONG_SIDE))
            upright = ImageOps.exif_transpose(image).convert("RGBA")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise _wrong(
            f"“{name}”不是能识别的照片(支持 JPG、PNG、WebP)或 PDF",
            f"“{name}” is not a photo we can read (JPG, PNG, WebP) nor a PDF",
        ) from None
    upright.thumbnail((LONG_SIDE, LONG_SIDE))
    canvas = Image.new("RGB", upright.size, (255, 255, 255))
    canvas.paste(upright, mask=upright.getchannel("A"))
    out = io.BytesIO()
    canvas.save(out, "JPEG", quality=85, optimize=True)
    return Upload(_ending(name, "jpg"), "image/jpeg", out.getvalue(), *canvas.size)


def path_of(sha256: str) -> Path:
    """Return where a stored file lies."""
    return Path(settings.FILES_DIR) / sha256[:2] / sha256


def _store(data: bytes) -> str:
    digest = hashlib.sha256(data).hexdigest()
    path = path_of(digest)
    try:
        # There already: said to be wanted again, so that nobody who is just erasing it takes it away.
        os.utime(path)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{digest}.{os.getpid()}.{threading.get_ident()}.part")
        with open(part, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
        # The names too, or a power cut leaves a row that points to nothing.
        for folder in (path.parent, path.parent.parent):
            _sync(folder)
    return digest


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def keep(
    matter: Matter, uploads: Sequence[Upload], *, turn: int, by_resident: bool, at: datetime, seen: bool = True
) -> list[Attachment]:
    """Store files with a matter, inside the act: bytes first, row second, so a row never points to nothing."""
    if not uploads:
        return []
    limits = of_version(matter.book_id).book.uploads
    have = Attachment.objects.filter(matter_id=matter.pk, erased_at__isnull=True).count()
    if have + len(uploads) > limits.files:
        raise _wrong(f"一件事项最多{limits.files}个文件", f"at most {limits.files} files on one matter")
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
            sha256=_store(upload.data),
            added_at=at,
        )
        for upload in uploads
    ]
    return Attachment.objects.bulk_create(rows)


#: The date of a file that is being erased; whoever stores the same content again gives it a date of today.
_DOOMED = (0.0, 0.0)


def erase(matter: Matter, *, at: datetime, everyone: bool = False) -> int:
    """Mark a matter's files erased: the requester's own, or with `everyone` all; returns how many.

    Bytes that no other row uses go after the commit: a rollback or a kill before leaves the file with its row, one
    after it leaves a file without a row, which `sweep` takes away.
    """
    rows = Attachment.objects.filter(matter_id=matter.pk, erased_at__isnull=True)
    found = list(rows if everyone else rows.filter(by_resident=True))
    digests = sorted({row.sha256 for row in found})
    for row in found:
        row.erased_at = at
        row.name = ""
        row.save(update_fields=["erased_at", "name"])
    for digest in digests:
        if not _wanted(digest):
            with contextlib.suppress(FileNotFoundError):
                os.utime(path_of(digest), _DOOMED)
    transaction.on_commit(lambda: _remove(digests))
    return len(found)


def _wanted(digest: str) -> bool:
    return Attachment.objects.filter(sha256=digest, erased_at__isnull=True).exists()


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
    _sync(path.parent)
    return True


#: How long a file may lie without a row: an upload is written before the act that makes its row ends.
GRACE = timedelta(hours=6)
_NAME = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Swept:
    """Files without a row that were taken away, and rows (attachment ids) whose file is not there."""

    removed: int
    missing: tuple[int, ...]


def sweep(*, at: datetime) -> Swept:
    """Take away files that no row wants and that are older than the grace, and say which rows have lost their file."""
    base = Path(settings.FILES_DIR)
    there: set[str] = set()
    removed = 0
    until = (at - GRACE).timestamp()
    for folder in sorted(base.glob("[0-9a-f][0-9a-f]")):
        names = {entry.name: entry.stat().st_mtime for entry in os.scandir(folder)}
        whole = [name for name in names if _NAME.fullmatch(name)]
        rows = Attachment.objects.filter(sha256__in=whole, erased_at__isnull=True)
        live = set(rows.values_list("sha256", flat=True))
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
