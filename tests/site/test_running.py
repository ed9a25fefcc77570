"""Running a town: what an operator can ask, what is brought back, and what happens when something hangs or is away."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from tests.support.town import BACKUP_KEY, Town
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.site import backup
from wuxiao.site.watch import alive, metrics

pytestmark = pytest.mark.alone
AT = datetime(2026, 11, 29, 12, tzinfo=SHANGHAI)


def until(said: Callable[[], object], seconds: float = 120.0) -> None:
    """Wait for an event; fail when it never comes."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if said():
            return
        time.sleep(0.1)
    raise AssertionError("it never came true")


def restore(data: Path, *words: str, check: bool = True) -> Any:
    """Bring a backup back into another data folder, as on another machine."""
    return Town(data, "").wuxiao("restore", *words, check=check)


needs_sqlite = pytest.mark.skipif("os.environ.get('WUXIAO_TEST_DB') == 'postgres'")


# ----------------------------------------------------------------------------------------------------- backup, restore


@needs_sqlite
def test_a_backup_of_a_working_town_comes_back_whole_and_sends_nothing_twice(served: Town, tmp_path: Path) -> None:
    stop = threading.Event()
    written = []

    def write() -> None:
        with contextlib.closing(sqlite3.connect(served.data_dir / "wuxiao.sqlite3", timeout=60)) as busy:
            while not stop.is_set():
                with busy:
                    busy.execute("UPDATE records_throttle SET count = count + 1")
                written.append(1)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        until(lambda: len(written) > 20)
        made = json.loads(served.wuxiao("backup", str(tmp_path / "b"), "--drill", "--json").stdout)
    finally:
        stop.set()
        writer.join(60)
    assert made["drill"] == "whole"
    assert made["missing"] == []
    assert Path(made["path"]).stat().st_mode & 0o077 == 0
    served.stop()
    served.write(
        "UPDATE records_message SET state = 'queued', next_at = ? WHERE id IN "
        "(SELECT id FROM records_message WHERE way = 'sms' LIMIT 3)",
        [AT],
    )
    served.wuxiao("backup", str(tmp_path / "b2"))
    back = json.loads(restore(tmp_path / "again", str(tmp_path / "b2"), "--json").stdout)
    assert back["breaks"] == []
    assert back["held"] >= 3
    again = Town(tmp_path / "again", "")
    held = again.rows("SELECT state, error FROM records_message WHERE error LIKE '%备份%'")
    assert len(held) == back["held"]
    assert {row["state"] for row in held} == {"doubt"}
    assert again.rows("SELECT count(*) AS n FROM records_message WHERE state IN ('queued','sending')") == [{"n": 0}]
    same = "SELECT id, number, state, head FROM records_matter ORDER BY id"
    assert again.rows(same) == served.rows(same)
    assert again.rows("SELECT count(*) AS n FROM records_entry WHERE verb = 'restored'") == [{"n": 1}]
    # A second time into the same folder: refused, and nothing there is touched.
    twice = restore(tmp_path / "again", str(tmp_path / "b2"), check=False)
    assert twice.returncode == 1
    assert "不是空的" in twice.stderr


@pytest.mark.skipif("os.environ.get('WUXIAO_TEST_DB') != 'postgres'")
def test_a_drill_on_postgresql_brings_the_backup_back_in_a_database_of_its_own(served: Town, tmp_path: Path) -> None:
    made = json.loads(served.wuxiao("backup", str(tmp_path / "b"), "--drill", "--json").stdout)
    assert (made["drill"], made["encrypted"]) == ("whole", True)
    left = served.rows("SELECT datname FROM pg_database WHERE starts_with(datname, 'wuxiao_drill_')")
    assert left == []


ERASE = """
import django; django.setup()
from django.utils import timezone
from wuxiao.desk.matters import matters
from wuxiao.desk.base.actor import RESIDENT
from wuxiao.desk.matters.matters import Report
at = timezone.now()
one = matters.receive(Report(words="灯不亮，我叫秦九霄", name="秦九霄", phone="13900000001"), by=RESIDENT, at=at)
print("NUMBER", one.number, one.pk)
"""
GONE = """
import sys, django; django.setup()
from django.utils import timezone
from wuxiao.desk.matters import matters
from wuxiao.desk.base.actor import RESIDENT
matters.erase(int(sys.argv[1]), by=RESIDENT, at=timezone.now())
"""


