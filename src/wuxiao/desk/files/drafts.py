"""A report that is not sent yet: its photos, and what is said about its words before anybody reads them.

Photos are checked and redrawn when they are chosen and wait under a random name of 128 bits; the page keeps the names.
What nobody sends is swept away after a day.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from wuxiao.desk.base.errors import Invalid, Throttled
from wuxiao.desk.files.files import Upload, check
from wuxiao.reading import danger
from wuxiao.reading.danger import Danger as Danger
from wuxiao.rules.book_model import Uploads
from wuxiao.rules.words import Text

KEEP = timedelta(days=1)
#: Bytes that all waiting photos may take together: strangers cannot fill the disk with reports they never send.
MOST = 512 * 1024 * 1024
FULL = Text(
    "现在传照片的人太多，先不传也可以提交，过一会儿再补充照片",
    "Too many photos are waiting just now. You can send without, and add photos later.",
)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")


@lru_cache(maxsize=64)
def danger_in(words: str) -> Danger:
    """Return what the words say about danger, so that 110, 119 and 120 can stand before everything else (where it
    is certain, or where the words are in a language that nothing here reads)."""
    return danger.heed(words)


@lru_cache(maxsize=64)
def danger_named(name: str) -> Danger:
    """Return what a name, a place or the name of a file says about danger: those are in any language."""
    return danger.look(name)


def _folder() -> Path:
    return Path(settings.FILES_DIR) / "drafts"


def keep(upload: Upload, *, at: datetime) -> str:
    """Put a checked photo aside and return the name it waits under; sweeps what is older than a day."""
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    sweep(at=at)
    if sum(row.stat().st_size for row in os.scandir(folder)) + len(upload.data) > MOST:
        raise Invalid({"files": FULL})
    token = secrets.token_urlsafe(16)
    head = {"name": upload.name, "kind": upload.kind, "width": upload.width, "height": upload.height}
    part = folder / f"{token}.{os.getpid()}.part"
    with open(part, "wb") as file:
        file.write(json.dumps(head, ensure_ascii=False).encode() + b"\n" + upload.data)
    os.replace(part, folder / token)
    os.utime(folder / token, (at.timestamp(), at.timestamp()))
    return token


def load(token: str) -> Upload | None:
    """Return the photo that waits under a name, or `None` if there is none (any more)."""
    if not _TOKEN.fullmatch(token):
        return None
    try:
        head, _, data = (_folder() / token).read_bytes().partition(b"\n")
    except FileNotFoundError:
        return None
    known = json.loads(head)
    return Upload(known["name"], known["kind"], data, known["width"], known["height"])


def drop(tokens: Iterable[str]) -> None:
    """Remove photos that were sent or taken back."""
    for token in tokens:
        if _TOKEN.fullmatch(token):
            with contextlib.suppress(FileNotFoundError):
                (_folder() / token).unlink()


def sweep(*, at: datetime) -> int:
    """Remove what has waited for more than a day; returns how many."""
    gone = 0
    if not _folder().is_dir():
        return 0
    with os.scandir(_folder()) as rows:
        for row in rows:
            with contextlib.suppress(FileNotFoundError):
                if row.stat().st_mtime < (at - KEEP).timestamp():
                    os.unlink(row.path)
                    gone += 1
    return gone


def add_photos(
    have: Sequence[str], chosen: Iterable[tuple[str, bytes]], limits: Uploads, *, at: datetime, already: int = 0
) -> tuple[list[str], list[Text]]:
    """Check newly chosen files and put the good ones aside.

    Returns the names of all photos that wait now (`have` first) and a sentence for each file that was not taken;
    `already` counts files the matter has. Nothing that was good is lost because another file was not.
    """
    tokens, wrong = list(have), list[Text]()
    for name, data in chosen:
        if already + len(tokens) >= limits.files:
            wrong.append(
                Text(
                    f"最多{limits.files}张，“{name[:40]}”没有收下；可以先删掉一张",
                    f"At most {limits.files} files: “{name[:40]}” was not taken. You can remove one first.",
                )
            )
            continue
        try:
            tokens.append(keep(check(name, data, limits), at=at))
        except Invalid as problem:
            wrong.extend(problem.fields.values())
        except Throttled:
            wrong.append(FULL)
    return tokens, wrong
