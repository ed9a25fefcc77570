"""Who may open what: every address of the site x every role x whose matter it is. No cell is left out.

The addresses come from the URL resolver; an address that no table below decides fails the first test. For matters the
decision is made for the unit that holds it, for another unit, for a matter hidden from the viewer's unit, and for the
unit that held it once.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from PIL import Image

from tests.desk.people import Town, of_unit, settle
from tests.feeds.machines import Machine, key
from wuxiao.desk.base import actor
from wuxiao.desk.base.actor import RESIDENT
from wuxiao.desk.case import standing
from wuxiao.desk.case.act import act
from wuxiao.desk.files import files
from wuxiao.desk.matters import matters
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.town import books
from wuxiao.records.models import Access, Attachment, CallBack, Entry, Matter, Staff
from wuxiao.rules import access
from wuxiao.rules.access import Role

pytestmark = [pytest.mark.django_db, pytest.mark.either]

UNIT = "urban_mgmt"
OTHER = "market_reg"
ROLES = (
    "anonymous", "operator", "shift_lead", "police", "reviewer1", "handler", "lead",
    "caller", "cashier", "supervisor", "chief", "auditor", "security", "admin",
)  # fmt: skip
STAFF = frozenset(ROLES) - {"anonymous"}
WITH_MATTERS = frozenset({"operator", "shift_lead", "police", "reviewer1", "handler", "lead", "supervisor", "chief"})
PUBLISH = frozenset({"handler", "lead", "shift_lead", "supervisor"})
#: Staff pages that are not about one matter: who gets them.
PAGES: dict[str, frozenset[str]] = {
    "staff:home": STAFF,
    "staff:password": STAFF,
    "staff:account": STAFF,
    "staff:add_app": STAFF,
    "staff:prove": STAFF,
    "staff:queue": WITH_MATTERS,
    "staff:bulk_assign": frozenset({"operator", "shift_lead", "lead"}),
    "staff:take_call": frozenset({"operator", "shift_lead", "police"}),
    "staff:foreseen": frozenset({"operator", "shift_lead", "police"}),
    "staff:suggest": frozenset({"operator", "shift_lead", "police"}),
    "staff:places": frozenset({"operator", "shift_lead", "police"}),
    "staff:caller": frozenset({"operator", "shift_lead", "police"}),
    "staff:alike": frozenset({"operator", "shift_lead", "police"}),
    "staff:search": WITH_MATTERS,
    "staff:save_filter": WITH_MATTERS,
    "staff:export": frozenset({"shift_lead", "lead", "supervisor"}),
    "staff:dashboard": WITH_MATTERS,
    "staff:handed": WITH_MATTERS,
    "staff:hot": WITH_MATTERS,
    "staff:hot_issue": WITH_MATTERS,
    "staff:reading": WITH_MATTERS,
    "staff:reading_models": WITH_MATTERS,
    "staff:reading_model": WITH_MATTERS,
    "staff:reading_replies": frozenset({"shift_lead", "supervisor", "chief"}),
    "staff:faults": WITH_MATTERS,
    "staff:call_backs": frozenset({"caller"}),
    "staff:people": frozenset({"auditor", "security", "admin"}),
    "staff:decide": frozenset({"auditor", "security", "admin"}),
    "staff:new_person": frozenset({"security"}),
    "staff:person": frozenset({"auditor", "security", "admin"}),
    "staff:outbox": frozenset({"admin"}),
    "staff:templates": frozenset({"admin"}),
    "staff:paper_templates": frozenset({"auditor", "security", "admin"}),
    "staff:book": frozenset({"admin"}),
    "staff:keys": frozenset({"admin"}),
    "staff:platforms": frozenset({"admin"}),
    "staff:clock": frozenset({"admin", "shift_lead", "supervisor", "chief"}),
    "staff:audit": frozenset({"auditor"}),
    # A desk pays against a code and sees a sum; the auditor sees that sums add up; neither opens a matter.
    "staff:payouts": frozenset({"cashier"}),
    "staff:payout_accounts": frozenset({"auditor"}),
    # Receptions: published and kept by supervision and county leaders. A calendar feed of one's own: everybody.
    "staff:reception": frozenset({"supervisor", "chief"}),
    "staff:calendar": STAFF,
    # Registers: read by units, supervision and county leaders; kept by units; whole files in by leads; out by whom may.
    "staff:register": frozenset({"handler", "lead", "supervisor", "chief"}),
    "staff:register_quality": frozenset({"handler", "lead", "supervisor", "chief"}),
    "staff:register_map": frozenset({"handler", "lead", "supervisor", "chief"}),
    "staff:register_live": frozenset({"handler", "lead", "supervisor", "chief"}),
    "staff:map_tiles": frozenset({"handler", "lead", "supervisor", "chief"}),
    "staff:register_row": frozenset({"handler", "lead", "supervisor", "chief"}),
    "staff:register_new": frozenset({"handler", "lead"}),
    "staff:row_papers": frozenset({"handler", "lead"}),
    "staff:row_paper": frozenset({"handler", "lead"}),
    # Terms of schools: brought in and adopted by the three administrators, two of them each time.
    "staff:terms": frozenset({"auditor", "security", "admin"}),
    "staff:term_sheet": frozenset({"auditor", "security", "admin"}),
    "staff:register_change": frozenset({"handler", "lead"}),
    "staff:register_answers": frozenset({"handler", "lead", "supervisor", "chief"}),
    "staff:register_languages": frozenset({"handler", "lead"}),
    "staff:texts": PUBLISH,
    "staff:text_new": PUBLISH,
    "staff:text": PUBLISH,
    "staff:text_change": PUBLISH,
    "staff:text_languages": PUBLISH,
    "staff:texts_read": STAFF,
    "staff:text_read": STAFF,
    "staff:my_languages": STAFF,
    "staff:page_languages": STAFF,
    "staff:page_language": STAFF,
    "staff:register_file": frozenset({"lead"}),
    "staff:register_export": frozenset({"lead", "supervisor"}),
}
#: Who sees a matter that urban_mgmt holds, one that another unit holds, one hidden from urban_mgmt, one it passed on.
EVERYWHERE = frozenset({"operator", "shift_lead", "supervisor", "chief"})
SEES: dict[str, frozenset[str]] = {
    "own": EVERYWHERE | {"handler", "lead"},
    "other": EVERYWHERE,
    "hidden": EVERYWHERE,
    "refused": EVERYWHERE,
    "at_110": EVERYWHERE | {"police", "reviewer1"},
}
#: Pages about one matter: who of those that see it may do what stands behind the address.
OF_A_MATTER: dict[str, frozenset[str]] = {
    "staff:matter": WITH_MATTERS,
    "staff:print": WITH_MATTERS,
    "staff:papers": WITH_MATTERS,
    "staff:redaction": frozenset({"operator", "shift_lead", "police"}),
    "staff:file": WITH_MATTERS,
    "staff:contact": frozenset({"operator", "shift_lead", "police", "handler", "lead"}),
    "staff:act": frozenset({"operator", "shift_lead", "police", "handler", "lead", "supervisor"}),
    "staff:receipt": frozenset({"operator", "shift_lead", "police"}),
    "staff:reception_for": frozenset({"operator", "shift_lead", "police"}),
}
#: Call-backs are drawn matters: only the caller, and never one of the caller's own unit.
OF_A_CALL_BACK = {
    "staff:call_back", "staff:call_back_phone", "staff:call_back_ask", "staff:call_back_not_reached",
}  # fmt: skip
#: Open to everybody, signed in or not.
OPEN = {
    "prefs", "staff", "staff:sign_in", "staff:sign_out", "staff:second", "staff:passkey_options",
    "staff:passkey_answer",
    "healthz", "healthz_live", "healthz_ready", "metrics",
    "resident_start", "resident_robots", "resident_find", "resident_help", "resident_privacy", "resident_addresses",
    "resident_new", "resident_new_again", "resident_new_danger", "resident_new_place", "resident_new_place_other",
    "resident_new_photos", "resident_new_contact", "resident_new_kind", "resident_new_check",
    "public_report", "public_month", "public_definitions", "public_data", "public_csv", "public_json",
    "public_checkpoints", "public_checkpoints_json", "public_proof", "public_checkpoint", "public_checkpoints_txt",
    "paper_find",
    "public_receptions", "calendar_reception",
    "public_texts", "public_text", "form_file", "resident_points", "resident_points_map", "resident_point",
    "resident_point_rate",
    "public_consistency", "public_log_key", "public_subjects", "public_measures_json",
    "public_hazards", "public_rewards", "public_draws", "public_draw",
    "public_draw_list", "public_draw_round", "public_draw_witness", "resident_points_live",
    "api-openapi", "api-nothing",
}  # fmt: skip
#: Opened by a secret: the receipt code, the token of a call-back or a paper, the session that uploaded a photo.
BY_CODE = {
    "resident_progress", "resident_receipt", "resident_receipt_text", "resident_do", "resident_readers",
    "resident_data", "resident_data_json", "resident_erase", "resident_file", "resident_reception",
    "resident_papers", "resident_reward",
}  # fmt: skip
#: The pages of lives beside matters (tests/web/test_cases.py, test_tasks.py: who opens which, and by which code).
OF_OTHER_LIVES = {
    "staff:cases", "staff:case_new", "staff:case", "staff:case_file", "staff:case_act",
    "staff:tasks", "staff:task", "staff:task_act",
    "resident_party", "resident_party_do", "resident_party_file", "resident_party_data",
    # By key: tests/feeds/test_api_subjects.py.
    "api-rows", "api-row", "api-row-act", "api-cases", "api-case", "api-case-step",
    "staff:case_paper", "resident_party_paper",
    # What an inspector takes along: tests/web/test_phone.py.
    "staff:phone", "staff:phone_round", "staff:phone_slip", "staff:phone_state", "staff:phone_worker",
}  # fmt: skip
#: One reception, by whoever keeps it (tests/web/test_receptions.py).
OF_RECEPTIONS = {"staff:reception_one"}
BY_TOKEN = {"resident_call_back", "resident_paper", "resident_new_photo", "calendar_mine"}
#: Papers given out, their files and taking one back (tests/web/test_papers.py).
OF_A_PAPER = {
    "staff:paper_template",
    "staff:paper_template_file",
    "staff:paper_template_ours",
    "staff:paper",
    "staff:paper_void",
    "resident_own_paper",
    "paper_check",
}
#: Machines: the power a key needs.
BY_KEY = {
    "api-codes": "read",
    "api-matters": "read",
    "api-matter": "read",
    "api-entries": "read",
    "api-contact": "read",
    "api-file": "read",
    "api-step": "act",
}
#: Signed by the other platform, or read by everybody under the rules of Open311 (tested where they live).
ELSEWHERE = {"exchange-notices": "tests/feeds/test_exchange.py", "open311": "tests/feeds/test_open311.py"}
#: Imports are pages of the shift lead.
IMPORTS = frozenset({"shift_lead"})


def names(patterns: list[URLPattern | URLResolver], space: str = "") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from names(pattern.url_patterns, f"{pattern.namespace}:" if pattern.namespace else space)
        else:
            yield f"{space}{pattern.name}"


def every_name() -> set[str]:
    return set(names(get_resolver().url_patterns))


def is_import(name: str) -> bool:
    return name.startswith("staff:import")


def is_open311(name: str) -> bool:
    return name.lower().startswith("open311")


def test_no_address_is_left_undecided() -> None:
    decided = {*PAGES, *OF_A_MATTER, *OF_A_CALL_BACK, *OPEN, *BY_CODE, *BY_TOKEN, *BY_KEY, *ELSEWHERE, *OF_OTHER_LIVES}
    decided |= OF_RECEPTIONS
    decided |= OF_A_PAPER
    left = {n for n in every_name() - decided if not is_import(n) and not is_open311(n)}
    assert left == set()
    assert {n for n in decided - {"open311"} if n not in every_name()} == set()


@pytest.fixture
def town() -> Town:
    cache.clear()
    made = settle()
    made.people["handler"] = of_unit(made, UNIT)
    made.people["lead"] = of_unit(made, UNIT, Role.LEAD)
    made.people["cashier"] = of_unit(made, "data_bureau", Role.CASHIER)
    Staff.objects.update(must_change_password=False)
    return made


def client_of(town: Town, role: str) -> Client:
    client = Client(raise_request_exception=False)
    if role != "anonymous":
        client.force_login(Staff.objects.get(pk=town.people[role].staff_id))
    return client


def received(**more: Any) -> Matter:
    report = {"words": "占道经营,路都走不了", "division": "990101001", "phone": "19909900001", "name": "陈女士"}
    return matters.receive(Report(**{**report, **more}), by=RESIDENT, at=timezone.now())


def held_by(town: Town, unit: str, category: str, **more: Any) -> Matter:
    matter = received(**more)
    now = timezone.now()
    act(matter.pk, "classify", {"category": category, "handling_class": "request"}, by=town.operator, at=now)
    act(matter.pk, "assign", {"unit": unit}, by=town.operator, at=now)
    return act(matter.pk, "accept", {}, by=of_unit(town, unit, at=now), at=now)


def category_of(unit: str) -> str:
    from wuxiao.rules import route

    book = books.current(timezone.now()).book
    return next(
        c.code
        for c in book.categories.values()
        if c.leaf and not c.police and route.route(book, c.code, "990101001").lead == unit
    )


@pytest.fixture
def cases(town: Town) -> dict[str, Matter]:
    mine = category_of(UNIT)
    refused = received()
    now = timezone.now()
    act(refused.pk, "classify", {"category": mine, "handling_class": "request"}, by=town.operator, at=now)
    act(refused.pk, "assign", {"unit": UNIT}, by=town.operator, at=now)
    act(refused.pk, "refuse", {"reason": "不属我局职责"}, by=town.handler, at=now)
    return {
        "own": held_by(town, UNIT, mine),
        "other": held_by(town, OTHER, category_of(OTHER)),
        "hidden": held_by(town, OTHER, category_of(OTHER), about=(UNIT,)),
        "refused": Matter.objects.get(pk=refused.pk),
        "at_110": matters.receive(Report(words="楼上漏水", phone="19909900002"), by=town.police, at=now),
    }


ARGUMENTS: dict[str, list[Any]] = {
    **{f"public_draw{part}": ["CQ1"] for part in ("", "_list", "_round", "_witness")},
    "staff:queue": ["inbox"],
    "staff:person": [1],
    "staff:decide": [1],
    "staff:reading_model": [1],
    "staff:hot_issue": [1],
    "staff:register": ["premises"],
    "staff:register_quality": ["premises"],
    "staff:register_map": ["premises"],
    "staff:register_live": ["premises"],
    "staff:map_tiles": ["0" * 64],
    "staff:register_row": ["premises", "P000001"],
    "staff:register_new": ["premises"],
    "staff:row_papers": ["premises", "P000001"],
    "staff:row_paper": ["premises", "P000001", "NONE", "pdf"],
    "staff:term_sheet": [1],
    "staff:register_change": ["premises", "P000001"],
    "staff:register_file": ["premises"],
    "staff:register_export": ["premises"],
    "staff:register_answers": ["service_points", "F000001"],
    "staff:register_languages": ["service_points", "F000001"],
    "staff:texts": ["knowledge"],
    "staff:text_new": ["knowledge"],
    "staff:text": ["knowledge", "T000001"],
    "staff:text_change": ["knowledge", "T000001"],
    "staff:text_languages": ["knowledge", "T000001"],
    "staff:page_language": ["danger", "fr"],
    "staff:texts_read": ["knowledge"],
    "staff:text_read": ["knowledge", "T000001"],
    "public_texts": ["knowledge"],
    "public_text": ["knowledge", "T000001"],
    "form_file": ["fire"],
    "resident_point": ["F000001"],
    "resident_point_rate": ["F000001"],
    "public_month": ["2026-10"],
    "public_consistency": [1, 2],
}


def opened(client: Client, url: str) -> int:
    """Return the status of a page by GET, or of an empty POST where it takes only that."""
    status = client.get(url).status_code
    return client.post(url, {}).status_code if status == 405 else status


def test_pages_of_staff(town: Town) -> None:
    for role in ROLES:
        _pages_of_staff(town, role)


def _pages_of_staff(town: Town, role: str) -> None:
    client = client_of(town, role)
    for name, allowed in PAGES.items():
        arguments = [town.operator.staff_id] if name == "staff:person" else ARGUMENTS.get(name, [])
        url = reverse(name, args=arguments)
        response = client.get(url)
        if response.status_code == 405:
            response = client.post(url, {})
        shut = response.status_code in {401, 403} or (
            response.status_code == 302 and response["Location"].startswith(reverse("staff:sign_in"))
        )
        assert shut == (role not in allowed), (name, role, response.status_code)
        assert response.status_code < 500, (name, role)


@pytest.mark.parametrize("case", sorted(SEES))
def test_pages_of_one_matter(town: Town, cases: dict[str, Matter], case: str) -> None:
    for role in ROLES:
        _pages_of_one_matter(town, cases[case], role, case)


def _pages_of_one_matter(town: Town, matter: Matter, role: str, case: str) -> None:
    client = client_of(town, role)
    sees = role in SEES[case]
    page = client.get(reverse("staff:matter", args=[matter.number])).status_code
    assert (page == 200) == sees, (role, case, page)
    printed = client.get(reverse("staff:print", args=[matter.number])).status_code
    assert (printed == 200) == sees, (role, case, printed)
    papers = client.get(reverse("staff:papers", args=[matter.number])).status_code
    assert (papers == 200) == sees, (role, case, papers)
    public = client.get(reverse("staff:redaction", args=[matter.number])).status_code
    assert (public == 200) == (sees and role in OF_A_MATTER["staff:redaction"]), (role, case, public)
    file = client.get(reverse("staff:file", args=[matter.number, a_file(matter)]))
    assert (file.status_code == 200) == sees, (role, case, file.status_code)
    contact = client.post(reverse("staff:contact", args=[matter.number]), {"purpose": "核实情况"})
    shown = b"19909900001" in contact.content or b"19909900002" in contact.content
    assert shown == (sees and role in OF_A_MATTER["staff:contact"]), (role, case)
    # The code is read out once, by the one who has just taken the call; later nobody of the staff gets this page.
    receipt = client.get(reverse("staff:receipt", args=[matter.number]))
    assert receipt.status_code in {302, 403, 404}, (role, case)
    assert matter.code.encode() not in receipt.content
    turns = Entry.objects.filter(matter=matter, verb="note").count()
    client.post(reverse("staff:act", args=[matter.number, "note"]), {"words": "记一笔", "once": f"{role}{case}"})
    acted = Entry.objects.filter(matter=matter, verb="note").count() > turns
    assert acted == (sees and role in OF_A_MATTER["staff:act"] and may_note(role, case)), (role, case)


def a_file(matter: Matter) -> int:
    """Return a file of the matter, made the first time."""
    found = Attachment.objects.filter(matter=matter).first()
    if found is None:
        out = BytesIO()
        Image.new("RGB", (8, 8), (9, 90, 90)).save(out, "PNG")
        upload = files.check("现场.png", out.getvalue(), books.of_version(matter.book_id).book.uploads)
        (found,) = files.keep(matter, [upload], turn=1, by_resident=True, at=timezone.now())
    return int(found.pk)


def may_note(role: str, case: str) -> bool:
    """At 110 the hotline only looks; a reviewer notes only while it is being signed off."""
    return not (case == "at_110" and role in {"operator", "shift_lead"})


@pytest.mark.parametrize("case", sorted(SEES))
def test_the_list_shows_exactly_what_the_object_rule_allows(town: Town, cases: dict[str, Matter], case: str) -> None:
    for role in sorted(STAFF):
        _list_and_object_agree(town, cases[case], role, case)


def _list_and_object_agree(town: Town, matter: Matter, role: str, case: str) -> None:
    by = town.people[role]
    assert by.viewer is not None
    rules = books.of_version(matter.book_id)
    facts = standing.facts_of(matter, rules.book, rules.calendar, timezone.now())
    listed = (
        Access.objects.filter(matter=matter, principal__in=by.viewer.principals)
        .exclude(hidden__in=by.viewer.units)
        .exists()
    )
    assert listed == access.may_see(by.viewer, facts) == (role in SEES[case])
    if role in WITH_MATTERS:
        found = client_of(town, role).get(reverse("staff:search"), {"q": matter.number})
        link = reverse("staff:matter", args=[matter.number]).encode()
        assert (link in found.content) == (role in SEES[case])


def test_a_shielded_requester_is_unknown_to_the_unit_that_handles(town: Town) -> None:
    matter = held_by(town, UNIT, category_of(UNIT), shielded=True)
    for role in ("handler", "lead"):
        shown = client_of(town, role).post(reverse("staff:contact", args=[matter.number]), {"purpose": "联系"})
        assert b"19909900001" not in shown.content
        page = client_of(town, role).get(reverse("staff:matter", args=[matter.number])).content
        assert b"19909900001" not in page
        assert "陈女士".encode() not in page
    shown = client_of(town, "operator").post(reverse("staff:contact", args=[matter.number]), {"purpose": "联系"})
    assert b"19909900001" in shown.content


def test_call_backs_are_the_callers_alone(town: Town, cases: dict[str, Matter]) -> None:
    for role in (*(r for r in ROLES if r != "caller"), "caller"):
        _call_backs(town, cases, role)


def _call_backs(town: Town, cases: dict[str, Matter], role: str) -> None:
    matter, now = cases["own"], timezone.now()
    CallBack.objects.get_or_create(
        matter=matter,
        defaults={"state": "drawn", "drawn_at": now, "due_at": now, "chance": 1.0, "token": "t", "next_at": now},
    )
    Matter.objects.filter(pk=matter.pk).update(state="closed", outcome="answered", answered_at=now, closed_at=now)
    client = client_of(town, role)
    for name in sorted(OF_A_CALL_BACK):
        url = reverse(name, args=[matter.number])
        status = opened(client, url)
        assert (status in {200, 302, 400} and not to_sign_in(client, url)) == (role == "caller"), (name, status)
    if role in {"handler", "lead"}:
        page = client.get(reverse("staff:matter", args=[matter.number])).content.decode()
        assert "抽中" not in page


def to_sign_in(client: Client, url: str) -> bool:
    answer = client.get(url)
    return answer.status_code == 302 and answer["Location"].startswith(reverse("staff:sign_in"))


@pytest.mark.parametrize("role", ["anonymous", "lead", "chief"])
def test_a_residents_page_opens_by_its_code_and_by_nothing_else(
    town: Town, cases: dict[str, Matter], role: str
) -> None:
    matter, client = cases["own"], client_of(town, role)
    assert client.get(reverse("resident_progress", args=[matter.code])).status_code == 200
    for name in sorted(BY_CODE):
        arguments: list[Any] = [matter.number]
        if name == "resident_do":
            arguments.append("withdraw")
        if name == "resident_file":
            arguments.append(1)
        assert opened(client, reverse(name, args=arguments)) in {404, 429}, name


def test_open_pages_open_for_everybody(town: Town) -> None:
    client = client_of(town, "anonymous")
    for name in sorted(OPEN & every_name()):
        arguments = ARGUMENTS.get(name, [1] if name == "public_proof" else [])
        url = "/api/v1/nothing-here" if name == "api-nothing" else reverse(name, args=arguments)
        assert opened(client, url) in {200, 302, 400, 404}, name


def address(name: str) -> str:
    """Return the address of a name, with a number where it wants one."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return reverse(name, args=[1])


