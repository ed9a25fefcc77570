"""A resident's story in a real browser on a phone: Chinese and English, with and without JavaScript, in large print."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.browser.sent import turned
from tests.web.resident_town import photo
from wuxiao.desk.base import fresh

pytestmark = [pytest.mark.browser, pytest.mark.either]

WORDS = {
    "zh": "文庙街 12 号门口的下水道堵了三天，污水漫到路上，很臭。",
    "en": "The drain at 12 Wenmiao Street is blocked.",
}
SAID = {
    "zh": {"more": "下一步", "send": "提交", "code": "您的查询码", "who": "谁在办", "why": "为什么是这一天"},
    "en": {"more": "Continue", "send": "Send", "code": "Your code", "who": "Who has it", "why": "Why this day"},
}


@pytest.fixture(scope="module")
def resident_town(_town_maker: Any) -> Iterator[Any]:
    """A served town with a matter in every state; `codes` are the residents' codes."""
    for town in _town_maker.served(demo=False):
        done = town.python("-m", "tests.web.resident_town")
        town.codes = json.loads(done.stdout.strip().splitlines()[-1])
        # Every web process asks anew after so many seconds; until then one may not know of the rule book yet.
        time.sleep(fresh.SECONDS + 0.5)
        assert httpx.get(town.base_url).status_code == 200, town.log()
        yield town


@pytest.fixture(autouse=True)
def another_visitor(resident_town: Any) -> None:
    """Let each test be a visitor of its own: one may open ten codes a minute, and minutes begin when they please."""
    resident_town.forget_knocks()


def fits(page: Any) -> None:
    """The page does not scroll sideways."""
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 1, f"{page.url} is too wide"


def press(page: Any, label: str) -> None:
    turned(page, page.get_by_role("button", name=label, exact=True).click)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_resident_reports_and_follows_their_matter(
    resident_town: Any,
    open_page: Callable[..., Any],
    axe: Callable[..., None],
    tmp_path: Path,
    lang: str,
    scripts: bool,
) -> None:
    said = SAID[lang]
    page = open_page("phone", lang, scripts=scripts, base_url=resident_town.base_url)

    def look() -> None:
        if scripts:
            axe(page)
            fits(page)

    page.goto("/")
    look()
    page.locator(".go a").click()
    look()
    page.locator("textarea").fill(WORDS[lang])
    press(page, said["more"])
    page.locator("#f-q").fill("文庙街12号" if lang == "zh" else "12 Wenmiao Street")
    turned(page, page.locator("form[role=search] button").click)
    look()
    page.locator("input[name=place]").first.check()
    press(page, said["more"])
    look()
    picture = tmp_path / "drain.jpg"
    picture.write_bytes(photo())
    page.locator("input[type=file]").set_input_files(str(picture))
    press(page, said["more"])
    look()
    page.locator("#f-phone").fill("13900002222")
    press(page, said["more"])
    look()
    assert WORDS[lang] in page.locator("main").inner_text()
    assert page.locator(".shots img").count() == 1
    press(page, said["send"])
    assert page.url.endswith("/receipt")
    look()
    code = page.url.split("/")[-2]
    assert said["code"] in page.locator("main").inner_text()
    shown = "".join(page.locator(".code.big span").all_inner_texts())
    assert shown.replace(" ", "") == code
    page.goto("/find")
    look()
    page.locator("#f-code").fill(f" {code[:4].lower()} {code[4:]} ")
    page.locator("main form button").click()
    page.wait_for_url(f"**/p/{code}")
    main = page.locator("main")
    assert said["who"] in main.inner_text()
    assert WORDS[lang] in main.inner_text()
    page.locator("details.more summary").first.click()
    assert main.locator("img").count() == 1
    look()
    page.goto(f"/p/{code}/do/add")
    look()
    page.locator("#f-words").fill("还没有人来" if lang == "zh" else "Nobody came yet")
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(f"**/p/{code}?done=add")
    assert page.locator("blockquote").first.inner_text() in {"还没有人来", "Nobody came yet"}