@needs_sqlite
def test_what_was_erased_after_a_backup_does_not_rise_again(still: Town, tmp_path: Path) -> None:
    _, number, pk = still.python("-c", ERASE).stdout.split()
    still.wuxiao("backup", str(tmp_path / "b"))
    still.python("-c", GONE, pk)
    kept = (still.data_dir / "erasures.jsonl").read_text(encoding="utf-8")
    assert [json.loads(line)["number"] for line in kept.splitlines()] == [number]
    assert "秦" not in kept
    # Without the later list it rises, which shows that the list is what keeps it down.
    plain = json.loads(restore(tmp_path / "plain", str(tmp_path / "b"), "--json").stdout)
    words = "SELECT text FROM records_words WHERE matter_id = ? AND turn = 1 AND field = 'words'"
    assert (plain["erased"], Town(tmp_path / "plain", "").rows(words, [pk])) == (0, [{"text": "灯不亮，我叫秦九霄"}])
    later = ("--erasures", str(still.data_dir / "erasures.jsonl"), "--json")
    anew = json.loads(restore(tmp_path / "anew", str(tmp_path / "b"), *later).stdout)
    assert (anew["erased"], anew["breaks"]) == (1, [])
    assert Town(tmp_path / "anew", "").rows(words, [pk]) == [{"text": ""}]
    assert "秦九霄".encode() not in (tmp_path / "anew" / "wuxiao.sqlite3").read_bytes()


@needs_sqlite
def test_an_encrypted_backup_opens_with_its_key_only_and_leaves_nothing_plain(
    still_empty: Town, tmp_path: Path
) -> None:
    identity, recipient = backup.new_key()
    key, wrong = tmp_path / "key", tmp_path / "wrong"
    key.write_text(f"# a comment\n{identity}\n", encoding="utf-8")
    wrong.write_text(backup.new_key()[0], encoding="utf-8")
    folder = tmp_path / "b"
    # Without a recipient it is encrypted all the same, to a key of this machine outside the data folder.
    own = still_empty.wuxiao("backup", str(tmp_path / "own"), "--drill")
    assert "另存一份" in own.stderr
    assert "演练通过" in own.stdout
    assert BACKUP_KEY.stat().st_mode & 0o077 == 0
    assert not list(still_empty.data_dir.rglob("*backup-key*"))
    assert b"SQLite format" not in next((tmp_path / "own").iterdir()).read_bytes()
    elsewhere = Town(tmp_path / "w", "", {"WUXIAO_BACKUP_KEY_FILE": str(tmp_path / "none")})
    assert "--identity" in elsewhere.wuxiao("restore", str(tmp_path / "own"), check=False).stderr
    told = still_empty.wuxiao("backup", str(tmp_path / "open"), "--plain")
    assert "没有加密" in told.stderr
    assert b"SQLite format" in next((tmp_path / "open").iterdir()).read_bytes()
    lost = Town(still_empty.data_dir, "", {"WUXIAO_BACKUP_KEY_FILE": "/proc/none/key"})
    refused = lost.wuxiao("backup", str(tmp_path / "never"), check=False)
    assert (refused.returncode, "--plain" in refused.stderr, "Traceback" in refused.stderr) == (1, True, False)
    made = json.loads(still_empty.wuxiao("backup", str(folder), "--to", recipient, "--json").stdout)
    assert made["encrypted"]
    assert [path.name for path in folder.iterdir()] == [Path(made["path"]).name]
    assert b"SQLite format" not in Path(made["path"]).read_bytes()
    for words, says in (
        ((), "--identity"),
        (("--identity", str(wrong)), "解不开"),
        (("--identity", "/none"), "读不了"),
    ):
        refused = restore(tmp_path / "x", str(folder), *words, check=False)
        assert (refused.returncode, says in refused.stderr) == (1, True), refused.stderr
    cut = tmp_path / "cut.tar.age"
    cut.write_bytes(Path(made["path"]).read_bytes()[:-50_000])
    short = restore(tmp_path / "y", str(cut), "--identity", str(key), check=False)
    assert short.returncode == 1
    assert "Traceback" not in short.stderr
    back = restore(tmp_path / "z", str(folder), "--identity", str(key), "--json")
    assert json.loads(back.stdout)["breaks"] == []
    assert not list(tmp_path.rglob(f"{backup.SCRATCH}*"))


