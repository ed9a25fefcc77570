"""The address picker: what people type of a street, an estate or a door number becomes one standard address.

Names of streets and estates are few (thousands) beside addresses (a hundred thousand): they are held in memory for a
minute and matched there; doors are then read of the matched places alone, by an index. No query scans all addresses
but the one that gathers the names.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from time import monotonic
from typing import Any

from django.db.models import Avg, Count, Max, Q, QuerySet

from wuxiao.records.models import Address, Street
from wuxiao.rules.book_model import Book
from wuxiao.rules.words import Text
from wuxiao.typed.numbers import whole_number
from wuxiao.typed.plain import flat

KEEP_SECONDS = 60.0
LIMIT = 12
_DOORS = 300
_PLACES = 6
_DOOR_HIT = 30
#: More than the places of one search can lie apart.
_OWN_NUMBER = 1000
_BUILDING = re.compile(r"(\d+)(?:号楼|栋|幢|座)")
_DOOR = re.compile(r"\D*\d+号(?!楼)")
_NUMBER = re.compile(r"\d+")
_LATIN = re.compile(r"[a-z]+|\d+")
_NOISE = re.compile(r"[^\w]+|_")
#: 3-2-501: building, staircase, room, with dashes alone.
_ROOM = re.compile(r"(?<![\d-])(\d{1,3}) ?- ?(\d{1,4})(?: ?- ?(\d{2,4}))?(?![\d-])(?! ?[号幢栋弄楼])")
#: How people call the committees of villages and communities.
_COMMITTEE = ((re.compile("村?村委会"), "村民委员会"), (re.compile("居委会"), "居民委员会"))
#: What may stand behind a division that is the place itself: a group, a gate, its committee.
_WITHIN = re.compile(r"第?\d*(?:村民)?小?[组队社号]?(?:大门|村?村委会|村民委员会|居委会|居民委员会)?")
_ZH_NUMBERS = str.maketrans("零〇一二三四五六七八九", "00123456789")
_ZH_DOOR = re.compile(r"[零〇一二三四五六七八九十百]+(?=[号幢栋单室楼弄])")


@dataclass(frozen=True, slots=True)
class Place:
    """A street, an estate on it, a division, or the house of a unit, with the number of standard addresses it has."""

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
    """One suggestion: `value` is `a:<id>` for an address; `s:<street>`, `e:<street>:<estate>`, `d:<division>` and
    `u:<unit>` stand for a whole place."""

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
    plain = _ZH_DOOR.sub(lambda m: _digits(m.group(0)), flat(text).lower())
    plain = _ROOM.sub(lambda m: f"{m[1]}幢{m[2]}单元{m[3]}室" if m[3] else f"{m[1]}幢{m[2]}室", plain)
    return _NOISE.sub("", plain)


def _latin(text: str) -> str:
    """Return the Latin words of a text in lower case, one space between them."""
    return " ".join(_LATIN.findall(flat(text).lower()))


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


def _of_book(book: Book) -> tuple[Place, ...]:
    """Return the places a rule book knows by itself: its divisions and the houses of its units."""
    if _books.get("digest") != book.digest:
        found = [
            Place("division", f"d:{d.code}", d.name.zh, d.name.en, d.code, 0, "", 0, fold(d.name.zh), _latin(d.name.en))
            for d in book.divisions.values()
        ]
        found += [
            Place("unit", f"u:{u.code}", u.name.zh, u.name.en, u.division, 0, "", 0, fold(u.name.zh), _latin(u.name.en))
            for u in book.units.values()
            if u.division in book.divisions
        ]
        _books.clear()
        _books.update(digest=book.digest, places=tuple(found))
    places: tuple[Place, ...] = _books["places"]
    return places


_books: dict[str, Any] = {}
#: What kind of division a name ends on; people leave it away.
_KIND_OF = re.compile("(?:街道|镇|乡|县|区|市|社区|村)$")


def _score(place: Place, typed: str, words: str) -> tuple[int, str]:
    """Return how well a place fits, 0 for not at all, and what of the typed words it does not explain."""
    if place.folded in typed:
        return 100 + 4 * len(place.folded), typed.replace(place.folded, "", 1)
    if place.words_en and f" {place.words_en} " in words:
        return 100 + 4 * len(place.words_en), words.replace(f" {place.words_en} ", " ", 1)
    bare = _NUMBER.split(typed)[0]
    if len(bare) >= 2 and bare in place.folded:
        # The shorter the name, the more of it was typed; what it ends on (…派出所) says as much as what it begins with.
        return 60 + 4 * len(bare) - len(place.folded), typed.replace(bare, "", 1)
    asked = words.split()
    if asked and len(words.strip()) >= 4 and place.words_en:
        own = place.words_en.split()
        if all(any(one.startswith(word) for one in own) for word in asked if not word.isdigit()):
            return 60 - len(own), " ".join(word for word in asked if word.isdigit())
    return 0, typed


def _near(place: Place, typed: str) -> tuple[int, str]:
    """Return how well a place fits with one character wrong, missing or too many; else by the longest shared run."""
    best = (0, typed)
    size = len(place.folded)
    if size >= 3:
        for length in (size, size - 1, size + 1):
            for start in range(len(typed) - length + 1):
                part = typed[start : start + length]
                if sum(char in place.folded for char in set(part)) < min(len(set(part)), size) - 1:
                    continue
                if _one_apart(part, place.folded):
                    score = 80 + 4 * size + (8 if length == size and _alike(part, place.folded) else 0)
                    if length != size:
                        score -= 6
                    if score > best[0]:
                        best = (score, typed.replace(part, "", 1))
    if best[0]:
        return best
    shared = _overlap(place.folded, typed)
    if len(shared) < 2 or shared.isdigit() or 4 * len(shared) < size:
        return 0, typed
    return 4 * len(shared), typed.replace(shared, "", 1)


def _slipped(score: int, place: Place) -> bool:
    """Whether a score of `_near` is of a slip: another sign of the same sound, or one wrong in a long name."""
    size = len(place.folded)
    return score >= 88 + 4 * size or (size >= 5 and score >= 74 + 4 * size)


def _one_apart(one: str, other: str) -> bool:
    """Return whether one character changed, put in or left out makes the two the same; digits are never mistaken."""
    if len(one) == len(other):
        wrong = [(a, b) for a, b in zip(one, other, strict=True) if a != b]
        return len(wrong) == 1 and not (wrong[0][0].isdigit() or wrong[0][1].isdigit())
    short, long = sorted((one, other), key=len)
    return any(long[:n] + long[n + 1 :] == short for n in range(len(long)) if not long[n].isdigit())


def _alike(one: str, other: str) -> bool:
    """Return whether two names sound the same: what an input method confuses."""
    from pypinyin import lazy_pinyin

    return bool(lazy_pinyin(one) == lazy_pinyin(other))


def _overlap(name: str, typed: str) -> str:
    """Return the longest run of characters the two share."""
    best = ""
    for start in range(len(name) - 1):
        for end in range(len(name), start + max(1, len(best)), -1):
            if name[start:end] in typed:
                best = name[start:end]
                break
    return best


def _said_divisions(typed: str, book: Book) -> tuple[str, list[str]]:
    """Return what is typed without the divisions it begins with, and their codes."""
    codes: list[str] = []
    moved = True
    while moved:
        moved = False
        for division in book.divisions.values():
            folded = fold(division.name.zh)
            if typed.startswith(folded) and len(typed) > len(folded) + 1:
                typed, moved = typed[len(folded) :], True
                codes.append(division.code)
                break
    return typed, codes


def _called(place: Place, rest: str, book: Book) -> str:
    """Return how what is typed names a division of a place in short (双河 for 双河镇); empty where it does not."""
    division = book.divisions.get(place.division)
    while division is not None:
        short = _KIND_OF.sub("", fold(division.name.zh))
        if len(short) >= 2 and short in rest:
            return short
        division = book.divisions.get(division.parent or "")
    return ""


def search(words: str, book: Book, limit: int = LIMIT, *, named: bool = False) -> list[Found]:
    """Suggest places for what was typed, best first: standard addresses with the door numbers in their order, whole
    streets, estates, villages, townships and public houses, door unknown.

    An exact standard address alone is returned when the words are one. One wrong character in a name is forgiven. A
    street without a number comes first as a whole. Empty for words shorter than two characters or that fit nothing.

    With `named`, for whoever takes the first without asking: only what the words name, a slip of sound or of one
    character in a long name forgiven; no place that shares a piece of its name with them.
    """
    whole_typed = fold(words)[:80]
    if len(whole_typed) < 2 or whole_typed.isdigit():
        return []
    typed, said = _said_divisions(whole_typed, book)
    latin = f" {_latin(words[:160])} "
    own = _places()
    places = (*own, *_of_book(book))
    scored = [(score, rest, place) for place in places for score, rest in (_score(place, typed, latin),) if score]
    if said and not any(score >= 100 for score, _rest, _place in scored):
        # A division with nothing but a group, a gate or its committee behind it (上堰村3组) is the place itself.
        spelt = whole_typed
        for called, name in _COMMITTEE:
            spelt = called.sub(name, spelt)
        whole = [(score, rest, place) for place in places for score, rest in (_score(place, spelt, latin),)]
        if not named or _WITHIN.fullmatch(typed):
            scored += [row for row in whole if row[0] >= 100 and row[2].kind in {"unit", "division"}]
    if not any(score >= 100 for score, _rest, _place in scored):
        # Nothing is named outright: one wrong character is likelier than a piece of another name.
        letters = set(typed)
        likely = [place for place in places if len(letters.intersection(place.folded)) >= 2]
        near = [(score, rest, place) for place in likely for score, rest in (_near(place, typed),) if score]
        if named:
            near = [row for row in near if _slipped(row[0], row[2])]
        scored += [row for row in near if row[0] >= 80 or not scored]
    best: dict[str, tuple[int, str, Place]] = {}
    for score, rest, place in scored:
        if said and any(place.division.startswith(code) for code in said):
            score += 12
        elif short := _called(place, rest, book):
            score, rest = score + 8, rest.replace(short, "", 1)
        if place.key not in best or best[place.key][0] < score:
            best[place.key] = (score, rest, place)
    # What fits as well comes by where it lies, never by the order in which a database met it.
    ordered = sorted(
        best.values(), key=lambda row: (-row[0], row[2].name, row[2].division, len(row[2].key), row[2].key)
    )
    if not ordered:
        return []
    top = ordered[0][0]
    near_ones = [row for row in ordered if row[0] >= top - 24][: max(_PLACES, limit)]
    doors: list[tuple[int, Found]] = []
    numbered = False
    for order, (_, rest, place) in enumerate(near_ones[:_PLACES]):
        if place.kind in {"street", "estate"}:
            numbers = _NUMBER.findall(rest)
            numbered = numbered or bool(numbers)
            doors += [
                (40 * order - fit - (_OWN_NUMBER if fit >= _DOOR_HIT else 0), found)
                for fit, found in _doors(place, rest, numbers)
            ]
    # Of several streets of one name the one that has the number comes first, whichever it is.
    doors.sort(key=lambda row: row[0])
    unique = {found.value: found for _, found in doors}
    asked = {whole_typed, typed}
    exact = [found for found in unique.values() if asked & {fold(found.label.zh), fold(found.label.en)}]
    if exact:
        return [Found(exact[0].value, exact[0].label, exact[0].division, True)]
    wholes = [_whole(place, book) for _, _, place in near_ones[: 3 if numbered and unique else limit]]
    hit = bool(doors) and doors[0][0] <= -_OWN_NUMBER / 2
    rows = list(unique.values())
    if numbered and hit:
        return [*rows[: max(1, limit - len(wholes))], *wholes][:limit]
    kept = wholes[: max(1, limit - 6)] if rows else wholes
    return [*kept, *rows[: limit - len(kept)]]


def _whole(place: Place, book: Book) -> Found:
    division = book.divisions.get(place.division)
    before = division.name if division else Text("", "")
    if place.kind == "division":
        above = book.divisions.get(division.parent) if division and division.parent else None
        zh = f"{above.name.zh}{place.name}" if above is not None and above.level != "county" else place.name
        return Found(place.key, Text(zh, place.name_en or place.name), place.division)
    if place.kind == "unit":
        return Found(place.key, Text(place.name, place.name_en or place.name), place.division)
    zh = f"{before.zh}{place.name}（门牌不清楚）"
    en = f"{place.name_en or place.name}, {before.en} (number not known)"
    return Found(place.key, Text(zh, en), place.division)


def _doors(place: Place, rest: str, numbers: list[str]) -> list[tuple[int, Found]]:
    rows: QuerySet[Address] = Address.objects.filter(street_id=place.street_id)
    if place.estate:
        rows = rows.filter(estate=place.estate)
    if numbers:
        first = Q(door__startswith=numbers[0]) | Q(building__startswith=numbers[0])
        if len(numbers) > 1:
            first |= Q(building__startswith=numbers[1])
        rows = rows.filter(first)
    found = [(_fit(row, rest, numbers, bool(place.estate)), row) for row in rows.order_by("pk")[:_DOORS]]
    found.sort(key=lambda pair: (-pair[0], _order(pair[1].door), _order(pair[1].building)))
    return [(fit, _address(row)) for fit, row in found[: LIMIT if numbers else 6]]


def _fit(row: Address, rest: str, numbers: list[str], in_estate: bool) -> int:
    """Return how well the numbers fit, read in their order: the door first, then the building; units and rooms are
    inside and no address of their own."""
    if not numbers:
        return 0
    door, building = (_NUMBER.findall(text) for text in (row.door, row.building))
    house = _BUILDING.search(rest)
    # "3幢" or, in an estate, a bare number is the building; "12号" is the door.
    inside = (house is not None and house.group(1) == numbers[0]) or (in_estate and not _DOOR.match(rest))
    first = building if inside else door
    score = 0
    if first[:1] == numbers[:1]:
        score += _DOOR_HIT + 20
        score += 8 if len(first) == 1 else 0
        # 12号附3 with its second number, then 12号 without one.
        if first[1:2] and first[1:2] == numbers[1:2]:
            score += 16 if "附" in rest else 6
    elif not inside and building[:1] == numbers[:1]:
        score += _DOOR_HIT
    elif first and first[0].startswith(numbers[0]):
        score += 4
    if len(numbers) > 1 and building[:1] == numbers[1:2] and not inside:
        score += 4
    return score


def _order(text: str) -> tuple[int, str]:
    number = _NUMBER.search(text)
    return (int(number.group(0)) if number else 0, text)


def _address(row: Address) -> Found:
    return Found(f"a:{row.pk}", Text(row.full, row.full_en or row.full), row.division)


def chosen(value: str, book: Book) -> tuple[int | None, Text, str] | None:
    """Return address id, text and division of a chosen suggestion, or `None` if there is no such place any more."""
    kind, _, rest = value.partition(":")
    if kind == "a":
        number = whole_number(rest)
        row = Address.objects.filter(pk=number).first() if number is not None else None
        return (row.pk, Text(row.full, row.full_en or row.full), row.division) if row else None
    place = next((p for p in (*_places(), *_of_book(book)) if p.key == value), None)
    if place is None:
        return None
    found = _whole(place, book)
    return None, found.label, found.division


def position(found: Found) -> tuple[float, float] | None:
    """Return where a suggestion is (latitude, longitude): an address's own, the middle of a street, estate or division.

    `None` where no address of it has a position.
    """
    kind, _, rest = found.value.partition(":")
    rows = Address.objects.filter(lat__isnull=False, lon__isnull=False)
    match kind:
        case "a":
            rows = rows.filter(pk=int(rest))
        case "s":
            rows = rows.filter(street_id=int(rest))
        case "e":
            street, _, estate = rest.partition(":")
            rows = rows.filter(street_id=int(street), estate=estate)
        case _:
            rows = rows.filter(division__startswith=found.division)
    middle = rows.aggregate(lat=Avg("lat"), lon=Avg("lon"))
    return None if middle["lat"] is None else (middle["lat"], middle["lon"])


def door_at(words: str, division: str, book: Book) -> tuple[float, float] | None:
    """Return the position of the standard address that words name within a division; `None` for less than a door."""
    found = search(words, book, named=True)
    first = found[0] if found else None
    if first is None or not first.value.startswith("a:"):
        return None
    if not (first.division.startswith(division) or division.startswith(first.division)):
        return None
    return position(first)


def names(found: Iterable[Found], lang: str) -> list[str]:
    """Return the labels of suggestions in one language (what a list of hints shows)."""
    return [row.label.say(lang) for row in found]
