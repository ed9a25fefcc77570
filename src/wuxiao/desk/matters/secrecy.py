"""What the question about secrecy begins with, how a unit is found by typing, and what is told of it in words.

Nothing is decided here: the resident's answer is, and `rules.hide` says who then must not see the matter. The question
is one for every door by which her later words come in: her own page, the link of a call-back, whoever writes them down.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import transaction

from wuxiao.desk.base.actor import RESIDENT, SYSTEM, Actor
from wuxiao.desk.base.errors import DeskError, Invalid, NotFound, Refused
from wuxiao.desk.case import heard, tell
from wuxiao.desk.case.act import act
from wuxiao.desk.files.drafts import Danger
from wuxiao.desk.files.files import Upload
from wuxiao.desk.matters import call_backs
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.town import books
from wuxiao.reading.accused import Spoken, accused_later, also_called, spoken_of
from wuxiao.reading.tokens import simplify
from wuxiao.records.models import Matter, Webhook
from wuxiao.rules import hide
from wuxiao.rules.book_model import Book
from wuxiao.rules.flow import DESK_TYPES
from wuxiao.rules.words import Text
from wuxiao.typed.plain import flat

#: How many units that fit a piece of a name are named in the answer.
OFFERED = 6
_BETWEEN = re.compile(r"[、，,;；/\n]+")
_BLANK = re.compile(r"\s+")


@lru_cache(maxsize=4)
def _names(book: Book) -> dict[str, tuple[str, ...]]:
    return {unit.code: tuple(dict.fromkeys([*also_called(unit.name.zh), unit.name.en])) for unit in book.units.values()}


def begins_with(words: str, book: Book) -> Spoken:
    """Return whom the words speak of, by the town's own names: what the question about secrecy begins with."""
    found = spoken_of(words, _names(book), danger=heard.certain(words))
    return found if not found.body or found.body in book.hide.bodies else replace(found, body="")


def by_default(report: Report, book: Book) -> Report:
    """Return a report that came by a door where nobody is asked, kept from whom its words speak against.

    Whoever names a unit wants to be kept from it too; a complaint of how somebody behaves is kept without a name.
    """
    if report.shielded is not None:
        return report
    if report.about:
        return replace(report, shielded=True)
    unasked = {**report.extra, "kept": "default"}
    found = begins_with(report.words, book)
    if found.against:
        about = found.units or ((found.body,) if found.body else ())
        return replace(report, shielded=True, about=about, extra=unasked)
    category = book.categories.get(report.category)
    if category is not None and category.kind == "conduct_problem" and not heard.certain(report.words):
        return replace(report, shielded=True, extra=unasked)
    return report


def speaks_against(words: str, book: Book) -> bool:
    """Return whether words written beside a unit's own door speak against somebody, if only against "them"."""
    danger = heard.certain(words)
    return begins_with(words, book).against or accused_later(words, _names(book), danger=danger) is not None


def asked_later(words: str, matter: Matter, book: Book) -> Spoken | None:
    """Return from whom a matter should be kept for what its reporter writes now; None where nothing has to be asked.

    Where "they" are accused, those who have it in hand are meant. What is kept from them already is not asked again.
    """
    found = accused_later(words, _names(book), danger=heard.certain(words))
    if found is None:
        return None
    units, body = found.units, found.body if found.body in book.hide.bodies else ""
    holder = book.units.get(matter.holder)
    if not (units or body) and holder is not None and holder.type not in DESK_TYPES:
        units = (holder.code,)
    hidden = hide.from_about(book, (*units, *([body] if body else ())), matter.division)
    return None if matter.shielded and hidden <= matter.hidden else Spoken(True, units, body)


def take(
    matter_id: int,
    verb: str,
    given: Mapping[str, Any],
    each: Sequence[Mapping[str, str]],
    *,
    by: Actor,
    at: datetime,
    version: int | None = None,
    once: str = "",
    uploads: Sequence[Upload] = (),
    theirs: bool = False,
) -> None:
    """Write a requester's later words down and keep the matter from those named (none: nobody), both or neither.

    Nobody the words speak of is told them in between: what the step queued for them is dropped before it can go out.
    """
    with _kept(each), transaction.atomic():
        key = f"{once}-{verb}" if once else None
        act(matter_id, verb, given, by=by, at=at, version=version, once=key, uploads=uploads, theirs=theirs)
        keep_from(matter_id, each, by=by, at=at, once=once, for_caller=str(given.get("for_caller") or ""))


