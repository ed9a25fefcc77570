"""Hot issues: groups of matters about one thing at one place over a time, with a heat whose formula stands in the
rule book.

Texts are compared by their pairs and triples of characters; the rare ones (names of places, of things) weigh most.
Groups grow by average
likeness, so that one loose link does not join two issues. The machine proposes; a person confirms, renames, splits
or dismisses.
"""

from __future__ import annotations

import heapq
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from wuxiao.late import late
from wuxiao.reading.tokens import HAN, fold
from wuxiao.reading.words import Why

if TYPE_CHECKING:
    from scipy import sparse
else:
    sparse = late("scipy.sparse")


@dataclass(frozen=True, slots=True)
class Voice:
    """One matter as the search for hot issues sees it: key, title, text, when received, who raised it (an opaque
    key), support and opposition.

    `raiser` is only counted (ten messages of one person are one voice), never shown or stored.
    """

    key: str
    title: str
    text: str
    at: datetime
    raiser: str = ""
    support: int = 0
    oppose: int = 0
    place: str = ""


@dataclass(frozen=True, slots=True)
class HeatRule:
    """The formula of heat, as the rule book gives it.

    heat = people + `support` · ln(1 + max(0, support − oppose)) + `growth` · max(0, people of the last `days` −
    people of the `days` before),
    where people are distinct raisers. An issue needs `least` people. `likeness` (0–1) is the average likeness at
    which groups stop joining.
    """

    support: float = 1.5
    growth: float = 0.5
    days: int = 30
    least: int = 3
    likeness: float = 0.2
    again: float = 1.5


@dataclass(frozen=True, slots=True)
class Issue:
    """A proposed hot issue: name, common place words, matters (oldest first), people, support, heat, growth, first
    and last time, why."""

    name: str
    place: str
    words: tuple[str, ...]
    keys: tuple[str, ...]
    people: int
    support: int
    heat: float
    growth: int
    first: datetime
    last: datetime
    why: Why = field(compare=False)


#: English words that say nothing of what a report is about.
_EMPTY_WORDS = """
    a about after again all also always am an and any are as at back be because been before being but by can cannot
    come could day days did do does done down each even ever every few for from get gets give go going got had has
    have he help her here him his hope how i if in into is it its just know last like long made make many may me month
    months more most much must my near need never new next night no not now of off on one only or other our out over
    own per please put report request same says see she should since so some somebody someone still such take than
    thank thanks that the their them then there these they thing things this those time times to too two under until
    up us very want was way we week weeks well went were what when where which while who whole why will with without
    would year years yet you your
"""
_EMPTY = frozenset(_EMPTY_WORDS.split())
_RUN = re.compile(rf"[{HAN}]+|[^\W{HAN}_]+")


