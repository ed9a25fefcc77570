"""The ways a message goes out: mail, SMS, signed notices to other platforms."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

#: Why a message waits where nobody said how it should go out. It waits as long as that is so.
NOT_SET_UP = "还没有设置 {0}，消息在等 not set up: messages wait for {0}"


@dataclass(frozen=True, slots=True)
class Sent:
    """It was taken by the far end, which calls it `provider_id`."""

    provider_id: str = ""


@dataclass(frozen=True, slots=True)
class Later:
    """It was not taken; trying again may help. `away`: the far end itself did not answer, whatever the message."""

    reason: str
    after_seconds: float | None = None
    away: bool = False


@dataclass(frozen=True, slots=True)
class Never:
    """It was refused for good."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody can say whether it was taken; sending again could double it. `away` as in `Later`."""

    reason: str
    away: bool = False


Result = Sent | Later | Never | Unknown


def to_file(name: str, whole: bytes) -> None:
    """Write a message into the folder of what would have been sent, readable for this account alone."""
    folder = Path(settings.DATA_DIR) / "outbox"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = folder / f"{name}.{os.getpid()}.part"
    # It holds a number and a code: whatever the umask, nobody else opens it, also not while it is written.
    part.unlink(missing_ok=True)
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(whole)
    os.replace(part, folder / name)
