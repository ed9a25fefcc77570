"""Which matters the public may read of at all, and whose words: only those whose redacted text a named person released.

No words of a resident leave the house before that, by any door: Open311, pages, open data, lists that are taken out.
Every door asks `texts`. A release holds for the words and the marks that were looked at: other words, other marks,
erased words, or a matter that is hidden or shielded since, and nothing is public any more.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from wuxiao.desk.assist import redaction
from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import NotFound, Refused, Stale
from wuxiao.desk.diary import diary, vouched
from wuxiao.desk.town import books
from wuxiao.reading import redact
from wuxiao.reading.words import Why
from wuxiao.records.models import Matter, ReleasedText, Words
from wuxiao.rules.access import Power
from wuxiao.rules.book_model import Book, Category
from wuxiao.rules.flow import State
from wuxiao.rules.words import Text

KINDS = ("request", "hazard")
CLASSES = ("enquiry", "request", "complaint")
_WHY = Why("公布前核对过", "looked at before it was released")
_REFUSED = Text("这件事项不对外公开，原话不能公布。", "This matter is not public; its words cannot be released.")


def is_open(category: Category) -> bool:
    """Tell whether matters of a category may be published at all."""
    return (
        not category.police and not category.petition and category.kind in KINDS and category.handling_class in CLASSES
    )


def open_categories(book: Book) -> frozenset[str]:
    """Return the codes of all categories whose matters may be published."""
    return frozenset(code for code, category in book.categories.items() if is_open(category))


def public(book: Book) -> QuerySet[Matter]:
    """Return the matters whose existence the public may know of.

    Danger once found keeps one out for good; and in the query, not later: a page with a gap tells that there is one.
    """
    command = [u.code for u in book.units.values() if u.type == "police_command"]
    return (
        Matter.objects.filter(
            kind__in=KINDS,
            handling_class__in=CLASSES,
            petition=False,
            danger_open=False,
            danger=[],
            shielded=False,
            hidden_units="",
            category__in=open_categories(book),
        )
        .exclude(state=State.URGENT.value)
        .exclude(holder__in=command)
    )


# --------------------------------------------------------------------------------------------------------- the one gate


def texts(ids: Collection[int], *, lang: str = "zh") -> Mapping[int, str]:
    """Return the masked words of those of these matters whose words a named person released (two queries).

    What is not in the answer is not public: no release, one withdrawn, words erased or changed since, a matter whose
    requester or unit complained of is kept hidden since.
    """
    if not ids:
        return {}
    rows = ReleasedText.objects.filter(
        matter_id__in=ids, withdrawn_at__isnull=True, matter__shielded=False, matter__hidden_units=""
    )
    held = {row.matter_id: row for row in rows}
    if not held:
        return {}
    said = Words.objects.filter(matter_id__in=held, turn=1, field="words", erased_at__isnull=True)
    found: dict[int, str] = {}
    for matter_id, salt, words in said.values_list("matter_id", "salt", "text"):
        if matter_id is None or not words or diary.words_hash(salt, words) != held[matter_id].words_hash:
            continue
        found[matter_id] = redact.apply(words, _marks(words, held[matter_id]), lang=lang)
    return found


def _marks(words: str, row: ReleasedText) -> list[redact.Mark]:
    return [
        redact.Mark(start, end, words[start:end], kind, _WHY, "person")
        for start, end, kind in row.marks
        if 0 <= start < end <= len(words)
    ]


# ------------------------------------------------------------------------------------------------------ a named person


@dataclass(frozen=True, slots=True)
class Standing:
    """How a matter's words stand towards the public: whether they may be released, and by whom and when they were."""

    may: bool
    released: bool
    who: str
    at: datetime | None


def standing(matter: Matter, *, at: datetime) -> Standing:
    """Return how a matter's words stand towards the public (at most four queries)."""
    row = ReleasedText.objects.filter(matter_id=matter.pk, withdrawn_at__isnull=True).select_related("staff").first()
    out = row is not None and matter.pk in texts([matter.pk])
    may = _may(matter.pk, books.current(at).book)
    return Standing(may, out and may, row.staff.name if row else "", row.at if row else None)


def _may(matter_id: int, book: Book) -> bool:
    return public(book).filter(pk=matter_id).exists()


def _by(by: Actor) -> int:
    if by.staff_id is None or by.viewer is None or by.kind != "staff" or Power.INTAKE not in by.viewer.powers:
        raise Refused(Text("您的岗位不能公布原话。", "Your post may not release a resident's words."), "release")
    return by.staff_id


def release(matter_id: int, *, seen: str, by: Actor, at: datetime) -> ReleasedText:
    """Release the redacted words of a matter as the person saw them: `seen` is the `digest` of what was on the screen.

    Raises `Refused` without the power or for a matter that is not public, `NotFound` when the words are erased, `Stale`
    when words or marks are others than those that were looked at. The diary says who released, the requester sees it.
    """
    staff_id = _by(by)
    with transaction.atomic():
        matter = Matter.objects.select_for_update().filter(pk=matter_id).first()
        if matter is None:
            raise NotFound
        if not _may(matter_id, books.current(at).book):
            raise Refused(_REFUSED, "not_public")
        said = Words.objects.filter(matter_id=matter_id, turn=1, field="words", erased_at__isnull=True).first()
        if said is None or not said.text:
            raise NotFound(Text("内容已删除。", "The words were erased."))
        found = redaction.of_matter(matter)
        if seen != digest(found):
            raise Stale(matter.version, matter.version)
        row, _ = ReleasedText.objects.update_or_create(
            matter=matter,
            defaults={
                "words_hash": diary.words_hash(said.salt, said.text),
                "marks": [[mark.start, mark.end, mark.kind] for mark in found.marks],
                "staff_id": staff_id,
                "at": at,
                "withdrawn_at": None,
            },
        )
        facts = {"who": by.name, "marks": len(found.marks)}
        stand = {vouched.TABLES[ReleasedText]: {"1": {"digest": vouched.digest(row)}}}
        diary.write(matter, "release_words", by=by, at=at, facts=facts, seen=True, rows=stand)
    return row


def digest(found: redaction.Marked) -> str:
    """Return a short name of a text with its marks: what was looked at must be what is released."""
    return diary.words_hash(found.words, repr([(m.start, m.end, m.kind) for m in found.marks]))[:32]


def withdraw(matter_id: int, *, by: Actor, at: datetime) -> None:
    """Take the released words of a matter back; taking back what is not released changes nothing."""
    _by(by)
    with transaction.atomic():
        matter = Matter.objects.select_for_update().filter(pk=matter_id).first()
        if matter is None:
            raise NotFound
        if ReleasedText.objects.filter(matter_id=matter_id, withdrawn_at__isnull=True).update(withdrawn_at=at):
            diary.write(matter, "withdraw_words", by=by, at=at, facts={"who": by.name}, seen=True)
