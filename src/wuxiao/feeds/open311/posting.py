"""Reading a posted request: the form of the specification becomes a report, or a list of what is wrong with it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from django.http import HttpRequest

from wuxiao.desk.files import files
from wuxiao.desk.matters import despite
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.matters.published import CHANNEL, MEDIA
from wuxiao.desk.town import addresses
from wuxiao.feeds.open311 import services
from wuxiao.feeds.open311.errors import Wrong
from wuxiao.records.models import Address
from wuxiao.rules import hide
from wuxiao.rules.book_model import Book, Category
from wuxiao.rules.words import Text
from wuxiao.typed.plain import clean

LONGEST = {"description": 4000, "address_string": 200, "media_url": 500, "address_id": 64}
_ATTRIBUTE = re.compile(r"attribute\[([^\]]{1,64})\](\[\])?")
_LINK = re.compile(r"https?://[^\s<>\"]+")
_LOCATION = Text(
    "缺少地点：请给 lat 和 long、address_string 或 address_id 其中之一",
    "The location is missing: give lat and long, address_string or address_id.",
)


def field(request: HttpRequest, name: str) -> str:
    """Return one field of the form without what no text should hold; an empty one is as if it were not sent."""
    return clean(request.POST.get(name, "")).strip()


def report(request: HttpRequest, category: Category, book: Book, lang: str) -> Report:
    """Return the report; raises `Wrong` (400) naming the field."""
    for name, most in LONGEST.items():
        if len(field(request, name)) > most:
            raise Wrong(
                400, Text(f"{name} 太长了，最多{most}个字符", f"{name} is too long: at most {most} characters.")
            )
    said = _attributes(request)
    lat, lon, address = _location(request, book)
    names = [field(request, "last_name"), field(request, "first_name")]
    # Chinese names carry the family name first and no space.
    joined = "".join(names) if any("\u4e00" <= c <= "\u9fff" for c in "".join(names)) else " ".join(reversed(names))
    hidden = said.get(services.HIDDEN_UNIT, [""])[0]
    if hidden and not hide.known(book, hidden):
        raise Wrong(400, Text("HIDDEN_UNIT 不在清单里", "HIDDEN_UNIT is not one of the listed values."))
    items = [line.strip() for text in said.get(services.ITEMS, []) for line in text.split("\n") if line.strip()]
    return Report(
        words=_words(request, category, lang),
        channel=CHANNEL,
        lang=lang,
        category=category.code,
        address_id=address,
        place=field(request, "address_string"),
        lat=lat,
        lon=lon,
        name=joined.strip(),
        phone=field(request, "phone"),
        email=field(request, "email"),
        about=(hidden,) if hidden else (),
        items=tuple(item[:500] for item in items[:50]),
        uploads=_uploads(request, book),
    )


def legible(request: HttpRequest, book: Book, lang: str) -> tuple[Report, list[str]]:
    """Return what can be read of a form that is refused, and every text of it: danger may stand in any of them."""
    said = _attributes(request)
    raw: dict[str, Any] = {
        "words": field(request, "description"),
        "place": field(request, "address_string"),
        "name": " ".join(field(request, name) for name in ("last_name", "first_name")).strip(),
        "phone": field(request, "phone"),
        "email": field(request, "email"),
        "category": field(request, "service_code"),
        "hidden_unit": said.get(services.HIDDEN_UNIT, []),
        "items": said.get(services.ITEMS, []),
    }
    with suppress(ValueError):
        raw |= {"lat": float(field(request, "lat")), "lon": float(field(request, "long"))}
    others = [clean(value) for name in request.POST for value in request.POST.getlist(name) if name != "api_key"]
    return despite.of_raw(raw, channel=CHANNEL, lang=lang, book=book), others


def _words(request: HttpRequest, category: Category, lang: str) -> str:
    words = field(request, "description") or category.name.say(lang)
    link = field(request, "media_url")
    if link:
        if not _LINK.fullmatch(link):
            raise Wrong(400, Text("media_url 应是 http(s) 地址", "media_url must be an http or https address."))
        words = f"{words}\n{MEDIA}{link}"
    return words


def _location(request: HttpRequest, book: Book) -> tuple[float | None, float | None, int | None]:
    lat, lon = (_degrees(request, name, most) for name, most in (("lat", 90), ("long", 180)))
    if (lat is None) != (lon is None):
        raise Wrong(400, Text("lat 和 long 要一起给", "lat and long must be sent together."))
    address = None
    if given := field(request, "address_id"):
        row = Address.objects.filter(code=given).first()
        if row is None:
            raise Wrong(400, Text("没有这个 address_id", "There is no such address_id."))
        address = row.pk
    written = field(request, "address_string")
    if lat is None and address is None and not written:
        raise Wrong(400, _LOCATION)
    if address is None and written:
        exact = next((found for found in addresses.search(written, book, 1) if found.exact), None)
        chosen = addresses.chosen(exact.value, book) if exact else None
        address = chosen[0] if chosen else None
    return lat, lon, address


def _degrees(request: HttpRequest, name: str, most: int) -> float | None:
    written = field(request, name)
    if not written:
        return None
    try:
        value = float(written)
    except ValueError:
        value = math.nan
    if not -most <= value <= most:
        raise Wrong(400, Text(f"{name} 应是-{most}到{most}的度数", f"{name} must be degrees from -{most} to {most}."))
    return value


def _attributes(request: HttpRequest) -> Mapping[str, list[str]]:
    """Answers by code; codes that the service does not ask for are left aside."""
    found: dict[str, list[str]] = {}
    for name in request.POST:
        match = _ATTRIBUTE.fullmatch(name)
        if match:
            values: list[Any] = request.POST.getlist(name)
            found.setdefault(match[1], []).extend(str(v).replace("\x00", "") for v in values if str(v).strip())
    return found


def _uploads(request: HttpRequest, book: Book) -> tuple[files.Upload, ...]:
    sent = request.FILES.getlist("media")
    return tuple(files.check(one.name or "media", one.read(), book.uploads) for one in sent[: book.uploads.files])
