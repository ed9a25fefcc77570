"""Receiving a matter, and what belongs to a matter as a whole."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime

from django.db import IntegrityError, transaction

from wuxiao.desk.assist import suggest
from wuxiao.desk.base import ask
from wuxiao.desk.base.actor import SYSTEM, Actor
from wuxiao.desk.base.errors import Invalid, NotFound, Raced, Throttled
from wuxiao.desk.base.once import remember, served
from wuxiao.desk.base.throttle import Knock
from wuxiao.desk.case import heard, held, opening
from wuxiao.desk.case.turn import Turn
from wuxiao.desk.diary import diary
from wuxiao.desk.files import drafts, files
from wuxiao.desk.matters.proposed import propose
from wuxiao.desk.people import erasure, identity
from wuxiao.desk.people.identity import Use
from wuxiao.desk.town import books
from wuxiao.desk.town.books import Rules
from wuxiao.reading.guess import Guess as Guess
from wuxiao.reading.redact import veil
from wuxiao.records.models import Address, Attachment, Case, Matter
from wuxiao.rules import flow, hide
from wuxiao.rules.book_model import Book, Category
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.codes import code_trouble, new_code, new_number, read_code
from wuxiao.rules.languages import FOREIGN
from wuxiao.rules.promise import promise
from wuxiao.rules.words import Text
from wuxiao.typed import ids, mail, phones
from wuxiao.typed.plain import clean, line
from wuxiao.typed.trouble import Trouble

NUMBER_PREFIX = "WX"
TITLE = 48
#: How long each of these may be, as it is kept.
LONGEST = {"place": 200, "name": 60, "phone": 24, "email": 254, "external_id": 80, "number": 24, "channel": 16}
MAX_WORDS = 20_000


#: What a reporter says who was asked about danger and is in none.
NO_DANGER = "none"


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody reports, from any door, before it is a matter. Only `words` is needed.

    `about` names whom it is about, so that they do not see it: units, or bodies of the book (`rules.hide`).
    `number` is the number another platform already gave the requester: one matter has one visible number. `details`
    are what a person confirmed of the message by name (`DETAILS`); they lie outside the seal like the words.
    """

    words: str
    channel: str = "web"
    lang: str = "zh-hans"
    #: Which further language the reporter says she reads (`rules.languages.FOREIGN`), for those who handle it alone.
    reads: str = ""
    category: str = ""
    kind: str = ""
    handling_class: str = ""
    division: str = ""
    address_id: int | None = None
    place: str = ""
    lat: float | None = None
    lon: float | None = None
    name: str = ""
    phone: str = ""
    email: str = ""
    by_sms: bool = True
    visit_consent: bool = False
    about: tuple[str, ...] = ()
    shielded: bool | None = None
    external_id: str = ""
    petition: bool = False
    items: tuple[str, ...] = ()
    details: tuple[tuple[str, str], ...] = ()
    uploads: tuple[files.Upload, ...] = ()
    unit: str = ""
    number: str = ""
    #: What the reporter said when the page asked about danger: the number they have called, or `NO_DANGER`;
    #: empty when not asked.
    said_of_danger: str = ""
    extra: dict[str, str] = field(default_factory=dict)


def guesses(words: str, rules: Rules, limit: int = 5) -> list[Guess]:
    """Suggest categories to a reporter with the words that spoke for them; a doubtful guess is none, the page asks."""
    if not any(char.isalpha() for char in words):
        # A bare number, such as that of the hotline, tells nothing of the matter.
        return []
    found = suggest.by_words(words, rules)
    return list(found[:limit]) if suggest.sure(found) else []


def title_of(words: str) -> str:
    """Return the first line of the words, shortened, as lists show it: numbers of persons show only their ends.

    Latin letters take half the room of Chinese characters: there is room for twice as many, and no word is cut.
    """
    first = veil(next((part.strip() for part in clean(words).split("\n") if part.strip()), "")[: 4 * TITLE])
    room = 2 * TITLE
    if _width(first) <= room:
        return first
    end = next(n for n in range(len(first) + 1) if _width(first[: n + 1]) > room - 1)
    if (cut := first.rfind(" ", 0, end + 1)) > end * 2 // 3:
        end = cut
    return first[:end].rstrip(" ,.;:，。；：、") + "…"


def _width(text: str) -> int:
    return sum(1 if char < "\u2000" else 2 for char in text)


