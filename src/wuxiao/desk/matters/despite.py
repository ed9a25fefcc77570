"""Where life may be at stake a report is taken as far as it can be read, whatever else is wrong with it.

Two doors need that: an emergency of another platform, and a new report that a machine's door refuses for a detail. What
does not fit is left out or cut, and whoever sent it and the desk are told what. Nothing is guessed in its place.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from wuxiao.desk.base.actor import SYSTEM, Actor
from wuxiao.desk.base.errors import DeskError, Throttled
from wuxiao.desk.case import heard
from wuxiao.desk.case.act import act
from wuxiao.desk.case.shown import visible
from wuxiao.desk.files.drafts import Danger
from wuxiao.desk.matters import matters, secrecy
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.town import books
from wuxiao.records.models import Matter, Words
from wuxiao.rules import hide
from wuxiao.rules.book_model import Book, type_names
from wuxiao.rules.words import Text
from wuxiao.typed import mail
from wuxiao.typed.phones import Phone
from wuxiao.typed.plain import clean, line
from wuxiao.typed.trouble import Trouble

#: Stands where an emergency came without a word of what happens.
NO_WORDS = Text(
    "（报告险情时没有写明经过，请马上问清）", "(An emergency, told without a word of what happens: ask at once.)"
)
_NAMES: Mapping[str, Text] = {
    "words": Text("经过", "the words"),
    "reason": Text("理由", "the reason"),
    "place": Text("地点", "the place"),
    "name": Text("姓名", "the name"),
    "phone": Text("电话", "the phone number"),
    "email": Text("邮箱", "the mail address"),
    "items": Text("分项", "the items"),
    "lat": Text("坐标", "the coordinates"),
    "about": Text("向谁保密", "from whom it is kept"),
}
#: Codes that a person chooses again where they are not known here.
_CODES = ("category", "kind", "handling_class", "division", "unit", "said_of_danger")
MOST_ITEMS, LONGEST_ITEM = 50, 500


def left_out(field: str) -> Text:
    """Return the sentence that a field could not be read and was left out."""
    what = _NAMES.get(field, Text(field, field))
    return Text(f"{what.zh}读不出，没有录入", f"{what.en} could not be read and was left out")


def cut(field: str, most: int) -> Text:
    """Return the sentence that a field was too long and that its beginning was taken."""
    what = _NAMES.get(field, Text(field, field))
    return Text(f"{what.zh}太长，只录入了前{most}字", f"{what.en} was too long: its first {most} characters were taken")


def mend(report: Report, book: Book) -> tuple[Report, dict[str, Text]]:
    """Return a report that is taken as it is, and by field what had to be left out or cut for that."""
    notes: dict[str, Text] = {}
    changes: dict[str, Any] = {}
    words = clean(report.words)
    if not words.strip():
        words = NO_WORDS.say(report.lang)
        notes["words"] = Text("没有写明经过", "it does not say what happens")
    if len(words) > matters.MAX_WORDS:
        words = words[: matters.MAX_WORDS]
        notes["words"] = cut("words", matters.MAX_WORDS)
    changes["words"] = words
    for name in ("place", "name"):
        most, said = matters.LONGEST[name], line(getattr(report, name))
        if len(said) > most:
            changes[name], notes[name] = said[:most].rstrip(), cut(name, most)
    phone = matters.read_phone(report.phone, book)
    if isinstance(phone, Trouble) or (isinstance(phone, Phone) and len(phone.stored) > matters.LONGEST["phone"]):
        changes["phone"], notes["phone"] = "", left_out("phone")
    email = mail.read(report.email)
    if isinstance(email, Trouble) or (isinstance(email, str) and len(email) > matters.LONGEST["email"]):
        changes["email"], notes["email"] = "", left_out("email")
    if not _on_earth(report.lat, 90) or not _on_earth(report.lon, 180):
        changes |= {"lat": None, "lon": None}
        notes["lat"] = left_out("lat")
    if len(report.items) > MOST_ITEMS or any(len(item) > LONGEST_ITEM for item in report.items):
        changes["items"] = tuple(item[:LONGEST_ITEM] for item in report.items[:MOST_ITEMS])
        notes["items"] = cut("items", LONGEST_ITEM)
    known = (book.categories, book.kinds, book.classes, book.divisions, book.units, matters.may_say(book))
    for name, codes in zip(_CODES, known, strict=True):
        if (code := getattr(report, name)) and code not in codes:
            changes[name] = ""
            if name in {"category", "division"}:
                notes[name] = left_out(name)
    external = report.external_id
    if len(external) > matters.LONGEST["external_id"]:
        changes["external_id"] = external[: matters.LONGEST["external_id"]]
    return replace(report, **changes), notes


def _on_earth(degrees: float | None, most: int) -> bool:
    return degrees is None or -most <= degrees <= most


# ----------------------------------------------------------------------------------------------- from whom it is kept


@dataclass(frozen=True, slots=True)
class Kept:
    """From whom something is to be kept, by the codes of our book; `notes` where the nearest class stands for one."""

    about: tuple[str, ...] = ()
    notes: tuple[Text, ...] = ()
    #: What nothing in our book comes near to.
    strange: tuple[str, ...] = ()


def nearest(codes: Iterable[str], named: Mapping[str, Mapping[str, str]], words: str, book: Book) -> Kept:
    """Return whom another house's codes mean here: the unit or body itself, or the class of the book nearest to it.

    Nearest is the class it is said to be of (`named`), else the unit or class its name speaks of, else that of our
    units whose codes begin alike, else the one the words of the report speak of.
    """
    about: list[str] = []
    notes: list[Text] = []
    strange: list[str] = []
    for code in dict.fromkeys(codes):
        if hide.known(book, code):
            about.append(code)
            continue
        found = _near(code, named.get(code, {}), words, book)
        if not found:
            strange.append(code)
            continue
        about += found
        zh = "、".join(hide.name_of(book, one).zh for one in found[:3])
        en = ", ".join(hide.name_of(book, one).en for one in found[:3])
        notes.append(
            Text(
                f"本平台不认得“{code[:40]}”，按最近的一类对“{zh}”保密",
                f"“{code[:40]}” is not known here; it is kept from the nearest class: {en}",
            )
        )
    return Kept(tuple(dict.fromkeys(about)), tuple(notes), tuple(strange))


def covered(book: Book, about: Iterable[str]) -> frozenset[str]:
    """Return every unit that must not see what is about these, wherever it happened."""
    return hide.from_about(book, about)


def _near(code: str, said: Mapping[str, str], words: str, book: Book) -> tuple[str, ...]:
    kind = said.get("kind", "")
    if kind in book.hide.bodies:
        return (kind,)
    if kind in type_names and (found := _of_type(kind, book)):
        return found
    if (name := said.get("name", "")) and (found := _spoken(name, book)):
        return found
    head = code.partition("_")[0]
    alike = {unit.type for unit in book.units.values() if "_" in unit.code and unit.code.partition("_")[0] == head}
    if "_" in code and len(alike) == 1 and (found := _of_type(alike.pop(), book)):
        return found
    return _spoken(words, book)


def _of_type(kind: str, book: Book) -> tuple[str, ...]:
    body = next((code for code, body in book.hide.bodies.items() if kind in body.types), "")
    return (body,) if body else hide.named(book, kind)


def _spoken(words: str, book: Book) -> tuple[str, ...]:
    found = secrecy.begins_with(words, book)
    return (*found.units, *([found.body] if found.body else ()))


# ------------------------------------------------------------------------------- a new report that a door refused


_TEXTS = ("words", "place", "name", "phone", "email", "category", "division")


def of_raw(raw: Mapping[str, Any], *, channel: str, lang: str, book: Book) -> Report:
    """Return what can be read of a report that a door refused; what has another shape than it should is passed over."""
    said = {name: value if isinstance(value := raw.get(name), str) else "" for name in _TEXTS}
    items = raw.get("items")
    rows = [item for item in items if isinstance(item, str)] if isinstance(items, list) else []
    lat, lon = (_number(raw.get(name)) for name in ("lat", "lon"))
    hidden = [one for one in _list(raw.get("hidden_unit")) if isinstance(one, str) and one.strip()]
    kept = nearest(hidden, {}, said["words"], book)
    return Report(
        channel=channel,
        lang=lang,
        items=tuple(item for item in rows if item.strip()),
        lat=lat if lon is not None else None,
        lon=lon if lat is not None else None,
        about=kept.about,
        # Whoever asked for secrecy, in whatever shape, is not named to who handles it.
        shielded=True if raw.get("shielded") not in (None, False) or hidden else None,
        words=said["words"],
        place=said["place"],
        name=said["name"],
        phone=said["phone"],
        email=said["email"],
        category=said["category"],
        division=said["division"],
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _number(value: Any) -> float | None:
    return (
        float(value) if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 180 else None
    )


def hear(error: DeskError, report: Report, *, by: Actor, at: datetime, others: Iterable[object] = ()) -> None:
    """Keep a new report of certain danger, or in words nobody here reads, although a door refuses it; `error` then
    says what was heard and its number.

    `others` are further texts that came with it. The same words once more, while danger stands open, are kept already.
    """
    found = heard.listen([report.words, report.place, report.name, *report.items, *(str(o) for o in others if o)])
    if found is None or not found.calls:
        return
    error.danger = found
    if isinstance(error, Throttled):
        # Who knocks too often is told whom to call; a flood is not written down.
        return
    with suppress(DeskError):
        error.kept = _kept(report, found, by=by, at=at).number


def _kept(report: Report, found: Danger, *, by: Actor, at: datetime) -> Matter:
    report, notes = mend(report, books.current(at).book)
    # Nobody is asked here: it is kept from whom it speaks against, as at every door.
    report = secrecy.by_default(report, books.current(at).book)
    with transaction.atomic():
        again = Words.objects.filter(turn=1, field="words", text=report.words, matter__channel=report.channel)
        again = again.filter(Q(matter__danger_open=True) if found.certain else Q(matter__unread_since__isnull=False))
        known = again.order_by("-matter_id").values_list("matter_id", flat=True).first()
        if known is not None and (by.viewer is None or visible(by.viewer).filter(pk=known).exists()):
            return Matter.objects.get(pk=known)
        matter = matters.receive(replace(report, uploads=()), by=by, at=at)
        if not matter.danger_open and (found.certain or matter.unread_since is None):
            # Told in a field that could not be taken.
            heard.save(matter, heard.mark(matter, found, at=at), by=by, at=at)
        tell_desk(matter, notes.values(), at=at)
    return matter


def tell_desk(matter: Matter, notes: Iterable[Text], *, at: datetime) -> None:
    """Note on a matter, for whoever has it, what of it could not be taken as it was sent."""
    said = "；".join(note.say(matter.lang) for note in notes)
    if said:
        with suppress(DeskError):
            act(matter.pk, "note", {"words": said}, by=SYSTEM, at=at)


def short(delivery: str) -> str:
    """Return a delivery's id as it fits into a key, however long somebody made it."""
    fits = len(delivery) <= 80 and delivery.isascii()
    return delivery if fits else hashlib.sha256(delivery.encode("utf-8", "surrogatepass")).hexdigest()
