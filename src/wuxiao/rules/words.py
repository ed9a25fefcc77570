"""Words that come in the two languages of the product."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Text:
    """A short text that always exists in Chinese and in English.

    >>> Text("事项", "matter").say("en")
    'matter'
    """

    zh: str
    en: str

    def say(self, lang: str) -> str:
        """Return the English text for any `en…` language code and the Chinese one otherwise."""
        return self.en if lang.lower().startswith("en") else self.zh

    def fill(self, **values: object) -> Text:
        """Return both texts with `{name}` places filled by `str.format`, by a `Text` in its language each.

        A missing name raises `KeyError`.
        """
        zh = {name: one.zh if isinstance(one, Text) else one for name, one in values.items()}
        en = {name: one.en if isinstance(one, Text) else one for name, one in values.items()}
        return Text(self.zh.format(**zh), self.en.format(**en))


_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def day(one: date) -> Text:
    """Return a day as people read it.

    >>> day(date(2026, 12, 1))
    Text(zh='2026年12月1日', en='1 Dec 2026')
    """
    return Text(f"{one.year}年{one.month}月{one.day}日", f"{one.day} {one:%b} {one.year}")


def day_in(text: str) -> Text | None:
    """Return the day that a sealed fact or a title holds as machines write it, as people read it; `None` for others."""
    try:
        return day(date.fromisoformat(text)) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def between(first: date, last: date) -> Text:
    """Say between which days a day must lie."""
    return Text(f"应在{day(first).zh}到{day(last).zh}之间", f"must be from {day(first).en} to {day(last).en}")
