"""A drawn round from the commitment to the published lists: it binds the house, and warns no place."""

from __future__ import annotations

import hashlib
import json
import random
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client

from tests.desk.people import BOOK_TEXT, MONDAY, Town, of_unit, settle
from tests.subjects.test_inspection import CAFE, UNIT, all_answers, person
from wuxiao.desk.audit.verify import verify
from wuxiao.desk.base.errors import NotFound, Refused
from wuxiao.desk.case.act import act
from wuxiao.desk.register import acts as rows
from wuxiao.records.models import Case, Draw, Entry, Inspection, Row, Staff
from wuxiao.rules import book as rulebook
from wuxiao.rules.access import Role
from wuxiao.site.cli import main
from wuxiao.subjects.inspection import rounds
from wuxiao.subjects.inspection.acts import commit, draw_round
from wuxiao.subjects.inspection.draw import BadDraw, Inspector, Place, read_listed

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
SEED = "双色球2026137期 03 08 14 19 22 31 07"
SOURCE = "2026年9月8日的双色球"
BOOK = rulebook.default()


@pytest.fixture
def town() -> Town:
    cache.clear()
    made = settle()
    of_unit(made, UNIT)
    for name in ("li", "wang", "zhao"):
        person(made, name)
    person(made, "lead", Role.LEAD)
    return made


@pytest.fixture
def cafes(town: Town) -> list[Row]:
    return [rows.put_in("premises", CAFE | {"address": f"清平路{n}号"}, by=town.li, at=MONDAY) for n in range(9)]


def fixed(town: Town, cafes: list[Row], **more: object) -> Draw:
    places = [Place(one.code, one.kind, "上月查过" if n == 8 else "") for n, one in enumerate(cafes)]
    people = [Inspector("li", {cafes[0].code: "亲属"}), Inspector("wang"), Inspector("zhao")]
    asked = {"of_kind": {"net_cafe": 3}, "named": {cafes[7].code: "有人投诉"}, "source": SOURCE, **more}
    return commit(places, people, by=town.lead, at=MONDAY, **asked)  # type: ignore[arg-type]


def visited(town: Town, case: Case) -> None:
    part = Inspection.objects.get(matter_id=case.pk)
    people = [town.people[name] for name in ("li", "wang", "zhao")]
    by, other = (next(p for p in people if p.staff_id == pk) for pk in (part.first_id, part.second_id))
    for one in (by, other):
        act(case.pk, "arrive", {}, by=one, at=MONDAY + 2 * DAY)
    act(case.pk, "fill", all_answers(), by=by, at=MONDAY + 2 * DAY)
    act(case.pk, "leave", {"signed": "signed"}, by=by, at=MONDAY + 2 * DAY)


def pages(number: str) -> str:
    client = Client()
    said = [client.get(f"/report/draws{path}") for path in ("", f"/{number}")]
    assert [one.status_code for one in said] == [200, 200]
    return "".join(one.content.decode() for one in said)


def test_nothing_warns_a_place_before_its_visit_and_then_everything_is_there(town: Town, cafes: list[Row]) -> None:
    row = fixed(town, cafes)
    before = pages(row.number)
    assert row.commitment in before
    assert SOURCE in before
    made_row, made, cases = draw_round(row.number.lower(), SEED, by=town.lead, at=MONDAY + DAY)
    assert made_row.drawn_at == MONDAY + DAY
    assert len(cases) == 4
    assert {Inspection.objects.get(matter_id=c.pk).why for c in cases} == {"draw", "named"}
    client = Client()
    secret = [made.digest, *(one.code for one in cafes), "上月查过", "亲属", "投诉"]
    for n, case in enumerate(cases):
        said = pages(row.number)
        assert SEED in said, "the seed comes out with the round"
        assert [one for one in secret if one in said] == [], n
        for file in ("list.txt", "round.json"):
            assert client.get(f"/report/draws/{row.number}/{file}").status_code == 404
        visited(town, case)
    over = pages(row.number)
    assert all(code in over for code in made.drawn)
    assert "亲属" in over
    text = client.get(f"/report/draws/{row.number}/list.txt").content
    # What was typed around a number is no part of a file's name.
    for odd in ("%0A", "%0D%0AX-Own:1", "%20", "%22"):
        for file in ("list.txt", "round.json"):
            assert client.get(f"/report/draws/{row.number}{odd}/{file}").status_code in {200, 404}
    told = json.loads(client.get(f"/report/draws/{row.number}/round.json").content)
    assert hashlib.sha256(text).hexdigest() == told["digest"] == made.digest
    everything = over + text.decode() + json.dumps(told, ensure_ascii=False)
    for name in ("投诉", "清平路", "星海", *(f"\t{name}\t" for name in ("li", "wang", "zhao"))):
        assert name not in everything, "no name, no address, and not why a place goes without the lot"
    assert verify(at=MONDAY + 3 * DAY).breaks == []


