"""What stands in the environment: each variable is known, judged before anything is made, and refused in a sentence."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from tests.site.test_cli import wuxiao
from tests.site.test_doors import PROBE, python
from wuxiao.site import environment
from wuxiao.site.watch import alive

ROOT = Path(__file__).resolve().parents[2]
WRONG = {
    "BASE_URL": "12345.example.gov.cn",
    "HTTPS": "yes",
    "DEBUG": "on",
    "DEMO": "true",
    "TRACE": "please",
    "HOSTS": "https://a.example",
    "SECRET_KEY": "short-word",
    "SECOND_FACTOR": "all,janitor",
    "IDLE_MINUTES": "0",
    "SIGNED_IN_HOURS": "１０",
    "SIGNED_IN_TIMES": "many",
    "TRUSTED_PROXIES": "-1",
    "WEB_PROCESSES": "two",
    "HUNG_SECONDS": "abc",
    "IDENTITY_KEY_FILE": "/",
    "LOG_KEY": "/etc/passwd/key",
    "CHECKPOINTS": "https://elsewhere.example/notes",
    "BACKUP_KEY_FILE": "/tmp",
    "LOG_NAME": "two words",
    "LOG": "loud",
    "LOG_FORMAT": "xml",
    "MAIL_URL": "imap://user:hunter22@mail.example",
    "MAIL_FROM": "nobody",
    "SMS_GATEWAY": "https://sms.example/send",
    "METRICS_TOKEN": "with a blank",
    "BACKUP_TO": "ssh-ed25519 AAAA",
    "API_KEY": "口令",
    "FONTS": "/no/such/folder/of/faces",
    "PROCESS": "worker",
    "SUPERVISOR": "init",
}
RIGHT = {
    "HOSTS": "a.example, .b.example,[::1],*",
    "SECOND_FACTOR": "auditor, security",
    "HUNG_SECONDS": "7.5",
    "MAIL_URL": "smtps://u:p%40@mail.example:465",
    "MAIL_FROM": "五小 <wuxiao@example.gov.cn>",
    "LOG": "info",
    "TRUSTED_PROXIES": "0",
    "BACKUP_TO": "age1" + "q" * 58,
    "FONTS": "/usr",
}
JUDGED_ELSEWHERE = {"DATA_DIR"}


def test_every_variable_of_the_code_is_in_the_table_and_in_the_papers() -> None:
    read = set()
    for path in (ROOT / "src/wuxiao").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        read |= set(re.findall(r"\bWUXIAO_([A-Z_]*[A-Z])\b", text))
        read |= set(re.findall(r"\benvironment\.(?:value|whole|on)\(\"(\w+)\"", text))
    assert len(read) > 25
    assert {name for name in read if not environment.OTHERS.fullmatch(f"WUXIAO_{name}")} == set(environment.SETTINGS)
    papers = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs/administrators").glob("*.md"))
    ours = {"PROCESS", "SUPERVISOR"}
    assert [name for name in environment.SETTINGS if f"`WUXIAO_{name}`" not in papers and name not in ours] == []


def test_a_wrong_value_is_named_with_what_was_found_and_what_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(WRONG) | JUDGED_ELSEWHERE == set(environment.SETTINGS)
    for name, typed in WRONG.items():
        monkeypatch.setenv(f"WUXIAO_{name}", typed)
        text = environment.wrong()[f"WUXIAO_{name}"]
        setting = environment.SETTINGS[name]
        for said, right in ((text.zh, setting.right.zh), (text.en, setting.right.en)):
            assert said.startswith(f"WUXIAO_{name}")
            assert right in said
            assert (typed in said) is not setting.secret, "a secret is not repeated, anything else is"
        monkeypatch.delenv(f"WUXIAO_{name}")
    assert environment.wrong() == {}


def test_right_values_and_blank_ones_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, typed in RIGHT.items():
        monkeypatch.setenv(f"WUXIAO_{name}", typed)
    assert environment.wrong() == {}
    assert alive.patience() == 7.5
    for name in environment.SETTINGS:
        monkeypatch.setenv(f"WUXIAO_{name}", " ")
    assert environment.wrong() == {}
    assert alive.patience() == alive.SILENT_SECONDS
    assert environment.on("HTTPS", otherwise=True), "blank is not off"


def test_the_start_and_the_doctor_say_it_and_nothing_is_made(tmp_path: Path) -> None:
    given = {f"WUXIAO_{name}": typed for name, typed in WRONG.items()}
    data = tmp_path / "town"
    for words in (("-c", PROBE), ("-m", "wuxiao.site.serve", "--port", "1")):
        said = python(*words, data=data, code=1, **given).stderr
        assert "Traceback" not in said
        lines = said.splitlines()
        assert [line.split("=")[0].split("（")[0].split(" (")[0] for line in lines[::2]] == list(given)
        assert len(lines) == 2 * len(given)
    assert not data.exists()
    # A slip of the pen is no fault that stops a start; the doctor names it.
    checks = json.loads(wuxiao("doctor", "--json", data=data, code=1, **given, WUXIAO_TRUSTED_PROXY="1").stdout)[
        "checks"
    ]
    assert {one["name"] for one in checks} == {*given, "WUXIAO_TRUSTED_PROXY"}
    assert not any(one["ok"] for one in checks)
    (slip,) = (one for one in checks if one["name"] == "WUXIAO_TRUSTED_PROXY")
    assert "WUXIAO_TRUSTED_PROXIES" in slip["en"]


def test_libraries_that_know_no_settings_judge_theirs_too(tmp_path: Path) -> None:
    said = wuxiao("plan", "register", data=tmp_path, code=1, WUXIAO_TRACE="please").stderr
    assert said.startswith("WUXIAO_TRACE='please' ")
    assert "Traceback" not in said


def test_nothing_of_the_tests_own_machine_is_taken_for_a_slip(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("WUXIAO_")]:
        monkeypatch.delenv(name)
    for name in ("WUXIAO_TEST_DB", "WUXIAO_BENCH_DIR", "WUXIAO_BROWSER", "WUXIAO_HTTPS"):
        monkeypatch.setenv(name, "1")
    assert environment.unknown() == {}
    monkeypatch.setenv("WUXIAO_HTTP", "1")
    assert "WUXIAO_HTTPS" in environment.unknown()["WUXIAO_HTTP"].en
