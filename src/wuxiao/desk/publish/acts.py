"""A text with versions: proposed by a named person, released by another, looked at again, withdrawn with a reason.

A publication is a row with a chain of its own (`records.Row`, `register = publications`): each version is one sealed
entry that holds its words outside the seal, and who released which version is another. Nobody releases what they wrote;
what is shown is the released version, whatever was proposed since (`desk.publish.look`).

Other parts of the house call `propose` and `release`::

    code = propose("digest", "第3次联席会议纪要摘要", text, title_en=…, text_en=…, by=actor, at=at)
    release(code, version=1, by=another, at=at)
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from wuxiao.desk.base import ask, bulk
from wuxiao.desk.base.actor import SYSTEM, Actor
from wuxiao.desk.base.errors import Invalid, NotFound, Refused, Stale
from wuxiao.desk.base.put import change as write_changed
from wuxiao.desk.base.put import put
from wuxiao.desk.publish import guards
from wuxiao.desk.register import chain
from wuxiao.desk.register.acts import once_only, today
from wuxiao.desk.register.shelf import CODE
from wuxiao.desk.town import books
from wuxiao.reading.tokens import fold
from wuxiao.records.models import Case, Entry, Publication, Row, Words
from wuxiao.rules.access import Power
from wuxiao.rules.book_model import Book
from wuxiao.rules.field import Audience, Field, Kind, Why, Wrong
from wuxiao.rules.publication import DAYS, FIELDS, NAME, PREFIX, Reach, Stage, kinds
from wuxiao.rules.register import RowState
from wuxiao.rules.words import Text

#: What an entry seals of where a publication stands.
STANDS = ("stage", "audience", "newest", "author_id", "shown", "released_by_id", "first_day", "last_day", "review_on")
_REASON = Field(
    "reason",
    Kind.WORDS,
    Text("撤下的原因", "why it is withdrawn"),
    Why(Text("以后查得到为什么撤下", "it can be looked up why"), FIELDS[0].why.basis, DAYS, Audience.READERS),
    required=True,
    most=500,
)
#: The verb of a text the house took out of sight, and what it says of it: nothing of why.
CALLED_IN = "call_in_text"
_CALLED_IN = Text("所说的事有变化，要重新写、重新发布", "what it tells of has changed: write it anew")
#: Fields whose values are columns of the publication; the others are its unit and its words.
_COLUMNS = ("audience", "first_day", "last_day", "review_on")


# ---------------------------------------------------------------------------------------------------------------- who


def may_publish(by: Actor) -> bool:
    """Whether somebody's posts let them propose and release texts at all."""
    return by.kind == "staff" and by.viewer is not None and Power.PUBLISH in by.viewer.powers


def may_touch(by: Actor, unit: str, kind: str, book: Book) -> bool:
    """Whether somebody may propose, release and withdraw this text: their unit answers for it, or for its kind."""
    known = kinds(book).get(kind)
    units = by.viewer.units if by.viewer is not None else frozenset()
    return may_publish(by) and (unit in units or (known is not None and known.unit in units))


def _must(by: Actor, unit: str, kind: str, book: Book) -> int:
    if not may_publish(by) or by.staff_id is None:
        raise Refused(Text("您的岗位不发布文章。", "Your post does not publish texts."), "publish")
    if not may_touch(by, unit, kind, book):
        raise Refused(
            Text(
                "这篇由负责的单位和管这一类的单位发布，您可以看，不能改。",
                "The unit that answers for this text, and the one for its kind, publish it: you may read it only.",
            ),
            "publish",
        )
    return by.staff_id


# -------------------------------------------------------------------------------------------------------------- verbs


