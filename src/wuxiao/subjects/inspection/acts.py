"""What each step of an inspection does: the only file of the subject that writes."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from typing import Any

from django.db import IntegrityError, transaction

from wuxiao.desk.base.actor import SYSTEM, Actor
from wuxiao.desk.base.errors import Invalid, NotFound, Refused
from wuxiao.desk.case import shown, subject
from wuxiao.desk.case.act import act
from wuxiao.desk.case.opening import New, open_case
from wuxiao.desk.case.turn import Effects, TurnOf
from wuxiao.desk.diary import checkpoints, diary, notes, vouched
from wuxiao.desk.documents import documents
from wuxiao.desk.tasks import acts as tasks
from wuxiao.desk.town import books
from wuxiao.desk.town.books import Rules
from wuxiao.records.models import Case, Draw, DrawShare, Finding, Inspection, Matter, Row, Staff, StandAside
from wuxiao.rules import hide
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.codes import new_code, new_number, same_number
from wuxiao.rules.field import BETWEEN
from wuxiao.rules.words import Text, between, day
from wuxiao.subjects.inspection import asks, order, rounds
from wuxiao.subjects.inspection import seed as seeds
from wuxiao.subjects.inspection.checklists import Checklist
from wuxiao.subjects.inspection.draw import (
    SEED,
    BadDraw,
    Inspector,
    Place,
    Round,
    draw,
    listed,
    read_listed,
)
from wuxiao.subjects.inspection.rules import INSPECTION, Facts, State
from wuxiao.subjects.inspection.seed import Terms
from wuxiao.subjects.inspection.words import ENDS, FOUND, HANDED
from wuxiao.typed.plain import line

Turn = TurnOf[Facts]
does = Effects()
PREFIX = "JC"
#: Begins the numbers of drawn rounds.
ROUND = "CQ"
#: Days ahead to which a visit may be put off: beyond them it is planned anew.
FARTHEST = 60


def begin(
    given: Mapping[str, Any],
    rules: Rules,
    by: Actor,
    at: datetime,
    *,
    mark: str = "",
) -> Case:
    """Plan an inspection of a place in the premises register and return its case.

    `given` are the fields of the first step, read; `mark` names the lot that drew it. From whom the report
    is kept that it comes from, the inspection is kept too. Inside the caller's transaction. Raises `Invalid` for a
    place that is not in the register, a day that is past or a report one may not see, and `Refused`.
    """
    try:
        row = asks.place(given["place"])
    except NotFound:
        raise Invalid(
            {
                "place": Text(
                    "登记册里没有这个在册场所，请核对编号", "no such place stands in the register: check its code"
                )
            }
        ) from None
    parent: Case | None = None
    if given.get("report"):
        parent = _reported(given["report"], by)
    elif given["why"] == "report":
        raise Invalid({"report": Text("请填来自哪件反映", "say from which report")})
    holder = asks.unit_for(row, by, rules.book)
    if not holder:
        raise Refused(
            Text("这个场所由登记单位和行业主管部门检查", "its unit and its trade department look at this place"),
            "unit",
        )
    planned = given.get("date")
    if planned is not None:
        _coming(planned, at, "date")
    listed = {one.code: one for one in asks.lists_for(row.kind)}
    wanted = given.get("checklist")
    if wanted and wanted not in listed:
        raise Invalid({"checklist": Text("这种场所不用这张表", "this list is not for places of this kind")})
    chosen = listed[wanted] if wanted else next(iter(listed.values()))
    case = Case(
        life=INSPECTION.name,
        parent=parent,
        code=new_code(),
        number=new_number(PREFIX, at.astimezone(SHANGHAI).date()),
        title=row.title,
        place=row.address,
        division=row.division,
        lat=row.lat,
        lon=row.lon,
        holder=holder,
        hidden_own=parent.hidden_units if parent is not None else "",
        hidden_units=parent.hidden_units if parent is not None else "",
        holder_since=at,
        received_at=at,
        changed_at=at,
        book_id=rules.id,
        version=1,
    )
    part = Inspection(
        premises=row,
        why=given["why"],
        draw=mark,
        planned_on=planned,
        checklist=chosen.code,
        checklist_digest=chosen.digest,
    )
    facts = {"why": given["why"], "place": row.code, "checklist": chosen.code, "unit": case.holder}
    facts |= {"draw": mark} if mark else {}
    new = New(case, rules, facts, {}, f"{row.title} {row.address} {row.code} {case.number}", parts=(part,))
    open_case(new, by=by, at=at)
    return case


def take_round(made: Round, *, by: Actor, at: datetime) -> list[Case]:
    """Plan and assign every inspection of a drawn round, all or none, and return them in its order.

    The places are those of the premises register by their codes, the inspectors accounts of the planner's unit by their
    names. Raises `Refused` for a round taken before, an inspector who cannot go, or a place that is gone.
    """
    rules = books.current(at)
    subject.with_pages(INSPECTION.name, rules.book)
    mark = lot_of(made)
    names = sorted({name for going in made.going for name in going.inspectors})
    people: dict[str, int] = dict(Staff.objects.filter(username__in=names).values_list("username", "pk"))
    can_go = asks.colleagues(by.unit)
    for name in names:
        if str(people.get(name)) not in can_go:
            raise Refused(Text(f"{name}不是本单位的检查人员", f"{name} is no inspector of this unit"), "inspector")
    found = []
    if Inspection.objects.filter(draw=mark).exists():
        raise Refused(_TAKEN, "taken")
    try:
        with transaction.atomic():
            for going in made.going:
                given = {"place": going.place, "why": "named" if going.named else "draw"}
                case = begin(given, rules, by, at, mark=mark)
                pair = [str(people[name]) for name in going.inspectors]
                found.append(act(case.pk, "assign", {"pair": pair}, by=SYSTEM, at=at))
    except IntegrityError:
        # One draw is one round: the table takes a place of it once, whoever comes second or at the same time.
        if not Inspection.objects.filter(draw=mark).exists():
            raise
        raise Refused(_TAKEN, "taken") from None
    return found


def commit(
    places: Sequence[Place],
    inspectors: Sequence[Inspector],
    *,
    of_kind: Mapping[str, int],
    named: Mapping[str, str],
    figure: str,
    on: date,
    source: str = "",
    by: Actor,
    at: datetime,
) -> Draw:
    """Fix a round before the public figure of a day to come, and publish its commitment; nothing of it changes then.

    `inspectors` are accounts of the planner's unit: in the list that will be published each gets a mark made for this
    round. The commitment is an entry of the town under a signed checkpoint. Raises `BadDraw`, or `Refused` for a place
    that is not in the register, somebody who cannot go, or a name of a person in a reason that would be published.
    """
    rules = _may_fix(places, inspectors, by=by, at=at)
    called = seeds.named(figure, source)
    _names_nobody(called)
    share = secrets.token_hex(32)
    terms = _terms(figure, called, on, seeds.sha256(share), rules, at)
    marks = {one.code: secrets.token_hex(6) for one in inspectors}
    hidden = [replace(one, code=marks[one.code]) for one in inspectors]
    salt = secrets.token_hex(32)
    # Tried with a seed that means nothing: what cannot be drawn is refused now, not when the lists are fixed.
    tried = draw(places, hidden, seed="0" * SEED, of_kind=of_kind, named=named, salt=salt)
    # A key that cannot sign is said before anything is fixed.
    notes.own_key()
    with transaction.atomic():
        row = Draw(
            number=new_number(ROUND, at.astimezone(SHANGHAI).date()),
            unit=by.unit,
            source=called,
            commitment=seeds.commitment(tried.digest, terms, of_kind, named),
            committed_at=at,
            lists=listed(places, hidden, salt),
            strata=dict(of_kind),
            named=dict(named),
            accounts={mark: account for account, mark in marks.items()},
            share_hash=terms.share_hash,
            figure=figure,
            opens_at=terms.opens,
            closes_at=terms.closes,
            told_at=terms.told,
        )
        # An entry of its own, without a person: what its seal is of can be shown to everybody.
        told = {"number": row.number, "commitment": row.commitment}
        row.witness = diary.write_town("witness_draw", by=SYSTEM, at=at, facts=told).turn
        row.save()
        DrawShare.objects.create(draw=row, text=share)
        facts = told | {"source": f"{row.source} {on.isoformat()}"}
        diary.write_town("commit_draw", by=by, at=at, facts=facts, rows=vouched.rows(row))
    checkpoints.take()
    checkpoints.publish(at=at, now=True)
    return row


def _terms(figure: str, called: str, on: date, share_hash: str, rules: Rules, at: datetime) -> Terms:
    said = rules.book.lives[INSPECTION.name].numbers
    today = at.astimezone(SHANGHAI).date()
    first, last = today + timedelta(days=said["draw_ahead"]), today + timedelta(days=FARTHEST)
    if not first <= on <= last:
        raise BadDraw(
            f"公开数的日子要在{first.isoformat()}到{last.isoformat()}之间：名单要先固定，数要后出来",
            f"the day of the figure lies from {first.isoformat()} to {last.isoformat()}: first the lists are fixed, "
            "then the figure comes",
        )
    seeds.comes_on(figure, on)
    opens = datetime.combine(on, time(said["draw_hour"]), SHANGHAI)
    closes = opens + timedelta(days=said["draw_within"])
    return Terms(share_hash, figure, called, opens, closes, opens + timedelta(days=said["draw_told"]))


def _may_fix(places: Sequence[Place], inspectors: Sequence[Inspector], *, by: Actor, at: datetime) -> Rules:
    rules = books.current(at)
    subject.with_pages(INSPECTION.name, rules.book)
    can_go = asks.colleagues(by.unit)
    if str(by.staff_id) not in can_go:
        raise Refused(Text("抽签由派人检查的单位来做", "a round is drawn by a unit that goes"), "who")
    known = dict(Staff.objects.filter(username__in=[one.code for one in inspectors]).values_list("username", "pk"))
    for one in inspectors:
        if str(known.get(one.code)) not in can_go:
            raise Refused(
                Text(f"{one.code}不是本单位的检查人员", f"{one.code} is no inspector of this unit"), "inspector"
            )
    rows = {row.code: row for row in Row.objects.filter(register="premises", state="live")}
    for place in places:
        row = rows.get(place.code)
        if row is None or not (place.excluded or asks.answers_for(row, by.unit, rules.book)):
            raise Refused(
                Text(
                    f"{place.code}不在册，或者不归本单位检查",
                    f"{place.code} is not in the register, or not for this unit to look at",
                ),
                "place",
            )
    _names_nobody(*(p.excluded for p in places), *(why for one in inspectors for why in one.aside.values()))
    return rules


def _names_nobody(*published: str) -> None:
    """Refuse a text that would be published and names somebody of the staff."""
    names = [name for name in Staff.objects.values_list("name", flat=True) if len(name) > 1]
    for text in published:
        if any(name in text for name in names):
            raise Refused(
                Text(f"会公布，不能写人名：“{text[:40]}”", f"this is published and names nobody: “{text[:40]}”"), "name"
            )


def draw_round(number: str, result: str, *, seen: str, by: Actor, at: datetime) -> tuple[Draw, Round, list[Case]]:
    """Reveal the share of a round, draw it by the public figure and plan its inspections, all or none.

    `result` is the figure as it was published, `seen` where it was read. Raises `NotFound`, `BadDraw` for a figure it
    cannot be, and `Refused` for a round that was drawn before, before its figure is out or after its time, for one
    whose share, lists or checkpoint are not what was published, for another unit's, and for what keeps its inspections
    from being planned.
    """
    with transaction.atomic():
        row = Draw.objects.select_for_update().filter(number=number.strip().upper()).first()
        if row is None:
            raise NotFound(Text("没有这一轮抽签", "there is no such round"))
        if row.unit != by.unit:
            raise Refused(Text("这一轮是别的单位的", "this round is another unit's"), "who")
        share = _revealed(row, at)
        row.result, row.seen = seeds.result(row.figure, result), line(seen)[:200]
        if not row.seen:
            raise BadDraw("请写明在哪里看到这个数（--seen）", "say where you read the figure (--seen)")
        _names_nobody(row.seen, row.result)
        places, inspectors, salt = read_listed(row.lists)
        seed = seeds.seed(share, row.result)
        made = draw(places, inspectors, seed=seed, of_kind=row.strata, named=row.named, salt=salt)
        going = tuple(replace(one, inspectors=tuple(row.accounts[m] for m in one.inspectors)) for one in made.going)
        cases = take_round(replace(made, going=going), by=by, at=at)
        row.share, row.seed, row.drawn_at, row.mark, row.drawn = share, made.seed, at, lot_of(made), list(made.drawn)
        row.save(update_fields=["share", "result", "seen", "seed", "drawn_at", "mark", "drawn"])
        DrawShare.objects.filter(draw=row).delete()
        facts = {"number": row.number, "seed": row.seed}
        diary.write_town("take_draw", by=by, at=at, facts=facts, rows=vouched.rows(row))
    return row, made, cases


def _revealed(row: Draw, at: datetime) -> str:
    """Return the share of a round that may be drawn now; `Refused` says why it may not."""
    if row.drawn_at is not None:
        raise Refused(_TAKEN, "taken")
    if row.opens_at is None or row.closes_at is None:
        raise Refused(_OLD, "old")
    if at < row.opens_at:
        first = seeds.moment(row.opens_at)
        raise Refused(
            Text(f"{first}起才能抽：那个公开数还没有出来", f"drawn from {first} on: the figure is not out yet"), "early"
        )
    if at >= row.closes_at:
        raise Refused(_LATE, "late")
    if rounds.witness(row, before=row.opens_at) is None:
        raise Refused(_NO_WITNESS, "witness")
    share = rounds.kept_share(row)
    if not seeds.fits(share, row.share_hash):
        raise Refused(_NOT_THE_SHARE, "share")
    if not rounds.binds(row):
        raise Refused(_NOT_BOUND, "bound")
    return share


_TAKEN = Text("这一轮已经列入计划", "this round was taken into the plan already")
_OLD = Text(
    "这一轮是旧程序固定的，种子什么时候定的证明不了，不能再抽：请重新固定名单",
    "an older program fixed this round, and when its seed came would be unproved: fix the lists anew",
)
_LATE = Text(
    "过了公布的最后时刻，这一轮作废，公开页上一直留着；请重新固定名单",
    "the last moment that was published is over: the round is void and stays on the public page; fix the lists anew",
)
_NO_WITNESS = Text(
    "公开数出来以前没有签过名的检查点盖住封条，证明不了先后，这一轮不能抽：请重新固定名单",
    "no signed checkpoint covered the commitment before the figure was out: the order is unproved, fix the lists anew",
)
_NOT_THE_SHARE = Text(
    "保存的份额和公布的摘要对不上，不能抽：请告诉管理员运行 wuxiao verify",
    "the share that was kept does not fit the hash that was published: tell the administrator to run wuxiao verify",
)
_NOT_BOUND = Text(
    "名单或约定和公布的封条对不上，不能抽：请告诉管理员运行 wuxiao verify",
    "lists or terms do not fit the commitment that was published: tell the administrator to run wuxiao verify",
)


def lot_of(made: Round) -> str:
    """Return what names a draw: SHA-256 (hex) of its digest and its seed."""
    return sha256(f"{made.digest}\n{made.seed}".encode()).hexdigest()


def _reported(number: str, by: Actor) -> Case:
    """Return the report a visit comes from, if the planner may see it: the main one of several joined."""
    found = None
    if by.viewer is not None:
        rows = shown.visible(by.viewer).filter(number=same_number(number))
        found = rows.exclude(state="closed", merged_into=None).select_related("merged_into").first()
    if found is None:
        raise Invalid(
            {"report": Text("没有这件没办结的事项，或者您看不到它", "no such open matter, or it is not yours to see")}
        )
    return found.merged_into or found


def _coming(when: date, at: datetime, field: str, latest: date | None = None) -> None:
    today = at.astimezone(SHANGHAI).date()
    last = latest or today + timedelta(days=FARTHEST)
    if not today <= when <= last:
        raise Invalid({field: between(today, last)})


def _save(part: Inspection, **values: Any) -> None:
    for name, value in values.items():
        setattr(part, name, value)
    part.save(update_fields=list(values))


#: Who goes is named anew: nobody of them has said yet that she is there.
_NOBODY_HERE: Mapping[str, None] = {"first_here_at": None, "second_here_at": None}


@does("assign")
def _assign(turn: Turn) -> None:
    pair = [int(pk) for pk in str(turn.given["pair"]).split(BETWEEN) if pk.isdigit()]
    if len(pair) != 2:
        turn.wrong("pair", "检查由两人进行，请选两人", "two inspectors go together: choose two")
    _save(asks.part_of(turn.matter), first_id=pair[0], second_id=pair[1], **_NOBODY_HERE)
    turn.facts["pair"] = pair
    # Who sees it hangs on who goes, whatever state it stays in.
    turn.co_changed = True


@does("stand_aside")
def _stand_aside(turn: Turn) -> None:
    who = int(turn.given["who"]) if str(turn.given["who"]).isdigit() else 0
    part = asks.part_of(turn.matter)
    if who not in {part.first_id, part.second_id}:
        turn.wrong("who", "这个人不在这次检查里", "they are not on this inspection")
    StandAside(matter=turn.matter, staff_id=who, turn=turn.matter.turn + 1).save()
    # The other one is named anew with somebody: two are sent, never one.
    _save(part, first_id=None, second_id=None, **_NOBODY_HERE)
    turn.facts["who_aside"] = [who]
    turn.co_changed = True


@does("put_off")
def _put_off(turn: Turn) -> None:
    _coming(turn.given["date"], turn.at, "date")
    _save(asks.part_of(turn.matter), planned_on=turn.given["date"])
    turn.facts["date"] = turn.given["date"].isoformat()


@does("drop")
def _drop(turn: Turn) -> None:
    _end(turn, "dropped")


@does("arrive")
def _arrive(turn: Turn) -> None:
    part = asks.part_of(turn.matter)
    _save(part, **{"first_here_at" if turn.by.staff_id == part.first_id else "second_here_at": turn.at})
    # What is sealed is what she says of herself; entries of before hold the two that one of them said it of.
    turn.facts["pair"] = [turn.by.staff_id]


@does("fill")
def _fill(turn: Turn) -> None:
    part = asks.part_of(turn.matter)
    listed = asks.list_of(part)
    given = {name.removeprefix("q_"): value for name, value in turn.given.items() if name.startswith("q_")}
    if not given:
        turn.wrong(f"q_{listed.items[0].code}", "请至少填一项", "answer at least one question")
    answers = {**part.answers, **given}
    _save(part, answers=answers)
    _findings_of_answers(turn, listed, given)
    turn.facts |= {"answered": len(answers), "asked": len(listed.items), "answers": given}


def _findings_of_answers(turn: Turn, listed: Checklist, given: Mapping[str, str]) -> None:
    """A question answered no is a finding; answered otherwise afterwards, on the spot, it was not so."""
    found = {one.item: one for one in asks.findings_of(turn.matter) if one.item != "other"}
    for code, answer in given.items():
        one, item = found.get(code), listed.item(code)
        if answer == "no" and one is None:
            _add(turn, code, grave=item is not None and item.grave)
        elif one is not None and one.state == "open" and answer != "no":
            if one.noted or one.reported:
                turn.wrong(
                    f"q_{code}",
                    "这一项已经写下问题，不能改答案抹掉；确有误的，由督查答复异议时撤销",
                    "something was written of this: no answer takes it back; supervision withdraws what is wrong",
                )
            _settle(turn, one, "withdrawn")
        elif one is not None and one.state == "withdrawn" and answer == "no":
            _reopen(one)


def _reopen(one: Finding) -> None:
    one.state, one.settled, one.settled_at, one.reported = "open", None, None, False
    one.save(update_fields=["state", "settled", "settled_at", "reported"])


def _add(turn: Turn, item: str, *, grave: bool) -> Finding:
    number = Finding.objects.filter(matter_id=turn.matter.pk).count() + 1
    made = Finding(
        matter=turn.matter, number=number, item=item, grave=grave, found=turn.matter.turn + 1, found_at=turn.at
    )
    made.save()
    return made


def _settle(turn: Turn, one: Finding, state: str) -> None:
    one.state, one.settled, one.settled_at = state, turn.matter.turn + 1, turn.at
    one.save(update_fields=["state", "settled", "settled_at"])


@does("find")
def _find(turn: Turn) -> None:
    item, grave = turn.given["item"], bool(turn.given.get("grave"))
    part = asks.part_of(turn.matter)
    listed = asks.list_of(part)
    there = next((one for one in asks.findings_of(turn.matter) if one.item == item != "other"), None)
    known = listed.item(item)
    if known is not None and known.grave and not grave:
        # What the list calls grave stays grave, and whoever said otherwise reads why.
        grave, said_no = True, "grave" in turn.given
        turn.facts |= {"kept": "grave"} if said_no else {}
    if there is None:
        there = _add(turn, item, grave=grave)
    elif there.state != "open":
        _reopen(there)
    # More of what was found already: the words and pictures of this turn are its, and the answer is what was found.
    there.grave, there.noted = there.grave or grave, True
    there.save(update_fields=["grave", "noted"])
    if known is not None and part.answers.get(item) != "no":
        _save(part, answers={**part.answers, item: "no"})
    turn.facts |= {"number": there.number, "item": item, "grave": there.grave}


@does("leave")
def _leave(turn: Turn) -> None:
    part, signed = asks.part_of(turn.matter), turn.given["signed"]
    turn.facts["signed"] = signed
    if turn.target is State.CLOSED:
        _save(part, signed=signed, left_at=turn.at)
        _end(turn, "clean")
        return
    due = _due(turn)
    _save(part, signed=signed, left_at=turn.at, due_on=due, promised_on=due)
    if trade := asks.trade_of(turn.matter, part.premises, turn.rules.book):
        # A finding goes to the trade department too: its part is a task of its own.
        tasks.give(turn.matter, "rectify", trade, due, rules=turn.rules, at=turn.at)
    found = len(asks.open_findings(turn.matter))
    _order(turn)
    by_then = day(due)
    _tell_reporter(turn, Text(FOUND.zh.format(n=found, due=by_then.zh), FOUND.en.format(n=found, due=by_then.en)))


def _order(turn: Turn) -> None:
    """Give out the order to correct as the step leaves it; one that held is replaced by it."""
    turn.then.append(
        lambda: documents.issue(turn.matter, order.KIND, order.content(turn.matter), by=turn.by, at=turn.at)
    )


def _due(turn: Turn) -> date:
    """Return the day given to mend what was found; it is needed, to come, and within the book's term."""
    if "due" not in turn.given:
        turn.wrong("due", "有问题要整改，请写整改期限", "something is to be mended: say by when")
    due: date = turn.given["due"]
    _coming(due, turn.at, "due", asks.latest_due(turn.matter, turn.rules, turn.at))
    turn.facts["due_on"] = due.isoformat()
    return due


