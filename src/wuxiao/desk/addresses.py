"""The address picker: what people type of a street, an estate or a door number becomes one standard address.

Names of streets and estates are few (thousands) beside addresses (a hundred thousand): they are held in memory for a
minute and matched there; doors are then read of the matched places alone, by an index. No query scans all addresses
but the one that gathers the names.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from time import monotonic

from django.db.models import Count, Max, Q, QuerySet

from wuxiao.records.models import Address, Street
from wuxiao.rules.book_model import Book
from wuxiao.rules.words import Text

KEEP_SECONDS = 60.0
LIMIT = 12
_DOORS = 300
_PLACES = 6
_NUMBER = re.compile(r"\d+")
_LATIN = re.compile(r"[a-z]+|\d+")
_NOISE = re.compile(r"[\s,，。.、;；:：()（）\-—_/]+")
_ZH_NUMBERS = str.maketrans("零〇一二三四五六七八九", "00123456789")
_ZH_DOOR = re.compile(r"[零〇一二三四五六七八九十百]+(?=[号幢栋单室楼弄])")


@dataclass(frozen=True, slots=True)
class Place:
    """A street, or an estate on it, with the number of standard addresses it has."""

    kind: str
    key: str
    name: str
    name_en: str
    division: str
    street_id: int
    estate: str
    count: int
    folded: str
    words_en: str


@dataclass(frozen=True, slots=True)
class Found:
    """One suggestion: `value` is `a:<id>` for an address or `s:<street>` / `e:<street>:<estate>` for a whole place."""

    value: str
    label: Text
    division: str
    exact: bool = False


@dataclass(slots=True)
class _Known:
    until: float = 0.0
    places: tuple[Place, ...] = ()


_known = _Known()
_lock = threading.Lock()


def forget() -> None:
    """Forget the names of places; the next search reads them again (tests, imports of addresses)."""
    with _lock:
        _known.until = 0.0


def fold(text: str) -> str:
    """Return a text as names are compared: one width, lower case, no marks, Chinese door numbers as digits."""
    flat = unicodedata.normalize("NFKC", text).lower()
    flat = _ZH_DOOR.sub(lambda m: _digits(m.group(0)), flat)
    return _NOISE.sub("", flat)


def _latin(text: str) -> str:
    """Return the Latin words of a text in lower case, one space between them."""
    return " ".join(_LATIN.findall(unicodedata.normalize("NFKC", text).lower()))


def _digits(word: str) -> str:
    if "百" not in word and "十" not in word:
        return word.translate(_ZH_NUMBERS)
    total = part = 0
    for char in word:
        if char in "百十":
            total += (part or 1) * (100 if char == "百" else 10)
            part = 0
        else:
            part = int(char.translate(_ZH_NUMBERS))
    return str(total + part)


def _places() -> tuple[Place, ...]:
    if monotonic() < _known.until:
        return _known.places
    found = [
        Place("street", f"s:{pk}", name, en, division, pk, "", count, fold(name), _latin(en))
        for pk, name, en, division, count in Street.objects.annotate(n=Count("addresses"))
        .order_by("id")
        .values_list("id", "name", "name_en", "division", "n")
    ]
    names = {place.street_id: place for place in found}
    rows = (
        Address.objects.exclude(estate="")
        .values_list("street_id", "estate")
        .annotate(en=Max("estate_en"), n=Count("id"))
        .order_by("street_id", "estate")
    )
    for street_id, estate, estate_en, count in rows:
        street = names[street_id]
        found.append(
            Place(
                "estate",
                f"e:{street_id}:{estate}",
                estate,
                estate_en,
                street.division,
                street_id,
                estate,
                count,
                fold(estate),
                _latin(estate_en),
            )
        )
    with _lock:
        _known.places = tuple(found)
        _known.until = monotonic() + KEEP_SECONDS
    return _known.places


def _score(place: Place, typed: str, words: str) -> tuple[int, str]:
    """Return how well a place fits, 0 for not at all, and what of the typed words it does not explain."""
    if place.folded in typed:
        return 100 + 4 * len(place.folded), typed.replace(place.folded, "", 1)
    if place.words_en and f" {place.words_en} " in words:
        return 100 + 4 * len(place.words_en), words.replace(f" {place.words_en} ", " ", 1)
    bare = _NUMBER.split(typed)[0]
    if len(bare) >= 2 and bare in place.folded:
        return 60 + 4 * len(bare) - len(place.folded), typed.replace(bare, "", 1)
    if len(words) >= 5 and place.words_en.startswith(words.strip()):
        return 60, ""
    return 0, typed


def _near(place: Place, typed: str) -> tuple[int, str]:
    """Return how well a place fits by the longest run of characters it shares with what was typed."""
    shared = _overlap(place.folded, typed)
    if len(shared) < 2 or shared.isdigit() or 4 * len(shared) < len(place.folded):
        return 0, typed
    return 4 * len(shared), typed.replace(shared, "", 1)


def _overlap(name: str, typed: str) -> str:
    """Return the longest run of characters the two share."""
    best = ""
    for start in range(len(name) - 1):
        for end in range(len(name), start + max(1, len(best)), -1):
            if name[start:end] in typed:
                best = name[start:end]
                break
    return best


def search(words: str, book: Book, limit: int = LIMIT) -> list[Found]:
    """Suggest standard addresses for what was typed, best first; then whole streets and estates, door unknown.

    An exact standard address alone is returned when the words are one. Empty for words shorter than two characters or
    words that fit nothing.
    """
    typed = fold(words)[:80]
    if len(typed) < 2:
        return []
    for division in book.divisions.values():
        folded = fold(division.name.zh)
        if typed.startswith(folded) and len(typed) > len(folded) + 1:
            typed = typed[len(folded) :]
    latin = f" {_latin(words[:160])} "
    places = _places()
    scored = [(score, rest, place) for place in places for score, rest in (_score(place, typed, latin),) if score]
    if not scored:
        scored = [(score, rest, place) for place in places for score, rest in (_near(place, typed),) if score]
    scored.sort(key=lambda row: (-row[0], row[2].name, row[2].key))
    if not scored:
        return []
    top = scored[0][0]
    near = [row for row in scored if row[0] >= top - 24][:_PLACES]
    doors: list[tuple[int, Found]] = []
    for order, (_, rest, place) in enumerate(near):
        doors += [(10 * order - fit, found) for fit, found in _doors(place, rest)]
    doors.sort(key=lambda row: row[0])
    unique = {found.value: found for _, found in doors}
    exact = [found for found in unique.values() if fold(words) in {fold(found.label.zh), fold(found.label.en)}]
    if exact:
        return [Found(exact[0].value, exact[0].label, exact[0].division, True)]
    whole = [_whole(place, book) for _, _, place in near[:3]]
    return [*list(unique.values())[: max(1, limit - len(whole))], *whole]


def _whole(place: Place, book: Book) -> Found:
    division = book.divisions.get(place.division)
    before = division.name if division else Text("", "")
    zh = f"{before.zh}{place.name}（门牌不清楚）"
    en = f"{place.name_en or place.name}, {before.en} (number not known)"
    return Found(place.key, Text(zh, en), place.division)


def _doors(place: Place, rest: str) -> list[tuple[int, Found]]:
    rows: QuerySet[Address] = Address.objects.filter(street_id=place.street_id)
    if place.estate:
        rows = rows.filter(estate=place.estate)
    numbers = _NUMBER.findall(rest)
    if numbers:
        fits = Q()
        for number in numbers[:3]:
            fits |= Q(door__startswith=number) | Q(building__startswith=number)
        rows = rows.filter(fits)
    found = [(_fit(row, numbers), row) for row in rows[:_DOORS]]
    found.sort(key=lambda pair: (-pair[0], _order(pair[1].door), _order(pair[1].building)))
    return [(fit, _address(row)) for fit, row in found[: LIMIT if numbers else 6]]


def _fit(row: Address, numbers: list[str]) -> int:
    own = {*_NUMBER.findall(row.door), *_NUMBER.findall(row.building)}
    return 4 * sum(1 for number in numbers if number in own)


def _order(text: str) -> tuple[int, str]:
    number = _NUMBER.search(text)
    return (int(number.group(0)) if number else 0, text)


def _address(row: Address) -> Found:
    return Found(f"a:{row.pk}", Text(row.full, row.full_en or row.full), row.division)


def chosen(value: str, book: Book) -> tuple[int | None, Text, str] | None:
    """Return address id, text and division of a chosen suggestion, or `None` if there is no such place any more."""
    kind, _, rest = value.partition(":")
    if kind == "a" and rest.isdigit():
        row = Address.objects.filter(pk=int(rest)).first()
        return (row.pk, Text(row.full, row.full_en or row.full), row.division) if row else None
    place = next((p for p in _places() if p.key == value), None)
    if place is None:
        return None
    found = _whole(place, book)
    return None, found.label, found.division


def names(found: Iterable[Found], lang: str) -> list[str]:
    """Return the labels of suggestions in one language, whole places left out (what a list of hints shows)."""
    return [row.label.say(lang) for row in found if row.value.startswith("a:")]
