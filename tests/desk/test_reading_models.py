"""A model's life: learned from decisions, judged on the newest weeks, adopted by a named person, taken back."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from tests.desk.people import MONDAY, Town, settle
from wuxiao.desk.assist import models, similar, suggest
from wuxiao.desk.base import jobs
from wuxiao.desk.base.actor import RESIDENT
from wuxiao.desk.base.errors import Invalid, NotFound, Refused
from wuxiao.desk.case.act import act
from wuxiao.desk.look import suggestions
from wuxiao.desk.matters import matters
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.town import books
from wuxiao.records.models import Entry, Job, Matter, ReadingModel, Suggestion
from wuxiao.records.models import Words as WordsRow

pytestmark = [pytest.mark.django_db, pytest.mark.either]
#: What the category words cannot know: the town's own way of speaking.
SAID = {
    "env.noise.construction": ("蹦蹦机整宿不停", "大家伙轰隆轰隆震得床都晃", "蹦蹦机又来了震得心慌"),
    "urban.build.debris": ("灰车一趟一趟扬土", "灰车掉泥巴满路都是", "灰车把路弄得全是泥"),
}


@pytest.fixture
def town(settings: object, tmp_path: object) -> Town:
    settings.DATA_DIR = tmp_path  # type: ignore[attr-defined]
    for module in (models, similar, suggest):
        module.forget()
    return settle()


def decided(town: Town, count: int) -> None:
    """Matters over the weeks that an operator classified; rows are made by the desk once and dated apart."""
    dice = random.Random(7)
    for n in range(count):
        code = list(SAID)[n % 2]
        at = MONDAY + timedelta(hours=6 * n)
        # Otherwise the messages would be copies of one another, and copies may not judge what they taught.
        rest = "".join(dice.choices([chr(c) for c in range(0x4E00, 0x4F00)], k=24))
        words = f"{SAID[code][n % 3]}，{rest}"
        matter = matters.receive(Report(words=words), by=RESIDENT, at=at, quiet=True)
        act(matter.pk, "classify", {"category": code, "handling_class": "complaint"}, by=town.operator, at=at)


@pytest.fixture
def trained(town: Town, monkeypatch: pytest.MonkeyPatch) -> ReadingModel:
    monkeypatch.setattr(models, "LEAST", 60)
    monkeypatch.setattr(models, "LEAST_NEW", 12)
    decided(town, 72)
    return models.train("category", at=MONDAY + timedelta(days=30))


def test_too_few_decisions_are_said_in_numbers(town: Town) -> None:
    decided(town, 2)
    with pytest.raises(Invalid, match="at least 200"):
        models.train("category", at=MONDAY + timedelta(days=30))
    models.ask_to_train("category", by=town.supervisor, at=MONDAY)
    with pytest.raises(Refused):
        models.ask_to_train("category", by=town.supervisor, at=MONDAY)
    jobs.run_due(now=lambda: MONDAY)
    assert "现在有2件" in Job.objects.get().error


def test_a_better_model_serves_after_a_named_person_adopted_it_and_can_be_taken_back(
    town: Town, trained: ReadingModel
) -> None:
    rules = books.current(MONDAY)
    words = "灰车昨晚又扬土，路上全是泥"
    assert not suggest.category(words, rules).known
    assert trained.state == "waiting"
    assert trained.better
    assert trained.judged["against"] == "words"
    assert trained.learned_to < trained.judged_to
    assert "limits" in trained.card["text"]
    with pytest.raises(Refused):
        models.adopt(trained.pk, by=town.operator, at=MONDAY)
    assert suggest.category(words, rules).source == "words"

    models.adopt(trained.pk, by=town.supervisor, at=MONDAY)
    said = suggest.category(words, rules)
    assert (said.best, said.source) == ("urban.build.debris", f"model:{trained.pk}")
    assert any("灰" in word for word in said.ranked[0].words)
    entry = Entry.objects.get(verb="reading_model")
    assert entry.staff_id == town.supervisor.staff_id
    assert entry.facts["choice"] == "adopted"

    models.stop("category", by=town.supervisor, at=MONDAY)
    assert suggest.category(words, rules).source == "words"
    models.adopt(trained.pk, by=town.chief, at=MONDAY)
    assert Entry.objects.filter(verb="reading_model").latest("turn").facts["choice"] == "taken_back"


def test_one_that_is_not_better_cannot_be_adopted_and_a_refused_one_never(town: Town, trained: ReadingModel) -> None:
    ReadingModel.objects.filter(pk=trained.pk).update(better=False)
    with pytest.raises(Refused, match="clearly better"):
        models.adopt(trained.pk, by=town.supervisor, at=MONDAY)
    models.refuse(trained.pk, by=town.supervisor, at=MONDAY)
    assert not (models.folder() / trained.folder).exists()
    with pytest.raises(NotFound):
        models.adopt(trained.pk, by=town.supervisor, at=MONDAY)


def test_the_one_in_use_is_never_judged_on_what_it_learned(town: Town, trained: ReadingModel) -> None:
    models.adopt(trained.pk, by=town.supervisor, at=MONDAY)
    ReadingModel.objects.filter(pk=trained.pk).update(learned_to=trained.judged_to)
    with pytest.raises(Invalid, match="0 of them new"):
        models.train("category", at=MONDAY + timedelta(days=31))


def test_a_stricter_town_hears_i_do_not_know_more_often_and_the_diary_says_who_set_it(
    town: Town, trained: ReadingModel
) -> None:
    models.adopt(trained.pk, by=town.supervisor, at=MONDAY)
    rules = books.current(MONDAY)
    vague = "那边又来了，大家都知道"
    models.set_error(0.5, by=town.supervisor, at=MONDAY)
    loose = suggest.category(vague, rules)
    models.set_error(0.001, by=town.supervisor, at=MONDAY)
    strict = suggest.category(vague, rules)
    assert loose.known or not strict.known
    found = models.in_use("category")
    assert found is not None
    assert found[1].error == 0.001
    assert Entry.objects.filter(verb="reading_error").count() == 2
    with pytest.raises(Invalid):
        models.set_error(0.9, by=town.supervisor, at=MONDAY)
    with pytest.raises(Refused):
        models.set_error(0.1, by=town.operator, at=MONDAY)


def test_numbers_of_persons_are_not_learned_and_erased_words_neither(town: Town) -> None:
    matter = matters.receive(Report(words="灰车扬土，电话13812345678，车牌粤B12345"), by=RESIDENT, at=MONDAY)
    act(matter.pk, "classify", {"category": "urban.build.debris", "handling_class": "complaint"}, by=town.operator,
        at=MONDAY)  # fmt: skip
    texts = models.decisions("category").texts
    assert len(texts) == 1
    assert "13812345678" not in texts[0]
    assert "粤B12345" not in texts[0]
    matters.erase(matter.pk, by=RESIDENT, at=MONDAY)
    assert WordsRow.objects.filter(matter=matter, turn=1).exists()
    assert models.decisions("category").texts == []


def test_a_model_whose_files_are_gone_is_as_if_there_were_none(town: Town, trained: ReadingModel) -> None:
    models.adopt(trained.pk, by=town.supervisor, at=MONDAY)
    (models.folder() / trained.folder / "model.json").unlink()
    models._loaded.clear()
    assert suggest.category("灰车扬土", books.current(MONDAY)).source == "words"
    with pytest.raises(NotFound):
        models.stop("handling_class", by=town.supervisor, at=MONDAY)


def test_how_often_suggestions_were_right_is_counted_by_hand(town: Town) -> None:
    matter = matters.receive(Report(words="工地夜里打桩"), by=RESIDENT, at=MONDAY)
    rows = [
        ("a", [["a", 0.9, ["打桩"]], ["b", 0.1, []]], True, 1),
        ("a", [["b", 0.6, ["夜里"]], ["a", 0.4, []]], True, 2),
        ("a", [["b", 0.3, ["夜里"]], ["a", 0.2, []]], False, 2),
        ("b", [["c", 0.9, ["夜里"]]], True, 0),
    ]
    for turn, (chosen, ranked, known, place) in enumerate(rows * 2, 10):
        Suggestion.objects.create(
            matter=matter, turn=turn, task="category", source="words", ranked=ranked, known=known, chosen=chosen,
            place=place, at=MONDAY,
        )  # fmt: skip
    found = suggestions.report("category", at=MONDAY + timedelta(days=1))
    assert (found.total.n, found.total.first, found.total.three, found.total.unknown) == (8, 2, 6, 2)
    assert (found.decided, found.decided_right) == (6, 2)
    assert [(s.code, s.n, s.first, s.three, s.unknown) for s in found.codes] == [("a", 6, 2, 6, 2)]
    # What was chosen fewer than five times is told as a sum.
    assert (found.rare, found.rest.n, found.rest.first, found.rest.three, found.rest.unknown) == (1, 2, 0, 0, 0)
    assert found.words == []
    assert suggestions.report("category", at=MONDAY + timedelta(days=120)).total.n == 0
    low, high = suggestions.wilson(8, 10)
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)


__all__ = ["Matter"]
