"""The answers and sentences of the premises register."""

from __future__ import annotations

from wuxiao.rules.words import Text

BARS = {
    "none": Text("没有护栏", "none"),
    "opens": Text("能从里面打开", "open from inside"),
    "blocked": Text("挡住逃生，须整改", "block the way out: to be mended"),
}
#: What a school or key unit looks at itself: people, things, technology.
CHECKS = {
    "guards": Text("人防：岗位有人", "people: the posts are manned"),
    "gate": Text("物防：门和围墙完好", "things: gate and wall are whole"),
    "alarm": Text("技防：一键报警能用", "technology: the alarm button works"),
    "exits": Text("疏散通道畅通", "the ways out are clear"),
    "extinguish": Text("灭火器在有效期内", "extinguishers are in date"),
}
LET_CHECKS = {
    "smoke": Text("装有烟感报警", "there is a smoke alarm"),
    "gas": Text("燃气软管在有效期内", "the gas hose is in date"),
    "wires": Text("不私拉电线、不在楼道充电", "no loose wires and no charging in the stairway"),
    "crowd": Text("没有隔断群租", "rooms are not partitioned and crowded"),
    "exits": Text("逃生的路畅通", "the way out is clear"),
}
#: Shown with every room let: the landlord's duties and the tenant's rights.
LET = (
    Text(
        "房东责任：房屋、电路、燃气安全，通道不堵，隐患及时整改。",
        "The landlord sees to safe rooms, wires and gas and clear ways out, and mends hazards in time.",
    ),
    Text(
        "租客权利：押金、租金写进合同；未经同意不得进屋；可以要求修缮，可以报告隐患。",
        "The tenant may have deposit and rent in writing; nobody enters without consent; repairs may be asked for and "
        "hazards reported.",
    ),
    Text("本册只记房屋，不记租客。", "This register holds the rooms, not the tenants."),
)
