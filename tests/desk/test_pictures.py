"""What strangers upload: redrawn within bounds, without anything hidden; PDFs that only show pages."""

from __future__ import annotations

import base64
import io
import json
import os
import struct
import subprocess
import sys
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from tests.desk.people import BOOK_TEXT, MONDAY
from tests.support.planted import FORMATS, planted
from wuxiao.desk.base.errors import Invalid, Throttled
from wuxiao.desk.files import drafts, files, papers, pictures
from wuxiao.rules import book as rulebook

LIMITS = rulebook.loads(BOOK_TEXT, "book.toml").uploads
#: How many pictures of each format `make test` looks at; `bench/pictures.py` does the whole five hundred.
SAMPLE = 4


@pytest.fixture(autouse=True)
def _folder(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    settings.FILES_DIR = tmp_path / "files"


@pytest.mark.parametrize("kind", FORMATS)
def test_a_picture_leaves_without_anything_that_was_planted_in_it(kind: str) -> None:
    for seed in range(SAMPLE):
        data, words = planted(kind, seed)
        # What is looked for is there before, in the very bytes.
        assert len(words) >= 2
        assert all(word in data for word in words), (kind, seed)
        made = files.check(f"x.{kind}", data, LIMITS)
        assert made.kind == "image/jpeg"
        assert not [word for word in words if word in made.data], (kind, seed)
        assert b"Exif" not in made.data
        assert b"ICC_PROFILE" not in made.data
        with Image.open(io.BytesIO(made.data)) as image:
            assert image.size == (made.width, made.height)
            assert dict(image.getexif()) == {}
            assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert made.data.endswith(b"\xff\xd9")


def test_a_picture_taken_on_its_side_is_turned_upright() -> None:
    image = Image.new("RGB", (60, 40), "white")
    image.paste((255, 0, 0), (0, 0, 60, 10))
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif, quality=95)
    made = files.check("a.jpg", out.getvalue(), LIMITS)
    assert (made.width, made.height) == (40, 60)
    with Image.open(io.BytesIO(made.data)) as turned:
        red = turned.getpixel((38, 30))
        white = turned.getpixel((5, 30))
    assert red[0] > 200 > 80 > red[1]  # type: ignore[index]
    assert min(white) > 200  # type: ignore[arg-type]


def test_a_see_through_picture_stands_on_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (30, 20), (0, 0, 0, 0)).save(out, "PNG")
    with Image.open(io.BytesIO(files.check("a.png", out.getvalue(), LIMITS).data)) as image:
        assert image.getpixel((3, 3)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["P", "1", "L", "RGB"])
def test_a_large_drawing_is_made_smaller_without_losing_its_lines(mode: str) -> None:
    # Lines one point wide: whoever only leaves points out loses every other line, whoever averages gets their grey.
    wide = 2 * pictures.LONG_SIDE
    drawing = Image.new("L", (wide, 40), 255)
    for at in range(0, wide, 2):
        drawing.paste(0, (at, 0, at + 1, 40))
    out = io.BytesIO()
    drawing.convert(mode).save(out, "PNG")
    made = files.check("a.png", out.getvalue(), LIMITS)
    assert (made.width, made.height) == (pictures.LONG_SIDE, 20)
    with Image.open(io.BytesIO(made.data)) as image:
        middle = [image.convert("L").getpixel((x, 10)) for x in range(600, 700)]
    assert all(90 < value < 170 for value in middle), (min(middle), max(middle))


WIDE, HIGH = 4096, 3072


def heic(which: str) -> bytes:
    """A HEIF of one colour: `plain` and `clear` (16 bits) have the most pixels that are decoded; or `several`."""
    kept = json.loads((Path(__file__).parents[1] / "support" / "heic.json").read_text(encoding="utf-8"))
    return base64.b64decode("".join(kept[which]))