def test_imports_are_the_shift_leads(town: Town) -> None:
    for name in sorted(n for n in every_name() if is_import(n)):
        for role in ROLES:
            client, url = client_of(town, role), address(name)
            shut = opened(client, url) in {401, 403} or to_sign_in(client, url)
            assert shut == (role not in IMPORTS), (name, role)


@pytest.mark.parametrize("case", sorted(SEES))
def test_a_key_sees_what_its_unit_sees_and_does_what_its_powers_say(
    town: Town, cases: dict[str, Matter], case: str
) -> None:
    matter = cases[case]
    sees = case == "own"
    full, reader, nobody = Machine(key(UNIT)), Machine(key(UNIT, "receive", name="narrow")), Machine("wrong")
    for path in (f"matters/{matter.number}", f"matters/{matter.number}/entries"):
        assert full.get(path).status_code == (200 if sees else 404), path
        assert reader.get(path).status_code == 403
        assert nobody.get(path).status_code == 401
    step = f"matters/{matter.number}/note"
    assert full.post(step, {"words": "机器记一笔"}).status_code in ({200, 201} if sees else {404})
    assert reader.post(step, {"words": "机器记一笔"}).status_code == 403
    listed = [m["number"] for m in full.get("matters").json()["matters"]]
    assert (matter.number in listed) == sees


def test_a_machines_actor_is_never_wider_than_its_unit(town: Town) -> None:
    from wuxiao.records.models import ApiKey

    key(UNIT)
    by = actor.of_key(ApiKey.objects.get(), books.current(timezone.now()).book)
    assert by.viewer is not None
    assert by.viewer.principals == (f"u:{UNIT}",)
