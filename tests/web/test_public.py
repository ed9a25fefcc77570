"""The public pages: what they say, what they withhold, what they cost, and that both languages say it."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.desk.people import MONDAY, settle
from wuxiao.desk.base.actor import SYSTEM
from wuxiao.desk.diary import checkpoints, diary
from wuxiao.desk.matters import figures
from wuxiao.desk.town import books
from wuxiao.records.models import BookVersion, Entry, Matter
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.measures import MEASURES, Tally
from wuxiao.rules.measures.published import build, by_kind, data
from wuxiao.web.public.opendata import safe

pytestmark = [pytest.mark.django_db, pytest.mark.either]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OCTOBER = datetime(2026, 10, 1, 9, 0, tzinfo=SHANGHAI)
NOW = datetime(2026, 11, 10, 12, 0, tzinfo=SHANGHAI)
PAGES = ("/report", "/report/2026-10", "/report/definitions", "/report/data", "/report/checkpoints")

#: Category → (kind, matters in October, of them solved). Small ones on purpose.
MONTH = {
    "env.noise.construction": ("request", 60, 41),
    "env.noise.life": ("request", 3, 2),
    "env.water.discharge": ("request", 35, 30),
    "traffic.parking.space": ("request", 48, 20),
    "labour.insurance.injury": ("request", 40, 33),
    "social.family.funeral": ("request", 2, 1),
    "hazard": ("hazard", 70, 66),
    "conduct": ("conduct_problem", 4, 1),
    "dispute": ("dispute", 31, 9),
}


def _matter(number: int, kind: str, category: str, received: datetime, **more: Any) -> Matter:
    book = BookVersion.objects.latest("id")
    values: dict[str, Any] = {
        "code": f"{number:020d}", "number": f"T{number}", "kind": kind, "category": category, "channel": "web",
        "handling_class": "complaint", "state": "closed", "outcome": "answered", "holder": "urban_mgmt",
        "holder_since": received, "received_at": received, "changed_at": received, "due_at": received + 7 * DAY,
        "answered_at": received + DAY, "closed_at": received + 2 * DAY, "book": book,
    }  # fmt: skip
    return Matter(**values | more)


@pytest.fixture
def town(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    settle()
    monkeypatch.setattr("wuxiao.web.public.base.now", lambda: NOW)


class Undone(Exception):
    """Ends a transaction that nobody wants to keep."""


def two_months() -> None:
    """October as in `MONTH`, a September of four fifths of it, and their figures."""
    rows, number = [], 0
    for back, scale in ((0, 1.0), (1, 0.8)):
        for category, (kind, count, solved) in MONTH.items():
            for n in range(round(count * scale)):
                at = OCTOBER - back * 30 * DAY + (n % 24) * DAY
                ended = at + (9 * DAY if n % 17 == 0 else DAY)
                rows.append(
                    _matter(
                        number, kind, category, at,
                        solved=n < solved, satisfied=5 if n < solved else 2, contacted=True, rated_by="resident",
                        answered_at=ended, closed_at=ended,
                        channel="phone" if n % 3 else "web",
                    )
                )  # fmt: skip
                number += 1
    Matter.objects.bulk_create(rows)
    figures.refresh(at=NOW)


@pytest.fixture(scope="class")
def month(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A town with these months, taken back when the tests of a class are over."""
    with django_db_blocker.unblock(), contextlib.suppress(Undone), transaction.atomic():
        settle()
        two_months()
        yield
        raise Undone


