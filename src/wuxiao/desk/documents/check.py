"""Is a DOCX template of a town's own fit for use? What it may say, which fields it uses, whether the worst paper fits.

Whatever opens the file runs in a process of its own with bounds of time and memory (`trial`): what becomes of that
process is a sentence, and never the end of the one that asked.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

from wuxiao.desk.documents import documents
from wuxiao.desk.documents.trial import MOST, MOST_SECONDS, Found, error
from wuxiao.rules.papers import KINDS, Content, Item
from wuxiao.rules.words import Text

_HARD_ITEM = "第{n}处：安全出口<被占用>&“{{{{ x }}}}”，宽不足1.4m，𬎆姓业主称“马上改”"
HARD = Content(
    to="买买提·阿不都热依木江·艾合买提（上海）餐饮管理有限责任公司望川县清平街道东门路分店𠮷",
    opening=("二〇二六年九月八日，检查发现下列六十处问题：" + "长" * 400,),
    items=tuple(
        Item(_HARD_ITEM.format(n=n), "《中华人民共和国消防法》第二十八条" if n % 3 else "") for n in range(1, 61)
    ),
    closing=("以上问题应当在2026年9月15日24:00以前改正。", "改正以后告诉本单位。"),
    notes=("不服本通知的，可以自收到之日起六十日内依法申请行政复议。",),
    english=("For your convenience: the Chinese text counts.",),
)
#: What a paper may have or not: words behind its items, notes, the courtesy text.
_PARTS = ("closing", "notes", "english")


def between() -> list[Content]:
    """Return papers that have each part or not, in every way, with one item that has a law and one that has none.

    A template that prints some of a paper only where something else stands in it is found out by one of them.
    """
    mixed = (Item("第一条内容", "《消防法》第二十八条"), Item("第二条内容"))
    made = []
    for there in product((True, False), repeat=len(_PARTS)):
        gone: dict[str, Any] = {name: () for name, has in zip(_PARTS, there, strict=True) if not has}
        made.append(replace(HARD, items=mixed, **gone))
    return made


#: The least a paper says: no items, nothing behind them.
BARE = Content(to="某单位", opening=("内容。",))


@dataclass(frozen=True, slots=True)
class Report:
    """What was found, which fields are used, and the preview with the hardest paper (`None` where it cannot be)."""

    found: tuple[Found, ...]
    used: frozenset[str]
    preview: bytes | None

    @property
    def ok(self) -> bool:
        """Whether it may be used."""
        return not any(one.level == "error" for one in self.found)


def hardest(kind: str, content: Content = HARD) -> dict[str, Any]:
    """Return the fields of the hardest paper of a kind, or of another one."""
    return documents.fields(
        KINDS[kind],
        content,
        number=KINDS[kind].number(2026, 12345),
        body="望川县公安局清平街道东门路社区派出所（流动警务站）",
        town="望川县",
        day=date(2026, 12, 31),
        code="7F3K9QXM7F3K",
    )


def check(data: bytes, kind: str) -> Report:
    """Return what there is to say of a DOCX template for a kind of papers; never raises for what is in the file."""
    if len(data) > MOST:
        wrong = error("文件超过2MB：请去掉大图片", "the file is over 2 MB: take large pictures out")
        return Report((wrong,), frozenset(), None)
    asked = {
        "data": base64.b64encode(data).decode(),
        "papers": [hardest(kind, content) for content in (HARD, BARE, *between())],
        "qr": base64.b64encode(documents.qr_png("https://example.org/paper/0")).decode(),
    }
    said = _tried(json.dumps(asked).encode())
    if said is None:
        wrong = error(
            "填这个模板太费时间或内存，或者文件是坏的：请去掉大表格、嵌套的“for”，再另存一次",
            "filling it takes too much time or memory, or the file is damaged: take large tables and nested for out, "
            "and save it anew",
        )
        return Report((wrong,), frozenset(), None)
    found = tuple(Found(level, Text(zh, en), near) for level, zh, en, near in said["found"])
    preview = base64.b64decode(said["preview"]) if said["preview"] else None
    return Report(found, frozenset(said["used"]), preview)


def _tried(asked: bytes) -> dict[str, Any] | None:
    """Return what the trial said, `None` where it did not come to an end."""
    # Where this package stands is all the other process needs of this one's: none of its secrets.
    here = str(Path(__file__).resolve().parents[3])
    given = {"PYTHONPATH": here, "PYTHONUTF8": "1", "PATH": os.environ.get("PATH", "")}
    command = [sys.executable, "-m", "wuxiao.desk.documents.trial"]
    try:
        # Its own bound is of work done; this one is for a machine that gets to nothing.
        done = subprocess.run(command, input=asked, capture_output=True, timeout=6 * MOST_SECONDS, env=given)
        said = json.loads(done.stdout) if done.returncode == 0 else None
    except (subprocess.TimeoutExpired, ValueError):
        return None
    return said if isinstance(said, dict) else None
