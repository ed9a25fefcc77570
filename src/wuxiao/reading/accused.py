"""Whom a text speaks of: a body, an official, somebody at a counter. It only says what a question begins with.

Whoever writes about one is asked about secrecy in any case; what is found here is the answer that stands there first,
and which body. To be written about and to be asked for are two things: the answer is "yes" where something is held
against a body, and "no" where it is called, thanked or asked something, for what is hidden from it does not reach it.
Where it is neither, a word too many costs a click, a word too few a frightened person their peace: then it is "yes".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from wuxiao.reading.lists.accused_words import (
    AGAINST,
    ASKED,
    ASKS_THE_WAY,
    AT_WORK,
    BESIDE_PLACE,
    BODIES,
    DONE_TO,
    FEARED,
    HUSHED,
    OTHERS,
    PLACE_BESIDE,
    SENT,
    SENT_HERE,
    SOLD,
)
from wuxiao.reading.lists.asked_words import (
    BOUGHT,
    BY_NAME,
    CALLED,
    COME,
    DOES_HARM,
    GOES_ON,
    HOUSE,
    NOT_DONE,
    QUESTION,
    THANKED,
    THERE,
    WRONG,
)
from wuxiao.reading.tokens import simplify

_BODY = {code: re.compile(pattern) for code, pattern in BODIES.items()}
_OTHER = re.compile(f"{OTHERS}|{ASKED}")
_OTHER_NAMED = re.compile(OTHERS)
_WAY = re.compile(ASKS_THE_WAY)
_HARD = re.compile(f"{AGAINST}|{ASKED}")
_AT_WORK = re.compile(AT_WORK)
_FEARED = re.compile(FEARED)
_SENT = re.compile(SENT)
_SENT_HERE = re.compile(SENT_HERE)
_PRESSED = re.compile(f"{DONE_TO}|{HUSHED}|{SOLD}")
_BESIDE = re.compile(
    f"(?:{'|'.join(BODIES.values())}|{OTHERS}){PLACE_BESIDE}|{BESIDE_PLACE}(?:{'|'.join(BODIES.values())})"
)
_ASKED_FOR = re.compile(f"{CALLED}|{COME}")
_ONLY_TOLD = re.compile(f"{THANKED}|{THERE}|{QUESTION}")
_BOUGHT = re.compile(BOUGHT)
_HOUSE = re.compile(HOUSE)
_NOT_DONE = re.compile(NOT_DONE)
_ASKS = re.compile(f"^(?:请|麻烦|希望|建议|劳驾|谢|感谢)|{THANKED}|{QUESTION}")
_WRONG = re.compile(WRONG)
_WRONG_BY_NAME = re.compile(BY_NAME)
_GOES_ON = re.compile(GOES_ON)
_DOES_HARM = re.compile(DOES_HARM)
_CLAUSE = re.compile(r"[,，、。!！?？;；:：\n]+|(?<=[a-z])\. |(?= but )|(?= because )")
_SENTENCE = re.compile(r"[。！？!?；;\n]+|(?<=[a-z])\. ")
_BLANKS = re.compile(r"(?<=[\u4e00-\u9fff])[^\S\n]+(?=[\u4e00-\u9fff])")
_WIDE = {0xFF01 + n: chr(0x21 + n) for n in range(94)} | {ord("’"): "'", 0x3000: " "}


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a text names: whether anybody with power at all, the units by name, the body without one.

    `against` tells whether something is held against them; who is called, thanked or asked something is not accused.
    """

    somebody: bool = False
    units: tuple[str, ...] = ()
    body: str = ""
    against: bool = False


