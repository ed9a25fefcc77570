"""The sheet as PDF: every name as it is written, fonts inside, nothing under the QR, read as text and as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import zxingcpp

from wuxiao.desk.documents import typeset
from wuxiao.web.staff import sheet

CODE = "https://wuxiao.example/p/7F3K9QXM7F3K9QXM7F3K"


def made(title: str = "路灯", words: str = "路灯坏了") -> bytes:
    import io

    import segno

    qr = io.BytesIO()
    segno.make(CODE, error="m").save(qr, kind="svg", scale=4, border=2)
    data: dict[str, Any] = {
        "fonts": list(typeset.FONTS), "lang": "zh", "town": "望川县", "day": [2026, 11, 29], "head": "望川县",
        "title": title, "number": "WX20261129-K3KVS", "number_label": "事项编号", "qr_alt": "二维码",
        "rows": [("地点", "东门路")], "parts": [{"name": "诉求人原话", "entries": [{"over": "", "words": words}]}],
        "printed": "王芳",
    }  # fmt: skip
    template = Path(sheet.__file__).parent.parent / "templates" / "staff" / "sheet.typ"
    return typeset.pdf(template.read_text(encoding="utf-8"), data, pictures={"qr": qr.getvalue().decode()})


def test_rare_names_and_emoji_are_set_and_a_missing_sign_is_named() -> None:
    words = "东门路灯坏了👍请尽快修，联系人姓𠮷，还有𡋾、𬎆、𪚥、\ue000\n#let x *b* $y$ \\ @preview/x:1 سلام"
    body = made(words=words)
    with pypdfium2.PdfDocument(body) as document:
        text = document[0].get_textpage().get_text_range().replace("\r\n", "\n")
        for whole in (
            "坏了👍请尽快修",
            "联系人姓𠮷",
            "𡋾、𬎆",
            "〔U+2A6A5〕、〔U+E000〕",
            "#let x *b* $y$ \\ @preview/x:1",
        ):
            assert whole in text, whole
        picture = document[0].render(scale=2).to_pil()
        codes = zxingcpp.read_barcodes(picture)
    assert [code.text for code in codes] == [CODE]
    assert body == made(words=words), "the same paper twice is the same file"
    assert b"/FontFile3" in body or b"/FontFile2" in body or b"FontFile" in _unpacked(body)


def _unpacked(body: bytes) -> bytes:
    import re
    import zlib

    found = b""
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", body, re.S):
        try:
            found += zlib.decompress(stream)
        except zlib.error:
            continue
    return found


def test_a_long_title_stays_clear_of_the_code() -> None:
    with pypdfium2.PdfDocument(made(title="东门路灯坏了三天" * 12)) as document:
        page = document[0]
        text = page.get_textpage()
        right = max(
            text.get_charbox(n)[2]
            for n in range(text.count_chars())
            if text.get_charbox(n)[1] > page.get_height() - 44 * 72 / 25.4
        )
        # The code begins 28 mm left of the right margin of 18 mm.
        assert right < page.get_width() - 46 * 72 / 25.4
        assert zxingcpp.read_barcodes(page.render(scale=2).to_pil())


def test_every_sign_that_is_called_printable_can_be_printed() -> None:
    known = sorted(code for code in typeset.known() if code > 0x20)
    assert {ord("直"), 0x20BB7, 0x1F44D, 0x627} <= set(known)
    sample = known[:: len(known) // 1500]
    assert len(made(words="".join(map(chr, sample)))) > 1000


def test_a_template_may_not_ask_for_packages() -> None:
    with pytest.raises(ValueError, match="packages"):
        typeset.pdf('#import "@preview/cades:0.3.0": qr-code', {})


def test_a_template_reads_no_file_of_this_machine() -> None:
    import typst

    with pytest.raises(typst.TypstError):
        typeset.pdf('#read("/etc/passwd")', {})
