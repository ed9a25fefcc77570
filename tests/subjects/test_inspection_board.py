"""The ageing board counts what is open by age and kind, withholds a few, and says how much was mended in time."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from tests.desk.people import MONDAY, Town
from tests.desk.test_register import HOTEL
from tests.subjects.test_inspection import DAY, UNIT, all_answers, photo, send, town  # noqa: F401
from wuxiao.desk.audit.verify import verify
from wuxiao.desk.base.actor import RESIDENT, SYSTEM
from wuxiao.desk.case import opening
from wuxiao.desk.case.act import act
from wuxiao.desk.figures.count import band_edges, in_band
from wuxiao.desk.house import house
from wuxiao.desk.people import retention
from wuxiao.desk.register import acts as rows
from wuxiao.desk.town import books
from wuxiao.records.models import Attachment, Case, Row, Words
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.subjects.inspection.board import BANDS, ageing
from wuxiao.subjects.inspection.measures import FINDINGS

pytestmark = pytest.mark.django_db


def premises(town: Town, kind: str, n: int) -> Row:  # noqa: F811
    return rows.put_in("premises", HOTEL | {"kind": kind, "title": f"{kind}{n}", "address": f"清平路{n}号"},
                       by=town.li, at=MONDAY)  # fmt: skip


def visit(town: Town, place: Row, at: datetime, *wrong: str, due: int = 7) -> Case:  # noqa: F811
    case = opening.plan("inspection", {"place": place.code, "why": "cycle"}, by=town.lead, at=at)
    pair = [str(town.people[name].staff_id) for name in ("li", "wang")]
    act(case.pk, "assign", {"pair": pair}, by=town.lead, at=at)
    act(case.pk, "arrive", {}, by=town.li, at=at)
    act(case.pk, "arrive", {}, by=town.wang, at=at)
    act(case.pk, "fill", all_answers(**dict.fromkeys(wrong, "no")), by=town.li, at=at)
    day = f"{(at + due * DAY).astimezone(SHANGHAI):%Y-%m-%d}"
    return act(  # type: ignore[no-any-return]
        case.pk, "leave", {"signed": "signed", "due": day}, by=town.li, at=at
    )


def mend(town: Town, case: Case, at: datetime, said: datetime | None = None) -> None:  # noqa: F811
    act(case.pk, "mended", {"words": "改好了"}, by=RESIDENT, at=said or at)
    from wuxiao.subjects.inspection import asks

    outcomes = {f"o_{one.number}": "mended" for one in asks.open_findings(case)}
    act(case.pk, "recheck", outcomes, by=town.zhao, at=at, uploads=(photo(),))


def test_bands_reach_to_their_day() -> None:
    assert BANDS == (7, 15, 30, 90, None)
    midnight = MONDAY.replace(hour=0, minute=0)
    age = FINDINGS.dimension("age")
    edges = band_edges(age, MONDAY)
    # The last instant of the day before the band's last day is a day too old.
    assert [(midnight - edge).days for edge in edges] == [7, 15, 30, 90]
    for n, edge in enumerate(edges):
        assert in_band(age, n, MONDAY)["found_at__gte"] == edge
        assert in_band(age, n + 1, MONDAY)["found_at__lt"] == edge


def test_open_findings_stand_in_their_kind_and_age_and_mended_ones_do_not(town: Town) -> None:  # noqa: F811
    book = books.current(MONDAY).book
    places = [premises(town, "hotel", n) for n in range(3)] + [premises(town, "ktv", 9)]
    visit(town, places[0], MONDAY, "lights", "drill")
    visit(town, places[1], MONDAY + 8 * DAY, "lights", "wiring", "bars", "charging")
    case = visit(town, places[2], MONDAY, "lights")
    visit(town, places[3], MONDAY + 10 * DAY, *("lights", "wiring", "bars", "charging", "drill", "accepted"))
    mend(town, case, MONDAY + 3 * DAY)
    board = ageing(book, at=MONDAY + 16 * DAY)
    told = {line.name.en: ([one.count for one in line.bands], line.total.count) for line in board.lines}
    assert told == {"hotel": ([0, 4, 2, 0, 0], 6), "KTV": ([6, 0, 0, 0, 0], 6)}
    assert board.total.count == 12
    hotel = board.lines[0]
    assert [one.mark for one in hotel.bands if one.count] == ["none", "none"] or "small" in {
        one.mark for one in hotel.bands
    }, "a few are not printed"


def test_in_time_is_what_was_said_by_the_day_and_then_proved(town: Town) -> None:  # noqa: F811
    book = books.current(MONDAY).book
    at = MONDAY
    in_time = visit(town, premises(town, "hotel", 1), at, "lights")
    mend(town, in_time, at + 20 * DAY, said=at + 7 * DAY)
    late = visit(town, premises(town, "hotel", 2), at, "lights")
    mend(town, late, at + 9 * DAY, said=at + 8 * DAY)
    visit(town, premises(town, "hotel", 3), at, "lights")
    visit(town, premises(town, "hotel", 4), at, "lights", due=15)
    assert (ageing(book, at=at + 15 * DAY).in_time.k, ageing(book, at=at + 15 * DAY).in_time.n) == (1, 3)
    assert (ageing(book, at=at + 16 * DAY).in_time.k, ageing(book, at=at + 16 * DAY).in_time.n) == (1, 4)
    assert ageing(book, at=at + 16 * DAY).in_time.share is None, "of four nothing is said as a share"
    assert ageing(book, at=at + 8 * DAY + timedelta(days=365)).in_time.n == 1, "a year back, no further"


def test_more_time_granted_on_the_last_day_is_the_day_in_time_is_judged_by(town: Town) -> None:  # noqa: F811
    book, at = books.current(MONDAY).book, MONDAY
    more = {"due": f"{at + 10 * DAY:%Y-%m-%d}", "reason": "等配件"}
    last, after = (visit(town, premises(town, "hotel", n), at, "lights") for n in (1, 2))
    last_minute = (at + 7 * DAY).replace(hour=23, minute=59)
    act(last.pk, "extend", more, by=town.lead, at=last_minute)
    act(after.pk, "extend", more, by=town.lead, at=last_minute + timedelta(minutes=1))
    for case in (last, after):
        mend(town, case, at + 9 * DAY)
    judged = ageing(book, at=at + 16 * DAY).in_time
    assert (judged.k, judged.n) == (1, 2)


def test_the_public_page_prints_no_small_count_and_no_place(town: Town) -> None:  # noqa: F811
    cache.clear()
    now = timezone.now()
    place = rows.put_in("premises", HOTEL, by=town.li, at=now)
    visit(town, place, now, "lights", "drill")
    for lang in ("zh-hans", "en"):
        client = Client()
        client.cookies["lang"] = lang
        page = client.get("/report/hazards")
        assert page.status_code == 200
        said = re.sub(r"<[^>]+>|\s+", " ", page.content.decode())
        assert "&lt;5" in said
        assert HOTEL["title"] not in said
        assert UNIT not in said
        if lang == "en":
            assert "Mending hazards" in said
    assert "/report/hazards" in Client().get("/report/definitions").content.decode()


def test_a_town_without_inspections_has_no_board(town: Town) -> None:  # noqa: F811
    from tests.desk.people import BOOK_TEXT

    now = timezone.now()
    without = re.sub(r"\[lives\.inspection\]\n(?:.+\n)+", "", BOOK_TEXT)
    books.adopt(without, name="book.toml", effective_from=now, by=SYSTEM, at=now)
    assert Client().get("/report/hazards").status_code == 404
    assert "/report/hazards" not in Client().get("/report/definitions").content.decode()


def test_what_was_written_goes_when_its_days_are_over(town: Town) -> None:  # noqa: F811
    case = visit(town, premises(town, "hotel", 1), MONDAY, "lights")
    act(case.pk, "mended", {"words": "改好了"}, by=RESIDENT, at=MONDAY + DAY)
    closed = act(case.pk, "recheck", {"o_1": "mended"}, by=town.zhao, at=MONDAY + 2 * DAY, uploads=(photo(),))
    end = closed.closed_at + timedelta(days=1095)
    kept: dict[str, Any] = {"inspection": 1095}
    assert retention.retire_cases(kept, by=SYSTEM, at=end) == 0
    house._last.clear()
    house.keep(at=end + timedelta(seconds=1))
    case = Case.objects.get(pk=case.pk)
    assert (case.title, case.place, case.lat) == ("", "", None)
    assert set(Words.objects.filter(matter_id=case.pk).values_list("text", flat=True)) == {""}
    assert not Attachment.objects.filter(matter_id=case.pk, erased_at__isnull=True).exists()
    assert retention.retire_cases(kept, by=SYSTEM, at=end + DAY) == 0, "the second time nothing is left to do"
    assert verify(at=end + DAY).breaks == []
