"""Hot issues: one thing at one place, heat by the rule, and dismissed ones stay away until they grow."""

from __future__ import annotations

import math
import random
from datetime import datetime, timedelta

import pytest

from tests.reading.ground import NASTY, need
from wuxiao.reading import measure
from wuxiao.reading.hot import HeatRule, Voice, follow, heat, hot_issues, overlap, split, stays_dismissed

START = datetime(2026, 1, 1)
NOISE = [
    "丽发新城旁搅拌站噪音扰民",
    "丽发新城小区附近搅拌站粉尘和噪音",
    "投诉丽发新城搅拌站噪音",
    "丽发新城搅拌站半夜施工噪音",
    "请关停丽发新城搅拌站",
]
PARKING = ["伊景园捆绑销售车位", "投诉伊景园滨河苑捆绑车位销售", "伊景园车位捆绑销售不合理", "伊景园开发商强制捆绑车位"]
OTHER = [
    "咨询社保转移",
    "路灯不亮",
    "公交太少",
    "学校收费问题",
    "医院挂号",
    "快递丢失",
    "自来水发黄",
    "井盖破损",
    "垃圾清运不及时",
    "落户材料",
]


#: Twenty things in English that have nothing in common but the language, and four about one site.
ENGLISH = """The coffee shop under my flat plays loud music until 2 am every night
Our tea export company needs a certificate of origin from the bureau
I paid for a gym card and the gym closed, they do not return my money
The taxi driver refused to use the meter at the railway station
My neighbour keeps three dogs and they bark all night
The street lamp near the school has been broken for weeks
I would like to know how to apply for a residence permit
The bus number seven is always late in the morning
The water from the tap is brown since yesterday
Rubbish has not been collected in our lane
The hospital did not give me an invoice
Someone parks on the pavement in front of the bakery
The elevator in our building is out of order
Please repair the bench in the park by the lake
My child was refused by the kindergarten
The landlord does not return my deposit
The delivery man threw my parcel on the ground
The restaurant downstairs smells of smoke
I lost my passport near the market
Where can I register my electric bicycle""".splitlines()
SITE = [
    "The building site opposite Wangyun Estate works at night",
    "Night work on the building site opposite Wangyun Estate",
    "Wangyun Estate: building site, concrete pump at midnight",
    "Please stop the building site at Wangyun Estate after ten",
]


def voices() -> list[Voice]:
    titles = [*NOISE, *PARKING, *OTHER]
    return [
        Voice(f"m{number}", title, title, START + timedelta(days=number), f"u{number}", 0, 0)
        for number, title in enumerate(titles)
    ]


def test_groups_names_dates_and_members() -> None:
    found = hot_issues(voices(), now=START + timedelta(days=20))
    assert [len(issue.keys) for issue in found] == [5, 4]
    assert set(found[0].keys) == {f"m{number}" for number in range(5)}
    assert "搅拌站" in "".join(found[0].words)
    assert found[0].first == START
    assert found[0].last == START + timedelta(days=4)
    assert "5人5件" in found[0].why.zh


def test_one_language_is_no_issue_and_words_are_whole() -> None:
    listed = [
        Voice(f"e{n}", text, text, START + timedelta(days=n), f"x{n}", 0, 0) for n, text in enumerate([*ENGLISH, *SITE])
    ]
    found = hot_issues([*voices(), *listed], now=START + timedelta(days=25))
    (site,) = [issue for issue in found if any(key.startswith("e") for key in issue.keys)]
    # One stray that shares the word “building” may come along; before, everybody who wrote English did.
    assert set(site.keys) >= {f"e{n}" for n in range(len(ENGLISH), len(ENGLISH) + len(SITE))}
    assert len(site.keys) <= len(SITE) + 1
    assert {"wangyun", "estate"} <= set(site.words)
    assert site.place == "", "an English word is no address"
    assert {issue.place for issue in found if issue is not site} == {"丽发新城", "伊景园"}
    chance = ["下的早上四点就得出摊", "早上四点就得起床上班", "每天早上四点就得去排队"]
    same = [Voice(f"c{n}", text, text, START, f"y{n}", 0, 0) for n, text in enumerate(chance)]
    assert [issue.place for issue in hot_issues([*voices()[9:], *same], now=START)] == [""]


def test_ten_messages_of_one_person_are_one_voice() -> None:
    same = [Voice(f"m{number}", "丽发新城搅拌站噪音", "太吵", START, "one") for number in range(10)]
    assert hot_issues([*same, *voices()[9:]], now=START) == []


def test_heat_is_the_formula_of_the_rule() -> None:
    rule = HeatRule()
    listed = [
        Voice("a", "x", "", START, "u1", 10, 2),
        Voice("b", "x", "", START, "u2"),
        Voice("c", "x", "", START, "u2"),
    ]
    value, people, support, growth = heat(listed, rule, START + timedelta(days=1))
    assert (people, support, growth) == (2, 8, 2)
    assert value == pytest.approx(2 + 1.5 * math.log(9) + 0.5 * 2, abs=0.01)


def test_issues_are_recognised_again_and_dismissed_ones_stay_away() -> None:
    found = hot_issues(voices(), now=START)
    known = {"noise": found[0].keys[:3], "gone": ("z1", "z2")}
    assert follow(known, found) == {0: "noise"}
    rule = HeatRule()
    assert stays_dismissed(10, 12, rule)
    assert stays_dismissed(10, 14, rule)
    assert not stays_dismissed(10, 15, rule)
    assert stays_dismissed(1, 3, rule)


def test_the_order_in_which_matters_are_given_makes_no_difference() -> None:
    """A database gives what came in at one moment in any order: name, words, place, members and reasons stay."""
    given = [Voice(v.key, v.title, v.text, START, v.raiser, place=place)
             for v, place in zip(voices(), ["东街", "西街"] * len(voices()), strict=False)]  # fmt: skip
    now = START + timedelta(days=40)
    asked = hot_issues(given, now=now)
    assert len(asked) >= 2
    shuffled = random.Random(7)
    for _ in range(25):
        shuffled.shuffle(given)
        assert hot_issues(given, now=now) == asked


def test_splitting() -> None:
    assert split(["a", "b", "c"], ["b"]) == (("a", "c"), ("b",))
    with pytest.raises(ValueError, match="at least one"):
        split(["a"], ["a"])
    assert overlap([], []) == 0


def test_nasty_texts_and_few_voices_pass() -> None:
    assert hot_issues([], now=START) == []
    nasty = [Voice(str(number), text[:2000], text[:2000], START) for number, text in enumerate(NASTY)]
    assert isinstance(hot_issues(nasty, now=START), list)


def test_the_issues_that_public_teams_name_come_out_on_top() -> None:
    listed = measure.voices(need("hotline/hot_issue_messages.csv"))
    found = hot_issues(listed, now=max(voice.at for voice in listed), limit=5)
    names = " ".join(issue.name + "".join(issue.words) for issue in found)
    for word in ("丽发新城", "伊景园", "人才"):
        assert word in names, names
