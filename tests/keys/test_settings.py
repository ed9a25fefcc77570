"""Every setting of a town's server does something: it is set to one value and to another, and something goes otherwise.

The settings are those of `site.environment`, of the settings module and of the file that describes an SMS provider;
what nobody watches fails here by name. Give the setting its effect and write the scene, or take the setting out.
"""

from __future__ import annotations

import argparse
import json
import logging
import logging.config
import os
import re
import runpy
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import fields
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.conf import global_settings, settings
from django.core import signing
from django.test import Client, RequestFactory, override_settings
from django.utils import timezone

from tests.desk.people import settle
from tests.keys.filling import taken_back
from tests.keys.grammar import toml
from wuxiao.desk.base.actor import SYSTEM
from wuxiao.desk.diary import checkpoints, notes
from wuxiao.desk.documents import typeset
from wuxiao.desk.doors import factors, visits
from wuxiao.desk.ways import mail, sms
from wuxiao.plan import cli as plan_cli
from wuxiao.records.models import Staff, Visit
from wuxiao.rules.access import Role
from wuxiao.site import backup, environment, looking, serve
from wuxiao.site.commands import keeping, sheets
from wuxiao.site.watch import alive
from wuxiao.web.shared.caller import caller_of

pytestmark = [pytest.mark.django_db, pytest.mark.either]
ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src/wuxiao"
MODULE = SOURCE / "site/settings.py"


def read_module(monkeypatch: pytest.MonkeyPatch, name: str, value: str | None) -> dict[str, Any]:
    """Return what the settings module makes of an environment in which this variable of ours alone is set."""
    with monkeypatch.context() as patch:
        _set(patch, name, value)
        return {n: v for n, v in runpy.run_path(str(MODULE)).items() if n.isupper()}


def _set(patch: pytest.MonkeyPatch, name: str, value: str | None) -> None:
    for one in environment.SETTINGS:
        if one != "DATA_DIR":
            patch.delenv(f"WUXIAO_{one}", raising=False)
    if value is not None:
        patch.setenv(f"WUXIAO_{name}", value)


@contextmanager
def turned(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str | None, made: dict[str, Any], other: dict[str, Any]
) -> Iterator[None]:
    """Have a variable hold a value, and the settings what the module makes of it where the other differs."""
    moved = {n: v for n, v in made.items() if v != other.get(n) and n != "DATABASES"}
    with monkeypatch.context() as patch, override_settings(**moved) if moved else nullcontext():
        _set(patch, name, value)
        yield


# ------------------------------------------------------------------------------------------- what each setting changes

Scene = Callable[[dict[str, Any], Path], Any]
SCENES: dict[str, tuple[str | None, str | None, Scene]] = {}
KEY_FILE = "{tmp}/kept-elsewhere"


def sees(name: str, one: str | None, other: str | None) -> Callable[[Scene], Scene]:
    """Say which setting a scene watches, and two values between which it must see something; `None`: not set."""

    def keep(scene: Scene) -> Scene:
        assert name not in SCENES
        SCENES[name] = (one, other, scene)
        return scene

    return keep


def _signed_in(**session: str) -> Any:
    settle()
    Staff.objects.update(must_change_password=False)
    client = Client()
    client.force_login(Staff.objects.get(username="admin"))
    kept = client.session
    for name, value in session.items():
        kept[name] = value
    kept.save()
    return client.get("/staff/keys").status_code


@sees("BASE_URL", None, "https://12345.example.gov.cn")
def address_in_open_data(made: dict[str, Any], tmp: Path) -> Any:
    settle()
    return Client(headers={"host": "localhost"}).get("/open311/v2/discovery.json", secure=True).content


@sees("HTTPS", "0", "1")
def plain_http(made: dict[str, Any], tmp: Path) -> Any:
    settle()
    return Client(headers={"host": "localhost"}).get("/privacy").status_code


@sees("DEBUG", "0", "1")
def a_fault_for_developers(made: dict[str, Any], tmp: Path) -> Any:
    return settings.DEBUG, settings.WHITENOISE_USE_FINDERS


@sees("DEMO", "0", "1")
def what_a_demo_sends(made: dict[str, Any], tmp: Path) -> Any:
    # A demo county writes files; a town that says nothing sends nothing.
    return type(mail.send("wang@example.com", "主题", "内容", "k1")).__name__


