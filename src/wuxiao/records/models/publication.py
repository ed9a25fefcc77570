"""What a published text has beside what every row has; its words stand in `Words` of the row, a version an entry."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from wuxiao.records.models.row import Row
from wuxiao.records.vouching import Vouched
from wuxiao.rules.words import Text


class Publication(models.Model):
    """Where a publication stands (`desk.publish`): its newest version, the released one, for whom and until when.

    `newest` and `shown` are turns of the row's chain: the entry of that turn holds the words of the version. `folded`
    is what a search compares of the released words.
    """

    row = models.OneToOneField(Row, primary_key=True, on_delete=models.PROTECT, related_name="publication")
    stage = models.CharField(max_length=12)
    audience = models.CharField(max_length=12)
    newest = models.PositiveIntegerField()
    author = models.ForeignKey("records.Staff", on_delete=models.PROTECT, related_name="+")
    shown = models.PositiveIntegerField(null=True)
    released_by = models.ForeignKey("records.Staff", null=True, on_delete=models.PROTECT, related_name="+")
    released_at = models.DateTimeField(null=True)
    first_day = models.DateField(null=True)
    last_day = models.DateField(null=True)
    review_on = models.DateField()
    folded = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["stage", "audience"], name="publication_stage")]

    def __str__(self) -> str:
        return f"publication:{self.row_id}"


class Wording(models.Model):
    """One sentence of a declared page in a further language (`desk.publish.wording`); the newest of a sentence counts.

    `of` stands for the Chinese it was made from. No `entered_by`: a draft that came with the program, word for word.
    """

    #: Sealed by the town's entries; the order is part of the seal.
    VOUCHED: ClassVar = Vouched(
        "wordings",
        Text("页面外文", "sentence in a further language"),
        ("lang", "of", "text", "entered_by_id", "entered_at", "read_by_id", "read_at"),
    )

    lang = models.CharField(max_length=8)
    of = models.CharField(max_length=32)
    text = models.TextField()
    entered_by = models.ForeignKey(
        "records.Staff", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    entered_at = models.DateTimeField()
    read_by = models.ForeignKey("records.Staff", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["lang", "of"], name="wording_of")]

    def __str__(self) -> str:
        return f"{self.lang}:{self.of[:8]}"
