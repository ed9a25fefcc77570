"""A model of the town's own merges: learned, judged on the newest, adopted by a named person, then heard."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest

from tests.desk.people import MONDAY, Town, settle
from wuxiao.desk.assist import merges, models, similar
from wuxiao.desk.base.actor import RESIDENT
from wuxiao.desk.base.errors import Invalid, NotFound
from wuxiao.desk.matters import matters
from wuxiao.desk.matters.matters import Report
from wuxiao.records.models import Job, Matter

pytestmark = [pytest.mark.django_db, pytest.mark.either]
CODE = "env.noise.construction"
dice = random.Random(3)


@pytest.fixture
def town(settings: object, tmp_path: object) -> Town:
    settings.DATA_DIR = tmp_path  # type: ignore[attr-defined]
    for module in (models, similar):
        module.forget()
    return settle()


def said() -> str:
    return "".join(dice.choices([chr(code) for code in range(0x4E00, 0x5200)], k=20))


def raised(place: str, at: datetime, **rest: object) -> Matter:
    matter = matters.receive(Report(words=said(), place=place, category=CODE), by=RESIDENT, at=at, quiet=True)
    Matter.objects.filter(pk=matter.pk).update(received_at=at, category=CODE, **rest)
    return matter


def past(places: int) -> None:
    """At every place one matter, one the day after that was merged into it, and one long after that was not."""
    for n in range(places):
        at = MONDAY + timedelta(hours=12 * n)
        first = raised(f"河边{n}号", at, state="closed", closed_at=at + timedelta(days=6))
        raised(
            f"河边{n}号", at + timedelta(days=1), state="closed", closed_at=at + timedelta(days=2),
            outcome="merged", merged_into=first,
        )  # fmt: skip
        raised(f"河边{n}号", at + timedelta(days=5), state="closed", closed_at=at + timedelta(days=9))


def test_the_town_s_own_merges_are_heard_once_a_named_person_adopted_the_model(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "LEAST_NEW", 12)
    past(60)
    later = MONDAY + timedelta(days=60)
    row = merges.train(at=later)
    assert row.judged["against"] == "rule"
    assert row.better
    assert row.card["held_out"]["recall"] >= 0.95
    open_one = raised("桥头1号", later)

    def alike(at: datetime) -> list[similar.Alike]:
        similar.grow(at=at, at_once=True)
        words = Matter.objects.get(pk=open_one.pk).words.get(turn=1, field="words").text[:5] + said()
        return similar.like(words, by=town.operator, at=at, category=CODE, place="桥头1号")

    next_day = later + timedelta(days=1)
    assert [a.duplicate for a in alike(next_day)] == [False]
    models.adopt(row.pk, by=town.supervisor, at=later)
    found = alike(next_day)
    assert [(a.row.id, a.duplicate) for a in found] == [(open_one.pk, True)]
    assert "尚未办结" in found[0].why[-1].zh
    assert [a.duplicate for a in alike(later + timedelta(days=5))] != [True]
    models.stop("duplicate", by=town.supervisor, at=later)
    assert [a.duplicate for a in alike(next_day)] == [False]


def test_too_few_merges_are_said_and_the_page_s_button_asks_the_worker(town: Town) -> None:
    past(3)
    with pytest.raises(Invalid, match="Too few merges"):
        merges.train(at=MONDAY + timedelta(days=60))
    job = models.ask_to_train("duplicate", by=town.supervisor, at=MONDAY)
    assert Job.objects.get(pk=job.pk).payload == {"task": "duplicate"}
    with pytest.raises(NotFound):
        models.ask_to_train("person", by=town.supervisor, at=MONDAY)