def read(given: Mapping[str, Any], book: Book) -> dict[str, Any]:
    """Return the values of a text that was typed, by the names of `FIELDS`; `Invalid` names every wrong field."""
    errors: dict[str, Text] = {}
    found: dict[str, Any] = {}
    for one in FIELDS:
        try:
            found[one.name] = one.read(given.get(one.name), book)
        except Wrong as wrong:
            errors[one.name] = Text(f"{one.label.zh}：{wrong.text.zh}", f"{one.label.en}: {wrong.text.en}")
            continue
        if one.required and found[one.name] is None:
            errors[one.name] = Text(f"请填写{one.label.zh}", f"{one.label.en}: please fill this in")
    if bool(found.get("title_en")) != bool(found.get("text_en")):
        missing = "title_en" if found.get("text_en") else "text_en"
        errors.setdefault(
            missing, Text("英文题目和正文要么都写，要么都不写", "write title and text in English, or neither")
        )
    first, last = found.get("first_day"), found.get("last_day")
    if first and last and last < first:
        errors["last_day"] = Text(f"不能早于开始显示的{first}", f"not before the first day, {first}")
    if errors:
        raise Invalid(errors)
    return found


def propose(
    kind: str,
    title: str,
    text: str,
    *,
    by: Actor,
    at: datetime,
    unit: str = "",
    title_en: str = "",
    text_en: str = "",
    law: str = "",
    audience: str = Reach.PUBLIC.value,
    first_day: str | date = "",
    last_day: str | date = "",
    review_on: str | date = "",
    about: Case | None = None,
) -> str:
    """Propose a text of a kind of the book and return its code; nobody but staff who publish sees it before `release`.

    `unit` answers for it, the actor's own if unsaid. Days are dates or as people type them. `about` is the case whose
    subject guards this kind (`desk.publish.guards`). Raises `Invalid` for a field that will not do, `Refused` for whom
    this is not and for a guarded kind without its case, `NotFound` for a kind the town does not publish.
    """
    book = books.current(at).book
    known = kinds(book).get(kind)
    if known is None:
        raise NotFound(Text("本地不发布这一类文章。", "This town publishes no texts of this kind."))
    given = {
        "title": title, "text": text, "title_en": title_en, "text_en": text_en, "law": law, "unit": unit or by.unit,
        "audience": audience, "first_day": str(first_day), "last_day": str(last_day), "review_on": str(review_on),
    }  # fmt: skip
    values = read(given, book)
    staff_id = _must(by, values["unit"], kind, book)
    guards.ask(kind, _written(values), about=about)
    values["review_on"] = values["review_on"] or today(at) + timedelta(days=known.cycle_days)
    with once_only(""):
        (pk,) = bulk.new_ids(Row, 1)
        row = Row(
            id=pk, register=NAME, code=f"{PREFIX}{pk:06d}", kind=kind, title=values["title"], unit=values["unit"],
            division=book.town.code, valid_from=today(at), checked_at=at, state=RowState.LIVE.value,
        )  # fmt: skip
        row.folded = chain.folded(row)
        part = Publication(row_id=pk, stage=Stage.WAITING.value, newest=1, author_id=staff_id)
        for name in _COLUMNS:
            setattr(part, name, values[name])
        sealed, words = chain.entry(
            row, "propose_text", by=by, at=at, facts={"kind": kind}, fields=FIELDS, values=_written(values),
            stood={**chain.fixed(row), **_stands(part), "unit": row.unit},
        )  # fmt: skip
        bulk.insert(Row, [row])
        bulk.insert(Publication, [part])
        put([sealed])
        put(words)
    return row.code


def revise(code: str, given: Mapping[str, Any], *, version: int, by: Actor, at: datetime) -> None:
    """Propose another version; what is shown stays until somebody else releases it. `given` is typed, by `FIELDS`."""
    with once_only(code):
        row, part, book = _in_hand(code, version, by, at)
        values = read({"unit": row.unit, "audience": part.audience} | dict(given), book)
        staff_id = _must(by, values["unit"], row.kind, book)
        guards.ask(row.kind, _written(values), code=code)
        values["review_on"] = values["review_on"] or part.review_on
        row.title = values["title"]
        # Who answers for it, for whom and how long belong to the version: they count when that is released, not before.
        part.newest, part.author_id, part.stage = row.turn + 1, staff_id, Stage.WAITING.value
        held = {name: chain.sealed(values[name]) for name in ("unit", *_COLUMNS)}
        if part.shown is None:
            row.unit = values["unit"]
            for name in _COLUMNS:
                setattr(part, name, values[name])
        _write(row, part, "propose_text", by=by, at=at, facts={"wanted": held}, values=_written(values))


