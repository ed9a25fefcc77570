"""Reception by leaders (领导接访): what the book must say of it, who receives, who may follow a matter. Pure."""

from __future__ import annotations

from wuxiao.rules.access import Role
from wuxiao.rules.book.lives import Section
from wuxiao.rules.words import Text

NAME = "reception"
TITLE = Text("领导接访", "a leader's reception")

#: Who may be met at a reception, and who may follow a matter until it is closed (包案): it is shown to the resident, so
#: it is somebody who answers for more than one unit.
LEADERS: frozenset[Role] = frozenset({Role.CHIEF, Role.SUPERVISOR})

#: What the rule book of a town must say of receptions.
SECTION = Section(
    Text("领导接访", "Reception by leaders"),
    numbers={
        "ahead": (Text("最早提前{n}天预约接访。", "A reception is booked at most {n} days ahead."), 1, 180),
        "places": (
            Text("没有另写的，一场接访接待{n}件。", "Where nothing else is said, a reception takes {n}."),
            1,
            100,
        ),
        "remind": (Text("接访前{n}小时提醒约了的人。", "Whoever booked is reminded {n} hours before."), 1, 168),
    },
)
