"""Checks of an answer before it goes out: advice to its writer, and facts about answers for supervision.

Nothing is held back: the writer sees the advice once and decides. What was found when the answer went out is kept by
answer and unit, never by person, and is counted, never ranked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count

from wuxiao.desk.assist import similar
from wuxiao.desk.base.actor import Actor
from wuxiao.desk.town.books import Rules
from wuxiao.reading import replies
from wuxiao.records.models import Matter, ReplyAdvice, Words
from wuxiao.rules import hide
from wuxiao.rules.words import Text

COPY_AT = 0.8
#: The checks by code, as pages call them.
NAMES: Mapping[str, Text] = {
    "items": Text("逐条回应诉求", "takes up each request"),
    "who": Text("写明由谁负责", "says who is responsible"),
    "what": Text("写明做了什么", "says what was or will be done"),
    "when": Text("写明什么时候", "says by when"),
    "law": Text("写明依据或理由", "names the law or the reason"),
    "copy": Text("不是照抄的答复", "is no copy of other answers"),
    "plain": Text("说人话", "is plainly written"),
    "unit_phone": Text("不把人推回被反映的单位", "does not send people back to the unit complained of"),
    "beyond": Text("说不归我管时写明途径", "names the right way when out of its duty"),
}
#: What one answer may well lack without being worse for it: advice only when several are missing.
_SMALL = frozenset({"who", "when", "law"})


@dataclass(frozen=True, slots=True)
class Advice:
    """One finding to show to the writer: its code, name and reason."""

    code: str
    name: Text
    why: Text


def check(matter: Matter, reply: str, rules: Rules, *, words: str | None = None) -> dict[str, tuple[bool, Text]]:
    """Look an answer over: for each check whether it is fine, and why; `words` spares reading the message."""
    if words is None:
        words = (
            Words.objects.filter(matter_id=matter.pk, turn=1, field="words", erased_at__isnull=True)
            .values_list("text", flat=True)
            .first()
            or ""
        )
    asked = "\n".join([words, *(f"请{item['text']}。" for item in matter.items)]) if matter.items else words
    about = [rules.book.units[code] for code in hide.unpack(matter.about) if code in rules.book.units]
    said = replies.check(asked, reply, unit_phones=[unit.phone for unit in about if unit.phone])
    found = {one.code: (one.fine, Text(one.why.zh, one.why.en)) for one in said.findings}
    alike = [score for score in similar.answers_like(reply) if score >= COPY_AT]
    if alike:
        found["copy"] = (
            False,
            Text(
                f"与{len(alike)}件其他答复几乎相同（最高{alike[0]:.0%}）",
                f"almost the same as {len(alike)} other answers (up to {alike[0]:.0%})",
            ),
        )
    return found


def advice(matter: Matter, reply: str, rules: Rules, *, words: str | None = None) -> list[Advice]:
    """Return what to tell the writer before an answer goes out; an empty list when there is nothing worth a pause."""
    found = check(matter, reply, rules, words=words)
    bad = [code for code, (fine, _) in found.items() if not fine]
    if len(bad) < 2 and set(bad) <= _SMALL:
        return []
    return [Advice(code, NAMES.get(code, Text(code, code)), found[code][1]) for code in bad]


def ready(matter: Matter, given: Mapping[str, object], rules: Rules, *, files: int) -> bool:
    """Tell whether an answer is complete enough to be worth advice: what is missing altogether is said first."""
    kind = rules.book.evidence_kinds.get(str(given.get("evidence", "")))
    ticked = given.get("ticked", [])
    open_items = [n for n, item in enumerate(matter.items) if not item["done"]]
    answered = isinstance(ticked, Sequence) and {str(n) for n in open_items} <= {str(n) for n in ticked}
    return bool(given.get("reply")) and kind is not None and answered and (not kind.file or files > 0)


def record(matter: Matter, reply: str, rules: Rules, *, turn: int, by: Actor, at: datetime) -> ReplyAdvice:
    """Keep what the checks found about an answer, inside the act that sends it."""
    found = check(matter, reply, rules)
    return ReplyAdvice.objects.create(
        matter=matter,
        turn=turn,
        unit=by.unit or matter.holder,
        findings={code: fine for code, (fine, _) in found.items()},
        advice=sum(not fine for fine, _ in found.values()),
        at=at,
    )


@dataclass(frozen=True, slots=True)
class Counted:
    """How the answers of some time fared: answers, answers with nothing to advise, and by check how many failed it."""

    answers: int
    clean: int
    failed: Mapping[str, int]
    units: Sequence[tuple[str, int, int]]


def counted(*, at: datetime, days: int = 30) -> Counted:
    """Count what the checks found in the last days: over all, and by unit in the order of their codes (no ranking)."""
    rows = ReplyAdvice.objects.filter(at__gt=at - timedelta(days=days), at__lte=at)
    failed = dict.fromkeys(NAMES, 0)
    answers = clean = 0
    for findings in rows.values_list("findings", flat=True).iterator(chunk_size=5000):
        answers += 1
        bad = [code for code, fine in findings.items() if not fine]
        clean += not bad
        for code in bad:
            failed[code] = failed.get(code, 0) + 1
    by_unit: dict[str, list[int]] = {}
    for unit, advised, count in rows.values_list("unit", "advice").annotate(n=Count("id")).order_by("unit"):
        mine = by_unit.setdefault(unit, [0, 0])
        mine[0] += count
        mine[1] += count if not advised else 0
    return Counted(answers, clean, failed, [(unit, n, fine) for unit, (n, fine) in sorted(by_unit.items())])
