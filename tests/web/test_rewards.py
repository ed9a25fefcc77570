"""The pages of rewards: of whoever reported, of the desk that pays, of the auditor, of the public; zh and en."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from tests.desk.people import BOOK_TEXT, MONDAY, Town, of_unit, settle
from tests.subjects.test_reward import UNIT, answered, payable, proposed
from wuxiao.desk.base.actor import RESIDENT, SYSTEM
from wuxiao.desk.base.errors import Refused
from wuxiao.desk.case.act import act
from wuxiao.desk.town import books
from wuxiao.records.models import Case, Entry, Matter, Reward, Staff
from wuxiao.rules.access import Role
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.codes import grouped
from wuxiao.subjects.reward import account, acts
from wuxiao.subjects.reward.account import Sums

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def town() -> Town:
    cache.clear()
    made = settle()
    of_unit(made, UNIT)
    of_unit(made, UNIT, Role.LEAD)
    of_unit(made, "data_bureau", Role.CASHIER)
    Staff.objects.update(must_change_password=False)
    return made


def client(town: Town, name: str = "", lang: str = "zh") -> Client:
    found = Client(headers={"Accept-Language": lang})
    if name:
        found.force_login(Staff.objects.get(pk=town.people[name].staff_id))
    return found


def text(answer: Any) -> str:
    return re.sub(r"<[^>]+>|\s+", " ", answer.content.decode())


def code_in(answer: Any) -> str:
    """Return the payout code an answer shows."""
    found = re.search(r'class="code big".*?</span></span>', answer.content.decode(), re.S)
    assert found, text(answer)
    return re.sub(r"<[^>]+>", "", found.group(0).split(">", 1)[1])


def now_payable(town: Town, **more: Any) -> tuple[Matter, Case]:
    at = timezone.now()
    matter = answered(town, at, **more)
    return matter, payable(town, matter, at)


def test_she_reads_of_it_fetches_the_code_once_and_a_desk_pays(town: Town) -> None:
    matter, case = now_payable(town)
    hers = client(town)
    page = text(hers.get(f"/p/{matter.code}"))
    assert "领举报奖励：200 元" in page
    here = f"/p/{matter.code}/reward"
    assert "取领取码" in text(hers.get(here))
    wrong = hers.post(here, {"do": "fetch"})
    assert wrong.status_code == 400
    drawn = hers.post(here, {"do": "fetch", "own": "yes"})
    assert (drawn.status_code, drawn["Cache-Control"]) == (200, "no-store, private")
    code = code_in(drawn)
    assert len(code) == 12
    assert "县政务服务局" in text(drawn)
    again = text(hers.get(here))
    assert code not in again.replace("-", "").replace(" ", ""), "it is shown once"
    assert "再取一个领取码" in again

    desk = client(town, "cashier_data_bureau")
    assert desk.get("/staff/")["Location"] == "/staff/payouts"
    looked = text(desk.post("/staff/payouts", {"do": "look", "code": grouped(code).lower()}))
    assert "这个码值 200 元" in looked
    paid = desk.post("/staff/payouts", {"do": "pay", "code": code})
    assert "请付给对方 200 元" in text(paid)
    part = Reward.objects.get(matter_id=case.pk)
    assert part.voucher in text(paid)
    for do in ("look", "pay"):
        twice = desk.post("/staff/payouts", {"do": do, "code": code})
        assert (twice.status_code, "这个领取码不能再付：已领" in text(twice)) == (409, True)
    assert "已领" in text(hers.get(here))
    assert "领举报奖励" not in text(hers.get(f"/p/{matter.code}")), "what is done stands on its own page only"


def test_a_desk_reads_nothing_of_the_matter(town: Town) -> None:
    matter, case = now_payable(town)
    code = acts.fetch(case, "yes", at=timezone.now())
    desk = client(town, "cashier_data_bureau")
    answers = [
        desk.get("/staff/payouts"),
        desk.post("/staff/payouts", {"do": "look", "code": code}),
        desk.post("/staff/payouts", {"do": "pay", "code": code}),
        desk.post("/staff/payouts", {"do": "pay", "code": code}),
    ]
    hidden = [matter.number, case.number, matter.code, matter.title, "井盖", "13800000001", UNIT, "城市管理"]
    shown = text(client(town, f"lead_{UNIT}").get(f"/staff/c/reward/{case.number}"))
    assert matter.number in shown, "what could leak is there"
    for one in answers:
        assert not [word for word in hidden if word and word in one.content.decode()]
    for url in (f"/staff/c/reward/{case.number}", "/staff/c/reward", f"/staff/m/{matter.number}", "/staff/search"):
        assert desk.get(url).status_code in {403, 404}, url


def test_no_code_a_wrong_code_and_too_many_are_said(town: Town) -> None:
    now_payable(town)
    desk = client(town, "cashier_data_bureau")
    none = desk.post("/staff/payouts", {"do": "look", "code": "查询码"})
    assert (none.status_code, "领取码是12位字母和数字" in text(none)) == (404, True)
    from wuxiao.rules.codes import new_payout_code

    limit = books.current(timezone.now()).book.throttle.sign_in_attempts
    statuses = [
        desk.post("/staff/payouts", {"do": "look", "code": new_payout_code()}).status_code for _ in range(limit + 1)
    ]
    assert statuses == [404] * limit + [429]


def test_who_is_signed_in_as_staff_fetches_no_code_with_her_page(town: Town) -> None:
    matter, case = now_payable(town)
    answer = client(town, f"handler_{UNIT}").post(f"/p/{matter.code}/reward", {"do": "fetch", "own": "yes"})
    assert answer.status_code == 403
    assert Reward.objects.get(matter_id=case.pk).mark == ""


def test_nothing_is_there_before_it_is_decided_or_for_another_report(town: Town) -> None:
    at = timezone.now()
    matter, other = answered(town, at), answered(town, at, phone="13800000009")
    case = proposed(town, matter, at)
    hers = client(town)
    for each in (matter, other):
        assert hers.get(f"/p/{each.code}/reward").status_code == 404
        assert "举报奖励" not in text(hers.get(f"/p/{each.code}"))
    act(case.pk, "reject", {"reason": "没有查实"}, by=town.people[f"lead_{UNIT}"], at=at)
    assert hers.get(f"/p/{matter.code}/reward").status_code == 404
    assert hers.get("/p/00000000000000000000/reward").status_code == 404


def test_she_does_without_and_it_is_over(town: Town) -> None:
    matter, case = now_payable(town)
    hers = client(town, lang="en")
    assert hers.post(f"/p/{matter.code}/reward", {"do": "waive"}).status_code == 302
    assert Case.objects.get(pk=case.pk).outcome == "waived"
    late = hers.post(f"/p/{matter.code}/reward", {"do": "fetch", "own": "yes"})
    assert late.status_code == 409
    assert "done without" in text(hers.get(f"/p/{matter.code}/reward")).lower()


def test_the_unit_proposes_from_the_page_of_the_matter_and_its_lead_approves(town: Town) -> None:
    at = timezone.now()
    matter = answered(town, at)
    unit = client(town, f"handler_{UNIT}")
    page = unit.get(f"/staff/m/{matter.number}").content.decode()
    href = re.search(r'href="(/staff/c/reward/new\?[^"]+)"', page)
    assert href
    form = unit.get(href.group(1).replace("&amp;", "&")).content.decode()
    assert f'value="{matter.number}"' in form
    assert "一般隐患50–500元；重大隐患1000–5000元" in form
    given = {"report": matter.number, "grade": "general", "amount": "300", "found": "路灯不亮，查实"}
    made = unit.post("/staff/c/reward/new", given)
    assert made.status_code == 302
    case = Case.objects.get(life="reward")
    assert unit.post(f"{made['Location']}/approve", {"version": case.version}).status_code == 403
    lead = client(town, f"lead_{UNIT}")
    assert "等您的" in text(lead.get("/staff/c/reward"))
    assert lead.post(f"{made['Location']}/approve", {"version": case.version}).status_code == 302
    shown = text(lead.get(made["Location"]))
    assert "300元" in shown
    assert "还没有取" in shown


def test_a_hazard_only_and_only_who_has_it_is_offered_a_reward(town: Town) -> None:
    from tests.web.test_staff import handling, noise

    matter = handling(town, noise())
    page = client(
        town, f"lead_{matter.holder}" if f"lead_{matter.holder}" in town.people else f"handler_{matter.holder}"
    )
    assert "/staff/c/reward/new" not in page.get(f"/staff/m/{matter.number}").content.decode()


# ------------------------------------------------------------------------------------------------- sums that add up


def on(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 10, tzinfo=SHANGHAI)


def test_the_auditor_s_sums_add_up_by_quarters_and_name_nobody(town: Town) -> None:
    at = MONDAY - 60 * DAY
    kept = [payable(town, answered(town, at, phone=f"1380000{n:04d}"), at, amount=str(100 + n)) for n in range(4)]
    paid = [acts.pay(acts.fetch(one, "yes", at=at), by=town.people["cashier_data_bureau"], at=at) for one in kept[:2]]
    acts.waive(kept[2], at=MONDAY + 40 * DAY)
    summer = account.account(account.quarter_of((at).date()), at=MONDAY + 100 * DAY)
    autumn = account.account(account.quarter_of((MONDAY + 40 * DAY).date()), at=MONDAY + 100 * DAY)
    # Worked out by hand: 100 + 101 paid and 102 + 103 open in the third quarter; 102 done without in the fourth.
    assert (summer.opening, summer.decided, summer.paid, summer.ended, summer.closing) == (
        Sums(0, 0), Sums(4, 406), Sums(2, 201), Sums(0, 0), Sums(2, 205),
    )  # fmt: skip
    assert (autumn.opening, autumn.decided, autumn.paid, autumn.ended, autumn.closing) == (
        Sums(2, 205), Sums(0, 0), Sums(0, 0), Sums(1, 102), Sums(1, 103),
    )  # fmt: skip
    found = account.vouchers(account.quarter_of(at.date()))
    assert {(one.number, one.amount) for one in found} == {(one.voucher, one.amount) for one in paid}
    page = client(town, "auditor").get("/staff/payouts/accounts")
    assert page.status_code == 200
    assert not [one for one in kept if one.number in page.content.decode() or one.title in page.content.decode()]
    odd = client(town, "auditor").get("/staff/payouts/accounts?quarter=kaputt")
    assert odd.status_code == 200


@pytest.mark.parametrize(("count", "shown"), [(0, "0"), (1, "<"), (4, "<"), (5, "5")])
def test_the_public_reads_quarters_and_no_small_number(town: Town, count: int, shown: str) -> None:
    book = books.current(MONDAY).book
    assert book.suppress_below == 5
    for n in range(count):
        payable(town, answered(town, MONDAY, phone=f"1380000{n:04d}"), MONDAY, amount="77")
    told = account.told(book, at=MONDAY + 60 * DAY)
    if not count:
        assert told == []
        return
    assert [(one.first.isoformat(), one.mark) for one in told] == [("2026-07-01", "small" if shown == "<" else "")]
    assert (told[0].count, told[0].amount) == ((0, 0) if shown == "<" else (5, 385))
    assert account.told(book, at=MONDAY) == [], "a quarter that runs is not told"


def test_the_public_page_is_complete_in_both_languages(town: Town) -> None:
    zh, en = (text(Client(headers={"Accept-Language": lang}).get("/report/rewards")) for lang in ("zh", "en"))
    assert "一般隐患50–500元；重大隐患1000–5000元" in zh
    assert "60天内可以领，到期 10 天以前再提醒您一次" in zh
    assert "general 50 to 500; major 1000 to 5000 yuan" in en
    assert "过去的季度里还没有决定过奖励" in zh
    assert not re.search(r"[\u4e00-\u9fff]{6}", en.replace("望川县12345", "")), (
        "no Chinese sentence on the English page"
    )


def test_a_town_without_the_section_has_none_of_these_addresses(town: Town) -> None:
    matter, case = now_payable(town)
    start = BOOK_TEXT.index("[lives.reward]")
    without = BOOK_TEXT[:start] + BOOK_TEXT[BOOK_TEXT.index("\n# ----", start) :]
    at = timezone.now()
    with pytest.raises(Refused) as open_still:
        books.adopt(without, name="book.toml", effective_from=at, by=SYSTEM, at=at)
    assert "[lives.reward]" in open_still.value.text.zh, "what can be fetched keeps its section"
    acts.waive(case, at=at)
    books.adopt(without, name="book.toml", effective_from=at, by=SYSTEM, at=at)
    assert client(town).get("/report/rewards").status_code == 404
    assert client(town).get(f"/p/{matter.code}/reward").status_code == 404
    assert client(town, "auditor").get("/staff/payouts/accounts").status_code == 404
    assert client(town, "cashier_data_bureau").get("/staff/payouts").status_code == 404
    assert "/staff/payouts" not in client(town, "auditor").get("/staff/audit").content.decode()
    assert "付款窗口" not in text(client(town, "security").get("/staff/people/new"))


def test_the_post_of_a_paying_desk_is_offered_where_there_are_rewards(town: Town) -> None:
    assert "付款窗口" in text(client(town, "security").get("/staff/people/new"))


def test_her_reading_it_is_no_entry_and_staff_with_her_code_are_written_down(town: Town) -> None:
    matter, _case = now_payable(town)
    before = Entry.objects.filter(matter=matter, verb="read").count()
    client(town).get(f"/p/{matter.code}/reward")
    assert Entry.objects.filter(matter=matter, verb="read").count() == before
    client(town, f"handler_{UNIT}").get(f"/p/{matter.code}/reward")
    assert Entry.objects.filter(matter=matter, verb="read").count() == before + 1
    assert RESIDENT.kind == "resident"
