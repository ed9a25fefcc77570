"""The phone tray at the desk: what is taken along and by whom, and each slip that comes back, however often."""

from __future__ import annotations

import hashlib
import threading
import uuid
from dataclasses import replace
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from PIL import Image

from tests.desk.people import MONDAY, Town, of_unit, settle
from tests.subjects.test_inspection import CAFE, all_answers, cafe, person, plan, send
from wuxiao.desk.audit.verify import verify
from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import Refused
from wuxiao.desk.case import opening, tray
from wuxiao.desk.case.act import act
from wuxiao.desk.case.shown import write_access
from wuxiao.desk.files import files
from wuxiao.desk.look import cases
from wuxiao.desk.register import acts as rows
from wuxiao.desk.town import books
from wuxiao.records.models import Attachment, Case, Entry, Finding, Inspection, Once, Row
from wuxiao.rules import hide
from wuxiao.rules.access import Role
from wuxiao.rules.tray import Slip, read_slip
from wuxiao.subjects.inspection import asks

pytestmark = pytest.mark.django_db
assert cafe
TUESDAY = MONDAY + timedelta(days=1)
DUE = "2026-09-15"


@pytest.fixture
def town() -> Town:
    made = settle()
    of_unit(made, "ps_qingping")
    for name in ("li", "wang", "zhao"):
        person(made, name)
    person(made, "lead", Role.LEAD)
    return made


@pytest.fixture
def sent(town: Town, cafe: Row) -> Case:
    case = plan(town, cafe)
    return send(town, case, "li", "wang")


def slip(case: Case | str, verb: str, of: str = "", sha256: str = "", **fields: Any) -> Slip:
    """A slip as a phone sends it: a pair is what it was and is to be, one value what is added, `None` before: seen."""
    forms = {}
    for name, value in fields.items():
        match value:
            case (was, None):
                forms[name] = {"was": was}
            case (was, now):
                forms[name] = {"was": was, "now": now}
            case _:
                forms[name] = {"now": value}
    number = case if isinstance(case, str) else case.number
    made = {"id": str(uuid.uuid4()), "case": number, "verb": verb, "fields": forms, "made": TUESDAY.isoformat()}
    return read_slip(made | {"offset": 0, "of": of, "sha256": sha256})


def back(one: Slip, by: Actor, at: datetime = TUESDAY, data: bytes | None = None) -> dict[str, Any]:
    return tray.come_back(one, by=by, at=at, data=data)


def arrive(case: Case) -> Slip:
    return slip(case, "arrive", state=("assigned", "on_site"), here=("", "here"))


def answers(case: Case) -> dict[str, str]:
    return dict(Inspection.objects.get(matter_id=case.pk).answers)


def picture(colour: str = "white") -> bytes:
    out = BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, "JPEG")
    return out.getvalue()


def steps(case: Case) -> list[str]:
    return list(
        Entry.objects.filter(matter_id=case.pk).exclude(verb="read").order_by("turn").values_list("verb", flat=True)
    )


def leave(case: Case, *, due: str = DUE, others: str = "0", **changed: str) -> Slip:
    seen = {name: (value, None) for name, value in (all_answers() | changed).items()}
    more = {"others": (others, None), "state": ("on_site", "left"), "signed": ("", "signed"), "due": ("", due)}
    return slip(case, "leave", **seen, **more)


# ----------------------------------------------------------------------------------------------------- a round and back


