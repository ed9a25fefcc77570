"""The step table keeps its own promises: every state is reachable and leads to a close, no verb is ambiguous."""

from __future__ import annotations

import string
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wuxiao.rules import flow
from wuxiao.rules.flow import STANDINGS, STEPS, Facts, Promise, State, Who
from wuxiao.rules.messages import MESSAGES, PLACES


def moves() -> dict[State, set[State]]:
    found: dict[State, set[State]] = {state: set() for state in State}
    for step in STEPS.values():
        for source in step.sources:
            found[source] |= set(step.to)
    return found


def reach(start: set[State], arrows: dict[State, set[State]]) -> set[State]:
    seen, ahead = set(start), list(start)
    while ahead:
        for to in arrows[ahead.pop()] - seen:
            seen.add(to)
            ahead.append(to)
    return seen


def test_every_state_is_reachable_from_the_first_word() -> None:
    assert reach(set(STEPS["receive"].to), moves()) == set(State)


@pytest.mark.parametrize("state", list(State))
def test_every_state_leads_to_a_close(state: State) -> None:
    assert State.CLOSED in reach({state}, moves())


def test_no_verb_is_ambiguous() -> None:
    assert len(STEPS) == len(flow.ROWS)
    names = [step.name.zh for step in STEPS.values()]
    assert len(names) == len(set(names))
    english = [step.name.en for step in STEPS.values()]
    assert len(english) == len(set(english))


def test_every_state_has_a_clock_but_the_closed_one() -> None:
    without = {state for state, standing in STANDINGS.items() if standing.clock is None}
    assert without == {State.CLOSED}
    assert STANDINGS[State.WAITING].clock is flow.Clock.WAIT  # the promise stands still; only the cap runs


@pytest.mark.parametrize("verb", sorted(STEPS))
def test_a_step_speaks_both_languages_with_the_same_places(verb: str) -> None:
    step = STEPS[verb]
    assert step.name.zh
    assert step.name.en
    places = [
        {name for _, name, _, _ in string.Formatter().parse(text) if name}
        for text in (step.sentence.zh, step.sentence.en)
    ]
    assert places[0] == places[1]
    assert any("\u4e00" <= c <= "\u9fff" for c in step.sentence.zh)
    assert not any("\u4e00" <= c <= "\u9fff" for c in step.sentence.en)


@pytest.mark.parametrize("verb", sorted(STEPS))
def test_somebody_may_take_it_and_its_guards_have_reasons(verb: str) -> None:
    step = STEPS[verb]
    assert step.who
    for guard in step.guards:
        assert flow.GUARDS[guard.name] is guard
        assert isinstance(flow.guard(guard.name, Facts(state=State.INTAKE)), bool)
        assert all(words.zh and words.en for words in guard.says)


def test_what_is_told_has_a_message_and_messages_fill_only_known_places() -> None:
    told = {verb for verb, step in STEPS.items() if step.tells}
    assert told <= set(MESSAGES)
    for text in MESSAGES.values():
        for words in (text.zh, text.en):
            assert {name for _, name, _, _ in string.Formatter().parse(words) if name} <= set(PLACES)


def test_the_promise_starts_once_and_pauses_end() -> None:
    starts = {v for v, s in STEPS.items() if s.promise is Promise.START}
    assert starts == {"receive"}
    pausing = [s for s in STEPS.values() if s.promise is Promise.PAUSE]
    assert all(set(s.to) == {State.WAITING} for s in pausing)
    leaving = [s for s in STEPS.values() if State.WAITING in s.sources and s.to and State.WAITING not in s.to]
    assert {s.verb for s in leaving if s.promise is Promise.RESUME} == {"reply", "resume"}


def test_danger_blocks_ordinary_diversion_assignment_and_answers() -> None:
    for verb in ("divert", "sign", "assign", "reassign", "answer", "decline"):
        assert flow.GUARDS["no_danger_open"] in STEPS[verb].guards
    assert flow.GUARDS["no_danger_open"] not in STEPS["bypass"].guards


facts = st.builds(
    Facts,
    state=st.sampled_from(list(State)),
    holder_type=st.sampled_from(["centre", "police_command", "department"]),
    offered_type=st.sampled_from(["", "centre", "department"]),
    sign_level=st.integers(0, 4),
    refusals=st.integers(0, 4),
    danger_open=st.booleans(),
    decided=st.booleans(),
    extension_pending=st.booleans(),
    outcome=st.sampled_from(["", "answered", "declined", "withdrawn", "merged"]),
    petition=st.booleans(),
    was_handling=st.booleans(),
    answered=st.booleans(),
    in_object_window=st.booleans(),
    by=st.frozensets(st.sampled_from(list(Who))),
)


@given(facts)
def test_whatever_the_facts_a_target_is_one_of_the_row(found: Facts) -> None:
    for step in flow.allowed(found):
        to = flow.target(step.verb, found)
        assert to == found.state if step.stays else to in step.to


@given(facts)
def test_what_is_shut_says_why_and_nobody_without_a_relation_may_act(found: Facts) -> None:
    for verb in STEPS:
        refusal = flow.check(verb, found)
        if refusal is not None:
            assert refusal.text.zh
            assert refusal.text.en
    assert flow.allowed(replace(found, by=frozenset())) == ()


def test_the_third_refusal_goes_to_the_joint_meeting_and_a_decided_matter_is_not_refused() -> None:
    offered = Facts(state=State.OFFERED, by=frozenset({Who.RECEIVER}), refusals=1)
    assert flow.target("refuse", offered) is State.INTAKE
    assert flow.target("refuse", replace(offered, refusals=2)) is State.JOINT
    refusal = flow.check("refuse", replace(offered, decided=True))
    assert refusal is not None
    assert refusal.code == "not_decided"


def test_the_diagram_names_every_state() -> None:
    for lang in ("zh", "en"):
        drawn = flow.diagram(lang)
        assert all(f"    {state.value}: " in drawn for state in State)
        assert "[*] --> intake" in drawn
