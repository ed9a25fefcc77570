"""Which unit is given a matter, who helps, who oversees it, and why.

A rule of the book names categories and divisions; the closer category wins, then the closer division. The rule names
units in order, and the first that exists at the place and has the power to answer becomes the lead. A machine suggests
with reasons; where a person must decide, the desk asks one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from wuxiao.rules import hide
from wuxiao.rules.book_model import EVERYWHERE, Book, Category, Division, RouteRule, Unit, type_names
from wuxiao.rules.words import Text


class NoRoute(LookupError):
    """No unit of the book may lead this matter; `reason` says why, in both languages."""

    def __init__(self, reason: Text) -> None:
        self.reason = reason
        super().__init__(reason.en)


@dataclass(frozen=True, slots=True)
class Route:
    """Where a matter goes: codes of lead, co-units and supervising unit, the sentence why, the rule that said so.

    `moved` is true when the lead of the rule must stand aside, being hidden from or beneath such a unit, and its
    overseer took its place. Lead and supervisor are the same only where nobody else stands outside.
    """

    lead: str
    co_units: tuple[str, ...]
    supervisor: str
    why: Text
    rule: str
    moved: bool = False


def rules_for(book: Book, category: Category, division: Division) -> Iterator[RouteRule]:
    """Yield the rules that hold for a category at a place, the most specific first."""
    index = book.route_index
    for code in category.chain:
        for place in division.chain:
            rule = index.get((code, place))
            if rule is not None:
                yield rule


def units_of(book: Book, place: str, division: Division) -> tuple[str, ...]:
    """Return the units a place in a rule means: a unit code, or `type@division` for the nearest of that type upward."""
    kind, at, _ = place.partition("@")
    if not at:
        return (place,) if place in book.units else ()
    for code in division.chain:
        found = book.units_at.get((kind, code))
        if found:
            return found
    return ()


def may_lead(book: Book, unit: str, category: str, *, hidden: frozenset[str] = frozenset()) -> tuple[bool, Text]:
    """Tell whether a unit may lead a matter of this category, with the reason.

    A unit needs the power (rules 4.4 item 3) and a residents' committee may only be given work on its list (R2.13).
    `hidden` are the units the matter is hidden from: they, and what is beneath them, may not lead, and who oversees one
    of them may lead without the power for the category, because overseeing is its power (S4.47). Raises `KeyError` for
    an unknown unit or category.
    """
    body, subject = book.units[unit], book.categories[category]
    if hide.barred(book, hidden, unit):
        return False, Text(
            f"{body.name.zh}是被反映的单位,或与它有关,应当回避",
            f"{body.name.en} is the unit complained of, or close to it, and must stand aside",
        )
    if below := hide.oversees(book, hidden, unit):
        return True, Text(
            f"{body.name.zh}监督{book.units[below].name.zh}", f"{body.name.en} oversees {book.units[below].name.en}"
        )
    if body.type == "community" and not subject.committee_ok:
        return False, Text(
            f"“{subject.name.zh}”不在村(居)民委员会可承担的事项之内,不得交给{body.name.zh}",
            f'"{subject.name.en}" is not on the list of what a residents\' committee may be given, '
            f"so {body.name.en} cannot have it",
        )
    if not body.has_power(subject):
        return False, Text(
            f"{body.name.zh}没有答复“{subject.name.zh}”的职权",
            f'{body.name.en} does not have the power to answer "{subject.name.en}"',
        )
    return True, Text(
        f"{body.name.zh}有答复“{subject.name.zh}”的职权", f'{body.name.en} has the power to answer "{subject.name.en}"'
    )


def may_help(book: Book, unit: str, category: str, *, hidden: frozenset[str] = frozenset()) -> tuple[bool, Text]:
    """Tell whether a unit may help, with the reason.

    Any may that need not stand aside, a residents' committee within its list (R2.13).
    """
    body, subject = book.units[unit], book.categories[category]
    if hide.barred(book, hidden, unit):
        return may_lead(book, unit, category, hidden=hidden)
    if body.type == "community" and not subject.committee_ok:
        return may_lead(book, unit, category)
    return True, Text(f"{body.name.zh}可以协办", f"{body.name.en} may help")


def _able(unit: Unit, category: Category) -> bool:
    return (unit.type != "community" or category.committee_ok) and unit.has_power(category)


def choose(book: Book, category: Category, division: Division) -> tuple[RouteRule, str] | None:
    """Return the winning rule and its lead for a category at a place, None when no rule finds a unit with the power."""
    for rule in rules_for(book, category, division):
        for place in rule.lead:
            for code in units_of(book, place, division):
                if _able(book.units[code], category):
                    return rule, code
    return None


def scope(book: Book, rule: RouteRule) -> Text:
    """Return the categories and divisions a rule holds for, in words."""

    def listed(codes: tuple[str, ...], all_of_it: Text, names: dict[str, Text]) -> Text:
        if EVERYWHERE in codes:
            return all_of_it
        return Text("、".join(names[c].zh for c in codes), ", ".join(names[c].en for c in codes))

    what = listed(
        rule.categories,
        Text("全部事项", "all matters"),
        {c: book.categories[c].name for c in rule.categories if c in book.categories},
    )
    where = listed(
        rule.divisions,
        Text(f"{book.town.name.zh}全境", f"all of {book.town.name.en}"),
        {d: book.divisions[d].name for d in rule.divisions if d in book.divisions},
    )
    return Text(f"{what.zh}({where.zh})", f"{what.en} ({where.en})")


def place_name(book: Book, place: str) -> Text:
    """Return a unit code or `type@division` of a rule in words."""
    kind, at, _ = place.partition("@")
    if not at:
        return book.units[place].name
    name = type_names[kind]
    return Text(f"事发地{name.zh}", f"the {name.en} of the place")


def route(book: Book, category: str, division: str, *, hidden: frozenset[str] = frozenset()) -> Route:
    """Return where a matter of this category at this place goes, and why.

    `hidden` are the units the matter is hidden from; neither they nor anything beneath them is given a part, whoever
    oversees the lead takes its place (S4.47, R2.18). A matter whose unit cannot be told falls to the township or the
    county (R2.12). Raises `KeyError` for unknown codes and `NoRoute` if no unit has the power, which the loading of a
    book rules out.
    """
    subject, place = book.categories[category], book.divisions[division]
    found = choose(book, subject, place)
    if found is None:
        raise NoRoute(
            Text(
                f"规则册里没有单位有权在{place.name.zh}答复“{subject.name.zh}”",
                f'no unit of the rule book has the power to answer "{subject.name.en}" in {place.name.en}',
            )
        )
    rule, lead = found
    body = book.units[lead]
    moved = False
    zh = f"“{subject.name.zh}”在{place.name.zh}，按规则手册由{body.name.zh}主办，该单位有此职权"
    en = (
        f'"{subject.name.en}" in {place.name.en} goes by the rule book to {body.name.en}, '
        "which has the power to answer it"
    )
    if rule.why is not None:
        zh, en = f"{zh}（{rule.why.zh}）", f"{en} ({rule.why.en})"
    if hide.barred(book, hidden, lead):
        concerned = body
        lead = hide.instead(book, hidden, lead)
        overseer = book.units[lead]
        moved = True
        # Which of those it is kept from was named is nobody's to read here: only that this one must not see it.
        zh += f"；但这件事要对{concerned.name.zh}保密，它应当回避，改由监督它的{overseer.name.zh}主办"
        en += (
            f"; but the matter is kept from {concerned.name.en}, so it must stand aside, and {overseer.name.en}, "
            "which oversees it, leads"
        )
        body = overseer
    co: list[str] = []
    for wanted in rule.co:
        for code in units_of(book, wanted, place):
            unit = book.units[code]
            if code == lead or code in co or (unit.type == "community" and not subject.committee_ok):
                continue
            if hide.barred(book, hidden, code):
                continue
            co.append(code)
    supervisor = body.supervisor if moved or rule.supervisor in (None, lead) else str(rule.supervisor)
    supervisor = hide.instead(book, hidden, supervisor)
    return Route(lead, tuple(co), supervisor, Text(zh + "。", en + "."), rule.id, moved)
