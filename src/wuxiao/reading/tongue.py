"""Can this be read at all? Whatever looks for danger reads Chinese and English, and no other language.

A text of another language in which no danger is found has not been looked at. `unread` says so, by script and by small
words: what it says is no guess about a person and leads to nothing but that somebody reads the words.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from wuxiao.reading.lists.tongue_words import ENGLISH, OTHERS, ROMANISED

#: How much of a text is looked at: a language shows in its first pages.
READ = 20_000
_HAN = re.compile("[\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_LATIN = "a-zA-Z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0250-\u02af\u1e00-\u1eff\u0300-\u036f"
# A word of Latin letters, with its apostrophes; what is joined to digits or stands in an address of the net is a name.
_WORD = re.compile(rf"(?<![\w@./:\-])[{_LATIN}]+(?:['’][{_LATIN}]+)*(?![\w@/:\-]|\.\w)")
# Letters of other scripts, with the vowel signs between them that are no letters of their own.
_SIGNS = "\u0300-\u036f\u064b-\u065f\u0900-\u0fff\u1000-\u109f\u1780-\u17ff"
_FAR = re.compile(rf"[^\W\d_{_LATIN}]+(?:[{_SIGNS}][^\W\d_]*)*")
_ROMANISED = re.compile(rf"(?<![\w@./:\-])(?:{'|'.join(ROMANISED)})(?![\w@/:\-]|\.\w)", re.IGNORECASE)
#: Fewer foreign letters than so many, beside Chinese, are an ornament ("の") or a sign.
FEW = 4
#: A single stretch of a foreign script as long as this is a sentence: Thai, Tibetan, Japanese set no spaces.
LONG = 12
#: So many words of Latin letters of which so few are English are another language.
WORDS, SHARE = 3, 0.25


@lru_cache(maxsize=256)
def unread(text: str) -> bool:
    """Tell whether a text, or a sentence of it, is in a language that the reading of danger does not read.

    Any string is allowed. A foreign word in a Chinese text, a name, an abbreviation, an address of the net, digits and
    marks do not make it one. Short English is English.

    >>> unread("ساعدوني، زوجي يضربني"), unread("Au secours, il va me tuer")
    (True, True)
    >>> unread("楼下那家café太吵"), unread("the lamp is broken"), unread("")
    (False, False, False)
    """
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text[:READ]))
    han = len(_HAN.findall(text))
    return _foreign_script(text, han) or _foreign_words(text, han) or bool(_ROMANISED.search(text))


def _foreign_script(text: str, han: int) -> bool:
    """Whether letters that are neither Chinese nor Latin make up a sentence, or most of what is there."""
    runs = [letters for run in _FAR.findall(_HAN.sub(" ", text)) if (letters := run.strip())]
    count = sum(map(len, runs))
    if not count:
        return False
    latin = sum(map(len, _WORD.findall(text)))
    if 2 * count > han + latin + count:
        return True
    if count < FEW:
        return False
    return max(map(len, runs)) >= LONG or len(runs) > 2 or (len(runs) == 2 and 4 * count >= han + latin + count)


def _foreign_words(text: str, han: int) -> bool:
    """Whether words of Latin letters are of another language than English."""
    found = [word.replace("’", "'") for word in _WORD.findall(text)]
    # Capitals are abbreviations and makes (ATM, LED); a text all in capitals is words.
    shouted = bool(found) and all(word.isupper() for word in found)
    words = [word.lower() for word in found if shouted or len(word) == 1 or not word.isupper()]
    if not words:
        return False
    english = sum(word in ENGLISH for word in words)
    others = sum(word in OTHERS for word in words)
    accented = sum(not word.isascii() for word in words)
    letters = sum(map(len, words))
    if han > letters and len(words) < WORDS:
        return False
    if len(words) < WORDS:
        # One or two words alone: a cry of another language is known by its word, a name is not.
        return bool(others or accented) and not english
    strange = others + accented
    if english >= len(words) * 0.5:
        return _stretch(words)
    if english < len(words) * SHARE and (strange or not english or len(words) >= 2 * WORDS):
        return True
    return (strange >= 2 and strange > english) or _stretch(words)


def _stretch(words: list[str]) -> bool:
    """Whether a sentence's worth of words one after another is of another language, whatever stands beside."""
    width = 6
    return any(
        sum(word in ENGLISH for word in part) <= 1 and sum(word in OTHERS or not word.isascii() for word in part) >= 3
        for part in (words[at : at + width] for at in range(max(0, len(words) - width) + 1))
        if len(part) == width
    )
