"""Pages of service points and of published texts: what everybody reads, in which languages, and what staff do there."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from tests.desk.people import BOOK_TEXT, Town, of_unit, settle
from tests.subjects.test_service_points import ROOM
from wuxiao.desk.base.actor import RESIDENT, SYSTEM, Actor
from wuxiao.desk.publish import acts as publish
from wuxiao.desk.register import acts, answers, foreign
from wuxiao.desk.town import books, places
from wuxiao.desk.town.places import AddressRow
from wuxiao.records.models import Entry, Matter, Publication, Row, Staff, Throttle
from wuxiao.rules.access import Role
from wuxiao.subjects.service_points import acts as points
from wuxiao.web.shared import styles

pytestmark = [pytest.mark.django_db, pytest.mark.either]
UNIT = "ps_qingping"
ALWAYS = {"hours": "每天 全天", "holidays": "usual"}
#: A word that stands in no book and no page.
RARE = "龘靐齉爩"


@pytest.fixture
def town() -> Town:
    cache.clear()
    made = settle()
    made.people["keeper"] = of_unit(made, UNIT)
    made.people["lead"] = of_unit(made, UNIT, Role.LEAD)
    made.people["stranger"] = of_unit(made, "housing")
    return made


def put(town: Town, **more: Any) -> Row:
    return acts.put_in("service_points", ROOM | ALWAYS | more, by=town.keeper, at=timezone.now() - timedelta(days=3))


def door(number: int, lat: float | None) -> AddressRow:
    lon = None if lat is None else 104.7
    return AddressRow(
        f"990101001-{number}", "990101001", "晨椿街", f"{number}号", f"晨椿街{number}号", lat=lat, lon=lon
    )


def page(path: str, lang: str = "zh-hans", **given: Any) -> str:
    client = Client()
    client.cookies["lang"] = lang
    answer = client.post(path, given) if given else client.get(path)
    assert answer.status_code == 200, answer.content.decode()[:3000]
    return answer.content.decode()


def signed_in(town: Town, name: str) -> Client:
    Staff.objects.update(must_change_password=False)
    client = Client()
    client.force_login(Staff.objects.get(pk=town.people[name].staff_id))
    return client


# -------------------------------------------------------------------------------- what everybody reads


def test_the_list_says_what_is_open_now_and_leads_to_the_card(town: Town) -> None:
    room = put(town)
    soon = (timezone.now() + timedelta(days=40)).date().isoformat()
    put(town, title="江畔产业园警务室", title_en="Riverside park police office", opens_on=soon)
    found = page("/points")
    assert f"/points/{room.code}" in found
    assert "全天开放" in found
    assert "还没启用" in found
    assert "江畔产业园警务室" not in page("/points?open=1")
    english = page("/points", "en")
    assert "Riverside park police office" in english
    assert "open day and night" in english
    assert "<script" not in re.sub(r'<script type="module" src="[^"]+"></script>', "", found)


def test_the_card_says_all_and_names_nobody_who_did_not_agree(town: Town) -> None:
    agreed, silent = put(town), put(town, title="另一间", officer="吴志远", officer_agreed="")
    found = page(f"/points/{agreed.code}")
    for words in (
        "槐荫社区警务室",
        "清平路12号",
        "0990-5551200",
        "报警求助、户籍",
        "普通话、英语",
        "周明安",
        "社区党总支委员（2025年起）",
        "<svg",
    ):
        assert words in found
    assert "吴志远" not in page(f"/points/{silent.code}")
    assert "By the east gate of the market" in page(f"/points/{agreed.code}", "en")
    assert Client().get("/points/F999999").status_code == 404
    acts.end("service_points", silent.code, day=acts.today(timezone.now()).isoformat(), why="closed", by=town.keeper,
             at=timezone.now(), version=1)  # fmt: skip
    assert Client().get(f"/points/{silent.code}").status_code == 404


def printed(html: str) -> str:
    """What of a page is on paper: without what bears `no-print` (none of them stands in one of its own kind)."""
    body = html.split("<main", 1)[1].split("</main>", 1)[0]
    body = re.sub(r'<(p|div|nav|section)[^>]* class="[^"]*no-print[^"]*".*?</\1>', "", body, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


@pytest.mark.parametrize("lang", ["zh-hans", "en"])
def test_a_card_for_the_door_says_nothing_that_holds_for_this_moment_only(town: Town, lang: str) -> None:
    room = put(town, hours="周一至周五 08:30-17:30", shut_from=(timezone.localdate() + timedelta(days=1)).isoformat())
    shown = page(f"/points/{room.code}", lang)
    moment = re.compile(r"开着|现在关着|关门|\d 开门|再开|临时关闭|closed|opens|open now|until", re.IGNORECASE)
    assert moment.search(re.sub(r"<[^>]+>", " ", shown.split("<main", 1)[1]))
    paper = printed(shown)
    assert not moment.search(paper), moment.search(paper)
    assert "17:30" in paper, "the hours of the week stand there"
    first = (timezone.localdate() + timedelta(days=9)).isoformat()
    planned = put(town, title="新区警务室", opens_on=first)
    assert "启用" in printed(page(f"/points/{planned.code}"))


def test_the_nearest_by_a_typed_address_which_stands_nowhere_afterwards(town: Town) -> None:
    places.load_addresses([door(19, 30.2)], by=SYSTEM, at=timezone.now())
    far = put(town, title="远的", point="30.9,104.7")
    near = put(town, title="近的", point="30.201,104.7")
    answer = Client().post("/points", {"near": "晨椿街19号"})
    found = answer.content.decode()
    assert found.index(near.title) < found.index(far.title)
    assert "直线约 100 米" in found
    assert answer["Cache-Control"] == "no-store, private"
    assert "按离“晨椿街19号”的直线远近排" in found
    assert '<h2 id="found" tabindex="-1">找到 2 处</h2>' in found
    assert 'action="/points#found"' in found
    assert found.index("<details") < found.index('name="near"') < found.index("</details>") < found.index('id="found"')
    for nowhere in ("火星路19号", "晨椒街19号", "望川县火星街19号", "火星路"):
        lost = Client().post("/points", {"near": nowhere})
        page_of = lost.content.decode()
        assert (lost.status_code, nowhere) == (400, nowhere)
        assert "没有找到这个地方，下面没有按远近排" in page_of
        assert near.title in page_of
        assert far.title in page_of
        assert "直线" not in page_of
        assert 'id="found"' not in page_of, "what is wrong comes first"
    assert "晨椿街（门牌不清楚）”的直线" in Client().post("/points", {"near": "晨椿街88号"}).content.decode()
    wrong = Client().post("/points", {"near": "没有这样的路九千号"})
    assert wrong.status_code == 400
    assert "没有找到这个地方" in wrong.content.decode()
    # A question by GET is not answered by it: an address in an address line stays in logs.
    assert "直线约" not in page("/points?near=晨椿街19号")


def test_the_place_that_is_named_is_the_place_that_is_measured_from(town: Town) -> None:
    places.load_addresses([door(19, None), door(20, 30.2)], by=SYSTEM, at=timezone.now())
    put(town)
    answer = Client().post("/points", {"near": "晨椿街19号"})
    assert answer.status_code == 400
    assert "“晨椿街19号”的位置还没有登记，算不出远近" in answer.content.decode()
    assert "直线" not in answer.content.decode()


def test_a_point_gets_the_position_of_its_address_and_loses_it_with_it(town: Town) -> None:
    places.load_addresses([door(1, 30.201), door(2, 30.202)], by=SYSTEM, at=timezone.now())
    put(town, title="没有位置的", point="", address="火星路99号")
    own = put(town, title="自己填的", point="30.5,104.5", address="晨椿街1号")
    one = put(town, title="有地址的", point="", address="晨椿街1号一楼")
    assert (one.lat, one.lon) == (30.201, 104.7)
    assert (own.lat, own.lon) == (30.5, 104.5)
    found = page("/points", near="晨椿街2号")
    assert found.index("有地址的") < found.index("自己填的") < found.index("没有位置的")
    assert "直线约 100 米" in found
    assert "没有登记位置，算不出远近" in found
    at = timezone.now()
    typed = {"address": "晨椿街2号", "point": "30.201,104.7"}
    moved = acts.change("service_points", one.code, typed, why="changed", by=town.keeper, at=at, version=1)
    assert (moved.lat, moved.lon) == (30.202, 104.7)
    moved = acts.change("service_points", own.code, {"address": "晨椿街2号"}, why="changed", by=town.keeper, at=at,
                        version=1)  # fmt: skip
    assert (moved.lat, moved.lon) == (30.5, 104.5), "what somebody measured stays"
    gone = acts.change("service_points", one.code, {"address": "火星路9号"}, why="changed", by=town.keeper, at=at,
                       version=2)  # fmt: skip
    assert (gone.lat, gone.lon) == (None, None)


def test_a_town_without_points_is_not_told_to_drop_a_condition(town: Town) -> None:
    for found in (page("/points"), page("/points?open=1"), page("/points", service="help")):
        assert "本地还没有登记服务点" in found
        assert "去掉一个条件" not in found
    put(town)
    assert "去掉一个条件" in page("/points?kind=window")


def test_a_town_that_keeps_none_has_no_page_and_no_link(town: Town) -> None:
    assert 'href="/points"' in page("/")
    start = BOOK_TEXT.index("# 服务点。names")
    end = BOOK_TEXT.index("# 没有这一段,本地就没有这项业务", start)
    end = BOOK_TEXT.rindex("\n#", 0, end - 1) + 1
    at = timezone.now() - timedelta(seconds=1)
    left = BOOK_TEXT[:start] + BOOK_TEXT[end:]
    # Conferences publish digests: they go with the texts.
    start = left.index("[lives.conference]")
    books.adopt(left[:start] + left[left.index("# ----", start) :], name="b", effective_from=at, by=SYSTEM, at=at)
    home = page("/")
    assert 'href="/points"' not in home
    assert "/published/" not in home + page("/report")
    for path in ("/points", "/published/knowledge", "/forms/service_rating.xlsx"):
        assert Client().get(path).status_code == 404
    assert "/staff/t/" not in signed_in(town, "keeper").get("/staff/").content.decode()


# -------------------------------------------------------------------------------- the rating


def test_a_rating_asks_nobody_who_they_are_and_is_thanked(town: Town) -> None:
    room = put(town)
    form = page(f"/points/{room.code}/rate")
    assert not re.search(r'name="(name|phone|email)"', form)
    key = re.search(r'name="key" value="([^"]+)"', form)
    assert key is not None
    client = Client()
    for _ in range(2):
        answer = client.post(f"/points/{room.code}/rate", {"key": key[1], "level": "4", "wait": "half", "words": ""})
        assert (answer.status_code, answer["Location"]) == (302, f"/points/{room.code}?done=1")
    assert Entry.objects.filter(row=room, verb=answers.GIVE).count() == 1
    assert "没有记您是谁" in page(f"/points/{room.code}?done=1")
    # No session, no cookie that would know them again.
    assert set(client.cookies) <= {"csrftoken"}
    assert not Throttle.objects.filter(key__contains="127.0.0.1").exists()


def test_what_was_written_comes_back_with_what_is_wrong(town: Town) -> None:
    room = put(town)
    answer = Client().post(f"/points/{room.code}/rate", {"key": "k", "words": "柜台太高", "level": "9"})
    found = answer.content.decode()
    assert answer.status_code == 400
    assert "柜台太高" in found
    assert not Entry.objects.filter(row=room, verb=answers.GIVE).exists()


def test_words_of_danger_say_whom_to_call_first_and_become_a_report(town: Town) -> None:
    room = put(town)
    answer = Client().post(f"/points/{room.code}/rate", {"key": "k", "level": "1", "words": "有人拿刀砍人，救命"})
    found = answer.content.decode()
    assert found.index('href="tel:110"') < found.index("<h1>")
    matter = Matter.objects.get()
    assert matter.danger_open
    assert matter.code.replace("-", "")[:4] in found.replace("-", "")
    # Refused for its answers, kept for its danger: the page says so and comes back with the words.
    again = Client().post(
        f"/points/{room.code}/rate", {"key": "k2", "level": "", "words": "着火了，楼里还有人，快来人"}
    )
    told = again.content.decode()
    assert again.status_code == 400
    assert 'href="tel:119"' in told
    assert Matter.objects.filter(danger_open=True).count() == 2


@pytest.mark.parametrize("words", ["ساعدوني، زوجي يضربني… يقتلني", "Au secours, il va me tuer"])
def test_words_nobody_here_reads_say_whom_to_call_and_that_nobody_looked(town: Town, words: str) -> None:
    room = put(town)
    # From this network somebody rated today already.
    Client().post(f"/points/{room.code}/rate", {"key": "first", "level": "4", "words": "牌子太小"})
    answer = Client().post(f"/points/{room.code}/rate", {"key": "k", "level": "1", "words": words})
    found = answer.content.decode()
    assert found.index('href="tel:110"') < found.index("<h1>")
    assert "程序读不懂" in found
    assert "像是有危险" not in found
    matter = Matter.objects.get()
    assert matter.danger_perhaps == ["unread"]
    assert f'href="/m/{matter.code}"' in found or f"/{matter.code}" in found
    # Refused for its answers: the words are kept all the same, and the page says the same of them.
    told = Client().post(f"/points/{room.code}/rate", {"key": "k2", "level": "", "words": words}).content.decode()
    assert 'href="tel:110"' in told
    assert "没有查过有没有危险" in told
    assert Matter.objects.count() == 2
    # The keeper reads what can be read and nothing of the cry.
    listed = signed_in(town, "keeper").get(f"/staff/r/service_points/row/{room.code}/answers").content.decode()
    assert "牌子太小" in listed
    assert words not in listed


def test_staff_do_not_rate_in_the_publics_name(town: Town) -> None:
    room = put(town)
    answer = signed_in(town, "keeper").post(f"/points/{room.code}/rate", {"key": "k", "level": "5"})
    assert answer.status_code == 403
    assert not Entry.objects.filter(row=room, verb=answers.GIVE).exists()


def test_a_planned_office_is_not_rated(town: Town) -> None:
    later = (timezone.now() + timedelta(days=9)).date().isoformat()
    room = put(town, opens_on=later)
    assert Client().get(f"/points/{room.code}/rate").status_code == 302
    assert f"/points/{room.code}/rate" not in page(f"/points/{room.code}")


def test_danger_told_at_a_planned_or_an_ended_office_is_taken_up_and_said(town: Town) -> None:
    later = (timezone.now() + timedelta(days=9)).date().isoformat()
    room, gone = put(town, opens_on=later), put(town, title="老站警务室")
    acts.end("service_points", gone.code, day=timezone.localdate().isoformat(), why="closed", version=1, by=town.keeper,
                   at=timezone.now())  # fmt: skip
    for n, one in enumerate((room, gone)):
        given = {"key": f"k{n}", "level": "1", "words": "有人拿刀砍人，救命"}
        found = Client().post(f"/points/{one.code}/rate", given).content.decode()
        assert found.index('href="tel:110"') < found.index("<h1>")
        assert "打分没有记" in found
        assert Matter.objects.filter(danger_open=True).count() == n + 1
    assert Client().post(f"/points/{gone.code}/rate", {"key": "q", "level": "5"}).status_code == 404
    assert Client().post(f"/points/{room.code}/rate", {"key": "q", "level": "5"}).status_code == 302


def test_a_second_rating_of_the_day_is_kindly_said_and_what_was_written_stays(town: Town) -> None:
    room = put(town)
    assert Client().post(f"/points/{room.code}/rate", {"key": "a", "level": "5"}).status_code == 302
    again = Client().post(f"/points/{room.code}/rate", {"key": "b", "level": "1", "words": "还是太远"})
    assert again.status_code == 409
    assert "一天只算一次" in again.content.decode()
    assert "还是太远" in again.content.decode()
    assert Entry.objects.filter(row=room, verb=answers.GIVE).count() == 1


def rated(room: Row, words: str, key: str = "k") -> None:
    points.rate(room.code, {"level": "4", "words": words}, key=key, caller=key, lang="zh-hans", by=RESIDENT,
                at=timezone.now())  # fmt: skip


def test_a_canary_in_the_words_reaches_the_keeper_and_supervision_and_nobody_else(town: Town) -> None:
    room = put(town)
    rated(room, f"{RARE}，找张建国办的")
    here = f"/staff/r/service_points/row/{room.code}"
    keeper = signed_in(town, "keeper")
    assert RARE in keeper.get(f"{here}/answers").content.decode()
    town.people["outsider"] = of_unit(town, "market_reg")
    asked = 0
    for name in town.people:
        client = signed_in(town, name)
        paths = [
            "/staff/",
            here,
            "/staff/r/service_points",
            "/staff/r/service_points/quality",
            f"/staff/search?q={RARE}",
        ]
        if town.people[name].unit != UNIT and name != "supervisor":
            paths.append(f"{here}/answers")
        for path in paths:
            asked += 1
            # A search says again what was looked for.
            told = client.get(path).content.decode().replace(f'value="{RARE}"', "").replace(f"q={RARE}", "")
            assert not re.search(rf"{RARE}，", told), (name, path)
    for path in (f"/points/{room.code}", "/points", "/report", "/published/knowledge", "/open311/v2/requests.json"):
        asked += 1
        assert RARE not in Client().get(path).content.decode()
    assert asked > 60


def test_a_named_person_releases_masked_words_and_takes_them_back(town: Town) -> None:
    room = put(town)
    rated(room, "找张建国办的，电话13812345678，很快")
    here = f"/staff/r/service_points/row/{room.code}/answers"
    for name in ("keeper", "lead"):
        theirs = signed_in(town, name).get(here).content.decode()
        assert "很快" in theirs
        assert "张建国" not in theirs
        assert "13812345678" not in theirs
        assert 'name="do"' not in theirs, "who is rated chooses nothing"
    client = signed_in(town, "supervisor")
    assert here in client.get(here.removesuffix("/answers")).content.decode()
    found = client.get(here).content.decode()
    assert "13812345678" not in found
    turn, seen = (re.search(rf'name="{name}" value="([^"]+)"', found) for name in ("turn", "seen"))
    assert turn is not None
    assert seen is not None
    signed_in(town, "lead").post(here, {"do": "release", "turn": turn[1], "seen": seen[1]})
    assert "很快" not in page(f"/points/{room.code}")
    client.post(here, {"do": "release", "turn": turn[1], "seen": seen[1]})
    card = page(f"/points/{room.code}")
    assert "很快" in card
    assert "13812345678" not in card
    client.post(here, {"do": "withdraw", "turn": turn[1]})
    assert "很快" not in page(f"/points/{room.code}")
    stranger = signed_in(town, "stranger")
    assert stranger.get(here).status_code == 403
    assert stranger.post(here, {"do": "release", "turn": turn[1], "seen": seen[1]}).status_code in {302, 403}
    assert "很快" not in page(f"/points/{room.code}")


# -------------------------------------------------------------------------------- languages


def runs(found: str) -> list[tuple[str, str, str]]:
    return re.findall(r'<\w+ lang="([\w-]+)" dir="(\w+)"[^>]*>([^<]+)<', found)


def test_an_unread_text_is_not_shown_and_a_read_one_stands_beside_the_chinese(town: Town) -> None:
    room = put(town)
    arabic = "من الباب الشرقي للسوق"
    now = {"title": room.title, "about": ROOM["about"]}
    at = timezone.now()
    foreign.enter(room.pk, "about", "ar", arabic, source=now["about"], by=town.keeper, at=at)
    before = page(f"/points/{room.code}?in=ar")
    assert arabic not in before
    assert "没经第二人读过" in before
    told = {(lang, way) for lang, way, text in runs(before) if text in {now["about"], ROOM["about_en"]}}
    assert told == {("zh-Hans", "ltr"), ("en", "ltr")}
    foreign.say_languages(["ar"], by=town.lead, at=at)
    (one,) = foreign.texts(room.pk, now)
    foreign.read(room.pk, one.turn, now=now, by=town.lead, at=at)
    after = page(f"/points/{room.code}?in=ar")
    assert ("ar", "rtl", arabic) in runs(after)
    assert ("zh-Hans", "ltr", now["about"]) in runs(after)
    # The name was not entered in Arabic: the page still says that not all of it was read.
    assert "没经第二人读过" in after
    # Labels nobody read in Arabic stand in Chinese and English.
    assert ("en", "ltr", "Hours") in runs(after)
    assert ("zh-Hans", "ltr", "开放时间") in runs(after)
    # Without asking, and for a language that is not there, the page is what it was.
    for path in (f"/points/{room.code}", f"/points/{room.code}?in=ru", f"/points/{room.code}?in=%22%3E"):
        assert arabic not in page(path)
    assert '<html lang="zh-Hans"' in after


def test_staff_enter_and_read_on_the_page_of_languages(town: Town) -> None:
    room = put(town)
    here = f"/staff/r/service_points/row/{room.code}/languages"
    keeper, lead = signed_in(town, "keeper"), signed_in(town, "lead")
    keeper.post(here, {"do": "enter", "field": "title", "lang": "fr", "text": "Poste de police"})
    (one,) = foreign.texts(room.pk, {"title": room.title})
    assert 'value="read"' not in keeper.get(here).content.decode()
    assert 'value="read"' not in lead.get(here).content.decode()
    lead.post("/staff/account/languages", {"langs": ["fr"]})
    assert 'value="read"' in lead.get(here).content.decode()
    lead.post(here, {"do": "read", "turn": one.turn})
    assert "Poste de police" in page(f"/points/{room.code}?in=fr")
    wrong = keeper.post(here, {"do": "enter", "field": "officer", "lang": "fr", "text": "x"})
    assert wrong.status_code == 400
    assert signed_in(town, "stranger").get(here).status_code == 403


# -------------------------------------------------------------------------------- texts


def written(by: Actor, **more: Any) -> str:
    given = {"title_en": "A licence?", "text_en": "Yes, it needs one.", "at": timezone.now() - timedelta(hours=1)}
    return publish.propose("knowledge", "养狗要办证吗", f"要，{RARE}。", by=by, **(given | more))


def test_a_text_is_written_released_read_and_withdrawn_on_pages(town: Town) -> None:
    keeper, lead = signed_in(town, "keeper"), signed_in(town, "lead")
    given = {"title": "养狗要办证吗", "text": "要。", "unit": UNIT, "audience": "public", "title_en": "", "text_en": ""}
    answer = keeper.post("/staff/t/knowledge/new", given)
    assert answer.status_code == 302, answer.content.decode()[:2000]
    here = answer["Location"]
    code = here.rsplit("/", 1)[1]
    assert Client().get(f"/published/knowledge/{code}").status_code == 404
    assert 'value="release"' not in keeper.get(here).content.decode()
    assert 'value="release"' in lead.get(here).content.decode()
    refused = keeper.post(here, {"do": "release", "version": "1"})
    assert "不能自己发布" in refused.content.decode()
    lead.post(here, {"do": "release", "version": "1"})
    assert "养狗要办证吗" in page("/published/knowledge")
    english = page(f"/published/knowledge/{code}", "en")
    assert "There is no English of this text yet." in english
    assert "要。" in english
    stale = lead.post(here, {"do": "withdraw", "version": "1", "reason": "写错"})
    assert stale.status_code == 400
    lead.post(here, {"do": "withdraw", "version": "2", "reason": "写错了"})
    assert Client().get(f"/published/knowledge/{code}").status_code == 404
    assert "养狗要办证吗" not in page("/published/knowledge")


@pytest.mark.parametrize("state", ["waiting", "staff", "before", "after", "withdrawn"])
def test_what_is_not_for_the_public_stands_on_no_public_page(town: Town, state: str) -> None:
    today = acts.today(timezone.now())
    more: dict[str, Any] = {
        "waiting": {},
        "staff": {"audience": "staff"},
        "before": {"first_day": today + timedelta(days=1)},
        "after": {"last_day": today - timedelta(days=1)},
        "withdrawn": {},
    }[state]
    code = written(town.keeper, **more)
    if state != "waiting":
        publish.release(code, version=1, by=town.lead, at=timezone.now())
    if state == "withdrawn":
        publish.withdraw(code, "过时", version=2, by=town.lead, at=timezone.now())
    assert Publication.objects.count() == 1
    for path in ("/", "/published/knowledge", f"/published/knowledge?q={RARE}", "/report", "/points"):
        assert RARE not in page(path).replace(f'value="{RARE}"', "")
    assert Client().get(f"/published/knowledge/{code}").status_code == 404
    assert Client().get(f"/published/digest/{code}").status_code == 404
    reader = signed_in(town, "caller")
    status = reader.get(f"/staff/read/knowledge/{code}").status_code
    assert status == (200 if state == "staff" else 404)


def test_a_text_of_another_kind_is_not_read_under_this_one(town: Town) -> None:
    code = written(town.keeper)
    publish.release(code, version=1, by=town.lead, at=timezone.now())
    assert Client().get(f"/published/knowledge/{code}").status_code == 200
    assert Client().get(f"/published/digest/{code}").status_code == 404
    assert Client().get("/published/poems").status_code == 404


def test_the_search_of_the_public_finds_in_title_text_and_english(town: Town) -> None:
    code = written(town.keeper)
    publish.release(code, version=1, by=town.lead, at=timezone.now())
    for words in ("养狗", RARE, "licence", "needs one"):
        assert f"/published/knowledge/{code}" in page(f"/published/knowledge?q={words}")
    assert "没有找到" in page("/published/knowledge?q=不相干的话")


# -------------------------------------------------------------------------------- words about persons


PERSONAL = "找王主任，电话13812345678。"


def advised(answer: Any) -> str:
    found = answer.content.decode()
    assert answer.status_code == 400
    assert "里面说到了个人" in found
    assert "13812345678" in found
    mark = re.search(r'name="advised" value="([0-9a-f]+)"', found)
    assert mark is not None
    return mark[1]


def test_a_text_that_names_a_person_is_asked_about_once_by_writer_and_by_releaser(town: Town) -> None:
    keeper, lead = signed_in(town, "keeper"), signed_in(town, "lead")
    given = {"title": "养狗要办证吗", "text": PERSONAL, "unit": UNIT, "audience": "public"}
    first = keeper.post("/staff/t/knowledge/new", given)
    mark = advised(first)
    assert PERSONAL in first.content.decode(), "nothing of it is lost"
    assert not Publication.objects.exists()
    # Other words are asked about anew; the very same ones are taken as they are.
    other = given | {"text": PERSONAL + "还有李四，13912345678。", "advised": mark}
    advised(keeper.post("/staff/t/knowledge/new", other))
    answer = keeper.post("/staff/t/knowledge/new", given | {"advised": mark})
    assert answer.status_code == 302
    here = answer["Location"]
    code = here.rsplit("/", 1)[1]
    version = Row.objects.get(code=code).version
    # Whoever reads it second is asked as well, and nothing is public until then.
    mark = advised(lead.post(here, {"do": "release", "version": version}))
    assert Client().get(f"/published/knowledge/{code}").status_code == 404
    assert lead.post(here, {"do": "release", "version": version, "advised": mark}).status_code == 302
    assert "王主任" in page(f"/published/knowledge/{code}")
    # What two persons decided is no news; what comes new is.
    version = Row.objects.get(code=code).version
    change = f"{here}/change"
    again = given | {"text": PERSONAL + "要带身份证。", "version": version}
    assert keeper.post(change, again).status_code == 302
    version = Row.objects.get(code=code).version
    newer = keeper.post(change, given | {"text": PERSONAL + "或者打李四的13912345678。", "version": version})
    assert newer.status_code == 400
    assert "13912345678" in newer.content.decode().split('class="advice"')[1].split("</ul>")[0]
    assert "13812345678" not in newer.content.decode().split('class="advice"')[1].split("</ul>")[0]


def test_a_text_without_persons_and_the_number_of_the_hotline_are_asked_nothing(town: Town) -> None:
    given = {"title": "养狗要办证吗", "text": "要，带身份证到窗口办，或者打12345。", "unit": UNIT, "audience": "public"}
    assert signed_in(town, "keeper").post("/staff/t/knowledge/new", given).status_code == 302


def test_words_of_a_service_point_are_asked_about_once_and_its_own_telephone_is_not(town: Town) -> None:
    room = put(town)
    keeper = signed_in(town, "keeper")
    here = f"/staff/r/service_points/row/{room.code}/change"
    form = keeper.get(here).content.decode()
    values = dict(re.findall(r'<(?:input|textarea)[^>]* name="([a-z_]+)"[^>]* value="([^"]*)"', form))
    values |= dict(re.findall(r'<textarea[^>]* name="([a-z_]+)"[^>]*>([^<]*)<', form))
    values |= {"kind": room.kind, "unit": UNIT, "holidays": "closed", "why": "mistake", "phone": "07161234567"}
    values.pop("csrfmiddlewaretoken", None)
    mark = advised(keeper.post(here, values | {"about": PERSONAL}))
    assert PERSONAL not in page(f"/points/{room.code}")
    answer = keeper.post(here, values | {"about": PERSONAL, "advised": mark})
    assert answer.status_code == 302, re.sub(r"<[^>]+>", " ", answer.content.decode())
    assert "王主任" in page(f"/points/{room.code}")
    # Entered in a further language it is asked about as well.
    tongue = f"/staff/r/service_points/row/{room.code}/languages"
    french = {"do": "enter", "field": "about", "lang": "fr", "text": "Appelez le 13912345678."}
    asked = keeper.post(tongue, french)
    assert asked.status_code == 400
    assert foreign.texts(room.pk, {"about": PERSONAL}) == []
    mark_of = re.search(r'name="advised" value="([0-9a-f]+)"', asked.content.decode())
    assert mark_of is not None
    assert keeper.post(tongue, french | {"advised": mark_of[1]}).status_code == 302


def test_what_visitors_wrote_is_seen_on_every_width_and_on_paper() -> None:
    """`side-list` is put away on narrow desks and on paper: it is a second way to a list, and nothing else is."""
    templates = Path(styles.__file__).parent.parent / "templates"
    bears = [
        (file.name, mark)
        for file in templates.rglob("*.html")
        for mark in re.findall(r"<(\w+)[^>]* class=\"[^\"]*\bside-list\b", file.read_text(encoding="utf-8"))
    ]
    assert bears == [("ui.html", "nav")]
