"""While it is handled: asking the resident, extensions, notes, reminders, words added."""

from __future__ import annotations

from wuxiao.desk.case import clocks, tell
from wuxiao.desk.case.turn import Effects, Turn
from wuxiao.rules.access import ROLES, Power, Role
from wuxiao.rules.book.sentences import rung_words
from wuxiao.rules.promise import Term, promise

#: What each verb of this file does to a matter.
does = Effects()


@does("ask")
def ask(turn: Turn) -> None:
    """Ask the resident; the promise stands still, at most as long as the rule book allows."""
    if clocks.wait_end(turn.matter, turn.rules, at=turn.at) <= turn.at:
        turn.refuse("等待诉求人的总时间已用完", "the time for waiting is used up", "pause_total")
    turn.pause_reason = turn.given["reply"][:200]


@does("reply")
def reply(turn: Turn) -> None:
    """The resident (or an operator for them) replied; the clock goes on."""


@does("resume")
def resume(turn: Turn) -> None:
    """The wait is over without a reply."""


@does("add")
def add(turn: Turn) -> None:
    """Words or photos were added; if they speak of danger, the banner is raised again."""


@does("extend")
def extend(turn: Turn) -> None:
    """Ask for more time, within the cap of the rule book; another person decides."""
    matter, book = turn.matter, turn.rules.book
    days = turn.given["term_days"]
    cap = book.petition.extension if matter.petition else book.extension.term(matter.handling_class)
    asked = Term.parse(f"{days} {'calendar_days' if matter.petition else 'working_days'}")
    # A cap in another measure than what is asked for is compared by where both would lead.
    longest, wanted = (promise(turn.at, term, turn.rules.calendar).due for term in (cap, asked))
    if asked.amount > cap.amount if asked.unit == cap.unit else wanted > longest:
        turn.wrong("term_days", f"最多可延{cap.words.zh}", f"at most {cap.words.en}")
    matter.extension = {
        "term": str(asked),
        "days": days,
        "reason": turn.given["reason"],
        "staff": turn.by.staff_id,
        "at": turn.at.isoformat(),
    }
    turn.facts |= {"days": days, "term": str(asked)}


@does("grant")
def grant(turn: Turn) -> None:
    """Grant the extension; the resident is told the new date and the reason (R2.14)."""
    matter = turn.matter
    assert matter.extension is not None
    turn.facts |= {"days": matter.extension["days"], "term": matter.extension["term"]}
    turn.texts["reason"] = matter.extension["reason"]
    turn.after.append(lambda: setattr(matter, "extension", None))


@does("deny")
def deny(turn: Turn) -> None:
    """Refuse the extension with a reason; the date stays."""
    turn.matter.extension = None


@does("note")
def note(turn: Turn) -> None:
    """A note, internal unless it is marked as seen by the resident."""


@does("inspected")
def inspected(turn: Turn) -> None:
    """An inspection that came from this report says what was found, or what became of it."""


@does("mark_child")
def mark_child(turn: Turn) -> None:
    """A named person says that a child is concerned."""
    turn.matter.child = True


@does("unmark_child")
def unmark_child(turn: Turn) -> None:
    """A lead says why no child is concerned."""
    turn.matter.child = False


@does("ask_contact")
def ask_contact(turn: Turn) -> None:
    """Ask to see the contact of a matter that concerns a child; another person decides."""
    by = turn.by
    posts = by.viewer.posts if by.viewer is not None else ()
    unit = next((p.unit for p in posts if Power.CONTACT in ROLES[p.role].powers or p.role is Role.CALLER), by.unit)
    turn.matter.contact_ask = {"staff": by.staff_id, "unit": unit, "at": turn.at.isoformat()}
    turn.matter.contact_asked_at = turn.at
    turn.facts |= {"fields": ["contact"], "who": by.name}


@does("let_contact")
def let_contact(turn: Turn) -> None:
    """A lead agrees: who asked may see it once."""
    assert turn.matter.contact_ask is not None
    turn.matter.contact_ask = turn.matter.contact_ask | {"let_by": turn.by.staff_id, "let_at": turn.at.isoformat()}
    turn.matter.contact_asked_at = None
    turn.facts |= {"fields": ["contact"], "who": turn.by.name}


@does("keep_contact")
def keep_contact(turn: Turn) -> None:
    """A lead does not agree and says why."""
    turn.matter.contact_ask = turn.matter.contact_asked_at = None
    turn.facts |= {"fields": ["contact"], "who": turn.by.name}


def _climb(turn: Turn) -> None:
    """Note a rung of the ladder as a fact of the rule book, in both languages, instead of as a text."""
    if turn.by.kind != "system":
        return
    rung = rung_words(turn.rules.book, turn.matter.ladder)
    turn.texts.pop("reason", None)
    turn.facts["rung"] = {"zh": rung.zh, "en": rung.en}
    ladder = turn.rules.book.ladder
    tell.queue_rung(turn.matter, turn.rules.book, ladder[min(turn.matter.ladder, len(ladder) - 1)], rung, at=turn.at)
    turn.matter.ladder += 1


@does("remind")
def remind(turn: Turn) -> None:
    """The first rung of the ladder."""
    _climb(turn)


@does("urge")
def urge(turn: Turn) -> None:
    """Urge by name and date: by the ladder, by the resident, by the centre or by supervision."""
    turn.matter.urged_at = turn.at
    _climb(turn)
    turn.facts["by"] = turn.by.kind


@does("supervise")
def supervise(turn: Turn) -> None:
    """Formal supervision: the last rung, or a supervisor's own decision (R2.16).

    When the clock does it, again and again until there is an answer, the matter keeps its place on the list of those
    supervised, and the body that oversees the unit is written to.
    """
    if turn.by.kind != "system":
        turn.matter.supervised_at = turn.at
    else:
        turn.matter.supervised_at = turn.matter.supervised_at or turn.at
        tell.queue_late(turn.matter, turn.rules.book, at=turn.at)
    _climb(turn)
    turn.facts["by"] = turn.by.kind
