"""Danger first: does a message speak of violence, fire, suicide, a missing person … right now?

`look` works on words and patterns alone, needs no training and explains itself. It is built for recall: when in
doubt it says urgent,
and a person looks. It never says that there is no danger; it says that no words of danger were found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from wuxiao.reading import danger_words as words
from wuxiao.reading.danger_model import DangerModel, Heard, shipped
from wuxiao.reading.tokens import simplify
from wuxiao.reading.words import Span, Why

# A short text is a cry for help rather than a story; so are the words about things happening now.
SHORT = 60
LETTER = 160
# From this chance on the model alone raises the banner (its own balance point; not tuned).
HEARD = 0.5
#: At the doors most texts are ordinary: there the model must be surer (decision 9 has the figures).
HEARD_AT_DOORS = 0.8
_GRAVE = frozenset({"suicide"})
_BLANK = "\u25a1"
_SENTENCE = re.compile(r"[^。！？!?\n；;]+")
_CLAUSE_END = "，,。！？!?；;、：:\n 　"
_HALF = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
# Marks set between the letters of a word to hide it (自.杀, 砍 人) are read through.
_HIDDEN = re.compile(r"(?<=[\u4e00-\u9fff])[*·.\-_~ ](?=[\u4e00-\u9fff])")


@dataclass(frozen=True, slots=True)
class Danger:
    """What the words of a message say about danger.

    `urgent`: raise the banner and block ordinary diversion and mediation until a person has looked. `kinds`: code
    words among
    `KIND_CODES`, the gravest first by the table's order. `spans`: the stretches that spoke, sorted, in characters of
    the given text.
    `numbers`: which of 110, 119, 120 answer such calls. `why`: the reason in both languages; present also when not
    urgent.
    """

    urgent: bool
    kinds: tuple[str, ...]
    spans: tuple[Span, ...]
    numbers: tuple[str, ...]
    why: Why


KIND_CODES: tuple[str, ...] = tuple(kind.code for kind in words.KINDS)


@cache
def _patterns() -> tuple[tuple[words.Kind, re.Pattern[str] | None, re.Pattern[str] | None], ...]:
    def build(parts: tuple[str, ...]) -> re.Pattern[str] | None:
        return re.compile("|".join(f"(?:{part})" for part in parts), re.IGNORECASE) if parts else None

    return tuple((kind, build(kind.strong), build(kind.weak)) for kind in words.KINDS)


@cache
def _pattern(name: str) -> re.Pattern[str]:
    source = {
        "figures": "|".join(f"(?:{part})" for part in words.FIGURES),
        "unreal": words.UNREAL,
        "real": words.REAL,
        "now": words.NOW,
        "at_once": words.AT_ONCE,
        "negation": f"(?:{words.NEGATION})[^{_CLAUSE_END}]{{0,4}}$",
        "not_negation": f"(?:{words.NOT_NEGATION})[^{_CLAUSE_END}]{{0,8}}$",
    }[name]
    return re.compile(source, re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Hit:
    kind: words.Kind
    start: int
    end: int
    strong: bool


def _denied(text: str, start: int) -> bool:
    before = text[max(0, start - 12) : start]
    for mark in _CLAUSE_END:
        before = before.rsplit(mark, 1)[-1]
    return bool(_pattern("negation").search(before)) and not _pattern("not_negation").search(before)


def _hits(plain: str) -> Iterator[_Hit]:
    masked = _pattern("figures").sub(lambda found: _BLANK * len(found.group()), plain)
    unreal, real = _pattern("unreal"), _pattern("real")
    for sentence in _SENTENCE.finditer(masked):
        said = plain[sentence.start() : sentence.end()]
        if unreal.search(said) and not real.search(said):
            continue
        for kind, strong, weak in _patterns():
            for pattern, is_strong in ((strong, True), (weak, False)):
                if pattern is None:
                    continue
                for found in pattern.finditer(sentence.group()):
                    start = sentence.start() + found.start()
                    if found.group() and not _denied(plain, start):
                        yield _Hit(kind, start, sentence.start() + found.end(), is_strong)


def _plain(text: str) -> str:
    # Same length as `text`, so that offsets stay true: half width, simplified.
    return simplify(text.translate(_HALF))


def look(text: str, *, model: DangerModel | None = None, patterns_only: bool = False, everyday: bool = False) -> Danger:
    """Say whether a message speaks of danger, of which kind, with the words that said so.

    Any string is allowed, empty ones and 100 kB of anything included; the spans' offsets count characters of `text`
    as given.
    Short texts are also heard by a small model (`model`, by default the shipped one; `patterns_only` leaves it out).
    `everyday` is for doors where most texts are ordinary: the model must be surer, and a weak word raises the banner
    only beside a word of now or of another danger.
    Negated words ("没有人受伤"), sayings ("笑死了", "跳楼价"), films, games and drills do not raise the banner
    unless the writer
    insists that it is real. Kinds follow publicly listed call types of 110, 119 and 120; harm to minors must be
    reported at once
    (未成年人保护法 art. 11), violence at home has its own rules (反家庭暴力法).

    >>> look("楼下有人拿刀追着人砍").kinds
    ('violence', 'weapon')
    >>> look("今天热死了，老板跳楼价甩卖").urgent
    False
    """
    plain = _plain(text)
    hits = list(_hits(plain))
    if not hits and (bare := _HIDDEN.sub("", plain)) != plain and any(hit.strong for hit in _hits(bare)):
        # The hidden word's place is lost with the marks: the whole text is shown.
        hits = [_Hit(hit.kind, 0, len(text), True) for hit in _hits(bare) if hit.strong]
    heard = None
    if not patterns_only and len(text) <= LETTER and _mostly_chinese(plain):
        listener = model or shipped()
        heard = listener.hear(plain) if listener is not None else None
    if heard is not None and heard.chance >= (HEARD_AT_DOORS if everyday else HEARD) and not _quiet(plain):
        found = look(text, patterns_only=True, everyday=everyday)
        if not found.urgent:
            return _by_ear(text, plain, found, heard)
    if not hits:
        return Danger(
            False,
            (),
            (),
            (),
            Why("没有发现危险的词句（不等于没有危险）", "no words of danger found (which is not the same as safe)"),
        )
    strong = {hit.kind.code for hit in hits if hit.strong}
    weak = {hit.kind.code for hit in hits} - strong
    if len(text) <= SHORT and not everyday:
        urgent = True
    elif len(text) <= LETTER:
        urgent = bool(strong) or (bool(weak) and (bool(_pattern("now").search(plain)) or len(weak) > 1))
    else:
        # A long letter tells a story; words of danger in it are urgent when they stand beside words of now, or
        # threaten life.
        urgent = any(
            hit.strong
            and (hit.kind.code in _GRAVE or _pattern("at_once").search(plain[max(0, hit.start - 40) : hit.end + 40]))
            for hit in hits
        )
    shown = [hit for hit in hits if hit.strong] if strong else hits
    kinds = [kind for kind, _, _ in _patterns() if any(hit.kind is kind for hit in shown)]
    spans = tuple(
        sorted(
            {Span(hit.start, hit.end, text[hit.start : hit.end], hit.kind.code) for hit in shown},
            key=lambda span: (span.start, span.end, span.kind),
        )
    )
    numbers = tuple(sorted({number for kind in kinds for number in kind.numbers})) if urgent else ()
    quoted = "、".join(dict.fromkeys(f"“{_short(span.text)}”" for span in spans[:6]))
    quoted_en = ", ".join(dict.fromkeys(f"“{_short(span.text)}”" for span in spans[:6]))
    reason_zh = "；".join(kind.why.zh for kind in kinds)
    reason_en = "; ".join(kind.why.en for kind in kinds)
    if urgent:
        why = Why(
            f"{reason_zh}：{quoted}。先请人看过，再作分流或调解。",
            f"{reason_en}: {quoted_en}. A person must look before it is diverted or mediated.",
        )
    else:
        why = Why(
            f"提到{quoted}，但没有正在发生的迹象，请留意。",
            f"Mentions {quoted_en} with no sign that it is happening now; please keep it in mind.",
        )
    return Danger(urgent, tuple(kind.code for kind in kinds), spans, numbers, why)


def _mostly_chinese(plain: str) -> bool:
    """The model learned from Chinese texts: of other letters it knows nothing and hears danger in any of them."""
    letters = [char for char in plain if char.isalpha()]
    return bool(letters) and 2 * sum("\u4e00" <= char <= "\u9fff" for char in letters) > len(letters)


def _quiet(plain: str) -> bool:
    # A drill, a film, a test: what the patterns pass over the model must not raise again.
    return bool(_pattern("unreal").search(plain)) and not _pattern("real").search(plain)


def _by_ear(text: str, plain: str, found: Danger, heard: Heard) -> Danger:
    kind = next(kind for kind in words.KINDS if kind.code == heard.kind)
    spans = {*found.spans}
    for word in heard.words:
        if (at := plain.lower().find(word)) >= 0:
            spans.add(Span(at, at + len(word), text[at : at + len(word)], kind.code))
    ordered = tuple(sorted(spans, key=lambda span: (span.start, span.end, span.kind)))
    quoted = "、".join(f"“{_short(span.text)}”" for span in ordered[:6])
    quoted_en = ", ".join(f"“{_short(span.text)}”" for span in ordered[:6])
    why = Why(
        f"用语像{kind.why.zh}（{heard.chance:.0%}）：{quoted}。先请人看过，再作分流或调解。",
        f"it sounds like {kind.why.en} ({heard.chance:.0%}): {quoted_en}. "
        "A person must look before it is diverted or mediated.",
    )
    kinds = tuple(code for code in KIND_CODES if code == kind.code or code in found.kinds)
    return Danger(True, kinds, ordered, kind.numbers, why)


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 16 else f"{text[:15]}…"
