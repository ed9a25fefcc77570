"""Hand-overs between platforms, 110 and 12345: what their signed notices do here, and what ours tell them.

The other platform stands in our rule book as a unit (its desk). A matter it offers stays with it until a person here
accepts (R1.3, R1.5); danger goes straight to 110 without any of that (R1.4). One number is visible on both sides; each
side keeps the other's in `external_id`. Personal words are put into a notice when it is sent, never stored with it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from wuxiao.desk.base import once
from wuxiao.desk.base.actor import SYSTEM, Actor
from wuxiao.desk.base.errors import DeskError, Invalid, NotFound, Refused
from wuxiao.desk.case import heard, sentences, standing, tell, wishes
from wuxiao.desk.case.act import act
from wuxiao.desk.matters import despite, matters, offers, secrecy
from wuxiao.desk.matters.matters import Report, read_phone
from wuxiao.desk.matters.offers import Offer, Secrecy
from wuxiao.desk.people import identity
from wuxiao.desk.people.identity import Use
from wuxiao.desk.town import books
from wuxiao.desk.ways.hook import fits
from wuxiao.records.models import Entry, Matter, Message, Webhook, Words, WorkOrder
from wuxiao.rules import flow, hide
from wuxiao.rules.book_model import Book
from wuxiao.rules.flow import STEPS, State
from wuxiao.rules.words import Text
from wuxiao.typed.phones import Phone
from wuxiao.typed.plain import latin
from wuxiao.typed.trouble import Trouble

#: How far the clocks of two platforms may be apart, and how old a notice may be.
WINDOW = timedelta(minutes=5)
CHANNEL = "exchange"
#: What another platform decides about a matter that is with it or was offered to it.
DECIDES = frozenset({"accept", "refuse", "answer", "stand_down"})
#: What a requester said at the other platform about a matter that is with us.
SAID_THERE = flow.SAID
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
    """What a notice did: `result` is offered, urgent, accepted, refused, noted, answered, kept, duplicate, ignored."""

    result: str
    matter: Matter | None
    why: Text | None = None
    #: The matter it was about, where the platform may know no more of it.
    done: int | None = None


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
    key = f"ex-{hook.pk}-{despite.short(notice.id)}"
    content = {"verb": notice.verb, "number": notice.number}
    seen = once.served(key, content)
    if seen is not None:
        matter = Matter.objects.get(pk=seen)
        # It may be hidden from them since: then what stands there now is none of their business any more.
        return Taken("duplicate", matter if involved(matter, hook.unit) else None)
    by = platform(hook)
    try:
        with heard.kept(), transaction.atomic():
            taken = _take(notice, by, at)
            if (done := taken.matter.pk if taken.matter is not None else taken.done) is not None:
                once.remember(key, content, done, at)
    except DeskError as error:
        if isinstance(unread := error.told, Unread):
            unread.keep(error)
        raise
    return taken


def _take(notice: Notice, by: Actor, at: datetime) -> Taken:
    matter = _find(notice, by)
    if notice.offer is not None:
        return _offered(notice, matter, by, at)
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
    if notice.number:
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


def _offered(notice: Notice, matter: Matter | None, by: Actor, at: datetime) -> Taken:
    assert notice.offer is not None
    book = books.current(at).book
    try:
        offer = offers.read(notice.offer, notice.said, book)
    except DeskError as error:
        _still_heard(notice, error, matter, by, at)
        raise
    if matter is not None:
        # Heard before anything is asked of the other platform: its words may be all that tells of danger.
        matter = _warned(notice, offer, matter, by, at)
        if offer.secrecy.asked:
            secrecy.keep_from(matter.pk, offer.secrecy.each(book), by=by, at=at, once="")
            despite.tell_desk(matter, offer.secrecy.notes, at=at)
            matter.refresh_from_db()
            if not involved(matter, by.unit):
                return _kept(matter, offer.secrecy.notes)
        if offer.emergency and by.unit != matter.holder:
            # It is in our hands: it stands first on the list of whoever has it, and a person passes it to 110.
            said = Text("险情已记下，正在办理的单位先看", "the danger is noted; the unit that has it looks first")
            return Taken("noted", matter, said)
        if _kept_here(matter):
            return Taken("noted", matter, Text("因为有险情，已经收在我们这里", "kept here already, for its danger"))
    try:
        return _handed_in(notice, offer, matter, by, at, book)
    except DeskError as error:
        _still_heard(notice, error, matter, by, at)
        raise


def _kept_here(matter: Matter) -> bool:
    """Tell whether a matter is in our hands because an offer of it was refused and spoke of danger."""
    if matter.channel != CHANNEL or matter.state == State.URGENT:
        return False
    first = Entry.objects.filter(matter_id=matter.pk, verb="receive").values_list("facts", flat=True).first() or {}
    return "platform" not in first


def _still_heard(notice: Notice, error: DeskError, matter: Matter | None, by: Actor, at: datetime) -> None:
    """Let certain danger in an offer that is refused be kept: on its matter, or as a report of its own."""
    raw = notice.offer or {}
    if error.told is not None:
        return
    if matter is not None:
        texts = {name: text for name in ("words", "reason") if isinstance(text := raw.get(name), str)}
        error.told = heard.Told(matter.pk, notice.verb, texts, by, at)
        return
    error.told = Unread(raw, notice, by, at)


@dataclass(frozen=True, slots=True)
class Unread:
    """An offer of a new matter that was refused, until what it says of danger is kept (after all else is undone)."""

    raw: Mapping[str, Any]
    notice: Notice
    by: Actor
    at: datetime

    def keep(self, error: DeskError) -> None:
        """Keep it, if it says for certain that there is danger; `error` then says so."""
        book = books.current(self.at).book
        texts = [self.raw.get(name) for name in ("words", "reason", "place")]
        contact = self.raw.get("contact")
        given = {**self.raw, **(contact if isinstance(contact, Mapping) else {})}
        report = despite.of_raw(given, channel=CHANNEL, lang="zh-hans", book=book)
        asked = offers.secrecy_of(self.raw, report.words, book, taken=True)
        # Nobody has it in hand but us: it was not taken as theirs.
        desk = _our_desk(book, self.by.unit)
        report = replace(
            report, about=asked.about, shielded=asked.shielded, external_id=self.notice.number[:80], unit=desk
        )
        despite.hear(error, report, by=self.by, at=self.at, others=[t for t in texts if isinstance(t, str)])


def _kept(matter: Matter, notes: Iterable[Text] = (), *, urgent: bool = False) -> Taken:
    """Return the answer where the matter is kept from the other platform from now on: it is told no more of it."""
    said = [
        Text(
            "已按保密要求收下，贵方以后看不到这件事" + ("；险情已交能知道的单位先处置" if urgent else ""),
            "taken and kept secret as asked: you cannot see it from now on"
            + ("; the danger is with the unit that may know of it" if urgent else ""),
        ),
        *notes,
    ]
    return Taken("kept", None, Text("；".join(one.zh for one in said), "; ".join(one.en for one in said)), matter.pk)


def _handed_in(notice: Notice, offer: Offer, matter: Matter | None, by: Actor, at: datetime, book: Book) -> Taken:
    police, urgent = book.units.get(by.unit), offer.emergency
    if not urgent and police is not None and police.type == "police_command":
        _check_sign_offs(offer, book)
    notes: dict[str, Text] = dict(offer.notes)
    fresh = matter is None
    if matter is None:
        # Nobody can be asked here: where the resident's page would begin with "yes", it is "yes".
        report = secrecy.by_default(_report(notice, offer, by, book), book)
        if urgent:
            report, more = despite.mend(report, book)
            notes |= more
        unasked = by.unit in hide.from_about(book, report.about, report.division)
        if unasked:
            report = replace(report, unit=_our_desk(book, by.unit))
        matter = matters.receive(report, by=by, at=at, quiet=True)
    reason = offer.said["reason"]
    barred = not involved(matter, by.unit)
    who = SYSTEM if barred else by
    if urgent and matter.state != State.URGENT:
        given = {"reason": reason[: matters.MAX_WORDS] or "对方平台报告险情"}
        matter = act(matter.pk, "bypass", given, by=who, at=at)
    said = [*offer.secrecy.notes, *notes.values()]
    if fresh:
        despite.tell_desk(matter, said, at=at)
        matter.refresh_from_db()
    if barred:
        return _kept(matter, said, urgent=urgent)
    if urgent:
        return Taken("urgent", matter, _all(said))
    asked: dict[str, Any] = {
        "unit": _our_desk(book, by.unit),
        "way": offer.said["way"],
        "caller_agrees": offer.caller_agrees,
        "reason": reason,
        "sign_offs": list(offer.sign_offs),
    }
    return Taken("offered", act(matter.pk, "hand_in", asked, by=by, at=at), _all(said))


def _all(said: Sequence[Text]) -> Text | None:
    return Text("；".join(one.zh for one in said), "; ".join(one.en for one in said)) if said else None


def _warned(notice: Notice, offer: Offer, matter: Matter, by: Actor, at: datetime) -> Matter:
    """Keep what an offer says of danger in a matter that is here; an emergency is one without such words too."""
    texts = {name: text[: matters.MAX_WORDS] for name, text in offer.words().items()}
    found = heard.listen(texts.values())
    if not offer.emergency and (found is None or not found.certain):
        return matter
    matter = Matter.objects.select_for_update().get(pk=matter.pk)
    facts = heard.open_danger(matter, found.kinds if found is not None else ())
    heard.save(matter, facts | {"step": notice.verb}, by=by, at=at, texts=texts)
    return matter


def _check_sign_offs(offer: Offer, book: Book) -> None:
    signed = {row["level"] for row in offer.sign_offs if row["agreed"]}
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


def _report(notice: Notice, offer: Offer, by: Actor, book: Book) -> Report:
    said = offer.said
    person = offer.person if offer.caller_agrees is True or offer.emergency else {}
    phone = read_phone(person.get("phone", ""), book)
    # A number of our own form is never taken over, whether it is in use here or not: an offer must not tell which.
    ours = latin(notice.number).strip().upper().startswith(matters.NUMBER_PREFIX)
    free = not ours and _NUMBER.fullmatch(notice.number) and not Matter.objects.filter(number=notice.number).exists()
    return Report(
        words=said["words"],
        channel=CHANNEL,
        lang="en" if said["lang"].startswith("en") else "zh-hans",
        # Their codes are their own: one that our book does not know is left for a person to choose.
        category=said["category"] if said["category"] in book.categories else "",
        handling_class="urgent" if offer.emergency else "",
        division=said["division"] if said["division"] in book.divisions else "",
        place=said["place"],
        lat=offer.lat,
        lon=offer.lon,
        name=person.get("name", ""),
        # A number that cannot be read must not hold up a matter that another desk hands over; an emergency says so.
        phone=phone.stored if isinstance(phone, Phone) else person.get("phone", "") if offer.emergency else "",
        email=person.get("email", ""),
        about=offer.secrecy.about,
        shielded=offer.secrecy.shielded,
        external_id=notice.number,
        number=notice.number if free else "",
        items=offer.items,
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


def _opened(notice: Notice, matter: Matter, by: Actor, at: datetime) -> Taken:
    """Take back secrecy that this platform brought, once its requester says so and agreed that we are told.

    What she asked for here, or anybody else brought, stays.
    """
    facts, book = notice.facts, books.of_version(matter.book_id).book
    if facts.get("caller_agrees") is not True or not isinstance(facts.get("about"), list):
        said = Text(
            "要写明诉求人同意（caller_agrees: true），以及还对谁保密（about）",
            "say that the requester agreed (caller_agrees: true), and from whom it is kept still (about)",
        )
        return Taken("ignored", matter, said)
    still = offers.secrecy_of(facts, "", book, taken=True).about
    brought = {one.about for one in wishes.of(matter) if one.by is wishes.By.BROUGHT and one.unit == by.unit}
    gone, name = sorted(brought - {"", *still}), "" in brought and facts.get("shielded") is False
    if not gone and not name:
        return Taken("ignored", matter, Text("没有贵方带来的保密可以撤", "nothing that you brought can be taken back"))
    house = replace(SYSTEM, unit=by.unit, name=by.name)
    return Taken("noted", act(matter.pk, "unshield", {"whom": gone, "open_name": name}, by=house, at=at))


def _told(notice: Notice, matter: Matter, by: Actor, at: datetime) -> Taken:
    """Progress: what happened there is noted here, for the resident to see if it was to be seen there."""
    if notice.verb == "unshield":
        return _opened(notice, matter, by, at)
    book = books.current(at).book
    step = STEPS.get(notice.verb)
    own = "；".join(notice.said[name] for name in ("words", *_TOLD) if notice.said.get(name))
    name = step.name.say(matter.lang) if step else Text("进展", "progress").say(matter.lang)
    hers = notice.verb in SAID_THERE
    asked = _wish(notice, own, matter, book) if hers else Secrecy()
    if not own and not asked.asked and (step is None or not step.seen):
        return Taken("ignored", matter, Text("没有需要记录的内容", "nothing in it to be kept"))
    each = asked.each(book)
    words = f"{name}：{own}" if own else name
    try:
        if hers and matter.holder != by.unit and own and matter.state not in {State.WAITING, State.CLOSED}:
            secrecy.take(matter.pk, "add", {"words": words}, each, by=by, at=at, theirs=True)
        elif own or not asked.asked:
            given = {"words": words, "seen": bool(step.seen) if step else True}
            secrecy.take(matter.pk, "note", given, each, by=by, at=at, theirs=hers)
        else:
            secrecy.keep_from(matter.pk, each, by=by, at=at, once="")
    except Refused as refused:
        if asked.asked:
            # What she wrote cannot be put down now; that it is kept from them is carried out all the same.
            secrecy.keep_from(matter.pk, each, by=by, at=at, once="")
        elif refused.danger is None:
            return Taken("ignored", matter, refused.text)
        # No step is open (it is closed, say), and danger was heard and kept all the same.
    despite.tell_desk(matter, asked.notes, at=at)
    matter.refresh_from_db()
    if not involved(matter, by.unit):
        return _kept(matter, asked.notes)
    return Taken("noted", matter, _all(asked.notes))


def _wish(notice: Notice, own: str, matter: Matter, book: Book) -> Secrecy:
    """Return from whom the matter is to be kept from now on: as the notice says, and as the words ask or accuse.

    Nobody can be asked here, as the resident's page asks: where it would be asked, the answer is yes.
    """
    asked = offers.secrecy_of(notice.facts, own, book, taken=notice.verb != "shield")
    spoken = secrecy.asked_later(own, matter, book) if own else None
    if spoken is not None:
        named = (*spoken.units, *((spoken.body,) if spoken.body else ()))
        return Secrecy(tuple(dict.fromkeys([*asked.about, *named])), True, asked.notes)
    return replace(asked, shielded=True) if notice.verb == "shield" else asked


# ----------------------------------------------------------------------------------------------------------- outbound


def text_of(row: Message) -> str:
    """Return the body of a notice as it goes out now: the queued facts, with the words the receiver needs.

    What was said in the step (reason, reply) goes to every platform that is told; the resident's words, place and
    contact only to the one that is being offered the matter, or that is called to a danger, and the contact only if
    the caller agreed or there is danger; words that tell of danger later to all who are at work on it. Nothing erased
    since can go out.
    """
    body: dict[str, Any] = json.loads(row.text)
    hook = row.webhook
    if row.matter is None or hook is None or hook.unit in row.matter.hidden:
        return row.text
    matter = matters.of_case(row.matter)
    matter.refresh_from_db()
    texts = Words.objects.filter(matter_id=matter.pk, turn=row.turn, field__in=_TOLD, erased_at__isnull=True)
    said = {words.field: words.text for words in texts if words.text}
    if "danger" in body.get("facts", {}) and hook.unit in tell.at_work(matter):
        # Who is at work on it and is told of danger needs the words that speak of it.
        said |= _heard(matter, row.turn)
    if said:
        body["said"] = said
    if hook.unit in tell.at_work(matter) and body["verb"] in {"shield", "unshield"}:
        # Who works on it must keep it from the same people, and from no others.
        body["facts"] = body.get("facts", {}) | _secrecy(matter, books.of_version(matter.book_id).book)
    called = matter.state == State.URGENT and matter.holder == hook.unit
    if called or (matter.state == State.OFFERED and matter.offered_to == hook.unit):
        body["offer"] = _offer(matter, called)
    return json.dumps(body, ensure_ascii=False, sort_keys=True)


def _heard(matter: Matter, turn: int) -> dict[str, str]:
    entries = list(Entry.objects.filter(matter_id=matter.pk, turn=turn))
    words = sentences.heard(entries, sentences.read_words(matter.pk))
    return {field: text for field in ("words", "reason") if (text := words.get((turn, field)))}


def _secrecy(matter: Matter, book: Book) -> dict[str, Any]:
    """Return from whom a matter is kept, for a platform that works on it: it must be kept from the same there."""
    about, hidden = sorted(hide.unpack(matter.about)), sorted(matter.hidden)
    named = {}
    for one in (*about, *hidden):
        kind = book.units[one].type if one in book.units else one
        named[one] = {"kind": kind, "name": hide.name_of(book, one).zh}
    return {"about": about, "hidden": hidden, "shielded": matter.shielded, "named": named}


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
        **_secrecy(matter, books.of_version(matter.book_id).book),
    }
    contact = identity.of(matter.pk, Use.HAND_OVER)
    if contact is not None and (emergency or agreed):
        offer["contact"] = {"name": contact.name, "phone": contact.phone, "email": contact.email}
    return offer
