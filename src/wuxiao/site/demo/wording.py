"""From situations to sentences: reads the texts beside this file and fills them with places, people and dates."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache

from wuxiao.rules.calendar import SHANGHAI
from wuxiao.site.demo.ground import ESTATES, VILLAGES, Spot
from wuxiao.site.demo.texts import read, sections
from wuxiao.web.shared.punctuation import full_width

FILES = ("town", "life", "peace", "english")
_MARKS = {"?": "say", "+": "more", "!": "ask", "=": "items", ">": "replies", "~": "hard"}
_SLOT = re.compile(r"\{(\w+)\}")
_WEEK = "一二三四五六日"
_HEAD = re.compile(r"^\[([\w.]+)\]\s+(\d+)\s+(\w+)\s*(.*)$")


@dataclass(slots=True)
class Situation:
    """One kind of thing that happens to people: where and when, and the ways it is told, asked, answered.

    `hard` are answers where the thing could not be solved yet; `options` are months, hours, hide (whom the matter is
    about), via (a channel it favours) and petition.
    """

    code: str
    category: str
    weight: int
    where: str
    english: bool
    options: dict[str, str]
    say: list[str] = field(default_factory=list)
    more: list[str] = field(default_factory=list)
    ask: list[str] = field(default_factory=list)
    items: list[str] = field(default_factory=list)
    replies: list[str] = field(default_factory=list)
    hard: list[str] = field(default_factory=list)

    def in_season(self, month: int) -> bool:
        """Return whether it happens in this month."""
        spans = self.options.get("months", "")
        if not spans:
            return True
        for span in spans.split(","):
            first, _, last = span.partition("-")
            low, high = int(first), int(last or first)
            if low <= month <= high if low <= high else month >= low or month <= high:
                return True
        return False


@cache
def situations() -> tuple[Situation, ...]:
    """Return every situation of the text files; a line that makes no sense raises `ValueError` with its place."""
    found: list[Situation] = []
    for name in FILES:
        for number, line in enumerate(read(name).splitlines(), start=1):
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            if head := _HEAD.match(line):
                category, weight, where, rest = head.groups()
                options = dict(part.split("=", 1) for part in rest.split())
                found.append(Situation(f"{name}:{number}", category, int(weight), where, name == "english", options))
                continue
            mark, body = line[0], line[1:].strip()
            if mark not in _MARKS or not found or not body:
                raise ValueError(f"{name}.txt line {number}: cannot be read: {line[:40]}")
            target: list[str] = getattr(found[-1], _MARKS[mark])
            target += body.split("|") if mark == "=" else [body]
    for one in found:
        if not (one.say and one.ask and one.items and one.replies):
            raise ValueError(f"{one.code} {one.category}: needs at least one of each of ? ! = >")
    return tuple(found)


_SHOP_HEADS = sections("names")["shop_heads"]
_SHOP_TAILS = sections("names")["shop_tails"]
_FIRMS = sections("names")["firms"]
_MANAGERS = sections("names")["managers"]
_BUILDERS = sections("names")["builders"]
_SITES = sections("names")["sites"]
_AGENCIES = sections("names")["agencies"]
_NIGHTS = sections("names")["nights"]
_CLOCKS = sections("names")["clocks"]
_ESTATES_EN = {estate.zh: estate.en for own in ESTATES.values() for estate in own}


class Scene:
    """What the slots of one matter mean; the same name means the same thing all through a matter's life."""

    def __init__(self, rng: random.Random, spot: Spot, at: datetime, names: dict[str, tuple[str, str]]) -> None:
        self.rng = rng
        self.spot = spot
        division = spot.row.division
        estate = spot.row.estate or rng.choice(ESTATES.get(division, ESTATES["990101001001"])).zh
        village = names[division][0] if division in VILLAGES else names[rng.choice(sorted(VILLAGES))][0]
        street = spot.row.street if spot.kind != "village" else "村口那条路"
        self.fixed: dict[str, str] = {
            "p": spot.short,
            "e": estate if spot.kind != "village" else spot.short,
            "e_en": _ESTATES_EN[estate],
            "st": street,
            "st_en": spot.row.street_en,
            "v": village,
            "lm": spot.landmark,
            "market": spot.market,
            "shop": rng.choice(_SHOP_HEADS) + rng.choice(_SHOP_TAILS),
            "co": rng.choice(_FIRMS),
            "pm": rng.choice(_MANAGERS),
            "dev": rng.choice(_BUILDERS),
            "site": rng.choice(_SITES).format(st=street),
            "school": spot.school,
            "agency": rng.choice(_AGENCIES),
            "bus": str(rng.randint(1, 16)),
            "boss": rng.choice("王李张刘陈杨黄周") + rng.choice(("老板", "工头", "经理")),
            "night": rng.choice(_NIGHTS),
            "clock": rng.choice(_CLOCKS),
            "yuan": str(rng.choice((86, 128, 168, 260, 380, 500, 680, 860, 1260, 1680, 2400, 3200, 4800, 6500, 9800))),
            "who": "值班人员",
            "tel": "0990-5550004",
            "unit": "窗口单位",
        }
        self.fixed["since"], self.fixed["since_en"] = _since(rng, at)

    def fill(self, text: str, **more: str) -> str:
        """Return the text with its slots filled; numbers are drawn anew each time."""

        def one(found: re.Match[str]) -> str:
            name = found.group(1)
            match name:
                case "n":
                    return str(self.rng.randint(2, 6))
                case "m":
                    return str(self.rng.randint(2, 8))
                case "days":
                    return str(self.rng.randint(12, 48))
                case _:
                    return more.get(name) or self.fixed[name]

        return full_width(_SLOT.sub(one, text))


