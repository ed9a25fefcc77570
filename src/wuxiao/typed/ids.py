"""Number plates and numbers of other offices: however they are typed, one form for storing and comparing."""

from __future__ import annotations

import re

from wuxiao.typed.plain import compact, flat, latin, line

_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤川青藏琼宁"
#: Civil plates, of 2016 and of new energy, and those that end in a kind of their own.
_PLATE = re.compile(
    rf"[{_PROVINCES}][A-HJ-NP-Z](?:[A-HJ-NP-Z0-9]{{5,6}}|[A-HJ-NP-Z0-9]{{4}}[挂学警港澳试超])|WJ[A-Z0-9{_PROVINCES}]{{5,8}}"
)
_BETWEEN = re.compile(r"[,，、;；/\n]+|和|及")
_LABEL = re.compile(r"^(?:车牌号?码?|牌照|号牌|车号|plate(?: ?(?:no|number))?)[\s.:：是为]*", re.IGNORECASE)


def plates(typed: str) -> str:
    """Return the plates of a field in one form, with `、` between several; words that are no plate stay as typed.

    >>> plates("车牌：湘Ａ·Ｄ１２３４５、京 a-12345"), plates("没看清，尾号38")
    ('湘AD12345、京A12345', '没看清，尾号38')
    """
    parts = [part for one in _BETWEEN.split(typed) if (part := _LABEL.sub("", flat(one).strip()))]
    found = [compact(part) for part in parts]
    if found and all(_PLATE.fullmatch(plate) for plate in found):
        return "、".join(found)
    return line(typed)


def number(typed: str) -> str:
    """Return the number another office gave, as it is stored and compared: one width, dash, blank and script, no marks.

    >>> number("ＷＸ‐２０２６\\u200b００１ ")
    'WX-2026001'
    """
    return re.sub(" +", " ", latin(typed)).strip()
