"""What the house knows of inspections: who stands how to one, what its steps do, its clock, its pages."""

from __future__ import annotations

from datetime import datetime

from wuxiao.desk.base.actor import SYSTEM, Actor
from wuxiao.desk.case import clock, clocks, shown
from wuxiao.desk.case.act import act
from wuxiao.desk.case.subject import Pages, Subject, TaskKind
from wuxiao.desk.look.offered import Offers, Way
from wuxiao.desk.town.books import Rules
from wuxiao.records.models import Access, Case, Finding, Inspection
from wuxiao.rules import access
from wuxiao.rules.access import Power, Role
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.promise import Term, promise
from wuxiao.rules.words import Text
from wuxiao.subjects.inspection import asks, fields, rounds
from wuxiao.subjects.inspection.acts import PREFIX, begin, does
from wuxiao.subjects.inspection.checklists import checklists
from wuxiao.subjects.inspection.phone import TRAY
from wuxiao.subjects.inspection.rules import INSPECTION, SECTION, Clock, Facts, State, Who
from wuxiao.subjects.inspection.words import QUEUES, VALUES


def _relations(by: Actor, facts: Facts) -> frozenset[Who]:
    if by.kind == "system":
        return frozenset({Who.SYSTEM})
    if by.kind == "resident":
        return frozenset({Who.OWNER})
    if by.viewer is None:
        return frozenset()
    if by.staff_id is None:
        return _of_machine(by, facts)
    found: set[Who] = set()
    if by.staff_id in facts.asides:
        # Who stands aside does nothing at all here, neither the first time nor the second.
        return frozenset()
    for post in by.viewer.posts:
        if post.role is Role.SUPERVISOR and by.staff_id not in facts.inspectors:
            found.add(Who.SUPERVISOR)
        if post.role not in asks.GOING:
            continue
        if facts.state is None or post.unit == facts.holder:
            found |= {Who.PLANNER} | ({Who.LEAD} if post.role is Role.LEAD else set())
            found.add(Who.INSPECTOR if by.staff_id in facts.inspectors else Who.OTHER)
            found |= {Who.COMING} if by.staff_id in facts.inspectors - facts.here else set()
        if facts.receiver and post.unit == facts.receiver:
            found.add(Who.RECEIVER)
    return frozenset(found)


def _of_machine(by: Actor, facts: Facts) -> frozenset[Who]:
    """A key plans for its unit and answers what was handed to it; who goes, finds and looks again is a person."""
    if facts.state is None:
        return frozenset({Who.PLANNER})
    return frozenset({Who.RECEIVER} if facts.receiver and facts.receiver == by.unit else ())


def _sees(by: Actor, facts: Facts, case: Case) -> bool:
    if by.viewer is None:
        return True
    return facts.hidden.isdisjoint(by.viewer.units) and bool(
        (access.of_case(facts) | _also(facts)) & set(by.viewer.principals)
    )


def _also(facts: Facts) -> frozenset[str]:
    """Who sees it beside its holder and those above: who goes, and who it was handed to."""
    found = {f"p:{pk}" for pk in facts.inspectors} if facts.holder not in facts.hidden else set()
    return frozenset(
        found | ({f"u:{facts.receiver}"} if facts.receiver and facts.receiver not in facts.hidden else set())
    )


def _rows(case: Case, facts: Facts) -> list[Access]:
    def waits(principal: str) -> str:
        """Say what waits for whom: a report of the day for the unit's lead, an objection for supervision."""
        sign, answer = ("in.sign" if facts.grave else ""), ("in.object" if facts.objected else "")
        return sign or answer if principal == f"u:{facts.holder}" else answer or sign

    after = facts.state in {State.ORDERED, State.RECHECK, State.HANDED}
    return shown.rows_of_life(
        INSPECTION, case, facts, also=_also(facts), waits=waits if after else lambda principal: ""
    )


def _term(case: Case, rules: Rules) -> Term | None:
    now = INSPECTION.standings[State(case.state)].clock
    return rules.book.lives[INSPECTION.name].terms[now] if now is not None else None


_by_state = clocks.of_states(INSPECTION.over, _term)


def _clocks(case: Case, rules: Rules, at: datetime, entered: bool) -> None:
    _by_state(case, rules, at, entered)
    if case.state in {State.PLANNED, State.ASSIGNED}:
        _until_somebody_goes(case, rules, at)
    if case.state == State.ON_SITE:
        # A visit ends on the day it began: one that waits for the other's word is late on the next, and says so.
        if entered:
            case.step_due_at = asks.end_of(at.astimezone(SHANGHAI).date())
        if case.step_due_at is not None:
            case.tick_at = case.step_due_at if case.step_due_at > at else at + clocks.LOOK_AGAIN
    if case.state not in {State.ORDERED, State.RECHECK}:
        return
    part = asks.part_of(case)
    if case.state == State.RECHECK:
        answer = asks.answer_by(part, rules)
        if answer is not None and case.step_due_at is not None:
            case.step_due_at = min(answer, case.step_due_at)
        return
    # The time to mend is what was written into the order, to the end of that day; the book's term is the longest.
    if (end := _mended_by(part)) is not None:
        also = (asks.hand_by(part, rules), _reported_by(part), asks.answer_by(part, rules))
        case.step_due_at = min([end, *(moment for moment in also if moment is not None)])
        # It is late when the hand-over is; what the loop does is to be done when the time to mend is over.
        case.tick_at = end if end > at else at + clocks.LOOK_AGAIN