def may_say(book: Book) -> frozenset[str]:
    """Return what a reporter may answer who was asked about danger."""
    return frozenset({NO_DANGER, *(n.number for n in book.town.emergency_numbers)})


def _checked(report: Report, rules: Rules) -> Report:
    """Return the report as it is kept, whatever door it came by; raises `Invalid` naming every wrong field."""
    book = rules.book
    errors: dict[str, Text] = {}
    report = _read(report, book, errors)
    if not report.words.strip():
        errors["words"] = Text("请写下您要反映的事情", "please write what it is about")
    elif len(report.words) > MAX_WORDS:
        errors["words"] = Text(f"太长了,最多{MAX_WORDS}字", f"too long: at most {MAX_WORDS} characters")
    for name, value, known, what in (
        ("category", report.category, book.categories, Text("分类", "category")),
        ("kind", report.kind, book.kinds, Text("种类", "kind")),
        ("handling_class", report.handling_class, book.classes, Text("办理类别", "handling class")),
        ("division", report.division, book.divisions, Text("所在地", "division")),
        ("unit", report.unit, book.units, Text("单位", "unit")),
        ("reads", report.reads, FOREIGN, Text("语言", "language")),
        ("said_of_danger", report.said_of_danger, may_say(book), Text("选择", "choice")),
    ):
        if value and value not in known:
            errors[name] = Text(f"没有这个{what.zh}:{value[:40]}", f"no such {what.en}: {value[:40]}")
    for name, limit in LONGEST.items():
        if len(getattr(report, name)) > limit:
            errors[name] = Text(f"太长了,最多{limit}个字符", f"too long: at most {limit} characters")
    for name, degrees, most in (("lat", report.lat, 90), ("lon", report.lon, 180)):
        if degrees is not None and not -most <= degrees <= most:
            errors[name] = Text(f"应在-{most}到{most}之间", f"must lie between -{most} and {most}")
    if strange := [one for one in report.about if not hide.known(book, one)]:
        errors["hidden_unit"] = Text(f"没有这个单位:{strange[0][:40]}", f"no such unit: {strange[0][:40]}")
    if errors:
        raise Invalid(errors)
    return report


def _read(report: Report, book: Book, errors: dict[str, Text]) -> Report:
    phone = read_phone(report.phone, book)
    email = mail.read(report.email)
    if isinstance(phone, Trouble):
        errors["phone"] = Text(phone.zh, phone.en)
    if isinstance(email, Trouble):
        errors["email"] = Text(email.zh, email.en)
    return replace(
        report,
        words=clean(report.words),
        place=line(report.place),
        name=line(report.name),
        phone=phone.stored if isinstance(phone, phones.Phone) else "",
        # A number that cannot receive a text message is not promised one.
        by_sms=report.by_sms and (not isinstance(phone, phones.Phone) or phone.texts),
        email=email if isinstance(email, str) else "",
        external_id=ids.number(report.external_id),
        items=tuple(clean(item) for item in report.items),
        details=tuple((name, line(value)) for name, value in report.details),
    )


def read_phone(typed: str, book: Book) -> phones.Phone | Trouble | None:
    """Return the phone number somebody typed in this town, `None` for none, or what is wrong with it."""
    return phones.read(typed, phones.area_of(book.town.phone))


def _desk_of(report: Report, by: Actor, book: Book) -> str:
    if report.unit:
        return report.unit
    if by.unit and book.units[by.unit].type in flow.DESK_TYPES:
        return by.unit
    return next(u.code for u in book.units.values() if u.type == "centre")


def receive(
    report: Report,
    *,
    by: Actor,
    at: datetime,
    once: str | None = None,
    quiet: bool = False,
    knock: Knock | None = None,
    then: Callable[[Matter], None] | None = None,
) -> Matter:
    """Receive a matter: row, route proposal, promise, access, first sealed entry and receipt, in one transaction.

    `once` makes the same request twice one matter. `quiet` queues no messages (imports of past matters). `knock` is
    counted and `then` is called in the same transaction: one wait for the disk for all; a try that is refused counts.
    Raises `Invalid` (fields), `Conflict` (key reused for something else), `Refused` (no rule book), `Throttled`.
    """
    try:
        return _received(report, by=by, at=at, once=once, quiet=quiet, knock=knock, then=then)
    except Exception:
        if knock is not None:
            knock.settle()
        raise


