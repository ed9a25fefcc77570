"""The house keeps its own promises: only the desk writes, engines have no clock, files name no machine.

Import rules between storeys are import-linter contracts (pyproject.toml); `make check` runs them.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "wuxiao"

# Storeys that may not write. The desk writes; site runs migrations and hands everything else to the desk.
READERS = ("web", "feeds", "subjects", "records", "site", "rules", "reading", "plan", "typed")

ORM_WRITES = {
    "create", "acreate", "update", "aupdate", "delete", "adelete", "get_or_create", "update_or_create",
    "bulk_create", "bulk_update", "save", "asave", "select_for_update",
}  # fmt: skip
# Words that only a query set or a model has, so that any receiver is refused.
ALWAYS_ORM = {
    "get_or_create",
    "update_or_create",
    "bulk_create",
    "bulk_update",
    "select_for_update",
    "acreate",
    "asave",
}
QUERY_WORDS = {
    "objects",
    "filter",
    "exclude",
    "all",
    "_base_manager",
    "_default_manager",
    "using",
    "annotate",
    "order_by",
}
RAW_SQL = {"execute", "executemany", "executescript", "callproc"}
WRITE_TOOLS = {"django.db.transaction", "django.db.connection", "django.db.connections"}

#: The one file of a subject that writes: what each step of its life does, called by `desk.case.act` alone.
ACTS = "acts.py"
# (file, what, why). Short on purpose; a new line here needs a reason a reviewer would accept.
ASKS_ONLY = "asks the database at start whether commits are durable; it changes nothing a town remembers"
NO_TOWN = "reads a file of roads or shapes that a planner was given; no database of a town is known there"
ALLOWED: set[tuple[str, str, str]] = {
    ("plan/ground/aequilibrae.py", ".execute()", NO_TOWN),
    ("plan/grids/shapes.py", ".execute()", NO_TOWN),
    ("site/durable.py", "import connection", ASKS_ONLY),
    ("site/durable.py", ".execute()", ASKS_ONLY),
    ("records/sealed.py", "import connection", ASKS_ONLY),
    ("records/sealed.py", ".execute()", ASKS_ONLY),
    ("site/backup.py", "import connection", "copies the database as a whole and asks it for its files; writes no row"),
    ("site/backup.py", ".execute()", ASKS_ONLY),
    ("site/commands/keeping.py", "import connection", "closes it before its file is put in place"),
    ("site/watch/doctor.py", "import connection", ASKS_ONLY),
    ("site/watch/doctor.py", ".execute()", ASKS_ONLY),
    ("site/available.py", "import connection", "closes a connection whose database went away; writes no row"),
    ("site/worker.py", "import connections", "closes a sender's own connection when its thread ends"),
    (
        "site/address.py",
        "import connections",
        "closes this process's connections before it becomes the supervisor",
    ),
    *(
        (
            "records/replayed.py",
            what,
            "writes the rows its caller in the desk writes, and notes them for the entry that seals them",
        )
        for what in (
            "import connection",
            "import transaction",
            ".bulk_create()",
            ".execute()",
            ".update()",
            ".select_for_update()",
        )
    ),
    (
        "web/resident/report.py",
        ".save()",
        "the visitor's own session, written with the matter: the draft is gone exactly when there is a code",
    ),
    (
        "site/demo/county.py",
        "import transaction",
        "tells an invented life, or a few, per transaction, each through the desk",
    ),
}

# Functions of the desk that write without a person and an instant, with the reason.
WITHOUT_WHO_AND_WHEN = {
    "beat.lead": "one loop's own sign of life, no act",
    "beat.leave": "one loop's own sign of life, no act",
    "beat.believable": "the clock is looked at, no act",
    "figures.refresh": "counts what is there, no act",
    "kept.refresh": "counts what is there, no act",
    "checkpoints.publish": "signs what is there, no act",
    "checkpoints.take": "gives entries their place in the log, no act",
    "filling.hold": "only locks the row that says how far it is",
    "identity.rotate": "the same values under another key, no act",
    "identity.under_old_keys": "only counts",
    "imports.tidy": "removes what is over, no act",
    "keys.used": "when a key was last used, no act",
    "jobs.run_due": "only moves a job's lease; the job's own verb carries who and when",
    "signing_in.first_step": "who acts is what it finds out",
    "signing_in.complete": "who acts is the person who signs in",
    "signing_in.forget_second": "forgets tries of a person who was right, no act",
    "factors.check_code": "who acts is the person whose factor it is",
    "factors.check_passkey": "who acts is what it finds out",
    "staff.confirm_password": "who acts is the person whose password it is",
    "visits.moved": "a visitor's own session got a new key, no act",
    "visits.sweep": "removes what is over, no act",
    "throttle.miss": "counts look-ups at a door, no act",
    "throttle.once": "counts answers at a door, no act",
    "staff.set_language": "a person's own screen, no act",
    "throttle.knock": "counts look-ups at a door, no act",
    "call_backs.answer_by_link": "the link's token says who",
    "matters.mark_told": "the outbox's own note that a message arrived",
    "filters.save": "a person's own named search, no act",
    "filters.forget": "a person's own named search, no act",
    "visits.keep": "a visitor's own session, no act",
    "staff.change_password": "who acts is the person whose password it is",
}

# The one step table is one subject, however long the table is.
MAY_BE_LONG = {"rules/flow/table.py"}


def _allowed(file: str, what: str) -> bool:
    return any(entry[:2] == (file, what) for entry in ALLOWED)


def _chain(node: ast.expr) -> set[str]:
    """Every name and attribute a call's receiver is made of: Matter.objects.filter(...) → {Matter, objects, filter}."""
    names: set[str] = set()
    while True:
        if isinstance(node, ast.Call):
            node = node.func
        elif isinstance(node, ast.Attribute):
            names.add(node.attr)
            node = node.value
        elif isinstance(node, ast.Subscript):
            node = node.value
        else:
            if isinstance(node, ast.Name):
                names.add(node.id)
            return names


