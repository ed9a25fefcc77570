"""The one door to who reported: nothing else of the desk touches the table of contacts (a test looks).

A person reads a contact for a purpose (`PURPOSES`, with free words beside), and it is written down; the machine opens
one only to do what the resident left it for (`Use`). Numbers are compared and counted by their marks: nobody's name or
phone is opened for that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from django.db import connection, transaction
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from wuxiao.desk.base import ask, bulk
from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import NotFound, Refused
from wuxiao.desk.diary import diary
from wuxiao.desk.people import minors
from wuxiao.records import replayed
from wuxiao.records.models import Contact, Matter
from wuxiao.records.sealed import keyring, mark, new_key, sealed_columns, write_keys
from wuxiao.rules.words import Text

_MANY = 500

#: A contact as its readers get it.
Person = Contact


class Use(StrEnum):
    """What the machine may open a contact for; each is something the resident left it for."""

    TELL = "tell"
    REACH = "reach"
    HAND_OVER = "hand_over"
    OWN = "own"
    SPLIT = "split"
    SHOW = "show"


#: What a person may look a contact up for; the words beside it are their own and can be erased.
PURPOSES: Mapping[str, Text] = {
    "ask": Text("联系诉求人核实情况", "to ask the requester about the matter"),
    "visit": Text("上门办理或查看现场", "to visit or to see the place"),
    "answer": Text("当面或电话答复", "to give the answer in person or by phone"),
    "call_back": Text("回访", "to call back"),
    "review": Text("复查、复核、审计", "for a review or an audit"),
    "other": Text("其他（请写明）", "other (say what)"),
}


def new(
    *,
    name: str = "",
    phone: str = "",
    email: str = "",
    by_sms: bool = True,
    visit_consent: bool = False,
) -> Contact:
    """Return a contact of no matter yet, not stored, with its marks."""
    return Contact(
        name=name,
        phone=phone,
        email=email,
        phone_mark=mark(phone),
        email_mark=mark(email.lower()),
        by_sms=by_sms,
        visit_consent=visit_consent,
    )


def beside(matters: QuerySet[Matter]) -> QuerySet[Matter]:
    """Return matters with what is known of their contacts without opening them: whether there is one, and a name."""
    shut = matters.select_related("contact").defer("contact__name", "contact__phone", "contact__email", "contact__salt")
    return shut.annotate(has_name=ExpressionWrapper(~Q(contact__name=""), BooleanField()))


def read(
    matter: Matter,
    *,
    by: Actor,
    at: datetime,
    why: str,
    purpose: str,
    fields: Sequence[str] = (),
    besides: Sequence[str] = (),
) -> Contact:
    """Open a contact for a person and write down who read it, what for; the requester sees that entry.

    `besides` names what the same act opens elsewhere (numbers in the words).

    Raises `Refused` without a purpose, `NotFound` if there is nothing to read. Whether the person may is asked before.
    """
    found = of(matter.pk, Use.SHOW)
    if found is None:
        raise NotFound(Text("没有留下联系方式，或已按诉求人要求删除。", "No contact was left, or it was erased."))
    said = stated(why, purpose)
    shown = [name for name in fields or ("name", "phone", "email") if getattr(found, name)]
    with transaction.atomic():
        minors.use(matter, by=by, at=at)
        diary.log_read(matter, by=by, at=at, fields=[*shown, *besides], purpose=said)
    return found


def stated(why: str, purpose: str) -> str:
    """Return the purpose as the diary keeps it; raises `Refused` when none was stated."""
    purpose = purpose.strip()[:200]
    if why not in PURPOSES or (why == "other" and not purpose):
        raise Refused(Text("请写明查看用途。", "Please state the purpose."), "purpose")
    return purpose or PURPOSES[why].zh


def insert(rows: Sequence[Contact]) -> None:
    """Store many new contacts at once (bulk intake)."""
    bulk.insert(Contact, rows)


def of(matter_id: int, use: Use) -> Contact | None:
    """Return the contact of a matter for one use, or `None` if none was left or it was erased (one query)."""
    found = ask.one(Contact, matter_id=matter_id)
    if found is None or (found.erased_at is not None and use is not Use.OWN):
        return None
    return found


def of_many(matter_ids: Sequence[int], use: Use) -> list[Contact]:
    """Return the contacts of several matters that were not erased, each with its matter (one query)."""
    rows = Contact.objects.filter(matter_id__in=list(matter_ids), erased_at__isnull=True)
    return list(rows.select_related("matter").order_by("id"))


def same_phone(phone: str) -> Q:
    """Return the condition on matters that a contact not erased has this number."""
    return Q(contact__phone_mark__in=keyring().marks(phone), contact__erased_at__isnull=True)


def phone_marks(matter_ids: Sequence[int]) -> dict[int, str]:
    """Return what stands for the phones of matters, by matter: equal numbers are equal, none can be read from it."""
    rows = Contact.objects.filter(matter_id__in=list(matter_ids), erased_at__isnull=True).exclude(phone_mark="")
    return dict(rows.values_list("matter_id", "phone_mark"))


def erase(matter_ids: Iterable[int], *, at: datetime) -> int:
    """Erase name, phone, mail and marks of matters; returns how many still held something."""
    rows = Contact.objects.filter(matter_id__in=list(matter_ids), erased_at__isnull=True)
    return rows.update(name="", phone="", email="", phone_mark="", email_mark="", salt="", erased_at=at)


def rotate() -> int:
    """Put a fresh key first and seal everything anew under it; returns how many rows were sealed anew.

    May be stopped anywhere and run again. A running town reads and finds all of it the whole time: the old keys stay
    in the file until `let_go`.
    """
    ring = keyring()
    ring.again()
    write_keys(ring.path, [new_key(), *ring.path.read_text(encoding="ascii").split()])
    ring.again()
    done = 0
    for model, names in sealed_columns():
        rows = model._default_manager.order_by("pk")
        last = 0
        while ids := list(rows.filter(pk__gt=last).values_list("pk", flat=True)[:_MANY]):
            last = ids[-1]
            with transaction.atomic(), replayed.same():
                for row in rows.select_for_update().filter(pk__in=ids):
                    fields = list(names)
                    if isinstance(row, Contact):
                        row.phone_mark, row.email_mark = mark(row.phone), mark(row.email.lower())
                        fields += ["phone_mark", "email_mark"]
                    row.save(update_fields=fields)
                    done += 1
    return done


def under_old_keys() -> int:
    """Return how many sealed values still need a key that is not the one in use."""
    ring, count = keyring(), 0
    ring.again()
    with connection.cursor() as cursor:
        for model, names in sealed_columns():
            for name in names:
                column = connection.ops.quote_name(name)
                cursor.execute(
                    f"SELECT count(*) FROM {model._meta.db_table} WHERE {column} <> '' AND {column} NOT LIKE %s",
                    [f"v1.{ring.ids[0]}.%"],
                )
                count += cursor.fetchone()[0]
    return count


def let_go() -> int:
    """Take the old keys out of the file; returns how many. Raises `Refused` while a value still needs one."""
    if left := under_old_keys():
        raise Refused(
            Text(f"还有{left}个值要用旧钥匙，请先更换（rotate）", f"{left} values still need an old key: rotate first"),
            "keys",
        )
    ring = keyring()
    lines = ring.path.read_text(encoding="ascii").split()
    write_keys(ring.path, lines[:1])
    ring.again()
    return len(lines) - 1
