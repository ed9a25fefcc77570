"""Real requests replayed: through promises and figures beside a straight count, and against a running server."""

from __future__ import annotations

import csv
import gzip
import itertools
import json
import threading
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.town import Town as ServedTown
from wuxiao.desk.base.errors import Invalid, Refused
from wuxiao.feeds.replay import figures
from wuxiao.feeds.replay.against import Burst, burst, local, requests_of
from wuxiao.feeds.sheets.sources import SOURCES
from wuxiao.records.models import BookVersion, Matter
from wuxiao.rules import book as rulebook

WRITTEN = "%m/%d/%Y %I:%M:%S %p"
BALTIMORE = "SRRecordID,SRType,MethodReceived,CreatedDate,SRStatus,DueDate,CloseDate,Address,Latitude,Longitude\n"
ROWS = (
    "1,SW-Dirty Alley,Phone,04/16/2018 05:30:13 AM,Closed,04/23/2018 05:30:13 AM,04/23/2018 05:30:13 AM,A,39.0,-77.0\n"
    "2,SW-Dirty Alley,API,04/16/2018 05:30:13 AM,Closed,04/23/2018 05:30:13 AM,04/23/2018 05:30:14 AM,A ST,39.3,-76.6\n"
    "3,TRM-Pothole Repair,Web,10/13/2014 04:09:22 PM,Closed,10/13/2014 04:09:22 PM,10/13/2014 04:09:22 PM,,,\n"
    "4,XX-New,Web,10/13/2014 04:09:22 PM,Closed,,10/14/2014 04:09:22 PM,,,\n"
    "5,XX-New,Web,10/13/2014 04:09:22 PM,Open,10/15/2014 04:09:22 PM,,,,\n"
    "6,XX-New,Web,10/13/2014 04:09:22 PM,Closed (Duplicate),10/15/2014 04:09:22 PM,10/19/2014 04:09:22 PM,,,\n"
    "7,XX-New,Web,10/13/2014 04:09:22 PM,Closed (Transferred),10/15/2014 04:09:22 PM,10/19/2014 04:09:22 PM,,,\n"
)


@pytest.fixture
def empty(settings: Any, tmp_path: Path, transactional_db: None) -> Path:
    settings.DATA_DIR = tmp_path
    from wuxiao.desk.town import books

    books.forget()
    return tmp_path


def test_figures_say_what_a_count_over_the_rows_says(empty: Path) -> None:
    path = empty / "b.csv"
    path.write_text(BALTIMORE + ROWS)
    found = figures.replay([path], "baltimore", "given")
    assert (found.answered, found.overdue, found.on_time) == (3, 1, 2)
    assert (found.merged, found.declined, found.overdue_open) == (1, 1, 1)
    assert found.refused == 1, "the row without a date is not what is asked about"
    assert found.direct["answered"] == 3
    assert found.direct["without"] == 1
    assert found.agrees
    placeholder, true = Matter.objects.filter(external_id__in=["1", "2"]).order_by("external_id")
    assert placeholder.lat is None, "the placeholder of the set is no place"
    assert true.lat == 39.3
    assert Matter.objects.get(external_id="3").category == "traffic.road.city"
    for kind in ("given", "own"):
        with pytest.raises(Refused, match="a replay needs a town of its own, without matters"):
            figures.replay([path], "baltimore", kind)


def test_a_set_without_dates_of_its_own_is_not_replayed_under_them(empty: Path) -> None:
    without = next(name for name in SOURCES if figures.kinds_of(name) == ["own"])
    path = empty / "b.csv"
    path.write_text(BALTIMORE + ROWS)
    with pytest.raises(Refused, match="a replay needs a town of its own"):
        figures.replay([path], without, "given")
    assert not Matter.objects.exists()
    assert not BookVersion.objects.exists(), "nothing was begun"


def test_in_its_own_zone_a_summer_time_hour_changes_nobody(empty: Path) -> None:
    path = empty / "b.csv"
    row = "{},XX,Web,11/03/2018 11:00:00 PM,Closed,11/04/2018 {} AM,11/04/2018 {} AM,,,\n"
    path.write_text(BALTIMORE + row.format(1, "05:00:00", "05:00:01") + row.format(2, "05:00:00", "04:59:59"))
    found = figures.replay([path], "baltimore", "given", real_zone=True)
    assert (found.answered, found.overdue) == (2, 1)
    assert found.agrees
    due = Matter.objects.get(external_id="1").due_at
    assert due is not None
    assert due.isoformat() == "2018-11-04T10:00:00+00:00"


def test_our_own_promise_on_top(empty: Path) -> None:
    path = empty / "b.csv"
    path.write_text(BALTIMORE + ROWS)
    found = figures.replay([path], "baltimore", "own", profile="beijing_draft_2021")
    assert found.profile == "beijing_draft_2021"
    assert (found.made, found.answered) == (7, 4)
    first = Matter.objects.get(external_id="1")
    assert first.due_at is not None
    assert first.due_at.isoformat() == "2018-04-23T10:00:00+00:00", "seven calendar days, when offices here close"
    assert figures.kinds_of("hotline") == ["own"]
    with pytest.raises(Invalid):
        figures.kinds_of("nowhere")
    with pytest.raises(Invalid):
        figures.book_text("nowhere")


