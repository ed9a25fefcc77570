"""Who gets in, who appoints whom, and what guessing costs: stories of the doors, on both databases."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connections
from django.test import Client
from django.utils import timezone

from tests.desk.people import MONDAY, Town, settle
from wuxiao.desk.base import actor, locked, throttle
from wuxiao.desk.base.actor import SYSTEM
from wuxiao.desk.base.errors import DeskError, Invalid, NotFound, Refused, Throttled
from wuxiao.desk.doors import appointments, factors, passphrases, signing_in, staff, visits
from wuxiao.desk.doors.staff import Appointment
from wuxiao.desk.town import books
from wuxiao.records.models import Entry, Message, PastPassword, Proposal, Recovery, Staff, Throttle, Visit
from wuxiao.rules.access import ADMINISTRATORS, EXCLUSIVE, Role, Scope

GOOD, BETTER = "雨伞胡椒邮票河马", "tree-candle-orbit-mustard"
LIMIT = 5


@pytest.fixture
def town(db: None) -> Town:
    cache.clear()
    made = settle()
    for name in ("operator", "admin"):
        person = made.staff(name)
        person.set_password(GOOD)
        person.must_change_password = False
        person.save()
    return made


def entries(verb: str) -> list[Entry]:
    return list(Entry.objects.filter(verb=verb, matter__isnull=True).order_by("turn"))


def try_in(name: str, password: str, *, at: datetime = MONDAY, address: str = "10.0.0.1", device: str = "") -> str:
    """Try to sign in and say what came of it."""
    try:
        signing_in.first_step(name, password, at=at, address=address, device=device)
    except DeskError as refused:
        return f"{type(refused).__name__}: {refused.text.zh}"
    return "in"


# -- guessing ----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_forty_guesses_at_once_five_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    made = settle()
    looked: list[str] = []
    monkeypatch.setattr(Staff, "check_password", lambda self, raw: looked.append(raw) or False)  # type: ignore[func-returns-value]
    start, found = threading.Barrier(40), list[str]()

    def guess(n: int) -> None:
        try:
            start.wait()
            # Each from its own address: only the account is common.
            found.append(try_in("operator", f"guess {n}", address=f"10.1.0.{n}"))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=guess, args=(n,)) for n in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(looked) == LIMIT
    kinds = [word.partition(":")[0] for word in found]
    assert (kinds.count("Refused"), kinds.count("Throttled")) == (LIMIT, 40 - LIMIT)
    assert len(entries("sign_in_failed")) == LIMIT
    assert len(entries("sign_in_locked")) == 1
    assert made.staff("operator").username == "operator"


def test_known_and_unknown_names_are_answered_word_for_word_alike(town: Town) -> None:
    closed = town.staff("caller")
    Staff.objects.filter(pk=closed.pk).update(is_active=False)
    told = {
        name: [try_in(name, "wrong", address=f"10.2.0.{n}") for _ in range(8)]
        for n, name in enumerate(("operator", "nobody.at.all", "caller"))
    }
    assert told["operator"] == told["nobody.at.all"] == told["caller"]
    assert told["operator"][4].startswith("Refused")
    assert told["operator"][5].startswith("Throttled")
    written = [(e.facts["known"], e.facts["from"]) for e in entries("sign_in_failed")]
    assert written == [(True, "10.2.0.0")] * 5 + [(False, "10.2.0.1")] * 5 + [(True, "10.2.0.2")] * 5
    assert "nobody.at.all" not in str([e.facts for e in entries("sign_in_failed")]), "it may be a password typed amiss"


def test_an_unknown_name_costs_one_hash_as_a_known_one_does(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.contrib.auth import hashers

    hasher = hashers.get_hasher()
    hashed: list[str] = []
    once = type(hasher).encode

    def count(self: object, password: str, salt: str, *more: object) -> str:
        hashed.append(password)
        return str(once(self, password, salt, *more))  # type: ignore[arg-type]

    monkeypatch.setattr(type(hasher), "encode", count)
    counts = []
    for name in ("operator", "nobody.at.all"):
        hashed.clear()
        assert try_in(name, "wrong").startswith("Refused")
        counts.append(len(hashed))
    assert counts == [1, 1]


def test_a_lock_ends_by_itself_and_trying_on_does_not_prolong_it(town: Town) -> None:
    for n in range(LIMIT):
        assert try_in("operator", "wrong", at=MONDAY + timedelta(minutes=n)).startswith("Refused")
    last = MONDAY + timedelta(minutes=LIMIT - 1)
    for minutes in range(1, 15):
        assert try_in("operator", GOOD, at=last + timedelta(minutes=minutes)).startswith("Throttled")
    assert try_in("operator", GOOD, at=last + throttle.LOCK - timedelta(seconds=1)).startswith("Throttled")
    assert try_in("operator", GOOD, at=last + throttle.LOCK) == "in"


def test_the_right_password_forgets_the_misses_before_it(town: Town) -> None:
    for _ in range(3):
        for _ in range(LIMIT - 1):
            assert try_in("operator", "wrong").startswith("Refused")
        assert try_in(" ＯＰＥＲＡＴＯＲ ", GOOD) == "in"


def test_spraying_from_one_address_ends_and_a_whole_office_behind_it_still_signs_in(town: Town) -> None:
    ceiling = throttle.SHARED * LIMIT
    for _ in range(200):
        assert try_in("operator", GOOD, address="10.3.0.1") == "in", "only misses count"
    told = [try_in(f"name{n}", "Spring2026!", address="10.3.0.1") for n in range(ceiling + 20)]
    assert [t.partition(":")[0] for t in told] == ["Refused"] * ceiling + ["Throttled"] * 20
    assert try_in("operator", GOOD, address="10.3.0.1").startswith("Throttled")
    assert try_in("operator", GOOD, address="10.3.0.2") == "in", "the account itself is not locked by it"


def test_nobody_can_keep_the_administrator_out_who_comes_with_a_known_device(town: Town) -> None:
    now = MONDAY
    for _ in range(20):
        for n in range(LIMIT + 1):
            try_in("admin", "wrong", at=now, address=f"10.4.{n}.1")
        assert try_in("admin", GOOD, at=now, address="10.4.9.1").startswith("Throttled")
        assert try_in("admin", GOOD, at=now, address="10.4.9.1", device="desk-pc") == "in"
        now += timedelta(minutes=16)
    told = [try_in("admin", "wrong", at=now, device="desk-pc").partition(":")[0] for _ in range(7)]
    assert told == ["Refused"] * LIMIT + ["Throttled"] * 2, "a stolen device does not guess freely either"
    assert try_in("admin", GOOD, at=now, device="other-pc") == "in"


def test_the_old_password_is_not_guessed_on_the_page_that_changes_it(town: Town) -> None:
    pk = town.staff("operator").pk
    told = []
    for n in range(30):
        with pytest.raises(DeskError) as wrong:
            staff.change_password(pk, f"guess {n}", BETTER, at=MONDAY, address="10.0.0.9")
        told.append(type(wrong.value).__name__)
    assert told == ["Invalid"] * LIMIT + ["Throttled"] * 25
    with pytest.raises(Throttled):
        staff.change_password(pk, GOOD, BETTER, at=MONDAY)
    assert [e.facts["from"] for e in entries("sign_in_failed")] == ["10.0.0.9"] * LIMIT
    assert staff.change_password(pk, GOOD, BETTER, at=MONDAY + throttle.LOCK).check_password(BETTER)


def test_counts_are_swept_and_tell_no_name(town: Town) -> None:
    try_in("operator", "wrong", address="192.0.2.77")
    rows = list(Throttle.objects.values_list("key", flat=True))
    assert len(rows) == 2
    assert [r for r in rows if "operator" in r or "192.0.2" in r] == []


# -- appointing --------------------------------------------------------------------------------------------------------


def propose(town: Town, **more: object) -> tuple[Proposal, str]:
    posts = [Appointment(Role.HANDLER, "urban_mgmt")]
    _, row, half = appointments.propose_account("zhou.ming", "周明", posts, by=town.security, at=MONDAY)
    return row, half


def test_an_appointment_needs_two_named_persons_and_neither_knows_the_password(town: Town) -> None:
    row, first = propose(town)
    person = Staff.objects.get(username="zhou.ming")
    assert (person.is_active, list(person.posts.all())) == (False, [])
    with pytest.raises(Refused):
        appointments.decide(row.pk, "confirmed", by=town.security, at=MONDAY)
    second = appointments.decide(row.pk, "confirmed", by=town.admin, at=MONDAY)
    person.refresh_from_db()
    assert (person.is_active, [p.role for p in person.posts.all()], person.must_change_password) == (
        True, ["handler"], True,
    )  # fmt: skip
    for half in (first, second, f"{second}-{first}"):
        assert not person.check_password(half)
    assert try_in("zhou.ming", f"{first}-{second}") == "in"
    row.refresh_from_db()
    assert (row.half, row.encoded, row.outcome) == ("", "", "confirmed")
    facts = entries("decide_staff")[0]
    assert (facts.staff_id, facts.facts["choice"], entries("propose_staff")[0].staff_id) == (
        town.admin.staff_id, "confirmed", town.security.staff_id,
    )  # fmt: skip
    with pytest.raises(NotFound):
        appointments.decide(row.pk, "confirmed", by=town.auditor, at=MONDAY)


def test_what_is_turned_down_or_taken_back_gives_nothing(town: Town) -> None:
    row, _half = propose(town)
    with pytest.raises(Refused):
        appointments.decide(row.pk, "withdrawn", by=town.admin, at=MONDAY)
    assert appointments.decide(row.pk, "refused", by=town.admin, at=MONDAY) == ""
    person = Staff.objects.get(username="zhou.ming")
    assert (person.is_active, person.posts.count()) == (False, 0)
    again = appointments.change_posts(person.pk, [Appointment(Role.HANDLER, "urban_mgmt")], by=town.security, at=MONDAY)
    assert again is not None
    appointments.decide(again.pk, "withdrawn", by=town.security, at=MONDAY)
    assert person.posts.count() == 0


@pytest.mark.parametrize("who", ["operator", "shift_lead", "police", "supervisor", "chief", "caller", "reviewer1"])
def test_nobody_else_proposes_or_decides(town: Town, who: str) -> None:
    by = town.people[who]
    row, _half = propose(town)
    target = town.staff("reviewer2").pk
    posts = [Appointment(Role.HANDLER, "urban_mgmt")]
    acts: list[Callable[[], object]] = [
        lambda: appointments.decide(row.pk, "confirmed", by=by, at=MONDAY),
        lambda: appointments.change_posts(target, posts, by=by, at=MONDAY),
        lambda: appointments.propose_reset(target, by=by, at=MONDAY),
        lambda: appointments.propose_account("x.y", "x", posts, by=by, at=MONDAY),
        lambda: staff.create("x.y", "x", posts, by=by, at=MONDAY),
    ]
    for act in acts:
        with pytest.raises(Refused):
            act()
    assert Proposal.objects.filter(outcome="").count() == 1


def test_no_administrator_touches_the_own_account_in_any_way(town: Town) -> None:
    for name in ("security", "admin", "auditor"):
        me = town.people[name]
        assert me.staff_id is not None
        other = next(town.people[n] for n in ("security", "admin", "auditor") if n != name)
        with pytest.raises(Refused):
            appointments.propose_reset(me.staff_id, by=me, at=MONDAY)
        with pytest.raises(Refused):
            appointments.change_posts(me.staff_id, [Appointment(Role.AUDITOR, "gov")], by=me, at=MONDAY)
        row, _half = appointments.propose_reset(me.staff_id, by=other, at=MONDAY)
        assert row is not None
        with pytest.raises(Refused):
            appointments.decide(row.pk, "confirmed", by=me, at=MONDAY)
        with pytest.raises(Refused):
            appointments.decide(row.pk, "confirmed", by=other, at=MONDAY)
        third = next(town.people[n] for n in ("security", "admin", "auditor") if town.people[n] not in (me, other))
        appointments.decide(row.pk, "confirmed", by=third, at=MONDAY)


def test_the_system_administrator_no_longer_appoints(town: Town) -> None:
    posts = [Appointment(Role.CENTRE_LEAD, "hotline")]
    for target in (town.admin.staff_id, town.staff("operator").pk):
        with pytest.raises(Refused):
            appointments.change_posts(target, posts, by=town.admin, at=MONDAY)  # type: ignore[arg-type]


def test_posts_that_exclude_each_other_are_refused_for_every_pair(town: Town) -> None:
    held = {frozenset(pair) for pair in EXCLUSIVE}
    for one in ADMINISTRATORS:
        assert {frozenset({one, other}) for other in Role if other != one} <= held
    working = (Role.OPERATOR, Role.CENTRE_LEAD, Role.POLICE_OPERATOR, Role.HANDLER, Role.LEAD)
    assert {frozenset({Role.CALLER, role}) for role in working} <= held
    for pair in held:
        posts = [Appointment(role, "hotline", level=1) for role in sorted(pair)]
        with pytest.raises(Invalid) as wrong:
            appointments.change_posts(town.staff("reviewer2").pk, posts, by=town.security, at=MONDAY)
        assert "不能由一人兼任" in wrong.value.fields["posts"].zh
    fine = [Appointment(Role.OPERATOR, "hotline"), Appointment(Role.CENTRE_LEAD, "hotline")]
    assert appointments.change_posts(town.staff("reviewer2").pk, fine, by=town.security, at=MONDAY)


def test_resetting_the_auditor_takes_two_and_the_auditors_are_told(town: Town) -> None:
    Staff.objects.filter(username="auditor").update(email="audit@town.example")
    gone = Staff.objects.create(username="gone", name="钱离", email="gone@town.example", created_at=MONDAY)
    staff.appoint(gone, [Appointment(Role.AUDITOR, "supervision")])
    Staff.objects.filter(pk=gone.pk).update(is_active=False)
    pk = town.staff("auditor").pk
    row, first = appointments.propose_reset(pk, by=town.security, at=MONDAY)
    assert row is not None
    old = town.staff("auditor").password
    assert town.staff("auditor").password == old, "nothing happens before the second person"
    assert [m.address for m in Message.objects.filter(verb="account_alarm")] == ["audit@town.example"]
    second = appointments.decide(row.pk, "confirmed", by=town.admin, at=MONDAY)
    assert Message.objects.filter(verb="account_alarm").count() == 2
    assert entries("reset_password")[0].facts == {"name": "auditor", "alarm": True}
    assert try_in("auditor", f"{first}-{second}") == "in"


def test_an_ordinary_reset_by_one_person_never_lets_that_person_in(town: Town) -> None:
    person = town.staff("operator")
    row, half = appointments.propose_reset(person.pk, by=town.security, at=MONDAY)
    assert row is not None, "without a second factor another person is needed"
    assert town.staff("operator").check_password(GOOD)
    appointments.decide(row.pk, "withdrawn", by=town.security, at=MONDAY)
    secret = factors.new_secret()
    code = factors.totp(_raw(secret), factors.step_of(MONDAY))
    factors.add_app(person, secret, code, "", by=town.operator, at=MONDAY)
    row, password = appointments.propose_reset(person.pk, by=town.security, at=MONDAY)
    assert row is None
    found = signing_in.first_step("operator", password, at=MONDAY)
    assert found.factor_count == 1, "the second factor stays in its owner's hand"
    row, _half = appointments.propose_reset(person.pk, by=town.admin, at=MONDAY)
    assert row is not None, "only the security administrator resets alone"
    assert half != password


def test_a_one_time_password_waits_a_week(town: Town) -> None:
    row, first = appointments.propose_reset(town.staff("operator").pk, by=town.security, at=MONDAY)
    assert row is not None
    password = f"{first}-{appointments.decide(row.pk, 'confirmed', by=town.admin, at=MONDAY)}"
    assert try_in("operator", password, at=MONDAY + signing_in.WAITS) == "in"
    assert try_in("operator", password, at=MONDAY + signing_in.WAITS + timedelta(seconds=1)).startswith("Refused")


def test_closing_an_account_is_done_at_once_but_not_an_administrators(town: Town) -> None:
    operator, auditor = town.staff("operator"), town.staff("auditor")
    posts = [Appointment(Role.OPERATOR, "hotline")]
    assert appointments.change_posts(operator.pk, posts, by=town.security, at=MONDAY, active=False) is None
    assert not town.staff("operator").is_active
    audits = [Appointment(Role.AUDITOR, "gov")]
    waits = appointments.change_posts(auditor.pk, audits, by=town.security, at=MONDAY, active=False)
    assert waits is not None
    assert town.staff("auditor").is_active
    by = signing_in.actor_of(auditor)
    visits.begin(auditor, "k" * 32, by=by, at=MONDAY, address="10.5.0.3", device="")
    epoch = town.staff("auditor").epoch
    appointments.decide(waits.pk, "confirmed", by=town.admin, at=MONDAY)
    assert not town.staff("auditor").is_active
    assert town.staff("auditor").epoch > epoch, "whoever was signed in with it is not any more"
    assert not Visit.objects.filter(staff=auditor).exists()
    reopened = appointments.change_posts(operator.pk, posts, by=town.security, at=MONDAY)
    assert reopened is not None
    assert not town.staff("operator").is_active, "opening again takes two"


def test_who_confirms_and_the_diary_read_how_far_a_post_sees(town: Town) -> None:
    """A handler who sees the whole county is not what "handler, own unit" says."""
    pk = town.staff("operator").pk
    wide = [Appointment(Role.HANDLER, "urban_mgmt", Scope.COUNTY)]
    row = appointments.change_posts(pk, wide, by=town.security, at=MONDAY)
    assert row is not None
    assert entries("propose_staff")[-1].facts["posts"] == ["handler@urban_mgmt:county"]
    page = browse("admin").get("/staff/people").content.decode()
    assert "承办人 · 县城市管理局 · 全县" in page
    appointments.decide(row.pk, "confirmed", by=town.admin, at=MONDAY)
    assert entries("change_staff")[-1].facts["posts"] == ["handler@urban_mgmt:county"]
    assert staff.shown([Appointment(Role.HANDLER, "urban_mgmt", Scope.UNIT)]) == ["handler@urban_mgmt"]


def test_a_password_one_person_knows_opens_nothing_once_the_factor_is_gone(town: Town) -> None:
    """Reset alone beside a factor, then have the factor removed as lost: that would be an account in one hand."""
    person, secret = town.staff("operator"), factors.new_secret()
    code = factors.totp(_raw(secret), factors.step_of(MONDAY))
    factors.add_app(person, secret, code, "", by=town.operator, at=MONDAY)
    waits, password = appointments.propose_reset(person.pk, by=town.security, at=MONDAY)
    assert waits is None
    row = appointments.propose_without_factors(person.pk, "丢了", by=town.security, at=MONDAY)
    appointments.decide(row.pk, "confirmed", by=town.admin, at=MONDAY)
    assert town.staff("operator").factor_count == 0
    assert try_in("operator", password) != "in"
    again, first = appointments.propose_reset(person.pk, by=town.security, at=MONDAY)
    assert again is not None
    second = appointments.decide(again.pk, "confirmed", by=town.admin, at=MONDAY)
    assert try_in("operator", f"{first}-{second}") == "in"


def test_one_thing_waits_at_a_time_and_names_are_checked(town: Town) -> None:
    row, _half = propose(town)
    with pytest.raises(Refused):
        appointments.change_posts(row.staff_id, [Appointment(Role.LEAD, "urban_mgmt")], by=town.security, at=MONDAY)
    posts = [Appointment(Role.HANDLER, "urban_mgmt")]
    for username, name, email, field in (
        ("zhou.ming", "周明", "", "username"),
        ("ZHOU.MING", "周明", "", "username"),
        ("x" * 41, "周明", "", "username"),
        ("<b>x", "周明", "", "username"),
        ("a.b", "<b>周明", "", "name"),
        ("a.b", "", "", "name"),
        ("a.b", "周" * 61, "", "name"),
        ("a.b", "周明", '"<x>,y@b.c', "email"),
        ("a.b", "周明", "a@b.example\nBcc: c@d.example", "email"),
    ):
        with pytest.raises(Invalid) as wrong:
            appointments.propose_account(username, name, posts, by=town.security, at=MONDAY, email=email)
        assert list(wrong.value.fields) == [field], (username, name, email)
    appointments.propose_account("x" * 40, "周" * 60, posts, by=town.security, at=MONDAY, email="a@b.example")


# -- passphrases -------------------------------------------------------------------------------------------------------

_REFUSED = """
wuxiao2026 Admin12345 wangchuan12345 admin888888 P@ssw0rd2026 Wx@123456789 wangchuan1 abcabcabca zhangsan1985
县城管理局县城管理局 2026112920261129 woaini1314 woshizhongguoren Wangchuan@2026 WangChuan#2026! aaaaaaaaaaaa
望川县城管局2026 chengguan2026! Qingping@2026 qingpingjiedao1 hotline12345 ｗｕｘｉａｏ２０２６ 1qaz2wsx3edc
tiantianxiangshang888 我爱北京天安门 zhou.ming.1990 zhouming2026 周明周明周明周明 Zm13900007777
"""
REFUSED = _REFUSED.split()
TAKEN = [
    "雨伞胡椒邮票河马", "tree-candle-orbit-mustard", "baijuyi-tudou-42-lvcha", "梧桐-井盖-7421-tea", "x7gq2m9vkd3p",
    "kT9#vQ2!mZpL", "correct horse battery staple", "Sommer#Fahrrad#Lampe#19", "Qw7#kL9$xZ2f",
]  # fmt: skip


def test_passphrases_are_judged_by_somebody_who_knows_the_town(town: Town) -> None:
    book = books.current(MONDAY).book
    own = passphrases.words_of_person("zhou.ming", "周明", "Ming Zhou", "13900007777", "zm@town.example")
    assert [w for w in [*REFUSED, "wo shi zhong guo ren"] if passphrases.judge(w, book, own).trouble is None] == []
    assert [w for w in TAKEN if passphrases.judge(w, book, own).trouble is not None] == []


def test_the_reason_names_the_word_and_says_how_to_make_a_good_one(town: Town) -> None:
    book = books.current(MONDAY).book
    for word, part in (("wangchuan12345", "wangchuan"), ("Qingping@2026", "qingping"), ("admin888888", "admin")):
        trouble = passphrases.judge(word, book).trouble
        assert trouble is not None
        assert f"“{part}”" in trouble.zh
        assert f"“{part}”" in trouble.en
        assert passphrases.HOW.zh in trouble.zh
        assert passphrases.HOW.en in trouble.en
    short = passphrases.judge("柳桥", book).trouble
    assert short is not None
    assert "10" in short.zh


@pytest.mark.parametrize(
    ("word", "count"),
    [("nihao", 2), ("xian", 1), ("woshizhongguoren", 5), ("lamp", 0), ("", 0)]
    # No syllable begins with these, and none is one of them alone; a, e and o are.
    + [(word, 0) for word in ("i", "u", "v", "ue", "ve", "ubaba")]
    + [(word, 1) for word in ("a", "e", "o", "lu", "lv", "lve")],
)
def test_pinyin_is_read_by_syllables(word: str, count: int) -> None:
    assert passphrases.syllables_of(word) == count


def test_strange_and_endless_ones_are_judged_and_the_plain_repeats_refused(town: Town) -> None:
    book = books.current(MONDAY).book
    for text in ("啊" * 5000, "ab" * 5000, "\x00" * 20, "𠮷𡋾𬎆𪚥" * 3, "é" * 12):
        assert passphrases.judge(text, book).guesses >= 0, text
    for text in ("１２３４５６７８９０", " " * 30, "aaaaaaaaaaaa"):
        assert passphrases.judge(text, book).trouble is not None, text


def test_the_last_passwords_do_not_come_back(town: Town) -> None:
    pk = town.staff("operator").pk
    words = [GOOD, BETTER, *TAKEN[2:7]]
    for n, (old, new) in enumerate(pairwise(words)):
        staff.change_password(pk, old, new, at=MONDAY + timedelta(days=n), address="10.0.0.3")
    # Six changes: the first is forgotten, the last five before the present one are not.
    for old in words[1:6]:
        with pytest.raises(Invalid) as wrong:
            staff.change_password(pk, words[6], old, at=MONDAY + timedelta(days=9))
        assert list(wrong.value.fields) == ["new"]
    assert PastPassword.objects.filter(staff_id=pk).count() == staff.REMEMBERED
    assert staff.change_password(pk, words[6], words[0], at=MONDAY + timedelta(days=9)).check_password(words[0])
    assert [e.facts["from"] for e in entries("change_password")] == ["10.0.0.3"] * 6 + [""]


# -- second factors ----------------------------------------------------------------------------------------------------


def _raw(secret: str) -> bytes:
    import base64

    return base64.b32decode(secret)


def test_codes_are_those_of_the_standard() -> None:
    """RFC 6238, appendix B, SHA-1."""
    seed = b"12345678901234567890"
    for seconds, code in (
        (59, "94287082"), (1111111109, "07081804"), (1111111111, "14050471"), (1234567890, "89005924"),
        (2000000000, "69279037"), (20000000000, "65353130"),
    ):  # fmt: skip
        assert factors.totp(seed, seconds // 30, 8) == code


def test_a_code_works_once_one_step_to_either_side(town: Town) -> None:
    person, secret = town.staff("operator"), factors.new_secret()
    step = factors.step_of(MONDAY)

    def code(n: int) -> str:
        return factors.totp(_raw(secret), step + n)

    with pytest.raises(Invalid):
        factors.add_app(person, secret, code(2), "", by=town.operator, at=MONDAY)
    codes = factors.add_app(person, secret, f" {code(0)[:3]} {code(0)[3:]}", "手机", by=town.operator, at=MONDAY)
    assert (len(codes), town.staff("operator").factor_count) == (10, 1)
    later, found = MONDAY + timedelta(seconds=30 * 4), []
    for n in (2, 6, 4, 3, 4):
        try:
            found.append(factors.check_code(person, code(n), at=later))
        except Refused:
            found.append("")
    # Steps 3 to 5 are near enough; once 4 was used neither it nor the older 3 comes again.
    assert found == ["", "", "totp", "", ""]
    signing_in.forget_second(person)
    assert factors.check_code(person, code(5), at=later) == "totp"
    with pytest.raises(Refused):
        factors.check_code(person, code(5), at=later)
    assert secret not in str(list(factors.Factor.objects.values())), "the secret lies encrypted"


@pytest.mark.django_db(transaction=True)
def test_of_the_same_code_twice_at_once_one_is_taken() -> None:
    made = settle()
    person, secret = made.staff("operator"), factors.new_secret()
    step = factors.step_of(MONDAY)
    factors.add_app(person, secret, factors.totp(_raw(secret), step), "", by=made.operator, at=MONDAY)
    code, start, found = factors.totp(_raw(secret), step + 1), threading.Barrier(4), list[str]()

    def show() -> None:
        try:
            start.wait()
            found.append(factors.check_code(person, code, at=MONDAY + timedelta(seconds=30)))
        except Refused:
            found.append("")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=show) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == ["", "", "", "totp"]


def test_recovery_codes_work_once_and_are_kept_as_hashes(town: Town) -> None:
    person, secret = town.staff("operator"), factors.new_secret()
    code = factors.totp(_raw(secret), factors.step_of(MONDAY))
    codes = factors.add_app(person, secret, code, "", by=town.operator, at=MONDAY)
    assert factors.check_code(person, codes[3].upper().replace("-", " "), at=MONDAY) == "recovery"
    signing_in.forget_second(person)
    with pytest.raises(Refused):
        factors.check_code(person, codes[3], at=MONDAY)
    assert factors.codes_left(person.pk) == 9
    # Copied from a document, the dash is often another one than the printed one, with marks nobody sees.
    copied = f"\u200b{codes[5]}\u00a0".replace("-", "\u2011")
    assert factors.check_code(person, copied, at=MONDAY) == "recovery"
    signing_in.forget_second(person)
    kept = str(list(Recovery.objects.values()))
    assert [c for c in codes if c in kept or c.replace("-", "") in kept] == []
    other = town.staff("admin")
    with pytest.raises(Refused):
        factors.check_code(other, codes[4], at=MONDAY)
    new = factors.new_codes(person, by=town.operator, at=MONDAY)
    signing_in.forget_second(person)
    with pytest.raises(Refused):
        factors.check_code(person, codes[4], at=MONDAY)
    assert factors.check_code(person, new[4], at=MONDAY) == "recovery"


def test_eight_factors_are_the_most_and_with_the_last_one_go_its_recovery_codes(town: Town) -> None:
    person, secret = town.staff("operator"), factors.new_secret()
    code = factors.totp(_raw(secret), factors.step_of(MONDAY))
    for n in range(factors.MOST):
        factors.add_app(person, secret, code, f"手机{n}", by=town.operator, at=MONDAY)
    with pytest.raises(Refused) as refused:
        factors.add_app(person, secret, code, "又一个", by=town.operator, at=MONDAY)
    assert (refused.value.code, town.staff("operator").factor_count) == ("most", factors.MOST)
    for row in factors.of(person.pk):
        assert factors.codes_left(person.pk) == factors.RECOVERY_CODES
        factors.remove(person, row.pk, by=town.operator, at=MONDAY)
    assert (town.staff("operator").factor_count, factors.codes_left(person.pk)) == (0, 0)


def test_a_second_factor_is_guessed_five_times(town: Town) -> None:
    person, secret = town.staff("operator"), factors.new_secret()
    step = factors.step_of(MONDAY)
    factors.add_app(person, secret, factors.totp(_raw(secret), step - 1), "", by=town.operator, at=MONDAY)
    told = []
    for _ in range(8):
        with pytest.raises(DeskError) as wrong:
            factors.check_code(person, "000 000 0", at=MONDAY, address="10.0.0.7")
        told.append(type(wrong.value).__name__)
    assert told == ["Refused"] * LIMIT + ["Throttled"] * 3
    with pytest.raises(Throttled):
        factors.check_code(person, factors.totp(_raw(secret), step), at=MONDAY)
    missed = [e.facts for e in entries("sign_in_failed")]
    assert [(f["second"], f["from"]) for f in missed] == [(True, "10.0.0.7")] * LIMIT


def test_the_town_may_make_it_compulsory_for_all_or_for_some(town: Town, settings: object) -> None:
    settings.SECOND_FACTOR = "security, auditor"  # type: ignore[attr-defined]
    assert [r for r in Role if factors.compulsory({r})] == [Role.AUDITOR, Role.SECURITY]
    settings.SECOND_FACTOR = "all"  # type: ignore[attr-defined]
    assert [r for r in Role if not factors.compulsory({r})] == []
    settings.SECOND_FACTOR = ""  # type: ignore[attr-defined]
    assert [r for r in Role if factors.compulsory({r})] == []
    with pytest.raises(ValueError, match="boss"):
        factors.compulsory_roles("boss")


def test_a_lost_device_takes_two_other_persons(town: Town) -> None:
    person, secret = town.staff("operator"), factors.new_secret()
    code = factors.totp(_raw(secret), factors.step_of(MONDAY))
    with pytest.raises(Refused):
        appointments.propose_without_factors(person.pk, "", by=town.security, at=MONDAY)
    factors.add_app(person, secret, code, "", by=town.operator, at=MONDAY)
    row = appointments.propose_without_factors(person.pk, "视频核实", by=town.security, at=MONDAY)
    with pytest.raises(Refused):
        appointments.decide(row.pk, "confirmed", by=town.security, at=MONDAY)
    assert town.staff("operator").factor_count == 1
    appointments.decide(row.pk, "confirmed", by=town.auditor, at=MONDAY)
    assert (town.staff("operator").factor_count, Recovery.objects.count()) == (0, 0)
    assert [e.facts["account"] for e in entries("drop_factor")] == ["operator"]


# -- sessions ----------------------------------------------------------------------------------------------------------


def browse(name: str, password: str = GOOD, **more: str) -> Client:
    client = Client(**more)  # type: ignore[arg-type]
    answer = client.post("/staff/sign-in", {"username": name, "password": password})
    assert answer.status_code == 302, answer.content.decode()
    return client


def test_a_working_day_ends_however_busy_it_was(town: Town) -> None:
    client = browse("operator")
    session = client.session
    began = datetime.fromisoformat(session["began"])
    assert timezone.now() - began < timedelta(minutes=5)
    session["began"] = (timezone.now() - timedelta(hours=10, seconds=5)).isoformat()
    session.save()
    answer = client.get("/staff/account")
    assert (answer.status_code, "idle=1" in answer["Location"]) == (302, True)
    again = browse("operator")
    session = again.session
    session["began"] = (timezone.now() - timedelta(hours=9, minutes=59)).isoformat()
    session.save()
    assert again.get("/staff/account").status_code == 200


def test_one_sees_where_one_is_signed_in_and_ends_it(town: Town) -> None:
    here, there = browse("operator", REMOTE_ADDR="10.5.0.1"), browse("operator", REMOTE_ADDR="10.5.0.2")
    other = browse("admin")
    page = here.get("/staff/account").content.decode()
    assert "10.5.0.1" in page
    assert "10.5.0.2" in page
    foreign = Visit.objects.get(staff=town.staff("admin"))
    here.post("/staff/account", {"do": "end", "id": foreign.pk})
    assert other.get("/staff/account").status_code == 200, "only one's own"
    place = Visit.objects.get(address="10.5.0.2")
    here.post("/staff/account", {"do": "end", "id": place.pk})
    assert there.get("/staff/account").status_code == 302
    third = browse("operator")
    here.post("/staff/account", {"do": "everywhere"})
    assert here.get("/staff/account").status_code == 200
    assert third.get("/staff/account").status_code == 302


def test_beyond_five_places_the_oldest_is_signed_out(town: Town) -> None:
    clients = [browse("operator") for _ in range(6)]
    assert [c.get("/staff/account").status_code for c in clients] == [302, 200, 200, 200, 200, 200]


def test_a_closed_account_is_out_and_stays_out_when_it_is_opened_again(town: Town) -> None:
    client, person = browse("operator"), town.staff("operator")
    kept = dict(client.session.items())
    posts = [Appointment(Role.OPERATOR, "hotline")]
    appointments.change_posts(person.pk, posts, by=town.security, at=timezone.now(), active=False)
    assert client.get("/staff/account").status_code == 302
    row = appointments.change_posts(person.pk, posts, by=town.security, at=timezone.now())
    assert row is not None
    appointments.decide(row.pk, "confirmed", by=town.admin, at=timezone.now())
    assert town.staff("operator").is_active
    assert client.get("/staff/account").status_code == 302
    # Even a session that was being written at that very moment.
    late = Client()
    session = late.session
    session.update(kept)
    session.save()
    late.cookies["wuxiao_session"] = session.session_key
    assert late.get("/staff/account").status_code == 302


def test_a_changed_password_ends_every_other_place_and_not_this_one(town: Town) -> None:
    here, there = browse("operator"), browse("operator")
    given = {"old": GOOD, "new": BETTER, "again": BETTER}
    assert here.post("/staff/password", given)["Location"] == "/staff/"
    assert here.get("/staff/account").status_code == 200
    assert there.get("/staff/account").status_code == 302
    assert "就是这里" in here.get("/staff/account").content.decode()


def test_what_was_not_sent_is_unreadable_and_swept_when_its_hours_are_over(town: Town) -> None:
    visitor = Client()
    visitor.post("/new", {"words": "我叫秦九霄，举报我单位领导，别让人知道，电话13955557777"})
    row = Session.objects.get()
    assert visitor.session["draft"]["words"].startswith("我叫秦九霄")
    import base64
    import zlib

    raw = row.session_data.encode()
    for text in (raw, base64.urlsafe_b64decode(raw + b"=" * (-len(raw) % 4))):
        assert "秦九霄".encode() not in text
        with pytest.raises(zlib.error):
            zlib.decompress(text)
    assert locked.open_(row.session_data, "totp") is None, "a key for another purpose does not open it"
    left = row.expire_date - timezone.now()
    assert timedelta(hours=3) < left <= timedelta(hours=4)
    assert visits.sweep(at=row.expire_date - timedelta(seconds=1)) == 0
    assert visits.sweep(at=row.expire_date) == 1
    assert Session.objects.count() == 0


# -- signing in by pages -----------------------------------------------------------------------------------------------


def test_signing_in_in_two_steps(town: Town) -> None:
    person, secret = town.staff("operator"), factors.new_secret()
    now = timezone.now()
    before = now - timedelta(seconds=60)
    factors.add_app(
        person, secret, factors.totp(_raw(secret), factors.step_of(before)), "", by=town.operator, at=before
    )
    client = Client(REMOTE_ADDR="10.6.0.1")
    answer = client.post("/staff/sign-in", {"username": "operator", "password": GOOD, "next": "/staff/search"})
    assert answer["Location"] == "/staff/second"
    assert client.get("/staff/account").status_code == 302, "half is not in"
    assert client.post("/staff/second", {"code": "0000000"}).status_code == 403
    assert entries("sign_in") == []
    code = factors.totp(_raw(secret), factors.step_of(timezone.now()))
    assert client.post("/staff/second", {"code": code})["Location"] == "/staff/search"
    assert client.get("/staff/account").status_code == 200
    entry = entries("sign_in")[0]
    assert (entry.facts["second"], entry.facts["from"], entry.facts["name"]) == ("totp", "10.6.0.1", "operator")
    assert Client().get("/staff/second")["Location"] == "/staff/sign-in"


def test_the_first_step_waits_five_minutes(town: Town) -> None:
    person, secret = town.staff("operator"), factors.new_secret()
    step = factors.step_of(timezone.now())
    factors.add_app(person, secret, factors.totp(_raw(secret), step), "", by=town.operator, at=timezone.now())
    client = Client()
    client.post("/staff/sign-in", {"username": "operator", "password": GOOD})
    session = client.session
    session["half"] = {**session["half"], "at": (timezone.now() - timedelta(minutes=5, seconds=1)).isoformat()}
    session.save()
    answer = client.post("/staff/second", {"code": factors.totp(_raw(secret), step + 1)})
    assert answer["Location"] == "/staff/sign-in"
    assert entries("sign_in") == []


def test_a_compulsory_factor_leads_to_the_page_that_adds_it_and_nowhere_else(town: Town, settings: object) -> None:
    settings.SECOND_FACTOR = "operator"  # type: ignore[attr-defined]
    client = browse("operator")
    for address in ("/staff/", "/staff/search", "/staff/intake", "/staff/dashboard"):
        assert client.get(address)["Location"] == "/staff/account", address
    page = client.get("/staff/account").content.decode()
    assert "您的岗位登录时要有第二因素" in page
    asked = client.get("/staff/account/app")
    assert asked["Location"].startswith("/staff/account/prove")
    assert client.post("/staff/account/prove", {"password": "wrong", "next": "/staff/account/app"}).status_code == 403
    client.post("/staff/account/prove", {"password": GOOD, "next": "/staff/account/app"})
    page = client.get("/staff/account/app").content.decode()
    shown = re.search(r'<p class="code">([A-Z2-7 ]+)<', page)
    assert shown
    code = factors.totp(_raw(shown.group(1).replace(" ", "")), factors.step_of(timezone.now()))
    client.post("/staff/account/app", {"code": code, "name": "工作手机"})
    page = client.get("/staff/account").content.decode()
    assert len(re.findall(r"<li>[a-z0-9]{5}-[a-z0-9]{5}</li>", page)) == 10
    assert "工作手机" in page
    assert client.get("/staff/search").status_code == 200
    again = client.get("/staff/account").content.decode()
    assert re.findall(r"<li>[a-z0-9]{5}-[a-z0-9]{5}</li>", again) == [], "shown once"
    row = factors.of(town.staff("operator").pk)[0]
    client.post("/staff/account", {"do": "remove", "id": row.pk})
    assert town.staff("operator").factor_count == 1, "the last one of a post that needs it stays"
    settings.SECOND_FACTOR = ""  # type: ignore[attr-defined]
    client.post("/staff/account", {"do": "remove", "id": row.pk})
    assert town.staff("operator").factor_count == 0


def test_removing_a_factor_needs_the_factor(town: Town) -> None:
    client, person, secret = browse("operator"), town.staff("operator"), factors.new_secret()
    step = factors.step_of(timezone.now())
    codes = factors.add_app(person, secret, factors.totp(_raw(secret), step), "", by=town.operator, at=timezone.now())
    row = factors.of(person.pk)[0]
    answer = client.post("/staff/account", {"do": "remove", "id": row.pk})
    assert answer["Location"].startswith("/staff/account/prove")
    answer = client.post("/staff/account", {"do": "codes"})
    assert answer["Location"].startswith("/staff/account/prove")
    assert client.post("/staff/account/prove", {"password": GOOD}).status_code == 403
    assert town.staff("operator").factor_count == 1
    client.post("/staff/account/prove", {"code": codes[0]})
    client.post("/staff/account", {"do": "rename", "id": row.pk, "name": "旧手机"})
    assert factors.of(person.pk)[0].name == "旧手机"
    client.post("/staff/account", {"do": "remove", "id": row.pk})
    assert town.staff("operator").factor_count == 0


def test_the_lock_says_when_it_ends_and_the_own_computer_is_not_locked(town: Town) -> None:
    own = browse("admin", REMOTE_ADDR="10.7.0.1")
    own.post("/staff/signout")
    stranger = Client(REMOTE_ADDR="10.7.0.2")
    for _ in range(LIMIT):
        assert stranger.post("/staff/sign-in", {"username": "admin", "password": "x"}).status_code == 403
    answer = stranger.post("/staff/sign-in", {"username": "admin", "password": GOOD})
    assert answer.status_code == 429
    assert "分钟后再试" in answer.content.decode()
    assert own.post("/staff/sign-in", {"username": "admin", "password": GOOD}).status_code == 302
    assert "暂时锁定" in browse_security(town).get("/staff/people").content.decode()


def browse_security(town: Town) -> Client:
    person = town.staff("security")
    Staff.objects.filter(pk=person.pk).update(must_change_password=False)
    client = Client()
    client.force_login(person)
    return client


def test_the_people_list_goes_on_with_any_words_searched(town: Town) -> None:
    at = timezone.now()
    for n in range(55):
        staff.create(f"a{n:02d}", f"李&文{n}", [Appointment(Role.HANDLER, "urban_mgmt")], by=SYSTEM, at=at, encoded="!")
    client = browse_security(town)
    page = client.get("/staff/people", {"q": "李&文"}).content.decode()
    following = re.search(r'rel="next" href="([^"]+)"', page)
    assert following
    rest = client.get(following.group(1).replace("&amp;", "&")).content.decode()
    assert len(re.findall(r'class="open" href="/staff/people/\d+"', rest)) == 5


def test_actors_are_named(town: Town) -> None:
    assert (
        signing_in.actor_of(town.staff("operator")).unit
        == actor.of_staff(town.staff("operator"), books.current(MONDAY).book).unit
    )
