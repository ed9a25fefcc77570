"""The reason of a date in plain words, for a reader of seventy: what was received when, what was counted, what was
left out.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from wuxiao.rules.calendar import OffSpan
from wuxiao.rules.promise.parts import CountedPause, EndRule, PauseEffect, StartRule, Unit, Why

_ZH_DAYS = "一二三四五六日"
_EN_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_EN_MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)


def say(why: Why, lang: str) -> str:
    """Return the reason in one or two sentences, English for `en…`, otherwise Chinese."""
    return _english(why) if lang.lower().startswith("en") else _chinese(why)


def _named(why: Why) -> list[OffSpan]:
    """The holidays worth naming: for working terms those after the first day, for calendar days the one the last
    day fell in.
    """
    if why.term.unit is Unit.CALENDAR_DAYS:
        return [s for s in why.skipped if why.rolled_from is not None and s.first <= why.rolled_from <= s.last]
    return [s for s in why.skipped if s.last > why.start.date() and s.first <= why.due.date()]


def _worked(why: Why) -> list[date]:
    if why.term.unit is Unit.CALENDAR_DAYS or why.first_day is None:
        return []
    return [day for day, _ in why.made_up if why.first_day <= day <= why.due.date()]


# -- Chinese -----------------------------------------------------------------------------------------------------------


def _zh_day(day: date, year: int | None = None) -> str:
    head = f"{day.year}年" if day.year != year else ""
    return f"{head}{day.month}月{day.day}日（周{_ZH_DAYS[day.weekday()]}）"


def _zh_moment(moment: datetime, year: int | None = None) -> str:
    return f"{_zh_day(moment.date(), year)}{moment:%H:%M}"


def _zh_span(span: OffSpan, year: int) -> str:
    def short(day: date, against: date | None) -> str:
        head = f"{day.year}年" if day.year != (against.year if against else year) else ""
        return (
            f"{head}{day.month}月{day.day}日"
            if against is None or day.month != against.month or head
            else f"{day.day}日"
        )

    name = span.name.zh
    if span.first == span.last:
        return f"{name}（{short(span.first, None)}）"
    return f"{name}（{short(span.first, None)}至{short(span.last, span.first)}）"


def _zh_length(length: timedelta) -> str:
    minutes = round(length / timedelta(minutes=1))
    days, rest = divmod(minutes, 1440)
    hours, minutes = divmod(rest, 60)
    parts = [f"{n}{word}" for n, word in ((days, "天"), (hours, "小时"), (minutes, "分钟")) if n]
    return "".join(parts) or "不到1分钟"


def _chinese(why: Why) -> str:
    year = why.start.year
    head = f"{_zh_moment(why.start)}收到"
    words = why.term.words.zh
    first = _zh_day(why.first_day, year) if why.first_day else ""
    match why.start_rule:
        case StartRule.WORKDAY_NOT_COUNTED:
            head += f"，当天不算，从{first}起数{words}"
        case StartRule.REST_DAY_NEXT_WORKDAY:
            head += f"，当天休息，从{first}起数{words}"
        case StartRule.DAY_NOT_COUNTED:
            head += f"，当天不算，从{first}起数{words}，休息日也算在内"
        case StartRule.IN_OFFICE_HOURS:
            head += f"，只数上班时间，共{words}"
        case StartRule.NEXT_OPENING:
            head += f"，当时不上班，从{first}上班起数{words}"
        case StartRule.AT_ONCE:
            head += f"，从这时起{words}，节假日和夜里也算"
    if why.term.unit in (Unit.WORKING_DAYS, Unit.WORKING_HOURS):
        named = [_zh_span(s, year) for s in _named(why)]
        if named:
            head += f"，{'、'.join(named)}放假不算"
        worked = [_zh_day(day, year) for day in _worked(why)]
        if worked:
            head += f"，{'、'.join(worked)}调休上班要算"
    if why.rolled_from is not None:
        named = [s.name.zh for s in _named(why)]
        rest = f"是{named[0]}假期" if named else "休息"
        head += f"，最后一天{_zh_day(why.rolled_from, year)}{rest}，顺延到下一个上班日"
    ending = {EndRule.OFFICE_CLOSE: "（下班时间）", EndRule.DAY_END: "（当天结束）", EndRule.EXACT: ""}[why.end_rule]
    first_sentence = f"{head}，最晚到{_zh_moment(why.due, year)}{ending}。"
    more = [*_zh_pauses(why, year)]
    for c in why.extensions:
        more.append(f"经批准延长了{c.extension.term.words.zh}（{_reason_or(c.extension.reason, '未写原因')}）")
    if why.kept is not None:
        more.append(f"重新计算得到的日期更早（{_zh_moment(why.kept, year)}），仍按原先告诉您的日期，没有因为重算而缩短")
    if why.moved_from is not None:
        more.append(f"原先告诉您的是{_zh_moment(why.moved_from, year)}，重新计算后往后移了")
    if why.provisional:
        years = "、".join(str(y) for y in why.provisional)
        more.append(f"{years}年的放假安排国家还没有公布，公布后日期如有变化会告诉您，只会推后、不会提前")
    return first_sentence + (f"{'；'.join(more)}。" if more else "")


def _reason_or(reason: str, otherwise: str) -> str:
    return reason.strip().rstrip("。.") or otherwise


def _zh_pauses(why: Why, year: int) -> list[str]:
    out = []
    added = [c for c in why.pauses if c.effect is PauseEffect.ADDED and c.added]
    for c in added:
        kind = "上班时间" if c.working else ""
        out.append(f"因“{_reason_or(c.pause.reason, '未写原因')}”停了{_zh_stop(c, kind)}，已经补上")
    for c in why.pauses:
        if c.effect is PauseEffect.OPEN:
            reason = _reason_or(c.pause.reason, "未写原因")
            out.append(f"从{_zh_moment(c.pause.start, year)}起因“{reason}”暂停，停多久就往后推多久")
        elif c.effect is PauseEffect.AFTER_DUE:
            out.append(f"{_zh_moment(c.pause.start, year)}的暂停是到期以后的事，没有算")
    return out


def _zh_stop(c: CountedPause, kind: str) -> str:
    if not c.working:
        return _zh_length(c.added)
    minutes = round(c.added / timedelta(minutes=1))
    hours, minutes = divmod(minutes, 60)
    return kind + ("".join(f"{n}{w}" for n, w in ((hours, "小时"), (minutes, "分钟")) if n) or "不到1分钟")


# -- English -----------------------------------------------------------------------------------------------------------


def _en_day(day: date, year: int | None = None) -> str:
    tail = f" {day.year}" if day.year != year else ""
    return f"{_EN_DAYS[day.weekday()]} {day.day} {_EN_MONTHS[day.month - 1]}{tail}"


def _en_moment(moment: datetime, year: int | None = None) -> str:
    return f"{_en_day(moment.date(), year)}, {moment:%H:%M}"


def _en_span(span: OffSpan, year: int) -> str:
    def short(day: date) -> str:
        return f"{day.day} {_EN_MONTHS[day.month - 1]}" + (f" {day.year}" if day.year != year else "")

    if span.first == span.last:
        return f"{span.name.en} ({short(span.first)})"
    if (span.first.year, span.first.month) == (span.last.year, span.last.month):
        return f"{span.name.en} ({span.first.day}–{short(span.last)})"
    return f"{span.name.en} ({short(span.first)} – {short(span.last)})"


def _en_list(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _en_length(length: timedelta, *, office: bool) -> str:
    minutes = round(length / timedelta(minutes=1))
    days, rest = (0, minutes) if office else divmod(minutes, 1440)
    hours, minutes = divmod(rest, 60)
    parts = [
        f"{n} {word}{'' if n == 1 else 's'}" for n, word in ((days, "day"), (hours, "hour"), (minutes, "minute")) if n
    ]
    return " ".join(parts) or "less than a minute"


def _english(why: Why) -> str:
    year = why.start.year
    head = f"Received on {_en_moment(why.start)}"
    words = why.term.words.en
    first = _en_day(why.first_day, year) if why.first_day else ""
    match why.start_rule:
        case StartRule.WORKDAY_NOT_COUNTED:
            head += f"; that day is not counted, so {words} are counted from {first}"
        case StartRule.REST_DAY_NEXT_WORKDAY:
            head += f", a day of rest, so {words} are counted from {first}"
        case StartRule.DAY_NOT_COUNTED:
            head += f"; that day is not counted, so {words} are counted from {first}, rest days included"
        case StartRule.IN_OFFICE_HOURS:
            head += f"; only office hours count, {words} in all"
        case StartRule.NEXT_OPENING:
            head += f" while offices were closed, so {words} are counted from when they open on {first}"
        case StartRule.AT_ONCE:
            head += f"; {words} run from that moment, holidays and nights included"
    if why.term.amount == 1:
        head = head.replace(f"{words} are counted", f"{words} is counted").replace(f"{words} run ", f"{words} runs ")
    if why.term.unit in (Unit.WORKING_DAYS, Unit.WORKING_HOURS):
        named = [_en_span(s, year) for s in _named(why)]
        if named:
            head += f", leaving out {_en_list(named)}"
        worked = [_en_day(day, year) for day in _worked(why)]
        if worked:
            head += f", and counting {_en_list(worked)}, worked to make up for a holiday"
    if why.rolled_from is not None:
        named = [s.name.en for s in _named(why)]
        rest = f"falls in the {named[0]} holiday" if named else "is a day of rest"
        head += f"; the last day, {_en_day(why.rolled_from, year)}, {rest}, so it moves to the next workday"
    ending = {EndRule.OFFICE_CLOSE: ", when offices close", EndRule.DAY_END: ", the end of that day", EndRule.EXACT: ""}
    first_sentence = f"{head}: by {_en_moment(why.due, year)}{ending[why.end_rule]}."
    more = _en_pauses(why, year)
    for c in why.extensions:
        more.append(
            f"it was extended with approval by {c.extension.term.words.en} "
            f"({_reason_or(c.extension.reason, 'no reason written')})"
        )
    if why.kept is not None:
        more.append(
            f"a new count gave an earlier date ({_en_moment(why.kept, year)}), but the date you were told stands and "
            "was not shortened"
        )
    if why.moved_from is not None:
        more.append(f"you were told {_en_moment(why.moved_from, year)} before; a new count moved it later")
    if why.provisional:
        years = _en_list([str(y) for y in why.provisional])
        more.append(
            f"the official holidays of {years} are not announced yet, and if they change this date we will tell you: "
            "it can move later, never earlier"
        )
    if not more:
        return first_sentence
    joined = "; ".join(more)
    return f"{first_sentence} {joined[0].upper()}{joined[1:]}."


def _en_pauses(why: Why, year: int) -> list[str]:
    out = []
    for c in why.pauses:
        reason = _reason_or(c.pause.reason, "no reason written")
        if c.effect is PauseEffect.ADDED and c.added:
            kind = " of office time" if c.working else ""
            out.append(
                f'the clock stood still for {_en_length(c.added, office=c.working)}{kind} ("{reason}"), which is added'
            )
        elif c.effect is PauseEffect.OPEN:
            out.append(
                f'the clock has stood still since {_en_moment(c.pause.start, year)} ("{reason}"), '
                "and the date moves by as long as that lasts"
            )
        elif c.effect is PauseEffect.AFTER_DUE:
            out.append(
                f"the pause of {_en_moment(c.pause.start, year)} began after the date had passed and adds nothing"
            )
    return out
