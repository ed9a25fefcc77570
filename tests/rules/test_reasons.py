"""Each guard, target and relation on both sides of its edge: what opens it, and the one thing less that shuts it."""

from __future__ import annotations

from typing import Any

import pytest

from wuxiao.rules import access, flow
from wuxiao.rules.access import Post, Role, Scope, Viewer
from wuxiao.rules.flow import Facts, State, Who

LEAD, RESIDENT, HANDLER, CENTRE, PLATFORM = Who.LEAD, Who.RESIDENT, Who.HANDLER, Who.CENTRE, Who.PLATFORM
Some = dict[str, Any]


def by(*who: Who) -> frozenset[Who]:
    return frozenset(who)


#: A guard, facts that open it, and facts that do not; what is not said is as in a matter that has just come in.
GUARDS: tuple[tuple[str, Some, Some], ...] = (
    ("danger_open", {"danger_open": True}, {}),
    ("no_danger_open", {}, {"danger_open": True}),
    ("danger_after_answer", {"state": State.HANDLING}, {"state": State.ANSWERED}),
    ("danger_after_answer", {"state": State.ANSWERED, "danger_open": True}, {"state": State.ANSWERED}),
    ("danger_again", {"state": State.HANDLING}, {"state": State.URGENT}),
    ("danger_again", {"state": State.URGENT, "danger_open": True}, {"state": State.URGENT}),
    ("classed", {"category": "a", "handling_class": "request"}, {"category": "a"}),
    ("classed", {"category": "a", "handling_class": "request"}, {"handling_class": "request"}),
    ("not_decided", {}, {"decided": True}),
    ("not_decided_yet", {}, {"decided": True}),
    ("may_pause", {"waits": 1, "pause_approver_from": 3}, {"waits": 2, "pause_approver_from": 3}),
    ("may_pause", {"waits": 5, "by": by(LEAD)}, {"waits": 5, "by": by(HANDLER)}),
    ("may_extend", {"extensions": 1, "max_extensions": 2}, {"extensions": 2, "max_extensions": 2}),
    ("extension_pending", {"extension_pending": True}, {}),
    ("no_extension_pending", {}, {"extension_pending": True}),
    ("none_waiting", {}, {"extension_pending": True}),
    ("not_bound", {}, {"bound": True}),
    ("not_bound", {"bound": True, "by": by(Who.SYSTEM)}, {"bound": True, "by": by(Who.HANDLER)}),
    ("may_decide", {"state": State.HANDLING, "by": by(Who.SYSTEM)}, {"state": State.HANDLING}),
    ("may_decide", {"state": State.JOINT}, {"state": State.HANDLING}),
    ("may_decide", {"state": State.HANDLING, "decided": True}, {"state": State.HANDLING}),
    ("not_police_duty", {}, {"police_duty": True}),
    ("desk_may_assign", {"by": by(CENTRE)}, {"by": by(Who.POLICE)}),
    ("desk_may_assign", {"by": by(Who.POLICE), "police_duty": True}, {"by": by(Who.POLICE)}),
    ("asked_them", {}, {"joined": True}),
    ("not_asked", {"state": State.HANDLING}, {"state": State.WAITING}),
    ("not_asked", {"state": State.WAITING, "joined": True}, {"state": State.WAITING}),
    ("not_own_work", {"holder_type": "centre", "by": by(RESIDENT)}, {"holder_type": "centre", "by": by(CENTRE)}),
    ("not_own_work", {"holder_type": "department"}, {"holder_type": "police_command"}),
    ("parts_done", {"parts_open": 0}, {"parts_open": 1}),
    ("own_hands", {"state": State.INTAKE, "by": by(CENTRE)}, {"state": State.HANDLING, "by": by(CENTRE)}),
    ("own_hands", {"state": State.HANDLING, "by": by(HANDLER)}, {"state": State.HANDLING, "by": by(Who.CO_UNIT)}),
    ("own_hands", {"state": State.HANDLING, "by": by(LEAD)}, {"state": State.HANDLING, "by": by()}),
    ("desk_answers_enquiries", {"handling_class": "enquiry"}, {"handling_class": "request"}),
    ("desk_answers_enquiries", {"by": by(PLATFORM)}, {"by": by(CENTRE)}),
    ("desk_answers_enquiries", {"state": State.HANDLING}, {"state": State.INTAKE}),
    ("call_back_drawn", {"call_back_drawn": True}, {}),
    ("rateable", {"answered": True}, {}),
    ("rateable", {"answered": True}, {"answered": True, "rated_by_resident": True}),
    ("rateable", {"answered": True, "outcome": "answered"}, {"answered": True, "outcome": "withdrawn"}),
    ("rateable", {"answered": True, "outcome": "merged"}, {"answered": True, "outcome": "declined"}),
    ("in_object_window", {"in_object_window": True}, {}),
    ("objectable", {"outcome": "declined"}, {"outcome": "withdrawn"}),
    ("objectable", {"outcome": "answered"}, {"outcome": "merged"}),
    ("may_appeal", {"petition": True, "in_appeal_window": True}, {"in_appeal_window": True}),
    ("may_appeal", {"petition": True, "in_appeal_window": True}, {"petition": True}),
    (
        "may_appeal",
        {"petition": True, "in_appeal_window": True, "appeal_level": 1},
        {"petition": True, "in_appeal_window": True, "appeal_level": 2},
    ),
    ("merged", {"outcome": "merged"}, {"outcome": "withdrawn"}),
    ("may_urge", {}, {"urged_recently": True}),
    ("kept", {"kept": True}, {}),
    ("hers_to_open", {"by": by(RESIDENT)}, {"by": by(Who.SUPERVISOR)}),
    ("hers_to_open", {"by": by(Who.SUPERVISOR), "kept_by_house": True}, {"by": by(Who.SUPERVISOR, CENTRE)}),
    ("joined", {"outcome": "merged"}, {"outcome": "withdrawn"}),
    ("joined", {"joined": True}, {}),
    ("unread_open", {"unread_open": True}, {}),
    ("not_said_apart", {}, {"apart_waits": True}),
    ("said_apart", {"apart_waits": True}, {}),
    ("apart_in_time", {}, {"apart_in_time": False}),
    ("desk_decides", {"by": by(CENTRE)}, {"by": by(Who.SUPERVISOR)}),
    ("desk_decides", {"by": by(Who.SUPERVISOR), "desk_aside": True}, {"by": by(Who.SUPERVISOR, LEAD)}),
    ("desk_decides", {"by": by(Who.SUPERVISOR, CENTRE)}, {"by": by(Who.SUPERVISOR, Who.READER)}),
    ("was_signed", {"was_signed": True}, {}),
    ("child", {"child": True}, {}),
    ("no_child", {}, {"child": True}),
    ("child_marked", {"child_marked": True}, {"child": True}),
    ("kept", {"kept": True}, {}),
    ("hers_to_open", {"by": by(RESIDENT)}, {"by": by(Who.SUPERVISOR)}),
    ("hers_to_open", {"by": by(Who.SUPERVISOR), "kept_by_house": True}, {"by": by(Who.SUPERVISOR)}),
    ("contact_pending", {"contact_pending": True}, {}),
    ("no_contact_pending", {}, {"contact_pending": True}),
)


