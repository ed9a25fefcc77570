"""The phone tray in a real browser: a round without network and back, cut at every request, reloaded, killed, left."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.utils import timezone

from tests.browser.sent import sent
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
    # What somebody did: readings and papers the house wrote are not among it.
    found = Entry.objects.filter(matter_id=case.pk).exclude(verb__in=("read", "issue_paper")).order_by("turn")
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
        sent(self.page, panel.locator("button[type=submit]"))

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
    assert phone.unsent() == 9
    page.locator("[data-bar] button").last.click()
    look()
    with page.expect_download() as saved:
        page.locator("[data-app] p button").last.click()
    text = Path(saved.value.path()).read_text(encoding="utf-8")
    assert text.count(case.number) == 9
    assert "二楼两盏应急灯不亮" in text
    assert verbs(case) == ["plan", "assign"], "nothing has left the phone"

    # With the network back it goes by itself; the end waits for the word of the other of the two, and says so.
    offline(page, watch, off=False)
    page.wait_for_selector(".tray-ledger .state:has-text('wang')")
    look()
    assert phone.unsent() == 5, "the end, three hands and the picture, that goes after all texts"
    assert verbs(case)[-1] == "find"
    act(case.pk, "arrive", {}, by=town.wang, at=timezone.now())
    page.locator("[data-bar] .btn.primary").click()
    phone.all_sent()
    case.refresh_from_db()
    assert case.state == "ordered"
    steps = ["arrive", "fill", "fill", "find", "arrive", "leave", "picture", *["signature"] * 3]
    assert verbs(case) == ["plan", "assign", *steps]
    assert Attachment.objects.filter(matter_id=case.pk).count() == 4
    assert len(Inspection.objects.get(matter_id=case.pk).answers) == 10
    look()
    with page.expect_download() as saved:
        page.locator("[data-app] p button").last.click()
    text = Path(saved.value.path()).read_text(encoding="utf-8")
    for entry in Entry.objects.filter(matter_id=case.pk, verb__in=steps, staff_id=town.li.staff_id):
        assert entry.seal[:16] in text, "each thing has its receipt"


class Cut:
    """Cuts the network at one request of those that carry something: before the house got it, or its answer after."""

    def __init__(self, page: Any, watch: Any) -> None:
        watch.allow("net::ERR_")
        self.at, self.after, self.seen, self.hit = -1, False, 0, ""
        page.context.route("**/staff/phone/*", self._meet)

    def arm(self, at: int, after: bool) -> None:
        self.at, self.after, self.seen, self.hit = at, after, 0, ""

    def _meet(self, route: Any) -> None:
        address = route.request.url.rpartition("/")[2]
        if address not in {"state", "round", "slip"}:
            route.continue_()
            return
        mine = self.seen == self.at
        self.seen += 1
        if not mine:
            route.continue_()
            return
        self.hit = address
        if self.after:
            route.fetch()
        route.abort("connectionreset")


#: What goes out for one visit here: who is there, four texts and their picture.
GOES_OUT = ("state", "slip", "slip", "slip", "slip", "slip")


def test_the_network_cut_at_every_request_loses_nothing_and_doubles_nothing(
    town: Town, live_server: Any, open_page: Callable[..., Any], watch: Any
) -> None:
    cuts = [(at, after) for at in range(len(GOES_OUT)) for after in (False, True)]
    visits = [visit(town, number) for number in range(len(cuts))]
    phone = Phone(open_page("phone", "zh", base_url=live_server.url))
    page = phone.page
    cut = Cut(page, watch)
    phone.take()
    for number, ((at, after), case) in enumerate(zip(cuts, visits, strict=True)):
        # Filled in without network, then closed: what is sent is what the phone kept.
        offline(page, watch)
        phone.at(number)
        phone.arrive()
        phone.fill({"lights"}, ("lights", "drill"))
        phone.find()
        panel = phone.step("note")
        panel.locator("[name=words]").fill("后门钥匙在门卫")
        phone.keep(panel)
        assert phone.unsent() == 5
        page.goto("about:blank")
        offline(page, watch, off=False)
        cut.arm(at, after)
        phone.open()
        page.wait_for_selector("[data-at=''][data-ready]")
        assert (cut.hit, number) == (GOES_OUT[at], number)
        if at % 2:
            # Killed before it could try again.
            page.goto("about:blank")
            phone.open()
        else:
            page.locator("[data-bar] .btn.primary").click()
        phone.all_sent()
        assert verbs(case) == ["plan", "assign", "arrive", "fill", "find", "note", "picture"], (at, after)
        assert Attachment.objects.filter(matter_id=case.pk).count() == 1
        assert page.locator(".tray-decide").count() == 0


def test_two_who_answered_the_same_question_both_see_both_values(
    town: Town, live_server: Any, open_page: Callable[..., Any], axe: Callable[..., None], watch: Any
) -> None:
    case = visit(town)
    phone = Phone(open_page("phone", "zh", base_url=live_server.url))
    page = phone.page
    phone.take()
    offline(page, watch)
    phone.at()
    phone.arrive()
    phone.fill({"lights"}, ("lights", "bars", "drill"))
    now = timezone.now()
    act(case.pk, "arrive", {}, by=town.wang, at=now)
    act(case.pk, "fill", {"q_lights": "yes", "q_bars": "no"}, by=town.wang, at=now)
    # With the network back it goes by itself.
    offline(page, watch, off=False)
    phone.all_sent()
    page.locator("[data-app] > p .btn").first.click()
    page.wait_for_selector(".tray-decide article")
    axe(page)
    no_sideways(page)
    assert page.locator(".tray-decide article").count() == 2
    lights = page.locator(".tray-decide article", has_text="应急照明")
    said = lights.inner_text()
    assert "您填的：不符合" in said
    assert "现在的：符合" in said
    answers = Inspection.objects.get(matter_id=case.pk).answers
    assert answers == {"lights": "yes", "bars": "no", "drill": "yes"}, "nothing was written over"
    lights.get_by_role("button", name="用我填的").click()
    page.wait_for_selector("[data-unsent='0'] .tray-decide article:only-of-type")
    page.get_by_role("button", name="用现在的").click()
    page.wait_for_selector("[data-app]:not(:has(.tray-decide))")
    phone.all_sent()
    assert Inspection.objects.get(matter_id=case.pk).answers == {"lights": "no", "bars": "no", "drill": "yes"}
    assert verbs(case) == ["plan", "assign", "arrive", "fill", "arrive", "fill", "fill"], "each said it for herself"


_KEPT = """async () => {
  const found = { caches: await caches.keys(), plain: "" };
  if (!(await indexedDB.databases()).some((one) => one.name === "wuxiao-tray")) return found;
  const open = indexedDB.open("wuxiao-tray", 1);
  await new Promise((done) => { open.onsuccess = open.onerror = done; });
  const base = open.result;
  for (const store of base.objectStoreNames) {
    const all = base.transaction(store).objectStore(store).getAll();
    await new Promise((done) => { all.onsuccess = done; });
    found[store] = all.result.length;
    for (const one of all.result) {
      found.plain += one.data ? new TextDecoder().decode(one.data) : JSON.stringify([one.extractable, one.type]);
    }
  }
  base.close();
  return found;
}"""


def kept(page: Any) -> dict[str, Any]:
    """What lies on the phone: how many records a store holds, their bytes as text, what the worker kept."""
    return dict(page.evaluate(_KEPT))


def test_signing_out_leaves_nothing_on_the_phone(
    town: Town, live_server: Any, open_page: Callable[..., Any], watch: Any
) -> None:
    case = visit(town)
    phone = Phone(open_page("phone", "zh", base_url=live_server.url))
    page = phone.page
    phone.take()
    offline(page, watch)
    phone.at()
    phone.arrive()
    there = kept(page)
    assert (there["keys"], there["slips"], len(there["caches"])) == (1, 1, 1)
    assert '[false,"secret"]' in there["plain"], "no script reads the key out"
    for text in ("星海网吧", case.number, "arrive", "清平路"):
        assert text not in there["plain"], text
    page.goto("about:blank")
    offline(page, watch, off=False)
    # On a page of staff somebody is asked first, then it goes with the sign-in; stayed, everything is there.
    page.goto("/staff/c/inspection")
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.locator("form[data-unsent] button").click()
    assert kept(page)["slips"] == 1
    page.once("dialog", lambda dialog: dialog.accept())
    page.locator("form[data-unsent] button").click()
    page.wait_for_url("**/staff/sign-in")
    assert kept(page).get("slips", 0) == 0
    assert kept(page)["caches"] == []
    assert page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 0
    assert page.evaluate("localStorage.getItem('tray-unsent')") is None


def test_signing_out_without_network_deletes_at_once(
    town: Town, live_server: Any, open_page: Callable[..., Any], watch: Any
) -> None:
    visit(town)
    phone = Phone(open_page("phone", "zh", base_url=live_server.url))
    page = phone.page
    phone.take()
    offline(page, watch)
    sent(page, page.locator("[data-out] button"), ".notice")
    assert "没有网络" in page.inner_text(".notice")
    there = kept(page)
    assert (there["keys"], there["head"], there["slips"], there["files"]) == (0, 0, 0, 0)
    assert page.locator(".place").count() == 0


def test_another_person_reads_nothing_and_sends_nothing_of_it(
    town: Town, live_server: Any, open_page: Callable[..., Any], watch: Any
) -> None:
    case = visit(town)
    phone = Phone(open_page("phone", "zh", base_url=live_server.url))
    page = phone.page
    phone.take()
    offline(page, watch)
    phone.at()
    phone.arrive()
    page.goto("about:blank")
    offline(page, watch, off=False)
    # Her sign-in is over (nobody signed out), and a colleague signs in on the same phone.
    page.context.clear_cookies()
    watch.allow("401")
    other = Phone(page, "wang")
    assert "另一个人" in page.inner_text("[data-app]")
    assert page.locator(".place").count() == 0
    assert "星海网吧" not in page.content()
    assert not Entry.objects.filter(matter_id=case.pk, staff_id=town.wang.staff_id).exists()
    page.context.clear_cookies()
    again = Phone(other.page, "li")
    again.all_sent()
    assert verbs(case) == ["plan", "assign", "arrive"], "and when she is back it goes out in her name"
    assert Entry.objects.get(matter_id=case.pk, verb="arrive").staff_id == town.li.staff_id


def test_another_person_without_network_reads_nothing_and_fills_nothing_in(
    town: Town, live_server: Any, open_page: Callable[..., Any], watch: Any
) -> None:
    case = visit(town)
    phone = Phone(open_page("phone", "zh", base_url=live_server.url))
    page = phone.page
    phone.take()
    offline(page, watch)
    phone.at()
    phone.arrive()
    page.goto("about:blank")
    offline(page, watch, off=False)
    page.context.clear_cookies()
    watch.allow("401")
    Phone(page, "wang")
    assert "另一个人" in page.inner_text("[data-app]")
    # That it is another's is remembered: the network switched off opens nothing, reloaded or not.
    offline(page, watch)
    page.evaluate("dispatchEvent(new Event('online'))")
    for _ in range(2):
        page.reload()
        page.wait_for_selector("[data-ready]")
        assert "另一个人" in page.inner_text("[data-app]")
        assert page.locator(".place, .tray-step").count() == 0
        assert "星海网吧" not in page.content()
    # Also with nobody signed in; only its owner opens it, and what she filled in is still there.
    page.goto("about:blank")
    offline(page, watch, off=False)
    page.context.clear_cookies()
    page.goto("/staff/sign-in")
    again = Phone(page, "li")
    again.all_sent()
    assert verbs(case) == ["plan", "assign", "arrive"]
    offline(page, watch)
    page.reload()
    page.wait_for_selector("[data-ready]")
    assert page.locator(".place").count() == 1, "and it is hers again without network too"


def test_a_clock_that_jumped_locks_and_the_house_opens_or_deletes(
    town: Town, live_server: Any, open_page: Callable[..., Any], watch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = visit(town)
    phone = Phone(open_page("phone", "zh", base_url=live_server.url))
    page = phone.page
    phone.take()
    offline(page, watch)
    phone.at()
    phone.arrive()
    page.clock.set_system_time(timezone.now() + timedelta(days=400))
    page.reload()
    page.wait_for_selector("[data-ready]")
    assert "锁住" in page.inner_text("[data-app]")
    assert page.locator(".place").count() == 0
    page.clock.set_system_time(timezone.now())
    page.reload()
    page.wait_for_selector("[data-ready]")
    assert "锁住" in page.inner_text("[data-app]"), "set back it stays locked"
    offline(page, watch, off=False)
    phone.all_sent()
    assert verbs(case) == ["plan", "assign", "arrive"]
    assert Entry.objects.get(matter_id=case.pk, verb="arrive").facts["phone_sure"] is True
    # Taken along so that the time is over at once: the house's own clock deletes it.
    monkeypatch.setattr("wuxiao.desk.case.tray.HOURS", 0)
    with page.expect_response("**/staff/phone/round"):
        page.locator("[data-app] p .btn").last.click()
    page.wait_for_selector(".tray-places .place")
    page.reload()
    page.wait_for_selector(".notice")
    assert "删除了" in page.inner_text(".notice")
    assert kept(page)["keys"] == 0


def test_a_full_phone_keeps_the_text_and_says_that_the_photo_found_no_room(
    town: Town, live_server: Any, open_page: Callable[..., Any], watch: Any
) -> None:
    case = visit(town)
    phone = Phone(open_page("phone", "zh", base_url=live_server.url))
    page = phone.page
    phone.take()
    offline(page, watch)
    phone.at()
    phone.arrive()
    phone.fill({"lights"}, ("lights",))
    page.evaluate(
        """() => { const put = IDBObjectStore.prototype.put; IDBObjectStore.prototype.put = function (value, key) {
        if (this.name === "files") throw new DOMException("full", "QuotaExceededError");
        return put.call(this, value, key); }; }"""
    )
    panel = phone.step("find")
    panel.locator("[name=item]").select_option("lights")
    panel.locator("[name=finding]").fill("二楼两盏应急灯不亮")
    panel.locator("[data-file=picture]").set_input_files(PICTURE)
    sent(page, panel.locator("button[type=submit]"), ".notice.late")
    assert "存不下" in page.inner_text(".notice")
    assert phone.unsent() == 3
    # With the network back it goes by itself.
    offline(page, watch, off=False)
    phone.all_sent()
    assert verbs(case) == ["plan", "assign", "arrive", "fill", "find"]


def test_two_windows_do_not_both_write(town: Town, live_server: Any, open_page: Callable[..., Any]) -> None:
    visit(town)
    phone = Phone(open_page("phone", "zh", base_url=live_server.url))
    phone.take()
    second = phone.page.context.new_page()
    second.goto(TRAY)
    second.wait_for_selector(".notice")
    assert "另一个窗口" in second.inner_text(".notice")
    assert second.locator("[data-ready]").count() == 0


def test_without_scripts_the_page_leads_to_the_ordinary_ones(
    town: Town, live_server: Any, open_page: Callable[..., Any]
) -> None:
    page = open_page("phone", "zh", scripts=False, base_url=live_server.url)
    sign_in(page, "li", "zh")
    page.goto(TRAY)
    assert "普通页面" in page.inner_text("noscript, main")
    page.locator(".links a").click()
    assert page.url.endswith("/staff/c/inspection")
