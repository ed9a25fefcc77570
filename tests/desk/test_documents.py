"""Papers that go out: numbered without a gap, kept as given out, replaced and voided in the open, found by anybody."""

from __future__ import annotations

import hashlib
import io
import re
import sys
import threading
import zipfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from django.conf import settings
from django.db import connection, connections, transaction
from jinja2 import UndefinedError
from jinja2.exceptions import SecurityError

from tests.desk.people import MONDAY, Town, of_unit
from tests.subjects.test_inspection import DAY, cafe, on_site, ordered, photo, told, town
from tools import papers as made_by
from wuxiao.desk.audit import series
from wuxiao.desk.audit.verify import verify
from wuxiao.desk.base.actor import RESIDENT
from wuxiao.desk.base.errors import NotFound, Refused
from wuxiao.desk.case.act import act
from wuxiao.desk.documents import adopted, check, documents, trial, typeset, word
from wuxiao.desk.files import files
from wuxiao.desk.look import papers as look
from wuxiao.desk.people import retention
from wuxiao.late import late
from wuxiao.records.models import Case, Document, DocumentFile, Entry, Inspection, PaperTemplate, Row, Series
from wuxiao.rules.papers import DRAWN, FIELDS, KINDS, LONGEST, MUST, Content, Item, Kind, by_code, number_in
from wuxiao.rules.words import Text
from wuxiao.site.watch import doctor

__all__ = ["cafe", "town"]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _folder(settings: Any, tmp_path: Path) -> None:
    settings.FILES_DIR = tmp_path / "files"


def papers_of(case: Case) -> list[Document]:
    return list(Document.objects.filter(matter_id=case.pk).order_by("id"))


def body(paper: Document, form: str = "pdf") -> bytes:
    row = DocumentFile.objects.get(document=paper, kind=form)
    return files.path_of(row.sha256).read_bytes()


def text_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        pages = [page.get_textpage().get_text_range() for page in document]
    # Words are compared without line ends: where a line breaks is the sheet's.
    return re.sub(r"\s+", "", "".join(pages))


def words_of(docx: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(docx)) as archive:
        xml = archive.read("word/document.xml").decode()
    return "".join(re.findall(r"<w:t(?: [^>]*)?>([^<]*)</w:t>", xml))


# ------------------------------------------------------------------------------------------------------------ the story


def test_the_order_of_a_visit_goes_out_is_replaced_by_more_time_and_taken_back_when_it_was_not_so(
    town: Town, cafe: Row
) -> None:
    case = ordered(town, cafe)
    (first,) = papers_of(case)
    assert (first.number, first.state, first.unit, first.day) == (
        "责改〔2026〕1号",
        "live",
        "ps_qingping",
        date(2026, 9, 8),
    )
    said = text_of(body(first))
    for words in (
        "责令改正通知书",
        "责改〔2026〕1号",
        "星海网吧",
        "清平路8号",
        "应急照明、疏散指示标志完好",
        "依据：《消防法》第十六条",
        "2026年9月15日24:00以前改正",
        "六十日内依法申请行政复议",
    ):
        assert words in said, words
        if words != "依据：《消防法》第十六条":
            assert words in words_of(body(first, "docx")).replace(" ", ""), words
    assert "li" not in said
    assert "wang" not in said
    assert "到了检查周期" not in said, "neither who came nor why it was chosen"

    case = act(case.pk, "extend", {"due": "2026-09-20", "reason": "等配件"}, by=town.lead, at=MONDAY + 2 * DAY)
    first, second = papers_of(case)
    assert (first.state, first.replaced_by_id, second.state) == ("replaced", second.pk, "live")
    assert "2026年9月20日24:00以前改正" in text_of(body(second))
    assert "2026年9月15日" in text_of(body(first)), "what was given out stays as it was"

    act(case.pk, "object", {"words": "灯是好的，演练也做过"}, by=RESIDENT, at=MONDAY + 3 * DAY)
    given = {"reply": "查错了", "o_1": "withdrawn", "o_2": "withdrawn"}
    act(case.pk, "settle", given, by=town.supervisor, at=MONDAY + 4 * DAY)
    assert [one.state for one in papers_of(case)] == ["replaced", "void"]
    assert [line for line in told(case, to="owner") if "责改" in line] == [
        "出具责令改正通知书 责改〔2026〕1号",
        "出具责令改正通知书 责改〔2026〕2号，责改〔2026〕1号不再有效",
        "责令改正通知书 责改〔2026〕2号作废：问题认定有误，全部撤销",
    ]
    assert verify(at=MONDAY + 5 * DAY).breaks == []


@pytest.mark.parametrize("verb", ["recall", "refuse"])
def test_whoever_takes_an_order_back_with_a_new_day_puts_the_new_day_into_their_hands(
    town: Town, cafe: Row, verb: str
) -> None:
    case = ordered(town, cafe, exits="no")
    act(case.pk, "sign", {"reports": "报告"}, by=town.lead, at=MONDAY + DAY)
    over, fire = {"unit": "fire", "reason": "严重"}, of_unit(town, "fire")
    by = town.lead if verb == "recall" else fire
    act(case.pk, "hand_over", over, by=town.lead, at=MONDAY + DAY)
    act(case.pk, verb, {"reason": "先自己办"}, by=by, at=MONDAY + 2 * DAY)
    assert len(papers_of(case)) == 1, "the day in hand still is the day"
    act(case.pk, "hand_over", over, by=town.lead, at=MONDAY + 3 * DAY)
    act(case.pk, verb, {"reason": "先自己办"}, by=by, at=MONDAY + 40 * DAY)
    first, second = papers_of(case)
    assert (first.state, second.state) == ("replaced", "live")
    day = Inspection.objects.get(matter_id=case.pk).due_on
    assert day is not None
    assert day > (MONDAY + 40 * DAY).date()
    for said in (text_of(body(second)), words_of(body(second, "docx")).replace(" ", "")):
        assert f"{day.year}年{day.month}月{day.day}日24:00以前改正" in said
        assert "2026年9月15日24:00" not in said


def test_what_is_withdrawn_of_several_is_not_in_the_order_any_more(town: Town, cafe: Row) -> None:
    case = ordered(town, cafe)
    act(case.pk, "object", {"words": "灯是好的"}, by=RESIDENT, at=MONDAY + 3 * DAY)
    given = {"reply": "灯没有坏", "o_1": "withdrawn", "o_2": "not_yet"}
    act(case.pk, "settle", given, by=town.supervisor, at=MONDAY + 4 * DAY)
    assert [one.state for one in papers_of(case)] == ["replaced", "live"]
    said = text_of(body(papers_of(case)[1]))
    assert "应急照明" not in said
    assert "演练" in said


