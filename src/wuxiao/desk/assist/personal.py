"""Names and addresses that the rules alone do not see: a tagger learned from the marks that this town's staff made.

The rules of `reading.redact` always hold, and a tagger learned from made texts ships (`shipped.shipped`). Where staff
added or lifted marks (`desk.redaction`), a field of words and neighbours learns from the older of those texts, is
judged on the newest against what serves now, and takes its place once a named person adopted it. It only adds marks;
people's marks have the last word.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from wuxiao.desk.assist import models
from wuxiao.desk.base.errors import Invalid
from wuxiao.reading import redact
from wuxiao.reading.classify import by_time, weigh
from wuxiao.reading.tagger import sequence, shipped
from wuxiao.records.models import ReadingModel, RedactionMark, Words
from wuxiao.rules.words import Text

TASK = "personal"
KINDS = ("name", "address")
#: Fewer texts that a person marked than this teach nothing worth judging.
LEAST = 100
LEAST_NEW = 20
#: Public lists show the same texts again and again; so many are remembered with what was found in them.
KEPT = 2_000
FORMAT = 1


class Tagger:
    """A tagger in use: safe for the threads of a server, and quick on a text it has seen."""

    def __init__(self, inner: sequence.PersonalTagger) -> None:
        self._inner, self._lock = inner, threading.Lock()
        self._known: dict[str, Sequence[redact.Mark]] = {}

    def marks(self, text: str) -> list[redact.Mark]:
        """Return marks of names and addresses with reasons."""
        with self._lock:
            if text not in self._known:
                if len(self._known) >= KEPT:
                    self._known.pop(next(iter(self._known)))
                self._known[text] = tuple(self._inner.marks(text))
            return list(self._known[text])


_loaded: dict[Path, Tagger] = {}


@cache
def _shipped() -> Tagger:
    return Tagger(shipped.shipped())


def in_use() -> Tagger:
    """Return the tagger that serves: the one a person adopted, else the one that ships; also if its files are gone."""
    found = models.serving(TASK)
    if found is None:
        return _shipped()
    _, folder = found
    if folder not in _loaded:
        try:
            loaded = Tagger(_open(folder))
        except (OSError, ValueError):
            return _shipped()
        _loaded.clear()
        _loaded[folder] = loaded
    return _loaded[folder]


def _open(folder: Path) -> sequence.PersonalTagger:
    head = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    if head.get("format") != FORMAT:
        raise ValueError(f"{folder}: not a tagger of this version; train it again")
    return sequence.PersonalTagger(sequence.SequenceModel(folder / "model.crf", "personal"))


def settled(
    words: str, rows: Iterable[RedactionMark], *, tagger: redact.Tagger | None = None
) -> tuple[redact.Mark, ...]:
    """Return the marks that hold: what the rules and the tagger find, then people's, the last word last."""
    marks: Sequence[redact.Mark] = redact.find(words, tagger=tagger)
    # In the order in which people decided: the last word counts.
    for row in sorted(rows, key=lambda r: r.at):
        if not 0 <= row.start < row.end <= len(words):
            continue
        if row.lifted:
            marks = redact.lift(marks, row.start, row.end)
        else:
            marks = redact.add(words, marks, row.start, row.end, row.kind, by="person")
    return tuple(marks)


@dataclass(frozen=True, slots=True)
class _Read:
    """A text that a person looked at: its words, and the names and addresses that are to be hidden."""

    words: str
    hidden: tuple[tuple[int, int, str], ...]
    at: datetime


def _history() -> list[_Read]:
    rows: dict[int, list[RedactionMark]] = {}
    for row in RedactionMark.objects.filter(matter__hidden_units="").order_by("-at", "-pk")[: models.MOST]:
        rows.setdefault(row.matter_id, []).append(row)
    found = []
    ids = sorted(rows)
    for start in range(0, len(ids), 5000):
        said = Words.objects.filter(
            matter_id__in=ids[start : start + 5000], turn=1, field="words", erased_at__isnull=True
        )
        for matter_id, words in said.values_list("matter_id", "text"):
            if matter_id is None or not words.strip():
                continue
            # People looked at what served then; what they left unchanged was right.
            marks = settled(words, rows[matter_id], tagger=_shipped())
            hidden = tuple((m.start, m.end, m.kind) for m in marks if m.kind in KINDS)
            found.append(_Read(words, hidden, max(row.at for row in rows[matter_id])))
    return sorted(found, key=lambda one: one.at)


