"""Service points: the register, the card and the list by the clock, ratings, their words, and danger among them."""

from __future__ import annotations

import contextlib
import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.desk.people import BOOK_TEXT, MONDAY, Town, of_unit, settle
from wuxiao.desk.audit.verify import verify
from wuxiao.desk.base import throttle
from wuxiao.desk.base.actor import RESIDENT, SYSTEM, Actor
from wuxiao.desk.base.errors import Invalid, NotFound, Refused, Stale, Throttled
from wuxiao.desk.register import acts as rows
from wuxiao.desk.register import answers, foreign, look, sheets, shelf
from wuxiao.desk.town import books
from wuxiao.records.models import Entry, Matter, Row, Words
from wuxiao.rules import book as rulebook
from wuxiao.rules.access import Role
from wuxiao.rules.calendar.opening import State
from wuxiao.rules.flow import DESK_TYPES
from wuxiao.rules.register import impact
from wuxiao.subjects.service_points import acts, asks, rules
from wuxiao.subjects.service_points.rating import RATING
from wuxiao.subjects.service_points.rules import NAME, SERVICE_POINTS

pytestmark = pytest.mark.django_db
UNIT = "ps_qingping"
ROOM: dict[str, Any] = {
    "kind": "police_room", "title": "槐荫社区警务室", "title_en": "Huaiyin community police room", "unit": UNIT,
    "division": "990101001", "address": "清平路12号", "point": "30.123456,104.654321",
    "hours": "周一至周五 8:30-12:00,14:00-17:30", "holidays": "closed", "phone": "0990-5551200",
    "services": ["help", "household"], "speaks": ["putonghua", "en"], "access": ["level", "bell"],
    "room": "own", "also": "社区党总支委员（2025年起）",
    "on_duty": "社区民警、辅警", "officer": "周明安", "officer_agreed": "2026-09-01",
    "about": "从菜场东门进，左手第一间。", "about_en": "By the east gate of the market, first room on the left.",
}  # fmt: skip


@pytest.fixture
def town() -> Town:
    return settle()


@pytest.fixture
def keeper(town: Town) -> Actor:
    return of_unit(town, UNIT)


@pytest.fixture
def room(keeper: Actor) -> Row:
    return put(keeper)


def put(by: Actor, **more: Any) -> Row:
    return rows.put_in(NAME, ROOM | more, by=by, at=MONDAY)


def rate(code: str, key: str = "k1", *, at: datetime = MONDAY, caller: str = "", **given: str) -> acts.Taken:
    return acts.rate(code, {"level": "5"} | given, key=key, caller=caller or f"of {key}", lang="zh-hans",
                     by=RESIDENT, at=at)  # fmt: skip


def broken() -> list[tuple[str, str]]:
    return [(one.where, one.column) for one in verify(at=MONDAY).breaks]


# -------------------------------------------------------------------------------- the register


def test_a_point_is_kept_with_its_hours_in_one_form(keeper: Actor, room: Row) -> None:
    found = asks.by_code(room.code, at=MONDAY)
    assert found.part.hours == "周一至周五 08:30-12:00,14:00-17:30"
    assert (found.standing.state, f"{found.standing.until:%H:%M}") == (State.OPEN, "12:00")
    assert (found.part.room, found.part.also) == ("own", "社区党总支委员（2025年起）")
    assert (found.title.zh, found.title.en) == ("槐荫社区警务室", "Huaiyin community police room")
    with pytest.raises(Invalid) as wrong:
        put(keeper, title="另一间", hours="早上到晚上")
    assert set(wrong.value.fields) == {"hours"}
    with pytest.raises(Invalid) as missing:
        put(keeper, title="另一间", hours="")
    assert "hours" in missing.value.fields
    assert broken() == []


def test_the_register_is_declared_in_ninety_lines() -> None:
    with open(rules.__file__, encoding="utf-8") as file:
        assert len(file.readlines()) <= 90


def test_its_file_out_comes_back_in_unchanged_and_names_nobody(keeper: Actor, town: Town, room: Row) -> None:
    lead = of_unit(town, UNIT, Role.LEAD)
    table = sheets.give(NAME, look.Wanted(), purpose="report", by=lead, at=MONDAY, lang="zh")
    flat = "\n".join("\t".join(line) for line in table)
    assert "槐荫社区警务室" in flat
    assert "周一至周五 08:30-12:00" in flat
    assert "周明安" not in flat


