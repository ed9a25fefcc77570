"""Names of far ends: looked up within the deadline, a bounded number left behind, certificates still of the name."""

from __future__ import annotations

import http.server
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from wuxiao.desk.ways import Later, far, mail, names

NAME = "gateway.example.invalid"


class Names:
    """The system's look-up, the far end of all names: hangs until it is let go, or knows one address."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.let_go = threading.Event()
        self.knows: dict[str, list[str]] = {}
        self._real = socket.getaddrinfo

    def __call__(self, host: str, port: Any, *args: Any, **more: Any) -> Any:
        if host in self.knows:
            self.asked.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in self.knows[host]]
        if not host.endswith(".invalid"):
            return self._real(host, port, *args, **more)
        self.asked.append(host)
        assert self.let_go.wait(60)
        raise socket.gaierror(socket.EAI_NONAME, "no such name")


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> Iterator[Names]:
    found = Names()
    monkeypatch.setattr(socket, "getaddrinfo", found)
    before = set(threading.enumerate())
    yield found
    found.let_go.set()
    for thread in set(threading.enumerate()) - before:
        if thread.name.startswith("name of"):
            thread.join(60)


def test_a_name_that_is_not_answered_is_left_behind_and_only_so_many_at_once(system: Names, settings: Any) -> None:
    with pytest.raises(httpx.ConnectError, match=r"was not found within 0\.05 s"):
        far.request("POST", f"https://{NAME}/x", content=b"x", seconds=0.05)
    settings.MAIL_URL = f"smtp://{NAME}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mail, "DEADLINE", 0.05)
        result = mail.send("ren@example.cn", "x", "y", "k")
    assert isinstance(result, Later)
    assert result.away
    while len(system.asked) < names.MOST:
        with pytest.raises(TimeoutError):
            names.addresses(NAME, 443, seconds=0)
    # All places are taken: the next is refused without another thread, however long it would have waited.
    for seconds in (0, 60):
        with pytest.raises(socket.gaierror, match="hang already"):
            names.addresses(NAME, 443, seconds=seconds)
    assert len(system.asked) == names.MOST
    # An address needs no look-up.
    assert names.addresses("127.0.0.1", 1, seconds=0) == ["127.0.0.1"]
    assert names.addresses("[::1]", 1, seconds=0) == ["::1"]
    # Once they have ended there is room again.
    system.let_go.set()
    for thread in threading.enumerate():
        if thread.name.startswith("name of"):
            thread.join(60)
    with pytest.raises(socket.gaierror, match="no such name"):
        names.addresses(NAME, 443, seconds=60)


def _certificate(folder: Path, name: str) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(private + made.public_bytes(pem))
    return file


class Gateway:
    """An HTTPS server on this machine with a certificate for a name."""

    def __init__(self, certificate: Path) -> None:
        self.hosts: list[str] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.hosts.append(self.headers["Host"])
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"taken")

            def log_message(self, *_: Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]

    def __enter__(self) -> Gateway:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


def test_the_certificate_and_the_host_are_the_names_and_a_dead_address_is_passed_over(
    system: Names, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = _certificate(tmp_path, NAME)
    monkeypatch.setenv("SSL_CERT_FILE", str(right))
    with Gateway(right) as gateway:
        # Nobody listens at the first address.
        system.knows[NAME] = ["127.0.0.2", "127.0.0.1"]
        answer = far.request("POST", f"https://{NAME}:{gateway.port}/x", content=b"x")
        assert (answer.status, answer.body) == (200, b"taken")
        assert gateway.hosts == [f"{NAME}:{gateway.port}"]
    other = _certificate(tmp_path, "other.example.invalid")
    monkeypatch.setenv("SSL_CERT_FILE", str(other))
    with Gateway(other) as gateway, pytest.raises(httpx.ConnectError, match="certificate"):
        far.request("POST", f"https://{NAME}:{gateway.port}/x", content=b"x")
