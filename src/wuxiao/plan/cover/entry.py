"""The engine's entry in the algorithm register."""

from __future__ import annotations

from wuxiao.plan.form import Said
from wuxiao.plan.register import Entry

ENTRY = Entry(
    engine="cover",
    purpose=Said("巡逻、接处警单元的驻点选址与调整", "Where units stand by, and how they are moved"),
    method=Said(
        "模拟退火与交换搜索给出方案，拉格朗日价格与HiGHS给出证明的界限",
        "annealing and interchange find plans; Lagrangian prices and HiGHS prove bounds",
    ),
    inputs={
        "kind": Said("求什么：覆盖、中位、中心、空闲数对照表", "what is wanted: covering, median, centre, table"),
        "times": Said("需求点到驻点的时间", "times from demand points to standby points"),
        "demand": Said("各点的需求量（求助或户数）", "demand at each point (calls or households)"),
        "p": Said("单元数", "number of units"),
        "levels.name": Said("等级名称", "name of a level"),
        "levels.minutes": Said("等级的时限", "time standard of a level"),
        "levels.weight": Said("等级的权重", "weight of a level"),
        "levels.units": Said("等级自有的单元数", "units of its own of a level"),
        "busy": Said("单元忙的份额", "share of time a unit is busy"),
        "room": Said("驻点容量", "room at each point"),
        "now": Said("单元现在的驻点", "where units stand now"),
        "moves": Said("最多移动几个单元", "how many units may move"),
        "between": Said("驻点之间的时间", "times between standby points"),
        "floor_minutes": Said("保底时间", "floor of service"),
        "idle_share": Said("各空闲数的权重", "weight of each number of idle units"),
        "unit": Said("时间或距离的单位", "unit of the times"),
        "demand_names": Said("需求点名称", "names of demand points"),
        "site_names": Said("驻点名称", "names of standby points"),
    },
    output=Said("驻点、界限、各级份额、谁去哪里", "points, bound, shares by level, who goes where"),
    limits=Said(
        "时间是平均值；各单元忙闲视为独立；不用于按人布点",
        "times are averages; units count as independently busy; never for places chosen by who lives there",
    ),
    decides=Said("由所领导决定是否采用", "the head of the station decides whether it is adopted"),
    sources=(
        "Church, ReVelle 1974 (maximal covering)", "Daskin 1983 (expected covering)",
        "Gendreau, Laporte, Semet 2006 (compliance tables)", "Moore, ReVelle 1982 (levels)",
        "Whitaker 1983; Resende, Werneck 2007 (interchange)", "Beasley 1985 (Lagrangian p-median)",
        "Elloumi 2010 (p-median model)", "Elloumi, Labbé, Pochet 2004 (p-centre)",
    ),
)  # fmt: skip
