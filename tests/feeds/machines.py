"""What tests of the machines' doors share: keys, and a client that speaks JSON with one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.test import Client
from django.utils import timezone

from wuxiao.desk.base.actor import SYSTEM
from wuxiao.desk.doors import keys


def key(unit: str, *powers: str, name: str = "") -> str:
    """Return the secret of a fresh key."""
    wanted = powers or ("read", "receive", "act", "exchange")
    return keys.create_key(name or f"{unit} {'-'.join(wanted)}", unit, wanted, by=SYSTEM, at=timezone.now())[1]


class Machine:
    """A client with one key; every answer is JSON."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.client = Client()

    def get(self, path: str, headers: dict[str, str] | None = None, **query: Any) -> Any:
        return self.client.get(f"/api/v1/{path}", query, headers={**self.pass_, **(headers or {})})

    def post(self, path: str, body: Any, headers: dict[str, str] | None = None) -> Any:
        content = body if isinstance(body, str | bytes) else json.dumps(body)
        return self.client.post(
            f"/api/v1/{path}", content, content_type="application/json", headers={**self.pass_, **(headers or {})}
        )

    @property
    def pass_(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"} if self.secret else {}


def fields(answer: Any) -> set[str]:
    """Return the fields an answer complains of."""
    return {error["field"] for error in answer.json()["errors"]}


def verbs(entries: Sequence[dict[str, Any]]) -> list[str]:
    return [entry["verb"] for entry in entries]