def bomb(kind: str) -> bytes:
    """The most that is decoded, in few bytes, in the form of a format that costs most."""
    out = io.BytesIO()
    solid = Image.new("RGB", (WIDE, pictures.WEBP // WIDE if kind == "WEBP" else HIGH), (200, 30, 30))
    match kind:
        case "PNG":
            solid.convert("RGBA").save(out, "PNG")
        case "WEBP":
            solid.convert("RGBA").save(out, "WEBP", lossless=True)
        case "GIF":
            solid.convert("P").save(out, "GIF")
        case "AVIF":
            solid.save(out, "AVIF", speed=10)
        case "JPEG":
            solid.save(out, "JPEG", progressive=True)
        case "HEIF" | "HEIF clear":
            return heic("clear" if "clear" in kind else "plain")
        case "JPEG40":
            Image.new("RGB", (7300, 5470), (9, 99, 9)).save(out, "JPEG")
    return out.getvalue()


MEASURE = """
import sys, time, os
os.environ["DJANGO_SETTINGS_MODULE"] = "wuxiao.site.settings"
os.environ["WUXIAO_DATA_DIR"] = sys.argv[2]
from wuxiao.desk.files import pictures
data = open(sys.argv[1], "rb").read()
def peak():
    return next(int(l.split()[1]) for l in open("/proc/self/status") if l.startswith("VmHWM")) / 1024
open("/proc/self/clear_refs", "w").write("5")
before, began = peak(), time.process_time()
try:
    pictures.redraw(data, 40_000_000)
except pictures.TooManyPixels:
    sys.exit("refused before it was decoded: not the largest that is")
print(peak() - before, time.process_time() - began)
"""


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "AVIF", "JPEG", "JPEG40", "HEIF", "HEIF clear"])
def test_the_largest_picture_that_is_decoded_costs_little(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "bomb"
    path.write_bytes(bomb(kind))
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path), str(tmp_path)],
        check=True,
        capture_output=True,
        text=True,
        env=dict(os.environ),
    )
    megabytes, _seconds = map(float, done.stdout.split())
    # Seconds are printed by bench/pictures.py: a test does not depend on the machine's speed.
    assert megabytes <= 150, done.stdout


def test_a_file_of_several_heif_pictures_gives_its_first_one() -> None:
    drawn, *size = pictures.redraw(heic("several"), 40_000_000)
    assert size == [2400, 61]
    shown = Image.open(io.BytesIO(drawn)).convert("RGB").getpixel((1200, 30))
    assert isinstance(shown, tuple)
    assert shown[0] > 150 > shown[1], "the red one is first"


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "AVIF", "JPEG"])
def test_one_pixel_too_many_is_refused_before_anything_is_decoded(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "WHOLE", 100 * 80)
    drawn: list[str] = []
    really = pictures._drawn
    monkeypatch.setattr(pictures, "_drawn", lambda image: (drawn.append(image.format), really(image))[1])
    for width, fits in ((100, True), (101, False)):
        out = io.BytesIO()
        more = {"progressive": True} if kind == "JPEG" else {}
        Image.new("RGB", (width, 80), "white").save(out, kind, **more)
        if fits:
            assert files.check("a", out.getvalue(), LIMITS).width == 100
        else:
            with pytest.raises(Invalid) as refused:
                files.check("a", out.getvalue(), LIMITS)
            assert "截一张图" in refused.value.fields["files"].zh
    assert drawn == [kind]


def test_a_baseline_photo_may_have_what_the_rule_book_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "WHOLE", 100)
    out = io.BytesIO()
    Image.new("RGB", (300, 200), "white").save(out, "JPEG")
    assert pictures.redraw(out.getvalue(), 60_000)[1:] == (300, 200)
    with pytest.raises(pictures.TooManyPixels):
        pictures.redraw(out.getvalue(), 59_999)


