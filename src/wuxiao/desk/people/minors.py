"""Children: who reported is shown once, to one person, after another person has agreed (PIPL art. 28, 31; rules 2.7).

A matter concerns a child because a named person marked it or because its category says so. The request and what was
decided are steps of the table (`ask_contact`, `let_contact`, `keep_contact`) and stand on the matter (`contact_ask`);
showing takes the consent away in the same transaction, so that it holds once, also for two clicks at a time.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import Refused
from wuxiao.desk.town import books
from wuxiao.records.models import Matter
from wuxiao.rules.book_model import Book
from wuxiao.rules.words import Text

#: How long a request waits for its answer, and how long a consent waits to be used.
HOLDS = timedelta(days=3)
NEEDED = Text(
    "本事项涉及未成年人：请先“申请查看联系方式”，另一位负责人同意后可以查看一次。",
    "This matter concerns a child: first ask to see the contact; once a lead (not yourself) agrees, it is shown once.",
)


def concerns(matter: Matter, book: Book) -> bool:
    """Return whether a matter concerns a child: a person said so, or its category does."""
    category = book.categories.get(matter.category)
    return matter.child or (category is not None and category.child)


def pending(matter: Matter, at: datetime) -> bool:
    """Return whether a request waits for its answer; one that nobody answered in time no longer does."""
    asked = matter.contact_ask
    return asked is not None and "let_by" not in asked and at < _since(asked["at"]) + HOLDS


def _since(text: str) -> datetime:
    return datetime.fromisoformat(text)


def agreed(matter: Matter, by: Actor, at: datetime) -> bool:
    """Return whether this person holds a consent that was neither used nor left lying too long."""
    asked = matter.contact_ask or {}
    mine = by.staff_id is not None and asked.get("staff") == by.staff_id
    return mine and "let_by" in asked and at < _since(asked["let_at"]) + HOLDS


def refusal(matter: Matter, book: Book, by: Actor, at: datetime) -> Text | None:
    """Return why a contact may not be shown to this person now, as far as children are concerned, or `None`."""
    return NEEDED if concerns(matter, book) and not agreed(matter, by, at) else None


def use(matter: Matter, *, by: Actor, at: datetime) -> None:
    """Use a consent up, inside the caller's transaction; nothing happens where no child is concerned.

    Raises `Refused` without one.
    """
    book = books.of_version(matter.book_id).book
    if not concerns(matter, book):
        return
    row = Matter.objects.select_for_update().get(pk=matter.pk)
    if (why := refusal(row, book, by, at)) is not None:
        raise Refused(why, "contact")
    row.contact_ask = row.contact_asked_at = None
    row.save(update_fields=["contact_ask", "contact_asked_at"])
