"""A guesser inside: what a handler of the unit complained of, its parent, or a former handler might read between lines.

The walk of `test_canary` looks for a hidden matter's words. Here somebody looks for the mere fact that there is one: in
what is counted, ordered, numbered, suggested, joined, refused or said by machines, at the unit and as a resident.
"""

from __future__ import annotations

import itertools
import json
import random
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from tests.desk.people import MONDAY
from tests.feeds.machines import Machine
from tests.stories.canary import World, plain
from wuxiao.desk.assist import hot, similar
from wuxiao.desk.base.actor import RESIDENT, SYSTEM, of_staff
from wuxiao.desk.base.errors import DeskError, Invalid, NotFound
from wuxiao.desk.base.veiled import seal, unseal, unveil, veil
from wuxiao.desk.case import entries
from wuxiao.desk.case.act import act
from wuxiao.desk.case.keyset import Cursor
from wuxiao.desk.doors import staff
from wuxiao.desk.doors.staff import Appointment
from wuxiao.desk.look import handed
from wuxiao.desk.matters import exchange, matters
from wuxiao.desk.matters.matters import Report
from wuxiao.records.models import Entry, Matter, Message, Webhook, WorkOrder
from wuxiao.rules.access import Role, Scope

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
PLACE = "990101001001"
RARE = "龘靐齉爩"


@pytest.fixture
def world() -> World:
    return World(random.Random("attacker"), MONDAY)


def secret(words: str = f"{RARE}摊贩占道，他们收钱", **more: Any) -> Matter:
    return matters.receive(Report(words=words, about=("urban_mgmt",), division=PLACE, **more), by=RESIDENT, at=MONDAY)


def test_the_more_than_twenty_ways_look_the_same_before_and_after_one_comes_in(world: World) -> None:
    """Every observation a guesser can repeat is the same, byte for byte, once twelve hidden ones came in."""
    here = [world.client_of(name) for name in ("chengguan", "chengguan_lead", "chengguan_chief")]
    visitor, bureau = Client(), Machine(world.secrets["urban_mgmt"])
    asked: dict[str, Callable[[Any], Any]] = {
        "search by a common word": lambda c: c.get("/staff/search?q=占道"),
        "search by a rare word": lambda c: c.get(f"/staff/search?q={RARE}"),
        "search by its place": lambda c: c.get(f"/staff/search?division={PLACE}"),
        "search of what is late": lambda c: c.get("/staff/search?late=1"),
        "a list of everything taken out": lambda c: c.post(
            "/staff/search/export", {"query": "state=open", "purpose": "核对", "as": "csv"}
        ),
        "the second page": lambda c: c.get("/staff/q/all?after=" + str(Cursor(MONDAY - HOUR, 1))),
        "how lists are ordered": lambda c: c.get("/staff/q/all"),
        "the dashboard": lambda c: c.get("/staff/dashboard"),
        "hot issues": lambda c: c.get("/staff/hot"),
        "how often suggestions were right": lambda c: c.get("/staff/reading"),
        "models and how much they learned from": lambda c: c.get("/staff/reading/models"),
        "what was said of a likeness": lambda c: c.get(
            "/staff/intake/alike", {"words": "东门市场摊贩占道", "division": PLACE}
        ),
        "suggestions while typing": lambda c: c.post("/staff/intake/suggest", {"words": f"{RARE}摊贩占道，他们收钱"}),
        "places while typing": lambda c: c.get("/staff/intake/places", {"q": RARE}),
        "a number as a caller": lambda c: c.get("/staff/intake/caller", {"phone": "19909907777"}),
        "call-backs": lambda c: c.get("/staff/call-backs"),
        "what was handed over": lambda c: c.get("/staff/handed"),
        "messages in trouble": lambda c: c.get("/staff/outbox"),
        "the audit page": lambda c: c.get("/staff/audit"),
    }
    outside: dict[str, Callable[[], Any]] = {
        "the list of Open311": lambda: visitor.get("/open311/v2/requests.json"),
        "the feed": lambda: visitor.get("/open311/v2/requests.xml"),
        "what of a bureau's queue": lambda: bureau.get("matters"),
        "theirs by a foreign number": lambda: bureau.get("matters", external_id="ghost-1"),
        "figures of the machine": lambda: visitor.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"}),
        "is it lost, by a telephone": lambda: visitor.post("/find", {"code": "19909907777"}),
    }

    def look() -> dict[str, bytes]:
        cache.clear()
        similar.forget()
        hot.look(at=MONDAY)
        found = {f"{what} ({n})": _plain(ask(c)) for what, ask in asked.items() for n, c in enumerate(here)}
        return found | {what: _plain(ask()) for what, ask in outside.items()}

    look()
    before = look()
    for n in range(12):
        secret(f"{RARE}东门市场摊贩占道{n}", phone="19909907777", place=f"{RARE}巷", external_id="ghost-1")
    after = look()
    assert [what for what in before if before[what] != after[what]] == []
    assert len(asked) + len(outside) > 20
    # There was something to be seen: who may see it sees it.
    assert RARE.encode() in world.client_of("supervisor").get(f"/staff/search?q={RARE}").content


