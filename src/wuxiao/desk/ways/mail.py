"""Mail over SMTP, or into files where no mail server is set.

A mail leaves as the strictest server wants it: every line ends in CRLF, every byte is plain ASCII whatever the server
offers, no line is longer than 998 bytes (RFC 5321 2.3.8 and 4.5.3.1.6, RFC 6152).
"""

from __future__ import annotations

import smtplib
import socket
import ssl
from email import policy
from email.message import EmailMessage
from email.utils import formatdate
from urllib.parse import unquote, urlsplit

import idna
from django.conf import settings

from wuxiao.desk.ways import NOT_SET_UP, Later, Never, Result, Sent, Unknown, far, names, to_file

#: For how long one mail may take from the greeting to the last answer, in seconds; servers that look at mail are slow.
DEADLINE = 30.0
_POLICY = policy.SMTP.clone(cte_type="7bit", max_line_length=76, utf8=False)


class NoAddress(ValueError):
    """An address that no mail server can be told; the text says why."""


def plain_address(address: str) -> str:
    """Return an address in ASCII: an international domain in its IDNA form (RFC 5891).

    Raises `NoAddress` for what cannot be written: letters beyond ASCII before the @ need a server and a mailbox that
    nobody here can check, a domain that is none, line breaks.
    """
    local, at, domain = address.strip().rpartition("@")
    if not at or not local or any(c.isspace() or ord(c) < 32 for c in address.strip()):
        raise NoAddress("不是邮箱地址 not a mail address")
    if not local.isascii():
        raise NoAddress("@ 前面只能用英文字母、数字和符号 only ASCII letters before the @ can be sent")
    try:
        return f"{local}@{domain if domain.isascii() else idna.encode(domain, uts46=True).decode('ascii')}"
    except idna.IDNAError as error:
        raise NoAddress(f"域名不成立 not a domain: {error}") from error


def build(to: str, subject: str, text: str, key: str) -> EmailMessage:
    """Return the mail; its Message-ID is made of the message's key, so a copy is recognised as one."""
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = settings.MAIL_FROM
    mail["To"] = to
    mail["Subject"] = " ".join(subject.split())
    mail["Message-ID"] = f"<{key}@{urlsplit(settings.BASE_URL).hostname or 'wuxiao.invalid'}>"
    mail["Date"] = formatdate(localtime=True)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text, cte="base64")
    return mail


def send(to: str, subject: str, text: str, key: str) -> Result:
    """Send one mail. Only the server's answer after the text decides; a lost answer is `Unknown`."""
    url = settings.MAIL_URL
    try:
        to = plain_address(to)
        mail = build(to, subject, text, key)
        whole = mail.as_bytes()
    except (ValueError, LookupError) as error:
        return Never(f"地址无法书写 the address cannot be written: {error}")
    if not url:
        return Later(NOT_SET_UP.format("WUXIAO_MAIL_URL"), away=True)
    if url.startswith("console:"):
        print(text)
        return Sent("console")
    if url.startswith("file:"):
        return _to_file(whole, key)
    return _smtp(url, to, whole)


def _to_file(whole: bytes, key: str) -> Result:
    to_file(f"{key}.eml", whole)
    return Sent("file")


class _Plain(smtplib.SMTP):
    """Looks the server's name up within the deadline, which the library would wait for without end."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return names.connect(host, port, timeout)


class _Sealed(smtplib.SMTP_SSL, _Plain):
    """The same, sealed from the first byte: the library asks the next class for its connection."""


def _refused(error: smtplib.SMTPResponseException) -> Result:
    """Say what a refusal before the text was sent means for the mail."""
    reason = f"{error.smtp_code} {_words(error.smtp_error)}"
    if isinstance(error, smtplib.SMTPAuthenticationError):
        # The town's own account was refused: that is nothing about this mail, and somebody can mend it.
        return Later(reason, away=True)
    return Never(reason) if 500 <= error.smtp_code < 600 and error.smtp_code != 530 else Later(reason)


def _smtp(url: str, to: str, whole: bytes) -> Result:
    parts = urlsplit(url)
    said_all = False
    server: smtplib.SMTP
    if parts.scheme == "smtps":
        server = _Sealed(timeout=DEADLINE, context=ssl.create_default_context())
    else:
        server = _Plain(timeout=DEADLINE)
    with far.Deadline(DEADLINE) as deadline:
        deadline.show(lambda: server.sock)
        try:
            host = parts.hostname or "localhost"
            # smtplib asks for the name of the certificate here when it does not connect by itself.
            server._host = host  # type: ignore[attr-defined]
            code, answer = server.connect(host, parts.port or (465 if parts.scheme == "smtps" else 25))
            if code != 220:
                return Later(f"{code} {_words(answer)}", away=True)
            server.ehlo()
            if parts.scheme == "smtp" and server.has_extn("starttls"):
                server.starttls(context=ssl.create_default_context())
                server.ehlo()
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            code, answer = server.mail(settings.MAIL_FROM)
            if code != 250:
                return Later(f"{code} {_words(answer)}")
            code, answer = server.rcpt(to)
            if code >= 500:
                return Never(f"{code} {_words(answer)}")
            if code >= 300:
                return Later(f"{code} {_words(answer)}")
            said_all = True
            code, answer = server.data(whole)
            if code == 250:
                # Said and not waited for: the mail is theirs now.
                server.putcmd("quit")
                return Sent(_words(answer)[:120])
            return Never(f"{code} {_words(answer)}") if code >= 500 else Later(f"{code} {_words(answer)}")
        except smtplib.SMTPDataError as error:
            # DATA itself was refused: nothing of the text was sent.
            reason = f"{error.smtp_code} {_words(error.smtp_error)}"
            return Never(reason) if error.smtp_code >= 500 else Later(reason)
        except smtplib.SMTPResponseException as error:
            return _refused(error)
        except (OSError, smtplib.SMTPException) as error:
            reason = f"{type(error).__name__}: {error}"
            if deadline.passed:
                reason = f"no whole answer within {DEADLINE:g} s"
            return Unknown(reason, away=True) if said_all else Later(reason, away=True)
        finally:
            server.close()


def _words(answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return text.replace("\x00", "")[:300]
