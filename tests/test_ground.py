"""The ground itself: what every other test trusts must be able to fail."""

from __future__ import annotations

import smtplib
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

import httpx
import pytest
from django.db import connection

GOOD = (
    "<!doctype html><html lang='zh'><head><title>好</title></head><body><main><h1>好</h1><p>一</p></main></body></html>"
)
BAD = "<!doctype html><html><head><title></title></head><body><img src='data:,'><input></body></html>"


@pytest.mark.django_db
def test_the_database_is_the_one_that_was_asked_for() -> None:
    import os

    assert connection.vendor == {"sqlite": "sqlite", "postgres": "postgresql"}[os.environ["WUXIAO_TEST_DB"]]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT file FROM pragma_database_list WHERE name = 'main'")
            assert cursor.fetchone()[0].startswith(os.environ["WUXIAO_DATA_DIR"]), "tests must use a real file"
            cursor.execute("PRAGMA synchronous")
            assert cursor.fetchone()[0] == 2
            cursor.execute("PRAGMA journal_mode")
            assert cursor.fetchone()[0] == "wal"
        else:
            cursor.execute("SHOW server_version_num")
            assert int(cursor.fetchone()[0]) >= 150000


def test_the_browser_shows_chinese_and_axe_sees_what_is_wrong(
    open_page: Callable[..., Any], axe: Callable[..., None]
) -> None:
    page = open_page("desk", "zh")
    page.set_content(GOOD)
    assert page.evaluate("navigator.language") == "zh-CN"
    # Three different characters drawn as the same box would all have the missing character's shape.
    shapes = page.evaluate(
        """() => { const c = document.createElement('canvas');
        const g = c.getContext('2d', {willReadFrequently: true}); g.font = '32px sans-serif';
        return ['县', '镇', '村'].map(t => { g.clearRect(0, 0, 64, 64); g.fillText(t, 4, 40);
        return g.getImageData(0, 0, 64, 64).data.reduce((a, b, i) => (a * 31 + b * (i % 97)) % 1000003, 7); }) }"""
    )
    assert len(set(shapes)) == 3, "no Chinese font: apt-get install fonts-noto-cjk"
    axe(page)
    page.set_content(BAD)
    with pytest.raises(AssertionError, match="image-alt"):
        axe(page)


def test_the_watch_sees_another_host_and_errors(open_page: Callable[..., Any], watch: Any) -> None:
    page = open_page("phone", "en")
    page.set_content(GOOD)
    assert watch.troubles() == []
    page.context.route("**/*", lambda route: route.abort())
    page.evaluate("fetch('http://elsewhere.invalid/x').catch(() => console.error('fetch failed'))")
    page.evaluate("setTimeout(() => { throw new Error('broken script') }, 0)")
    page.wait_for_timeout(200)
    seen = " ".join(watch.troubles())
    assert "elsewhere.invalid" in seen
    assert "fetch failed" in seen
    assert "broken script" in seen
    for part in ("elsewhere.invalid", "fetch failed", "broken script", "ERR_FAILED"):
        watch.allow(part)


def test_the_mail_server_keeps_and_refuses(smtp_server: Any) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = (
        "a@example.org",
        "b@example.org",
        "您好",
        "<one@example.org>",
    )
    mail.set_content("一件小事", cte="base64")
    with smtplib.SMTP("127.0.0.1", smtp_server.port) as client:
        client.send_message(mail)
        assert smtp_server.times("<one@example.org>") == 1
        assert "一件小事" in smtp_server.to("b@example.org")[0].get_content()
        smtp_server.mode = "busy"
        with pytest.raises(smtplib.SMTPDataError) as busy:
            client.send_message(mail)
        assert busy.value.smtp_code == 451
    smtp_server.mode = "take_and_drop"
    with pytest.raises(smtplib.SMTPServerDisconnected), smtplib.SMTP("127.0.0.1", smtp_server.port) as client:
        client.send_message(mail)
    assert smtp_server.times("<one@example.org>") == 2, "it took the mail although the sender heard nothing"


def test_the_gateway_knows_a_key_it_has_seen(sms_gateway: Any) -> None:
    def send(key: str) -> httpx.Response:
        return httpx.post(
            f"{sms_gateway.url}/messages", json={"to": "13800000000", "text": "您好"}, headers={"Idempotency-Key": key}
        )

    assert send("k1").json()["id"] == send("k1").json()["id"]
    assert sms_gateway.texts_to("13800000000") == ["您好"]
    sms_gateway.mode = "down"
    assert send("k2").status_code == 503
    sms_gateway.mode = "take_and_drop"
    with pytest.raises(httpx.TransportError):
        send("k3")
    sms_gateway.mode = "ok"
    assert httpx.get(f"{sms_gateway.url}/messages/k3").json()["status"] == "delivered"
    assert httpx.get(f"{sms_gateway.url}/messages/k2").status_code == 404
