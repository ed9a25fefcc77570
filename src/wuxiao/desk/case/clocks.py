"""The clocks of a matter: the resident's promise, the clock of its present state, and the next tick.

The promise is stored with its readable `why`, which holds everything it was made of (start, term, pauses, extensions,
the date already told), so it replays to the same instant and a recomputation never shortens what was told.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from wuxiao.desk.town.books import Rules
from wuxiao.records.models import Case, Entry
from wuxiao.rules.book_model import DangerRung
from wuxiao.rules.flow import STANDINGS, WORKING, Clock, Promise, State
from wuxiao.rules.promise import Extension, Pause, Term, Told, Why, at_share, promise, revise
from wuxiao.rules.promise import Promise as Made
from wuxiao.rules.promise.parts import DAY_UNITS, OFFICE_UNITS, Unit

#: How long after an unanswered tick the loop looks again, so that a matter is never without a clock.
LOOK_AGAIN = timedelta(days=1)
#: How far the clocks of two machines, or one clock put right, may stand apart; what lies further ahead was written by
#: a clock that was wrong.
APART = timedelta(minutes=10)
#: Entries that say that a rung of the ladder of the promise was taken.
_RUNGS = ("remind", "urge", "supervise", "rung")


def answer_term(matter: Case, rules: Rules) -> Term:
    """Return the term of the promise for this matter: petitions have their own calendar-day clock."""
    book = rules.book
    if matter.reopened and not matter.petition and book.reopen.answer is not None:
        return book.reopen.answer
    if matter.petition:
        return (book.petition.handle, book.petition.review, book.petition.re_review)[matter.appeal_level]
    return book.term(matter.handling_class or "request", matter.category or None, step="answer")


def store(matter: Case, made: Made) -> None:
    """Keep a computed promise and its reason on the matter (not saved)."""
    matter.promise = {
        "start": made.start.isoformat(),
        "term": str(made.term),
        "profile": matter.promise.get("profile", ""),
        "why": made.why.to_json(),
    }
    matter.due_at = made.due


def why_of(matter: Case) -> Why:
    """Return the stored reason of the matter's present date."""
    return Why.from_json(matter.promise["why"])


def begin(matter: Case, rules: Rules, *, start: datetime, keep_told: bool = False) -> None:
    """Give the promise (again) from `start`; with `keep_told` nothing already told to the resident is shortened."""
    told: Told | None = None
    pauses: tuple[Pause, ...] = ()
    extensions: tuple[Extension, ...] = ()
    if keep_told:
        was = why_of(matter)
        pauses = tuple(c.pause for c in was.pauses)
        extensions = tuple(c.extension for c in was.extensions)
        known = {p.start for p in pauses} | {e.granted for e in extensions}
        told = Told(was.due, tuple(sorted(known)))
    made = promise(start, answer_term(matter, rules), rules.calendar, pauses=pauses, extensions=extensions, told=told)
    matter.promise["profile"] = rules.book.profile.code
    store(matter, made)


def apply(change: Promise, matter: Case, rules: Rules, *, at: datetime, reason: str = "") -> None:
    """Do to the promise what the step table says."""
    match change:
        case Promise.KEEP | Promise.END:
            return
        case Promise.START | Promise.FRESH:
            begin(matter, rules, start=at)
            matter.ladder = 0
            # A fresh promise has its own questions and its own extension.
            matter.extensions = matter.waits = 0
            matter.supervised_at = None
        case Promise.REGIVE:
            begin(matter, rules, start=datetime.fromisoformat(matter.promise["start"]), keep_told=True)
        case Promise.PAUSE:
            matter.paused_at = at
            matter.waits += 1
            matter.promise["pause_reason"] = reason
        case Promise.RESUME:
            _resume(matter, rules, at)
        case Promise.EXTEND:
            assert matter.extension is not None
            granted = Extension(Term.parse(matter.extension["term"]), matter.extension["reason"], at)
            was = why_of(matter)
            store(
                matter,
                revise(
                    was,
                    rules.calendar,
                    pauses=[c.pause for c in was.pauses],
                    extensions=[*(c.extension for c in was.extensions), granted],
                ),
            )
            matter.extensions += 1


