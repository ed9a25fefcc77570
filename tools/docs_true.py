"""Papers that lie are worse than none: what the documents name must exist.

Checks links and anchors, commands (`make …`, `wuxiao …`), paths in code marks, the folder tree in HOUSE.md, the code
words of GLOSSARY.md, and that every row of docs/coverage.csv names an item of the inventory and a test that is there.
"""

from __future__ import annotations

import ast
import csv
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "wuxiao"

LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.M | re.S)
SPAN = re.compile(r"`([^`\n]+)`")
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.M)
TOP_FOLDERS = "src|tests|tools|docs|bench|towns|decisions"
TEST = re.compile(r"^(?:[\w.-]+/)*test_\w+\.py$")
PATH = re.compile(rf"^(?:{TOP_FOLDERS})/[\w./-]*$")


def main() -> int:
    """Print each untrue thing on a line; 1 if there is any."""
    found: list[str] = []
    papers = _papers()
    for paper in papers:
        text = paper.read_text(encoding="utf-8")
        name = str(paper.relative_to(ROOT))
        found += [f"{name}: {line}" for line in (*links(paper, text), *commands(text), *paths(text))]
    found += house(ROOT / "HOUSE.md")
    found += glossary(ROOT / "GLOSSARY.md")
    found += drawn()
    found += coverage(ROOT / "docs" / "coverage.csv")
    for line in found:
        print(line)
    print(f"docs: {len(papers)} papers, {len(found)} untrue")
    return 1 if found else 0


def _papers() -> list[Path]:
    skipped = {".venv", "node_modules", "data", "build", "dist", ".git", ".pytest_cache"}
    found = []
    for folder, folders, files in os.walk(ROOT):
        folders[:] = sorted(one for one in folders if one not in skipped)
        found += [Path(folder) / one for one in sorted(files) if one.endswith(".md")]
    return found


def links(paper: Path, text: str) -> Iterator[str]:
    """Links into nothing."""
    for target in LINK.findall(FENCE.sub("", text)):
        if re.match(r"[a-z][a-z0-9+.-]*:", target):
            continue
        place, _, anchor = target.partition("#")
        other = (paper.parent / unquote(place)).resolve() if place else paper
        if not other.exists():
            yield f"the link {target} leads nowhere"
        elif anchor and other.suffix == ".md" and unquote(anchor) not in _anchors(other):
            yield f"the link {target} names a heading that is not there"


@cache
def _anchors(paper: Path) -> frozenset[str]:
    """The anchors that readers of Markdown make of headings."""
    found = set()
    for heading in HEADING.findall(FENCE.sub("", paper.read_text(encoding="utf-8"))):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
        found.add(re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", plain.strip().lower())))
    return frozenset(found)


def _code(text: str) -> Iterator[str]:
    """Everything written as code: spans, and the lines of blocks."""
    for block in FENCE.finditer(text):
        yield from block.group(0).splitlines()[1:-1]
    yield from SPAN.findall(FENCE.sub("", text))


def commands(text: str) -> Iterator[str]:
    """Commands that do not exist."""
    for line in _code(text):
        line = line.strip().removeprefix("$ ").removeprefix(".venv/bin/")
        line = re.sub(r"^(?:[A-Z_]+=\S* +)+", "", line)
        if match := re.match(r"make +([a-z][a-z-]*)\b", line):
            if match[1] not in _targets():
                yield f"there is no `make {match[1]}`"
        elif match := re.match(r"wuxiao((?: +[a-z][a-z0-9-]*)+)", line):
            words = tuple(match[1].split())
            if not _is_command(words[:1]):
                yield f"there is no command `wuxiao {words[0]}`"


@cache
def _targets() -> frozenset[str]:
    return frozenset(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))


@cache
def _is_command(words: tuple[str, ...]) -> bool:
    command = ROOT / ".venv" / "bin" / "wuxiao"
    return subprocess.run([command, *words, "--help"], capture_output=True, stdin=subprocess.DEVNULL).returncode == 0


