"""What the house knows of the joint conference: who stands how to a sitting, its clock, its pages, its tasks."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.case import clock, clocks, shown
from wuxiao.desk.case.subject import Pages, Subject, TaskKind
from wuxiao.desk.slots.kinds import Kind, nobody
from wuxiao.desk.tasks import look as tasks
from wuxiao.desk.town.books import Rules
from wuxiao.records.models import Access, Case
from wuxiao.rules import access
from wuxiao.rules.access import Power, Role
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.promise import Term
from wuxiao.rules.words import Text
from wuxiao.subjects.conference import asks, fields
from wuxiao.subjects.conference.acts import GUARD, PREFIX, begin, does, ended, finish, keep
from wuxiao.subjects.conference.acts import keep_digests as hidden
from wuxiao.subjects.conference.fields import DAYS
from wuxiao.subjects.conference.rules import CONFERENCE, QUEUES, SECTION, Clock, Facts, State, Who, waits_for
from wuxiao.subjects.conference.words import REVIEW, VALUES

__all__ = ["GUARD", "SLOTS", "SUBJECT", "hidden"]


SLOTS = Kind(
    name=CONFERENCE.name,
    title=Text("联席会议", "a sitting of the joint conference"),
    item="conference",
    judge=nobody,
    ahead=lambda _: timedelta(),
    remind=lambda _: timedelta(),
    invited=asks.invited,
    held=asks.held,
)


def _relations(by: Actor, facts: Facts) -> frozenset[Who]:
    if by.kind == "system":
        return frozenset({Who.SYSTEM})
    if by.viewer is None or by.staff_id is None:
        return frozenset()
    found: set[Who] = set()
    for post in by.viewer.posts:
        if post.role not in tasks.DOING:
            continue
        if post.unit in facts.members:
            found.add(Who.MEMBER)
        if post.unit == facts.holder or facts.state is None:
            found |= _of_lead(post.role, by.staff_id, facts)
    return frozenset(found)


def _of_lead(role: Role, staff: int, facts: Facts) -> set[Who]:
    if role not in tasks.NAMING:
        return {Who.CLERK}
    found = {Who.CLERK, Who.CHAIR}
    return found | {
        who
        for who, other in ((Who.CONFIRMER, facts.writer), (Who.RELEASER, facts.drafter))
        if other is not None and other != staff
    }


def _sees(by: Actor, facts: Facts, case: Case) -> bool:
    if by.viewer is None:
        return by.kind == "system"
    mine = (access.of_case(facts) | _also(facts)) & set(by.viewer.principals)
    return facts.hidden.isdisjoint(by.viewer.units) and bool(mine)


def _also(facts: Facts) -> frozenset[str]:
    return frozenset(f"u:{unit}" for unit in facts.members - facts.hidden)


def _rows(case: Case, facts: Facts) -> list[Access]:
    return shown.rows_of_life(
        CONFERENCE, case, facts, also=_also(facts), waits=lambda one: waits_for(one.removeprefix("u:"), facts)
    )


def _term(case: Case, rules: Rules) -> Term | None:
    now = CONFERENCE.standings[State(case.state)].clock
    return rules.book.lives[CONFERENCE.name].terms["minutes"] if now is Clock.MINUTES else None


_by_state = clocks.of_states(CONFERENCE.over, _term)


def _clocks(case: Case, rules: Rules, at: datetime, entered: bool) -> None:
    was = case.step_due_at
    _by_state(case, rules, at, entered)
    if case.state == State.MINUTES and was is not None:
        # Written or written anew: the time since the sitting runs on until they are confirmed.
        case.step_due_at = was
    if case.state in {State.PROPOSED, State.CONVENED}:
        # To be called before its day; then it sits on that day. Who opens it has said which.
        part = asks.part_if(case)
        if part is None:
            case.step_due_at = was
        elif case.state == State.CONVENED:
            case.step_due_at = datetime.combine(part.sits_on, time(), SHANGHAI) + timedelta(days=1)
        else:
            case.step_due_at = asks.call_by(part.sits_on, at)
    if case.step_due_at is not None:
        case.tick_at = case.step_due_at if case.step_due_at > at else at + clocks.LOOK_AGAIN


def _look(case: Case, rules: Rules, at: datetime) -> None:
    if case.state == State.CARRYING and not tasks.open_of(case, rules.book):
        finish(case, at)
    else:
        clock.look_again(case, rules, at)


def _next(facts: Facts) -> str:
    """While it sits the next thing is to decide, or, where too few came, to write up that nothing was decided."""
    if facts.state is State.CONVENED:
        return "sit" if facts.today >= facts.sits_on else "put_on"
    if facts.state is State.SITTING:
        return "decide" if facts.present >= facts.quorum else "write_up"
    return ""


SUBJECT: Subject[Facts] = Subject(
    life=CONFERENCE,
    nothing=Facts(),
    facts=asks.facts_of,
    of_row=asks.of_row,
    relations=_relations,
    sees=_sees,
    rows=_rows,
    set_clocks=_clocks,
    look=_look,
    effects=does,
    promises=False,
    ends_as="held",
    listens=False,
    pages=Pages(
        title=Text("联席会议", "Joint conference"),
        meaning=Text(
            "几个部门推来推去的、很多人反映的、严重的隐患，一起定下由谁办、哪天办完。",
            "What units pass to and fro, what many report, grave hazards: who does it, by when, is settled together.",
        ),
        icon="joint",
        prefix=PREFIX,
        power=Power.INBOX,
        asks=asks.asks,
        begin=begin,
        about=asks.about,
        told=lambda case, rules: [],
        values=VALUES,
        section=SECTION,
        days=DAYS,
        fields=fields.possible,
        stands=asks.stands,
        queues=QUEUES,
        next=_next,
        carried=frozenset({"put_on", "leave_off", "decide", "write_up", "note"}),
        waits={
            Role.LEAD: frozenset({"cf.call", "cf.hold", "cf.confirm", "cf.invited"}),
            Role.HANDLER: frozenset({"cf.hold", "cf.invited"}),
        },
        grave=frozenset({"drop", "leave_off", "take_down"}),
        withheld=asks.withheld,
        links=asks.links,
        warns=asks.warns,
        opens=asks.leads,
    ),
    keep=keep,
    ended=ended,
    tasks={
        "decision": TaskKind(
            Text("联席会议的决定", "decision of the joint conference"), Text("见会议纪要", "see the minutes")
        ),
        "review": TaskKind(
            Text("集体事项事后回顾", "looking back at a collective matter"),
            Text(
                "回答四个问题，只写事情、单位和日子，不写人",
                "answer four questions, of things, units and days, never of people",
            ),
            form=REVIEW,
        ),
    },
)
assert set(does) == {row.verb for row in CONFERENCE.rows if row.sources}, "a step without an effect"
