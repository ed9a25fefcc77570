"""Staff pages, told as what people at their desks see and do."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from tests.desk.people import Town, of_unit, settle
from wuxiao.desk.assist import redaction
from wuxiao.desk.base import actor
from wuxiao.desk.base.actor import RESIDENT
from wuxiao.desk.base.veiled import veil
from wuxiao.desk.case.act import act
from wuxiao.desk.case.keyset import Cursor
from wuxiao.desk.doors import appointments
from wuxiao.desk.house import beat
from wuxiao.desk.look.search import Filters, search
from wuxiao.desk.matters import matters, released
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.town import books
from wuxiao.records.models import Access, ApiKey, CallBack, Entry, Matter, Message, SavedFilter, Staff, Words

pytestmark = [pytest.mark.django_db, pytest.mark.either]
NOISE = "幸福小区东门工地夜里十二点还在打桩，吵得老人孩子睡不着，请管一管。"


@pytest.fixture
def town() -> Town:
    cache.clear()
    return settle()


def signed_in(town: Town, name: str, lang: str = "zh-hans") -> Client:
    person = town.staff(name)
    Staff.objects.filter(pk=person.pk).update(must_change_password=False, lang=lang)
    client = Client(raise_request_exception=True)
    client.force_login(person)
    client.cookies["lang"] = lang
    return client


def noise(**more: object) -> Matter:
    values: dict[str, object] = {"words": NOISE, "division": "990101001", "phone": "13900000001", "name": "陈女士"}
    return matters.receive(Report(**{**values, **more}), by=RESIDENT, at=timezone.now())  # type: ignore[arg-type]


def classed(town: Town, matter: Matter) -> Matter:
    given = {"category": "env.noise.construction", "handling_class": "complaint", "items": "停止夜间施工"}
    return act(matter.pk, "classify", given, by=town.operator, at=timezone.now())


def handling(town: Town, matter: Matter) -> Matter:
    matter = classed(town, matter)
    lead = matter.route_why["lead"]
    act(matter.pk, "assign", {"unit": lead}, by=town.operator, at=timezone.now())
    return act(matter.pk, "accept", {}, by=of_unit(town, lead), at=timezone.now())


def hidden_of(page: str, verb: str) -> dict[str, str]:
    form = re.search(rf'action="[^"]*/{verb}".*?</form>', page, re.S)
    assert form, f"no form for {verb}"
    return dict(re.findall(r'<input type="hidden" name="(version|turn|once)" value="([^"]*)"', form.group(0)))


class TestSigningIn:
    def test_a_one_time_password_must_be_changed_before_anything_else(self, town: Town) -> None:
        person = town.staff("operator")
        proposed, first = appointments.propose_reset(person.pk, by=town.security, at=timezone.now())
        assert proposed is not None
        second = appointments.decide(proposed.pk, "confirmed", by=town.admin, at=timezone.now())
        client = Client()
        answer = client.post("/staff/sign-in", {"username": "operator", "password": f"{first}-{second}"})
        assert answer["Location"] == "/staff/password"
        assert client.get("/staff/")["Location"] == "/staff/password"
        given = {"old": f"{first}-{second}", "new": "柳树下的石桥边晒鱼干", "again": "柳树下的石桥边晒鱼干"}
        assert client.post("/staff/password", given)["Location"] == "/staff/"
        assert client.get("/staff/").status_code == 200

    def test_a_page_left_alone_asks_again(self, town: Town) -> None:
        client = signed_in(town, "operator")
        assert client.get("/staff/").status_code == 200
        session = client.session
        session["seen"] = (timezone.now() - timedelta(hours=2)).isoformat()
        session.save()
        answer = client.get("/staff/")
        assert "idle=1" in answer["Location"]
        assert client.get("/staff/").status_code == 302

    def test_the_address_is_found_without_its_stroke(self, town: Town) -> None:
        assert Client().get("/staff").headers["Location"] == "/staff/"

    def test_nobody_is_led_to_another_site(self, town: Town) -> None:
        page = Client().get("/staff/sign-in?next=https://elsewhere.example/staff").content.decode()
        assert '<input type="hidden" name="next" value="/staff/">' in page

    def test_the_language_goes_with_the_person(self, town: Town) -> None:
        client = signed_in(town, "operator")
        client.cookies["lang"] = "en"
        assert "To do" in client.get("/staff/").content.decode()
        assert town.staff("operator").lang == "en"


@pytest.mark.both
class TestLists:
    def test_the_inbox_shows_what_waits_for_me_what_is_due_first_on_top(self, town: Town) -> None:
        later = noise(words="公园的长椅坏了，想请修一修。")
        first = noise()
        Access.objects.filter(matter=first).update(sort_at=timezone.now() - timedelta(hours=3))
        page = signed_in(town, "operator").get("/staff/").content.decode()
        assert page.index(first.number) < page.index(later.number)

    def test_a_matter_hidden_from_a_unit_is_on_none_of_its_lists_nor_opened_by_number(self, town: Town) -> None:
        matter = noise(words="县城管局的人态度恶劣，在街上骂人。", about=("urban_mgmt",))
        of_unit(town, "urban_mgmt")
        post = Staff.objects.get(username="handler_urban_mgmt").posts.get()
        post.scope = "county"
        post.save()
        theirs = signed_in(town, "handler_urban_mgmt")
        assert matter.number in signed_in(town, "supervisor").get("/staff/q/all").content.decode()
        assert matter.number not in theirs.get("/staff/q/all").content.decode()
        assert matter.number not in theirs.get("/staff/search?q=态度恶劣").content.decode()
        assert theirs.get(f"/staff/m/{matter.number}").status_code == 404

    def test_pages_continue_where_the_last_one_ended(self, town: Town) -> None:
        from wuxiao.desk.case import keyset
        from wuxiao.desk.look import shelves

        numbers = {noise(words=f"第{n}盏路灯不亮").pk for n in range(5)}
        seen: list[int] = []
        after = None
        while True:
            page = shelves.shelf_page(town.operator.viewer, "inbox", now=timezone.now(), after=after, limit=2)
            seen += page.ids
            if page.next is None:
                break
            after = keyset.Cursor.read(str(page.next))
        assert len(seen) == len(set(seen)) == 5
        assert set(seen) == numbers

    def test_a_matter_seen_through_two_posts_stands_once_on_the_list(self, town: Town) -> None:
        from wuxiao.desk.look import shelves

        matter = handling(town, noise())
        person = Staff.objects.get(username=f"handler_{matter.holder}")
        person.posts.create(role="supervisor", unit="sd_qingping", scope="division")
        noise(words="同一街道的另一件事")
        viewer = actor.of_staff(person, books.current(timezone.now()).book).viewer
        assert viewer is not None
        assert set(viewer.principals) == {f"u:{matter.holder}", "d:990101001"}
        page = shelves.shelf_page(viewer, "all", now=timezone.now())
        assert sorted(page.ids) == sorted(Matter.objects.values_list("pk", flat=True))
        assert shelves.shelf_counts(viewer, ["all"], now=timezone.now()) == {"all": 2}
        found = search(viewer, Filters(state="open"), books.current(timezone.now()).book, now=timezone.now())
        assert sorted(found.ids) == sorted(page.ids)

    @pytest.mark.parametrize("name", ["operator", "shift_lead", "police", "reviewer1", "supervisor", "chief"])
    def test_every_shelf_of_every_role_opens_in_both_languages(self, town: Town, name: str) -> None:
        from wuxiao.desk.look import shelves

        handling(town, noise())
        noise()
        for lang in ("zh-hans", "en"):
            client = signed_in(town, name, lang)
            viewer = town.people[name].viewer
            assert viewer is not None
            for shelf in shelves.shelf_names(viewer):
                assert client.get(f"/staff/q/{shelf}", follow=True).status_code == 200, shelf

    def test_a_shelf_of_another_role_is_not_there(self, town: Town) -> None:
        assert signed_in(town, "reviewer1").get("/staff/q/supervised").status_code == 404


class TestMatterPage:
    def test_the_buttons_are_the_verbs_allowed_now_and_the_rest_says_why(self, town: Town) -> None:
        matter = noise()
        page = signed_in(town, "operator").get(f"/staff/m/{matter.number}").content.decode()
        assert f"/staff/m/{matter.number}/classify" in page
        assert f"/staff/m/{matter.number}/assign" not in page
        assert "请先核定分类" in page
        assert f"/staff/m/{matter.number}/accept" not in page

    def test_from_the_desk_to_the_answer_by_buttons_alone(self, town: Town) -> None:
        matter = noise()
        desk = signed_in(town, "operator")
        url = f"/staff/m/{matter.number}"
        sent = hidden_of(desk.get(url).content.decode(), "classify")
        given = {"category": "env.noise.construction", "handling_class": "complaint", "items": "停止夜间施工"}
        assert desk.post(f"{url}/classify", {**sent, **given})["Location"] == url
        page = desk.get(url).content.decode()
        matter.refresh_from_db()
        lead = matter.route_why["lead"]
        assert f'<option value="{lead}" selected>' in page
        assert desk.post(f"{url}/assign", {**hidden_of(page, "assign"), "unit": lead}).status_code == 302
        of_unit(town, lead)
        unit = signed_in(town, f"handler_{lead}")
        assert matter.number in unit.get("/staff/").content.decode()
        assert unit.post(f"{url}/accept", hidden_of(unit.get(url).content.decode(), "accept")).status_code == 302
        sent = hidden_of(unit.get(url).content.decode(), "answer")
        wrong = unit.post(f"{url}/answer", {**sent, "evidence": "site_visit", "reply": "已到场制止。"})
        assert wrong.status_code == 400
        assert "已到场制止。" in wrong.content.decode()
        good = {**sent, "evidence": "site_visit", "reply": "已到场制止。", "ticked": ["0"]}
        advised = re.search(r'name="advised" value="([^"]+)"', unit.post(f"{url}/answer", good).content.decode())
        assert advised
        assert unit.post(f"{url}/answer", {**good, "advised": advised.group(1)}).status_code == 302
        matter.refresh_from_db()
        assert matter.state == "answered"

    @pytest.mark.both
    def test_two_at_once_one_wins_and_the_other_loses_no_text(self, town: Town) -> None:
        matter = classed(town, noise())
        desk = signed_in(town, "operator")
        url = f"/staff/m/{matter.number}"
        sent = hidden_of(desk.get(url).content.decode(), "note")
        act(matter.pk, "note", {"words": "班长看过了"}, by=town.shift_lead, at=timezone.now())
        late = desk.post(f"{url}/note", {**sent, "words": "我打电话问过物业，说今晚停工。"})
        assert late.status_code == 409
        page = late.content.decode()
        assert "我打电话问过物业，说今晚停工。" in page
        assert "班长看过了" in page
        again = {**hidden_of(page, "note"), "words": "我打电话问过物业，说今晚停工。"}
        assert desk.post(f"{url}/note", again).status_code == 302

    def test_words_survive_when_the_step_itself_is_gone(self, town: Town) -> None:
        matter = noise()
        desk = signed_in(town, "operator")
        url = f"/staff/m/{matter.number}"
        matter = classed(town, matter)
        act(matter.pk, "assign", {"unit": matter.route_why["lead"]}, by=town.shift_lead, at=timezone.now())
        late = desk.post(
            f"{url}/decline", {"decline_reason": "litigation", "reply": "请走诉讼程序。", "channel": "法院"}
        )
        assert late.status_code == 403
        assert "请走诉讼程序。" in late.content.decode()

    def test_the_same_click_twice_is_one_step(self, town: Town) -> None:
        matter = noise()
        desk = signed_in(town, "operator")
        url = f"/staff/m/{matter.number}"
        sent = {**hidden_of(desk.get(url).content.decode(), "note"), "words": "记一笔"}
        assert desk.post(f"{url}/note", sent).status_code == 302
        assert desk.post(f"{url}/note", sent).status_code == 302
        assert Entry.objects.filter(matter=matter, verb="note").count() == 1

    def test_contact_is_masked_until_a_purpose_is_given_and_the_read_is_written(self, town: Town) -> None:
        matter = noise()
        desk = signed_in(town, "operator")
        url = f"/staff/m/{matter.number}"
        page = desk.get(url).content.decode()
        assert "已留，查看要写明用途" in page
        assert "139" not in page.split('id="contact"')[1].split("</section>")[0]
        assert "13900000001" not in page
        shown = desk.post(f"{url}/contact", {"purpose": "回电核实地点"}).content.decode()
        assert "13900000001" in shown
        looked, entry = Entry.objects.filter(matter=matter, verb="read").order_by("turn")
        assert (looked.facts["how"], looked.facts["fields"]) == ("page", ["words", "place"])
        # The words of a purpose may name somebody: they lie outside the seal.
        assert "purpose" not in entry.facts
        assert entry.facts["fields"] == ["name", "phone"]
        assert Words.objects.get(matter=matter, turn=entry.turn, field="purpose").text == "回电核实地点"
        assert "13900000001" not in desk.get(url).content.decode()

    def test_a_shielded_requester_is_never_shown_to_the_handling_unit(self, town: Town) -> None:
        matter = handling(town, noise(shielded=True))
        unit = signed_in(town, f"handler_{matter.holder}")
        url = f"/staff/m/{matter.number}"
        answer = unit.post(f"{url}/contact", {"purpose": "想知道是谁"}, follow=True).content.decode()
        assert "13900000001" not in answer
        assert not Entry.objects.filter(matter=matter, verb="read").exclude(facts__how="page").exists()
        desk = signed_in(town, "operator")
        assert "13900000001" in desk.post(f"{url}/contact", {"purpose": "转达"}).content.decode()

    def test_who_is_drawn_for_a_call_back_is_not_on_the_handlers_page(self, town: Town) -> None:
        from wuxiao.desk.base.actor import SYSTEM
        from wuxiao.desk.diary import diary

        matter = handling(town, noise())
        diary.write(Matter.objects.get(pk=matter.pk), "draw", by=SYSTEM, at=timezone.now(), facts={"chance": 1.0})
        url = f"/staff/m/{matter.number}"
        assert "抽中" in signed_in(town, "supervisor").get(url).content.decode()
        assert "抽中" not in signed_in(town, f"handler_{matter.holder}").get(url).content.decode()

    def test_printing_is_written_down_and_carries_a_qr(self, town: Town) -> None:
        matter = noise()
        desk = signed_in(town, "operator")
        url = f"/staff/m/{matter.number}/print"
        assert desk.get(url).status_code == 200
        assert not Entry.objects.filter(matter=matter, verb="print").exists()
        sheet = desk.post(url, {"as": "page"}).content.decode()
        assert 'class="qr-code"' in sheet
        assert "13900000001" not in sheet
        pdf = desk.post(url, {"as": "pdf"}).content
        assert pdf.startswith(b"%PDF")
        assert Entry.objects.filter(matter=matter, verb="print").count() == 2


def queries(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as seen:
        answer = client.get(url)
    assert answer.status_code == 200
    return len(seen)


@pytest.mark.parametrize(
    "url", ["/staff/", "/staff/q/all", "/staff/q/overdue", "/staff/search?state=open", "/staff/search?q=路灯"]
)
def test_a_list_costs_the_same_for_one_row_and_for_three(town: Town, url: str) -> None:
    noise(words="桃花巷路灯不亮")
    client = signed_in(town, "shift_lead")
    one = queries(client, url)
    noise(words="石桥路路灯不亮")
    noise(words="北门路灯也不亮")
    assert queries(client, url) == one <= 15


def test_a_matter_page_costs_the_same_however_much_happened(town: Town) -> None:
    matter = handling(town, noise())
    client = signed_in(town, f"handler_{matter.holder}")
    url = f"/staff/m/{matter.number}"
    one = queries(client, url)
    for n in range(3):
        act(
            matter.pk,
            "note",
            {"words": f"第{n}次现场查看"},
            by=town.people[f"handler_{matter.holder}"],
            at=timezone.now(),
        )
    assert queries(client, url) == one <= 15


def answered(town: Town, matter: Matter) -> Matter:
    matter = handling(town, matter)
    given = {"evidence": "site_visit", "reply": "已到场制止，夜间不再施工。", "ticked": ["0"]}
    return act(matter.pk, "answer", given, by=town.people[f"handler_{matter.holder}"], at=timezone.now())


def drawn(town: Town, matter: Matter) -> CallBack:
    from wuxiao.desk.base.actor import SYSTEM

    matter = act(answered(town, matter).pk, "close", {}, by=SYSTEM, at=timezone.now())
    return CallBack.objects.get(matter=matter)


class TestCallBacks:
    def test_a_call_is_made_by_somebody_else_and_the_number_is_a_written_read(self, town: Town) -> None:
        row = drawn(town, noise())
        number = row.matter.number
        client = signed_in(town, "caller")
        assert client.get("/staff/")["Location"] == "/staff/call-backs"
        assert number in client.get("/staff/call-backs").content.decode()
        url = f"/staff/call-backs/{number}"
        assert "13900000001" not in client.get(url).content.decode()
        assert "13900000001" in client.post(f"{url}/phone").content.decode()
        assert Words.objects.get(matter=row.matter, field="purpose").text == "回访"
        looked, _shown = Entry.objects.filter(matter=row.matter, verb="read").order_by("turn")
        assert looked.facts["how"] == "call_back"
        wrong = client.post(url, {"way": "phone", "contacted": "yes", "solved": "no"})
        assert wrong.status_code == 400
        given = {
            "way": "phone",
            "contacted": "yes",
            "solved": "no",
            "rating": "2",
            "words": "昨晚又打桩了",
            "again": "yes",
        }
        assert client.post(url, given)["Location"] == "/staff/call-backs"
        matter = Matter.objects.get(pk=row.matter_id)
        row.refresh_from_db()
        assert (row.state, row.solved, row.satisfied) == ("done", False, 2)
        assert (matter.state, matter.reopened) == ("handling", 1)

    def test_not_reached_puts_it_off_and_ends_it_at_last(self, town: Town) -> None:
        row = drawn(town, noise())
        client = signed_in(town, "caller")
        url = f"/staff/call-backs/{row.matter.number}"
        client.post(f"{url}/not-reached")
        row.refresh_from_db()
        assert (row.state, row.attempts) == ("trying", 1)
        assert row.matter.number not in client.get("/staff/call-backs").content.decode()

    def test_a_caller_of_the_handling_unit_neither_sees_nor_calls(self, town: Town) -> None:
        row = drawn(town, noise())
        Matter.objects.filter(pk=row.matter_id).update(holder="hotline")
        client = signed_in(town, "caller")
        assert row.matter.number not in client.get("/staff/call-backs").content.decode()
        assert client.get(f"/staff/call-backs/{row.matter.number}").status_code == 404


class TestIntake:
    def test_a_call_becomes_a_matter_and_the_code_is_shown_once(self, town: Town) -> None:
        client = signed_in(town, "operator")
        page = client.get("/staff/intake").content.decode()
        once = re.search(r'name="once" value="([^"]+)"', page)
        assert once
        given = {"words": NOISE, "phone": "139 0000 0002", "category": "env.noise.construction", "once": once.group(1)}
        answer = client.post("/staff/intake", {**given, "items": "夜里停工\n给个说法"})
        matter = Matter.objects.get()
        assert answer["Location"] == f"/staff/intake/receipt/{matter.number}"
        assert (matter.channel, matter.category) == ("phone", "env.noise.construction")
        assert [item["text"] for item in matter.items] == ["夜里停工", "给个说法"]
        assert matter.code[:4] in client.get(answer["Location"]).content.decode()
        client.post("/staff/intake", {**given, "items": "夜里停工\n给个说法"})
        assert Matter.objects.count() == 1
        other = signed_in(town, "shift_lead")
        assert other.get(answer["Location"]).status_code == 302

    def test_words_of_danger_are_seen_while_typing(self, town: Town) -> None:
        client = signed_in(town, "operator")
        answer = client.post("/staff/intake/suggest", {"words": "隔壁有人拿刀砍人，流了好多血"}).json()
        assert answer["danger"]["tier"] == "certain"
        calm = client.post("/staff/intake/suggest", {"words": NOISE}).json()
        assert calm["danger"] is None
        assert any("施工" in g["name"] for g in calm["guesses"])

    def test_what_may_be_danger_is_one_quiet_line_that_blocks_nothing(self, town: Town) -> None:
        client = signed_in(town, "operator")
        words = "昨天被邻居打了一拳，想问怎么处理"
        found = client.post("/staff/intake/suggest", {"words": words}).json()
        assert found["danger"]["tier"] == "perhaps"
        assert "%" not in found["danger"]["why"]
        matter = noise(words=words)
        assert (matter.danger, matter.danger_open) == ([], False)
        assert matter.danger_perhaps == ["violence"]
        page = client.get(f"/staff/m/{matter.number}").content.decode()
        assert "data-perhaps" in page
        assert "请先紧急转 110" not in page
        certain = noise(words="楼下有人拿刀砍人")
        page = client.get(f"/staff/m/{certain.number}").content.decode()
        assert "请先紧急转 110" in page
        assert "data-perhaps" not in page

    def test_no_suggestion_says_urgent_and_the_button_says_class_and_day(self, town: Town) -> None:
        client = signed_in(town, "operator")
        for words in ("隔壁有人拿刀砍人", "井盖没了，有人差点掉下去", "路面塌陷了", NOISE):
            found = client.post("/staff/intake/suggest", {"words": words}).json()
            assert not any(line.startswith("类别：紧急") for line in found["lines"])
            said = client.post("/staff/intake/foreseen", {"words": words}).json()
            assert not said["urgent"]
            assert "答复" in said["said"]
            assert noise(words=words, category="").handling_class != "urgent"
        chosen = {"words": "井盖没了", "category": "hazard.road.manhole"}
        said = client.post("/staff/intake/foreseen", chosen).json()
        assert said["urgent"], "the town's rule for a category that a person chose is shown before it is sent"
        assert "重大紧急" in said["said"]
        assert client.post("/staff/intake/foreseen", {"words": " "}).json()["said"] == ""

    def test_the_callers_earlier_matters_are_found_and_the_read_is_written(self, town: Town) -> None:
        matter = noise()
        client = signed_in(town, "operator")
        page = client.post("/staff/intake/caller", {"phone": "139-0000-0001"}).content.decode()
        assert matter.number in page
        assert Entry.objects.filter(matter=matter, verb="read").count() == 1

    def test_what_was_typed_stays_when_something_is_wrong(self, town: Town) -> None:
        answer = signed_in(town, "operator").post("/staff/intake", {"words": NOISE, "phone": "1390000"})
        assert answer.status_code == 400
        assert NOISE in answer.content.decode()


@pytest.mark.both
class TestSearch:
    def test_two_characters_a_number_and_filters(self, town: Town) -> None:
        lamp = noise(words="桃花巷路灯不亮，老人摔倒了")
        other = noise()
        client = signed_in(town, "operator")

        def found(query: str) -> set[str]:
            page = client.get(f"/staff/search?{query}").content.decode()
            return {n for n in (lamp.number, other.number) if f"/m/{n}" in page}

        assert found("q=路灯") == {lamp.number}
        assert found(f"q={other.number}") == {other.number}
        assert found("state=open") == {lamp.number, other.number}
        assert found("state=closed") == set()
        assert found("q=路灯&division=990101002") == set()
        assert found("kind=nonsense") == set()

    def test_pages_of_a_search_by_words_continue(self, town: Town) -> None:
        made = [noise(words=f"第{n}盏路灯不亮").pk for n in range(5)]
        viewer = town.operator.viewer
        assert viewer is not None
        book = books.current(timezone.now()).book
        for wanted in (Filters(q="路灯"), Filters(state="open")):
            seen: list[int] = []
            after: Cursor | None = None
            while True:
                page = search(viewer, wanted, book, now=timezone.now(), after=after, limit=2)
                seen += page.ids
                if page.next is None:
                    break
                after = Cursor.read(str(page.next))
            assert seen == made[::-1]

    def test_english_words_find_matters_by_their_category_too(self, town: Town) -> None:
        viewer, book = town.operator.viewer, books.current(timezone.now()).book
        assert viewer is not None
        code = next(c.code for c in book.categories.values() if "noise" in c.name.en.lower())
        by_name = matters.receive(Report("楼下天天吵到半夜", category=code), by=town.operator, at=timezone.now()).pk
        by_words = matters.receive(Report("The noise at night is too much"), by=RESIDENT, at=timezone.now()).pk
        matters.receive(Report("路灯不亮", category="urban.facility.lamp"), by=town.operator, at=timezone.now())

        def found(words: str, after: Cursor | None = None, limit: int = 9) -> tuple[int, ...]:
            return search(viewer, Filters(q=words), book, now=timezone.now(), after=after, limit=limit).ids

        assert found("Ｎoise") == (by_words, by_name)
        first = search(viewer, Filters(q="noise"), book, now=timezone.now(), limit=1)
        assert (first.ids, found("noise", first.next)) == ((by_words,), (by_name,))
        assert found("noise zebra") == ()

    def test_a_unit_finds_only_what_it_may_see(self, town: Town) -> None:
        mine, other = handling(town, noise()), noise()
        client = signed_in(town, f"handler_{mine.holder}")
        page = client.get("/staff/search?q=幸福小区").content.decode()
        assert mine.number in page
        assert other.number not in page

    def test_saved_filters_are_ones_own(self, town: Town) -> None:
        client = signed_in(town, "operator")
        client.post("/staff/search/save", {"name": "超时的", "query": "late=1&evil=1"})
        assert "超时的" in client.get("/staff/search").content.decode()
        saved = SavedFilter.objects.get()
        assert saved.query == "late=1"
        other = signed_in(town, "shift_lead")
        assert "超时的" not in other.get("/staff/search").content.decode()
        other.post("/staff/search/save", {"forget": str(saved.pk)})
        assert SavedFilter.objects.count() == 1

    def test_an_export_asks_why_is_written_everywhere_and_runs_no_formula(self, town: Town) -> None:
        matter = noise(words="=HYPERLINK(1) 幸福小区夜里打桩", category="env.noise.construction")
        for one in redaction.of_matter(matter).marks:
            redaction.mark(matter.pk, one.start, one.end, "", by=town.operator, at=timezone.now(), lifted=True)
        seen = released.digest(redaction.of_matter(matter))
        released.release(matter.pk, seen=seen, by=town.operator, at=timezone.now())
        client = signed_in(town, "shift_lead")
        ask = {"query": "state=open", "as": "csv", "purpose": ""}
        assert client.post("/staff/search/export", ask).status_code == 400
        assert not Entry.objects.filter(verb="export").exists()
        answer = client.post("/staff/search/export", {**ask, "purpose": "周例会"})
        text = answer.content.decode("utf-8-sig")
        assert "'=HYPERLINK(1)" in text
        assert "13900000001" not in text
        assert Words.objects.get(matter=matter, field="purpose").text == "周例会"
        # Whose copy it is stands in its last line; the purpose may name somebody and lies outside the town's seal too.
        name = town.staff("shift_lead").name
        assert text.splitlines()[-1].startswith(f"{name} 于 ")
        assert Entry.objects.get(matter=None, verb="export_rows").facts == {"count": 1, "who": name}
        audit = signed_in(town, "auditor").get("/staff/audit?verb=export_rows").content.decode()
        assert "导出1条（用途：周例会）" in audit
        erased = {"text": "", "salt": "", "erased_at": timezone.now()}
        kept = Words.objects.filter(matter=matter, field="purpose")
        before = kept.values("text", "salt", "erased_at").get()
        kept.update(**erased)
        assert "周例会" not in signed_in(town, "auditor").get("/staff/audit?verb=export_rows").content.decode()
        kept.update(**before)
        answer = client.post("/staff/search/export", {**ask, "as": "xlsx", "purpose": "周例会"})
        sheet = load_workbook(BytesIO(answer.content)).active
        assert sheet is not None
        cells = [str(c.value) for row in sheet.iter_rows() for c in row]
        assert "'=HYPERLINK(1) 幸福小区夜里打桩" in cells
        assert str(sheet.cell(sheet.max_row, 1).value).startswith(f"{name} 于 ")
        assert load_workbook(BytesIO(answer.content)).properties.creator == name
        assert Entry.objects.filter(matter=matter, verb="export").count() == 2
        with pytest.MonkeyPatch.context() as broken:
            broken.setattr("wuxiao.web.staff.overview.search._cells", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                client.post("/staff/search/export", {**ask, "purpose": "周例会"})
        assert Entry.objects.filter(matter=matter, verb="export").count() == 2
        assert signed_in(town, "operator").get("/staff/search/export?query=state%3Dopen").status_code == 403

    def test_too_many_are_refused_with_a_way_on(self, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
        from wuxiao.desk.case import exports

        noise()
        noise()
        monkeypatch.setattr(exports, "MOST", 1)
        ask = {"query": "state=open", "as": "csv", "purpose": "周例会"}
        answer = signed_in(town, "shift_lead").post("/staff/search/export", ask)
        assert answer.status_code == 400
        assert "分次导出" in answer.content.decode()


def test_bulk_assign_says_of_each_what_became_of_it(town: Town) -> None:
    good, unclassed = classed(town, noise()), noise(words="有件事想反映一下")
    client = signed_in(town, "operator")
    assert f'value="{good.number}"' in client.get("/staff/q/intake").content.decode()
    page = client.post("/staff/bulk/assign", {"number": [good.number, unclassed.number], "unit": ""}).content.decode()
    good.refresh_from_db()
    unclassed.refresh_from_db()
    assert (good.state, unclassed.state) == ("offered", "intake")
    assert "派出 1 件，没有派出 1 件" in page
    assert page.index("没有派出的") < page.index(unclassed.number)


def test_a_sign_off_error_comes_back_until_it_was_read(town: Town) -> None:
    matter = noise(unit="police_110", channel="call_110")
    act(matter.pk, "classify", {"category": "env.noise.construction", "handling_class": "complaint"}, by=town.police,
        at=timezone.now())  # fmt: skip
    given = {"unit": "hotline", "way": "push", "caller_agrees": "yes", "reason": "不属警务"}
    act(matter.pk, "divert", given, by=town.police, at=timezone.now())
    first = signed_in(town, "reviewer1")
    assert matter.number in first.get("/staff/").content.decode()
    assert matter.number not in signed_in(town, "reviewer2").get("/staff/").content.decode()
    for n in range(1, 5):
        act(matter.pk, "sign", {"reason": "同意"}, by=town.people[f"reviewer{n}"], at=timezone.now())
    act(matter.pk, "accept", {}, by=town.operator, at=timezone.now())
    act(matter.pk, "fault", {"reason": "其实是治安案件"}, by=town.operator, at=timezone.now())
    page = first.get("/staff/q/faults", follow=True).content.decode()
    assert "其实是治安案件" in page
    sign_off = re.search(r'name="sign_off" value="(\d+)"', page)
    assert sign_off
    signed_in(town, "reviewer2").post("/staff/faults", {"sign_off": sign_off.group(1)})
    assert "其实是治安案件" in first.get("/staff/faults").content.decode()
    first.post("/staff/faults", {"sign_off": sign_off.group(1)})
    assert "其实是治安案件" not in first.get("/staff/faults").content.decode()


def test_the_orphan_alarm_rings_for_a_matter_without_a_clock(town: Town) -> None:
    fine, orphan = noise(), noise(words="第二件事")
    Matter.objects.filter(pk=orphan.pk).update(tick_at=None)
    page = signed_in(town, "supervisor").get("/staff/q/orphans").content.decode()
    assert orphan.number in page
    assert fine.number not in page


def test_the_dashboard_counts_work_and_names_nobody(town: Town) -> None:
    matter = handling(town, noise())
    noise(words="第二件事")
    Matter.objects.filter(pk=matter.pk).update(due_at=timezone.now() - timedelta(days=2))
    page = signed_in(town, "chief").get("/staff/dashboard").content.decode()
    assert matter.number not in page.split("<h2>")[0]
    assert "未办结" in page
    unit = signed_in(town, f"handler_{matter.holder}").get("/staff/dashboard").content.decode()
    assert unit.count("<svg") > 2


class TestOffice:
    def test_an_account_is_proposed_confirmed_signs_in_and_is_closed(self, town: Town) -> None:
        security, admin = signed_in(town, "security"), signed_in(town, "admin")
        given = {"username": "zhou.ming", "name": "周明", "role0": "handler", "unit0": "urban_mgmt"}
        halves = [re.search(r'class="code big">([^<]+)<', security.post("/staff/people/new", given).content.decode())]
        waiting = admin.get("/staff/people").content.decode()
        assert "周明（zhou.ming）" in waiting
        action = re.search(r'action="(/staff/people/waiting/\d+)"', waiting)
        assert action
        halves.append(
            re.search(
                r'class="code big">([^<]+)<',
                admin.post(action.group(1), {"choice": "confirmed"}).content.decode(),
            )
        )
        client = Client()
        password = "-".join(half.group(1) for half in halves if half)
        answer = client.post("/staff/sign-in", {"username": "zhou.ming", "password": password})
        assert answer["Location"] == "/staff/password"
        person = Staff.objects.get(username="zhou.ming")
        security.post(f"/staff/people/{person.pk}", {"role0": "handler", "unit0": "urban_mgmt"})
        person.refresh_from_db()
        assert (person.is_active, person.posts.get().role) == (False, "handler")
        wrong = security.post("/staff/people/new", {**given, "username": "b", "role1": "caller", "unit1": "urban_mgmt"})
        assert wrong.status_code == 400
        assert "不能由一人兼任" in wrong.content.decode()

    def test_messages_in_trouble_wait_for_a_decision(self, town: Town) -> None:
        noise()
        message = Message.objects.latest("id")
        Message.objects.filter(pk=message.pk).update(state="doubt", error="worker stopped")
        admin = signed_in(town, "admin")
        assert "worker stopped" in admin.get("/staff/outbox").content.decode()
        admin.post("/staff/outbox", {"message": veil("message", message.pk), "choice": "drop"})
        message.refresh_from_db()
        assert message.state == "dropped"

    def test_the_rail_says_at_once_that_the_clock_is_doubted_and_at_once_that_it_is_not(self, town: Town) -> None:
        admin = signed_in(town, "admin")
        label = "系统时钟待确认"
        assert label not in admin.get("/staff/outbox").content.decode()
        assert beat.believable(at=timezone.now() - timedelta(days=400))
        assert not beat.believable(at=timezone.now())
        assert label in admin.get("/staff/outbox").content.decode()
        admin.post("/staff/clock")
        assert label not in admin.get("/staff/outbox").content.decode()

    def test_a_key_is_shown_once_and_taken_back(self, town: Town) -> None:
        admin = signed_in(town, "admin")
        page = admin.post(
            "/staff/keys", {"name": "110 desk", "unit": "police_110", "powers": ["read"]}
        ).content.decode()
        secret = re.search(r'class="code big">([^<]+)<', page)
        assert secret
        again = admin.get("/staff/keys").content.decode()
        assert secret.group(1) not in again
        key = ApiKey.objects.get()
        admin.post("/staff/keys", {"revoke": key.pk})
        key.refresh_from_db()
        assert key.revoked_at is not None

    def test_the_auditor_sees_who_read_what_and_the_administrator_does_not(self, town: Town) -> None:
        matter = noise()
        signed_in(town, "operator").post(f"/staff/m/{matter.number}/contact", {"purpose": "回电"})
        auditor = signed_in(town, "auditor")
        assert auditor.get("/staff/")["Location"] == "/staff/audit"
        assert "新增账号" in auditor.get("/staff/audit").content.decode()
        page = auditor.get("/staff/audit?who=operator").content.decode()
        assert matter.number in page
        assert "回电" in page
        assert signed_in(town, "admin").get("/staff/audit").status_code == 403
        assert auditor.get(f"/staff/m/{matter.number}").status_code == 403

    @pytest.mark.parametrize("lang", ["zh-hans", "en"])
    def test_every_office_page_opens(self, town: Town, lang: str) -> None:
        admin, security = signed_in(town, "admin", lang), signed_in(town, "security", lang)
        for url in ("people", "outbox", "messages", "book", "keys", "account", "account/prove"):
            assert admin.get(f"/staff/{url}").status_code == 200, url
        for url in ("people", "people/new", f"people/{town.staff('operator').pk}"):
            assert security.get(f"/staff/{url}").status_code == 200, url
        assert signed_in(town, "auditor", lang).get("/staff/audit?verb=sign_in").status_code == 200
