"""A crowd at slots: rounds of parallel tries at one slot of so many places, until a million were made.

Each round publishes an hour with `capacity` places, lets so many processes with so many threads try to book it for
cases that are there, and asks whether exactly that many bookings stand, the count fits and everybody else was told the
next offers. The town is the one of the environment (`WUXIAO_DATA_DIR`, `DATABASE_URL`); it must be empty, for its
bookings stay in it.

    python -m bench.soak_slots --tries 1000000 --capacity 7 --processes 4 --threads 8
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import timedelta
from typing import Any

#: Cases that try; each round they give back what they got.
CASES = 200


def _town() -> tuple[Any, list[int]]:
    from django.utils import timezone

    from bench import lives
    from wuxiao.desk.base.actor import RESIDENT
    from wuxiao.desk.matters import matters
    from wuxiao.desk.matters.matters import Report

    town, _ = lives.settle(timezone.now(), random.Random(1))
    cases = [
        matters.receive(Report(words=f"第{n}件：路灯不亮"), by=RESIDENT, at=timezone.now()).pk for n in range(CASES)
    ]
    return town, cases


def tries(slot: int, cases: list[int], count: int, threads: int, seed: int) -> Counter[str]:
    """Make so many tries from so many threads of this process and return what they came to."""
    from django.db import connections
    from django.utils import timezone

    from wuxiao.desk.base.actor import RESIDENT
    from wuxiao.desk.slots import book
    from wuxiao.desk.slots.book import Full

    found: Counter[str] = Counter()
    lock = threading.Lock()

    def run(number: int) -> None:
        lot, own = random.Random(seed * 1000 + number), Counter[str]()
        for _ in range(count // threads):
            try:
                book.book(lot.choice(cases), slot, by=RESIDENT, at=timezone.now())
                own["booked"] += 1
            except Full as full:
                own[f"full, {len(full.offers)} offers"] += 1
        connections.close_all()
        with lock:
            found.update(own)

    crowd = [threading.Thread(target=run, args=(n,)) for n in range(threads)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    return found


def round_of(town: Any, cases: list[int], each: int, args: argparse.Namespace, number: int) -> Counter[str]:
    """Publish an hour, let the processes at it, and say what stands afterwards; raises when it is one too many."""
    from django.utils import timezone

    from wuxiao.desk.base.actor import RESIDENT
    from wuxiao.desk.slots import book, keep
    from wuxiao.desk.slots.keep import Hours
    from wuxiao.records.models import Booking, Slot, Staff

    at = timezone.now()
    host = Staff.objects.get(username="chief")
    hours = [Hours(at + timedelta(hours=2 + n, seconds=number), at + timedelta(hours=3 + n)) for n in range(4)]
    slots = keep.create(
        "reception", hours, host=host, place="103", capacity=args.capacity, by=town.people["chief"], at=at
    )
    words = [sys.executable, "-m", "bench.soak_slots", "--slot", str(slots[0].pk), "--each", str(each)]
    words += ["--threads", str(args.threads), "--cases", json.dumps(cases)]
    crowd = [
        subprocess.Popen([*words, "--seed", str(number * 100 + n)], stdout=subprocess.PIPE, text=True)
        for n in range(args.processes)
    ]
    found: Counter[str] = Counter()
    for one in crowd:
        said, _ = one.communicate()
        if one.returncode:
            raise SystemExit(f"a process of round {number} ended with {one.returncode}")
        found.update(json.loads(said))
    held = list(Booking.objects.filter(slot=slots[0], state="booked"))
    taken = Slot.objects.get(pk=slots[0].pk).taken
    others = {name for name in found if name not in {"booked", "full, 3 offers"}}
    if not (len(held) == taken == args.capacity) or others:
        raise SystemExit(f"round {number}: {len(held)} bookings, {taken} taken of {args.capacity}; {dict(found)}")
    for one_held in held:
        book.release(one_held.pk, by=RESIDENT, at=timezone.now())
    for slot in slots:
        keep.cancel(slot.pk, "soak", by=town.people["chief"], at=timezone.now())
    return found


def main() -> int:
    """Run the crowd, or (called by itself, with `--slot`) be a part of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tries", type=int, default=1_000_000)
    parser.add_argument("--round", type=int, default=20_000, help="tries at one slot")
    parser.add_argument("--capacity", type=int, default=7)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--threads", type=int, default=8)
    for name in ("--slot", "--each", "--seed"):
        parser.add_argument(name, type=int, help=argparse.SUPPRESS)
    parser.add_argument("--cases", help=argparse.SUPPRESS)
    args = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wuxiao.site.settings")
    import django

    django.setup()
    if args.slot:
        print(json.dumps(tries(args.slot, json.loads(args.cases), args.each, args.threads, args.seed)))
        return 0
    from wuxiao.desk.audit import verify

    town, cases = _town()
    each = args.round // args.processes
    made, began, told = 0, time.monotonic(), Counter[str]()
    number = 0
    while made < args.tries:
        number += 1
        told.update(round_of(town, cases, each, args, number))
        made += each // args.threads * args.threads * args.processes
        print(f"{made} tries, {number} rounds, {time.monotonic() - began:.0f} s: {dict(told)}", flush=True)
    breaks = verify.verify().breaks
    print(f"verify: {len(breaks)} breaks")
    return 1 if breaks else 0


if __name__ == "__main__":
    sys.exit(main())
