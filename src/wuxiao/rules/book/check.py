"""What the parts of a rule book owe one another: every matter finds a unit with the power, and every rule can apply."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from wuxiao.rules.book.source import Node
from wuxiao.rules.book_model import EVERYWHERE, Book, Category, Division, RouteRule, Unit, type_names
from wuxiao.rules.route import choose, rules_for, units_of


def check_rules(root: Node, book: Book) -> None:
    """Note rules that clash, rules that can never apply, leads without the power and categories without a route."""
    _check_units(root, book)
    _check_places(root, book)
    clashes = _check_ambiguous(root, book.routes)
    _check_committees(root, book)
    cells = tuple(cells_of(book))
    _check_powers(root, book, cells)
    _check_total(root, book, cells)
    if not clashes:
        _check_dead(root, book, cells)


def turning_points(book: Book) -> tuple[Category, ...]:
    """Return the categories where routing may differ from the parent's; all others route as their parent does."""
    named = {code.removeprefix("-") for unit in book.units.values() for code in unit.powers}
    named.update(code for rule in book.routes for code in rule.categories)
    out = []
    for category in book.categories.values():
        above = book.categories[category.parent] if category.parent else None
        if above is None or category.code in named or category.committee_ok != above.committee_ok:
            out.append(category)
    return tuple(out)


def cells_of(book: Book) -> Iterable[tuple[Category, Division]]:
    """Yield every turning point with every division."""
    for category in turning_points(book):
        for division in book.divisions.values():
            yield category, division


def _check_units(root: Node, book: Book) -> None:
    for kind, least in (("centre", 1), ("police_command", 0)):
        codes = [unit.code for unit in book.units.values() if unit.type == kind]
        if not least <= len(codes) <= 1:
            name, wanted = type_names[kind], ("恰好", "exactly") if least else ("最多", "at most")
            root.bad(
                ("units", codes[1], "type") if codes else ("units",),
                f"应{wanted[0]}有一个{name.zh}(type = {kind}),现有 {len(codes)} 个",
                f'there must be {wanted[1]} one {name.en} (type = "{kind}"), not {len(codes)}',
            )
    for unit in book.units.values():
        overseer = book.units.get(unit.supervisor)
        if overseer is not None and unit.code in overseer.under:
            path = (
                ("units", unit.code, "supervisor")
                if "supervisor" in root.map["units"][unit.code]
                else ("units", unit.code)
            )
            root.bad(
                path,
                f"监督{unit.name.zh}的应是它以外的单位,{overseer.name.zh}却是它自己或其下属",
                f"{unit.name.en} must be overseen from outside, but {overseer.name.en} is itself or beneath it",
            )


def _check_places(root: Node, book: Book) -> None:
    for n, rule in enumerate(book.routes):
        for key in ("lead", "co"):
            for m, place in enumerate(getattr(rule, key)):
                kind, at, _ = place.partition("@")
                if not at:
                    continue
                for (found, division), codes in book.units_at.items():
                    if found == kind and len(codes) > 1:
                        names = "、".join(codes[:3])
                        root.bad(
                            ("route", n, key, m),
                            f"「{place}」不明确:{division} 有 {len(codes)} 个({names}…)",
                            f'"{place}" is not clear: {division} has {len(codes)} of them ({names} …)',
                        )
                        break


def _check_ambiguous(root: Node, routes: tuple[RouteRule, ...]) -> bool:
    seen: dict[tuple[str, str], RouteRule] = {}
    clash = False
    for n, rule in enumerate(routes):
        told: set[str] = set()
        for category in rule.categories:
            for division in rule.divisions:
                other = seen.setdefault((category, division), rule)
                if other is not rule and other.id not in told:
                    told.add(other.id)
                    clash = True
                    root.bad(
                        ("route", n),
                        f"与规则「{other.id}」同样具体:两条都管分类 {category}、区划 {division},分不出用哪条",
                        f'as specific as rule "{other.id}": both hold for category {category}, division {division}, '
                        "so neither wins",
                    )
    return clash


