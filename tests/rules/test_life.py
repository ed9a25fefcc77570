"""The grammar of lives, read by a life that is no matter: a round of a place, from the draw to the proof."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import pytest

from wuxiao.rules.flow import MATTER, STEPS
from wuxiao.rules.life import CaseFacts, Guard, Life, Standing, Step
from wuxiao.rules.words import Text


class State(StrEnum):
    PLANNED = "planned"
    ON_SITE = "on_site"
    ORDERED = "ordered"
    PROVED = "proved"


class Who(StrEnum):
    PLANNER = "planner"
    INSPECTOR = "inspector"
    OTHER_INSPECTOR = "other_inspector"


@dataclass(frozen=True, slots=True)
class Facts(CaseFacts):
    inspectors: int = 0
    open_findings: int = 0


def _both(text: str) -> Text:
    return Text(text, f"{text} (en)")


TWO: Guard[Facts] = Guard(
    "two_inspectors",
    lambda f: f.inspectors >= 2,
    (Text("检查须由两名检查人员进行，现在{count}名", "two inspectors are needed, there are {count}"),),
    fill=lambda f: {"count": Text(str(f.inspectors), str(f.inspectors))},
)
ALL_MENDED: Guard[Facts] = Guard(
    "all_mended",
    lambda f: f.open_findings == 0,
    (Text("还有{n}处没有整改", "{n} findings stand"), Text("还有一处没有整改", "one finding stands")),
    lambda f: 1 if f.open_findings == 1 else 0,
    lambda f: {"n": Text(str(f.open_findings), str(f.open_findings))},
)


def _row(verb: str, sources: set[State], to: tuple[State, ...], who: set[Who], **more: Any) -> Step[Facts]:
    return Step(verb, _both(verb), _both(f"{verb}了"), frozenset(sources), to, frozenset(who), **more)


def _after_visit(facts: Facts) -> State:
    return State.ORDERED if facts.open_findings else State.PROVED


ROWS = (
    _row("plan", set(), (State.PLANNED,), {Who.PLANNER}),
    _row("go", {State.PLANNED}, (State.ON_SITE,), {Who.INSPECTOR}, guards=(TWO,)),
    _row("leave", {State.ON_SITE}, (State.ORDERED, State.PROVED), {Who.INSPECTOR}, leads=_after_visit),
    _row("note", {State.ON_SITE, State.ORDERED}, (), {Who.INSPECTOR}),
    _row("check_again", {State.ORDERED}, (State.PROVED,), {Who.OTHER_INSPECTOR}, guards=(ALL_MENDED,)),
)
STANDINGS = {state: Standing(_both(state.value), _both("。"), None, f"in.{state.value}") for state in State}


def life(rows: tuple[Step[Facts], ...] = ROWS, **more: Any) -> Life[Facts]:
    given = {"standings": STANDINGS, "over": frozenset({State.PROVED}), **more}
    return Life("round", Text("检查", "the inspection"), State, rows=rows, **given)


def facts(state: State | None, *by: Who, **more: Any) -> Facts:
    return Facts(state=state, by=frozenset(by), **more)


def test_it_says_what_is_open_to_whom_and_where_it_leads() -> None:
    found = life()
    assert found.check("plan", facts(None, Who.PLANNER)) is None
    there = facts(State.ON_SITE, Who.INSPECTOR)
    assert [step.verb for step in found.allowed(there)] == ["leave", "note"]
    assert found.target("leave", there) is State.PROVED
    assert found.target("leave", replace(there, open_findings=1)) is State.ORDERED
    assert found.target("note", replace(there, state=State.ORDERED)) is State.ORDERED
    ordered = facts(State.ORDERED, Who.INSPECTOR, Who.OTHER_INSPECTOR, open_findings=2)
    assert [(step.verb, no.code if no else None) for step, no in found.within_reach(ordered)] == [
        ("note", None),
        ("check_again", "all_mended"),
    ]


@pytest.mark.parametrize(
    ("verb", "asked", "code", "zh", "en"),
    [
        ("fly", facts(State.PLANNED), "unknown", "没有“fly”这一步", "there is no step “fly”"),
        ("go", facts(None, Who.INSPECTOR), "state", "检查尚未登记", "the inspection has not been received yet"),
        (
            "go",
            facts(State.ORDERED, Who.INSPECTOR, inspectors=2),
            "state",
            "检查现在是“ordered”，不能“go”",
            "the inspection is “ordered (en)”: “go (en)” is not open",
        ),
        ("go", facts(State.PLANNED, Who.PLANNER), "who", "您在这件事上不能“go”", "“go (en)” is not yours to do here"),
        (
            "go",
            facts(State.PLANNED, Who.INSPECTOR, inspectors=1),
            "two_inspectors",
            "检查须由两名检查人员进行，现在1名",
            "two inspectors are needed, there are 1",
        ),
        (
            "check_again",
            facts(State.ORDERED, Who.OTHER_INSPECTOR, open_findings=3),
            "all_mended",
            "还有3处没有整改",
            "3 findings stand",
        ),
        (
            "check_again",
            facts(State.ORDERED, Who.OTHER_INSPECTOR, open_findings=1),
            "all_mended",
            "还有一处没有整改",
            "one finding stands",
        ),
    ],
)
def test_the_first_reason_why_not_is_said_in_both_languages(
    verb: str, asked: Facts, code: str, zh: str, en: str
) -> None:
    no = life().check(verb, asked)
    assert no is not None
    assert (no.code, no.text.zh, no.text.en) == (code, zh, en)


def test_its_diagram_begins_and_ends() -> None:
    assert life().diagram("en").splitlines() == [
        "stateDiagram-v2",
        "    planned: planned (en)",
        "    on_site: on_site (en)",
        "    ordered: ordered (en)",
        "    proved: proved (en)",
        "    [*] --> planned: plan (en)",
        "    planned --> on_site: go (en)",
        "    on_site --> ordered: leave (en)",
        "    on_site --> proved: leave (en)",
        "    ordered --> proved: check_again (en)",
        "    proved --> [*]",
    ]


Change = Callable[[Step[Facts]], Step[Facts]]


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (lambda: life(ROWS + ROWS[1:2]), "go stands twice"),
        (lambda: life((*ROWS, replace(ROWS[3], verb="x", sources=frozenset({"nowhere"})))), "x: no such state: "),
        (lambda: life((*ROWS, replace(ROWS[1], verb="x", to=("nowhere",)))), "x: no such state: "),
        (lambda: life((*ROWS, replace(ROWS[1], verb="x", who=frozenset()))), "x: nobody may take it"),
        (lambda: life(tuple(replace(row, leads=None) for row in ROWS)), "leave: what chooses"),
        (lambda: life((*ROWS, replace(ROWS[1], verb="x", leads=_after_visit))), "x: what chooses"),
        (lambda: life(ROWS[1:]), "exactly one step begins a life"),
        (lambda: life((*ROWS, replace(ROWS[0], verb="x"))), "exactly one step begins a life"),
        (lambda: life((*ROWS[:2], *ROWS[3:])), "no step leads to: ['ordered']"),
        (lambda: life(standings={State.PLANNED: STANDINGS[State.PLANNED]}), "states and standings differ"),
        (lambda: life(over=frozenset()), "it has no end"),
        (lambda: life(over=frozenset({"nowhere"})), "it has no end"),
    ],
)
def test_a_table_that_does_not_close_is_refused_when_it_is_declared(broken: Callable[[], object], words: str) -> None:
    with pytest.raises(ValueError, match="the life of 'round'") as refused:
        broken()
    assert words in str(refused.value)


def test_every_way_through_ends() -> None:
    found = life()
    drawn = random.Random(5)
    for _ in range(200):
        state: State | None = None
        for _ in range(400):
            now = facts(state, *Who, inspectors=2, open_findings=drawn.choice([0, 1]))
            if state in found.over:
                assert found.allowed(now) == ()
                break
            step = drawn.choice(found.allowed(now)) if state else found.steps["plan"]
            state = found.target(step.verb, now)
        assert state in found.over


def test_the_life_of_a_matter_is_one_of_them() -> None:
    assert MATTER.steps == STEPS
    assert {state.value for state in MATTER.over} == {"closed"}