def record_call(
    matter_id: int,
    given: Mapping[str, Any],
    reason: str,
    each: Sequence[Mapping[str, str]],
    *,
    by: Actor,
    at: datetime,
    once: str = "",
) -> DeskError | None:
    """Record a call-back, the objection made in it (an empty `reason`: none) and the secrecy asked for, in one.

    Returns why the objection was not taken, if it was not: what was said is kept with the call-back all the same.
    """
    refused: DeskError | None = None
    with _kept(each), transaction.atomic():
        act(matter_id, "call_back", given, by=by, at=at, once=f"{once}-call_back" if once else None)
        if reason:
            try:
                key = f"{once}-object" if once else None
                act(matter_id, "object", {"reason": reason}, by=by, at=at, once=key)
            except DeskError as error:
                refused = error
        keep_from(matter_id, each, by=by, at=at, once=once)
    return refused


def in_her_name(*, asked: bool) -> Actor:
    """Return who keeps a matter secret on a requester's page: herself, or the house where she was not asked first."""
    return replace(RESIDENT, unasked=not asked)


def answer_link(
    token: str, given: Mapping[str, Any], each: Sequence[Mapping[str, str]], *, at: datetime, asked: bool = True
) -> None:
    """Record what a requester answers by the link of a call-back and keep the matter from those she names, in one."""
    with _kept(each), transaction.atomic():
        row = call_backs.answer_by_link(token, given, at=at)
        keep_from(row.matter_id, each, by=in_her_name(asked=asked), at=at, once=f"link-{row.pk}")


@contextmanager
def _kept(each: Sequence[Mapping[str, str]]) -> Iterator[None]:
    """Stand around such a transaction: danger told in a step that is not taken is kept although all else is undone."""
    try:
        yield
    except DeskError as error:
        if error.told is not None:
            hear(error.told, each)
        raise


def hear(told: heard.Told, each: Sequence[Mapping[str, str]]) -> Danger | None:
    """Keep words of certain danger, or a requester's that nobody here reads, whose step is not taken as it was sent,
    first from those they are to be kept from.

    Returns what was heard; `None` where it is neither, and then nothing is done.
    """
    hers = told.by.kind == "resident" or "for_caller" in told.facts
    if not (heard.certain(*told.texts.values()) or (hers and heard.calls(*told.texts.values()))):
        return None
    with suppress(DeskError):
        checked = str(told.facts.get("for_caller") or "")
        keep_from(told.matter_id, each, by=told.by, at=told.at, once="", for_caller=checked)
    return heard.keep(told)


def keep_from(
    matter_id: int, each: Sequence[Mapping[str, str]], *, by: Actor, at: datetime, once: str, for_caller: str = ""
) -> None:
    """Keep a matter from those named, one step for each; what is kept already stays so.

    Where it is out of the writer's own reach by now (kept from their unit, or handled anew), the house does it.
    """
    more = {"for_caller": for_caller} if for_caller else {}
    for n, given in enumerate(each):
        try:
            act(matter_id, "shield", {**given, **more}, by=by, at=at, once=f"{once}:kept{n}" if once else None)
        except (NotFound, Refused) as problem:
            if problem.code == "shielded":
                continue
            if by.kind not in {"staff", "platform"} or problem.code not in {"not_found", "who"}:
                raise
            _by_the_house(matter_id, given, by, at)
        except Invalid as problem:
            if by.kind != "staff" or for_caller or "for_caller" not in problem.fields:
                raise
            _by_the_house(matter_id, given, by, at)


def _by_the_house(matter_id: int, given: Mapping[str, str], by: Actor, at: datetime) -> None:
    """Keep a matter from whom a requester named to somebody who may not do it themselves.

    Nobody but the centre hides it that way from those who supervise: for the others it is kept from nobody named.
    """
    matter = Matter.objects.get(pk=matter_id)
    book = books.of_version(matter.book_id).book
    about = [given[name] for name in ("unit", "body") if given.get(name)]
    own = book.units.get(by.unit)
    if (own is None or own.type != "centre") and hide.overseeing(book) & hide.from_about(book, about, matter.division):
        given = {}
    # In whose name it was done stands with the entry: whose wish it is decides who may take it back.
    house = replace(SYSTEM, unit=by.unit, name=by.name if by.kind == "platform" else "")
    with suppress(Refused):
        act(matter_id, "shield", given, by=house, at=at)


def _fold(name: str) -> str:
    return simplify(flat(name)).replace(" ", "").casefold()


@dataclass(frozen=True, slots=True)
class Found:
    """The units that were typed, and what is wrong with what else was typed."""

    units: tuple[str, ...] = ()
    wrong: Text | None = None


