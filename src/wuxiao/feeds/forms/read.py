"""An XLSForm workbook read into a question set, or into what is wrong with it: sheet, row, column, and how to mend it.

Everything wrong is told at once. What is good XLSForm and not to be had here is named as unsupported; a set with a type
or formula of that kind is not handed out, for a checklist that silently lacks a question is worse than none.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from wuxiao.desk.files.tables import SheetError
from wuxiao.feeds.forms import words
from wuxiao.feeds.forms.book import Book, Row, Sheet
from wuxiao.feeds.forms.found import Found, Read
from wuxiao.feeds.forms.old import open_any
from wuxiao.feeds.forms.words import MEDIA, SPOKEN, Heading, Typed
from wuxiao.rules.questions import formula
from wuxiao.rules.questions.faults import MOST_ITEMS, OF_INSTANCE, Level, faults
from wuxiao.rules.questions.form import (
    Choice,
    ChoiceList,
    Group,
    Item,
    Kind,
    Question,
    QuestionSet,
    Said,
    code_of,
    stands,
)
from wuxiao.rules.words import Text
from wuxiao.typed.plain import flat

_Item = TypeVar("_Item", bound=Item)
_YES = frozenset({"yes", "true", "true()"})
_NO = frozenset({"no", "false", "false()"})
_QUOTES = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"'})
_FORMULAS = frozenset(
    {"required", "relevant", "constraint", "calculation", "readonly", "choice_filter", "repeat_count", "trigger"}
)
_SURVEY = SPOKEN | _FORMULAS | {"type", "name", "default", "appearance", "parameters", "disabled"}
_SETTINGS = frozenset({"form_id", "form_title", "version", "default_language", "allow_choice_duplicates"})
#: What other programs do with a setting and this house does without: nobody misses an answer for it.
_IDLE_SETTINGS = frozenset(
    {"style", "name", "clean_text_values", "instance_name", "xml_root", "omit_instanceid", "flat"}
)
_PAIR = re.compile(r"([^\s=,;]+)\s*=\s*([^\s=,;]+)")
#: Features of these kinds stop a set from being used; others can be done without.
_BLOCKING = frozenset({"type", "formula", "search"})


def read_form(path: Path, name: str = "") -> Read:
    """Read a workbook; never raises for what is in the file. `name` is the set's where the form has none."""
    try:
        book = open_any(path)
    except SheetError as error:
        return Read(None, (Found(Level.ERROR, "", 0, "", "file", error.text),))
    return _Reader(book, name or path.stem).read()


@dataclass(slots=True)
class _Open:
    """A group that has begun and not ended."""

    row: int
    typed: Typed
    given: dict[str, Any]
    items: list[Item] = field(default_factory=list)


class _Cells:
    """One row of a sheet by its columns."""

    def __init__(self, row: Row, headings: Iterable[Heading]) -> None:
        self.number = row.number
        self.plain: dict[str, str] = {}
        self.spoken: dict[str, dict[str, str]] = {}
        for one in headings:
            value = row.cells[one.place] if one.place < len(row.cells) else ""
            if not value:
                continue
            if one.name in SPOKEN:
                self.spoken.setdefault(one.name, {})[one.language] = value
            else:
                self.plain[one.name] = value

    def __bool__(self) -> bool:
        return bool(self.plain or self.spoken)

    def get(self, name: str) -> str:
        return self.plain.get(name, "")


