"""The one way a case changes: `act()` interprets the step table of its life.

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

from wuxiao.desk.base import ask, find
from wuxiao.desk.base.actor import SYSTEM, Actor
from wuxiao.desk.base.errors import DeskError, NotFound, Raced, Refused, Stale
from wuxiao.desk.base.once import remember, served
from wuxiao.desk.base.put import change
from wuxiao.desk.case import clocks, heard, held, hiding, needs, standing, subject, tell
from wuxiao.desk.case.shown import write_access
from wuxiao.desk.case.turn import TurnOf
from wuxiao.desk.diary import diary
from wuxiao.desk.files import files
from wuxiao.desk.people import identity
from wuxiao.desk.town import books
from wuxiao.records.models import Case, Matter
from wuxiao.rules import flow, hide
from wuxiao.rules.field import Kind
from wuxiao.rules.flow import Need, Who
from wuxiao.rules.life import Step
from wuxiao.rules.words import Text

#: Needs whose content is a text somebody wrote: kept outside the seal.
TEXTS = (Need.WORDS, Need.REASON, Need.REPLY, Need.TASK, Need.CHANNEL)
#: What there is in the row; which of it an act writes its subject says.
_COLUMNS = tuple(f.attname for f in Case._meta.concrete_fields)


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
    theirs: bool = False,
    beside: Mapping[str, Any] | None = None,
) -> Any:
    """Take one step on one case and return it as it then stands, as what its life says it is.

    `given` holds the step's needs by name; `version` is the matter's version the actor saw (None: do not compare);
    `turn` the number of the last entry a machine saw, stricter than the version: nothing at all may have come between.
    `once` an idempotency key: the same key and content again changes nothing. `theirs`: the words are a requester's,
    passed on by whoever takes the step. `beside` is sealed with the entry: how the step came, where that matters.
    Raises `NotFound`, `Refused`, `Invalid`, `Stale` or `Conflict`; then nothing has changed, but that words of certain
    danger are kept all the same (`heard.despite`).
    """
    if not subject.is_step(verb):
        raise Refused(_unknown(verb), "unknown")
    given = dict(given or {})
    for again in (True, True, False):
        try:
            try:
                return _take(
                    matter_id, verb, given, by=by, at=at, version=version, seen=turn, once=once, uploads=uploads,
                    theirs=theirs, beside=beside,
                )  # fmt: skip
            except _Joined:
                return _speak(matter_id, verb, given, by=by, at=at, version=version, once=once, uploads=uploads)
        except Raced:
            if not again:
                raise
        except DeskError as error:
            heard.despite(error, _told(matter_id, verb, given, by, at))
            raise
    raise AssertionError("unreachable")


def _told(matter_id: int, verb: str, given: Mapping[str, Any], by: Actor, at: datetime) -> heard.Told:
    texts = {need.value: str(given[need.value]) for need in TEXTS if given.get(need.value)}
    checked = str(given.get("for_caller") or "")
    facts = {"for_caller": checked} if by.kind in {"staff", "machine"} and checked in needs.CALLER_CHECKS else {}
    return heard.Told(matter_id, verb, texts, by, at, facts)


class _Joined(Exception):
    """The report was joined to another: its reporter speaks there, and that one must be locked first."""


def _take(
    matter_id: int,
    verb: str,
    given: dict[str, Any],
    *,
    by: Actor,
    at: datetime,
    version: int | None,
    seen: int | None,
    once: str | None,
    uploads: Sequence[files.Upload],
    theirs: bool = False,
    beside: Mapping[str, Any] | None = None,
) -> Any:
    with transaction.atomic():
        if once is not None and (done := served(once, {"verb": verb, "matter": matter_id, **given})):
            return Case.objects.get(pk=done)
        # It comes as what its life says it is, and so do the facts.
        matter: Any = ask.one(Case, lock=True, id=matter_id)
        if matter is None:
            raise NotFound
        of = subject.of(matter)
        step = of.life.steps.get(verb)
        if step is None or not step.sources:
            raise Refused(_unknown(verb), "unknown")
        if verb in of.life.voices and standing.is_joined(matter):
            raise _Joined
        rules = books.of_version(matter.book_id)
        before = of.seen_by(of.facts(matter, rules, at, verb), by)
        if not of.sees(by, before, matter):
            raise NotFound
        _as_seen(matter, version, seen)
        turn = _begin(matter, step, before, given, by=by, at=at, rules=rules, uploads=uploads)
        turn.facts |= beside or {}
        _listen(turn, theirs)
        subject.of(turn.matter).effects[verb](turn)
        _finish(turn, uploads)
        if turn.heir is not None:
            _go_on(turn)
        for later in turn.then:
            later()
        for other, then, more in turn.follow:
            _follow(other, then, dict(more), at)
        if verb in heard.SETTLES and (settled := subject.of(matter).settled) is not None:
            settled(matter, at)
            matter = Case.objects.get(pk=matter.pk)
        if any(other == matter.pk for other, _, _ in turn.follow):
            matter = Case.objects.get(pk=matter.pk)
        if once is not None:
            remember(once, {"verb": verb, "matter": matter_id, **given}, matter.pk, at)
    return matter


def _as_seen(matter: Matter, version: int | None, turn: int | None) -> None:
    """Refuse as stale what somebody decided who saw another version or turn of a case; `None` compares nothing."""
    if version is not None and version != matter.version:
        raise Stale(version, matter.version)
    if turn is not None and turn != matter.turn:
        raise Stale(matter.version, matter.version)


def _follow(matter_id: int, verb: str, given: dict[str, Any], at: datetime) -> None:
    """Take a step that the house takes by itself, on a joined report as its reporter would."""
    try:
        _take(matter_id, verb, given, by=SYSTEM, at=at, version=None, once=None, seen=None, uploads=())
    except _Joined:
        _speak(matter_id, verb, given, by=SYSTEM, at=at, version=None, once=None, uploads=())


def _speak(
    matter_id: int,
    verb: str,
    given: dict[str, Any],
    *,
    by: Actor,
    at: datetime,
    version: int | None,
    once: str | None,
    uploads: Sequence[files.Upload],
) -> Any:
    """Let the reporter of a joined matter take a step: on the main one in her own name, or for her own report alone.

    Her words stay with her own report, where she can erase them; the main one points to them.
    """
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
        if not subject.of(matter).sees(by, mine, matter):
            raise NotFound
        before = standing.seen_by(standing.voice_of(matter, main, rules.book, rules.calendar, at), by)
        if by.kind == "staff" and Who.CENTRE in mine.by:
            before = replace(before, by=before.by | {Who.CENTRE})
        life = subject.of(main).life
        step, target = life.steps[verb], matter if verb in life.own else main
        if version is not None and version != target.version:
            raise Stale(version, target.version)
        turn = _begin(target, step, before, given, by=by, at=at, rules=rules, uploads=uploads)
        turn.speaker = matter
        _listen(turn)
        subject.of(turn.matter).effects[verb](turn)
        _finish(turn, uploads)
        if once is not None:
            remember(once, {"verb": verb, "matter": matter_id, **given}, matter.pk, at)
    return matter


def _unknown(verb: str) -> Text:
    return Text(f"没有“{verb}”这一步", f"there is no step “{verb}”")


def _begin(
    matter: Matter,
    step: Step[Any],
    before: Any,
    given: dict[str, Any],
    *,
    by: Actor,
    at: datetime,
    rules: books.Rules,
    uploads: Sequence[files.Upload] = (),
) -> TurnOf[Any]:
    life = subject.of(matter).life
    refusal = life.check(step.verb, before)
    if refusal is not None:
        raise Refused(refusal.text, refusal.code)
    pages, with_files = subject.of(matter).pages, {**given, "files": uploads}
    fields = pages.asks(matter, step, rules, by) if pages is not None else ()
    turn = TurnOf[Any](
        matter=matter,
        step=step,
        before=before,
        target=life.target(step.verb, before),
        given=needs.read(step, with_files, rules.book)
        if pages is None
        else needs.read_fields(step, fields, with_files, rules.book),
        by=by,
        at=at,
        rules=rules,
    )
    _for_caller(turn)
    texts = TEXTS if pages is None else [one.name for one in fields if one.kind in {Kind.TEXT, Kind.WORDS}]
    turn.texts = {str(name): turn.given[name] for name in texts if name in turn.given}
    turn.was = _columns(matter)
    turn.main_id = matter.merged_into_id if standing.is_joined(matter) else None
    return turn


def _listen(turn: TurnOf[Any], theirs: bool = False) -> None:
    """Listen to what is said, in whatever step; with danger open her matter is not ended by the requester."""
    matter, verb = turn.matter, turn.step.verb
    if not subject.of(matter).listens:
        return
    life = subject.of(matter).life
    hers = theirs or verb in life.theirs or _reporter(turn) is not None
    if hers or (turn.by.kind != "system" and verb not in {"bypass", *heard.SETTLES}):
        # A file's name is words too.
        found = heard.listen(turn.texts.values(), (file.name for file in turn.given.get("files", ())))
        # What staff write may tell what they were just told: what is certain stands open until somebody settles it.
        turn.heard = found if hers or (found is not None and found.certain) else None
    if turn.heard is not None and not standing.is_joined(matter):
        turn.facts |= heard.mark(matter, turn.heard, at=turn.at)
        turn.told_danger = turn.heard.certain
        turn.heard = None
    if held.takes_back(turn):
        turn.facts["stays"] = True
    ends = turn.target in life.over and turn.before.state not in life.over
    if verb in life.held and ends and matter.danger_open:
        assert turn.before.state is not None
        turn.held, turn.target = True, turn.before.state
        turn.facts["held"] = True


def _for_caller(turn: TurnOf[Any]) -> None:
    """What is the requester's own to decide is entered by staff only for a caller, with how they were checked."""
    if turn.by.kind not in {"staff", "machine"}:
        turn.given.pop("for_caller", None)
        return
    if turn.by.kind == "machine" and turn.step.verb == "rate":
        turn.refuse("评价只能由诉求人本人作出", "a rating is the requester's own to give", "who")
    checked = turn.given.get("for_caller")
    if checked:
        turn.facts["for_caller"] = checked
    elif (
        subject.of(turn.matter).life.spoken
        and flow.for_caller_only(turn.step, turn.before.by)
        and not (turn.step.verb == "object" and Who.CALLER in turn.before.by)
    ):
        label = needs.LABELS[Need.FOR_CALLER]
        turn.wrong("for_caller", f"请选择“{label.zh}”", f"please choose: {label.en}")


