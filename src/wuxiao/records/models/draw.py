"""A drawn round: what was fixed before the seed was known, and what came of it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Draw(models.Model):
    """One round drawn by lot. `lists` is the text whose SHA-256 is its digest; inspectors stand in it under marks.

    `commitment` is published when it is fixed; `accounts` says which mark is whose and leaves the house never. `seed`
    comes later, from `source`; `named` are the places that go without the lot, each with its reason.
    """

    FATES: ClassVar = {
        **dict.fromkeys(("number", "unit", "strata", "drawn"), "kept: codes and numbers"),
        **dict.fromkeys(("source", "seed", "commitment", "mark"), "kept: what is published, and its digests"),
        "lists": "kept: codes of places, marks of inspectors, kinds of reasons; published when the round is over",
        **dict.fromkeys(("named", "accounts"), "kept: the unit's own, sealed with the round"),
    }

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

    class Meta:
        indexes = [models.Index(fields=["-committed_at"], name="draw_latest")]

    def __str__(self) -> str:
        return self.number
