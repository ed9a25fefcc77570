"""A drawn round from the commitment to the published lists: it binds the house, and warns no place."""

from __future__ import annotations

import hashlib
import json
import random
import re
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from tests.desk.people import BOOK_TEXT, MONDAY, Town, of_unit, settle
from tests.subjects.test_inspection import CAFE, UNIT, all_answers, person
from wuxiao.desk.audit.verify import verify
from wuxiao.desk.base.actor import SYSTEM
from wuxiao.desk.base.errors import NotFound, Refused
from wuxiao.desk.case.act import act
from wuxiao.desk.diary import diary, notes, receipts, vouched
from wuxiao.desk.register import acts as rows
from wuxiao.records.models import Case, Checkpoint, Draw, DrawShare, Entry, Inspection, Row, Staff
from wuxiao.records.replayed import plain
from wuxiao.rules import book as rulebook
from wuxiao.rules.access import Role
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.site.cli import main
from wuxiao.subjects.inspection import recomputed, rounds
from wuxiao.subjects.inspection.acts import commit, draw_round
from wuxiao.subjects.inspection.draw import BadDraw, Inspector, Place, Round, read_listed

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
RESULT = "03 08 14 19 22 31 + 07"
SEEN = "中国福利彩票网"
#: The day of the figure (a Tuesday), and eight in the evening of it, when the round may be drawn.
ON = date(2026, 9, 8)
OPENS = datetime(2026, 9, 8, 20, tzinfo=SHANGHAI)
BOOK = rulebook.default()


DRAWN = OPENS + timedelta(hours=2)
SHARE = {"share", "share_hash"}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """What the public pages take for the present: `clock.at`."""
    told = SimpleNamespace(at=MONDAY)
    monkeypatch.setattr("wuxiao.web.public.draws.timezone", SimpleNamespace(now=lambda: told.at))
    return told


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
    asked = {"of_kind": {"net_cafe": 3}, "named": {cafes[7].code: "有人投诉"}, "figure": "ssq", "on": ON, **more}
    return commit(places, people, by=town.lead, at=MONDAY, **asked)  # type: ignore[arg-type]


def drawn(town: Town, row: Draw, **more: object) -> tuple[Draw, Round, list[Case]]:
    asked = {"seen": SEEN, "by": town.lead, "at": DRAWN, **more}
    return draw_round(row.number, str(asked.pop("result", RESULT)), **asked)  # type: ignore[arg-type]


def visited(town: Town, case: Case) -> None:
    part = Inspection.objects.get(matter_id=case.pk)
    people = [town.people[name] for name in ("li", "wang", "zhao")]
    by, other = (next(p for p in people if p.staff_id == pk) for pk in (part.first_id, part.second_id))
    for one in (by, other):
        act(case.pk, "arrive", {}, by=one, at=MONDAY + 3 * DAY)
    act(case.pk, "fill", all_answers(), by=by, at=MONDAY + 3 * DAY)
    act(case.pk, "leave", {"signed": "signed"}, by=by, at=MONDAY + 3 * DAY)


def pages(number: str) -> str:
    client = Client()
    said = [client.get(f"/report/draws{path}") for path in ("", f"/{number}")]
    assert [one.status_code for one in said] == [200, 200]
    return "".join(one.content.decode() for one in said)


def test_of_a_kind_those_are_free_that_are_neither_left_out_nor_planned_without_the_lot(
    town: Town, cafes: list[Row]
) -> None:
    row = fixed(town, cafes)
    (one,) = rounds.told(row.number, BOOK, MONDAY).strata
    # Nine in all: one was looked at last month, one is planned because somebody complained.
    assert (one.kind, one.free, one.drawn) == ("net_cafe", 7, 3)


