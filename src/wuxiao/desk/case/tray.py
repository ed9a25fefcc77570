"""The phone tray at the house: what is taken along on a phone, and the one door by which it comes back, slip by slip.

A slip has an id made on the phone. Whatever the house said of it is kept under that id for as long as keys are kept
(14 days; a phone keeps a slip for two), so the same slip again hears the same and does nothing: a lost answer, a copy
the network made, one that comes late after a person decided otherwise. Of the fields `rules.tray` decides; what is
taken is a step like any other (`act`), with its facts sealed: which slip, when by the phone, whether its clock fits.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from wuxiao.desk.base import ask
from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import DeskError, Invalid, NotFound, Raced, Refused, Stale
from wuxiao.desk.base.put import put
from wuxiao.desk.case import subject
from wuxiao.desk.case.act import act
from wuxiao.desk.case.shown import visible_of
from wuxiao.desk.case.subject import Pages, Subject, Tray, TrayPlace
from wuxiao.desk.diary import readings
from wuxiao.desk.files import files
from wuxiao.desk.town import books
from wuxiao.desk.town.books import Rules
from wuxiao.records.models import Case, Entry, Once
from wuxiao.rules.tray import HOURS, PLACES, Merged, Slip, Verdict, merge, moment
from wuxiao.rules.words import Text

_TRIES = 4
#: What of a case is laid open on a phone.
_READ = readings.PAGE


@dataclass(frozen=True, slots=True)
class Round:
    """What one person takes along: of each life its places, when it was taken, until when it may be used.

    `left` says how many there would be beyond what a round holds.
    """

    at: datetime
    until: datetime
    lives: Sequence[tuple[Subject[Any], Pages, Tray, Sequence[TrayPlace]]]
    left: int = 0


def kept(by: Actor, at: datetime) -> list[tuple[Subject[Any], Pages, Tray]]:
    """Return the lives of which somebody may take cases along: those with a tray whose lists their posts open."""
    found = []
    for one in subject.kept(books.current(at).book):
        pages = one.pages
        if pages is not None and pages.tray is not None and by.viewer and pages.power in by.viewer.powers:
            found.append((one, pages, pages.tray))
    return found


def take_along(*, by: Actor, at: datetime) -> Round:
    """Return today's round of a person; that each of its cases was read is written down.

    Raises `Refused` for whoever has no such pages.
    """
    lives = kept(by, at)
    if not lives:
        raise Refused(Text("您的岗位没有这个页面。", "Your post does not have this page."), "power")
    rules = books.current(at)
    found: list[tuple[Subject[Any], Pages, Tray, Sequence[TrayPlace]]] = []
    left = 0
    for one, pages, tray in lives:
        places = tray.places(rules, by, at)
        room = max(PLACES - sum(len(taken) for _one, _pages, _tray, taken in found), 0)
        left += max(len(places) - room, 0)
        found.append((one, pages, tray, places[:room]))
    ids = [place.case.pk for _one, _pages, _tray, taken in found for place in taken]
    readings.note_many(ids, by=by, at=at, fields=_READ, how="phone")
    return Round(at, at + timedelta(hours=HOURS), found, left)


# ---------------------------------------------------------------------------------------------------------- coming back


def come_back(slip: Slip, *, by: Actor, at: datetime, data: bytes | None = None) -> dict[str, Any]:
    """Take one slip in and return what is said of it; the same id again gets the same answer and does nothing.

    The answer holds `id`, `verdict` (`rules.tray.Verdict`), the `turn` of the case, for what was taken `head` and `at`
    (with that turn its receipt), for what both changed `both` (name, was, mine, theirs), for what was refused `text` in
    both languages. `wait` is the one answer that is not kept: the slip it belongs to has not come yet, the bytes of its
    file (`data`) are not those it names, or, with `text`, another's word is still to come (`Tray.until`).
    """
    if by.staff_id is None:
        raise Refused(Text("只有工作人员能用待传箱", "only staff have a tray"), "who")
    for again in range(_TRIES):
        try:
            with transaction.atomic():
                return _served(slip, by, at) or _take(slip, data, by, at)
        except (Raced, Stale):
            if again == _TRIES - 1:
                raise
    raise AssertionError("unreachable")


def _key(staff_id: int | None, slip_id: str) -> str:
    return f"tray:{staff_id}:{slip_id}"


def _digest(slip: Slip) -> str:
    body = [slip.id, slip.case, slip.verb, [[one.name, one.was, one.now] for one in slip.fields], slip.of, slip.sha256]
    return hashlib.sha256(json.dumps(body, ensure_ascii=False).encode()).hexdigest()


def _served(slip: Slip, by: Actor, at: datetime) -> dict[str, Any] | None:
    row = Once.objects.filter(key=_key(by.staff_id, slip.id)).first()
    if row is None:
        return None
    if row.digest != _digest(slip):
        return _said(slip, Verdict.REFUSED, text=_OTHER)
    # Of a case whose content was erased meanwhile nothing is left but that it came.
    return dict(row.answer) or _said(slip, Verdict.TAKEN)


_OTHER = Text("同一个编号送来了不同的内容，没有收", "this id came with other content before: it was not taken")
_STRANGE = Text("这一步不能从手机上送来", "this step does not come from a phone")
_UNTAKEN = Text("它所属的那一条没有收下，照片也没有收", "what it belongs to was not taken, so neither is the picture")


def _said(slip: Slip, verdict: Verdict, **more: Any) -> dict[str, Any]:
    text = more.pop("text", None)
    if text is not None:
        more["text"] = {"zh": text.zh, "en": text.en}
    return {"id": slip.id, "verdict": verdict.value, **more}


def _take(slip: Slip, data: bytes | None, by: Actor, at: datetime) -> dict[str, Any]:
    """Do what a slip says and keep the answer with it, or nothing of both."""
    found = _find(slip, by, at)
    if found is None:
        return _keep(slip, None, _said(slip, Verdict.REFUSED, text=NotFound().text), by, at)
    case, tray, rules = found
    try:
        # What a refused step has written already is taken back, the answer is kept.
        with transaction.atomic():
            answer = (_picture if slip.of else _fields)(slip, case, tray, rules, data, by, at)
    except _NotYet:
        return _said(slip, Verdict.WAIT)
    except Stale:
        raise
    except Invalid as wrong:
        text = Text("；".join(one.zh for one in wrong.fields.values()), "; ".join(t.en for t in wrong.fields.values()))
        answer = _said(slip, Verdict.REFUSED, text=text)
    except Refused as refused:
        if refused.code in tray.until:
            return _said(slip, Verdict.WAIT, text=refused.text)
        answer = _said(slip, Verdict.REFUSED, text=refused.text)
    except DeskError as refused:
        answer = _said(slip, Verdict.REFUSED, text=refused.text)
    return _keep(slip, case, answer, by, at)


class _NotYet(Exception):
    """What the slip belongs to has not come, or its bytes are not whole: the phone sends it again."""


def _keep(slip: Slip, case: Case | None, answer: dict[str, Any], by: Actor, at: datetime) -> dict[str, Any]:
    row = Once(
        key=_key(by.staff_id, slip.id), digest=_digest(slip), matter_id=case.pk if case else None, answer=answer, at=at
    )
    if not put([row], ignore=True):
        raise Raced
    return answer


def _find(slip: Slip, by: Actor, at: datetime) -> tuple[Case, Tray, Rules] | None:
    """Return the case a slip is of, locked, if it is of a life with a tray and the person may see it."""
    assert by.viewer is not None
    for one, _pages, tray in kept(by, at):
        pk = visible_of(one.life.name, by.viewer).filter(number=slip.case).values_list("pk", flat=True).first()
        if pk is None:
            continue
        case: Any = ask.one(Case, lock=True, id=pk)
        rules = books.of_version(case.book_id)
        if one.sees(by, one.seen_by(one.facts(case, rules, at, ""), by), case):
            return case, tray, rules
    return None


def _beside(slip: Slip, at: datetime) -> dict[str, Any]:
    when, sure = moment(slip, at)
    return {"slip": slip.id, "phone_at": when.isoformat(timespec="seconds"), "phone_sure": sure}


def _fields(
    slip: Slip, case: Case, tray: Tray, rules: Rules, data: bytes | None, by: Actor, at: datetime
) -> dict[str, Any]:
    one = subject.of(case)
    step = one.life.steps.get(slip.verb)
    if slip.verb not in tray.verbs or step is None or one.pages is None:
        raise Refused(_STRANGE, "verb")
    stands = tray.stands(case, by)
    asked = {field.name for field in one.pages.asks(case, step, rules, by)}
    for filled in slip.fields:
        # What can collide is compared: a phone that leaves out what it saw would write over it.
        blind = filled.name in stands and filled.was is None
        if blind or filled.name not in asked | stands.keys():
            raise Refused(_STRANGE, "field")
    merged = merge(slip.fields, stands, whole=slip.verb in tray.whole)
    # The turn also says what of this the phone finds in a round it takes along later.
    more: dict[str, Any] = {"turn": case.turn}
    if merged.take:
        given = {name: value for name, value in merged.take.items() if name in asked and value != ""}
        act(case.pk, slip.verb, given, by=by, at=at, beside=_beside(slip, at))
        more = _receipt(slip, case, at)
    return _said(slip, merged.verdict, **more, **_both(merged))


def _receipt(slip: Slip, case: Case, at: datetime) -> dict[str, Any]:
    """Say which entry a slip became; the house may have written more after it, a paper for example."""
    entry = Entry.objects.filter(matter_id=case.pk, verb=slip.verb).order_by("-turn")[0]
    assert entry.facts["slip"] == slip.id
    return {"turn": entry.turn, "head": entry.seal, "at": at.isoformat(timespec="seconds")}


def _both(merged: Merged) -> Mapping[str, Any]:
    if not merged.both:
        return {}
    return {"both": [{"name": b.name, "was": b.was, "mine": b.mine, "theirs": b.theirs} for b in merged.both]}


def _picture(
    slip: Slip, case: Case, tray: Tray, rules: Rules, data: bytes | None, by: Actor, at: datetime
) -> dict[str, Any]:
    """Take the picture that belongs to an earlier slip; both must be of the same case and the same person."""
    if slip.verb not in tray.bringing() or data is None or not slip.sha256:
        raise Refused(_STRANGE, "verb")
    owner = Once.objects.filter(key=_key(by.staff_id, slip.of)).first()
    if owner is None or hashlib.sha256(data).hexdigest() != slip.sha256:
        raise _NotYet
    verdict, turn = owner.answer.get("verdict", Verdict.TAKEN), owner.answer.get("turn")
    if owner.matter_id != case.pk or verdict not in {Verdict.TAKEN, Verdict.SAME, Verdict.PART}:
        raise Refused(_UNTAKEN, "of")
    entry = Entry.objects.filter(matter_id=case.pk, turn=turn).first() if turn is not None else None
    what = next((one.now for one in slip.fields if one.name == "what" and one.now), "")
    given = dict(tray.joined(slip.verb, what, entry))
    upload = files.check(f"{what or slip.verb}.jpg", data, rules.book.uploads)
    beside = _beside(slip, at) | {"sha256": slip.sha256}
    act(case.pk, slip.verb, given, by=by, at=at, uploads=(upload,), beside=beside)
    stored = hashlib.sha256(upload.data).hexdigest()
    return _said(slip, Verdict.TAKEN, **_receipt(slip, case, at), sha256=slip.sha256, stored=stored)
