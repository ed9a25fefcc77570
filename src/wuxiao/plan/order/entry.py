"""The engine's entry in the register."""

from wuxiao.plan.form import Said
from wuxiao.plan.register import Entry

_BOTH = {
    "place": Said("场所编号", "id of a place"),
    "kind": Said("场所类别", "kind of premises"),
    "lines": Said("经营项目或风险等级类别", "lines of business or classes"),
    "licensed": Said("何日起有证", "day since which it has its licence"),
    "nearby": Said("当天早上已知的周边反映数", "reports about its surroundings known on that morning"),
}

ENTRY = Entry(
    engine="order",
    purpose=Said("到期的场所先看哪里", "Which of the places that are due to look at first"),
    method=Said(
        "由场所自己的过去估计严重发现的可能性（岭逻辑回归），可能性大的在前；至少一成按公布的种子随机抽取",
        "The chance of a critical finding from a place's own past (ridge logistic), the likelier first; "
        "at least a tenth by lot with a published seed",
    ),
    inputs={
        **{f"visits.{name}": said for name, said in _BOTH.items()},
        "visits.day": Said("检查日", "day of the visit"),
        "visits.critical": Said("严重发现数", "number of critical findings"),
        "visits.serious": Said("较重发现数", "number of serious findings"),
        "visits.minor": Said("轻微发现数", "number of minor findings"),
        "visits.told": Said("是否连同当时情形一起知道", "whether more is known of it than its findings"),
        **{f"listed.{name}": said for name, said in _BOTH.items()},
        "today": Said("排名单的日子；以后的一概不收", "day of the list; nothing from then on is taken"),
        "drawn": Said("随机抽取的比例", "share drawn by lot"),
        "reports": Said("周边反映的各类名称", "names of the kinds of reports nearby"),
    },
    output=Said(
        "场所的先后、可能性、各处的理由、随机抽取的位置", "the order, the chances, reasons for each place, the lots"
    ),
    limits=Said(
        "只排场所，不排任何人，不收检查员、业主、居民的任何栏；不作任务数；反映多的地段不等于更差；检查方式变了须重新学",
        "Places only: no column about inspectors, owners or residents; no target; many reports do not make a quarter "
        "worse; to be learnt anew when the way of inspecting changes",
    ),
    decides=Said("负责检查计划的人", "the person who answers for the plan of inspections"),
    sources=(
        "City of Chicago 2014, food-inspections-evaluation",
        "Kannan, Shapiro, Bilgic 2019, Hindsight analysis of the Chicago food inspection forecasting model",
    ),
)  # fmt: skip
