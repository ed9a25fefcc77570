"""Who gives whom a post, and who gives a password anew: one person proposes, another named person decides.

Nobody touches their own account here. The security administrator proposes posts; any of the three administrators
proposes a reset, and any of them but the one who proposed and the one concerned decides. A one-time password is made in
two halves: the first is shown to who proposed, the second to who confirmed, so neither can sign in as the other; only
where a second factor stays in its owner's hand may one person reset alone, and such a password opens nothing any more
once that factor is removed. Closing an account needs nobody else, unless
it is an administrator's. What happens to an administrator's account is told to the auditors.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from wuxiao.desk.base import throttle
from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import Invalid, NotFound, Refused
from wuxiao.desk.base.put import put
from wuxiao.desk.case import tell
from wuxiao.desk.case.sentences import PROPOSALS
from wuxiao.desk.diary import diary
from wuxiao.desk.doors import factors, signing_in, visits
from wuxiao.desk.doors import staff as accounts
from wuxiao.desk.doors.staff import Appointment
from wuxiao.desk.town.books import current
from wuxiao.records.models import Post, Proposal, Staff
from wuxiao.rules.access import ADMINISTRATORS, Power, Role, Scope
from wuxiao.rules.words import Text

OWN = Text("自己的账号要由别人来办", "your own account is for somebody else to change")


def _demand(by: Actor, power: Power, staff_id: int | None) -> None:
    if by.kind != "staff" or by.viewer is None or power not in by.viewer.powers:
        raise Refused(Text("您的岗位不能管理账号", "your post does not manage accounts"), "post")
    if staff_id is not None and staff_id == by.staff_id:
        raise Refused(OWN, "own")


def _lock(staff_id: int) -> Staff:
    staff = Staff.objects.select_for_update().filter(pk=staff_id).first()
    if staff is None:
        raise NotFound
    return staff


def guarded(staff: Staff, posts: Sequence[Appointment] = ()) -> bool:
    """Return whether a person is one of the separated administrators, or is to become one."""
    held = set(Post.objects.filter(staff=staff).values_list("role", flat=True))
    return bool((held | {p.role.value for p in posts}) & {r.value for r in ADMINISTRATORS})


def _halves() -> tuple[str, str, str]:
    first, second = accounts.one_time_password(2), accounts.one_time_password(2)
    return first, second, make_password(f"{first}-{second}")


def _stored(posts: Sequence[Appointment]) -> list[dict[str, Any]]:
    return [
        {"role": p.role.value, "unit": p.unit, "scope": p.scope.value if p.scope else "", "level": p.level}
        for p in posts
    ]


def posts_of(proposal: Proposal) -> list[Appointment]:
    """Return the posts that are proposed."""
    return [
        Appointment(Role(p["role"]), p["unit"], Scope(p["scope"]) if p["scope"] else None, int(p["level"]))
        for p in proposal.posts
    ]


def _propose(staff: Staff, kind: str, *, by: Actor, at: datetime, alarm: bool, **more: Any) -> Proposal:
    assert by.staff_id is not None
    try:
        with transaction.atomic():
            row = Proposal.objects.create(staff=staff, kind=kind, by_id=by.staff_id, at=at, **more)
    except IntegrityError:
        raise Refused(
            Text(
                "这个账号已有一项等待确认，请先由另一人决定或撤回",
                "something is already waiting for this account; have it decided or withdraw it first",
            ),
            "waiting",
        ) from None
    facts = {"name": staff.username, "what": kind, "proposal": row.pk, "alarm": alarm}
    if kind == "posts":
        facts |= {**accounts.told(posts_of(row)), "active": row.active}
    diary.write_town("propose_staff", by=by, at=at, facts=facts)
    if alarm:
        _alarm(staff, kind, str(row.pk), "proposed", by=by, at=at)
    return row


def _alarm(staff: Staff, kind: str, tag: str, stage: str, *, by: Actor, at: datetime) -> None:
    """Tell every auditor who has a mail address, and the person concerned."""
    book = current(at).book
    told = (tell.auditors() | {staff.email}) - {""}
    zh = "提出" if stage == "proposed" else "已办"
    what, who = PROPOSALS[kind], by.name or "服务器 server"
    said = Text(
        f"【{book.town.name.zh}】账号{staff.username}：{zh}{what.zh}，经办人{who}。如有疑问请立即查看审计页面。",
        f"[{book.town.name.en}] Account {staff.username}: {what.en} {stage} by {who}. "
        "If in doubt, look at the audit page.",
    )
    subject = "账号提醒 / Account notice"
    mails = [
        tell.house_mail(address, "account_alarm", subject, said, f"account-{tag}-{stage}-{n}", at=at)
        for n, address in enumerate(sorted(told))
    ]
    put(mails, ignore=True)


def lacking(by: Actor) -> tuple[Role, ...]:
    """Return the administrators without whom nothing can be proposed or decided, as this one of them sees it.

    `Role.SECURITY` if nobody in use proposes posts; `Role.ADMIN` if nobody in use but the reader could decide.
    """
    held = Staff.objects.filter(is_active=True, posts__role__in=[r.value for r in ADMINISTRATORS])
    missing = []
    if not held.filter(posts__role=Role.SECURITY.value).exists():
        missing.append(Role.SECURITY)
    if not held.exclude(pk=by.staff_id or 0).exists():
        missing.append(Role.ADMIN)
    return tuple(missing)


# -- proposing ---------------------------------------------------------------------------------------------------------


def propose_account(
    username: str,
    name: str,
    posts: Sequence[Appointment],
    *,
    by: Actor,
    at: datetime,
    name_en: str = "",
    phone: str = "",
    email: str = "",
) -> tuple[Staff, Proposal, str]:
    """Make an account that waits for its confirmation; returns it with the first half of its one-time password.

    Raises `Invalid` (name, posts) or `Refused`.
    """
    _demand(by, Power.STAFF, None)
    errors: dict[str, Text] = {}
    accounts.check_posts(posts, at, errors)
    accounts.check_account(username, name, email, errors, at=at, name_en=name_en, phone=phone)
    if errors:
        raise Invalid(errors)
    first, second, encoded = _halves()
    with transaction.atomic():
        staff = accounts.make_waiting(
            username, name, at=at, name_en=name_en, phone=phone, email=email, unit=posts[0].unit
        )
        alarm = guarded(staff, posts)
        row = _propose(staff, "posts", by=by, at=at, alarm=alarm, posts=_stored(posts), half=second, encoded=encoded)
    return staff, row, first


def change_posts(
    staff_id: int, posts: Sequence[Appointment], *, by: Actor, at: datetime, active: bool = True
) -> Proposal | None:
    """Propose other posts for a person, or that the account be closed or opened again.

    An account that is only to be closed is closed at once, and every place it is signed in at with it, unless it is an
    administrator's; then `None` is returned. Raises `Invalid` or `Refused`.
    """
    _demand(by, Power.STAFF, staff_id)
    errors: dict[str, Text] = {}
    accounts.check_posts(posts, at, errors)
    if errors:
        raise Invalid(errors)
    with transaction.atomic():
        staff = _lock(staff_id)
        alarm = guarded(staff, posts)
        if staff.is_active and not active and not alarm:
            Staff.objects.filter(pk=staff_id).update(is_active=False)
            visits.end_all(staff_id)
            facts = {"name": staff.username, "active": False}
            diary.write_town("change_staff", by=by, at=at, facts=facts)
            return None
        return _propose(staff, "posts", by=by, at=at, alarm=alarm, posts=_stored(posts), active=active)


def propose_reset(staff_id: int, *, by: Actor, at: datetime) -> tuple[Proposal | None, str]:
    """Give a person a new one-time password, and return what is shown to `by` now.

    With a second factor in the owner's hand it is done at once (no proposal; the whole password). Else, and always for
    an administrator, it waits for another person: the first half. Raises `Refused`.
    """
    _demand(by, Power.CONFIRM, staff_id)
    with transaction.atomic():
        staff = _lock(staff_id)
        alarm = guarded(staff)
        if staff.factor_count and not alarm and by.viewer is not None and Power.STAFF in by.viewer.powers:
            password = accounts.one_time_password()
            _reset(staff, make_password(password), by=by, at=at)
            return None, password
        first, second, encoded = _halves()
        return _propose(staff, "reset", by=by, at=at, alarm=alarm, half=second, encoded=encoded), first


def propose_without_factors(staff_id: int, reason: str, *, by: Actor, at: datetime) -> Proposal:
    """Propose that the second factors of a person who lost the device be removed. Raises `Refused`."""
    _demand(by, Power.CONFIRM, staff_id)
    with transaction.atomic():
        staff = _lock(staff_id)
        if not staff.factor_count:
            raise Refused(Text("这个账号没有第二因素", "the account has no second factor"), "none")
        return _propose(staff, "factors", by=by, at=at, alarm=True, reason=reason[:200])


# -- deciding ----------------------------------------------------------------------------------------------------------


def waiting(staff_id: int | None = None) -> list[Proposal]:
    """Return what waits for a second person, the oldest first."""
    rows = Proposal.objects.filter(outcome="").select_related("staff", "by").order_by("id")
    return list(rows if staff_id is None else rows.filter(staff_id=staff_id))


def decide(proposal_id: int, choice: str, *, by: Actor, at: datetime) -> str:
    """Confirm (`confirmed`) or turn down (`refused`) what another proposed, or take back (`withdrawn`) one's own.

    Returns the second half of the one-time password where there is one. Raises `Refused`, `Invalid` or `NotFound`.
    """
    with transaction.atomic():
        row = Proposal.objects.select_for_update().filter(pk=proposal_id, outcome="").first()
        if row is None:
            raise NotFound(Text("已经处理过，或没有这一项", "it was decided before, or there is no such thing"))
        _demand(by, Power.CONFIRM, row.staff_id)
        if choice not in {"confirmed", "refused", "withdrawn"}:
            raise Invalid({"choice": Text("请选择同意或不同意", "please confirm or turn it down")})
        if (row.by_id == by.staff_id) != (choice == "withdrawn"):
            raise Refused(
                Text("提出的人不能自己确认，要由另一人决定", "who proposed it cannot decide it; another person does"),
                "second",
            )
        staff, half = _lock(row.staff_id), row.half
        alarm = guarded(staff, posts_of(row)) or row.kind == "factors"
        facts = {"name": staff.username, "what": row.kind, "choice": choice, "proposal": row.pk, "alarm": alarm}
        diary.write_town("decide_staff", by=by, at=at, facts=facts)
        if choice == "confirmed":
            _carry_out(staff, row, by=by, at=at)
        row.outcome, row.decided_by_id, row.decided_at = choice, by.staff_id, at
        encoded, row.half, row.encoded = row.encoded, "", ""
        row.save(update_fields=["outcome", "decided_by", "decided_at", "half", "encoded"])
        if alarm:
            _alarm(staff, row.kind, str(row.pk), choice, by=by, at=at)
        return half if choice == "confirmed" and encoded else ""


def _carry_out(staff: Staff, row: Proposal, *, by: Actor, at: datetime) -> None:
    if row.kind == "reset":
        _reset(staff, row.encoded, by=by, at=at)
        return
    if row.kind == "factors":
        factors.remove_all(staff, by=by, at=at)
        if staff.must_change_password:
            # One person may have been shown the whole one-time password, as long as the factor stood beside it.
            staff.password = "!"
            staff.save(update_fields=["password"])
        visits.end_all(staff.pk)
        return
    posts = posts_of(row)
    errors: dict[str, Text] = {}
    accounts.check_posts(posts, at, errors)
    if errors:
        raise Invalid(errors)
    new = row.encoded != ""
    staff.posts.all().delete()
    accounts.appoint(staff, posts)
    staff.unit = posts[0].unit
    changed = staff.is_active != row.active
    staff.is_active = row.active
    fields = ["unit", "is_active"]
    if new:
        staff.password, staff.must_change_password, staff.password_at = row.encoded, True, at
        fields += ["password", "must_change_password", "password_at"]
    staff.save(update_fields=fields)
    if changed:
        visits.end_all(staff.pk)
    facts = {"name": staff.username, **accounts.told(posts), "active": row.active}
    diary.write_town("create_staff" if new else "change_staff", by=by, at=at, facts=facts)


def _reset(staff: Staff, encoded: str, *, by: Actor, at: datetime) -> None:
    """Set the hash of a one-time password; second factors stay, sign-ins end."""
    staff.password, staff.must_change_password, staff.password_at = encoded, True, at
    staff.save(update_fields=["password", "must_change_password", "password_at"])
    visits.end_all(staff.pk)
    throttle.clear(signing_in.DOOR, staff.username)
    diary.write_town("reset_password", by=by, at=at, facts={"name": staff.username, "alarm": guarded(staff)})


def add_from_machine(username: str, name: str, post: Appointment, *, by: Actor, at: datetime) -> str:
    """Add an administrator from the machine itself and return the one-time password; the auditors are told.

    Raises `Invalid` for a name that is taken or makes no sense, or an unknown unit.
    """
    with transaction.atomic():
        staff, password = accounts.create(username, name, [post], by=by, at=at)
        _alarm(staff, "posts", f"machine-{staff.pk}-{int(at.timestamp())}", "done", by=by, at=at)
    return password


def reset_from_machine(username: str, *, by: Actor, at: datetime) -> str:
    """Give an administrator a one-time password from the machine itself, when nobody gets in any more.

    Whoever may run commands there holds the database anyway; the diary and the auditors are told. Raises `NotFound`.
    """
    with transaction.atomic():
        staff = Staff.objects.select_for_update().filter(username=signing_in.typed_name(username)).first()
        if by.kind != "system" or staff is None or not guarded(staff):
            raise NotFound(Text("没有这个管理员账号", "there is no administrator of this name"))
        password = accounts.one_time_password()
        _reset(staff, make_password(password), by=by, at=at)
        _alarm(staff, "reset", f"machine-{staff.pk}-{int(at.timestamp())}", "done", by=by, at=at)
    return password
