"""The minutes of a sitting on paper: what was confirmed, word for word, in the name of the body that called it."""

from __future__ import annotations

from wuxiao.records.models import Case
from wuxiao.rules.papers import Content
from wuxiao.subjects.conference import asks

#: The code under which the paper is listed (`rules.papers.KINDS`).
KIND = "minutes"


def content(case: Case) -> Content:
    """Return what the paper says: the minutes as they were last written, a paragraph a line."""
    lines = (line.strip() for line in asks.minutes(case).splitlines())
    return Content(to="", opening=tuple(line for line in lines if line), title="联席会议纪要")
