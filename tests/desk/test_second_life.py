"""A case of another life goes through the same mechanisms as a matter, and they know nothing of it but its life."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import models

from tests.desk.people import MONDAY, Town, of_unit, settle
from tests.support import toy
from wuxiao.desk.audit.verify import verify
from wuxiao.desk.base.actor import RESIDENT, SYSTEM
from wuxiao.desk.base.errors import NotFound, Refused
from wuxiao.desk.case import clock
from wuxiao.desk.case.act import act
from wuxiao.desk.matters.matters import Report, receive
from wuxiao.records.models import Case, Matter, Words
from wuxiao.rules.life import Life

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def town() -> Iterator[Town]:
    with toy.playing():
        yield settle()


def test_it_opens_walks_and_ends_by_its_own_table(town: Town) -> None:
    keeper, other = of_unit(town, "urban_mgmt"), of_unit(town, "market_reg")
    case = toy.begin(by=keeper, at=MONDAY)
    assert (case.state, case.due_at, case.outcome) == ("going", None, "")
    assert case.step_due_at is not None
    assert case.tick_at == case.step_due_at
    assert [(row.principal, row.queue, row.own) for row in toy.row_of(case)] == [
        ("toy/c", "going.toy", False),
        ("toy/d:990101001", "going.toy", False),
        ("toy/u:urban_mgmt", "going.toy", True),
    ]

    said = act(case.pk, "say", {"words": "第一句"}, by=keeper, at=MONDAY)
    assert type(said) is Case
    assert Words.objects.get(matter_id=case.pk, turn=2).text == "第一句"
    with pytest.raises(NotFound):
        act(case.pk, "say", {"words": "别的单位"}, by=other, at=MONDAY)
    with pytest.raises(Refused) as refused:
        act(case.pk, "stop", {}, by=keeper, at=MONDAY)
    assert refused.value.code == "who"
    with pytest.raises(Refused) as refused:
        act(case.pk, "classify", {}, by=keeper, at=MONDAY)
    assert refused.value.code == "unknown"
    # Nobody takes it for a caller: that is something of matters alone.
    assert act(case.pk, "object", {"reason": "不是这样"}, by=keeper, at=MONDAY).state == "standing_still"
    done = act(case.pk, "answer", {}, by=keeper, at=MONDAY + DAY)
    assert (done.state, done.outcome, done.closed_at) == ("done", "done", MONDAY + DAY)
    assert (done.tick_at, done.step_due_at) == (None, None)
    assert {row.is_open for row in toy.row_of(done)} == {False}
    assert verify(at=MONDAY + DAY).breaks == []


def test_its_clock_is_looked_at_beside_those_of_matters(town: Town) -> None:
    keeper = of_unit(town, "urban_mgmt")
    cases = [toy.begin(by=keeper, at=MONDAY) for _ in range(3)]
    matter = receive(Report(words="路灯不亮"), by=RESIDENT, at=MONDAY)
    later = MONDAY + 14 * DAY
    # However many come due at once, each life has its turn.
    assert clock.tick(at=later, limit=1) == 2
    matter.refresh_from_db()
    assert matter.tick_at is not None
    assert matter.tick_at > later
    clock.tick(at=later)
    for case in cases:
        case.refresh_from_db()
        assert case.state == "standing_still"
        assert case.entries.get(turn=2).verb == "stop"
        assert case.tick_at == later + DAY
    assert clock.orphans(at=later) == []
    Case.objects.filter(pk=cases[0].pk).update(tick_at=None)
    assert [one.pk for one in clock.orphans(at=later)] == [cases[0].pk]


def test_a_life_that_breaks_stops_no_other(town: Town) -> None:
    keeper = of_unit(town, "urban_mgmt")
    case = toy.begin(by=keeper, at=MONDAY)
    matter = receive(Report(words="路灯不亮"), by=RESIDENT, at=MONDAY)
    # A row by hand, in a state that its life does not know.
    models.QuerySet(Case).filter(pk=case.pk).update(state="nowhere", tick_at=MONDAY)
    later = MONDAY + 14 * DAY
    assert clock.tick(at=later) == 2
    matter.refresh_from_db()
    assert matter.entries.filter(actor="system", turn__gt=1).exists()


def test_its_life_is_sealed_and_a_change_is_found(town: Town) -> None:
    keeper = of_unit(town, "urban_mgmt")
    parent = receive(Report(words="路灯不亮"), by=RESIDENT, at=MONDAY)
    case = toy.begin(by=keeper, at=MONDAY, parent_id=parent.pk)
    first = case.entries.get(turn=1)
    assert (first.verb, first.state) == ("begin", "going")
    assert first.facts["life"] == "toy"
    assert first.facts["parent"] == parent.number
    assert "life" not in parent.entries.get(turn=1).facts
    assert verify(at=MONDAY).breaks == []
    Case.objects.filter(pk=case.pk).update(parent=None)
    assert {b.column for b in verify(at=MONDAY).breaks} == {"matter.life"}
    Case.objects.filter(pk=case.pk).update(parent=parent)
    Case.objects.filter(pk=parent.pk).update(life="toy")
    assert "matter.life" in {b.column for b in verify(at=MONDAY).breaks if b.where == parent.number}


def test_rows_come_as_what_their_life_says(town: Town) -> None:
    case = toy.begin(by=of_unit(town, "urban_mgmt"), at=MONDAY)
    matter = receive(Report(words="路灯不亮"), by=SYSTEM, at=MONDAY)
    assert {type(row) for row in Case.objects.all()} == {Case, Matter}
    assert type(Case.objects.get(pk=matter.pk)) is Matter
    assert type(matter.entries.get(turn=1).matter) is Matter
    assert list(Matter.objects.values_list("pk", flat=True)) == [matter.pk]
    assert not Matter.objects.filter(code=case.code).exists()


def test_what_is_said_of_a_verb_must_be_a_verb() -> None:
    with pytest.raises(ValueError, match="no such step"):
        Life("x", toy.LIFE.noun, toy.State, toy.LIFE.standings, toy.LIFE.rows, toy.LIFE.over, theirs=frozenset({"add"}))