def test_a_visit_filled_in_without_network_comes_back_slip_by_slip(town: Town, sent: Case) -> None:
    taken = tray.take_along(by=town.li, at=TUESDAY)
    place = taken.lives[0][3][0]
    assert (place.case.pk, place.stands["state"], place.stands["q_lights"]) == (sent.pk, "assigned", "")
    assert taken.until - taken.at == timedelta(hours=48)

    assert {what: name.zh for what, name in place.names.items()} == {
        "first": "li",
        "second": "wang",
        "place": "场所一方",
    }
    first = back(arrive(sent), town.li)
    entry = Entry.objects.get(matter_id=sent.pk, verb="arrive")
    assert (first["verdict"], first["turn"], first["head"]) == ("taken", entry.turn, entry.seal)
    filled = {name: ("", value) for name, value in all_answers(lights="no").items()}
    assert back(slip(sent, "fill", **filled), town.li)["verdict"] == "taken"
    found = slip(sent, "find", item="lights", finding="二楼两盏应急灯不亮", q_lights=("no", "no"))
    assert back(found, town.li)["verdict"] == "taken"
    shot = picture()
    digest = hashlib.sha256(shot).hexdigest()
    seen = back(slip(sent, "picture", of=found.id, sha256=digest), town.li, data=shot)
    end = leave(sent, q_lights="no")
    # The other one's word lies on her own phone still: the end of the visit waits for it, and is not lost.
    said = back(end, town.li)
    assert (said["verdict"], said["text"]["zh"][:9]) == ("wait", "wang还没有说到")
    assert Case.objects.get(pk=sent.pk).state == "on_site"
    assert back(arrive(sent), town.wang)["verdict"] == "taken", "her round was taken along before anybody was there"
    said = back(end, town.li)
    left = Entry.objects.get(matter_id=sent.pk, verb="leave")
    assert (said["verdict"], said["turn"], said["head"]) == ("taken", left.turn, left.seal), (
        "its own entry, not a paper's"
    )
    for whose in ("first", "second", "place"):
        hand = picture("black" if whose == "place" else "grey")
        mark = slip(sent, "signature", of=end.id, sha256=hashlib.sha256(hand).hexdigest(), what=whose)
        assert back(mark, town.li, data=hand)["verdict"] == "taken"

    sent.refresh_from_db()
    assert sent.state == "ordered"
    assert asks.part_of(sent).due_on == date(2026, 9, 15)
    assert [(one.item, one.noted) for one in Finding.objects.filter(matter_id=sent.pk)] == [("lights", True)]
    assert seen["sha256"] == digest
    kept = list(Attachment.objects.filter(matter_id=sent.pk).order_by("pk"))
    assert [one.name for one in kept] == ["picture.jpg", "first.jpg", "second.jpg", "place.jpg"]
    assert kept[0].sha256 == seen["stored"]
    assert files.path_of(seen["stored"]).is_file()
    facts = Entry.objects.get(matter_id=sent.pk, verb="picture").facts
    assert (facts["about"], facts["sha256"], facts["phone_sure"]) == ("1", digest, True)
    # Whoever holds the code sees the picture of what was found, and nobody's hand.
    assert [one.name for one in cases.by_code(sent.code, at=TUESDAY).files] == ["picture.jpg"]
    assert verify(at=TUESDAY).breaks == []


def test_the_same_slip_again_hears_the_same_whatever_happened_since(town: Town, sent: Case) -> None:
    back(arrive(sent), town.li)
    one = slip(sent, "fill", q_lights=("", "yes"))
    first = back(one, town.li)
    act(sent.pk, "fill", {"q_lights": "no"}, by=town.wang, at=TUESDAY)
    before = steps(sent)
    assert back(one, town.li, TUESDAY + timedelta(hours=5)) == first
    assert (answers(sent)["lights"], steps(sent)) == ("no", before)
    # Both values, once said, are said again, also when the field stands again as it was: a person has decided since.
    other = slip(sent, "fill", q_lights=("yes", "none"))
    said = back(other, town.li)
    assert said["verdict"] == "both"
    assert said["both"] == [{"name": "q_lights", "was": "yes", "mine": "none", "theirs": "no"}]
    act(sent.pk, "fill", {"q_lights": "yes"}, by=town.wang, at=TUESDAY)
    assert back(other, town.li) == said
    assert answers(sent)["lights"] == "yes"
    # And a refusal stays one.
    early = slip(sent, "note", words="x" * 4001)
    refused = back(early, town.li)
    assert refused["verdict"] == "refused"
    assert back(early, town.li) == refused