def _plain(answer: Any) -> bytes:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    heads = {k: v for k, v in answer.items() if k.lower() not in {"date", "x-request-id", "content-length", "etag"}}
    return plain(content + json.dumps(heads, sort_keys=True).encode())


class TestJoinedAndTakenApart:
    """A plain matter that was joined with a hidden one comes back to the unit without a trace of the other."""

    @pytest.fixture
    def both(self, world: World) -> tuple[Matter, Matter]:
        plain, hidden = world.plain[0], secret(phone="19909907777")
        # 110 passed the plain one on: its platform hears of what is done to it.
        WorkOrder.objects.create(
            matter=plain, unit="hotline", sender="police_110", role="lead", state="done", sent_at=MONDAY
        )
        act(hidden.pk, "merge", {"matter": plain.number}, by=world.town.operator, at=MONDAY)
        # Whoever reported the hidden one speaks on the plain one, where the work is done.
        act(hidden.pk, "add", {"words": f"{RARE}：他们又来收钱了"}, by=RESIDENT, at=MONDAY + HOUR)
        act(hidden.pk, "urge", {"reason": f"{RARE}怎么还没来"}, by=RESIDENT, at=MONDAY + timedelta(days=2))
        at = MONDAY + timedelta(days=2, hours=1)
        act(hidden.pk, "unmerge", {"reason": "不是一件事"}, by=world.town.operator, at=at)
        for verb, given in (("classify", {"category": "urban.street.stalls", "handling_class": "complaint"}),
                            ("assign", {"unit": "urban_mgmt"})):  # fmt: skip
            act(plain.pk, verb, given, by=world.town.operator, at=at)
        plain.refresh_from_db()
        hidden.refresh_from_db()
        assert plain.hidden == frozenset()
        assert "urban_mgmt" in hidden.hidden
        return plain, hidden

    def test_neither_page_nor_paper_nor_interface_tells_of_it(self, world: World, both: tuple[Matter, Matter]) -> None:
        plain, hidden = both
        bureau = Machine(world.secrets["urban_mgmt"])
        assert bureau.post(f"matters/{plain.number}/accept", {}).status_code == 200
        client = world.client_of("chengguan")
        answers = [client.get(f"/staff/m/{plain.number}"), client.get(f"/staff/m/{plain.number}/print")]
        answers.append(bureau.get(f"matters/{plain.number}/entries"))
        for answer in answers:
            assert answer.status_code == 200
            for word in (RARE, hidden.number, "隐去", "一同变动", "并案诉求人"):
                assert word not in answer.content.decode(), (answer.request["PATH_INFO"], word)
        kept = {e.verb for e in entries.entries_of(plain, by=world.town.chengguan)}
        assert kept >= {"receive", "classify", "assign"}
        # Who oversees the unit still reads the whole of it.
        whole = world.client_of("supervisor").get(f"/staff/m/{plain.number}").content.decode()
        assert hidden.number in whole
        assert RARE in whole

    def test_no_platform_is_told_the_others_number(self, world: World, both: tuple[Matter, Matter]) -> None:
        _, hidden = both
        rows = Message.objects.filter(way="hook").exclude(matter=hidden)
        assert {"add", "urge"} <= {row.verb for row in rows}, "what was said on it is told"
        assert not any(hidden.number in row.text for row in rows)

    def test_who_reported_the_plain_one_reads_no_number_of_the_other(self, world: World) -> None:
        """A handler may be a resident too: a report of their own, joined to a hidden one, names it nowhere."""
        hidden, own = secret(), world.plain[1]
        act(own.pk, "merge", {"matter": hidden.number}, by=world.town.operator, at=MONDAY)
        visitor = Client()
        for url in (f"/p/{own.code}", f"/p/{own.code}/data.json", f"/p/{own.code}/receipt.txt"):
            answer = visitor.get(url)
            assert answer.status_code == 200
            assert hidden.number.encode() not in answer.content, url
            assert RARE.encode() not in answer.content, url


