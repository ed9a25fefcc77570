"""Make the DOCX templates of our papers: `python -m tools.papers`. They are data of the package and stand in git.

A file made by a word processor cannot be read in a review, so ours are made here from what they hold: the sheet of
GB/T 9704 (22 lines of 28 characters), a Chinese face named on every run, nothing Japanese in theme or styles. A test
says that the files in the package are what this makes.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from wuxiao.desk.documents.word import fixed
from wuxiao.rules.papers import KINDS

FOLDER = Path(__file__).resolve().parent.parent / "src" / "wuxiao" / "desk" / "documents" / "templates"
#: Kinds that begin as a notice does and not with the letterhead; kinds that are written to nobody.
NOTICES, TO_NOBODY = frozenset({"order", "form"}), frozenset({"minutes"})
BODY, TITLE, LATIN = "仿宋", "方正小标宋简体", "Times New Roman"
RED = RGBColor(0xC8, 0x10, 0x2E)
RIGHT, CENTRE, LEFT = WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.LEFT


def _face(run: Any, face: str, size: float, colour: RGBColor | None = None) -> None:
    run.font.size = Pt(size)
    if colour is not None:
        run.font.color.rgb = colour
    properties = run._element.get_or_add_rPr()
    fonts = properties.get_or_add_rFonts()
    for name in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{name}"), None)
    for name, value in (("ascii", LATIN), ("hAnsi", LATIN), ("eastAsia", face), ("cs", LATIN)):
        fonts.set(qn(f"w:{name}"), value)
    lang = OxmlElement("w:lang")
    lang.set(qn("w:val"), "zh-CN")
    lang.set(qn("w:eastAsia"), "zh-CN")
    properties.append(lang)


def _line(
    document: Any,
    words: str,
    *,
    face: str = BODY,
    size: float = 16,
    indent: bool = True,
    align: Any = None,
    colour: RGBColor | None = None,
    into: Any = None,
) -> Any:
    made = (into or document).add_paragraph()
    made.paragraph_format.space_before = made.paragraph_format.space_after = Pt(0)
    if align is not None:
        made.alignment = align
    elif indent:
        made.paragraph_format.first_line_indent = Pt(2 * size)
    if words:
        _face(made.add_run(words), face, size, colour)
    return made


def _each(document: Any, name: str, **look: Any) -> None:
    _line(document, f"{{%p for one in {name} %}}")
    _line(document, "{{ one }}", **look)
    _line(document, "{%p endfor %}")


def _sheet(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    grid = OxmlElement("w:docGrid")
    # 225 mm in 22 lines, 156 mm in 28 characters of 16 points.
    for name, value in (("type", "linesAndChars"), ("linePitch", "579"), ("charSpace", "-849")):
        grid.set(qn(f"w:{name}"), value)
    for old in section._sectPr.findall(qn("w:docGrid")):
        section._sectPr.remove(old)
    section._sectPr.append(grid)
    foot = section.footer.paragraphs[0]
    _face(foot.add_run("{{ number }}　文书编码 {{ code }}　摘要 {{ mark }}"), BODY, 9)


def _chinese(document: Any) -> None:
    """Take the Japanese theme, the theme faces and what nobody needs of the library's own template away."""
    for rels in (document.part.rels, document.part.package.rels):
        for name, one in list(rels.items()):
            if one.reltype.rpartition("/")[2] in {"stylesWithEffects", "thumbnail", "customXml"}:
                del rels[name]
    styles = document.styles.element
    for fonts in styles.iter(qn("w:rFonts")):
        for name in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{name}"), None)
        for name, value in (("ascii", LATIN), ("hAnsi", LATIN), ("eastAsia", BODY), ("cs", LATIN)):
            fonts.set(qn(f"w:{name}"), value)
    for lang in styles.iter(qn("w:lang")):
        lang.set(qn("w:val"), "zh-CN")
        lang.set(qn("w:eastAsia"), "zh-CN")
    for lang in document.settings.element.iter(qn("w:themeFontLang")):
        lang.set(qn("w:val"), "zh-CN")
        lang.set(qn("w:eastAsia"), "zh-CN")
    for part in document.part.package.iter_parts():
        if str(part.partname).startswith("/word/theme/"):
            text = part.blob.decode("utf-8")
            text = re.sub(r'(<a:font script="Jpan" typeface=")[^"]*"', rf'\g<1>{BODY}"', text)
            part._blob = text.replace('<a:ea typeface=""/>', f'<a:ea typeface="{BODY}"/>').encode()
        elif str(part.partname) == "/word/fontTable.xml":
            part._blob = re.sub(
                r'<w:font w:name="(?:ＭＳ|MS) .*?</w:font>', "", part.blob.decode(), flags=re.S
            ).encode()


