"""The lists an inspection is filled by: question sets as data, each item with its law and whose duty it is."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from wuxiao.rules.questions.form import OURS, Choice, ChoiceList, Kind, Question, QuestionSet, said
from wuxiao.rules.words import Text
from wuxiao.subjects.inspection.words import ANSWERS


@dataclass(frozen=True, slots=True)
class Item:
    """One question of a list. `duty`: the fire body's or the police's; found wrong, a `grave` one is reported."""

    code: str
    words: Text
    duty: str
    law: Text
    grave: bool


@dataclass(frozen=True, slots=True)
class Checklist:
    """A list: its words, the kinds of places it is for, its items; `digest` names this version of it."""

    code: str
    name: Text
    kinds: frozenset[str]
    items: tuple[Item, ...]
    form: QuestionSet
    digest: str

    def item(self, code: str) -> Item | None:
        """Return an item by its code; `None` for what the list does not ask."""
        return next((one for one in self.items if one.code == code), None)


@lru_cache(maxsize=1)
def checklists() -> Mapping[str, Checklist]:
    """Return every list by its code."""
    text = (files("wuxiao.subjects.inspection") / "checklists.toml").read_text(encoding="utf-8")
    return {code: _read(code, raw) for code, raw in tomllib.loads(text).items()}


def of_kind(kind: str) -> tuple[Checklist, ...]:
    """Return the lists for places of a kind, in the order of the file."""
    return tuple(one for one in checklists().values() if kind in one.kinds)


def _read(code: str, raw: Mapping[str, object]) -> Checklist:
    rows = raw["items"]
    assert isinstance(rows, list)
    items = tuple(
        Item(
            row["code"], Text(row["zh"], row["en"]), row["duty"], Text(row["law_zh"], row["law_en"]),
            row.get("grave", False),
        )
        for row in rows
    )  # fmt: skip
    name = Text(str(raw["zh"]), str(raw["en"]))
    kinds = raw["kinds"]
    assert isinstance(kinds, list)
    form = _form(code, name, items)
    return Checklist(code, name, frozenset(kinds), items, form, form.digest)


def _form(code: str, name: Text, items: tuple[Item, ...]) -> QuestionSet:
    choices = tuple(Choice(value, said(zh=text.zh, en=text.en)) for value, text in ANSWERS.items())
    return QuestionSet(
        name=code,
        version="1",
        title=said(zh=name.zh, en=name.en),
        languages=tuple(OURS.values()),
        default_language=OURS["zh"],
        items=tuple(
            Question(
                one.code, Kind.ONE, said(zh=one.words.zh, en=one.words.en), required="true()", choices="answers",
                hint=said(zh=one.law.zh, en=one.law.en),
            )
            for one in items
        ),
        lists=(ChoiceList("answers", choices),),
    )  # fmt: skip
