"""The clock loop: reminders, escalation, resuming, closing; orphans; the ladder; extensions; notices."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.desk.people import BOOK_TEXT, MONDAY, Town, of_unit, settle
from wuxiao.desk.audit import verify
from wuxiao.desk.base import jobs
from wuxiao.desk.base.actor import RESIDENT, SYSTEM
from wuxiao.desk.base.errors import Refused, Stale
from wuxiao.desk.case import clock, clocks, notices
from wuxiao.desk.case.act import act
from wuxiao.desk.house import beat, house
from wuxiao.desk.matters import ladder, matters
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.town import books
from wuxiao.records.models import Access, Contact, Entry, Job, Matter, Message
from wuxiao.rules.access import Role
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.promise import replay
from wuxiao.rules.words import Text
from wuxiao.site import worker

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def town() -> Town:
    return settle()


def handled(town: Town, at: datetime = MONDAY) -> Matter:
    report = Report(words="工地夜里施工太吵", division="990101001", phone="13900000001")
    matter = matters.receive(report, by=RESIDENT, at=at)
    given = {"category": "env.noise.construction", "handling_class": "complaint"}
    matter = act(matter.pk, "classify", given, by=town.operator, at=at)
    lead = matter.route_why["lead"]
    act(matter.pk, "assign", {"unit": lead}, by=town.operator, at=at)
    return act(matter.pk, "accept", {}, by=of_unit(town, lead), at=at)


def run_until(end: datetime, start: datetime, step: timedelta = HOUR) -> None:
    at = start
    while at <= end:
        clock.tick(at=at)
        at += step


def verbs(matter: Matter) -> list[str]:
    return list(Entry.objects.filter(matter=matter).order_by("turn").values_list("verb", flat=True))


def test_an_unanswered_matter_climbs_the_ladder_and_is_supervised_again_and_again(town: Town) -> None:
    matter = handled(town)
    run_until(MONDAY + timedelta(days=30), MONDAY)
    # Due on Monday the 14th; supervised a working day later and every five after it. Sunday the 20th is worked, Friday
    # the 25th is not.
    assert rungs(matter)[2:] == [
        ("urge", datetime(2026, 9, 14, 18, 30, tzinfo=SHANGHAI)),
        ("supervise", datetime(2026, 9, 15, 18, 30, tzinfo=SHANGHAI)),
        ("supervise", datetime(2026, 9, 21, 18, 30, tzinfo=SHANGHAI)),
        ("supervise", datetime(2026, 9, 29, 18, 30, tzinfo=SHANGHAI)),
    ]
    matter.refresh_from_db()
    # Its place on the list is that of the first time.
    assert matter.supervised_at == datetime(2026, 9, 15, 18, 30, tzinfo=SHANGHAI)
    assert matter.state == "handling"
    assert matter.tick_at is not None
    last = Entry.objects.filter(matter=matter, verb="supervise").order_by("-turn")[0]
    assert last.facts["rung"] == {
        "zh": "仍未答复，每5个工作日再督办（第3次）",
        "en": "still unanswered, again every 5 working days (no. 3)",
    }


def test_how_often_supervision_comes_again_stands_in_the_rule_book_and_has_an_end(town: Town) -> None:
    text = BOOK_TEXT.replace('again = "5 working_days"\nmost = 50', 'again = "2 calendar_days"\nmost = 3')
    text = text.replace("efficiency = { zh", 'efficiency = { mail = "supervision@example.invalid", zh', 1)
    books.adopt(text, name="other.toml", effective_from=MONDAY, by=SYSTEM, at=MONDAY)
    matter = handled(town, MONDAY + HOUR)
    Matter.objects.filter(pk=matter.pk).update(supervisor_unit="efficiency")
    assert matter.due_at is not None
    first = datetime(2026, 9, 15, 18, tzinfo=SHANGHAI)
    clock.tick(at=first)
    for times in (1, 2, 3):
        due = datetime(2026, 9, 15 + 2 * times, 23, 59, 59, tzinfo=SHANGHAI)
        stands = clocks.rung_moment(Matter.objects.get(pk=matter.pk), books.of_version(matter.book_id), at=due)
        assert stands is not None
        assert abs(stands - due) < timedelta(hours=24), times
        clock.tick(at=stands - timedelta(seconds=1))
        assert len(rungs(matter)) == 3 + times
        clock.tick(at=stands)
        assert len(rungs(matter)) == 4 + times
    # The third is the last, and nothing comes after it.
    assert clocks.rung_moment(Matter.objects.get(pk=matter.pk), books.of_version(matter.book_id), at=stands) is None
    run_until(first + timedelta(days=40), first + timedelta(days=7), timedelta(days=1))
    assert len(rungs(matter)) == 7
    told = Message.objects.filter(verb="supervise").order_by("created_at")
    assert {row.address for row in told} == {"supervision@example.invalid"}
    assert len(told) == 4
    assert not any(matter.number in row.text or "施工" in row.text for row in told)


def test_after_an_outage_supervision_that_should_have_come_many_times_comes_once(town: Town) -> None:
    matter = handled(town)
    clock.tick(at=datetime(2026, 9, 15, 18, tzinfo=SHANGHAI))
    assert len(rungs(matter)) == 4
    # The 21st and the 29th, the 12th and the 19th of October passed without a worker.
    back = datetime(2026, 10, 22, 9, tzinfo=SHANGHAI)
    clock.tick(at=back)
    assert rungs(matter)[4:] == [("supervise", back)]
    clock.tick(at=back + HOUR)
    assert len(rungs(matter)) == 5
    # The next one stands where it would have stood.
    clock.tick(at=datetime(2026, 10, 26, 17, 59, tzinfo=SHANGHAI))
    assert len(rungs(matter)) == 5
    clock.tick(at=datetime(2026, 10, 26, 18, tzinfo=SHANGHAI))
    assert len(rungs(matter)) == 6
    handler = of_unit(town, matter.holder)
    evidence = next(k for k, e in books.current(MONDAY).book.evidence_kinds.items() if not e.file)
    later = datetime(2026, 10, 28, 9, tzinfo=SHANGHAI)
    act(matter.pk, "answer", {"evidence": evidence, "reply": "已处理"}, by=handler, at=later)
    run_until(later + timedelta(days=30), later, timedelta(days=1))
    assert len(rungs(matter)) == 6


def test_a_level_that_sits_too_long_escalates_to_the_next(town: Town) -> None:
    matter = matters.receive(Report(words="物业收费纠纷", division="990101001"), by=town.police, at=MONDAY)
    given = {"unit": "hotline", "way": "push", "caller_agrees": "yes", "reason": "不属警务"}
    act(matter.pk, "divert", given, by=town.police, at=MONDAY)
    with pytest.raises(Refused):
        act(matter.pk, "sign", {"reason": "越级"}, by=town.reviewer2, at=MONDAY)
    run_until(MONDAY + timedelta(days=1), MONDAY)
    assert "escalate" in verbs(matter)
    matter = act(matter.pk, "sign", {"reason": "代为审核"}, by=town.reviewer2, at=MONDAY + timedelta(days=1))
    assert matter.sign_level == 2


def test_silence_after_an_answer_closes_it_and_waiting_ends_at_its_cap(town: Town) -> None:
    matter = handled(town)
    handler = of_unit(town, matter.holder)
    act(matter.pk, "ask", {"reply": "哪一栋?"}, by=handler, at=MONDAY)
    run_until(MONDAY + timedelta(days=40), MONDAY)
    matter.refresh_from_db()
    assert matter.state == "handling"
    assert "resume" in verbs(matter)
    later = MONDAY + timedelta(days=41)
    evidence = next(k for k, e in books.current(MONDAY).book.evidence_kinds.items() if not e.file)
    act(matter.pk, "answer", {"evidence": evidence, "reply": "已处理"}, by=handler, at=later)
    run_until(later + timedelta(days=20), later)
    matter.refresh_from_db()
    assert (matter.state, matter.outcome) == ("closed", "answered")
    assert matter.tick_at is None


def test_an_extension_is_decided_by_another_person_and_moves_the_date(town: Town) -> None:
    matter = handled(town)
    handler, lead = of_unit(town, matter.holder), of_unit(town, matter.holder, Role.LEAD)
    before = matter.due_at
    act(matter.pk, "extend", {"term_days": "3", "reason": "需要现场检测"}, by=handler, at=MONDAY)
    assert Access.objects.filter(matter=matter, queue="extension").exists()
    with pytest.raises(Refused):
        act(matter.pk, "grant", {}, by=handler, at=MONDAY)
    matter = act(matter.pk, "grant", {}, by=lead, at=MONDAY)
    assert before is not None
    assert matter.due_at is not None
    assert matter.due_at > before
    assert matter.extension is None
    rules = books.of_version(matter.book_id)
    assert replay(clocks.why_of(matter), rules.calendar) == matter.due_at


def test_an_objection_gives_a_fresh_promise(town: Town) -> None:
    matter = handled(town)
    handler = of_unit(town, matter.holder)
    evidence = next(k for k, e in books.current(MONDAY).book.evidence_kinds.items() if not e.file)
    act(matter.pk, "answer", {"evidence": evidence, "reply": "已处理"}, by=handler, at=MONDAY + HOUR)
    day_after = MONDAY + timedelta(days=1)
    matter = act(matter.pk, "object", {"reason": "昨晚又在施工"}, by=RESIDENT, at=day_after)
    assert (matter.state, matter.reopened, matter.answered_at) == ("handling", 1, None)
    assert matter.promise["start"].startswith(day_after.date().isoformat())


def test_a_matter_without_a_clock_rings_the_alarm(town: Town) -> None:
    matter = handled(town)
    assert clock.orphans(at=MONDAY) == []
    Matter.objects.filter(pk=matter.pk).update(tick_at=None)
    assert [m.pk for m in clock.orphans(at=MONDAY)] == [matter.pk]


def test_a_notice_moves_open_promises_later_never_earlier_and_logs_it(town: Town, tmp_path: Path) -> None:
    at = datetime(2026, 12, 28, 10, 0, tzinfo=SHANGHAI)
    matter = handled(town, at)
    before = matter.due_at
    file = tmp_path / "2027.csv"
    rows = ["date,kind,zh,en"]
    calendar = books.current(at).calendar
    day = datetime(2027, 1, 1).date()
    while day.year == 2027:
        info = calendar.day(day)
        if info.name is not None and not info.work:
            rows.append(f"{day},off,{info.name.zh},{info.name.en}")
        day += timedelta(days=1)
    rows.append("2027-01-04,off,元旦,New Year's Day")
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    result = notices.load(file, by=SYSTEM, at=at)
    assert result.moved == 1
    matter.refresh_from_db()
    assert before is not None
    assert matter.due_at is not None
    assert matter.due_at > before
    assert verbs(matter)[-1] == "recompute"


# ------------------------------------------------------------------------------- the ladder, outages, two loops, caps


def rungs(matter: Matter) -> list[tuple[str, datetime]]:
    climbed = Entry.objects.filter(matter=matter, verb__in=["remind", "urge", "supervise"]).order_by("turn")
    return [(e.verb, e.at.astimezone(SHANGHAI)) for e in climbed]


def test_the_ladder_stands_on_the_promises_own_calendar_over_the_spring_festival(town: Town) -> None:
    # Counted by hand: office time from Friday the 13th, 16:00, to the date is 2 + 7 + 7 + 7 + 7 + 7 = 37 hours; half is
    # 2 on the 13th, 7 on the made-up Saturday, 7 on the 24th and 2.5 on the 25th.
    received = datetime(2026, 2, 13, 16, tzinfo=SHANGHAI)
    matter = handled(town, received)
    assert matter.due_at == datetime(2026, 2, 27, 18, tzinfo=SHANGHAI)
    at = received
    while at <= matter.due_at + timedelta(days=5):
        clock.tick(at=at)
        at += timedelta(minutes=1) if at.date().isoformat() in {"2026-02-25", "2026-02-26"} else timedelta(hours=1)
    assert rungs(matter) == [
        ("remind", datetime(2026, 2, 25, 11, 30, tzinfo=SHANGHAI)),
        ("remind", datetime(2026, 2, 26, 17, 36, tzinfo=SHANGHAI)),
        ("urge", datetime(2026, 2, 27, 18, tzinfo=SHANGHAI)),
        ("supervise", datetime(2026, 2, 28, 18, tzinfo=SHANGHAI)),
    ]


def test_after_an_outage_every_rung_passed_is_climbed_in_one_look(town: Town) -> None:
    matter = handled(town)
    back = MONDAY + timedelta(days=21)
    clock.tick(at=back)
    assert [verb for verb, _ in rungs(matter)] == ["remind", "remind", "urge", "supervise"]
    assert {at for _, at in rungs(matter)} == {back}
    clock.tick(at=back + timedelta(days=1))
    assert len(rungs(matter)) == 4
    matter.refresh_from_db()
    assert matter.supervised_at == back


def test_who_acts_before_the_loop_is_back_does_not_put_the_rungs_off(town: Town) -> None:
    matter = handled(town)
    back = MONDAY + timedelta(days=21)
    act(matter.pk, "note", {"words": "还在等材料"}, by=of_unit(town, matter.holder), at=back)
    assert rungs(matter) == []
    clock.tick(at=back + timedelta(minutes=1))
    assert [verb for verb, _ in rungs(matter)] == ["remind", "remind", "urge", "supervise"]


def test_an_outage_that_ends_between_two_rungs_climbs_those_passed_only(town: Town) -> None:
    # From Monday 9:30 six and a half hours of that day and five days of seven: 80 % of 41.5 hours are 33.2, of which
    # 5.7 fall on Friday: three until noon, 2.7 from two on.
    matter = handled(town)
    assert matter.due_at == datetime(2026, 9, 14, 18, tzinfo=SHANGHAI)
    second = datetime(2026, 9, 11, 16, 42, tzinfo=SHANGHAI)
    clock.tick(at=second - timedelta(seconds=1))
    assert len(rungs(matter)) == 1
    clock.tick(at=second)
    assert len(rungs(matter)) == 2


def test_somebody_who_urged_just_before_the_rung_takes_it(town: Town) -> None:
    matter = handled(town)
    assert matter.due_at is not None
    run_until(matter.due_at - timedelta(hours=2), MONDAY)
    act(matter.pk, "urge", {"reason": "快到期了"}, by=town.operator, at=matter.due_at - HOUR)
    clock.tick(at=matter.due_at)
    assert verbs(matter).count("urge") == 1
    run_until(matter.due_at + timedelta(days=4), matter.due_at)
    assert [verb for verb, _ in rungs(matter)] == ["remind", "remind", "urge", "supervise"]


def test_a_fresh_promise_starts_a_fresh_ladder(town: Town) -> None:
    matter = handled(town)
    assert matter.due_at is not None
    late = matter.due_at + timedelta(hours=3)
    clock.tick(at=late)
    handler = of_unit(town, matter.holder)
    evidence = next(k for k, e in books.current(MONDAY).book.evidence_kinds.items() if not e.file)
    act(matter.pk, "answer", {"evidence": evidence, "reply": "已处理"}, by=handler, at=late)
    matter = act(matter.pk, "object", {"reason": "昨晚又在施工"}, by=RESIDENT, at=late + timedelta(days=1))
    assert (matter.ladder, matter.supervised_at) == (0, None)
    before = len(rungs(matter))
    assert matter.due_at is not None
    run_until(matter.due_at + timedelta(days=5), late + timedelta(days=1))
    assert [verb for verb, _ in rungs(matter)[before:]] == ["remind", "remind", "urge", "supervise"]


def test_a_loop_that_looked_before_another_acted_does_nothing(town: Town) -> None:
    matter = handled(town)
    back = MONDAY + timedelta(days=21)
    seen = Matter.objects.get(pk=matter.pk)
    clock.tick(at=back)
    entries = verbs(matter)
    # The second loop holds the row as it was before the first one acted.
    with pytest.raises(Stale):
        ladder.climb(seen, books.of_version(seen.book_id), back)
    assert verbs(matter) == entries


def test_one_matter_that_cannot_be_looked_after_keeps_none_of_the_others(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, whole, refused = handled(town), handled(town), handled(town)
    real = ladder.act

    def act_or_break(pk: int, verb: str, *args: Any, **kwargs: Any) -> Matter:
        if pk == broken.pk:
            raise ValueError("a row nobody expected")
        if pk == refused.pk:
            raise Refused(Text("不行", "no"))
        return real(pk, verb, *args, **kwargs)

    monkeypatch.setattr(ladder, "act", act_or_break)
    back = MONDAY + timedelta(days=21)
    assert clock.tick(at=back) == 3
    assert len(rungs(whole)) == 4
    for one in (broken, refused):
        one.refresh_from_db()
        assert one.tick_at == back + clocks.LOOK_AGAIN
    monkeypatch.undo()
    clock.tick(at=back + clocks.LOOK_AGAIN)
    assert len(rungs(broken)) == len(rungs(refused)) == 4


def test_all_waits_together_end_at_the_cap_of_the_rule_book(town: Town) -> None:
    # The book allows ten working days a wait and twenty in all. MONDAY is 7 September 2026; Sunday 20 September and
    # Saturday 10 October are worked, 25-27 September and 1-7 October are holidays (State Council notice for 2026).
    matter = handled(town)
    handler, lead = of_unit(town, matter.holder), of_unit(town, matter.holder, Role.LEAD)
    first = act(matter.pk, "ask", {"reply": "哪一栋?"}, by=handler, at=MONDAY)
    assert first.step_due_at == datetime(2026, 9, 20, 18, tzinfo=SHANGHAI)
    act(matter.pk, "reply", {"words": "三栋"}, by=RESIDENT, at=datetime(2026, 9, 16, 10, tzinfo=SHANGHAI))
    # Seven working days were waited and thirteen are left: the second wait is bounded by its own ten.
    second = act(matter.pk, "ask", {"reply": "几层?"}, by=lead, at=datetime(2026, 9, 16, 11, tzinfo=SHANGHAI))
    assert second.step_due_at == datetime(2026, 9, 30, 18, tzinfo=SHANGHAI)
    act(matter.pk, "reply", {"words": "二层"}, by=RESIDENT, at=datetime(2026, 9, 30, 10, tzinfo=SHANGHAI))
    # Seventeen were waited; three are left: 8, 9 and 10 October.
    third = act(matter.pk, "ask", {"reply": "哪一户?"}, by=lead, at=datetime(2026, 9, 30, 11, tzinfo=SHANGHAI))
    assert third.step_due_at == datetime(2026, 10, 10, 18, tzinfo=SHANGHAI)


# ------------------------------------------------------------------------------------------- the lead, and wrong clocks


def test_one_loop_leads_until_its_lease_ends_or_it_leaves(town: Town) -> None:
    assert beat.lead("a", at=MONDAY)
    assert not beat.lead("b", at=MONDAY + timedelta(seconds=29))
    assert beat.lead("a", at=MONDAY + timedelta(seconds=29))
    assert not beat.lead("b", at=MONDAY + timedelta(seconds=58))
    assert beat.lead("b", at=MONDAY + timedelta(seconds=59))
    assert not beat.lead("a", at=MONDAY + timedelta(seconds=60))
    beat.leave("a")
    assert not beat.lead("a", at=MONDAY + timedelta(seconds=60)), "who does not lead cannot give the lead away"
    beat.leave("b")
    assert beat.lead("a", at=MONDAY + timedelta(seconds=60))


def test_a_lease_written_by_a_clock_a_year_ahead_does_not_hold(town: Town) -> None:
    assert beat.lead("a", at=MONDAY + timedelta(days=365))
    assert beat.lead("b", at=MONDAY)


def work(at: datetime) -> None:
    """One round of the worker's loop as `site.worker` takes it, at an instant."""
    leader = worker.Leader()
    worker._round(leader, threading.Event(), lambda: at)
    leader.leave()


