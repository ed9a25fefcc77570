"""What `wuxiao calendar check` says of a file: one object for machines, a few lines for people."""

from __future__ import annotations

from typing import Any

from wuxiao.feeds.calendars.findings import Finding
from wuxiao.feeds.calendars.read import CalendarFile, read
from wuxiao.rules.calendar.occasions import Series, Status, Taken

#: Series that are told one by one.
_MOST_SERIES = 200


def checked(data: bytes) -> dict[str, Any]:
    """Return the report of a file. Should the reader fail, which no file is known to bring about, that is said too."""
    try:
        return report(read(data))
    except Exception as error:
        failed = CalendarFile()
        failed.findings.error("our_fault", 1, found=type(error).__name__)
        return report(failed)


def report(found: CalendarFile) -> dict[str, Any]:
    """Return what was read, what was left unread, what was put right and what is wrong. No title is in it."""
    times = found.times()
    lines = {id(event.occasion): event.line for event in found.events}
    for series, taken in zip(found.series, times, strict=True):
        if not taken.whole and not series.endless:
            found.findings.unsupported("long_lists", lines.get(id(series.head), 1))
    return {
        "ok": found.ok,
        "read": _read(found, times, lines),
        "unsupported": [_told(one) for one in found.findings.left_unread],
        "notes": [_told(one) for one in found.findings.notes],
        "errors": [_told(one) for one in found.findings.errors],
        "errors_in_all": found.findings.errors_in_all,
    }


def _read(found: CalendarFile, times: list[Taken], lines: dict[int, int]) -> dict[str, Any]:
    each = [one for taken in times for one in taken.times]
    repeated = [pair for pair in zip(found.series, times, strict=True) if pair[0].rules or pair[0].added]
    return {
        "encoding": found.encoding,
        "lines": found.lines,
        "calendars": found.calendars,
        "events": len(found.events),
        "series": len(found.series),
        "times": len(each),
        "first": min(one.first_day for one in each).isoformat() if each else None,
        "last": max(one.last_day for one in each).isoformat() if each else None,
        "endless": any(series.endless for series in found.series),
        "whole_days": sum(event.occasion.whole_days for event in found.events),
        "cancelled": sum(event.occasion.status is Status.CANCELLED for event in found.events),
        "changed": sum(event.again is not None for event in found.events),
        "recurring": len(repeated),
        "recurrence": [
            {"line": lines.get(id(series.head), 1), **_recurrence(series, taken)}
            for series, taken in repeated[:_MOST_SERIES]
        ],
    }


def _recurrence(series: Series, taken: Taken) -> dict[str, Any]:
    return {
        "rules": [rule.text() for rule in series.rules],
        "added": len(series.added),
        "without": len(series.without),
        "changed": len(series.changed),
        "times": len(taken.times),
        "first": taken.times[0].first_day.isoformat() if taken.times else None,
        "last": taken.times[-1].last_day.isoformat() if taken.times else None,
        "endless": series.endless,
        "whole": taken.whole,
    }


def _told(one: Finding) -> dict[str, Any]:
    said: dict[str, Any] = {"line": one.line, "code": one.code, "zh": one.text.zh, "en": one.text.en}
    if one.mend is not None:
        said["mend"] = {"zh": one.mend.zh, "en": one.mend.en}
    else:
        said["times"] = one.times
    return said


def say(found: dict[str, Any]) -> list[str]:
    """Return the report in lines for people, in both languages."""
    read = found["read"]
    days = f"{read['first'] or '-'} … {read['last'] or '-'}{' …' if read['endless'] else ''}"
    lines = [
        f"安排 entries {read['events']} · 次 times {read['times']} · 重复 recurring {read['recurring']}"
        f" · {days} · {read['encoding'] or '-'}"
    ]
    for one in found["errors"]:
        lines.append(f"第 {one['line']} 行:{one['zh']}。{one['mend']['zh']}。")
        lines.append(f"line {one['line']}: {one['en']}. {one['mend']['en']}.")
    hidden = found["errors_in_all"] - len(found["errors"])
    lines += [f"另有 {hidden} 处有误 / {hidden} more faults"] if hidden else []
    for one in (*found["unsupported"], *found["notes"]):
        often = f" (x{one['times']})" if one["times"] > 1 else ""
        lines.append(f"  {one['line']}: {one['zh']} / {one['en']}{often}")
    return lines
