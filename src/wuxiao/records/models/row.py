"""The spine of the rows of registers: what every one has, whatever it is a register of."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import models

#: Stands in `checked_at` of a row that nobody has looked at yet (brought in from a file, say), so that it sorts first.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Row(models.Model):
    """One row of a register; its own columns stand in a table of the register, one to one.

    `code` is how people and files name it inside its register, `unit` keeps it, `division` and `address` say where it
    is. It holds between `valid_from` and `valid_to` (empty: still). `checked_at` is when somebody last said that it is
    so. `version` guards what people write, `turn` and `head` its chain of sealed entries. `folded` is what a search
    compares; `retire_on` is when the first of its fields has been kept long enough after the end.
    """

    register = models.CharField(max_length=20)
    code = models.CharField(max_length=40)
    kind = models.CharField(max_length=24)
    title = models.CharField(max_length=120)
    unit = models.CharField(max_length=40)
    division = models.CharField(max_length=12)
    address = models.CharField(max_length=200, blank=True)
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    checked_at = models.DateTimeField()
    state = models.CharField(max_length=12, default="live")
    folded = models.TextField(blank=True)
    retire_on = models.DateField(null=True)
    version = models.PositiveIntegerField(default=1)
    turn = models.PositiveIntegerField(default=0)
    head = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["register", "code"], name="row_code"),
            # Two persons who put the same thing in at once have put it in once.
            models.UniqueConstraint(
                fields=["register", "kind", "title", "address"],
                condition=models.Q(state="live"),
                name="row_same",
            ),
        ]
        indexes = [
            models.Index(fields=["register", "state", "kind", "id"], name="row_kind"),
            models.Index(fields=["register", "state", "id"], name="row_listed"),
            models.Index(fields=["register", "state", "checked_at", "id"], name="row_checked"),
            models.Index(fields=["retire_on"], name="row_retire", condition=models.Q(retire_on__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.register}:{self.code}"

    @property
    def checked(self) -> datetime | None:
        """When somebody last said that it is so; `None` for never."""
        return None if self.checked_at == NEVER else self.checked_at