def test_a_png_that_claims_forty_million_pixels_in_five_thousand_bytes_is_refused() -> None:
    side = 6300
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(((side + 7) // 8 + 1) * side), 9)
    chunks = [(b"IHDR", head), (b"IDAT", rows), (b"IEND", b"")]
    data = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )
    assert len(data) < 6000
    with pytest.raises(Invalid):
        files.check("a.png", data, LIMITS)


def test_two_pictures_are_redrawn_at_once_and_a_third_waits_or_is_asked_to_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pictures, "PATIENCE", 0.0)
    out = io.BytesIO()
    Image.new("RGB", (30, 20), "white").save(out, "PNG")
    with pictures.turn(), pictures.turn():
        with pytest.raises(Throttled):
            pictures.redraw(out.getvalue(), LIMITS.pixels)
        tokens, wrong = drafts.add_photos(
            [], [("a.png", out.getvalue())], LIMITS, at=drafts.datetime.now().astimezone()
        )
        assert (tokens, wrong) == ([], [drafts.FULL])
    assert pictures.redraw(out.getvalue(), LIMITS.pixels)[1:] == (30, 20)


def test_waiting_photos_do_not_fill_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.BytesIO()
    Image.new("RGB", (30, 20), "white").save(out, "PNG")
    at = MONDAY
    first, wrong = drafts.add_photos([], [("a.png", out.getvalue())], LIMITS, at=at)
    assert (len(first), wrong) == (1, [])
    used = sum(path.stat().st_size for path in drafts._folder().iterdir())
    monkeypatch.setattr(drafts, "MOST", used)
    assert drafts.add_photos(first, [("b.png", out.getvalue())], LIMITS, at=at) == (first, [drafts.FULL])
    drafts.drop(first)
    assert len(drafts.add_photos([], [("b.png", out.getvalue())], LIMITS, at=at)[0]) == 1


# -------------------------------------------------------------------------------------------------------------- papers


def pdf(*, extra: bytes = b"", stream: bytes = b"", trailer: bytes = b"") -> bytes:
    """A small whole PDF with a page, with something more in its catalogue, an object stream, or its trailer."""
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R " + extra + b" >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
    ]
    if stream:
        packed = zlib.compress(stream)
        bodies.append(
            b"<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>\nstream\n" % len(packed)
            + packed
            + b"\nendstream"
        )
    data, places = b"%PDF-1.7\n", []
    for number, body in enumerate(bodies, 1):
        places.append(len(data))
        data += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    at = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
    data += b"".join(b"%010d 00000 n \n" % place for place in places)
    return data + b"trailer\n<< /Size 4 /Root 1 0 R " + trailer + b" >>\nstartxref\n%d\n%%%%EOF\n" % at


def test_a_pdf_that_only_shows_pages_is_taken_as_it_is() -> None:
    data = pdf(stream=b"4 0 << /Type /Font >>")
    made = files.check("证明.pdf", data, LIMITS)
    assert (made.kind, made.data, made.name) == ("application/pdf", data, "证明.pdf")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (pdf(extra=b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >>"), "script"),
        (pdf(extra=b"/OpenAction << /S /J#61vaScript /J#53 (x) >>"), "script"),
        (pdf(extra=b"/AA << /O 5 0 R >>"), "script"),
        (pdf(extra=b"/OpenAction << /S /Launch /F (a.exe) >>"), "launch"),
        (pdf(extra=b"/Names << /EmbeddedFiles 5 0 R >>"), "carried"),
        (pdf(stream=b"4 0 << /S /JavaScript /JS (x) >>"), "script"),
        (pdf(extra=b"/AcroForm << /XFA 5 0 R >>"), "form"),
        (pdf(trailer=b"/Encrypt 5 0 R"), "locked"),
        (pdf()[:-40], "broken"),
        (pdf().replace(b"startxref\n", b"startxref\n9"), "broken"),
        (b"%PDF-1.7\n<script>alert(1)</script>", "broken"),
        (b"%PDF-", "broken"),
        (b"%PDF-1.4\n" + b"A" * 100 + b"\nstartxref\n9\n%%EOF\n", "broken"),
    ],
)
def test_a_pdf_that_does_something_or_is_none_is_refused_with_a_way_to_mend_it(data: bytes, why: str) -> None:
    with pytest.raises(papers.NoPaper) as no:
        papers.check(data)
    assert no.value.why == why
    with pytest.raises(Invalid) as refused:
        files.check("证明.pdf", data, LIMITS)
    said = refused.value.fields["files"]
    assert "证明.pdf" in said.zh
    assert "证明.pdf" in said.en


