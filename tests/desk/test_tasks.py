"""Tasks: a unit has one, then a person of it; it is put off, handed on, done, given back; late is a date."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import pytest

from tests.desk.people import BOOK_TEXT, MONDAY, Town, of_unit
from tests.subjects.test_conference import DAY, HOUR, decide, ping_pong, sitting, step, town
from wuxiao.desk.audit.verify import verify
from wuxiao.desk.base.actor import RESIDENT, SYSTEM
from wuxiao.desk.base.errors import Invalid, NotFound, Refused, Stale
from wuxiao.desk.case import clock
from wuxiao.desk.case.act import act
from wuxiao.desk.diary import diary
from wuxiao.desk.tasks import acts, look
from wuxiao.desk.town import books
from wuxiao.records.models import Case, Entry, Message, Task
from wuxiao.records.replayed import same
from wuxiao.rules import hide
from wuxiao.rules.access import Role
from wuxiao.rules.tasks import STANDINGS, TASK, State, remind_due
from wuxiao.site.watch import metrics
from wuxiao.subjects.conference import asks

__all__ = ["town"]
pytestmark = pytest.mark.django_db
AT = MONDAY + 4 * DAY


@pytest.fixture
def case(town: Town) -> Case:
    """A sitting that gave the ecology bureau a task that binds, and urban management one that helps."""
    matter = ping_pong(town)
    return decide(town, sitting(town, matter), matter, co=["urban_mgmt"])


def task_of(unit: str) -> Task:
    return Task.objects.get(unit=unit)


def test_a_unit_has_it_then_a_person_of_it(town: Town, case: Case) -> None:
    eco, lead, other = of_unit(town, "eco"), of_unit(town, "eco", Role.LEAD), of_unit(town, "health")
    task = task_of("eco")
    assert [one.code for one in look.mine(by=eco, at=AT)] == [task.code]
    assert look.mine(by=other, at=AT) == []
    for by in (other, town.operator):
        if by is other:
            with pytest.raises(NotFound):
                acts.act(task.code, "task_take", by=by, at=AT)
    with pytest.raises(Refused):
        acts.act(task.code, "task_done", {"proof": "好了"}, by=eco, at=AT)
    with pytest.raises(Refused):
        acts.act(task.code, "task_name", {"person": str(eco.staff_id)}, by=eco, at=AT)
    with pytest.raises(Invalid):
        acts.act(task.code, "task_name", {"person": str(other.staff_id)}, by=lead, at=AT)
    named = acts.act(task.code, "task_name", {"person": str(eco.staff_id)}, by=lead, at=AT)
    assert (named.state, named.owner_id) == ("doing", eco.staff_id)
    with pytest.raises(Invalid):
        acts.act(task.code, "task_done", {"proof": "  "}, by=eco, at=AT)
    done = acts.act(task.code, "task_done", {"proof": "连查三夜"}, by=eco, at=AT)
    assert (done.state, done.done_at) == ("done", AT)
    with pytest.raises(Refused):
        acts.act(task.code, "task_done", {"proof": "又好了"}, by=eco, at=AT)
    assert [one.code for one in look.mine(by=eco, at=AT, done=True)] == [task.code]
    assert Entry.objects.get(matter_id=case.pk, verb="task_done").texts.keys() == {"proof"}
    assert verify(at=AT).breaks == []


def test_what_binds_is_not_handed_on_and_help_is(town: Town, case: Case) -> None:
    lead = of_unit(town, "eco", Role.LEAD)
    given = {"unit": "housing", "reason": "工地归他们"}
    with pytest.raises(Refused) as refused:
        acts.act(task_of("eco").code, "task_hand_on", given, by=lead, at=AT)
    assert refused.value.code == "may_hand_on"
    helper, theirs = of_unit(town, "urban_mgmt", Role.LEAD), of_unit(town, "housing")
    moved = acts.act(task_of("urban_mgmt").code, "task_hand_on", given, by=helper, at=AT)
    assert (moved.unit, moved.state, moved.owner_id) == ("housing", "given", None)
    assert look.mine(by=theirs, at=AT) == [moved]
    assert look.mine(by=helper, at=AT) == []


def test_more_time_is_given_by_who_gave_it_and_never_by_the_unit(town: Town, case: Case) -> None:
    task, lead = task_of("eco"), of_unit(town, "eco", Role.LEAD)
    given = {"due": "2026-10-10", "reason": "设备没到"}
    with pytest.raises(Refused):
        acts.act(task.code, "task_extend", given, by=lead, at=AT)
    for due in ("2026-09-25", "2026-09-01", "2029-01-01", ""):
        with pytest.raises(Invalid):
            acts.act(task.code, "task_extend", {**given, "due": due}, by=town.chair, at=AT)
    later = acts.act(task.code, "task_extend", given, by=town.chair, at=AT)
    assert (later.due_on, later.extended) == (date(2026, 10, 10), 1)
    assert acts.act(task.code, "task_extend", {**given, "due": "2026-10-11"}, by=town.supervisor, at=AT).extended == 2


def test_whoever_gave_a_task_to_their_own_unit_gives_it_no_more_time(town: Town, case: Case) -> None:
    given = {"due": "2026-10-10", "reason": "设备没到"}
    helper, task = of_unit(town, "urban_mgmt", Role.LEAD), task_of("urban_mgmt")
    acts.act(task.code, "task_hand_on", {"unit": case.holder, "reason": "你们来协调"}, by=helper, at=AT)
    for by in (town.chair, town.second):
        with pytest.raises(Refused):
            acts.act(task.code, "task_extend", given, by=by, at=AT)
    assert acts.act(task.code, "task_extend", given, by=town.supervisor, at=AT).extended == 1


def test_what_was_kept_from_a_unit_later_is_among_its_tasks_no_more(town: Town, case: Case) -> None:
    helper, eco, task = of_unit(town, "urban_mgmt"), of_unit(town, "eco"), task_of("urban_mgmt")
    assert task.about_id is not None
    assert [one.code for one in look.mine(by=helper, at=AT)] == [task.code]
    act(task.about_id, "shield", {"unit": "urban_mgmt"}, by=RESIDENT, at=AT)
    assert "urban_mgmt" not in Case.objects.get(pk=case.pk).hidden, "the sitting itself is not kept from it"
    assert look.mine(by=helper, at=AT) == []
    with pytest.raises(NotFound):
        look.find(task.code, by=helper, at=AT)
    assert [one.code for one in look.mine(by=eco, at=AT)] == [task_of("eco").code]


def test_what_is_kept_from_a_unit_later_is_given_to_who_stands_in_and_the_sitting_ends(town: Town, case: Case) -> None:
    mail = BOOK_TEXT.replace('phone = "0990-5550011"', 'phone = "0990-5550011", mail = "urban@example.org"')
    assert mail != BOOK_TEXT
    books.adopt(mail, name="book.toml", effective_from=MONDAY - DAY, by=SYSTEM, at=AT)
    step(case, "write_up", town.clerk, minutes="定了")
    assert step(case, "confirm", town.chair).state == "carrying"
    helper, eco, task = of_unit(town, "urban_mgmt"), of_unit(town, "eco"), task_of("urban_mgmt")
    acts.act(task.code, "task_take", by=helper, at=AT)
    assert task.about_id is not None
    act(task.about_id, "shield", {"unit": "urban_mgmt"}, by=RESIDENT, at=AT)
    due = MONDAY.replace(day=24)
    assert acts.remind(at=due) == 1, "eco alone: it is not reminded of what it may not know of"
    assert not Message.objects.filter(address="urban@example.org").exists()
    (found,) = look.parted(books.current(AT).book)
    assert found.pk == task.pk
    assert acts.part(at=due) == 1
    moved, book = Task.objects.get(pk=task.pk), books.current(AT).book
    assert moved.unit == hide.instead(book, Case.objects.get(pk=task.about_id).hidden, "urban_mgmt") != "urban_mgmt"
    assert (moved.state, moved.owner_id) == ("given", None)
    assert acts.part(at=due) == 0, "once"
    told = Entry.objects.get(matter_id=case.pk, verb="task_part")
    assert told.facts == {"code": task.code, "unit": moved.unit, "to_unit": moved.unit, "of": task.about_id}
    assert told.turn in asks.withheld(case, [told], helper), "nor does its diary tell"
    other = of_unit(town, moved.unit, Role.LEAD)
    for one, by in ((task_of("eco"), eco), (moved, other)):
        acts.act(one.code, "task_take", by=by, at=due)
        acts.act(one.code, "task_done", {"proof": "办了"}, by=by, at=due)
    clock.tick(at=due + HOUR)
    assert Case.objects.get(pk=case.pk).state == "closed"
    assert not Message.objects.filter(address="urban@example.org").exists()
    assert verify(at=due + HOUR).breaks == []


def test_the_unit_that_stands_in_is_reminded_though_the_one_before_it_was(town: Town, case: Case) -> None:
    task, day = task_of("urban_mgmt"), MONDAY.replace(day=23)
    assert acts.remind(at=day) == 2
    act(task.about_id or 0, "shield", {"unit": "urban_mgmt"}, by=RESIDENT, at=day)
    assert acts.part(at=day) == 1
    assert acts.remind(at=day + DAY) == 1
    last = Entry.objects.filter(matter_id=case.pk, verb="task_remind").latest("turn")
    assert last.facts["to_unit"] == Task.objects.get(pk=task.pk).unit != "urban_mgmt"


def test_a_case_that_ended_has_looked_at_who_gave_tasks_about_it_and_never_itself(town: Town, case: Case) -> None:
    about, rules = Case.objects.get(pk=task_of("eco").about_id), books.current(AT)
    acts.give(about, "help", "health", date(2026, 10, 1), rules=rules, at=AT, about=about)
    ticks = {pk: Case.objects.get(pk=pk).tick_at for pk in (about.pk, case.pk)}
    assert AT not in ticks.values()
    acts.wake(about, AT)
    assert Case.objects.get(pk=case.pk).tick_at == AT
    assert Case.objects.get(pk=about.pk).tick_at == ticks[about.pk], "it sets its own clock"


def test_a_task_on_a_matter_that_is_over_is_to_be_done_still(town: Town, case: Case) -> None:
    about = act(task_of("eco").about_id or 0, "withdraw", {}, by=RESIDENT, at=AT)
    assert about.closed_at is not None
    rules = books.current(AT)
    assert set(look.standing(rules.book).values_list("unit", flat=True)) == {"eco", "urban_mgmt"}


def test_what_need_not_be_done_any_more_is_not_handed_on(town: Town, case: Case) -> None:
    about, rules = Case.objects.get(pk=task_of("eco").about_id), books.current(AT)
    acts.give(case, "help", "health", date(2026, 10, 1), rules=rules, at=AT, about=about, binds=True)
    given = {"unit": "housing", "reason": "工地归他们"}
    with pytest.raises(Refused) as refused:
        acts.act(task_of("urban_mgmt").code, "task_hand_on", given, by=of_unit(town, "urban_mgmt", Role.LEAD), at=AT)
    assert refused.value.code == "stands"
    assert task_of("urban_mgmt").state == "given"


def test_done_is_done_whoever_it_is_kept_from_and_nobody_is_asked_in_the_place_of_all(town: Town, case: Case) -> None:
    helper, task = of_unit(town, "urban_mgmt"), task_of("urban_mgmt")
    acts.act(task.code, "task_take", by=helper, at=AT)
    acts.act(task.code, "task_done", {"proof": "办了"}, by=helper, at=AT)
    act(task.about_id or 0, "shield", {"unit": "urban_mgmt"}, by=RESIDENT, at=AT)
    assert acts.part(at=AT) == 0
    every = hide.pack(books.current(AT).book.units)
    Case.objects.filter(pk=task.about_id).update(hidden_units=every)
    assert acts.part(at=AT) == 0, "there is no unit left that may have it"
    assert acts.remind(at=MONDAY.replace(day=24)) == 0


def test_no_task_goes_to_whom_it_or_what_it_is_about_is_kept_from(town: Town, case: Case) -> None:
    about, rules, day = Case.objects.get(pk=task_of("eco").about_id), books.current(AT), date(2026, 10, 1)
    act(about.pk, "shield", {"unit": "health"}, by=RESIDENT, at=AT)
    about.refresh_from_db()
    assert "health" in about.hidden - Case.objects.get(pk=case.pk).hidden, "what it is about alone is kept from it"
    for one, of in ((case, about), (about, None)):
        with pytest.raises(Invalid) as said:
            acts.give(one, "help", "health", day, rules=rules, at=AT, about=of)
        assert set(said.value.fields) == {"unit"}
    assert not Task.objects.filter(unit="health").exists()
    assert acts.give(case, "help", "health", day, rules=rules, at=AT).unit == "health", "what is kept from nobody goes"


def test_a_look_back_keeps_its_section_and_does_not_stay_with_whom_its_matter_is_kept_from(
    town: Town, case: Case
) -> None:
    about = Case.objects.get(pk=task_of("eco").about_id)
    given = acts.give(about, "review", "health", date(2026, 10, 1), rules=books.current(AT), at=AT)
    diary.write(about, "task_give", by=SYSTEM, at=AT, facts={"code": given.code, "unit": "health", "to_unit": "health"})
    act(about.pk, "shield", {"unit": "health"}, by=RESIDENT, at=AT)
    # While it is not done, no book leaves out the section of its kind, whatever it was given for.
    Case.objects.filter(life="conference").update(closed_at=AT)
    bare = re.sub(r"\[lives\.conference\]\n(?:.+\n)+", "", BOOK_TEXT)
    with pytest.raises(Refused) as refused:
        books.adopt(bare, name="bare", effective_from=AT, by=SYSTEM, at=AT)
    assert "[lives.conference]（没办完的任务3项" in refused.value.text.zh
    with same():
        Task.objects.exclude(pk=given.pk).update(state="done")
    with pytest.raises(Refused) as refused:
        books.adopt(bare, name="bare", effective_from=AT, by=SYSTEM, at=AT)
    assert "[lives.conference]（没办完的任务1项" in refused.value.text.zh
    with same():
        Task.objects.exclude(pk=given.pk).update(state="given")
    Case.objects.filter(life="conference").update(closed_at=None)
    assert acts.part(at=AT) == 1
    assert Task.objects.get(pk=given.pk).unit not in {"health", ""}
    assert verify(at=AT).breaks == []


def test_what_was_not_done_goes_back(town: Town, case: Case) -> None:
    eco, task = of_unit(town, "eco"), task_of("eco")
    acts.act(task.code, "task_take", by=eco, at=AT)
    acts.act(task.code, "task_done", {"proof": "办了"}, by=eco, at=AT)
    back = {"due": "2026-10-01", "reason": "夜里还在打桩"}
    with pytest.raises(Refused):
        acts.act(task.code, "task_back", back, by=eco, at=AT)
    again = acts.act(task.code, "task_back", back, by=town.chair, at=AT)
    assert (again.state, again.owner_id, again.done_at) == ("given", None, None)
    assert look.open_of(case, books_of(case)) == 2


def books_of(case: Case):  # type: ignore[no-untyped-def]
    return books.of_version(case.book_id).book


def test_who_saw_an_older_page_is_told(town: Town, case: Case) -> None:
    eco, task = of_unit(town, "eco"), task_of("eco")
    acts.act(task.code, "task_take", by=eco, at=AT, turn=task.turn)
    with pytest.raises(Stale):
        acts.act(task.code, "task_done", {"proof": "办了"}, by=eco, at=AT, turn=task.turn)
    now = Task.objects.get(pk=task.pk)
    given, key = {"proof": "办了"}, "form-1"
    acts.act(task.code, "task_done", given, by=eco, at=AT, turn=now.turn, once=key)
    acts.act(task.code, "task_done", given, by=eco, at=AT, turn=now.turn, once=key)
    assert Entry.objects.filter(matter_id=case.pk, verb="task_done").count() == 1


def test_late_is_what_the_date_says_and_is_said_twice_at_most(town: Town, case: Case) -> None:
    task, eco = task_of("eco"), of_unit(town, "eco")
    day = MONDAY.replace(day=25)
    assert not look.late(task, day)
    assert look.late(task, day + DAY)
    assert acts.remind(at=day - 3 * DAY) == 0
    assert acts.remind(at=day - 2 * DAY) == 2, "both units, two days before"
    assert acts.remind(at=day) == 0
    acts.act(task.code, "task_take", by=eco, at=day)
    assert acts.remind(at=day + DAY) == 2, "and once when it is over"
    assert acts.remind(at=day + 2 * DAY) == 0
    acts.act(task.code, "task_extend", {"due": "2026-10-20", "reason": "等设备"}, by=town.chair, at=day + 2 * DAY)
    assert acts.remind(at=day + 10 * DAY) == 0
    assert acts.remind(at=MONDAY.replace(month=10, day=19)) == 1, "what was put off begins anew"
    assert verify(at=day + 10 * DAY).breaks == []


def test_tasks_and_cases_that_are_late_are_figures_for_the_operator(town: Town, case: Case) -> None:
    def figures(at: datetime) -> dict[str, float]:
        return {one.name.removeprefix("wuxiao_"): one.samples[0].value for one in metrics.Queues(at).collect()}

    last = AT.replace(day=25, hour=23)
    assert [figures(at)["tasks_overdue"] for at in (AT, last, last + DAY)] == [0, 0, 2]
    Task.objects.filter(unit="eco").update(state="done")
    assert figures(last + DAY)["tasks_overdue"] == 1
    due = case.step_due_at
    assert due is not None
    assert [figures(at)["cases_late"] for at in (due, due + HOUR)] == [0, 1]


def test_the_reminders_fall_where_the_days_say() -> None:
    due = date(2026, 9, 25)
    days = [due + timedelta(days=n) for n in range(-6, 7)]
    told, last = [], None
    for today in days:
        if remind_due(due, last, today):
            told.append((today - due).days)
            last = today
    assert told == [-2, 1]


def test_a_reminder_of_a_day_to_come_was_said_by_a_clock_ahead_and_is_said_again() -> None:
    due = date(2026, 9, 25)
    for today, ahead in ((due - 2 * DAY, due), (due - DAY, due + DAY), (due + DAY, due + 3 * DAY)):
        assert remind_due(due, ahead, today), (today, ahead)
        assert not remind_due(due, today, today), "said today is said"
    assert not remind_due(due, due, due - 3 * DAY), "it is not due yet"


def test_reminded_by_a_clock_ahead_a_unit_is_reminded_when_it_is_late(town: Town, case: Case) -> None:
    late = MONDAY.replace(day=26)
    assert acts.remind(at=late + 3 * DAY) == 2
    assert acts.remind(at=late - 2 * DAY) == 2, "the clock is right again"
    assert acts.remind(at=late) == 2
    assert acts.remind(at=late + 3 * DAY) == 0


def test_what_needs_no_reminder_takes_nobodys_place(town: Town, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look, "LIMIT", 1)
    book, day = books.current(AT).book, date(2026, 9, 24)
    first, second = Task.objects.order_by("pk")
    Task.objects.filter(pk=first.pk).update(reminded_on=day - DAY)
    assert look.due_soon(book, day) == [second]
    Task.objects.filter(pk=first.pk).update(reminded_on=None)
    assert look.due_soon(book, day) == [first]
    with same():
        Task.objects.filter(pk=second.pk).update(due_on=day)
    assert look.due_soon(book, day) == [second], "what is due first comes first"


def test_the_page_of_a_task_is_a_reading_and_shows_what_may_be_seen(town: Town, case: Case) -> None:
    helper, task = of_unit(town, "urban_mgmt"), task_of("urban_mgmt")
    view = look.view(task.code, by=helper, at=AT)
    assert view.what == "夜里巡查，叫停打桩"
    assert view.gave is not None
    assert view.about is not None, "whoever helps sees the matter"
    assert [step.verb for step, refusal in view.reach if refusal is None] == ["task_take"]
    read = Entry.objects.filter(matter_id=case.pk, verb="read", staff_id=helper.staff_id)
    assert read.count() == 1
    look.view(task.code, by=helper, at=AT)
    assert read.count() == 1, "once a day"
    with pytest.raises(NotFound):
        look.view("RW20260907-XXXXX", by=helper, at=AT)


def test_the_life_of_a_task_closes() -> None:
    assert set(STANDINGS) == set(State)
    assert {row.verb for row in TASK.rows if TASK.first.verb != row.verb} >= {"task_take", "task_done", "task_remind"}
    assert SYSTEM.kind == "system"
