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
from wuxiao.reading import known
from wuxiao.reading.piece_features import SOUND, SURNAMES
from wuxiao.reading.sequence import PersonalTagger, SequenceModel, from_spans, trimmed
from wuxiao.reading.tokens import simplify, sound
from wuxiao.reading.words import Span

if TYPE_CHECKING:
    import rjieba
else:
    rjieba = late("rjieba")

#: Behind these a place is a part of a body, a paper or a team, and nobody's address.
_BODY = re.compile(
    "^(?:[）)]?.{0,6}?(?:公司|集团|银行|分行|支行|分公司|总部|事务所|信托|证券|期货|股份|基金|机构|协会|商会|委员会|管委会|大学|学院|法院|检察院|公安|派出所|电视台|卫视|晚报|日报|时报|出版社)"
    "|.{0,4}?(?:队|中学|小学|警方|政府|市委|县委|区委|省委|局|委|厅|俱乐部|报|导演|演员|歌手|艺人|模特|主持|男|女|籍|人|总统|总理|外交|国防|海军|陆军|空军|军|联赛|杯|站|版|讯|乐队|赛区|小姐|电影节|金像奖|金马奖|电影|主场|客场)"
    "|(?:方言|话|菜|时间|风情|往事|盘)"
    "|\\d{1,2}月\\d{1,2}日(?:电|讯))"
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
    parts = seen.across(start, end)
    cut = any(b - a > 1 and tag != "x" and tag not in _NAMES and (a < start < b or a < end < b) for a, b, tag in parts)
    lore = known.known().get(word.lower())
    one = parts[0][2] if len(parts) == 1 and not cut else ""
    return (
        _least_of_name(word, span, seen, cut, lore, one)
        if span.kind == "name"
        else _least_of_place(word, span, seen, cut, lore, one)
    )


def how_sure(text: str, start: int, end: int, kind: str) -> float:
    """Return the chance from which on a stretch of a text is taken for a `name` or an `address`, by its form alone: 0.0
    where nothing speaks against it, nearly 1.0 where almost all does."""
    return _least(Span(start, end, text[start:end], kind), _Sight.of(text))


def _least_of_name(word: str, span: Span, seen: _Sight, cut: bool, lore: str | None, one: str) -> float:
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
    "附近|旁边|村里|村口|镇上|乡下|县城|城里|市区|郊区|院内|院里|车站|河边|江边|山上|地下|车库|停车场|电梯|工地|里面|外面|里|外|上|下|内|的|口|边)+"
)


def _least_of_place(word: str, span: Span, seen: _Sight, cut: bool, lore: str | None, one: str) -> float:
    if _BODY.match(seen.simple[span.end : span.end + 12]) or _BODY_BEFORE.search(
        seen.simple[max(0, span.start - 4) : span.start]
    ):
        return 0.97
    han = "".join(char for char in word if "\u3400" <= char <= "\u9fff")
    if _ANY_PLACE.fullmatch(han) and not re.search("[0-9]+ ?[-号栋幢座室楼层]", word):
        return 0.99
    if lore in {"firm", "team", "work", "sound"}:
        return 0.97
    if lore in {"place", "region", "country"}:
        return 0.0
    if not han:
        return 0.9
    if one and one not in {"ns", "x", "nz", "nt", *_NAMES}:
        return 0.95
    if one in _NAMES:
        return 0.5
    if _PLACE_END.search(word):
        return 0.2 if cut else 0.0
    door = any(char.isdigit() for char in word) and re.search("[号室栋幢座楼层路街]", word) is not None
    if door or one == "ns":
        return 0.0
    return 0.5


SHIPPED = Path(__file__).parent / "personal.crf.gz"
#: The chances from which on the tagger that ships marks, chosen on the even texts of the research file.
SHIPPED_AT = {"name": 0.15, "address": 0.1}


class _Shipped(PersonalTagger):
    """The tagger that ships: what the model marks, where it is plausible by its own form."""

    def _spans(self, text: str) -> list[Span]:
        found = [(trimmed(span), chance) for span, chance in self._model.chances(text, self._at)]
        if not found:
            return []
        seen = _Sight.of(text)
        return [span for span, chance in found if span.text and chance >= _least(span, seen)]


@cache
def shipped() -> PersonalTagger:
    """Return the tagger that ships with the package; safe for the threads of a server, read from its file once."""
    model = SequenceModel(SHIPPED, "shipped")
    return _Shipped(model, name_at=SHIPPED_AT["name"], address_at=SHIPPED_AT["address"])


def learn_shipped(rows: Sequence[tuple[str, Sequence[tuple[int, int, str]]]], path: Path) -> None:
    """Learn the tagger that ships from made texts with their spans and write it packed (`.crf.gz`); the same texts give
    the same file."""
    data = [from_spans(text, spans) for text, spans in rows]
    with TemporaryDirectory() as folder:
        plain = Path(folder) / "personal.crf"
        SequenceModel.train(data, plain, "shipped", c1=0.3, c2=0.05, rounds=60, rare=3)
        path.write_bytes(gzip.compress(plain.read_bytes(), mtime=0))
