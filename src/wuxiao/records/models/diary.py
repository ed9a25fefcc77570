"""The diary: sealed entries in a chain per matter and per row of a register, their words, checkpoints for outsiders."""

from __future__ import annotations

from django.db import models


class Chain(models.Model):
    """The head of a chain that does not belong to a matter (the town's own diary)."""

    name = models.CharField(max_length=40, unique=True)
    turn = models.PositiveIntegerField(default=0)
    head = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return self.name


class Entry(models.Model):
    """One sealed act, read, export or rule change.

    `seal` is SHA-256 over the previous seal and the canonical form of all other columns. `facts` never holds what a
    person wrote: texts live in `Words`, only their salted hashes are sealed. `stand` holds what the act changed in the
    matter's row and in the rows beside it, by table, row and column, so that they can be replayed (`records.sealed`),
    and the name of the member of staff; entries made before it was kept hold none.
    """

    matter = models.ForeignKey(
        "records.Case", null=True, on_delete=models.PROTECT, related_name="entries", db_index=False
    )
    #: The row of a register, where the entry is of one; of neither a matter nor a row are the town's own.
    row = models.ForeignKey("records.Row", null=True, on_delete=models.PROTECT, related_name="entries", db_index=False)
    turn = models.PositiveIntegerField()
    verb = models.CharField(max_length=32)
    at = models.DateTimeField()
    actor = models.CharField(max_length=10)
    staff = models.ForeignKey("records.Staff", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    unit = models.CharField(max_length=40, blank=True)
    seen = models.BooleanField()
    state = models.CharField(max_length=24, blank=True)
    facts = models.JSONField()
    texts = models.JSONField()
    stand = models.JSONField(null=True)
    seal = models.CharField(max_length=64)
    leaf = models.BigIntegerField(null=True, unique=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["matter", "turn"], name="entry_turn"),
            models.UniqueConstraint(
                fields=["turn"],
                condition=models.Q(matter__isnull=True, row__isnull=True),
                name="entry_town_turn",
            ),
            models.UniqueConstraint(
                fields=["row", "turn"], condition=models.Q(row__isnull=False), name="entry_row_turn"
            ),
            models.CheckConstraint(
                condition=models.Q(row__isnull=True) | models.Q(matter__isnull=True), name="entry_of_one"
            ),
        ]
        indexes = [
            models.Index(fields=["staff", "at"], name="entry_staff"),
            models.Index(fields=["id"], name="entry_no_leaf", condition=models.Q(leaf__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{f'row {self.row_id}' if self.row_id else self.matter_id}:{self.turn}:{self.verb}"


class Words(models.Model):
    """A text somebody wrote; it lives outside the seal so that it can be erased and the chain stays whole."""

    matter = models.ForeignKey(
        "records.Case", null=True, on_delete=models.CASCADE, related_name="words", db_index=False
    )
    row = models.ForeignKey("records.Row", null=True, on_delete=models.PROTECT, related_name="words", db_index=False)
    turn = models.PositiveIntegerField()
    field = models.CharField(max_length=20)
    text = models.TextField()
    salt = models.CharField(max_length=32)
    by_resident = models.BooleanField(default=False)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["matter", "turn", "field"], name="words_once"),
            models.UniqueConstraint(
                fields=["row", "turn", "field"], condition=models.Q(row__isnull=False), name="words_row_once"
            ),
            models.CheckConstraint(
                condition=models.Q(row__isnull=True) | models.Q(matter__isnull=True), name="words_of_one"
            ),
        ]

    def __str__(self) -> str:
        return f"{f'row {self.row_id}' if self.row_id else self.matter_id}:{self.turn}:{self.field}"


class Checkpoint(models.Model):
    """A Merkle root (RFC 9162) over all leaves up to `size`; outsiders keep copies, so a rebuilt chain shows."""

    size = models.BigIntegerField(unique=True)
    root = models.CharField(max_length=64)
    #: The signed note as it was published; empty for those from before notes were signed.
    note = models.TextField(blank=True, default="")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.size}:{self.root[:12]}"