def writes(source: str, *, migration: bool = False) -> Iterator[tuple[int, str]]:
    """Each place of a source text that writes to the database, or holds the tools to: (line, what)."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module == "django.db" and not migration:
            for alias in node.names:
                if f"django.db.{alias.name}" in WRITE_TOOLS:
                    yield node.lineno, f"import {alias.name}"
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        word, chain = node.func.attr, _chain(node.func.value)
        if word in RAW_SQL or word in ALWAYS_ORM or (word in ORM_WRITES and chain & QUERY_WORDS):
            yield node.lineno, f".{word}()"
        elif word in {"save", "delete"} and not node.args and "self" not in chain and "super" not in chain:
            # Pictures and workbooks are saved to somewhere: save(target). A model saves itself: save().
            yield node.lineno, f".{word}()"


def _files(*storeys: str) -> list[Path]:
    return sorted(path for storey in storeys for path in (SOURCE / storey).rglob("*.py"))


def test_the_test_for_writing_would_notice() -> None:
    guilty = """
from django.db import transaction
Matter.objects.create(text="x")
Matter.objects.filter(pk=1).update(text="y")
matter.save(update_fields=["text"])
matter.delete()
Matter.objects.bulk_create(rows)
cursor.execute("DELETE FROM x")
"""
    assert [what for _, what in writes(guilty)] == [
        "import transaction", ".create()", ".update()", ".save()", ".delete()", ".bulk_create()", ".execute()",
    ]  # fmt: skip
    innocent = """