@does("sign")
def _sign(turn: Turn) -> None:
    grave = [one for one in asks.open_findings(turn.matter) if one.grave and not one.reported]
    for one in grave:
        one.reported = True
        one.save(update_fields=["reported"])
    turn.facts["numbers"] = [one.number for one in grave]
    turn.co_changed = True


@does("extend")
def _extend(turn: Turn) -> None:
    part = asks.part_of(turn.matter)
    due = _due(turn)
    if part.due_on is not None and due <= part.due_on:
        was = day(part.due_on)
        turn.wrong("due", f"应在原来的期限{was.zh}之后", f"must be after the day given before, {was.en}")
    in_time = part.promised_on is not None and part.promised_on >= turn.at.astimezone(SHANGHAI).date()
    _save(part, due_on=due, promised_on=due if in_time else part.promised_on)
    tasks.put_off(turn.matter, due)
    turn.matter.extensions += 1
    _order(turn)


@does("mended")
def _mended(turn: Turn) -> None:
    for one in asks.open_findings(turn.matter):
        one.said, one.said_at = turn.matter.turn + 1, turn.at
        one.save(update_fields=["said", "said_at"])


@does("fall_due")
def _fall_due(turn: Turn) -> None:
    """The row says it all."""


@does("recheck")
def _recheck(turn: Turn) -> None:
    left = _outcomes(turn)
    if left:
        turn.target = State.ORDERED
        # A new order may be objected to anew; what was promised first stays what "in time" is judged by.
        due = _due(turn)
        _save(asks.part_of(turn.matter), due_on=due, answered=False)
        tasks.put_off(turn.matter, due)
        _order(turn)
    else:
        turn.target = State.CLOSED
        _end(turn, "mended")