def _until_somebody_goes(case: Case, rules: Rules, at: datetime) -> None:
    """A visit is due since it was planned, whoever is named for it since; a day that was set later counts instead."""
    part = Inspection.objects.filter(matter_id=case.pk).first()
    first = promise(case.received_at, rules.book.lives[INSPECTION.name].terms[Clock.GO], rules.calendar).due
    if part is not None and part.planned_on is not None:
        first = max(first, asks.end_of(part.planned_on))
    case.step_due_at = first
    case.tick_at = first if first > at else at + clocks.LOOK_AGAIN


def _reported_by(part: Inspection) -> datetime | None:
    """Return by when the reports on grave hazards are to be signed, where they are not: the end of that very day."""
    waits = Finding.objects.filter(matter_id=part.matter_id, state="open", grave=True, reported=False)
    if part.left_at is None or not waits.exists():
        return None
    return asks.end_of(part.left_at.astimezone(SHANGHAI).date())


def _mended_by(part: Inspection) -> datetime | None:
    return asks.end_of(part.due_on) if part.due_on is not None else None


def _owed(case: Case) -> datetime | None:
    """Return the date the place reads: of its order, then of the second look. What officers must do is theirs."""
    if case.state == State.RECHECK:
        return case.step_due_at
    return _mended_by(asks.part_of(case)) if case.state == State.ORDERED else None


def _look(case: Case, rules: Rules, at: datetime) -> None:
    end = _mended_by(asks.part_of(case)) if case.state == State.ORDERED else None
    if end is not None and end <= at:
        act(case.pk, "fall_due", by=SYSTEM, at=at, turn=case.turn)
    else:
        clock.look_again(case, rules, at)


def _hears(*told: object) -> None:
    """It wants to hear of nothing."""


SUBJECT: Subject[Facts] = Subject(
    life=INSPECTION,
    nothing=Facts(),
    facts=asks.facts_of,
    of_row=asks.of_row,
    relations=_relations,
    sees=_sees,
    rows=_rows,
    shown=frozenset({"state", "holder", "hidden_units", "division", "offered_to", "step_due_at", "closed_at"}),
    set_clocks=_clocks,
    look=_look,
    effects=does,
    closed=_hears,
    withheld=_hears,
    told=_hears,
    promises=False,
    ends_as="clean",
    listens=False,
    pages=Pages(
        title=Text("场所检查", "Inspections"),
        meaning=Text(
            "到场所看消防和治安，查出的问题限期整改，另一人复查。",
            "Visits to premises: what is found is ordered mended, and somebody else looks again.",
        ),
        icon="check",
        prefix=PREFIX,
        power=Power.REGISTERS,
        asks=asks.asks,
        begin=begin,
        about=asks.about,
        told=asks.told,
        values=VALUES,
        section=SECTION,
        days=fields.DAYS,
        fields=fields.possible,
        machines=frozenset({Who.PLANNER, Who.RECEIVER}),
        party=Who.OWNER,
        party_name=Text("场所一方", "the place"),
        owed=_owed,
        queues=QUEUES,
        waits={
            Role.LEAD: frozenset({"in.plan", "in.sign"}),
            Role.HANDLER: frozenset({"in.visit", "in.site", "in.again"}),
            Role.SUPERVISOR: frozenset({"in.object"}),
        },
        dates=asks.owes,
        stands=asks.stands,
        hands=frozenset({Who.INSPECTOR, Who.LEAD}),
        grave=frozenset({"drop", "hand_over", "gone"}),
        at_row=asks.at_row,
        from_report=Text("到场检查", "Have the place looked at"),
        tray=TRAY,
        warns=asks.warns,
        # The list is filled: what is left of the visit is to end it.
        next=lambda facts: "leave" if facts.state == State.ON_SITE and not facts.unanswered else "",
    ),
    tasks={
        "rectify": TaskKind(
            Text("督促整改", "see that it is mended"),
            Text(
                "这个场所归你们行业管：督促它按期整改查出的问题",
                "the place is of your trade: see that what was found is mended",
            ),
            shows=asks.told,
            with_case=True,
        )
    },
    faults=rounds.faults,
)
assert set(does) == {row.verb for row in INSPECTION.rows if row.sources}, "a step without an effect"
OFFERS = Offers(
    name=INSPECTION.name,
    public=(
        Way(Text("隐患整改", "Mending hazards"), "public_hazards"),
        Way(Text("双随机", "Random draws"), "public_draws"),
    ),
    sets=lambda: {code: one.form for code, one in checklists().items()},
)
