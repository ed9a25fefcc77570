"""Counts what is declared: one statement for all counts of a source and moment, folded into the splits they may have.

Rows that lie in a period by their moment (`tables`), that stand as they do now (`tables` too), that stood at the end of
a period (`at_ends`), that came in day by day (`by_day`). Whoever counts only what somebody may see gives those `rows`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from functools import reduce
from operator import and_, or_
from typing import Any, cast

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import connection, models
from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models import Count as CountOf
from django.db.models.functions import TruncDate
from django.db.models.lookups import LessThanOrEqual

from wuxiao.rules.book_model import Book
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.measures.counted import (
    All,
    AnyOf,
    Beside,
    Condition,
    Count,
    Dimension,
    Instant,
    Not,
    Overtaken,
    Source,
    Standing,
    Test,
    all_,
    columns,
)

Split = tuple[str, ...]
Cell = tuple[Any, ...]
#: What was counted in each split, by cell and name of the count; the whole is the split of nothing, its one cell `()`.
Tables = dict[Split, dict[Cell, Counter[str]]]
WHOLE: Split = ()
_NEVER = Q(pk__in=())


def tables(
    counts: Iterable[Count],
    first: datetime,
    until: datetime,
    *,
    book: Book | None = None,
    rows: QuerySet[Any] | None = None,
) -> Tables:
    """Count rows by their moment in a period, from `first` up to and without `until`, in all splits they may have.

    A day counts when it is over before `until`. Counts without a moment are of the rows as they stand, aged at `until`.
    One statement for all counts of one source, moment and kind. `book` is needed where a condition is the town's.
    """
    found: Tables = defaultdict(lambda: defaultdict(Counter))
    groups: dict[tuple[Source, Any, Condition, str], list[Count]] = defaultdict(list)
    for one in counts:
        groups[one.of, one.when, one.among, one.each].append(one)
    for (source, when, among, each), members in groups.items():
        base = _rows(source, among, until, rows)
        if when is not None:
            base = _moment(base, source, when, first, until)
        splits = [WHOLE, *dict.fromkeys(split for one in members for split in one.splits)]
        if each:
            # Different values in two cells may be the same one: each split is counted for itself.
            for split in splits:
                for cell, counted in _grouped(base, source, members, split, until, book):
                    found[split][cell].update(counted)
            continue
        wanted = [one.name for one in source.dimensions if any(one.name in split for split in splits)]
        where = _places(splits, wanted)
        for cell, counted in _grouped(base, source, members, tuple(wanted), until, book):
            for split, places in where:
                into = found[split][tuple(cell[n] for n in places)]
                for name, n in counted.items():
                    into[name] += n
    return {split: dict(cells) for split, cells in found.items()}


def whole(counts: Iterable[Count], first: datetime, until: datetime, *, book: Book | None = None) -> Counter[str]:
    """Count the whole of a period by the names of counts, which must differ; see `tables`."""
    return tables(counts, first, until, book=book).get(WHOLE, {}).get((), Counter())


def _grouped(
    rows: QuerySet[Any], source: Source, members: Sequence[Count], split: Split, at: datetime, book: Book | None
) -> Iterator[tuple[Cell, Mapping[str, int]]]:
    named = {f"d_{name}": _value(source.dimension(name), source, at) for name in split}
    where = {one.name: one.condition(cast(Book, book)) for one in members}
    each = members[0].each
    rows = _beside(rows, source, (column for one in where.values() for column in columns(one)))
    counted = {
        f"n_{one.name}": CountOf(each or "pk", filter=_q(where[one.name], source, at) or None, distinct=bool(each))
        for one in members
    }
    if not split:
        yield (), {name[2:]: n for name, n in rows.aggregate(**counted).items() if n}
        return
    grouped = rows.order_by().values(**named).annotate(**counted)
    for row in grouped:
        yield tuple(row[name] for name in named), {name[2:]: row[name] for name in counted if row[name]}


def _rows(source: Source, among: Condition, at: datetime, rows: QuerySet[Any] | None) -> QuerySet[Any]:
    base = model(source.table)._default_manager.all() if rows is None else rows
    used = (*columns(source.only), *columns(among))
    return _beside(base.order_by(), source, used).filter(_q(source.only, source, at) & _q(among, source, at))


def _moment(rows: QuerySet[Any], source: Source, when: str, first: datetime, until: datetime) -> QuerySet[Any]:
    found = source.beside.get(when)
    table = model(found.table if found else source.table)
    column = found.column if found else when
    begin, end = _days(first, until) if _is_day(table, column) else (first, until)
    inside = Q(**{f"{column}__gte": begin, f"{column}__lt": end})
    if found is None:
        return rows.filter(inside)
    # From the row beside to the rows it belongs to, so that a year of them is not asked for one by one.
    return rows.filter(**{f"{found.key}__in": table._default_manager.filter(inside).values(found.key)})


def _days(first: datetime, until: datetime) -> tuple[Any, Any]:
    return first.astimezone(SHANGHAI).date(), until.astimezone(SHANGHAI).date()


def by_day(
    counts: Sequence[Count],
    spans: Sequence[tuple[datetime, datetime]],
    *,
    book: Book | None = None,
    rows: QuerySet[Any] | None = None,
) -> list[Counter[str]]:
    """Count rows by their moment in each of many short spans (one statement).

    One range of the index for each: grouping by day would work out the day of every row.
    """
    parts: list[tuple[int, Count, QuerySet[Any]]] = []
    for n, (first, until) in enumerate(spans):
        for one in counts:
            assert isinstance(one.when, str)
            among = all_(one.among, one.condition(cast(Book, book)))
            base = _rows(one.of, among, until, rows)
            parts.append((n, one, _moment(base, one.of, one.when, first, until).values_list(one.each or "pk")))
    found: list[Counter[str]] = [Counter() for _ in spans]
    sql: list[str] = []
    params: list[Any] = []
    for n, (_, one, part) in enumerate(parts):
        text, given = (part.distinct() if one.each else part).query.sql_with_params()
        sql.append(f"SELECT {n} AS n, COUNT(*) AS c FROM ({text}) AS part")
        params += given
    if sql:
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(sql), params)
            for n, counted in cursor.fetchall():
                found[parts[n][0]][parts[n][1].name] = counted
    return found


def at_ends(count: Count, edges: Sequence[datetime]) -> dict[datetime, dict[Split, Counter[Cell]]]:
    """Count, for each instant, the rows that had begun and not ended then, in all splits.

    One look for all instants together: those not ended yet, then those that ended at each of the columns.
    """
    assert isinstance(count.when, Standing)
    when, source = count.when, count.of
    edges = sorted(set(edges))
    found: dict[datetime, dict[Split, Counter[Cell]]] = {e: defaultdict(Counter) for e in edges}
    if not edges:
        return found
    first, last = edges[0], edges[-1]
    begun = _rows(source, count.among, last, None).filter(**{f"{column}__lt": last for column in when.since})
    running = Q(**{f"{column}__isnull": True for column in when.until})
    looks = [begun.filter(running & _q(when.open, source, last))]
    for n, column in enumerate(when.until):
        # What ended before it began is never counted: asked of the last column only, which is the rarest.
        ended = Q(**{f"{column}__gte": first, f"{column}__gt": F(when.since[-1])})
        ended &= Q(**{f"{earlier}__isnull": True for earlier in when.until[:n]})
        looks.append(begun.filter(ended & _q(when.ended[n], source, last)))
    dims = sorted({name for split in count.splits for name in split})
    read = [source.dimension(name).column for name in dims]
    here, there = len(dims), len(dims) + len(when.since)
    stood: dict[datetime, Counter[Cell]] = {e: Counter() for e in edges}
    for look in looks:
        for row in look.values_list(*read, *when.since, *when.until).iterator(chunk_size=5000):
            began = max(row[here:there])
            over = min((moment for moment in row[there:] if moment is not None), default=last)
            for edge in edges[bisect_right(edges, began) : bisect_right(edges, over)]:
                stood[edge][row[:here]] += 1
    for edge, cells in stood.items():
        for split, places in _places((WHOLE, *count.splits), dims):
            for cell, n in cells.items():
                found[edge][split][tuple(cell[place] for place in places)] += n
    return found


def _places(splits: Iterable[Split], dims: Sequence[str]) -> list[tuple[Split, list[int]]]:
    """Where the dimensions of each split stand in a cell of all of them."""
    return [(split, [dims.index(name) for name in split]) for split in splits]


# --------------------------------------------------------------------------------------------- columns and conditions


def model(table: str) -> type[models.Model]:
    """Return the table of a source."""
    return cast("type[models.Model]", apps.get_model("records", table))


def band_edges(dimension: Dimension, at: datetime) -> list[datetime]:
    """Return the instants from which on, band by band, something is no older than the band's last day."""
    if dimension.whole:
        today = datetime.combine(at.astimezone(SHANGHAI).date(), time(), SHANGHAI)
        return [today - timedelta(days=last) for last in dimension.bands]
    return [at - timedelta(days=last) for last in dimension.bands]


