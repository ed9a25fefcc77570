"""The page texts in both languages: the Chinese sentence in the code is the key, English stands in django.po.

    messages.py update          add what the pages say and the file lacks; nothing anyone wrote is lost
    messages.py missing         the sentences without English, as JSON to fill in: {"中文": ""}
    messages.py fill FILE       take the English from such a JSON file (or from standard input with -)
    messages.py check           what is missing or does not fit; exits 1 if anything does
    messages.py compile         django.mo, if it is not of this very django.po
    messages.py prune           forget sentences no page says any more

Several people may run these at once: the file is locked while it changes, sorted by sentence, and holds no line
numbers and no dates, so that two branches seldom touch the same line. A context is written
before the sentence: "context|中文".
"""

from __future__ import annotations

import ast
import fcntl
import hashlib
import io
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tokenize import TokenError

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import normalize, read_po
from jinja2 import TemplateSyntaxError

from wuxiao.site.english import CONTEXT, SENTENCE, stale

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "wuxiao"
PO = SOURCE / "web" / "locale" / "en" / "LC_MESSAGES" / "django.po"
HEADER = {
    "Project-Id-Version": "wuxiao",
    "Language": "en",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=2; plural=(n != 1);",
}
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
TEMPLATE_OPTIONS = {
    "extensions": "jinja2.ext.do",
    "trimmed": "true",
    "newstyle_gettext": "true",
    "silent": "false",
    "trim_blocks": "true",
    "lstrip_blocks": "true",
}
TEMPLATE_ENDINGS = {".html", ".jinja", ".jinja2", ".txt", ".xml", ".svg"}

CJK = re.compile(r"[\u3400-\u9fff\u3000-\u303f\uff01-\uff5e]")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
TRANSLATORS = {"_", "gettext", "gettext_lazy"}
LONE_PERCENT = re.compile(r"(?<!%)%(?![%(sd])")

Key = tuple[str, str, str]  # context, sentence, plural sentence
Book = dict[Key, tuple[str, ...]]


def said() -> tuple[dict[Key, list[str]], list[str]]:
    """Every sentence the pages can say, with where it stands; and the files that could not be read, with the reason."""
    found: dict[Key, list[str]] = {}
    broken: list[str] = []
    for path in sorted(SOURCE.rglob("*")):
        if path.suffix == ".py":
            method, options = "python", {}
        elif "templates" in path.parts and path.suffix in TEMPLATE_ENDINGS:
            method, options = "jinja2.ext:babel_extract", TEMPLATE_OPTIONS
        else:
            continue
        try:
            with path.open("rb") as file:
                messages = list(extract(method, file, KEYWORDS, (), options))
        except (TemplateSyntaxError, SyntaxError, TokenError, UnicodeDecodeError) as error:
            broken.append(f"{path.relative_to(ROOT)}:{getattr(error, 'lineno', 0)}: cannot be read: {error}")
            continue
        for line, message, _, context in messages:
            singular, plural = message if isinstance(message, tuple) else (message, "")
            if singular:
                found.setdefault((context or "", singular, plural), []).append(f"{path.relative_to(ROOT)}:{line}")
    return found, broken


def read() -> tuple[Book, Book]:
    """The sentences in django.po with their English, and those no page says any more."""
    if not PO.is_file():
        return {}, {}
    with PO.open("rb") as file:
        catalog = read_po(file, locale="en")
    return _book(catalog), _book(catalog.obsolete.values())


def _book(messages: Iterable[object]) -> Book:
    book: Book = {}
    for message in messages:
        if message.id:  # type: ignore[attr-defined]
            ids = message.id if isinstance(message.id, (tuple, list)) else (message.id, "")  # type: ignore[attr-defined]
            text = message.string if isinstance(message.string, (tuple, list)) else (message.string,)  # type: ignore[attr-defined]
            book[(message.context or "", ids[0], ids[1])] = tuple(part or "" for part in text)  # type: ignore[attr-defined]
    return book


def write(live: Book, gone: Book) -> None:
    """Write django.po anew in one stroke; the same content always gives the same bytes."""
    header = "".join(f'"{name}: {value}\\n"\n' for name, value in HEADER.items())
    entries = [f'msgid ""\nmsgstr ""\n{header}']
    entries += [_entry(key, text) for key, text in sorted(live.items(), key=_order)]
    for key, text in sorted(gone.items(), key=_order):
        entries.append("".join(f"#~ {line}\n" for line in _entry(key, text).splitlines()))
    PO.parent.mkdir(parents=True, exist_ok=True)
    part = PO.with_suffix(f".part{os.getpid()}")
    part.write_text("\n".join(entries), encoding="utf-8")
    part.replace(PO)


def _order(item: tuple[Key, tuple[str, ...]]) -> tuple[str, str, str]:
    context, singular, plural = item[0]
    return singular, plural, context


def _entry(key: Key, text: tuple[str, ...]) -> str:
    context, singular, plural = key
    lines = [f"msgctxt {normalize(context, width=0)}"] if context else []
    lines.append(f"msgid {normalize(singular, width=0)}")
    if plural:
        lines.append(f"msgid_plural {normalize(plural, width=0)}")
        lines += [f"msgstr[{n}] {normalize(part, width=0)}" for n, part in enumerate((*text, "", "")[:2])]
    else:
        lines.append(f"msgstr {normalize(text[0] if text else '', width=0)}")
    return "\n".join(lines) + "\n"


