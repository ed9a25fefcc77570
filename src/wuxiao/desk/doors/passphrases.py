"""Passphrases judged: how many guesses one costs somebody who knows the town, its offices and how people here type.

A kept library (zxcvbn) knows English, keyboards, dates and repeats, but no pinyin and nothing of the town. So what a
stranger would try first is taken out before: names of the town, its units and places, the person's own name, sayings,
years, each in characters, in pinyin, in initials; each costs a hundred guesses. The rest is counted piece by piece.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from wuxiao.desk.doors.passphrase_words import LATIN, PHRASES
from wuxiao.rules.book_model import Book
from wuxiao.rules.words import Text

#: Ten thousand million guesses, as a power of ten.
ENOUGH = 10.0
LENGTH = 10
#: What one known word, one syllable and one character add, as powers of ten.
KNOWN, SYLLABLE, CHARACTER, SIGN = 2.0, 2.0, 2.0, 0.5

HOW = Text(
    "把四个互不相干的词连起来最好记，也最难猜，中文、拼音、数字都可以；不要用单位、地名、姓名、年份和常说的话",
    "Four words that have nothing to do with one another are easy to keep and hard to guess; leave out offices, "
    "places, names, years and sayings",
)
_HAN = r"\u3400-\u9fff\U00020000-\U0003ffff"
_PIECES = re.compile(rf"[a-z]+|[0-9]+|[{_HAN}]+|[^a-z0-9{_HAN}]+")
_YEAR = re.compile(r"(?:19[4-9]|20[0-4])\d(?:(?:0?[1-9]|1[0-2])(?:0?[1-9]|[12]\d|3[01]))?")
_TAIL = re.compile(
    r"(?:自治县|管理局|监督管理局|管理委员会|委员会|办事处|派出所|街道|社区|[省市县区镇乡村局办所队中心站院委])$"
)
_LEET = str.maketrans({"@": "a", "4": "a", "0": "o", "1": "i", "!": "i", "$": "s", "5": "s", "3": "e", "7": "t"})
_BEGINS = "b p m f d t n l g k h j q x zh ch sh r z c s y w"
_ENDS = "a o e i u v ai ei ao ou an en ang eng ong er ia ie iao iu ian in iang ing iong ua uo uai ui uan un uang ue ve"


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many guesses a passphrase costs (power of ten), and what is wrong with it, if anything."""

    guesses: float
    trouble: Text | None


def plain(text: str) -> str:
    """Return a text as it is judged: one width, small letters."""
    return unicodedata.normalize("NFKC", text).lower()


@lru_cache(maxsize=1)
def _syllables() -> frozenset[str]:
    made = {i + f for i in (*_BEGINS.split(), "") for f in _ENDS.split()}
    return frozenset(s for s in made if s not in {"i", "u", "v", "ue", "ve"})


def syllables_of(word: str) -> int:
    """Return of how many syllables of pinyin a run of letters is made, 0 if it is not."""
    best: list[int | None] = [0] + [None] * len(word)
    for end in range(1, len(word) + 1):
        for start in range(max(0, end - 6), end):
            before = best[start]
            if before is not None and word[start:end] in _syllables():
                now = best[end]
                best[end] = before + 1 if now is None else min(now, before + 1)
    return best[len(word)] or 0


def _forms(name: str) -> set[str]:
    """A name as people type it: whole and without its common ending; in characters, in pinyin, by initials."""
    from pypinyin import lazy_pinyin

    name = re.sub(r"[\s（）()·、-]", "", plain(name))
    found = set()
    for form in {name, _TAIL.sub("", name)}:
        if not re.search(f"[{_HAN}]", form):
            found.add(form)
            continue
        spelled = [s for s in lazy_pinyin(form, errors="ignore") if s]
        found |= {form, "".join(spelled), "".join(s[0] for s in spelled)}
    return {f for f in found if len(f) >= (2 if re.search(f"[{_HAN}]", f) else 3)}


@lru_cache(maxsize=1)
def _common() -> tuple[frozenset[str], frozenset[str]]:
    """The phrases in all forms, and Django's list of common passwords."""
    from django.contrib.auth.password_validation import CommonPasswordValidator

    words = {form for phrase in PHRASES for form in _forms(phrase) if len(form) > 3 or not form.isascii()}
    return frozenset(words | set(LATIN)), frozenset(CommonPasswordValidator().passwords)


