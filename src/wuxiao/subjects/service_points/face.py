"""What the house knows of the register of service points."""

from __future__ import annotations

from datetime import datetime

from wuxiao.desk.look.offered import Offers, Way
from wuxiao.desk.register.shelf import Shelf
from wuxiao.records.models import ServicePoint
from wuxiao.rules.words import Text
from wuxiao.subjects.service_points.asks import points
from wuxiao.subjects.service_points.rating import RATING
from wuxiao.subjects.service_points.rules import SERVICE_POINTS, SPOKEN
from wuxiao.subjects.service_points.words import SPEAKS


def _speaking(lang: str, at: datetime) -> list[tuple[Way, str]]:
    """The points at which a language is spoken, each with its telephone."""
    if lang not in SPEAKS:
        return []
    return [(Way(one.title, SHELF.page, (one.row.code,)), one.part.phone) for one in points(at=at, speaks=lang)]


SHELF = Shelf(SERVICE_POINTS, ServicePoint, page="resident_point", form=RATING, spoken=SPOKEN)
OFFERS = Offers(
    name=SERVICE_POINTS.name,
    start=Way(
        Text("去哪里办", "Where to go"),
        "resident_points",
        icon="place",
        hint=Text(
            "警务室、窗口、自助机在哪里，现在开不开", "Police rooms, counters and machines: where, and open now?"
        ),
    ),
    sets=lambda: {RATING.name: RATING},
    speaking=_speaking,
)
