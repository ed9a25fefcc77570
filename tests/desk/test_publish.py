"""A text with versions: a second named person releases it, and what is shown is the released version alone."""

from __future__ import annotations

import re
import threading
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connections

from tests.desk.people import BOOK_TEXT, MONDAY, Town, of_unit, settle
from wuxiao.desk.audit.verify import verify
from wuxiao.desk.base.actor import SYSTEM, Actor
from wuxiao.desk.base.errors import DeskError, Invalid, NotFound, Refused, Stale
from wuxiao.desk.publish import acts, look
from wuxiao.desk.town import books
from wuxiao.records.models import Entry, Publication, Row, Words
from wuxiao.rules.access import Role
from wuxiao.rules.publication import DAYS

pytestmark = pytest.mark.django_db
UNIT = "ps_qingping"
TITLE, TEXT = "养狗要办证吗", "要。带狗的免疫证明和您的身份证到派出所窗口办，当场发。"


@pytest.fixture
def town() -> Town:
    return settle()


@pytest.fixture
def author(town: Town) -> Actor:
    return of_unit(town, UNIT)


@pytest.fixture
def second(town: Town) -> Actor:
    return of_unit(town, UNIT, Role.LEAD)


def write(by: Actor, **more: Any) -> str:
    given = {"title_en": "Must a dog be licensed?", "text_en": "Yes, at the police station.", "law": "《养犬规定》"}
    return acts.propose("knowledge", TITLE, TEXT, by=by, at=MONDAY, **(given | more))


def titles(**more: Any) -> list[str]:
    return [one.title.zh for one in look.shown("knowledge", **({"at": MONDAY} | more))]


def broken() -> list[tuple[str, str]]:
    return [(one.where, one.column) for one in verify(at=MONDAY).breaks]


def test_a_second_named_person_releases_and_then_it_is_shown(author: Actor, second: Actor) -> None:
    code = write(author)
    assert titles() == [] == titles(staff=True)
    with pytest.raises(NotFound):
        look.shown_one(code, at=MONDAY, staff=True)
    with pytest.raises(Refused) as own:
        acts.release(code, version=1, by=author, at=MONDAY)
    assert own.value.code == "own"
    acts.release(code, version=1, by=second, at=MONDAY)
    one = look.shown_one(code, at=MONDAY)
    assert (one.title.zh, one.title.en, one.text.zh, one.law) == (
        TITLE, "Must a dog be licensed?", TEXT, "《养犬规定》",
    )  # fmt: skip
    assert one.review_on == date(2026, 9, 7) + timedelta(days=180)
    verbs = list(Entry.objects.filter(row__code=code).values_list("verb", "staff_id"))
    assert verbs == [("propose_text", author.staff_id), ("release_text", second.staff_id)]
    assert broken() == []


def test_a_newer_version_is_not_shown_before_somebody_else_released_it(author: Actor, second: Actor) -> None:
    code = write(author)
    acts.release(code, version=1, by=second, at=MONDAY)
    later = {"title": TITLE, "text": "新的回答：网上也能办。", "audience": "staff"}
    acts.revise(code, later, version=2, by=second, at=MONDAY)
    assert look.shown_one(code, at=MONDAY).text.zh == TEXT
    with pytest.raises(Refused):
        acts.release(code, version=3, by=second, at=MONDAY)
    acts.release(code, version=3, by=author, at=MONDAY)
    with pytest.raises(NotFound):
        look.shown_one(code, at=MONDAY)
    found = look.shown_one(code, at=MONDAY, staff=True)
    # The English of the old version does not stand beside the new Chinese.
    assert (found.text.zh, found.text.en, found.has_english) == (
        "新的回答：网上也能办。",
        "新的回答：网上也能办。",
        False,
    )
    assert broken() == []


def test_the_first_and_the_last_day_are_days_on_which_it_is_shown(author: Actor, second: Actor) -> None:
    code = write(author, first_day="2026-09-10", last_day=date(2026, 9, 12))
    acts.release(code, version=1, by=second, at=MONDAY)
    days = [MONDAY + timedelta(days=n) for n in range(1, 8)]
    assert [d.day for d in days if titles(at=d)] == [10, 11, 12]
    # Midnight is the town's: 15:59 in UTC is the last minute of the ninth.
    edge = MONDAY.replace(day=9, hour=23, minute=59, second=59)
    assert titles(at=edge) == []
    assert titles(at=edge + timedelta(seconds=1)) == [TITLE]


