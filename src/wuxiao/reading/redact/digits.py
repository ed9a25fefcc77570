"""Numbers that lead to a person, by form and check digit: phones, ids, cards, plates, mail addresses, chat accounts."""

from __future__ import annotations

import re
from datetime import date

from wuxiao.reading.tokens import simplify
from wuxiao.reading.words import Stretch, Why
from wuxiao.typed.plain import alike


def _id_number_valid(number: str) -> bool:
    if len(number) == 18:
        weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
        if (
            "10X98765432"[sum(int(digit) * weight for digit, weight in zip(number, weights, strict=False)) % 11]
            != number[17].upper()
        ):
            return False
        year, month, day = int(number[6:10]), int(number[10:12]), int(number[12:14])
    else:
        year, month, day = 1900 + int(number[6:8]), int(number[8:10]), int(number[10:12])
    try:
        born = date(year, month, day)
    except ValueError:
        return False
    return 1850 <= born.year <= 2100 and number[0] in "123456789"


def luhn(number: str) -> bool:
    """Say whether a number of digits carries a right Luhn check digit, as bank cards do (ISO/IEC 7812-1)."""
    digits = [int(digit) for digit in reversed(number)]
    return sum(digits[0::2]) % 10 == sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2]) * 9 % 10


#: What people put between the digits of one number, at most three of them: blanks, dashes, points, strokes, commas.
_GAP = r"[-. _·•/,、~*]{0,3}?"
_SEP = r"[-. ]?"
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤川青藏琼宁"
_PLATE_GAP = r"[-. _·•]{0,2}"
#: Five places, at least one of them a digit.
_PLATE_BODY = r"(?=[0-9A-HJ-NP-Z]{0,4}\d|[A-HJ-NP-Z]{4}\d)[0-9A-HJ-NP-Z]{5}"
_PHONE_CUE = r"(?:电话|手机|联系方式|联系|号码|热线|致电|座机|传真|小灵通|短信|来电|拨打|tel|phone|mobile|cell|fax|call|请洽|助理|经纪人?|经理人|contact)"
_PATTERNS: tuple[tuple[str, re.Pattern[str], Why], ...] = (
    (
        "email",
        re.compile(
            r"[a-z0-9_][a-z0-9._%+\-]{0,63} ?(?:@|\(at\)|\[at\]|#@) ?[a-z0-9](?:[a-z0-9\-]{0,62}\.)+(?:[a-z]{2,10}(?![a-z@])|(?:com\.cn|com|cn|net|org))",
            re.I,
        ),
        Why("邮箱的写法", "written like an e-mail address"),
    ),
    (
        "id_number",
        re.compile(rf"(?<![0-9])(?<![0-9][-. _·•/,])[1-9](?:{_GAP}[0-9]){{16}}{_GAP}[0-9x](?![0-9])", re.I),
        Why("18位身份证号", "an 18-digit ID number"),
    ),
    (
        "id_number",
        re.compile(
            r"(?<![0-9])[1-9]\d{2}[- ]?\d{3}[- _]{1,2}(?:18|19|20)\d{2}[- ]?(?:0[1-9]|1[0-2])[- ]?(?:0[1-9]|[12]\d|3[01])[- _]{1,2}\d{3}[- ]?[0-9x](?![0-9])"
            r"|(?<![0-9])[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}x(?![0-9a-z])"
            r"|(?<![0-9])[1-9]\d{2}([- ])\d{3}\1(?:18|19|20)\d{2}\1?(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\1\d{3}[0-9x](?![0-9])",
            re.I,
        ),
        Why("按身份证号分段或以X结尾的写法", "grouped like an ID number, or ending in X"),
    ),
    (
        "id_number",
        re.compile(
            rf"(?<![0-9])(?<![0-9][-. _·•/,])[1-9](?:{_GAP}\d){{5}}(?:{_GAP}\d){{2}}{_GAP}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:{_GAP}\d){{3}}(?![0-9])"
        ),
        Why("15位身份证号", "a 15-digit ID number"),
    ),
    (
        "id_number",
        re.compile(r"(?<![0-9A-Za-z])[a-z]{3}[- ]?\d{3}[- ]?\d{3}[- ]?\d{3}[- ]?\d{3}(?![0-9])", re.I),
        Why("外国人永久居留身份证号", "the number of a foreigner's permanent residence card"),
    ),
    (
        "bank_card",
        re.compile(
            r"(?<![0-9])[3-6]\d{3}(?:(?:[-. _·•/,]{1,3}\d{4}){2}[-. _·•/,]{1,3}\d{1,4}(?:[-. _·•/,]{1,3}\d{1,3})?|[-. _·•/,]{1,3}\d{6}[-. _·•/,]{1,3}\d{4,5}|\d{2}[-. _·•/,]{1,3}\d{13}|\d{9,15})(?![0-9])"
        ),
        Why("银行卡号", "a bank card number"),
    ),
    (
        "phone",
        re.compile(rf"(?<![0-9])(?:\(?(?:\+|00)? ?86\)?{_SEP})?1[3-9]\d({_GAP})\d{{4}}{_GAP}\d{{4}}(?![0-9])"),
        Why("手机号", "a mobile number"),
    ),
    (
        "phone",
        re.compile(
            r"(?<![0-9])1[3-9]\d([-. _·•/]{1,2})\d{3}\1\d{5}(?![0-9])|(?<![0-9])1[3-9]\d{2}([-. _·•/]{1,2})\d{3}\2\d{4}(?![0-9])"
            r"|(?<![0-9])1([-. _·•/、,]{1,2})[3-9](?:\3\d){9}(?![0-9])|(?<![0-9])1[3-9]\d{3}[-. _·•/]{1,2}\d{3}[-. _·•/]{1,2}\d{3}(?![0-9])"
            r"|(?<![0-9])1[3-9]\d{3}[-. _·•/]{1,2}\d{6}(?![0-9])|(?<![0-9])1[3-9]\d{1}[-. _·•/]{1,2}\d{8}(?![0-9])|(?<![0-9])1[3-9]\d{5}[-. _·•/]{1,2}\d{4}(?![0-9])"
            r"|(?<![0-9])1[3-9]\d([-. _·•/]{1,2})\d{2}(?:\4\d{2}){3}(?![0-9])"
        ),
        Why("手机号", "a mobile number"),
    ),
    (
        "phone",
        re.compile(
            rf"\(?(?<![0-9])(?:\+|00(?=[ -]?(?:8[125]|85[236]|886|6[0-6]|4[4-9]|3[0-49]|1[ -]?[2-9]|7[ -]?[489]|9[0-58])[ -]|(?:852\d{{8}}|853\d{{8}}|886\d{{8,9}}|861\d{{10}})(?!\d)))[ ]?(?:8[1-9]\d?|6\d|1(?=[-. (]?[2-9])|4[0-9]|3[0-9]|7|9[0-9]|2\d{{2}})\)?{_SEP}(?:\(?\d{{1,4}}\)?{_SEP}){{1,4}}\d{{2,4}}(?:#\d{{1,5}})?(?![0-9])"
        ),
        Why("带国家或地区代码的电话", "a phone number with a country code"),
    ),
    (
        "phone",
        re.compile(
            r"(?<![0-9])(?:852|853|886)[- ]\d{1,4}[- ]?\d{3,4}[- ]?\d{3,4}(?:#\d{1,5})?(?![0-9])|(?<![0-9])852[5-9]\d{7}(?![0-9])|(?<![0-9])8869\d{8}(?![0-9])|(?<![0-9])8862\d{8}(?![0-9])|(?<![0-9])09\d{2}[- ]?\d{3}[- ]?\d{3}(?![0-9])"
        ),
        Why("港澳台电话", "a Hong Kong, Macao or Taiwan number"),
    ),
    (
        "phone",
        re.compile(
            rf"(?<![0-9])\(?(?:86{_SEP})?0(?:10|2\d|[3-9]\d{{2}})\)?[-. /]{{0,2}}[2-9]\d{{2,3}}[- ]?\d{{4}}(?:(?:[- ]|转|#|\*)\d{{1,5}})?(?![0-9])"
        ),
        Why("座机号", "a landline number"),
    ),
    (
        "phone",
        re.compile(r"(?<![0-9])(?:1[3-9]\d{9}){2,3}(?![0-9])|(?<![0-9])0\d{2,3}-\d{8}(?:\d{8}|1[3-9]\d{9})(?![0-9])"),
        Why("连写的几个电话", "phone numbers run together"),
    ),
    (
        "phone",
        re.compile(
            r"\((?:852|853|886|0\d{1,2}|86|\+\d{1,3})\)[- ]?(?:\d{1,4}[- ]?){1,3}\d{3,4}(?:#\d{1,5})?(?![0-9])"
            r"|(?<![0-9])(?:852|853|886)/\d{8,10}(?![0-9])|(?<![0-9])0[2-9]-\d{7,8}(?:#\d{1,5})?(?![0-9])"
            r"|(?<![0-9-])(?!20\d\d-20\d\d|2\d00-2\d00)[2-9]\d{3}-\d{4}(?![0-9-])|(?<![0-9])[2-9]\d{2}-[2-9]\d{2}-\d{4}(?![0-9])|(?<![0-9])601\d{8,9}(?![0-9])"
            r"|\(?(?<![0-9])\+886\)?[- ]?\d{8,9}(?![0-9])"
        ),
        Why("港澳台或外国电话的写法", "written like a number from outside the mainland"),
    ),
    (
        "phone",
        re.compile(r"(?<![0-9])[48]00[- ]?\d{3}[- ]?\d{4}(?![0-9])|(?<![0-9])[48]00[- ]\d{4}[- ]\d{3}(?![0-9])"),
        Why("400/800 电话", "a 400/800 number"),
    ),
    (
        "phone",
        re.compile(
            rf"{_PHONE_CUE}[^0-9\n，。；]{{0,8}}(?P<value>[2-9]\d{{2,3}}[- ]?\d{{4}}(?:(?:[- ]|转)\d{{1,5}})?)(?![0-9])",
            re.I,
        ),
        Why("“电话”之后的号码", "a number after “phone”"),
    ),
    (
        "plate",
        re.compile(
            rf"[{_PROVINCES}]{_PLATE_GAP}[A-HJ-NP-Z]{_PLATE_GAP}(?:[A-HJK]{_PLATE_GAP}[A-HJ-NP-Z0-9]\d{{4}}|\d{{5}}{_PLATE_GAP}[A-HJK]|{_PLATE_BODY})(?![0-9A-Z])"
            rf"|[{_PROVINCES}]{_PLATE_GAP}[A-HJ-NP-Z]{_PLATE_GAP}[0-9A-HJ-NP-Z]{{2,4}}{_PLATE_GAP}\d?[挂学警港澳试超应]急?"
            rf"|WJ{_PLATE_GAP}\d{{2}}{_PLATE_GAP}[A-Z]?\d{{4}}(?![0-9A-Z])|WJ{_PLATE_GAP}[{_PROVINCES}]?{_PLATE_GAP}\d{{2}}{_PLATE_GAP}\d{{2,3}}{_PLATE_GAP}[0-9A-Z](?![0-9A-Z])|WJ{_PLATE_GAP}[{_PROVINCES}]{_PLATE_GAP}\d{{4,5}}[A-Z]?(?![0-9A-Z])"
            rf"|[军空海]{_PLATE_GAP}[A-Z]{_PLATE_GAP}\d{{5}}(?![0-9A-Z])"
            rf"|[使领]{_PLATE_GAP}[A-Z]?{_PLATE_GAP}(?:\d{{6}}|\d{{3}}{_PLATE_GAP}\d{{2,3}})(?![0-9A-Z])|(?<![0-9])(?:\d{{6}}|\d{{3}}{_PLATE_GAP}\d{{3}}){_PLATE_GAP}[使领](?!用|取|导|馆)"
            rf"|民航{_PLATE_GAP}[A-Z]\d{{4}}(?![0-9A-Z])",
            re.I,
        ),
        Why("车牌号", "a number plate"),
    ),
    (
        "plate",
        re.compile(
            rf"(?:军车|军牌|车牌号?码?|号牌|车号|部队)[^0-9A-Z\n]{{0,6}}(?P<value>[VKHBSLJNGCEYPZ][A-Z]{_PLATE_GAP}\d{{5}}|[{_PROVINCES}A-Z][A-Z]{{0,2}}{_PLATE_GAP}[0-9A-Z]{{4,6}})(?![0-9A-Z])",
            re.I,
        ),
        Why("“车牌”之后的号码", "a number after “plate”"),
    ),
    (
        "wechat",
        re.compile(
            r"(?:微信|威信|薇信|wechat|weixin|(?<![a-z])vx|(?<![a-z])wx|v信|加v|徽信|(?<![a-z])v(?=[：:]))(?:[（(]?同(?:手机|qq|电话)?号?[)）]?)?(?:号码?|id|账号|帐号|是|为|公众号|公众平台|公共平台|订阅号)?[：:\s是为|｜/「【\[(（]{0,4}(?P<value>[a-z][-_a-z0-9]{4,25}|1[3-9]\d{9}|[1-9]\d{4,11})(?![0-9])",
            re.I,
        ),
        Why("微信号", "a WeChat id"),
    ),
    (
        "qq",
        re.compile(
            r"(?:(?<![a-z])q{1,2}|(?<=\.com)qq|(?<=\.cn)qq|扣扣|企鹅号?|球球)(?:交流|官方|粉丝|读者|业主|维权|vip|歌迷|官方粉丝|工作|咨询|联系|客服|车友)*(?:群|号码?|号|账号|帐号|空间|邮箱)*[a-z一二三四五六七八九十]?(?:是|为|加)?[：:\s是为|｜/＋+「【\[(（]{0,4}(?P<value>[1-9]\d{4,11})(?![0-9@])",
            re.I,
        ),
        Why("QQ号", "a QQ number"),
    ),
    (
        "passport",
        re.compile(
            r"(?:护照|通行证|台胞证|回乡证|居留证|永居证|居留许可|军官证|士官证|士兵证|警官证|海员证|passport|travel document)(?:号码?|编号|no\.?|number)?[^0-9a-z\n,。;；]{0,6}(?P<value>[a-z]{0,3}[- ]?\d{5,10}[a-z]?(?:\(\d{1,2}\))?)(?![0-9a-z])",
            re.I,
        ),
        Why("护照、通行证等之后的号码", "a number after “passport” or “permit”"),
    ),
    (
        "id_number",
        re.compile(
            rf"(?:身份证|证件号|身份号|公民身份|驾驶证|驾照|社保卡?|居民证|永居证|居留证)[^0-9\n]{{0,8}}(?P<value>[0-9*](?:{_GAP}[0-9*]){{13,16}}{_GAP}[0-9x*])(?![0-9])",
            re.I,
        ),
        Why("“身份证”之后的号码", "a number after “ID card”"),
    ),
    (
        "bank_card",
        re.compile(
            r"(?:卡号|账号|帐号|银行卡|账户|帐户|存折|开户)[^0-9\n]{0,8}(?P<value>(?:\d[ -]?){9,20}\d)(?![0-9])"
        ),
        Why("“卡号、账号”之后的号码", "a number after “card” or “account”"),
    ),
)

