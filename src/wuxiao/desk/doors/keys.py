"""Keys of machines and connections to other platforms: made and taken back by an administrator, each a diary entry.

A key is shown once; only its hash is kept. A platform's secret must be kept, for both sides compute with it; it too is
shown once and never again.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction

from wuxiao.desk.base import ask, fresh
from wuxiao.desk.base.actor import SYSTEM, Actor
from wuxiao.desk.base.errors import Invalid, NotFound, Refused
from wuxiao.desk.base.put import put
from wuxiao.desk.case import tell
from wuxiao.desk.diary import diary, vouched
from wuxiao.desk.town import books
from wuxiao.desk.ways import Result, far, hook
from wuxiao.records.models import ApiKey, Once, Webhook
from wuxiao.rules.access import Power
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.flow import STEPS
from wuxiao.rules.words import Text
from wuxiao.typed.plain import clean, flat, line

#: What a key may open.
POWERS: Mapping[str, Text] = {
    "read": Text("查看本单位可见的事项", "read the matters its unit may see"),
    "receive": Text("登记事项（含 Open311）", "register matters (also through Open311)"),
    "act": Text("以本单位名义办理", "take the steps open to its unit"),
    "exchange": Text("只办理移交：签收、退单、备注、答复", "the steps of a hand-over only: accept, refuse, note …"),
    "subjects": Text(
        "查看登记册和检查等其他案件；同时有“办理”的，也可写入",
        "read registers and the cases beside matters, such as inspections; with “act” write them too",
    ),
}
#: The steps that the power `exchange` opens.
EXCHANGE_VERBS = frozenset({"accept", "refuse", "note", "add", "answer", "bypass", "stand_down"})
PREFIX = "wx_"
#: The verb of a test notice; it is about no matter.
PING = "ping"
#: For how long the secret before stays in force beside a new one.
OVERLAP = timedelta(days=7)
#: The farthest end a key may have, how many networks it may name, and when its end is near enough to be told.
LONGEST = timedelta(days=3660)
MOST_ADDRESSES = 20
SOON = timedelta(days=14)
_NAME = re.compile(r"[\w.@ -]{1,60}")
_HOOK_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,58}")


def digest_of(secret: str) -> str:
    """Return what is kept of a key: SHA-256 of its 256 random bits, so nobody can turn it back."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _allowed(by: Actor) -> None:
    if by.kind == "system" or (by.viewer is not None and by.kind == "staff" and Power.KEYS in by.viewer.powers):
        return
    raise Refused(
        Text("只有系统管理员可以管理接口密钥", "only a system administrator may manage interface keys"), "keys"
    )


def _tell_auditors(what: Text, tag: str, *, by: Actor, at: datetime) -> None:
    """Tell every auditor of a door that one administrator opened alone: a machine there reads what its unit reads."""
    town, who = books.current(at).book.town.name, by.name or "服务器 server"
    said = Text(
        f"【{town.zh}】{what.zh}，经办人{who}。如有疑问请立即查看审计页面。",
        f"[{town.en}] {what.en}, by {who}. If in doubt, look at the audit page.",
    )
    subject = "接口提醒 / Interface notice"
    mails = [
        tell.house_mail(address, "account_alarm", subject, said, f"{tag}-{n}", at=at)
        for n, address in enumerate(sorted(tell.auditors()))
    ]
    put(mails, ignore=True)


def _taken(zh: str, en: str) -> Invalid:
    return Invalid({"name": Text(zh, en)})


def _day(typed: str, at: datetime) -> datetime | None:
    """Return the end of the last day on which a key opens anything, `None` for no end; raises `ValueError`."""
    typed = flat(typed).strip()
    if not typed:
        return None
    last = date.fromisoformat(typed)
    if last > (at + LONGEST).date():
        # The last day of all has no day after it.
        raise ValueError
    end = datetime.combine(last, time(), SHANGHAI) + timedelta(days=1)
    if not at < end <= at + LONGEST:
        raise ValueError
    return end


def _networks(typed: str) -> list[str]:
    """Return the addresses and networks written with blanks, commas or line ends between; raises `ValueError`."""
    words = [word for word in re.split(r"[\s,、;]+", flat(typed)) if word]
    if len(words) > MOST_ADDRESSES:
        raise ValueError
    return sorted({str(ipaddress.ip_network(word, strict=False)) for word in words})


