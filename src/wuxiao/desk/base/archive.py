"""Archives that are the same bytes for the same words: workbooks and papers, made twice, compare equal."""

from __future__ import annotations

import io
import re
import zipfile

#: The instant every file in an archive bears.
_THEN = (1980, 1, 1, 0, 0, 0)
#: Where the libraries write when they made it.
_CORE = "docProps/core.xml"
_MADE = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")


def fixed(body: bytes) -> bytes:
    """Return the same archive with its files in order, one fixed time on each and in its properties."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as made, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as kept:
        for name in sorted(made.namelist(), key=lambda one: (one != "[Content_Types].xml", one)):
            info = zipfile.ZipInfo(name, _THEN)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            data = made.read(name)
            kept.writestr(info, _MADE.sub(rb"\g<1>2000-01-01T00:00:00Z", data) if name == _CORE else data)
    return out.getvalue()
