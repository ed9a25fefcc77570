"""The measures of matters, each declared once, and what any measure is: counts above and below a line, with a floor.

A `Measure` says in words for people and in columns for the database what is counted (`rules.measures.counted`);
`desk.figures` counts exactly that, pages link each figure to its words. Sources: rules 2.3 (R3.1-R3.9), R2.20; Wilson's
score interval (1927) for a share, Newcombe's method 10 (Statistics in Medicine 17, 1998, 873-890) for the difference of
two.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wuxiao.rules.book_model import Book
from wuxiao.rules.flow import WORKING
from wuxiao.rules.measures.counted import (
    AT,
    Count,
    Dimension,
    Not,
    Source,
    Standing,
    Test,
    all_,
    by,
    is_,
    known,
    unknown,
)
from wuxiao.rules.measures.disclosure import Floor
from wuxiao.rules.words import Text

Z95 = 1.959963984540054
_MATTERS = Text("件", "matters")


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure: its name, what stands above and below the line, what is left out, and what to beware of.

    `k` are the counts above the line, added up, `n` those below it; a plain count has none. `by` are the crossings of
    dimensions it is told in beside the whole, `floor` how few may stand behind what is told. One that is not `public`
    is for those inside the house who see the rows anyway. `held_with` names a count it would give away: where that is
    withheld, it is too.
    """

    code: str
    name: Text
    above: Text
    below: Text | None = None
    left_out: Text | None = None
    note: Text | None = None
    k: tuple[Count, ...] = ()
    n: tuple[Count, ...] = ()
    by: tuple[tuple[str, ...], ...] = ()
    floor: Floor | None = None
    unit: Text = _MATTERS
    public: bool = True
    held_with: str = ""

    def __post_init__(self) -> None:
        """Refuse a measure without words, counts or floor, and one that is split by what its counts must not be."""
        said = (self.name, self.above, self.below, self.left_out, self.note, self.unit)
        if any(text is not None and not (text.zh.strip() and text.en.strip()) for text in said):
            raise ValueError(f"{self.code}: a measure is said in Chinese and in English")
        if not isinstance(self.floor, Floor):
            raise ValueError(f"{self.code}: a measure has a floor: how few may stand behind a number that is told")
        if not self.k or bool(self.n) != (self.below is not None):
            raise ValueError(f"{self.code}: a measure counts something, and a share says what stands below its line")
        if self.public == (self.floor is Floor.STAFF):
            raise ValueError(f"{self.code}: what is published has a floor for the public, what is not has none")
        for split in self.by:
            if any(split not in one.splits for one in (*self.k, *self.n)):
                raise ValueError(f"{self.code}: not all of its counts may be split by {', '.join(split)}")

    @property
    def is_share(self) -> bool:
        """True for a share of n, false for a plain count."""
        return self.below is not None

    @property
    def source(self) -> Source:
        """Whose rows stand above the line."""
        return self.k[0].of

    def pair(self, counted: Mapping[str, int]) -> tuple[int, int]:
        """Return above and below the line from counts by name; below a plain count nothing stands."""
        return (
            sum(counted.get(one.name, 0) for one in self.k),
            sum(counted.get(one.name, 0) for one in self.n),
        )

    def share(self, k: int, n: int, book: Book, *, whole: bool = True) -> Share:
        """Return the share with its interval, withheld where fewer than its floor asks for stand behind it."""
        assert self.floor is not None
        return share(k, n, self.floor.least(book, whole=whole))


# ------------------------------------------------------------------------------------------------- the rows of matters

_CLOSED = is_("state", "closed")
#: Outcomes left out of the rates (R3.9), each published with its count.
EXCLUDED = ("declined", "withdrawn", "merged")
SATISFIED_FROM = 3
#: How matters are crossed: what they are about, and who has them with what class of work.
BY_KIND, BY_UNIT = ("kind", "category"), ("unit", "class")

