"""The five small matters, and what only they have: work orders, sign-offs and call-backs."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from wuxiao.records.models.case import Case
from wuxiao.records.replayed import Replayed, ReplayedRows


class Matters(models.Manager.from_queryset(ReplayedRows)):  # type: ignore[misc]
    """Cases of this life alone."""

    def get_queryset(self) -> models.QuerySet[Any]:
        """Return the rows of matters."""
        found: models.QuerySet[Any] = super().get_queryset().filter(**Matter.ONLY)
        return found


class Matter(Case):
    """Any of the five small matters; the unit of work.

    Codes of kinds, classes, categories, divisions and units are those of the rule book the matter was received under
    (`book`). Closed, told, solved and satisfied are four separate facts. Late is computed from `due_at`.
    """

    #: What sets its rows apart from those of other lives in the same table; `desk.base.ask` asks for it too.
    ONLY: ClassVar[dict[str, str]] = {"life": "matter"}
    objects: ClassVar[models.Manager[Matter]] = Matters()  # type: ignore[assignment]

    class Meta:
        proxy = True


Case.KINDS[Matter.ONLY["life"]] = Matter


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