def test_by_hand_the_same_places_come_out_of_what_is_published(town: Town, cafes: list[Row]) -> None:
    row = fixed(town, cafes)
    _row, made, cases = draw_round(row.number, SEED, by=town.lead, at=MONDAY + DAY)
    Case.objects.filter(pk__in=[c.pk for c in cases]).update(closed_at=MONDAY + 2 * DAY)
    text, told = rounds.lists_of(row.number), rounds.published(row.number)
    lines = ["draw\tnet_cafe\t3\n", f"apart\t{cafes[7].code}\n"]
    sealed = told["digest"] + "\n" + "".join(sorted(lines))
    assert hashlib.sha256(sealed.encode()).hexdigest() == row.commitment == told["commitment"]
    free = [line.split("\t")[1] for line in text.splitlines() if line.startswith("place\t") and line.endswith("\t")]
    free.remove(cafes[7].code)
    lots = sorted(
        (hashlib.sha256(f"{SEED}\n{told['digest']}\nplace\n{code}\n".encode()).hexdigest(), code) for code in free
    )
    assert [code for _, code in lots[:3]] == told["drawn"] == list(made.drawn)


def test_who_knows_the_places_and_the_seed_cannot_reckon_who_is_drawn(town: Town, cafes: list[Row]) -> None:
    """The same places, people and seed: what decides stays in the house, so an owner learns nothing by guessing."""
    first, second = fixed(town, cafes), fixed(town, cafes)
    assert first.commitment != second.commitment
    assert read_listed(first.lists)[2] != read_listed(second.lists)[2]
    marks = {one.code for one in read_listed(first.lists)[1]}
    assert marks.isdisjoint(one.code for one in read_listed(second.lists)[1]), "nor are inspectors known again"
    assert len(read_listed(first.lists)[2]) >= 32


def test_a_round_is_drawn_once_by_its_own_unit_and_sealed(town: Town, cafes: list[Row]) -> None:
    row = fixed(town, cafes)
    stranger = person(town, "far_lead", Role.LEAD, unit="ps_bailu")
    for number, by, error in (
        ("CQ20260101-AAAAA", town.lead, NotFound),
        (row.number, stranger, Refused),
        (row.number, town.operator, Refused),
    ):
        with pytest.raises(error):
            draw_round(number, SEED, by=by, at=MONDAY + DAY)
    with pytest.raises(BadDraw, match="at least 8"):
        draw_round(row.number, "short", by=town.lead, at=MONDAY + DAY)
    assert Inspection.objects.count() == 0
    draw_round(row.number, SEED, by=town.lead, at=MONDAY + DAY)
    with pytest.raises(Refused) as refused:
        draw_round(row.number, SEED + " again", by=town.lead, at=MONDAY + DAY)
    assert refused.value.code == "taken"
    assert Inspection.objects.count() == 4
    verbs = Entry.objects.filter(matter=None, row=None, verb__endswith="_draw").order_by("turn")
    assert list(verbs.values_list("verb", flat=True)) == ["commit_draw", "take_draw"]
    assert verify(at=MONDAY + DAY).breaks == []
    other = {"lists": row.lists.replace("上月查过", ""), "accounts": {}, "seed": SEED + "!", "drawn": []}
    for name, value in other.items():
        was = getattr(Draw.objects.get(), name)
        Draw.objects.update(**{name: value})
        assert {one.column for one in verify(at=MONDAY + DAY).breaks} == {"draws"}, name
        Draw.objects.update(**{name: was})


def test_what_cannot_be_fixed_is_refused_in_words(town: Town, cafes: list[Row]) -> None:
    fine = [Place(one.code, one.kind) for one in cafes]
    people = [Inspector("li"), Inspector("wang")]
    name = Staff.objects.get(username="zhao").name
    bad = (
        (fine, [Inspector("li"), Inspector("nobody")], SOURCE, "no inspector of this unit"),
        ([*fine, Place("P999999", "net_cafe")], people, SOURCE, "not in the register"),
        ([Place(fine[0].code, "net_cafe", f"{name}的店"), *fine[1:]], people, SOURCE, "name nobody"),
        (fine, [Inspector("li", {fine[0].code: f"{name}的亲戚"}), Inspector("wang")], SOURCE, "name nobody"),
        (fine, people, " ", "where the seed"),
        (fine[:2], people, SOURCE, "2 places can be drawn"),
    )
    for places, inspectors, source, words in bad:
        with pytest.raises((Refused, BadDraw)) as refused:
            commit(places, inspectors, of_kind={"net_cafe": 3}, named={}, source=source, by=town.lead, at=MONDAY)
        assert words in refused.value.text.en
    with pytest.raises(Refused):
        commit(fine, people, of_kind={"net_cafe": 3}, named={}, source=SOURCE, by=town.operator, at=MONDAY)
    assert not Draw.objects.exists()


