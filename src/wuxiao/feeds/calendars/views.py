"""The doors of calendar feeds: one person's, by the key in its address, and the public one of receptions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from wuxiao.desk.base.errors import NotFound
from wuxiao.desk.doors import calendars
from wuxiao.desk.slots import ask, kinds
from wuxiao.desk.town import books
from wuxiao.feeds.calendars.write import Item, feed
from wuxiao.records.models import Slot
from wuxiao.rules.book_model import Book
from wuxiao.rules.calendar.occasions import Status
from wuxiao.rules.slots import SlotState
from wuxiao.rules.words import Text

#: So long a public feed may be kept on its way: as long as it tells its readers to wait.
KEEP = 3600
_MINE = Text("我的日程", "My calendar")


def items(slots: Iterable[Slot], book: Book) -> list[Item]:
    """Return slots as a calendar has them: when, where, under a neutral title, cancelled ones marked."""
    titles = {one.name: one.item for one in kinds.kept(book)}
    return [
        Item(
            # Drawn when the slot was made: the same for ever, and no way back to a number of ours.
            uid=f"{slot.mark}@wuxiao",
            kind=titles[slot.kind],
            start=slot.starts_at,
            end=slot.ends_at,
            changed_at=slot.changed_at,
            place=slot.place,
            status=Status.CANCELLED if slot.state == SlotState.CANCELLED else Status.CONFIRMED,
            sequence=slot.sequence,
        )
        for slot in slots
        if slot.kind in titles
    ]


def _answer(content: bytes, *, public: bool) -> HttpResponse:
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="calendar.ics"'
    response.headers["Cache-Control"] = f"public, max-age={KEEP}" if public else "no-store, private"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@require_safe
def mine(request: HttpRequest, token: str) -> HttpResponse:
    """One person's feed. A key that was taken back is a page that is not there, like one that never was."""
    at = timezone.now()
    book = books.current(at).book
    person = calendars.whose(token) if kinds.kept(book) else None
    if person is None:
        raise NotFound
    units = sorted(set(person.posts.values_list("unit", flat=True)))
    lang = "en" if person.lang.startswith("en") else "zh"
    found = items(ask.of_staff(person.pk, units, at=at), book)
    return _answer(feed(_MINE.say(lang), found, at=at, lang=lang), public=False)


@require_safe
def reception(request: HttpRequest) -> HttpResponse:
    """The receptions of the town, for everybody, with who receives: as the public page announces them."""
    at = timezone.now()
    book = books.current(at).book
    kind = kinds.of("reception", book)
    lang = "en" if (get_language() or "").startswith("en") else "zh"
    name = Text(f"{book.town.name.zh}领导接访", f"Reception by leaders, {book.town.name.en}").say(lang)
    found = ask.public(kind, at=at)
    named = [replace(one, who=kind.named(slot, book)) for one, slot in zip(items(found, book), found, strict=True)]
    return _answer(feed(name, named, at=at, lang=lang), public=True)