def test_a_clock_a_year_ahead_reminds_nobody_and_erases_nothing_until_it_is_confirmed(town: Town) -> None:
    matter = handled(town)
    work(MONDAY)
    ahead = MONDAY + timedelta(days=365)
    entries = verbs(matter)
    work(ahead)
    matter.refresh_from_db()
    assert verbs(matter) == entries
    assert Contact.objects.get(matter=matter).erased_at is None
    assert beat.doubted() == ahead
    # The clock is put right: still nothing, for nobody has said so.
    right = MONDAY + timedelta(days=21)
    work(right)
    assert verbs(matter) == entries
    for who in (of_unit(town, matter.holder), town.auditor, town.security):
        with pytest.raises(Refused):
            beat.confirm(by=who, at=right)
    assert beat.doubted() == ahead
    beat.confirm(by=town.admin, at=right)
    assert beat.doubted() is None
    work(right)
    assert [verb for verb, _ in rungs(matter)] == ["remind", "remind", "urge", "supervise"]
    said = Entry.objects.get(matter=None, verb="clock_confirmed")
    assert (said.staff_id, said.at) == (town.admin.staff_id, right)


def test_a_year_ahead_that_people_acted_in_is_not_believed_either(town: Town) -> None:
    work(MONDAY)
    handled(town, MONDAY + timedelta(days=365))
    work(MONDAY + timedelta(days=365, minutes=1))
    assert beat.doubted() is not None


