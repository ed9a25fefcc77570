"""The second factor of staff: an authenticator app (TOTP, RFC 6238), passkeys (WebAuthn), and recovery codes.

Secrets of apps are encrypted with a key outside the database; of passkeys only the public key is kept; recovery codes
are keyed hashes. A code of an app works once, one step of 30 seconds to either side. Guessing is counted by the caller
(`desk.signing_in`).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import struct
from datetime import datetime
from urllib.parse import quote, urlencode, urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from wuxiao.desk.base import locked
from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import Invalid, NotFound, Refused
from wuxiao.desk.diary import diary, vouched
from wuxiao.desk.doors import signing_in
from wuxiao.records.models import Factor, Recovery, Staff
from wuxiao.rules.access import Role
from wuxiao.rules.words import Text
from wuxiao.typed.plain import latin, line

STEP = 30
RECOVERY_CODES = 10
MOST = 8
_PURPOSE = "totp"
_EASY = "abcdefghjkmnpqrstuvwxyz23456789"
WRONG = Text("验证码不对或已用过，请用新的一个", "The code is wrong or was used before; take the next one.")
PASSKEY_WRONG = Text("通行密钥没有通过验证，请重试", "The passkey was not accepted; please try again.")


# -- who must have one -------------------------------------------------------------------------------------------------


def compulsory_roles(setting: str) -> frozenset[Role]:
    """Return the roles for which the town makes a second factor compulsory; raises `ValueError` for an unknown one."""
    words = [word.strip() for word in setting.split(",") if word.strip()]
    return frozenset(Role) if "all" in words else frozenset(Role(word) for word in words)


def compulsory(roles: set[Role]) -> bool:
    """Return whether somebody with these roles must have a second factor."""
    return bool(roles & compulsory_roles(settings.SECOND_FACTOR))


# -- authenticator apps ------------------------------------------------------------------------------------------------


def totp(secret: bytes, step: int, digits: int = 6) -> str:
    """Return the code of one step of 30 seconds (RFC 6238 with SHA-1, the only kind every app knows)."""
    mac = hmac.new(secret, struct.pack(">Q", step), hashlib.sha1).digest()
    start = mac[-1] & 15
    number = struct.unpack(">I", mac[start : start + 4])[0] & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def step_of(at: datetime) -> int:
    """Return the number of the step an instant lies in."""
    return int(at.timestamp()) // STEP


def _digits(typed: str) -> str:
    return re.sub(r"[ -]", "", latin(typed)).lower()


def matching_step(secret: bytes, typed: str, at: datetime) -> int | None:
    """Return the step whose code was typed, at most one to either side of now, or `None`; always in the same time."""
    given, found = _digits(typed).encode(), None
    for step in range(step_of(at) - 1, step_of(at) + 2):
        if hmac.compare_digest(totp(secret, step).encode(), given):
            found = step
    return found


def new_secret() -> str:
    """Return a new secret for an app (160 bits, base32)."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def app_address(staff: Staff, secret: str, town: str) -> str:
    """Return the `otpauth://` address that an app reads from a picture."""
    label = quote(f"{town}:{staff.username}")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': town, 'digits': 6, 'period': STEP})}"


def _add(staff: Staff, row: Factor, *, by: Actor, at: datetime) -> list[str]:
    """Keep a factor; with the first one comes a set of recovery codes, which is returned."""
    kept = Staff.objects.select_for_update().get(pk=staff.pk)
    if kept.factor_count >= MOST:
        raise Refused(Text(f"最多{MOST}个", f"at most {MOST}"), "most")
    row.name = (line(row.name) or {"totp": "验证器"}.get(row.kind, "通行密钥"))[:40]
    row.save()
    first = kept.factor_count == 0
    kept.factor_count = Factor.objects.filter(staff=kept).count()
    kept.save(update_fields=["factor_count"])
    staff.factor_count = kept.factor_count
    facts = {"who": staff.name, "name": row.name, "kind": row.kind}
    codes, rows = _codes(kept) if first else ([], {})
    diary.write_town("add_factor", by=by, at=at, facts=facts, rows=vouched.rows(row) | rows)
    return codes


def add_app(staff: Staff, secret: str, typed: str, name: str, *, by: Actor, at: datetime) -> list[str]:
    """Add an authenticator app that has shown it knows the secret; returns recovery codes with the first factor.

    Raises `Invalid` if the code is not the app's.
    """
    step = matching_step(base64.b32decode(secret), typed, at)
    if step is None:
        raise Invalid({"code": WRONG})
    with transaction.atomic():
        row = Factor(
            staff=staff, kind="totp", name=name, secret=locked.close(secret, _PURPOSE), count=step, added_at=at
        )
        return _add(staff, row, by=by, at=at)