def test_a_visit_that_found_nothing_gives_out_no_paper(town: Town, cafe: Row) -> None:
    case = on_site(town, cafe)
    from tests.subjects.test_inspection import all_answers

    act(case.pk, "fill", all_answers(), by=town.wang, at=MONDAY + DAY)
    act(case.pk, "leave", {"signed": "signed"}, by=town.li, at=MONDAY + DAY)
    assert papers_of(case) == []
    assert Series.objects.count() == 0


def test_the_same_step_sent_twice_gives_out_one_paper(town: Town, cafe: Row) -> None:
    case = ordered(town, cafe)
    given = {"due": "2026-09-20", "reason": "等配件"}
    for _ in range(2):
        act(case.pk, "extend", given, by=town.lead, at=MONDAY + 2 * DAY, once="again")
    assert [one.number for one in papers_of(case)] == ["责改〔2026〕1号", "责改〔2026〕2号"]


# ------------------------------------------------------------------------------------------------ series without gaps


def _some(case: Case, n: int) -> Document:
    return documents.issue(case, "letter", Content(to="诉求人", opening=(f"第{n}份",)), by=RESIDENT, at=MONDAY)


def test_a_paper_that_is_rolled_back_takes_no_number(town: Town, cafe: Row) -> None:
    case = on_site(town, cafe)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            1 / (_some(case, 1).no - 1)
        case.refresh_from_db()
    assert _some(case, 2).number == "答复〔2026〕1号"
    assert verify(at=MONDAY + DAY).breaks == []


def test_each_kind_and_each_year_counts_for_itself(town: Town, cafe: Row) -> None:
    case = ordered(town, cafe)
    _some(case, 1)
    late = MONDAY.replace(month=12, day=31, hour=23, minute=59)
    content = Content(to="诉求人", opening=("一",))
    numbers = [
        documents.issue(case, "letter", content, by=RESIDENT, at=at).number
        for at in (late, late + timedelta(minutes=2))
    ]
    assert numbers == ["答复〔2026〕2号", "答复〔2027〕1号"]
    assert papers_of(case)[0].number == "责改〔2026〕1号"


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_take_fifty_numbers_without_a_gap(town: Town, cafe: Row) -> None:
    cases = [ordered(town, cafe) for _ in range(5)]
    typeset.known()
    start, wrong, lock = threading.Barrier(50), [], threading.Lock()

    def close(n: int) -> None:
        try:
            start.wait()
            with transaction.atomic():
                # Different cases and the same one; each tenth is given up after it took its number.
                _some(Case.objects.get(pk=cases[n % 5].pk), n)
                if n % 10 == 9:
                    raise ZeroDivisionError
        except ZeroDivisionError:
            pass
        except Exception as error:
            with lock:
                wrong.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=close, args=(n,)) for n in range(50)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert wrong == []
    numbers = sorted(Document.objects.filter(kind="letter").values_list("no", flat=True))
    assert numbers == list(range(1, 46))
    live = Document.objects.filter(kind="letter", state="live").values_list("matter_id", flat=True)
    assert sorted(live) == sorted(one.pk for one in cases), "of each case one holds"
    assert verify(at=MONDAY + 2 * DAY).breaks == []


def test_verify_finds_a_missing_paper_a_moved_series_and_a_changed_file(town: Town, cafe: Row) -> None:
    case = ordered(town, cafe)
    act(case.pk, "extend", {"due": "2026-09-20", "reason": "等配件"}, by=town.lead, at=MONDAY + 2 * DAY)
    first, second = papers_of(case)
    assert verify(at=MONDAY + 3 * DAY).breaks == []
    path = files.path_of(DocumentFile.objects.get(document=second, kind="pdf").sha256)
    kept = path.read_bytes()
    path.write_bytes(kept.replace(b"%%EOF", b"%%EOE"))
    assert any("内容被改动" in one.text.zh for one in verify(at=MONDAY + 3 * DAY).breaks)
    path.write_bytes(kept)
    Series.objects.update(last=3)
    assert [one.text.zh for one in verify(at=MONDAY + 3 * DAY).breaks][:1] == ["文书编号缺号：3"]
    Series.objects.update(last=2)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE records_document SET state = 'live' WHERE id = %s", [first.pk])
    assert [one.column for one in verify(at=MONDAY + 3 * DAY).breaks] == ["papers.state"]


# ---------------------------------------------------------------------------------------------- what anybody is told


def test_anybody_is_told_by_the_code_what_holds_and_nothing_of_whom_it_is_about(town: Town, cafe: Row) -> None:
    case = ordered(town, cafe)
    act(case.pk, "extend", {"due": "2026-09-20", "reason": "等配件"}, by=town.lead, at=MONDAY + 2 * DAY)
    first, second = papers_of(case)
    found = look.by_code(f" {first.code[:4]}-{first.code[4:8].lower()} {first.code[8:]}。")
    assert found is not None
    assert (found.state, found.number, found.instead) == ("replaced", "责改〔2026〕1号", "责改〔2026〕2号")
    assert "星海" not in repr(found)
    assert "清平路" not in repr(found)
    assert case.code not in repr(found)
    wrong = second.code[:-1] + ("0" if second.code[-1] != "0" else "1")
    assert [look.by_code(typed) for typed in (wrong, "", case.code, "000000000001")] == [None] * 4


def test_an_order_whose_case_has_ended_is_told_as_settled(town: Town, cafe: Row) -> None:
    case = ordered(town, cafe)
    (paper,) = papers_of(case)
    found = look.by_code(paper.code)
    assert found is not None
    assert (found.state, found.done_at) == ("live", None)
    act(case.pk, "mended", {"words": "换了"}, by=RESIDENT, at=MONDAY + 2 * DAY)
    given = {"o_1": "mended", "o_2": "mended"}
    case = act(case.pk, "recheck", given, by=town.zhao, at=MONDAY + 3 * DAY, uploads=(photo(),))
    found = look.by_code(paper.code)
    assert found is not None
    assert (found.state, found.done_at) == ("done", MONDAY + 3 * DAY), "nobody is told to obey it still"
    assert [look.standing(one) for one in look.of_case(case)] == ["done"]
    assert Document.objects.get(pk=paper.pk).state == "live", "what is sealed of it is as it was"
    assert not any(kind.asks for code, kind in KINDS.items() if code != "order"), "an answer holds when all is over"


