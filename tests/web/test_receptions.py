"""The pages of receptions, walked: the public one, hers behind the code, the desk's, and the calendars of them."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

import icalendar
import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.desk.people import BOOK_TEXT, Town, of_unit, settle
from wuxiao.desk.audit import verify
from wuxiao.desk.base.actor import RESIDENT, SYSTEM
from wuxiao.desk.base.errors import Refused
from wuxiao.desk.case.act import act
from wuxiao.desk.diary import diary
from wuxiao.desk.matters import matters
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.town import books
from wuxiao.records.models import Booking, CalendarKey, Entry, Matter, Slot, Staff, TakenOver
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.site.logs import masked

pytestmark = pytest.mark.django_db
DESK = "/staff/reception"
PLACE = "县政务服务中心一楼 103"


@pytest.fixture
def town() -> Town:
    cache.clear()
    made = settle()
    of_unit(made, "urban_mgmt")
    Staff.objects.update(must_change_password=False)
    Staff.objects.filter(username="chief").update(name="周明远", name_en="Zhou Mingyuan")
    return made


def client(town: Town, name: str) -> Client:
    found = Client()
    found.force_login(Staff.objects.get(pk=town.people[name].staff_id))
    return found


def workday(after: int = 2) -> date:
    return books.current(timezone.now()).calendar.add_workdays(timezone.localdate(), after)


def publish(town: Town, name: str = "chief", status: int = 302, **more: str) -> HttpResponse:
    host = str(town.people[more.pop("by", "chief")].staff_id)
    given = {
        "do": "publish", "host": host, "day": workday().isoformat(), "starts": "09:00", "ends": "11:30",
        "place": PLACE, "places": "1", "every": "once", "times": "1", **more,
    }  # fmt: skip
    answer = client(town, name).post(DESK, given)
    assert answer.status_code == status, text(answer)
    return answer


def received(**more: Any) -> Matter:
    said = {"words": "文庙街路灯不亮，老人晚上出门摔过一次", "division": "990101001", "name": "陈女士"}
    return matters.receive(Report(**{**said, "phone": "19909900001", **more}), by=RESIDENT, at=timezone.now())


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def her_page(matter: Matter) -> str:
    return reverse("resident_reception", args=[matter.code])


def offered(page: Any) -> list[str]:
    return re.findall(r'name="slot" value="(\d+)"', page.content.decode())


def test_the_public_reads_who_receives_when_and_where_and_no_number_of_anybody(town: Town) -> None:
    assert "这些天没有安排接访" in text(Client().get("/reception"))
    publish(town)
    publish(town, day=workday(3).isoformat(), places="5")
    page = text(Client().get("/reception"))
    assert "周明远" in page
    assert "县领导" in page
    assert PLACE in page
    assert page.count("可以约") == 2
    matter = received()
    Client().post(her_page(matter), {"do": "book", "slot": offered(Client().get(her_page(matter)))[0]})
    again = text(Client().get("/reception"))
    assert (again.count("可以约"), again.count("约满了")) == (1, 1)
    for secret in (matter.number, "陈", "路灯", "1/1", "0/5"):
        assert secret not in again
    english = Client(headers={"accept-language": "en"}).get("/reception")
    assert "Zhou Mingyuan" in text(english)
    assert "Full" in text(english)


def test_she_books_in_one_tap_moves_cancels_and_the_next_three_are_offered_where_it_is_full(town: Town) -> None:
    for n in range(2, 7):
        publish(town, day=workday(n).isoformat())
    matter, other = received(), received(phone="19909900002")
    browser = Client()
    assert "约领导接访" in text(browser.get(reverse("resident_progress", args=[matter.code])))
    slots = offered(browser.get(her_page(matter)))
    assert len(slots) == 5
    answer = browser.post(her_page(matter), {"do": "book", "slot": slots[0]}, follow=True)
    assert "约好了" in text(answer)
    assert PLACE in text(answer)
    assert "您约好的" in text(answer)
    full = Client().post(her_page(other), {"do": "book", "slot": slots[0]})
    assert full.status_code == 409
    assert offered(full) == slots[1:4]
    assert "刚刚约满了" in text(full)
    assert Client().post(her_page(other), {"do": "book", "slot": slots[1]}).status_code == 302
    answer = browser.post(her_page(matter), {"do": "move", "slot": slots[2]}, follow=True)
    assert "改好了" in text(answer)
    answer = browser.post(her_page(matter), {"do": "release"}, follow=True)
    assert "取消了" in text(answer)
    assert "自己取消了" in text(answer)
    assert offered(answer) == [slots[0], *slots[2:]]
    # Once more, and without anything to give back, nothing happens.
    assert browser.post(her_page(matter), {"do": "release"}).status_code == 302
    assert browser.post(her_page(matter), {"do": "book", "slot": "7"}).status_code == 404
    assert browser.post(her_page(matter), {"do": "book"}).status_code == 404
    kept = browser.get(reverse("resident_data_json", args=[matter.code])).json()
    assert [one["state"] for one in kept["bookings"]] == ["自己取消了"]
    assert "您约过的" in text(browser.get(reverse("resident_data", args=[matter.code])))
    assert verify.verify().breaks == []


def test_staff_do_not_book_with_a_code_that_is_the_residents(town: Town) -> None:
    publish(town)
    matter = received()
    page = client(town, "chief").get(her_page(matter))
    assert page.status_code == 200
    answer = client(town, "chief").post(her_page(matter), {"do": "book", "slot": offered(page)[0]})
    assert answer.status_code == 409 or answer.status_code == 403
    assert not Booking.objects.exists()
    assert Entry.objects.filter(matter=matter, verb="read", staff_id=town.chief.staff_id).exists()


def test_at_the_desk_who_comes_is_marked_promised_and_followed(town: Town) -> None:
    publish(town, places="3")
    matter, away = received(), received(phone="19909900002", words="占道经营，路都走不了")
    for one in (matter, away):
        Client().post(her_page(one), {"do": "book", "slot": offered(Client().get(her_page(one)))[0]})
    slot = Slot.objects.get()
    here = reverse("staff:reception_one", args=[slot.pk])
    desk = client(town, "chief")
    page = desk.get(here)
    assert matter.number in text(page)
    assert "陈女士" not in text(page)
    assert "来过了" not in text(page), "it has not begun"
    named = desk.post(here, {"do": "names"})
    assert "陈女士" in text(named)
    assert Entry.objects.filter(matter=matter, verb="read", facts__fields=["name"]).count() == 1
    # The hour has come.
    began = timezone.now() - timedelta(hours=1)
    act_on = {"starts_at": began, "ends_at": began + timedelta(hours=2)}
    Slot.objects.filter(pk=slot.pk).update(**act_on)
    first, second = re.findall(
        r'value="came"><input type="hidden" name="booking" value="(\d+)"', desk.get(here).content.decode()
    )
    desk.post(here, {"do": "came", "booking": first})
    desk.post(here, {"do": "absent", "booking": second})
    empty = desk.post(here, {"do": "promise", "booking": first, "words": ""})
    assert empty.status_code == 400
    desk.post(here, {"do": "promise", "booking": first, "words": "本周五前换好三盏灯"})
    desk.post(DESK, {"do": "take_over", "number": matter.number, "sure": "yes"})
    assert list(Booking.objects.order_by("pk").values_list("state", flat=True)) == ["attended", "absent"]
    hers = text(Client().get(reverse("resident_progress", args=[matter.code])))
    assert "本周五前换好三盏灯" in hers
    assert "周明远" in hers
    assert "包案" in hers
    assert TakenOver.objects.get().matter_id == matter.pk
    assert "周明远" in text(client(town, "operator").get(reverse("staff:matter", args=[matter.number])))
    assert "包案" in text(desk.get(DESK))
    assert desk.post(here, {"do": "came", "booking": "77"}).status_code == 404


def test_what_is_wrong_with_a_new_date_comes_back_at_its_field_with_what_was_typed(town: Town) -> None:
    page = publish(town, status=400, day="2020-01-01", place="", starts="25:00")
    said = text(page)
    assert "几点开始" in said
    assert "请写开始时间" in said
    assert 'value="2020-01-01"' in page.content.decode()
    assert not Slot.objects.exists()
    page = publish(town, status=400, place="")
    assert "请写明地点" in text(page)
    first = workday(1)
    days_off = next(
        first + timedelta(days=n)
        for n in range(30)
        if not books.current(timezone.now()).calendar.is_workday(first + timedelta(days=n))
    )
    page = publish(town, status=400, day=days_off.isoformat())
    assert "都是休息日" in text(page)


def test_another_units_date_is_a_page_that_is_not_there(town: Town) -> None:
    publish(town)
    here = reverse("staff:reception_one", args=[Slot.objects.get().pk])
    assert client(town, "chief").get(here).status_code == 200
    for name, status in (("supervisor", 404), ("operator", 403), ("handler_urban_mgmt", 403), ("auditor", 403)):
        assert client(town, name).get(here).status_code == status, name
    assert client(town, "chief").get(reverse("staff:reception_one", args=[999])).status_code == 404


def test_a_matter_kept_from_supervision_shows_it_nothing_of_its_reception(town: Town) -> None:
    unit = town.supervisor.unit
    publish(town, "supervisor", by="supervisor", place="督查室 2", places="3")
    publish(town, place=PLACE, places="3")
    secret = received(words="督查的人收了钱不办事", about=(unit,), phone="19909900009")
    page = Client().get(her_page(secret))
    assert PLACE in text(page)
    assert "督查室 2" not in text(page)
    Client().post(her_page(secret), {"do": "book", "slot": offered(page)[0]})
    act(secret.pk, "note", {"words": "已登记"}, by=town.operator, at=timezone.now())
    desk = client(town, "chief")
    desk.post(DESK, {"do": "take_over", "number": secret.number, "sure": "yes"})
    assert secret.number in text(desk.get(DESK))
    shown = text(client(town, "supervisor").get(DESK))
    assert secret.number not in shown
    assert "收了钱" not in shown
    for given in ({"do": "take_over", "number": secret.number}, {"do": "take_over", "number": "WX000000"}):
        assert "没有这个编号" in text(client(town, "supervisor").post(DESK, given))


def without(life: str) -> str:
    start = BOOK_TEXT.index(f"[lives.{life}]")
    return BOOK_TEXT[:start] + BOOK_TEXT[BOOK_TEXT.index("\n\n", start) :]


def test_no_book_without_the_section_is_adopted_while_somebody_waits_for_a_reception_or_is_followed(town: Town) -> None:
    publish(town)
    matter, browser, slot = received(), Client(), Slot.objects.get()
    browser.post(her_page(matter), {"do": "book", "slot": offered(browser.get(her_page(matter)))[0]})
    client(town, "chief").post(DESK, {"do": "take_over", "number": matter.number, "sure": "yes"})
    assert (Booking.objects.get().state, TakenOver.objects.count()) == ("booked", 1)

    def refused(text: str = without("reception"), **later: Any) -> str:
        now = timezone.now()
        with pytest.raises(Refused) as found:
            books.adopt(text, name="b", effective_from=now + timedelta(**later), by=SYSTEM, at=now)
        assert found.value.code == "open_cases"
        return found.value.text.zh

    said = refused()
    assert "[lives.reception]（公布了还没开的领导接访1场，约了1件，先取消这些场次" in said
    assert "[lives.reception]（领导包着没办结的1件，请包案的领导先点“不再包案”）" in said
    assert browser.get(her_page(matter)).status_code == 200, "she still gives it back"
    url = reverse("staff:reception_one", args=[slot.pk])
    client(town, "chief").post(url, {"do": "cancel", "reason": "以后不办了"})
    assert "公布了" not in (said := refused())
    assert "包着" in said
    client(town, "chief").post(DESK, {"do": "lay_down", "number": matter.number, "reason": "以后不办了"})
    assert TakenOver.objects.get().ended_at is not None
    assert "不能提前启用" in refused(days=3), "until that day more could be booked"
    now = timezone.now()
    books.adopt(without("reception"), name="b", effective_from=now, by=SYSTEM, at=now)
    assert browser.get(her_page(matter)).status_code == 404


def test_a_town_without_the_section_has_no_page_address_or_feed_of_it(town: Town) -> None:
    publish(town)
    matter = received()
    desk = client(town, "chief")
    key = re.search(r"/calendar/[\w-]+\.ics", desk.post("/staff/calendar", {"do": "make"}).content.decode())
    assert key is not None
    urls = ["/reception", "/reception.ics", her_page(matter), key.group()]
    pages = [DESK, reverse("staff:reception_one", args=[Slot.objects.get().pk]), "/staff/calendar"]
    assert [Client().get(url).status_code for url in urls] == [200] * 4
    assert [desk.get(url).status_code for url in pages] == [200] * 3
    assert "领导接访" in text(desk.get("/staff/"))
    assert "领导接访" in text(Client().get("/report"))
    desk.post(pages[1], {"do": "cancel", "reason": "以后不办了"})
    bare = without("reception")
    books.adopt(bare, name="bare", effective_from=timezone.now(), by=SYSTEM, at=timezone.now())
    books.forget()
    cache.clear()
    assert [Client().get(url).status_code for url in urls[:3]] == [404] * 3
    assert [desk.get(url).status_code for url in pages[:2]] == [404] * 2
    # One's own calendar still has the sittings of the town, and nothing of the receptions.
    assert desk.get("/staff/calendar").status_code == 200
    assert events(Client().get(key.group())) == []
    start = bare.index("[lives.conference]")
    none = bare[:start] + bare[bare.index("\n\n", start) :]
    books.adopt(none, name="none", effective_from=timezone.now(), by=SYSTEM, at=timezone.now())
    books.forget()
    assert [Client().get(key.group()).status_code, desk.get("/staff/calendar").status_code] == [404] * 2
    assert "领导接访" not in text(desk.get("/staff/"))
    assert "领导接访" not in text(Client().get("/report"))
    assert "领导接访" not in text(Client().get(reverse("resident_progress", args=[matter.code])))


@pytest.mark.parametrize("day", ["9999-12-31", "2062-03-01", "2051-01-03", "2050-12-20", "2003-01-01", "0001-01-01"])
def test_a_mistyped_year_is_refused_with_a_sentence_and_nothing_typed_is_lost(town: Town, day: str) -> None:
    for every in ("once", "week"):
        times = "1" if every == "once" else "26"
        page = publish(town, status=400, day=day, every=every, times=times, place="二楼 207").content.decode()
        assert ("已经过了" in page) == (day < "2026"), day
        assert ("最远到" in page) == (day > "2027"), day
        assert "二楼 207" in page
    assert not Slot.objects.exists()
    publish(town)
    slot = Slot.objects.get()
    given = {"do": "change", "day": day, "starts": "00:00", "ends": "23:59", "place": "二楼 207"}
    moved = client(town, "chief").post(reverse("staff:reception_one", args=[slot.pk]), given)
    assert moved.status_code == 400
    assert ("已经过了" in text(moved), "最远到" in text(moved)) == (day < "2026", day > "2027")
    assert Slot.objects.get().starts_at == slot.starts_at


def test_a_series_goes_on_beyond_the_year_in_which_its_first_day_lies(town: Town) -> None:
    farthest = timezone.localdate() + timedelta(days=366)
    day = next(farthest - timedelta(days=n) for n in range(9) if (farthest - timedelta(days=n)).weekday() == 2)
    publish(town, day=day.isoformat(), every="week", times="3")
    assert Slot.objects.order_by("starts_at").last().starts_at.date() > farthest  # type: ignore[union-attr]
    assert "最远到" in text(publish(town, status=400, day=(farthest + timedelta(days=1)).isoformat()))


def test_a_calendar_is_written_whatever_day_stands_in_it(town: Town) -> None:
    publish(town)
    last = datetime(9999, 12, 31, 23, 59, tzinfo=SHANGHAI)
    Slot.objects.update(starts_at=last - timedelta(hours=2), ends_at=last)
    (one,) = events(Client().get("/reception.ics"))
    assert one.decoded("DTEND").year == 9999


# -- calendars, judged by another reader -------------------------------------------------------------------------------


def events(answer: Any) -> list[Any]:
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    found = icalendar.Calendar.from_ical(answer.content)
    zones = [str(one["TZID"]) for one in found.walk("VTIMEZONE")]
    assert zones == ["Asia/Shanghai"]
    assert found.errors == []
    return list(found.walk("VEVENT"))


def test_the_feed_of_a_leader_and_of_the_town_follow_every_change_and_name_nobody(town: Town) -> None:
    publish(town, places="3")
    matter = received()
    Client().post(her_page(matter), {"do": "book", "slot": offered(Client().get(her_page(matter)))[0]})
    desk = client(town, "chief")
    made = desk.post("/staff/calendar", {"do": "make"})
    address = re.search(r"/calendar/([\w-]+)\.ics", made.content.decode())
    assert address is not None
    assert len(address.group(1)) >= 43
    assert address.group(1) not in desk.get("/staff/calendar").content.decode(), "shown once"
    assert CalendarKey.objects.get().digest != address.group(1)
    slot = Slot.objects.get()
    here = reverse("staff:reception_one", args=[slot.pk])
    seen: list[tuple[str, int, str, datetime]] = []
    for change in (
        None,
        {"do": "change", "day": workday(4).isoformat(), "starts": "14:00", "ends": "16:30", "place": "县信访局"},
        {"do": "cancel", "reason": "领导出差"},
    ):
        if change is not None:
            assert desk.post(here, change).status_code == 302
        for url in (address.group(), "/reception.ics"):
            answer = Client().get(url)
            (one,) = events(answer)
            body = answer.content.decode()
            for secret in (matter.number, matter.code, "陈", "路灯", "领导出差", "/3"):
                assert secret not in body
            # Who receives the public page names too; a telephone that somebody else picks up does not.
            own = url != "/reception.ics"
            assert str(one["SUMMARY"]) == ("接访时间" if own else "接访时间：周明远，县领导")
            assert ("周明远" in body) is not own
            seen.append((str(one["UID"]), int(one["SEQUENCE"]), str(one["STATUS"]), one["DTSTART"].dt))
    slot.refresh_from_db()
    assert len({uid for uid, *_ in seen}) == 1
    assert [sequence for _, sequence, *_ in seen] == [0, 0, 1, 1, 2, 2]
    assert [status for *_, status, _ in seen] == ["CONFIRMED"] * 4 + ["CANCELLED"] * 2
    assert seen[-1][3].astimezone(SHANGHAI) == slot.starts_at.astimezone(SHANGHAI)
    assert seen[2][3].astimezone(SHANGHAI).hour == 14
    # Somebody else's feed holds none of it.
    other = client(town, "operator").post("/staff/calendar", {"do": "make"})
    theirs = re.search(r"/calendar/[\w-]+\.ics", other.content.decode())
    assert theirs is not None
    assert events(Client().get(theirs.group())) == []


def test_a_key_that_was_taken_back_replaced_or_never_was_is_the_same_page(town: Town) -> None:
    publish(town)
    desk = client(town, "chief")

    def make() -> str:
        found = re.search(r"/calendar/[\w-]+\.ics", desk.post("/staff/calendar", {"do": "make"}).content.decode())
        assert found is not None
        return found.group()

    def gone(url: str) -> str:
        """The page a key leads to that opens nothing, without its own address in it."""
        answer = Client().get(url)
        assert answer.status_code == 404
        return answer.content.decode().replace(url.removesuffix(".ics").rpartition("/")[2], "")

    first = make()
    assert Client().get(first).status_code == 200
    second = make()
    never = gone("/calendar/" + "A" * 43 + ".ics")
    assert gone(first) == never
    assert masked(f"Not Found: {first}") == "Not Found: /calendar/…"
    assert Client().get(second).status_code == 200
    desk.post("/staff/calendar", {"do": "revoke"})
    assert gone(second) == never
    third = make()
    Staff.objects.filter(username="chief").update(is_active=False)
    assert gone(third) == never
    assert Client().post(third).status_code == 405
    assert [e.verb for e in Entry.objects.filter(verb__contains="calendar_key").order_by("turn")] == [
        "make_calendar_key", "make_calendar_key", "revoke_calendar_key", "make_calendar_key",
    ]  # fmt: skip
    Staff.objects.filter(username="chief").update(is_active=True)
    assert verify.verify().breaks == []


def test_by_telephone_one_books_moves_and_cancels_through_the_operator(town: Town) -> None:
    for n in (2, 3):
        publish(town, day=workday(n).isoformat())
    matter = received()
    assert "12345" in text(Client().get("/reception"))
    desk = client(town, "operator")
    here = reverse("staff:reception_for", args=[matter.number])
    assert here in desk.get(reverse("staff:matter", args=[matter.number])).content.decode()
    assert here not in client(town, "chief").get(reverse("staff:matter", args=[matter.number])).content.decode()
    slots = re.findall(r'name="slot" value="(\d+)"', desk.get(here).content.decode())
    assert len(slots) == 2
    missing = desk.post(here, {"do": "book", "slot": slots[0], "for_caller": ""})
    assert missing.status_code == 400
    assert "怎样核对" in text(missing)
    assert not Booking.objects.exists()
    assert desk.post(here, {"do": "book", "slot": slots[0], "for_caller": "number"}).status_code == 302
    assert "约好的" in text(desk.get(here))
    assert "电话办理" in text(Client().get(reverse("resident_progress", args=[matter.code])))
    assert desk.post(here, {"do": "move", "slot": slots[1], "for_caller": "number"}).status_code == 302
    # As a browser sends it: what the form holds and what is pressed, in the order of the page; the last word counts.
    words = re.findall(r'name="do" value="(\w+)"', desk.get(here).content.decode())
    assert words == ["move", "release"]
    assert desk.post(here, {"do": words, "for_caller": "number"}).status_code == 302
    assert Booking.objects.get().state == "released"
    assert client(town, "chief").get(here).status_code == 403
    hidden = received(about=(town.operator.unit,), words="接线的人态度不好", phone="19909900004")
    assert desk.get(reverse("staff:reception_for", args=[hidden.number])).status_code == 404
    assert verify.verify().breaks == []


def test_a_leader_is_asked_before_following_and_sees_what_she_follows_at_home(town: Town) -> None:
    matter = received()
    desk = client(town, "chief")
    asked = desk.post(DESK, {"do": "take_over", "number": matter.number})
    assert asked.status_code == 200
    assert "诉求人会收到" in text(asked)
    assert f"事项{matter.number}有领导包案" in text(asked)
    assert matter.code not in asked.content.decode()
    assert not TakenOver.objects.exists()
    assert "您包案的事项" not in text(desk.get("/staff/"))
    assert desk.post(DESK, {"do": "take_over", "number": matter.number, "sure": "yes"}).status_code == 302
    home = text(desk.get("/staff/"))
    assert "您包案的事项" in home
    assert matter.number in home[home.index("您包案的事项") :][:200]
    # A supervisor neither makes her follow another, nor is shown the button that ends what is hers.
    other = client(town, "supervisor")
    assert "您包案的事项" not in text(other.get("/staff/"))
    made_her = {"do": "take_over", "number": matter.number, "leader": str(town.chief.staff_id), "sure": "yes"}
    assert other.post(DESK, made_her).status_code in {302, 400}
    assert TakenOver.objects.get().staff_id == town.chief.staff_id
    assert "不再包案" not in text(other.get(DESK))
    assert "不再包案" in text(desk.get(DESK))


def test_what_was_promised_is_shown_a_second_is_added_as_such_and_who_gave_back_is_folded(town: Town) -> None:
    publish(town, places="3")
    gone, came = received(words="占道经营，路都走不了", phone="19909900002"), received()
    for one in (gone, came):
        Client().post(her_page(one), {"do": "book", "slot": offered(Client().get(her_page(one)))[0]})
    Client().post(her_page(gone), {"do": "release"})
    slot = Slot.objects.get()
    here, desk = reverse("staff:reception_one", args=[slot.pk]), client(town, "chief")
    began = timezone.now() - timedelta(hours=1)
    Slot.objects.filter(pk=slot.pk).update(starts_at=began, ends_at=began + timedelta(hours=2))
    page = desk.get(here).content.decode()
    assert page.index(came.number) < page.index("<details") < page.index(gone.number)
    assert "取消了 1 件" in text(desk.get(here))
    assert "正在接访" in text(desk.get(here))
    assert "可以约" not in text(desk.get(here))
    booking = re.findall(r'value="came"><input type="hidden" name="booking" value="(\d+)"', page)[0]
    desk.post(here, {"do": "came", "booking": booking})
    assert "写下答应的事" in text(desk.get(here))
    desk.post(here, {"do": "promise", "booking": booking, "words": "本周五前换好三盏灯"})
    page_text = text(desk.get(here))
    assert "本周五前换好三盏灯" in page_text
    assert "周明远记" in page_text
    assert "写下答应的事" not in page_text
    assert "再加一件答应的事" in page_text
    desk.post(here, {"do": "promise", "booking": booking, "words": "下周二回话"})
    page_text = text(desk.get(here))
    assert page_text.index("本周五前换好三盏灯") < page_text.index("下周二回话")


def test_nobody_to_whom_dates_are_hidden_reads_that_there_are_none(town: Town) -> None:
    publish(town, "supervisor", by="supervisor", places="3")
    secret = received(words="督查的人收了钱不办事", about=(town.supervisor.unit,), phone="19909900009")
    page = text(Client().get(her_page(secret)))
    assert "可以约" in text(Client().get("/reception"))
    assert "最近没有可以约" not in page
    assert "这件事现在不能网上约接访，请打 12345" in page
    # The same sentence where there is nothing for anybody.
    Slot.objects.all().delete()
    assert "这件事现在不能网上约接访，请打 12345" in text(Client().get(her_page(secret)))


def test_a_date_comes_as_a_card_whose_room_no_phone_hides(town: Town) -> None:
    publish(town)
    page = Client().get("/reception").content.decode()
    assert "<table" not in page
    (card,) = re.findall(r'<ul class="slots">.*?</ul>', page, re.S)
    assert PLACE in card
    assert "可以约" in card


def test_one_report_among_joined_ones_books_while_the_common_one_is_at_work(town: Town) -> None:
    publish(town)
    main, hers = received(), received(words="文庙街那盏路灯还是不亮", phone="19909900002")
    act(hers.pk, "merge", {"matter": main.number}, by=town.operator, at=timezone.now())
    hers.refresh_from_db()
    assert hers.closed_at is not None, "her own report ended with the joining"
    visitor = Client()
    assert (
        reverse("resident_reception", args=[hers.code])
        in visitor.get(reverse("resident_progress", args=[hers.code])).content.decode()
    )
    here = visitor.get(her_page(hers))
    assert "办结了" not in text(here)
    (slot,) = offered(here)
    assert visitor.post(her_page(hers), {"do": "book", "slot": slot}).status_code == 302
    assert Booking.objects.get().matter_id == hers.pk
    # Once the common one is over, hers is: no page offers what is refused, none names a step that is not there.
    other = received(words="文庙街的灯不亮", phone="19909900003")
    act(other.pk, "merge", {"matter": main.number}, by=town.operator, at=timezone.now())
    for whose in (main, other):
        assert "约领导接访" in text(visitor.get(reverse("resident_progress", args=[whose.code])))
    Matter.objects.filter(pk=main.pk).update(state="closed", closed_at=timezone.now(), outcome="withdrawn")
    for whose in (main, other):
        progress = visitor.get(reverse("resident_progress", args=[whose.code]))
        assert reverse("resident_reception", args=[whose.code]) not in progress.content.decode()
        shut = text(visitor.get(her_page(whose)))
        assert "这件事办结了" in shut
        assert ("提异议" in shut) == (reverse("resident_do", args=[whose.code, "object"]) in progress.content.decode())


def test_what_nobody_has_read_says_so_on_every_page_instead_of_leading_round(town: Town) -> None:
    publish(town)
    unread = received(phone="", name="")
    visitor, desk = Client(), client(town, "operator")
    progress = visitor.get(reverse("resident_progress", args=[unread.code])).content.decode()
    assert reverse("resident_reception", args=[unread.code]) not in progress
    assert "要有人看过" in text(visitor.get(her_page(unread)))
    caller = reverse("staff:reception_for", args=[unread.number])
    assert "还没有人看过" in text(desk.get(caller))
    assert offered(desk.get(caller)) == []
    Matter.objects.filter(pk=unread.pk).update(state="handling")
    assert len(offered(visitor.get(her_page(unread)))) == 1
    assert len(offered(desk.get(caller))) == 1
    assert (
        reverse("resident_reception", args=[unread.code])
        in visitor.get(reverse("resident_progress", args=[unread.code])).content.decode()
    )


@pytest.mark.parametrize(
    ("lang", "came", "missed"),
    [("zh-hans", "您来参加了", "您没有来参加"), ("en", "you came to", "you did not come to")],
)
def test_whether_she_came_is_said_to_her_and_not_of_somebody(town: Town, lang: str, came: str, missed: str) -> None:
    for verb, said in (("attend_slot", came), ("miss_slot", missed)):
        matter = received(words=f"文庙街路灯不亮 {verb}", phone=f"1990990000{len(verb) % 10}")
        facts = {"slot": {"zh": "领导接访", "en": "a leader's reception"}, "when": timezone.now().isoformat()}
        diary.write(matter, verb, by=SYSTEM, at=timezone.now(), facts=facts, seen=True)
        visitor = Client()
        visitor.cookies["lang"] = lang
        page = text(visitor.get(reverse("resident_progress", args=[matter.code])))
        assert said in page.replace("You", "you"), page
        assert "they came" not in page
        assert "the requester" not in page
