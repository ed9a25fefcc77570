"""Answers to a question set about a row of a register: each remembers the version it was given to.

An answer is one sealed entry of the row's chain: the set's name, version and digest with the closed answers in its
facts, what somebody wrote beside it in `Words`. Nothing says who gave it. Words are for those who keep the row, with
what names people masked; the public reads them only after a named person of supervision released them, of another unit
than those that are rated.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import NotFound, Refused, Stale
from wuxiao.desk.base.put import change as write_changed
from wuxiao.desk.base.put import put
from wuxiao.desk.register import chain
from wuxiao.desk.register.acts import note_read, today
from wuxiao.desk.register.shelf import Shelf, find, may_keep_of
from wuxiao.desk.town import books
from wuxiao.reading import redact
from wuxiao.records.models import Entry, Row, Words
from wuxiao.rules.access import Power
from wuxiao.rules.book_model import RowKind
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.field import Audience, Field, Kind, Why
from wuxiao.rules.questions.answers import Answers
from wuxiao.rules.questions.form import Kind as Asks
from wuxiao.rules.questions.form import Question, QuestionSet
from wuxiao.rules.register import RowState
from wuxiao.rules.words import Text

GIVE, RELEASE, WITHDRAW = "answered", "release_answer", "withdraw_answer"
#: What a post must open to release words.
_RELEASES = frozenset({Power.SUPERVISION, Power.REGISTERS, Power.PUBLISH})
#: Verbs that stand in no history of a row: who answers is not watched.
APART = (GIVE, RELEASE, WITHDRAW)
#: Days that answers are counted for, and that their words are kept.
YEAR = 365
WORDS = Field(
    "said",
    Kind.WORDS,
    Text("写的话", "what they wrote"),
    Why(
        Text("让管服务点的人知道哪里要改", "so that who keeps the place knows what to mend"),
        Text("《个人信息保护法》第十三条第一款第三项、第十九条", "Personal Information Protection Law, art. 13, 19"),
        YEAR,
        Audience.KEEPERS,
    ),
    private=True,
    most=1000,
)
#: The same as a named person released it, masked.
OUT = Field("out", Kind.WORDS, Text("公布的话", "as it was released"), WORDS.why, most=3000)


def apart(form: QuestionSet, answers: Answers) -> tuple[dict[str, Any], str]:
    """Return what of an answer is chosen among answers, which is sealed, and what somebody wrote, which is not."""
    wrote = {one.name for one in form.items if isinstance(one, Question) and one.kind is Asks.TEXT}
    chosen = {name: value for name, value in answers.plain.items() if name not in wrote}
    return chosen, "\n".join(str(answers.plain[name]) for name in answers.plain if name in wrote).strip()


def give(
    shelf: Shelf,
    code: str,
    form: QuestionSet,
    chosen: Mapping[str, Any],
    words: str,
    *,
    once: str,
    by: Actor,
    at: datetime,
) -> bool:
    """Write down one answer to a set; the same `once` is one answer. Returns whether it was new.

    `chosen` and `words` are the halves that `apart` gives. Raises `NotFound` for a row that has ended.
    """
    key = hashlib.sha256(once.encode()).hexdigest()[:32]
    with transaction.atomic():
        row, _part = find(shelf, code, lock=True)
        if row.state != RowState.LIVE:
            raise NotFound
        if Entry.objects.filter(row_id=row.pk, verb=GIVE, at__gte=at - timedelta(days=2), facts__once=key).exists():
            return False
        facts = {
            "set": form.name, "version": form.version, "digest": form.digest, "answers": dict(chosen), "once": key,
        }  # fmt: skip
        _write(row, GIVE, by=by, at=at, facts=facts, words={WORDS.name: words.strip()})
    return True


# -------------------------------------------------------------------------------------------------------------- figures


def given(row_id: int, form: QuestionSet, *, at: datetime, together: int = 1) -> list[Mapping[str, Any]]:
    """Return the plain answers to one version of a set about a row, from this month a year ago on (one query).

    Only whole lots of `together` answers, in the order in which they came: whoever looks at what is published before
    and after one person answered sees no difference that is that person's alone.
    """
    day = today(at).replace(day=1)
    since = datetime.combine(day.replace(year=day.year - 1), datetime.min.time(), SHANGHAI)
    rows = Entry.objects.filter(row_id=row_id, verb=GIVE, at__gte=since, at__lte=at).order_by("turn")
    found = [facts["answers"] for facts in rows.values_list("facts", flat=True) if facts.get("digest") == form.digest]
    return found[: len(found) - len(found) % max(1, together)]


# ---------------------------------------------------------------------------------------------------------------- words


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody wrote: on which day, masked as it is read and released, and who released it if anybody did."""

    turn: int
    day: date
    masked: str
    digest: str
    released_by: str


def may_release_of(by: Actor, unit: str, kind: RowKind | None) -> bool:
    """Whether somebody decides what the public reads about a row: a person of supervision, of no unit that is rated."""
    if by.kind != "staff" or not by.writes or by.viewer is None:
        return False
    rated = {unit} | ({kind.unit} if kind is not None else set())
    return by.viewer.powers >= _RELEASES and not rated & by.viewer.units


def said(shelf: Shelf, code: str, *, by: Actor, at: datetime, limit: int = 100) -> list[Said]:
    """Return the words about a row, masked, the newest first, for those who keep it and those who may release them.

    That they were read is written down.
    """
    row, _part = find(shelf, code)
    kind = shelf.kinds(books.current(at).book).get(row.kind)
    if not (may_keep_of(by, row.unit, kind) or may_release_of(by, row.unit, kind)):
        raise Refused(
            Text(
                "这些话由登记单位、主管部门和督查部门看。",
                "These words are for the unit that keeps the row, its trade department and supervision.",
            ),
            "keep",
        )
    found = _said(row, limit)
    if found:
        note_read(shelf, row, [WORDS.name], by=by, at=at)
    return found


