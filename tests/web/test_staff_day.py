"""A day at the desks: what a trial of every desk found, each kind with the right value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from html import unescape

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from tests.desk.people import Town, of_unit, settle
from tests.web.test_staff import classed, handling, noise, signed_in
from wuxiao.desk.base.actor import RESIDENT, SYSTEM
from wuxiao.desk.base.errors import Refused
from wuxiao.desk.case.act import act
from wuxiao.desk.doors import appointments
from wuxiao.desk.doors.staff import Appointment
from wuxiao.desk.files import files
from wuxiao.desk.look import search
from wuxiao.desk.matters import matters
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.town import books
from wuxiao.records.models import Matter, Message, Staff
from wuxiao.rules.access import Role
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.flow import STEPS
from wuxiao.rules.messages import MESSAGES
from wuxiao.web.shared.dates import short
from wuxiao.web.shared.shown import desk_name
from wuxiao.web.staff.admin.office import message_name
from wuxiao.web.staff.lists import due_chip

pytestmark = [pytest.mark.django_db, pytest.mark.either]


@pytest.fixture
def town() -> Town:
    cache.clear()
    return settle()


def _numbers(page: str) -> Iterator[tuple[int, str]]:
    """Every number of a page that is a link, with its address."""
    for href, text in re.findall(r'<a href="(/staff/[^"]*)">([\d,]+)</a>', page):
        yield int(text.replace(",", "")), unescape(href)


def _listed(client: Client, href: str) -> list[str]:
    """The numbers of all matters of a list, over all its pages."""
    found: list[str] = []
    while href:
        page = client.get(href).content.decode()
        found += re.findall(r'<span class="code">(WX[^<]+)</span>', page.split("data-rows", 1)[-1])
        following = re.search(r'rel="next" href="([^"]+)"', page)
        href = unescape(following.group(1)) if following else ""
    return found


@pytest.fixture
def busy(town: Town) -> Town:
    """A town with work in many states, of many ages, some of it late, some of it closed."""
    now = timezone.now()
    for days, words in ((0, "路灯不亮"), (2, "井盖松动"), (7, "树枝挡路"), (20, "垃圾没人收")):
        one = noise(words=words)
        Matter.objects.filter(pk=one.pk).update(received_at=now - timedelta(days=days))
    late = handling(town, noise(words="夜里施工太吵"))
    Matter.objects.filter(pk=late.pk).update(due_at=now - timedelta(days=2))
    waiting = handling(town, noise(words="白天施工太吵"))
    act(waiting.pk, "ask", {"reply": "请告诉我们是哪一栋"}, by=of_unit(town, waiting.holder), at=now)
    offered = classed(town, noise(words="早上施工太吵"))
    act(offered.pk, "assign", {"unit": offered.route_why["lead"]}, by=town.operator, at=now)
    merged, main = noise(words="同一件事"), noise(words="同一件事，另一个人说的")
    act(merged.pk, "merge", {"matter": main.number}, by=town.operator, at=now)
    return town


class TestTheDashboard:
    @pytest.mark.parametrize("who", ["chief", "operator", "handler_urban_mgmt"])
    def test_every_number_leads_to_the_list_it_counts(self, busy: Town, who: str) -> None:
        of_unit(busy, "urban_mgmt")
        client = signed_in(busy, who)
        page = client.get("/staff/dashboard").content.decode()
        numbers = list(_numbers(page))
        assert len(numbers) >= (12 if who != "handler_urban_mgmt" else 4)
        for shown, href in numbers:
            listed = _listed(client, href)
            assert len(listed) == len(set(listed)) == shown, href

    def test_it_adds_up_and_says_of_what_a_share_is(self, busy: Town) -> None:
        page = signed_in(busy, "chief").get("/staff/dashboard").content.decode()
        by_unit = re.findall(r'<a href="[^"]*holder=\w+&amp;state=open">(\d+)</a>', page)
        by_state = re.findall(r'<a href="[^"]*\?state=(?!open)\w+">(\d+)</a>', page)
        (whole,) = re.findall(r'<dd><a href="[^"]*\?state=open">(\d+)</a>', page)
        assert sum(map(int, by_unit)) == sum(map(int, by_state)) == int(whole) == 8
        assert "期限还在走的 7 件里的 14.3%" in page

    def test_an_age_lies_in_one_band(self) -> None:
        now = timezone.now()
        for hours in (0, 23, 24, 25, 119, 120, 121, 359, 360, 361, 9999):
            at = now - timedelta(hours=hours)
            bands = [search.age_band(n, now) for n in range(4)]
            inside = [
                n
                for n, band in enumerate(bands)
                if band.get("received_at__gte", at) <= at < band.get("received_at__lt", at + timedelta(1))
            ]
            assert len(inside) == 1, hours


class TestTheLists:
    def test_what_cannot_be_assigned_yet_says_why_and_is_not_ticked(self, town: Town) -> None:
        raw, ready = noise(words="楼上天天吵"), classed(town, noise())
        danger = classed(town, noise(words="我家厨房着火了，火已经烧到窗户"))
        page = signed_in(town, "operator").get("/staff/q/intake").content.decode()
        said = {}
        for one in (raw, ready, danger):
            found = re.search(rf"<tr>(?:(?!</tr>).)*{one.number}.*?</tr>", page, re.S)
            assert found
            row = found.group(0)
            (box,) = re.findall(r"<input[^>]*>", row)
            said[one.number] = (" disabled" in box, *re.findall(r'<div class="muted">([^<]*)</div>', row))
        assert said == {
            raw.number: (True, "先核定分类"),
            ready.number: (False,),
            danger.number: (True, "先看险情"),
        }

    def test_what_came_back_looks_different_from_what_came_in(self, town: Town) -> None:
        now = timezone.now()
        new, refused = classed(town, noise(words="刚来的一件")), classed(town, noise(words="退回来的一件"))
        for _time in range(2):
            act(refused.pk, "assign", {"unit": "urban_mgmt"}, by=town.operator, at=now)
            act(refused.pk, "refuse", {"reason": "不归我们管"}, by=of_unit(town, "urban_mgmt"), at=now)
        page = signed_in(town, "operator").get("/staff/q/intake").content.decode()
        rows = {one.number: row for one in (new, refused) for row in page.split("<tr>") if one.number in row}
        assert "退单 2 次" in rows[refused.number]
        assert "退单" not in rows[new.number]
        own = matters.receive(Report(words="楼上漏水，物业不管", division="990101001"), by=town.police, at=now)
        given = {"category": "env.noise.construction", "handling_class": "request"}
        act(own.pk, "classify", given, by=town.police, at=now)
        wanted = {"unit": "hotline", "way": "push", "caller_agrees": "yes", "reason": "不属警务"}
        act(own.pk, "divert", wanted, by=town.police, at=now)
        act(own.pk, "send_back", {"reason": "请先核实"}, by=town.reviewer1, at=now)
        assert "审核退回" in signed_in(town, "police").get("/staff/q/intake").content.decode()

    def test_a_reader_hears_that_a_queue_presses_not_that_it_is_late(self, town: Town) -> None:
        one = noise()
        act(one.pk, "bypass", {"reason": "可能有人受伤"}, by=town.operator, at=timezone.now())
        for lang, words in (("zh-hans", "件，急"), ("en", "urgent")):
            page = signed_in(town, "police", lang).get("/staff/").content.decode()
            (spoken,) = re.findall(r'<span class="count late">1<span class="sr"> ([^<]*)</span>', page)
            assert spoken == words


class TestTheMatter:
    def test_a_second_round_of_sign_offs_stands_apart(self, town: Town) -> None:
        now = timezone.now()
        one = matters.receive(Report(words="楼上漏水，物业不管", division="990101001"), by=town.police, at=now)
        kind = {"category": "env.noise.construction", "handling_class": "request"}
        act(one.pk, "classify", kind, by=town.police, at=now)
        wanted = {"unit": "hotline", "way": "push", "caller_agrees": "yes", "reason": "不属警务"}
        for first in (True, False):
            act(one.pk, "divert", wanted, by=town.police, at=now)
            act(one.pk, "sign", {"reason": "同意"}, by=town.reviewer1, at=now)
            if first:
                act(one.pk, "send_back", {"reason": "请先核实"}, by=town.reviewer2, at=now)
        page = signed_in(town, "police").get(f"/staff/m/{one.number}").content.decode()
        assert page.count('<tr class="round">') == 1
        assert page.index("第 1 轮") < page.index('<tr class="round">') < page.index("第 2 轮")

    def test_what_staff_attached_does_not_stand_under_the_requesters_words(self, town: Town) -> None:
        one = handling(town, noise())
        unit = of_unit(town, one.holder)
        for verb, given, by, name in (
            ("add", {"words": "门口的照片"}, RESIDENT, "hers.jpg"),
            ("answer", {"evidence": "photo", "reply": "已拆除", "ticked": ["0"]}, unit, "ours.jpg"),
        ):
            photo = files.Upload(name=name, kind="image/jpeg", data=name.encode(), width=1, height=1)
            act(one.pk, verb, given, by=by, at=timezone.now(), uploads=(photo,))
        page = signed_in(town, "operator").get(f"/staff/m/{one.number}").content.decode()
        words, ours = page.index("诉求人原话"), page.index("工作人员的附件")
        assert words < page.index("hers.jpg") < ours < page.index("ours.jpg")

    def test_a_button_of_staff_does_not_speak_as_the_requester(self) -> None:
        for step in STEPS.values():
            said = desk_name(step)
            assert not re.search(r"[我您]", said.zh), step.verb
            assert not re.search(r"\b(my|our|your)\b", said.en), step.verb


def test_somebody_who_came_second_reads_what_happened_and_not_that_a_field_is_wrong(town: Town) -> None:
    one = noise()
    client = signed_in(town, "operator")
    sent = {"category": "env.noise.construction", "handling_class": "request", "version": str(one.version), "turn": "1"}
    classed(town, one)
    answer = client.post(f"/staff/m/{one.number}/classify", sent)
    assert answer.status_code == 409
    (said,) = re.findall(r'<h2 id="errors-h">([^<]*)</h2>', answer.content.decode())
    assert said.startswith("别人刚刚处理过这件事")


def test_every_message_has_a_name_on_the_administrators_pages(town: Town) -> None:
    for verb in (*MESSAGES, "account_alarm", "hot_issue", "unusual_reading"):
        assert not re.search(r"[a-z]_[a-z]", message_name(verb).zh), verb
        assert message_name(verb).en != verb
    assert "object_other" not in signed_in(town, "admin").get("/staff/messages").content.decode()


def test_a_form_that_gives_a_file_can_be_used_again(town: Town) -> None:
    """Whatever answers with a file says so on its form; the script frees only such a form without a new page."""
    one = noise()
    client = signed_in(town, "shift_lead")
    for href in (f"/staff/m/{one.number}/print", "/staff/search/export?query=state%3Dopen"):
        page = client.get(href).content.decode()
        forms = re.findall(r"<form[^>]*method=\"post\"[^>]*>(?:(?!</form>).)*name=\"as\"", page, re.S)
        assert forms, href
        assert all("data-gives" in form.partition(">")[0] for form in forms), href


class TestTheFirstDay:
    """Whoever sets a town up alone is told on the page what is missing, and the command that adds it."""

    def _keep(self, *names: str) -> None:
        Staff.objects.exclude(username__in=names).update(is_active=False)

    def test_the_page_says_which_administrator_is_missing(self, town: Town) -> None:
        both, nobody_proposes, nobody_confirms = "账号管理", "还没有安全管理员", "还没有第二位管理员"
        for left, who, said in (
            (("admin", "security"), "security", set()),
            (("admin",), "admin", {nobody_proposes, nobody_confirms}),
            (("security",), "security", {nobody_confirms}),
            (("admin", "auditor"), "auditor", {nobody_proposes}),
        ):
            Staff.objects.update(is_active=True)
            self._keep(*left)
            page = signed_in(town, who).get("/staff/people").content.decode()
            assert both in page
            assert {one for one in (nobody_proposes, nobody_confirms) if one in page} == said, left
            assert ("wuxiao staff add" in page) == bool(said)
            assert ("--role security" in page) == (nobody_proposes in said)

    def test_an_administrator_added_on_the_machine_is_told_to_the_auditors(self, town: Town) -> None:
        Staff.objects.filter(username="auditor").update(email="auditor@example.com")
        at = timezone.now()
        for name in ("second1", "second2"):
            appointments.add_from_machine(name, name, Appointment(Role.ADMIN, "data_bureau"), by=SYSTEM, at=at)
        told = Message.objects.filter(verb="account_alarm", address="auditor@example.com").values_list(
            "text", flat=True
        )
        assert sorted(re.findall(r"Account (\w+):", " ".join(told))) == ["second1", "second2"]
        with pytest.raises(Refused):
            appointments.add_from_machine(
                "third", "third", Appointment(Role.ADMIN, "data_bureau"), by=town.security, at=at
            )


def test_late_has_two_names_and_another_year_is_shown(town: Town) -> None:
    calendar, now = books.current(timezone.now()).calendar, timezone.now()
    past, future = now - timedelta(days=2), now + timedelta(days=9)
    said = {}
    for name, promise in (("step", future), ("promise", past)):
        for lang in ("zh", "en"):
            chip = due_chip(past, now, calendar, lang, state="handling", promise=promise)  # type: ignore[arg-type]
            said[name, lang] = (chip.tone, chip.text)
    assert said == {
        ("step", "zh"): ("soon", "环节超时 2 天"),
        ("step", "en"): ("soon", "step 2 days late"),
        ("promise", "zh"): ("late", "承诺超时 2 天"),
        ("promise", "en"): ("late", "promise 2 days late"),
    }
    at = datetime(2026, 11, 29, 12, tzinfo=SHANGHAI)
    assert short(datetime(2025, 12, 11, 11, 59, tzinfo=SHANGHAI), now=at) == "2025-12-11 11:59"
    assert short(datetime(2026, 3, 5, 15, 20, tzinfo=SHANGHAI), now=at) == "03-05 15:20"