def test_a_file_or_a_digest_is_of_this_very_paper_or_not(town: Town, cafe: Row) -> None:
    import hashlib

    case = ordered(town, cafe)
    act(case.pk, "extend", {"due": "2026-09-20", "reason": "等配件"}, by=town.lead, at=MONDAY + 2 * DAY)
    first, second = papers_of(case)
    for form in ("pdf", "docx"):
        own, other = (hashlib.sha256(body(paper, form)).hexdigest() for paper in (first, second))
        assert look.is_this(first.code, sha256=own)
        assert not look.is_this(first.code, sha256=other)
        assert look.is_this(first.code, mark=own)
    printed = re.search(r"内容摘要：([0-9a-f]{16})", text_of(body(first)))
    assert printed is not None
    spaced = " ".join(printed[1][n : n + 4] for n in range(0, 16, 4))
    assert look.is_this(first.code, mark=look.digest_of(spaced.upper()))
    assert not look.is_this(second.code, mark=printed[1])
    assert [look.digest_of(typed) for typed in ("", printed[1][:15], "g" * 16, "0" * 65)] == [""] * 4
    assert not look.is_this("000000000000", mark=printed[1])


def test_a_paper_reaches_only_its_own_case(town: Town, cafe: Row) -> None:
    case, other = ordered(town, cafe), ordered(town, cafe)
    (paper,) = papers_of(case)
    assert look.file_of(case, paper.code, "pdf", by=town.li, at=MONDAY + 2 * DAY)[0].pk == paper.pk
    for asked in ((other, paper.code, "pdf"), (case, paper.code, "exe"), (case, "000000000000", "pdf")):
        with pytest.raises(NotFound):
            look.file_of(*asked, by=town.li, at=MONDAY + 2 * DAY)
    read = Entry.objects.filter(matter_id=case.pk, verb="read", staff_id=town.li.staff_id)
    assert [entry.facts["fields"] for entry in read if entry.facts["how"] == "paper"] == [["paper"]]


def test_the_files_go_when_the_days_of_the_case_are_over_and_the_paper_is_still_told_of(town: Town, cafe: Row) -> None:
    case = ordered(town, cafe)
    (paper,) = papers_of(case)
    sha = DocumentFile.objects.get(document=paper, kind="pdf").sha256
    done = {"o_1": "mended", "o_2": "mended"}
    act(case.pk, "mended", {"words": "改好了"}, by=RESIDENT, at=MONDAY + 4 * DAY)
    act(case.pk, "recheck", done, by=town.zhao, at=MONDAY + 5 * DAY, uploads=(photo(),))
    assert files.sweep(at=MONDAY + 400 * DAY).removed == 0, "a file that a paper points to is wanted"
    assert files.path_of(sha).exists()
    with transaction.atomic():
        retention.retire_cases({"inspection": 1}, by=RESIDENT, at=MONDAY + 30 * DAY)
    assert all(one.erased_at is not None for one in DocumentFile.objects.filter(document=paper))
    assert look.is_this(paper.code, sha256=sha), "whoever has it can still be told that it is genuine"
    assert look.by_code(paper.code) is not None
    assert verify(at=MONDAY + 31 * DAY).breaks == []


# ------------------------------------------------------------------------------------------------------------ the sheet

HARD = Content(
    to="买买提·阿不都热依木江·艾合买提𠮷𪚥店",
    opening=("检查发现下列六十处问题" + "汉" * 200 + "：",),
    items=tuple(
        Item(f"第{n}处<b>&\"'｛｛ x ｝｝{{{{ y }}}}#let $z$ 安全出口被占用", "《消防法》第二十八条")
        for n in range(1, 61)
    ),
    closing=("限期改正。",),
    notes=("不服的，可以依法申请行政复议。",),
)


def _fields(content: Content = HARD, kind: str = "order") -> dict[str, Any]:
    return documents.fields(
        KINDS[kind],
        content,
        number="责改〔2026〕12号",
        body="清平镇派出所",
        town="望川县",
        day=date(2026, 9, 8),
        code="7F3K9QXM7F3K",
    )


def _rows_of(pdf: bytes, char: str) -> list[list[tuple[float, float]]]:
    """The lines of the first page that hold a character: the left and right edge of each, in millimetres, by line."""
    with pypdfium2.PdfDocument(pdf) as document:
        page = document[0].get_textpage()
        lines: dict[int, list[tuple[float, float]]] = {}
        for n in range(page.count_chars()):
            if page.get_text_range(n, 1) == char:
                left, bottom, right, _top = page.get_charbox(n)
                lines.setdefault(round(bottom), []).append((left / 72 * 25.4, right / 72 * 25.4))
    return [sorted(lines[y]) for y in sorted(lines, reverse=True)]


def test_a_page_holds_22_lines_of_28_characters() -> None:
    """GB/T 9704: 156 mm by 225 mm, 22 lines of 28 characters. Measured on the sheet of all papers, full of text."""
    base = (documents.TEMPLATES / "base.typ").read_text(encoding="utf-8")
    data = {**_fields(), "fonts": typeset.faces(typeset.BODY_FACES), "title_fonts": typeset.faces(()), "foot": "x"}
    pdf = typeset.pdf(base + '#par(first-line-indent: 0pt, "汉" * (28 * 22 + 1))', data)
    lines = _rows_of(pdf, "汉")
    assert [len(line) for line in lines] == [28] * 22
    assert all(27.9 < line[0][0] < 28.9 for line in lines)
    assert all(line[-1][1] < 184.1 for line in lines)
    with pypdfium2.PdfDocument(pdf) as document:
        assert len(document) == 2, "the character beyond stands on the next page"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_long_paragraph_of_each_paper_has_28_characters_a_line(kind: str) -> None:
    content = Content(to="诉求人", opening=("汉" * (26 + 28 * 9),))
    lines = _rows_of(documents.ours(kind, _fields(content, kind))["pdf"], "汉")
    assert [len(line) for line in lines] == [26] + [28] * 9, "the first line begins two characters in"


def test_the_hardest_paper_is_whole_in_both_forms_and_the_same_twice() -> None:
    data = _fields()
    made = documents.ours("order", data)
    said = text_of(made["pdf"])
    assert "买买提·阿不都热依木江·艾合买提𠮷〔U+2A6A5〕店" in said, "what no font has is named, never a box"
    assert "第60处<b>&\"'｛｛x｝｝{{y}}#let$z$安全出口被占用" in said
    in_word = words_of(made["docx"])
    assert "𠮷𪚥店" in in_word
    assert "第60处&lt;b&gt;&amp;" in in_word
    assert in_word.count("依据：《消防法》第二十八条") == 60
    assert made == documents.ours("order", data)
    with pypdfium2.PdfDocument(made["pdf"]) as document:
        assert len(document) > 5
        assert document.get_metadata_value("Title") == "责令改正通知书"
        for page in document:
            assert "文书编码7F3K-9QXM-7F3K" in re.sub(r"\s+", "", page.get_textpage().get_text_range())
        codes = zxingcpp.read_barcodes(document[len(document) - 1].render(scale=2).to_pil())
    assert [code.text for code in codes] == [f"{settings.BASE_URL}/paper/7F3K9QXM7F3K"]


