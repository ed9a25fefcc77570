"""The life of an inspection walks: two go, findings are mended and shown to another, nothing ends by pressing."""

from __future__ import annotations

import random
from dataclasses import replace
from string import Formatter

import pytest

from wuxiao.rules.words import Text
from wuxiao.subjects.inspection.rules import INSPECTION, OPEN, Facts, Need, State, Who

S, W = State, Who


def facts(state: State | None, *by: Who, **more: object) -> Facts:
    return replace(Facts(state=state, by=frozenset(by), pair=2), **more)  # type: ignore[arg-type]


def walk(*steps: tuple[str, Who, dict[str, object]]) -> list[State]:
    """Take one step after another, each as its own person with the facts of its moment."""
    state: State | None = None
    been = []
    for verb, who, more in steps:
        now = facts(state, who, **more)
        assert INSPECTION.check(verb, now) is None, (verb, INSPECTION.check(verb, now))
        state = INSPECTION.target(verb, now)
        been.append(state)
    return been


def test_a_net_cafe_from_the_draw_to_the_proof() -> None:
    assert walk(
        ("plan", W.SYSTEM, {}),
        ("assign", W.SYSTEM, {}),
        ("stand_aside", W.INSPECTOR, {}),
        ("assign", W.LEAD, {}),
        ("arrive", W.COMING, {}),
        ("fill", W.INSPECTOR, {}),
        ("find", W.INSPECTOR, {}),
        ("leave", W.INSPECTOR, {"findings": 2}),
        ("extend", W.LEAD, {"findings": 2}),
        ("mended", W.OWNER, {"findings": 2}),
        ("recheck", W.OTHER, {"findings": 1}),
        ("fall_due", W.SYSTEM, {"findings": 1}),
        ("recheck", W.OTHER, {"findings": 0}),
    ) == [
        S.PLANNED, S.ASSIGNED, S.PLANNED, S.ASSIGNED, S.ON_SITE, S.ON_SITE, S.ON_SITE, S.ORDERED, S.ORDERED, S.RECHECK,
        S.ORDERED, S.RECHECK, S.CLOSED,
    ]  # fmt: skip


def test_a_clean_visit_ends_on_the_day_and_a_handed_one_with_the_fire_bodys_word() -> None:
    go = (("plan", W.PLANNER, {}), ("assign", W.LEAD, {}), ("arrive", W.COMING, {}))
    assert walk(*go, ("leave", W.INSPECTOR, {}))[-1] is S.CLOSED
    handed = (*go, ("leave", W.INSPECTOR, {"findings": 1}), ("hand_over", W.LEAD, {"never_accepted": True}))
    assert walk(*handed, ("conclude", W.RECEIVER, {}))[-1] is S.CLOSED
    assert walk(*handed, ("refuse", W.RECEIVER, {}), ("mended", W.OWNER, {}))[-1] is S.RECHECK


@pytest.mark.parametrize(
    ("verb", "asked", "code", "en"),
    [
        ("arrive", facts(S.ASSIGNED, W.COMING, pair=1), "two_inspectors", "two inspectors go together; 1 are named"),
        ("arrive", facts(S.ASSIGNED, W.COMING, aside=1), "stand_aside", "1 of the inspectors must stand aside"),
        ("arrive", facts(S.ON_SITE, W.INSPECTOR), "who", "is not yours to do here"),
        ("leave", facts(S.ON_SITE, W.INSPECTOR, unanswered=3), "list_done", "3 questions of the list"),
        (
            "leave",
            facts(S.ON_SITE, W.INSPECTOR, inspectors=frozenset({1, 2}), here=frozenset({1}), awaited=Text("顾", "Gu")),
            "both_here",
            "Gu has not said that they are here",
        ),
        ("recheck", facts(S.RECHECK, W.INSPECTOR), "who", "is not yours to do here"),
        ("recheck", facts(S.RECHECK, W.OTHER, grave=1), "grave_reported", "are not signed yet"),
        ("gone", facts(S.ORDERED, W.SUPERVISOR, grave=1), "grave_reported", "are not signed yet"),
        ("sign", facts(S.ORDERED, W.LEAD), "grave", "no grave hazard"),
        ("sign", facts(S.ORDERED, W.INSPECTOR, grave=1), "who", "is not yours"),
        ("extend", facts(S.ORDERED, W.LEAD, extended=1), "may_extend", "put off 1 times"),
        ("object", facts(S.ORDERED, W.OWNER, objected=True), "not_objected", "waiting for its answer"),
        ("settle", facts(S.ORDERED, W.SUPERVISOR), "objected", "no objection"),
        ("settle", facts(S.ORDERED, W.LEAD, objected=True), "who", "is not yours"),
        ("object", facts(S.ORDERED, W.OWNER, answered=True), "once_an_order", "was answered"),
        ("recheck", facts(S.RECHECK, W.OTHER, objected=True), "answer_first", "supervision answers it first"),
        ("recheck", facts(S.RECHECK, W.OTHER, never_accepted=True), "hand_over_first", "goes to the fire body first"),
        ("hand_over", facts(S.ORDERED, W.LEAD), "for_fire_body", "goes to the fire body"),
        ("drop", facts(S.ASSIGNED, W.LEAD), "who", "is not yours"),
        ("mended", facts(S.CLOSED, W.OWNER), "state", "is “closed”"),
    ],
)
def test_why_not_is_said(verb: str, asked: Facts, code: str, en: str) -> None:
    no = INSPECTION.check(verb, asked)
    assert no is not None
    assert no.code == code
    assert en in no.text.en
    assert "{" not in no.text.zh + no.text.en


