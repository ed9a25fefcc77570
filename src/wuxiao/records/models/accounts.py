"""What guards accounts of staff: signed-in places, second factors, past passphrases, what waits for a second person."""

from __future__ import annotations

from django.db import models


class Visit(models.Model):
    """One place where a person is signed in: its session's key, since when, from where; the person sees the list."""

    staff = models.ForeignKey("records.Staff", on_delete=models.CASCADE, related_name="visits")
    key = models.CharField(max_length=40, unique=True)
    began_at = models.DateTimeField()
    address = models.CharField(max_length=45, blank=True)
    device = models.CharField(max_length=120, blank=True)

    def __str__(self) -> str:
        return f"{self.staff_id} since {self.began_at}"


class Factor(models.Model):
    """A second factor: an authenticator app (`totp`, its secret encrypted) or a passkey (its public key)."""

    staff = models.ForeignKey("records.Staff", on_delete=models.CASCADE, related_name="factors")
    kind = models.CharField(max_length=8)
    name = models.CharField(max_length=40)
    secret = models.TextField(blank=True)
    credential = models.CharField(max_length=1400, blank=True)
    count = models.BigIntegerField(default=0)
    added_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["credential"], condition=~models.Q(credential=""), name="factor_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.staff_id}"


class Recovery(models.Model):
    """One recovery code, as a keyed hash; it works once."""

    staff = models.ForeignKey("records.Staff", on_delete=models.CASCADE, related_name="recoveries")
    digest = models.CharField(max_length=64, unique=True)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"recovery code of {self.staff_id}"


class PastPassword(models.Model):
    """The hash of a passphrase a person had before, so that it does not come back at once."""

    staff = models.ForeignKey("records.Staff", on_delete=models.CASCADE, related_name="past_passwords")
    encoded = models.CharField(max_length=128)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"past passphrase of {self.staff_id}"


class Proposal(models.Model):
    """An appointment or a reset that one person proposed and another named person confirms or turns down.

    `half` is the second half of a one-time password while it waits; the first half was shown to who proposed it and
    is kept nowhere, `encoded` is the hash of both together.
    """

    staff = models.ForeignKey("records.Staff", on_delete=models.CASCADE, related_name="proposals")
    kind = models.CharField(max_length=8)
    posts = models.JSONField(default=list)
    active = models.BooleanField(default=True)
    reason = models.CharField(max_length=200, blank=True)
    half = models.CharField(max_length=20, blank=True)
    encoded = models.CharField(max_length=128, blank=True)
    by = models.ForeignKey("records.Staff", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    outcome = models.CharField(max_length=10, blank=True)
    decided_by = models.ForeignKey("records.Staff", null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["staff", "kind"], condition=models.Q(outcome=""), name="proposal_open")
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.staff_id}: {self.outcome or 'open'}"
