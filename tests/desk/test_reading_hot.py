"""Hot issues found by the worker and decided by a person; marks for the public."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.desk.people import BOOK_TEXT, MONDAY, Town, of_unit, settle
from wuxiao.desk.assist import hot, redaction
from wuxiao.desk.base import jobs
from wuxiao.desk.base.actor import RESIDENT, SYSTEM
from wuxiao.desk.base.errors import Invalid, NotFound, Refused
from wuxiao.desk.case import outbox
from wuxiao.desk.case.act import act
from wuxiao.desk.matters import matters
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.town import books
from wuxiao.records.models import Entry, HotAlert, HotIssue, HotMatter, Matter, Message

pytestmark = [pytest.mark.django_db, pytest.mark.either]
NOW = MONDAY + timedelta(days=20)
SAID = (
    "丽发新城小区旁边的搅拌站噪音扰民灰尘大",
    "丽发新城旁建搅拌站，噪音和灰尘污染严重",
    "投诉丽发新城附近搅拌站噪音扰民",
    "丽发新城小区搅拌站灰尘太大，睡不着",
    "请求搬走丽发新城小区的搅拌站，噪音灰尘受不了",
)
OTHER = (
    "公园里的长椅坏了两张", "社保卡丢了怎么补办", "公交七路车总是晚点半小时", "河边路灯三盏不亮",
    "想问孩子转学需要什么材料", "菜市场短斤少两", "自来水水压太低", "老人申请高龄补贴问流程",
)  # fmt: skip


@pytest.fixture
def town() -> Town:
    return settle()


def say(words: str, phone: str, at: datetime) -> Matter:
    return matters.receive(Report(words=words, phone=phone), by=RESIDENT, at=at, quiet=True)


def told(town: Town, count: int = 5) -> list[Matter]:
    for n, words in enumerate(OTHER):
        say(words, f"1391111{n:04d}", NOW - timedelta(days=n + 1))
    return [say(SAID[n % 5] + "。" * n, f"1390000{n:04d}", NOW - timedelta(days=count - n)) for n in range(count)]


def test_the_worker_finds_what_many_say_and_counts_people_not_messages(town: Town) -> None:
    mine = told(town)
    say(SAID[0] + "再说一次", "13900000000", NOW - timedelta(hours=1))
    assert hot.ask(at=NOW) == 1
    assert hot.ask(at=NOW) == 0
    jobs.run_due(now=lambda: NOW)
    issue = HotIssue.objects.get()
    assert set(HotMatter.objects.values_list("matter_id", flat=True)) >= {m.pk for m in mine}
    assert issue.people == 5
    assert issue.growth == 5
    assert issue.heat == 5 + 0.5 * 5
    assert "丽发新城" in "".join(issue.words) + issue.name
    assert "139" not in f"{issue.why}{issue.words}{issue.name}"


def test_a_dismissed_issue_stays_away_until_it_has_grown(town: Town) -> None:
    told(town)
    hot.look(at=NOW)
    issue = HotIssue.objects.get()
    hot.dismiss(issue.pk, by=town.chief, at=NOW)
    hot.look(at=NOW + timedelta(hours=1))
    assert hot.issues(by=town.chief) == []
    for n in range(3):
        say(SAID[n] + "啊", f"1392222{n:04d}", NOW + timedelta(hours=2))
    hot.look(at=NOW + timedelta(hours=3))
    assert [s.issue.pk for s in hot.issues(by=town.chief)] == [issue.pk]
    assert HotIssue.objects.count() == 1
    assert Entry.objects.get(verb="hot_issue").facts["choice"] == "dismiss"


def test_a_name_that_a_person_gave_stays_and_a_split_makes_two(town: Town) -> None:
    mine = told(town)
    hot.look(at=NOW)
    issue = HotIssue.objects.get()
    hot.rename(issue.pk, "搅拌站的事", by=town.supervisor, at=NOW)
    with pytest.raises(Invalid):
        hot.split(issue.pk, [m.number for m in mine], "全部", by=town.supervisor, at=NOW)
    new = hot.split(issue.pk, [mine[0].number], "另一处", by=town.supervisor, at=NOW)
    hot.look(at=NOW + timedelta(hours=1))
    issue.refresh_from_db()
    assert issue.name == "搅拌站的事"
    assert list(HotMatter.objects.filter(issue=new).values_list("matter_id", flat=True)) == [mine[0].pk]
    assert (new.people, issue.people >= 4) == (1, True)
    with pytest.raises(Refused):
        hot.confirm(issue.pk, by=town.operator, at=NOW)


def test_units_that_hold_matters_are_told_once_and_say_they_have_read_it(town: Town) -> None:
    mine = told(town)
    given = {"category": "env.noise.construction", "handling_class": "complaint"}
    for matter in mine[:2]:
        act(matter.pk, "classify", given, by=town.operator, at=NOW)
        lead = Matter.objects.get(pk=matter.pk).route_why["lead"]
        act(matter.pk, "assign", {"unit": lead}, by=town.operator, at=NOW)
        handler = of_unit(town, lead)
        act(matter.pk, "accept", {}, by=handler, at=NOW)
    hot.look(at=NOW)
    issue = HotIssue.objects.get()
    hot.confirm(issue.pk, by=town.chief, at=NOW)
    hot.confirm(issue.pk, by=town.chief, at=NOW)
    assert [a.issue_id for a in hot.alerts(by=handler)] == [issue.pk]
    assert HotAlert.objects.filter(unit=lead).count() == 1
    alert = HotAlert.objects.get(unit=lead)
    assert not hot.read_alert(alert.pk, by=of_unit(town, "market_reg"), at=NOW)
    assert hot.read_alert(alert.pk, by=handler, at=NOW)
    assert hot.alerts(by=handler) == []


def test_a_unit_with_a_mail_address_is_told_by_mail_once_and_nothing_of_what_was_said(
    town: Town, settings: object, tmp_path: Path
) -> None:
    settings.DATA_DIR, settings.MAIL_URL = tmp_path, "file:"  # type: ignore[attr-defined]
    mine = told(town)
    text = re.sub(r"(?m)^((?:hotline|data_bureau) = \{.*) \}$", r'\1, mail = "desk-12345@town.example" }', BOOK_TEXT)
    assert text.count("desk-12345@town.example") == 2
    books.adopt(text, name="book.toml", effective_from=NOW - timedelta(days=1), by=SYSTEM, at=NOW - timedelta(days=1))
    assert {m.holder for m in mine} == {"hotline"}
    hot.look(at=NOW)
    issue = HotIssue.objects.get()
    hot.confirm(issue.pk, by=town.chief, at=NOW)
    hot.confirm(issue.pk, by=town.chief, at=NOW)
    row = Message.objects.get(verb="hot_issue")
    assert (row.matter_id, row.way, row.address) == (None, "mail", "desk-12345@town.example")
    assert f"/staff/hot/{issue.pk}" in row.text
    assert "搅拌站" not in row.text + row.subject
    outbox.send_due(at=NOW)
    row.refresh_from_db()
    assert row.state == "sent"
    assert (tmp_path / "outbox" / f"{row.key}.eml").exists()


def test_a_unit_sees_in_an_issue_only_the_matters_it_may_see(town: Town) -> None:
    told(town)
    hot.look(at=NOW)
    issue = HotIssue.objects.get()
    assert hot.issue(issue.pk, by=town.chief).matters >= 5
    stranger = of_unit(town, "market_reg")
    assert hot.issues(by=stranger) == []
    with pytest.raises(NotFound):
        hot.issue(issue.pk, by=stranger)


# --------------------------------------------------------------------------------------------------- for the public

WORDS = "我叫张建国，电话13812345678，路边的椅子坏了，找过小辣椒。"


def test_what_a_person_hides_or_shows_holds_for_the_public(town: Town) -> None:
    matter = matters.receive(Report(words=WORDS), by=RESIDENT, at=MONDAY)
    first = redaction.of_matter(matter).public
    assert "张建国" not in first
    assert "13812345678" not in first
    assert "小辣椒" in first
    assert redaction.mark_text(matter.pk, "小辣椒", "name", by=town.operator, at=MONDAY) == 1
    start = WORDS.index("13812345678")
    redaction.mark(matter.pk, start, start + 11, "", by=town.operator, at=MONDAY, lifted=True)
    assert "小辣椒" not in redaction.of_matter(matter).public
    assert "13812345678" in redaction.of_matter(matter).public
    told = Entry.objects.filter(matter=matter, verb="redact_mark")
    assert told.count() == 2
    assert not any("小辣椒" in str(e.facts) for e in told)
    with pytest.raises(Invalid):
        redaction.mark_text(matter.pk, "没有的字", "name", by=town.operator, at=MONDAY)
    matters.erase(matter.pk, by=RESIDENT, at=MONDAY)
    assert redaction.of_matter(matter).public == ""
    with pytest.raises(NotFound):
        redaction.mark(matter.pk, 0, 2, "name", by=town.operator, at=MONDAY)
