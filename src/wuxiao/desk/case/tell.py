"""Telling people: messages are written in the transaction of the act and sent after it by the worker.

Failing to send never undoes an act. Each message has a key that is unique for ever, so none is queued twice.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection
from django.db.models import F

from wuxiao.desk.base import fresh
from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.put import put
from wuxiao.desk.case.standing import past_units
from wuxiao.desk.diary import vouched
from wuxiao.desk.people import identity
from wuxiao.desk.people.identity import Person, Use
from wuxiao.desk.town.books import Rules
from wuxiao.records.models import Case, Entry, Message, Post, Webhook, WorkOrder
from wuxiao.rules import hide
from wuxiao.rules.access import Role
from wuxiao.rules.book_model import Book, DangerRung, Rung
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.codes import grouped
from wuxiao.rules.messages import MESSAGES, SUBJECTS
from wuxiao.rules.promise import Term, Why
from wuxiao.rules.words import Text


def day(at: datetime | None, lang: str, *, now: datetime | None = None) -> str:
    """Return a date as people of this language write it: 2月26日17:30, or 26 Feb 17:30; another year is said."""
    if at is None:
        return "—"
    local = at.astimezone(SHANGHAI)
    other = now is not None and now.astimezone(SHANGHAI).year != local.year
    if lang.startswith("en"):
        return f"{local.day} {local:%b %Y %H:%M}" if other else f"{local.day} {local:%b %H:%M}"
    return f"{f'{local.year}年' if other else ''}{local.month}月{local.day}日{local:%H:%M}"


def page_of(matter: Case) -> str:
    """Return the address of the resident's progress page."""
    return f"{settings.BASE_URL}/p/{matter.code}"


def compose(
    verb: str,
    matter: Case,
    rules: Rules,
    lang: str,
    *,
    url: str = "",
    now: datetime | None = None,
    more: Text | None = None,
) -> tuple[str, str]:
    """Return subject and text of a message; also the preview that administrators see. `more`: what was granted."""
    template: Text = MESSAGES[verb]
    values = {
        "number": matter.number,
        "code": grouped(matter.code),
        "more": (more or _SOME_MORE).say(lang),
        "due": day(matter.due_at, lang, now=now),
        "url": url or page_of(matter),
        "unit": rules.book.units[matter.holder].name.say(lang) if matter.holder in rules.book.units else "",
        "town": rules.book.town.name.say(lang) + ("12345" if not lang.startswith("en") else " 12345"),
    }
    return SUBJECTS.fill(number=matter.number).say(lang), template.fill(**values).say(lang)


#: Stands in a preview for the term of an extension.
_SOME_MORE = Term.parse("5 working_days").words


def _granted(matter: Case) -> Text | None:
    """Return by how much the date of a matter was moved last, in words that say which kind of days."""
    stored = matter.promise.get("why")
    found = Why.from_json(stored).extensions if stored else ()
    return found[-1].extension.term.words if found else None


#: What concerns the one requester who is asked, not those joined to the report.
_TO_ONE = frozenset({"ask", "resume", "call_back"})


def plain(address: str) -> str:
    """Return a number or address as it is compared: one person writes it in several ways."""
    return "".join(c for c in address.casefold() if c not in " -()\u00a0\u3000").removeprefix("+86")


_JOINED = "SELECT id FROM records_matter WHERE merged_into_id = %s AND outcome = 'merged'"


