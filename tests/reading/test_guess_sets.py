"""Guesses on the project's own texts: right, or honestly empty."""

from __future__ import annotations

from tests.reading.ground import SETS
from wuxiao.reading import danger_set, guess
from wuxiao.reading.guess import SURE_ENOUGH
from wuxiao.rules import book


def test_what_is_shown_is_mostly_right_and_the_rest_is_empty() -> None:
    town = book.default()
    tree = tuple(
        guess.CategoryWords(c.code, c.kind, c.name.zh, c.name.en, c.keywords)
        for c in town.categories.values()
        if c.leaf
    )
    samples = [s for s in danger_set.sets(SETS).own if s.codes and s.part != "c"]
    for english, least in ((False, 0.9), (True, 0.9)):
        of = [s for s in samples if (s.text.isascii() and not s.text.isdigit()) is english]
        assert len(of) >= 50
        found = [(s, g[0]) for s in of if (g := guess.guess(s.text, tree, limit=1)) and g[0].score >= SURE_ENOUGH]
        assert len(found) >= len(of) / 2, "an empty answer to everything is no answer"
        right = sum(any(g.code.startswith(code) for code in s.codes) for s, g in found)
        kinds = sum(g.kind in {town.categories[code].kind for code in s.codes} for s, g in found)
        assert (len(of) - len(found) + right) / len(of) >= 0.85
        assert kinds / len(found) >= least


def test_lamps_potholes_and_open_covers_are_hazards_and_parts_of_words_say_nothing() -> None:
    town = book.default()
    tree = tuple(
        guess.CategoryWords(c.code, c.kind, c.name.zh, c.name.en, c.keywords)
        for c in town.categories.values()
        if c.leaf
    )
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
