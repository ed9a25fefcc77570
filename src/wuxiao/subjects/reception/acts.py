"""What is done at receptions beside booking: publishing dates, asking who comes, following a matter (包案)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db import transaction

from wuxiao.desk.base import ask as rows
from wuxiao.desk.base.actor import SYSTEM, Actor
from wuxiao.desk.base.errors import DeskError, Invalid, NotFound, Refused
from wuxiao.desk.case import shown, tell
from wuxiao.desk.diary import diary
from wuxiao.desk.people import identity
from wuxiao.desk.slots import ask, book, keep
from wuxiao.desk.slots.keep import Hours
from wuxiao.desk.town.books import Rules
from wuxiao.records.models import Case, Matter, Slot, Staff, TakenOver
from wuxiao.rules.access import Power
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.flow import State
from wuxiao.rules.slots import MESSAGES, MOST, RECORDS, Every, series
from wuxiao.rules.words import Text
from wuxiao.subjects.reception import asks
from wuxiao.subjects.reception.rules import NAME
from wuxiao.typed.numbers import whole_number

_REASON = 200


@dataclass(frozen=True, slots=True)
class Published:
    """What came of publishing a series: the dates that are new, and the days off that were left out."""

    slots: tuple[Slot, ...]
    skipped: tuple[date, ...]


def _may(by: Actor, rules: Rules) -> None:
    asks.numbers(rules.book)
    if by.viewer is None or Power.RECEPTION not in by.viewer.powers:
        raise NotFound


def publish(given: Mapping[str, str], *, by: Actor, at: datetime, rules: Rules) -> Published:
    """Publish receptions from what was typed: `host`, `day`, `starts`, `ends`, `place`, `places`, `every`, `times`.

    Raises `Invalid` with a sentence for each field; then none is published. A leader's own are published by herself or
    by her unit, by nobody else in her name.
    """
    _may(by, rules)
    wrong: dict[str, Text] = {}
    leader = next((one for one in asks.leaders(rules.book) if str(one.staff.pk) == given.get("host")), None)
    if leader is None:
        wrong["host"] = Text("请选择由谁接访", "please choose who receives")
    elif not asks.may_publish_for(leader, by):
        zh, en = leader.say("zh"), leader.say("en")
        wrong["host"] = Text(
            f"{zh}的接访由本人或者本单位公布，请先和本人说好",
            f"the receptions of {en} are published by that person or by their own unit: please ask them",
        )
    day = _day(given.get("day", ""))
    if day is None:
        wrong["day"] = Text("请选择日期", "please choose a day")
    elif (why := keep.out_of_reach(_moment(day, time(23, 59)), at)) is not None:
        # Said before the series is written out: no working calendar knows of the years a slip may name.
        wrong["day"] = why
    hours = {name: _time(given.get(name, "")) for name in ("starts", "ends")}
    for name, label in (("starts", ("开始", "begins")), ("ends", ("结束", "ends"))):
        if hours[name] is None:
            wrong[name] = Text(f"请写{label[0]}时间，例如 09:00", f"please say when it {label[1]}, 09:00 say")
    typed = given.get("places", "").strip() or str(asks.numbers(rules.book)["places"])
    places = whole_number(typed, 1, keep.MOST_ROOM)
    if places is None:
        wrong["places"] = Text(f"一场接待几件：1到{keep.MOST_ROOM}", f"how many it takes: 1 to {keep.MOST_ROOM}")
    times = whole_number(given.get("times", "").strip() or "1", 1, MOST)
    if times is None:
        wrong["times"] = Text(f"一共几场：1到{MOST}", f"how many times: 1 to {MOST}")
    if given.get("every", "") not in set(Every):
        wrong["every"] = Text("请选择多久一次", "please choose how often")
    elif times is not None and times > 1 and given["every"] == Every.ONCE:
        wrong["times"] = Text(
            f"写了一共{times}场，又选了“只这一次”：请选多久一次，或者写1场",
            f"{times} times, but “only this once”: choose how often, or put 1",
        )
    if wrong:
        raise Invalid(wrong)
    assert leader is not None
    assert day is not None
    assert times is not None
    assert places is not None
    found = series(day, Every(given["every"]), times, rules.calendar)
    wanted = [hours_of({**given, "day": one.isoformat()}) for one in found.days]
    try:
        made = keep.create(NAME, wanted, host=leader.staff, place=given.get("place", ""), capacity=places, by=by, at=at)
    except Invalid as invalid:
        raise Invalid(
            {"places" if name == "capacity" else name: text for name, text in invalid.fields.items()}
        ) from None
    return Published(tuple(made), found.skipped)


def hours_of(given: Mapping[str, str]) -> Hours:
    """Return the hours typed into `day`, `starts`, `ends`; `Invalid` where one is none."""
    day, starts, ends = _day(given.get("day", "")), _time(given.get("starts", "")), _time(given.get("ends", ""))
    if day is None or starts is None or ends is None:
        raise Invalid({"day": Text("请写日期、开始和结束时间", "please give the day, when it begins and when it ends")})
    return Hours(_moment(day, starts), _moment(day, ends))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _time(text: str) -> time | None:
    try:
        found = time.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if found.tzinfo is None else None


def _moment(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, SHANGHAI)


def names(slot_id: int, *, by: Actor, at: datetime) -> dict[int, str | Text]:
    """Return under which name each case of a reception came, by case: each name that is opened is an entry its
    requester reads. A sentence stands where there is none, or where another must agree first (a child's).
    """
    slot = ask.mine(slot_id, by=by)
    found: dict[int, str | Text] = {}
    purpose = Text("领导接访，看谁来", "").zh
    for one in ask.who_comes(slot, by=by):
        if one.state not in one.HOLDS:
            continue
        matter = Matter.objects.filter(pk=one.matter_id).first()
        if matter is None:
            continue
        try:
            person = identity.read(matter, by=by, at=at, why="other", purpose=purpose, fields=("name",))
            found[one.matter_id] = person.name or Text("没有留称呼", "no name was left")
        except DeskError as error:
            found[one.matter_id] = error.text
    return found


# -- following a matter ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Following:
    """What a leader is asked before following a matter: which one, and what its requester will read and be sent."""

    matter: Matter
    says: Text
    text: Text


def about_to_follow(number: str, *, by: Actor, at: datetime, rules: Rules) -> Following:
    """Return what becomes public when somebody follows a matter; raises what `take_over` would raise."""
    _may(by, rules)
    matter = _seen(number, by)
    staff = _herself(matter, by, at, rules)
    # The address in the message opens the requester's own page: it is hers alone to read.
    leader, town = asks.leader_of(staff, rules.book), rules.book.town.name
    says, text = RECORDS["take_over"], MESSAGES["take_over"]
    return Following(
        matter,
        Text(says.zh.format(leader=leader.say("zh")), says.en.format(leader=leader.say("en"))),
        Text(
            text.zh.format(town=town.zh, number=matter.number, url="…"),
            text.en.format(town=town.en, number=matter.number, url="…"),
        ),
    )


def _herself(case: Case, by: Actor, at: datetime, rules: Rules) -> Staff:
    """Return whoever acts as somebody who may follow this case; nobody is made to follow one by another."""
    if case.state == State.CLOSED:
        raise Refused(Text("这件事已经办结，不用包案了", "this matter is closed: nobody need follow it"), "closed")
    staff = Staff.objects.get(pk=by.staff_id or 0)
    if not asks.may_follow(case, staff, rules, at):
        raise Invalid(
            {
                "number": Text(
                    "这件事您不能包：反映的是您所在的单位，或对您保密",
                    "you cannot follow this matter: it is about your unit, or kept from you",
                )
            }
        )
    now = asks.follows(case)
    if now is not None and now.staff_id != staff.pk and asks.in_office(now.staff, rules):
        name = asks.leader_of(now.staff, rules.book)
        raise Refused(
            Text(
                f"这件事由{name.say('zh')}包着；要换人，先请对方点“不再包案”",
                f"{name.say('en')} follows it; to change that, they lay it down first",
            ),
            "followed",
        )
    return staff


def take_over(number: str, *, by: Actor, at: datetime, rules: Rules) -> TakenOver:
    """Let whoever acts, a leader, follow a matter until it is closed. Who has it, who sees it and by when is untouched.

    Nobody is made to follow a matter by somebody else, and none who follows one is put aside without laying it down.
    Raises `Invalid` where they cannot follow this matter, `Refused` where another does, or it is closed.
    """
    _may(by, rules)
    matter = _seen(number, by)
    with transaction.atomic():
        case: Any = rows.one(Matter, lock=True, id=matter.pk)
        staff = _herself(case, by, at, rules)
        now = asks.follows(case)
        if now is not None and now.staff_id == staff.pk:
            return now
        if now is not None:
            now.ended_at = at
            now.save(update_fields=["ended_at"])
        made = TakenOver(matter=case, staff=staff, since=at)
        made.save()
        entry = diary.write(case, "take_over", by=by, at=at, facts=_named(staff, rules), seen=True)
        tell.queue(case, "take_over", rules, at=at, turn=entry.turn)
    return made


def lay_down(number: str, reason: str, *, by: Actor, at: datetime, rules: Rules) -> None:
    """Follow a matter no more, for a reason its resident reads; that of one who is in office is theirs alone to lay
    down.
    """
    _may(by, rules)
    matter, reason = _seen(number, by), reason.strip()[:_REASON]
    if not reason:
        raise Invalid({"reason": Text("请写明理由，诉求人会看到", "please say why: the requester reads it")})
    with transaction.atomic():
        case: Any = rows.one(Matter, lock=True, id=matter.pk)
        now = asks.follows(case)
        if now is None:
            return
        if now.staff_id != by.staff_id and asks.in_office(now.staff, rules):
            raise Refused(
                Text("谁包的案，由谁自己点“不再包案”", "whoever follows a matter lays it down themselves"), "theirs"
            )
        now.ended_at = at
        now.save(update_fields=["ended_at"])
        diary.write(case, "lay_down", by=by, at=at, facts=_named(now.staff, rules), texts={"reason": reason}, seen=True)


def keep_away(case: Case, rules: Rules, at: datetime) -> None:
    """A case became kept from somebody: whoever may not follow it now does so no more, and is met for it nowhere.

    In the act that hides it. The entries say that it is over; neither from whom nor why.
    """
    if NAME not in rules.book.lives:
        return
    book.part_from(case, rules, at=at)
    now = TakenOver.objects.filter(matter_id=case.pk, ended_at=None).select_related("staff").first()
    if now is None or asks.may_follow(case, now.staff, rules, at):
        return
    now.ended_at = at
    now.save(update_fields=["ended_at"])
    diary.write(case, "part_follow", by=SYSTEM, at=at, seen=True)


def _named(staff: Staff, rules: Rules) -> dict[str, Any]:
    leader = asks.leader_of(staff, rules.book)
    return {"leader": {"zh": leader.say("zh"), "en": leader.say("en")}}


def _seen(number: str, by: Actor) -> Matter:
    assert by.viewer is not None
    found = shown.visible(by.viewer).filter(number=number.strip().upper()).first()
    if found is None:
        raise Invalid({"number": Text("没有这个编号，或您不能看", "no such number, or not yours to see")})
    return found
