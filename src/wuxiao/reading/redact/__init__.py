"""Find personal details in a text, so that a page, an export or Open311 can show the matter without the person.

Numbers are found by form and check digits; names and detailed addresses by the words around them and by a sequence
model (`Tagger`). Every mark says why; a person can add and lift marks before `apply` writes the public text.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from wuxiao.reading.redact.digits import numbers
from wuxiao.reading.redact.homes import addresses
from wuxiao.reading.redact.people import names
from wuxiao.reading.tokens import sound
from wuxiao.reading.words import Stretch, Why
from wuxiao.typed.plain import flat_of

CLASSES = ("name", "phone", "id_number", "bank_card", "plate", "email", "qq", "wechat", "address", "passport")
LABELS: dict[str, Why] = {
    "name": Why("〔姓名〕", "[name]"),
    "phone": Why("〔电话〕", "[phone]"),
    "id_number": Why("〔身份证号〕", "[ID number]"),
    "bank_card": Why("〔银行卡号〕", "[bank card]"),
    "plate": Why("〔车牌号〕", "[plate]"),
    "email": Why("〔邮箱〕", "[e-mail]"),
    "qq": Why("〔QQ号〕", "[QQ]"),
    "wechat": Why("〔微信号〕", "[WeChat]"),
    "address": Why("〔详细地址〕", "[address]"),
    "passport": Why("〔证件号〕", "[document number]"),
}


@dataclass(frozen=True, slots=True)
class Mark:
    """One personal detail: `text == whole[start:end]`, its class among `CLASSES`, why it was marked; `by` is
    "machine" or a person."""

    start: int
    end: int
    text: str
    kind: str
    why: Why
    by: str = "machine"


@dataclass(frozen=True, slots=True)
class Redacted:
    """The text with every mark replaced by its label, and the marks in the order of the original text."""

    text: str
    marks: tuple[Mark, ...]


class Tagger(Protocol):
    """Anything that marks names and addresses in a text; plug in a trained model here, none is needed."""

    def marks(self, text: str) -> list[Mark]:
        """Return marks with offsets in characters of `text`."""
        ...


_RANK = {
    kind: rank
    for rank, kind in enumerate(
        ("email", "id_number", "bank_card", "wechat", "qq", "phone", "plate", "passport", "address", "name")
    )
}


def _settle(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    kept: list[Mark] = []
    starts: list[int] = []
    for mark in sorted(
        marks, key=lambda mark: (mark.by == "machine", _RANK.get(mark.kind, 99), -(mark.end - mark.start), mark.start)
    ):
        # What is kept never overlaps, so only its neighbours can be in the way: a long text costs no more than sorting.
        at = bisect_right(starts, mark.start)
        if (at and kept[at - 1].end > mark.start) or (at < len(kept) and kept[at].start < mark.end):
            continue
        kept.insert(at, mark)
        starts.insert(at, mark.start)
    return tuple(kept)


def find(text: str, *, tagger: Tagger | None = None, classes: Sequence[str] = CLASSES) -> tuple[Mark, ...]:
    """Return the personal details found, sorted, never overlapping; `tagger` adds names and addresses of a trained
    model."""
    found: list[Stretch] = []
    flat = flat_of(sound(text))
    if text:
        found += numbers(flat.text)
        if "name" in classes:
            found += names(flat.text)
        if "address" in classes:
            found += addresses(flat.text)
    marks = []
    for item in found:
        start, end = flat.span(item.start, item.end)
        marks.append(Mark(start, end, text[start:end], item.kind, item.why))
    if tagger is not None:
        marks += tagger.marks(text)
    return tuple(mark for mark in _settle(marks) if mark.kind in classes)


def apply(text: str, marks: Iterable[Mark], *, lang: str = "zh") -> str:
    """Return the text with each mark replaced by its label in `lang`; marks may come in any order.

    Raises `ValueError` when a mark lies outside the text or does not fit it: the text was changed after marking,
    mark it again.
    """
    out: list[str] = []
    at = 0
    for mark in sorted(marks, key=lambda mark: (mark.start, -mark.end)):
        if not 0 <= mark.start < mark.end <= len(text) or text[mark.start : mark.end] != mark.text:
            raise ValueError(
                f"mark {mark.start}–{mark.end} ({mark.kind}) does not fit the text: mark the text again after changing it"
            )
        if mark.end <= at:
            continue
        out.append(text[at : mark.start] if mark.start >= at else "")
        if mark.start >= at:
            out.append(LABELS[mark.kind].say(lang) if mark.kind in LABELS else f"〔{mark.kind}〕")
        at = mark.end
    return "".join([*out, text[at:]])


def redact(text: str, *, tagger: Tagger | None = None, classes: Sequence[str] = CLASSES, lang: str = "zh") -> Redacted:
    """Return the public text and its marks; a person may then change the marks with `add` and `lift` and call
    `apply` again.

    Numbers of public services (110, 12345) are no personal details. Marks are suggestions: a person looks before
    publishing.

    >>> redact("我叫张建国，电话13812345678").text
    '我叫〔姓名〕，电话〔电话〕'
    """
    marks = find(text, tagger=tagger, classes=classes)
    return Redacted(apply(text, marks, lang=lang), marks)


#: What leads to a person by itself, wherever it stands.
NUMBERS = ("phone", "id_number", "bank_card", "passport")


def without_numbers(text: str, *, known: Iterable[str] = (), lang: str = "zh") -> str:
    """Return a text with the numbers of persons replaced by what they are; `known` numbers (of offices) stay.

    >>> without_numbers("李国强（身份证 110101199003074610）住在里间")
    '李国强（身份证 〔身份证号〕）住在里间'
    >>> without_numbers("请打 0871-6221188 问", known=("0871-6221188",))
    '请打 0871-6221188 问'
    """
    stay = {_digits(one) for one in known if one}
    marks = [mark for mark in find(text, classes=NUMBERS) if _digits(mark.text) not in stay]
    return apply(text, marks, lang=lang)


def _digits(text: str) -> str:
    return "".join(char for char in text if char.isdigit())


def veil(text: str) -> str:
    """Return a text of the same length in which the numbers of persons show only their ends, as a contact does.

    >>> veil("请打13812345678")
    '请打138****5678'
    """
    out = text
    for mark in find(text, classes=NUMBERS):
        size = mark.end - mark.start
        head, tail = (3, 4) if size >= 10 and mark.kind == "phone" else (1, min(4, size // 3))
        hidden = "".join("*" if char.isalnum() else char for char in mark.text[head : size - tail])
        out = out[: mark.start + head] + hidden + out[mark.end - tail :]
    return out


def add(text: str, marks: Sequence[Mark], start: int, end: int, kind: str, *, by: str) -> tuple[Mark, ...]:
    """Return the marks with one that a person added over `text[start:end]`; machine marks that overlap it give way.

    Raises `ValueError` for a stretch outside the text or an unknown class.
    """
    if not 0 <= start < end <= len(text):
        raise ValueError(f"stretch {start}–{end} lies outside the text of {len(text)} characters")
    if kind not in CLASSES:
        raise ValueError(f"unknown class {kind!r}: choose one of {', '.join(CLASSES)}")
    mark = Mark(start, end, text[start:end], kind, Why(f"由{by}标出", f"marked by {by}"), by)
    return tuple(
        sorted(
            [*(other for other in marks if other.end <= start or other.start >= end), mark], key=lambda item: item.start
        )
    )


def lift(marks: Sequence[Mark], start: int, end: int) -> tuple[Mark, ...]:
    """Return the marks without those that touch the stretch; lifting where there is no mark changes nothing."""
    return tuple(mark for mark in marks if mark.end <= start or mark.start >= end)


def shift(marks: Iterable[Mark], by: int) -> list[Mark]:
    """Return the marks moved by a number of characters, for texts that were read in parts."""
    return [replace(mark, start=mark.start + by, end=mark.end + by) for mark in marks]
