"""The languages a text may be in: who reads it, in which direction it runs, what a page calls it.

All pages are Chinese and English. A page that declares it may carry texts in further languages; such a text is entered
by one named person and read by another who reads that language, and until then English stands beside the Chinese.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wuxiao.rules.words import Text


@dataclass(frozen=True, slots=True)
class Language:
    """One language: its code (BCP 47), its name in itself, its name in our two, its direction."""

    code: str
    own: str
    name: Text
    rtl: bool = False

    @property
    def direction(self) -> str:
        """The value of `dir`."""
        return "rtl" if self.rtl else "ltr"


LANGUAGES: Mapping[str, Language] = {
    one.code: one
    for one in (
        Language("zh-Hans", "简体中文", Text("简体中文", "Chinese, simplified")),
        Language("zh-Hant", "繁體中文", Text("繁体中文", "Chinese, traditional")),
        Language("en", "English", Text("英语", "English")),
        Language("ar", "العربية", Text("阿拉伯语", "Arabic"), rtl=True),
        Language("fr", "Français", Text("法语", "French")),
        Language("es", "Español", Text("西班牙语", "Spanish")),
        Language("ru", "Русский", Text("俄语", "Russian")),
        Language("ko", "한국어", Text("韩语", "Korean")),
    )
}
#: What the product itself speaks; every other language is entered and read by people.
OURS = ("zh-Hans", "en")
FOREIGN: Mapping[str, Language] = {code: one for code, one in LANGUAGES.items() if code not in OURS}
