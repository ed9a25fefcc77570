"""The one way a matter changes: `act()` interprets the step table.

In one transaction: the row is locked, the version the actor saw is compared, the table is asked whether the step is
open to this actor now, what was given is checked, the verb's effect is applied, the clocks are set, the access rows are
rewritten, one sealed entry is added, and the messages are queued. Everything or nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction

from wuxiao.desk import (
    ask,
    books,
    call_backs,
    clocks,
    diary,
    drafts,
    files,
    find,
    hot,
    identity,
    needs,
    standing,
    tell,
)
from wuxiao.desk.actor import SYSTEM, Actor
from wuxiao.desk.errors import NotFound, Raced, Refused, Stale
from wuxiao.desk.once import remember, served
from wuxiao.desk.put import change
from wuxiao.desk.shown import write_access
from wuxiao.desk.turn import EFFECTS, Turn
from wuxiao.desk.verbs import answering, handling, handover, secrecy, sorting, together  # noqa: F401  (they register themselves)
from wuxiao.records.models import CallBack, Matter
from wuxiao.rules import flow
from wuxiao.rules.flow import STEPS, Facts, Need, State, Who

#: Needs whose content is a text somebody wrote: kept outside the seal.
TEXTS = (Need.WORDS, Need.REASON, Need.REPLY, Need.TASK, Need.CHANNEL)
#: Columns that an act never writes.
_FIXED = {"id", "code", "number"}
_COLUMNS = tuple(f.attname for f in Matter._meta.concrete_fields if f.attname not in _FIXED)
#: Columns on which it depends who sees a matter and where it stands in their lists (`desk.shown`).
_SHOWN = {
    "state", "holder", "offered_to", "sender", "supervisor_unit", "hidden_units", "handler_id", "division", "extension",
    "due_at", "step_due_at", "closed_at", "danger_open",
}  # fmt: skip
_FROM_RESIDENT = {"reply", "add"}
#: Steps others take too: looked at for danger where the words are the requester's, for somebody goes on with it.
_SAID_BY_RESIDENT = {"urge", "object", "appeal"}
#: Steps that concern a joined reporter's own report alone.
_OWN = {"rate", "withdraw"}


def act(
    matter_id: int,
    verb: str,
    given: Mapping[str, Any] | None = None,
    *,
    by: Actor,
    at: datetime,
    version: int | None = None,
    turn: int | None = None,
    once: str | None = None,
    uploads: Sequence[files.Upload] = (),
) -> Matter:
    """Take one step on one matter and return the matter as it then stands.

    `given` holds the step's needs by name; `version` is the matter's version the actor saw (None: do not compare);
    `turn` the number of the last entry a machine saw, stricter than the version: nothing at all may have come between.
    `once` an idempotency key: the same key and content again changes nothing.
    Raises `NotFound`, `Refused`, `Invalid`, `Stale` or `Conflict`; then nothing has changed.
    """
    step = STEPS.get(verb)
    if step is None or not step.sources:
        refusal = flow.check(verb, Facts(state=State.CLOSED))
        assert refusal is not None
        raise Refused(refusal.text, refusal.code)
    given = dict(given or {})
    for again in (True, True, False):
        try:
            try:
                return _take(
                    matter_id, step, given, by=by, at=at, version=version, seen=turn, once=once, uploads=uploads
                )
            except _Joined:
                return _speak(matter_id, step, given, by=by, at=at, version=version, once=once, uploads=uploads)
        except Raced:
            if not again:
                raise
    raise AssertionError("unreachable")


class _Joined(Exception):
    """The report was joined to another: its reporter speaks there, and that one must be locked first."""


def _take(
    matter_id: int,
    step: flow.Step,
    given: dict[str, Any],
    *,
    by: Actor,
    at: datetime,
    version: int | None,
    seen: int | None,
    once: str | None,
    uploads: Sequence[files.Upload],
) -> Matter:
    verb = step.verb
    with transaction.atomic():
        if once is not None and (done := served(once, {"verb": verb, "matter": matter_id, **given})):
            return Matter.objects.get(pk=done)
        matter = ask.one(Matter, lock=True, id=matter_id)
        if matter is None:
            raise NotFound
        if verb in flow.VOICES and standing.is_joined(matter):
            raise _Joined
        rules = books.of_version(matter.book_id)
        facts_of = standing.asked_of if verb == "call_back" else standing.facts_of
        before = standing.seen_by(facts_of(matter, rules.book, rules.calendar, at), by)
        _may_see(matter, before, by)
        if version is not None and version != matter.version:
            raise Stale(version, matter.version)
        if seen is not None and seen != matter.turn:
            raise Stale(matter.version, matter.version)
        turn = _begin(matter, step, before, given, by=by, at=at, rules=rules, uploads=uploads)
        EFFECTS[verb](turn)
        _finish(turn, uploads)
        if turn.heir is not None:
            _go_on(turn)
        for other, then, more in turn.follow:
            _take(other, STEPS[then], dict(more), by=SYSTEM, at=at, version=None, once=None, seen=None, uploads=())
        if any(other == matter.pk for other, _, _ in turn.follow):
            matter = Matter.objects.get(pk=matter.pk)
        if once is not None:
            remember(once, {"verb": verb, "matter": matter_id, **given}, matter.pk, at)
    return matter


def _speak(
    matter_id: int,
    step: flow.Step,
    given: dict[str, Any],
    *,
    by: Actor,
    at: datetime,
    version: int | None,
    once: str | None,
    uploads: Sequence[files.Upload],
) -> Matter:
    """Let the reporter of a joined matter take a step: on the main one in her own name, or for her own report alone.

    Her words stay with her own report, where she can erase them; the main one points to them.
    """
    verb, own = step.verb, step.verb in _OWN
    with transaction.atomic():
        where = Matter.objects.filter(pk=matter_id).values_list("merged_into_id", flat=True).first()
        main = ask.one(Matter, lock=True, id=where) if where is not None else None
        matter = ask.one(Matter, lock=True, id=matter_id)
        if matter is None:
            raise NotFound
        if main is None or not standing.is_joined(matter) or matter.merged_into_id != main.pk:
            # Taken apart, or joined elsewhere, since it was looked at.
            raise Raced
        rules = books.of_version(main.book_id)
        mine = standing.seen_by(standing.asked_of(matter, rules.book, rules.calendar, at), by)
        _may_see(matter, mine, by)
        before = standing.seen_by(standing.voice_of(matter, main, rules.book, rules.calendar, at), by)
        if by.kind == "staff" and Who.CENTRE in mine.by:
            before = replace(before, by=before.by | {Who.CENTRE})
        target = matter if own else main
        if version is not None and version != target.version:
            raise Stale(version, target.version)
        turn = _begin(target, step, before, given, by=by, at=at, rules=rules, uploads=uploads)
        turn.speaker = matter
        EFFECTS[verb](turn)
        _finish(turn, uploads)
        if once is not None:
            remember(once, {"verb": verb, "matter": matter_id, **given}, matter.pk, at)
    return matter


def _may_see(matter: Matter, before: Facts, by: Actor) -> None:
    if not by.may_see(before) and not (Who.CALLER in before.by and (before.call_back_drawn or _called(matter, by))):
        raise NotFound


def _begin(
    matter: Matter,
    step: flow.Step,
    before: Facts,
    given: dict[str, Any],
    *,
    by: Actor,
    at: datetime,
    rules: books.Rules,
    uploads: Sequence[files.Upload] = (),
) -> Turn:
    refusal = flow.check(step.verb, before)
    if refusal is not None:
        raise Refused(refusal.text, refusal.code)
    turn = Turn(
        matter=matter,
        step=step,
        before=before,
        target=flow.target(step.verb, before),
        given=needs.read(step, {**given, "files": uploads}, rules.book),
        by=by,
        at=at,
        rules=rules,
    )
    _for_caller(turn)
    turn.texts = {n.value: turn.given[n.value] for n in TEXTS if n.value in turn.given}
    turn.was = _columns(matter)
    return turn


def _for_caller(turn: Turn) -> None:
    """What is the requester's own to decide is entered by staff only for a caller, with how they were checked."""
    if turn.by.kind not in {"staff", "machine"}:
        turn.given.pop("for_caller", None)
        return
    if turn.by.kind == "machine" and turn.step.verb == "rate":
        turn.refuse("评价只能由诉求人本人作出", "a rating is the requester's own to give", "who")
    checked = turn.given.get("for_caller")
    if checked:
        turn.facts["for_caller"] = checked
    elif turn.step.verb in flow.SPOKEN and not (turn.step.verb == "object" and Who.CALLER in turn.before.by):
        label = needs.LABELS[Need.FOR_CALLER]
        turn.wrong("for_caller", f"请选择“{label.zh}”", f"please choose: {label.en}")


