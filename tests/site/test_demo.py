"""The demo county, built small: every page has something to show, nobody in it could be real."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Count, F

from wuxiao.desk.base.errors import Refused
from wuxiao.desk.case import clock, standing
from wuxiao.desk.diary import filling
from wuxiao.desk.doors import signing_in
from wuxiao.desk.matters import call_backs, matters
from wuxiao.desk.publish import look as publications
from wuxiao.desk.register import foreign
from wuxiao.desk.town import books
from wuxiao.records.models import (
    Access,
    Address,
    AgendaItem,
    Attachment,
    Booking,
    BookVersion,
    CallBack,
    Case,
    Contact,
    Entry,
    Finding,
    Inspection,
    Matter,
    Message,
    Publication,
    Reward,
    Row,
    SignOff,
    Slot,
    Staff,
    TakenOver,
    Task,
    Words,
    WorkOrder,
)
from wuxiao.rules import access, route
from wuxiao.rules import book as rulebook
from wuxiao.rules.access import Role
from wuxiao.rules.calendar import SHANGHAI, opening
from wuxiao.rules.flow import STANDINGS, State
from wuxiao.rules.register import kinds_of
from wuxiao.rules.slots import Booked
from wuxiao.site import demo
from wuxiao.site.demo import county as telling
from wuxiao.site.demo import ground, lives, plans, points, premises, visits
from wuxiao.site.demo.lives import phrases
from wuxiao.site.demo.wording import Scene, answer_words, report_words, situations
from wuxiao.subjects.conference.rules import CONFERENCE
from wuxiao.subjects.inspection.checklists import checklists
from wuxiao.subjects.inspection.rules import INSPECTION
from wuxiao.subjects.service_points import asks

NOW = datetime(2026, 11, 23, 10, 5, tzinfo=SHANGHAI)
BOOK = rulebook.loads((Path(rulebook.__file__).parent / "book.toml").read_text(encoding="utf-8"), "book.toml")
NAMES = {d.code: (d.name.zh, d.name.en) for d in BOOK.divisions.values()}


class Undone(Exception):
    """Ends a transaction that nobody wants to keep."""


@pytest.fixture(scope="module")
def county(django_db_setup: None, django_db_blocker: Any) -> Iterator[demo.DemoAccounts]:
    """One small county for all the tests of this file, taken back at the end."""
    with django_db_blocker.unblock():
        books.forget()
        try:
            with transaction.atomic():
                yield demo.build(seed=11, now=NOW, small=True)
                raise Undone
        except Undone:
            pass
        finally:
            books.forget()


@pytest.fixture
def _look(county: demo.DemoAccounts, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        yield


looks = pytest.mark.usefixtures("_look")


# ------------------------------------------------------------------------------------------------- before it is built


def test_every_situation_belongs_to_its_category_and_can_be_routed_everywhere() -> None:
    kinds = set()
    for situation in situations():
        category = BOOK.categories[situation.category]
        assert category.leaf, situation.code
        kinds.add(category.kind)
        for division in NAMES:
            way = route.route(BOOK, situation.category, division)
            assert route.may_lead(BOOK, way.lead, situation.category)[0]
    assert kinds == set(BOOK.kinds)
    assert {s.category.split(".")[0] for s in situations()} == {c.split(".")[0] for c in BOOK.categories}
    assert len(situations()) >= 150


def test_every_situation_says_whole_sentences_in_every_manner() -> None:
    spots = ground.spots(NAMES, small=True)
    import random

    for situation in situations():
        rng = random.Random(situation.code)
        for channel in ("web", "phone", "call_110", "desk"):
            spot = rng.choice([s for s in spots if situation.where in {s.kind, "none", "any", "urban"}])
            scene = Scene(rng, spot, NOW, NAMES)
            words = report_words(situation, scene, channel)
            assert 5 <= len(words) <= 600, words
            told = answer_words(situation, scene, solved=False, at=NOW, req="王女士", who="贺军", tel="0990-5550011")
            for text in (words, told, *(scene.fill(item) for item in situation.items)):
                assert "{" not in text, text
                assert "。。" not in text, text


def test_every_occasion_of_the_way_has_its_phrases() -> None:
    source = (Path(plans.__file__).parent / "lives.py").read_text(encoding="utf-8")
    asked = set(re.findall(r'self\.says\("(\w+)"\)', source)) | set(re.findall(r'phrases\(\)\["(\w+)"\]', source))
    assert asked
    assert asked <= set(phrases())
    assert all(lines for lines in phrases().values())


def test_nobody_is_asked_or_answered_what_belongs_to_another_subject() -> None:
    named = {name.partition("@") for name in phrases() if "@" in name}
    assert {category for _, _, category in named} <= set(BOOK.categories)
    for answer, question in lives.ANSWERS.items():
        for category in {"", *(c for occasion, _, c in named if occasion in {answer, question})}:
            mark = f"@{category}" if category else ""
            assert len(phrases()[answer + mark]) == len(phrases()[question + mark]), (answer, category)
    bench = lives.phrases_of("ask", "urban.facility.park")
    assert not any(word in line for line in bench for word in ("漏水", "车", "凭证", "工友"))
    assert lives.phrases_of("ask", "dispute.neighbour.leak") == ["请问您方便哪天在家,我们上门查看漏水位置"]
    assert lives.phrases_of("reply", "social.aid.minimum") == phrases()["reply"]
    for situation in situations():
        for said in ("refuse", "extend", "object", "note_seen"):
            assert set(phrases()[said]) <= set(lives.phrases_of(said, situation.category))
    # Nothing that fits anything speaks of a thing only some matters have.
    things = re.compile("路段|小区|摊|漏水|车牌|小票|工友|燃气|材料到货|施工|维修资金|走失|罚了款|债务")
    assert [line for name, lines in phrases().items() if "@" not in name for line in lines if things.search(line)] == []


def test_addresses_have_one_code_each_and_stand_in_known_divisions() -> None:
    spots = ground.spots(NAMES)
    codes = [spot.row.code for spot in spots]
    assert len(codes) == len(set(codes))
    assert 5000 <= len(codes) <= 7000
    assert {spot.row.division for spot in spots} <= set(BOOK.divisions)
    assert len({spot.row.full for spot in spots}) == len(codes)


@pytest.mark.parametrize("small", [True, False])
def test_the_same_seed_plans_the_same_year(small: bool) -> None:
    class Rules:
        book = BOOK
        calendar = __import__("wuxiao.rules.calendar", fromlist=["Calendar"]).Calendar.official(BOOK.office_hours)

    def year(seed: int) -> list[tuple[object, ...]]:
        spots = ground.spots(NAMES, small=small)
        made = plans.make(seed, NOW, Rules, spots, NAMES, small=small)  # type: ignore[arg-type]
        return [
            (p.at, p.situation.code, p.scene.spot.row.code, p.channel, sorted(p.will), p.stop, p.hidden) for p in made
        ]

    assert year(3) == year(3)
    assert year(3) != year(4)
    assert len(year(3)) >= (100 if small else 1400)


def test_every_question_of_every_list_has_words_of_its_finding_and_of_its_mending() -> None:
    said = visits.phrases()
    for listed in checklists().values():
        for item in listed.items:
            assert len(said[item.code]) >= 3, item.code
            assert said[f"mended@{item.code}"], item.code
    slots = {"f": "一楼", "d": "东侧", "n": "两"}
    lines = [line for group in said.values() for line in group]
    assert len(lines) == len(set(lines)) > 150
    assert not [line for line in lines if "{" in line.format(**slots)]
    # Places and their things: nobody is named, and no number could be dialled or stands for somebody.
    assert not [line for line in lines if re.search("[0-9]{5}|女士|先生|师傅|某", line)]


def test_courses_are_of_the_steps_of_the_table() -> None:
    verbs = {visits._STEP.get(verb, verb) for course in visits.COURSES.values() for verb in _verbs(course)}
    # The clock alone takes one, a phone two, nobody the last.
    assert verbs == set(INSPECTION.steps) - {"fall_due", "picture", "signature", "recall"}
    assert set(visits.OFTEN) == set(visits.CLOSED)
    whole = len(visits.OPEN) * visits.MANY + sum(visits.OFTEN.values())
    assert 180 <= whole <= 220


def _verbs(course: visits.Course) -> list[str]:
    return [step if isinstance(step, str) else step[0] for step in course]


# -------------------------------------------------------------------------------------------------------- as it stands


@looks
def test_every_state_and_queue_has_something_today() -> None:
    assert set(Matter.objects.values_list("state", flat=True)) == {state.value for state in State}
    wanted = {standing.queue for standing in STANDINGS.values()} | {"extension"}
    assert set(Access.objects.filter(principal="c").values_list("queue", flat=True)) == wanted


@looks
def test_the_year_holds_what_pages_want_to_show() -> None:
    open_ones = Matter.objects.exclude(state="closed")
    assert open_ones.filter(due_at__lt=NOW, state="handling").exists()
    assert open_ones.filter(danger_open=True).exists()
    assert {"answered", "merged", "declined", "withdrawn"} <= set(Matter.objects.values_list("outcome", flat=True))
    assert {"zh-hans", "en"} == set(Matter.objects.values_list("lang", flat=True))
    assert {"web", "phone", "call_110"} <= set(Matter.objects.values_list("channel", flat=True))
    assert set(BOOK.kinds) == set(Matter.objects.values_list("kind", flat=True))
    assert Matter.objects.exclude(hidden_units="").exists()
    assert {"drawn", "done"} <= set(CallBack.objects.values_list("state", flat=True))
    assert SignOff.objects.exclude(fault="").exists()
    assert WorkOrder.objects.filter(role="co").exists()
    assert Matter.objects.annotate(joined=Count("merged")).filter(joined__gte=3).exists()
    assert Matter.objects.filter(petition=True).exists()
    verbs = set(Entry.objects.values_list("verb", flat=True))
    assert verbs >= {
        "receive", "classify", "divert", "sign", "assign", "accept", "refuse", "decide", "ask", "reply", "extend",
        "grant", "part", "note", "read", "answer", "rate", "object", "merge", "urge", "supervise", "remind", "bypass",
        "decline", "uphold", "call_back", "close", "withdraw", "escalate", "fault",
    }  # fmt: skip
    ratings = dict(Matter.objects.exclude(satisfied=None).values_list("satisfied").annotate(Count("pk")))
    assert set(ratings) >= {2, 3, 4, 5}
    happy = sum(n for mark, n in ratings.items() if mark >= 3) / sum(ratings.values())
    assert 0.6 < happy < 0.97


@looks
def test_all_of_it_happened_in_its_order_within_the_year() -> None:
    assert not Entry.objects.filter(at__gt=NOW).exists()
    assert not Matter.objects.filter(received_at__lt=NOW - timedelta(days=366)).exists()
    for matter in Matter.objects.all():
        instants = list(matter.entries.order_by("turn").values_list("at", flat=True))
        assert instants == sorted(instants), matter
    assert clock.orphans(at=NOW) == []
    assert not Matter.objects.filter(tick_at__lt=NOW).exists()


@looks
def test_lists_show_exactly_what_the_predicate_says() -> None:
    """Acts rewrite the stored access only when something it rests on changed; here is a year of acts to compare."""
    rules = books.of_version(BookVersion.objects.get().pk)
    for matter in Matter.objects.all():
        facts = standing.facts_of(matter, rules.book, rules.calendar, NOW)
        stored = set(matter.access.values_list("principal", flat=True))
        assert stored == access.principals(facts), matter
        assert stored.isdisjoint(f"u:{unit}" for unit in matter.hidden)


@looks
def test_inspections_stand_at_every_stage_today() -> None:
    found = Case.objects.filter(life=INSPECTION.name)
    assert found.count() == len(visits.OPEN) + len(visits.CLOSED)
    assert set(found.values_list("state", flat=True)) == {state.value for state in INSPECTION.standings}
    ended = set(found.exclude(outcome="").values_list("outcome", flat=True))
    assert ended == {"clean", "mended", "withdrawn", "handed", "gone", "dropped"}
    late = found.filter(closed_at=None, step_due_at__lt=NOW)
    assert set(late.values_list("state", flat=True)) == {"planned", "assigned", "ordered", "recheck", "handed"}
    assert Inspection.objects.filter(objected=True).count() == 2
    assert Finding.objects.filter(grave=True, reported=False).exists()
    assert Attachment.objects.filter(matter__in=found).exists()
    verbs = set(Entry.objects.filter(matter__in=found).values_list("verb", flat=True))
    papers = {"issue_paper", "replace_paper", "void_paper"}
    # Pictures and drawn signatures come from a phone, of which there is none here.
    assert verbs == (set(INSPECTION.steps) - {"recall", "picture", "signature"}) | papers
    assert not Entry.objects.filter(matter__in=found, at__gt=NOW).exists()
    assert not found.filter(tick_at__lt=NOW).exists()
    for case in found:
        instants = list(case.entries.order_by("turn").values_list("at", flat=True))
        assert instants == sorted(instants), case
    # Whoever went did not look again, and a place is looked at by the station it lies in.
    for one in Inspection.objects.exclude(first=None).select_related("matter"):
        again = one.matter.entries.filter(verb="recheck").values_list("staff_id", flat=True)
        assert {one.first_id, one.second_id}.isdisjoint(again)
        assert one.matter.division.startswith(BOOK.units[one.matter.holder].division)


@looks
def test_receptions_are_past_and_to_come_with_bookings_in_every_state() -> None:
    assert set(Booking.objects.values_list("state", flat=True)) == {one.value for one in Booked}
    assert Slot.objects.filter(ends_at__lt=NOW).exists()
    coming = Slot.objects.filter(starts_at__gt=NOW)
    assert coming.filter(state="cancelled").exists()
    assert coming.filter(taken=F("capacity")).exists()
    assert coming.filter(state="open", taken__lt=F("capacity")).exists()
    assert TakenOver.objects.filter(ended_at=None, matter__closed_at=None).exists()
    assert Entry.objects.filter(verb="promise_slot").exists()
    for one in Matter.objects.filter(bookings__isnull=False).distinct():
        instants = list(one.entries.order_by("turn").values_list("at", flat=True))
        assert instants == sorted(instants), one
        assert instants[-1] <= NOW


@pytest.mark.django_db
@pytest.mark.parametrize("day", ["2026-10-08T03:10", "2026-02-23T12:00", "2026-11-22T23:50"])
def test_a_holiday_or_a_night_leaves_no_stage_out(day: str) -> None:
    """All of an inspection's present is there whatever day somebody starts the demo on, its plans and people alone."""
    now = datetime.fromisoformat(day).replace(tzinfo=SHANGHAI)
    books.forget()
    try:
        demo.begin(seed=3, now=now, small=True)
        stand = filling.find()
        assert stand is not None
        for part in telling._parts(stand):
            if isinstance(part[0], visits.Visit):
                telling._tell(part, now, beside=False)
        found = Case.objects.filter(life=INSPECTION.name)
        assert set(found.values_list("state", flat=True)) == {state.value for state in INSPECTION.standings}
        assert not found.filter(tick_at__lt=now).exists()
        assert not Entry.objects.filter(matter__in=found, at__gt=now).exists()
    finally:
        books.forget()