@pytest.mark.data
@pytest.mark.slow
def test_baltimore_overdue_by_its_own_dates(empty: Path, shared_data: Path) -> None:
    """1,500 rows of the set, counted here by nothing but the csv module."""
    part = empty / "part.csv.gz"
    with gzip.open(shared_data / "requests_311" / "baltimore_dev.csv.gz", "rt", encoding="utf-8") as source:
        rows = list(itertools.islice(csv.DictReader(source), 1500))
    with gzip.open(part, "wt", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    dated = [r for r in rows if r["SRStatus"] == "Closed" and r["DueDate"]]
    late = sum(datetime.strptime(r["CloseDate"], WRITTEN) > datetime.strptime(r["DueDate"], WRITTEN) for r in dated)
    found = figures.replay([part], "baltimore", "given")
    assert (found.answered, found.overdue) == (len(dated), late)
    assert found.agrees
    assert 0.10 < found.overdue_share < 0.25, "16.4 % of the whole set"


@pytest.mark.data
@pytest.mark.slow
def test_labelled_messages_come_in_under_our_branches(empty: Path, shared_data: Path) -> None:
    path = empty / "h.csv"
    text = (shared_data / "hotline" / "messages_raw_dev.csv").read_text(encoding="utf-8-sig")
    rows = list(itertools.islice(csv.DictReader(text.splitlines(keepends=True)), 120))
    with path.open("w", encoding="gb18030", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    found = figures.replay([path], "hotline", "own")
    assert found.made == 120
    assert found.routed == 120, "each has a proposed unit"
    branches = {b for codes in SOURCES["hotline"].plan().categories.values() for b in codes.split("|")}
    assert set(found.categories) <= branches


def test_only_this_machine_is_ever_addressed(tmp_path: Path) -> None:
    assert local("http://127.0.0.1:8000/") == "http://127.0.0.1:8000"
    for url in ("http://example.org", "https://127.0.0.1", "http://127.0.0.1.example.org", "ftp://localhost", "x"):
        with pytest.raises(Invalid):
            local(url)
    with pytest.raises(Invalid):
        burst([tmp_path / "x.csv"], "la", "http://127.0.0.1:1", speed=0)


LA = "SRNumber,CreatedDate,RequestType,Status,RequestSource,Address,ServiceDate,ClosedDate,Latitude,Longitude\n"


def la_rows(count: int) -> str:
    return LA + "".join(
        f"1-{n},01/01/2018 12:{n // 60:02d}:{n % 60:02d} AM,Bulky Items,Closed,Call,{n} S BERENDO ST,,,,\n"
        for n in reversed(range(count))
    )


def test_requests_go_in_the_order_in_which_they_happened(tmp_path: Path) -> None:
    path = tmp_path / "la.csv"
    path.write_text(la_rows(10) + la_rows(3).removeprefix(LA))
    found = requests_of([path], "la", "run", 5)
    assert [r.number for r in found] == ["1-0", "1-1", "1-2", "1-3", "1-4"]
    assert found[1].at - found[0].at == 1
    assert found[0].body == {"words": "Bulky Items", "external_id": "run:1-0", "place": "0 S BERENDO ST"}


KEY = (
    "import django; django.setup(); from django.utils import timezone; from wuxiao.desk.doors import keys; "
    "from wuxiao.desk.base.actor import SYSTEM; "
    "print(keys.create_key('burst', 'hotline', ['read', 'receive'], by=SYSTEM, at=timezone.now())[1])"
)


@pytest.mark.alone
def test_a_burst_loses_and_doubles_nothing_though_the_server_is_killed(
    served_empty: ServedTown, tmp_path: Path
) -> None:
    served = served_empty
    text = (Path(rulebook.__file__).parent / "book.toml").read_text(encoding="utf-8")
    assert "\napi_per_minute = 120\n" in text
    book = tmp_path / "book.toml"
    book.write_text(text.replace("\napi_per_minute = 120\n", "\napi_per_minute = 100000\n"), encoding="utf-8")
    served.stop()
    served.wuxiao("init", "--book", str(book), "--admin", "boss", "--name", "老王", "--unit", "data_bureau",
                  "--password", "Zx8!kkqp-27aa")  # fmt: skip
    served.start()
    key = served.python("-c", KEY).stdout.strip()
    path = tmp_path / "la.csv"
    path.write_text(la_rows(240))
    found: list[Burst] = []
    sending = threading.Thread(
        target=lambda: found.append(burst([path], "la", served.base_url, speed=20, key=key, run="r1"))
    )
    sending.start()
    # Killed in the middle: some have come in, and as many have not.
    until = time.monotonic() + 120
    while served.rows("SELECT count(*) AS n FROM records_matter")[0]["n"] < 20:
        assert time.monotonic() < until, served.log()
        time.sleep(0.05)
    served.kill_web()
    sending.join(180)
    assert found
    assert found[0].whole, found[0].to_json()
    assert found[0].sent_twice == 12
    assert found[0].retried > 0, "the kill was felt"
    assert served.rows("SELECT count(*) AS n FROM records_matter")[0]["n"] == 240
    again = burst([path], "la", served.base_url, speed=2000, key=key, run="r1")
    assert again.whole
    assert served.rows("SELECT count(*) AS n FROM records_matter")[0]["n"] == 240, "the same run makes nothing new"
    assert json.dumps(again.to_json())
    assert any("found once 240" in line for line in again.say())
