"""Telephone numbers: however one is written, one stored form, so that six spellings are one person.

Stored are: mainland numbers by their national digits (`13900000055`, `09905550000`, `4001234567`, `12345`), an
extension behind a dash (`09905550000-801`), numbers of other countries with `+` and their country code
(`+447911123456`). What a country's numbers may look like is `phonenumberslite`'s knowledge; it is loaded only when a
foreign number is read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from wuxiao.typed.numbers import spoilt, spoilt_words
from wuxiao.typed.plain import alike, flat, latin
from wuxiao.typed.trouble import Trouble

LONGEST = 24
_LABEL = re.compile(
    r"^(?:(?:我的|本人的?|联系|聯[繫絡]|来电|來電|回拨|手机|手機|移动|固定|座机|座機|办公|辦公|家庭|单位|單位|住宅|绑定)*"
    r"(?:电话|電話|手机|手機|座机|座機|固话|固話|热线|熱線|号码|號碼|号|號|联系方式|聯[繫絡]方式)+(?:号码?|號碼?|是|为|為)*"
    r"|tel(?:ephone)?|phone(?: ?(?:no|number))?|mob(?:ile)?|cell|call)(?=[^a-z]) ?[.:：=]* ?",
    re.IGNORECASE,
)
#: A word of another script before the number says no more than "telephone" does: тел., телефон:, утас, 전화, هاتف.
_OTHER_SCRIPT = re.compile(
    r"^(?:[^\W\d_a-z\u3005\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af][^\W\d_]+[ .:：=№-]*){1,3}(?=[+(\d])",
    re.IGNORECASE,
)
_TAIL = re.compile(r"(?: ?[。.,，;；、!！]+| ?[(（][^()（）0-9]{1,12}[)）])+$")
_EXTENSION = re.compile(
    r" ?(?:,? ?(?:转|分机号?|内线|ext(?:ension)?\.?|;ext=|x(?=\d)) ?[:：]? ?|[#,;*] ?)(?P<ext>\d{1,6})$", re.IGNORECASE
)
_SHAPE = re.compile(r"\(?\+?[\d \-()./·]+")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"(?:010|02\d)\d{8}|0[3-9]\d{2}\d{7,8}")
_SHORT = re.compile(r"1(?:10|19|2[0-4])|1[0-2]\d{3}|9[56]\d{3,6}|[48]00\d{7}")
_LOCAL = re.compile(r"[2-8]\d{6,7}")
_AREA = re.compile(r"(?:010|02\d|0[3-9]\d{2})")
_NOTHING = frozenset(
    [
        "",
        "无",
        "没有",
        "不详",
        "不清楚",
        "未知",
        "未留",
        "未提供",
        "匿名",
        "空",
        "保密",
        "暂无",
        "none",
        "n/a",
        "na",
        "null",
        "nil",
        "unknown",
        "anonymous",
        "-",
        "--",
        "---",
        "/",
        "\\",
        "0",
        ".",
        "?",
    ]
)


@dataclass(frozen=True, slots=True)
class Phone:
    """A number as it is stored, and whether a text message can reach it (mobiles; abroad nobody can tell: yes)."""

    stored: str
    texts: bool


def area_of(town_phone: str) -> str:
    """Return the area code in a town's own number, "" when it has none.

    >>> area_of("0990-5550000"), area_of("12345")
    ('0990', '')
    """
    digits = re.sub(r"\D", "", flat(town_phone))
    found = _AREA.match(digits)
    return found.group() if found and _LANDLINE.fullmatch(digits) else ""


def shown(stored: str) -> str:
    """Return a stored number as people write it: a landline with a dash behind its area code, all others as they are.

    >>> shown("09905551234"), shown("09905550000-801"), shown("02155512345"), shown("13900000055")
    ('0990-5551234', '0990-5550000-801', '021-55512345', '13900000055')
    """
    number, dash, extension = stored.partition("-")
    area = _AREA.match(number)
    if area is None or not _LANDLINE.fullmatch(number):
        return stored
    return f"{area.group()}-{number[area.end() :]}{dash}{extension}"


def nothing(typed: str) -> bool:
    """Return whether the words in a field for a phone number say that there is none ("无", "匿名", "-", "N/A")."""
    return flat(typed).strip().strip("。.()（）").strip().lower() in _NOTHING


def read(typed: str, area: str = "") -> Phone | Trouble | None:
    """Return the number a person meant; `None` when the field is empty or says so; a `Trouble` in words otherwise.

    `area` is the town's area code: a number of seven or eight digits is then one of the town. Codes of troubles:
    `rounded`, `two`, `letters`, `mobile`, `landline`, `foreign`, `short`.

    >>> read("＋86 139‑0000‑0055"), read("5550000 转 801", "0990")
    (Phone(stored='13900000055', texts=True), Phone(stored='09905550000-801', texts=False))
    >>> read("+44 7911 123456")
    Phone(stored='+447911123456', texts=True)
    """
    if nothing(typed):
        return None
    if spoilt(typed):
        return spoilt_words("电话", "the phone number")
    said = _OTHER_SCRIPT.sub("", flat(typed[:400].replace("№", " ")).strip().strip("\"'“”‘’<>《》「」"))
    text = re.sub(r"^(?:tel|sip|callto):", "", latin(said).strip(), flags=re.IGNORECASE)
    text = _TAIL.sub("", _LABEL.sub("", text.strip(), count=1)).strip()
    extension = ""
    if found := _EXTENSION.search(text):
        extension, text = found["ext"], text[: found.start()].strip()
    if not any(char.isdigit() for char in text) or not _SHAPE.fullmatch(text):
        return _letters(text, said)
    if (two := _two(text)) is not None:
        return two
    if not extension and (found := re.fullmatch(r"(.*\d\)?) ?-(\d{1,6})", text)) and _complete(found[1], area):
        extension, text = found[2], found[1]
    plain = re.sub(r"[^\d+]", "", text)
    if "+" in plain[1:]:
        return _letters(text, said)
    number = _whole(plain, area)
    if isinstance(number, Trouble):
        return number
    stored = f"{number}-{extension}" if extension else number
    return Phone(stored, not extension and bool(number.startswith("+") or _MOBILE.fullmatch(number)))


def _complete(text: str, area: str) -> bool:
    """Return whether digits before a last dash are a whole number by themselves: what follows is an extension."""
    plain = re.sub(r"[^\d+]", "", text)
    if plain.startswith("+") and not plain.startswith("+86"):
        return text == plain and len(plain) > 8 and isinstance(_foreign(plain), str)
    return len(plain) >= 7 and isinstance(_whole(plain, area), str)


def _two(text: str) -> Trouble | None:
    parts = [re.sub(r"\D", "", part) for part in re.split(r"[/、]|  +", text)]
    if sum(1 for part in parts if len(part) >= 7) < 2:
        return None
    return Trouble("two", "这里只能留一个电话，现在有两个", "give one phone number here; there are two")


def _letters(text: str, said: str) -> Trouble:
    odd = next((char for char in text if not char.isdigit() and char not in " -+()./"), "")
    # Named is the letter as it was typed, not the Latin one it was read as.
    odd = next((char for char in said if alike(char) == odd), odd)
    shown = f"，这里有“{odd}”" if odd else ""
    return Trouble(
        "letters",
        f"电话里只能有数字{shown}，请检查",
        "a phone number is made of digits" + (f"; there is “{odd}” in this one" if odd else "") + ". Please check it",
    )


def _whole(plain: str, area: str) -> str | Trouble:
    """Return the stored form of digits with or without a country code, no extension."""
    if plain.startswith("00") and not plain.startswith("000"):
        plain = "+" + plain[2:]
    if plain.startswith("+86"):
        home = _home(plain[3:], area, abroad=True)
        return home if home is not None else _wrong(plain[3:])
    if plain.startswith("+"):
        return _foreign(plain)
    home = _home(plain, area)
    if home is None and plain.startswith("86") and len(plain) >= 12:
        home = _home(plain[2:], area, abroad=True)
    return home if home is not None else _wrong(plain)


def _home(digits: str, area: str, *, abroad: bool = False) -> str | None:
    if _MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits) or _SHORT.fullmatch(digits):
        return digits
    if digits.startswith("0") and _MOBILE.fullmatch(digits[1:]):
        return digits[1:]
    if abroad:
        # After +86 the area code is written without its nought.
        return f"0{digits}" if _LANDLINE.fullmatch(f"0{digits}") else None
    if _LOCAL.fullmatch(digits):
        whole = f"{area}{digits}"
        # Without a known area, or where the town's numbers are longer, the digits stay as dialled.
        return whole if area and _LANDLINE.fullmatch(whole) else digits
    return None


def _foreign(plain: str) -> str | Trouble:
    import phonenumbers

    try:
        number = phonenumbers.parse(plain, None)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        return Trouble(
            "foreign",
            "境外电话好像不对：请写 + 和国家（地区）代码，再写完整的号码，比如 +44 7911 123456",
            "this does not look like a phone number abroad: write +, the country code and the whole number, "
            "for example +44 7911 123456",
        )
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _wrong(digits: str) -> Trouble:
    if re.match(r"1[3-9]", digits):
        return Trouble(
            "mobile",
            f"手机号应是 11 位，现在是 {len(digits)} 位",
            f"a mobile number has 11 digits, this one has {len(digits)}",
        )
    if digits.startswith("0"):
        return Trouble(
            "landline",
            f"座机应是区号加 7 到 8 位号码，现在一共 {len(digits)} 位，比如 09905550000",
            f"a landline is the area code and 7 or 8 digits; this one has {len(digits)} in all. Example: 09905550000",
        )
    return Trouble(
        "short",
        "电话号码好像不对：手机是 11 位；座机请带区号，比如 09905550000；境外电话请以 + 和国家代码开头",
        "this does not look like a phone number: a mobile has 11 digits; write a landline with its area code, "
        "for example 09905550000; start a number abroad with + and the country code",
    )


def same_as(typed: str, area: str = "") -> str:
    """Return the stored form of what was typed for looking a number up; "" when it is none."""
    found = read(typed, area)
    return found.stored if isinstance(found, Phone) else ""
