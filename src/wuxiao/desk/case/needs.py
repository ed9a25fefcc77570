"""What a step was given: checked and cleaned, with a sentence for every field that is missing or makes no sense."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from wuxiao.desk.base.errors import Invalid
from wuxiao.rules.book_model import Book
from wuxiao.rules.field import Field, Wrong
from wuxiao.rules.flow import Need
from wuxiao.rules.life import Step
from wuxiao.rules.words import Text
from wuxiao.typed.numbers import whole_number
from wuxiao.typed.plain import clean

#: Names of the fields people fill in, as pages and messages call them.
LABELS: Mapping[Need, Text] = {
    Need.REASON: Text("理由", "reason"),
    Need.WORDS: Text("内容", "words"),
    Need.REPLY: Text("告诉诉求人的话", "what the resident is told"),
    Need.UNIT: Text("单位", "unit"),
    Need.BODY: Text("不知道名字，但知道是哪一类", "not sure of the name, but it is"),
    Need.WHOM: Text("不用再瞒着谁", "from whom it need not be kept"),
    Need.OPEN_NAME: Text("办理的人可以知道诉求人是谁", "whoever handles it may know who the requester is"),
    Need.CO_UNITS: Text("协办单位", "co-units"),
    Need.CATEGORY: Text("事项分类", "category"),
    Need.HANDLING_CLASS: Text("办理类别", "handling class"),
    Need.DIVISION: Text("所在地", "division"),
    Need.ITEMS: Text("诉求要点（每行一条）", "items asked for (one a line)"),
    Need.TICKED: Text("已答复的要点", "items answered"),
    Need.WAY: Text("方式", "way"),
    Need.SIGN_OFFS: Text("对方的逐级审核", "sign-offs of the other side"),
    Need.CALLER_AGREES: Text("诉求人是否同意转交", "does the caller agree"),
    Need.TERM_DAYS: Text("工作日数", "working days"),
    Need.TASK: Text("协办任务", "the co-unit's part"),
    Need.STAFF: Text("承办人", "handler"),
    Need.MATTER: Text("并入事项编号", "number of the matter to join"),
    Need.PARTS: Text("拆分后的事项（每行一件）", "the parts (one a line)"),
    Need.EVIDENCE: Text("办理依据", "evidence"),
    Need.DECLINE_REASON: Text("不予受理的理由", "ground to decline"),
    Need.CHANNEL: Text("合适的渠道", "the right channel"),
    Need.SEEN: Text("诉求人可见", "shown to the resident"),
    Need.RATING: Text("满意程度", "rating"),
    Need.SOLVED: Text("问题是否解决", "was it solved"),
    Need.CONTACTED: Text("是否及时联系", "were you contacted in time"),
    Need.PETITION: Text("属于信访事项", "this is a petition"),
    Need.FILES: Text("照片或文件", "photos or files"),
    Need.FOR_CALLER: Text("代来电的诉求人办理：怎样核对的", "done for the caller: how they were checked"),
    Need.KEEP: Text("仍由 110 接着办", "110 keeps it"),
    Need.IN_DANGER: Text("照这些话，现在有没有危险", "do these words say that there is danger now"),
}

#: Ways a hand-over is made (rules R1.10) and a call-back is done; the words of `Need.WAY`.
DIVERT_WAYS: Mapping[str, Text] = {
    "one_touch": Text("一键转接", "one-touch transfer"),
    "three_way": Text("三方通话", "three-way call"),
    "push": Text("系统推送", "pushed by system"),
    "spoken": Text("口头告知", "spoken guidance"),
}
CALL_WAYS: Mapping[str, Text] = {
    "sms": Text("短信", "SMS"),
    "phone": Text("电话", "phone"),
    "visit": Text("上门", "visit"),
}
#: How an operator made sure on the telephone that the caller is the requester; the words of `Need.FOR_CALLER`.
CALLER_CHECKS: Mapping[str, Text] = {
    "number": Text("来电号码与登记的一致", "the call came from the number on file"),
    "code": Text("报出了查询码", "they gave the receipt code"),
    "asked": Text("核对了姓名、电话和所反映的事", "name, number and the matter were checked with them"),
}
RATINGS: Mapping[int, Text] = {
    5: Text("非常满意", "very satisfied"),
    4: Text("满意", "satisfied"),
    3: Text("基本满意", "fairly satisfied"),
    2: Text("不满意", "dissatisfied"),
    1: Text("非常不满意", "very dissatisfied"),
}
MAX_TEXT = 20_000
_REQUIRED = Text("请填写{field}", "{field}: please fill this in")
_UNCHOSEN = Text("请选择{field}", "{field}: please choose one")
#: Needs that are chosen, not written.
_CHOSEN = frozenset(
    {
        Need.UNIT, Need.CO_UNITS, Need.CATEGORY, Need.HANDLING_CLASS, Need.DIVISION, Need.WAY, Need.STAFF, Need.MATTER,
        Need.DECLINE_REASON, Need.RATING, Need.SOLVED, Need.CONTACTED, Need.IN_DANGER,
    }
)  # fmt: skip


def _text(value: Any) -> str:
    return clean("" if value is None else str(value)).strip()


def _lines(value: Any) -> list[str]:
    rows = value if isinstance(value, Sequence) and not isinstance(value, str) else _text(value).split("\n")
    return [_text(row) for row in rows if _text(row)]


def _yes(value: Any) -> bool | None:
    if isinstance(value, bool) or value is None:
        return value
    word = _text(value).lower()
    if word in {"1", "true", "yes", "on", "是"}:
        return True
    if word in {"0", "false", "no", "off", "否"}:
        return False
    if not word:
        return None
    raise ValueError(Text("请选“是”或“否”", "choose yes or no"))


def _whole(value: Any, low: int, high: int) -> int | None:
    if value is None or _text(value) == "":
        return None
    number = whole_number(_text(value), low, high)
    if number is None:
        raise ValueError(Text(f"应是{low}到{high}之间的整数", f"must be a whole number from {low} to {high}"))
    return number


def _one_of(value: Any, choices: Mapping[str, Any], what: Text) -> str | None:
    word = _text(value)
    if not word:
        return None
    if word not in choices:
        raise ValueError(Text(f"没有这个{what.zh}：{word[:40]}", f"no such {what.en}: {word[:40]}"))
    return word


def _sign_offs(value: Any) -> list[dict[str, Any]]:
    """The levels another platform's reviewers agreed on: level and time, no names."""
    rows = value if isinstance(value, Sequence) and not isinstance(value, str) else []
    clean = []
    for row in rows[:9]:
        if not (isinstance(row, Mapping) and isinstance(row.get("level"), int) and row.get("agreed") is True):
            raise ValueError(
                Text("每一级审核都要写明 level 和 agreed: true", "each sign-off needs its level and agreed: true")
            )
        clean.append({"level": row["level"], "at": _text(row.get("at"))[:40]})
    return clean