options.update(a=1)
digest.update(b"x")
image.save(target, "PNG")
workbook.save(buffer)
Matter.objects.filter(pk=1).values_list("pk")
"""
    assert list(writes(innocent)) == []


@pytest.mark.parametrize("storey", READERS)
def test_only_the_desk_writes(storey: str) -> None:
    found = []
    for path in _files(storey):
        file = str(path.relative_to(SOURCE))
        if "/migrations/" in file or (storey == "subjects" and path.name == ACTS):
            continue
        found += [
            f"{file}:{line} {what}"
            for line, what in writes(path.read_text(encoding="utf-8"))
            if not _allowed(file, what)
        ]
    assert not found, "these belong into a verb of the desk:\n" + "\n".join(found)


def test_no_allowance_is_out_of_date() -> None:
    for file, what, why in ALLOWED:
        assert (SOURCE / file).is_file(), f"{file} is gone; remove its allowance"
        assert what in {found for _, found in writes((SOURCE / file).read_text(encoding="utf-8"))}, (
            f"{file} no longer needs {what}"
        )
        assert len(why) > 20


#: Tables whose rows belong to one matter: whoever reads them must be somebody who may see that matter.
OF_A_MATTER = {
    "Access", "Attachment", "CallBack", "Case", "Contact", "Entry", "HotIssue", "HotMatter", "Matter", "Message",
    "RedactionMark", "SignOff", "Suggestion", "Words", "WorkOrder",
}  # fmt: skip
#: Where pages, feeds and the desk's own looks read such rows without `desk.shown.visible`, and why that is right.
READS_BY_ITSELF: dict[tuple[str, str], str] = {
    ("feeds/replay/figures.py", "*"): "a tool for an empty town of its own; nobody signs in there",
    ("desk/look/matter.py", "_find"): "reads the one matter asked for and asks the predicate before it is given",
    ("desk/look/matter.py", "view"): "rows of the matter that _find has given this actor",
    ("desk/look/cases.py", "counts"): "the stored predicate itself: the viewer's principals, hidden ones left out",
    (
        "desk/look/cases.py",
        "waiting",
    ): "counts by the stored predicate: the viewer's own principals, hidden ones left out",
    ("desk/look/cases.py", "view"): "rows of the case that find has given this actor",
    ("desk/look/cases.py", "_files"): "files of a case given before",
    ("desk/look/cases.py", "attachment"): "a file of the case that find has given this actor",
    ("desk/look/cases.py", "paper"): "which entries of the case that find has given are this actor's to read",
    ("desk/look/cases.py", "by_code"): "by the code of the case's own other side",
    ("desk/case/entries.py", "entries_of"): "rows of a matter given before",
    ("desk/case/entries.py", "_hidden"): "numbers named in it, to leave out those hidden from the viewer",
    ("desk/look/matter.py", "_related"): "what was joined or split off, unless it is hidden from the viewer",
    ("desk/look/matter.py", "_numbers_in"): "words of a matter given before",
    ("desk/look/matter.py", "attachment"): "a file of the matter that find has given this actor",
    ("desk/look/callbacks.py", "_open"): "call-backs are for those who do not see the matter; hidden ones are left out",
    ("desk/look/callbacks.py", "call"): "reads the one asked for and asks for the relation before it is given",
    ("desk/case/keyset.py", "_rows"): "the stored predicate itself: one principal of the viewer, hidden ones left out",
    ("desk/look/search.py", "_of_principals"): "the stored predicate itself, hidden ones left out",
    ("desk/look/shelves.py", "_signing"): "a condition inside a list of the stored predicate",
    ("desk/look/shelves.py", "_inbox"): "a condition inside a list of the stored predicate",
    ("desk/look/suggestions.py", "report"): "counts over what is hidden from nobody",
    ("desk/look/town.py", "town_entries"): "the town's own diary, of no matter",
    ("desk/look/town.py", "reads_of"): "the auditor's page; hidden matters of the auditor's own unit are left out",
    # What a desk handed over: asked by the desk that had it, shown without a word where it is hidden from anybody.
    ("desk/look/handed.py", "*"): "status of what this very desk handed over; hidden ones show nothing",
    # What pages and feeds read through the desk's other modules (`READ_BY_PAGES`).
    (
        "desk/matters/exchange.py",
        "_find",
    ): "what a platform names; only what its unit has a part in and is not hidden from it",
    ("desk/matters/exchange.py", "take"): "the matter this very platform was answered about under the same delivery",
    (
        "desk/matters/exchange.py",
        "_report",
    ): "whether a number is free (a guess costs a signed notice: 1 in 28 million)",
    ("desk/matters/exchange.py", "_kept_here"): "the first entry of the matter that _find has given this platform",
    ("desk/matters/exchange.py", "_warned"): "the matter that _find has given this platform, locked for its danger",
    ("desk/matters/exchange.py", "_heard"): "what was said of danger in a matter that a platform is called to",
    ("desk/matters/exchange.py", "_decided"): "the number of the matter that _find has given this platform",
    ("desk/matters/exchange.py", "text_of"): "words of the matter of a notice, unless it is hidden from that platform",
    ("desk/matters/exchange.py", "_offer"): "words of the matter that is being offered to that platform",
    ("desk/assist/hot.py", "*"): "counts what is hidden from nobody; rows are given through visible(viewer) alone",
    ("desk/case/outbox.py", "*"): "the sender; administrators read through _told(viewer)",
    ("desk/matters/printed.py", "standing"): "by the token of a paper; state and unit only",
    ("desk/matters/progress.py", "*"): "by the resident's own code",
    ("desk/diary/readings.py", "*"): "matters that were shown before, to write down that they were",
    ("desk/assist/redaction.py", "*"): "words of a matter that look.find has given",
    ("desk/matters/released.py", "*"): "the gate to the public: hidden from nobody, not shielded",
    ("desk/assist/reply_checks.py", "check"): "words of a matter that look.find has given",
    ("desk/case/sentences.py", "read_words"): "words of a matter given before",
    (
        "desk/case/sentences.py",
        "heard",
    ): "words said on a matter given before, by entries that were given (look.entries)",
    ("desk/case/sentences.py", "purposes_of"): "purposes of entries given before",
    ("desk/case/sentences.py", "_of_export"): "the purpose of an entry given before",
    ("desk/matters/sign_offs.py", "*"): "a reviewer's own sign-offs, unless hidden from them",
    ("desk/assist/similar.py", "_rows"): "texts of the index; who asks is given what is not hidden from them (_near)",
    ("desk/assist/similar.py", "_near"): "leaves out by its condition what the asker may not be told of",
    ("desk/assist/similar.py", "_erased"): "the worker's, for the index",
    ("desk/assist/similar.py", "_verdict"): "the next number there will be",
    ("desk/assist/similar.py", "_state"): "the newest number there is, nothing of a row",
    ("desk/assist/suggest.py", "remember"): "writes what was taken of a suggestion",
    ("desk/matters/published.py", "streets"): "matters that are public",
    # A row says by when the viewer's own unit has to report its part; the matters are those visible to the viewer.
    ("desk/case/rows.py", "rows"): "work orders of the viewer's own units, of matters chosen by visible(viewer)",
}


#: The desk's modules besides `desk.look` through which pages and feeds read rows of matters.
READ_BY_PAGES = (
    "exchange", "exports", "filters", "hot", "outbox", "printed", "progress", "published", "readings", "redaction",
    "released", "reply_checks", "sentences", "sign_offs", "similar", "suggest", "entries", "keyset", "rows",
)  # fmt: skip


def reads(source: str) -> Iterator[tuple[str, str]]:
    """Each place of a source text that asks a table of matters: (function, table)."""

    def walk(node: ast.AST, inside: str) -> Iterator[tuple[str, str]]:
        for child in ast.iter_child_nodes(node):
            # A function within another belongs to the outer one.
            here = child.name if inside == "" and isinstance(child, ast.FunctionDef) else inside
            if (
                isinstance(child, ast.Attribute)
                and child.attr in {"objects", "_base_manager", "_default_manager"}
                and isinstance(child.value, ast.Name)
                and child.value.id in OF_A_MATTER
            ):
                yield here, child.value.id
            yield from walk(child, here)

    yield from walk(ast.parse(source), "")


def test_ids_become_rows_only_for_somebody() -> None:
    """Pages and feeds hold no way from an id to a matter; the desk's looks have one, and it demands a viewer."""
    guilty = "def rows(ids):\n    return list(Matter.objects.filter(pk__in=ids))\n"
    assert list(reads(guilty)) == [("rows", "Matter")]
    met: set[tuple[str, str]] = set()
    wrong = []
    through = [
        path for path in _files("desk") if path.stem in READ_BY_PAGES and path.parent.name not in {"look", "audit"}
    ]
    for path in (*_files("web", "feeds"), *sorted((SOURCE / "desk" / "look").glob("*.py")), *through):
        file = path.relative_to(SOURCE).as_posix()
        for function, table in reads(path.read_text(encoding="utf-8")):
            found = {(file, function), (file, "*")} & READS_BY_ITSELF.keys()
            met |= found
            if not found:
                wrong.append(f"{file}: {function} reads {table}: go through desk.shown.visible(viewer)")
    assert wrong == []
    assert READS_BY_ITSELF.keys() - met == set()


