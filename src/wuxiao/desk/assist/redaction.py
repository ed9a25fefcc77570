"""What of a matter's words the public may read: the machine marks personal details, a person adds or lifts marks.

The rules and the tagger that ships find; one of the town's own, where a named person adopted it (`desk.personal`),
finds more. Nothing of this is public before a named person releases it (`desk.released`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from wuxiao.desk.assist import personal
from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import Invalid, NotFound
from wuxiao.desk.diary import diary
from wuxiao.reading import redact
from wuxiao.records.models import Matter, RedactionMark, ReleasedText, Words
from wuxiao.rules.words import Text

CLASSES: dict[str, Text] = {
    code: Text(label.zh.strip("〔〕"), label.en.strip("[]")) for code, label in redact.LABELS.items()
}


@dataclass(frozen=True, slots=True)
class Marked:
    """The first words of a matter, the marks that hold, and the text as the public reads it."""

    words: str
    marks: tuple[redact.Mark, ...]
    public: str


def _settled(words: str, rows: Iterable[RedactionMark]) -> tuple[redact.Mark, ...]:
    return personal.settled(words, rows, tagger=personal.in_use())


def of_matter(matter: Matter) -> Marked:
    """Return the words of a matter with their marks; empty once the words are erased (two queries)."""
    said = Words.objects.filter(matter_id=matter.pk, turn=1, field="words", erased_at__isnull=True)
    words = said.values_list("text", flat=True).first() or ""
    marks = _settled(words, RedactionMark.objects.filter(matter_id=matter.pk)) if words else ()
    return Marked(words, marks, redact.apply(words, marks))


def mark(
    matter_id: int, start: int, end: int, kind: str, *, by: Actor, at: datetime, lifted: bool = False
) -> RedactionMark:
    """Hide a stretch of a matter's first words from the public (or show one after all, with `lifted`).

    Offsets in characters. Raises `Invalid` for a stretch outside the words or an unknown class, `NotFound` when the
    words are erased. The diary says who changed what is hidden, never the words.
    """
    with transaction.atomic():
        matter = Matter.objects.select_for_update().filter(pk=matter_id).first()
        if matter is None or by.staff_id is None:
            raise NotFound
        said = Words.objects.filter(matter_id=matter_id, turn=1, field="words", erased_at__isnull=True)
        words = said.values_list("text", flat=True).first()
        if not words:
            raise NotFound(Text("内容已删除。", "The words were erased."))
        if not 0 <= start < end <= len(words):
            raise Invalid({"text": Text("原话里没有这一段", "the words hold no such stretch")})
        if not lifted and kind not in redact.CLASSES:
            raise Invalid({"kind": Text("没有这个种类", "no such class")})
        row, _ = RedactionMark.objects.update_or_create(
            matter=matter,
            start=start,
            end=end,
            defaults={"kind": "" if lifted else kind, "lifted": lifted, "staff_id": by.staff_id, "at": at},
        )
        facts = {"who": by.name, "start": start, "end": end, "kind": kind, "lifted": lifted}
        # What was released is what somebody looked at; with other marks somebody must look again.
        out = ReleasedText.objects.filter(matter_id=matter_id, withdrawn_at__isnull=True)
        facts["withdrawn"] = bool(out.update(withdrawn_at=at))
        diary.write(matter, "redact_mark", by=by, at=at, facts=facts)
    return row


def mark_text(matter_id: int, text: str, kind: str, *, by: Actor, at: datetime) -> int:
    """Hide every place where a text stands in the words (a name, say); returns how many; `Invalid` if there is none."""
    text = text.strip()
    said = Words.objects.filter(matter_id=matter_id, turn=1, field="words", erased_at__isnull=True)
    words = said.values_list("text", flat=True).first() or ""
    found = []
    at_char = words.find(text) if text else -1
    while at_char >= 0:
        found.append(at_char)
        at_char = words.find(text, at_char + len(text))
    if not found:
        raise Invalid(
            {
                "text": Text(
                    "原话里没有这几个字，请照原样填写", "the words do not hold this; write it as it stands there"
                )
            }
        )
    with transaction.atomic():
        for start in found:
            mark(matter_id, start, start + len(text), kind, by=by, at=at)
    return len(found)
