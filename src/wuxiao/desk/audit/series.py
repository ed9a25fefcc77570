"""Numbers of papers have no gap, and a template of the town's own is the one that was adopted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from wuxiao.records.models import Document, Entry, PaperTemplate, RowPaper, Series
from wuxiao.rules.papers import DRAWN, KINDS
from wuxiao.rules.words import Text

#: Missing numbers that are named.
_MOST = 20


def faults() -> Iterator[tuple[str, Text]]:
    """Yield where not every number of a kind and year stands, from 1 to the last taken: its name and a sentence."""
    taken: dict[tuple[str, int], set[int]] = {}
    # What is drawn stands in no series; that it was given out is sealed in its case, like every paper.
    counted = Document.objects.exclude(no__gte=DRAWN.start)
    for kind, year, no in counted.values_list("kind", "year", "no").iterator():
        taken.setdefault((kind, year), set()).add(no)
    last = {(one.kind, one.year): one.last for one in Series.objects.all()}
    for key in sorted(taken.keys() | last.keys()):
        numbers, end = taken.get(key, set()), last.get(key, 0)
        name = KINDS[key[0]].number(key[1], end) if key[0] in KINDS else f"{key[0]} {key[1]}"
        missing = [n for n in range(1, max([end, *numbers]) + 1) if n not in numbers]
        if missing:
            shown = ", ".join(map(str, missing[:_MOST]))
            yield name, Text(f"文书编号缺号：{shown}", f"numbers of papers are missing: {shown}")
        if numbers and max(numbers) != end:
            yield (
                name,
                Text(
                    f"编号用到{max(numbers)}，记的是{end}",
                    f"numbers were taken up to {max(numbers)}, the series says {end}",
                ),
            )


def of_rows() -> Iterator[tuple[str, Text]]:
    """Yield the papers of rows that are not what the row's entry sealed: by code, digest or files."""
    sealed = {
        entry.facts.get("code"): (entry.row_id, entry.turn, entry.facts.get("digest"), entry.facts.get("files"))
        for entry in Entry.objects.filter(row__isnull=False, verb="print_paper")
    }
    there = set()
    for paper in RowPaper.objects.prefetch_related("files").order_by("pk"):
        there.add(paper.code)
        files = {one.kind: one.sha256 for one in paper.files.all()}
        if sealed.get(paper.code) != (paper.row_id, paper.turn, paper.digest, files):
            yield paper.code, Text("打印的文书被改动，或者没有记录", "a printed paper was changed, or no entry says so")
    for code in sorted(str(one) for one in sealed.keys() - there):
        yield code, Text("打印的文书不见了", "a printed paper is gone")


def templates() -> Iterator[tuple[str, Text]]:
    """Yield the templates of the town's own that are not what was adopted: other bytes, or no entry says so."""
    said = {
        entry.facts.get("whole")
        for entry in Entry.objects.filter(matter__isnull=True, row__isnull=True, verb="decide_template")
        if entry.facts.get("choice") == "adopted"
    }
    for one in PaperTemplate.objects.filter(outcome="adopted").order_by("pk"):
        if hashlib.sha256(bytes(one.body)).hexdigest() != one.digest or one.digest not in said:
            yield (
                f"template:{one.pk}",
                Text("文书模板被改动，或者没有采用的记录", "a template was changed, or no entry says it was adopted"),
            )