@looks
def test_six_sittings_stand_one_at_each_stage() -> None:
    found = Case.objects.filter(life="conference")
    assert set(found.values_list("state", flat=True)) == {state.value for state in CONFERENCE.standings}
    assert found.count() == 6
    decided = AgendaItem.objects.filter(state="decided")
    assert {one.about.life for one in decided.select_related("about")} == {"matter", "inspection"}
    assert Task.objects.filter(kind="decision").exclude(state="done").exists()
    assert Task.objects.filter(kind="rectify").exists()
    (shown,) = publications.shown("digest", at=NOW)
    assert "主办" in shown.text.zh
    for case in found:
        instants = list(case.entries.order_by("turn").values_list("at", flat=True))
        assert instants == sorted(instants), case.number


@looks
def test_rewards_stand_at_every_stage_and_their_sums_are_the_book_s() -> None:
    found = Case.objects.filter(life="reward").select_related("parent")
    ends = set(found.filter(state="closed").values_list("outcome", flat=True))
    assert set(found.values_list("state", flat=True)) == {"proposed", "payable", "closed"}
    assert ends == {"paid", "rejected", "waived", "lapsed"}
    numbers = rulebook.default().lives["reward"].numbers
    for part in Reward.objects.all():
        assert numbers["general_from"] <= part.amount <= numbers["general_to"]
    assert {case.parent.kind for case in found if case.parent} == {"hazard"}
    assert not found.filter(tick_at__lt=NOW).exists()
    for case in found:
        instants = list(case.entries.order_by("turn").values_list("at", flat=True))
        assert instants == sorted(instants), case.number