#: Digits as they are spoken and written out, for numbers that mix both.
_SPOKEN = str.maketrans("零〇洞一幺壹二贰两三叁四肆五伍六陆七柒拐八捌九玖", "000111222334455667778899")
_RANGE = re.compile(r"(\d{4}) ?- ?(\d{4})")
_COUNTED = re.compile(
    r" ?(?:元|块|人民币|名|人|户|年|届|万|亿|千|百|米|公里|平|㎡|斤|吨|克|kg|km|mm|m2|度|%|件|个|次|条|辆|岁|期|页|字|美元|欧|rmb|yuan)",
    re.I,
)
_STANDARD = re.compile(
    r"(?:(?<![a-z.@])(?:GB|DB\d{0,2}|JGJ|CJJ|JG|HG|YB|QB|SB|WS|GA|ISO|IEC|EN|JTG|CECS|DL|SY|NY|LY|HJ|TB|JB|MT|JT|Q|T|ASTM)(?: ?/ ?[a-z]{1,2})?|[¥$￥]|价|薪|工资|收入|标准|编号|文号|型号|工单号?|订单号?|单号|案号|第)[ :：]?$",
    re.I,
)


def _no_phone(plain: str, start: int, end: int) -> bool:
    """Tell whether four digits, a dash and four digits are a range of prices, people or years, or a standard."""
    found = _RANGE.fullmatch(plain[start:end])
    if found is None:
        return False
    first, second = int(found[1]), int(found[2])
    return (
        (first < second and first % 50 == 0 and second % 50 == 0)
        or (1900 <= first <= 2100 and 1900 <= second <= 2100)
        or (1900 <= second <= 2100 and bool(_STANDARD.search(plain[max(0, start - 8) : start])))
        or bool(_COUNTED.match(plain, end))
        or bool(_STANDARD.search(plain[max(0, start - 8) : start]))
    )


