"""What each step of a sitting does: the only file of the subject that writes."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from wuxiao.desk.base.actor import SYSTEM, Actor
from wuxiao.desk.base.errors import Invalid, Refused
from wuxiao.desk.case import shown, tell
from wuxiao.desk.case.act import act
from wuxiao.desk.case.opening import New, open_case
from wuxiao.desk.case.turn import Effects, TurnOf
from wuxiao.desk.diary import diary
from wuxiao.desk.diary.vouched import of_hour
from wuxiao.desk.documents import documents
from wuxiao.desk.publish import acts as publications
from wuxiao.desk.publish.guards import Guard
from wuxiao.desk.slots import keep as keep_hour
from wuxiao.desk.slots.keep import Hours
from wuxiao.desk.tasks import acts as tasks
from wuxiao.desk.tasks.look import today
from wuxiao.desk.town import books
from wuxiao.desk.town.books import Rules
from wuxiao.reading import redact
from wuxiao.reading.few import few
from wuxiao.records.models import AgendaItem, Case, Conference, Invitation, Task, WorkOrder
from wuxiao.rules import hide, route
from wuxiao.rules.book_model import Book
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.codes import new_code, new_number, same_number
from wuxiao.rules.field import BETWEEN
from wuxiao.rules.promise import promise
from wuxiao.rules.words import Text, between
from wuxiao.rules.words import day as said_day
from wuxiao.subjects.conference import asks, minutes
from wuxiao.subjects.conference.rules import CONFERENCE, IN_PUBLIC, Facts, State, next_sitting
from wuxiao.subjects.conference.words import BY_DECISION, REVIEW
from wuxiao.typed.plain import flat

Turn = TurnOf[Facts]
does = Effects()
PREFIX = "LX"
#: The kind of publications that are digests of sittings.
DIGEST = "digest"
#: So long before its hour a sitting may open: whoever was called for that hour is not decided about without them.
EARLY = timedelta(minutes=30)
#: Days ahead for which a sitting may be called.
FARTHEST = 180
_CALLED = Text(
    "请你们参加联席会议，请登录答复", "your unit is called to the joint conference, please sign in and answer"
)


def begin(given: Mapping[str, Any], rules: Rules, by: Actor, at: datetime, *, regular: str = "") -> Case:
    """Propose a sitting and return its case; one for a matter kept from some member is of a small circle.

    Inside the caller's transaction. Raises `Invalid` for a day that is past or no such matter.
    """
    book = rules.book
    if not asks.leads(by, book):
        raise Refused(Text("联席会议由牵头单位召集", "the lead body calls the joint conference"), "unit")
    _sits(given["date"], at, rules)
    said = book.lives[CONFERENCE.name]
    kept = {one.case.number: one.case.hidden for one in asks.for_a_small_circle(book, by)} if given.get("kept") else {}
    hidden = kept.get(given.get("kept", ""), frozenset())
    lead = hide.instead(book, hidden, said.units["lead"])
    members = list(dict.fromkeys([lead, *said.lists["members"]]))
    members = [unit for unit in members if not hide.barred(book, hidden, unit)]
    sits = said_day(given["date"])
    case = Case(
        life=CONFERENCE.name,
        code=new_code(),
        number=new_number(PREFIX, today(at)),
        # A day is the same in every language; what it is a sitting of stands above it.
        title=given["date"].isoformat(),
        place="",
        holder=lead,
        holder_since=at,
        hidden_own=hide.pack(hidden),
        hidden_units=hide.pack(hidden),
        received_at=at,
        changed_at=at,
        book_id=rules.id,
        version=1,
        step_due_at=asks.call_by(given["date"], at),
    )
    part = Conference(regular=regular, sits_on=given["date"], members=members)
    hour = keep_hour.drawn_for(
        case, _hours(given["date"], time(said.numbers["hour"]), rules), kind=CONFERENCE.name, place="",
        capacity=said.numbers["places"], at=at,
    )  # fmt: skip
    facts = {"date": given["date"].isoformat(), "unit": lead, **of_hour(hour)}
    new = New(case, rules, facts, {}, f"{CONFERENCE.noun.zh} {sits.zh} {case.number}", parts=(part,))
    open_case(new, by=by, at=at)
    keep_hour.open_for(case, hour)
    return case


def _hours(day: date, clock: time, rules: Rules) -> Hours:
    begins = datetime.combine(day, clock, SHANGHAI)
    return Hours(begins, begins + timedelta(hours=rules.book.lives[CONFERENCE.name].numbers["hours"]))


def _sits(day: date, at: datetime, rules: Rules) -> None:
    first, last = today(at), today(at) + timedelta(days=FARTHEST)
    if not first <= day <= last:
        raise Invalid({"date": between(first, last)})
    if not rules.calendar.is_workday(day):
        raise Invalid({"date": Text("这天放假，请另选一天", "that is a day off: choose another")})


def keep(at: datetime) -> int:
    """Set aside what a sitting may no longer deal with, propose the next by the book; returns how much was done."""
    return _part(at) + _propose(at)


def _part(at: datetime) -> int:
    """Free what stands on an agenda and is by now kept from a member of that sitting; returns how many items.

    Whom it speaks of must not hold it up by putting their sitting off. Whoever hid it holds its lock and not that of
    the sitting: so this is the house's, soon afterwards, and nobody is told.
    """
    done = 0
    rows = AgendaItem.objects.filter(state="on").exclude(about__hidden_units="").select_related("about", "matter")
    for row in rows.order_by("pk"):
        book = books.of_version(row.matter.book_id).book
        if not asks.may_deal_with(asks.part_of(row.matter).members, row.about, book):
            # Somebody may have decided or left it at this very moment, or it is opened again: the next round looks.
            with suppress(Invalid, Refused):
                act(row.matter_id, "set_aside", {"item": row.about.number}, by=SYSTEM, at=at)
                done += 1
    return done


def _propose(at: datetime) -> int:
    rules = books.current(at)
    said = rules.book.lives[CONFERENCE.name].numbers
    day = next_sitting(today(at), said["week"], said["weekday"], rules.calendar)
    if today(at) < rules.calendar.add_workdays(day, -said["ahead"]):
        return 0
    if Conference.objects.filter(regular=day.isoformat()).exists():
        return 0
    try:
        with transaction.atomic():
            begin({"date": day}, rules, SYSTEM, at, regular=day.isoformat())
    except IntegrityError:
        # Another loop proposed it at this very moment: the table takes a date of the book once.
        if not Conference.objects.filter(regular=day.isoformat()).exists():
            raise
        return 0
    return 1


def ended(case: Case, rules: Rules, at: datetime) -> None:
    """A collective matter has ended: who had it is given the questions by which it is looked back at."""
    said = rules.book.lives[CONFERENCE.name]
    if case.life != "matter" or case.merged_into_id is not None or asks.parties(case) < said.numbers["parties"]:
        return
    if Task.objects.filter(matter_id=case.pk, kind="review").exists():
        return
    due = promise(at, said.terms["review"], rules.calendar).due
    unit = hide.instead(rules.book, case.hidden, case.holder)
    task = tasks.give(case, "review", unit, today(due), rules=rules, at=at)
    form = {"form": REVIEW.name, "version": REVIEW.version, "digest": REVIEW.digest}
    facts = {"code": task.code, "unit": unit, "to_unit": unit, **form}
    diary.write(case, "task_give", by=SYSTEM, at=at, facts=facts)


def _save(part: Conference, **values: Any) -> None:
    for name, value in values.items():
        setattr(part, name, value)
    part.save(update_fields=list(values))


# ------------------------------------------------------------------------------------------------------ before it sits


@does("convene")
def _convene(turn: Turn) -> None:
    day, part = turn.given["date"], asks.part_of(turn.matter)
    _sits(day, turn.at, turn.rules)
    _save(part, sits_on=day)
    clock = _clock(turn) or _begins(turn)
    turn.matter.title, turn.matter.place = day.isoformat(), f"{clock:%H:%M} {turn.given['place']}"
    turn.facts |= {"date": day.isoformat(), "time": f"{clock:%H:%M}"}
    turn.texts.pop("time", None)
    hours = _hours(day, clock, turn.rules)
    if hours.starts_at < turn.at:
        turn.wrong("time", "这个钟点已经过了，请另选时间", "that hour is past: choose another")
    turn.facts |= keep_hour.move_with(turn.matter, hours, turn.given["place"], at=turn.at)
    key = f"called-{turn.matter.pk}-{turn.matter.turn + 1}"
    path = f"/staff/c/{CONFERENCE.name}/{turn.matter.number}"
    members = [unit for unit in part.members if unit != turn.matter.holder]
    tell.queue_units(
        turn.matter, members, "called", "联席会议 / Joint conference", _CALLED, path, turn.rules.book,
        at=turn.at, key=key,
    )  # fmt: skip


@does("put_off")
def _put_off(turn: Turn) -> None:
    _sits(turn.given["date"], turn.at, turn.rules)
    _save(asks.part_of(turn.matter), sits_on=turn.given["date"])
    turn.matter.title = turn.given["date"].isoformat()
    turn.facts["date"] = turn.given["date"].isoformat()
    if (slot := asks.hour_of(turn.matter)) is not None:
        hours = _hours(turn.given["date"], _begins(turn), turn.rules)
        turn.facts |= keep_hour.move_with(turn.matter, hours, slot.place, at=turn.at)
    # For another day everybody is asked anew.
    Invitation.objects.filter(matter_id=turn.matter.pk).delete()


@does("drop")
def _drop(turn: Turn) -> None:
    _hold_over(turn)
    turn.facts |= keep_hour.cancel_with(turn.matter, at=turn.at)
    turn.matter.outcome = "dropped"


@does("answer")
def _answer(turn: Turn) -> None:
    unit, answer = turn.given["unit"], turn.given["answer"]
    there = Invitation.objects.filter(matter_id=turn.matter.pk, unit=unit).first()
    if there is None:
        Invitation(matter=turn.matter, unit=unit, answer=answer).save()
    else:
        there.answer = answer
        there.save(update_fields=["answer"])
    turn.facts |= {"to_unit": unit, "answer": answer}
    # It waits for this unit no more: whom it waits for hangs on its access rows.
    turn.co_changed = True


@does("put_on")
def _put_on(turn: Turn) -> None:
    number = turn.given.get("number")
    if bool(number) == ("item" in turn.given):
        turn.wrong("item", "请在提出的里面选一件，或者填一个编号", "choose one of those proposed, or type one number")
    if number:
        about, why = _named(turn, number), "named"
    else:
        chosen = {one.case.number: one for one in asks.proposed(turn.matter, turn.rules, turn.by)}[turn.given["item"]]
        about, why = chosen.case, chosen.why
    row = AgendaItem.objects.filter(matter_id=turn.matter.pk, about_id=about.pk, state="off").first()
    try:
        with transaction.atomic():
            if row is None:
                row = AgendaItem(matter=turn.matter, about=about, why=why, state="on", put=turn.matter.turn + 1)
                row.save()
            else:
                row.state, row.put = "on", turn.matter.turn + 1
                row.save(update_fields=["state", "put"])
    except IntegrityError:
        turn.refuse("这件已经在一次会的议程上", "it stands on the agenda of a sitting already", "on_agenda")
    if not keep_hour.hold(turn.matter):
        others = asks.others_with_room(turn.matter, turn.by, turn.at)
        raise Refused(asks.full(others), "full")
    turn.facts |= {"item": about.number, "of": about.pk, "why": why}


def _clock(turn: Turn) -> time | None:
    """Return the time that was typed; `None` where none was. `Invalid` for what is no time of the day."""
    if not (typed := flat(turn.given.get("time", "")).strip()):
        return None
    found: time | None = None
    with suppress(ValueError):
        found = datetime.strptime(typed, "%H:%M").time()
    if found is None:
        turn.wrong("time", "请写几点几分，例如 09:30", "please give hour and minute, 09:30 say")
    return found


def _begins(turn: Turn) -> time:
    """Return when the sitting begins as it stands; of one from before sittings had an hour, the hour of the book."""
    if (slot := asks.hour_of(turn.matter)) is not None:
        return slot.starts_at.astimezone(SHANGHAI).time()
    return time(turn.rules.book.lives[CONFERENCE.name].numbers["hour"])


def _named(turn: Turn, number: str) -> Case:
    """Return a matter put on by its number: one the chair sees, and that is kept from no member."""
    viewer = turn.by.viewer
    assert viewer is not None
    typed = same_number(number)
    found: Case | None = shown.visible(viewer).filter(number=typed, closed_at=None, merged_into=None).first()
    if found is None:
        # What a sitting decided before may come again, whoever has the matter now.
        rows = Case.objects.filter(shown.not_hidden(viewer.units), number=typed, closed_at=None, life="matter")
        found = rows.filter(pk__in=AgendaItem.objects.values("about_id")).first()
    if found is None or not found.hidden.isdisjoint(viewer.units):
        turn.wrong("number", "没有这件没办结的事项，或者您看不到它", "no such open matter, or it is not yours to see")
    assert found is not None
    if not asks.may_deal_with(asks.part_of(turn.matter).members, found, turn.rules.book):
        turn.wrong(
            "number",
            "这件要对某个成员单位保密，不能上这次会；请另开小范围的会",
            "it is kept from a member of this sitting: propose one in a small circle",
        )
    return found


def _off(turn: Turn) -> AgendaItem | None:
    """Take what was chosen off the agenda, and give its place back; `None` where it does not stand there."""
    row = next((one for one in asks.items(turn.matter, turn.by, "on") if one.about.number == turn.given["item"]), None)
    if row is not None:
        row.state = "off"
        row.save(update_fields=["state"])
        keep_hour.let_go(turn.matter)
    return row


@does("set_aside")
def _set_aside(turn: Turn) -> None:
    if (row := _off(turn)) is None or asks.may_deal_with(asks.part_of(turn.matter).members, row.about, turn.rules.book):
        turn.refuse("它不在议程上，或者可以在这次会上议", "it is not on the agenda, or may stand there", "stays")
    assert row is not None
    turn.facts |= {"item": row.about.number, "of": row.about_id}


@does("leave_off")
def _leave_off(turn: Turn) -> None:
    number = turn.given["item"]
    row = _off(turn)
    if row is None:
        one = {p.case.number: p for p in asks.proposed(turn.matter, turn.rules, turn.by)}[number]
        row = AgendaItem(matter=turn.matter, about=one.case, why=one.why, state="off", put=turn.matter.turn + 1)
        row.save()
    turn.facts |= {"item": number, "of": row.about_id}


# ------------------------------------------------------------------------------------------------------------- sitting


@does("sit")
def _sit(turn: Turn) -> None:
    slot = asks.hour_of(turn.matter)
    if slot is not None and turn.at < slot.starts_at - EARLY:
        begins = f"{slot.starts_at.astimezone(SHANGHAI):%H:%M}"
        turn.refuse(
            f"会定在{begins}，最早提前{EARLY.seconds // 60}分钟开",
            f"it is called for {begins} and opens {EARLY.seconds // 60} minutes before that at the earliest",
            "on_its_hour",
        )
    here = turn.given["present"].split(BETWEEN)
    if turn.matter.holder not in here:
        turn.wrong("present", "召集单位应当到会", "the lead body must be here")
    part, now = asks.part_of(turn.matter), today(turn.at)
    _save(part, present=here)
    turn.facts["present"] = here
    if now != part.sits_on:
        # It opens later than it was called for: the minutes and the calendars say the day on which it sat.
        _save(part, sits_on=now)
        turn.matter.title = turn.facts["date"] = now.isoformat()
        if slot is not None:
            hours = _hours(now, _begins(turn), turn.rules)
            turn.facts |= keep_hour.move_with(turn.matter, hours, slot.place, at=turn.at)


@does("decide")
def _decide(turn: Turn) -> None:
    number, unit, due = turn.given["item"], turn.given["unit"], turn.given["due"]
    row = next(one for one in asks.items(turn.matter, turn.by, "on") if one.about.number == number)
    about, book = row.about, turn.rules.book
    co = [one for one in turn.given.get("co", "").split(BETWEEN) if one and one != unit]
    binds = about.life == "matter"
    for one in co:
        able, why = _may_help(turn, one, about) if binds else (True, Text("", ""))
        if not able or hide.barred(book, about.hidden, one):
            turn.wrong("co", why.zh or "这件事不能交给它", why.en or "this may not go to it")
    row.state, row.unit, row.due_on, row.decided = "decided", unit, due, turn.matter.turn + 1
    row.save(update_fields=["state", "unit", "due_on", "decided"])
    for n, one in enumerate([unit, *co]):
        tasks.give(
            turn.matter, "decision", one, due, rules=turn.rules, at=turn.at, about=about, binds=binds and n == 0
        )  # fmt: skip
    if binds:
        _bind(turn, about, unit, co, due)
    turn.facts |= {"item": number, "of": about.pk, "to_unit": unit, "due_on": due.isoformat(), "co": co}


def _may_help(turn: Turn, unit: str, about: Case) -> tuple[bool, Text]:
    if not about.category:
        return True, Text("", "")
    return route.may_help(turn.rules.book, unit, about.category, hidden=about.hidden)


def _bind(turn: Turn, about: Case, unit: str, co: list[str], due: date) -> None:
    """Send the matter to the unit that was decided, and the others beside it, by the house, right after this turn."""
    sat = said_day(asks.part_of(turn.matter).sits_on).say(about.lang)
    reason = BY_DECISION.fill(date=sat).say(about.lang)
    turn.follow.append((about.pk, "decide", {"unit": unit, "reason": reason}))
    helping = WorkOrder.objects.filter(matter_id=about.pk, role="co", state="accepted").values_list("unit", flat=True)
    days = max(1, min(60, turn.rules.calendar.workdays_between(today(turn.at), due)))
    for one in sorted(set(co) - set(helping)):
        turn.follow.append((about.pk, "join", {"unit": one, "task": reason, "term_days": days}))


@does("correct")
def _correct(turn: Turn) -> None:
    """The minutes are written anew; the paper stands until the next one that is confirmed replaces it."""


@does("write_up")
def _write_up(turn: Turn) -> None:
    _save(asks.part_of(turn.matter), writer_id=turn.by.staff_id, minutes=turn.matter.turn + 1)


@does("confirm")
def _confirm(turn: Turn) -> None:
    _hold_over(turn)
    turn.matter.outcome = "" if turn.target is State.CARRYING else "held"
    said = minutes.content(turn.matter)
    # A member from whom an item was kept since does not get the paper; its number leaves that member no gap.
    apart = any(one.about.hidden_units for one in asks.items(turn.matter, SYSTEM))
    turn.then.append(
        lambda: documents.issue(turn.matter, minutes.KIND, said, by=turn.by, at=turn.at, seen=False, apart=apart)
    )


def _hold_over(turn: Turn) -> None:
    """What was on the agenda and not decided is free for another sitting."""
    for row in AgendaItem.objects.filter(matter_id=turn.matter.pk, state="on"):
        row.state = "held"
        row.save(update_fields=["state"])


@does("finish")
def _finish(turn: Turn) -> None:
    """The row says it all."""


@does("note")
def _note(turn: Turn) -> None:
    """The row says it all."""


# -------------------------------------------------------------------------------------------------------------- digest


@does("draft")
def _draft(turn: Turn) -> None:
    texts = (turn.given["digest"], turn.given.get("digest_en", ""))
    part = asks.part_of(turn.matter)
    with _in_our_fields():
        _save(part, digest=publish(part, turn.matter, *texts, by=turn.by, at=turn.at))
    # What was written is kept where it is published from, and erased there when its days are over.
    turn.texts.clear()


def publish(part: Conference, case: Case, zh: str, en: str, *, by: Actor, at: datetime) -> str:
    """Propose a digest for the public, or a newer version of it; returns its code. A second person releases it."""
    sat = said_day(part.sits_on)
    title, title_en = f"联席会议摘要（{sat.zh}）", f"Joint conference of {sat.en}: digest" if en else ""
    out = asks.published(part)
    if out is None:
        return publications.propose(
            DIGEST, title, zh, by=by, at=at, unit=case.holder, title_en=title_en, text_en=en, about=case
        )  # fmt: skip
    given = {"title": title, "text": zh, "title_en": title_en, "text_en": en}
    publications.revise(out.row.code, given, version=out.row.version, by=by, at=at)
    return part.digest


@contextmanager
def _in_our_fields() -> Iterator[None]:
    """Say what is wrong with a text beside the fields of a sitting's own forms."""
    try:
        yield
    except Invalid as wrong:
        raise Invalid(
            {"digest_en" if name.endswith("_en") else "digest": text for name, text in wrong.fields.items()}
        ) from None


