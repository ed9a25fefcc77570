"""Danger in what people tell after the first words, whatever step, door or person it comes through.

One mechanism listens: `act` to every step, `call_backs.answer_by_link` to the link. What is certain stands open on the
matter whose course she follows (the main one of joined reports) until a named person settled it. It is kept before
anything is refused or asked: where a step is not taken, its words stay by an entry of their own (`keep`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Min

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import DeskError
from wuxiao.desk.case import clocks, standing, subject, tell
from wuxiao.desk.case.needs import MAX_TEXT
from wuxiao.desk.case.shown import write_access
from wuxiao.desk.diary import diary
from wuxiao.desk.files.drafts import Danger, danger_in, danger_named
from wuxiao.desk.town.books import of_version
from wuxiao.reading.danger import CERTAIN, NONE, PERHAPS, READ, UNREAD, numbers_of
from wuxiao.records.models import CallBack, Case, Matter, Words
from wuxiao.rules.flow import Who
from wuxiao.typed.plain import clean

#: Steps by which a named person says how it stands with danger: their words open none.
SETTLES = frozenset({"look", "stand_down", "read_out"})
#: How much two pieces of a very long text share, how many of them are heard, how long a group of sentences is.
_OVER, _MOST_PIECES, _GROUP = 400, 10, 300
_SENTENCE = re.compile(r"[^。！？!?\n]*[。！？!?\n]+|[^。！？!?\n]+")
#: Columns that say what is known of danger, saved together.
COLUMNS = (
    "danger",
    "danger_open",
    "danger_perhaps",
    "danger_since",
    "danger_rung",
    "unread_since",
    "unread_rung",
    "tick_at",
)


def listen(texts: Iterable[str], names: Iterable[str] = ()) -> Danger | None:
    """Return what these texts say of danger, each heard by itself and to its end; `None` for nothing.

    `unread` stands among the kinds where a text is in a language that is not read here. `names` (of people, places,
    files) are heard as well; a foreign name alone is no message.
    """
    found = [one for text in texts if text for piece in _pieces(text) if (one := danger_in(piece)).kinds]
    found += [one for name in names if name for piece in _pieces(name) if (one := danger_named(piece)).kinds]
    if not found:
        return None
    certain = [one for one in found if one.certain]
    first, *others = certain or found
    for other in others:
        kinds, numbers = (*first.kinds, *other.kinds), (*first.numbers, *other.numbers)
        first = replace(first, kinds=tuple(dict.fromkeys(kinds)), numbers=tuple(dict.fromkeys(numbers)))
    return first


def _pieces(text: str) -> list[str]:
    """Cut what is longer than is read at a time, each piece beginning before the last one ends; of a text nobody
    types the beginning and the end."""
    if len(text) <= READ:
        return [text]
    found = [text[at : at + READ] for at in range(0, len(text) - _OVER, READ - _OVER)]
    return found if len(found) <= _MOST_PIECES else [*found[: _MOST_PIECES // 2], *found[-_MOST_PIECES // 2 :]]


def shortened(text: str, most: int) -> str:
    """Return a text in at most so many characters, never without the danger it speaks of: its beginning, and what was
    heard of danger with the sentences around it. What was left out is marked by an ellipsis."""
    if len(text) <= most:
        return text
    whole = listen([text])
    head = text[:most]
    if whole is None or _as_loud(head, whole):
        return head
    # Whole sentences, in groups: the first group that speaks as clearly as the whole, with the one before and after.
    groups = [""]
    for sentence in (part[at : at + _GROUP] for part in _SENTENCE.findall(text) for at in range(0, len(part), _GROUP)):
        if len(groups[-1]) + len(sentence) > _GROUP:
            groups.append("")
        groups[-1] += sentence
    room = min(most // 2, 6 * _GROUP)
    tries = [n for n, group in enumerate(groups) if _as_loud(group, whole)]
    for around in ("".join(groups[max(0, n - 1) : n + 2])[:room] for n in tries):
        short = f"{text[: most - len(around) - 2]}…\n{around}"
        if _as_loud(short, whole) or _as_loud(f"…\n{around}", whole):
            return short if _as_loud(short, whole) else f"…\n{around}"
    # Heard only of a longer stretch: the piece in which it was heard, as far as there is room for it.
    loud = next((piece for piece in _pieces(text) if _as_loud(piece, whole)), text)
    return next((one for one in (loud[-most:], loud[:most]) if _as_loud(one, whole)), loud[-most:])


def _as_loud(text: str, whole: Danger) -> bool:
    found = listen([text])
    return found is not None and (found.certain or not whole.certain)


def certain(*texts: object) -> bool:
    """Tell whether one of these texts says for certain that there is danger: its page shows whom to call first."""
    found = listen(str(text) for text in texts if text)
    return found is not None and found.tier == CERTAIN


def calls(*texts: object) -> bool:
    """Tell whether a page shows whom to call first: danger is certain in one of these texts, or nobody could look."""
    found = listen(str(text) for text in texts if text)
    return found is not None and found.calls


def unread(*texts: object) -> bool:
    """Tell whether some words are in a language that nothing here reads, and no danger is certain: the page says so."""
    found = listen(str(text) for text in texts if text)
    return found is not None and found.unread and not found.certain


def not_read(tier: str, kinds: Collection[str]) -> bool:
    """Whether nothing certain was heard and some words are in a language that is not read here."""
    return UNREAD in kinds and tier == PERHAPS


def told_of(matter: Matter) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Return tier, kinds and the numbers to call for what is known of danger in a matter, as a machine is told it."""
    if matter.danger_open:
        return CERTAIN, tuple(matter.danger), numbers_of(matter.danger)
    return (
        (PERHAPS if matter.danger_perhaps else NONE),
        tuple(matter.danger_perhaps),
        numbers_of(()) if matter.unread_since is not None else (),
    )


