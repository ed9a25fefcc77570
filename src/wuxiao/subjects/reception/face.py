"""What the house knows of receptions: a kind of slots for matters."""

from __future__ import annotations

from datetime import timedelta

from wuxiao.desk.slots.kinds import Kind
from wuxiao.subjects.reception.acts import keep_away as hidden
from wuxiao.subjects.reception.asks import judge, left
from wuxiao.subjects.reception.rules import NAME, TITLE

__all__ = ["SLOTS", "hidden", "left"]

SLOTS = Kind(
    name=NAME,
    title=TITLE,
    item="reception",
    judge=judge,
    ahead=lambda book: timedelta(days=book.lives[NAME].numbers["ahead"]),
    remind=lambda book: timedelta(hours=book.lives[NAME].numbers["remind"]),
)
