"""Every field of every form does something: it is set otherwise, alone, and something else is written, shown or kept.

The forms are read from the pages everybody opens in a town that has something of everything (`fuller`), so a field that
is added is walked the day it is drawn. A field nobody reads fails here by name: give it its effect, or take it out. And
the other way round: what the code asks of what is sent, some page, script or paper offers.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.urls import Resolver404, resolve

from tests.keys import filling, grammar, stage
from tests.keys.filling import TELLS, Base, Control, Form
from tests.keys.fuller import Fuller, addresses
from tests.support.lots import lots

pytestmark = [pytest.mark.django_db, pytest.mark.either]
ROOT = Path(__file__).resolve().parents[2]
#: Of so many parts of all kinds of pages so many are walked, that of a resident's report first.
PARTS, FIRST = 8, 2
MINE = lots(1, PARTS)
#: Instances of one form that are tried before it is said that a field of it does nothing.
TRIES = 6
#: So many pages of one kind are opened by one person without a form that was not seen before.
DULL = 4
#: Fields without an effect that one can see here, by form and name: why.
EXPLAINED: dict[tuple[str, str], str] = {}
#: Forms that are read, and whose fields are not set otherwise yet: nobody has walked them to a green end.
LATER = re.compile(
    r"post staff:(?:reading_models|register_file .*|case_new inspection|case_act (?:drop|note|put_off) .*)"
)


class Walk:
    """Everybody's way through the pages: the forms, the addresses that links name, whose browser it was."""

    def __init__(self, world: Fuller) -> None:
        self.world = world
        self.forms: dict[str, list[tuple[str, Form]]] = defaultdict(list)
        self.clients: dict[str, Client] = {}
        self.pages = 0
        for name in ["", *world.people]:
            self.clients[name] = world.client(name)
            if not name:
                self._begin_a_report()
            self._walk(name)

    def _begin_a_report(self) -> None:
        client = self.clients[""]
        client.post("/new", {"words": "文庙街路灯坏了"})
        client.post("/new/place", {"q": "文庙街12号"})

    def _walk(self, name: str) -> None:
        dull: Counter[tuple[str, ...]] = Counter()
        known: Counter[tuple[str, frozenset[str]]] = Counter()
        for url in addresses(self.world, name):
            route = route_of(url)
            if not route or dull[route] >= DULL or not mine(route):
                continue
            answer = self.clients[name].get(url)
            self.pages += 1
            dull[route] += DULL if answer.status_code == 403 else 1
            if answer.status_code != 200 or "html" not in answer.headers.get("Content-Type", ""):
                continue
            for form in filling.forms_of(url, answer.content):
                if known[form.kind, form.names] < TRIES:
                    known[form.kind, form.names] += 1
                    dull[route] = 0
                    self.forms[form.kind].append((name, form))


def route_of(url: str) -> tuple[str, ...]:
    """Return which kind of page an address is; empty for none of ours."""
    try:
        found = resolve(urlsplit(url).path)
    except Resolver404:
        return ()
    return (str(found.view_name), *(str(found.kwargs[name]) for name in TELLS if name in found.kwargs))


def mine(route: tuple[str, ...]) -> bool:
    """Whether a kind of page is walked in this run."""
    return (int(hashlib.sha256(route[0].encode()).hexdigest(), 16) - FIRST) % PARTS < MINE


def bases_of(walk: Walk, found: list[tuple[str, Form]]) -> list[Base]:
    """Return a form as it is filled in on a few pages, those that were taken first."""
    various = list({(form.names, name): (name, form) for name, form in found}.values())
    made: list[Base] = []
    ways = [(how, n) for n in range(len(walk.world.known(found[0][1]))) for how in ("full", "drawn")]
    for how, n in ways:
        taken = 0
        for name, form in [*various, *found[: 2 * TRIES]]:
            if taken == 2:
                break
            known = {key: value for key, value in walk.world.known(form)[n].items() if key in form.names}
            given = filling.filled(form, how) | known
            base = filling.sent(name, walk.clients[name], form, given)
            taken += base.passed
            made += [again for again in (filling.pressed_again(base),) if again is not None]
            made.append(base)
    if not any(base.passed for base in made):
        made += [base for base in map(filling.chosen_otherwise, made[:3]) if base is not None]
    taken_ones = [base for base in made if base.passed]
    return [*taken_ones, *[base for base in made if not base.passed][:2]]


def filled_by(walk: Walk, form: Form) -> filling.Given:
    """Return a form filled in with everything."""
    known = walk.world.known(form)[-1]
    return filling.filled(form, "full") | {key: value for key, value in known.items() if key in form.names}