def test_a_name_stands_on_the_card_only_with_consent_and_where_the_book_says_so(keeper: Actor, room: Row) -> None:
    assert asks.card(room.code, at=MONDAY).officer == "周明安"
    without = put(keeper, title="没问过", officer_agreed="")
    later = put(keeper, title="以后才同意", officer_agreed="2026-09-08")
    hall = put(keeper, title="派出所大厅", kind="station_hall")
    for row in (without, later, hall):
        assert Words.objects.filter(row=row, field="officer", text="周明安").exists()
        assert asks.card(row.code, at=MONDAY).officer == ""
    assert asks.card(later.code, at=MONDAY + timedelta(days=1)).officer == "周明安"


def test_a_planned_office_says_when_it_will_open_and_an_ended_one_is_gone(keeper: Actor) -> None:
    row = put(keeper, kind="enterprise_office", title="江畔产业园警务室", opens_on="2026-12-01")
    assert asks.by_code(row.code, at=MONDAY).standing.state is State.PLANNED
    assert asks.by_code(row.code, at=MONDAY).standing.next == datetime.fromisoformat("2026-12-01T08:30+08:00")
    with pytest.raises(NotFound):
        asks.by_code("F999999", at=MONDAY)
    rows.end(NAME, row.code, day="2026-09-07", why="closed", by=keeper, at=MONDAY, version=1)
    with pytest.raises(NotFound):
        asks.by_code(row.code, at=MONDAY)
    assert asks.points(at=MONDAY) == []


def test_lists_by_kind_by_service_open_now_and_nearest(keeper: Actor, room: Row) -> None:
    near = put(keeper, title="近的", point="30.2,104.7", services=["id_card"], hours="每天 全天", holidays="usual")
    nowhere = put(
        keeper, kind="machine", title="没有坐标", point="", services=["print", "help"], hours="周日 9:00-10:00"
    )

    def titles(**more: Any) -> list[str]:
        return [one.row.title for one in asks.points(at=MONDAY, **more)]

    assert set(titles()) == {"槐荫社区警务室", "近的", "没有坐标"}
    assert titles(kind="machine") == [nowhere.title]
    # A code is a whole word: `id_card` is none of the points that do `id`.
    assert titles(service="id_card") == [near.title]
    assert set(titles(service="help")) == {"槐荫社区警务室", "没有坐标"}
    # First, in the middle and last among several.
    three = ["help", "id_card", "household"]
    many = put(keeper, title="什么都办", services=three)
    assert [code for code in three if many.title not in titles(service=code)] == []
    rows.end(NAME, many.code, day="2026-09-07", why="closed", by=keeper, at=MONDAY, version=1)
    assert set(titles(open_now=True)) == {"槐荫社区警务室", "近的"}
    assert titles(near=(30.2, 104.7)) == ["近的", "槐荫社区警务室", "没有坐标"]
    found = asks.points(at=MONDAY, near=(30.2, 104.7))
    assert [one.metres is None for one in found] == [False, False, True]
    # A degree of latitude is 111.2 km of a sphere of 6,371 km.
    assert asks.distance((30.0, 104.0), (31.0, 104.0)) == pytest.approx(111_195, abs=1)
    with CaptureQueriesContext(connection) as queries:
        asks.points(at=MONDAY)
    assert len(queries) == 1


def test_a_town_without_the_section_has_no_points_and_hears_danger_at_its_old_sheets(
    town: Town, keeper: Actor, room: Row
) -> None:
    rows.end(NAME, room.code, day=MONDAY.date().isoformat(), why="closed", version=1, by=keeper, at=MONDAY)
    start = BOOK_TEXT.index("# 服务点。names")
    end = BOOK_TEXT.index("# 发布的文章")
    books.adopt(BOOK_TEXT[:start] + BOOK_TEXT[end:], name="b", effective_from=MONDAY, by=SYSTEM, at=MONDAY)
    with pytest.raises(NotFound):
        asks.points(at=MONDAY)
    with pytest.raises(NotFound):
        rate(room.code)
    with pytest.raises(NotFound) as shut:
        rate(room.code, "d", words="着火了，楼里还有人，快来人啊")
    matter = Matter.objects.get()
    assert (matter.danger_open, shut.value.kept) == (True, matter.code)
    answer = Client().post(f"/points/{room.code}/rate", {"key": "e", "words": "有人拿刀砍人，救命"})
    found = answer.content.decode()
    assert answer.status_code == 200
    assert found.index('href="tel:110"') < found.index("<h1>")
    assert 'href="/points"' not in found, "no way back to a page there is none of"
    assert Client().post(f"/points/{room.code}/rate", {"key": "f", "words": "牌子太小"}).status_code == 404
    assert broken() == []