def queue(
    matter: Case,
    verb: str,
    rules: Rules,
    *,
    at: datetime,
    turn: int,
    url: str = "",
    tag: str = "",
    contacts: Sequence[Person] | None = None,
    by_reporter: int | None = None,
    words: str = "",
    more: Text | None = None,
) -> None:
    """Queue one message per way to everyone who reported this matter (also those merged into it).

    Of several reports from one number or address only the first is told. `contacts` may be given by a caller that
    knows them all (a matter just received). `by_reporter` is the matter whose requester took the step: the others read
    what happened, not that they did it. A question goes to the one who is asked alone. `words` are those of another
    message than the verb's own; `more` is what it says beside.
    """
    if contacts is None:
        mine = identity.of(matter.pk, Use.TELL)
        own_and_joined = [mine] if mine is not None else []
        others: list[int] = []
        if verb not in _TO_ONE:
            with connection.cursor() as cursor:
                cursor.execute(_JOINED, [matter.pk])
                others = [pk for (pk,) in cursor.fetchall()]
        if others:
            joined = identity.of_many(others, Use.TELL)
            own_and_joined += sorted(joined, key=lambda c: (c.matter.received_at, c.matter_id))
        contacts = own_and_joined
    rows: list[Message] = []
    more = _granted(matter) if verb == "grant" else more
    reached: set[tuple[str, str]] = set()
    if by_reporter is not None:
        contacts = sorted(contacts, key=lambda c: c.matter_id != by_reporter)
    for contact in contacts:
        own = matter if contact.matter_id == matter.pk else contact.matter
        if own is not matter:
            own.due_at, own.holder = matter.due_at, matter.holder
        said = words or verb
        if by_reporter is not None and own.pk != by_reporter and f"{verb}_other" in MESSAGES:
            said = f"{verb}_other"
        subject, text = compose(said, own, rules, own.lang, url=url if own is matter else "", now=at, more=more)
        for way, address in (("sms", contact.phone if contact.by_sms else ""), ("mail", contact.email)):
            if address and (key := (way, plain(address))) not in reached:
                reached.add(key)
                rows.append(
                    vouched.sealed(
                        Message(
                            matter=own,
                            turn=turn,
                            verb=verb,
                            way=way,
                            lang=own.lang,
                            subject=subject,
                            text=text,
                            key=f"{own.pk}-{matter.pk}-{turn}-{verb}-{way}{tag}",
                            created_at=at,
                            next_at=at,
                        )
                    )
                )
    put(rows, ignore=True)


@dataclass(slots=True)
class _Seen:
    watch: fresh.Watch
    hooks: tuple[Webhook, ...] = ()


_seen = _Seen(fresh.Watch())


def _hooks() -> tuple[Webhook, ...]:
    # Every act asks; a connection made or ended by another process counts within three seconds.
    if (mark := _seen.watch.changed()) is not None:
        _seen.hooks = tuple(Webhook.objects.filter(active=True))
        _seen.watch.keep(mark)
    return _seen.hooks


#: Facts that stay in the house: numbers of other matters, and from whom this one is kept.
_OWN = frozenset(
    {"into", "numbers", "number", "main", "split_from", "voice", "voice_turn", "about", "hidden", "freed", "kept"}
)
#: Steps of which another platform hears only where it is at work on the matter and the requester agreed to that.
_ASKED_FIRST = frozenset({"unshield"})
#: Steps in whose facts `from` is another matter, not a unit.
_FROM_A_MATTER = frozenset({"unmerge", "succeed"})


def queue_hooks(matter: Case, entry: Entry, units: Iterable[str], *, at: datetime) -> None:
    """Queue a signed notice for every platform that subscribed to this verb and has a part in the matter.

    Those that hold it or are offered it hear of every step, those it went through of what the requester sees too. Not
    told: the platform that took the step itself, and units from which the matter is hidden. Personal words are added
    when it is sent.
    """
    hooks = _hooks()
    if not hooks or (entry.verb in _ASKED_FIRST and entry.facts.get("caller_agrees") is not True):
        return
    wanted = {u for u in units if u}
    if entry.seen and entry.verb not in _ASKED_FIRST:
        wanted |= past_units(matter)
    # Nor do those from whom it was kept until now: they never hear that it was.
    wanted -= {*matter.hidden, *entry.facts.get("freed", ())}
    if entry.actor == "platform":
        wanted.discard(entry.unit)
    put(
        [
            _notice(hook, matter, entry, at)
            for hook in hooks
            if hook.unit in wanted and (not hook.verbs or entry.verb in hook.verbs)
        ],
        ignore=True,
    )


