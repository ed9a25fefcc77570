"""`make soak`: some minutes of residents, machines and staff at once against a running town whose processes are killed.

Afterwards everything acknowledged must be there once, the diary must verify, and the worker must have caught up. Only
127.0.0.1 is talked to; the town's data lives in a temporary folder (PostgreSQL: the database `DATABASE_URL` names,
which must be empty).

    python -m bench.soak --minutes 3 --clients 4
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

from bench import canary, grammar
from bench.where import ROOT
from tests.support.ports import free_port

_TOKEN = re.compile(r'name="(csrfmiddlewaretoken|key|version)" value="([^"]*)"')
PREPARE = """
import json, os, random, django
django.setup()
from django.utils import timezone
from bench import lives
from wuxiao.records.models import Staff
town, key = lives.settle(timezone.now(), random.Random(1))
person = Staff.objects.get(username="operator")
person.set_password(os.environ["SOAK_PASSWORD"])
person.save()
print(json.dumps({"key": key}))
"""


class Town:
    """The running processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.password = "soak-Town-2026"
        kept = {k: v for k, v in os.environ.items() if not k.startswith("WUXIAO_")}
        self.env = {
            **kept,
            "DJANGO_SETTINGS_MODULE": "wuxiao.site.settings",
            "WUXIAO_DATA_DIR": str(folder),
            "WUXIAO_BASE_URL": self.url,
            "WUXIAO_TRUSTED_PROXIES": "1",
            "PYTHONPATH": str(ROOT),
            "SOAK_PASSWORD": self.password,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def python(self, *arguments: str) -> str:
        """Run Python in the town's environment."""
        done = subprocess.run(
            [sys.executable, *arguments], env=self.env, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
        )
        return done.stdout

    def start(self) -> None:
        """Start web and worker and wait for the first answer."""
        log = (self.folder / "soak.log").open("ab")
        command = [sys.executable, "-m", "wuxiao.site.serve", "--port", str(self.port), "--data-dir", str(self.folder)]
        self.process = subprocess.Popen(command, env=self.env, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with contextlib.suppress(httpx.TransportError):
                httpx.get(self.url, timeout=5)
                return
            time.sleep(0.1)
        raise SystemExit(f"The town did not answer; see {self.folder / 'soak.log'}")

    def below(self, part: str) -> list[int]:
        """Processes under the supervisor whose command line holds `part`."""
        assert self.process is not None
        children: dict[int, list[int]] = {}
        for path in Path("/proc").iterdir():
            if path.name.isdigit():
                with contextlib.suppress(OSError, ValueError):
                    parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
                    children.setdefault(parent, []).append(int(path.name))
        found, todo = [], [self.process.pid]
        while todo:
            for pid in children.get(todo.pop(), []):
                todo.append(pid)
                with contextlib.suppress(OSError):
                    if part in (Path("/proc") / str(pid) / "cmdline").read_text():
                        found.append(pid)
        return found

    def kill(self, part: str) -> bool:
        """Kill the processes of one part outright."""
        pids = self.below(part)
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return bool(pids)

    def stop(self) -> None:
        """Ask everything to end."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)


class Load:
    """What the clients did and what was acknowledged."""

    def __init__(self, town: Town, key: str, seconds: float) -> None:
        self.town, self.key = town, key
        self.until = time.monotonic() + seconds
        self.numbers: dict[str, str] = {}
        self.done: Counter[str] = Counter()
        self.waits: list[float] = []
        self.faults: list[str] = []
        self.lock = threading.Lock()
        #: While something outside is broken people may be told to come again; nothing else that looks like a fault.
        self.trouble = False
        #: Whether residents leave a mail address too.
        self.email = False

    def ask(self, session: httpx.Client, method: str, path: str, **more: Any) -> httpx.Response | None:
        """Send one request; `None` when the connection broke (a process was just killed)."""
        begun = time.monotonic()
        try:
            answer = session.request(method, self.town.url + path, **more)
        except httpx.TransportError:
            with self.lock:
                self.done["broken connections"] += 1
            time.sleep(0.1)
            return None
        with self.lock:
            self.waits.append(time.monotonic() - begun)
            if answer.status_code == 503 and self.trouble and int(answer.headers.get("Retry-After") or 0) > 0:
                self.done["told to come again"] += 1
            elif answer.status_code >= 500:
                self.faults.append(f"{method} {path}: {answer.status_code}")
        if answer.status_code == 503:
            time.sleep(0.5)
        return answer

    def machine(self, n: int) -> None:
        """Create by the JSON API with the same key until acknowledged, then take a step."""
        dice = random.Random(n)
        with httpx.Client(timeout=30) as session:
            count = 0
            while time.monotonic() < self.until:
                once = f"soak-{n}-{count}"
                count += 1
                body = {"words": grammar.words(dice, "路灯"), "division": "990101001002", "phone": grammar.phone(dice)}
                headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": once}
                while True:
                    answer = self.ask(session, "POST", "/api/v1/matters", json=body, headers=headers)
                    if answer is not None and answer.status_code == 429:
                        time.sleep(1)
                    elif answer is not None and answer.status_code < 500:
                        break
                if answer.status_code not in (200, 201):
                    self.faults.append(f"create: {answer.status_code} {answer.text[:200]}")
                    return
                with self.lock:
                    self.numbers[once] = answer.json()["number"]
                    self.done["created by API"] += 1
                time.sleep(dice.uniform(0.5, 1.5))

    def resident(self, n: int) -> None:
        """Report by the pages, then look at the progress page."""
        dice = random.Random(1000 + n)
        count = 0
        while time.monotonic() < self.until:
            count += 1
            headers = {"X-Forwarded-For": f"10.{n}.{count >> 8 & 255}.{count & 255}", "Origin": self.town.url}
            with httpx.Client(timeout=30, headers=headers) as session:
                self._report(session, dice)
            time.sleep(dice.uniform(0.2, 0.8))

    def _report(self, session: httpx.Client, dice: random.Random) -> None:
        first = self.ask(session, "GET", "/new")
        if first is None or first.status_code != 200:
            return
        token = dict(_TOKEN.findall(first.text)).get("csrfmiddlewaretoken", "")
        words = f"{dice.choice(grammar.STREETS)}公交站牌掉了一块，{dice.choice(grammar.PLEASE)}。"
        reach = {"phone": f"139{dice.randrange(10**8):08}", "by_sms": "1"}
        if self.email:
            reach["email"] = f"resident{dice.randrange(10**9)}@soak.example"
        for path, values in (("/new", {"words": words}), ("/new/contact", reach)):
            if self.ask(session, "POST", path, data={"csrfmiddlewaretoken": token, **values}) is None:
                return
        check = self.ask(session, "GET", "/new/check")
        if check is None or check.status_code != 200:
            return
        fields = dict(_TOKEN.findall(check.text))
        for _ in range(40):
            # The same form again and again, as somebody does whose page does not answer.
            sent = self.ask(session, "POST", "/new/check", data=fields)
            if sent is not None and sent.status_code == 302 and "/p/" in sent.headers["location"]:
                code = sent.headers["location"].split("/p/")[1].split("/")[0]
                with self.lock:
                    self.numbers[f"code {code}"] = code
                    self.done["reported by residents"] += 1
                if self.ask(session, "GET", f"/p/{code}") is not None:
                    self.done["progress pages"] += 1
                return

    def staff(self, n: int) -> None:
        """Sign in, read the inbox, open matters, class and assign them."""
        dice = random.Random(2000 + n)
        session = httpx.Client(timeout=30, headers={"Origin": self.town.url})
        signed = False
        while time.monotonic() < self.until:
            if not signed:
                page = self.ask(session, "GET", "/staff/sign-in")
                if page is None:
                    continue
                fields = dict(_TOKEN.findall(page.text))
                given = {**fields, "username": "operator", "password": self.town.password}
                answer = self.ask(session, "POST", "/staff/sign-in", data=given)
                signed = answer is not None and answer.status_code == 302
                continue
            inbox = self.ask(session, "GET", "/staff/")
            if inbox is None:
                continue
            self.done["inbox pages"] += 1
            numbers = re.findall(r"/staff/m/(WX[0-9A-Z-]+)", inbox.text)
            if numbers:
                self._handle(session, dice.choice(numbers))
            search = self.ask(session, "GET", f"/staff/search?q={dice.choice(('路灯', '公交站牌', '老人'))}")
            self.done["searches"] += search is not None
            time.sleep(dice.uniform(0.1, 0.5))

    def _handle(self, session: httpx.Client, number: str) -> None:
        page = self.ask(session, "GET", f"/staff/m/{number}")
        if page is None or page.status_code != 200:
            return
        self.done["matter pages"] += 1
        fields = dict(_TOKEN.findall(page.text))
        given = {**fields, "words": "已看，等派单。"}
        answer = self.ask(session, "POST", f"/staff/m/{number}/note", data=given)
        if answer is not None:
            self.done[f"notes, {answer.status_code}"] += 1


def check(town: Town, load: Load) -> list[str]:
    """Return what is wrong after the load: lost, doubled, unsealed."""
    wrong = list(load.faults)
    verified = json.loads(town.python("-m", "wuxiao.site.cli", "verify", "--json"))
    wrong += [f"diary: {one}" for one in verified["breaks"]]
    if url := town.env.get("DATABASE_URL"):
        import psycopg

        with psycopg.connect(url) as connection:
            rows = connection.execute("SELECT number, code FROM records_matter").fetchall()
    else:
        with contextlib.closing(sqlite3.connect(town.folder / "wuxiao.sqlite3")) as lite:
            rows = lite.execute("SELECT number, code FROM records_matter").fetchall()
    there = {number for number, _ in rows} | {code for _, code in rows}
    lost = [name for name in load.numbers.values() if name not in there]
    wrong += [f"acknowledged and lost: {name}" for name in lost]
    doubled = [name for name, count in Counter(load.numbers.values()).items() if count > 1]
    wrong += [f"two requests, one matter: {name}" for name in doubled]
    # A resident whose last answer was cut off may have a matter without knowing its code, but never two of one form.
    unseen = len(rows) - len(load.numbers)
    load.done["matters"] = len(rows)
    load.done["made, answer never seen"] = unseen
    load.done["entries verified"] = verified["entries"]
    if unseen > load.done["broken connections"] + load.done["told to come again"] or unseen < 0:
        wrong.append(f"{len(rows)} matters for {len(load.numbers)} acknowledged reports")
    return wrong


def main(argv: Sequence[str] | None = None) -> int:
    """Run the soak; returns 0 when nothing was lost, doubled or unsealed. First words: `canary`, `trouble`, `tests`."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["canary"]:
        return canary.main(words[1:])
    if words[:1] == ["trouble"]:
        from bench import soak_troubles

        return soak_troubles.main(words[1:])
    if words[:1] == ["tests"]:
        # Every test on both databases, and all that `make test` draws a sample of.
        return subprocess.run([sys.executable, ROOT / "tools" / "test.py", "--whole", *words[1:]]).returncode
    parser = argparse.ArgumentParser(prog="python -m bench.soak")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--clients", type=int, default=3, help="of each kind: residents, machines, staff")
    parser.add_argument("--kill-every", type=float, default=20.0, help="seconds between kills, on average")
    given = parser.parse_args(argv)
    folder = Path(tempfile.mkdtemp(prefix="wuxiao-soak-"))
    town = Town(folder)
    dice = random.Random(11)
    kills: Counter[str] = Counter()
    try:
        town.python("-m", "wuxiao.site.cli", "migrate")
        key = json.loads(town.python("-c", PREPARE))["key"]
        town.start()
        load = Load(town, key, min(given.minutes, 120) * 60)
        threads = [
            threading.Thread(target=kind, args=(n,), daemon=True)
            for kind in (load.machine, load.resident, load.staff)
            for n in range(given.clients)
        ]
        for thread in threads:
            thread.start()
        while time.monotonic() < load.until:
            time.sleep(min(dice.expovariate(1 / given.kill_every), max(0.1, load.until - time.monotonic())))
            part = dice.choice(("granian", "wuxiao.site.cli"))
            if town.kill(part):
                kills["web killed" if part == "granian" else "worker killed"] += 1
        for thread in threads:
            thread.join(120)
        time.sleep(3)
        town.stop()
        wrong = check(town, load)
    finally:
        town.stop()
    waits = sorted(load.waits) or [0.0]
    print(f"{given.minutes:g} minutes, {3 * given.clients} clients")
    for name, count in [*sorted(load.done.items()), *sorted(kills.items())]:
        print(f"  {name:28} {count}")
    middle, late = waits[len(waits) // 2], waits[int(len(waits) * 0.99)]
    print(f"  requests {len(waits)}, p50 {middle * 1000:.0f} ms, p99 {late * 1000:.0f} ms, longest {waits[-1]:.1f} s")
    for line in wrong[:20]:
        print(f"WRONG: {line}")
    if wrong:
        print(f"Kept for looking: {folder}")
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    print("Nothing acknowledged was lost or doubled; the diary verifies.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
