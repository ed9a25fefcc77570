"""The tagger of names and addresses that ships with the package: learned from made texts alone, checked by form.

`tools/redaction_texts.py` makes the texts; a stretch whose form speaks against it needs a model that is all but sure.
"""

from __future__ import annotations

import gzip
import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from wuxiao.late import late
from wuxiao.reading.tagger import known
from wuxiao.reading.tagger.piece_features import SOUND, SURNAMES, near_sports
from wuxiao.reading.tagger.sequence import PersonalTagger, SequenceModel, from_spans, trimmed
from wuxiao.reading.tokens import simplify, sound
from wuxiao.reading.words import Span

if TYPE_CHECKING:
    import rjieba
else:
    rjieba = late("rjieba")

#: Behind these a place is a part of a body, a paper or a team, and nobody's address.
_BODY = re.compile(
    "^(?:[）)]?[^的，。；、：（(“”！？\\s]{0,14}?(?:公司|集团|银行|分行|支行|分公司|总部|事务所|信托|证券|期货|股份|基金|机构|协会|商会|委员会|管委会|大学|学院|法院|检察院|公安|派出所|电视台|卫视|晚报|日报|时报|出版社)"
    "|[^的，。；、：（(“！？\\s]{0,4}?(?:(?<!排)队|中学|小学|警方|政府|市委|县委|区委|省委|局(?!部)|委|厅|俱乐部|报(?!道|名|告|价|案)|导演|演员|歌手|艺人|模特|主持|总统|总理|外交部|国防部|海军|空军|军队|联赛|杯|版|乐队|"
    "小姐|金像奖|金马奖|主场|客场)"
    "|[^的是，。；、：（(“！？\\s]{0,6}?(?:知名|著名|资深|红星|女星|创作人|制作人|经纪人)"
    "|(?:男|女|籍|军|讯|人(?![们口民才事])|华裔|电影(?!院|节)|方言|话(?!剧)|菜|时间|风情|往事|盘))"
)
#: Before a place: the body whose branch it names.
_BODY_BEFORE = re.compile("(?:银行|央行|证券|保险|信托|移动|联通|电信|卫视|主场迎战|客场挑战|对阵|vs)$")
_PLACE_END = re.compile(
    "(?:省|市|县|区|镇|乡|村|路|街|道|巷|弄|里|胡同|桥|湾|岛|山|园|城|苑|厦|场|中心|楼|号|室|栋|幢|座|单元|层|屯|寨|庄|门|酒店|饭店|环|站|港|口|"
    "地区|海岸|沿海|郊|部|旗|州|府|商圈|附近|组|堡|坡|坪|国道|高速)$"
)
_NAMES = frozenset({"nr", "nrt", "nrfg"})
#: The title of a work between its marks: who stands in it is nobody of the matter.
_TITLE_OF_WORK = re.compile(
    "《[^《》\n]{1,40}》|『[^『』\n]{1,30}』|≪[^≪≫\n]{1,30}≫|「[^「」\n]{1,30}」|<<[^<>\n]{1,30}>>|＜+[^＜＞\n]{1,30}＞+|〈[^〈〉\n]{1,30}〉"
)
_NO_SOUND_OF_NAME = frozenset({"place", "region", "country", "sight", "firm", "team", "work"})


@dataclass(frozen=True, slots=True)
class _Sight:
    """A text as the judgement of forms looks at it: its words with their kinds, and the titles of works in it."""

    text: str
    simple: str
    words: tuple[tuple[int, int, str], ...]
    titles: tuple[tuple[int, int], ...]

    def across(self, start: int, end: int) -> tuple[tuple[int, int, str], ...]:
        """Return the words that touch a stretch."""
        first = max(0, bisect_right(self.words, start, key=itemgetter(0)) - 1)
        return self.words[first : bisect_left(self.words, end, key=itemgetter(0))]

    def in_a_title(self, start: int, end: int) -> bool:
        """Tell whether a stretch lies in the title of a work."""
        at = bisect_right(self.titles, start, key=itemgetter(0)) - 1
        return at >= 0 and end <= self.titles[at][1]

    @classmethod
    def of(cls, text: str) -> _Sight:
        simple, at, words = simplify(sound(text)), 0, []
        for word, tag in rjieba.tag(simple):
            words.append((at, at + len(word), tag))
            at += len(word)
        return cls(text, simple, tuple(words), tuple(found.span() for found in _TITLE_OF_WORK.finditer(text)))


