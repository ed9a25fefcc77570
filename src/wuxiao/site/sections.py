"""Which lives may have a section in a rule book; pure, so that a book can be checked without the house."""

from __future__ import annotations

from wuxiao.rules.book import lives
from wuxiao.subjects.inspection.rules import INSPECTION, SECTION
from wuxiao.subjects.reception import rules as reception

SECTIONS = {INSPECTION.name: SECTION, reception.NAME: reception.SECTION}


def install() -> None:
    """Say so to the reader of books; once more changes nothing."""
    lives.install(SECTIONS)