def sitting_of(code: str) -> Case | None:
    """Return the sitting a digest speaks of, by the code of the text."""
    part = Conference.objects.filter(digest=code).select_related("matter").first() if code else None
    return part.matter if part is not None else None


def check_digest(case: Case, words: Mapping[str, str]) -> None:
    """Refuse words of a digest, also those of its title, that say what a digest of this sitting must never say."""
    if case.hidden_units:
        raise Refused(IN_PUBLIC.says[0], IN_PUBLIC.name)
    book = books.of_version(case.book_id).book
    never, wrong = _never_in(case, book), {}
    for name, text in words.items():
        try:
            check_public(text or "", book.suppress_below, never)
        except Invalid as found:
            wrong[name] = found.fields["digest"]
    if wrong:
        raise Invalid(wrong)


#: What is asked of every text of the kind `digest`, whoever writes it where.
GUARD = Guard(
    DIGEST,
    Text(
        "会议摘要在那次联席会议的页面上起草、公布，不能另写",
        "a digest is drafted and released on the page of its sitting, never apart from it",
    ),
    sitting_of,
    check_digest,
    asks.digests_for,
)


def _never_in(case: Case, book: Book) -> list[str]:
    """Return what a digest of a sitting does not say: numbers of matters, and kinds of which all are kept from some."""
    every, kinds = asks.items(case, SYSTEM), book.categories
    kept = {one.about.category for one in every if one.about.hidden_units}
    kept -= {one.about.category for one in every if not one.about.hidden_units and one.state != "off"}
    names = [kinds[code].name for code in sorted(kept) if code in kinds]
    # By the last part of a number a search finds the whole.
    tails = [one.about.number.rpartition("-")[2] for one in every]
    numbers = [one.about.number for one in every] + [one for one in tails if len(one) > 4]
    return [*numbers, *(text for name in names for text in (name.zh, name.en))]


