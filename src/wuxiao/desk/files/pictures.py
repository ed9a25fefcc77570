"""Pictures from strangers: opened within bounds, drawn anew on a fresh canvas, two at a time in the whole town.

What a picture claims (its format, its pixels) is judged before a pixel is decoded; a decoder is never given more than
it can hold in about 100 MB. Nothing of the bytes that came in survives: no EXIF, GPS, XMP, IPTC, comments, colour
profiles, thumbnails, maker notes or trailers.
"""

from __future__ import annotations

import fcntl
import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from django.conf import settings
from PIL import Image, ImageOps, UnidentifiedImageError

from wuxiao.desk.base.errors import Throttled
from wuxiao.late import late

if TYPE_CHECKING:
    import pi_heif
else:
    pi_heif = late("pi_heif")

LONG_SIDE = 2400
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF", "HEIF")
#: Formats other than baseline JPEG are decoded whole: the pictures of today's phones fit (12.5 million), bombs do not.
WHOLE = 12_600_000
#: The WebP decoder holds four copies, and that of HEIF where a picture has clear parts.
WEBP = 8_300_000
#: How many pictures are redrawn at once, over all processes of the town.
SLOTS = 2
#: How long an upload waits for its turn before it is asked to come again, and how often it looks.
PATIENCE, LOOK = 20.0, 0.02

pi_heif.register_heif_opener(thumbnails=False)
pi_heif.options.DECODE_THREADS = 1
Image.MAX_IMAGE_PIXELS = None  # judged here, by format


class NoPicture(Exception):
    """The bytes are no picture of a known format, or a broken one."""


class TooManyPixels(Exception):
    """More pixels than are decoded: `width`, `height`, and the `limit` of this format."""

    def __init__(self, width: int, height: int, limit: int) -> None:
        super().__init__(f"{width}x{height} > {limit}")
        self.width, self.height, self.limit = width, height, limit


def _folder() -> Path:
    return Path(settings.DATA_DIR) / "redraw"


@contextmanager
def turn() -> Iterator[None]:
    """Hold one of the town's two places for redrawing, over all its web processes.

    Raises `Throttled` when none came free for twenty seconds. A killed process gives its place back.
    """
    _folder().mkdir(parents=True, exist_ok=True)
    files: list[IO[str]] = []
    try:
        files += [(_folder() / str(n)).open("a") for n in range(SLOTS)]
        until = time.monotonic() + PATIENCE
        while True:
            for file in files:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError:
                    continue
                yield
                return
            if time.monotonic() > until:
                raise Throttled(int(PATIENCE))
            time.sleep(LOOK)
    finally:
        for file in files:
            file.close()


def limit_of(image: Image.Image, pixels: int) -> int:
    """Return how many pixels a picture of this format may have; `pixels` is what the rule book allows."""
    if image.format == "JPEG" and not image.info.get("progressive") and not image.info.get("progression"):
        return pixels
    if image.format == "WEBP" or (image.format == "HEIF" and "A" in image.getbands()):
        return min(pixels, WHOLE, WEBP)
    return min(pixels, WHOLE)


def redraw(data: bytes, pixels: int) -> tuple[bytes, int, int]:
    """Return a picture as a fresh JPEG with its width and height; raises `NoPicture` or `TooManyPixels`.

    `pixels` is the most the rule book takes. A picture of several frames gives its first.
    """
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            width, height = image.size
            if width * height > (limit := limit_of(image, pixels)):
                raise TooManyPixels(width, height, limit)
            with turn():
                return _drawn(image)
    except (
        UnidentifiedImageError,
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        RuntimeError,
        Image.DecompressionBombError,
    ):
        raise NoPicture from None


def _drawn(image: Image.Image) -> tuple[bytes, int, int]:
    image.draft("RGB", (LONG_SIDE, LONG_SIDE))
    image.load()
    way = image.getexif().get(0x0112, 1)
    if image.format == "HEIF":
        # A file that holds several pictures would be decoded anew at each look, at the first one's size.
        vars(image)["_heif_file"] = None
    small = image if max(image.size) <= LONG_SIDE else _smaller(image)
    clear = "A" in small.getbands() or "transparency" in small.info
    shown = small.convert("RGBA" if clear else "RGB")
    canvas = Image.new("RGB", shown.size, (255, 255, 255))
    canvas.paste(shown, mask=shown.getchannel("A") if clear else None)
    if 1 < way <= 8:
        canvas.getexif()[0x0112] = way
        canvas = ImageOps.exif_transpose(canvas)
    clean = Image.new("RGB", canvas.size)
    clean.paste(canvas)
    out = io.BytesIO()
    clean.save(out, "JPEG", quality=85)
    return out.getvalue(), *clean.size


def _smaller(image: Image.Image) -> Image.Image:
    # Shrunk before any conversion, so that no second copy of the whole is made; a palette cannot be averaged.
    if image.mode in {"P", "1"} or "transparency" in image.info:
        image = image.convert("RGBA" if "transparency" in image.info else "L" if image.mode == "1" else "RGB")
    image.thumbnail((LONG_SIDE, LONG_SIDE), reducing_gap=2.0)
    return image
