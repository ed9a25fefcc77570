"""What was found in a workbook, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from wuxiao.rules.questions.faults import Level
from wuxiao.rules.questions.form import QuestionSet
from wuxiao.rules.words import Text


@dataclass(frozen=True, slots=True)
class Found:
    """One thing found in a workbook: where, and a sentence; `row` as the spreadsheet counts, 0 for the whole file."""

    level: Level
    sheet: str
    row: int
    column: str
    code: str
    text: Text
    feature: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it for a machine."""
        made: dict[str, Any] = {"feature": self.feature} if self.feature else {}
        return made | {
            "sheet": self.sheet,
            "row": self.row,
            "column": self.column,
            "code": self.code,
            "zh": self.text.zh,
            "en": self.text.en,
        }


@dataclass(frozen=True, slots=True)
class Read:
    """What a workbook held: the set where it can be used, and everything found."""

    form: QuestionSet | None
    found: tuple[Found, ...]
    #: How many questions of each type, as the types are called in XLSForm.
    types: dict[str, int] = field(default_factory=dict)

    def of(self, level: Level) -> tuple[Found, ...]:
        """Return what was found of one level."""
        return tuple(one for one in self.found if one.level is level)

    @property
    def ok(self) -> bool:
        """True when nothing is wrong; what is not to be had here is no fault of the book."""
        return not self.of(Level.ERROR)

    def as_json(self) -> dict[str, Any]:
        """Return it for a machine: `ok`, `loads`, `unsupported`, `errors`, `notes` and what the form is."""
        form = self.form
        return {
            "ok": self.ok,
            "loads": form is not None,
            "unsupported": [one.as_json() for one in self.of(Level.UNSUPPORTED)],
            "errors": [one.as_json() for one in self.of(Level.ERROR)],
            "notes": [one.as_json() for one in self.of(Level.NOTE)],
            "types": self.types,
            "name": form.name if form else "",
            "version": form.version if form else "",
            "languages": list(form.languages) if form else [],
            "digest": form.digest if form else "",
        }
