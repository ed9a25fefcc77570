"""Many at once: one wins and the other is told; the same click is one matter; chains never fork; nothing is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, connections

from tests.desk.people import MONDAY, Town, of_unit, settle
from wuxiao.desk.audit import verify
from wuxiao.desk.base.actor import RESIDENT
from wuxiao.desk.base.errors import DeskError, Stale
from wuxiao.desk.case import outbox
from wuxiao.desk.case.act import act
from wuxiao.desk.diary import diary
from wuxiao.desk.matters import matters
from wuxiao.desk.matters.face import SUBJECT
from wuxiao.desk.matters.matters import Report
from wuxiao.records.models import Access, Entry, Matter, Message
from wuxiao.rules.flow import STEPS

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def town() -> Town:
    return settle()


def together(*tasks: Callable[[], object]) -> list[object]:
    """Run every task in a thread of its own, all let go at once; results or errors in their order."""
    gate = threading.Barrier(len(tasks))
    out: list[object] = [None] * len(tasks)

    def run(number: int, task: Callable[[], object]) -> None:
        gate.wait()
        try:
            out[number] = task()
        except DeskError as error:
            out[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(n, task)) for n, task in enumerate(tasks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return out


def test_every_verb_of_the_table_has_its_effect() -> None:
    assert set(SUBJECT.effects) == set(STEPS) - {"receive"}


def test_of_eight_who_act_on_the_same_version_exactly_one_wins(town: Town) -> None:
    matter = matters.receive(Report(words="路灯不亮"), by=RESIDENT, at=MONDAY)
    given = {"category": "urban.facility.lamp", "handling_class": "request"}
    seen = matter.version

    def classify() -> Matter:
        return act(matter.pk, "classify", given, by=town.operator, at=MONDAY, version=seen)

    out = together(*[classify] * 8)
    assert sum(isinstance(o, Matter) for o in out) == 1
    assert sum(isinstance(o, Stale) for o in out) == 7
    assert Entry.objects.filter(matter=matter, verb="classify").count() == 1


def test_of_two_units_only_the_one_it_was_offered_to_accepts_and_only_once(town: Town) -> None:
    matter = matters.receive(Report(words="路灯不亮", division="990101001"), by=RESIDENT, at=MONDAY)
    given = {"category": "urban.facility.lamp", "handling_class": "request"}
    matter = act(matter.pk, "classify", given, by=town.operator, at=MONDAY)
    lead = matter.route_why["lead"]
    act(matter.pk, "assign", {"unit": lead}, by=town.operator, at=MONDAY)
    handler = of_unit(town, lead)
    accept = lambda: act(matter.pk, "accept", {}, by=handler, at=MONDAY)  # noqa: E731
    refuse = lambda: act(matter.pk, "refuse", {"reason": "不归我管"}, by=handler, at=MONDAY)  # noqa: E731
    out = together(accept, refuse, accept, refuse)
    assert sum(isinstance(o, Matter) for o in out) == 1
    assert sum(isinstance(o, DeskError) for o in out) == 3


def test_the_same_click_from_ten_hands_makes_one_matter(town: Town) -> None:
    report = Report(words="下水道堵了,污水漫到街上", phone="13900000002")
    out = together(*[lambda: matters.receive(report, by=RESIDENT, at=MONDAY, once="click-1")] * 10)
    assert len({m.pk for m in out if isinstance(m, Matter)}) == 1
    assert all(isinstance(o, Matter) for o in out)
    assert Matter.objects.count() == 1
    assert Message.objects.filter(verb="receive").count() == 1


def test_chains_stay_whole_under_a_crowd_of_notes_and_reads(town: Town) -> None:
    matter = matters.receive(Report(words="路灯不亮"), by=RESIDENT, at=MONDAY)

    def note(n: int) -> object:
        return act(matter.pk, "note", {"words": f"第{n}条"}, by=town.operator, at=MONDAY)

    def read(n: int) -> object:
        return diary.log_read(matter, by=town.operator, at=MONDAY, fields=["phone"], purpose=f"核实{n}")

    out = together(*[lambda n=n: note(n) for n in range(6)], *[lambda n=n: read(n) for n in range(6)])
    assert not [o for o in out if isinstance(o, DeskError)]
    turns = list(Entry.objects.filter(matter=matter).order_by("turn").values_list("turn", flat=True))
    assert turns == list(range(1, 14))
    assert verify.verify().breaks == []


def test_many_residents_at_once_lose_nothing(town: Town) -> None:
    def report(n: int) -> Matter:
        return matters.receive(Report(words=f"第{n}件:井盖松动"), by=RESIDENT, at=MONDAY, once=f"r{n}")

    out = together(*[lambda n=n: report(n) for n in range(12)])
    assert all(isinstance(o, Matter) for o in out), out
    assert Matter.objects.count() == 12
    assert Access.objects.filter(principal="c").count() == 12
    assert verify.verify().breaks == []


def test_two_workers_never_send_the_same_message_twice(town: Town, tmp_path, settings) -> None:  # type: ignore[no-untyped-def]
    settings.DATA_DIR = tmp_path
    for n in range(6):
        matters.receive(Report(words="井盖松动", phone=f"1390000000{n}"), by=RESIDENT, at=MONDAY)
    at = MONDAY + timedelta(minutes=1)
    counts = together(*[lambda: outbox.send_due(at=at)] * 4)
    assert sum(c for c in counts if isinstance(c, int)) == 6
    assert Message.objects.filter(state="sent").count() == 6
    assert len(list((tmp_path / "outbox").glob("*.sms"))) == 6
    assert set(Message.objects.values_list("attempts", flat=True)) == {1}


def test_an_act_that_fails_half_way_leaves_nothing(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    matter = matters.receive(Report(words="路灯不亮", phone="13900000003"), by=RESIDENT, at=MONDAY)
    before = (Entry.objects.count(), Message.objects.count(), Matter.objects.get(pk=matter.pk).turn)

    def broken(*_args: object, **_more: object) -> None:
        raise RuntimeError("the machine stopped here")

    monkeypatch.setattr("wuxiao.desk.base.find.extend", broken)
    with pytest.raises(RuntimeError):
        act(matter.pk, "note", {"words": "半截"}, by=town.operator, at=MONDAY)
    assert (Entry.objects.count(), Message.objects.count(), Matter.objects.get(pk=matter.pk).turn) == before
    assert connection.in_atomic_block is False
