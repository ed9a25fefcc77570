"""Hidden means hidden, on every address there is: 0 sightings of any canary, by anybody who must not see it.

`make test` plays one history a case; `python -m bench.soak canary` many, on both databases (figures: docs/trust.md).
"""

from __future__ import annotations

import base64
import difflib
import gzip
import io
import json
import os
import random
import time
import zipfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
import segno
from django.core.cache import cache
from openpyxl import Workbook
from PIL import Image

from tests.desk.people import MONDAY
from tests.stories.canary import CASES, ORDINARY, Canary, World, plain
from wuxiao.desk.base.actor import RESIDENT
from wuxiao.desk.base.veiled import veil
from wuxiao.desk.case.act import act
from wuxiao.desk.documents.typeset import pdf
from wuxiao.desk.matters import figures, matters
from wuxiao.desk.matters.matters import Report
from wuxiao.records.models import Matter, Slot

pytestmark = pytest.mark.django_db
ROUNDS = int(os.environ.get("WUXIAO_CANARY_ROUNDS", "1"))
WHOLE = "WUXIAO_CANARY_ROUNDS" in os.environ
PAIRS = int(os.environ.get("WUXIAO_CANARY_PAIRS", "60"))
FIGURES = os.environ.get("WUXIAO_CANARY_FIGURES", "")
STEPS = 120


def note(**found: object) -> None:
    if FIGURES:
        with Path(FIGURES).open("a", encoding="utf-8") as out:
            out.write(json.dumps(found) + "\n")


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_no_canary_is_seen_by_anybody_it_is_hidden_from(seed: int) -> None:
    world = World(random.Random(f"canary-{seed}"), MONDAY)
    for canary in world.canaries:
        _shown_to_who_may(world, canary.about)
    taken = world.shake(STEPS)
    assert taken > STEPS // 2, "too few of the random steps were open"
    world.settle_down()
    # What could leak exists: a leader reads at receptions what is not kept from their unit, its requester's name too.
    shown = world.client_of("chief").post(
        f"/staff/reception/{veil('slot', Slot.objects.order_by('pk')[0].pk)}", {"do": "names"}
    )
    seen = [one for one in world.canaries if one.matter.number.encode() in shown.content]
    assert any(set(world._looked(one, shown, "")) & set(one.marks[2:]) for one in seen), "no canary came to a reception"
    asked = sightings = 0
    for turn, canary in enumerate(world.canaries):
        canary.matter.refresh_from_db()
        hidden = canary.matter.hidden
        assert hidden
        assert not {canary.matter.holder, canary.matter.offered_to} & hidden
        people = list(CASES[canary.about])
        # One history in `make test`: those of a unit share the questions, and every second canary has the other half of
        # them, so that each is asked once of two canaries.
        share = 1 if WHOLE else 2 * (len(people) + 1)
        for n, name in enumerate((*people, "")):
            for where, status, marks in world.walk(name, canary, slice((2 * n + turn % 2) % share, None, share)):
                asked += 1
                assert status < 500, (name, where, status)
                sightings += bool(marks)
                assert not marks, (canary.about, name or "visitor", where, marks)
        for name in people:
            for where, status, marks in world.at_receptions(name, canary):
                asked += 1
                assert status < 500, (name, where, status)
                assert not marks, (canary.about, name, where, marks)
        for unit in world.secrets:
            if unit in hidden:
                for where, status, marks in world.machine(unit, canary):
                    asked += 1
                    assert status < 500, (unit, where, status)
                    assert not marks, (canary.about, unit, where, marks)
        assert world.told(canary) == []
    assert asked > 500
    note(what="canary", seed=seed, steps=taken, requests=asked, sightings=sightings)


def _shown_to_who_may(world: World, about: str) -> None:
    """What could leak exists: the body that oversees it reads the words and number, and the picture."""
    canary = next(c for c in world.canaries if c.about == about)
    seen: set[str] = set()
    client = world.client_of("supervisor")
    number = canary.matter.number
    from wuxiao.records.models import Attachment

    file = Attachment.objects.get(matter=canary.matter).pk
    for url in (f"/staff/m/{number}", f"/staff/m/{number}/file/{veil('file', file)}", f"/staff/search?q={number}"):
        seen |= set(world._looked(canary, client.get(url), ""))
    assert {number, canary.marks[2], "photo"} <= seen, (about, seen)