def facts(**more: Any) -> Facts:
    return Facts(**{"state": State.INTAKE, **more})


def test_each_guard_opens_and_shuts_at_its_edge_and_none_was_forgotten() -> None:
    assert {name for name, _, _ in GUARDS} == {one.name for step in flow.ROWS for one in step.guards}
    for name, opens, shuts in GUARDS:
        assert flow.guard(name, facts(**opens)) is True, (name, opens)
        assert flow.guard(name, facts(**shuts)) is False, (name, shuts)
    with pytest.raises(KeyError):
        flow.guard("whatever", facts())


def test_of_several_reasons_the_one_that_holds_is_said_with_its_numbers() -> None:
    answered = {"state": State.CLOSED, "answered": True, "by": by(RESIDENT), "outcome": "answered"}
    cases = (
        ("rate", {**answered, "answered": False}, "还没有答复，答复以后可以评价"),
        ("rate", {**answered, "rated_by_resident": True}, "已经评价过了"),
        ("rate", {**answered, "outcome": "withdrawn"}, "撤回或不予受理的事项不用评价"),
        ("object", {**answered, "objected": 2, "object_times": 2}, "异议已提过2次，最多2次；可以作为新事项提出"),
        ("appeal", answered, "不是信访事项，没有复查（复核）"),
        ("appeal", {**answered, "petition": True, "appeal_level": 2}, "已经复核终结"),
        ("appeal", {**answered, "petition": True, "appeal_level": 1}, "申请复查（复核）的时间已过"),
    )
    for verb, found, words in cases:
        no = flow.check(verb, facts(**found))
        assert no is not None, verb
        assert no.text.zh == words
    within = flow.check("object", facts(**answered, objected=1, object_times=2))
    assert within is not None
    assert within.code == "in_object_window"
    assert "最多" not in within.text.zh
    working = {"state": State.HANDLING, "by": by(HANDLER), "holder_type": "department"}
    cannot = flow.check("extend", facts(**working, extensions=0, max_extensions=0))
    once = flow.check("extend", facts(**working, extensions=1, max_extensions=1))
    assert cannot is not None
    assert once is not None
    assert cannot.text.zh == "这类事项的期限不能延"
    assert once.text.en == "this date was moved 1 times; 1 is the most"


