"""Checkpoints fetched from an address: whatever the far end does, a sentence in bounded time."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from wuxiao.desk.audit import against
from wuxiao.desk.diary import notes
from wuxiao.site.commands import audit

OK = b"HTTP/1.1 200 OK\r\n"


def drips(far: socket.socket) -> None:
    far.sendall(OK + b"Content-Length: 1000\r\n\r\n")
    while True:
        far.sendall(b"x")
        time.sleep(0.05)


def floods(far: socket.socket) -> None:
    far.sendall(OK + b"\r\n")
    while True:
        far.sendall(b"x" * 1_000_000)


def heads_without_end(far: socket.socket) -> None:
    far.sendall(OK)
    while True:
        far.sendall(b"X-A: b\r\n")


def says_nothing(far: socket.socket) -> None:
    far.recv(1)


def speaks_something_else(far: socket.socket) -> None:
    far.sendall(b"220 mail.example ESMTP\r\n")


def breaks_off(far: socket.socket) -> None:
    far.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\nffff\r\nabc")


@contextlib.contextmanager
def far_end(does: Callable[[socket.socket], None]) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            with contextlib.suppress(OSError), server.accept()[0] as far:
                far.recv(4096)
                does(far)

        threading.Thread(target=answer, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"


@pytest.mark.parametrize("does", [drips, heads_without_end, says_nothing, speaks_something_else, breaks_off])
def test_a_bad_far_end_is_a_sentence_in_time(
    does: Callable[[socket.socket], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "SECONDS", 0.5)
    begun = time.monotonic()
    with far_end(does) as address, pytest.raises(OSError, match=r"\w"):
        audit._fetch(address)
    assert time.monotonic() - begun < 20


def test_a_flood_is_cut_at_the_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "LARGEST", 100_000)
    with far_end(floods) as address, pytest.raises(ValueError, match="more than"):
        audit._fetch(address)


@pytest.mark.parametrize("typed", ["http://127.0.0.1:abc/", "http://127.0.0.1/a b", "http://"])
def test_an_address_that_is_none_is_a_sentence(typed: str) -> None:
    with pytest.raises(OSError, match=r"\w"):
        audit._fetch(typed)


def test_nested_without_end_is_no_checkpoint() -> None:
    with pytest.raises(notes.NoteError):
        against.read("[" * 100_000)