def _check_app(staff: Staff, typed: str, at: datetime) -> bool:
    right = False
    for row in Factor.objects.filter(staff=staff, kind="totp"):
        secret = locked.open_(row.secret, _PURPOSE)
        step = matching_step(base64.b32decode(secret), typed, at) if secret else None
        # A step is used once, also when two come in together: only one of them moves the count on.
        if step is not None and Factor.objects.filter(pk=row.pk, count__lt=step).update(count=step, used_at=at):
            right = True
    return right


# -- recovery codes ----------------------------------------------------------------------------------------------------


def _recovery_digest(staff_id: int, code: str) -> str:
    text = f"recovery:{staff_id}:{_digits(code)}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), text, hashlib.sha256).hexdigest()


def _codes(staff: Staff) -> tuple[list[str], vouched.Rows]:
    """Make a new set of codes; returns them, and what the entry seals of them."""
    codes = [
        "-".join("".join(secrets.choice(_EASY) for _ in range(5)) for _ in range(2)) for _ in range(RECOVERY_CODES)
    ]
    Recovery.objects.filter(staff=staff).delete()
    made = [Recovery(staff=staff, digest=_recovery_digest(staff.pk, c)) for c in codes]
    Recovery.objects.bulk_create(made)
    return codes, vouched.codes(staff.pk, [one.digest for one in made])


def new_codes(staff: Staff, *, by: Actor, at: datetime) -> list[str]:
    """Make a new set of recovery codes, shown once; the old ones work no more."""
    with transaction.atomic():
        codes, rows = _codes(staff)
        facts = {"who": staff.name, "name": "recovery", "kind": "recovery"}
        diary.write_town("add_factor", by=by, at=at, facts=facts, rows=rows)
        return codes


def codes_left(staff_id: int) -> int:
    """Return how many recovery codes were not used yet."""
    return Recovery.objects.filter(staff_id=staff_id, used_at__isnull=True).count()


# -- showing it --------------------------------------------------------------------------------------------------------


def check_code(staff: Staff, typed: str, *, at: datetime, address: str = "", device: str = "") -> str:
    """Return the kind of the factor that a typed code proves: `totp` or `recovery`; each works once.

    The try is counted before it is looked at. Raises `Throttled`, or `Refused` if it is neither.
    """
    signing_in.count_second(staff, at=at, device=device)
    if _check_app(staff, typed, at):
        return "totp"
    digest = _recovery_digest(staff.pk, typed)
    if Recovery.objects.filter(staff=staff, digest=digest, used_at__isnull=True).update(used_at=at):
        return "recovery"
    signing_in.missed_second(staff, at=at, address=address)
    raise Refused(WRONG, "second")


# -- passkeys ----------------------------------------------------------------------------------------------------------


def _site() -> tuple[str, str]:
    """The name passkeys belong to, and the only origin they are taken from."""
    parts = urlsplit(settings.BASE_URL)
    return parts.hostname or "localhost", f"{parts.scheme}://{parts.netloc}"


def passkeys_possible() -> bool:
    """Return whether browsers tie passkeys to this address: a name, with TLS or on this machine; never a number."""
    host, origin = _site()
    return not re.fullmatch(r"[\d.]+|[0-9a-f:]+", host) and (origin.startswith("https://") or host == "localhost")


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def passkey_to_make(staff: Staff, town: str) -> tuple[str, str]:
    """Return what the browser is asked for a new passkey (JSON), and the challenge to keep for the answer."""
    import webauthn
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        PublicKeyCredentialDescriptor,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    host, _origin = _site()
    rows = Factor.objects.filter(staff=staff, kind="passkey").values_list("credential", flat=True)
    options = webauthn.generate_registration_options(
        rp_id=host,
        rp_name=town,
        user_id=hmac.new(settings.SECRET_KEY.encode(), f"passkey:{staff.pk}".encode(), hashlib.sha256).digest(),
        user_name=staff.username,
        user_display_name=staff.name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=_bytes(row)) for row in rows if row],
    )
    return webauthn.options_to_json(options), _b64(options.challenge)


def add_passkey(staff: Staff, answer: str, challenge: str, name: str, *, by: Actor, at: datetime) -> list[str]:
    """Add the passkey a browser made for our challenge; returns recovery codes with the first factor.

    Raises `Refused` for another origin, another challenge, or no check of the person by the device.
    """
    import webauthn
    from webauthn.helpers.exceptions import WebAuthnException

    host, origin = _site()
    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=_bytes(challenge),
            expected_rp_id=host,
            expected_origin=origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        raise Refused(PASSKEY_WRONG, "passkey") from None
    credential = _b64(made.credential_id)
    with transaction.atomic():
        if Factor.objects.filter(credential=credential).exists():
            raise Refused(PASSKEY_WRONG, "passkey")
        row = Factor(
            staff=staff,
            kind="passkey",
            name=name,
            secret=_b64(made.credential_public_key),
            credential=credential,
            count=made.sign_count,
            added_at=at,
        )
        return _add(staff, row, by=by, at=at)


