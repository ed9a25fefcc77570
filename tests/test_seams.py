"""Where subjects are named outside their own files: exactly the seams below, and at most six lines a subject.

What a subject owns is its folder, its tables with their migration, and files that are about nothing else (a page of its
own, a command, its part of the demo county). A subject that stands on another names it in its own files: that is no
line in a file of others. Everything else that must name it is a seam, and each seam is written down here with its
reason. A mechanism that forces one more line fails here: mend the mechanism, or say why not.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from wuxiao.site.sections import FOLDERS

SRC = Path(__file__).resolve().parent.parent / "src" / "wuxiao"
#: Files that are about one subject alone, beside its folder.
OWN: Mapping[str, tuple[str, ...]] = {
    "inspection": (
        "records/models/inspection.py", "records/models/draw.py", "site/commands/inspection.py",
        "site/demo/visits.py", "web/public/draws.py", "web/public/hazards.py", "web/static/wuxiao/js/draw.js",
        "web/templates/public/draw.html", "web/templates/public/draws.html", "web/templates/public/hazards.html",
    ),
    "conference": ("records/models/conference.py", "site/demo/sittings.py"),
    "premises": ("records/models/premises.py", "site/demo/premises.py"),
    "service_points": (
        "records/models/service_points.py", "site/demo/points.py", "web/resident/points.py",
        "web/templates/resident/point.html", "web/templates/resident/point_rate.html",
        "web/templates/resident/points.html", "web/templates/resident/points_map.html",
    ),
    "reception": (
        "site/demo/receptions.py", "web/public/receptions.py", "web/resident/reception.py", "web/staff/reception.py",
        "web/templates/public/receptions.html", "web/templates/resident/reception.html",
        "web/templates/staff/reception.html", "web/templates/staff/reception_follow.html",
        "web/templates/staff/reception_one.html",
    ),
    "reward": (
        "records/models/reward.py", "site/demo/rewards.py", "web/public/rewards.py", "web/resident/reward.py",
        "web/staff/payouts.py", "web/templates/public/rewards.html", "web/templates/resident/reward.html",
        "web/templates/staff/payouts.html", "web/templates/staff/payout_accounts.html",
    ),
}  # fmt: skip
LISTED, TABLES = "site/sections.py", "records/models/__init__.py"
DEMO, TITLES = "site/demo/county.py", "rules/calendar/occasions.py"
#: The seams: file and how many of its lines name the subject. `LISTED` is the list of what there is, `TABLES` that of
#: the tables, `DEMO` tells the county's parts in their order, `TITLES` is what calendars outside may call an hour.
SEAMS: Mapping[str, Mapping[str, int]] = {
    "inspection": {LISTED: 1, TABLES: 2, DEMO: 2, TITLES: 1},
    "conference": {LISTED: 1, TABLES: 1, DEMO: 2, TITLES: 1},
    "premises": {LISTED: 1, TABLES: 1, DEMO: 2},
    "service_points": {
        LISTED: 1, TABLES: 1, DEMO: 2,
        # The reader of books: rows of this register may name who is on duty, where the town says so.
        "rules/book/places.py": 1,
    },
    "reception": {
        LISTED: 1, DEMO: 2, TITLES: 1,
        # Receiving people is a power of posts, and leaders read on their first page whom they follow.
        "rules/access.py": 1, "web/staff/lists.py": 2,
        # The public calendar of receptions has an address of its own, which people have subscribed to.
        "feeds/calendars/views.py": 1,
    },
    # The post of a desk that pays is there only with the section of the book.
    "reward": {LISTED: 1, TABLES: 1, DEMO: 2, "rules/access.py": 1},
}  # fmt: skip
#: The pilot was asked for six lines. Receptions stand in three places more, each with its reason above.
MOST = {"reception": 8}
PILOT = 6


def words_of(subject: str) -> frozenset[str]:
    """The words by which a subject is named in code: its own, its tables, the modules and addresses of its pages."""
    found = {subject}
    for name in OWN[subject]:
        path, text = SRC / name, (SRC / name).read_text(encoding="utf-8")
        if path.suffix != ".py":
            continue
        tree = ast.parse(text)
        if name.startswith("records/"):
            found |= {one.name for one in tree.body if isinstance(one, ast.ClassDef)}
        if name.startswith("web/"):
            # A name of one word ("calendar") says other things elsewhere.
            found |= set(re.findall(r'\bpath\([^)]*name="(\w+_\w+)"', text))
    return frozenset(found)


def lines_naming(text: str, subject: str, words: frozenset[str]) -> set[int]:
    """The lines of a Python file, comments and docstrings apart, that name a subject or what they took from it."""
    tree, lines, bound, skip = ast.parse(text), set(), set(), set()
    modules = {f"wuxiao.{name.removesuffix('.py').replace('/', '.')}" for name in OWN[subject] if name.endswith(".py")}
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if (
            isinstance(body, list)
            and body
            and isinstance(body[0], ast.Expr)
            and isinstance(body[0].value, ast.Constant)
        ):
            skip.add(id(body[0].value))
        for module, alias in _imports(node):
            whole = f"{module}.{alias.name}"
            theirs = module == "wuxiao.records.models" or module in modules
            if (
                whole in modules
                or whole.startswith(f"wuxiao.subjects.{subject}.")
                or module.startswith(f"wuxiao.subjects.{subject}")
                or (theirs and (module in modules or alias.name in words))
            ):
                lines.add(alias.lineno)
                bound.add(alias.asname or alias.name)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in bound:
            lines.add(node.lineno)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skip:
            said = node.value.removeprefix("staff:")
            if said in words or f"subjects.{subject}" in said:
                lines.add(node.lineno)
    return lines


def _imports(node: ast.AST) -> Iterator[tuple[str, ast.alias]]:
    if isinstance(node, ast.ImportFrom) and node.module:
        for alias in node.names:
            yield node.module, alias


def seams_of(subject: str) -> dict[str, int]:
    """How many lines of which files of others name a subject."""
    words, found = words_of(subject), {}
    known = {*words, *(Path(name).stem for name in OWN[subject])}
    shapes = re.compile("|".join(rf"""["']{re.escape(word)}["']""" for word in sorted(words)))
    others = {name for one, names in OWN.items() if one != subject for name in names}
    for path in sorted(SRC.rglob("*")):
        name = str(path.relative_to(SRC))
        if name.startswith(("subjects/", "records/migrations/", "plan/")) or name in {*OWN[subject], *others}:
            continue
        if path.suffix not in {".py", ".html", ".js", ".typ"} or "vendor" in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        if not any(word in text for word in known):
            continue
        if path.suffix == ".py":
            lines = lines_naming(text, subject, words)
        else:
            lines = {n for n, line in enumerate(text.splitlines()) if shapes.search(line)}
        if lines:
            found[name] = len(lines)
    return found


@pytest.mark.parametrize("subject", FOLDERS)
def test_a_subject_is_named_at_its_seams_and_nowhere_else(subject: str) -> None:
    assert seams_of(subject) == SEAMS[subject]
    assert sum(SEAMS[subject].values()) <= MOST.get(subject, PILOT)


def test_what_a_subject_owns_is_there_and_is_one_subjects_alone() -> None:
    assert set(OWN) == set(SEAMS) == set(FOLDERS)
    named = [name for names in OWN.values() for name in names]
    assert len(named) == len(set(named))
    for name in named:
        assert (SRC / name).is_file(), name


def test_the_count_would_notice() -> None:
    words = words_of("inspection")
    assert {"Inspection", "Finding", "Draw", "public_draws", "public_hazards"} <= words
    said = '''"""An inspection is named in words: that is no seam."""
from wuxiao.records.models import Case, Finding
from wuxiao.subjects.inspection.rules import INSPECTION as LOOKS
# Finding
def look(case):
    """Finding."""
    if case.life == LOOKS.name or case.life == "inspection":
        return Finding.objects.all()
    return reverse("public_draws")
'''
    assert lines_naming(said, "inspection", words) == {2, 3, 7, 8, 9}
    assert lines_naming(said, "conference", words_of("conference")) == set()