def test_a_look_that_is_given_ids_or_numbers_is_given_a_viewer_too() -> None:
    asked = 0  # `names` turns ids of staff into names
    for path in sorted((SOURCE / "desk" / "look").glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                continue
            arguments = [*node.args.args, *node.args.kwonlyargs]
            names = {one.arg for one in arguments}
            if not names & {"ids", "number", "numbers", "matter_id"} or node.name == "names":
                continue
            asked += 1
            assert names & {"viewer", "by"}, f"{path.name}: {node.name} turns ids into rows for nobody"
            defaults = dict(zip([a.arg for a in node.args.kwonlyargs], node.args.kw_defaults, strict=True))
            assert all(defaults.get(name) is None for name in ("viewer", "by")), f"{path.name}: {node.name}"
    assert asked >= 6


def test_rules_reading_and_plan_have_no_clock_and_no_dice_of_their_own() -> None:
    """Time is a parameter and chance has a seed: else nothing could be replayed."""
    forbidden = re.compile(
        r"\b(datetime\.now|datetime\.utcnow|date\.today|datetime\.today|time\.time|monotonic|perf_counter)\("
    )
    dice = re.compile(r"(?<![\w.])(?:np\.)?random\.(random|choice|choices|randint|rand|randn|shuffle|sample|uniform)\(")
    assert forbidden.search("x = datetime.now(UTC)")
    assert dice.search("random.choice(a)")
    unseeded = re.compile(r"\bnp\.random\.(?!default_rng|Generator|SeedSequence)")
    found = []
    for path in _files("rules", "reading"):
        if path.name == "measure.py":
            continue  # the measuring commands themselves hold the stop watch
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if forbidden.search(line) or dice.search(line):
                found.append(f"{path.relative_to(SOURCE)}:{number}: {line.strip()}")
    for path in _files("plan"):
        # Engines stop after some seconds, so they may read a stop watch, but neither the date nor unseeded chance.
        text = path.read_text(encoding="utf-8")
        chance = dice if re.search(r"^import random", text, re.M) else unseeded
        if "np.random.seed(seed)" in text and "njit" in text:
            continue  # compiled code has one generator, and this file gives it the plan's seed
        for number, line in enumerate(text.splitlines(), 1):
            if re.search(r"\b(datetime\.now|date\.today|datetime\.utcnow)\(", line) or chance.search(line):
                found.append(f"{path.relative_to(SOURCE)}:{number}: {line.strip()}")
    assert not found, "\n".join(found)


def test_whatever_writes_at_the_desk_says_who_and_when() -> None:
    """What pages, feeds and commands call to write takes by= and at=; the desk's own inner steps need not."""
    called: set[str] = set()
    for path in _files("web", "feeds", "site"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("wuxiao.desk."):
                stem = (node.module or "").rpartition(".")[2]
                called |= {f"{stem}.{alias.name}" for alias in node.names}
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                called.add(f"{node.value.id}.{node.attr}")
    found = []
    checked = 0
    for path in _files("desk"):
        source = path.read_text(encoding="utf-8")
        lines = {line for line, what in writes(source) if not what.startswith("import")}
        for node in ast.parse(source).body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                continue
            if not any(node.lineno <= line <= (node.end_lineno or node.lineno) for line in lines):
                continue
            checked += 1
            names = {argument.arg for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)}
            name = f"{path.stem}.{node.name}"
            if name in called and not (names >= {"by", "at"} or "turn" in names or name in WITHOUT_WHO_AND_WHEN):
                found.append(f"{path.relative_to(SOURCE)}:{node.lineno} {node.name}({', '.join(sorted(names))})")
    assert checked, "nothing at the desk writes?"
    assert not found, "these write without by= and at=:\n" + "\n".join(found)


def _tracked() -> list[Path]:
    """Files under version control that hold text."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [
        path
        for path in paths
        if path.is_file() and path.suffix not in {".png", ".jpg", ".ico", ".woff2", ".xlsx", ".pdf", ".gz"}
    ]


def test_nothing_committed_names_where_it_was_made() -> None:
    """No path of this checkout, no package registry, no home folder: the next person's machine is another one."""
    # In parts, so that this file does not name them either.
    hosts = ("registry.npm" + "js", "py" + "pi.org", "files.python" + "hosted", "deb." + "debian.org")
    registries = re.compile("|".join(map(re.escape, hosts)))
    assert registries.search('"resolved": "https://registry.npm' + 'js.org/x"')
    # A checkout right below the root has a name too ordinary to look for.
    place = re.escape(str(ROOT)) if len(ROOT.parts) > 2 else "(?!)"
    here = re.compile(rf"(?<![\w.~/$-]){place}(?![\w-])")
    found = []
    for path in _tracked():
        text = path.read_text(encoding="utf-8", errors="replace")
        for number, line in enumerate(text.splitlines(), 1):
            if here.search(line) or registries.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}")
    assert not found, "\n".join(found)


