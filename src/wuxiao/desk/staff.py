"""Accounts of staff: made, changed, signed in."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from wuxiao.desk import ask, diary
from wuxiao.desk.actor import Actor
from wuxiao.desk.books import current
from wuxiao.desk.errors import Invalid, NotFound, Refused
from wuxiao.records.models import Post, Staff
from wuxiao.rules.access import EXCLUSIVE, ROLES, Role, Scope
from wuxiao.rules.words import Text

LOCK = timedelta(minutes=15)
_EASY = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class Appointment:
    """A post to give: role, unit, and where they differ from the role's usual ones, scope and sign-off level."""

    role: Role
    unit: str
    scope: Scope | None = None
    level: int = 0


def one_time_password() -> str:
    """Return a password to be changed at first sign-in, readable over the phone."""
    return "-".join("".join(secrets.choice(_EASY) for _ in range(4)) for _ in range(3))


def create(
    username: str,
    name: str,
    posts: Sequence[Appointment],
    *,
    by: Actor,
    at: datetime,
    name_en: str = "",
    password: str | None = None,
    must_change: bool = True,
    phone: str = "",
    email: str = "",
    encoded: str | None = None,
) -> tuple[Staff, str]:
    """Make an account and return it with its one-time password, which is shown once and kept nowhere.

    Raises `Invalid` for a taken name, an unknown unit, no post, or posts that one person may not hold together.
    `encoded` takes an already hashed password (many accounts at once).
    """
    errors: dict[str, Text] = {}
    username = username.strip().lower()
    if not username or Staff.objects.filter(username=username).exists():
        errors["username"] = Text("账号为空或已有人使用", "the account name is empty or taken")
    if not name.strip():
        errors["name"] = Text("请填写姓名", "please give a name")
    _check_posts(posts, at, errors)
    if errors:
        raise Invalid(errors)
    password = password or one_time_password()
    with transaction.atomic():
        staff = Staff.objects.create(
            username=username,
            name=name.strip(),
            name_en=name_en,
            unit=posts[0].unit,
            phone=phone,
            email=email,
            must_change_password=must_change,
            password=encoded or make_password(password),
            created_at=at,
        )
        _appoint(staff, posts)
        diary.write_town("create_staff", by=by, at=at, facts={"name": username, "posts": _shown(posts)})
    return staff, password


def with_posts(staff_id: int) -> Staff | None:
    """Return an account together with its posts, or `None` (one query): what every page of staff begins with."""
    found = ask.one_with(Staff, Post, "staff_id", staff_id)
    if found is None:
        return None
    person, posts = found
    person.known_posts = posts
    return person


def change_posts(staff_id: int, posts: Sequence[Appointment], *, by: Actor, at: datetime, active: bool = True) -> Staff:
    """Replace a person's posts, or close the account; open matters keep their history."""
    errors: dict[str, Text] = {}
    _check_posts(posts, at, errors)
    if errors:
        raise Invalid(errors)
    with transaction.atomic():
        staff = Staff.objects.select_for_update().filter(pk=staff_id).first()
        if staff is None:
            raise NotFound
        staff.posts.all().delete()
        _appoint(staff, posts)
        staff.is_active = active
        staff.unit = posts[0].unit
        staff.save(update_fields=["is_active", "unit"])
        diary.write_town(
            "change_staff", by=by, at=at, facts={"name": staff.username, "posts": _shown(posts), "active": active}
        )
    return staff


def _shown(posts: Sequence[Appointment]) -> list[str]:
    return [f"{p.role.value}@{p.unit}" + (f"/{p.level}" if p.level else "") for p in posts]