def test_the_first_reason_is_said_state_before_person_before_guard() -> None:
    assert getattr(flow.check("nonsense", facts()), "code", "") == "unknown"
    assert getattr(flow.check("assign", Facts(state=None)), "code", "") == "state"
    assert flow.check("receive", Facts(state=None, by=by(RESIDENT))) is None
    shut = facts(state=State.CLOSED, danger_open=True)
    assert getattr(flow.check("assign", shut), "code", "") == "state"
    assert getattr(flow.check("assign", facts(danger_open=True)), "code", "") == "who"
    ready = {"danger_open": True, "by": by(CENTRE), "category": "a", "handling_class": "request"}
    assert getattr(flow.check("assign", facts(**ready)), "code", "") == "no_danger_open"
    assert flow.check("assign", facts(**{**ready, "danger_open": False})) is None


TARGETS: tuple[tuple[str, Some, State], ...] = (
    ("sign", {"state": State.SIGNING, "sign_level": 3, "sign_levels": 4}, State.SIGNING),
    ("sign", {"state": State.SIGNING, "sign_level": 4, "sign_levels": 4}, State.OFFERED),
    ("accept", {"state": State.OFFERED, "offered_type": "centre"}, State.INTAKE),
    ("accept", {"state": State.OFFERED, "offered_type": "police_command"}, State.INTAKE),
    ("accept", {"state": State.OFFERED, "offered_type": "department"}, State.HANDLING),
    ("stand_down", {"state": State.URGENT}, State.INTAKE),
    ("stand_down", {"state": State.URGENT, "back_handling": True}, State.HANDLING),
    *(
        (verb, {"state": state, "holder_type": kind, "was_handling": was}, to)
        for verb, state in (("overturn", State.DECLINING), ("object", State.CLOSED), ("redo", State.CLOSED))
        for kind, was, to in (
            ("department", True, State.HANDLING),
            ("department", False, State.INTAKE),
            ("centre", True, State.INTAKE),
            ("police_command", True, State.INTAKE),
        )
    ),
    ("succeed", {"state": State.CLOSED, "heir_of": State.OFFERED}, State.OFFERED),
    ("succeed", {"state": State.CLOSED, "heir_of": State.JOINT}, State.JOINT),
    ("succeed", {"state": State.CLOSED, "heir_of": State.WAITING}, State.HANDLING),
    ("succeed", {"state": State.CLOSED, "heir_of": State.DECLINING, "was_handling": True}, State.HANDLING),
    ("succeed", {"state": State.CLOSED, "heir_of": State.DECLINING}, State.INTAKE),
    ("succeed", {"state": State.CLOSED, "heir_of": State.SIGNING}, State.INTAKE),
)


def test_each_step_leads_where_its_facts_say() -> None:
    for verb, found, to in TARGETS:
        assert flow.target(verb, facts(**found)) is to, (verb, found)


# ---------------------------------------------------------------------------------------------- who stands how to it

OURS = "bureau"


def relations(role: Role, *, unit: str = OURS, level: int = 0, me: int = 7, **found: Any) -> frozenset[Who]:
    known = {"state": State.HANDLING, "holder": OURS, "holder_type": "department", **found}
    return access.relations(Viewer(me, (Post(role, unit, Scope.UNIT, level=level),)), Facts(**known))


