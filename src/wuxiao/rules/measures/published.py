"""One month as the public may read it: lines, shares and splits with small counts withheld, ready for any form.

The page, the CSV and the JSON are all made of one `Report`, so what is withheld in one cannot be read in another.
The threshold is about how many people stand behind a number, not about how they answered: a split by who asked for
what is protected by the floor of its measure (`rules.measures.disclosure`); the answers of a whole county are printed
once enough people gave any.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from wuxiao.rules.book_model import Book
from wuxiao.rules.measures import MEASURES, ROW_SHARES, Difference, Share, Tally, difference
from wuxiao.rules.measures.disclosure import Floor, Mark, Node
from wuxiao.rules.words import Text

CHANNELS: Mapping[str, Text] = {
    "phone": Text("12345 来电", "call to 12345"),
    "call_110": Text("110 来电", "call to 110"),
    "web": Text("网页", "web page"),
    "wechat": Text("微信", "WeChat"),
    "desk": Text("窗口", "at the counter"),
    "visit": Text("走访", "home visit"),
    "mail": Text("来信", "letter"),
    "open311": Text("Open311 接口", "Open311"),
    "api": Text("其他平台", "other platforms"),
    "import": Text("批量导入", "import"),
    "alarm": Text("险情通报", "told of danger"),
}
LEVELS: tuple[Text, ...] = (
    Text("非常不满意", "very dissatisfied"),
    Text("不满意", "dissatisfied"),
    Text("基本满意", "fairly satisfied"),
    Text("满意", "satisfied"),
    Text("非常满意", "very satisfied"),
)
OUTCOMES: Mapping[str, Text] = {
    "answered": Text("答复后办结", "closed after an answer"),
    "declined": MEASURES["declined"].name,
    "withdrawn": MEASURES["withdrawn"].name,
    "merged": MEASURES["merged"].name,
}
_UNCLASSED = Text("尚未分类或未细分", "not yet classed, or not further")
_GENERAL = Text("未细分", "not specified further")
_FORMER = Text("已停用的分类", "a category no longer used")


@dataclass(frozen=True, slots=True)
class Count:
    """A published count: `value`, or `None` and the mark that says why not."""

    value: int | None
    mark: Mark = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table by kind and category; level 0 is the county, 1 a kind, 2 and 3 categories."""

    level: int
    code: str
    name: Text
    received: Count
    answered: Count
    shares: Mapping[str, Share | None]
    split_withheld: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a plain split (channel, outcome, level of rating)."""

    code: str
    name: Text
    count: Count


@dataclass(frozen=True, slots=True)
class UnitLine:
    """One unit with enough answers, and beside each share what its mix of handling classes alone would bring."""

    code: str
    name: Text
    answered: int
    shares: Mapping[str, Share]
    expected: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A day or some days of the month: how many matters came in and were answered."""

    first: int
    last: int
    received: int
    answered: int


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that may be printed of one month. `too_few`: fewer matters than the threshold, nothing is split."""

    month: str
    until: datetime
    over: bool
    final: bool
    below: int
    minimum_n: int
    too_few: bool
    counts: Mapping[str, Count]
    shares: Mapping[str, Share]
    changes: Mapping[str, Difference | None]
    previous: Mapping[str, Count]
    previous_shares: Mapping[str, Share]
    by_call_back: int
    lines: tuple[Line, ...]
    channels: tuple[Item, ...]
    outcomes: tuple[Item, ...]
    levels: tuple[Item, ...]
    units: tuple[UnitLine, ...]
    stretches: tuple[Stretch, ...]


def build(
    month: str,
    until: datetime,
    cells: Mapping[tuple[str, str], Tally],
    book: Book,
    *,
    over: bool,
    final: bool,
    channels: Mapping[str, int],
    units: Mapping[tuple[str, str], Tally],
    received_by_day: Sequence[int],
    answered_by_day: Sequence[int],
    previous: Tally | None = None,
) -> Report:
    """Return what may be printed of a month counted as `cells` by (kind, category), `units` by (unit, class)."""
    below, minimum = book.suppress_below, book.minimum_n
    total = Tally()
    for cell in cells.values():
        total.add(cell)
    shares = total.shares(book)
    before = previous.shares(book) if previous is not None else {}
    too_few = bool(_floor("received").counted(total.received, book))
    others = total.declined + total.withdrawn + total.merged
    endings = (total.closed - others, total.declined, total.withdrawn, total.merged)
    ended = dict(zip(OUTCOMES, endings, strict=True))
    return Report(
        month=month,
        until=until,
        over=over,
        final=final,
        below=below,
        minimum_n=minimum,
        too_few=too_few,
        counts=counts_of(total, book),
        shares=shares,
        changes={code: difference(shares[code], before[code]) if before else None for code in shares},
        previous=counts_of(previous, book) if previous is not None else {},
        previous_shares=before,
        by_call_back=total.by_call_back,
        lines=() if too_few else tuple(_lines(cells, book)),
        channels=() if too_few else _items(channels, CHANNELS, _floor("received"), book),
        outcomes=_items(ended, OUTCOMES, _floor("closed"), book) if total.closed >= below else (),
        levels=_levels(total, book),
        units=tuple(_units(units, book)),
        stretches=_stretches(received_by_day, answered_by_day, below),
    )


def _floor(code: str) -> Floor:
    found = MEASURES[code].floor
    assert found is not None
    return found


def counts_of(total: Tally, book: Book) -> dict[str, Count]:
    """Return the counts of a whole month: small ones withheld, and with them what they could be worked out from."""
    made: dict[str, Count] = {}
    for name in ("received", "answered", "closed", "overdue_open"):
        value, mark = getattr(total, name), _floor(name).counted(getattr(total, name), book)
        # Above and below the line of the on-time rate differ by what is overdue, so it is withheld with the answers.
        if (beside := MEASURES[name].held_with) and made[beside].value is None:
            mark = "held"
        made[name] = Count(None, mark) if mark else Count(value)
    return made


def by_kind(kinds: Mapping[str, Tally], book: Book) -> dict[str, int | None]:
    """Return how many matters of each kind came in in a month, withheld just as in the month's own table."""
    order = [*book.kinds, *sorted(set(kinds) - set(book.kinds))]
    counts = [kinds[kind].received if kind in kinds else 0 for kind in order]
    if _floor("received").counted(sum(counts), book):
        return dict.fromkeys(order)
    marks = _floor("received").of_split(counts, book)
    return {kind: None if mark else n for kind, n, mark in zip(order, counts, marks, strict=True)}


