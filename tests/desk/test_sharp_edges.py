"""Small promises of the desk, each at its edge: the last moment, the second time, and what must not reach somebody."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.desk.people import ENCODED, MONDAY, Town, settle
from tests.desk.test_joined import answer, in_hand, report
from tests.desk.test_more_lives import answered, handling
from tests.desk.test_reading_hot import NOW, told
from tests.desk.test_whose_matter import _diverted, call
from wuxiao.desk.assist import hot, redaction, reply_checks, suggest
from wuxiao.desk.base import actor, fresh
from wuxiao.desk.base.actor import RESIDENT, SYSTEM
from wuxiao.desk.base.errors import Invalid
from wuxiao.desk.case.act import act
from wuxiao.desk.doors import staff
from wuxiao.desk.doors.staff import Appointment
from wuxiao.desk.look import board, callers, handed, shelves
from wuxiao.desk.matters import figures, matters, progress, released, secrecy
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.town import books
from wuxiao.records.models import Entry, HotIssue, HotMatter, Matter, ReleasedText
from wuxiao.rules.access import Role
from wuxiao.rules.route import may_lead

pytestmark = pytest.mark.django_db
HOUR, DAY, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)


@pytest.fixture
def town() -> Town:
    return settle()


def closed(town: Town, n: int = 0) -> Matter:
    """Answered at ten and a half on Monday and rated an hour later."""
    matter = report(n)
    answer(Matter.objects.get(pk=matter.pk), in_hand(town, matter), MONDAY + HOUR)
    return act(matter.pk, "rate", {"rating": "3", "solved": "yes"}, by=RESIDENT, at=MONDAY + 2 * HOUR)


# ------------------------------------------------------------------------------------------------ counted and listed


def test_what_is_open_is_counted_once_in_the_band_of_its_age(town: Town) -> None:
    for n, age in enumerate((5 * DAY, 5 * DAY + SECOND, 15 * DAY, 15 * DAY + SECOND, 30 * DAY, 30 * DAY + SECOND)):
        report(n, MONDAY - age)
    figures.refresh(at=MONDAY)
    index = figures.index()
    assert index is not None
    assert index.open == {"n": 6, "d5": 1, "d15": 2, "d30": 2, "older": 1}


def test_on_the_board_a_matter_comes_in_on_one_day_and_is_closed_on_one_day(town: Town) -> None:
    closed(town)
    report(1, MONDAY + 2 * DAY)
    assert town.chief.viewer is not None
    days = board.board(town.chief.viewer, now=MONDAY + 3 * DAY).days
    assert {day: (came, went) for day, came, went in days if came or went} == {
        MONDAY.date(): (1, 1),
        (MONDAY + 2 * DAY).date(): (1, 0),
    }


def test_of_a_callers_matters_those_closed_sixty_days_ago_are_shown_and_older_ones_not(town: Town) -> None:
    old, still_open = closed(town), report(0, MONDAY + DAY)
    assert old.closed_at is not None
    for later, wanted in ((timedelta(), [still_open.number, old.number]), (SECOND, [still_open.number])):
        found = callers.of_phone("19909900000", by=town.operator, at=old.closed_at + callers.CLOSED_FOR + later)
        assert [row.number for row in found] == wanted


def test_a_desk_keeps_an_eye_on_what_it_handed_over_itself_and_on_nothing_else(town: Town) -> None:
    matter = _diverted(town)
    assert [one.number for one in handed.page(town.police)[0]] == [matter.number]
    book = books.current(MONDAY).book
    person, _ = staff.create("other", "other", [Appointment(Role.REVIEWER, "hotline", level=1)],
                             by=SYSTEM, at=MONDAY, encoded=ENCODED)  # fmt: skip
    other = actor.of_staff(person, book)
    assert handed.desks_of(other) == ("hotline",)
    assert handed.page(other) == ([], None)


def test_errors_of_reviewers_and_watch_lists_are_not_among_the_counts_of_shelves(town: Town) -> None:
    report(0)
    viewer = town.shift_lead.viewer
    assert viewer is not None
    names = ["all", "faults", *shelves.WATCHED, "intake"]
    assert shelves.shelf_counts(viewer, names, now=MONDAY) == {"all": 1, "intake": 1}


def test_who_works_and_supervises_has_one_list_by_one_clock(town: Town) -> None:
    person, _ = staff.create("both", "both", [
        Appointment(Role.OPERATOR, "hotline"), Appointment(Role.SUPERVISOR, town.supervisor.unit),
    ], by=SYSTEM, at=MONDAY, encoded=ENCODED)  # fmt: skip
    viewer = actor.of_staff(person, books.current(MONDAY).book).viewer
    assert viewer is not None
    in_hand(town, report(0, MONDAY))
    report(1, MONDAY + DAY)
    now = MONDAY + 40 * DAY
    report(2, now - HOUR)
    rows = list(Matter.objects.order_by("pk"))
    wanted = [row.pk for row in rows]
    for start in (None, 1):
        seen, after = [], None
        while True:
            page = shelves.shelf_page(viewer, "inbox", now=now, after=after, limit=start or 50)
            seen += list(page.ids)
            after = page.next
            if after is None:
                break
        assert sorted(seen) == wanted
        assert len(set(seen)) == len(seen)


# ---------------------------------------------------------------------------------------------- reading and the public


@pytest.mark.parametrize(("decided", "left"), [(False, 3), (True, 5)])
def test_a_machines_group_lets_matters_go_and_what_a_person_took_in_hand_only_grows(
    town: Town, decided: bool, left: int
) -> None:
    mine = told(town)
    hot.look(at=NOW)
    issue = HotIssue.objects.get()
    members = HotMatter.objects.filter(issue=issue)
    assert set(members.values_list("matter_id", flat=True)) == {m.pk for m in mine}
    if decided:
        hot.rename(issue.pk, "搅拌站的事", by=town.supervisor, at=NOW)
    # The first two of them lie outside the window now.
    hot.look(at=NOW + timedelta(days=books.current(MONDAY).book.hot.window - 3, hours=-12))
    assert set(members.values_list("matter_id", flat=True)) == {m.pk for m in mine[-left:]}


def test_checks_of_answers_are_counted_for_the_last_thirty_days(town: Town) -> None:
    matter = report(0)
    at = MONDAY + HOUR
    answer(Matter.objects.get(pk=matter.pk), in_hand(town, matter), at)
    for now, count in ((at - SECOND, 0), (at, 1), (at + 30 * DAY - SECOND, 1), (at + 30 * DAY, 0)):
        found = reply_checks.counted(at=now)
        assert (found.answers, sum(n for _, n, _ in found.units)) == (count, count)


def test_a_word_said_twice_is_marked_twice(town: Town) -> None:
    words = "路灯坏了，旁边那盏路灯也不亮，请来修一修"
    found = suggest.suggest(words, books.current(MONDAY), at=MONDAY)
    assert [one.text for one in found.stretches if one.kind == "spoke"].count("路灯") == 2
    assert "".join(one.text for one in found.stretches) == words


def test_words_released_to_the_public_are_taken_back_when_the_marks_change(town: Town) -> None:
    given = {"words": "公园门口的长椅坏了，找过小辣椒", "category": "urban.facility.lamp", "division": "990101001"}
    matter = matters.receive(Report(**given), by=RESIDENT, at=MONDAY)  # type: ignore[arg-type]
    seen = released.digest(redaction.of_matter(matter))
    row = released.release(matter.pk, seen=seen, by=town.operator, at=MONDAY)
    assert (row.matter_id, row.staff_id, row.at, row.withdrawn_at) == (matter.pk, town.operator.staff_id, MONDAY, None)
    for at in (MONDAY + HOUR, MONDAY + 2 * HOUR):
        redaction.mark_text(matter.pk, "小辣椒", "name", by=town.operator, at=at)
        assert ReleasedText.objects.get().withdrawn_at == MONDAY + HOUR
    marked = Entry.objects.filter(matter=matter, verb="redact_mark").order_by("turn")
    assert [entry.facts["withdrawn"] for entry in marked] == [True, False]


def test_the_body_that_words_accuse_is_what_the_question_begins_with(town: Town) -> None:
    book = books.current(MONDAY).book
    for words, body in (("派出所的人收了我的钱", "some_station"), ("村干部贪污低保", "some_village")):
        assert body in book.hide.bodies
        assert secrecy.begins_with(words, book).body == body
    assert not secrecy.begins_with("路灯坏了三天", book).somebody


# ------------------------------------------------------------------------------------------------------- on their way


def test_a_petition_under_review_goes_to_the_body_above_and_else_only_to_whom_has_the_power(town: Town) -> None:
    matter, handler = handling(town, petition=True)
    at = MONDAY + 30 * DAY
    matter = answered(town, matter, handler, at)
    act(matter.pk, "rate", {"rating": "1", "solved": "no"}, by=RESIDENT, at=at)
    matter = act(matter.pk, "appeal", {"reason": "对处理意见不服"}, by=RESIDENT, at=at + DAY)
    book, above = books.current(at).book, matter.route_why["lead"]
    assert not may_lead(book, "education", matter.category)[0]
    with pytest.raises(Invalid) as no:
        act(matter.pk, "assign", {"unit": "education"}, by=town.operator, at=at + DAY)
    assert set(no.value.fields) == {"unit"}
    assert act(matter.pk, "assign", {"unit": above}, by=town.operator, at=at + DAY).offered_to == above


def test_a_reviewer_of_two_levels_signs_for_the_level_that_is_asked(town: Town) -> None:
    posts = [Appointment(Role.REVIEWER, "police_110", level=level) for level in (2, 3)]
    person, _ = staff.create("two", "two", posts, by=SYSTEM, at=MONDAY, encoded=ENCODED)
    two = actor.of_staff(person, books.current(MONDAY).book)
    matter = call(town, words="楼上装修扰民", division="990101001")
    given = {"unit": "hotline", "way": "push", "caller_agrees": "yes", "reason": "不属警务"}
    act(matter.pk, "divert", given, by=town.police, at=MONDAY)
    act(matter.pk, "sign", {"reason": "同意"}, by=town.reviewer1, at=MONDAY + HOUR)
    act(matter.pk, "sign", {"reason": "同意"}, by=two, at=MONDAY + HOUR)
    entry = Entry.objects.filter(matter=matter, verb="sign").latest("turn")
    assert entry.facts["level"] == 2
    assert "signed_as" not in entry.facts, "nobody signed in another's place"


def test_a_joined_reporter_who_keeps_it_from_a_helping_unit_leaves_what_that_unit_may_keep(town: Town) -> None:
    main = report(0)
    handler = in_hand(town, main)
    act(main.pk, "join", {"unit": "housing", "task": "查看工地手续", "term_days": "3"}, by=handler, at=MONDAY)
    other = report(1)
    act(other.pk, "merge", {"matter": main.number}, by=town.operator, at=MONDAY)
    act(other.pk, "shield", {"unit": "housing"}, by=RESIDENT, at=MONDAY + HOUR)
    main.refresh_from_db()
    other.refresh_from_db()
    assert (main.hidden, other.merged_into_id) == (frozenset(), None)
    assert "housing" in other.hidden


def test_what_comes_back_from_a_step_is_the_matter_as_it_stands(town: Town) -> None:
    main = report(0)
    handler = in_hand(town, main)
    whole = report(1, words="工地施工太吵；路灯不亮")
    act(whole.pk, "split", {"parts": "工地施工太吵\n路灯不亮"}, by=town.operator, at=MONDAY)
    part = Matter.objects.filter(split_from=whole).order_by("pk")[0]
    act(part.pk, "merge", {"matter": main.number}, by=town.operator, at=MONDAY)
    after = act(part.pk, "shield", {"unit": handler.unit}, by=RESIDENT, at=MONDAY + HOUR)
    stored = Matter.objects.get(pk=part.pk)
    assert stored.merged_into_id is None
    names = ("state", "holder", "merged_into_id", "hidden_units", "version", "turn", "closed_at", "tick_at")
    assert [getattr(after, name) for name in names] == [getattr(stored, name) for name in names]


def test_urging_is_offered_early_only_once_the_date_has_passed(town: Town) -> None:
    matter = report(0)
    due = MONDAY + 2 * HOUR
    Matter.objects.filter(pk=matter.pk).update(due_at=due)
    for at, offered in ((due - SECOND, False), (due, False), (due + SECOND, True)):
        verbs = [step.verb for step, _ in progress.look(matter.code, "zh-hans", at=at).verbs]
        assert ("urge" in verbs) is offered, at
    late = MONDAY + 12 * HOUR
    Matter.objects.filter(pk=matter.pk).update(due_at=MONDAY + 9 * DAY)
    for at, offered in ((late - SECOND, False), (late, True)):
        verbs = [step.verb for step, _ in progress.look(matter.code, "zh-hans", at=at).verbs]
        assert ("urge" in verbs) is offered, at


# --------------------------------------------------------------------------------------------------- between processes


def test_what_another_process_changed_in_the_town_is_noticed(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fresh, "SECONDS", 0.0)
    fresh.forget()
    watch = fresh.Watch()
    mark = watch.changed()
    assert mark is not None
    watch.keep(mark)
    assert watch.changed() is None
    epoch = fresh._town.epoch
    staff.create("new", "new", [Appointment(Role.CALLER, "hotline")], by=SYSTEM, at=MONDAY, encoded=ENCODED)
    # Another process's own forgetting is not ours: only what it wrote tells.
    fresh._town.epoch = epoch
    again = watch.changed()
    assert again is not None
    watch.keep(again)
    assert watch.changed() is None
