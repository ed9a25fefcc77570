"""Forms drawn from fields that know their purpose: what a template needs to draw each, and what a form gave for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from wuxiao.rules.book_model import Book
from wuxiao.rules.field import Field, Kind
from wuxiao.web.shared.dates import Lang

#: So many answers are seen side by side.
FEW = 3


def given_of(post: QueryDict, fields: Sequence[Field]) -> dict[str, Any]:
    """Return what a form gave, by field; of boxes that may be ticked nothing sent means none."""
    found: dict[str, Any] = {}
    for one in fields:
        if one.kind is Kind.CHOICES:
            found[one.name] = post.getlist(one.name)
        elif one.name in post:
            found[one.name] = post[one.name]
    return found


def divisions(book: Book, lang: Lang) -> list[tuple[str, str]]:
    """Return the divisions for a list to choose from, indented by level."""
    depth = {"county": "", "township": "　", "community": "　　"}
    return [(d.code, depth[d.level] + d.name.say(lang)) for d in book.divisions.values()]


def drawn(
    fields: Sequence[Field],
    typed: Mapping[str, Any],
    book: Book,
    lang: Lang,
    prefix: str = "",
    *,
    side_by_side: bool = False,
) -> list[dict[str, Any]]:
    """Return each field as the macro `drawn_field` draws it, with what was typed; `prefix` sets ids of forms apart.

    With `side_by_side` one answer of a few is chosen among buttons that are all seen, not from a list that opens.
    """
    found = []
    for one in fields:
        made = one.draw(typed.get(one.name, ""), book, lang)
        if one.kind is Kind.PLACE:
            made["options"] = divisions(book, lang)
        # A hint is a sentence of its own under the label, whatever it is inside an error.
        made["hint"] = made["hint"][:1].upper() + made["hint"][1:]
        made["radios"] = side_by_side and one.kind in {Kind.CHOICE, Kind.YES} and len(made["options"]) <= FEW
        if made["radios"]:
            if one.required and len(made["options"]) == 1:
                made["value"] = made["options"][0][0]
        elif made["options"] is not None and not made["several"]:
            made["options"] = [("", _("请选择") if one.required else _("没有填")), *made["options"]]
        found.append(made | {"id": f"f-{prefix}{one.name}", "rows": 3 if one.kind is Kind.WORDS else 0})
    return found
