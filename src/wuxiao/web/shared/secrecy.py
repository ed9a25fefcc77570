"""The one line about secrecy: its fields on the report, on later steps and at every desk, and how they are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from wuxiao.desk.case import heard
from wuxiao.desk.matters import secrecy
from wuxiao.desk.town.books import Rules
from wuxiao.records.models import Matter
from wuxiao.rules import hide
from wuxiao.rules.book_model import Book
from wuxiao.rules.words import Text
from wuxiao.typed.plain import clean
from wuxiao.web.shared.dates import active_lang
from wuxiao.web.shared.punctuation import full_width

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
    #: Whom the answer named while the words were others: it is kept from them too.
    more: tuple[str, ...] = ()

    @property
    def each(self) -> list[dict[str, str]]:
        """What is given for each unit named, one act a unit; the body goes with the first."""
        body = {} if self.body in {"", OTHER} else {"body": self.body}
        return [body | {"unit": self.units[0]}, *({"unit": u} for u in self.units[1:])] if self.units else [body]

    @property
    def about(self) -> tuple[str, ...]:
        """Units and bodies of the book it is about, as a matter keeps them."""
        named = (*self.units, *([self.body] if self.body and self.body != OTHER else ()), *self.more)
        return tuple(dict.fromkeys(named)) if self.hide else ()


def _say(text: Text) -> str:
    return full_width(text.say(active_lang()))


def begins_with(words: str, rules: Rules, *, chosen_against: bool = False) -> Answer:
    """Return what the question says before it was answered: yes as soon as something is held against somebody.

    Whoever is in certain danger and names those who are to come keeps nothing from them by a mere click onward.
    """
    found = secrecy.begins_with(words, rules.book)
    yes = found.against or (chosen_against and not heard.certain(words))
    names = "、".join(rules.book.units[code].name.say(active_lang()) for code in found.units)
    return Answer(yes, names, found.units, found.body, yes)


def anew(kept: Answer, found: Answer) -> Answer | None:
    """Return what the question begins with where words that changed name somebody the answer did not; None: nobody."""
    if not (kept.hide and found.hide) or set(found.about) <= {*kept.about}:
        return None
    return Answer(True, found.typed, found.units, found.body, True, kept.about)


def later(words: str, matter: Matter, rules: Rules) -> Answer | None:
    """Return what the question begins with when words that come later speak against somebody; None: nothing to ask."""
    found = secrecy.asked_later(words, matter, rules.book)
    if found is None:
        return None
    names = "、".join(rules.book.units[code].name.say(active_lang()) for code in found.units)
    return Answer(True, names, found.units, found.body, True)


def waits(answer: Answer | None, request: HttpRequest, words: str) -> bool:
    """Tell whether the question is asked before anything is kept.

    Where the words say for certain that there is danger nothing waits for an answer: they are kept at once, and from
    whom they speak of, as the question begins; who else is to be kept out can be said afterwards.
    """
    return answer is not None and "hide" not in request.POST and not heard.certain(words)


def read(request: HttpRequest, rules: Rules, before: Answer) -> tuple[Answer, dict[str, str]]:
    """Read the fields of a form; a field that is not there keeps what stood there before."""
    book, errors = rules.book, dict[str, str]()
    yes = request.POST["hide"] == "1" if "hide" in request.POST else before.hide
    typed, units, body, wrong = before.typed, before.units, before.body, None
    if "unit" in request.POST:
        typed = clean(request.POST["unit"]).strip()[: UNIT_LIMIT + 1]
        found = secrecy.find_units(typed, book)
        units, wrong = found.units, found.wrong
    if "body" in request.POST:
        body = request.POST["body"]
        if body and body != OTHER and body not in book.hide.bodies:
            body, errors["body"] = "", _("没有这个选项，请重新选择")
    if wrong is not None and yes and not body and "body" not in errors:
        # Whoever chose what kind it is need not know its name: what they typed is then no fault.
        errors["unit"] = _say(wrong)
    return Answer(yes, typed, units, body, before.expected, before.more), errors


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
            *((one.code, _say(one.name)) for one in book.hide.bodies.values()),
            (OTHER, _("别的单位，或者是个人")),
        ],
    }


def said(answer: Answer, book: Book, division: str) -> list[str]:
    """Return in sentences what will be kept from whom, for the page on which everything is looked over."""
    if not answer.hide:
        return []
    hidden = hide.from_about(book, answer.about, division)
    lines = [_say(t) for t in secrecy.told(book, shielded=True, about=answer.about, hidden=hidden)]
    if not answer.about:
        lines.append(_("没有写是哪个单位，所以还不能对某个单位隐去这件事；想起来了，随时可以在进度页点“请替我保密”。"))
    return lines
