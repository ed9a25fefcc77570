"""Several people report one thing: nobody's act ends what another is owed."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.desk.people import BOOK_TEXT, MONDAY, Town, of_unit, settle
from wuxiao.desk.audit import verify
from wuxiao.desk.base.actor import RESIDENT, SYSTEM, Actor
from wuxiao.desk.base.errors import Invalid, NotFound, Refused, Stale
from wuxiao.desk.case import clock, sentences, tell
from wuxiao.desk.case.act import act
from wuxiao.desk.look import matter as staff_look
from wuxiao.desk.matters import call_backs, matters
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.matters.progress import data_of, look
from wuxiao.desk.town import books
from wuxiao.records.models import Access, CallBack, Entry, Matter, Message, Words, WorkOrder
from wuxiao.rules.access import Role

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOISE = "env.noise.construction"


@pytest.fixture
def town() -> Town:
    return settle()


def report(n: int, at: datetime = MONDAY, **more: object) -> Matter:
    values: dict[str, object] = {
        "words": f"第{n}位：工地夜里施工太吵",
        "division": "990101001",
        "phone": f"1990990{n:04d}",
        "name": f"诉求人{n}",
        **more,
    }
    return matters.receive(Report(**values), by=RESIDENT, at=at)  # type: ignore[arg-type]


def classed(town: Town, matter: Matter, at: datetime = MONDAY) -> Matter:
    return act(matter.pk, "classify", {"category": NOISE, "handling_class": "complaint"}, by=town.operator, at=at)


def in_hand(town: Town, matter: Matter, at: datetime = MONDAY) -> Actor:
    matter = classed(town, matter, at)
    unit = matter.route_why["lead"]
    act(matter.pk, "assign", {"unit": unit}, by=town.operator, at=at)
    handler = of_unit(town, unit)
    act(matter.pk, "accept", {}, by=handler, at=at)
    return handler


def joined(town: Town, count: int, *, at: datetime = MONDAY) -> tuple[Matter, list[Matter], Actor]:
    """One matter in a unit's hands and `count` others joined to it."""
    main = report(0, at)
    handler = in_hand(town, main, at)
    others = []
    for n in range(1, count + 1):
        other = report(n, at + n * HOUR / 60)
        others.append(act(other.pk, "merge", {"matter": main.number}, by=town.operator, at=at + HOUR))
    return Matter.objects.get(pk=main.pk), others, handler


def answer(matter: Matter, handler: Actor, at: datetime) -> Matter:
    kind = next(k for k, e in books.current(MONDAY).book.evidence_kinds.items() if not e.file)
    given = {"evidence": kind, "reply": "已到现场处理", "ticked": [str(n) for n in range(len(matter.items))]}
    return act(matter.pk, "answer", given, by=handler, at=at)


def fresh(*rows: Matter) -> list[Matter]:
    return [Matter.objects.get(pk=row.pk) for row in rows]


def told(verb: str, *rows: Matter) -> list[int]:
    return [Message.objects.filter(verb=verb, matter=row).count() for row in rows]