def test_the_search_looks_into_what_is_packed() -> None:
    """Whatever a mark lies in, it is found: else 0 sightings in PDFs, workbooks and pictures would say nothing."""
    said, code = "龘靐齉爩巷九号", "canary-1990990"
    tint = bytes((18, 91, 202)) * 81
    canary = Canary("urban_mgmt", Matter(), (said, code), (b"stored picture", tint))
    paper = pdf("#set document(title: [纸])\n#json(bytes(sys.inputs.data)).said", {"said": f"第一行{said}"})
    squares, picture, told = io.BytesIO(), io.BytesIO(), Image.Exif()
    segno.make_qr(code).save(squares, kind="png", scale=4)
    told[270] = code
    Image.frombytes("RGB", (9, 9), tint).save(picture, "PNG", exif=told)
    sheet, workbook = io.BytesIO(), Workbook()
    workbook.active.append([said])
    workbook.save(sheet)
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as packed:
        packed.writestr("paper.pdf", paper)
    hiding: dict[bytes, set[str]] = {
        paper: {said},
        sheet.getvalue(): {said},
        gzip.compress(said.encode()): {said},
        many.getvalue(): {said},
        squares.getvalue(): {code},
        picture.getvalue(): {code, "photo"},
        json.dumps({"content": base64.b64encode(many.getvalue()).decode()}).encode(): {said},
        b'<img src="data:image/png;base64,' + base64.b64encode(picture.getvalue()) + b'">': {code, "photo"},
    }
    for content, marks in hiding.items():
        assert set(canary.seen_in(content, "")) == marks, content[:20]
    assert canary.seen_in(paper, f"asked for {said}") == []


#: How a page would speak of secrecy that was taken back.
_TELLS = ("瞒着", "要求保密", "看不到本事项", "回避收回", "unshield", "shield", "freed")


def test_taken_back_for_one_it_is_seen_by_no_other_and_that_one_reads_nothing_of_it() -> None:
    world = World(random.Random("taken back"), MONDAY)
    canary = next(c for c in world.canaries if c.about == "some_station")
    police, at = canary.matter.hidden, MONDAY + timedelta(hours=1)
    act(canary.matter.pk, "shield", {"unit": "sd_qingping"}, by=RESIDENT, at=at)
    shut = list(world.walk("street_wide", canary, slice(0, None, 5)))
    act(canary.matter.pk, "unshield", {"whom": ["sd_qingping"]}, by=RESIDENT, at=at)
    world.settle_down()
    assert Matter.objects.get(pk=canary.matter.pk).hidden == police
    opened = list(world.walk("street_wide", canary, slice(0, None, 5)))
    assert not any(marks for *_, marks in shut)
    assert any(marks for *_, marks in opened), "lists and pages follow"
    number = canary.matter.number
    pages = {
        name: world.client_of(name).get(f"/staff/m/{number}").content.decode() for name in ("street_wide", "supervisor")
    }
    assert [word for word in _TELLS if word in pages["supervisor"]]
    told = [word for word in _TELLS if word in pages["street_wide"].replace("看不到本事项", "", 1)]
    assert told == [], "that it is kept from the police is said as before, of itself nothing"
    for n, name in enumerate(CASES["some_station"]):
        for where, status, marks in world.walk(name, canary, slice(n, None, 2 * len(CASES["some_station"]))):
            assert status < 500, (name, where, status)
            assert not marks, (name, where, marks)
    for unit in ("police_110", "sd_qingping"):
        for where, _, marks in world.machine(unit, canary):
            assert not (marks and unit == "police_110"), (unit, where, marks)


