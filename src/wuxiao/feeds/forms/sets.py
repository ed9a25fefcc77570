"""The question sets this town asks, by name: checklists of inspections and the rating of service points.

They are no secret: what is asked at a place and by a QR may be read by everybody, and filled in by other programs.
"""

from __future__ import annotations

from collections.abc import Mapping

from wuxiao.desk.look import offered
from wuxiao.rules.book_model import Book
from wuxiao.rules.questions.form import QuestionSet


def known(book: Book) -> Mapping[str, QuestionSet]:
    """Return the newest version of every set this town asks; what its book leaves out it does not ask."""
    return offered.sets(book)
