"""A sitting of the joint conference: from the date of the book to the last task; what it must never show to whom."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import icalendar
import pypdfium2
import pytest
from django.test import Client

from tests.desk.people import BOOK_TEXT, ENCODED, MONDAY, Town, of_unit, settle
from tests.desk.test_life import classed, noise
from tests.subjects.test_inspection import CAFE, photo
from wuxiao.desk.audit.verify import verify
from wuxiao.desk.base import actor
from wuxiao.desk.base.actor import RESIDENT, SYSTEM, Actor
from wuxiao.desk.base.errors import Invalid, NotFound, Refused
from wuxiao.desk.case import clock, opening, tale
from wuxiao.desk.case.act import act
from wuxiao.desk.doors import staff
from wuxiao.desk.doors.staff import Appointment
from wuxiao.desk.files import files
from wuxiao.desk.house import house
from wuxiao.desk.look import cases, papers
from wuxiao.desk.matters.progress import look as progress
from wuxiao.desk.publish import acts as publishing
from wuxiao.desk.publish import look as publications
from wuxiao.desk.register import acts as rows
from wuxiao.desk.slots import ask, book, keep
from wuxiao.desk.tasks import acts as tasks
from wuxiao.desk.tasks import look
from wuxiao.desk.town import books
from wuxiao.feeds.calendars import write
from wuxiao.feeds.calendars.views import items
from wuxiao.records.models import (
    AgendaItem,
    Case,
    Conference,
    Document,
    Entry,
    Matter,
    Message,
    Publication,
    Slot,
    Staff,
    Task,
    Words,
)
from wuxiao.records.replayed import same
from wuxiao.rules import hide
from wuxiao.rules.access import Role
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.words import day as said_day
from wuxiao.subjects.conference import acts, asks
from wuxiao.subjects.conference.rules import CONFERENCE, needed, next_sitting
from wuxiao.subjects.inspection.checklists import checklists

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LEAD = "petition_office"
MEMBERS = ("hotline", "police_bureau", "civil_affairs", "natural_resources", "justice", "housing", "urban_mgmt", "eco",
           "sd_qingping")  # fmt: skip
#: Six of ten are there: the quorum of the default book, exactly.
SIX = [LEAD, "hotline", "justice", "housing", "urban_mgmt", "eco"]


def person(town: Town, name: str, role: Role = Role.HANDLER, unit: str = LEAD) -> Actor:
    made, _ = staff.create(name, name, [Appointment(role, unit)], by=SYSTEM, at=MONDAY, encoded=ENCODED)
    town.people[name] = actor.of_staff(made, books.current(MONDAY).book)
    return town.people[name]


@pytest.fixture
def town() -> Town:
    made = settle()
    person(made, "chair", Role.LEAD)
    person(made, "second", Role.LEAD)
    person(made, "clerk")
    return made


def ping_pong(town: Town, **more: Any) -> Matter:
    """A matter three units in turn would not have."""
    matter = classed(town, noise(**more))
    for unit in ("eco", "urban_mgmt", "eco"):
        act(matter.pk, "assign", {"unit": unit}, by=town.operator, at=MONDAY + HOUR)
        matter = act(matter.pk, "refuse", {"reason": "不归我们"}, by=of_unit(town, unit), at=MONDAY + 2 * HOUR)
    assert matter.state == "joint"
    return matter


def crowd(town: Town, parties: int) -> Matter:
    main = classed(town, noise())
    for _ in range(1, parties):
        other = classed(town, noise())
        act(other.pk, "merge", {"matter": main.number}, by=town.operator, at=MONDAY + HOUR)
    return Matter.objects.get(pk=main.pk)


def propose(town: Town, day: str = "2026-09-10", **more: str) -> Case:
    return opening.plan("conference", {"date": day, **more}, by=town.chair, at=MONDAY)


def step(case: Case, verb: str, by: Actor, at: datetime = MONDAY + 3 * DAY, **given: Any) -> Case:
    return act(case.pk, verb, given, by=by, at=at)  # type: ignore[no-any-return]


def sitting(town: Town, *about: Matter, present: list[str] | None = None) -> Case:
    case = propose(town)
    for one in about:
        step(case, "put_on", town.clerk, MONDAY + DAY, item=one.number, brief="谁来管夜里打桩")
    step(case, "convene", town.chair, MONDAY + DAY, date="2026-09-10", time="9:30", place="信访局二楼")
    return step(case, "sit", town.chair, present=SIX if present is None else present)


def decide(town: Town, case: Case, about: Matter, unit: str = "eco", **more: Any) -> Case:
    given = {"item": about.number, "unit": unit, "what": "夜里巡查，叫停打桩", "due": "2026-09-25", **more}
    return step(case, "decide", town.chair, **given)


def page(case: Case, by: Actor, at: datetime = MONDAY + 4 * DAY) -> str:
    seen = cases.view("conference", case.number, by=by, at=at, lang="zh")
    told = [tale.say(e, seen.words, seen.subject, seen.rules.book, "zh", people=seen.people) for e in seen.entries]
    return "\n".join([*(f"{label.zh}：{text.zh}" for label, text in seen.about), *told])


def labels(case: Case, by: Actor) -> list[str]:
    seen = cases.view("conference", case.number, by=by, at=MONDAY + 4 * DAY, lang="zh")
    return [label.zh for label, _ in seen.about if label.zh.startswith("议题")]


def choices(case: Case, verb: str, by: Actor) -> set[str]:
    found = cases.view("conference", case.number, by=by, at=MONDAY + 4 * DAY, lang="zh")
    fields = found.pages.asks(found.case, CONFERENCE.steps[verb], found.rules, by)
    return set(next(one for one in fields if one.name == "item").choices)


def test_a_conference_ends_a_ping_pong(town: Town) -> None:
    matter = ping_pong(town)
    case = propose(town)
    assert choices(case, "put_on", town.clerk) == {matter.number}
    case = sitting_of(town, case, matter)
    case = decide(town, case, matter, co=["urban_mgmt"])
    matter = Matter.objects.get(pk=matter.pk)
    assert (matter.state, matter.holder, matter.decided) == ("handling", "eco", True)
    helping = matter.orders.filter(role="co").values_list("unit", flat=True)
    assert list(helping) == ["urban_mgmt"]
    told = f"决定：{matter.number}由县生态环境局办，2026年9月25日前办完：夜里巡查，叫停打桩"
    assert told in page(case, town.chair, MONDAY + 3 * DAY + HOUR)
    # Nobody but a new decision changes it: not the unit, not a desk, not the shift lead.
    eco, at = of_unit(town, "eco"), MONDAY + 4 * DAY
    no = {"decline_reason": "not_ours", "reply": "不归我们", "channel": "别处"}
    for verb, given, by in (
        ("reassign", {"unit": "housing", "reason": "换"}, town.operator),
        ("decide", {"unit": "housing", "reason": "换"}, town.shift_lead),
        ("decline", no, eco),
        ("merge", {"matter": noise().number}, eco),
    ):
        with pytest.raises(Refused) as refused:
            act(matter.pk, verb, given, by=by, at=at)
        assert refused.value.code in {"not_decided_yet", "not_bound"}, verb
    step(case, "write_up", town.clerk, minutes="会议定了")
    case = step(case, "confirm", town.chair)
    assert case.state == "carrying"
    for unit in ("eco", "urban_mgmt"):
        task = Task.objects.get(unit=unit)
        tasks.act(task.code, "task_take", by=of_unit(town, unit), at=at)
        tasks.act(task.code, "task_done", {"proof": "连查三夜，没有打桩"}, by=of_unit(town, unit), at=at)
        clock.tick(at=at)
    case = Case.objects.get(pk=case.pk)
    assert (case.state, case.outcome) == ("closed", "held")
    assert verify(at=at).breaks == []


def sitting_of(town: Town, case: Case, *about: Matter, present: list[str] | None = None) -> Case:
    for one in about:
        step(case, "put_on", town.clerk, MONDAY + DAY, item=one.number, brief="谁来管夜里打桩")
    step(case, "convene", town.chair, MONDAY + DAY, date="2026-09-10", time="9:30", place="信访局二楼")
    return step(case, "sit", town.chair, present=SIX if present is None else present)


def test_without_a_quorum_nothing_is_decided(town: Town) -> None:
    matter = ping_pong(town)
    case = sitting(town, matter, present=SIX[:5])
    with pytest.raises(Refused) as refused:
        decide(town, case, matter)
    assert refused.value.code == "quorum"
    assert "5家，不足6家" in refused.value.text.zh
    assert Matter.objects.get(pk=matter.pk).state == "joint"
    step(case, "write_up", town.clerk, minutes="人不够，改日再开")
    case = step(case, "confirm", town.chair)
    assert case.state == "closed"
    # What was not dealt with is free for the next sitting, where one more is there.
    again = sitting(town, matter)
    decide(town, again, matter)
    assert Matter.objects.get(pk=matter.pk).holder == "eco"


def called(town: Town, day: str = "2026-09-10") -> Case:
    case = propose(town, day)
    return step(case, "convene", town.chair, MONDAY + DAY, date=day, time="9:30", place="信访局二楼")


def test_nobody_opens_a_sitting_before_its_day_and_one_that_opens_later_says_the_day_it_sat(town: Town) -> None:
    case = called(town)
    midnight = datetime(2026, 9, 10, tzinfo=SHANGHAI)
    with pytest.raises(Refused) as refused:
        step(case, "sit", town.chair, midnight - timedelta(seconds=1), present=SIX)
    assert refused.value.code == "on_its_day"
    assert "2026年9月10日" in refused.value.text.zh
    # Called for half past nine: half an hour before it may begin, and not a second sooner.
    nine = midnight.replace(hour=9)
    with pytest.raises(Refused) as early:
        step(case, "sit", town.chair, nine - timedelta(seconds=1), present=SIX)
    assert (early.value.code, "09:30" in early.value.text.zh) == ("on_its_hour", True)
    step(case, "sit", town.chair, nine, present=SIX)
    assert Conference.objects.get(matter=case).sits_on == date(2026, 9, 10)
    late = called(town, "2026-09-11")
    after = step(late, "sit", town.chair, datetime(2026, 9, 14, 15, tzinfo=SHANGHAI), present=SIX)
    assert (after.title, Conference.objects.get(matter=late).sits_on) == ("2026-09-14", date(2026, 9, 14))
    hour = asks.hour_of(after)
    assert hour is not None
    assert f"{hour.starts_at.astimezone(SHANGHAI):%m-%d %H:%M}" == "09-14 09:30"
    written = step(late, "write_up", town.clerk, datetime(2026, 9, 14, 16, tzinfo=SHANGHAI), minutes="定了")
    step(written, "confirm", town.chair, datetime(2026, 9, 14, 17, tzinfo=SHANGHAI))
    assert verify(at=datetime(2026, 9, 14, 18, tzinfo=SHANGHAI)).breaks == []


def test_a_sitting_is_not_called_for_an_hour_that_is_past(town: Town) -> None:
    case = propose(town)
    half_past_ten = datetime(2026, 9, 10, 10, 30, tzinfo=SHANGHAI)
    given = {"date": "2026-09-10", "place": "二楼"}
    with pytest.raises(Invalid) as wrong:
        step(case, "convene", town.chair, half_past_ten, time="10:29", **given)
    assert list(wrong.value.fields) == ["time"]
    step(case, "convene", town.chair, half_past_ten, time="10:30", **given)


def waits(by: Actor) -> int:
    return cases.waiting(by=by, at=MONDAY + 3 * DAY).get("conference", 0)


def test_whoever_a_sitting_waits_for_reads_so_beside_its_name(town: Town) -> None:
    eco, lead_of_eco = of_unit(town, "eco"), of_unit(town, "eco", Role.LEAD)
    outsider = of_unit(town, "health")
    everybody = (town.chair, town.clerk, eco, lead_of_eco, outsider)
    assert [waits(one) for one in everybody] == [0, 0, 0, 0, 0]
    case = propose(town)
    assert [waits(one) for one in everybody] == [1, 0, 0, 0, 0], "the chair is to convene it"
    step(case, "convene", town.chair, MONDAY + DAY, date="2026-09-10", time="9:30", place="二楼")
    assert [waits(one) for one in everybody] == [0, 0, 1, 1, 0], "a member is to say whether it comes"
    step(case, "answer", eco, MONDAY + DAY, unit="eco", answer="come")
    assert [waits(one) for one in everybody] == [0, 0, 0, 0, 0]
    step(case, "sit", town.chair, present=SIX)
    assert [waits(one) for one in everybody] == [1, 1, 0, 0, 0], "it is dealt with and written up"
    step(case, "write_up", town.clerk, minutes="定了")
    assert [waits(one) for one in everybody] == [1, 0, 0, 0, 0], "and confirmed"
    assert [one.pk for one in cases.page("conference", by=town.chair, at=MONDAY + 3 * DAY, mine=True).cases] == [
        case.pk
    ]
    step(case, "confirm", town.chair)
    assert [waits(one) for one in everybody] == [0, 0, 0, 0, 0]
    assert verify(at=MONDAY + 4 * DAY).breaks == []


def test_minutes_that_were_wrong_are_corrected_and_the_new_paper_replaces_the_old(town: Town) -> None:
    matter = ping_pong(town)
    case = sitting(town, matter)
    decide(town, case, matter)
    step(case, "write_up", town.clerk, minutes="写错了日子")
    case = step(case, "confirm", town.chair)
    assert case.state == "carrying"
    first = Document.objects.get(matter=case)
    with pytest.raises(Refused):
        step(case, "correct", town.clerk, reason="日子写错了")
    case = step(case, "correct", town.chair, reason="日子写错了")
    assert case.state == "minutes"
    step(case, "write_up", town.clerk, minutes="日子改对了")
    case = step(case, "confirm", town.chair)
    assert case.state == "carrying"
    first.refresh_from_db()
    second = Document.objects.exclude(pk=first.pk).get(matter=case)
    assert (first.state, second.state) == ("replaced", "live")
    assert verify(at=MONDAY + 4 * DAY).breaks == []


def test_a_new_decision_takes_the_place_of_the_old(town: Town) -> None:
    matter = ping_pong(town)
    first = sitting(town, matter)
    decide(town, first, matter, co=["urban_mgmt"])
    with pytest.raises(Invalid):
        decide(town, first, matter, unit="housing")
    step(first, "write_up", town.clerk, minutes="定了")
    step(first, "confirm", town.chair)
    second = propose(town, "2026-09-17")
    assert matter.number not in choices(second, "put_on", town.clerk), "what was decided is not proposed again"
    step(second, "put_on", town.chair, MONDAY + 5 * DAY, number=matter.number, brief="环保局说不是工地")
    step(second, "convene", town.chair, MONDAY + 5 * DAY, date="2026-09-17", place="上午")
    at = MONDAY + 10 * DAY
    step(second, "sit", town.chair, at, present=SIX)
    given = {"item": matter.number, "unit": "urban_mgmt", "what": "每晚巡查", "due": "2026-10-12"}
    step(second, "decide", town.chair, at, **given)
    matter = Matter.objects.get(pk=matter.pk)
    assert (matter.state, matter.holder, matter.decided) == ("handling", "urban_mgmt", True)
    book = books.current(at).book
    assert [one.unit for one in look.standing(book)] == ["urban_mgmt"], "the tasks of before are over"
    old = Task.objects.get(unit="eco")
    with pytest.raises(Refused) as refused:
        tasks.act(old.code, "task_take", by=of_unit(town, "eco"), at=at)
    assert refused.value.code == "stands"
    clock.tick(at=at)
    assert Case.objects.get(pk=first.pk).state == "closed", "nothing of it is left to do"
    assert verify(at=at).breaks == []


def test_a_matter_of_so_many_parties_is_collective_and_is_looked_back_at(town: Town) -> None:
    four, five = crowd(town, 4), crowd(town, 5)
    case = propose(town)
    assert choices(case, "put_on", town.clerk) == {five.number}, "four are not five"
    assert [one.why for one in asks.proposed(case, books.current(MONDAY), town.clerk)] == ["collective"]
    at = MONDAY + DAY
    for matter in (four, five):
        act(matter.pk, "assign", {"unit": "eco"}, by=town.operator, at=at)
        act(matter.pk, "accept", {}, by=of_unit(town, "eco"), at=at)
        given = {
            "evidence": next(iter(books.current(at).book.evidence_kinds)),
            "reply": "已叫停夜间施工。",
            "ticked": ["0"],
        }
        act(matter.pk, "answer", given, by=of_unit(town, "eco"), at=at)
    clock.tick(at=at + 60 * DAY)
    assert set(Matter.objects.filter(pk__in=[four.pk, five.pk]).values_list("state", flat=True)) == {"closed"}
    task = Task.objects.get()
    assert (task.kind, task.matter_id, task.unit) == ("review", five.pk, "eco")
    eco, at = of_unit(town, "eco"), at + 61 * DAY
    tasks.act(task.code, "task_take", by=eco, at=at)
    answers = {"known": "9月7日起五件反映", "promised": "环保局答应当晚叫停", "changed": "夜间施工要先公示"}
    with pytest.raises(Invalid) as said:
        tasks.act(task.code, "task_done", answers, by=eco, at=at)
    assert set(said.value.fields) == {"earlier"}
    tasks.act(task.code, "task_done", {**answers, "earlier": "第二件反映时就该去看"}, by=eco, at=at)
    entry = Entry.objects.get(matter_id=five.pk, verb="task_done")
    assert (entry.facts["form"], entry.facts["version"], len(entry.facts["digest"])) == ("after_action", "1", 64)
    assert set(entry.texts) == {*answers, "earlier"}
    assert not entry.seen, "the requesters read nothing of it"
    assert verify(at=at).breaks == []


def test_who_had_a_matter_that_is_kept_from_them_by_its_end_is_not_who_looks_back(town: Town) -> None:
    five, at = crowd(town, 5), MONDAY + DAY
    act(five.pk, "assign", {"unit": "eco"}, by=town.operator, at=at)
    act(five.pk, "accept", {}, by=of_unit(town, "eco"), at=at)
    case, rules = Case.objects.get(pk=five.pk), books.current(at)
    # As it stands where secrecy came with the very step that ended it: nobody has taken it over any more.
    case.hidden_units = hide.pack(frozenset({"eco"}))
    assert (case.holder, case.hidden) == ("eco", {"eco"})
    acts.ended(case, rules, at)
    task = Task.objects.get(kind="review", matter_id=five.pk)
    assert task.unit == hide.instead(rules.book, case.hidden, "eco")
    assert task.unit not in {"eco", ""}
    assert not hide.barred(rules.book, case.hidden, task.unit)
    acts.ended(case, rules, at)
    assert Task.objects.filter(kind="review").count() == 1, "once"


def test_what_is_kept_from_a_member_never_reaches_it(town: Town) -> None:
    """A matter about the housing bureau: no proposal, item, count, word, task or gap of it in an ordinary sitting."""
    secret, other = ping_pong_about(town, "housing"), ping_pong(town)
    case = propose(town)
    assert choices(case, "put_on", town.clerk) == {other.number}
    with pytest.raises(Invalid):
        step(case, "put_on", town.clerk, item=secret.number, brief="x")
    with pytest.raises(Invalid) as said:
        step(case, "put_on", town.chair, number=secret.number, brief="x")
    assert "number" in said.value.fields
    # A small circle, without that member: it is called by whoever sees the matter.
    small = small_circle(town, secret)
    part = Conference.objects.get(matter_id=small.pk)
    assert "housing" not in part.members
    assert "eco" in part.members
    housing = of_unit(town, "housing")
    with pytest.raises(NotFound):
        cases.view("conference", small.number, by=housing, at=MONDAY, lang="zh")
    assert [one.number for one in cases.page("conference", by=housing, at=MONDAY).cases] == [case.number]


def ping_pong_about(town: Town, unit: str) -> Matter:
    matter = classed(town, noise(about=(unit,)))
    for one in ("eco", "urban_mgmt", "eco"):
        act(matter.pk, "assign", {"unit": one}, by=town.operator, at=MONDAY + HOUR)
        matter = act(matter.pk, "refuse", {"reason": "不归我们"}, by=of_unit(town, one), at=MONDAY + 2 * HOUR)
    return matter


def small_circle(town: Town, matter: Matter) -> Case:
    return opening.plan("conference", {"date": "2026-09-11", "kept": matter.number}, by=town.chair, at=MONDAY)


def test_what_a_small_circle_decides_stays_in_it(town: Town) -> None:
    secret = ping_pong_about(town, "housing")
    case = small_circle(town, secret)
    case = sitting_of(town, case, secret, present=[*(u for u in SIX if u != "housing"), "civil_affairs"])
    decide(town, case, secret)
    matter = Matter.objects.get(pk=secret.pk)
    assert (matter.state, matter.holder) == ("handling", "eco")
    task = Task.objects.get()
    assert tasks.act(task.code, "task_take", by=of_unit(town, "eco"), at=MONDAY + 4 * DAY).state == "doing"
    lead = of_unit(town, "eco", Role.LEAD)
    asked = look.asks(task, look.TASK.steps["task_hand_on"], books.current(MONDAY))
    assert "housing" not in asked[0].choices
    assert "urban_mgmt" in asked[0].choices
    with pytest.raises(NotFound):
        look.find(task.code, by=of_unit(town, "housing"), at=MONDAY + 4 * DAY)
    assert look.find(task.code, by=lead, at=MONDAY + 4 * DAY).pk == task.pk
    step(case, "write_up", town.clerk, minutes="定了")
    step(case, "confirm", town.chair)
    with pytest.raises(Refused) as refused:
        step(case, "draft", town.clerk, digest="联席会议开过了。")
    assert refused.value.code == "in_public"


def test_minutes_that_are_kept_from_a_member_leave_no_gap_in_the_numbers_it_reads(
    town: Town, settings: Any, tmp_path: Path
) -> None:
    settings.FILES_DIR = tmp_path / "files"

    def confirmed(case: Case) -> str:
        step(case, "write_up", town.clerk, minutes="定了")
        step(case, "confirm", town.chair)
        return Document.objects.get(matter_id=case.pk).number

    secret = ping_pong_about(town, "housing")
    small = small_circle(town, secret)
    small = sitting_of(town, small, secret, present=[*(u for u in SIX if u != "housing"), "civil_affairs"])
    drawn = [confirmed(small)]
    numbers = [confirmed(sitting(town, ping_pong(town)))]
    later = ping_pong(town)
    case = sitting(town, later)
    act(later.pk, "shield", {"unit": "housing"}, by=actor.RESIDENT, at=MONDAY + 4 * DAY)
    drawn.append(confirmed(case))
    numbers.append(confirmed(sitting(town, ping_pong(town))))
    assert numbers == ["纪要〔2026〕1号", "纪要〔2026〕2号"]
    for one in drawn:
        found = re.fullmatch(r"纪要〔2026〕(\d{6})号", one)
        assert found is not None
        assert int(found[1]) >= 500_000
    assert drawn[0] != drawn[1]
    assert verify(at=MONDAY + 5 * DAY).breaks == []


def test_kept_from_a_member_later_it_goes_out_of_its_sight_and_leaves_no_gap(town: Town) -> None:
    first, second = ping_pong(town), ping_pong(town)
    case = sitting(town, first, second)
    decide(town, case, first)
    step(case, "write_up", town.clerk, minutes=f"先议{first.number}")
    housing = of_unit(town, "housing")
    before = page(case, housing)
    assert first.number in before
    assert second.number in before
    act(first.pk, "shield", {"unit": "housing"}, by=actor.RESIDENT, at=MONDAY + 4 * DAY)
    assert "housing" in Matter.objects.get(pk=first.pk).hidden
    after = page(case, housing)
    assert first.number not in after
    assert second.number in after
    assert labels(case, housing) == ["议题1"], "counted for whoever reads"
    assert labels(case, town.chair) == ["议题1", "议题2"]
    assert "夜里巡查" not in after
    assert "纪要" not in after, "one text of all cannot be read in part"
    assert first.number in page(case, town.chair)


def test_the_draft_of_the_minutes_leaves_out_what_was_kept_from_a_member_later(town: Town) -> None:
    first, second = ping_pong(town), ping_pong(town)
    case = sitting(town, first, second)
    assert {first.number, second.number} <= set(re.findall(r"\d\. (\S+)", asks.drafted(case, town.clerk)))
    act(first.pk, "shield", {"unit": "housing"}, by=actor.RESIDENT, at=MONDAY + 3 * DAY)
    drafted = asks.drafted(Case.objects.get(pk=case.pk), town.clerk)
    assert first.number not in drafted
    assert f"1. {second.number}" in drafted, "counted for whoever reads"


# -- the hour of a sitting ---------------------------------------------------------------------------------------------


def feed(who: Actor, at: datetime = MONDAY) -> list[Any]:
    """What stands in somebody's calendar, read by another library."""
    assert who.staff_id is not None
    assert who.viewer is not None
    slots = ask.of_staff(who.staff_id, sorted(who.viewer.units), at=at)
    book = books.current(at).book
    content = write.feed("日程", items(slots, book), at=at, lang="zh")
    return list(icalendar.Calendar.from_ical(content).walk("VEVENT"))


