"""The JSON API against a machine that reads its own document and tries everything: schemathesis, in process.

Every operation is tried with what the document allows and with what it forbids, on matters that stand in different
states. Nothing may fail inside, every status and body must be one that the document names, and what the document
forbids must be refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle, product
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    negative_data_rejection,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.desk.people import BOOK_TEXT, Town, settle
from tests.desk.test_register import HOTEL
from tests.feeds.machines import Machine, key
from tests.support.lots import lots
from wuxiao.desk.base.actor import SYSTEM
from wuxiao.desk.town import books
from wuxiao.feeds.api.shapes import OPERATIONS
from wuxiao.site import subjects
from wuxiao.site.wsgi import application

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
CONFORM = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
READS = ["codes", "list_matters", "receive", "matter", "entries", "contact", "file"]
#: Operations of which some try must have been let in, or the rest proves little.
GETS_THROUGH = {"codes", "list_matters", "receive", "matter", "entries", "note", "bypass", "accept", "classify"}
TAKES_ANYTHING = {"codes"}
#: The operations of a register and of a life beside matters; those of other registers are as many (`OTHERS`).
OF_SUBJECTS = {
    "list_premises", "put_in_premises", "row_premises", "change_premises", "confirm_premises", "end_premises",
    "revive_premises", "list_inspection", "plan_inspection", "case_inspection", "refuse_inspection",
    "conclude_inspection",
}  # fmt: skip
#: Of these some try must have been let in: what is asked of the others must fit what stands elsewhere.
OPENS = {"list_premises", "row_premises", "list_inspection", "case_inspection"}
FEWER = lots(6, 36)
REGISTERS = [one.name for one in subjects.REGISTERS]
#: Of other registers what is put in is tried: their own fields stand in it.
OTHERS = [f"put_in_{name}" for name in REGISTERS if name != "premises"]
EXAMPLES = lots(12, 36)


@pytest.fixture
def town() -> Town:
    """The town with a rule book that lets machines ask as often as they like."""
    town = settle()
    now = timezone.now()
    patient = BOOK_TEXT.replace("api_per_minute = 120", "api_per_minute = 1000000")
    assert patient != BOOK_TEXT
    books.adopt(patient, name="patient.toml", effective_from=now, by=SYSTEM, at=now)
    return town


@contextmanager
def kept_open() -> Iterator[None]:
    """As Django's own test client does: requests must not close the connection that holds the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


@pytest.fixture
def secrets(town: Town) -> list[str]:
    """The hotline's key and a department's."""
    return [key("hotline"), key("urban_mgmt")]


@pytest.fixture
def station(town: Town) -> str:
    """The key of a station that keeps a register and plans inspections."""
    return key("ps_qingping", "subjects", "act")


@pytest.fixture
def rows(station: str) -> list[str]:
    """Rows of premises, one of them ended."""
    machine = Machine(station)
    codes = []
    for n in range(3):
        made = machine.post("registers/premises", {"values": HOTEL | {"title": f"旅馆{n}"}})
        codes.append(made.json()["code"])
    today = timezone.localdate().isoformat()
    end = {"version": 1, "day": today, "why": "closed"}
    assert machine.post(f"registers/premises/{codes[2]}/end", end).status_code == 200
    return codes


@pytest.fixture
def visits(station: str, rows: list[str]) -> list[str]:
    """An inspection that is planned."""
    made = Machine(station).post("cases/inspection", {"given": {"place": rows[0], "why": "cycle"}})
    return [made.json()["number"]]


@pytest.fixture
def numbers(secrets: list[str]) -> list[str]:
    """Matters in several states, all within reach of the key."""
    centre, bureau = map(Machine, secrets)
    words = "幸福小区东门工地夜里打桩"
    intake = centre.post("matters", {"words": words, "phone": "13900000001"}).json()["number"]
    urgent = centre.post("matters", {"words": words}).json()["number"]
    assert centre.post(f"matters/{urgent}/bypass", {"reason": "x"}).json()["state"] == "urgent"
    offered = centre.post("matters", {"words": words}).json()["number"]
    given = {"category": "env.noise.construction", "handling_class": "complaint"}
    assert centre.post(f"matters/{offered}/classify", given).status_code == 200
    assert centre.post(f"matters/{offered}/assign", {"unit": "urban_mgmt"}).json()["state"] == "offered"
    handling = centre.post("matters", {"words": words}).json()["number"]
    centre.post(f"matters/{handling}/classify", given)
    centre.post(f"matters/{handling}/assign", {"unit": "urban_mgmt"})
    assert bureau.post(f"matters/{handling}/accept", {}).json()["state"] == "handling"
    answered = centre.post("matters", {"words": words, "handling_class": "enquiry"}).json()["number"]
    reply = {"evidence": "policy", "reply": "请看办事指南"}
    assert centre.post(f"matters/{answered}/answer", reply).json()["state"] == "answered"
    return [intake, urgent, offered, handling, answered]