def test_what_is_withdrawn_is_gone_at_once_and_for_good(author: Actor, second: Actor) -> None:
    code = write(author)
    acts.release(code, version=1, by=second, at=MONDAY)
    with pytest.raises(Invalid):
        acts.withdraw(code, "  ", version=2, by=second, at=MONDAY)
    assert titles() == [TITLE]
    acts.withdraw(code, "规定改了", version=2, by=author, at=MONDAY)
    assert titles() == [] == titles(staff=True)
    assert Words.objects.get(row__code=code, field="reason").text == "规定改了"
    for again in (
        lambda: acts.release(code, version=3, by=second, at=MONDAY),
        lambda: acts.withdraw(code, "再撤", version=3, by=second, at=MONDAY),
        lambda: acts.revise(code, {"title": "a", "text": "b"}, version=3, by=author, at=MONDAY),
    ):
        with pytest.raises(Refused):
            again()
    assert broken() == []


def test_words_of_a_withdrawn_text_go_when_their_time_is_over(author: Actor, second: Actor) -> None:
    code = write(author)
    acts.withdraw(code, "写错了", version=1, by=second, at=MONDAY)
    over = MONDAY + timedelta(days=DAYS)
    assert acts.retire(by=SYSTEM, at=over - timedelta(days=1)) == 0
    assert acts.retire(by=SYSTEM, at=over) == 1
    assert set(Words.objects.filter(row__code=code).values_list("text", flat=True)) == {""}
    assert acts.retire(by=SYSTEM, at=over) == 0


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "长" * 121}, "title"),
        ({"text": " \n "}, "text"),
        ({"text_en": ""}, "text_en"),
        ({"audience": "everybody"}, "audience"),
        ({"first_day": "2026-09-12", "last_day": "2026-09-11"}, "last_day"),
        ({"review_on": "soon"}, "review_on"),
        ({"unit": "nobody"}, "unit"),
    ],
)
def test_bad_input_is_named_and_nothing_is_written(author: Actor, given: dict[str, str], field: str) -> None:
    both = {"title": TITLE, "text": TEXT, "title_en": "a", "text_en": "b"} | given
    with pytest.raises(Invalid) as wrong:
        acts.propose("knowledge", both.pop("title"), both.pop("text"), by=author, at=MONDAY, **both)
    assert list(wrong.value.fields) == [field]
    assert not Row.objects.exists()
    with pytest.raises(NotFound):
        acts.propose("poems", TITLE, TEXT, by=author, at=MONDAY)


def test_whoever_comes_second_is_told_so(author: Actor, second: Actor) -> None:
    code = write(author)
    acts.revise(code, {"title": TITLE, "text": "改过"}, version=1, by=author, at=MONDAY)
    # The releaser looked at the first version: it is not the one that would be shown.
    with pytest.raises(Stale):
        acts.release(code, version=1, by=second, at=MONDAY)
    with pytest.raises(Stale):
        acts.revise(code, {"title": TITLE, "text": "又改"}, version=1, by=author, at=MONDAY)
    with pytest.raises(Refused) as twice:
        write(author)
    assert twice.value.code == "twice"


def test_who_may(town: Town, author: Actor, second: Actor) -> None:
    code = write(author)
    stranger = of_unit(town, "market_reg")
    for who in (stranger, town.operator, town.chief, town.auditor, town.caller):
        with pytest.raises(Refused):
            acts.release(code, version=1, by=who, at=MONDAY)
        with pytest.raises(Refused):
            acts.withdraw(code, "不要", version=1, by=who, at=MONDAY)
    # The unit that the book names for the kind may.
    acts.release(code, version=1, by=town.shift_lead, at=MONDAY)
    assert titles() == [TITLE]
    with pytest.raises(Refused):
        write(stranger, unit=UNIT)
    for who in (town.operator, town.chief, town.caller):
        with pytest.raises(Refused):
            look.kept("knowledge", by=who, at=MONDAY)


def test_a_search_looks_at_what_was_released_and_at_nothing_else(author: Actor, second: Actor) -> None:
    code = write(author)
    acts.release(code, version=1, by=second, at=MONDAY)
    acts.revise(code, {"title": TITLE, "text": "暗号蓝鲸"}, version=2, by=author, at=MONDAY)
    assert Words.objects.filter(text="暗号蓝鲸").exists()
    assert titles(words="免疫 窗口") == [TITLE]
    assert titles(words="LICENSED") == [TITLE]
    assert titles(words="蓝鲸") == []


def test_what_is_changed_by_hand_is_found(author: Actor, second: Actor) -> None:
    code = write(author)
    acts.release(code, version=1, by=second, at=MONDAY)
    assert broken() == []
    for column, value in (
        ("audience", "staff"),
        ("shown", None),
        ("review_on", date(2030, 1, 1)),
        ("stage", "waiting"),
    ):
        was = Publication.objects.values_list(column, flat=True).get()
        Publication.objects.update(**{column: value})
        assert broken() == [(f"publications:{code}", f"row.{column}")]
        Publication.objects.update(**{column: was})
    Words.objects.filter(field="text").update(text="别的话")
    assert [where for where, _ in broken()] == [f"publications:{code}"]


