"""Reasons in the two languages, and stretches of text: the small types every reader returns."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Why:
    """A reason that exists in Chinese and in English.

    >>> Why("含有凶器", "a weapon is named").say("en")
    'a weapon is named'
    """

    zh: str
    en: str

    def say(self, lang: str) -> str:
        """Return the English reason for any `en…` language code and the Chinese one otherwise."""
        return self.en if lang.lower().startswith("en") else self.zh


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a text: `text == whole[start:end]`, offsets in characters, `kind` a code word such as `weapon`."""

    start: int
    end: int
    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a text with its class and why it was taken: offsets in characters."""

    kind: str
    start: int
    end: int
    why: Why
