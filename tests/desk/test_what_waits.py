"""What waits while danger stands open (a withdrawal, a rating) is done or taken back by its requester, and told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from tests.desk.people import MONDAY, Town, of_unit, settle
from tests.desk.test_joined import answer, in_hand, joined, report
from wuxiao.desk.audit import verify
from wuxiao.desk.base.actor import RESIDENT, SYSTEM
from wuxiao.desk.case import clock
from wuxiao.desk.case.act import act
from wuxiao.desk.matters import matters
from wuxiao.desk.matters.progress import look
from wuxiao.records.models import Entry, Matter, Message, Staff

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
GAS = "现在屋里全是煤气味，老人晕倒了，快来人"


@pytest.fixture
def town() -> Town:
    made = settle()
    Staff.objects.update(must_change_password=False)
    return made


def withdrawn_in_danger(town: Town) -> Matter:
    matter = report(0)
    in_hand(town, matter)
    act(matter.pk, "add", {"words": GAS}, by=RESIDENT, at=MONDAY + HOUR)
    matter = act(matter.pk, "withdraw", {"reason": "不想说了"}, by=RESIDENT, at=MONDAY + 2 * HOUR)
    assert (matter.state, matter.danger_open) == ("handling", True)
    return matter


def settled(town: Town, matter: Matter, at: timedelta = 5 * HOUR) -> Matter:
    given = {"reason": "打过电话：已经通风"}
    return act(matter.pk, "look", given, by=of_unit(town, matter.holder), at=MONDAY + at)


class TestWithdrawal:
    def test_what_the_house_and_staff_do_meanwhile_takes_nothing_back(self, town: Town) -> None:
        matter = withdrawn_in_danger(town)
        act(matter.pk, "urge", {"reason": "请抓紧"}, by=town.operator, at=MONDAY + 3 * HOUR)
        act(matter.pk, "supervise", {"reason": "逾期"}, by=SYSTEM, at=MONDAY + 3 * HOUR)
        assert look(matter.code, "zh", at=MONDAY + 4 * HOUR).withdraws
        matter = settled(town, matter)
        assert (matter.state, matter.outcome) == ("closed", "withdrawn")
        assert verify.verify(at=MONDAY + 6 * HOUR).breaks == []

    def test_what_somebody_joined_to_it_says_takes_nothing_back(self, town: Town) -> None:
        main, _, _ = joined(town, 1)
        other = Matter.objects.get(merged_into=main)
        act(main.pk, "add", {"words": GAS}, by=RESIDENT, at=MONDAY + 2 * HOUR)
        act(main.pk, "withdraw", {}, by=RESIDENT, at=MONDAY + 2 * HOUR)
        act(other.pk, "urge", {"reason": "我还在等"}, by=RESIDENT, at=MONDAY + 3 * HOUR)
        main = Matter.objects.get(pk=main.pk)
        settled(town, main)
        main.refresh_from_db()
        other.refresh_from_db()
        assert (main.outcome, other.state) == ("withdrawn", "handling")

    def test_it_is_taken_too_where_it_was_joined_meanwhile(self, town: Town) -> None:
        main, other = report(1), report(0)
        in_hand(town, main)
        for one in (main, other):
            act(one.pk, "add", {"words": GAS}, by=RESIDENT, at=MONDAY + HOUR)
        act(other.pk, "withdraw", {}, by=RESIDENT, at=MONDAY + 2 * HOUR)
        act(other.pk, "merge", {"matter": main.number}, by=town.operator, at=MONDAY + 3 * HOUR)
        assert look(other.code, "zh", at=MONDAY + 4 * HOUR).withdraws
        main.refresh_from_db()
        main = settled(town, main)
        other.refresh_from_db()
        assert (main.state, main.outcome) == ("handling", "")
        assert (other.state, other.outcome, other.merged_into_id) == ("closed", "withdrawn", None)
        assert verify.verify(at=MONDAY + 6 * HOUR).breaks == []

    @pytest.mark.parametrize(
        ("verb", "field", "by_phone"), [("add", "words", False), ("urge", "reason", False), ("add", "words", True)]
    )
    def test_a_later_word_of_her_own_takes_it_back_and_she_reads_that(
        self, town: Town, client: Client, verb: str, field: str, by_phone: bool
    ) -> None:
        matter = withdrawn_in_danger(town)
        page = client.get(reverse("resident_progress", args=[matter.code])).content.decode()
        assert "没有危险就撤回" in page
        given = {field: "刚才按错了，我不撤回"} | ({"for_caller": "code"} if by_phone else {})
        act(matter.pk, verb, given, by=town.operator if by_phone else RESIDENT, at=MONDAY + 3 * HOUR)
        seen = look(matter.code, "zh", at=MONDAY + 4 * HOUR)
        assert not seen.withdraws
        assert "不撤回了，接着办" in seen.lines[-1].sentence
        page = client.get(reverse("resident_progress", args=[matter.code]) + f"?done={verb}").content.decode()
        assert "还是要撤，请再点一次" in page
        matter = settled(town, matter)
        assert (matter.state, matter.outcome) == ("handling", "")
        act(matter.pk, "add", {"words": "还有一张照片"}, by=RESIDENT, at=MONDAY + 6 * HOUR)
        assert "不撤回" not in look(matter.code, "zh", at=MONDAY + 6 * HOUR).lines[-1].sentence

    def test_danger_that_was_real_leaves_it_and_she_is_told(self, town: Town) -> None:
        matter = withdrawn_in_danger(town)
        by = of_unit(town, matter.holder)
        act(matter.pk, "bypass", {"reason": "煤气"}, by=by, at=MONDAY + 3 * HOUR)
        matter = act(matter.pk, "stand_down", {"reply": "已通风救人"}, by=town.police, at=MONDAY + 4 * HOUR)
        assert (matter.state, matter.outcome) == ("handling", "")
        told = Message.objects.filter(matter=matter, verb="withdraw_kept", way="sms").get()
        assert "没有撤" in told.text
        assert "您要的撤回没有办" in look(matter.code, "zh", at=MONDAY + 4 * HOUR).lines[-1].sentence
        assert not look(matter.code, "zh", at=MONDAY + 4 * HOUR).withdraws

    def test_who_never_withdrew_is_told_nothing_of_it(self, town: Town) -> None:
        matter = report(0)
        by = in_hand(town, matter)
        act(matter.pk, "add", {"words": GAS}, by=RESIDENT, at=MONDAY + HOUR)
        act(matter.pk, "bypass", {"reason": "煤气"}, by=by, at=MONDAY + 3 * HOUR)
        act(matter.pk, "stand_down", {"reply": "已通风救人"}, by=town.police, at=MONDAY + 4 * HOUR)
        assert Message.objects.filter(verb="stand_down").exists()
        assert not Message.objects.filter(verb="withdraw_kept").exists()

    def test_who_confirms_that_there_is_no_danger_reads_that_it_ends_the_matter(
        self, town: Town, client: Client
    ) -> None:
        matter = withdrawn_in_danger(town)
        of_unit(town, matter.holder)
        Staff.objects.update(must_change_password=False)
        client.force_login(town.staff(f"handler_{matter.holder}"))
        page = client.get(reverse("staff:matter", args=[matter.number])).content.decode()
        assert "诉求人要撤回：确认没有险情，这件事就撤回、办结" in page
        act(matter.pk, "add", {"words": "我不撤回"}, by=RESIDENT, at=MONDAY + 3 * HOUR)
        page = client.get(reverse("staff:matter", args=[matter.number])).content.decode()
        assert "诉求人要撤回：确认没有险情" not in page


class TestRating:
    def rated(self, town: Town) -> Matter:
        matter = report(0)
        answer(matter, in_hand(town, matter), MONDAY + HOUR)
        given = {"rating": 1, "solved": "no", "words": GAS}
        matter = act(matter.pk, "rate", given, by=RESIDENT, at=MONDAY + 2 * HOUR)
        assert (matter.state, matter.danger_open) == ("answered", True)
        return matter

    def test_no_date_stands_on_her_page_and_she_may_object_for_as_long_as_danger_holds_it(self, town: Town) -> None:
        matter = self.rated(town)
        late = MONDAY + 60 * DAY
        clock.tick(at=late)
        seen = look(matter.code, "zh", at=late)
        assert "先看过再办结" in seen.next_step
        assert "object" in seen.open_verbs
        matter = act(matter.pk, "object", {"reason": "还是没有修"}, by=RESIDENT, at=late)
        assert matter.state == "handling"

    def test_the_page_asks_for_no_rating_and_promises_no_day(self, town: Town, client: Client) -> None:
        matter = report(0)
        answer(matter, in_hand(town, matter), MONDAY + HOUR)
        url = reverse("resident_progress", args=[matter.code])
        assert "没有异议就自动办结" in client.get(url).content.decode()
        given = {"rating": 1, "solved": "no", "words": GAS}
        act(matter.pk, "rate", given, by=RESIDENT, at=MONDAY + 2 * HOUR)
        page = client.get(url).content.decode()
        assert "没有异议就自动办结" not in page
        assert "您的评价收到了" in page

    def test_once_somebody_looked_it_is_closed_at_once_as_she_was_told(self, town: Town) -> None:
        matter = settled(town, self.rated(town), 3 * HOUR)
        assert (matter.state, matter.outcome, matter.solved) == ("closed", "answered", False)
        entry = Entry.objects.filter(matter=matter, verb="close").get()
        assert "term" not in entry.facts
        seen = look(matter.code, "zh", at=MONDAY + 4 * HOUR)
        assert "没有提异议" not in seen.lines[-1].sentence
        assert "object" in seen.open_verbs
        assert verify.verify(at=MONDAY + 5 * HOUR).breaks == []


def test_words_of_danger_that_were_erased_are_said_to_be_erased(town: Town, client: Client) -> None:
    matter = report(0)
    in_hand(town, matter)
    act(matter.pk, "add", {"words": GAS}, by=RESIDENT, at=MONDAY + HOUR)
    Staff.objects.update(must_change_password=False)
    client.force_login(town.staff(f"handler_{Matter.objects.get(pk=matter.pk).holder}"))
    url = reverse("staff:matter", args=[matter.number])
    assert "煤气味" in client.get(url).content.decode()
    # By the house, from the list of erasures: her own wish would wait for the danger to be settled.
    matters.erase(matter.pk, by=SYSTEM, at=MONDAY + 2 * HOUR)
    page = client.get(url).content.decode()
    assert "有险情" in page
    assert "后来补充的话里提到危险" not in page
    assert "说到危险的话已经按诉求人的要求删掉了" in page