def in_band(dimension: Dimension, band: int, at: datetime) -> dict[str, datetime]:
    """Return the conditions of one band of age, for a list of what it counts."""
    edges, found = band_edges(dimension, at), {}
    if band < len(edges):
        found[f"{dimension.column}__gte"] = edges[band]
    if band > 0:
        found[f"{dimension.column}__lt"] = edges[band - 1]
    return found


def _value(dimension: Dimension, source: Source, at: datetime) -> Any:
    if dimension.column in source.beside:
        return _subquery(source.beside[dimension.column])
    if not dimension.bands:
        return F(dimension.column)
    whens = [
        When(**{f"{dimension.column}__gte": edge}, then=Value(n)) for n, edge in enumerate(band_edges(dimension, at))
    ]
    return Case(*whens, default=Value(len(whens)), output_field=IntegerField())


def _subquery(one: Beside) -> Subquery:
    return Subquery(model(one.table)._default_manager.filter(**{one.key: OuterRef(one.key)}).values(one.column)[:1])


def _beside(rows: QuerySet[Any], source: Source, used: Iterable[str]) -> QuerySet[Any]:
    wanted = {name: _subquery(source.beside[name]) for name in used if name in source.beside}
    wanted = {name: one for name, one in wanted.items() if name not in rows.query.annotations}
    return rows.alias(**wanted) if wanted else rows