def _go_on(turn: TurnOf[Any]) -> None:
    """The main report was withdrawn: the first of those joined to it goes on in its place, the others with that one."""
    heir, rules = turn.heir, turn.rules
    assert heir is not None
    step = subject.of(heir).life.steps["succeed"]
    facts = standing.facts_of(heir, rules.book, rules.calendar, turn.at)
    facts = replace(facts, heir_of=turn.before.state, was_handling=turn.before.was_handling)
    after = _begin(heir, step, standing.seen_by(facts, SYSTEM), {}, by=SYSTEM, at=turn.at, rules=rules)
    after.follows = turn.matter
    after.withdrawn = turn.was["extension"] or ""
    subject.of(heir).effects["succeed"](after)
    _finish(after, ())


def _columns(matter: Matter) -> dict[str, Any]:
    # JSON columns are changed in place, so what they were is kept as text.
    fixed = subject.of(matter).fixed
    found = {name: getattr(matter, name) for name in _COLUMNS if name not in fixed}
    return {name: json.dumps(v, default=str) if isinstance(v, dict | list) else v for name, v in found.items()}


def _changed(turn: TurnOf[Any]) -> list[str]:
    return [name for name, value in _columns(turn.matter).items() if value != turn.was[name]]


def _finish(turn: TurnOf[Any], uploads: Sequence[files.Upload]) -> None:
    matter, step, rules, at = turn.matter, turn.step, turn.rules, turn.at
    of = subject.of(matter)
    was = turn.before.state
    matter.state = turn.target.value
    if of.promises:
        clocks.apply(step.promise, matter, rules, at=at, reason=turn.pause_reason)
    for later in turn.after:
        later()
    if turn.target in of.life.over:
        matter.closed_at = matter.closed_at or at
        matter.outcome = matter.outcome or of.ends_as
    entered = turn.target != was or step.verb in of.life.anew
    of.set_clocks(matter, rules, at, entered)
    if of.promises and "due" not in turn.facts and step.promise.value not in {"keep", "end"}:
        turn.facts["due"] = matter.due_at.isoformat() if matter.due_at else ""
    seen = bool(turn.given.get("seen")) if Need.SEEN in step.may else step.seen
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
    if turn.co_changed or not of.shown.isdisjoint(changed):
        write_access(matter, of.facts(matter, rules, at, ""))
    if not {"hidden_units", "shielded"}.isdisjoint(changed):
        of.withheld(matter, turn.by, at)
        hiding.heard(matter, hide.unpack(turn.was["hidden_units"]), at)
    said = [turn.texts[field] for field in ("words", "reply") if turn.texts.get(field)]
    if said and step.verb not in of.life.unsaid:
        find.extend((speaker or matter).pk, "\n".join(said))
    if turn.target in of.life.over and was not in of.life.over and matter.outcome == of.ends_as:
        of.closed(matter, rules, at)
        for one in subject.kept(rules.book):
            if one.ended is not None:
                one.ended(matter, rules, at)
    if step.tells:
        tell.queue(matter, step.verb, rules, at=at, turn=entry.turn, by_reporter=_reporter(turn), words=turn.message)
    elif "for_caller" in turn.facts and step.verb in of.life.spoken:
        mine = turn.speaker or matter
        person = identity.of(mine.pk, identity.Use.TELL)
        tell.queue(mine, "by_phone", rules, at=at, turn=mine.turn, contacts=[person] if person is not None else [])
    if of.notice is not None:
        tell.queue_hooks(matter, entry, {matter.holder, matter.offered_to, *turn.before.hands}, at=at)
    if step.verb == "bypass":
        tell.queue_urgent(matter, entry, rules.book, at=at)
    handed_on = matter.danger_open and not {"holder", "offered_to"}.isdisjoint(changed)
    if turn.told_danger or handed_on:
        # Who takes over a matter with danger on it is told as those were who had it when it was told of.
        tell.queue_danger(matter, entry, rules.book, at=at)
    if turn.heard is not None and turn.main_id is not None:
        heard.warn(turn.main_id, matter.number, entry.turn, turn.heard, by=turn.by, at=at)
    diary.seal_others(matter, at=at)


def _reporter(turn: TurnOf[Any]) -> int | None:
    """Return whose requester took the step: messages speak to them otherwise than to the others who reported it."""
    if turn.by.kind == "resident" or "for_caller" in turn.facts or Who.CALLER in turn.before.by:
        return (turn.speaker or turn.matter).pk
    return None


def _in_her_own(turn: TurnOf[Any], speaker: Matter, uploads: Sequence[files.Upload]) -> dict[str, str]:
    """Keep what a joined reporter said with her own report and let the main one's entry point there."""
    facts = {k: v for k, v in turn.facts.items() if k == "for_caller"} | {"main": turn.matter.number}
    # Her page shows the main report's state: her own is closed as joined.
    files.keep(speaker, uploads, turn=speaker.turn + 1, by_resident=True, at=turn.at)
    own = diary.write(
        speaker, turn.step.verb, by=turn.by, at=turn.at, facts=facts, texts=turn.texts, seen=turn.step.seen
    )
    turn.facts |= {"voice": speaker.number, "voice_turn": own.turn}
    return {}