def test_at_their_boundaries_the_guards_open() -> None:
    for verb, now in (
        ("arrive", facts(S.ASSIGNED, W.COMING, pair=2)),
        ("extend", facts(S.ORDERED, W.LEAD, extended=1, extensions=2)),
        ("hand_over", facts(S.ORDERED, W.LEAD, grave_open=1)),
        ("recheck", facts(S.RECHECK, W.OTHER, never_accepted=True, handed=True)),
        ("object", facts(S.RECHECK, W.OWNER)),
        ("sign", facts(S.RECHECK, W.LEAD, grave=1)),
        ("settle", facts(S.RECHECK, W.SUPERVISOR, objected=True)),
        ("settle", facts(S.ORDERED, W.SUPERVISOR, objected=True, grave=1)),
    ):
        assert INSPECTION.check(verb, now) is None, verb
    upheld = facts(S.RECHECK, W.SUPERVISOR, objected=True)
    assert INSPECTION.target("settle", upheld) is S.CLOSED
    assert INSPECTION.target("settle", replace(upheld, findings=1)) is S.ORDERED


def test_what_ends_an_inspection_carries_its_proof() -> None:
    """Every step that may close needs a signature, outcomes with files, an answer, or a supervisor's reason."""
    proof = {Need.SIGNATURES, Need.OUTCOMES, Need.REPLY, Need.REASON}
    closing = [step for step in INSPECTION.rows if S.CLOSED in step.to]
    assert {step.verb for step in closing} == {"drop", "leave", "recheck", "settle", "conclude", "gone"}
    assert all(proof & set(step.needs) for step in closing)
    by_first_pair = [step.verb for step in closing if W.INSPECTOR in step.who]
    assert by_first_pair == ["leave"], "who found it does not say that it is mended"
    after_findings = [step for step in closing if S.ORDERED in step.sources or S.RECHECK in step.sources]
    assert all(W.OWNER not in step.who and W.SYSTEM not in step.who for step in after_findings)


def test_the_owner_reads_what_was_found_and_never_why_she_was_chosen() -> None:
    hidden = {step.verb for step in INSPECTION.rows if not step.seen}
    assert hidden == {"plan", "assign", "stand_aside", "put_off", "drop", "note", "signature"}
    assert {step.verb for step in INSPECTION.rows if W.OWNER in step.who} == {"mended", "object"}
    assert all(step.seen for step in INSPECTION.rows if W.OWNER in step.who)


def test_sentences_are_whole_in_both_languages_and_speak_of_what_is_given() -> None:
    given = {need.value for need in Need} | {"signed", "answered", "asked", "kept"}
    for step in INSPECTION.rows:
        for text in (step.name, step.sentence):
            names = [{name for _, name, _, _ in Formatter().parse(said) if name} for said in (text.zh, text.en)]
            assert names[0] == names[1], step.verb
            assert names[0] <= given, step.verb


def test_every_way_through_ends_and_nobody_is_stuck() -> None:
    drawn = random.Random(3)
    for _ in range(300):
        state: State | None = None
        for _ in range(3_000):
            if state in INSPECTION.over:
                break
            now = facts(
                state,
                *Who,
                findings=drawn.choice([0, 0, 1]),
                grave=drawn.choice([0, 0, 1]),
                objected=drawn.random() < 0.3,
                never_accepted=drawn.random() < 0.2,
            )
            moving = [step for step in INSPECTION.allowed(now) if step.verb != "note"] if state else []
            state = INSPECTION.target((drawn.choice(moving) if moving else INSPECTION.first).verb, now)
        assert state in INSPECTION.over
    assert {state for state in OPEN if not INSPECTION.within_reach(facts(state, *Who))} == set()
