"""What residents' pages say: words a neighbour would use, English without Chinese in its sentences, no guess that
nobody made, and what is gone is not talked of as if it were there."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.utils import timezone

from tests.web.test_resident import codes, en, key_of, text, to_check, town, zh
from wuxiao.desk.base.actor import SYSTEM
from wuxiao.desk.case.sentences import TO_RESIDENT, template
from wuxiao.desk.case.sentences import places as places_of
from wuxiao.desk.matters import matters
from wuxiao.desk.town import addresses, books, places
from wuxiao.records.models import Matter, Words

__all__ = ["codes", "town"]
pytestmark = [pytest.mark.django_db, pytest.mark.either]

#: The desk's own words: a resident meets none of them.
DESK = re.compile("核定|派给|派单|签收|退单|联席|列入督办|并案|承办单位|诉求人|分流|受理人员")
HAN = re.compile("[\u4e00-\u9fff]")
MAIN = re.compile(r"(?s)<main.*?</main>")
STEP = re.compile(r'(?s)<div class="what">(.*?)</div>')


def _main(page: Any) -> str:
    found = MAIN.search(page.content.decode())
    assert found is not None
    return unescape(re.sub(r"<[^>]+>", " ", found.group(0)))


def test_no_page_of_a_resident_speaks_the_desks_words(codes: dict[str, str]) -> None:
    pages = [f"/p/{code}" for name, code in codes.items() if name != "token"]
    for path in [*pages, f"/p/{codes['fresh']}/receipt", f"/p/{codes['fresh']}/do/urge", "/help", "/"]:
        said = _main(zh().get(path))
        assert len(said) > 60, path
        assert DESK.findall(said) == [], (path, said)
    assert sum(len(STEP.findall(zh().get(path).content.decode())) for path in pages) > 40


def test_a_step_told_to_a_neighbour_leaves_nothing_out() -> None:
    for verb, told in TO_RESIDENT.items():
        for lang in ("zh", "en"):
            # The number of another's report is none of the reader's.
            wanted = places_of(template(verb).say(lang)) - ({"into", "from"} if verb in {"merge", "succeed"} else set())
            assert places_of(told.say(lang)) == wanted, (verb, lang)


def test_no_english_sentence_has_chinese_in_it_and_what_was_written_stands_under_it(codes: dict[str, str]) -> None:
    page = en().get(f"/p/{codes['handling']}")
    steps = [unescape(step) for step in STEP.findall(page.content.decode())]
    assert any("sent it back (no. 1): in Chinese below" in step for step in steps)
    assert [step for step in steps if HAN.search(step)] == []
    assert '<blockquote dir="auto">该工地属省重点项目' in page.content.decode()
    for name in ("waiting", "merged", "declined", "closed"):
        assert [s for s in STEP.findall(en().get(f"/p/{codes[name]}").content.decode()) if HAN.search(s)] == [], name


def test_only_a_chinese_answer_is_called_chinese(codes: dict[str, str]) -> None:
    said = "The answer is written in Chinese"
    assert said in text(en().get(f"/p/{codes['answered']}"))
    Words.objects.filter(matter__code=codes["answered"], field="reply").update(text="We stopped the night work.")
    page = text(en().get(f"/p/{codes['answered']}"))
    assert "We stopped the night work." in page
    assert said not in page
    assert "The question is written in Chinese" in text(en().get(f"/p/{codes['waiting']}"))


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("路灯坏了", "路灯坏了"),
        ("路" * 48, "路" * 48),
        ("路" * 49, "路" * 47 + "…"),
        (
            "The building site opposite Wangyun Estate pours concrete until two or three in the morning every night",
            "The building site opposite Wangyun Estate pours concrete until two or three in the morning…",
        ),
        ("A" * 500, "A" * 95 + "…"),
        ("\n\n第一行\n第二行", "第一行"),
    ],
)
def test_a_title_has_the_same_room_in_both_writings_and_cuts_no_word(words: str, title: str) -> None:
    assert matters.title_of(words) == title


def test_photos_stand_in_their_own_row_before_sending(town: Any) -> None:
    page = to_check(zh()).content.decode()
    rows = dict(re.findall(r'(?s)<div><dt>(.*?)</dt><dd dir="auto">(.*?)</dd></div>', page))
    assert list(rows) == ["事情", "地点", "照片", "怎么联系您", "保密", "哪一类"]
    assert [name for name, row in rows.items() if "<img" in row] == ["照片"]


@pytest.mark.parametrize(
    "words",
    ["想问个事，能不能来看看", "12345", "派出所的民警让我给两条烟才给我开证明，还骂我。"],
    ids=["nothing to go by", "a bare number", "what he went there for is not what it is about"],
)
def test_what_nobody_guessed_is_called_no_guess(town: Any, words: str) -> None:
    client = zh()
    client.post("/new", {"words": words})
    page = client.get("/new/check")
    assert "还说不准" in text(page)
    assert "猜的" not in text(page)
    options = re.findall(r'name="kind" value="([^"]+)"', client.get("/new/kind").content.decode())
    assert all(option.startswith("k:") for option in options)
    client.post("/new/check", {"key": key_of(page)})
    assert (Matter.objects.get().category, Matter.objects.get().kind) == ("", "request")


def test_of_two_words_of_danger_the_one_inside_the_other_is_quoted(town: Any) -> None:
    client = zh()
    client.post("/new", {"words": "我家楼下着火了，老人被困在三楼"})
    said = text(client.get("/new/danger"))
    assert "“着火”、“被困”" in said
    assert "“老人被困在”" not in said


def test_after_erasing_the_page_says_what_that_means_and_offers_it_no_second_time(codes: dict[str, str]) -> None:
    code, client = codes["handling"], zh()
    assert f"/p/{code}/erase" in client.get(f"/p/{code}").content.decode()
    client.post(f"/p/{code}/erase", {"understood": "1"})
    page = client.get(f"/p/{code}")
    assert "办理的人看不到，也联系不上您" in text(page)
    body = page.content.decode()
    assert [part for part in ("erase", "do/add", "do/urge") if f"/p/{code}/{part}" in body] == []
    assert f"/p/{code}/do/withdraw" in body


STEPS = ("danger", "place", "place/other", "photos", "contact", "kind")


@pytest.mark.parametrize("step", STEPS)
def test_a_session_that_ends_at_any_step_keeps_the_words(town: Any, step: str) -> None:
    client, words = zh(), '垃圾没人收，\n很久了 <b>&"引号"'
    client.post("/new", {"words": words})
    page = client.get(f"/new/{step}", {"q": "文庙街12号"} if step == "place" else {}).content.decode()
    carried = re.search(r'name="so_far" value="([^"]*)"', page)
    assert carried is not None
    client.cookies.clear()
    back = client.post(f"/new/{step}", {"so_far": unescape(carried.group(1))})
    again = client.get(back["Location"])
    assert unescape(again.content.decode()).count(f"\n{words}</textarea>") == 1
    assert "您写的话还在" in text(again)
    client.cookies.clear()
    lost = client.get(client.get(f"/new/{step}")["Location"])
    assert "前面写的没有留住" in text(lost)


def test_whoever_comes_back_after_sending_is_told_and_shown_no_code(town: Any) -> None:
    client = zh()
    page = to_check(client)
    sent = client.post("/new/check", {"key": key_of(page)})
    code = Matter.objects.get().code
    assert code in sent["Location"]
    back = client.get(client.get("/new/check")["Location"])
    assert "刚才那件已经交上去了" in text(back)
    assert code not in back.content.decode(), "the next visitor may sit at the same device"


def test_of_streets_of_one_name_the_one_that_has_the_number_comes_first(town: Any) -> None:
    at = timezone.now()
    rows = [
        places.AddressRow(
            code=f"H{division}{n}",
            division=division,
            street="和平路",
            street_en="Heping Road",
            door=f"{n}号",
            full=f"{name}和平路{n}号",
            full_en=f"{n} Heping Road",
        )
        for division, name, doors in (
            ("990101001002", "甲", (1, 2, 121)),
            ("990101001003", "乙", (3, 12)),
            ("990101100001", "丙", (4, 5)),
        )
        for n in doors
    ]
    places.load_addresses(rows, by=SYSTEM, at=at)
    addresses.forget()
    book = books.current(at).book
    assert addresses.search("和平路12号", book)[0].label.zh == "乙和平路12号"
    assert addresses.search("和平路5号", book)[0].label.zh == "丙和平路5号"
    assert "门牌不清楚" in addresses.search("和平路", book)[0].label.zh
