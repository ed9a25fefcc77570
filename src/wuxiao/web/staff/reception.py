"""Receptions: publishing dates, who comes, what was promised, whom leaders follow; one's own calendar feed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wuxiao.desk.base import veiled
from wuxiao.desk.base.errors import DeskError, Invalid, NotFound, Refused
from wuxiao.desk.case.needs import CALLER_CHECKS
from wuxiao.desk.doors import calendars
from wuxiao.desk.look import matter as look
from wuxiao.desk.slots import ask, book, keep, kinds
from wuxiao.desk.slots.book import Full
from wuxiao.records.models import Booking, Slot, TakenOver
from wuxiao.rules.access import Power
from wuxiao.rules.slots import EVERY, MOST, STANDS, Booked, SlotState
from wuxiao.rules.words import Text
from wuxiao.subjects.reception import acts, asks
from wuxiao.subjects.reception.rules import NAME
from wuxiao.typed.numbers import whole_number
from wuxiao.typed.plain import clean
from wuxiao.web.shared.dates import clock, day, local, when
from wuxiao.web.staff.gate import Desk, desk, notify, show

_TYPED = ("host", "day", "starts", "ends", "place", "places", "every", "times")
_FOLLOW = ("number", "reason")
_TONES = {Booked.BOOKED: "work", Booked.ATTENDED: "done", Booked.ABSENT: "closed"}


def _given(d: Desk, names: Sequence[str]) -> dict[str, str]:
    return {name: clean(d.request.POST.get(name, "")).strip()[:2100] for name in names}


def _followed(d: Desk, one: TakenOver) -> dict[str, Any]:
    return {
        "number": one.matter.number,
        "title": one.matter.title or _("（内容已删除）"),
        "leader": asks.leader_of(one.staff, d.rules.book).say(d.lang),
        "may_lay_down": one.staff_id == d.staff.pk or not asks.in_office(one.staff, d.rules),
        "since": day(one.since, d.lang),
    }


@desk(Power.RECEPTION)
def page(d: Desk) -> HttpResponse:
    """The dates one's unit keeps, a form for more of them, and the matters leaders follow."""
    numbers = asks.numbers(d.rules.book)
    given: dict[str, str] = {"every": "once", "times": "1", "places": str(numbers["places"])}
    errors: Mapping[str, Text] = {}
    opened = ""
    if d.request.method == "POST":
        opened = d.request.POST.get("do", "")
        try:
            match opened:
                case "publish":
                    given = _given(d, _TYPED)
                    _published(d, acts.publish(given, by=d.by, at=d.at, rules=d.rules))
                case "take_over":
                    given = _given(d, _FOLLOW)
                    if d.request.POST.get("sure") != "yes":
                        return _sure(d, acts.about_to_follow(given["number"], by=d.by, at=d.at, rules=d.rules))
                    acts.take_over(given["number"], by=d.by, at=d.at, rules=d.rules)
                    notify(d.request, _("记下了，诉求人和办理单位都看得到。"))
                case "lay_down":
                    given = _given(d, _FOLLOW)
                    acts.lay_down(given["number"], given["reason"], by=d.by, at=d.at, rules=d.rules)
                    notify(d.request, _("记下了，诉求人和办理单位都看得到。"))
            return redirect("staff:reception")
        except Invalid as wrong:
            errors = wrong.fields
        except DeskError as refused:
            errors = {"__all__": refused.text}
    leaders = [one for one in asks.leaders(d.rules.book) if asks.may_publish_for(one, d.by)]
    dates = asks.dates(d.by, at=d.at)
    held = ask.held(dates, by=d.by)
    context = {
        "dates": [_date(d, slot, held[slot.pk]) for slot in dates if slot.ends_at > d.at],
        "over": [_date(d, slot, held[slot.pk]) for slot in reversed(dates) if slot.ends_at <= d.at],
        "followed": [_followed(d, one) for one in asks.followed(d.rules, by=d.by)],
        "leaders": [("", _("请选择")), *((str(one.staff.pk), one.say(d.lang)) for one in leaders)],
        "every": [(code.value, text.say(d.lang)) for code, text in EVERY.items()],
        "most": MOST,
        "given": {**given, "host": given.get("host") or _me(d, leaders)},
        "errors": {name: text.say(d.lang) for name, text in errors.items()},
        "opened": opened if errors else "",
    }
    return show(d, "reception.html", context, at="reception", status=400 if errors else 200)


def _sure(d: Desk, asked: acts.Following) -> HttpResponse:
    """Ask once more, with what becomes public at once and what the requester is sent."""
    context = {
        "number": asked.matter.number,
        "title": asked.matter.title or _("（内容已删除）"),
        "says": asked.says.say(d.lang),
        "text": asked.text.say(d.lang),
    }
    return show(d, "reception_follow.html", context, at="reception")


def _me(d: Desk, leaders: Sequence[asks.Leader]) -> str:
    return str(d.staff.pk) if any(one.staff.pk == d.staff.pk for one in leaders) else ""


