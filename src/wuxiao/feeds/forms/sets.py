"""The question sets this town asks, by name: checklists of inspections and the rating of service points.

They are no secret: what is asked at a place and by a QR may be read by everybody, and filled in by other programs.
"""

from __future__ import annotations

from collections.abc import Mapping

from wuxiao.rules.book_model import Book
from wuxiao.rules.questions.form import QuestionSet
from wuxiao.subjects.inspection.checklists import checklists
from wuxiao.subjects.inspection.rules import INSPECTION
from wuxiao.subjects.service_points import rating
from wuxiao.subjects.service_points.rules import NAME as SERVICE_POINTS


def known(book: Book) -> Mapping[str, QuestionSet]:
    """Return the newest version of every set this town asks; what its book leaves out it does not ask."""
    found: dict[str, QuestionSet] = {}
    if INSPECTION.name in book.lives:
        found |= {code: one.form for code, one in checklists().items()}
    if SERVICE_POINTS in book.registers:
        found[rating.NAME] = rating.RATING
    return found