def _least(span: Span, seen: _Sight) -> float:
    """Return how sure the model must be of a stretch, judged by its form alone."""
    start, end = span.start, span.end
    word = seen.simple[start:end]
    if seen.in_a_title(start, end):
        return 0.99
    if span.kind == "address":
        return SURE_OF_PLACE[_kind_of_place(word, span, seen)]
    return _least_of_name(word, span, seen)


def how_sure(text: str, start: int, end: int, kind: str) -> float:
    """Return the chance from which on a stretch of a text is taken for a `name` or an `address`, by its form alone: 0.0
    where nothing speaks against it, nearly 1.0 where almost all does."""
    return _least(Span(start, end, text[start:end], kind), _Sight.of(text))


def kind_of_place(text: str, start: int, end: int) -> str:
    """Return which kind of place a stretch of a text would be by its form and what stands around it: a key of
    `SURE_OF_PLACE`."""
    seen = _Sight.of(text)
    return _kind_of_place(seen.simple[start:end], Span(start, end, text[start:end], "address"), seen)


def place_alone(text: str, start: int, end: int) -> tuple[int, int]:
    """Return where the place in a stretch of a text begins and ends, without the words that lead up to it and those
    that only follow it."""
    found = _place_alone(Span(start, end, text[start:end], "address"), _Sight.of(text))
    return found.start, found.end


def _least_of_name(word: str, span: Span, seen: _Sight) -> float:
    start, end = span.start, span.end
    parts = seen.across(start, end)
    cut = any(b - a > 1 and tag != "x" and tag not in _NAMES and (a < start < b or a < end < b) for a, b, tag in parts)
    lore = known.known().get(word.lower())
    one = parts[0][2] if len(parts) == 1 and not cut else ""
    han = [char for char in word if "\u3400" <= char <= "\u9fff"]
    if not han:
        # In an English sentence every word looks like the foreign names that stand in Chinese ones.
        around = seen.text[max(0, span.start - 30) : span.end + 30]
        chinese = sum("\u3400" <= char <= "\u9fff" for char in around) >= 0.2 * len(around)
        return (0.9 if word[:1].isupper() else 0.95) if chinese else 1.1
    if lore in _NO_SOUND_OF_NAME:
        return 0.99
    if any(char in "·•．・‧" for char in word) or lore == "sound":
        return 0.0
    if cut:
        return 0.5
    if one and one not in {*_NAMES, "x", "nz", "ng"}:
        return 0.97
    foreign = sum(char in SOUND for char in han) >= 0.8 * len(han)
    if word[0] in SURNAMES and len(word) <= 4:
        return 0.0 if len(word) > 2 or one in _NAMES else 0.1
    return 0.1 if foreign else 0.3 if one in _NAMES else 0.5


#: Places that everybody has: without a name of their own they tell of nobody.
_ANY_PLACE = re.compile(
    "(?:我们|我家|你们|这个|那个|整个|全|各|本|该|老|新|小区|社区|街道|单元|门口|大门|东门|西门|南门|北门|楼下|楼上|楼道|路口|路边|路面|马路|街上|学校|幼儿园|医院|商场|超市|市场|菜市场|广场|公园|对面|"
    "附近|旁边|村里|村口|镇上|乡下|县城|城里|市区|郊区|院内|院里|车站|河边|江边|山上|地下|车库|停车场|电梯|工地|里面|外面|里|外|上|下|内|的|口|边|派出所|养老院|火车站|汽车站|体育馆|大桥|高速公路|小学|中学|河里|湖里|水库|宿舍|这段路|这条路|隔壁|县|村|镇|"
    "[一二三四五六七八九十]+[楼层])+"
)


