"""The draw of a round: anybody recomputes it, nobody steers it, and who must stand aside does."""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wuxiao.site.cli import main
from wuxiao.subjects.inspection.draw import BadDraw, Inspector, Place, digest, draw, least

SEED = "双色球2026137期 03 08 14 19 22 31 07"
PLACES = [Place(f"P-{n:04}", ("hotel", "ktv", "school")[n % 3]) for n in range(60)]
PEOPLE = [Inspector(f"i{n}") for n in range(7)]


def by_hand(places: list[Place], people: list[Inspector], seed: str, kind: str, count: int) -> list[str]:
    """What somebody with a hash function and the published lists would write down for one kind."""
    sheet = [f"place\t{p.code}\t{p.kind}\t{p.excluded}\n" for p in places]
    sheet += [f"inspector\t{p.code}\t{p.excluded}\n" for p in people]
    sheet += [f"aside\t{p.code}\t{place}\t{why}\n" for p in people for place, why in p.aside.items()]
    published = hashlib.sha256("".join(sorted(sheet)).encode()).hexdigest()
    lots = {
        int(hashlib.sha256(f"{seed}\n{published}\nplace\n{p.code}\n".encode()).hexdigest(), 16): p.code
        for p in places
        if p.kind == kind and not p.excluded
    }
    return [lots[lot] for lot in sorted(lots)][:count]


def test_anybody_recomputes_it_from_what_was_published() -> None:
    drawn = random.Random(8)
    for turn in range(40):
        places = [Place(p.code, p.kind, "停业" if drawn.random() < 0.2 else "") for p in PLACES]
        seed = f"{SEED} {turn}"
        made = draw(places, PEOPLE, seed=seed, of_kind={"hotel": 4, "ktv": 3})
        for kind, count in (("hotel", 4), ("ktv", 3)):
            assert [g.place for g in made.going if g.kind == kind] == by_hand(places, PEOPLE, seed, kind, count)
        shuffled = drawn.sample(places, len(places))
        assert draw(shuffled, PEOPLE[::-1], seed=seed, of_kind={"ktv": 3, "hotel": 4}) == made


def test_every_place_of_a_kind_is_as_likely_and_two_go_to_each() -> None:
    seen: Counter[str] = Counter()
    rounds = 3_000
    for turn in range(rounds):
        made = draw(PLACES, PEOPLE, seed=f"{SEED} {turn}", of_kind={"school": 5})
        seen.update(g.place for g in made.going)
        assert all(len(set(g.inspectors)) == 2 for g in made.going)
        busy = Counter(code for g in made.going for code in g.inspectors)
        assert max(busy.values()) - min(busy[one.code] for one in PEOPLE) <= 1, "nobody goes twice before all went once"
    expected = rounds * 5 / 20
    assert set(seen) == {p.code for p in PLACES if p.kind == "school"}
    # 19 degrees of freedom: beyond 43.8 once in a thousand; these seeds are always the same.
    assert sum((count - expected) ** 2 / expected for count in seen.values()) < 43.8


def test_one_more_place_or_another_reason_changes_the_digest_and_so_the_lot() -> None:
    plain = digest(PLACES, PEOPLE)
    others = [
        ([*PLACES, Place("P-0060", "hotel")], PEOPLE),
        ([Place("P-0000", "ktv"), *PLACES[1:]], PEOPLE),
        ([Place("P-0000", "hotel", "停业"), *PLACES[1:]], PEOPLE),
        (PLACES, PEOPLE[:-1]),
        (PLACES, [Inspector("i0", {"P-0001": "亲属"}), *PEOPLE[1:]]),
        (PLACES, [Inspector("i0", {}, "休假"), *PEOPLE[1:]]),
    ]
    assert len({plain, *(digest(*other) for other in others)}) == 1 + len(others)
    before = draw(PLACES, PEOPLE, seed=SEED, of_kind={"hotel": 4})
    after = draw(others[0][0], PEOPLE, seed=SEED, of_kind={"hotel": 4})
    assert [g.place for g in before.going] != [g.place for g in after.going]


def test_who_must_stand_aside_does_and_where_two_are_lacking_it_is_said() -> None:
    people = [
        Inspector("i0", {p.code: "原单位" for p in PLACES}),
        Inspector("i1"),
        Inspector("i2", {}, "休假"),
        Inspector("i3"),
    ]
    made = draw(PLACES, people, seed=SEED, of_kind={"hotel": 20})
    assert {g.inspectors for g in made.going} <= {("i1", "i3"), ("i3", "i1")}
    assert len(made.going) == 20
    short = draw(
        PLACES, people[:2] + people[2:3] + [Inspector("i4", {"P-0003": "亲属"})], seed=SEED, of_kind={"hotel": 20}
    )
    assert [place for place, _ in short.short] == ["P-0003"]
    assert "只剩1名" in short.short[0][1].zh
    assert len(short.going) == 19


def test_named_places_go_with_their_reason_and_a_tenth_is_always_drawn() -> None:
    named = {p.code: "到期" for p in PLACES[:9]}
    made = draw(PLACES, PEOPLE, seed=SEED, of_kind={"hotel": 1}, named=named)
    assert {g.place: g.named for g in made.going if g.named} == named
    assert [g.named for g in made.going].count("") == 1
    assert not {g.place for g in made.going if not g.named} & set(named)
    assert [least(n) for n in (0, 1, 9, 10, 18, 19)] == [0, 1, 1, 2, 2, 3]
    with pytest.raises(BadDraw, match="with 10 named, draw 2 or more"):
        draw(PLACES, PEOPLE, seed=SEED, of_kind={"hotel": 1}, named={p.code: "到期" for p in PLACES[:10]})