MATTERS = Source(
    "matter",
    Text("诉求事项", "matters"),
    "Matter",
    dimensions=(
        Dimension("kind", Text("种类", "kind"), "kind"),
        Dimension("category", Text("类别", "category"), "category"),
        Dimension("class", Text("办理类型", "handling class"), "handling_class"),
        Dimension("channel", Text("来源", "channel"), "channel"),
        Dimension("unit", Text("单位", "unit"), "holder"),
        Dimension("state", Text("状态", "state"), "state"),
        Dimension("age", Text("收到以来的天数", "days since it came"), "received_at", (1, 5, 15), whole=False),
        Dimension("waited", Text("收到以来的天数", "days since it came"), "received_at", (5, 15, 30), whole=False),
    ),
)
CALL_BACKS = Source(
    "matter.call_back",
    Text("系统抽中的回访", "call-backs drawn by the system"),
    "CallBack",
    # A call-back belongs to the closing that drew it: the round of the matter as it now stands closed.
    only=all_(Test("round", "same", "matter__reopened"), Not(is_("state", "dropped"))),
    dimensions=(
        Dimension("kind", Text("种类", "kind"), "matter__kind"),
        Dimension("category", Text("类别", "category"), "matter__category"),
    ),
)

RECEIVED = Count("received", MATTERS, "received_at", splits=(BY_KIND, ("channel",)))
CLOSED = Count("closed", MATTERS, "closed_at", splits=(BY_KIND,))
DECLINED, WITHDRAWN, MERGED = (CLOSED.that(name, is_("outcome", name)) for name in EXCLUDED)
ANSWERED = Count("answered", MATTERS, "answered_at", among=Not(is_("outcome", *EXCLUDED)), splits=(BY_KIND, BY_UNIT))
ON_TIME = ANSWERED.that("on_time", by("answered_at", "due_at"))
OVERDUE_OPEN = Count(
    "overdue_open",
    MATTERS,
    Standing(
        since=("received_at", "due_at"),
        until=("answered_at", "closed_at"),
        open=all_(Not(_CLOSED), Not(all_(is_("state", "waiting"), Test("paused_at", "past", "due_at")))),
        ended=(all_(), _CLOSED),
    ),
    splits=(BY_KIND, BY_UNIT),
)
CONTACTED_K = ANSWERED.that("contacted_k", is_("contacted", True))
CONTACTED_N = ANSWERED.that("contacted_n", known("contacted"))
SOLVED_K = ANSWERED.that("solved_k", is_("solved", True))
SOLVED_N = ANSWERED.that("solved_n", known("solved"))
SATISFIED_K = ANSWERED.that("satisfied_k", Test("satisfied", "least", SATISFIED_FROM))
SATISFIED_N = ANSWERED.that("satisfied_n", known("satisfied"))
BY_CALL_BACK = ANSWERED.that("by_call_back", is_("rated_by", "call_back"))
REOPENED = ANSWERED.that("reopened", Test("reopened", "least", 1))
DRAWN = Count("drawn", CALL_BACKS, "matter__closed_at", splits=(BY_KIND,))
ASKED = DRAWN.that("asked", is_("state", "done"))
EXPIRED = DRAWN.that("expired", is_("state", "expired"))
#: How often each of the five levels was given, 1 to 5.
LEVELS = tuple(ANSWERED.that(f"level_{level}", is_("satisfied", level)) for level in range(1, 6))
#: Everything that is counted of a month, in the order in which it is kept.
COUNTED = (
    RECEIVED, CLOSED, DECLINED, WITHDRAWN, MERGED, ANSWERED, ON_TIME, OVERDUE_OPEN, CONTACTED_K, CONTACTED_N, SOLVED_K,
    SOLVED_N, SATISFIED_K, SATISFIED_N, BY_CALL_BACK, REOPENED, DRAWN, ASKED, EXPIRED,
)  # fmt: skip
COUNTS: tuple[str, ...] = tuple(one.name for one in COUNTED)

#: What has not ended, as the dashboard counts it for whoever looks; and of that what is past its promise.
OPEN = Count(
    "open", MATTERS, None, among=all_(unknown("closed_at"), Not(_CLOSED)), splits=(("state", "age"), ("unit",))
)
LATE = OPEN.that("late", all_(Test("due_at", "before", AT), is_("state", *(state.value for state in WORKING))))
UNANSWERED = Count(
    "unanswered",
    MATTERS,
    None,
    among=all_(unknown("closed_at"), unknown("answered_at"), Not(_CLOSED)),
    splits=(("waited",),),
)


