"""Staff pages, told as what people at their desks see and do."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.desk.people import Town, of_unit, settle
from wuxiao.desk import matters, staff
from wuxiao.desk.act import act
from wuxiao.desk.actor import RESIDENT
from wuxiao.desk.matters import Report
from wuxiao.records.models import Access, Entry, Matter, Staff

pytestmark = pytest.mark.django_db
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
        password = staff.reset_password(person.pk, by=town.admin, at=timezone.now())
        client = Client()
        answer = client.post("/staff/sign-in", {"username": "operator", "password": password})
        assert answer["Location"] == "/staff/password"
        assert client.get("/staff/")["Location"] == "/staff/password"
        given = {"old": password, "new": "柳树下的石桥2026", "again": "柳树下的石桥2026"}
        assert client.post("/staff/password", given)["Location"] == "/staff/"
        assert client.get("/staff/").status_code == 200

    def test_too_many_failures_lock_the_account_and_say_so(self, town: Town) -> None:
        client = Client()
        for _ in range(12):
            page = client.post("/staff/sign-in", {"username": "operator", "password": "wrong"}).content.decode()
        assert "锁定" in page

    def test_a_page_left_alone_asks_again(self, town: Town) -> None:
        client = signed_in(town, "operator")
        assert client.get("/staff/").status_code == 200
        session = client.session
        session["seen"] = (timezone.now() - timedelta(hours=2)).isoformat()
        session.save()
        answer = client.get("/staff/")
        assert "idle=1" in answer["Location"]
        assert client.get("/staff/").status_code == 302

    def test_nobody_is_led_to_another_site(self, town: Town) -> None:
        page = Client().get("/staff/sign-in?next=https://elsewhere.example/staff").content.decode()
        assert '<input type="hidden" name="next" value="/staff/">' in page

    def test_the_language_goes_with_the_person(self, town: Town) -> None:
        client = signed_in(town, "operator")
        client.cookies["lang"] = "en"
        assert "To do" in client.get("/staff/").content.decode()
        assert town.staff("operator").lang == "en"


class TestLists:
    def test_the_inbox_shows_what_waits_for_me_what_is_due_first_on_top(self, town: Town) -> None:
        later = noise(words="公园的长椅坏了，想请修一修。")
        first = noise()
        Access.objects.filter(matter=first).update(sort_at=timezone.now() - timedelta(hours=3))
        page = signed_in(town, "operator").get("/staff/").content.decode()
        assert page.index(first.number) < page.index(later.number)

    def test_a_matter_hidden_from_a_unit_is_on_none_of_its_lists_nor_opened_by_number(self, town: Town) -> None:
        matter = noise(words="县城管局的人态度恶劣，在街上骂人。", hidden_unit="urban_mgmt")
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
        from wuxiao.desk.look import keyset, shelves

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
                assert client.get(f"/staff/q/{shelf}").status_code == 200, shelf

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
        assert unit.post(f"{url}/answer", good).status_code == 302
        matter.refresh_from_db()
        assert matter.state == "answered"

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
        assert "139****0001" in page
        assert "13900000001" not in page
        shown = desk.post(f"{url}/contact", {"purpose": "回电核实地点"}).content.decode()
        assert "13900000001" in shown
        entry = Entry.objects.get(matter=matter, verb="read")
        assert entry.facts["purpose"] == "回电核实地点"
        assert "13900000001" not in desk.get(url).content.decode()

    def test_a_shielded_requester_is_never_shown_to_the_handling_unit(self, town: Town) -> None:
        matter = handling(town, noise(shielded=True))
        unit = signed_in(town, f"handler_{matter.holder}")
        url = f"/staff/m/{matter.number}"
        answer = unit.post(f"{url}/contact", {"purpose": "想知道是谁"}, follow=True).content.decode()
        assert "13900000001" not in answer
        assert not Entry.objects.filter(matter=matter, verb="read").exists()
        desk = signed_in(town, "operator")
        assert "13900000001" in desk.post(f"{url}/contact", {"purpose": "转达"}).content.decode()

    def test_who_is_drawn_for_a_call_back_is_not_on_the_handlers_page(self, town: Town) -> None:
        from wuxiao.desk import diary
        from wuxiao.desk.actor import SYSTEM

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
