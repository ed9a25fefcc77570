"""Numbers as people say and write them, and the vague ones: 两三天, 五六个, 十几, 几十, 3-5万, 三千多.

A vague number is a range with both its ends; it is never read as digits side by side (两三 is not 23).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

DIGIT = {
    char: number
    for number, chars in enumerate(
        ("〇零", "一壹幺", "二贰两俩", "三叁仨", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖")
    )
    for char in chars
}
STEP = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
GREAT = {"万": 10_000, "萬": 10_000, "亿": 100_000_000}
CN = "〇零一壹幺二贰两俩三叁仨四肆五伍六陆七柒八捌九玖十拾百佰千仟万萬亿"
HALF = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}

_ONE = rf"(?:(?<![\d.])\d(?:[\d,]{{0,14}}\d)?(?:\.\d{{1,6}})?[十百千万亿]{{0,2}}|(?<![{CN}几])[{CN}几]{{1,16}})"
_BETWEEN = r"\s?[-~～—–至到、]\s?"
#: The pattern of a number, single or vague, for larger patterns.
AMOUNT = rf"(?:{_ONE}(?:{_BETWEEN}{_ONE})?)"
_COMMAS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d{1,6})?")


def number(text: str) -> Decimal | None:
    """Read a number in digits or Chinese characters ("1,200.5", "三千五", "两万", "3万", "十二"); None when it is none.

    >>> number("三千五"), number("1.2万"), number("二〇二四")
    (Decimal('3500'), Decimal('12000.0'), Decimal('2024'))
    """
    text = text.strip().translate(HALF).replace("，", ",")
    if "," in text:
        body = re.match(r"[\d,.]*", text)
        if body is None or not _COMMAS.fullmatch(body.group()):
            return None
        text = text.replace(",", "")
    plain = re.fullmatch(r"(\d{1,15}(?:\.\d{1,6})?)([十百千万亿]{0,2})", text)
    if plain:
        value = Decimal(plain[1])
        for char in plain[2]:
            value *= STEP.get(char) or GREAT[char]
        return value
    if not text or len(text) > 20 or any(char not in CN for char in text):
        return None
    if all(char in DIGIT for char in text):
        return Decimal("".join(str(DIGIT[char]) for char in text))
    total, section, digit, last = 0, 0, 0, 1
    for char in text:
        if char in DIGIT:
            digit = DIGIT[char]
            if char in "〇零":
                last = 10
        elif char in STEP:
            section += (digit or 1) * STEP[char]
            digit, last = 0, STEP[char]
        else:
            # 万 closes its own section only; 亿 closes everything before it.
            closed = section + digit
            total = (total + closed) * GREAT[char] if GREAT[char] > 10_000 else total + closed * GREAT[char]
            section, digit, last = 0, 0, GREAT[char]
    # 三千五 is 3,500: a last bare digit belongs to the next lower step, unless a nought stands before it.
    return Decimal(total + section + (digit * last // 10 if last >= 100 else digit))


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with its ends; `about` when they differ or the words say so."""

    low: Decimal
    high: Decimal
    about: bool = False


def _exact(value: Decimal | None) -> Amount | None:
    return None if value is None else Amount(value, value)


def _neighbours(first: str, second: str) -> tuple[int, int] | None:
    """Return the ends of 两三, 五六, 三五, 三两 and their like; `None` for digits that merely stand side by side."""
    a, b = DIGIT[first], DIGIT[second]
    if (a, b) == (3, 2) and second == "两":
        return 2, 3
    return (a, b) if a > 0 and (b == a + 1 or (a, b) == (3, 5)) else None


def _vague(text: str) -> Amount | None:
    if "几" in text:
        place = text.index("几")
        after_step = place > 0 and text[place - 1] in STEP
        low = number(text.replace("几", "一" if after_step else "二", 1))
        high = number(text.replace("几", "九", 1))
        if place > 0 and place == len(text) - 1 and text[place - 1] != "十" and text[place - 1] != "拾":
            return None
        return Amount(low, high, True) if low is not None and high is not None and text.count("几") == 1 else None
    for place in range(len(text) - 1):
        if text[place] not in DIGIT or text[place + 1] not in DIGIT:
            continue
        before, after = text[:place], text[place + 2 :]
        ends = _neighbours(text[place], text[place + 1])
        plain = (not before or before[-1] in STEP or before[-1] in GREAT) and (not after or after[0] not in DIGIT)
        if ends is None or not plain:
            return None
        names = "零一二三四五六七八九"
        low, high = (number(before + names[end] + after) for end in ends)
        # 一百二三 says 120 to 130: a bare last digit belongs to the next lower step, as in `number`.
        return Amount(low, high, True) if low is not None and high is not None else None
    return None


def amount(text: str) -> Amount | None:
    """Return a number with its ends, or `None` when the text is none or only digits side by side.

    >>> amount("两三"), amount("十几")
    (Amount(low=Decimal('2'), high=Decimal('3'), about=True), Amount(low=Decimal('11'), high=Decimal('19'), about=True))
    >>> amount("三到五千").high, amount("二八")
    (Decimal('5000'), None)
    """
    text = text.strip().translate(HALF)
    parts = re.split(r"\s?[-~—–至到、]\s?", text)
    if len(parts) == 2:
        return _between(*parts)
    if re.fullmatch(r"\d,\d", text):
        return _between(text[0], text[2]) if int(text[2]) == int(text[0]) + 1 else None
    if re.fullmatch(r"[\d,.]+[十百千万亿]{0,2}", text):
        return _exact(number(text))
    if not text or any(char not in CN + "几" for char in text):
        return None
    side_by_side = re.search(rf"[{''.join(DIGIT)}]{{2,}}", text)
    if "几" in text or (side_by_side and not re.search("[〇零]", side_by_side.group())):
        return _vague(text)
    return _exact(number(text))


def _between(first: str, second: str) -> Amount | None:
    low, high = number(first), number(second)
    if low is None or high is None:
        return None
    scale = re.search(r"[十百千万萬亿]+$", second)
    if scale and not re.search(r"[十百千万萬亿]", first) and len(second) > len(scale.group()):
        low = number(first + scale.group()) or low
    return Amount(low, high, True) if low < high else None


#: Words around a number that make it an approximate one.
ABOUT_BEFORE = re.compile(r"(?:大约|大概|约摸?|差不多|将近|近|接近|估计|可能|好像|上)\s?(?:有|是)?\s?$")
ABOUT_AFTER = re.compile(r"^\s?(?:左右|上下|以上|多|余|来|不到|的样子)")
