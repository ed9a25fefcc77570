"""A town made from a seed number, row by row and without a diary: whatever figures may meet is in it, nothing is drawn.

It is counted, never lived in: rows are combined as no story would, so that each condition of a measure is met by some.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from wuxiao.desk.town import books
from wuxiao.records.models import Access, CallBack, Case, Entry, Finding, Inspection, Matter, Premises, Row
from wuxiao.rules.calendar import SHANGHAI

#: The instant it is counted at: in the last of its months.
NOW = datetime(2026, 11, 18, 16, 20, tzinfo=SHANGHAI)
BEGIN = datetime(2026, 8, 25, 0, 0, tzinfo=SHANGHAI)
MONTHS = ("2026-08", "2026-09", "2026-10", "2026-11")
_STATES = ("intake", "signing", "offered", "handling", "waiting", "declining", "answered", "closed", "closed", "closed")
_OUTCOMES = ("answered", "answered", "answered", "declined", "withdrawn", "merged")


def fill(seed: int, matters: int = 900, places: int = 60) -> None:
    """Fill an adopted town (`tests.desk.people.settle`) with matters, call-backs, premises and findings."""
    rng = random.Random(seed)
    rules = books.current(NOW)
    book = rules.book
    units, kinds, categories = sorted(book.units), sorted(book.kinds), ["", *sorted(book.categories)[:40]]
    classes = ["", *sorted(book.classes)]
    span = int((NOW - BEGIN) / timedelta(minutes=1))

    def moment(after: datetime, days: float) -> datetime | None:
        made = after + timedelta(minutes=rng.randrange(int(days * 1440) + 1))
        return made if made < NOW else None

    rows = []
    for n in range(matters):
        came = BEGIN + timedelta(minutes=rng.randrange(span))
        due = came + timedelta(days=rng.choice((1, 3, 7, 15, 30)))
        answered = moment(came, 40) if rng.random() < 0.75 else None
        closed = moment(answered or came, 20) if rng.random() < 0.6 else None
        said = answered is not None and rng.random() < 0.6
        state = "closed" if closed else rng.choice(_STATES[:7])
        rows.append(
            Matter(
                life="matter",
                number=f"T{seed}-{n:06d}",
                code=f"T{seed:03d}{n:016d}",
                state=state,
                outcome=rng.choice(_OUTCOMES) if closed else "",
                kind=rng.choice(kinds),
                category=rng.choice(categories),
                handling_class=rng.choice(classes),
                channel=rng.choice(("phone", "web", "desk", "wechat", "odd")),
                holder=rng.choice(units[:12]),
                holder_since=came,
                received_at=came,
                changed_at=came,
                due_at=due if rng.random() < 0.97 else None,
                # On the very instant of the promise, now and then.
                answered_at=due if answered and rng.random() < 0.03 and due < NOW else answered,
                closed_at=closed,
                paused_at=moment(came, 30) if state == "waiting" else None,
                reopened=rng.choice((0, 0, 0, 0, 1, 2)),
                contacted=rng.choice((None, True, False)) if said else None,
                solved=rng.choice((None, True, True, False)) if said else None,
                satisfied=rng.choice((None, 1, 2, 3, 4, 5)) if said else None,
                rated_by=rng.choice(("resident", "call_back")) if said else "",
                hidden_units=f",{rng.choice(units[:12])}," if rng.random() < 0.1 else "",
                book_id=rules.id,
            )
        )
    # Cases of another life look like matters and are none: no figure of matters may meet them.
    rows += [
        Case(life="toy", number=f"Y{seed}-{n}", code=f"Y{seed:03d}{n:016d}", state="handling", kind=kinds[0],
             holder=units[0], holder_since=BEGIN, received_at=BEGIN + timedelta(days=n), changed_at=BEGIN,
             due_at=BEGIN + timedelta(days=n + 1), channel="web", book_id=rules.id)
        for n in range(20)
    ]  # fmt: skip
    Case.objects.bulk_create(rows)
    _look_at_them(rng, list(Matter.objects.order_by("pk")))
    _inspect(rng, places)


def _look_at_them(rng: random.Random, made: list[Matter]) -> None:
    CallBack.objects.bulk_create(
        CallBack(
            matter=one,
            round=rng.choice((one.reopened, one.reopened, 0)),
            state=rng.choice(("drawn", "trying", "done", "done", "expired", "dropped")),
            drawn_at=NOW,
            due_at=NOW,
            next_at=NOW,
            chance=0.5,
            token=f"t{one.pk}",
        )
        for one in made
        if one.closed_at is not None and rng.random() < 0.4
    )
    Access.objects.bulk_create(
        Access(matter_id=one.pk, principal=principal, hidden=one.hidden_units, queue="handle",
               is_open=one.state != "closed", sort_at=one.received_at)
        for one in made
        for principal in ("c", f"u:{one.holder}")
    )  # fmt: skip


def _inspect(rng: random.Random, places: int) -> None:
    rules = books.current(NOW)
    kinds = [*sorted(rules.book.registers["premises"]), "gone"]
    rows = [
        Row(
            register="premises", code=f"P{n:05d}", kind=rng.choice(kinds), title=f"店{n}", unit="ps_wenmiao",
            division="990101001", address=f"文庙街{n}号", valid_from=BEGIN.date(),
            checked_at=NOW - timedelta(days=rng.randrange(500)), state=rng.choice(("live",) * 5 + ("ended",)),
        )
        for n in range(places)
    ]  # fmt: skip
    Row.objects.bulk_create(rows)
    kept = list(Row.objects.filter(register="premises").order_by("pk"))
    Premises.objects.bulk_create(
        Premises(row=row, duty_office=rng.choice(("", "保安室")), rooms_let=rng.choice((None, 0, 3))) for row in kept
    )
    Entry.objects.bulk_create(
        Entry(
            row=row, turn=turn, verb=verb, at=NOW - timedelta(days=rng.randrange(450)), actor="staff", seen=False,
            facts={"why": rng.choice(("mistake", "moved"))} if verb == "change_row" else {}, texts={}, seal="x",
        )
        for row in kept
        for turn, verb in enumerate(rng.choices(("confirm_row", "change_row", "read", "answered"), k=rng.randrange(5)))
    )  # fmt: skip
    for n in range(places * 2):
        went = NOW - timedelta(days=rng.randrange(420), minutes=rng.randrange(1440))
        case = Case.objects.create(
            life="inspection", number=f"JC-{n}", code=f"J{n:019d}", state="ordered", holder="ps_wenmiao",
            holder_since=went, received_at=went, changed_at=went, book_id=rules.id,
        )  # fmt: skip
        due = (went + timedelta(days=rng.choice((3, 7, 15)))).date() if rng.random() < 0.9 else None
        Inspection.objects.create(
            matter=case, premises=rng.choice(kept), why="cycle", checklist="fire", checklist_digest="x",
            left_at=went if rng.random() < 0.9 else None, due_on=due, promised_on=due,
        )  # fmt: skip
        for number in range(rng.choice((0, 1, 2, 4))):
            said = went + timedelta(days=rng.randrange(25)) if rng.random() < 0.6 else None
            state = rng.choice(("open", "open", "mended", "mended", "mended", "withdrawn", "handed"))
            settled = went + timedelta(days=rng.randrange(30)) if state != "open" else None
            Finding.objects.create(
                matter=case, number=number, item="lights", state=state, found=1, found_at=went, said_at=said,
                settled_at=settled,
            )  # fmt: skip
