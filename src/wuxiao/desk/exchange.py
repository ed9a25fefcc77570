"""Hand-overs between platforms, 110 and 12345: what their signed notices do here, and what ours tell them.

The other platform stands in our rule book as a unit (its desk). A matter it offers stays with it until a person here
accepts (R1.3, R1.5); danger goes straight to 110 without any of that (R1.4). One number is visible on both sides; each
side keeps the other's in `external_id`. Personal words are put into a notice when it is sent, never stored with it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from wuxiao.desk import books, identity, matters, once, standing
from wuxiao.desk.act import act
from wuxiao.desk.actor import Actor
from wuxiao.desk.errors import Invalid, NotFound, Refused
from wuxiao.desk.identity import Use
from wuxiao.desk.matters import Report, read_phone
from wuxiao.desk.ways.hook import fits
from wuxiao.records.models import Matter, Message, Webhook, Words, WorkOrder
from wuxiao.rules.book_model import Book
from wuxiao.rules.flow import STEPS, State
from wuxiao.rules.words import Text
from wuxiao.typed.phones import Phone
from wuxiao.typed.trouble import Trouble

#: How far the clocks of two platforms may be apart, and how old a notice may be.
WINDOW = timedelta(minutes=5)
CHANNEL = "exchange"
#: What another platform decides about a matter that is with it or was offered to it.
DECIDES = frozenset({"accept", "refuse", "answer", "stand_down"})
#: What a requester said at the other platform about a matter that is with us.
SAID_THERE = frozenset({"add", "reply", "object", "urge", "withdraw"})
_NUMBER = re.compile(r"[0-9A-Z][0-9A-Z-]{5,23}")
_TOLD = ("reason", "reply", "channel")


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice of another platform, read from its body; `id` is the delivery's, unique for ever."""

    id: str
    verb: str
    number: str
    external_id: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    said: Mapping[str, str] = field(default_factory=dict)
    offer: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What a notice did: `result` is offered, urgent, accepted, refused, noted, answered, duplicate or ignored."""

    result: str
    matter: Matter | None
    why: Text | None = None


def platform(hook: Webhook) -> Actor:
    """Return the actor for another platform; it sees a matter only as far as this module found it involved."""
    return Actor("platform", None, None, hook.unit, hook.name)


def genuine(name: str, delivery: str, moment: str, signed: str, body: bytes, *, at: datetime) -> Webhook | None:
    """Return the platform that really sent this, or `None`: unknown, wrong signature, or outside the time window."""
    hook = Webhook.objects.filter(name=name, active=True).first()
    good = fits(signed, hook.secrets(at) if hook else ("?" * 43,), delivery, moment, body)
    if hook is None or not good or not delivery or not moment.isascii() or not moment.isdecimal() or len(moment) > 12:
        return None
    return hook if abs(at.timestamp() - int(moment)) <= WINDOW.total_seconds() else None


# ------------------------------------------------------------------------------------------------------------ inbound


def take(notice: Notice, hook: Webhook, *, at: datetime) -> Taken:
    """Do what a genuine notice asks; the same delivery again changes nothing and is answered `duplicate`.

    Raises `Invalid`, `Refused`, `NotFound`, or `Conflict` when a delivery id comes back with another verb or number.
    """
    key = f"ex-{hook.pk}-{notice.id}"
    content = {"verb": notice.verb, "number": notice.number}
    seen = once.served(key, content)
    if seen is not None:
        matter = Matter.objects.get(pk=seen)
        # It may be hidden from them since: then what stands there now is none of their business any more.
        return Taken("duplicate", matter if involved(matter, hook.unit) else None)
    by = platform(hook)
    with transaction.atomic():
        taken = _take(notice, by, at)
        if taken.matter is not None:
            once.remember(key, content, taken.matter.pk, at)
    return taken


def _take(notice: Notice, by: Actor, at: datetime) -> Taken:
    matter = _find(notice, by)
    if notice.offer is not None:
        return _offered(notice, notice.offer, matter, by, at)
    if notice.verb in DECIDES:
        if matter is None:
            raise NotFound(Text(f"没有与{notice.number}对应的事项", f"no matter here answers to {notice.number}"))
        return _decided(notice, matter, by, at)
    if matter is None:
        return Taken("ignored", None, Text("本平台没有这件事项", "this platform has no such matter"))
    return _told(notice, matter, by, at)


def _find(notice: Notice, by: Actor) -> Matter | None:
    """Our number first, then theirs; a matter the platform has no part in does not exist for it."""
    found = list(Matter.objects.filter(number=notice.external_id)) if notice.external_id else []
    found += Matter.objects.filter(external_id=notice.number).order_by("-id")[:20]
    found += Matter.objects.filter(number=notice.number)
    return next((matter for matter in found if involved(matter, by.unit)), None)


def involved(matter: Matter, unit: str) -> bool:
    """Tell whether a platform's unit has or had a part in a matter, as holder, sender or receiver, and may know it."""
    if unit in matter.hidden:
        return False
    if unit in {matter.holder, matter.offered_to, matter.sender}:
        return True
    return unit in standing.past_units(matter)


