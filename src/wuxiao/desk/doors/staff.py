"""Accounts of staff: made, changed, signed in."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.db import IntegrityError, transaction

from wuxiao.desk.base import ask, throttle
from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import Invalid, Refused
from wuxiao.desk.diary import diary
from wuxiao.desk.doors import passphrases, signing_in, visits
from wuxiao.desk.town.books import current
from wuxiao.records.models import PastPassword, Post, Staff
from wuxiao.rules.access import EXCLUSIVE, ROLES, Role, Scope, kept
from wuxiao.rules.words import Text
from wuxiao.typed import mail, phones
from wuxiao.typed.plain import line
from wuxiao.typed.trouble import Trouble

#: How many passwords are remembered so that they do not come back.
REMEMBERED = 5
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
_EASY = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class Appointment:
    """A post to give: role, unit, and where they differ from the role's usual ones, scope and sign-off level."""

    role: Role
    unit: str
    scope: Scope | None = None
    level: int = 0

    @property
    def sees(self) -> Scope:
        """How far it sees."""
        return self.scope or ROLES[self.role].scope

    @property
    def unusual(self) -> bool:
        """Whether it sees further, or less far, than the role usually does."""
        return self.sees is not ROLES[self.role].scope


def one_time_password(groups: int = 3) -> str:
    """Return a password to be changed at first sign-in, readable over the phone."""
    return "-".join("".join(secrets.choice(_EASY) for _ in range(4)) for _ in range(groups))


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
    """Make an account at once and return it with its one-time password, which is shown once and kept nowhere.

    Only the machine's own commands do so (`SYSTEM`: the first persons of a town, a demo county); between people an
    account is proposed by one and confirmed by another (`desk.appointments`). Raises `Invalid` for a name that is taken
    or makes no sense, an unknown unit, no post, or posts that one person may not hold together. `encoded` takes an
    already hashed password (many accounts at once).
    """
    if by.kind != "system":
        raise Refused(Text("任命要由另一人确认", "an appointment is confirmed by another person"), "second")
    errors: dict[str, Text] = {}
    check_posts(posts, at, errors)
    password = password or one_time_password()
    staff = _make(
        username, name, errors, at=at, name_en=name_en, phone=phone, email=email, unit=posts[0].unit if posts else "",
        must_change_password=must_change, password=encoded or make_password(password),
    )  # fmt: skip
    with transaction.atomic():
        appoint(staff, posts)
        diary.write_town("create_staff", by=by, at=at, facts={"name": staff.username} | told(posts))
    return staff, password


@dataclass(frozen=True, slots=True)
class Account:
    """What is typed of a person's account, in the form in which it is kept."""

    username: str
    name: str
    name_en: str = ""
    phone: str = ""
    email: str = ""


def check_account(
    username: str, name: str, email: str, errors: dict[str, Text], *, at: datetime, name_en: str = "", phone: str = ""
) -> Account:
    """Return an account as it is kept, read like everything that is typed; what is wrong is added to `errors`."""
    username = signing_in.typed_name(username)
    if not _NAME.fullmatch(username):
        errors["username"] = Text(
            "账号用小写字母和数字，最多40位，可以有点、横线", "small letters and digits, at most 40, with . _ or -"
        )
    elif Staff.objects.filter(username=username).exists():
        errors["username"] = Text("账号已有人使用", "the account name is taken")
    name, name_en = line(name), line(name_en)
    if not name or len(name) > 60 or re.search(r"[<>]", name):
        errors["name"] = Text("请填写姓名，最多60字", "please give a name of at most 60 letters")
    if len(name_en) > 60 or re.search(r"[<>]", name_en):
        errors["name_en"] = Text("英文名最多60个字母", "the English name has at most 60 letters")
    address = mail.read(email)
    if isinstance(address, Trouble):
        errors["email"] = Text(address.zh, address.en)
    number = phones.read(phone, phones.area_of(current(at).book.town.phone)) if phone.strip() else None
    if isinstance(number, Trouble):
        errors["phone"] = Text(number.zh, number.en)
    return Account(
        username,
        name,
        name_en,
        number.stored if isinstance(number, phones.Phone) else "",
        address if isinstance(address, str) else "",
    )


def _make(username: str, name: str, errors: dict[str, Text], *, at: datetime, **more: Any) -> Staff:
    typed = {field: str(more.pop(field, "")) for field in ("email", "phone", "name_en")}
    account = check_account(username, name, typed.pop("email"), errors, at=at, **typed)
    if errors:
        raise Invalid(errors)
    try:
        with transaction.atomic():
            return Staff.objects.create(**asdict(account), created_at=at, **more)
    except IntegrityError:
        # Two forms at the same moment, or one sent twice.
        raise Invalid({"username": Text("账号已有人使用", "the account name is taken")}) from None


def make_waiting(username: str, name: str, *, at: datetime, **more: Any) -> Staff:
    """Make an account without posts and without a password that opens it: it waits for a second person.

    Inside the caller's transaction. Raises `Invalid`.
    """
    return _make(username, name, {}, at=at, is_active=False, password="!", **more)


def with_posts(staff_id: int) -> Staff | None:
    """Return an account together with its posts, or `None` (one query): what every page of staff begins with."""
    found = ask.one_with(Staff, Post, "staff_id", staff_id)
    if found is None:
        return None
    person, posts = found
    person.known_posts = posts
    return person


