"""An address as a picture that a phone's camera reads."""

from __future__ import annotations

import io

import segno
from markupsafe import Markup


def picture(address: str) -> Markup:
    """Return the QR code of an address as inline SVG, on white whatever the page's colours are."""
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgns=True, border=3, omitsize=True, light="#fff", nl=False
    )
    return Markup(out.getvalue().decode())
