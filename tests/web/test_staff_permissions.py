"""Who may open which staff page: every address x every role x own or not own, each cell decided, none left out.

The addresses come from the resolver: a page added without a line here fails the first test.
"""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.desk.people import Town, of_unit, settle
from wuxiao.desk import matters, staff
from wuxiao.desk.act import act
from wuxiao.desk.actor import RESIDENT, SYSTEM
from wuxiao.desk.matters import Report
from wuxiao.desk.staff import Appointment
from wuxiao.records.models import Attachment, Matter, Staff
from wuxiao.rules.access import ROLES, Power, Role
from wuxiao.web.staff import urls

pytestmark = pytest.mark.django_db
P = Power
OPEN = None
SIGNED_IN: frozenset[Power] = frozenset()

#: Address name → the powers of which one is needed; `SIGNED_IN` for every member of staff, `OPEN` for everybody.
WANTED: dict[str, frozenset[Power] | None] = {
    "home": SIGNED_IN,
    "sign_in": OPEN,
    "sign_out": OPEN,
    "password": SIGNED_IN,
    "queue": frozenset({P.INBOX}),
    "bulk_assign": frozenset({P.BULK}),
    "take_call": frozenset({P.INTAKE}),
    "suggest": frozenset({P.INTAKE}),
    "places": frozenset({P.INTAKE}),
    "alike": frozenset({P.INTAKE}),
    "caller": frozenset({P.INTAKE}),
    "receipt": frozenset({P.INTAKE}),
    "search": frozenset({P.SEARCH}),
    "save_filter": frozenset({P.SEARCH}),
    "export": frozenset({P.EXPORT}),
    "dashboard": frozenset({P.DASHBOARD}),
    "faults": frozenset({P.INBOX}),
    "call_backs": frozenset({P.CALL_BACKS}),
    "call_back": frozenset({P.CALL_BACKS}),
    "call_back_phone": frozenset({P.CALL_BACKS}),
    "call_back_not_reached": frozenset({P.CALL_BACKS}),
    "people": frozenset({P.STAFF}),
    "new_person": frozenset({P.STAFF}),
    "person": frozenset({P.STAFF}),
    "outbox": frozenset({P.OUTBOX}),
    "templates": frozenset({P.OUTBOX}),
    "book": frozenset({P.BOOK}),
    "keys": frozenset({P.KEYS}),
    "audit": frozenset({P.AUDIT}),
    "imports": frozenset({P.IMPORT}),
    "import_look": frozenset({P.IMPORT}),
    "import_job": frozenset({P.IMPORT}),
    "import_refused": frozenset({P.IMPORT}),
    "matter": frozenset({P.INBOX}),
    "contact": frozenset({P.INBOX}),
    "print": frozenset({P.INBOX}),
    "file": frozenset({P.INBOX}),
    "act": frozenset({P.INBOX}),
}
#: Addresses that answer scripts: they say 401 where a page leads to the sign-in.
JSON = ("suggest", "places")
#: Addresses of one matter: beside the power, the matter must be the viewer's to see.
#: Addresses of an import that is not there: with the power they answer 404, without it 403.
OF_NO_IMPORT = ("import_look", "import_job", "import_refused")
OF_A_MATTER = ("matter", "contact", "print", "file", "act", "receipt")
PEOPLE = {
    Role.OPERATOR: "operator",
    Role.CENTRE_LEAD: "shift_lead",
    Role.POLICE_OPERATOR: "police",
    Role.REVIEWER: "reviewer1",
    Role.HANDLER: "handler_urban_mgmt",
    Role.LEAD: "lead_urban_mgmt",
    Role.CALLER: "caller",
    Role.SUPERVISOR: "supervisor",
    Role.CHIEF: "chief",
    Role.AUDITOR: "auditor",
    Role.ADMIN: "admin",
}


@pytest.fixture
def town() -> Town:
    cache.clear()
    made = settle()
    of_unit(made, "urban_mgmt")
    of_unit(made, "urban_mgmt", Role.LEAD)
    Staff.objects.update(must_change_password=False)
    return made


def client_of(town: Town, role: Role) -> Client:
    client = Client()
    client.force_login(town.staff(PEOPLE[role]))
    return client


def a_matter(town: Town) -> Matter:
    """A matter held by the bureau of urban management, closed and drawn for a call-back, with a file."""
    at = timezone.now()
    words = "幸福小区东门工地夜里十二点还在打桩，吵得老人孩子睡不着，请管一管。"
    matter = matters.receive(Report(words=words, division="990101001", phone="13900000001"), by=RESIDENT, at=at)
    given = {"category": "env.noise.construction", "handling_class": "complaint"}
    act(matter.pk, "classify", given, by=town.operator, at=at)
    act(matter.pk, "assign", {"unit": "urban_mgmt"}, by=town.operator, at=at)
    handler = town.people["handler_urban_mgmt"]
    act(matter.pk, "accept", {}, by=handler, at=at)
    act(matter.pk, "answer", {"evidence": "site_visit", "reply": "已制止。"}, by=handler, at=at)
    return act(matter.pk, "close", {}, by=SYSTEM, at=at)


