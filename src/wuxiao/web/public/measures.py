"""What the public reads of measures beside those of matters, and the dictionary of all, for people and machines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from markupsafe import Markup

from wuxiao.desk.figures import declared, kept
from wuxiao.rules.book_model import Book
from wuxiao.rules.measures import Measure
from wuxiao.rules.measures.counted import Standing
from wuxiao.rules.measures.disclosure import Floor
from wuxiao.rules.measures.told import Part, Told
from wuxiao.rules.words import Text
from wuxiao.web.public import base, wording
from wuxiao.web.public.base import month_name, say
from wuxiao.web.public.opendata import definition
from wuxiao.web.shared.dates import number

FLOORS = {
    Floor.PEOPLE: Text(
        "不足 {below} 的件数不公布，也不让人减出来；整体的比率从 {below} 起公布，分开的从 {minimum} 起",
        "counts below {below} are withheld, and what gives them away; a share of the whole is told from {below} on, of "
        "a part from {minimum} on",
    ),
    Floor.COMPARED: Text(
        "不足 {below} 的件数不公布，也不让人减出来；比率从 {minimum} 起公布",
        "counts below {below} are withheld, and what gives them away; shares are told from {minimum} on",
    ),
    Floor.HOUSE: Text(
        "说的是单位办得怎么样，整体再小也公布，不再分开",
        "it says how the house works: told of the whole however small, never of a part",
    ),
}


def public(book: Book) -> tuple[Measure, ...]:
    """Return the measures whose words the public reads in a town, those of matters first."""
    return declared.kept(book, public=True)


def floor(one: Measure, book: Book) -> Text:
    """Return the floor of a published measure in words, with the numbers of the town."""
    assert one.floor is not None
    return FLOORS[one.floor].fill(below=book.suppress_below, minimum=book.minimum_n)


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show one month of every measure beside those of matters, the newest there is or the one that is asked for."""
    rules = base.rules_now()
    if not kept.monthly(rules.book):
        raise Http404
    found = kept.published(rules.book)
    months = found.months if found is not None else ()
    asked = request.GET.get("month", "")
    if asked and asked not in months:
        raise Http404
    month = asked or (months[0] if months else "")
    context: dict[str, Any] = {"month": month_name(month) if month else "", "at": None, "rows": [], "splits": []}
    if found is not None and month:
        told = found.of(month)
        before = {one.measure.code: one for one in _before(found, month)}
        context |= {
            "at": found.at,
            "columns": [_("是哪个数"), (month_name(month), "n"), (_("前一个月"), "n")],
            "rows": [
                [_named(one.measure), _cell(one.whole, rules.book), _cell_of(before.get(one.measure.code), rules.book)]
                for one in told
            ],
            "splits": [
                (
                    wording.head(one.measure.name),
                    [[say(part.name), _cell(part, rules.book)] for part in one.parts],
                )
                for one in told
                # A table in which everything is withheld tells nobody anything.
                if any(not part.mark and (part.share is not None or not part.of_share) for part in one.parts)
            ],
            "final": all(one.final for one in told),
            "months": [(month_name(name), f"?month={name}") for name in months],
        }
    return base.page(request, "subjects.html", rules, "public_subjects", context)


def _before(found: kept.Kept, month: str) -> tuple[Told, ...]:
    place = found.months.index(month) + 1
    return found.of(found.months[place]) if place < len(found.months) else ()


def _named(one: Measure) -> Markup:
    return Markup('<a href="{}#{}">{}</a>').format(reverse("public_definitions"), one.code, wording.head(one.name))


def _cell_of(told: Told | None, book: Book) -> Markup | str:
    return _cell(told.whole, book) if told is not None else "–"


def _cell(part: Part, book: Book) -> Markup | str:
    if part.mark:
        return f"<{book.suppress_below}" if part.mark == "small" else "※"
    if part.share is not None:
        return wording.share_cell(part.share)
    return "–" if part.of_share else number(part.count or 0)


@require_safe
def as_json(request: HttpRequest) -> HttpResponse:
    """The dictionary of all published measures, and the cells of those beside matters; those of matters: data.json."""
    book = base.rules_now().book
    found = kept.published(book)
    body = {
        "town": {"zh": book.town.name.zh, "en": book.town.name.en, "code": book.town.code},
        "withheld_below": book.suppress_below,
        "minimum_n": book.minimum_n,
        "measures": {one.code: _entry(one, book) for one in public(book)},
        "cells": [cell for told in (found.told if found is not None else ()) for cell in _cells(told)],
    }
    return base.kept(JsonResponse(body, json_dumps_params={"ensure_ascii": False}))


def _both(text: Text | None) -> dict[str, str] | None:
    return None if text is None else {"zh": text.zh, "en": text.en}


def _entry(one: Measure, book: Book) -> dict[str, Any]:
    assert one.floor is not None
    whens = {count.when for count in (*one.k, *one.n)}
    stands = [when for when in whens if when is None or isinstance(when, Standing)]
    return {
        "name": _both(one.name),
        "unit": _both(one.unit),
        "above": _both(one.above),
        "below": _both(one.below),
        "left_out": _both(one.left_out),
        "note": _both(one.note),
        "definition": {lang: definition(one, lang) for lang in ("zh", "en")},
        "source": {"code": one.source.name, **(_both(one.source.words) or {})},
        "share": one.is_share,
        "interval": "Wilson 95%" if one.is_share else None,
        "counted": "now" if whens == {None} else "at the end" if len(stands) == len(whens) else "in the period",
        "by": [
            [{"code": name, **(_both(one.source.dimension(name).words) or {})} for name in split] for split in one.by
        ],
        "floor": {"code": one.floor.value, **(_both(floor(one, book)) or {})},
        "url": f"{settings.BASE_URL}{reverse('public_definitions')}#{one.code}",
    }


def _cells(told: Told) -> Iterator[dict[str, Any]]:
    for split, part in (("county", told.whole), *(("kind", part) for part in told.parts)):
        cell: dict[str, Any] = {
            "month": told.month,
            "final": told.final,
            "split": split,
            "code": part.code,
            "measure": told.measure.code,
        }
        if part.mark:
            yield cell | {"value": None, "withheld": part.mark}
        elif not told.measure.is_share:
            yield cell | {"value": part.count}
        elif part.share is not None:
            one = part.share
            yield cell | {"value": one.share, "n": one.n, "low95": one.low, "high95": one.high}
        else:
            yield cell | {"value": None, "n": part.count}
