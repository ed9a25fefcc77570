"""What the house knows of the register of service points."""

from __future__ import annotations

from wuxiao.desk.register.shelf import Shelf
from wuxiao.records.models import ServicePoint
from wuxiao.subjects.service_points.rating import RATING
from wuxiao.subjects.service_points.rules import SERVICE_POINTS, SPOKEN

SHELF = Shelf(SERVICE_POINTS, ServicePoint, page="resident_point", form=RATING, spoken=SPOKEN)
