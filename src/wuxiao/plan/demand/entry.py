"""The engine's entry in the register."""

from wuxiao.plan.form import Said
from wuxiao.plan.register import Entry

ENTRY = Entry(
    engine="demand",
    purpose=Said("预计各处各时有多少居民呼叫", "How many calls to expect by place and hour"),
    method=Said("地点×一周各时的收缩估计；细模型须在后段数据上胜出才用",
                "Place times hour with shrinkage; a richer model only if better on later data"),
    inputs={
        "places": Said("地点编号", "ids of places"),
        "at": Said("呼叫时刻", "time of a call"),
        "place": Said("呼叫地点", "place of a call"),
        "source": Said("谁报的，只收居民", "who told; residents only"),
        "first_day": Said("记录从第一周的第几天开始", "day of the first week on which the record begins"),
        "days": Said("所看天数", "days looked at"),
        "model": Said("用哪个模型", "which model"),
        "held_out": Said("留作检验的后段比例", "share of later days held out"),
        "level": Said("区间的水平", "level of the intervals"),
        "weeks": Said("区间所指的周数", "weeks the intervals are for"),
    },
    output=Said("各处一周各时的预计呼叫及区间", "expected calls by place and hour of the week with intervals"),
    limits=Said("只反映愿意来电的居民；不含巡逻发现；不预计任何人",
                "Reflects residents who call; nothing patrols found; predicts no person"),
    decides=Said("指挥中心负责人", "the head of the dispatch centre"),
    sources=("Ensign et al. 2018, Runaway feedback loops in predictive policing", "seeds 000, 002, 004"),
)  # fmt: skip