def waiting() -> tuple[int, datetime | None]:
    """Return on how many matters danger stands open that nobody has looked at, and since when the longest does."""
    rows = Matter.objects.filter(danger_since__isnull=False)
    found = rows.aggregate(count=Count("pk"), oldest=Min("danger_since"))
    return int(found["count"]), found["oldest"]


def unread_waiting() -> tuple[int, datetime | None]:
    """Return on how many matters words wait that nobody could read yet, and since when the longest do."""
    rows = Matter.objects.filter(unread_since__isnull=False)
    found = rows.aggregate(count=Count("pk"), oldest=Min("unread_since"))
    return int(found["count"]), found["oldest"]


def mark(matter: Case, found: Danger, *, at: datetime) -> dict[str, Any]:
    """Set on a matter what was heard (the caller saves it) and return the facts of the entry that says so.

    Words that nobody here can read wait from now on until a named person says what they say.
    """
    if found.unread and matter.unread_since is None:
        matter.unread_since, matter.unread_rung = at, 0
    if found.certain:
        return open_danger(matter, found.kinds)
    matter.danger_perhaps = sorted({*matter.danger_perhaps, *found.kinds})
    return {"danger_perhaps": list(found.kinds)}


def open_danger(matter: Case, kinds: Iterable[str]) -> dict[str, Any]:
    """Set on a matter that danger is open on it (the caller saves it) and return the facts of its entry."""
    kinds = list(kinds)
    matter.danger = sorted({*matter.danger, *kinds})
    matter.danger_open = True
    return {"danger": kinds}


def warn(main_id: int, number: str, turn: int, found: Danger, *, by: Actor, at: datetime) -> Any:
    """Set on the main report what somebody joined to it said of danger in a step that was her own report's alone.

    By an entry of its own, which leads to her words: they stay with her report.
    """
    main = Case.objects.select_for_update().get(pk=main_id)
    facts = mark(main, found, at=at) | {"voice": number, "voice_turn": turn}
    return save(main, facts, by=by, at=at)


