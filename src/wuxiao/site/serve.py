"""The process set of a town: the web server and one worker loop, started together and stopped together.

This supervisor holds no state of its own. Whatever is killed, at any moment, can be started again: what was
acknowledged is in the database, and what was not is asked for again by its sender.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import errno
import fcntl
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from wuxiao.site import address, english, environment
from wuxiao.site.drawer import demand, lock_umask
from wuxiao.site.watch import alive

THREADS = 4
"""Requests a web process answers at once; `site.available` keeps some of them for those who only read."""

GRACE_SECONDS = 12.0
"""How long requests and jobs in hand may take to finish after a stop was asked for, before their process is killed."""

FIRST_WAIT = 0.5
LONGEST_WAIT = 30.0
LOOK_SECONDS = 2.0
STEADY_SECONDS = 60.0
"""A child that ran this long before it ended starts again after the first short wait."""


def end_with_parent() -> None:
    """Have the kernel end this process when its parent ends, however that ends (Linux; elsewhere nothing happens)."""
    if sys.platform != "linux":
        return
    pr_set_pdeathsig = 1
    ctypes.CDLL(None, use_errno=True).prctl(pr_set_pdeathsig, signal.SIGTERM)
    if os.getppid() == 1 != environment.whole("SUPERVISOR", 1):
        sys.exit("The parent process ended before this one had begun.")


def serve(
    host: str,
    port: int,
    data_dir: Path,
    *,
    on_ready: Callable[[], None] | None = None,
    web_processes: int | None = None,
    beside: Mapping[str, Sequence[str]] | None = None,
) -> int:
    """Run the town on host:port with its data in data_dir until SIGTERM or SIGINT; returns the exit code.

    0 after a stop that was asked for; 1 with a message on stderr if the port cannot be had, another serves this folder
    (nobody would look after its hung processes), or the web server does not come up. A web server or worker that ends
    by itself is started again, after a wait that doubles from 0.5 to 30 s. `beside` are commands by name that have
    something to bring to an end meanwhile: started once the town answers, and again unless they ended with code 0.
    """
    lock_umask()
    reason = port_trouble(host, port)
    if reason:
        print(reason, file=sys.stderr)
        return 1
    held = os.open(data_dir, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(held)
        print(
            f"这个城镇已经有一个 wuxiao serve 在运行（{data_dir}）：不要再开第二个，要换端口请先停掉它。\n"
            f"Another wuxiao serve runs this town already ({data_dir}): stop that one first to change its port.",
            file=sys.stderr,
        )
        return 1
    if english.stale():
        print(
            "英文页面的译文不是最新的，有些句子会显示中文：运行 python tools/messages.py compile。\n"
            "The English of the pages is out of date, some sentences will be Chinese: "
            "run python tools/messages.py compile.",
            file=sys.stderr,
        )
    given = {
        **os.environ,
        "WUXIAO_DATA_DIR": str(Path(data_dir).resolve()),
        "WUXIAO_SUPERVISOR": str(os.getpid()),
        "PYTHONUNBUFFERED": "1",
    }
    run = Path(data_dir).resolve() / alive.FOLDER
    shutil.rmtree(run, ignore_errors=True)
    (run / "metrics").mkdir(parents=True, mode=0o700)
    web = {**given, "WUXIAO_PROCESS": "web"}
    children = [
        _Child("web", _web_command(host, port, web_processes or _web_processes()), web),
        _Child("worker", _worker_command(), given),
    ]
    later = [_Child(name, list(command), given, ends_well=True) for name, command in (beside or {}).items()]
    stop = threading.Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        return _watch(children, later, stop, host, port, on_ready, Path(data_dir).resolve())
    finally:
        _end([*children, *later])
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(held)


def port_trouble(host: str, port: int, *, patience: float = 2.0) -> str:
    """Why host:port cannot be listened on, with the way to mend it; empty if it can.

    Asked beforehand because web servers share ports silently: a second one would take half of the first one's visitors.
    A port in use is asked for again for `patience` seconds: the processes of a town that was killed outright may need a
    moment to notice and give it back.
    """
    until = time.monotonic() + patience
    while True:
        error = _bind_error(host, port)
        if error is None:
            return ""
        if error.errno != errno.EADDRINUSE or time.monotonic() > until:
            return why_not(host, port, error)
        time.sleep(0.1)


def why_not(host: str, port: int, error: OSError) -> str:
    """Say in a sentence why host:port could not be had, and what to do instead."""
    if error.errno == errno.EADDRINUSE:
        return (
            f"端口 {port} 已被别的程序占用：请停掉它，或换一个：make run PORT={port + 1 if port < 65535 else 8000}\n"
            f"Port {port} on {host} is in use by another program. Stop that one, or choose another."
        )
    if isinstance(error, PermissionError) and port < 1024:
        return (
            f"1024 以下的端口要系统管理员才能用（现在是 {port}）：请用 make run PORT=8000，前面放代理。\n"
            f"Ports below 1024 are for the machine's administrator (this is {port}): make run PORT=8000."
        )
    why = error.strerror or str(error)
    return (
        f"不能在 {host}:{port} 上接待访问（{why}）：请换一个：make run HOST=127.0.0.1 PORT=8000\n"
        f"Cannot listen on {host}:{port}: {why}. Choose another: make run HOST=127.0.0.1 PORT=8000"
    )


def _bind_error(host: str, port: int) -> OSError | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
            trial.listen(1)
        except OSError as error:
            return error
    return None


@dataclass
class _Child:
    """One process that is to be there as long as the town is."""

    name: str
    command: list[str]
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    start_at: float = 0.0
    wait: float = FIRST_WAIT
    ends: int = 0
    ends_well: bool = False
    done: bool = False

    def start(self) -> None:
        self.started = time.monotonic()
        # A session of its own: Ctrl-C reaches only the supervisor, which then stops its children in order.
        self.process = subprocess.Popen(
            self.command,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=end_with_parent,
        )

    def ended(self, now: float) -> int | None:
        """The exit code if it has just ended by itself, after planning when it starts again."""
        code = self.process.poll() if self.process else None
        if code is None:
            return None
        if now - self.started > STEADY_SECONDS:
            self.wait = FIRST_WAIT
        self.process = None
        self.ends += 1
        self.start_at = now + self.wait
        self.wait = min(self.wait * 2, LONGEST_WAIT)
        return code


def _watch(
    always: Sequence[_Child],
    later: Sequence[_Child],
    stop: threading.Event,
    host: str,
    port: int,
    on_ready: Callable[[], None] | None,
    data_dir: Path,
) -> int:
    ready = False
    looked = time.monotonic()
    while not stop.is_set():
        now = time.monotonic()
        if now - looked > LOOK_SECONDS:
            looked = now
            _end_hung(data_dir)
        for child in [*always, *(later if ready else ())]:
            if child.process is None and now >= child.start_at and not child.done:
                child.start()
            code = child.ended(now)
            if code is None:
                continue
            if code == 0 and child.ends_well:
                child.done = True
                continue
            how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
            # An application that cannot start ends by itself and says why; one that was killed is started again.
            if child.name == "web" and not ready and code >= 0:
                print(f"The web server {how} before it answered; its messages are above.", file=sys.stderr)
                return 1
            print(f"wuxiao: {child.name} {how}; starting it again in {child.start_at - now:.1f} s", file=sys.stderr)
        if not ready and _answers(host, port):
            ready = True
            if on_ready:
                on_ready()
        stop.wait(0.2 if ready else 0.05)
    return 0


def _end_hung(data_dir: Path) -> None:
    """End the processes that hang; their parents start others in their place."""
    patience = alive.patience()
    for sign in alive.hung(data_dir, silent=patience):
        why = f"silent for {sign.silent:.0f} s" if sign.silent > patience else f"busy for {sign.hanging:.0f} s"
        print(f"wuxiao: {sign.name} (process {sign.pid}) hangs, {why}; ending it", file=sys.stderr)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(sign.pid, signal.SIGKILL)


def _end(children: Sequence[_Child]) -> None:
    """Ask every child to finish what is in its hands, and kill what has not after the grace."""
    running = [child.process for child in children if child.process and child.process.poll() is None]
    for process in running:
        process.terminate()
    until = time.monotonic() + GRACE_SECONDS
    for process in running:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, until - time.monotonic()))
    for process in running:
        # The whole group: a web server that is killed cannot end its own processes any more.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _answers(host: str, port: int) -> bool:
    """Whether the application itself answers; the port alone is open long before."""
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    connection = http.client.HTTPConnection(target, port, timeout=2.0)
    try:
        connection.request("HEAD", "/", headers={"Host": "localhost"})
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def _web_processes() -> int:
    """Two already use both cores of a small server; more than four gain nothing for a town."""
    return min(4, environment.whole("WEB_PROCESSES", os.cpu_count() or 1))


def _web_command(host: str, port: int, processes: int) -> list[str]:
    options = {
        "--interface": "wsgi",
        "--host": host,
        "--port": str(port),
        "--workers": str(processes),
        "--blocking-threads": str(THREADS),
        "--backlog": "2048",
        "--http": "1",
        "--log-level": "warning",
        "--respawn-interval": "0.2",
        "--workers-kill-timeout": str(int(GRACE_SECONDS) - 2),
    }
    flags = ["--no-ws", "--respawn-failed-workers"]
    pairs = [part for pair in options.items() for part in pair]
    return [sys.executable, "-m", "granian", *pairs, *flags, "wuxiao.site.web_worker:application"]


def _worker_command() -> list[str]:
    return [sys.executable, "-m", "wuxiao.site.cli", "worker"]


def main() -> int:
    """The same from a shell: python -m wuxiao.site.serve --host 127.0.0.1 --port 8000 --data-dir data."""
    parser = argparse.ArgumentParser(prog="wuxiao.site.serve", description=main.__doc__)
    address.add_to(parser)
    parser.add_argument("--data-dir", type=Path, default=Path(os.environ.get("WUXIAO_DATA_DIR") or "data"))
    chosen = parser.parse_args()
    environment.demand()
    host, port = address.chosen(chosen)
    demand(chosen.data_dir)
    return serve(host, port, chosen.data_dir)


if __name__ == "__main__":
    sys.exit(main())
