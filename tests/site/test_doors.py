"""The drawer and the door-plate: who on the machine can look in, which names the town answers to, what its log says."""

from __future__ import annotations

import json
import logging
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.site.test_cli import init, wuxiao
from wuxiao.rules.codes import new_code
from wuxiao.site import drawer, logs

PROBE = """
import json
from django.conf import settings
names = ("ALLOWED_HOSTS SESSION_COOKIE_NAME CSRF_COOKIE_NAME SESSION_COOKIE_SECURE CSRF_COOKIE_SECURE BASE_URL").split()
print(json.dumps({n: getattr(settings, n) for n in names}))
"""


def python(*words: str, data: Path, code: int = 0, **more: str) -> subprocess.CompletedProcess[str]:
    """Run Python under the town's settings and check its exit code."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("WUXIAO_", "DATABASE_URL", "DJANGO"))}
    chosen = {"WUXIAO_DATA_DIR": str(data), "DJANGO_SETTINGS_MODULE": "wuxiao.site.settings", "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, *words], env={**kept, **chosen, **more}, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done


def probe(data: Path, **more: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(python("-c", PROBE, data=data, **more).stdout)
    return found


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty town, set up once."""
    data = tmp_path_factory.mktemp("made") / "town"
    init(data)
    return data


@pytest.fixture
def data(made: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    return Path(shutil.copytree(made, tmp_path / "town"))


# -- the drawer --------------------------------------------------------------------------------------------------------


def test_what_the_town_keeps_is_closed_to_every_other_account_of_the_machine(made: Path) -> None:
    kept = [made, *(p for p in made.rglob("*") if "static" not in p.parts)]
    assert {p.name for p in kept} >= {"town", "wuxiao.sqlite3", "secret-key"}
    assert [(p, oct(mode(p))) for p in kept if mode(p) & 0o077] == []


def test_a_real_town_does_not_start_in_a_readable_folder_and_says_what_to_do(data: Path) -> None:
    for loose, words in ((0o750, ("serve", "--port", "8170")), (0o701, ("worker", "--once"))):
        data.chmod(loose)
        said = wuxiao(*words, data=data, code=1).stderr
        assert "chmod -R go=" in said
        assert str(data) in said
        assert mode(data) == loose, "a refusal changes nothing"
    data.chmod(0o700)
    (data / "wuxiao.sqlite3").chmod(0o644)
    wuxiao("worker", "--once", data=data)
    assert mode(data / "wuxiao.sqlite3") == 0o600


def test_setting_up_closes_an_own_folder_that_was_made_too_open(data: Path) -> None:
    data.chmod(0o755)
    assert str(data) in wuxiao("migrate", data=data).stderr
    assert mode(data) == 0o700
    assert drawer.open_paths(data) == []


def test_a_link_in_the_folder_does_not_change_what_it_points_to(tmp_path: Path) -> None:
    data, elsewhere = tmp_path / "town", tmp_path / "elsewhere"
    data.mkdir(mode=0o700)
    elsewhere.write_text("x")
    elsewhere.chmod(0o644)
    (data / "link").symlink_to(elsewhere)
    drawer.demand(data)
    assert mode(elsewhere) == 0o644


# -- the key -----------------------------------------------------------------------------------------------------------


def test_an_empty_or_lost_key_stops_the_start_of_a_town_that_exists(data: Path) -> None:
    key = data / "secret-key"
    kept = key.read_text()
    assert len(kept) >= 50
    for bad in ("", "\n", kept[:20]):
        key.write_text(bad)
        assert "secret-key" in python("-c", PROBE, data=data, code=1).stderr
    key.unlink()
    assert "secret-key" in python("-c", PROBE, data=data, code=1).stderr
    assert not key.exists(), "no new key was made"
    assert "32" in python("-c", PROBE, data=data, code=1, WUXIAO_SECRET_KEY="short").stderr
    key.write_text(kept)
    probe(data)


def test_many_processes_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    data = tmp_path / "town"
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("WUXIAO_", "DATABASE_URL"))}
    command = [sys.executable, "-c", "from wuxiao.site import settings; print(settings.SECRET_KEY)"]
    started = [
        subprocess.Popen(command, env={**kept, "WUXIAO_DATA_DIR": str(data)}, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    keys = {process.communicate(timeout=60)[0].strip() for process in started}
    assert keys == {(data / "secret-key").read_text()}
    assert [p.name for p in data.iterdir() if p.name.startswith(".")] == []


# -- names, cookies, transport -----------------------------------------------------------------------------------------


def test_the_town_answers_to_its_own_name_and_this_machine_only(tmp_path: Path) -> None:
    local = ["localhost", "127.0.0.1", "[::1]"]
    assert probe(tmp_path)["ALLOWED_HOSTS"] == local
    found = probe(tmp_path, WUXIAO_BASE_URL="https://12345.wangchuan.gov.cn/")
    assert found == {
        "ALLOWED_HOSTS": ["12345.wangchuan.gov.cn", *local],
        "SESSION_COOKIE_NAME": "__Host-wuxiao_session",
        "CSRF_COOKIE_NAME": "__Host-wuxiao_csrf",
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "BASE_URL": "https://12345.wangchuan.gov.cn",
    }
    plain = probe(tmp_path, WUXIAO_BASE_URL="http://10.1.2.3:8000", WUXIAO_HOSTS="a.example, b.example")
    assert (plain["ALLOWED_HOSTS"], plain["SESSION_COOKIE_NAME"]) == (["a.example", "b.example"], "wuxiao_session")


def test_djangos_own_deployment_check_is_clean(tmp_path: Path) -> None:
    words = ("-m", "django", "check", "--deploy", "--fail-level", "WARNING")
    done = python(*words, data=tmp_path, WUXIAO_BASE_URL="https://12345.wangchuan.gov.cn")
    assert "no issues" in done.stdout
    open_town = python(*words, data=tmp_path, code=1).stderr
    assert "security.W004" in open_town, "the same check sees a town without TLS"


ASK = """
import json, sys, django
django.setup()
from django.test import Client
client = Client(raise_request_exception=False)
found = []
for host, proto in json.loads(sys.argv[1]):
    more = {"HTTP_X_FORWARDED_PROTO": proto} if proto else {}
    answer = client.get("/prefs?size=large&next=/", HTTP_HOST=host, **more)
    cookie = answer.cookies.get("size")
    found.append([answer.status_code, answer.get("Location", ""), answer.get("Strict-Transport-Security", ""),
                  bool(cookie and cookie["secure"])])
print(json.dumps(found))
"""


def test_behind_tls_the_browser_is_told_to_stay_there_and_other_names_are_refused(data: Path) -> None:
    asked = [["wx.example", "https"], ["wx.example", ""], ["evil.example", "https"]]
    done = python("-c", ASK, json.dumps(asked), data=data, WUXIAO_BASE_URL="https://wx.example")
    secure, plain, evil = json.loads(done.stdout)
    assert secure == [302, "/", "max-age=31536000", True]
    assert plain[:2] == [301, "https://wx.example/prefs?size=large&next=/"]
    assert evil[0] == 400


# -- the log -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def written() -> list[str]:
    return []


@pytest.fixture
def log(written: list[str]) -> logging.Handler:
    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(logging.Formatter("%(levelname)s %(name)s %(message)s").format(record))

    handler = Kept()
    for one in (logs.Strangers(), logs.Masked()):
        handler.addFilter(one)
    return handler


def _record(name: str, level: int, message: str, *args: object, status: int | None = None) -> logging.LogRecord:
    record = logging.LogRecord(name, level, __file__, 1, message, args, None)
    if status is not None:
        record.status_code = status
    return record


def test_no_code_token_or_key_reaches_the_log_in_any_shape(written: list[str], log: logging.Handler) -> None:
    code = new_code()
    token, key = "Ctlq1-8sJd_0aQ", "wx_8HfTq_0a1b2c3d4e5f"
    lines = [
        ("Internal Server Error: %s", f"/p/{code}/do/withdraw"),
        ("Internal Server Error: %s", f"/p/{code.lower()}"),
        ("Internal Server Error: %s", f"https://wx.example/c/{token}?lang=en"),
        ("asked for %s", f"/open311/v2/requests.json?service_code=a&api_key={key}&x=1"),
        ("header %s", f"Bearer {key}"),
        ("no matter of %s here", f"{code[:4]}-{code[4:8]}-{code[8:12]}-{code[12:16]}-{code[16:]}"),
        ("key %s is wrong", key),
    ]
    for message, value in lines:
        assert any(secret in value for secret in (code, code.lower(), token, key, code[4:8]))
        log.handle(_record("wuxiao.any", logging.ERROR, message, value))
    text = "\n".join(written)
    assert len(written) == len(lines)
    assert [s for s in (code, code.lower(), token, key, code[4:8], code[8:12]) if s in text] == []
    assert "/p/…/do/withdraw" in text
    assert "service_code=a&api_key=…&x=1" in text


def test_a_traceback_is_masked_too(written: list[str], log: logging.Handler) -> None:
    code = new_code()
    try:
        raise ValueError(f"no such thing: /p/{code}/do/add, {code}")
    except ValueError:
        record = _record("django.request", logging.ERROR, "Internal Server Error: %s", f"/p/{code}", status=500)
        record.exc_info = sys.exc_info()
    log.handle(record)
    assert "ValueError" in written[0]
    assert code not in written[0]


def test_plain_words_and_numbers_of_matters_stay_as_they_are() -> None:
    for text in (
        "WX20261129-28D1C closed",
        "GET /public/prices/all",
        "twenty1characters2run3 x",
        "page 12345678901234567890",
    ):
        assert logs.masked(text) == text


def test_strangers_cannot_make_the_log_grow(
    written: list[str], log: logging.Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = logging.getLogger()
    monkeypatch.setattr(root, "level", logging.WARNING)
    for n in range(9000):
        log.handle(_record("django.request", logging.WARNING, "Not Found: %s", f"/{n}", status=404))
    log.handle(_record("django.security.DisallowedHost", logging.ERROR, "Invalid HTTP_HOST header: %r", "evil"))
    assert written == []
    log.handle(_record("django.request", logging.ERROR, "Internal Server Error: %s", "/", status=500))
    log.handle(_record("wuxiao.worker", logging.WARNING, "slow"))
    assert len(written) == 2, "faults of ours are always written"
    written.clear()
    monkeypatch.setattr(root, "level", logging.INFO)
    for n in range(9000):
        log.handle(_record("django.request", logging.WARNING, "Not Found: %s", f"/{n}", status=404))
    assert 1 <= len(written) <= 60, "at most 20 a minute, also when somebody wants to see them"
    assert written[0] == "INFO django.request Not Found: /0"


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("WUXIAO_IDLE_MINUTES", "abc"),
        ("WUXIAO_IDLE_MINUTES", "0"),
        ("WUXIAO_SIGNED_IN_HOURS", "-1"),
        ("WUXIAO_TRUSTED_PROXIES", "１"),
        ("WUXIAO_LOG", "loud"),
        ("WUXIAO_BASE_URL", "12345.example.gov.cn"),
        ("WUXIAO_BASE_URL", "http://[::1"),
        ("WUXIAO_BASE_URL", "http://x:abc"),
        ("DATABASE_URL", "postgres://u:p[@h/x"),
    ],
)
def test_a_setting_that_will_not_do_gets_a_sentence(tmp_path: Path, name: str, typed: str) -> None:
    said = python("-c", PROBE, data=tmp_path, code=1, **{name: typed}).stderr
    assert said.startswith(name), said
    assert "Traceback" not in said


def test_a_setting_left_empty_says_nothing(tmp_path: Path) -> None:
    probe(tmp_path, WUXIAO_IDLE_MINUTES="", WUXIAO_TRUSTED_PROXIES=" ", WUXIAO_LOG="")


def test_a_key_that_cannot_be_read_gets_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "secret-key").write_bytes(b"\xff" * 48)
    assert "Traceback" not in python("-c", PROBE, data=tmp_path, code=1).stderr
    (tmp_path / "secret-key").unlink()
    (tmp_path / "secret-key").mkdir()
    assert "secret-key" in python("-c", PROBE, data=tmp_path, code=1).stderr.splitlines()[0]
