"""Texts in further languages on the pages that declare them: what is shown in which language, and what a page says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from wuxiao.desk.register.foreign import Foreign, in_language, languages
from wuxiao.rules.languages import FOREIGN, Language
from wuxiao.web.shared.dates import active_lang


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
    return _("这一页还有没经第二人读过的%(language)s文字，那些地方写的是中文和英文。") % {
        "language": chosen.name.say(active_lang())
    }
