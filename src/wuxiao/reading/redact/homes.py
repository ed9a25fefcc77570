"""Addresses that go down to a house, a room or a village group, by their form."""

from __future__ import annotations

import re

from wuxiao.reading.tokens import simplify
from wuxiao.reading.words import Stretch, Why

_UNIT = "省|自治区|特别行政区|市|自治州|州|盟|地区|区|县|自治县|旗|镇|乡|街道|街道办|办事处|村委会|居委会|社区|村|屯|庄|寨|湾|塘|冲|坳|坪|组|队|大道|大街|胡同|路|街|巷|弄|里|道|环|桥|支路|小区|花园|花苑|家园|公寓|苑|城|园|府|庭|轩|居|阁|邸|湾|墅|新村|广场|大厦|商城|市场|中心|大楼|写字楼|工业园|产业园|科技园|学校|中学|小学|大学|医院|厂|楼盘|宿舍"
_NUMBER = "[0-9０-９一二三四五六七八九十百零〇]{1,6}"
_SMALL = f"(?:(?:[a-zA-Z]|{_NUMBER}|[东西南北前后左右中])(?:[-－—~至]{_NUMBER})?(?:[a-zA-Z]区|[a-zA-Z](?=座|栋|幢|楼))?(?:号院|号楼|号房|号|栋|幢|座|单元|楼|层|室|房|户|门|梯|弄|组|队|米|期|排|店|铺|门面|#)(?:[a-zA-Z](?![a-zA-Z]))?(?:之{_NUMBER})?)"
# A detailed address is found from its end: house, building or room first, then the names before it. Every quantifier is
# bounded, so that no text however long or odd costs more than its length.
_DETAIL = re.compile(f"(?:{_SMALL}[，、-]?){{1,6}}(?:{_NUMBER}(?:室|房|户|号)?)?")
_NAMED = re.compile(f"(?:{_UNIT})[（(]?$")
_GROUP = re.compile(
    f"[\u4e00-\u9fa5]{{1,6}}(?:村|社区|屯|寨|湾)[0-9A-Za-z一二三四五六七八九十\u4e00-\u9fa5]{{1,4}}(?:组|队|屯|湾)(?:{_NUMBER}号)?"
)
_BEFORE = re.compile(r"[0-9A-Za-z\u4e00-\u9fa5（(]{1,40}$")
_LEAD = re.compile(
    "住在|家住|现住|租住|住址|居住在|居住于|地址|地点|位于|坐落于?|座落于?|来自|处于|到达|前往|购买了?|买了|反映|请问|投诉|举报|关于|领导|你好|您好|就在|开在|设在|搬到|"
    "路过|经过|途经|靠近|临近|尊敬的|我家|我们|他们|她们|发生在|身处|送到|寄到|村民|业主|居民|家在|在"
)
_FIRST = re.compile("^[在从到由是的住我你他她了说去于把被让请向因有个这那着又就也都还没不：:]+")


_ESTATE_ROOM = re.compile(
    r"(?:小区|花园|家园|公寓|苑|新城|新村|花苑|府|庭|湾|城|里|园|村|社区)[ ]?(\d{1,3}(?:[-－]\d{1,3}){1,2}[-－]\d{3,4}|\d{1,3}[-－]\d{1,2}[-－]\d{1,4}|\d{1,3}#\d{3,4})(?![0-9-])"
)
_KNOWN_DOOR = re.compile(
    r"(?:路|街|巷|大道|胡同|里|弄|道)[ ]?(?:[甲乙丙丁东西南北]|附)?\d{1,5}(?:[-－之]\d{1,3})?号(?:院|楼|附\d{1,3}号?)?"
)


def addresses(plain: str) -> list[Stretch]:
    """Return the detailed addresses in a flat text (`typed.plain.flat`), as they are found; they may overlap."""
    plain = simplify(plain)
    found: list[Stretch] = []
    for pattern, size in ((_ESTATE_ROOM, 1), (_KNOWN_DOOR, 0)):
        for match in pattern.finditer(plain):
            named = _BEFORE.search(plain[max(0, match.start() - 40) : match.start(1) if size else match.start()])
            head = _place_name(named.group()) if named else ""
            why = Why("写到门牌、楼栋、房号或村组", "goes down to a house, a room or a village group")
            start = (match.start(1) if size else match.start()) - len(head)
            if head:
                found.append(Stretch("address", start, match.end(), why))
    why = Why("写到门牌、楼栋、房号或村组", "goes down to a house, a room or a village group")
    for match in _DETAIL.finditer(plain):
        before = _BEFORE.search(plain[max(0, match.start() - 40) : match.start()])
        if before is None or not _NAMED.search(before.group()):
            continue
        names = _place_name(before.group())
        end = match.end()
        while plain[end - 1] in "，、-":
            end -= 1
        found.append(Stretch("address", match.start() - len(names), end, why))
    for match in _GROUP.finditer(plain):
        lead_end = max(
            (lead.end() for lead in _LEAD.finditer(match.group()) if match.end() - match.start() - lead.end() >= 3),
            default=0,
        )
        found.append(Stretch("address", match.start() + lead_end, match.end(), why))
    return found


def _place_name(before: str) -> str:
    """Return the end of what stands before a door that is the place, without the words that lead up to it."""
    names = before
    for lead in _LEAD.finditer(before):
        if len(before) - lead.end() >= 2:
            names = before[lead.end() :]
    first = _FIRST.match(names)
    if first and len(names) - first.end() >= 2:
        names = names[first.end() :]
    return names