_FURTHER = re.compile(r" ?[,、/;或和及] ?([2-9]\d{6,7}(?:-\d{1,4})?)(?![0-9])(?! ?(?:元|块|人|户|名|米|平))")


def numbers(plain: str) -> list[Stretch]:
    """Return the numbers of persons in a flat text (`typed.plain.flat`), as they are found; they may overlap.

    Letters of other scripts that look Latin are read as Latin ones; the places stay those of the text.
    """
    plain = alike(simplify(plain))
    found: list[Stretch] = []
    for kind, pattern, why in _PATTERNS:
        for match in pattern.finditer(plain):
            start, end = match.span("value") if "value" in pattern.groupindex else match.span()
            digits = re.sub(r"[^0-9xX]", "", plain[start:end])
            if kind == "id_number" and "value" not in pattern.groupindex and why.zh[:2].isdigit():
                if not _id_number_valid(digits):
                    continue
                why_now = Why(f"{why.zh}，校验码正确", f"{why.en}, check digit correct") if len(digits) == 18 else why
                found.append(Stretch(kind, start, end, why_now))
                continue
            if (
                kind == "bank_card"
                and "value" not in pattern.groupindex
                and not (13 <= len(digits) <= 19 and luhn(digits))
            ):
                continue
            if kind == "phone" and "value" not in pattern.groupindex and _no_phone(plain, start, end):
                continue
            if kind == "email" and plain[start - 1 : start] == "+" and (number := re.match(r"\d{8,}", match.group())):
                start += number.end()
            if kind == "wechat" and plain[start:end].lower() in _WECHAT_WORDS:
                continue
            found.append(Stretch(kind, start, end, why))
    for one in [one for one in found if one.kind in {"phone", "qq"}]:
        if further := _FURTHER.match(plain, one.end):
            found.append(Stretch("phone", *further.span(1), Why("紧接着的又一个电话", "one more number right behind")))
    return found + _spoken(plain)