# ---------------------------------------------------------------------------------------------------- kind, category


#: The last part of the key of what stands at a line directly, beneath none of its lines.
REST = "~"


def _path(kind: str, category: str) -> tuple[str, ...]:
    """The line a cell is counted in: its kind and at most two levels of the category tree."""
    parts = category.split(".") if category else []
    return (kind, *(".".join(parts[: depth + 1]) for depth in range(min(len(parts), 2))))


def _tree(cells: Mapping[tuple[str, str], Tally]) -> dict[tuple[str, ...], Tally]:
    """Add the cells up by line; a kind that has but one category is shown by what stands beneath that one."""
    own: dict[tuple[str, ...], Tally] = defaultdict(Tally)
    tops: dict[str, set[str]] = defaultdict(set)
    for kind, category in cells:
        tops[kind].add(category.split(".")[0])
    for (kind, category), cell in cells.items():
        path = _path(kind, category)
        own[(kind, *path[2:]) if len(tops[kind]) == 1 and category else path].add(cell)
    return own


def _lines(cells: Mapping[tuple[str, str], Tally], book: Book) -> Iterator[Line]:
    own = _tree(cells)
    beneath: dict[tuple[str, ...], set[tuple[str, ...]]] = defaultdict(set)
    for path in own:
        for depth in range(len(path)):
            beneath[path[:depth]].add(path[: depth + 1])
    kinds, categories = list(book.kinds), {code: n for n, code in enumerate(book.categories)}

    def place(path: tuple[str, ...]) -> tuple[int, str]:
        code = path[-1]
        if len(path) == 1:
            return (kinds.index(code) if code in kinds else len(kinds)), code
        return categories.get(code, len(categories)), code

    # The order decides which counts are held back: it must be that of `by_kind`, or the two could be compared.
    order = {path: sorted(kids, key=place) for path, kids in beneath.items()}
    sums: dict[tuple[str, ...], Tally] = {}
    levels: list[tuple[int, tuple[str, ...]]] = []

    def walk(path: tuple[str, ...]) -> Tally:
        levels.append((len(path), path))
        found, mine = Tally(), own.get(path, Tally())
        for kid in order.get(path, ()):
            found.add(walk(kid))
        found.add(mine)
        if path in order and path:
            levels.append((len(path) + 1, (*path, REST)))
            sums[*path, REST] = mine
        sums[path] = found
        return found

    walk(())

    def marked(code: str) -> dict[tuple[str, ...], Node[tuple[str, ...]]]:
        def behind(path: tuple[str, ...]) -> int:
            return sums[path].pair(code)[MEASURES[code].is_share]

        def grow(path: tuple[str, ...]) -> Node[tuple[str, ...]]:
            node = Node(path, behind(path), [grow(kid) for kid in order.get(path, ())])
            if (*path, REST) in sums:
                node.children.append(Node((*path, REST), behind((*path, REST))))
            return node

        return {node.key: node for _, node in _floor(code).tree(grow(()), book).walk()}

    received, answered = marked("received"), marked("answered")
    behind = {code: marked(code) for code in ROW_SHARES}
    for level, path in levels:
        cell, came, said = sums[path], received[path], answered[path]
        if (came.count == 0 and said.count == 0) or came.mark == "none":
            continue
        shares: dict[str, Share | None] = {}
        for code in ROW_SHARES:
            one = MEASURES[code].share(*cell.pair(code), book, whole=False)
            printed = not came.mark and not behind[code][path].mark and one.share is not None
            shares[code] = one if printed else None
        yield Line(
            level=level,
            code=_code(path),
            name=_name(path, book),
            received=Count(None if came.mark else came.count, came.mark),
            # A line not printed for what came in says nothing of its answers either, which may be many or few.
            answered=Count(None, "held") if came.mark else Count(None if said.mark else said.count, said.mark),
            shares=shares,
            split_withheld=any(kid.mark == "none" for kid in came.children) and not came.mark,
        )