def _received(
    report: Report,
    *,
    by: Actor,
    at: datetime,
    once: str | None,
    quiet: bool,
    knock: Knock | None,
    then: Callable[[Matter], None] | None,
) -> Matter:
    rules = books.current(at)
    report = _checked(report, rules)
    content = _content(report) if once is not None else {}
    for attempt in range(4):
        wait = 0
        try:
            with transaction.atomic():
                if knock is not None and (wait := knock.count()):
                    # Left in peace, so that the count stays.
                    break
                # At first the key is only written, at the end: a request that comes twice is rare and then undone.
                if once is not None and attempt and (done := served(once, content)):
                    matter = Matter.objects.get(pk=done)
                else:
                    matter = _make(report, rules, by=by, at=at)
                    _settle(matter, report, rules, by=by, at=at, quiet=quiet)
                    if once is not None:
                        remember(once, content, matter.pk, at)
                if then is not None:
                    then(matter)
        except (IntegrityError, Raced):
            # The drawn number met another of the same day, or the same click came twice: look again.
            if attempt == 3:
                raise
            continue
        if knock is not None:
            knock.done = True
        return matter
    assert knock is not None
    knock.done = True
    raise Throttled(wait)


def _content(report: Report) -> dict[str, object]:
    content: dict[str, object] = {f.name: getattr(report, f.name) for f in fields(report) if f.name != "uploads"}
    if not report.reads:
        # A request of an older program that comes once more is still the same one.
        del content["reads"]
    content["uploads"] = [hashlib.sha256(upload.data).hexdigest() for upload in report.uploads]
    return content


def _class_of(chosen: str, category: Category | None, suggested: Category | None) -> str:
    """The class as chosen, else as the chosen category's, else as the guessed one's; a guess alone never makes a
    matter urgent."""
    if chosen or category is not None:
        return chosen or (category.handling_class if category else "")
    return suggest.calm_class(suggested.handling_class) if suggested else "request"


def foreseen(report: Report, rules: Rules, *, at: datetime) -> tuple[str, datetime]:
    """Return the handling class a report would get if it came in now, and by when it would be answered."""
    category = rules.book.categories.get(report.category)
    suggested = None if category else rules.book.categories.get(suggest.category(report.words, rules, limit=1).best)
    chosen = report.handling_class if report.handling_class in rules.book.classes else ""
    handling_class = _class_of(chosen, category, suggested)
    term = rules.book.term(handling_class, report.category if category else None, step="answer")
    return handling_class, promise(at, term, rules.calendar).due


def danger_told(report: Report) -> drafts.Danger | None:
    """Return what a report says of danger, in its words or in whatever other field somebody wrote it into."""
    names = (report.place, report.name, *(value for _, value in report.details), *(u.name for u in report.uploads))
    return heard.listen((report.words, *report.items), names)


def _where(report: Report) -> tuple[str, str, float | None, float | None]:
    """Return division, place and position of a report; those of its standard address where it names one."""
    division, place, lat, lon = report.division, report.place, report.lat, report.lon
    if report.address_id is not None:
        address = ask.one(Address, id=report.address_id)
        if address is None:
            raise Invalid({"address": Text("没有这个地址，请重新选择", "no such address; please choose again")})
        division, place = address.division, report.place or address.full
        lat, lon = (lat, lon) if lat is not None else (address.lat, address.lon)
    return division, place, lat, lon


def _make(report: Report, rules: Rules, *, by: Actor, at: datetime) -> Matter:
    book = rules.book
    found = danger_told(report)
    category = book.categories.get(report.category)
    suggested = None if category else book.categories.get(suggest.category(report.words, rules, limit=1).best)
    kind = report.kind or (category.kind if category else suggested.kind if suggested else "request")
    handling_class = _class_of(report.handling_class, category, suggested)
    holder = _desk_of(report, by, book)
    division, place, lat, lon = _where(report)
    hidden = hide.from_about(book, report.about, division)
    holder = hide.desk(book, hidden, holder)
    matter = Matter(
        code=new_code(),
        number=report.number or new_number(NUMBER_PREFIX, at.astimezone(SHANGHAI).date()),
        kind=kind,
        category=report.category,
        handling_class=handling_class,
        petition=report.petition,
        channel=report.channel,
        lang=report.lang,
        reads=report.reads,
        external_id=report.external_id,
        title=title_of(report.words),
        division=division,
        address_id=report.address_id,
        place=place,
        lat=lat,
        lon=lon,
        holder=holder,
        holder_since=at,
        about=hide.pack(report.about),
        hidden_own=hide.pack(hidden),
        hidden_units=hide.pack(hidden),
        shielded=book.classes[handling_class].shield if report.shielded is None else report.shielded,
        received_at=at,
        changed_at=at,
        danger=list(found.kinds) if found is not None and found.certain else [],
        danger_open=found is not None and found.certain,
        danger_perhaps=list(found.kinds) if found is not None and not found.certain else [],
        unread_since=at if found is not None and found.unread else None,
        items=[{"text": text, "done": False} for text in report.items],
        book_id=rules.id,
        version=1,
    )
    guessed = report.category or (suggested.code if suggested else "")
    if guessed:
        propose(matter, guessed, rules, guess="" if report.category else guessed)
    return matter


