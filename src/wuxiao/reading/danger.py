"""Danger first, without crying wolf: does a message say that something is on fire, that somebody is attacked, lost,
in the water … now?

`look` answers in two tiers. *Certain*: a word that means it, in its sense, said as happening, or a small model's ear
that is very sure; it stops a resident at the red page and the desk's steps until a person has looked. *Perhaps*: words
of danger without that, or an ear less sure; one line for staff, nothing else.
It never says that there is no danger; it says that no words of danger were found. `heed` also says where it could not
have found any, because it does not read the language.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from wuxiao.reading.danger_model import DangerModel, Heard, shipped
from wuxiao.reading.danger_signs import CHINESE_SPACE, CLAUSE_END, pattern
from wuxiao.reading.lists import danger_certain_words as sure
from wuxiao.reading.lists import danger_words as words
from wuxiao.reading.lists.danger_class_words import MISSPELT
from wuxiao.reading.tokens import simplify
from wuxiao.reading.tongue import unread
from wuxiao.reading.words import Span, Why

CERTAIN, PERHAPS, NONE = "certain", "perhaps", "none"
#: Stands among the kinds where the words are in a language that is not read here: no danger found, and none excluded.
UNREAD = "unread"
#: Longer texts are letters: they tell a story, and the model, which learned from short ones, is not asked.
LETTER = 160
#: So much of the end of a letter is also read as a text of its own, from the beginning of a sentence on.
END = 100
#: How much of a text is read.
READ = 20_000
#: Up to this length a text is a cry rather than a story.
SHORT = 80
#: From this chance on the model's ear alone says "perhaps" (chosen on parts a and b of the sets; decision 13).
HEARD = 0.5
#: How sure the ear must be (`Heard.both`) for certain: beside a sure word that nothing speaks against, beside one in a
#: text that also asks, fears or tells of the past, beside a word that only belongs to danger, with no word at all, and
#: at least where something speaks of the past or asks. Chosen by leaving one voice, or a part of the newest set, out of
#: learning at a time, and by sentences of the tests (docs/reading.md).
DOUBTED, AGAINST, BESIDE, ALONE, OVER = 0.35, 0.65, 0.75, 0.8, 0.85
#: How sure it must be of a stretch of a letter: beside a sure word where it speaks of now, where it speaks of now, and
#: anywhere. Of a letter's many stretches one is soon heard wrong, so the last two are high (chosen by leaving one
#: author out, and on real letters, which are only stopped, never learned from).
IN_LETTER = (0.6, 0.95, 0.985)
#: From this chance on what is heard in a stretch of a letter is a line for staff.
HEARD_IN_LETTER = 0.9
#: Where less is heard in a stretch of a letter, what begins inside it is heard again only where it speaks of now.
HUSHED = 0.3
#: How sure it must be of a letter's end, whatever stands in it.
AT_THE_END = 0.9
#: How sure it must be at least of a text longer than `STRETCH`, which is heard more than once.
LONGER = 0.72
#: So long a stretch of a letter, in characters, and of so many sentences, is heard at a time.
STRETCH, SENTENCES = 100, 3
#: A stretch shorter than so many characters is not heard by itself.
ENOUGH = 12
#: What is heard in a stretch of a text too short for a letter counts with its odds divided by so much beside the text
#: as a whole: of several stretches one is sooner heard wrong (chosen by leaving one author out of learning at a time).
FAINTER = 4.0
_BLANK = "\u25a1"
_SENTENCE = re.compile(r"(?:[^。！？!?\n；;.]|\.(?=\S))+")
#: Words by which a letter about something else comes to what is happening.
_COMES_TO_NOW = re.compile(
    "今早|今晨|昨晚|昨夜|昨天(?:中午|下午|傍晚|夜里)|刚|到现在|这会儿|写到这|写这|写完|收到这封|就在|今天"
    "|tonight|this (?:morning|evening|afternoon|minute)|(?:while|as) i write|since (?:yesterday|last night)|\\bnow\\b"
)
_STOP = re.compile(r"[。！？!?\n；;]")
_HALF = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
# Marks set between the letters of a word to hide it (自.杀, 砍 人) are read through.
_HIDDEN = re.compile(r"(?<=[\u4e00-\u9fff])[*·.\-_~ ](?=[\u4e00-\u9fff])")


@dataclass(frozen=True, slots=True)
class Danger:
    """What the words of a message say about danger.

    `tier`: `CERTAIN`, `PERHAPS` or `NONE`. `kinds`: code words among `KIND_CODES`, in the table's order. `spans`:
    the stretches that spoke,
    sorted, in characters of the given text; only of words, never of what the model heard. `numbers`: which of 110,
    119, 120 answer such
    calls, only when certain or `unread`. `why`: the reason in both languages, for staff.
    """

    tier: str
    kinds: tuple[str, ...]
    spans: tuple[Span, ...]
    numbers: tuple[str, ...]
    why: Why

    @property
    def certain(self) -> bool:
        """Whether the page stops and the desk's steps are blocked until somebody has looked."""
        return self.tier == CERTAIN

    @property
    def unread(self) -> bool:
        """Whether these words, or some of them, are in a language that nothing here reads."""
        return UNREAD in self.kinds

    @property
    def calls(self) -> bool:
        """Whether the page shows whom to call before all else: danger is certain, or nobody could look for it."""
        return self.certain or self.unread


