"""What the town decided: versions of its rule book and the holiday notices it loaded."""

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