Asked = dict[str, Any]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda a: a.update(seed=" 1234567 "), "at least 8 characters"),
        (lambda a: a.update(seed="12345678\n9"), "line feed or a tab"),
        (lambda a: a.update(places=[*PLACES, PLACES[0]]), "place code “P-0000” stands twice"),
        (lambda a: a.update(inspectors=[*PEOPLE, PEOPLE[0]]), "inspector code “i0” stands twice"),
        (lambda a: a.update(places=[Place("a\tb", "hotel"), *PLACES]), "line feed or a tab"),
        (lambda a: a.update(of_kind={"bank": 1}), "no kind “bank”"),
        (lambda a: a.update(of_kind={"hotel": -1}), "number below zero"),
        (lambda a: a.update(of_kind={}), "draw 1 or more"),
        (lambda a: a.update(of_kind={"hotel": 21}), "20 places can be drawn, 21 are wanted"),
        (lambda a: a.update(of_kind={"hotel": 20}, named={"P-0000": "到期"}), "19 places can be drawn"),
        (lambda a: a.update(named={"P-9999": "投诉"}), "no place “P-9999”"),
        (lambda a: a.update(named={"P-0001": " "}), "needs a reason"),
        (lambda a: a.update(places=[Place("x", "hotel", "停业"), *PLACES], named={"x": "投诉"}), "is excluded"),
        (lambda a: a.update(inspectors=PEOPLE[:1]), "fewer than two"),
        (lambda a: a.update(inspectors=[PEOPLE[0], Inspector("i9", {}, "休假")]), "fewer than two"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_words(change: Callable[[Asked], None], words: str) -> None:
    asked: Asked = {"places": PLACES, "inspectors": PEOPLE, "seed": SEED, "of_kind": {"hotel": 2}}
    change(asked)
    with pytest.raises(BadDraw, match=words) as refused:
        draw(asked.pop("places"), asked.pop("inspectors"), **asked)
    assert refused.value.text.zh


def files(folder: Path) -> list[str]:
    (folder / "places.csv").write_text(
        "编号,类型,排除理由\n" + "".join(f"{p.code},{p.kind},{p.excluded}\n" for p in PLACES), encoding="utf-8"
    )
    (folder / "people.csv").write_text("code,aside\ni0,P-0003 亲属；P-0006 原单位\ni1,\ni2,\n", encoding="gb18030")
    return ["inspection", "draw", "--places", str(folder / "places.csv"), "--inspectors", str(folder / "people.csv")]


def test_the_command_draws_and_recomputes_what_was_published(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = files(tmp_path)
    people = [Inspector("i0", {"P-0003": "亲属", "P-0006": "原单位"}), Inspector("i1"), Inspector("i2")]
    assert main(asked) == 0
    assert capsys.readouterr().out.strip() == digest(PLACES, people)
    asked += ["--seed", SEED, "--of", "hotel=3", "--of", "ktv=1", "--named", "P-0003=投诉"]
    assert main([*asked, "--json"]) == 0
    published = json.loads(capsys.readouterr().out)
    made = draw(PLACES, people, seed=SEED, of_kind={"hotel": 3, "ktv": 1}, named={"P-0003": "投诉"})
    assert [g["place"] for g in published["going"]] == [g.place for g in made.going]
    assert next(g for g in published["going"] if g["place"] == "P-0003")["inspectors"] in (["i1", "i2"], ["i2", "i1"])
    (tmp_path / "round.json").write_text(json.dumps(published), encoding="utf-8")
    again = [*asked, "--against", str(tmp_path / "round.json"), "--json"]
    assert main(again) == 0
    assert json.loads(capsys.readouterr().out) == {"same": True, "differs": []}
    published["going"][0]["inspectors"].reverse()
    published["going"].pop()
    (tmp_path / "round.json").write_text(json.dumps(published), encoding="utf-8")
    assert main(again) == 1
    assert len(json.loads(capsys.readouterr().out)["differs"]) == 2


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--seed", SEED], "draw 1 or more"),
        (["--seed", SEED, "--of", "hotel"], "NAME=VALUE"),
        (["--seed", SEED, "--of", "hotel=many"], "many"),
        (["--seed", SEED, "--of", "hotel=1", "--against", "/nowhere.json"], "nowhere"),
        (["--inspectors", "/nowhere.csv"], "nowhere"),
    ],
)
def test_the_command_says_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], words: str
) -> None:
    assert main([*files(tmp_path), *more]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("places.csv", "编号,名称\nP-1,甲\n", "kind"),
        ("places.csv", "编号,类型\nP-1,\n", "line 2: “类型” is missing"),
        ("people.csv", "code,aside\ni0,P-0003\n", "line 2: standing aside needs"),
        ("people.csv", "", "empty"),
    ],
)
def test_a_wrong_line_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, text: str, words: str
) -> None:
    asked = files(tmp_path)
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert main(asked) == 2
    assert words in capsys.readouterr().err
