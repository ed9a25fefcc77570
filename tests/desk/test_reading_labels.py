"""What is suggested, what a person chooses, what is remembered; matters like one another; advice about answers."""

from __future__ import annotations

import json
import time
from datetime import timedelta

import pytest

from tests.desk.people import MONDAY, Town, of_unit, settle
from wuxiao.desk.assist import models, reply_checks, similar, suggest
from wuxiao.desk.base.actor import RESIDENT
from wuxiao.desk.case.act import act
from wuxiao.desk.matters import matters
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.town import books
from wuxiao.records.models import Address, Matter, ReplyAdvice, Street, Suggestion, Words

pytestmark = [pytest.mark.django_db, pytest.mark.either]
NOISE = "幸福小区东门工地夜里十二点还在打桩，吵得老人孩子睡不着，请管一管。"


@pytest.fixture(autouse=True)
def _fresh(settings: object, tmp_path: object) -> None:
    settings.DATA_DIR = tmp_path  # type: ignore[attr-defined]
    similar.forget()
    models.forget()
    suggest.forget()


@pytest.fixture
def town() -> Town:
    return settle()


def received(words: str = NOISE, **more: object) -> Matter:
    values = {"words": words, "division": "990101001", **more}
    return matters.receive(Report(**values), by=RESIDENT, at=MONDAY)  # type: ignore[arg-type]


def test_everything_is_read_out_of_a_message_with_reasons(town: Town) -> None:
    Street.objects.create(name="文庙街", division="990101001")
    words = "昨晚九点文庙街的工地还在施工，噪音太大，车牌粤B12345的渣土车进进出出，电话13812345678，三十多户业主睡不着"
    found = suggest.suggest(words, books.current(MONDAY), at=MONDAY)
    assert found.category.known
    assert found.category.best == "urban.build.site"
    assert all(word in words for word in found.category.ranked[0].words)
    assert found.unit
    assert found.unit_why.zh
    values = {(d.what, d.value) for d in found.details}
    assert {("phone", "13812345678"), ("plate", "粤B12345"), ("place", "文庙街"), ("people", "30")} <= values
    assert ("time", "2026-09-06T21:00") in values
    assert "".join(s.text for s in found.stretches) == words
    assert {"spoke", "phone", "place"} <= {s.kind for s in found.stretches}


def test_a_place_written_behind_a_time_is_only_the_place(town: Town) -> None:
    found = suggest.suggest("昨晚九点幸福小区东门工地又在打桩", books.current(MONDAY), at=MONDAY)
    assert [d.value for d in found.details if d.what == "place"] == ["幸福小区东门"]


@pytest.mark.parametrize("words", ["", "   ", "😀😀😀", "qwerty " * 3000, "�" * 50, "的" * 100_000])
def test_nonsense_is_answered_with_i_do_not_know(town: Town, words: str) -> None:
    found = suggest.suggest(words, books.current(MONDAY), at=MONDAY)
    assert not found.category.known
    assert found.category.best == ""


def test_a_long_message_costs_what_its_length_does_and_no_more(town: Town) -> None:
    rules = books.current(MONDAY)
    short = NOISE + "昨晚九点又来了，电话13812345678。"

    def cost(words: str) -> float:
        took = []
        for _ in range(7):
            # The processor's time, so that a busy machine changes both alike.
            start = time.process_time()
            suggest.suggest(words, rules, at=MONDAY)
            took.append(time.process_time() - start)
        return min(took)

    cost(short)
    assert cost(short * 20) < 60 * cost(short)


def test_what_was_suggested_and_what_was_chosen_is_kept_inside_the_act(town: Town) -> None:
    matter = received()
    assert not Suggestion.objects.exists()
    given = {"category": "env.noise.construction", "handling_class": "complaint"}
    act(matter.pk, "classify", given, by=town.operator, at=MONDAY)
    label = Suggestion.objects.get(matter=matter, task="category")
    assert (label.chosen, label.source, label.known) == ("env.noise.construction", "words", True)
    assert label.place >= 1
    assert label.ranked[label.place - 1][0] == "env.noise.construction"
    assert label.staff_id == town.operator.staff_id
    assert Suggestion.objects.filter(matter=matter, task="handling_class", chosen="complaint").exists()
    lead = Matter.objects.get(pk=matter.pk).route_why["lead"]
    act(matter.pk, "assign", {"unit": lead}, by=town.operator, at=MONDAY)
    assert Suggestion.objects.get(matter=matter, task="unit").place == 1


