"""The database is led by indexes to what the busiest pages and loops ask, also in a town of a million matters.

SQLite plans by its statistics, so it is given those of a measured town of a million; PostgreSQL, in a small one, is
asked whether it can do without reading whole tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.desk.people import MONDAY, Town, of_unit, settle
from wuxiao.desk.base import find
from wuxiao.desk.base.actor import RESIDENT
from wuxiao.desk.case import outbox
from wuxiao.desk.look import shelves
from wuxiao.desk.look.search import Filters, search
from wuxiao.desk.matters import matters
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.town import books
from wuxiao.records.models import Address, Contact, Matter, Street, WorkOrder

pytestmark = pytest.mark.django_db

#: `sqlite_stat1` of the benchmark's town of a million: rows of the index, then rows for each value of its columns.
MILLION = {
    "records_access": {
        "access_inbox": "5006897 2001 2001 28 1",
        "access_queue": "5006897 2001 1334 98 1",
        "access_late": "180000 2000 20 1",
    },
    "records_matter": {
        "matter_address": "1000000 167 3",
        "matter_answered": "849060 28 28",
        "matter_closed": "1000000 55 54 52",
        "matter_open_due": "40000 501",
        "matter_received": "1000000 29 29 29",
        "matter_tick": "40000 223",
    },
    "records_entry": {"entry_staff": "7703572 2001 29"},
    "records_message": {"message_state": "3675970 1001 1"},
    "records_workorder": {"order_matter": "1109250 2 1"},
    "records_callback": {"call_back_queue": "459471 2001 28"},
}
#: Tables that are long in a large town: reading one of them from end to end is what must not happen.
LONG = ("records_matter", "records_access", "records_entry", "records_message", "records_words", "records_contact",
        "records_workorder", "matter_text")  # fmt: skip


_LIFE = re.compile(r"""(\w+|"\w+")\."?life"? = 'matter'""")


@pytest.fixture
def town() -> Town:
    town = settle()
    for n in range(30):
        report = Report(words=f"文庙街路灯不亮,第{n}盏", division="990101001", phone=f"1990000{n:04d}")
        matters.receive(report, by=RESIDENT, at=MONDAY)
    return town


@pytest.fixture
def plans(town: Town) -> Iterator[Plans]:
    found = Plans()
    found.begin()
    yield found
    found.end()


class Plans:
    """Asks the database how it would answer what code sends."""

    def begin(self) -> None:
        """Pretend a million on SQLite; forbid whole tables on PostgreSQL."""
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("ANALYZE")
                cursor.execute("DELETE FROM sqlite_stat1")
                for table, indexes in MILLION.items():
                    for index, numbers in indexes.items():
                        cursor.execute("INSERT INTO sqlite_stat1 VALUES (%s, %s, %s)", [table, index, numbers])
                cursor.execute("ANALYZE sqlite_master")
            else:
                cursor.execute("SET enable_seqscan = off")

    def end(self) -> None:
        """Put things back."""
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("DELETE FROM sqlite_stat1")
                cursor.execute("ANALYZE sqlite_master")
            else:
                cursor.execute("SET enable_seqscan = on")

    def of(self, run: Any) -> list[str]:
        """Return the lines of the plans of every statement that `run` sends."""
        with CaptureQueriesContext(connection) as sent:
            run()
        lines: list[str] = []
        with connection.cursor() as cursor:
            for query in sent.captured_queries:
                sql = query["sql"]
                if not sql.startswith(("SELECT", "UPDATE", "DELETE")):
                    continue
                if connection.vendor != "sqlite":
                    # Kept from reading the table it would walk a whole index that has the life last: all rows share it.
                    sql = _LIFE.sub("TRUE", sql)
                cursor.execute(("EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN ") + sql)
                lines += [str(row[-1]) for row in cursor.fetchall()]
        assert lines, "nothing was asked"
        return lines


def whole_tables(lines: Iterable[str]) -> list[str]:
    """Return the lines that read a long table from end to end."""
    found = []
    for line in lines:
        words = line.replace('"', "").split()
        for table in LONG:
            sqlite = line.startswith("SCAN") and table in words[1:2] and "INDEX" not in line
            sqlite_by_index = line.startswith(f"SCAN {table} USING") and "matter_open_due" not in line
            postgres = f"Seq Scan on {table}" in line.replace('"', "")
            if sqlite or sqlite_by_index or postgres:
                found.append(line)
    return found


def test_the_check_itself_notices_a_table_read_from_end_to_end(plans: Plans) -> None:
    assert whole_tables(plans.of(lambda: list(Matter.objects.filter(title="没有索引").order_by("title"))))


@pytest.mark.parametrize("who", ["operator", "shift_lead", "supervisor", "police", "reviewer1", "handler", "lead"])
def test_every_shelf_and_its_count_walk_an_index(plans: Plans, town: Town, who: str) -> None:
    from wuxiao.rules.access import Role

    by = of_unit(town, "housing", Role(who)) if who in {"handler", "lead"} else town.people[who]
    assert by.viewer is not None
    viewer = by.viewer
    names = shelves.shelf_names(viewer)
    assert "inbox" in names
    assert whole_tables(plans.of(lambda: shelves.shelf_counts(viewer, names, now=MONDAY))) == []
    for name in names:
        if name == "faults":
            continue
        lines = plans.of(lambda name=name: shelves.shelf_page(viewer, name, now=MONDAY))
        assert whole_tables(lines) == [], name


@pytest.mark.parametrize("words", ["路灯", "路灯不亮", "WX20260907-"])
def test_search_is_driven_by_the_word_index(plans: Plans, town: Town, words: str) -> None:
    book = books.current(MONDAY).book
    for who in (town.operator, of_unit(town, "housing")):
        assert who.viewer is not None
        lines = plans.of(lambda who=who: search(who.viewer, Filters(q=words), book, now=MONDAY))
        assert whole_tables(lines) == []


def test_the_loops_of_the_worker_look_only_at_what_is_due(plans: Plans) -> None:
    at: datetime = MONDAY + timedelta(hours=3)

    def ask() -> None:
        list(Matter.objects.filter(tick_at__lte=at).order_by("tick_at").values_list("pk", flat=True)[:200])
        outbox.send_due(at=MONDAY - timedelta(days=1))

    assert whole_tables(plans.of(ask)) == []


def test_what_belongs_to_one_matter_is_found_by_it(plans: Plans) -> None:
    pk = Matter.objects.values_list("pk", flat=True)[3]

    def ask() -> None:
        matter = Matter.objects.get(pk=pk)
        list(matter.entries.order_by("turn"))
        list(matter.words.all())
        list(matter.access.all())
        list(WorkOrder.objects.filter(matter_id=pk))
        list(Contact.objects.filter(matter_id=pk))
        list(Matter.objects.filter(merged_into_id=pk, outcome="merged").values("pk"))
        list(Matter.objects.filter(split_from_id=pk).values("pk"))
        list(Matter.objects.filter(code=matter.code))
        find.text_of(pk)

    assert whole_tables(plans.of(ask)) == []


def test_the_page_of_a_matter_and_of_its_requester_lead_to_what_belongs_to_it(plans: Plans, town: Town) -> None:
    from wuxiao.desk.look import matter as look
    from wuxiao.desk.matters import progress

    street = Street.objects.create(name="文庙街", division="990101001002")
    place = Address.objects.create(code="a1", division="990101001002", street=street, door="1号", full="文庙街1号")
    for hours in (1, 2):
        report = Report(words="路灯不亮", address_id=place.pk)
        made = matters.receive(report, by=RESIDENT, at=MONDAY + timedelta(hours=hours))
    at = MONDAY + timedelta(hours=3)
    pages: list[look.View] = []
    lines = plans.of(lambda: pages.append(look.view(made.number, by=town.operator, at=at, lang="zh")))
    assert [row.number for row in pages[0].earlier], "there is an earlier matter at this address"
    assert whole_tables(lines) == []
    assert whole_tables(plans.of(lambda: progress.look(made.code, "zh", at=at))) == []


def test_the_orphan_alarm_reads_only_what_is_open(plans: Plans, town: Town) -> None:
    from wuxiao.desk.case import clock

    assert whole_tables(plans.of(lambda: clock.orphans(at=MONDAY))) == []


def test_the_figures_of_a_month_walk_the_indexes_made_for_them(plans: Plans, town: Town) -> None:
    """A column that all rows share (which life a case has) must never lead a plan here: measured, 5 ms become 473."""
    from wuxiao.desk.matters import figures

    lines = plans.of(lambda: figures.count("2026-09", at=MONDAY + timedelta(days=60)))
    assert whole_tables(lines) == []
    if connection.vendor == "sqlite":
        used = {
            line.replace('"', "").split("INDEX ")[1].split()[0]
            for line in lines
            if "records_matter" in line and "INDEX " in line
        }
        assert used == {"matter_received", "matter_closed", "matter_answered"}
    assert whole_tables(plans.of(lambda: figures.refresh(at=MONDAY + timedelta(days=60)))) == []
