"""What a log may say: no code, token or key of anybody, and nothing that strangers can make grow without end."""

from __future__ import annotations

import json
import logging
import re
import time
from contextvars import ContextVar
from datetime import UTC, datetime

from wuxiao.rules.codes import read_code

_PATHS = re.compile(r"/(p|c|o|calendar)/[^/\s?#\"']+")
_PHOTO = re.compile(r"/new/photos?/[\w-]{8,}")
_QUERY = re.compile(r"(?i)([?&;](?:api_key|key|code|token|secret|password|t)=)[^&\s\"']+")
_BEARER = re.compile(r"(?i)\b(bearer\s+)[\w.~+/=-]{8,}")
_KEY = re.compile(r"\bwx_[\w-]{10,}")
_SIGN = r"[0-9A-Za-z\u0370-\u03ff\u0400-\u052f]"
_CODE = re.compile(rf"\b{_SIGN}{{4}}(?:-?{_SIGN}{{4}}){{4}}\b")
_DEMOTED = ("django.request", "django.security")
_FULL_LINES = 20
_MINUTE = 60.0


def masked(text: str) -> str:
    """Return a text with every receipt code, call-back token, photo token and key replaced by `…`.

    >>> masked("Conflict: /p/H0CTJV4P2EV89RE81HQJ/do/add")
    'Conflict: /p/…/do/add'
    """
    text = _PATHS.sub(r"/\1/…", text)
    text = _PHOTO.sub("/new/photo/…", text)
    text = _QUERY.sub(r"\1…", text)
    text = _BEARER.sub(r"\1…", text)
    text = _KEY.sub("wx_…", text)
    return _CODE.sub(lambda m: "…" if read_code(m.group(0)) else m.group(0), text)


class Masked(logging.Filter):
    """Masks the message of every record, its traceback too, before any handler writes it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record and let it pass."""
        try:
            said = record.getMessage()
        except Exception:
            said = str(record.msg)
        record.msg, record.args = masked(said), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = masked(record.exc_text)
        if record.stack_info:
            record.stack_info = masked(record.stack_info)
        return True


class Strangers(logging.Filter):
    """Keeps what any visitor can cause (answers 4xx, wrong hosts) out of the log unless INFO is asked for.

    Even then a process writes at most 20 such lines a minute, and then how many it left out.
    """

    def __init__(self) -> None:
        super().__init__()
        self._minute = 0
        self._count = 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Let the record pass, make it quiet, or leave it out."""
        if not record.name.startswith(_DEMOTED) or int(getattr(record, "status_code", 400)) >= 500:
            return True
        if logging.getLogger().getEffectiveLevel() > logging.INFO:
            return False
        record.levelno, record.levelname = logging.INFO, "INFO"
        minute = int(time.monotonic() // 60)
        if minute != self._minute:
            if self._count > _FULL_LINES:
                record.msg = f"{record.getMessage()} (and {self._count - _FULL_LINES} more lines like it before)"
                record.args = None
            self._minute, self._count = minute, 0
        self._count += 1
        return self._count <= _FULL_LINES


def away(error: BaseException | None) -> str:
    """Return what the database server said when an error comes of its being away (stopped, starting, cut off).

    Empty for every other error, also for others of the database: their traces are wanted.
    """
    for _ in range(10):
        if error is None:
            break
        # What psycopg raises has a `sqlstate`: none where there was no server to give one, else 08 (connection) or 57P
        # (it is shut down or starts). A statement of ours that fails has another one.
        state = getattr(error, "sqlstate", "")
        if state is None or state.startswith(("08", "57P")):
            return " ".join(str(error).split())[:200] or type(error).__name__
        error = error.__cause__ or error.__context__
    return ""


class Away(logging.Filter):
    """Says in one line that the database server is away: without a trace, and the pool's own tries once a minute."""

    def __init__(self) -> None:
        super().__init__()
        self._said: float | None = None

    def filter(self, record: logging.LogRecord) -> bool:
        """Shorten the record, leave it out, or let it pass as it is."""
        if record.name == "psycopg.pool" and record.levelno <= logging.WARNING:
            now = time.monotonic()
            again = self._said is not None and now - self._said < _MINUTE
            self._said = self._said if again else now
            return not again
        if record.exc_info and (said := away(record.exc_info[1])):
            record.msg, record.args = f"{record.getMessage()} (the database is away: {said})", None
            record.exc_info = record.exc_text = None
        return True


#: The id of the request that this thread answers now, where it answers one.
request_id: ContextVar[str] = ContextVar("request_id", default="")


class Line(logging.Formatter):
    """A line for people."""

    def format(self, record: logging.LogRecord) -> str:
        """Return time, level, logger, message and the request's id where there is one."""
        said = super().format(record)
        return f"{said} [{found}]" if (found := request_id.get()) else said


class JsonLine(logging.Formatter):
    """A JSON object a line: `at` (ISO, UTC), `level`, `logger`, `message`, `request` and, of a fault, `trace`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the object on one line; the message and the trace were masked before."""
        said = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if found := request_id.get():
            said["request"] = found
        if record.exc_text or record.exc_info:
            said["trace"] = record.exc_text or self.formatException(record.exc_info)  # type: ignore[arg-type]
        return json.dumps(said, ensure_ascii=False)
