"""What an inspection has beside what every case has: its place, its two inspectors, its list, and what was found."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from wuxiao.records.replayed import Replayed


class Inspection(Replayed):
    """The own columns of an inspection (`subjects.inspection`): one row a case."""

    SEALED = "inspection"
    ONE: ClassVar[bool] = True
    FATES: ClassVar = {
        **dict.fromkeys(("why", "checklist", "signed"), "kept: codes"),
        **dict.fromkeys(("draw", "checklist_digest"), "kept: digests of what is published"),
        "answers": "kept: codes by question",
    }

    matter = models.OneToOneField("records.Case", on_delete=models.CASCADE, related_name="+")
    premises = models.ForeignKey("records.Row", on_delete=models.PROTECT, related_name="+", db_index=False)
    #: Why it was planned (a code of `subjects.inspection.words.WHYS`); where a lot drew it, the digest of that draw.
    why = models.CharField(max_length=12)
    draw = models.CharField(max_length=64, blank=True)
    planned_on = models.DateField(null=True)
    first = models.ForeignKey("records.Staff", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    second = models.ForeignKey("records.Staff", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    #: When each of the two said, herself, that she was there.
    first_here_at = models.DateTimeField(null=True)
    second_here_at = models.DateTimeField(null=True)
    #: The list that was filled: its name, the digest of its version, and the answers by question, codes only.
    checklist = models.CharField(max_length=40)
    checklist_digest = models.CharField(max_length=64)
    answers = models.JSONField(default=dict)
    signed = models.CharField(max_length=12, blank=True)
    left_at = models.DateTimeField(null=True)
    due_on = models.DateField(null=True)
    #: The day of the first order, moved only by time granted before it was over: what is in time is judged by it.
    promised_on = models.DateField(null=True)
    objected = models.BooleanField(default=False)
    objected_at = models.DateTimeField(null=True)
    answered = models.BooleanField(default=False)
    handed = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["premises", "matter"], name="inspection_premises")]
        constraints = [
            models.UniqueConstraint(
                fields=["draw", "premises"], condition=~models.Q(draw=""), name="inspection_drawn_once"
            )
        ]

    def __str__(self) -> str:
        return f"inspection:{self.matter_id}"


class Finding(Replayed):
    """One thing found wrong: on which question, how grave, what became of it. What was written stands in `Words`."""

    SEALED = "findings"
    FATES: ClassVar = dict.fromkeys(("item", "state"), "kept: codes")

    matter = models.ForeignKey("records.Case", on_delete=models.CASCADE, related_name="+", db_index=False)
    number = models.PositiveSmallIntegerField()
    item = models.CharField(max_length=40)
    grave = models.BooleanField(default=False)
    state = models.CharField(max_length=12, default="open")
    #: The turns of the case in which it was found, said to be mended, and settled; and when that was.
    found = models.PositiveIntegerField()
    found_at = models.DateTimeField()
    said = models.PositiveIntegerField(null=True)
    said_at = models.DateTimeField(null=True)
    settled = models.PositiveIntegerField(null=True)
    settled_at = models.DateTimeField(null=True)
    reported = models.BooleanField(default=False)
    #: Whether something was written of it, which no changed answer takes back.
    noted = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["matter", "number"], name="finding_number")]
        indexes = [models.Index(fields=["state", "found_at"], name="finding_age")]

    def __str__(self) -> str:
        return f"{self.matter_id}/{self.number}"


class StandAside(Replayed):
    """Somebody who must stand aside from one inspection; the reason stands in the words of that turn."""

    SEALED = "asides"
    FATES: ClassVar[dict[str, str]] = {}

    matter = models.ForeignKey("records.Case", on_delete=models.CASCADE, related_name="+", db_index=False)
    staff = models.ForeignKey("records.Staff", on_delete=models.PROTECT, related_name="+", db_index=False)
    turn = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["matter", "staff"], name="aside_once")]

    def __str__(self) -> str:
        return f"{self.matter_id}:{self.staff_id}"