def test_the_text_of_the_lists_is_read_as_it_was_written(town: Town, cafes: list[Row]) -> None:
    row = fixed(town, cafes)
    places, people, _salt = read_listed(row.lists)
    assert {p.code: (p.kind, p.excluded) for p in places} == {
        one.code: (one.kind, "上月查过" if n == 8 else "") for n, one in enumerate(cafes)
    }
    assert {row.accounts[one.code]: dict(one.aside) for one in people} == {
        "li": {cafes[0].code: "亲属"}, "wang": {}, "zhao": {},
    }  # fmt: skip
    shuffled = random.Random(1).sample(row.lists.splitlines(), len(row.lists.splitlines()))
    assert {p.code for p in read_listed("\n".join(shuffled))[0]} == {p.code for p in places}


def test_the_command_fixes_and_draws(
    town: Town, cafes: list[Row], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "places.csv").write_text(
        "code,kind\n" + "".join(f"{one.code},{one.kind}\n" for one in cafes), encoding="utf-8"
    )
    (tmp_path / "people.csv").write_text("code\nli\nwang\n", encoding="utf-8")
    files = ["--places", str(tmp_path / "places.csv"), "--inspectors", str(tmp_path / "people.csv")]
    asked = ["inspection", "draw", *files, "--of", "net_cafe=2"]
    assert main([*asked, "--seed", SEED, "--take", "--by", "lead"]) == 2
    assert "Fix the lists with --commit first" in capsys.readouterr().err
    assert main([*asked, "--commit", "--source", SOURCE, "--by", "nobody_here"]) == 2
    assert main([*asked, "--commit", "--source", SOURCE, "--by", "lead", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert Draw.objects.get().commitment == told["commitment"]
    take = ["inspection", "draw", "--number", told["number"], "--seed", SEED, "--take", "--by", "lead", "--json"]
    assert main(take) == 1
    assert "an hour after its lists were fixed" in capsys.readouterr().err
    # As if the lists had been fixed the day before.
    Draw.objects.update(committed_at=Draw.objects.get().committed_at - DAY)
    assert main(take) == 0
    assert len(json.loads(capsys.readouterr().out)["inspections"]) == 2
    assert main(take) == 1
    assert "taken into the plan already" in capsys.readouterr().err


def test_a_town_without_inspections_has_no_such_pages(town: Town, cafes: list[Row]) -> None:
    row = fixed(town, cafes)
    assert Client().get(f"/report/draws/{row.number}").status_code == 200
    assert Client().get("/report/draws/CQ20260101-AAAAA").status_code == 404
    from wuxiao.desk.base.actor import SYSTEM
    from wuxiao.desk.town import books

    start = BOOK_TEXT.index("[lives.inspection]")
    without = BOOK_TEXT[:start] + BOOK_TEXT[BOOK_TEXT.index("# ---", start) :]
    books.adopt(without, name="without.toml", effective_from=MONDAY, by=SYSTEM, at=MONDAY)
    cache.clear()
    for path in ("", f"/{row.number}", f"/{row.number}/list.txt", f"/{row.number}/round.json"):
        assert Client().get(f"/report/draws{path}").status_code == 404


def test_a_seed_is_of_a_moment_after_the_lists_were_fixed(town: Town, cafes: list[Row]) -> None:
    row = fixed(town, cafes)
    for at in (MONDAY, MONDAY + timedelta(minutes=59, seconds=59)):
        with pytest.raises(Refused) as refused:
            draw_round(row.number, SEED, by=town.lead, at=at)
        assert refused.value.code == "early"
    assert Inspection.objects.count() == 0
    draw_round(row.number, SEED, by=town.lead, at=MONDAY + timedelta(hours=1))


def test_every_round_that_was_fixed_stays_in_the_public_list_drawn_or_not(town: Town) -> None:
    Draw.objects.bulk_create(
        Draw(
            number=f"CQ20260101-{n:05d}", unit=UNIT, source=SOURCE, commitment=f"{n:064d}",
            committed_at=MONDAY + timedelta(minutes=n // 2), lists="",
        )
        for n in range(205)
    )  # fmt: skip
    client, path, met = Client(), "/report/draws", []
    while path:
        body = client.get(path).content.decode()
        met += re.findall(r"CQ20260101-(\d{5})</a>", body)
        assert body.count("名单已固定，等种子") == len(re.findall(r"CQ20260101-\d{5}</a>", body))
        following = re.search(r'href="(/report/draws\?after=[^"]+)"', body)
        path = following[1] if following else ""
    assert met == [f"{n:05d}" for n in reversed(range(205))]
    assert client.get("/report/draws?after=CQ-NONE").status_code == 404
