"""What is done to a row of a register: put in, changed, confirmed as fresh, ended, taken up again, retired.

Each verb is one sealed entry in the row's own chain. A row is changed only as the person saw it (`version`); who may
write it is its unit and the trade department of its kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Model

from wuxiao.desk.base import bulk
from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import Invalid, Refused, Stale
from wuxiao.desk.base.put import change as write_changed
from wuxiao.desk.base.put import put
from wuxiao.desk.register import chain, placed
from wuxiao.desk.register.shelf import Shelf, empty, find, may_keep, may_keep_of, of, set_values, values_of
from wuxiao.desk.town import addresses, books
from wuxiao.records.models import Entry, Row, Words
from wuxiao.rules.book_model import Book
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.field import Field, Wrong
from wuxiao.rules.register import RowState
from wuxiao.rules.words import Text
from wuxiao.typed import dates
from wuxiao.typed.trouble import Trouble

#: Why a row is changed: the world did, or the register was wrong (what the rate of accuracy counts).
CHANGES: Mapping[str, Text] = {
    "changed": Text("情况有变化", "things have changed"),
    "mistake": Text("原来登记有误", "it was wrong here"),
}
ENDINGS: Mapping[str, Text] = {
    "closed": Text("停业或拆除", "closed or pulled down"),
    "moved": Text("迁出本地", "moved away"),
    "doubled": Text("重复登记", "entered twice"),
    "never_was": Text("登记错误", "entered by mistake"),
}


def today(at: datetime) -> date:
    """Return the day of an instant in the town."""
    return at.astimezone(SHANGHAI).date()


@dataclass(frozen=True, slots=True)
class New:
    """A row that was read and is ready to be put in: its values by the names of the fields its kind is asked for."""

    code: str
    values: Mapping[str, Any]
    fields: Sequence[Field]
    checked_at: datetime


def read(shelf: Shelf, given: Mapping[str, Any], book: Book, *, now: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that what was typed sets, over those that stand `now`; `Invalid` names every wrong field.

    What is not in `given` stays; what rows of the kind are not asked for is emptied.
    """
    errors: dict[str, Text] = {}
    found: dict[str, Any] = {}
    kinds = shelf.kinds(book)
    kind = str(now.get("kind") or "")
    for one in (f for f in shelf.register.all_fields(book) if f.name == "kind"):
        try:
            kind = (one.read(given["kind"], book) if "kind" in given else kind) or ""
        except Wrong as wrong:
            errors["kind"] = wrong.text
    if not kind and "kind" not in errors:
        errors["kind"] = Text("请选择种类", "kind: please choose one")
    asked = shelf.asked(book, kind) if kind in kinds else shelf.register.all_fields(book)
    names = {one.name for one in asked}
    for one in asked:
        if one.name in errors:
            continue
        try:
            value = one.read(given[one.name], book) if one.name in given else now.get(one.name)
        except Wrong as wrong:
            errors[one.name] = Text(f"{one.label.zh}：{wrong.text.zh}", f"{one.label.en}: {wrong.text.en}")
            continue
        if one.required and value is None:
            errors[one.name] = Text(f"请填写{one.label.zh}", f"{one.label.en}: please fill this in")
        elif value != now.get(one.name):
            found[one.name] = value
    if errors:
        raise Invalid(errors)
    gone = [one.name for one in shelf.register.fields if one.name not in names and now.get(one.name) is not None]
    return found | dict.fromkeys(gone)


def _placed(shelf: Shelf, values: dict[str, Any], now: Mapping[str, Any], book: Book) -> dict[str, Any]:
    """Return the values with the position that the address book has for their address, where nobody gave another.

    A position that came from the address before goes with it when the address changes.
    """
    wanted = {**now, **values}
    kind = str(wanted.get("kind") or "")
    if not any(one.name == "point" for one in shelf.asked(book, kind)) or values.get("point") is not None:
        return values
    if now and not {"address", "division", "point"} & set(values):
        return values
    stood = now.get("point")
    if "point" not in values and stood is not None:
        was = addresses.door_at(str(now.get("address") or ""), str(now.get("division") or ""), book)
        if was is None or _rounded(was) != stood:
            return values
    spot = addresses.door_at(str(wanted.get("address") or ""), str(wanted.get("division") or ""), book)
    placed = _rounded(spot) if spot is not None else None
    return values if placed == wanted.get("point") else values | {"point": placed}


def _rounded(spot: tuple[float, float]) -> tuple[float, float]:
    return round(spot[0], 6), round(spot[1], 6)


def _must_keep(by: Actor) -> None:
    if not may_keep(by):
        raise Refused(Text("您的岗位不维护登记册。", "Your post does not keep registers."), "keep")