_SPOKEN_PHONE = re.compile(rf"(?<![0-9])1{_GAP}[3-9](?:{_GAP}[0-9]){{9}}(?![0-9])")
_SPOKEN_ID = re.compile(rf"(?<![0-9])(?<![0-9][-. _·•/,])[1-9](?:{_GAP}[0-9]){{16}}{_GAP}[0-9x](?![0-9])", re.I)
_SPOKEN_LANDLINE = re.compile(r"(?<![0-9])0(?:10|2\d|[3-9]\d{2})[- ]?[2-9]\d{6,7}(?![0-9])")
#: Letters that stand for digits where one is written between or beside them: 139OOOO0055.
_FOR_DIGITS = str.maketrans("OoQIl|", "000111")


def _spoken(plain: str) -> list[Stretch]:
    """Find numbers of which some digits are written out, or written with letters that look like digits."""
    found = []
    for digits, how in ((plain.translate(_SPOKEN), _WRITTEN_OUT), (_digits_for(plain), _WITH_LETTERS)):
        if digits == plain:
            continue
        for kind, pattern in (("phone", _SPOKEN_PHONE), ("phone", _SPOKEN_LANDLINE), ("id_number", _SPOKEN_ID)):
            for match in pattern.finditer(digits):
                start, end = match.span()
                if digits[start:end] == plain[start:end]:
                    continue
                if kind == "phone" or _id_number_valid(re.sub(r"[^0-9xX]", "", match.group())):
                    found.append(Stretch(kind, start, end, how[kind]))
    return found


