"""The ways a message goes out: mail, SMS, signed notices to other platforms."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from wuxiao.records import kept

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
    # It holds a number and a code.
    kept.write(folder / name, whole)