class TestTheMainOneIsWithdrawn:
    @pytest.mark.parametrize("count", [1, 2, 5])
    def test_the_first_of_the_others_goes_on_where_it_stood_under_its_own_promise(self, town: Town, count: int) -> None:
        main, others, handler = joined(town, count)
        promised = [row.due_at for row in others]
        act(main.pk, "withdraw", {"reason": "我不反映了"}, by=RESIDENT, at=MONDAY + 2 * HOUR)
        main, heir, *rest = fresh(main, *others)
        assert (main.state, main.outcome) == ("closed", "withdrawn")
        assert (heir.state, heir.outcome, heir.merged_into_id, heir.closed_at) == ("handling", "", None, None)
        assert (heir.holder, heir.due_at, heir.category) == (main.holder, promised[0], NOISE)
        assert [(r.outcome, r.merged_into_id) for r in rest] == [("merged", heir.pk)] * (count - 1)
        assert told("succeed", heir, *rest) == [1] * count
        assert told("succeed", main) == [0]
        assert clock.orphans(at=MONDAY + 2 * HOUR) == []
        assert WorkOrder.objects.get(matter=heir, role="lead").state == "accepted"
        assert Access.objects.filter(matter=heir, principal=f"u:{heir.holder}", is_open=True).exists()
        assert answer(heir, handler, MONDAY + DAY).state == "answered"
        assert told("answer", heir, *rest, main) == [1] * count + [0]

    def test_again_and_again_until_the_last_who_withdraws_alone(self, town: Town) -> None:
        main, others, _ = joined(town, 3)
        standing, waiting = main, list(others)
        for n in range(3):
            act(standing.pk, "withdraw", {}, by=RESIDENT, at=MONDAY + (n + 2) * HOUR)
            standing = Matter.objects.get(pk=waiting.pop(0).pk)
            assert standing.state == "handling"
            assert list(Matter.objects.filter(merged_into=standing).order_by("pk")) == waiting
        act(standing.pk, "withdraw", {}, by=RESIDENT, at=MONDAY + 9 * HOUR)
        assert not Matter.objects.exclude(state="closed").exists()
        assert Message.objects.filter(verb="succeed").count() == 3 + 2 + 1

    @pytest.mark.parametrize("stand", ["intake", "offered", "joint", "waiting", "declining", "signing"])
    def test_wherever_it_stood_the_heir_has_a_holder_a_clock_and_somebody_who_can_go_on(
        self, town: Town, stand: str
    ) -> None:
        main = _standing(town, stand)
        other = report(7)
        act(other.pk, "merge", {"matter": main.number}, by=town.operator, at=MONDAY + HOUR)
        act(main.pk, "withdraw", {}, by=RESIDENT, at=MONDAY + 2 * HOUR)
        heir = Matter.objects.get(pk=other.pk)
        wanted = {"waiting": "handling", "declining": "handling", "signing": "intake"}.get(stand, stand)
        assert heir.state == wanted
        assert heir.holder == main.holder
        assert heir.offered_to == (main.offered_to if stand == "offered" else "")
        assert clock.orphans(at=MONDAY + 2 * HOUR) == []
        assert heir.paused_at is None

    def test_time_granted_while_joined_counts_and_a_pause_for_the_other_does_not(self, town: Town) -> None:
        main, (other,), handler = joined(town, 1)
        lead = of_unit(town, main.holder, Role.LEAD)
        act(main.pk, "extend", {"term_days": "3", "reason": "要做检测"}, by=handler, at=MONDAY + 2 * HOUR)
        act(main.pk, "grant", {}, by=lead, at=MONDAY + 3 * HOUR)
        act(main.pk, "ask", {"reply": "请问几点最吵？"}, by=handler, at=MONDAY + 4 * HOUR)
        before = other.due_at
        act(main.pk, "withdraw", {}, by=RESIDENT, at=MONDAY + 3 * DAY)
        heir = Matter.objects.get(pk=other.pk)
        assert before is not None
        assert heir.due_at is not None
        assert (heir.state, heir.extensions) == ("handling", 1)
        assert (heir.due_at - before).days == 3
        with pytest.raises(Refused) as no:
            act(heir.pk, "extend", {"term_days": "3", "reason": "再延"}, by=handler, at=MONDAY + 3 * DAY)
        assert no.value.code == "may_extend"

    def test_an_extension_that_waits_for_a_decision_and_a_part_of_a_co_unit_go_over(self, town: Town) -> None:
        main, (other,), handler = joined(town, 1)
        act(main.pk, "join", {"unit": "housing", "task": "测噪声", "term_days": "2"}, by=handler, at=MONDAY + HOUR)
        act(main.pk, "extend", {"term_days": "3", "reason": "要做检测"}, by=handler, at=MONDAY + 2 * HOUR)
        act(main.pk, "withdraw", {}, by=RESIDENT, at=MONDAY + 3 * HOUR)
        heir = Matter.objects.get(pk=other.pk)
        assert heir.extension is not None
        assert Access.objects.filter(matter=heir, principal="u:housing", own=True).exists()
        assert not Access.objects.filter(matter=main, principal="u:housing", own=True).exists()
        act(heir.pk, "part", {"words": "已测"}, by=of_unit(town, "housing"), at=MONDAY + 4 * HOUR)
        act(heir.pk, "grant", {}, by=of_unit(town, heir.holder, Role.LEAD), at=MONDAY + 4 * HOUR)
        assert answer(heir, handler, MONDAY + 5 * HOUR).state == "answered"