def test_nothing_warns_a_place_before_its_visit_and_then_everything_is_there(
    town: Town, cafes: list[Row], clock: SimpleNamespace
) -> None:
    row = fixed(town, cafes)
    before = pages(row.number)
    for said in (row.commitment, row.share_hash, "双色球", "2026年9月8日"):
        assert said in before
    made_row, made, cases = draw_round(row.number.lower(), RESULT, seen=SEEN, by=town.lead, at=DRAWN)
    assert made_row.drawn_at == DRAWN
    assert RESULT not in before
    clock.at = DRAWN
    assert len(cases) == 4
    assert {Inspection.objects.get(matter_id=c.pk).why for c in cases} == {"draw", "named"}
    client = Client()
    secret = [made.digest, *(one.code for one in cafes), "上月查过", "亲属", "投诉"]
    for n, case in enumerate(cases):
        said = pages(row.number)
        for out in (RESULT, SEEN, made.seed, made_row.share):
            assert out in said, "figure, share and seed come out with the round"
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
    _row, made, cases = drawn(town, row)
    Case.objects.filter(pk__in=[c.pk for c in cases]).update(closed_at=MONDAY + 3 * DAY)
    text, told = rounds.lists_of(row.number, DRAWN), rounds.published(row.number, DRAWN)
    lines = ["draw\tnet_cafe\t3\n", f"apart\t{cafes[7].code}\n"]
    head = ["wuxiao draw 2", f"digest\t{told['digest']}", f"share\t{told['share_hash']}", "figure\tssq\t福利彩票双色球"]
    head += [f"opens\t{told['opens']}", f"closes\t{told['closes']}", f"told\t{told['told']}"]
    sealed = "".join(f"{one}\n" for one in head) + "".join(sorted(lines))
    assert hashlib.sha256(told["share"].encode()).hexdigest() == told["share_hash"]
    own = hashlib.sha256(f"wuxiao seed\n{told['share']}\n{RESULT}\n".encode()).hexdigest()
    assert own == told["seed"]
    assert hashlib.sha256(sealed.encode()).hexdigest() == row.commitment == told["commitment"]
    free = [line.split("\t")[1] for line in text.splitlines() if line.startswith("place\t") and line.endswith("\t")]
    free.remove(cafes[7].code)
    lots = sorted(
        (hashlib.sha256(f"{own}\n{told['digest']}\nplace\n{code}\n".encode()).hexdigest(), code) for code in free
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
            draw_round(number, RESULT, seen=SEEN, by=by, at=DRAWN)
    for bad, words in (
        ("2026107 " + RESULT, "has 7 numbers"),
        ("3 8 14 19 22 34 7", "from 1 to 33"),
        ("", "7 numbers"),
    ):
        with pytest.raises(BadDraw, match=words):
            drawn(town, row, result=bad)
    with pytest.raises(BadDraw, match="where you read"):
        drawn(town, row, seen=" ")
    with pytest.raises(Refused, match="names nobody"):
        drawn(town, row, seen=f"{Staff.objects.get(username='zhao').name}说的")
    assert Inspection.objects.count() == 0
    drawn(town, row)
    with pytest.raises(Refused) as refused:
        drawn(town, row, result="1 2 3 4 5 6 7")
    assert refused.value.code == "taken"
    assert Inspection.objects.count() == 4
    verbs = Entry.objects.filter(matter=None, row=None, verb__endswith="_draw").order_by("turn")
    assert list(verbs.values_list("verb", flat=True)) == ["witness_draw", "commit_draw", "take_draw"]
    assert verify(at=DRAWN).breaks == []
    other = {"lists": row.lists.replace("上月查过", ""), "accounts": {}, "seed": "0" * 64, "drawn": []}
    other |= {"share": "1" * 64, "result": "01 02 03 04 05 06 + 07", "seen": "别处", "opens_at": MONDAY, "witness": 1}
    for name, value in other.items():
        was = getattr(Draw.objects.get(), name)
        Draw.objects.update(**{name: value})
        assert "draws" in {one.column for one in verify(at=DRAWN).breaks}, name
        Draw.objects.update(**{name: was})


def test_what_cannot_be_fixed_is_refused_in_words(town: Town, cafes: list[Row]) -> None:
    fine = [Place(one.code, one.kind) for one in cafes]
    people = [Inspector("li"), Inspector("wang")]
    name = Staff.objects.get(username="zhao").name
    bad = (
        (fine, [Inspector("li"), Inspector("nobody")], {}, "no inspector of this unit"),
        ([*fine, Place("P999999", "net_cafe")], people, {}, "not in the register"),
        ([Place(fine[0].code, "net_cafe", f"{name}的店"), *fine[1:]], people, {}, "names nobody"),
        (fine, [Inspector("li", {fine[0].code: f"{name}的亲戚"}), Inspector("wang")], {}, "names nobody"),
        (fine, people, {"figure": "3d"}, "there are: ssq, qlc, kl8, dlt, other"),
        (fine, people, {"figure": "other"}, "say which figure"),
        (fine, people, {"figure": "other", "source": f"{name}的电话"}, "names nobody"),
        (fine, people, {"on": ON + 1 * DAY}, "drawn on Tuesday, Thursday, Sunday only; 2026-09-09 is a Wednesday"),
        (fine, people, {"figure": "kl8", "on": MONDAY.date()}, "from 2026-09-08 to 2026-11-06"),
        (fine, people, {"figure": "kl8", "on": date(2026, 11, 7)}, "from 2026-09-08 to 2026-11-06"),
        (fine[:2], people, {}, "2 places can be drawn"),
    )
    for places, inspectors, more, words in bad:
        asked = {"of_kind": {"net_cafe": 3}, "named": {}, "figure": "ssq", "on": ON, **more}
        with pytest.raises((Refused, BadDraw)) as refused:
            commit(places, inspectors, by=town.lead, at=MONDAY, **asked)  # type: ignore[arg-type]
        assert words in refused.value.text.en
    with pytest.raises(Refused):
        commit(fine, people, of_kind={"net_cafe": 3}, named={}, figure="ssq", on=ON, by=town.operator, at=MONDAY)
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
    town: Town,
    cafes: list[Row],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "places.csv").write_text(
        "code,kind\n" + "".join(f"{one.code},{one.kind}\n" for one in cafes), encoding="utf-8"
    )
    (tmp_path / "people.csv").write_text("code\nli\nwang\n", encoding="utf-8")
    files = ["--places", str(tmp_path / "places.csv"), "--inspectors", str(tmp_path / "people.csv")]
    asked = ["inspection", "draw", *files, "--of", "net_cafe=2"]
    assert main([*asked, "--result", RESULT, "--take", "--by", "lead"]) == 2
    assert "Fix the lists with --commit first" in capsys.readouterr().err
    tomorrow = (timezone.now().astimezone(SHANGHAI) + DAY).date()
    when = ["--figure", "kl8", "--on", tomorrow.isoformat()]
    assert main([*asked, "--commit", *when, "--by", "nobody_here"]) == 2
    assert main([*asked, "--commit", "--figure", "kl8", "--on", "soon", "--by", "lead"]) == 2
    assert main([*asked, "--commit", *when, "--by", "lead", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    row = Draw.objects.get()
    assert row.commitment == told["commitment"]
    take = ["inspection", "draw", "--number", told["number"], "--seen", SEEN, "--take", "--by", "lead", "--json"]
    take += ["--result", " ".join(str(n) for n in range(1, 21))]
    assert main(take) == 1
    assert "the figure is not out yet" in capsys.readouterr().err
    # As if it were the hour of the figure.
    monkeypatch.setattr(timezone, "now", lambda: row.opens_at)
    assert main(take) == 0
    assert len(json.loads(capsys.readouterr().out)["inspections"]) == 2
    assert main(take) == 1
    assert "taken into the plan already" in capsys.readouterr().err


def test_a_town_without_inspections_has_no_such_pages(town: Town, cafes: list[Row]) -> None:
    row = fixed(town, cafes)
    assert Client().get(f"/report/draws/{row.number}").status_code == 200
    assert Client().get("/report/draws/CQ20260101-AAAAA").status_code == 404
    from wuxiao.desk.town import books

    start = BOOK_TEXT.index("[lives.inspection]")
    without = BOOK_TEXT[:start] + BOOK_TEXT[BOOK_TEXT.index("# ---", start) :]
    books.adopt(without, name="without.toml", effective_from=MONDAY, by=SYSTEM, at=MONDAY)
    cache.clear()
    for path in ("", f"/{row.number}", f"/{row.number}/list.txt", f"/{row.number}/round.json"):
        assert Client().get(f"/report/draws{path}").status_code == 404


def test_a_round_is_drawn_from_the_hour_of_its_figure_until_its_last_moment(town: Town, cafes: list[Row]) -> None:
    row = fixed(town, cafes)
    assert (row.opens_at, row.closes_at) == (OPENS, OPENS + 3 * DAY)
    second = timedelta(seconds=1)
    for at, code in (
        (MONDAY, "early"),
        (OPENS - second, "early"),
        (OPENS + 3 * DAY, "late"),
        (OPENS + 90 * DAY, "late"),
    ):
        with pytest.raises(Refused) as refused:
            drawn(town, row, at=at)
        assert refused.value.code == code
    assert Inspection.objects.count() == 0
    drawn(town, row, at=OPENS + 3 * DAY - second)
    assert Inspection.objects.count() == 4


def test_a_round_that_is_not_drawn_in_time_is_shown_for_ever_with_what_it_would_have_drawn(
    town: Town, cafes: list[Row], clock: SimpleNamespace
) -> None:
    row = fixed(town, cafes)
    clock.at = OPENS + 3 * DAY - timedelta(seconds=1)
    assert "公开数该出来了，还没有抽" in pages(row.number)
    assert Client().get(f"/report/draws/{row.number}/list.txt").status_code == 404
    for at in (OPENS + 3 * DAY, OPENS + 3650 * DAY):
        clock.at = at
        said = pages(row.number)
        assert "没有按时抽，作废" in said
        assert "没有按时抽的：1 轮" in said
    told = json.loads(Client().get(f"/report/draws/{row.number}/round.json").content)
    text = Client().get(f"/report/draws/{row.number}/list.txt").content
    assert (told["seed"], told["result"], told["drawn"]) == ("", "", [])
    assert {one.code for one in recomputed.judge(told, text) if not one.good} == set()
    would = recomputed.judge(told, text, "3 8 14 19 22 31 7")[-1]
    own = hashlib.sha256(f"wuxiao seed\n{told['share']}\n{RESULT}\n".encode()).hexdigest()
    texts = {one.code: f"{own}\n{told['digest']}\nplace\n{one.code}\n" for one in cafes[:7]}
    lots = sorted((hashlib.sha256(text.encode()).hexdigest(), code) for code, text in texts.items())
    assert would.said.en == "it would have drawn " + " ".join(code for _, code in lots[:3])
    assert verify(at=clock.at).breaks == []


def test_what_a_round_never_finished_hides_comes_out_on_the_last_day_it_named(
    town: Town, cafes: list[Row], clock: SimpleNamespace
) -> None:
    row, made, _cases = drawn(town, fixed(town, cafes))
    clock.at = OPENS + 120 * DAY - timedelta(seconds=1)
    assert made.drawn[0] not in pages(row.number)
    clock.at = OPENS + 120 * DAY
    assert made.drawn[0] in pages(row.number)


def test_a_share_that_does_not_fit_its_hash_or_lists_that_were_changed_are_refused(
    town: Town, cafes: list[Row]
) -> None:
    row = fixed(town, cafes)
    kept = DrawShare.objects.get()
    share = kept.text
    assert hashlib.sha256(share.encode()).hexdigest() == row.share_hash
    for text in ("0" * 64, share.upper(), ""):
        DrawShare.objects.update(text=text)
        with pytest.raises(Refused) as refused:
            drawn(town, row)
        assert refused.value.code == "share"
        assert "subject" in {one.column for one in verify(at=DRAWN).breaks}
    DrawShare.objects.update(text=share)
    for name, value in (
        ("lists", row.lists.replace("上月查过", "")), ("strata", {"net_cafe": 2}), ("named", {}),
        ("closes_at", OPENS + 9 * DAY), ("source", "别的数"),
    ):  # fmt: skip
        was = getattr(row, name)
        Draw.objects.update(**{name: value})
        with pytest.raises(Refused) as refused:
            drawn(town, row)
        assert refused.value.code == "bound", name
        Draw.objects.update(**{name: was})
    assert Inspection.objects.count() == 0
    drawn(town, row)
    assert not DrawShare.objects.exists(), "what is public needs no drawer"


def test_without_a_checkpoint_before_the_figure_nothing_is_drawn(town: Town, cafes: list[Row]) -> None:
    row = fixed(town, cafes)
    first = Checkpoint.objects.order_by("size").last()
    assert first is not None
    assert first.at == MONDAY, "the commitment is under a signed checkpoint at once"
    for at in (OPENS, OPENS + DAY):
        Checkpoint.objects.filter(pk=first.pk).update(at=at)
        with pytest.raises(Refused) as refused:
            drawn(town, row)
        assert refused.value.code == "witness"
    Checkpoint.objects.filter(pk=first.pk).update(at=OPENS - timedelta(seconds=1))
    drawn(town, row)


def test_a_round_false_from_the_beginning_is_found_though_its_entries_fit(town: Town, cafes: list[Row]) -> None:
    """Somebody with the whole program writes row and entries as they like: what follows from the parts still shows."""
    row, made, _cases = drawn(town, fixed(town, cafes))
    others = [one.code for one in cafes[:7] if one.code not in made.drawn][:3]
    for name, value, words in (
        ("drawn", others, "other places"), ("seed", "0" * 64, "other places"),
        ("drawn_at", OPENS + 3 * DAY, "outside the time"), ("result", "3 8 14 19 22 31 7", "as it must be"),
        ("share", "0" * 64, "the share does not fit"), ("witness", 1, "no checkpoint"),
    ):  # fmt: skip
        was = getattr(row, name)
        Draw.objects.update(**{name: value})
        entry = Entry.objects.get(verb="take_draw")
        Entry.objects.filter(pk=entry.pk).update(stand={**(entry.stand or {}), **vouched.rows(Draw.objects.get())})
        said = [one.text.en for one in verify(at=DRAWN).breaks if one.column == "subject"]
        assert any(words in one for one in said), name
        Draw.objects.update(**{name: was})
        Entry.objects.filter(pk=entry.pk).update(stand=entry.stand)
    assert verify(at=DRAWN).breaks == []


def test_the_witness_shows_that_the_commitment_was_in_the_log_and_names_nobody(town: Town, cafes: list[Row]) -> None:
    row = fixed(town, cafes)
    given = json.loads(Client().get(f"/report/draws/{row.number}/witness.json").content)
    assert hashlib.sha256(f"{given['previous']}\n{given['entry']}".encode()).hexdigest() == given["seal"]
    entry = json.loads(given["entry"])
    assert entry["facts"] == {"number": row.number, "commitment": row.commitment}
    assert (entry["staff"], entry["unit"], entry["actor"]) == (None, "", "system")
    receipt = receipts.check(receipts.read(json.dumps(given)), [notes.own_key()])
    assert receipt.holds
    assert any("signed by" in one.en for one in receipt.proven)
    drawn(town, row)
    told, text = rounds.published(row.number, OPENS + 200 * DAY), rounds.lists_of(row.number, OPENS + 200 * DAY)
    assert {one.code for one in recomputed.judge(told, text.encode(), "", given) if not one.good} == set()
    moved = {"entry": given["entry"].replace(row.commitment, "0" * 64)}
    for more, codes in (
        (moved, {"entry", "checkpoint"}), ({"leaf": given["leaf"] - 1}, {"checkpoint"}),
        ({"note": given["note"].replace("at 2026-09-07T", "at 2026-09-09T")}, {"before"}),
    ):  # fmt: skip
        found = recomputed.judge(told, text.encode(), "", {**given, **more})
        assert {one.code for one in found if not one.good} == codes
    assert Client().get("/report/draws/CQ20260101-AAAAA/witness.json").status_code == 404


def test_rounds_of_an_older_program_stay_as_they_were_sealed_and_say_what_is_not_proved(
    town: Town, cafes: list[Row], clock: SimpleNamespace
) -> None:
    old = {"unit": UNIT, "source": "明天的双色球", "lists": "place\tP1\tnet_cafe\t\n", "strata": {"net_cafe": 1}}
    made = Draw(number="CQ20260101-OLD01", commitment="1" * 64, committed_at=MONDAY, seed="3 8 14", drawn=["P1"],
                drawn_at=MONDAY + DAY, mark="m" * 64, **old)  # fmt: skip
    left = Draw(number="CQ20260101-OLD02", commitment="2" * 64, committed_at=MONDAY, **old)
    for row in (made, left):
        row.save()
        values = [plain(getattr(row, name)) for name in vouched.COLUMNS[Draw]]
        digest = hashlib.sha256(json.dumps(["draws", *values], ensure_ascii=False, sort_keys=True).encode()).hexdigest()
        stand = {"draws": {str(row.pk): {"digest": digest}}}
        diary.write_town("commit_draw", by=SYSTEM, at=MONDAY, facts={"number": row.number}, rows=stand)
    assert verify(at=DRAWN).breaks == []
    clock.at = DRAWN
    assert "种子是什么时候定的：这是旧程序抽的" in pages(made.number)
    assert "旧程序固定的，没有抽，作废" in pages(left.number)
    assert Client().get(f"/report/draws/{left.number}/round.json").status_code == 404
    told = json.loads(Client().get(f"/report/draws/{made.number}/round.json").content)
    assert SHARE.isdisjoint(told)
    with pytest.raises(Refused) as refused:
        drawn(town, left)
    assert refused.value.code == "old"
    Draw.objects.filter(pk=made.pk).update(result="1")
    assert {one.column for one in verify(at=DRAWN).breaks} == {"draws"}


def test_every_round_that_was_fixed_stays_in_the_public_list_drawn_or_not(town: Town, clock: SimpleNamespace) -> None:
    Draw.objects.bulk_create(
        Draw(
            number=f"CQ20260101-{n:05d}", unit=UNIT, commitment=f"{n:064d}", figure="kl8", share_hash=f"{n:064d}",
            committed_at=MONDAY + timedelta(minutes=n // 2), lists="", opens_at=OPENS, closes_at=OPENS + DAY,
            told_at=OPENS + DAY,
        )
        for n in range(205)
    )  # fmt: skip
    client, path, met = Client(), "/report/draws", []
    while path:
        body = client.get(path).content.decode()
        met += re.findall(r"CQ20260101-(\d{5})</a>", body)
        assert body.count("名单已固定，等公开数") == len(re.findall(r"CQ20260101-\d{5}</a>", body))
        following = re.search(r'href="(/report/draws\?after=[^"]+)"', body)
        path = following[1] if following else ""
    assert met == [f"{n:05d}" for n in reversed(range(205))]
    assert client.get("/report/draws?after=CQ-NONE").status_code == 404
