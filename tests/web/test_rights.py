"""What residents and staff see of each other's rights: joined reports, call-backs, co-units, calls of 110."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from tests.desk.people import Town, of_unit, settle
from tests.web.test_staff import handling, hidden_of, noise, signed_in
from wuxiao.desk.audit import verify
from wuxiao.desk.base.actor import RESIDENT, SYSTEM
from wuxiao.desk.case.act import act
from wuxiao.desk.matters import call_backs
from wuxiao.desk.town import books
from wuxiao.records.models import Access, CallBack, Entry, Matter, WorkOrder
from wuxiao.rules.access import Role
from wuxiao.rules.flow import STEPS
from wuxiao.web.staff import decided

pytestmark = [pytest.mark.django_db, pytest.mark.either]


@pytest.fixture
def town() -> Town:
    cache.clear()
    return settle()


def answered(town: Town, matter: Matter) -> Matter:
    kind = next(k for k, e in books.current(timezone.now()).book.evidence_kinds.items() if not e.file)
    given = {"evidence": kind, "reply": "已责令夜间停工", "ticked": ["0"]}
    return act(matter.pk, "answer", given, by=of_unit(town, matter.holder), at=timezone.now())


def text(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def post_target(page: str, field: str, here: str) -> str:
    """Where a browser on `here` sends the form that holds a field."""
    for form in re.findall(r"<form\b.*?</form>", page, re.S):
        if f'name="{field}"' in form:
            found = re.search(r'action="([^"]*)"', form.split(">")[0])
            return found.group(1) if found else here
    raise AssertionError(f"no form with {field}")


class TestCallBackPage:
    def test_what_is_written_after_the_number_was_shown_is_kept(
        self, town: Town, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(call_backs, "lot", lambda matter_id, round_: 0.0)
        matter = answered(town, handling(town, noise()))
        act(matter.pk, "close", {}, by=SYSTEM, at=timezone.now())
        client, url = signed_in(town, "caller"), f"/staff/call-backs/{matter.number}"
        page = client.post(f"{url}/phone").content.decode()
        assert "13900000001" in page
        target = post_target(page, "rating", f"{url}/phone")
        given = {"way": "phone", "contacted": "yes", "solved": "no", "rating": "2", "words": "还在夜里打桩"}
        wrong = client.post(target, {**given, "rating": ""})
        assert wrong.status_code == 400
        assert "还在夜里打桩" in wrong.content.decode()
        assert "13900000001" in wrong.content.decode(), "the number stays while the call goes on"
        reads = Entry.objects.filter(matter=matter, verb="read").values_list("facts", flat=True)
        assert sum("phone" in facts["fields"] for facts in reads) == 1
        asked = client.post(target, {**given, "again": "yes"})
        assert asked["Location"] == "/staff/call-backs"
        row, matter = CallBack.objects.get(matter=matter), Matter.objects.get(pk=matter.pk)
        assert (row.state, row.solved, matter.state, matter.reopened) == ("done", False, "handling", 1)
        said = Entry.objects.get(matter=matter, verb="object")
        assert matter.words.get(turn=said.turn, field="reason").text == "还在夜里打桩"

    def test_two_who_call_at_once_lose_no_word_and_count_one_attempt(
        self, town: Town, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(call_backs, "lot", lambda matter_id, round_: 0.0)
        matter = answered(town, handling(town, noise()))
        act(matter.pk, "close", {}, by=SYSTEM, at=timezone.now())
        client, url = signed_in(town, "caller"), f"/staff/call-backs/{matter.number}"
        for _window in range(3):
            assert client.post(f"{url}/not-reached")["Location"] == "/staff/call-backs"
        row = CallBack.objects.get(matter=matter)
        assert (row.state, row.attempts) == ("trying", 1)
        assert client.get("/staff/call-backs").content.decode().count("不重复记") == 2
        given = {"way": "phone", "contacted": "yes", "solved": "no", "rating": "2", "words": "夜里还在打桩"}
        assert client.post(url, given).status_code == 302
        kept = matter.words.filter(field="words").order_by("-turn").first()
        assert kept is not None
        assert kept.text == "夜里还在打桩"
        late = client.post(url, {**given, "words": "邻居也说没停", "again": "yes"})
        assert late.status_code == 409
        assert "邻居也说没停" in late.content.decode()
        assert client.post("/staff/call-backs/WX20260101-AAAAA", given).status_code == 409, "as one that is not there"

    def test_the_list_goes_on_and_the_rail_counts_what_it_holds(
        self, town: Town, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now = timezone.now()
        for n in range(53):
            one = noise(phone=f"139{n:08d}")
            CallBack.objects.create(
                matter=one, state="drawn", drawn_at=now, due_at=now + timedelta(days=1 + n % 9), chance=1.0,
                token=f"t{n}", next_at=now,
            )  # fmt: skip
        Matter.objects.update(holder="urban_mgmt")
        client = signed_in(town, "caller")
        first = client.get("/staff/call-backs").content.decode()
        numbers = re.findall(r'href="/staff/call-backs/(WX[^"]+)"', first)
        following = re.search(r'rel="next" href="([^"]+)"', first)
        assert following
        second = client.get(following.group(1).replace("&amp;", "&")).content.decode()
        numbers += re.findall(r'href="/staff/call-backs/(WX[^"]+)"', second)
        assert len(numbers) == len(set(numbers)) == 53
        assert re.search(r'class="count[^"]*"[^>]*>\s*53\b', first)
        soon = client.get("/staff/call-backs?due=three").content.decode()
        assert 0 < len(re.findall(r'href="/staff/call-backs/(WX[^"]+)"', soon)) < 53
        client.post(f"/staff/call-backs/{numbers[0]}/not-reached")
        assert re.search(r'class="count[^"]*"[^>]*>\s*52\b', client.get("/staff/call-backs").content.decode())


class TestMeanwhile:
    def test_who_comes_second_reads_what_happened_and_not_advice(self, town: Town) -> None:
        matter = handling(town, noise())
        of_unit(town, "urban_mgmt", Role.LEAD)
        client, handler = signed_in(town, "lead_urban_mgmt"), of_unit(town, "urban_mgmt")
        act(matter.pk, "extend", {"term_days": "2", "reason": "等材料"}, by=handler, at=timezone.now())
        given = {"evidence": "site_visit", "reply": "今天换好灯泡", "version": str(matter.version)}
        said = text(client.post(f"/staff/m/{matter.number}/answer", given).content.decode())
        assert "今天换好灯泡" in said
        assert "请看几条建议" not in said
        assert "site_visit" not in said

    def test_danger_told_by_who_was_joined_is_answered_at_once_with_the_numbers(self, town: Town) -> None:
        main = handling(town, noise())
        other = noise(phone="13900000077")
        act(other.pk, "merge", {"matter": main.number}, by=town.operator, at=timezone.now())
        handler = of_unit(town, "urban_mgmt")
        act(main.pk, "ask", {"reply": "哪一栋？"}, by=handler, at=timezone.now())
        page = Client().get(f"/p/{other.code}").content.decode()
        assert "等您补充" not in page, "somebody else was asked"
        assert "现在有危险的话" not in page
        words = "现在家里全是煤气味，老人晕倒了，快来人"
        sent = Client().post(f"/p/{other.code}/do/add", {"words": words, "key": "a"})
        page = Client().get(sent["Location"]).content.decode()
        assert "现在有危险的话" in page
        desk = signed_in(town, "handler_urban_mgmt").get(f"/staff/m/{main.number}").content.decode()
        assert "没有发现危险的词句" not in desk
        assert 'id="do-look"' in desk
        assert 'id="do-bypass"' in desk
        shown = re.findall(r'id="do-(\w+)"(?: open)?><summary class="btn (\w*)"', desk)
        assert shown[:2] == [("bypass", "primary"), ("look", "quiet")]
        assert [verb for verb, kind in shown if kind == "primary"] == ["bypass"]

    @pytest.mark.parametrize("state", ["intake", "answered", "closed"])
    def test_to_pass_danger_on_is_the_easy_click_and_to_rule_it_out_the_quiet_one(self, town: Town, state: str) -> None:
        matter = noise() if state == "intake" else answered(town, handling(town, noise()))
        who = "operator" if state == "intake" else f"handler_{matter.holder}"
        before = signed_in(town, who).get(f"/staff/m/{matter.number}").content.decode()
        assert 'id="do-look"' not in before
        if state == "closed":
            act(matter.pk, "rate", {"rating": 4, "solved": True}, by=RESIDENT, at=timezone.now())
        verb, field = ("add", "words") if state == "intake" else ("shield", "reason")
        act(matter.pk, verb, {field: "现在家里全是煤气味，老人晕倒了"}, by=RESIDENT, at=timezone.now())
        desk = signed_in(town, who).get(f"/staff/m/{matter.number}").content.decode()
        shown = re.findall(r'id="do-(\w+)"(?: open)?><summary class="btn (\w*)"', desk)
        assert shown[:2] == [("bypass", "primary"), ("look", "quiet")]
        assert [verb for verb, kind in shown if kind == "primary"] == ["bypass"]
        form = desk.split('id="do-look"')[1].split("</form>")[0]
        assert re.search(r'<textarea[^>]*name="reason"[^>]*required', form)
        assert 'class="btn primary"' not in form
        assert "下一步：紧急转 110" in text(desk)
        sent = signed_in(town, who).post(f"/staff/m/{matter.number}/look", hidden_of(desk, "look") | {"reason": " "})
        assert sent.status_code == 400
        assert Matter.objects.get(pk=matter.pk).danger_open


class TestNotSolved:
    def test_a_rating_leads_in_one_step_to_an_objection_with_the_words_in_it(self, town: Town) -> None:
        matter = answered(town, handling(town, noise()))
        client, page = Client(), f"/p/{matter.code}"
        sent = client.post(f"{page}/do/rate", {"rating": "1", "solved": "no", "words": "没人联系我", "key": "a"})
        form = client.get(sent["Location"]).content.decode()
        assert "没有解决，要不要重新办？" in form
        assert "没人联系我" in form
        assert books.current(timezone.now()).book.units[matter.holder].name.zh in text(form)
        hidden = dict(re.findall(r'<input type="hidden" name="(key|version)" value="([^"]*)"', form))
        done = client.post(post_target(form, "reason", ""), {"reason": "没人联系我", **hidden})
        assert done.status_code == 302
        assert Matter.objects.get(pk=matter.pk).state == "handling"

    def test_one_who_says_it_is_solved_is_not_asked(self, town: Town) -> None:
        matter = answered(town, handling(town, noise()))
        sent = Client().post(f"/p/{matter.code}/do/rate", {"rating": "5", "solved": "yes", "key": "a"})
        assert sent["Location"] == f"/p/{matter.code}?done=rate"

    def test_the_link_in_the_message_too(self, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(call_backs, "lot", lambda matter_id, round_: 0.0)
        matter = answered(town, handling(town, noise()))
        act(matter.pk, "close", {}, by=SYSTEM, at=timezone.now())
        row, client = CallBack.objects.get(matter=matter), Client()
        assert matter.title in client.get(f"/c/{row.token}").content.decode()
        said = client.post(f"/c/{row.token}", {"rating": "2", "solved": "no", "words": "又响了"}).content.decode()
        assert "没有解决，要不要重新办？" in said
        assert "又响了" in said
        assert "<textarea" not in said, "what was written once is not asked for again"
        hidden = dict(re.findall(r'<input type="hidden" name="(key|version|reason)" value="([^"]*)"', said))
        client.post(post_target(said, "reason", ""), hidden)
        assert Matter.objects.get(pk=matter.pk).state == "handling"
        again = Entry.objects.get(matter=matter, verb="object")
        assert matter.words.get(turn=again.turn, field="reason").text == "又响了"

    def test_whoever_wrote_nothing_is_asked_once_what_was_not_done(
        self, town: Town, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(call_backs, "lot", lambda matter_id, round_: 0.0)
        matter = answered(town, handling(town, noise()))
        act(matter.pk, "close", {}, by=SYSTEM, at=timezone.now())
        row, client = CallBack.objects.get(matter=matter), Client()
        asked = client.get(f"/c/{row.token}").content.decode()
        assert asked.count("<textarea") == 1
        said = client.post(f"/c/{row.token}", {"rating": "2", "solved": "no"}).content.decode()
        assert said.count("<textarea") == 1

    @pytest.mark.parametrize("lang", ["zh-CN", "en"])
    def test_whoever_rated_it_is_not_asked_the_same_again(
        self, town: Town, monkeypatch: pytest.MonkeyPatch, lang: str
    ) -> None:
        monkeypatch.setattr(call_backs, "lot", lambda matter_id, round_: 0.0)
        matter = answered(town, handling(town, noise()))
        act(matter.pk, "rate", {"rating": 3, "solved": True, "contacted": False}, by=RESIDENT, at=timezone.now())
        row, client = CallBack.objects.get(matter=matter), Client(headers={"accept-language": lang})
        page = client.get(f"/c/{row.token}").content.decode()
        chosen = dict(re.findall(r'<input[^>]*name="(\w+)"[^>]*value="(\w+)"[^>]* checked', page))
        assert chosen == {"rating": "3", "solved": "yes", "contacted": "no"}
        assert ("您评价过的" in page) is (lang != "en")
        done = client.post(f"/c/{row.token}", chosen)
        assert done.status_code == 200
        row.refresh_from_db()
        assert (row.state, row.satisfied, row.solved) == ("done", 3, True)

    def test_the_page_of_who_calls_has_one_field_for_what_they_say(
        self, town: Town, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(call_backs, "lot", lambda matter_id, round_: 0.0)
        matter = answered(town, handling(town, noise()))
        act(matter.pk, "close", {}, by=SYSTEM, at=timezone.now())
        client, url = signed_in(town, "caller"), f"/staff/call-backs/{matter.number}"
        page = client.get(url).content.decode()
        assert page.count("<textarea") == 1
        given = {"way": "phone", "contacted": "yes", "solved": "no", "rating": "2", "again": "yes"}
        assert client.post(url, given).status_code == 400
        assert client.post(url, given | {"words": "夜里又响"}).status_code == 302
        assert Matter.objects.get(pk=matter.pk).state == "handling"


class TestAJoinedPage:
    def test_she_has_her_buttons_and_nobody_elses_data(self, town: Town) -> None:
        main = handling(town, noise())
        other = noise(words="我也听见打桩", phone="13900000002", name="李先生")
        act(other.pk, "merge", {"matter": main.number}, by=town.operator, at=timezone.now())
        client, page = Client(), f"/p/{other.code}"
        shown = client.get(page).content.decode()
        assert f"{page}/do/add" in shown
        assert f"{page}/do/withdraw" in shown
        assert "陈女士" not in shown
        client.post(f"{page}/do/add", {"words": "孩子要考试", "key": "k1"})
        unit = signed_in(town, f"handler_{main.holder}").get(f"/staff/m/{main.number}").content.decode()
        assert "孩子要考试" in unit
        assert other.number in unit
        assert "孩子要考试" not in Client().get(f"/p/{main.code}").content.decode()
        answered(town, main)
        shown = client.get(page).content.decode()
        assert f"{page}/do/object" in shown
        assert f"{page}/do/rate" in shown
        form = client.get(f"{page}/do/object").content.decode()
        hidden = dict(re.findall(r'<input type="hidden" name="(key|version)" value="([^"]*)"', form))
        assert client.post(f"{page}/do/object", {"reason": "还在响", **hidden}).status_code == 302
        assert Matter.objects.get(pk=main.pk).state == "handling"


class TestStaffPages:
    def test_a_co_unit_sees_its_part_and_its_date_on_list_and_page_and_the_lead_sees_who_is_missing(
        self, town: Town
    ) -> None:
        matter = handling(town, noise())
        handler = of_unit(town, matter.holder)
        given = {"unit": "housing", "task": "复查隔声", "term_days": "1"}
        act(matter.pk, "join", given, by=handler, at=timezone.now())
        of_unit(town, "housing")
        due = WorkOrder.objects.get(matter=matter, role="co").due_at
        assert due is not None
        helper, lead = signed_in(town, "handler_housing"), signed_in(town, f"handler_{matter.holder}")
        row = helper.get("/staff/").content.decode()
        assert "协办" in row
        assert due.astimezone(timezone.get_current_timezone()).isoformat(timespec="minutes")[:10] in row
        page = helper.get(f"/staff/m/{matter.number}").content.decode()
        assert "复查隔声" in text(page)
        assert "本单位期限" in page
        theirs = lead.get(f"/staff/m/{matter.number}").content.decode()
        assert "还没有反馈" in theirs
        assert "本单位期限" not in theirs
        name = books.current(timezone.now()).book.units["housing"].name.zh
        assert f"协办单位还没有反馈：{name}" in theirs

    def test_110_reads_what_became_of_its_call_and_can_do_nothing_to_it(self, town: Town) -> None:
        from wuxiao.desk.matters import matters
        from wuxiao.desk.matters.matters import Report

        matter = matters.receive(
            Report(words="楼上装修扰民", channel="call_110", phone="13900000009"), by=town.police, at=timezone.now()
        )
        given = {"unit": "hotline", "way": "push", "caller_agrees": "yes", "reason": "不属警务"}
        act(matter.pk, "divert", given, by=town.police, at=timezone.now())
        for level in range(1, 5):
            act(matter.pk, "sign", {"reason": "同意"}, by=town.people[f"reviewer{level}"], at=timezone.now())
        act(matter.pk, "accept", {}, by=town.operator, at=timezone.now())
        for who in ("police", "reviewer1"):
            client = signed_in(town, who)
            page = client.get(f"/staff/m/{matter.number}")
            assert page.status_code == 200
            said = page.content.decode()
            assert "楼上装修" not in said
            assert 'class="panel"' not in said
            assert matter.number in client.get("/staff/handed").content.decode()
            assert client.post(f"/staff/m/{matter.number}/note", {"words": "x"}).status_code == 404
        assert signed_in(town, "caller").get(f"/staff/m/{matter.number}").status_code == 403

    def test_who_decides_sees_on_what(self, town: Town) -> None:
        matter = handling(town, noise())
        handler = of_unit(town, matter.holder)
        lead = of_unit(town, matter.holder, Role.LEAD)
        act(matter.pk, "extend", {"term_days": "3", "reason": "要做检测"}, by=handler, at=timezone.now())
        page = signed_in(town, f"lead_{matter.holder}").get(f"/staff/m/{matter.number}").content.decode()
        panel = text(page[page.index('id="do-grant"') :][:4000])
        for word in ("3个工作日", "要做检测", "现在的期限", "批准后的期限", handler.name):
            assert word in panel
        assert lead.staff_id != handler.staff_id
        assert set(decided.DECISIONS) <= set(STEPS)

    def test_after_the_meeting_nobody_is_warned_of_the_third_refusal(self, town: Town) -> None:
        matter = handling(town, noise())
        Matter.objects.filter(pk=matter.pk).update(refusals=3, decided=True)
        page = signed_in(town, f"handler_{matter.holder}").get(f"/staff/m/{matter.number}").content.decode()
        assert "将召开联席会商" not in page
        Matter.objects.filter(pk=matter.pk).update(refusals=1, decided=False, state="intake", holder="hotline")
        page = signed_in(town, "operator").get(f"/staff/m/{matter.number}").content.decode()
        assert "将召开联席会商" in page

    def test_staff_are_not_addressed_as_the_requester(self, town: Town) -> None:
        matter = handling(town, noise())
        act(matter.pk, "ask", {"reply": "请问几点最吵？"}, by=of_unit(town, matter.holder), at=timezone.now())
        client = signed_in(town, "operator")
        for url in ("/staff/q/wait", f"/staff/m/{matter.number}", "/staff/dashboard"):
            page = client.get(url).content.decode()
            assert "等您补充" not in page
            assert "请您补充" not in page
        assert "等诉求人补充" in client.get("/staff/q/wait").content.decode()
        mine = Client().get(f"/p/{matter.code}").content.decode()
        assert "等您补充" in mine
        assert "请您补充" in mine

    def test_an_operator_withdraws_for_a_caller(self, town: Town) -> None:
        matter = handling(town, noise())
        client, url = signed_in(town, "operator"), f"/staff/m/{matter.number}"
        page = client.get(url).content.decode()
        sent = {"reason": "说已经停了", **hidden_of(page, "withdraw")}
        assert client.post(f"{url}/withdraw", sent).status_code == 400
        assert Matter.objects.get(pk=matter.pk).state == "handling"
        done = client.post(f"{url}/withdraw", {**sent, "for_caller": "number"})
        assert done.status_code == 302
        assert "电话办理" in text(Client().get(f"/p/{matter.code}").content.decode())
        assert act(noise().pk, "add", {"words": "x"}, by=RESIDENT, at=timezone.now()).state == "intake"


BRIBED = "县城市管理局的人收了老板的钱，还威胁我，不让我再反映"


def seen_by_the_accused(matter: Matter) -> bool:
    return Access.objects.filter(matter=matter, principal="u:urban_mgmt").exists()


class TestLaterWordsAgainstSomebody:
    """By whatever door a requester's later words come in, whoever takes them down asks about secrecy first."""

    STEPS = [("add", "words"), ("urge", "reason"), ("withdraw", "reason"), ("object", "reason"), ("rate", "words")]

    @pytest.mark.parametrize(("verb", "field"), STEPS)
    @pytest.mark.parametrize("hidden", [True, False])
    def test_an_operator_is_asked_before_anything_is_written_down(
        self, town: Town, verb: str, field: str, hidden: bool
    ) -> None:
        matter = handling(town, noise())
        if verb in {"object", "rate"}:
            matter = answered(town, matter)
        client, url = signed_in(town, "operator"), f"/staff/m/{matter.number}"
        page = client.get(url).content.decode()
        sent = {field: BRIBED, "for_caller": "number", **hidden_of(page, verb)}
        if verb == "rate":
            sent |= {"rating": "1", "solved": "no"}
        quiet = client.get(url).content.decode()
        assert 'name="hide"' not in quiet
        asked = client.post(f"{url}/{verb}", sent)
        shown = asked.content.decode()
        assert asked.status_code == 200
        assert "要不要对某个单位或某个人保密" in shown
        assert BRIBED in shown
        assert not Entry.objects.filter(matter=matter, verb=verb).exists()
        unit = re.search(r'name="unit"[^>]*value="([^"]*)"', shown)
        assert unit is not None
        assert unit.group(1) == books.current(timezone.now()).book.units["urban_mgmt"].name.zh
        assert seen_by_the_accused(matter)
        done = client.post(f"{url}/{verb}", sent | {"hide": "1" if hidden else "0", "unit": unit.group(1), "body": ""})
        assert done.status_code == 302
        assert Entry.objects.filter(matter=matter, verb=verb).count() == 1
        matter.refresh_from_db()
        assert ("urban_mgmt" in matter.hidden) is hidden
        assert seen_by_the_accused(matter) is not hidden
        assert verify.verify(at=timezone.now()).breaks == []

    def test_words_against_nobody_are_written_down_at_once(self, town: Town) -> None:
        matter = handling(town, noise())
        client, url = signed_in(town, "operator"), f"/staff/m/{matter.number}"
        sent = {"words": "夜里两点又响了", **hidden_of(client.get(url).content.decode(), "add")}
        assert client.post(f"{url}/add", sent).status_code == 302

    @pytest.mark.parametrize("again", ["yes", "no"])
    def test_who_calls_back_is_asked_too(self, town: Town, monkeypatch: pytest.MonkeyPatch, again: str) -> None:
        monkeypatch.setattr(call_backs, "lot", lambda matter_id, round_: 0.0)
        matter = answered(town, handling(town, noise()))
        act(matter.pk, "close", {}, by=SYSTEM, at=timezone.now())
        client, url = signed_in(town, "caller"), f"/staff/call-backs/{matter.number}"
        given = {"way": "phone", "contacted": "yes", "solved": "no", "rating": "1", "words": BRIBED, "again": again}
        asked = client.post(url, given)
        assert asked.status_code == 200
        assert 'name="hide"' in asked.content.decode()
        assert CallBack.objects.get(matter=matter).state == "drawn"
        name = books.current(timezone.now()).book.units["urban_mgmt"].name.zh
        done = client.post(url, given | {"hide": "1", "unit": name, "body": ""})
        assert done.status_code == 302
        matter.refresh_from_db()
        assert CallBack.objects.get(matter=matter).state == "done"
        assert "urban_mgmt" in matter.hidden
        assert not seen_by_the_accused(matter)
        assert (matter.state == "closed") is (again == "no")
        assert verify.verify(at=timezone.now()).breaks == []

    @pytest.mark.parametrize("hidden", [True, False])
    def test_the_link_of_a_call_back_asks_too_and_only_once(
        self, town: Town, monkeypatch: pytest.MonkeyPatch, hidden: bool
    ) -> None:
        monkeypatch.setattr(call_backs, "lot", lambda matter_id, round_: 0.0)
        matter = answered(town, handling(town, noise()))
        act(matter.pk, "close", {}, by=SYSTEM, at=timezone.now())
        row, client = CallBack.objects.get(matter=matter), Client()
        given = {"rating": "1", "solved": "no", "words": BRIBED}
        asked = client.post(f"/c/{row.token}", given)
        assert asked.status_code == 200
        assert 'name="hide"' in asked.content.decode()
        row.refresh_from_db()
        assert row.state == "drawn"
        name = books.current(timezone.now()).book.units["urban_mgmt"].name.zh
        answer = given | {"hide": "1" if hidden else "0", "unit": name, "body": ""}
        missing = client.post(f"/c/{row.token}", {k: v for k, v in answer.items() if k != "rating"})
        assert missing.status_code == 400
        assert 'name="hide"' in missing.content.decode(), "what was answered stays in the form"
        done = client.post(f"/c/{row.token}", answer).content.decode()
        matter.refresh_from_db()
        assert ("urban_mgmt" in matter.hidden) is hidden
        fields = dict(re.findall(r'<input type="hidden" name="(key|version|reason|hide)" value="([^"]*)"', done))
        sent = client.post(post_target(done, "reason", ""), fields)
        assert sent.status_code == 302, "who has answered is not asked a second time"
        assert Matter.objects.get(pk=matter.pk).reopened == 1