# ------------------------------------------------------------------------------------------------------- the measures

_DECLINED = Text(
    "依法不予受理、撤回和并入他人事项的不计，件数单独公布",
    "matters declined by law, withdrawn or merged into another; their number is published beside it",
)
_STANDING = Text(
    "以现在有效的那次答复为准：退回重办的，算在最后一次答复的月份",
    "the answer that stands counts: a matter handled again counts in the month of its last answer",
)
_ASKED = Text(
    "由诉求人自己说，承办单位不能填写或修改；来自自愿评价和系统抽中的回访",
    "said by requesters themselves and never entered by the unit; from voluntary ratings and from drawn call-backs",
)

MEASURES: Mapping[str, Measure] = {
    m.code: m
    for m in (
        Measure(
            "received",
            Text("收到", "received"),
            Text("期内登记的事项", "matters received in the period"),
            note=Text("分类以计数时核定的为准", "classed as confirmed at the time of counting"),
            k=(RECEIVED,),
            by=(BY_KIND, ("channel",)),
            floor=Floor.PEOPLE,
        ),
        Measure(
            "answered",
            Text("答复", "answered"),
            Text("期内答复的事项", "matters answered in the period"),
            left_out=_DECLINED,
            note=_STANDING,
            k=(ANSWERED,),
            by=(BY_KIND,),
            floor=Floor.PEOPLE,
        ),
        Measure(
            "closed",
            Text("办结", "closed"),
            Text(
                "期内办结的事项，不论怎样结束（答复、不予受理、撤回、并案）",
                "matters closed in the period, however they ended (answered, declined, withdrawn, merged)",
            ),
            k=(CLOSED,),
            floor=Floor.PEOPLE,
        ),
        Measure(
            "declined",
            Text("依法不予受理", "declined by law"),
            Text("期内经第二人复核、不予受理的事项", "matters declined in the period after a second person's look"),
            k=(DECLINED,),
            floor=Floor.PEOPLE,
        ),
        Measure(
            "withdrawn",
            Text("诉求人撤回", "withdrawn"),
            Text("期内由诉求人撤回的事项", "matters withdrawn by their requesters in the period"),
            k=(WITHDRAWN,),
            floor=Floor.PEOPLE,
        ),
        Measure(
            "merged",
            Text("并入同一件事", "merged"),
            Text(
                "期内并入另一件正在办理的事项的",
                "matters joined in the period to another report of the same thing",
            ),
            note=Text("并入的诉求人仍会收到答复", "their requesters still receive the answer"),
            k=(MERGED,),
            floor=Floor.PEOPLE,
        ),
        Measure(
            "overdue_open",
            Text("期末超期未答复", "overdue and unanswered"),
            Text(
                "到期末，承诺的日子已过、仍未答复也未办结的事项，不论哪个月收到",
                "matters past their promised date and neither answered nor closed at the end of the period, "
                "whenever they were received",
            ),
            left_out=Text(
                "承诺日前已请诉求人补充、时限暂停的",
                "matters whose clock stood still from before the date, waiting for the requester",
            ),
            note=Text(
                "依规定延期并告知诉求人的，按新的日子算",
                "a date moved with a reason told to the requester counts as moved",
            ),
            k=(OVERDUE_OPEN,),
            floor=Floor.HOUSE,
            held_with="answered",
        ),
        Measure(
            "on_time",
            Text("按时率", "on time"),
            Text("期内答复且未超过承诺日子的事项", "matters answered in the period by the promised date"),
            Text(
                "期内答复的事项，加上期末已超期仍未答复的事项",
                "matters answered in the period, plus those overdue and unanswered at its end",
            ),
            _DECLINED,
            Text(
                "超期不答复的事项每个月都计入分母，拖着不办不会让这个数变好",
                "an overdue matter stays below the line every month until it is answered, so leaving it does not help",
            ),
            k=(ON_TIME,),
            n=(ANSWERED, OVERDUE_OPEN),
            by=(BY_KIND, BY_UNIT),
            floor=Floor.PEOPLE,
        ),
        Measure(
            "contacted",
            Text("响应率", "response"),
            Text("说“及时联系了”的", "those who said they were contacted in time"),
            Text("回答了这一问的", "those who answered this question"),
            _DECLINED,
            _ASKED,
            k=(CONTACTED_K,),
            n=(CONTACTED_N,),
            floor=Floor.PEOPLE,
        ),
        Measure(
            "solved",
            Text("解决率", "solution"),
            Text("说“解决了”的", "those who said it was solved"),
            Text("回答了这一问的", "those who answered this question"),
            _DECLINED,
            _ASKED,
            k=(SOLVED_K,),
            n=(SOLVED_N,),
            by=(BY_KIND, BY_UNIT),
            floor=Floor.PEOPLE,
        ),
        Measure(
            "satisfied",
            Text("满意率", "satisfaction"),
            Text(
                "评“基本满意”及以上的（五级中较好的三级）",
                "those who rated fairly satisfied or better (the upper three of five levels)",
            ),
            Text("作出评价的", "those who rated"),
            _DECLINED,
            _ASKED,
            k=(SATISFIED_K,),
            n=(SATISFIED_N,),
            by=(BY_KIND,),
            floor=Floor.PEOPLE,
        ),
        Measure(
            "asked",
            Text("回访应答率", "call-back response"),
            Text("回访到、并回答了的", "call-backs that were answered"),
            Text("期内办结、由系统抽中回访的", "matters closed in the period and drawn by the system"),
            Text("因退回重办而作废的回访", "call-backs dropped because the matter was handled again"),
            Text(
                "还在联系的、过期没有问到的都算在分母里，不算应答；当月的数会随后升高",
                "those still being tried, and those whose time ran out unasked, stand below the line only",
            ),
            k=(ASKED,),
            n=(DRAWN,),
            floor=Floor.PEOPLE,
        ),
        Measure(
            "reopened",
            Text("重办率", "handled again"),
            Text(
                "期内答复的事项中，在此之前曾因异议、检查退回或申请复查而重办的",
                "of the matters answered in the period, those handled again before that answer after an objection, "
                "a check or a request for review",
            ),
            Text("期内答复的事项", "matters answered in the period"),
            _DECLINED,
            _STANDING,
            k=(REOPENED,),
            n=(ANSWERED,),
            floor=Floor.PEOPLE,
        ),
    )
}