KIND_CODES: tuple[str, ...] = tuple(kind.code for kind in words.KINDS)
_KIND = {kind.code: kind for kind in words.KINDS}


def numbers_of(kinds: Iterable[str]) -> tuple[str, ...]:
    """Return which of 110, 119, 120 answer such calls; all three where no kind is known."""
    found = {number for code in kinds if code in _KIND for number in _KIND[code].numbers}
    return tuple(sorted(found or {"110", "119", "120"}))


@cache
def _weak_patterns() -> tuple[tuple[words.Kind, re.Pattern[str] | None, re.Pattern[str] | None], ...]:
    def build(parts: tuple[str, ...]) -> re.Pattern[str] | None:
        return re.compile("|".join(f"(?:{part})" for part in parts), re.IGNORECASE) if parts else None

    return tuple((kind, build(kind.strong), build(kind.weak)) for kind in words.KINDS)


@cache
def _sure_patterns() -> tuple[tuple[str, tuple[re.Pattern[str], ...]], ...]:
    return tuple((code, tuple(re.compile(part) for part in parts)) for code, parts in sure.CERTAIN)


@dataclass(frozen=True, slots=True)
class _Hit:
    kind: str
    start: int
    end: int
    strong: bool


def _denied(text: str, start: int) -> bool:
    before = text[max(0, start - 12) : start]
    for mark in CLAUSE_END:
        before = before.rsplit(mark, 1)[-1]
    return bool(pattern("negation").search(before)) and not pattern("not_negation").search(before)


def _blanked(plain: str, name: str) -> str:
    return pattern(name).sub(lambda found: _BLANK * len(found.group()), plain)


def _sure_hits(plain: str) -> Iterator[_Hit]:
    """Yield what the words of certain danger say; `strong` is False where it was, is feared a little, or happens
    now and then."""
    masked = _blanked(plain, "other_senses")
    # In a short cry the plain words of danger are enough, where they stand in no other sense and speak of now.
    short = _blanked(masked, "figures") if len(plain) <= SHORT else ""
    sentences = list(_SENTENCE.finditer(masked))
    for number, sentence in enumerate(sentences):
        said = plain[sentence.start() : sentence.end()]
        after = sentences[number + 1] if number + 1 < len(sentences) else None
        following = plain[after.start() : after.end()] if after else ""
        about = _about(said, following[:20])
        if about.nothing:
            continue
        candidates = [
            (kind, found.start(), found.end())
            for kind, patterns in _sure_patterns()
            for words_of in patterns
            for found in words_of.finditer(sentence.group())
        ]
        if short:
            candidates += [
                (kind.code, found.start(), found.end())
                for kind, strong, _ in _weak_patterns()
                if strong is not None and kind.code in sure.SHORT_KINDS
                for found in strong.finditer(short[sentence.start() : sentence.end()])
                if not found.group().isascii() and not pattern("loose").search(found.group())
            ]
        for kind, from_, to in candidates:
            start, end = sentence.start() + from_, sentence.start() + to
            if to <= from_ or _denied(plain, start) or pattern("denied_inside").search(plain[start:end]):
                continue
            if _about_something_else(plain, kind, start, end):
                continue
            if kind != "suicide" and (
                pattern("feared").search(plain[sentence.start() : start])
                or pattern("feared_after").search(plain[end : sentence.end()])
            ):
                continue
            yield _Hit(kind, start, end, about.now(kind))


