"""The one line about secrecy: its fields on the report and on the later step, and how they are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from wuxiao.desk import secrecy
from wuxiao.desk.books import Rules
from wuxiao.records.models import Matter
from wuxiao.rules import hide
from wuxiao.rules.book_model import Book
from wuxiao.web.resident import base
from wuxiao.web.shared.dates import active_lang

#: Stands for "another office, or a person": who reported is kept from whoever handles it, nobody else is meant.
OTHER = "other"
UNIT_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What a resident wants: whether to keep it, and from whom (units by code, a body of the book)."""

    hide: bool
    typed: str = ""
    units: tuple[str, ...] = ()
    body: str = ""
    #: The question began with "yes".
    expected: bool = False

    @property
    def about(self) -> tuple[str, ...]:
        """Units and bodies of the book it is about, as a matter keeps them."""
        return (*self.units, *([self.body] if self.body and self.body != OTHER else ())) if self.hide else ()


def begins_with(words: str, rules: Rules, *, chosen_against: bool = False) -> Answer:
    """Return what the question says before it was answered: yes as soon as the words name somebody with power."""
    found = secrecy.begins_with(words, rules.book)
    yes = found.somebody or chosen_against
    names = "、".join(rules.book.units[code].name.say(active_lang()) for code in found.units)
    return Answer(yes, names, found.units, found.body, yes)


def later(words: str, matter: Matter, rules: Rules) -> Answer | None:
    """Return what the question begins with when words that come later speak against somebody; None: nothing to ask."""
    found = secrecy.asked_later(words, matter, rules.book)
    if found is None:
        return None
    names = "、".join(rules.book.units[code].name.say(active_lang()) for code in found.units)
    return Answer(True, names, found.units, found.body, True)


def read(request: HttpRequest, rules: Rules, before: Answer) -> tuple[Answer, dict[str, str]]:
    """Read the fields of a form; a field that is not there keeps what stood there before."""
    book, errors = rules.book, dict[str, str]()
    yes = request.POST["hide"] == "1" if "hide" in request.POST else before.hide
    typed, units, body = before.typed, before.units, before.body
    if "unit" in request.POST:
        typed = base.text_of(request, "unit", UNIT_LIMIT)
        found = secrecy.find_units(typed, book)
        units = found.units
        if found.wrong is not None and yes:
            errors["unit"] = base.say(found.wrong)
    if "body" in request.POST:
        body = request.POST["body"]
        if body and body != OTHER and body not in book.hide.bodies:
            body, errors["body"] = "", _("没有这个选项，请重新选择")
    return Answer(yes, typed, units, body, before.expected), errors


def fields(answer: Answer, rules: Rules) -> dict[str, Any]:
    """Return what the template's fields show."""
    lang, book = active_lang(), rules.book
    return {
        "hide": "1" if answer.hide else "0",
        "unit": answer.typed,
        "body": answer.body,
        "names": secrecy.listed(book, lang),
        "bodies": [
            ("", _("（没有选）")),
            *((one.code, base.say(one.name)) for one in book.hide.bodies.values()),
            (OTHER, _("别的单位，或者是个人")),
        ],
    }


def said(answer: Answer, book: Book, division: str) -> list[str]:
    """Return in sentences what will be kept from whom, for the page on which everything is looked over."""
    if not answer.hide:
        return []
    hidden = hide.from_about(book, answer.about, division)
    lines = [base.say(t) for t in secrecy.told(book, shielded=True, about=answer.about, hidden=hidden)]
    if not answer.about:
        lines.append(_("没有写是哪个单位，所以还不能对某个单位隐去这件事；想起来了，随时可以在进度页点“请替我保密”。"))
    return lines
