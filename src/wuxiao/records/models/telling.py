"""The outbox."""

from __future__ import annotations

from django.db import models


class Message(models.Model):
    """One message to one person or machine, written in the transaction of the act it tells of.

    `key` makes it unique for ever: the gateway knows it, a mail carries it as its Message-ID. `sending` with an expired
    lease means that a worker died in the middle: the gateway is asked before anything is sent again, and a mail becomes
    `doubt` for an administrator to decide.
    """

    matter = models.ForeignKey("records.Matter", null=True, on_delete=models.CASCADE, related_name="messages")
    turn = models.PositiveIntegerField(default=0)
    verb = models.CharField(max_length=20)
    way = models.CharField(max_length=10)
    lang = models.CharField(max_length=8)
    address = models.CharField(max_length=300, blank=True)
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField()
    key = models.CharField(max_length=80, unique=True)
    state = models.CharField(max_length=10, default="queued")
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)
    lease = models.CharField(max_length=40, blank=True)
    sent_at = models.DateTimeField(null=True)
    provider_id = models.CharField(max_length=120, blank=True)
    error = models.TextField(blank=True)
    webhook = models.ForeignKey(
        "records.Webhook", null=True, on_delete=models.CASCADE, related_name="messages", db_index=False
    )

    class Meta:
        indexes = [
            models.Index(fields=["next_at"], name="message_due", condition=models.Q(next_at__isnull=False)),
            models.Index(fields=["state", "-id"], name="message_state"),
        ]

    def __str__(self) -> str:
        return self.key
