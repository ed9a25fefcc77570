"""Impact sheets of matters and of other lives (PIPL art. 55, 56): what is kept, for what, how long and who sees it.

Made from what is declared: a life's `Field`s with the steps that ask them, a matter's fields with the kind of personal
data of the rule book each belongs to. That of a register is `rules.register.impact`. A field of a matter that belongs
nowhere stops the program at its start.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wuxiao.rules.book_model import Book
from wuxiao.rules.field import WRITTEN, Field
from wuxiao.rules.flow import Need
from wuxiao.rules.life import Life, Step
from wuxiao.rules.words import Text

#: The name under which the sheet of matters is asked for.
MATTERS = "matter"
Asks = Callable[[Step[Any]], Sequence[Field]]


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that is kept: its words, reasons, days after the end (`None`: as long as the record), and who sees it.

    `steps` are the names of the steps that ask it.
    """

    name: str
    label: Text
    purpose: Text
    basis: Text
    days: int | None
    seen: Text
    written: bool
    steps: tuple[Text, ...] = ()

    def say(self) -> Text:
        """Return it as a line of the sheet."""
        zh = f"；用在：{'、'.join(one.zh for one in self.steps)}" if self.steps else ""
        en = f"; asked by: {', '.join(one.en for one in self.steps)}" if self.steps else ""
        kept = Text("随记录保存", "as long as the record")
        if self.days is not None:
            kept = Text(f"办结后{self.days}天", f"{self.days} days after the end")
        return Text(
            f"- {self.label.zh}（{self.name}）：用途：{self.purpose.zh}；依据：{self.basis.zh}；保存：{kept.zh}；"
            f"可见：{self.seen.zh}{zh}。",
            f"- {self.label.en} ({self.name}): purpose: {self.purpose.en}; basis: {self.basis.en}; kept: {kept.en}; "
            f"seen by: {self.seen.en}{en}.",
        )

    def describe(self) -> dict[str, Any]:
        """Return it as machines read it."""
        texts = {"title": self.label, "purpose": self.purpose, "basis": self.basis, "seen": self.seen}
        return {
            "name": self.name,
            **{name: {"zh": text.zh, "en": text.en} for name, text in texts.items()},
            "days": self.days,
            "written": self.written,
            "steps": [{"zh": one.zh, "en": one.en} for one in self.steps],
        }


def _sheet(
    title: Text, meaning: Text, groups: Sequence[tuple[Text, Sequence[Part]]], more: Sequence[Text]
) -> list[Text]:
    lines = [
        Text(f"# {title.zh}：个人信息保护影响评估", f"# {title.en}: impact sheet"),
        meaning,
        Text(
            "依据《个人信息保护法》第五十五条、第五十六条，由声明的字段生成。",
            "Made from the declared fields (Personal Information Protection Law, art. 55 and 56).",
        ),
    ]
    for heading, parts in groups:
        if parts:
            lines += [Text(f"## {heading.zh}", f"## {heading.en}"), *(one.say() for one in parts)]
    return [*lines, Text("## 风险与措施", "## Risks and measures"), *more]


_CHAIN = Text(
    "写下的文字不进封印，到期或依法可以删除；谁在何时办了什么，逐条留痕。",
    "What people write stands outside the seal and can be erased; who did what and when is kept entry by entry.",
)
_READ = Text(
    "每人每天第一次打开一件，都记进这一件的记录。",
    "The first time a person opens a case on a day is an entry of that case.",
)

# ---------------------------------------------------------------------------------------------------------------- lives

_WRITE = Text("填写的内容", "What people write")
_CHOOSE = Text("选择、日期和数", "Answers, days and numbers")
_SEEN = Text("经办单位、所在地上级和督查人员", "the unit at work on it, those above it, supervision")
_SEEN_TOO = Text(
    "经办单位、所在地上级、督查人员和凭查询码的对方",
    "the unit at work on it, those above it, supervision, and its other side by code",
)


def parts_of_life(life: Life[Any], asks: Asks) -> list[Part]:
    """Return everything the steps of a life may ask, each once, in the order of the table."""
    found: dict[str, tuple[Field, list[Step[Any]]]] = {}
    for step in life.rows:
        for one in asks(step):
            found.setdefault(one.name, (one, []))[1].append(step)
    return [
        Part(
            one.name,
            one.label,
            one.why.purpose,
            one.why.basis,
            # What is chosen stands in the seals and stays; what people write is erased.
            one.why.days if _is_written(one) else None,
            _SEEN_TOO if any(step.seen for step in steps) else _SEEN,
            _is_written(one),
            tuple(step.name for step in steps),
        )
        for one, steps in found.values()
    ]


