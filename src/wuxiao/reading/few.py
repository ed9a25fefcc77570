"""Counts of a few people or homes, and what points at one home, in a text that is to be public.

Whoever knows the neighbourhood knows which three households they were, so a published text holds no such count. Numbers
are read as everywhere (`reading.amounts`): of a vague one (两三户, 3-5户, 几个人) the lower end counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wuxiao.reading.amounts import AMOUNT, HALF, amount, number

#: People as they are counted: what may stand after 个, or right after the number.
_PEOPLE = (
    "老人|老年人|孩子|小孩|儿童|小朋友|娃|居民|租户|租客|房客|住户|农户|农民|村民|业主|户主|家庭|人家|邻居|群众|学生|同学|家长|病人|患者|"
    "残疾人|妇女|女人|男人|大人|工人|民工|农民工|员工|商户|摊主|店主|老板|乘客|顾客|诉求人|投诉人|反映人|举报人|来访人|信访人|当事人|"
    "申请人|证人|伤者|死者|受害人|姑娘|小伙|夫妻|夫妇|兄弟|姐妹"
)
#: Who is there because of an office is no resident who could be told.
_OFFICE = (
    "分管|主管|主要|负责|副?[县局乡镇处科站所]长|县领导|领导|工作人员|干部|联络员|民警|交警|网格员|专家|委员|主任|"
    "书记|律师|法官|检察官|医生|值班"
)
_PERSON = rf"人(?!一[策案档专]|民|大|社|防|行|工|均|口|居|代|力|才|事|为|信息|所得|账|隐私|不得)(?!{_OFFICE})"
_UNIT = "|".join(
    (
        rf"个\s*(?:{_PEOPLE}|{_PERSON})",
        rf"[名位](?!单|称|录|义|额|目|下|为|字|置|于|数)\s*(?!{_OFFICE})",
        rf"家\s*(?:{_PEOPLE})",
        r"口\s*(?:人|之家)",
        r"户(?!一[策案档]|口|籍|型|用|名|头|均|外(?!墙))",
        _PERSON,
        _PEOPLE,
    )
)
_MORE = r"\s*(?:多|余|来|几)?\s*"
_COUNTED = re.compile(rf"(?<!第)(?<!每)({AMOUNT}){_MORE}(?:{_UNIT})")
_MOUTHS = re.compile(rf"一家\s?({AMOUNT})\s?口|({AMOUNT})口子")
_PAIRS = re.compile(
    rf"({AMOUNT})\s?对\s?(?:老?夫妻|老?夫妇|母女|母子|父子|父女|姐妹|兄弟|姐弟|兄妹|情侣|老人|双胞胎|婆媳)"
)

_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_IN_WORDS = {word: n for n, word in enumerate(_WORDS, 1)} | {"a single": 1, "both": 2, "a couple of": 2, "a few": 3}
_IN_WORDS |= {"a pair of": 2, "several": 3, "a handful of": 3}
_N = rf"(?:\d{{1,6}}|{'|'.join(sorted(_IN_WORDS, key=len, reverse=True))})"
_NOUNS = (
    "people|persons?|residents?|households?|famil(?:y|ies)|tenants?|villagers?|children|child|kids?|m[ae]n|wom[ae]n|"
    "couples?|students?|pupils?|parents?|complainants?|requesters?|petitioners?|patients?|workers?|neighbou?rs?|adults?|"
    "pensioners?|boys?|girls?|babies|individuals?|customers?|passengers?|shopkeepers?|homeowners?|elderly|victims?"
)
_ENGLISH = re.compile(
    rf"\b({_N})(?:\s*(?:to|or|and|-|–)\s*{_N})?(?:\s+(?!to\b|or\b|and\b|of\b|for\b|in\b|by\b)[a-z]+){{0,2}}?\s+(?:{_NOUNS})\b"
    rf"|\bfamily of ({_N})\b|\b(?:a|an|the same)\s+(?:elderly\s+|old\s+|young\s+)?"
    r"(?:resident|family|household|couple|tenant|villager|complainant|pensioner|child|neighbou?r)\b(?!\s+(?:committee|care|court))",
    re.IGNORECASE,
)

#: A door in a house; the tail of a number, by which a search finds the whole; somebody as the neighbours call them.
_ONE_HOME = re.compile(
    r"(?:[\d一二三四五六七八九十]+\s?(?:栋|幢|座|号楼)\s?)?[\d一二三四五六七八九十]+\s?单元\s?\d{2,4}\s?(?:室|号|户|房)?"
    r"|(?<!\d)\d{3,4}\s?(?:室|号房|房间|那家|那户|那一家|那一户)"
    r"|(?:尾号|末尾|[末后][一二三四五六\d]位)(?:数字?|编号)?(?:为|是|：|:|“|\s)*[0-9A-Za-z]{2,}"
    r"|[老小][张王李赵刘陈杨黄吴周徐孙马朱胡林郭何高罗郑梁谢宋唐许邓冯韩曹曾彭蔡潘田董袁余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪陆石戴贾夏邱侯邹熊孟秦]"
    r"(?:家(?!庄|村|沟|湾)|某|反映|带头|投诉|举报|提出)"
)


def _low(said: str) -> int | None:
    """Return the lower end of a number as it is written, `None` for what is no number."""
    found = amount(said)
    if found is not None:
        return int(found.low)
    plain = number(said)
    return int(plain) if plain is not None else None


def _counts(text: str) -> Iterator[tuple[int, int, int]]:
    """Yield where something is counted, and how many at least."""
    for pattern, each in ((_COUNTED, 1), (_MOUTHS, 1), (_PAIRS, 2)):
        for m in pattern.finditer(text):
            if (low := _low(next(one for one in m.groups() if one))) is not None:
                yield m.start(), m.end(), low * each
    for m in _ENGLISH.finditer(text):
        said = (m[1] or m[2] or "one").lower()
        yield m.start(), m.end(), int(said) if said.isdecimal() else _IN_WORDS[said]


def few(text: str, below: int) -> list[str]:
    """Return the stretches of a text that count fewer than `below` people or homes, or point at one home.

    >>> few("有3个人反映，两三户有意见，12户签了字", 5)
    ['3个人', '两三户']
    >>> few("Three families of 200 households wrote", 5), few("一家四口，住2单元501", 5)
    (['Three families'], ['一家四口', '2单元501'])
    """
    flat = text.translate(HALF)
    spans = {(start, end) for start, end, least in _counts(flat) if least < below}
    spans |= {m.span() for m in _ONE_HOME.finditer(flat)}
    return [text[start:end] for start, end in sorted(spans)]
