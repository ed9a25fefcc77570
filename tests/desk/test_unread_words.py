"""Words that nobody here can read: their own list, before what is late, a clock of their own, until a named person says
what they say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.desk.people import MONDAY, Town, of_unit, settle
from tests.desk.test_danger_later import GAS, answered, joint, waiting
from tests.desk.test_joined import report
from wuxiao.desk.audit import verify
from wuxiao.desk.base.actor import RESIDENT, Actor
from wuxiao.desk.base.errors import Invalid, NotFound, Refused
from wuxiao.desk.case import clock, heard
from wuxiao.desk.case.act import act
from wuxiao.desk.look import shelves
from wuxiao.desk.matters import matters, progress
from wuxiao.desk.matters.matters import Report
from wuxiao.records.models import Entry, Matter, Message, Words

pytestmark = [pytest.mark.django_db, pytest.mark.either]
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ARABIC = "ساعدوني، زوجي يضربني… يقتلني"
FRENCH = "Au secours, mon mari me frappe, il a un couteau"
HARMLESS = "Спасибо, подскажите, какие документы нужны для вида на жительство?"


@pytest.fixture
def town() -> Town:
    return settle()


def cried(words: str = ARABIC, **more: object) -> Matter:
    return matters.receive(Report(words=words, channel="web", **more), by=RESIDENT, at=MONDAY)  # type: ignore[arg-type]


def shelf(by: Actor, name: str, hours: int = 1) -> tuple[int, ...]:
    assert by.viewer is not None
    return shelves.shelf_page(by.viewer, name, now=MONDAY + hours * HOUR).ids


def read(matter: Matter, by: Actor, danger: str, words: str = "她说丈夫在打她", hours: int = 1) -> Matter:
    act(matter.pk, "read_out", {"words": words, "in_danger": danger}, by=by, at=MONDAY + hours * HOUR)
    return Matter.objects.get(pk=matter.pk)


def test_it_has_its_own_list_and_stands_before_what_is_merely_late(town: Town) -> None:
    old = report(3)
    fresh = matters.receive(Report(words="路灯不亮，三天了", channel="web"), by=RESIDENT, at=MONDAY - 300 * DAY)
    matter = cried()
    assert shelf(town.operator, "unread") == (matter.pk,)
    assert shelf(town.operator, "danger") == (), "it is not said to be certain danger"
    assert shelf(town.operator, "intake")[0] == matter.pk
    assert {old.pk, fresh.pk} <= set(shelf(town.operator, "intake"))
    sure = matters.receive(Report(words=GAS, channel="web"), by=RESIDENT, at=MONDAY + HOUR)
    assert shelf(town.operator, "intake", 2)[:2] == (sure.pk, matter.pk)
    assert shelf(town.operator, "danger", 2) == (sure.pk,)


def test_whoever_says_that_there_is_danger_makes_it_certain_danger(town: Town) -> None:
    matter = read(cried(), town.operator, "yes")
    assert (matter.danger_open, matter.unread_since, matter.danger_perhaps) == (True, None, [])
    assert shelf(town.operator, "unread") == ()
    assert shelf(town.operator, "danger") == (matter.pk,)
    with pytest.raises(Refused):
        act(matter.pk, "answer", {"reply": "收到"}, by=town.operator, at=MONDAY + HOUR)
    entry = Entry.objects.get(matter=matter, verb="read_out")
    assert entry.facts["in_danger"] is True
    assert Words.objects.get(matter=matter, turn=entry.turn, field="words").text == "她说丈夫在打她"
    assert verify.verify(at=MONDAY + 2 * HOUR).breaks == []


def test_whoever_says_that_there_is_none_makes_it_an_ordinary_matter(town: Town) -> None:
    # The rendering itself may sound of danger: a named person who understood it said that there is none now.
    matter = read(cried(HARMLESS), town.operator, "no", "问居留许可要什么材料；去年有人拿刀砍过他")
    assert (matter.danger_open, matter.unread_since, matter.danger_perhaps) == (False, None, [])
    assert shelf(town.operator, "unread") == ()
    assert matter.pk in shelf(town.operator, "intake")
    with pytest.raises(Refused, match="somebody who can read"):
        read(matter, town.operator, "no")
    assert verify.verify(at=MONDAY + 2 * HOUR).breaks == []


@pytest.mark.parametrize(
    "given", [{"words": "她说"}, {"in_danger": "yes"}, {"words": "她说", "in_danger": "maybe"}, {}]
)
def test_what_it_says_and_whether_there_is_danger_are_both_asked(town: Town, given: dict[str, str]) -> None:
    matter = cried()
    with pytest.raises(Invalid):
        act(matter.pk, "read_out", given, by=town.operator, at=MONDAY)
    matter.refresh_from_db()
    assert matter.unread_since == MONDAY


def test_the_unit_it_is_kept_from_neither_sees_nor_reads_it(town: Town) -> None:
    matter = cried(unit="hotline", about=("urban_mgmt",))
    unit = of_unit(town, "urban_mgmt")
    assert shelf(unit, "unread") == ()
    with pytest.raises(NotFound):
        read(matter, unit, "no")
    assert shelf(town.operator, "unread") == (matter.pk,)


def test_its_ladder_rings_by_the_book_and_ends_when_it_was_read(town: Town) -> None:
    for name in ("shift_lead", "supervisor"):
        person = town.staff(name)
        person.email = f"{name}@example.invalid"
        person.save()
    matter = cried()

    def told() -> list[str]:
        rows = Message.objects.filter(matter=matter, verb="unread_late").order_by("id")
        return [row.address.split("@")[0] for row in rows]

    for minutes, who in ((19, []), (20, ["shift_lead"]), (59, []), (60, ["supervisor"]), (120, ["supervisor"])):
        before = told()
        clock.tick(at=MONDAY + minutes * MINUTE)
        assert told()[len(before) :] == who, minutes
    assert "يقتلني" not in Message.objects.filter(matter=matter, verb="unread_late").first().text  # type: ignore[union-attr]
    for n in range(60):
        clock.tick(at=MONDAY + (3 + n) * HOUR)
    late = Entry.objects.filter(matter=matter, verb="unread_late")
    assert late.count() == 2 + 48, "as often as the book says, and then no more"
    read(matter, town.operator, "no", hours=70)
    clock.tick(at=MONDAY + 90 * HOUR)
    assert late.count() == 50
    assert verify.verify(at=MONDAY + 91 * HOUR).breaks == []


@pytest.mark.parametrize("make", [answered, waiting, joint])
def test_a_cry_added_in_whatever_state_waits_to_be_read(town: Town, make: Callable[[Town], Matter]) -> None:
    matter = make(town)
    other = Matter.objects.filter(merged_into=matter).first()
    act((other or matter).pk, "add", {"words": FRENCH}, by=RESIDENT, at=MONDAY + 3 * HOUR)
    matter.refresh_from_db()
    state = matter.state
    assert matter.unread_since == MONDAY + 3 * HOUR
    assert shelf(town.shift_lead, "unread", 4) == (matter.pk,)
    if state == "answered":
        clock.tick(at=MONDAY + 60 * DAY)
        matter.refresh_from_db()
        assert matter.state == "answered", "it does not close by itself while nobody could read it"
        by = of_unit(town, matter.holder)
        act(matter.pk, "read_out", {"words": "道谢", "in_danger": "no"}, by=by, at=MONDAY + 60 * DAY)
        clock.tick(at=MONDAY + 61 * DAY)
        matter.refresh_from_db()
        assert matter.state == "answered", "the days to object begin when it was read"
        clock.tick(at=MONDAY + 120 * DAY)
        matter.refresh_from_db()
        assert matter.state == "closed"


def test_a_cry_into_a_closed_matter_is_kept_although_the_step_is_refused(town: Town) -> None:
    matter = report(0)
    act(matter.pk, "withdraw", {}, by=RESIDENT, at=MONDAY + HOUR)
    for _ in range(2):
        with pytest.raises(Refused):
            act(matter.pk, "add", {"words": FRENCH}, by=RESIDENT, at=MONDAY + 2 * HOUR)
    matter.refresh_from_db()
    assert (matter.state, matter.unread_since) == ("closed", MONDAY + 2 * HOUR)
    assert Words.objects.filter(matter=matter, text=FRENCH).count() == 1, "the same words are kept once"
    assert shelf(town.operator, "unread", 3) == (matter.pk,)
    assert read(matter, town.operator, "yes", hours=4).danger_open


def test_it_is_read_before_it_is_erased_or_joined(town: Town) -> None:
    matter, main = cried(), report(1)
    with pytest.raises(Refused, match="nobody has read yet"):
        act(matter.pk, "merge", {"matter": main.number}, by=town.operator, at=MONDAY + HOUR)
    matters.erase(matter.pk, by=RESIDENT, at=MONDAY + HOUR)
    assert Words.objects.get(matter=matter, turn=1, field="words").text == ARABIC
    read(matter, town.operator, "no", hours=2)
    assert Words.objects.get(matter=matter, turn=1, field="words").text == "", "what waited is done then"


def test_what_was_pressed_before_hides_no_number_of_a_new_cry(town: Town) -> None:
    matter = matters.receive(Report(words=GAS, channel="web", said_of_danger="110"), by=RESIDENT, at=MONDAY)
    assert progress.look(matter.code, "zh", at=MONDAY).called == "110"
    act(matter.pk, "add", {"words": "谢谢"}, by=RESIDENT, at=MONDAY + HOUR)
    assert progress.look(matter.code, "zh", at=MONDAY + HOUR).called == "110"
    act(matter.pk, "add", {"words": "إنه يكسر الباب الآن"}, by=RESIDENT, at=MONDAY + HOUR)
    assert progress.look(matter.code, "zh", at=MONDAY + HOUR).called == ""
    matter.refresh_from_db()
    assert heard.told_of(matter)[2]