def _is_written(one: Field) -> bool:
    return one.private or one.kind in WRITTEN


def of_life(life: Life[Any], title: Text, meaning: Text, asks: Asks, days: int) -> list[Text]:
    """Return the impact sheet of a life beside matters, a sentence a line; `days` is how long its words are kept."""
    parts = parts_of_life(life, asks)
    groups = (
        (_WRITE, [one for one in parts if one.written]),
        (_CHOOSE, [one for one in parts if not one.written]),
    )
    more = (
        _CHAIN,
        _READ,
        Text(
            f"办结{days}天后，写下的文字、照片和附件自动删除；编号、日期和结果留下。",
            f"{days} days after the end all words, photos and files are erased by themselves; numbers, days and "
            "outcomes stay.",
        ),
        Text(
            "要向谁隐去的，谁在列表、检索和接口里都看不到，也不知道有这一件。",
            "Whom a case is kept from meets it in no list, search or interface, nor learns that there is one.",
        ),
    )
    return _sheet(title, meaning, groups, more)


# -------------------------------------------------------------------------------------------------------------- matters

_AT_WORK = Text("正在办理的单位、受理和督办人员", "the unit at work on it, the desks and supervision")
_ON_DEMAND = Text(
    "写明用途才能打开，每次都记下，诉求人看得到",
    "opened for a stated purpose only; each look is written down and the requester sees it",
)
_HERS = Text(
    "诉求人凭查询码，正在办理的单位、受理和督办人员",
    "the requester by code, the unit at work, the desks and supervision",
)
_CALLERS = Text("回访和督办人员", "call-back officers and supervision")
#: Codes and numbers of a matter: no words of anybody, they stay with its record.
_RECORD = "record"
_PURPOSE = Text("分派、办理、计时和统计", "to route, handle, time and count the matter")
_BASIS = Text("《个人信息保护法》第十三条第一款第三项；不是写下的文字", "PIPL art. 13(1)(3); no words of anybody")
_T = Text
#: What is kept of a matter: to which kind of the rule book's `retention` it belongs, its words, and who sees it.
FIELDS: Mapping[str, tuple[str, Text, Text]] = {
    "name": ("contact", _T("称呼", "name"), _ON_DEMAND),
    "phone": ("contact", _T("电话", "telephone"), _ON_DEMAND),
    "email": ("contact", _T("电子邮箱", "mail address"), _ON_DEMAND),
    "by_sms": ("contact", _T("愿意收短信", "wants text messages"), _ON_DEMAND),
    "visit_consent": ("contact", _T("同意上门回访", "agrees to a visit"), _ON_DEMAND),
    "reads": ("contact", _T("读哪种外语（自己说的）", "which other language they read, as they said"), _HERS),
    "words": ("words", _T("反映的话和补充", "what was reported and added"), _HERS),
    "details": ("words", _T("核对过的内容", "what was confirmed of it"), _HERS),
    "items": ("words", _T("诉求要点", "items asked for"), _HERS),
    "place": ("words", _T("地点", "place"), _HERS),
    "address_id": ("words", _T("标准地址", "standard address"), _HERS),
    "lat": ("words", _T("纬度", "latitude"), _HERS),
    "lon": ("words", _T("经度", "longitude"), _HERS),
    "extra": ("words", _T("来源系统的其他内容", "what else the other system sent"), _AT_WORK),
    "about": ("words", _T("反映的是谁", "whom it is about"), _T("受理和督办人员", "the desks and supervision")),
    "said_of_danger": ("words", _T("有没有人正有危险", "whether somebody is in danger"), _AT_WORK),
    "reason": ("words", _T("理由", "reason"), _HERS),
    "reply": ("words", _T("告诉诉求人的话", "what the resident is told"), _HERS),
    "channel_words": ("words", _T("合适的渠道", "the right channel"), _HERS),
    "task": ("words", _T("协办任务", "the co-unit's part"), _AT_WORK),
    "parts": ("words", _T("拆分后的事项", "the parts"), _AT_WORK),
    "uploads": ("files", _T("照片和附件", "photos and files"), _HERS),
    "message": ("messages", _T("发出的短信和邮件", "messages sent"), _AT_WORK),
    "rating": ("call_backs", _T("满意程度", "rating"), _CALLERS),
    "solved": ("call_backs", _T("问题是否解决", "was it solved"), _CALLERS),
    "contacted": ("call_backs", _T("是否及时联系", "were you contacted in time"), _CALLERS),
    "purpose": (
        "reads",
        _T("谁为什么看过", "who looked and why"),
        _T("诉求人和审计员", "the requester and the auditor"),
    ),
    **{
        name: (_RECORD, _T(zh, en), _AT_WORK)
        for name, zh, en in (
            ("category", "事项分类", "category"),
            ("kind", "事项种类", "kind"),
            ("handling_class", "办理类别", "handling class"),
            ("division", "所在地", "division"),
            ("channel", "来源渠道", "by which door it came"),
            ("lang", "语言", "language"),
            ("petition", "属于信访事项", "this is a petition"),
            ("shielded", "不让办理的人知道是谁", "who reported it is kept from the handlers"),
            ("external_id", "对方系统的编号", "number in the other system"),
            ("number", "事项编号", "number"),
            ("unit", "单位", "unit"),
            ("body", "反映的是哪一类", "of what kind the body is"),
            ("whom", "不用再瞒着谁", "from whom it need not be kept"),
            ("open_name", "办理的人可以知道是谁", "handlers may know who it is"),
            ("co_units", "协办单位", "co-units"),
            ("ticked", "已答复的要点", "items answered"),
            ("way", "方式", "way"),
            ("sign_offs", "逐级审核", "sign-offs"),
            ("caller_agrees", "诉求人是否同意转交", "does the caller agree"),
            ("term_days", "工作日数", "working days"),
            ("staff", "承办人", "handler"),
            ("matter", "并入事项编号", "matter to join"),
            ("evidence", "办理依据", "evidence"),
            ("decline_reason", "不予受理的理由", "ground to decline"),
            ("seen", "诉求人可见", "shown to the resident"),
            ("for_caller", "怎样核对的来电人", "how the caller was checked"),
            ("keep", "仍由 110 接着办", "110 keeps it"),
            ("in_danger", "读懂的人说有没有危险", "whether there is danger, as who read it says"),
        )
    },
}
#: What steps ask under another name than it is kept by.
_ASKED: Mapping[Need, str] = {Need.FILES: "uploads", Need.CHANNEL: "channel_words"}
_GROUPS = ("contact", "words", "files", "call_backs", "messages", "reads", _RECORD)

