"""Guesses on the project's own texts: right, or honestly empty."""

from __future__ import annotations

from bench import reading_guess
from tests.reading.ground import SETS
from wuxiao.reading import danger_set, guess
from wuxiao.reading.guess import SURE_ENOUGH
from wuxiao.rules import book


def test_what_is_shown_is_mostly_right_and_the_rest_is_empty() -> None:
    town = book.default()
    labelled = [s for s in danger_set.sets(SETS).own if s.codes]
    closed = [s for s in labelled if s.part == "c"]
    assert len(closed) >= 300
    assert sum(reading_guess.english(s.text) for s in closed) >= 100
    for english, shown, least in ((False, 0.6, 0.9), (True, 0.75, 0.95)):
        of = [s for s in labelled if s.part != "c" and reading_guess.english(s.text) is english]
        found = reading_guess.figures(of, town)
        assert len(of) >= 300
        assert found["shown"]["share"] >= shown, "an empty answer to everything is no answer"
        assert found["category right or empty"]["share"] >= 0.85
        assert found["kind right where shown"]["share"] >= least


def test_a_conduct_problem_is_a_fault_of_the_service_and_nothing_else() -> None:
    town = book.default()
    of = {c.code.partition(".")[0] for c in town.categories.values() if c.kind == "conduct_problem"}
    assert of == {"conduct"}
    assert all(c.kind == "conduct_problem" for c in town.categories.values() if reading_guess.under(c.code, "conduct"))
    tree = reading_guess.tree(town)
    for words in ("窗口的人态度恶劣，骂人", "the clerk was very rude", "They send me from one office to another"):
        assert guess.guess(words, tree)[0].kind == "conduct_problem", words
    for words in ("邻居态度恶劣，漏水不赔", "my landlord keeps my deposit"):
        shown = [g for g in guess.guess(words, tree) if g.score >= SURE_ENOUGH]
        assert all(g.kind != "conduct_problem" for g in shown), words


def test_lamps_potholes_and_open_covers_are_hazards_and_parts_of_words_say_nothing() -> None:
    town = book.default()
    tree = reading_guess.tree(town)
    for words in (
        "吟荻路路灯不亮",
        "路上有个大坑",
        "井盖没了",
        "the street lamp is dark",
        "a deep pothole",
        "manhole cover missing",
    ):
        assert guess.guess(words, tree)[0].kind == "hazard", words
    for words in ("he refuses my money, call me back", "fire in the building", "how long do I wait", "12345"):
        shown = [g.code for g in guess.guess(words, tree) if g.score >= SURE_ENOUGH]
        assert not {"case.accident.vehicle", "social.elderly.allowance", "village.land.homestead"} & set(shown)
