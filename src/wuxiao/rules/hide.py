"""From whom a matter is kept: the units complained of, those who would tell them, and who takes their place.

A town's book says which units know one another (`[[hide.circle]]`: a report about one police station is hidden from
every police post but the one that supervises them) and which bodies people mean without knowing a name
(`[hide.body]`: "the police station, I do not know which"). Everything here is a pure function of the book; a matter
stores what they return, and the set of a matter only grows by acts that the diary seals. Sources: R2.18, S4.47.
"""

from __future__ import annotations

from collections.abc import Iterable

from wuxiao.rules.book_model import Body, Book, Circle, Unit, type_names
from wuxiao.rules.words import Text

#: What is beneath the county government are offices of their own, no part of the one complained of.
_APART = frozenset({"government"})
#: The desk that registers everything is no party when only the office above it is complained of.
_DESKS = frozenset({"centre"})
#: Units that see to it that others do their work.
_WATCHES = frozenset({"supervision", "centre", "government"})
#: Units that govern a division: whoever sees that division through another post must not see it either.
_GOVERNS = frozenset({"sub_district", "community", "government"})


def _members(book: Book, circle: Circle) -> frozenset[str]:
    roots = set(circle.units)
    return frozenset(unit.code for unit in book.units.values() if not roots.isdisjoint(unit.under))


def _beneath(book: Book, unit: Unit) -> frozenset[str]:
    if unit.type in _APART:
        return frozenset({unit.code})
    below = {u.code for u in book.units.values() if unit.code in u.under and u.type not in _DESKS}
    return frozenset(below | {unit.code})


def from_unit(book: Book, code: str) -> frozenset[str]:
    """Return every unit that must not see a matter about this one: itself, what is beneath it, and its circle.

    The overseer of a circle may see it, unless it is complained of itself or stands beneath the unit that is. Raises
    `KeyError` for an unknown unit.
    """
    found = _beneath(book, book.units[code])
    for circle in book.hide.circles:
        members = _members(book, circle)
        if code in members:
            found |= members if circle.overseer in found else members - {circle.overseer}
    return found


def named(book: Book, kind: str, division: str = "") -> tuple[str, ...]:
    """Return the units somebody may mean by a body of the book or by a unit type, at a place.

    In reach are those of the township of the place, and those above it; without a place, or where none is in reach,
    all of the town. Raises `KeyError` for a word that is neither.
    """
    body = book.hide.bodies.get(kind)
    if body is None:
        body = Body(kind, type_names[kind], (kind,))
    fit = [unit for unit in book.units.values() if unit.type in body.types]
    place = book.divisions.get(division)
    if place is not None:
        township = next((d for d in place.chain if d in book.divisions and len(d) == 9), "")
        near = [
            u for u in fit if u.division in place.chain or (township and township in book.divisions[u.division].chain)
        ]
        fit = near or fit
    return tuple(dict.fromkeys([*(u.code for u in fit), *body.units]))


def from_type(book: Book, kind: str, division: str = "") -> frozenset[str]:
    """Return every unit that must not see a matter about "the police station (or another body), I do not know which".

    `kind` is a body of the book (`book.hide.bodies`) or a unit type; `division` the place, if it is known. Raises
    `KeyError` for a word that is neither.
    """
    return frozenset().union(*(from_unit(book, code) for code in named(book, kind, division)))


def from_about(book: Book, about: Iterable[str], division: str = "") -> frozenset[str]:
    """Return every unit that must not see a matter about these: unit codes and bodies, as they were named."""
    found: frozenset[str] = frozenset()
    for one in about:
        found |= from_unit(book, one) if one in book.units else from_type(book, one, division)
    return found


def name_of(book: Book, about: str) -> Text:
    """Return what was named, a unit or a body, in words; the code itself if the book no longer knows it."""
    if about in book.units:
        return book.units[about].name
    body = book.hide.bodies.get(about)
    return body.name if body is not None else Text(about, about)


def known(book: Book, about: str) -> bool:
    """Tell whether a word names a unit or a body of the book, so that something can be hidden from it."""
    return about in book.units or about in book.hide.bodies


