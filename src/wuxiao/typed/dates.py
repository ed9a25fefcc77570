"""Days as people type them and spreadsheets hand them over: the year first, in any marks, or refused with a reason."""

from __future__ import annotations

import re
from datetime import date

from wuxiao.typed.plain import flat
from wuxiao.typed.trouble import Trouble

_DAY = re.compile(r"(\d{4}) ?[-/.年] ?(\d{1,2}) ?[-/.月] ?(\d{1,2}) ?日?(?:[T ]0?0:00(?::00(?:\.0+)?)?)?")
_COMPACT = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)")


def read(typed: str, earliest: date = date(1900, 1, 1), latest: date = date(2199, 12, 31)) -> date | Trouble | None:
    """Return the day a field holds, `None` for an empty one.

    Refused with a `Trouble`: what is written otherwise (`shape`), a day that no calendar has (`none`), one outside the
    years asked for (`range`).

    >>> read("２０２６年2月 6日"), read("2026/02/06 00:00:00"), read("20260206").isoformat()
    (datetime.date(2026, 2, 6), datetime.date(2026, 2, 6), '2026-02-06')
    """
    text = flat(typed[:60]).strip()
    if not text:
        return None
    found = _DAY.fullmatch(text) or _COMPACT.fullmatch(text)
    if found is None:
        return Trouble(
            "shape", "日期请写成 2026-02-06 这样，年在前", "write the date like 2026-02-06, with the year first"
        )
    try:
        day = date(*(int(part) for part in found.groups()))
    except ValueError:
        return Trouble("none", f"日历上没有{text[:20]}这一天", f"there is no such day: {text[:20]}")
    if not earliest <= day <= latest:
        return Trouble(
            "range", f"日期应在{earliest}到{latest}之间", f"the date must lie between {earliest} and {latest}"
        )
    return day