def _our_desk(book: Book, theirs: str) -> str:
    """Our desk opposite theirs: 110 faces the hotline, everyone else is faced by the hotline too."""
    unit = book.units.get(theirs)
    wanted = "police_command" if unit is not None and unit.type == "centre" else "centre"
    found = next((u.code for u in book.units.values() if u.type == wanted and u.code != theirs), "")
    if not found:
        raise Refused(Text("规则手册里没有对应的受理台", "the rule book names no desk opposite"), "no_desk")
    return found


def _offered(notice: Notice, offer: Mapping[str, Any], matter: Matter | None, by: Actor, at: datetime) -> Taken:
    book = books.current(at).book
    urgent = offer.get("emergency") is True
    police = book.units.get(by.unit)
    if not urgent and police is not None and police.type == "police_command":
        _check_sign_offs(offer, book)
    if matter is None:
        matter = matters.receive(_report(notice, offer, by, book), by=by, at=at, quiet=True)
    reason = str(offer.get("reason") or notice.said.get("reason") or "")
    if urgent:
        if matter.state != State.URGENT:
            matter = act(matter.pk, "bypass", {"reason": reason or "对方平台报告险情"}, by=by, at=at)
        return Taken("urgent", matter)
    given = {
        "unit": _our_desk(book, by.unit),
        "way": offer.get("way"),
        "caller_agrees": offer.get("caller_agrees"),
        "reason": reason,
        "sign_offs": offer.get("sign_offs") or [],
    }
    return Taken("offered", act(matter.pk, "hand_in", given, by=by, at=at))


def _check_sign_offs(offer: Mapping[str, Any], book: Book) -> None:
    rows = offer.get("sign_offs")
    signed = (
        {r.get("level") for r in rows if isinstance(r, Mapping) and r.get("agreed") is True}
        if isinstance(rows, list)
        else set()
    )
    if len(signed) < len(book.sign_levels):
        n = len(book.sign_levels)
        raise Invalid(
            {
                "sign_offs": Text(
                    f"110转来的事项要写明{n}级审核的结果(险情除外)",
                    f"a matter from 110 needs its {n} levels of sign-off (unless it is an emergency)",
                )
            }
        )


def _report(notice: Notice, offer: Mapping[str, Any], by: Actor, book: Book) -> Report:
    def word(name: str, within: Mapping[str, Any] = offer) -> str:
        return str(within.get(name) or "").replace("\x00", "").strip()

    agreed = offer.get("caller_agrees") is True or offer.get("emergency") is True
    person = offer.get("contact") if agreed and isinstance(offer.get("contact"), Mapping) else {}
    assert isinstance(person, Mapping)
    lat, lon = offer.get("lat"), offer.get("lon")
    phone = read_phone(word("phone", person), book)
    free = _NUMBER.fullmatch(notice.number) and not Matter.objects.filter(number=notice.number).exists()
    category = word("category")
    return Report(
        words=word("words"),
        channel=CHANNEL,
        lang="en" if word("lang").startswith("en") else "zh-hans",
        # Their codes are their own: one that our book does not know is left for a person to choose.
        category=category if category in book.categories else "",
        handling_class="urgent" if offer.get("emergency") is True else "",
        division=word("division") if word("division") in book.divisions else "",
        place=word("place"),
        lat=float(lat) if isinstance(lat, int | float) and isinstance(lon, int | float) else None,
        lon=float(lon) if isinstance(lat, int | float) and isinstance(lon, int | float) else None,
        name=word("name", person),
        # A number that cannot be read must not hold up a matter that another desk hands over.
        phone=phone.stored if isinstance(phone, Phone) else "",
        email=word("email", person),
        external_id=notice.number,
        number=notice.number if free else "",
        items=tuple(str(item) for item in offer.get("items") or [] if str(item).strip()),
        unit=by.unit,
        extra={"platform": by.name, **({"phone_unread": phone.code} if isinstance(phone, Trouble) else {})},
    )