def with_places(places: int) -> str:
    return BOOK_TEXT.replace("places = 12\nhour = 9", f"places = {places}\nhour = 9")


def test_an_agenda_takes_so_many_items_and_names_the_sittings_that_have_room(town: Town) -> None:
    books.adopt(with_places(2), name="two", effective_from=MONDAY, by=SYSTEM, at=MONDAY - DAY)
    books.forget()
    case, three = propose(town), [ping_pong(town) for _ in range(3)]
    for one in three[:2]:
        step(case, "put_on", town.clerk, MONDAY + DAY, item=one.number, brief="谁来管")
    with pytest.raises(Refused) as refused:
        step(case, "put_on", town.clerk, MONDAY + DAY, item=three[2].number, brief="谁来管")
    assert refused.value.code == "full"
    assert refused.value.text.zh == "这次会的议程满了；请另提一次会期"
    assert AgendaItem.objects.filter(about=three[2]).count() == 0
    other = propose(town, "2026-09-15")
    with pytest.raises(Refused) as refused:
        step(case, "put_on", town.clerk, MONDAY + DAY, item=three[2].number, brief="谁来管")
    assert refused.value.text.zh == "这次会的议程满了；可以列入2026年9月15日的会"
    step(other, "put_on", town.clerk, MONDAY + DAY, item=three[2].number, brief="谁来管")
    # Who is left off gives the place back, once; what was only proposed held none.
    step(case, "leave_off", town.clerk, MONDAY + DAY, item=three[0].number, reason="已经谈妥")
    fourth = ping_pong(town)
    step(case, "leave_off", town.clerk, MONDAY + DAY, item=fourth.number, reason="先不议")
    slot = Slot.objects.get(case=case)
    assert (slot.taken, slot.capacity) == (1, 2)
    step(case, "put_on", town.clerk, MONDAY + DAY, number=three[0].number, brief="又谈崩了")
    assert Slot.objects.get(case=case).taken == 2
    assert verify(at=MONDAY + DAY).breaks == []
    Slot.objects.filter(pk=slot.pk).update(taken=1)
    assert [one.where for one in verify(at=MONDAY + DAY).breaks] == [f"conference:{slot.pk}"]


