"""A real SMS gateway for the far end of telling: HTTP, idempotency keys, status look-up, honest failures."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal

Mode = Literal["ok", "down", "refuse", "slow", "take_and_drop", "busy"]


class Gateway:
    """Takes texts at POST {url}/messages, tells what became of one at GET {url}/messages/KEY.

    POST wants the header Idempotency-Key and a JSON body with `to` and `text`; a key seen before gets the first answer
    again and sends nothing. With `says` set it answers every POST with that status and body, whatever it was asked, as
    providers do that take no key. `mode` may be changed at any moment: ok 202; busy 429 with Retry-After; down 503;
    refuse 422; slow answers after `delay` seconds; take_and_drop takes the text and hangs up without an answer.
    """

    def __init__(self) -> None:
        self.mode: Mode = "ok"
        self.says: tuple[int, Any] | None = None
        self.delay = 3.0
        self.accepted: dict[str, dict[str, Any]] = {}
        self.attempts: list[str] = []
        self.lock = threading.Lock()
        gateway = self

        class Handler(_Handler):
            far_end = gateway

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def texts_to(self, number: str) -> list[str]:
        """What was sent to one number, in order."""
        with self.lock:
            return [entry["text"] for entry in self.accepted.values() if entry["to"] == number]

    def __enter__(self) -> Gateway:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    far_end: Gateway
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        far_end = self.far_end
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        key = self.headers.get("Idempotency-Key", "")
        with far_end.lock:
            far_end.attempts.append(key)
        if far_end.says is not None:
            status, said = far_end.says
            return self.answer(status, said)
        if self.path != "/messages" or not key:
            return self.answer(400, {"error": "POST /messages with an Idempotency-Key"})
        if far_end.mode == "down":
            return self.answer(503, {"error": "maintenance"})
        if far_end.mode == "busy":
            return self.answer(429, {"error": "too many"}, {"Retry-After": "1"})
        try:
            wish = json.loads(body)
            text = {"to": str(wish["to"]), "text": str(wish["text"])}
        except (ValueError, KeyError, TypeError) as error:
            return self.answer(400, {"error": f"not a text: {error!r}"})
        if far_end.mode == "refuse":
            return self.answer(422, {"error": "number not reachable"})
        with far_end.lock:
            far_end.accepted.setdefault(key, {**text, "id": f"sms-{len(far_end.accepted) + 1}", "status": "delivered"})
            answer = dict(far_end.accepted[key])
        if far_end.mode == "take_and_drop":
            self.close_connection = True
            self.connection.close()
            return None
        if far_end.mode == "slow":
            time.sleep(far_end.delay)
        return self.answer(202, answer)

    def do_GET(self) -> None:
        key = self.path.removeprefix("/messages/")
        with self.far_end.lock:
            known = self.far_end.accepted.get(key)
        if self.far_end.mode == "down":
            return self.answer(503, {"error": "maintenance"})
        return self.answer(200, known) if known else self.answer(404, {"error": "no such message"})

    def answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        payload = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {
            "Content-Type": "application/json",
            "Content-Length": str(len(payload)),
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""
