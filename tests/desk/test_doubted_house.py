"""While nobody believes the wall clock the house does nothing that follows from what it shows, task by task."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.desk.people import MONDAY, Town, settle
from tests.desk.test_clock import handled
from wuxiao.desk.base.actor import SYSTEM
from wuxiao.desk.diary import checkpoints, diary, filling
from wuxiao.desk.files import files
from wuxiao.desk.house import house
from wuxiao.desk.matters import figures
from wuxiao.desk.people import erasure
from wuxiao.records.models import CallBack, Checkpoint, Entry, Job, Once

pytestmark = pytest.mark.django_db
AHEAD = MONDAY + timedelta(days=300)


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> Town:
    monkeypatch.setattr(house, "_last", {})
    return settle()


def test_of_every_task_it_is_decided_whether_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [name for name, _, _ in house._TASKS]
    assert len(set(names)) == len(names)
    assert set(house.GOES_ON) == {"danger", "leaves", "unusual", "scrub"}
    assert set(house.GOES_ON) < set(names)
    ran: list[str] = []

    def told(name: str) -> Any:
        def task(at: datetime) -> int:
            ran.append(name)
            return 0

        return task

    monkeypatch.setattr(house, "_last", {})
    monkeypatch.setattr(house, "_TASKS", tuple((name, every, told(name)) for name, every, _ in house._TASKS))
    house.keep(at=MONDAY, trusted=False)
    assert ran == [name for name in names if name in house.GOES_ON]
    ran.clear()
    house.keep(at=MONDAY, trusted=True)
    assert ran == [name for name in names if name not in house.GOES_ON], "the rest is done as soon as it is believed"


def left_in_drawers() -> list[Path]:
    """A stored file without a row and a message written to a file, both of this moment."""
    stored = files.path_of("ab" * 32)
    stored.parent.mkdir(parents=True, exist_ok=True)
    sent = erasure.outbox_folder() / "one.sms"
    sent.parent.mkdir(parents=True, exist_ok=True)
    for path in (stored, sent):
        path.write_bytes(b"x")
        os.utime(path, (MONDAY.timestamp(), MONDAY.timestamp()))
    return [stored, sent]


def stands(paths: list[Path]) -> dict[str, object]:
    return {
        "drawers": [path.exists() for path in paths],
        "call_backs": CallBack.objects.filter(state="drawn").count(),
        "checkpoints": Checkpoint.objects.count(),
        "figures": figures.index() is not None,
        "hot": Job.objects.filter(kind="hot").count(),
        "sweep": Once.objects.count(),
        "verbs": sorted(Entry.objects.values_list("verb", flat=True)),
    }


def test_a_clock_ahead_ends_no_call_back_and_empties_no_drawer_until_it_is_confirmed(town: Town) -> None:
    matter = handled(town)
    CallBack.objects.filter(matter=matter).delete()
    row = CallBack.objects.create(
        matter=matter,
        state="drawn",
        drawn_at=MONDAY,
        due_at=MONDAY + timedelta(days=3),
        next_at=MONDAY,
        token="t" * 20,
        chance=1.0,
    )
    diary.write(matter, "draw", by=SYSTEM, at=MONDAY)
    Once.objects.create(key="old", digest="", at=MONDAY)
    paths = left_in_drawers()
    before = stands(paths)
    assert before["call_backs"] == 1
    house.keep(at=AHEAD, trusted=False)
    assert stands(paths) == before
    assert not Entry.objects.filter(leaf__isnull=True).exists(), "the log grows all the while"
    house.keep(at=AHEAD, trusted=True)
    row.refresh_from_db()
    assert row.state == "expired"
    assert [path.exists() for path in paths] == [False, False]
    assert (Checkpoint.objects.count(), figures.index() is not None) == (1, True)
    assert not Once.objects.filter(key="old").exists()


def test_a_checkpoint_of_a_clock_that_stood_ahead_keeps_the_next_one_not_back(town: Town) -> None:
    checkpoints.grow(at=AHEAD)
    assert Checkpoint.objects.count() == 1
    diary.write_town("sign_in", by=SYSTEM, at=MONDAY, facts={"who": "x"})
    checkpoints.grow(at=MONDAY)
    assert Checkpoint.objects.count() == 2


def test_a_filled_county_is_signed_at_once_to_its_end(town: Town, settings: Any) -> None:
    settings.DEMO = True
    last = Entry.objects.order_by("-id").first()
    assert last is not None

    def seen(moment: datetime) -> list[int]:
        house._last.clear()
        house.keep(at=moment)
        return list(Checkpoint.objects.order_by("size").values_list("size", flat=True))

    filling.begin(seed=1, until=MONDAY, small=True, by=SYSTEM, at=MONDAY)
    early = seen(MONDAY)
    assert len(early) == 1
    handled(town)
    assert seen(MONDAY + timedelta(minutes=1)) == early, "half a year is no reason to hurry"
    filling.finish(by=SYSTEM, at=MONDAY + timedelta(minutes=2))
    both = seen(MONDAY + timedelta(minutes=3))
    assert both == [*early, Entry.objects.count()]
    diary.write_town("sign_in", by=SYSTEM, at=MONDAY, facts={"who": "x"})
    assert seen(MONDAY + timedelta(minutes=4)) == both, "once; after that by the hour"
