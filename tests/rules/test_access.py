"""Who may see: the predicate itself, and that the unit complained of is kept out by every way in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wuxiao.rules import access
from wuxiao.rules.access import Post, Role, Scope, Viewer
from wuxiao.rules.flow import Facts, State, Who

UNITS = ["hotline", "housing", "town_office", "police_110"]


def viewer(role: Role, unit: str, scope: Scope, division: str = "990101001", level: int = 0) -> Viewer:
    return Viewer(7, (Post(role, unit, scope, division=division, level=level),))


def test_a_unit_sees_what_it_holds_and_no_longer_what_it_only_once_held() -> None:
    held = Facts(state=State.HANDLING, holder="housing")
    gone = Facts(state=State.HANDLING, holder="town_office")
    housing = viewer(Role.HANDLER, "housing", Scope.UNIT)
    assert access.may_see(housing, held)
    assert not access.may_see(housing, gone)


def test_own_scope_sees_only_matters_one_is_named_for() -> None:
    mine = Facts(state=State.HANDLING, holder="housing", handler_id=7)
    other = Facts(state=State.HANDLING, holder="housing", handler_id=8)
    own = viewer(Role.HANDLER, "housing", Scope.OWN)
    assert access.may_see(own, mine)
    assert not access.may_see(own, other)


def test_division_scope_sees_the_divisions_below_it() -> None:
    town = viewer(Role.LEAD, "town_office", Scope.DIVISION, division="990101001")
    assert access.may_see(town, Facts(state=State.HANDLING, holder="housing", division="990101001003"))
    assert not access.may_see(town, Facts(state=State.HANDLING, holder="housing", division="990101002001"))


def test_the_sender_sees_it_until_the_other_side_accepts() -> None:
    police = viewer(Role.POLICE_OPERATOR, "police_110", Scope.UNIT)
    offered = Facts(state=State.OFFERED, holder="police_110", offered_to="hotline", sender="police_110")
    accepted = Facts(state=State.INTAKE, holder="hotline")
    assert access.may_see(police, offered)
    assert not access.may_see(police, accepted)


facts = st.builds(
    Facts,
    state=st.sampled_from(list(State)),
    holder=st.sampled_from(UNITS),
    offered_to=st.sampled_from(["", *UNITS]),
    sender=st.sampled_from(["", *UNITS]),
    co_units=st.frozensets(st.sampled_from(UNITS)),
    supervisor_unit=st.sampled_from(["", *UNITS]),
    hidden=st.frozensets(st.sampled_from(UNITS)),
    hidden_divisions=st.frozensets(st.sampled_from(["990101001", "990101001003"])),
    division=st.sampled_from(["", "990101", "990101001", "990101001003"]),
    handler_id=st.sampled_from([None, 7, 8]),
)
posts = st.builds(
    Post,
    role=st.sampled_from(list(Role)),
    unit=st.sampled_from(UNITS),
    scope=st.sampled_from(list(Scope)),
    division=st.just("990101001"),
    level=st.integers(0, 4),
)


@given(facts, posts)
def test_the_unit_complained_of_neither_sees_nor_acts(found: Facts, post: Post) -> None:
    person = Viewer(7, (post,))
    if post.unit in found.hidden:
        assert not access.may_see(person, found)
        assert access.relations(person, found) == frozenset()
        assert f"u:{post.unit}" not in access.principals(found)


@given(facts, posts)
def test_roles_without_matters_have_no_relation_but_the_callers(found: Facts, post: Post) -> None:
    person = Viewer(7, (post,))
    if post.role in {Role.CHIEF, Role.AUDITOR, Role.ADMIN}:
        assert access.relations(person, found) == frozenset()
    if post.role is Role.CALLER and post.unit == found.holder:
        assert Who.CALLER not in access.relations(person, found)


@given(facts)
def test_nobody_decides_on_what_they_themselves_proposed(found: Facts) -> None:
    from dataclasses import replace

    lead = Viewer(7, (Post(Role.LEAD, found.holder, Scope.UNIT), Post(Role.CENTRE_LEAD, "hotline", Scope.COUNTY)))
    asked = replace(found, proposer_id=7, extension_asker_id=7, extension_pending=True, state=State.DECLINING)
    assert not access.relations(lead, asked) & {Who.SECOND, Who.APPROVER}
