"""What is counted of leaders' receptions: whether they are held as published, and how many were received."""

from __future__ import annotations

from wuxiao.rules.measures import Measure
from wuxiao.rules.measures.counted import Count, Source, is_
from wuxiao.rules.measures.disclosure import Floor
from wuxiao.rules.words import Text
from wuxiao.subjects.reception.rules import NAME, TITLE

_SECTION = f"lives.{NAME}"
HOURS = Source("reception.hour", TITLE, "Slot", only=is_("kind", NAME), section=_SECTION)
VISITS = Source("reception.visit", TITLE, "Booking", only=is_("kind", NAME), section=_SECTION)
PUBLISHED = Count("receptions_published", HOURS, "starts_at")
MEASURES = (
    Measure(
        "receptions_held",
        Text("接访按公布举行", "receptions held as published"),
        Text("没有取消的场次", "receptions that were not called off"),
        Text("公布在期内举行的领导接访场次", "leaders' receptions published for the period"),
        k=(PUBLISHED.that("receptions_held", is_("state", "open")),),
        n=(PUBLISHED,),
        floor=Floor.HOUSE,
        unit=Text("场", "receptions"),
    ),
    Measure(
        "received_by_leaders",
        Text("领导接待的事项", "matters received by leaders"),
        Text("期内约了接访、当天来了的事项", "matters booked for a reception in the period whose people came"),
        k=(Count("received_by_leaders", VISITS, "slot__starts_at", among=is_("state", "attended")),),
        floor=Floor.PEOPLE,
    ),
)