def address(name: str, matter: Matter, person: Staff, file_id: int) -> str:
    match name:
        case "queue":
            return reverse("staff:queue", args=["all"])
        case "person":
            return reverse("staff:person", args=[person.pk])
        case "file":
            return reverse("staff:file", args=[matter.number, file_id])
        case "act":
            return reverse("staff:act", args=[matter.number, "note"])
        case "import_look" | "import_job" | "import_refused":
            return reverse(f"staff:{name}", args=[2**40])
        case "matter" | "contact" | "print" | "receipt":
            return reverse(f"staff:{name}", args=[matter.number])
        case name if name.startswith("call_back") and name != "call_backs":
            return reverse(f"staff:{name}", args=[matter.number])
    return reverse(f"staff:{name}")


def test_every_address_has_its_line_and_its_powers() -> None:
    for pattern in urls.urlpatterns:
        assert pattern.name in WANTED, f"no line for {pattern.name}"
        wanted = WANTED[str(pattern.name)]
        powers = getattr(pattern.callback, "powers", OPEN)
        assert powers == wanted, f"{pattern.name} asks for {powers}"
    assert {p.name for p in urls.urlpatterns} == set(WANTED)
    assert set(PEOPLE) == set(Role)


def a_file(matter: Matter) -> int:
    from wuxiao.desk import files

    upload = files.Upload("a.pdf", "application/pdf", b"%PDF-1.4 test")
    return files.keep(matter, [upload], turn=1, by_resident=True, at=timezone.now())[0].pk


def test_nobody_passes_without_signing_in(town: Town) -> None:
    matter = a_matter(town)
    file_id = a_file(matter)
    for name, wanted in WANTED.items():
        if wanted is OPEN:
            continue
        url = address(name, matter, town.staff("operator"), file_id)
        for answer in (Client().get(url), Client().post(url)):
            json = name in JSON
            assert answer.status_code == (401 if json else 302), name
            if not json:
                assert answer["Location"].startswith("/staff/sign-in"), name


@pytest.mark.parametrize("role", list(Role))
def test_each_role_opens_what_its_powers_open_and_nothing_else(town: Town, role: Role) -> None:
    matter = a_matter(town)
    file_id = a_file(matter)
    client = client_of(town, role)
    viewer = town.people[PEOPLE[role]].viewer
    assert viewer is not None
    powers = ROLES[role].powers
    # The bureau holds it, the centre and the county see all; 110 and its reviewers have no part in it.
    sees = role in {Role.OPERATOR, Role.CENTRE_LEAD, Role.HANDLER, Role.LEAD, Role.SUPERVISOR, Role.CHIEF}
    for name, wanted in WANTED.items():
        if wanted is OPEN:
            continue
        url = address(name, matter, town.staff("operator"), file_id)
        method = client.post if name in {"suggest", "alike", "bulk_assign"} else client.get
        status = method(url).status_code
        if wanted and not wanted & powers:
            assert status == 403, f"{role} {name}: {status}"
        elif name in OF_NO_IMPORT or (name in OF_A_MATTER and name != "contact" and not sees):
            assert status == 404, f"{role} {name}: {status}"
        else:
            assert status in {200, 302}, f"{role} {name}: {status}"


@pytest.mark.parametrize("role", [r for r in Role if Power.INBOX in ROLES[r].powers])
def test_contact_is_shown_to_those_who_see_the_matter_and_hold_the_power(town: Town, role: Role) -> None:
    matter = a_matter(town)
    client = client_of(town, role)
    url = reverse("staff:contact", args=[matter.number])
    answer = client.post(url, {"purpose": "核实"}, follow=True)
    shown = "13900000001" in answer.content.decode()
    assert shown == (role in {Role.OPERATOR, Role.CENTRE_LEAD, Role.HANDLER, Role.LEAD})


def test_another_units_handler_finds_nothing_of_it(town: Town) -> None:
    matter = a_matter(town)
    file_id = a_file(matter)
    assert Attachment.objects.filter(pk=file_id).exists()
    at = timezone.now()
    person, _ = staff.create("other", "其他局", [Appointment(Role.HANDLER, "health")], by=SYSTEM, at=at)
    Staff.objects.update(must_change_password=False)
    client = Client()
    client.force_login(person)
    for name in ("matter", "print", "file", "act"):
        url = address(name, matter, person, file_id)
        assert client.get(url).status_code == 404, name
        assert client.post(url, {"words": "x", "as": "pdf"}).status_code in {404, 405}, name
    assert client.post(reverse("staff:contact", args=[matter.number]), {"purpose": "x"}).status_code == 404
    assert matter.number not in client.get("/staff/search?q=幸福小区").content.decode()