def _standing(town: Town, stand: str) -> Matter:
    if stand == "signing":
        main = matters.receive(Report(words="楼上装修扰民", phone="19909900077"), by=town.police, at=MONDAY)
        given = {"unit": "hotline", "way": "push", "caller_agrees": "yes", "reason": "不属警务"}
        return act(main.pk, "divert", given, by=town.police, at=MONDAY)
    main = report(0)
    if stand == "intake":
        return main
    if stand in {"waiting", "declining"}:
        handler = in_hand(town, main)
        if stand == "waiting":
            return act(main.pk, "ask", {"reply": "哪一栋？"}, by=handler, at=MONDAY)
        ground = next(iter(books.current(MONDAY).book.decline_reasons))
        given = {"decline_reason": ground, "reply": "不归我们", "channel": "法院"}
        return act(main.pk, "decline", given, by=handler, at=MONDAY)
    main = classed(town, main)
    unit = main.route_why["lead"]
    for _ in range(3 if stand == "joint" else 0):
        act(main.pk, "assign", {"unit": unit}, by=town.operator, at=MONDAY)
        main = act(main.pk, "refuse", {"reason": "不归我们"}, by=of_unit(town, unit), at=MONDAY)
    return main if stand == "joint" else act(main.pk, "assign", {"unit": unit}, by=town.operator, at=MONDAY)