def circles_of(book: Book, hidden: frozenset[str]) -> list[Circle]:
    """Return the circles all of which, but for their overseer, a matter is hidden from."""
    return [c for c in book.hide.circles if (m := _members(book, c) - {c.overseer}) and m <= hidden]


def barred(book: Book, hidden: frozenset[str], code: str) -> bool:
    """Tell whether a unit must stand aside: a matter is hidden from it, or from a body it is a part of.

    The offices of a county are no part of the county government, whose counter or clerk is complained of: they go on
    working. A circle's overseer is beneath the body it oversees and still may act, as long as it is not hidden itself.
    """
    if not hidden:
        return False
    unit = book.units.get(code)
    if code in hidden or unit is None:
        return code in hidden
    above = {one for one in hidden & unit.under if code in _beneath(book, book.units[one])}
    for circle in book.hide.circles:
        if circle.overseer == code:
            above -= _members(book, circle)
    return bool(above)


def instead(book: Book, hidden: frozenset[str], code: str) -> str:
    """Return the unit itself, or the nearest body that oversees it and need not stand aside.

    Where every overseer is complained of too, the county government takes it, or failing that the last one reached.
    """
    seen: set[str] = set()
    while code in book.units and code not in seen and barred(book, hidden, code):
        seen.add(code)
        around = [c.overseer for c in book.hide.circles if code in _members(book, c)]
        free = [one for one in around if not barred(book, hidden, one)]
        code = free[0] if free else book.units[code].supervisor
    if barred(book, hidden, code):
        top = [u.code for u in book.units.values() if u.type in _APART and not barred(book, hidden, u.code)]
        return top[0] if top else code
    return code


def desk(book: Book, hidden: frozenset[str], code: str = "") -> str:
    """Return the desk a matter comes to: this one (the hotline if none is named), or its overseer if hidden from it."""
    code = code or next(u.code for u in book.units.values() if u.type == "centre")
    return instead(book, hidden, code) if code in hidden else code


def first_in_danger(book: Book, hidden: frozenset[str]) -> str:
    """Return who takes a matter in which somebody is in danger: 110, or whoever oversees it where it must not know.

    An empty text where the book has no 110.
    """
    command = next((u.code for u in book.units.values() if u.type == "police_command"), "")
    return instead(book, hidden, command) if command else ""


def told_of_danger(book: Book, hidden: frozenset[str]) -> str:
    """Return the unit that may be told where somebody is in danger and what happens there, and nothing else of it.

    That is 110, where the book names it so (`[hide.danger]`) and the matter itself is kept from it; else an empty text.
    """
    return next((code for code in book.hide.danger if code in hidden and barred(book, hidden, code)), "")


def oversees(book: Book, hidden: frozenset[str], code: str) -> str:
    """Return a hidden unit in whose place this one acts, or an empty text; overseeing is a power of its own (S4.47)."""
    if barred(book, hidden, code):
        return ""
    return next((one for one in sorted(hidden & book.units.keys()) if instead(book, hidden, one) == code), "")


def overseeing(book: Book) -> frozenset[str]:
    """Return the units that see to it that others do their work: supervision, the desk, the government, overseers."""
    watching = {unit.code for unit in book.units.values() if unit.type in _WATCHES}
    return frozenset(watching | {circle.overseer for circle in book.hide.circles if circle.overseer})


def divisions_of(book: Book, hidden: frozenset[str]) -> frozenset[str]:
    """Return the divisions governed by hidden units: seeing by division ends there and beneath."""
    return frozenset(u.division for u in book.units.values() if u.code in hidden and u.type in _GOVERNS)


# ------------------------------------------------------------------------------------------------- as it is stored


def pack(codes: Iterable[str]) -> str:
    """Return codes as one text that a database can look into: `,a,b,`; an empty text for none.

    >>> pack({"b", "a"})
    ',a,b,'
    """
    found = sorted(set(codes) - {""})
    return f",{','.join(found)}," if found else ""


def unpack(text: str) -> frozenset[str]:
    """Return the codes of a stored text.

    >>> sorted(unpack(",a,b,"))
    ['a', 'b']
    """
    return frozenset(text.split(",")) - {""}