POLICE = {
    "zh": ("派出所的民警让我给两条烟才给我开证明，还骂我。", "清平派出所", "这件事替您保密。"),
    "en": (
        "A policeman asked me for money to return my passport.",
        "Qingping Police Station",
        "This is kept secret for you.",
    ),
}


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_who_writes_about_the_police_is_asked_and_told_first_that_it_is_kept(
    resident_town: Any, open_page: Callable[..., Any], axe: Callable[..., None], lang: str, scripts: bool
) -> None:
    words, station, kept = POLICE[lang]
    page = open_page("phone", lang, scripts=scripts, base_url=resident_town.base_url)
    page.goto("/new")
    page.locator("textarea").fill(words)
    press(page, SAID[lang]["more"])
    page.goto("/new/contact")
    assert page.locator("#f-hide").is_checked(), "yes stands there"
    assert page.locator("#f-body").input_value() == "some_station"
    page.locator("input[name=hide][value='0']").check()
    assert not page.locator("#f-unit").is_visible(), "whoever says no is asked no more"
    page.locator("#f-hide").check()
    assert page.locator(f"datalist#units option[value='{station}']").count() == 1
    page.locator("#f-unit").fill(station)
    if scripts:
        axe(page)
        fits(page)
    press(page, SAID[lang]["more"])
    assert station in page.locator("main").inner_text()
    press(page, SAID[lang]["send"])
    assert page.locator("main").inner_text().strip().startswith(kept)
    code = page.url.split("/")[-2]
    page.goto(f"/p/{code}")
    assert page.locator("main").inner_text().strip().startswith(kept)
    assert station in page.locator(".kept-secret").inner_text()
    if scripts:
        axe(page)
        fits(page)


#: On how many lines the last two characters of the heading stand, and the numbers of the first line.
LAST_TWO = """() => {
  const text = document.querySelector('h1').firstChild, tops = new Set();
  for (const at of [text.length - 2, text.length - 1]) {
    const range = document.createRange();
    range.setStart(text, at); range.setEnd(text, at + 1);
    tops.add(Math.round(range.getBoundingClientRect().top));
  }
  return tops.size;
}"""
ROWS_OF_NUMBERS = """() => new Set([...document.querySelectorAll('.strip a')]
  .map(a => Math.round(a.getBoundingClientRect().top))).size"""


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_state_is_readable_on_a_phone_in_large_print(
    resident_town: Any, open_page: Callable[..., Any], axe: Callable[..., None], lang: str
) -> None:
    page = open_page("phone", lang, base_url=resident_town.base_url)
    codes = resident_town.codes
    page.goto("/")
    before = page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)")
    turned(page, page.locator(".tools a").first.click)
    after = page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)")
    assert after >= before * 1.2
    page.set_viewport_size({"width": 320, "height": 700})
    paths = ["/", "/help", "/privacy", "/find", "/new", f"/c/{codes['token']}"]
    # One visitor may open ten codes a minute.
    mine = ("handling", "answered", "merged", "declined") if lang == "zh" else ("waiting", "late", "danger", "closed")
    paths += [f"/p/{codes[name]}" for name in mine]
    first = codes[mine[0]]
    paths += [f"/p/{first}/readers", f"/p/{first}/data", f"/p/{first}/erase?sure=1", f"/p/{first}/receipt"]
    for path in paths:
        page.goto(path)
        assert page.locator("h1").count() == 1, path
        box = page.locator(".brand").bounding_box()
        assert box is not None
        assert box["y"] >= 3, "the county's name is not cut at the edge of the screen"
        if path == "/":
            assert page.evaluate(LAST_TWO) == 1, "no mark stands alone on a line"
            assert page.evaluate(ROWS_OF_NUMBERS) == 1, "110, 119 and 120 stand side by side"
        axe(page)
        fits(page)


def test_words_typed_but_not_sent_survive_a_change_of_language(
    resident_town: Any, open_page: Callable[..., Any]
) -> None:
    page = open_page("phone", "zh", base_url=resident_town.base_url)
    page.goto("/new")
    page.locator("textarea").fill("写了一半的话")
    page.locator(".chooser summary").click()
    turned(page, page.get_by_role("link", name="English").click)
    assert page.locator("textarea").input_value() == "写了一半的话"
    assert "What happened" in page.locator("main").inner_text()


def test_addresses_are_offered_while_typing(resident_town: Any, open_page: Callable[..., Any]) -> None:
    page = open_page("desk", "zh", base_url=resident_town.base_url)
    page.goto("/new")
    page.locator("textarea").fill("路灯坏了")
    press(page, "下一步")
    page.locator("#f-q").press_sequentially("桃花巷5", delay=20)
    page.locator("datalist option").first.wait_for(state="attached")
    assert page.locator("datalist option").first.get_attribute("value") == "柳溪镇桃花巷5号"
