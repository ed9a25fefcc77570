"""What the steps of a sitting ask, each field with its purpose, legal basis, retention and audience."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from wuxiao.rules.book_model import Book
from wuxiao.rules.field import NOTHING, Audience, Field, Kind, Why
from wuxiao.rules.life import Step
from wuxiao.rules.words import Text
from wuxiao.subjects.conference.rules import CONFERENCE, Facts, Need
from wuxiao.subjects.conference.words import ANSWERS

#: Kept as long as what was decided can be asked about: three years after the end.
DAYS = 1095
_WHY = Why(
    Text("跨部门的事一起议、定到单位、办到底", "what no one unit can do is settled together and done by a named one"),
    Text("《信访工作条例》第十四条、第十六条", "Petition Work Regulations art. 14 and 16"),
    DAYS,
    Audience.READERS,
)
_PUBLIC = Why(
    Text("让公众知道会上定了什么", "the public can read what was decided"),
    Text("《政府信息公开条例》第十五条、第十九条", "Open Government Information Regulations art. 15 and 19"),
    DAYS,
    Audience.READERS,
)
_NO_NAMES = Text("只写事情，不写居民的姓名、电话、住址", "of the matter only: no resident's name, number or address")
_NOBODY = {NOTHING: Text("没有可选的", "nothing to choose")}

#: The fields whose answers do not depend on the sitting.
PLAIN: Mapping[Need, Field] = {
    Need.DATE: Field("date", Kind.DATE, Text("哪天开", "on which day"), _WHY),
    Need.TIME: Field("time", Kind.TEXT, Text("几点开", "at what time"), _WHY, most=20,
                     hint=Text("例如 09:30；不填就按情况里写的时间",
                               "for example 09:30; left empty, the time shown above holds")),
    Need.PLACE: Field("place", Kind.TEXT, Text("在哪里开", "where"), _WHY, most=60,
                      hint=Text("例如：县信访局二楼会议室", "for example Petition Office, room 2")),
    Need.NUMBER: Field("number", Kind.TEXT, Text("或者另列一件：编号", "or another one: its number"), _WHY, most=24,
                       hint=Text("作过决定的也可以再议，新的决定代替原来的",
                                 "what was decided before may come again: the new decision takes its place")),
    Need.BRIEF: Field("brief", Kind.WORDS, Text("要议什么", "what is to be settled"), _WHY, most=500, hint=_NO_NAMES),
    Need.REASON: Field("reason", Kind.WORDS, Text("理由", "reason"), _WHY, most=2000),
    Need.ANSWER: Field("answer", Kind.CHOICE, Text("能不能来", "do you come"), _WHY, choices=ANSWERS),
    Need.WHAT: Field("what", Kind.WORDS, Text("办什么", "what is to be done"), _WHY, most=2000, hint=_NO_NAMES),
    Need.DUE: Field("due", Kind.DATE, Text("哪天以前办完", "to be done by"), _WHY),
    Need.MINUTES: Field("minutes", Kind.WORDS, Text("纪要", "minutes"), _WHY, most=8000, hint=_NO_NAMES),
    Need.DIGEST: Field("digest", Kind.WORDS, Text("公开摘要", "public digest"), _PUBLIC, most=4000,
                       hint=Text("不写人名、住址、编号，不写个位数的户数、人数",
                                 "no names, addresses or numbers of matters, no counts of a few people or homes")),
    Need.DIGEST_EN: Field("digest_en", Kind.WORDS, Text("英文摘要", "digest in English"), _PUBLIC, most=6000),
    Need.WORDS: Field("words", Kind.WORDS, Text("内容", "words"), _WHY, most=2000, hint=_NO_NAMES),
}  # fmt: skip


def plain(need: Need, required: bool) -> Field:
    """Return the field of a need whose answers do not depend on the sitting."""
    return replace(PLAIN[need], required=required)


def possible(step: Step[Facts], book: Book) -> tuple[Field, ...]:
    """Return every field a step may ask, whatever the sitting; items stand for what is on its agenda."""
    units = {one.code: one.name for one in book.units.values()}
    members = {code: units[code] for code in book.lives[CONFERENCE.name].lists["members"]}
    found = []
    for need in (*step.needs, *step.may):
        match need:
            case Need.KEPT:
                found.append(kept(_NOBODY))
            case Need.PROPOSAL:
                found.append(proposal({}))
            case Need.ITEM:
                found.append(item({}))
            case Need.UNIT:
                found.append(unit(members if step.verb == "answer" else units, UNIT))
            case Need.PRESENT:
                found.append(several("present", members, HERE, required=True))
            case Need.CO:
                found.append(several("co", members, HELP, required=False))
            case _:
                found.append(plain(need, need in step.needs))
    return tuple(found)


HERE = Text("到会的成员单位（派人代为参加的也算）", "members that are here, also by a deputy")
HELP = Text("协办单位", "who helps")
UNIT = Text("单位", "unit")


def kept(cases: Mapping[str, Text]) -> Field:
    """Return the field that makes a sitting one of a small circle, for a matter that must be kept from a member."""
    hint = Text(
        "这几件要对某个成员单位保密，另开小范围的会议；一般的会不选",
        "these are kept from a member and get a sitting of their own; none for an ordinary sitting",
    )
    label = Text("小范围开会，议哪件", "in a small circle: for which matter")
    return Field("kept", Kind.CHOICE, label, _WHY, choices=cases, hint=hint)


def proposal(cases: Mapping[str, Text]) -> Field:
    """Return the field that chooses among what the house proposes for the agenda, by number."""
    return Field("item", Kind.CHOICE, Text("列入哪件", "which one"), _WHY, choices=cases or _NOBODY)


def item(cases: Mapping[str, Text]) -> Field:
    """Return the field that names one item, by the number of its case."""
    return Field("item", Kind.CHOICE, Text("哪一件", "which item"), _WHY, required=True, choices=cases or _NOBODY)


def unit(units: Mapping[str, Text], label: Text) -> Field:
    """Return the field that names a unit."""
    return Field("unit", Kind.CHOICE, label, _WHY, required=True, choices=units or _NOBODY)


def several(name: str, units: Mapping[str, Text], label: Text, required: bool) -> Field:
    """Return the field that names several units."""
    return Field(name, Kind.CHOICES, label, _WHY, required=required, choices=units or _NOBODY)
