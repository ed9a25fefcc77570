"""One request to a far end that may be slow, endless or lying: a deadline for the whole of it and a cap on its answer.

The time limits of HTTP and mail libraries hold for each read, so a far end that sends one byte every few seconds is
waited for without end. Here a watch counts the whole message: when it rings, the connection is cut, whatever is going
on in it. An answer is read up to a cap and never unpacked: what we need of it is a few hundred characters.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from wuxiao.desk.ways import names
from wuxiao.late import late

if TYPE_CHECKING:
    import httpx
else:
    # Loaded when something is sent: no page needs it.
    httpx = late("httpx")


#: For how long one message may take, from the first byte of the connection to the last of the answer, in seconds.
DEADLINE = 15.0
#: How much of an answer is read, in bytes.
CAP = 64 * 1024


class Deadline:
    """Cuts every connection it was shown once its seconds are over; `passed` says whether it did.

    Used as a context: leaving it stops the watch. A host's name is looked up before, within the same seconds (`names`).
    """

    def __init__(self, seconds: float = DEADLINE) -> None:
        self.passed = False
        self._cuts: list[Callable[[], socket.socket | None]] = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._ring)
        self._timer.daemon = True

    def show(self, find: Callable[[], socket.socket | None]) -> None:
        """Have the connection cut that `find` returns at that moment (`None`: there is none yet)."""
        with self._lock:
            self._cuts.append(find)
            late = self.passed
        if late:
            _cut(find())

    def _ring(self) -> None:
        with self._lock:
            self.passed = True
            cuts = list(self._cuts)
        for find in cuts:
            _cut(find())

    def __enter__(self) -> Deadline:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()


def _cut(connection: socket.socket | None) -> None:
    if connection is not None:
        # The plain socket's own way: an encrypted one would take its state away from the thread that reads.
        with contextlib.suppress(OSError):
            socket.socket.shutdown(connection, socket.SHUT_RDWR)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a far end said: status, the first `CAP` bytes, and whether there was more (`cut`)."""

    status: int
    body: bytes
    retry_after: str = ""
    cut: bool = False

    @property
    def good(self) -> bool:
        """Whether the status is one of 2xx."""
        return 200 <= self.status < 300

    @property
    def words(self) -> str:
        """The beginning of the answer, for a person to read."""
        return f"{self.status} {self.body[:300].decode('utf-8', 'replace')}".replace("\x00", "")


def own_machine(host: str | None) -> bool:
    """Return whether a host is this machine itself, where a plain connection tells nobody anything."""
    if host in {"localhost", None}:
        return host is not None
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def safe(url: str) -> bool:
    """Return whether an address may be told personal data: https, or plain http to this machine itself."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and own_machine(parts.hostname))


def request(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    content: bytes | None = None,
    json: Any = None,
    data: Any = None,
    seconds: float = DEADLINE,
) -> Answer:
    """Ask once and return the answer within `seconds`; redirections are answers, never followed.

    Raises `httpx.ConnectError` where nothing can have arrived, any other `httpx.HTTPError` where it may have.
    """
    if not safe(url):
        raise httpx.ConnectError("https is needed for any other machine")
    until = monotonic() + seconds
    body: dict[str, Any] = {"content": content, "json": json, "data": data}
    parts = httpx.URL(url)
    if _by_proxy(parts):
        return _ask(method, parts, None, dict(headers or {}), body, seconds)
    try:
        found = names.addresses(parts.host, parts.port or 443, seconds=seconds)
    except OSError as error:
        raise httpx.ConnectError(str(error)) from error
    for n, address in enumerate(found):
        try:
            return _ask(method, parts, address, dict(headers or {}), body, until - monotonic())
        except (httpx.ConnectError, httpx.ConnectTimeout):
            if n + 1 == len(found) or monotonic() >= until:
                raise
    raise httpx.ConnectError(f"{parts.host} has no address")


def _by_proxy(url: httpx.URL) -> bool:
    """Whether a proxy of the system's settings stands between: it looks names up itself."""
    return url.scheme in getproxies() and not proxy_bypass(url.host)


def _ask(
    method: str, url: httpx.URL, address: str | None, headers: dict[str, str], body: Mapping[str, Any], seconds: float
) -> Answer:
    """Ask at one address of the host; certificate and `Host` are the name's."""
    with Deadline(seconds) as deadline:

        def watch(event: str, info: Mapping[str, Any]) -> None:
            if event in {"connection.connect_tcp.complete", "connection.start_tls.complete"}:
                stream = info["return_value"]
                deadline.show(lambda: stream.get_extra_info("socket"))

        more: dict[str, Any] = {"trace": watch}
        if address is not None:
            headers = {"Host": url.netloc.decode("ascii"), **headers}
            more["sni_hostname"] = url.raw_host.decode("ascii")
            url = url.copy_with(host=address)
        try:
            with (
                httpx.Client(timeout=httpx.Timeout(seconds), follow_redirects=False) as client,
                client.stream(
                    method,
                    url,
                    **body,
                    headers={**headers, "Accept-Encoding": "identity"},
                    extensions=more,
                ) as answer,
            ):
                said, cut = b"", False
                for piece in answer.iter_raw(8192):
                    said += piece
                    if len(said) > CAP:
                        said, cut = said[:CAP], True
                        break
                return Answer(answer.status_code, said, answer.headers.get("retry-after", ""), cut)
        except httpx.ConnectError:
            raise
        except httpx.HTTPError as error:
            if deadline.passed:
                raise httpx.ReadTimeout(f"no whole answer within {seconds:g} s") from error
            raise
