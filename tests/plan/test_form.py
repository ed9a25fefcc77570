"""Problems and plans as JSON, refusals that name the row, stop rules, the register's comparison with the code."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from wuxiao.plan import form, register, store
from wuxiao.plan.form import BadProblem, Said, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    name: str
    metres: float
    level: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    parts: tuple[Part, ...]
    demand: store.Floats
    pairs: store.Ints
    notes: dict[str, float]
    open: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "demand", store.frozen(self.demand, np.float64, "demand"))
        object.__setattr__(self, "pairs", store.frozen(self.pairs, np.int64, "pairs", dimensions=2))


def sample() -> Sample:
    return Sample(
        parts=(Part(name="甲", metres=2.5), Part(name="乙", metres=math.inf, level=3)),
        demand=np.array([1.0, 2.0]),
        pairs=np.array([[0, 1], [1, 0]]),
        notes={"a": 1.0},
    )


def test_json_both_ways_and_by_file(tmp_path: Path) -> None:
    one = sample()
    text = json.dumps(store.to_json(one), allow_nan=False)
    again = store.from_json(Sample, json.loads(text))
    assert store.same(one, again)
    assert again.parts[1].metres == math.inf
    assert again.pairs.dtype == np.int64
    assert not again.demand.flags.writeable
    store.save(one, tmp_path / "p.json")
    assert store.same(store.load(Sample, tmp_path / "p.json"), one)


@pytest.mark.parametrize(
    ("change", "where", "row"),
    [
        ({"demand": [1.0, "nan"]}, "demand", 1),
        ({"demand": [[1.0]]}, "demand", None),
        ({"demand": [1.0, 1e16]}, "demand", 1),
        ({"pairs": [[0, 1], [1e300, 1]]}, "pairs", 1),
        ({"parts": [{"name": "甲", "metres": 1e300}]}, "parts[0].metres", None),
        ({"parts": [{"name": "甲", "metres": "nan"}]}, "parts[0].metres", None),
        ({"pairs": [[0, 1], [0.5, 1]]}, "pairs", 1),
        ({"parts": [{"name": "甲", "metres": "far"}]}, "parts[0].metres", None),
        ({"parts": [{"name": "甲"}]}, "parts[0].metres", None),
        ({"parts": [{"name": "甲", "metres": 1, "colour": 2}]}, "parts[0].colour", None),
        ({"open": 3}, "open", None),
        ({"notes": [1]}, "notes", None),
    ],
)
def test_refusals_name_field_and_row(change: dict[str, object], where: str, row: int | None) -> None:
    data = {**store.to_json(sample()), **change}
    with pytest.raises(BadProblem) as caught:
        store.from_json(Sample, data)
    assert caught.value.where == where
    assert caught.value.row == row
    assert caught.value.said.zh
    assert caught.value.said.en


def test_schema_names_every_field() -> None:
    schema = store.schema(Sample)
    part = schema["$defs"]["Part"]
    assert set(schema["$defs"]["Sample"]["properties"]) == {"parts", "demand", "pairs", "notes", "open"}
    assert part["required"] == ["name", "metres"]
    assert part["additionalProperties"] is False


def test_files_that_are_no_problem(tmp_path: Path) -> None:
    with pytest.raises(BadProblem):
        store.load(Sample, tmp_path / "none.json")
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(BadProblem):
        store.load(Sample, tmp_path / "bad.json")


def test_stop_rules() -> None:
    assert form.after_iterations(3)(State(3, 0.0)) == "iterations"
    assert form.after_iterations(3)(State(2, 0.0)) == ""
    assert form.when_within(0.01)(State(1, 0.0, 100.0, 99.5)) == "proved"
    assert form.when_within(0.001)(State(1, 0.0, 100.0, 99.5)) == ""
    patience = form.Patience(5)
    assert [patience(State(n, 0.0, 7.0)) for n in (0, 4, 5)] == ["", "", "patience"]
    cancel = form.Cancel()
    told: list[int] = []
    watch = form.Watch(math.inf, form.either(None, cancel), lambda s: told.append(s.iterations))
    assert not watch(1)
    cancel.now()
    assert watch(2)
    assert watch.reason == "cancelled"
    assert told == [1, 2]
    with pytest.raises(BadProblem):
        form.Watch(0.0)


def test_gap_in_both_senses() -> None:
    base = {"engine": "x", "version": "1", "seed": 1, "seconds": 1.0, "iterations": 1, "stopped": "done"}
    assert form.Head(**base, objective=100.0, bound=90.0).gap == pytest.approx(0.1)
    assert form.Head(**base, objective=100.0, bound=110.0, minimise=False).gap == pytest.approx(0.1)
    assert form.Head(**base, objective=100.0, bound=None).gap is None
    assert "no proven bound" in form.Head(**base, objective=100.0, bound=None).why().en


def test_register_is_compared_with_the_code() -> None:
    words = Said("一", "one")
    inputs = dict.fromkeys(("parts.name", "parts.metres", "parts.level", "demand", "pairs", "notes", "open"), words)
    entry = register.Entry(
        engine="x", purpose=words, method=words, inputs=inputs, output=words, limits=words, decides=words
    )
    assert register.faults(entry, Sample) == []

    @dataclass(frozen=True)
    class Worse:
        demand: float
        criminal_record: int

    found = register.faults(entry, Worse)
    assert any("criminal_record names a trait" in line for line in found)
    assert any("not in the register" in line for line in found)
    assert any("not in the problem" in line for line in found)