def _clause(plain: str, start: int, end: int) -> str:
    """Return the clause around a stretch: from mark to mark."""
    first = max((plain.rfind(mark, 0, start) for mark in CLAUSE_END if mark != " "), default=-1) + 1
    # A space parts clauses of Chinese; between Latin words it parts words.
    first = max((space.end() for space in CHINESE_SPACE.finditer(plain, first, start)), default=first)
    ends = [at for mark in CLAUSE_END if mark != " " and (at := plain.find(mark, end)) >= 0]
    return plain[first : min(ends, default=len(plain))]


def _about_something_else(plain: str, kind: str, start: int, end: int) -> bool:
    """Whether the clause only asks, compares, speaks of what belongs to somebody, or tells of years ago."""
    clause = _clause(plain, start, end)
    if pattern("owned").search(plain[start:end]) or pattern("compared").search(plain[end : end + 6]):
        return True
    if pattern("enquiry").search(clause) and not pattern("now_real").search(clause):
        return True
    return kind != "missing" and bool(pattern("long_past").search(clause)) and not pattern("still").search(clause)


@dataclass(frozen=True, slots=True)
class _About:
    """What a sentence says about when: `nothing` to be saved now (a film, a claim, settled, long past), `past`,
    `habit`, `mild`."""

    nothing: bool
    past: bool
    habit: bool
    mild: bool

    def now(self, kind: str) -> bool:
        """Whether danger of a kind in such a sentence is going on: who is lost, and harm to a child, is not over
        with the day."""
        if self.mild and kind not in {"missing", "suicide"}:
            return False
        if self.past and kind not in {"missing", "minors"}:
            return False
        return not self.habit or kind in {"suicide", "minors", "missing", "domestic_violence"}


def _about(said: str, following: str) -> _About:
    still = bool(pattern("still").search(said) or pattern("still").search(following))
    unreal = bool(pattern("not_now").search(said)) and not pattern("now_real").search(said)
    settled = bool(pattern("settled").search(said) or pattern("settled").search(following))
    gone = settled or bool(pattern("long_past").search(said))
    return _About(
        nothing=unreal or (gone and not still),
        past=bool(pattern("past").search(said)) and not still,
        habit=bool(pattern("habit").search(said)) and not still,
        mild=bool(pattern("mild").search(said)),
    )


def _weak_hits(plain: str, *, strong_alone: bool = False) -> Iterator[_Hit]:
    masked = _blanked(plain, "figures")
    for sentence in re.finditer(r"[^。！？!?\n；;]+", masked):
        said = plain[sentence.start() : sentence.end()]
        if pattern("unreal").search(said) and not pattern("real").search(said):
            continue
        for kind, strong, weak in _weak_patterns():
            for words_of, is_strong in ((strong, True), (weak, False)):
                if words_of is None or (strong_alone and not is_strong):
                    continue
                for found in words_of.finditer(sentence.group()):
                    start = sentence.start() + found.start()
                    if found.group() and not _denied(plain, start):
                        yield _Hit(kind.code, start, sentence.start() + found.end(), is_strong)


@cache
def _misspelt() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(slip), meant) for slip, meant in MISSPELT.items())


def plain_of(text: str) -> str:
    """Return a text as the patterns and the model read it: half width, simplified, small letters, slips that sound
    alike as what is meant; of the same length, so that offsets stay true."""
    plain = simplify(text.translate(_HALF))
    low = plain.lower()
    plain = low if len(low) == len(plain) else plain
    for slip, meant in _misspelt():
        plain = slip.sub(meant, plain)
    return plain