def shown(posts: Sequence[Appointment]) -> list[str]:
    """Return the posts as the diary names them; how far one sees stands there where it is not the role's usual."""
    return [
        f"{p.role.value}@{p.unit}" + (f"/{p.level}" if p.level else "") + (f":{p.sees.value}" if p.unusual else "")
        for p in posts
    ]


def told(posts: Sequence[Appointment]) -> dict[str, object]:
    """Return what an entry says of posts: with `scopes`, that how far each sees is among it (`desk.entitled`)."""
    return {"posts": shown(posts), "scopes": True}


def check_posts(posts: Sequence[Appointment], at: datetime, errors: dict[str, Text]) -> None:
    """Add to `errors` what is wrong with these posts for one person."""
    book = current(at).book
    if not posts:
        errors["posts"] = Text("至少要有一个岗位", "at least one post is needed")
    if len({(p.role, p.unit, p.level) for p in posts}) < len(posts):
        errors["posts"] = Text("同一个岗位填了两次", "the same post stands there twice")
    for post in posts:
        if post.unit not in book.units:
            errors["unit"] = Text(f"规则手册里没有单位{post.unit}", f"the rule book has no unit {post.unit}")
        if not kept(post.role, book.lives):
            errors["posts"] = Text("本地没有这个岗位", "this town has no such post")
        if post.role is Role.REVIEWER and not 1 <= post.level <= len(book.sign_levels):
            errors["level"] = Text("请填写审核级别", "please give the sign-off level")
    roles = {post.role for post in posts}
    for pair in EXCLUSIVE:
        if pair <= roles:
            a, b = (ROLES[r].name for r in sorted(pair))
            errors["posts"] = Text(f"{a.zh}和{b.zh}不能由一人兼任", f"one person may not be {a.en} and {b.en}")


def appoint(staff: Staff, posts: Sequence[Appointment]) -> None:
    """Give a person these posts, inside the caller's transaction."""
    Post.objects.bulk_create(
        Post(
            staff=staff,
            role=p.role.value,
            unit=p.unit,
            scope=p.sees.value,
            level=p.level,
        )
        for p in posts
    )


def confirm_password(staff_id: int, typed: str, *, at: datetime, address: str = "", field: str = "password") -> Staff:
    """Return the person if this is their present password; tries are counted before it is looked at.

    Raises `Throttled`, or `Invalid` for the field.
    """
    staff = Staff.objects.get(pk=staff_id)
    throttle.attempt("password", str(staff_id), current(at).book.throttle.sign_in_attempts, at=at)
    if not staff.check_password(typed):
        facts = {"name": staff.username, "from": address, "known": True, "inside": True}
        diary.write_town("sign_in_failed", by=signing_in.actor_of(staff), at=at, facts=facts)
        raise Invalid({field: Text("原密码不对", "the present password is wrong")})
    throttle.clear("password", str(staff_id))
    return staff


def change_password(staff_id: int, old: str, new: str, *, at: datetime, address: str = "", keep_key: str = "") -> Staff:
    """Change one's own password; every other place one is signed in at is signed out.

    Tries of the old one are counted as at the front door. Raises `Throttled`, or `Invalid` with what is wrong and how
    to make a good one.
    """
    staff = confirm_password(staff_id, old, at=at, address=address, field="old")
    book = current(at).book
    if old == new:
        raise Invalid({"new": Text("新密码不能与原密码相同", "the new password must differ from the old one")})
    past = list(PastPassword.objects.filter(staff_id=staff_id).order_by("-id")[:REMEMBERED])
    if any(check_password(new, row.encoded) for row in past):
        raise Invalid(
            {
                "new": Text(
                    f"最近{REMEMBERED}次用过的密码不能再用", f"one of your last {REMEMBERED} passwords cannot come back"
                )
            }
        )
    own = passphrases.words_of_person(staff.username, staff.name, staff.name_en, staff.phone, staff.email)
    if (trouble := passphrases.judge(new, book, own).trouble) is not None:
        raise Invalid({"new": trouble})
    with transaction.atomic():
        kept = Staff.objects.select_for_update().get(pk=staff_id)
        if kept.password != staff.password:
            raise Invalid(
                {"old": Text("密码刚刚被改过，请重新登录", "the password was changed just now; sign in again")}
            )
        if not kept.must_change_password:
            PastPassword.objects.create(staff=kept, encoded=kept.password, at=at)
        old_rows = PastPassword.objects.filter(staff=kept).order_by("-id").values_list("pk", flat=True)[REMEMBERED:]
        PastPassword.objects.filter(pk__in=list(old_rows)).delete()
        kept.set_password(new)
        kept.must_change_password = False
        kept.password_at = at
        kept.save(update_fields=["password", "must_change_password", "password_at"])
        visits.end_all(kept.pk, but=keep_key)
        facts = {"who": kept.name, "name": kept.username, "from": address}
        diary.write_town("change_password", by=signing_in.actor_of(kept), at=at, facts=facts)
    return kept


def set_language(staff_id: int, lang: str) -> None:
    """Keep the language a person last chose, so that it goes with them to the next device."""
    Staff.objects.filter(pk=staff_id).update(lang=lang)
