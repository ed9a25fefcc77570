"""The engine's entry in the register."""

from wuxiao.plan.form import Said
from wuxiao.plan.register import Entry

ENTRY = Entry(
    engine="queue",
    purpose=Said(
        "评估一个驻点方案：每个单位多忙、各处多久有人到", "Judge a plan of standby points: loads and response by place"
    ),
    method=Said(
        "超立方排队模型：精确（全部忙闲状态）或近似（Larson、Jarvis）", "Hypercube queueing model, exact or approximate"
    ),
    inputs={
        "units": Said("单位编号", "ids of units"),
        "places": Said("地点编号", "ids of places"),
        "calls_per_hour": Said("各处每小时的居民呼叫数", "residents' calls per hour and place"),
        "minutes": Said("从单位驻点到各处的分钟数", "minutes from a unit's standby point to a place"),
        "busy_minutes": Said("一次呼叫占用单位的平均分钟数", "mean minutes a call keeps a unit"),
        "late_minutes": Said("超过几分钟算迟", "minutes after which arrival is late"),
        "full": Said("全忙时呼叫排队还是转给他人", "whether calls wait or are passed on when all are busy"),
        "method": Said("精确、近似或自动", "exact, approximate or automatic"),
        "order": Said("各处派出单位的先后", "the order in which units are sent to a place"),
        "grid": Said("地点所属网格", "the grid of a place"),
        "floor": Said("每个网格按时到场的最低比例", "the least share in time for every grid"),
    },
    output=Said("各单位忙闲、各处到场时间与超时比例", "loads, response and lateness by place"),
    limits=Said(
        "假定呼叫随机、处置时长指数分布、一次一个单位；多单位、抢占、班次请用replay",
        "Random calls, exponential busy times, one unit a call; for several units, pre-emption or shifts use replay",
    ),
    decides=Said("指挥中心负责人", "the head of the dispatch centre"),
    sources=(
        "Larson 1974, A hypercube queuing model",
        "Larson 1975, approximating",
        "Jarvis 1985",
        "seeds 000, 002, 004",
    ),
)
