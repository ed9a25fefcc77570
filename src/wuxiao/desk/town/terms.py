"""The days of a calendar of terms: one person proposes them, another adopts; from the machine a named person does both.

A sheet counts on its own days, from its first to its last; what older ones say of the days before and behind it stays.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import transaction

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import Invalid, NotFound, Refused
from wuxiao.desk.diary import diary
from wuxiao.desk.town import books
from wuxiao.records.models import TermSheet
from wuxiao.rules import terms
from wuxiao.rules.access import Power
from wuxiao.rules.terms import Drafted, Span
from wuxiao.rules.words import Text

ADOPTED, REFUSED = "adopted", "refused"
#: The largest file that is read.
MOST_BYTES = 4_000_000
_readers: list[Callable[[bytes], Drafted]] = []


def install(reader: Callable[[bytes], Drafted]) -> None:
    """Say how a file of a school calendar is read; once a process, at its start."""
    _readers[:] = [reader]


def read(data: bytes) -> Drafted:
    """Return the spans of a file, or what is wrong with it, by line."""
    if len(data) > MOST_BYTES:
        mega = MOST_BYTES // 1_000_000
        return Drafted((), ((0, Text(f"文件超过 {mega} MB", f"the file is over {mega} MB")),))
    return _readers[0](data)


def _need(by: Actor, power: Power) -> None:
    if by.kind != "system" and (by.viewer is None or power not in by.viewer.powers):
        raise Refused(Text("您的岗位不能办这个", "your post does not do this"), "power")


def propose(calendar: str, spans: Sequence[Span], source: str, *, by: Actor, at: datetime) -> TermSheet:
    """Keep the days of a calendar for another person to decide on; from the machine itself they count at once.

    Raises `Invalid` for a calendar the rule book does not name, or days that cannot be one; `Refused` for whoever may
    not propose them, and where the same days wait or were the last that were adopted.
    """
    _need(by, Power.BOOK)
    if calendar not in books.current(at).book.terms:
        said = Text("规则手册里没有这个校历", "the rule book has no such calendar of terms")
        raise Invalid({"calendar": said})
    if wrong := terms.problems(spans):
        raise Invalid({"file": Text("；".join(one.zh for one in wrong), "; ".join(one.en for one in wrong))})
    text = terms.text_of(spans)
    digest = hashlib.sha256(text.encode()).hexdigest()
    with transaction.atomic():
        mine = TermSheet.objects.select_for_update().filter(calendar=calendar)
        if mine.filter(digest=digest, outcome="").exists():
            raise Refused(Text("这份校历已经在等人决定", "these days wait for a decision already"), "waits")
        last = mine.filter(outcome=ADOPTED).order_by("decided_at", "pk").last()
        if last is not None and last.digest == digest:
            raise Refused(Text("这份校历已经在用", "these days count already"), "in_force")
        sheet = TermSheet(calendar=calendar, digest=digest, text=text, source=source[:120], by_id=by.staff_id, at=at)
        facts = {"calendar": calendar, "digest": digest[:12], "count": len(spans)}
        at_once = by.kind == "system"
        if at_once:
            sheet.outcome, sheet.decided_at = ADOPTED, at
            facts |= {"choice": ADOPTED, "whole": digest, "who": by.name}
        sheet.save()
        diary.write_town("decide_terms" if at_once else "propose_terms", by=by, at=at, facts=facts)
    books.forget()
    return sheet


def decide(sheet_id: int, adopt: bool, *, by: Actor, at: datetime) -> TermSheet:
    """Adopt or refuse days that wait; raises `Refused` for who proposed them, or where it was decided already."""
    _need(by, Power.CONFIRM)
    with transaction.atomic():
        found = TermSheet.objects.select_for_update().filter(pk=sheet_id).first()
        if found is None:
            raise NotFound
        if found.outcome:
            raise Refused(Text("已经决定过了", "it was decided already"), "over")
        if found.by_id == by.staff_id:
            raise Refused(Text("自己提出的要由别人来决定", "what you proposed is for somebody else to decide"), "own")
        found.outcome, found.decided_by_id, found.decided_at = (ADOPTED if adopt else REFUSED), by.staff_id, at
        found.save(update_fields=["outcome", "decided_by", "decided_at"])
        spans = len(terms.read(found.text)[0])
        facts = {"calendar": found.calendar, "digest": found.digest[:12], "count": spans, "choice": found.outcome}
        diary.write_town("decide_terms", by=by, at=at, facts={**facts, "whole": found.digest})
    books.forget()
    return found


def sheets() -> Sequence[TermSheet]:
    """Return every sheet that was ever brought in, the newest first."""
    return list(TermSheet.objects.select_related("by", "decided_by").order_by("-at", "-pk"))


def one(sheet_id: int) -> TermSheet:
    """Return a sheet by its id; `NotFound` for none."""
    found = TermSheet.objects.select_related("by", "decided_by").filter(pk=sheet_id).first()
    if found is None:
        raise NotFound
    return found
