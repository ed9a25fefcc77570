"""At the desk: danger, classes, diversion and its sign-offs."""

from __future__ import annotations

import re

from django.db.models import Q

from wuxiao.desk.assist import suggest
from wuxiao.desk.base.actor import SYSTEM
from wuxiao.desk.case import clocks, heard, held, standing, tell
from wuxiao.desk.case.turn import Effects, Turn
from wuxiao.desk.matters import matters
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.matters.proposed import propose
from wuxiao.desk.matters.verbs.answering import reopen
from wuxiao.desk.matters.verbs.secrecy import look_anew
from wuxiao.desk.people import identity
from wuxiao.reading import redact
from wuxiao.reading.accused import also_called, spoken_of
from wuxiao.reading.danger import UNREAD
from wuxiao.records.models import Matter, SignOff, Words, WorkOrder
from wuxiao.rules import hide, route
from wuxiao.rules.flow import STEPS, Promise, State
from wuxiao.rules.promise import promise
from wuxiao.rules.words import Text

#: What each verb of this file does to a matter.
does = Effects()
#: Words by which a sentence says where something is.
_A_PLACE = re.compile(
    r"[路街巷道村组号栋楼层室院区桥镇乡屯寨]|\b(?:road|street|lane|village|town|building|block|room|no)\b", re.I
)


@does("look")
def look(turn: Turn) -> None:
    """A person looked at the danger signs: ordinary steps are open again, and what waited for that is done.

    A withdrawal is taken, also of who was joined meanwhile; a rated answer is closed; where neither waits, the days to
    object begin now: they did not run while danger held the matter.
    """
    matter = turn.matter
    matter.danger_open = False
    if turn.before.state is State.ANSWERED:
        if turn.before.rated_by_resident:
            turn.follow.append((matter.pk, "close", {}))
        else:
            matter.step_due_at = promise(turn.at, turn.rules.book.silence, turn.rules.calendar).due
    if turn.before.state in STEPS["withdraw"].sources:
        turn.follow += [(one.pk, "withdraw", {}) for one in _who_withdrew(matter)]


@does("read_out")
def read_out(turn: Turn) -> None:
    """A named person says what words in another language say, and whether there is danger now.

    With danger it is certain danger from now on, as if it had been told in a language read here; without, it goes on
    as an ordinary matter, and the days to object begin now: they did not run while nobody could read it.
    """
    matter = turn.matter
    matter.unread_since, matter.unread_rung = None, 0
    matter.danger_perhaps = [kind for kind in matter.danger_perhaps if kind != UNREAD]
    danger = bool(turn.given["in_danger"])
    turn.facts["in_danger"] = danger
    if danger:
        found = heard.listen([turn.given["words"]])
        turn.facts |= heard.open_danger(matter, found.kinds if found is not None and found.certain else ())
        turn.told_danger = True
    elif turn.before.state is State.ANSWERED and not matter.danger_open:
        matter.step_due_at = promise(turn.at, turn.rules.book.silence, turn.rules.calendar).due


def _who_withdrew(matter: Matter) -> list[Matter]:
    """Return those whose wish to withdraw waits for danger to be settled: joined ones first, then the matter itself."""
    joined = Matter.objects.filter(merged_into=matter.pk, outcome="merged").order_by("id")
    return [one for one in (*joined, matter) if held.withdrawal(one.pk)]