def test_a_sitting_stands_in_the_calendars_of_its_members_once_it_is_convened(town: Town) -> None:
    eco, outside = of_unit(town, "eco"), of_unit(town, "education")
    case = propose(town)
    assert [len(feed(one)) for one in (town.chair, eco, outside)] == [1, 0, 0]
    step(case, "convene", town.chair, MONDAY + DAY, date="2026-09-10", time="９：30", place="信访局二楼")
    (one,) = feed(eco)
    assert (str(one["SUMMARY"]), str(one["LOCATION"])) == ("联席会议", "信访局二楼")
    assert one["DTSTART"].dt == datetime(2026, 9, 10, 9, 30, tzinfo=SHANGHAI)
    assert one["DTEND"].dt - one["DTSTART"].dt == 2 * HOUR
    first = int(one["SEQUENCE"])
    step(case, "put_off", town.chair, MONDAY + DAY, date="2026-09-11", reason="下大雨")
    # Whoever was called has it on the new day at once, before it is called anew.
    assert [len(feed(one)) for one in (town.chair, eco, outside)] == [1, 1, 0]
    assert feed(eco)[0]["DTSTART"].dt == datetime(2026, 9, 11, 9, 30, tzinfo=SHANGHAI)
    step(case, "convene", town.chair, MONDAY + DAY, date="2026-09-11", place="一楼")
    (again,) = feed(eco)
    assert (again["UID"], int(again["SEQUENCE"]) > first) == (one["UID"], True)
    assert again["DTSTART"].dt == datetime(2026, 9, 11, 9, 30, tzinfo=SHANGHAI), "the hour stays as it was"
    step(case, "drop", town.chair, MONDAY + DAY, reason="没有要议的")
    assert [str(e["STATUS"]) for e in feed(eco)] == ["CANCELLED"]
    assert feed(outside) == []
    assert verify(at=MONDAY + DAY).breaks == []


