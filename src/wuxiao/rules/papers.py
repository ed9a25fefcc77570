"""Which papers there are, what stands in one, and the fields a template may use.

A paper says the same in every form: what it is called, to whom, paragraphs, numbered items with their law, how it
ends, notes. What is fixed by its kind (its name, the word of its number) stands here; the rest is `Content`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from wuxiao.rules.words import Text

#: A number as people copy it, with the brackets their keyboard has.
_NUMBER = re.compile(r"\s*(\w{1,20}\s*[〔［\[(（【]\s*\d{2,4}\s*[〕］\])）】]\s*\d{1,6}\s*号?)\s*")


def number_in(typed: str) -> str:
    """Return a text where all of it reads as the number of a paper, empty where it does not: a number is no code."""
    found = _NUMBER.fullmatch(typed)
    return found[1] if found is not None else ""


#: As many characters has the column of a kind.
LONGEST = 12
#: The number of a paper of a case that is kept from somebody is one of these, drawn: no series reaches so far, and
#: between two of them nobody can count. In the common series it would leave them a gap where they see all the others.
DRAWN = range(500_000, 1_000_000)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of papers: its code, its name, and the word that begins its numbers (`责改〔2026〕3号`).

    One that `asks` for something has done its work when the case that gave it out has ended. One of a register's row
    has no number, for nothing is decided by it: its word is empty, and `form` names the templates it is set by.
    One that is `handed` to strangers has the next number of its series always: a drawn one would tell them that its
    case is kept from somebody.
    """

    code: str
    name: Text
    word: str
    asks: bool = False
    form: str = ""
    handed: bool = False

    @property
    def file(self) -> str:
        """The name of its templates."""
        return self.form or self.code

    def __post_init__(self) -> None:
        """Refuse a kind that its columns do not hold, or whose numbers nobody could read back."""
        if not (self.code.isidentifier() and self.code.islower() and self.code.isascii() and len(self.code) <= LONGEST):
            raise ValueError(f"the paper “{self.code}”: a code is at most {LONGEST} small letters, digits and _")
        if (self.word or not self.form) and number_in(self.number(2026, 1)) != self.number(2026, 1):
            raise ValueError(f"the paper “{self.code}”: its word “{self.word}” must be 1 to 20 letters")

    def number(self, year: int, no: int) -> str:
        """Return a number as it is written: the word, the year in angle brackets, the number (GB/T 9704)."""
        return f"{self.word}〔{year}〕{no}号"


def by_code(*kinds: Kind) -> Mapping[str, Kind]:
    """Return kinds by their codes; refuses two of one code, or of one word: their numbers would be the same."""
    words = [one.word for one in kinds if one.word]
    if len({one.code for one in kinds}) < len(kinds) or len(set(words)) < len(words):
        raise ValueError("two kinds of papers have one code or one word")
    return {one.code: one for one in kinds}


KINDS = by_code(
    Kind("order", Text("责令改正通知书", "order to correct"), "责改", asks=True, handed=True),
    Kind("letter", Text("答复意见书", "letter of answer"), "答复"),
    Kind("minutes", Text("会议纪要", "conference minutes"), "纪要"),
    Kind("duty", Text("消防和治安主体责任书", "statement of duty"), "", form="form"),
    Kind("landlord", Text("房东责任告知书", "notice of a landlord's duties"), "", form="form"),
    Kind("tenant", Text("租客权利告知书", "notice of tenants' rights"), "", form="form"),
    Kind("selfcheck", Text("安全自查表", "self-check list"), "", form="form"),
)


@dataclass(frozen=True, slots=True)
class Item:
    """One numbered thing of a paper, with the law it stands on."""

    words: str
    law: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """What a paper says. `english` is a courtesy text for a reader of English; the Chinese text counts."""

    to: str
    opening: tuple[str, ...]
    items: tuple[Item, ...] = ()
    closing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    english: tuple[str, ...] = ()
    #: What it is called, where that is not the name of its kind.
    title: str = ""


#: The fields of a template, by name, with what stands in each. Lists are gone through: `{%p for one in opening %}`.
FIELDS: Mapping[str, Text] = {
    "title": Text("文书名称", "what the paper is called"),
    "number": Text("文号，如 责改〔2026〕3号", "its number, such as “责改〔2026〕3号”"),
    "body": Text("发文单位", "the body that issues it"),
    "town": Text("市县名称", "the name of the town"),
    "to": Text("主送：写给谁", "to whom it is written"),
    "opening": Text("正文前段，逐段", "paragraphs before the items"),
    "items": Text("逐条：每条有 n（序号）、words（内容）、law（依据）", "the items: each has n, words and law"),
    "closing": Text("正文后段，逐段", "paragraphs behind the items"),
    "notes": Text("附注，逐段", "notes, by paragraph"),
    "english": Text("给英语读者的说明，逐段", "courtesy text in English, by paragraph"),
    "day": Text("成文日期，如 2026年9月8日", "the day, such as “2026年9月8日”"),
    "code": Text("文书编码", "the code anybody may ask about"),
    "mark": Text("内容摘要", "the digest of what it says"),
    "address": Text("核验网址", "the address where it is checked"),
    "qr": Text("核验二维码（图片）", "the same address as a QR picture"),
}
#: Of these one at least must stand in a template, or nobody could tell a paper from a false one.
MUST: tuple[str, ...] = ("number", "body", "day", "code", "mark")
#: What stands in one entry of `items`.
OF_ITEM: tuple[str, ...] = ("n", "words", "law")
