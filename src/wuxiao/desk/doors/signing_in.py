"""Signing in: tries are counted before a password is looked at, by account and by network address.

Whether a name exists is told neither by words nor by time: an unknown one is counted, hashed, written down and refused
in the same way. A lock ends by itself, and it binds strangers only: a device the person signed in on before has tries
of its own, and a passkey is no guess at all, so nobody can keep somebody else out.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password

from wuxiao.desk.base import throttle
from wuxiao.desk.base.actor import SYSTEM, Actor
from wuxiao.desk.base.errors import Refused
from wuxiao.desk.diary import diary
from wuxiao.desk.town.books import current
from wuxiao.records.models import Staff
from wuxiao.rules.words import Text
from wuxiao.typed.plain import flat

#: How long a one-time password waits for its owner.
WAITS = timedelta(days=7)
DOOR = "sign-in"
SECOND = "second"
WRONG = Text("账号或密码不对", "The account or the password is wrong.")


def typed_name(username: str) -> str:
    """Return the account name a person meant: widths, invisible marks, capitals, blanks around it do not matter."""
    return flat(username).strip().lower()[:80]


def actor_of(staff: Staff) -> Actor:
    """Return the person as the one who acts on their own account."""
    return Actor("staff", staff.pk, None, staff.unit, staff.name)


def first_step(username: str, password: str, *, at: datetime, address: str = "", device: str = "") -> Staff:
    """Return the person whose account and password these are; nothing is signed in yet.

    `device` names a device this very account was signed in on before (proven by its own signed cookie). Raises
    `Refused` for a wrong name or password alike, `Throttled` when it was tried too often.
    """
    name = typed_name(username)
    limit = current(at).book.throttle.sign_in_attempts
    own = ("device", f"{name}:{device}") if device else (DOOR, name)
    if not device:
        throttle.attempt("sign-in-from", address, throttle.SHARED * limit, at=at)
    number = throttle.attempt(*own, limit, at=at)
    staff = Staff.objects.filter(username=name).first()
    if staff is None or not staff.is_active:
        make_password(password)
        right = False
    else:
        right = staff.check_password(password)
        if staff.must_change_password and staff.password_at is not None and at - staff.password_at > WAITS:
            right = False
    if not right or staff is None:
        _missed(staff, name, number == limit, at=at, address=address)
        raise Refused(WRONG, "sign_in")
    throttle.clear(*own)
    if not device:
        throttle.give_back("sign-in-from", address)
    return staff


def _missed(staff: Staff | None, name: str, last: bool, *, at: datetime, address: str) -> None:
    # What was typed for an unknown account may be somebody's password in the wrong field: only its beginning is kept.
    shown = staff.username if staff is not None else f"{name[:2]}…"
    facts = {"name": shown, "from": address, "known": staff is not None}
    by = actor_of(staff) if staff is not None else SYSTEM
    diary.write_town("sign_in_failed", by=by, at=at, facts=facts)
    if last:
        diary.write_town("sign_in_locked", by=by, at=at, facts=facts)


def count_second(staff: Staff, *, at: datetime, device: str = "") -> None:
    """Count one try of a second factor before it is looked at; raises `Throttled`."""
    limit = current(at).book.throttle.sign_in_attempts
    throttle.attempt(SECOND, f"{staff.pk}:{device}", limit, at=at)


def forget_second(staff: Staff, *, device: str = "") -> None:
    """Forget the tries of a second factor that was right in the end."""
    throttle.clear(SECOND, f"{staff.pk}:{device}")


def missed_second(staff: Staff, *, at: datetime, address: str = "") -> None:
    """Write down that the password was right and the second factor was not."""
    facts = {"name": staff.username, "from": address, "known": True, "second": True}
    diary.write_town("sign_in_failed", by=actor_of(staff), at=at, facts=facts)


def complete(staff: Staff, *, at: datetime, address: str = "", device: str = "", second: str = "") -> Staff:
    """Sign the person in: write it down, with the second factor that was shown, and forget the tries before."""
    forget_second(staff, device=device)
    Staff.objects.filter(pk=staff.pk).update(last_login=at)
    staff.last_login = at
    facts = {"who": staff.name, "name": staff.username, "from": address, "second": second}
    diary.write_town("sign_in", by=actor_of(staff), at=at, facts=facts)
    return staff


def locked(names: list[str], *, at: datetime) -> set[str]:
    """Return those of the account names at which strangers tried too often just now."""
    return throttle.shut(DOOR, names, current(at).book.throttle.sign_in_attempts, at=at)