def _settle(
    matter: Matter, report: Report, rules: Rules, *, by: Actor, at: datetime, quiet: bool = False, asked: bool = True
) -> None:
    entering = opening.New(
        matter,
        rules,
        facts={
            "unit": matter.holder,
            "channel": report.channel,
            "class": matter.handling_class,
            "danger": matter.danger,
            **({"danger_perhaps": matter.danger_perhaps} if matter.danger_perhaps else {}),
            **({"said_of_danger": report.said_of_danger} if report.said_of_danger else {}),
            **({"split_from": matter.split_from.number} if matter.split_from else {}),
            **report.extra,
            **secrecy_facts(matter, report),
        },
        texts={"words": report.words, **({"details": kept} if (kept := _details(report)) else {})},
        searched="\n".join((report.words, matter.place, matter.number)),
        contact=contact_of(report),
        uploads=report.uploads,
    )
    opening.open_case(entering, by=by, at=at, quiet=quiet, asked=asked)
    _label(matter, report, rules, by=by, at=at)


def secrecy_facts(matter: Matter, report: Report) -> dict[str, object]:
    """Return what the first entry says of secrecy: whom it is about, who is kept out, and whether anybody was asked."""
    unasked = matter.shielded and report.shielded is None and not report.about
    about = {"about": sorted(report.about), "hidden": sorted(matter.hidden)} if report.about else {}
    return {**({"kept": "default"} if unasked else {}), **about}


def contact_of(report: Report) -> identity.Person | None:
    """Return how to reach who reports, not stored yet and of no matter; `None` where nothing was left."""
    if not (report.name or report.phone or report.email):
        return None
    return identity.new(
        name=report.name,
        phone=report.phone,
        email=report.email,
        by_sms=report.by_sms,
        visit_consent=report.visit_consent,
    )


#: What of a message may be confirmed beside its words, by name.
DETAILS: Mapping[str, Text] = {
    "time": Text("事发时间", "when it happened"),
    "plate": Text("车牌", "number plates"),
}


def _details(report: Report) -> str:
    read = {"plate": ids.plates}
    kept = {
        name: told[:200] for name, value in report.details if name in DETAILS and (told := read.get(name, line)(value))
    }
    return json.dumps(kept, ensure_ascii=False) if kept else ""


def _label(matter: Matter, report: Report, rules: Rules, *, by: Actor, at: datetime) -> None:
    if by.kind != "staff" or not (report.category or report.handling_class):
        return
    answers = [(suggest.category(report.words, rules), report.category)] if report.category else []
    if report.handling_class:
        answers.append((suggest.handling_class(report.words, rules, report.category), report.handling_class))
    suggest.remember(matter, 1, answers, by=by, at=at)


def split_off(turn: Turn, words: str) -> Matter:
    """Make a new matter of a part of another, inside the act that splits it; the reporter holds a code for each."""
    whole, rules = turn.matter, turn.rules
    contact = identity.of(whole.pk, Use.SPLIT)
    report = Report(
        words=words,
        channel=whole.channel,
        lang=whole.lang,
        reads=whole.reads,
        division=whole.division,
        address_id=whole.address_id,
        place=whole.place,
        lat=whole.lat,
        lon=whole.lon,
        name=contact.name if contact else "",
        phone=contact.phone if contact else "",
        email=contact.email if contact else "",
        by_sms=contact.by_sms if contact else True,
        about=tuple(sorted(hide.unpack(whole.about))),
        shielded=whole.shielded,
    )
    part = _make(report, rules, by=turn.by, at=turn.at)
    part.split_from = whole
    # Who may split the whole was asked in that act.
    _settle(part, report, rules, by=turn.by, at=turn.at, asked=False)
    return part


def of_case(case: Case) -> Matter:
    """Return a case that is known to be a matter as one."""
    if not isinstance(case, Matter):
        raise TypeError(f"case {case.number} is no matter")
    return case


