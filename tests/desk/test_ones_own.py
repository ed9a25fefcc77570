"""What is another's stays another's, and who has not the power is told so, whatever else is right."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.desk.people import MONDAY, Town, of_unit, settle
from tests.desk.test_joined import report
from wuxiao.desk.assist import hot, models
from wuxiao.desk.base import filters, once
from wuxiao.desk.base.actor import RESIDENT, SYSTEM, Actor
from wuxiao.desk.base.errors import Conflict, Invalid, NotFound, Refused
from wuxiao.desk.case import exports
from wuxiao.desk.doors import appointments, callers, keys
from wuxiao.desk.people import identity
from wuxiao.records.models import ApiKey, Entry, Job, SavedFilter

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.fixture
def town() -> Town:
    return settle()


def refused(do: Callable[[], Any]) -> str:
    """The code of the refusal."""
    with pytest.raises(Refused) as no:
        do()
    return no.value.code


def test_saved_searches_are_ones_own_twenty_at_most(town: Town) -> None:
    mine, theirs = town.operator, town.supervisor
    kept = [filters.save(f"第{n:02}个", f"q={n}", by=mine) for n in range(filters.MOST)]
    other = filters.save("第00个", "q=别人", by=theirs)
    assert refused(lambda: filters.save("再一个", "q=x", by=mine)) == "full"
    assert filters.save("第00个", "q=new", by=mine).pk == kept[0].pk
    assert [row.query for row in filters.of_person(theirs)] == ["q=别人"]
    filters.forget(other.pk, by=mine)
    assert SavedFilter.objects.filter(pk=other.pk).exists()
    filters.forget(kept[0].pk, by=mine)
    assert [row.pk for row in filters.of_person(mine)] == [row.pk for row in kept[1:]]
    for name, query in (("", "q=1"), ("  ", "q=1"), ("a", ""), ("a", "q" * 601)):
        with pytest.raises(Invalid):
            filters.save(name, query, by=mine)
    assert filters.save("长", "q" * 600, by=mine).query == "q" * 600


def test_hot_issues_and_learning_are_decided_by_whoever_has_the_power(town: Town) -> None:
    handler = of_unit(town, "urban_mgmt")
    for by in (RESIDENT, SYSTEM, handler, town.operator, town.auditor):
        for do in (hot.confirm, hot.dismiss):
            assert refused(lambda do=do, by=by: do(1, by=by, at=MONDAY)) == "post"
        assert refused(lambda by=by: hot.rename(1, "名", by=by, at=MONDAY)) == "post"
    for by in (town.supervisor, town.shift_lead):
        with pytest.raises(NotFound):
            hot.confirm(999, by=by, at=MONDAY)
    assert refused(lambda: models.ask_to_train("category", by=town.operator, at=MONDAY))
    able = next(by for by in town.people.values() if _may(by))
    with pytest.raises(NotFound):
        models.ask_to_train("no-such-task", by=able, at=MONDAY)
    task = next(iter(models.LEARNED))
    job = models.ask_to_train(task, by=able, at=MONDAY)
    assert (job.kind, job.payload, Job.objects.count()) == ("train", {"task": task}, 1)
    assert refused(lambda: models.ask_to_train(task, by=able, at=MONDAY)) == "training"


def _may(by: Actor) -> bool:
    try:
        models._needs_power(by)
    except Refused:
        return False
    return True


def test_an_export_has_a_power_a_purpose_and_a_size(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "MOST", 2)
    rows = [report(n).pk for n in range(3)]

    def leave(ids: list[int], by: Actor, purpose: str = "月报") -> None:
        with exports.leaving(ids, purpose=purpose, by=by, at=MONDAY):
            pass

    assert refused(lambda: leave(rows[:1], town.operator)) == "export"
    assert refused(lambda: leave(rows, town.supervisor)) == "too_many"
    with pytest.raises(Invalid):
        leave(rows[:1], town.supervisor, " ")
    assert not Entry.objects.filter(verb__in=["export", "export_rows"]).exists()
    leave(rows[:2], town.supervisor)
    assert Entry.objects.get(verb="export_rows").facts["count"] == 2
    assert sorted(Entry.objects.filter(verb="export").values_list("matter_id", flat=True)) == rows[:2]
    with pytest.raises(OSError, match="full"), exports.leaving(rows[:1], purpose="x", by=town.supervisor, at=MONDAY):
        raise OSError("full")
    assert Entry.objects.filter(verb="export_rows").count() == 1


def test_a_key_that_was_used_means_its_own_matter(town: Town) -> None:
    first, second = report(0), report(1)
    once.remember("a", {"n": 1}, first.pk, MONDAY)
    once.remember("b", {"n": 2}, second.pk, MONDAY)
    assert [once.served(key, {"n": n}) for key, n in (("a", 1), ("b", 2), ("c", 3))] == [first.pk, second.pk, None]
    with pytest.raises(Conflict):
        once.served("b", {"n": 1})


def test_a_key_works_from_any_of_its_networks_until_its_end() -> None:
    key = ApiKey(addresses=["10.1.0.0/16", "192.0.2.7/32", "2001:db8::/32"], expires_at=MONDAY)
    for good in ("10.1.2.3", "192.0.2.7", "2001:db8::1", "::ffff:10.1.2.3", "2001:db8::1%eth0"):
        assert keys.fits(key, good, at=MONDAY - SECOND) is None, good
    for bad in ("10.2.0.1", "192.0.2.8", "2001:db9::1", "", "nowhere"):
        assert keys.fits(key, bad, at=MONDAY - SECOND) is not None, bad
    assert keys.fits(key, "10.1.2.3", at=MONDAY) is not None
    assert keys.fits(ApiKey(addresses=[]), "203.0.113.1", at=MONDAY) is None


def test_the_callers_address_is_the_one_the_trusted_proxy_saw(caplog: pytest.LogCaptureFixture) -> None:
    callers._told.clear()
    header = "1.1.1.1, 2.2.2.2, 3.3.3.3"
    assert [callers.address("9.9.9.9", header, n) for n in (0, 1, 2, 3, 4)] == [
        "9.9.9.9", "3.3.3.3", "2.2.2.2", "1.1.1.1", "9.9.9.9",
    ]  # fmt: skip
    assert callers.address("9.9.9.9", None, 1) == "9.9.9.9"
    assert callers.address("9.9.9.9", " , ", 1) == "9.9.9.9"
    for _ in range(3):
        callers.address("9.9.9.9", header, 0)
    assert sum("WUXIAO_TRUSTED_PROXIES" in record.getMessage() for record in caplog.records) == 1
    callers._told.clear()


def test_a_purpose_is_one_of_the_list_or_said_in_words() -> None:
    first = next(why for why in identity.PURPOSES if why != "other")
    assert identity.stated(first, "") == identity.PURPOSES[first].zh
    assert identity.stated(first, " 回电 ") == "回电"
    assert identity.stated("other", "核对地址") == "核对地址"
    assert len(identity.stated("other", "字" * 300)) == 200
    for why, purpose in (("", "x"), ("no-such", "x"), ("other", ""), ("other", "  ")):
        assert refused(lambda why=why, purpose=purpose: identity.stated(why, purpose)) == "purpose"


def test_each_of_two_persons_holds_half_of_a_new_password() -> None:
    first, second, _ = appointments._halves()
    assert first != second
    assert [part.count("-") for part in (first, second)] == [1, 1]
    assert len(first) == len(second)
