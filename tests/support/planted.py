"""Pictures with words hidden in every place a format has for them, and the words, to be looked for in the bytes."""

from __future__ import annotations

import base64
import io
import random
import struct
import zlib
from pathlib import Path

from PIL import Image, ImageDraw, PngImagePlugin

FORMATS = ("jpeg", "png", "webp", "gif", "avif", "heic")
_HEIC = Path(__file__).with_name("planted.heic.b64")


def _word(dice: random.Random, where: str) -> bytes:
    return f"CANARY-{where}-{dice.getrandbits(64):016x}".encode()


def _picture(dice: random.Random) -> Image.Image:
    image = Image.new("RGB", (dice.randint(20, 90), dice.randint(20, 90)), tuple(dice.choices(range(256), k=3)))
    pen = ImageDraw.Draw(image)
    for _ in range(4):
        pen.line(dice.choices(range(90), k=4), fill=tuple(dice.choices(range(256), k=3)), width=3)
    return image


def _exif(words: list[bytes]) -> bytes:
    exif = Image.Exif()
    exif[0x010F] = words[0].decode()
    exif[0x9286] = b"ASCII\0\0\0" + words[1]
    exif[0x927C] = words[2]
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2], gps[3], gps[4] = "N", (30.0, 15.0, 1.5), "E", (104.0, 3.0, 9.0)
    gps[0x1D] = "2026:09:07"
    gps[0x1B] = b"ASCII\0\0\0" + words[3]
    return exif.tobytes()


def _xmp(word: bytes) -> bytes:
    return b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF>' + word + b"</rdf:RDF></x:xmpmeta>"


def _icc(word: bytes) -> bytes:
    # A profile is told by its size and the mark `acsp`; its text tag holds the word.
    body = b"desc" + bytes(4) + struct.pack(">I", len(word) + 1) + word + b"\0"
    head = struct.pack(">I", 128 + 4 + 12 + len(body)) + b"lcms" + bytes(28) + b"acsp" + bytes(88)
    head = head[:12] + b"mntrRGB XYZ " + head[24:]
    return head[:128] + struct.pack(">I", 1) + b"desc" + struct.pack(">II", 144, len(body)) + body


def planted(kind: str, seed: int) -> tuple[bytes, list[bytes]]:
    """Return a picture of a format, made from a seed, and the words that are hidden in it."""
    dice = random.Random(f"{kind}-{seed}")
    e = [_word(dice, f"exif{n}") for n in range(4)]
    xmp, icc, comment, trailer = (_word(dice, w) for w in ("xmp", "icc", "comment", "trailer"))
    image, out = _picture(dice), io.BytesIO()
    end = dice.choice([b"", b"\0\0"]) + trailer
    match kind:
        case "jpeg":
            image.save(out, "JPEG", exif=_exif(e), icc_profile=_icc(icc), comment=comment, quality=dice.randint(40, 95),
                       progressive=dice.random() < 0.4)  # fmt: skip
            data, iptc = out.getvalue(), _word(dice, "iptc")
            more = b"".join(
                mark + struct.pack(">H", len(body) + 2) + body
                for mark, body in (
                    (b"\xff\xe1", b"http://ns.adobe.com/xap/1.0/\0" + _xmp(xmp)),
                    (b"\xff\xed", b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\x20" + iptc),
                )
            )
            return data[:2] + more + data[2:] + end, [*e, xmp, icc, comment, iptc, trailer]
        case "png":
            info = PngImagePlugin.PngInfo()
            info.add_text("Comment", comment.decode())
            info.add_itxt("XML:com.adobe.xmp", _xmp(xmp).decode())
            image.save(out, "PNG", pnginfo=info, exif=_exif(e), dpi=(72, 72))
            data, own = out.getvalue(), _word(dice, "chunk")
            chunk = struct.pack(">I", len(own)) + b"prVt" + own + struct.pack(">I", zlib.crc32(b"prVt" + own))
            return data[:33] + chunk + data[33:] + end, [*e, xmp, comment, own, trailer]
        case "webp":
            image.save(out, "WEBP", exif=_exif(e), xmp=_xmp(xmp), icc_profile=_icc(icc), lossless=dice.random() < 0.5)
            return out.getvalue() + end, [*e, xmp, icc, trailer]
        case "gif":
            image.save(out, "GIF", comment=comment)
            return out.getvalue() + end, [comment, trailer]
        case "avif":
            image.save(out, "AVIF", exif=_exif(e), xmp=_xmp(xmp), icc_profile=_icc(icc), speed=10)
            return out.getvalue() + end, [*e, xmp, icc, trailer]
        case _:
            # No encoder ships with us: one photo, drawn here and encoded elsewhere, with room for words of this length.
            data = base64.b64decode(_HEIC.read_text(encoding="ascii"))
            for n, word in enumerate(e):
                data = data.replace(f"CANARY-exif{n}-{'0' * 16}".encode(), word)
            data = data.replace(b"CANARY-xmp-" + b"0" * 16, xmp)
            return data + b"\0\0\0\x40free" + comment.ljust(56, b" ") + end, [*e, xmp, comment, trailer]