def test_a_small_circle_stands_in_no_calendar_of_whom_it_is_kept_from(town: Town) -> None:
    small = small_circle(town, ping_pong_about(town, "housing"))
    step(small, "convene", town.chair, MONDAY + DAY, date="2026-09-11", place="一楼")
    assert [len(feed(of_unit(town, unit))) for unit in ("eco", "housing")] == [1, 0]
    # Nor is it named to anybody whose agenda is full.
    assert asks.others_with_room(propose(town), town.chair, MONDAY) == []


@pytest.mark.parametrize("typed", ["25:00", "9点", "上午", "09:30+08:00", "-1:00", "9:3:2:1"])
def test_a_time_that_is_none_is_said(town: Town, typed: str) -> None:
    case = propose(town)
    with pytest.raises(Invalid) as wrong:
        step(case, "convene", town.chair, MONDAY + DAY, date="2026-09-10", time=typed, place="二楼")
    assert wrong.value.fields["time"].zh == "请写几点几分，例如 09:30"
    assert Case.objects.get(pk=case.pk).state == "proposed"


def test_without_a_time_it_begins_at_the_hour_of_the_book(town: Town) -> None:
    case = propose(town)
    step(case, "convene", town.chair, MONDAY + DAY, date="2026-09-10", place="二楼")
    assert Slot.objects.get(case=case).starts_at == datetime(2026, 9, 10, 9, tzinfo=SHANGHAI)
    assert "召集2026年9月10日 09:00开会：二楼" in page(case, town.chair)