def _notice(hook: Webhook, matter: Case, entry: Entry, at: datetime) -> Message:
    own = _OWN | {"from"} if entry.verb in _FROM_A_MATTER else _OWN
    return vouched.sealed(
        Message(
            matter=matter,
            turn=entry.turn,
            verb=entry.verb,
            way="hook",
            lang="",
            text=json.dumps(
                {
                    "id": f"{matter.pk}-{entry.turn}",
                    "verb": entry.verb,
                    "at": entry.at.isoformat(),
                    "number": matter.number,
                    "external_id": matter.external_id,
                    "state": matter.state,
                    "holder": matter.holder,
                    "offered_to": matter.offered_to,
                    "due_at": matter.due_at.isoformat() if matter.due_at else None,
                    "facts": {k: v for k, v in entry.facts.items() if k not in own},
                },
                ensure_ascii=False,
                sort_keys=True,
            ),
            key=f"hook-{hook.pk}-{matter.pk}-{entry.turn}",
            created_at=at,
            next_at=at,
            webhook=hook,
        )
    )


def at_work(matter: Case) -> set[str]:
    """Return the units that have a matter in hand now: who holds it, who is offered it, who does a part of it."""
    parts = WorkOrder.objects.filter(matter_id=matter.pk, role="co", state="accepted").values_list("unit", flat=True)
    return {matter.holder, matter.offered_to, *parts} - {""}


def queue_danger(matter: Case, entry: Entry, book: Book, *, at: datetime) -> None:
    """Tell everybody who is at work on a matter, in the same turn, that danger was told of later.

    Platforms, whatever steps they asked to hear of (`desk.exchange` adds the words when the notice goes out), and by
    mail, without a word of it, the units whose address the rule book names. Whoever it is hidden from, and whoever said
    it, is told nothing.
    """
    units = {unit for unit in at_work(matter) if not hide.barred(book, matter.hidden, unit)}
    if entry.actor == "platform":
        units.discard(entry.unit)
    rows = [_notice(hook, matter, entry, at) for hook in _hooks() if hook.unit in units]
    url = f"{settings.BASE_URL}/staff/q/inbox"
    zh = f"【{book.town.name.zh}12345】你们在办的一件事，诉求人后来说到可能有危险，请马上看待办第一件：{url}"
    en = (
        f"[{book.town.name.en} 12345] On a matter your unit works on danger was told of later. Please look at once at "
        f"the first on your list: {url}"
    )
    for unit in sorted(units & book.units.keys()):
        if address := book.units[unit].mail:
            key = f"danger-{unit}-{matter.pk}-{entry.turn}"
            subject = "可能有危险 / Possible danger"
            rows.append(house_mail(address, "danger", subject, Text(zh, en), key, at=at, matter=matter))
    put(rows, ignore=True)


def queue_urgent(matter: Case, entry: Entry, book: Book, *, at: datetime) -> None:
    """Tell who has a matter in danger now that it came, by mail where the rule book names one, without a word of it."""
    unit = book.units.get(matter.holder)
    if unit is None or not unit.mail or unit.code in matter.hidden:
        return
    url = f"{settings.BASE_URL}/staff/q/inbox"
    zh = f"【{book.town.name.zh}12345】一件可能有危险的事紧急交到你们手里，请马上看待办第一件：{url}"
    en = (
        f"[{book.town.name.en} 12345] A matter in which somebody may be in danger was passed to your unit. Please look "
        f"at once at the first on your list: {url}"
    )
    key = f"danger-{unit.code}-{matter.pk}-{entry.turn}"
    subject = "可能有危险 / Possible danger"
    put([house_mail(unit.mail, "danger", subject, Text(zh, en), key, at=at, matter=matter)], ignore=True)