def test_a_backup_that_was_altered_is_refused_by_name(tmp_path: Path) -> None:
    import tarfile

    town = tmp_path / "t"
    town.mkdir()
    (town / "database").write_bytes(b"one")
    paper = {"made_at": AT.isoformat(), "database": "sqlite", "files": {"database": "0" * 64}, "missing": []}
    (town / "paper.json").write_text(json.dumps(paper), encoding="utf-8")
    path = tmp_path / "wuxiao-20261129T040000Z.tar"
    with tarfile.open(path, "w") as out:
        out.add(town / "database", "database")
        out.add(town / "paper.json", "paper.json")
    with pytest.raises(backup.BackupError, match="database"), backup.opened(tmp_path, beside=tmp_path):
        pass
    with pytest.raises(backup.BackupError, match="没有备份"):
        backup.newest(town)
    path.write_bytes(path.read_bytes()[:700])
    with pytest.raises(backup.BackupError, match=r"读不全|没有写完"), backup.opened(path, beside=tmp_path):
        pass


# --------------------------------------------------------------------------------------------------------------- doctor


def findings(town: Town) -> dict[str, Any]:
    said = json.loads(town.wuxiao("doctor", "--json", check=False).stdout)
    return {one["name"]: one for one in said["checks"]} | {"ok": said["ok"]}


def test_the_doctor_finds_what_was_broken_and_says_how_to_mend_it(still_empty: Town) -> None:
    found = findings(still_empty)
    assert {"disk", "modes", "keys", "tables", "integrity", "worker", "clock", "outbox", "jobs", "wal"} <= set(found)
    for name in ("tables", "integrity", "clock", "keys"):
        assert found[name]["ok"], found[name]
    (still_empty.data_dir / "files").mkdir(exist_ok=True)
    letter = still_empty.data_dir / "files" / "letter"
    letter.write_text("x")
    letter.chmod(0o644)
    still_empty.data_dir.chmod(0o755)
    assert not findings(still_empty)["modes"]["ok"]
    (still_empty.data_dir / "secret-key").write_text("")
    broken = still_empty.wuxiao("doctor", "--json", check=False)
    assert broken.returncode == 1
    assert "Traceback" not in broken.stderr


@pytest.mark.either
def test_the_doctor_says_within_seconds_that_the_database_is_away(still_empty: Town, tmp_path: Path) -> None:
    away = Town(still_empty.data_dir, "postgres://127.0.0.1:1/none")
    begun = time.monotonic()
    said = away.wuxiao("doctor", "--json", check=False)
    assert time.monotonic() - begun < 60, "each check waited for it"
    checks = {one["name"]: one for one in json.loads(said.stdout)["checks"]}
    assert (said.returncode, checks["database"]["ok"], "tables" in checks) == (1, False, False)
    assert "refused" in checks["database"]["en"]
    assert checks["disk"]["name"] == "disk"
    verified = away.wuxiao("verify", "--json", check=False)
    assert (verified.returncode, "Traceback" in verified.stderr) == (5, False)


@pytest.mark.either
def test_tables_newer_than_the_program_are_left_alone(still_empty: Town) -> None:
    still_empty.write("INSERT INTO django_migrations (app, name, applied) VALUES ('records', '9999_later', ?)", [AT])
    refused = still_empty.wuxiao("migrate", check=False)
    assert refused.returncode != 0
    assert "较新版本" in refused.stderr
    assert "9999_later" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not findings(still_empty)["tables"]["ok"]


# ------------------------------------------------------------------------------------- hanging, locked, away, and asked