# -------------------------------------------------------------------------------- ratings


def test_a_rating_remembers_its_version_and_nobody(room: Row) -> None:
    assert rate(room.code, words="叫号很快", done="yes").new
    (entry,) = Entry.objects.filter(row=room, verb=answers.GIVE)
    assert entry.facts["answers"] == {"level": "5", "done": "yes"}
    assert (entry.facts["set"], entry.facts["version"], entry.facts["digest"]) == (
        "service_rating", "1", RATING.digest,
    )  # fmt: skip
    assert (entry.staff_id, entry.unit, entry.actor) == (None, "", "resident")
    sealed = str(entry.facts) + str(entry.stand)
    assert "叫号很快" not in sealed
    assert "192.0.2.7" not in sealed
    said = Words.objects.get(row=room, turn=entry.turn)
    assert (said.text, said.by_resident) == ("叫号很快", True)
    assert broken() == []
    Words.objects.filter(pk=said.pk).update(text="别的")
    assert [where for where, _column in broken()] == [f"service_points:{room.code}"]


def test_the_same_form_twice_is_one_rating(room: Row) -> None:
    assert rate(room.code, "k1").new
    assert not rate(room.code, "k1").new
    assert rate(room.code, "k2").new
    assert Entry.objects.filter(row=room, verb=answers.GIVE).count() == 2


def test_bad_answers_are_named_and_nothing_is_written(room: Row) -> None:
    for given, field in (({"level": "6"}, "level"), ({"level": ""}, "level"), ({"words": "长" * 1001}, "words")):
        with pytest.raises(Invalid) as wrong:
            rate(room.code, **given)
        assert set(wrong.value.fields) == {field}
    with pytest.raises(Invalid):
        rate(room.code, name="周明安")
    assert not Entry.objects.filter(row=room, verb=answers.GIVE).exists()


def test_one_source_rates_a_point_once_a_day_and_its_address_is_nowhere(keeper: Actor, room: Row) -> None:
    source = "192.0.2.7"
    assert rate(room.code, "k0", caller=source).new
    for n in range(1, 30):
        # The key is the client's own: another one makes no other source.
        with pytest.raises(Refused) as again:
            rate(room.code, f"k{n}", caller=source)
        assert again.value.code == "rated"
    assert not rate(room.code, "k0", caller="192.0.2.9").new, "the same form sent again is no fault"
    with pytest.raises(Throttled):
        rate(room.code, "k30", caller=source)
    assert Entry.objects.filter(row=room, verb=answers.GIVE).count() == 1
    # Neither another source nor another point is shut out by it, and the next day is another.
    other = put(keeper, title="南门警务室")
    assert rate(other.code, "k31", caller=source).new
    assert rate(room.code, "k32", caller="192.0.2.8").new
    assert rate(room.code, "k33", caller=source, at=MONDAY + timedelta(days=1)).new
    with connection.cursor() as cursor:
        cursor.execute("SELECT key FROM records_throttle")
        keys = [key for (key,) in cursor.fetchall()]
    assert keys
    assert not any("192.0.2" in key for key in keys)
    assert throttle.caller_hash(f"{room.code} {source}", MONDAY) not in str(
        list(Entry.objects.filter(row=room).values_list("facts", flat=True))
    ), "nor is its hash kept with what was said"
    assert broken() == []


