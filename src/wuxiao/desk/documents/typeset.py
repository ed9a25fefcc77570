"""PDFs for people: set by typst with embedded fonts, archivable (PDF/A-2a) and readable aloud (PDF/UA-1).

A template gets its data as JSON and nothing else: no file of this machine, no package from the network, no font that is
not ours. A character that none of the fonts has is written as its number, `〔U+2A6A5〕`, never as a box or a blank.
"""

from __future__ import annotations

import json
import re
import struct
import tempfile
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from wuxiao.desk.base.errors import Refused
from wuxiao.late import late
from wuxiao.rules.words import Text
from wuxiao.typed.plain import clean, invisible

if TYPE_CHECKING:
    import typst
else:
    typst = late("typst")

#: In the order in which a character is looked for. The Chinese face is named: left alone, typst takes the Japanese one.
FONTS = ("Noto Serif SC", "Noto Sans CJK SC", "Noto Emoji", "Noto Sans Arabic", "Noto Sans")
_PACKAGES = ("pylopdf_fonts_zh_cn", "noto_cjk_sans_otc", "manimgx_fonts")
_FILES = (
    ("pylopdf_fonts_zh_cn", "NotoSerifSC-Regular.otf", 0),
    ("noto_cjk_sans_otc", "NotoSansCJK-Regular.ttc", 2),
    ("manimgx_fonts", "NotoEmoji[wght].ttf", 0),
    ("manimgx_fonts", "NotoSansArabic[wght].ttf", 0),
    ("manimgx_fonts", "NotoSans[wght].ttf", 0),
)
#: Faces a Chinese office expects and no package brings: where the town's own folder has one, it is taken first.
BODY_FACES = ("FangSong_GB2312", "FangSong", "仿宋_GB2312", "仿宋", "STFangsong", "FZFangSong-Z02S", "cwTeXFangSong")
TITLE_FACES = (
    "FZXiaoBiaoSong-B05S", "FZXiaoBiaoSong-B05", "方正小标宋简体", "方正小标宋_GBK", "FZXiaoBiaoSong-B05_GBK",
)  # fmt: skip
_LONG = re.compile(r"[!-~]{36}(?=[!-~])")


class CannotSet(Refused):
    """No paper can be made on this machine now: the sentence names what is missing, and `wuxiao doctor` says it too."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(
            Text(
                f"文书现在做不出来：{zh}。什么都没有记下；请管理员重装程序（wuxiao doctor 会说缺什么），再做这一步",
                f"No paper can be made now: {en}. Nothing was written. Ask the administrator to install the program "
                "anew (wuxiao doctor says what is missing), then take this step again.",
            ),
            "typesetting",
        )
        self.cause = Text(zh, en)


def missing(error: ImportError) -> CannotSet:
    """Return what to say where a library that makes papers is not there."""
    name = (error.name or str(error)).partition(".")[0]
    return CannotSet(f"程序库 {name} 没有装好", f"the library {name} is not installed")


def _folder(package: str) -> Path:
    """Return the folder of a package of fonts; raises `CannotSet` where it is not installed."""
    found = find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise missing(ImportError(name=package))
    return Path(next(iter(found.submodule_search_locations)))


def _characters(font: bytes, face: int) -> Iterator[int]:
    """Yield the code points a font file has a glyph for, from its own table of characters (formats 4 and 12)."""
    start = struct.unpack_from(">I", font, 12 + 4 * face)[0] if font[:4] == b"ttcf" else 0
    tables = struct.unpack_from(">H", font, start + 4)[0]
    records = (struct.unpack_from(">4sIII", font, start + 12 + 16 * n) for n in range(tables))
    cmap = next(offset for tag, _sum, offset, _length in records if tag == b"cmap")
    for n in range(struct.unpack_from(">H", font, cmap + 2)[0]):
        at = cmap + int(struct.unpack_from(">I", font, cmap + 8 + 8 * n)[0])
        match struct.unpack_from(">H", font, at)[0]:
            case 12:
                for group in range(struct.unpack_from(">I", font, at + 12)[0]):
                    first, last, _glyph = struct.unpack_from(">III", font, at + 16 + 12 * group)
                    yield from range(first, last + 1)
            case 4:
                half = struct.unpack_from(">H", font, at + 6)[0]
                ends = struct.unpack_from(f">{half // 2}H", font, at + 14)
                begins = struct.unpack_from(f">{half // 2}H", font, at + 16 + half)
                for first, last in zip(begins, ends, strict=True):
                    if last != 0xFFFF:
                        yield from range(first, last + 1)


@cache
def known() -> frozenset[int]:
    """Return every code point that one of our fonts can show; raises `CannotSet` for a font that is gone or damaged."""
    found: set[int] = set()
    for package, name, face in _FILES:
        path = _folder(package) / name
        try:
            found.update(_characters(path.read_bytes(), face))
        except OSError as error:
            raise CannotSet(f"字体 {name} 不见了或读不了", f"the font {name} is gone or cannot be read") from error
        except (struct.error, RuntimeError) as error:
            raise CannotSet(f"字体 {name} 坏了", f"the font {name} is damaged") from error
    # Characters of nobody's but the font's own are in its table, and an archive may not hold them.
    return frozenset(code for code in found if unicodedata.category(chr(code)) not in {"Co", "Cn", "Cs", "Cc"})


def printable(text: str) -> str:
    """Return a text that the fonts can set: what none of them has stands as its number; long runs may be broken."""
    have = known()
    shown = "".join(
        char if char in "\n\t " or ord(char) in have else f"〔U+{ord(char):04X}〕"
        for char in clean(text)
        if not invisible(char)
    )
    return _LONG.sub(lambda run: run.group() + "\u200b", shown)


def _prepared(value: Any) -> Any:
    match value:
        case str():
            return printable(value)
        case Mapping():
            return {key: _prepared(one) for key, one in value.items()}
        case list() | tuple():
            return [_prepared(one) for one in value]
    return value


@cache
def _fonts() -> typst.Fonts:
    paths = [*(str(_folder(package)) for package in _PACKAGES), *(str(one) for one in _own_folder())]
    try:
        return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=paths)
    except ImportError as error:
        raise missing(error) from error


def _own_folder() -> list[Path]:
    """Return the folder of faces a town has of its own (`WUXIAO_FONTS`), if it names one."""
    return [settings.FONT_FOLDER] if settings.FONT_FOLDER is not None else []


@cache
def faces(wanted: tuple[str, ...]) -> list[str]:
    """Return the faces to look in, in order: the first wanted one that the town's own folder has, then ours."""
    if not _own_folder():
        return list(FONTS)
    there = set(_fonts().families())
    return [*[name for name in wanted if name in there][:1], *FONTS]


def pdf(template: str, data: Mapping[str, Any], *, pictures: Mapping[str, str] | None = None) -> bytes:
    """Return the PDF of a template with its data (`json(bytes(sys.inputs.data))`) and pictures (SVG, by name).

    Raises `ValueError` for a template that asks for a package, `CannotSet` where this machine lacks what sets it. The
    same template and data give the same bytes.
    """
    if "@" in template:
        raise ValueError("a template may not ask for packages")
    inputs = {"data": json.dumps(_prepared(data), ensure_ascii=False), **(pictures or {})}
    fonts = _fonts()
    with tempfile.TemporaryDirectory() as empty:
        compiler = typst.Compiler(
            template.encode(), root=empty, font_paths=fonts, sys_inputs=inputs, package_path=empty
        )
        made = compiler.compile(format="pdf", pdf_standards=["a-2a", "ua-1"])
    assert isinstance(made, bytes)
    return made