def test_what_nobody_else_changed_is_taken_and_the_rest_goes_to_a_person(town: Town, sent: Case) -> None:
    back(arrive(sent), town.li)
    act(sent.pk, "fill", {"q_bars": "no", "q_alarm": "yes", "q_drill": "yes"}, by=town.wang, at=TUESDAY)
    said = back(
        slip(sent, "fill", q_lights=("", "yes"), q_bars=("", "yes"), q_alarm=("", "yes"), q_exits=("", "none")), town.li
    )
    assert said["verdict"] == "part"
    assert said["both"] == [{"name": "q_bars", "was": "", "mine": "yes", "theirs": "no"}]
    assert answers(sent) == {"lights": "yes", "bars": "no", "alarm": "yes", "drill": "yes", "exits": "none"}
    # She saw both and decided: now it was filled in over what stands there.
    assert back(slip(sent, "fill", q_bars=("no", "yes")), town.li)["verdict"] == "taken"
    assert answers(sent)["bars"] == "yes"
    assert Finding.objects.get(matter_id=sent.pk).state == "withdrawn"


def test_a_step_is_taken_whole_or_not_at_all(town: Town, sent: Case) -> None:
    for who in (town.li, town.wang):
        assert back(arrive(sent), who)["verdict"] == "taken"
    act(sent.pk, "fill", all_answers(lights="no"), by=town.li, at=TUESDAY)
    act(sent.pk, "find", {"item": "other", "finding": "后门堆着纸箱"}, by=town.wang, at=TUESDAY)
    end = leave(sent, q_lights="no")
    said = back(end, town.li)
    assert said["verdict"] == "both"
    assert said["both"] == [{"name": "others", "was": "0", "mine": "0", "theirs": "1"}]
    assert Case.objects.get(pk=sent.pk).state == "on_site"
    assert asks.part_of(sent).due_on is None
    hand = picture()
    mark = slip(sent, "signature", of=end.id, sha256=hashlib.sha256(hand).hexdigest(), what="place")
    assert back(mark, town.li, data=hand)["verdict"] == "refused", "what it belongs to was not taken"
    assert back(leave(sent, q_lights="no", others="1"), town.li)["verdict"] == "taken"
    # The other one of the two ends the same visit with another day: both days, and the first one stands.
    said = back(leave(sent, q_lights="no", due="2026-09-12"), town.wang)
    assert {"name": "due", "was": "", "mine": "2026-09-12", "theirs": DUE} in said["both"]
    assert asks.part_of(sent).due_on == date(2026, 9, 15)
    # Ended the same way, nothing is left to decide and nothing is written twice.
    before = steps(sent)
    same = leave(sent, q_lights="no", others="0")
    assert back(same, town.wang)["verdict"] in {"same", "both"}
    assert steps(sent) == before


def test_a_finding_is_not_noted_over_what_a_colleague_answered(town: Town, sent: Case) -> None:
    back(arrive(sent), town.li)
    act(sent.pk, "fill", {"q_bars": "no"}, by=town.li, at=TUESDAY)
    act(sent.pk, "fill", {"q_bars": "yes"}, by=town.wang, at=TUESDAY)
    said = back(slip(sent, "find", item="bars", finding="三楼有铁栏", q_bars=("no", "no")), town.li)
    assert said["both"] == [{"name": "q_bars", "was": "no", "mine": "no", "theirs": "yes"}]
    assert Finding.objects.get(matter_id=sent.pk).state == "withdrawn"
    # Words beside words collide with nothing: both stand.
    for who in ("li", "wang"):
        assert back(slip(sent, "note", words=f"{who}：后门钥匙在门卫"), town.people[who])["verdict"] == "taken"
    assert steps(sent).count("note") == 2


def test_a_phone_that_leaves_out_what_it_saw_writes_over_nothing(town: Town, sent: Case) -> None:
    back(arrive(sent), town.li)
    for one in (
        slip(sent, "fill", q_lights="yes"),
        slip(sent, "fill", q_nothing=("", "yes")),
        slip(sent, "note", holder="x"),
        slip(sent, "drop", reason="x"),
        slip(sent, "assign", pair="1 2"),
        slip(sent, "recheck"),
    ):
        said = back(one, town.li)
        assert said["verdict"] == "refused", one
        assert said["text"]["zh"]
        assert said["text"]["en"]
    assert (answers(sent), steps(sent)) == ({}, ["plan", "assign", "arrive"])


