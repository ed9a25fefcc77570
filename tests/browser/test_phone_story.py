"""The phone tray in a real browser: a round without network and back, cut at every request, reloaded, killed, left."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.utils import timezone

from tests.browser.test_inspection_story import CAFE, PICTURE, POSTS, UNIT, day
from tests.browser.test_staff_story import PASSWORD, no_sideways, sign_in
from tests.desk.people import ENCODED, Town, settle
from wuxiao.desk.base import actor
from wuxiao.desk.base.actor import SYSTEM
from wuxiao.desk.case import opening
from wuxiao.desk.case.act import act
from wuxiao.desk.doors import staff
from wuxiao.desk.doors.staff import Appointment
from wuxiao.desk.register import acts
from wuxiao.desk.town import books
from wuxiao.records.models import Attachment, Case, Entry, Inspection, Staff

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
TRAY = "/staff/phone/"
ITEMS = ("exits", "bars", "extinguishers", "lights", "alarm", "wiring", "charging", "living", "accepted", "drill")


@pytest.fixture
def town(transactional_db: None) -> Town:
    cache.clear()
    made, now = settle(), timezone.now()
    for name, role in POSTS:
        person, _ = staff.create(name, name, [Appointment(role, UNIT)], by=SYSTEM, at=now, encoded=ENCODED)
        made.people[name] = actor.of_staff(person, books.current(now).book)
    Staff.objects.update(must_change_password=False, password=make_password(PASSWORD))
    return made


def visit(town: Town, number: int = 1) -> Case:
    """Plan a visit of two and send them."""
    now = timezone.now()
    place = acts.put_in(
        "premises", CAFE | {"title": f"星海网吧{number}", "address": f"清平路{number}号"}, by=town.boss, at=now
    )
    case = opening.plan("inspection", {"place": place.code, "why": "cycle"}, by=town.boss, at=now)
    pair = [str(town.people[name].staff_id) for name in ("li", "wang")]
    return act(case.pk, "assign", {"pair": pair}, by=town.boss, at=now)  # type: ignore[no-any-return]


def verbs(case: Case) -> list[str]:
    found = Entry.objects.filter(matter_id=case.pk).exclude(verb="read").order_by("turn")
    return list(found.values_list("verb", flat=True))


class Phone:
    """An inspector's phone: what she does with a finger, and what she reads."""

    def __init__(self, page: Any, name: str = "li", lang: str = "zh") -> None:
        self.page, self.lang = page, lang
        sign_in(page, name, lang)
        self.open()

    def open(self) -> None:
        self.page.goto(TRAY)
        self.page.wait_for_selector("[data-ready]")

    def take(self) -> None:
        # The page is kept once its worker has it: then it opens without network.
        self.page.evaluate("navigator.serviceWorker.ready")
        self.page.reload()
        self.page.wait_for_selector("[data-ready]")
        assert self.page.evaluate("navigator.serviceWorker.controller !== null")
        self.page.locator("[data-app] > .btn.primary").click()
        self.page.wait_for_selector(".tray-places .place")

    def at(self, number: int = 1) -> None:
        self.page.locator(".place", has_text=f"清平路{number}号").click()

    def step(self, verb: str) -> Any:
        panel = self.page.locator(f"[data-step={verb}]")
        if panel.get_attribute("open") is None:
            panel.locator("summary").click()
        return panel

    def keep(self, panel: Any) -> None:
        panel.locator("button[type=submit]").click()
        self.page.wait_for_selector(".notice.done")

    def arrive(self) -> None:
        self.keep(self.step("arrive"))

    def fill(self, wrong: set[str] = frozenset(), only: tuple[str, ...] = ITEMS) -> None:  # type: ignore[assignment]
        panel = self.step("fill")
        for name in only:
            panel.locator(f"[name=q_{name}][value={'no' if name in wrong else 'yes'}]").check()
        self.keep(panel)

    def find(self, item: str = "lights", picture: bool = True) -> None:
        panel = self.step("find")
        panel.locator("[name=item]").select_option(item)
        panel.locator("[name=finding]").fill("二楼两盏应急灯不亮")
        if picture:
            panel.locator("[data-file=picture]").set_input_files(PICTURE)
        self.keep(panel)

    def sign(self, panel: Any) -> None:
        for pad in panel.locator("canvas").all():
            pad.scroll_into_view_if_needed()
            box = pad.bounding_box()
            self.page.mouse.move(box["x"] + 30, box["y"] + 60)
            self.page.mouse.down()
            self.page.mouse.move(box["x"] + 150, box["y"] + 90, steps=4)
            self.page.mouse.move(box["x"] + 220, box["y"] + 40, steps=4)
            self.page.mouse.up()

    def leave(self, due: int | None = 7) -> None:
        panel = self.step("leave")
        panel.locator("[name=signed][value=signed]").check()
        if due is not None:
            panel.locator("[name=due]").fill(day(due))
        self.sign(panel)
        self.keep(panel)

    def unsent(self) -> int:
        return int(self.page.evaluate("localStorage.getItem('tray-unsent')"))

    def all_sent(self) -> None:
        self.page.wait_for_selector("[data-unsent='0']")


def offline(page: Any, watch: Any, off: bool = True) -> None:
    watch.allow("net::ERR_")
    page.context.set_offline(off)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_round_without_network_from_taking_along_to_receipts(
    town: Town, live_server: Any, open_page: Callable[..., Any], axe: Callable[..., None], watch: Any, lang: str
) -> None:
    case = visit(town)
    phone = Phone(open_page("phone", lang, base_url=live_server.url), lang=lang)
    page = phone.page

    def look() -> None:
        axe(page)
        no_sideways(page)

    look()
    phone.take()
    look()
    offline(page, watch)
    # Closed and opened again without network: the page and the round are there.
    page.goto("about:blank")
    phone.open()
    phone.at()
    look()
    phone.arrive()
    phone.fill({"lights"}, ITEMS[:5])
    page.reload()
    page.wait_for_selector("[data-ready]")
    phone.at()
    assert phone.step("fill").locator("[name=q_lights][value=no]").is_checked()
    phone.fill(set(), ITEMS[5:])
    phone.find()
    panel = phone.step("leave")
    panel.locator("button[type=submit]").click()
    assert panel.locator(".error").inner_text(), "what is missing is said on the spot"
    look()
    phone.leave()
    assert phone.unsent() == 8
    page.locator("[data-bar] button").last.click()
    look()
    with page.expect_download() as saved:
        page.locator("[data-app] p button").last.click()
    text = Path(saved.value.path()).read_text(encoding="utf-8")
    assert text.count(case.number) == 8
    assert "二楼两盏应急灯不亮" in text
    assert verbs(case) == ["plan", "assign"], "nothing has left the phone"

    offline(page, watch, off=False)
    page.locator("[data-bar] .btn.primary").click()
    phone.all_sent()
    case.refresh_from_db()
    assert case.state == "ordered"
    steps = ["arrive", "fill", "fill", "find", "leave", "picture", "signature", "signature"]
    assert verbs(case) == ["plan", "assign", *steps]
    assert Attachment.objects.filter(matter_id=case.pk).count() == 3
    assert len(Inspection.objects.get(matter_id=case.pk).answers) == 10
    look()
    with page.expect_download() as saved:
        page.locator("[data-app] p button").last.click()
    text = Path(saved.value.path()).read_text(encoding="utf-8")
    for entry in Entry.objects.filter(matter_id=case.pk, verb__in=steps):
        assert entry.seal[:16] in text, "each thing has its receipt"