def test_locks_name_versions_only() -> None:
    for name in ("requirements.lock", "requirements-dev.lock", "requirements-node.lock"):
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            assert re.fullmatch(r"#.*|[a-z0-9][a-z0-9._-]*==[0-9][\w.!+]*( ; .+)?", line), f"{name}: {line}"
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text(encoding="utf-8")


def _named(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~; ]", requirement.strip())[0]).lower()


def test_locks_hold_everything_the_project_names() -> None:
    """A package added to pyproject.toml and not to the locks works on one machine only: run `make lock`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    for lock, wanted in (
        ("requirements.lock", [*project["dependencies"], *extras["build"]]),
        ("requirements-dev.lock", [*project["dependencies"], *extras["build"], *extras["dev"]]),
        ("requirements-node.lock", extras["node"]),
    ):
        held = {_named(line) for line in (ROOT / lock).read_text(encoding="utf-8").splitlines() if "==" in line}
        missing = {_named(one) for one in wanted} - held
        assert not missing, f"{lock} lacks {sorted(missing)}: run make lock"


def test_every_package_the_product_imports_is_declared() -> None:
    """An import that works only because some other package brings it breaks on the next machine."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {_named(one) for one in [*project["dependencies"], *project["optional-dependencies"]["node"]]}
    brought_by = packages_distributions()
    found = []
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "files":
                names = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            for top in {name.partition(".")[0] for name in names}:
                if top in sys.stdlib_module_names or top == "wuxiao":
                    continue
                if not {_named(one) for one in brought_by.get(top, [])} & declared:
                    found.append(f"{path.relative_to(SOURCE)}:{node.lineno} imports {top}")
    assert not found, "name these in pyproject.toml, then make lock:\n" + "\n".join(found)


