"""The engine's entry in the register."""

from wuxiao.plan.form import Said
from wuxiao.plan.register import Entry

ENTRY = Entry(
    engine="dispatch",
    purpose=Said("此刻派谁去哪里，以及派出后哪里没人", "Whom to send where at this minute, and what stays uncovered"),
    method=Said(
        "按加权延误与留守覆盖求最优指派（整数规划，HiGHS）", "Optimal assignment by weighted delay and cover (HiGHS)"
    ),
    inputs={
        "places": Said("地点编号", "ids of places"),
        "minutes": Said("地点之间的分钟数", "minutes between places"),
        "units.id": Said("单位编号", "id of a unit"),
        "units.place": Said("单位现在何处", "where a unit is"),
        "units.free_in": Said("几分钟后空闲", "minutes until a unit is free"),
        "units.skills": Said("单位的技能", "skills of a unit"),
        "calls.id": Said("呼叫编号", "id of a call"),
        "calls.place": Said("呼叫地点", "place of a call"),
        "calls.priority": Said("呼叫级别", "priority of a call"),
        "calls.waited": Said("已等分钟数", "minutes a call has waited"),
        "calls.needs": Said("需要几个单位", "units a call needs"),
        "calls.skills": Said("需要的技能", "skills a call wants"),
        "demand": Said("各处每小时居民呼叫", "residents' calls per hour and place"),
        "weight": Said("各级别每分钟延误的分量", "worth of a minute's delay by priority"),
        "radius": Said("覆盖半径（分钟）", "radius of cover (minutes)"),
        "busy": Said("单位忙的概率", "chance that a unit is busy"),
        "keep": Said("全部覆盖折合几分钟延误", "minutes of delay the whole cover is worth"),
        "patience": Said("这次派不出时预计再等几分钟", "minutes a call waits on when nobody is sent"),
    },
    output=Said("派单建议及理由、派后覆盖与空白地点", "orders with reasons, cover after them, bare places"),
    limits=Said(
        "只看此刻；位置或时间不准则建议不准；不替代指挥员", "Sees this minute only; no better than the positions given"
    ),
    decides=Said("值班指挥员", "the dispatcher on duty"),
    sources=("Daskin 1983 (MEXCLP)", "seeds 000, 002, 004"),
)
