"""The `wuxiao` command as administrators, analysts and scripts use it: real processes, real files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from wuxiao.rules import book as rulebook

BOOK = Path(rulebook.__file__).parent / "book.toml"
PASSWORD = "梧桐-井盖-7421-tea"


def wuxiao(*words: str, data: Path, code: int = 0, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the command on a town in `data` (SQLite) and check its exit code."""
    # What the tests themselves are told (where real data lies, say) is no setting of that town.
    ours = ("DATABASE_URL", "DJANGO_SETTINGS_MODULE", "WUXIAO_DATA")
    environment = {k: v for k, v in os.environ.items() if k not in ours}
    done = subprocess.run(
        [sys.executable, "-m", "wuxiao.site.cli", *words],
        env={**environment, "WUXIAO_DATA_DIR": str(data), "PYTHONUTF8": "1", **more},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done


def init(data: Path, *, password: str = PASSWORD, code: int = 0) -> subprocess.CompletedProcess[str]:
    return wuxiao(
        "init", "--book", str(BOOK), "--admin", "li.wen", "--name", "李文", "--unit", "data_bureau",
        "--password", password, data=data, code=code,
    )  # fmt: skip


def test_a_promise_is_answered_with_its_reason(tmp_path: Path) -> None:
    words = ("promise", "--at", "2026-02-12T10:00", "--profile", "five_working_days", "--class", "complaint", "--json")
    found = json.loads(wuxiao(*words, data=tmp_path).stdout)
    assert found["due"].startswith("2026-02-26")
    assert "春节" in found["why"]["zh"]


def test_a_batch_keeps_its_order_and_names_the_bad_row(tmp_path: Path) -> None:
    file = tmp_path / "batch.csv"
    file.write_text(
        "at,profile,class\n2026-09-29T10:00,five_working_days,request\n昨天,five_working_days,request\n"
        "2026-12-28T10:00,five_working_days,enquiry\n",
        encoding="utf-8",
    )
    done = wuxiao("promise", "--batch", str(file), data=tmp_path, code=1)
    first, bad, last = json.loads(done.stdout)
    assert first["due"].startswith("2026-10-12")
    assert bad["row"] == 3
    assert bad["error"]
    assert last["due"] > "2026-12-30"


def test_a_book_is_said_in_words_and_a_broken_one_refused_at_its_line(tmp_path: Path) -> None:
    lines = wuxiao("rules", "check", str(BOOK), data=tmp_path).stdout.splitlines()
    assert len(lines) > 300
    english = wuxiao("rules", "check", str(BOOK), "--lang", "en", data=tmp_path).stdout
    assert "working days" in english
    broken = tmp_path / "broken.toml"
    text = BOOK.read_text(encoding="utf-8").splitlines()
    number = next(n for n, line in enumerate(text) if line.startswith("refusals_before_joint"))
    text[number] = "refusals_before_joint = -3"
    broken.write_text("\n".join(text), encoding="utf-8")
    assert f":{number + 1}" in wuxiao("rules", "check", str(broken), data=tmp_path, code=1).stderr


def test_a_real_town_begins_empty_and_refuses_default_passwords(tmp_path: Path) -> None:
    assert "password" in init(tmp_path, password="admin123456", code=1).stderr
    assert "password" in init(tmp_path, password="li.wen-li.wen", code=1).stderr
    init(tmp_path)
    assert "already" in init(tmp_path, code=1).stderr
    found = json.loads(wuxiao("verify", "--json", data=tmp_path).stdout)
    assert (found["matters"], found["breaks"]) == (0, [])
    assert found["entries"] >= 2


def test_serve_refuses_a_town_without_a_book(tmp_path: Path) -> None:
    assert "wuxiao init" in wuxiao("serve", "--port", "8321", data=tmp_path, code=1).stderr


def test_a_changed_book_is_rehearsed_and_adopted_once(tmp_path: Path) -> None:
    init(tmp_path)
    changed = tmp_path / "new.toml"
    changed.write_text(BOOK.read_text(encoding="utf-8") + "\n# 2026年12月版\n", encoding="utf-8")
    assert wuxiao("rules", "rehearse", str(changed), "--days", "90", data=tmp_path).stdout.strip()
    outcome = json.loads(wuxiao("rules", "rehearse", str(changed), "--json", data=tmp_path).stdout)
    assert outcome["total"] == 0
    words = ("rules", "adopt", str(changed), "--from", "2026-12-01", "--by", "王主任")
    assert "2026-12-01" in wuxiao(*words, data=tmp_path).stdout
    assert "adopted before" in wuxiao(*words, data=tmp_path, code=1).stderr
    wuxiao("rules", "adopt", str(changed), "--from", "下周", "--by", "王主任", data=tmp_path, code=2)


@pytest.mark.parametrize("words", [(), ("nothing",), ("rules",)])
def test_a_wrong_question_is_refused_with_the_words_there_are(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert "usage" in wuxiao(*words, data=tmp_path, code=2).stderr


def test_the_impact_sheet_of_a_subject_is_printed_from_its_fields(tmp_path: Path) -> None:
    for lang, said in (("zh", "没有个人信息字段"), ("en", "No field of this register is personal data")):
        sheet = wuxiao("impact", "premises", "--lang", lang, data=tmp_path).stdout
        assert said in sheet
        assert "duty_phone" in sheet
    fields = json.loads(wuxiao("impact", "premises", "--json", data=tmp_path).stdout)["fields"]
    assert len(fields) == 21
    assert all(one["purpose"]["zh"] and one["basis"]["en"] and one["days"] and one["seen"] for one in fields)
    assert "premises" in wuxiao("impact", "people", data=tmp_path, code=2).stderr
    for name, said in (("inspection", "which two go (pair)"), ("matter", "telephone (phone)")):
        assert said in wuxiao("impact", name, "--lang", "en", data=tmp_path).stdout
    wuxiao("impact", "--all", "--into", str(tmp_path / "sheets"), data=tmp_path)
    written = {one.name for one in (tmp_path / "sheets").iterdir()}
    assert {f"{n}.{lang}.md" for n in ("premises", "inspection", "matter") for lang in ("zh", "en")} <= written
    assert all(one.read_text(encoding="utf-8").startswith("# ") for one in (tmp_path / "sheets").iterdir())