@looks
def test_nothing_waits_to_be_sent() -> None:
    assert Message.objects.filter(state="sent").count() > 100
    assert not Message.objects.exclude(state="sent").exists()
    assert not Message.objects.exclude(sent_at=F("created_at")).exists()


@looks
def test_nobody_in_it_could_be_called() -> None:
    phones = [
        *Contact.objects.exclude(phone="").values_list("phone", flat=True),
        *Staff.objects.values_list("phone", flat=True),
    ]
    assert len(phones) > 100
    assert all(re.fullmatch(r"1990990\d{4}", phone) for phone in phones)
    mails = list(Contact.objects.exclude(email="").values_list("email", flat=True))
    assert all(mail.endswith("@example.invalid") for mail in mails)
    said = "\n".join(Words.objects.values_list("text", flat=True))
    assert len(said) > 10_000
    for number in re.findall(r"(?<!\d)1[3-9]\d{9}(?!\d)", said):
        assert number.startswith("1990990")
    for number in re.findall(r"(?<!\d)0\d{2,3}-\d{7,8}(?!\d)", said):
        assert number.startswith("0990-555")
    assert not re.search(r"(?<!\d)\d{17}[\dXx](?!\d)", said)
    assert BOOK.town.fictional
    assert "虚构" in demo.BANNER.zh


