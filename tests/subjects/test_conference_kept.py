"""What is kept from somebody holds up nothing and is told by no hour, feed, audit page, title or count of a sitting."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from django.test import Client

from tests.desk.people import ENCODED, MONDAY, Town, of_unit
from tests.subjects import test_conference
from tests.subjects.test_conference import (
    DAY,
    LEAD,
    SIX,
    choices,
    crowd,
    decide,
    feed,
    page,
    person,
    ping_pong,
    ping_pong_about,
    propose,
    sitting,
    small_circle,
    step,
    with_one_kept_from_the_lead,
    with_places,
)
from wuxiao.desk.audit.verify import verify
from wuxiao.desk.base import actor
from wuxiao.desk.base.actor import RESIDENT, SYSTEM, Actor
from wuxiao.desk.base.errors import Invalid, NotFound, Refused
from wuxiao.desk.case import opening
from wuxiao.desk.case.act import act
from wuxiao.desk.diary import diary, vouched
from wuxiao.desk.doors import staff
from wuxiao.desk.doors.staff import Appointment
from wuxiao.desk.look import cases
from wuxiao.desk.look.town import town_entries
from wuxiao.desk.publish import acts as publishing
from wuxiao.desk.town import books
from wuxiao.records.models import AgendaItem, Case, Conference, Entry, Matter, Message, Row, Slot, Staff, Task
from wuxiao.rules import hide
from wuxiao.rules.access import Role
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.subjects.conference import acts, asks

pytestmark = pytest.mark.django_db
town = test_conference.town


def stand_in(town: Town) -> Actor:
    """A lead of the unit that stands in for the lead body where a matter is kept from it."""
    return person(town, "standin", Role.LEAD, hide.instead(books.current(MONDAY).book, frozenset({LEAD}), LEAD))


# -- an item that comes to be kept from a member -----------------------------------------------------------------------


def test_whom_a_matter_speaks_of_does_not_hold_it_up_by_putting_the_sitting_off(town: Town) -> None:
    matter, case, gov = ping_pong(town), propose(town), stand_in(town)
    step(case, "put_on", town.clerk, MONDAY + DAY, item=matter.number, brief="谁来管夜里打桩")
    step(case, "convene", town.chair, MONDAY + DAY, date="2026-09-10", time="9:30", place="二楼")
    act(matter.pk, "shield", {"unit": LEAD}, by=RESIDENT, at=MONDAY + DAY)
    step(case, "put_off", town.chair, MONDAY + DAY, date="2027-02-01", reason="再说")
    before = page(case, town.chair), len(feed(town.chair)), Message.objects.count()
    version = Case.objects.get(pk=case.pk).version
    assert acts.keep(MONDAY + DAY) == 1
    book = books.current(MONDAY).book
    assert [one.case.number for one in asks.for_a_small_circle(book, gov)] == [matter.number]
    small = opening.plan("conference", {"date": "2026-09-15", "kept": matter.number}, by=gov, at=MONDAY + DAY)
    assert LEAD not in Conference.objects.get(matter_id=small.pk).members
    step(small, "put_on", gov, MONDAY + DAY, item=matter.number, brief="谁来管夜里打桩")
    # The lead body reads and is told nothing of it: neither that it left, nor that it went elsewhere.
    assert (page(case, town.chair), len(feed(town.chair)), Message.objects.count()) == before
    assert Case.objects.get(pk=case.pk).version == version
    told = Entry.objects.get(matter_id=case.pk, verb="set_aside")
    assert (told.actor, told.facts["item"], told.facts["of"]) == ("system", matter.number, matter.pk)
    # A member it is not kept from reads that it left.
    step(case, "convene", town.chair, MONDAY + DAY, date="2027-02-01", place="二楼")
    assert f"{matter.number}不在这次会上议了" in page(case, of_unit(town, "eco"))
    # Once is enough, and the chain says it all.
    assert acts.keep(MONDAY + DAY) == 0
    assert verify(at=MONDAY + DAY).breaks == []


def test_the_place_of_what_left_an_agenda_is_free_and_nobody_can_count_it(town: Town) -> None:
    books.adopt(with_places(2), name="two", effective_from=MONDAY, by=SYSTEM, at=MONDAY - DAY)
    books.forget()
    case, three = propose(town), [ping_pong(town) for _ in range(3)]
    for one in three[:2]:
        step(case, "put_on", town.clerk, MONDAY + DAY, item=one.number, brief="谁来管")
    act(three[0].pk, "shield", {"unit": "housing"}, by=RESIDENT, at=MONDAY + DAY)
    assert acts.keep(MONDAY + DAY) == 1
    assert list(AgendaItem.objects.order_by("pk").values_list("state", flat=True)) == ["off", "on"]
    assert Slot.objects.get(case=case).taken == 1
    assert choices(case, "put_on", town.clerk) == {three[2].number}
    step(case, "put_on", town.clerk, MONDAY + DAY, item=three[2].number, brief="谁来管")
    assert Slot.objects.get(case=case).taken == 2
    assert verify(at=MONDAY + DAY).breaks == []


def test_what_is_kept_from_no_member_stays_on_the_agenda(town: Town) -> None:
    matter, case = ping_pong(town), propose(town)
    step(case, "put_on", town.clerk, MONDAY + DAY, item=matter.number, brief="谁来管")
    act(matter.pk, "shield", {"unit": "education"}, by=RESIDENT, at=MONDAY + DAY)
    assert Matter.objects.get(pk=matter.pk).hidden_units
    assert acts.keep(MONDAY + DAY) == 0
    assert AgendaItem.objects.get().state == "on"
    # Nor does the house set aside what may stay, nor may anybody else set aside anything.
    with pytest.raises(Refused) as refused:
        act(case.pk, "set_aside", {"item": matter.number}, by=SYSTEM, at=MONDAY + DAY)
    assert refused.value.code == "stays"
    act(matter.pk, "shield", {"unit": "housing"}, by=RESIDENT, at=MONDAY + DAY)
    with pytest.raises(Refused):
        step(case, "set_aside", town.chair, MONDAY + DAY, item=matter.number)
    assert AgendaItem.objects.get().state == "on"


# -- hours -------------------------------------------------------------------------------------------------------------


def two_posts(town: Town, *posts: tuple[Role, str]) -> Actor:
    made, _ = staff.create("both", "both", [Appointment(*one) for one in posts], by=SYSTEM, at=MONDAY, encoded=ENCODED)
    return actor.of_staff(made, books.current(MONDAY).book)


def test_a_small_circle_stands_in_no_calendar_of_whoever_has_a_second_post_it_is_kept_from(
    town: Town,
) -> None:
    both = two_posts(town, (Role.HANDLER, LEAD), (Role.HANDLER, "housing"))
    small = small_circle(town, ping_pong_about(town, "housing"))
    step(small, "convene", town.chair, MONDAY + DAY, date="2026-09-11", time="10:30", place="麤鱻室")
    with pytest.raises(NotFound):
        cases.view("conference", small.number, by=both, at=MONDAY + DAY, lang="zh")
    # Whoever has the one post alone has it in the calendar; so has this person what both may know.
    assert [str(one["LOCATION"]) for one in feed(town.clerk)] == ["麤鱻室"]
    assert feed(both) == []
    ordinary = propose(town, "2026-09-15")
    assert [one["DTSTART"].dt.day for one in feed(both)] == [15]
    step(ordinary, "drop", town.chair, MONDAY + DAY, reason="没有要议的")
    assert [str(one["STATUS"]) for one in feed(both)] == ["CANCELLED"]


@pytest.mark.parametrize("kept", [True, False])
def test_no_auditor_reads_of_the_hour_of_a_sitting_in_the_town_s_chain(town: Town, kept: bool) -> None:
    auditor, _ = staff.create(
        "aud2", "aud2", [Appointment(Role.AUDITOR, "housing")], by=SYSTEM, at=MONDAY, encoded=ENCODED
    )
    Staff.objects.update(must_change_password=False)
    client = Client()
    client.force_login(auditor)

    def seen() -> str:
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", client.get("/staff/audit").content.decode()))

    matter = ping_pong_about(town, "housing" if kept else "health")
    case = small_circle(town, matter) if kept else propose(town)
    step(case, "convene", town.chair, MONDAY + DAY, date="2026-09-11", time="10:30", place="麤鱻室")
    step(case, "put_off", town.chair, MONDAY + DAY, date="2026-09-14", reason="再说")
    step(case, "convene", town.chair, MONDAY + DAY, date="2026-09-14", time="15:00", place="龘靐室")
    step(case, "drop", town.chair, MONDAY + DAY, reason="没有要议的")
    told = seen()
    assert "日志" in told
    for word in ("麤鱻", "龘靐", "公布联席", "场联席", "10:30", "15:00"):
        assert word not in told, word
    verbs = set(Entry.objects.filter(matter=None, row=None).values_list("verb", flat=True))
    assert verbs == {"adopt_book", "create_staff"}, "the town's chain says nothing of it"
    # What somebody typed as the room stands in the words of the case, by its hash, and in no sealed fact of any chain.
    assert not [one for one in Entry.objects.all() if "麤鱻" in str(one.facts) + str(one.stand)]
    # And it is sealed all the same: each step that moved the hour says so in the sitting's own chain.
    rows = Entry.objects.filter(matter_id=case.pk).order_by("turn")
    assert [one.verb for one in rows if "hour" in one.facts] == ["propose", "convene", "put_off", "convene", "drop"]
    assert verify(at=MONDAY + 5 * DAY).breaks == []


@pytest.mark.parametrize("change", ["place", "starts_at", "state", "gone"])
def test_an_hour_of_a_sitting_that_was_changed_by_hand_is_found(town: Town, change: str) -> None:
    case = propose(town)
    step(case, "convene", town.chair, MONDAY + DAY, date="2026-09-11", time="10:30", place="二楼")
    rows = Slot.objects.filter(case=case)
    assert verify(at=MONDAY + 5 * DAY).breaks == []
    match change:
        case "gone":
            rows.delete()
        case "starts_at":
            rows.update(starts_at=datetime(2026, 9, 11, 9, tzinfo=SHANGHAI))
        case _:
            rows.update(**{change: "cancelled"})
    assert {one.column for one in verify(at=MONDAY + 5 * DAY).breaks} == {"slots"}


def test_entries_of_the_town_from_before_cases_sealed_their_hours_are_shown_to_nobody(town: Town) -> None:
    """As an older program wrote them: sealed for good, so they cannot be taken back, but no page shows them."""
    case = propose(town)
    slot = Slot.objects.get(case=case)
    facts = {"slot": {"zh": "联席会议", "en": "a sitting of the joint conference"}, "count": 1}
    old = diary.write_town("publish_slots", by=town.chair, at=MONDAY, facts=facts, rows=vouched.rows(slot))
    public = {"slot": {"zh": "领导接访", "en": "a leader's reception"}, "count": 1}
    new = diary.write_town("publish_slots", by=town.chair, at=MONDAY, facts=public)
    shown = [one.turn for one in town_entries().rows]
    assert new.turn in shown
    assert old.turn not in shown
    assert old.turn - 1 in shown
    assert verify(at=MONDAY + DAY).breaks == []


# -- feeds of members --------------------------------------------------------------------------------------------------


def said(who: Actor) -> list[tuple[int, str]]:
    return [(one["DTSTART"].dt.day, str(one["STATUS"])) for one in feed(who)]


def test_a_member_that_was_never_called_hears_of_no_sitting_that_was_dropped(town: Town) -> None:
    housing, dropped = of_unit(town, "housing"), propose(town)
    step(dropped, "drop", town.chair, MONDAY + DAY, reason="没有要议的")
    assert said(town.chair) == [(10, "CANCELLED")]
    assert said(housing) == []
    moved = propose(town, "2026-09-11")
    step(moved, "put_off", town.chair, MONDAY + DAY, date="2026-09-14", reason="再说")
    assert said(housing) == []


def test_a_sitting_that_is_put_off_moves_in_the_calendars_of_whom_it_called(town: Town) -> None:
    housing, outside = of_unit(town, "housing"), of_unit(town, "education")
    case = propose(town, "2026-09-11")
    step(case, "convene", town.chair, MONDAY + DAY, date="2026-09-11", time="9:30", place="二楼")
    (first,) = feed(housing)
    step(case, "put_off", town.chair, MONDAY + DAY, date="2026-09-18", reason="下大雨")
    (then,) = feed(housing)
    assert (then["UID"], int(then["SEQUENCE"]) > int(first["SEQUENCE"])) == (first["UID"], True)
    assert then["DTSTART"].dt == datetime(2026, 9, 18, 9, 30, tzinfo=SHANGHAI)
    step(case, "drop", town.chair, MONDAY + DAY, reason="没有要议的")
    assert said(housing) == [(18, "CANCELLED")]
    assert feed(outside) == []


# -- digests -----------------------------------------------------------------------------------------------------------


def at_work(by: Actor) -> Client:
    Staff.objects.update(must_change_password=False)
    client = Client()
    client.force_login(Staff.objects.get(pk=by.staff_id))
    return client


def revised(town: Town, case: Case, title: str) -> str:
    """Write a version of the digest that was drafted with a title that tells, and return its code."""
    code = Conference.objects.get(matter_id=case.pk).digest
    given = {"title": title, "text": f"{title}的事", "unit": LEAD, "audience": "public"}
    publishing.revise(code, given, version=1, by=town.chair, at=MONDAY + 4 * DAY)
    return code


@pytest.mark.parametrize("unit", ["eco", LEAD])
@pytest.mark.parametrize("out", [True, False])
def test_a_digest_that_is_called_in_keeps_no_title_that_tells(town: Town, unit: str, out: bool) -> None:
    case, first, _ = with_one_kept_from_the_lead(town, to="drafted")
    code = revised(town, case, "麤鱻冒烟摘要")
    if out:
        publishing.release(code, version=2, by=town.second, at=MONDAY + 4 * DAY)
    who = [person(town, "their_lead", Role.LEAD, unit), person(town, "their_handler", Role.HANDLER, unit), town.chair]
    paths = ["/staff/t/digest", f"/staff/t/digest/{code}", "/staff/read/digest", "/staff/search?q=冒烟摘要"]
    assert "麤鱻冒烟摘要" in at_work(town.chair).get(paths[0]).content.decode()
    act(first.pk, "shield", {"unit": unit}, by=RESIDENT, at=MONDAY + 5 * DAY)
    for one in who:
        client = at_work(one)
        for path in paths:
            body = client.get(path).content.decode()
            assert "麤鱻" not in body, (one.name, path)
    assert Row.objects.get(code=code).title == ""
    assert verify(at=MONDAY + 5 * DAY).breaks == []
    # The title of a text that nobody called in is what its entry says.
    with_one_kept_from_the_lead(town, to="drafted")
    other = Conference.objects.exclude(digest="").exclude(digest=code).get().digest
    Row.objects.filter(code=other).update(title="")
    assert {one.column for one in verify(at=MONDAY + 5 * DAY).breaks} >= {"row.title"}


def test_a_digest_that_is_not_out_is_read_by_those_who_see_its_sitting(town: Town) -> None:
    case, _, _ = with_one_kept_from_the_lead(town, to="drafted")
    code = revised(town, case, "麤鱻冒烟摘要")
    stranger, member = of_unit(town, "health"), of_unit(town, "eco")
    with pytest.raises(NotFound):
        cases.view("conference", case.number, by=stranger, at=MONDAY + 4 * DAY, lang="zh")

    def reads(by: Actor) -> tuple[bool, int]:
        client = at_work(by)
        listed = "麤鱻" in client.get("/staff/t/digest").content.decode()
        return listed, client.get(f"/staff/t/digest/{code}").status_code

    assert [reads(one) for one in (town.second, member, stranger)] == [(True, 200), (True, 200), (False, 404)]
    publishing.release(code, version=2, by=town.second, at=MONDAY + 4 * DAY)
    assert reads(stranger) == (True, 200)
    # A newer version waits for a second person: the stranger goes on reading what is out, where everybody reads.
    given = {"title": "龘靐摘要", "text": "会开过了。", "unit": LEAD, "audience": "public"}
    publishing.revise(code, given, version=3, by=town.chair, at=MONDAY + 4 * DAY)
    client = at_work(stranger)
    assert "麤鱻" in client.get(f"/staff/read/digest/{code}").content.decode()
    for path in ("/staff/t/digest", f"/staff/t/digest/{code}", "/staff/read/digest"):
        assert "龘靐" not in client.get(path).content.decode(), path


def test_a_kind_of_which_all_that_was_dealt_with_is_kept_is_not_named_for_what_was_left_off(town: Town) -> None:
    first, second = ping_pong(town), ping_pong(town)
    case = propose(town)
    for one in (first, second):
        step(case, "put_on", town.clerk, MONDAY + DAY, item=one.number, brief="谁来管")
    step(case, "leave_off", town.clerk, MONDAY + DAY, item=second.number, reason="已经谈妥")
    step(case, "convene", town.chair, MONDAY + DAY, date="2026-09-10", time="9:30", place="二楼")
    step(case, "sit", town.chair, present=SIX)
    decide(town, case, first)
    step(case, "write_up", town.clerk, minutes="定了")
    step(case, "confirm", town.chair)
    step(case, "draft", town.chair, digest="施工噪声的事定下来了。")
    act(first.pk, "shield", {"unit": "education"}, by=RESIDENT, at=MONDAY + 4 * DAY)
    with pytest.raises(Invalid) as said:
        step(case, "draft", town.chair, MONDAY + 4 * DAY, digest="施工噪声的事定下来了。")
    assert "施工噪声" in said.value.fields["digest"].zh


@pytest.mark.parametrize(
    "bad",
    [
        "有3个人反映。",
        "涉及一对夫妻。",
        "老张家带头反映的，住2单元501的那一家。",
        "Three families complained.",
        "{tail}",
        "{wide}",
        "{apart}",
    ],
)
def test_a_digest_counts_no_few_names_no_home_and_no_part_of_a_number(town: Town, bad: str) -> None:
    matter = ping_pong(town)
    case = sitting(town, matter)
    step(case, "write_up", town.clerk, minutes="定了")
    step(case, "confirm", town.chair)
    tail = matter.number.rpartition("-")[2]
    wide = "".join(chr(ord(c) + 0xFEE0) for c in matter.number)
    text = bad.format(tail=f"编号后面是{tail}的那件。", wide=f"议了{wide}。", apart=f"议了{' '.join(matter.number)}。")
    for name in ("digest", "digest_en"):
        given = {"digest": "会开过了。", "digest_en": "It sat.", name: text}
        with pytest.raises(Invalid) as said:
            step(case, "draft", town.chair, **given)
        assert set(said.value.fields) == {name}, text
    step(case, "draft", town.chair, digest="会开过了，120户签了字。", digest_en="It sat; 120 families signed.")


# -- what lived under the tests ----------------------------------------------------------------------------------------


def test_who_helps_already_is_not_asked_again_and_nobody_is_given_more_than_sixty_days(town: Town) -> None:
    matter = ping_pong(town)
    decide(town, sitting(town, matter), matter, co=["urban_mgmt"], due="2027-06-30")

    def joined() -> list[tuple[str, int]]:
        found = Entry.objects.filter(matter_id=matter.pk, verb="join").order_by("turn")
        return [(one.facts["to_unit"], one.facts["days"]) for one in found]

    assert joined() == [("urban_mgmt", 60)]
    again = propose(town, "2026-09-15")
    step(again, "put_on", town.chair, number=matter.number, brief="再议一次")
    step(again, "convene", town.chair, date="2026-09-15", time="9:30", place="二楼")
    at = MONDAY + 8 * DAY
    step(again, "sit", town.chair, at, present=SIX)
    given = {"item": matter.number, "unit": "eco", "what": "再查", "due": "2026-09-25", "co": ["urban_mgmt", "housing"]}
    step(again, "decide", town.chair, at, **given)
    assert [unit for unit, _ in joined()] == ["urban_mgmt", "housing"]


def test_one_report_of_a_collective_matter_that_ends_alone_is_not_looked_back_at(town: Town) -> None:
    rules = books.current(MONDAY)
    many = rules.book.lives["conference"].numbers["parties"]
    main = crowd(town, many + 1)
    first = Matter.objects.filter(merged_into_id=main.pk).order_by("pk")[0]
    # Reports had been joined to this one before it was joined itself.
    Matter.objects.filter(merged_into_id=main.pk).exclude(pk=first.pk).update(merged_into_id=first.pk)
    first.refresh_from_db()
    assert asks.parties(first) == many
    acts.ended(first, rules, MONDAY)
    assert not Task.objects.filter(matter_id=first.pk).exists()
    Matter.objects.filter(pk=first.pk).update(merged_into_id=None)
    first.refresh_from_db()
    acts.ended(first, rules, MONDAY)
    assert Task.objects.filter(matter_id=first.pk, kind="review").count() == 1