@sees("HOSTS", "localhost", "elsewhere.example")
def another_host(made: dict[str, Any], tmp: Path) -> Any:
    settle()
    return Client(headers={"host": "elsewhere.example"}).get("/privacy").status_code


@sees("SECRET_KEY", "a" * 40, "b" * 40)
def signature(made: dict[str, Any], tmp: Path) -> Any:
    return signing.Signer().sign("town")


@sees("SECOND_FACTOR", None, "admin")
def second_factor(made: dict[str, Any], tmp: Path) -> Any:
    return factors.compulsory({Role.ADMIN}), _signed_in()


@sees("IDLE_MINUTES", "30", "60")
def left_alone(made: dict[str, Any], tmp: Path) -> Any:
    return _signed_in(seen=(timezone.now() - timedelta(minutes=45)).isoformat())


@sees("SIGNED_IN_HOURS", "2", "9")
def long_day(made: dict[str, Any], tmp: Path) -> Any:
    now = timezone.now()
    return _signed_in(seen=now.isoformat(), began=(now - timedelta(hours=5)).isoformat())


@sees("SIGNED_IN_TIMES", "1", "3")
def many_places(made: dict[str, Any], tmp: Path) -> Any:
    settle()
    person = Staff.objects.get(username="admin")
    for n in range(3):
        visits.begin(person, f"key{n}", by=SYSTEM, at=timezone.now(), address="10.0.0.1", device="desk")
    return Visit.objects.filter(staff=person).count()


@sees("TRUSTED_PROXIES", "0", "1")
def who_knocks(made: dict[str, Any], tmp: Path) -> Any:
    return caller_of(RequestFactory().get("/", headers={"X-Forwarded-For": "198.51.100.7"}))


@sees("WEB_PROCESSES", "1", "2")
def processes(made: dict[str, Any], tmp: Path) -> Any:
    return serve._web_processes()


@sees("HUNG_SECONDS", "10", "20")
def patience(made: dict[str, Any], tmp: Path) -> Any:
    return alive.patience()


@sees("IDENTITY_KEY_FILE", None, KEY_FILE)
def where_the_identity_key_lies(made: dict[str, Any], tmp: Path) -> Any:
    from wuxiao.records import sealed

    sealed.keyring()
    return (tmp / "kept-elsewhere").exists()


@sees("LOG_KEY", None, KEY_FILE)
def where_the_log_key_lies(made: dict[str, Any], tmp: Path) -> Any:
    return notes.key_path()


@sees("LOG_NAME", None, "town.example/wuxiao")
def name_of_the_log(made: dict[str, Any], tmp: Path) -> Any:
    return notes._own_name()


@sees("CHECKPOINTS", None, KEY_FILE)
def where_checkpoints_go(made: dict[str, Any], tmp: Path) -> Any:
    return checkpoints.notes_path()


@sees("BACKUP_KEY_FILE", None, KEY_FILE)
def where_the_key_of_backups_lies(made: dict[str, Any], tmp: Path) -> Any:
    return backup.own_key_path()