def behind(head: bytes, stream: bytes, end: bytes = b"\n") -> bytes:
    """A whole PDF with one more stream before its table."""
    data = pdf(extra=head if not stream else b"")
    at = data.index(b"xref\n0")
    more = (
        b"8 0 obj\n" + (head + b"stream" + end + stream if stream else b"<<>> stream\nabc") + b"\nendstream\nendobj\n"
    )
    data = data[:at] + more + data[at:]
    return data[: data.rindex(b"startxref")] + b"startxref\n%d\n%%%%EOF\n" % data.index(b"xref\n0")


_RUNS = b"/OpenAction << /S /JavaScript /JS (x) >>"
_PACKED = zlib.compress(b"4 0 << /S /JavaScript /JS (x) >>")
_HEAD = b"<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode >> "


@pytest.mark.parametrize(
    "data",
    [
        behind(b"/A (stream\n) " + _RUNS, b""),
        behind(b"%stream\n" + _RUNS, b""),
        behind(_HEAD, _PACKED, b"\r"),
        behind(_HEAD.replace(b" >>", b" " * 900 + b">>"), _PACKED),
        behind(_HEAD.replace(b"/N", b"/obj /N"), _PACKED),
        behind(_HEAD.replace(b"/Type /ObjStm ", b""), _PACKED),
        behind(_HEAD, zlib.compress(_PACKED)),
        behind(_HEAD.replace(b" >>", b" /X (stream\n" + zlib.compress(b"4 0 << >>") + b"\n) >>"), _PACKED),
        behind(_HEAD, zlib.compress(b"\x024 0 \x02<< /S /Ja")),
    ],
    ids=["text", "comment", "carriage return", "far", "obj", "nameless", "twice", "decoy", "predictor"],
)
def test_no_dress_brings_a_program_past_the_door(data: bytes) -> None:
    papers.check(behind(b"<< /Length 9 >> ", b"q 1 0 0 1 5 5 cm Q"))
    papers.check(behind(_HEAD, zlib.compress(b"4 0 << /Type /Font >>")))
    with pytest.raises(papers.NoPaper):
        papers.check(data)


def test_what_begins_a_stream_a_hundred_thousand_times_is_read_once() -> None:
    """Each beginning without an end was once looked for to the end of the file: minutes for one small upload."""
    data = pdf()
    at = data.index(b"xref\n0")
    data = data[:at] + b"stream\n" * 300_000 + data[at:]
    data = data[: data.rindex(b"startxref")] + b"startxref\n%d\n%%%%EOF\n" % data.index(b"xref\n0")
    with pytest.raises(papers.NoPaper):
        papers.check(data)


def test_a_file_may_have_exactly_the_bytes_of_the_rule_book() -> None:
    data = pdf()
    assert files.check("x.pdf", data, replace(LIMITS, bytes=len(data))).data == data
    with pytest.raises(Invalid):
        files.check("x.pdf", data, replace(LIMITS, bytes=len(data) - 1))


def test_what_is_neither_says_what_to_do() -> None:
    for data in (b"hello", b"GIF89a" + b"\0" * 20, b"\x89PNG\r\n\x1a\n" + b"x" * 50, PngImagePlugin._MAGIC):
        with pytest.raises(Invalid) as refused:
            files.check("x.heic", data, LIMITS)
        assert "截一张图" in refused.value.fields["files"].zh
