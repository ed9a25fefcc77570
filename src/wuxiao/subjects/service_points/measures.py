"""What is counted of service points: how those who came rate them, by kind of point; never of one who works there."""

from __future__ import annotations

from wuxiao.rules.measures import Measure
from wuxiao.rules.measures.counted import Count, Dimension, Source, all_, is_
from wuxiao.rules.measures.disclosure import Floor
from wuxiao.rules.words import Text
from wuxiao.subjects.service_points.rating import LEVEL, RATING, SATISFIED
from wuxiao.subjects.service_points.rules import NAME

_KIND = ("kind",)
_LEVELS = tuple(str(level) for level in range(1, 6))

ANSWERS = Source(
    "registers.service_points.answers",
    Text("对服务点的评价", "answers about service points"),
    "Entry",
    only=all_(is_("row__register", NAME), is_("verb", "answered"), is_("facts__set", RATING.name)),
    dimensions=(Dimension("kind", Text("服务点种类", "kind of service point"), "row__kind", of=NAME),),
    section=f"registers.{NAME}",
)
RATED = Count("points_rated", ANSWERS, "at", among=is_(f"facts__answers__{LEVEL}", *_LEVELS), splits=(_KIND,))
SATISFIED_MEASURE = Measure(
    "points_satisfied",
    Text("服务点满意率", "satisfaction with service points"),
    Text(
        "评“基本满意”及以上的（五级中较好的三级）",
        "answers of fairly satisfied or better (the upper three of five levels)",
    ),
    Text("期内来过、扫码作出评价的", "those who had come and rated by the code at the door in the period"),
    note=Text("自愿评价，不记是谁", "voluntary; nobody notes who answered"),
    k=(RATED.that("points_content", is_(f"facts__answers__{LEVEL}", *sorted(SATISFIED))),),
    n=(RATED,),
    by=(_KIND,),
    floor=Floor.COMPARED,
    unit=Text("次", "answers"),
)
MEASURES = (SATISFIED_MEASURE,)
