"""A real mail server for the far end of telling: speaks SMTP, keeps what it took, fails as mail servers fail."""

from __future__ import annotations

import re
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType
from typing import Any, Literal

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support.ports import free_port

Mode = Literal["ok", "busy", "refuse", "refuse_recipient", "take_and_drop"]


class MailServer:
    """Takes mail on 127.0.0.1; `mode` may be changed at any moment and holds for the mails that come after.

    ok: takes it. busy: 451, try later. refuse: 550, never. refuse_recipient: 550 at RCPT. take_and_drop: keeps the mail
    and then hangs up without an answer, the case in which a sender cannot know. As strict as the strictest real one: a
    line that does not end in CRLF, a byte beyond ASCII (8BITMIME is not offered) or a line over 998 bytes is a 550.
    """

    def __init__(self) -> None:
        self.mode: Mode = "ok"
        self.refusal = "550 5.7.1 not wanted here"
        self.mails: dict[str, EmailMessage] = {}
        self.deliveries: list[str] = []
        self.unlawful: list[str] = []
        self._lock = threading.Lock()
        #: The port it listens on. Chosen here: the controller tries the number it was given, and 0 is none.
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    @property
    def url(self) -> str:
        """Its address for WUXIAO_MAIL_URL."""
        return f"smtp://127.0.0.1:{self.port}"

    def times(self, message_id: str) -> int:
        """How often a mail with this Message-ID arrived."""
        with self._lock:
            return self.deliveries.count(message_id)

    def to(self, address: str) -> list[EmailMessage]:
        """The mails for one address, in order of arrival."""
        with self._lock:
            return [mail for mail in self.mails.values() if address in str(mail["To"])]

    @staticmethod
    def _unlawful(content: bytes) -> str:
        """What a strict server refuses in the bytes of a mail (RFC 5321 2.3.8, 4.5.3.1.6; RFC 6152)."""
        if re.search(rb"(?<!\r)\n|\r(?!\n)", content):
            return "bare line feed"
        if any(byte > 127 for byte in content):
            return "8-bit data, and 8BITMIME was not offered"
        if any(len(line) > 998 for line in content.split(b"\r\n")):
            return "line too long"
        return ""

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """SMTP's EHLO, without the extensions that let a sender be careless."""
        session.host_name = hostname
        return [line for line in responses if not line.endswith(("8BITMIME", "SMTPUTF8"))]

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """SMTP's RCPT."""
        if self.mode == "refuse_recipient":
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """SMTP's DATA."""
        if self.mode == "busy":
            return "451 4.3.0 busy, try again later"
        if self.mode == "refuse":
            return self.refusal
        content: Any = envelope.original_content or envelope.content
        if trouble := self._unlawful(content):
            self.unlawful.append(trouble)
            return f"550 5.6.11 {trouble}"
        mail = message_from_bytes(content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        with self._lock:
            name = str(mail["Message-ID"] or f"<without-{len(self.deliveries)}>")
            self.deliveries.append(name)
            self.mails[name] = mail
        if self.mode == "take_and_drop":
            assert server.transport is not None
            server.transport.abort()
        return "250 OK"

    def __enter__(self) -> MailServer:
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._controller.stop()