def _parsed(module: Any, words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    module.add_to(parser.add_subparsers())
    return parser.parse_args(words)


@sees("BACKUP_TO", None, "age1" + "q" * 58)
def whom_backups_are_for(made: dict[str, Any], tmp: Path) -> Any:
    return _parsed(keeping, ["backup", str(tmp)]).to


@sees("API_KEY", None, "wx_secret12")
def with_which_key_a_replay_speaks(made: dict[str, Any], tmp: Path) -> Any:
    return _parsed(sheets, ["replay", "requests.csv", "--source", "la"]).key


def _logged(made: dict[str, Any]) -> list[str]:
    """The lines of a log that is set up as the settings say."""
    written: list[str] = []

    class Stream:
        def write(self, text: str) -> None:
            written.append(text)

        def flush(self) -> None:
            pass

    kept = logging.root.handlers[:], logging.root.level
    try:
        logging.config.dictConfig(made["LOGGING"])
        for handler in logging.root.handlers:
            if isinstance(handler, logging.StreamHandler):
                handler.stream = Stream()
        for level in (logging.INFO, logging.ERROR):
            logging.getLogger("wuxiao.settings").log(level, "said")
    finally:
        logging.root.handlers[:], logging.root.level = kept
    return [re.sub(r"\d", "9", line) for line in written]


@sees("LOG", "INFO", "ERROR")
def how_much_is_logged(made: dict[str, Any], tmp: Path) -> Any:
    return _logged(made)


@sees("LOG_FORMAT", "line", "json")
def how_it_is_logged(made: dict[str, Any], tmp: Path) -> Any:
    return _logged(made)


@sees("MAIL_URL", None, "file:")
def a_mail_goes_out(made: dict[str, Any], tmp: Path) -> Any:
    return type(mail.send("wang@example.com", "主题", "内容", "k1")).__name__


@sees("MAIL_FROM", "one@example.com", "two@example.com")
def who_sends_it(made: dict[str, Any], tmp: Path) -> Any:
    return mail.build("wang@example.com", "主题", "内容", "k1")["From"]


@sees("SMS_GATEWAY", None, "file:")
def a_text_goes_out(made: dict[str, Any], tmp: Path) -> Any:
    return type(sms.send("13900000001", "内容", "k1")).__name__


@sees("METRICS_TOKEN", None, "token-of-figures")
def who_reads_the_figures(made: dict[str, Any], tmp: Path) -> Any:
    client = Client(headers={"host": "localhost"})
    return client.get("/metrics").status_code, client.get(
        "/metrics", headers={"Authorization": "Bearer token-of-figures"}
    ).status_code


@sees("FONTS", None, "{tmp}")
def own_faces(made: dict[str, Any], tmp: Path) -> Any:
    return typeset._own_folder()


@sees("TRACE", "0", "1")
def where_a_fault_happened(made: dict[str, Any], tmp: Path) -> Any:
    with pytest.MonkeyPatch.context() as patch:

        def fault() -> int:
            raise RuntimeError("a fault nobody foresaw")

        patch.setattr(plan_cli, "_register", fault)
        try:
            return plan_cli.main(["register"])
        except RuntimeError:
            return "raised"


@sees("DATA_DIR", None, None)
def where_a_town_lies(made: dict[str, Any], tmp: Path) -> Any:
    # Each reading of the module is told another folder (`turned`).
    return made["DATA_DIR"], made["FILES_DIR"], made["STATIC_ROOT"]


@sees("PROCESS", None, "look")
def a_process_that_only_looks(made: dict[str, Any], tmp: Path) -> Any:
    return looking.on(), made["LOOKING"]


@sees("SUPERVISOR", None, str(os.getppid()))
def whose_child_it_is(made: dict[str, Any], tmp: Path) -> Any:
    return environment.whole("SUPERVISOR", 1)


def test_every_variable_of_the_environment_changes_something(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(SCENES) == set(environment.SETTINGS), "a setting nobody watches, or a scene of none"
    dead = []
    for name, (*values, scene) in SCENES.items():
        made = []
        here = tmp_path / name
        here.mkdir()
        given = [None if value is None else value.replace("{tmp}", str(here)) for value in values]
        for n, value in enumerate(given):
            monkeypatch.setenv("WUXIAO_DATA_DIR", str(tmp_path / f"town{n if name == 'DATA_DIR' else ''}"))
            made.append(read_module(monkeypatch, name, value))
        found = []
        for n, value in enumerate(given):
            with turned(monkeypatch, name, value, made[n], made[1 - n]), taken_back():
                found.append(scene(made[n], here))
        if found[0] == found[1]:
            dead.append((name, found[0]))
    print(f"{len(SCENES)} variables of the environment were turned")
    assert dead == []


# ------------------------------------------------------------------------------------------------ the settings module

#: Asked for by Django, WhiteNoise and the reverse proxies' own parts of Django under these names.
OF_LIBRARIES = re.compile(r"(?:WHITENOISE|SECURE|CSRF|SESSION|LANGUAGE|STATIC|FILE_UPLOAD|DATA_UPLOAD)_\w+")


def test_every_name_of_the_settings_module_is_read() -> None:
    """What Django or a library does not ask for under its name, our code does."""
    code = "\n".join(path.read_text("utf-8") for path in SOURCE.rglob("*.py") if path != MODULE)
    read = set(re.findall(r"\bsettings\.([A-Z][A-Z_]+)\b", code)) | set(
        re.findall(r'getattr\(settings, "([A-Z_]+)"', code)
    )
    module = MODULE.read_text("utf-8")
    names = re.findall(r"^ *([A-Z][A-Z_]+)\b(?:: [^=]+)? = ", module, re.MULTILINE)
    names += re.findall(r"^([A-Z_]+) = [A-Z_]+ = ", module, re.MULTILINE)
    inside = {n for n in names if len(re.findall(rf"\b{n}\b", module)) > 1}
    djangos = {n for n in dir(global_settings) if n.isupper()} | {"ROOT_URLCONF", "AUTH_USER_MODEL"}
    unread = [n for n in dict.fromkeys(names) if n not in djangos | read | inside and not OF_LIBRARIES.fullmatch(n)]
    print(f"{len(set(names))} names of the settings module")
    assert len(set(names)) > 50
    assert unread == []
    # And what the code asks for is there.
    assert sorted(read - set(names) - djangos) == []


# --------------------------------------------------------------------------------------------- the SMS provider's file

FILE: dict[str, Any] = {
    "url": "{far}/messages/{to}",
    "format": "json",
    "body": {"to": "{to}", "text": "{text}"},
    "headers": {"X-Office": "one"},
    "key_header": "X-Key",
    "status_url": "{far}/status/{key}",
    "state_field": "state",
    "sent_when": ["sent"],
    "id_field": "id",
    "taken.field": "code",
    "taken.values": ["ok"],
    "refused.field": "code",
    "refused.values": ["no"],
}
OTHER: dict[str, Any] = {
    "url": "{far}/elsewhere/{to}",
    "format": "form",
    "body": {"mobile": "{to}", "text": "{text}"},
    "headers": {"X-Office": "two"},
    "key_header": "",
    "status_url": "",
    "state_field": "id",
    "sent_when": ["queued"],
    "id_field": "state",
    "taken.field": "state",
    "taken.values": ["no"],
    "refused.field": "id",
    "refused.values": ["ok"],
}


class _Provider(BaseHTTPRequestHandler):
    """Writes down what it is asked and answers as it is told."""

    asked: ClassVar[list[tuple[str, ...]]] = []
    code: ClassVar[str] = "ok"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        mine = sorted(f"{name}: {value}" for name, value in self.headers.items() if name.startswith("X-"))
        self.asked.append((self.command, self.path, *mine, body))
        said = json.dumps({"code": self.code, "state": "sent", "id": "7"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    do_GET = do_POST

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


def _spoken(file: Path, far: str, keys: dict[str, Any]) -> Any:
    """What a provider is asked and what its answers are taken for, under a file with these keys."""
    flat = {name: value for name, value in keys.items() if "." not in name}
    told = json.loads(json.dumps(flat).replace("{far}", far))
    text = "".join(f"{name} = {toml(value)}\n" for name, value in told.items())
    for table in ("taken", "refused"):
        text += f"[{table}]\n" + "".join(
            f"{name.partition('.')[2]} = {toml(value)}\n"
            for name, value in keys.items()
            if name.startswith(f"{table}.")
        )
    file.write_text(text, encoding="utf-8")
    found: list[Any] = []
    with override_settings(SMS_GATEWAY=str(file)):
        for code in ("ok", "no", "?"):
            _Provider.code = code
            _Provider.asked.clear()
            sms._gateway.cache_clear()
            found += [sms.send("13900000001", "内容", "k1"), sms.ask("k1"), list(_Provider.asked)]
    return found


def test_every_key_of_the_file_of_an_sms_provider_changes_something(tmp_path: Path) -> None:
    names = {f.name for f in fields(sms.Gateway)} - {"taken", "refused"}
    names |= {f"{table}.{f.name}" for table in ("taken", "refused") for f in fields(sms.Rule)}
    assert set(FILE) == set(OTHER) == names, "a key nobody turns"
    paper = (ROOT / "docs/administrators/sms.md").read_text("utf-8")
    assert [name for name in names if f"{name.rpartition('.')[2]} = " not in paper] == []
    with ThreadingHTTPServer(("127.0.0.1", 0), _Provider) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        far = f"http://127.0.0.1:{server.server_port}"
        base = _spoken(tmp_path / "sms.toml", far, FILE)
        assert base == _spoken(tmp_path / "sms.toml", far, FILE)
        assert type(base[0]).__name__ == "Sent", "the file as it is must work"
        dead = [n for n in FILE if _spoken(tmp_path / "sms.toml", far, {**FILE, n: OTHER[n]}) == base]
        server.shutdown()
    print(f"{len(FILE)} keys of the file of an SMS provider were turned")
    assert dead == []