def find_units(typed: str, book: Book) -> Found:
    """Read names of units, one or several, whole or in part; a code is a name too.

    A part of a name is enough where it fits one unit only; where it fits several they are named, none is taken.
    """
    units: list[str] = []
    wrong: Text | None = None
    for part in (_BLANK.sub(" ", one).strip() for one in _BETWEEN.split(typed)):
        if not part:
            continue
        said, names = _fold(part), _names(book)
        exact = [code for code, known in names.items() if code == part or said in {_fold(name) for name in known}]
        near = exact or [code for code, known in names.items() if any(said in _fold(name) for name in known)]
        if len(near) != 1:
            wrong = wrong or _which(part[:40], near, book)
            continue
        units.append(near[0])
    return Found(tuple(dict.fromkeys(units)), wrong)


def _which(part: str, near: list[str], book: Book) -> Text:
    if not near:
        return Text(
            f"没有找到“{part}”：换个写法试试；不知道名字，就在下面选一类",
            f"No office is called “{part}”. Try another name, or choose what kind it is below.",
        )
    zh = "、".join(book.units[code].name.zh for code in near[:OFFERED])
    en = ", ".join(book.units[code].name.en for code in near[:OFFERED])
    return Text(
        f"“{part}”对得上好几个：{zh}{'等' if len(near) > OFFERED else ''}。请写全名；说不清是哪个，就在下面选一类",
        f"“{part}” fits several: {en}{' and others' if len(near) > OFFERED else ''}. Write the whole name, or choose "
        "what kind it is below.",
    )


def listed(book: Book, lang: str) -> list[tuple[str, str]]:
    """Return name and township of every unit, those of the county first: the list that is offered while one types."""
    rows = []
    for order, unit in enumerate(book.units.values()):
        place = book.divisions.get(unit.division)
        town = next((code for code in (place.chain if place else ()) if len(code) == 9 and code in book.divisions), "")
        where = book.divisions[town].name.say(lang) if town else book.town.name.say(lang)
        rows.append((town, order, unit.name.say(lang), where))
    return [(name, where) for _, _, name, where in sorted(rows)]


def from_whom(book: Book, about: tuple[str, ...], hidden: frozenset[str]) -> list[Text]:
    """Return in words who cannot see a matter about these; nothing where nobody was named."""
    if not about:
        return []
    zh = "、".join(hide.name_of(book, one).zh for one in about)
    en = ", ".join(hide.name_of(book, one).en for one in about)
    below = any(one in book.units and len(hidden) > 1 for one in about)
    said = [
        Text(
            f"看不到这件事的：{zh}{'，连同下面的单位' if below and not hide.circles_of(book, hidden) else ''}。",
            f"Cannot see it: {en}"
            f"{', and the offices under it' if below and not hide.circles_of(book, hidden) else ''}.",
        )
    ]
    for circle in hide.circles_of(book, hidden):
        overseer = book.units[circle.overseer].name
        open_ = circle.overseer not in hidden
        said.append(
            Text(
                f"{circle.name.zh}的其他单位也都看不到{f'，只有{overseer.zh}（管监督的）可以看' if open_ else ''}。",
                f"No other office of {circle.name.en} can see it"
                f"{f', except {overseer.en}, who supervises them' if open_ else ''}.",
            )
        )
    return said


def told(book: Book, *, shielded: bool, about: tuple[str, ...], hidden: frozenset[str]) -> list[Text]:
    """Return what is kept from whom, in sentences for the resident; nothing where nothing is kept."""
    if not shielded and not hidden:
        return []
    said = from_whom(book, about, hidden)
    if shielded:
        said.append(
            Text(
                "办理的单位看不到您的姓名、电话和邮箱，有事要问您，由12345转达。",
                "The office handling it cannot see your name, phone or email; if it has a question, 12345 passes "
                "it on.",
            )
        )
    return said


def copies(matter: Matter) -> set[str]:
    """Return the units whose platforms work on a copy of a matter: what she opens they are told only if she agrees."""
    units = tell.at_work(matter) - matter.hidden
    return set(Webhook.objects.filter(active=True, unit__in=sorted(units)).values_list("unit", flat=True))


def told_of(matter: Matter, book: Book) -> list[Text]:
    """Return what is kept of a matter from whom; see `told`."""
    about = tuple(sorted(hide.unpack(matter.about)))
    return told(book, shielded=matter.shielded, about=about, hidden=hide.unpack(matter.hidden_own))