@pytest.fixture
def _in_october(month: None, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody looks in November, with nothing remembered from another test."""
    books.forget()
    monkeypatch.setattr("wuxiao.web.public.base.now", lambda: NOW)


def _open(path: str, lang: str = "zh-hans", status: int = 200) -> Any:
    client = Client()
    client.cookies["lang"] = lang
    found = client.get(path)
    assert found.status_code == status, (path, found.status_code)
    return found


def _words(found: Any) -> str:
    text = re.sub(r"<(script|style|title|desc)\b.*?</\1>", " ", found.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


@pytest.mark.parametrize("lang", ["zh-hans", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_a_new_town_has_every_page(town: None, path: str, lang: str) -> None:
    if path == "/report/2026-10":
        _open(path, lang, 404)
        return
    assert "<h1>" in _open(path, lang).content.decode()
    figures.refresh(at=NOW)
    assert "<h1>" in _open(path, lang).content.decode()


def test_before_the_worker_counted_nothing_is_claimed(town: None) -> None:
    assert "数还没有算好" in _words(_open("/report"))
    figures.refresh(at=NOW)
    assert "还没有收到过事项" in _words(_open("/report"))


# ------------------------------------------------------------------------------------------------- what is withheld


def _csv(path: str = "/report/data.csv?month=2026-10") -> list[dict[str, str]]:
    text = _open(path).content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_a_month_of_few_matters_is_not_broken_down(town: None) -> None:
    Matter.objects.bulk_create([_matter(n, "request", "env.noise.life", OCTOBER) for n in range(3)])
    figures.refresh(at=NOW)
    rows = _csv()
    assert [(row["measure"], row["value"], row["withheld"]) for row in rows] == [("received", "", "small")]
    page = _words(_open("/report/2026-10"))
    assert "不到 5 件" in page
    assert "生活噪声" not in page


def test_spreadsheets_run_nothing() -> None:
    assert safe("=HYPERLINK(1)") == "'=HYPERLINK(1)"
    assert [safe(x) for x in ("+1", "-1", "@a", "\t=1", "＝1", "噪声", -1, 0.25, None)] == [
        "'+1", "'-1", "'@a", "'\t=1", "'＝1", "噪声", "-1", "0.25", "",
    ]  # fmt: skip


def test_units_stand_by_name_above_the_minimum_with_what_their_mix_would_bring(town: None) -> None:
    book = books.current(NOW).book
    units = {
        ("urban_mgmt", "complaint"): Tally(answered=100, on_time=60),
        ("urban_mgmt", "enquiry"): Tally(answered=100, on_time=90),
        ("hotline", "enquiry"): Tally(answered=300, on_time=290),
        ("hrss", "complaint"): Tally(answered=100, on_time=80),
        ("gov", "complaint"): Tally(answered=29, on_time=29),
    }
    cells = {("request", "other"): Tally(received=700, answered=629, on_time=549)}
    made = build(
        "2026-10", NOW, cells, book, over=True, final=False, channels={}, units=units, received_by_day=[],
        answered_by_day=[],
    )  # fmt: skip
    assert [u.code for u in made.units] == sorted(
        ("urban_mgmt", "hotline", "hrss"), key=lambda code: book.units[code].name.zh
    )
    urban = next(u for u in made.units if u.code == "urban_mgmt")
    assert urban.shares["on_time"].share == pytest.approx(0.75)
    complaint, enquiry = (60 + 80 + 29) / 229, (90 + 290) / 400
    assert urban.expected["on_time"] == pytest.approx((100 * complaint + 100 * enquiry) / 200)


def test_how_long_open_ones_wait_is_drawn_without_a_small_band(town: None) -> None:
    from wuxiao.web.public.views import _open as open_chart

    def bands(*counts: int) -> list[list[str]] | None:
        names = dict(zip(("d5", "d15", "d30", "older"), counts, strict=True))
        chart = open_chart(figures.Index(NOW, {}, {"n": sum(counts), **names}), 5)
        return chart.rows if chart is not None else None

    assert bands(15, 7, 5, 9) == [["5 天以内", "15"], ["6–15 天", "7"], ["16–30 天", "5"], ["30 天以上", "9"]]
    assert bands(15, 7, 1, 2) == [["5 天以内", "15"], ["5 天以上", "10"]]
    assert bands(15, 7, 3, 2) == [["5 天以内", "15"], ["6–15 天", "7"], ["15 天以上", "5"]]
    assert bands(4, 7, 0, 9) == [["15 天以内", "11"], ["16–30 天", "0"], ["30 天以上", "9"]]
    assert bands(15, 1, 0, 2) is None
    assert bands(1, 1, 1, 1) is None
    assert bands(0, 0, 0, 0) is None


def test_a_month_that_is_not_over_stands_apart_and_years_are_named() -> None:
    from wuxiao.web.shared import charts

    line = [charts.Line("收到", [5, 6, 7, 2])]
    labels, eras = ["11月", "12月", "1月", "2月"], ["2025", "2025", "2026", "2026"]
    done = charts.lines("t", labels, line, eras=eras)
    growing = charts.lines("t", labels, line, eras=eras, unfinished="未完")
    for chart, legs in ((done, 3), (growing, 2)):
        paths = re.findall(r'<path class="l0" d="([^"]*)"', chart.wide)
        assert [d.count("L") for d in paths] == [legs]
        assert [chart.wide.count(f">{year}<") for year in ("2025", "2026")] == [1, 1]
    assert ("hollow" in done.wide, "hollow" in growing.wide) == (False, True)
    assert "2 未完" in growing.wide
    small = charts.small_multiples("t", labels, line, unfinished=True)
    assert [d.count("L") for d in re.findall(r'<path class="l0" d="([^"]*)"', small.wide)] == [2]


def test_days_are_drawn_only_where_no_day_is_small(town: None) -> None:
    book = books.current(NOW).book

    def stretches(received: list[int], answered: list[int]) -> list[tuple[int, int, int]]:
        made = build(
            "2026-10", NOW, {("request", "other"): Tally(received=sum(received))}, book, over=True, final=False,
            channels={}, units={}, received_by_day=received, answered_by_day=answered,
        )  # fmt: skip
        return [(s.first, s.last, s.received) for s in made.stretches]

    assert stretches([9] * 31, [7, 0] * 15 + [7])[0] == (1, 1, 9)
    weekly = stretches([2] * 31, [3] * 31)
    assert weekly == [(1, 7, 14), (8, 14, 14), (15, 21, 14), (22, 31, 20)]
    assert stretches([0] * 30 + [2], [0] * 31) == []


# ------------------------------------------------------------------------------------------------------ checkpoints


def _by_the_page(page: str) -> Callable[[str, int, int, list[str]], str]:
    """The lines of program printed on the page, run as a reader would."""
    import html

    code = re.search(r"<pre[^>]*><code>(.*?)</code></pre>", page, re.S)
    assert code is not None
    space: dict[str, Any] = {}
    exec(html.unescape(code.group(1)), space)
    return space["root"]  # type: ignore[no-any-return]


@pytest.mark.parametrize("lang", ["zh-hans", "en"])
def test_a_reader_can_check_an_entry_with_what_the_page_prints(town: None, lang: str) -> None:
    for n in range(37):
        diary.write_town("sign_in", by=SYSTEM, at=MONDAY, facts={"who": str(n)})
    checkpoints.grow(at=MONDAY)
    page = _open("/report/checkpoints", lang).content.decode()
    root = _by_the_page(page)
    published = json.loads(_open("/report/checkpoints.json").content)["checkpoints"][0]
    assert re.sub(r"<wbr>", "", page).count(published["root"]) == 1
    for entry in Entry.objects.order_by("leaf"):
        found = json.loads(_open(f"/report/proof/{entry.leaf}").content)
        assert set(found) == {"leaf", "size", "root", "at", "path", "note"}
        assert found["root"] == published["root"]
        assert entry.leaf is not None
        assert root(entry.seal, entry.leaf, found["size"], found["path"]) == published["root"]
        assert entry.seal not in json.dumps(found), "the seal itself is the holder's"
    _open("/report/proof/100000", status=404)


def test_each_month_can_be_taken_by_itself_and_a_new_town_says_there_is_none_yet(
    town: None,
) -> None:
    def files() -> tuple[list[str], bool]:
        page = _open("/report/data").content.decode()
        return re.findall(r'href="(/report/[^"]*[?]month=[^"]*)"', page), "还没有。" in page

    assert files() == ([], True)
    two_months()
    index = figures.index()
    assert index is not None
    assert len(index.months) > 1
    wanted = [
        f"/report/data.{form}?month={name}" for name in sorted(index.months, reverse=True) for form in ("csv", "json")
    ]
    assert files() == (wanted, False)
    for address in wanted:
        _open(address)


@pytest.mark.usefixtures("_in_october")
class TestAMonth:
    """What is said of a month; built once for all of them, who only look."""

    def test_a_month_says_in_words_what_its_numbers_are(self) -> None:
        total = figures.published("2026-10")["2026-10"].total()
        words = _words(_open("/report/2026-10"))
        assert f"这个月收到 {total.received} 件，比上个月多" in words
        assert f"答复 {total.answered} 件" in words
        assert "2026年10月，望川县的小事办得怎么样" in words
        english = _words(_open("/report/2026-10", "en"))
        assert f"{total.received} matters came in this month" in english
        assert not re.search(r"[\u4e00-\u9fff]", english.replace("中文", "")), "a Chinese word on the English page"

    def test_every_figure_links_to_a_definition_that_is_there(self) -> None:
        anchors = set(re.findall(r'id="([^"]+)"', _open("/report/definitions").content.decode()))
        linked = set(re.findall(r'href="/report/definitions#([^"]+)"', _open("/report/2026-10").content.decode()))
        assert linked
        assert linked <= anchors
        assert set(MEASURES) <= anchors
        assert {"on_time", "solved", "satisfied", "contacted", "asked", "reopened"} <= linked

    @pytest.mark.parametrize("path", [*PAGES, "/report/data.csv", "/report/data.json", "/report/checkpoints.json"])
    def test_no_page_counts_and_none_asks_much(self, path: str) -> None:
        _open(path)
        books.forget()
        with CaptureQueriesContext(connection) as asked:
            _open(path)
        # Chain, book, holidays, terms of schools; and two months that were prepared.
        assert len(asked) <= 6, [q["sql"][:120] for q in asked]
        assert not any('"records_matter"' in q["sql"] for q in asked.captured_queries)

    def test_public_pages_may_be_kept_and_tell_the_languages_apart(self) -> None:
        found = _open("/report")
        assert found.headers["Cache-Control"] == "public, max-age=60"
        assert {"Cookie", "Accept-Language"} <= set(re.split(r",\s*", found.headers["Vary"]))
        assert not found.cookies

    def test_only_reading_is_possible(self) -> None:
        for path in (*PAGES, "/report/data.csv", "/report/data.json", "/report/proof/0"):
            assert Client().post(path).status_code == 405

    def test_small_counts_are_on_no_page_and_in_no_file_and_cannot_be_worked_out(self) -> None:
        """The sentinel first: the table really holds kinds and categories with 2, 3 and 4 matters."""
        assert {3, 2, 4} <= {m[1] for m in MONTH.values()}
        rows = [
            row for row in _csv() if row["measure"] == "received" and row["split"] in ("county", "kind", "category")
        ]
        printed = {row["code"]: int(row["value"]) for row in rows if row["value"]}
        marks = {row["code"]: row["withheld"] for row in rows if row["withheld"]}
        assert marks["conduct_problem"] == "small"
        assert "held" in marks.values()
        assert all(n >= 5 for code, n in printed.items()), printed
        # Whoever subtracts the printed lines from the printed total never reaches a single matter's line.
        kinds = [code for code in {**printed, **marks} if code and "/" not in code]
        hidden = [code for code in kinds if code in marks]
        rest = printed[""] - sum(printed[code] for code in kinds if code in printed)
        assert len(hidden) >= 2
        assert rest >= 5
        beneath = {code.split("/")[0] for code in {**printed, **marks} if "/" in code}
        assert beneath <= set(printed), "nothing is printed beneath a withheld line"
        page = _words(_open("/report/2026-10"))
        assert "&lt;5" in page or "<5" in page
        assert "※" in page

    def test_page_csv_and_json_hold_the_same_cells(self) -> None:
        rows = _csv()
        body = json.loads(_open("/report/data.json?month=2026-10").content)
        assert len(rows) == len(body["cells"])
        for row, cell in zip(rows, body["cells"], strict=True):
            assert (row["split"], row["code"], row["measure"], row["withheld"]) == (
                cell["split"], cell["code"], cell["measure"], cell.get("withheld", ""),
            )  # fmt: skip
            assert (row["value"] == "") == (cell["value"] is None)
        assert set(body["definitions"]) == set(MEASURES)
        page = _words(_open("/report/2026-10"))
        for row in rows:
            if row["measure"] == "received" and row["split"] == "kind" and row["value"]:
                assert f" {int(row['value']):,} " in page

    def test_the_trend_withholds_what_the_months_table_withholds(self) -> None:
        book = books.current(NOW).book
        made, index = figures.published("2026-10")["2026-10"], figures.index()
        assert index is not None
        trend = by_kind(index.months["2026-10"], book)
        rows = {row["code"]: row["value"] for row in _csv() if row["split"] == "kind" and row["measure"] == "received"}
        assert {kind: str(n) for kind, n in trend.items() if n} == {kind: v for kind, v in rows.items() if v}
        assert trend["conduct_problem"] is None
        assert made.total("conduct_problem").received == 4

    def test_the_table_file_says_once_where_each_figure_is_explained(self) -> None:
        rows = list(csv.DictReader(io.StringIO(_open("/report/data.csv").content.decode("utf-8-sig"))))
        page = _open("/report/definitions").content.decode()
        assert {row["definition_url"].partition("#")[2] for row in rows} == {row["measure"] for row in rows}
        assert all(f'id="{row["measure"]}"' in page for row in rows)
        defined = json.loads(_open("/report/data.json").content)["definitions"]
        assert set(defined) >= {row["measure"] for row in rows}
        assert not any(re.search("[(),:;]", one["definition"]["zh"]) for one in defined.values())

    def test_the_data_of_a_report_names_only_measures_with_a_definition(self) -> None:
        made, index = figures.published("2026-10")["2026-10"], figures.index()
        assert index is not None
        from wuxiao.web.public.base import report_of

        cells = list(data(report_of(made, index, books.current(NOW))))
        assert {cell.measure for cell in cells} <= set(MEASURES)
        assert all(cell.value is None for cell in cells if cell.mark)
        assert all(
            cell.low is not None and cell.low <= (cell.value or 0) <= (cell.high or 0) for cell in cells if cell.n
        )
