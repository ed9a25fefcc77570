"""Secrecy and emergencies go whole from 110 to 12345 and back; what is wrong with a field holds up neither."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.utils import timezone

from tests.desk.people import Town, settle
from tests.feeds.test_exchange import OFFER, SECRET, SIGNED, say, sent
from tests.support.platform import Platform
from wuxiao.desk.base.actor import RESIDENT
from wuxiao.desk.base.errors import Invalid
from wuxiao.desk.case.act import act
from wuxiao.desk.doors import keys
from wuxiao.desk.matters import matters, offers
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.town import books
from wuxiao.records.models import Contact, Entry, Matter, Words
from wuxiao.rules import hide

pytestmark = [pytest.mark.django_db, pytest.mark.either]
FIRE = "我家着火了人出不来"


@pytest.fixture
def town() -> Town:
    return settle()


@pytest.fixture
def police(town: Town) -> Iterator[Platform]:
    """We are 12345; the far end is 110."""
    with Platform(SECRET) as far:
        keys.create_hook("police", "police_110", far.url, by=town.admin, at=timezone.now(), secret=SECRET)
        yield far


@pytest.fixture
def hotline(town: Town) -> Iterator[Platform]:
    """We are 110; the far end is 12345."""
    with Platform(SECRET) as far:
        keys.create_hook("hotline", "hotline", far.url, by=town.admin, at=timezone.now(), secret=SECRET)
        yield far


def offered(platform: Platform, number: str, **more: Any) -> Any:
    return say(platform, "police", verb="sign", number=number, offer={**OFFER, **more})


def reach(*about: str) -> frozenset[str]:
    return hide.from_about(books.current(timezone.now()).book, about)


# -------------------------------------------------------------------------------------------------------- secrecy in


@pytest.mark.parametrize(
    ("given", "about", "notes"),
    [
        ({"about": ["water"], "shielded": True}, ("water",), False),
        ({"about": ["some_village"], "shielded": True}, ("some_village",), False),
        ({"hidden": ["water"]}, ("water",), False),
        (
            {"about": ["sd_far"], "named": {"sd_far": {"kind": "sub_district", "name": "远乡"}}},
            ("some_township",),
            True,
        ),
        ({"about": ["x9"], "named": {"x9": {"kind": "", "name": "东河村村委会"}}}, ("some_village",), True),
    ],
)
def test_an_offer_says_from_whom_it_is_kept(
    town: Town, police: Platform, given: dict[str, Any], about: tuple[str, ...], notes: bool
) -> None:
    book = books.current(timezone.now()).book
    about = tuple(one if hide.known(book, one) else next(u for u in book.units if one in u) for one in about)
    given = {
        k: [about[0] if one == "water" else one for one in v] if isinstance(v, list) else v for k, v in given.items()
    }
    answer = offered(police, "JQ-20-00001", **given)
    assert answer.status_code == 200, answer.json()
    assert answer.json()["result"] == "offered"
    matter = Matter.objects.get()
    assert matter.shielded
    assert hide.from_about(book, about, matter.division) <= matter.hidden
    assert ("why" in answer.json()) == notes
    assert Words.objects.filter(matter=matter, text__contains="最近的一类").exists() == notes


def test_a_unit_nobody_knows_is_asked_for_and_an_emergency_is_taken(town: Town, police: Platform) -> None:
    strange = offered(police, "JQ-21-00001", about=["zzz"])
    assert (strange.status_code, [e["field"] for e in strange.json()["errors"]]) == (422, ["about"])
    taken = offered(police, "JQ-21-00001", about=["zzz"], emergency=True)
    assert taken.json()["result"] == "urgent"
    assert Matter.objects.get().shielded


@pytest.mark.parametrize("emergency", [False, True])
def test_about_the_police_it_is_taken_and_110_sees_no_more_of_it(town: Town, police: Platform, emergency: bool) -> None:
    answer = say(
        police, "police", delivery="d-9", verb="sign", number="JQ-22-00001",
        offer={**OFFER, "about": ["ps_qingping"], "shielded": True, "emergency": emergency},
    )  # fmt: skip
    assert answer.json()["result"] == "kept", answer.json()
    assert "number" not in answer.json()
    matter = Matter.objects.get()
    assert reach("ps_qingping") == matter.hidden
    assert matter.shielded
    assert matter.holder == ("police_supervision" if emergency else "hotline")
    again = say(police, "police", delivery="d-9", verb="sign", number="JQ-22-00001", offer=OFFER)
    assert again.json() == {"result": "duplicate"}
    assert Matter.objects.count() == 1
    assert sent(police) == []


def test_what_we_hand_over_says_from_whom_it_is_kept(town: Town, hotline: Platform) -> None:
    now = timezone.now()
    report = Report(words="村委会吃拿卡要", division="990101001", phone="13900000001", about=("some_village",))
    matter = matters.receive(replace(report, shielded=True), by=town.police, at=now)
    given = {"unit": "hotline", "way": "push", "caller_agrees": "yes", "reason": "不属警务"}
    act(matter.pk, "divert", given, by=town.police, at=now)
    for level in range(1, 5):
        act(matter.pk, "sign", {"reason": "同意"}, by=town.people[f"reviewer{level}"], at=now)
    offer = next(n["offer"] for n in sent(hotline) if "offer" in n)
    matter.refresh_from_db()
    assert offer["about"] == ["some_village"]
    assert offer["hidden"] == sorted(matter.hidden) != []
    assert offer["shielded"] is True
    assert offer["named"]["some_village"]["name"]
    # Who has it there hears of what is kept from whom later, too.
    say(hotline, "hotline", verb="accept", number="RX-31", external_id=matter.number)
    act(matter.pk, "shield", {"body": "some_township"}, by=RESIDENT, at=now)
    notice = next(n for n in sent(hotline) if n["verb"] == "shield")
    assert notice["facts"]["about"] == ["some_township", "some_village"]
    assert notice["facts"]["shielded"] is True


# ---------------------------------------------------------------------------------------------------- said there later


def at_110(town: Town, police: Platform, number: str) -> Matter:
    """A matter that 110 holds and was offered to us."""
    offered(police, number)
    return Matter.objects.get(number=number)


def test_a_wish_for_secrecy_is_carried_out(town: Town, police: Platform) -> None:
    matter = at_110(town, police, "JQ-23-00001")
    said = {"words": "不要让派出所知道"}
    done = say(
        police, "police", verb="shield", number="JQ-23-00001", said=said, facts={"about": ["ps_qingping"]}
    )  # fmt: skip
    assert done.json()["result"] == "kept", done.json()
    matter.refresh_from_db()
    assert matter.shielded
    assert reach("ps_qingping") <= matter.hidden
    assert matter.holder not in matter.hidden
    entries = Entry.objects.filter(matter=matter, verb="shield")
    assert entries.get().facts["about"] == ["ps_qingping"]


def test_one_that_names_nobody_we_know_is_refused_with_a_sentence(town: Town, police: Platform) -> None:
    at_110(town, police, "JQ-24-00001")
    wrong = say(police, "police", verb="shield", number="JQ-24-00001", facts={"about": ["zzz"]})
    assert (wrong.status_code, [e["field"] for e in wrong.json()["errors"]]) == (422, ["about"])
    for shape in (1, "ps_qingping", {"a": 1}, [1], True):
        wrong = say(police, "police", verb="shield", number="JQ-24-00001", facts={"about": shape})
        assert wrong.status_code == 422, shape
    bare = say(police, "police", verb="shield", number="JQ-24-00001", facts={})
    assert bare.json()["result"] == "noted"
    assert Matter.objects.get().shielded


def test_an_offer_whose_words_accuse_is_kept_as_at_every_door(town: Town, police: Platform) -> None:
    words = "城管队员收了我的秤，要我交五百块"
    assert offered(police, "JQ-42-00001", words=words).json()["result"] == "offered"
    assert Matter.objects.get().hidden == reach("urban_mgmt")
    assert offered(police, "JQ-42-00002", words=words, shielded=False).json()["result"] == "offered"
    assert Matter.objects.get(number="JQ-42-00002").hidden == frozenset(), "it says that it need not be kept"
    about_them = offered(police, "JQ-42-00003", words="清平派出所民警昨天打了我，不给说法")
    assert about_them.json()["result"] == "kept"
    assert "number" not in about_them.json()


def test_what_they_brought_they_take_back_with_her_word_and_nothing_else(town: Town, police: Platform) -> None:
    now, number = timezone.now(), "JQ-40-00001"
    offered(police, number, about=["some_village"], shielded=True)
    matter = Matter.objects.get()
    act(matter.pk, "shield", {"unit": "housing"}, by=RESIDENT, at=now)
    brought = hide.from_about(books.current(now).book, ["some_village"], matter.division)
    unsure: tuple[dict[str, Any], ...] = (
        {},
        {"about": []},
        {"caller_agrees": True},
        {"caller_agrees": "true", "about": []},
    )
    for facts in unsure:
        answer = say(police, "police", verb="unshield", number=number, facts=facts)
        assert answer.json()["result"] == "ignored", facts
    matter.refresh_from_db()
    assert matter.hidden == brought | {"housing"}
    gone = {"about": [], "shielded": False, "caller_agrees": True}
    for result in ("noted", "ignored"):
        assert say(police, "police", verb="unshield", number=number, facts=gone).json()["result"] == result
    matter.refresh_from_db()
    assert (matter.hidden, matter.shielded) == ({"housing"}, False), "what she asked for here stays"
    entry = Entry.objects.get(matter=matter, verb="unshield")
    assert (entry.actor, entry.unit) == ("system", "police_110")


def test_what_is_still_named_stays_and_who_is_kept_out_takes_nothing_back(town: Town, police: Platform) -> None:
    now = timezone.now()
    offered(police, "JQ-41-00001", about=["some_village", "housing"], shielded=True)
    still = {"about": ["some_village"], "shielded": True, "caller_agrees": True}
    assert say(police, "police", verb="unshield", number="JQ-41-00001", facts=still).json()["result"] == "noted"
    matter = Matter.objects.get()
    assert hide.unpack(matter.about) == {"some_village"}
    assert matter.shielded
    act(matter.pk, "shield", {"unit": "police_110"}, by=RESIDENT, at=now)
    gone = {"about": [], "shielded": False, "caller_agrees": True}
    answer = say(police, "police", verb="unshield", number="JQ-41-00001", facts=gone)
    assert answer.json()["result"] == "ignored"
    assert "number" not in answer.json()
    matter.refresh_from_db()
    assert hide.unpack(matter.about) == {"some_village", "police_110"}


def test_the_other_platform_hears_of_it_only_by_her_word(town: Town, hotline: Platform) -> None:
    now = timezone.now()
    report = Report(
        words="村委会吃拿卡要", division="990101001", about=("some_village", "some_township"), shielded=True
    )
    matter = matters.receive(report, by=town.police, at=now)
    given = {"unit": "hotline", "way": "push", "caller_agrees": "yes", "reason": "不属警务"}
    act(matter.pk, "divert", given, by=town.police, at=now)
    for level in range(1, 5):
        act(matter.pk, "sign", {"reason": "同意"}, by=town.people[f"reviewer{level}"], at=now)
    say(hotline, "hotline", verb="accept", number="RX-41", external_id=matter.number)
    sent(hotline)
    act(matter.pk, "unshield", {"whom": ["some_village"]}, by=RESIDENT, at=now)
    assert not [n for n in sent(hotline) if n["verb"] == "unshield"]
    act(matter.pk, "unshield", {"whom": ["some_township"], "caller_agrees": "yes"}, by=RESIDENT, at=now)
    (notice,) = [n for n in sent(hotline) if n["verb"] == "unshield"]
    assert (notice["facts"]["about"], notice["facts"]["shielded"], notice["facts"]["caller_agrees"]) == ([], True, True)
    assert "freed" not in notice["facts"]


@pytest.mark.parametrize("verb", ["add", "urge", "note"])
def test_words_that_accuse_a_unit_are_kept_from_it_before_they_are_shown(
    town: Town, police: Platform, verb: str
) -> None:
    matter = at_110(town, police, "JQ-25-00001")
    words = "她说打人的是清平派出所的民警，别让派出所知道是她说的"
    said = say(police, "police", verb=verb, number="JQ-25-00001", said={"words": words})
    matter.refresh_from_db()
    if verb == "note":
        # What the other desk notes itself is no word of the requester's.
        assert (said.json()["result"], matter.hidden) == ("noted", frozenset())
        return
    assert said.json()["result"] == "kept", said.json()
    assert reach("ps_qingping") <= matter.hidden
    assert matter.shielded
    kept = Entry.objects.filter(matter=matter, verb="shield").get()
    assert Words.objects.filter(matter=matter, text__contains=words).exists()
    assert kept.facts["hidden"]
    quiet = at_110(town, police, "JQ-25-00002")
    say(police, "police", verb=verb, number="JQ-25-00002", said={"words": "今天又漏了"})
    quiet.refresh_from_db()
    assert quiet.hidden == frozenset()


# ---------------------------------------------------------------------------------------------------------- emergencies


@pytest.mark.parametrize(
    ("wrong", "kept"),
    [
        ({"contact": {"phone": "13900000002", "email": "not a mail"}}, {"email": "", "phone": "13900000002"}),
        ({"contact": {"name": "王" * 90, "phone": "13900000002"}}, {"name": "王" * 60}),
        ({"contact": {"phone": "12"}}, {}),
        ({"contact": ["13900000002"]}, {}),
        ({"place": "幸" * 300}, {"place": "幸" * 200}),
        ({"words": "有人要跳楼" * 5000}, {"words": ("有人要跳楼" * 5000)[:20000]}),
        ({"words": ""}, {}),
        ({"words": None, "lat": 900, "lon": 3}, {}),
        ({"items": 5}, {}),
        ({"shielded": "yes"}, {}),
    ],
)
def test_an_emergency_is_taken_whatever_a_field_holds(
    town: Town, police: Platform, wrong: dict[str, Any], kept: dict[str, str]
) -> None:
    offer = {"words": "有人要跳楼", "emergency": True, "contact": {"phone": "13900000002"}, **wrong}
    answer = say(police, "police", verb="bypass", number="JQ-26-00001", offer=offer)
    assert (answer.status_code, answer.json()["result"]) == (200, "urgent"), answer.json()
    assert answer.json()["why"]["zh"]
    matter = Matter.objects.get()
    assert matter.state == "urgent"
    noted = Entry.objects.filter(matter=matter, verb="note").get()
    assert Words.objects.get(matter=matter, turn=noted.turn).text == answer.json()["why"]["zh"]
    contact = Contact.objects.filter(matter=matter).first()
    have = {"place": matter.place, "words": Words.objects.get(matter=matter, turn=1, field="words").text}
    if contact is not None:
        have |= {"name": contact.name, "phone": contact.phone, "email": contact.email}
    assert have["words"]
    assert {name: have[name] for name in kept} == kept


def test_without_number_verb_or_a_short_delivery_id_it_is_taken_too(town: Town, police: Platform) -> None:
    offer = {"words": FIRE, "emergency": True}
    for content in ({"offer": offer}, {"verb": 5, "number": [], "said": 3, "facts": 1, "offer": offer}):
        answer = say(police, "police", **content)
        assert (answer.status_code, answer.json()["result"]) == (200, "urgent"), answer.json()
    long = say(police, "police", delivery="d" * 120, verb="bypass", number="JQ-27-00001", offer=offer)
    assert long.json()["result"] == "urgent"
    assert say(police, "police", delivery="d" * 120, verb="bypass", number="JQ-27-00001", offer=offer).json()[
        "result"
    ] == "duplicate"  # fmt: skip
    assert Matter.objects.count() == 3


@pytest.mark.parametrize("written", ["true", 1, "是"])
def test_an_emergency_written_wrongly_is_asked_for_anew_unless_its_words_are_sure(
    town: Town, police: Platform, written: Any
) -> None:
    wrong = offered(police, "JQ-28-00001", emergency=written)
    assert wrong.status_code == 422
    assert [e["field"] for e in wrong.json()["errors"]] == ["emergency"]
    assert "true" in wrong.json()["errors"][0]["zh"]
    assert Matter.objects.count() == 0
    sure = offered(police, "JQ-28-00001", emergency=written, words=FIRE)
    assert (sure.status_code, sure.json()["result"]) == (200, "urgent")


def test_danger_in_an_offer_that_is_refused_is_kept_and_the_answer_says_whom_to_call(
    town: Town, police: Platform
) -> None:
    answer = offered(police, "JQ-29-00001", words=FIRE, sign_offs=SIGNED[:2], shielded=True)
    assert answer.status_code == 422
    said = answer.json()
    assert next(iter(said)) == "danger"
    assert "119" in said["danger"]["call"]
    assert said["detail_zh"].startswith(said["danger"]["said"]["zh"])
    matter = Matter.objects.get()
    assert (matter.number, matter.danger_open, matter.shielded) == (said["danger"]["number"], True, True)
    assert "119" in offered(police, "JQ-29-00001", words=FIRE, items=7).json()["danger"]["call"]
    mended = offered(police, "JQ-29-00001", words=FIRE)
    assert (mended.status_code, mended.json()["number"]) == (200, matter.number)
    assert Matter.objects.count() == 1


FIELDS = (
    "words", "reason", "lang", "category", "handling_class", "division", "place", "way", "caller_agrees", "lat", "lon",
    "items", "sign_offs", "contact", "about", "hidden", "named", "shielded", "emergency",
)  # fmt: skip
SHAPES = (None, True, False, 0, -1, 1.5, 10**30, "", "x", [], [1], [None], [[]], [{}], {}, {"a": 1}, {"name": []})


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_of_an_offer_is_read_by_its_shape(town: Town, field: str) -> None:
    book = books.current(timezone.now()).book
    for shape in SHAPES:
        urgent = offers.read({**OFFER, "emergency": True, field: shape} if field != "emergency" else OFFER, {}, book)
        assert urgent is not None, "an emergency is taken whatever a field holds"
        wrong: Invalid | None = None
        try:
            assert type(offers.read({**OFFER, field: shape}, {}, book)) is type(urgent)
        except Invalid as refused:
            wrong = refused
        assert wrong is None or all(said.zh and said.en for said in wrong.fields.values())
        assert wrong is None or wrong.fields


@pytest.mark.parametrize("shape", [True, 10**30, "x", [[]], {"a": 1}], ids=str)
def test_no_shape_of_a_field_is_a_fault_of_ours(town: Town, police: Platform, shape: Any) -> None:
    for n, field in enumerate(FIELDS):
        answer = say(police, "police", verb="sign", number=f"JQ-30-{n:05}", offer={**OFFER, field: shape})
        assert answer.status_code in {200, 422}, (field, shape, answer.content)
    for n, field in enumerate(("verb", "number", "external_id", "facts", "said", "offer")):
        content = {"verb": "add", "number": f"JQ-32-{n:05}", "said": {"words": "x"}, field: shape}
        answer = say(police, "police", **content)
        assert answer.status_code in {200, 400, 404, 409, 422}, (field, shape, answer.content)
