"""What is counted of inspections: hazards found, open and mended in time. There is no target and no count of visits."""

from __future__ import annotations

from wuxiao.rules.measures import Measure
from wuxiao.rules.measures.counted import Beside, Count, Dimension, Not, Source, Test, all_, any_, is_, known
from wuxiao.rules.measures.disclosure import Floor
from wuxiao.rules.words import Text

#: Bands of age in whole days: to which day each reaches, the last to none.
BANDS = (7, 15, 30, 90)
_PLACES = Text("处", "hazards")
_KIND = ("kind",)

FINDINGS = Source(
    "inspection.finding",
    Text("检查查出的问题", "what inspections found"),
    "Finding",
    dimensions=(
        Dimension("kind", Text("场所种类", "kind of place"), "premises_kind", of="premises"),
        Dimension("age", Text("查出来的天数", "days since it was found"), "found_at", BANDS),
    ),
    beside={
        "premises_kind": Beside("Inspection", "matter", "premises__kind"),
        "promised_on": Beside("Inspection", "matter", "promised_on"),
        "left_at": Beside("Inspection", "matter", "left_at"),
    },
    section="lives.inspection",
)
# Of a visit that is going on nothing is told before its order is written.
FOUND = Count(
    "hazards_found", FINDINGS, "found_at", among=all_(known("left_at"), Not(is_("state", "withdrawn"))), splits=(_KIND,)
)
OPEN = Count("hazards_open", FINDINGS, among=all_(known("left_at"), is_("state", "open")), splits=(("kind", "age"),))
# The day is that of the first order; more time moves it only where it was granted before it was over.
DUE = Count("hazards_due", FINDINGS, "promised_on", among=is_("state", "open", "mended"), splits=(_KIND,))
IN_TIME = DUE.that(
    "hazards_in_time",
    all_(
        is_("state", "mended"),
        any_(Test("said_at", "by day", "promised_on"), Test("settled_at", "by day", "promised_on")),
    ),
)

HAZARDS_OPEN = Measure(
    "hazards_open",
    Text("没有改好的隐患", "hazards not mended"),
    Text(
        "检查查出、还没有复查改好的问题，按场所种类和查出来的天数",
        "findings of inspections not yet proved mended, by kind of place and days since",
    ),
    left_out=Text("检查还没有结束的", "visits that are not over"),
    k=(OPEN,),
    by=OPEN.splits,
    floor=Floor.PEOPLE,
    unit=_PLACES,
)
HAZARDS_IN_TIME = Measure(
    "hazards_in_time",
    Text("按期改好", "mended in time"),
    Text(
        "到期那天以前说改好、后来复查属实的，或者到期以前就复查改好的",
        "said to be mended by the day and proved later, or proved mended by it",
    ),
    Text("整改期限在期内到期的问题", "findings that were to be mended by a day in the period"),
    Text("认定有误撤销的、移交消防机构的", "those taken back as mistaken, and those handed to the fire body"),
    Text("到期以前批准延期的，按延后的日子算", "more time granted before the day was over moves it"),
    k=(IN_TIME,),
    n=(DUE,),
    by=(_KIND,),
    floor=Floor.COMPARED,
    unit=_PLACES,
)
MEASURES = (
    Measure(
        "hazards_found",
        Text("查出的隐患", "hazards found"),
        Text("期内检查查出的问题", "findings of inspections in the period"),
        left_out=Text("认定有误撤销的；检查还没有结束的", "those taken back as mistaken; visits that are not over"),
        note=Text("查出得多不等于不好：看得细也会多", "many is not bad: a careful look finds more"),
        k=(FOUND,),
        by=(_KIND,),
        floor=Floor.PEOPLE,
        unit=_PLACES,
    ),
    HAZARDS_OPEN,
    HAZARDS_IN_TIME,
)
