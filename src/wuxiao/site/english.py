"""Whether the English the pages say is that of the messages file: what was compiled bears the digest of its source."""

from __future__ import annotations

import gettext
import hashlib
import struct
from pathlib import Path

import wuxiao

#: Where the compiled file says of which source it is (`tools/messages.py` writes it).
CONTEXT, SENTENCE = "wuxiao", "sha256 of django.po"
LOCALE = Path(wuxiao.__file__).parent / "web" / "locale"


def stale(folder: Path = LOCALE) -> list[Path]:
    """Return the messages files whose compiled form is missing or of other content; files without source are none."""
    return [po for po in sorted(folder.glob("*/LC_MESSAGES/*.po")) if not _fresh(po)]


def _fresh(po: Path) -> bool:
    try:
        with po.with_suffix(".mo").open("rb") as file:
            said = gettext.GNUTranslations(file).pgettext(CONTEXT, SENTENCE)
    except (OSError, ValueError, struct.error):
        # Not there, cut off, or another kind of file.
        return False
    return said == hashlib.sha256(po.read_bytes()).hexdigest()
