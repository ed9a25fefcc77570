"""Whoever changes a row by hand is told by the diary: the matter's number and the column, whatever column it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, models, transaction

from tests.desk.people import MONDAY, Town, of_unit, settle
from tests.web.resident_town import photo
from wuxiao.desk.audit.verify import Break, verify
from wuxiao.desk.base.actor import RESIDENT, SYSTEM
from wuxiao.desk.case import clock
from wuxiao.desk.case.act import act
from wuxiao.desk.diary import checkpoints, diary, notes
from wuxiao.desk.documents import documents
from wuxiao.desk.files import files
from wuxiao.desk.look import callbacks
from wuxiao.desk.matters import call_backs, letters, matters
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.people import identity, retention
from wuxiao.desk.slots import book, keep
from wuxiao.desk.slots.keep import Hours
from wuxiao.desk.town import books
from wuxiao.records import replayed
from wuxiao.records.models import (
    Access,
    Attachment,
    Booking,
    BookVersion,
    CallBack,
    Case,
    Checkpoint,
    Contact,
    Document,
    Entry,
    Matter,
    Post,
    SignOff,
    Slot,
    Staff,
    TakenOver,
    Words,
    WorkOrder,
)
from wuxiao.rules.papers import Content
from wuxiao.subjects.reception import acts as reception

HOUR = timedelta(hours=1)
WORDS = "文庙街路灯不亮，老人晚上出门摔过一次，请派人来看一看。"


@pytest.fixture
def town(db: None, monkeypatch: pytest.MonkeyPatch) -> Town:
    # Everybody is drawn for a call-back.
    monkeypatch.setattr(call_backs, "lot", lambda *_: 0.0)
    return settle()


def lived(town: Town) -> Matter:
    """A life that touches every table: through four sign-offs to a unit with a helper, answered, rated, called back."""
    limits = books.current(MONDAY).book.uploads
    made = matters.receive(
        Report(
            words=WORDS,
            channel="call_110",
            division="990101001002",
            name="王女士",
            phone="13900000001",
            uploads=(files.check("灯.jpg", photo(), limits),),
        ),
        by=town.police,
        at=MONDAY,
    )
    pk = made.pk
    given = {"unit": "hotline", "way": "push", "caller_agrees": "yes", "reason": "不是警情"}
    act(pk, "divert", given, by=town.police, at=MONDAY)
    for level in range(1, 5):
        act(pk, "sign", {"reason": f"第{level}级同意"}, by=town.people[f"reviewer{level}"], at=MONDAY + HOUR)
    act(pk, "accept", {}, by=town.operator, at=MONDAY + 2 * HOUR)
    kind = next(c for c in books.current(MONDAY).book.categories.values() if c.leaf and c.kind == "request")
    act(pk, "classify", {"category": kind.code, "handling_class": "request"}, by=town.operator, at=MONDAY + 2 * HOUR)
    act(pk, "assign", {"unit": "urban_mgmt", "co_units": "housing"}, by=town.operator, at=MONDAY + 2 * HOUR)
    handler = of_unit(town, "urban_mgmt")
    act(pk, "accept", {}, by=handler, at=MONDAY + 3 * HOUR)
    act(pk, "part", {"words": "已查看"}, by=of_unit(town, "housing"), at=MONDAY + 4 * HOUR)
    hours = [Hours(MONDAY + days * 24 * HOUR, MONDAY + days * 24 * HOUR + HOUR) for days in (2, 3)]
    slots = keep.create("reception", hours, host=town.staff("chief"), place="103", capacity=2, by=town.chief, at=MONDAY)
    book.book(pk, slots[0].pk, by=RESIDENT, at=MONDAY + 4 * HOUR)
    rules = books.current(MONDAY)
    reception.take_over(made.number, by=town.chief, at=MONDAY + 4 * HOUR, rules=rules)
    plain = next(k for k, e in books.current(MONDAY).book.evidence_kinds.items() if not e.file)
    reply = "已到现场查看，三盏路灯换了新的灯泡，今晚起照常亮灯，如有反复请随时联系。"
    act(pk, "answer", {"evidence": plain, "reply": reply}, by=handler, at=MONDAY + 5 * HOUR)
    letters.write(pk, books.current(MONDAY), by=handler, at=MONDAY + 5 * HOUR)
    act(pk, "rate", {"rating": "2", "solved": "no", "contacted": "yes"}, by=RESIDENT, at=MONDAY + 6 * HOUR)
    call_backs.try_again(pk, by=town.caller, at=MONDAY + 7 * HOUR)
    found = Matter.objects.get(pk=pk)
    assert verify().breaks == [], "a lived matter holds"
    return found


#: Rows beside cases of other lives (tests/subjects/test_inspection.py changes them by hand).
OF_OTHER_LIVES = {"inspection", "findings", "asides", "tasks", "conference", "agenda", "invitations", "reward"}


def _other(field: models.Field[Any, Any], value: Any, spare: dict[type[models.Model], int]) -> Any:
    """Another value of the same column."""
    if isinstance(field, models.ForeignKey):
        return spare[field.related_model]
    if isinstance(field, models.BooleanField):
        return not value
    if isinstance(field, models.DateTimeField):
        return (value or MONDAY) + HOUR
    if isinstance(field, models.DateField):
        return value + timedelta(days=1)
    if isinstance(field, models.IntegerField):
        return (value or 0) + 9
    if isinstance(field, models.FloatField):
        return (value or 0.0) / 2 + 0.1
    if isinstance(field, models.JSONField):
        return [*(value or []), "fire"]
    assert isinstance(value, str)
    return f"x{value}"[: field.max_length]


def _breaks() -> list[Break]:
    return verify().breaks


def test_every_sealed_column_of_every_row_is_found_with_number_and_column(town: Town) -> None:
    matter = lived(town)
    other = matters.receive(Report(words="另一件事"), by=RESIDENT, at=MONDAY)
    version = BookVersion.objects.get()
    version.pk = None
    for field in BookVersion._meta.concrete_fields:
        if field.unique and not field.primary_key:
            setattr(version, field.attname, _other(field, getattr(version, field.attname), {}))
    version.effective_from += HOUR
    version.save()
    spare = {Matter: other.pk, Staff: town.staff("admin").pk, BookVersion: version.pk}
    spare[Slot] = Slot.objects.latest("pk").pk
    paper = documents.issue(other, "letter", Content(to="诉求人", opening=("一",)), by=SYSTEM, at=MONDAY)
    spare[Document] = paper.pk
    tried = 0
    for table, model in diary.TABLES.items():
        rows = models.QuerySet(model)
        if table in OF_OTHER_LIVES:
            continue
        row = (rows.filter(pk=matter.pk) if model is Case else rows.filter(matter_id=matter.pk)).order_by("pk")[0]
        for field in model._meta.concrete_fields:
            if field.attname not in replayed.columns(model):
                continue
            value = getattr(row, field.attname)
            new = _other(field, value, spare)
            assert new != value
            with transaction.atomic():
                # Of a paper there is one file of a kind: moved to another it must be of another.
                kind = {"kind": "x"} if field.attname == "document_id" else {}
                models.QuerySet(model).filter(pk=row.pk).update(**{field.attname: new}, **kind)
                found = [b for b in _breaks() if b.column == f"{table}.{field.attname}"]
                transaction.set_rollback(True)
            number = new if (table, field.attname) == ("matter", "number") else matter.number
            assert {b.where for b in found} == {number}, (table, field.attname)
            assert any(field.attname in b.text.zh and field.attname in b.text.en for b in found)
            tried += 1
    assert tried >= 75
    assert _breaks() == []


def test_what_the_issue_names_is_sealed() -> None:
    wanted = {
        "matter": {"state", "outcome", "holder", "received_at", "due_at", "answered_at", "closed_at", "satisfied",
                   "solved", "contacted", "rated_by", "shielded"},
        "sign_offs": {"agreed", "reason", "level", "staff_id"},
        "orders": {"unit", "role", "state", "reason", "task", "due_at"},
        "call_backs": {"state", "solved", "satisfied", "contacted", "caller_id"},
        "contact": {"name", "phone", "email"},
        "files": {"sha256", "erased_at", "size"},
    }  # fmt: skip
    for table, names in wanted.items():
        assert names <= set(replayed.columns(diary.TABLES[table])), table
    assert any(name.startswith("hidden_unit") for name in replayed.columns(Matter))


def test_nothing_a_person_wrote_stands_in_the_seal(town: Town) -> None:
    matter = lived(town)
    said = "".join(str(e.stand) for e in Entry.objects.filter(matter=matter))
    assert diary.HASHED in said
    for text in (WORDS, "13900000001", "王女士", "不是警情", "第1级同意", matter.code, "灯.jpg"):
        assert text not in said


def test_rows_taken_away_and_put_in_are_found(town: Town) -> None:
    matter = lived(town)
    for model in (WorkOrder, SignOff, CallBack, Contact, Attachment):
        with transaction.atomic():
            gone = models.QuerySet(model).filter(matter_id=matter.pk).order_by("pk")[:1]
            models.QuerySet(model).filter(pk__in=[row.pk for row in gone]).delete()
            found = _breaks()
            transaction.set_rollback(True)
        assert [(b.where, b.column) for b in found] == [(matter.number, model.SEALED)], model
    row = WorkOrder.objects.filter(matter=matter)[0]
    row.pk = None
    models.QuerySet(WorkOrder).bulk_create([row])
    assert [(b.where, b.column) for b in _breaks()] == [(matter.number, "orders")]


def test_a_later_act_does_not_launder_a_false_value(town: Town) -> None:
    matter = lived(town)
    models.QuerySet(Matter).filter(pk=matter.pk).update(satisfied=5)
    models.QuerySet(SignOff).filter(matter_id=matter.pk, level=1).update(agreed=False)
    act(matter.pk, "object", {"reason": "灯又不亮了"}, by=RESIDENT, at=MONDAY + 8 * HOUR)
    assert {b.column for b in _breaks()} == {"sign_offs.agreed"}, "the rating was cleared by the objection itself"
    diary.log_read(Matter.objects.get(pk=matter.pk), by=town.operator, at=MONDAY, fields=["phone"], purpose="联系")
    assert {b.column for b in _breaks()} == {"sign_offs.agreed"}


def test_a_text_or_file_goes_only_with_an_entry_that_says_so(town: Town) -> None:
    matter = lived(town)
    with transaction.atomic():
        Words.objects.filter(matter=matter, turn=1, field="words").update(text="", salt="", erased_at=MONDAY)
        assert [(b.where, b.turn) for b in _breaks()] == [(matter.number, 1)]
        transaction.set_rollback(True)
    with transaction.atomic():
        Words.objects.filter(matter=matter, turn=1, field="words").update(text="没有事", erased_at=MONDAY)
        assert [(b.where, b.turn) for b in _breaks()] == [(matter.number, 1)]
        transaction.set_rollback(True)
    with transaction.atomic():
        models.QuerySet(Attachment).filter(matter_id=matter.pk).update(erased_at=MONDAY)
        assert {b.column for b in _breaks()} == {"files.erased_at"}
        transaction.set_rollback(True)
    matters.erase(matter.pk, by=RESIDENT, at=MONDAY + 9 * HOUR)
    assert not Contact.objects.get(matter=matter).phone
    assert _breaks() == []
    # What was written after the erasure is not covered by it.
    act(matter.pk, "object", {"reason": "灯又不亮了"}, by=RESIDENT, at=MONDAY + 10 * HOUR)
    last = Words.objects.filter(matter=matter).order_by("-turn")[0]
    models.QuerySet(Words).filter(pk=last.pk).update(text="", salt="", erased_at=MONDAY)
    assert [(b.where, b.turn) for b in _breaks()] == [(matter.number, last.turn)]


def test_retention_holds_at_every_kind(town: Town) -> None:
    matter = lived(town)
    assert retention.retire(by=SYSTEM, at=MONDAY + timedelta(days=4000)) == 6
    assert not Words.objects.filter(matter=matter, turn=1, field="words").exclude(text="").exists()
    assert _breaks() == []
    models.QuerySet(Entry).filter(matter=matter, verb="retire", facts__kind="words").update(facts={"kind": "files"})
    assert any("erased" in b.what for b in _breaks()), "an entry about files does not cover texts"


def test_a_stored_file_must_exist_and_be_itself(town: Town) -> None:
    matter = lived(town)
    row = Attachment.objects.get(matter=matter)
    path = files.path_of(row.sha256)
    kept = path.read_bytes()
    path.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
    assert [(b.where, b.column) for b in _breaks()] == [(matter.number, "files.sha256")]
    path.unlink()
    assert [(b.where, b.column) for b in _breaks()] == [(matter.number, "files.sha256")]
    path.write_bytes(kept)
    assert _breaks() == []


def test_a_contact_put_there_by_hand_is_found_whether_it_opens_or_not(town: Town) -> None:
    matter = lived(town)
    table = Contact._meta.db_table
    for value in ("13900000009", "v1.00000000.AAAA"):
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"UPDATE {table} SET phone = %s WHERE matter_id = %s", [value, matter.pk])
            assert [(b.where, b.column) for b in _breaks()] == [(matter.number, "contact.phone")]
            transaction.set_rollback(True)
    # A new key seals the same values anew.
    identity.rotate()
    assert _breaks() == []


def test_the_name_of_somebody_who_acted_is_not_changed_quietly(town: Town) -> None:
    lived(town)
    Staff.objects.filter(username="reviewer1").update(name="别人")
    assert [(b.where, b.column) for b in _breaks()] == [("staff:reviewer1", "staff.name")]


def _hidden(town: Town) -> Matter:
    made = matters.receive(
        Report(words="举报城管局收钱", division="990101001002", about=("urban_mgmt",)), by=RESIDENT, at=MONDAY
    )
    return act(made.pk, "classify", _classed(), by=town.operator, at=MONDAY)


def _classed() -> dict[str, str]:
    kind = next(c for c in books.current(MONDAY).book.categories.values() if c.leaf and c.kind == "request")
    return {"category": kind.code, "handling_class": "request"}


def _post(person: Staff, role: str, scope: str) -> Post:
    return Post.objects.create(staff=person, role=role, unit="gov", scope=scope)


def test_nobody_is_let_in_by_hand_without_a_trace(town: Town) -> None:
    """The rows that say who sees what are sealed by no entry: they must be those that the sealed ones lead to."""
    matter, hidden = lived(town), _hidden(town)
    of_unit(town, "urban_mgmt")
    assert _breaks() == []
    row = Access.objects.filter(matter=hidden).first()
    assert row is not None
    deeds: dict[str, Callable[[], object]] = {
        "let in": lambda: Access.objects.create(
            matter=hidden, principal="u:urban_mgmt", hidden="", queue="handle", is_open=True, sort_at=MONDAY
        ),
        "no longer hidden in lists": lambda: Access.objects.filter(pk=row.pk).update(hidden=""),
        "gone from every list": lambda: Access.objects.filter(matter=hidden).delete(),
        "in no queue": lambda: Access.objects.filter(matter=hidden).update(is_open=False),
    }
    for name, deed in deeds.items():
        with transaction.atomic():
            deed()
            assert [(b.where, b.column) for b in _breaks()] == [(hidden.number, "access")], name
            transaction.set_rollback(True)
    # An upgrade may put matters in another order or list; rows written before it are nobody's deed.
    with transaction.atomic():
        Access.objects.filter(matter=hidden).update(sort_at=MONDAY - timedelta(days=9), queue="intake", late_at=MONDAY)
        assert _breaks() == []
        transaction.set_rollback(True)
    spy = Staff.objects.create(username="spy", name="谁", unit="urban_mgmt", is_active=False, created_at=MONDAY)
    assert _breaks() == [], "an account without a post that nobody can use is nobody"
    handler = Staff.objects.get(pk=of_unit(town, "urban_mgmt").staff_id)
    people: dict[str, tuple[str, Callable[[], object]]] = {
        "sees the county": (handler.username, lambda: handler.posts.update(scope="county")),
        "another post": (handler.username, lambda: _post(handler, "chief", "county")),
        "a post that is none": (handler.username, lambda: _post(handler, "boss", "")),
        "a post less": (handler.username, lambda: handler.posts.all().delete()),
        "closed": (handler.username, lambda: Staff.objects.filter(pk=handler.pk).update(is_active=False)),
        "opened": ("spy", lambda: Staff.objects.filter(pk=spy.pk).update(is_active=True)),
        "a post for a new account": ("spy", lambda: _post(spy, "chief", "county")),
    }
    for name, (who, deed) in people.items():
        with transaction.atomic():
            deed()
            assert [(b.where, b.column) for b in _breaks()] == [(f"staff:{who}", "posts")], name
            transaction.set_rollback(True)
    assert matter.number != hidden.number


def test_the_note_of_a_checkpoint_says_what_the_checkpoint_says(town: Town) -> None:
    lived(town)
    checkpoints.grow(at=MONDAY + 40 * HOUR)
    point = Checkpoint.objects.get()
    assert _breaks() == []
    other = notes.compose(point.size, "00" * 32, point.at, notes.own_key())
    for note in ("x", other, point.note.replace("at 2", "at  2"), point.note[:-12] + "AAAAAAAA==\n"):
        Checkpoint.objects.update(note=note)
        assert [(b.where, b.turn) for b in _breaks()] == [("log", point.size)], note


def test_an_answer_to_the_main_one_is_sealed_in_those_joined_to_it(town: Town) -> None:
    two = [
        matters.receive(Report(words=WORDS, division="990101001002", phone=f"1390000000{n}"), by=RESIDENT, at=MONDAY)
        for n in range(2)
    ]
    kind = next(c for c in books.current(MONDAY).book.categories.values() if c.leaf and c.kind == "request")
    for one in two:
        given = {"category": kind.code, "handling_class": "request"}
        act(one.pk, "classify", given, by=town.operator, at=MONDAY)
    act(two[1].pk, "merge", {"matter": two[0].number}, by=town.operator, at=MONDAY)
    act(two[0].pk, "assign", {"unit": "urban_mgmt"}, by=town.operator, at=MONDAY)
    handler = of_unit(town, "urban_mgmt")
    act(two[0].pk, "accept", {}, by=handler, at=MONDAY)
    plain = next(k for k, e in books.current(MONDAY).book.evidence_kinds.items() if not e.file)
    act(
        two[0].pk,
        "answer",
        {"evidence": plain, "reply": "已经修好，请您看一看，如有问题请随时联系我们。"},
        by=handler,
        at=MONDAY + HOUR,
    )
    joined = Matter.objects.get(pk=two[1].pk)
    assert joined.answered_at == MONDAY + HOUR
    assert _breaks() == []
    models.QuerySet(Matter).filter(pk=joined.pk).update(answered_at=MONDAY)
    assert [(b.where, b.column) for b in _breaks()] == [(joined.number, "matter.answered_at")]


def test_a_town_from_before_is_read_without_a_false_alarm(town: Town) -> None:
    """Entries that seal nothing of the rows, as they were made before this was kept: said, not alarmed about."""
    matter = lived(town)
    # Such a town had none of these.
    for model in (Booking, TakenOver, Slot):
        models.QuerySet(model).all().delete()
    for pk, chain in [(matter.pk, Entry.objects.filter(matter=matter)), (None, Entry.objects.filter(matter=None))]:
        previous = ""
        for entry in chain.order_by("turn"):
            entry.stand = None
            previous = entry.seal = diary.seal_of(previous, entry)
            entry.save(update_fields=["stand", "seal"])
        if pk:
            models.QuerySet(Matter).filter(pk=pk).update(head=previous)
        else:
            from wuxiao.records.models import Chain

            Chain.objects.update(head=previous)
    models.QuerySet(Contact).update(salt="")
    found = verify()
    assert (found.breaks, found.uncovered, found.matters) == ([], 1, 1)
    # What is sealed from now on is compared.
    act(matter.pk, "object", {"reason": "灯又不亮了"}, by=RESIDENT, at=MONDAY + 8 * HOUR)
    assert (_breaks(), verify().uncovered) == ([], 1)
    models.QuerySet(Matter).filter(pk=matter.pk).update(reopened=7)
    assert [b.column for b in _breaks()] == ["matter.reopened"]


def test_a_change_that_no_entry_seals_is_noticed_at_once(town: Town) -> None:
    matter = lived(town)
    assert replayed.waiting(matter.pk) == []
    Matter.objects.filter(pk=matter.pk).update(satisfied=5)
    assert [(c.table, c.values) for c in replayed.waiting(matter.pk)] == [("matter", {"satisfied": 5})]
    assert [b.column for b in _breaks()] == ["matter.satisfied"]


@pytest.mark.django_db(transaction=True)
def test_a_change_rolled_back_is_not_sealed_by_the_next_act() -> None:
    settle()
    matter = matters.receive(Report(words=WORDS, phone="13900000001"), by=RESIDENT, at=MONDAY)
    with transaction.atomic():
        with transaction.atomic():
            Matter.objects.filter(pk=matter.pk).update(satisfied=5)
            assert replayed.waiting(matter.pk)
            transaction.set_rollback(True)
        act(matter.pk, "add", {"words": "再说一句"}, by=RESIDENT, at=MONDAY)
    assert verify().breaks == []
    assert connection.run_on_commit == []


def test_call_backs_by_link_and_by_phone_are_sealed(town: Town) -> None:
    matter = lived(town)
    row = CallBack.objects.get(matter=matter)
    call_backs.answer_by_link(row.token, {"rating": "4", "solved": "yes"}, at=MONDAY + 9 * HOUR)
    assert _breaks() == []
    models.QuerySet(CallBack).filter(pk=row.pk).update(satisfied=1)
    assert [(b.where, b.column) for b in _breaks()] == [(matter.number, "call_backs.satisfied")]


def test_a_call_back_s_page_is_a_reading(town: Town) -> None:
    matter = lived(town)
    at = MONDAY + timedelta(days=3)
    for _ in range(2):
        callbacks.call(matter.number, by=town.caller, at=at)
    reads = Entry.objects.filter(matter=matter, verb="read", facts__how="call_back")
    assert [(e.staff_id, e.facts["fields"]) for e in reads] == [(town.caller.staff_id, ["words"])]
    assert _breaks() == []


def test_title_and_place_are_sealed_as_hashes_whose_salt_goes_with_them(town: Town) -> None:
    report = Report(words="文庙街12号的路灯不亮", place="文庙街12号")
    matter = matters.receive(report, by=RESIDENT, at=MONDAY)
    said = "".join(str(e.stand) for e in Entry.objects.filter(matter=matter))
    assert "文庙街" not in said
    rows = models.QuerySet(Matter).filter(pk=matter.pk)
    for change in ({"place": "别处"}, {"title": "别的事"}, {"salt": ""}, {"place": ""}):
        with transaction.atomic():
            rows.update(**change)
            found = {b.column for b in _breaks()}
            transaction.set_rollback(True)
        wanted = {"matter.title", "matter.place"} if "salt" in change else {f"matter.{next(iter(change))}"}
        assert found == wanted
    stand = diary.hashed(Matter, {"place": "文庙街12号"}, "", rows.get().salt)
    assert stand["place"] in said
    matters.erase(matter.pk, by=RESIDENT, at=MONDAY + HOUR)
    kept = rows.get()
    assert (kept.title, kept.place, kept.salt) == ("", "", "")
    assert _breaks() == []
    # Whoever writes something there again is found, with a salt and without.
    for salt in ("", "ab" * 16):
        with transaction.atomic():
            rows.update(place="别处", salt=salt)
            assert {b.column for b in _breaks()} == {"matter.place"}
            transaction.set_rollback(True)
    # A matter from before there were salts: nothing of it was sealed, and nothing is found.
    old = matters.receive(Report(words="井盖松了"), by=RESIDENT, at=MONDAY)
    assert rows.model.objects.get(pk=old.pk).salt != kept.salt


def test_a_clock_that_was_put_off_is_found_by_working_it_out_anew(town: Town) -> None:
    matter = matters.receive(Report(words="路灯不亮", division="990101001"), by=RESIDENT, at=MONDAY)
    given = {"category": "env.noise.construction", "handling_class": "complaint"}
    act(matter.pk, "classify", given, by=town.operator, at=MONDAY)
    lead = Matter.objects.get(pk=matter.pk).route_why["lead"]
    act(matter.pk, "assign", {"unit": lead}, by=town.operator, at=MONDAY)
    matter = act(matter.pk, "accept", {}, by=of_unit(town, lead), at=MONDAY)
    assert matter.due_at is not None
    assert matter.tick_at is not None
    rows = models.QuerySet(Matter).filter(pk=matter.pk)

    def found(at: datetime, **change: Any) -> set[str]:
        with transaction.atomic():
            if change:
                rows.update(**change)
            columns = {b.column for b in verify(at=at).breaks}
            transaction.set_rollback(True)
        return columns

    assert found(MONDAY) == set()
    for late in (matter.due_at, matter.due_at + timedelta(days=300), None):
        assert found(MONDAY, tick_at=late) == {"matter.tick_at"}, late
    # Earlier than need be harms nobody.
    assert found(MONDAY, tick_at=MONDAY) == set()
    # Each look of the clock, through the whole ladder and after it, leaves a time that can be worked out.
    at = MONDAY
    while at < matter.due_at + timedelta(days=12):
        at += timedelta(hours=9)
        clock.tick(at=at)
        assert found(at) == set(), at
    # The rung itself is sealed, and the promise must lead to its date.
    assert "matter.ladder" in found(at, ladder=1)
    promise = Matter.objects.get(pk=matter.pk).promise
    promise["why"] = {**promise["why"], "due": (matter.due_at + HOUR).isoformat()}
    assert found(at, promise=promise) == {"matter.promise"}
    assert found(at, promise={}) == {"matter.promise"}
    # Nobody's act, but sealed: a rung that was passed over because somebody had just urged.
    urged = matters.receive(Report(words="路灯不亮", division="990101001"), by=RESIDENT, at=at)
    act(urged.pk, "classify", given, by=town.operator, at=at)
    act(urged.pk, "assign", {"unit": lead}, by=town.operator, at=at)
    urged = act(urged.pk, "accept", {}, by=of_unit(town, lead), at=at)
    assert urged.due_at is not None
    act(urged.pk, "urge", {"reason": "快到期了"}, by=town.operator, at=urged.due_at - HOUR)
    clock.tick(at=urged.due_at)
    passed = Entry.objects.get(matter=urged, verb="rung")
    assert (passed.stand or {})["matter"] == {str(urged.pk): {"ladder": 3}}
    assert found(urged.due_at) == set()
