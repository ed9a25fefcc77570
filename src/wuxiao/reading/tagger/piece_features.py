"""What a conditional random field looks at: the features of each piece of an address or of running text."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from wuxiao.late import late
from wuxiao.reading.redact import people
from wuxiao.reading.tagger import known
from wuxiao.reading.tokens import simplify, sound

if TYPE_CHECKING:
    import rjieba
else:
    rjieba = late("rjieba")

_HALF = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_UNITS = frozenset("省市区县镇乡村路街道巷弄号栋幢楼座层室单元户组苑园城厦场庄里桥院厂店社期门")
_LEVELS = "省市区县镇乡路号楼室"
_PIECE = re.compile(r"[0-9]+|[A-Za-z]+|.", re.DOTALL)


def pieces(text: str) -> list[str]:
    """Part a text into single characters, with runs of digits and of Latin letters kept whole (as the address files
    do)."""
    return _PIECE.findall(text)


def _kind(token: str) -> str:
    if token.isascii():
        if token.isdigit():
            return "D"
        if token.isalpha():
            return "A"
        return "M" if any(char.isalnum() for char in token) else "P"
    if token in "一二三四五六七八九十百零〇":
        return "C"
    return "H" if "\u3400" <= token[0] <= "\u9fff" else "P"


def _around(tokens: Sequence[str], kinds: Sequence[str], i: int, reach: int) -> list[str]:
    n = len(tokens)

    def at(position: int) -> str:
        return tokens[position] if 0 <= position < n else ("<" if position < 0 else ">")

    def kind(position: int) -> str:
        return kinds[position] if 0 <= position < n else "_"

    found = ["b"]
    found += [f"{d}={at(i + d)}" for d in range(-reach, reach + 1)]
    found += [f"{d}2={at(i + d)}{at(i + d + 1)}" for d in range(-reach + 1, reach)]
    found += [f"{d}3={at(i + d)}{at(i + d + 1)}{at(i + d + 2)}" for d in range(-reach + 1, reach - 1)]
    found.append(f"x={at(i - 1)}|{at(i + 1)}")
    found.append("T=" + "".join(kind(i + d) for d in (-1, 0, 1)))
    found.append("T5=" + "".join(kind(i + d) for d in (-2, -1, 0, 1, 2)))
    return found


def address_features(tokens: Sequence[str]) -> list[list[str]]:
    """Return the features of each piece of an address: neighbours, the unit words before and behind with their
    distance, repeats."""
    kinds = [_kind(token) for token in tokens]
    shown = [
        "0" * min(len(token), 5) if kind == "D" else token.lower() for token, kind in zip(tokens, kinds, strict=True)
    ]
    n = len(tokens)
    units = [i for i, token in enumerate(tokens) if token in _UNITS]
    first: dict[str, int] = {}
    again = [0] * n
    for i in range(n - 1):
        pair = tokens[i] + tokens[i + 1]
        if pair in first and i - first[pair] >= 2:
            again[i] = again[i + 1] = 1
        else:
            first.setdefault(pair, i)
    rows = []
    for i in range(n):
        row = _around(shown, kinds, i, 4)
        row += [f"4={''.join(shown[max(0, i + d) : i + d + 4])}|{d}" for d in (-2, -1, 0)]
        if kinds[i] in "DAM":
            row += [f"n={tokens[i].lower()}", f"nn={shown[i + 1] if i + 1 < n else '>'}|{shown[i - 1] if i else '<'}"]
        row += [f"from={min(i, 6)}", f"left={min(n - 1 - i, 6)}"]
        behind = [j for j in units if j >= i][:2]
        before = [j for j in units if j < i][-2:]
        nearest = f"{tokens[behind[0]]}{min(behind[0] - i, 8)}" if behind else "-"
        last = f"{tokens[before[-1]]}{min(i - before[-1], 8)}" if before else "-"
        row += [
            f"nu={nearest[:1]}",
            f"nud={nearest}",
            f"pu={last[:1]}",
            f"pud={last}",
            f"pn={last[:1]}{nearest[:1]}",
            f"pnd={last}{nearest}",
        ]
        if len(behind) > 1:
            row.append(f"nu2={tokens[behind[0]]}{tokens[behind[1]]}{min(behind[1] - behind[0], 4)}")
        if len(before) > 1:
            row.append(f"pu2={tokens[before[0]]}{tokens[before[1]]}")
        row.append("seen=" + "".join(sorted({tokens[j] for j in units if j < i and tokens[j] in _LEVELS})))
        row.append("come=" + "".join(sorted({tokens[j] for j in units if j > i and tokens[j] in _LEVELS})))
        row.append(f"rep={again[i]}{max(again, default=0)}")
        rows.append(row)
    return rows


_TITLE = frozenset("先女小老师医主书局经董院校所队村组科处站律法警教授总")


def _running(
    tokens: Sequence[str], latin: Callable[[str], str]
) -> tuple[str, list[tuple[str, str]], list[str], list[str], list[int]]:
    """Return running text in one script and width, its words with their parts of speech, and of each piece its kind,
    how it is shown (runs of Latin letters as `latin` says) and where it begins."""
    text = simplify(sound("".join(tokens)).translate(_HALF))
    kinds = [_kind(token) for token in tokens]
    shown: list[str] = []
    offsets: list[int] = []
    at = 0
    for token, kind in zip(tokens, kinds, strict=True):
        part = text[at : at + len(token)]
        shown.append("0" * min(len(token), 6) if kind == "D" else latin(part) if kind == "A" else part.lower())
        offsets.append(at)
        at += len(token)
    return text, rjieba.tag(text), kinds, shown, offsets


def personal_features(tokens: Sequence[str]) -> list[list[str]]:
    """Return the features of each piece of running text for names and addresses: neighbours, word borders and parts
    of speech, surnames."""
    _, cut, kinds, shown, offsets = _running(tokens, str.lower)
    border: list[str] = []
    speech: list[str] = []
    word: list[str] = []
    for piece, tag in cut:
        size = len(piece)
        border += ["S"] if size == 1 else ["B", *"M" * (size - 2), "E"]
        speech += [tag] * size
        word += [piece] * size
    n = len(tokens)
    rows = []
    for i in range(n):
        row = _around(shown, kinds, i, 3)
        o = offsets[i]
        if o < len(speech):
            row += [f"s={speech[o]}", f"sb={border[o]}{speech[o]}", f"w={word[o]}", f"wl={len(word[o])}{border[o]}"]
            for d in (-2, -1, 1, 2):
                if 0 <= i + d < n and offsets[i + d] < len(speech):
                    row.append(f"s{d}={border[offsets[i + d]]}{speech[offsets[i + d]]}")
            if i and i + 1 < n and offsets[i + 1] < len(speech):
                row.append(f"s3={speech[offsets[i - 1]]},{speech[o]},{speech[offsets[i + 1]]}")
        row.append("sur=" + "".join(str(int(i >= d and shown[i - d] in people.SURNAMES)) for d in (0, 1, 2)))
        row.append(f"ttl={int(any(i + d < n and shown[i + d] in _TITLE for d in (1, 2, 3)))}")
        row.append("u=" + next((f"{shown[j]}{j - i}" for j in range(i, min(n, i + 6)) if shown[j] in _UNITS), "-"))
        rows.append(row)
    return rows


def shipped_features(tokens: Sequence[str]) -> list[list[str]]:
    """Return the features of each piece of running text for the tagger that ships.

    They lean on the kind of a word more than on the word: what was learned on made texts must hold on real ones.
    """
    text, cut, kinds, shown, offsets = _running(tokens, _latin)
    border: list[str] = []
    before: list[str] = []
    behind: list[str] = []
    word: list[str] = []
    for number, (piece, tag) in enumerate(cut):
        size = len(piece)
        # A name that the word list does not hold falls to pieces: unknown parts and single characters of any kind.
        tag = _SPEECH.get(tag, tag)
        border += [f"S{tag}"] if size == 1 else [f"B{tag}", *[f"M{tag}"] * (size - 2), f"E{tag}"]
        last = cut[number - 1][0] if number else "<"
        following = cut[number + 1][0] if number + 1 < len(cut) else ">"
        before += [last] * size
        behind += [following] * size
        word += [piece] * size
    offsets = [min(at, max(0, len(word) - 1)) for at in offsets]
    n = len(tokens)
    pad = ["<", "<", "<", *shown, ">", ">", ">"]
    tags = ["_", "_", "_", *(border[o] for o in offsets), "_", "_", "_"] if word else []
    sorts = ["_", "_", "_", *(_sort(one) for one in shown), "_", "_", "_"]
    lore, lore_before, lore_behind = _lore(text, border)
    sports = _near_sports(text)
    rows = []
    for i in range(n):
        o, j = offsets[i], i + 3
        one, two, three, four, five = pad[j - 2 : j + 3]
        t1, t2, t3, t4, t5 = tags[j - 2 : j + 3]
        s1, s2, s3, s4, s5 = sorts[j - 2 : j + 3]
        row = [
            "b", f"0={three}", f"-1={two}", f"1={four}", f"-2={one}", f"2={five}",
            f"-1,0={two}{three}", f"0,1={three}{four}", f"x={two}|{four}", f"-2,-1={one}{two}", f"1,2={four}{five}",
            f"t={t3}", f"t-={t2}{t3}", f"t+={t3}{t4}", f"t3={t2}{t3}{t4}", f"t5={t1}{t2}{t3}{t4}{t5}",
            f"ta={t1}{t2}", f"tb={t4}{t5}", f"s={s3}", f"s3={s2}{s3}{s4}", f"s5={s1}{s2}{s3}{s4}{s5}",
            f"s-={sorts[j - 3]}{s1}{s2}", f"s+={s4}{s5}{sorts[j + 3]}",
            f"w={word[o]}", f"pw={before[o]}", f"nw={behind[o]}", f"pt={t3[0]}{before[o]}", f"nt={t3[0]}{behind[o]}",
            f"k={kinds[i - 1] if i else '_'}{kinds[i]}{kinds[i + 1] if i + 1 < n else '_'}",
            "u=" + next((f"{shown[k]}{k - i}" for k in range(i, min(n, i + 5)) if shown[k] in _UNITS), "-"),
        ]  # fmt: skip
        if sports and sports[o]:
            row += [f"g={t3}", f"gs={s3}"]
            if lore[o]:
                row.append(f"gl={lore[o]}")
        if lore:
            here = lore[o]
            if here:
                row += [
                    f"l={here}",
                    f"l-={here}{lore_before[o]}",
                    f"l+={here}{lore_behind[o]}",
                    f"lw={here}{behind[o]}",
                    f"lp={before[o]}{here}",
                ]
            elif lore_before[o] or lore_behind[o]:
                row += [f"lb={lore_before[o]}{t3}", f"la={t3}{lore_behind[o]}"]
        rows.append(row)
    return rows


#: What a report of a match says: near it a city is mostly its club.
_SPORTS = re.compile(
    "主场|客场|联赛|球队|主队|客队|欧赔|亚盘|盘口|平手|半球|不败|进球|出线|逼平|主胜|客胜|赔率|球员|球迷|主帅|主教练|前锋|后卫|中场|门将|射手|点球|头球|"
    "争冠|保级|欧冠|英超|西甲|意甲|德甲|法甲|中超|足彩|开赛|胜负|净胜|两球|首发|停赛|伤停|夺冠|世界杯|欧洲杯"
)
_NEAR_SPORTS = 40


def near_sports(text: str, at: int) -> bool:
    """Tell whether a report of a match is near a place in a text."""
    return _SPORTS.search(text, max(0, at - _NEAR_SPORTS), at + _NEAR_SPORTS) is not None


def _near_sports(text: str) -> list[bool]:
    """Tell of each character whether a report of a match is near; an empty list where there is none at all."""
    near: list[bool] = []
    for found in _SPORTS.finditer(text):
        near = near or [False] * len(text)
        start, end = max(0, found.start() - _NEAR_SPORTS), min(len(text), found.end() + _NEAR_SPORTS)
        near[start:end] = [True] * (end - start)
    return near


def _lore(text: str, border: Sequence[str]) -> tuple[list[str], list[str], list[str]]:
    """Return for each character what is widely known there, right before it and right behind it.

    A word that the cutter sees begin and end there too is written large.
    """
    size = len(text)
    here, before, behind = [""] * size, [""] * size, [""] * size
    for start, end, kind in known.look_up(text):
        whole = len(border) >= end and border[start][0] in "SB" and border[end - 1][0] in "SE"
        sign = _LORE[kind] if whole else _LORE[kind].lower()
        for at in range(start, end):
            here[at] = sign + ("B" if at == start else "E" if at == end - 1 else "M")
        if start:
            behind[start - 1] = sign
        if end < size:
            before[end] = sign
    # Inside a known word its neighbours are those of the whole word.
    for start, end, _ in known.look_up(text):
        before[start:end] = [before[start] or (text[start - 1] if start else "<")] * (end - start)
        behind[start:end] = [behind[end - 1] or (text[end] if end < size else ">")] * (end - start)
    return here, before, behind


_LORE = {"country": "C", "region": "R", "place": "P", "team": "T", "firm": "F", "work": "W", "sound": "S", "sight": "V"}
#: Parts of speech that mean the same here, so that what was learned of one holds for the other.
_SPEECH = {"nrt": "nr", "nrfg": "nr", "ng": "n", "vg": "v", "vd": "v", "vi": "v", "ad": "a", "an": "a", "ag": "a", "g": "x", "j": "n", "eng": "x", "l": "i", "uj": "u", "ul": "u", "uz": "u", "uv": "u", "ug": "u", "ud": "u", "zg": "n", "mq": "m", "tg": "t", "dg": "d", "vq": "v", "rz": "r", "rr": "r", "rg": "r", "df": "d"}  # fmt: skip
SURNAMES_COMMON = frozenset(people.SURNAMES[:100])
SURNAMES = frozenset(people.SURNAMES)
SOUND = frozenset("斯尔特克德拉布里马罗尼卡巴兰维格西莱多森塔萨莫安诺弗雷伊列伯迪米加瓦奥哈利姆费纳科洛蒂鲁希帕桑贝内曼普菲达朗吉亚林丹埃汉彼查乔约戴麦杰肯休顿温恩沃比福勒梅赛泽佩图扎基夫娜莉丽琳珍妮露茜珊玛丝莎黛芙琪兹奇娃伦托詹史汤皮保本泰朱劳法")  # fmt: skip
_GIVEN = frozenset("伟芳娜秀英敏静强磊军洋勇艳娟涛明超霞刚桂梅建文华玉红春凤云飞鹏辉志波宇浩佳慧婷雪欣怡晨曦子涵轩雨思博俊峰彬斌健康宁福贵财旺仁义礼忠孝廉正中庆荣光宗耀祖兴业成永恒新顺利昌盛洁青蓝彩莲荷菊竹柏桃萍莎薇琴诗墨珠玲珊瑶瑾瑜琪琦琼瑞璐岩岳秋季仲伯叔小晓卫国良才贤泰翔凯胜勋俭诚真善美娇娅娴婉媛倩菲芬馨香蓉蓓蕾花苗登科栋梁钢锋鑫毅悦乐欢喜容若意望希继承先进升龙虎凤鹤燕雁雄豪壮钧铭念智聪睿学宏炎灿照昊昕晶朗晴霖霏雯震洪洲津渊潇湘淑贞纯巧姣翠彤惠恩泽润生民友朋珍珠平世")  # fmt: skip


def _sort(piece: str) -> str:
    """Say how a piece may stand in a name: C common surname, U surname, S sound of a foreign name, G given name."""
    if len(piece) > 1:
        return "0" if piece[0] == "0" else "A"
    if piece in "·•．・‧":
        return "."
    if not "\u3400" <= piece <= "\u9fff":
        return "A" if piece.isalpha() else "0" if piece.isdigit() else ","
    found = "C" if piece in SURNAMES_COMMON else "U" if piece in SURNAMES else ""
    return (found + ("S" if piece in SOUND else "") + ("G" if piece in _GIVEN else "")) or "h"


def _latin(word: str) -> str:
    """A Latin word by its form; short ones and those in capitals say something themselves."""
    if len(word) <= 3 or word.isupper():
        return word
    if word[0].isupper() and word[1:].islower():
        return "Aaaa"
    return "aaaa" if word.islower() else "aAaA"


FEATURES: dict[str, Callable[[Sequence[str]], list[list[str]]]] = {
    "address": address_features,
    "personal": personal_features,
    "shipped": shipped_features,
}