def _runs(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the runs of a folded text: Chinese characters in a row, and whole words of letters or digits that speak."""
    for run in _RUN.findall(text):
        chinese = _HAN_HEAD.match(run) is not None
        if chinese or (len(run) > 1 and run not in _EMPTY):
            yield run, chinese


def _pieces(text: str, longest: int) -> Iterator[str]:
    """Yield what texts are compared by: stretches of Chinese characters up to a length, of other scripts whole words.

    Two letters are no word: compared by letters, all who write English would speak of one thing.
    """
    for run, chinese in _runs(text):
        if chinese:
            yield from (run[i : i + n] for n in range(2, longest + 1) for i in range(len(run) - n + 1))
        else:
            yield run


def _grams(text: str, limit: int) -> list[str]:
    return list(_pieces(fold(text)[:limit], 3))


def likeness_matrix(voices: Sequence[Voice], *, neighbours: int = 30) -> sparse.csr_matrix:
    """Return the sparse symmetric matrix of likeness (cosine, 0–1), at most about `neighbours` a row; titles count
    thrice."""
    vocabulary: dict[str, int] = {}
    rows: list[int] = []
    columns: list[int] = []
    values: list[float] = []
    for number, voice in enumerate(voices):
        counts: dict[str, float] = {}
        for gram in _grams(voice.title, 80):
            counts[gram] = 3.0
        for gram in _grams(voice.place, 40):
            counts[gram] = 3.0
        for gram in _grams(voice.text, 600):
            counts.setdefault(gram, 1.0)
        for gram, count in counts.items():
            rows.append(number)
            columns.append(vocabulary.setdefault(gram, len(vocabulary)))
            values.append(count)
    total = len(voices)
    if total == 0:
        return sparse.csr_matrix((0, 0), dtype=np.float32)
    matrix = sparse.csr_matrix(
        (np.asarray(values, dtype=np.float32), (rows, columns)), shape=(total, max(1, len(vocabulary)))
    )
    spread = np.bincount(np.asarray(columns, dtype=np.int64), minlength=matrix.shape[1])
    # A gram of a single text joins nothing; one that stands in every tenth text says nothing. The square of the
    # rarity lets names decide.
    rarity = np.where((spread >= 2) & (spread <= max(8, total // 10)), np.log((1 + total) / (1 + spread)) ** 1.0, 0.0)
    matrix = matrix @ sparse.diags(rarity.astype(np.float32))
    norms = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1))).ravel()
    norms[norms == 0] = 1.0
    matrix = (sparse.diags((1 / norms).astype(np.float32)) @ matrix).tocsr()
    turned = matrix.T.tocsr()
    parts = []
    for start in range(0, total, 512):
        block = (matrix[start : start + 512] @ turned).tocsr()
        for row in range(block.shape[0]):
            data = block.data[block.indptr[row] : block.indptr[row + 1]]
            if len(data) > neighbours:
                floor = np.partition(data, -neighbours)[-neighbours]
                data[data < floor] = 0.0
        block.data[block.data < 0.05] = 0.0
        block.eliminate_zeros()
        parts.append(block)
    graph = sparse.vstack(parts).tocsr()
    graph.setdiag(0)
    graph.eliminate_zeros()
    return graph.maximum(graph.T).tocsr()


def groups(graph: sparse.csr_matrix, likeness: float) -> list[list[int]]:
    """Join rows by average likeness until no two groups are alike by `likeness`; groups of two and more, largest
    first."""
    total = graph.shape[0]
    members: dict[int, list[int]] = {number: [number] for number in range(total)}
    links: dict[int, dict[int, float]] = {number: {} for number in range(total)}
    coo = sparse.triu(graph, k=1).tocoo()
    heap: list[tuple[float, int, int]] = []
    for a, b, value in zip(coo.row.tolist(), coo.col.tolist(), coo.data.tolist(), strict=True):
        links[a][b] = links[b][a] = value
        heap.append((-value, a, b))
    heapq.heapify(heap)
    fresh = total
    while heap:
        value, a, b = heapq.heappop(heap)
        if -value < likeness:
            break
        if a not in members or b not in members:
            continue
        joined = members.pop(a) + members.pop(b)
        sums: dict[int, float] = {}
        for old in (a, b):
            for other, weight in links.pop(old).items():
                if other in members:
                    sums[other] = sums.get(other, 0.0) + weight
                    del links[other][old]
        members[fresh] = joined
        links[fresh] = sums
        for other, weight in sums.items():
            links[other][fresh] = weight
            # Rows keep only their nearest neighbours, so a missing link is unknown rather than nought: the root
            # softens the division.
            average = weight / (len(joined) * len(members[other])) ** 0.62
            heapq.heappush(heap, (-min(1.0, average), fresh, other))
        fresh += 1
    return sorted(
        (sorted(group) for group in members.values() if len(group) > 1), key=lambda group: (-len(group), group[0])
    )


_LEAD = (
    "请问",
    "咨询",
    "关于",
    "反映",
    "投诉",
    "举报",
    "求助",
    "请求",
    "建议",
    "希望",
    "强烈",
    "再次",
    "恳请",
    "询问",
    "严重",
    "质疑",
)
_HAN_HEAD = re.compile(f"[{HAN}]")
_PLACE = re.compile(f"[{HAN}]+(?:[路街巷村镇乡苑园城府庭湾庄坊桥站]|小区|广场|社区|花苑|公寓)$")


def _common_words(titles: Sequence[str], background: Counter[str], total: int) -> list[str]:
    """Return the stretches most titles of a group share and few others hold, best first."""
    seen: Counter[str] = Counter()
    for title in titles:
        seen.update(set(_pieces(fold(title), 8)))
    need = max(2, 0.3 * len(titles))
    scored = []
    for stretch, count in seen.items():
        if count < need or stretch.startswith(_LEAD) or not stretch[0].isalnum():
            continue
        inside = stretch[:3] if _HAN_HEAD.match(stretch) else stretch
        rare = math.log((1 + total) / (1 + background.get(inside, 0)))
        scored.append((count / len(titles) * rare * math.sqrt(len(stretch)), stretch))
    scored.sort(key=lambda item: (-item[0], item[1]))
    kept_words: list[str] = []
    for _, stretch in scored:
        if not any(stretch in other or other in stretch or _overlap(stretch, other) for other in kept_words):
            kept_words.append(stretch)
        if len(kept_words) == 4:
            break
    return kept_words


def _overlap(one: str, other: str) -> bool:
    return any(one.endswith(other[:n]) or other.endswith(one[:n]) for n in range(2, min(len(one), len(other))))


def heat(voices: Iterable[Voice], rule: HeatRule, now: datetime) -> tuple[float, int, int, int]:
    """Return heat by the rule's formula, the number of people, the net support, and the growth at `now`."""
    listed = list(voices)
    edge, before = now - timedelta(days=rule.days), now - timedelta(days=2 * rule.days)

    def people(part: Iterable[Voice]) -> int:
        return len({voice.raiser or f"#{voice.key}" for voice in part})

    everyone = people(listed)
    support = sum(max(0, voice.support - voice.oppose) for voice in listed)
    growth = people(voice for voice in listed if edge < voice.at <= now) - people(
        voice for voice in listed if before < voice.at <= edge
    )
    value = everyone + rule.support * math.log1p(support) + rule.growth * max(0, growth)
    return round(value, 2), everyone, support, growth


def hot_issues(voices: Sequence[Voice], *, now: datetime, rule: HeatRule | None = None, limit: int = 20) -> list[Issue]:
    """Return the hottest issues among the matters of a time window, hottest first.

    Works on up to some 50,000 matters at once (a minute at 20,000): give it the weeks that matter. Matters later
    than `now` count in the
    groups but not in the growth. In what order the matters are given makes no difference.
    """
    rule = rule or HeatRule()
    # A database gives what came in at one moment in any order; the first of equals must not depend on that.
    listed = sorted(voices, key=lambda voice: (voice.at, voice.key))
    if len(listed) < 2:
        return []
    background: Counter[str] = Counter()
    for voice in listed:
        background.update(set(_pieces(fold(voice.title), 3)))
    graph = likeness_matrix(listed)
    found: list[Issue] = []
    for group in groups(graph, rule.likeness):
        members = [listed[number] for number in group]
        value, people, support, growth = heat(members, rule, now)
        if people < rule.least:
            continue
        inner = graph[group][:, group]
        medoid = int(np.asarray(inner.sum(axis=1)).ravel().argmax())
        words = _common_words([voice.title or voice.text[:40] for voice in members], background, len(listed))
        places = Counter(voice.place for voice in members if voice.place)
        # Without an address only a word that reads as the name of a place is shown as one.
        named = [word for word in words if _PLACE.search(word)]
        place = places.most_common(1)[0][0] if places else (named[0] if named else "")
        title = (members[medoid].title or members[medoid].text[:30]).strip()
        members.sort(key=lambda voice: (voice.at, voice.key))
        first, last = members[0].at, members[-1].at
        why = Why(
            f"{people}人{len(members)}件，{first:%Y-%m-%d}至{last:%Y-%m-%d}，净支持{support}，"
            f"近{rule.days}天较前增{growth:+d}人；共有词：{'、'.join(words) or '无'}",
            f"{people} people, {len(members)} matters, {first:%Y-%m-%d} to {last:%Y-%m-%d}, net support {support}, "
            f"{growth:+d} people in the last {rule.days} days; words in common: {', '.join(words) or 'none'}",
        )
        found.append(
            Issue(
                title,
                place,
                tuple(words),
                tuple(voice.key for voice in members),
                people,
                support,
                value,
                growth,
                first,
                last,
                why,
            )
        )
    found.sort(key=lambda issue: (-issue.heat, issue.first))
    return found[:limit]


def overlap(one: Iterable[str], other: Iterable[str]) -> float:
    """Return the Jaccard overlap of two sets of matters, 0 when both are empty."""
    a, b = set(one), set(other)
    return len(a & b) / len(a | b) if a | b else 0.0


def follow(known: dict[str, Sequence[str]], issues: Sequence[Issue], *, at_least: float = 0.3) -> dict[int, str]:
    """Match newly found issues to ones already on record (record id → matter keys): position in `issues` → record id.

    The share of the smaller set counts, so that an issue that grew threefold is still recognised; each record is
    matched once.
    """
    pairs = []
    for number, issue in enumerate(issues):
        mine = set(issue.keys)
        for record, keys in known.items():
            theirs = set(keys)
            if mine and theirs:
                pairs.append((len(mine & theirs) / min(len(mine), len(theirs)), record, number))
    matched: dict[int, str] = {}
    for share, record, number in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2])):
        if share >= at_least and number not in matched and record not in matched.values():
            matched[number] = record
    return matched


def stays_dismissed(people_then: int, people_now: int, rule: HeatRule) -> bool:
    """Say whether a dismissed issue stays away: until it has grown by the rule's factor `again` and by at least
    three people."""
    return people_now < max(people_then + 3, rule.again * people_then)


def split(keys: Sequence[str], apart: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Part an issue's matters in two: those that stay and those in `apart`; `ValueError` when one side would be
    empty."""
    gone = set(apart)
    stay, leave = tuple(key for key in keys if key not in gone), tuple(key for key in keys if key in gone)
    if not stay or not leave:
        raise ValueError("both parts of a split issue need at least one matter")
    return stay, leave
