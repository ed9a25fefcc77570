"""What a register is: rows with an owner, a validity, a date of freshness and a history; its fields know their purpose.

The shape is declared by a subject (`Register`); the kinds of rows, who answers for each and how often it is looked at
are the town's and stand in its rule book (`[registers.<name>.<kind>]`). A town whose book has no such section has no
such register.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from wuxiao.rules import terms
from wuxiao.rules.book_model import Book, RowKind
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.field import AUDIENCES, Field, Kind, Why
from wuxiao.rules.papers import KINDS, Content
from wuxiao.rules.words import Text


class RowState(StrEnum):
    """Whether a row still holds."""

    LIVE = "live"
    ENDED = "ended"


STATES: Mapping[RowState, Text] = {
    RowState.LIVE: Text("在册", "in the register"),
    RowState.ENDED: Text("已销册", "ended"),
}
#: Days that terms can put something off, and more.
_FAR = 800
#: What every row has, whatever the register: drawn and read like the fields of its own.
SPINE = ("kind", "title", "unit", "division", "address", "point", "valid_from")


@dataclass(frozen=True, slots=True)
class RowPaper:
    """A paper that rows may be given: a form to sign, a notice, a list to fill in (`rules.papers.KINDS`, no number).

    `say` makes what stands in it from the values of a row, by the names of its fields. `only` names the kinds it is
    for; `field` the day that is put into the register when the signed one comes back, and never before.
    """

    kind: str
    say: Callable[[Mapping[str, Any]], Content]
    only: frozenset[str] = frozenset()
    field: str = ""

    def __post_init__(self) -> None:
        """Refuse a kind of papers that there is not, or that is counted: a row's paper decides nothing."""
        if self.kind not in KINDS or KINDS[self.kind].word:
            raise ValueError(f"the paper “{self.kind}” of a row must be a kind without a number")


@dataclass(frozen=True, slots=True)
class Register:
    """One register: its words, and its fields in the order in which they are asked.

    `prefix` begins the codes it gives. `rights` are sentences shown with the rows of a kind: duties, a notice. `papers`
    are what may be printed for a row.
    """

    name: str
    title: Text
    one: Text
    meaning: Text
    prefix: str
    icon: str
    spine: Why
    fields: tuple[Field, ...]
    rights: Mapping[str, tuple[Text, ...]]
    papers: tuple[RowPaper, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a register whose fields meet in a name, or take one of the spine."""
        names = [one.name for one in self.fields]
        taken = {*SPINE, "code", "checked_on", "valid_to", "state", "version", "id", "register"}
        if len(set(names)) != len(names) or taken & set(names):
            raise ValueError(f"{self.name}: a name of a field stands twice")
        if not self.name.isidentifier() or len(self.name) > 20 or not self.prefix.isalpha():
            raise ValueError(f"{self.name!r}: no name for a register")
        days = {one.name for one in self.fields if one.kind is Kind.DATE}
        if bad := [one.kind for one in self.papers if one.field and one.field not in days]:
            raise ValueError(f"{self.name}: the paper “{bad[0]}” fills no day of the register")

    def own(self, kind: str) -> tuple[Field, ...]:
        """Return the register's own fields that rows of a kind are asked for."""
        return tuple(one for one in self.fields if not one.only or kind in one.only)

    def papers_of(self, kind: str) -> tuple[RowPaper, ...]:
        """Return the papers that rows of a declared kind may be given."""
        return tuple(one for one in self.papers if not one.only or kind in one.only)

    def all_fields(self, book: Book) -> tuple[Field, ...]:
        """Return the fields of the spine, with the answers of this book, and those of the register's own."""
        return (*spine(self, book), *self.fields)


def spine(register: Register, book: Book) -> tuple[Field, ...]:
    """Return what every row has, as fields: the reasons are the register's."""
    why = register.spine
    kinds = {code: one.name for code, one in kinds_of(book, register.name).items()}
    return (
        Field("kind", Kind.CHOICE, Text("种类", "kind"), why, required=True, choices=kinds or {"": Text("无", "none")}),
        Field("title", Kind.TEXT, Text("名称", "name"), why, required=True, most=120),
        Field("unit", Kind.UNIT, Text("登记单位", "unit that keeps it"), why, required=True),
        Field("division", Kind.PLACE, Text("所在地", "division"), why, required=True),
        Field("address", Kind.TEXT, Text("地址", "address"), why, required=True, most=200),
        Field(
            "point",
            Kind.POINT,
            Text("坐标", "position"),
            why,
            hint=Text(
                "纬度,经度（WGS-84）；从高德、腾讯抄的在后面写 gcj02，从百度抄的写 bd09；可以不填",
                "latitude,longitude (WGS-84); write gcj02 behind it if it is from AMap or Tencent, bd09 if from Baidu; "
                "may stay empty",
            ),
        ),
        Field("valid_from", Kind.DATE, Text("登记自", "in the register since"), why, required=True),
    )


def kinds_of(book: Book, name: str) -> Mapping[str, RowKind]:
    """Return the kinds of rows a town keeps in a register; none: the town has no such register."""
    return book.registers.get(name, {})


def due_at(kind: RowKind | None, checked_at: datetime) -> datetime | None:
    """Return when a row of a kind is to be looked at again; `None` for a kind the book does not name any more.

    A kind that goes by terms is due until the end of a day, moved by them; the later looked at, the later it is due.
    """
    if kind is None:
        return None
    due = checked_at + timedelta(days=kind.cycle_days)
    if kind.terms is None:
        return due
    found = _moved(kind, checked_at)
    return _end_of(due.astimezone(SHANGHAI).date() if found is None else found.day)


def why_due(kind: RowKind | None, checked_at: datetime) -> Text | None:
    """Say why a row is due on another day than its cycle says; `None` where it is not."""
    found = _moved(kind, checked_at) if kind is not None else None
    return found.say(kind.terms) if found is not None and kind is not None and kind.terms is not None else None


def over_before(kind: RowKind, at: datetime) -> datetime:
    """Return the instant before which a row of a kind was last looked at if it is over its time at an instant.

    What `due_at` says of one row, for lists and counts of many.
    """
    if kind.terms is None:
        return at - timedelta(days=kind.cycle_days)
    # Days behind which nothing is moved to: half a year beyond the cycle no break reaches.
    high = at.astimezone(SHANGHAI).date() + timedelta(days=1)
    low = high - timedelta(days=kind.cycle_days + _FAR)
    while low < high:
        middle = low + (high - low) // 2
        due = due_at(kind, datetime.combine(middle, time(), SHANGHAI))
        low, high = (middle + timedelta(days=1), high) if due is not None and due < at else (low, middle)
    return datetime.combine(low, time(), SHANGHAI)


def _moved(kind: RowKind, checked_at: datetime) -> terms.Moved | None:
    if kind.terms is None:
        return None
    checked = checked_at.astimezone(SHANGHAI).date()
    return terms.moved(kind.terms, checked, checked + timedelta(days=kind.cycle_days))


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59), SHANGHAI)


