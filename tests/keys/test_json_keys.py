"""No key is told to nobody: what the product says as JSON is read by a script, a paper or a client, and the reverse.

Whatever makes JSON stands in `CHANNELS` (who reads it) or in `OWN` (what we keep for ourselves, and what reads it
back): a new place fails here by name. The keys are read off the source: every name of a table that the functions of a
channel write, every field of a record they hand out whole. So a key that is added is looked for the day it is written.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src/wuxiao"
SCRIPTS = SOURCE / "web/static/wuxiao/js"
TEMPLATES = SOURCE / "web/templates"


@dataclass(frozen=True)
class Channel:
    """One way out: the functions and records that write it, and the files in which its keys are read."""

    sources: tuple[str, ...]
    readers: tuple[str, ...]


PAPER = "docs/developers/json.md"
JS = "src/wuxiao/web/static/wuxiao/js/"
CHANNELS: dict[str, Channel] = {
    "the form of a call": Channel(
        (
            "web/staff/intake.py:suggest",
            "web/staff/intake.py:_promised",
            "web/staff/intake.py:places",
            "web/staff/intake.py:guesses_shown",
            "web/staff/intake.py:_danger_shown",
            "web/staff/intake.py:foreseen",
        ),
        (f"{JS}staff-intake.js",),
    ),
    "the phone tray": Channel(
        (
            "web/staff/phone.py:worker",
            "web/staff/phone.py:state",
            "web/staff/phone.py:round_",
            "web/staff/phone.py:_words",
            "web/staff/phone.py:_both",
            "web/staff/phone.py:_place",
            "web/staff/phone.py:_forms",
            "web/staff/phone.py:_field",
            "web/staff/phone.py:slip",
            "desk/case/tray.py:_said",
            "desk/case/tray.py:_said(",
            "desk/case/tray.py:_both",
            "desk/case/tray.py:_receipt",
            "web/staff/gate.py:guarded",
            "web/staff/gate.py:_to_sign_in",
        ),
        (f"{JS}phone.js", f"{JS}phone-worker.js", f"{JS}tray.js", "docs/developers/phone-tray.md"),
    ),
    "passkeys": Channel(
        (
            "web/staff/admin/session.py:_refused",
            "web/staff/admin/session.py:passkey_options",
            "web/staff/admin/session.py:passkey_answer",
        ),
        (f"{JS}passkey.js",),
    ),
    "addresses while one types": Channel(("web/resident/pages.py:address_hints",), (f"{JS}resident.js",)),
    "a drawn round": Channel(
        ("web/public/draws.py:round_", "subjects/inspection/rounds.py:published"), (f"{JS}draw.js", PAPER)
    ),
    "the witness of a commitment": Channel(
        (
            "web/public/draws.py:witness",
            "subjects/inspection/rounds.py:witnessed",
            "desk/diary/diary.py:sealed_text",
        ),
        (f"{JS}draw.js", PAPER),
    ),
    "a map one can drag": Channel(
        (
            "web/staff/registers.py:live",
            "web/staff/admin/tiles.py:told",
            "web/resident/points.py:live",
            "web/shared/maps.py:_over",
            "web/shared/maps.py:live",
            "web/shared/maps.py:_collection",
            "web/shared/maps.py:_feature",
        ),
        (f"{JS}map.js", PAPER),
    ),
    "open data": Channel(
        (
            "web/public/measures.py:as_json",
            "web/public/measures.py:_both",
            "web/public/measures.py:_entry",
            "web/public/measures.py:_cells",
            "web/public/opendata.py:as_json",
            "web/public/opendata.py:checkpoints",
            "web/public/opendata.py:consistency",
            "web/public/opendata.py:proof",
        ),
        (PAPER,),
    ),
    "one's own data": Channel(
        ("web/resident/party.py:data", "web/resident/progress.py:data_json", "desk/matters/progress.py:data_of"),
        (PAPER,),
    ),
    "whether it is well": Channel(
        ("site/watch/health.py:live", "site/watch/health.py:ready", "site/logs.py:format"),
        (PAPER, "docs/administrators/running.md"),
    ),
    "commands": Channel(
        (
            "site/commands/addresses.py:run_addresses",
            "site/commands/audit.py:run_receipt",
            "site/commands/audit.py:_as_json",
            "site/commands/documents.py:run_check",
            "site/commands/forms.py:run_check",
            "feeds/forms/found.py:as_json",
            "site/commands/inspection.py:run_order",
            "site/commands/inspection.py:run_draw",
            "site/commands/inspection.py:_committed",
            "site/commands/inspection.py:_taken",
            "site/commands/inspection.py:_compared",
            "site/commands/inspection.py:_checked",
            "site/commands/inspection.py:_told",
            "subjects/inspection/lists.py:told",
            "site/commands/keeping.py:run_backup",
            "site/commands/keeping.py:_tell_restored",
            "site/commands/keeping.py:run_doctor",
            "site/watch/doctor.py:to_json",
            "site/commands/registers.py:run_impact",
            "site/commands/rules.py:run_rehearse",
            "site/commands/sheets.py:_say_look",
            "site/commands/sheets.py:_say_result",
            "site/commands/sheets.py:run_replay",
            "site/commands/sheets.py:_replay_here",
            "site/commands/sheets.py:_against",
            "site/commands/calendars.py:run_check",
            "feeds/calendars/check.py:report",
            "rules/promise/cli.py:run",
            "rules/promise/cli.py:_record",
            "reading/cli.py:_show",
            "reading/cli.py:_each",
        ),
        (PAPER, "docs/**/*.md"),
    ),
    "plans": Channel(
        (
            "plan/cli.py:_register",
            "plan/cli.py:_run",
            "plan/ground/cli.py:_told",
            "plan/ground/cli.py:_network",
            "plan/ground/write.py:save_geojson",
        ),
        (PAPER, "docs/planning/*.md"),
    ),
    "Open311": Channel(
        (
            "feeds/open311/render.py:answer",
            "feeds/open311/views.py:discovery",
            "feeds/open311/views.py:_request",
            "feeds/open311/views.py:_received",
            "feeds/open311/views.py:token",
            "feeds/open311/services.py:service",
            "feeds/open311/services.py:attributes",
        ),
        ("docs/developers/open311.md", "tests/feeds/georeport.py"),
    ),
    "problems told to machines": Channel(
        ("feeds/problems.py:json", "feeds/problems.py:of", "feeds/problems.py:danger", "feeds/problems.py:_problem"),
        ("docs/developers/api.md",),
    ),
    "notices to platforms": Channel(
        ("desk/case/tell.py:_notice", "desk/matters/exchange.py:text_of", "desk/doors/keys.py:try_hook"),
        ("docs/developers/api.md", "src/wuxiao/feeds/exchange/views.py"),
    ),
}
#: What we keep for ourselves as JSON, or take a digest of; what reads it back.
OWN: dict[str, str] = {
    "desk/assist/personal.py:save": "desk/assist/personal.py",
    "desk/assist/similar.py:_grow": "desk/assist/similar.py",
    "desk/base/filters.py:forget_person": "a search of texts for a name",
    "desk/base/once.py:_digest": "a digest",
    "desk/base/put.py:_lite_json": "columns, read by Django",
    "desk/case/act.py:_columns": "columns, read by Django",
    "desk/case/tray.py:_digest": "a digest",
    "desk/diary/vouched.py:_digest": "a digest",
    "desk/documents/check.py:check": "desk/documents/trial.py",
    "desk/town/grounds.py:adopt_boundaries": "desk/town/grounds.py",
    "desk/town/grounds.py:adopt_tiles": "desk/town/grounds.py",
    "desk/town/provider.py:adopt": "desk/town/provider.py",
    "desk/documents/documents.py:fields": "a digest",
    "desk/documents/of_rows.py:_said": "a digest",
    "desk/documents/trial.py:main": "desk/documents/check.py",
    "desk/documents/typeset.py:pdf": "desk/documents/templates",
    "desk/files/drafts.py:keep": "desk/files/drafts.py",
    "desk/matters/matters.py:_details": "a text of Words, read by desk.matters.matters",
    "desk/people/erasure.py:note": "desk/people/erasure.py",
    "feeds/forms/old.py:main": "feeds/forms/old.py",
    "plan/store.py:parsed": "a measure of its length",
    "plan/store.py:save": "plan/store.py",
    "plan/store.py:_wrong": "a sentence",
    "reading/classify.py:save": "reading/classify.py",
    "reading/duplicates.py:save": "reading/duplicates.py",
    "reading/tagger/network.py:save": "reading/tagger/network.py",
    "reading/similar.py:save": "reading/similar.py",
    "records/models/telling.py:seal_of": "a digest",
    "records/sealed.py:get_db_prep_save": "records/sealed.py",
    "rules/calendar/__init__.py:_digest": "a digest",
    "rules/questions/form.py:canonical": "a digest",
    "site/assets.py:_place": "site/assets.py",
    "site/backup.py:_write": "site/backup.py",
    "site/watch/metrics.py:write": "site/watch/metrics.py",
    "web/shared/sessions.py:encode": "web/shared/sessions.py",
}


@cache
def tree(file: str) -> ast.Module:
    return ast.parse((SOURCE / file).read_text("utf-8"))


def functions(file: str) -> Iterator[tuple[str, ast.AST]]:
    """Yield every function and record of a file by its name; what lies inside another belongs to it too."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, node


