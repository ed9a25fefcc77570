"""What each step of a reward does: the only file of the subject that writes.

A payout code is drawn when its reporter asks for it, shown to her once and kept nowhere: what stands in the row is its
keyed mark. It is spent in the transaction that notes the payment, under the lock of the case, so that of two desks at
once one is told that it is spent already.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from wuxiao.desk.base import ask as rows
from wuxiao.desk.base import throttle
from wuxiao.desk.base.actor import RESIDENT, Actor
from wuxiao.desk.base.errors import Invalid, NotFound, Refused
from wuxiao.desk.case import tell
from wuxiao.desk.case.act import act
from wuxiao.desk.case.opening import New, open_case
from wuxiao.desk.case.turn import Effects, TurnOf
from wuxiao.desk.people import identity
from wuxiao.desk.people.identity import Use
from wuxiao.desk.town import books
from wuxiao.desk.town.books import Rules
from wuxiao.records import sealed
from wuxiao.records.models import Case, Reward
from wuxiao.rules import hide
from wuxiao.rules.access import Power, Role
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.codes import new_code, new_number, new_payout_code, read_payout_code
from wuxiao.rules.words import Text
from wuxiao.subjects.reward import asks
from wuxiao.subjects.reward.rules import NAME, Facts, State
from wuxiao.subjects.reward.words import ENDS

Turn = TurnOf[Facts]
does = Effects()
PREFIX = "JL"
#: Begins the numbers that desks write into their books.
VOUCHER = "FK"


def begin(given: Mapping[str, Any], rules: Rules, by: Actor, at: datetime) -> Case:
    """Propose a reward for a report and return its case, inside the caller's transaction.

    From whom the report is kept, and whom it is about, the reward is kept. Raises `Invalid` for a report that cannot be
    rewarded or a sum that is not the book's, `Refused` where it is not theirs to propose.
    """
    assert by.staff_id is not None
    _report, found, _ = asks.reported(given["report"], by)
    # Two who propose at once wait for one another here.
    rows.one(Case, lock=True, id=found.pk)
    report, main, reports = asks.reported(given["report"], by)
    grade, amount = given["grade"], given["amount"]
    numbers = rules.book.lives[NAME].numbers
    low, high = numbers[f"{grade}_from"], numbers[f"{grade}_to"]
    if not low <= amount <= high:
        raise Invalid(
            {"amount": Text(f"按规则手册，应在{low}到{high}元之间", f"by the rule book it is {low} to {high} yuan")}
        )
    about = frozenset(one for each in reports for one in hide.unpack(each.about))
    away = hide.from_about(rules.book, about, main.division)
    unit = asks.unit_for(main, reports, by)
    if not unit or unit in away:
        raise Refused(
            Text("由办理或者到场检查的单位提请", "the unit that handled or inspected it proposes a reward"), "unit"
        )
    hidden = hide.pack(frozenset().union(away, *(one.hidden for one in reports)))
    case = Case(
        life=NAME,
        parent=report,
        code=new_code(),
        number=new_number(PREFIX, at.astimezone(SHANGHAI).date()),
        title=report.number,
        about=hide.pack(away),
        holder=unit,
        hidden_own=hidden,
        hidden_units=hidden,
        holder_since=at,
        received_at=at,
        changed_at=at,
        book_id=rules.id,
        version=1,
    )
    part = Reward(grade=grade, amount=amount, proposer_id=by.staff_id)
    new = New(case, rules, {"grade": grade, "amount": amount}, {"found": given["found"]}, case.number, parts=(part,))
    open_case(new, by=by, at=at)
    return case


def _save(case: Case, **values: Any) -> Reward:
    part = asks.part_of(case)
    for name, value in values.items():
        setattr(part, name, value)
    part.save(update_fields=list(values))
    return part


def _end(turn: Turn, outcome: str) -> None:
    turn.matter.outcome = outcome


def _tell(turn: Turn, verb: str) -> None:
    """Tell whoever reported, and nobody who reported the same: that there is news for her alone, and until when."""

    def later() -> None:
        case, report = turn.matter, Case.objects.get(pk=turn.matter.parent_id or 0)
        person = identity.of(report.pk, Use.TELL)
        if person is not None and case.step_due_at is not None:
            until = Text(tell.day(case.step_due_at, "zh"), tell.day(case.step_due_at, "en"))
            tell.queue(
                report, verb, turn.rules, at=turn.at, turn=report.turn, contacts=[person], more=until,
                tag=f"-{case.pk}-{case.turn}",
            )  # fmt: skip

    turn.then.append(later)


@does("approve")
def _approve(turn: Turn) -> None:
    turn.facts["amount"] = _save(turn.matter, decided_at=turn.at).amount
    _tell(turn, "own_news")


@does("reject")
def _reject(turn: Turn) -> None:
    _end(turn, "rejected")


@does("fetch")
def _fetch(turn: Turn) -> None:
    mark = turn.facts.pop("mark", "")
    if not mark:
        raise NotFound
    if not turn.given["own"]:
        turn.wrong(
            "own",
            "请先勾选；发现它就是您的工作的，不领这笔奖励，请点“不要这笔奖励”",
            "please tick it first; if it was your work to find it, choose to do without",
        )
    _save(turn.matter, mark=mark, fetched_at=turn.at)


@does("waive")
def _waive(turn: Turn) -> None:
    _save(turn.matter, mark="")
    _end(turn, "waived")


@does("pay")
def _pay(turn: Turn) -> None:
    mark, part = turn.facts.pop("mark", ""), asks.part_of(turn.matter)
    if not mark or part.mark != mark:
        raise NotFound(_UNKNOWN)
    voucher = new_number(VOUCHER, turn.at.astimezone(SHANGHAI).date())
    _save(turn.matter, paid_at=turn.at, voucher=voucher, desk=turn.by.unit)
    turn.facts |= {"amount": part.amount, "voucher": voucher}
    _end(turn, "paid")


@does("warn")
def _warn(turn: Turn) -> None:
    _save(turn.matter, warned_at=turn.at)
    # However late the house says it, there are the book's days left from then on.
    left = timedelta(days=turn.rules.book.lives[NAME].numbers["warn"])
    if turn.matter.step_due_at is not None and turn.matter.step_due_at < turn.at + left:
        turn.matter.step_due_at = turn.at + left
    _tell(turn, "own_news_ends")


@does("lapse")
def _lapse(turn: Turn) -> None:
    _end(turn, "lapsed")


# -- by whoever reported ------------------------------------------------------------


def fetch(case: Case, own: str, *, at: datetime) -> str:
    """Draw a payout code for the reporter and return it, the one time it is to be had; one drawn before is void.

    `own` is what she said of its not having been her duty. Raises `Invalid`, `Refused` when its time is over.
    """
    code = new_payout_code()
    act(case.pk, "fetch", {"own": own}, by=RESIDENT, at=at, beside={"mark": sealed.mark(code)})
    return code


def waive(case: Case, *, at: datetime) -> None:
    """Do without a reward."""
    act(case.pk, "waive", {}, by=RESIDENT, at=at)


# -- at the desk that pays ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Payable:
    """What a desk learns of a code: the sum in whole yuan and until when; after paying, its voucher."""

    amount: int
    until: datetime
    voucher: str = ""


#: The door at which tries of a code are counted.
_DOOR = "payout"


def look_up(typed: str, *, by: Actor, at: datetime) -> Payable:
    """Return what a code is worth, without spending it. Raises as `pay` does."""
    case, part, _mark = _of_code(typed, by, at)
    assert case.step_due_at is not None
    return Payable(part.amount, case.step_due_at)


def pay(typed: str, *, by: Actor, at: datetime) -> Payable:
    """Spend a code and return the sum to be handed over now and the number of its voucher; a second time never.

    Raises `NotFound` for a code that opens nothing, `Refused` (`spent`, `over`) for one that did or is over, and
    `Throttled` after too many wrong ones.
    """
    case, part, mark = _of_code(typed, by, at)
    assert case.step_due_at is not None
    try:
        act(case.pk, "pay", {}, by=by, at=at, beside={"mark": mark})
    except Refused:
        # Somebody else was there between the two looks: it is said as to whoever comes later.
        _of_code(typed, by, at)
        raise
    paid = asks.part_of(case)
    return Payable(part.amount, case.step_due_at, paid.voucher)


def _of_code(typed: str, by: Actor, at: datetime) -> tuple[Case, Reward, str]:
    rules = books.current(at)
    if NAME not in rules.book.lives or by.staff_id is None or by.viewer is None:
        raise NotFound
    if Power.PAY_OUT not in by.viewer.powers:
        raise NotFound
    if not {post.unit for post in by.viewer.posts if post.role is Role.CASHIER} & set(desks(rules)):
        raise Refused(Text("规则手册里，这个窗口不付举报奖励", "by the rule book this desk pays no rewards"), "desk")
    code = read_payout_code(typed)
    if code is None:
        raise NotFound(_NO_CODE)
    # Counted before it is looked at, by person and by all of the desk; what was right is given back.
    limit = rules.book.throttle.sign_in_attempts
    callers = ((f"staff {by.staff_id}", limit), (f"unit {by.unit}", limit * throttle.SHARED))
    for caller, most in callers:
        throttle.attempt(_DOOR, caller, most, at=at)
    marks = sealed.keyring().marks(code)
    part = Reward.objects.filter(mark__in=marks).select_related("matter").first()
    if part is None:
        raise NotFound(_UNKNOWN)
    for caller, _most in callers:
        throttle.give_back(_DOOR, caller)
    case = part.matter
    if case.state != State.PAYABLE or asks.is_over(case, part, at):
        raise _spent(case, part)
    return case, part, part.mark


def desks(rules: Rules) -> tuple[str, ...]:
    """Return the units whose desks pay; none in a town without rewards."""
    return rules.book.lives[NAME].lists["desks"] if NAME in rules.book.lives else ()


def _spent(case: Case, part: Reward) -> Refused:
    said = ENDS.get(case.outcome, ENDS["lapsed"])
    when = part.paid_at or case.closed_at
    zh, en = (f"（{tell.day(when, 'zh')}）", f" ({tell.day(when, 'en')})") if when is not None else ("", "")
    return Refused(
        Text(f"这个领取码不能再付：{said.zh}{zh}", f"nothing is paid against this code any more: {said.en}{en}"),
        "spent" if part.paid_at is not None else "over",
    )


_NO_CODE = Text(
    "领取码是12位字母和数字，请对照再看一遍（没有字母 I、L、O、U）",
    "A payout code has 12 letters and digits. Please compare it once more (it has no letters I, L, O or U)",
)
_UNKNOWN = Text(
    "没有这个领取码。重新取过码的，只有最后一次的有用。",
    "There is no such payout code. Where one was fetched anew, only the last one holds.",
)