def spoken_of(words: str, units: Mapping[str, Sequence[str]] | None = None, *, danger: bool = False) -> Spoken:
    """Return whom a text speaks of; `units` gives the names of each unit of a town by its code.

    Where the words tell of certain `danger`, something is held against a body only if it is the one that does the harm.

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
    if not somebody:
        return Spoken()
    against = _held_against(text, units or {}, danger=danger)
    if _WAY.search(text) and not _HARD.search(text) and not against:
        return Spoken(True)
    return Spoken(True, found, "" if found or not bodies else bodies[0][1], against)


def _held_against(text: str, units: Mapping[str, Sequence[str]], *, danger: bool) -> bool:
    """Tell whether a text that names somebody with power holds something against them."""
    marked = _marked(text, units)
    if danger:
        clauses = [one.strip() for one in _CLAUSE.split(marked)]
        if any(_DOES_HARM.search(one) for one in _joined(marked)):
            return True
        if any("@" in one and _ASKED_FOR.search(one) for one in clauses):
            return False
        # Nobody is called: a bribe told of beside a leak of gas is still a bribe.
        return any("@" in one and _kind(one) == "wrong" and _BOUGHT.search(one) for one in clauses)
    if _WRONG_BY_NAME.search(marked):
        return True
    named = benign = False
    for one in _CLAUSE.split(marked):
        clause = one.strip()
        if "@" in clause:
            named, kind = True, _kind(clause)
            if kind == "wrong":
                return True
            benign = benign or kind == "benign"
        elif named and _GOES_ON.search(clause) and _WRONG.search(clause):
            return True
        elif _ASKS.search(clause):
            benign = True
    return not benign and not _only_a_place(text, units)


def _only_a_place(text: str, units: Mapping[str, Sequence[str]]) -> bool:
    """Tell whether a text names nothing but houses where something may simply stand: a school, a hospital."""
    return "@" not in _marked(_HOUSE.sub(" ", text), units)


def _joined(marked: str) -> list[str]:
    """Return the clauses of a text, each with those after it that go on about whoever it names."""
    found: list[str] = []
    for clause in (one.strip() for one in _CLAUSE.split(marked)):
        if found and "@" in found[-1] and "@" not in clause and _GOES_ON.search(clause):
            found[-1] += " " + clause
        else:
            found.append(clause)
    return found


def _kind(clause: str) -> str:
    """Return what a clause that names somebody with power says of them: a wrong, something benign, or neither."""
    _, _, after = clause.partition("@")
    called = _ASKED_FOR.search(clause)
    # Whoever is called is called because of what others do: what stands behind the call is theirs.
    if _WRONG.search(after) and not called:
        return "wrong"
    if called and _NOT_DONE.search(after):
        return "wrong"
    return "benign" if called or _ONLY_TOLD.search(clause) else ""


def _marked(text: str, units: Mapping[str, Sequence[str]]) -> str:
    """Return a text in which whoever has power is written as one sign."""
    names = (simplify(name.translate(_WIDE)).lower() for known in units.values() for name in known if len(name) > 1)
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, "@")
    for pattern in _BODY.values():
        text = pattern.sub("@", text)
    return re.sub(r"@(?:的?@)+", "@", _OTHER_NAMED.sub("@", text))


def accused_later(
    words: str, units: Mapping[str, Sequence[str]] | None = None, *, danger: bool = False
) -> Spoken | None:
    """Return against whom words speak that are written while somebody is at work on the matter; None: against nobody.

    With certain `danger` in the words it is only against whoever does the harm. Whoever says then that "the office
    came once and nothing was done" accuses nobody; whoever writes that "they" took money or threatened her does, and
    names no one: then no unit and no body stand in the answer.

    >>> accused_later("城管来看过一次，垃圾还在") is None
    True
    >>> accused_later("他们收了老板的钱，还威胁我")
    Spoken(somebody=True, units=(), body='', against=True)
    """
    text = _BESIDE.sub(" ", _plain(words))
    spoken = spoken_of(text, units, danger=danger)
    if danger and not spoken.against:
        # Whoever calls for help is not kept from those she calls; it is another matter if they do it who were sent.
        called = any("@" in one and _ASKED_FOR.search(one) for one in _CLAUSE.split(_marked(text, units or {})))
        by_them = _SENT_HERE.search(text) or (not called and _AT_WORK.search(text) and _BOUGHT.search(text))
        return Spoken(True, against=True) if by_them and _FEARED.search(text) else None
    if spoken.somebody and (_HARD.search(text) or _FEARED.search(text) or _pressed(text, units)):
        return replace(spoken, against=True)
    if _AT_WORK.search(text) and _FEARED.search(text):
        return Spoken(True, against=True)
    return (
        Spoken(True, against=True)
        if any(_SENT.search(one) and _PRESSED.search(one) for one in _SENTENCE.split(text))
        else None
    )


def _pressed(text: str, units: Mapping[str, Sequence[str]] | None) -> bool:
    """Tell whether a sentence names somebody with power and says what they did, took, or want her to keep quiet of."""
    return any(_PRESSED.search(one) and spoken_of(one, units).somebody for one in _SENTENCE.split(text))


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
