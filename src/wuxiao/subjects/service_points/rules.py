"""What is kept of a place where people are served: where, when, for what, by which office; of persons almost nothing.

The name of who is on duty is kept only with their own consent, and shown only where the book says so for the kind.
"""

from __future__ import annotations

from wuxiao.rules.field import Audience, Field, Kind, Why
from wuxiao.rules.register import Register
from wuxiao.rules.words import Text
from wuxiao.subjects.service_points.words import ACCESS, HOLIDAYS, ROOM, SERVICES, SPEAKS

NAME = "service_points"
_OPEN = Text("《政府信息公开条例》第二十条", "Regulations on Open Government Information, art. 20")
_ALL = Audience.READERS
_FIND = Why(
    Text("群众找得到、来得对时间", "people find it and come at the right time"),
    _OPEN,
    730,
    _ALL,
)
_GO = Why(
    Text("腿脚不便、听不见、说外语的人也能办", "who cannot walk, hear or speak Chinese well is served too"),
    Text("《无障碍环境建设法》第二十六条、第三十九条", "Barrier-Free Environment Law, art. 26 and 39"),
    730,
    _ALL,
)
_RUN = Why(
    Text("知道谁管、用什么房间、什么时候开起来", "to know who runs it, in which room, and from when on"),
    _OPEN,
    730,
    _ALL,
)
_NAME = Why(
    Text("本人同意的，让群众知道找谁", "who agreed to it is known by name to those who come"),
    Text(
        "《个人信息保护法》第十三条第一款第一项（同意）",
        "Personal Information Protection Law, art. 13 (1), consent",
    ),
    30,
    Audience.KEEPERS,
)
_POSTS = Text("写岗位，不写姓名，例如：社区民警、辅警", "posts, no names, for example: community officer")
_NO_NAMES = Text("两三句话：怎么进门、带什么、先找谁", "two or three sentences: the door, what to bring, whom to ask")
_SHUT = Text("临时关闭时填", "when it is closed for a while")
_CONSENT = Text("不同意、没问过就不填", "empty if not asked or not agreed")
#: What a card says in sentences, and so what may carry other languages.
SPOKEN = ("title", "about")

SERVICE_POINTS = Register(
    name=NAME,
    title=Text("服务点登记册", "Service points"),
    one=Text("服务点", "service point"),
    meaning=Text("警务室、企业警务室、窗口、接待室、自助机在哪里、几点开、能办什么。",
                 "Where police rooms, counters, reception rooms and machines are, when they open, what for."),
    prefix="F",
    icon="phone",
    spine=_FIND,
    fields=(
        Field("title_en", Kind.TEXT, Text("英文名称", "name in English"), _FIND, most=120),
        Field("hours", Kind.HOURS, Text("开放时间", "hours"), _FIND, required=True, most=200),
        Field("holidays", Kind.CHOICE, Text("节假日", "public holidays"), _FIND, required=True, choices=HOLIDAYS),
        Field("opens_on", Kind.DATE, Text("启用日期", "opens on"), _RUN,
              hint=Text("可以是将来的日子：企业还没开工，先设警务室", "may be a day to come")),
        Field("shut_from", Kind.DATE, Text("临时关闭自", "closed from"), _FIND, hint=_SHUT),
        Field("shut_to", Kind.DATE, Text("临时关闭到", "closed until"), _FIND, hint=_SHUT),
        Field("phone", Kind.PHONE, Text("办公电话", "telephone of the office"), _FIND),
        Field("services", Kind.CHOICES, Text("能办什么", "what can be done there"), _FIND, choices=SERVICES),
        Field("speaks", Kind.CHOICES, Text("能说什么话", "languages spoken"), _GO, choices=SPEAKS),
        Field("access", Kind.CHOICES, Text("无障碍", "barrier-free"), _GO, choices=ACCESS),
        Field("room", Kind.CHOICE, Text("用房", "room"), _RUN, choices=ROOM),
        Field("on_duty", Kind.TEXT, Text("在岗", "on duty"), _RUN, most=80, hint=_POSTS),
        Field("also", Kind.TEXT, Text("兼任", "also serves as"), _RUN, most=80,
              hint=Text("例如：社区党总支委员（2025年起）", "for example: on the residents' committee since 2025")),
        Field("officer", Kind.TEXT, Text("在岗人员姓名", "name of who is on duty"), _NAME, private=True, most=40),
        Field("officer_agreed", Kind.DATE, Text("本人同意公开姓名于", "agreed to the name on"), _NAME, hint=_CONSENT),
        Field("about", Kind.WORDS, Text("怎么找、怎么办", "how to find it"), _FIND, most=600, hint=_NO_NAMES),
        Field("about_en", Kind.WORDS, Text("英文说明", "the same in English"), _FIND, most=900),
    ),
    rights={},
)  # fmt: skip
