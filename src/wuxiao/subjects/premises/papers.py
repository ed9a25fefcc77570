"""What the papers of a place say: forms to sign, notices for rooms let, lists by which a place looks at itself.

No person stands in any of them: whoever signs does so on the paper, and the register keeps the day alone. The lists are
printed from the very answers that the register asks for, so that what comes back can be entered line by line.
Sources: 《消防法》 arts. 16, 28; 《企业事业单位内部治安保卫条例》; 《住房租赁条例》; 《民法典》 arts. 712, 1033.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from wuxiao.rules.papers import Content, Item
from wuxiao.rules.register import RowPaper
from wuxiao.rules.words import Text
from wuxiao.subjects.premises.words import CHECKS, LET_CHECKS

_BLANK = "＿" * 8
_DATE = "日期：＿＿＿＿年＿＿月＿＿日"
_SIGNED = ("单位（盖章）：" + _BLANK, _DATE)
_READ = ("收到并看过（签名或者盖章）：" + _BLANK, _DATE)
_KEPT = "签好的这一份由签的人保存。登记册里只记签的日期，不记姓名，不存签过的纸。"
_FIRE, _GUARD = "《消防法》第十六条", "《企业事业单位内部治安保卫条例》"


def _at(values: Mapping[str, Any]) -> str:
    return str(values.get("address") or "") or str(values.get("title") or "")


def duty(values: Mapping[str, Any]) -> Content:
    """Return the statement by which a place says that it looks after its own safety."""
    return Content(
        to=str(values.get("title") or ""),
        opening=(f"你单位（{_at(values)}）对自己的消防和治安安全负主体责任。请逐条看过，盖章以后交回一份。",),
        items=(
            Item("定好负责消防和治安的岗位和制度，值班的地方有人、电话打得通。", f"{_FIRE}；{_GUARD}"),
            Item("消防设施、器材按规定配齐，定期检查，保证能用。", _FIRE),
            Item("疏散通道、安全出口畅通，门窗护栏不挡逃生和救援。", "《消防法》第十六条、第二十八条"),
            Item("自己定期查，查出来的隐患及时改，改不了的马上报告。", f"{_FIRE}；{_GUARD}"),
            Item("员工上岗前讲一遍怎样报警、怎样疏散，按规定演练。", _FIRE),
            Item("有人来检查的，如实说明情况；责令改正的，按期改好。", "《消防法》第五十三条"),
        ),
        closing=("以上各条我单位已经知道，并会做到。", *_SIGNED),
        notes=(_KEPT,),
    )


def landlord(values: Mapping[str, Any]) -> Content:
    """Return the notice of what whoever lets rooms must see to."""
    return Content(
        to="出租人（房东）",
        opening=(f"您出租的房屋（{_at(values)}）已经登记。下面几条是您要做到的：",),
        items=(
            Item(
                "房屋的结构、电路、燃气安全，能住人；厨房、卫生间、阳台、储藏室不单独租出去住人。", "《住房租赁条例》"
            ),
            Item("通道、楼梯、出口不堵不锁，不在楼道停放电动自行车、充电。", "《消防法》第二十八条"),
            Item(
                "该修的及时修：租客提出以后不修的，租客可以自己修，费用由您承担。",
                "《民法典》第七百一十二条、第七百一十三条",
            ),
            Item("租金、押金和退押金的办法写进合同，按合同来。", "《住房租赁条例》"),
            Item("没有租客同意，不进租客住的屋子；有危险要马上处理的除外。", "《民法典》第一千零三十三条"),
            Item("发现隐患或者违法的事，打 12345；着火打 119，有人有危险打 110。", "《消防法》第四十四条"),
        ),
        closing=_READ,
        notes=(_KEPT, "登记册只记房屋，不记租客。"),
    )


def tenant(values: Mapping[str, Any]) -> Content:
    """Return the notice of what whoever rents rooms may ask, in Chinese and English."""
    return Content(
        to="租客",
        opening=(f"您租的房屋（{_at(values)}）已经登记。下面几条是您的权利，也请您一起守住安全：",),
        items=(
            Item("租金、押金、期限、谁来修，都可以要求写进合同；合同您自己留一份。", "《住房租赁条例》"),
            Item(
                "房子坏了可以要求修；房东不修的，您可以自己修，费用由房东承担。",
                "《民法典》第七百一十二条、第七百一十三条",
            ),
            Item("没有您同意，房东和别人不能进您的屋子；有危险要马上处理的除外。", "《民法典》第一千零三十三条"),
            Item("到期或者依约退租的，押金按合同退；说不拢可以申请调解，也可以起诉。", "《住房租赁条例》"),
            Item("不在屋里、楼道给电动自行车充电；不动消防器材，不堵通道。", "《消防法》第二十八条"),
            Item("看到隐患可以报告：打 12345，不用说名字；着火打 119，有人有危险打 110。", "《消防法》第五条"),
        ),
        closing=(),
        notes=("报告隐患的人，我们替您保密。登记册只记房屋，不记租客。",),
        english=(
            "Your rights as a tenant (a courtesy text; the Chinese text counts)",
            "1. You may have rent, deposit, term and repairs written into the contract, and keep a copy of it.",
            "2. You may ask for repairs. If they are not made you may make them, and the landlord bears the cost.",
            "3. Nobody enters your rooms without your consent, except where a danger must be dealt with at once.",
            "4. The deposit is given back as the contract says. If you cannot agree, you may ask for mediation or sue.",
            "5. Do not charge electric bicycles indoors or in the stairway; keep the ways out clear.",
            "6. You may report a hazard at 12345 without a name; fire 119, danger to somebody 110.",
            "The register holds the rooms, not the tenants.",
        ),
    )


def self_check(checks: Mapping[str, Text]) -> Callable[[Mapping[str, Any]], Content]:
    """Return what makes the list by which a place looks at itself: a line for each answer the register asks for."""

    def say(values: Mapping[str, Any]) -> Content:
        return Content(
            to=str(values.get("title") or ""),
            opening=("请逐条去看，在方框里打勾；不合格的在旁边写明哪里、几时改好。看完盖章，交回一份。",),
            items=tuple(Item(f"{one.zh}　□合格　□不合格") for one in checks.values()),
            closing=("自查发现的其他隐患：" + "＿" * 14, *_SIGNED),
            notes=("马上有危险的不要等：着火打 119，有人有危险打 110。", _KEPT),
        )

    return say


def declared(units: frozenset[str], key: frozenset[str], let: frozenset[str]) -> tuple[RowPaper, ...]:
    """Return the papers of the register: for whoever signs as a unit, for whoever posts guards, for rooms let."""
    return (
        RowPaper("duty", duty, units, field="duty_signed"),
        RowPaper("landlord", landlord, let, field="duties_told_on"),
        RowPaper("tenant", tenant, let, field="rights_told_on"),
        RowPaper("selfcheck", self_check(CHECKS), key, field="self_checked_on"),
        RowPaper("selfcheck", self_check(LET_CHECKS), let),
    )
