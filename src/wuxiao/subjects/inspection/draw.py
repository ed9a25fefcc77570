"""The draw 双随机: which places are looked at and who goes, by a lot that anybody can follow with the published list.

The list of places and of inspectors is settled first and its digest published; then comes the seed, from a source that
nobody at the desk commands and that was named with the digest. A ticket is the SHA-256 of seed, digest, what is drawn
and code: the lowest tickets of a kind go. Inspectors are two a place, the least busy of this round first, by ticket
among those; who must stand aside is passed over, with the reason in the list. Nothing about a place decides but its
kind: what its past says is the order of another list (`wuxiao inspection order`). Source: Guobanfa 2015 no. 58.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from wuxiao.rules.words import Text

#: Of every round at least so much is drawn, whatever else is named by cycle or complaint.
LEAST_DRAWN = 0.1
#: Two inspectors go to a place (Administrative Penalties Law art. 42, Fire Protection Law art. 53 read with it).
PAIR = 2
#: A seed shorter than this could be tried out by hand until it suits.
SEED = 8


@dataclass(frozen=True, slots=True)
class Place:
    """A place that may be drawn: its code and kind; `excluded` is the reason why it may not, if there is one."""

    code: str
    kind: str
    excluded: str = ""


@dataclass(frozen=True, slots=True)
class Inspector:
    """Somebody who may go: the code, and the places at which they must stand aside, each with the reason."""

    code: str
    aside: Mapping[str, str] = field(default_factory=dict)
    excluded: str = ""


@dataclass(frozen=True, slots=True)
class Going:
    """A place of the round: the two who go, and why it is on it; `named` is empty where the lot drew it."""

    place: str
    kind: str
    inspectors: tuple[str, ...]
    named: str = ""


@dataclass(frozen=True, slots=True)
class Round:
    """What a draw came to. `short` says of which places no two inspectors could be found, and why."""

    seed: str
    digest: str
    going: tuple[Going, ...]
    short: tuple[tuple[str, Text], ...] = ()
    #: The places the lot drew, kind by kind, in the order of their tickets.
    drawn: tuple[str, ...] = ()


class BadDraw(ValueError):
    """The draw cannot be made from what was given; `text` says what is wrong and how to mend it."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.text = Text(zh, en)


def listed(places: Iterable[Place], inspectors: Iterable[Inspector], salt: str = "") -> str:
    """Return the settled lists as one text: their lines, sorted, each with a line feed.

    A place is the line ``place<TAB>code<TAB>kind<TAB>excluded``, an inspector ``inspector<TAB>code<TAB>excluded``,
    who stands aside ``aside<TAB>code<TAB>place<TAB>reason``, and the salt, where there is one, ``salt<TAB>text``: with
    it nobody who guesses the lists knows their digest before they are published.
    """
    lines = [f"salt\t{salt}"] if salt else []
    lines += [f"place\t{p.code}\t{p.kind}\t{p.excluded}" for p in places]
    for one in inspectors:
        lines.append(f"inspector\t{one.code}\t{one.excluded}")
        lines += [f"aside\t{one.code}\t{place}\t{reason}" for place, reason in one.aside.items()]
    return "".join(f"{line}\n" for line in sorted(lines))


def digest(places: Iterable[Place], inspectors: Iterable[Inspector], salt: str = "") -> str:
    """Return the digest of the settled lists: SHA-256 (hex) of their text (`listed`)."""
    return hashlib.sha256(listed(places, inspectors, salt).encode()).hexdigest()


def read_listed(text: str) -> tuple[list[Place], list[Inspector], str]:
    """Return the places, inspectors and salt of a text made by `listed`."""
    places, codes, salt = [], {}, ""
    aside: dict[str, dict[str, str]] = {}
    for line in text.splitlines():
        match line.split("\t"):
            case ["place", code, kind, excluded]:
                places.append(Place(code, kind, excluded))
            case ["inspector", code, excluded]:
                codes[code] = excluded
            case ["aside", code, place, reason]:
                aside.setdefault(code, {})[place] = reason
            case ["salt", salt]:
                pass
    return places, [Inspector(code, aside.get(code, {}), why) for code, why in codes.items()], salt


def commitment(of: str, of_kind: Mapping[str, int], named: Iterable[str]) -> str:
    """Return what is published before the seed: SHA-256 (hex) of the digest, of how many are drawn, of who is not.

    Lines, each with a line feed: the digest; then, sorted, ``draw<TAB>kind<TAB>number`` of each kind and
    ``apart<TAB>code`` of each place that goes without the lot.
    """
    lines = [f"draw\t{kind}\t{number}" for kind, number in of_kind.items()]
    lines += [f"apart\t{code}" for code in named]
    return hashlib.sha256("".join(f"{line}\n" for line in (of, *sorted(lines))).encode()).hexdigest()


def ticket(seed: str, of: str, what: str, code: str) -> str:
    """Return a lot: SHA-256 (hex) of the lines seed, digest, what and code."""
    return hashlib.sha256(f"{seed}\n{of}\n{what}\n{code}\n".encode()).hexdigest()


def least(named: int) -> int:
    """Return how many places must be drawn beside so many named ones, that a tenth of the round is by lot."""
    return math.ceil(named * LEAST_DRAWN / (1 - LEAST_DRAWN) - 1e-9)