def passkey_to_show(staff: Staff | None) -> tuple[str, str]:
    """Return what the browser is asked to show a passkey (JSON; of one person, or of anybody), and the challenge."""
    import webauthn
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor, UserVerificationRequirement

    rows = (
        Factor.objects.filter(staff=staff, kind="passkey").values_list("credential", flat=True)
        if staff is not None
        else ()
    )
    options = webauthn.generate_authentication_options(
        rp_id=_site()[0],
        allow_credentials=[PublicKeyCredentialDescriptor(id=_bytes(row)) for row in rows if row],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return webauthn.options_to_json(options), _b64(options.challenge)


def check_passkey(answer: str, challenge: str, *, at: datetime, staff: Staff | None = None) -> Staff:
    """Return the person whose passkey answered our challenge; a passkey is checked by its device, so it is two factors.

    A count that does not move on tells of a copied passkey and is refused. Raises `Refused`.
    """
    import json

    import webauthn
    from webauthn.helpers.exceptions import WebAuthnException

    refused = Refused(PASSKEY_WRONG, "passkey")
    try:
        credential = str(json.loads(answer)["id"])
    except (ValueError, KeyError, TypeError):
        raise refused from None
    row = (
        Factor.objects.filter(kind="passkey", credential=credential.rstrip("=") or "-").select_related("staff").first()
    )
    if row is None or not row.staff.is_active or (staff is not None and row.staff_id != staff.pk):
        raise refused
    host, origin = _site()
    try:
        shown = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=_bytes(challenge),
            expected_rp_id=host,
            expected_origin=origin,
            credential_public_key=_bytes(row.secret),
            credential_current_sign_count=row.count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        raise refused from None
    fresh = Q(count__lt=shown.new_sign_count) if shown.new_sign_count else Q(count=0)
    if not Factor.objects.filter(fresh, pk=row.pk).update(count=shown.new_sign_count, used_at=at):
        raise refused
    return row.staff


# -- the list ----------------------------------------------------------------------------------------------------------


def of(staff_id: int) -> list[Factor]:
    """Return the second factors of a person, the oldest first."""
    return list(Factor.objects.filter(staff_id=staff_id).order_by("id"))


def rename(staff_id: int, factor_id: int, name: str, *, by: Actor, at: datetime) -> None:
    """Give a factor another name. Raises `NotFound` or `Invalid`."""
    name = line(name)
    if not name or len(name) > 40:
        raise Invalid({"name": Text("名称为1到40个字", "a name has 1 to 40 letters")})
    if not Factor.objects.filter(pk=factor_id, staff_id=staff_id).update(name=name):
        raise NotFound


def remove(staff: Staff, factor_id: int, *, by: Actor, at: datetime) -> None:
    """Remove one factor of one's own, which the caller has shown just before. Raises `NotFound` or `Refused`."""
    with transaction.atomic():
        kept = Staff.objects.select_for_update().get(pk=staff.pk)
        row = Factor.objects.filter(pk=factor_id, staff=kept).first()
        if row is None:
            raise NotFound
        roles = {Role(role) for role in kept.posts.values_list("role", flat=True)}
        if kept.factor_count == 1 and compulsory(roles):
            raise Refused(
                Text(
                    "您的岗位必须有第二因素，请先添加另一个", "your post needs a second factor: add another one first"
                ),
                "compulsory",
            )
        rows = vouched.rows(gone=[row])
        row.delete()
        kept.factor_count = Factor.objects.filter(staff=kept).count()
        kept.save(update_fields=["factor_count"])
        if not kept.factor_count:
            Recovery.objects.filter(staff=kept).delete()
            rows |= vouched.codes(kept.pk, [])
        facts = {"name": row.name, "account": kept.username}
        diary.write_town("drop_factor", by=by, at=at, facts=facts, rows=rows)


def remove_all(staff: Staff, *, by: Actor, at: datetime) -> None:
    """Remove every second factor of a person who lost the device, inside the caller's transaction."""
    rows = vouched.rows(gone=Factor.objects.filter(staff=staff)) | vouched.codes(staff.pk, [])
    Factor.objects.filter(staff=staff).delete()
    Recovery.objects.filter(staff=staff).delete()
    Staff.objects.filter(pk=staff.pk).update(factor_count=0)
    diary.write_town("drop_factor", by=by, at=at, facts={"name": "all", "account": staff.username}, rows=rows)