#: The shares shown beside the counts of every kind and category.
ROW_SHARES = ("on_time", "solved", "satisfied")
#: What stands unanswered at this moment, by how long it has waited.
WAITING = Measure(
    "unanswered",
    Text("现在还没有答复的", "not answered yet"),
    Text(
        "现在还没有答复、也没有办结的事项，按收到了多久分",
        "matters neither answered nor closed now, by how long ago they came",
    ),
    k=(UNANSWERED,),
    by=(("waited",),),
    floor=Floor.PEOPLE,
)
#: What the dashboard counts for whoever looks, of the matters they may see.
BOARD = (
    Measure(
        "open",
        Text("未办结", "open"),
        Text("现在没有办结的事项，限于看的人看得到的", "matters not closed now, of those the viewer may see"),
        k=(OPEN,),
        by=OPEN.splits,
        floor=Floor.STAFF,
        public=False,
    ),
    Measure(
        "late",
        Text("其中承诺超时", "late against the promise"),
        Text(
            "没有办结、期限还在走、已经过了承诺日子的事项",
            "matters not closed whose promise runs and whose promised date has passed",
        ),
        k=(LATE,),
        by=(("unit",),),
        floor=Floor.STAFF,
        public=False,
    ),
)


#: Every measure of matters, for whoever lists what there is.
OF_MATTERS = (*MEASURES.values(), WAITING, *BOARD)


