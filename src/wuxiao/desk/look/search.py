"""Search over everything the viewer may see: words, number, and filters; pages by key, never a count."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from functools import reduce
from operator import and_
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from wuxiao.desk.base import find
from wuxiao.desk.base.ask import moment
from wuxiao.desk.case.keyset import Cursor, Page, union
from wuxiao.desk.case.shown import not_hidden, visible
from wuxiao.desk.figures import count
from wuxiao.records.models import Access, Matter
from wuxiao.rules.access import COUNTY, Viewer
from wuxiao.rules.book_model import Book
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.codes import read_number
from wuxiao.rules.flow import WORKING, State
from wuxiao.rules.measures import MATTERS
from wuxiao.typed.plain import flat, line

#: The age of open matters, as the dashboard counts it; its bands end with a day each, the last is open.
AGE = MATTERS.dimension("age")
BANDS = AGE.bands
_DAYS = frozenset({"since", "until", "closed_since", "closed_until"})
#: Searches of the whole county continue by the matter alone; the instant in their cursor says nothing.
_ANY = datetime(2000, 1, 1, tzinfo=SHANGHAI)


@dataclass(frozen=True, slots=True)
class Filters:
    """What to look for; every part is optional.

    `since` and `until` are days in Shanghai, both included, on which it was received; `closed_since` and `closed_until`
    those on which it was closed. `age` is the number of an age band of the dashboard (`BANDS`), `holder` the unit in
    whose hands it is, without those to whom it is only offered.
    """

    q: str = ""
    state: str = ""
    kind: str = ""
    category: str = ""
    handling_class: str = ""
    unit: str = ""
    division: str = ""
    channel: str = ""
    since: date | None = None
    until: date | None = None
    late: str = ""
    rating: str = ""
    holder: str = ""
    age: str = ""
    closed_since: date | None = None
    closed_until: date | None = None

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Filters:
        """Return the filters of an address; what makes no sense is left out."""
        values: dict[str, Any] = {}
        for one in fields(cls):
            text = line(given.get(one.name) or "")[:120]
            if not text:
                continue
            if one.name in _DAYS:
                text = flat(text)
                try:
                    day = date.fromisoformat(text)
                except ValueError:
                    continue
                # A day that cannot be turned into an instant on every clock is no day to search for.
                if 1900 <= day.year <= 9000:
                    values[one.name] = day
            else:
                values[one.name] = text
        return cls(**values)

    def given(self) -> dict[str, str]:
        """Return what was chosen, as it stands in an address."""
        return {f.name: str(getattr(self, f.name)) for f in fields(self) if getattr(self, f.name)}

    @property
    def any(self) -> bool:
        """Whether anything was chosen at all."""
        return bool(self.given())


def _day(value: date) -> datetime:
    return datetime.combine(value, time(), SHANGHAI)


def _conditions(filters: Filters, book: Book, now: datetime, at: str = "") -> Q:
    """Return the filters as conditions on a matter, or on the matter that `at` (such as `matter__`) leads to."""
    wanted: list[Q] = []

    def on(**conditions: Any) -> Q:
        return Q(**{at + name: value for name, value in conditions.items()})

    if filters.state == "open":
        wanted.append(~on(state=State.CLOSED.value))
    elif filters.state:
        wanted.append(on(state=filters.state))
    for name in ("kind", "handling_class", "channel"):
        if value := getattr(filters, name):
            wanted.append(on(**{name: value}))
    if filters.category:
        below = [c.code for c in book.categories.values() if filters.category in c.chain]
        wanted.append(on(category__in=below or [filters.category]))
    if filters.unit:
        wanted.append(on(holder=filters.unit) | on(offered_to=filters.unit))
    if filters.division:
        wanted.append(on(division__startswith=filters.division))
    if filters.since:
        wanted.append(on(received_at__gte=_day(filters.since)))
    if filters.until:
        wanted.append(on(received_at__lt=_day(filters.until) + timedelta(days=1)))
    if filters.closed_since:
        wanted.append(on(closed_at__gte=_day(filters.closed_since)))
    if filters.closed_until:
        wanted.append(on(closed_at__lt=_day(filters.closed_until) + timedelta(days=1)))
    if filters.holder:
        wanted.append(on(holder=filters.holder))
    if filters.age in _AGES:
        wanted.append(on(**age_band(int(filters.age), now)))
    if filters.late:
        wanted.append(on(due_at__lt=now, state__in=[s.value for s in WORKING]))
    if filters.rating == "low":
        wanted.append(on(satisfied__lte=2))
    elif filters.rating == "unsolved":
        wanted.append(on(solved=False))
    elif filters.rating == "rated":
        wanted.append(on(satisfied__isnull=False))
    return reduce(and_, wanted, Q())


_AGES = frozenset(str(n) for n in range(len(BANDS) + 1))


def age_band(band: int, now: datetime) -> dict[str, datetime]:
    """Return the conditions on a matter that was received as long ago as this age band says."""
    return count.in_band(AGE, band, now)


def _begins(number: str) -> Q:
    # SQLite's LIKE reads the whole table; its plain comparison of bytes walks the index of numbers.
    if connection.vendor == "sqlite":
        return Q(number__gte=number, number__lt=number + "\U0010ffff")
    return Q(number__startswith=number)


def search(
    viewer: Viewer, filters: Filters, book: Book, *, now: datetime, after: Cursor | None = None, limit: int = 50
) -> Page:
    """Return one page of what fits, the latest registered first (one query).

    A number, whole or its end, is found as such; other words through the full-text index, and Latin ones also by the
    English names of categories: texts are mostly Chinese, whoever reads the pages in English looks for "noise".
    """
    words = filters.q.strip()
    if number := read_number(words):
        ids = visible(viewer).filter(_begins(number)).values_list("pk", flat=True)[:limit]
        return Page(tuple(ids), None)
    if words:
        rows = visible(viewer).filter(_conditions(filters, book, now))
        hits = by_words(rows, words, after, limit)
        if named := categories_called(words, book):
            below = rows.filter(category__in=named)
            if after is not None:
                below = below.filter(pk__lt=after.matter)
            hits = sorted({*hits, *below.order_by("-pk").values_list("pk", flat=True)[: limit + 1]}, reverse=True)
        return _page(hits, limit)
    if viewer.principals != (COUNTY,):
        return _of_principals(viewer, filters, _conditions(filters, book, now, "matter__"), after, limit)
    rows = visible(viewer).filter(_conditions(filters, book, now))
    if after is not None:
        rows = rows.filter(pk__lt=after.matter)
    return _page(list(rows.order_by("-pk").values_list("pk", flat=True)[: limit + 1]), limit)


def _page(ids: list[int], limit: int) -> Page:
    return Page(tuple(ids[:limit]), Cursor(_ANY, ids[limit - 1]) if len(ids) > limit else None)


def _of_principals(viewer: Viewer, filters: Filters, wanted: Q, after: Cursor | None, limit: int) -> Page:
    # Walks the access rows of each principal backward (open ones by what is due, closed ones by their closing), so that
    # a small unit never reads the whole county.
    kinds = {"": (True, False), "open": (True,), State.CLOSED.value: (False,)}.get(filters.state, (True,))
    parts = []
    for principal in viewer.principals:
        for is_open in kinds:
            rows = Access.objects.filter(wanted, principal=principal, is_open__in=[is_open])
            if viewer.units:
                rows = rows.filter(not_hidden(viewer.units, "hidden"))
            if after is not None:
                rows = rows.filter(sort_at__lte=after.at).filter(
                    Q(sort_at__lt=after.at) | Q(matter_id__lt=after.matter)
                )
            parts.append(rows.order_by("-sort_at", "-matter_id").values_list("sort_at", "matter_id")[: limit + 1])
    if not parts:
        return Page((), None)
    sql, params = union(parts)
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} ORDER BY 1 DESC, 2 DESC LIMIT {limit + 1}", params)
        found = cursor.fetchall()
    ids = [row[1] for row in found]
    following = Cursor(moment(found[limit - 1][0]), ids[limit - 1]) if len(found) > limit else None
    return Page(tuple(ids[:limit]), following)


_LATIN = re.compile(r"[a-z]{3,}")


def categories_called(words: str, book: Book) -> list[str]:
    """Return the codes of the categories, and of those below them, whose English name has every word asked for; none
    for words that are not Latin letters alone."""
    asked = flat(words).lower().split()
    if not asked or not all(_LATIN.fullmatch(word) for word in asked):
        return []
    named = {
        code
        for code, category in book.categories.items()
        if all(any(own.startswith(word) for own in _LATIN.findall(category.name.en.lower())) for word in asked)
    }
    return [code for code, category in book.categories.items() if named.intersection(category.chain)]


def by_words(rows: QuerySet[Any], words: str, after: Cursor | None, limit: int) -> list[int]:
    """Return the ids of those of some cases that have the words, the latest first, one more than the page holds."""
    driven = find.driven(words)
    if driven is None:
        return []
    source, where, params = driven
    key = find.row_of_index()
    # Django writes the conditions, the index drives: the matter is probed by its key for each hit until a page is full.
    inner, given = rows.order_by().values_list("pk").query.sql_with_params()
    before = f" AND {key} < %s" if after is not None else ""
    limits: list[Any] = [after.matter] if after is not None else []
    condition = inner.partition(" WHERE ")[2]
    table = connection.ops.quote_name(Matter._meta.db_table)
    more = f" AND {condition}" if condition else ""
    sql = (
        f"SELECT {table}.id, {table}.received_at FROM {source} CROSS JOIN {table} "
        f"WHERE {table}.id = {key} AND {where}{before}{more} ORDER BY {key} DESC LIMIT {limit + 1}"
    )
    with connection.cursor() as cursor:
        given_all: list[Any] = [*params, *limits, *given]
        cursor.execute(sql, given_all)
        return [row[0] for row in cursor.fetchall()]
