"""At the very limit it still holds, and one beyond it does not: counts, dates and numbers that the rule book names."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.desk.people import BOOK_TEXT, MONDAY, Town, of_unit, settle
from tests.desk.test_joined import answer, in_hand, report
from wuxiao.desk.base import throttle
from wuxiao.desk.base.actor import RESIDENT, SYSTEM
from wuxiao.desk.base.errors import Invalid, NotFound, Refused, Throttled
from wuxiao.desk.case import clocks, needs, standing
from wuxiao.desk.case.act import act
from wuxiao.desk.matters import call_backs, figures
from wuxiao.desk.town import books
from wuxiao.records.models import CallBack, Matter
from wuxiao.rules.access import Role
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.flow import STEPS

pytestmark = pytest.mark.django_db
HOUR, DAY, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)


@pytest.fixture
def town() -> Town:
    return settle()


def closed(town: Town, n: int = 0) -> tuple[Matter, Any]:
    """A matter answered at ten and a half and rated an hour later."""
    matter = report(n)
    handler = in_hand(town, matter)
    answer(Matter.objects.get(pk=matter.pk), handler, MONDAY + HOUR)
    return act(matter.pk, "rate", {"rating": "3", "solved": "yes"}, by=RESIDENT, at=MONDAY + 2 * HOUR), handler


def test_two_objections_and_no_third_each_until_the_end_of_the_thirtieth_day(town: Town) -> None:
    assert '[reopen]\nwindow = "30 calendar_days"\ntimes = 2\n' in BOOK_TEXT
    matter, handler = closed(town)
    # The thirtieth day is 7 October, a holiday; the time ends with the next working day.
    last = datetime(2026, 10, 8, 18, tzinfo=SHANGHAI)
    for after in (last + SECOND, last + DAY):
        with pytest.raises(Refused) as no:
            act(matter.pk, "object", {"reason": "又坏了"}, by=RESIDENT, at=after)
        assert no.value.code == "in_object_window"
        assert "最多" not in no.value.text.zh
    at = last
    for time in (1, 2):
        assert act(matter.pk, "object", {"reason": f"第{time}次"}, by=RESIDENT, at=at).reopened == time
        answer(Matter.objects.get(pk=matter.pk), handler, at + HOUR)
        at += 2 * HOUR
    with pytest.raises(Refused) as no:
        act(matter.pk, "object", {"reason": "第三次"}, by=RESIDENT, at=at)
    assert no.value.text.zh == "异议已提过2次，最多2次；可以作为新事项提出"


def test_two_objections_of_somebody_joined_and_no_third(town: Town) -> None:
    main = report(0)
    handler = in_hand(town, main)
    other = report(1)
    act(other.pk, "merge", {"matter": main.number}, by=town.operator, at=MONDAY)
    at = MONDAY + HOUR
    for _ in range(2):
        answer(Matter.objects.get(pk=main.pk), handler, at)
        act(other.pk, "object", {"reason": "没好"}, by=RESIDENT, at=at + HOUR)
        at += DAY
    answer(Matter.objects.get(pk=main.pk), handler, at)
    with pytest.raises(Refused) as no:
        act(other.pk, "object", {"reason": "没好"}, by=RESIDENT, at=at + HOUR)
    assert no.value.code == "in_object_window"
    assert act(main.pk, "object", {"reason": "我也说没好"}, by=RESIDENT, at=at + HOUR).state == "handling"


def test_a_call_back_is_tried_as_often_as_the_book_says(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_backs, "lot", lambda matter_id, round_: 0.0)
    matter, _ = closed(town)
    times = books.current(MONDAY).book.callback.attempts
    assert f"\nattempts = {times}\n" in BOOK_TEXT
    at = MONDAY + 3 * HOUR
    for n in range(1, times):
        row = call_backs.try_again(matter.pk, by=town.caller, at=at)
        assert (row.state, row.attempts, row.done_at) == ("trying", n, None)
        assert (row.next_at, row.caller_id) == (at + timedelta(hours=20), town.caller.staff_id)
        at += HOUR
    row = call_backs.try_again(matter.pk, by=town.caller, at=at)
    assert (row.state, row.attempts, row.done_at) == ("unreached", times, at)
    with pytest.raises(NotFound):
        call_backs.try_again(matter.pk, by=town.caller, at=at + HOUR)


def test_a_lot_below_the_chance_is_drawn_and_one_at_it_is_not(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = books.current(MONDAY).book.callback.chance("complaint")
    for n, (lot, drawn) in enumerate(((chance, 0), (chance - 1e-9, 1))):
        monkeypatch.setattr(call_backs, "lot", lambda matter_id, round_, lot=lot: lot)
        matter, _ = closed(town, n)
        assert CallBack.objects.filter(matter=matter).count() == drawn
    lots = {call_backs.lot(n, 0) for n in range(3)}
    assert len(lots) == 1
    monkeypatch.undo()
    assert len({call_backs.lot(n, k) for n in range(20) for k in range(3)}) == 60
    assert all(0 <= call_backs.lot(n, 0) < 1 for n in range(20))


def test_one_may_urge_again_after_twelve_hours_to_the_second(town: Town) -> None:
    matter = report(0)
    in_hand(town, matter)
    act(matter.pk, "urge", {}, by=RESIDENT, at=MONDAY)
    with pytest.raises(Refused) as no:
        act(matter.pk, "urge", {}, by=RESIDENT, at=MONDAY + 12 * HOUR - SECOND)
    assert no.value.code == "may_urge"
    assert act(matter.pk, "urge", {}, by=RESIDENT, at=MONDAY + 12 * HOUR).urged_at == MONDAY + 12 * HOUR


@pytest.mark.parametrize(
    ("need", "verb", "good", "bad"),
    [
        ("rating", "rate", ("1", "5"), ("0", "6", "-1", "2.5", "五星")),
        ("term_days", "extend", ("1", "60"), ("0", "61")),
        ("handling_class", "classify", ("complaint",), ("no-such",)),
        ("category", "classify", ("env.noise.construction",), ("env.nothing",)),
        ("solved", "rate", ("yes", "no", "是", "否", "1", "0", "true", "false", "on", "off"), ("perhaps",)),
    ],
)
def test_what_may_be_given_and_what_not(
    town: Town, need: str, verb: str, good: tuple[str, ...], bad: tuple[str, ...]
) -> None:
    book, step = books.current(MONDAY).book, STEPS[verb]
    whole = {
        "rate": {"rating": "3", "solved": "yes"},
        "extend": {"term_days": "3", "reason": "要检测"},
        "classify": {"category": "env.noise.construction", "handling_class": "complaint"},
    }[verb]
    for value in good:
        read = needs.read(step, {**whole, need: value}, book)[need]
        wanted: object = int(value) if need in {"rating", "term_days"} else value
        if need == "solved":
            wanted = value in {"yes", "是", "1", "true", "on"}
        assert (read, type(read)) == (wanted, type(wanted))
    for value in bad:
        with pytest.raises(Invalid) as no:
            needs.read(step, {**whole, need: value}, book)
        assert set(no.value.fields) == {need}


def test_a_text_may_be_as_long_as_said_and_no_longer(town: Town) -> None:
    book, step = books.current(MONDAY).book, STEPS["object"]
    assert needs.read(step, {"reason": "字" * needs.MAX_TEXT}, book)["reason"] == "字" * 20_000
    with pytest.raises(Invalid):
        needs.read(step, {"reason": "字" * (needs.MAX_TEXT + 1)}, book)


def test_answered_at_the_very_moment_it_was_due_is_on_time(town: Town) -> None:
    for n, late in enumerate((timedelta(), SECOND)):
        matter = report(n)
        handler = in_hand(town, matter)
        matter = Matter.objects.get(pk=matter.pk)
        assert matter.due_at is not None
        answer(matter, handler, matter.due_at + late)
    month = figures.month_of(MONDAY)
    found = figures.count(month, at=MONDAY + 40 * DAY)[month].total()
    assert (found.answered, found.on_time) == (2, 1)


def test_as_many_knocks_as_allowed_and_one_more_waits_for_the_next_window(town: Town) -> None:
    at = datetime(2026, 9, 7, 9, 30, 20, tzinfo=SHANGHAI)
    for _ in range(3):
        throttle.knock("door", "a", 3, throttle.MINUTE, at=at)
    with pytest.raises(Throttled) as no:
        throttle.knock("door", "a", 3, throttle.MINUTE, at=at)
    assert no.value.seconds == 40
    throttle.knock("door", "b", 3, throttle.MINUTE, at=at)
    throttle.knock("other", "a", 3, throttle.MINUTE, at=at)
    with pytest.raises(Throttled) as no:
        throttle.knock("door", "a", 3, throttle.MINUTE, at=at + 39 * SECOND)
    assert no.value.seconds == 1
    throttle.knock("door", "a", 3, throttle.MINUTE, at=at + 40 * SECOND)


def test_misses_of_a_person_and_of_an_address_are_counted_apart_and_the_longer_wait_is_said(town: Town) -> None:
    for _ in range(2):
        throttle.miss("code", (("a", 2), ("shared", 9)), throttle.HOUR, at=MONDAY)
    with pytest.raises(Throttled) as no:
        throttle.miss("code", (("a", 2), ("shared", 9)), throttle.HOUR, at=MONDAY)
    assert no.value.seconds == 1800
    throttle.miss("code", (("b", 2), ("shared", 9)), throttle.HOUR, at=MONDAY)


def test_tries_up_to_the_limit_a_lock_of_a_quarter_hour_and_one_given_back(town: Town) -> None:
    assert [throttle.attempt("in", "chen", 3, at=MONDAY) for _ in range(2)] == [1, 2]
    throttle.give_back("in", "chen")
    assert [throttle.attempt("in", "chen", 3, at=MONDAY) for _ in range(2)] == [2, 3]
    assert throttle.shut("in", ["chen", "li"], 3, at=MONDAY) == {"chen"}
    with pytest.raises(Throttled) as no:
        throttle.attempt("in", "chen", 3, at=MONDAY + 5 * 60 * SECOND)
    assert no.value.seconds == 600
    assert throttle.shut("in", ["chen"], 3, at=MONDAY + throttle.LOCK - SECOND) == {"chen"}
    assert throttle.shut("in", ["chen"], 3, at=MONDAY + throttle.LOCK) == set()
    assert throttle.attempt("in", "chen", 3, at=MONDAY + throttle.LOCK) == 1
    throttle.clear("in", "chen")
    assert throttle.attempt("in", "chen", 3, at=MONDAY + throttle.LOCK) == 1


@pytest.mark.parametrize(
    ("cap", "end"),
    [
        # Monday 9:30 to Thursday 16:30 were waited: three days in either measure, 79 hours.
        ("5 working_days", datetime(2026, 9, 15, 18)),
        ("5 calendar_days", datetime(2026, 9, 14, 18)),
        ("90 hours", datetime(2026, 9, 11, 20)),
    ],
)
def test_what_was_waited_is_taken_off_in_the_caps_own_measure(town: Town, cap: str, end: datetime) -> None:
    old = '\ncap = "10 working_days"\ntotal = "20 working_days"\n'
    assert old in BOOK_TEXT
    text = BOOK_TEXT.replace(old, f'\ncap = "{cap}"\ntotal = "{cap}"\n')
    books.adopt(text, name="b.toml", effective_from=MONDAY - DAY, by=SYSTEM, at=MONDAY - DAY)
    matter = report(0)
    handler = in_hand(town, matter)
    rules = books.of_version(Matter.objects.get(pk=matter.pk).book_id)
    lead = of_unit(town, handler.unit, Role.LEAD)
    act(matter.pk, "ask", {"reply": "哪一栋?"}, by=handler, at=MONDAY)
    waited = act(matter.pk, "reply", {"words": "三栋"}, by=RESIDENT, at=MONDAY + 3 * DAY + 7 * HOUR)
    friday = datetime(2026, 9, 11, 9, tzinfo=SHANGHAI)
    assert clocks.wait_end(waited, rules, at=friday) == end.replace(tzinfo=SHANGHAI)
    act(matter.pk, "ask", {"reply": "几层?"}, by=lead, at=friday)
    again = act(matter.pk, "reply", {"words": "二层"}, by=RESIDENT, at=friday + 9 * DAY)
    assert clocks.wait_end(again, rules, at=friday + 10 * DAY) == friday + 10 * DAY


def test_a_call_back_is_over_a_day_after_its_date_and_not_before(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_backs, "lot", lambda matter_id, round_: 0.0)
    matter, _ = closed(town)
    row = CallBack.objects.get(matter=matter)
    over = row.due_at + standing.CALL_GRACE
    assert timedelta(days=1) == standing.CALL_GRACE
    with pytest.raises(NotFound):
        call_backs.try_again(matter.pk, by=town.caller, at=over)
    assert call_backs.by_token(row.token, at=over - SECOND) == row
    assert call_backs.try_again(matter.pk, by=town.caller, at=over - SECOND).attempts == 1
    with pytest.raises(Refused) as no:
        call_backs.by_token(row.token, at=over)
    assert no.value.code == "expired"
    for token in ("", "no-such"):
        with pytest.raises(NotFound):
            call_backs.by_token(token, at=MONDAY)


def test_one_home_is_one_caller_whatever_address_of_its_own_it_takes() -> None:
    """An attacker with one line tried 150 codes from 150 addresses of it, and rated a place five times a day."""
    home = [f"2001:db8:aa:b{n:02x}::{n:x}" for n in range(1, 200)]
    assert len({throttle.caller_hash(one, MONDAY) for one in home}) == 1
    assert throttle.source_of("2001:db8:aa:b00::1") == "2001:db8:aa:b00::/56"
    others = ("2001:db8:aa:c00::1", "2001:db8:aa:bff::1", "2001:db8:ab:b00::1", "::1")
    assert [throttle.source_of(one) == throttle.source_of(home[0]) for one in others] == [False, True, False, False]
    same = ("10.0.0.2", "::ffff:10.0.0.2", "::FFFF:0a00:0002")
    assert {throttle.source_of(one) for one in same} == {"10.0.0.2"}
    assert throttle.source_of("10.0.0.3") == "10.0.0.3", "of the old addresses each is a line of its own"
    assert throttle.source_of("fe80::1%eth0") == "fe80::/56"
    assert throttle.source_of("mailbox") == "mailbox"
    for n in range(5):
        throttle.knock("paper", home[n], 5, 3600, at=MONDAY)
    with pytest.raises(Throttled):
        throttle.knock("paper", home[77], 5, 3600, at=MONDAY)
    throttle.knock("paper", "2001:db8:aa:c00::1", 5, 3600, at=MONDAY)
