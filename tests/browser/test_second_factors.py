"""Second factors in a real browser: a passkey as second step and alone, an authenticator app, and what fails.

The device is Chromium's own virtual authenticator, the page is served at localhost as browsers demand.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.utils import timezone

from tests.browser.sent import turned
from tests.desk.people import Town, settle
from wuxiao.desk.base.errors import Refused
from wuxiao.desk.doors import factors
from wuxiao.records.models import Factor, Staff

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.either]
PASSWORD = "柳树下的石桥2026"


@pytest.fixture
def town(transactional_db: None) -> Iterator[Town]:
    cache.clear()
    made = settle()
    Staff.objects.update(must_change_password=False, password=make_password(PASSWORD))
    yield made
    cache.clear()


@pytest.fixture
def page(town: Town, live_server: Any, settings: Any, open_page: Callable[..., Any], watch: Any) -> Any:
    # Each story has refusals in it, which the browser writes down itself.
    for status in ("400 (Bad Request)", "403 (Forbidden)"):
        watch.allow(status)
    address = f"http://localhost:{urlsplit(live_server.url).port}"
    settings.BASE_URL, settings.ALLOWED_HOSTS = address, ["localhost"]
    return open_page("desk", "zh", base_url=address)


def device(page: Any) -> None:
    """Plug a device into the browser that checks its owner, as an office computer's own does."""
    line = page.context.new_cdp_session(page)
    line.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    line.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def password(page: Any, name: str = "operator") -> None:
    page.goto("/staff/sign-in")
    page.fill("[name=username]", name)
    page.fill("[name=password]", PASSWORD)
    turned(page, lambda: page.press("[name=password]", "Enter"))


def sign_out(page: Any) -> None:
    page.click("form[action='/staff/sign-out'] button, form[action*='sign'] button:has-text('退出')")
    page.wait_for_url("**/staff/sign-in*")


def add(page: Any) -> None:
    page.goto("/staff/account")
    page.click("a:has-text('添加通行密钥')")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_selector("[data-passkey=add]:not([hidden]) button")
    page.fill("[name=passkey_name]", "办公电脑")
    page.click("[data-passkey=add] button")
    page.wait_for_selector("ul.code li")


def test_a_passkey_is_made_used_as_the_second_step_and_alone(town: Town, page: Any, axe: Callable[..., None]) -> None:
    device(page)
    password(page)
    page.wait_for_selector("main h1")
    add(page)
    axe(page)
    row = Factor.objects.get(staff=town.staff("operator"))
    assert (row.kind, row.name) == ("passkey", "办公电脑")
    assert page.locator("ul.code li").count() == factors.RECOVERY_CODES
    first = row.count
    sign_out(page)
    # The password alone no longer opens: the second step asks for the passkey.
    password(page)
    page.wait_for_url("**/staff/second*")
    axe(page)
    page.click("[data-passkey=second] button")
    page.wait_for_selector(".me a")
    second = Factor.objects.get(pk=row.pk).count
    assert second > first
    assert Factor.objects.get(pk=row.pk).used_at is not None
    sign_out(page)
    # And alone, without name or password: the device checked who holds it.
    page.click("[data-passkey=sign-in] button")
    page.wait_for_selector(".me a")
    assert Factor.objects.get(pk=row.pk).count > second
    sign_out(page)
    # A copy of the device counts on from where it was copied: behind what we have seen, it opens nothing.
    Factor.objects.filter(pk=row.pk).update(count=1000)
    page.click("[data-passkey=sign-in] button")
    page.wait_for_selector("[data-passkey=sign-in] [role=alert]:not(:empty)")
    assert factors.PASSKEY_WRONG.zh in page.inner_text("[data-passkey=sign-in] [role=alert]")
    assert "/staff/sign-in" in page.url
    assert Factor.objects.get(pk=row.pk).count == 1000
    page.goto("/staff/")
    assert "/staff/sign-in" in page.url


