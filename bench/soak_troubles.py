"""`python -m bench.soak trouble far|disk|postgres`: what goes wrong outside while residents, machines and staff work.

far: the gateway of text messages and the mail server are slow, busy, down, or take a message and hang up. disk: the
data folder lies on a small disk of its own, which is filled to the last byte again and again. postgres: the server is
stopped (politely and outright) and started again. All of it is real; what is missing on a machine is said. Afterwards
everything acknowledged is there once, the diary verifies, no message went out twice or was lost, nothing half-written
lies about, and nobody was shown an error where asking again would have helped: such requests are told when to come
again (503).
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bench.soak import PREPARE, Load, Town, check
from tests.support import postgres
from tests.support.gateway import Gateway
from tests.support.mail import MailServer

KINDS = ("far", "disk", "postgres")
#: The small disk: enough for a town and its work, little enough to be filled in a moment.
DISK_MB = 300
IN_THE_NAMESPACE = "SOAK_OWN_MOUNTS"


def _far(town: Town, load: Load, dice: random.Random, gateway: Gateway, mails: MailServer) -> Counter[str]:
    """Change how the far ends behave until the load is over, then let them be well."""
    met: Counter[str] = Counter()
    while time.monotonic() < load.until:
        gateway.mode = dice.choice(("ok", "slow", "down", "busy", "take_and_drop"))
        gateway.delay = dice.uniform(1.0, 20.0)
        mails.mode = dice.choice(("ok", "busy", "take_and_drop"))
        met[f"gateway {gateway.mode}"] += 1
        met[f"mail {mails.mode}"] += 1
        time.sleep(dice.uniform(3.0, 8.0))
    gateway.mode = mails.mode = "ok"
    return met


def _messages(town: Town, gateway: Gateway, mails: MailServer, seconds: float) -> list[str]:
    """Wait until no message waits any more; return what is wrong: lost, doubled, never decided.

    What waits for its next try is brought forward, or a far end that was down for long would be waited for by hours.
    """
    until = time.monotonic() + seconds
    asked = "from wuxiao.records.models import Message; from django.utils import timezone; "
    forward = "Message.objects.filter(state='queued').update(next_at=timezone.now()); "
    counted = "print(Message.objects.filter(state__in=['queued', 'sending']).count())"
    setup = "import django; django.setup(); "
    left = 1
    while left and time.monotonic() < until:
        left = int(town.python("-c", setup + asked + forward + counted))
        time.sleep(2)
    states = "print(json.dumps(list(Message.objects.values_list('way', 'state', 'key'))))"
    rows = json.loads(town.python("-c", f"import json; {setup}{asked}{states}"))
    wrong = [f"message {key} still {state}" for _, state, key in rows if state in {"queued", "sending"}]
    sent = {key for way, state, key in rows if way == "sms" and state == "sent"}
    wrong += [f"text {key} is said to be sent and never arrived" for key in sorted(sent - set(gateway.accepted))]
    unknown = sorted(set(gateway.accepted) - {key for way, _, key in rows if way == "sms"})
    wrong += [f"text {key} went out and nobody wrote it" for key in unknown]
    twice = [one for one, count in Counter(mails.deliveries).items() if count > 1]
    wrong += [f"mail {one} arrived twice" for one in twice]
    if not sent or not mails.mails:
        wrong.append(f"nothing was sent at all: {len(sent)} texts, {len(mails.mails)} mails")
    return wrong


def _disk(town: Town, load: Load, dice: random.Random) -> Counter[str]:
    """Fill the disk to the last byte, hold it full for some seconds, and make room again."""
    met: Counter[str] = Counter()
    ballast = town.folder.parent / "ballast"
    while time.monotonic() < load.until - 3:
        time.sleep(dice.uniform(2.0, 6.0))
        load.trouble = True
        with ballast.open("wb", buffering=0) as file:
            until, held = float("inf"), dice.uniform(2.0, 6.0)
            piece = 1 << 20
            while time.monotonic() < until:
                try:
                    file.write(b"\0" * piece)
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    if piece > 4096:
                        piece >>= 1
                        continue
                    # Full to the last page; what is freed meanwhile is taken at once, for as long as it is held.
                    until = min(until, time.monotonic() + held)
                    met["moments without a byte"] += 1
                    time.sleep(0.02)
        ballast.unlink()
        met["disk full"] += 1
        # Who came in the last moment of it is still waiting for an answer.
        time.sleep(2)
        load.trouble = False
    return met


def _postgres(town: Town, load: Load, dice: random.Random, url: str) -> Counter[str]:
    """Restart the server under the load: politely (fast) or as a crash does (immediate)."""
    met: Counter[str] = Counter()
    while time.monotonic() < load.until - 5:
        time.sleep(dice.uniform(3.0, 8.0))
        how = dice.choice(("fast", "immediate"))
        load.trouble = True
        postgres.halt(url, how)
        time.sleep(dice.uniform(0.0, 4.0))
        postgres.again(url)
        met[f"server stopped ({how})"] += 1
        time.sleep(6)
        load.trouble = False
    return met


def _half_written(folder: Path) -> list[str]:
    """Files under a passing name: whoever wrote them was to put them in place or take them away."""
    return [
        f"left half-written: {path.relative_to(folder)}" for path in folder.rglob("*.part") if "run" not in path.parts
    ]


@contextlib.contextmanager
def _folder(kind: str) -> Iterator[Path]:
    """A folder for the town; for the full disk on a small disk of its own, seen by this process alone."""
    place = Path(tempfile.mkdtemp(prefix=f"wuxiao-soak-{kind}-"))
    mounted = False
    try:
        if kind == "disk":
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m,mode=700", "none", str(place)], check=True)
            mounted = True
        (place / "town").mkdir(mode=0o700)
        yield place / "town"
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(place)], check=False)
        shutil.rmtree(place, ignore_errors=True)


def _alone(argv: Sequence[str]) -> int | None:
    """Run the full disk in a mount namespace of its own; `None` if this is it already, 3 where there can be none."""
    if os.environ.get(IN_THE_NAMESPACE):
        return None
    for how in ((["-m"] if os.geteuid() == 0 else ["-rm"]), ["-rm"]):
        if shutil.which("unshare") and subprocess.run(["unshare", *how, "true"], capture_output=True).returncode == 0:
            command = ["unshare", *how, sys.executable, "-m", "bench.soak", "trouble", *argv]
            return subprocess.run(command, env={**os.environ, IN_THE_NAMESPACE: "1"}).returncode
    print("disk: this machine allows no mount of one's own (unshare); not tried")
    return 3


def run(kind: str, minutes: float, clients: int, seed: int) -> int:
    """One kind of trouble; returns 0 when nothing is wrong."""
    dice = random.Random(f"{seed}-{kind}")
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(_folder(kind))
        town = Town(folder)
        town.env.pop("DATABASE_URL", None)
        gateway, mails = stack.enter_context(Gateway()), stack.enter_context(MailServer())
        toml = folder / "gateway.toml"
        toml.write_text(
            f'url = "{gateway.url}/messages"\nkey_header = "Idempotency-Key"\n'
            f'status_url = "{gateway.url}/messages/{{key}}"\nstate_field = "status"\nsent_when = ["delivered"]\n'
            'id_field = "id"\nbody = { to = "{to}", text = "{text}" }\n[taken]\nfield = "status"\n'
            'values = ["delivered"]\n',
            encoding="utf-8",
        )
        toml.chmod(0o600)
        town.env |= {"WUXIAO_SMS_GATEWAY": str(toml), "WUXIAO_MAIL_URL": mails.url}
        url = ""
        if kind == "postgres":
            url = postgres.start()
            stack.callback(postgres.stop)
            stack.callback(postgres.halt, url, "immediate")
            town.env["DATABASE_URL"] = url
        town.python("-m", "wuxiao.site.cli", "migrate")
        key = json.loads(town.python("-c", PREPARE))["key"]
        stack.callback(town.stop)
        town.start()
        load = Load(town, key, minutes * 60)
        load.email = True
        troubles: dict[str, Callable[[], Counter[str]]] = {
            "far": lambda: _far(town, load, dice, gateway, mails),
            "disk": lambda: _disk(town, load, dice),
            "postgres": lambda: _postgres(town, load, dice, url),
        }
        threads = [
            threading.Thread(target=one, args=(n,), daemon=True)
            for one in (load.machine, load.resident, load.staff)
            for n in range(clients)
        ]
        for thread in threads:
            thread.start()
        met = troubles[kind]()
        for thread in threads:
            thread.join(120)
        wrong = [] if not any(thread.is_alive() for thread in threads) else ["a client never came to its end"]
        wrong += _messages(town, gateway, mails, 180)
        town.stop()
        wrong += check(town, load) + _half_written(folder)
        waits = sorted(load.waits) or [0.0]
        print(f"{kind}: {minutes:g} minutes, {3 * clients} clients")
        for name, count in [*sorted(load.done.items()), *sorted(met.items())]:
            print(f"  {name:28} {count}")
        print(f"  texts out {len(gateway.accepted)}, asked {len(gateway.attempts)}; mails out {len(mails.mails)}")
        middle, late = waits[len(waits) // 2], waits[int(len(waits) * 0.99)]
        print(
            f"  requests {len(waits)}, p50 {middle * 1000:.0f} ms, p99 {late * 1000:.0f} ms, longest {waits[-1]:.1f} s"
        )
        for line in wrong[:20]:
            print(f"WRONG: {line}")
        if wrong:
            log = (folder / "soak.log").read_text(errors="replace").splitlines()
            print("\n".join(f"log: {line}" for line in log[-60:]))
        else:
            print("Nothing acknowledged was lost or doubled; the diary verifies.")
        return 1 if wrong else 0


def main(argv: Sequence[str]) -> int:
    """Run some kinds of trouble one after the other; returns 0 when nothing is wrong, 3 when one could not be tried."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak trouble")
    parser.add_argument("kind", nargs="*", choices=[*KINDS, []], help="all where none is named")
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--clients", type=int, default=2, help="of each kind: residents, machines, staff")
    parser.add_argument("--seed", type=int, default=11)
    given = parser.parse_args(argv)
    worst = 0
    for kind in given.kind or KINDS:
        options = ["--minutes", str(given.minutes), "--clients", str(given.clients), "--seed", str(given.seed)]
        code = _alone([kind, *options]) if kind == "disk" else None
        try:
            worst = max(worst, run(kind, given.minutes, given.clients, given.seed) if code is None else code)
        except postgres.NoPostgres as reason:
            print(f"postgres: {reason}")
            worst = max(worst, 3)
    return worst
