"""The diary of a case of any life in plain sentences: those of its table, filled from sealed facts and words.

Staff read all of it with names; whoever holds the code reads what the table calls seen, and no person's name in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wuxiao.desk.case import sentences
from wuxiao.desk.case.sentences import ERASED, Said
from wuxiao.desk.case.subject import Subject
from wuxiao.records.models import Entry
from wuxiao.rules.book_model import Book
from wuxiao.rules.tasks import TASK
from wuxiao.rules.words import Text

_SOMEBODY = Text("{n}名工作人员", "{n} officers")
#: Which fact a place of a sentence is filled from, where it is not the one of its own name.
_FROM = {"due": "due_on", "unit": "to_unit", "who": "who_aside"}


def say(
    entry: Entry, words: Said, of: Subject[Any], book: Book, lang: str, *, people: Mapping[int, str] | None = None
) -> str:
    """Return what one entry says, without a full stop; `people` names staff by id, without it nobody is named."""
    step = of.life.steps.get(entry.verb) or TASK.steps.get(entry.verb)
    if step is None:
        return sentences.say(entry, words, book, lang, for_resident=people is None, people=people)
    text = step.sentence.say(lang)
    filled = text.format_map(
        {name: _fill(name, entry, words, of, book, lang, people) for name in sentences.places(text)}
    )
    filled = filled.rstrip(" :：,，")
    return filled[:1].upper() + filled[1:] if lang.lower().startswith("en") else filled


def _fill(
    name: str,
    entry: Entry,
    words: Said,
    of: Subject[Any],
    book: Book,
    lang: str,
    people: Mapping[int, str] | None,
) -> str:
    if (entry.turn, name) in words:
        text = words[entry.turn, name]
        return ERASED.say(lang) if text is None else text.strip().rstrip("。.；;，,")
    value = entry.facts.get(_FROM.get(name, name), entry.facts.get(name))
    codes = of.pages.values.get(name, {}) if of.pages is not None else {}
    match value:
        case [str(), *_] if set(value) <= codes.keys():
            return sentences.joined([codes[code].say(lang) for code in value], lang)
        case [str(), *_]:
            return sentences.joined([sentences.unit_name(book, code, lang) for code in value], lang)
        case list():
            return _persons(value, people, lang)
        case dict():
            return sentences.joined([_outcome(key, code, codes, lang) for key, code in value.items()], lang)
        case None if "" in codes:
            # The table says what it means that nothing is said.
            return codes[""].say(lang)
        case None if name == "who":
            return sentences.who(entry, book, lang, people=people)
        case None:
            return "—"
    if value in codes:
        return codes[value].say(lang)
    if name == "unit":
        return sentences.unit_name(book, str(value), lang)
    return sentences.plain(value, lang)


def _persons(ids: list[Any], people: Mapping[int, str] | None, lang: str) -> str:
    if people is None:
        return _SOMEBODY.fill(n=len(ids)).say(lang)
    return sentences.joined([people.get(pk, str(pk)) for pk in ids], lang) if ids else "—"


def _outcome(key: str, code: str, codes: Mapping[str, Text], lang: str) -> str:
    said = codes[code].say(lang) if code in codes else code
    return f"第{key}项{said}" if not lang.lower().startswith("en") else f"no. {key} {said}"
