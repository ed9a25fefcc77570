"""What the desk says when it does not do what it was asked; every error carries a sentence in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wuxiao.rules.words import Text


class DeskError(Exception):
    """The desk refused; `text` says what is wrong and how to mend it, `code` is for machines."""

    code = "error"
    #: What was heard of danger in the words of a step that was not taken, and those words (`desk.heard`).
    danger: Any = None
    told: Any = None
    #: The number under which a new report that was refused is kept all the same (`desk.matters.despite`).
    kept: str = ""

    def __init__(self, text: Text, code: str | None = None) -> None:
        super().__init__(text.en)
        self.text = text
        if code is not None:
            self.code = code


class NotFound(DeskError):
    """There is no such thing, or the one who asks may not know of it."""

    code = "not_found"

    def __init__(self, text: Text | None = None) -> None:
        super().__init__(text or Text("没有找到，或您没有查看权限", "Not found, or not yours to see."))


class Refused(DeskError):
    """The step is not open now, or not to this person."""

    code = "refused"


class Invalid(DeskError):
    """Something given is missing or makes no sense; `fields` says which and why."""

    code = "invalid"

    def __init__(self, fields: Mapping[str, Text]) -> None:
        super().__init__(
            Text(
                "有内容需要改正：" + "；".join(t.zh for t in fields.values()), "; ".join(t.en for t in fields.values())
            )
        )
        self.fields = dict(fields)


class Stale(DeskError):
    """Somebody acted first; `since` is the version the page was made from, `version` the present one."""

    code = "stale"

    def __init__(self, since: int, version: int) -> None:
        super().__init__(
            Text(
                "别人刚刚处理过这件事，您填写的内容还在，请看过新情况后再提交",
                "Somebody acted on this matter just now. What you wrote is kept: look at what happened and send again.",
            )
        )
        self.since = since
        self.version = version


class Conflict(DeskError):
    """The same idempotency key was used with other content."""

    code = "conflict"

    def __init__(self) -> None:
        super().__init__(
            Text(
                "这个提交编号已经用于另外的内容，请刷新后重新提交",
                "This key was already used for other content; reload and send again.",
            )
        )


class Raced(Exception):
    """Another request with the same key came first; try again and find its answer."""


def _span(seconds: int) -> tuple[str, str]:
    if seconds < 90:
        return f"{seconds}秒", f"{seconds} second{'s' * (seconds != 1)}"
    minutes = -(-seconds // 60)
    return f"{minutes}分钟", f"{minutes} minutes"


class Throttled(DeskError):
    """Too many knocks; `seconds` until the next is heard."""

    code = "throttled"

    def __init__(self, seconds: int) -> None:
        zh, en = _span(seconds)
        super().__init__(Text(f"试得太频繁了，请{zh}后再试", f"Too many tries; please wait {en}."))
        self.seconds = seconds


Json = dict[str, Any]
