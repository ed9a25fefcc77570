"""The public figures: small stories counted by hand, and random histories counted again the slow way."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from tests.desk.people import MONDAY, Town, of_unit, settle
from tests.support.lots import lots
from wuxiao.desk.base.actor import RESIDENT
from wuxiao.desk.base.errors import Invalid, NotFound, Refused
from wuxiao.desk.case import clock
from wuxiao.desk.case.act import act
from wuxiao.desk.house import house
from wuxiao.desk.matters import figures, matters
from wuxiao.desk.matters.figures import month_bounds, month_of
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.town import books
from wuxiao.records.models import CallBack, Entry, Matter, Snapshot
from wuxiao.rules.access import Role
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.measures import Tally

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SEPTEMBER = "2026-09"
#: The promise of the default book for a complaint is five working days; this is long after it.
LATE = 20 * DAY


@pytest.fixture
def town() -> Town:
    return settle()


def _evidence(at: datetime) -> str:
    return next(code for code, kind in books.current(at).book.evidence_kinds.items() if not kind.file)


def report(at: datetime = MONDAY, words: str = "工地夜里十二点还在打桩,吵得睡不着,请管一管。", **more: Any) -> Matter:
    given = Report(words=words, division="990101001", phone="13900000001", **more)
    return matters.receive(given, by=RESIDENT, at=at)


def classed(town: Town, matter: Matter, at: datetime, category: str = "env.noise.construction") -> Matter:
    return act(matter.pk, "classify", {"category": category, "handling_class": "complaint"}, by=town.operator, at=at)


def handled(town: Town, at: datetime, category: str = "env.noise.construction") -> Matter:
    matter = classed(town, report(at), at + HOUR, category)
    lead = matter.route_why["lead"]
    act(matter.pk, "assign", {"unit": lead}, by=town.operator, at=at + HOUR)
    return act(matter.pk, "accept", {}, by=of_unit(town, lead), at=at + 2 * HOUR)


def answer(town: Town, matter: Matter, at: datetime) -> Matter:
    given = {"evidence": _evidence(at), "reply": "已到现场制止,夜间不再打桩。"}
    return act(matter.pk, "answer", given, by=of_unit(town, matter.holder), at=at)


def month(name: str, at: datetime) -> Tally:
    return figures.count(name, at=at)[name].total()


def test_one_matter_from_first_word_to_rating_moves_every_figure_it_should(town: Town) -> None:
    at = MONDAY + DAY
    matter = handled(town, MONDAY)
    assert month(SEPTEMBER, at).to_json() == {"received": 1}
    matter = answer(town, matter, MONDAY + 4 * HOUR)
    assert month(SEPTEMBER, at).to_json() == {"received": 1, "answered": 1, "on_time": 1}
    act(matter.pk, "rate", {"rating": "2", "solved": "yes", "contacted": "no"}, by=RESIDENT, at=MONDAY + 5 * HOUR)
    found = month(SEPTEMBER, at)
    drawn = CallBack.objects.count()
    assert found == Tally(
        received=1, closed=1, answered=1, on_time=1, contacted_n=1, solved_k=1, solved_n=1, satisfied_n=1,
        drawn=drawn, levels=[0, 1, 0, 0, 0],
    )  # fmt: skip


def test_an_overdue_matter_stays_below_the_line_every_month_until_it_is_answered(town: Town) -> None:
    matter = handled(town, MONDAY)
    due = matter.due_at
    assert due is not None
    assert month(SEPTEMBER, due).overdue_open == 0, "on the very instant it is not late yet"
    assert month(SEPTEMBER, due + HOUR).overdue_open == 1
    answer(town, matter, datetime(2026, 11, 3, 10, 0, tzinfo=SHANGHAI))
    end = datetime(2026, 12, 1, tzinfo=SHANGHAI)
    months = figures.count("2026-09", "2026-10", "2026-11", at=end)
    assert [months[m].total().overdue_open for m in sorted(months)] == [1, 1, 0]
    assert [months[m].total().answered for m in sorted(months)] == [0, 0, 1]
    assert [months[m].total().on_time for m in sorted(months)] == [0, 0, 0]
    book = books.current(end).book
    shares = [months[m].total().shares(book)["on_time"] for m in sorted(months)]
    assert [(s.k, s.n) for s in shares] == [(0, 1), (0, 1), (0, 1)]


def test_waiting_for_the_resident_is_not_late_unless_it_was_late_before(town: Town) -> None:
    early, late = handled(town, MONDAY), handled(town, MONDAY)
    act(early.pk, "ask", {"reply": "哪一栋?"}, by=of_unit(town, early.holder), at=MONDAY + DAY)
    act(late.pk, "ask", {"reply": "哪一栋?"}, by=of_unit(town, late.holder), at=MONDAY + LATE)
    # Long after both dates, and before anything ends the waiting.
    assert month(SEPTEMBER, MONDAY + LATE + HOUR).overdue_open == 1


def test_declined_withdrawn_and_merged_are_counted_apart_and_left_out_of_the_rates(town: Town) -> None:
    at = MONDAY + 3 * HOUR
    main, twin, gone, no = (handled(town, MONDAY) for _ in range(4))
    act(twin.pk, "merge", {"matter": main.number}, by=of_unit(town, twin.holder), at=at)
    act(gone.pk, "withdraw", {}, by=RESIDENT, at=at)
    reason = next(iter(books.current(at).book.decline_reasons))
    given = {"decline_reason": reason, "reply": "已由法院受理", "channel": "县人民法院"}
    act(no.pk, "decline", given, by=of_unit(town, no.holder), at=at)
    act(no.pk, "uphold", {"reason": "属实"}, by=of_unit(town, no.holder, Role.LEAD), at=at + HOUR)
    answer(town, main, at + HOUR)
    found = month(SEPTEMBER, at + DAY)
    assert (found.received, found.closed, found.answered, found.on_time) == (4, 3, 1, 1)
    assert (found.declined, found.withdrawn, found.merged) == (1, 1, 1)
    twin.refresh_from_db()
    assert twin.answered_at is not None, "the answer to the main matter is the twin's too"


def test_an_answer_that_was_objected_to_counts_where_it_stands_in_the_end(town: Town) -> None:
    start = datetime(2026, 9, 28, 10, 0, tzinfo=SHANGHAI)
    matter = answer(town, handled(town, start), start + 3 * HOUR)
    assert month(SEPTEMBER, start + DAY).answered == 1
    act(matter.pk, "rate", {"rating": "1", "solved": "no"}, by=RESIDENT, at=start + 4 * HOUR)
    matter = act(matter.pk, "object", {"reason": "没有解决"}, by=RESIDENT, at=start + 5 * HOUR)
    assert month(SEPTEMBER, start + DAY).answered == 0
    october = datetime(2026, 10, 9, 10, 0, tzinfo=SHANGHAI)
    answer(town, matter, october)
    found = month("2026-10", october + DAY)
    assert (found.answered, found.reopened, found.on_time, found.satisfied_n) == (1, 1, 1, 0)
    assert month(SEPTEMBER, october + DAY).answered == 0


def test_a_call_back_counts_with_the_closing_that_drew_it(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    from wuxiao.desk.matters import call_backs

    monkeypatch.setattr(call_backs, "lot", lambda matter_id, round_: 0.0)
    first, second = (answer(town, handled(town, MONDAY), MONDAY + 4 * HOUR) for _ in range(2))
    for matter in (first, second):
        act(matter.pk, "rate", {"rating": "4", "solved": "yes"}, by=RESIDENT, at=MONDAY + 5 * HOUR)
    given = {"way": "phone", "contacted": "yes", "solved": "yes", "rating": "5"}
    act(first.pk, "call_back", given, by=town.caller, at=MONDAY + DAY)
    found = month(SEPTEMBER, MONDAY + 2 * DAY)
    assert (found.drawn, found.asked) == (2, 1)
    act(second.pk, "object", {"reason": "又响了"}, by=RESIDENT, at=MONDAY + DAY)
    found = month(SEPTEMBER, MONDAY + 2 * DAY)
    assert (found.drawn, found.asked) == (1, 1), "a call-back dropped because of an objection is not counted"


# ------------------------------------------------------------------------------------------------------- the oracle


def _slowly(name: str, at: datetime) -> tuple[dict[tuple[str, str], dict[str, Any]], Counter[str], list[int]]:
    """The definitions of `rules.measures`, matter by matter in plain Python."""
    first, after = month_bounds(name)
    until = min(after, at)
    cells: dict[tuple[str, str], Tally] = {}
    channels: Counter[str] = Counter()
    days = Counter[int]()

    def inside(moment: datetime | None) -> bool:
        return moment is not None and first <= moment < until

    for m in Matter.objects.all():
        cell = cells.setdefault((m.kind, m.category), Tally())
        if inside(m.received_at):
            cell.received += 1
            channels[m.channel] += 1
            days[(m.received_at.astimezone(SHANGHAI)).day] += 1
        if inside(m.closed_at):
            cell.closed += 1
            cell.declined += m.outcome == "declined"
            cell.withdrawn += m.outcome == "withdrawn"
            cell.merged += m.outcome == "merged"
            for one in CallBack.objects.filter(matter=m):
                if one.round == m.reopened and one.state != "dropped":
                    cell.drawn += 1
                    cell.asked += one.state == "done"
        if inside(m.answered_at) and m.outcome not in ("declined", "withdrawn", "merged"):
            assert m.answered_at is not None
            assert m.due_at is not None
            cell.answered += 1
            cell.on_time += m.answered_at <= m.due_at
            cell.reopened += m.reopened > 0
            if m.contacted is not None:
                cell.contacted_n += 1
                cell.contacted_k += m.contacted
            if m.solved is not None:
                cell.solved_n += 1
                cell.solved_k += m.solved
            if m.satisfied is not None:
                cell.satisfied_n += 1
                cell.satisfied_k += m.satisfied >= 3
                cell.levels[m.satisfied - 1] += 1
            cell.by_call_back += m.rated_by == "call_back"
        waiting = m.state == "waiting" and m.paused_at is not None and m.due_at is not None and m.paused_at < m.due_at
        done = any(moment is not None and moment < until for moment in (m.answered_at, m.closed_at))
        if m.due_at is not None and m.due_at < until and m.received_at < until and not done and not waiting:
            cell.overdue_open += 1
    kept = {key: cell.to_json() for key, cell in cells.items() if cell.to_json()}
    return kept, channels, [days[n] for n in range(1, (until - first).days + 2) if first + (n - 1) * DAY < until]


def _check(name: str, at: datetime, made: figures.Month) -> None:
    cells, channels, days = _slowly(name, at)
    assert {key: cell.to_json() for key, cell in made.cells.items() if cell.to_json()} == cells, name
    assert Counter(made.channels) == channels
    assert made.received_by_day == days
    assert sum(made.answered_by_day) == made.total().answered
    by_unit = Tally()
    for cell in made.units.values():
        by_unit.add(cell)
    assert (by_unit.answered, by_unit.overdue_open) == (made.total().answered, made.total().overdue_open)


class Player:
    """Plays one random course of life after another, through the desk only."""

    CATEGORIES = ("env.noise.construction", "traffic.parking.space", "labour.insurance.injury", "other")

    def __init__(self, town: Town, seed: int) -> None:
        self.town, self.rng = town, random.Random(seed)

    def some(self, *steps: tuple[int, str]) -> str:
        return self.rng.choices([s for _, s in steps], [w for w, _ in steps])[0]

    def step(self, matter: Matter, at: datetime) -> None:
        """Take one random step that may be refused; a refusal is as good as a pause."""
        rng, town = self.rng, self.town
        verb = self.some(
            (14, "answer"), (3, "rate"), (2, "object"), (1, "withdraw"), (1, "ask"), (1, "reply"), (1, "decline"),
            (2, "uphold"), (1, "merge"), (1, "unmerge"), (1, "call_back"), (1, "redo"), (1, "extend"), (2, "grant"),
        )  # fmt: skip
        book = books.current(at).book
        handler = of_unit(town, matter.holder) if book.units[matter.holder].type != "centre" else town.operator
        lead = of_unit(town, matter.holder, Role.LEAD)
        other = rng.choice([None, *Matter.objects.exclude(pk=matter.pk).order_by("pk")])
        lawful = next(iter(book.decline_reasons))
        rating = {"rating": str(rng.randint(1, 5)), "solved": rng.choice(["yes", "no"])}
        given, by = {
            "answer": ({"evidence": _evidence(at), "reply": "已经处理好了", "ticked": "0"}, handler),
            "rate": (rating | ({"contacted": "yes"} if rng.random() < 0.5 else {}), RESIDENT),
            "object": ({"reason": "没有解决"}, RESIDENT),
            "withdraw": ({}, RESIDENT),
            "ask": ({"reply": "请补充地点"}, lead),
            "reply": ({"words": "在东门"}, RESIDENT),
            "decline": ({"decline_reason": lawful, "reply": "法院已受理", "channel": "法院"}, handler),
            "uphold": ({"reason": "属实"}, lead),
            "merge": ({"matter": other.number if other else ""}, handler),
            "unmerge": ({"reason": "不是一件事"}, town.operator),
            "call_back": (rating | {"way": "phone", "contacted": "no"}, town.caller),
            "redo": ({"reason": "答非所问"}, town.supervisor),
            "extend": ({"term_days": "3", "reason": "要等材料"}, handler),
            "grant": ({}, town.shift_lead),
        }[verb]  # fmt: skip
        try:
            act(matter.pk, verb, given, by=by, at=at)
        except (Refused, Invalid, NotFound):
            return

    def day(self, at: datetime) -> None:
        """A day of the town: something comes in, something is done, the clock ticks."""
        for _ in range(self.rng.choice([0, 1, 1, 2])):
            matter = report(at, channel=self.rng.choice(["web", "phone"]))
            if self.rng.random() < 0.9:
                matter = classed(self.town, matter, at, self.rng.choice(self.CATEGORIES))
                lead = matter.route_why["lead"]
                act(matter.pk, "assign", {"unit": lead}, by=self.town.operator, at=at)
                act(matter.pk, "accept", {}, by=of_unit(self.town, lead), at=at + HOUR)
        chosen = list(Matter.objects.order_by("pk"))
        for matter in self.rng.sample(chosen, min(len(chosen), 5)):
            self.step(Matter.objects.get(pk=matter.pk), at + 2 * HOUR)
        clock.tick(at=at + 3 * HOUR)


@pytest.mark.parametrize("seed", range(1, lots(1, 5) + 1))
def test_random_histories_count_the_same_fast_slowly_and_bit_by_bit(town: Town, seed: int) -> None:
    player = Player(town, seed)
    start = datetime(2026, 8, 20, 9, 0, tzinfo=SHANGHAI)
    for n in range(0, 66, 3):
        at = start + n * DAY
        player.day(at)
        figures.refresh(at=at + 4 * HOUR)
    end = start + 66 * DAY
    figures.refresh(at=end)
    names = ["2026-08", "2026-09", "2026-10"]
    kept = figures.published(*names)
    whole = figures.count(*names, at=end)
    assert sum(made.total().answered for made in whole.values()) > 3
    assert sum(made.total().overdue_open for made in whole.values()) > 0
    for name in names:
        _check(name, end, whole[name])
        assert kept[name].to_json() == whole[name].to_json() | {"final": kept[name].final}, f"{name} was not kept up"
    index = figures.index()
    assert index is not None
    assert {name: index.total(name) for name in names} == {name: whole[name].total() for name in names}


# --------------------------------------------------------------------------------------------------------- keeping


def test_nothing_is_counted_again_that_cannot_have_changed(town: Town) -> None:
    handled(town, MONDAY)
    assert figures.refresh(at=MONDAY + DAY) == [SEPTEMBER]
    november = datetime(2026, 11, 10, 10, 0, tzinfo=SHANGHAI)
    assert figures.refresh(at=november) == ["2026-09", "2026-10", "2026-11"]
    assert figures.refresh(at=november + HOUR) == ["2026-11"], "only the month that is not over goes on"
    handled(town, november)
    assert figures.refresh(at=november + 2 * HOUR) == ["2026-11"], "what came in now changes no month before"
    act(Matter.objects.order_by("pk")[0].pk, "withdraw", {}, by=RESIDENT, at=november)
    assert figures.refresh(at=november + 3 * HOUR) == ["2026-09", "2026-10", "2026-11"]


def test_a_final_month_stands_unless_history_is_added_to_it(town: Town) -> None:
    matter = handled(town, MONDAY)
    january = datetime(2027, 1, 10, 10, 0, tzinfo=SHANGHAI)
    figures.refresh(at=january)
    assert figures.published(SEPTEMBER)[SEPTEMBER].final
    assert not figures.published("2026-11")["2026-11"].final
    act(matter.pk, "withdraw", {}, by=RESIDENT, at=january)
    assert SEPTEMBER not in figures.refresh(at=january + HOUR)
    # An import brings a matter of that time, with its real dates.
    classed(town, report(MONDAY + DAY), MONDAY + DAY)
    assert SEPTEMBER in figures.refresh(at=january + 2 * HOUR)
    assert figures.published(SEPTEMBER)[SEPTEMBER].total().received == 2


def test_an_entry_that_was_committed_after_a_later_one_is_not_missed(town: Town) -> None:
    """Two transactions: the earlier number becomes visible only after the later one was seen."""
    handled(town, MONDAY)
    slow = handled(town, MONDAY + HOUR)
    numbers = list(Entry.objects.filter(matter=slow).values_list("pk", flat=True))
    handled(town, MONDAY + 2 * HOUR)
    october = datetime(2026, 10, 5, 10, 0, tzinfo=SHANGHAI)
    Entry.objects.filter(pk__in=numbers).update(id=F("id") - 100_000)
    figures.refresh(at=october)
    assert figures.refresh(at=october + HOUR) == ["2026-10"]
    Entry.objects.filter(id__lt=0).update(id=F("id") + 100_000)
    assert SEPTEMBER in figures.refresh(at=october + 2 * HOUR)


def test_a_refresh_that_was_killed_in_the_middle_is_made_good_by_the_next(town: Town) -> None:
    handled(town, MONDAY)
    figures.refresh(at=MONDAY + DAY)
    handled(town, MONDAY + DAY)
    Snapshot.objects.filter(name="figures:2026-09").update(data=_an_empty_month())
    figures.refresh(at=MONDAY + 2 * DAY)
    assert figures.published(SEPTEMBER)[SEPTEMBER].total().received == 2


def _an_empty_month() -> dict[str, Any]:
    return figures.Month(SEPTEMBER, MONDAY).to_json()


def test_a_new_town_has_an_index_and_no_months(town: Town) -> None:
    assert figures.index() is None
    assert figures.refresh(at=MONDAY) == []
    index = figures.index()
    assert index is not None
    assert (index.months, index.open["n"]) == ({}, 0)
    assert figures.published(SEPTEMBER) == {}


def test_the_worker_prepares_the_figures(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house, "_last", {})
    handled(town, MONDAY)
    house.keep(at=MONDAY + DAY)
    assert figures.published(SEPTEMBER)[SEPTEMBER].total().received == 1


def test_reading_the_prepared_figures_takes_two_queries_however_many_matters(town: Town) -> None:
    for _ in range(3):
        handled(town, MONDAY)
    figures.refresh(at=MONDAY + DAY)
    with CaptureQueriesContext(connection) as asked:
        figures.index()
        figures.published(SEPTEMBER, "2026-08")
    assert len(asked) == 2
    assert not any('"records_matter"' in q["sql"] for q in asked.captured_queries)


def test_months_turn_at_midnight_in_the_town() -> None:
    edge = datetime(2026, 9, 30, 16, 0, tzinfo=SHANGHAI).replace(hour=23, minute=59, second=59)
    assert month_of(edge) == "2026-09"
    assert month_of(edge + timedelta(seconds=1)) == "2026-10"
    assert month_bounds("2026-12")[1] == month_bounds("2027-01")[0]
    assert figures.earlier("2026-01", 2) == "2025-11"
    assert list(figures.months_between("2025-12", "2026-02")) == ["2025-12", "2026-01", "2026-02"]
    assert Entry.objects.count() == 0
