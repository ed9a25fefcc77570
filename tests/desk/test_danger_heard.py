"""Danger is heard before anything is refused or asked: whatever step, door or person it is told through."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.desk.people import BOOK_TEXT, MONDAY, Town, of_unit, settle
from tests.desk.test_clock import work
from tests.desk.test_danger_later import GAS, answered, closed, in_hands, joint, waiting
from tests.desk.test_joined import answer, joined, report
from wuxiao.desk.audit import verify
from wuxiao.desk.base.actor import RESIDENT, SYSTEM
from wuxiao.desk.base.errors import DeskError, Invalid, Refused, Stale
from wuxiao.desk.case import clock, heard
from wuxiao.desk.case.act import act
from wuxiao.desk.house import beat, house
from wuxiao.desk.look import shelves
from wuxiao.desk.matters import call_backs, matters
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.matters.progress import look
from wuxiao.desk.town import books
from wuxiao.records.models import CallBack, Entry, Matter, Message, Words
from wuxiao.rules import book as rulebook
from wuxiao.rules.book.source import BookError

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LONG = "，" + "路" * 20_000
CLASSED = {"category": "env.noise.construction", "handling_class": "complaint"}
QUIET = "谢谢，请尽快来看看路灯"


@pytest.fixture
def town() -> Town:
    return settle()


@pytest.fixture(autouse=True)
def every_one_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_backs, "lot", lambda matter_id, round_: 0.0)


def urged(town: Town) -> Matter:
    matter = in_hands(town)
    return act(matter.pk, "urge", {"reason": "请快一点"}, by=RESIDENT, at=MONDAY + HOUR)


def linked(town: Town) -> Matter:
    matter = closed(town)
    row = CallBack.objects.get(matter=matter)
    call_backs.answer_by_link(row.token, {"rating": "4", "solved": "yes"}, at=MONDAY + 2 * HOUR)
    return Matter.objects.get(pk=matter.pk)


def step(verb: str, field: str = "reason", who: str = "", version: int | None = None, **more: object):  # type: ignore[no-untyped-def]
    def take(town: Town, matter: Matter, said: str) -> None:
        by = town.people[who] if who else RESIDENT
        act(matter.pk, verb, {field: said, **more}, by=by, at=MONDAY + 3 * HOUR, version=version)

    return take


def by_link(**given: str) -> Callable[[Town, Matter, str], None]:
    def take(town: Town, matter: Matter, said: str) -> None:
        row = CallBack.objects.get(matter=matter)
        call_backs.answer_by_link(row.token, {**given, "words": said}, at=MONDAY + 3 * HOUR)

    return take


_CALLED = {"way": "phone", "contacted": "yes", "solved": "no", "rating": 1}
#: A step that is refused: how it stood, what is tried with the words, and what is said against it.
SHUT: dict[str, tuple[Callable[[Town], Matter], Callable[[Town, Matter, str], None], type[DeskError]]] = {
    "urge a second time": (urged, step("urge"), Refused),
    "urge when closed": (closed, step("urge"), Refused),
    "add when closed": (closed, step("add", "words"), Refused),
    "object too late": (lambda town: objected_twice(town), step("object"), Refused),
    "rate again": (closed, step("rate", "words", rating=1, solved=False), Refused),
    "rate without stars": (answered, step("rate", "words", solved=False), Invalid),
    "withdraw what changed meanwhile": (in_hands, step("withdraw", version=1), Stale),
    "add what is too long": (in_hands, lambda t, m, said: step("add", "words")(t, m, said + LONG), Invalid),
    "link without stars": (closed, by_link(solved="no"), Invalid),
    "link a second time": (linked, by_link(rating="1", solved="no"), Refused),
    "call-back after the link": (linked, step("call_back", "words", "caller", **_CALLED), DeskError),
    "note by staff when closed": (closed, step("note", "words", "operator"), Refused),
    "bypass by staff when closed": (closed, step("bypass", "reason", "operator"), Refused),
}  # fmt: skip


def objected_twice(town: Town) -> Matter:
    matter = in_hands(town)
    handler = of_unit(town, matter.holder)
    for n in range(2):
        answer(matter, handler, MONDAY + HOUR)
        act(matter.pk, "object", {"reason": "还没修"}, by=RESIDENT, at=MONDAY + HOUR + n * MINUTE)
    return answer(matter, handler, MONDAY + 2 * HOUR)


@pytest.mark.parametrize("door", SHUT)
class TestAStepThatIsRefused:
    def test_is_refused_and_danger_is_kept_first_on_the_list_with_the_words(self, town: Town, door: str) -> None:
        make, tell, error = SHUT[door]
        matter = make(town)
        state = matter.state
        with pytest.raises(error) as no:
            tell(town, matter, GAS)
        matter = Matter.objects.get(pk=matter.pk)
        assert (matter.state, matter.danger_open) == (state, True)
        if error is not DeskError:
            assert no.value.danger.certain
        warned = Entry.objects.filter(matter=matter, verb="warned").latest("turn")
        assert GAS in Words.objects.get(matter=matter, turn=warned.turn).text
        viewer = of_unit(town, matter.holder).viewer
        assert viewer is not None
        assert shelves.shelf_page(viewer, "inbox", now=MONDAY + 4 * HOUR).ids[0] == matter.pk
        assert verify.verify(at=MONDAY + 4 * HOUR).breaks == []

    def test_once_more_keeps_nothing_twice_and_quiet_words_keep_nothing(self, town: Town, door: str) -> None:
        make, tell, _ = SHUT[door]
        matter = make(town)
        with pytest.raises(DeskError):
            tell(town, matter, QUIET)
        assert not Entry.objects.filter(matter=matter, verb="warned").exists()
        with pytest.raises(DeskError):
            tell(town, matter, GAS)
        if door == "bypass by staff when closed":
            # What was heard opens the way to 110 at once.
            tell(town, matter, GAS)
            assert Matter.objects.get(pk=matter.pk).state == "urgent"
            return
        with pytest.raises(DeskError):
            tell(town, matter, GAS)
        assert Entry.objects.filter(matter=matter, verb="warned").count() == 1


def test_she_reads_that_her_words_are_kept(town: Town) -> None:
    matter = closed(town)
    with pytest.raises(Refused):
        act(matter.pk, "add", {"words": GAS}, by=RESIDENT, at=MONDAY + 3 * HOUR)
    line = look(matter.code, "zh-hans", at=MONDAY + 4 * HOUR).lines[-1]
    assert "已记下" in line.sentence
    assert line.quotes == (GAS,)


def test_one_who_was_joined_is_heard_on_the_main_one(town: Town) -> None:
    main, (other,), _ = joined(town, 1)
    act(other.pk, "urge", {"reason": "请快一点"}, by=RESIDENT, at=MONDAY + 2 * HOUR)
    with pytest.raises(Refused):
        act(other.pk, "urge", {"reason": GAS}, by=RESIDENT, at=MONDAY + 3 * HOUR)
    main.refresh_from_db()
    other.refresh_from_db()
    assert (main.danger_open, other.danger_open) == (True, False)
    assert Words.objects.filter(matter=other, text=GAS).exists(), "her words stay with her own report"
    assert not Words.objects.filter(matter=main, text=GAS).exists()
    assert verify.verify(at=MONDAY + 4 * HOUR).breaks == []


def test_whoever_may_not_see_a_matter_is_not_listened_to(town: Town) -> None:
    matter = in_hands(town)
    stranger = of_unit(town, "water_bureau" if "water_bureau" in books.current(MONDAY).book.units else "fire")
    with pytest.raises(DeskError):
        act(matter.pk, "note", {"words": GAS}, by=stranger, at=MONDAY + HOUR)
    assert not Matter.objects.get(pk=matter.pk).danger_open


# ------------------------------------------------------------------------------------------------ what staff write down


@pytest.mark.parametrize("verb", ["note", "urge", "shield", "add"])
def test_what_an_operator_was_told_stands_open_whatever_box_it_is_typed_into(town: Town, verb: str) -> None:
    matter = in_hands(town)
    field = "words" if verb in {"note", "add"} else "reason"
    act(matter.pk, verb, {field: f"来电人说：{GAS}"}, by=town.operator, at=MONDAY + 3 * HOUR)
    matter.refresh_from_db()
    assert matter.danger_open


def test_who_settles_danger_opens_none_by_saying_how(town: Town) -> None:
    matter = in_hands(town)
    act(matter.pk, "add", {"words": GAS}, by=RESIDENT, at=MONDAY + HOUR)
    matter = act(matter.pk, "look", {"reason": f"她说的“{GAS}”是昨天的事"}, by=town.operator, at=MONDAY + 2 * HOUR)
    assert not matter.danger_open
    act(matter.pk, "add", {"words": GAS}, by=RESIDENT, at=MONDAY + 3 * HOUR)
    matter = act(matter.pk, "bypass", {"reason": GAS}, by=town.operator, at=MONDAY + 4 * HOUR)
    assert (matter.state, matter.danger_open) == ("urgent", False)
    matter = act(matter.pk, "stand_down", {"reply": f"“{GAS}”：已救出"}, by=town.police, at=MONDAY + 5 * HOUR)
    assert not matter.danger_open


@pytest.mark.parametrize("field", ["place", "items", "details"])
def test_a_first_report_is_heard_in_every_field(town: Town, field: str) -> None:
    more: dict[str, object] = {
        "place": {"place": GAS},
        "items": {"items": ("修路灯", GAS)},
        "details": {"details": (("time", GAS),)},
    }[field]
    matter = report(0, **more)  # type: ignore[arg-type]
    assert matter.danger_open
    assert not report(1).danger_open


# ----------------------------------------------------------------------------------------------------- her own desk


@pytest.mark.parametrize("verb", ["add", "urge", "withdraw", "shield"])
@pytest.mark.parametrize("stand", ["intake", "signing", "urgent"])
def test_the_hotline_writes_down_what_a_caller_says_whoever_has_her_matter(town: Town, verb: str, stand: str) -> None:
    given = Report(words="工地夜里施工太吵", division="990101001", phone="19909900001")
    matter = matters.receive(given, by=town.police, at=MONDAY)
    if stand == "signing":
        more = {"unit": "hotline", "way": "push", "caller_agrees": "yes", "reason": "不属警务"}
        act(matter.pk, "divert", more, by=town.police, at=MONDAY)
    if stand == "urgent":
        act(matter.pk, "bypass", {"reason": "有人打架"}, by=town.police, at=MONDAY)
    said = {"words" if verb == "add" else "reason": "她说：请先看东边那户"}
    with pytest.raises(DeskError):
        act(matter.pk, verb, said, by=town.operator, at=MONDAY + HOUR)
    if (verb, stand) == ("withdraw", "urgent"):
        with pytest.raises(Refused):
            act(matter.pk, verb, {**said, "for_caller": "number"}, by=town.operator, at=MONDAY + HOUR)
        return
    act(matter.pk, verb, {**said, "for_caller": "number"}, by=town.operator, at=MONDAY + HOUR)
    entry = Entry.objects.filter(matter=matter, verb=verb).latest("turn")
    assert entry.facts["for_caller"] == "number"
    with pytest.raises(Refused):
        act(matter.pk, "classify", CLASSED, by=town.operator, at=MONDAY + HOUR)


def test_what_is_hidden_from_the_hotline_stays_hidden_from_it(town: Town) -> None:
    matter = matters.receive(Report(words="热线不接电话", about=("hotline",)), by=RESIDENT, at=MONDAY)
    assert "hotline" in matter.hidden
    with pytest.raises(DeskError) as no:
        act(matter.pk, "add", {"words": GAS, "for_caller": "number"}, by=town.operator, at=MONDAY + HOUR)
    assert no.value.code == "not_found"
    assert not Matter.objects.get(pk=matter.pk).danger_open


def test_the_unit_that_takes_over_is_told_of_danger_told_with_a_wish_for_secrecy(town: Town) -> None:
    text = BOOK_TEXT.replace("\nhotline = { zh", '\nhotline = { mail = "desk@example.invalid", zh', 1)
    assert text != BOOK_TEXT
    books.adopt(text, name="mail.toml", effective_from=MONDAY - DAY, by=SYSTEM, at=MONDAY - DAY)
    matter = in_hands(town)
    assert matter.holder != "hotline"
    act(matter.pk, "shield", {"unit": matter.holder, "reason": GAS}, by=RESIDENT, at=MONDAY + HOUR)
    matter.refresh_from_db()
    assert (matter.holder, matter.danger_open) == ("hotline", True)
    assert Message.objects.filter(matter=matter, address="desk@example.invalid", state="queued").count() == 1


# ---------------------------------------------------------------------------------------------------------- its clock


@pytest.mark.parametrize("make", [in_hands, waiting, joint, answered, closed])
class TestTheClockOfOpenDanger:
    def test_the_lead_hears_after_ten_minutes_the_supervisor_after_thirty_and_again(
        self, town: Town, make: Callable[[Town], Matter]
    ) -> None:
        for name in ("shift_lead", "supervisor"):
            person = town.staff(name)
            person.email = f"{name}@example.invalid"
            person.save()
        matter = make(town)
        at = MONDAY + 3 * HOUR
        clock.tick(at=at)
        heard.keep(heard.Told(matter.pk, "add", {"words": GAS}, RESIDENT, at))
        state = Matter.objects.get(pk=matter.pk).state

        def told() -> list[str]:
            rows = Message.objects.filter(matter=matter, verb="danger_late").order_by("id")
            return [row.address.split("@")[0] for row in rows]

        for minutes, who in ((9, []), (10, ["shift_lead"]), (29, []), (30, ["supervisor"]), (60, ["supervisor"])):
            before = told()
            clock.tick(at=at + minutes * MINUTE)
            assert told()[len(before) :] == who, minutes
        for n in range(60):
            clock.tick(at=at + (90 + 30 * n) * MINUTE)
        matter.refresh_from_db()
        assert (matter.state, matter.danger_open) == (state, True)
        late = Entry.objects.filter(matter=matter, verb="danger_late")
        assert late.count() == 2 + 48, "as often as the book says, and then no more"
        assert verify.verify(at=at + 3 * DAY).breaks == []

    def test_it_ends_with_a_look_and_begins_anew(self, town: Town, make: Callable[[Town], Matter]) -> None:
        matter = make(town)
        at = MONDAY + 3 * HOUR
        clock.tick(at=at)
        heard.keep(heard.Told(matter.pk, "add", {"words": GAS}, RESIDENT, at))
        clock.tick(at=at + 10 * MINUTE)
        matter.refresh_from_db()
        by = town.shift_lead if matter.state == "joint" else of_unit(town, matter.holder)
        act(matter.pk, "look", {"reason": "打过电话，没有事"}, by=by, at=at + 11 * MINUTE)
        clock.tick(at=at + 31 * MINUTE)
        matter.refresh_from_db()
        assert Entry.objects.filter(matter=matter, verb="danger_late").count() == 1
        assert (matter.danger_since, matter.danger_rung) == (None, 0)


def late(matter: Matter) -> list[tuple[int, str]]:
    """How many minutes after `SINCE` somebody was told of open danger, and the how-manieth time it was."""
    rows = Entry.objects.filter(matter=matter, verb="danger_late").order_by("turn")
    return [((row.at - SINCE) // MINUTE, row.facts["rung"]["en"].rpartition("(")[2].rstrip(")")) for row in rows]


SINCE = MONDAY + HOUR


def endangered(town: Town) -> Matter:
    return act(in_hands(town).pk, "add", {"words": GAS}, by=RESIDENT, at=SINCE)


@pytest.mark.parametrize("gone", [5 * HOUR, 30 * HOUR, 9 * DAY])
def test_after_an_outage_each_hears_once_and_the_times_nobody_was_told_are_not_counted(
    town: Town, gone: timedelta
) -> None:
    matter = endangered(town)
    back = SINCE + gone
    clock.tick(at=back)
    assert [minutes for minutes, _ in late(matter)] == [gone // MINUTE] * 2
    for n in range(1, 60):
        clock.tick(at=back + n * 30 * MINUTE)
        clock.tick(at=back + n * 30 * MINUTE + 29 * MINUTE)
    assert late(matter)[2:] == [(gone // MINUTE + 30 * n, f"no. {n + 1}") for n in range(1, 49)], "48 times, none lost"


def test_one_look_by_a_clock_ahead_uses_up_one_time_and_once_it_is_right_again_it_goes_on(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house, "_last", {})
    matter = endangered(town)
    for minutes in (0, 10, 30):
        work(SINCE + minutes * MINUTE)
    work(SINCE + 30 * HOUR)
    matter.refresh_from_db()
    assert matter.danger_rung == 3
    right = SINCE + 45 * MINUTE
    work(right)
    assert beat.doubted() == right
    beat.confirm(by=town.admin, at=right)
    work(right)
    for n in range(60):
        work(right + n * 30 * MINUTE)
    told = late(matter)
    assert [minutes for minutes, _ in told[:6]] == [10, 30, 30 * 60, 45, 75, 105]
    assert len(told) == 2 + 48


@pytest.mark.parametrize("jump", [40 * DAY, -40 * DAY], ids=["forward", "back"])
def test_while_the_clock_is_doubted_danger_is_told_of_as_often_as_ever_and_nothing_else_moves(
    town: Town, monkeypatch: pytest.MonkeyPatch, jump: timedelta
) -> None:
    monkeypatch.setattr(house, "_last", {})
    quiet = in_hands(town)
    matter = endangered(town)
    work(SINCE + 5 * MINUTE)
    wrong = SINCE + jump
    work(wrong)
    assert beat.doubted() == wrong
    first = late(matter)
    assert [text for _, text in first[2:]] == []
    assert len(first) == 2, "nobody knows how long ago it was told: both hear now"
    for minutes in (1, 29, 30, 31, 59, 60):
        work(wrong + minutes * MINUTE)
    assert [minutes - jump // MINUTE for minutes, _ in late(matter)] == [0, 0, 30, 60]
    assert not Entry.objects.filter(matter=quiet, verb__in=["remind", "urge", "supervise"]).exists()
    act(matter.pk, "look", {"reason": "打过电话，没有事"}, by=of_unit(town, matter.holder), at=wrong + HOUR)
    work(wrong + 5 * HOUR)
    assert len(late(matter)) == 4, "a named person has looked"


def test_danger_whose_tick_was_put_off_is_told_of_all_the_same(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house, "_last", {})
    matter = endangered(town)
    Matter.objects.filter(pk=matter.pk).update(tick_at=SINCE + 3 * DAY)
    work(SINCE + 10 * MINUTE)
    assert [minutes for minutes, _ in late(matter)] == [10]


def test_open_danger_is_on_a_list_of_its_own_also_when_all_is_closed(town: Town) -> None:
    matter, other = closed(town), report(9)
    heard.keep(heard.Told(matter.pk, "add", {"words": GAS}, RESIDENT, MONDAY + 3 * HOUR))
    for who in (town.operator, town.shift_lead, town.supervisor, town.chief, of_unit(town, matter.holder)):
        assert who.viewer is not None
        assert "danger" in shelves.shelf_names(who.viewer)
        assert shelves.shelf_page(who.viewer, "danger", now=MONDAY + 4 * HOUR).ids == (matter.pk,)
        assert shelves.shelf_counts(who.viewer, ["danger"], now=MONDAY + 4 * HOUR) == {"danger": 1}
    assert other.pk != matter.pk
    assert heard.waiting() == (1, MONDAY + 3 * HOUR)
    act(matter.pk, "look", {"reason": "没有事"}, by=town.operator, at=MONDAY + 4 * HOUR)
    assert heard.waiting() == (0, None)


class TestTheBook:
    def test_an_old_book_without_the_ladder_still_has_one(self) -> None:
        first = BOOK_TEXT.index("[[danger]]")
        old = BOOK_TEXT[:first] + BOOK_TEXT[BOOK_TEXT.index("[extension]") :]
        ladder = rulebook.loads(old).danger
        assert [(str(one.after), one.to, one.most) for one in ladder] == [
            ("10 minutes", "centre_lead", 0),
            ("30 minutes", "supervisor", 48),
        ]

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ('after = "1 working_days"', "does not wait for office hours"),
            ('after = "5 minutes"', "must come later"),
            ('after = "30 hours"', "at most 24 hours"),
        ],
    )
    def test_danger_does_not_wait_for_office_hours(self, wrong: str, said: str) -> None:
        text = BOOK_TEXT.replace('after = "30 minutes"', wrong, 1)
        with pytest.raises(BookError) as no:
            rulebook.loads(text)
        assert said in str(no.value)