#: Units that stand behind the name of a place one can go to, live at or be sent a letter to.
_STRONG_END = re.compile(
    "(?:省|市|县|镇|乡|村|路|街|道|巷|弄|胡同|号|室|栋|幢|座|单元|屯|寨|庄|州|旗|组|区|环|小区|花园|家园|公寓|苑|大厦|基地|高速|国道|会议中心|地铁站|车站|机场|球场|门口)$"
)
_DIVISION_END = re.compile("(?:[省市县州]|(?<![小社校园厂库])区)$")
_DOOR = re.compile("[0-9一二三四五六七八九十]+ ?(?:[号栋幢座室楼层弄组]|单元)")
#: Words that are no part of a name: how the cutter knows them tells nothing of a place.
_NAMING = frozenset({"ns", "nz", "nt", "x", "vg", "zg", "ng", *_NAMES})
#: Where the news of the world is: named in passing far oftener than as where somebody is.
_GREAT = frozenset({"中国", "美国", "韩国", "日本", "英国", "法国", "德国", "俄罗斯", "印度", "意大利", "苏联", "欧洲", "亚洲", "非洲", "美洲", "欧美", "北美", "东南亚"})  # fmt: skip
#: How sure the model must be of a place of each kind; chosen on the even texts of the research file.
SURE_OF_PLACE = {
    "everybody's": 0.99,
    "of a body": 0.99,
    "another's": 0.97,
    "sight": 0.9,
    "great": 0.93,
    "of sports": 0.3,
    "known": 0.0,
    "door": 0.0,
    "letters": 0.95,
    "plain": 0.9,
    "plain with a unit": 0.4,
    "guessed": 0.3,
    "unit": 0.3,
    "weak unit": 0.25,
    "begins known": 0.5,
    "rest": 0.75,
}


def _kind_of_place(word: str, span: Span, seen: _Sight) -> str:
    behind, before = seen.simple[span.end : span.end + 24], seen.simple[max(0, span.start - 4) : span.start]
    lore = known.known().get(word.lower())
    door = _DOOR.search(word) is not None
    han = "".join(char for char in word if "\u3400" <= char <= "\u9fff")
    if _ANY_PLACE.fullmatch(han) and not re.search("[0-9]+ ?[-号栋幢座室楼层#]", word):
        return "everybody's"
    # A village, a road or an estate stays one whoever acts there; a city before a body only says which body.
    small = door or (_STRONG_END.search(word) is not None and not _DIVISION_END.search(word))
    if not small and (_BODY.match(behind) or _BODY_BEFORE.search(before)):
        return "of a body"
    if lore in {"place", "region", "country"}:
        return "great" if word in _GREAT else "of sports" if near_sports(seen.simple, span.start) else "known"
    if lore:
        return "sight" if lore == "sight" else "another's"
    if door:
        return "door"
    if not han:
        return "letters"
    parts = seen.across(span.start, span.end)
    inside = known.look_up(word)
    unit = _STRONG_END.search(word) is not None
    if not inside and not any(tag in _NAMING for *_, tag in parts):
        return "plain with a unit" if unit else "plain"
    if unit:
        return "unit"
    if len(parts) == 1 and parts[0][2] == "ns":
        return "guessed"
    if _PLACE_END.search(word):
        return "weak unit"
    if inside and inside[0][0] == 0 and inside[0][2] in {"place", "region", "country"}:
        return "begins known"
    return "rest"


#: Single words that lead up to a place and are none of it, and characters that no name of a place begins with.
_LEADS_UP = frozenset("离距自从往到去游逛对在于至与和及或且趟是由向让给就此该沿经")
_STANDS = frozenset({"在", "住在", "位于", "坐落", "坐落于", "家住", "来自"})
_NO_BEGINNING = frozenset("对就离距去往到")
#: Kinds of words that no place ends with, unless the word itself ends as a place does.
_NO_END = frozenset({"v", "vn", "vg", "vd", "a", "ad", "an", "d", "p", "c", "r", "u", "uj", "ul", "uz", "y", "l", "i", "z", "e", "k", "t"})  # fmt: skip
#: What is counted behind a place.
_COUNTED = re.compile(
    "(?:共|仅|约|近|有|多达)[0-9]+.*$|[0-9]+(?:个|条|座|家|米|公里|万|元|%).*$|[一二三四五六七八九十百]+分之.*$"
)


