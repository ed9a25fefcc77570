"""What the doctor says of a town that is not served: its rule book, its papers, tables of another version."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from tests.desk.people import MONDAY, settle
from tests.support.town import Town
from wuxiao.desk.town import books
from wuxiao.rules.book import lives
from wuxiao.rules.words import Text
from wuxiao.site import cli
from wuxiao.site.watch import doctor, metrics
from wuxiao.subjects.inspection.rules import INSPECTION, SECTION


def findings(town: Town, *words: str) -> dict[str, Any]:
    said = json.loads(town.wuxiao("doctor", "--json", *words, check=False).stdout)
    return {one["name"]: one for one in said["checks"]}


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A program whose section has a number that no adopted book says, as after an upgrade that forgot `later`."""
    settle()
    assert doctor._book(MONDAY).ok
    more = dataclasses.replace(SECTION, numbers={**SECTION.numbers, "visits": (Text("{n}次", "{n} visits"), 1, 9)})
    monkeypatch.setitem(lives._sections, INSPECTION.name, more)
    books._book.cache_clear()
    books._filled.made.clear()
    yield
    books._book.cache_clear()
    books._filled.made.clear()


@pytest.mark.django_db
def test_a_rule_book_that_cannot_be_read_is_a_finding_with_its_key(unread: None) -> None:
    found = doctor._book(MONDAY)
    assert not found.ok
    assert "visits" in found.text.zh
    assert "visits" in found.text.en
    assert found.mend is not None
    assert "later" in found.mend.en


@pytest.mark.django_db
def test_a_town_without_a_book_is_a_finding() -> None:
    books.forget()
    found = doctor._book(MONDAY)
    assert (found.ok, found.mend is not None and "rules adopt" in found.mend.en) == (False, True)


def test_a_command_says_what_is_wrong_with_the_book(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    from wuxiao.rules import book

    def broken(args: Any) -> int:
        book.loads("x = ", "book.toml")
        return 0

    from wuxiao.site.commands import rules

    monkeypatch.setattr(rules, "run_check", broken)
    assert cli.main(["rules", "check", "book.toml"]) == 1
    said = capsys.readouterr().err
    assert "book.toml" in said
    assert "规则手册读不了" in said


def test_before_the_tables_are_brought_up_the_doctor_and_verify_say_that_and_nothing_else(still_empty: Town) -> None:
    before = findings(still_empty, "--quick")
    assert before["tables"]["ok"]
    assert {"book", "papers", "danger", "files", "templates"} <= set(before)
    assert all(before[name]["ok"] for name in ("papers", "danger", "files"))
    still_empty.write("DELETE FROM django_migrations WHERE app = 'records' AND name >= '0021' AND name < '0022'")
    found = findings(still_empty, "--quick")
    assert not found["tables"]["ok"]
    assert "wuxiao migrate" in found["tables"]["mend"]["en"]
    assert not {"book", "danger", "files", "worker", "outbox", "templates"} & set(found)
    assert [name for name, one in found.items() if "OperationalError" in one["en"]] == []
    done = still_empty.wuxiao("verify", check=False)
    assert (done.returncode, "wuxiao migrate" in done.stderr, "断裂" in done.stdout) == (2, True, False)


AWAY = """
import django
django.setup()
from django.test import Client
from django.db import connection
answer = Client().get("/")
print(answer.status_code, answer.headers["Retry-After"], connection.pool.get_stats()["requests_errors"])
"""


@pytest.mark.either
def test_a_page_waits_once_for_a_database_that_refuses_and_then_says_so(still_empty: Town) -> None:
    away = Town(still_empty.data_dir, "postgres://127.0.0.1:1/none", {"WUXIAO_PROCESS": "web", "WUXIAO_HOSTS": "*"})
    assert away.python("-c", AWAY).stdout.split() == ["503", "5", "1"]


@pytest.mark.django_db
def test_what_waits_beside_matters_is_a_figure() -> None:
    from datetime import date, timedelta

    from tests.desk.people import of_unit
    from wuxiao.desk.publish import acts
    from wuxiao.rules.access import Role

    def figures(at: Any) -> dict[str, float]:
        return {one.name.removeprefix("wuxiao_"): one.samples[0].value for one in metrics.Queues(at).collect()}

    town = settle()
    none = {"tasks_overdue": 0, "cases_late": 0, "texts_waiting": 0, "texts_review": 0, "templates_waiting": 0}
    assert none.items() <= figures(MONDAY).items()
    writer, second = of_unit(town, "ps_qingping"), of_unit(town, "ps_qingping", Role.LEAD)
    code = acts.propose("knowledge", "养狗要办证吗", "要，到窗口办。", by=writer, at=MONDAY, review_on="2026-09-10")
    assert figures(MONDAY)["texts_waiting"] == 1
    acts.release(code, version=1, by=second, at=MONDAY)
    assert (figures(MONDAY)["texts_waiting"], figures(MONDAY)["texts_review"]) == (0, 0)
    assert date(2026, 9, 10) == (MONDAY + timedelta(days=3)).date()
    assert [figures(MONDAY + timedelta(days=n))["texts_review"] for n in (2, 3, 4)] == [0, 1, 1]
