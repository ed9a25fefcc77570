"""How often the guess by the tree's own words is right or honestly empty, in both languages:
`python -m bench.reading_guess`.

Judged on the labelled ordinary texts of `bench/reading` (headings name the categories that are right): the closed part,
and the part that was mended on, apart. A guess is what a reporter is shown, so one below `reading.guess.SURE_ENOUGH` is
an empty answer. No database is needed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from wuxiao.reading import danger_set
from wuxiao.reading.danger_set import Sample, share
from wuxiao.reading.guess import SURE_ENOUGH, CategoryWords, Guess, guess
from wuxiao.rules import book
from wuxiao.rules.book_model import Book

SETS = Path(__file__).parent / "reading"


def tree(town: Book) -> tuple[CategoryWords, ...]:
    """Return the words by which the leaves of a rule book's tree are known."""
    return tuple(
        CategoryWords(c.code, c.kind, c.name.zh, c.name.en, c.keywords) for c in town.categories.values() if c.leaf
    )


def english(text: str) -> bool:
    """Whether a labelled text counts as English."""
    return any("a" <= char <= "z" for char in text.lower()) and not any("\u4e00" <= char <= "\u9fff" for char in text)


def judged(samples: list[Sample], town: Book) -> list[tuple[Sample, Guess | None, bool, bool]]:
    """Return with each text what is shown (None for empty), and whether its category and its kind are right.

    A heading may name a branch; the kinds that are right are those of all categories under what it names.
    """
    words = tree(town)
    rows = []
    for sample in samples:
        found = guess(sample.text, words, limit=1)
        shown = found[0] if found and found[0].score >= SURE_ENOUGH else None
        kinds = {one.kind for one in words if any(under(one.code, code) for code in sample.codes)}
        right = shown is not None and any(under(shown.code, code) for code in sample.codes)
        rows.append((sample, shown, right, shown is not None and shown.kind in kinds))
    return rows


def under(code: str, branch: str) -> bool:
    """Whether a category is a branch of the tree or lies below it."""
    return code == branch or code.startswith(f"{branch}.")


def figures(samples: list[Sample], town: Book) -> dict[str, Any]:
    """Return the shares of one language: shown at all, right or empty by category and kind, right where shown."""
    rows = judged(samples, town)
    shown = [row for row in rows if row[1] is not None]
    empty = len(rows) - len(shown)
    return {
        "shown": share(len(shown), len(rows)),
        "category right or empty": share(empty + sum(row[2] for row in rows), len(rows)),
        "kind right or empty": share(empty + sum(row[3] for row in rows), len(rows)),
        "category right where shown": share(sum(row[2] for row in shown), len(shown)),
        "kind right where shown": share(sum(row[3] for row in shown), len(shown)),
    }


def main() -> None:
    """Print the figures as JSON."""
    town = book.default()
    labelled = [s for s in danger_set.sets(SETS).own if s.codes]
    out = {}
    for part, closed in (("closed", True), ("mended on", False)):
        for language, is_english in (("Chinese", False), ("English", True)):
            of = [s for s in labelled if (s.part == "c") is closed and english(s.text) is is_english]
            out[f"{part}, {language}"] = figures(of, town)
    print(json.dumps(out, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