def _must_keep_of(by: Actor, shelf: Shelf, unit: str, kind: str, book: Book) -> None:
    if not may_keep_of(by, unit, shelf.kinds(book).get(kind)):
        raise Refused(
            Text(
                "这一行由登记单位或行业主管部门维护，您可以查看，不能改。",
                "This row is kept by its unit or by the trade department: you may read it, not change it.",
            ),
            "keep",
        )


HANDED = Text(
    "不能转给您不能登记的单位：请行业主管部门来改，或者由那个单位自己登记",
    "it is handed on only to a unit for which you may enter rows: ask the trade department to change it, or that unit "
    "to enter it",
)


def may_hand_on(by: Actor, shelf: Shelf, row: Row, values: Mapping[str, Any], book: Book) -> bool:
    """Whether a row may become what the changed `values` make it: by whoever could put such a row in.

    So no unit is given a row that it did not take: whoever sits in it too hands one on, or answers for the kind.
    """
    unit, kind = values.get("unit", row.unit), values.get("kind", row.kind)
    return (unit, kind) == (row.unit, row.kind) or may_keep_of(by, unit, shelf.kinds(book).get(kind))


@contextmanager
def once_only(code: str) -> Iterator[None]:
    """Say in words that what was put in is there already."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "row_same" not in str(error) and "title" not in str(error) and "code" not in str(error):
            raise
        raise Refused(
            Text(
                f"同一种类、名称和地址的一行已经在册，或编号{code}已有人用：请先查一查。",
                f"A row of this kind, name and address is in the register already, or the code {code} is taken: "
                "please look it up first.",
            ),
            "twice",
        ) from None


def put_in(name: str, given: Mapping[str, Any], *, by: Actor, at: datetime) -> Row:
    """Put a new row into a register; it counts as looked at now. The code is given by the register."""
    _must_keep(by)
    book = books.current(at).book
    shelf = of(name, book)
    values = read(shelf, {"valid_from": today(at).isoformat()} | {k: v for k, v in given.items() if v}, book, now={})
    if not may_keep_of(by, values["unit"], shelf.kinds(book).get(values["kind"])):
        wrong = Text(
            "登记单位：请选您自己的单位；别的单位的，由那个单位或行业主管部门登记",
            "unit that keeps it: please choose your own; rows of another are entered by it or by the trade department",
        )
        raise Invalid({"unit": wrong})
    placed.check(given, values, {}, book)
    values = _placed(shelf, values, {}, book)
    with once_only(""):
        (row,) = make(shelf, [New("", values, shelf.asked(book, values["kind"]), at)], by=by, at=at)
    return row


def make(shelf: Shelf, new: Sequence[New], *, by: Actor, at: datetime, how: str = "") -> list[Row]:
    """Insert rows with their first entries, many at once, inside the caller's transaction; rights were asked before."""
    rows: list[Row] = []
    parts: list[Model] = []
    entries = []
    words: list[Words] = []
    for pk, one in zip(bulk.new_ids(Row, len(new)), new, strict=True):
        row = Row(
            id=pk,
            register=shelf.name,
            code=one.code or f"{shelf.register.prefix}{pk:06d}",
            checked_at=one.checked_at,
        )
        part = shelf.part(row_id=pk, **{f.name: empty(f) for f in shelf.register.fields})
        values = {k: v for k, v in one.values.items() if v is not None}
        set_values(shelf, row, part, values)
        row.folded = chain.folded(row)
        facts = {"how": how} if how else {}
        sealed, own = chain.entry(
            row, "put_in", by=by, at=at, facts=facts, fields=one.fields, values=values, stood=chain.fixed(row)
        )
        rows.append(row)
        parts.append(part)
        entries.append(sealed)
        words += own
    bulk.insert(Row, rows)
    bulk.insert(shelf.part, parts)
    for start in range(0, len(entries), 100):
        put(entries[start : start + 100])
    for start in range(0, len(words), 100):
        put(words[start : start + 100])
    return rows


def _write(
    shelf: Shelf,
    row: Row,
    part: Model,
    verb: str,
    *,
    by: Actor,
    at: datetime,
    facts: Mapping[str, Any],
    values: Mapping[str, Any] | None = None,
    stood: Sequence[str] = (),
    fields: Sequence[Field] = (),
) -> None:
    """Write one act on a row with its entry, as long as the row is what it was when it was read."""
    was = row.version
    of_row, of_part = set_values(shelf, row, part, values or {})
    row.version += 1
    row.folded = chain.folded(row)
    sealed, words = chain.entry(
        row, verb, by=by, at=at, facts=facts, fields=fields, values=values, stood=chain.fixed(row, stood)
    )
    names = [*of_row, *stood, "version", "folded", "retire_on", "turn", "head"]
    if not write_changed(row, names, unless="version", was=was):
        raise Stale(was, was + 1)
    if of_part:
        write_changed(part, of_part, unless="row_id", was=row.pk)
    put([sealed])
    put(words)