@lru_cache(maxsize=4)
def _of_book(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(form for name in names for form in _forms(name))


def words_of(book: Book) -> frozenset[str]:
    """Return the words of a town that protect nothing: its name, its units and places, in every form people type."""
    texts = [book.town.name, *(u.name for u in book.units.values()), *(d.name for d in book.divisions.values())]
    names = {name for text in texts for name in (text.zh, *re.findall(r"[A-Za-z]{4,}", text.en))}
    return _of_book(tuple(sorted(names)))


def words_of_person(*names: str) -> frozenset[str]:
    """Return a person's own names in every form: account, name, number, mail address."""
    parts = {part for name in names for part in (name, *re.split(r"[\s.@_-]+", name)) if part}
    return frozenset(form for part in parts for form in _forms(part))


def _take_out(text: str, known: Sequence[str]) -> tuple[str, list[str]]:
    found = []
    for word in known:
        if word in text:
            found.append(word)
            # What stood on its two sides must not become a new word.
            text = text.replace(word, "\x00")
    return text, found


def _log_guesses(text: str) -> float:
    from zxcvbn_rs_py import zxcvbn

    return float(zxcvbn(text[:72], []).guesses_log10)


def _piece(piece: str) -> float:
    if "\x00" in piece:
        piece = piece.replace("\x00", "")
    if not piece:
        return 0.0
    if piece[0].isascii() and piece[0].isalpha():
        return min(_log_guesses(piece), SYLLABLE * (syllables_of(piece) or len(piece)))
    if piece[0].isascii() and piece[0].isdigit():
        return min(_log_guesses(piece), float(len(piece)))
    if re.match(f"[{_HAN}]", piece):
        return CHARACTER * len(set(piece))
    return SIGN * len(set(piece))


def _guesses(text: str, known: Sequence[str]) -> tuple[float, list[str]]:
    years = _YEAR.findall(text)
    rest, found = _take_out(_YEAR.sub("\x00", text), known)
    pieces = _PIECES.findall(rest)
    if not found and not years and not any(len(p) > 3 and p.isascii() and syllables_of(p) for p in pieces):
        # Nothing a stranger would try first: drawn characters are not counted by halves.
        return max(_log_guesses(text), sum(_piece(p) for p in set(pieces))), []
    total = KNOWN * len(set(found)) + KNOWN * bool(years)
    seen: set[str] = set()
    for piece in pieces:
        if piece not in seen:
            seen.add(piece)
            total += _piece(piece)
    return total, found


def judge(new: str, book: Book, own: Iterable[str] = ()) -> Verdict:
    """Return whether a passphrase holds, and if not why and how to make a good one.

    `own` are words of the person (`words_of_person`). A passphrase holds that costs 10^10 guesses by the least of four
    counts: as typed, without signs between, with letters for look-alike digits, and by the library alone.
    """
    text = plain(new)
    size = sum(2 if re.match(f"[{_HAN}]", c) else 1 for c in text.strip())
    phrases, common = _common()
    if size < LENGTH:
        return Verdict(0.0, _said("太短：至少10位，一个汉字算两位", "It is too short: 10 characters or more"))
    squeezed = re.sub(rf"[^a-z0-9{_HAN}]", "", text)
    if text in common or squeezed in common:
        return Verdict(3.0, _said("这是人人都用的常见密码", "It is one of the passwords everybody uses"))
    town, mine = words_of(book), frozenset(own)
    known = sorted(town | mine | phrases, key=lambda w: (-len(w), w))
    found: list[str] = []
    counts = []
    for form in dict.fromkeys((text, squeezed, text.translate(_LEET), squeezed.translate(_LEET))):
        count, words = _guesses(form, known)
        counts.append(count)
        found += words
    characters = len(re.findall(f"[{_HAN}]", text))
    counts.append(_log_guesses(text) + 1.2 * len(set(re.findall(f"[{_HAN}]", text))) * bool(characters))
    least = min(counts)
    if least >= ENOUGH:
        return Verdict(least, None)
    return Verdict(least, _why(text, found, town, mine))


def _said(zh: str, en: str) -> Text:
    return Text(f"{zh}。{HOW.zh}。", f"{en}. {HOW.en}.")


def _why(text: str, found: Sequence[str], town: frozenset[str], mine: frozenset[str]) -> Text:
    for words, zh, en in (
        (mine, "您的姓名、账号、电话或邮箱", "your name, account, number or mail address"),
        (town, "本地或单位的名称", "a name of this place or of an office"),
        (frozenset(found), "常见的词或数字", "a common word or number"),
    ):
        hit = max((w for w in found if w in words), key=len, default="")
        if hit:
            return _said(f"里面的“{hit}”是{zh}，别人会先试这个", f"“{hit}” in it is {en}, which is tried first")
    if _YEAR.search(text):
        return _said("里面有年份或日期，剩下的太好猜", "It holds a year or date, and the rest is easy to guess")
    if len(set(text)) <= len(text) // 2:
        return _said("重复太多，太好猜", "It repeats itself and is easy to guess")
    return _said("太好猜", "It is easy to guess")