def test_the_pdf_is_tagged_archivable_and_carries_its_fonts() -> None:
    import pypdf

    reader = pypdf.PdfReader(io.BytesIO(documents.ours("letter", _fields(kind="letter"))["pdf"]))
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "zh-CN"
    assert "/StructTreeRoot" in root
    assert root["/OutputIntents"]
    meta = root["/Metadata"].get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in meta
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in meta
    assert "<pdfuaid:part>1</pdfuaid:part>" in meta
    fonts = 0
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            held = font.get_object()
            for below in held.get("/DescendantFonts", [held]):
                described = below.get_object()["/FontDescriptor"]
                assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(described)
                fonts += 1
    assert fonts
    kinds = set()

    def walk(node: Any) -> None:
        node = node.get_object()
        if isinstance(node, list):
            for one in node:
                walk(one)
        elif isinstance(node, dict):
            kinds.add(node.get("/S"))
            if "/K" in node:
                walk(node["/K"])

    walk(root["/StructTreeRoot"])
    assert {"/H1", "/P", "/Figure"} <= kinds


# ----------------------------------------------------------------------------------------------------------------- DOCX


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_our_templates_are_what_the_tool_makes_and_ask_for_known_fields_only(kind: str) -> None:
    import docxtpl

    kept = documents.template_of(kind)
    assert kept == made_by.made(kind), "run python -m tools.papers"
    used = docxtpl.DocxTemplate(io.BytesIO(kept)).get_undeclared_template_variables(word.environment())
    assert used <= set(FIELDS)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_chinese_paper_shows_no_japanese_face(kind: str) -> None:
    """By the XML: a renderer without the Japanese faces would hide what Word shows (theme, styles, runs)."""
    with zipfile.ZipFile(io.BytesIO(documents.ours(kind, _fields(kind=kind))["docx"])) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist() if name.endswith(".xml")}
    whole = "".join(parts.values())
    assert "ja-JP" not in whole
    assert "ＭＳ" not in whole
    assert "eastAsiaTheme" not in whole
    assert 'w:themeFontLang w:val="zh-CN" w:eastAsia="zh-CN"' in parts["word/settings.xml"]
    runs = 0
    for name, xml in parts.items():
        if re.fullmatch(r"word/(document|footer\d*)\.xml", name):
            for run in re.findall(r"<w:r>.*?</w:r>|<w:r .*?</w:r>", xml, re.S):
                if (said := "".join(re.findall(r"<w:t[^>]*>([^<]*)", run))) and re.search("[一-鿿]", said):
                    assert re.search(r'w:eastAsia="(仿宋|方正小标宋简体)"', run), said[:20]
                    runs += 1
    assert runs > 60


def _template(words: str) -> bytes:
    import docx

    made = docx.Document()
    made.add_paragraph(words)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        ("{{ cycler.__init__.__globals__.os.popen('touch /tmp/never').read() }}", SecurityError),
        ("{{ ''.__class__.__mro__[1].__subclasses__() }}", SecurityError),
        ("{{ nobody }}", UndefinedError),
        ("{{ items[0].nobody }}", UndefinedError),
    ],
)
def test_a_template_runs_no_command_and_may_lack_nothing(words: str, wrong: type[Exception]) -> None:
    with pytest.raises(wrong):
        word.filled(_template(words), _fields(), qr=b"")
    assert not Path("/tmp/never").exists()


def test_the_web_process_begins_without_the_library_of_papers() -> None:
    import subprocess
    import sys

    code = (
        "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'wuxiao.site.settings'\n"
        "import django; django.setup()\nimport wuxiao.site.urls, sys\n"
        "print({'typst', 'docx', 'docxtpl', 'lxml'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


# --------------------------------------------------------------------------------------------- a town's own templates

WHOLE = "{{ title }} {{ number }} {{ body }} {{ day }} {{ code }} {{ mark }}"


def _own(*lines: str, whole: str = WHOLE) -> bytes:
    import docx

    made = docx.Document()
    for line in (whole, *lines):
        made.add_paragraph(line)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def _wrongs(data: bytes) -> list[str]:
    return [one.text.zh for one in check.check(data, "letter").found if one.level == "error"]


@pytest.mark.either
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_our_own_templates_pass_the_checker_with_the_hardest_paper(kind: str) -> None:
    report = check.check(documents.template_of(kind), kind)
    assert report.ok, report.found
    assert report.preview is not None
    said = words_of(report.preview)
    assert kind == "minutes" or "东门路分店𠮷" in said
    assert "第60处：安全出口&lt;被占用&gt;&amp;“{{ x }}”" in said


@pytest.mark.either
def test_a_template_of_a_town_may_use_fields_lists_and_conditions() -> None:
    report = check.check(
        _own(
            "{{ to }}：",
            "{%p for one in items %}",
            "{{ one.n }} {{ one.words }}",
            "{%p if one.law %}",
            "{{ one.law }}",
            "{%p endif %}",
            "{%p endfor %}",
        ),
        "order",
    )
    assert report.ok, report.found
    assert {"to", "items", *MUST} <= report.used
    assert any("没有用到“附注，逐段”" in one.text.zh for one in report.found), "what is left out is said, and no fault"
    assert any("日文字形" in one.text.zh for one in report.found), "python-docx's own styles are not Chinese"


@pytest.mark.either
@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{{ cycler.__init__.__globals__.os.popen('id').read() }}", "不能写这个（Call）"),
        ("{{ title.__class__ }}", "每条没有“__class__”"),
        ("{{ title.upper() }}", "不能写这个（Call）"),
        ("{{ title|upper }}", "不能写这个（Filter）"),
        ("{{ 9 ** 9 }}", "不能写这个（Pow）"),
        ("{% set x = 1 %}", "不能写这个（Assign）"),
        ("{% for a in range(9) %}x{% endfor %}", "不能写这个（Call）"),
        ("{% include 'x' %}", "不能写这个（Include）"),
        ("{{ nobody }}", "没有“nobody”这个项目"),
        ("{{ one }}", "没有“one”这个项目"),
        ("{% for one in items %}{{ one.phone }}{% endfor %}", "每条没有“phone”"),
        (
            "{% for a in items %}{% for b in items %}{% for c in items %}x{% endfor %}{% endfor %}{% endfor %}",
            "套得太多",
        ),
        ("｛｛ title ｝｝", "括号是全角的"),
        ("｛% if to %｝", "括号是全角的"),
        ("{{ title }", "写法不对"),
        ("{% if to %}", "写法不对"),
        ("{{ items[n] }}", "方括号"),
        # A paper may have one item, or no English: what is asked for by its place is not there then.
        ("{{ items[1].words }}", "方括号"),
        ("{{ english[0] }}", "方括号"),
        ("{{ items['append'] }}", "方括号"),
        ("{% if not items %}{{ title.n }}{% endif %}", "填不进去"),
        ("{% for one in notes %}{{ one.law }}{% endfor %}", "填不进去"),
        ("{% for one in title.items() %}{% endfor %}", "（Call）"),
    ],
)
def test_what_a_template_may_not_say_is_named(line: str, said: str) -> None:
    wrong = _wrongs(_own(line))
    assert any(said in one for one in wrong), wrong