def test_every_role_stands_to_a_matter_as_its_post_says_and_no_more() -> None:
    reader = by(Who.READER)
    desk = {"holder": "hotline", "holder_type": "centre", "state": State.INTAKE}
    offered = {"state": State.OFFERED, "offered_to": OURS, "holder": "hotline", "holder_type": "centre"}
    expected: tuple[tuple[frozenset[Who], frozenset[Who]], ...] = (
        (relations(Role.HANDLER), reader | {HANDLER}),
        (relations(Role.LEAD), reader | {HANDLER, LEAD}),
        (relations(Role.HANDLER, unit="other"), reader),
        (relations(Role.HANDLER, state=State.INTAKE), reader | {HANDLER, CENTRE}),
        (relations(Role.HANDLER, state=State.URGENT), reader | {HANDLER, Who.POLICE}),
        (relations(Role.HANDLER, **desk), reader),
        (relations(Role.HANDLER, unit="hotline", **desk), reader),
        (relations(Role.HANDLER, **offered), reader | {Who.RECEIVER}),
        (relations(Role.HANDLER, **{**offered, "state": State.HANDLING}), reader),
        (relations(Role.HANDLER, unit="other", co_units_open=frozenset({"other"})), reader | {Who.CO_UNIT}),
        (relations(Role.HANDLER, unit="other", co_units=frozenset({"other"})), reader),
        (relations(Role.OPERATOR, unit="hotline", **desk), reader | {CENTRE}),
        (relations(Role.CENTRE_LEAD, unit="hotline", **desk), reader | {CENTRE, Who.CENTRE_LEAD}),
        (relations(Role.OPERATOR, unit="hotline"), reader | {CENTRE}),
        (relations(Role.OPERATOR, unit="hotline", state=State.INTAKE), reader | {Who.PHONE}),
        (relations(Role.OPERATOR, unit="hotline", state=State.URGENT), reader | {Who.PHONE}),
        (relations(Role.OPERATOR, unit="hotline", state=State.SIGNING), reader | {Who.PHONE}),
        (relations(Role.OPERATOR, unit="hotline", **{**offered, "offered_to": "hotline"}),
         reader | {CENTRE, Who.RECEIVER}),
        (relations(Role.POLICE_OPERATOR, unit="police_110"), reader),
        (relations(Role.POLICE_OPERATOR, unit="police_110", holder="police_110"), reader | {Who.POLICE}),
        (relations(Role.POLICE_OPERATOR, unit="police_110", state=None), reader | {Who.POLICE}),
        (relations(Role.POLICE_OPERATOR, unit="police_110", offered_to="police_110"), reader | {Who.RECEIVER}),
        (relations(Role.CALLER, unit="hotline"), reader | {Who.CALLER}),
        (relations(Role.CALLER), reader),
        (relations(Role.CALLER, unit="other", co_units=frozenset({"other"})), reader),
        (relations(Role.SUPERVISOR, unit="supervision"), by(Who.SUPERVISOR)),
        *((relations(role), by()) for role in (Role.CHIEF, Role.AUDITOR, Role.SECURITY, Role.ADMIN)),
    )  # fmt: skip
    for number, (found, right) in enumerate(expected):
        assert found == right, number


def test_a_reviewer_signs_once_at_their_level_and_never_what_they_proposed() -> None:
    def signs(level: int, **found: Any) -> bool:
        known = {"state": State.SIGNING, "sign_level": 2, **found}
        return Who.SIGNER in relations(Role.REVIEWER, level=level, **known)

    assert [signs(level) for level in (1, 2, 3)] == [False, True, False]
    assert [signs(level, sign_escalated=True) for level in (1, 2, 3, 4)] == [False, True, True, False]
    assert not signs(2, signed_by=frozenset({7}))
    assert signs(2, signed_by=frozenset({8}))
    assert not signs(2, proposer_id=7)
    assert signs(2, proposer_id=8)
    assert not signs(2, state=State.HANDLING)
    assert not signs(2, holder="other")


@pytest.mark.parametrize("role", [Role.LEAD, Role.CENTRE_LEAD])
def test_the_second_person_is_another_person(role: Role) -> None:
    unit = OURS if role is Role.LEAD else "hotline"

    def has(who: Who, **found: Any) -> bool:
        return who in relations(role, unit=unit, **found)

    declining = {"state": State.DECLINING}
    assert has(Who.SECOND, **declining, proposer_id=8)
    assert not has(Who.SECOND, **declining, proposer_id=7)
    assert not has(Who.SECOND, proposer_id=8)
    assert has(Who.APPROVER, extension_pending=True, extension_asker_id=8)
    assert not has(Who.APPROVER, extension_pending=True, extension_asker_id=7)
    assert not has(Who.APPROVER, extension_asker_id=8)
    assert has(Who.RELEASER, contact_asker_id=8, contact_unit=unit)
    assert not has(Who.RELEASER, contact_asker_id=7, contact_unit=unit)
    assert not has(Who.RELEASER, contact_asker_id=8, contact_unit="other")
    assert not has(Who.RELEASER, contact_unit=unit)
    assert Who.RELEASER in relations(Role.SUPERVISOR, unit="supervision", contact_asker_id=8, contact_unit=unit)
    assert Who.RELEASER not in relations(Role.HANDLER, contact_asker_id=8, contact_unit=OURS)
    assert not relations(role, unit=unit, me=0, contact_asker_id=8, contact_unit=unit) & {Who.READER, Who.RELEASER}


