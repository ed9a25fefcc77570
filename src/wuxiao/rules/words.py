"""Words that come in the two languages of the product."""

from __future__ import annotations

from dataclasses import dataclass


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
        """Return both texts with `{name}` places filled by `str.format`; a missing name raises `KeyError`."""
        return Text(self.zh.format(**values), self.en.format(**values))