@pytest.mark.either
def test_a_template_that_nobody_could_check_is_refused_and_says_what_is_missing() -> None:
    import docx

    made, out = docx.Document(), io.BytesIO()
    made.add_paragraph("{{ title }}")
    made.save(out)
    assert [one for one in _wrongs(out.getvalue()) if one.startswith("缺")] == [
        "缺“文号，如 责改〔2026〕3号”：请写 {{ number }}",
        "缺“发文单位”：请写 {{ body }}",
        "缺“成文日期，如 2026年9月8日”：请写 {{ day }}",
        "缺“文书编码”：请写 {{ code }}",
        "缺“内容摘要”：请写 {{ mark }}",
    ]


@pytest.mark.either
@pytest.mark.parametrize(
    "whole",
    [
        WHOLE.replace("{{ number }}", "{% if not number %}{{ number }}{% endif %}"),
        WHOLE.replace("{{ number }}", "{% if items %}{{ number }}{% endif %}"),
        WHOLE.replace("{{ number }}", "{% for one in notes %}{{ number }}{% endfor %}"),
    ],
)
def test_what_every_paper_must_show_does_not_hang_on_anything(whole: str) -> None:
    assert _wrongs(_own(whole=whole)) == [
        "文书上看不到“文号，如 责改〔2026〕3号”：每份都要看得到，不能放在“if”里，也不能隐藏、太淡或者太小"
    ]


@pytest.mark.either
@pytest.mark.parametrize(("hidden", "fit"), [(True, False), (False, True)])
def test_what_is_hidden_is_not_shown(hidden: bool, fit: bool) -> None:
    import docx

    made, out = docx.Document(), io.BytesIO()
    line = made.add_paragraph(WHOLE.replace("{{ number }}", ""))
    line.add_run("{{ number }}").font.hidden = hidden
    made.save(out)
    assert any("看不到“文号" in one for one in _wrongs(out.getvalue())) != fit


def test_a_template_that_was_adopted_and_cannot_be_filled_keeps_nobody_from_a_paper(
    town: Town, cafe: Row, caplog: pytest.LogCaptureFixture
) -> None:
    case = ordered(town, cafe)
    # From before both papers were tried: adopted by hand, and not to be filled where there is no English.
    body = _own("{% if not english %}{{ title.n }}{% endif %}")
    PaperTemplate.objects.create(
        kind="letter", digest=hashlib.sha256(body).hexdigest(), body=body, name="函.docx", at=MONDAY,
        by=town.staff("admin"), outcome="adopted", decided_by=town.staff("security"), decided_at=MONDAY,
    )  # fmt: skip
    paper = _some(case, 1)
    assert (paper.state, paper.no) == ("live", 1)
    assert sorted(DocumentFile.objects.filter(document=paper).values_list("kind", flat=True)) == ["docx", "pdf"]
    assert "the town's own template of letter cannot be filled" in caplog.text
    # What made it is on record: our own template, as it would have been without the town's.
    PaperTemplate.objects.all().delete()
    assert _some(case, 2).template == paper.template


@pytest.mark.either
def test_a_file_that_is_no_template_is_refused_in_words() -> None:
    whole = _own()
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(packed, "w") as new:
        for name in old.namelist():
            xml = old.read(name)
            if name == "word/_rels/document.xml.rels":
                far = (
                    b'<Relationship Id="x" Type="http://x/attachedTemplate" Target="http://a.b" TargetMode="External"/>'
                )
                xml = xml.replace(b"</Relationships>", far + b"</Relationships>")
            new.writestr(name, xml)
    macros = io.BytesIO(whole)
    with zipfile.ZipFile(macros, "a") as archive:
        archive.writestr("word/vbaProject.bin", b"x")
    for data, said in (
        (b"", "不是 Word 文件"),
        (b"%PDF-1.7", "不是 Word 文件"),
        (whole[:2000], "不是 Word 文件"),
        (b"x" * (trial.MOST + 1), "超过2MB"),
        (packed.getvalue(), "从别处取"),
        (macros.getvalue(), "带有宏"),
    ):
        wrong = _wrongs(data)
        assert any(said in one for one in wrong), (said, wrong)


