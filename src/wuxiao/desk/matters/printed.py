"""What a paper printed at a desk opens: the public state of one matter, for a while, and nothing that its code opens.

The token is made from the matter's id and a last day, under the town's key; it cannot be turned back into the code.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.signing import BadSignature, Signer

from wuxiao.desk.base.errors import NotFound
from wuxiao.desk.case import sentences
from wuxiao.desk.town import books
from wuxiao.records.models import Matter
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.flow import State
from wuxiao.rules.words import Text

#: How long a printed paper says where the matter stands.
DAYS = 90
_FROM = date(2020, 1, 1)
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def _signer() -> Signer:
    return Signer(salt="wuxiao.paper", sep="~", algorithm="sha256")


def _write(number: int) -> str:
    found = ""
    while True:
        number, rest = divmod(number, 36)
        found = _DIGITS[rest] + found
        if not number:
            return found


def token(matter: Matter, *, at: datetime) -> str:
    """Return the token of a paper printed now."""
    last = at.astimezone(SHANGHAI).date() + timedelta(days=DAYS)
    return _signer().sign(f"{_write(matter.pk)}.{_write((last - _FROM).days)}")


@dataclass(frozen=True, slots=True)
class Standing:
    """What a paper tells anybody who holds it."""

    number: str
    state: State
    holder: str
    due: datetime | None
    late: bool


def standing(given: str, lang: str, *, at: datetime) -> Standing:
    """Return the public state behind a token; raises `NotFound` if it is false or its days are over."""
    gone = NotFound(
        Text(
            "这张纸上的二维码已经过期或不对，请凭回执上的查询码看进度",
            "The code on this paper is over or wrong. Use the code on your receipt.",
        )
    )
    try:
        pk, last = _signer().unsign(given[:120]).split(".")
        over = at.astimezone(SHANGHAI).date() > _FROM + timedelta(days=int(last, 36))
        matter = None if over else Matter.objects.filter(pk=int(pk, 36)).first()
    except (BadSignature, ValueError):
        raise gone from None
    if matter is None:
        raise gone
    book = books.of_version(matter.book_id).book
    state = State(matter.state)
    open_now = state not in {State.CLOSED, State.ANSWERED}
    late = open_now and matter.due_at is not None and at > matter.due_at
    holder = sentences.unit_name(book, matter.holder, lang)
    return Standing(matter.number, state, holder, matter.due_at if open_now else None, late)
