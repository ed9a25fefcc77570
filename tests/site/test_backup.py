"""Backups and restores at odd arguments and cut off in the middle: a sentence each, nothing plain, nothing twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.town import Town
from wuxiao.desk.people import erasure
from wuxiao.site import backup

pytestmark = [pytest.mark.either, pytest.mark.skipif("os.environ.get('WUXIAO_TEST_DB') == 'postgres'")]
LIST = '{"number": "A1", "at": "2026-11-29T12:00:00+08:00"}\n'


def one(folder: Path) -> Path:
    """The one backup of a folder."""
    (found,) = folder.glob("wuxiao-*")
    return found


def test_odd_arguments_get_a_sentence_and_touch_nothing(still_empty: Town, tmp_path: Path) -> None:
    file, folder = tmp_path / "file", tmp_path / "b"
    file.write_text("x")
    for words, code, says in (
        (("backup", ""), 2, "blank"),
        (("backup", " b"), 2, "blank"),
        (("backup", str(file)), 1, "备份文件夹建不了"),
        (("backup", str(still_empty.data_dir / "own")), 1, "不能放在数据文件夹"),
        (("restore", ""), 2, "blank"),
        (("restore", "x" * 300), 1, "备份读不了"),
        (("restore", str(tmp_path / "none")), 1, "没有备份"),
    ):
        said = still_empty.wuxiao(*words, check=False)
        assert (said.returncode, says in said.stderr, "Traceback" in said.stderr) == (code, True, False), said.stderr
    still_empty.wuxiao("backup", str(folder))
    cut, empty = tmp_path / "cut.tar.age", tmp_path / "empty"
    cut.write_bytes(one(folder).read_bytes()[:-1000])
    empty.write_text("")
    (tmp_path / "wuxiao-29990101T000000Z.tar.age").mkdir()
    for words, says in (
        ((str(cut),), "被截断"),
        ((str(folder), "--identity", str(empty)), "读不了"),
        ((str(folder), "--erasures", str(tmp_path / "none")), "清除名单读不了"),
        ((str(folder), "--erasures", str(tmp_path)), "清除名单读不了"),
        ((str(folder), "--erasures", str(cut)), "清除名单读不了"),
        ((str(tmp_path),), "没有备份"),
    ):
        said = Town(tmp_path / "again", "").wuxiao("restore", *words, check=False)
        assert (said.returncode, says in said.stderr, "Traceback" in said.stderr) == (1, True, False), said.stderr
        assert [path.name for path in (tmp_path / "again").iterdir()] == ["secret-key"]


def test_a_list_of_erasures_given_to_the_wrong_folder_leaves_its_own_alone(still_empty: Town, tmp_path: Path) -> None:
    own, other = still_empty.data_dir / "erasures.jsonl", tmp_path / "other.jsonl"
    own.write_text(LIST)
    still_empty.wuxiao("backup", str(tmp_path / "b"))
    other.write_text(LIST.replace("A1", "B2"))
    given = ("restore", str(tmp_path / "b"), "--erasures", str(other))
    assert still_empty.wuxiao(*given, check=False).returncode == 1
    assert own.read_text() == LIST
    # Into an empty folder both lists stay: each line was promised to somebody.
    Town(tmp_path / "again", "").wuxiao(*given)
    assert (tmp_path / "again" / "erasures.jsonl").read_text() == LIST.replace("A1", "B2") + LIST


def test_a_line_cut_by_a_power_cut_costs_no_other_line(tmp_path: Path) -> None:
    path = tmp_path / "erasures.jsonl"
    path.write_text(LIST + '{"number": "B' + LIST.replace("A1", "C3") + '{"num')
    assert erasure.noted(tmp_path) == ["A1", "C3"]
    assert backup.read_erasures(path)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_backup_that_is_killed_leaves_nothing_plain_where_backups_lie(
    still_empty: Town, tmp_path: Path, number: int
) -> None:
    # It is killed with the whole town copied, just before that is encrypted.
    folder = tmp_path / "b"
    code = (
        "import sys, time\nfrom wuxiao.site import backup\n"
        "backup._encrypt = lambda *_: (print('HERE', flush=True), time.sleep(600))\n"
        "from wuxiao.site.cli import main\nsys.exit(main())"
    )
    command = [sys.executable, "-c", code, "backup", str(folder)]
    with subprocess.Popen(command, env=still_empty.environment, stdout=subprocess.PIPE, text=True) as made:
        assert made.stdout is not None
        assert made.stdout.readline() == "HERE\n"
        made.send_signal(number)
    assert all(b"SQLite format" not in path.read_bytes() for path in folder.rglob("*") if path.is_file())
    left = list(still_empty.data_dir.glob(".wuxiao-backup-*"))
    assert len(left) == (number == signal.SIGKILL)
    still_empty.wuxiao("backup", str(folder))
    assert not list(still_empty.data_dir.glob(".wuxiao-backup-*"))
    assert [path.name for path in folder.iterdir()] == [one(folder).name]


def test_a_restore_cut_off_opens_no_town_and_is_done_again(still_empty: Town, tmp_path: Path) -> None:
    still_empty.wuxiao("backup", str(tmp_path / "b"))
    again = Town(tmp_path / "again", "")
    code = (
        "import os, signal, sys\nfrom wuxiao.site import backup\n"
        "backup.settle = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)\n"
        "from wuxiao.site.cli import main\nsys.exit(main())"
    )
    cut = again.python("-c", code, "restore", str(tmp_path / "b"), check=False)
    assert cut.returncode == -signal.SIGKILL
    # Its messages are still queued as they were: whoever served it would send them a second time.
    for words in (("serve", "--port", "9"), ("worker", "--once"), ("migrate",)):
        said = again.wuxiao(*words, check=False)
        assert (said.returncode, "wuxiao restore" in said.stderr) == (4, True), said.stderr
    back = json.loads(again.wuxiao("restore", str(tmp_path / "b"), "--json").stdout)
    assert back["breaks"] == []
    assert not [path.name for path in again.data_dir.iterdir() if path.name.startswith((".wuxiao", "restore-"))]
    assert again.wuxiao("worker", "--once").returncode == 0


def test_a_paper_that_names_places_outside_the_town_is_refused(tmp_path: Path) -> None:
    good = {"made_at": "2026-11-29T12:00:00+08:00", "database": "sqlite", "files": {"database": "0"}, "missing": []}
    path = tmp_path / "paper.json"
    path.write_text(json.dumps(good))
    assert backup._paper(path, "x") == good
    for changed in (
        {"files": {"database": "0", "data/../../x": "0"}},
        {"files": {"database": "0", "/etc/x": "0"}},
        {"files": ["database"]},
        {"files": {}},
        {"made_at": "2026-11-29T12:00:00"},
        {"made_at": 7},
        {"missing": None},
    ):
        path.write_text(json.dumps(good | changed))
        with pytest.raises(backup.BackupError, match="没有写完"):
            backup._paper(path, "x")
    path.write_text("[" * 100_000)
    with pytest.raises(backup.BackupError, match="没有写完"):
        backup._paper(path, "x")


def test_scratch_of_the_dead_goes_and_of_the_living_stays(tmp_path: Path) -> None:
    dead, old, fresh = (tmp_path / f"{backup.SCRATCH}{name}" for name in ("dead", "old", "fresh"))
    for path in (dead, old, fresh):
        path.mkdir()
        (path / "database").write_text("plain")
    (dead / backup.HELD).write_text("")
    os.utime(old, (time.time() - 3600,) * 2)
    with backup.scratch(tmp_path) as living, backup.scratch(tmp_path) as other:
        assert living.exists()
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted([living.name, other.name, fresh.name])
    assert [path.name for path in tmp_path.iterdir()] == [fresh.name]


def test_who_only_looks_finds_no_town_and_makes_nothing(tmp_path: Path) -> None:
    empty, none = tmp_path / "empty", tmp_path / "none"
    empty.mkdir()
    for place, says in ((empty, "no town here"), (none / "deeper", "does not exist")):
        words = ("verify", "--json") if place == empty else ("backup", str(tmp_path / "b"))
        said = Town(place, "").wuxiao(*words, check=False)
        assert (said.returncode, says in said.stderr, "Traceback" in said.stderr) == (4, True, False), said.stderr
        doctor = Town(place, "").wuxiao("doctor", "--json", check=False)
        checks = json.loads(doctor.stdout)["checks"]
        assert (doctor.returncode, doctor.stderr) == (1, "")
        assert [(one["name"], one["ok"], says in one["en"]) for one in checks] == [("town", False, True)]
    assert list(empty.iterdir()) == []
    assert not none.exists()
