"""School terms at the desk: proposed, looked at, adopted by another; schools' due days move, other kinds' stay."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from tests.desk.people import MONDAY, Town, of_unit, settle
from wuxiao.desk.base.actor import SYSTEM, Actor
from wuxiao.desk.base.errors import Invalid, NotFound, Refused
from wuxiao.desk.figures.count import whole
from wuxiao.desk.register import look
from wuxiao.desk.register.look import Wanted
from wuxiao.desk.register.terms import preview
from wuxiao.desk.town import books, terms
from wuxiao.records.models import Entry, Premises, Row, TermSheet
from wuxiao.rules.access import Role
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.measures.quality import of_register
from wuxiao.rules.terms import Span, SpanKind
from wuxiao.site.cli import main
from wuxiao.subjects.premises.face import SHELF

pytestmark = pytest.mark.django_db
SPRING = Span(date(2026, 2, 24), date(2026, 7, 3), SpanKind.TERM, "2026年春季学期", "the spring term of 2026")
AUTUMN = Span(date(2026, 9, 1), date(2027, 1, 22), SpanKind.TERM, "2026年秋季学期", "the autumn term of 2026")
EXAM = Span(date(2026, 6, 7), date(2026, 6, 10), SpanKind.EXAM, "高考", "the college entrance examination")
YEAR = (SPRING, EXAM, AUTUMN)
JULY = datetime(2026, 7, 20, 9, tzinfo=SHANGHAI)
ICS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//t//t//
BEGIN:VEVENT
UID:1@t
DTSTAMP:20260101T000000Z
DTSTART;VALUE=DATE:20260224
DTEND;VALUE=DATE:20260704
SUMMARY:2026年春季学期
END:VEVENT
BEGIN:VEVENT
UID:2@t
DTSTAMP:20260101T000000Z
DTSTART;VALUE=DATE:20260607
DTEND;VALUE=DATE:20260611
SUMMARY:高考
END:VEVENT
BEGIN:VEVENT
UID:3@t
DTSTAMP:20260101T000000Z
DTSTART;VALUE=DATE:20260901
SUMMARY:秋季学期开学
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def town() -> Town:
    return settle()


@pytest.fixture
def lead(town: Town) -> Actor:
    return of_unit(town, "ps_qingping", Role.LEAD)


def row(code: str, kind: str, checked: datetime) -> Row:
    made = Row.objects.create(
        register="premises", code=code, kind=kind, title=f"某{code}", unit="ps_qingping", division="990101001",
        checked_at=checked, valid_from=date(2026, 1, 1),
    )  # fmt: skip
    Premises.objects.create(row=made)
    return made


def adopted(town: Town, *spans: Span, at: datetime = MONDAY) -> TermSheet:
    sheet = terms.propose("schools", spans or YEAR, "校历.csv", by=town.admin, at=at)
    return terms.decide(sheet.pk, True, by=town.security, at=at)


def test_schools_are_due_before_they_open_once_another_person_adopted_the_terms(town: Town, lead: Actor) -> None:
    checked = JULY - timedelta(days=35)
    row("S1", "school", checked)
    row("B1", "building_site", checked)
    dormant = Wanted(fresh="dormant")
    assert {one.code for one in look.page("premises", dormant, by=lead, at=JULY).rows} == {"S1", "B1"}
    assert look.quality("premises", by=lead, at=JULY).dormant.part == 2
    sheet = terms.propose("schools", YEAR, "校历.csv", by=town.admin, at=JULY)
    # Nothing counts before somebody else looked at it.
    assert look.count("premises", dormant, by=lead, at=JULY) == 2
    would = preview("schools", YEAR, JULY)
    assert (would.of, would.moved) == (1, 1)
    assert (would.shown[0].code, would.shown[0].new) == ("S1", date(2026, 8, 31))
    with pytest.raises(Refused, match="what you proposed"):
        terms.decide(sheet.pk, True, by=town.admin, at=JULY)
    terms.decide(sheet.pk, True, by=town.security, at=JULY)
    assert {one.code for one in look.page("premises", dormant, by=lead, at=JULY).rows} == {"B1"}
    assert look.quality("premises", by=lead, at=JULY).dormant.part == 1
    view = look.view("premises", "S1", by=lead, at=JULY)
    assert view.due is not None
    assert view.due.astimezone(SHANGHAI).date() == date(2026, 8, 31)
    # In the fortnight before, it stands on the list of what is due next; when the term has opened it is over.
    soon = Wanted(fresh="soon")
    for day, is_soon, is_over in ((date(2026, 8, 16), 0, 0), (date(2026, 8, 18), 1, 0), (date(2026, 9, 1), 0, 1)):
        at = datetime.combine(day, JULY.timetz())
        assert [one.code for one in look.page("premises", soon, by=lead, at=at).rows if one.code == "S1"] == [
            "S1"
        ] * is_soon
        over = {one.code for one in look.page("premises", dormant, by=lead, at=at).rows}
        assert ("S1" in over) == bool(is_over)
        measure = of_register(SHELF.register, "Premises")[-1]
        counted = whole(measure.k, at, at, book=books.current(at).book)
        assert sum(counted.values()) == len(over)


def test_what_was_decided_stands_in_the_diary_and_a_second_time_is_refused(town: Town) -> None:
    sheet = adopted(town)
    entries = list(Entry.objects.filter(verb__in=["propose_terms", "decide_terms"]).order_by("turn"))
    assert [one.verb for one in entries] == ["propose_terms", "decide_terms"]
    assert (entries[1].facts["whole"], entries[1].facts["choice"]) == (sheet.digest, "adopted")
    with pytest.raises(Refused, match="count already"):
        terms.propose("schools", YEAR, "again.csv", by=town.admin, at=MONDAY)
    with pytest.raises(Refused, match="decided already"):
        terms.decide(sheet.pk, False, by=town.auditor, at=MONDAY)
    later = Span(date(2027, 2, 22), date(2027, 7, 2), SpanKind.TERM, "2027年春季学期", "")
    waiting = terms.propose("schools", [later], "next.csv", by=town.admin, at=MONDAY)
    with pytest.raises(Refused, match="wait for a decision"):
        terms.propose("schools", [later], "next2.csv", by=town.admin, at=MONDAY)
    terms.decide(waiting.pk, False, by=town.security, at=MONDAY)
    assert books.current(MONDAY).book.terms["schools"].spans == tuple(sorted(YEAR))
    adopted(town, later)
    assert books.current(MONDAY).book.terms["schools"].spans == (*sorted(YEAR), later)


def test_who_may_not_and_what_cannot(town: Town, lead: Actor) -> None:
    for person in (lead, town.security, town.auditor, town.operator):
        with pytest.raises(Refused):
            terms.propose("schools", YEAR, "x", by=person, at=MONDAY)
    with pytest.raises(Invalid):
        terms.propose("colleges", YEAR, "x", by=town.admin, at=MONDAY)
    with pytest.raises(Invalid, match="lies in no term"):
        terms.propose("schools", [AUTUMN, EXAM], "x", by=town.admin, at=MONDAY)
    sheet = terms.propose("schools", YEAR, "x", by=town.admin, at=MONDAY)
    with pytest.raises(Refused):
        terms.decide(sheet.pk, True, by=lead, at=MONDAY)
    with pytest.raises(NotFound):
        terms.decide(sheet.pk + 1, True, by=town.security, at=MONDAY)
    assert TermSheet.objects.get().outcome == ""


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_files_are_read_in_either_form_or_refused_with_the_line(encoding: str) -> None:
    found = terms.read(ICS.replace("\n", "\r\n").encode(encoding))
    assert [(one.kind, one.first, one.last) for one in found.spans] == [
        (SpanKind.TERM, date(2026, 2, 24), date(2026, 7, 3)),
        (SpanKind.EXAM, date(2026, 6, 7), date(2026, 6, 10)),
    ]
    assert (found.faults, found.left_out) == ((), 1)
    table = "起,止,种类,名称\n2026-09-01,2027-01-22,学期,秋季\n".encode(encoding)
    assert [one.zh for one in terms.read(table).spans] == ["秋季"]
    assert [line for line, _ in terms.read("起,止,种类,名称\n昨天,明天,学期,秋".encode(encoding)).faults] == [2]
    assert terms.read(b"\xff\xfe\xff").faults
    assert terms.read(b"x" * (terms.MOST_BYTES + 1)).faults[0][1].zh == "文件超过 4 MB"


@pytest.mark.django_db(transaction=True)
def test_the_command_looks_and_adopts(town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row("S1", "school", JULY - timedelta(days=35))
    file = tmp_path / "terms.ics"
    file.write_bytes(ICS.replace("\n", "\r\n").encode())
    words = ["calendar", "terms", str(file), "--calendar", "schools"]
    assert main(words) == 2
    assert main([*words, "--look"]) == 0
    assert "rows that go by it: 1" in capsys.readouterr().out.replace("按这个校历的 ", "")
    assert TermSheet.objects.count() == 0
    assert main([*words, "--by", "王主任"]) == 0
    assert TermSheet.objects.get().outcome == "adopted"
    assert Entry.objects.get(verb="decide_terms").facts["who"] == "王主任"
    assert main([*words, "--by", "王主任"]) == 1
    assert main(["calendar", "terms", str(file), "--calendar", "colleges", "--by", "王主任"]) == 1
    bad = tmp_path / "bad.csv"
    bad.write_text("起,止,种类,名称\n2026-09-01,,学期,秋\n", encoding="utf-8")
    assert main(["calendar", "terms", str(bad), "--calendar", "schools", "--by", "王主任"]) == 1
    assert "2: 起、止两天都要写" in capsys.readouterr().err


def client(town: Town, name: str, lang: str = "zh-hans") -> Client:
    found = Client()
    found.cookies["lang"] = lang
    person = town.staff(name)
    person.must_change_password = False
    person.save()
    found.force_login(person)
    return found


def test_the_pages_show_what_would_change_and_say_why_a_day_is_that_day(
    town: Town, lead: Actor, tmp_path: Path
) -> None:
    row("S1", "school", datetime(2026, 6, 15, 9, tzinfo=SHANGHAI))
    file = tmp_path / "terms.csv"
    file.write_text("起,止,种类,名称,英文\n2026-02-24,2026-07-03,学期,春季学期,the spring term\n"
                    "2026-09-01,2027-01-22,学期,秋季学期,the autumn term\n", encoding="utf-8")  # fmt: skip
    admin = client(town, "admin")
    assert "只按周期算" in admin.get(reverse("staff:terms")).text
    wrong = admin.post(reverse("staff:terms"), {"calendar": "schools"})
    assert wrong.status_code == 400
    with file.open("rb") as stream:
        sent = admin.post(reverse("staff:terms"), {"calendar": "schools", "file": stream}, follow=True)
    assert "S1" in sent.text
    assert "2026-08-31" in sent.text
    assert "某S1" not in sent.text, "who adopts a calendar reads no register"
    assert "自己提出的要由别人来决定" in sent.text
    page = reverse("staff:term_sheet", args=[TermSheet.objects.get().pk])
    assert admin.post(page, {"do": "adopt"}).status_code == 409
    second = client(town, "security", "en")
    assert "What adopting it would change" in second.get(page).text
    assert second.post(page, {"do": "adopt"}, follow=True).status_code == 200
    own = client(town, "lead_ps_qingping")
    told = own.get(reverse("staff:register_row", args=["premises", "S1"])).text
    assert "2026-08-31（按中小学、幼儿园的校历，在秋季学期开学（2026-09-01）前看，从2026-08-18起）" in told
    english = client(town, "lead_ps_qingping", "en").get(reverse("staff:register_row", args=["premises", "S1"])).text
    assert "before the autumn term opens (2026-09-01), from 2026-08-18" in english
    assert own.get(reverse("staff:terms")).status_code == 403
    assert second.get(reverse("staff:term_sheet", args=[999_999])).status_code == 404


def test_the_machine_is_not_asked_for_a_second_person_but_named(town: Town) -> None:
    sheet = terms.propose("schools", YEAR, "x", by=Actor("system", name="王主任"), at=MONDAY)
    assert (sheet.outcome, sheet.by_id) == ("adopted", None)
    assert terms.propose("schools", [AUTUMN], "x", by=SYSTEM, at=MONDAY).outcome == "adopted"