@does("bypass")
def bypass(turn: Turn) -> None:
    """Pass to 110 at once: no sign-off, no hand-over to wait for (R1.4, R1.6)."""
    matter, book = turn.matter, turn.rules.book
    # A matter about the police goes to whoever oversees them, never to those it is hidden from.
    command = hide.first_in_danger(book, matter.hidden)
    if not command:
        turn.refuse("规则手册里没有 110 指挥中心", "the rule book names no 110 command centre", "no_police")
    _say_who_acts(turn, command)
    if turn.before.state is State.URGENT:
        # New danger while it is in their hands: told again; where it came from before the first stays what it was.
        came = standing.bypassed_from(matter)
        turn.facts |= {"from": came.unit, "was": came.was, "handler": came.handler_id, "again": True}
        if matter.holder != command:
            matter.holder, matter.holder_since = command, turn.at
        matter.danger_open = False
        return
    close_lead_orders(turn, "taken_back")
    match turn.before.state:
        case State.WAITING:
            clocks.apply(Promise.RESUME, matter, turn.rules, at=turn.at)
            turn.facts["due"] = matter.due_at.isoformat() if matter.due_at else ""
        case State.ANSWERED | State.CLOSED:
            # Danger after the answer: what was answered is not the end of it, and a new answer is owed.
            reopen(turn)
            clocks.apply(Promise.FRESH, matter, turn.rules, at=turn.at)
            turn.facts["due"] = matter.due_at.isoformat() if matter.due_at else ""
    turn.facts |= {"from": matter.holder, "was": str(turn.before.state or ""), "handler": matter.handler_id}
    matter.holder, matter.holder_since = command, turn.at
    matter.offered_to = matter.sender = ""
    matter.handler = None
    matter.danger_open = False


def _say_who_acts(turn: Turn, unit: str) -> None:
    """Where 110 must not know of the matter, say who has it; 110 is told the place and what happens, if it may be.

    What is passed on is a report of its own, without a name and without a way back to this one.
    """
    matter, book = turn.matter, turn.rules.book
    said = turn.given.get("words", "")
    if book.units[unit].type == "police_command":
        turn.texts.pop("words", None)
        return
    turn.facts["to_unit"], turn.message = unit, "bypass_kept"
    told = hide.told_of_danger(book, matter.hidden)
    if not said or not told:
        turn.texts.pop("words", None)
        return
    if fault := _names(turn, said):
        turn.wrong("words", *fault)
    place = "" if _names(turn, matter.place) else matter.place
    if not place and not _A_PLACE.search(said):
        # Who lives there, or whom it is about, stands in the place itself: it is not passed on as it is.
        turn.wrong(
            "words",
            "登记的地点没有写清，或者里面写了人、电话或反映的单位，不能照发：请在这句话里只写清楚街、村、门牌",
            "the place on file is missing or names a person, number or office and is not passed on: write street, "
            "village and door in these words",
        )
    alarm = matters.receive(
        Report(
            words=said,
            channel="alarm",
            handling_class="urgent",
            division=matter.division,
            place=place,
            unit=told,
        ),
        by=SYSTEM,
        at=turn.at,
    )
    turn.facts["told"], turn.message = told, "bypass_told"
    turn.follow.append((alarm.pk, "bypass", {"reason": "险情通报：只有地点和正在发生什么"}))


def _names(turn: Turn, said: str) -> tuple[str, str] | None:
    """Return what in a text 110 may not be told: whose name it is, how to reach her, whom the matter is about."""
    book, hidden = turn.rules.book, turn.matter.hidden
    if any(mark.kind != "address" for mark in redact.find(said)):
        return (
            "告诉 110 的话里不要写姓名、电话、证件号：只写地点和正在发生什么",
            "no names and numbers of persons in what 110 is told: only the place and what happens there",
        )
    names = {code: (*also_called(book.units[code].name.zh), book.units[code].name.en) for code in hidden}
    spoken = spoken_of(said, names)
    body = hide.from_type(book, spoken.body, turn.matter.division) if spoken.body in book.hide.bodies else frozenset()
    if spoken.units or body & hidden:
        return (
            "告诉 110 的话里不要写反映的是谁：只写地点和正在发生什么",
            "not whom it is about in what 110 is told: only the place and what happens there",
        )
    return None