def test_no_file_has_grown_past_one_subject() -> None:
    """At 500 lines it is time to ask whether a file has one subject; past 800 nobody reads it as one thing."""
    large = {}
    for path in _files(*READERS, "desk"):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > 800 and "migrations" not in path.parts and str(path.relative_to(SOURCE)) not in MAY_BE_LONG:
            large[str(path.relative_to(SOURCE))] = lines
    assert not large, f"split these by subject: {large}"


def test_every_form_that_writes_names_its_address() -> None:
    """A form without an action posts to whatever address happened to draw the page.

    A page that a second view draws after a POST (a number shown, a file refused) then loses what was written.
    """
    pages = SOURCE / "web" / "templates"
    forms = re.compile(r"<form\b[^>]*\bmethod=\"post\"[^>]*>", re.IGNORECASE)
    found, seen = [], 0
    for path in sorted(pages.rglob("*.html")):
        if "gallery" in path.parts:
            continue
        for form in forms.findall(path.read_text(encoding="utf-8")):
            seen += 1
            if not re.search(r'\baction="\{\{|\baction="/', form):
                found.append(f"{path.relative_to(pages)}: {form[:100]}")
    assert seen > 30
    assert not found, "name the address in action=: \n" + "\n".join(found)


def test_the_index_of_decisions_names_each_and_says_which_numbers_are_none() -> None:
    folder = ROOT / "decisions"
    index = (folder / "README.md").read_text(encoding="utf-8")
    files = {path.name: int(path.name[:4]) for path in folder.glob("0*.md")}
    linked = {name: int(number) for number, name in re.findall(r"^\| \[(\d+)\]\(([^)]+)\) \|", index, re.M)}
    assert linked == files
    for name, number in files.items():
        assert (folder / name).read_text(encoding="utf-8").startswith(f"# {number}. "), name
    free = next(line for line in index.splitlines() if "belong to no decision" in line)
    missing = set(range(1, max(files.values()) + 1)) - set(files.values())
    assert missing == {int(number) for number in re.findall(r"\d+", free)}
    assert len(set(files.values())) == len(files), "no number is given twice"


def test_papers_name_the_file_of_the_step_table_where_it_is() -> None:
    from tools.docs import flow_pages
    from wuxiao.rules import tasks
    from wuxiao.rules.flow import table as flow_table
    from wuxiao.subjects.conference import rules as sittings
    from wuxiao.subjects.inspection import rules
    from wuxiao.subjects.reward import rules as rewards

    tables = (flow_table.__file__, rules.__file__, sittings.__file__, rewards.__file__, tasks.__file__)
    for text, table in zip(flow_pages().values(), tables, strict=True):
        place = re.search(r"step table in `([^`]+)`", text)
        assert place is not None
        assert (ROOT / place[1]).samefile(table)


def test_every_small_fault_of_the_list_has_its_place_in_the_code() -> None:
    """`make mutate` tries what has a place; one that lost it would be tried no more, and nobody would know."""
    from tools.mutants.place import STOREYS, Gone, place, read

    gone = []
    for fault in read():
        try:
            place(fault)
        except Gone as why:
            gone.append(f"{fault.id}: {why}")
    assert gone == [], "say in tools/mutants/faults what stands there now"
    assert {fault.storey for fault in read()} == set(STOREYS)