def _outcomes(turn: Turn) -> int:
    """Settle what is said of each open finding; returns how many are left."""
    left, told = 0, {}
    for one in asks.open_findings(turn.matter):
        outcome = turn.given[f"o_{one.number}"]
        told[str(one.number)] = outcome
        if outcome == "not_yet":
            left += 1
        else:
            _settle(turn, one, outcome)
    turn.facts["outcomes"] = told
    return left


@does("object")
def _object(turn: Turn) -> None:
    _save(asks.part_of(turn.matter), objected=True, objected_at=turn.at)
    # In whose list it waits has changed, whatever state it stays in.
    turn.co_changed = True


@does("settle")
def _answer(turn: Turn) -> None:
    assert turn.before.state is not None
    stood = len(asks.open_findings(turn.matter))
    left = _outcomes(turn)
    _save(asks.part_of(turn.matter), objected=False, objected_at=None, answered=True)
    turn.co_changed = True
    if not left:
        turn.then.append(
            lambda: documents.void(turn.matter, order.KIND, by=turn.by, at=turn.at, reason=order.WITHDRAWN)
        )
    elif left < stood:
        _order(turn)
    # What stands goes on as it stood: an answer to an objection neither shortens nor ends the time to mend.
    turn.target = turn.before.state if left else State.CLOSED
    if not left:
        _end(turn, "withdrawn")


