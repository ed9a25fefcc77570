"""A copy of a town that takes nothing is verified as it is: nothing is written, and what cannot be compared is said."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.town import Town, TownMaker

pytestmark = [
    pytest.mark.skipif(os.environ.get("WUXIAO_TEST_DB") == "postgres", reason="a file of SQLite is looked at"),
]


@pytest.fixture
def town(_town_maker: TownMaker) -> Town:
    """The demo county, not served."""
    return _town_maker.copy(demo=True)


def state(folder: Path) -> dict[str, tuple[int, int, str]]:
    """Every path of a folder with size, time and digest: all that a write would change."""
    found = {}
    for path in sorted(folder.rglob("*")):
        about = path.stat()
        digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        found[str(path.relative_to(folder))] = (about.st_size if path.is_file() else 0, about.st_mtime_ns, digest)
    return found


def said(town: Town, *words: str, code: int = 0) -> dict[str, Any]:
    done = town.wuxiao("verify", "--json", *words, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return dict(json.loads(done.stdout))


@contextlib.contextmanager
def written_beside(town: Town, sql: str) -> Iterator[Path]:
    """A copy of a town whose newest change lies in its write-ahead log only, as a killed machine leaves it."""
    copy = town.data_dir.with_name(f"{town.data_dir.name}-killed")
    with contextlib.closing(sqlite3.connect(town.data_dir / "wuxiao.sqlite3", isolation_level=None)) as open_one:
        open_one.execute("PRAGMA journal_mode=WAL")
        open_one.execute("PRAGMA wal_autocheckpoint=0")
        open_one.execute(sql)
        shutil.copytree(town.data_dir, copy)
    assert (copy / "wuxiao.sqlite3-wal").stat().st_size > 0
    yield copy


def test_a_closed_copy_is_verified_and_nothing_is_written(town: Town) -> None:
    before = said(town)
    assert (before["whole"], before["read_only"], before["left_out"]) == (True, False, [])
    kept = state(town.data_dir)
    found = said(town, "--read-only")
    assert state(town.data_dir) == kept
    assert (found["whole"], found["read_only"], found["left_out"]) == (True, True, [])
    same = ("matters", "entries", "texts", "files", "checkpoints")
    assert [found[name] for name in same] == [before[name] for name in same]
    assert found["matters"] > 20
    assert "什么也没有写" in town.wuxiao("verify", "--read-only").stdout


def test_a_folder_that_takes_nothing_is_looked_at_without_being_told(town: Town) -> None:
    kept = state(town.data_dir)
    look = [sys.executable, "-m", "wuxiao.site.cli", "verify", "--json"]
    if os.geteuid():
        town.data_dir.chmod(0o500)
        done = subprocess.run(look, env=town.environment, capture_output=True, text=True)
        town.data_dir.chmod(0o700)
    else:
        # Everything is open to this account, so the folder is mounted read-only, where nobody else sees it.
        place = str(town.data_dir)
        mount = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && shift 0 && exec "$@"'
        done = subprocess.run(
            ["unshare", "-m", "sh", "-c", mount, place, *look], env=town.environment, capture_output=True, text=True
        )
        if done.returncode and ("unshare" in done.stderr or "mount" in done.stderr):
            assert said(town, "--read-only")["read_only"]
            return
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["read_only"]
    assert json.loads(done.stdout)["whole"]
    assert state(town.data_dir) == kept


def test_what_only_the_log_beside_the_database_holds_is_seen(town: Town) -> None:
    number = town.rows("SELECT number FROM records_matter ORDER BY id")[0]["number"]
    with written_beside(town, f"UPDATE records_matter SET received_at = due_at WHERE number = '{number}'") as copy:
        for without in ((), ("wuxiao.sqlite3-shm",)):
            for name in without:
                (copy / name).unlink(missing_ok=True)
            kept = state(copy)
            found = said(Town(copy, ""), "--read-only", code=1)
            assert {one["where"] for one in found["breaks"]} == {number}
            assert {name: how[2] for name, how in state(copy).items() if not name.endswith("-shm")} == {
                name: how[2] for name, how in kept.items() if not name.endswith("-shm")
            }
        assert state(copy) == kept


def test_a_database_alone_says_what_it_does_not_let_one_compare(town: Town, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    bare.mkdir()
    for name in ("wuxiao.sqlite3", "identity-key"):
        shutil.copy(town.data_dir / name, bare)
    found = said(Town(bare, ""), "--read-only")
    assert found["whole"], found["breaks"]
    assert [one["en"].split(":")[0] for one in found["left_out"]] == [
        "no secret-key",
        "no folder of files",
        "no log-key",
    ]
    assert sorted(path.name for path in bare.iterdir()) == ["identity-key", "wuxiao.sqlite3"]
    with contextlib.closing(sqlite3.connect(bare / "wuxiao.sqlite3")) as lite, lite:
        lite.execute(
            "INSERT INTO records_attachment (matter_id, turn, name, kind, sha256, size, by_resident, seen, added_at)"
            " SELECT id, 1, 'a.jpg', 'image/jpeg', 'ab', 2, 1, 1, received_at FROM records_matter LIMIT 1"
        )
    found = said(Town(bare, ""), "--read-only", code=1)
    assert [one["en"].split(":")[0] for one in found["left_out"]] == [
        "no secret-key",
        "no folder of files",
        "no log-key",
    ]
    assert {one["column"] for one in found["breaks"]} == {"files"}, "a row put in, not a file that is gone"
    (bare / "identity-key").unlink()
    done = Town(bare, "").wuxiao("verify", "--read-only", check=False)
    assert (done.returncode, "identity-key" in done.stderr, "Traceback" in done.stderr) == (2, True, False)
    assert [path.name for path in bare.iterdir()] == ["wuxiao.sqlite3"]
    with contextlib.closing(sqlite3.connect(bare / "wuxiao.sqlite3")) as lite, lite:
        lite.execute("DELETE FROM django_migrations WHERE app = 'records' AND name LIKE '0021%'")
    done = Town(bare, "").wuxiao("verify", "--read-only", check=False)
    assert (done.returncode, "another version" in done.stderr) == (2, True), done.stderr
    (bare / "wuxiao.sqlite3").write_bytes((bare / "wuxiao.sqlite3").read_bytes()[:20000])
    done = Town(bare, "").wuxiao("verify", "--read-only", check=False)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr
