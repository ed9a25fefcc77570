"""Imports from a file to matters: mapping, looking, bringing in, mending, and doing it twice."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.desk.people import MONDAY, Town, of_unit, settle
from tests.support.town import Town as ServedTown
from wuxiao.desk.audit import verify
from wuxiao.desk.base import find, jobs
from wuxiao.desk.base.actor import RESIDENT, Actor
from wuxiao.desk.base.errors import Invalid, NotFound
from wuxiao.desk.case import wishes
from wuxiao.desk.case.act import act
from wuxiao.desk.look.matter import view
from wuxiao.desk.matters import imports, intake, mend
from wuxiao.desk.matters.intake import Past
from wuxiao.desk.matters.matters import Report, receive
from wuxiao.desk.town import books
from wuxiao.feeds.sheets import job as handlers
from wuxiao.records.models import Access, CallBack, Contact, Entry, ImportRow, Job, Matter, Message, Words
from wuxiao.rules import hide
from wuxiao.rules.calendar import SHANGHAI

HEAD = "工单编号,来电时间,标题,诉求内容,问题分类,所属街道,地点,称呼,联系电话,办结时间,答复内容,满意度\n"
GOOD = (
    "A1,2026-03-02 09:30,路灯不亮,槐树巷三盏路灯坏了,路灯,清平街道,槐树巷,王女士,13900000001,"
    "2026-03-04 16:00,已修好三盏路灯。,满意\n"
)
OPEN = "A2,2026-09-01 10:00,噪音,工地夜里十二点还在打桩,施工噪声,清平街道,东门,,,,,\n"


@pytest.fixture
def town() -> Town:
    return settle(datetime(2026, 1, 5, 9, 0, tzinfo=SHANGHAI))


@pytest.fixture
def data(settings: Any, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


def begin(
    text: str | bytes, by: Actor, at: datetime = MONDAY, start: Callable[..., Job] = imports.start, **plan: object
) -> Job:
    raw = text.encode() if isinstance(text, str) else text
    stored, shown = imports.keep("三月.csv", io.BytesIO(raw))
    return start(stored, shown, {"source": "热线", **plan}, by=by, at=at)


def run(job: Job) -> Job:
    while job.state in {"queued", "running"}:
        assert jobs.run_due(now=lambda: MONDAY + timedelta(hours=1), job_id=job.pk)
        job.refresh_from_db()
    return job


def bring(text: str | bytes, by: Actor, **plan: object) -> Job:
    job = run(begin(text, by, **plan))
    assert job.state == "done", job.error
    return job


@pytest.mark.django_db
def test_a_past_matter_comes_in_with_its_times_its_answer_and_its_origin(town: Town, data: Path) -> None:
    lead = town.shift_lead
    job = bring(HEAD + GOOD, lead)
    assert {k: job.result[k] for k in ("rows", "made", "known", "refused")} == {
        "rows": 1,
        "made": 1,
        "known": 0,
        "refused": 0,
    }
    matter = Matter.objects.get(external_id="A1")
    assert (matter.state, matter.outcome, matter.category) == ("closed", "answered", "urban.facility.lamp")
    assert matter.received_at == datetime(2026, 3, 2, 9, 30, tzinfo=SHANGHAI)
    assert matter.closed_at == matter.answered_at == datetime(2026, 3, 4, 16, 0, tzinfo=SHANGHAI)
    assert matter.division == "990101001"
    assert matter.due_at == datetime(2026, 3, 9, 18, 0, tzinfo=SHANGHAI), "our own five working days"
    assert (matter.satisfied, matter.rated_by) == (4, "import")
    entries = list(Entry.objects.filter(matter=matter).order_by("turn").values_list("verb", "at", "actor"))
    assert [e[0] for e in entries] == ["receive", "answer", "imported"]
    assert entries[0][1] == matter.received_at
    assert entries[2][1] == job.created_at
    assert [e[2] for e in entries] == ["system", "system", "staff"]
    facts = Entry.objects.get(matter=matter, verb="imported").facts
    assert (facts["source"], facts["key"], facts["who"]) == ("热线", "A1", "shift_lead")
    assert Contact.objects.get(matter=matter).phone == "13900000001"
    assert Words.objects.get(matter=matter, field="reply").text == "已修好三盏路灯。"
    assert not Message.objects.exists(), "past matters come in quietly"
    assert not CallBack.objects.exists()
    assert not Matter.objects.filter(tick_at__isnull=False).exists()
    assert verify.verify().breaks == []
    town_entries = Entry.objects.filter(matter=None, verb__in=["import_start", "import_rows"])
    assert sorted(town_entries.values_list("verb", flat=True)) == ["import_rows", "import_start"]


@pytest.mark.django_db
def test_bulk_intake_makes_what_receive_makes(town: Town, data: Path) -> None:
    words, at = "工地夜里十二点还在打桩,吵得睡不着", MONDAY
    report = Report(words=words, division="990101001", place="东门", phone="13900000001", channel="import")
    one = receive(report, by=RESIDENT, at=at, quiet=True)
    job = Job.objects.create(kind="x", created_at=at, next_at=at)
    by = Actor("system", name="测试")
    intake.take_in(job.pk, "热线", [Past(2, "k", report, at)], by=by, at=at)
    many = Matter.objects.exclude(pk=one.pk).get()
    own = {"id", "code", "number", "salt", "turn", "version", "head"}
    for field in Matter._meta.concrete_fields:
        if field.attname not in own:
            assert getattr(many, field.attname) == getattr(one, field.attname), field.attname
    rows = [
        sorted(Access.objects.filter(matter=m).values_list("principal", "hidden", "queue", "is_open", "sort_at"))
        for m in (one, many)
    ]
    assert rows[0] == rows[1]
    first = [Entry.objects.get(matter=m, turn=1) for m in (one, many)]
    assert first[1].facts == {**first[0].facts, "imported": "热线"}
    texts = [find.text_of(m.pk) for m in (one, many)]
    assert all(texts)
    assert str(texts[0]).replace(one.number.lower(), "") == str(texts[1]).replace(many.number.lower(), "")
    clause = find.condition("打桩", "id")
    assert clause is not None
    assert Matter.objects.extra(where=[clause[0]], params=clause[1]).count() == 2  # type: ignore[attr-defined]
    assert verify.verify().breaks == []
    later = receive(Report(words="后来的事"), by=RESIDENT, at=at)
    assert later.pk > many.pk, "drawn ids are not given out again"


KEPT_HEAD = "编号,来电时间,诉求内容,所属街道,承办单位,办结时间,是否保密\n"


def kept(said: str, *, unit: str = "", closed: str = "", mark: str = "") -> str:
    return f"{KEPT_HEAD}K1,2026-03-02 09:30,{said},清平街道,{unit},{closed},{mark}\n"


STATION = "清平派出所民警收了我五百块钱不开收据"
POLICE_SUPERVISION = "police_supervision"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("row", "about", "shielded", "holder"),
    [
        (kept(STATION), {"ps_qingping"}, True, "hotline"),
        (kept(STATION, closed="2026-03-05 10:00"), {"ps_qingping"}, True, "hotline"),
        (kept("村支书把低保给了自己亲戚"), {"some_village"}, True, "hotline"),
        # Answered by another: it keeps it, those it is about do not see it.
        (kept(STATION, unit="efficiency", closed="2026-03-05 10:00"), {"ps_qingping"}, True, "efficiency"),
        (
            kept(STATION, unit="police_supervision", closed="2026-03-05 10:00"),
            {"ps_qingping"},
            True,
            POLICE_SUPERVISION,
        ),
        # Answered by the very body: it has read it, and the record stays true; the name is kept.
        (kept(STATION, unit="ps_qingping", closed="2026-03-05 10:00"), set(), True, "ps_qingping"),
        (kept(STATION, unit="ps_bailu", closed="2026-03-05 10:00"), set(), True, "ps_bailu"),
        # What the file says is believed.
        (kept(STATION, mark="否"), set(), False, "hotline"),
        (kept(STATION, mark="是"), {"ps_qingping"}, True, "hotline"),
        (kept("路灯坏了三天", mark="是"), set(), True, "hotline"),
        (kept("路灯坏了三天", mark="住房和城乡建设局"), {"housing"}, True, "hotline"),
        (kept("路灯坏了三天", mark="派出所或民警(不知道是哪个所)"), {"some_station"}, True, "hotline"),
        (kept("路灯坏了三天", mark="派出所"), {"some_station"}, True, "hotline"),
        (kept("路灯坏了三天", mark="住房和城乡建设局、派出所"), {"housing", "some_station"}, True, "hotline"),
        (kept("路灯坏了三天"), set(), False, "hotline"),
        # Who is called is not hidden from.
        (kept("谢谢派出所的民警帮我找到老人"), set(), False, "hotline"),
    ],
)
def test_a_row_is_kept_from_whom_it_speaks_against_as_at_every_door(
    town: Town, data: Path, row: str, about: set[str], shielded: bool, holder: str
) -> None:
    job = bring(row, town.shift_lead)
    assert job.result["made"] == 1, list(imports.refused(job.pk))
    matter = Matter.objects.get()
    reach = hide.from_about(books.of_version(matter.book_id).book, about, matter.division)
    assert (hide.unpack(matter.about), matter.hidden, matter.shielded) == (about, reach, shielded)
    if holder in books.of_version(matter.book_id).book.units:
        assert matter.holder == holder
    assert not set(Access.objects.filter(matter=matter).values_list("principal", flat=True)) & {f"u:{u}" for u in reach}
    assert verify.verify().breaks == []


@pytest.mark.django_db
def test_it_is_seen_before_it_comes_in_and_a_name_nobody_knows_is_asked_for(town: Town, data: Path) -> None:
    looked = run(begin(kept(STATION), town.shift_lead, start=imports.look))
    assert looked.result["sample"][0]["read"]["kept_from"] == "ps_qingping"
    plain_one = run(begin(kept("路灯坏了三天"), town.shift_lead, start=imports.look))
    assert "kept_from" not in plain_one.result["sample"][0]["read"]
    strange = bring(kept("路灯坏了三天", mark="东海龙宫"), town.shift_lead)
    assert (strange.result["made"], strange.result["refused"]) == (0, 1)
    ((_, why, _cells),) = imports.refused(strange.pk)
    assert "东海龙宫" in why
    assert "Kept secret" in why or "kept secret" in why


@pytest.mark.django_db
def test_what_an_import_shut_supervision_opens_and_the_body_reads_nothing_of_it(town: Town, data: Path) -> None:
    bring(kept("城管队员收了我的秤，要我交五百块"), town.shift_lead)
    matter = Matter.objects.get()
    assert matter.hidden == {"urban_mgmt"}
    assert {wish.by for wish in wishes.of(matter)} == {wishes.By.DEFAULT}
    given = {"whom": sorted(hide.unpack(matter.about)), "open_name": "yes", "reason": "问过她", "for_caller": "asked"}
    act(matter.pk, "unshield", given, by=town.supervisor, at=MONDAY + timedelta(hours=2))
    act(matter.pk, "classify", {"category": "urban.street.stalls", "handling_class": "request"}, by=town.operator,
        at=MONDAY + timedelta(hours=2))  # fmt: skip
    act(matter.pk, "assign", {"unit": "urban_mgmt"}, by=town.operator, at=MONDAY + timedelta(hours=2))
    theirs = view(matter.number, by=of_unit(town, "urban_mgmt"), at=MONDAY + timedelta(hours=3), lang="zh")
    assert not {"about", "hidden", "kept"} & {name for entry in theirs.entries for name in entry.facts}
    said = bring(kept("路灯坏了三天", mark="是").replace("K1", "K2"), town.shift_lead)
    assert said.result["made"] == 1
    assert [wish.by for wish in wishes.of(Matter.objects.get(external_id="K2"))] == [wishes.By.FILE]


@pytest.mark.django_db
def test_an_open_matter_waits_at_the_desk_with_a_clock_from_today(town: Town, data: Path) -> None:
    bring(HEAD + OPEN, town.shift_lead)
    matter = Matter.objects.get()
    assert (matter.state, matter.holder) == ("intake", "hotline")
    assert matter.step_due_at is not None
    assert matter.step_due_at > MONDAY
    assert matter.due_at is not None
    assert matter.due_at > matter.received_at
    assert matter.tick_at is not None
    assert matter.tick_at > MONDAY
    assert Access.objects.filter(matter=matter, queue="intake", is_open=True).exists()


@pytest.mark.django_db
def test_the_date_told_elsewhere_is_kept_to_the_second(town: Town, data: Path) -> None:
    head = "编号,登记时间,内容,承诺期限,办结时间\n"
    late = "1,2026-03-02 09:30:07,路灯,2026-03-05 11:00:01,2026-03-05 11:00:02\n"
    early = "2,2026-03-02 09:30:07,路灯,2026-03-02 09:30:07,2026-03-02 09:30:07\n"
    before = "3,2026-03-02 09:30:07,路灯,2026-03-01 00:00:00,2026-03-02 09:30:07\n"
    bring(head + late + early + before, town.shift_lead)
    first, second, third = Matter.objects.order_by("external_id")
    assert first.due_at == datetime(2026, 3, 5, 11, 0, 1, tzinfo=SHANGHAI)
    assert first.promise["profile"] == "given"
    assert second.due_at
    assert second.closed_at
    assert second.closed_at <= second.due_at
    assert third.promise["profile"] == "five_working_days", "a date before the receipt is no promise"
    assert Entry.objects.get(matter=third, turn=1).facts["given_due"] == "2026-02-28T16:00:00+00:00"


@pytest.mark.django_db
def test_what_cannot_be_taken_in_comes_back_with_its_reason_and_goes_in_when_mended(town: Town, data: Path) -> None:
    bad = (
        GOOD
        + GOOD.replace("A1", "A9").replace("2026-03-02 09:30", "前天")
        + GOOD.replace("A1", "A8").replace("2026-03-04", "2026-03-01")
        + GOOD.replace("A1", "A7").replace("满意", "一般般")
        + GOOD.replace("A1", "A6").replace("王女士", "=HYPERLINK(1)王女士").replace("2026-03-02", "1999-03-02")
        + GOOD
        + GOOD.replace("A1", "A5").replace("槐树巷,王", f"{'远' * 201},王")
    )
    job = bring(HEAD + bad, town.shift_lead)
    assert (job.result["made"], job.result["refused"]) == (1, 6)
    rows = imports.hand_out_refused(job, by=town.shift_lead, at=MONDAY)
    reasons = {cells["工单编号"]: reason for _, reason, cells in rows}
    assert [line for line, _, _ in rows] == [3, 4, 5, 6, 7, 8]
    for key, part in {
        "A9": "看不懂的时间",
        "A8": "办结时间:早于登记时间",
        "A7": "看不懂的评价",
        "A6": "2004",
        "A1": "第2行重复",
        "A5": "最多200个字符",
    }.items():
        assert part in reasons[key]
        assert "\n" in reasons[key], "in both languages"
    assert Entry.objects.filter(matter=None, verb="export_rows").count() == 1
    text = mend.as_csv(rows, job.result["headings"]).decode("utf-8-sig")
    assert "'=HYPERLINK" in text
    mended = text.replace("前天", "2026-03-02").replace("一般般", "不满意").replace("1999-", "2026-")
    again = bring(mended, town.shift_lead)
    assert again.result["made"] == 3
    assert again.result["known"] == 1, "A1 is there already"
    assert Matter.objects.get(external_id="A7").satisfied == 2
    assert Contact.objects.get(matter__external_id="A6").name == "=HYPERLINK(1)王女士"


@pytest.mark.django_db
def test_the_same_file_again_makes_nothing(town: Town, data: Path) -> None:
    text = HEAD + GOOD + OPEN
    bring(text, town.shift_lead)
    again = bring(text, town.shift_lead)
    assert (again.result["made"], again.result["known"], again.result["refused"]) == (0, 2, 0)
    other = bring(text, town.shift_lead, source="另一来源")
    assert other.result["made"] == 2, "another source has numbers of its own"
    head = "登记时间,内容\n"
    row = "2026-03-02,没有编号的一行\n"
    assert bring(head + row, town.shift_lead).result["made"] == 1
    assert bring(head + row, town.shift_lead).result["known"] == 1, "without a number the content is the key"


@pytest.mark.django_db
def test_labels_are_translated_or_left_to_the_desk(town: Town, data: Path) -> None:
    head = "编号,登记时间,内容,分类\n"
    labels = ["路灯", "urban.facility.lamp", "老系统-照明", "SW-大件", "没见过", "城乡建设", "环保"]
    rows = "".join(f"{n},2026-03-02,物业费太高小区业主委员会不管,{label}\n" for n, label in enumerate(labels))
    table = {"老系统-照明": "urban.facility.lamp", "SW-*": "urban.sanitation.bulky", "城乡建设": "urban|housing"}
    bring(head + rows, town.shift_lead, categories={**table, "环保": ""})
    found = list(Matter.objects.order_by("external_id").values_list("category", flat=True))
    assert found == ["urban.facility.lamp"] * 3 + ["urban.sanitation.bulky", "", "housing", ""]
    unknown = Matter.objects.get(external_id="4")
    assert unknown.route_why["guess"], "the desk gets a suggestion"
    assert Entry.objects.get(matter=unknown, turn=1).facts["label"] == "没见过"


@pytest.mark.django_db
def test_looking_writes_nothing_and_shows_how_it_would_be_read(town: Town, data: Path) -> None:
    job = run(begin(HEAD + GOOD + GOOD.replace("2026-03-02 09:30", "昨天"), town.shift_lead, start=imports.look))
    assert job.state == "done", job.error
    found = job.result
    assert found["plan"]["columns"]["received_at"] == ["来电时间"]
    assert found["sample"][0]["read"]["category"] == "urban.facility.lamp"
    assert "看不懂的时间" in found["sample"][1]["error"][0]
    assert (found["rows"], found["refused_count"], found["missing"]) == (2, 1, {})
    assert found["labels"] == [["路灯", 2, "urban.facility.lamp"]]
    assert not Matter.objects.exists()
    assert not ImportRow.objects.exists()


@pytest.mark.django_db
def test_missing_columns_stop_an_import_before_it_begins(town: Town, data: Path) -> None:
    job = run(begin("甲,乙\n1,2\n", town.shift_lead))
    assert job.state == "failed"
    assert "登记时间" in job.error
    job = run(begin(HEAD + GOOD, town.shift_lead, columns={"received_at": ["别的"], "words": ["诉求内容"]}))
    assert "“别的”" in job.error
    with pytest.raises(Invalid):
        begin(HEAD + GOOD, town.shift_lead, source="")
    with pytest.raises(Invalid):
        imports.keep("a.csv", io.BytesIO(b""))


@pytest.mark.django_db
def test_a_workbook_with_numbers_that_lost_their_end(town: Town, data: Path) -> None:
    made = openpyxl.Workbook()
    made.active.append(["编号", "登记时间", "内容"])
    made.active.append([123456789012345678, datetime(2026, 3, 2, 9, 30), "路灯"])
    made.active.append(["123456789012345678", datetime(2026, 3, 2, 9, 30), "路灯"])
    out = io.BytesIO()
    made.save(out)
    job = bring(out.getvalue(), town.shift_lead)
    assert (job.result["made"], job.result["refused"]) == (1, 1)
    [(line, reason, _)] = imports.refused(job.pk)
    assert line == 2
    assert "文本" in reason


@pytest.mark.django_db
def test_the_file_goes_when_it_is_in_and_the_choices_stay(town: Town, data: Path) -> None:
    job = bring(HEAD + GOOD, town.shift_lead, order="ymd", channel="phone")
    with pytest.raises(NotFound):
        imports.path_of(job)
    assert imports.saved_plan("热线")["channel"] == "phone"
    assert imports.saved_plan("没有过") == {}
    bad = bring(HEAD + GOOD.replace("A1", "B1").replace("2026-03-02 09:30", "前天"), town.shift_lead)
    assert next(imports.refused(bad.pk))[2]["联系电话"] == "13900000001"
    imports.tidy(at=MONDAY + imports.KEEP_REFUSED + timedelta(days=1))
    assert next(imports.refused(bad.pk))[2] == {}, "what people wrote is not kept for ever"


@pytest.mark.django_db
def test_a_long_import_takes_turns_with_the_other_work(town: Town, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handlers, "SHARE", 0.0)
    monkeypatch.setattr(handlers, "BATCH", 2)
    job = begin(HEAD + "".join(GOOD.replace("A1", f"C{n}") for n in range(7)), town.shift_lead)
    turns = 0
    while job.state != "done":
        assert jobs.run_due(now=lambda: MONDAY, job_id=job.pk)
        job.refresh_from_db()
        turns += 1
        assert job.state in {"queued", "done"}, job.error
        if turns == 1:
            assert job.progress >= 2
    assert turns > 1
    assert Matter.objects.count() == 7


@pytest.mark.django_db
def test_an_import_that_fits_into_its_turn_is_in_after_one(
    town: Town, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handlers, "SHARE", 600.0)
    monkeypatch.setattr(handlers, "BATCH", 2)
    job = begin(HEAD + "".join(GOOD.replace("A1", f"C{n}") for n in range(7)), town.shift_lead)
    assert jobs.run_due(now=lambda: MONDAY, job_id=job.pk)
    job.refresh_from_db()
    assert (job.state, job.result["made"], Matter.objects.count()) == ("done", 7, 7)


@pytest.mark.django_db
def test_what_a_requester_said_elsewhere_about_its_being_solved_comes_in_as_said(town: Town, data: Path) -> None:
    heads = HEAD.rstrip("\n") + ",是否解决\n"
    rows = "".join(
        GOOD.replace("A1", number).replace(",满意\n", f",{rating},{said}\n")
        for number, rating, said in (
            ("S1", "满意", "是"),
            ("S2", "", "已解决"),
            ("S3", "", "未解决"),
            ("S4", "满意", ""),
            ("S5", "", ""),
        )
    )
    assert bring(heads + rows, town.shift_lead).result["made"] == 5
    found = Matter.objects.order_by("external_id").values_list("external_id", "solved", "satisfied", "rated_by")
    assert list(found) == [
        ("S1", True, 4, "import"),
        ("S2", True, None, "import"),
        ("S3", False, None, "import"),
        ("S4", None, 4, "import"),
        ("S5", None, None, ""),
    ]


@pytest.mark.alone
def test_a_worker_killed_in_the_middle_leaves_each_row_once(served_empty: ServedTown, tmp_path: Path) -> None:
    served = served_empty
    source = tmp_path / "many.csv"
    count = 4000
    rows = (f"K{n},2026-03-{n % 28 + 1:02d} 10:{n % 60:02d},内容第{n}件:路灯不亮,路灯\n" for n in range(count))
    source.write_text("编号,登记时间,内容,分类\n" + "".join(rows), encoding="gb18030")
    book = Path(intake.__file__).parents[2] / "rules" / "book" / "book.toml"
    served.stop()
    served.wuxiao("init", "--book", str(book), "--admin", "boss", "--name", "老王", "--unit", "data_bureau",
                  "--password", "Zx8!kkqp-27aa")  # fmt: skip
    served.start()
    served.wuxiao("import", str(source), "--source", "杀", "--by", "测试", "--queue")
    kills = 0
    until = time.monotonic() + 240
    while time.monotonic() < until:
        [job] = served.rows("SELECT state, progress, error FROM records_job WHERE kind = 'sheet_bring'")
        if job["state"] == "done":
            break
        assert job["state"] != "failed", job["error"]
        made = served.rows("SELECT count(*) AS n FROM records_importrow")[0]["n"]
        if kills < 3 and made > (kills + 1) * 600:
            served.kill_worker()
            kills += 1
            # What the lease of five minutes would do by itself.
            _expire_lease(served)
        time.sleep(0.05)
    assert job["state"] == "done"
    assert kills >= 2
    assert served.rows("SELECT count(*) AS n FROM records_matter")[0]["n"] == count
    assert served.rows("SELECT count(DISTINCT external_id) AS n FROM records_matter")[0]["n"] == count
    assert served.rows("SELECT count(*) AS n FROM records_importrow WHERE matter_id IS NOT NULL")[0]["n"] == count
    assert "完整 whole" in served.wuxiao("verify").stdout


def _expire_lease(served: ServedTown) -> None:
    code = (
        "import django; django.setup(); from django.utils import timezone; from wuxiao.records.models import Job; "
        "Job.objects.filter(kind='sheet_bring', state='running').update(next_at=timezone.now())"
    )
    served.python("-c", code)
