"""What somebody who was at a service point says of it: the only file of the subject that writes.

Danger in the words goes first, whatever becomes of the rating: it is a report of its own at the one door of all
reports, with the danger gate, and is never left lying with the keeper of the point.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wuxiao.desk.base import throttle
from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import Invalid, Throttled
from wuxiao.desk.matters import beside
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.register import answers
from wuxiao.desk.town import books
from wuxiao.records.models import Matter
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.questions.answers import read_answers
from wuxiao.rules.words import Text
from wuxiao.subjects.service_points import asks
from wuxiao.subjects.service_points.rating import RATING

#: What may be written; longer words belong into a report.
MOST = answers.WORDS.most


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a rating; `report` is the matter its words became where they spoke of danger."""

    new: bool
    report: Matter | None


def rate(code: str, given: Mapping[str, Any], *, key: str, caller: str, lang: str, by: Actor, at: datetime) -> Taken:
    """Take one rating of a point by its code: anonymous, counted once for its `key`, so many an hour from one source.

    `given` is what was typed, by question; `caller` is kept as a hash of the day only. Words that speak of danger are
    a report at once, also where the rating is refused. Raises `Invalid`, `NotFound`, `Throttled`.
    """
    point = asks.by_code(code, at=at)
    rules = books.current(at)
    held = asks.kept(rules.book)
    typed = str(given.get("words") or "").strip()
    report = _danger(point, typed, key, lang, by=by, at=at)
    found = read_answers(RATING, given, now=at.astimezone(SHANGHAI))
    errors = {one.path: one.text for one in found.wrong}
    if len(typed) > MOST:
        errors["words"] = Text(f"太长了，最多{MOST}字", f"too long: at most {MOST} characters")
    if errors:
        raise _told(Invalid(errors), report)
    try:
        throttle.knock("rate", caller, rules.book.throttle.ratings_per_hour, throttle.HOUR, at=at)
    except Throttled as wait:
        raise _told(wait, report) from None
    chosen, words = answers.apart(RATING, found)
    new = answers.give(
        held, code, RATING, chosen, "" if report is not None else words, once=f"rate:{code}:{key}", by=by, at=at
    )
    return Taken(new, report)


def _danger(point: asks.Point, words: str, key: str, lang: str, *, by: Actor, at: datetime) -> Matter | None:
    """Make a report of words that speak of danger, certain or perhaps; the same form twice is one report."""
    row = point.row
    report = Report(
        words=words[:4000],
        channel="web",
        lang=lang,
        division=row.division,
        place=f"{row.title}（{row.address}）"[:200],
        lat=row.lat,
        lon=row.lon,
    )
    return beside.take_up(report, told_of=row.unit, by=by, at=at, once=f"rate:{key}")


def _told(error: Any, report: Matter | None) -> Any:
    if report is not None:
        error.kept = report.code
    return error