def test_nothing_is_told_below_the_floor_and_with_its_interval_above(room: Row) -> None:
    book = books.current(MONDAY).book
    for n in range(book.minimum_n - 1):
        rate(room.code, f"k{n}", caller=f"c{n}", level="5" if n % 3 else "1", wait="short")
    below = asks.card(room.code, at=MONDAY).rated
    # In lots of five: of 29 answers 25 are counted.
    assert (below.n, below.enough, below.tallies) == (25, False, [])
    rate(room.code, "last", caller="last", level="2")
    found = asks.card(room.code, at=MONDAY).rated
    assert (found.n, found.satisfied.k, found.enough) == (30, 19, True)
    # Wilson's interval for 19 of 30, reckoned apart: 0.4551, 0.7813.
    assert (round(found.satisfied.low or 0, 4), round(found.satisfied.high or 0, 4)) == (0.4551, 0.7813)
    by_name = {one.path: one for one in found.tallies}
    levels = {cell.name: cell.count for cell in by_name["level"].cells}
    # One person chose 2, which is too few to say; another answer goes with it, or it could be reckoned out.
    assert levels["2"] is None
    assert levels == {"5": 19, "4": None, "3": None, "2": None, "1": None}
    assert {cell.name: cell.count for cell in by_name["done"].cells} == {"yes": None, "partly": None, "no": None}
    # Who looks before and after one more person answers sees no difference until there are five.
    for n in range(4):
        rate(room.code, f"more{n}", caller=f"m{n}", level="1")
        assert asks.card(room.code, at=MONDAY).rated == found
    rate(room.code, "fifth", caller="fifth", level="1")
    assert asks.card(room.code, at=MONDAY).rated.n == 35
    # From the thirteenth month on they count no more.
    assert asks.card(room.code, at=datetime.fromisoformat("2027-09-30T23:59+08:00")).rated.n == 35
    assert asks.card(room.code, at=datetime.fromisoformat("2027-10-01T00:00+08:00")).rated.n == 0


# -------------------------------------------------------------------------------- words


def test_words_go_to_who_keeps_the_point_and_to_the_public_only_after_a_named_person(
    town: Town, keeper: Actor, room: Row
) -> None:
    held = shelf.of(NAME, books.current(MONDAY).book)
    rate(room.code, words="找王建国办的，电话13812345678，很快")
    assert asks.card(room.code, at=MONDAY).rated.said == []
    (one,) = answers.said(held, room.code, by=keeper, at=MONDAY)
    assert "13812345678" not in one.masked
    assert "王建国" not in one.masked
    assert "很快" in one.masked
    # That they were read is written down, once a day.
    answers.said(held, room.code, by=keeper, at=MONDAY)
    assert Entry.objects.filter(row=room, verb="read", staff_id=keeper.staff_id).count() == 1
    department = held.kinds(books.current(MONDAY).book)[room.kind].unit
    rated_ones = (keeper, of_unit(town, UNIT, Role.LEAD), of_unit(town, department, Role.LEAD),
                  of_unit(town, department, Role.SUPERVISOR))  # fmt: skip
    outsiders = (of_unit(town, "market_reg"), town.operator, town.chief, town.auditor, RESIDENT)
    for who in outsiders:
        with pytest.raises(Refused):
            answers.said(held, room.code, by=who, at=MONDAY)
    for who in (*rated_ones, *outsiders, SYSTEM):
        with pytest.raises(Refused):
            answers.release(held, room.code, one.turn, seen=one.digest, by=who, at=MONDAY)
    watch = town.supervisor
    assert answers.said(held, room.code, by=watch, at=MONDAY) == [one]
    with pytest.raises(Stale):
        answers.release(held, room.code, one.turn, seen="not what was seen", by=watch, at=MONDAY)
    answers.release(held, room.code, one.turn, seen=one.digest, by=watch, at=MONDAY)
    answers.release(held, room.code, one.turn, seen=one.digest, by=watch, at=MONDAY)
    assert [text for _day, text in asks.card(room.code, at=MONDAY).rated.said] == [one.masked]
    assert Entry.objects.filter(row=room, verb=answers.RELEASE).count() == 1
    for who in rated_ones:
        with pytest.raises(Refused):
            answers.withdraw(held, room.code, one.turn, by=who, at=MONDAY)
    assert asks.card(room.code, at=MONDAY).rated.said != []
    answers.withdraw(held, room.code, one.turn, by=watch, at=MONDAY)
    assert asks.card(room.code, at=MONDAY).rated.said == []
    assert broken() == []


def test_who_answers_stands_in_no_history(town: Town, keeper: Actor, room: Row) -> None:
    rate(room.code, words="暗号白鹭")
    view = look.view(NAME, room.code, by=keeper, at=MONDAY)
    assert {one.verb for one in view.history} == {"put_in", "read"}
    assert "白鹭" not in str(view)


