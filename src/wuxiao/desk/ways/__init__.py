"""The ways a message goes out: mail, SMS, signed notices to other platforms."""

from __future__ import annotations

from dataclasses import dataclass


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