def keys_of(source: str) -> set[str]:
    """Return the keys a function writes, the fields of a record, or (`name(`) how calls name what they hand on."""
    file, _, name = source.partition(":")
    if name.endswith("("):
        calls = [n for n in ast.walk(tree(file)) if isinstance(n, ast.Call) and ast.unparse(n.func) == name[:-1]]
        assert calls, f"nobody calls {source}"
        return {word.arg for call in calls for word in call.keywords if word.arg}
    nodes = [node for found, node in functions(file) if found == name]
    assert nodes, f"there is no {source}"
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.ClassDef):
            found |= {n.target.id for n in node.body if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)}
            continue
        for one in _said_in(node):
            if isinstance(one, ast.Dict):
                found |= {k.value for k in one.keys if isinstance(k, ast.Constant) and isinstance(k.value, str)}
            elif isinstance(one, ast.Assign):
                for target in one.targets:
                    if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
                        found |= {target.slice.value} if isinstance(target.slice.value, str) else set()
    return found


def _said_in(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what lies in a function, but for what is no JSON: sentences with places, headers, notes for the diary."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.BinOp) and isinstance(child.op, ast.Mod):
            continue
        if isinstance(child, ast.keyword) and child.arg in {"json_dumps_params", "facts", "headers", "env"}:
            continue
        if isinstance(child, ast.Assign) and any(
            re.search(r"\.(?:headers|session)\[|^response\[|^answered?\[.[A-Z]", ast.unparse(t)) for t in child.targets
        ):
            continue
        if isinstance(child, ast.AnnAssign | ast.Assign) and re.match(r"(query|how)\b", ast.unparse(child)):
            continue
        if isinstance(child, ast.Call) and ast.unparse(child.func) in {"render", "show"}:
            continue
        yield child
        yield from _said_in(child)


def read_in(pattern: str) -> str:
    """Return the text of a reader: scripts without their comments."""
    text = "\n".join(path.read_text("utf-8") for path in sorted(ROOT.glob(pattern)))
    assert text, f"there is no reader {pattern}"
    return re.sub(r"(?m)^\s*//.*$", "", text) if pattern.endswith(".js") else text


def reads(text: str, key: str, *, pattern: str) -> bool:
    """Whether a script or a client asks for a key, or a paper names it as one."""
    word = re.escape(key)
    if pattern.endswith(".js"):
        # A field of the form has names too: those are not asked of an answer.
        text = re.sub(r"elements\.\w+", "", text)
        # A text is asked for by the language of the page, a sentence by the name of a state.
        if f'"{key}"' in text or re.search(rf"`{key.partition('_')[0]}_\$\{{", text):
            return True
        return bool(re.search(rf"\.{word}\b|[{{,(]\s*{word}\s*[,}}=]|\[[\"']{word}[\"']\]", text))
    if pattern.endswith(".py"):
        return f'"{key}"' in text
    # In a paper: in a span or a block of code, with nothing that makes another word of it.
    return any(re.search(rf"(?<![\w.-]){word}(?![\w-])", span) for span in _spans(text))


@cache
def _spans(text: str) -> tuple[str, ...]:
    blocks = re.findall(r"```.*?```", text, re.DOTALL)
    rest = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return (*blocks, *re.findall(r"`([^`\n]+)`", rest))


def makers() -> set[str]:
    """Return every function of the product that makes JSON."""
    found = set()
    for path in SOURCE.rglob("*.py"):
        file = path.relative_to(SOURCE).as_posix()
        if "json" not in path.read_text("utf-8").lower():
            continue
        for name, node in functions(file):
            if isinstance(node, ast.ClassDef):
                continue
            for one in ast.walk(node):
                if isinstance(one, ast.Call) and ast.unparse(one.func) in {"JsonResponse", "json.dumps", "_json.dumps"}:
                    found.add(f"{file}:{name}")
    return found


def test_whatever_makes_json_has_a_reader() -> None:
    told = {source for channel in CHANNELS.values() for source in channel.sources}
    made = makers()
    assert len(made) > 60
    # Told by the function inside.
    inner = {"web/staff/gate.py:wrap", "web/staff/gate.py:desk", "desk/assist/personal.py:train",
             "site/watch/metrics.py:share"}  # fmt: skip
    assert made - told - set(OWN) - inner == set(), "JSON that nobody is said to read"
    assert set(OWN) - made == set()


@pytest.mark.parametrize("name", CHANNELS)
def test_every_key_that_is_told_is_read(name: str) -> None:
    channel = CHANNELS[name]
    # What holds a hyphen is a header.
    keys = {key for source in channel.sources for key in keys_of(source) if key and "-" not in key}
    texts = [(pattern, read_in(pattern)) for pattern in channel.readers]
    unread = sorted(k for k in keys if not any(reads(text, k, pattern=pattern) for pattern, text in texts))
    print(f"{name}: {len(keys)} keys")
    assert unread == [], f"nobody reads these keys of {name}"


# ------------------------------------------------------------------------------------------------------- the reverse

#: Every name that a browser knows of itself.
_PLATFORM = """() => {
  const found = new Set(), seen = new Set();
  const take = (one) => {
    for (let o = one; o && !seen.has(o); o = Object.getPrototypeOf(o)) {
      seen.add(o);
      for (const name of Object.getOwnPropertyNames(o)) found.add(name);
    }
  };
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    found.add(name);
    let value;
    try { value = globalThis[name]; } catch { continue; }
    if (value && (typeof value === "function" || typeof value === "object")) { take(value); take(value.prototype); }
  }
  for (const one of [crypto.subtle, navigator.storage, navigator.credentials, navigator.serviceWorker]) take(one);
  return [...found];
}"""
#: Of service workers, which a page does not show.
WORKER = {"addAll", "claim", "respondWith"}
#: Of the library of the map, which comes to a page only where somebody asks for it.
MAPLIBRE = {
    "Map", "Marker", "NavigationControl", "ScaleControl", "addControl", "addTo", "fitBounds", "getCanvas", "getMaxZoom",
    "getZoom", "on", "once", "project", "setLngLat", "setWorkerUrl",
    "addProtocol", "pmtiles", "querySourceFeatures", "tile",
}  # fmt: skip


def platform_names(browser: Any) -> set[str]:
    """Return every name a page may ask of its browser, as a real one says them."""
    # The browser of all stories: a second one beside it cannot be begun in one process.
    page = browser.new_page()
    try:
        # A page of this machine has all that only safe pages have.
        page.route("**/*", lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"))
        page.goto("http://localhost/")
        return set(page.evaluate(_PLATFORM)) | WORKER
    finally:
        page.close()


def asked_by(file: Path) -> tuple[set[str], set[str]]:
    """Return what a script asks of anything by a name, and the names it makes itself."""
    text = re.sub(r"(?m)^\s*//.*$|/\*.*?\*/", "", file.read_text("utf-8"))
    text = re.sub(r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'', '""', text)
    asked = set(re.findall(r"(?<![.\w])(?:\w+|[)\]])\??\.([A-Za-z_]\w*)", text)) | set(
        re.findall(r"\w\??\.([A-Za-z_]\w*)", text)
    )
    made = set(re.findall(r"[{,(]\s*([A-Za-z_]\w*)\s*[:,}]", text))
    made |= set(re.findall(r"(?m)^\s*(?:async |static )*([A-Za-z_]\w*)\([^)]*\) ?\{", text))
    made |= set(re.findall(r"\.([A-Za-z_]\w*)\s*(?:\?\?|\|\|)?=[^=>]", text))
    return asked, made


@pytest.mark.browser
def test_what_a_script_asks_for_is_told(browser: Any) -> None:
    known = platform_names(browser)
    assert {"subtle", "querySelector", "respondWith"} <= known
    pages = "\n".join(path.read_text("utf-8") for path in TEMPLATES.rglob("*.html"))
    data = {re.sub(r"-(\w)", lambda m: m[1].upper(), name) for name in re.findall(r"\bdata-([a-z][a-z-]*)", pages)}
    fields = set(re.findall(r'(?:name="|field\(")(\w+)"', pages)) | set(re.findall(r'choices\("(\w+)"', pages))
    scripts = {path.name: asked_by(path) for path in sorted(SCRIPTS.glob("*.js"))}
    # The parts of the phone tray hand things to one another.
    everybodys = set().union(*(made for _, made in scripts.values()))
    told: dict[str, set[str]] = {}
    for channel in CHANNELS.values():
        keys = {key for source in channel.sources for key in keys_of(source)}
        for reader in channel.readers:
            told.setdefault(Path(reader).name, set()).update(keys)
    untold = {}
    count = 0
    for name, (asked, made) in scripts.items():
        own = everybodys if name in {"phone.js", "tray.js", "phone-disk.js"} else made
        count += len(asked - known)
        left = asked - known - own - data - fields - told.get(name, set())
        if name == "map.js":
            left -= MAPLIBRE
        if name == "tray.js":
            left -= told.get("phone.js", set())
        if left:
            untold[name] = sorted(left)
    print(f"{count} names that scripts ask for, beside those of browsers")
    assert untold == {}, "asked for, and told by nobody"