def test_a_review_puts_the_next_one_a_cycle_away(author: Actor, second: Actor) -> None:
    code = write(author, review_on="2026-09-07")
    with pytest.raises(Refused):
        acts.confirm(code, version=1, by=author, at=MONDAY)
    acts.release(code, version=1, by=second, at=MONDAY)
    assert [one.row.code for one in look.kept("knowledge", by=author, at=MONDAY, due=True)] == [code]
    acts.confirm(code, version=2, by=author, at=MONDAY)
    assert look.kept("knowledge", by=author, at=MONDAY, due=True) == []
    assert look.shown_one(code, at=MONDAY).review_on == date(2026, 9, 7) + timedelta(days=180)


@pytest.mark.parametrize("due", ["2026-09-10", "2026-10-17", "2027-03-01"])
def test_the_next_review_is_a_cycle_from_the_day_somebody_looked_whenever_it_was_due(
    author: Actor, second: Actor, due: str
) -> None:
    code, looked = write(author, review_on=due), MONDAY + timedelta(days=40)
    acts.release(code, version=1, by=second, at=MONDAY)
    acts.confirm(code, version=2, by=author, at=looked)
    assert look.shown_one(code, at=looked).review_on == date(2026, 10, 17) + timedelta(days=180)


def test_what_was_withdrawn_is_not_due_for_review(author: Actor, second: Actor) -> None:
    code = write(author, review_on="2026-09-07")
    kept = acts.propose("knowledge", "暂住证怎么办", TEXT, by=author, at=MONDAY, review_on="2026-09-07")
    for one in (code, kept):
        acts.release(one, version=1, by=second, at=MONDAY)
    acts.withdraw(code, "规定改了", version=2, by=author, at=MONDAY)
    assert [one.row.code for one in look.kept("knowledge", by=author, at=MONDAY, due=True)] == [kept]
    assert {one.row.code for one in look.kept("knowledge", by=author, at=MONDAY)} == {code, kept}


@pytest.mark.django_db(transaction=True)
def test_of_two_who_release_at_once_one_released_it() -> None:
    town = settle()
    code = write(of_unit(town, UNIT))
    second, third = of_unit(town, UNIT, Role.LEAD), town.shift_lead
    gate, outcomes = threading.Barrier(2), []

    def one(by: Actor) -> None:
        try:
            gate.wait(20)
            acts.release(code, version=1, by=by, at=MONDAY)
            outcomes.append("done")
        except DeskError as error:
            outcomes.append(error.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(by,)) for by in (second, third)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(outcomes) == ["done", "stale"]
    assert Entry.objects.filter(row__code=code, verb="release_text").count() == 1
    assert broken() == []


def test_who_answers_for_it_changes_with_the_version_that_a_second_person_releases(town: Town) -> None:
    both = town.shift_lead
    code = write(both, unit="justice")
    other = of_unit(town, "hotline", Role.CENTRE_LEAD)
    acts.release(code, version=1, by=other, at=MONDAY)
    acts.revise(code, {"title": TITLE, "text": TEXT, "unit": "hotline"}, version=2, by=both, at=MONDAY)
    assert look.shown_one(code, at=MONDAY).unit == "justice"
    assert [one.code for one in look.shown("knowledge", at=MONDAY, unit="hotline")] == []
    assert look.view(code, by=other, at=MONDAY).values["unit"] == "hotline", "whoever releases it sees the new one"
    acts.release(code, version=3, by=other, at=MONDAY)
    assert look.shown_one(code, at=MONDAY).unit == "hotline"
    assert broken() == []


def test_no_book_leaves_out_a_kind_of_which_a_text_is_shown_or_waits(author: Actor, second: Actor) -> None:
    code, other = write(author), acts.propose("knowledge", "养猫呢", "不用。", by=author, at=MONDAY)
    acts.release(code, version=1, by=second, at=MONDAY)
    bare = re.sub(r"\nknowledge = .*", "", BOOK_TEXT)
    assert bare != BOOK_TEXT
    for n, one in ((2, code), (1, other)):
        with pytest.raises(Refused) as refused:
            books.adopt(bare, name="bare", effective_from=MONDAY, by=SYSTEM, at=MONDAY)
        assert f"[registers.publications.knowledge]（发布着或者等发布的{n}篇，先撤下）" in refused.value.text.zh
        acts.withdraw(one, "不再办", version=n, by=author, at=MONDAY)
    books.adopt(bare, name="bare", effective_from=MONDAY, by=SYSTEM, at=MONDAY)
