"""Whatever page comes back to somebody who tells of danger: whom to call stands first, and her words are kept."""

from __future__ import annotations

import re

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from tests.desk.people import Town, settle
from tests.web.test_rights import BRIBED, answered
from tests.web.test_staff import handling, noise, signed_in
from wuxiao.desk.base.actor import RESIDENT, SYSTEM
from wuxiao.desk.base.errors import Refused
from wuxiao.desk.case.act import act
from wuxiao.desk.matters import call_backs
from wuxiao.records.models import CallBack, Entry, Matter, Words

pytestmark = [pytest.mark.django_db, pytest.mark.either]
GAS = "现在屋里全是煤气味，老人晕倒了，快来人"
AGAINST = f"{BRIBED}。{GAS}"


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> Town:
    cache.clear()
    monkeypatch.setattr(call_backs, "lot", lambda matter_id, round_: 0.0)
    return settle()


def zh() -> Client:
    return Client(headers={"accept-language": "zh-CN"})


def first(page: str) -> bool:
    """Whether 110, 119 and 120 stand before every notice, error and form of a page."""
    main = page[page.index("<main") :]
    if "tel:110" not in main:
        return False
    marks = [main.find(mark) for mark in ('class="notice', 'id="errors"', "<form", "<h1")]
    return main.index('class="sos"') < min(m for m in marks if m >= 0)


def closed(town: Town) -> Matter:
    matter = answered(town, handling(town, noise()))
    return act(matter.pk, "close", {}, by=SYSTEM, at=timezone.now())


def test_a_step_that_is_refused_says_whom_to_call(town: Town) -> None:
    matter, client = handling(town, noise()), zh()
    url = f"/p/{matter.code}/do/urge"
    assert client.post(url, {"reason": "请快一点", "key": "a"}).status_code == 302
    quiet = client.post(url, {"reason": "还是请快一点", "key": "b"})
    assert (quiet.status_code, first(quiet.content.decode())) == (409, False)
    shown = client.post(url, {"reason": GAS, "key": "c"})
    assert (shown.status_code, first(shown.content.decode())) == (409, True)
    assert Matter.objects.get(pk=matter.pk).danger_open


def test_what_is_too_long_is_heard_and_can_be_sent_shorter(town: Town) -> None:
    matter, client = handling(town, noise()), zh()
    url = f"/p/{matter.code}/do/withdraw"
    version = Matter.objects.get(pk=matter.pk).version
    shown = client.post(url, {"reason": GAS + "，" + "路" * 4000, "key": "a", "version": version})
    page = shown.content.decode()
    assert (shown.status_code, first(page)) == (400, True)
    assert Matter.objects.get(pk=matter.pk).danger_open
    again = dict(re.findall(r'name="(key|version)" value="([^"]*)"', page))
    assert client.post(url, {"reason": GAS, **again}).status_code == 302


@pytest.mark.parametrize(("verb", "field"), [("add", "words"), ("withdraw", "reason"), ("urge", "reason")])
def test_danger_about_somebody_is_kept_at_once_from_them_and_nothing_is_asked_first(
    town: Town, verb: str, field: str
) -> None:
    matter, client = handling(town, noise()), zh()
    assert matter.holder == "urban_mgmt"
    url = f"/p/{matter.code}/do/{verb}"
    version = Matter.objects.get(pk=matter.pk).version
    asked = client.post(url, {field: BRIBED, "key": "q", "version": version})
    assert 'name="hide"' in asked.content.decode(), "without danger the question comes first"
    done = client.post(url, {field: AGAINST, "key": "d", "version": version})
    assert done.status_code == 302
    matter.refresh_from_db()
    assert (matter.danger_open, matter.shielded, "urban_mgmt" in matter.hidden) == (True, True, True)
    assert Words.objects.filter(matter=matter, text=AGAINST).exists()
    page = client.get(done["Location"]).content.decode()
    assert first(page)
    assert "没有先问您就替您保密了" in page


def test_thanks_after_danger_say_whom_to_call(town: Town) -> None:
    matter, client = answered(town, handling(town, noise())), zh()
    given = {"rating": "1", "solved": "no", "words": GAS, "key": "r", "version": matter.version}
    done = client.post(f"/p/{matter.code}/do/rate", given)
    assert done["Location"].endswith("/do/object?done=rate")
    assert first(client.get(done["Location"]).content.decode())


