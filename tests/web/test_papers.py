"""Papers on pages: at the desk, behind the codes of those they are for, before anybody who asks if one is genuine."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.desk.people import Town, of_unit
from tests.web.resident_town import NOISE
from tests.web.test_cases import LIST, cafe, client, day, ordered, post, town
from wuxiao.desk.audit.verify import verify
from wuxiao.desk.base.actor import RESIDENT
from wuxiao.desk.base.errors import Refused
from wuxiao.desk.case.act import act
from wuxiao.desk.matters import letters, matters
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.people import erasure
from wuxiao.desk.town import books
from wuxiao.records.models import (
    Case,
    Contact,
    Document,
    DocumentFile,
    Entry,
    Matter,
    PaperTemplate,
    Row,
    Staff,
    Throttle,
)
from wuxiao.rules import hide
from wuxiao.rules.access import Role
from wuxiao.web.resident import base

__all__ = ["cafe", "town"]
pytestmark = pytest.mark.django_db
SECRET = ("王女士", "13900000001", "打桩", "星海网吧", "清平路")


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks is in one window of counting, however long it takes."""
    at = timezone.now()
    monkeypatch.setattr(base, "now", lambda: at)


@pytest.fixture(autouse=True)
def _folder(settings: Any, tmp_path: Path) -> None:
    settings.FILES_DIR = tmp_path / "files"


def zh() -> Client:
    return Client(headers={"accept-language": "zh-CN"})


def en() -> Client:
    return Client(headers={"accept-language": "en-GB,en"})


