"""What a reward asks of the database: its facts, which report it is for, what its pages show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import Invalid
from wuxiao.desk.case.shown import visible
from wuxiao.desk.town.books import Rules
from wuxiao.records.models import Case, Finding, Inspection, Reward
from wuxiao.rules import hide
from wuxiao.rules.access import Role
from wuxiao.rules.book_model import Book
from wuxiao.rules.codes import same_number
from wuxiao.rules.field import Field
from wuxiao.rules.life import Step
from wuxiao.rules.words import Text
from wuxiao.subjects.reward import fields
from wuxiao.subjects.reward.rules import NAME, Facts, State
from wuxiao.subjects.reward.words import DATES, VALUES

#: Posts that propose a reward for what their unit confirmed.
PROPOSING = (Role.HANDLER, Role.LEAD)
#: What the house noted itself is no report of anybody.
_NOBODYS = ("alarm",)


def part_of(case: Case) -> Reward:
    """Return the own columns of a reward."""
    return Reward.objects.get(matter_id=case.pk)


def of_row(case: Case, book: Book) -> Facts:
    """Return the facts on which it hangs who sees it (one query)."""
    proposer = Reward.objects.filter(matter_id=case.pk).values_list("proposer_id", flat=True).first()
    return Facts(
        state=State(case.state),
        holder=case.holder,
        hidden=case.hidden,
        hidden_divisions=hide.divisions_of(book, case.hidden) if case.hidden_units else frozenset(),
        proposer=proposer or 0,
    )


def facts_of(case: Case, rules: Rules, at: datetime, verb: str) -> Facts:
    """Return all facts of a reward (at most six queries)."""
    part, base = part_of(case), of_row(case, rules.book)
    again = case.state == State.PROPOSED and _rewarded(_together(_report(case)), besides=case.pk)
    return replace(base, again=again, over=is_over(case, part, at))


def is_over(case: Case, part: Reward, at: datetime) -> bool:
    """Whether the time to fetch a reward has run out; never before it was said that it does."""
    due = case.step_due_at if case.state == State.PAYABLE else None
    return part.warned_at is not None and due is not None and due < at


def _report(case: Case) -> Case:
    return Case.objects.get(pk=case.parent_id or 0)


# -------------------------------------------------------------------------------------------------- for which report


def _together(report: Case) -> list[Case]:
    """Return all reports of the thing a report is of: those joined and the one they follow, the first first."""
    main = report.merged_into_id or report.pk
    rows = Case.objects.filter(Q(pk=main) | Q(merged_into_id=main, outcome="merged"))
    return list(rows.order_by("received_at", "pk"))


def _rewarded(reports: Sequence[Case], besides: int = 0) -> bool:
    """Whether a reward stands or stood for one of these reports; one that was not given does not count."""
    rows = Case.objects.filter(life=NAME, parent_id__in=[one.pk for one in reports]).exclude(outcome="rejected")
    return rows.exclude(pk=besides).exists()


def reported(number: str, by: Actor) -> tuple[Case, Case, list[Case]]:
    """Return the report that is rewarded, the one it is handled with, and all of the same thing.

    Of several reports the first of a person is rewarded. Raises `Invalid` for what whoever asks may not see, what is no
    hazard, has been rewarded, or is not confirmed yet.
    """
    found = None
    if by.viewer is not None:
        found = visible(by.viewer).filter(number=same_number(number)).select_related("merged_into").first()
    if found is None:
        raise _wrong("没有这件事项，或者您看不到它", "there is no such matter, or it is not yours to see")
    main: Case = found.merged_into or found
    if main.kind != "hazard":
        raise _wrong("只有反映隐患的才奖励，这件不是隐患", "only a reported hazard is rewarded, and this is none")
    reports = _together(main)
    first = next((one for one in reports if one.channel not in _NOBODYS and one.outcome != "withdrawn"), None)
    if first is None:
        raise _wrong("这件没有可以奖励的反映人", "nobody who could be rewarded reported this")
    if _rewarded(reports):
        raise _wrong("同一处隐患已经有一笔奖励，不重复奖励", "this hazard has its reward already; none is given twice")
    if not _confirmed(main, reports):
        raise _wrong(
            "还没有查实：到场检查查出问题、或者事项答复以后，再提请奖励",
            "it is not confirmed yet: propose it when a visit found something or the matter was answered",
        )
    return first, main, reports


def _wrong(zh: str, en: str) -> Invalid:
    return Invalid({"report": Text(zh, en)})


def _confirmed(main: Case, reports: Sequence[Case]) -> bool:
    """Whether a hazard was confirmed: by a visit that came of it and found something, where one was made at all."""
    ids = [one.pk for one in reports]
    if Inspection.objects.filter(matter__parent_id__in=ids).exclude(matter__outcome="dropped").exists():
        found = Finding.objects.filter(matter__parent_id__in=ids).exclude(state="withdrawn")
        left = Inspection.objects.filter(left_at__isnull=False).values("matter_id")
        return found.filter(matter_id__in=left).exists()
    return main.answered_at is not None and main.outcome in {"", "answered"}


def unit_for(main: Case, reports: Sequence[Case], by: Actor) -> str:
    """Return in the name of which unit somebody proposes: one that handled the report or inspected; else empty."""
    if by.viewer is None:
        return ""
    visits = Case.objects.filter(life="inspection", parent_id__in=[one.pk for one in reports])
    units = {main.holder, *visits.values_list("holder", flat=True)}
    return next((post.unit for post in by.viewer.posts if post.role in PROPOSING and post.unit in units), "")


def fits(report: Case) -> bool:
    """Whether a reward can be proposed on the page of a report: a hazard that somebody has answered or is at."""
    return report.kind == "hazard" and report.state in {"handling", "answered", "closed"}


# ------------------------------------------------------------------------------------------------------------- pages


def asks(case: Case | None, step: Step[Any], rules: Rules, by: Actor) -> tuple[Field, ...]:
    """Return the fields of a step."""
    return fields.of_step(step, rules.book)


def about(case: Case, rules: Rules, by: Actor) -> list[tuple[Text, Text]]:
    """Return what its page shows beside the diary; never who it is for, and never the code."""
    part = part_of(case)
    rows = [
        (Text("隐患", "Hazard"), VALUES["grade"].get(part.grade, _same(part.grade))),
        (Text("奖励", "Reward"), Text(f"{part.amount}元", f"{part.amount} yuan")),
    ]
    if case.state == State.PAYABLE:
        fetched = Text("已取", "fetched") if part.mark else Text("还没有取", "not fetched yet")
        rows.append((Text("领取码", "Payout code"), fetched))
    if case.closed_at is not None:
        rows.append((Text("结果", "Outcome"), VALUES["outcome"].get(case.outcome, _same(case.outcome))))
    return rows


def _same(text: str) -> Text:
    return Text(text, text)


def owes(cases: Sequence[Case], rules: Mapping[int, Rules]) -> Mapping[int, Text]:
    """Return of each open reward what its date is the date of, by its id."""
    return {case.pk: DATES[case.state] for case in cases if case.state in DATES}


def warn_at(case: Case, rules: Rules) -> datetime:
    """Return when it is said that its time ends soon: so many days of the book before."""
    assert case.step_due_at is not None
    return case.step_due_at - timedelta(days=rules.book.lives[NAME].numbers["warn"])


# --------------------------------------------------------------------------------------------------------- who reported


def of_report(report: Case) -> tuple[Case, Reward] | None:
    """Return the reward of one's own report as its reporter reads it: once it is decided, and only if it is given."""
    rows = Case.objects.filter(life=NAME, parent_id=report.pk).exclude(state=State.PROPOSED)
    case = rows.exclude(outcome="rejected").order_by("-pk").first()
    return (case, part_of(case)) if case is not None else None