def carry_extensions(matter: Case, main: Case, rules: Rules, *, since: datetime) -> None:
    """Add to a matter's own promise what was granted on the one it was joined to, from when it was joined on."""
    was = why_of(matter)
    granted = [c.extension for c in why_of(main).extensions if c.extension.granted >= since]
    if not granted:
        return
    pauses = [c.pause for c in was.pauses]
    store(
        matter,
        revise(was, rules.calendar, pauses=pauses, extensions=[*(c.extension for c in was.extensions), *granted]),
    )
    matter.extensions += len(granted)


def _resume(matter: Case, rules: Rules, at: datetime) -> None:
    was = why_of(matter)
    assert matter.paused_at is not None
    waited = Pause(matter.paused_at, at, matter.promise.get("pause_reason", ""))
    matter.paused_at = None
    store(
        matter,
        revise(
            was,
            rules.calendar,
            pauses=[*(c.pause for c in was.pauses), waited],
            extensions=[c.extension for c in was.extensions],
        ),
    )


def state_term(matter: Case, rules: Rules) -> Term | None:
    """Return the term of the present state's own clock; `None` where the promise itself is the clock."""
    book = rules.book
    match STANDINGS[State(matter.state)].clock:
        case Clock.ACCEPT if matter.petition:
            return book.petition.register
        case Clock.OFFER if matter.petition:
            return book.petition.unit_objection
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


def wait_end(matter: Case, rules: Rules, *, at: datetime) -> datetime:
    """Return until when a wait begun now may last before all waits together reach the cap of the rule book.

    What was waited before is counted in the cap's own measure: days as days begun, hours as they passed.
    """
    cap, calendar = rules.book.pause.total, rules.calendar
    pauses = [(c.pause.start, c.pause.end) for c in why_of(matter).pauses if c.pause.end is not None]
    if cap.unit in DAY_UNITS:
        if cap.unit is Unit.WORKING_DAYS:
            waited = sum(calendar.workdays_between(a.date(), b.date()) for a, b in pauses)
        else:
            waited = sum((b.date() - a.date()).days for a, b in pauses)
        left = int(cap.amount) - waited
        return promise(at, replace(cap, amount=left), calendar).due if left > 0 else at
    end = promise(at, cap, calendar).due
    if cap.unit in OFFICE_UNITS:
        ran = cap.length - sum((calendar.working_time(a, b) for a, b in pauses), timedelta())
        return calendar.add_working_time(at, ran) if ran > timedelta() else at
    return max(at, end - sum((b - a for a, b in pauses), timedelta()))


def rung_moment(matter: Case, rules: Rules, *, at: datetime) -> datetime | None:
    """Return when the next rung of the reminder ladder stands, or `None` after the last time of the last.

    Each rung tells somebody else and is taken, however late. The last comes again at the next of its times after it
    was last taken: one that passed while nobody looked, in an outage say, told nobody and is none of the `most`.
    """
    ladder = rules.book.ladder
    if matter.due_at is None:
        return None
    last, again = ladder[-1], matter.ladder - len(ladder) + 1
    if again > last.most:
        return None
    moment = ladder[min(matter.ladder, len(ladder) - 1)].at
    if moment.after is None:
        stands = at_share(why_of(matter), rules.calendar, moment.share)
    else:
        stands = promise(matter.due_at, moment.after, rules.calendar).due
    if again > 0 and last.again is not None:
        taken = Entry.objects.filter(matter_id=matter.pk, verb__in=_RUNGS, actor="system")
        told = taken.order_by("-turn").values_list("at", flat=True).first()
        if told is None or told > at + APART:
            # What only a clock ahead has seen puts nothing off.
            told = stands
        first, times = stands, again
        while times == again or stands <= told:
            stands = promise(first, replace(last.again, amount=last.again.amount * times), rules.calendar).due
            times += 1
    return stands


def latest_tick(matter: Case, rules: Rules, *, at: datetime) -> datetime:
    """Return how late the next look at an open matter may be set, at an instant or any time before it.

    Worked out from the dates and the rung that entries sealed: a clock set later was put off by nobody's act.
    """
    ahead = [m for m in (matter.step_due_at, rung_moment(matter, rules, at=at)) if m is not None and m > at]
    if State(matter.state) in {State.WAITING, State.ANSWERED}:
        ahead = [m for m in (matter.step_due_at,) if m is not None and m > at]
    return max(at + LOOK_AGAIN, min(ahead, default=at))