class TestAJoinedReporterSpeaks:
    def test_her_words_reach_the_unit_with_her_as_the_speaker_and_not_the_other_reporter(self, town: Town) -> None:
        main, (other,), handler = joined(town, 1)
        act(other.pk, "add", {"words": "我家孩子高三，请先停夜里"}, by=RESIDENT, at=MONDAY + 2 * HOUR)
        seen = staff_look.view(main.number, by=handler, at=MONDAY + 2 * HOUR, lang="zh")
        entry = seen.entries[-1]
        assert entry.verb == "add"
        assert sentences.quotes(entry, seen.words, "zh", for_resident=False) == ["我家孩子高三，请先停夜里"]
        assert other.number in sentences.say(entry, seen.words, seen.rules.book, "zh", for_resident=False)
        hers, his = look(other.code, "zh", at=MONDAY + 2 * HOUR), look(main.code, "zh", at=MONDAY + 2 * HOUR)
        assert [line.quotes for line in hers.lines if line.verb == "add"] == [("我家孩子高三，请先停夜里",)]
        assert [line.quotes for line in his.lines if line.verb == "add"] == [()]
        assert "高三" not in str(data_of(his))
        assert other.number not in str(data_of(his))
        assert "高三" in str(data_of(hers))

    def test_what_she_erases_is_gone_from_the_unit_s_page_too(self, town: Town) -> None:
        main, (other,), handler = joined(town, 1)
        act(other.pk, "add", {"words": "我是302室的"}, by=RESIDENT, at=MONDAY + 2 * HOUR)
        matters.erase(other.pk, by=RESIDENT, at=MONDAY + 3 * HOUR)
        seen = staff_look.view(main.number, by=handler, at=MONDAY + 3 * HOUR, lang="zh")
        entry = next(e for e in seen.entries if e.verb == "add")
        assert sentences.quotes(entry, seen.words, "zh", for_resident=False) == [sentences.ERASED.zh]
        assert not Words.objects.filter(text__contains="302").exists()

    def test_danger_in_her_words_stops_the_ordinary_course(self, town: Town) -> None:
        main, (other,), handler = joined(town, 1)
        act(other.pk, "add", {"words": "他拿刀砍人了,快来人"}, by=RESIDENT, at=MONDAY + 2 * HOUR)
        (main,) = fresh(main)
        assert main.danger_open
        with pytest.raises(Refused) as no:
            answer(main, handler, MONDAY + 3 * HOUR)
        assert no.value.code == "no_danger_open"

    def test_her_objection_opens_it_again_for_all_and_each_is_told_in_their_own_words(self, town: Town) -> None:
        main, (other,), handler = joined(town, 1)
        answer(main, handler, MONDAY + DAY)
        act(main.pk, "rate", {"rating": "5", "solved": "yes"}, by=RESIDENT, at=MONDAY + DAY)
        act(other.pk, "object", {"reason": "昨晚又开工了"}, by=RESIDENT, at=MONDAY + 2 * DAY)
        main, other = fresh(main, other)
        assert (main.state, main.reopened, other.outcome) == ("handling", 1, "merged")
        mine = Message.objects.get(matter=other, verb="object").text
        his = Message.objects.get(matter=main, verb="object").text
        assert "按您的异议" in mine
        assert "按您的异议" not in his
        line = next(x for x in look(main.code, "zh", at=MONDAY + 2 * DAY).lines if x.verb == "object")
        assert "另一位" in line.sentence
        assert "昨晚" not in line.sentence

    def test_one_reporters_objection_uses_up_nobody_elses(self, town: Town) -> None:
        main, (other,), handler = joined(town, 1)
        times = books.current(MONDAY).book.reopen.times
        at = MONDAY
        for _ in range(times):
            at += DAY
            answer(main, handler, at)
            act(other.pk, "object", {"reason": "没好"}, by=RESIDENT, at=at)
            (main,) = fresh(main)
        at += DAY
        answer(main, handler, at)
        with pytest.raises(Refused) as no:
            act(other.pk, "object", {"reason": "还没好"}, by=RESIDENT, at=at)
        assert no.value.code == "in_object_window"
        assert str(times) in no.value.text.zh
        (main,) = fresh(main)
        assert act(main.pk, "object", {"reason": "我也说没好"}, by=RESIDENT, at=at).state == "handling"

    def test_her_not_solved_counts_when_silence_closes_it(self, town: Town) -> None:
        main, others, handler = joined(town, 2)
        answer(main, handler, MONDAY + DAY)
        act(others[0].pk, "rate", {"rating": "1", "solved": "no", "words": "没停"}, by=RESIDENT, at=MONDAY + DAY)
        act(others[1].pk, "rate", {"rating": "5", "solved": "yes"}, by=RESIDENT, at=MONDAY + DAY)
        (main,) = fresh(main)
        assert main.tick_at is not None
        clock.tick(at=main.tick_at)
        main, *others = fresh(main, *others)
        assert (main.state, main.outcome, main.solved, main.satisfied) == ("closed", "answered", False, None)
        assert [(o.solved, o.satisfied) for o in others] == [(False, 1), (True, 5)]

    def test_the_others_own_rating_does_not_wipe_it_and_he_reads_his_own(self, town: Town) -> None:
        main, (other,), handler = joined(town, 1)
        answer(main, handler, MONDAY + DAY)
        act(other.pk, "rate", {"rating": "1", "solved": "no"}, by=RESIDENT, at=MONDAY + DAY)
        main = act(main.pk, "rate", {"rating": "4", "solved": "yes"}, by=RESIDENT, at=MONDAY + DAY)
        assert (main.solved, main.satisfied) == (False, 4)
        assert data_of(look(main.code, "zh", at=MONDAY + DAY))["solved"] is True
        with pytest.raises(Refused) as no:
            act(other.pk, "rate", {"rating": "5", "solved": "yes"}, by=RESIDENT, at=MONDAY + DAY)
        assert no.value.text.zh == "已经评价过了"

    def test_she_takes_only_her_own_name_off(self, town: Town) -> None:
        main, others, handler = joined(town, 2)
        act(others[0].pk, "withdraw", {}, by=RESIDENT, at=MONDAY + 2 * HOUR)
        main, gone, stays = fresh(main, *others)
        assert (gone.outcome, gone.merged_into_id) == ("withdrawn", None)
        assert (main.state, stays.merged_into_id) == ("handling", main.pk)
        answer(main, handler, MONDAY + DAY)
        assert told("answer", main, stays, gone) == [1, 1, 0]
        assert Entry.objects.filter(matter=main, verb="left").count() == 1
        with pytest.raises(Refused):
            act(gone.pk, "add", {"words": "又想说"}, by=RESIDENT, at=MONDAY + DAY)

    def test_she_urges_and_the_unit_sees_it(self, town: Town) -> None:
        main, (other,), _ = joined(town, 1)
        act(other.pk, "urge", {}, by=RESIDENT, at=MONDAY + DAY)
        assert fresh(main)[0].urged_at == MONDAY + DAY
        with pytest.raises(Refused) as no:
            act(other.pk, "urge", {}, by=RESIDENT, at=MONDAY + DAY + HOUR)
        assert "9月8日21:30" in no.value.text.zh

    def test_a_question_to_one_reporter_is_not_put_to_the_others(self, town: Town) -> None:
        main, (other,), handler = joined(town, 1)
        act(main.pk, "ask", {"reply": "王先生，您家是几栋？"}, by=handler, at=MONDAY + 2 * HOUR)
        assert told("ask", main, other) == [1, 0]
        hers = look(other.code, "zh", at=MONDAY + 2 * HOUR)
        assert hers.question == ""
        assert "reply" not in hers.open_verbs
        assert "add" in hers.open_verbs
        assert "王先生" not in str(data_of(hers))
        act(other.pk, "add", {"words": "是三栋"}, by=RESIDENT, at=MONDAY + 3 * HOUR)
        assert fresh(main)[0].state == "waiting"

    def test_who_saw_an_older_state_is_told(self, town: Town) -> None:
        main, (other,), handler = joined(town, 1)
        answer(main, handler, MONDAY + DAY)
        seen = fresh(main)[0].version
        act(main.pk, "redo", {"reason": "抽查不合格"}, by=town.supervisor, at=MONDAY + DAY)
        answer(fresh(main)[0], handler, MONDAY + 2 * DAY)
        with pytest.raises(Stale):
            act(other.pk, "object", {"reason": "没好"}, by=RESIDENT, at=MONDAY + 2 * DAY, version=seen)

    def test_the_same_click_twice_says_it_once(self, town: Town) -> None:
        _, (other,), _ = joined(town, 1)
        for _ in range(2):
            act(other.pk, "add", {"words": "再说一句"}, by=RESIDENT, at=MONDAY + DAY, once="k")
        assert Words.objects.filter(text="再说一句").count() == 1


