"""What belongs to another life reaches nothing that is of matters: no page, list, figure, feed, export, search or code.

Toys, of which every text is one marker, are opened and ended beside matters that look like them; then every address is
asked by everybody. The marker appears nowhere, and no number on a page is another than before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from PIL import Image

from tests.desk.people import Town, of_unit, settle
from tests.feeds.machines import Machine, key
from tests.stories.test_permissions import ARGUMENTS, BY_CODE, ROLES, category_of, client_of, every_name
from tests.support import lots, toy
from wuxiao.desk.assist import hot, similar
from wuxiao.desk.audit.verify import verify
from wuxiao.desk.base.actor import RESIDENT, SYSTEM
from wuxiao.desk.case import clock, heard
from wuxiao.desk.case.act import act
from wuxiao.desk.files import files
from wuxiao.desk.house import order_anew
from wuxiao.desk.look import board, shelves
from wuxiao.desk.look.search import Filters, search
from wuxiao.desk.matters import figures
from wuxiao.desk.matters.matters import Report, receive
from wuxiao.desk.people import retention
from wuxiao.desk.town import books
from wuxiao.records.models import Address, Attachment, Case, HotMatter, Matter, Staff, Street, Throttle
from wuxiao.rules.access import Role

pytestmark = [pytest.mark.django_db, pytest.mark.either]
APART = 1 if lots.WHOLE else 3
WORDS = "文庙街路灯不亮，老人晚上出门摔过一次。"
DAY = timedelta(days=1)
#: Pages that tell how much the house has sealed, read or sent: the log is one for all lives.
OF_THE_HOUSE = {
    "public_checkpoints", "public_checkpoints_json", "public_checkpoint", "public_checkpoints_txt", "public_proof",
    "public_consistency", "metrics", "healthz", "staff:audit",
}  # fmt: skip
_NOISE = re.compile(
    r"\bch\d+[td]?\b|[A-Za-z0-9_\-.:=]{24,}|nonce=\"[^\"]*\"|\d+(\.\d+)?( |\xa0)?(ms|秒|毫秒)|\d\d:\d\d(:\d\d)?"
)


def photo() -> bytes:
    out = BytesIO()
    Image.new("RGB", (40, 30), "white").save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
def town() -> Iterator[Town]:
    cache.clear()
    similar.forget()
    made = settle()
    made.people["handler"] = of_unit(made, "urban_mgmt")
    made.people["lead"] = of_unit(made, "urban_mgmt", Role.LEAD)
    made.people["cashier"] = of_unit(made, "data_bureau", Role.CASHIER)
    Staff.objects.update(must_change_password=False)
    street = Street.objects.create(name="文庙街", division="990101001")
    Address.objects.create(
        code="A1", division="990101001", street=street, door="12号", full="文庙街12号", lat=30.0, lon=104.0
    )
    with toy.playing():
        yield made
    similar.forget()
    cache.clear()


def lived(town: Town) -> Matter:
    at = timezone.now() - 3 * DAY
    place = Address.objects.get()
    for n in range(4):
        receive(Report(words=f"{WORDS}{n}", address_id=place.pk, phone=f"1380000000{n}"), by=RESIDENT, at=at)
    matter = receive(Report(words=WORDS, address_id=place.pk, phone="13800000009"), by=RESIDENT, at=at)
    given = {"category": category_of("urban_mgmt"), "handling_class": "request"}
    act(matter.pk, "classify", given, by=town.operator, at=at)
    act(matter.pk, "assign", {"unit": "urban_mgmt"}, by=town.operator, at=at)
    return act(matter.pk, "accept", {}, by=town.people["handler"], at=at)  # type: ignore[no-any-return]


def toys(town: Town) -> list[Case]:
    """Open ones, late ones, ended ones, at the place of the matters and at the desk itself, with files and words."""
    at, place = timezone.now() - 3 * DAY, Address.objects.get()
    limits = books.current(at).book.uploads
    found = []
    for n, unit in enumerate(("urban_mgmt", "hotline", "police_110", "urban_mgmt")):
        upload = files.check(f"{toy.MARK}.jpg", photo(), limits)
        case = toy.begin(
            by=SYSTEM, at=at - n * DAY, uploads=(upload,), holder=unit, address_id=place.pk, lat=30.0, lon=104.0,
            answered_at=at, satisfied=1, solved=False, rated_at=at, urged_at=at, supervised_at=at, contact_asked_at=at,
            handling_class="request",
        )  # fmt: skip
        by = of_unit(town, unit) if unit == "urban_mgmt" else town.people["operator" if unit == "hotline" else "police"]
        act(case.pk, "say", {"words": f"{toy.MARK} {WORDS}"}, by=by, at=at)
        if n % 2:
            act(case.pk, "answer", {}, by=by, at=at)
        found.append(Case.objects.get(pk=case.pk))
    return found


def addresses(matter: Matter, case: Case | None) -> dict[str, str]:
    """Every address there is, by its name and what was put into it: a matter's number and code, or the toy's."""
    found = {}
    numbers = {"matter": matter} | ({"toy": case} if case is not None else {})
    files_of = {"file": 1}
    if case is not None:
        files_of["toy's file"] = Attachment.objects.filter(matter_id=case.pk).values_list("pk", flat=True)[0]
    for name in sorted(every_name()):
        tries: dict[str, list[Any]] = {"": ARGUMENTS.get(name, [])}
        for which, row in numbers.items():
            tries |= {f"{which} number": [row.number], f"{which} code": [row.code]}
            tries |= {f"{which} number and verb": [row.number, "note"], f"{which} code and verb": [row.code, "add"]}
            # Each file under a name of its own: what is compared with before must be the same address before and after.
            for file, pk in files_of.items():
                tries |= {f"{which} number and {file}": [row.number, pk], f"{which} code and {file}": [row.code, pk]}
        for what, arguments in tries.items():
            try:
                found[f"{name} {what}".strip()] = reverse(name, args=arguments)
            except NoReverseMatch:
                continue
    for shelf in shelves.SHELVES:
        found[f"staff:queue {shelf}"] = reverse("staff:queue", args=[shelf])
    return found


def asked(town: Town, urls: dict[str, str]) -> dict[tuple[str, str], str]:
    """What everybody is answered at every address, without what is drawn anew each time."""
    said = {}
    ways = sorted(every_name())
    for n, role in enumerate(ROLES):
        client = client_of(town, role)
        for name, url in urls.items():
            way = name.split(" ")[0]
            if way in {"staff:sign_out", "resident_new_again"}:
                continue
            # In `make test` the roles share the addresses: each is asked by every third of them, whatever is put in.
            if (ways.index(way) + n) % APART:
                continue
            # Nobody is told to come later: what is not shown then would seem not to be there.
            Throttle.objects.all().delete()
            answer = client.get(url)
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
            said[role, name] = f"{answer.status_code} {answer.headers.get('Location', '')} " + body.decode(
                "utf-8", "replace"
            )
    return said


def counted(town: Town) -> dict[str, Any]:
    """What the desk counts and lists, for everybody."""
    now = timezone.now()
    book = books.current(now).book
    found: dict[str, Any] = {}
    for name, by in town.people.items():
        if by.viewer is None:
            continue
        names = shelves.shelf_names(by.viewer)
        found[f"shelves {name}"] = shelves.shelf_counts(by.viewer, names, now=now)
        for shelf in names:
            if shelf != "faults":
                found[f"shelf {name} {shelf}"] = shelves.shelf_page(by.viewer, shelf, now=now).ids
        for filters in (
            Filters(),
            Filters(q="路灯"),
            Filters(q=toy.MARK),
            Filters(state="open"),
            Filters(state="closed"),
        ):
            found[f"search {name} {filters.given()}"] = search(by.viewer, filters, book, now=now).ids
        if names:
            alike = similar.like(WORDS, by=by, at=now, address_id=Address.objects.get().pk)
            found[f"like {name}"] = [one.row.number for one in alike]
        if names:
            found[f"board {name}"] = board.board(by.viewer, now=now.replace(second=0, microsecond=0))
    for month in (f"{now:%Y-%m}", f"{now - 6 * DAY:%Y-%m}"):
        found[f"month {month}"] = figures.count(month, at=now + 40 * DAY)
    found["heard"] = heard.waiting()
    found["orphans"] = clock.orphans(at=now)
    return found


def where(word: str, said: dict[tuple[str, str], str]) -> dict[str, str]:
    """Where a word stands: the text around it, by who asked for what."""
    found = {}
    for (role, name), body in said.items():
        place = body.lower().find(word.lower())
        if place >= 0:
            found[f"{role}: {name}"] = body[max(0, place - 80) : place + 80]
    return found


def differences(before: dict[tuple[str, str], str], after: dict[tuple[str, str], str]) -> dict[str, tuple[str, str]]:
    """What is said otherwise than before, each with the two texts where they part."""
    found = {}
    for (role, name), body in before.items():
        if name.split(" ")[0] in OF_THE_HOUSE:
            continue
        was, now = _NOISE.sub("", body), _NOISE.sub("", after[role, name])
        if was != now:
            place = next((n for n, (a, b) in enumerate(zip(was, now, strict=False)) if a != b), min(len(was), len(now)))
            found[f"{role}: {name}"] = (was[max(0, place - 60) : place + 60], now[max(0, place - 60) : place + 60])
    return found


@pytest.mark.both
def test_nothing_of_another_life_is_counted_listed_or_found(town: Town) -> None:
    lived(town)
    similar.grow(at=timezone.now(), at_once=True)
    numbers = counted(town)
    made = toys(town)
    assert {row.state for row in made} == {"going", "done"}
    similar.grow(at=timezone.now(), at_once=True)
    now = counted(town)
    assert {name: (numbers[name], now[name]) for name in numbers if numbers[name] != now[name]} == {}
    assert verify(at=timezone.now()).breaks == []


def test_nothing_of_another_life_is_met_anywhere(town: Town) -> None:
    matter = lived(town)
    similar.grow(at=timezone.now(), at_once=True)
    figures.refresh(at=timezone.now())
    # A first reading is an entry itself, which the second look shows: what is read again is as it stays.
    asked(town, {name: url for name, url in addresses(matter, None).items() if " matter " in name})
    before = asked(town, addresses(matter, None))
    made = toys(town)
    assert {row.state for row in made} == {"going", "done"}
    similar.grow(at=timezone.now(), at_once=True)
    figures.refresh(at=timezone.now())
    cache.clear()

    urls = addresses(matter, made[0])
    after = asked(town, urls)
    assert sum(1 for name in urls if " toy " in name) > 30
    assert where(toy.MARK, after) == {}
    for one in made:
        assert (
            where(one.number, {(role, name): body for (role, name), body in after.items() if " toy" not in name}) == {}
        )
    of_toys = {
        f"{role}: {name}: {body[:3]}" for (role, name), body in after.items() if " toy" in name and body[:3] == "200"
    }
    assert of_toys == set()
    parted = differences(before, after)
    assert parted == {}, "\n".join(f"{key}\n  {was}\n  {now}" for key, (was, now) in sorted(parted.items())[:40])


@pytest.mark.both
def test_machines_and_the_worker_meet_nothing_of_it(town: Town) -> None:
    matter = lived(town)
    made = toys(town)
    now = timezone.now()
    for unit in ("urban_mgmt", "hotline"):
        machine = Machine(key(unit))
        listed = machine.get("matters").json()["matters"]
        assert matter.number in {one["number"] for one in listed}
        assert toy.MARK not in str(listed)
        for one in made:
            for path in (f"matters/{one.number}", f"matters/{one.number}/entries", f"matters/{one.number}/files/1"):
                assert machine.get(path).status_code == 404
            assert machine.post(f"matters/{one.number}/note", {"words": "x"}).status_code == 404
    for path in ("requests.json", "requests.xml", "services.json"):
        answer = Client().get(f"/open311/v2/{path}", {"start_date": "2020-01-01T00:00:00Z"})
        assert toy.MARK not in answer.content.decode()
    for name in BY_CODE:
        for one in made:
            try:
                url = reverse(name, args=[one.code])
            except NoReverseMatch:
                continue
            assert Client().get(url).status_code == 404, name
    book = books.current(now).book
    heard_of = hot.voices(at=now, book=book)
    assert heard_of
    assert toy.MARK not in str(heard_of)
    hot.look(at=now)
    assert not HotMatter.objects.filter(matter_id__in=[one.pk for one in made]).exists()
    assert order_anew.settle(by=SYSTEM, at=now) >= 0
    turns = {one.pk: one.turn for one in made}
    retention.retire(by=SYSTEM, at=now + 4000 * DAY)
    assert {row.pk: row.turn for row in Case.objects.filter(life="toy")} == turns