def by_code(typed: str) -> Matter:
    """Return the matter a resident's code opens; raises `NotFound` with a sentence that helps to type it right."""
    code = read_code(typed)
    if code is None:
        raise NotFound(code_trouble(typed))
    matter = Matter.objects.filter(code=code).first()
    if matter is None:
        raise NotFound(
            Text(
                "没有找到这个查询码，请对照回执核对（20位，不含字母 I、L、O、U）",
                "No matter has this code. Compare it with your receipt (20 characters, no letters I, L, O or U).",
            )
        )
    return matter


def mark_told(matter: Matter, *, at: datetime) -> None:
    """Note that the requester has the answer before them: told is a fact of its own."""
    if matter.answered_at is not None and matter.told_at is None:
        Matter.objects.filter(pk=matter.pk, told_at__isnull=True, answered_at__isnull=False).update(told_at=at)


def erase(matter_id: int, *, by: Actor, at: datetime, verb: str = "erase") -> Matter:
    """Erase what a requester gave about themselves and what others wrote about them; the chain stays whole (PIPL 47).

    The unit's answer stays, and the kinds that the rule book freezes: the law wants those kept, nobody works with them.
    While danger stands open the requester's wish waits: her place and number are what help finds her by. It is carried
    out once somebody settled the danger (`erase_waiting`), unless she takes it back (`keep_data`).
    """
    with transaction.atomic():
        matter = Matter.objects.select_for_update().get(pk=matter_id)
        if by.kind == "resident" and verb == "erase" and _in_danger(matter):
            if not held.erasure(matter_id):
                diary.write(matter, "ask_erase", by=by, at=at, facts={}, seen=True)
                Matter.objects.filter(pk=matter_id).update(version=matter.version + 1)
            return Matter.objects.get(pk=matter_id)
        frozen = frozen_kinds(books.of_version(matter.book_id).book)
        erasure.run(matter, {k: e for k, e in erasure.ALL_BUT_ANSWER.items() if k not in frozen}, at=at)
        facts = {"files": Attachment.objects.filter(matter_id=matter_id, erased_at=at).count()}
        diary.write(matter, verb, by=by, at=at, facts={**facts, **({"kept": frozen} if frozen else {})}, seen=True)
        Matter.objects.filter(pk=matter_id).update(version=matter.version + 1)
    return Matter.objects.get(pk=matter_id)


def _in_danger(matter: Matter) -> bool:
    """Tell whether danger stands open on a report, or on the one it was joined to, or help is on its way."""
    main = matter.merged_into if matter.outcome == "merged" and matter.merged_into_id is not None else matter
    assert main is not None
    # What nobody could read yet may be danger: it is read before it is erased.
    unread = matter.unread_since is not None or main.unread_since is not None
    return matter.danger_open or main.danger_open or unread or main.state == flow.State.URGENT


def keep_data(matter_id: int, *, by: Actor, at: datetime) -> Matter:
    """Take back an erasure that waits; where none does, nothing happens."""
    with transaction.atomic():
        matter = Matter.objects.select_for_update().get(pk=matter_id)
        if held.erasure(matter_id):
            diary.write(matter, "keep_data", by=by, at=at, facts={}, seen=True)
            Matter.objects.filter(pk=matter_id).update(version=matter.version + 1)
    return Matter.objects.get(pk=matter_id)


def erase_waiting(matter_id: int | None = None, *, at: datetime) -> int:
    """Carry out the erasures that waited for danger to be settled; returns how many.

    Of one matter and those joined to it, right after somebody settled it; of all, for those that danger left in another
    way (taken apart again, say).
    """
    asked = Matter.objects.filter(entries__verb="ask_erase")
    if matter_id is not None:
        asked = asked.filter(pk=matter_id) | asked.filter(merged_into=matter_id, outcome="merged")
    done = 0
    for matter in asked.distinct().order_by("pk"):
        if held.erasure(matter.pk) and not _in_danger(matter):
            erase(matter.pk, by=SYSTEM, at=at)
            done += 1
    return done


def frozen_kinds(book: Book) -> list[str]:
    """Return the kinds of personal data that the rule book keeps frozen instead of erasing them."""
    return sorted(kind for kind, kept in book.retention.items() if kept.then == "freeze")


def new_key() -> str:
    """Return a fresh idempotency key for a form."""
    return secrets.token_urlsafe(18)
