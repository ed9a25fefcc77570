"""What is counted of the joint conference: whether what it decides is done by its day."""

from __future__ import annotations

from wuxiao.rules.measures import Measure
from wuxiao.rules.measures.counted import Count, Not, Overtaken, Source, Test, all_, any_, is_, unknown
from wuxiao.rules.measures.disclosure import Floor
from wuxiao.rules.words import Text

DECISIONS = Source(
    "conference.decision",
    Text("联席会议决定的事", "what the joint conference decided"),
    "Task",
    # Of what is kept from a member nothing is told: it could be reckoned out beside the digests that all read.
    only=all_(
        is_("kind", "decision"),
        is_("matter__hidden_units", ""),
        any_(unknown("about"), is_("about__hidden_units", "")),
    ),
    section="lives.conference",
)
_DONE = is_("state", "done")
DUE = Count(
    "decisions_due",
    DECISIONS,
    "due_on",
    among=any_(_DONE, Not(Overtaken("about", is_("binds", True)))),
)
MEASURES = (
    Measure(
        "decisions_in_time",
        Text("决定按期落实", "decisions done in time"),
        Text("到期那天以前办完的", "those done by their day"),
        Text("期内到期的联席会议决定", "decisions of the joint conference that were due in the period"),
        Text(
            "办完以前被新的决定取代的；对某个成员单位保密的事项的",
            "those replaced by a newer decision before they were done; those on matters kept from a member",
        ),
        Text("没有办完的一直算在分母里", "what is not done stays below the line"),
        k=(DUE.that("decisions_in_time", all_(_DONE, Test("done_at", "by day", "due_on"))),),
        n=(DUE,),
        floor=Floor.PEOPLE,
        unit=Text("项", "decisions"),
    ),
)
