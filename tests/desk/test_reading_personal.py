"""A tagger of the town's own: learned from the marks people made, adopted by a named person, then on public pages."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from tests.desk.people import MONDAY, Town, settle
from wuxiao.desk.assist import models, personal, redaction
from wuxiao.desk.base.actor import RESIDENT
from wuxiao.desk.base.errors import Invalid
from wuxiao.desk.matters import matters
from wuxiao.desk.matters.matters import Report
from wuxiao.records.models import Matter, ReadingModel

pytestmark = [pytest.mark.django_db, pytest.mark.either]
#: Nicknames of this town, which neither the rules nor the tagger that ships know.
CALLED = ("铁算盘", "大喇叭", "臭豆腐", "闷葫芦", "炮筒子", "热水瓶", "电灯泡", "土豆泥")
DOES = ("把杂物堆在楼道里", "半夜还在敲打", "乱收停车费", "把污水倒在路上", "遛狗不牵绳", "占着消防通道")
dice = random.Random(11)


@pytest.fixture
def town(settings: object, tmp_path: object) -> Town:
    settings.DATA_DIR = tmp_path  # type: ignore[attr-defined]
    models.forget()
    return settle()


def told(town: Town, n: int, *, marked: bool = True) -> Matter:
    at = MONDAY + timedelta(hours=n)
    name = dice.choice(CALLED)
    matter = matters.receive(
        Report(words=f"{name}{dice.choice(DOES)}，已经{n + 2}天了，跟{name}说了也没用，请处理"),
        by=RESIDENT, at=at, quiet=True,
    )  # fmt: skip
    if marked:
        redaction.mark_text(matter.pk, name, "name", by=town.operator, at=at)
    return matter


@pytest.fixture
def trained(town: Town, monkeypatch: pytest.MonkeyPatch) -> ReadingModel:
    monkeypatch.setattr(personal, "LEAST", 40)
    monkeypatch.setattr(personal, "LEAST_NEW", 10)
    for n in range(60):
        told(town, n)
    return personal.train(at=MONDAY + timedelta(days=10))


def test_what_people_marked_is_found_by_itself_once_the_tagger_is_adopted(town: Town, trained: ReadingModel) -> None:
    shipped = personal.in_use()
    new = told(town, 70, marked=False)
    name = redaction.of_matter(new).words[:3]
    assert name in redaction.of_matter(new).public
    assert trained.better
    assert trained.judged["against"] == "rule"
    assert trained.card["held_out"]["recall"] >= 0.9

    models.adopt(trained.pk, by=town.supervisor, at=MONDAY)
    found = redaction.of_matter(new)
    assert name in found.words
    assert name not in found.public
    assert any("模型" in mark.why.zh for mark in found.marks)
    # A person's word is the last one.
    first = found.marks[0]
    redaction.mark(new.pk, first.start, first.end, "", by=town.operator, at=MONDAY, lifted=True)
    assert name in redaction.of_matter(new).public

    assert personal.in_use() is not shipped
    models.stop("personal", by=town.supervisor, at=MONDAY)
    assert personal.in_use() is shipped


def test_what_the_tagger_hides_beyond_what_people_hid_lowers_its_precision(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(personal, "LEAST", 40)
    monkeypatch.setattr(personal, "LEAST_NEW", 10)
    for n in range(60):
        told(town, n)
    for matter in Matter.objects.order_by("-received_at")[:12]:
        # Of the newest texts people lifted the second time the name stands there; the tagger was taught to hide both.
        words = redaction.of_matter(matter).words
        again = words.rindex(words[:3])
        redaction.mark(matter.pk, again, again + 3, "", by=town.operator, at=matter.received_at, lifted=True)
    held = personal.train(at=MONDAY + timedelta(days=10)).card["held_out"]
    assert held["recall"] >= 0.9
    assert 0.4 < held["precision"] < 0.7
    wanted = 2 * held["precision"] * held["recall"] / (held["precision"] + held["recall"])
    assert held["f1"] == pytest.approx(wanted, abs=2e-4)


def test_too_few_marked_texts_are_said_in_numbers(town: Town) -> None:
    told(town, 1)
    with pytest.raises(Invalid, match="there are 1 and 0"):
        personal.train(at=MONDAY + timedelta(days=10))


def test_a_tagger_whose_files_are_gone_is_as_if_there_were_none(town: Town, trained: ReadingModel) -> None:
    shipped = personal.in_use()
    models.adopt(trained.pk, by=town.supervisor, at=MONDAY)
    (models.folder() / trained.folder / "model.crf").unlink()
    assert personal.in_use() is shipped