def test_the_link_of_a_call_back_says_it_on_every_page_and_hears_every_word(town: Town) -> None:
    matter, client = closed(town), zh()
    url = f"/c/{CallBack.objects.get(matter=matter).token}"
    without = client.post(url, {"solved": "no", "words": GAS})
    assert (without.status_code, first(without.content.decode())) == (400, True)
    assert Matter.objects.get(pk=matter.pk).danger_open
    thanks = client.post(url, {"solved": "no", "rating": "1", "words": GAS})
    assert (thanks.status_code, first(thanks.content.decode())) == (200, True)
    other = closed(town)
    link = f"/c/{CallBack.objects.get(matter=other).token}"
    assert client.post(link, {"solved": "yes", "rating": "5", "words": ""}).status_code == 200
    over = client.post(link, {"solved": "no", "rating": "1", "words": GAS})
    assert (over.status_code, first(over.content.decode())) == (410, True)
    assert Matter.objects.get(pk=other.pk).danger_open


def test_a_caller_whose_call_back_was_answered_meanwhile_is_heard(town: Town) -> None:
    matter = closed(town)
    row = CallBack.objects.get(matter=matter)
    call_backs.answer_by_link(row.token, {"rating": "4", "solved": "yes"}, at=timezone.now())
    given = {"way": "phone", "contacted": "yes", "solved": "no", "rating": "1", "words": GAS}
    late = signed_in(town, "caller").post(f"/staff/call-backs/{matter.number}", given)
    assert late.status_code == 409
    matter.refresh_from_db()
    assert matter.danger_open


def test_a_form_that_was_open_too_long_says_whom_to_call(town: Town) -> None:
    matter = handling(town, noise())
    client = Client(enforce_csrf_checks=True, headers={"accept-language": "zh-CN", "origin": "http://testserver"})
    for words, danger in (("路灯还是不亮", False), (GAS, True)):
        shown = client.post(f"/p/{matter.code}/do/add", {"words": words})
        assert (shown.status_code, "tel:110" in shown.content.decode()) == (403, danger)


def test_a_report_that_is_too_long_says_whom_to_call(town: Town) -> None:
    client = zh()
    for words, danger in (("路灯不亮，" + "路" * 4000, False), (GAS + "，" + "路" * 4000, True)):
        shown = client.post("/new", {"words": words})
        assert (shown.status_code, "tel:110" in shown.content.decode()) == (400, danger)


class TestWhatAClosedMatterTakesNoMore:
    def test_the_words_go_with_one_click_into_a_new_report(self, town: Town) -> None:
        matter, client = closed(town), signed_in(town, "operator")
        shown = client.post(f"/staff/m/{matter.number}/note", {"words": f"来电人说：{GAS}", "version": matter.version})
        page = shown.content.decode()
        assert shown.status_code == 403
        assert "请登记为新事项" in page
        assert "有险情" in page, "what was heard stands on the closed one too"
        (form,) = [f for f in re.findall(r"<form\b.*?</form>", page, re.S) if 'name="carried"' in f]
        target = re.search(r'action="([^"]*)"', form)
        assert target is not None
        before = Matter.objects.count()
        carried = client.post(target.group(1), {"carried": "1", "words": f"来电人说：{GAS}"}).content.decode()
        assert f"来电人说：{GAS}" in carried
        assert "data-intake" in carried
        assert Matter.objects.count() == before, "nothing is received before the operator sends it"
        assert Entry.objects.filter(matter=matter, verb="warned").count() == 1

    def test_the_page_of_one_says_where_to(self, town: Town) -> None:
        matter = closed(town)
        assert "登记为新事项" in signed_in(town, "operator").get(f"/staff/m/{matter.number}").content.decode()
        open_one = handling(town, noise())
        assert "登记为新事项" not in signed_in(town, "operator").get(f"/staff/m/{open_one.number}").content.decode()


def test_open_danger_is_counted_in_the_rail(town: Town) -> None:
    matter, client = closed(town), signed_in(town, "operator")
    assert "险情未看" in client.get("/staff/").content.decode()
    assert matter.number not in client.get("/staff/q/danger").content.decode()
    with pytest.raises(Refused):
        act(matter.pk, "add", {"words": GAS}, by=RESIDENT, at=timezone.now())
    assert matter.number in client.get("/staff/q/danger").content.decode()


def test_the_operator_is_not_asked_first_either(town: Town) -> None:
    matter, client = handling(town, noise()), signed_in(town, "operator")
    given = {"words": AGAINST, "for_caller": "number", "version": Matter.objects.get(pk=matter.pk).version}
    done = client.post(f"/staff/m/{matter.number}/add", given)
    assert done.status_code == 302
    matter.refresh_from_db()
    assert (matter.danger_open, "urban_mgmt" in matter.hidden) == (True, True)