def _with(change: dict[str, tuple[str, str]], data: bytes = b"") -> bytes:
    """Our own template with words of its parts put in another way, compressed as Word does."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data or documents.template_of("letter"))) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            body = old.read(name)
            if name in change:
                was, now = change[name]
                assert was in body.decode(), (name, was)
                body = body.decode().replace(was, now, 1).encode()
            new.writestr(name, body)
    return out.getvalue()


_RELS, _MAIN = "word/_rels/document.xml.rels", "word/document.xml"
_KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


@pytest.mark.either
@pytest.mark.parametrize(
    "condition",
    [
        "range(3)|list", "lipsum(n=2)", "cycler('a')", "7**3 > 5", "9**9**7 > 5", "''.__class__", "'a' ~ 'b'",
        "('a'*300000000)[0] == 'a'", "one.words|upper", "one.n is divisibleby(2)", "one.n is filter", "[1][0]",
    ],
)  # fmt: skip
def test_the_condition_of_a_list_is_looked_at_as_its_body_is(condition: str) -> None:
    wrong = _wrongs(_own("{{ to }}", f"{{%p for one in items if {condition} %}}", "{{ one.n }}", "{%p endfor %}"))
    assert any("模板里只能写项目" in one or "每条没有" in one for one in wrong), wrong


@pytest.mark.either
def test_a_list_leaves_out_nothing_not_even_what_has_no_law() -> None:
    lines = ("{{ one.n }} {{ one.words }}", "{%p endfor %}")
    assert _wrongs(_own("{{ to }}", "{%p for one in items %}", *lines)) == []
    (wrong,) = _wrongs(_own("{{ to }}", "{%p for one in items if one.law %}", *lines))
    assert "每一条都要印出来" in wrong


@pytest.mark.either
def test_the_properties_of_a_document_and_its_footnotes_are_looked_at_too() -> None:
    import docx
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part

    made, out = docx.Document(io.BytesIO(documents.template_of("letter"))), io.BytesIO()
    made.core_properties.subject = "{{ 7*191 }} {{ lipsum(n=1) }}"
    made.save(out)
    assert any("（Mul）" in one for one in _wrongs(out.getvalue()))

    made, out = docx.Document(io.BytesIO(documents.template_of("letter"))), io.BytesIO()
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    xml = f'<w:footnotes xmlns:w="{space}"><w:p><w:r><w:t>{{{{ range(3) }}}}</w:t></w:r></w:p></w:footnotes>'
    # Under a name that no list of names would hold.
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    part = Part(PackURI("/word/anything.xml"), kind, xml.encode(), made.part.package)
    made.part.relate_to(part, f"{_KIND}/footnotes")
    made.save(out)
    assert any("（Call）" in one for one in _wrongs(out.getvalue()))


@pytest.mark.either
@pytest.mark.parametrize(
    "relation",
    [
        f"<Relationship Id='x' Type='{_KIND}/image' Target='http://a.example/x.png' TargetMode='External'/>",
        f'<Relationship Id="x" Type="{_KIND}/image" Target="http://a.example/x.png" TargetMode = "External"/>',
        f'<Relationship Id="x" Type="{_KIND}/image" Target="http://a.example/hyperlink" TargetMode="External"/>',
        f"<Relationship Id='x' Type='{_KIND}/attachedTemplate' Target='http://a.example/x' TargetMode='External'/>",
        f'<Relationship Id="x" Type="{_KIND}/image&#47;hyperlink" Target="http://a.example/x" TargetMode="External"/>',
        f'<Relationship Id="x" Type="{_KIND}/hyperlink" Target="file://a.example/share" TargetMode="External"/>',
    ],
)
def test_nothing_is_fetched_from_elsewhere_however_it_is_written(relation: str) -> None:
    wrong = _wrongs(_with({_RELS: ("</Relationships>", f"{relation}</Relationships>")}))
    assert any("从别处取" in one for one in wrong), wrong


@pytest.mark.either
@pytest.mark.parametrize(
    ("target", "may"),
    [
        ("https://www.gov.cn/zhengce", True),
        ("mailto:clerk@example.org", True),
        ("http://evil.example/paper", False),
        ("https://gov.cn.evil.example/", False),
        ("https://evil.example/?a=.gov.cn", False),
    ],
)
def test_a_link_leads_to_the_state_or_to_a_mail_address_and_to_no_stranger(target: str, may: bool) -> None:
    link = f"<Relationship Id='x' Type='{_KIND}/hyperlink' Target='{target}' TargetMode='External'/>"
    wrong = _wrongs(_with({_RELS: ("</Relationships>", f"{link}</Relationships>")}))
    assert wrong == [] if may else any("通到别处的链接" in one for one in wrong), wrong
    field = f"{_BEGIN}<w:r><w:instrText>HYPERLINK &quot;{target}&quot;</w:instrText></w:r>{_END}"
    wrong = _wrongs(_with({_MAIN: ("<w:body>", f"<w:body><w:p>{field}</w:p>")}))
    assert wrong == [] if may else any("的域" in one for one in wrong), wrong


_LOOP = "{%p for one in items %}"


def _said(was: str, now: str, after: str = "") -> bytes:
    """Our own letter with one paragraph put in another way, and one more at its end."""
    import docx

    made, out = docx.Document(io.BytesIO(documents.template_of("letter"))), io.BytesIO()
    (found,) = [one for one in made.paragraphs if one.text == was]
    found.text = now
    if after:
        made.add_paragraph(after)
    made.save(out)
    return out.getvalue()


@pytest.mark.either
@pytest.mark.parametrize(
    "loop",
    [
        '{%p for one in items if one.words != "安全出口锁闭" %}',
        "{%p for one in items if one.law %}",
        "{%p for one in items if not english %}",
        "{%p for one in items if notes and not closing %}",
        "{%p for one in items if loop.index is odd %}",
    ],
)
def test_a_template_prints_every_item_to_everybody(loop: str) -> None:
    """What a trial found: an office's own template said less to one addressee, and its preview was clean."""
    assert _wrongs(_said(_LOOP, _LOOP)) == []
    assert _wrongs(_said(_LOOP, loop)) != []


@pytest.mark.either
def test_a_template_says_nothing_to_one_addressee_alone() -> None:
    only = '{% if to == "星海网吧" %}本通知不用执行。{% endif %}'
    assert any("Compare" in one for one in _wrongs(_said(_LOOP, _LOOP, only)))


@pytest.mark.either
@pytest.mark.parametrize(
    "properties",
    [
        '<w:color w:val="FFFFFF"/>',
        '<w:color w:val="F2F2F2"/>',
        '<w:sz w:val="2"/>',
        '<w:w w:val="1"/>',
        "<w:vanish/>",
    ],
)
def test_what_a_paper_must_show_is_seen(properties: str) -> None:
    """White on white, one point, squeezed to a hair: printed, and read by nobody."""
    for said, fit in (('<w:color w:val="C00000"/><w:sz w:val="24"/><w:w w:val="90"/>', True), (properties, False)):
        wrong = _wrongs(_with({_MAIN: ("<w:r>", f"<w:r><w:rPr>{said}</w:rPr>")}, _own()))
        assert wrong == [] if fit else any("看不到" in one for one in wrong), wrong
    # By a style, and by one that is based on it.
    styles = (
        f'<w:style w:type="character" w:styleId="First"><w:rPr>{properties}</w:rPr></w:style>'
        '<w:style w:type="character" w:styleId="Second"><w:basedOn w:val="First"/></w:style></w:styles>'
    )
    for name, fit in (("Other", True), ("First", False), ("Second", False)):
        own = f'<w:r><w:rPr><w:rStyle w:val="{name}"/></w:rPr>'
        wrong = _wrongs(_with({_MAIN: ("<w:r>", own), "word/styles.xml": ("</w:styles>", styles)}, _own()))
        assert wrong == [] if fit else any("看不到" in one for one in wrong), (name, wrong)


_BEGIN, _END = '<w:r><w:fldChar w:fldCharType="begin"/></w:r>', '<w:r><w:fldChar w:fldCharType="end"/></w:r>'


@pytest.mark.either
@pytest.mark.parametrize(
    "field",
    [
        '<w:fldSimple w:instr=" INCLUDEPICTURE &quot;http://a.example/x.png&quot; \\d "><w:r/></w:fldSimple>',
        f"{_BEGIN}<w:r><w:instrText>DD</w:instrText></w:r><w:r><w:instrText>EAUTO c:\\x</w:instrText></w:r>{_END}",
        f"{_BEGIN}<w:r><w:instrText>PAGE {{# x #}} INCLUDETEXT http://a.example</w:instrText></w:r>{_END}",
        f"{_BEGIN}<w:r><w:instrText>HYPERLINK file://a.example/x</w:instrText></w:r>{_END}",
        f"{_BEGIN}<w:r><w:instrText>PAGE </w:instrText></w:r>{_BEGIN}<w:r><w:instrText>LINK x</w:instrText></w:r>"
        f"{_END}{_END}",
        "<w:r><w:instrText>INCLUDE</w:instrText></w:r><w:r><w:instrText>PICTURE x</w:instrText></w:r>",
    ],
)
def test_a_field_that_fetches_is_found_in_one_piece_or_in_several(field: str) -> None:
    wrong = _wrongs(_with({_MAIN: ("<w:body>", f"<w:body><w:p>{field}</w:p>")}))
    assert any("取外部内容的域" in one for one in wrong), wrong


