"""Inspections in a real browser: people at the desk, the place's own page on a phone, both languages."""

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
from tests.desk.people import ENCODED, Town, settle
from tests.desk.test_register import HOTEL, RENTED
from tests.web.resident_town import photo
from wuxiao.desk.base import actor
from wuxiao.desk.base.actor import SYSTEM
from wuxiao.desk.doors import staff
from wuxiao.desk.doors.staff import Appointment
from wuxiao.desk.register import acts
from wuxiao.desk.town import books
from wuxiao.records.models import Case, Finding, Row, Staff
from wuxiao.rules.access import Role

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
UNIT = "ps_qingping"
LIST = "/staff/c/inspection"
CAFE = HOTEL | {"kind": "net_cafe", "title": "星海网吧", "address": "清平路8号"}
POSTS = (("li", Role.HANDLER), ("wang", Role.HANDLER), ("zhao", Role.HANDLER), ("boss", Role.LEAD))


@pytest.fixture
def town(transactional_db: None) -> Town:
    cache.clear()
    made, now = settle(), timezone.now()
    for name, role in POSTS:
        person, _ = staff.create(name, name, [Appointment(role, UNIT)], by=SYSTEM, at=now, encoded=ENCODED)
        made.people[name] = actor.of_staff(person, books.current(now).book)
    Staff.objects.update(must_change_password=False, password=make_password(PASSWORD))
    return made


class Desk:
    """Somebody at the desk, signed in; what they do is done as a person does it: open a panel, fill it, send it."""

    def __init__(self, page: Any, axe: Callable[..., None], name: str, lang: str) -> None:
        self.page, self.axe = page, axe
        sign_in(page, name, lang)

    def look(self) -> None:
        # Half a link of a long rail lies under the head while the page is scrolled, and is reached by scrolling.
        self.page.evaluate("scrollTo(0, 0)")
        # An open panel lies over the page, on a phone over half a link: what it covers is no target until it is shut.
        self.axe(self.page, exclude=["a[data-up]"] if self.page.locator(".acts details[open]").count() else [])
        no_sideways(self.page)

    def at(self, case: Case) -> None:
        self.page.goto(f"{LIST}/{case.number}")

    def open(self, verb: str) -> Any:
        panel = self.page.locator(f"#do-{verb}")
        panel.locator("summary").click()
        return panel

    def send(self, panel: Any) -> None:
        sent(self.page, panel.locator(".send button"))

    def plan(self, row: Row) -> Case:
        self.page.goto(f"{LIST}/new")
        self.page.fill("[name=place]", row.code)
        self.page.select_option("[name=why]", "cycle")
        self.page.fill("[name=date]", day(2))
        self.look()
        sent(self.page, self.page.locator("main form .btn.primary"))
        return Case.objects.get(life="inspection")

    def send_two(self, town: Town) -> None:
        panel = self.open("assign")
        for name in ("li", "wang"):
            panel.locator(f"[name=pair][value='{town.people[name].staff_id}']").check()
        self.look()
        self.send(panel)

    def arrive(self) -> None:
        self.send(self.open("arrive"))

    def fill(self, wrong: set[str]) -> None:
        panel = self.open("fill")
        for group in panel.locator("fieldset").all():
            name = group.locator("input").first.get_attribute("name").removeprefix("q_")
            group.locator(f"input[value={'no' if name in wrong else 'yes'}]").check()
        self.look()
        self.send(panel)

    def leave(self, due: int) -> None:
        panel = self.open("leave")
        panel.locator("[name=signed][value=signed]").check()
        panel.locator("[name=due]").fill(day(due))
        self.look()
        self.send(panel)


def day(days: int) -> str:
    return f"{timezone.localtime() + timedelta(days=days):%Y-%m-%d}"


def fresh(case: Case) -> Case:
    case.refresh_from_db()
    return case


