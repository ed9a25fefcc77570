"""How matters that resemble one are shown: at intake and on a matter's page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wuxiao.desk.assist import similar
from wuxiao.web.staff.gate import Desk
from wuxiao.web.staff.lists import lines


def alike_shown(found: Sequence[similar.Alike], d: Desk) -> list[dict[str, Any]]:
    """Return matters that resemble one, each with its line, its likeness and the reasons in words."""
    drawn = lines([one.row for one in found], d)
    comma = ", " if d.lang == "en" else "，"
    return [
        {"line": line, "duplicate": one.duplicate, "why": comma.join(why.say(d.lang) for why in one.why)}
        for line, one in zip(drawn, found, strict=True)
    ]