class TestTold:
    def test_two_reports_of_one_phone_get_one_text_a_step(self, town: Town) -> None:
        main, (other,), handler = joined(town, 1)
        twin = report(0, MONDAY, phone="199 0990-0000")
        act(twin.pk, "merge", {"matter": main.number}, by=town.operator, at=MONDAY + HOUR)
        answer(main, handler, MONDAY + DAY)
        assert told("answer", main, other, twin) == [1, 1, 0]

    def test_each_reporter_is_asked_apart_and_one_person_once(
        self, town: Town, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(call_backs, "lot", lambda matter_id, round_: 0.0)
        main, (other,), handler = joined(town, 1)
        twin = report(0, MONDAY)
        act(twin.pk, "merge", {"matter": main.number}, by=town.operator, at=MONDAY + HOUR)
        answer(main, handler, MONDAY + DAY)
        act(main.pk, "rate", {"rating": "5", "solved": "yes"}, by=RESIDENT, at=MONDAY + DAY)
        assert set(CallBack.objects.values_list("matter_id", flat=True)) == {main.pk, other.pk}
        row = CallBack.objects.get(matter=other)
        given = {"way": "phone", "contacted": "yes", "solved": "no", "rating": "2"}
        act(other.pk, "call_back", given, by=town.caller, at=MONDAY + 2 * DAY)
        main, other = fresh(main, other)
        assert (other.solved, other.rated_by, main.solved) == (False, "call_back", False)
        act(other.pk, "object", {"reason": "夜里还响"}, by=town.caller, at=MONDAY + 2 * DAY)
        main = fresh(main)[0]
        assert (main.state, main.solved) == ("handling", None)
        answer(main, handler, MONDAY + 3 * DAY)
        act(main.pk, "close", {}, by=SYSTEM, at=MONDAY + 30 * DAY)
        assert CallBack.objects.filter(matter=other).count() == 2
        assert row.round == 0


class TestMergesOfMerges:
    def test_a_main_one_joined_to_another_takes_its_own_with_it(self, town: Town) -> None:
        main, others, _ = joined(town, 2)
        first = report(9)
        handler = in_hand(town, first)
        act(main.pk, "merge", {"matter": first.number}, by=town.operator, at=MONDAY + 2 * HOUR)
        main, *others = fresh(main, *others)
        assert [m.merged_into_id for m in (main, *others)] == [first.pk] * 3
        assert told("merge", *others) == [2, 2]
        act(first.pk, "withdraw", {}, by=RESIDENT, at=MONDAY + 3 * HOUR)
        main, *others = fresh(main, *others)
        assert main.state == "handling"
        assert [o.merged_into_id for o in others] == [main.pk] * 2
        assert answer(main, handler, MONDAY + DAY).state == "answered"
        assert clock.orphans(at=MONDAY + DAY) == []
        act(others[0].pk, "rate", {"rating": "1", "solved": "no"}, by=RESIDENT, at=MONDAY + DAY)
        act(others[1].pk, "object", {"reason": "没好"}, by=RESIDENT, at=MONDAY + DAY)
        act(others[0].pk, "withdraw", {}, by=RESIDENT, at=MONDAY + 2 * DAY)
        assert [(b.where, b.column, b.what) for b in verify.verify().breaks] == []

    def test_the_cap_of_reporters_counts_those_it_brings(self, town: Town) -> None:
        few = BOOK_TEXT.replace("\nreporters = 500\n", "\nreporters = 9\n")
        books.adopt(few, name="few", effective_from=MONDAY - HOUR, by=SYSTEM, at=MONDAY - HOUR)
        cap = books.current(MONDAY).book.merging.reporters
        assert cap == 9
        main, _, _ = joined(town, 2)
        first = report(9)
        in_hand(town, first)
        for n in range(cap - 2):
            other = report(100 + n)
            act(other.pk, "merge", {"matter": first.number}, by=town.operator, at=MONDAY)
        with pytest.raises(Invalid):
            act(main.pk, "merge", {"matter": first.number}, by=town.operator, at=MONDAY)
        assert Matter.objects.filter(merged_into=first).count() == cap - 2
        assert Matter.objects.filter(merged_into=main).count() == 2

    def test_who_has_it_in_hand_joins_only_what_is_of_one_category(self, town: Town) -> None:
        main, mine = report(1), report(2)
        handler = in_hand(town, main)
        other = {"category": "urban.street.stalls", "handling_class": "complaint"}
        act(mine.pk, "classify", other, by=town.operator, at=MONDAY)
        act(mine.pk, "assign", {"unit": Matter.objects.get(pk=main.pk).holder}, by=town.operator, at=MONDAY)
        act(mine.pk, "accept", {}, by=handler, at=MONDAY)
        with pytest.raises(Invalid) as refused:
            act(mine.pk, "merge", {"matter": main.number}, by=handler, at=MONDAY + HOUR)
        assert "热线坐席" in refused.value.fields["matter"].zh
        assert act(mine.pk, "merge", {"matter": main.number}, by=town.operator, at=MONDAY + HOUR).state == "closed"
        third = report(3)
        in_hand(town, third)
        assert act(third.pk, "merge", {"matter": main.number}, by=handler, at=MONDAY + HOUR).state == "closed"

    def test_taken_apart_it_takes_along_what_was_joined_to_it_before_and_nothing_else(self, town: Town) -> None:
        main, (other,), _ = joined(town, 1)
        first, third, fourth = report(9), report(8), report(7)
        in_hand(town, first)
        act(third.pk, "merge", {"matter": first.number}, by=town.operator, at=MONDAY)
        for turn in (1, 2):
            act(main.pk, "merge", {"matter": first.number}, by=town.operator, at=MONDAY + 2 * turn * HOUR)
            assert set(Matter.objects.filter(merged_into=first)) == {main, other, third}
            if turn == 2:
                act(fourth.pk, "merge", {"matter": first.number}, by=town.operator, at=MONDAY + 4 * HOUR)
            act(main.pk, "unmerge", {"reason": "不是一处"}, by=town.operator, at=MONDAY + (1 + 2 * turn) * HOUR)
            assert set(Matter.objects.filter(merged_into=main)) == {other}
        assert set(Matter.objects.filter(merged_into=first)) == {third, fourth}
        # Once taken out by itself it belongs to nobody's company any more.
        act(other.pk, "unmerge", {"reason": "不是一处"}, by=town.operator, at=MONDAY + 8 * HOUR)
        act(other.pk, "merge", {"matter": first.number}, by=town.operator, at=MONDAY + 9 * HOUR)
        act(main.pk, "merge", {"matter": first.number}, by=town.operator, at=MONDAY + 10 * HOUR)
        act(main.pk, "unmerge", {"reason": "不是一处"}, by=town.operator, at=MONDAY + 11 * HOUR)
        assert not Matter.objects.filter(merged_into=main).exists()
        assert Matter.objects.get(pk=other.pk).merged_into_id == first.pk

    def test_taken_apart_its_date_stands_as_it_was_told_and_nobody_gains_time_by_joining(self, town: Town) -> None:
        main, (other,), handler = joined(town, 1)
        told = Matter.objects.get(pk=other.pk).due_at
        assert told is not None
        later = MONDAY + timedelta(days=3)
        apart = act(other.pk, "unmerge", {"reason": "不是一处"}, by=town.operator, at=later)
        assert (apart.due_at, apart.state) == (told, "intake")
        assert Entry.objects.filter(matter=other, verb="unmerge").get().facts["due"] == told.isoformat()
        # Joined late, and past the date: it is late and stays late.
        act(other.pk, "merge", {"matter": main.number}, by=town.operator, at=later)
        past = told + timedelta(days=2)
        assert act(other.pk, "unmerge", {"reason": "不是一处"}, by=town.operator, at=past).due_at == told
        # Where the other was answered while it was joined, she had an answer: another one comes in a time of its own.
        act(other.pk, "merge", {"matter": main.number}, by=town.operator, at=past)
        evidence = next(k for k, e in books.current(MONDAY).book.evidence_kinds.items() if not e.file)
        given = {"evidence": evidence, "reply": "已到现场处理，当天恢复。", "ticked": ["0"]}
        act(main.pk, "answer", given, by=handler, at=past + HOUR)
        anew = act(other.pk, "unmerge", {"reason": "不是一处"}, by=town.operator, at=past + 2 * HOUR)
        assert anew.due_at is not None
        assert anew.due_at > past + 2 * HOUR

    def test_taken_apart_and_joined_again_it_is_one_report_among_others(self, town: Town) -> None:
        main, (other,), _ = joined(town, 1)
        for n in range(2):
            act(other.pk, "unmerge", {"reason": "不是一处"}, by=town.operator, at=MONDAY + (2 + n) * HOUR)
            act(other.pk, "merge", {"matter": main.number}, by=town.operator, at=MONDAY + (2 + n) * HOUR)
        act(main.pk, "withdraw", {}, by=RESIDENT, at=MONDAY + 5 * HOUR)
        assert fresh(other)[0].state == "handling"


class TestOnTheTelephone:
    def test_an_operator_withdraws_for_a_caller_and_both_pages_say_so(self, town: Town) -> None:
        main, (other,), _ = joined(town, 1)
        with pytest.raises(Invalid) as wrong:
            act(main.pk, "withdraw", {"reason": "来电说不用了"}, by=town.operator, at=MONDAY + 2 * HOUR)
        assert set(wrong.value.fields) == {"for_caller"}
        given = {"reason": "来电说不用了", "for_caller": "code"}
        main = act(main.pk, "withdraw", given, by=town.operator, at=MONDAY + 2 * HOUR)
        assert (main.outcome, fresh(other)[0].state) == ("withdrawn", "handling")
        line = next(x for x in look(main.code, "zh", at=MONDAY + DAY).lines if x.verb == "withdraw")
        assert "电话办理" in line.sentence
        assert "查询码" in line.sentence
        assert told("by_phone", main, other) == [1, 0]

    def test_a_rating_said_on_the_telephone_is_hers_and_not_the_desks_about_itself(self, town: Town) -> None:
        main, (other,), handler = joined(town, 1)
        answer(main, handler, MONDAY + DAY)
        given = {"rating": "1", "solved": "no", "for_caller": "number"}
        other = act(other.pk, "rate", given, by=town.operator, at=MONDAY + DAY)
        assert (other.rated_by, other.solved, fresh(main)[0].solved) == ("phone", False, False)
        act(other.pk, "object", {"reason": "还吵", "for_caller": "number"}, by=town.operator, at=MONDAY + DAY)
        assert fresh(main)[0].state == "handling"
        asked = report(5)
        act(asked.pk, "classify", {"category": NOISE, "handling_class": "enquiry"}, by=town.operator, at=MONDAY)
        answer(asked, town.operator, MONDAY)
        with pytest.raises(Refused) as no:
            act(asked.pk, "rate", {**given, "rating": "5"}, by=town.operator, at=MONDAY)
        assert no.value.code == "not_own_work"

    def test_what_she_said_on_the_telephone_is_erased_with_the_rest(self, town: Town) -> None:
        main, _, _ = joined(town, 1)
        given = {"words": "我住302室", "for_caller": "asked"}
        act(main.pk, "add", given, by=town.operator, at=MONDAY + HOUR)
        matters.erase(main.pk, by=RESIDENT, at=MONDAY + 2 * HOUR)
        assert not Words.objects.filter(text__contains="302").exists()

    def test_a_unit_does_not_speak_for_its_requester(self, town: Town) -> None:
        main, _, handler = joined(town, 1)
        for verb in ("withdraw", "rate", "object"):
            with pytest.raises((Refused, NotFound)):
                act(main.pk, verb, {"reason": "x", "rating": "5", "solved": "yes", "for_caller": "code"}, by=handler,
                    at=MONDAY + DAY)  # fmt: skip


def test_a_number_is_compared_as_a_person_reads_it() -> None:
    assert tell.plain("+86 138-0000 0000") == tell.plain("13800000000")
    assert tell.plain("A@Example.org") == tell.plain("a@example.org")
    assert tell.plain("13800000001") != tell.plain("13800000000")