@looks
def test_the_words_hardly_ever_repeat() -> None:
    texts = list(Words.objects.filter(turn=1, field="words").values_list("text", flat=True))
    assert len(set(texts)) > 0.9 * len(texts)
    replies = list(Words.objects.filter(field="reply").values_list("text", flat=True))
    assert len(set(replies)) > 0.85 * len(replies)


@looks
def test_the_printed_accounts_sign_in_at_once_and_no_others(county: demo.DemoAccounts) -> None:
    assert len(county.accounts) >= 18
    assert {Role(role) for role in Staff.objects.values_list("posts__role", flat=True)} == set(Role)
    units = set(Staff.objects.values_list("posts__unit", flat=True))
    assert units == set(BOOK.units)
    for account in county.accounts[:3]:
        who = signing_in.first_step(account.username, account.password, at=NOW)
        assert not who.must_change_password
    assert len({account.password for account in county.accounts}) == len(county.accounts)
    printed = {account.username for account in county.accounts}
    other = Staff.objects.exclude(username__in=printed).first()
    assert other is not None
    for guess in ("", "!", "demo", other.username):
        assert not other.check_password(guess)


@looks
def test_it_is_only_built_into_an_empty_database(county: demo.DemoAccounts) -> None:
    with pytest.raises(Refused) as no:
        demo.build(seed=1, now=NOW, small=True)
    assert no.value.code == "not_empty"
    assert Address.objects.count() == county.addresses
    assert connection.in_atomic_block


