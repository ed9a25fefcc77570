"""What was decided, paid and left over, in sums: for the auditor to the yuan, for the public by the quarter.

Sums of rewards, never of persons: no unit, desk or member of staff is counted or compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Min, QuerySet, Sum

from wuxiao.records.models import Reward
from wuxiao.rules.book_model import Book
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.measures.disclosure import Floor, Mark
from wuxiao.subjects.reward.rules import State

#: Quarters that are told.
TOLD = 8
#: Quarters an auditor can look back to: ten years.
MOST = 40
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Sums:
    """So many rewards, and so many yuan together."""

    count: int
    amount: int


@dataclass(frozen=True, slots=True)
class Account:
    """One quarter: what stood to be fetched when it began, what came to it, what was paid or ended, what stands after.

    `opening + decided = paid + ended + closing`, in number and in yuan.
    """

    first: date
    last: date
    opening: Sums
    decided: Sums
    paid: Sums
    ended: Sums
    closing: Sums


@dataclass(frozen=True, slots=True)
class Told:
    """What the public reads of one quarter that is over: how many rewards and what sum, or why not."""

    first: date
    last: date
    count: int
    amount: int
    mark: Mark


@dataclass(frozen=True, slots=True)
class Voucher:
    """One payment as the books of a desk have it."""

    number: str
    at: datetime
    desk: str
    amount: int


def quarter_of(day: date) -> date:
    """Return the first day of the quarter a day lies in."""
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def _before(first: date) -> date:
    return quarter_of(first - _DAY)


def _after(first: date) -> date:
    return quarter_of(first + timedelta(days=93))


def quarters(at: datetime, most: int = TOLD) -> Iterator[date]:
    """Yield the first days of the quarters from that of an instant back."""
    first = quarter_of(at.astimezone(SHANGHAI).date())
    for _ in range(most):
        yield first
        first = _before(first)


def kept(at: datetime) -> list[date]:
    """Return the first days of the quarters an auditor looks at: the present one, and back to the first reward."""
    first = _given().aggregate(at=Min("decided_at"))["at"] or at
    began = quarter_of(first.astimezone(SHANGHAI).date())
    now = quarter_of(at.astimezone(SHANGHAI).date())
    return [one for one in quarters(at, MOST) if one >= began or one == now]


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)


def _sum(rows: QuerySet[Reward]) -> Sums:
    found = rows.aggregate(n=Count("pk"), yuan=Sum("amount"))
    return Sums(found["n"], found["yuan"] or 0)


def _given() -> QuerySet[Reward]:
    return Reward.objects.filter(decided_at__isnull=False)


def account(first: date, *, at: datetime) -> Account:
    """Return the account of a quarter, up to an instant where it is not over (five queries)."""
    since, until = _moment(first), min(_moment(_after(first)), at + timedelta(microseconds=1))
    over = _given().filter(matter__state=State.CLOSED, matter__closed_at__gte=since, matter__closed_at__lt=until)
    return Account(
        first,
        _after(first) - _DAY,
        _standing(since),
        _sum(_given().filter(decided_at__gte=since, decided_at__lt=until)),
        _sum(over.filter(paid_at__isnull=False)),
        _sum(over.filter(paid_at__isnull=True)),
        _standing(until),
    )


def _standing(at: datetime) -> Sums:
    """Return what was decided before an instant and neither paid nor ended by then."""
    begun = _given().filter(decided_at__lt=at)
    return _sum(begun.exclude(matter__state=State.CLOSED, matter__closed_at__lt=at))


def vouchers(first: date) -> Sequence[Voucher]:
    """Return what was paid in a quarter, the last first: numbers, days, desks and sums, and of what it was nothing."""
    rows = Reward.objects.filter(paid_at__gte=_moment(first), paid_at__lt=_moment(_after(first)))
    found = rows.order_by("-paid_at", "-pk").values_list("voucher", "paid_at", "desk", "amount")
    return [Voucher(number, at, desk, amount) for number, at, desk, amount in found if at is not None]


def told(book: Book, *, at: datetime) -> list[Told]:
    """Return the quarters that are over, the newest first, as far back as there was a reward (one query a quarter).

    Small numbers are withheld with their sum: one reward and its sum would be somebody's. Quarters are told apart and
    never together, nor by months, so that none can be taken away from another.
    """
    found = []
    for first in list(quarters(at, TOLD + 1))[1:]:
        one = _sum(_given().filter(decided_at__gte=_moment(first), decided_at__lt=_moment(_after(first))))
        mark = Floor.PEOPLE.counted(one.count, book)
        shown = one if not mark else Sums(0, 0)
        found.append(Told(first, _after(first) - _DAY, shown.count, shown.amount, mark))
    while found and not found[-1].count and not found[-1].mark:
        found.pop()
    return found
