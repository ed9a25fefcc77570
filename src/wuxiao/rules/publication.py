"""What a publication is: a text with versions that a second named person releases, for an audience and a period.

Kinds are the town's (`[registers.publications]` of its book: name, how often one is reviewed, the unit that answers
for the kind); a book without the section publishes nothing this way. What is asked of a text are `FIELDS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from wuxiao.rules.book_model import Book, RowKind
from wuxiao.rules.field import Audience, Field, Kind, Why
from wuxiao.rules.words import Text

#: Its name in rows and rule books.
NAME = "publications"
PREFIX = "T"
#: Days its words are kept after it was withdrawn: what a town told people can be asked about for ten years.
DAYS = 3650


class Reach(StrEnum):
    """Whom a text is for."""

    PUBLIC = "public"
    STAFF = "staff"


class Stage(StrEnum):
    """Where a publication stands; `WAITING` beside a released text is a newer version that nobody released yet."""

    WAITING = "waiting"
    RELEASED = "released"
    WITHDRAWN = "withdrawn"


REACHES: Mapping[str, Text] = {
    Reach.PUBLIC.value: Text("群众和工作人员", "the public and staff"),
    Reach.STAFF.value: Text("只给工作人员", "staff only"),
}
STAGES: Mapping[str, Text] = {
    Stage.WAITING.value: Text("等第二人发布", "waits for a second person"),
    Stage.RELEASED.value: Text("已发布", "released"),
    Stage.WITHDRAWN.value: Text("已撤下", "withdrawn"),
}
_TELL = Why(
    Text("把办事的规矩和公开的事项告诉群众、告诉同事", "to tell people and colleagues how things are done"),
    Text("《政府信息公开条例》第十九条、第二十条", "Regulations on Open Government Information, art. 19 and 20"),
    DAYS,
    Audience.READERS,
)
_NOBODY = Text("不写任何人的姓名、电话、住址", "no person's name, telephone or address")
FIELDS: tuple[Field, ...] = (
    Field("title", Kind.TEXT, Text("题目（问题）", "title (the question)"), _TELL, required=True, most=120),
    Field("text", Kind.WORDS, Text("正文（回答）", "text (the answer)"), _TELL, required=True, most=6000, hint=_NOBODY),
    Field("title_en", Kind.TEXT, Text("英文题目", "title in English"), _TELL, most=200),
    Field("text_en", Kind.WORDS, Text("英文正文", "text in English"), _TELL, most=9000),
    Field("law", Kind.TEXT, Text("依据", "law or rule it rests on"), _TELL, most=300),
    Field("unit", Kind.UNIT, Text("负责的单位", "unit that answers for it"), _TELL, required=True),
    Field("audience", Kind.CHOICE, Text("给谁看", "for whom"), _TELL, required=True, choices=REACHES),
    Field("first_day", Kind.DATE, Text("从哪天起显示", "shown from"), _TELL,
          hint=Text("不填就是发布当天", "empty: from its release on")),
    Field("last_day", Kind.DATE, Text("显示到哪天", "shown until"), _TELL,
          hint=Text("不填就一直显示", "empty: until it is withdrawn")),
    Field("review_on", Kind.DATE, Text("哪天复核", "to be reviewed on"), _TELL,
          hint=Text("不填就按规则手册的周期", "empty: by the cycle of the rule book")),
)  # fmt: skip
#: What a reader sees of a text, and so what may carry other languages.
SPOKEN = ("title", "text")


def kinds(book: Book) -> Mapping[str, RowKind]:
    """Return what this town publishes, by code."""
    return book.registers.get(NAME, {})


def is_shown(stage: str, shown: int | None, first: date | None, last: date | None, day: date) -> bool:
    """Tell whether a publication is shown on a day: a released version, not withdrawn, within its period."""
    if shown is None or stage == Stage.WITHDRAWN:
        return False
    return (first is None or first <= day) and (last is None or day <= last)