# ----------------------------------------------------------------------------------------------------------- again


@pytest.mark.django_db
@pytest.mark.either
def test_the_same_seed_makes_the_same_matters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything but what the machine draws: codes, numbers, passwords. Every lot falls to a call-back, as it may."""
    monkeypatch.setattr(call_backs, "lot", lambda _matter, _round: 0.0)

    class Killed(Exception):
        """Stands for a process that ended while a part was told."""

    def once(kills: int) -> list[tuple[object, ...]]:
        books.forget()
        with transaction.atomic():
            demo.begin(seed=23, now=NOW, small=True)
            acts = 0
            real = matters.receive

            def dying(*args: Any, **kwargs: Any) -> Matter:
                nonlocal acts
                acts += 1
                if acts % 30 == 0 and acts <= 30 * kills:
                    raise Killed
                return real(*args, **kwargs)

            monkeypatch.setattr(matters, "receive", dying)
            for _ in range(kills):
                told = Matter.objects.count()
                with pytest.raises(Killed):
                    demo.go_on(together=4)
                assert Matter.objects.count() > told
                stand = filling.find()
                assert stand is not None
                assert not stand.finished
                assert 0 < stand.done < stand.total
                # What is told of a life stands in the present already: no worker finds it in its own past.
                assert not Matter.objects.filter(tick_at__lt=NOW).exists()
                assert not Message.objects.exclude(state="sent").exists()
            stand = demo.go_on(together=demo.BATCH)
            assert stand is not None
            assert stand.finished
            assert (stand.percent, stand.done) == (100, stand.total)
            assert demo.go_on() == stand, "once more tells nothing more"
            monkeypatch.setattr(matters, "receive", real)
            found: list[tuple[object, ...]] = [
                (
                    m.received_at,
                    m.title,
                    m.place,
                    m.kind,
                    m.category,
                    m.channel,
                    m.accepted_at,
                    m.reopened,
                    m.holder,
                    m.state,
                    m.outcome,
                    m.satisfied,
                    m.turn,
                )
                for m in Matter.objects.order_by("received_at", "title", "pk")
            ]
            visited = Case.objects.filter(life=INSPECTION.name).order_by("received_at", "title", "pk")
            found += visited.values_list("received_at", "title", "place", "holder", "state", "outcome", "turn")
            assert len(demo.codes(at=NOW)) == demo.CODES
            transaction.set_rollback(True)
        return found

    assert once(kills=0) == once(kills=2)


def test_service_points_of_each_kind_and_texts_that_two_people_saw(county: demo.DemoAccounts) -> None:
    book = books.current(NOW).book
    found = Row.objects.filter(register="service_points")
    assert found.count() == points.SMALL
    assert set(found.values_list("kind", flat=True)) == set(kinds_of(book, "service_points"))
    there = asks.points(at=NOW)
    assert [one.kind.code for one in there if one.standing.state is opening.State.PLANNED] == ["enterprise_office"]
    enough = [one for one in there if asks.rated(one.row.pk, book, at=NOW).enough]
    assert len(enough) == 2
    assert any(asks.rated(one.row.pk, book, at=NOW).said for one in enough)
    # One waits for a second person, one is for staff only.
    texts = Publication.objects.filter(row__kind="knowledge")
    assert (texts.count(), len(publications.shown("knowledge", at=NOW))) == (15, 13)
    for one in texts.filter(shown__isnull=False):
        assert one.author_id != one.released_by_id
    tongues = {each.lang for one in there for each in foreign.texts(one.row.pk, asks.spoken(one)) if each.shown}
    assert {"ar", "fr", "ko"} <= tongues
    assert "es" not in tongues


def test_the_register_of_premises_has_a_place_of_each_kind_and_something_to_do(county: demo.DemoAccounts) -> None:
    found = Row.objects.filter(register="premises")
    assert found.count() == premises.SMALL
    kinds = kinds_of(books.current(NOW).book, "premises")
    assert set(found.values_list("kind", flat=True)) == set(kinds) == set(premises.KINDS)
    live = found.filter(state="live")
    over = [row for row in live if row.checked_at + timedelta(days=kinds[row.kind].cycle_days) < NOW]
    assert 3 <= len(over) < len(live) / 2
    assert Entry.objects.filter(row__isnull=False, verb="confirm_row").exists()
    assert Entry.objects.filter(row__isnull=False, verb="change_row").exists()
    assert not Entry.objects.filter(row__isnull=False, at__gt=NOW).exists()
