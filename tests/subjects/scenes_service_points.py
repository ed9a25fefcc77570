"""Scenes of service points for the test that no key of the rule book is dead (tests/keys)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.desk.people import MONDAY
from tests.keys.stage import Stage, sees, small, there
from tests.subjects.test_service_points import put, rate
from wuxiao.desk.base.errors import Refused, Throttled
from wuxiao.subjects.service_points import asks

small("throttle.ratings_per_hour", 2)


@sees("throttle.ratings_per_hour")
def rated(stage: Stage) -> Iterator[Any]:
    """How often one source may try to rate a point in an hour."""
    room = put(stage.of_unit("ps_qingping"))
    for n in range(5):
        try:
            yield rate(room.code, f"k{n}", caller="c").new
        except (Refused, Throttled) as error:
            yield error.code


@sees("registers.*.*.names")
@there
def named(stage: Stage) -> Iterator[Any]:
    """Whether the card of a point of the kind that was turned names who is on duty."""
    room = put(stage.of_unit("ps_qingping"), kind=str(stage.path[2]))
    yield asks.card(room.code, at=MONDAY).officer