def test_signs_of_life_tell_who_is_silent_and_whose_work_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / alive.FOLDER
    folder.mkdir()
    now = time.monotonic()
    mine, parent = os.getpid(), os.getppid()
    (folder / f"web-{mine}").write_text(f"{now - 31:.3f} 0.0")
    (folder / f"worker-{parent}").write_text(f"{now:.3f} 299.0")
    (folder / "web-999999999").write_text(f"{now - 900:.3f} 0.0")
    assert [s.pid for s in alive.hung(tmp_path, silent=30, hanging=300)] == [mine]
    assert [s.pid for s in alive.hung(tmp_path, silent=60, hanging=298)] == [parent]
    assert not (folder / "web-999999999").exists(), "the file of a process that ended is removed"
    # A disk that takes nothing makes nobody look silent, not even one of them; what hangs says so all the same.
    monkeypatch.setattr(alive, "_can_write", lambda _folder: False)
    assert [s.pid for s in alive.hung(tmp_path, silent=30, hanging=298)] == [parent]
    (folder / f"web-{mine}").unlink()
    monkeypatch.setattr(alive, "EVERY_SECONDS", 0.01)
    alive.show(tmp_path, "demo")
    sign = folder / f"demo-{mine}"
    until(lambda: sign.exists() and sign.stat().st_size == alive.WIDTH)
    first, place = sign.read_text(), sign.stat().st_ino
    until(lambda: sign.read_text() != first)
    assert (sign.stat().st_ino, sign.stat().st_size) == (place, alive.WIDTH), "always the same bytes of one file"
    work = alive.InHand()
    assert work.oldest() == 0.0
    with work.one():
        assert work.oldest() > 0.0
    assert work.oldest() == 0.0


@pytest.mark.either
def test_a_process_that_hangs_is_ended_and_another_answers(served_empty: Town) -> None:
    served_empty.stop()
    served_empty.start(WUXIAO_HUNG_SECONDS="8")
    workers = {s.pid: s.name for s in alive.signs(served_empty.data_dir)}
    until(lambda: len(alive.signs(served_empty.data_dir)) >= 2)
    workers = {s.pid: s.name for s in alive.signs(served_empty.data_dir)}
    victim = next(pid for pid, name in workers.items() if name == "web")
    os.kill(victim, signal.SIGSTOP)
    until(lambda: "hangs" in served_empty.log())
    until(lambda: victim not in {s.pid for s in alive.signs(served_empty.data_dir)})
    for _ in range(8):
        assert httpx.get(f"{served_empty.base_url}/healthz/live", timeout=60).status_code == 200


@needs_sqlite
def test_while_writers_wait_for_a_lock_readers_are_answered_and_writers_told_to_come_again(served: Town) -> None:
    answers: list[httpx.Response] = []

    def post(n: int) -> None:
        given = {"service_code": "urban.facility.lamp", "description": f"路灯不亮 {n}", "address_string": "人民路"}
        answers.append(httpx.post(f"{served.base_url}/open311/v2/requests.json", data=given, timeout=90))

    with contextlib.closing(sqlite3.connect(served.data_dir / "wuxiao.sqlite3", isolation_level=None)) as locker:
        locker.execute("PRAGMA busy_timeout = 60000")
        locker.execute("BEGIN IMMEDIATE")
        posts = [threading.Thread(target=post, args=(n,)) for n in range(16)]
        for one in posts:
            one.start()
        # All threads may be in writers' hands until the first of them give up; after that some are kept for reading.
        assert httpx.get(served.base_url, timeout=60).status_code == 200
        for one in posts:
            one.join(120)
        locker.execute("ROLLBACK")
    assert len(answers) == 16
    assert {a.status_code for a in answers} == {503}
    for answer in answers:
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.headers["Content-Type"].startswith("application/problem+json")
        assert answer.json()["status"] == 503
    assert served.rows("SELECT count(*) AS n FROM records_matter WHERE title LIKE '路灯不亮 %'") == [{"n": 0}]