def _as_seen(row: Row, version: int) -> None:
    if row.version != version:
        raise Stale(version, row.version)


def _must_live(row: Row) -> None:
    if row.state != RowState.LIVE:
        raise Refused(Text("这一行已经销册。", "This row has ended."), "ended")


def _in_hand(shelf: Shelf, code: str, by: Actor, version: int, book: Book) -> tuple[Row, Model]:
    """Return a row, locked, that the actor keeps and saw as it stands, with its part."""
    row, part = find(shelf, code, lock=True)
    _must_keep_of(by, shelf, row.unit, row.kind, book)
    _as_seen(row, version)
    return row, part


def change(name: str, code: str, given: Mapping[str, Any], *, why: str, by: Actor, at: datetime, version: int) -> Row:
    """Change a row as the person saw it; it counts as looked at now. Nothing changed is nothing written."""
    _must_keep(by)
    book = books.current(at).book
    shelf = of(name, book)
    with once_only(code):
        row, part = _in_hand(shelf, code, by, version, book)
        _must_live(row)
        if why not in CHANGES:
            raise Invalid({"why": Text("请说明为什么改", "please say why it is changed")})
        now = values_of(shelf, row, part)
        values = read(shelf, given, book, now=now)
        placed.check(given, values, now, book)
        values = _placed(shelf, values, now, book)
        if not may_hand_on(by, shelf, row, values, book):
            raise Invalid({"unit": HANDED})
        if values:
            apply(shelf, row, part, values, by=by, at=at, facts={"why": why}, book=book)
    return row


def apply(
    shelf: Shelf,
    row: Row,
    part: Model,
    values: Mapping[str, Any],
    *,
    by: Actor,
    at: datetime,
    facts: Mapping[str, Any],
    book: Book,
    checked_at: datetime | None = None,
) -> None:
    """Write values that were read before over a locked row, inside the caller's transaction."""
    row.checked_at = checked_at or at
    fields = shelf.register.all_fields(book)
    said = dict(facts)
    if gone := _taken_back([one for one in fields if one.private and one.name in values], row, at):
        said["erased"] = gone
    _write(
        shelf, row, part, "change_row", by=by, at=at, facts=said, values=values, stood=("checked_at",), fields=fields
    )


def _taken_back(private: Sequence[Field], row: Row, at: datetime) -> list[str]:
    """Erase what was kept before of personal data that is now another or none; returns of which fields there was any.

    Whoever takes a consent back, or is followed by somebody else, does not stay readable in the history (PIPL art. 47).
    """
    names = [one.name for one in private]
    stood = Words.objects.filter(row_id=row.pk, field__in=names, erased_at__isnull=True).exclude(text="")
    gone = sorted(set(stood.values_list("field", flat=True)))
    stood.update(text="", salt="", erased_at=at)
    return gone


def confirm(name: str, code: str, *, by: Actor, at: datetime, version: int) -> Row:
    """Say that a row was looked at and is right; it is fresh from now on."""
    return _act(name, code, "confirm_row", by=by, at=at, version=version)


def end(name: str, code: str, *, day: str, why: str, by: Actor, at: datetime, version: int) -> Row:
    """End a row on a day, with a reason; its fields are emptied when they have been kept long enough."""
    last = dates.read(day, latest=today(at))
    errors: dict[str, Text] = {}
    if isinstance(last, Trouble):
        errors["day"] = Text(last.zh, last.en)
    elif last is None:
        errors["day"] = Text("请填写哪一天销册", "please say on which day it ended")
    if why not in ENDINGS:
        errors["why"] = Text("请选择为什么销册", "please choose why it ended")
    if errors:
        raise Invalid(errors)
    assert isinstance(last, date)
    return _act(name, code, "end_row", by=by, at=at, version=version, why=why, last=last)


def revive(name: str, code: str, *, by: Actor, at: datetime, version: int) -> Row:
    """Take a row up again that was ended by mistake, as long as nothing of it was emptied."""
    return _act(name, code, "revive_row", by=by, at=at, version=version)


