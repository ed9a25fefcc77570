"""Where the seed of a draw comes from: a share the house committed to before, and a public figure that came after.

Before the figure is out the house publishes a commitment to the lists, to the hash of its secret share, to which
figure it will be and to the moments that hold. Afterwards a person types the figure in, and the seed follows from both:
the house could not know the figure, and whoever makes the figure does not know the share. A figure needs many outcomes:
of the thousand of a small lottery a house could try shares until one place is seldom drawn in any of them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.words import Text
from wuxiao.subjects.inspection.draw import BadDraw
from wuxiao.typed.plain import flat

#: Any other public figure than those of the table, by the name it is given.
OTHER = "other"
#: A figure the table does not know needs so many digits, that it has many outcomes.
DIGITS = 12
_NUMBER = re.compile(r"[0-9]{1,2}")
_BETWEEN = re.compile(r"[\s,+;|、，；:：-]+")
_DAYS = (
    Text("一", "Monday"), Text("二", "Tuesday"), Text("三", "Wednesday"), Text("四", "Thursday"),
    Text("五", "Friday"), Text("六", "Saturday"), Text("日", "Sunday"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    """A public figure: its name, the weekdays on which it comes (0 is Monday), its groups (how many, up to which)."""

    name: Text
    weekdays: frozenset[int]
    groups: tuple[tuple[int, int], ...]
    #: Whether no number stands twice in all groups together, for they come out of one drum.
    one_drum: bool = False


#: Lotteries whose results are published on every channel and have more than ten million outcomes.
FIGURES: Mapping[str, Figure] = {
    "ssq": Figure(
        Text("福利彩票双色球", "Welfare Lottery Double Colour Ball"), frozenset({1, 3, 6}), ((6, 33), (1, 16))
    ),
    "qlc": Figure(
        Text("福利彩票七乐彩", "Welfare Lottery Seven Joys"), frozenset({0, 2, 4}), ((7, 30), (1, 30)), one_drum=True
    ),
    "kl8": Figure(Text("福利彩票快乐8", "Welfare Lottery Happy 8"), frozenset(range(7)), ((20, 80),)),
    "dlt": Figure(Text("体育彩票超级大乐透", "Sports Lottery Super Lotto"), frozenset({0, 2, 5}), ((5, 35), (2, 12))),
}


@dataclass(frozen=True, slots=True)
class Terms:
    """What a commitment binds beside the lists.

    `share_hash` is the SHA-256 (hex) of the share's text, `figure` a code of `FIGURES` or `OTHER`, `source` what it is
    called. From `opens` on the figure is out, not before; until `closes` the round is drawn or never; by `told` at the
    latest everything of it is public.
    """

    share_hash: str
    figure: str
    source: str
    opens: datetime
    closes: datetime
    told: datetime


def moment(at: datetime) -> str:
    """Return an instant as a commitment says it: Beijing time, to the second."""
    return at.astimezone(SHANGHAI).replace(microsecond=0).isoformat()


def sha256(text: str) -> str:
    """Return the SHA-256 (hex) of a text in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def commitment(of: str, terms: Terms, of_kind: Mapping[str, int], named: Iterable[str]) -> str:
    """Return what is published before the figure is out: SHA-256 (hex) of these lines, each with a line feed.

    ``wuxiao draw 2``, ``digest<TAB>hex``, ``share<TAB>hex``, ``figure<TAB>code<TAB>name``, ``opens<TAB>moment``,
    ``closes<TAB>moment``, ``told<TAB>moment``; then, sorted, ``draw<TAB>kind<TAB>number`` of each kind and
    ``apart<TAB>code`` of each place that goes without the lot.
    """
    lines = [f"draw\t{kind}\t{number}" for kind, number in of_kind.items()]
    lines += [f"apart\t{code}" for code in named]
    head = (
        "wuxiao draw 2",
        f"digest\t{of}",
        f"share\t{terms.share_hash}",
        f"figure\t{terms.figure}\t{terms.source}",
        *(f"{name}\t{moment(at)}" for name, at in _moments(terms)),
    )
    return sha256("".join(f"{line}\n" for line in (*head, *sorted(lines))))


