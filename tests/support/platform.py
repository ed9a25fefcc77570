"""The other platform, 110 or 12345: a real HTTP server that checks our signatures itself and signs its own."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import uuid
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any


class Platform:
    """Takes notices at POST {url}; `taken` holds them in order, once each; `refused` counts forged ones.

    `mode`: ok 204, down 503.
    """

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.mode = "ok"
        self.taken: list[dict[str, Any]] = []
        self.deliveries: list[str] = []
        self.refused = 0
        far_end = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status = far_end.hear(dict(self.headers.items()), body)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def url(self) -> str:
        """Where it takes notices."""
        return f"http://127.0.0.1:{self._server.server_port}/hooks"

    def __enter__(self) -> Platform:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def mark(self, delivery: str, moment: str, body: bytes) -> str:
        """The signature as the paper for developers describes it, computed without our code."""
        said = f"{delivery}.{moment}.".encode() + body
        return "sha256=" + hmac.new(self.secret.encode(), said, hashlib.sha256).hexdigest()

    def hear(self, headers: dict[str, str], body: bytes) -> int:
        """Take one notice: 401 for a wrong signature, a known delivery changes nothing."""
        if self.mode == "down":
            return 503
        named = {name.lower(): value for name, value in headers.items()}
        expected = self.mark(named["x-wuxiao-delivery"], named["x-wuxiao-time"], body)
        if expected not in named["x-wuxiao-signature"].split(","):
            self.refused += 1
            return 401
        delivery = named["x-wuxiao-delivery"]
        if delivery not in self.deliveries:
            self.deliveries.append(delivery)
            self.taken.append(json.loads(body))
        return 204

    def notice(self, at: datetime, delivery: str = "", **content: Any) -> tuple[bytes, dict[str, str]]:
        """One of its own notices: body and headers, signed."""
        body = json.dumps(content, ensure_ascii=False).encode()
        moment, delivery = str(int(at.timestamp())), delivery or uuid.uuid4().hex
        return body, {
            "X-Wuxiao-Delivery": delivery,
            "X-Wuxiao-Time": moment,
            "X-Wuxiao-Signature": self.mark(delivery, moment, body),
        }