def impact(register: Register, book: Book) -> list[Text]:
    """Return the impact sheet of a register (PIPL art. 55 and 56), a sentence a line; headings begin with `#`."""
    fields = register.all_fields(book)
    private = [one for one in fields if one.private]
    days = sorted({one.why.days for one in fields})
    none = Text(
        "本册没有个人信息字段：只记场所、机构和设施。",
        "No field of this register is personal data: it holds places, bodies and equipment only.",
    )
    some = Text(
        f"个人信息字段{len(private)}个：{'、'.join(one.label.zh for one in private)}；"
        "不进列表、检索和导出，每次查看都记入日志。",
        f"Fields with personal data, {len(private)} in all: {', '.join(one.label.en for one in private)}; they "
        "stand in no list, search or export, and each reading is written down.",
    )
    lines = [
        Text(f"# {register.title.zh}：个人信息保护影响评估", f"# {register.title.en}: impact sheet"),
        register.meaning,
        some if private else none,
        Text(
            "依据《个人信息保护法》第五十五条、第五十六条，由字段声明生成。",
            "Made from the declared fields (Personal Information Protection Law, art. 55 and 56).",
        ),
        Text("## 字段", "## Fields"),
    ]
    lines += [_of_field(one) for one in fields]
    lines += [
        Text("## 风险与措施", "## Risks and measures"),
        Text(
            "写下的文字不进封印，到期或依法可以删除；谁在何时改了什么，逐条留痕。",
            "What people write stands outside the seal and can be erased; who changed what and when is kept entry by "
            "entry.",
        ),
        _emptied(days[0], days[-1]),
    ]
    return lines


def _emptied(first: int, last: int) -> Text:
    if first == last:
        return Text(
            f"销册满{first}天自动清空。", f"Fields are emptied by themselves {first} days after the row has ended."
        )
    return Text(
        f"期满自动清空：销册后最短{first}天，最长{last}天。",
        f"Fields are emptied by themselves, at the earliest {first} and at the latest {last} days after the row has "
        "ended.",
    )


def _of_field(one: Field) -> Text:
    seen = AUDIENCES[one.why.seen]
    personal = Text("；属个人信息", "; personal data") if one.private else Text("", "")
    return Text(
        f"- {one.label.zh}（{one.name}）：用途：{one.why.purpose.zh}；依据：{one.why.basis.zh}；"
        f"保存：销册后{one.why.days}天；可见：{seen.zh}{personal.zh}。",
        f"- {one.label.en} ({one.name}): purpose: {one.why.purpose.en}; basis: {one.why.basis.en}; kept: "
        f"{one.why.days} days after the end; seen by: {seen.en}{personal.en}.",
    )