def test_a_sitting_from_before_it_had_an_hour_begins_at_the_hour_of_the_book_and_takes_what_it_is_given(
    town: Town,
) -> None:
    books.adopt(with_places(1), name="one", effective_from=MONDAY, by=SYSTEM, at=MONDAY - DAY)
    books.forget()
    case, two = propose(town), [ping_pong(town) for _ in range(2)]
    Slot.objects.filter(case=case).delete()
    for one in two:
        step(case, "put_on", town.clerk, MONDAY + DAY, item=one.number, brief="谁来管")
    step(case, "put_off", town.chair, MONDAY + DAY, date="2026-09-11", reason="下大雨")
    step(case, "convene", town.chair, MONDAY + DAY, date="2026-09-11", place="二楼")
    assert Case.objects.get(pk=case.pk).place == "09:00 二楼"
    assert AgendaItem.objects.filter(matter_id=case.pk, state="on").count() == 2
    assert not Slot.objects.filter(case=case).exists()


def test_nobody_books_moves_or_cancels_the_hour_of_a_sitting_from_outside(town: Town) -> None:
    case, matter = propose(town), ping_pong(town)
    slot = Slot.objects.get(case=case)
    with pytest.raises(Refused):
        book.book(matter.pk, slot.pk, by=RESIDENT, at=MONDAY)
    for do in (
        lambda: ask.mine(slot.pk, by=town.chair),
        lambda: keep.cancel(slot.pk, "不开了", by=town.chair, at=MONDAY),
        lambda: keep.change(slot.pk, keep.Hours(MONDAY + DAY, MONDAY + 2 * DAY), place="x", by=town.chair, at=MONDAY),
    ):
        with pytest.raises(NotFound):
            do()
    slot.refresh_from_db()
    assert (slot.state, slot.taken) == ("open", 0)


def test_members_are_invited_and_answer_for_their_own_unit(town: Town) -> None:
    case = propose(town)
    eco, stranger = of_unit(town, "eco"), of_unit(town, "health")
    with pytest.raises(Refused):
        step(case, "answer", eco, unit="eco", answer="come")
    step(case, "convene", town.chair, MONDAY + DAY, date="2026-09-10", place="上午")
    step(case, "answer", eco, MONDAY + DAY, unit="eco", answer="cannot")
    step(case, "answer", eco, MONDAY + DAY, unit="eco", answer="deputy")
    assert "县生态环境局（派人代为参加）" in page(case, eco)
    with pytest.raises(Invalid) as said:
        step(case, "answer", eco, MONDAY + DAY, unit="justice", answer="come")
    assert "unit" in said.value.fields
    with pytest.raises(NotFound):
        step(case, "answer", stranger, MONDAY + DAY, unit="health", answer="come")
    seen = cases.view("conference", case.number, by=town.chair, at=MONDAY + DAY, lang="zh")
    assert asks.stands(seen.case, CONFERENCE.steps["sit"], town.chair)["present"] == ["eco"]
    step(case, "put_off", town.chair, MONDAY + DAY, date="2026-09-11", reason="下大雨")
    assert "派人代为参加" not in page(case, eco).split("答复")[0], "for another day everybody is asked anew"
    assert verify(at=MONDAY + DAY).breaks == []


def test_the_units_that_have_an_address_are_written_to_without_a_word_of_it(town: Town) -> None:
    at = MONDAY - DAY
    text = BOOK_TEXT.replace('phone = "0990-5550014"', 'phone = "0990-5550014", mail = "eco@example.org"')
    unit = next(u for u in books.current(MONDAY).book.units.values() if u.phone == "0990-5550014")
    assert text != BOOK_TEXT
    books.adopt(text, name="book.toml", effective_from=at, by=SYSTEM, at=at)
    matter = ping_pong(town)
    case = sitting(town, matter)
    told = Message.objects.filter(verb="called")
    assert [one.address for one in told] == (["eco@example.org"] if unit.code in MEMBERS else [])
    decide(town, case, matter, unit=unit.code)
    given = Message.objects.get(verb="task")
    assert given.address == "eco@example.org"
    assert matter.number not in given.text
    assert "/staff/tasks" in given.text


def test_the_minutes_are_confirmed_by_another_lead_than_wrote_them(town: Town) -> None:
    case = sitting(town, ping_pong(town))
    with pytest.raises(Refused):
        step(case, "confirm", town.chair)
    step(case, "write_up", town.chair, minutes="没有作决定")
    for by in (town.chair, town.clerk, of_unit(town, "eco", Role.LEAD)):
        with pytest.raises(Refused) as refused:
            step(case, "confirm", by)
        assert refused.value.code == "who"
    assert asks.minutes(case) == "没有作决定"
    assert step(case, "confirm", town.second).state == "closed"


def test_the_digest_names_no_person_no_place_and_no_few_and_goes_out_by_a_second(town: Town) -> None:
    matter = ping_pong(town)
    case = sitting(town, matter)
    decide(town, case, matter)
    step(case, "write_up", town.clerk, minutes="定了")
    step(case, "confirm", town.chair)
    drafted = asks.stands(case, CONFERENCE.steps["draft"], town.chair)
    assert "施工噪声的事，由县生态环境局主办，2026年9月25日前办完" in drafted["digest"]
    assert "25 Sep 2026" in drafted["digest_en"]
    for bad in (
        f"议了{matter.number}。",
        "联系人张建国。",
        "电话13912345678，请联系。",
        "涉及3户居民。",
        "来访的有两人。",
        "清平路8号2栋301室的水管。",
    ):
        with pytest.raises(Invalid) as said:
            step(case, "draft", town.chair, digest=bad)
        assert "digest" in said.value.fields, bad
    step(case, "draft", town.chair, **drafted)
    at = MONDAY + 5 * DAY
    assert publications.shown("digest", at=at) == []
    with pytest.raises(Refused):
        step(case, "release", town.chair, at)
    step(case, "release", town.second, at)
    shown = publications.shown("digest", at=at)
    assert [one.text.zh for one in shown] == [drafted["digest"]]
    assert shown[0].title.en == "Joint conference of 10 Sep 2026: digest"
    with pytest.raises(Refused) as refused:
        step(case, "draft", town.chair, at, **drafted)
    assert refused.value.code == "not_out"
    step(case, "take_down", town.chair, at, reason="日期写错了")
    assert publications.shown("digest", at=at) == []
    step(case, "draft", town.second, at, **drafted)
    step(case, "release", town.chair, at)
    assert len(publications.shown("digest", at=at)) == 1
    assert verify(at=at).breaks == []


def with_one_kept_from_the_lead(town: Town, *, to: str) -> tuple[Case, Matter, Matter]:
    """A sitting about two matters, written up with the number of the first; `to` says how far it got."""
    first, second = ping_pong(town), ping_pong(town)
    case = sitting(town, first, second)
    for one in (first, second):
        decide(town, case, one)
    step(case, "write_up", town.clerk, minutes=f"先议{first.number}，地窖冒烟")
    if to != "minutes":
        step(case, "confirm", town.chair)
        step(case, "draft", town.chair, digest="地窖冒烟的事，由县生态环境局主办。")
    if to == "out":
        step(case, "release", town.second, MONDAY + 4 * DAY)
    return case, first, second


def bodies(case: Case, by: Actor) -> dict[str, str]:
    Staff.objects.update(must_change_password=False)
    client = Client()
    client.force_login(Staff.objects.get(pk=by.staff_id))
    rows = Publication.objects.values_list("row__code", flat=True)
    paths = [f"/staff/c/conference/{case.number}", "/staff/t/digest", *(f"/staff/t/digest/{code}" for code in rows)]
    return {path: client.get(path).content.decode() for path in paths}