def _limits(expires: str, addresses: str, at: datetime, errors: dict[str, Text]) -> tuple[datetime | None, list[str]]:
    until, networks = None, []
    try:
        until = _day(expires, at)
    except (ValueError, OverflowError):
        errors["expires"] = Text(
            "到期日写成 2027-06-30 这样，不能早于今天，最晚十年后",
            "write the last day like 2027-06-30: today or later, within ten years",
        )
    try:
        networks = _networks(addresses)
    except ValueError:
        errors["addresses"] = Text(
            f"写网络地址或网段，如 10.1.2.3 或 10.1.0.0/16，用空格隔开，最多 {MOST_ADDRESSES} 个",
            f"write addresses or networks like 10.1.2.3 or 10.1.0.0/16 with blanks between, {MOST_ADDRESSES} at most",
        )
    return until, networks


def create_key(
    name: str,
    unit: str,
    powers: Sequence[str],
    *,
    by: Actor,
    at: datetime,
    expires: str = "",
    addresses: str = "",
) -> tuple[ApiKey, str]:
    """Make a key for a machine that acts in the name of a unit and return it with its secret, shown only now.

    `powers` are codes of `POWERS`, `expires` the last day it opens anything (ISO; none: no end), `addresses` from where
    it may be used (none: from anywhere). Raises `Invalid` (name, unit, powers, expires, addresses) or `Refused` without
    the power to manage keys.
    """
    _allowed(by)
    errors: dict[str, Text] = {}
    until, networks = _limits(expires, addresses, at, errors)
    name = line(name)
    if not _NAME.fullmatch(name):
        errors["name"] = Text("名称为1到60个字", "the name needs 1 to 60 letters or digits")
    if unit not in books.current(at).book.units:
        errors["unit"] = Text(f"没有这个单位:{unit[:40]}", f"no such unit: {unit[:40]}")
    unknown = [p for p in powers if p not in POWERS]
    if unknown or not powers:
        errors["powers"] = Text(
            f"权限从{'、'.join(POWERS)}中选至少一项", f"choose at least one power of: {', '.join(POWERS)}"
        )
    if errors:
        raise Invalid(errors)
    secret = PREFIX + secrets.token_urlsafe(32)
    try:
        with transaction.atomic():
            key = ApiKey.objects.create(
                name=name,
                digest=digest_of(secret),
                unit=unit,
                powers=sorted(set(powers)),
                created_at=at,
                expires_at=until,
                addresses=networks,
            )
            facts = {"name": name, "unit": unit, "powers": key.powers, "key": key.pk}
            diary.write_town("create_key", by=by, at=at, facts=facts | _told(key), rows=vouched.rows(key))
            can = ", ".join(key.powers)
            said = Text(f"新增接口密钥{name}（{unit}：{can}）", f"key {name} was made for {unit}, with {can}")
            _tell_auditors(said, f"key-{key.pk}", by=by, at=at)
    except IntegrityError:
        raise _taken("已有同名的密钥,请换一个名称", "a key of this name exists; choose another name") from None
    return key, secret


def revoke_key(key_id: int, *, by: Actor, at: datetime) -> ApiKey:
    """Take a key back for good; what it did stays in the diary. Raises `NotFound` if there is no such key in use."""
    _allowed(by)
    with transaction.atomic():
        if not ApiKey.objects.filter(pk=key_id, revoked_at__isnull=True).update(revoked_at=at):
            raise NotFound(Text("没有这个密钥，或已经停用", "no such key, or it was revoked before"))
        key = ApiKey.objects.get(pk=key_id)
        diary.write_town("revoke_key", by=by, at=at, facts={"name": key.name, "key": key.pk}, rows=vouched.rows(key))
    return key


def _told(key: ApiKey) -> dict[str, Any]:
    return {"until": key.expires_at.isoformat() if key.expires_at else "", "addresses": list(key.addresses)}