@does("hand_over")
def _hand_over(turn: Turn) -> None:
    unit, matter = turn.given["unit"], turn.matter
    if unit == matter.holder:
        turn.wrong("unit", "本单位就是接收单位，不用移交", "this unit is the one that takes it: nothing is handed over")
    if hide.barred(turn.rules.book, matter.hidden, unit):
        turn.wrong("unit", "这件事不能交给它，请报督查", "this may not go to it: ask supervision")
    matter.sender, matter.offered_to = matter.holder, unit
    turn.facts["to_unit"] = unit
    _save(asks.part_of(matter), handed=True)
    _tell_reporter(turn, HANDED)


@does("refuse")
@does("recall")
def _refuse(turn: Turn) -> None:
    turn.matter.sender = turn.matter.offered_to = ""
    part = asks.part_of(turn.matter)
    if part.due_on is None or part.due_on < turn.at.astimezone(SHANGHAI).date():
        # It lay elsewhere until its day was over: a new day is given, and what was promised first stays.
        due = asks.latest_due(turn.matter, turn.rules, turn.at)
        _save(part, due_on=due)
        turn.facts["due_on"] = due.isoformat()
        _order(turn)


@does("conclude")
def _conclude(turn: Turn) -> None:
    # What the fire body says of it is its word; nobody of this house has seen it mended.
    for one in asks.open_findings(turn.matter):
        _settle(turn, one, "handed")
    _end(turn, "handed")


