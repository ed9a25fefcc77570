"""A case: what every life keeps of it in one wide row, the columns of matters beside; and who may see it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from django.db import models

from wuxiao.records.models.people import new_salt
from wuxiao.records.replayed import Replayed
from wuxiao.rules.hide import unpack

#: An open matter that nobody holds or that no clock watches.
ORPHAN = ~models.Q(state="closed") & (
    models.Q(holder="") | models.Q(tick_at__isnull=True) | models.Q(due_at__isnull=True)
)


class CaseColumns(models.Model):
    """What every case has, whatever its life: number and code, where it stands, who has it, its clocks, its chain."""

    code = models.CharField(max_length=20, unique=True)
    #: Goes into the hashes that entries hold of title and place, which could be guessed; erased with them.
    salt = models.CharField(max_length=32, blank=True, default=new_salt, db_default="")
    number = models.CharField(max_length=24, unique=True)
    lang = models.CharField(max_length=8, default="zh-hans")
    title = models.CharField(max_length=120, blank=True)
    division = models.CharField(max_length=12, blank=True)
    address = models.ForeignKey(
        "records.Address", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    place = models.CharField(max_length=200, blank=True)
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    #: Which life it has (`rules.life`), and the case it is a part of, if any. The life is never the first column of an
    #: index: every row of a town may have the same.
    life = models.CharField(max_length=16, default="matter", db_default="matter")
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="parts", db_index=False)

    state = models.CharField(max_length=24)
    outcome = models.CharField(max_length=12, blank=True)
    holder = models.CharField(max_length=40)
    holder_since = models.DateTimeField()
    offered_to = models.CharField(max_length=40, blank=True)
    sender = models.CharField(max_length=40, blank=True)
    supervisor_unit = models.CharField(max_length=40, blank=True)
    handler = models.ForeignKey("records.Staff", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    #: Whom it is about (units, bodies of the book), the units it is hidden from by itself, and all it is hidden from
    #: now: its own and those of the matters joined with it. Codes as `rules.hide.pack` writes them.
    about = models.TextField(blank=True, default="")
    hidden_own = models.TextField(blank=True, default="")
    hidden_units = models.TextField(blank=True, default="")
    shielded = models.BooleanField(default=False)
    received_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    step_due_at = models.DateTimeField(null=True)
    tick_at = models.DateTimeField(null=True)
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
    #: Since when danger stands open, and how many rungs of its own ladder were climbed since.
    danger_since = models.DateTimeField(null=True)
    danger_rung = models.PositiveSmallIntegerField(default=0, db_default=0)
    #: Since when words stand here that nobody could read yet, how many rungs of their own ladder were climbed.
    unread_since = models.DateTimeField(null=True)
    unread_rung = models.PositiveSmallIntegerField(default=0, db_default=0)
    book = models.ForeignKey("records.BookVersion", on_delete=models.PROTECT, related_name="+", db_index=False)
    #: Which kinds of personal data were retired, a bit each (`desk.retention.BITS`).
    retired = models.PositiveSmallIntegerField(default=0, db_default=0)
    turn = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=0)
    head = models.CharField(max_length=64, blank=True)

    class Meta:
        abstract = True


class MatterColumns(models.Model):
    """What only the five small matters have; other lives leave it as it is and keep their own in a part of theirs."""

    kind = models.CharField(max_length=24)
    category = models.CharField(max_length=64, blank=True)
    handling_class = models.CharField(max_length=16, blank=True)
    petition = models.BooleanField(default=False)
    appeal_level = models.PositiveSmallIntegerField(default=0)
    channel = models.CharField(max_length=16)
    external_id = models.CharField(max_length=80, blank=True)
    proposer = models.ForeignKey("records.Staff", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    was_handling = models.BooleanField(default=False)
    #: A named person said that a child is concerned; who asked to see the contact then, and whether another agreed.
    child = models.BooleanField(default=False, db_default=False)
    contact_ask = models.JSONField(null=True)
    contact_asked_at = models.DateTimeField(null=True)
    #: Which further language the requester said she reads (`rules.languages`); goes with the contact.
    reads = models.CharField(max_length=8, blank=True, default="", db_default="")
    #: Since when the requester of a joined report waits for a word on whether it is another thing.
    apart_asked_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    sign_round = models.PositiveSmallIntegerField(default=0)
    sign_level = models.PositiveSmallIntegerField(default=0)
    sign_escalated = models.BooleanField(default=False)
    was_signed = models.BooleanField(default=False)
    refusals = models.PositiveSmallIntegerField(default=0)
    decided = models.BooleanField(default=False)
    reopened = models.PositiveSmallIntegerField(default=0)
    merged_into = models.ForeignKey(
        "records.Matter", null=True, on_delete=models.PROTECT, related_name="merged", db_index=False
    )
    split_from = models.ForeignKey(
        "records.Matter", null=True, on_delete=models.PROTECT, related_name="splits", db_index=False
    )
    items = models.JSONField(default=list)
    route_why = models.JSONField(default=dict)
    contacted = models.BooleanField(null=True)
    solved = models.BooleanField(null=True)
    satisfied = models.PositiveSmallIntegerField(null=True)
    rated_by = models.CharField(max_length=12, blank=True)
    rated_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class Case(Replayed, CaseColumns, MatterColumns):
    """A row for every case of the house, with the columns of matters in it: their lists and figures ask for both halves
    at once (measured: decisions/0027).

    A row comes as what its life says (`KINDS`), whichever table it was asked through. The table has the name it always
    had, and so have the columns that point to it (`matter_id`) and its name in the seals.
    """

    SEALED = "matter"
    #: Not in the seal: a point on the map, lists of what a person wrote (erased later), and what moves without an act
    #: (the clock's next look, which `verify` works out anew; the moment the answer was opened; counters).
    OUTSIDE: ClassVar[frozenset[str]] = frozenset(
        {"address_id", "lat", "lon", "items", "route_why", "promise", "extension", "lang", "reads", "salt"}
        | {"changed_at", "tick_at", "told_at", "turn", "version", "head", "retired"}
        # Said by the first entry of a case that is no matter, and compared there; every older row is a matter.
        | {"life", "parent_id"}
    )
    HASHED: ClassVar[frozenset[str]] = frozenset({"code"})
    SALTED: ClassVar[frozenset[str]] = frozenset({"title", "place"})
    #: The class of a life's rows, where it has one of its own.
    KINDS: ClassVar[dict[str, type[Case]]] = {}

    class Meta:
        db_table = "records_matter"
        indexes = [
            models.Index(fields=["tick_at"], name="matter_tick", condition=models.Q(tick_at__isnull=False)),
            models.Index(
                fields=["contact_asked_at"], name="matter_asked", condition=models.Q(contact_asked_at__isnull=False)
            ),
            models.Index(
                fields=["apart_asked_at"], name="matter_apart", condition=models.Q(apart_asked_at__isnull=False)
            ),
            models.Index(fields=["danger_since"], name="matter_danger", condition=models.Q(danger_since__isnull=False)),
            models.Index(fields=["unread_since"], name="matter_unread", condition=models.Q(unread_since__isnull=False)),
            models.Index(fields=["received_at", "kind", "category", "life"], name="matter_received"),
            models.Index(fields=["closed_at", "kind", "category", "life"], name="matter_closed"),
            # The life stands last in what figures are counted from: it leads no index, see `Case.life`.
            # The public figures count answers by month; without it a month costs a look at every row.
            models.Index(
                fields=["answered_at", "outcome", "life"],
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
            models.Index(fields=["parent"], name="case_parent", condition=models.Q(parent__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.number

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any], **more: Any) -> Case:
        """Return a row that was read as what its life says it is."""
        kind: type[Case] = cls
        if cls is Case and "life" in field_names:
            kind = cls.KINDS.get(list(values)[list(field_names).index("life")], cls)
        return super(Case, kind).from_db(db, field_names, values, **more)

    @property
    def hidden(self) -> frozenset[str]:
        """The units this case is hidden from."""
        return unpack(self.hidden_units)


class Access(models.Model):
    """One principal that may see one case: `rules.access.principals` stored as rows, written with every act."""

    matter = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="access", db_index=False)
    principal = models.CharField(max_length=64)
    #: `Case.hidden_units`, so that a list scans one table.
    hidden = models.TextField(blank=True, default="")
    queue = models.CharField(max_length=24)
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