def _go_on(turn: Turn) -> None:
    """The main report was withdrawn: the first of those joined to it goes on in its place, the others with that one."""
    heir, rules = turn.heir, turn.rules
    assert heir is not None
    step = STEPS["succeed"]
    facts = standing.facts_of(heir, rules.book, rules.calendar, turn.at)
    facts = replace(facts, heir_of=turn.before.state, was_handling=turn.before.was_handling)
    after = _begin(heir, step, standing.seen_by(facts, SYSTEM), {}, by=SYSTEM, at=turn.at, rules=rules)
    after.follows = turn.matter
    after.withdrawn = turn.was["extension"] or ""
    EFFECTS["succeed"](after)
    _finish(after, ())


def _columns(matter: Matter) -> dict[str, Any]:
    # JSON columns are changed in place, so what they were is kept as text.
    found = {name: getattr(matter, name) for name in _COLUMNS}
    return {name: json.dumps(v, default=str) if isinstance(v, dict | list) else v for name, v in found.items()}


def _changed(turn: Turn) -> list[str]:
    return [name for name, value in _columns(turn.matter).items() if value != turn.was[name]]


def _called(matter: Matter, by: Actor) -> bool:
    # Who made the call-back may still pass on the objection they were told on the phone.
    return CallBack.objects.filter(matter_id=matter.pk, round=matter.reopened, caller_id=by.staff_id).exists()


