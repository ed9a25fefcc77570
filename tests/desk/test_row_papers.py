"""Papers of a register's row: printed, told genuine by code, their day entered when they are back, and never before."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.desk.people import Town, of_unit, settle
from tests.desk.test_register import HOTEL, RENTED
from wuxiao.desk.audit.verify import verify
from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import Invalid, NotFound, Refused, Stale
from wuxiao.desk.documents import of_rows
from wuxiao.desk.files import files
from wuxiao.desk.look import papers as look_papers
from wuxiao.desk.register import acts, look
from wuxiao.desk.town import books
from wuxiao.records.models import Document, Entry, Premises, Row, RowPaper, RowPaperFile, Series, Staff
from wuxiao.rules.access import Role
from wuxiao.rules.papers import KINDS
from wuxiao.rules.register import RowPaper as Declared
from wuxiao.subjects.premises.rules import PREMISES
from wuxiao.subjects.premises.words import CHECKS, LET_CHECKS
from wuxiao.web.shared.papers import say_public

pytestmark = pytest.mark.django_db
SCHOOL = HOTEL | {"kind": "school", "title": "望川一小", "address": "文庙街3号", "licence": "", "licence_until": ""}


@pytest.fixture(autouse=True)
def _folder(settings: Any, tmp_path: Path) -> None:
    settings.FILES_DIR = tmp_path / "files"


@pytest.fixture
def town() -> Town:
    cache.clear()
    return settle()


@pytest.fixture
def keeper(town: Town) -> Actor:
    found = of_unit(town, "ps_qingping")
    Staff.objects.update(must_change_password=False)
    return found


def put_in(given: dict[str, Any], keeper: Actor) -> Row:
    return acts.put_in("premises", given, by=keeper, at=timezone.now())


def issued(row: Row, kind: str, keeper: Actor) -> RowPaper:
    return of_rows.issue("premises", row.code, kind, by=keeper, at=timezone.now())


def bytes_of(paper: RowPaper, form: str) -> bytes:
    return files.path_of(paper.files.get(kind=form).sha256).read_bytes()


def pdf_text(data: bytes) -> str:
    with pypdfium2.PdfDocument(data) as document:
        return re.sub(r"\s+", "", "".join(page.get_textpage().get_text_range() for page in document))


def docx_text(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return re.sub(r"\s+|<[^>]+>", "", archive.read("word/document.xml").decode())


def client(actor: Actor, lang: str = "zh-hans") -> Client:
    found = Client()
    found.cookies["lang"] = lang
    found.force_login(Staff.objects.get(pk=actor.staff_id))
    return found


def broken() -> list[str]:
    return [str(one) for one in verify(at=timezone.now()).breaks]


@pytest.mark.parametrize(
    ("given", "kinds"),
    [(HOTEL, ["duty"]), (SCHOOL, ["duty", "selfcheck"]), (RENTED, ["landlord", "tenant", "selfcheck"])],
)
def test_each_kind_of_place_has_its_papers_in_both_forms_and_no_day_is_filled(
    town: Town, keeper: Actor, given: dict[str, Any], kinds: list[str]
) -> None:
    row = put_in(given, keeper)
    _row, offered = of_rows.of_row("premises", row.code, by=keeper, at=timezone.now())
    assert [one.declared.kind for one in offered] == kinds
    for kind in kinds:
        paper = issued(row, kind, keeper)
        for text in (pdf_text(bytes_of(paper, "pdf")), docx_text(bytes_of(paper, "docx"))):
            assert KINDS[kind].name.zh in text
            assert of_rows.code_of(paper).replace(" ", "") in text
            assert ("＿" in text) == (kind != "tenant"), "what is signed has room for it"
    part = Premises.objects.get(row=row)
    days = {one.declared.field for one in offered if one.declared.field}
    assert days
    assert all(getattr(part, name) is None for name in days)
    assert not Document.objects.exists()
    assert not Series.objects.exists(), "nothing is counted"
    assert broken() == []


def test_the_self_check_is_printed_from_the_answers_the_register_asks_for(town: Town, keeper: Actor) -> None:
    for given, checks, others in ((SCHOOL, CHECKS, LET_CHECKS), (RENTED, LET_CHECKS, CHECKS)):
        text = pdf_text(bytes_of(issued(put_in(given, keeper), "selfcheck", keeper), "pdf"))
        for n, one in enumerate(checks.values(), 1):
            assert f"{n}.{one.zh}□合格□不合格" in text
        assert not any(one.zh in text for one in others.values() if one not in checks.values())


def test_tenants_read_their_rights_in_chinese_and_english(town: Town, keeper: Actor) -> None:
    paper = issued(put_in(RENTED, keeper), "tenant", keeper)
    for form, text_of in (("pdf", pdf_text), ("docx", docx_text)):
        text = text_of(bytes_of(paper, form))
        assert "没有您同意，房东和别人不能进您的屋子" in text
        assert "Nobodyentersyourroomswithoutyourconsent" in text
        assert "登记册只记房屋，不记租客" in text


def test_printed_again_with_the_same_words_it_is_the_same_paper(town: Town, keeper: Actor) -> None:
    row = put_in(HOTEL, keeper)
    first = issued(row, "duty", keeper)
    entries = Entry.objects.count()
    again = of_rows.issue("premises", row.code, "duty", by=keeper, at=timezone.now() + timedelta(days=40))
    assert (again.pk, Entry.objects.count(), RowPaper.objects.count()) == (first.pk, entries, 1)
    row.refresh_from_db()
    version = row.version
    acts.change(
        "premises", row.code, {"title": "新望川旅馆"}, why="changed", by=keeper, at=timezone.now(), version=version
    )
    other = issued(row, "duty", keeper)
    first.refresh_from_db()
    assert (first.state, first.replaced_by_id, other.state) == ("replaced", other.pk, "live")
    assert "新望川旅馆" in pdf_text(bytes_of(other, "pdf"))
    assert "新望川旅馆" not in pdf_text(bytes_of(first, "pdf"))
    assert broken() == []


def test_anybody_is_told_that_it_is_genuine_and_not_of_which_place(town: Town, keeper: Actor) -> None:
    row = put_in(RENTED, keeper)
    paper = issued(row, "landlord", keeper)
    body = bytes_of(paper, "pdf")
    found = look_papers.by_code(of_rows.code_of(paper))
    assert found is not None
    assert (found.state, found.number, found.instead) == ("live", "", "")
    page = Client().get(reverse("paper_check", args=[paper.code]), headers={"accept-language": "zh-CN"}).text
    assert "房东责任告知书" in page
    labels = [label for label, _value in say_public(found, books.current(timezone.now()), "zh")]
    assert labels == ["哪种文书", "出具单位", "日期"]
    for secret in (row.title, row.code, RENTED["address"]):
        assert secret not in page
    for data, says in ((body, "就是这一份：一个字也没有改过"), (body + b"x", "对不上")):
        told = Client().post(
            reverse("paper_check", args=[paper.code]),
            {"file": SimpleUploadedFile("x.pdf", data)},
            headers={"accept-language": "zh-CN"},
        )
        assert says in told.text
    version = Row.objects.get().version
    acts.change(
        "premises", row.code, {"address": "清平路99号"}, why="changed", by=keeper, at=timezone.now(), version=version
    )
    newer = issued(row, "landlord", keeper)
    told = look_papers.by_code(paper.code)
    assert told is not None
    assert (told.state, told.instead) == ("replaced", of_rows.code_of(newer))


def test_the_day_is_entered_when_the_signed_one_is_back(town: Town, keeper: Actor) -> None:
    row = put_in(HOTEL, keeper)
    now = timezone.now() + timedelta(days=3)
    looked = row.checked_at
    give = {"by": keeper, "at": now}
    for day, said in (
        ("", "fill in the day"),
        ("昨天", "write the date"),
        (f"{now + timedelta(days=2):%Y-%m-%d}", "between"),
    ):
        with pytest.raises(Invalid, match=said):
            of_rows.signed("premises", row.code, "duty", day, version=row.version, **give)
    day = acts.today(now)
    done = of_rows.signed("premises", row.code, "duty", day.isoformat(), version=row.version, **give)
    view = look.view("premises", row.code, by=keeper, at=now)
    assert view.values["duty_signed"] == day
    assert view.row.checked_at == looked, "who brings a paper back did not look at the place"
    with pytest.raises(Stale):
        of_rows.signed("premises", row.code, "duty", day.isoformat(), version=row.version, **give)
    entries = Entry.objects.count()
    of_rows.signed("premises", row.code, "duty", day.isoformat(), version=done.version, **give)
    assert Entry.objects.count() == entries, "a second time nothing changes"
    with pytest.raises(NotFound):
        of_rows.signed("premises", row.code, "tenant", day.isoformat(), version=done.version, **give)
    assert broken() == []


def test_only_who_keeps_the_row_prints_and_fetches(town: Town, keeper: Actor) -> None:
    row = put_in(HOTEL, keeper)
    paper = issued(row, "duty", keeper)
    other = put_in(RENTED, keeper)
    now = timezone.now()
    for person in (of_unit(town, "housing"), town.supervisor, town.chief, town.operator, town.admin):
        with pytest.raises(Refused):
            of_rows.issue("premises", row.code, "duty", by=person, at=now)
        with pytest.raises(Refused):
            of_rows.file_of("premises", row.code, paper.code, "pdf", by=person, at=now)
        with pytest.raises(Refused):
            of_rows.signed("premises", row.code, "duty", "2026-01-01", by=person, at=now, version=1)
    # The trade department does, the row of another code and another paper do not.
    assert of_rows.file_of("premises", row.code, paper.code, "pdf", by=of_unit(town, "police_bureau"), at=now)
    with pytest.raises(NotFound):
        of_rows.file_of("premises", other.code, paper.code, "pdf", by=keeper, at=now)
    with pytest.raises(NotFound):
        of_rows.issue("premises", row.code, "tenant", by=keeper, at=now)
    acts.end("premises", row.code, day=f"{acts.today(now):%Y-%m-%d}", why="closed", by=keeper, at=now,
             version=Row.objects.get(pk=row.pk).version)  # fmt: skip
    with pytest.raises(Refused):
        of_rows.issue("premises", row.code, "duty", by=keeper, at=now)


def test_what_was_changed_by_hand_is_a_break_and_files_go_with_the_row(town: Town, keeper: Actor) -> None:
    row = put_in(HOTEL, keeper)
    paper = issued(row, "duty", keeper)
    assert broken() == []
    RowPaper.objects.filter(pk=paper.pk).update(digest="0" * 64)
    assert len(broken()) == 1
    RowPaper.objects.filter(pk=paper.pk).update(digest=paper.digest)
    now = timezone.now()
    acts.end("premises", row.code, day=f"{acts.today(now):%Y-%m-%d}", why="closed", by=keeper, at=now,
             version=Row.objects.get(pk=row.pk).version)  # fmt: skip
    kept = PREMISES.spine.days
    assert of_rows.retire(at=now + timedelta(days=kept - 1)) == 0
    assert of_rows.retire(at=now + timedelta(days=kept + 1)) == 2
    assert RowPaperFile.objects.filter(erased_at__isnull=True).count() == 0
    files.sweep(at=now + timedelta(days=kept + 2))
    assert look_papers.is_this(paper.code, mark=paper.digest[:16])
    assert broken() == []


def test_a_declaration_that_cannot_be_is_refused_at_the_start() -> None:
    say = next(one.say for one in PREMISES.papers if one.kind == "duty")
    for kind in ("order", "nothing"):
        with pytest.raises(ValueError, match="without a number"):
            Declared(kind, say)
    from dataclasses import replace

    with pytest.raises(ValueError, match="fills no day"):
        replace(PREMISES, papers=(Declared("duty", say, field="bars"),))


def test_the_pages_of_a_row_lead_to_its_papers_and_back(town: Town, keeper: Actor) -> None:
    row = put_in(RENTED, keeper)
    mine, here = client(keeper), reverse("staff:row_papers", args=["premises", row.code])
    assert here in mine.get(reverse("staff:register_row", args=["premises", row.code])).text
    assert "备一份打印" in mine.get(here).text
    sent = mine.post(here, {"do": "print", "kind": "tenant"}, follow=True)
    paper = RowPaper.objects.get()
    assert of_rows.code_of(paper) in sent.text
    for form, start in (("pdf", b"%PDF"), ("docx", b"PK")):
        answer = mine.get(reverse("staff:row_paper", args=["premises", row.code, paper.code, form]))
        assert answer.content.startswith(start)
        assert "attachment" in answer.headers["Content-Disposition"]
    wrong = mine.post(here, {"do": "signed", "kind": "tenant", "day": "", "version": Row.objects.get().version})
    assert wrong.status_code == 400
    assert "请填签的那一天" in wrong.text
    right = {"do": "signed", "kind": "tenant", "day": "2026-01-02", "version": Row.objects.get().version}
    assert "已记下签的日期" in mine.post(here, right, follow=True).text
    assert Premises.objects.get().rights_told_on == date(2026, 1, 2)
    assert "打印文书" in mine.get(reverse("staff:register_row", args=["premises", row.code])).text
    english = client(keeper, "en").get(here).text
    assert "Notice of tenants&#x27; rights" in english or "Notice of tenants&#39; rights" in english
    lead = of_unit(town, "housing", Role.LEAD)
    Staff.objects.update(must_change_password=False)
    assert client(lead).get(here).status_code == 200, "the trade department of rooms let"
    stranger = of_unit(town, "culture")
    Staff.objects.update(must_change_password=False)
    assert client(stranger).get(here).status_code == 403