def _limited(value: Any) -> str | None:
    word = _text(value)
    if len(word) > MAX_TEXT:
        raise ValueError(Text(f"太长了，最多{MAX_TEXT}字", f"too long: at most {MAX_TEXT} characters"))
    return word or None


def _reader(need: Need, verb: str, book: Book) -> Callable[[Any], Any]:
    match need:
        case Need.UNIT:
            return lambda v: _one_of(v, book.units, LABELS[Need.UNIT])
        case Need.BODY:
            return lambda v: _one_of(v, book.hide.bodies, Text("选项", "choice"))
        case Need.WHOM:
            return lambda v: list(dict.fromkeys(_lines(v)))
        case Need.CO_UNITS:
            return lambda v: [_one_of(u, book.units, LABELS[Need.UNIT]) for u in _lines(v)]
        case Need.CATEGORY:
            return lambda v: _one_of(v, book.categories, LABELS[need])
        case Need.HANDLING_CLASS:
            return lambda v: _one_of(v, book.classes, LABELS[need])
        case Need.DIVISION:
            return lambda v: _one_of(v, book.divisions, LABELS[need])
        case Need.EVIDENCE:
            return lambda v: _one_of(v, book.evidence_kinds, LABELS[need])
        case Need.DECLINE_REASON:
            return lambda v: _one_of(v, book.decline_reasons, LABELS[need])
        case Need.WAY:
            return lambda v: _one_of(v, CALL_WAYS if verb == "call_back" else DIVERT_WAYS, LABELS[need])
        case Need.FOR_CALLER:
            return lambda v: _one_of(v, CALLER_CHECKS, LABELS[need])
        case Need.SIGN_OFFS:
            return _sign_offs
        case Need.ITEMS | Need.PARTS:
            return _lines
        case Need.TICKED:
            return lambda v: [n for n in (_whole(x, 0, 999) for x in _lines(v)) if n is not None]
        case Need.CALLER_AGREES | Need.OPEN_NAME | Need.SEEN | Need.SOLVED | Need.CONTACTED | Need.PETITION | Need.KEEP:
            return _yes
        case Need.IN_DANGER:
            return _yes
        case Need.TERM_DAYS:
            return lambda v: _whole(v, 1, 60)
        case Need.STAFF:
            return lambda v: _whole(v, 1, 2**62)
        case Need.RATING:
            return lambda v: _whole(v, 1, 5)
        case Need.FILES:
            return lambda v: list(v or [])
        case _:
            return _limited


def read(step: Step[Any], given: Mapping[str, Any], book: Book) -> dict[str, Any]:
    """Return the step's needs from what was given, cleaned; raises `Invalid` naming every wrong field at once."""
    errors: dict[str, Text] = {}
    clean: dict[str, Any] = {}
    for need in (*step.needs, *step.may):
        try:
            value = _reader(need, step.verb, book)(given.get(need.value))
        except ValueError as problem:
            errors[need.value] = problem.args[0]
            continue
        if need in step.needs and (value is None or value == []):
            label = LABELS[need]
            said = _UNCHOSEN if need in _CHOSEN else _REQUIRED
            errors[need.value] = Text(said.zh.format(field=label.zh), said.en.format(field=label.en))
        elif value is not None:
            clean[need.value] = value
    if errors:
        raise Invalid(errors)
    return clean


def read_fields(step: Step[Any], fields: Sequence[Field], given: Mapping[str, Any], book: Book) -> dict[str, Any]:
    """The same for a step whose needs are fields: of what was typed each reads its own, and files are what they are.

    A field is required where the step's row needs it; a row may name one need that several fields together answer.
    """
    errors: dict[str, Text] = {}
    found: dict[str, Any] = {}
    for one in fields:
        try:
            value = one.read(given.get(one.name), book)
        except Wrong as wrong:
            errors[one.name] = wrong.text
            continue
        if value is not None:
            found[one.name] = value
        elif one.required:
            said = _UNCHOSEN if one.options(book) else _REQUIRED
            errors[one.name] = Text(said.zh.format(field=one.label.zh), said.en.format(field=one.label.en))
    if Need.FILES in (*step.needs, *step.may):
        found[Need.FILES.value] = list(given.get(Need.FILES.value) or [])
        if Need.FILES in step.needs and not found[Need.FILES.value]:
            errors[Need.FILES.value] = Text("请附上照片或文件", "please add a photo or file")
    if errors:
        raise Invalid(errors)
    return found