@pytest.mark.skipif("os.environ.get('WUXIAO_TEST_DB') != 'postgres'")
def test_a_database_that_ends_its_connections_costs_no_reader_an_error(served: Town) -> None:
    for _ in range(8):
        assert httpx.get(served.base_url, timeout=60).status_code == 200
    for _ in range(5):
        with psycopg.connect(served.database_url, autocommit=True) as killer:
            killer.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        assert {httpx.get(f"{served.base_url}/report", timeout=60).status_code for _ in range(6)} == {200}


def _there(base: str) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(f"{base}/healthz/live", timeout=30).status_code == 200
    return False


def test_health_and_figures_are_there_for_machines_and_tell_nothing_of_the_town(served_module: Town) -> None:
    base = served_module.base_url
    assert httpx.get(f"{base}/healthz/live", timeout=30).json() == {"live": True}
    until(lambda: httpx.get(f"{base}/healthz", timeout=30).json().get("worker") == "ok")
    ready = httpx.get(f"{base}/healthz/ready", timeout=30)
    assert (ready.status_code, ready.json()["ready"]) == (200, True)
    figures = httpx.get(f"{base}/metrics", timeout=30)
    names = {line.split("{")[0].split(" ")[0] for line in figures.text.splitlines() if not line.startswith("#")}
    assert {"wuxiao_requests_total", "wuxiao_outbox_messages", "wuxiao_worker_silent_seconds"} <= names
    # Nothing of the folder but the database is mapped into memory: a full disk would end whoever touches such a page.
    for pid in served_module.pids("worker-"):
        lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
        mapped = {line.split(maxsplit=5)[5].strip() for line in lines if "/" in line}
        ours = [path for path in mapped if path.startswith(str(served_module.data_dir))]
        assert not [path for path in ours if not Path(path).name.startswith("wuxiao.sqlite3")]

    def answered() -> float:
        lines = httpx.get(f"{base}/metrics", timeout=30).text.splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith("wuxiao_requests_total{"))

    # Counts are those of all processes, those that ended included.
    until(lambda: answered() >= 3)
    before = answered()
    until(lambda: _written(served_module.data_dir) >= before)
    served_module.kill_web()
    until(lambda: _there(base))
    assert answered() >= before
    assert httpx.get(f"{base}/metrics", headers={"X-Forwarded-For": "1.2.3.4"}, timeout=30).status_code == 404
    given = httpx.get(f"{base}/healthz/live", headers={"X-Request-Id": "abcdef-12345"}, timeout=30)
    assert given.headers["X-Request-Id"] == "abcdef-12345"
    forged = httpx.get(f"{base}/healthz/live", headers={"X-Request-Id": "a b\tc"}, timeout=30)
    assert forged.headers["X-Request-Id"] != "a b\tc"


def _written(data: Path) -> float:
    """What the web processes have written down of the answers they gave."""
    folder = data / alive.FOLDER / metrics.FOLDER
    rows = [row for path in folder.glob("*.json") for row in json.loads(path.read_text("utf-8"))]
    return sum(value for _, name, _, value in rows if name == "wuxiao_requests_total")


@pytest.mark.either
def test_a_town_whose_worker_is_dead_says_so_and_can_still_be_used(served_empty: Town) -> None:
    at = datetime.now(SHANGHAI) - timedelta(minutes=3)
    served_empty.stop()
    served_empty.write("UPDATE records_beat SET beat_at = ?, until = NULL", [at])
    assert not findings(served_empty)["worker"]["ok"]


def test_a_web_process_carries_nothing_heavy_before_a_page_needs_it(tmp_path: Path) -> None:
    look = (
        "import re, sys\n"
        "import django; django.setup(); import wuxiao.site.urls\n"
        "heavy = {'numba', 'sklearn', 'scipy', 'pandas', 'ortools', 'openpyxl', 'httpx', 'typst'} & set(sys.modules)\n"
        # Not ru_maxrss: that remembers the process this one was made from.
        "print(sorted(heavy), re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1])"
    )
    said = Town(tmp_path / "t", "").python("-c", look).stdout.strip()
    heavy, kilobytes = said.rsplit(" ", 1)
    assert heavy == "[]"
    assert int(kilobytes) < 120_000