def dead_of(walk: Walk, bases: list[Base], controls: list[Control], rest: list[tuple[str, Form]]) -> list[str]:
    """Return the names of a form that do nothing, on any page, on any way."""
    silent = {control.name for control in controls}
    for base in bases:
        for control in base.form.controls:
            if control.name in silent and filling.effect(base, control):
                silent.discard(control.name)
    # Drawn for some kinds only, or read of some people only.
    for name, form in rest:
        if silent & form.names:
            base = filling.sent(name, walk.clients[name], form, filled_by(walk, form))
            for control in form.controls:
                if control.name in silent and filling.effect(base, control):
                    silent.discard(control.name)
    for base in bases[:2]:
        for other in filling.beyond(base) if silent else ():
            for control in base.form.controls:
                if control.name in silent and filling.effect(other, control):
                    silent.discard(control.name)
            if not silent:
                break
    return sorted(silent)


def read_by_scripts() -> str:
    """Return what the scripts of our pages say: they send names of their own."""
    folder = ROOT / "src/wuxiao/web/static/wuxiao/js"
    return "\n".join(path.read_text("utf-8") for path in folder.glob("*.js"))


@pytest.mark.timeout(3600)
def test_every_field_of_every_form_changes_something(monkeypatch: pytest.MonkeyPatch) -> None:
    found: dict[str, Any] = {"dead": [], "never": [], "fields": 0, "forms": 0, "later": []}

    if connection.vendor != "sqlite":
        pytest.skip("what a form says and a view asks for is the same on every database")

    def told(one: stage.Stage) -> None:
        walk = Walk(Fuller(one))
        for kind, pages in sorted(walk.forms.items()):
            if LATER.fullmatch(kind):
                found["later"].append(kind)
                continue
            controls = list({c.name: c for _, form in pages for c in form.controls}.values())
            bases = bases_of(walk, pages)
            if not any(base.passed for base in bases):
                found["never"].append(kind)
            found["forms"] += 1
            found["fields"] += len(controls)
            found["dead"] += [
                (kind, name) for name in dead_of(walk, bases, controls, pages) if (kind, name) not in EXPLAINED
            ]
        print(f"{walk.pages} pages")

    stage.Theatre(monkeypatch).tell(told, grammar.read(grammar.fullest()), ())
    print(f"{found['fields']} fields of {found['forms']} forms, {len(EXPLAINED)} explained, later: {found['later']}")
    assert found["forms"] > 2
    assert found["never"] == [], "forms that nobody here could fill in so that they are taken"
    assert found["dead"] == [], "fields that nobody reads (see CONTRIBUTING.md)"


#: How the code asks for what was sent.
ASKS = (
    r'(?:POST|GET|\bpost|\bget|\bsource)\.(?:get|getlist)\(\s*"(\w+)"',
    r'(?:POST|GET|\bpost)\[\s*"(\w+)"\]',
    r'"(\w+)" (?:not )?in (?:\w+\.)*(?:POST|GET|post)\b',
    r'(?:text_of|field|_commas|_whole|_instant|_flag)\(request, "(\w+)"',
)
#: How pages and addresses offer a name: a control, an argument of a macro, a word behind a question mark.
OFFERS = (
    r'name="(\w+)"',
    r'(?:field|choices|checkbox|file_input|rating)\(\s*"(\w+)"',
    r"[?&](\w+)=",
    r'(?:query|links?)\["(\w+)"\] =',
    r'urlencode\([^)]*?"(\w+)":',
)


def test_no_view_asks_for_a_name_that_nothing_offers() -> None:
    source = ROOT / "src/wuxiao"
    pages = [path.read_text("utf-8") for path in (source / "web").rglob("*.html")]
    views = [path.read_text("utf-8") for path in (source / "web").rglob("*.py")]
    offered = {name for text in [*pages, *views] for pattern in OFFERS for name in re.findall(pattern, text)}
    scripts = read_by_scripts()
    papers = "".join((ROOT / f"docs/developers/{name}.md").read_text("utf-8") for name in ("open311", "api"))
    unoffered = {}
    count = 0
    for path in [*(source / "web").rglob("*.py"), *(source / "feeds").rglob("*.py")]:
        named = {name for pattern in ASKS for name in re.findall(pattern, path.read_text("utf-8"))}
        count += len(named)
        said = papers if "feeds" in path.parts else scripts
        left = {name for name in named - offered if not re.search(rf"\b{name}\b", said)}
        if left:
            unoffered[path.relative_to(source).as_posix()] = sorted(left)
    print(f"{count} names that views ask for")
    assert count > 150
    assert unoffered == {}, "asked for, and offered by no page, script or paper"
