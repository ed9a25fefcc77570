"""A first guess with no training: the category tree's own words, and the cues of everyday speech.

Where a trained model exists (`wuxiao.reading.classify`) its answer goes first; this one is there from the first day
and explains itself.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from wuxiao.reading.lists.guess_english_words import ENGLISH
from wuxiao.reading.tokens import fold
from wuxiao.reading.words import Why

HANDLING = ("enquiry", "request", "complaint", "report")
#: Below this score a guess by words is not shown to a resident, who is asked instead
#: (chosen on parts a and b of `bench/reading/ordinary.txt`).
SURE_ENOUGH = 0.5


@dataclass(frozen=True, slots=True)
class CategoryWords:
    """The words by which a category is known: `code` and `kind` as the rule book writes them, names in both
    languages, keywords in any.

    A keyword of two or more characters that stands in the message counts in full; names and descriptions count by
    their pairs.
    """

    code: str
    kind: str
    zh: str
    en: str
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Guess:
    """One suggestion: `code`, a `score` between 0 and 1 (comparable within one message, not calibrated), the `words`
    that spoke for it."""

    code: str
    kind: str
    score: float
    words: tuple[str, ...]
    why: Why


@dataclass(frozen=True, slots=True)
class Label:
    """A guessed handling class with its score between 0 and 1 and the words that spoke for it; `code` is ""
    for "I do not know"."""

    code: str
    score: float
    words: tuple[str, ...]
    why: Why


_PARTS = re.compile(r"[^0-9a-z\u4e00-\u9fff]+")
_LATIN = re.compile(r"[a-z]+")
# Words found in the names of categories everywhere; alone they say nothing about one.
_EMPTY = frozenset(
    [
        "问题",
        "管理",
        "服务",
        "其他",
        "其它",
        "相关",
        "有关",
        "情况",
        "类别",
        "事项",
        "方面",
        "工作",
        "and",
        "the",
        "of",
        "for",
        "other",
        "others",
        "problem",
        "problems",
        "service",
        "services",
        "issue",
        "issues",
        "in",
        "on",
        "to",
        "or",
    ]
)
#: The kind that means a fault of the service: rudeness of a neighbour or a shop is none, unless an office is named too.
CONDUCT = "conduct_problem"
_PRIVATE = re.compile(
    r"邻居|隔壁|楼上|对门|房东|租客|老板|店员|店家|商家|卖家|饭店|餐馆|超市|中介|开发商|物业|保安|司机|快递|外卖|客服|医生|护士|教练|前夫|前妻|亲戚|同事|狗主"
)
_PUBLIC = re.compile(
    r"窗口|办事|工作人员|大厅|民警|警察|派出所|交警|车管所|城管|干部|村支书|村书记|村主任|书记|社区|居委|村委|街道|乡镇|镇政府|热线|接线|话务|12345|部门|政府|执法|信访|机关|科室|领导|局(?!部|面|限)"
)
# What a score must reach: one clear keyword of two characters, or several pairs of a description.
_ENOUGH = 1.6


@dataclass(frozen=True, slots=True)
class _Index:
    terms: tuple[dict[str, float], ...]
    weights: dict[str, float]
    latin: tuple[str, ...]
    heads: dict[str, tuple[str, ...]]
    owners: dict[str, tuple[int, ...]]


@lru_cache(maxsize=32)
def _index(categories: tuple[CategoryWords, ...]) -> _Index:
    all_terms: list[dict[str, float]] = []
    for category in categories:
        terms: dict[str, float] = {}
        for keyword in category.keywords:
            for part in {fold(keyword), *_PARTS.split(fold(keyword))}:
                if len(part) > 1 and part not in _EMPTY:
                    terms[part] = max(terms.get(part, 0.0), 2.0)
        for name in (category.zh, category.en):
            for part in _PARTS.split(fold(name)):
                if len(part) < 2 or part in _EMPTY:
                    continue
                terms[part] = max(terms.get(part, 0.0), 2.0)
                if not _LATIN.fullmatch(part) and len(part) > 2:
                    for i in range(len(part) - 1):
                        if (pair := part[i : i + 2]) not in _EMPTY:
                            terms[pair] = max(terms.get(pair, 0.0), 0.7)
        all_terms.append(terms)
    spread = Counter(term for terms in all_terms for term in terms)
    total = max(1, len(categories))
    weights = {term: 0.35 + math.log((1 + total) / count) / math.log(1 + total) for term, count in spread.items()}
    heads: dict[str, list[str]] = {}
    for term in weights:
        if not _LATIN.fullmatch(term):
            heads.setdefault(term[:2], []).append(term)
    latin = tuple(term for term in weights if _LATIN.fullmatch(term))
    owners: dict[str, list[int]] = {}
    for number, terms in enumerate(all_terms):
        for term in terms:
            owners.setdefault(term, []).append(number)
    return _Index(
        tuple(all_terms),
        weights,
        latin,
        {head: tuple(found) for head, found in heads.items()},
        {term: tuple(numbers) for term, numbers in owners.items()},
    )


_latest: tuple[Sequence[CategoryWords], _Index] | None = None


def _index_of(categories: Sequence[CategoryWords]) -> _Index:
    # Known again by identity first: hashing a tree of hundreds of categories costs more than reading a message.
    global _latest
    latest = _latest
    if latest is not None and latest[0] is categories:
        return latest[1]
    index = _index(tuple(categories))
    if isinstance(categories, tuple):
        _latest = (categories, index)
    return index


def _present(index: _Index, text: str) -> set[str]:
    # Every term has two characters or more, so the pairs of the text lead to all that could begin there.
    found = {
        term for i in range(len(text) - 1) for term in index.heads.get(text[i : i + 2], ()) if text.startswith(term, i)
    }
    found.update(t for t in index.latin if t in text and re.search(rf"\b{t}(?:s|es)?\b", text))
    return found


def guess(text: str, categories: Sequence[CategoryWords], *, limit: int = 5) -> list[Guess]:
    """Rank the categories whose own words stand in the message, best first, at most `limit`; empty when none is clear.

    Longer and rarer words weigh more; a word inside a longer one of the same category is not counted twice. Scores
    of the list and the
    chance that it is none of them add up to one.
    """
    folded = fold(text[:20_000])
    if not folded or not categories:
        return []
    if _in_english(folded):
        return _by_phrases(folded, categories)[:limit]
    index = _index_of(categories)
    head = folded[:40]
    present = _present(index, folded)
    scored: list[tuple[float, int, list[str]]] = []
    said: dict[int, list[str]] = {}
    for term in present:
        for number in index.owners[term]:
            said.setdefault(number, []).append(term)
    private = bool(_PRIVATE.search(folded)) and not _PUBLIC.search(folded)
    for number in sorted(said):
        terms = index.terms[number]
        hits = sorted(said[number], key=lambda term: (-len(term), term))
        kept: list[str] = []
        total = 0.0
        for term in hits:
            if any(term in longer for longer in kept):
                continue
            kept.append(term)
            length = 1.0 if _LATIN.fullmatch(term) else min(len(term), 5) / 2
            total += terms[term] * index.weights[term] * (0.6 + 0.4 * length) * (1.3 if term in head else 1.0)
        if total >= _ENOUGH and not (private and categories[number].kind == CONDUCT):
            scored.append((total, number, kept))
    scored.sort(key=lambda item: (-item[0], item[1]))
    weights = [math.exp(score / 1.5) for score, _, _ in scored]
    whole = sum(weights) + math.exp(_ENOUGH / 1.5)
    guesses = []
    for (_, number, kept), weight in list(zip(scored, weights, strict=True))[:limit]:
        shown = tuple(kept[:6])
        category = categories[number]
        guesses.append(
            Guess(
                category.code,
                category.kind,
                round(weight / whole, 4),
                shown,
                Why(
                    f"提到{'、'.join(f'“{word}”' for word in shown)}",
                    f"mentions {', '.join(f'“{word}”' for word in shown)}",
                ),
            )
        )
    return guesses


def _in_english(folded: str) -> bool:
    letters = [char for char in folded if char.isalpha()]
    return bool(letters) and 10 * sum("a" <= char <= "z" for char in letters) > 9 * len(letters)


@lru_cache(maxsize=1)
def _phrases() -> dict[str, re.Pattern[str]]:
    return {code: re.compile(rf"\b(?:{source})\b") for code, source in ENGLISH.items()}


def _by_phrases(folded: str, categories: Sequence[CategoryWords]) -> list[Guess]:
    """Read English by phrases and by a town's own English keywords, as whole words; two that speak of different things
    are one doubt."""
    found: list[tuple[CategoryWords, str]] = []
    for category in categories:
        pattern = _phrases().get(category.code)
        hit = pattern.search(folded) if pattern else None
        own = [word.lower() for word in category.keywords if word.isascii() and len(word) > 3]
        word = hit.group() if hit else next((w for w in own if re.search(rf"\b{re.escape(w)}s?\b", folded)), "")
        if word:
            found.append((category, word))
    score = round(0.9 / len(found), 4) if found else 0.0
    return [Guess(c.code, c.kind, score, (word,), Why(f"提到“{word}”", f"mentions “{word}”")) for c, word in found]


_HANDLING_CUES: dict[str, tuple[tuple[float, str], ...]] = {
    "enquiry": (
        (
            2.0,
            "咨询|请问|想问|问一下|问问|想了解|想知道|了解一下|打听|怎么办理|如何办理|怎么申请|如何申请|什么时候(?:能|可以|开始|出|通|建|交|发|开)|需要(?:什么|哪些)(?:材料|手续|条件|资料)|是否(?:可以|能|有|需要|属于|符合)|有没有(?:政策|规定|补贴)|(?:政策|流程|标准|电话|地址|时间|条件)(?:是)?(?:什么|多少|怎样|如何|在哪)|去哪(?:里|儿)?(?:办|交|领|申请)|\\b(?:how (?:do|can|to)|what (?:is|are|documents)|when (?:will|does)|where (?:can|do)|may i ask|enquir\\w+|inquir\\w+)\\b",
        ),
        (0.8, "吗[？?]|呢[？?]|多少|怎么|如何|哪里|何时|几点|可以吗|能否|能不能"),
    ),
    "request": (
        (
            1.6,
            "希望|请求|恳请|恳求|求助|建议|申请|盼望|期盼|呼吁|请(?:尽快|帮|相关|有关|政府|领导|派|安排|解决|修|处理)|要求|帮忙|帮助|需要(?:修|安装|增设|维修)|诉求|\\b(?:please|request|need(?:s)?|would like|help)\\b",
        ),
        (0.9, "修|维修|安装|增设|加装|解决|处理|改善|坏了|漏水|停水|停电|不亮|堵塞|不通"),
    ),
    "complaint": (
        (
            2.2,
            "投诉|不满|态度(?:差|恶劣|极差|不好|蛮横)|推诿|踢皮球|不作为|乱作为|慢作为|互相推|敷衍|不处理|没人管|无人管|置之不理|不理不睬|不予理睬|欺负|坑人|霸王|不公平|不合理|不退|拒不|\\b(?:complain\\w*|rude|unfair|refus\\w+)\\b",
        ),
        (
            1.0,
            "扰民|太吵|噪音|噪声|影响(?:休息|生活|睡眠)|臭|脏|差|乱收费|拖欠|多次反映|反映(?:多次|过|无果)|太|严重|一直",
        ),
    ),
    "report": (
        (
            2.4,
            "举报|检举|揭发|实名(?:举报|反映)|违法(?:建|经营|占|排|行为|收)|违规(?:建|经营|占|排|操作|收|补|办)|违建|非法(?:经营|占|营运|集资|采|行医|排|改)|无证(?:经营|照|行医|驾|办)|偷排|造假|假冒|贪污|受贿|行贿|套取|冒领|弄虚作假|偷税|逃税|诈骗|传销|黑中介|黑车|聚众赌博|赌博|\\b(?:report(?:ing)?|illegal\\w*|fraud|corrupt\\w*|unlicensed)\\b",
        ),
        (0.8, "违法|违规|非法|无证|私自|擅自|乱收费|欺诈"),
    ),
}


@lru_cache(maxsize=1)
def _cues() -> dict[str, list[tuple[float, re.Pattern[str]]]]:
    def build(table: dict[str, tuple[tuple[float, str], ...]]) -> dict[str, list[tuple[float, re.Pattern[str]]]]:
        return {code: [(weight, re.compile(pattern)) for weight, pattern in cues] for code, cues in table.items()}

    return build(_HANDLING_CUES)


_ZH = {
    "enquiry": "咨询",
    "request": "诉求",
    "complaint": "投诉",
    "report": "举报",
}


def _weigh(text: str, cues: dict[str, list[tuple[float, re.Pattern[str]]]]) -> Label:
    folded = fold(text[:20_000])
    head = folded[:60]
    scores: dict[str, float] = {}
    found: dict[str, list[str]] = {}
    for code, patterns in cues.items():
        for weight, pattern in patterns:
            hits = list(dict.fromkeys(match.group() for match in pattern.finditer(folded)))[:5]
            if hits:
                first = 1.4 if pattern.search(head) else 1.0
                scores[code] = scores.get(code, 0.0) + weight * first * (1 + 0.35 * (len(hits) - 1))
                found.setdefault(code, []).extend(hits)
    if not scores or max(scores.values()) < 1.0:
        return Label("", 0.0, (), Why("看不出来，请人判断", "cannot tell; a person should judge"))
    order = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    code, best = order[0]
    whole = sum(math.exp(score) for score in scores.values()) + math.e
    shown = tuple(found.get(code, [])[:5])
    said = "、".join(f"“{word}”" for word in shown) or "类别"
    said_en = ", ".join(f"“{word}”" for word in shown) or "the category"
    return Label(
        code,
        round(math.exp(best) / whole, 4),
        shown,
        Why(f"{said}像是{_ZH[code]}", f"{said_en} suggests {code.replace('_', ' ')}"),
    )


def handling(text: str) -> Label:
    """Guess the handling class among `HANDLING`; never urgent: a named person chooses that who has looked at the
    danger."""
    return _weigh(text, _cues())