class TestCrowdedOut:
    """What is nearest is looked for among what somebody may be told of, not left out afterwards."""

    def test_likeness_shows_as_many_however_many_hidden_ones_are_nearer(self, world: World) -> None:
        words = "体育馆北门的自动扶梯停了一个月"
        mine = matters.receive(Report(words=f"{words}，没人管", division=PLACE), by=RESIDENT, at=MONDAY)
        act(mine.pk, "classify", {"category": "urban.street.stalls", "handling_class": "complaint"},
            by=world.town.operator, at=MONDAY)  # fmt: skip
        act(mine.pk, "assign", {"unit": "urban_mgmt"}, by=world.town.operator, at=MONDAY)

        def seen() -> list[tuple[str, float]]:
            similar.forget()
            found = similar.like(words, by=world.town.chengguan_lead, at=MONDAY + HOUR)
            return [(one.row.number, round(one.score, 6)) for one in found]

        before = seen()
        assert [number for number, _ in before] == [mine.number]
        for n in range(2 * similar._ASK + 5):
            secret(f"{words}{n % 10}")
        assert seen() == before

    def test_answers_to_hidden_ones_are_compared_with_nothing(self, world: World) -> None:
        def answered(about: tuple[str, ...], unit: str, category: str, reply: str) -> None:
            report = Report(words="楼道灯坏了", about=about, division=PLACE)
            matter = matters.receive(report, by=RESIDENT, at=MONDAY)
            operator = world.town.operator
            act(matter.pk, "classify", {"category": category, "handling_class": "request"}, by=operator, at=MONDAY)
            act(matter.pk, "assign", {"unit": unit}, by=operator, at=MONDAY)
            handler = world.town.people[f"handler_{unit}"]
            act(matter.pk, "accept", {}, by=handler, at=MONDAY)
            given = {"reply": reply, "evidence": "work_record", "ticked": ["0"], "contact_made": "1"}
            act(matter.pk, "answer", given, by=handler, at=MONDAY + HOUR)

        asked = f"已到现场核实，{RARE}一事当天处理完毕，结果已经电话告知。"
        answered((), "urban_mgmt", "urban.street.stalls", "已到现场核实，路灯一事当天处理完毕，结果已经电话告知。")
        similar.forget()
        before = similar.answers_like(asked)
        assert len(before) == 1
        answered(("urban_mgmt",), "housing", "housing.property.service", asked)
        similar.forget()
        assert similar.answers_like(asked) == before


class TestNumbersInARow:
    """Rows are numbered as they come: no number that leaves the house may tell how many came between two others."""

    def test_numbers_of_files_lead_back_and_stand_in_no_order(self) -> None:
        shown = [veil("file", n) for n in range(1, 400)]
        assert [unveil("file", n) for n in shown] == list(range(1, 400))
        assert max(shown) < 2**52
        assert len({a < b for a, b in itertools.pairwise(shown)}) == 2
        assert min(abs(a - b) for a, b in itertools.pairwise(shown)) > 10**6
        assert veil("file", 7) != veil("message", 7)
        assert [unveil("file", n) for n in (-1, 2**52, 10**18 - 1)] == [0, 0, 0]
        assert unveil("file", veil("file", 2**52 - 1)) == 2**52 - 1

    def test_where_a_page_ended_is_sealed(self) -> None:
        here = Cursor(MONDAY.replace(microsecond=123456), 4711)
        again = Cursor.read(str(here))
        assert again == here
        assert str(here) == str(Cursor(here.at, 4711))
        assert len({str(Cursor(MONDAY, n))[:6] for n in range(50)}) > 45
        for wrong in (
            "",
            "x",
            str(here)[:-2],
            str(here)[:-1] + "é",
            "A" * 300,
            seal("cursor", b"short"),
            seal("?", b"1" * 16),
        ):
            assert Cursor.read(wrong) is None
        assert unseal("cursor", "AAAA") is None

    def test_the_desks_list_and_a_units_interface_name_no_rows(self, world: World) -> None:
        page = world.client_of("operator").get("/staff/q/intake").content.decode()
        ticked = re.findall(r'type="checkbox" name="(\w+)" value="([^"]+)"', page)
        assert ticked
        assert all(name == "number" and value.startswith("WX") for name, value in ticked)