def test_words_are_emptied_after_a_year_and_the_answers_stay(town: Town, keeper: Actor, room: Row) -> None:
    held = shelf.of(NAME, books.current(MONDAY).book)
    rate(room.code, words="柜台太高")
    (one,) = answers.said(held, room.code, by=keeper, at=MONDAY)
    answers.release(held, room.code, one.turn, seen=one.digest, by=town.supervisor, at=MONDAY)
    over = MONDAY + timedelta(days=366)
    assert answers.forget(at=over - timedelta(days=1)) == 0
    assert answers.forget(at=over) == 2
    assert not Words.objects.filter(row=room, text__contains="柜台太高").exists()
    assert answers.said(held, room.code, by=keeper, at=over) == []
    assert asks.card(room.code, at=over).rated.said == []
    assert answers.forget(at=over) == 0
    assert Entry.objects.filter(row=room, verb=answers.GIVE).count() == 1


# -------------------------------------------------------------------------------- danger


def test_words_of_danger_are_a_report_and_not_the_keepers(keeper: Actor, room: Row) -> None:
    held = shelf.of(NAME, books.current(MONDAY).book)
    taken = rate(room.code, words="有人拿刀砍人，流了很多血，救命")
    assert taken.new
    assert taken.report is not None
    matter = Matter.objects.get()
    assert matter.danger_open
    assert "槐荫社区警务室" in matter.place
    assert Words.objects.get(matter=matter, field="words").text == "有人拿刀砍人，流了很多血，救命"
    assert answers.said(held, room.code, by=keeper, at=MONDAY) == []
    # The matter stands in no entry of the point: who keeps it is not led there.
    assert matter.number not in str(list(Entry.objects.filter(row=room).values_list("facts", "stand")))
    rate(room.code, words="有人拿刀砍人，流了很多血，救命")
    assert Matter.objects.count() == 1
    assert broken() == []


def test_danger_is_heard_also_where_the_rating_is_refused(room: Row) -> None:
    with pytest.raises(Invalid) as wrong:
        rate(room.code, level="", words="着火了，楼里还有人，快来人啊")
    assert wrong.value.kept == Matter.objects.get().code
    rate(room.code, "k0", caller="c")
    with pytest.raises(Refused) as again:
        rate(room.code, "danger", caller="c", words="我要跳楼，不想活了")
    assert again.value.kept
    assert again.value.danger.certain
    assert Matter.objects.filter(danger_open=True).count() == 2


def test_danger_is_heard_at_a_point_that_is_planned_and_at_one_that_has_ended(keeper: Actor, room: Row) -> None:
    later = (MONDAY + timedelta(days=9)).date().isoformat()
    planned = put(keeper, title="新区警务室", opens_on=later)
    with pytest.raises(Refused) as early:
        rate(planned.code, "a", words="有人拿刀砍人，救命")
    assert early.value.code == "planned"
    rows.end(NAME, room.code, day=MONDAY.date().isoformat(), why="closed", version=1, by=keeper, at=MONDAY)
    with pytest.raises(NotFound) as over:
        rate(room.code, "b", words="着火了，楼里还有人，快来人啊")
    codes = set(Matter.objects.filter(danger_open=True).values_list("code", flat=True))
    assert {early.value.kept, over.value.kept} == codes
    assert len(codes) == 2
    with pytest.raises(NotFound):
        rate(room.code, "c", words="牌子太小")
    assert Matter.objects.count() == 2
    assert not Entry.objects.filter(verb=answers.GIVE).exists()


