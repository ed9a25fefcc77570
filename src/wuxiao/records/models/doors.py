"""Doors for machines, and what guards all doors: idempotency keys and throttles."""

from __future__ import annotations

from datetime import datetime

from django.db import models


class ApiKey(models.Model):
    """A machine's key (only its hash is kept) and what it may do."""

    name = models.CharField(max_length=60, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    unit = models.CharField(max_length=40)
    powers = models.JSONField(default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    addresses = models.JSONField(default=list)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class Webhook(models.Model):
    """Where signed notices of hand-overs go: the other platform's address and the shared secret.

    While a secret is exchanged the one before stays in force for some days, until both sides have the new one.
    """

    name = models.CharField(max_length=60, unique=True)
    unit = models.CharField(max_length=40)
    url = models.URLField(max_length=300)
    secret = models.CharField(max_length=80)
    secret_before = models.CharField(max_length=80, blank=True, default="")
    secret_before_until = models.DateTimeField(null=True)
    verbs = models.JSONField(default=list)
    active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name

    def secrets(self, at: datetime) -> tuple[str, ...]:
        """Return the secrets in force, the newest first."""
        until = self.secret_before_until
        still = bool(self.secret_before) and until is not None and at < until
        return (self.secret, self.secret_before) if still else (self.secret,)


class Once(models.Model):
    """One request that was already served: the same key again gives the same answer and does nothing."""

    key = models.CharField(max_length=120, unique=True)
    digest = models.CharField(max_length=64)
    matter = models.ForeignKey("records.Case", null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    answer = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["at"], name="once_at")]

    def __str__(self) -> str:
        return self.key


class Throttle(models.Model):
    """How often one caller (a salted hash, never an address) knocked in one window of time."""

    key = models.CharField(max_length=80, unique=True)
    count = models.PositiveIntegerField(default=0)
    until = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["until"], name="throttle_until")]

    def __str__(self) -> str:
        return self.key
