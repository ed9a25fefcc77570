"""The examples of queue, replay, dispatch and demand run as they are printed."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "planning" / "examples"


@pytest.mark.parametrize(
    ("name", "word"), [("hypercube", "单位"), ("replay", "相比"), ("dispatch", "覆盖"), ("demand", "居民")]
)
def test_example(name: str, word: str, capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
    assert word in capsys.readouterr().out
