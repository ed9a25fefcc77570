"""Texts in further languages on the pages that declare them: what is shown in which language, and what a page says."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from markupsafe import Markup, escape

from wuxiao.desk.publish import wording
from wuxiao.desk.register.foreign import Foreign, digest, in_language, languages
from wuxiao.rules.book_model import Book
from wuxiao.rules.declared import PAGES
from wuxiao.rules.languages import FOREIGN, Language
from wuxiao.rules.words import Text
from wuxiao.web.shared import prefs
from wuxiao.web.shared.dates import active_lang
from wuxiao.web.shared.punctuation import full_width

#: Digits with what stands between them: a phone number is one run and never turns round.
_DIGITS = re.compile(r"\+?[0-9](?:[0-9 ()\-–]*[0-9])?")


class Says:
    """What a declared page says, sentence by sentence: `says.lead`, `says("step", now=1, total=5)`, `says.of(text)`.

    In Chinese and English the sentence itself. In a further language what a second person read; where nobody did,
    Chinese and English side by side, each with its language. `whole`: every sentence of the page was read, so that it
    stands as a whole in that language, from right to left where the language does.
    """

    def __init__(self, pages: Sequence[str], book: Book, chosen: Language | None) -> None:
        self._texts = {name: text for code in pages for name, text in PAGES[code].says.items()}
        self.chosen = chosen
        self._read = wording.shown(chosen.code) if chosen is not None else {}
        said = [text for code in pages for text in PAGES[code].sentences(book)] if chosen is not None else []
        self.whole = bool(said) and all(digest(text.zh) in self._read for text in said)

    def __getitem__(self, name: str) -> Markup:
        return self(name)

    def __call__(self, name: str, /, **values: object) -> Markup:
        """Return a sentence by its name, with what is filled in."""
        return self.of(self._texts[name], **values)

    def of(self, text: Text, /, **values: object) -> Markup:
        """Return any declared sentence, those of the town's book too, with what is filled in."""
        chosen = self.chosen
        if chosen is None:
            return _filled(full_width(text.say(active_lang())), values)
        if (read := self._read.get(digest(text.zh))) is not None:
            return self._run(chosen.code, chosen.direction, self._turned(read, values))
        runs = [self._run("zh-Hans", "ltr", _filled(full_width(text.zh), values))]
        if text.en and text.en != text.zh:
            runs.append(self._run("en", "ltr", _filled(text.en, values), beside=True))
        return Markup(" ").join(runs)

    def plain(self, name: str, /, **values: object) -> str:
        """Return a sentence without markup, for titles and labels that only a screen reader says."""
        text, chosen = self._texts[name], self.chosen
        if chosen is None:
            said = full_width(text.say(active_lang()))
        elif (read := self._read.get(digest(text.zh))) is not None:
            said = read
        else:
            said = " · ".join(dict.fromkeys((text.zh, text.en)))
        return said.format(**values) if values else said

    def ours(self, text: str) -> Markup:
        """Return words of our own two languages, or data, on a page that may run from right to left."""
        if self.chosen is None:
            return escape(text)
        return Markup('<bdi lang="{}" dir="ltr">{}</bdi>').format("en" if active_lang() == "en" else "zh-Hans", text)

    @property
    def main(self) -> Markup:
        """The attributes of what is in the language as a whole."""
        if self.chosen is None or not self.whole:
            return Markup("")
        return Markup(' lang="{}" dir="{}"').format(self.chosen.code, self.chosen.direction)

    @property
    def unread(self) -> str:
        """What a page says where not every sentence was read by somebody here."""
        if self.chosen is None or self.whole:
            return ""
        return unread_words(self.chosen)

    def _turned(self, read: str, values: Mapping[str, object]) -> Markup:
        if self.chosen is None or not self.chosen.rtl:
            return _filled(read, values)
        kept = Markup("").join(
            Markup('<bdi dir="ltr">{}</bdi>').format(part) if _DIGITS.fullmatch(part) else escape(part)
            for part in re.split(f"({_DIGITS.pattern})", read)
        )
        return kept.format(**{name: Markup('<bdi dir="ltr">{}</bdi>').format(value) for name, value in values.items()})

    @staticmethod
    def _run(lang: str, direction: str, said: Markup, *, beside: bool = False) -> Markup:
        more = Markup(' class="beside"') if beside else Markup("")
        return Markup('<span lang="{}" dir="{}"{}>{}</span>').format(lang, direction, more, said)


def _filled(said: str, values: Mapping[str, object]) -> Markup:
    return escape(said).format(**values) if values else escape(said)


def says(request: HttpRequest, pages: Sequence[str], book: Book) -> dict[str, Any]:
    """Return what the template of a declared page needs: `says`, and the languages to choose from."""
    return {"says": Says(pages, book, prefs.reads_of(request)), "tongues": prefs.chooser(request)}


def wanted(typed: str, found: Sequence[Foreign]) -> Language | None:
    """Return the language that was asked for, if this page has a text in it at all."""
    return FOREIGN[typed] if typed in languages(found) else None


def switch(here: str, found: Sequence[Foreign], chosen: Language | None) -> list[dict[str, Any]]:
    """Return the languages a page offers, each in its own name."""
    rows: list[dict[str, Any]] = [{"url": here, "own": "", "code": "", "dir": "ltr", "current": chosen is None}]
    for code in languages(found):
        one = FOREIGN[code]
        current = chosen is not None and chosen.code == code
        rows.append(
            {"url": f"{here}?in={code}", "own": one.own, "code": code, "dir": one.direction, "current": current}
        )
    return rows if len(rows) > 1 else []


def runs(name: str, zh: str, en: str, found: Sequence[Foreign], chosen: Language | None) -> list[dict[str, str]]:
    """Return the runs of one field, each with its language and direction.

    In a chosen language: the text a second person read, with the Chinese under it; where nobody read it, Chinese and
    English side by side and never the unread text.
    """
    chinese = {"text": zh, "lang": "zh-Hans", "dir": "ltr"}
    english = {"text": en, "lang": "en", "dir": "ltr"} if en and en != zh else None
    if chosen is None:
        return [chinese]
    if (one := in_language(found, chosen.code, name)) is not None:
        return [{"text": one.text, "lang": chosen.code, "dir": chosen.direction}, chinese]
    return [chinese, *([english] if english else [])]


def unread(names: Mapping[str, str], found: Sequence[Foreign], chosen: Language | None) -> str:
    """Return what a page says where a field that says something was not read by a second person in this language."""
    if chosen is None:
        return ""
    if all(in_language(found, chosen.code, name) is not None for name, text in names.items() if text):
        return ""
    return unread_words(chosen)


def unread_words(chosen: Language) -> str:
    """Return what a page says that is not wholly read in a language."""
    return _("这一页还有没经第二人读过的%(language)s文字，那些地方写的是中文和英文。") % {
        "language": chosen.name.say(active_lang())
    }