@pytest.mark.either
def test_the_number_of_a_page_may_stand_in_a_template() -> None:
    field = f"{_BEGIN}<w:r><w:instrText> PAGE  \\* MERGEFORMAT </w:instrText></w:r>{_END}"
    assert _wrongs(_with({_MAIN: ("<w:body>", f"<w:body><w:p>{field}</w:p>")})) == []


@pytest.mark.either
def test_a_file_in_another_encoding_or_damaged_is_refused_in_words() -> None:
    whole = documents.template_of("letter")
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            body = old.read(name)
            new.writestr(name, body.decode().encode("utf-16") if name == _MAIN else body)
    packed = _with({})
    torn = bytearray(packed)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        at = archive.getinfo(_MAIN).header_offset + 30 + len(_MAIN)
    for n in range(40):
        torn[at + 20 + n] ^= 0xFF
    for data, said in (
        (out.getvalue(), "另存"),
        (bytes(torn), "另存为 .docx"),
        (_with({"[Content_Types].xml": ("<", "<not ")}), "另存"),
        (_with({_MAIN: ("<w:document", "<!DOCTYPE x [<!ENTITY y 'z'>]><w:document")}), "另存"),
    ):
        wrong = _wrongs(data)
        assert any(said in one for one in wrong), (said, wrong)


@pytest.mark.either
def test_what_takes_too_much_time_or_memory_ends_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    # Three thousand six hundred times two megabytes is more memory than the trial has.
    lists = ("{% for a in items %}{% for b in items %}", "{% endfor %}{% endfor %}")
    many = "".join(f"<w:p><w:r><w:t>{'字' * 400}</w:t></w:r></w:p>" for _ in range(900))
    body = f"<w:p><w:r><w:t>{lists[0]}</w:t></w:r></w:p>{many}<w:p><w:r><w:t>{lists[1]}</w:t></w:r></w:p>"
    report = check.check(_with({_MAIN: ("<w:body>", f"<w:body>{body}")}), "letter")
    assert not report.ok
    assert report.preview is None
    # And what ends the other process ends nothing here.
    monkeypatch.setattr("sys.executable", "/bin/false")
    assert any("太费时间或内存" in one for one in _wrongs(documents.template_of("letter")))


