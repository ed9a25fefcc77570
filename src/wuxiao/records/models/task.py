"""Something somebody does by a date: it belongs to the case that gave it, whose chain seals every act on it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from wuxiao.records.replayed import Replayed


class Task(Replayed):
    """One task of one unit, then of one person in it; what was written stands in `Words` of the case that gave it."""

    SEALED = "tasks"
    #: When it was last reminded of moves without an act of anybody.
    OUTSIDE: ClassVar[frozenset[str]] = frozenset({"reminded_on"})

    #: The case that gave it, and the one it is done for, where that is another.
    matter = models.ForeignKey("records.Case", on_delete=models.CASCADE, related_name="+", db_index=False)
    about = models.ForeignKey("records.Case", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    #: Drawn, so that no gap in a row of numbers tells of another.
    code = models.CharField(max_length=24, unique=True)
    kind = models.CharField(max_length=16)
    unit = models.CharField(max_length=40)
    owner = models.ForeignKey("records.Staff", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=12)
    #: While it stands, nobody but a new decision changes who has the case it is about.
    binds = models.BooleanField(default=False)
    due_on = models.DateField()
    #: The turns of the case in which it was given, last changed, and done; and when that was.
    given = models.PositiveIntegerField()
    turn = models.PositiveIntegerField()
    done = models.PositiveIntegerField(null=True)
    done_at = models.DateTimeField(null=True)
    extended = models.PositiveSmallIntegerField(default=0)
    reminded_on = models.DateField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["unit", "state", "due_on"], name="task_unit"),
            models.Index(fields=["state", "due_on"], name="task_due"),
            models.Index(fields=["matter", "id"], name="task_case"),
            models.Index(fields=["about", "id"], name="task_about", condition=models.Q(about__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.code