def save(
    matter: Case,
    facts: dict[str, Any],
    *,
    by: Actor,
    at: datetime,
    texts: Mapping[str, str] | None = None,
    seen: bool = False,
) -> Any:
    """Save what `mark` set, with an entry (and the words, where no other entry holds them), first on the lists."""
    rules = of_version(matter.book_id)
    matter.version += 1
    matter.changed_at = at
    clocks.watch(matter, rules, at=at)
    matter.save(update_fields=[*COLUMNS, "version", "changed_at"])
    entry = diary.write(matter, "warned", by=by, at=at, facts=facts, texts=texts, seen=seen)
    write_access(matter, subject.facts_of(matter, rules, at))
    if "danger" in facts:
        tell.queue_danger(matter, entry, rules.book, at=at)
    return matter


# ------------------------------------------------------------------------------------ words of a step that is not taken


@dataclass(frozen=True, slots=True)
class Told:
    """What was told in a step that was not taken: by whom, in which step, the words by their field."""

    matter_id: int
    step: str
    texts: Mapping[str, str]
    by: Actor
    at: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)


def keep(told: Told) -> Danger | None:
    """Keep words of certain danger, or of a requester's that nobody here can read, whose step is not taken; returns
    what was heard, `None` where there was neither.

    Whoever may not see the matter is not listened to. The same words once more, while danger stands open (or they wait
    to be read), are kept already. Raises nothing the step did not raise.
    """
    hers = told.by.kind == "resident" or "for_caller" in told.facts
    texts = {name: text for name, value in told.texts.items() if (text := shortened(clean(value).strip(), MAX_TEXT))}
    found = listen(texts.values())
    if found is None or not (found.certain or (hers and found.unread)):
        return None
    with transaction.atomic():
        where = Case.objects.filter(pk=told.matter_id).values_list("merged_into_id", flat=True).first()
        main = Case.objects.select_for_update().get(pk=where) if where is not None else None
        matter = Case.objects.select_for_update().filter(pk=told.matter_id).first()
        if matter is None or not subject.of(matter).listens or not _may_tell(matter, told.by, told.at):
            return None
        joined = main is not None and standing.is_joined(matter) and matter.merged_into_id == main.pk
        target = main if main is not None and joined else matter
        again = Words.objects.filter(matter_id=matter.pk, text__in=list(texts.values()), turn__gt=1)
        known = target.danger_open if found.certain else target.unread_since is not None
        if known and again.exists():
            return found
        facts = {"step": told.step, **told.facts}
        if target is matter:
            save(matter, mark(matter, found, at=told.at) | facts, by=told.by, at=told.at, texts=texts, seen=hers)
        else:
            own = diary.write(
                matter, "warned", by=told.by, at=told.at, facts={**facts, "main": target.number}, texts=texts, seen=hers
            )
            warn(target.pk, matter.number, own.turn, found, by=told.by, at=told.at)
        diary.seal_others(matter, at=told.at)
    return found


def _may_tell(matter: Case, by: Actor, at: datetime) -> bool:
    of = subject.of(matter)
    facts = of.seen_by(of.facts(matter, of_version(matter.book_id), at, ""), by)
    if of.sees(by, facts, matter):
        return True
    # Who calls people back hears them also when somebody else has recorded the call-back meanwhile.
    return Who.CALLER in facts.by and CallBack.objects.filter(matter_id=matter.pk, round=matter.reopened).exists()


def despite(error: DeskError, told: Told) -> None:
    """Keep what was told although `error` is what its step came to; the error then says that danger was heard."""
    if told.by.kind == "system" or told.step in SETTLES:
        return
    error.danger = keep(told)
    error.told = told if error.danger is not None else None


@contextmanager
def kept() -> Iterator[None]:
    """Stand around a transaction in which steps are taken: danger told in one of them outlives its being undone."""
    try:
        yield
    except DeskError as error:
        if isinstance(told := error.told, Told):
            error.danger = keep(told) or error.danger
        raise
