"""Leaders receive people: dates are published, booked with the code, moved, cancelled; whom it must never reach."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import models, transaction
from django.test import Client
from django.urls import reverse

from tests.desk.people import BOOK_TEXT, ENCODED, MONDAY, Town, settle
from wuxiao.desk.audit import verify
from wuxiao.desk.base import actor
from wuxiao.desk.base.actor import RESIDENT, SYSTEM
from wuxiao.desk.base.errors import Invalid, NotFound, Refused
from wuxiao.desk.case import sentences
from wuxiao.desk.case.act import act
from wuxiao.desk.doors import staff
from wuxiao.desk.doors.staff import Appointment
from wuxiao.desk.matters import matters
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.matters.progress import data_of, look
from wuxiao.desk.slots import ask, book, keep, kinds
from wuxiao.desk.slots.book import Full
from wuxiao.desk.town import books
from wuxiao.records.models import Booking, Entry, Matter, Message, Slot, Staff, TakenOver
from wuxiao.rules.access import Role, Scope
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.slots import MOST, Every, series
from wuxiao.subjects.reception import acts, asks

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def town() -> Town:
    return settle()


def received(**more: Any) -> Matter:
    said = {"words": "路灯不亮，晚上看不见路", "division": "990101001", "phone": "19909900001", "name": "陈女士"}
    return matters.receive(Report(**{**said, **more}), by=RESIDENT, at=MONDAY)


def typed(town: Town, **more: str) -> dict[str, str]:
    return {
        "host": str(town.chief.staff_id), "day": "2026-09-15", "starts": "09:00", "ends": "11:30",
        "place": "县政务服务中心一楼 103", "places": "2", "every": "once", "times": "1", **more,
    }  # fmt: skip


def published(town: Town, **more: str) -> list[Slot]:
    rules = books.current(MONDAY)
    return list(acts.publish(typed(town, **more), by=town.chief, at=MONDAY, rules=rules).slots)


def said(matter: Matter) -> list[str]:
    return list(Entry.objects.filter(matter=matter).order_by("turn").values_list("verb", flat=True))


# -- publishing --------------------------------------------------------------------------------------------------------


def test_a_series_leaves_out_the_days_off_of_the_towns_calendar_and_says_so(town: Town) -> None:
    rules = books.current(MONDAY)
    made = acts.publish(typed(town, day="2026-09-24", every="week", times="4"), by=town.chief, at=MONDAY, rules=rules)
    # 24 September is worked; 1 October is the National Day; 8 and 15 October are worked.
    days = [slot.starts_at.astimezone(SHANGHAI).date().isoformat() for slot in made.slots]
    assert days == ["2026-09-24", "2026-10-08", "2026-10-15"]
    assert [one.isoformat() for one in made.skipped] == ["2026-10-01"]
    assert all(slot.starts_at.astimezone(SHANGHAI).hour == 9 for slot in made.slots)
    again = acts.publish(typed(town, day="2026-09-24", every="week", times="4"), by=town.chief, at=MONDAY, rules=rules)
    assert again.slots == ()
    assert Slot.objects.count() == 3
    assert verify.verify().breaks == []


def test_what_is_wrong_with_a_date_is_said_at_its_field_and_none_is_published(town: Town) -> None:
    rules = books.current(MONDAY)
    bad = {
        "host": str(town.operator.staff_id), "day": "2026-02-30", "starts": "9点", "places": "0", "times": "99",
        "every": "daily",
    }  # fmt: skip
    with pytest.raises(Invalid) as wrong:
        acts.publish({**typed(town), **bad}, by=town.chief, at=MONDAY, rules=rules)
    assert set(wrong.value.fields) == {"host", "day", "starts", "places", "times", "every"}
    for name, value in (("day", "2026-09-01"), ("ends", "08:00"), ("place", " "), ("day", "2026-10-01")):
        with pytest.raises(Invalid) as wrong:
            acts.publish(typed(town, **{name: value}), by=town.chief, at=MONDAY, rules=rules)
        assert list(wrong.value.fields) == [name], value
    assert Slot.objects.count() == 0


def test_only_a_supervisor_or_a_county_leader_publishes(town: Town) -> None:
    rules = books.current(MONDAY)
    for name in ("operator", "shift_lead", "auditor", "admin"):
        with pytest.raises(NotFound):
            acts.publish(typed(town), by=town.people[name], at=MONDAY, rules=rules)
    assert acts.publish(
        typed(town, host=str(town.supervisor.staff_id)), by=town.supervisor, at=MONDAY, rules=rules
    ).slots


def test_nobody_publishes_in_the_name_of_a_leader_of_another_unit(town: Town) -> None:
    rules = books.current(MONDAY)
    for host, by in ((town.chief, town.supervisor), (town.supervisor, town.chief)):
        with pytest.raises(Invalid) as wrong:
            acts.publish(typed(town, host=str(host.staff_id)), by=by, at=MONDAY, rules=rules)
        assert list(wrong.value.fields) == ["host"]
        assert "由本人或者本单位公布" in wrong.value.fields["host"].zh
    assert not Slot.objects.exists()
    assert not Entry.objects.filter(verb="publish_slots").exists()
    # Two of one office stand for one another, as they keep its dates together.
    made, _ = staff.create("two", "two", [Appointment(Role.CHIEF, "gov", Scope.COUNTY)], by=SYSTEM, at=MONDAY)
    other = actor.of_staff(made, rules.book)
    (slot,) = acts.publish(typed(town), by=other, at=MONDAY, rules=rules).slots
    assert (slot.host_id, slot.unit) == (town.chief.staff_id, "gov")
    Staff.objects.update(must_change_password=False)
    client = Client()
    client.force_login(Staff.objects.get(pk=town.supervisor.staff_id))
    page = client.get("/staff/reception").content.decode()
    assert f'<option value="{town.supervisor.staff_id}"' in page
    assert f'<option value="{town.chief.staff_id}"' not in page


# -- booking -----------------------------------------------------------------------------------------------------------


def test_one_books_is_told_moves_and_gives_back_and_the_diary_verifies(town: Town) -> None:
    first, second = published(town) + published(town, day="2026-09-22")
    matter = received()
    turn = matter.version
    one = book.book(matter.pk, first.pk, by=RESIDENT, at=MONDAY)
    assert book.book(matter.pk, first.pk, by=RESIDENT, at=MONDAY).pk == one.pk
    with pytest.raises(Refused, match="move"):
        book.book(matter.pk, second.pk, by=RESIDENT, at=MONDAY)
    assert Slot.objects.get(pk=first.pk).taken == 1
    text = Message.objects.get(verb="book_slot").text
    assert "9月15日09:00" in text
    assert "县政务服务中心一楼 103" in text
    assert "路灯" not in text
    assert "陈" not in text
    moved = book.move(one.pk, second.pk, by=RESIDENT, at=MONDAY)
    assert (moved.pk, moved.slot_id) == (one.pk, second.pk)
    assert [Slot.objects.get(pk=s.pk).taken for s in (first, second)] == [0, 1]
    book.release(one.pk, by=RESIDENT, at=MONDAY)
    book.release(one.pk, by=RESIDENT, at=MONDAY)
    assert Slot.objects.get(pk=second.pk).taken == 0
    assert said(matter) == ["receive", "book_slot", "move_slot", "release_slot"]
    # A form somebody at the desk is writing is not made stale by it.
    assert Matter.objects.get(pk=matter.pk).version == turn
    assert verify.verify().breaks == []
    seen = look(matter.code, "zh", at=MONDAY)
    assert [line.sentence for line in seen.lines][1:] == [
        "您约了领导接访：9月15日09:00",
        "您改约领导接访：从9月15日09:00改到9月22日09:00",
        "您取消了约好的领导接访（9月22日09:00）",
    ]
    assert data_of(seen)["bookings"][0]["state"] == "自己取消了"


def test_who_finds_it_full_is_told_the_next_three_with_room(town: Town) -> None:
    days = ["2026-09-15", "2026-09-16", "2026-09-17", "2026-09-18", "2026-09-21"]
    slots = [published(town, day=one, places="1")[0] for one in days]
    book.book(received().pk, slots[0].pk, by=RESIDENT, at=MONDAY)
    book.book(received().pk, slots[2].pk, by=RESIDENT, at=MONDAY)
    with pytest.raises(Full) as full:
        book.book(received().pk, slots[0].pk, by=RESIDENT, at=MONDAY)
    assert [one.pk for one in full.value.offers] == [slots[1].pk, slots[3].pk, slots[4].pk]


def test_nobody_books_what_is_over_too_far_ahead_or_cancelled(town: Town) -> None:
    (near,), (far,) = published(town), published(town, day="2026-11-03")
    matter = received()
    with pytest.raises(Refused, match="yet"):
        book.book(matter.pk, far.pk, by=RESIDENT, at=MONDAY)
    with pytest.raises(Refused, match="over"):
        book.book(matter.pk, near.pk, by=RESIDENT, at=near.starts_at)
    with pytest.raises(NotFound):
        book.book(matter.pk, 999999, by=RESIDENT, at=MONDAY)
    keep.cancel(near.pk, "领导出差", by=town.chief, at=MONDAY)
    with pytest.raises(Refused, match="cancelled"):
        book.book(matter.pk, near.pk, by=RESIDENT, at=MONDAY)
    assert said(matter) == ["receive"]


def test_a_date_moved_or_cancelled_tells_everybody_who_booked(town: Town) -> None:
    (slot,) = published(town)
    matter, other = received(), received(phone="19909900002")
    for one in (matter, other):
        book.book(one.pk, slot.pk, by=RESIDENT, at=MONDAY)
    hours = acts.hours_of({"day": "2026-09-16", "starts": "14:00", "ends": "16:00"})
    moved = keep.change(slot.pk, hours, place="县信访局接待室", by=town.chief, at=MONDAY)
    assert moved.sequence == 1
    assert Message.objects.filter(verb="shift_slot", text__contains="县信访局接待室").count() == 2
    keep.change(slot.pk, hours, place="县信访局接待室", by=town.chief, at=MONDAY)
    assert Slot.objects.get(pk=slot.pk).sequence == 1
    with pytest.raises(Invalid):
        keep.cancel(slot.pk, " ", by=town.chief, at=MONDAY)
    keep.cancel(slot.pk, "领导出差", by=town.chief, at=MONDAY)
    assert Message.objects.filter(verb="cancel_slot").count() == 2
    assert said(matter) == said(other) == ["receive", "book_slot", "shift_slot", "cancel_slot"]
    assert set(Booking.objects.values_list("state", flat=True)) == {"cancelled"}
    assert Slot.objects.get(pk=slot.pk).taken == 0
    assert verify.verify().breaks == []


def test_a_reminder_comes_once_the_day_before_and_again_when_the_date_was_moved(town: Town) -> None:
    (slot,) = published(town)
    matter = received()
    book.book(matter.pk, slot.pk, by=RESIDENT, at=MONDAY)
    before = slot.starts_at - DAY
    assert book.remind(by=SYSTEM, at=before - timedelta(minutes=1)) == 0
    assert book.remind(by=SYSTEM, at=before) == 1
    assert book.remind(by=SYSTEM, at=before + timedelta(minutes=5)) == 0
    assert Message.objects.filter(verb="remind_slot").count() == 1
    late = received(phone="19909900002")
    book.book(late.pk, slot.pk, by=RESIDENT, at=before + timedelta(hours=1))
    assert book.remind(by=SYSTEM, at=before + timedelta(hours=2)) == 0
    hours = acts.hours_of({"day": "2026-09-17", "starts": "09:00", "ends": "11:00"})
    keep.change(slot.pk, hours, place=slot.place, by=town.chief, at=before + timedelta(hours=3))
    assert book.remind(by=SYSTEM, at=hours.starts_at - timedelta(hours=20)) == 2


def test_who_booked_while_the_clock_stood_ahead_is_reminded_when_it_is_right_again(town: Town) -> None:
    (slot,) = published(town)
    book.book(received().pk, slot.pk, by=RESIDENT, at=slot.starts_at - timedelta(hours=2))
    assert book.remind(by=SYSTEM, at=slot.starts_at - timedelta(hours=2)) == 0, "just booked"
    assert book.remind(by=SYSTEM, at=slot.starts_at - timedelta(hours=20)) == 1, "booked by a clock ahead"


# -- at the desk -------------------------------------------------------------------------------------------------------


def test_whether_they_came_and_what_was_promised_is_written_down_without_consequence(town: Town) -> None:
    (slot,) = published(town)
    matter, other = received(), received(phone="19909900002")
    came, away = (book.book(m.pk, slot.pk, by=RESIDENT, at=MONDAY) for m in (matter, other))
    then = slot.starts_at + timedelta(hours=1)
    before = Matter.objects.filter(pk=matter.pk).values("state", "holder", "due_at", "version", "tick_at").get()
    with pytest.raises(Refused, match="not begun"):
        book.mark(came.pk, True, by=town.chief, at=MONDAY)
    with pytest.raises(Refused, match="first"):
        book.promise(came.pk, "月底前修好", by=town.chief, at=then)
    book.mark(came.pk, True, by=town.chief, at=then)
    book.mark(came.pk, True, by=town.chief, at=then)
    book.mark(away.pk, False, by=town.chief, at=then)
    book.promise(came.pk, "月底前修好", by=town.chief, at=then)
    with pytest.raises(Invalid):
        book.promise(came.pk, " ", by=town.chief, at=then)
    assert said(matter) == ["receive", "book_slot", "attend_slot", "promise_slot"]
    assert said(other) == ["receive", "book_slot", "miss_slot"]
    assert Matter.objects.filter(pk=matter.pk).values("state", "holder", "due_at", "version", "tick_at").get() == before
    assert "领导接访时答应：月底前修好" in [one.sentence for one in look(matter.code, "zh", at=then).lines]
    # Who did not come books again as anybody else.
    (later,) = published(town, day="2026-09-22")
    assert book.book(other.pk, later.pk, by=RESIDENT, at=then).slot_id == later.pk
    assert verify.verify().breaks == []
    matters.erase(matter.pk, by=RESIDENT, at=then)
    assert "月底" not in str(data_of(look(matter.code, "zh", at=then)))
    assert verify.verify().breaks == []


def test_what_was_promised_at_another_date_is_not_read_at_this_one(town: Town) -> None:
    matter = received()
    slots = (*published(town), *published(town, day="2026-09-22"))
    kept = []
    for slot, words in zip(slots, ("月底前修好", "灯具下周到"), strict=True):
        at = slot.starts_at + timedelta(hours=1)
        kept.append(book.book(matter.pk, slot.pk, by=RESIDENT, at=slot.starts_at - DAY))
        book.mark(kept[-1].pk, True, by=town.chief, at=at)
        book.promise(kept[-1].pk, words, by=town.chief, at=at)
    read = [
        [one.words for one in asks.promised(slot, [mine])[matter.pk]] for slot, mine in zip(slots, kept, strict=True)
    ]
    assert read == [["月底前修好"], ["灯具下周到"]]


def test_only_who_keeps_a_date_sees_who_comes_and_a_name_is_an_entry_its_requester_reads(town: Town) -> None:
    (slot,) = published(town)
    matter = received()
    book.book(matter.pk, slot.pk, by=RESIDENT, at=MONDAY)
    for name in ("supervisor", "operator", "handler") if "handler" in town.people else ("supervisor", "operator"):
        with pytest.raises(NotFound):
            ask.mine(slot.pk, by=town.people[name])
    assert [one.matter_id for one in ask.who_comes(ask.mine(slot.pk, by=town.chief), by=town.chief)] == [matter.pk]
    assert acts.names(slot.pk, by=town.chief, at=MONDAY) == {matter.pk: "陈女士"}
    reads = look(matter.code, "zh", at=MONDAY).reads
    assert [(one.fields, one.purpose) for one in reads] == [("称呼", "领导接访，看谁来")]
    assert [one.who for one in reads] == ["县领导"], "of no office of the county: with it the line reads doubled"


def test_no_name_is_opened_of_who_gave_the_place_back_or_of_a_cancelled_date(town: Town) -> None:
    (slot,) = published(town)
    matter, gone = received(), received(phone="19909900002", name="林先生")
    book.book(matter.pk, slot.pk, by=RESIDENT, at=MONDAY)
    book.release(book.book(gone.pk, slot.pk, by=RESIDENT, at=MONDAY).pk, by=RESIDENT, at=MONDAY)
    assert acts.names(slot.pk, by=town.chief, at=MONDAY) == {matter.pk: "陈女士"}
    assert look(gone.code, "zh", at=MONDAY).reads == ()
    keep.cancel(slot.pk, "领导出差", by=town.chief, at=MONDAY)
    assert acts.names(slot.pk, by=town.chief, at=MONDAY + DAY) == {}
    assert len(look(matter.code, "zh", at=MONDAY + DAY).reads) == 1


# -- whom it must never reach ------------------------------------------------------------------------------------------


def test_no_leader_of_whom_it_is_about_is_offered_and_secrecy_that_comes_later_ends_the_booking(town: Town) -> None:
    rules = books.current(MONDAY)
    (slot,) = published(town)
    (other,) = list(
        acts.publish(
            typed(town, host=str(town.supervisor.staff_id), day="2026-09-16"),
            by=town.supervisor,
            at=MONDAY,
            rules=rules,
        ).slots
    )
    free = received()
    kind = kinds.of("reception", rules.book)
    assert [one.pk for one in ask.offers(free, kind, rules, at=MONDAY)] == [slot.pk, other.pk]
    about = received(about=(town.supervisor.unit,), words="督查的人态度不好", phone="19909900003")
    assert town.supervisor.unit in about.hidden
    assert other.pk not in [one.pk for one in ask.offers(about, kind, rules, at=MONDAY)]
    with pytest.raises(Refused, match="does not take"):
        book.book(about.pk, other.pk, by=RESIDENT, at=MONDAY)
    booked = book.book(free.pk, other.pk, by=RESIDENT, at=MONDAY)
    assert book.part(by=SYSTEM, at=MONDAY) == 0
    act(free.pk, "shield", {"unit": town.supervisor.unit}, by=RESIDENT, at=MONDAY)
    assert ask.who_comes(ask.mine(other.pk, by=town.supervisor), by=town.supervisor) == []
    assert acts.names(other.pk, by=town.supervisor, at=MONDAY) == {}
    with pytest.raises(NotFound):
        book.mark(booked.pk, True, by=town.supervisor, at=other.starts_at)
    assert said(free)[-2:] == ["shield", "part_slot"], "in the act itself; nothing waits for the worker"
    assert book.part(by=SYSTEM, at=MONDAY) == 0
    assert Slot.objects.get(pk=other.pk).taken == 0
    assert verify.verify().breaks == []


def test_a_date_kept_by_the_unit_a_matter_is_about_is_not_offered_whoever_is_met_there(town: Town) -> None:
    rules = books.current(MONDAY)
    # Nobody publishes so any more, but a leader may have changed her office since.
    (kept,) = keep.create(
        "reception", [acts.hours_of(typed(town))], host=town.staff("chief"), place="一楼", capacity=2,
        by=town.supervisor, at=MONDAY,
    )  # fmt: skip
    own = published(town, day="2026-09-16")[0]
    assert (kept.host_id, kept.unit) == (town.chief.staff_id, town.supervisor.unit)
    kind = kinds.of("reception", rules.book)
    about = received(about=(town.supervisor.unit,), words="督查的人态度不好")
    assert [one.pk for one in ask.offers(about, kind, rules, at=MONDAY)] == [own.pk]
    with pytest.raises(Refused, match="does not take"):
        book.book(about.pk, kept.pk, by=RESIDENT, at=MONDAY)
    assert [one.pk for one in ask.offers(received(), kind, rules, at=MONDAY)] == [kept.pk, own.pk]


def test_a_town_without_the_section_has_none_of_it(town: Town) -> None:
    (slot,) = published(town)
    matter = received()
    start = BOOK_TEXT.index("[lives.reception]")
    bare = BOOK_TEXT[:start] + BOOK_TEXT[BOOK_TEXT.index("\n\n", start) :]
    later = MONDAY + timedelta(hours=1)
    keep.cancel(slot.pk, "不办了", by=town.chief, at=MONDAY)
    books.adopt(bare, name="bare", effective_from=later, by=SYSTEM, at=later)
    books.forget()
    with pytest.raises(NotFound):
        book.book(matter.pk, slot.pk, by=RESIDENT, at=later)
    with pytest.raises(NotFound):
        acts.publish(typed(town), by=town.chief, at=later, rules=books.current(later))
    assert book.remind(by=SYSTEM, at=slot.starts_at - timedelta(hours=1)) == 0
    assert "reception" not in {one.name for one in kinds.kept(books.current(later).book)}


# -- 包案 --------------------------------------------------------------------------------------------------------------


def test_a_leader_follows_a_matter_until_it_is_closed_and_moves_nothing(town: Town) -> None:
    rules = books.current(MONDAY)
    matter = received()
    columns = ("state", "holder", "due_at", "step_due_at", "tick_at", "version", "handler_id")
    before = Matter.objects.filter(pk=matter.pk).values(*columns).get()
    acts.take_over(matter.number, by=town.chief, at=MONDAY, rules=rules)
    acts.take_over(matter.number, by=town.chief, at=MONDAY, rules=rules)
    assert Matter.objects.filter(pk=matter.pk).values(*columns).get() == before
    assert said(matter) == ["receive", "take_over"]
    leader = asks.follower_of(matter, rules.book)
    assert leader is not None
    assert leader.staff.pk == town.chief.staff_id
    assert Message.objects.filter(verb="take_over").count() == 1
    # Another neither puts her aside nor lays down what is hers; who is not in office any more holds nobody up.
    with pytest.raises(Refused, match="follows it"):
        acts.take_over(matter.number, by=town.supervisor, at=MONDAY, rules=rules)
    with pytest.raises(Refused, match="themselves"):
        acts.lay_down(matter.number, "已换人", by=town.supervisor, at=MONDAY, rules=rules)
    with pytest.raises(Invalid):
        acts.lay_down(matter.number, "", by=town.chief, at=MONDAY, rules=rules)
    assert [one.matter_id for one in asks.followed_by(rules, by=town.chief)] == [matter.pk]
    assert asks.followed_by(rules, by=town.supervisor) == []
    acts.lay_down(matter.number, "已换人", by=town.chief, at=MONDAY, rules=rules)
    assert asks.follower_of(matter, rules.book) is None
    acts.take_over(matter.number, by=town.chief, at=MONDAY, rules=rules)
    Staff.objects.filter(pk=town.chief.staff_id).update(is_active=False)
    acts.take_over(matter.number, by=town.supervisor, at=MONDAY, rules=rules)
    assert TakenOver.objects.filter(ended_at__isnull=True).count() == 1
    Staff.objects.filter(pk=town.chief.staff_id).update(is_active=True)
    act(matter.pk, "withdraw", {}, by=RESIDENT, at=MONDAY)
    assert asks.follower_of(Matter.objects.get(pk=matter.pk), rules.book) is None
    with pytest.raises(Refused):
        acts.take_over(matter.number, by=town.supervisor, at=MONDAY, rules=rules)
    assert verify.verify().breaks == []


def test_what_somebody_took_over_who_is_not_in_office_any_more_another_leader_lays_down(town: Town) -> None:
    rules, matter = books.current(MONDAY), received()
    acts.take_over(matter.number, by=town.chief, at=MONDAY, rules=rules)
    with pytest.raises(Refused, match="themselves"):
        acts.lay_down(matter.number, "已换人", by=town.supervisor, at=MONDAY, rules=rules)
    Staff.objects.filter(pk=town.chief.staff_id).update(is_active=False)
    acts.lay_down(matter.number, "已换人", by=town.supervisor, at=MONDAY, rules=rules)
    assert asks.follower_of(matter, rules.book) is None
    assert TakenOver.objects.get().ended_at == MONDAY
    Staff.objects.filter(pk=town.chief.staff_id).update(is_active=True)
    assert verify.verify().breaks == []


def said_to_all(matter: Matter, town: Town) -> str:
    """What the diary says once she follows it, in the end undone."""
    with transaction.atomic():
        acts.take_over(matter.number, by=town.chief, at=MONDAY, rules=books.current(MONDAY))
        line = look(matter.code, "zh", at=MONDAY).lines[-1].sentence
        transaction.set_rollback(True)
    return line


def test_nobody_follows_a_matter_about_their_own_unit_nor_one_kept_from_them(town: Town) -> None:
    rules = books.current(MONDAY)
    about = received(about=(town.supervisor.unit,), words="督查的人态度不好")
    with pytest.raises(Invalid) as hidden:
        acts.take_over(about.number, by=town.supervisor, at=MONDAY, rules=rules)
    with pytest.raises(Invalid) as nothing:
        acts.take_over("WX-NOT-THERE", by=town.supervisor, at=MONDAY, rules=rules)
    assert hidden.value.text == nothing.value.text
    with pytest.raises(NotFound):
        acts.take_over(about.number, by=town.operator, at=MONDAY, rules=rules)
    before = acts.about_to_follow(about.number, by=town.chief, at=MONDAY, rules=rules)
    assert before.says.zh == said_to_all(about, town)
    assert about.number in before.text.zh
    assert about.code not in before.text.zh + before.text.en
    assert said(about) == ["receive"], "what is asked writes nothing"
    acts.take_over(about.number, by=town.chief, at=MONDAY, rules=rules)
    assert asks.followed(rules, by=town.supervisor) == []
    assert len(asks.followed(rules, by=town.chief)) == 1


def test_a_leader_of_another_township_follows_nothing_of_this_one(town: Town) -> None:
    rules, matter = books.current(MONDAY), received(division="990101001")
    assert not matter.hidden
    made = {}
    for name, unit in (("here", "sd_qingping"), ("there", "sd_bailu")):
        made[name], _ = staff.create(
            name, name, [Appointment(Role.CHIEF, unit, Scope.DIVISION)], by=SYSTEM, at=MONDAY, encoded=ENCODED
        )
    assert asks.in_office(made["there"], rules)
    assert asks.may_follow(matter, made["here"], rules, MONDAY)
    assert not asks.may_follow(matter, made["there"], rules, MONDAY), "what they may not see they do not follow"
    there = actor.of_staff(made["there"], rules.book)
    with pytest.raises((Invalid, NotFound)):
        acts.take_over(matter.number, by=there, at=MONDAY, rules=rules)
    assert said(matter) == ["receive"]


def test_nobody_out_of_office_follows_a_matter(town: Town) -> None:
    rules, matter = books.current(MONDAY), received()
    Staff.objects.filter(pk=town.chief.staff_id).update(is_active=False)
    with pytest.raises(Invalid) as wrong:
        acts.take_over(matter.number, by=town.chief, at=MONDAY, rules=rules)
    assert set(wrong.value.fields) == {"number"}
    assert said(matter) == ["receive"]
    Staff.objects.filter(pk=town.chief.staff_id).update(is_active=True)
    acts.take_over(matter.number, by=town.chief, at=MONDAY, rules=rules)
    assert said(matter) == ["receive", "take_over"]


# -- what is changed by hand -------------------------------------------------------------------------------------------


def test_a_booking_a_date_or_a_count_changed_by_hand_does_not_verify(town: Town) -> None:
    (slot,) = published(town)
    one = book.book(received().pk, slot.pk, by=RESIDENT, at=MONDAY)
    assert verify.verify().breaks == []
    for model, pk, change in (
        (Slot, slot.pk, {"place": "别处"}),
        (Slot, slot.pk, {"starts_at": slot.starts_at + DAY, "ends_at": slot.ends_at + DAY}),
        (Slot, slot.pk, {"taken": 2}),
        (Booking, one.pk, {"state": "absent"}),
    ):
        kept = model.objects.filter(pk=pk).values(*change).get()
        models.QuerySet(model).filter(pk=pk).update(**change)
        assert verify.verify().breaks, change
        models.QuerySet(model).filter(pk=pk).update(**kept)
    assert verify.verify().breaks == []


def test_who_has_her_data_erased_or_withdraws_gives_her_place_to_another(town: Town) -> None:
    (slot,) = published(town)
    erased, withdrawn, kept = received(), received(phone="19909900002"), received(phone="19909900003")
    for matter in (erased, withdrawn):
        book.book(matter.pk, slot.pk, by=RESIDENT, at=MONDAY)
    with pytest.raises(Full):
        book.book(kept.pk, slot.pk, by=RESIDENT, at=MONDAY)
    matters.erase(erased.pk, by=RESIDENT, at=MONDAY)
    act(withdrawn.pk, "withdraw", {}, by=RESIDENT, at=MONDAY)
    assert book.part(by=SYSTEM, at=MONDAY) == 2
    assert book.part(by=SYSTEM, at=MONDAY) == 0
    assert book.book(kept.pk, slot.pk, by=RESIDENT, at=MONDAY).state == "booked"
    assert verify.verify().breaks == []


def test_a_series_comes_again_by_the_week_the_fortnight_and_the_same_week_of_the_month(town: Town) -> None:
    calendar = books.current(MONDAY).calendar

    def days(first: date, every: Every, times: int) -> list[str]:
        return [one.isoformat() for one in series(first, every, times, calendar).days]

    tuesday = date(2026, 11, 10)
    assert days(tuesday, Every.ONCE, 5) == ["2026-11-10"]
    assert days(tuesday, Every.WEEK, 3) == ["2026-11-10", "2026-11-17", "2026-11-24"]
    assert days(tuesday, Every.FORTNIGHT, 3) == ["2026-11-10", "2026-11-24", "2026-12-08"]
    assert days(tuesday, Every.MONTH, 2) == ["2026-11-10", "2026-12-08"]
    # The 30th of a month is in its last week: each time the last Monday, where a fifth one would be missing.
    assert days(date(2026, 11, 30), Every.MONTH, 2) == ["2026-11-30", "2026-12-28"]
    most = series(tuesday, Every.MONTH, MOST, calendar)
    assert len(most.days + most.skipped) == MOST
    for wrong in (0, MOST + 1):
        with pytest.raises(ValueError, match=str(wrong)):
            series(tuesday, Every.WEEK, wrong, calendar)


# -- found by fresh eyes -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "ends", "place", "says"),
    [
        ("2026-09-15", "11:30", "102", ["9月15日09:00", "县政务服务中心一楼 103", "102", "时间不变"]),
        ("2026-09-16", "11:30", "县政务服务中心一楼 103", ["由9月15日09:00改到9月16日09:00"]),
        ("2026-09-16", "11:30", "102", ["由9月15日09:00改到9月16日09:00", "县政务服务中心一楼 103", "102"]),
        ("2026-09-15", "10:30", "县政务服务中心一楼 103", ["9月15日09:00", "结束时间改到9月15日10:30"]),
        ("2026-09-15", "10:30", "102", ["结束时间改到9月15日10:30", "地点由", "102"]),
    ],
)
def test_a_date_that_is_moved_says_what_changed(town: Town, day: str, ends: str, place: str, says: list[str]) -> None:
    (slot,) = published(town)
    matter = received()
    book.book(matter.pk, slot.pk, by=RESIDENT, at=MONDAY)
    hours = acts.hours_of({"day": day, "starts": "09:00", "ends": ends})
    keep.change(slot.pk, hours, place=place, by=town.chief, at=MONDAY)
    line = look(matter.code, "zh", at=MONDAY).lines[-1].sentence
    assert all(one in line for one in says), line
    # What stayed as it was is not said to have changed.
    assert ("地点" in line) is (place == "102"), line
    assert "由9月15日09:00改到9月15日09:00" not in line
    town_entry = Entry.objects.filter(verb="change_slot").get()
    assert "改到" in sentences.say(town_entry, {}, books.current(MONDAY).book, "zh", for_resident=False)
    assert "{" not in sentences.say(town_entry, {}, books.current(MONDAY).book, "en", for_resident=False)
    assert verify.verify().breaks == []


def test_an_operator_books_moves_and_cancels_for_a_caller_and_the_entry_says_so(town: Town) -> None:
    first, second = published(town) + published(town, day="2026-09-22")
    matter = received()
    for how in (None, "", "trust"):
        with pytest.raises(Invalid) as wrong:
            book.book(matter.pk, first.pk, by=town.operator, at=MONDAY, for_caller=how)
        assert set(wrong.value.fields) == {"for_caller"}
    for who in ("chief", "supervisor", "auditor"):
        with pytest.raises(NotFound):
            book.book(matter.pk, first.pk, by=town.people[who], at=MONDAY, for_caller="number")
    assert Slot.objects.get(pk=first.pk).taken == 0
    one = book.book(matter.pk, first.pk, by=town.operator, at=MONDAY, for_caller="code")
    with pytest.raises(Invalid):
        book.move(one.pk, second.pk, by=town.operator, at=MONDAY)
    book.move(one.pk, second.pk, by=town.operator, at=MONDAY, for_caller="code")
    with pytest.raises(Invalid):
        book.release(one.pk, by=town.operator, at=MONDAY)
    book.release(one.pk, by=town.operator, at=MONDAY, for_caller="number")
    lines = [line.sentence for line in look(matter.code, "zh", at=MONDAY).lines][1:]
    assert all("电话办理" in line and "代为登记" in line for line in lines), lines
    assert said(matter) == ["receive", "book_slot", "move_slot", "release_slot"]
    hidden = received(about=(town.operator.unit,), words="接线的人态度不好", phone="19909900004")
    with pytest.raises(NotFound):
        book.book(hidden.pk, first.pk, by=town.operator, at=MONDAY, for_caller="number")
    assert verify.verify().breaks == []


def test_only_this_once_and_four_times_is_refused_at_the_field(town: Town) -> None:
    with pytest.raises(Invalid) as wrong:
        published(town, every="once", times="4")
    assert set(wrong.value.fields) == {"times"}
    assert not Slot.objects.exists()
    assert len(published(town, every="week", times="4")) == 3, "one is the National Day"


# -- kept from somebody later ------------------------------------------------------------------------------------------


def reception_page(town: Town, slot: Slot) -> str:
    Staff.objects.update(must_change_password=False)
    client = Client()
    client.force_login(Staff.objects.get(pk=town.supervisor.staff_id))
    return client.get(reverse("staff:reception_one", args=[slot.pk])).content.decode()


def with_the_supervisor(town: Town) -> Slot:
    rules, given = books.current(MONDAY), typed(town, host=str(town.supervisor.staff_id), places="3")
    (slot,) = acts.publish(given, by=town.supervisor, at=MONDAY, rules=rules).slots
    return slot


def test_hidden_before_the_date_the_booking_ends_in_the_act_itself(town: Town) -> None:
    slot = with_the_supervisor(town)
    one, other = received(), received(phone="19909900009")
    for matter in (one, other):
        book.book(matter.pk, slot.pk, by=RESIDENT, at=MONDAY)
    act(one.pk, "shield", {"unit": town.supervisor.unit}, by=RESIDENT, at=MONDAY)
    assert Slot.objects.get(pk=slot.pk).taken == 1
    assert said(one)[-2:] == ["shield", "part_slot"]
    assert "1/3" in reception_page(town, slot)
    assert book.part(by=SYSTEM, at=MONDAY) == 0, "nothing is left to the worker"
    assert verify.verify().breaks == []


def test_hidden_once_the_date_has_begun_no_number_gives_it_away(town: Town) -> None:
    slot = with_the_supervisor(town)
    one, other = received(), received(phone="19909900009")
    for matter in (one, other):
        book.book(matter.pk, slot.pk, by=RESIDENT, at=MONDAY)
    assert "2/3" in reception_page(town, slot)
    act(one.pk, "shield", {"unit": town.supervisor.unit}, by=RESIDENT, at=slot.starts_at + timedelta(minutes=5))
    assert "1/3" in reception_page(town, slot)
    assert ask.held([slot], by=town.supervisor)[slot.pk] == 1
    assert verify.verify().breaks == []


def test_who_follows_a_matter_stops_in_the_act_that_keeps_it_from_them(town: Town) -> None:
    rules, matter = books.current(MONDAY), received()
    acts.take_over(matter.number, by=town.supervisor, at=MONDAY, rules=rules)
    assert asks.follows(matter) is not None
    act(matter.pk, "shield", {"unit": town.supervisor.unit}, by=RESIDENT, at=MONDAY)
    assert asks.follows(Matter.objects.get(pk=matter.pk)) is None
    assert said(matter)[-1] == "part_follow"
    page = Client().get(f"/p/{matter.code}").content.decode()
    assert "包案到此为止，事情照常办理" in page
    entries = list(Entry.objects.filter(matter=matter).order_by("turn"))
    assert asks.told_follower(Matter.objects.get(pk=matter.pk), entries) is None
    assert verify.verify().breaks == []


def test_hidden_from_another_unit_the_leader_follows_on(town: Town) -> None:
    rules, matter = books.current(MONDAY), received()
    acts.take_over(matter.number, by=town.chief, at=MONDAY, rules=rules)
    act(matter.pk, "shield", {"unit": "eco"}, by=RESIDENT, at=MONDAY)
    assert asks.follows(Matter.objects.get(pk=matter.pk)) is not None


def test_reports_that_nobody_read_and_nobody_can_be_called_about_fill_no_date(town: Town) -> None:
    (slot,) = published(town)
    kind, rules = kinds.of("reception", books.current(MONDAY).book), books.current(MONDAY)
    empty = [received(phone="", name="", words=f"路灯{n}不亮") for n in range(3)]
    for matter in empty:
        assert ask.offers(matter, kind, rules, at=MONDAY) == []
        with pytest.raises(Refused) as refused:
            book.book(matter.pk, slot.pk, by=RESIDENT, at=MONDAY)
        assert refused.value.code == "unread"
    assert Slot.objects.get(pk=slot.pk).taken == 0
    # Once the desk has taken it up it is as good as any.
    Matter.objects.filter(pk=empty[0].pk).update(state="handling")
    book.book(empty[0].pk, slot.pk, by=RESIDENT, at=MONDAY)
    book.book(received().pk, slot.pk, by=RESIDENT, at=MONDAY)
    assert Slot.objects.get(pk=slot.pk).taken == 2