def test_hidden_and_not_there_are_one_and_the_same() -> None:
    """Pairs of requests, one about a hidden matter, one about none: what a guesser gets right by the answer alone."""
    world = World(random.Random("pairs"), MONDAY)
    rng = random.Random("which")
    told = 0
    times: list[tuple[float, bool]] = []
    forms = ("GET /staff/m/{}", "GET /staff/m/{}/print", "POST /staff/m/{}/contact", "POST /staff/m/{}/note",
             "GET /staff/search?q={}", "GET /staff/m/{}/file/1",
             "POST /staff/m/{}/shield", "POST /staff/m/{}/unshield")  # fmt: skip
    clients = {name: world.client_of(name) for names in CASES.values() for name in names}
    for n in range(PAIRS):
        canary = rng.choice(world.canaries)
        name = rng.choice(CASES[canary.about])
        form = forms[n % len(forms)]
        none = f"{canary.matter.number[:11]}{''.join(rng.choices('23456789ABCDEFGH', k=5))}"
        assert not Matter.objects.filter(number=none).exists()
        answers = []
        pair = [(canary.matter.number, True), (none, False)]
        rng.shuffle(pair)
        for number, there in pair:
            method, _, url = form.format(number).partition(" ")
            cache.clear()
            began = time.perf_counter()
            client = clients[name]
            answer = client.get(url) if method == "GET" else client.post(url, {"purpose": "核实", "words": "x"})
            times.append((time.perf_counter() - began, there))
            heads = {k: v for k, v in answer.items() if k.lower() not in {"date", "x-request-id", "content-length"}}
            body = plain(answer.content).replace(number.encode(), b"N")
            answers.append((answer.status_code, body, json.dumps(heads, sort_keys=True).replace(number, "N")))
        if answers[0] != answers[1]:
            told += 1
    share = 0.5 + told / PAIRS / 2
    assert share <= 0.55, (told, PAIRS)
    timing = _by_time(times)
    note(what="pairs", pairs=PAIRS, told_apart_by_answer=share, told_apart_by_time=timing)
    if PAIRS >= 1000:
        assert timing <= 0.55


def _by_time(times: list[tuple[float, bool]]) -> float:
    """Learn the best threshold on the first half of the pairs, judge it on the second."""
    half = len(times) // 4 * 2
    learn, judge = times[:half], times[half:]
    marks = sorted(t for t, _ in learn)[:: max(1, half // 50)]
    score = {m: sum((t > m) == there for t, there in learn) / len(learn) for m in marks}
    best = max(score, key=lambda m: abs(score[m] - 0.5))
    right = sum((t > best) == there for t, there in judge) / len(judge)
    return right if score[best] >= 0.5 else 1 - right


#: Pages with counts.
COUNTED = (
    "/staff/", "/staff/q/all", "/staff/q/intake", "/staff/q/overdue", "/staff/dashboard", "/staff/hot",
    "/staff/search?kind=request", "/staff/search?q=占道", "/staff/reading", "/staff/call-backs",
)  # fmt: skip


def test_no_count_a_hidden_unit_sees_changes_when_one_comes_in_and_the_towns_total_does() -> None:
    world = World(random.Random("counts"), MONDAY)
    month = figures.month_of(MONDAY)
    later = MONDAY + timedelta(days=1)

    def look(names: Sequence[str]) -> dict[tuple[str, str], bytes]:
        cache.clear()
        return {(n, url): plain(world.client_of(n).get(url).content) for n in names for url in COUNTED}

    def counted() -> figures.Month:
        return figures.count(month, at=later)[month]

    first = counted()
    for about, names in CASES.items():
        before, elsewhere = look(names), look(["supervisor"])
        for n in range(2):
            report = Report(words=f"{ORDINARY[n]}，请保密", about=(about,), division="990101001001")
            matters.receive(report, by=RESIDENT, at=MONDAY)
        after = look(names)
        changed = {one: _difference(before[one], after[one]) for one in before if before[one] != after[one]}
        assert changed == {}
        # Who may see them sees more: the pages do not simply stand still.
        assert look(["supervisor"]) != elsewhere
    now = counted()
    assert {c: t.to_json() for c, t in now.units.items()} == {c: t.to_json() for c, t in first.units.items()}
    assert sum(t.received for t in now.cells.values()) == sum(t.received for t in first.cells.values()) + 2 * len(CASES)


def _difference(was: bytes, now: bytes) -> list[str]:
    lines = difflib.unified_diff(was.decode().splitlines(), now.decode().splitlines(), n=0, lineterm="")
    return [line[:200] for line in lines][:8]
