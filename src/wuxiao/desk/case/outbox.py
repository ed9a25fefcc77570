"""Sending what was queued: never twice, never lost, and what cannot be decided is shown to a person.

A message is claimed by compare-and-swap and a lease, sent, and marked. If a worker dies in between, the lease runs out
and the next worker asks the gateway by key; a mail in that gap becomes `doubt`, for nobody can ask a mail server.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import NotFound, Refused
from wuxiao.desk.case import subject
from wuxiao.desk.case.shown import not_hidden
from wuxiao.desk.diary import diary, vouched
from wuxiao.desk.people import identity
from wuxiao.desk.people.identity import Use
from wuxiao.desk.ways import Later, Never, Result, Sent, Unknown, hook, mail, sms
from wuxiao.records.models import Message
from wuxiao.rules.access import Viewer
from wuxiao.rules.words import Text

log = logging.getLogger("wuxiao.outbox")
#: Longer than any message may take (`ways.far.DEADLINE`, `ways.mail.DEADLINE`), whatever the far end does.
LEASE = timedelta(minutes=2)
WAITS = tuple(timedelta(minutes=m) for m in (1, 5, 30, 120, 360, 720, 1440))
#: The ways there are; each has a sender of its own, so that a slow one holds up none of the others.
WAYS = ("sms", "mail", "hook")
#: Messages whose arrival means that the requester was told the answer.
TELLING = frozenset({"answer", "uphold"})
OPEN_TROUBLE = ("failed", "doubt")
_REASON = 500
#: For how long one round may go on before its caller has its turn again.
BUDGET = timedelta(seconds=20)


@dataclass(slots=True)
class Breaker:
    """What a process remembers of one far end: after some silence it is left alone for a while, then tried once.

    Kept in memory only: another process finds out for itself.
    """

    silent: int = 0
    until: datetime | None = None


#: So many messages in a row without an answer open the breaker.
SILENT = 3
RESTS = tuple(timedelta(minutes=m) for m in (1, 2, 5, 10, 30))
_breakers: dict[str, Breaker] = {}


def forget_breakers() -> None:
    """Forget what was remembered of far ends, as a new process would have."""
    _breakers.clear()


def resting() -> dict[str, datetime]:
    """Return the far ends this process leaves alone for now, and until when."""
    return {name: b.until for name, b in _breakers.items() if b.until is not None}


def send_due(
    *,
    at: datetime,
    now: Callable[[], datetime] | None = None,
    limit: int = 50,
    ways: Sequence[str] = WAYS,
) -> int:
    """Send at most `limit` of the messages due at `at` and return how many were taken in hand.

    `now` tells the moment anew for each message (without it time stands still at `at`): leases, signatures and waits
    are counted from the message's own moment, not the round's. A round ends after `BUDGET`; what is left comes next.
    """
    clock = now or (lambda: at)
    due = list(
        Message.objects.filter(state__in=["queued", "sending"], next_at__lte=at, way__in=list(ways))
        .order_by("next_at", "id")
        .values_list("pk", flat=True)[:limit]
    )
    taken = 0
    for pk in due:
        moment = clock()
        if moment - at > BUDGET:
            break
        taken += _one(pk, moment, clock)
    return taken


def _one(pk: int, at: datetime, clock: Callable[[], datetime]) -> int:
    lease = uuid.uuid4().hex
    row = Message.objects.filter(pk=pk).first()
    if row is None or row.next_at is None or row.next_at > at or row.state not in {"queued", "sending"}:
        return 0
    place = _far_end(row)
    breaker = _breakers.setdefault(place, Breaker())
    if breaker.until is not None and at < breaker.until:
        # Not a try: the message only waits until its far end is asked again.
        Message.objects.filter(pk=pk, state="queued", next_at=row.next_at).update(next_at=breaker.until)
        return 0
    died = row.state == "sending"
    won = Message.objects.filter(pk=pk, state=row.state, lease=row.lease, next_at=row.next_at).update(
        state="sending", lease=lease, next_at=at + LEASE, attempts=row.attempts + 1
    )
    if not won:
        return 0
    row.attempts += 1
    if died and row.attempts > len(WAITS) + 1:
        # Whoever sends it dies of it: again would be for ever.
        reason = "a worker stopped each time it was sent"
        Message.objects.filter(pk=pk, lease=lease).update(state="doubt", next_at=None, error=reason)
        return 1
    if not vouched.intact(row):
        reason = "不是程序写的，或写好后被改动 not as it was written"
        Message.objects.filter(pk=pk, lease=lease).update(state="doubt", next_at=None, error=reason)
        return 1
    address = _address(row)
    if address is None:
        Message.objects.filter(pk=pk, lease=lease).update(state="dropped", next_at=None, error="address erased")
        return 1
    try:
        result = _asked_or_sent(row, address, at, died=died)
    except Exception as error:
        # One message that cannot be sent keeps none of the others.
        log.exception("message %s", pk)
        result = Later(f"{type(error).__name__}: {error}") if row.way != "mail" else Unknown(type(error).__name__)
    after = clock()
    _mark(row, lease, result, after)
    _note(breaker, result, after)
    return 1


def _far_end(row: Message) -> str:
    if row.way == "hook":
        return f"hook {urlsplit(row.webhook.url).netloc}" if row.webhook else "hook"
    return row.way


def _note(breaker: Breaker, result: Result, at: datetime) -> None:
    if not getattr(result, "away", False):
        breaker.silent, breaker.until = 0, None
        return
    breaker.silent += 1
    if breaker.silent >= SILENT:
        breaker.until = at + RESTS[min(breaker.silent - SILENT, len(RESTS) - 1)]


def _asked_or_sent(row: Message, address: str, at: datetime, *, died: bool) -> Result:
    if died:
        asked = _ask(row)
        if not isinstance(asked, Later):
            return asked
    return _send(row, address, at)


def _address(row: Message) -> str | None:
    if row.way == "hook":
        if row.matter is not None and row.webhook is not None and row.webhook.unit in row.matter.hidden:
            return None
        return row.webhook.url if row.webhook and row.webhook.active else None
    if row.address:
        # A mail to a unit: its address is the rule book's, not a person's.
        return row.address
    contact = identity.of(row.matter_id, Use.TELL) if row.matter_id is not None else None
    if contact is None:
        return None
    return (contact.phone if row.way == "sms" else contact.email) or None


def _ask(row: Message) -> Result:
    match row.way:
        case "sms":
            return sms.ask(row.key)
        case "hook":
            return Later("a copy is harmless")
        case _:
            return Unknown("a worker stopped while the mail server was answering; nobody can ask it")


def _send(row: Message, address: str, at: datetime) -> Result:
    match row.way:
        case "sms":
            return sms.send(address, row.text, row.key)
        case "mail":
            return mail.send(address, row.subject, row.text, row.key)
        case _:
            assert row.webhook is not None
            writes = subject.of(row.matter).notice if row.matter is not None else None
            text = writes(row) if writes is not None else row.text
            return hook.send(address, row.webhook.secrets(at), text, row.key, at=at)


def _not_set_up(way: str) -> bool:
    # Nothing failed: nobody has said yet how mails (texts) leave. They wait, and the operator is told by the doctor.
    return {"mail": not settings.MAIL_URL, "sms": not settings.SMS_GATEWAY}.get(way, False)


def _mark(row: Message, lease: str, result: Result, at: datetime) -> None:
    mine = Message.objects.filter(pk=row.pk, lease=lease)
    match result:
        case Sent(provider_id):
            mine.update(state="sent", sent_at=at, next_at=None, provider_id=provider_id, error="")
            if row.verb in TELLING and row.matter is not None:
                subject.of(row.matter).told(row.matter, at)
        case Never(reason):
            mine.update(state="failed", next_at=None, error=reason[:_REASON])
        case Unknown(reason):
            mine.update(state="doubt", next_at=None, error=reason[:_REASON])
        case Later(reason, after):
            if row.attempts > len(WAITS) and not _not_set_up(row.way):
                mine.update(state="failed", next_at=None, error=reason[:_REASON])
            else:
                wait = timedelta(seconds=after) if after is not None else WAITS[min(row.attempts, len(WAITS)) - 1]
                mine.update(state="queued", lease="", next_at=at + wait, error=reason[:_REASON])


def come_back(*, at: datetime) -> int:
    """Try at once whatever waits, but for what a sender has in hand: a clock that stood ahead may have set its time."""
    forgotten = Q(state="queued", next_at__gt=at) | Q(state="sending", next_at__gt=at + LEASE)
    return Message.objects.filter(forgotten).update(next_at=at)


def hold_restored(*, made_at: datetime, by: Actor, at: datetime) -> int:
    """Take everything that waited in a restored database out of the sending queue; returns how many.

    It may have been sent between the backup and its return, and nobody here can know: each waits for a person, as a
    mail in doubt does. The town's diary says when and how many.
    """
    reason = (
        f"备份时在排队，之后可能已经发出 queued when the backup was made ({made_at:%Y-%m-%d %H:%M}); maybe sent since"
    )
    with transaction.atomic():
        waiting = Message.objects.filter(state__in=["queued", "sending"])
        count = waiting.update(state="doubt", next_at=None, lease="", error=reason)
        vouched.seal_under_another_key()
        diary.write_town("restored", by=by, at=at, facts={"made_at": made_at.isoformat(), "held": count})
    return count


def _told(viewer: Viewer) -> QuerySet[Message]:
    # A notice about a unit sends nobody's matter; a message about a hidden one is for administrators of other units.
    return Message.objects.filter(Q(matter__isnull=True) | not_hidden(viewer.units, "matter__hidden_units"))


def failures(*, viewer: Viewer, limit: int = 100) -> list[Message]:
    """Return messages this administrator must decide on: failed for good, or in doubt."""
    return list(_told(viewer).filter(state__in=OPEN_TROUBLE).select_related("matter").order_by("-id")[:limit])


def counts(*, viewer: Viewer | None) -> dict[str, int]:
    """Return how many messages wait, are in doubt, or failed; `None` for the keepers of the machine, who read none."""
    mine = _told(viewer) if viewer is not None else Message.objects.all()
    return {
        "waiting": mine.filter(Q(state="queued") | Q(state="sending")).count(),
        "doubt": mine.filter(state="doubt").count(),
        "failed": mine.filter(state="failed").count(),
    }


def decide(message_id: int, choice: str, *, by: Actor, at: datetime) -> Message:
    """Decide a message in trouble: `again` (send it once more), `sent` (it did arrive) or `drop`."""
    row = (_told(by.viewer) if by.viewer else Message.objects).filter(pk=message_id).first()
    if row is None:
        raise NotFound
    new = {"again": "queued", "sent": "sent", "drop": "dropped"}.get(choice)
    if new is None:
        raise Refused(Text("请选择重发、已送达或放弃", "choose send again, arrived, or drop"), "choice")
    won = Message.objects.filter(pk=message_id, state__in=OPEN_TROUBLE).update(
        state=new, lease="", attempts=0, next_at=at if new == "queued" else None, sent_at=at if new == "sent" else None
    )
    if not won:
        raise Refused(Text("这条消息已经处理过", "this message was decided already"), "decided")
    diary.write_town("message_decided", by=by, at=at, facts={"message": message_id, "choice": choice})
    return Message.objects.get(pk=message_id)