def _check_posts(posts: Sequence[Appointment], at: datetime, errors: dict[str, Text]) -> None:
    book = current(at).book
    if not posts:
        errors["posts"] = Text("至少要有一个岗位", "at least one post is needed")
    for post in posts:
        if post.unit not in book.units:
            errors["unit"] = Text(f"规则手册里没有单位{post.unit}", f"the rule book has no unit {post.unit}")
        if post.role is Role.REVIEWER and not 1 <= post.level <= len(book.sign_levels):
            errors["level"] = Text("请填写审核级别", "please give the sign-off level")
    roles = {post.role for post in posts}
    for pair in EXCLUSIVE:
        if pair <= roles:
            a, b = (ROLES[r].name for r in sorted(pair))
            errors["posts"] = Text(f"{a.zh}和{b.zh}不能由一人兼任", f"one person may not be {a.en} and {b.en}")


def _appoint(staff: Staff, posts: Sequence[Appointment]) -> None:
    Post.objects.bulk_create(
        Post(
            staff=staff,
            role=p.role.value,
            unit=p.unit,
            scope=(p.scope or ROLES[p.role].scope).value,
            level=p.level,
        )
        for p in posts
    )


def reset_password(staff_id: int, *, by: Actor, at: datetime) -> str:
    """Set and return a one-time password, to be changed at the next sign-in."""
    with transaction.atomic():
        staff = Staff.objects.select_for_update().filter(pk=staff_id).first()
        if staff is None:
            raise NotFound
        password = one_time_password()
        staff.password = make_password(password)
        staff.must_change_password = True
        staff.failures, staff.locked_until = 0, None
        staff.save(update_fields=["password", "must_change_password", "failures", "locked_until"])
        diary.write_town("change_staff", by=by, at=at, facts={"name": staff.username, "password": "reset"})
    return password


def change_password(staff_id: int, old: str, new: str, *, at: datetime) -> Staff:
    """Change one's own password; raises `Invalid` with what is wrong."""
    staff = Staff.objects.get(pk=staff_id)
    if not staff.check_password(old):
        raise Invalid({"old": Text("原密码不对", "the present password is wrong")})
    if old == new:
        raise Invalid({"new": Text("新密码不能与原密码相同", "the new password must differ from the old one")})
    try:
        validate_password(new, staff)
    except ValidationError:
        raise Invalid(
            {
                "new": Text(
                    "新密码至少10位，不能太常见，不能与姓名账号相近",
                    "the new password needs at least 10 characters, must not be common or like your name",
                )
            }
        ) from None
    staff.set_password(new)
    staff.must_change_password = False
    staff.save(update_fields=["password", "must_change_password"])
    return staff


def sign_in(username: str, password: str, *, at: datetime) -> Staff:
    """Return the member of staff, or raise `Refused`; too many failures lock the account for a quarter of an hour."""
    staff = Staff.objects.filter(username=username.strip().lower()).first()
    wrong = Refused(Text("账号或密码不对", "The account or the password is wrong."), "sign_in")
    if staff is None or not staff.is_active:
        make_password(password)
        raise wrong
    if staff.locked_until is not None and at < staff.locked_until:
        raise Refused(
            Text(
                "失败次数太多，账号暂时锁定，请15分钟后再试或联系管理员",
                "Too many failures: locked for 15 minutes, or ask the administrator.",
            ),
            "locked",
        )
    actor = Actor("staff", staff.pk, None, staff.unit, staff.name)
    if not staff.check_password(password):
        staff.failures += 1
        if staff.failures >= current(at).book.throttle.sign_in_attempts:
            staff.failures, staff.locked_until = 0, at + LOCK
        staff.save(update_fields=["failures", "locked_until"])
        diary.write_town("sign_in_failed", by=actor, at=at, facts={"name": staff.username})
        raise wrong
    staff.failures, staff.locked_until, staff.last_login = 0, None, at
    staff.save(update_fields=["failures", "locked_until", "last_login"])
    diary.write_town("sign_in", by=actor, at=at, facts={"who": staff.name})
    return staff


def set_language(staff_id: int, lang: str) -> None:
    """Keep the language a person last chose, so that it goes with them to the next device."""
    Staff.objects.filter(pk=staff_id).update(lang=lang)