def _decided(notice: Notice, matter: Matter, by: Actor, at: datetime) -> Taken:
    said = dict(notice.said)
    match notice.verb:
        case "accept":
            with transaction.atomic():
                if not matter.external_id:
                    # Sealed by the accept that follows; the number is theirs, the matter stays one.
                    Matter.objects.filter(pk=matter.pk).update(external_id=notice.number[:80])
                return Taken("accepted", act(matter.pk, "accept", {}, by=by, at=at))
        case "refuse":
            return Taken("refused", act(matter.pk, "refuse", {"reason": said.get("reason")}, by=by, at=at))
        case "stand_down":
            return Taken("noted", act(matter.pk, "stand_down", {"reply": said.get("reply")}, by=by, at=at))
    given = {
        "reply": said.get("reply"),
        "evidence": notice.facts.get("evidence"),
        "ticked": [str(n) for n in range(len(matter.items))],
    }
    return Taken("answered", act(matter.pk, "answer", given, by=by, at=at))


def _told(notice: Notice, matter: Matter, by: Actor, at: datetime) -> Taken:
    """Progress: what happened there is noted here, for the resident to see if it was to be seen there."""
    step = STEPS.get(notice.verb)
    own = "；".join(notice.said[name] for name in ("words", *_TOLD) if notice.said.get(name))
    name = step.name.say(matter.lang) if step else Text("进展", "progress").say(matter.lang)
    if not own and (step is None or not step.seen):
        return Taken("ignored", matter, Text("没有需要记录的内容", "nothing in it to be kept"))
    try:
        if notice.verb in SAID_THERE and matter.holder != by.unit and own:
            words = f"{name}：{own}"
            verb = "add" if matter.state not in {State.WAITING, State.CLOSED} else "note"
            return Taken("noted", act(matter.pk, verb, {"words": words}, by=by, at=at))
        words = f"{name}：{own}" if own else name
        seen = bool(step.seen) if step else True
        return Taken("noted", act(matter.pk, "note", {"words": words, "seen": seen}, by=by, at=at))
    except Refused as refused:
        return Taken("ignored", matter, refused.text)


# ----------------------------------------------------------------------------------------------------------- outbound


def text_of(row: Message) -> str:
    """Return the body of a notice as it goes out now: the queued facts, with the words the receiver needs.

    What was said in the step (reason, reply) goes to every platform that is told; the resident's words, place and
    contact only to the one that is being offered the matter, or that is called to a danger, and the contact only if
    the caller agreed or there is danger. Nothing erased since can go out.
    """
    body: dict[str, Any] = json.loads(row.text)
    matter, hook = row.matter, row.webhook
    if matter is None or hook is None or hook.unit in matter.hidden:
        return row.text
    matter.refresh_from_db()
    texts = Words.objects.filter(matter_id=matter.pk, turn=row.turn, field__in=_TOLD, erased_at__isnull=True)
    said = {words.field: words.text for words in texts if words.text}
    if said:
        body["said"] = said
    called = matter.state == State.URGENT and matter.holder == hook.unit
    if called or (matter.state == State.OFFERED and matter.offered_to == hook.unit):
        body["offer"] = _offer(matter, called)
    return json.dumps(body, ensure_ascii=False, sort_keys=True)


def _offer(matter: Matter, emergency: bool) -> dict[str, Any]:
    order = WorkOrder.objects.filter(matter_id=matter.pk, role="lead").order_by("-id").first()
    first = Words.objects.filter(matter_id=matter.pk, turn=1, field="words", erased_at__isnull=True).first()
    agreed = order.caller_agrees if order else None
    offer: dict[str, Any] = {
        "emergency": emergency,
        "words": first.text if first else "",
        "lang": matter.lang,
        "category": matter.category,
        "handling_class": matter.handling_class,
        "division": matter.division,
        "place": matter.place,
        "lat": matter.lat,
        "lon": matter.lon,
        "items": [item["text"] for item in matter.items],
        "way": (order.way if order else "") or "push",
        "caller_agrees": bool(agreed),
        "reason": order.reason if order else "",
        "sign_offs": [
            {"level": s.level, "agreed": s.agreed, "at": s.at.isoformat()}
            for s in matter.signoffs.filter(round=matter.sign_round).order_by("level")
        ]
        if matter.was_signed
        else [],
    }
    contact = identity.of(matter.pk, Use.HAND_OVER)
    if contact is not None and (emergency or agreed):
        offer["contact"] = {"name": contact.name, "phone": contact.phone, "email": contact.email}
    return offer
