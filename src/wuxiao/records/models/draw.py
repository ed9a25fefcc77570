"""A drawn round: what was fixed before the seed was known, and what came of it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from wuxiao.records.sealed import SealedText
from wuxiao.records.vouching import Held, Vouched
from wuxiao.rules.words import Text


class Draw(models.Model):
    """One round drawn by lot. `lists` is the text whose SHA-256 is its digest; inspectors stand in it under marks.

    `commitment` is published when it is fixed; `accounts` says which mark is whose and leaves the house never. `named`
    are the places that go without the lot, each with its reason. `seed` is made of `share`, whose hash was published
    before, and of `result`, the public figure `figure` (called `source`) as a person typed it in and saw it (`seen`).
    Rounds from before there was a share have none, and nothing of what came with it.
    """

    FATES: ClassVar = {
        **dict.fromkeys(("number", "unit", "strata", "drawn"), "kept: codes and numbers"),
        **dict.fromkeys(("source", "seed", "commitment", "mark"), "kept: what is published, and its digests"),
        "lists": "kept: codes of places, marks of inspectors, kinds of reasons; published when the round is over",
        **dict.fromkeys(("named", "accounts"), "kept: the unit's own, sealed with the round"),
        **dict.fromkeys(("share_hash", "figure", "share", "result", "seen"), "kept: what the seed was made of"),
    }
    VOUCHED: ClassVar = Vouched(
        "draws",
        Text("抽签", "draw"),
        (
            *("number", "unit", "source", "commitment", "committed_at", "lists", "strata", "named", "accounts", "seed"),
            *("drawn_at", "mark", "drawn"),
        ),
        ("share_hash", "figure", "opens_at", "closes_at", "told_at", "witness", "share", "result", "seen"),
    )
    HELD: ClassVar = Held(models.Q(drawn_at=None), Text("没抽完的抽查", "draws not drawn"))

    number = models.CharField(max_length=24, unique=True)
    unit = models.CharField(max_length=40)
    source = models.CharField(max_length=200)
    commitment = models.CharField(max_length=64, unique=True)
    committed_at = models.DateTimeField()
    lists = models.TextField()
    strata = models.JSONField(default=dict)
    named = models.JSONField(default=dict)
    accounts = models.JSONField(default=dict)
    seed = models.CharField(max_length=200, blank=True)
    drawn_at = models.DateTimeField(null=True)
    #: What its inspections bear (`acts.lot_of`), and the places the lot drew, in its order.
    mark = models.CharField(max_length=64, blank=True)
    drawn = models.JSONField(default=list)

    #: What the commitment says beside the lists (`subjects.inspection.seed.Terms`), and the turn of the town's entry
    #: that told it to the log.
    share_hash = models.CharField(max_length=64, blank=True, default="")
    figure = models.CharField(max_length=12, blank=True, default="")
    opens_at = models.DateTimeField(null=True)
    closes_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    witness = models.PositiveIntegerField(default=0)
    #: The share is empty until it is revealed; before that it lies in `DrawShare`.
    share = models.CharField(max_length=64, blank=True, default="")
    result = models.CharField(max_length=200, blank=True, default="")
    seen = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["-committed_at"], name="draw_latest")]

    def __str__(self) -> str:
        return self.number


class DrawShare(models.Model):
    """The house's share of a seed until it is revealed, sealed under the key outside the database."""

    FATES: ClassVar = {"text": "kept: drawn by the machine; public once the round is drawn or void"}

    draw = models.OneToOneField(Draw, primary_key=True, on_delete=models.PROTECT, related_name="+")
    text = SealedText()

    def __str__(self) -> str:
        return f"share of {self.draw_id}"