def test_the_command_says_it_and_gives_the_template_to_begin_from(tmp_path: Path, capsys: Any) -> None:
    import json

    from wuxiao.site.cli import main

    ours, bad, preview = tmp_path / "ours.docx", tmp_path / "bad.docx", tmp_path / "preview.docx"
    assert main(["documents", "template", "order", str(ours)]) == 0
    assert main(["documents", "check", str(ours), "--kind", "order", "--preview", str(preview), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True
    assert "第60处" in words_of(preview.read_bytes())
    bad.write_bytes(_own("{{ nobody }}"))
    assert main(["documents", "check", str(bad)]) == 1
    said = capsys.readouterr().out
    assert "没有“nobody”这个项目" in said
    assert "there is no field “nobody”" in said
    assert main(["documents", "check", str(tmp_path / "none.docx")]) == 2


def test_of_two_templates_that_were_adopted_the_later_decision_is_in_force(town: Town) -> None:
    first, second = _own("第一版"), _own("第二版")
    one, two = (adopted.propose("letter", "函.docx", data, by=town.admin, at=MONDAY)[0] for data in (first, second))
    assert documents.in_force("letter") is None, "what waits is not in force"
    # What was proposed first is adopted last.
    adopted.decide(two.pk, True, by=town.security, at=MONDAY + DAY)
    assert documents.in_force("letter") == two
    adopted.decide(one.pk, True, by=town.security, at=MONDAY + 2 * DAY)
    assert documents.in_force("letter") == one
    assert documents.in_force("order") is None


def test_the_same_template_does_not_wait_twice_nor_beside_itself_in_force(town: Town) -> None:
    data = _own("第一版")
    one, _ = adopted.propose("letter", "函.docx", data, by=town.admin, at=MONDAY)
    with pytest.raises(Refused) as refused:
        adopted.propose("letter", "又一份.docx", data, by=town.admin, at=MONDAY)
    assert refused.value.code == "waits"
    assert [row.pk for row in adopted.versions()] == [one.pk]
    adopted.propose("order", "通知书.docx", data, by=town.admin, at=MONDAY)
    adopted.decide(one.pk, False, by=town.security, at=MONDAY)
    again, _ = adopted.propose("letter", "函.docx", data, by=town.admin, at=MONDAY)
    assert again.outcome == "", "what was refused may be asked again"
    adopted.decide(again.pk, True, by=town.security, at=MONDAY + DAY)
    with pytest.raises(Refused) as refused:
        adopted.propose("letter", "函.docx", data, by=town.admin, at=MONDAY + DAY)
    assert refused.value.code == "in_force"


# ------------------------------------------------------------------------------------ what is missing on this machine


@pytest.fixture
def fresh() -> Any:
    """Nothing of the fonts is in memory, as in a process that has just begun."""
    for one in (typeset.known, typeset._fonts, typeset.faces):
        one.cache_clear()
    yield
    for one in (typeset.known, typeset._fonts, typeset.faces):
        one.cache_clear()


def _no_library(patch: pytest.MonkeyPatch, _folder: Path) -> tuple[str, str]:
    patch.setitem(sys.modules, "typst", None)
    patch.setattr(typeset, "typst", late("typst"))
    return "程序库 typst 没有装好", "the library typst is not installed"


def _no_font(patch: pytest.MonkeyPatch, _folder: Path) -> tuple[str, str]:
    patch.setattr(typeset, "_FILES", (("pylopdf_fonts_zh_cn", "Gone.otf", 0), *typeset._FILES))
    return "字体 Gone.otf 不见了或读不了", "the font Gone.otf is gone or cannot be read"


def _no_package(patch: pytest.MonkeyPatch, _folder: Path) -> tuple[str, str]:
    patch.setattr(typeset, "_FILES", (("fonts_of_nobody", "a.otf", 0), *typeset._FILES))
    return "程序库 fonts_of_nobody 没有装好", "the library fonts_of_nobody is not installed"


def _damaged_font(patch: pytest.MonkeyPatch, folder: Path) -> tuple[str, str]:
    whole = typeset._folder("pylopdf_fonts_zh_cn") / "NotoSerifSC-Regular.otf"
    (folder / "cut.otf").write_bytes(whole.read_bytes()[:300])
    patch.setattr(typeset, "_folder", lambda package: folder)
    patch.setattr(typeset, "_FILES", (("any", "cut.otf", 0),))
    return "字体 cut.otf 坏了", "the font cut.otf is damaged"


def _no_word(patch: pytest.MonkeyPatch, _folder: Path) -> tuple[str, str]:
    patch.setitem(sys.modules, "docxtpl", None)
    patch.setattr(word, "docxtpl", late("docxtpl"))
    return "程序库 docxtpl 没有装好", "the library docxtpl is not installed"


LACKS = (_no_library, _no_font, _no_package, _damaged_font, _no_word)


@pytest.mark.parametrize("lack", LACKS)
def test_what_keeps_a_paper_from_being_made_is_said_to_who_asks_and_to_the_operator_and_nothing_is_written(
    town: Town, cafe: Row, fresh: None, lack: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    case = ordered(town, cafe)
    assert doctor._papers().ok
    given = {"due": "2026-09-20", "reason": "等配件"}
    with monkeypatch.context() as patch:
        for one in (typeset.known, typeset._fonts):
            one.cache_clear()
        zh, en = lack(patch, tmp_path)
        with pytest.raises(Refused) as refused:
            act(case.pk, "extend", given, by=town.lead, at=MONDAY + 2 * DAY)
        assert zh in refused.value.text.zh
        assert en in refused.value.text.en
        found = doctor._papers()
        assert not found.ok
        assert zh in found.text.zh
        assert en in found.text.en
        assert found.mend is not None
    assert (Case.objects.get(pk=case.pk).turn, len(papers_of(case))) == (case.turn, 1)
    for one in (typeset.known, typeset._fonts):
        one.cache_clear()
    case = act(case.pk, "extend", given, by=town.lead, at=MONDAY + 2 * DAY)
    assert [one.number for one in papers_of(case)] == ["责改〔2026〕1号", "责改〔2026〕2号"], "no number was lost"


def test_the_doctor_names_the_kind_that_cannot_be_made_and_a_template_that_is_left_for_ours(
    town: Town, cafe: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "0 " in doctor._templates().text.en
    assert doctor._templates().ok
    by = town.lead.staff_id
    kept = {"kind": "order", "digest": "0" * 64, "name": "own.docx", "by_id": by, "at": MONDAY, "outcome": "adopted"}
    row = PaperTemplate.objects.create(body=documents.template_of("order"), decided_at=MONDAY, **kept)
    assert doctor._templates().ok
    PaperTemplate.objects.filter(pk=row.pk).update(body=b"no file of Word")
    found = doctor._templates()
    assert (found.ok, "责令改正通知书" in found.text.zh, "order to correct" in found.text.en) == (False, True, True)

    text, body = documents._ours("letter")
    monkeypatch.setattr(documents, "_ours", lambda kind: (text + ("#panic()" if kind == "minutes" else ""), body))
    found = doctor._papers()
    assert (found.ok, "会议纪要" in found.text.zh) == (False, True)


def test_a_kind_of_papers_that_cannot_go_out_is_refused_at_the_start(tmp_path: Path) -> None:
    for model in (Document, Series, PaperTemplate):
        assert model._meta.get_field("kind").max_length == LONGEST, model
    most = Kind("a" * LONGEST, Text("文", "paper"), "文" * 20)
    assert len(most.number(2026, 2**31 - 1)) <= Document._meta.get_field("number").max_length
    for code, about in (
        ("a" * (LONGEST + 1), "文"),
        ("Order", "文"),
        ("or der", "文"),
        ("", "文"),
        ("o", "文" * 21),
        ("o", ""),
    ):
        with pytest.raises(ValueError, match="the paper"):
            Kind(code, Text("文", "paper"), about)
    order = KINDS["order"]
    for other in (Kind("order", order.name, "别的"), Kind("other", order.name, order.word)):
        with pytest.raises(ValueError, match="one code or one word"):
            by_code(order, other)
    documents._whole(one.file for one in KINDS.values())
    for ending in ("typ", "docx"):
        with pytest.raises(ValueError, match=rf"“summons” has no template summons\.{ending}"):
            documents._whole(["summons"], tmp_path)
        (tmp_path / f"summons.{ending}").touch()
    documents._whole(["summons"], tmp_path)


def test_the_tool_makes_a_template_of_every_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(made_by, "FOLDER", tmp_path)
    made_by.main()
    looks = {one.file for one in KINDS.values()}
    assert {path.stem for path in tmp_path.iterdir()} == looks
    assert looks >= made_by.NOTICES | made_by.TO_NOBODY


@pytest.mark.parametrize("kind", ["letter", "minutes"])
def test_a_paper_of_what_is_kept_from_somebody_takes_no_number_of_the_series(town: Town, cafe: Row, kind: str) -> None:
    case = ordered(town, cafe)
    with transaction.atomic():
        documents.issue(case, kind, Content(to="", opening=("改",)), by=town.supervisor, at=MONDAY)
        Case.objects.filter(pk=case.pk).update(hidden_units=",housing,", hidden_own=",housing,")
        case.refresh_from_db()
        drawn = documents.issue(case, kind, Content(to="", opening=("改",)), by=town.supervisor, at=MONDAY + DAY)
        assert drawn.no in DRAWN
        assert number_in(drawn.number) == drawn.number, "it reads as any number"
        assert Series.objects.get(kind=kind).last == 1
        assert list(series.faults()) == []
        # The numbers of the series are still looked through.
        Series.objects.filter(kind=kind).update(last=2)
        assert [name for name, _ in series.faults()] == [KINDS[kind].number(2026, 2)] * 2
        first = Document.objects.get(matter=case, kind=kind, no=1)
        known = look.by_code(first.code)
        assert known is not None
        assert (known.state, known.instead) == ("replaced", ""), "the number of the next would tell it"
        transaction.set_rollback(True)


def test_an_order_never_says_by_its_number_that_somebody_reported_the_place(town: Town, cafe: Row) -> None:
    """An attacker read it off the order: ordinary ones were number 1 and 2, one after a secret report 773100."""
    case = ordered(town, cafe)
    assert [one.no for one in papers_of(case)] == [1]
    with transaction.atomic():
        Case.objects.filter(pk=case.pk).update(hidden_units=",housing,", hidden_own=",housing,")
        case.refresh_from_db()
        second = documents.issue(case, "order", Content(to="", opening=("改",)), by=town.supervisor, at=MONDAY + DAY)
        assert second.no == 2
        assert list(series.faults()) == []
        first = Document.objects.get(matter=case, kind="order", no=1)
        known = look.by_code(first.code)
        assert known is not None
        assert known.instead == second.number, "who holds an order that no longer counts reads which one does"
        transaction.set_rollback(True)
