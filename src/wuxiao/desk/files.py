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
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
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
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{digest}.{os.getpid()}.part")
        with open(part, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    return digest


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


def erase(matter: Matter, *, at: datetime) -> int:
    """Mark the resident's files erased and remove bytes that no other row uses."""
    rows = list(Attachment.objects.filter(matter_id=matter.pk, by_resident=True, erased_at__isnull=True))
    for row in rows:
        row.erased_at = at
        row.name = ""
        row.save(update_fields=["erased_at", "name"])
        if not Attachment.objects.filter(sha256=row.sha256, erased_at__isnull=True).exists():
            with contextlib.suppress(FileNotFoundError):
                path_of(row.sha256).unlink()
    return len(rows)