@does("gone")
def _gone(turn: Turn) -> None:
    _end(turn, "gone")


@does("note")
def _note(turn: Turn) -> None:
    """The row says it all."""


@does("picture")
def _picture(turn: Turn) -> None:
    turn.facts["about"] = turn.given["about"]


@does("signature")
def _signature(turn: Turn) -> None:
    whose, part = turn.given["whose"], asks.part_of(turn.matter)
    hand = {"first": part.first_id, "second": part.second_id}.get(whose)
    turn.facts["whose"] = whose if hand is None else [hand]


def _end(turn: Turn, outcome: str) -> None:
    turn.matter.outcome = outcome
    turn.facts["outcome"] = outcome
    tasks.wake(turn.matter, turn.at)
    if outcome != "dropped":
        _tell_reporter(turn, ENDS[outcome])


def _tell_reporter(turn: Turn, said: Text) -> None:
    """Tell whoever reported it, on her report and in her language; of the place nothing is said but what she knew."""
    came_from = turn.matter.parent_id
    parent = Matter.objects.filter(pk=came_from).first() if came_from is not None else None
    if parent is not None:
        # Joined to another meanwhile, it is followed there, by all who reported the same.
        turn.follow.append((parent.merged_into_id or parent.pk, "inspected", {"words": said.say(parent.lang)}))
