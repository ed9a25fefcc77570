"""What is kept of a place, for what, on which basis and how long; nothing about anybody who lives or stays there."""

from __future__ import annotations

from wuxiao.rules.field import Audience, Field, Kind, Why
from wuxiao.rules.register import Register
from wuxiao.rules.words import Text
from wuxiao.subjects.premises import papers
from wuxiao.subjects.premises.words import BARS, CHECKS, LET, LET_CHECKS

_FIRE = Text("《消防法》第十六条、第十七条、第五十三条", "Fire Protection Law, art. 16, 17 and 53")
_GUARD = Text(
    "《企业事业单位内部治安保卫条例》《保安服务管理条例》",
    "Regulations on the internal security of enterprises and institutions, and on security services",
)
_ALL = Audience.READERS
_FIND = Why(
    Text("知道有哪些场所、归谁管，按期去看", "to know the places and whose they are, and look in time"),
    _FIRE,
    730,
    _ALL,
)
_TRADE = Why(
    Text("知道是否有证经营，隐患同时交给主管部门", "to know that it is licensed, and hand a hazard to its department"),
    Text("行业许可规定、《消防法》第十六条", "licensing rules of the trade, Fire Protection Law, art. 16"),
    730,
    _ALL,
)
_REACH = Why(
    Text("出了事能找到值班的地方，不记个人", "to reach the office on duty when something happens; no person is kept"),
    _FIRE,
    30,
    Audience.KEEPERS,
)
_ESCAPE = Why(
    Text("防盗窗、护栏不挡住逃生的路", "bars and gratings must not block the way out"),
    Text("《消防法》第二十八条", "Fire Protection Law, art. 28"),
    730,
    _ALL,
)
_POSTS = Why(Text("保安有人在岗、有训练", "guards are at their posts, and trained"), _GUARD, 365, _ALL)
_SELF = Why(Text("单位自己先查，检查时对照", "the unit looks first itself; an inspection compares"), _GUARD, 365, _ALL)
_ROOMS = Why(
    Text("出租房屋消防、燃气安全，房东租客各知其责", "fire and gas are safe in rooms let; both sides know their part"),
    Text("《消防法》、住房租赁管理规定", "Fire Protection Law, rules on letting dwellings"),
    365,
    _ALL,
)
#: Kinds that post guards and look at themselves; kinds that need a licence.
_KEY = frozenset({"school", "hospital", "bank", "station", "utility", "key_unit", "rail_section"})
_LET = frozenset({"rented"})
_LICENSED = frozenset({"hotel", "ktv", "net_cafe", "foot_bath", "parcel_shop", "school", "hospital", "bank"})
#: Whoever is a unit and signs as one: all but rooms let.
_UNITS = _KEY | _LICENSED | {"building_site"}
_OFFICE = Text("填科室或值班室，不填个人", "an office or guard room, no person")
_TOLD = Text("房东责任告知于", "landlord told of duties on")
_RIGHTS = Text("租客权利告知于", "tenants' rights notice given on")

PREMISES = Register(
    name="premises",
    title=Text("场所登记册", "Premises"),
    one=Text("场所", "place"),
    meaning=Text(
        "旅馆、学校、工地、出租房屋等场所的安全登记。", "The safety register of hotels, schools, sites and rooms let."
    ),
    prefix="P",
    icon="place",
    spine=_FIND,
    fields=(
        Field("licence", Kind.TEXT, Text("许可证号", "licence"), _TRADE, most=60, only=_LICENSED),
        Field("licence_until", Kind.DATE, Text("许可有效期至", "licensed until"), _TRADE, only=_LICENSED),
        Field("duty_office", Kind.TEXT, Text("责任科室", "office on duty"), _REACH, most=60, hint=_OFFICE),
        Field("duty_phone", Kind.PHONE, Text("值班电话", "telephone on duty"), _REACH),
        Field("duty_signed", Kind.DATE, Text("主体责任书签于", "statement of duty signed on"), _FIND),
        Field("bars", Kind.CHOICE, Text("防盗窗、护栏", "bars and gratings"), _ESCAPE, choices=BARS),
        Field("guards", Kind.NUMBER, Text("保安岗位数", "guards' posts"), _POSTS, high=999, only=_KEY),
        Field("trained_on", Kind.DATE, Text("保安最近训练", "guards last trained"), _POSTS, only=_KEY),
        Field("self_check", Kind.CHOICES, Text("自查合格项", "passed in self-check"), _SELF, choices=CHECKS, only=_KEY),
        Field("self_checked_on", Kind.DATE, Text("自查日期", "self-check on"), _SELF, only=_KEY),
        Field("rooms_let", Kind.NUMBER, Text("出租间数", "rooms let"), _ROOMS, high=999, only=_LET),
        Field("let_check", Kind.CHOICES, Text("安全合格项", "safety passed in"), _ROOMS, choices=LET_CHECKS, only=_LET),
        Field("duties_told_on", Kind.DATE, _TOLD, _ROOMS, only=_LET),
        Field("rights_told_on", Kind.DATE, _RIGHTS, _ROOMS, only=_LET),
    ),
    rights={"rented": LET},
    papers=papers.declared(_UNITS, _KEY, _LET),
)
