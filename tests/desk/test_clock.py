"""The clock loop: reminders, escalation, resuming, closing; orphans; the ladder; extensions; notices."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.desk.people import MONDAY, Town, of_unit, settle
from wuxiao.desk import books, clock, clocks, matters, notices
from wuxiao.desk.act import act
from wuxiao.desk.actor import RESIDENT, SYSTEM
from wuxiao.desk.errors import Refused
from wuxiao.desk.matters import Report
from wuxiao.records.models import Access, Entry, Matter
from wuxiao.rules.access import Role
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.promise import replay

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


def test_an_unanswered_matter_climbs_the_ladder_and_no_further(town: Town) -> None:
    matter = handled(town)
    run_until(MONDAY + timedelta(days=30), MONDAY)
    climbed = [v for v in verbs(matter) if v in {"remind", "urge", "supervise"}]
    assert climbed == [rung.verb for rung in books.current(MONDAY).book.ladder]
    matter.refresh_from_db()
    assert matter.supervised_at is not None
    assert matter.state == "handling"
    assert matter.tick_at is not None


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