def judge_foreign(code: str, name: str, text: str) -> None:
    """Ask of a released text's words in a further language what is asked of its own; raises as `revise` does."""
    guards.ask(find(code)[0].kind, {name: text}, code=code)


def release(code: str, *, version: int, by: Actor, at: datetime) -> None:
    """Release the newest version as it was seen (`version`): shown from now on, or from the first day it names.

    Raises `Refused` where the actor wrote it, or nothing waits; `Stale` when something came between.
    """
    with transaction.atomic():
        row, part, book = _in_hand(code, version, by, at)
        staff_id = _must(by, row.unit, row.kind, book)
        if part.stage != Stage.WAITING:
            raise Refused(Text("没有等着发布的版本。", "No version waits for release."), "released")
        if part.author_id == staff_id:
            raise Refused(
                Text(
                    "自己写的不能自己发布，请另一位同事看过后发布。",
                    "Nobody releases what they wrote: ask a colleague to look and release it.",
                ),
                "own",
            )
        said = dict(Words.objects.filter(row_id=row.pk, turn=part.newest).values_list("field", "text"))
        # Read anew: what the machine knows today may find more than when it was written.
        guards.ask(row.kind, said, code=code)
        wanted = dict(_wanted(row, part))
        row.unit = wanted.pop("unit", row.unit)
        for name, value in wanted.items():
            setattr(part, name, date.fromisoformat(value) if value and name != "audience" else value)
        part.stage, part.shown = Stage.RELEASED.value, part.newest
        part.released_by_id, part.released_at = staff_id, at
        part.folded = "\n".join(fold(said.get(name, "")) for name in ("title", "text", "title_en", "text_en", "law"))
        row.checked_at = at
        facts = {"turn": part.newest, "who": by.name}
        _write(row, part, "release_text", by=by, at=at, facts=facts, stood=("checked_at",))


def confirm(code: str, *, version: int, by: Actor, at: datetime) -> None:
    """Say that a released text was looked at and still holds: the next review is a cycle of the book away."""
    with transaction.atomic():
        row, part, book = _in_hand(code, version, by, at)
        _must(by, row.unit, row.kind, book)
        if part.shown is None:
            raise Refused(Text("还没有发布过，先发布。", "It was never released: release it first."), "unreleased")
        known = kinds(book).get(row.kind)
        part.review_on = today(at) + timedelta(days=known.cycle_days if known else 365)
        row.checked_at = at
        _write(row, part, "confirm_row", by=by, at=at, facts={}, stood=("checked_at",))


def withdraw(code: str, reason: str, *, version: int, by: Actor, at: datetime) -> None:
    """Take a text back at once, with the reason; nobody outside the desk reads it any more, for good."""
    try:
        why = _REASON.read(reason, books.current(at).book)
    except Wrong as wrong:
        raise Invalid({"reason": wrong.text}) from None
    if not why:
        raise Invalid({"reason": Text("请写为什么撤下", "please say why it is withdrawn")})
    with transaction.atomic():
        row, part, book = _in_hand(code, version, by, at)
        _must(by, row.unit, row.kind, book)
        _take_back(row, part, "withdraw_text", why, by=by, at=at)


def call_in(code: str, *, at: datetime) -> bool:
    """Take a text out of sight, by the house: a matter it may speak of is now kept from somebody; whether it did.

    Neither the public nor those who publish read it any more, its title neither; what may be said a named person writes
    anew and a second releases. Inside the transaction of whoever hides the matter.
    """
    row, part = find(code, lock=True)
    if part.stage == Stage.WITHDRAWN:
        return False
    _take_back(row, part, CALLED_IN, _CALLED_IN.zh, by=SYSTEM, at=at)
    return True


