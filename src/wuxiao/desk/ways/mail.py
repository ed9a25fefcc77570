"""Mail over SMTP, or into files where no mail server is set."""

from __future__ import annotations

import os
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings

from wuxiao.desk.ways import Later, Never, Result, Sent, Unknown

TIMEOUT = 20


def build(to: str, subject: str, text: str, key: str) -> EmailMessage:
    """Return the mail; its Message-ID is made of the message's key, so a copy is recognised as one."""
    mail = EmailMessage()
    mail["From"] = settings.MAIL_FROM
    mail["To"] = to
    mail["Subject"] = subject
    mail["Message-ID"] = f"<{key}@{urlsplit(settings.BASE_URL).hostname or 'wuxiao.invalid'}>"
    mail["Date"] = formatdate(localtime=True)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text)
    return mail


def send(to: str, subject: str, text: str, key: str) -> Result:
    """Send one mail. Only the server's answer after the text decides; a lost answer is `Unknown`."""
    url = settings.MAIL_URL
    mail = build(to, subject, text, key)
    if url.startswith("console:"):
        print(mail.as_string())
        return Sent("console")
    if url.startswith("file:"):
        return _to_file(mail, key)
    return _smtp(url, to, mail)


def _to_file(mail: EmailMessage, key: str) -> Result:
    folder = Path(settings.DATA_DIR) / "outbox"
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{key}.{os.getpid()}.part"
    part.write_bytes(mail.as_bytes())
    os.replace(part, folder / f"{key}.eml")
    return Sent("file")


def _smtp(url: str, to: str, mail: EmailMessage) -> Result:
    parts = urlsplit(url)
    said_all = False
    try:
        kind = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
        with kind(parts.hostname or "localhost", parts.port or 25, timeout=TIMEOUT) as server:
            server.ehlo()
            if parts.scheme == "smtp" and server.has_extn("starttls"):
                server.starttls(context=ssl.create_default_context())
                server.ehlo()
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.mail(settings.MAIL_FROM)
            code, answer = server.rcpt(to)
            if code >= 500:
                return Never(f"{code} {answer.decode('utf-8', 'replace')}")
            if code >= 300:
                return Later(f"{code} {answer.decode('utf-8', 'replace')}")
            said_all = True
            code, answer = server.data(mail.as_bytes())
            words = answer.decode("utf-8", "replace")
            if code == 250:
                return Sent(words[:120])
            return Never(f"{code} {words}") if code >= 500 else Later(f"{code} {words}")
    except smtplib.SMTPResponseException as error:
        reason = f"{error.smtp_code} {error.smtp_error!r}"
        return Never(reason) if 500 <= error.smtp_code < 600 and error.smtp_code != 530 else Later(reason)
    except (OSError, smtplib.SMTPException) as error:
        reason = f"{type(error).__name__}: {error}"
        return Unknown(reason) if said_all else Later(reason)
