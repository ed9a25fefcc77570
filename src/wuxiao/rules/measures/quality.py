"""How good a register's data is, as measures: how complete, how often right when looked at, how much used, how old.

Made of the fields of a register, so that a further register has them without a line of its own.
"""

from __future__ import annotations

from functools import partial

from wuxiao.rules.book_model import Book
from wuxiao.rules.field import Field
from wuxiao.rules.measures import Measure
from wuxiao.rules.measures.counted import (
    ALWAYS,
    All,
    AnyOf,
    Condition,
    Count,
    Dimension,
    Instant,
    Source,
    Test,
    Where,
    all_,
    is_,
)
from wuxiao.rules.measures.disclosure import Floor
from wuxiao.rules.register import SPINE, Register, kinds_of, over_before
from wuxiao.rules.words import Text

#: Acts of how many days the rates of accuracy and use look back on.
YEAR = 365
_ROWS, _CELLS, _TIMES = Text("条", "rows"), Text("项", "fields"), Text("次", "times")
_IN_REGISTER = Text("现在在册的", "rows in the register")


def of_register(register: Register, table: str) -> tuple[Measure, ...]:
    """Return the measures of a register whose own columns stand in a table."""
    words, section = register.title, f"registers.{register.name}"
    kinds = (Dimension("kind", Text("种类", "kind"), "row__kind", of=register.name),)
    live = all_(is_("row__register", register.name), is_("row__state", "live"))
    rows = Source(section, words, table, live, kinds, section=section)
    acts = Source(f"{section}.acts", words, "Entry", live, kinds, section=section)
    by = (("kind",),)
    there = Count("there", rows, splits=by)
    done = Count("done", acts, "at", splits=by)
    right = done.that("right", is_("verb", "confirm_row"))
    wrong = done.that("wrong", all_(is_("verb", "change_row"), is_("facts__why", "mistake")))
    used = Count("used", acts, "at", where=is_("verb", "confirm_row", "change_row"), splits=by, each="row_id")

    def named(code: str, name: Text, above: Text, below: Text, k: tuple[Count, ...], n: tuple[Count, ...]) -> Measure:
        return Measure(
            f"{register.name}_{code}",
            Text(f"{words.zh}：{name.zh}", f"{words.en}: {name.en}"),
            above,
            below,
            k=k,
            n=n,
            by=by if code == "dormant" else (),
            floor=Floor.STAFF,
            unit=_CELLS if code == "complete" else _TIMES if code == "accurate" else _ROWS,
            public=False,
        )

    return (
        named(
            "complete",
            Text("完整率", "completeness"),
            Text("已填的项目", "fields that are filled"),
            Text("在册各条按种类该填的项目", "fields that rows in the register are asked for, by their kind"),
            tuple(filled(register, rows, one) for one in names(register)),
            tuple(asked(register, rows, one) for one in names(register)),
        ),
        named(
            "accurate",
            Text("准确率", "accuracy"),
            Text("期内核对无误的次数", "times a row was looked at in the period and found right"),
            Text("那些次数，加上期内因登记有误而改的", "those, and the times one was changed because it was wrong"),
            (right,),
            (right, wrong),
        ),
        named(
            "used",
            Text("利用率", "use"),
            Text("期内核对或者更改过的", "rows looked at or changed in the period"),
            _IN_REGISTER,
            (used,),
            (there,),
        ),
        named(
            "dormant",
            Text("超过核对周期的", "over their cycle"),
            Text("比规则手册定的周期更久没有核对的", "rows not looked at for longer than the cycle of the rule book"),
            _IN_REGISTER,
            (there.that("dormant", _dormant(register)),),
            (there,),
        ),
    )


def names(register: Register) -> tuple[str, ...]:
    """Return the names of all fields of a register, those of the spine first."""
    return (*SPINE, *(one.name for one in register.fields))


def asked(register: Register, rows: Source, name: str) -> Count:
    """Return how many rows are asked for a field."""
    own: Field | None = next((one for one in register.fields if one.name == name), None)
    return Count(f"asked_{name}", rows, where=_of_kinds(register, own, ALWAYS), splits=(("kind",),))


def filled(register: Register, rows: Source, name: str) -> Count:
    """Return in how many of the rows asked for a field it is filled."""
    own = next((one for one in register.fields if one.name == name), None)
    column = name if own is not None else "row__lat" if name == "point" else f"row__{name}"
    return Count(f"has_{name}", rows, where=_of_kinds(register, own, Test(column, "filled")), splits=(("kind",),))


def _of_kinds(register: Register, own: Field | None, also: Condition) -> Where:
    if own is None or not own.only:
        return also
    only = own.only

    def where(book: Book) -> Condition:
        known = kinds_of(book, register.name)
        kinds = [code for code, kind in known.items() if kind.like in only]
        # Of a kind the book does not name any more the declaration is asked by its own name.
        kinds += [code for code in sorted(only) if code not in known]
        return All((is_("row__kind", *kinds), also)) if kinds else AnyOf(())

    return where


def _dormant(register: Register) -> Where:
    def where(book: Book) -> Condition:
        cycles: dict[Instant, list[str]] = {}
        for code, kind in kinds_of(book, register.name).items():
            since = Instant(back=kind.cycle_days) if kind.terms is None else Instant(of=partial(over_before, kind))
            cycles.setdefault(since, []).append(code)
        return AnyOf(
            tuple(
                all_(is_("row__kind", *codes), Test("row__checked_at", "before", since))
                for since, codes in cycles.items()
            )
        )

    return where