def released(row_id: int, *, limit: int = 10) -> list[tuple[date, str]]:
    """Return what the public reads of the words about a row: those a named person released, as they were looked at.

    The day is that of the words. Words that were erased since are released no more.
    """
    state = {turn: one for turn, one in _released(row_id).items() if one[1]}
    if not state:
        return []
    kept = Words.objects.filter(row_id=row_id, erased_at__isnull=True, field__in=(WORDS.name, OUT.name))
    words = {(one.turn, one.field): one.text for one in kept}
    days = dict(Entry.objects.filter(row_id=row_id, turn__in=list(state)).values_list("turn", "at"))
    found = [
        (today(days[turn]), words[at, OUT.name])
        for turn, (at, _who) in sorted(state.items(), reverse=True)
        if (turn, WORDS.name) in words and (at, OUT.name) in words
    ]
    return found[:limit]


def release(shelf: Shelf, code: str, turn: int, *, seen: str, by: Actor, at: datetime) -> None:
    """Release somebody's words as they were seen, masked; `seen` is `Said.digest`. Whom `may_release_of` names.

    Raises `Refused`, `NotFound` for words that are gone, `Stale` where the masks are others than those looked at.
    """
    _decide(shelf, code, turn, RELEASE, seen=seen, by=by, at=at)


def withdraw(shelf: Shelf, code: str, turn: int, *, by: Actor, at: datetime) -> None:
    """Take released words back at once; what is not released changes nothing."""
    _decide(shelf, code, turn, WITHDRAW, seen="", by=by, at=at)


def forget(*, at: datetime) -> int:
    """Empty words that were kept for their time; the answers stay. Returns how many."""
    over = datetime.combine(today(at) - timedelta(days=YEAR), datetime.min.time(), SHANGHAI)
    names = (WORDS.name, OUT.name)
    rows = Words.objects.filter(row__isnull=False, field__in=names, erased_at__isnull=True).order_by("pk")
    done = 0
    for pk, row_id, turn in list(rows.values_list("pk", "row_id", "turn")[:2000]):
        if Entry.objects.filter(row_id=row_id, turn=turn, at__lt=over).exists():
            done += Words.objects.filter(pk=pk).update(text="", salt="", erased_at=at)
        else:
            # In the order in which they were written: the rest is younger.
            break
    return done


def _decide(shelf: Shelf, code: str, turn: int, verb: str, *, seen: str, by: Actor, at: datetime) -> None:
    with transaction.atomic():
        row, _part = find(shelf, code, lock=True)
        if not may_release_of(by, row.unit, shelf.kinds(books.current(at).book).get(row.kind)):
            raise Refused(
                Text(
                    "公布还是收回，由督查部门有名有姓的人决定，不由被评价的单位自己决定。",
                    "A named person of supervision releases and takes back, never the unit that is rated.",
                ),
                "release",
            )
        one = next((each for each in _said(row, 10_000) if each.turn == turn), None)
        if one is None:
            raise NotFound(Text("内容已删除。", "The words were erased."))
        if verb == RELEASE and seen != one.digest:
            raise Stale(row.version, row.version)
        if bool(one.released_by) == (verb == RELEASE):
            return
        words = {OUT.name: one.masked} if verb == RELEASE else {}
        _write(row, verb, by=by, at=at, facts={"turn": turn}, words=words)


def _released(row_id: int) -> dict[int, tuple[int, str]]:
    """Of each answer that was decided on: the turn of the last decision, and who released it (empty: taken back)."""
    state: dict[int, tuple[int, str]] = {}
    rows = Entry.objects.filter(row_id=row_id, verb__in=(RELEASE, WITHDRAW)).order_by("turn")
    for at, verb, facts, stand in rows.values_list("turn", "verb", "facts", "stand"):
        who = str((stand or {}).get("who", "")) if verb == RELEASE else ""
        state[int(facts["turn"])] = (at, who)
    return state


def _said(row: Row, limit: int) -> list[Said]:
    state = _released(row.pk)
    rows = list(Words.objects.filter(row_id=row.pk, field=WORDS.name, erased_at__isnull=True).order_by("-turn")[:limit])
    days = dict(Entry.objects.filter(row_id=row.pk, turn__in=[one.turn for one in rows]).values_list("turn", "at"))
    found = []
    for one in rows:
        masked = redact.redact(one.text).text
        mark = hashlib.sha256(f"{one.salt}\n{masked}".encode()).hexdigest()[:32]
        found.append(Said(one.turn, today(days[one.turn]), masked, mark, state.get(one.turn, (0, ""))[1]))
    return found


def _write(
    row: Row, verb: str, *, by: Actor, at: datetime, facts: Mapping[str, Any], words: Mapping[str, str] | None = None
) -> None:
    was = row.turn
    values = {name: text for name, text in (words or {}).items() if text}
    sealed, kept = chain.entry(row, verb, by=by, at=at, facts=facts, fields=(WORDS, OUT), values=values)
    for one in kept:
        one.by_resident = one.field == WORDS.name
    if not write_changed(row, ["turn", "head"], unless="turn", was=was):
        raise Stale(row.version, row.version)
    put([sealed])
    put(kept)


def counted(values: Sequence[Mapping[str, Any]], name: str) -> dict[str, int]:
    """Return how often each answer to a question was given."""
    found: dict[str, int] = {}
    for one in values:
        if (answer := one.get(name)) is not None:
            found[str(answer)] = found.get(str(answer), 0) + 1
    return found
