"""What an idle town takes: CPU and memory of a web process to its first page, memory of all processes at rest.

Run as `python -m bench.rest`. CPU is the process's own clock; memory of the whole town is the kernel's proportional
share (PSS), which counts what processes share once. Linux only.
"""

from __future__ import annotations

import re
import tempfile
import time
from pathlib import Path

from tests.support.town import Town

FIRST_PAGE = """
import io, re, time
begun = time.process_time()
from wuxiao.site.wsgi import application
asked = {
    "REQUEST_METHOD": "GET", "PATH_INFO": "/", "QUERY_STRING": "", "SCRIPT_NAME": "", "SERVER_NAME": "localhost",
    "SERVER_PORT": "80", "HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1", "wsgi.input": io.BytesIO(),
    "wsgi.errors": io.StringIO(), "wsgi.url_scheme": "http",
}
said = []
page = b"".join(application(asked, lambda status, headers, error=None: said.append(status)))
assert said == ["200 OK"], said
peak = int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
print(time.process_time() - begun, peak / 1024)
"""


def share(pid: int) -> float:
    """Return the memory of one process in MB, what it shares counted in parts."""
    found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def main(times: int = 5) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as scratch:
        town = Town(Path(scratch) / "town", "", {"WUXIAO_PROCESS": "web", "WUXIAO_DEMO": "1"})
        town.wuxiao("demo", "--small", seconds=600)
        measured = [town.python("-c", FIRST_PAGE).stdout.split() for _ in range(times)]
        cpu, peak = ([float(one[column]) for one in measured] for column in (0, 1))
        print(
            f"a web process to its first page (n={times}): CPU {min(cpu):.2f}-{max(cpu):.2f} s, peak {max(peak):.0f} MB"
        )
        del town.extra["WUXIAO_PROCESS"]
        town.start(WUXIAO_WEB_PROCESSES="2")
        time.sleep(30)
        pids = [town.process.pid if town.process else 0, *town.pids()]
        shares = [share(pid) for pid in pids]
        each = ", ".join(f"{one:.0f}" for one in shares)
        print(f"the town at rest, {len(pids)} processes, two of them web: {sum(shares):.0f} MB ({each})")
        town.stop()


if __name__ == "__main__":
    main()