def test_kept_from_the_lead_body_later_no_form_and_no_text_of_it_shows_it(town: Town) -> None:
    case, first, second = with_one_kept_from_the_lead(town, to="minutes")
    assert first.number in bodies(case, town.chair)[f"/staff/c/conference/{case.number}"]
    act(first.pk, "shield", {"unit": LEAD}, by=actor.RESIDENT, at=MONDAY + 4 * DAY)
    for name in ("chair", "second", "clerk"):
        for path, body in bodies(case, town.people[name]).items():
            assert first.number not in body, (name, path)
            assert "地窖冒烟" not in body, (name, path)
        begun = asks.stands(Case.objects.get(pk=case.pk), CONFERENCE.steps["write_up"], town.people[name])["minutes"]
        assert (first.number in begun, second.number in begun) == (False, True)


@pytest.mark.parametrize("to", ["drafted", "out"])
def test_a_digest_goes_out_of_sight_when_what_it_tells_of_is_kept_from_somebody(town: Town, to: str) -> None:
    case, first, second = with_one_kept_from_the_lead(town, to=to)
    at = MONDAY + 5 * DAY
    code = Conference.objects.get(matter_id=case.pk).digest
    assert len(publications.shown("digest", at=at)) == (to == "out")
    act(first.pk, "shield", {"unit": LEAD}, by=actor.RESIDENT, at=at)
    assert publications.shown("digest", at=at) == []
    with pytest.raises(NotFound):
        publications.shown_one(code, at=at)
    for path, body in bodies(case, town.second).items():
        assert "地窖冒烟" not in body, path
    version = Publication.objects.select_related("row").get(row__code=code).row.version
    with pytest.raises(Refused):
        publishing.release(code, version=version, by=town.second, at=at)
    with pytest.raises(Refused):
        step(case, "release", town.second, at)
    # What may still be said is drafted anew; a form from before the hiding names nothing of which all is kept.
    begun = asks.stands(Case.objects.get(pk=case.pk), CONFERENCE.steps["draft"], town.chair)
    assert begun["digest"].count("主办") == 1
    act(second.pk, "shield", {"unit": LEAD}, by=actor.RESIDENT, at=at)
    with pytest.raises(Invalid) as said:
        step(case, "draft", town.chair, at, digest=begun["digest"])
    assert "施工噪声" in said.value.fields["digest"].zh
    step(case, "draft", town.chair, at, digest="联席会议开过了。")
    step(case, "release", town.second, at)
    assert [one.text.zh for one in publications.shown("digest", at=at)] == ["联席会议开过了。"]
    assert verify(at=at).breaks == []


def test_no_other_door_lets_a_digest_say_what_the_sitting_refuses(town: Town) -> None:
    case, first, _ = with_one_kept_from_the_lead(town, to="drafted")
    code = Conference.objects.get(matter_id=case.pk).digest
    at, good = MONDAY + 4 * DAY, {"title": "联席会议摘要", "text": "会开过了。", "unit": LEAD, "audience": "public"}
    ways = {
        "text": f"议了{first.number}。",
        "title": "联系人张建国",
        "law": "电话13912345678",
        "title_en": "Call 13912345678",
    }
    for name, bad in ways.items():
        given = good | {name: bad} | ({"text_en": "It sat."} if name == "title_en" else {})
        with pytest.raises(Invalid) as said:
            publishing.revise(code, given, version=1, by=town.chair, at=at)
        assert list(said.value.fields) == [name]
    with pytest.raises(Refused) as refused:
        publishing.propose("digest", "联席会议摘要", "会开过了。", by=town.chair, at=at, unit=LEAD)
    assert refused.value.code == "guarded"
    publishing.revise(code, good, version=1, by=town.chair, at=at)
    # Written in the table as it must never be: whoever releases it has it read anew.
    Words.objects.filter(row__code=code, turn=2, field="text").update(text=ways["text"])
    with pytest.raises(Invalid):
        publishing.release(code, version=2, by=town.second, at=at)
    Words.objects.filter(row__code=code, turn=2, field="text").update(text=good["text"])
    publishing.release(code, version=2, by=town.second, at=at)
    assert [one.text.zh for one in publications.shown("digest", at=at)] == ["会开过了。"]
    # In a further language the same is asked; and what is hidden later is called in, whichever door it came by.
    with pytest.raises(Invalid):
        publishing.judge_foreign(code, "text", f"{first.number} 13912345678")
    act(first.pk, "shield", {"unit": LEAD}, by=actor.RESIDENT, at=MONDAY + 5 * DAY)
    assert publications.shown("digest", at=MONDAY + 5 * DAY) == []


def test_a_small_circle_has_no_digest_by_any_door(town: Town) -> None:
    case, _, _ = with_one_kept_from_the_lead(town, to="drafted")
    code = Conference.objects.get(matter_id=case.pk).digest
    publishing.release(code, version=1, by=town.second, at=MONDAY + 4 * DAY)
    assert len(publications.shown("digest", at=MONDAY + 4 * DAY)) == 1
    Case.objects.filter(pk=case.pk).update(hidden_units=",housing,", hidden_own=",housing,")
    given = {"title": "摘要", "text": "会开过了。", "unit": LEAD, "audience": "public"}
    with pytest.raises(Refused) as refused:
        publishing.revise(code, given, version=2, by=town.chair, at=MONDAY + 5 * DAY)
    assert refused.value.code == "in_public"


def test_the_page_of_texts_says_where_a_digest_is_written(town: Town) -> None:
    case, _, _ = with_one_kept_from_the_lead(town, to="drafted")
    code = Conference.objects.get(matter_id=case.pk).digest
    Staff.objects.update(must_change_password=False)
    client = Client()
    client.force_login(Staff.objects.get(pk=town.chair.staff_id))
    body = client.get("/staff/t/digest").content.decode()
    assert "在那次联席会议的页面上起草" in body
    assert "/staff/t/digest/new" not in body
    assert "/staff/t/knowledge/new" in client.get("/staff/t/knowledge").content.decode()
    typed = {"title": "摘要", "text": "电话13912345678", "unit": LEAD, "audience": "public", "version": "1"}
    made = client.post("/staff/t/digest/new", typed)
    assert made.status_code == 403
    assert Publication.objects.count() == 1
    wrong = client.post(f"/staff/t/digest/{code}/change", typed)
    assert wrong.status_code == 400
    assert "公开的摘要里不能有“13912345678”" in wrong.content.decode()


def test_a_count_in_a_digest_is_refused_up_to_the_floor_of_the_book(town: Town) -> None:
    case = sitting(town, ping_pong(town))
    step(case, "write_up", town.clerk, minutes="定了")
    step(case, "confirm", town.chair)
    assert books.current(MONDAY).book.suppress_below == 5
    for few in ("涉及4户居民。", "来了四人。"):
        with pytest.raises(Invalid) as said:
            step(case, "draft", town.chair, digest=few)
        assert few[2:4] in said.value.fields["digest"].zh
    step(case, "draft", town.chair, digest="涉及5户居民，来了五人。")
    assert asks.digest(Case.objects.get(pk=case.pk)).zh == "涉及5户居民，来了五人。"


def test_the_house_proposes_the_day_of_the_book_once_and_passes_over_days_off(town: Town) -> None:
    rules = books.current(MONDAY)
    assert next_sitting(date(2026, 9, 7), 1, 2, rules.calendar) == date(2026, 10, 8), "1 to 7 October are days off"
    assert next_sitting(date(2026, 8, 31), 1, 2, rules.calendar) == date(2026, 9, 1)
    assert next_sitting(date(2026, 9, 1), 1, 2, rules.calendar) == date(2026, 10, 8)
    assert next_sitting(date(2026, 12, 1), 4, 5, rules.calendar) == date(2026, 12, 25)
    assert [needed(n, 60) for n in (1, 5, 10, 11)] == [1, 3, 6, 7]
    early = datetime(2026, 8, 24, 9, tzinfo=SHANGHAI)
    assert acts.keep(early) == 0
    due = datetime(2026, 8, 25, 9, tzinfo=SHANGHAI)
    assert [acts.keep(due), acts.keep(due + HOUR)] == [1, 0]
    case = Case.objects.get(life="conference")
    assert (case.holder, case.state, asks.part_of(case).sits_on) == (LEAD, "proposed", date(2026, 9, 1))
    step(case, "drop", town.chair, due, reason="没有要议的")
    assert acts.keep(due + DAY) == 0, "what was given up is not proposed again"
    assert verify(at=due).breaks == []