_WRITTEN_OUT = {
    "phone": Why("用汉字写的电话", "a phone number in Chinese numerals"),
    "id_number": Why("用汉字写的身份证号", "an ID number in Chinese numerals"),
}
_WITH_LETTERS = {
    "phone": Why("用字母代替数字的电话", "a phone number with letters for digits"),
    "id_number": Why("用字母代替数字的身份证号", "an ID number with letters for digits"),
}
#: A run of digits and of letters that look like some, with a digit in it and no other letter beside it.
_MIXED = re.compile(
    r"(?<![A-Za-z0-9])(?=[OoQIl|]*\d)[0-9OoQIl|](?:[-. _·•/]{0,2}[0-9OoQIl|]){6,20}(?![A-Za-wyzA-WYZ0-9])"
)


def _digits_for(plain: str) -> str:
    return _MIXED.sub(lambda run: run.group().translate(_FOR_DIGITS), plain)


_WECHAT_WORDS = frozenset(
    [
        "wechat",
        "weixin",
        "official",
        "group",
        "email",
        "qq",
        "phone",
        "tel",
        "mobile",
        "please",
        "public",
        "account",
        "http",
        "https",
        "gmail",
        "hotmail",
        "sina",
        "weibo",
        "msn",
        "twitter",
        "facebook",
        "instagram",
    ]
)
