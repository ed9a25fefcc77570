"""What layouts print in their navigation: queues with counts, tabs, links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wuxiao.rules.words import Text


@dataclass(frozen=True, slots=True)
class NavItem:
    """One link: its words, address, count (a string or number), the tone of the count, and its key after `g`."""

    label: Text | str
    url: str
    count: int | str | None = None
    tone: str = ""
    key: str = ""
    icon: str = ""
    current: bool = False


@dataclass(frozen=True, slots=True)
class NavGroup:
    """A headed group of links in the staff rail."""

    label: Text | str
    links: Sequence[NavItem]


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a timeline, every text finished: what, when (shown, machine form), who, tone, icon, quoted words."""

    what: str
    at: str = ""
    iso: str = ""
    by: str = ""
    tone: str = ""
    icon: str = ""
    quote: str = ""