def queue_rung(matter: Case, book: Book, rung: Rung, said: Text, *, at: datetime) -> None:
    """Write to the people whom a rung of the ladder names that a matter waits: once a day each, without a word of it.

    Of handlers the one who has it, where one was named; nobody of a unit it is kept from. Whoever has no mail address
    in their account reads it on their lists.
    """
    held = Post.objects.filter(role=rung.to, unit__in=sorted(role_units(matter, book, rung.to)), staff__is_active=True)
    if rung.to == Role.HANDLER and matter.handler_id is not None:
        held = held.filter(staff=matter.handler_id)
    url = f"{settings.BASE_URL}/staff/"
    zh = f"【{book.town.name.zh}12345】{rung.name.zh}：有事项等着答复，{said.zh}。请登录看列表：{url}"
    en = f"[{book.town.name.en} 12345] {rung.name.en}: a matter waits for its answer ({said.en}). Please sign in: {url}"
    subject = f"{rung.name.zh} / {rung.name.en}"
    day = at.astimezone(SHANGHAI).date().isoformat()
    rows = [
        house_mail(address, rung.verb, subject, Text(zh, en), f"rung-{rung.verb}-{staff}-{day}", at=at, matter=matter)
        for staff, address in sorted(set(held.values_list("staff_id", "staff__email")))
        if address
    ]
    if rows:
        put(rows, ignore=True)


def queue_apart_late(matter: Case, book: Book, number: int, *, at: datetime) -> None:
    """Write to those who lead the desk, from the second time to whoever supervises too, that a reporter waits to hear
    whether hers is the same thing. Not a word of the matter; nobody of a unit it is kept from."""
    url = f"{settings.BASE_URL}/staff/q/apart"
    zh = f"【{book.town.name.zh}12345】有诉求人说合在一起的不是同一件事，还没有人看。请登录看“说不是同一件事”：{url}"
    en = (
        f"[{book.town.name.en} 12345] A reporter says that what was joined is another thing, and nobody has looked "
        f"yet. Please sign in and see “Said to be another thing”: {url}"
    )
    rows = []
    for role in (Role.CENTRE_LEAD, Role.SUPERVISOR)[: 1 if number == 1 else 2]:
        held = Post.objects.filter(role=role, unit__in=sorted(role_units(matter, book, role)), staff__is_active=True)
        rows += [
            house_mail(
                address,
                "apart_late",
                "不是同一件事，还没有看 / Said to be another thing, not looked at",
                Text(zh, en),
                f"apart-late-{matter.pk}-{matter.turn}-{staff}",
                at=at,
                matter=matter,
            )
            for staff, address in sorted(set(held.values_list("staff_id", "staff__email")))
            if address
        ]
    if rows:
        put(rows, ignore=True)


def role_units(matter: Case, book: Book, to: str) -> set[str]:
    """Return the units whose people of a role are told of a matter by the clock; none it is hidden from."""
    match Role(to):
        case Role.OPERATOR | Role.CENTRE_LEAD:
            units = {unit.code for unit in book.units.values() if unit.type == "centre"}
        case Role.POLICE_OPERATOR:
            units = {unit.code for unit in book.units.values() if unit.type == "police_command"}
        case Role.SUPERVISOR | Role.CHIEF:
            holder = book.units.get(matter.holder)
            over = {matter.supervisor_unit, holder.supervisor if holder else ""}
            units = over | {unit.code for unit in book.units.values() if unit.type == "supervision"}
        case _:
            units = at_work(matter)
    return {unit for unit in units if unit in book.units and not hide.barred(book, matter.hidden, unit)}


def queue_danger_late(
    matter: Case,
    entry: Entry,
    book: Book,
    units: Collection[str],
    step: DangerRung,
    *,
    at: datetime,
    what: str = "danger",
) -> None:
    """Write to units and to their people of a role that danger stands open which nobody has looked at, or (`what` is
    "unread") that words came which nobody could read.

    By mail, where the book names a unit's address or the account one, without a word of the matter; to a platform by a
    notice. Everybody else reads it on the list of open danger.
    """
    rows = [_notice(hook, matter, entry, at) for hook in _hooks() if hook.unit in units]
    held = Post.objects.filter(role=step.to, unit__in=sorted(units), staff__is_active=True)
    addresses = {book.units[unit].mail for unit in units} | set(held.values_list("staff__email", flat=True))
    url = f"{settings.BASE_URL}/staff/q/{what}"
    rung = entry.facts["rung"]
    zh = f"【{book.town.name.zh}12345】有一件事可能有危险，{rung['zh']}。请马上登录看“险情未看”：{url}"
    en = (
        f"[{book.town.name.en} 12345] A matter may be dangerous: {rung['en']}. Please sign in at once and look at the "
        f"list “Danger not looked at”: {url}"
    )
    if what == "unread":
        zh = (
            f"【{book.town.name.zh}12345】有一件事是用程序读不懂的话写的，{rung['zh']}。请马上登录看“外语没读懂”：{url}"
        )
        en = (
            f"[{book.town.name.en} 12345] A matter holds words in a language the program does not read: {rung['en']}. "
            f"Please sign in at once and look at the list “Words nobody could read”: {url}"
        )
    for n, address in enumerate(sorted(addresses - {""})):
        key = f"{what}-late-{matter.pk}-{entry.turn}-{n}"
        subject = f"{step.name.zh} / {step.name.en}"
        rows.append(house_mail(address, f"{what}_late", subject, Text(zh, en), key, at=at, matter=matter))
    put(rows, ignore=True)


