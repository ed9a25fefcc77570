"""Booking a leader's reception from the page of one's own matter: see what there is, one tap, moved or given back."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from wuxiao.desk.base import veiled
from wuxiao.desk.base.actor import RESIDENT
from wuxiao.desk.base.errors import NotFound, Refused
from wuxiao.desk.diary import readings
from wuxiao.desk.matters import matters, progress
from wuxiao.desk.slots import ask, book, kinds
from wuxiao.desk.slots.book import Full
from wuxiao.records.models import Booking, Matter, Slot
from wuxiao.rules.slots import STANDS, Booked
from wuxiao.subjects.reception import asks
from wuxiao.subjects.reception.rules import NAME
from wuxiao.typed.numbers import whole_number
from wuxiao.web.resident import base
from wuxiao.web.shared import dates
from wuxiao.web.shared.dates import active_lang

#: As many are offered at once; a phone shows them without much turning.
OFFERED = 8


def _open(request: HttpRequest, code: str) -> Matter:
    """Return the matter of a code in a town that keeps receptions; only a miss is counted, staff are written down."""
    staff = base.staff_of(request)
    if request.method == "POST":
        base.not_as_staff(staff)
    asks.numbers(base.rules_now().book)
    try:
        matter = matters.by_code(code)
    except NotFound:
        base.missed_lookup(request, base.rules_now())
        raise
    if staff is not None:
        readings.note(matter, by=staff, at=base.now(), fields=readings.PAGE, how="code")
    return matter


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, code: str) -> HttpResponse:
    """What is booked, what can be booked, and each of the three in one tap."""
    matter = _open(request, code)
    here = reverse("resident_reception", args=[matter.code])
    if request.method != "POST":
        if code != matter.code:
            return HttpResponseRedirect(here)
        return _show(request, matter, _done(request.GET.get("done", "")))
    held = ask.waiting(matter.pk, NAME)
    wanted = veiled.unveil("slot", whole_number(request.POST.get("slot"), 0, 2**53) or 0)
    try:
        match request.POST.get("do"):
            case "book":
                book.book(matter.pk, wanted, by=RESIDENT, at=base.now())
            case "move" if held is not None:
                book.move(held.pk, wanted, by=RESIDENT, at=base.now())
            case "release" if held is not None:
                book.release(held.pk, by=RESIDENT, at=base.now())
            case _:
                return HttpResponseRedirect(here)
    except Full as full:
        return _show(request, matter, [("caution", base.say(full.text))], offers=list(full.offers), status=409)
    except Refused as refused:
        return _show(request, matter, [("caution", base.say(refused.text))], status=409)
    return HttpResponseRedirect(f"{here}?done={request.POST['do']}")


def _done(what: str) -> list[tuple[str, str]]:
    said = {
        "book": _("约好了。到时候请直接去，报事项编号就行。"),
        "move": _("改好了，原来的时间让出来了。"),
        "release": _("取消了，这个时间让给别人用。"),
    }.get(what)
    return [("done", said)] if said else []


def _row(slot: Slot, matter: Matter) -> dict[str, Any]:
    rules = base.rules_now()
    leader = asks.leader_of(slot.host, rules.book) if slot.host is not None else None
    return {
        "id": veiled.veil("slot", slot.pk),
        "when": f"{dates.day(slot.starts_at, year=False)} {dates.clock(slot.starts_at)}–{dates.clock(slot.ends_at)}",
        "who": base.say(leader.name) if leader is not None else "",
        "post": base.say(leader.post) if leader is not None else "",
        "place": slot.place,
    }


def _show(
    request: HttpRequest,
    matter: Matter,
    notices: list[tuple[str, str]],
    *,
    offers: list[Slot] | None = None,
    status: int = 200,
) -> HttpResponse:
    rules, at = base.rules_now(), base.now()
    kind = kinds.of(NAME, rules.book)
    bookings = ask.of_case(matter.pk)
    held = next((one for one in bookings if _waits(one, at)), None)
    found = ask.offers(matter, kind, rules, at=at, most=OFFERED) if offers is None else offers
    leader, shut = asks.follower_of(matter, rules.book), asks.why_not(matter)
    context = {
        "code": matter.code,
        "number": matter.number,
        "title": matter.title or _("事项 %(number)s") % {"number": matter.number},
        "notices": notices,
        "held": _row(held.slot, matter) if held is not None else None,
        "offers": [_row(slot, matter) for slot in found if held is None or slot.pk != held.slot_id],
        "next_only": offers is not None,
        "closed": shut is not None and shut.code == "closed",
        "objects": shut is not None and shut.code == "closed" and _may_object(matter),
        "shut": base.say(shut.text) if shut is not None else "",
        "past": [
            (dates.when(one.slot.starts_at), base.say(STANDS[Booked(one.state)]))
            for one in bookings
            if one is not held and one.state != Booked.BOOKED
        ],
        "follower": base.say(leader.name) + " · " + base.say(leader.post) if leader is not None else "",
    }
    response = base.page(request, "reception.html", rules, context, status=status)
    response.headers["Cache-Control"] = "no-store, private"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    base.remember_lookup(request, response, matter.code)
    return response


def _may_object(matter: Matter) -> bool:
    return "object" in progress.look(matter.code, active_lang(), at=base.now()).open_verbs


def _waits(one: Booking, at: Any) -> bool:
    return one.state == Booked.BOOKED and one.slot.starts_at > at


PATHS = (path("p/<str:code>/reception", page, name="resident_reception"),)