def _published(d: Desk, made: acts.Published) -> None:
    count = len(made.slots)
    said = ngettext("公布了 %(num)s 场。", "公布了 %(num)s 场。", count) % {"num": count}
    if made.skipped:
        between = ", " if d.lang == "en" else "、"
        said += _("休息日没有排：%(days)s。") % {"days": between.join(day(one, d.lang) for one in made.skipped)}
    if not count:
        said = _("这些场次已经公布过了，没有重复公布。")
    notify(d.request, said, "done" if count else "caution")


def _date(d: Desk, slot: Slot, held: int) -> dict[str, Any]:
    leader = asks.leader_of(slot.host, d.rules.book).say(d.lang) if slot.host is not None else ""
    cancelled = slot.state == SlotState.CANCELLED
    full, begun, over = held >= slot.capacity, slot.starts_at <= d.at, slot.ends_at <= d.at
    return {
        "url": reverse("staff:reception_one", args=[slot.pk]),
        "when": _hours(slot, d.lang),
        "leader": leader,
        "place": slot.place,
        "state": _("已取消")
        if cancelled
        else _("过去了")
        if over
        else _("正在接访")
        if begun
        else _("约满了")
        if full
        else _("可以约"),
        "tone": "closed" if cancelled or over else "work" if begun or not full else "soon",
        "room": f"{held}/{slot.capacity}",
    }


def _hours(slot: Slot, lang: str) -> str:
    return f"{day(slot.starts_at, lang)} {clock(slot.starts_at)}–{clock(slot.ends_at)}"


@desk(Power.RECEPTION)
def one(d: Desk, slot_id: int) -> HttpResponse:
    """One date: who comes, whether they came, what was promised; move it, cancel it."""
    asks.numbers(d.rules.book)
    slot = ask.mine(slot_id, by=d.by)
    if slot.kind != NAME:
        raise NotFound
    here = reverse("staff:reception_one", args=[slot.pk])
    errors: Mapping[str, Text] = {}
    given: dict[str, str] = {}
    names: dict[int, str | Text] = {}
    opened = ""
    if d.request.method == "POST":
        opened = d.request.POST.get("do", "")
        given = _given(d, ("day", "starts", "ends", "place", "reason", "words", "booking"))
        try:
            if opened == "names":
                names = acts.names(slot.pk, by=d.by, at=d.at)
            else:
                _do(d, slot, opened, given)
                return redirect(here)
        except Invalid as wrong:
            errors = wrong.fields
        except NotFound:
            raise
        except DeskError as refused:
            errors = {"__all__": refused.text}
    bookings = ask.who_comes(slot, by=d.by)
    promised = asks.promised(slot, bookings)
    people = look.names({said.staff_id for each in promised.values() for said in each}, d.lang)
    context = {
        "here": here,
        "date": _date(d, slot, ask.held([slot], by=d.by)[slot.pk]),
        "begun": slot.starts_at <= d.at,
        "open": slot.state == SlotState.OPEN and slot.starts_at > d.at,
        "coming": [_coming(d, one, names, promised, people) for one in bookings if one.state in one.HOLDS],
        "gone": [_coming(d, one, names, promised, people) for one in bookings if one.state not in one.HOLDS],
        "named": bool(names),
        "given": {
            "day": f"{local(slot.starts_at):%Y-%m-%d}",
            "starts": clock(slot.starts_at),
            "ends": clock(slot.ends_at),
            "place": slot.place,
            **{name: value for name, value in given.items() if value},
        },
        "errors": {name: text.say(d.lang) for name, text in errors.items()},
        "opened": opened if errors else "",
    }
    return show(d, "reception_one.html", context, at="reception", status=400 if errors else 200)


def _do(d: Desk, slot: Slot, what: str, given: Mapping[str, str]) -> None:
    match what:
        case "change":
            keep.change(slot.pk, acts.hours_of(given), place=given["place"], by=d.by, at=d.at)
            notify(d.request, _("改好了，约了的人都通知了。"))
            return
        case "cancel":
            keep.cancel(slot.pk, given["reason"], by=d.by, at=d.at)
            notify(d.request, _("取消了，约了的人都通知了。"))
            return
    booking = next((one for one in ask.who_comes(slot, by=d.by) if str(_shown(one)) == given["booking"]), None)
    if booking is None:
        raise NotFound
    match what:
        case "came" | "absent":
            book.mark(booking.pk, what == "came", by=d.by, at=d.at)
            notify(d.request, _("记下了。"))
        case "promise":
            book.promise(booking.pk, given["words"], by=d.by, at=d.at)
            notify(d.request, _("记下了，诉求人和办理单位都看得到。"))


def _shown(one: Booking) -> int:
    return veiled.veil("booking", one.pk)