def _code(path: tuple[str, ...]) -> str:
    """Return `request`, `request/env.noise`, or `request/env.~` for what is not specified further."""
    if path[-1:] == (REST,):
        return f"{path[0]}/{path[-2]}.{REST}" if len(path) > 2 else f"{path[0]}/{REST}"
    return "/".join(dict.fromkeys((*path[:1], *path[-1:])))


def _name(path: tuple[str, ...], book: Book) -> Text:
    if not path:
        return Text("合计", "All")
    if path[-1] == REST:
        return _UNCLASSED if len(path) == 2 else _GENERAL
    if len(path) == 1 and path[0] in book.kinds:
        return book.kinds[path[0]].name
    return book.categories[path[-1]].name if path[-1] in book.categories else _FORMER


# ------------------------------------------------------------------------------------------------------- other splits


def _items(counts: Mapping[str, int], names: Mapping[str, Text], floor: Floor, book: Book) -> tuple[Item, ...]:
    order = [*(code for code in names if code in counts), *sorted(code for code in counts if code not in names)]
    marks = floor.of_split([counts[code] for code in order], book)
    if "none" in marks:
        return ()
    return tuple(
        Item(code, names.get(code, Text(code, code)), Count(None if mark else counts[code], mark))
        for code, mark in zip(order, marks, strict=True)
        if counts[code]
    )


def _levels(total: Tally, book: Book) -> tuple[Item, ...]:
    if total.satisfied_n < _floor("satisfied").least(book, whole=False):
        return ()
    pairs = list(zip(range(1, 6), LEVELS, total.levels, strict=True))
    return tuple(Item(str(level), name, Count(n)) for level, name, n in reversed(pairs))