def danger_moment(matter: Case, rules: Rules, *, at: datetime) -> datetime | None:
    """Return when the next rung of open danger stands, or `None` where none is open or the last was climbed.

    The last comes again, `most` times, counted from when it was told last: what passed untold, in an outage say, is
    none of them. Where danger was told of, or somebody of it, by a clock that stood ahead, nobody knows how long ago
    that is: the rung stands now.
    """
    since = matter.danger_since if matter.danger_open else None
    return _on_the_wall(matter, "danger", rules.book.danger, since, at)


def unread_moment(matter: Case, rules: Rules, *, at: datetime) -> datetime | None:
    """Return when the next rung of words nobody could read stands, `None` after the last; counted as with danger."""
    return _on_the_wall(matter, "unread", rules.book.unread, matter.unread_since, at)


def _on_the_wall(
    matter: Case, what: str, ladder: Sequence[DangerRung], since: datetime | None, at: datetime
) -> datetime | None:
    if since is None:
        return None
    climbed: int = getattr(matter, f"{what}_rung")
    last, again = ladder[-1], climbed - len(ladder) + 1
    if again > last.most:
        return None
    if again <= 0 or last.again is None:
        first = since + ladder[min(climbed, len(ladder) - 1)].after.length
        return first if since <= at + APART else at
    late = Entry.objects.filter(matter_id=matter.pk, verb=f"{what}_late")
    told = late.order_by("-turn").values_list("at", flat=True).first()
    # A report that took the place of another one has the rungs told of that one, and no entry of its own.
    told = since + last.after.length if told is None else told
    return told + last.again.length if told <= at + APART else at


def watch(matter: Case, rules: Rules, *, at: datetime) -> None:
    """Begin or end the clocks of open danger and of unread words; they run in every state, also when all else is
    answered or closed."""
    if not matter.danger_open:
        matter.danger_since, matter.danger_rung = None, 0
    elif matter.danger_since is None:
        matter.danger_since, matter.danger_rung = at, 0
    if matter.unread_since is None:
        matter.unread_rung = 0
    for moment in (danger_moment(matter, rules, at=at), unread_moment(matter, rules, at=at)):
        if moment is not None:
            matter.tick_at = min(matter.tick_at or moment, moment)


def set_clocks(matter: Case, rules: Rules, *, at: datetime, entered: bool) -> None:
    """Set the state's clock (anew when the state was entered), that of open danger, and the next tick of the loop."""
    _set_clocks(matter, rules, at=at, entered=entered)
    watch(matter, rules, at=at)


def of_states(
    over: Collection[str], term: Callable[[Case, Rules], Term | None]
) -> Callable[[Case, Rules, datetime, bool], None]:
    """Return what sets the clocks of a life whose states alone have limits: `term` says which, `over` have none."""

    def set_(case: Case, rules: Rules, at: datetime, entered: bool) -> None:
        if case.state in over:
            case.step_due_at = case.tick_at = None
        else:
            if entered:
                limit = term(case, rules)
                case.step_due_at = promise(at, limit, rules.calendar).due if limit is not None else None
            ahead = case.step_due_at is not None and case.step_due_at > at
            case.tick_at = case.step_due_at if ahead else at + LOOK_AGAIN
        watch(case, rules, at=at)

    return set_


def _set_clocks(matter: Case, rules: Rules, *, at: datetime, entered: bool) -> None:
    state = State(matter.state)
    if entered:
        term = state_term(matter, rules)
        matter.step_due_at = promise(at, term, rules.calendar).due if term is not None else None
        if state is State.WAITING:
            matter.step_due_at = min(wait_end(matter, rules, at=at), matter.step_due_at or at)
    if state is State.CLOSED:
        # Over, but for a reporter who waits to hear whether hers is the same thing.
        if matter.apart_asked_at is None:
            matter.step_due_at = None
        matter.tick_at = matter.step_due_at
        return
    if state in {State.WAITING, State.ANSWERED}:
        matter.tick_at = matter.step_due_at
        return
    rung = rung_moment(matter, rules, at=at)
    if rung is not None and rung <= at and state in WORKING:
        # Somebody acted before the loop came round (after an outage, say): the rung is not put off by that.
        matter.tick_at = at
        return
    marks = [m for m in (matter.step_due_at, rung) if m is not None]
    ahead = [m for m in marks if m > at]
    if any(m <= at for m in marks) and state is not State.SIGNING:
        ahead.append(at + LOOK_AGAIN)
    matter.tick_at = min(ahead) if ahead else at + LOOK_AGAIN