def test_who_holds_a_principal_of_a_matter() -> None:
    known: Some = {
        "holder": "a",
        "offered_to": "b",
        "sender": "s",
        "supervisor_unit": "v",
        "co_units": frozenset({"c"}),
    }
    always = {"c", "u:a", "u:b", "u:v", "u:c"}
    for state in State:
        more = {"u:s"} if state in {State.OFFERED, State.SIGNING, State.JOINT} else set()
        assert access.principals(Facts(state=state, **known)) == always | more, state
    place = Facts(state=State.HANDLING, holder="a", handler_id=9, division="990101001003")
    assert access.principals(place) == {"c", "u:a", "p:9", "d:990101001003", "d:990101001"}
    hidden = Facts(state=State.HANDLING, holder="a", handler_id=9, hidden=frozenset({"a"}), supervisor_unit="v")
    assert access.principals(hidden) == {"c", "u:v"}


def test_in_whose_own_hands_it_is() -> None:
    known: Some = {
        "holder": "a",
        "offered_to": "b",
        "handler_id": 9,
        "co_units": frozenset({"c", "d"}),
        "co_units_open": frozenset({"c"}),
        "supervisor_unit": "v",
    }
    assert access.in_hands(Facts(state=State.HANDLING, **known)) == {"u:a", "u:c", "p:9"}
    assert access.in_hands(Facts(state=State.OFFERED, **known)) == {"u:b", "u:c", "p:9"}
    assert access.in_hands(Facts(state=State.HANDLING, hidden=frozenset({"a", "c"}), **known)) == frozenset()


def test_what_a_viewer_holds_by_the_scope_of_each_post() -> None:
    def post(scope: Scope, unit: str = "a", role: Role = Role.HANDLER) -> Post:
        return Post(role, unit, scope, division="990101001")

    many = Viewer(7, (post(Scope.OWN), post(Scope.UNIT), post(Scope.UNIT), post(Scope.DIVISION), post(Scope.NONE)))
    assert many.principals == ("p:7", "u:a", "d:990101001")
    assert Viewer(7, (post(Scope.UNIT), post(Scope.COUNTY, "b"))).principals == ("c",)
    assert Viewer(7, (post(Scope.UNIT), post(Scope.NONE, "b"))).units == {"a", "b"}


#: What each role may open beside its matters; a power given or taken is a decision, so it stands here too.
POWERS = {
    Role.OPERATOR: "bulk contact dashboard inbox intake search",
    Role.CENTRE_LEAD: "bulk contact dashboard export import inbox intake publish search supervision",
    Role.POLICE_OPERATOR: "contact dashboard inbox intake search",
    Role.REVIEWER: "dashboard inbox search",
    Role.HANDLER: "contact dashboard inbox keep_rows publish registers search",
    Role.LEAD: "bulk contact dashboard export inbox keep_rows publish registers search",
    Role.CALLER: "call_backs",
    Role.CASHIER: "pay_out",
    Role.SUPERVISOR: "dashboard export inbox publish reception registers search supervision",
    Role.CHIEF: "dashboard inbox reception registers search supervision",
    Role.AUDITOR: "audit confirm",
    Role.SECURITY: "confirm staff",
    Role.ADMIN: "book confirm keys outbox",
}


def test_the_powers_of_each_role_and_which_roles_exclude_each_other() -> None:
    for role in Role:
        person = Viewer(1, (Post(role, OURS, Scope.UNIT),))
        assert " ".join(sorted(power.name.lower() for power in person.powers)) == POWERS[role], role
    apart = {frozenset(pair) for pair in access.EXCLUSIVE}
    administrators = {Role.ADMIN, Role.SECURITY, Role.AUDITOR}
    assert administrators == access.ADMINISTRATORS
    for one in Role:
        for other in Role:
            if one is other:
                continue
            at_work = {Role.OPERATOR, Role.CENTRE_LEAD, Role.POLICE_OPERATOR, Role.HANDLER, Role.LEAD}
            caller = {one, other} & {Role.CALLER} and {one, other} & at_work
            # Who pays out learns nothing else, and an administrator holds no other post.
            alone = {one, other} & {*administrators, Role.CASHIER}
            assert (frozenset({one, other}) in apart) is bool(alone or caller), (one, other)