def _try(
    identity: str,
    secrets: list[str],
    numbers: list[str],
    mode: GenerationMode,
    checks: list[Any],
    *,
    place: str = "number",
    most: int = EXAMPLES,
) -> set[int]:
    with kept_open():
        schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    operation = schema.find_operation_by_id(identity)
    seen: set[int] = set()
    pairs = cycle(product([*numbers, None], secrets))

    @settings(
        max_examples=most,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def attempt(case: Any) -> None:
        # Every matter with every key in turn: drawn by chance, the one pair that may accept would often be missed.
        number, secret = next(pairs)
        if number is not None and place in case.path_parameters and mode is GenerationMode.POSITIVE:
            case.path_parameters[place] = number
        if identity in GETS_THROUGH and isinstance(case.body, dict):
            # Drawn by chance they name nobody, and a version that nobody saw.
            case.body.pop("staff", None)
            case.body.pop("version", None)
        answer = case.call(headers={"Authorization": f"Bearer {secret}"})
        seen.add(answer.status_code)
        case.validate_response(answer, checks=checks)

    with kept_open():
        attempt()
    assert seen
    return seen


@pytest.mark.parametrize("identity", [*READS, *OPERATIONS])
def test_what_the_document_allows_and_forbids(
    identity: str, town: Town, secrets: list[str], numbers: list[str]
) -> None:
    seen = _try(identity, secrets, numbers, GenerationMode.POSITIVE, CONFORM)
    if identity in GETS_THROUGH:
        assert seen & {200, 201}, f"nothing got through: {seen}"
    if identity not in TAKES_ANYTHING:
        refused = _try(identity, secrets, numbers, GenerationMode.NEGATIVE, [*CONFORM, negative_data_rejection])
        assert refused & {400, 401, 404, 415, 422}, f"nothing was refused: {refused}"


@pytest.mark.either
@pytest.mark.parametrize("identity", [*sorted(OF_SUBJECTS), *OTHERS])
def test_registers_and_other_lives_by_their_document(
    identity: str, station: str, rows: list[str], visits: list[str]
) -> None:
    place, ids = ("number", visits) if identity.endswith("inspection") else ("code", rows)
    seen = _try(identity, [station], ids, GenerationMode.POSITIVE, CONFORM, place=place, most=FEWER)
    if identity in OPENS:
        assert seen & {200, 201}, f"nothing got through: {seen}"
    if identity not in {"row_premises"}:
        checks = [*CONFORM, negative_data_rejection]
        refused = _try(identity, [station], ids, GenerationMode.NEGATIVE, checks, place=place, most=FEWER)
        assert refused & {400, 401, 404, 415, 422}, f"nothing was refused: {refused}"


def other_lives(labels: list[str]) -> int:
    return sum(1 for label in labels if "/cases/" in label and "/cases/inspection" not in label)


def test_nothing_opens_without_a_key(town: Town, numbers: list[str]) -> None:
    with kept_open():
        schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    labels = []
    for found in schema.get_all_operations():
        operation = found.ok()
        body = {"body": {}, "media_type": "application/json"} if operation.method == "post" else {}
        case = operation.Case(path_parameters={"number": numbers[0], "file_id": 1, "code": "P000001"}, **body)
        with kept_open():
            answer = case.call()
        assert answer.status_code == 401, operation.label
        case.validate_response(answer, checks=CONFORM)
        labels.append(operation.label)
    more = sum(1 for label in labels if any(f"/registers/{name}" in label for name in REGISTERS if name != "premises"))
    assert more == 7 * len(OTHERS)
    assert len(labels) - more - other_lives(labels) == len(READS) + len(OPERATIONS) + len(OF_SUBJECTS)