class Tally:
    """The counts of one cell (a month, a kind, a category) by the names of `COUNTS`; shares are made of them.

    `levels` runs from 1 to 5. A count that is nowhere set is 0.
    """

    __slots__ = ("_counts", "levels")
    _counts: dict[str, int]
    levels: list[int]

    def __init__(self, *, levels: list[int] | None = None, **counts: int) -> None:
        """Keep counts by name."""
        unknown_ones = set(counts) - set(COUNTS)
        if unknown_ones:
            raise TypeError(f"nothing is counted as {sorted(unknown_ones)}")
        object.__setattr__(self, "_counts", dict(counts))
        object.__setattr__(self, "levels", levels if levels is not None else [0, 0, 0, 0, 0])

    def __getattr__(self, name: str) -> int:
        """Return a count by its name."""
        if name not in COUNTS:
            raise AttributeError(name)
        return self._counts.get(name, 0)

    def __setattr__(self, name: str, value: Any) -> None:
        """Set a count by its name."""
        if name == "levels":
            object.__setattr__(self, name, value)
        elif name in COUNTS:
            self._counts[name] = value
        else:
            raise AttributeError(name)

    def __eq__(self, other: object) -> bool:
        """Two cells are equal when every count is."""
        return isinstance(other, Tally) and self.to_json() == other.to_json()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """Say the counts that are not zero."""
        return f"Tally({', '.join(f'{name}={value}' for name, value in self.to_json().items())})"

    @classmethod
    def of(cls, counted: Mapping[str, int]) -> Tally:
        """Return the cell of counts by name, the levels among them as `LEVELS` names them."""
        made = cls(levels=[counted.get(one.name, 0) for one in LEVELS])
        for name in COUNTS:
            if counted.get(name):
                made._counts[name] = counted[name]
        return made

    def add(self, other: Tally) -> None:
        """Add another cell's counts."""
        for name, value in other._counts.items():
            self._counts[name] = self._counts.get(name, 0) + value
        self.levels = [a + b for a, b in zip(self.levels, other.levels, strict=True)]

    def pair(self, code: str) -> tuple[int, int]:
        """Return above and below the line of a share by its code."""
        return MEASURES[code].pair(self._counts)

    def shares(self, book: Book) -> dict[str, Share]:
        """Return every share of the whole with its interval, `None` inside where fewer than its floor stand behind."""
        return {code: m.share(*self.pair(code), book) for code, m in MEASURES.items() if m.is_share}

    def to_json(self) -> dict[str, Any]:
        """Return the counts that are not zero, for a prepared snapshot; `Tally(**...)` reads them back."""
        found: dict[str, Any] = {name: self._counts[name] for name in COUNTS if self._counts.get(name)}
        return found | ({"levels": self.levels} if any(self.levels) else {})


@dataclass(frozen=True, slots=True)
class Share:
    """A share `k` of `n` with its 95 % interval; all `None` where `n` is too small to publish."""

    k: int
    n: int
    share: float | None
    low: float | None
    high: float | None


def wilson(k: int, n: int, z: float = Z95) -> tuple[float, float]:
    """Return Wilson's 95 % score interval of a share; (0, 1) for no observations."""
    if n == 0:
        return 0.0, 1.0
    p = k / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    # At the ends the interval touches 0 and 1 exactly; floating point would miss them by a hair.
    return (0.0 if k == 0 else max(0.0, middle - half)), (1.0 if k == n else min(1.0, middle + half))


def share(k: int, n: int, minimum: int = 1) -> Share:
    """Return a share with its interval, withheld below the minimum number of observations."""
    if n < max(minimum, 1):
        return Share(k, n, None, None, None)
    low, high = wilson(k, n)
    return Share(k, n, k / n, low, high)


@dataclass(frozen=True, slots=True)
class Difference:
    """How much higher the first of two independent shares is, with its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def clear(self) -> bool:
        """True when the interval leaves zero out: the change is more than the small numbers alone would bring."""
        return self.low > 0 or self.high < 0


def difference(first: Share, second: Share) -> Difference | None:
    """Return the difference of two shares with Newcombe's interval, or `None` where either was withheld."""
    if first.share is None or second.share is None:
        return None
    assert first.low is not None
    assert first.high is not None
    assert second.low is not None
    assert second.high is not None
    gap = first.share - second.share
    down = math.hypot(first.share - first.low, second.high - second.share)
    up = math.hypot(first.high - first.share, second.share - second.low)
    return Difference(gap, gap - down, gap + up)