def look(text: str, *, model: DangerModel | None = None, by_ear: bool = True) -> Danger:
    """Say whether a message speaks of danger, in which tier, of which kind, with the words that said so.

    Any string is allowed, empty ones and 100 kB of anything included; the spans' offsets count characters of `text`
    as given. Short texts are also heard by a small model (`model`, by default the shipped one;
    `by_ear=False` leaves it out), which may say *perhaps*; surely, and
    beside a word that belongs to danger, or very surely, it says *certain*, and where it hears next to nothing of
    danger the words alone say *perhaps*. Words denied ("没有人受伤"), feared ("怕着火"),
    past, asked about, or said of films and drills are no certain danger. Kinds follow publicly listed call types of
    110, 119 and 120; harm to minors must be reported at once (未成年人保护法 art. 11).

    >>> look("楼下有人拿刀追着人砍").tier
    'certain'
    >>> look("今天热死了，老板跳楼价甩卖").tier
    'none'
    """
    plain = plain_of(text[:READ])
    hits = list(_sure_hits(plain))
    certain, spoken = [hit for hit in hits if hit.strong], plain
    if not certain and (bare := _HIDDEN.sub("", plain)) != plain and _mostly_chinese(plain):
        # The hidden word's place is lost with the marks: the whole text is shown.
        certain = [_Hit(hit.kind, 0, len(text), True) for hit in _sure_hits(bare) if hit.strong]
        spoken = bare if certain else spoken
    at_hand = certain
    if len(text) > LETTER:
        at_hand = [hit for hit in certain if _at_hand(plain, hit)]
        certain = [hit for hit in at_hand if not by_ear or _heard_around(plain, hit, model)]
    heard = _heard(spoken, model) if by_ear and len(text) <= LETTER else None
    if certain and (
        heard is None or heard.both >= _needed(plain, DOUBTED if _nothing_against(plain, hits) else AGAINST)
    ):
        return _said(CERTAIN, text, certain)
    faint = at_hand or [hit for hit in hits if not hit.strong] or _faint(plain)
    if heard is not None and not certain and (word := _outweighs(heard, plain, hits, model)) is not None:
        return _said(CERTAIN, text, [word]) if word.end else _by_ear(heard, CERTAIN)
    if len(text) > LETTER and not certain and (at_the_end := _end_of(text, model, by_ear)) is not None:
        return at_the_end
    inside = _in_the_middle(plain, text, model) if by_ear and len(text) > LETTER and not certain else None
    if inside is not None and inside.certain:
        return inside
    if faint:
        return _said(PERHAPS, text, faint)
    if inside is not None:
        return inside
    if heard is not None and heard.chance >= HEARD:
        return _by_ear(heard)
    return Danger(
        NONE,
        (),
        (),
        (),
        Why("没有发现危险的词句（不等于没有危险）", "no words of danger found (which is not the same as safe)"),
    )


def heed(text: str) -> Danger:
    """Say what `look` says, and of words in a language that it does not read that they are `unread`: *perhaps*, with
    all three numbers, for a person to read. Of certain danger it stays certain; what the ear only guessed of a language
    it does not know is not said.

    >>> heed("ساعدوني، زوجي يضربني").kinds
    ('unread',)
    """
    found = look(text)
    if found.certain or not unread(text[:READ]):
        return found
    why = Why(
        "有的话是程序读不懂的语言，没有查过有没有危险。请找懂的人尽快读一遍。",
        "Some of the words are in a language the program does not read: it has not looked for danger in them. Please "
        "have somebody read them soon.",
    )
    if found.spans:
        why = Why(f"{found.why.zh}{why.zh}", f"{found.why.en} {why.en}")
    return Danger(PERHAPS, (*(found.kinds if found.spans else ()), UNREAD), found.spans, ("110", "119", "120"), why)


def _heard(plain: str, model: DangerModel | None) -> Heard | None:
    # A drill, a film, a test: what the patterns pass over the model must not raise again, nor lower.
    listener = model or shipped()
    if listener is None or _quiet(plain) or not any(char.isalpha() for char in plain):
        return None
    whole = listener.hear(plain)
    if len(plain) <= STRETCH:
        return whole
    parts = [
        listener.hear(plain[start:end]).fainter(FAINTER) for start, end in stretches(plain) if end - start >= ENOUGH
    ]
    return max((whole, *parts), key=lambda heard: heard.both)


def _end_of(text: str, model: DangerModel | None, by_ear: bool) -> Danger | None:
    """Return what the last sentences of a letter say, read as a text of their own, if that is certain: who writes long
    about other things may come to it last."""
    whole = text.rstrip()
    # A mark that only closes the letter ("！！") begins no sentence.
    latest = len(whole) - ENOUGH
    ends = (mark.end() for mark in _STOP.finditer(whole, max(0, len(whole) - END - 1), max(0, latest)))
    start = next(ends, max(0, len(whole) - END))
    heard = _heard(plain_of(whole[start:]), model) if by_ear else None
    if heard is not None and heard.both < AT_THE_END:
        return None
    found = look(whole[start:], model=model, by_ear=by_ear)
    if not found.certain:
        return None
    moved = tuple(replace(span, start=span.start + start, end=span.end + start) for span in found.spans)
    return replace(found, spans=moved)


