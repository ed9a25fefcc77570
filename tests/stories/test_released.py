"""No resident's own words are public before a named person released them: every door that anyone may open is tried."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from io import BytesIO
from itertools import count
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from openpyxl import load_workbook

from tests.desk.people import Town, of_unit, settle
from tests.web.test_staff import signed_in
from wuxiao.desk.assist import redaction
from wuxiao.desk.base.actor import RESIDENT, SYSTEM
from wuxiao.desk.base.errors import NotFound, Refused, Stale
from wuxiao.desk.case.act import act
from wuxiao.desk.matters import matters, published, released
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.town import addresses, places
from wuxiao.desk.town.places import AddressRow
from wuxiao.records.models import Address, Entry, Matter, ReleasedText, Words
from wuxiao.rules.book import default

pytestmark = [pytest.mark.django_db, pytest.mark.either]
LAMP = "urban.facility.lamp"
#: A word that stands nowhere else: wherever it is seen, the resident's words were read.
CANARY = "金丝雀鸣"
NAME, PHONE = "张建国", "13812345678"
WORDS = f"路灯坏了三天，{CANARY}，我叫{NAME}，电话{PHONE}。"
PLACE = f"{CANARY}家对面"


@pytest.fixture
def town() -> Town:
    town = settle()
    rows = [
        AddressRow(f"A-{n}", "990101001", road, "3号", f"望川县清平街道{road}3号", f"Road {n}", f"3 Road {n}",
                   lat=30.123456, lon=110.654321)
        for n, road in ((1, "幸福路"), (2, "团结路"))
    ]  # fmt: skip
    places.load_addresses(rows, by=SYSTEM, at=timezone.now())
    addresses.forget()
    return town


def lamp(**more: Any) -> Matter:
    report = {"words": WORDS, "place": PLACE, "category": LAMP, "division": "990101001", "channel": "open311"}
    return matters.receive(Report(**(report | more)), by=RESIDENT, at=timezone.now() - timedelta(hours=1))


def _patterns(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for one in resolver.url_patterns:
        here = before + str(one.pattern).removeprefix("^").removesuffix("$")
        if isinstance(one, URLResolver):
            yield from _patterns(one, here)
        elif isinstance(one, URLPattern):
            yield here


def doors(matter: Matter) -> list[str]:
    """Every address of the site with what a stranger can put into it: numbers, months, forms - never a code."""
    found = []
    fill = {"number": matter.number, "month": f"{timezone.now():%Y-%m}", "leaf": "0", "form": "json"}
    fill |= {"service_request_id": matter.number, "lang": "zh-hans"}
    for pattern in _patterns(get_resolver()):
        address = re.sub(r"\(\?P<form>[^)]*\)", "json", pattern.replace("\\.", "."))
        address = re.sub(r"\(\?P<month>(?:[^()]|\([^)]*\))*\)", fill["month"], address)
        address = re.sub(r"\(\?P<(\w+)>[^)]*\)", lambda m: fill.get(m[1], "1"), address)
        address = re.sub(r"<(?:\w+:)?(\w+)>", lambda m: fill.get(m[1], "1"), address).replace("^", "").replace("$", "")
        found.append("/" + address.replace(".*", ""))
        if address.endswith(".json"):
            found.append("/" + address.removesuffix("json") + "xml")
    asked = (f"service_request_id={matter.number}", "extensions=true", f"service_code={LAMP}", "status=open")
    more = [f"/open311/v2/requests.{form}?{ask}" for form in ("json", "xml") for ask in asked]
    return [*dict.fromkeys(found), *more]


_callers = count(1)


def seen(matter: Matter, *needles: str, at: Iterable[str] = ()) -> set[str]:
    """The addresses at which a stranger reads one of the needles; each look comes from another address of the net."""
    found = set()
    for address in at or doors(matter):
        for lang in ("zh-hans", "en") if "open311" in address else ("zh-hans",):
            caller = next(_callers)
            here = f"10.{caller >> 16 & 255}.{caller >> 8 & 255}.{caller & 255}"
            answer = Client(REMOTE_ADDR=here).get(address, headers={"Accept-Language": lang})
            assert answer.status_code != 429, address
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            text = body.decode("utf-8", "replace") + str(dict(answer.headers))
            if any(needle in text for needle in needles):
                found.add(address)
    return found


def look(matter: Matter) -> str:
    return released.digest(redaction.of_matter(matter))


def let_out(matter: Matter, town: Town) -> None:
    released.release(matter.pk, seen=look(matter), by=town.operator, at=timezone.now())


def row_of(matter: Matter, lang: str = "zh-hans") -> dict[str, Any]:
    address = f"/open311/v2/requests/{matter.number}.json"
    (row,) = Client().get(address, headers={"Accept-Language": lang}).json()
    return dict(row)


def test_words_are_public_nowhere_before_and_masked_after_a_person_released_them(town: Town) -> None:
    matter = lamp()
    assert CANARY in Words.objects.get(matter=matter, field="words").text
    told = seen(matter, matter.number)
    assert {f"/open311/v2/requests/{matter.number}.json", f"/open311/v2/requests/{matter.number}.xml"} <= told
    assert seen(matter, CANARY, NAME, PHONE) == set()
    # Also once a unit accepted it: that somebody works on it is no release.
    at = timezone.now()
    act(matter.pk, "classify", {"category": LAMP, "handling_class": "request"}, by=town.operator, at=at)
    lead = Matter.objects.get(pk=matter.pk).route_why["lead"]
    act(matter.pk, "assign", {"unit": lead}, by=town.operator, at=at)
    act(matter.pk, "accept", {}, by=of_unit(town, lead, at=at), at=at)
    assert seen(matter, CANARY, NAME, PHONE, at=told) == set()
    assert row_of(matter)["description"] == "路灯"
    assert row_of(matter, "en")["description"] == "Street lamps"

    let_out(matter, town)
    assert {f"/open311/v2/requests/{matter.number}.{f}" for f in ("json", "xml")} <= seen(matter, CANARY, at=told)
    assert seen(matter, NAME, PHONE, at=told) == set()
    assert row_of(matter)["description"] == f"路灯坏了三天，{CANARY}，我叫〔姓名〕，电话〔电话〕。"
    entry = Entry.objects.get(matter=matter, verb="release_words")
    assert (entry.staff_id, entry.facts["who"], entry.seen) == (town.operator.staff_id, "operator", True)
    page = Client().get(f"/p/{matter.code}").content.decode()
    assert "公布了原话" in page

    matters.erase(matter.pk, by=RESIDENT, at=timezone.now())
    assert seen(matter, CANARY, NAME, PHONE, at=told) == set()
    assert row_of(matter)["description"] == "路灯"


def test_a_release_ends_with_other_words_other_marks_or_a_wish_to_be_hidden(town: Town) -> None:
    matter, other = lamp(), lamp()
    for one in (matter, other):
        let_out(one, town)
        assert CANARY in row_of(one)["description"]
    # Other marks: what was looked at is no longer what would be read.
    redaction.mark_text(matter.pk, CANARY, "name", by=town.operator, at=timezone.now())
    assert row_of(matter)["description"] == "路灯"
    assert Entry.objects.filter(matter=matter, verb="redact_mark").latest("turn").facts["withdrawn"]
    let_out(matter, town)
    assert row_of(matter)["description"] == "路灯坏了三天，〔姓名〕，我叫〔姓名〕，电话〔电话〕。"
    # Other words under an old release.
    said = Words.objects.filter(matter=matter, field="words")
    said.update(text=said.get().text.replace("三天", "四天"))
    assert released.texts([matter.pk]) == {}
    # Taken back, and taken back again: once in the diary.
    assert set(released.texts([matter.pk, other.pk])) == {other.pk}
    for _ in range(2):
        released.withdraw(other.pk, by=town.operator, at=timezone.now())
    assert released.texts([other.pk]) == {}
    assert Entry.objects.filter(matter=other, verb="withdraw_words").count() == 1
    let_out(other, town)
    assert set(released.texts([other.pk])) == {other.pk}
    Matter.objects.filter(pk=other.pk).update(shielded=True)
    assert released.texts([other.pk]) == {}
    assert ReleasedText.objects.get(matter=other).withdrawn_at is None


def test_what_is_released_is_what_was_looked_at_by_somebody_who_may(town: Town) -> None:
    matter = lamp()
    before = look(matter)
    redaction.mark_text(matter.pk, "三天", "name", by=town.operator, at=timezone.now())
    with pytest.raises(Stale):
        released.release(matter.pk, seen=before, by=town.operator, at=timezone.now())
    for who in (town.caller, town.auditor, town.admin, town.chief, RESIDENT, SYSTEM):
        with pytest.raises(Refused):
            released.release(matter.pk, seen=look(matter), by=who, at=timezone.now())
    closed = {
        "requester hidden": lamp(shielded=True),
        "unit complained of": lamp(about=("urban_mgmt",)),
        "report class": lamp(handling_class="report"),
        "petition": lamp(petition=True),
        "danger": lamp(words=f"{CANARY}，路灯杆要倒了,有人被砸伤流血,快救命"),
    }
    for why, one in closed.items():
        with pytest.raises(Refused):
            released.release(one.pk, seen=look(one), by=town.operator, at=timezone.now())
        assert released.texts([one.pk]) == {}, why
    matters.erase(matter.pk, by=RESIDENT, at=timezone.now())
    with pytest.raises(NotFound):
        released.release(matter.pk, seen=look(matter), by=town.operator, at=timezone.now())
    assert not ReleasedText.objects.exists()


def test_a_place_is_named_from_the_number_of_the_rule_book_on(town: Town) -> None:
    least = default().suppress_below
    street = Address.objects.get(code="A-1").pk
    other = Address.objects.get(code="A-2").pk
    first = lamp(place="", address_id=street)
    assert (row_of(first)["address"], row_of(first)["lat"]) == (None, None)
    for _ in range(least - 2):
        lamp(place="", address_id=other)
    assert (row_of(first)["address"], row_of(first)["lat"]) == (None, None)
    # Hidden ones and old ones do not help to reach the number.
    lamp(place="", address_id=street, shielded=True)
    old = lamp(place="", address_id=street)
    Matter.objects.filter(pk=old.pk).update(received_at=timezone.now() - published.WINDOW - timedelta(hours=1))
    assert row_of(first)["address"] is None
    last = lamp(place=PLACE)
    assert (row_of(first)["address"], row_of(first)["description"]) == ("清平街道", "路灯（清平街道）")
    assert row_of(first)["lat"] is None
    assert row_of(last)["address"] == "清平街道"
    for _ in range(least - 1):
        lamp(place="", address_id=street)
    assert (row_of(first)["address"], row_of(first)["lat"], row_of(first)["long"]) == ("清平街道幸福路", 30.12, 110.65)
    let_out(first, town)
    assert (row_of(first)["address"], row_of(first)["lat"], row_of(first)["long"]) == (
        "清平街道幸福路", 30.123, 110.654,
    )  # fmt: skip


def test_a_list_taken_out_holds_released_words_only(town: Town) -> None:
    held = lamp(channel="web", place=f"{NAME}家门口3号楼")
    out = lamp(channel="web", words=WORDS.replace("三天", "七天"))
    let_out(out, town)
    client = signed_in(town, "shift_lead")
    # On the desk's own pages the words are read: what could leak exists.
    assert CANARY in client.get("/staff/search?state=open").content.decode()
    ask = {"query": "state=open", "purpose": "给街道的清单"}
    answer = client.post("/staff/search/export", {**ask, "as": "csv"})
    text = b"".join(answer).decode("utf-8-sig")
    sheet = load_workbook(BytesIO(client.post("/staff/search/export", {**ask, "as": "xlsx"}).content)).active
    assert sheet is not None
    book = "\n".join(",".join(str(c.value or "") for c in row) for row in sheet.iter_rows())
    for table in (text, book):
        lines = {line.split(",")[0]: line for line in table.splitlines()}
        assert CANARY not in lines[held.number]
        assert "家门口" not in lines[held.number]
        assert "清平街道" in lines[held.number]
        assert f"路灯坏了七天，{CANARY}，我叫〔姓名〕，电话〔电话〕。" in lines[out.number]
        assert NAME not in table
        assert PHONE not in table


def test_the_desk_looks_corrects_and_releases_on_one_page(town: Town) -> None:
    matter = lamp()
    client = signed_in(town, "operator")
    url = f"/staff/m/{matter.number}/public"
    page = client.get(url).content.decode()
    assert f'<mark title="姓名">{NAME}</mark>' in page
    digest = re.search(r'name="seen" value="([^"]+)"', page)
    assert digest
    assert client.post(url, {"do": "hide", "text": CANARY, "kind": "name"}).status_code == 302
    answer = client.post(url, {"do": "release", "seen": digest[1]})
    assert answer.status_code == 400
    assert "请再看一遍" in answer.content.decode()
    assert released.texts([matter.pk]) == {}
    digest = re.search(r'name="seen" value="([^"]+)"', client.get(url).content.decode())
    assert digest
    assert client.post(url, {"do": "release", "seen": digest[1]}).status_code == 302
    page = client.get(url).content.decode()
    assert "operator 于" in page
    assert released.texts([matter.pk]) == {matter.pk: "路灯坏了三天，〔姓名〕，我叫〔姓名〕，电话〔电话〕。"}
    assert client.post(url, {"do": "withdraw"}).status_code == 302
    assert released.texts([matter.pk]) == {}
    hidden = lamp(shielded=True)
    page = client.get(f"/staff/m/{hidden.number}/public").content.decode()
    assert 'value="release"' not in page
    assert "不对外公开" in page
    assert signed_in(town, "supervisor").get(url).status_code == 403


def test_a_number_in_the_words_shows_its_ends_until_somebody_asks_for_it_with_a_purpose(town: Town) -> None:
    for contact in ({}, {"name": "王秀英", "phone": "13900000001"}):
        matter = lamp(channel="web", **contact)
        assert PHONE in Words.objects.get(matter=matter, field="words").text
        url = f"/staff/m/{matter.number}"
        client = signed_in(town, "operator")
        page = client.get(url).content.decode()
        assert CANARY in page
        assert "138****5678" in page
        for address in (url, "/staff/search?state=open", "/staff/inbox"):
            assert PHONE not in client.get(address).content.decode()
        before = Entry.objects.filter(matter=matter, verb="read").count()
        answer = client.post(f"{url}/contact", {"purpose": "约上门时间"})
        assert PHONE in answer.content.decode()
        entry = Entry.objects.filter(matter=matter, verb="read").order_by("turn")[before]
        assert entry.facts["fields"] == [*contact, "words"]
        assert Words.objects.get(matter=matter, turn=entry.turn, field="purpose").text == "约上门时间"
        # The next look is veiled again.
        assert PHONE not in client.get(url).content.decode()
    plain = lamp(channel="web", words="路灯坏了三天")
    client.post(f"/staff/m/{plain.number}/contact", {"purpose": "看看"})
    assert not Words.objects.filter(matter=plain, field="purpose", text="看看").exists()