ANSWER = """async (options) => {
  const bytes = (t) => Uint8Array.from(atob(t.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
  const text = (b) => btoa(String.fromCharCode(...new Uint8Array(b)))
    .replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  const shown = await navigator.credentials.get({publicKey: {...options, challenge: bytes(options.challenge),
    allowCredentials: (options.allowCredentials ?? []).map((c) => ({...c, id: bytes(c.id)}))}});
  return {id: shown.id, rawId: text(shown.rawId), type: shown.type, response: {
    clientDataJSON: text(shown.response.clientDataJSON), authenticatorData: text(shown.response.authenticatorData),
    signature: text(shown.response.signature),
    userHandle: shown.response.userHandle ? text(shown.response.userHandle) : null}};
}"""


def test_another_page_an_old_question_and_a_second_use_are_refused(town: Town, page: Any, settings: Any) -> None:
    device(page)
    password(page)
    page.wait_for_selector("main h1")
    add(page)
    staff, now = town.staff("operator"), timezone.now()

    def answer() -> tuple[str, str]:
        options, challenge = factors.passkey_to_show(staff)
        return json.dumps(page.evaluate(ANSWER, json.loads(options))), challenge

    shown, challenge = answer()
    assert factors.check_passkey(shown, challenge, at=now).pk == staff.pk, "as it is, it is right"
    with pytest.raises(Refused):
        factors.check_passkey(shown, challenge, at=now)
    shown, challenge = answer()
    _, later = factors.passkey_to_show(staff)
    with pytest.raises(Refused):
        factors.check_passkey(shown, later, at=now)
    own = settings.BASE_URL
    for address in ("http://localhost:1", "https://localhost", "https://wangchuan.example"):
        settings.BASE_URL = address
        with pytest.raises(Refused):
            factors.check_passkey(shown, challenge, at=now)
    settings.BASE_URL = own
    other = town.staff("shift_lead")
    with pytest.raises(Refused):
        factors.check_passkey(shown, challenge, at=now, staff=other)
    for broken in ("", "[]", "{}", '{"id": 3}', shown.replace('"signature": "', '"signature": "AAAA')):
        with pytest.raises(Refused):
            factors.check_passkey(broken, challenge, at=now)
    Staff.objects.filter(pk=staff.pk).update(is_active=False)
    with pytest.raises(Refused):
        factors.check_passkey(shown, challenge, at=now)
    Staff.objects.filter(pk=staff.pk).update(is_active=True)
    assert factors.check_passkey(shown, challenge, at=now).pk == staff.pk, "none of the refusals used it up"


def test_an_authenticator_app_is_added_and_asked_for(town: Town, page: Any, axe: Callable[..., None]) -> None:
    password(page)
    page.wait_for_selector("main h1")
    page.goto("/staff/account")
    page.click("a:has-text('添加验证器')")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_selector(".qr svg")
    axe(page)
    secret = page.inner_text("p.code").replace(" ", "")

    def code(after: int = 0) -> str:
        return factors.totp(base64.b32decode(secret), factors.step_of(timezone.now()) + after)

    page.fill("[name=code]", "000000" if code() != "000000" else "000001")
    page.press("[name=code]", "Enter")
    page.wait_for_selector(".field.bad")
    assert Factor.objects.count() == 0
    page.fill("[name=code]", code())
    page.press("[name=code]", "Enter")
    page.wait_for_selector("ul.code li")
    recovery = page.locator("ul.code li").first.inner_text()
    sign_out(page)
    password(page)
    page.wait_for_url("**/staff/second*")
    page.fill("[name=code]", code(1))
    page.press("[name=code]", "Enter")
    page.wait_for_selector(".me a")
    sign_out(page)
    for _ in range(2):
        password(page)
        page.wait_for_url("**/staff/second*")
        page.fill("[name=code]", recovery)
        turned(page, lambda: page.press("[name=code]", "Enter"))
        if page.locator(".me a").count():
            sign_out(page)
    assert factors.codes_left(town.staff("operator").pk) == factors.RECOVERY_CODES - 1
    assert page.locator("[role=alert]").first.inner_text()
