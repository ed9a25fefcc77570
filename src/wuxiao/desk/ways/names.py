"""Looking up a host's name within a deadline.

The system's own look-up cannot be cut short: where a name server does not answer it may take minutes, and longer than
any deadline of ours. So each runs in a thread of its own that is left behind when its time is over. Only so many may be
left behind at once; until one of them ends, further names are refused at once instead of piling up.
"""

from __future__ import annotations

import ipaddress
import queue
import socket
import threading
from time import monotonic

#: How many look-ups may hang at once.
MOST = 8
_free = threading.BoundedSemaphore(MOST)


def addresses(host: str, port: int, *, seconds: float) -> list[str]:
    """Return the addresses of a host in the system's order; an address is its own.

    Raises `OSError` (`TimeoutError` after `seconds`, `socket.gaierror` for no such name or too many look-ups hanging).
    """
    try:
        return [str(ipaddress.ip_address(host.strip("[]")))]
    except ValueError:
        pass
    if not _free.acquire(blocking=False):
        raise socket.gaierror(socket.EAI_AGAIN, f"{MOST} look-ups of names hang already")
    said: queue.SimpleQueue[list[str] | OSError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            said.put(list(dict.fromkeys(str(place[0]) for *_, place in found)))
        except (OSError, UnicodeError) as error:
            said.put(error if isinstance(error, OSError) else socket.gaierror(socket.EAI_NONAME, str(error)))
        finally:
            _free.release()

    threading.Thread(target=ask, name=f"name of {host}"[:60], daemon=True).start()
    try:
        answer = said.get(timeout=max(0.0, seconds))
    except queue.Empty:
        raise TimeoutError(f"the name {host} was not found within {seconds:g} s") from None
    if isinstance(answer, OSError):
        raise answer
    return answer


def connect(host: str, port: int, seconds: float) -> socket.socket:
    """Return a connection to a host, tried at each of its addresses, all within `seconds`; raises `OSError`."""
    until = monotonic() + seconds
    last: OSError | None = None
    for address in addresses(host, port, seconds=seconds):
        left = until - monotonic()
        if left <= 0:
            break
        try:
            return socket.create_connection((address, port), left)
        except OSError as error:
            last = error
    raise last or TimeoutError(f"no connection to {host} within {seconds:g} s")
