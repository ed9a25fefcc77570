"""The outbox."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from django.conf import settings
from django.db import models

#: What a message says and to whom; its state and its tries move on.
SAID = ("key", "matter_id", "turn", "verb", "way", "lang", "address", "subject", "text", "webhook_id")


def seal_of(row: Any) -> str:
    """Return the seal of a message: a keyed digest of what it says, which nobody can make from the database alone."""
    said = json.dumps([getattr(row, name) for name in SAID], ensure_ascii=False)
    secret = hmac.new(settings.SECRET_KEY.encode(), b"wuxiao.outbox", hashlib.sha256).digest()
    return hmac.new(secret, said.encode(), hashlib.sha256).hexdigest()


class Message(models.Model):
    """One message to one person or machine, written in the transaction of the act it tells of.

    `key` makes it unique for ever: the gateway knows it, a mail carries it as its Message-ID. `sending` with an expired
    lease means that a worker died in the middle: the gateway is asked before anything is sent again, and a mail becomes
    `doubt` for an administrator to decide.
    """

    matter = models.ForeignKey("records.Case", null=True, on_delete=models.CASCADE, related_name="messages")
    turn = models.PositiveIntegerField(default=0)
    verb = models.CharField(max_length=32)
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
    seal = models.CharField(max_length=64, blank=True, db_default="", default="")
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
