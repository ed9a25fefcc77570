"""Mail addresses: read once, stored so that every mail server takes them, refused with a reason where none would."""

from __future__ import annotations

import re

import idna

from wuxiao.typed.plain import flat
from wuxiao.typed.trouble import Trouble

LONGEST = 254
_LABEL = re.compile(r"^(?:(?:电子)?邮[箱件](?:地址)?|e-?mail|mailto)(?: ?[:：] ?| )", re.IGNORECASE)
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_SHAPE = Trouble(
    "shape", "邮箱格式不对，应像 name@example.com", "not a mail address; it should look like name@example.com"
)


def read(typed: str) -> str | Trouble | None:
    """Return the address in its stored form (domain in lower case and IDNA's ASCII), `None` for an empty field.

    Refused with a `Trouble`: what is no address (`shape`), letters before the @ that most servers cannot take
    (`local`), a domain that cannot exist (`domain`), more than 254 characters (`long`).

    >>> read("Wang＠例子.中国"), read(" <mei@Example.CN>。")
    ('Wang@xn--fsqu00a.xn--fiqs8s', 'mei@example.cn')
    """
    text = flat(typed[:2000]).strip()
    text = _LABEL.sub("", text).strip().rstrip("。.,，;；").strip()
    if text.startswith("<") and text.endswith(">"):
        text = text[1:-1].strip()
    if not text:
        return None
    local, at, domain = text.rpartition("@")
    if not at or not local or not domain or re.search(r"[\s@<>,;:\"\\()\[\]]", local + domain):
        return _SHAPE
    if not local.isascii():
        return Trouble(
            "local",
            "@ 前面有中文或其他特殊文字，多数邮箱收不到这样的信，请换一个邮箱或留电话",
            "the part before the @ is not in Latin letters; most mail servers cannot deliver that. "
            "Please give another address or a phone number",
        )
    if len(local) > 64 or not _LOCAL.fullmatch(local):
        return _SHAPE
    try:
        plain = (
            idna.encode(domain.replace("。", ".").strip("."), uts46=True, transitional=False).decode("ascii").lower()
        )
    except (idna.IDNAError, UnicodeError):
        return Trouble("domain", "@ 后面的域名写法不对，请检查", "the domain after the @ cannot exist; please check it")
    if "." not in plain or plain.rpartition(".")[2].isdigit():
        return _SHAPE
    if len(local) + 1 + len(plain) > LONGEST:
        return Trouble("long", "邮箱地址太长，最多 254 个字符", "the address is too long: at most 254 characters")
    return f"{local}@{plain}"


def shown(stored: str) -> str:
    """Return a stored address as people read it: the domain in its own letters.

    >>> shown("Wang@xn--fsqu00a.xn--fiqs8s")
    'Wang@例子.中国'
    """
    local, at, domain = stored.rpartition("@")
    if "xn--" not in domain:
        return stored
    try:
        return f"{local}{at}{idna.decode(domain)}"
    except (idna.IDNAError, UnicodeError):
        return stored