PICTURE = {"name": "after.jpg", "mimeType": "image/jpeg", "buffer": photo()}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_net_cafe_from_the_plan_to_the_second_look(
    town: Town, live_server: Any, open_page: Callable[..., Any], axe: Callable[..., None], lang: str
) -> None:
    """Three people of the station at the desk, and the owner on a phone; a page is left as it was by who went wrong."""
    cafe = acts.put_in("premises", CAFE, by=town.boss, at=timezone.now())

    def desk(name: str) -> Desk:
        return Desk(open_page("desk", lang, base_url=live_server.url), axe, name, lang)

    boss = desk("boss")
    case = boss.plan(cafe)
    boss.send_two(town)

    li, wang = desk("li"), desk("wang")
    li.at(case)
    li.arrive()
    assert li.page.locator("#do-arrive").count() == 0, "she is there, and says it once"
    # The other of the two says it on her own page; nobody says it for her.
    wang.at(case)
    wang.arrive()
    wang.look()
    li.at(case)
    li.fill({"lights", "drill"})
    panel = li.open("find")
    panel.locator("[name=item]").select_option("lights")
    panel.locator("[name=finding]").fill("二楼两盏应急灯不亮")
    li.send(panel)
    # What was answered stands in the form when it is opened again, and there is something left to say by when.
    assert li.open("fill").locator("input[name=q_lights]:checked").get_attribute("value") == "no"
    assert li.page.locator("#do-leave summary").get_attribute("class") == "btn primary", "the list is filled"
    panel = li.open("leave")
    panel.locator("[name=signed][value=signed]").check()
    assert panel.locator("[name=due]").get_attribute("required") is not None, "asked for before it is sent"
    li.look()
    panel.locator("[name=due]").fill(day(7))
    li.send(panel)
    assert fresh(case).state == "ordered"
    assert "二楼两盏应急灯不亮" in li.page.inner_text("main .facts")
    li.look()

    owner = open_page("phone", lang, base_url=live_server.url)
    owner.goto("/find")
    owner.fill("[name=code]", case.code)
    owner.click("main form .btn.primary")
    owner.wait_for_url(f"**/o/{case.code}")
    axe(owner)
    no_sideways(owner)
    said = owner.inner_text("main")
    assert "二楼两盏应急灯不亮" in said
    assert "24:00" in said, "the day in the order counts to its end"
    assert "li" not in said.split()
    owner.click(f"a[href$='/o/{case.code}/do/mended']")
    owner.fill("[name=words]", "灯换了,演练做了")
    axe(owner)
    no_sideways(owner)
    sent(owner, owner.locator("main form .btn.primary"), ".notice")
    assert fresh(case).state == "recheck"

    # Whoever went is told why they do not look again; the third does, with a picture.
    li.at(case)
    assert li.page.locator("#do-recheck").count() == 0
    zhao = desk("zhao")
    zhao.at(case)
    panel = zhao.open("recheck")
    for one in Finding.objects.filter(matter_id=case.pk):
        panel.locator(f"[name=o_{one.number}][value=mended]").check()
    panel.locator("[name=files]").set_input_files(PICTURE)
    zhao.look()
    zhao.send(panel)
    assert (fresh(case).state, case.outcome) == ("closed", "mended")
    zhao.page.goto(f"{LIST}?where=in.closed")
    assert case.number in zhao.page.inner_text("main")
    zhao.look()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_landlord_objects_and_supervision_answers(
    town: Town, live_server: Any, open_page: Callable[..., Any], axe: Callable[..., None], lang: str
) -> None:
    """Rooms let, all at the desk on a phone as well; what was not so is withdrawn, what is so stays to be mended."""
    rooms = acts.put_in("premises", RENTED, by=town.boss, at=timezone.now())

    def desk(name: str, view: str = "phone") -> Desk:
        return Desk(open_page(view, lang, base_url=live_server.url), axe, name, lang)

    boss = desk("boss")
    case = boss.plan(rooms)
    boss.send_two(town)
    for name in ("li", "wang"):
        wang = desk(name)
        wang.at(case)
        wang.arrive()
    wang.fill({"smoke", "split"})
    wang.leave(10)

    landlord = open_page("phone", lang, base_url=live_server.url)
    landlord.goto(f"/o/{case.code}")
    landlord.click(f"a[href$='/o/{case.code}/do/object']")
    landlord.fill("[name=words]", "客厅是后来的书架,不是隔断,房间没有变")
    sent(landlord, landlord.locator("main form .btn.primary"), ".notice")
    assert fresh(case).state == "ordered"

    above = desk("supervisor", "desk")
    above.page.goto(LIST)
    above.page.click(f"a.open[href$='{case.number}']")
    panel = above.open("settle")
    panel.locator("[name=reply]").fill("看过现场照片,书架能搬开,这一条撤销;烟感还要装")
    found = {one.item: one.number for one in Finding.objects.filter(matter_id=case.pk)}
    panel.locator(f"[name=o_{found['split']}][value=withdrawn]").check()
    panel.locator(f"[name=o_{found['smoke']}][value=not_yet]").check()
    above.look()
    above.send(panel)

    states = dict(Finding.objects.filter(matter_id=case.pk).values_list("item", "state"))
    assert (fresh(case).state, states) == ("ordered", {"split": "withdrawn", "smoke": "open"})
    landlord.goto(f"/o/{case.code}")
    assert "烟感还要装" in landlord.inner_text("main")
    axe(landlord)
    no_sideways(landlord)