class TestRefusals:
    """What is refused about a hidden number is refused in the words for one that does not exist."""

    def test_steps_that_name_another_matter(self, world: World) -> None:
        hidden, none = secret(), "WX20260907-00000"
        mine = world.plain[0]
        act(mine.pk, "classify", {"category": "urban.street.stalls", "handling_class": "complaint"},
            by=world.town.operator, at=MONDAY)  # fmt: skip
        act(mine.pk, "assign", {"unit": "urban_mgmt"}, by=world.town.operator, at=MONDAY)
        act(mine.pk, "accept", {}, by=world.town.chengguan_lead, at=MONDAY)
        said = []
        for number in (hidden.number, none):
            with pytest.raises(Invalid) as refused:
                act(mine.pk, "merge", {"matter": number}, by=world.town.chengguan_lead, at=MONDAY)
            said.append({k: t.zh.replace(number, "N") for k, t in refused.value.fields.items()})
        assert said[0] == said[1]

    def test_another_platform_that_names_it(self, world: World) -> None:
        hidden = matters.receive(
            Report(words=RARE, about=("some_station",), division=PLACE, external_id="PD-1"), by=RESIDENT, at=MONDAY
        )
        assert "police_110" in hidden.hidden
        # It had a part in it once.
        WorkOrder.objects.create(
            matter=hidden, unit="hotline", sender="police_110", role="lead", state="done", sent_at=MONDAY
        )
        hook = Webhook.objects.get(unit="police_110")

        def answer(verb: str, number: str, external: str) -> str:
            notice = exchange.Notice(
                id=f"{verb}-{number}-{external}", verb=verb, number=number, external_id=external,
                said={"reason": "不管", "words": "x"},
            )  # fmt: skip
            try:
                taken = exchange.take(notice, hook, at=MONDAY)
            except DeskError as error:
                return f"{type(error).__name__}: {error.text.zh}".replace(number, "N")
            return f"{taken.result} {taken.matter} {taken.why.zh if taken.why else ''}"

        turns = Entry.objects.filter(matter=hidden).count()
        for verb in ("accept", "refuse", "stand_down", "answer", "note", "add", "urge", "withdraw"):
            for known, unknown in ((hidden.number, "WX20260907-00000"), ("PD-1", "PD-2")):
                assert answer(verb, known, "") == answer(verb, unknown, ""), verb
                assert answer(verb, "x-1", known) == answer(verb, "x-1", unknown), verb
        assert Entry.objects.filter(matter=hidden).count() == turns

    def test_a_desk_that_handed_over_two_is_not_told_which_of_them_is_about_itself(self, world: World) -> None:
        def passed_on(about: tuple[str, ...]) -> Matter:
            matter = matters.receive(
                Report(words="楼上装修扰民", unit="police_110", channel="call_110", division=PLACE),
                by=RESIDENT,
                at=MONDAY,
            )
            police = world.town.police
            act(matter.pk, "classify", {"category": "env.noise.construction", "handling_class": "complaint"}, by=police,
                at=MONDAY)  # fmt: skip
            act(matter.pk, "divert", {"unit": "hotline", "way": "push", "caller_agrees": "yes", "reason": "不属警务"},
                by=police, at=MONDAY)  # fmt: skip
            for level in (1, 2, 3, 4):
                act(matter.pk, "sign", {"reason": "同意"}, by=world.town.people[f"reviewer{level}"], at=MONDAY)
            act(matter.pk, "accept", {}, by=world.town.operator, at=MONDAY)
            for one in about:
                act(
                    matter.pk,
                    "shield",
                    {"body" if one == "some_station" else "unit": one},
                    by=world.town.operator,
                    at=MONDAY,
                )
            return Matter.objects.get(pk=matter.pk)

        own, others = passed_on(("some_station",)), passed_on(("urban_mgmt",))
        assert "police_110" in own.hidden
        assert "police_110" not in others.hidden
        found, _ = handed.page(world.town.police)
        assert {(one.number, one.watched, one.state, one.holder) for one in found} == {("", True, "", "")}
        client = world.client_of("police")
        pages = [client.get(f"/staff/m/{m.number}").content.decode().replace(m.number, "N") for m in (own, others)]
        assert _plain_text(pages[0]) == _plain_text(pages[1])
        with pytest.raises(NotFound):
            handed.one(own.number, by=world.town.chengguan)


def _plain_text(page: str) -> str:
    return plain(page.encode()).decode()


def test_two_who_see_the_same_but_for_one_unit_share_no_count(world: World) -> None:
    """Counts are kept for a minute: by what somebody sees, and by what is hidden from them."""
    person, _ = staff.create(
        "wide", "wide", [Appointment(Role.CHIEF, "gov", Scope.COUNTY)], by=SYSTEM, at=MONDAY, encoded="x"
    )
    world.town.people["wide"] = of_staff(person, world_book())
    type(person).objects.update(must_change_password=False)
    secret()
    cache.clear()
    wide, narrow = (world.client_of(n).get("/staff/dashboard").content for n in ("wide", "chengguan_chief"))
    cache.clear()
    assert world.client_of("chengguan_chief").get("/staff/dashboard").content != wide
    assert _plain_text(narrow.decode()) == _plain_text(
        world.client_of("chengguan_chief").get("/staff/dashboard").content.decode()
    )


def world_book() -> Any:
    from wuxiao.desk.town import books

    return books.current(MONDAY).book
