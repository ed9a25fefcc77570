"""What the house knows of rewards: who stands how to one, its clock, its pages."""

from __future__ import annotations

from datetime import datetime

from wuxiao.desk.base.actor import SYSTEM, Actor
from wuxiao.desk.case import clock, clocks, shown
from wuxiao.desk.case.act import act
from wuxiao.desk.case.subject import Pages, Subject
from wuxiao.desk.look.offered import Beside, Offers, Way
from wuxiao.desk.town.books import Rules
from wuxiao.records.models import Access, Case, Matter
from wuxiao.rules import access
from wuxiao.rules.access import Power, Role
from wuxiao.rules.promise import Term
from wuxiao.rules.words import Text
from wuxiao.subjects.reward import asks, fields
from wuxiao.subjects.reward.acts import PREFIX, begin, does
from wuxiao.subjects.reward.rules import NAME, REWARD, SECTION, Facts, State, Who
from wuxiao.subjects.reward.words import VALUES


def _relations(by: Actor, facts: Facts) -> frozenset[Who]:
    if by.kind == "system":
        return frozenset({Who.SYSTEM})
    if by.kind == "resident":
        return frozenset({Who.REPORTER})
    if by.viewer is None or by.staff_id is None:
        return frozenset()
    found: set[Who] = set()
    for post in by.viewer.posts:
        if post.role is Role.CASHIER:
            found.add(Who.DESK)
        if facts.state is None and post.role in asks.PROPOSING:
            found.add(Who.PROPOSER)
        own = post.role is Role.LEAD and post.unit == facts.holder
        # Who proposed it never decides; supervision does where a unit has one lead only.
        if (own or post.role is Role.SUPERVISOR) and by.staff_id != facts.proposer:
            found.add(Who.APPROVER)
    return frozenset(found)


def _sees(by: Actor, facts: Facts, case: Case) -> bool:
    if by.viewer is None or Who.DESK in facts.by:
        return True
    return facts.hidden.isdisjoint(by.viewer.units) and bool(access.of_case(facts) & set(by.viewer.principals))


def _rows(case: Case, facts: Facts) -> list[Access]:
    return shown.rows_of_life(REWARD, case, facts)


def _term(case: Case, rules: Rules) -> Term | None:
    now = REWARD.standings[State(case.state)].clock
    return rules.book.lives[NAME].terms[now] if now is not None else None


_by_state = clocks.of_states(REWARD.over, _term)


def _clocks(case: Case, rules: Rules, at: datetime, entered: bool) -> None:
    _by_state(case, rules, at, entered)
    if case.state == State.PAYABLE and asks.part_of(case).warned_at is None:
        # The next look is that before the end: nothing lapses of which that was not said.
        case.tick_at = max(asks.warn_at(case, rules), at)


def _look(case: Case, rules: Rules, at: datetime) -> None:
    if case.state != State.PAYABLE or case.step_due_at is None:
        clock.look_again(case, rules, at)
    elif asks.part_of(case).warned_at is None:
        act(case.pk, "warn", by=SYSTEM, at=at, turn=case.turn)
    elif case.step_due_at <= at:
        act(case.pk, "lapse", by=SYSTEM, at=at, turn=case.turn)
    else:
        clock.look_again(case, rules, at)


SUBJECT: Subject[Facts] = Subject(
    life=REWARD,
    nothing=Facts(),
    facts=asks.facts_of,
    of_row=asks.of_row,
    relations=_relations,
    sees=_sees,
    rows=_rows,
    shown=frozenset({"state", "holder", "hidden_units", "step_due_at", "closed_at"}),
    set_clocks=_clocks,
    look=_look,
    effects=does,
    promises=False,
    ends_as="paid",
    listens=False,
    pages=Pages(
        title=Text("举报奖励", "Rewards"),
        meaning=Text(
            "反映的隐患查实了，一个人提请、另一个人批，凭码到窗口领，不问是谁。",
            "A reported hazard was confirmed: one person proposes, another approves, and it is paid against a code "
            "without a name.",
        ),
        icon="seal",
        prefix=PREFIX,
        power=Power.REGISTERS,
        asks=asks.asks,
        begin=begin,
        about=asks.about,
        told=lambda case, rules: [],
        values=VALUES,
        section=SECTION,
        days=fields.DAYS,
        fields=fields.of_step,
        party_name=Text("反映的人", "whoever reported"),
        waits={Role.LEAD: frozenset({"rw.decide"})},
        dates=asks.owes,
        grave=frozenset({"reject"}),
        from_report=Text("提请举报奖励", "Propose a reward"),
        fits=asks.fits,
    ),
)


def _by_requester(matter: Matter, rules: Rules, at: datetime, erased: bool) -> Beside:
    """That there is a reward, while it can be fetched; hazards only, so that no other page pays for the question."""
    found = asks.of_report(matter) if matter.kind == "hazard" else None
    if found is None or found[0].state != State.PAYABLE or asks.is_over(*found, at):
        return Beside()
    case, part = found
    title = _TITLE.fill(n=part.amount)
    return Beside(
        ((_CONFIRMED, "check"),), (Way(title, "resident_reward", (matter.code,), "check", _UNTIL, case.step_due_at),)
    )


_CONFIRMED = Text(
    "您反映的隐患查实了，有一笔举报奖励给您；怎样领，看下面。",
    "The hazard you reported was confirmed, and there is a reward for you; see below how to get it.",
)
_TITLE = Text("领举报奖励：{n} 元", "Get the reward for your report: {n} yuan")
_UNTIL = Text("{when}以前可以领，不用说您是谁", "until {when}, without saying who you are")

OFFERS = Offers(
    name=NAME,
    public=(Way(Text("举报奖励", "Rewards"), "public_rewards"),),
    rail=(
        Way(Text("付奖励", "Pay a reward"), "staff:payouts", icon="check", power=Power.PAY_OUT),
        Way(Text("奖励账", "Accounts of rewards"), "staff:payout_accounts", icon="chart", power=Power.AUDIT),
    ),
    by_requester=_by_requester,
)
assert set(does) == {row.verb for row in REWARD.rows if row.sources}, "a step without an effect"