def _units(units: Mapping[tuple[str, str], Tally], book: Book) -> Iterator[UnitLine]:
    by_class: dict[str, Tally] = defaultdict(Tally)
    by_unit: dict[str, Tally] = defaultdict(Tally)
    mix: dict[str, dict[str, Tally]] = defaultdict(dict)
    for (unit, handling_class), cell in units.items():
        by_class[handling_class].add(cell)
        by_unit[unit].add(cell)
        mix[unit][handling_class] = cell
    named = [(u.name, u.code) for u in book.units.values() if u.code in by_unit]
    # By name, never by score: in Chinese by the codes of the characters, the same for every reader.
    named.sort(key=lambda pair: pair[0].zh)
    marks = _floor("answered").of_split([by_unit[code].answered for _, code in named], book)
    for (name, code), mark in zip(named, marks, strict=True):
        cell = by_unit[code]
        if mark or cell.answered < _floor("answered").least(book, whole=False):
            continue
        shares, expected = {}, {}
        for measure in ("on_time", "solved"):
            one = shares[measure] = MEASURES[measure].share(*cell.pair(measure), book, whole=False)
            expected[measure] = _expected(measure, mix[code], by_class) if one.share is not None else None
        yield UnitLine(code, name, cell.answered, shares, expected)


def _expected(measure: str, mix: Mapping[str, Tally], county: Mapping[str, Tally]) -> float | None:
    """The share the unit would have if each handling class went as in the whole county (indirect standardisation)."""
    expected = behind = 0.0
    for handling_class, cell in mix.items():
        n = cell.pair(measure)[1]
        all_k, all_n = county[handling_class].pair(measure)
        if n and all_n:
            expected += n * all_k / all_n
            behind += n
    return expected / behind if behind else None


def _stretches(received: Sequence[int], answered: Sequence[int], below: int) -> tuple[Stretch, ...]:
    """Days if no day is small, else stretches of seven days, else nothing (a day with none at all tells nobody)."""
    days = [Stretch(n, n, r, a) for n, (r, a) in enumerate(zip(received, answered, strict=True), 1)]
    for cut in (days, _weeks(days)):
        if len(cut) > 1 and not any(0 < n < below for s in cut for n in (s.received, s.answered)):
            return tuple(cut)
    return ()


def _weeks(days: Sequence[Stretch]) -> list[Stretch]:
    weeks: list[Stretch] = []
    for start in range(0, len(days), 7):
        part = days[start : start + 7]
        both = sum(d.received for d in part), sum(d.answered for d in part)
        if weeks and len(part) < 4:
            weeks[-1] = replace(
                weeks[-1],
                last=part[-1].last,
                received=weeks[-1].received + both[0],
                answered=weeks[-1].answered + both[1],
            )
        else:
            weeks.append(Stretch(part[0].first, part[-1].last, *both))
    return weeks


# ------------------------------------------------------------------------------------------------------------ as data


@dataclass(frozen=True, slots=True)
class Datum:
    """One published cell as open data. `of` is the split (county, kind, category, channel, outcome, rating, unit)."""

    month: str
    of: str
    code: str
    name: Text
    measure: str
    value: float | None
    n: int | None = None
    low: float | None = None
    high: float | None = None
    mark: Mark = ""


def data(report: Report) -> Iterator[Datum]:
    """Yield every cell of a report that is printed, and those withheld with their mark and no value."""
    every = Text("合计", "All")
    if report.too_few:
        yield Datum(report.month, "county", "", every, "received", None, mark="small")
        return

    def of_share(of: str, code: str, name: Text, measure: str, one: Share | None) -> Iterator[Datum]:
        if one is not None and one.share is not None:
            yield Datum(report.month, of, code, name, measure, one.share, one.n, one.low, one.high)

    for measure, count in report.counts.items():
        yield Datum(report.month, "county", "", every, measure, count.value, mark=count.mark)
    for measure, one in report.shares.items():
        yield from of_share("county", "", every, measure, one)
    for line in report.lines[1:]:
        of = "kind" if line.level == 1 else "category"
        for measure, count in (("received", line.received), ("answered", line.answered)):
            yield Datum(report.month, of, line.code, line.name, measure, count.value, mark=count.mark)
        for measure, maybe in line.shares.items():
            yield from of_share(of, line.code, line.name, measure, maybe)
    splits = (
        ("channel", "received", report.channels),
        ("outcome", "closed", report.outcomes),
        ("rating", "satisfied", report.levels),
    )
    for of, measure, items in splits:
        for item in items:
            yield Datum(report.month, of, item.code, item.name, measure, item.count.value, mark=item.count.mark)
    for unit in report.units:
        yield Datum(report.month, "unit", unit.code, unit.name, "answered", unit.answered)
        for measure, one in unit.shares.items():
            yield from of_share("unit", unit.code, unit.name, measure, one)
