"""The register entry of the engine `beats`."""

from __future__ import annotations

from wuxiao.plan.form import Said
from wuxiao.plan.register import Entry

ENTRY = Entry(
    engine="beats",
    purpose=Said(
        "划分工作量均衡、连成一片的责任区，并排出达到频次、无法预知的巡逻路线",
        "Draw connected fields with balanced work, and patrol rounds that meet frequencies and cannot be foretold",
    ),
    method=Said(
        "责任区用grids引擎（以工作量代户数）；到访时段抽签，路线为乡村邮递员问题的启发式，再随机绕行",
        "Fields by the engine grids (work for households); slots by lot, rural postman tours, detours by lot",
    ),
    inputs={
        "units": Said("单元（网格）编号", "ids of units (grids)"),
        "work": Said("每个单元的工作量", "work of each unit"),
        "area": Said("面积，平方米", "area, square metres"),
        "perimeter": Said("周长，米", "outline, metres"),
        "pairs": Said("相邻的两个单元", "two units that share a border"),
        "border": Said("共边长度，米", "shared border, metres"),
        "fields": Said("责任区个数", "number of fields"),
        "streets": Said("街段编号", "ids of streets"),
        "ends": Said("街段两端的路口", "crossings at both ends of a street"),
        "metres": Said("街段长度，米", "length of a street, metres"),
        "level": Said("街段的巡逻级别（级别含义由本地定）", "patrol level (what it means is the town's rule)"),
        "street_unit": Said("街段计入哪个单元", "unit a street counts for"),
        "visits": Said("各级别每天应到次数", "visits a day each level is owed"),
        "pace": Said("各级别每分钟走的米数", "metres a minute on each level"),
        "place": Said("单元内一点，米", "a point in each unit, metres"),
        "tolerance": Said("工作量可偏离平均的份额", "share the work of a field may be off the mean"),
        "before": Said("原方案的责任区", "field in the earlier plan"),
        "moved_share": Said("可换责任区的工作量份额上限", "largest share of work that may change field"),
        "days": Said("天数", "days"),
        "shifts": Said("每天班数", "shifts a day"),
        "minutes": Said("每班分钟", "minutes of a shift"),
        "floor": Said("每单元每天到访的下限", "least visits a day of every unit"),
        "random_low": Said("随机巡逻份额下限", "least share of minutes by lot"),
        "random_high": Said("随机巡逻份额上限", "largest share of minutes by lot"),
    },
    output=Said(
        "每个单元的责任区；每轮巡逻的出发时刻与街段顺序",
        "the field of each unit; when each round leaves and which streets it walks",
    ),
    limits=Said(
        "不知道红绿灯、值班人数变化；一班一区一队；求助打断巡逻后须重排",
        "knows no traffic lights or absences; one patrol a field and shift; re-plan when calls have broken rounds off",
    ),
    decides=Said("派出所负责勤务的值班领导", "the officer who answers for duty at the station"),
    sources=(
        "seeds 000, 002 (责任区), 004 (三级巡逻)", "Eiselt, Gendreau & Laporte 1995 (rural postman)",
        "Chevaleyre 2004; Basilico, Gatti & Amigoni 2012 (randomised patrols)",
    ),
)  # fmt: skip