@pytest.mark.parametrize(
    ("gap", "believed"),
    [
        (beat.LONGEST, True),
        (beat.LONGEST + timedelta(seconds=1), False),
        (-beat.SLACK, True),
        (-beat.SLACK - timedelta(seconds=1), False),
    ],
)
def test_how_far_the_clock_may_be_from_what_was_sealed(town: Town, gap: timedelta, believed: bool) -> None:
    work(MONDAY)
    work(MONDAY + gap)
    assert (beat.doubted() is None) is believed


def test_days_without_a_worker_are_believed_while_people_went_on_working(town: Town) -> None:
    work(MONDAY)
    for day in range(1, 6):
        handled(town, MONDAY + timedelta(days=day))
    work(MONDAY + timedelta(days=5, hours=3))
    assert beat.doubted() is None


def test_a_clock_that_was_put_back_does_not_silence_the_house(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[datetime] = []
    monkeypatch.setattr(house, "_TASKS", (("retire", timedelta(hours=1), lambda at: kept.append(at) or 0),))
    monkeypatch.setattr(house, "_last", {})
    for at in (MONDAY, MONDAY + timedelta(minutes=59), MONDAY - timedelta(minutes=5)):
        house.keep(at=at)
    assert kept == [MONDAY, MONDAY - timedelta(minutes=5)]
    house.keep(at=MONDAY + timedelta(days=1), trusted=False)
    assert len(kept) == 2


# ------------------------------------------------------------- what nobody was told, and what a clock ahead has put off


def test_times_nobody_was_told_in_an_outage_are_none_of_those_the_book_allows(town: Town) -> None:
    text = BOOK_TEXT.replace('again = "5 working_days"\nmost = 50', 'again = "2 calendar_days"\nmost = 3')
    books.adopt(text, name="other.toml", effective_from=MONDAY, by=SYSTEM, at=MONDAY)
    matter = handled(town, MONDAY + HOUR)
    # The last rung stands on the 15th, its other times every two days: on the 21st and the 23rd of October too.
    clock.tick(at=datetime(2026, 9, 15, 18, tzinfo=SHANGHAI))
    back = datetime(2026, 10, 20, 9, tzinfo=SHANGHAI)
    run_until(back + timedelta(days=30), back)
    said = Entry.objects.filter(matter=matter, verb="supervise").order_by("turn")
    days = [f"{e.at.astimezone(SHANGHAI):%m-%d %H}" for e in said]
    # Told again as soon as it is back, then at the next of its times.
    assert days == ["09-15 18", "10-20 09", "10-21 18", "10-23 18"]
    assert [e.facts["rung"]["en"].rpartition("(")[2] for e in said][1:] == ["no. 2)", "no. 3)", "no. 4)"]


def test_confirming_a_clock_works_out_every_tick_anew_and_accuses_nobody(town: Town) -> None:
    matter = matters.receive(Report(words="路灯不亮", division="990101001"), by=RESIDENT, at=MONDAY)
    assert matter.step_due_at is not None
    at = matter.step_due_at + timedelta(minutes=15)
    work(at)
    work(at + timedelta(hours=30))
    # Looked at by a clock 30 hours ahead, to be looked at again a day later.
    Matter.objects.filter(pk=matter.pk).update(tick_at=at + timedelta(hours=54))
    right = at + timedelta(minutes=2)
    work(right)
    assert beat.doubted() == right
    doubted = verify.verify(at=right)
    assert doubted.breaks == []
    assert any("时钟" in text.zh for text in doubted.left_out), "it says that clocks were not compared"
    beat.confirm(by=town.admin, at=right)
    assert verify.verify(at=right).breaks == []
    work(right)
    result = verify.verify(at=right)
    assert (result.breaks, result.left_out) == ([], [])
    matter.refresh_from_db()
    assert matter.tick_at == right + timedelta(days=1)
    Matter.objects.filter(pk=matter.pk).update(tick_at=right + timedelta(hours=54))
    assert [one.where for one in verify.verify(at=right).breaks] == [matter.number], "a hand's work is found as ever"


def test_confirming_a_clock_lets_jobs_and_messages_go_that_wait_for_a_moment_ahead(town: Town) -> None:
    right = MONDAY + timedelta(days=21)
    handled(town)
    jobs.add("sheets", {}, at=right + timedelta(hours=30))
    held = Job.objects.create(
        kind="sheets", state="running", created_at=right, next_at=right + timedelta(minutes=4), lease="x"
    )
    Message.objects.update(state="queued", next_at=right + timedelta(hours=30))
    sending = Message.objects.order_by("pk").first()
    assert sending is not None
    Message.objects.filter(pk=sending.pk).update(state="sending", next_at=right + timedelta(minutes=1))
    assert Message.objects.filter(state="queued").exists()
    beat.confirm(by=town.admin, at=right)
    assert set(Message.objects.filter(state="queued").values_list("next_at", flat=True)) == {right}
    assert Job.objects.get(state="queued").next_at == right
    held.refresh_from_db()
    sending.refresh_from_db()
    assert (held.next_at, sending.next_at) == (right + timedelta(minutes=4), right + timedelta(minutes=1)), "in hand"
