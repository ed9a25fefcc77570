"""What stands on a unit, or on a kind of rows, that a new rule book does not have any more: it is named before.

A unit whose code was changed in the book is another unit: who sits in it, what it has in hand and what it keeps would
stay with one that is not there. So the way is a book with both (the old one of another type, so that no route leads to
it), everything moved over, then the book without the old. Every column that holds a unit is in `HOLDS` or, with its
reason, in `PAST`; a test asks the tables.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.apps import apps
from django.db.models import Count, Model, Q

from wuxiao.desk.case import subject
from wuxiao.desk.register import shelf
from wuxiao.desk.town.left import Left
from wuxiao.records.models import ApiKey, Case, Post, Row, Slot, Staff, Task, Webhook, WorkOrder
from wuxiao.rules.book_model import Book
from wuxiao.rules.publication import NAME as TEXTS
from wuxiao.rules.publication import Stage
from wuxiao.rules.tasks import State
from wuxiao.rules.words import Text


@dataclass(frozen=True, slots=True)
class Holds:
    """A table whose rows stand on a unit in some columns: which rows still count at an instant, and what they are."""

    table: type[Model]
    columns: tuple[str, ...]
    open: Callable[[Book, datetime], Q]
    what: Text


def _not_done(book: Book, at: datetime) -> Q:
    return Q(state__in=[State.GIVEN.value, State.DOING.value])


def _rows(book: Book, at: datetime) -> Q:
    """Rows of registers the town goes on keeping; the texts are counted apart."""
    return Q(state="live", register__in=[name for name in book.registers if name != TEXTS])


def _texts(book: Book, at: datetime) -> Q:
    return Q(register=TEXTS) & ~Q(publication__stage=Stage.WITHDRAWN.value)


def _keys(book: Book, at: datetime) -> Q:
    return Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=at))


def _held(table: Any, book: Book, at: datetime) -> Q:
    found: Q = table.HELD.open
    return found


#: Tables of subjects that say themselves which of their rows stand on a unit (`records.vouching`).
_OWN: list[Any] = [one for one in apps.get_app_config("records").get_models() if hasattr(one, "HELD")]
#: Cases stand here too, a line a life; see `_cases`.
HOLDS: tuple[Holds, ...] = (
    Holds(WorkOrder, ("unit",), lambda book, at: Q(state__in=["offered", "accepted"], matter__closed_at=None),
          Text("没办结的派单", "orders not done")),
    Holds(Task, ("unit",), _not_done, Text("没办完的任务", "tasks not done")),
    Holds(Row, ("unit",), _rows, Text("在册的行", "rows of registers")),
    Holds(Row, ("unit",), _texts, Text("发布着或者等发布的文章", "texts shown or waiting")),
    Holds(Slot, ("unit",), lambda book, at: Q(state="open", starts_at__gt=at), Text("以后的时段", "hours to come")),
    *(Holds(one, ("unit",), partial(_held, one), one.HELD.what) for one in _OWN),
    Holds(Post, ("unit",), lambda book, at: Q(staff__is_active=True), Text("任职", "posts")),
    Holds(Staff, ("unit",), lambda book, at: Q(is_active=True), Text("账号", "accounts")),
    Holds(ApiKey, ("unit",), _keys, Text("接口密钥", "interface keys")),
    Holds(Webhook, ("unit",), lambda book, at: Q(active=True), Text("对接平台", "platforms")),
)  # fmt: skip
CASE = ("holder", "offered_to", "sender", "supervisor_unit")
#: Columns with a unit that only say how it was, each with its reason.
PAST: Mapping[str, str] = {
    "Entry.unit": "sealed: who acted",
    "Document.unit": "printed on the paper",
    "RowPaper.unit": "printed on the paper",
    "ReplyAdvice.unit": "whose answer was checked then",
    "HotAlert.unit": "a line on a list, until it is read",
    "Invitation.unit": "ends with its sitting",
    "AgendaItem.unit": "what was decided; its task stands above",
    "WorkOrder.sender": "who handed it over then",
}


def units(book: Book, now: Book, at: datetime) -> list[Left]:
    """Return what stands on units a book does not have any more, a line a unit."""
    gone = sorted(now.units.keys() - book.units.keys())
    if not gone:
        return []
    found: dict[str, list[Text]] = defaultdict(list)

    def add(unit: str, what: Text, count: int) -> None:
        found[unit].append(Text(f"{what.zh}{count}", f"{what.en}: {count}"))

    nouns = {one.life.name: one.life.noun for one in subject.every()}
    for unit in gone:
        held = Q(*((column, unit) for column in CASE), _connector=Q.OR)
        for life, count in _counted(Case, Q(closed_at=None, life__in=["matter", *book.lives]) & held, "life").items():
            noun = nouns.get(life, Text(life, life))
            add(unit, Text(f"没办结的{noun.zh}", f"open cases ({noun.en})"), count)
    for one in HOLDS:
        for column in one.columns:
            rows = _counted(one.table, one.open(book, at) & Q(**{f"{column}__in": gone}), column)
            for unit, count in rows.items():
                add(unit, one.what, count)
    ends = Text(
        "先启用新旧两个单位都在的手册，旧的换个类型、不再分到新事项，把这些转过去，再去掉它",
        "adopt a book that has both units first, the old one of another type so that no route leads to it; move these "
        "over, then leave it out",
    )
    return [
        Left(f"units.{unit}", Text("、".join(t.zh for t in all_of), "; ".join(t.en for t in all_of)), ends)
        for unit, all_of in sorted(found.items())
    ]


def kinds(book: Book, now: Book, at: datetime) -> list[Left]:
    """Return the rows whose kind a book leaves out, be it one or a whole register; texts say it themselves."""
    found = []
    for one in shelf.all_shelves():
        gone = sorted(one.kinds(now).keys() - one.kinds(book).keys())
        rows = _counted(Row, Q(register=one.name, state="live", kind__in=gone), "kind") if gone else {}
        for kind, count in sorted(rows.items()):
            ends = Text("先改成别的种类或者销册", "change their kind or end them first")
            what = Text(f"在册的{one.register.one.zh}{count}", f"rows in the register: {count}")
            found.append(Left(f"registers.{one.name}.{kind}", what, ends))
    return found


def _counted(table: type[Model], which: Q, by: str) -> dict[str, int]:
    rows: Any = table._default_manager.filter(which).order_by().values_list(by).annotate(n=Count("pk"))
    return dict(rows)