def _q(condition: Condition, source: Source, at: datetime) -> Q:
    match condition:
        case All(of):
            return reduce(and_, (_q(one, source, at) for one in of), Q())
        case AnyOf(of):
            return reduce(or_, (_q(one, source, at) for one in of)) if of else _NEVER
        case Not(one):
            return ~_q(one, source, at)
        case Overtaken(column, where):
            later = model(source.table)._default_manager.filter(_q(where, source, at))
            return Q(Exists(later.filter(**{column: OuterRef(column), "pk__gt": OuterRef("pk")})))
    return _test(condition, source, at)


def _test(one: Test, source: Source, at: datetime) -> Q:
    column, value = one.column, one.value
    match one.how:
        case "is":
            values = cast("tuple[Any, ...]", value)
            return Q(**{column: values[0]}) if len(values) == 1 else Q(**{f"{column}__in": values})
        case "known" | "unknown":
            # Said as it stands in the conditions of partial indexes, which SQLite must recognise.
            return Q(**{f"{column}__isnull": one.how == "unknown"})
        case "filled":
            held = Q(**{f"{column}__isnull": False})
            empty = isinstance(field_of(model(source.table), column), models.CharField | models.TextField)
            return held & ~Q(**{column: ""}) if empty else held
        case "least":
            return Q(**{f"{column}__gte": value})
        case "before" | "from":
            moment = cast(Instant, value).before(at)
            return Q(**{f"{column}__{'lt' if one.how == 'before' else 'gte'}": moment})
        case "same":
            return Q(**{column: F(str(value))})
        case "by":
            return Q(**{f"{column}__lte": F(str(value))})
        case "past":
            return Q(**{f"{column}__lt": F(str(value))})
        case "by day":
            return Q(LessThanOrEqual(TruncDate(F(column), tzinfo=SHANGHAI), F(str(value))))


def field_of(table: type[models.Model], path: str) -> models.Field[Any, Any]:
    """Return the column a path leads to; what follows a column of JSON is inside it. `ValueError` for none."""
    here: Any = table
    found: Any = None
    for part in path.split("__"):
        if isinstance(found, models.JSONField):
            break
        try:
            found = here._meta.get_field(part)
        except FieldDoesNotExist:
            raise ValueError(f"{table.__name__} has no {path}") from None
        here = found.related_model
    return cast("models.Field[Any, Any]", found)


def _is_day(table: type[models.Model], column: str) -> bool:
    found = field_of(table, column)
    return isinstance(found, models.DateField) and not isinstance(found, models.DateTimeField)


def spans(first: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    """Return the days of a period, the last cut at its end."""
    found = []
    while first < until:
        end = min(first + timedelta(days=1), until)
        found.append((first, end))
        first = end
    return found


def merged(found: Mapping[datetime, Mapping[Split, Counter[Cell]]], edge: datetime, name: str, into: Tables) -> None:
    """Add what stood at an instant to what was counted up to it."""
    for split, cells in found[edge].items():
        table = into.setdefault(split, {})
        for cell, n in cells.items():
            table.setdefault(cell, Counter())[name] += n
