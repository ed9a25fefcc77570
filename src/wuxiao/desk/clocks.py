"""The clocks of a matter: the resident's promise, the clock of its present state, and the next tick.

The promise is stored with everything it was made of (`start`, `term`, `pauses`, `extensions`) and its readable `why`,
so it replays to the same instant. `told` is the latest date a resident was ever told for this promise; a recomputation
never goes below it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from wuxiao.desk.books import Rules
from wuxiao.records.models import Matter
from wuxiao.rules.flow import STANDINGS, Clock, Promise, State
from wuxiao.rules.promise import Extension, Pause, Term, promise

#: How long after an unanswered tick the loop looks again, so that a matter is never without a clock.
LOOK_AGAIN = timedelta(days=1)


def answer_term(matter: Matter, rules: Rules) -> Term:
    """Return the term of the promise for this matter: petitions have their own calendar-day clock."""
    book = rules.book
    if matter.petition:
        return (book.petition.handle, book.petition.review, book.petition.re_review)[matter.appeal_level]
    return book.term(matter.handling_class or "request", matter.category or None, step="answer")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def recount(matter: Matter, rules: Rules, *, at: datetime) -> None:
    """Compute `due_at` and the stored promise anew from its parts; never earlier than the resident was told."""
    parts: dict[str, Any] = matter.promise
    pauses = tuple(
        Pause(_moment(p["start"]), _moment(p["end"]) if p["end"] else None, p["reason"]) for p in parts["pauses"]
    )
    extensions = tuple(
        Extension(Term.parse(e["term"]), e["reason"], _moment(e["granted"])) for e in parts["extensions"]
    )
    made = promise(
        _moment(parts["start"]),
        Term.parse(parts["term"]),
        rules.calendar,
        pauses=tuple(p for p in pauses if p.end is not None),
        extensions=extensions,
    )
    told = parts.get("told")
    due = made.due if told is None else max(made.due, _moment(told))
    parts["due"] = made.due.isoformat()
    parts["told"] = due.isoformat()
    parts["why"] = made.why.to_json()
    matter.promise = parts
    matter.due_at = due


def begin(matter: Matter, rules: Rules, *, start: datetime, at: datetime, keep_told: bool = False) -> None:
    """Give the promise (again) from `start`; with `keep_told` the date already told stays the floor."""
    told = matter.promise.get("told") if keep_told else None
    matter.promise = {
        "start": start.isoformat(),
        "term": str(answer_term(matter, rules)),
        "profile": rules.book.profile.code,
        "class": matter.handling_class,
        "petition": matter.petition,
        "pauses": matter.promise.get("pauses", []) if keep_told else [],
        "extensions": matter.promise.get("extensions", []) if keep_told else [],
        "told": told,
    }
    recount(matter, rules, at=at)


def apply(change: Promise, matter: Matter, rules: Rules, *, at: datetime, reason: str = "") -> None:
    """Do to the promise what the step table says."""
    match change:
        case Promise.KEEP:
            return
        case Promise.START | Promise.FRESH:
            begin(matter, rules, start=at, at=at)
            matter.ladder = 0
            matter.supervised_at = None
        case Promise.REGIVE:
            begin(matter, rules, start=_moment(matter.promise["start"]), at=at, keep_told=True)
        case Promise.PAUSE:
            matter.paused_at = at
            matter.waits += 1
            matter.promise["pauses"].append({"start": at.isoformat(), "end": None, "reason": reason})
        case Promise.RESUME:
            matter.paused_at = None
            for pause in matter.promise["pauses"]:
                pause["end"] = pause["end"] or at.isoformat()
            recount(matter, rules, at=at)
        case Promise.EXTEND:
            assert matter.extension is not None
            matter.promise["extensions"].append(
                {"term": matter.extension["term"], "reason": matter.extension["reason"], "granted": at.isoformat()}
            )
            matter.extensions += 1
            recount(matter, rules, at=at)
        case Promise.END:
            return


def state_term(matter: Matter, rules: Rules) -> Term | None:
    """Return the term of the present state's own clock; `None` where the promise itself is the clock."""
    book = rules.book
    match STANDINGS[State(matter.state)].clock:
        case Clock.ACCEPT:
            return book.term(matter.handling_class or "request", matter.category or None, step="accept")
        case Clock.SIGN:
            return book.sign_levels[min(matter.sign_level, len(book.sign_levels)) - 1].term
        case Clock.OFFER:
            return book.handover.accept_term
        case Clock.JOINT:
            return book.handover.joint_term
        case Clock.SECOND_LOOK:
            return book.second_look
        case Clock.SILENCE:
            return book.silence
        case Clock.URGENT:
            return book.term("urgent", step="answer")
        case Clock.WAIT:
            return book.pause.cap
        case _:
            return None


def rung_moment(matter: Matter, rules: Rules) -> datetime | None:
    """Return when the next rung of the reminder ladder stands, or `None` after the last."""
    ladder = rules.book.ladder
    if matter.ladder >= len(ladder) or matter.due_at is None:
        return None
    at = ladder[matter.ladder].at
    if at.after is not None:
        return promise(matter.due_at, at.after, rules.calendar).due
    start = _moment(matter.promise["start"])
    return start + (matter.due_at - start) * at.share


def set_clocks(matter: Matter, rules: Rules, *, at: datetime, entered: bool) -> None:
    """Set the state's clock (anew when the state was entered) and the next tick of the loop."""
    state = State(matter.state)
    if entered:
        term = state_term(matter, rules)
        matter.step_due_at = promise(at, term, rules.calendar).due if term is not None else None
    if state is State.CLOSED:
        matter.step_due_at = matter.tick_at = None
        return
    if state in {State.WAITING, State.ANSWERED}:
        matter.tick_at = matter.step_due_at
        return
    marks = [m for m in (matter.step_due_at, rung_moment(matter, rules)) if m is not None]
    ahead = [m for m in marks if m > at]
    if any(m <= at for m in marks) and state is not State.SIGNING:
        ahead.append(at + LOOK_AGAIN)
    matter.tick_at = min(ahead) if ahead else at + LOOK_AGAIN