def paths(text: str) -> Iterator[str]:
    """Paths of this repository that are not there; files of tests may be named from `tests/` on."""
    for code in SPAN.findall(FENCE.sub("", text)):
        plain = code.split("::")[0].rstrip(":").split(" ")[0]
        if TEST.match(plain) and not any((ROOT / top / plain).exists() for top in ("", "tests")):
            yield f"there is no file of tests {plain}"
        elif PATH.match(plain) and not (ROOT / plain).exists() and not _is_made(plain):
            yield f"there is no {plain}"


def _is_made(path: str) -> bool:
    """Whether git is told to ignore it: fetched or built things come and go."""
    return subprocess.run(["git", "check-ignore", "-q", path], cwd=ROOT).returncode == 0


def house(paper: Path) -> Iterator[str]:
    """HOUSE.md's tree of folders against the folders there are, in both directions."""
    if not paper.is_file():
        yield "HOUSE.md is missing"
        return
    text = paper.read_text(encoding="utf-8")
    drawn = re.findall(r"^[│ ]*[├└]── *([\w.-]+/?)", text, re.M)
    for name in drawn:
        plain = name.rstrip("/")
        known = any(SOURCE.rglob(plain)) or (ROOT / plain).exists() or any(ROOT.glob(f"*/{plain}"))
        if not known:
            yield f"HOUSE.md draws {name}, which is not there"
    for folder in sorted(path for path in SOURCE.iterdir() if path.is_dir() and path.name != "__pycache__"):
        if not re.search(rf"\b{folder.name}\b", text):
            yield f"HOUSE.md does not mention src/wuxiao/{folder.name}/"


def drawn() -> Iterator[str]:
    """The diagrams of the step tables, if one is older than its table."""
    sys.path.insert(0, str(ROOT))
    from tools import docs

    for path, text in docs.flow_pages().items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            yield f"{path.relative_to(ROOT)} is not what its step table says: make docs ARGS=flow"


@cache
def _words_in_code() -> frozenset[str]:
    words: set[str] = set()
    for path in (*SOURCE.rglob("*.py"), *SOURCE.rglob("*.toml")):
        words |= set(re.findall(r"[A-Za-z_][A-Za-z0-9_]*", path.read_text(encoding="utf-8")))
    return frozenset(words)


def glossary(paper: Path) -> Iterator[str]:
    """Code words in the glossary that no code uses."""
    if not paper.is_file():
        yield "GLOSSARY.md is missing"
        return
    for row in paper.read_text(encoding="utf-8").splitlines():
        if not row.startswith("|"):
            continue
        for word in SPAN.findall(row):
            parts = [part for part in re.split(r"\W+", word) if re.fullmatch(r"[a-z_][a-z0-9_]*|[A-Z]\w*", part)]
            missing = [part for part in parts if part not in _words_in_code()]
            if missing:
                yield f"GLOSSARY.md: `{word}` is in no code"


def coverage(table: Path) -> Iterator[str]:
    """Rows of docs/coverage.csv that claim what is not there."""
    if not table.is_file():
        yield "docs/coverage.csv is missing"
        return
    inventory = ROOT.parent / "shared" / "domain" / "inventory.csv"
    known: set[str] = set()
    if inventory.is_file():
        with inventory.open(encoding="utf-8", newline="") as file:
            known = {row["id"] for row in csv.DictReader(file)}
    seen: set[str] = set()
    with table.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), 2):
            where = f"docs/coverage.csv:{number}"
            item = row.get("id") or ""
            if known and item not in known:
                yield f"{where}: the inventory has no {item!r}"
            if item in seen:
                yield f"{where}: {item} stands there twice"
            seen.add(item)
            tests = re.split(r"[;\s]+", (row.get("test") or row.get("tests") or "").strip())
            for node in filter(None, tests):
                if not _test_exists(node):
                    yield f"{where}: there is no test {node}"


@cache
def _test_names(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef))


def _test_exists(node: str) -> bool:
    file, *names = node.split("[")[0].split("::")
    path = ROOT / file
    return path.is_file() and all(name in _test_names(path) for name in names)


if __name__ == "__main__":
    sys.exit(main())
