"""Replaying the diary: what the entries sealed of a matter and of the rows beside it, compared with what stands there.

Each entry seals what its act changed (`records.replayed`), so the newest sealed value of every column is the one the
row must hold. What was never sealed (rows of a town made before that was kept) is counted and left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from wuxiao.desk.diary import diary
from wuxiao.records.models import Case, Entry
from wuxiao.records.replayed import GONE, Replayed, columns, plain, row_key
from wuxiao.records.sealed import Sealed as SealedColumn
from wuxiao.records.sealed import SealError
from wuxiao.rules.words import Text

#: Rows of one matter: table → row → column → value.
Rows = dict[str, dict[str, dict[str, Any]]]

TABLE_NAMES: Mapping[str, Text] = {
    "matter": Text("事项", "the matter"),
    "orders": Text("派单", "a work order"),
    "sign_offs": Text("审核签字", "a sign-off"),
    "call_backs": Text("回访", "a call-back"),
    "contact": Text("联系方式", "the contact"),
    "files": Text("附件", "a file"),
    "bookings": Text("预约", "a booking"),
    "taken_over": Text("包案", "who follows it"),
    "papers": Text("文书", "a paper"),
    "paper_files": Text("文书的文件", "a file of a paper"),
}
COLUMN_NAMES: Mapping[str, Text] = {
    "code": Text("查询码", "code"),
    "number": Text("编号", "number"),
    "title": Text("标题", "title"),
    "place": Text("地点", "place"),
    "ladder": Text("催办到了哪一级", "rung of the ladder"),
    "kind": Text("种类", "kind"),
    "category": Text("分类", "category"),
    "handling_class": Text("办理类别", "handling class"),
    "state": Text("状态", "state"),
    "outcome": Text("办理结果", "outcome"),
    "holder": Text("现在由谁办", "holder"),
    "holder_since": Text("从何时起由谁办", "held since"),
    "handler_id": Text("承办人", "handler"),
    "about": Text("反映的是谁", "whom it is about"),
    "hidden_own": Text("本事项对哪些单位隐去", "units it hides itself from"),
    "hidden_units": Text("对哪些单位隐去", "units it is hidden from"),
    "shielded": Text("身份保密", "shielded"),
    "received_at": Text("收到时间", "received"),
    "due_at": Text("答复期限", "due"),
    "step_due_at": Text("本步期限", "step due"),
    "accepted_at": Text("受理时间", "accepted"),
    "answered_at": Text("答复时间", "answered"),
    "closed_at": Text("办结时间", "closed"),
    "contacted": Text("是否联系过", "contacted"),
    "solved": Text("是否解决", "solved"),
    "satisfied": Text("满意度", "rating"),
    "rated_by": Text("评价来自", "rated by"),
    "rated_at": Text("评价时间", "rated at"),
    "merged_into_id": Text("并入的事项", "merged into"),
    "apart_asked_at": Text("何时说不是同一件事", "said to be another thing at"),
    "unit": Text("单位", "unit"),
    "role": Text("主办或协办", "role"),
    "reason": Text("理由", "reason"),
    "task": Text("协办任务", "task"),
    "agreed": Text("是否同意", "agreed"),
    "level": Text("审核层级", "level"),
    "staff_id": Text("签字人", "who signed"),
    "at": Text("时间", "time"),
    "fault": Text("退回的差错", "fault"),
    "name": Text("称呼", "name"),
    "phone": Text("电话", "phone"),
    "email": Text("邮箱", "mail address"),
    "sha256": Text("文件摘要", "digest of the file"),
    "erased_at": Text("删除时间", "erased"),
}


def sealed_rows(entries: Sequence[Entry]) -> Rows:
    """Return what the entries of one matter, in their order, say its rows hold now."""
    found: Rows = {}
    for entry in entries:
        for table, rows in (entry.stand or {}).items():
            if not isinstance(rows, dict):
                continue
            for row, values in rows.items():
                found.setdefault(table, {}).setdefault(row, {}).update(values)
    return found


def present(ids: Sequence[int]) -> dict[int, Rows]:
    """Return the sealed columns of the rows that stand there, of many matters (one query a table)."""
    found: dict[int, Rows] = {pk: {} for pk in ids}
    codes: dict[int, str] = dict(Case.objects.filter(pk__in=ids).values_list("pk", "code"))
    for table, model in diary.TABLES.items():
        names = columns(model)
        of = "pk" if model is Case else "matter_id"
        salt = "salt" if model is Case or table == "contact" else "pk"
        rows = model.objects.filter(**{f"{of}__in": ids})
        for pk, matter, salted, *values in _opened(rows, ("pk", of, salt, *names)):
            held = {name: plain(value) for name, value in zip(names, values, strict=True)}
            own = salted if model is Case else ""
            held = diary.hashed(model, held, salted if table == "contact" else codes[matter], own)
            found[matter].setdefault(table, {})[row_key(model, pk)] = held
    return found


def _opened(rows: QuerySet[Any, Any], names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """Yield the values of rows; what does not open (its key is gone, or it was changed by hand) is a question mark."""
    try:
        yield from list(rows.values_list(*names))
        return
    except SealError:
        pass
    shut = {str(f.name) for f in rows.model._meta.concrete_fields if isinstance(f, SealedColumn)}
    open_ones = [name for name in names if name not in shut]
    for pk, *values in list(rows.values_list("pk", *open_ones)):
        found = dict(zip(open_ones, values, strict=True))
        for name in shut.intersection(names):
            try:
                found[name] = rows.filter(pk=pk).values_list(name, flat=True)[0]
            except SealError:
                found[name] = "?"
        yield tuple(found[name] for name in names)


def covered(entries: Sequence[Entry]) -> bool:
    """Whether the diary knows a matter from its first entry on."""
    return bool(entries) and entries[0].stand is not None and "matter" in entries[0].stand


def _shown(value: Any) -> str:
    return "—" if value is None or value == "" else str(value)[:80]


def _named(table: str, row: str) -> Text:
    name = TABLE_NAMES.get(table, Text(table, table))
    return name if table in {"matter", "contact"} else Text(f"{name.zh}（{row}号）", f"{name.en} (no. {row})")


def differences(entries: Sequence[Entry], now: Rows) -> Iterator[tuple[int, str, Text]]:
    """Yield where the rows are not what the diary says: the turn that sealed it last, the column, and a sentence."""
    told = sealed_rows(entries)
    whole = covered(entries)
    for table, model in diary.TABLES.items():
        here, there = now.get(table, {}), told.get(table, {})
        for row, values in there.items():
            if row not in here:
                if not values.get(GONE):
                    what = _named(table, row)
                    yield (
                        _turn(entries, table, row),
                        table,
                        Text(f"{what.zh}被删掉了，日志里没有记", f"{what.en} was taken away and no entry says so"),
                    )
                continue
            yield from _columns(entries, model, row, values, here[row])
        for row in here.keys() - there.keys() if whole else ():
            what = _named(table, row)
            yield (
                0,
                table,
                Text(f"{what.zh}是添上去的，日志里没有记", f"{what.en} was added and no entry says so"),
            )


def _columns(
    entries: Sequence[Entry], model: type[Replayed], row: str, values: dict[str, Any], here: dict[str, Any]
) -> Iterator[tuple[int, str, Text]]:
    table = model.SEALED
    for column, value in values.items():
        if column not in here or here[column] == value:
            continue
        name = COLUMN_NAMES.get(column, Text(column, column))
        what = _named(table, row)
        zh, en = f"{what.zh}的“{name.zh}”（{column}）被改动", f"“{name.en}” ({column}) of {what.en} was changed"
        if column not in model.HASHED | model.SALTED:
            zh += f"：日志记的是{_shown(value)}，现在是{_shown(here[column])}"
            en += f": the diary says {_shown(value)}, now it is {_shown(here[column])}"
        yield _turn(entries, table, row, column), f"{table}.{column}", Text(zh, en)


def _turn(entries: Sequence[Entry], table: str, row: str, column: str | None = None) -> int:
    for entry in reversed(entries):
        values = (entry.stand or {}).get(table, {}).get(row, {})
        if column in values if column is not None else values:
            return entry.turn
    return 0