def _is_place(word: str, tag: str) -> bool:
    """Tell whether a word by itself may end a place."""
    lore = known.known().get(word.lower())
    return (
        lore in {"place", "region", "country", "sight"}
        or tag in {"ns", "f", "s"}
        or _PLACE_END.search(word) is not None
    )


def _place_alone(span: Span, seen: _Sight) -> Span:
    start, end = span.start, span.end
    counted = _COUNTED.search(seen.simple[start:end])
    if counted and counted.start() >= 2 and not re.search("[号栋幢座室楼层弄]", counted.group()):
        end = start + counted.start()
    parts = [(max(a, start), min(b, end), b > end, tag) for a, b, tag in seen.across(start, end)]
    stands = max((n for n, (a, b, *_) in enumerate(parts[:-1]) if seen.simple[a:b] in _STANDS), default=-1)
    if stands >= 0:
        parts, start = parts[stands + 1 :], parts[stands][1]
    if len(parts) > 1 and parts[0][1] - parts[0][0] == 1 and seen.simple[start] in _LEADS_UP and end - start > 2:
        parts, start = parts[1:], start + 1
    elif end - start > 2 and seen.simple[start] in _NO_BEGINNING and known.known().get(seen.simple[start:end]) is None:
        start += 1
    kept = len(parts)
    while kept > 1:
        a, b, broken, tag = parts[kept - 1]
        word = seen.simple[a:b]
        # What is done in a road or an estate stands right behind it.
        acts = tag == "n" and b - a > 1 and _STRONG_END.search(seen.simple[start:a]) is not None
        if not (broken or acts or tag in _NO_END) or _PLACE_END.search(word) or known.known().get(word.lower()):
            break
        kept -= 1
    a, b, broken, tag = parts[kept - 1]
    if kept < len(parts) and not broken and _is_place(seen.simple[a:b], tag):
        end = b
    return Span(start, end, span.text[start - span.start : end - span.start], span.kind)


SHIPPED = Path(__file__).parent / "personal.crf.gz"
#: The chances from which on the tagger that ships marks, chosen on the even texts of the research file.
SHIPPED_AT = {"name": 0.25, "address": 0.1}


class _Shipped(PersonalTagger):
    """The tagger that ships: what the model marks, where it is plausible by its own form."""

    def _spans(self, text: str) -> list[Span]:
        found = [(trimmed(span), chance) for span, chance in self._model.chances(text, self._at)]
        if not found:
            return []
        seen = _Sight.of(text)
        found = [(_place_alone(span, seen) if span.kind == "address" else span, chance) for span, chance in found]
        return [span for span, chance in found if span.text and chance >= _least(span, seen)]


@cache
def shipped() -> PersonalTagger:
    """Return the tagger that ships with the package; safe for the threads of a server, read from its file once."""
    model = SequenceModel(SHIPPED, "shipped", _second(SHIPPED))
    return _Shipped(model, name_at=SHIPPED_AT["name"], address_at=SHIPPED_AT["address"])


def _second(path: Path) -> Path:
    name, dot, rest = path.name.partition(".")
    return path.with_name(f"{name}_2{dot}{rest}")


def learn_shipped(rows: Sequence[tuple[str, Sequence[tuple[int, int, str]]]], path: Path) -> None:
    """Learn the tagger that ships from made texts with their spans and write it packed (`.crf.gz`); the same texts give
    the same files.

    Each half of the texts teaches a field of its own: what chance put into one lot of made texts, the other lacks, and
    the mean of both reads real texts better than either.
    """
    half = (len(rows) + 1) // 2
    for part, file in ((rows[:half], path), (rows[half:], _second(path))):
        data = [from_spans(text, spans) for text, spans in part]
        with TemporaryDirectory() as folder:
            plain = Path(folder) / "personal.crf"
            SequenceModel.train(data, plain, "shipped", c1=0.3, c2=0.05, rounds=60, rare=3)
            file.write_bytes(gzip.compress(plain.read_bytes(), mtime=0))