def test_what_is_typed_wrong_is_said_and_changes_nothing(town: Town) -> None:
    matter = ping_pong(town)
    for day in ("2026-09-06", "2026-09-12", "2027-09-10", "nonsense", ""):
        with pytest.raises(Invalid) as said:
            propose(town, day)
        assert "date" in said.value.fields, day
    with pytest.raises(Refused):
        opening.plan("conference", {"date": "2026-09-10"}, by=of_unit(town, "eco", Role.LEAD), at=MONDAY)
    case = propose(town)
    for given in ({"brief": "x"}, {"brief": "x", "item": matter.number, "number": matter.number}, {"item": "no"}):
        with pytest.raises(Invalid):
            step(case, "put_on", town.clerk, **given)
    step(case, "leave_off", town.clerk, item=matter.number, reason="等双方先谈")
    assert AgendaItem.objects.get().state == "off"
    step(case, "convene", town.chair, MONDAY + DAY, date="2026-09-10", place="上午")
    with pytest.raises(Invalid) as said:
        step(case, "sit", town.chair, present=SIX[1:])
    assert "present" in said.value.fields, "the lead body is there"
    step(case, "sit", town.chair, present=SIX)
    with pytest.raises(Invalid):
        decide(town, case, matter)
    step(case, "put_on", town.clerk, item=matter.number, brief="谈不拢") if matter.number in choices(
        case, "put_on", town.clerk
    ) else step(case, "put_on", town.chair, number=matter.number, brief="谈不拢")
    turn = Case.objects.get(pk=case.pk).turn
    for given in ({"unit": "housing"}, {"due": "2026-09-01"}, {"unit": "gov2"}, {"what": ""}, {"co": ["tax"]}):
        with pytest.raises(Invalid):
            decide(town, case, matter, **given)
    assert Case.objects.get(pk=case.pk).turn == turn
    assert not Task.objects.exists()
    assert Matter.objects.get(pk=matter.pk).state == "joint"


def test_a_grave_hazard_is_proposed_and_its_decision_binds_no_matter(town: Town) -> None:
    cafe = rows.put_in("premises", CAFE, by=of_unit(town, "ps_qingping"), at=MONDAY)
    given = {"place": cafe.code, "why": "cycle", "date": "2026-09-08"}
    lead = of_unit(town, "ps_qingping", Role.LEAD)
    seen = opening.plan("inspection", given, by=lead, at=MONDAY)
    pair = [str(of_unit(town, "ps_qingping").staff_id), str(lead.staff_id)]
    act(seen.pk, "assign", {"pair": pair}, by=lead, at=MONDAY)
    for one in (lead, of_unit(town, "ps_qingping")):
        act(seen.pk, "arrive", {}, by=one, at=MONDAY)
    answers = {f"q_{one.code}": "no" if one.code == "exits" else "yes" for one in checklists()["fire"].items}
    act(seen.pk, "fill", answers, by=lead, at=MONDAY)
    act(seen.pk, "leave", {"signed": "signed", "due": "2026-09-15"}, by=lead, at=MONDAY)
    trade = Task.objects.get(kind="rectify")
    assert trade.unit == books.current(MONDAY).book.registers["premises"]["net_cafe"].unit
    shown = look.view(trade.code, by=of_unit(town, trade.unit), at=MONDAY + DAY)
    assert "安全出口" in "".join(value.zh for _, value in shown.shows)
    case = propose(town)
    assert choices(case, "put_on", town.clerk) == {seen.number}
    step(case, "put_on", town.clerk, item=seen.number, brief="锁着的门谁去盯")
    step(case, "convene", town.chair, MONDAY + DAY, date="2026-09-10", place="上午")
    step(case, "sit", town.chair, present=SIX)
    given = {"item": seen.number, "unit": "urban_mgmt", "what": "每天去看一次", "due": "2026-09-20"}
    step(case, "decide", town.chair, **given)
    task = Task.objects.get(kind="decision")
    assert (task.binds, task.about_id) == (False, seen.pk)
    assert "场所安全隐患" in asks.digested(case).zh
    # The trade department's part ends with the inspection, whatever came of it.
    act(seen.pk, "sign", {"reports": "报告"}, by=lead, at=MONDAY)
    act(seen.pk, "extend", {"due": "2026-09-18", "reason": "等锁匠"}, by=lead, at=MONDAY)
    assert Task.objects.get(pk=trade.pk).due_on == date(2026, 9, 18)
    files_ = (photo(),)
    act(seen.pk, "gone", {"reason": "关了"}, by=town.supervisor, at=MONDAY + 4 * DAY, uploads=files_)
    book = books.current(MONDAY).book
    assert list(look.standing(book)) == [], "nor is anything left to do of what was decided on it"
    # The sitting is not held up by what need not be done any more.
    step(case, "write_up", town.clerk, MONDAY + 5 * DAY, minutes="定了")
    assert step(case, "confirm", town.chair, MONDAY + 5 * DAY).state == "closed"
    assert verify(at=MONDAY + 5 * DAY).breaks == []


def test_a_sitting_that_waits_for_a_mended_hazard_ends_by_itself(town: Town) -> None:
    lead, other = of_unit(town, "ps_qingping", Role.LEAD), of_unit(town, "ps_qingping")
    cafe = rows.put_in("premises", CAFE, by=other, at=MONDAY)
    seen = opening.plan("inspection", {"place": cafe.code, "why": "cycle", "date": "2026-09-08"}, by=lead, at=MONDAY)
    pair = [str(one.staff_id) for one in (lead, other)]
    act(seen.pk, "assign", {"pair": pair}, by=lead, at=MONDAY)
    for one in (lead, other):
        act(seen.pk, "arrive", {}, by=one, at=MONDAY)
    answers = {f"q_{one.code}": "no" if one.code == "exits" else "yes" for one in checklists()["fire"].items}
    act(seen.pk, "fill", answers, by=lead, at=MONDAY)
    act(seen.pk, "leave", {"signed": "signed", "due": "2026-09-15"}, by=lead, at=MONDAY)
    act(seen.pk, "sign", {"reports": "报告"}, by=lead, at=MONDAY)
    case = propose(town)
    step(case, "put_on", town.clerk, item=seen.number, brief="锁着的门谁去盯")
    step(case, "convene", town.chair, MONDAY + DAY, date="2026-09-10", place="上午")
    step(case, "sit", town.chair, present=SIX)
    given = {"item": seen.number, "unit": "urban_mgmt", "what": "每天去看一次", "due": "2026-09-20"}
    step(case, "decide", town.chair, **given)
    step(case, "write_up", town.clerk, minutes="定了")
    at = MONDAY + 5 * DAY
    assert step(case, "confirm", town.chair, at).state == "carrying"
    clock.tick(at=at)
    assert Case.objects.get(pk=case.pk).state == "carrying", "it is to be done still"
    # The page of the inspection names what the sitting gave, for whoever may read it there; others read nothing of it.
    assert [one.kind for one in look.around(seen, by=town.chair, at=at)] == ["decision", "rectify"]
    assert "decision" not in {one.kind for one in look.around(seen, by=other, at=at)}
    act(seen.pk, "gone", {"reason": "关了"}, by=town.supervisor, at=at, uploads=(photo(),))
    clock.tick(at=at + HOUR)
    assert Case.objects.get(pk=case.pk).state == "closed"
    assert verify(at=at + DAY).breaks == []


