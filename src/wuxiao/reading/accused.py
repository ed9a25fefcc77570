"""Whom a text speaks of: a body, an official, somebody at a counter. It only says what a question begins with.

Whoever writes about one is asked about secrecy in any case; what is found here is the answer that stands there first,
and which body. A word too many costs a click; a word too few costs a frightened person their peace: so the words are
wide, and a text that only asks the way or tells where something stands loses nothing but the name of the body.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wuxiao.reading.accused_words import AGAINST, ASKED, ASKS_THE_WAY, AT_WORK, BODIES, FEARED, OTHERS
from wuxiao.reading.tokens import simplify

_BODY = {code: re.compile(pattern) for code, pattern in BODIES.items()}
_OTHER = re.compile(f"{OTHERS}|{ASKED}")
_WAY = re.compile(ASKS_THE_WAY)
_HARD = re.compile(f"{AGAINST}|{ASKED}")
_AT_WORK = re.compile(AT_WORK)
_FEARED = re.compile(FEARED)
_BLANKS = re.compile(r"(?<=[\u4e00-\u9fff])[^\S\n]+(?=[\u4e00-\u9fff])")
_WIDE = {0xFF01 + n: chr(0x21 + n) for n in range(94)} | {ord("’"): "'", 0x3000: " "}


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a text names: whether anybody with power at all, the units by name, the body without one."""

    somebody: bool = False
    units: tuple[str, ...] = ()
    body: str = ""


def spoken_of(words: str, units: Mapping[str, Sequence[str]] | None = None) -> Spoken:
    """Return whom a text speaks of; `units` gives the names of each unit of a town by its code.

    Units and body are left out when the text only asks the way, or says where something stands, and says nothing
    against anybody. Of several units those named first come first; a name that is part of a longer one named is not
    meant by itself. Simplified, traditional and full-width text read alike.

    >>> spoken_of("派出所的民警收我錢").body
    'some_station'
    >>> spoken_of("路灯坏了").somebody
    False
    """
    text = _plain(words)
    found = _named(text, units or {})
    bodies = sorted((hit.start(), code) for code, pattern in _BODY.items() if (hit := pattern.search(text)))
    somebody = bool(found or bodies or _OTHER.search(text))
    if not somebody or (_WAY.search(text) and not _HARD.search(text)):
        return Spoken(somebody)
    return Spoken(True, found, "" if found or not bodies else bodies[0][1])


def accused_later(words: str, units: Mapping[str, Sequence[str]] | None = None) -> Spoken | None:
    """Return against whom words speak that are written while somebody is at work on the matter; None: against nobody.

    Whoever says then that "the office came once and nothing was done" accuses nobody; whoever writes that "they" took
    money or threatened her does, and names no one: then no unit and no body stand in the answer.

    >>> accused_later("城管来看过一次，垃圾还在") is None
    True
    >>> accused_later("他们收了老板的钱，还威胁我")
    Spoken(somebody=True, units=(), body='')
    """
    text = _plain(words)
    spoken = spoken_of(words, units)
    if spoken.somebody and (_HARD.search(text) or _FEARED.search(text)):
        return spoken
    return Spoken(True) if _AT_WORK.search(text) and _FEARED.search(text) else None


def _plain(words: str) -> str:
    # People and their telephones put blanks between characters that belong together.
    return _BLANKS.sub("", simplify(words.translate(_WIDE)).lower())


_CALLED: tuple[tuple[str, str], ...] = (
    (r"^县(?=.{3})", ""),
    (r"(社区)?居民委员会$", r"\1居委会"),
    (r"村?村民委员会$", "村委会"),
    (r"村?村民委员会$", "村村委会"),
    (r"街道办事处$", "街道办"),
    (r"(乡|镇)人民政府$", r"\1政府"),
    (r"人民政府办公室$", "政府办"),
    (r"^县人力资源和社会保障局$", "人社局"),
    (r"^县住房和城乡建设局$", "住建局"),
    (r"^县市场监督管理局$", "市场监管局"),
    (r"^县城市管理局$", "城管局"),
    (r"^县卫生健康局$", "卫健局"),
    (r"^县医疗保障局$", "医保局"),
    (r"^县生态环境局$", "环保局"),
)


def also_called(name: str) -> tuple[str, ...]:
    """Return a unit's name and the shorter ones people use for it.

    >>> also_called("柳溪镇人民政府")
    ('柳溪镇人民政府', '柳溪镇政府')
    >>> also_called("上堰村民委员会")
    ('上堰村民委员会', '上堰村委会', '上堰村村委会')
    """
    return tuple(dict.fromkeys([name, *(re.sub(pattern, short, name) for pattern, short in _CALLED)]))


def _named(text: str, units: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    names = sorted(
        ((simplify(name.translate(_WIDE)).lower(), code) for code, known in units.items() for name in known),
        key=lambda pair: -len(pair[0]),
    )
    hits: dict[str, int] = {}
    for name, code in names:
        at = text.find(name) if len(name) > 1 else -1
        if at >= 0:
            # What was found is struck out, so that a shorter name inside it is not found as well.
            text = text.replace(name, "\0" * len(name))
            hits[code] = min(at, hits.get(code, at))
    return tuple(sorted(hits, key=lambda code: hits[code]))