if lost := [need.value for need in Need if _ASKED.get(need, need.value) not in FIELDS]:
    raise ValueError(f"a field of a matter needs its purpose, legal basis and retention: {lost}")


def parts_of_matters(book: Book) -> Mapping[str, list[Part]]:
    """Return what is kept of a matter by the kind of the rule book's `retention`, whose reasons they are."""
    found: dict[str, list[Part]] = {code: [] for code in _GROUPS}
    for name, (code, label, seen) in FIELDS.items():
        kind = book.retention.get(code)
        if kind is None:
            found[code].append(Part(name, label, _PURPOSE, _BASIS, None, seen, False))
        else:
            found[code].append(Part(name, label, kind.purpose, kind.basis, kind.days, seen, True))
    return found


def of_matters(book: Book) -> list[Text]:
    """Return the impact sheet of matters: what residents and operators fill, by the kinds of the rule book."""
    names = {code: kind.name for code, kind in book.retention.items()}
    names |= {_RECORD: Text("分类、编号和选项", "Codes, numbers and answers")}
    groups = [(names.get(code, Text(code, code)), parts) for code, parts in parts_of_matters(book).items()]
    more = (
        _CHAIN,
        Text(
            "姓名、电话、邮箱加密另存，密钥不在数据库里；每次查看都写明用途。",
            "Name, telephone and mail lie sealed apart, under a key outside the database; each look states why.",
        ),
        Text(
            "诉求人凭查询码可以查看、下载和删除自己的内容。",
            "The requester sees, takes out and erases what is theirs with the receipt code.",
        ),
        Text(
            "反映某单位的，对那个单位和它下面的单位隐去。",
            "What is about a body is kept from it and from those below it.",
        ),
    )
    title = Text("群众诉求", "Matters of residents")
    meaning = Text(
        "居民反映、操作员登记和办理中填写的内容。", "What residents report, operators register, and steps ask."
    )
    return _sheet(title, meaning, groups, more)
