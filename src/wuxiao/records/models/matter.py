"""A matter, who may see it, its work orders, its sign-offs and its call-backs."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from wuxiao.records.models.people import new_salt
from wuxiao.records.replayed import Replayed
from wuxiao.rules.hide import unpack

#: An open matter that nobody holds or that no clock watches.
ORPHAN = ~models.Q(state="closed") & (
    models.Q(holder="") | models.Q(tick_at__isnull=True) | models.Q(due_at__isnull=True)
)


class Matter(Replayed):
    """Any of the five small matters; the unit of work.

    Codes of kinds, classes, categories, divisions and units are those of the rule book the matter was received under
    (`book`). Closed, told, solved and satisfied are four separate facts. Late is computed from `due_at`.
    """

    SEALED = "matter"
    #: Not in the seal: a point on the map, lists of what a person wrote (erased later), and what moves without an act
    #: (the clock's next look, which `verify` works out anew; the moment the answer was opened; counters).
    OUTSIDE: ClassVar[frozenset[str]] = frozenset(
        {"address_id", "lat", "lon", "items", "route_why", "promise", "extension", "lang", "salt"}
        | {"changed_at", "tick_at", "told_at", "turn", "version", "head", "retired"}
    )
    HASHED: ClassVar[frozenset[str]] = frozenset({"code"})
    SALTED: ClassVar[frozenset[str]] = frozenset({"title", "place"})

    code = models.CharField(max_length=20, unique=True)
    #: Goes into the hashes that entries hold of title and place, which could be guessed; erased with them.
    salt = models.CharField(max_length=32, blank=True, default=new_salt, db_default="")
    number = models.CharField(max_length=24, unique=True)
    kind = models.CharField(max_length=24)
    category = models.CharField(max_length=64, blank=True)
    handling_class = models.CharField(max_length=16, blank=True)
    petition = models.BooleanField(default=False)
    appeal_level = models.PositiveSmallIntegerField(default=0)
    channel = models.CharField(max_length=16)
    lang = models.CharField(max_length=8, default="zh-hans")
    external_id = models.CharField(max_length=80, blank=True)
    title = models.CharField(max_length=120, blank=True)
    division = models.CharField(max_length=12, blank=True)
    address = models.ForeignKey(
        "records.Address", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    place = models.CharField(max_length=200, blank=True)
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)

    state = models.CharField(max_length=12)
    outcome = models.CharField(max_length=12, blank=True)
    holder = models.CharField(max_length=40)
    holder_since = models.DateTimeField()
    offered_to = models.CharField(max_length=40, blank=True)
    sender = models.CharField(max_length=40, blank=True)
    supervisor_unit = models.CharField(max_length=40, blank=True)
    handler = models.ForeignKey("records.Staff", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    proposer = models.ForeignKey("records.Staff", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    #: Whom it is about (units, bodies of the book), the units it is hidden from by itself, and all it is hidden from
    #: now: its own and those of the matters joined with it. Codes as `rules.hide.pack` writes them.
    about = models.TextField(blank=True, default="")
    hidden_own = models.TextField(blank=True, default="")
    hidden_units = models.TextField(blank=True, default="")
    shielded = models.BooleanField(default=False)
    was_handling = models.BooleanField(default=False)
    #: A named person said that a child is concerned; who asked to see the contact then, and whether another agreed.
    child = models.BooleanField(default=False, db_default=False)
    contact_ask = models.JSONField(null=True)
    contact_asked_at = models.DateTimeField(null=True)

    received_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    step_due_at = models.DateTimeField(null=True)
    tick_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    promise = models.JSONField(default=dict)
    ladder = models.PositiveSmallIntegerField(default=0)
    urged_at = models.DateTimeField(null=True)
    supervised_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    waits = models.PositiveSmallIntegerField(default=0)
    extensions = models.PositiveSmallIntegerField(default=0)
    extension = models.JSONField(null=True)

    danger = models.JSONField(default=list)
    danger_open = models.BooleanField(default=False)
    danger_perhaps = models.JSONField(default=list)
    sign_round = models.PositiveSmallIntegerField(default=0)
    sign_level = models.PositiveSmallIntegerField(default=0)
    sign_escalated = models.BooleanField(default=False)
    was_signed = models.BooleanField(default=False)
    refusals = models.PositiveSmallIntegerField(default=0)
    decided = models.BooleanField(default=False)
    reopened = models.PositiveSmallIntegerField(default=0)
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="merged", db_index=False)
    split_from = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="splits", db_index=False)
    items = models.JSONField(default=list)
    route_why = models.JSONField(default=dict)

    contacted = models.BooleanField(null=True)
    solved = models.BooleanField(null=True)
    satisfied = models.PositiveSmallIntegerField(null=True)
    rated_by = models.CharField(max_length=12, blank=True)
    rated_at = models.DateTimeField(null=True)

    book = models.ForeignKey("records.BookVersion", on_delete=models.PROTECT, related_name="+", db_index=False)
    #: Which kinds of personal data were retired, a bit each (`desk.retention.BITS`).
    retired = models.PositiveSmallIntegerField(default=0, db_default=0)
    turn = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=0)
    head = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["tick_at"], name="matter_tick", condition=models.Q(tick_at__isnull=False)),
            models.Index(
                fields=["contact_asked_at"], name="matter_asked", condition=models.Q(contact_asked_at__isnull=False)
            ),
            models.Index(fields=["received_at", "kind", "category"], name="matter_received"),
            models.Index(fields=["closed_at", "kind", "category"], name="matter_closed"),
            # The public figures count answers by month; without it a month costs a look at every row.
            models.Index(
                fields=["answered_at", "outcome"],
                name="matter_answered",
                condition=models.Q(answered_at__isnull=False),
            ),
            # By the closing and not by the state: a partial index helps SQLite only where its condition holds no value.
            models.Index(fields=["due_at"], name="matter_open_due", condition=models.Q(closed_at__isnull=True)),
            models.Index(fields=["external_id"], name="matter_external", condition=~models.Q(external_id="")),
            models.Index(fields=["address", "received_at"], name="matter_address"),
            # Few matters are merged or split: an index of all, nearly all empty, would be both large and shunned by
            # SQLite's planner, whose statistics then say that it leads to every row.
            models.Index(fields=["merged_into"], name="matter_merged", condition=models.Q(merged_into__isnull=False)),
            models.Index(fields=["split_from"], name="matter_split", condition=models.Q(split_from__isnull=False)),
            models.Index(fields=["received_at", "id"], name="matter_orphan", condition=ORPHAN),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def hidden(self) -> frozenset[str]:
        """The units this matter is hidden from."""
        return unpack(self.hidden_units)


class Access(models.Model):
    """One principal that may see one matter: `rules.access.principals` stored as rows, written with every act."""

    matter = models.ForeignKey(Matter, on_delete=models.CASCADE, related_name="access", db_index=False)
    principal = models.CharField(max_length=44)
    #: `Matter.hidden_units`, so that a list scans one table.
    hidden = models.TextField(blank=True, default="")
    queue = models.CharField(max_length=12)
    is_open = models.BooleanField()
    sort_at = models.DateTimeField()
    #: Whether the matter is in this principal's own hands, not only seen: the others are what makes its lists long.
    own = models.BooleanField(default=False, db_default=False)
    #: From when on the matter is late; empty where nobody but the requester is waited for.
    late_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["matter", "principal"], name="access_once")]
        indexes = [
            models.Index(fields=["principal", "is_open", "sort_at", "matter"], name="access_inbox"),
            models.Index(fields=["principal", "queue", "sort_at", "matter"], name="access_queue"),
            models.Index(
                fields=["principal", "queue", "sort_at", "matter"], name="access_own", condition=models.Q(own=True)
            ),
            models.Index(
                fields=["principal", "late_at", "matter"],
                name="access_late",
                condition=models.Q(late_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.principal}:{self.matter_id}"


class WorkOrder(Replayed):
    """One assignment of a matter to one unit, with its own clock; lead orders are also the hand-over record."""

    SEALED = "orders"
    HASHED: ClassVar[frozenset[str]] = frozenset({"task", "reason"})

    matter = models.ForeignKey(Matter, on_delete=models.CASCADE, related_name="orders", db_index=False)
    unit = models.CharField(max_length=40)
    role = models.CharField(max_length=8)
    state = models.CharField(max_length=10)
    sender = models.CharField(max_length=40)
    way = models.CharField(max_length=16, blank=True)
    caller_agrees = models.BooleanField(null=True)
    task = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    sent_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["matter", "sent_at"], name="order_matter"),
            # What a desk handed over by sign-offs; other orders have no way.
            models.Index(fields=["sender", "sent_at"], name="order_handed", condition=~models.Q(way="")),
        ]

    def __str__(self) -> str:
        return f"{self.matter_id}:{self.unit}:{self.role}"


class SignOff(Replayed):
    """One reviewer's decision on one level of a diversion; a fault found later comes back to its reviewer."""

    SEALED = "sign_offs"
    #: The reviewer's own note that they have read it changes nothing of the matter.
    OUTSIDE: ClassVar[frozenset[str]] = frozenset({"fault_seen_at"})
    HASHED: ClassVar[frozenset[str]] = frozenset({"reason", "fault"})

    matter = models.ForeignKey(Matter, on_delete=models.CASCADE, related_name="signoffs", db_index=False)
    round = models.PositiveSmallIntegerField()
    level = models.PositiveSmallIntegerField()
    staff = models.ForeignKey("records.Staff", on_delete=models.PROTECT, related_name="signoffs", db_index=False)
    agreed = models.BooleanField()
    reason = models.TextField()
    at = models.DateTimeField()
    fault = models.TextField(blank=True)
    fault_at = models.DateTimeField(null=True)
    fault_seen_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["matter", "round", "level"], name="signoff_once")]
        indexes = [models.Index(fields=["staff", "fault_at"], name="signoff_faults")]

    def __str__(self) -> str:
        return f"{self.matter_id}:{self.level}"


class CallBack(Replayed):
    """One call-back drawn by the system; done by somebody who is not the handler, never shown to the handler before."""

    SEALED = "call_backs"
    #: The link of the message is a secret, the next try is the clock's.
    OUTSIDE: ClassVar[frozenset[str]] = frozenset({"token", "next_at"})

    matter = models.ForeignKey(Matter, on_delete=models.CASCADE, related_name="call_backs", db_index=False)
    round = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=10)
    drawn_at = models.DateTimeField()
    due_at = models.DateTimeField()
    chance = models.FloatField()
    token = models.CharField(max_length=64, unique=True)
    way = models.CharField(max_length=12, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    visit_consent = models.BooleanField(default=False)
    caller = models.ForeignKey("records.Staff", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    contacted = models.BooleanField(null=True)
    solved = models.BooleanField(null=True)
    satisfied = models.PositiveSmallIntegerField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["matter", "round"], name="call_back_once")]
        indexes = [models.Index(fields=["state", "next_at"], name="call_back_queue")]

    def __str__(self) -> str:
        return f"{self.matter_id}:{self.round}"