def stretches(plain: str) -> Iterator[tuple[int, int]]:
    """Yield from where to where a letter is heard piece by piece: up to `SENTENCES` sentences of together at most
    `STRETCH` characters, beginning with each sentence; a longer sentence is cut at its commas."""
    parts: list[tuple[int, int]] = []
    for sentence in _SENTENCE.finditer(plain):
        start, end = sentence.span()
        while end - start > STRETCH:
            cut = max(plain.rfind(mark, start + 20, start + STRETCH) for mark in "，,、 ")
            cut = start + STRETCH if cut < 0 else cut
            parts.append((start, cut))
            start = cut
        if plain[start:end].strip():
            parts.append((start, end))
    for first, (start, alone) in enumerate(parts):
        last = max(end for _, end in parts[first : first + SENTENCES] if end - start <= STRETCH)
        yield start, last
        if last > alone and alone - start >= STRETCH // 3:
            yield start, alone


def _in_the_middle(plain: str, text: str, model: DangerModel | None) -> Danger | None:
    """Return what the ear hears in a stretch of a letter that comes to what is happening, if it is sure enough of it:
    who writes long about other things may come to it anywhere. Of two stretches the one it hears better speaks."""
    best: Heard | None = None
    hushed = 0
    by_word, by_now, anywhere = IN_LETTER
    for start, end in stretches(plain):
        said = plain[start:end]
        speaks_of_now = bool(_COMES_TO_NOW.search(said) or pattern("at_once").search(said))
        if len(said) < ENOUGH:
            continue
        if not speaks_of_now and (start < hushed or not pattern("matters").search(said)):
            continue
        heard = _heard(said, model)
        if heard is None:
            continue
        if best is None or heard.both > best.both:
            best = heard
        if heard.both < HUSHED:
            hushed = max(hushed, end)
        if heard.both < by_word:
            continue
        hits = list(_sure_hits(said))
        sure_words = [replace(hit, start=hit.start + start, end=hit.end + start) for hit in hits if hit.strong]
        needed = anywhere
        if speaks_of_now and _nothing_against(said, hits):
            needed = by_word if sure_words else by_now
        if heard.both < needed:
            continue
        if sure_words:
            return _said(CERTAIN, text, sure_words)
        word = pattern("matters").search(_blanked(said, "other_senses"))
        if word:
            return _said(CERTAIN, text, [_Hit(heard.kind, start + word.start(), start + word.end(), True)])
        return _by_ear(heard, CERTAIN)
    return _by_ear(best) if best is not None and best.both >= HEARD_IN_LETTER else None


def _outweighs(heard: Heard, plain: str, hits: list[_Hit], model: DangerModel | None) -> _Hit | None:
    """Whether what is heard is certain where no sure word stands: return the word of danger to show, an empty stretch
    where there is none, or None."""
    masked = _blanked(plain, "other_senses")
    word = pattern("matters").search(masked)
    needed = BESIDE if word else ALONE
    if not _nothing_against(plain, hits):
        needed = max(needed, OVER)
    sure_of_it = heard.both >= _needed(plain, needed)
    if sure_of_it and word is None and masked != plain:
        # Where the only word of danger stands in another sense, the rest must sound of danger without it.
        rest = _heard(masked, model)
        sure_of_it = rest is not None and rest.both >= HEARD
    return _Hit(heard.kind, *(word.span() if word else (0, 0)), True) if sure_of_it else None


def _needed(plain: str, least: float) -> float:
    return max(least, LONGER) if len(plain) > STRETCH else least


def _nothing_against(plain: str, hits: list[_Hit]) -> bool:
    """Whether nothing in the text says that it is past, asked, feared or settled."""
    if any(not hit.strong for hit in hits) or pattern("calm").search(plain) or pattern("long_past").search(plain):
        return False
    return bool(pattern("now_real").search(plain)) or not any(
        pattern(name).search(plain) for name in ("enquiry", "past", "habit", "mild", "settled", "not_now")
    )