def test_whoever_gave_a_task_reaches_it(town: Town) -> None:
    matter = ping_pong(town)
    case = decide(town, sitting(town, matter), matter, co=["urban_mgmt"])
    at = MONDAY + 4 * DAY
    gave = look.given(by=town.chair, at=at)
    assert {one.unit for one in gave} == {"eco", "urban_mgmt"}
    assert look.mine(by=town.chair, at=at) == [], "it is others who do it"
    assert set(look.words(gave).values()) == {"夜里巡查，叫停打桩"}
    assert look.around(case, by=town.chair, at=at) == sorted(gave, key=lambda one: -one.pk)
    (code,) = [one.code for one in gave if one.unit == "eco"]
    assert look.code_of(f" {code.lower()} ", by=town.chair, at=at) == code
    eco, housing = of_unit(town, "eco"), of_unit(town, "civil_affairs")
    assert look.waiting(by=eco, at=at) == 1
    assert look.given(by=eco, at=at) == []
    # Whoever neither gave nor has it does not learn of it.
    stranger = person(town, "stranger", unit="ps_bailu")
    assert look.code_of(code, by=stranger, at=at) == ""
    assert look.given(by=stranger, at=at) == look.mine(by=stranger, at=at) == []
    assert look.given(by=housing, at=at) == [], "a member reads the sitting, the list is of who gave it"
    # The page leads to what was dealt with where that may be opened.
    links = cases.view("conference", case.number, by=town.chair, at=at, lang="zh").pages.links
    seen = {number for _, kind, number in links(case, eco) if kind == "matter"}
    assert seen == {matter.number}
    assert {number for _, kind, number in links(case, stranger) if kind == "matter"} == set()


def test_a_sentence_has_one_stop_and_days_as_people_read_them(town: Town) -> None:
    matter = ping_pong(town)
    case = propose(town)
    step(case, "put_on", town.clerk, MONDAY + DAY, item=matter.number, brief="谁来管，牵头答复。")
    said = page(case, town.chair)
    assert "谁来管，牵头答复。待议" in said
    assert "。。" not in said
    step(case, "convene", town.chair, MONDAY + DAY, date="2026-09-10", place="上午")
    step(case, "sit", town.chair, present=SIX)
    case = decide(town, case, matter, what="夜里巡查。")
    drafted = asks.drafted(case, town.chair)
    assert "：谁来管，牵头答复\n" in drafted
    assert "2026-09" not in page(case, town.chair)
    told = [line.sentence for line in progress(matter.code, "zh", at=MONDAY + 4 * DAY).lines]
    assert any("联席会议2026年9月10日会议决定" in one for one in told)
    with pytest.raises(Invalid) as wrong:
        propose(town, "2027-09-10")
    assert wrong.value.fields["date"].zh == "应在2026年9月7日到2027年3月6日之间"


def test_a_date_after_the_promise_is_said_once_before_it_is_decided(town: Town) -> None:
    matter = ping_pong(town)
    case = sitting(town, matter)
    promised = matter.due_at
    assert promised is not None
    last = promised.astimezone(SHANGHAI).date()
    row = CONFERENCE.steps["decide"]

    def said(due: object) -> Any:
        given = {"item": matter.number, "unit": "eco", "what": "x", "due": str(due)}
        return asks.warns(case, row, given, town.chair, MONDAY + 3 * DAY)

    assert said(last) is None
    late = said(last + DAY)
    assert said_day(last).zh in late.zh
    assert said_day(last + DAY).en in late.en
    assert said("nonsense") is None, "what is no day is refused elsewhere"
    decide(town, case, matter, due=str(last + 5 * DAY))
    assert Matter.objects.get(pk=matter.pk).due_at == promised, "the promise stands"


def test_a_sitting_for_this_very_day_is_not_born_late(town: Town) -> None:
    case = propose(town, "2026-09-07")
    assert case.step_due_at is not None
    assert case.step_due_at.isoformat() == "2026-09-08T00:00:00+08:00"
    assert propose(town, "2026-09-08").step_due_at.isoformat() == "2026-09-08T00:00:00+08:00"  # type: ignore[union-attr]


def test_a_matter_stands_on_one_agenda_at_a_time(town: Town) -> None:
    matter = ping_pong(town)
    one, two = propose(town), propose(town, "2026-09-17")
    step(one, "put_on", town.clerk, item=matter.number, brief="x")
    assert matter.number not in choices(two, "put_on", town.clerk)
    with pytest.raises((Refused, Invalid)):
        step(two, "put_on", town.chair, number=matter.number, brief="y")
    step(one, "leave_off", town.clerk, item=matter.number, reason="下次")
    step(two, "put_on", town.clerk, item=matter.number, brief="y")
    with pytest.raises((Refused, Invalid)):
        step(one, "put_on", town.chair, number=matter.number, brief="x")


def test_a_changed_row_is_found(town: Town) -> None:
    case = sitting(town, ping_pong(town))
    assert verify(at=MONDAY + 4 * DAY).breaks == []
    with same():
        Conference.objects.filter(matter_id=case.pk).update(present=MEMBERS)
    assert verify(at=MONDAY + 4 * DAY).breaks, "who was there is sealed"


def test_without_the_section_there_is_nothing_of_it(town: Town) -> None:
    text = re.sub(r"\[lives\.conference\]\n(?:.+\n)+", "", BOOK_TEXT)
    text = re.sub(r"\[lives\.inspection\]\n(?:.+\n)+", "", text)
    at = MONDAY + DAY
    assert cases.of("conference", by=town.chair, at=MONDAY)
    matter = crowd(town, 5)
    books.adopt(text, name="town.toml", effective_from=at, by=SYSTEM, at=at)
    books.forget()
    with pytest.raises(NotFound):
        cases.of("conference", by=town.chair, at=at + DAY)
    with pytest.raises(NotFound):
        opening.plan("conference", {"date": "2026-09-10"}, by=town.chair, at=at + DAY)
    assert house.keep(at=at + DAY) >= 0
    assert not Case.objects.exclude(life="matter").exists()
    assert tasks.remind(at=at + DAY) == 0
    assert matter.pk


def test_confirmed_minutes_go_out_as_a_numbered_paper_that_is_kept_from_whom_an_item_is_kept(
    town: Town, settings: Any, tmp_path: Path
) -> None:
    settings.FILES_DIR = tmp_path / "files"
    matter = ping_pong(town)
    case = decide(town, sitting(town, matter), matter)
    step(case, "write_up", town.clerk, minutes="2026年9月10日，信访局二楼。\n  1. 夜里打桩：<生态环境分局>主办。")
    assert not Document.objects.exists()
    case = step(case, "confirm", town.chair)
    (paper,) = Document.objects.filter(matter_id=case.pk)
    assert (paper.number, paper.unit, paper.state) == ("纪要〔2026〕1号", LEAD, "live")
    member, other = of_unit(town, "housing"), of_unit(town, "justice")
    at = MONDAY + 4 * DAY
    _, file = cases.paper("conference", case.number, paper.code, "pdf", by=member, at=at)
    with pypdfium2.PdfDocument(files.path_of(file.sha256).read_bytes()) as document:
        said = re.sub(r"\s+", "", "".join(one.get_textpage().get_text_range() for one in document))
    assert "联席会议纪要" in said
    assert "1.夜里打桩：<生态环境分局>主办。" in said
    with pytest.raises(NotFound):
        cases.paper("conference", case.number, paper.code, "pdf", by=of_unit(town, "health"), at=at)
    with same():
        Case.objects.filter(pk=matter.pk).update(hidden_units=hide.pack(["housing"]))
    turns = {e.turn for e in cases.view("conference", case.number, by=member, at=at, lang="zh").entries}
    assert papers.of_case(case, turns) == []
    with pytest.raises(NotFound):
        cases.paper("conference", case.number, paper.code, "docx", by=member, at=at)
    assert cases.paper("conference", case.number, paper.code, "docx", by=other, at=at)[0].pk == paper.pk