def test_an_id_with_other_content_is_not_taken(town: Town, sent: Case) -> None:
    one = arrive(sent)
    back(one, town.li)
    said = back(replace(one, verb="note", fields=slip(sent, "note", words="x").fields), town.li)
    assert said["verdict"] == "refused"
    assert steps(sent) == ["plan", "assign", "arrive"]
    # So is what it belongs to and which file it names.
    for other in (replace(one, of=slip(sent, "note", words="x").id), replace(one, sha256="0" * 64)):
        assert back(other, town.li)["verdict"] == "refused"
    assert back(one, town.li)["verdict"] == "taken"
    # Ids are each person's own: a colleague's phone that happened on the same one loses nothing.
    theirs = replace(slip(sent, "note", words="门口"), id=one.id)
    assert back(theirs, town.wang)["verdict"] == "taken"


def test_a_picture_waits_for_its_text_and_for_its_bytes(town: Town, sent: Case) -> None:
    back(arrive(sent), town.li)
    shot = picture()
    found = slip(sent, "find", item="other", finding="后门堆着纸箱")
    early = slip(sent, "picture", of=found.id, sha256=hashlib.sha256(shot).hexdigest())
    assert back(early, town.li, data=shot)["verdict"] == "wait"
    assert not Once.objects.filter(key__contains=early.id).exists()
    back(found, town.li)
    assert back(early, town.li, data=shot[:-9])["verdict"] == "wait", "cut on the way"
    first = back(early, town.li, data=shot)
    assert first["verdict"] == "taken"
    assert back(early, town.li, data=shot) == first
    assert Attachment.objects.filter(matter_id=sent.pk).count() == 1
    broken = slip(sent, "picture", of=found.id, sha256=hashlib.sha256(b"no picture").hexdigest())
    assert back(broken, town.li, data=b"no picture")["verdict"] == "refused"
    theirs = slip(sent, "picture", of=found.id, sha256=hashlib.sha256(shot).hexdigest())
    assert back(theirs, town.wang, data=shot)["verdict"] == "wait", "somebody else's slip"


def test_when_it_was_filled_in_is_said_and_a_clock_that_cannot_be_right_is_not_believed(town: Town, sent: Case) -> None:
    hours = timedelta(hours=1)
    back(replace(arrive(sent), made=TUESDAY - 3 * hours), town.li)
    facts = Entry.objects.get(matter_id=sent.pk, verb="arrive").facts
    assert (facts["phone_at"], facts["phone_sure"]) == ((TUESDAY - 3 * hours).isoformat(), True)
    year = replace(slip(sent, "note", words="x"), made=TUESDAY + 24 * 400 * hours)
    assert back(year, town.li)["verdict"] == "taken"
    facts = Entry.objects.get(matter_id=sent.pk, verb="note").facts
    assert (facts["phone_at"], facts["phone_sure"]) == (TUESDAY.isoformat(), False)
    # A phone that knows by how much it is wrong is right.
    known = replace(slip(sent, "note", words="y"), made=TUESDAY + 24 * 400 * hours, offset=-24 * 400 * 3_600_000)
    back(known, town.li)
    facts = Entry.objects.filter(matter_id=sent.pk, verb="note").order_by("turn").last().facts  # type: ignore[union-attr]
    assert (facts["phone_at"], facts["phone_sure"]) == (TUESDAY.isoformat(), True)


# ----------------------------------------------------------------------------------------------- whom it must not reach


def test_a_round_holds_what_one_is_sent_to_today_and_nothing_else(town: Town, cafe: Row, sent: Case) -> None:
    other = rows.put_in("premises", CAFE | {"title": "月亮网吧", "address": "清平路9号"}, by=town.li, at=MONDAY)
    theirs = send(town, plan(town, other), "wang", "zhao")
    later = plan(town, other, date="2026-09-20")
    send(town, later, "li", "zhao")

    def numbers(name: str, at: datetime = TUESDAY) -> set[str]:
        return {place.case.number for place in tray.take_along(by=town.people[name], at=at).lives[0][3]}

    assert numbers("li") == {sent.number}
    assert numbers("wang") == {sent.number, theirs.number}
    assert numbers("zhao") == {theirs.number}
    assert numbers("lead") == set(), "a lead who does not go takes nothing along"
    assert numbers("supervisor") == set()
    assert numbers("li", datetime(2026, 9, 20, 8, tzinfo=MONDAY.tzinfo)) == {sent.number, later.number}
    for name in ("operator", "auditor", "caller"):
        with pytest.raises(Refused):
            tray.take_along(by=town.people[name], at=TUESDAY)
        assert back(arrive(sent), town.people[name])["verdict"] == "refused"
    for name in ("zhao", "lead", "supervisor", f"handler_{'ps_qingping'}"):
        assert back(arrive(sent), town.people[name])["verdict"] == "refused", name
    assert steps(sent) == ["plan", "assign"]


