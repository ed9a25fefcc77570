"""Moments and days in a message, read against the time of receipt; right, marked as approximate, or left out.

What is told of the past is not later than the receipt; what happens every day is no moment; a stretch of days is given
with both its ends (`2026-03-07/2026-03-08`). Lunar dates are counted by `borax`, which is loaded when one is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from wuxiao.reading.amounts import CN, HALF, amount, number
from wuxiao.reading.words import Why


@dataclass(frozen=True, slots=True)
class Moment:
    """A stretch of text that names a moment: ISO day, ISO minute, or two of them with `/` between; `about` if vague."""

    start: int
    end: int
    value: str
    why: Why
    about: bool = False


def _count(text: str) -> int | None:
    value = number(text)
    return int(value) if value is not None else None


_PART = r"(?P<part>一大?早|大早上|凌晨|清晨|清早|早晨|早上|大清早|上午|中午|下午|傍晚|晚上|夜里|夜间|深夜|半夜|午夜|今早|今晚|昨晚|早|晚)"
_CLOCK = rf"(?:(?P<hour>\d{{1,2}}|[{CN}]{{1,3}})(?:[点时](?:钟)?(?:(?P<half>半)|(?P<quarter>[一三])刻|过?(?P<minute>\d{{1,2}}|[{CN}]{{1,3}})分?)?|[:：](?P<minute2>\d{{2}})(?::\d{{2}})?))"
_DAYWORD = "大前天|前天|前儿个?|昨天|昨日|昨儿个?|昨|今天|今日|今儿个?|今|明天|明日|明儿个?|大后天|后天"
_WEEK = r"(?P<week>上上上|上上|上个?|这个?|本|下下个?|下个?|)(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天1-7末])(?!岁|[期年])"
_D = r"\d{1,2}|[一二三四五六七八九十]{1,3}"
_TIME = re.compile(
    rf"(?:(?P<lunar>(?:农历|阴历|旧历)(?P<lyear>(?:19|20)\d{{2}}年|[二两][〇零○][〇零一二三四五六七八九○]{{2}}年|今年|去年|前年)?的?(?P<lmonth>闰?(?:正|冬|腊|\d{{1,2}}|[一二三四五六七八九十]{{1,2}}))月(?:份)?(?P<lday>初[一二三四五六七八九十]|廿[一二三四五六七八九]?|\d{{1,2}}|[一二三四五六七八九十]{{1,3}})[日号]?"
    rf"|(?P<lyear2>今年|去年|前年)?的?(?P<lmonth2>正|腊|[一二三四五六七八九十]{{1,2}})月(?P<lday2>初[一二三四五六七八九十]|廿[一二三四五六七八九]?|(?<=[正腊]月)[一二三四五六七八九十]{{1,3}})(?![个块元户名人])"
    rf"|(?P<lyear3>今年|去年|前年)?(?P<lmonth3>八|正)月(?P<lday3>十五)(?![日号])"
    rf"|(?P<lyear4>今年|去年|前年)?的?(?P<feast>除夕|大年三十|年三十|大年初[一二三四五六七八九十]|元宵节|端午节?|中秋节?|重阳节?)(?!前后|期间|快到|将至|放假|值班|假期))"
    rf"|(?P<full>(?P<year>(?:19|20)\d{{2}}|[二两][〇零○][〇零一二三四五六七八九○]{{2}})\s?[年/.\-]\s?(?P<month>\d{{1,2}}|[{CN}]{{1,2}})\s?[月/.\-]\s?(?P<day>\d{{1,2}}|[{CN}]{{1,3}})[日号]?(?:\s?[(（]?(?:周|星期|礼拜)[一二三四五六日天][)）]?)?T?)"
    rf"|(?P<relyear>今年|去年|前年|明年)?(?P<month2>\d{{1,2}}|[一二三四五六七八九十]{{1,2}})月(?:份)?(?P<day2>{_D})[日号]"
    rf"|(?P<relmonth>上上个?月|上个?月|这个?月|本月|下个?月)的?(?P<day3>{_D})[日号]"
    rf"|(?<![\d{CN}月第])(?P<day4>{_D})[日号](?=的?\s?(?:{_PART.replace('?P<part>', '?:')}|\d{{1,2}}\s?[点时:：]))"
    rf"|(?P<dayword>{_DAYWORD})(?=天|日|{_PART.replace('?P<part>', '?:')}|[\d{CN}]|.|$)|{_WEEK}"
    rf"|(?P<ago>\d{{1,3}}(?:\s?[-~—–至到、]\s?\d{{1,3}})?|好?几|(?<![{CN}几])[{CN}几]{{1,5}}(?:[到至、][{CN}]{{1,3}})?|半)(?P<agohalf>个半|个多|(?:个)?(?=[天日周星礼月年小分钟]))(?P<agounit>天|日|周|星期|礼拜|月|年|小时|钟头|分钟)(?P<agohalf2>半)?(?P<agomore>多|来)?(?:之?前|以前|(?P<since>了(?!结|解))))"
    rf"(?:的?\s?{_PART})?\s?(?:{_CLOCK})?"
    rf"|(?P<span>前几天|前两天|前些天|上上个?星期|上上个?礼拜|上上周|上个?星期|上个?礼拜|上周|上个月|上月)(?![一二三四五六日天1-7末的]*[一二三四五六日天1-7末\d])"
    rf"|{_PART.replace('part>', 'part2>')}\s?{_CLOCK.replace('hour>', 'hour3>').replace('half>', 'half3>').replace('quarter>', 'quarter3>').replace('minute>', 'minute3>').replace('minute2>', 'minute4>')}"
)
_DAYS = {
    "前儿": -2, "前儿个": -2, "昨儿": -1, "昨儿个": -1, "今儿": 0, "今儿个": 0, "明儿": 1, "明儿个": 1, "大前天": -3, "前天": -2, "昨天": -1, "昨日": -1, "昨": -1, "今天": 0, "今日": 0, "今": 0, "明天": 1, "明日": 1,
    "后天": 2, "大后天": 3,
}  # fmt: skip
_EVENING = ("傍晚", "晚上", "晚", "今晚", "昨晚")
_DEEP = ("夜里", "夜间", "深夜", "半夜", "午夜")
_CLAUSE = re.compile(r"[，。；！？,;!?\n]")
#: What comes again and again is no moment.
_EVERY = re.compile(
    r"(?:每(?:天|日|晚|夜|周|个?星期|个?礼拜|个|到|逢|月|年|次|隔.{0,3}|逢.{0,3})?的?|天天|夜夜|日日|一到|常年|经常|总是?|老是|通常|平时|"
    r"工作日|上班日|节假日|周末|周[一二三四五六日]?[到至][周星期]*[一二三四五六日]|一般|逢|长期|整天|连续.{0,6}|常常|时常|往往)\s?(?:都|会|在|的)?\s?$"
)
_HABIT = re.compile(
    r"每天|每晚|每日|每周|天天|经常|总是|老是|一直|长期|都(?:在|要|会|有)|就开始|还在|还没停|常常|平时|跳广场舞|到处"
)
_WEEK_TO = re.compile(r"\s?[到至\-~—]\s?(?:周|星期|礼拜)?[一二三四五六日天]")
_HOUR_TO = re.compile(
    rf"\s?[到至\-~—]\s?(?:当|次日|第二天)?(?:{_PART.replace('?P<part>', '?:')})?\s?(?:\d{{1,2}}|[{CN}]{{1,3}})[点时:：]"
)
_TO = re.compile(r"(?:[周期拜][一二三四五六日天]|[点时半分刻])\s?[到至\-~—]\s?(?:当天|次日)?$")
_AHEAD = re.compile(
    r"将|准备|计划|打算|预计|要(?!求|钱|紧)|会(?!议)|截止|期限|之前|为止|通知|开庭|截至|马上|安排|说好|约好"
)
_PAST = re.compile(r"了|过(?![期来去年])|已|曾|被|发生|发现|坏|断|堵|漏|偷|丢|打架|撞|没(?!有人)|刚")


def _clock(groups: dict[str, str | None], part: str) -> tuple[time, int, time | None] | None:
    """Return the time of day, days to add (24:00, midnight at the end of an evening), and the end of a vague one."""
    hour_text = groups.get("hour") or groups.get("hour3")
    if not hour_text:
        return None
    found = amount(hour_text)
    if found is None or found.high > 24:
        return None
    minute_text = groups.get("minute") or groups.get("minute2") or groups.get("minute3") or groups.get("minute4")
    minute = _count(minute_text) if minute_text else 0
    if groups.get("half") or groups.get("half3"):
        minute = 30
    quarter = groups.get("quarter") or groups.get("quarter3")
    if quarter:
        minute = 15 if quarter == "一" else 45
    if minute is None or minute > 59 or (found.high == 24 and minute):
        return None
    hour, days = _hour(int(found.low), part)
    if found.low == found.high:
        return time(hour % 24, minute), days + hour // 24, None
    last, _days = _hour(int(found.high), part)
    return (time(hour % 24, 0), days + hour // 24, time(last % 24, 0)) if last > hour else None


def _hour(hour: int, part: str) -> tuple[int, int]:
    """Return the hour of the day as the part of the day means it, and days to add."""
    if part == "下午" and 1 <= hour < 12:
        return hour + 12, 0
    if part == "中午" and 1 <= hour <= 3:
        return hour + 12, 0
    if part in _EVENING:
        if 5 <= hour < 12:
            return hour + 12, 0
        return (24, 0) if hour == 12 else (hour, 1) if 0 <= hour < 5 else (hour, 0)
    if part in _DEEP:
        # The small hours of "last night" are this morning's.
        return (hour + 12, 0) if 6 <= hour < 12 else (0, 0) if hour == 12 else (hour, 0)
    if part == "凌晨" and hour == 12:
        return 0, 0
    return hour, 0


def _months_back(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    if year < 1:
        return day
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    return day


def _lunar(groups: dict[str, str | None], now: datetime, ahead: bool) -> date | None:
    from borax.calendars.lunardate import InvalidLunarDateError, LunarDate

    feasts = {"元宵节": (1, 15), "端午": (5, 5), "中秋": (8, 15), "重阳": (9, 9)}
    word = groups.get("feast") or ""
    month_text = groups.get("lmonth") or groups.get("lmonth2") or groups.get("lmonth3") or ""
    day_text = groups.get("lday") or groups.get("lday2") or groups.get("lday3") or ""
    leap = month_text.startswith("闰")
    eve = word in {"除夕", "大年三十", "年三十"}
    if word.startswith("大年初"):
        month, day = 1, _lunar_day("初" + word[3:])
    elif word and not eve:
        month, day = next(found for name, found in feasts.items() if word.startswith(name))
    elif eve:
        month, day = 1, 1
    else:
        month = {"正": 1, "冬": 11, "腊": 12}.get(month_text.lstrip("闰")) or _count(month_text.lstrip("闰")) or 0
        day = _lunar_day(day_text)
    if not (1 <= month <= 12 and day and 1 <= day <= 30):
        return None
    year_text = next((groups[n] for n in ("lyear", "lyear2", "lyear3", "lyear4") if groups.get(n)), None) or ""
    this = LunarDate.from_solar_date(now.year, now.month, now.day).year
    shift = {"今年": 0, "去年": -1, "前年": -2}.get(year_text)
    if year_text and shift is None:
        years = [_count(year_text.rstrip("年").replace("○", "零")) or 0]
    elif shift is not None:
        # "去年" is the year on the wall; the lunar months of winter reach into the next one.
        years = [now.year + shift]
    else:
        years = [this, this + 1] if ahead else [this, this - 1]
    for year in years:
        try:
            found = LunarDate(year + 1 if eve and year_text else year, month, day, 1 if leap else 0).to_solar_date()
        except (InvalidLunarDateError, ValueError):
            continue
        found = found - timedelta(days=1) if eve else found
        if year_text or (found >= now.date() if ahead else found <= now.date()):
            return date(found.year, found.month, found.day)
    return None


def _lunar_day(text: str) -> int | None:
    if text.startswith("初"):
        return _count(text[1:])
    if text.startswith("廿"):
        return 20 + (_count(text[1:]) or 0 if text[1:] else 0)
    return _count(text)


Days = tuple[date, date, Why, bool]
_COUNTED = Why("按收到之日推算", "counted from the day of receipt")


def _one(day: date, why: Why, about: bool = False) -> Days:
    return day, day, why, about


def _days(groups: dict[str, str | None], now: datetime, clause: str) -> Days | None:
    today = now.date()
    ahead, past = bool(_AHEAD.search(clause)), bool(_PAST.search(clause))
    if groups.get("lunar"):
        found = _lunar(groups, now, ahead and not past)
        return (
            None
            if found is None
            else _one(found, Why("农历日期，换算成公历", "a lunar date, counted into the calendar"))
        )
    if groups.get("full"):
        year, month, day = (_count((groups[name] or "").replace("○", "零")) for name in ("year", "month", "day"))
        try:
            return _one(date(year or 0, month or 0, day or 0), Why("写明了日期", "the date is written out"))
        except ValueError:
            return None
    if groups.get("month2"):
        return _month_day(groups, today, ahead, past)
    if (relmonth := groups.get("relmonth")) or groups.get("day4"):
        return _day_of_month(groups, relmonth or "", now)
    if word := groups.get("dayword"):
        return _one(
            today + timedelta(days=_DAYS[word]),
            Why(f"“{word}”按收到之日推算", f"“{word}” counted from the day of receipt"),
        )
    if weekday := groups.get("weekday"):
        return _weekday(groups.get("week") or "", weekday, today, ahead, past)
    if groups.get("ago"):
        return _ago(groups, now)
    return _one(today, Why("未写日期，按收到之日", "no date is written: the day of receipt is taken"))


def _month_day(groups: dict[str, str | None], today: date, ahead: bool, past: bool) -> Days | None:
    month, day = _count(groups["month2"] or ""), _count(groups["day2"] or "")
    shift = {"今年": 0, "去年": -1, "前年": -2, "明年": 1}.get(groups.get("relyear") or "")
    for year in [today.year + shift] if shift is not None else [today.year, today.year - 1]:
        try:
            found = date(year, month or 0, day or 0)
        except ValueError:
            return None
        # People write about what has happened: a day still to come belongs to last year, unless it is near or the
        # words look ahead.
        near = found <= today + timedelta(days=60) and not (past and not ahead)
        if shift is not None or found <= today or near:
            return _one(found, Why("写明了月日", "month and day are written out"))
    return None


def _day_of_month(groups: dict[str, str | None], relmonth: str, now: datetime) -> Days | None:
    today, day = now.date(), _count(groups.get("day3") or groups.get("day4") or "")
    first = today.replace(day=1)
    back = -1 if relmonth.startswith("下") else relmonth.count("上")
    for months in [back] if relmonth else [0, 1, 2]:
        try:
            found = _months_back(first, months).replace(day=day or 0)
        except ValueError:
            if relmonth:
                return None
            continue
        clock = _clock(groups, groups.get("part") or "")
        late = found == today and clock is not None and datetime.combine(found, clock[0]) > now.replace(tzinfo=None)
        if relmonth or (found <= today and not late):
            return _one(found, _COUNTED)
    return None


def _weekday(week: str, weekday: str, today: date, ahead: bool, past: bool) -> Days | None:
    number_of = 6 if weekday in "日天7" else 5 if weekday == "末" else (_count(weekday) or 1) - 1
    monday = today - timedelta(days=today.weekday())
    shift = -week.count("上") + week.count("下")
    found = monday + timedelta(days=7 * shift + number_of)
    if not week and found > today and not (ahead and not past):
        found -= timedelta(days=7)
    if week[:1] in {"本", "这"} and found > today and past and not ahead:
        return None
    why = Why("星期按收到之日推算", "the weekday counted from the day of receipt")
    if weekday == "末":
        return found, found + timedelta(days=1), why, True
    return _one(found, why)


def _ago(groups: dict[str, str | None], now: datetime) -> Days | None:
    unit, text = groups.get("agounit") or "天", groups.get("ago") or ""
    if unit in {"小时", "钟头", "分钟"}:
        # Hours are read with their clock in `_hours`.
        return None
    today = now.date()
    # How long it has lasted by now ("坏了三天了") tells about when it began.
    vague = bool(groups.get("agomore") or groups.get("since") or groups.get("agohalf") == "个多") or text == "半"
    if text == "半":
        if unit not in {"月", "年"}:
            return None
        day = today - timedelta(days=15) if unit == "月" else _months_back(today, 6)
        return day, day, _COUNTED, True
    found = amount("三到九" if text in {"几", "好几"} else text)
    if found is None or found.high > 1200:
        return None
    low, high = int(found.low), int(found.high)
    half = bool(groups.get("agohalf") == "个半" or groups.get("agohalf2"))
    if unit in {"月", "年"}:
        scale = 12 if unit == "年" else 1
        extra = 6 if half and unit == "年" else 0
        first, last = _months_back(today, high * scale + extra), _months_back(today, low * scale + extra)
        if half and unit == "月":
            first, last = first - timedelta(days=15), last - timedelta(days=15)
        return first, last, _COUNTED, True
    scale = 1 if unit in "天日" else 7
    return (
        today - timedelta(days=high * scale),
        today - timedelta(days=low * scale),
        _COUNTED,
        found.about or vague or half or scale == 7,
    )


def _hours(groups: dict[str, str | None], now: datetime) -> tuple[str, bool] | None:
    text, unit = groups.get("ago") or "", groups.get("agounit")
    found = amount("三到九" if text in {"几", "好几"} else text) if text != "半" else None
    if text != "半" and (found is None or found.high > 2000):
        return None
    seconds = 60 if unit == "分钟" else 3600
    low, high = (0.5, 0.5) if found is None else (float(found.low), float(found.high))
    extra = 0.5 if groups.get("agohalf") == "个半" or groups.get("agohalf2") else 0.0
    first, last = (now - timedelta(seconds=seconds * (n + extra)) for n in (high, low))
    about = high != low or bool(groups.get("agomore")) or groups.get("agohalf") == "个多" or unit != "分钟"
    value = f"{last:%Y-%m-%dT%H:%M}"
    return (f"{first:%Y-%m-%dT%H:%M}/{value}" if high != low else value), about


def _span(word: str, today: date) -> Days | None:
    monday = today - timedelta(days=today.weekday())
    if word in {"前几天", "前些天"}:
        return today - timedelta(days=9), today - timedelta(days=2), _COUNTED, True
    if word == "前两天":
        return today - timedelta(days=3), today - timedelta(days=1), _COUNTED, True
    if "月" in word:
        last = today.replace(day=1) - timedelta(days=1)
        return last.replace(day=1), last, Why("上个月", "the month before"), True
    first = monday - timedelta(days=7 * word.count("上"))
    return first, first + timedelta(days=6), Why("按收到之日推算的一周", "a week counted from the day of receipt"), True


def find(text: str, now: datetime) -> list[Moment]:
    """Find moments and days, read against `now` (the time of receipt): "昨晚九点" gives yesterday 21:00, "上周三" a
    day, "两三天前" the first and the last day it can be."""
    return list(_found(text.translate(HALF), now))


def _found(plain: str, now: datetime) -> Iterator[Moment]:
    naive = now.replace(tzinfo=None)
    for match in _TIME.finditer(plain):
        groups = match.groupdict()
        before, after = plain[max(0, match.start() - 12) : match.start()], plain[match.end() : match.end() + 12]
        if _EVERY.search(_CLAUSE.split(before)[-1]):
            continue
        # From one day of the week or hour to another: how things are, nothing that happened.
        if (groups.get("weekday") and _WEEK_TO.match(after)) or (groups.get("part2") and _HOUR_TO.match(after)):
            continue
        if _TO.search(before) and (groups.get("weekday") or groups.get("part2")):
            continue
        end = match.end()
        while end > match.start() and plain[end - 1].isspace():
            end -= 1
        clause = _clause(plain, match.start(), match.end())
        if groups.get("span"):
            if (days := _span(groups["span"] or "", now.date())) is not None:
                yield Moment(match.start(), end, f"{days[0]}/{days[1]}", days[2], True)
            continue
        part = groups.get("part") or groups.get("part2") or ""
        word = groups.get("dayword")
        # 今/昨 alone begin many other words (今后, 今年, 昨…); a single character needs a part of the day behind it.
        if word in ("今", "昨") and not part:
            continue
        if groups.get("agounit") in {"小时", "钟头", "分钟"}:
            if (hours := _hours(groups, naive)) is not None:
                why = Why("按收到之时推算", "counted back from the moment of receipt")
                yield Moment(match.start(), end, hours[0], why, hours[1])
            continue
        days = _days(groups, now, clause)
        if days is None:
            continue
        clock = _clock(groups, part)
        if clock is None and (groups.get("hour3") or (groups.get("day4") and not part)):
            continue
        made = _made(groups, days, clock, part, naive, clause, after)
        if made is not None:
            yield Moment(match.start(), end, made[0], days[2], made[1])


def _made(
    groups: dict[str, str | None],
    days: Days,
    clock: tuple[time, int, time | None] | None,
    part: str,
    now: datetime,
    clause: str,
    after: str,
) -> tuple[str, bool] | None:
    """Return the value and whether it is approximate; `None` when it cannot be what was meant."""
    first, last, _why, about = days
    if clock is None:
        return (first.isoformat() if first == last else f"{first}/{last}"), about
    if first != last:
        return None
    bare = groups.get("hour3") is not None
    if bare and part in {"昨晚"}:
        first -= timedelta(days=1)
    at, more, until = clock
    # "昨天夜里两点" is the night that began yesterday.
    if (
        part in {"夜里", "深夜", "半夜", "夜间"}
        and at.hour < 6
        and groups.get("dayword") in {"昨天", "昨日", "昨", "前天"}
    ):
        more += 1
    moment = datetime.combine(first, at) + timedelta(days=more)
    ahead = bool(_AHEAD.search(clause)) and not _PAST.search(clause)
    if bare and part not in {"今晚", "今早", "昨晚"}:
        # A time of day alone: today's, when it is over and nothing speaks of a habit.
        if moment > now and not ahead:
            return None
        if _HABIT.search(clause):
            return None
    elif moment > now and groups.get("dayword") in {"今天", "今日", "今"} and _PAST.search(clause) and not ahead:
        return None
    vague = about or until is not None or bool(re.match(r"多|左右|前后|来钟|许", after))
    value = f"{moment:%Y-%m-%dT%H:%M}"
    if until is not None:
        return f"{value}/{datetime.combine(moment.date(), until):%Y-%m-%dT%H:%M}", True
    return value, vague


def _clause(plain: str, start: int, end: int) -> str:
    before, after = plain[max(0, start - 30) : start], plain[end : end + 30]
    return _CLAUSE.split(before)[-1] + " " + _CLAUSE.split(after)[0]
