"""Who may end, move or divert what: joint decisions, 110 and its calls, co-units, refusals that say why."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.desk.people import MONDAY, Town, of_unit, settle
from tests.desk.test_joined import NOISE, answer, classed, in_hand, report
from wuxiao.desk.base.actor import RESIDENT
from wuxiao.desk.base.errors import Invalid, NotFound, Refused
from wuxiao.desk.case import standing
from wuxiao.desk.case.act import act
from wuxiao.desk.case.rows import rows
from wuxiao.desk.house import house
from wuxiao.desk.look import callbacks, handed, shelves
from wuxiao.desk.matters import call_backs, figures, matters
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.town import books
from wuxiao.records.models import Access, CallBack, Entry, Matter, WorkOrder
from wuxiao.rules.access import Role

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def town() -> Town:
    return settle()


def police_category(police: bool) -> str:
    book = books.current(MONDAY).book
    return next(c.code for c in book.leaves() if c.police is police and (c.kind == "minor_case") is police)


def call(town: Town, **more: object) -> Matter:
    values: dict[str, object] = {
        "words": "楼道里的电动车想请你们看一下",
        "channel": "call_110",
        "phone": "19909900055",
        **more,
    }
    return matters.receive(Report(**values), by=town.police, at=MONDAY)  # type: ignore[arg-type]


def decided(town: Town) -> tuple[Matter, str]:
    matter = classed(town, report(0))
    unit = matter.route_why["lead"]
    for _ in range(3):
        act(matter.pk, "assign", {"unit": unit}, by=town.operator, at=MONDAY)
        act(matter.pk, "refuse", {"reason": "不归我们"}, by=of_unit(town, unit), at=MONDAY)
    given = {"unit": unit, "reason": "会议纪要1号"}
    return act(matter.pk, "decide", given, by=town.shift_lead, at=MONDAY + HOUR), unit


def able(unit: str) -> str:
    """Another unit with the power over noise."""
    book = books.current(MONDAY).book
    noise = book.categories[NOISE]
    found = [u.code for u in book.units.values() if u.type == "department" and u.has_power(noise) and u.code != unit]
    return found[0]


class TestAJointDecision:
    def test_nobody_moves_it_but_the_shift_lead_by_a_new_one(self, town: Town) -> None:
        matter, unit = decided(town)
        other = able(unit)
        for by in (town.operator, town.shift_lead):
            with pytest.raises(Refused) as no:
                act(matter.pk, "reassign", {"unit": other, "reason": "换一家"}, by=by, at=MONDAY + 2 * HOUR)
            assert no.value.code == "not_decided_yet"
        with pytest.raises(Refused):
            act(matter.pk, "decide", {"unit": other, "reason": "换"}, by=town.operator, at=MONDAY + 2 * HOUR)
        with pytest.raises(Invalid):
            act(matter.pk, "decide", {"unit": unit, "reason": "同一家"}, by=town.shift_lead, at=MONDAY + 2 * HOUR)
        given = {"unit": other, "reason": "纪要2号"}
        matter = act(matter.pk, "decide", given, by=town.shift_lead, at=MONDAY + 2 * HOUR)
        assert (matter.state, matter.holder, matter.decided) == ("handling", other, True)
        leads = WorkOrder.objects.filter(matter=matter, role="lead", state="accepted").values_list("unit", flat=True)
        assert list(leads) == [other]
        with pytest.raises((Refused, NotFound)):
            act(matter.pk, "refuse", {"reason": "第四次"}, by=of_unit(town, other), at=MONDAY + 3 * HOUR)

    def test_danger_and_back_leaves_it_standing(self, town: Town) -> None:
        matter, unit = decided(town)
        act(matter.pk, "bypass", {"reason": "有人拿刀"}, by=of_unit(town, unit), at=MONDAY + 2 * HOUR)
        matter = act(matter.pk, "stand_down", {"reply": "已控制"}, by=town.police, at=MONDAY + 3 * HOUR)
        assert (matter.state, matter.holder, matter.decided) == ("handling", unit, True)
        with pytest.raises(Refused):
            act(matter.pk, "reassign", {"unit": able(unit), "reason": "换"}, by=town.operator, at=MONDAY + 4 * HOUR)

    def test_no_new_decision_where_none_was_made(self, town: Town) -> None:
        matter = report(0)
        in_hand(town, matter)
        unit = Matter.objects.get(pk=matter.pk).holder
        with pytest.raises(Refused) as no:
            act(matter.pk, "decide", {"unit": able(unit), "reason": "x"}, by=town.shift_lead, at=MONDAY + HOUR)
        assert no.value.code == "may_decide"


class Test110:
    def test_a_duty_of_the_police_is_not_diverted_and_closes_at_a_station_in_one_day(self, town: Town) -> None:
        book = books.current(MONDAY).book
        matter = call(town, division="990101001")
        given = {"category": police_category(True), "handling_class": "request"}
        matter = act(matter.pk, "classify", given, by=town.police, at=MONDAY + HOUR / 4)
        divert = {"unit": "hotline", "way": "push", "caller_agrees": "yes", "reason": "不属警务"}
        with pytest.raises(Refused) as no:
            act(matter.pk, "divert", divert, by=town.police, at=MONDAY + HOUR / 2)
        assert no.value.code == "not_police_duty"
        station = matter.route_why["lead"]
        if book.units[station].type != "station":
            station = next(u.code for u in book.units.values() if u.type == "station")
        act(matter.pk, "assign", {"unit": station}, by=town.police, at=MONDAY + HOUR / 2)
        officer = of_unit(town, station)
        act(matter.pk, "accept", {}, by=officer, at=MONDAY + HOUR)
        matter = answer(Matter.objects.get(pk=matter.pk), officer, MONDAY + 3 * HOUR)
        matter = act(matter.pk, "rate", {"rating": "5", "solved": "yes"}, by=RESIDENT, at=MONDAY + 5 * HOUR)
        assert (matter.state, matter.outcome, matter.holder) == ("closed", "answered", station)
        seen = handed.one(matter.number, by=town.police)
        assert (seen.state, seen.holder, seen.answer) == ("closed", station, "已到现场处理")

    def test_it_assigns_nothing_else_and_to_nobody_else(self, town: Town) -> None:
        matter = call(town, words="工地夜里施工太吵", division="990101001")
        act(matter.pk, "classify", {"category": NOISE, "handling_class": "complaint"}, by=town.police, at=MONDAY)
        with pytest.raises(Refused) as no:
            act(matter.pk, "assign", {"unit": "urban_mgmt"}, by=town.police, at=MONDAY)
        assert no.value.code == "desk_may_assign"
        theirs = call(town, division="990101001")
        given = {"category": police_category(True), "handling_class": "request"}
        act(theirs.pk, "classify", given, by=town.police, at=MONDAY)
        with pytest.raises(Invalid) as wrong:
            act(theirs.pk, "assign", {"unit": "urban_mgmt"}, by=town.police, at=MONDAY)
        assert set(wrong.value.fields) == {"unit"}

    def test_it_answers_an_enquiry_itself(self, town: Town) -> None:
        matter = call(town, words="请问怎样办无犯罪记录证明")
        given = {"category": police_category(True), "handling_class": "enquiry"}
        act(matter.pk, "classify", given, by=town.police, at=MONDAY)
        assert answer(Matter.objects.get(pk=matter.pk), town.police, MONDAY + HOUR).state == "answered"

    def test_a_caller_who_says_no_is_not_diverted(self, town: Town) -> None:
        matter = call(town, words="楼上装修扰民")
        given = {"unit": "hotline", "way": "push", "caller_agrees": "no", "reason": "不属警务"}
        with pytest.raises(Invalid) as wrong:
            act(matter.pk, "divert", given, by=town.police, at=MONDAY)
        assert set(wrong.value.fields) == {"caller_agrees"}
        assert Matter.objects.get(pk=matter.pk).state == "intake"
        assert not WorkOrder.objects.filter(matter=matter).exists()

    def test_what_danger_took_goes_straight_back_without_sign_offs(self, town: Town) -> None:
        matter = report(0)
        act(matter.pk, "bypass", {"reason": "有人要跳楼"}, by=town.operator, at=MONDAY)
        matter = act(matter.pk, "stand_down", {"reply": "人已劝下"}, by=town.police, at=MONDAY + HOUR)
        assert (matter.state, matter.holder) == ("intake", "hotline")
        assert Entry.objects.filter(matter=matter, verb="sign").count() == 0
        assert handed.one(matter.number, by=town.police).holder == "hotline"
        again = act(matter.pk, "bypass", {"reason": "又上去了"}, by=town.operator, at=MONDAY + 2 * HOUR)
        kept = act(again.pk, "stand_down", {"reply": "留下处理", "keep": "yes"}, by=town.police, at=MONDAY + 3 * HOUR)
        assert (kept.state, kept.holder) == ("intake", "police_110")

    def test_its_own_danger_stays_with_it(self, town: Town) -> None:
        matter = call(town, words="楼上装修扰民")
        act(matter.pk, "bypass", {"reason": "打起来了"}, by=town.police, at=MONDAY)
        matter = act(matter.pk, "stand_down", {"reply": "已劝开"}, by=town.police, at=MONDAY + HOUR)
        assert (matter.state, matter.holder) == ("intake", "police_110")

    def test_110_and_its_reviewers_see_what_became_of_it_and_nobody_else_does(self, town: Town) -> None:
        matter = _diverted(town)
        with pytest.raises(NotFound):
            act(matter.pk, "note", {"words": "再看看"}, by=town.police, at=MONDAY + 2 * HOUR)
        handler = _assigned(town, matter)
        answer(Matter.objects.get(pk=matter.pk), handler, MONDAY + 5 * HOUR)
        for by in (town.police, town.reviewer1, town.reviewer4):
            seen = handed.one(matter.number, by=by)
            assert (seen.state, seen.holder, seen.answer, seen.watched) == (
                "answered", handler.unit, "已到现场处理", False,
            )  # fmt: skip
            found, following = handed.page(by)
            assert [one.number for one in found] == [matter.number]
            assert following is None
        for by in (town.caller, of_unit(town, "housing"), town.auditor):
            with pytest.raises(NotFound):
                handed.one(matter.number, by=by)
            assert handed.page(by) == ([], None)
        with pytest.raises(NotFound):
            handed.one(report(3).number, by=town.police)

    def test_what_was_refused_and_handed_over_again_is_one_matter(self, town: Town) -> None:
        matter = call(town, words="楼上装修扰民", division="990101001")
        given = {"unit": "hotline", "way": "push", "caller_agrees": "yes", "reason": "不属警务"}
        for last in ("refuse", "accept"):
            act(matter.pk, "divert", given, by=town.police, at=MONDAY)
            for level in range(1, 5):
                act(matter.pk, "sign", {"reason": "同意"}, by=town.people[f"reviewer{level}"], at=MONDAY + HOUR)
            act(matter.pk, last, {"reason": "请先问清"} if last == "refuse" else {}, by=town.operator, at=MONDAY + HOUR)
            found, _ = handed.page(town.police)
            assert [one.number for one in found] == ([] if last == "refuse" else [matter.number])

    def test_of_a_hidden_one_only_since_when_it_is_watched(self, town: Town) -> None:
        matter = _diverted(town, about=("urban_mgmt",))
        seen = handed.one(matter.number, by=town.police)
        assert (seen.watched, seen.state, seen.holder, seen.answer, seen.due_at) == (True, "", "", "", None)
        station = next(u.code for u in books.current(MONDAY).book.units.values() if u.type == "station")
        theirs = _diverted(town)
        Matter.objects.filter(pk=theirs.pk).update(hidden_units=f",police_110,{station},")
        assert handed.one(theirs.number, by=town.police).watched
        found, _ = handed.page(town.police)
        assert [(one.number, one.watched) for one in found] == [("", True), ("", True)]

    def test_the_list_goes_on_page_by_page(self, town: Town) -> None:
        numbers = {_diverted(town).number for _ in range(5)}
        seen, after = [], None
        for _ in range(9):
            found, after = handed.page(town.police, after=after, limit=2)
            seen += [one.number for one in found]
            if after is None:
                break
        assert len(seen) == 5
        assert set(seen) == numbers


def _diverted(town: Town, **more: object) -> Matter:
    matter = call(town, words="楼上装修扰民", division="990101001", **more)
    given = {"unit": "hotline", "way": "push", "caller_agrees": "yes", "reason": "不属警务"}
    act(matter.pk, "divert", given, by=town.police, at=MONDAY)
    for level in range(1, 5):
        act(matter.pk, "sign", {"reason": "同意"}, by=town.people[f"reviewer{level}"], at=MONDAY + level * HOUR / 4)
    return act(matter.pk, "accept", {}, by=town.operator, at=MONDAY + 2 * HOUR)


def _assigned(town: Town, matter: Matter):  # type: ignore[no-untyped-def]
    return in_hand(town, matter, MONDAY + 3 * HOUR)


class TestCoUnits:
    def test_a_co_unit_sees_its_own_clock_whatever_the_lead_waits_for(self, town: Town) -> None:
        matter = report(0)
        handler = in_hand(town, matter)
        act(matter.pk, "join", {"unit": "housing", "task": "复查", "term_days": "1"}, by=handler, at=MONDAY + HOUR)
        helper = of_unit(town, "housing")
        assert helper.viewer is not None
        assert handler.viewer is not None
        due = WorkOrder.objects.get(matter=matter, role="co").due_at
        matter = Matter.objects.get(pk=matter.pk)
        assert due is not None
        assert matter.due_at is not None
        assert due < matter.due_at
        theirs = Access.objects.get(matter=matter, principal="u:housing")
        assert (theirs.sort_at, theirs.late_at, theirs.queue, theirs.own) == (due, due, "handle", True)
        leads = Access.objects.get(matter=matter, principal=f"u:{matter.holder}")
        assert leads.late_at == matter.due_at
        assert rows([matter.pk], viewer=helper.viewer, co_units=("housing",))[0].co_due == due
        assert rows([matter.pk], viewer=handler.viewer, co_units=(matter.holder,))[0].co_due is None
        late = shelves.shelf_page(helper.viewer, "overdue", now=due + HOUR)
        assert late.ids == (matter.pk,)
        act(matter.pk, "ask", {"reply": "几点最吵？"}, by=handler, at=MONDAY + 2 * HOUR)
        inbox = shelves.shelf_page(helper.viewer, "inbox", now=MONDAY + 3 * HOUR)
        assert inbox.ids == (matter.pk,)
        act(matter.pk, "reply", {"words": "夜里"}, by=RESIDENT, at=MONDAY + 3 * HOUR)
        act(matter.pk, "extend", {"term_days": "2", "reason": "要检测"}, by=handler, at=MONDAY + 3 * HOUR)
        assert shelves.shelf_page(helper.viewer, "inbox", now=MONDAY + 4 * HOUR).ids == (matter.pk,)
        act(matter.pk, "part", {"words": "已查"}, by=helper, at=MONDAY + 4 * HOUR)
        assert shelves.shelf_page(helper.viewer, "inbox", now=MONDAY + 4 * HOUR).ids == ()
        assert shelves.shelf_page(helper.viewer, "overdue", now=due + HOUR).ids == ()

    def test_the_lead_is_told_whom_it_waits_for(self, town: Town) -> None:
        matter = report(0)
        handler = in_hand(town, matter)
        act(matter.pk, "join", {"unit": "housing", "task": "复查", "term_days": "1"}, by=handler, at=MONDAY + HOUR)
        name = books.current(MONDAY).book.units["housing"].name
        with pytest.raises(Refused) as no:
            answer(Matter.objects.get(pk=matter.pk), handler, MONDAY + 2 * HOUR)
        assert name.zh in no.value.text.zh
        assert name.en in no.value.text.en


class TestRefusalsSayWhy:
    def test_a_reopened_matter_has_its_own_extension_and_its_own_question(self, town: Town) -> None:
        matter = report(0)
        handler = in_hand(town, matter)
        lead = of_unit(town, handler.unit, Role.LEAD)
        at = MONDAY
        for _ in range(2):
            act(matter.pk, "ask", {"reply": "请问几点"}, by=handler, at=at)
            act(matter.pk, "reply", {"words": "夜里"}, by=RESIDENT, at=at)
            act(matter.pk, "extend", {"term_days": "2", "reason": "要检测"}, by=handler, at=at)
            with pytest.raises(Refused) as no:
                act(matter.pk, "extend", {"term_days": "2", "reason": "要检测"}, by=handler, at=at)
            assert no.value.code == "none_waiting"
            act(matter.pk, "grant", {}, by=lead, at=at)
            with pytest.raises(Refused) as no:
                act(matter.pk, "extend", {"term_days": "2", "reason": "要检测"}, by=handler, at=at)
            assert no.value.text.zh == "这个期限已延期1次，最多1次"
            with pytest.raises(Refused) as no:
                act(matter.pk, "ask", {"reply": "再请问"}, by=handler, at=at)
            assert no.value.text.zh == "已请诉求人补充过1次；第2次起须由单位负责人提出"
            answer(Matter.objects.get(pk=matter.pk), handler, at + DAY)
            if at == MONDAY:
                act(matter.pk, "object", {"reason": "没好"}, by=RESIDENT, at=at + 2 * DAY)
            at += 3 * DAY
        assert Matter.objects.get(pk=matter.pk).extensions == 1

    def test_a_check_by_others_takes_no_objection_away(self, town: Town) -> None:
        matter = report(0)
        handler = in_hand(town, matter)
        at = MONDAY
        for _ in range(books.current(MONDAY).book.reopen.times + 1):
            answer(Matter.objects.get(pk=matter.pk), handler, at + HOUR)
            act(matter.pk, "redo", {"reason": "抽查不合格"}, by=town.supervisor, at=at + 2 * HOUR)
            at += DAY
        answer(Matter.objects.get(pk=matter.pk), handler, at)
        assert act(matter.pk, "object", {"reason": "没好"}, by=RESIDENT, at=at + HOUR).state == "handling"


class TestCallBacksEnd:
    def drawn(self, town: Town, monkeypatch: pytest.MonkeyPatch, n: int = 0) -> CallBack:
        monkeypatch.setattr(call_backs, "lot", lambda matter_id, round_: 0.0)
        matter = report(n)
        handler = in_hand(town, matter)
        answer(Matter.objects.get(pk=matter.pk), handler, MONDAY + HOUR)
        act(matter.pk, "rate", {"rating": "3", "solved": "yes"}, by=RESIDENT, at=MONDAY + 2 * HOUR)
        return CallBack.objects.get(matter=matter)

    def test_what_was_not_asked_in_time_expires_and_is_not_counted_as_asked(
        self, town: Town, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        row = self.drawn(town, monkeypatch)
        viewer = town.caller.viewer
        assert viewer is not None
        over = row.due_at + standing.CALL_GRACE
        just = over - timedelta(seconds=1)
        assert callbacks.waiting(viewer, at=just) == len(callbacks.queue(viewer, at=just)[0]) == 1
        assert call_backs.expire(at=just) == 0
        assert callbacks.waiting(viewer, at=over) == len(callbacks.queue(viewer, at=over)[0]) == 0
        with pytest.raises((NotFound, Refused)):
            act(row.matter_id, "call_back", {"way": "phone", "contacted": "yes", "solved": "yes", "rating": "5"},
                by=town.caller, at=over)  # fmt: skip
        with pytest.raises(Refused) as no:
            call_backs.answer_by_link(row.token, {"rating": "5", "solved": "yes"}, at=over)
        assert no.value.code == "expired"
        house._last.clear()
        house.keep(at=over)
        row.refresh_from_db()
        assert (row.state, row.solved) == ("expired", None)
        assert call_backs.expire(at=over) == 0
        month = figures.month_of(MONDAY)
        cell = sum(c.expired for c in figures.count(month, at=over + DAY)[month].cells.values())
        asked = sum(c.asked for c in figures.count(month, at=over + DAY)[month].cells.values())
        assert (cell, asked) == (1, 0)

    def test_the_queue_goes_beyond_a_page_and_finds_what_is_wanted(
        self, town: Town, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made = [self.drawn(town, monkeypatch, n) for n in range(5)]
        viewer = town.caller.viewer
        assert viewer is not None
        for n, row in enumerate(made):
            CallBack.objects.filter(pk=row.pk).update(due_at=row.due_at + n // 2 * HOUR, attempts=n % 2)
        now = MONDAY + 3 * HOUR
        seen, after = [], None
        for _ in range(9):
            found, after = callbacks.queue(viewer, at=now, after=after, limit=2)
            seen += [w.row.id for w in found]
            if after is None:
                break
        assert seen == [row.matter_id for row in made]
        assert callbacks.waiting(viewer, at=now) == 5
        unit = Matter.objects.get(pk=made[0].matter_id).holder

        def ids(**more: object) -> list[int]:
            wanted = callbacks.Wanted(**more)  # type: ignore[arg-type]
            return [w.row.id for w in callbacks.queue(viewer, at=now, wanted=wanted)[0]]

        assert len(ids(unit=unit)) == 5
        assert ids(unit="housing") == []
        assert ids(tried=True) == [made[1].matter_id, made[3].matter_id]
        assert ids(due_before=made[0].due_at + HOUR) == [made[0].matter_id, made[1].matter_id]
        assert len(ids(branch=NOISE.split(".")[0])) == 5
        assert ids(branch="housing") == []
