"""Looking at a town that must not be touched: a copy on a closed medium, a folder of another account, evidence.

`wuxiao verify` opens such a database so that nothing is written, not even the side files SQLite makes when it reads.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from urllib.parse import quote

from wuxiao.site import environment, folder

#: What `WUXIAO_PROCESS` holds in a process that only looks.
LOOK = "look"


def begin(typed: str, *, asked: bool) -> bool:
    """Have the settings of this process only look, if that was asked for or the folder takes nothing; returns whether.

    Called before Django is set up.
    """
    looks = asked or folder.closed(Path(os.path.expanduser(typed)))
    if looks:
        os.environ["WUXIAO_PROCESS"] = LOOK
    return looks


def on() -> bool:
    """Whether this process only looks."""
    return environment.value("PROCESS") == LOOK


def name_of(database: Path) -> str:
    """Return the address by which SQLite opens a file without writing anything beside it.

    What a town that runs or was killed wrote last lies in the write-ahead log. With its index beside it SQLite reads
    both as they are; without, it would have to make one, so both are copied into a scratch folder of this account
    alone, which goes with the process. Without a log the file is all there is.
    """
    log, index = (database.with_name(f"{database.name}{ending}") for ending in ("-wal", "-shm"))
    if index.exists():
        return _address(database, "mode=ro")
    if log.exists() and log.stat().st_size:
        scratch = Path(tempfile.mkdtemp(prefix="wuxiao-look-"))
        atexit.register(shutil.rmtree, scratch, ignore_errors=True)
        for path in (database, log):
            shutil.copyfile(path, scratch / path.name)
        return _address(scratch / database.name, "mode=rw")
    return _address(database, "immutable=1")


def _address(database: Path, how: str) -> str:
    return f"file:{quote(str(database))}?{how}"
