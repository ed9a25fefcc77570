"""What the steps of an inspection ask, each field with its purpose, legal basis, retention and audience."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from wuxiao.rules.book_model import Book
from wuxiao.rules.field import NOTHING, Audience, Field, Kind, Why
from wuxiao.rules.life import Step
from wuxiao.rules.words import Text
from wuxiao.subjects.inspection.checklists import Checklist, Item, checklists
from wuxiao.subjects.inspection.rules import INSPECTION, Facts, Need
from wuxiao.subjects.inspection.words import ANSWERS, CHOSEN, DUTIES, OUTCOMES, SIGNED, WHOSE

_LAW = Text(
    "《消防法》第五十三条、第五十四条，《行政处罚法》第五十五条",
    "Fire Protection Law, art. 53 and 54; Administrative Penalties Law, art. 55",
)
#: Kept as long as what was found can be asked about: three years after the end.
DAYS = 1095
_CHECK = Why(
    Text("把检查和整改办清楚，以后查得到", "the visit and the mending can be followed and proved"),
    _LAW,
    DAYS,
    Audience.READERS,
)
_WHO = Why(
    Text("两人检查、该回避的回避", "two go together, and who must stand aside does"),
    Text("《行政处罚法》第四十二条、第四十三条", "Administrative Penalties Law, art. 42 and 43"),
    DAYS,
    Audience.READERS,
)
OTHER = Text("其他问题", "something else")
_NO_NAMES = Text(
    "只写场所和设施，不写住的人、来的人", "the place and its things only, not of people who live or come there"
)

_PLAIN: Mapping[Need, Field] = {
    Need.WHY: Field("why", Kind.CHOICE, Text("为什么检查", "why it is looked at"), _CHECK, choices=CHOSEN),
    Need.DATE: Field("date", Kind.DATE, Text("哪天去", "on which day"), _CHECK),
    Need.DUE: Field("due", Kind.DATE, Text("哪天以前改好", "to be mended by"), _CHECK,
                    hint=Text("还有没改好的问题才填", "only where something is left to be mended")),
    Need.REASON: Field("reason", Kind.WORDS, Text("理由", "reason"), _CHECK, most=2000),
    Need.WORDS: Field("words", Kind.WORDS, Text("内容", "words"), _CHECK, most=4000, hint=_NO_NAMES),
    Need.REPLY: Field("reply", Kind.WORDS, Text("答复", "answer"), _CHECK, most=4000),
    Need.REPORTS: Field(
        "reports", Kind.WORDS, Text("给乡镇（街道）和消防机构的报告", "report to the township and the fire body"),
        _CHECK, most=4000,
    ),
    Need.SIGNATURES: Field(
        "signed", Kind.CHOICE, Text("场所一方签名", "signature of the place"), _CHECK, choices=SIGNED
    ),
    Need.WHOSE: Field("whose", Kind.CHOICE, Text("谁的签名", "whose signature"), _CHECK, choices=WHOSE),
}  # fmt: skip
#: What the words of a step are called, and what helps to write them, where “words” would say too little.
_WORDS: Mapping[str, tuple[Text, Text]] = {
    "mended": (
        Text("哪些改好了，怎么改的", "what was mended, and how"),
        Text("例如：二楼两盏应急灯换了，断电试过。", "For example: two lamps on the second floor are new, and tried."),
    ),
    "object": (
        Text("哪一条认定得不对，为什么", "which finding is not so, and why"),
        Text(
            "由督查人员答复，不由查的人答复。答复以前，整改期限照旧。",
            "Supervision answers, not who inspected. Until then the time to mend stays as it is.",
        ),
    ),
}


def plain(need: Need, required: bool, verb: str = "") -> list[Field]:
    """Return the one field of a need whose answers do not depend on the case, in the words of a step."""
    found = replace(_PLAIN[need], required=required)
    if need is Need.WORDS and verb in _WORDS:
        label, hint = _WORDS[verb]
        found = replace(
            found, label=label, hint=Text(f"{hint.zh}{_NO_NAMES.zh}。", f"{hint.en} Write of {_NO_NAMES.en}.")
        )
    if need is Need.DUE and required:
        found = replace(found, hint=None)
    return [found]


def before(need: Need, required: bool) -> list[Field]:
    """Return the fields of a need of the first step, when there is no case yet: the place is asked with the reason."""
    found = plain(need, required)
    if need is Need.WHY:
        hint = Text("在场所登记册里查，例如 P000001", "as the premises register has it, for example P000001")
        found.insert(0, Field("place", Kind.TEXT, Text("场所编号", "code of the place"), _CHECK, required=True, most=40,
                              hint=hint))  # fmt: skip
        names = {one.code: one.name for one in checklists().values()}
        found.append(Field("checklist", Kind.CHOICE, Text("用哪张检查表", "which checklist"), _CHECK, choices=names,
                           hint=Text("不选就用这种场所的第一张", "none: the first for this kind")))  # fmt: skip
        found.append(Field("report", Kind.TEXT, Text("来自哪件反映", "the report it comes from"), _CHECK, most=24,
                           hint=Text("事项编号，没有就不填", "the number of the matter, if there is one")))  # fmt: skip
    return found


def pair(people: Mapping[str, Text]) -> Field:
    """Return the field that names the two who go."""
    return Field("pair", Kind.CHOICES, Text("派哪两人", "which two go"), _WHO, required=True, choices=people or _NOBODY)


def who(people: Mapping[str, Text]) -> Field:
    """Return the field that names who stands aside."""
    return Field("who", Kind.CHOICE, Text("谁回避", "who stands aside"), _WHO, required=True, choices=people or _NOBODY)


_NOBODY = {NOTHING: Text("没有可选的人", "nobody to choose")}


def due(most: Text) -> Field:
    """Return the field that says by when is to be mended what was found: asked for, with the longest time there is."""
    hint = Text(f"从今天起最长{most.zh}", f"at most {most.en} from today")
    return replace(_PLAIN[Need.DUE], required=True, hint=hint)


def whose(names: Mapping[str, Text]) -> Field:
    """Return the field that names whose signature is added."""
    return replace(_PLAIN[Need.WHOSE], required=True, choices=names)


def answers(listed: Checklist) -> list[Field]:
    """Return one field a question of a list; they may be filled in several turns."""
    return [
        Field(f"q_{one.code}", Kind.CHOICE, one.words, _CHECK, choices=ANSWERS, hint=_law(one)) for one in listed.items
    ]


def _law(one: Item) -> Text:
    duty = DUTIES[one.duty]
    grave = Text(f"；{GRAVE.zh}", f"; {GRAVE.en}") if one.grave else Text("", "")
    return Text(f"{one.law.zh}（{duty.zh}）{grave.zh}", f"{one.law.en} ({duty.en}){grave.en}")


GRAVE = Text("不符合就是严重隐患，当天报告", "not in order, it is a grave hazard and is reported the same day")
_MARK = Text("（严重隐患）", " (grave hazard)")
_STAYS = Text(
    "标着“严重隐患”的项，不符合就按严重隐患办，选“否”也不变；其余的由您判断",
    "an item marked as a grave hazard is treated as one, also where “no” is chosen; of all others you judge",
)


def _named(one: Item) -> Text:
    return Text(one.words.zh + _MARK.zh, one.words.en + _MARK.en) if one.grave else one.words


def finding(items: Sequence[Item]) -> list[Field]:
    """Return the fields of one finding: on which question, how grave, what exactly."""
    named = {one.code: _named(one) for one in items} | {"other": OTHER}
    return [
        Field("item", Kind.CHOICE, Text("哪一项", "on which question"), _CHECK, required=True, choices=named),
        Field("grave", Kind.YES, Text("严重威胁公共安全", "gravely threatens public safety"), _CHECK,
              hint=_STAYS),
        Field("finding", Kind.WORDS, Text("什么问题、在哪里", "what it is and where"), _CHECK, required=True, most=2000,
              hint=_NO_NAMES),
    ]  # fmt: skip


def possible(step: Step[Facts], book: Book) -> tuple[Field, ...]:
    """Return every field a step may ask, whatever the case; a name that ends in `_` begins those of a list."""
    found: list[Field] = []
    for need in (*step.needs, *step.may):
        required = need in step.needs
        match need:
            case Need.FILES:
                continue
            case Need.PAIR:
                found.append(pair({}))
            case Need.WHO:
                found.append(who({}))
            case Need.ANSWERS:
                found.append(_EACH_ANSWER)
            case Need.OUTCOMES:
                found.append(_EACH_OUTCOME)
            case Need.FINDING:
                found += finding([item for listed in checklists().values() for item in listed.items])
            case Need.ABOUT:
                found.append(about({}))
            case Need.UNIT:
                fire = book.lives[INSPECTION.name].units["fire"]
                found.append(unit({fire: book.units[fire].name}))
            case _:
                found += plain(need, required, step.verb) if step.sources else before(need, required)
    return tuple(found)


_EACH_ANSWER = Field("q_", Kind.CHOICE, Text("检查表的每一项", "each question of the list"), _CHECK, choices=ANSWERS)
_EACH_OUTCOME = Field("o_", Kind.CHOICE, Text("每处问题的结果", "what became of a finding"), _CHECK, choices=OUTCOMES)


#: What was written of findings, by their number.
Written = Mapping[int, Sequence[str]]
NOTHING_WRITTEN: Written = {}


class _Found(Protocol):
    number: int
    item: str


def _called(one: _Found, listed: Checklist, written: Written) -> Text:
    """Return what a finding is called where it is chosen: the question, and what was written where there is none."""
    item = listed.item(one.item)
    if item is not None:
        return item.words
    said = "；".join(written.get(one.number, ()))[:60]
    return Text(f"{OTHER.zh}：{said}", f"{OTHER.en}: {said}") if said else OTHER


def outcomes(
    found: Sequence[_Found], listed: Checklist, *, withdrawn: bool, written: Written = NOTHING_WRITTEN
) -> list[Field]:
    """Return one field a finding that stands open: what became of it."""
    choices = {code: text for code, text in OUTCOMES.items() if (code == "withdrawn") == withdrawn or code == "not_yet"}
    if withdrawn:
        choices["not_yet"] = Text("认定没有错，仍要整改", "it stands and is to be mended")
    fields = []
    for one in found:
        name = _called(one, listed, written)
        label = Text(f"问题{one.number}：{name.zh}", f"finding {one.number}: {name.en}")
        fields.append(Field(f"o_{one.number}", Kind.CHOICE, label, _CHECK, required=True, choices=choices))
    return fields


def shown_by(found: Sequence[_Found], listed: Checklist, written: Written = NOTHING_WRITTEN) -> Mapping[str, Text]:
    """Return the findings a picture may show, by their number as text."""
    names = {one.number: _called(one, listed, written) for one in found}
    return {str(number): Text(f"{number}. {name.zh}", f"{number}. {name.en}") for number, name in names.items()}


def about(names: Mapping[str, Text]) -> Field:
    """Return the field that names the finding a picture shows."""
    label = Text("哪个问题", "which finding")
    return Field("about", Kind.CHOICE, label, _CHECK, required=True, choices=names or _NOTHING)


_NOTHING = {NOTHING: Text("没有查出问题", "nothing was found")}


def unit(units: Mapping[str, Text]) -> Field:
    """Return the field that names who takes what is handed over."""
    return Field("unit", Kind.CHOICE, Text("移交给", "handed to"), _CHECK, required=True, choices=units)