@pytest.mark.parametrize("many", [1, 800, 4000, 12_000])
def test_danger_at_the_end_of_long_words_is_never_cut_off(room: Row, many: int) -> None:
    with contextlib.suppress(Invalid):
        rate(room.code, words="排队太久了。" * many + "有人拿刀砍人，救命！" + "走廊也很暗。" * (many // 4))
    matter = Matter.objects.get()
    assert matter.danger_open
    kept = Words.objects.get(matter=matter, field="words").text
    assert kept.startswith("排队太久了。")
    assert "有人拿刀砍人，救命！" in kept
    assert len(kept) <= 20_000


def test_strangers_behind_one_network_are_never_put_into_one_report(room: Row) -> None:
    said = [f"有人拿刀砍人，救命，第{n}次" for n in range(30)]
    codes = []
    for n, words in enumerate(said):
        try:
            taken = rate(room.code, f"k{n}", caller="the wifi of a station", words=words)
            assert taken.report is not None
            codes.append(taken.report.code)
        except (Refused, Throttled) as wrong:
            codes.append(wrong.kept)
    assert len(set(codes)) == len(said), "each has a code of her own"
    for code, words in zip(codes, said, strict=True):
        own = Matter.objects.get(code=code)
        assert own.danger_open
        assert list(Words.objects.filter(matter=own, text__in=said).values_list("text", flat=True)) == [words]
        assert not Entry.objects.filter(matter=own, verb="add").exists()
    # The same words from somebody else there are another report; the same form again is the same one.
    with pytest.raises((Refused, Throttled)) as stranger:
        rate(room.code, "another", caller="the wifi of a station", words=said[-1])
    assert stranger.value.kept not in codes
    with pytest.raises((Refused, Throttled)) as again:
        rate(room.code, "k29", caller="the wifi of a station", words=said[-1])
    assert again.value.kept == codes[-1]
    assert Matter.objects.count() == len(said) + 1
    assert broken() == []


@pytest.mark.parametrize(
    "words",
    [
        "ساعدوني، زوجي يضربني… يقتلني",
        "Au secours, il va me tuer",
        "¡Ayúdenme! Mi marido me pega",
        "남편이 저를 때려요. 도와주세요",
        "助けて、夫に殺される",
        "Cứu tôi với, chồng tôi đang đánh tôi",
        "服务很好。ساعدوني، زوجي يضربني",
    ],
)
def test_words_nobody_here_reads_go_to_the_hotline_before_the_point(words: str, keeper: Actor, room: Row) -> None:
    held = shelf.of(NAME, books.current(MONDAY).book)
    # This network rated the point today already: the words are taken up all the same.
    rate(room.code, "k0", caller="c", words="牌子太小")
    with pytest.raises(Refused) as once:
        rate(room.code, "k1", caller="c", words=words)
    own = Matter.objects.get()
    assert once.value.kept == own.code
    assert once.value.danger.calls
    assert not once.value.danger.certain
    assert own.danger_perhaps == ["unread"]
    assert own.shielded
    assert books.current(MONDAY).book.units[own.holder].type in DESK_TYPES
    assert room.unit in own.about
    taken = rate(room.code, "k2", caller="d", words=words)
    assert taken.new
    assert taken.report is not None
    # What stands on the point's own list is what can be read, and that alone.
    assert [one.masked for one in answers.said(held, room.code, by=keeper, at=MONDAY)] == ["牌子太小"]
    assert broken() == []


def test_quiet_words_are_no_report(room: Row) -> None:
    rate(room.code, words="牌子太小，找了半天")
    assert not Matter.objects.exists()


# -------------------------------------------------------------------------------- languages


def test_a_text_is_shown_in_its_language_only_after_another_person_read_it(
    town: Town, keeper: Actor, room: Row
) -> None:
    reader = of_unit(town, UNIT, Role.LEAD)
    now = {"title": room.title, "about": ROOM["about"]}
    foreign.enter(room.pk, "about", "ar", "من الباب الشرقي للسوق", source=now["about"], by=keeper, at=MONDAY)
    (one,) = foreign.texts(room.pk, now)
    assert (one.text, one.reader, one.shown) == ("من الباب الشرقي للسوق", "", False)
    with pytest.raises(Refused) as own:
        foreign.read(room.pk, one.turn, now=now, by=keeper, at=MONDAY)
    assert own.value.code == "own"
    with pytest.raises(Refused) as unknown:
        foreign.read(room.pk, one.turn, now=now, by=reader, at=MONDAY)
    assert unknown.value.code == "language"
    foreign.say_languages(["ar", "fr"], by=reader, at=MONDAY)
    foreign.read(room.pk, one.turn, now=now, by=reader, at=MONDAY)
    foreign.read(room.pk, one.turn, now=now, by=reader, at=MONDAY)
    (one,) = foreign.texts(room.pk, now)
    assert (one.shown, one.by, one.reader) == (True, keeper.name, reader.name)
    assert Entry.objects.filter(row=room, verb=foreign.READ).count() == 1
    # The Chinese changes: what was made from it is shown no more.
    rows.change(NAME, room.code, {"about": "改从西门进。"}, why="changed", by=keeper, at=MONDAY, version=1)
    (one,) = foreign.texts(room.pk, {"title": room.title, "about": "改从西门进。"})
    assert not one.shown
    assert broken() == []


def test_entering_anew_needs_reading_anew_and_a_reader_reads_what_stands(town: Town, keeper: Actor, room: Row) -> None:
    reader = of_unit(town, UNIT, Role.LEAD)
    foreign.say_languages(["zh-Hant"], by=reader, at=MONDAY)
    now = {"about": ROOM["about"]}
    foreign.enter(room.pk, "about", "zh-Hant", "從菜場東門進", source=now["about"], by=keeper, at=MONDAY)
    (first,) = foreign.texts(room.pk, now)
    foreign.enter(room.pk, "about", "zh-Hant", "從菜場東門進", source=now["about"], by=keeper, at=MONDAY)
    assert [one.turn for one in foreign.texts(room.pk, now)] == [first.turn]
    foreign.enter(room.pk, "about", "zh-Hant", "從菜場東門進，左手第一間。", source=now["about"], by=keeper, at=MONDAY)
    with pytest.raises(Stale):
        foreign.read(room.pk, first.turn, now=now, by=reader, at=MONDAY)
    (second,) = foreign.texts(room.pk, now)
    foreign.read(room.pk, second.turn, now=now, by=reader, at=MONDAY)
    assert foreign.texts(room.pk, now)[0].shown


def test_with_the_last_field_go_further_languages_and_strangers_words(keeper: Actor, room: Row) -> None:
    foreign.enter(room.pk, "about", "fr", "Par la porte est", source=ROOM["about"], by=keeper, at=MONDAY)
    late = MONDAY + timedelta(days=700)
    rate(room.code, words="柜台太高", at=late)
    rows.end(NAME, room.code, day="2026-09-07", why="closed", by=keeper, at=late, version=1)
    held = next(one for one in shelf.all_shelves() if one.name == NAME)
    assert rows.retire(held, by=SYSTEM, at=MONDAY + timedelta(days=701)) == 1
    kept = Words.objects.filter(row=room, erased_at__isnull=True)
    # The name of who was on duty is kept for a month only; the rest for two years.
    assert not kept.filter(field="officer").exists()
    assert kept.filter(text="Par la porte est").exists()
    assert rows.retire(held, by=SYSTEM, at=MONDAY + timedelta(days=731)) == 1
    assert not kept.exists()
    assert broken() == []


def test_bad_texts_are_refused_in_words(keeper: Actor, room: Row) -> None:
    for lang, text, field in (
        ("en", "English is ours", "lang"), ("xx", "x", "lang"), ("ar", " \n", "text"), ("fr", ROOM["about"], "text"),
        ("fr", "x" * 9001, "text"),
    ):  # fmt: skip
        with pytest.raises(Invalid) as wrong:
            foreign.enter(room.pk, "about", lang, text, source=ROOM["about"], by=keeper, at=MONDAY)
        assert set(wrong.value.fields) == {field}
    with pytest.raises(Invalid):
        foreign.say_languages(["tlh"], by=keeper, at=MONDAY)
    assert not Entry.objects.filter(row=room, verb=foreign.ENTER).exists()


def test_the_register_impact_sheet_says_what_is_kept_of_whom() -> None:
    lines = "\n".join(one.zh for one in impact(SERVICE_POINTS, rulebook.default()))
    assert "个人信息字段1个：在岗人员姓名" in lines


@pytest.mark.django_db(transaction=True)
def test_ratings_at_once_are_each_counted_once_and_the_chain_stays_whole() -> None:
    keeper = of_unit(settle(), UNIT)
    code = put(keeper).code
    gate, outcomes = threading.Barrier(8), []

    def one(key: str) -> None:
        try:
            gate.wait(20)
            outcomes.append(rate(code, key, caller=key, words="很快").new)
        finally:
            connections.close_all()

    # Five different forms, and one that somebody sent three times.
    keys = ["a", "b", "c", "d", "e", "same", "same", "same"]
    threads = [threading.Thread(target=one, args=(key,)) for key in keys]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(outcomes) == [False, False, True, True, True, True, True, True]
    assert Entry.objects.filter(verb=answers.GIVE).count() == 6
    assert broken() == []
