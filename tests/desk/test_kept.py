"""A file a town must not lose is there whole or not at all, for its owner alone; and there is one way to write it."""

from __future__ import annotations

import ast
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from wuxiao.records import kept

SOURCE = Path(kept.__file__).resolve().parent.parent
#: Who brings bytes to the disk without writing a whole small file, and why.
OTHERS = {
    "records/kept.py": "the one way",
    "desk/people/erasure.py": "adds a line to a list",
    "desk/matters/imports.py": "takes a large file in as it comes, and gives it the name of its content",
    "site/backup.py": "brings a file that is made already to the disk before it gets its name",
}


def test_nobody_else_writes_a_file_durably_by_hand() -> None:
    found = {
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "fsync"
    }
    assert found == set(OTHERS)


def test_a_file_is_its_owners_alone_and_replaces_the_old_one_or_stays(tmp_path: Path) -> None:
    path = tmp_path / "钥匙"
    old = os.umask(0)
    try:
        assert kept.write(path, b"one")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert not kept.write(path, b"two", only_new=True)
        assert path.read_bytes() == b"one"
        assert kept.write(path, b"two")
        assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"two", 0o600)
    finally:
        os.umask(old)
    assert [one.name for one in tmp_path.iterdir()] == ["钥匙"]
    with pytest.raises(FileNotFoundError):
        kept.write(tmp_path / "none" / "file", b"x")


def test_of_many_that_write_a_new_file_at_once_one_wins_whole(tmp_path: Path) -> None:
    path, won = tmp_path / "key", list[int]()
    start = threading.Barrier(8)

    def one(n: int) -> None:
        start.wait()
        if kept.write(path, bytes([n]) * 50_000, only_new=True):
            won.append(n)

    threads = [threading.Thread(target=one, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert path.read_bytes() == bytes(won) * 50_000
    assert [one.name for one in tmp_path.iterdir()] == ["key"]


FULL = """
import resource, sys
from pathlib import Path
from wuxiao.records import kept
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
try:
    kept.write(Path(sys.argv[1]), b"x" * 5000)
except OSError as error:
    sys.exit(7)
"""


def test_where_there_is_no_room_the_old_file_stays_and_nothing_half_lies_about(tmp_path: Path) -> None:
    path = tmp_path / "key"
    kept.write(path, b"old")
    done = subprocess.run([sys.executable, "-c", FULL, str(path)], capture_output=True, text=True)
    assert done.returncode == 7, done.stderr
    assert path.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == ["key"]