def draw(
    places: Sequence[Place],
    inspectors: Sequence[Inspector],
    *,
    seed: str,
    of_kind: Mapping[str, int],
    named: Mapping[str, str] | None = None,
    salt: str = "",
) -> Round:
    """Return the round of a seed: `of_kind` places of each kind by lot, and the `named` ones, each with its reason.

    Raises `BadDraw` for a code twice, an unknown kind or place, an excluded or named place asked for, a kind with too
    few places, a seed that is too short, fewer drawn than a tenth, or fewer than two inspectors.
    """
    named = named or {}
    seed = seed.strip()
    _settled(places, inspectors, seed, of_kind, named)
    of = digest(places, inspectors, salt)
    drawn: list[Place] = []
    for kind, wanted in sorted(of_kind.items()):
        free = [p for p in places if p.kind == kind and not p.excluded and p.code not in named]
        if wanted > len(free):
            raise BadDraw(
                f"“{kind}”可抽的场所有{len(free)}个，要抽{wanted}个：请减少数量",
                f"of kind “{kind}” {len(free)} places can be drawn, {wanted} are wanted: ask for fewer",
            )
        drawn += sorted(free, key=lambda p: ticket(seed, of, "place", p.code))[:wanted]
    given = {p.code: p for p in places}
    listed = [*((p, "") for p in drawn), *((given[code], why) for code, why in sorted(named.items()))]
    going, short = _paired(listed, inspectors, seed, of)
    return Round(seed, of, going, short, tuple(p.code for p in drawn))


def _settled(
    places: Sequence[Place],
    inspectors: Sequence[Inspector],
    seed: str,
    of_kind: Mapping[str, int],
    named: Mapping[str, str],
) -> None:
    said: list[tuple[str, ...]] = [(p.code, p.kind, p.excluded) for p in places]
    said += [(one.code, one.excluded, *one.aside, *one.aside.values()) for one in inspectors]
    for text in (seed, *named.values(), *(text for row in said for text in row)):
        if not text.isprintable():
            # A tab or a line feed inside would let two lists have one digest.
            raise BadDraw(f"“{text!r}”里有换行或制表符，请去掉", f"{text!r} holds a line feed or a tab: take it out")
    if len(seed) < SEED:
        raise BadDraw(
            f"种子至少{SEED}个字：太短的种子可以一个个试到合意为止",
            f"the seed needs at least {SEED} characters: a short one could be tried until it suits",
        )
    for codes, zh, en in ((places, "场所", "place"), (inspectors, "检查人员", "inspector")):
        twice = [code for code, count in Counter(one.code for one in codes).items() if count > 1]
        if twice:
            raise BadDraw(f"{zh}编号“{twice[0]}”出现了两次", f"the {en} code “{twice[0]}” stands twice")
    known = {p.code: p for p in places}
    for code in named:
        if code not in known:
            raise BadDraw(f"名单里没有场所“{code}”", f"no place “{code}” is on the list")
        if known[code].excluded:
            raise BadDraw(
                f"场所“{code}”已排除（{known[code].excluded}），不能再指定",
                f"place “{code}” is excluded ({known[code].excluded}) and cannot be named",
            )
        if not named[code].strip():
            raise BadDraw(f"指定场所“{code}”须写明理由", f"naming place “{code}” needs a reason")
    for kind, wanted in of_kind.items():
        if wanted < 0 or kind not in {p.kind for p in places}:
            raise BadDraw(f"没有类型“{kind}”，或者数量小于零", f"no kind “{kind}”, or a number below zero")
    by_lot = sum(of_kind.values())
    if by_lot < least(len(named)) or by_lot + len(named) == 0:
        needed = max(1, least(len(named)))
        raise BadDraw(
            f"每轮至少一成由随机抽取：指定{len(named)}个，至少再抽{needed}个",
            f"at least a tenth of a round goes by lot: with {len(named)} named, draw {needed} or more",
        )
    if sum(1 for one in inspectors if not one.excluded) < PAIR:
        raise BadDraw(
            "检查须由两人进行，可派的人不足两名", "two inspectors go together, and fewer than two can be sent"
        )


def _paired(
    listed: Sequence[tuple[Place, str]], inspectors: Sequence[Inspector], seed: str, of: str
) -> tuple[tuple[Going, ...], tuple[tuple[str, Text], ...]]:
    busy: Counter[str] = Counter()
    going, short = [], []
    for place, why in listed:
        free = [one for one in inspectors if not one.excluded and place.code not in one.aside]
        free.sort(key=lambda one: (busy[one.code], ticket(seed, of, f"inspector {place.code}", one.code)))
        if len(free) < PAIR:
            short.append((place.code, _too_few(len(free))))
            continue
        pair = tuple(one.code for one in free[:PAIR])
        busy.update(pair)
        going.append(Going(place.code, place.kind, pair, why))
    return tuple(going), tuple(short)


def _too_few(count: int) -> Text:
    return Text(
        f"须回避的人以外只剩{count}名检查人员，不足两名：请从别的单位借人",
        f"beside those who stand aside {count} inspectors are left, not two: borrow one from another unit",
    )