def _coming(
    d: Desk,
    one: Booking,
    names: Mapping[int, str | Text],
    promised: Mapping[int, Sequence[asks.Promise]],
    people: Mapping[int, str],
) -> dict[str, Any]:
    state = Booked(one.state)
    name = names.get(one.matter_id, "")
    follower = asks.follower_of(one.matter, d.rules.book)
    return {
        "id": _shown(one),
        "number": one.matter.number,
        "title": one.matter.title or _("（内容已删除）"),
        "state": STANDS[state].say(d.lang),
        "tone": _TONES.get(state, "plain"),
        "name": name.say(d.lang) if isinstance(name, Text) else name,
        "may_mark": state in {Booked.BOOKED, Booked.ATTENDED, Booked.ABSENT},
        "came": state is Booked.ATTENDED,
        "absent": state is Booked.ABSENT,
        "follower": follower.say(d.lang) if follower is not None else "",
        "closed": asks.main_of(one.matter).closed_at is not None,
        "promised": [
            {
                "words": said.words if said.words is not None else _("（内容已删除）"),
                "by": people.get(said.staff_id or 0, ""),
                "at": when(said.at, d.lang),
            }
            for said in promised.get(one.matter_id, ())
        ]
        if one.state in one.HOLDS
        else [],
    }


# -- for somebody on the telephone -------------------------------------------------------------------------------------

#: As many are read out to a caller at once.
_OFFERED = 8


@desk(Power.INTAKE)
def for_caller(d: Desk, number: str) -> HttpResponse:
    """Book, move and give back a reception for a caller: as she does behind her code, and the entry says who did."""
    kind = kinds.of(NAME, d.rules.book)
    # The page tells no more of a matter than a list does: its number and title.
    matter = look.find(number, by=d.by, at=d.at)[0]
    here = reverse("staff:reception_for", args=[matter.number])
    errors: Mapping[str, Text] = {}
    given: dict[str, str] = {}
    offers: Sequence[Slot] | None = None
    held = ask.waiting(matter.pk, NAME)
    if d.request.method == "POST":
        given = _given(d, ("do", "slot", "for_caller"))
        wanted = veiled.unveil("slot", whole_number(given["slot"], 0, 2**53) or 0)
        how = given["for_caller"]
        try:
            match given["do"]:
                case "book":
                    book.book(matter.pk, wanted, by=d.by, at=d.at, for_caller=how)
                    notify(d.request, _("约好了，诉求人会收到短信。请告诉来电人：到了报事项编号就行。"))
                case "move" if held is not None:
                    book.move(held.pk, wanted, by=d.by, at=d.at, for_caller=how)
                    notify(d.request, _("改好了，原来的时间让出来了。"))
                case "release" if held is not None:
                    book.release(held.pk, by=d.by, at=d.at, for_caller=how)
                    notify(d.request, _("取消了，这个时间让给别人用。"))
            return redirect(here)
        except Full as full:
            errors, offers = {"__all__": full.text}, full.offers
        except Invalid as wrong:
            errors = wrong.fields
        except Refused as refused:
            errors = {"__all__": refused.text}
    waits = held is not None and held.slot.starts_at > d.at
    shut = asks.why_not(matter)
    if offers is None:
        offers = ask.offers(matter, kind, d.rules, at=d.at, most=_OFFERED)
    context = {
        "here": here,
        "number": matter.number,
        "title": matter.title or _("（内容已删除）"),
        "held": _told(d, held.slot) if held is not None and waits else None,
        "offers": [_told(d, slot) for slot in offers if held is None or not waits or slot.pk != held.slot_id],
        "checks": [("", _("请选择")), *((code, text.say(d.lang)) for code, text in CALLER_CHECKS.items())],
        "check": given.get("for_caller", ""),
        "unread": shut is not None and shut.code == "unread",
        "shut": shut.text.say(d.lang) if shut is not None else "",
        "errors": {name: text.say(d.lang) for name, text in errors.items()},
    }
    return show(d, "reception_for.html", context, at="", status=400 if errors else 200)


def _told(d: Desk, slot: Slot) -> dict[str, Any]:
    return {
        "id": veiled.veil("slot", slot.pk),
        "when": _hours(slot, d.lang),
        "who": asks.leader_of(slot.host, d.rules.book).say(d.lang) if slot.host is not None else "",
        "place": slot.place,
    }


@desk()
def calendar(d: Desk) -> HttpResponse:
    """One's own calendar feed: make an address, shown once, or take it back."""
    if not kinds.kept(d.rules.book):
        raise NotFound
    made = ""
    if d.request.method == "POST":
        if d.request.POST.get("do") == "make":
            made = calendars.make(d.staff.pk, by=d.by, at=d.at)
        elif calendars.revoke(d.staff.pk, by=d.by, at=d.at):
            notify(d.request, _("停用了：原来的地址打不开了。"))
            return redirect("staff:calendar")
    now = calendars.of(d.staff.pk)
    context = {
        "address": settings.BASE_URL + reverse("calendar_mine", args=[made]) if made else "",
        "since": when(now.made_at, d.lang) if now is not None else "",
    }
    response = show(d, "calendar.html", context, at="calendar")
    response.headers["Cache-Control"] = "no-store, private"
    return response


PATHS = (
    path("reception", page, name="reception"),
    path("reception/<slot:slot_id>", one, name="reception_one"),
    path("m/<str:number>/reception", for_caller, name="reception_for"),
    path("calendar", calendar, name="calendar"),
)