def said(answer: Any) -> str:
    body = re.sub(r"(?s)<(script|style|svg|head)\b.*?</\1>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def pdf_text(answer: Any) -> str:
    with pypdfium2.PdfDocument(answer.content) as document:
        return re.sub(r"\s+", "", "".join(page.get_textpage().get_text_range() for page in document))


REPLY = "已到工地制止 <夜间> 不再打桩。\n施工单位𠮷已书面承诺。"


def answered(town: Town, lang: str = "zh-hans", words: str = REPLY) -> tuple[Matter, Any]:
    """A matter that its unit has answered, and a handler of that unit."""
    now = timezone.now()
    start = now - timedelta(days=4)
    report = Report(words=NOISE, division="990101001002", phone=SECRET[1], name=SECRET[0], lang=lang)
    matter = matters.receive(report, by=RESIDENT, at=start)
    given = {"category": "env.noise.construction", "handling_class": "complaint", "items": "停止夜间施工\n告诉我<结果>"}
    matter = act(matter.pk, "classify", given, by=town.operator, at=start)
    lead = matter.route_why["lead"]
    act(matter.pk, "assign", {"unit": lead}, by=town.operator, at=start)
    handler = of_unit(town, lead)
    Staff.objects.update(must_change_password=False)
    act(matter.pk, "accept", {}, by=handler, at=start)
    plain = next(k for k, e in books.current(now).book.evidence_kinds.items() if not e.file)
    reply = {"evidence": plain, "reply": words, "ticked": ["0", "1"]}
    matter = act(matter.pk, "answer", reply, by=handler, at=start + timedelta(days=1))
    return matter, handler


def as_staff(actor: Any) -> Client:
    found = Client()
    found.force_login(Staff.objects.get(pk=actor.staff_id))
    return found


# ------------------------------------------------------------------------------------------------------ the public page


def test_anybody_is_told_what_holds_and_nothing_else(town: Town, cafe: Row) -> None:
    case = ordered(town, cafe)
    (paper,) = Document.objects.filter(matter_id=case.pk)
    for one, sentence in ((zh(), "这个编码的文书是真的，现在有效"), (en(), "The code is genuine and its paper holds")):
        answer = one.get(f"/paper/{paper.code}")
        assert answer.status_code == 200
        assert sentence in said(answer)
        assert paper.number in said(answer)
        assert not [word for word in (*SECRET, case.code, case.number) if word in answer.content.decode()]
        assert answer.headers["Cache-Control"] == "no-store, private"
    assert zh().get(f"/paper/{paper.code.lower()}").headers["Location"] == f"/paper/{paper.code}"
    spaced = f"{paper.code[:4]} {paper.code[4:8]} {paper.code[8:]}"
    assert zh().post("/paper", {"code": spaced}).headers["Location"] == f"/paper/{paper.code}"
    post(town, "lead", case, "extend", due=day(12), reason="等配件")
    assert "已经换成新的" in said(zh().get(f"/paper/{paper.code}"))
    newer = Document.objects.get(matter_id=case.pk, state="live")
    assert newer.number in said(zh().get(f"/paper/{paper.code}"))
    assert newer.code not in zh().get(f"/paper/{paper.code}").content.decode(), "its code stands on it alone"


@pytest.mark.usefixtures("still")
def test_a_code_that_opens_nothing_gets_one_answer_and_is_counted(town: Town, cafe: Row) -> None:
    case = ordered(town, cafe)
    (paper,) = Document.objects.filter(matter_id=case.pk)
    wrong = paper.code[:-1] + ("0" if paper.code[-1] != "0" else "1")
    pages = []
    for code in (wrong, "000000000000", case.code, "no-such-code", case.number):
        answer = zh().get(f"/paper/{code}")
        assert answer.status_code == 404
        body = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", answer.content.decode())
        pages.append(re.sub(r'nonce="[^"]*"|nonce-[^ "]*', "", body).replace(code, "CODE"))
    assert len(set(pages)) == 1
    limit = books.current(timezone.now()).book.throttle.lookups_per_minute
    one = zh()
    Throttle.objects.all().delete()
    codes = [one.get("/paper/000000000000").status_code for _ in range(limit * 6 + 1)]
    assert set(codes) == {404, 429}
    assert one.get(f"/paper/{paper.code}").status_code == 200, "a right code is never refused"
    assert zh().post("/paper", {"code": " "}).status_code == 400
    by_form = []
    for code in (wrong, "ABCDEFGH1234", "没有编码", case.code):
        Throttle.objects.all().delete()
        answer = zh().post("/paper", {"code": code}, follow=True)
        assert answer.status_code == 404
        by_form.append(said(answer).replace(code, "CODE"))
    Throttle.objects.all().delete()
    assert set(by_form) == {said(zh().get("/paper/000000000000")).replace("000000000000", "CODE")}


@pytest.mark.usefixtures("still")
def test_digests_that_do_not_fit_are_counted_as_codes_that_open_nothing(town: Town, cafe: Row) -> None:
    (paper,) = Document.objects.filter(matter_id=ordered(town, cafe).pk)
    limit, one = books.current(timezone.now()).book.throttle.lookups_per_minute, zh()
    Throttle.objects.all().delete()
    path = f"/paper/{paper.code}"
    codes = [one.post(path, {"digest": f"{n:016x}"}).status_code for n in range(limit * 6 + 1)]
    assert codes[0] == 200
    assert codes[-1] == 429
    assert one.get("/paper/000000000000").status_code == 429, "it is one count with the codes"
    right = one.post(path, {"digest": paper.digest[:16]})
    assert right.status_code == 200
    assert "摘要对得上" in said(right), "what fits is never refused"


def test_the_file_and_the_digest_are_compared_and_not_kept(town: Town, cafe: Row, settings: Any) -> None:
    case = ordered(town, cafe)
    (paper,) = Document.objects.filter(matter_id=case.pk)
    kept = client(town, "li").get(f"{LIST}/{case.number}/paper/{paper.code}/pdf").content
    before = sorted(path.name for path in Path(settings.FILES_DIR).rglob("*"))
    one = zh()

    def compare(**given: Any) -> str:
        answer = one.post(f"/paper/{paper.code}", given)
        return f"{answer.status_code} {said(answer)}"

    assert "就是这一份" in compare(file=SimpleUploadedFile("a.pdf", kept))
    forged = compare(file=SimpleUploadedFile("a.pdf", kept + b" "))
    assert "您手里的这份，不是我们出具的那一份" in forged
    assert "文书是真的" not in forged, "what differs is never called genuine"
    assert "这个编码的文书是这一份 我们出具过，现在有效。" in forged
    assert " 有效 " not in forged
    # A digest is copied with the paper: it fits, and says nothing of the words that stand above it.
    typed = compare(digest=f"{paper.digest[:4]} {paper.digest[4:8]} {paper.digest[8:16]}")
    assert "摘要对得上" in typed
    assert "没有改过" not in typed
    assert "请选收到的文件来比" in typed
    assert "对不上" in compare(digest="0" * 16)
    right, wrong = paper.digest[:16], "0" * 16
    assert "就是这一份" in compare(file=SimpleUploadedFile("a.pdf", kept), digest=right)
    assert "填的内容摘要对不上；文件对得上。" in compare(file=SimpleUploadedFile("a.pdf", kept), digest=wrong)
    assert "文件对不上；填的内容摘要对得上。" in compare(file=SimpleUploadedFile("a.pdf", b"x"), digest=right)
    assert "文件和内容摘要都对不上。" in compare(file=SimpleUploadedFile("a.pdf", b"x"), digest=wrong)
    assert compare(file=SimpleUploadedFile("a.pdf", kept), digest="不知道").startswith("400")
    for nothing in ({}, {"digest": "3f2a"}, {"digest": "不知道"}):
        assert compare(**nothing).startswith("400")
    assert sorted(path.name for path in Path(settings.FILES_DIR).rglob("*")) == before


# ----------------------------------------------------------------------------------------------------- the order's page


def test_the_desk_and_the_place_fetch_the_order_and_nobody_else_does(town: Town, cafe: Row) -> None:
    case = ordered(town, cafe)
    (paper,) = Document.objects.filter(matter_id=case.pk)
    page = client(town, "li").get(f"{LIST}/{case.number}")
    assert f"{LIST}/{case.number}/paper/{paper.code}/docx" in page.content.decode()
    place = zh().get(f"/o/{case.code}")
    assert f"/o/{case.code}/paper/{paper.code}/pdf" in place.content.decode()
    fetched = zh().get(f"/o/{case.code}/paper/{paper.code}/pdf")
    assert "星海网吧" in pdf_text(fetched)
    assert fetched.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    matter, handler = answered(town)
    theirs = (
        client(town, "handler_ps_bailu").get(f"{LIST}/{case.number}/paper/{paper.code}/pdf"),
        zh().get(f"{LIST}/{case.number}/paper/{paper.code}/pdf"),
        zh().get(f"/p/{matter.code}/paper/{paper.code}/pdf"),
        zh().get(f"/o/{paper.code}/paper/{paper.code}/pdf"),
        zh().get(f"/p/{case.code}/paper/{paper.code}/pdf"),
        as_staff(handler).get(f"/staff/m/{matter.number}/paper/{paper.code}/pdf"),
    )
    assert [answer.status_code for answer in theirs] == [404, 302, 404, 404, 404, 404]


# ----------------------------------------------------------------------------------------------------------- the letter


def test_the_letter_of_answer_goes_out_once_is_read_by_its_code_and_taken_back(town: Town) -> None:
    matter, handler = answered(town)
    desk = as_staff(handler)
    address = f"/staff/m/{matter.number}/papers"
    assert "还没有出具文书" in said(desk.get(address))
    assert f'href="{address}"' in desk.get(f"/staff/m/{matter.number}").content.decode()
    assert f"/p/{matter.code}/papers" not in zh().get(f"/p/{matter.code}").content.decode()
    key = "one-key-for-one-letter"
    for _ in range(2):
        assert desk.post(address, {"once": key}).status_code == 302
    (paper,) = Document.objects.filter(matter_id=matter.pk)
    assert paper.number == f"答复〔{timezone.localtime().year}〕1号"
    assert f"/p/{matter.code}/papers" in zh().get(f"/p/{matter.code}").content.decode()
    assert f"/p/{matter.code}/paper/{paper.code}/pdf" in zh().get(f"/p/{matter.code}/papers").content.decode()
    letter = pdf_text(zh().get(f"/p/{matter.code}/paper/{paper.code}/pdf"))
    for words in (
        "答复意见书",
        matter.number,
        "停止夜间施工",
        "告诉我<结果>",
        "已到工地制止<夜间>不再打桩。",
        "施工单位𠮷已书面承诺",
    ):
        assert words in letter, words
    assert not [word for word in (SECRET[0], SECRET[1], matter.code) if word in letter]
    assert "requester" not in letter
    assert "For your convenience" not in letter

    assert desk.post(address, {"once": "another"}).status_code == 302
    assert [one.state for one in Document.objects.filter(matter_id=matter.pk).order_by("id")] == ["replaced", "live"]
    second = Document.objects.get(matter_id=matter.pk, state="live")
    void = f"{address}/void/{second.code}"
    assert desk.post(void, {"reason": "写错"}).status_code == 409, "a handler does not take one back"
    lead = as_staff(of_unit(town, matter.holder, Role.LEAD))
    Staff.objects.update(must_change_password=False)
    assert lead.post(void, {"reason": " "}).status_code == 409
    assert Document.objects.get(pk=second.pk).state == "live"
    assert lead.post(void, {"reason": "写错了"}).status_code == 302
    assert "已经作废" in said(zh().get(f"/paper/{second.code}"))
    assert lead.post(void, {"reason": "再来"}).status_code == 409


def test_what_a_letter_will_say_is_read_before_it_is_sealed_and_greets_nobody_by_name(town: Town) -> None:
    words = "白女士您好！已到工地制止，不再打桩。\n有事请打工长电话13812345678。"
    matter, handler = answered(town, words=words)
    desk, address = as_staff(handler), f"/staff/m/{matter.number}/papers"
    read = Entry.objects.filter(matter_id=matter.pk, verb="read", staff_id=handler.staff_id)
    assert not read.exists()
    page = said(desk.get(address))
    assert "将要写进去的话" in page
    # Words of the matter were shown: its requester reads by whom, once a day.
    desk.get(address)
    assert [one.facts["fields"] for one in read] == [["words"]]
    assert "已到工地制止，不再打桩。" in page
    assert "里面像是有个人信息：13812345678。" in page
    assert "白女士" not in page
    assert not Document.objects.exists(), "looking seals nothing"
    assert desk.post(address, {"once": "a"}).status_code == 302
    (paper,) = Document.objects.all()
    letter = pdf_text(zh().get(f"/p/{matter.code}/paper/{paper.code}/pdf"))
    assert "已到工地制止" in letter
    assert "白女士" not in letter


@pytest.mark.parametrize(
    ("reply", "kept"),
    [
        ("您好，已修好。", "已修好。"),
        ("尊敬的张先生：\n您好！已修好。", "已修好。"),
        ("已修好。您好走。", "已修好。您好走。"),
        ("经查，您反映的情况属实。", "经查，您反映的情况属实。"),
        ("我局已通知物业，你好小区的门已修好。", "我局已通知物业，你好小区的门已修好。"),
    ],
)
def test_only_a_greeting_at_the_beginning_is_left_out(town: Town, reply: str, kept: str) -> None:
    matter, handler = answered(town, words=reply)
    preview = letters.preview(matter, books.of_version(matter.book_id), by=handler, at=timezone.now())
    assert preview is not None
    assert preview.lines[-1] == kept


@pytest.mark.parametrize("typed", ["责改〔2026〕142号", "责改[2026]142", "答复（2026）1号"])
def test_who_types_the_number_of_a_paper_is_told_which_one_is_the_code(town: Town, typed: str) -> None:
    answer = zh().post("/paper", {"code": typed})
    assert answer.status_code == 404
    assert "像是文号。核验要填编码" in said(answer)
    assert "可能是假的" not in said(answer)


def test_the_letter_of_a_reader_of_english_has_a_courtesy_text(town: Town) -> None:
    matter, handler = answered(town, lang="en")
    assert as_staff(handler).post(f"/staff/m/{matter.number}/papers", {}).status_code == 302
    (paper,) = Document.objects.filter(matter_id=matter.pk)
    letter = pdf_text(zh().get(f"/p/{matter.code}/paper/{paper.code}/pdf"))
    assert "Foryourconvenience:thisisthewrittenanswertoyourreport" in letter


def test_no_letter_before_an_answer_nor_by_another_unit_nor_of_what_was_erased(town: Town) -> None:
    matter, handler = answered(town)
    stranger = of_unit(town, "ps_bailu")
    rules = books.of_version(matter.book_id)
    with pytest.raises(Refused):
        letters.write(matter.pk, rules, by=stranger, at=timezone.now())
    assert as_staff(stranger).get(f"/staff/m/{matter.number}/papers").status_code == 404
    with pytest.raises(Refused):
        letters.write(matter.pk, rules, by=town.auditor, at=timezone.now())
    waiting = Matter.objects.get(pk=matter.pk)
    waiting.state = "handling"
    assert letters.why_not(waiting, by=handler) is not None
    erasure.words_of_case(Case.objects.get(pk=matter.pk), timezone.now())
    with pytest.raises(Refused) as refused:
        letters.write(matter.pk, rules, by=handler, at=timezone.now())
    assert refused.value.code == "no_reply"
    assert Document.objects.count() == 0


def test_the_letter_of_a_hidden_matter_reaches_no_hidden_unit(town: Town) -> None:
    matter, handler = answered(town)
    letters.write(matter.pk, books.of_version(matter.book_id), by=handler, at=timezone.now())
    (paper,) = Document.objects.filter(matter_id=matter.pk)
    address = f"/staff/m/{matter.number}/paper/{paper.code}/pdf"
    assert as_staff(handler).get(address).status_code == 200
    Case.objects.filter(pk=matter.pk).update(hidden_units=hide.pack([matter.holder]))
    assert as_staff(handler).get(address).status_code == 404
    assert as_staff(handler).get(f"/staff/m/{matter.number}/papers").status_code == 404


def test_a_requester_who_erases_her_data_takes_the_letters_words_away_too(town: Town) -> None:
    matter, handler = answered(town)
    letters.write(matter.pk, books.of_version(matter.book_id), by=handler, at=timezone.now())
    (paper,) = Document.objects.filter(matter_id=matter.pk)
    pdf = zh().get(f"/p/{matter.code}/paper/{paper.code}/pdf").content
    act(matter.pk, "rate", {"rating": "4", "solved": "yes"}, by=RESIDENT, at=timezone.now())
    matters.erase(matter.pk, by=RESIDENT, at=timezone.now())
    assert all(one.erased_at is not None for one in DocumentFile.objects.filter(document=paper))
    assert zh().get(f"/p/{matter.code}/paper/{paper.code}/pdf").status_code == 404
    answer = zh().post(f"/paper/{paper.code}", {"file": SimpleUploadedFile("a.pdf", pdf)})
    assert "就是这一份" in said(answer), "whoever was given it can still prove it"
    assert hashlib.sha256(pdf).hexdigest() == DocumentFile.objects.get(document=paper, kind="pdf").sha256


def test_who_opened_a_letter_at_the_desk_is_told_to_the_requester(town: Town) -> None:
    matter, handler = answered(town)
    letters.write(matter.pk, books.of_version(matter.book_id), by=handler, at=timezone.now())
    (paper,) = Document.objects.filter(matter_id=matter.pk)
    assert as_staff(handler).get(f"/staff/m/{matter.number}/paper/{paper.code}/docx").status_code == 200
    (entry,) = [e for e in Entry.objects.filter(matter_id=matter.pk, verb="read") if "paper" in e.facts["fields"]]
    assert entry.staff_id == handler.staff_id
    assert "文书" in said(zh().get(f"/p/{matter.code}/readers"))
    assert Contact.objects.filter(matter_id=matter.pk).exists()


# ----------------------------------------------------------------------------------------- templates of the town's own


def _docx(*lines: str) -> SimpleUploadedFile:
    import docx

    made, out = docx.Document(), io.BytesIO()
    for line in ("{{ title }} {{ number }} {{ body }} {{ day }} {{ code }} {{ mark }}", *lines):
        made.add_paragraph(line)
    made.save(out)
    return SimpleUploadedFile("本县通知书.docx", out.getvalue())


def _words(body: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return "".join(re.findall(r"<w:t(?: [^>]*)?>([^<]*)</w:t>", archive.read("word/document.xml").decode()))


def test_a_template_of_the_town_is_proposed_by_one_and_adopted_by_another(town: Town, cafe: Row) -> None:
    Staff.objects.update(must_change_password=False)
    admin, security = as_staff(town.admin), as_staff(town.security)
    page = "/staff/paper-templates"
    wrong = admin.post(page, {"kind": "order", "file": _docx("{{ nobody }}", "｛｛ to ｝｝")})
    assert wrong.status_code == 400
    assert "没有“nobody”这个项目" in said(wrong)
    assert "括号是全角的" in said(wrong)
    assert admin.post(page, {"kind": "order"}).status_code == 400
    assert security.post(page, {"kind": "order", "file": _docx()}).status_code == 400, "whoever decides proposes none"
    assert PaperTemplate.objects.count() == 0
    assert admin.post(page, {"kind": "order", "file": _docx("本县样式 {{ to }}")}).status_code == 302
    waiting = PaperTemplate.objects.get()
    again = SimpleUploadedFile("again.docx", bytes(waiting.body))
    assert "已经在等人决定" in said(admin.post(page, {"kind": "order", "file": again}))
    one = PaperTemplate.objects.get()
    address = f"{page}/{one.pk}"
    assert f'action="{address}"' not in admin.get(page).content.decode()
    assert f'action="{address}"' in security.get(page).content.decode()
    preview = security.get(f"{address}/preview")
    assert "东门路分店𠮷" in _words(preview.content)
    assert "自己提出的要由别人来决定" in said(admin.post(address, {"do": "adopt"}))
    before = ordered(town, cafe)
    assert security.post(address, {"do": "adopt"}).status_code == 302
    assert "已经决定过了" in said(security.post(address, {"do": "refuse"}))
    post(town, "lead", before, "extend", due=day(12), reason="等配件")
    first, second = Document.objects.filter(matter_id=before.pk).order_by("id")
    old, new = (
        _words(client(town, "li").get(f"{LIST}/{before.number}/paper/{paper.code}/docx").content)
        for paper in (first, second)
    )
    assert "本县样式" not in old
    assert "本县样式 星海网吧" in new
    assert first.template != second.template
    assert verify(at=timezone.now()).breaks == []
    PaperTemplate.objects.filter(pk=one.pk).update(body=b"PK")
    assert [brk.where for brk in verify(at=timezone.now()).breaks] == [f"template:{one.pk}"]
    assert client(town, "li").get(page).status_code == 403