@contextmanager
def locked() -> Iterator[None]:
    """One change of the file at a time, whoever makes it."""
    PO.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(PO.parent, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def update(*, prune: bool = False, new: Book | None = None) -> tuple[int, int]:
    """Bring the file in step with the pages and take new English in; returns (sentences, of these without English)."""
    now, broken = said()
    for line in broken:
        print(f"messages: {line}", file=sys.stderr)
    with locked():
        live, gone = read()
        known = {**gone, **live, **(new or {})}
        fresh: Book = {key: known.get(key, ("", "") if key[2] else ("",)) for key in now}
        # English given beforehand, for a page still being written, waits among the others.
        left = {} if prune else {key: text for key, text in known.items() if key not in fresh and any(text)}
        if (fresh, left) != (live, gone):
            write(fresh, left)
    return len(fresh), sum(not all(text) for text in fresh.values())


def troubles() -> list[str]:
    """What keeps the English from being complete and fitting, one line each."""
    live, _ = read()
    sentences, found = said()
    for key, places in sorted(sentences.items()):
        _, singular, plural = key
        text = live.get(key)
        where = f"{places[0]}: {singular!r}"
        if places[0].split(":")[0].endswith(".html") and LONE_PERCENT.search(singular):
            found.append(f"{where}: write %% for a percent sign")
        if text is None or not all(text):
            found.append(f"{where} has no English")
            continue
        for part in text:
            # A plural form may leave the number out ("one matter"), a plain sentence may leave nothing out.
            extra = set(PLACEHOLDER.findall(part)) - set(PLACEHOLDER.findall(singular + plural))
            lost = set() if plural else set(PLACEHOLDER.findall(singular)) - set(PLACEHOLDER.findall(part))
            if extra or lost:
                found.append(f"{where}: the placeholders of {part!r} differ: {', '.join(sorted(extra | lost))}")
            if part != singular and CJK.search(re.sub(r"\([^)]*\)", "", part)):
                found.append(f"{where}: there is Chinese in the English: {part!r}")
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TRANSLATORS
            if named and node.args and isinstance(node.args[0], ast.JoinedStr):
                place = f"{path.relative_to(ROOT)}:{node.lineno}"
                found.append(f"{place}: an f-string cannot be translated; write _('… %(name)s …') % {{'name': name}}")
    return found


def compile_all() -> None:
    """Write django.mo where it is not of its django.po; times of files say nothing after a clone or a pull."""
    for po in stale(SOURCE / "web" / "locale"):
        mo, source = po.with_suffix(".mo"), po.read_bytes()
        catalog: Catalog = read_po(io.BytesIO(source), locale=po.parts[-3], abort_invalid=True)
        catalog.add(SENTENCE, hashlib.sha256(source).hexdigest(), context=CONTEXT)
        part = mo.with_suffix(f".part{os.getpid()}")
        with part.open("wb") as file:
            write_mo(file, catalog)
        part.replace(mo)


def _written(key: Key) -> str:
    context, singular, plural = key
    return (f"{context}|" if context else "") + singular + (f"||{plural}" if plural else "")


def fill(name: str) -> tuple[int, list[str]]:
    """Take English from a JSON file: {"中文": "English"}, plurals as a list of two; returns (taken, warnings)."""
    given = json.loads(sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8"))
    by_text = {_written(key): key for key in [*said()[0], *read()[0], *read()[1]]}
    new: Book = {}
    warnings = []
    for written, english in given.items():
        text = tuple(english) if isinstance(english, list) else (english,)
        key = by_text.get(written)
        if key is None:
            warnings.append(f"no page says {written!r} yet; kept for later")
            singular, _, plural = written.partition("||")
            context, bar, rest = singular.partition("|")
            key = (context, rest, plural) if bar else ("", singular, plural)
        if key[2] and len(text) == 1:
            text = text * 2
        if all(text):
            new[key] = text
    update(new=new)
    return len(new), warnings


def main(arguments: list[str]) -> int:
    """The command; see the text at the top of this file."""
    match arguments:
        case ["update"] | ["prune"]:
            sentences, without = update(prune=arguments == ["prune"])
            compile_all()
            print(f"messages: {sentences} sentences, {without} without English")
            return 0
        case ["missing"]:
            update()
            live, _ = read()
            empty = {_written(key): ["", ""] if key[2] else "" for key, text in live.items() if not all(text)}
            print(json.dumps(empty, ensure_ascii=False, indent=1))
            return 0
        case ["fill", name]:
            taken, warnings = fill(name)
            compile_all()
            for warning in warnings:
                print(f"messages: {warning}", file=sys.stderr)
            print(f"messages: {taken} taken")
            return 0
        case ["check"]:
            found = troubles()
            for line in found:
                print(line)
            print(f"messages: {len(said()[0])} sentences, {len(found)} troubles")
            return 1 if found else 0
        case ["compile"]:
            compile_all()
            return 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