def test_a_choice_outside_the_suggestions_is_kept_as_such_and_a_failed_act_keeps_nothing(town: Town) -> None:
    matter = received()
    with pytest.raises(Exception, match=r"category|分类"):
        act(matter.pk, "classify", {"category": "nothing", "handling_class": "complaint"}, by=town.operator, at=MONDAY)
    assert not Suggestion.objects.exists()
    other = next(
        c.code for c in books.current(MONDAY).book.leaves() if c.code.startswith("traffic") or "road" in c.code
    )
    act(matter.pk, "classify", {"category": other, "handling_class": "request"}, by=town.operator, at=MONDAY)
    assert Suggestion.objects.get(matter=matter, task="category").place == 0


def test_an_operators_own_choice_at_receipt_is_a_label_a_residents_is_not(town: Town) -> None:
    received(category="env.noise.construction")
    assert not Suggestion.objects.exists()
    matter = matters.receive(
        Report(words=NOISE, category="env.noise.construction", handling_class="complaint"), by=town.operator, at=MONDAY
    )
    assert set(Suggestion.objects.filter(matter=matter).values_list("task", flat=True)) == {
        "category",
        "handling_class",
    }


def test_confirmed_details_lie_outside_the_seal_and_go_with_the_words(town: Town) -> None:
    report = Report(words=NOISE, details=(("time", "昨晚九点"), ("plate", "粤B12345"), ("other", "x")))
    matter = matters.receive(report, by=town.operator, at=MONDAY)
    kept = Words.objects.get(matter=matter, field="details")
    assert json.loads(kept.text) == {"time": "昨晚九点", "plate": "粤B12345"}
    assert "粤B12345" not in json.dumps(matter.entries.get(turn=1).facts, ensure_ascii=False)
    matters.erase(matter.pk, by=RESIDENT, at=MONDAY)
    kept.refresh_from_db()
    assert kept.text == ""


# ------------------------------------------------------------------------------------------------------- similar


def alike(town: Town, words: str, **more: object) -> list[str]:
    found = similar.like(words, by=town.operator, at=MONDAY + timedelta(hours=1), **more)  # type: ignore[arg-type]
    return [a.row.number for a in found]


AGAIN = "东门工地半夜十二点还在打桩，吵得孩子睡不着，请你们管一管幸福小区这边。"


def test_a_matter_is_found_the_second_it_was_received_and_after_the_worker_filed_it(town: Town) -> None:
    first = received()
    received("公园的长椅坏了，想请修一修。")
    assert alike(town, AGAIN) == [first.number]
    assert similar.grow(at=MONDAY, at_once=True) == 2
    similar.forget()
    assert alike(town, AGAIN) == [first.number]
    second = received(AGAIN)
    assert set(alike(town, AGAIN)) == {first.number, second.number}
    assert similar.grow(at=MONDAY) == 0
    assert set(alike(town, AGAIN)) == {first.number, second.number}


def test_a_database_that_went_back_is_not_read_by_the_files_of_before(town: Town) -> None:
    first = received()
    assert similar.grow(at=MONDAY, at_once=True) == 1
    state = similar.folder(similar.MATTERS) / "state.json"
    told = json.loads(state.read_text("utf-8"))
    state.write_text(json.dumps({**told, "stamp": "9-9-9-9", "last": told["last"] + 5}), encoding="utf-8")
    similar.forget()
    second = received(AGAIN)
    assert set(alike(town, AGAIN)) == {first.number, second.number}
    assert similar.grow(at=MONDAY, at_once=True) == 2
    assert json.loads(state.read_text("utf-8"))["last"] < told["last"] + 5
    similar.forget()
    assert set(alike(town, AGAIN)) == {first.number, second.number}


def test_why_is_said_and_a_duplicate_is_called_one_only_while_it_is_open(town: Town) -> None:
    address = Address.objects.create(
        code="x", division="990101001", street=Street.objects.create(name="东门路", division="990101001"), door="3号",
        full="东门路3号",
    )  # fmt: skip
    first = received(address_id=address.pk)
    found = similar.like(AGAIN, by=town.operator, at=MONDAY + timedelta(hours=1), address_id=address.pk)
    assert [a.row.number for a in found] == [first.number]
    assert found[0].duplicate
    assert {"同一地点", "同一天"} <= {w.zh for w in found[0].why}
    Matter.objects.filter(pk=first.pk).update(state="closed", closed_at=MONDAY)
    again = similar.like(AGAIN, by=town.operator, at=MONDAY + timedelta(hours=1), address_id=address.pk)
    assert [(a.row.number, a.duplicate) for a in again] == [(first.number, False)]


def test_nothing_is_shown_that_the_viewer_may_not_see_nor_what_was_erased(town: Town) -> None:
    hidden = received(about=("urban_mgmt",))
    handler = of_unit(town, "urban_mgmt")
    assert alike(town, NOISE) == [hidden.number]
    assert similar.like(NOISE, by=handler, at=MONDAY) == []
    similar.grow(at=MONDAY, at_once=True)
    matters.erase(hidden.pk, by=RESIDENT, at=MONDAY + timedelta(minutes=5))
    assert alike(town, NOISE) == []
    similar.grow(at=MONDAY + timedelta(minutes=6), at_once=True)
    similar.forget()
    assert alike(town, NOISE) == []


