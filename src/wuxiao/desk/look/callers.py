"""What an operator asks while a caller is speaking: earlier matters of this number, others at this place."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import Refused
from wuxiao.desk.case.rows import ROW_FIELDS, Row
from wuxiao.desk.case.shown import visible
from wuxiao.desk.diary import diary, readings
from wuxiao.desk.people import identity
from wuxiao.desk.town import books
from wuxiao.rules.access import Power
from wuxiao.rules.words import Text
from wuxiao.typed import phones

LIMIT = 8
CLOSED_FOR = timedelta(days=60)


def of_phone(phone: str, *, by: Actor, at: datetime) -> list[Row]:
    """Return the matters of a caller's number that are open or closed lately, the newest first.

    Each is written down as read: whose number it is is personal data. Raises `Refused` without the power.
    """
    assert by.viewer is not None
    if not {Power.INTAKE, Power.CONTACT} <= by.viewer.powers:
        raise Refused(Text("您的岗位不能按电话查找。", "Your post may not look matters up by phone."), "contact")
    plain = phones.same_as(phone, phones.area_of(books.current(at).book.town.phone))
    if len(plain) < 7:
        return []
    found = (
        visible(by.viewer)
        .filter(identity.same_phone(plain))
        .exclude(Q(state="closed") & Q(closed_at__lt=at - CLOSED_FOR))
        .order_by("-received_at", "-pk")[:LIMIT]
    )
    matters = list(found)
    for matter in matters:
        diary.log_read(matter, by=by, at=at, fields=["phone"], purpose="来电时核对以前的事项")
    return [Row(*(getattr(matter, name) for name in ROW_FIELDS)) for matter in matters]


def at_address(address_id: int, *, by: Actor, at: datetime) -> list[Row]:
    """Return the matters at one standard address that are open or closed lately, the newest first."""
    assert by.viewer is not None
    found = (
        visible(by.viewer)
        .filter(address_id=address_id)
        .exclude(Q(state="closed") & Q(closed_at__lt=at - CLOSED_FOR))
        .order_by("-received_at", "-pk")
        .values_list(*ROW_FIELDS)[:LIMIT]
    )
    rows = [Row(*values) for values in found]
    readings.note_many([row.id for row in rows], by=by, at=at, fields=["title"], how="alike")
    return rows
