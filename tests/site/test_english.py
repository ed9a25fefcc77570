"""What was compiled of the messages bears the digest of its source: times of files are not believed."""

from __future__ import annotations

import gettext
import os
from pathlib import Path

import pytest

from tools import messages
from wuxiao.site import english
from wuxiao.site.watch import doctor

WORDS = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "件"\nmsgstr "{}"\n'


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    po = tmp_path / "web" / "locale" / "en" / "LC_MESSAGES" / "django.po"
    po.parent.mkdir(parents=True)
    po.write_text(WORDS.format("matter"), encoding="utf-8")
    monkeypatch.setattr(messages, "SOURCE", tmp_path)
    return po


def said(po: Path) -> str:
    with po.with_suffix(".mo").open("rb") as file:
        return gettext.GNUTranslations(file).gettext("件")


def test_a_compiled_file_younger_than_another_source_is_made_anew(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "web" / "locale"
    assert english.stale(folder) == [source]
    messages.compile_all()
    assert said(source) == "matter"
    assert english.stale(folder) == []
    source.write_text(WORDS.format("case"), encoding="utf-8")
    # As after a clone or a pull: the source is of another content and looks older.
    os.utime(source, (1, 1))
    assert english.stale(folder) == [source]
    messages.compile_all()
    assert said(source) == "case"
    assert english.stale(folder) == []
    before = source.with_suffix(".mo").stat().st_ino
    os.utime(source)
    messages.compile_all()
    assert source.with_suffix(".mo").stat().st_ino == before, "the same content is not compiled again"


@pytest.mark.parametrize("spoilt", [b"", b"no such file", b"\xde\x12\x04\x95" + b"\xff" * 24])
def test_a_spoilt_compiled_file_is_stale(source: Path, tmp_path: Path, spoilt: bytes) -> None:
    source.with_suffix(".mo").write_bytes(spoilt)
    assert english.stale(tmp_path / "web" / "locale") == [source]
    messages.compile_all()
    assert said(source) == "matter"


def test_the_doctor_says_when_the_english_is_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(english, "stale", lambda: [Path("django.po")])
    found = doctor._english()
    assert not found.ok
    assert found.mend is not None
    assert "messages.py compile" in found.mend.en
    monkeypatch.setattr(english, "stale", list)
    assert doctor._english().ok