def _take_back(row: Row, part: Publication, verb: str, why: str, *, by: Actor, at: datetime) -> None:
    part.stage, part.folded = Stage.WITHDRAWN.value, ""
    row.state, row.valid_to = RowState.ENDED.value, today(at)
    row.retire_on = row.valid_to + timedelta(days=DAYS)
    if verb == CALLED_IN:
        # Lists and searches show titles: what was typed there stays in the words of its version, which nobody opens.
        row.title = ""
    _write(
        row, part, verb, by=by, at=at, facts={"who": by.name}, fields=(_REASON,), values={"reason": why},
        stood=("state", "valid_to"),
    )  # fmt: skip


def retire(*, by: Actor, at: datetime, limit: int = 200) -> int:
    """Empty the words of texts withdrawn long enough ago; returns how many. The chain stays whole."""
    due = Row.objects.filter(register=NAME, retire_on__lte=today(at)).order_by("retire_on", "id")
    done = 0
    for code in list(due.values_list("code", flat=True)[:limit]):
        with transaction.atomic():
            row, part = find(code, lock=True)
            Words.objects.filter(row_id=row.pk, erased_at__isnull=True).update(text="", salt="", erased_at=at)
            row.title, row.retire_on = "", None
            _write(row, part, "retire", by=by, at=at, facts={"kind": "words"})
            done += 1
    return done


# ------------------------------------------------------------------------------------------------------------- beneath


def find(code: str, *, lock: bool = False) -> tuple[Row, Publication]:
    """Return a publication with its row by its code, locked if asked; `NotFound` for none."""
    row = ask.one(Row, lock=lock, register=NAME, code=code) if CODE.fullmatch(code) else None
    part = Publication.objects.filter(pk=row.pk).first() if row is not None else None
    if row is None or part is None:
        raise NotFound
    return row, part


def _in_hand(code: str, version: int, by: Actor, at: datetime) -> tuple[Row, Publication, Book]:
    book = books.current(at).book
    row, part = find(code, lock=True)
    _must(by, row.unit, row.kind, book)
    if row.version != version:
        raise Stale(version, row.version)
    if part.stage == Stage.WITHDRAWN:
        raise Refused(Text("这篇已经撤下。", "This text was withdrawn."), "withdrawn")
    return row, part, book


def _written(values: Mapping[str, Any]) -> dict[str, Any]:
    """The words of a version, all of them, so that one turn holds the whole of it."""
    return {one.name: values[one.name] for one in FIELDS if one.written and values.get(one.name) is not None}


def _stands(part: Publication) -> dict[str, Any]:
    return {name: chain.sealed(getattr(part, name)) for name in STANDS}


def _wanted(row: Row, part: Publication) -> dict[str, Any]:
    """For whom and how long the newest version is, where it says so itself."""
    entry = Entry.objects.get(row_id=row.pk, turn=part.newest)
    found: dict[str, Any] = entry.facts.get("wanted", {})
    return found


def _write(
    row: Row,
    part: Publication,
    verb: str,
    *,
    by: Actor,
    at: datetime,
    facts: Mapping[str, Any],
    fields: tuple[Field, ...] = FIELDS,
    values: Mapping[str, Any] | None = None,
    stood: tuple[str, ...] = (),
) -> None:
    was = row.version
    row.version += 1
    row.folded = chain.folded(row)
    sealed, words = chain.entry(
        row, verb, by=by, at=at, facts=facts, fields=fields, values=values,
        stood={**chain.fixed(row, stood), **_stands(part), "unit": row.unit},
    )  # fmt: skip
    names = ["title", "unit", "checked_at", "state", "valid_to", "retire_on", "version", "folded", "turn", "head"]
    if not write_changed(row, names, unless="version", was=was):
        raise Stale(was, was + 1)
    write_changed(part, [*STANDS, "released_at", "folded"], unless="row_id", was=row.pk)
    put([sealed])
    put(words)
