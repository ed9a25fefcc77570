"""Whatever changes who gets in, who is told or what the town knows is one entry of its chain: who, when, of whom."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session

from tests.desk.people import MONDAY, Town, settle
from tests.desk.test_joined import answer, in_hand, report
from wuxiao.desk.audit import verify
from wuxiao.desk.base.actor import RESIDENT, Actor
from wuxiao.desk.base.errors import Invalid, NotFound, Refused
from wuxiao.desk.case import notices, outbox
from wuxiao.desk.case.act import act
from wuxiao.desk.doors import appointments, factors, keys, staff, visits
from wuxiao.desk.matters import call_backs
from wuxiao.desk.town import places
from wuxiao.desk.town.places import AddressRow
from wuxiao.records.models import CallBack, Chain, Entry, Factor, Matter, Message, Visit
from wuxiao.rules import holidays
from wuxiao.rules.access import Role

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
GOOD = "雨伞胡椒邮票河马"


@pytest.fixture
def town() -> Town:
    return settle()


def town_entries() -> list[Entry]:
    return list(Entry.objects.filter(matter__isnull=True).order_by("turn"))


def writes(do: Callable[[], Any], verb: str, by: Actor, facts: Mapping[str, Any]) -> Any:
    """Do it; of the town's chain exactly one entry is new, says who did what, and is under the chain's head."""
    before = len(town_entries())
    done = do()
    found = town_entries()
    assert [entry.verb for entry in found[before:]] == [verb]
    entry = found[-1]
    assert (entry.staff_id, entry.at, entry.facts) == (by.staff_id, MONDAY, dict(facts))
    assert Chain.objects.get(name="town").head == entry.seal
    return done


def code(secret: str, ahead: int) -> str:
    return factors.totp(base64.b32decode(secret), factors.step_of(MONDAY) + ahead)


def test_factors_and_places_of_signing_in(town: Town) -> None:
    me, by = town.staff("operator"), town.operator
    secret, second = factors.new_secret(), factors.new_secret()
    added = {"who": "operator", "name": "手机", "kind": "totp"}
    with pytest.raises(Invalid):
        factors.add_app(me, secret, "000000", "手机", by=by, at=MONDAY)
    codes = writes(
        lambda: factors.add_app(me, secret, code(secret, 0), "手机", by=by, at=MONDAY), "add_factor", by, added
    )
    assert len(codes) == len(set(codes)) == 10
    more = factors.add_app(me, second, code(second, 1), " ", by=by, at=MONDAY)
    assert (more, [f.name for f in factors.of(me.pk)]) == ([], ["手机", "验证器"])
    recovery = {"who": "operator", "name": "recovery", "kind": "recovery"}
    writes(lambda: factors.new_codes(me, by=by, at=MONDAY), "add_factor", by, recovery)
    other = town.staff("caller")
    first = factors.of(me.pk)[0]
    for wrong in (other.pk, me.pk + 999):
        with pytest.raises(NotFound):
            factors.rename(wrong, first.pk, "别人的", by=by, at=MONDAY)
    for name in ("", "  ", "字" * 41):
        with pytest.raises(Invalid):
            factors.rename(me.pk, first.pk, name, by=by, at=MONDAY)
    factors.rename(me.pk, first.pk, " 新手机 ", by=by, at=MONDAY)
    assert Factor.objects.get(pk=first.pk).name == "新手机"
    with pytest.raises(NotFound):
        factors.remove(other, first.pk, by=town.caller, at=MONDAY)
    dropped = {"name": "新手机", "account": "operator"}
    writes(lambda: factors.remove(me, first.pk, by=by, at=MONDAY), "drop_factor", by, dropped)
    assert (town.staff("operator").factor_count, factors.codes_left(me.pk)) == (1, 10)
    factors.remove(me, factors.of(me.pk)[0].pk, by=by, at=MONDAY)
    assert (town.staff("operator").factor_count, factors.codes_left(me.pk)) == (0, 0)

    for n, whose in enumerate((me, me, me, other)):
        key = f"session{n}"
        Session.objects.create(session_key=key, session_data="", expire_date=MONDAY + HOUR)
        Visit.objects.create(staff=whose, key=key, began_at=MONDAY)
    mine = Visit.objects.filter(staff=me).order_by("pk")
    foreign = Visit.objects.get(staff=other)
    with pytest.raises(NotFound):
        visits.end(me.pk, foreign.pk, by=by, at=MONDAY)
    one = {"name": "operator", "count": 1}
    place = mine[0]
    writes(lambda: visits.end(me.pk, place.pk, by=by, at=MONDAY), "end_visits", by, one)
    here = mine[1].key
    writes(lambda: visits.end_everywhere(me.pk, by=by, at=MONDAY, but=here), "end_visits", by, one)
    assert set(Visit.objects.values_list("key", flat=True)) == {here, foreign.key}
    assert Session.objects.count() == 2


def test_passwords_and_accounts(town: Town) -> None:
    me = town.staff("operator")
    me.set_password(GOOD)
    me.save()
    missed = {"name": "operator", "from": "10.0.0.9", "known": True, "inside": True}

    def wrong() -> None:
        with pytest.raises(Invalid) as no:
            staff.confirm_password(me.pk, "no", at=MONDAY, address="10.0.0.9")
        assert set(no.value.fields) == {"password"}

    writes(wrong, "sign_in_failed", town.operator, missed)
    before = len(town_entries())
    assert staff.confirm_password(me.pk, GOOD, at=MONDAY) == me
    assert len(town_entries()) == before
    closed = {"name": "caller", "active": False}
    whom = town.staff("caller").pk
    posts = [staff.Appointment(Role.CALLER, "hotline")]
    writes(
        lambda: appointments.change_posts(whom, posts, by=town.security, at=MONDAY, active=False),
        "change_staff",
        town.security,
        closed,
    )
    assert not town.staff("caller").is_active


def test_platforms_messages_notices_and_addresses(town: Town, tmp_path: Path) -> None:
    hook, _ = keys.create_hook("far", "hotline", "https://far.example/x", by=town.admin, at=MONDAY)
    until = (MONDAY + keys.OVERLAP).isoformat()
    rotated = writes(
        lambda: keys.rotate_hook(hook.pk, by=town.admin, at=MONDAY), "rotate_hook", town.admin,
        {"name": "far", "until": until},
    )  # fmt: skip
    assert rotated[1] == rotated[0].secret != hook.secret == rotated[0].secret_before
    writes(lambda: keys.revoke_hook(hook.pk, by=town.admin, at=MONDAY), "revoke_hook", town.admin, {"name": "far"})
    for gone in (keys.revoke_hook, keys.rotate_hook):
        with pytest.raises(NotFound):
            gone(hook.pk, by=town.admin, at=MONDAY)

    matter = report(0)
    for choice, state in (("again", "queued"), ("sent", "sent"), ("drop", "dropped")):
        row = Message.objects.create(matter=matter, turn=1, verb="receive", way="sms", lang="zh", key=choice,
                                     state="failed", created_at=MONDAY)  # fmt: skip
        writes(
            lambda row=row, choice=choice: outbox.decide(row.pk, choice, by=town.admin, at=MONDAY),
            "message_decided", town.admin, {"message": row.pk, "choice": choice},
        )  # fmt: skip
        row.refresh_from_db()
        assert (row.state, row.sent_at) == (state, MONDAY if choice == "sent" else None)
        assert row.next_at == (MONDAY if choice == "again" else None)
        if choice != "again":
            with pytest.raises(Refused):
                outbox.decide(row.pk, choice, by=town.admin, at=MONDAY)
    with pytest.raises(Refused):
        outbox.decide(row.pk, "whatever", by=town.admin, at=MONDAY)

    rows = [AddressRow(f"A{n}", "990101001001", "文庙街", str(n), f"文庙街{n}号") for n in (1, 2)]
    count = {"count": 2, "what": "addresses"}
    assert writes(lambda: places.load_addresses(rows, by=town.admin, at=MONDAY), "import_rows", town.admin, count) == 2

    shipped = next(one for one in holidays.read_shipped().values() if one.year == 2026)
    file = tmp_path / "2026.toml"
    file.write_text((Path(holidays.__file__).parent / "2026.toml").read_text(encoding="utf-8"), encoding="utf-8")
    facts = {"year": 2026, "source": shipped.source}
    loaded = writes(lambda: notices.load(file, by=town.admin, at=MONDAY), "load_notice", town.admin, facts)
    assert (loaded.year, loaded.looked_at) == (2026, 1)


def test_a_call_back_from_the_draw_to_its_end_stands_in_the_matters_chain(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_backs, "lot", lambda matter_id, round_: 0.0)
    matter = report(0)
    handler = in_hand(town, matter)
    answer(Matter.objects.get(pk=matter.pk), handler, MONDAY + HOUR)
    act(matter.pk, "rate", {"rating": "3", "solved": "yes"}, by=RESIDENT, at=MONDAY + 2 * HOUR)
    call_backs.try_again(matter.pk, by=town.caller, at=MONDAY + 3 * HOUR)
    row = CallBack.objects.get()
    over = row.due_at + timedelta(days=1)
    assert call_backs.expire(at=over) == 1
    chance = row.chance
    found = Entry.objects.filter(matter=matter, verb__in=["draw", "try_call", "expire_draw"]).order_by("turn")
    assert [(e.verb, e.staff_id, e.at, e.facts.get("count"), e.facts.get("chance")) for e in found] == [
        ("draw", None, MONDAY + 2 * HOUR, None, chance),
        ("try_call", town.caller.staff_id, MONDAY + 3 * HOUR, 1, None),
        ("expire_draw", None, over, None, None),
    ]
    assert verify.verify().breaks == []


def test_the_towns_own_chain_is_looked_at_too(town: Town) -> None:
    assert verify.verify().breaks == []
    chain = Chain.objects.get(name="town")
    Chain.objects.filter(pk=chain.pk).update(turn=chain.turn + 1)
    assert [b.where for b in verify.verify().breaks] == ["town"]
    Chain.objects.filter(pk=chain.pk).update(turn=chain.turn, head="0" * 64)
    assert [b.where for b in verify.verify().breaks] == ["town"]
    Chain.objects.filter(pk=chain.pk).update(head=chain.head)
    assert verify.verify().breaks == []
