"""A register: rows put in, changed, confirmed, ended; each act in the row's own chain, and rows are what that says."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from datetime import UTC, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction

from tests.desk.people import BOOK_TEXT, MONDAY, Town, of_unit, settle
from wuxiao.desk.audit.verify import verify
from wuxiao.desk.base.actor import SYSTEM, Actor
from wuxiao.desk.base.errors import DeskError, Invalid, NotFound, Refused, Stale
from wuxiao.desk.diary import checkpoints, diary
from wuxiao.desk.register import acts, look, shelf
from wuxiao.desk.register.look import Wanted
from wuxiao.desk.town import books
from wuxiao.records.models import Entry, Premises, Row, Words
from wuxiao.rules.access import Role

pytestmark = pytest.mark.django_db

HOTEL: dict[str, Any] = {
    "kind": "hotel",
    "title": "望川旅馆",
    "unit": "ps_qingping",
    "division": "990101001",
    "address": "清平路1号",
    "point": "30.123456,104.654321",
    "licence": "旅字001",
    "licence_until": "2027-12-31",
    "duty_office": "值班室",
    "duty_phone": "0990-5551234",
    "bars": "opens",
}
RENTED: dict[str, Any] = {
    "kind": "rented",
    "title": "槐荫里3栋2单元401",
    "unit": "ps_qingping",
    "division": "990101001",
    "address": "槐荫里3栋2单元401",
    "rooms_let": "2",
    "let_check": ["smoke", "gas"],
}


@pytest.fixture
def town() -> Town:
    return settle()


@pytest.fixture
def station(town: Town) -> Actor:
    return of_unit(town, "ps_qingping")


def put_in(by: Actor, **more: Any) -> Row:
    return acts.put_in("premises", HOTEL | more, by=by, at=MONDAY)


def by_hand(entry: Entry) -> str:
    """The seal of a row's first entry as docs/trust.md tells it, without the product's own code."""
    names = ("turn", "verb", "actor", "unit", "seen", "state", "facts", "texts", "stand")
    body = {name: getattr(entry, name) for name in names}
    body |= {"matter": None, "row": entry.row_id, "staff": entry.staff_id}
    body["at"] = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"\n{text}".encode()).hexdigest()


def broken() -> list[tuple[str, str]]:
    return [(one.where, one.column) for one in verify(at=MONDAY).breaks]


def test_a_row_is_put_in_with_a_code_and_one_sealed_entry(station: Actor) -> None:
    row = put_in(station)
    assert (row.code, row.state, row.version, row.turn) == (f"P{row.pk:06d}", "live", 1, 1)
    kept = Row.objects.get()
    assert (kept.title, kept.kind, kept.unit, kept.lat, kept.lon) == (
        "望川旅馆", "hotel", "ps_qingping", 30.123456, 104.654321,
    )  # fmt: skip
    assert kept.checked_at == MONDAY
    assert kept.valid_from.isoformat() == "2026-09-07"
    part = Premises.objects.get(pk=row.pk)
    assert (part.licence, part.duty_phone, part.bars, part.guards) == ("旅字001", "09905551234", "opens", None)
    (entry,) = Entry.objects.filter(row=row)
    assert (entry.matter_id, entry.verb, entry.turn, entry.staff_id) == (None, "put_in", 1, station.staff_id)
    assert entry.seal == kept.head == diary.seal_of("", entry) == by_hand(entry)
    assert broken() == []


def test_what_people_write_stands_outside_the_seal_and_answers_within(station: Actor) -> None:
    put_in(station)
    (entry,) = Entry.objects.filter(row__isnull=False)
    said = str(entry.stand) + str(entry.facts) + str(entry.texts)
    held = dict(Words.objects.filter(row__isnull=False).values_list("field", "text"))
    assert held["title"] == "望川旅馆"
    assert held["duty_phone"] == "09905551234"
    assert held["point"] == "30.123456,104.654321"
    for text in held.values():
        assert text not in said
    assert entry.stand is not None
    assert entry.stand["row"]["1"]["kind"] == "hotel"
    assert entry.stand["row"]["1"]["licence_until"] == "2027-12-31"
    assert set(entry.texts) == set(held)


def test_a_town_entry_a_matters_and_a_rows_chain_stand_beside_each_other(station: Actor) -> None:
    first, second = put_in(station), put_in(station, title="清平旅馆")
    turns = list(Entry.objects.filter(row__isnull=False).values_list("row_id", "turn"))
    assert turns == [(first.pk, 1), (second.pk, 1)]
    assert not Entry.objects.filter(matter__isnull=True, row__isnull=True, verb="put_in").exists()
    assert checkpoints.take() == Entry.objects.count()
    assert broken() == []


def test_the_database_itself_refuses_an_entry_of_two_and_a_forked_chain(station: Actor) -> None:
    row = put_in(station)
    (entry,) = Entry.objects.filter(row=row)
    with pytest.raises(IntegrityError), transaction.atomic():
        Entry.objects.filter(pk=entry.pk).update(matter_id=1)
    entry.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        entry.save()
    words = Words.objects.filter(row=row)[0]
    with pytest.raises(IntegrityError), transaction.atomic():
        Words.objects.filter(pk=words.pk).update(matter_id=1)
    words.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        words.save()


def test_every_wrong_field_is_named_at_once(station: Actor) -> None:
    with pytest.raises(Invalid) as refused:
        put_in(station, title=" ", licence_until="31.12.2027", duty_phone="12", division="月球")
    assert set(refused.value.fields) == {"title", "licence_until", "duty_phone", "division"}
    assert "2026-02-06" in refused.value.fields["licence_until"].zh
    assert not Row.objects.exists()
    with pytest.raises(Invalid) as unknown:
        put_in(station, kind="castle")
    assert "kind" in unknown.value.fields


def test_what_the_kind_is_not_asked_for_is_not_kept(station: Actor) -> None:
    row = put_in(station, guards="5", rooms_let="3")
    part = Premises.objects.get(pk=row.pk)
    assert (part.guards, part.rooms_let, part.licence) == (None, None, "旅字001")


def test_the_same_place_is_put_in_once(station: Actor) -> None:
    put_in(station)
    with pytest.raises(Refused, match="already") as twice:
        put_in(station)
    assert twice.value.code == "twice"
    assert Row.objects.count() == 1
    put_in(station, kind="ktv")
    put_in(station, address="清平路2号")
    assert Row.objects.count() == 3


def test_a_change_is_compared_and_swapped_and_says_from_what_to_what(station: Actor) -> None:
    row = put_in(station)
    later = MONDAY + timedelta(days=2)
    given = {"title": "望川宾馆", "bars": "blocked", "licence": ""}
    changed = acts.change("premises", row.code, given, why="changed", by=station, at=later, version=1)
    assert (changed.version, changed.turn, changed.checked_at) == (2, 2, later)
    view = look.view("premises", row.code, by=station, at=later)
    assert (view.values["title"], view.values["bars"], view.values["licence"]) == ("望川宾馆", "blocked", None)
    last, first = view.history
    assert (first.verb, first.who, first.changes) == ("put_in", station.name, ())
    assert (last.verb, last.at, last.why) == ("change_row", later, "changed")
    assert [one.zh for one in last.changes] == [
        "名称由“望川旅馆”改为“望川宾馆”",
        "许可证号“旅字001”已清空",
        "防盗窗、护栏由“能从里面打开”改为“挡住逃生，须整改”",
    ]
    with pytest.raises(Stale) as stale:
        acts.change("premises", row.code, {"title": "x"}, why="changed", by=station, at=later, version=1)
    assert (stale.value.since, stale.value.version) == (1, 2)
    assert Row.objects.get().title == "望川宾馆"
    assert broken() == []


def test_nothing_changed_is_nothing_written(station: Actor) -> None:
    row = put_in(station)
    same = acts.change("premises", row.code, HOTEL, why="changed", by=station, at=MONDAY, version=1)
    assert (same.version, same.turn) == (1, 1)
    assert Entry.objects.filter(row=row).count() == 1


@pytest.mark.parametrize("name", ["kind", "title", "unit", "division", "address", "valid_from"])
def test_what_every_row_has_cannot_be_emptied(station: Actor, name: str) -> None:
    row = put_in(station)
    with pytest.raises(Invalid) as refused:
        acts.change("premises", row.code, {name: " "}, why="changed", by=station, at=MONDAY, version=1)
    assert set(refused.value.fields) == {name}


def test_why_it_is_changed_is_asked(station: Actor) -> None:
    row = put_in(station)
    with pytest.raises(Invalid) as refused:
        acts.change("premises", row.code, {"title": "x"}, why="", by=station, at=MONDAY, version=1)
    assert set(refused.value.fields) == {"why"}


def test_another_kind_empties_what_it_is_not_asked_for(station: Actor) -> None:
    row = put_in(station)
    acts.change("premises", row.code, {"kind": "rented"}, why="mistake", by=station, at=MONDAY, version=1)
    part = Premises.objects.get(pk=row.pk)
    assert (part.licence, part.licence_until, part.bars) == ("", None, "opens")
    assert broken() == []


def test_confirming_makes_it_fresh_and_nothing_else(station: Actor) -> None:
    row = put_in(station)
    later = MONDAY + timedelta(days=80)
    acts.confirm("premises", row.code, by=station, at=later, version=1)
    kept = Row.objects.get()
    assert (kept.checked_at, kept.version, kept.title) == (later, 2, "望川旅馆")
    assert look.view("premises", row.code, by=station, at=later).due == later + timedelta(days=90)
    assert broken() == []


def test_a_row_ends_on_a_day_for_a_reason_and_may_be_taken_up_again(station: Actor) -> None:
    row = put_in(station)
    given: dict[str, Any] = {"by": station, "at": MONDAY}
    for day, why, wrong in (
        ("", "closed", "day"),
        ("2026-09-08", "closed", "day"),
        ("2026-09-06", "closed", "day"),
        ("2026-09-07", "", "why"),
    ):
        with pytest.raises(Invalid) as refused:
            acts.end("premises", row.code, day=day, why=why, version=1, **given)
        assert set(refused.value.fields) == {wrong}, day
    acts.end("premises", row.code, day="2026-09-07", why="closed", version=1, **given)
    kept = Row.objects.get()
    assert (kept.state, str(kept.valid_to), str(kept.retire_on)) == ("ended", "2026-09-07", "2026-10-07")
    for verb in (acts.confirm,):
        with pytest.raises(Refused) as over:
            verb("premises", row.code, version=2, **given)
        assert over.value.code == "ended"
    with pytest.raises(Refused):
        acts.change("premises", row.code, {"title": "x"}, why="changed", version=2, **given)
    assert look.page("premises", Wanted(), **given).rows == []
    assert [one.code for one in look.page("premises", Wanted(ended=True), **given).rows] == [row.code]
    again = put_in(station)
    with pytest.raises(Refused):
        acts.revive("premises", row.code, version=2, **given)
    acts.end("premises", again.code, day="2026-09-07", why="doubled", version=1, **given)
    acts.revive("premises", row.code, version=2, **given)
    kept = Row.objects.get(pk=row.pk)
    assert (kept.state, kept.valid_to, kept.retire_on) == ("live", None, None)
    assert broken() == []


# ------------------------------------------------------------------------------------------------------------- who may


def test_who_keeps_a_row_is_its_unit_and_the_trade_department(town: Town, station: Actor) -> None:
    row = put_in(station)
    department, stranger = of_unit(town, "police_bureau"), of_unit(town, "housing")
    with pytest.raises(Refused, match="kept by its unit"):
        acts.confirm("premises", row.code, by=stranger, at=MONDAY, version=1)
    with pytest.raises(Invalid) as wrong:
        put_in(stranger, title="别处")
    assert list(wrong.value.fields) == ["unit"]
    assert Row.objects.count() == 1
    acts.confirm("premises", row.code, by=department, at=MONDAY, version=1)
    assert not look.view("premises", row.code, by=stranger, at=MONDAY).may_keep
    assert look.view("premises", row.code, by=department, at=MONDAY).may_keep


@pytest.mark.parametrize("name", ["supervisor", "chief"])
def test_who_only_reads_writes_nothing_and_sees_less(town: Town, station: Actor, name: str) -> None:
    row = put_in(station)
    by = town.people[name]
    view = look.view("premises", row.code, by=by, at=MONDAY)
    assert view.values["licence"] == "旅字001"
    assert "duty_phone" not in view.values
    assert "duty_phone" in look.view("premises", row.code, by=station, at=MONDAY).values
    acts.change("premises", row.code, {"duty_office": "总台"}, why="changed", by=station, at=MONDAY, version=1)
    assert look.view("premises", row.code, by=station, at=MONDAY).history[0].changes
    assert look.view("premises", row.code, by=by, at=MONDAY).history[0].changes == ()
    for write in (
        lambda: acts.confirm("premises", row.code, by=by, at=MONDAY, version=2),
        lambda: acts.change("premises", row.code, {"title": "x"}, why="changed", by=by, at=MONDAY, version=2),
        lambda: acts.end("premises", row.code, day="2026-09-07", why="closed", by=by, at=MONDAY, version=2),
        lambda: acts.put_in("premises", RENTED, by=by, at=MONDAY),
    ):
        with pytest.raises(Refused, match="does not keep"):
            write()


@pytest.mark.parametrize("name", ["operator", "shift_lead", "police", "reviewer1", "caller", "auditor", "admin"])
def test_whose_post_does_not_open_it_sees_nothing(town: Town, station: Actor, name: str) -> None:
    row = put_in(station)
    by = town.people[name]
    for read in (
        lambda: look.page("premises", Wanted(), by=by, at=MONDAY),
        lambda: look.view("premises", row.code, by=by, at=MONDAY),
        lambda: look.quality("premises", by=by, at=MONDAY),
        lambda: look.count("premises", Wanted(), by=by, at=MONDAY),
    ):
        with pytest.raises(Refused, match="does not open"):
            read()


def test_a_town_whose_book_has_no_section_has_no_register(station: Actor) -> None:
    row = put_in(station)
    start, end = BOOK_TEXT.index("[registers.premises]"), BOOK_TEXT.index("# ----", BOOK_TEXT.index("[registers."))
    # What cannot be done without these registers goes with them.
    without = re.sub(r"\[lives\.(?:inspection|conference)\]\n(?:.+\n)+", "", BOOK_TEXT[:start] + BOOK_TEXT[end:])
    with pytest.raises(Refused):
        books.adopt(without, name="without", effective_from=MONDAY, by=SYSTEM, at=MONDAY)
    # What stands in it is ended first.
    acts.end("premises", row.code, day="2026-09-07", why="closed", by=station, at=MONDAY, version=row.version)
    books.adopt(without, name="without", effective_from=MONDAY, by=SYSTEM, at=MONDAY)
    later = MONDAY + timedelta(minutes=1)
    assert shelf.kept(books.current(later).book) == ()
    for asked in (
        lambda: look.page("premises", Wanted(), by=station, at=later),
        lambda: look.view("premises", row.code, by=station, at=later),
        lambda: acts.put_in("premises", RENTED, by=station, at=later),
        lambda: acts.confirm("premises", row.code, by=station, at=later, version=1),
    ):
        with pytest.raises(NotFound):
            asked()
    # What stands is still verified.
    assert broken() == []


def test_an_unknown_register_or_row_is_not_found(station: Actor) -> None:
    put_in(station)
    for code in ("P999999", "", "\x00", "p000001", "../x", "长" * 500):
        with pytest.raises(NotFound):
            look.view("premises", code, by=station, at=MONDAY)
        with pytest.raises(NotFound):
            acts.confirm("premises", code, by=station, at=MONDAY, version=1)
    with pytest.raises(NotFound):
        look.page("nothing", Wanted(), by=station, at=MONDAY)


# --------------------------------------------------------------------------------------------------------------- lists


def test_lists_are_narrowed_by_kind_place_unit_and_words(station: Actor, town: Town) -> None:
    housing = of_unit(town, "housing")
    hotel = put_in(station)
    rented = acts.put_in("premises", RENTED, by=station, at=MONDAY)
    site = acts.put_in(
        "premises",
        {"kind": "building_site", "title": "ＡＢ工地", "unit": "housing", "division": "990101002", "address": "桂湖路"},
        by=housing,
        at=MONDAY,
    )

    def codes(**wanted: Any) -> list[str]:
        found = look.page("premises", Wanted(**wanted), by=station, at=MONDAY)
        assert look.count("premises", Wanted(**wanted), by=station, at=MONDAY) == len(found.rows)
        return [one.code for one in found.rows]

    assert codes() == [hotel.code, rented.code, site.code]
    assert codes(kind="rented") == [rented.code]
    assert codes(division="990101001") == [hotel.code, rented.code]
    assert codes(division="990101") == [hotel.code, rented.code, site.code]
    assert codes(unit="housing") == [site.code]
    assert codes(words="旅馆") == [hotel.code]
    assert codes(words="ab 桂湖") == [site.code]
    assert codes(words=hotel.code.lower()) == [hotel.code]
    assert codes(words="没有") == []
    assert codes(words="%") == []
    acts.change("premises", hotel.code, {"title": "改名"}, why="changed", by=station, at=MONDAY, version=1)
    assert codes(words="旅馆") == []
    assert codes(words="改名") == [hotel.code]


def test_pages_hold_every_row_once(station: Actor) -> None:
    made = [put_in(station, address=f"清平路{n}号").code for n in range(7)]
    found: list[str] = []
    after = ""
    for _ in range(4):
        page = look.page("premises", Wanted(), by=station, at=MONDAY, after=after, limit=2)
        found += [one.code for one in page.rows]
        after = page.next
        if not after:
            break
    assert found == made
    assert look.page("premises", Wanted(), by=station, at=MONDAY, after="forged", limit=2).rows[0].code == made[0]


def test_dormant_is_over_the_cycle_of_its_own_kind_and_soon_is_not_yet(station: Actor) -> None:
    hotel = put_in(station)
    rented = acts.put_in("premises", RENTED, by=station, at=MONDAY)

    def codes(fresh: str, days: float) -> list[str]:
        page = look.page("premises", Wanted(fresh=fresh), by=station, at=MONDAY + timedelta(days=days))
        return [one.code for one in page.rows]

    assert codes("dormant", 90) == []
    assert codes("dormant", 90.001) == [hotel.code]
    assert codes("dormant", 181) == [hotel.code, rented.code]
    assert codes("soon", 75.9) == []
    assert codes("soon", 76.1) == [hotel.code]
    assert codes("soon", 90.001) == []


def test_the_longest_unseen_comes_first_and_pages_go_on_there(station: Actor) -> None:
    made = [put_in(station, address=f"清平路{n}号") for n in range(5)]
    acts.confirm("premises", made[0].code, by=station, at=MONDAY + timedelta(days=1), version=1)
    far = MONDAY + timedelta(days=400)
    found: list[str] = []
    after = ""
    while True:
        page = look.page("premises", Wanted(fresh="dormant"), by=station, at=far, after=after, limit=2)
        found += [one.code for one in page.rows]
        after = page.next
        if not after:
            break
    assert found == [made[n].code for n in (1, 2, 3, 4, 0)]


def test_a_list_asks_the_database_once(station: Actor, django_assert_num_queries: Any) -> None:
    for n in range(3):
        put_in(station, address=f"清平路{n}号")
    books.current(MONDAY)
    with django_assert_num_queries(1):
        look.page("premises", Wanted(kind="hotel", words="旅馆"), by=station, at=MONDAY)


# ------------------------------------------------------------------------------------------------------------- quality


def test_rates_say_what_they_are_of(station: Actor) -> None:
    empty = look.quality("premises", by=station, at=MONDAY)
    assert (empty.complete.share, empty.accurate.share, empty.used.share) == (None, None, None)
    hotel = put_in(station)
    put_in(station, title="空旅馆", licence="", licence_until="", duty_office="", duty_phone="", bars="", point="")
    found = look.quality("premises", by=station, at=MONDAY)
    # A hotel is asked for seven things of the spine and six of its own: one has no statement of duty, the other seven
    # things less.
    assert (found.complete.part, found.complete.n) == (12 + 6, 26)
    assert (found.accurate.n, found.used.part, found.used.n, found.dormant.part) == (0, 0, 2, 0)
    acts.confirm("premises", hotel.code, by=station, at=MONDAY, version=1)
    acts.change("premises", hotel.code, {"title": "甲"}, why="mistake", by=station, at=MONDAY, version=2)
    acts.change("premises", hotel.code, {"title": "乙"}, why="changed", by=station, at=MONDAY, version=3)
    found = look.quality("premises", by=station, at=MONDAY)
    assert (found.accurate.part, found.accurate.n) == (1, 2)
    assert (found.used.part, found.used.n) == (1, 2)
    fields = {one.name: rate for one, rate in found.fields}
    assert (fields["licence"].part, fields["licence"].n) == (1, 2)
    assert "rooms_let" not in fields
    later = look.quality("premises", by=station, at=MONDAY + timedelta(days=366))
    assert (later.accurate.n, later.used.part, later.dormant.part) == (0, 0, 2)


# ------------------------------------------------------------------------------------------ ending and falsifying


def test_fields_are_emptied_when_they_were_kept_for_their_time(station: Actor) -> None:
    row = put_in(station)
    live = put_in(station, title="另一家")
    acts.end("premises", row.code, day="2026-09-07", why="closed", by=station, at=MONDAY, version=1)
    one = next(each for each in shelf.all_shelves() if each.name == "premises")
    assert acts.retire(one, by=SYSTEM, at=MONDAY + timedelta(days=29)) == 0
    assert acts.retire(one, by=SYSTEM, at=MONDAY + timedelta(days=30)) == 1
    part, kept = Premises.objects.get(pk=row.pk), Row.objects.get(pk=row.pk)
    assert (part.duty_office, part.duty_phone, part.licence, kept.title) == ("", "", "旅字001", "望川旅馆")
    assert not Words.objects.filter(row=row, text__in=["值班室", "09905551234"]).exists()
    assert acts.retire(one, by=SYSTEM, at=MONDAY + timedelta(days=31)) == 0
    assert broken() == []
    assert acts.retire(one, by=SYSTEM, at=MONDAY + timedelta(days=731)) == 1
    part, kept = Premises.objects.get(pk=row.pk), Row.objects.get(pk=row.pk)
    assert (kept.title, kept.address, kept.lat, part.licence, part.licence_until, part.bars) == (
        "", "", None, "", None, "",
    )  # fmt: skip
    assert (kept.kind, kept.retire_on) == ("hotel", None)
    assert "望川" not in kept.folded
    assert not Words.objects.filter(row=row).exclude(text="").exists()
    assert Premises.objects.get(pk=live.pk).duty_office == "值班室"
    assert broken() == []
    with pytest.raises(Refused):
        acts.revive("premises", row.code, by=station, at=MONDAY + timedelta(days=731), version=kept.version)
    history = look.view("premises", row.code, by=station, at=MONDAY).history
    assert [one.verb for one in history] == ["retire", "retire", "end_row", "put_in"]


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("row", "title", "别的名字"),
        ("row", "address", "别处"),
        ("row", "lat", 1.5),
        ("row", "kind", "ktv"),
        ("row", "unit", "housing"),
        ("row", "code", "P7"),
        ("row", "state", "ended"),
        ("row", "valid_from", "2020-01-01"),
        ("row", "checked_at", MONDAY + timedelta(days=50)),
        ("row", "folded", "别的"),
        ("row", "head", "0" * 64),
        ("row", "turn", 7),
        ("part", "licence", "旅字002"),
        ("part", "licence_until", "2030-01-01"),
        ("part", "bars", "blocked"),
        ("part", "guards", 3),
        ("words", "text", "改过"),
        ("entry", "verb", "confirm_row"),
        ("entry", "at", MONDAY + timedelta(days=1)),
    ],
)
def test_what_is_changed_by_hand_is_found(station: Actor, table: str, column: str, value: Any) -> None:
    row = put_in(station)
    acts.confirm("premises", row.code, by=station, at=MONDAY, version=1)
    assert broken() == []
    models: dict[str, Any] = {"row": Row, "part": Premises, "words": Words, "entry": Entry}
    some = models[table].objects.filter(**{"pk" if table == "row" else "row_id": row.pk}).order_by("pk")
    models[table].objects.filter(pk=some[0].pk).update(**{column: value})
    found = broken()
    assert found
    assert all(where.startswith("premises:") for where, _ in found)


def test_a_row_or_an_entry_taken_away_is_found(station: Actor) -> None:
    row = put_in(station)
    acts.confirm("premises", row.code, by=station, at=MONDAY, version=1)
    Entry.objects.filter(row=row, turn=2).delete()
    assert broken()
    Premises.objects.filter(pk=row.pk).delete()
    assert ("premises:" + row.code, "row.premises") in broken()


# -------------------------------------------------------------------------------------------------------- two at once


@pytest.mark.django_db(transaction=True)
def test_of_two_who_write_at_once_one_is_told_to_look_again() -> None:
    town = settle()
    by = of_unit(town, "ps_qingping")
    row = put_in(by)
    gate, outcomes = threading.Barrier(2), []

    def write(title: str) -> None:
        try:
            gate.wait(10)
            acts.change("premises", row.code, {"title": title}, why="changed", by=by, at=MONDAY, version=1)
            outcomes.append("done")
        except DeskError as error:
            outcomes.append(error.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write, args=(f"名字{n}",)) for n in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(outcomes) == ["done", "stale"]
    assert Row.objects.get().version == 2
    assert broken() == []


@pytest.mark.django_db(transaction=True)
def test_of_two_who_put_the_same_place_in_at_once_one_has_put_it_in() -> None:
    town = settle()
    by = of_unit(town, "ps_qingping", Role.LEAD)
    gate, outcomes = threading.Barrier(4), []

    def write() -> None:
        try:
            gate.wait(10)
            put_in(by)
            outcomes.append("done")
        except DeskError as error:
            outcomes.append(error.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(outcomes) == ["done", "twice", "twice", "twice"]
    assert Row.objects.count() == Premises.objects.count() == 1


def test_lists_are_read_along_an_index(station: Actor) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("SQLite says its plan in words")
    put_in(station)
    for wanted in (Wanted(), Wanted(kind="hotel"), Wanted(fresh="dormant")):
        with connection.cursor() as cursor:
            asked = look._rows(
                shelf.of("premises", books.current(MONDAY).book), wanted, books.current(MONDAY).book, MONDAY
            )
            order = ("checked_at", "id") if wanted.fresh else ("id",)
            sql, params = asked.order_by(*order)[:51].query.sql_with_params()
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
            plan = " ".join(str(line[3]) for line in cursor.fetchall())
        assert "USING INDEX row_" in plan, plan
        assert "TEMP B-TREE" not in plan, plan


def test_a_row_is_pushed_onto_no_unit_that_did_not_take_it(town: Town, station: Actor) -> None:
    row = put_in(station)
    with pytest.raises(Invalid) as said:
        acts.change("premises", row.code, {"unit": "housing"}, why="changed", by=station, at=MONDAY, version=1)
    assert set(said.value.fields) == {"unit"}
    assert (Row.objects.get(pk=row.pk).unit, Row.objects.get(pk=row.pk).version) == ("ps_qingping", 1)
    # Whoever could have put it in for that unit hands it on: the department the book names for the kind.
    trade = of_unit(town, books.current(MONDAY).book.registers["premises"]["hotel"].unit)
    acts.change("premises", row.code, {"unit": "housing"}, why="changed", by=trade, at=MONDAY, version=1)
    assert Row.objects.get(pk=row.pk).unit == "housing"
    with pytest.raises(Refused):
        acts.change("premises", row.code, {"title": "旅馆"}, why="changed", by=station, at=MONDAY, version=2)
    assert broken() == []


def test_a_column_without_a_field_and_a_field_without_a_column_are_each_named() -> None:
    from dataclasses import replace

    from wuxiao.records.models import Premises
    from wuxiao.subjects.premises.rules import PREMISES

    first, *others = PREMISES.fields
    with pytest.raises(ValueError, match=f"the column “{first.name}” has no field in the register"):
        shelf.Shelf(replace(PREMISES, fields=tuple(others)), Premises)
    with pytest.raises(ValueError, match="the field “sprinklers” has no column in Premises"):
        shelf.Shelf(replace(PREMISES, fields=(*PREMISES.fields, replace(first, name="sprinklers"))), Premises)
