"""What the tests of the readers share: where real data lies, and strings that have broken other programs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("WUXIAO_DATA", ROOT.parent / "shared" / "data"))
SETS = ROOT / "bench" / "reading"

NASTY = [
    "",
    " ",
    "\n\t\r",
    "😀😀👩‍👩‍👧‍👦🇨🇳",
    "\x00\x01\x7f",
    "\ud800",
    "a" * 100_000,
    "路" * 100_000,
    "1" * 100_000,
    "电话13812345678，" * 6_000,
    "ÃÂ¤Ã¥Â½Â mojibake ï¿½ï¿½锟斤拷烫烫烫",
    "Please fix the street light at No. 5, thanks",
    "俺家灶屋么得水咯，么样搞嘛",
    "𠮷𠜎 々〇 ﷺ İ ﬁ ǅ ß",
    "((((((((((([[[[[{{{{{\\\\\\*+?^$",
    "\u202e反向\u200b零宽\ufeff",
]


def need(relative: str) -> Path:
    """Return a data file, or skip the test saying which one is missing."""
    path = DATA / relative
    if not path.exists():
        pytest.skip(f"real data not here: {relative} (looked in ../shared/data and $WUXIAO_DATA)")
    return path
