"""Two platforms tell one story: a matter goes from 110 to 12345 and back, whichever of the two we are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.desk.people import BOOK_TEXT, Town, of_unit, settle
from tests.support.platform import Platform
from wuxiao.desk.base import fresh
from wuxiao.desk.base.actor import RESIDENT, SYSTEM
from wuxiao.desk.case import outbox
from wuxiao.desk.case.act import act
from wuxiao.desk.diary import diary
from wuxiao.desk.doors import keys
from wuxiao.desk.look import shelves
from wuxiao.desk.matters import matters
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.town import books
from wuxiao.desk.ways import Sent
from wuxiao.desk.ways.hook import fits, signature
from wuxiao.records.models import Contact, Entry, Matter, Message, Staff, Webhook, Words, WorkOrder
from wuxiao.typed import ids

pytestmark = pytest.mark.django_db
SECRET = "a-secret-both-platforms-share-0123456789"
LEAK = "楼上漏水把我家天花板泡了,物业不管"
SIGNED = [{"level": n, "agreed": True, "at": "2026-09-07T09:30:00+08:00"} for n in range(1, 5)]
OFFER = {
    "words": LEAK,
    "category": "",
    "division": "990101001",
    "way": "one_touch",
    "caller_agrees": True,
    "reason": "物业纠纷,不属警务",
    "sign_offs": SIGNED,
    "contact": {"name": "王女士", "phone": "13900000001"},
}


@pytest.fixture
def town() -> Town:
    return settle()


@pytest.fixture
def far_end() -> Iterator[Platform]:
    with Platform(SECRET) as platform:
        yield platform


@pytest.fixture
def police(town: Town, far_end: Platform) -> Platform:
    """We are 12345; the far end is 110."""
    keys.create_hook("police", "police_110", far_end.url, by=town.admin, at=timezone.now(), secret=SECRET)
    return far_end


@pytest.fixture
def hotline(town: Town, far_end: Platform) -> Platform:
    """We are 110; the far end is 12345."""
    keys.create_hook("hotline", "hotline", far_end.url, by=town.admin, at=timezone.now(), secret=SECRET)
    return far_end


def say(platform: Platform, name: str, at: datetime | None = None, delivery: str = "", **content: Any) -> Any:
    body, headers = platform.notice(at or timezone.now(), delivery, **content)
    return knock(name, body, headers)


def knock(name: str, body: bytes, headers: dict[str, str]) -> Any:
    return Client().post(f"/exchange/v1/{name}/notices", data=body, content_type="application/json", headers=headers)


def sent(platform: Platform) -> list[dict[str, Any]]:
    """Everything our worker delivers now."""
    before = len(platform.taken)
    outbox.send_due(at=timezone.now() + timedelta(seconds=1))
    return platform.taken[before:]


def verbs(matter: Matter) -> list[str]:
    return list(Entry.objects.filter(matter=matter).order_by("turn").values_list("verb", flat=True))


def test_110_hands_over_and_hears_of_everything_until_the_answer(town: Town, police: Platform) -> None:
    answer = say(police, "police", verb="sign", number="JQ2026-000123", offer=OFFER)
    assert answer.status_code == 200
    assert answer.json() == {
        "result": "offered", "number": "JQ2026-000123", "external_id": "JQ2026-000123", "state": "offered",
    }  # fmt: skip
    matter = Matter.objects.get(number="JQ2026-000123")
    assert (matter.holder, matter.offered_to, matter.sender) == ("police_110", "hotline", "police_110")
    handed = Entry.objects.get(matter=matter, verb="hand_in")
    assert handed.actor == "platform"
    assert [row["level"] for row in handed.facts["sign_offs"]] == [1, 2, 3, 4]
    assert (handed.facts["way"], handed.facts["caller_agrees"]) == ("one_touch", True)
    assert WorkOrder.objects.get(matter=matter).way == "one_touch"
    assert Contact.objects.get(matter=matter).phone == "13900000001"
    # What 110 did itself is not told back to it.
    assert sent(police) == []

    now = timezone.now()
    act(matter.pk, "accept", {}, by=town.operator, at=now)
    category = {"category": "env.noise.construction", "handling_class": "complaint"}
    act(matter.pk, "classify", category, by=town.operator, at=now)
    lead = Matter.objects.get(pk=matter.pk).route_why["lead"]
    act(matter.pk, "assign", {"unit": lead}, by=town.operator, at=now)
    handler = of_unit(town, lead, at=now)
    act(matter.pk, "accept", {}, by=handler, at=now)
    act(matter.pk, "note", {"words": "内部:已电话约谈物业"}, by=handler, at=now)
    given = {"evidence": "phone_record", "reply": "物业已修好水管。"}
    act(matter.pk, "answer", given, by=handler, at=now)

    heard = sent(police)
    assert [n["verb"] for n in heard] == ["accept", "classify", "assign", "accept", "answer"]
    assert all(n["external_id"] == "JQ2026-000123" == n["number"] for n in heard)
    assert heard[-1]["said"] == {"reply": "物业已修好水管。"}
    assert not any("offer" in n for n in heard)
    assert "内部" not in str(heard)
    assert police.refused == 0


def test_refusing_goes_back_with_the_reason_and_it_can_be_offered_again(town: Town, police: Platform) -> None:
    say(police, "police", verb="sign", number="JQ-1-00001", offer=OFFER)
    matter = Matter.objects.get()
    act(matter.pk, "refuse", {"reason": "有人受伤,应由110处理"}, by=town.operator, at=timezone.now())
    matter.refresh_from_db()
    assert (matter.state, matter.holder) == ("intake", "police_110")
    (notice,) = sent(police)
    assert (notice["verb"], notice["said"]) == ("refuse", {"reason": "有人受伤,应由110处理"})
    again = say(police, "police", verb="sign", number="JQ-1-00001", offer=OFFER)
    assert again.json()["result"] == "offered"
    assert Matter.objects.count() == 1
    assert WorkOrder.objects.filter(matter=matter, role="lead").count() == 2


def test_we_are_110_the_hotline_accepts_and_answers(town: Town, hotline: Platform) -> None:
    now = timezone.now()
    report = Report(words=LEAK, division="990101001", phone="13900000001", place="幸福路3号")
    matter = matters.receive(report, by=town.police, at=now)
    given = {"unit": "hotline", "way": "push", "caller_agrees": "yes", "reason": "物业纠纷"}
    act(matter.pk, "divert", given, by=town.police, at=now)
    assert sent(hotline) == []
    for level in range(1, 5):
        act(matter.pk, "sign", {"reason": "同意"}, by=town.people[f"reviewer{level}"], at=now)
    (notice,) = sent(hotline)
    assert (notice["verb"], notice["state"], notice["number"]) == ("sign", "offered", matter.number)
    offer = notice["offer"]
    assert offer["words"] == LEAK
    assert offer["contact"]["phone"] == "13900000001"
    assert [(s["level"], s["agreed"]) for s in offer["sign_offs"]] == [(n, True) for n in range(1, 5)]
    # The words were put in on sending: what is stored of the notice holds no personal word.
    stored = Message.objects.get(way="hook").text
    assert LEAK not in stored
    assert "13900000001" not in stored

    taken = say(hotline, "hotline", verb="accept", number="RX-900", external_id=matter.number)
    assert taken.json() == {
        "result": "accepted", "number": matter.number, "external_id": "RX-900", "state": "intake",
    }  # fmt: skip
    matter.refresh_from_db()
    assert matter.holder == "hotline"
    noted = say(hotline, "hotline", verb="assign", number="RX-900", said={"reason": "派给住建局"})
    assert noted.json()["result"] == "noted"
    assert Entry.objects.get(matter=matter, verb="note").seen
    wrong = say(hotline, "hotline", verb="answer", number="RX-900", said={"reply": "已修好"})
    assert wrong.status_code == 422
    assert {e["field"] for e in wrong.json()["errors"]} == {"evidence"}
    facts = {"evidence": "work_record"}
    done = say(hotline, "hotline", verb="answer", number="RX-900", facts=facts, said={"reply": "已修好"})
    assert (done.status_code, done.json()["state"]) == (200, "answered")
    assert Words.objects.get(matter=matter, field="reply").text == "已修好"
    assert verbs(matter)[-3:] == ["accept", "note", "answer"]
    # Everything the far end did was not echoed to it, and the chain is whole.
    assert sent(hotline) == []
    previous = ""
    for entry in Entry.objects.filter(matter=matter).order_by("turn"):
        assert entry.seal == diary.seal_of(previous, entry)
        previous = entry.seal


def test_an_objection_goes_back_to_the_platform_that_answered(town: Town, hotline: Platform) -> None:
    test_we_are_110_the_hotline_accepts_and_answers(town, hotline)
    matter = Matter.objects.get()
    act(matter.pk, "object", {"reason": "还在漏"}, by=RESIDENT, at=timezone.now())
    (notice,) = sent(hotline)
    assert (notice["verb"], notice["said"], notice["external_id"]) == ("object", {"reason": "还在漏"}, "RX-900")
    heard = say(hotline, "hotline", verb="stand_down", number="RX-900", said={"reply": "x"})
    assert heard.status_code == 409


def test_danger_passes_all_sign_offs_in_both_directions(town: Town, police: Platform) -> None:
    danger = {"words": "有人要跳楼", "emergency": True, "reason": "轻生", "contact": {"phone": "13900000002"}}
    answer = say(police, "police", verb="bypass", number="JQ-2-00001", offer=danger)
    assert (answer.json()["result"], answer.json()["state"]) == ("urgent", "urgent")
    matter = Matter.objects.get(number="JQ-2-00001")
    assert (matter.holder, matter.handling_class) == ("police_110", "urgent")
    over = say(police, "police", verb="stand_down", number="JQ-2-00001", said={"reply": "已救下,家属陪同。"})
    assert over.json()["state"] == "intake"

    ours = matters.receive(Report(words="隔壁在打人,快来", phone="13900000003"), by=town.operator, at=timezone.now())
    sent(police)
    act(ours.pk, "bypass", {"reason": "正在打人"}, by=town.operator, at=timezone.now())
    (notice,) = sent(police)
    assert (notice["verb"], notice["offer"]["emergency"]) == ("bypass", True)
    assert notice["offer"]["contact"]["phone"] == "13900000003"


def test_a_hand_over_without_its_four_sign_offs_is_refused(town: Town, police: Platform) -> None:
    short = say(police, "police", verb="sign", number="JQ-3-00001", offer={**OFFER, "sign_offs": SIGNED[:3]})
    assert short.status_code == 422
    assert short["Content-Type"].startswith("application/problem+json")
    problem = short.json()
    assert problem["errors"][0]["field"] == "sign_offs"
    assert problem["detail_zh"] != problem["detail_en"]
    bare = say(police, "police", verb="sign", number="JQ-3-00001", offer={"words": "x", "sign_offs": SIGNED})
    assert {e["field"] for e in bare.json()["errors"]} == {"way", "caller_agrees", "reason"}
    assert Matter.objects.count() == 0


def test_without_the_callers_agreement_no_contact_is_taken_or_given(town: Town, police: Platform) -> None:
    say(police, "police", verb="sign", number="JQ-4-00001", offer={**OFFER, "caller_agrees": False})
    assert not Contact.objects.exists()
    assert Matter.objects.count() == 1


def test_forged_old_and_unknown_are_turned_away(town: Town, police: Platform) -> None:
    content = {"verb": "sign", "number": "JQ-5-00001", "offer": OFFER}
    now = timezone.now()
    body, headers = police.notice(now, **content)
    tampered = body.replace("漏水".encode(), "着火".encode())
    forged = {**headers, "X-Wuxiao-Signature": "sha256=" + "0" * 64}
    later = {**headers, "X-Wuxiao-Time": str(int(now.timestamp()) + 60)}
    old, old_headers = police.notice(now - timedelta(minutes=6), **content)
    early, early_headers = police.notice(now + timedelta(minutes=6), **content)
    attempts: dict[str, Callable[[], Any]] = {
        "tampered": lambda: knock("police", tampered, headers),
        "forged": lambda: knock("police", body, forged),
        "moved in time": lambda: knock("police", body, later),
        "old": lambda: knock("police", old, old_headers),
        "from the future": lambda: knock("police", early, early_headers),
        "another platform's name": lambda: knock("hotline", body, headers),
        "no headers": lambda: knock("police", body, {}),
    }
    for name, attempt in attempts.items():
        assert attempt().status_code == 401, name
    assert Matter.objects.count() == 0
    assert knock("police", body, headers).status_code == 200
    hook = keys.hooks()[0]
    keys.revoke_hook(hook.pk, by=town.admin, at=now)
    body, headers = police.notice(timezone.now(), verb="add", number="JQ-5-00001", said={"words": "还在漏"})
    assert knock("police", body, headers).status_code == 401


def test_a_moment_may_be_written_with_twelve_digits_and_no_more(town: Town, police: Platform) -> None:
    body, headers = police.notice(timezone.now(), "d-12", verb="sign", number="JQ-7-00001", offer=OFFER)
    for width, status in ((13, 401), (12, 200)):
        moment = headers["X-Wuxiao-Time"].zfill(width)
        given = {"X-Wuxiao-Time": moment, "X-Wuxiao-Signature": police.mark("d-12", moment, body)}
        assert knock("police", body, headers | given).status_code == status, width
    assert Matter.objects.count() == 1


def test_a_replayed_notice_changes_nothing(town: Town, police: Platform) -> None:
    body, headers = police.notice(timezone.now(), "d-1", verb="sign", number="JQ-6-00001", offer=OFFER)
    assert knock("police", body, headers).json()["result"] == "offered"
    matter = Matter.objects.get()
    act(matter.pk, "refuse", {"reason": "材料不全"}, by=town.operator, at=timezone.now())
    before = verbs(matter)
    assert knock("police", body, headers).json() == {
        "result": "duplicate", "number": matter.number, "external_id": matter.number, "state": "intake",
    }  # fmt: skip
    assert verbs(matter) == before
    # Hidden from them since: the same again does not tell what stands there now.
    act(matter.pk, "shield", {"unit": "police_110"}, by=RESIDENT, at=timezone.now())
    assert knock("police", body, headers).json() == {"result": "duplicate"}
    other = say(police, "police", delivery="d-1", verb="sign", number="JQ-6-99999", offer=OFFER)
    assert other.status_code == 422
    assert other.json()["type"].endswith(":conflict")
    assert Matter.objects.count() == 1


def test_a_platform_knows_nothing_of_matters_it_has_no_part_in(town: Town, police: Platform) -> None:
    ours = matters.receive(Report(words="路灯坏了"), by=RESIDENT, at=timezone.now())
    gone = say(police, "police", verb="refuse", number="X-12345", external_id=ours.number, said={"reason": "不管"})
    assert gone.status_code == 404
    silent = say(police, "police", verb="assign", number="X-12345", external_id=ours.number)
    assert silent.json()["result"] == "ignored"
    assert "number" not in silent.json()
    hidden = matters.receive(Report(words="110出警态度差", about=("police_110",)), by=RESIDENT, at=timezone.now())
    act(hidden.pk, "classify", {"category": "conduct.police", "handling_class": "complaint"}, by=town.operator,
        at=timezone.now())  # fmt: skip
    assert sent(police) == []
    assert Message.objects.filter(way="hook").count() == 0


def test_words_the_caller_adds_at_110_reach_the_unit_that_has_it(town: Town, police: Platform) -> None:
    say(police, "police", verb="sign", number="JQ-7-00001", offer=OFFER)
    matter = Matter.objects.get()
    act(matter.pk, "accept", {}, by=town.operator, at=timezone.now())
    added = say(police, "police", verb="add", number="JQ-7-00001", said={"words": "今天又漏了"})
    assert added.json()["result"] == "noted"
    assert verbs(matter)[-1] == "add"
    # But what is decided is ours now.
    assert say(police, "police", verb="answer", number="JQ-7-00001", said={"reply": "好了"}).status_code == 403


def test_a_platform_that_is_down_hears_it_later_and_once(town: Town, police: Platform) -> None:
    say(police, "police", verb="sign", number="JQ-8-00001", offer=OFFER)
    act(Matter.objects.get().pk, "accept", {}, by=town.operator, at=timezone.now())
    police.mode = "down"
    assert sent(police) == []
    row = Message.objects.get(way="hook")
    assert (row.state, row.attempts) == ("queued", 1)
    police.mode = "ok"
    outbox.send_due(at=timezone.now() + timedelta(minutes=2))
    outbox.send_due(at=timezone.now() + timedelta(minutes=4))
    assert [n["verb"] for n in police.taken] == ["accept"]


def test_erased_words_do_not_go_out(town: Town, hotline: Platform) -> None:
    now = timezone.now()
    matter = matters.receive(Report(words=LEAK, phone="13900000001"), by=town.police, at=now)
    given = {"unit": "hotline", "way": "push", "caller_agrees": "yes", "reason": "物业纠纷"}
    act(matter.pk, "divert", given, by=town.police, at=now)
    for level in range(1, 5):
        act(matter.pk, "sign", {"reason": "同意"}, by=town.people[f"reviewer{level}"], at=now)
    matters.erase(matter.pk, by=RESIDENT, at=now)
    offers = [n["offer"] for n in sent(hotline) if "offer" in n]
    assert offers
    assert all(o["words"] == "" and "contact" not in o for o in offers)


def test_only_an_administrator_connects_platforms_and_each_is_an_entry(town: Town) -> None:
    from wuxiao.desk.base.errors import Invalid, Refused

    now = timezone.now()
    with pytest.raises(Refused):
        keys.create_hook("x", "hotline", "https://far.example/", by=town.operator, at=now)
    with pytest.raises(Invalid) as wrong:
        keys.create_hook("Not a name!", "nobody", "ftp://far.example", ["fly"], by=town.admin, at=now, secret="short")
    assert set(wrong.value.fields) == {"name", "unit", "url", "verbs", "secret"}
    hook, secret = keys.create_hook("far", "hotline", "https://far.example/x", by=SYSTEM, at=now)
    assert len(secret) >= 32
    with pytest.raises(Invalid):
        keys.create_hook("far", "hotline", "https://far.example/x", by=SYSTEM, at=now)
    keys.revoke_hook(hook.pk, by=town.admin, at=now)
    town_verbs = list(Entry.objects.filter(matter=None).order_by("turn").values_list("verb", flat=True))
    assert town_verbs[-2:] == ["create_hook", "revoke_hook"]
    assert not Entry.objects.filter(facts__icontains=secret).exists()


# ------------------------------------------------------------------------------- the door to connecting, and its locks


def test_a_captured_notice_cannot_come_again_under_another_name(town: Town, police: Platform, client: Client) -> None:
    at = timezone.now()
    matter = matters.receive(Report(words=LEAK, unit="hotline"), by=RESIDENT, at=at)
    matter = act(matter.pk, "bypass", {"reason": "有危险"}, by=town.operator, at=at)
    body, headers = police.notice(at, "d2", verb="add", number=matter.number, said={"words": "已到现场"})
    url = "/exchange/v1/police/notices"

    def post(given: dict[str, str]) -> int:
        more = {f"HTTP_{k.upper().replace('-', '_')}": v for k, v in given.items()}
        return client.post(url, body, content_type="application/json", **more).status_code

    assert post(headers) == 200
    entries = Entry.objects.filter(matter=matter).count()
    assert post({**headers, "X-Wuxiao-Delivery": "attacker-1"}) == 401
    assert post(headers) == 200, "the same delivery again is a duplicate"
    assert Entry.objects.filter(matter=matter).count() == entries


def test_a_secret_is_exchanged_without_losing_a_notice(town: Town, police: Platform, client: Client) -> None:
    at = timezone.now()
    hook = keys.hooks()[0]
    _, fresh_secret = keys.rotate_hook(hook.pk, by=town.admin, at=at)
    assert fresh_secret != SECRET
    # They have the old one still: ours carries both signatures, theirs is taken.
    assert isinstance(keys.try_hook(hook.pk, by=town.admin, at=at), Sent)
    body, headers = police.notice(at, verb="ping", number="ping")
    more = {f"HTTP_{k.upper().replace('-', '_')}": v for k, v in headers.items()}
    answer = client.post("/exchange/v1/police/notices", body, content_type="application/json", **more)
    assert (answer.status_code, answer.json()["result"]) == (200, "pong")
    # They have the new one now.
    police.secret = fresh_secret
    assert isinstance(keys.try_hook(hook.pk, by=town.admin, at=at), Sent)
    # After the overlap the old one opens nothing.
    hook.refresh_from_db()
    assert hook.secrets(at + keys.OVERLAP - timedelta(seconds=1)) == (fresh_secret, SECRET)
    assert hook.secrets(at + keys.OVERLAP) == (fresh_secret,)
    assert not fits(signature(SECRET, "d", "1", b"x"), hook.secrets(at + keys.OVERLAP), "d", "1", b"x")


def test_an_administrator_connects_tests_and_disconnects_a_platform_on_the_page(
    town: Town, far_end: Platform, client: Client
) -> None:
    page = "/staff/platforms"
    Staff.objects.filter(pk=town.admin.staff_id).update(must_change_password=False)
    client.force_login(Staff.objects.get(pk=town.admin.staff_id))
    assert client.get(page).status_code == 200
    bad = client.post(page, {"do": "connect", "name": "110", "unit": "police_110", "url": "http://platform.example/x"})
    assert bad.status_code == 400
    assert "https://" in bad.content.decode()
    assert keys.hooks() == []
    given = {"do": "connect", "name": "police", "unit": "police_110", "url": far_end.url, "secret": SECRET}
    made = client.post(page, given)
    assert SECRET in made.content.decode()
    assert "/exchange/v1/police/notices" in made.content.decode()
    (hook,) = keys.hooks()
    assert SECRET not in client.get(page).content.decode()
    assert client.post(page, {"do": "test", "platform": hook.pk}).status_code == 302
    assert [one["verb"] for one in far_end.taken] == ["ping"]
    far_end.mode = "down"
    failed = client.post(page, {"do": "test", "platform": hook.pk})
    assert failed.status_code == 400
    assert "503" in failed.content.decode()
    assert client.post(page, {"do": "test", "platform": "²"}).status_code == 400
    client.post(page, {"do": "disconnect", "platform": hook.pk})
    assert not keys.hooks()[0].active
    said = list(
        Entry.objects.filter(matter=None, verb__endswith="_hook").order_by("turn").values_list("verb", flat=True)
    )
    assert said == ["create_hook", "try_hook", "try_hook", "revoke_hook"]


def test_a_hand_over_that_the_far_end_refuses_for_its_clock_is_tried_again(town: Town, police: Platform) -> None:
    at = timezone.now()
    matter = matters.receive(Report(words=LEAK, unit="hotline"), by=RESIDENT, at=at)
    act(matter.pk, "bypass", {"reason": "有危险"}, by=town.operator, at=at)
    police.secret = "another-secret-that-does-not-fit-0123456789"
    outbox.send_due(at=at + timedelta(seconds=1), ways=("hook",))
    row = Message.objects.filter(way="hook").first()
    assert row is not None
    assert (row.state, row.attempts) == ("queued", 1)
    police.secret = SECRET
    outbox.send_due(at=at + timedelta(minutes=10), ways=("hook",))
    row.refresh_from_db()
    assert row.state == "sent"


@pytest.mark.parametrize("state", ["handling", "waiting", "closed"])
def test_danger_the_caller_tells_at_110_is_heard_in_every_state(town: Town, police: Platform, state: str) -> None:
    say(police, "police", verb="sign", number="JQ-9-00001", offer=OFFER)
    matter = Matter.objects.get(number="JQ-9-00001")
    now = timezone.now()
    act(matter.pk, "accept", {}, by=town.operator, at=now)
    category = {"category": "env.noise.construction", "handling_class": "complaint"}
    matter = act(matter.pk, "classify", category, by=town.operator, at=now)
    lead = matter.route_why["lead"]
    act(matter.pk, "assign", {"unit": lead}, by=town.operator, at=now)
    handler = of_unit(town, lead, at=now)
    act(matter.pk, "accept", {}, by=handler, at=now)
    if state == "waiting":
        act(matter.pk, "ask", {"reply": "哪一层？"}, by=handler, at=now)
    if state == "closed":
        act(matter.pk, "withdraw", {}, by=RESIDENT, at=now)
    quiet = say(police, "police", verb="add", number="JQ-9-00001", said={"words": "水停了"})
    assert (quiet.status_code, Matter.objects.get(pk=matter.pk).danger_open) == (200, False)
    say(police, "police", verb="add", number="JQ-9-00001", said={"words": "屋里全是煤气味，老人晕倒了"})
    matter.refresh_from_db()
    assert (matter.state, matter.danger_open) == (state, True)


GAS = "屋里全是煤气味，老人晕倒了"


@pytest.mark.parametrize("verb", ["rate", "call_back", "appeal", "shield", "urge", "note"])
@pytest.mark.parametrize("closed", [False, True])
def test_danger_said_there_in_whatever_step_is_heard(town: Town, police: Platform, verb: str, closed: bool) -> None:
    answer = say(police, "police", verb="sign", number="JQ-9-00007", offer=OFFER)
    assert answer.status_code == 200
    matter = Matter.objects.get(number="JQ-9-00007")
    matter = act(matter.pk, "accept", {}, by=town.operator, at=timezone.now())
    if closed:
        matter = act(matter.pk, "withdraw", {}, by=RESIDENT, at=timezone.now())
    said = say(police, "police", verb=verb, number="JQ-9-00007", said={"words": GAS})
    assert (said.status_code, said.json()["result"]) == (200, "noted")
    matter.refresh_from_db()
    assert (matter.state == "closed", matter.danger_open) == (closed, True)
    assert Words.objects.filter(matter=matter, text__contains=GAS).exists()


@pytest.mark.parametrize("words", ["有人要跳楼", "又来一个电话"])
def test_an_emergency_in_a_matter_that_is_here_already_is_heard_not_refused(
    town: Town, police: Platform, words: str
) -> None:
    say(police, "police", verb="sign", number="JQ-9-00008", offer=OFFER)
    matter = Matter.objects.get(number="JQ-9-00008")
    matter = act(matter.pk, "accept", {}, by=town.operator, at=timezone.now())
    danger = {"words": words, "emergency": True, "reason": "情况紧急"}
    answer = say(police, "police", verb="bypass", number="JQ-9-00008", offer=danger)
    assert (answer.status_code, answer.json()["result"]) == (200, "noted")
    matter.refresh_from_db()
    assert (matter.holder, matter.danger_open) == ("hotline", True)
    assert Words.objects.filter(matter=matter, text=words).exists()
    matter = act(matter.pk, "bypass", {"reason": "110 来电"}, by=town.operator, at=timezone.now())
    assert (matter.state, matter.holder) == ("urgent", "police_110")


def test_an_offer_that_is_refused_is_heard(town: Town, police: Platform) -> None:
    say(police, "police", verb="sign", number="JQ-9-00009", offer=OFFER)
    matter = Matter.objects.get(number="JQ-9-00009")
    act(matter.pk, "accept", {}, by=town.operator, at=timezone.now())
    again = say(police, "police", verb="sign", number="JQ-9-00009", offer={**OFFER, "words": GAS})
    assert again.status_code >= 400
    matter.refresh_from_db()
    assert matter.danger_open


def with_the_hotline(town: Town, hotline: Platform) -> Matter:
    """We are 110; the hotline accepted it and works on it."""
    now = timezone.now()
    matter = matters.receive(Report(words=LEAK, division="990101001"), by=town.police, at=now)
    given = {"unit": "hotline", "way": "push", "caller_agrees": "yes", "reason": "物业纠纷"}
    act(matter.pk, "divert", given, by=town.police, at=now)
    for level in range(1, 5):
        act(matter.pk, "sign", {"reason": "同意"}, by=town.people[f"reviewer{level}"], at=now)
    say(hotline, "hotline", verb="accept", number="RX-901", external_id=matter.number)
    # It asked to hear of hand-overs alone.
    Webhook.objects.filter(name="hotline").update(verbs=["sign", "object"])
    fresh.forget()
    sent(hotline)
    return Matter.objects.get(pk=matter.pk)


@pytest.mark.parametrize(("verb", "field"), [("add", "words"), ("urge", "reason"), ("withdraw", "reason")])
def test_danger_told_later_reaches_the_platform_that_works_on_it_with_the_words(
    town: Town, hotline: Platform, verb: str, field: str
) -> None:
    matter = with_the_hotline(town, hotline)
    act(matter.pk, "add", {"words": "什么时候来看"}, by=RESIDENT, at=timezone.now())
    assert sent(hotline) == []
    act(matter.pk, verb, {field: GAS}, by=RESIDENT, at=timezone.now())
    (notice,) = sent(hotline)
    assert notice["facts"]["danger"]
    assert notice["said"] == {field: GAS}
    assert not any(GAS in row.text for row in Message.objects.filter(way="hook")), "words are put in on sending"


def test_danger_told_by_who_was_joined_reaches_the_platform_too(town: Town, hotline: Platform) -> None:
    main = with_the_hotline(town, hotline)
    other = matters.receive(Report(words=LEAK, division="990101001"), by=RESIDENT, at=timezone.now())
    other = act(other.pk, "merge", {"matter": main.number}, by=town.operator, at=timezone.now())
    sent(hotline)
    act(other.pk, "add", {"words": GAS}, by=RESIDENT, at=timezone.now())
    (notice,) = sent(hotline)
    assert notice["said"]["words"] == GAS
    act(other.pk, "withdraw", {"reason": "不报了，" + GAS}, by=RESIDENT, at=timezone.now())
    (notice,) = [n for n in sent(hotline) if n["number"] == main.number]
    assert (notice["verb"], notice["said"]["reason"]) == ("warned", "不报了，" + GAS)


def test_whoever_it_is_hidden_from_learns_nothing_of_the_danger(town: Town, hotline: Platform) -> None:
    matter = with_the_hotline(town, hotline)
    act(matter.pk, "add", {"words": GAS}, by=RESIDENT, at=timezone.now())
    # Hidden while the notice waits, and from then on.
    act(matter.pk, "shield", {"unit": "hotline"}, by=RESIDENT, at=timezone.now())
    act(matter.pk, "add", {"words": GAS}, by=RESIDENT, at=timezone.now())
    assert sent(hotline) == []
    assert Matter.objects.get(pk=matter.pk).danger_open


def test_a_co_unit_hears_of_danger_by_mail_and_first_on_its_list(town: Town) -> None:
    now = timezone.now()
    text = BOOK_TEXT.replace("\nfire = { zh", '\nfire = { mail = "fire@example.invalid", zh', 1)
    text = text.replace("\nurban_mgmt = { zh", '\nurban_mgmt = { mail = "urban@example.invalid", zh', 1)
    books.adopt(text, name="mail.toml", effective_from=now, by=SYSTEM, at=now)
    rows = [matters.receive(Report(words=LEAK, division="990101001"), by=RESIDENT, at=now) for _ in range(2)]
    category = {"category": "env.noise.construction", "handling_class": "complaint"}
    handler = of_unit(town, "urban_mgmt", at=now)
    for n, matter in enumerate(rows):
        act(matter.pk, "classify", category, by=town.operator, at=now)
        act(matter.pk, "assign", {"unit": "urban_mgmt"}, by=town.operator, at=now)
        act(matter.pk, "accept", {}, by=handler, at=now)
        act(matter.pk, "join", {"unit": "fire", "task": "看消防", "term_days": str(2 + n)}, by=handler, at=now)
    act(rows[1].pk, "add", {"words": GAS}, by=RESIDENT, at=now)
    told = Message.objects.filter(verb="danger")
    assert {row.address for row in told} == {"fire@example.invalid", "urban@example.invalid"}
    assert not any(GAS[:4] in row.text or rows[1].number in row.text for row in told)
    viewer = of_unit(town, "fire", at=now).viewer
    assert viewer is not None
    assert shelves.shelf_page(viewer, "inbox", now=now).ids[0] == rows[1].pk
    act(rows[1].pk, "shield", {"unit": "fire"}, by=RESIDENT, at=now)
    act(rows[1].pk, "add", {"words": GAS}, by=RESIDENT, at=now)
    assert Message.objects.get(verb="danger", address="fire@example.invalid").state == "dropped"


def test_an_offer_under_a_number_of_our_own_form_tells_of_none_in_use(town: Town, police: Platform) -> None:
    hidden = matters.receive(Report(words="110出警态度差", about=("police_110",)), by=RESIDENT, at=timezone.now())
    unused = f"{hidden.number[:-5]}{'22222' if not hidden.number.endswith('22222') else '33333'}"
    for number in (hidden.number, unused, unused.lower(), unused.replace("W", "Ｗ")):
        answer = say(police, "police", verb="sign", number=number, offer=OFFER)
        if answer.status_code != 200:
            continue
        said = answer.json()
        assert said["result"] == "offered"
        assert said["number"] not in {hidden.number, unused, number}
        assert said["external_id"] == ids.number(number)
    assert Matter.objects.filter(number=hidden.number).count() == 1
    assert not Matter.objects.filter(number=unused).exists()
    assert Matter.objects.filter(external_id=hidden.number).exists()
    assert Matter.objects.filter(external_id=unused).exists()
