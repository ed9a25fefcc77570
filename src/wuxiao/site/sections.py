"""What this town does, a folder a subject, and which of them may have a section in a rule book.

Pure: it reads what a subject *is* (`rules`), never its face, so that a book can be checked without the house.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from wuxiao.rules.book import lives
from wuxiao.rules.book.lives import Section

#: The folders under `subjects`, in the order in which people meet them. A life, a register or a kind of slots is
#: named like its folder.
FOLDERS = ("inspection", "reception", "conference", "reward", "premises", "service_points")
#: The numbers a book must say, by subject.
SECTIONS: Mapping[str, Section] = {
    name: section
    for name in FOLDERS
    if (section := getattr(import_module(f"wuxiao.subjects.{name}.rules"), "SECTION", None)) is not None
}


def install() -> None:
    """Say so to the reader of books; once more changes nothing."""
    lives.install(SECTIONS)
