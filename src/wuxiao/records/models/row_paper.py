"""Papers printed for a row of a register: a form to sign, a notice; what they say stands in their files."""

from __future__ import annotations

from django.db import models

from wuxiao.records.models.row import Row


class RowPaper(models.Model):
    """One paper of a row as it was printed; the row's chain seals code, digest and files in the entry of `turn`."""

    row = models.ForeignKey(Row, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=12)
    code = models.CharField(max_length=12, unique=True)
    unit = models.CharField(max_length=40)
    day = models.DateField()
    issued_at = models.DateTimeField()
    turn = models.PositiveIntegerField()
    #: SHA-256 of the templates it was made by, of what was put into them, and of that without code and day.
    template = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    said = models.CharField(max_length=64)
    #: `live` or `replaced`; since when, and by which paper.
    state = models.CharField(max_length=10, default="live")
    ended_at = models.DateTimeField(null=True)
    replaced_by = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        indexes = [models.Index(fields=["row", "kind"], name="row_paper")]

    def __str__(self) -> str:
        return self.code


class RowPaperFile(models.Model):
    """One file of such a paper; its bytes lie under its digest, until they are erased with the row."""

    paper = models.ForeignKey(RowPaper, on_delete=models.PROTECT, related_name="files", db_index=False)
    #: `pdf` or `docx`.
    kind = models.CharField(max_length=8)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["paper", "kind"], name="row_paper_file_once")]
        indexes = [models.Index(fields=["sha256"], name="row_paper_file_digest")]

    def __str__(self) -> str:
        return f"{self.paper_id}.{self.kind}"
