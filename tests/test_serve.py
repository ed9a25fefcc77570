"""The process set: comes up, stays up when parts are killed, stops cleanly, leaves nothing behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from bench.rest import share
from tests.support.ports import free_port
from tests.support.town import Town, TownMaker

pytestmark = [pytest.mark.alone, pytest.mark.either]


def _until(said: Callable[[], object], seconds: float = 120.0) -> None:
    """Wait until it is true; fail when it never is."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if said():
            return
        time.sleep(0.05)
    raise AssertionError("it never came true")


def _answers(town: Town) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(town.base_url, timeout=5).status_code < 500
    return False


def _alive(pid: int) -> bool:
    """Whether a process runs; one that ended and waits to be collected does not."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_town_comes_up_and_stops_when_asked(served_empty: Town) -> None:
    assert _answers(served_empty)
    assert served_empty.process is not None
    if sys.platform == "linux":
        # Two web processes, worker and supervisor: what an idle town takes of its machine's memory, in MB.
        webs = served_empty.pids("worker-")
        pids = [p for p in (served_empty.process.pid, *served_empty.pids()) if p not in webs[2:]]
        assert sum(share(pid) for pid in pids) < 450
    assert served_empty.pids("wuxiao.site.cli"), "the worker runs beside the web server"
    pids = served_empty.pids()
    assert served_empty.stop() == 0
    assert not [pid for pid in pids if _alive(pid)]


@pytest.fixture(scope="module")
def running(_town_maker: TownMaker) -> Iterator[Town]:
    """One town for those who only knock, or kill what comes back."""
    yield from _town_maker.served(demo=False)


def test_a_second_town_on_the_same_port_is_told_so(running: Town) -> None:
    command = ["-m", "wuxiao.site.serve", "--port", str(running.port), "--data-dir", str(running.data_dir)]
    second = running.python(*command, check=False)
    assert second.returncode == 1
    assert f"Port {running.port}" in second.stderr
    assert "in use" in second.stderr
    assert _answers(running), "the first one goes on"


def test_a_second_one_over_the_same_folder_is_told_so(running: Town) -> None:
    signs = sorted(path.name for path in (running.data_dir / "run").iterdir())
    command = ["-m", "wuxiao.site.serve", "--port", str(free_port()), "--data-dir", str(running.data_dir)]
    second = running.python(*command, check=False)
    assert (second.returncode, "already" in second.stderr) == (1, True), second.stderr
    # Without its signs of life nobody would notice that a process of the first one hangs.
    assert signs == sorted(path.name for path in (running.data_dir / "run").iterdir())
    assert _answers(running), "the first one goes on"


def test_what_is_killed_comes_back(running: Town) -> None:
    worker = running.pids("wuxiao.site.cli")
    running.kill_worker()
    _until(lambda: running.pids("wuxiao.site.cli") and running.pids("wuxiao.site.cli") != worker)
    running.kill_web()
    _until(lambda: _answers(running))


def test_a_town_killed_outright_leaves_nothing_and_starts_again(served_empty: Town) -> None:
    pids = served_empty.pids()
    assert len(pids) >= 3
    assert served_empty.process is not None
    served_empty.process.send_signal(signal.SIGKILL)
    served_empty.process.wait(10)
    served_empty.process = None
    _until(lambda: not [pid for pid in pids if _alive(pid)])
    served_empty.start()
    assert _answers(served_empty)


def test_ctrl_c_stops_it_in_order(served_empty: Town) -> None:
    assert served_empty.process is not None
    served_empty.process.send_signal(signal.SIGINT)
    assert served_empty.process.wait(20) == 0
    assert "KeyboardInterrupt" not in served_empty.log()


def test_a_web_server_killed_before_it_ever_answered_is_started_again(served_empty: Town) -> None:
    served_empty.stop()
    killed: list[int] = []

    def kill_at_once() -> None:
        until = time.monotonic() + 120
        while not killed and time.monotonic() < until:
            killed.extend(served_empty.pids("granian"))
            time.sleep(0.01)
        for pid in killed:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    killer = threading.Thread(target=kill_at_once)
    killer.start()
    served_empty.start()
    killer.join(40)
    assert killed
    assert httpx.get(served_empty.base_url, timeout=20).status_code < 500
    assert "was killed by SIGKILL; starting it again" in served_empty.log()


def test_an_application_that_cannot_start_is_said_at_once(served_empty: Town) -> None:
    served_empty.stop()
    environment = {**served_empty.environment, "DATABASE_URL": "mysql://nowhere/x"}
    command = [sys.executable, "-m", "wuxiao.site.serve", "--port", str(served_empty.port)]
    ended = subprocess.run(
        [*command, "--data-dir", str(served_empty.data_dir)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ended.returncode == 1
    assert "must begin with postgres://" in ended.stderr
    # It gives up by itself: a web server that never answered is not started again and again.
    assert "ended with code 1 before it answered" in ended.stderr
    assert os.path.isdir(served_empty.data_dir)
