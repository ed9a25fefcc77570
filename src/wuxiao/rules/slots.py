"""Slots: hours at which there is room for so many; how they are told, and the days of a series of them. Pure.

A slot and its bookings have no chain of their own: what is done with a booking is an entry of its case, what is done
with the slot is the town's. The sentences of both stand here, beside those of the life of a matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from wuxiao.rules.calendar import Calendar
from wuxiao.rules.calendar.recurrence import Bounds, Recurrence, write_out
from wuxiao.rules.words import Text


class SlotState(StrEnum):
    """Whether a slot takes place."""

    OPEN = "open"
    CANCELLED = "cancelled"


class Booked(StrEnum):
    """Where a booking stands. `RELEASED` was given back by whose it was, `CANCELLED` by the office."""

    BOOKED = "booked"
    ATTENDED = "attended"
    ABSENT = "absent"
    RELEASED = "released"
    CANCELLED = "cancelled"


#: How a booking is called.
STANDS: Mapping[Booked, Text] = {
    Booked.BOOKED: Text("约好了", "booked"),
    Booked.ATTENDED: Text("来过了", "came"),
    Booked.ABSENT: Text("没有来", "did not come"),
    Booked.RELEASED: Text("自己取消了", "given back"),
    Booked.CANCELLED: Text("由单位取消", "cancelled by the office"),
}

#: What the entries of a case say of its bookings, and those of the town of the slots.
RECORDS: Mapping[str, Text] = {
    "book_slot": Text("诉求人约了{slot}：{when}", "the requester booked {slot}: {when}"),
    "move_slot": Text(
        "诉求人改约{slot}：从{old}改到{when}", "the requester moved the booking of {slot} from {old} to {when}"
    ),
    "release_slot": Text("诉求人取消了约好的{slot}（{when}）", "the requester gave back {slot} of {when}"),
    "shift_slot": Text("{slot}由{old}改到{when}", "{slot} was moved from {old} to {when}"),
    "cancel_slot": Text(
        "{when}的{slot}取消了，可以另约：{reason}", "{slot} of {when} was cancelled; another can be booked: {reason}"
    ),
    "part_slot": Text("约好的{slot}（{when}）取消了", "the booking of {slot} of {when} is off"),
    "attend_slot": Text("诉求人来参加了{slot}（{when}）", "the requester came to {slot} of {when}"),
    "miss_slot": Text(
        "诉求人没有来参加{slot}（{when}），可以再约",
        "the requester did not come to {slot} of {when}; another can be booked",
    ),
    "promise_slot": Text("{slot}时答应：{words}", "promised at {slot}: {words}"),
    "take_over": Text("{leader}包案，跟到办结", "{leader} follows it until it is closed"),
    "lay_down": Text("{leader}不再包案：{reason}", "{leader} no longer follows it: {reason}"),
    "part_follow": Text("包案到此为止，事情照常办理", "nobody in office follows it any more; it goes on as before"),
    "publish_slots": Text("公布{slot}{count}场", "{count} hours of {slot} published"),
    "change_slot": Text("{slot}由{old}改到{when}", "{slot} was moved from {old} to {when}"),
    "close_slot": Text("取消{when}的{slot}", "{slot} of {when} cancelled"),
}

#: What the entries of a slot that was moved say, by what changed beside its time: its place, when it ends.
MOVED: Mapping[str, Text] = {
    "place": Text(
        "{when}的{slot}，地点由“{old_place}”改到“{place}”，时间不变",
        "{slot} of {when}: the place was changed from “{old_place}” to “{place}”; the time stays",
    ),
    "both": Text(
        "{slot}由{old}改到{when}，地点由“{old_place}”改到“{place}”",
        "{slot} was moved from {old} to {when}, and from “{old_place}” to “{place}”",
    ),
    "ends": Text("{when}的{slot}，结束时间改到{ends}", "{slot} of {when} now ends at {ends}"),
    "ends_place": Text(
        "{when}的{slot}，结束时间改到{ends}，地点由“{old_place}”改到“{place}”",
        "{slot} of {when} now ends at {ends}, and the place was changed from “{old_place}” to “{place}”",
    ),
}


def moved(facts: Mapping[str, Any]) -> Text | None:
    """Return what an entry of a slot that was moved says; `None` for one of before, which names the time alone."""
    place = "old_place" in facts
    # The same instant may have been written in two zones.
    old, when = (datetime.fromisoformat(str(facts[name])) for name in ("old", "when"))
    if old != when:
        return MOVED["both"] if place else None
    if "ends" in facts:
        return MOVED["ends_place" if place else "ends"]
    return MOVED["place"] if place else None


#: What people are told: `{more}` is when and where.
MESSAGES: Mapping[str, Text] = {
    "book_slot": Text(
        "【{town}】事项{number}约好了：{more}。改约、取消：{url}",
        "[{town}] Booked for matter {number}: {more}. To move or cancel it: {url}",
    ),
    "move_slot": Text(
        "【{town}】事项{number}改约到：{more}。再改、取消：{url}",
        "[{town}] Your booking for matter {number} is now {more}. To move or cancel it: {url}",
    ),
    "shift_slot": Text(
        "【{town}】事项{number}约的时间地点变了，改为：{more}。不方便可以改约：{url}",
        "[{town}] Time or place changed for matter {number}: {more}. If it does not suit, choose another: {url}",
    ),
    "cancel_slot": Text(
        "【{town}】对不起，事项{number}约的{more}取消了，请另约：{url}",
        "[{town}] Sorry: {more} for matter {number} was cancelled. Please choose another: {url}",
    ),
    "remind_slot": Text(
        "【{town}】提醒：事项{number}约了{more}。来不了请取消，让别人用：{url}",
        "[{town}] A reminder for matter {number}: {more}. If you cannot come, please cancel: {url}",
    ),
    "take_over": Text(
        "【{town}】事项{number}有领导包案，跟到办结；谁在办、期限都不变：{url}",
        "[{town}] A leader now follows matter {number} until it is closed. Who handles it and the date stay: {url}",
    ),
}


class Every(StrEnum):
    """How a series comes again."""

    ONCE = "once"
    WEEK = "week"
    FORTNIGHT = "fortnight"
    MONTH = "month"


EVERY: Mapping[Every, Text] = {
    Every.ONCE: Text("只这一次", "Only this once"),
    Every.WEEK: Text("每周", "Every week"),
    Every.FORTNIGHT: Text("每两周", "Every two weeks"),
    Every.MONTH: Text("每月（同一个第几周的周几）", "Every month (the same weekday of the same week)"),
}
#: A series is written out, never endless.
MOST = 26


@dataclass(frozen=True, slots=True)
class Days:
    """The days of a series on which offices work, and those left out because they do not."""

    days: tuple[date, ...]
    skipped: tuple[date, ...]


def series(first: date, every: Every, times: int, calendar: Calendar) -> Days:
    """Return the days of a series of so many times (1 to `MOST`), days off of the town's calendar left out.

    By the month it is the weekday of `first` in the same week of the month; from the 29th on the last of the month.
    """
    if not 1 <= times <= MOST:
        raise ValueError(times)
    if every is Every.ONCE or times == 1:
        found = [first]
    else:
        rule = Recurrence("WEEKLY", interval=2 if every is Every.FORTNIGHT else 1, count=times)
        if every is Every.MONTH:
            nth = (first.day - 1) // 7 + 1
            rule = Recurrence("MONTHLY", count=times, by_day=((nth if nth < 5 else -1, first.weekday()),))
        start = datetime(first.year, first.month, first.day)
        bounds = Bounds(most=MOST, first=first, last=first + timedelta(days=31 * (MOST + 1)), years=4)
        found = [one.date() for one in write_out(rule, start, bounds).times]
    return Days(
        tuple(day for day in found if calendar.is_workday(day)),
        tuple(day for day in found if not calendar.is_workday(day)),
    )
