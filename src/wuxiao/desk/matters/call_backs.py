"""Call-backs: drawn by the system from closed matters with a stated chance, done by someone who did not handle them."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from wuxiao.desk.base.actor import RESIDENT, SYSTEM, Actor
from wuxiao.desk.base.errors import DeskError, NotFound, Refused
from wuxiao.desk.case import clocks, heard, needs, standing, tell
from wuxiao.desk.case.shown import write_access
from wuxiao.desk.diary import diary
from wuxiao.desk.people import identity
from wuxiao.desk.people.identity import Use
from wuxiao.desk.town.books import Rules, of_version
from wuxiao.records.models import CallBack, Entry, Matter, WorkOrder
from wuxiao.rules.access import Viewer
from wuxiao.rules.flow import DESK_TYPES, STEPS
from wuxiao.rules.promise import promise
from wuxiao.rules.words import Text

RETRY = timedelta(hours=20)
#: Within this time of one attempt another is the same one: a second window, a page sent twice, two who call at once.
SAME_CALL = timedelta(minutes=30)


def lot(matter_id: int, round_: int) -> float:
    """Return the matter's lot in [0, 1): fixed by the town's secret key, so nobody can draw twice or choose."""
    text = f"call-back:{matter_id}:{round_}".encode()
    drawn = hmac.new(settings.SECRET_KEY.encode(), text, hashlib.sha256).digest()
    return int.from_bytes(drawn[:8], "big") / 2**64


def maybe_draw(matter: Matter, rules: Rules, *, at: datetime) -> CallBack | None:
    """Draw a closed matter for a call-back if its lot falls under the chance of its class (inside the act)."""
    contact = identity.of(matter.pk, Use.REACH)
    if contact is None or not (contact.phone or contact.email):
        return None
    plan = rules.book.callback
    chance = plan.chance(matter.handling_class or "request")
    if lot(matter.pk, matter.reopened) >= chance:
        return None
    if CallBack.objects.filter(matter_id=matter.pk, round=matter.reopened).exists():
        return None
    row = CallBack.objects.create(
        matter_id=matter.pk,
        round=matter.reopened,
        state="drawn",
        drawn_at=at,
        due_at=promise(at, plan.within, rules.calendar).due,
        chance=chance,
        token=secrets.token_urlsafe(24),
        next_at=at,
        visit_consent=contact.visit_consent,
    )
    entry = diary.write(matter, "draw", by=SYSTEM, at=at, facts={"chance": chance, "round": matter.reopened})
    if "sms" in plan.ways:
        tell.queue(
            matter, "call_back", rules, at=at, turn=entry.turn, url=f"{settings.BASE_URL}/c/{row.token}", tag="-draw"
        )
    return row


#: Steps by which a person took part in the handling itself.
HANDLING = ("ask", "extend", "answer", "decline", "uphold", "overturn", "part")


def handled(matter: Any, viewer: Viewer) -> QuerySet[WorkOrder]:
    """Return the work orders by which a unit of the viewer handled a matter: as co-unit, or as its lead at any time.

    A desk that only took a matter in and sent it on did not handle it; where a desk answers itself it is the holder.
    """
    working = sorted({post.unit for post in viewer.posts if post.unit_type not in DESK_TYPES})
    mine = Q(role="co", unit__in=sorted(viewer.units))
    led = Q(role="lead", accepted_at__isnull=False, unit__in=working)
    return WorkOrder.objects.filter(mine | led, matter=matter)


def handled_by(matter: Any, staff_id: int) -> QuerySet[Entry]:
    """Return the steps by which a person took part in handling a matter, in whatever unit they were then."""
    return Entry.objects.filter(matter=matter, staff_id=staff_id, verb__in=HANDLING)


def stands_apart(matter: Matter, by: Actor) -> bool:
    """Tell whether somebody may do the call-back of a matter: neither they nor a unit of theirs ever handled it.

    Every unit counts in which they hold a post, whatever post it is: a lead of the handling unit is not apart from it
    because another post of theirs is to call (at most two queries).
    """
    viewer = by.viewer
    # The work on a joined report was done on the main one; where it stood when it was joined says nothing.
    main = matter.merged_into if standing.is_joined(matter) else None
    hands = {matter.holder, matter.offered_to} if main is None else set()
    if viewer is None or viewer.units & (hands | matter.hidden):
        return False
    if matter.handler_id == viewer.staff_id or handled(matter.pk, viewer).exists():
        return False
    if main is not None and not stands_apart(main, by):
        return False
    return not handled_by(matter.pk, viewer.staff_id).exists()


def draw_all(matter: Matter, rules: Rules, *, at: datetime) -> list[CallBack]:
    """Draw a closed matter and each report joined to it by its own lot: each reporter is asked, a person once."""
    made, asked = [], set[str]()
    joined = list(Matter.objects.filter(merged_into=matter.pk, outcome="merged").order_by("received_at", "id"))
    marks = identity.phone_marks([matter.pk, *(m.pk for m in joined)]) if joined else {}
    for one in (matter, *joined):
        if mark := marks.get(one.pk):
            if mark in asked:
                continue
            asked.add(mark)
        if (row := maybe_draw(one, rules, at=at)) is not None:
            made.append(row)
    return made


def try_again(matter_id: int, *, by: Actor, at: datetime) -> CallBack:
    """Record an attempt that did not reach the requester; after the last allowed one the call-back ends unanswered.

    Raises `NotFound`, or `Refused` (somebody who handled it; the same call recorded twice).
    """
    with transaction.atomic():
        matter = Matter.objects.select_for_update().get(pk=matter_id)
        row = (
            CallBack.objects.select_for_update()
            .filter(
                matter_id=matter_id,
                round=matter.reopened,
                state__in=["drawn", "trying"],
                due_at__gt=at - standing.CALL_GRACE,
            )
            .first()
        )
        if row is None:
            raise NotFound
        if not stands_apart(matter, by):
            raise Refused(Text("承办单位的人不能回访", "the handling unit may not do the call-back"), "who")
        if row.state == "trying" and at < row.next_at - RETRY + SAME_CALL:
            raise Refused(
                Text(
                    "刚才已经记过一次没有接通，这一次不重复记",
                    "an attempt that reached nobody was recorded a moment ago; this one is not counted again",
                ),
                "same_call",
            )
        row.attempts += 1
        over = row.attempts >= of_version(matter.book_id).book.callback.attempts
        row.state = "unreached" if over else "trying"
        row.next_at = at + RETRY
        row.caller_id = by.staff_id
        if over:
            row.done_at = at
        row.save(update_fields=["attempts", "state", "next_at", "caller", "done_at"])
        diary.write(matter, "try_call", by=by, at=at, facts={"count": row.attempts})
    return row


def expire(*, at: datetime, limit: int = 200) -> int:
    """End the call-backs whose date passed undone a day ago; they are told in the figures as expired, not as asked.

    Returns how many ended; the worker calls it until none is left.
    """
    due = CallBack.objects.filter(state__in=["drawn", "trying"], due_at__lte=at - standing.CALL_GRACE).order_by(
        "due_at", "id"
    )
    ended = 0
    for pk, matter_id in list(due.values_list("pk", "matter_id")[:limit]):
        with transaction.atomic():
            matter = Matter.objects.select_for_update().get(pk=matter_id)
            rows = CallBack.objects.filter(pk=pk, state__in=["drawn", "trying"], due_at__lte=at - standing.CALL_GRACE)
            if rows.update(state="expired", done_at=at):
                diary.write(matter, "expire_draw", by=SYSTEM, at=at)
                ended += 1
    return ended


def by_token(token: str, *, at: datetime | None = None) -> CallBack:
    """Return the call-back an SMS link opens, with its matter; raises `NotFound`, or `Refused` once it is over.

    Without `at` the worker alone says whether its time ran out.
    """
    row = CallBack.objects.select_related("matter").filter(token=token).first() if token else None
    if row is None:
        raise NotFound(
            Text("没有这个回访链接，请对照短信里的地址", "There is no such link; compare it with the text message.")
        )
    if row.state == "done":
        raise Refused(Text("这次回访已经回答过了，谢谢您", "This was answered already. Thank you."), "answered")
    if row.state == "expired" or (
        at is not None and row.state in {"drawn", "trying"} and row.due_at <= at - standing.CALL_GRACE
    ):
        raise Refused(
            Text(
                "回访的时间已经过了；您仍可以凭查询码评价或者提异议",
                "The time for this is over. With your receipt code you can still rate it or object.",
            ),
            "expired",
        )
    if row.state == "dropped" or row.round != row.matter.reopened:
        raise Refused(
            Text("这件事已经重新办理，这次回访不用回答了", "The matter is handled anew; this need not be answered."),
            "dropped",
        )
    return row


def answer_by_link(token: str, given: Mapping[str, Any], *, at: datetime) -> CallBack:
    """Record what the requester themselves answer by the link in the message: once, of their own will.

    `given` holds `rating` (5 to 1) and `solved`, and perhaps `contacted` and `words`. The answer is the matter's rating
    unless the requester rated it before. Raises `NotFound`, `Refused` (over) or `Invalid` (fields); danger is heard all
    the same.
    """
    try:
        return _answered(token, given, at=at)
    except DeskError as error:
        tell_by_link(token, str(given.get("words") or ""), error, at=at)
        raise


def tell_by_link(token: str, words: str, error: DeskError, *, at: datetime) -> None:
    """Keep what was written with a link whose answer is not taken, if it tells of danger: the link is still hers."""
    matter_id = CallBack.objects.filter(token=token).values_list("matter_id", flat=True).first() if token else None
    if matter_id is not None:
        heard.despite(error, heard.Told(matter_id, "call_back", {"words": words}, RESIDENT, at, {"way": "sms"}))


def tell_by_caller(number: str, words: str, *, by: Actor, at: datetime) -> None:
    """Keep what a requester told a caller of danger when the call-back cannot be recorded any more."""
    matter = Matter.objects.filter(number=number).only("pk").first()
    if matter is not None:
        heard.keep(heard.Told(matter.pk, "call_back", {"words": words}, by, at))


def _answered(token: str, given: Mapping[str, Any], *, at: datetime) -> CallBack:
    with transaction.atomic():
        matter_id = by_token(token, at=at).matter_id
        matter = Matter.objects.select_for_update().get(pk=matter_id)
        row = by_token(token, at=at)
        clean = needs.read(STEPS["rate"], given, of_version(matter.book_id).book)
        row.state, row.way, row.done_at = "done", "sms", at
        row.contacted, row.solved, row.satisfied = clean.get("contacted"), clean["solved"], clean["rating"]
        row.save(update_fields=["state", "way", "done_at", "contacted", "solved", "satisfied"])
        changed: dict[str, Any] = {"changed_at": at, "version": matter.version + 1}
        if matter.rated_by not in standing.RATED_THEMSELVES:
            changed |= {
                "contacted": clean.get("contacted"),
                "solved": clean["solved"],
                "satisfied": clean["rating"],
                "rated_by": "call_back",
                "rated_at": at,
            }
            if Matter.objects.filter(merged_into=matter.pk, outcome="merged", solved=False).exists():
                # One thing is solved when it is for all who reported it.
                changed["solved"] = False
        facts: dict[str, Any] = {"way": "sms", "solved": clean["solved"], "rating": clean["rating"]}
        found, main_id = heard.listen([clean.get("words", "")]), matter.merged_into_id
        apart = main_id is None or not standing.is_joined(matter)
        if found is not None and apart:
            facts |= heard.mark(matter, found, at=at)
            clocks.watch(matter, of_version(matter.book_id), at=at)
            for name in heard.COLUMNS:
                changed[name] = getattr(matter, name)
        Matter.objects.filter(pk=matter.pk).update(**changed)
        entry = diary.write(
            matter,
            "call_back",
            by=RESIDENT,
            at=at,
            facts=facts,
            texts={"words": clean["words"]} if clean.get("words") else {},
            seen=True,
        )
        if clean["solved"] is False and standing.is_joined(matter) and matter.merged_into_id is not None:
            Matter.objects.filter(pk=matter.merged_into_id, outcome="answered").update(solved=False)
        if found is not None and apart:
            rules = of_version(matter.book_id)
            write_access(matter, standing.facts_of(matter, rules.book, rules.calendar, at))
            if found.certain:
                tell.queue_danger(matter, entry, rules.book, at=at)
        elif found is not None:
            assert main_id is not None
            heard.warn(main_id, matter.number, entry.turn, found, by=RESIDENT, at=at)
        diary.seal_others(matter, at=at)
    return row