def _act(
    name: str,
    code: str,
    verb: str,
    *,
    by: Actor,
    at: datetime,
    version: int,
    why: str = "",
    last: date | None = None,
) -> Row:
    _must_keep(by)
    book = books.current(at).book
    shelf = of(name, book)
    with once_only(code):
        row, part = _in_hand(shelf, code, by, version, book)
        if verb != "revive_row":
            _must_live(row)
        stood: tuple[str, ...] = ("checked_at",)
        if verb == "end_row":
            assert last is not None
            if last < row.valid_from:
                raise Invalid(
                    {"day": Text(f"不能早于登记日{row.valid_from}", f"not before it was entered, {row.valid_from}")}
                )
            row.state, row.valid_to = RowState.ENDED.value, last
            row.retire_on = last + timedelta(days=min(one.why.days for one in shelf.register.all_fields(book)))
            stood = ("state", "valid_to")
        elif verb == "revive_row":
            if row.state != RowState.ENDED or not row.title:
                raise Refused(Text("这一行没有销册，或已过保存期。", "It has not ended, or its time is over."), "live")
            row.state, row.valid_to, row.retire_on, row.checked_at = RowState.LIVE.value, None, None, at
            stood = ("state", "valid_to", "checked_at")
        else:
            row.checked_at = at
        _write(shelf, row, part, verb, by=by, at=at, facts={"why": why} if why else {}, stood=stood)
    return row


def note_read(shelf: Shelf, row: Row, names: Sequence[str], *, by: Actor, at: datetime) -> None:
    """Write down that personal data of a row was read: once a person, row and day, as with matters."""
    midnight = datetime.combine(today(at), time(), SHANGHAI)
    with transaction.atomic():
        fresh, _part = find(shelf, row.code, lock=True)
        read_today = Entry.objects.filter(row_id=row.pk, verb="read", actor=by.kind, at__gte=midnight)
        # A machine is known by the name of its key, a person by their account.
        who = {} if by.staff_id is not None else {"who": by.name}
        if by.staff_id is not None:
            read_today = read_today.filter(staff_id=by.staff_id)
        elif by.name:
            read_today = read_today.filter(facts__who=by.name)
        if any(set(names) <= set(facts.get("fields", ())) for facts in read_today.values_list("facts", flat=True)):
            return
        was = fresh.turn
        sealed, _words = chain.entry(fresh, "read", by=by, at=at, facts={"fields": sorted(names), **who})
        if not write_changed(fresh, ["turn", "head"], unless="turn", was=was):
            raise Stale(row.version, row.version)
        put([sealed])
    row.turn, row.head = fresh.turn, fresh.head


def retire(shelf: Shelf, *, by: Actor, at: datetime, limit: int = 200) -> int:
    """Empty the fields of ended rows that were kept for their time; returns how many rows were looked at."""
    book, day = books.current(at).book, today(at)
    due = Row.objects.filter(register=shelf.name, retire_on__lte=day).order_by("retire_on", "id")
    done = 0
    for code in list(due.values_list("code", flat=True)[:limit]):
        with transaction.atomic():
            row, part = find(shelf, code, lock=True)
            if row.valid_to is None or row.retire_on is None:
                continue
            held = values_of(shelf, row, part)
            # Its kind, unit and division stay: a row without them could not be counted.
            fields = [f for f in shelf.register.all_fields(book) if f.name not in {"kind", "unit", "division"}]
            over = [f for f in fields if row.valid_to + timedelta(days=f.why.days) <= day and f.name != "valid_from"]
            later = [row.valid_to + timedelta(days=f.why.days) for f in fields if f not in over]
            row.retire_on = min((one for one in later if one > day), default=None)
            gone = {f.name: None for f in over if held.get(f.name) is not None}
            names = [f.name for f in over if f.written]
            Words.objects.filter(row_id=row.pk, field__in=names, erased_at__isnull=True).update(
                text="", salt="", erased_at=at
            )
            if row.retire_on is None:
                # With the last of its fields goes whatever else was written of it: further languages, strangers' words.
                Words.objects.filter(row_id=row.pk, erased_at__isnull=True).update(text="", salt="", erased_at=at)
            facts = {"kind": "words", "fields": sorted(gone)}
            blank = {name: None for name in gone if name not in names}
            set_values(shelf, row, part, dict.fromkeys(n for n in gone if n in names))
            _emptied(shelf, row, part, names)
            _write(shelf, row, part, "retire", by=by, at=at, facts=facts, values=blank, fields=fields)
        done += 1
    return done


def _emptied(shelf: Shelf, row: Row, part: Model, names: Sequence[str]) -> None:
    own = [n for n in names if n in {f.name for f in shelf.register.fields}]
    spine = [c for n in names if n not in own for c in (("lat", "lon") if n == "point" else (n,))]
    if spine:
        write_changed(row, spine, unless="version", was=row.version)
    if own:
        write_changed(part, own, unless="row_id", was=row.pk)
