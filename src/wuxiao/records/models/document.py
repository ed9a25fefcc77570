"""A paper that went out: its number, its code, what it said by its digest, its files, and whether it still holds."""

from __future__ import annotations

from django.db import models

from wuxiao.records.replayed import Replayed


class PaperTemplate(models.Model):
    """A town's own DOCX template of a kind of papers: proposed by one, adopted by another; every version is kept."""

    kind = models.CharField(max_length=12)
    digest = models.CharField(max_length=64)
    body = models.BinaryField()
    name = models.CharField(max_length=120)
    by = models.ForeignKey("records.Staff", on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    #: Nothing while it waits, then `adopted` or `refused`; of the adopted ones of a kind the last decided is in force.
    outcome = models.CharField(max_length=10, blank=True)
    decided_by = models.ForeignKey(
        "records.Staff", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["kind", "outcome", "decided_at"], name="paper_template")]

    def __str__(self) -> str:
        return f"{self.kind}:{self.digest[:12]}"


class Series(models.Model):
    """The last number taken of a kind of papers in a year; moved in the transaction of the paper that takes it."""

    kind = models.CharField(max_length=12)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "year"], name="series_once")]

    def __str__(self) -> str:
        return f"{self.kind}:{self.year}"


class Document(Replayed):
    """One paper given out on a case. What it says stands in its files; here is only what anybody may be told of it."""

    SEALED = "papers"

    matter = models.ForeignKey("records.Case", on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=12)
    year = models.PositiveSmallIntegerField()
    no = models.PositiveIntegerField()
    number = models.CharField(max_length=40)
    code = models.CharField(max_length=12, unique=True)
    unit = models.CharField(max_length=40)
    day = models.DateField()
    issued_at = models.DateTimeField()
    turn = models.PositiveIntegerField()
    #: SHA-256 of the templates it was made by, and of what was put into them.
    template = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    #: `live`, `replaced` or `void`; since when, and by which paper.
    state = models.CharField(max_length=10, default="live")
    ended_at = models.DateTimeField(null=True)
    replaced_by = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "year", "no"], name="document_number")]
        indexes = [models.Index(fields=["matter", "kind"], name="document_matter")]

    def __str__(self) -> str:
        return self.number


class DocumentFile(Replayed):
    """One file of a paper as it was given out; its bytes lie under its digest, until they are erased with the case."""

    SEALED = "paper_files"

    matter = models.ForeignKey("records.Case", on_delete=models.CASCADE, related_name="+", db_index=False)
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="files", db_index=False)
    turn = models.PositiveIntegerField()
    #: `pdf` or `docx`.
    kind = models.CharField(max_length=8)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "kind"], name="document_file_once")]
        indexes = [
            models.Index(fields=["matter"], name="document_file_matter"),
            models.Index(fields=["sha256"], name="document_file_digest"),
        ]

    def __str__(self) -> str:
        return f"{self.document_id}.{self.kind}"
