"""A question set written as an XLSForm workbook: other programs read it, and `read` brings back the same set.

Every text is a text cell, never a formula. Each column that speaks is written in all languages of the set, for a
language that lacks a column is what converters warn of.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from wuxiao.desk.base.archive import fixed
from wuxiao.feeds.forms.words import MEDIA, TITLE_IN
from wuxiao.rules.questions.faults import faults
from wuxiao.rules.questions.form import LISTED, Group, Item, Question, QuestionSet, Said
from wuxiao.typed.cells import workbook_text

#: What a cell of a workbook can hold.
MOST_LETTERS = 32_767
_PLAIN = {
    "required": "required",
    "relevant": "relevant",
    "constraint": "constraint",
    "calculation": "calculation",
    "trigger": "trigger",
    "default": "default",
    "readonly": "readonly",
    "choice_filter": "choice_filter",
    "appearance": "appearance",
    "count": "repeat_count",
}
_SPOKEN = {
    "label": "label",
    "hint": "hint",
    "guidance": "guidance_hint",
    "required_message": "required_message",
    "constraint_message": "constraint_message",
}
#: The order of the columns, for people: what is asked first, then when and how.
_ORDER = (
    *("type", "name", "label", "hint", "guidance_hint", "required", "required_message", "relevant", "constraint"),
    *("constraint_message", "calculation", "trigger", "default", "readonly", "choice_filter", "repeat_count"),
    *("appearance", "parameters", *MEDIA),
)
_CHOICE_ORDER = ("list_name", "name", "label", *MEDIA)
_Line = dict[str, str | Said]


def as_xlsx(form: QuestionSet) -> bytes:
    """Return the workbook of a set; raises `ValueError` for a text that no cell or no column of it can hold."""
    if strange := [one for one in faults(form) if one.code == "language"]:
        raise ValueError(strange[0].text.en)
    book = openpyxl.Workbook(write_only=True)
    _sheet(book, "survey", form, list(_lines(form.items)), _ORDER)
    if form.lists:
        _sheet(book, "choices", form, list(_choices(form)), _CHOICE_ORDER)
    _sheet(book, "settings", form, [_settings(form)], ("form_title", "form_id", "version", "default_language"))
    stream = io.BytesIO()
    book.save(stream)
    return fixed(stream.getvalue())


def _lines(items: Iterable[Item]) -> Iterator[_Line]:
    for item in items:
        line: _Line = {"name": item.name}
        for attribute, column in _PLAIN.items():
            if value := getattr(item, attribute, ""):
                # `yes` is what people write; it reads back as the truth it is.
                line[column] = "yes" if value == "true()" and column in ("required", "readonly") else value
        for attribute, column in _SPOKEN.items():
            if words := getattr(item, attribute, None):
                line[column] = words
        line.update(dict(item.media))
        if isinstance(item, Group):
            kind = "repeat" if item.repeat else "group"
            yield {"type": f"begin_{kind}", **line}
            yield from _lines(item.items)
            yield {"type": f"end_{kind}"}
        else:
            if item.parameters:
                line["parameters"] = " ".join(f"{name}={value}" for name, value in item.parameters)
            yield {"type": _type(item), **line}


def _type(item: Question) -> str:
    return f"{item.kind.value} {item.choices}" if item.kind in LISTED else item.kind.value


def _choices(form: QuestionSet) -> Iterator[_Line]:
    for group in form.lists:
        for choice in group.choices:
            line: _Line = {"list_name": group.name, "name": choice.name, **dict(choice.columns), **dict(choice.media)}
            if choice.label:
                line["label"] = choice.label
            yield line


def _settings(form: QuestionSet) -> _Line:
    line: _Line = {"form_id": form.name}
    title = dict(form.title.by)
    # Other programs know one title; the others stand beside it under their languages.
    own = form.default_language if form.default_language in title else next(iter(title), "")
    for language, words in title.items():
        line["form_title" if language == own else f"{TITLE_IN}{language}"] = words
    if form.version:
        line["version"] = form.version
    if form.default_language:
        line["default_language"] = form.default_language
    if form.same_choice_twice:
        line["allow_choice_duplicates"] = "yes"
    return line


def _sheet(book: Any, name: str, form: QuestionSet, lines: list[_Line], order: tuple[str, ...]) -> None:
    used = dict.fromkeys(column for line in lines for column in line)
    # What a sheet must have stands there even where nothing is in it.
    columns = [one for one in order if one in used or one in ("type", "name", "label")]
    columns += [one for one in used if one not in order]
    spoken = {column for line in lines for column, value in line.items() if isinstance(value, Said)} | {"label"}
    headings = [
        (column, language)
        for column in columns
        for language in (form.languages if column in spoken and name != "settings" else ("",))
    ]
    if name == "settings":
        headings = [one for one in headings if one[0] in used]
    rows = [[_words(line, column, language) for column, language in headings] for line in lines]
    # Before the sheet is begun: one that is left half written cannot be closed.
    if long := [text for row in rows for text in row if len(text) > MOST_LETTERS]:
        raise ValueError(
            f"a cell holds at most {MOST_LETTERS} characters; this text has {len(long[0])}: {long[0][:40]}…"
        )
    sheet = book.create_sheet(name)
    sheet.freeze_panes = "A2"
    head = [_cell(sheet, f"{column}::{language}" if language else column) for column, language in headings]
    for cell in head:
        cell.font = Font(bold=True)
    sheet.append(head)
    for row in rows:
        sheet.append([_cell(sheet, text) if text else None for text in row])


def _words(line: Mapping[str, str | Said], column: str, language: str) -> str:
    value = line.get(column, "")
    return dict(value.by).get(language, "") if isinstance(value, Said) else value


def _cell(sheet: Any, text: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value=workbook_text(text))
    # Else a text that begins with `=` would be run.
    cell.data_type = "s"
    return cell