def _at_hand(plain: str, hit: _Hit) -> bool:
    """In a long letter a word of danger is certain only beside words of now, or where it threatens the writer's own
    life."""
    return hit.kind == "suicide" or bool(pattern("at_once").search(plain[max(0, hit.start - 40) : hit.end + 40]))


def _heard_around(plain: str, hit: _Hit, model: DangerModel | None) -> bool:
    """Whether the ear hears danger in a stretch of a letter around a sure word; where there is no
    model the word stands."""
    listener = model or shipped()
    if listener is None:
        return True
    around = [(start, end) for start, end in stretches(plain) if start <= hit.start < end]
    return not around or any(listener.hear(plain[start:end]).both >= IN_LETTER[0] for start, end in around)


def _faint(plain: str) -> list[_Hit]:
    """Return the weaker words of danger that are worth a line to staff: strong ones, or weak ones beside a word of
    now or of another kind."""
    hits = list(_weak_hits(plain, strong_alone=len(plain) > LETTER))
    strong = [hit for hit in hits if hit.strong]
    if len(plain) > LETTER:
        return [
            hit
            for hit in strong
            if hit.kind == "suicide" or pattern("at_once").search(plain[max(0, hit.start - 40) : hit.end + 40])
        ]
    if strong:
        return strong
    kinds = {hit.kind for hit in hits}
    return hits if len(kinds) > 1 else []


def _said(tier: str, text: str, hits: list[_Hit]) -> Danger:
    named = {hit.kind for hit in hits}
    kinds = [kind for kind in words.KINDS if kind.code in named]
    spans = tuple(
        sorted(
            {Span(hit.start, hit.end, text[hit.start : hit.end], hit.kind) for hit in hits},
            key=lambda span: (span.start, span.end, span.kind),
        )
    )
    quoted = _quoted(text, spans)
    zh, en = "、".join(f"“{word}”" for word in quoted), ", ".join(f"“{word}”" for word in quoted)
    reason_zh, reason_en = "；".join(k.why.zh for k in kinds), "; ".join(k.why.en for k in kinds)
    if tier == CERTAIN:
        numbers = tuple(sorted({number for kind in kinds for number in kind.numbers}))
        why = Why(f"{reason_zh}：{zh}。", f"{reason_en}: {en}.")
        return Danger(tier, tuple(k.code for k in kinds), spans, numbers, why)
    why = Why(f"提到{zh}，不一定正在发生，请问一句。", f"Mentions {en}; it need not be happening now. Please ask.")
    return Danger(tier, tuple(k.code for k in kinds), spans, (), why)


def _quoted(text: str, spans: Sequence[Span]) -> list[str]:
    """Return the words that spoke, what overlaps as one quotation, nothing twice."""
    runs: list[tuple[int, int]] = []
    for span in spans:
        if runs and span.start < runs[-1][1]:
            runs[-1] = (runs[-1][0], max(runs[-1][1], span.end))
        else:
            runs.append((span.start, span.end))
    return list(dict.fromkeys(_short(text[start:end]) for start, end in runs))[:6]


def _by_ear(heard: Heard, tier: str = PERHAPS) -> Danger:
    kind = _KIND[heard.kind]
    if tier == CERTAIN:
        why = Why(
            f"整句话听起来像是{kind.why.zh}，但没有哪个词单独这样说。",
            f"The message as a whole sounds like {kind.why.en}; no single word says so.",
        )
        return Danger(CERTAIN, (kind.code,), (), tuple(sorted(kind.numbers)), why)
    why = Why(
        f"听起来可能{kind.why.zh}，没有明说，请问一句。",
        f"It may be that {kind.why.en}; it is not said outright. Please ask.",
    )
    return Danger(PERHAPS, (kind.code,), (), (), why)


def _mostly_chinese(plain: str) -> bool:
    """Whether most letters are Chinese."""
    letters = [char for char in plain if char.isalpha()]
    return bool(letters) and 2 * sum("\u4e00" <= char <= "\u9fff" for char in letters) > len(letters)


def _quiet(plain: str) -> bool:
    # A drill, a film, a test: what the patterns pass over the model must not raise again.
    return bool(pattern("unreal").search(plain)) and not pattern("real").search(plain)


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 40 else f"{text[:39]}…"