def keep_digests(case: Case, rules: Rules, at: datetime) -> None:
    """A case became kept from somebody: digests of the sittings that dealt with it go out of sight, drafted or out.

    The sitting itself is not written to, so its lock is not needed. What may still be said is drafted anew.
    """
    sat = AgendaItem.objects.filter(about_id=case.pk).exclude(state="off").values("matter_id")
    for code in Conference.objects.filter(matter_id__in=sat).exclude(digest="").values_list("digest", flat=True):
        publications.call_in(code, at=at)


def check_public(text: str, below: int, never: list[str]) -> None:
    """Refuse a text with personal details, addresses, counts of a few, or what it is `never` to say; says which."""
    folded = _letters(text)
    found = [mark.text for mark in redact.find(text)] + [one for one in never if _letters(one) in folded]
    found = list(dict.fromkeys([*found, *few(text, below)]))
    if found:
        zh, en = "、".join(f"“{one}”" for one in found[:6]), ", ".join(f"“{one}”" for one in found[:6])
        raise Invalid(
            {
                "digest": Text(
                    f"公开的摘要里不能有{zh}，请改掉", f"the public digest must not hold {en}: please change it"
                )
            }
        )


def _letters(text: str) -> str:
    """Return the letters and digits of a text alone, in one width and case: nothing typed between them hides one."""
    return "".join(one for one in unicodedata.normalize("NFKC", text).casefold() if one.isalnum())


@does("release")
def _release(turn: Turn) -> None:
    """A second person releases what was drafted; its guard reads it anew."""
    out = asks.published(asks.part_of(turn.matter))
    assert out is not None
    with _in_our_fields():
        publications.release(out.row.code, version=out.row.version, by=turn.by, at=turn.at)


@does("take_down")
def _take_down(turn: Turn) -> None:
    out = asks.published(asks.part_of(turn.matter))
    assert out is not None
    publications.withdraw(out.row.code, turn.given["reason"], version=out.row.version, by=turn.by, at=turn.at)


def finish(case: Case, at: datetime) -> None:
    """End a sitting all of whose tasks are over, by the house."""
    act(case.pk, "finish", by=SYSTEM, at=at, turn=case.turn)
