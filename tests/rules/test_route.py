"""Routing: every matter finds a unit with the power, outside the unit it is about, and says why."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.lots import lots
from wuxiao.rules import book as rulebook
from wuxiao.rules.hide import from_unit
from wuxiao.rules.route import NoRoute, Route, may_help, may_lead, route, rules_for

BOOK = rulebook.default()
CATEGORIES = st.sampled_from(sorted(BOOK.categories))
DIVISIONS = st.sampled_from(sorted(BOOK.divisions))
UNITS = st.sampled_from(sorted(BOOK.units))

# what the Organic Laws leave to committees: mediation, public affairs of the village, small things on the spot
COMMITTEE_LIST = (
    "dispute.neighbour",
    "dispute.family",
    "urban.street.posters",
    "housing.old.corridor",
    "social.elderly.visit",
    "village.living.rubbish",
    "village.affairs",
)


def test_every_category_in_every_division_gets_a_lead_with_the_power() -> None:
    for category in BOOK.categories.values():
        for division in BOOK.divisions:
            way = route(BOOK, category.code, division)
            lead = BOOK.units[way.lead]
            assert lead.has_power(category), (category.code, division, way)
            assert may_lead(BOOK, way.lead, category.code)[0]
            assert way.rule in {r.id for r in BOOK.routes}
            assert not way.moved
            assert way.supervisor != way.lead
            assert way.lead not in way.co_units
            assert len(set(way.co_units)) == len(way.co_units)


def test_no_residents_committee_has_anything_outside_its_list() -> None:
    committees = {u.code for u in BOOK.units.values() if u.type == "community"}
    seen = set()
    for category in BOOK.categories:
        for division in BOOK.divisions:
            way = route(BOOK, category, division)
            if committees & {way.lead, *way.co_units}:
                seen.add(category)
                assert any(category == c or category.startswith(c + ".") for c in COMMITTEE_LIST), (category, way)
                assert BOOK.categories[category].committee_ok
    assert "dispute.neighbour.leak" in seen


def test_local_units_lie_in_the_division_of_the_matter() -> None:
    for category in BOOK.categories:
        for division in BOOK.divisions.values():
            way = route(BOOK, category, division.code)
            for code in (way.lead, *way.co_units):
                assert BOOK.units[code].division in division.chain


@settings(max_examples=lots(80, 400))
@given(CATEGORIES, DIVISIONS, UNITS)
def test_nothing_goes_to_the_unit_complained_of_or_beneath_it(category: str, division: str, hidden: str) -> None:
    kept = from_unit(BOOK, hidden)
    way = route(BOOK, category, division, hidden=kept)
    for code in (way.lead, way.supervisor, *way.co_units):
        assert code not in kept
        # The offices of a county are no part of the county government that is complained of.
        apart = BOOK.units[hidden].type == "government"
        assert hidden not in BOOK.units[code].under or apart or code == "police_supervision"
    allowed, reason = may_lead(BOOK, way.lead, category, hidden=kept)
    assert allowed, reason
    plain = route(BOOK, category, division)
    if way.moved:
        assert plain.lead in kept or hidden in BOOK.units[plain.lead].under
        assert BOOK.units[plain.lead].name.zh in way.why.zh
        assert "回避" in way.why.zh
        assert "stand aside" in way.why.en
        if plain.lead == hidden:
            assert way.lead == BOOK.units[hidden].supervisor
    else:
        assert way.lead == plain.lead


@settings(max_examples=lots(60, 300))
@given(CATEGORIES, DIVISIONS)
def test_the_reason_names_place_category_and_lead_and_the_rule_stands_beside_it(category: str, division: str) -> None:
    way = route(BOOK, category, division)
    for lang in ("zh", "en"):
        why = way.why.say(lang)
        assert BOOK.categories[category].name.say(lang) in why
        assert BOOK.divisions[division].name.say(lang) in why
        assert BOOK.units[way.lead].name.say(lang) in why
        # Staff read the sentence: the rule's own name in the book stands beside it, for whoever keeps the book.
        assert f"“{way.rule}”" not in why
        assert f'"{way.rule}"' not in why
        assert ",按" not in why
    assert way.rule in {rule.id for rule in rules_for(BOOK, BOOK.categories[category], BOOK.divisions[division])}


@settings(max_examples=lots(60, 300))
@given(CATEGORIES, DIVISIONS)
def test_the_winning_rule_is_the_most_specific_that_has_a_lead(category: str, division: str) -> None:
    chain, places = BOOK.categories[category].chain, BOOK.divisions[division].chain
    won = {r.id: r for r in BOOK.routes}[route(BOOK, category, division).rule]

    def rank(rule_categories: tuple[str, ...], rule_divisions: tuple[str, ...]) -> tuple[int, int] | None:
        ranks = [
            (chain.index(c), places.index(d))
            for c in rule_categories
            for d in rule_divisions
            if c in chain and d in places
        ]
        return min(ranks, default=None)

    best = rank(won.categories, won.divisions)
    assert best is not None
    for rule in BOOK.routes:
        other = rank(rule.categories, rule.divisions)
        if other is not None and other < best:
            # a closer rule may only lose because none of its units exists at this place
            assert all(place.endswith("@division") for place in rule.lead)


def test_the_same_category_goes_elsewhere_in_another_place() -> None:
    assert route(BOOK, "hazard.road.sight", "990101001001").lead == "urban_mgmt"
    assert route(BOOK, "hazard.road.sight", "990101100200").lead == "transport"
    assert route(BOOK, "order.safety.fraud", "990101100200").lead == "ps_liuxi"
    assert route(BOOK, "order.safety.fraud", "990101").lead == "police_bureau"


def test_what_cannot_be_told_falls_to_the_township_or_the_county() -> None:
    assert route(BOOK, "other.unclear.unsorted", "990101102200").lead == "sd_yuntai"
    assert route(BOOK, "other.unclear.unsorted", "990101").lead == "gov"
    assert route(BOOK, "other.unclear.unsorted", "990101").rule == "fallback"


def test_conduct_problems_leave_the_unit_concerned() -> None:
    way = route(BOOK, "conduct.police.unfair", "990101001", hidden=from_unit(BOOK, "ps_qingping"))
    assert way.lead == "police_supervision"
    way = route(BOOK, "conduct.police.unfair", "990101001", hidden=from_unit(BOOK, "police_bureau"))
    assert way.lead == "efficiency"
    assert way.moved
    way = route(BOOK, "conduct.service.delay", "990101001", hidden=from_unit(BOOK, "efficiency"))
    assert way.lead == "gov"
    assert (
        route(BOOK, "conduct.village.style", "990101001001", hidden=from_unit(BOOK, "rc_huaiyin")).lead == "sd_qingping"
    )
    assert route(BOOK, "conduct.village.style", "990101001001", hidden=from_unit(BOOK, "sd_qingping")).lead == "gov"


def test_a_unit_without_the_power_may_not_lead_and_is_told_so() -> None:
    allowed, reason = may_lead(BOOK, "fire", "env.noise.construction")
    assert not allowed
    assert "没有答复“施工噪声”的职权" in reason.zh
    assert "does not have the power" in reason.en
    assert may_lead(BOOK, "urban_mgmt", "env.noise.construction")[0]


def test_a_power_taken_away_is_not_held() -> None:
    assert may_lead(BOOK, "health", "health.hospital.care")[0]
    assert not may_lead(BOOK, "health", "health.insurance.claim")[0]
    assert not may_lead(BOOK, "transport", "traffic.signal.light")[0]


def test_a_committee_may_neither_lead_nor_help_outside_its_list() -> None:
    allowed, reason = may_lead(BOOK, "rc_huaiyin", "env.noise.construction")
    assert not allowed
    assert "村(居)民委员会" in reason.zh
    assert not may_help(BOOK, "rc_huaiyin", "env.noise.construction")[0]
    assert may_lead(BOOK, "rc_huaiyin", "dispute.neighbour.leak")[0]
    assert may_help(BOOK, "rc_huaiyin", "dispute.neighbour.leak")[0]
    assert may_help(BOOK, "fire", "env.noise.construction")[0]


def test_an_overseer_may_lead_what_is_about_the_unit_it_oversees_and_nothing_more() -> None:
    assert not may_lead(BOOK, "police_supervision", "case.property.theft")[0]
    assert may_lead(BOOK, "police_supervision", "case.property.theft", hidden=from_unit(BOOK, "ps_qingping"))[0]
    allowed, reason = may_lead(BOOK, "ps_qingping", "case.property.theft", hidden=from_unit(BOOK, "ps_qingping"))
    assert not allowed
    assert "回避" in reason.zh
    assert not may_lead(BOOK, "ps_qingping", "case.property.theft", hidden=from_unit(BOOK, "police_bureau"))[0]


def test_unknown_codes_are_errors_and_not_guesses() -> None:
    for category, division in (("no.such", "990101"), ("env", "110101")):
        with pytest.raises(KeyError):
            route(BOOK, category, division)
    with pytest.raises(KeyError):
        may_lead(BOOK, "nobody", "env")


def test_a_book_without_a_unit_for_a_category_says_so() -> None:
    # such a book is refused on loading; built by hand it must still speak rather than guess
    from dataclasses import replace

    bare = replace(BOOK, route_index={})
    with pytest.raises(NoRoute) as caught:
        route(bare, "env", "990101")
    assert "生态环境" in caught.value.reason.zh


def test_routing_takes_less_than_fifty_microseconds() -> None:
    jobs = [(c, d) for c in BOOK.categories for d in BOOK.divisions]
    best = float("inf")
    for _ in range(3):
        begun = time.process_time()
        ways: list[Route] = [route(BOOK, c, d) for c, d in jobs]
        best = min(best, (time.process_time() - begun) / len(ways))
    assert best < 50e-6
