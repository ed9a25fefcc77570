"""What a reward has beside what every case has: its sum, the mark of its payout code, when it was paid."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from wuxiao.records.replayed import Replayed


class Reward(Replayed):
    """The own columns of a reward (`subjects.reward`): one row a case. Who it is for stands nowhere."""

    SEALED = "reward"
    ONE: ClassVar[bool] = True
    #: A sum and a keyed mark of a code: whose it was stands in no column.
    FATES: ClassVar = {
        **dict.fromkeys(("grade", "desk"), "kept: codes"),
        "mark": "kept: a keyed mark of a code that is kept nowhere",
        "voucher": "kept: a drawn number",
    }

    matter = models.OneToOneField("records.Case", on_delete=models.CASCADE, related_name="+")
    grade = models.CharField(max_length=12)
    #: Whole yuan.
    amount = models.PositiveIntegerField()
    proposer = models.ForeignKey("records.Staff", on_delete=models.PROTECT, related_name="+", db_index=False)
    decided_at = models.DateTimeField(null=True)
    #: The keyed mark of the code that was fetched last (`records.sealed.mark`): the code itself is kept nowhere.
    mark = models.CharField(max_length=64, blank=True)
    fetched_at = models.DateTimeField(null=True)
    #: When it was said that its time ends soon.
    warned_at = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)
    #: What the desk writes into its books, and which desk that was.
    voucher = models.CharField(max_length=24, blank=True)
    desk = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mark"], condition=~models.Q(mark=""), name="reward_mark"),
            models.UniqueConstraint(fields=["voucher"], condition=~models.Q(voucher=""), name="reward_voucher"),
        ]
        indexes = [
            models.Index(fields=["decided_at"], name="reward_decided", condition=models.Q(decided_at__isnull=False)),
            models.Index(fields=["paid_at"], name="reward_paid", condition=models.Q(paid_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"reward:{self.matter_id}"
