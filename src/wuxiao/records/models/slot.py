"""Slots: an hour at which somebody has room for so many, the bookings of it, and who follows a matter."""

from __future__ import annotations

import secrets
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from wuxiao.records.replayed import Replayed


def new_mark() -> str:
    """Return what names a slot in calendars for ever, and tells nothing of it."""
    return secrets.token_hex(16)


class Slot(models.Model):
    """An hour of one kind, kept by a unit, with room for `capacity` bookings, of which `taken` are given away.

    `host` is the person one comes to, where there is one; `case` the case whose hour it is, such as a sitting: what has
    a place in it is that case's to say, and there are no bookings. The database itself refuses more than there is room
    for; what else changes is sealed in the town's chain, or in that of the `case` (`desk.diary.vouched`). `mark`,
    `sequence` and `changed_at` are what calendars know it by.
    """

    kind = models.CharField(max_length=16)
    unit = models.CharField(max_length=40)
    host = models.ForeignKey("records.Staff", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    case = models.OneToOneField("records.Case", null=True, on_delete=models.CASCADE, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    place = models.CharField(max_length=120)
    capacity = models.PositiveSmallIntegerField()
    taken = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=12, default="open")
    mark = models.CharField(max_length=32, unique=True, default=new_mark)
    sequence = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(taken__lte=F("capacity")), name="slot_room"),
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="slot_hours"),
            # Publishing the same hour twice publishes it once.
            models.UniqueConstraint(
                fields=["kind", "host", "starts_at"], condition=Q(state="open", host__isnull=False), name="slot_same"
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "state", "starts_at"], name="slot_offered"),
            models.Index(fields=["host", "starts_at"], name="slot_host", condition=Q(host__isnull=False)),
            models.Index(fields=["unit", "starts_at"], name="slot_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.pk}"


class Booking(Replayed):
    """The place a case has in a slot. What was said there stands in the words of the case; here are codes alone."""

    SEALED = "bookings"
    #: The states that hold a place in the slot.
    HOLDS: ClassVar[tuple[str, ...]] = ("booked", "attended", "absent")

    matter = models.ForeignKey("records.Case", on_delete=models.CASCADE, related_name="bookings", db_index=False)
    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="bookings", db_index=False)
    kind = models.CharField(max_length=16)
    state = models.CharField(max_length=12, default="booked")
    at = models.DateTimeField()
    #: The turn of the case in which it was booked or moved last.
    turn = models.PositiveIntegerField()

    class Meta:
        constraints = [
            # A case waits for one slot of a kind: who books twice has booked once.
            models.UniqueConstraint(fields=["matter", "kind"], condition=Q(state="booked"), name="booking_waits_once"),
        ]
        indexes = [
            models.Index(fields=["slot", "matter"], name="booking_slot"),
            models.Index(fields=["matter", "id"], name="booking_matter"),
            models.Index(fields=["kind", "id"], name="booking_waits", condition=Q(state="booked")),
        ]

    def __str__(self) -> str:
        return f"{self.matter_id} in {self.slot_id}: {self.state}"


class TakenOver(Replayed):
    """A leader who follows a matter until it is closed (包案): who sees it, who has it and by when stays as it was."""

    SEALED = "taken_over"
    FATES: ClassVar[dict[str, str]] = {}

    matter = models.ForeignKey("records.Case", on_delete=models.CASCADE, related_name="taken_over", db_index=False)
    staff = models.ForeignKey("records.Staff", on_delete=models.PROTECT, related_name="+", db_index=False)
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["matter"], condition=Q(ended_at__isnull=True), name="taken_over_by_one")
        ]
        indexes = [models.Index(fields=["staff", "id"], name="taken_over_staff", condition=Q(ended_at__isnull=True))]

    def __str__(self) -> str:
        return f"{self.matter_id} by {self.staff_id}"


class CalendarKey(models.Model):
    """The key in the address of one person's calendar feed, as a hash; a person has one at a time."""

    staff = models.ForeignKey("records.Staff", on_delete=models.CASCADE, related_name="+", db_index=False)
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["staff"], condition=Q(revoked_at__isnull=True), name="calendar_key_one")
        ]

    def __str__(self) -> str:
        return f"calendar key of {self.staff_id}"
