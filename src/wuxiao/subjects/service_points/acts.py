"""What somebody who was at a service point says of it: the only file of the subject that writes.

Danger in the words goes first, whatever becomes of the rating: it is a report of its own at the one door of all
reports, with the danger gate, and is never left lying with the keeper of the point.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from wuxiao.desk.base import throttle
from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import DeskError, Invalid, Refused
from wuxiao.desk.case import heard
from wuxiao.desk.matters import beside
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.register import answers, shelf
from wuxiao.desk.town import books
from wuxiao.records.models import Matter, Row
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.calendar.opening import State
from wuxiao.rules.questions.answers import read_answers
from wuxiao.rules.words import Text
from wuxiao.subjects.service_points import asks
from wuxiao.subjects.service_points.rating import RATING
from wuxiao.subjects.service_points.rules import NAME

#: What may be written; longer words belong into a report.
MOST = answers.WORDS.most
_DAY = 24 * throttle.HOUR


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a rating; `report` is the matter its words became where they spoke of danger, or where nobody here
    could look for it; its code is that of whoever wrote them."""

    new: bool
    report: Matter | None


def rate(code: str, given: Mapping[str, Any], *, key: str, caller: str, lang: str, by: Actor, at: datetime) -> Taken:
    """Take one rating of a point by its code: anonymous, one a day from one source, so many tries an hour.

    `given` is what was typed, by question; `caller` is kept as a hash of the day only, and not with the rating. The
    same `key` is the same form. Words that speak of danger are a report at once, also where the rating is refused:
    the error then says so (`kept`, `danger`). So are words that nobody here can read: a person of the hotline reads
    them before anybody of the point does. Raises `Invalid`, `NotFound` (also for a point that has ended, and in a town
    that keeps no points any more), `Refused` for one that is planned and for a second rating of the day, `Throttled`.
    """
    # Before anything is asked of the point or of the book: the sheet with its code hangs on. Danger is heard at a point
    # that is planned or has ended, and where the town keeps no register of them any more.
    row, _part = shelf.find(shelf.known(NAME), code)
    typed = str(given.get("words") or "").strip()
    danger = _danger(row, typed, key, lang, by=by, at=at)
    try:
        new = _rated(code, given, typed, danger is None, key, caller, by=by, at=at)
    except DeskError as error:
        if danger is not None:
            error.kept, error.danger = danger.code, heard.listen([typed])
        raise
    return Taken(new, danger)


def _rated(
    code: str, given: Mapping[str, Any], typed: str, quiet: bool, key: str, caller: str, *, by: Actor, at: datetime
) -> bool:
    rules = books.current(at)
    if asks.by_code(code, at=at).standing.state is State.PLANNED:
        raise Refused(Text("这里还没有开放，开放以后再来评价。", "It is not open yet: rate it once it is."), "planned")
    found = read_answers(RATING, given, now=at.astimezone(SHANGHAI))
    errors = {one.path: one.text for one in found.wrong}
    if len(typed) > MOST:
        errors["words"] = Text(f"太长了，最多{MOST}字", f"too long: at most {MOST} characters")
    if errors:
        raise Invalid(errors)
    source = f"{code} {throttle.source_of(caller)}"
    throttle.knock("rate", source, rules.book.throttle.ratings_per_hour, throttle.HOUR, at=at)
    chosen, words = answers.apart(RATING, found)
    with transaction.atomic():
        new = answers.give(
            asks.kept(rules.book), code, RATING, chosen, words if quiet else "", once=f"rate:{code}:{key}", by=by, at=at
        )
        # Whoever writes the key could write another: what counts is from where it comes, once a day and point.
        if new and throttle.Knock("rated", source, 1, _DAY, at).count():
            raise Refused(
                Text(
                    "今天从您这里已经评过这个地方了，一天只算一次（同一个网络里的人算一起）。"
                    "谢谢您，请过一天再评；有事要反映，请用“我要反映”。",
                    "This place was rated from your connection today already, and one rating a day counts (all on one "
                    "network together). Thank you: rate it again in a day. To report something, use “Report”.",
                ),
                "rated",
            )
    return new


def _danger(row: Row, words: str, key: str, lang: str, *, by: Actor, at: datetime) -> Matter | None:
    """Make a report of words that speak of danger, certain or perhaps, or that are in a language nobody here reads;
    the same form twice is one report."""
    report = Report(
        words=words,
        channel="web",
        lang=lang,
        division=row.division,
        place=f"{row.title}（{row.address}）"[:200],
        lat=row.lat,
        lon=row.lon,
    )
    return beside.take_up(report, told_of=row.unit, by=by, at=at, once=f"rate:{key}")