def test_a_broken_index_is_built_again_from_the_database(town: Town) -> None:
    first = received()
    similar.grow(at=MONDAY, at_once=True)
    (similar.folder(similar.MATTERS) / "index.json").write_text("broken", encoding="utf-8")
    similar.forget()
    assert similar.grow(at=MONDAY, at_once=True) == 1
    similar.forget()
    assert alike(town, AGAIN) == [first.number]


def test_after_a_restored_backup_the_index_begins_anew(town: Town) -> None:
    received()
    gone = received("公园的长椅坏了，想请修一修。")
    similar.grow(at=MONDAY, at_once=True)
    assert alike(town, "公园长椅坏了想请修一修") == [gone.number]
    Words.objects.filter(matter=gone).delete()
    assert similar.grow(at=MONDAY + timedelta(minutes=1), at_once=True) == 1
    similar._readers[similar.MATTERS].looked = 0.0
    assert alike(town, "公园长椅坏了想请修一修") == []
    assert len(similar._readers[similar.MATTERS].index) == 1


# --------------------------------------------------------------------------------------------------- reply checks

GOOD = (
    "您好，县城管局9月8日夜里到幸福小区东门工地查看，打桩没有夜间施工许可，已责令停止夜间打桩。"
    "根据《噪声污染防治法》第四十三条，晚上十点以后不得施工，9月10日前我们再去复查，让老人孩子睡得着。"
)
POOR = "您好，您反映的情况我们高度重视，将按有关规定进一步加强管理，感谢您对我们工作的理解和支持。"


def in_hand(town: Town, words: str = NOISE, **more: object) -> Matter:
    matter = received(words, **more)
    given = {"category": "env.noise.construction", "handling_class": "complaint", "items": "停止夜间施工"}
    matter = act(matter.pk, "classify", given, by=town.operator, at=MONDAY)
    lead = matter.route_why["lead"]
    act(matter.pk, "assign", {"unit": lead}, by=town.operator, at=MONDAY)
    return act(matter.pk, "accept", {}, by=of_unit(town, lead), at=MONDAY)


def answered(town: Town, matter: Matter, reply: str) -> None:
    given = {"reply": reply, "evidence": "explanation", "ticked": ["0"]}
    evidence = books.current(MONDAY).book.evidence_kinds
    given["evidence"] = next(e.code for e in evidence.values() if not e.file)
    act(matter.pk, "answer", given, by=of_unit(town, matter.holder), at=MONDAY + timedelta(hours=2))


def test_a_poor_answer_gets_advice_and_a_good_one_goes_out_unhindered(town: Town) -> None:
    matter = in_hand(town)
    rules = books.of_version(matter.book_id)
    assert reply_checks.advice(matter, GOOD, rules) == []
    said = {a.code for a in reply_checks.advice(matter, POOR, rules)}
    assert {"items", "plain"} & said
    assert {"when"} <= said


def test_what_was_found_is_recorded_with_the_answer_by_unit_and_counted(town: Town) -> None:
    matter = in_hand(town)
    answered(town, matter, POOR)
    row = ReplyAdvice.objects.get(matter=matter)
    assert (row.unit, row.findings["when"]) == (matter.holder, False)
    assert row.advice == sum(not fine for fine in row.findings.values()) > 0
    assert "staff" not in {f.name for f in ReplyAdvice._meta.get_fields()}
    counted = reply_checks.counted(at=MONDAY + timedelta(days=1))
    assert (counted.answers, counted.clean, counted.failed["when"]) == (1, 0, 1)
    assert counted.units == [(matter.holder, 1, 0)]


def test_the_third_of_the_same_words_is_called_a_copy_with_the_count(town: Town) -> None:
    for n in range(2):
        answered(town, in_hand(town, f"第{n}处工地夜里打桩，吵得睡不着"), GOOD)
    matter = in_hand(town)
    found = reply_checks.check(matter, GOOD, books.of_version(matter.book_id))
    assert found["copy"][0] is False
    assert "2件" in found["copy"][1].zh
    similar.grow(at=MONDAY, at_once=True)
    similar.forget()
    assert "2件" in reply_checks.check(matter, GOOD, books.of_version(matter.book_id))["copy"][1].zh


def test_the_phone_of_the_unit_complained_of_is_noticed(town: Town) -> None:
    book = books.current(MONDAY).book
    unit = next(u for u in book.units.values() if u.phone and u.type == "department")
    matter = received("这个局的人态度恶劣，请查处。", about=(unit.code,))
    reply = f"请您直接联系{unit.phone}反映。"
    assert reply_checks.check(matter, reply, books.of_version(matter.book_id))["unit_phone"][0] is False