def house_mail(
    address: str, verb: str, subject: str, said: Text, key: str, *, at: datetime, matter: Case | None = None
) -> Message:
    """Return a mail in both languages to an address of the house itself (a unit's, a member of staff's), to be put."""
    return vouched.sealed(
        Message(
            matter=matter,
            verb=verb,
            way="mail",
            lang="",
            address=address,
            subject=subject,
            text=f"{said.zh}\n\n{said.en}",
            key=key,
            created_at=at,
            next_at=at,
        )
    )


def queue_units(
    case: Case,
    units: Iterable[str],
    verb: str,
    subject: str,
    said: Text,
    path: str,
    book: Book,
    *,
    at: datetime,
    key: str,
) -> None:
    """Write to units that something waits for them: by mail, where the rule book names their address, without a word.

    Nothing is written to a unit the case is kept from; `path` is the page to sign in for, `key` unique for ever.
    """
    url = f"{settings.BASE_URL}{path}"
    zh = f"【{book.town.name.zh}12345】{said.zh}：{url}"
    en = f"[{book.town.name.en} 12345] {said.en}: {url}"
    told = [u for u in sorted(set(units) & book.units.keys()) if not hide.barred(book, case.hidden, u)]
    rows = [
        house_mail(book.units[u].mail, verb, subject, Text(zh, en), f"{key}-{u}"[:80], at=at, matter=case)
        for u in told
        if book.units[u].mail
    ]
    put(rows, ignore=True)


def auditors() -> set[str]:
    """Return the mail addresses of all auditors whose account is in use (one query)."""
    held = Post.objects.filter(role=Role.AUDITOR.value, staff__is_active=True)
    return set(held.values_list("staff__email", flat=True)) - {""}


def queue_late(matter: Case, book: Book, *, at: datetime) -> None:
    """Write to the body that oversees whoever is late, where the rule book names its mail: once a day, without a word.

    Where a matter is kept from that body, to the one in its place.
    """
    holder = book.units.get(matter.holder)
    unit = hide.instead(book, matter.hidden, matter.supervisor_unit or (holder.supervisor if holder else ""))
    if unit not in book.units or not book.units[unit].mail:
        return
    url = f"{settings.BASE_URL}/staff/q/supervised"
    zh = f"【{book.town.name.zh}12345】有事项逾期仍未答复，已列入督办。请登录查看：{url}"
    en = f"[{book.town.name.en} 12345] Matters are late, unanswered and under supervision. Please sign in: {url}"
    key = f"late-{unit}-{at.astimezone(SHANGHAI).date().isoformat()}"
    mail = house_mail(
        book.units[unit].mail, "supervise", "督办提醒 / Supervision", Text(zh, en), key, at=at, matter=matter
    )
    put([mail], ignore=True)


def hush(matter_ids: Collection[int], *, by: Actor, at: datetime) -> int:
    """Take every message still waiting of these matters out of the sending queue; returns how many.

    For histories that are loaded, not lived, in the transaction that loads them: a past year must not be sent today.
    They stay readable as sent at the instant they were written, with the reason as provider.
    """
    return Message.objects.filter(state="queued", matter_id__in=matter_ids).update(
        state="sent", sent_at=F("created_at"), next_at=None, provider_id="history"
    )
