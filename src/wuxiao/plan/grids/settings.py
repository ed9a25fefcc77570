"""The settings of a grid problem that the command line takes beside a file."""

from __future__ import annotations

from wuxiao.plan.engine import Setting
from wuxiao.plan.form import Said

SETTINGS = (
    Setting("low", float, Said("户数下限（300）", "fewest households of a cell (300)")),
    Setting("high", float, Said("户数上限（500）", "most households of a cell (500)")),
    Setting("target", float, Said("期望户数（范围的中点）", "households wanted (the middle of the band)")),
    Setting("cells", int, Said("总格数（地图为一整片时）", "number of cells, for a map of one piece")),
    Setting("weigh_compact", float, Said("紧凑的权重（1）", "weight of compactness (1)")),
    Setting("weigh_street", float, Said("小巷边界的权重", "weight of borders that are no main street")),
    Setting("weigh_length", float, Said("边界总长的权重（0）", "weight of all borders (0)")),
    Setting("before", str, Said("原方案PLAN.json：尽量少变", "earlier plan as PLAN.json: change little"), reading=True),
    Setting("moved_share", float, Said("可换网格的住户份额上限（1）", "largest share of households moved (1)")),
    Setting("weigh_moved", float, Said("调整住户的权重（0.25）", "weight of households moved (0.25)")),
    Setting("households", str, Said("户数列的名称", "name of the column of households"), reading=True),
    Setting("people", str, Said("人口列的名称", "name of the column of people"), reading=True),
    Setting("persons", float, Said("每户人数（2.4）", "people in a household (2.4)"), reading=True),
    Setting("id", str, Said("编号列的名称", "name of the column of ids"), reading=True),
    Setting("community", str, Said("社区列的名称", "name of the column of communities"), reading=True),
    Setting("whole", bool, Said("不切开超大地块", "do not cut blocks that exceed the band"), reading=True),
    Setting(
        "strict", bool, Said("做不到时拒绝而不列例外", "refuse what is outside instead of listing it"), reading=True
    ),
)