def test_who_stands_aside_takes_it_no_more(town: Town, cafe: Row, sent: Case) -> None:
    again = send(town, plan(town, cafe), "li", "zhao")
    act(sent.pk, "stand_aside", {"who": str(town.li.staff_id), "reason": "亲戚开的"}, by=town.li, at=TUESDAY)
    assert tray.take_along(by=town.li, at=TUESDAY).lives[0][3] == []
    for case in (sent, again):
        assert back(arrive(case), town.li)["verdict"] in {"refused", "both"}
    assert steps(again) == ["plan", "assign"]
    assert "亲戚" not in str(back(slip(sent, "note", words="x"), town.li))


def test_what_is_hidden_from_a_unit_is_not_taken_along(town: Town, cafe: Row) -> None:
    case = opening.plan("inspection", {"place": cafe.code, "why": "cycle"}, by=town.lead, at=MONDAY)
    send(town, case, "li", "wang")
    assert [one.case.pk for one in tray.take_along(by=town.li, at=TUESDAY).lives[0][3]] == [case.pk]
    case.hidden_units = hide.pack({"ps_qingping"})
    case.save(update_fields=["hidden_units"])
    write_access(case, asks.of_row(case, books.current(TUESDAY).book))
    assert tray.take_along(by=town.li, at=TUESDAY).lives[0][3] == []
    assert back(slip(case, "note", words="x"), town.li)["verdict"] == "refused"


def test_each_case_taken_along_is_a_reading_once_a_day(town: Town, sent: Case) -> None:
    for _ in range(2):
        tray.take_along(by=town.li, at=TUESDAY)
    read = Entry.objects.filter(matter_id=sent.pk, verb="read")
    assert [(one.staff_id, one.facts["how"]) for one in read] == [(town.li.staff_id, "phone")]


def test_open_orders_at_the_place_come_along(town: Town, cafe: Row, sent: Case) -> None:
    act(sent.pk, "arrive", {}, by=town.li, at=TUESDAY)
    act(sent.pk, "arrive", {}, by=town.wang, at=TUESDAY)
    act(sent.pk, "fill", all_answers(lights="no"), by=town.li, at=TUESDAY)
    act(sent.pk, "leave", {"signed": "signed", "due": DUE}, by=town.li, at=TUESDAY)
    send(town, plan(town, cafe), "wang", "zhao")
    place = tray.take_along(by=town.zhao, at=TUESDAY).lives[0][3][0]
    (order,) = place.orders
    assert (order[0], order[1], [one.zh for one in order[2]]) == (sent.number, DUE, ["应急照明、疏散指示标志完好"])


def test_a_round_of_many_places_asks_the_database_as_often_as_one_of_few(
    town: Town, django_assert_max_num_queries: Any
) -> None:
    for n in range(12):
        place = rows.put_in("premises", CAFE | {"title": f"网吧{n}", "address": f"清平路{n}号"}, by=town.li, at=MONDAY)
        send(town, plan(town, place), "li", "wang")
    with django_assert_max_num_queries(16):
        taken = tray.take_along(by=town.li, at=TUESDAY)
    assert len(taken.lives[0][3]) == 12
    with django_assert_max_num_queries(9):
        tray.take_along(by=town.li, at=TUESDAY)


# ----------------------------------------------------------------------------------------------------------- at once


@pytest.mark.django_db(transaction=True)
def test_eight_copies_of_one_slip_at_once_are_one_step(town: Town, sent: Case) -> None:
    back(arrive(sent), town.li)
    one = slip(sent, "note", words="后门钥匙在门卫")
    heard: list[dict[str, Any]] = []

    def knock() -> None:
        try:
            heard.append(back(one, town.li))
        finally:
            connection.close()

    threads = [threading.Thread(target=knock) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(heard) == 8
    assert all(said == heard[0] for said in heard)
    assert steps(sent).count("note") == 1