@does("stand_down")
def stand_down(turn: Turn) -> None:
    """110 has acted; the matter goes straight back to whom danger took it from, unless 110 keeps it.

    What never was anybody else's, and what the unit complained of had, goes on from the 110 desk.
    """
    matter = turn.matter
    matter.danger_open = False
    if turn.before.holder_type != "police_command":
        turn.facts["instead"], turn.message = True, "stand_down_kept"
    _tell_who_withdrew(turn)
    came = standing.bypassed_from(matter)
    if turn.given.get("keep") or came.unit not in turn.rules.book.units or came.unit in matter.hidden:
        turn.target = State.INTAKE
    elif came.unit != matter.holder:
        turn.facts["to_unit"] = came.unit
        matter.holder, matter.holder_since = came.unit, turn.at
        if turn.target is State.HANDLING:
            matter.handler_id = came.handler_id
            matter.was_handling = True
            WorkOrder.objects.create(
                matter=matter,
                unit=came.unit,
                role="lead",
                state="accepted",
                sender=turn.before.holder,
                sent_at=turn.at,
                accepted_at=turn.at,
            )
    if turn.target is State.INTAKE:
        matter.was_handling = False
        # More time asked for by who no longer has it is nobody's to decide.
        matter.extension = None
    if turn.matter.handling_class == "urgent":
        category = turn.rules.book.categories.get(turn.matter.category)
        turn.matter.handling_class = category.handling_class if category else "request"
        if turn.matter.handling_class == "urgent":
            turn.matter.handling_class = "request"


def _tell_who_withdrew(turn: Turn) -> None:
    """There was danger, so a withdrawal that waited is not taken by itself: she is told, and may ask once more."""
    for one in _who_withdrew(turn.matter):
        if one.pk == turn.matter.pk:
            turn.facts["not_withdrawn"] = True
        person = identity.of(one.pk, identity.Use.TELL)
        tell.queue(
            one,
            "withdraw_kept",
            turn.rules,
            at=turn.at,
            turn=turn.matter.turn + 1,
            contacts=[person] if person is not None else [],
        )


@does("classify")
def classify(turn: Turn) -> None:
    """A named person confirms the category and class; kind and the supervising line follow from the rule book."""
    matter, book = turn.matter, turn.rules.book
    category = book.categories[turn.given["category"]]
    turn.facts |= {
        "category": category.code,
        "handling_class": turn.given["handling_class"],
        "was": [matter.category, matter.handling_class],
    }
    matter.category, matter.kind = category.code, category.kind
    matter.handling_class = turn.given["handling_class"]
    if "division" in turn.given:
        matter.division = turn.given["division"]
        look_anew(turn)
    if turn.given.get("petition") is not None:
        matter.petition = turn.given["petition"]
        turn.facts["petition"] = matter.petition
    if items := turn.given.get("items"):
        # An empty field is no answer: what the requester asked for stays until somebody writes it otherwise.
        done = {item["text"] for item in matter.items if item["done"]}
        matter.items = [{"text": text, "done": text in done} for text in items]
    if matter.handling_class != turn.facts["was"][1]:
        # The same class once more says nothing new: her word that her name may be known stands.
        matter.shielded = matter.shielded or book.classes[matter.handling_class].shield
    propose(turn.matter, turn.matter.category, turn.rules)
    _label(turn)


def _label(turn: Turn) -> None:
    """Keep what was suggested beside what this person confirmed, for learning and for counting."""
    if turn.by.kind != "staff":
        return
    said = Words.objects.filter(matter_id=turn.matter.pk, turn=1, field="words", erased_at__isnull=True)
    words = said.values_list("text", flat=True).first()
    if words:
        category, handling_class = turn.given["category"], turn.given["handling_class"]
        answers = [
            (suggest.category(words, turn.rules), category),
            (suggest.handling_class(words, turn.rules, category), handling_class),
        ]
        suggest.remember(turn.matter, turn.matter.turn + 1, answers, by=turn.by, at=turn.at)


@does("divert")
def divert(turn: Turn) -> None:
    """110 proposes to hand a non-police call over; the levels of the rule book must sign first (S1.43, S1.44)."""
    matter, book, given = turn.matter, turn.rules.book, turn.given
    to = given["unit"]
    if given["caller_agrees"] is False:
        turn.wrong(
            "caller_agrees",
            "诉求人不同意转交，就不分流：请由 110 接着办，或说明清楚后再问一次",
            "the caller does not agree, so it is not diverted: 110 goes on with it, or explains and asks again",
        )
    check_lead(turn, to)
    if to == matter.holder:
        turn.wrong("unit", "不能转交给自己", "cannot be handed to the same unit")
    matter.sign_round += 1
    matter.sign_level = book.sign_levels[0].level
    matter.sign_escalated = False
    matter.proposer_id = turn.by.staff_id
    WorkOrder.objects.create(
        matter=matter,
        unit=to,
        role="lead",
        state="proposed",
        sender=matter.holder,
        way=given["way"],
        caller_agrees=given["caller_agrees"],
        reason=given["reason"],
        sent_at=turn.at,
    )
    turn.facts |= {"to_unit": to, "way": given["way"], "caller_agrees": given["caller_agrees"]}