@models.learns(TASK)
def train(*, at: datetime) -> ReadingModel:
    """Learn from the older texts that people marked, judge on the newest, and keep the tagger for a person to decide.

    Raises `Invalid` when there are too few such texts.
    """
    read = _history()
    older, newest = by_time([one.at for one in read], models.NEWEST) if read else ([], [])
    now = ReadingModel.objects.filter(task=TASK, state="in_use").first()
    if now is not None:
        newest = [n for n in newest if read[n].at > now.learned_to]
    if len(older) < LEAST or len(newest) < LEAST_NEW or not any(read[n].hidden for n in older):
        zh = (
            f"有人标过的原话还不够：至少要{LEAST}件较早的、{LEAST_NEW}件较新的；现在有{len(older)}件和{len(newest)}件。"
        )
        en = (
            f"Too few texts that people marked: {LEAST} older and {LEAST_NEW} newer ones are needed; "
            f"there are {len(older)} and {len(newest)}."
        )
        raise Invalid({"task": Text(zh, en)})
    with tempfile.TemporaryDirectory() as made:
        path = Path(made) / "model.crf"
        data = [sequence.from_spans(read[n].words, read[n].hidden) for n in older]
        tagger = sequence.PersonalTagger(
            sequence.SequenceModel.train(data, path, "personal", c1=0.05, c2=0.05, rounds=60)
        )
        rival = in_use()
        old, new, hit, wrong = _compared([read[n] for n in newest], tagger, rival)
        told = weigh(old, new, least=LEAST_NEW)
        total = sum(len(read[n].hidden) for n in newest)
        precision, recall = hit / max(1, hit + wrong), hit / max(1, total)
        held = {
            "precision": round(precision, 4),
            "recall": round(recall, 4),
            "f1": round(2 * precision * recall / max(1e-9, precision + recall), 4),
        }

        def save(folder: Path) -> None:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, folder / "model.crf")
            (folder / "model.json").write_text(json.dumps({"format": FORMAT}), encoding="utf-8")

        return models.keep(
            TASK,
            save,
            at=at,
            learned=[read[n].at for n in older],
            judged_to=read[newest[-1]].at,
            card={"text": "", "held_out": held},
            told=told,
            against="model" if now is not None else "rule",
        )


def _compared(
    newest: Sequence[_Read], tagger: redact.Tagger, rival: redact.Tagger
) -> tuple[list[bool], list[bool], int, int]:
    """Return what the rival and the tagger had right, one by one, and the tagger's hits and wrong marks.

    Each name or address is right when all of it is hidden; each stretch that only one of them hides for nothing is
    that one's mistake.
    """
    old: list[bool] = []
    new: list[bool] = []
    hit = wrong = 0
    for one in newest:
        before = [m for m in redact.find(one.words, tagger=rival) if m.kind in KINDS]
        after = [m for m in redact.find(one.words, tagger=tagger) if m.kind in KINDS]
        for start, end, _ in one.hidden:
            old.append(_covers(before, start, end))
            new.append(_covers(after, start, end))
            hit += new[-1]
        idle = [[m for m in marks if not _touches(m, one.hidden)] for marks in (before, after)]
        wrong += len(idle[1])
        for mark in idle[1]:
            if not any(m.start < mark.end and mark.start < m.end for m in idle[0]):
                old.append(True)
                new.append(False)
        for mark in idle[0]:
            if not any(m.start < mark.end and mark.start < m.end for m in idle[1]):
                old.append(False)
                new.append(True)
    return old, new, hit, wrong


def _covers(marks: Sequence[redact.Mark], start: int, end: int) -> bool:
    return sum(max(0, min(end, m.end) - max(start, m.start)) for m in marks) >= end - start


def _touches(mark: redact.Mark, hidden: Sequence[tuple[int, int, str]]) -> bool:
    return any(start < mark.end and mark.start < end for start, end, _ in hidden)