def _letterhead(document: Any) -> None:
    head = _line(document, "{{ body }}", face=TITLE, size=24, align=CENTRE, colour=RED)
    borders = OxmlElement("w:pBdr")
    bottom = OxmlElement("w:bottom")
    for name, value in (("val", "thickThinSmallGap"), ("sz", "18"), ("space", "4"), ("color", "C8102E")):
        bottom.set(qn(f"w:{name}"), value)
    borders.append(bottom)
    head._element.get_or_add_pPr().insert_element_before(borders, "w:spacing", "w:ind", "w:jc", "w:rPr")
    _line(document, "{{ number }}", align=RIGHT)
    _line(document, "{{ title }}", face=TITLE, size=22, align=CENTRE)


def _notice_head(document: Any) -> None:
    _line(document, "{{ body }}", face=TITLE, size=18, align=CENTRE)
    _line(document, "{{ title }}", face=TITLE, size=22, align=CENTRE)
    _line(document, "{{ number }}", align=RIGHT)


def _proof(document: Any) -> None:
    table = document.add_table(rows=1, cols=2)
    table.autofit = False
    left, right = table.rows[0].cells
    left.width, right.width = Mm(30), Mm(126)
    cell = left.paragraphs[0]
    _face(cell.add_run("{{ qr }}"), BODY, 10.5)
    words = right.paragraphs[0]
    _face(words.add_run("文书编码：{{ code }}"), BODY, 10.5)
    _line(document, "内容摘要：{{ mark }}", size=10.5, indent=False, into=right)
    _line(
        document,
        "任何人可以扫码，或者到 {{ address }} 核验这份文书是不是真的、有没有被更换或者作废。",
        size=10.5,
        indent=False,
        into=right,
    )


def made(kind: str) -> bytes:
    """Return the DOCX template of a kind of papers; a kind with no look of its own here is set as a letter."""
    kind = KINDS[kind].file if kind in KINDS else kind
    document = docx.Document()
    _sheet(document)
    (_notice_head if kind in NOTICES else _letterhead)(document)
    if kind not in TO_NOBODY:
        _line(document, "{{ to }}：", indent=False)
    _each(document, "opening")
    _line(document, "{%p for one in items %}")
    _line(document, "{{ one.n }}. {{ one.words }}")
    _line(document, "{%p if one.law %}")
    _line(document, "依据：{{ one.law }}")
    _line(document, "{%p endif %}")
    _line(document, "{%p endfor %}")
    _each(document, "closing")
    _line(document, "")
    _line(document, "{{ body }}", align=RIGHT)
    _line(document, "{{ day }}", align=RIGHT)
    _each(document, "notes", size=12)
    if kind not in TO_NOBODY:
        _each(document, "english", size=11, indent=False)
    _proof(document)
    _chinese(document)
    document.core_properties.author = document.core_properties.comments = ""
    out = io.BytesIO()
    document.save(out)
    return fixed(out.getvalue())


def main(arguments: Sequence[str] = ()) -> int:
    """Write the templates into the package."""
    for kind in dict.fromkeys(one.file for one in KINDS.values()):
        (FOLDER / f"{kind}.docx").write_bytes(made(kind))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