def _signed(turn: Turn, agreed: bool) -> None:
    matter, by = turn.matter, turn.by
    assert by.viewer is not None
    assert by.staff_id is not None
    levels = [p.level for p in by.viewer.posts if p.role == "reviewer" and p.level >= matter.sign_level]
    # Who signs above the last level has none of their own.
    level = min(levels, default=matter.sign_level + 1)
    SignOff.objects.create(
        matter=matter,
        round=matter.sign_round,
        level=matter.sign_level,
        staff_id=by.staff_id,
        agreed=agreed,
        reason=turn.given["reason"],
        at=turn.at,
    )
    turn.facts["level"] = matter.sign_level
    if level != matter.sign_level:
        turn.facts["signed_as"] = level


@does("sign")
def sign(turn: Turn) -> None:
    """One level agrees with its reason; the last one sends the hand-over out."""
    matter = turn.matter
    _signed(turn, True)
    matter.sign_escalated = False
    if turn.target is State.OFFERED:
        order = WorkOrder.objects.filter(matter=matter, state="proposed").latest("id")
        order.state, order.sent_at = "offered", turn.at
        order.save(update_fields=["state", "sent_at"])
        matter.offered_to, matter.sender = order.unit, matter.holder
        matter.was_signed = True
        turn.facts["to_unit"] = order.unit
    else:
        matter.sign_level += 1


@does("send_back")
def send_back(turn: Turn) -> None:
    """One level disagrees: the matter is 110's again."""
    _signed(turn, False)
    WorkOrder.objects.filter(matter=turn.matter, state="proposed").update(
        state="sent_back", done_at=turn.at, reason=turn.given["reason"]
    )
    turn.matter.sign_level = 0


@does("escalate")
def escalate(turn: Turn) -> None:
    """The level sat too long: the next level's reviewers, above the last one a unit's lead, may sign (system)."""
    turn.matter.sign_escalated = True
    turn.facts["level"] = turn.matter.sign_level


@does("fault")
def fault(turn: Turn) -> None:
    """The diversion proves wrong later: every reviewer who agreed gets it back with the reason."""
    hit = SignOff.objects.filter(matter=turn.matter, agreed=True).filter(Q(fault=""))
    count = hit.update(fault=turn.given["reason"], fault_at=turn.at)
    if not count:
        turn.refuse("审核差错已经退回过", "the error was returned before", "fault_again")
    turn.facts["count"] = count


def check_lead(turn: Turn, unit: str) -> None:
    """Refuse a unit that may not lead this matter: without the power, outside its list, or complained of."""
    matter, book = turn.matter, turn.rules.book
    if hide.barred(book, matter.hidden, unit):
        turn.wrong("unit", "不能交给被反映的单位办理", "the unit complained of cannot handle it")
    if book.units[unit].type in {"centre", "police_command"}:
        return
    if matter.appeal_level and unit == matter.route_why.get("lead"):
        return
    if not matter.category:
        turn.wrong("unit", "请先核定分类,才能判断哪个单位有权办理", "confirm the category first")
    able, why = route.may_lead(book, unit, matter.category, hidden=matter.hidden)
    if not able:
        turn.wrong("unit", why.zh, why.en)


def close_lead_orders(turn: Turn, state: str) -> None:
    """End whatever assignment of the lead stands."""
    WorkOrder.objects.filter(matter=turn.matter, role="lead", state__in=["proposed", "offered", "accepted"]).update(
        state=state, done_at=turn.at
    )


def unit_name(turn: Turn, code: str) -> Text:
    """Return the name of a unit, or its code if the book no longer knows it."""
    unit = turn.rules.book.units.get(code)
    return unit.name if unit else Text(code, code)
