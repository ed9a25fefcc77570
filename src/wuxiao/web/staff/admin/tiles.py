"""The town's own tiles for the maps of staff, a part at a time, as a reader of PMTiles asks for them."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from wuxiao.desk.base.errors import NotFound
from wuxiao.desk.town import grounds
from wuxiao.rules.access import Power
from wuxiao.web.shared import maps
from wuxiao.web.staff.gate import Desk, desk

#: The most bytes of one answer; a reader that wants more asks again.
MOST = 8_000_000
_RANGE = re.compile(r"bytes=(\d{1,15})-(\d{1,15})?")


def told() -> dict[str, Any] | None:
    """Return what a map must know of the town's own tiles; `None` for a town without, or without their reader."""
    found, library = grounds.ground(), maps.libraries()
    if found is None or library is None or not library["tiles"]:
        return None
    url = reverse("staff:map_tiles", args=[found.digest])
    return {"url": url, "to": found.tiles.zooms[1], "layers": list(found.tiles.layers)}


@require_safe
@desk(Power.REGISTERS)
def part(d: Desk, digest: str) -> HttpResponse:
    """Give the bytes that were asked for (`Range`); the file of that digest alone, so that no two are mixed."""
    found = grounds.ground()
    if found is None or found.digest != digest:
        raise NotFound
    asked = _RANGE.fullmatch(d.request.headers.get("Range", ""))
    size = found.tiles.size
    first = int(asked[1]) if asked else 0
    if asked is None or first >= size:
        # A whole file of hundreds of megabytes through a worker would keep everybody waiting.
        response = HttpResponse(status=416)
        response["Content-Range"] = f"bytes */{size}"
        return response
    last = min(int(asked[2]) if asked[2] else size - 1, size - 1, first + MOST - 1)
    with open(grounds.tiles_path(), "rb") as file:
        file.seek(first)
        data = file.read(max(0, last - first + 1))
    response = HttpResponse(data, status=206, content_type="application/vnd.pmtiles")
    response["Content-Range"] = f"bytes {first}-{first + len(data) - 1}/{size}"
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = f'"{digest[:32]}"'
    response["Cache-Control"] = "private, max-age=86400, immutable"
    return response
