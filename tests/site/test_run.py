"""`wuxiao run`: the demo county is there at once, is filled while it is used, and goes on where it was interrupted."""

from __future__ import annotations

import argparse
import contextlib
import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.ports import free_port
from tests.support.town import Town, TownMaker
from wuxiao.site import address, folder, serve


@pytest.fixture
def town_maker(_town_maker: TownMaker) -> TownMaker:
    """What makes towns for this run of the tests."""
    return _town_maker


def _run(town: Town, said: Path) -> subprocess.Popen[bytes]:
    """`wuxiao run --small` as somebody starts it, until its first page is answered."""
    with said.open("ab") as out:
        town.process = subprocess.Popen(
            [sys.executable, "-m", "wuxiao.site.cli", "run", "--small", "--port", str(town.port)],
            env=town.environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    end = time.monotonic() + 300
    while time.monotonic() < end:
        assert town.process.poll() is None, said.read_text(errors="replace")
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(town.base_url, timeout=10).status_code == 200:
                return town.process
        time.sleep(0.05)
    raise AssertionError(said.read_text(errors="replace"))


def _stand(town: Town) -> dict[str, Any]:
    found = town.rows("SELECT data FROM records_snapshot WHERE name = 'filling'")
    data = found[0]["data"]
    return dict(json.loads(data) if isinstance(data, str) else data)


def _send(town: Town, words: str) -> None:
    """Report something by the residents' pages."""
    hidden = re.compile(r'type="hidden" name="([^"]+)" value="([^"]*)"')
    with httpx.Client(base_url=town.base_url, timeout=60, headers={"Origin": town.base_url}) as visitor:
        token = dict(hidden.findall(visitor.get("/new").text))["csrfmiddlewaretoken"]
        visitor.post("/new", data={"csrfmiddlewaretoken": token, "words": words})
        visitor.post("/new/contact", data={"csrfmiddlewaretoken": token, "phone": "13900001234", "by_sms": "1"})
        sent = visitor.post("/new/check", data=dict(hidden.findall(visitor.get("/new/check").text)))
        assert sent.status_code == 302, sent.text
        assert "/p/" in sent.headers["location"]


def _until_more(town: Town, than: int) -> None:
    end = time.monotonic() + 300
    while time.monotonic() < end:
        stand = _stand(town)
        if stand["done"] > than or stand["finished"]:
            return
        time.sleep(0.05)
    raise AssertionError("nothing was filled")


@pytest.mark.alone
def test_the_county_is_used_while_it_is_filled_and_goes_on_after_any_interruption(
    town_maker: TownMaker, tmp_path: Path
) -> None:
    town = town_maker.copy(demo=False)
    said = tmp_path / "said"
    sent = list[str]()
    try:
        first = _run(town, said)
        before = _stand(town)
        assert before["done"] < 60, "the first page does not wait for the county"
        if not before["finished"]:
            assert "<progress" in httpx.get(town.base_url, timeout=60).text
            assert "<progress" in httpx.get(f"{town.base_url}/staff/sign-in", timeout=60).text
        accounts = (town.data_dir / "demo-accounts.txt").read_bytes()
        for number, interrupt in enumerate((signal.SIGKILL, signal.SIGINT)):
            _send(town, f"路灯不亮 {number}")
            sent.append(f"路灯不亮 {number}")
            _until_more(town, _stand(town)["done"])
            assert not _stand(town)["finished"], "it was interrupted on the way"
            town.process.send_signal(interrupt) if town.process else None
            assert first.wait(60) == (-signal.SIGKILL if interrupt == signal.SIGKILL else 0)
            first = _run(town, said)
        end = time.monotonic() + 300
        while not _stand(town)["finished"]:
            assert time.monotonic() < end
            time.sleep(0.2)
        stand = _stand(town)
        assert stand["done"] == stand["total"]
        # The whole year is signed now, not when the hour since the first, almost empty checkpoint is over.
        under = "SELECT count(*) AS n FROM records_entry WHERE verb = 'message_decided' AND leaf <"
        while town.rows(f"{under} (SELECT max(size) FROM records_checkpoint)") != [{"n": 1}]:
            assert time.monotonic() < end
            time.sleep(0.5)
        # The receptions of leaders are told in one and are no case; sittings and rewards come last and are not counted.
        told = "SELECT count(*) AS n FROM records_matter WHERE split_from_id IS NULL AND title NOT LIKE ?"
        told += " AND life NOT IN ('conference', 'reward')"
        assert town.rows(told, ["路灯不亮 _"]) == [{"n": stand["total"] - 1}]
        mine = town.rows("SELECT title FROM records_matter WHERE title LIKE ? ORDER BY title", ["路灯不亮 _"])
        assert [row["title"] for row in mine] == sent
        # Nobody was told of a past that is only told: no message of the county's year went out.
        old = "SELECT count(*) AS n FROM records_message WHERE provider_id <> 'history' AND created_at < ?"
        assert town.rows(old, [stand["until"].replace("T", " ")[:19]]) == [{"n": 0}]
        # The last worker's first look comes after the end of the filling or before it: either way nothing is doubted.
        assert town.rows("SELECT count(*) AS n FROM records_beat WHERE doubted_at IS NOT NULL") == [{"n": 0}]
        assert "<progress" not in httpx.get(town.base_url, timeout=60).text
        assert "<progress" not in httpx.get(f"{town.base_url}/report", timeout=60).text
        assert town.rows("SELECT count(*) > 10 AS n FROM records_snapshot WHERE name LIKE ?", ["figures:%"])[0]["n"]
        assert (town.data_dir / "demo-accounts.txt").read_bytes() == accounts
        again = town.wuxiao("demo", "codes").stdout.splitlines()[1:5]
        codes = [line.split()[0] for line in again]
        assert len(set(codes)) == 4
        for code in codes:
            assert httpx.get(f"{town.base_url}/p/{code.replace('-', '')}", timeout=60).status_code == 200
        assert all(code in said.read_text() for code in codes)
        town.stop()
        assert json.loads(town.wuxiao("verify", "--json").stdout)["breaks"] == []
    finally:
        if town.process is not None:
            town.kill()


def test_an_odd_port_gets_a_sentence_and_its_own_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for port in ("0", "abc", "99999", "-1", "8000x", "８０００", "1" * 9, "80 80"):
        with pytest.raises(SystemExit) as no:
            address.chosen(argparse.Namespace(host="127.0.0.1", port=port))
        assert no.value.code == 3, port
        assert "1 到 65535" in capsys.readouterr().err
    assert address.chosen(argparse.Namespace(host="127.0.0.1", port=" 8000 ")) == ("127.0.0.1", 8000)
    town = Town(tmp_path / "t", "", {"PORT": "abc"})
    for words in (("run",), ("serve",)):
        done = town.wuxiao(*words, check=False)
        assert (done.returncode, "65535" in done.stderr, "Traceback" in done.stderr) == (3, True, False)
    assert not (tmp_path / "t").exists(), "nothing was made"
    # Another word does not stumble over it.
    assert town.wuxiao("clock", "--help").returncode == 0


def test_a_port_that_cannot_be_had_says_why(tmp_path: Path) -> None:
    import socket

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen(1)
        port = other.getsockname()[1]
        done = Town(tmp_path / "t", "").wuxiao("run", "--port", str(port), check=False)
        assert (done.returncode, f"Port {port}" in done.stderr) == (3, True)
    privileged = serve.why_not("127.0.0.1", 80, OSError(errno.EACCES, "Permission denied"))
    assert "1024" in privileged
    assert "8000" in privileged
    nowhere = Town(tmp_path / "u", "").wuxiao(
        "run", "--host", "no.such.host.invalid", "--port", str(free_port()), check=False
    )
    assert (nowhere.returncode, "Traceback" in nowhere.stderr) == (3, False)


def test_a_database_that_cannot_be_used_gets_a_sentence_and_its_own_exit_code(tmp_path: Path) -> None:
    for url, says in (
        (f"postgres://a@127.0.0.1:{free_port()}/x", "PostgreSQL"),
        (f"postgres://a@/x?host={tmp_path}", "PostgreSQL"),
    ):
        done = Town(tmp_path / "p", url).wuxiao("migrate", check=False)
        assert (done.returncode, says in done.stderr, "Traceback" in done.stderr) == (5, True, False), done.stderr
    wrong = Town(tmp_path / "p", "postgres://a@h:port/x").wuxiao("migrate", check=False)
    assert (wrong.returncode, "DATABASE_URL" in wrong.stderr, "Traceback" in wrong.stderr) == (1, True, False)
    folder = tmp_path / "broken"
    folder.mkdir(mode=0o700)
    (folder / "secret-key").write_text("a" * 64)
    (folder / "wuxiao.sqlite3").write_bytes(b"no database at all" * 500)
    for words in (("serve", "--port", str(free_port())), ("clock", "confirm", "--by", "王")):
        done = Town(folder, "").wuxiao(*words, check=False)
        assert (done.returncode, "restore" in done.stderr, "Traceback" in done.stderr) == (5, True, False), done.stderr


def test_an_odd_data_folder_gets_a_sentence_and_its_own_exit_code(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    (tmp_path / "with blanks 空格").mkdir()
    for typed, says in (
        (str(file), "是文件"),
        (f"{file}/below", "不存在"),
        (str(tmp_path / "no" / "such"), "不存在"),
        ("", "没有写"),
        ("  ", "没有写"),
        (f"{tmp_path}/x ", "空格"),
        ("~nobody-here-at-all/data", "家目录"),
        (f"{tmp_path}/two\nlines", "换行"),
        (f"{tmp_path}/bell\x07", "看不见"),
        (f"{tmp_path}/\udcff", "看不见"),
        (f"{tmp_path}/null\x00", "看不见"),
    ):
        assert says in folder.trouble(typed), typed
    for typed in (
        str(tmp_path),
        str(tmp_path / "new"),
        str(tmp_path / "with blanks 空格"),
        "data",
        "~",
        "~/wuxiao-data",
    ):
        assert folder.trouble(typed) == "", typed
    with pytest.raises(SystemExit) as no:
        folder.make(file / "below")
    assert no.value.code == 4
    done = Town(file, "").wuxiao("run", "--port", str(free_port()), check=False)
    assert (done.returncode, "是文件" in done.stderr, "Traceback" in done.stderr) == (4, True, False)
    assert file.read_text() == "mine"
    home = tmp_path / "home"
    home.mkdir()
    town = Town(Path("~/kept"), "", {"HOME": str(home)})
    town.wuxiao("migrate")
    assert (home / "kept" / "wuxiao.sqlite3").exists()
    if os.geteuid():
        (tmp_path / "closed").mkdir(mode=0o500)
        assert "只读" in folder.trouble(str(tmp_path / "closed"))


#: Folders as somebody may type them; the last ones get a sentence of the program, the others are used.
ODD = ('a"b', "it's", "a$b", "$(x", "`id`", "back\\slash", "五小 县", "#1%20?&;", "-x", "two\nlines", "")


def test_make_run_hands_every_word_on_as_it_was_typed(tmp_path: Path) -> None:
    """What `make run` starts sees what was typed, given beside the word or in the environment."""
    shutil.copy(Path(__file__).resolve().parents[2] / "Makefile", tmp_path)
    program = tmp_path / ".venv" / "bin" / "wuxiao"
    program.parent.mkdir(parents=True)
    program.write_text(
        f"#!{sys.executable}\nimport json, os, sys\nprint(json.dumps([os.environ['WUXIAO_DATA_DIR'], *sys.argv[1:]]))\n"
    )
    program.chmod(0o700)
    kept = {k: v for k, v in os.environ.items() if k not in {"DATA_DIR", "PORT", "HOST", "MAKEFLAGS"}}
    words = ["make", "-s", "--no-print-directory", "run", "PYTHON=true"]
    for typed in ODD:
        for more, environment in (([f"DATA_DIR={typed}"], kept), ([], {**kept, "DATA_DIR": typed})):
            done = subprocess.run([*words, *more], cwd=tmp_path, env=environment, capture_output=True, text=True)
            assert (done.returncode, done.stderr) == (0, ""), typed
            assert json.loads(done.stdout) == [typed, "run", "--host=127.0.0.1", "--port=8000"]
    done = subprocess.run([*words, 'HOST=a"$b', "PORT=80 00"], cwd=tmp_path, env=kept, capture_output=True, text=True)
    assert json.loads(done.stdout) == ["data", "run", '--host=a"$b', "--port=80 00"]


def test_a_town_lives_in_a_folder_of_any_name(tmp_path: Path) -> None:
    """One folder with every odd letter at once: the town is made, looked at and copied, and lies nowhere else."""
    name = "".join(ODD[:8])
    town = Town(tmp_path / name, "")
    town.wuxiao("migrate")
    assert json.loads(town.wuxiao("verify", "--json").stdout)["whole"]
    town.wuxiao("backup", "--plain", str(tmp_path))
    assert (tmp_path / name / "wuxiao.sqlite3").exists()
    made = {path.name for path in tmp_path.iterdir()}
    assert [one for one in made if one != name and not one.endswith((".tar", ".tar.gz"))] == [], made
    for typed in ("two\nlines", ""):
        refused = Town(tmp_path / typed, "", {"WUXIAO_DATA_DIR": typed}).wuxiao("migrate", check=False)
        assert (refused.returncode, "Traceback" in refused.stderr) == (4, False), refused.stderr
        assert len(refused.stderr.strip().splitlines()) == 2