def limit_key(key_id: int, *, by: Actor, at: datetime, expires: str = "", addresses: str = "") -> ApiKey:
    """Set until when and from where a key in use may be used. Raises `Invalid` (expires, addresses) or `NotFound`."""
    _allowed(by)
    errors: dict[str, Text] = {}
    until, networks = _limits(expires, addresses, at, errors)
    if errors:
        raise Invalid(errors)
    with transaction.atomic():
        key = ApiKey.objects.select_for_update().filter(pk=key_id, revoked_at__isnull=True).first()
        if key is None:
            raise NotFound(Text("没有这个密钥，或已经停用", "no such key, or it was revoked before"))
        key.expires_at, key.addresses = until, networks
        key.save(update_fields=["expires_at", "addresses"])
        diary.write_town(
            "limit_key", by=by, at=at, facts={"name": key.name, "key": key.pk} | _told(key), rows=vouched.rows(key)
        )
    return key


def find_key(secret: str) -> ApiKey | None:
    """Return the key that this secret opens and that was not revoked, or `None`; whether it may be used: `fits`."""
    if not secret.startswith(PREFIX) or len(secret) > 100:
        return None
    key = ask.one(ApiKey, digest=digest_of(secret))
    return key if key is not None and key.revoked_at is None else None


def fits(key: ApiKey, address: str, *, at: datetime) -> Text | None:
    """Return why a key may not be used now or from a network address, or `None` if it may."""
    if key.expires_at is not None and at >= key.expires_at:
        last = (key.expires_at - timedelta(days=1)).astimezone(SHANGHAI).date()
        return Text(
            f"这个密钥 {last} 之后已到期，请向系统管理员换新的",
            f"this key ended with {last}: ask the administrator for a new one",
        )
    if key.addresses:
        try:
            own = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            own = None
        own = getattr(own, "ipv4_mapped", None) or own
        if own is None or not any(own in ipaddress.ip_network(one) for one in key.addresses):
            return Text(
                "这个密钥不能从您的网络地址使用，请与系统管理员核对",
                "this key may not be used from your network address: check it with the administrator",
            )
    return None


def used(key: ApiKey, *, at: datetime) -> None:
    """Note that a key was used, to the hour: most requests write nothing."""
    if key.used_at is None or at - key.used_at >= timedelta(hours=1):
        ApiKey.objects.filter(pk=key.pk).update(used_at=at)
        key.used_at = at


def refused(key: ApiKey, address: str, why: Text, *, at: datetime) -> None:
    """Write into the town's diary that a key was tried that may not be used, once a day for each address."""
    day = at.astimezone(SHANGHAI).date()
    row = Once(key=f"key:{key.pk}:{day}:{address}"[:120], digest=key.digest, at=at)
    with transaction.atomic():
        if put([row], ignore=True):
            diary.write_town(
                "key_refused", by=SYSTEM, at=at, facts={"name": key.name, "from": address, "zh": why.zh, "en": why.en}
            )


def ending(*, at: datetime) -> list[ApiKey]:
    """Return the keys in use that end within `SOON`, or have ended: somebody must exchange them."""
    rows = ApiKey.objects.filter(revoked_at__isnull=True, expires_at__lte=at + SOON)
    return list(rows.order_by("expires_at", "pk"))


def keys() -> list[ApiKey]:
    """Return all keys, the latest first; secrets are not among what is known of them."""
    return list(ApiKey.objects.order_by("-id"))


def create_hook(
    name: str,
    unit: str,
    url: str,
    verbs: Sequence[str] = (),
    *,
    by: Actor,
    at: datetime,
    secret: str = "",
) -> tuple[Webhook, str]:
    """Connect another platform, which stands for a unit of our book, and return it with the secret both sides share.

    `url` is where our notices go; `verbs` limits them (none: all); `secret` is theirs if they made it. The name is the
    last part of the address their notices come to. Raises `Invalid` or `Refused`.
    """
    _allowed(by)
    errors: dict[str, Text] = {}
    name, url, secret = flat(name).strip(), flat(url).strip(), clean(secret).strip()
    if not _HOOK_NAME.fullmatch(name):
        errors["name"] = Text("名称用小写字母、数字和连字符", "the name is of lower-case letters, digits and hyphens")
    if unit not in books.current(at).book.units:
        errors["unit"] = Text(f"没有这个单位:{unit[:40]}", f"no such unit: {unit[:40]}")
    parts = urlsplit(url)
    if not parts.hostname or not far.safe(url) or len(url) > 300:
        errors["url"] = Text(
            "地址应以 https:// 开头（只有本机可以用 http://），最多 300 个字符",
            "the address must begin with https:// (http:// only for this machine itself), 300 characters at most",
        )
    unknown = [v for v in verbs if v not in STEPS]
    if unknown:
        errors["verbs"] = Text(f"没有这些步骤:{'、'.join(unknown)}", f"no such steps: {', '.join(unknown)}")
    if secret:
        errors |= _secret_troubles(secret)
    if errors:
        raise Invalid(errors)
    shared = secret or secrets.token_urlsafe(32)
    try:
        with transaction.atomic():
            made = Webhook.objects.create(name=name, unit=unit, url=url, secret=shared, verbs=list(verbs), active=True)
            facts = {"name": name, "unit": unit, "host": parts.hostname}
            diary.write_town("create_hook", by=by, at=at, facts=facts, rows=vouched.rows(made))
            said = Text(
                f"新增对接平台{name}（{unit}，{parts.hostname}）",
                f"platform {name} was connected for {unit}, {parts.hostname}",
            )
            _tell_auditors(said, f"hook-{made.pk}", by=by, at=at)
    except IntegrityError:
        raise _taken("已有同名的对接平台", "a platform of this name is connected already") from None
    fresh.forget()
    return made, shared


