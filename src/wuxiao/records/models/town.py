"""What the town decided: versions of its rule book, the holiday notices it loaded, the terms it adopted."""

from __future__ import annotations

from django.db import models


class BookVersion(models.Model):
    """One adopted rule book, whole as text; matters keep the version they were received under."""

    digest = models.CharField(max_length=64, unique=True)
    text = models.TextField()
    effective_from = models.DateTimeField()
    adopted_at = models.DateTimeField()
    adopted_by = models.CharField(max_length=60)

    class Meta:
        indexes = [models.Index(fields=["-effective_from"], name="book_effective")]

    def __str__(self) -> str:
        return self.digest[:12]


class HolidayNotice(models.Model):
    """The official holidays and make-up workdays of one year, as loaded by a person from the yearly notice."""

    year = models.PositiveSmallIntegerField(unique=True)
    source = models.CharField(max_length=200)
    text = models.TextField()
    loaded_at = models.DateTimeField()
    loaded_by = models.CharField(max_length=60)

    def __str__(self) -> str:
        return str(self.year)


class TermSheet(models.Model):
    """The terms and examinations of a calendar as somebody brought them in: proposed by one, adopted by another.

    Nothing is proposed from the machine itself: there a named person adopts at once, and `by` is nobody.
    """

    calendar = models.CharField(max_length=24)
    digest = models.CharField(max_length=64)
    text = models.TextField()
    source = models.CharField(max_length=120)
    by = models.ForeignKey("records.Staff", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    #: Nothing while it waits, then `adopted` or `refused`; of what is adopted the last decided counts on its days.
    outcome = models.CharField(max_length=10, blank=True)
    decided_by = models.ForeignKey(
        "records.Staff", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["calendar", "outcome", "decided_at"], name="term_sheet")]

    def __str__(self) -> str:
        return f"{self.calendar}:{self.digest[:12]}"
