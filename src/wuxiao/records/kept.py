"""Files a town must not lose: whole under their name or not there, on the disk before anybody relies on them.

For keys, lists and stored files alike. Nothing here knows Django: the settings keep their key with it too.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def write(path: Path, data: bytes, *, only_new: bool = False) -> bool:
    """Put a file in place at once, readable by its owner alone, and return whether it is the one that lies there now.

    It is written beside under another name and gets its own when it is on the disk: killed or without power at any
    moment, there is the old file or the new one, never half of one. With `only_new` a file that is there stays, and of
    two that write at once one wins. Raises `OSError`.
    """
    part = path.with_name(f".{path.name[:60]}.{os.getpid()}.{secrets.token_hex(6)}.part")
    try:
        # Whatever the umask, nobody else opens it, also not while it is written.
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if only_new:
            try:
                os.link(part, path)
            except FileExistsError:
                return False
        else:
            os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    sync(path.parent)
    return True


def sync(folder: Path) -> None:
    """Have the names in a folder on the disk: a power cut forgets none that was given or taken away before."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
