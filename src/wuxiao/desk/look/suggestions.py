"""How often suggestions were right, by category, and which words mislead. Suggestions are counted, never persons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt

from wuxiao.records.models import Suggestion

#: Words are shown once they have spoken so often.
LEAST_WORD = 5
#: What was chosen fewer times is counted together: a single matter of a rare kind is nobody else's to know of.
LEAST_CODE = 5


@dataclass(frozen=True, slots=True)
class Score:
    """How suggestions fared where people chose `code`: choices, first right, among the first three, "I do not know".

    `low` and `high` bound the share of first-right with 95 % (Wilson); all are counts or shares from 0 to 1.
    """

    code: str
    n: int
    first: int
    three: int
    unknown: int

    @property
    def low(self) -> float:
        """The lower bound of the share of first-right."""
        return wilson(self.first, self.n)[0]

    @property
    def high(self) -> float:
        """The upper bound of the share of first-right."""
        return wilson(self.first, self.n)[1]


@dataclass(frozen=True, slots=True)
class WordScore:
    """How often a word spoke for a first suggestion, how often that was wrong, and what was chosen then most often."""

    word: str
    spoke: int
    wrong: int
    instead: str


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of one point over some days; `decided` counts suggestions that were made with a best code.

    `codes` are those chosen often enough to stand alone, `rest` the sum of the `rare` others.
    """

    task: str
    total: Score
    decided: int
    decided_right: int
    codes: Sequence[Score]
    words: Sequence[WordScore]
    rare: int
    rest: Score


def wilson(hits: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927); (0, 1) when nothing was counted.

    >>> tuple(round(x, 2) for x in wilson(8, 10))
    (0.49, 0.94)
    """
    if n == 0:
        return 0.0, 1.0
    share = hits / n
    middle = share + z * z / (2 * n)
    reach = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, (middle - reach) / (1 + z * z / n)), min(1.0, (middle + reach) / (1 + z * z / n))


def report(task: str, *, at: datetime, days: int = 90) -> Report:
    """Count the suggestions of the last days on one point (one query over at most that time)."""
    rows = Suggestion.objects.filter(task=task, at__gt=at - timedelta(days=days), at__lte=at)
    # Words and counts of what is hidden from somebody are not for a page of every desk.
    rows = rows.filter(matter__hidden_units="", matter__shielded=False)
    n: Counter[str] = Counter()
    first: Counter[str] = Counter()
    three: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    spoke: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    instead: dict[str, Counter[str]] = {}
    decided = right = 0
    for chosen, place, known, ranked in rows.values_list("chosen", "place", "known", "ranked").iterator(2000):
        n[chosen] += 1
        three[chosen] += 1 <= place <= 3
        unknown[chosen] += not known
        if not known:
            continue
        decided += 1
        right += place == 1
        first[chosen] += place == 1
        for word in ranked[0][2] if ranked else ():
            spoke[word] += 1
            if place != 1:
                wrong[word] += 1
                instead.setdefault(word, Counter())[chosen] += 1
    scores = [Score(c, n[c], first[c], three[c], unknown[c]) for c in sorted(n, key=lambda c: (-n[c], c))]
    total = Score("", n.total(), first.total(), three.total(), unknown.total())
    bad = [w for w in wrong if spoke[w] >= LEAST_WORD]
    bad.sort(key=lambda w: (-wrong[w] / spoke[w], -wrong[w], w))
    words = [WordScore(w, spoke[w], wrong[w], instead[w].most_common(1)[0][0]) for w in bad[:30]]
    few = [s for s in scores if s.n < LEAST_CODE]
    rest = Score(
        "", sum(s.n for s in few), sum(s.first for s in few), sum(s.three for s in few), sum(s.unknown for s in few)
    )
    often = [s for s in scores if s.n >= LEAST_CODE]
    return Report(task, total, decided, right, often, words, len(few), rest)
