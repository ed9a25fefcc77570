"""Rows whose key is not an `id` that the database draws: a part of a case bears the key of its case.

And a proxy, which has no columns of its own: what is written and asked through it is the table it looks at.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.test.utils import isolate_apps

from tests.desk.people import MONDAY, settle
from wuxiao.desk.base import ask, bulk
from wuxiao.desk.base.actor import RESIDENT
from wuxiao.desk.base.put import change, put
from wuxiao.desk.matters.matters import Report, receive
from wuxiao.records.models import Chain, Matter

pytestmark = pytest.mark.django_db


def _made(model: type[models.Model]) -> None:
    columns = ", ".join(
        f'"{f.column}" {f.db_type(connection)}{" PRIMARY KEY" if f.primary_key else ""}{"" if f.null else " NOT NULL"}'
        for f in model._meta.concrete_fields
    )
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE TABLE "{model._meta.db_table}" ({columns})')


@pytest.fixture
def part() -> Iterator[Any]:
    """A part of a case as a second life would have it, and notes of it with a key that is a word."""
    with isolate_apps("wuxiao.records"):

        class ToyPart(models.Model):  # noqa: DJ008
            case = models.OneToOneField(
                Matter, primary_key=True, on_delete=models.PROTECT, related_name="+", db_column="case_id"
            )
            words = models.TextField()
            turn = models.PositiveIntegerField(default=0)
            at = models.DateTimeField()
            facts = models.JSONField(default=dict)

            class Meta:
                app_label = "records"

        class ToyNote(models.Model):  # noqa: DJ008
            name = models.CharField(max_length=20, primary_key=True)
            part = models.ForeignKey(ToyPart, on_delete=models.PROTECT, related_name="+")
            words = models.TextField(blank=True)

            class Meta:
                app_label = "records"

        _made(ToyPart)
        _made(ToyNote)
        yield ToyPart, ToyNote
    for found in (ask._shape, ask._select, ask._with, bulk._plan):
        found.cache_clear()


@pytest.fixture
def matters() -> list[Matter]:
    settle()
    return [
        receive(
            Report(words=f"路灯不亮{n}", division="990101001", phone=f"1381234567{n}"),
            by=RESIDENT,
            at=MONDAY,
        )
        for n in range(3)
    ]


def test_a_row_with_a_given_key_is_put_asked_and_changed(part: Any, matters: list[Matter]) -> None:
    toy, _ = part
    first, second, _ = matters
    assert put([toy(case_id=m.pk, words=f"件{m.pk}", at=MONDAY, facts={"n": m.pk}) for m in (second, first)]) == 2

    found = ask.one(toy, case_id=second.pk)
    assert found is not None
    assert (found.pk, found.words, found.at, found.facts) == (second.pk, f"件{second.pk}", MONDAY, {"n": second.pk})
    assert [row.pk for row in ask.many(toy, turn=0)] == [first.pk, second.pk]

    found.words, found.turn = "改过", 1
    assert change(found, ["words", "turn"], unless="turn", was=0)
    assert not change(found, ["words"], unless="turn", was=0)
    assert sorted((row.pk, row.words) for row in ask.many(toy)) == [(first.pk, f"件{first.pk}"), (second.pk, "改过")]


def test_a_key_that_is_taken_is_refused_or_left_out(part: Any, matters: list[Matter]) -> None:
    toy, _ = part
    put([toy(case_id=matters[0].pk, words="先到", at=MONDAY)])
    again = [toy(case_id=m.pk, words="后到", at=MONDAY) for m in matters]
    with pytest.raises(IntegrityError), transaction.atomic():
        put(again)
    assert [row.words for row in ask.many(toy)] == ["先到"]
    assert put(again, ignore=True) == 2
    assert [row.words for row in ask.many(toy)] == ["先到", "后到", "后到"]


def test_a_row_comes_with_the_rows_that_point_to_it(part: Any, matters: list[Matter]) -> None:
    toy, note = part
    put([toy(case_id=m.pk, words="件", at=MONDAY) for m in matters[:2]])
    put([note(name=name, part_id=matters[0].pk) for name in ("b", "a")])

    found = ask.one_with(toy, note, "part_id", matters[0].pk)
    assert found is not None
    assert (found[0].pk, [row.pk for row in found[1]]) == (matters[0].pk, ["a", "b"])
    alone = ask.one_with(toy, note, "part_id", matters[1].pk)
    assert alone is not None
    assert (alone[0].pk, alone[1]) == (matters[1].pk, [])
    assert ask.one_with(toy, note, "part_id", matters[2].pk) is None


def test_many_rows_with_given_keys_go_in_at_once_and_no_key_is_drawn_for_them(part: Any, matters: list[Matter]) -> None:
    toy, note = part
    bulk.insert(toy, [toy(case_id=m.pk, words="件", at=MONDAY, facts={"n": 1}) for m in matters])
    bulk.insert(note, [note(name="一", part_id=matters[0].pk)])
    assert [(row.pk, row.facts) for row in ask.many(toy)] == [(m.pk, {"n": 1}) for m in matters]
    assert [row.pk for row in ask.many(note)] == ["一"]
    with pytest.raises(TypeError, match="toypart"):
        bulk.new_ids(toy, 1)
    drawn = bulk.new_ids(Matter, 2)
    assert len(set(drawn)) == 2
    assert not set(drawn) & {m.pk for m in matters}


def test_a_proxy_writes_and_reads_the_table_it_looks_at() -> None:
    with isolate_apps("wuxiao.records"):

        class ToyChain(Chain):
            class Meta:
                proxy = True
                app_label = "records"

        row = ToyChain(name="toy", turn=3, head="h")
        put([row])
        bulk.insert(ToyChain, [ToyChain(name="more", turn=1, head="i")])
        found = ask.one(ToyChain, name="toy")
        assert isinstance(found, ToyChain)
        found.head = "k"
        assert change(found, ["head"], unless="turn", was=3)
        assert list(Chain.objects.exclude(name="town").order_by("name").values_list("name", "turn", "head")) == [
            ("more", 1, "i"),
            ("toy", 3, "k"),
        ]