def _check_committees(root: Node, book: Book) -> None:
    """A residents' committee has no power outside the categories marked `committee = true` (R2.13)."""
    for unit in book.units.values():
        if unit.type != "community":
            continue
        for n, power in enumerate(unit.powers):
            if power.startswith("-"):
                continue
            outside = [
                c for c in book.categories.values() if power in c.chain and not c.committee_ok and unit.has_power(c)
            ]
            if outside:
                root.bad(
                    ("units", unit.code, "powers", n),
                    f"村(居)民委员会不能承担「{outside[0].code}」(未标 committee = true)",
                    f'a residents\' committee cannot be given "{outside[0].code}" (not marked committee = true; R2.13)',
                )


def _check_powers(root: Node, book: Book, cells: Iterable[tuple[Category, Division]]) -> None:
    """Each unit a rule names must have the power wherever that rule is the one that counts."""
    number = {rule.id: n for n, rule in enumerate(book.routes)}
    told: set[tuple[str, str, str]] = set()

    def tell(rule: RouteRule, key: str, place: str, unit: Unit, category: Category) -> None:
        if (rule.id, key, place) in told:
            return
        told.add((rule.id, key, place))
        position = ("route", number[rule.id], key, getattr(rule, key).index(place))
        if unit.type == "community" and not category.committee_ok:
            root.bad(
                position,
                f"「{category.code}」不在村(居)民委员会可承担的事项之内",
                f'"{category.code}" is not on the list of what a residents\' committee may be given (R2.13)',
            )
        else:
            root.bad(
                position,
                f"{unit.name.zh}({unit.code})没有「{category.code}」的职权,不能主办",
                f'{unit.name.en} ({unit.code}) does not have the power for "{category.code}" and cannot lead',
            )

    for category, division in cells:
        rule = next(rules_for(book, category, division), None)
        if rule is None:
            continue
        for place in rule.lead:
            for code in units_of(book, place, division):
                unit = book.units[code]
                if not unit.has_power(category) or (unit.type == "community" and not category.committee_ok):
                    tell(rule, "lead", place, unit, category)
        for place in rule.co:
            for code in units_of(book, place, division):
                unit = book.units[code]
                if unit.type == "community" and not category.committee_ok:
                    tell(rule, "co", place, unit, category)


def _check_total(root: Node, book: Book, cells: Iterable[tuple[Category, Division]]) -> None:
    missing: dict[str, list[Division]] = {}
    for category, division in cells:
        if choose(book, category, division) is None:
            missing.setdefault(category.code, []).append(division)
    for code, places in missing.items():
        if len(places) == len(book.divisions):
            where = ("任何地方", "anywhere")
        else:
            where = (
                f"{places[0].name.zh}等 {len(places)} 处",
                f"{places[0].name.en} and {len(places) - 1} more places",
            )
        root.bad(
            ("categories", code),
            f"没有派单规则把它交给有职权的单位:{where[0]}",
            f"no routing rule gives it to a unit with the power: {where[1]}",
        )


def winners(book: Book, cells: Iterable[tuple[Category, Division]]) -> set[str]:
    """Return the ids of the rules that decide at least one of the cells."""
    out = set()
    for category, division in cells:
        found = choose(book, category, division)
        if found is not None:
            out.add(found[0].id)
    return out


def _check_dead(root: Node, book: Book, cells: Iterable[tuple[Category, Division]]) -> None:
    alive = winners(book, cells)
    for n, rule in enumerate(book.routes):
        # a rule for everything may wait for categories that do not exist yet
        if rule.id not in alive and EVERYWHERE not in rule.categories:
            root.bad(
                ("route", n),
                "这条规则永远用不上:所写单位在这些区划都不存在,或处处有更具体的规则",
                "this rule can never apply: none of its units exists in those divisions, "
                "or a closer rule wins everywhere",
            )


def index_routes(routes: Iterable[RouteRule]) -> Mapping[tuple[str, str], RouteRule]:
    """Return the rules by category and division; the first rule keeps a place that two claim."""
    out: dict[tuple[str, str], RouteRule] = {}
    for rule in routes:
        for category in rule.categories:
            for division in rule.divisions:
                out.setdefault((category, division), rule)
    return out


def index_units(units: Iterable[Unit]) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """Return the unit codes by type and division."""
    out: dict[tuple[str, str], tuple[str, ...]] = {}
    for unit in units:
        key = (unit.type, unit.division)
        out[key] = (*out.get(key, ()), unit.code)
    return out