def _finish(turn: Turn, uploads: Sequence[files.Upload]) -> None:
    matter, step, rules, at = turn.matter, turn.step, turn.rules, turn.at
    was = turn.before.state
    matter.state = turn.target.value
    clocks.apply(step.promise, matter, rules, at=at, reason=turn.pause_reason)
    for later in turn.after:
        later()
    if turn.target is State.CLOSED:
        matter.closed_at = matter.closed_at or at
        matter.outcome = matter.outcome or "answered"
    if step.verb in _FROM_RESIDENT or (step.verb in _SAID_BY_RESIDENT and _reporter(turn) is not None):
        _look_for_danger(turn)
    entered = turn.target != was or step.verb in {"sign", "escalate"}
    clocks.set_clocks(matter, rules, at=at, entered=entered)
    if "due" not in turn.facts and step.promise.value not in {"keep", "end"}:
        turn.facts["due"] = matter.due_at.isoformat() if matter.due_at else ""
    seen = bool(turn.given.get("seen")) if step.verb == "note" else step.seen
    matter.changed_at = at
    old_turn, old_version = matter.turn, matter.version
    if not (turn.by.kind == "system" and step.stays):
        matter.version += 1
    speaker = turn.speaker if turn.speaker is not matter else None
    told = turn.texts
    if speaker is not None:
        told = _in_her_own(turn, speaker, uploads)
    else:
        by_resident = turn.by.kind == "resident" or "for_caller" in turn.facts
        files.keep(matter, uploads, turn=old_turn + 1, by_resident=by_resident, at=at)
    entry = diary.write(
        matter,
        step.verb,
        by=turn.by,
        at=at,
        facts=turn.facts,
        texts=told,
        seen=seen,
        swap=False,
        changed=_changed(turn),
    )
    changed = _changed(turn)
    if not change(matter, changed, unless="turn", was=old_turn, told=True):
        raise Stale(old_version, old_version)
    if turn.co_changed or not _SHOWN.isdisjoint(changed):
        write_access(matter, standing.facts_of(matter, rules.book, rules.calendar, at))
    if not {"hidden_units", "shielded"}.isdisjoint(changed):
        hot.leave(matter.pk, by=turn.by, at=at)
    said = [turn.texts[field] for field in ("words", "reply") if turn.texts.get(field)]
    if said and step.verb not in {"call_back", "rate"}:
        find.extend((speaker or matter).pk, "\n".join(said))
    if turn.target is State.CLOSED and was is not State.CLOSED and matter.outcome == "answered":
        call_backs.draw_all(matter, rules, at=at)
    if step.tells:
        tell.queue(matter, step.verb, rules, at=at, turn=entry.turn, by_reporter=_reporter(turn))
    elif "for_caller" in turn.facts and step.verb in flow.SPOKEN:
        mine = turn.speaker or matter
        person = identity.of(mine.pk, identity.Use.TELL)
        tell.queue(mine, "by_phone", rules, at=at, turn=mine.turn, contacts=[person] if person is not None else [])
    tell.queue_hooks(
        matter, entry, {matter.holder, matter.offered_to, turn.before.holder, turn.before.offered_to}, at=at
    )
    diary.seal_others(matter, at=at)


def _reporter(turn: Turn) -> int | None:
    """Return whose requester took the step: messages speak to them otherwise than to the others who reported it."""
    if turn.by.kind == "resident" or "for_caller" in turn.facts or Who.CALLER in turn.before.by:
        return (turn.speaker or turn.matter).pk
    return None


def _in_her_own(turn: Turn, speaker: Matter, uploads: Sequence[files.Upload]) -> dict[str, str]:
    """Keep what a joined reporter said with her own report and let the main one's entry point there."""
    facts = {k: v for k, v in turn.facts.items() if k == "for_caller"} | {"main": turn.matter.number}
    # Her page shows the main report's state: her own is closed as joined.
    files.keep(speaker, uploads, turn=speaker.turn + 1, by_resident=True, at=turn.at)
    own = diary.write(
        speaker, turn.step.verb, by=turn.by, at=turn.at, facts=facts, texts=turn.texts, seen=turn.step.seen
    )
    turn.facts |= {"voice": speaker.number, "voice_turn": own.turn}
    return {}


def _look_for_danger(turn: Turn) -> None:
    found = drafts.danger_in(turn.texts.get("words") or turn.texts.get("reason", ""))
    if found.certain:
        turn.matter.danger = sorted({*turn.matter.danger, *found.kinds})
        turn.matter.danger_open = True
        turn.facts["danger"] = list(found.kinds)
    elif found.kinds:
        turn.matter.danger_perhaps = sorted({*turn.matter.danger_perhaps, *found.kinds})
        turn.facts["danger_perhaps"] = list(found.kinds)