def _secret_troubles(secret: str) -> dict[str, Text]:
    if 32 <= len(secret) <= 80 and secret.isascii() and secret.isprintable():
        return {}
    return {"secret": Text("共享密钥为 32 到 80 个英文字符", "the shared secret needs 32 to 80 ASCII characters")}


def rotate_hook(
    hook_id: int, *, by: Actor, at: datetime, secret: str = "", overlap: timedelta = OVERLAP
) -> tuple[Webhook, str]:
    """Give a platform a new secret and return it, shown only now; the one before stays in force for `overlap`.

    In that time our notices carry both signatures and either is taken, so no notice is lost while the two sides change
    one after the other. Raises `Invalid` (secret) or `NotFound`.
    """
    _allowed(by)
    secret = clean(secret).strip()
    if secret and (errors := _secret_troubles(secret)):
        raise Invalid(errors)
    shared = secret or secrets.token_urlsafe(32)
    with transaction.atomic():
        found = Webhook.objects.select_for_update().filter(pk=hook_id, active=True).first()
        if found is None:
            raise _no_platform()
        found.secret_before, found.secret_before_until, found.secret = found.secret, at + overlap, shared
        found.save(update_fields=["secret", "secret_before", "secret_before_until"])
        facts = {"name": found.name, "until": found.secret_before_until.isoformat()}
        diary.write_town("rotate_hook", by=by, at=at, facts=facts, rows=vouched.rows(found))
        said = Text(f"对接平台{found.name}换了密钥", f"platform {found.name} has a new secret")
        _tell_auditors(said, f"hook-{found.pk}-{int(at.timestamp())}", by=by, at=at)
    fresh.forget()
    return found, shared


def try_hook(hook_id: int, *, by: Actor, at: datetime) -> Result:
    """Send a platform a test notice now and return what came of it; nothing of any matter is in it.

    Raises `NotFound`. Whatever the far end does, it takes no longer than `ways.far.DEADLINE`.
    """
    _allowed(by)
    found = Webhook.objects.filter(pk=hook_id, active=True).first()
    if found is None:
        raise _no_platform()
    body = json.dumps({"verb": PING, "number": PING, "at": at.isoformat()}, sort_keys=True)
    result = hook.send(found.url, found.secrets(at), body, f"{PING}-{secrets.token_hex(12)}", at=at)
    diary.write_town("try_hook", by=by, at=at, facts={"name": found.name, "result": type(result).__name__.lower()})
    return result


def _no_platform() -> NotFound:
    return NotFound(Text("没有这个平台，或已经停用", "no such platform, or it was disconnected before"))


def revoke_hook(hook_id: int, *, by: Actor, at: datetime) -> Webhook:
    """Disconnect a platform: no notice goes out or is taken in; waiting ones are dropped when their turn comes."""
    _allowed(by)
    with transaction.atomic():
        if not Webhook.objects.filter(pk=hook_id, active=True).update(active=False):
            raise _no_platform()
        found = Webhook.objects.get(pk=hook_id)
        diary.write_town("revoke_hook", by=by, at=at, facts={"name": found.name}, rows=vouched.rows(found))
    fresh.forget()
    return found


def hooks() -> list[Webhook]:
    """Return all connected platforms, the latest first."""
    return list(Webhook.objects.order_by("-id"))
