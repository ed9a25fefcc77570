"""What a sitting of the joint conference has beside what every case has: its day, its members, its agenda."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from wuxiao.records.replayed import Replayed


class Conference(Replayed):
    """The own columns of one sitting (`subjects.conference`): one row a case. What was written stands in `Words`."""

    SEALED = "conference"
    ONE: ClassVar[bool] = True
    FATES: ClassVar = {
        "regular": "kept: a date",
        "digest": "kept: a code",
        **dict.fromkeys(("members", "present"), "kept: codes of units"),
    }

    matter = models.OneToOneField("records.Case", on_delete=models.CASCADE, related_name="+")
    #: The date of the book it was proposed for (empty: it was called beside those), and the day it sits on.
    regular = models.CharField(max_length=10, blank=True)
    sits_on = models.DateField()
    #: Codes of the units that are members of this sitting, and of those that were there.
    members = models.JSONField(default=list)
    present = models.JSONField(default=list)
    #: Who wrote the minutes and in which turn; the code of the public digest among publications.
    writer = models.ForeignKey("records.Staff", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    minutes = models.PositiveIntegerField(null=True)
    digest = models.CharField(max_length=24, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["regular"], condition=~models.Q(regular=""), name="conference_regular_once")
        ]

    def __str__(self) -> str:
        return f"conference:{self.matter_id}"


class AgendaItem(Replayed):
    """One case on the agenda of one sitting: why, where it stands there, and what was decided of it."""

    SEALED = "agenda"
    FATES: ClassVar = dict.fromkeys(("why", "state", "unit"), "kept: codes")

    matter = models.ForeignKey("records.Case", on_delete=models.CASCADE, related_name="+", db_index=False)
    about = models.ForeignKey("records.Case", on_delete=models.PROTECT, related_name="+", db_index=False)
    why = models.CharField(max_length=12)
    state = models.CharField(max_length=8)
    #: The turns of the sitting in which it was put on, and decided.
    put = models.PositiveIntegerField()
    decided = models.PositiveIntegerField(null=True)
    unit = models.CharField(max_length=40, blank=True)
    due_on = models.DateField(null=True)

    class Meta:
        # One case stands on one agenda at a time: two chairs do not decide it past one another.
        constraints = [
            models.UniqueConstraint(fields=["about"], condition=models.Q(state="on"), name="agenda_open_once")
        ]
        indexes = [models.Index(fields=["matter", "id"], name="agenda_of")]

    def __str__(self) -> str:
        return f"{self.matter_id}/{self.pk}"


class Invitation(Replayed):
    """What one member unit answered to the invitation."""

    SEALED = "invitations"
    FATES: ClassVar = dict.fromkeys(("unit", "answer"), "kept: codes")

    matter = models.ForeignKey("records.Case", on_delete=models.CASCADE, related_name="+", db_index=False)
    unit = models.CharField(max_length=40)
    answer = models.CharField(max_length=8)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["matter", "unit"], name="invitation_once")]

    def __str__(self) -> str:
        return f"{self.matter_id}:{self.unit}"