def _since(rng: random.Random, at: datetime) -> tuple[str, str]:
    local = at.astimezone(SHANGHAI)
    back = rng.choice((1, 2, 4, 6, 9, 13, 20, 33))
    day = local - timedelta(days=back)
    if back == 1:
        return "昨天", "since yesterday"
    if back == 2:
        return "前天", "since the day before yesterday"
    if 7 <= back + local.weekday() < 14 and back < 8:
        return f"上周{_WEEK[day.weekday()]}", f"since last {day:%A}"
    if back == 13:
        return "半个月前", "for two weeks now"
    if back == 33:
        return "上个月", "for more than a month"
    return f"{day.month}月{day.day}号", f"since {day.day} {day:%B}"


def day_zh(at: datetime) -> str:
    """Return a date as an answer writes it: 11月3日."""
    local = at.astimezone(SHANGHAI)
    return f"{local.month}月{local.day}日"


def day_en(at: datetime) -> str:
    """Return a date as an English answer writes it: 3 November."""
    local = at.astimezone(SHANGHAI)
    return f"{local.day} {local:%B}"


_OPENINGS = sections("names")["openings"]
_CLOSINGS = sections("names")["closings"]
_MOODS = sections("names")["moods"]
_TYPOS = [line.split(" ") for line in sections("names")["typos"]]
_SPOKEN = [line.split(" ") for line in sections("names")["spoken"]]


def report_words(situation: Situation, scene: Scene, channel: str) -> str:
    """Return what the requester wrote, or what the operator took down, in the manner of the channel."""
    rng = scene.rng
    say = scene.fill(rng.choice(situation.say))
    ask = scene.fill(rng.choice(situation.ask))
    more = [scene.fill(m) for m in rng.sample(situation.more, min(len(situation.more), rng.choice((0, 1, 1, 2))))]
    if situation.english:
        return " ".join([say, *more, ask])
    if channel == "call_110":
        tail = rng.choice(("现场无人受伤。", "双方情绪稳定。", "来电人只想知道该找谁。", "无现行违法行为。"))
        return full_width(f"来电(110)称,{'。'.join([say, *more])}。{tail}要求:{ask}。")
    if channel == "phone":
        head = rng.choice(("来电反映:", "市民来电反映:", "来电人称,", "【电话】", ""))
        tail = rng.choice(
            ("", "", "已告知办理时限。", "来电人要求回电。", "来电人为第二次来电。", "来电人普通话不标准,地点已核对。")
        )
        wish = rng.choice(("诉求:", "来电人希望:", ""))
        return full_width(f"{head}{'。'.join([say, *more])}。{wish}{ask}。{tail}")
    if channel == "desk":
        return full_width(f"来访人到窗口反映:{'。'.join([say, *more])}。{ask}。")
    mood = rng.choice(_MOODS) if rng.random() < 0.3 else ""
    parts = [rng.choice(_OPENINGS) + say, *more]
    text = "。".join(parts) + "。" + mood + ask + rng.choice(("。", "。", "!", "")) + rng.choice(_CLOSINGS)
    if rng.random() < 0.13:
        text = scene.fill(rng.choice(situation.say)) + rng.choice(("", "?", "。")) + rng.choice(("", "管不管?", ask))
    return _colloquial(text, rng)


def _colloquial(text: str, rng: random.Random) -> str:
    if rng.random() < 0.12:
        for zh, spoken in rng.sample(_SPOKEN, 3):
            text = text.replace(zh, spoken, 1)
    if rng.random() < 0.1:
        found = [(a, b) for a, b in _TYPOS if a in text]
        if found:
            right, wrong = rng.choice(found)
            text = text.replace(right, wrong, 1)
    roll = rng.random()
    if roll < 0.1:
        text = text.replace("。", " ").strip()
    elif roll < 0.2:
        text = text.replace("。", ",").rstrip(",")
    return text


_GREET = sections("names")["greet"]


def answer_words(
    situation: Situation, scene: Scene, *, solved: bool, at: datetime, req: str, who: str, tel: str
) -> str:
    """Return a reply that says who did what, when and by which law; `solved` False takes an answer that puts it off."""
    rng = scene.rng
    pool = situation.replies if solved or not situation.hard else situation.hard
    done = at - timedelta(days=rng.choice((0, 0, 1, 1, 2)))
    until = at + timedelta(days=rng.randint(3, 12) if solved else rng.randint(18, 70))
    slots = {"d": day_zh(done), "until": day_zh(until), "d_en": day_en(done), "until_en": day_en(until)}
    slots |= {"who": who, "tel": tel}
    body = scene.fill(rng.choice(pool), **slots)
    if situation.english:
        return f"Thank you for writing. {body}"
    return full_width(rng.choice(_GREET).format(req=req or "诉求人", body=body, tel=tel))
