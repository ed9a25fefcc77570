"""Public sets of requests that the product knows how to read: their columns, time zones and what their words mean here.

The mappings are ours; the data belongs to its publishers and is never part of the product (docs/real-input.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from wuxiao.feeds.sheets.plan import Plan
from wuxiao.rules.words import Text

_HOTLINE_BRANCHES = {
    "城乡建设": "urban|housing|utility",
    "环境保护": "env",
    "交通运输": "traffic",
    "教育文体": "edu|culture",
    "劳动和社会保障": "labour|social",
    "商贸旅游": "market|culture",
    "卫生计生": "health",
}

_LA_CATEGORIES = {
    "Bulky Items": "urban.sanitation.bulky",
    "Graffiti Removal": "urban.street.posters",
    "Illegal Dumping Pickup": "urban.build.debris",
    "Metal/Household Appliances": "urban.sanitation.bulky",
    "Electronic Waste": "urban.sanitation.sorting",
    "Homeless Encampment": "urban.street",
    "Dead Animal Removal": "urban.sanitation.street",
    "* Streetlight Issue": "urban.facility.lamp",
    "Report Water Waste": "utility.water",
    "Feedback": "conduct.hotline",
    "Other": "other.unclear.unsorted",
}

_BALTIMORE_CATEGORIES = {
    "SW-Bulk*": "urban.sanitation.bulky",
    "SW-Appliance*": "urban.sanitation.bulky",
    "SW-Recycling": "urban.sanitation.sorting",
    "SW-Dirty*": "urban.sanitation.street",
    "SW-Graffiti*": "urban.street.posters",
    "SW-*": "urban.sanitation",
    "HCD-Vacant*": "hazard.structure.house",
    "HCD-Illegal Dumping": "urban.build.debris",
    "HCD-Illegal Signs*": "urban.street.signs",
    "HCD-*": "housing",
    "WW-Water*": "utility.water",
    "WW-*": "urban.facility.drain",
    "TRS-*Parking*": "traffic.parking.illegal",
    "TRS-*": "traffic.parking",
    "TRM-*Pothole*": "traffic.road.city",
    "TRM-*Light*": "urban.facility.lamp",
    "TRM-*Sign*": "traffic.signal.marking",
    "TRM-*": "traffic.road",
    "TRT-Traffic Signal*": "traffic.signal.light",
    "TRT-*": "traffic.signal",
    "TEC-Footways*": "urban.facility.pavement",
    "BGE-*": "urban.facility.lamp",
    "FOR-*": "urban.facility.green",
    "RP-*": "urban.facility.park",
    "FIR-*": "hazard.fire",
    "HLTH-Food*": "market.food",
    "HLTH-EV Noise": "env.noise",
    "HLTH-*Dog*": "order.dog",
    "FCPF-*": "traffic.parking.fee",
    "FCCS-*": "gov.business.tax",
    "ECC-*": "gov.service",
}


def _baltimore() -> Plan:
    return Plan(
        source="baltimore",
        columns={
            "external_id": ["SRRecordID"],
            "received_at": ["CreatedDate"],
            "title": ["SRType"],
            "category": ["SRType"],
            "place": ["Address"],
            "lat": ["Latitude"],
            "lon": ["Longitude"],
            "channel": ["MethodReceived"],
            "promised_at": ["DueDate"],
            "closed_at": ["CloseDate"],
            "outcome": ["SRStatus"],
        },
        categories=_BALTIMORE_CATEGORIES,
        channels={"Internal": "desk", "System": "api", "Other": "import"},
        outcomes={
            "Closed": "answered",
            "Closed (Duplicate)": "merged",
            "Closed (Transferred)": "declined",
            "*(Duplicate)": "open",
        },
        zone="America/New_York",
        crs="wgs84",
        order="mdy",
        placeholders=[[39.0, -77.0]],
    )


def _la() -> Plan:
    return Plan(
        source="la",
        columns={
            "external_id": ["SRNumber"],
            "received_at": ["CreatedDate"],
            "title": ["RequestType"],
            "category": ["RequestType"],
            "place": ["Address"],
            "lat": ["Latitude"],
            "lon": ["Longitude"],
            "channel": ["RequestSource"],
            "promised_at": ["ServiceDate"],
            "closed_at": ["ClosedDate"],
            "outcome": ["Status"],
        },
        categories=_LA_CATEGORIES,
        channels={
            "Driver Self Report": "desk",
            "Council's Office": "desk",
            "Voicemail": "phone",
            "Self Service": "web",
        },
        outcomes={"Closed": "answered", "Cancelled": "withdrawn", "Referred Out": "declined", "Open": "open"},
        zone="America/Los_Angeles",
        crs="wgs84",
        order="mdy",
        # The service date is a day: the promise is kept until it ends.
        day_ends=True,
    )


def _chicago() -> Plan:
    return Plan(
        source="chicago",
        columns={
            "external_id": ["Service_Request_Number"],
            "received_at": ["Creation_Date"],
            "title": ["Type_of_Service_Request"],
            "words": ["What_is_the_Nature_of_this_Code_Violation"],
            "category": ["What_is_the_Nature_of_this_Code_Violation"],
            "place": ["Street_Address"],
            "lat": ["Latitude"],
            "lon": ["Longitude"],
            "closed_at": ["Completion_Date"],
            "outcome": ["Status"],
        },
        categories={
            "Construction Site*": "urban.build.site",
            "Standing water": "urban.facility.drain",
            "Graffiti*": "urban.street.posters",
            "Dog feces*": "order.dog",
            "*": "urban.sanitation.rubbish",
        },
        outcomes={"Completed": "answered", "Completed - Dup": "merged", "Open - Dup": "open"},
        zone="America/Chicago",
        crs="wgs84",
        order="ymd",
        promise="own",
    )


def _hotline() -> Plan:
    return Plan(
        source="hotline",
        columns={
            "external_id": ["留言编号"],
            "received_at": ["留言时间"],
            "title": ["留言主题"],
            "words": ["留言详情"],
            "category": ["label"],
        },
        categories=_HOTLINE_BRANCHES,
        order="ymd",
        channel="web",
        promise="own",
    )


def _hot_issues() -> Plan:
    plan = _hotline()
    plan.source = "hot_issues"
    del plan.columns["category"]
    return plan


def _replies() -> Plan:
    plan = _hot_issues()
    plan.source = "replies"
    plan.columns |= {"answered_at": ["答复时间"], "answer": ["答复意见"]}
    return plan


@dataclass(frozen=True, slots=True)
class Source:
    """A known set: what it is, and how it is read."""

    name: Text
    plan: Callable[[], Plan]


SOURCES: Mapping[str, Source] = {
    "baltimore": Source(Text("巴尔的摩311", "Baltimore 311"), _baltimore),
    "la": Source(Text("洛杉矶311", "Los Angeles 311"), _la),
    "chicago": Source(Text("芝加哥311环卫", "Chicago 311, sanitation"), _chicago),
    "hotline": Source(Text("市民留言（带一级分类）", "hotline messages with seven labels"), _hotline),
    "hot_issues": Source(Text("市民留言（热点）", "hotline messages for hot issues"), _hot_issues),
    "replies": Source(Text("市民留言与答复", "hotline messages with official replies"), _replies),
}
