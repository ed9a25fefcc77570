"""Files, jobs of the worker, import rows, and prepared figures."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from wuxiao.records.replayed import Replayed
from wuxiao.records.sealed import SealedJSON, SealedText


class Attachment(Replayed):
    """A photo or file of a matter, redrawn or checked before it was stored under a name made of its content."""

    SEALED = "files"
    #: A file's name may name people; it goes with the file.
    OUTSIDE: ClassVar[frozenset[str]] = frozenset({"name"})

    matter = models.ForeignKey("records.Case", on_delete=models.CASCADE, related_name="attachments", db_index=False)
    turn = models.PositiveIntegerField()
    by_resident = models.BooleanField()
    seen = models.BooleanField(default=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    sha256 = models.CharField(max_length=64)
    added_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["matter", "turn"], name="attachment_matter")]

    def __str__(self) -> str:
        return self.name


class Job(models.Model):
    """Work for the worker, under a lease: a killed worker's job runs again."""

    kind = models.CharField(max_length=24)
    state = models.CharField(max_length=10, default="queued")
    payload = models.JSONField(default=dict)
    #: Sealed: a look at a file shows its first rows, which hold names and phones.
    result = SealedJSON(default=dict)
    progress = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    next_at = models.DateTimeField()
    lease = models.CharField(max_length=40, blank=True)
    done_at = models.DateTimeField(null=True)
    staff = models.ForeignKey("records.Staff", null=True, on_delete=models.SET_NULL, related_name="+")
    error = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["next_at"], name="job_due", condition=models.Q(state__in=["queued", "running"]))
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.pk}"


class ImportRow(models.Model):
    """One row of an import that was taken in, known already, or refused; a matter is made once for a source and key."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="rows", db_index=False)
    source = models.CharField(max_length=40)
    key = models.CharField(max_length=120)
    line = models.PositiveIntegerField()
    matter = models.ForeignKey("records.Matter", null=True, on_delete=models.CASCADE, related_name="+")
    #: Sealed: a refused row is kept for mending as it came, with whoever it is about.
    error = SealedText(blank=True, default="")
    cells = SealedJSON(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "line"], name="import_line"),
            models.UniqueConstraint(
                fields=["source", "key"], condition=models.Q(matter__isnull=False), name="import_once"
            ),
        ]
        indexes = [models.Index(fields=["source", "key"], name="import_key")]

    def __str__(self) -> str:
        return f"{self.source}:{self.line}"


class Snapshot(models.Model):
    """Figures prepared by the worker for a page that many open."""

    name = models.CharField(max_length=60, unique=True)
    data = models.JSONField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Beat(models.Model):
    """The worker's heartbeat: which loop leads and until when, when it last beat, and the last moment it believed.

    `believed_at` is the latest wall-clock moment known to follow from what was sealed before, `entry` the last entry
    looked at for it; `doubted_at` is set while the wall clock disagrees and nobody has confirmed it.
    """

    name = models.CharField(max_length=20, unique=True)
    holder = models.CharField(max_length=64, blank=True)
    until = models.DateTimeField(null=True)
    beat_at = models.DateTimeField(null=True)
    believed_at = models.DateTimeField(null=True)
    entry = models.BigIntegerField(default=0)
    doubted_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name