def _moments(terms: Terms) -> tuple[tuple[str, datetime], ...]:
    return ("opens", terms.opens), ("closes", terms.closes), ("told", terms.told)


def seed(share: str, result: str) -> str:
    """Return the seed: SHA-256 (hex) of the lines ``wuxiao seed``, share and result, each with a line feed."""
    return sha256(f"wuxiao seed\n{share}\n{result}\n")


def fits(share: str, share_hash: str) -> bool:
    """Whether a share is the one that was committed to."""
    return sha256(share) == share_hash


def named(figure: str, source: str) -> str:
    """Return what a figure is called in the commitment; raises `BadDraw` for an unknown one, or one without a name."""
    if figure in FIGURES:
        return FIGURES[figure].name.zh
    if figure != OTHER:
        codes = ", ".join((*FIGURES, OTHER))
        raise BadDraw(f"没有公开数“{figure}”，可以用：{codes}", f"no figure “{figure}” is known; there are: {codes}")
    if not source.strip():
        raise BadDraw(
            "用别的公开数，请写明是哪个数、由谁在哪里公布（--source）",
            "say which figure it is, who publishes it and where (--source)",
        )
    return " ".join(source.split())[:200]


def comes_on(figure: str, day: date) -> None:
    """Refuse a day on which a figure does not come."""
    one = FIGURES.get(figure)
    if one is not None and day.weekday() not in one.weekdays:
        days = [_DAYS[n] for n in sorted(one.weekdays)]
        raise BadDraw(
            f"{one.name.zh}只在周{'、'.join(d.zh for d in days)}开奖，{day.isoformat()}是周{_DAYS[day.weekday()].zh}",
            f"{one.name.en} is drawn on {', '.join(d.en for d in days)} only; {day.isoformat()} is a "
            f"{_DAYS[day.weekday()].en}",
        )


def result(figure: str, text: str) -> str:
    """Return a figure as the seed is made of it, from what a person typed; raises `BadDraw` for what it cannot be.

    Of a lottery: the numbers of each group as two digits in rising order, a blank between numbers and `` + `` between
    groups. Of any other figure: its text with single blanks.
    """
    plain = flat(text).strip()
    if figure not in FIGURES:
        if sum(one.isascii() and one.isdigit() for one in plain) < DIGITS:
            raise BadDraw(
                f"这个数至少要有{DIGITS}位数字：可能的结果太少，可以事先一个个试",
                f"such a figure needs at least {DIGITS} digits: with few outcomes all could be tried out before",
            )
        return " ".join(plain.split())[:200]
    one = FIGURES[figure]
    parts = [part for part in _BETWEEN.split(plain) if part]
    wanted = sum(count for count, _ in one.groups)
    if len(parts) != wanted or not all(_NUMBER.fullmatch(part) for part in parts):
        shape = "+".join(str(count) for count, _ in one.groups)
        raise BadDraw(
            f"{one.name.zh}是{wanted}个号码（{shape}），用空格隔开，不写期号；收到的是“{plain[:60]}”",
            f"{one.name.en} has {wanted} numbers ({shape}), blanks between them and no issue number; this came: "
            f"“{plain[:60]}”",
        )
    numbers, groups = [int(part) for part in parts], []
    for count, highest in one.groups:
        group, numbers = sorted(numbers[:count]), numbers[count:]
        if len(set(group)) < count or group[0] < 1 or group[-1] > highest:
            raise BadDraw(
                f"{one.name.zh}这一组是1到{highest}的{count}个不同号码，请核对",
                f"this group of {one.name.en} has {count} different numbers from 1 to {highest}: check them",
            )
        groups.append(group)
    every = [number for group in groups for number in group]
    if one.one_drum and len(set(every)) < len(every):
        raise BadDraw(f"{one.name.zh}的号码不会重复，请核对", f"no number of {one.name.en} comes twice: check them")
    return " + ".join(" ".join(f"{number:02}" for number in group) for group in groups)
