"""Which lives may have a section in a rule book; pure, so that a book can be checked without the house."""

from __future__ import annotations

from wuxiao.rules.book import lives
from wuxiao.subjects.conference.rules import CONFERENCE
from wuxiao.subjects.conference.rules import SECTION as OF_CONFERENCES
from wuxiao.subjects.inspection.rules import INSPECTION, SECTION
from wuxiao.subjects.reception import rules as reception

SECTIONS = {INSPECTION.name: SECTION, CONFERENCE.name: OF_CONFERENCES, reception.NAME: reception.SECTION}


def install() -> None:
    """Say so to the reader of books; once more changes nothing."""
    lives.install(SECTIONS)
