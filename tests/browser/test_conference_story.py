"""A conference that ends a ping-pong, in a real browser: the lead body, two members, both languages, desk and phone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.utils import timezone

from tests.browser.sent import sent
from tests.browser.test_staff_story import PASSWORD, no_sideways, sign_in
from tests.desk.people import Town, of_unit, settle
from tests.subjects.test_conference import person
from tests.web.test_tasks import refused
from wuxiao.records.models import Case, Conference, Matter, Slot, Staff, Task
from wuxiao.rules.access import Role
from wuxiao.rules.calendar import Calendar

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
LIST = "/staff/c/conference"
SIX = ("petition_office", "hotline", "justice", "housing", "urban_mgmt", "eco")


@pytest.fixture
def town(transactional_db: None) -> Town:
    cache.clear()
    made = settle()
    person(made, "chair", Role.LEAD)
    person(made, "clerk")
    of_unit(made, "eco")
    of_unit(made, "urban_mgmt")
    Staff.objects.update(must_change_password=False, password=make_password(PASSWORD))
    return made


class Desk:
    """Somebody at the desk, signed in; what they do is done as a person does it: open a panel, fill it, send it."""

    def __init__(self, page: Any, axe: Callable[..., None], name: str, lang: str) -> None:
        self.page, self.axe = page, axe
        sign_in(page, name, lang)

    def look(self) -> None:
        self.axe(self.page, exclude=["a[data-up]"] if self.page.locator(".acts details[open]").count() else [])
        no_sideways(self.page)

    def open(self, verb: str) -> Any:
        panel = self.page.locator(f"#do-{verb}")
        panel.locator("summary").click()
        return panel

    def send(self, panel: Any) -> None:
        sent(self.page, panel.locator(".send button"))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_conference_ends_a_ping_pong(
    town: Town, live_server: Any, open_page: Callable[..., Any], axe: Callable[..., None], lang: str
) -> None:
    """Three refusals; a conference names who does it; the unit takes its task, does it, and the sitting is over."""
    matter = refused(town, timezone.now())
    assert matter.state == "joint"
    day = Calendar.official().add_workdays(timezone.localdate(), 1).isoformat()
    assert matter.due_at is not None
    due = (timezone.localtime(matter.due_at) + timedelta(days=1)).date().isoformat()

    def desk(name: str, view: str = "desk") -> Desk:
        return Desk(open_page(view, lang, base_url=live_server.url), axe, name, lang)

    chair = desk("chair")
    chair.page.goto(f"{LIST}/new")
    chair.page.fill("[name=date]", day)
    chair.look()
    sent(chair.page, chair.page.locator("main form .btn.primary"))
    case = Case.objects.get(life="conference")

    clerk = desk("clerk")
    clerk.page.goto(f"{LIST}/{case.number}")
    panel = clerk.open("put_on")
    panel.locator(f"[name=item] option[value='{matter.number}'], [name=item][value='{matter.number}']").first.wait_for(
        state="attached"
    )
    if panel.locator("select[name=item]").count():
        panel.locator("[name=item]").select_option(matter.number)
    else:
        panel.locator(f"[name=item][value='{matter.number}']").check()
    panel.locator("[name=brief]").fill("夜里打桩谁来管")
    clerk.look()
    clerk.send(panel)

    chair.page.goto(f"{LIST}/{case.number}")
    panel = chair.open("convene")
    panel.locator("[name=time]").fill("9:30")
    panel.locator("[name=place]").fill("信访局二楼")
    chair.send(panel)

    eco = desk("handler_eco", "phone")
    eco.page.goto(LIST)
    eco.page.click(f"a.open[href$='{case.number}']")
    panel = eco.open("answer")
    panel.locator("[name=answer][value=come]").check()
    eco.look()
    eco.send(panel)

    # Its day and its hour have come.
    Conference.objects.filter(matter_id=case.pk).update(sits_on=timezone.localdate())
    Slot.objects.filter(case=case).update(starts_at=timezone.now())
    chair.page.goto(f"{LIST}/{case.number}")
    panel = chair.open("sit")
    assert panel.locator("[name=present][value=eco]").is_checked(), "who said that they come is ticked already"
    for unit in SIX:
        panel.locator(f"[name=present][value={unit}]").check()
    chair.look()
    chair.send(panel)
    panel = chair.open("decide")
    if panel.locator("select[name=item]").count():
        panel.locator("[name=item]").select_option(matter.number)
    panel.locator("[name=unit]").select_option("eco")
    panel.locator("[name=what]").fill("夜里巡查，叫停打桩")
    panel.locator("[name=due]").fill(due)
    panel.locator("[name=co][value=urban_mgmt]").check()
    chair.look()
    panel.locator(".send button").click()
    # A day later than what the requester was promised is said once, with everything that was written still there.
    chair.page.wait_for_selector("#do-decide .advice")
    chair.look()
    assert panel.locator("[name=what]").input_value() == "夜里巡查，叫停打桩"
    assert Matter.objects.get(pk=matter.pk).holder != "eco"
    chair.send(panel)
    assert Matter.objects.get(pk=matter.pk).holder == "eco"

    clerk.page.goto(f"{LIST}/{case.number}")
    panel = clerk.open("write_up")
    assert "夜里巡查" in panel.locator("[name=minutes]").input_value()
    clerk.send(panel)
    chair.page.goto(f"{LIST}/{case.number}")
    chair.send(chair.open("confirm"))
    chair.look()

    helper = desk("handler_urban_mgmt")
    for one in (eco, helper):
        one.page.goto("/staff/tasks")
        one.look()
        one.page.click("a.open")
        one.look()
        one.send(one.open("task_take"))
        panel = one.open("task_done")
        panel.locator("[name=proof]").fill("连查三夜，没有再打桩")
        one.look()
        one.send(panel)
    assert set(Task.objects.values_list("state", flat=True)) == {"done"}

    resident = open_page("phone", lang, base_url=live_server.url)
    resident.goto(f"/p/{matter.code}")
    said = resident.inner_text("main")
    assert ("联席会议" if lang == "zh" else "joint") in said
    assert "夜里巡查" not in said, "what units agreed on among themselves is not hers to read"