class _Reader:
    def __init__(self, book: Book, name: str) -> None:
        self.book, self.name = book, name
        self.found: list[Found] = []
        self.types: Counter[str] = Counter()
        #: The row of each item, by its identity: items are values, and two may be equal.
        self.rows: dict[int, int] = {}
        self.choice_rows: dict[tuple[str, int], tuple[str, int]] = {}
        self.languages: list[str] = []
        self.settings: dict[str, str] = {}
        self.titles: dict[str, str] = {}
        self.default_language = ""
        self.external: set[str] = set()
        #: The row of the settings and the formula there that names a filled-in form.
        self.instance = (0, "")

    # -- saying ---------------------------------------------------------------------------------------------------

    def _say(
        self, level: Level, sheet: str, row: int, column: str, code: str, zh: str, en: str, feature: str = ""
    ) -> None:
        self.found.append(Found(level, sheet, row, column, code, Text(zh, en), feature))

    def _error(self, sheet: str, row: int, column: str, code: str, zh: str, en: str) -> None:
        self._say(Level.ERROR, sheet, row, column, code, zh, en)

    def _note(self, sheet: str, row: int, column: str, code: str, zh: str, en: str) -> None:
        self._say(Level.NOTE, sheet, row, column, code, zh, en)

    # -- the whole ------------------------------------------------------------------------------------------------

    def read(self) -> Read:
        """Read the sheets in the order in which they need one another."""
        survey = self.book.sheets.get("survey")
        if survey is None:
            self._no_survey()
            return Read(None, tuple(self.found))
        self._settings()
        lines = self._lines(survey, "survey", needs=("type",))
        choice_lines = {name: self._choice_lines(name) for name in ("choices", "external_choices")}
        self._known_language()
        lists = self._lists(choice_lines)
        items = self._items(lines, lists)
        if "entities" in self.book.sheets and len(self.book.sheets["entities"].rows) > 1:
            self._say(
                Level.UNSUPPORTED, "entities", self.book.sheets["entities"].rows[0].number, "", "sheet",
                "本系统不支持实体表（entities），填写不受影响",
                "the entities sheet is not supported here; the form works without",
                "entities",
            )  # fmt: skip
        form = QuestionSet(
            name=self.settings.get("form_id") or self.name,
            version=self.settings.get("version", ""),
            title=self._said(self.titles) if self.titles else Said(),
            languages=tuple(self.languages) or ("",),
            default_language=self.default_language,
            items=tuple(items),
            lists=tuple(ChoiceList(name, tuple(each)) for name, each in lists.items()),
            same_choice_twice=self.settings.get("allow_choice_duplicates", "").lower() in _YES,
        )
        if not any(one.level is Level.ERROR and one.code in ("header", "no_type_column") for one in self.found):
            self._faults(form, survey)
        order = {name: place for place, name in enumerate(("survey", "choices"))}
        found = tuple(sorted(dict.fromkeys(self.found), key=lambda one: (order.get(one.sheet, 9), one.row)))
        stopped = any(
            one.level is Level.ERROR or (one.level is Level.UNSUPPORTED and one.code in _BLOCKING) for one in found
        )
        return Read(None if stopped else form, found, dict(sorted(self.types.items())))

    def _no_survey(self) -> None:
        near = difflib.get_close_matches("survey", [name.strip().lower() for name in self.book.names], 1, 0.7)
        zh = f"；“{near[0]}”是不是写错了" if near else ""
        en = f"; is “{near[0]}” misspelt?" if near else ""
        self._error(
            "survey", 1, "", "no_survey",
            f"没有叫“survey”的工作表，题目要写在里面{zh}",
            f"there is no sheet “survey”: the questions belong on it{en}",
        )  # fmt: skip

    def _faults(self, form: QuestionSet, survey: Sheet) -> None:
        first = survey.rows[0].number if survey.rows else 1
        items = [one.item for one in stands(form)]
        for one in faults(form):
            if one.choice is not None:
                sheet, row = self.choice_rows.get(one.choice, ("choices", 1))
            else:
                sheet, row = "survey", self.rows[id(items[one.item])] if 0 <= one.item < len(items) else first
            self.found.append(Found(one.level, sheet, row, one.column, one.code, one.text, one.feature))
        names = {one.name for one in items} | OF_INSTANCE
        for name in formula.places(self.instance[1]):
            if name not in names:
                self._error(
                    "settings", self.instance[0], "instance_name", "unknown_reference",
                    f"没有叫“{name}”的题目，请核对 ${{{name}}}", f"there is no question “{name}”: check ${{{name}}}",
                )  # fmt: skip

    # -- sheets ---------------------------------------------------------------------------------------------------

    def _lines(self, sheet: Sheet, name: str, needs: tuple[str, ...]) -> list[_Cells]:
        """Return the rows below the headings; says what is wrong with the headings."""
        rows = [row for row in sheet.rows if row]
        if not rows:
            if needs:
                self._error(
                    name, 1, "", "no_type_column" if name == "survey" else "header",
                    f"工作表“{sheet.name}”是空的，第一行要写列名", f"the sheet “{sheet.name}” is empty: its first row "
                    "must name the columns",
                )  # fmt: skip
            return []
        head = rows[0]
        double = any("::" in text for text in head.cells)
        headings = [words.heading(text, name, place, double=double) for place, text in enumerate(head.cells) if text]
        self._headings(name, head.number, headings, needs)
        self._formulas(sheet, name, head.number)
        self._below(sheet, name)
        # Without its columns a sheet says nothing more: one fault, not one for each row.
        told = all(any(one.name == need for one in headings) for need in needs)
        return [_Cells(row, headings) for row in rows[1:]] if told else []

    def _headings(self, sheet: str, row: int, headings: list[Heading], needs: tuple[str, ...]) -> None:
        seen: dict[tuple[str, str], str] = {}
        for one in headings:
            if sheet == "settings" and (one.name, one.language) in seen:
                self._note(
                    sheet, row, one.written, "header_twice",
                    f"“{one.written}”与“{seen[one.name, one.language]}”是同一项，按后一列读",
                    f"“{one.written}” is the same setting as “{seen[one.name, one.language]}”: the later column counts",
                )  # fmt: skip
            elif (one.name, one.language) in seen:
                self._error(
                    sheet, row, one.written, "header_twice",
                    f"“{one.written}”与“{seen[one.name, one.language]}”是同一列，请删掉或改名",
                    f"“{one.written}” is the same column as “{seen[one.name, one.language]}”: rename or remove one",
                )  # fmt: skip
            seen[one.name, one.language] = one.written
            if one.name in SPOKEN and one.name != "form_title" and one.language not in self.languages:
                self.languages.append(one.language)
        for name in needs:
            if not any(one.name == name for one in headings):
                code = "no_type_column" if name == "type" else "header"
                self._error(
                    sheet, row, name, code,
                    f"没有“{name}”这一列，第一行要写列名",
                    f"there is no column “{name}”: the first row must name the columns",
                )  # fmt: skip
        if sheet == "survey":
            for one in headings:
                if one.name not in _SURVEY:
                    self._note(
                        sheet, row, one.written, "column",
                        f"“{one.written}”这一列本系统不用", f"the column “{one.written}” is not used here",
                    )  # fmt: skip

    def _formulas(self, sheet: Sheet, name: str, head: int) -> None:
        for row, column in sorted(sheet.formulas):
            if row >= head:
                self._error(
                    name, row, _letters(column), "cell_formula",
                    "这一格是还没有算出结果的电子表格公式，请填文字；以“=”开头的文字前面加一个撇号",
                    "this cell holds a spreadsheet formula without a result: put text there, with an apostrophe before "
                    "a text that begins with “=”",
                )  # fmt: skip

    def _below(self, sheet: Sheet, name: str) -> None:
        if sheet.left:
            self._note(
                name, sheet.left, "", "far_below",
                "上面空行太多，从这一行起都没有读，请删掉空行",
                "too many empty rows stand above: from this row on nothing was read. Delete the empty rows",
            )  # fmt: skip

    def _settings(self) -> None:
        sheet = self.book.sheets.get("settings")
        if sheet is None:
            return
        lines = [line for line in self._lines(sheet, "settings", needs=()) if line]
        if not lines:
            return
        self.settings = lines[0].plain
        self.titles = lines[0].spoken.get("form_title", {})
        for name in self.settings:
            if name not in _SETTINGS and name not in _IDLE_SETTINGS:
                self._note(
                    "settings", lines[0].number, name, "setting",
                    f"“{name}”这项设置本系统不用", f"the setting “{name}” is not used here",
                )  # fmt: skip
        if (root := self.settings.get("name", "")) and not re.fullmatch(formula.NAME, root):
            self._error(
                "settings", lines[0].number, "name", "bad_name",
                f"名字“{root[:40]}”不合规：要以文字或下划线开头，后面只能有文字、数字、“_”、“-”、“.”",
                f"the name “{root[:40]}” will not do: it begins with a letter or underscore, then letters, digits, "
                "“_”, “-”, “.”",
            )  # fmt: skip
        self.instance = (lines[0].number, lines[0].get("instance_name"))
        if len(lines) > 1:
            self._note(
                "settings", lines[1].number, "", "settings_row",
                "设置只看第一行", "only the first row of settings counts",
            )  # fmt: skip

    def _known_language(self) -> None:
        """Settle which language a column without one speaks: the default of the form, where it names one."""
        default = self.settings.get("default_language", "")
        if default and "" in self.languages:
            self.languages = [default if one == "" else one for one in self.languages if one != default or one == ""]
            self.languages = list(dict.fromkeys(self.languages))
        if default and default not in self.languages and self.languages:
            self._note(
                "settings", 2, "default_language", "language",
                f"没有一列是默认语言“{default}”的", f"no column speaks the default language “{default}”",
            )  # fmt: skip
        self.default_language = default if default in self.languages else ""

    def _said(self, by: dict[str, str]) -> Said:
        default = self.default_language
        made = {language or default: text for language, text in by.items() if language != default or not default}
        made.update({language: text for language, text in by.items() if language})
        order = {language: place for place, language in enumerate(self.languages)}
        return Said(tuple(sorted(made.items(), key=lambda pair: order.get(pair[0], len(order)))))

    def _media(self, line: _Cells) -> tuple[tuple[str, Said], ...]:
        return tuple((name, self._said(line.spoken[name])) for name in MEDIA if name in line.spoken)

    # -- choices --------------------------------------------------------------------------------------------------

    def _choice_lines(self, name: str) -> list[_Cells]:
        sheet = self.book.sheets.get(name)
        if sheet is None or len([row for row in sheet.rows if row]) < 2:
            return []
        lines = self._lines(sheet, name, needs=("name",))
        head = next(row for row in sheet.rows if row)
        column = next(
            (
                place
                for place, text in enumerate(head.cells, 1)
                if words.heading(text, name, 0, double=True).name == "list_name"
            ),
            0,
        )
        if not column:
            # No fault by itself: other programs pass such a sheet over, and whoever asks for a list is told.
            self._note(
                name, head.number, "list_name", "header",
                "没有“list_name”这一列，这些选项没有题目能用到",
                "there is no column “list_name”: no question can use these choices",
            )  # fmt: skip
            return []
        # A name merged over several rows is meant for all of them.
        for first, last in sheet.merged:
            if first[1] == column == last[1]:
                value = next((line.get("list_name") for line in lines if line.number == first[0]), "")
                for line in lines:
                    if value and first[0] < line.number <= last[0] and line:
                        line.plain["list_name"] = value
        return lines

    def _lists(self, found: dict[str, list[_Cells]]) -> dict[str, list[Choice]]:
        made: dict[str, list[Choice]] = {}
        own = {flat(line.get("list_name")) for line in found["choices"]}
        for sheet, lines in found.items():
            for line in lines:
                if not line:
                    continue
                name = " ".join(flat(line.get("list_name")).split())
                if not name:
                    if line.get("name"):
                        self._note(
                            sheet, line.number, "list_name", "no_list_name",
                            "这一行没有 list_name，没有题目会用到它",
                            "this row has no list_name: no question can use it",
                        )  # fmt: skip
                    continue
                if sheet == "external_choices" and name in own:
                    name = f"{name}_external"
                columns = tuple(
                    (column, value) for column, value in line.plain.items() if column not in ("list_name", "name")
                )
                choices = made.setdefault(name, [])
                self.choice_rows[name, len(choices)] = (sheet, line.number)
                label = self._said(line.spoken.get("label", {}))
                choices.append(Choice(line.get("name"), label, columns, self._media(line)))
        self.external = {name for name in made if name.endswith("_external") and name[:-9] in own}
        return made

    # -- questions ------------------------------------------------------------------------------------------------

    def _items(self, lines: list[_Cells], lists: dict[str, list[Choice]]) -> list[Item]:
        top: list[Item] = []
        stack: list[_Open] = []
        for line in lines:
            if not line or line.get("disabled").lower() in _YES:
                continue
            word = line.get("type")
            if not word:
                self._untyped(line)
                continue
            typed = words.typed(word)
            if typed is None:
                self._unknown(line, word)
                # Its name is kept, so that whoever refers to it is not told of a second fault.
                typed = Typed()
            elif typed.feature:
                self._say(
                    Level.UNSUPPORTED, "survey", line.number, "type", "type",
                    f"本系统不支持“{typed.feature}”：{typed.why[0]}", f"“{typed.feature}” is not supported here: "
                    f"{typed.why[1]}",
                    typed.feature,
                )  # fmt: skip
            into = stack[-1].items if stack else top
            if typed.setting:
                self.settings.setdefault(typed.setting, line.get("name"))
            elif typed.control == "begin":
                self.types["loop" if typed.loop else "repeat" if typed.repeat else "group"] += 1
                stack.append(_Open(line.number, typed, self._group(line)))
            elif typed.control == "end":
                self._end(line, typed, stack, top, lists)
            else:
                into.extend(self._question(line, typed, lists))
        for one in stack:
            self._error(
                "survey", one.row, "type", "not_ended",
                f"“{one.given['name']}”这一组没有结束，请在后面加一行 {_end_of(one.typed)}",
                f"the group “{one.given['name']}” is never ended: add a row {_end_of(one.typed)} behind it",
            )  # fmt: skip
        while stack:
            self._close(stack, top, lists)
        return top

    def _close(self, stack: list[_Open], top: list[Item], lists: dict[str, list[Choice]]) -> None:
        one = stack.pop()
        into = stack[-1].items if stack else top
        items = tuple(one.items)
        if one.typed.loop:
            choices = lists.get(one.typed.choices, [])
            size = len(choices) * (1 + sum(_size(item) for item in one.items))
            if size > MOST_ITEMS:
                # Loops within loops multiply: they are counted before they are written out.
                self._error(
                    "survey", one.row, "type", "many",
                    f"这个循环写开有{size}行，最多{MOST_ITEMS}行", f"written out this loop has {size} rows, at most "
                    f"{MOST_ITEMS} are allowed",
                )  # fmt: skip
                choices = choices[:1]
            items = tuple(self._looped(one, choice) for choice in choices)
            if not items:
                self._error(
                    "survey", one.row, "type", "no_list",
                    f"choices 表里没有“{one.typed.choices}”这组选项",
                    f"there are no choices with the list name “{one.typed.choices}” on the choices sheet",
                )  # fmt: skip
        into.append(self._at(one.row, Group(items=items, repeat=one.typed.repeat, **one.given)))

    def _at(self, row: int, item: _Item) -> _Item:
        self.rows[id(item)] = row
        return item

    def _looped(self, one: _Open, choice: Choice) -> Group:
        """Write a loop out: its questions once more for a choice, whose name and words stand in theirs."""
        items = tuple(self._about(item, choice) for item in one.items)
        return self._at(one.row, Group(choice.name, items, label=choice.label))

    def _about(self, item: Item, choice: Choice) -> Item:
        spoken = {
            column: Said(tuple((lang, _put(text, choice, lang)) for lang, text in words.by))
            for column in ("label", "hint", "guidance", "required_message", "constraint_message")
            if isinstance(words := getattr(item, column, None), Said)
        }
        more: dict[str, Any] = dict(spoken)
        if isinstance(item, Group):
            more["items"] = tuple(self._about(each, choice) for each in item.items)
        return self._at(self.rows[id(item)], replace(item, **more))

    def _end(
        self, line: _Cells, typed: Typed, stack: list[_Open], top: list[Item], lists: dict[str, list[Choice]]
    ) -> None:
        if not stack:
            self._error(
                "survey", line.number, "type", "not_begun",
                f"{line.get('type')} 之前没有对应的 begin，请删掉这一行或补上开头",
                f"nothing was begun that {line.get('type')} could end: remove this row or add the beginning",
            )  # fmt: skip
            return
        if (stack[-1].typed.repeat, stack[-1].typed.loop) != (typed.repeat, typed.loop):
            self._error(
                "survey", line.number, "type", "wrong_end",
                f"这里该结束第{stack[-1].row}行开始的那一组，请写 {_end_of(stack[-1].typed)}",
                f"what was begun in row {stack[-1].row} must end first: write {_end_of(stack[-1].typed)}",
            )  # fmt: skip
        self._close(stack, top, lists)

    def _untyped(self, line: _Cells) -> None:
        if line.get("name") or line.spoken.get("label"):
            self._error(
                "survey", line.number, "type", "no_type",
                "这一行没有填 type，请写明是哪种题", "the type is missing in this row: say what kind of question it is",
            )  # fmt: skip
        else:
            self._note(
                "survey",
                line.number,
                "",
                "comment",
                "这一行没有题目，没有读",
                "there is no question in this row; it was not read",
            )

    def _unknown(self, line: _Cells, word: str) -> None:
        near = words.alike(word)
        included = word.split()[0].lower() == "include"
        zh = "；请把另一份表单的题目直接写进来" if included else f"；是不是“{near}”" if near else "；请核对写法"
        en = "write the questions of the other form here" if included else f"is it “{near}”?" if near else "check it"
        self._error(
            "survey", line.number, "type", "unknown_type",
            f"没有“{word[:60]}”这种题{zh}", f"there is no question type “{word[:60]}”: {en}",
        )  # fmt: skip

    def _group(self, line: _Cells) -> dict[str, Any]:
        return {
            "name": flat(line.get("name")).strip(),
            "label": self._said(line.spoken.get("label", {})),
            "hint": self._said(line.spoken.get("hint", {})),
            "relevant": self._formula(line, "relevant"),
            "count": self._formula(line, "repeat_count"),
            "appearance": line.get("appearance"),
            "media": self._media(line),
        }

    def _question(self, line: _Cells, typed: Typed, lists: dict[str, list[Choice]]) -> Iterator[Item]:
        kind = typed.kind or Kind.HIDDEN
        if typed.kind or typed.feature:
            self.types[typed.feature or kind.value] += 1
        name = flat(line.get("name")).strip()
        if not name and kind is Kind.NOTE:
            name = f"generated_note_name_{line.number}"
        elif not name and typed.feature == "audit":
            name = "audit"
        choices = typed.choices
        if typed.external and f"{choices}_external" in self.external:
            choices = f"{choices}_external"
        if line.get("appearance").find("search(") >= 0:
            self._say(
                Level.UNSUPPORTED, "survey", line.number, "appearance", "search",
                "本系统不支持 search()：请把选项写进 choices 表",
                "search() is not supported here: put the choices on the choices sheet",
                "search()",
            )  # fmt: skip
        if typed.other:
            self._other(line, choices, lists)
        spoken = {name: self._said(by) for name, by in line.spoken.items()}
        own = self._formula(line, "constraint")
        made = Question(
            name=name,
            kind=kind,
            label=spoken.get("label", Said()),
            hint=spoken.get("hint", Said()),
            guidance=spoken.get("guidance_hint", Said()),
            required=self._formula(line, "required"),
            required_message=spoken.get("required_message", Said()),
            relevant=self._formula(line, "relevant"),
            constraint=f"({typed.constraint}) and ({own})" if own and typed.constraint else own or typed.constraint,
            constraint_message=spoken.get("constraint_message", Said()),
            calculation=self._formula(line, "calculation"),
            trigger=self._formula(line, "trigger"),
            default=line.get("default"),
            readonly=self._formula(line, "readonly"),
            choices=choices,
            choice_filter=self._formula(line, "choice_filter"),
            appearance=line.get("appearance"),
            parameters=self._parameters(line),
            media=self._media(line),
        )
        yield self._at(line.number, made)
        if typed.other:
            said = Said(tuple((one, "请注明" if _chinese(one) else "Specify other.") for one in self.languages or [""]))
            more = Question(f"{name}_other", Kind.TEXT, said, relevant=f"selected(${{{name}}}, 'other')")
            yield self._at(line.number, more)

    def _other(self, line: _Cells, choices: str, lists: dict[str, list[Choice]]) -> None:
        if line.get("choice_filter"):
            self._error(
                "survey", line.number, "choice_filter", "other_filtered",
                "or_other 不能和 choice_filter 同用，请自己写一个“其他”选项",
                "or_other does not go with a choice_filter: write an “other” choice of your own",
            )  # fmt: skip
        found = lists.get(choices)
        if found is not None and all(one.name != "other" for one in found):
            label = Said(tuple((one, "其他" if _chinese(one) else "Other") for one in self.languages or [""]))
            self.choice_rows[choices, len(found)] = ("survey", line.number)
            found.append(Choice("other", label))

    def _formula(self, line: _Cells, column: str) -> str:
        source = line.get(column).translate(_QUOTES)
        low = source.strip().lower()
        if low in _YES:
            return "true()"
        if low in _NO:
            return "" if column in ("required", "readonly") else "false()"
        if not source or column == "trigger":
            return source
        try:
            formula.read(source)
        except formula.Unreadable:
            plain = _half_width(source)
            try:
                formula.read(plain)
            except formula.FormulaError:
                return source
            self._note(
                "survey", line.number, column, "full_width",
                "公式里的全角符号已按半角读", "full-width marks in the formula were read as plain ones",
            )  # fmt: skip
            return plain
        except formula.FormulaError:
            pass
        return source

    def _parameters(self, line: _Cells) -> tuple[tuple[str, str], ...]:
        source = line.get("parameters")
        if re.sub(r"[\s,;]", "", _PAIR.sub("", source)):
            self._error(
                "survey", line.number, "parameters", "parameters",
                "parameters 要写成“名=值”，之间用空格隔开",
                "parameters are written name=value, with blanks between them",
            )  # fmt: skip
        return tuple((name.lower(), value) for name, value in _PAIR.findall(source))


def _chinese(language: str) -> bool:
    return code_of(language).startswith("zh")


def _end_of(typed: Typed) -> str:
    return "end_loop" if typed.loop else "end_repeat" if typed.repeat else "end_group"


def _size(item: Item) -> int:
    return 1 + sum(_size(one) for one in item.items) if isinstance(item, Group) else 1


def _put(text: str, choice: Choice, language: str) -> str:
    words = dict(choice.label.by).get(language) or choice.label.say(code_of(language))
    return text.replace("%(label)s", words).replace("%(name)s", choice.name)


def _half_width(source: str) -> str:
    """Return a formula with the marks of a Chinese keyboard made plain, outside quotation marks."""
    parts = re.split(r"(\"[^\"]*\"|'[^']*')", source)
    return "".join(part if place % 2 else flat(part).replace("，", ",") for place, part in enumerate(parts))


def _letters(column: int) -> str:
    made = ""
    while column:
        column, rest = divmod(column - 1, 26)
        made = chr(65 + rest) + made
    return made
