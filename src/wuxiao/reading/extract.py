"""Places, times, sums of money, counts of people, phone numbers and plates in a message, each with its stretch of text.

What is found is offered as pre-filled fields that the operator confirms. Times are read against a given moment;
nothing here looks at a
clock.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal

from wuxiao.reading import redact
from wuxiao.reading.tokens import fold, simplify
from wuxiao.reading.words import Why

What = Literal["time", "money", "people", "phone", "plate", "place"]


@dataclass(frozen=True, slots=True)
class Found:
    """Something found: `text == whole[start:end]`; `value` normalised (ISO time, yuan, count, digits, standard
    address); `why` in words.

    Times have `value` as `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM`; money is in yuan with two decimals; `code` names a
    matched standard address.
    """

    what: What
    start: int
    end: int
    text: str
    value: str
    why: Why
    code: str = ""


_DIGIT = {
    char: number
    for number, chars in enumerate(
        ("〇零", "一壹幺", "二贰两俩", "三叁仨", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖")
    )
    for char in chars
}
_STEP = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_GREAT = {"万": 10_000, "萬": 10_000, "亿": 100_000_000}
_CN = "〇零一壹幺二贰两俩三叁仨四肆五伍六陆七柒八捌九玖十拾百佰千仟万萬亿"
_NUM = rf"(?:(?<!\d)\d[\d,]{{0,15}}(?:\.\d{{1,6}})?|(?<![{_CN}])[{_CN}]{{1,16}})"
_HALF = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


def number(text: str) -> Decimal | None:
    """Read a number in digits or Chinese characters ("1,200.5", "三千五", "两万", "3万", "十二"); None when it is none.

    >>> number("三千五"), number("1.2万"), number("二〇二四")
    (Decimal('3500'), Decimal('12000.0'), Decimal('2024'))
    """
    text = text.strip().translate(_HALF).replace(",", "").replace("，", "")
    plain = re.fullmatch(r"(\d{1,15}(?:\.\d{1,6})?)([十百千万亿]{0,2})", text)
    if plain:
        value = Decimal(plain[1])
        for char in plain[2]:
            value *= _STEP.get(char) or _GREAT[char]
        return value
    if not text or len(text) > 20 or any(char not in _CN for char in text):
        return None
    if all(char in _DIGIT for char in text):
        return Decimal("".join(str(_DIGIT[char]) for char in text))
    total, section, digit, last = 0, 0, 0, 1
    for char in text:
        if char in _DIGIT:
            digit = _DIGIT[char]
            if char in "〇零":
                last = 10
        elif char in _STEP:
            section += (digit or 1) * _STEP[char]
            digit, last = 0, _STEP[char]
        else:
            # 万 closes its own section only; 亿 closes everything before it.
            closed = section + digit
            total = (total + closed) * _GREAT[char] if _GREAT[char] > 10_000 else total + closed * _GREAT[char]
            section, digit, last = 0, 0, _GREAT[char]
    # 三千五 is 3,500: a last bare digit belongs to the next lower step, unless a nought stands before it.
    return Decimal(total + section + (digit * last // 10 if last >= 100 else digit))


def _count(text: str) -> int | None:
    value = number(text)
    return int(value) if value is not None else None


_PART = r"(?P<part>凌晨|清晨|早晨|早上|大清早|上午|中午|下午|傍晚|晚上|夜里|夜间|深夜|半夜|午夜|今早|今晚|早|晚)"
_CLOCK = rf"(?:(?P<hour>\d{{1,2}}|[{_CN}]{{1,3}})(?:[点时](?:钟)?(?:(?P<half>半)|(?P<quarter>[一三])刻|(?P<minute>\d{{1,2}}|[{_CN}]{{1,3}})分?)?|[:：](?P<minute2>\d{{2}})(?::\d{{2}})?))"
_DAYWORD = "大前天|前天|昨天|昨日|昨|今天|今日|今|当天|明天|明日|后天|大后天"
_WEEK = r"(?P<week>上上|上个?|这个?|本|下个?|)(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天1-7末])"
_TIME = re.compile(
    rf"(?:(?P<full>(?P<year>(?:19|20)\d{{2}}|[二两][〇零○][〇零一二三四五六七八九○]{{2}})\s?[年/.\-]\s?(?P<month>\d{{1,2}}|[{_CN}]{{1,2}})\s?[月/.\-]\s?(?P<day>\d{{1,2}}|[{_CN}]{{1,3}})[日号]?)"
    rf"|(?P<relyear>今年|去年|前年|明年)?(?P<month2>\d{{1,2}}|[一二三四五六七八九十]{{1,2}})月(?:份)?(?P<day2>\d{{1,2}}|[一二三四五六七八九十]{{1,3}})[日号]"
    rf"|(?P<dayword>{_DAYWORD})(?=天|日|{_PART.replace('?P<part>', '?:')}|[\d{_CN}]|[^\u4e00-\u9fff]|.)|{_WEEK}"
    rf"|(?P<ago>\d{{1,3}}|[{_CN}]{{1,3}}|几)(?:个)?(?P<agounit>天|日|周|星期|礼拜|月|年|小时|分钟)(?:多)?(?:之?前|以前))"
    rf"(?:的?\s?{_PART})?\s?(?:{_CLOCK})?"
    rf"|{_PART.replace('part>', 'part2>')}\s?{_CLOCK.replace('hour>', 'hour3>').replace('half>', 'half3>').replace('quarter>', 'quarter3>').replace('minute>', 'minute3>').replace('minute2>', 'minute4>')}"
)
_DAYS = {
    "大前天": -3,
    "前天": -2,
    "昨天": -1,
    "昨日": -1,
    "昨": -1,
    "今天": 0,
    "今日": 0,
    "今": 0,
    "当天": 0,
    "明天": 1,
    "明日": 1,
    "后天": 2,
    "大后天": 3,
}
_LATE = ("下午", "傍晚", "晚上", "晚", "今晚", "夜里", "夜间", "深夜")
_NIGHT = ("凌晨", "半夜", "午夜")


def _clock(groups: dict[str, str | None], part: str) -> time | None:
    hour_text = groups.get("hour") or groups.get("hour3")
    if not hour_text:
        return None
    hour = _count(hour_text)
    if hour is None or hour > 24:
        return None
    minute_text = groups.get("minute") or groups.get("minute2") or groups.get("minute3") or groups.get("minute4")
    minute = _count(minute_text) if minute_text else 0
    if groups.get("half") or groups.get("half3"):
        minute = 30
    quarter = groups.get("quarter") or groups.get("quarter3")
    if quarter:
        minute = 15 if quarter == "一" else 45
    if minute is None or minute > 59:
        return None
    if (part in _LATE and 1 <= hour < 12) or (part == "中午" and 1 <= hour <= 3):
        hour += 12
    elif part in (*_NIGHT, "夜里", "深夜") and hour == 12:
        hour = 0
    return time(hour % 24, minute)


def _months_back(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    return day


def _day(groups: dict[str, str | None], now: datetime) -> tuple[date, Why] | None:
    today = now.date()
    if groups.get("full"):
        year, month, day = (_count(groups[name] or "") for name in ("year", "month", "day"))
        try:
            return date(year or 0, month or 0, day or 0), Why("写明了日期", "the date is written out")
        except ValueError:
            return None
    if groups.get("month2"):
        month, day = _count(groups["month2"] or ""), _count(groups["day2"] or "")
        shift = {"今年": 0, "去年": -1, "前年": -2, "明年": 1}.get(groups.get("relyear") or "")
        for year in [today.year + shift] if shift is not None else [today.year, today.year - 1]:
            try:
                found = date(year, month or 0, day or 0)
            except ValueError:
                return None
            # People write about what has happened: a day still to come belongs to last year, unless it is near.
            if shift is not None or found <= today + timedelta(days=60):
                return found, Why("写明了月日", "month and day are written out")
        return None
    if word := groups.get("dayword"):
        return today + timedelta(days=_DAYS[word]), Why(
            f"“{word}”按收到之日推算", f"“{word}” counted from the day of receipt"
        )
    if weekday := groups.get("weekday"):
        number_of = 6 if weekday in "日天7" else 5 if weekday == "末" else (_count(weekday) or 1) - 1
        monday = today - timedelta(days=today.weekday())
        week = groups.get("week") or ""
        shift = -2 if week == "上上" else -1 if week.startswith("上") else 1 if week.startswith("下") else 0
        found = monday + timedelta(days=7 * shift + number_of)
        if not week and found > today:
            found -= timedelta(days=7)
        return found, Why("星期按收到之日推算", "the weekday counted from the day of receipt")
    if ago := groups.get("ago"):
        unit = groups.get("agounit") or "天"
        amount = 3 if ago == "几" else _count(ago)
        if amount is None:
            return None
        if unit in ("小时", "分钟"):
            moment = now - (timedelta(hours=amount) if unit == "小时" else timedelta(minutes=amount))
            return moment.date(), Why("按收到之时推算", "counted back from the moment of receipt")
        if unit in ("月", "年"):
            return _months_back(today, min(1200, amount * (12 if unit == "年" else 1))), Why(
                "按收到之日推算", "counted back from the day of receipt"
            )
        return today - timedelta(days=amount * (1 if unit in "天日" else 7)), Why(
            "按收到之日推算", "counted back from the day of receipt"
        )
    return today, Why("未写日期，按收到之日", "no date is written: the day of receipt is taken")


def times(text: str, now: datetime) -> list[Found]:
    """Find moments and days, read against `now` (the time of receipt): "昨晚九点" gives yesterday 21:00, "上周三" a
    day."""
    plain = text.translate(_HALF)
    found: list[Found] = []
    for match in _TIME.finditer(plain):
        groups = match.groupdict()
        part = groups.get("part") or groups.get("part2") or ""
        word = groups.get("dayword")
        # 今/昨 alone begin many other words (今后, 今年, 昨…); a single character needs a part of the day behind it.
        if word in ("今", "昨") and not part:
            continue
        day = _day(groups, now)
        if day is None:
            continue
        moment, why = day
        clock = _clock(groups, part)
        if clock is None and groups.get("hour3"):
            continue
        value = f"{moment.isoformat()}T{clock:%H:%M}" if clock else moment.isoformat()
        end = match.end()
        while end > match.start() and plain[end - 1].isspace():
            end -= 1
        found.append(Found("time", match.start(), end, text[match.start() : end], value, why))
    return found


_MONEY = re.compile(
    rf"(?:[¥￥]\s?(?P<symbol>\d[\d,]{{0,15}}(?:\.\d{{1,6}})?\s?[十百千万亿]{{0,2}})|(?P<amount>{_NUM}\s?[十百千万亿]{{0,2}})(?P<more>多|余|来|几)?\s?(?P<unit>元|块(?!地|砖|板|石|牌|玻璃|瓷)|圆|人民币|角|毛钱|美元|港币))"
)


def money(text: str) -> list[Found]:
    """Find sums of money; the value is in yuan with two decimals (foreign currencies are left as their number and
    named in why)."""
    found: list[Found] = []
    plain = text.translate(_HALF)
    for match in _MONEY.finditer(plain):
        amount = number((match["symbol"] or match["amount"]).replace(" ", ""))
        if amount is None:
            continue
        unit = match["unit"] or "元"
        if unit in ("角", "毛钱"):
            amount /= 10
        about = match["more"] is not None
        why = Why(
            "约数" if about else ("外币" if unit in ("美元", "港币") else "金额"),
            "about this sum" if about else ("foreign money" if unit in ("美元", "港币") else "a sum of money"),
        )
        found.append(
            Found("money", match.start(), match.end(), text[match.start() : match.end()], f"{amount:.2f}", why)
        )
    return found


_PEOPLE = re.compile(
    rf"(?P<n>{_NUM})(?P<more>多|余|来|几)?(?P<unit>个人|人次|人(?!民|行|家|员|大|工|为|力|才|事|生|均|口|间|社|防|情|气|车|流)|名(?!单|字|称|义|誉|牌|额|下|为|叫)|位(?=居民|业主|村民|老人|工人|同事|学生|家长|农民|职工|乘客|患者|邻居|群众|市民|住户|员工|老师)|户(?!口|籍|主|型|外|名|内)|家(?=农户|业主|商户|住户|店铺|企业)|口人)(?P<who>居民|业主|村民|老人|工人|同事|学生|家长|农民工?|职工|乘客|患者|邻居|群众|市民|住户|员工|老师|农户|商户|店铺|企业|人)?"
)


def people(text: str) -> list[Found]:
    """Find counts of people or households ("三十多户业主", "200余人")."""
    found: list[Found] = []
    plain = text.translate(_HALF)
    for match in _PEOPLE.finditer(plain):
        count = number(match["n"])
        if (
            count is None
            or count <= 0
            or count != int(count)
            or count > 10_000_000
            or match.group() in ("一人", "一个人", "一家", "一名", "一位")
        ):
            continue
        about = match["more"] is not None
        found.append(
            Found(
                "people",
                match.start(),
                match.end(),
                text[match.start() : match.end()],
                str(int(count)),
                Why("约数" if about else "人数或户数", "about so many" if about else "a count of people or households"),
            )
        )
    return found


def contacts(text: str) -> list[Found]:
    """Find phone numbers (digits only as value) and number plates."""
    found: list[Found] = []
    for mark in redact.find(text, classes=("phone", "plate")):
        what: What = "phone" if mark.kind == "phone" else "plate"
        value = (
            re.sub(r"[^0-9+#]", "", mark.text.translate(_HALF))
            if what == "phone"
            else re.sub(r"[·•. ]", "", mark.text.translate(_HALF)).upper()
        )
        found.append(Found(what, mark.start, mark.end, mark.text, value, mark.why))
    return found


class Gazetteer:
    """The town's standard addresses and street names, for matching what people write.

    Entries are `(code, name)`; longer names win. A name may also be found without its last unit word (丽发新城小区 →
    丽发新城), and with
    full width letters, traditional characters or blanks inside.
    """

    _TAILS = (
        "小区",
        "社区",
        "街道",
        "路",
        "街",
        "村",
        "广场",
        "大厦",
        "花园",
        "市场",
        "公司",
        "镇",
        "乡",
        "县",
        "区",
        "市",
    )

    def __init__(self, entries: Iterable[tuple[str, str]]) -> None:
        self._names: dict[str, tuple[str, str]] = {}
        short: dict[str, tuple[str, str] | None] = {}
        for code, name in entries:
            key = fold(name).replace(" ", "")
            if len(key) < 2:
                continue
            self._names.setdefault(key, (code, name))
            for tail in self._TAILS:
                if key.endswith(tail) and len(key) - len(tail) >= 3:
                    stem = key[: -len(tail)]
                    # Two entries with one stem: neither may claim it.
                    short[stem] = (code, name) if stem not in short else None
                    break
        for stem, entry in short.items():
            if entry is not None:
                self._names.setdefault(stem, entry)
        self._heads: dict[str, list[int]] = {}
        for key in self._names:
            lengths = self._heads.setdefault(key[:2], [])
            if len(key) not in lengths:
                lengths.append(len(key))
        for lengths in self._heads.values():
            lengths.sort(reverse=True)

    def __len__(self) -> int:
        return len(self._names)

    def find(self, text: str) -> list[Found]:
        """Find the entries named in a text, longest first at each position, never overlapping."""
        kept, at = [], []
        for position, char in enumerate(simplify(text.translate(_HALF).lower())):
            if not char.isspace():
                kept.append(char)
                at.append(position)
        plain = "".join(kept)
        found: list[Found] = []
        position = 0
        while position < len(plain) - 1:
            for length in self._heads.get(plain[position : position + 2], ()):
                entry = self._names.get(plain[position : position + length])
                if entry is not None and len(plain[position : position + length]) == length:
                    start, end = at[position], at[position + length - 1] + 1
                    code, name = entry
                    exact = fold(name).replace(" ", "") == plain[position : position + length]
                    why = Why(
                        f"与标准地名“{name}”{'一致' if exact else '的简称一致'}",
                        f"{'is' if exact else 'is short for'} the standard name “{name}”",
                    )
                    found.append(Found("place", start, end, text[start:end], name, why, code))
                    position += length
                    break
            else:
                position += 1
        return found


def places(text: str, gazetteer: Gazetteer | None = None) -> list[Found]:
    """Find places: names of the gazetteer, and detailed addresses written out (up to house or room)."""
    found = gazetteer.find(text) if gazetteer is not None else []
    for mark in redact.find(text, classes=("address",)):
        found.append(Found("place", mark.start, mark.end, mark.text, fold(mark.text), mark.why))
    return found


def extract(text: str, *, now: datetime, gazetteer: Gazetteer | None = None) -> list[Found]:
    """Find everything, sorted by position; a detailed address may contain a standard name, other finds never
    overlap."""
    text = text[:100_000]
    found = [*times(text, now), *money(text), *people(text), *contacts(text)]
    kept: list[Found] = []
    for item in sorted(found, key=lambda item: (_ORDER.index(item.what), item.start - item.end, item.start)):
        if all(item.end <= other.start or item.start >= other.end for other in kept):
            kept.append(item)
    return sorted([*kept, *places(text, gazetteer)], key=lambda item: (item.start, item.end))


_ORDER: Sequence[What] = ("phone", "plate", "time", "money", "people", "place")
