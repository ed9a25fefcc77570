"""What an inspection asks of the database: its facts, its findings, the fields of its steps, what its page shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from wuxiao.desk.base.actor import Actor
from wuxiao.desk.base.errors import NotFound
from wuxiao.desk.case.shown import visible_of
from wuxiao.desk.town.books import Rules
from wuxiao.reading import redact
from wuxiao.records.models import Case, Entry, Finding, Inspection, Post, Row, Staff, StandAside, Words
from wuxiao.rules import hide
from wuxiao.rules.access import Role
from wuxiao.rules.book_model import Book
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.field import Field
from wuxiao.rules.life import Step
from wuxiao.rules.promise import promise
from wuxiao.rules.questions.form import QuestionSet
from wuxiao.rules.words import Text, day
from wuxiao.subjects.inspection import fields
from wuxiao.subjects.inspection.checklists import Checklist, checklists, of_kind
from wuxiao.subjects.inspection.rules import INSPECTION, Facts, Need, State
from wuxiao.subjects.inspection.words import DATES, FINDING_STATES, SIGNED, WHOSE, WHYS

#: The question whether a place was accepted or checked for fire safety before it opened.
ACCEPTED = "accepted"
#: How long after the end a picture of the visit is still taken.
STILL_COMING = timedelta(days=14)
#: Posts whose holders go on inspections.
GOING = (Role.HANDLER, Role.LEAD)


def part_of(case: Case) -> Inspection:
    """Return the own columns of an inspection."""
    return Inspection.objects.select_related("premises").get(matter_id=case.pk)


def findings_of(case: Case) -> list[Finding]:
    """Return what was found, in order."""
    return list(Finding.objects.filter(matter_id=case.pk).order_by("number"))


def open_findings(case: Case) -> list[Finding]:
    """Return what was found and is not settled."""
    return [one for one in findings_of(case) if one.state == "open"]


def list_of(part: Inspection) -> Checklist:
    """Return the list an inspection is filled by."""
    known = checklists().get(part.checklist)
    # A list that was taken out of the program since asks nothing any more; what was answered stays.
    return known or Checklist(
        part.checklist, Text(part.checklist, part.checklist), frozenset(), (), QuestionSet(""), ""
    )


#: States in which a report of the day or an objection may wait.
_AFTER_VISIT = frozenset({State.ORDERED, State.RECHECK, State.HANDED})


def of_row(case: Case, book: Book) -> Facts:
    """Return the facts on which it hangs who sees it and whom it waits for (one query, after the visit two)."""
    columns = ("first_id", "second_id", "objected", "first_here_at", "second_here_at")
    part = Inspection.objects.filter(matter_id=case.pk).values_list(*columns).first()
    first, second, objected, *here = part or (None, None, False, None, None)
    waits = case.state in _AFTER_VISIT
    grave = Finding.objects.filter(matter_id=case.pk, state="open", grave=True, reported=False).count() if waits else 0
    return Facts(
        inspectors=frozenset(pk for pk in (first, second) if pk is not None),
        here=frozenset(pk for pk, at in zip((first, second), here, strict=True) if pk is not None and at is not None),
        objected=objected,
        grave=grave,
        hidden=case.hidden,
        hidden_divisions=hide.divisions_of(book, case.hidden) if case.hidden_units else frozenset(),
        state=State(case.state),
        holder=case.holder,
        division=case.division,
        receiver=case.offered_to,
        extended=case.extensions,
        extensions=book.lives[INSPECTION.name].numbers["extensions"],
    )


def facts_of(case: Case, rules: Rules, at: datetime, verb: str) -> Facts:
    """Return all facts of an inspection (at most six queries)."""
    part, found = part_of(case), findings_of(case)
    aside = asides_of(part)
    base = of_row(case, rules.book)
    # Who has left the unit or the house since does not go any more: two are two who can.
    people = {int(pk): name for pk, name in colleagues(case.holder).items()} if base.inspectors else {}
    awaited = [people.get(pk, _THE_OTHER) for pk in sorted(base.inspectors - base.here)]
    standing = [one for one in found if one.state == "open"]
    grave = [one for one in standing if one.grave]
    return replace(
        base,
        asides=aside,
        awaited=Text("、".join(one.zh for one in awaited), " and ".join(one.en for one in awaited)),
        pair=len(base.inspectors & people.keys()),
        aside=len(base.inspectors & aside),
        unanswered=sum(1 for one in list_of(part).items if one.code not in part.answers),
        findings=len(standing),
        grave=sum(1 for one in grave if not one.reported),
        grave_open=len(grave),
        objected=part.objected,
        answered=part.answered,
        never_accepted=never_accepted(found),
        # Who cannot hand it over is not asked to do that first.
        handed=part.handed or not _can_hand_over(case, rules.book),
        long_over=case.closed_at is not None and at - case.closed_at > STILL_COMING,
    )


#: An inspector who has left the unit since she was sent.
_THE_OTHER = Text("另一名检查人员", "the other inspector")


def _can_hand_over(case: Case, book: Book) -> bool:
    fire = book.lives[INSPECTION.name].units["fire"]
    return fire != case.holder and not hide.barred(book, case.hidden, fire)


def never_accepted(found: Sequence[Finding]) -> bool:
    """Whether it stands that a place was never accepted or checked before opening."""
    return any(one.item == ACCEPTED and one.state == "open" for one in found)


def asides_of(part: Inspection) -> frozenset[int]:
    """Return who must stand aside: here, and who said so at any inspection of the same place (one query)."""
    same = Inspection.objects.filter(premises_id=part.premises_id).values("matter_id")
    return frozenset(StandAside.objects.filter(matter_id__in=same).values_list("staff_id", flat=True))


def answers_for(row: Row, unit: str, book: Book) -> bool:
    """Whether a unit looks at a place: it keeps its row, or is the trade department of its kind."""
    kind = book.registers.get("premises", {}).get(row.kind)
    return unit == row.unit or (kind is not None and unit == kind.unit)


def trade_of(case: Case, row: Row, book: Book) -> str:
    """Return the trade department of a place that has a part in what was found there; empty where it inspects itself.

    Empty too where the case is kept from it.
    """
    kind = book.registers.get("premises", {}).get(row.kind)
    unit = kind.unit if kind is not None else ""
    return "" if unit in {"", case.holder} or hide.barred(book, case.hidden, unit) else unit


def unit_for(row: Row, by: Actor, book: Book) -> str:
    """Return in the name of which unit somebody has a place looked at: of their posts the first that answers for it.

    Empty where none does; the house itself acts for the unit that keeps the row.
    """
    if by.viewer is None:
        return by.unit or row.unit
    units = [post.unit for post in by.viewer.posts if post.role in GOING]
    return next((unit for unit in units if answers_for(row, unit, book)), "")


# ---------------------------------------------------------------------------------------------------------------- steps


def place(code: str) -> Row:
    """Return the premises of a code that stand in their register; `NotFound` for any other."""
    found = Row.objects.filter(register="premises", code=code.strip().upper(), state="live").first()
    if found is None:
        raise NotFound
    return found


def at_row(row_id: int) -> Any:
    """Return the ids of the inspections of a place, as a query."""
    return Inspection.objects.filter(premises_id=row_id).values("matter_id")


def colleagues(unit: str, besides: Sequence[int] = ()) -> Mapping[str, Text]:
    """Return who of a unit goes on inspections, by their id as text (one query)."""
    roles = [role.value for role in GOING]
    ids = (
        Post.objects.filter(unit=unit, role__in=roles).exclude(staff_id__in=besides).values_list("staff_id", flat=True)
    )
    people = Staff.objects.filter(pk__in=ids, is_active=True).order_by("name", "pk")
    return {str(one.pk): Text(one.name, one.name_en or one.name) for one in people}


def asks(case: Case | None, step: Step[Any], rules: Rules, by: Actor) -> tuple[Field, ...]:
    """Return the fields of a step as they stand for whoever takes it."""
    found: list[Field] = []
    for need in (*step.needs, *step.may):
        if need is Need.FILES:
            continue
        required = need in step.needs
        if case is None:
            found += fields.before(need, required)
        else:
            found += _of_need(case, need, step, rules, by, required)
    return tuple(found)


def _of_need(case: Case, need: Need, step: Step[Any], rules: Rules, by: Actor, required: bool) -> list[Field]:
    match need:
        case Need.PAIR:
            return [fields.pair(colleagues(case.holder, sorted(asides_of(part_of(case)))))]
        case Need.ANSWERS:
            return fields.answers(list_of(part_of(case)))
        case Need.FINDING:
            return fields.finding(list_of(part_of(case)).items)
        case Need.OUTCOMES:
            return fields.outcomes(
                open_findings(case), list_of(part_of(case)), withdrawn=step.verb == "settle", written=written(case)
            )
        case Need.ABOUT:
            return [fields.about(fields.shown_by(findings_of(case), list_of(part_of(case)), written(case)))]
        case Need.DUE if step.verb == "leave" and open_findings(case):
            return [fields.due(rules.book.lives[INSPECTION.name].terms["mend"].words)]
        case Need.WHOSE:
            return [fields.whose(hands(part_of(case)))]
        case Need.UNIT:
            unit = rules.book.units[rules.book.lives[INSPECTION.name].units["fire"]]
            return [fields.unit({unit.code: unit.name})]
        case Need.WHO:
            part = part_of(case)
            pair = {str(pk) for pk in (part.first_id, part.second_id) if pk is not None}
            names = {pk: name for pk, name in colleagues(case.holder).items() if pk in pair}
            own = str(by.staff_id)
            return [fields.who({own: names[own]} if own in names else names)]
    return fields.plain(need, required, step.verb)


def hands(part: Inspection) -> Mapping[str, Text]:
    """Return whose signatures a visit may bear, by code: each inspector's by her name."""
    names = {
        code: Text(one.name, one.name_en or one.name)
        for code, one in (("first", part.first), ("second", part.second))
        if one is not None
    }
    # A visit that ended before each said for herself that she was there had one box for both.
    before = part.left_at is not None and part.first_here_at is None
    return names | {code: name for code, name in WHOSE.items() if code == "place" or (before and code == "inspectors")}


def warns(case: Case | None, step: Step[Any], given: Mapping[str, Any], by: Actor, at: datetime) -> Text | None:
    """Say once, before a visit is planned, that another one at the same place is open still."""
    if case is not None or step.sources or by.viewer is None:
        return None
    rows = visible_of(INSPECTION.name, by.viewer).filter(closed_at=None)
    code = str(given.get("place", "")).strip().upper()
    here = Inspection.objects.filter(premises__register="premises", premises__code=code).values("matter_id")
    there = list(rows.filter(pk__in=here).order_by("pk")[:3])
    if not there:
        return None
    states = [INSPECTION.standings[State(one.state)].name for one in there]
    zh = "、".join(f"{one.number}（{state.zh}）" for one, state in zip(there, states, strict=True))
    en = ", ".join(f"{one.number} ({state.en})" for one, state in zip(there, states, strict=True))
    return Text(
        f"还没有列入：这个场所还有没办结的检查：{zh}。要接着那一次办的，请到那里办；要另查一次的，再点一次。",
        f"Not planned yet: an inspection of this place is open: {en}. Go on there, or send again to plan one more.",
    )


def stands(case: Case, step: Step[Any], by: Actor) -> Mapping[str, str]:
    """Return what a form of a step begins with: the list as far as it is filled, the report to be signed."""
    if Need.REPORTS in step.needs:
        return _report(case)
    if Need.ANSWERS not in step.needs:
        return {}
    return {f"q_{code}": answer for code, answer in part_of(case).answers.items()}


def latest_due(case: Case, rules: Rules, at: datetime) -> date:
    """Return the last day that may be given to mend: the book's term from an instant on."""
    term = rules.book.lives[INSPECTION.name].terms["mend"]
    return promise(at, term, rules.calendar).due.astimezone(SHANGHAI).date()


def hand_by(part: Inspection, rules: Rules) -> datetime | None:
    """Return by when a place that was never accepted or checked is to be handed to the fire body; `None` for others."""
    found = Finding.objects.filter(matter_id=part.matter_id, item=ACCEPTED, state="open")
    if part.handed or part.left_at is None or not found.exists():
        return None
    term = rules.book.lives[INSPECTION.name].terms["hand"]
    return promise(part.left_at, term, rules.calendar).due


def answer_by(part: Inspection, rules: Rules) -> datetime | None:
    """Return by when supervision answers the objection that waits; `None` where none does."""
    if not part.objected or part.objected_at is None:
        return None
    return promise(part.objected_at, rules.book.lives[INSPECTION.name].terms["answer"], rules.calendar).due


def owes(cases: Sequence[Case], rules: Mapping[int, Rules]) -> Mapping[int, Text]:
    """Return of each case what its date is the date of, by its id: whose it is must not be guessed (two queries)."""
    ids = [case.pk for case in cases]
    parts = {one.matter_id: one for one in Inspection.objects.filter(matter_id__in=ids)}
    waits = set(
        Finding.objects.filter(matter_id__in=ids, state="open", grave=True, reported=False).values_list(
            "matter_id", flat=True
        )
    )
    return {case.pk: _owed_of(case, parts[case.pk], rules[case.pk], case.pk in waits) for case in cases}


def _owed_of(case: Case, part: Inspection, rules: Rules, unsigned: bool) -> Text:
    answer = answer_by(part, rules)
    if case.state == State.ORDERED:
        if part.due_on is not None and case.step_due_at == end_of(part.due_on):
            return DATES["mend"]
        left = part.left_at
        if unsigned and left is not None and case.step_due_at == end_of(left.astimezone(SHANGHAI).date()):
            return DATES["sign"]
        return DATES["answer"] if answer is not None and case.step_due_at == answer else DATES["hand"]
    if case.state == State.RECHECK:
        return DATES["answer"] if answer is not None and case.step_due_at == answer else DATES["recheck"]
    by_state = {State.ON_SITE: "end", State.HANDED: "reply"}
    return DATES[by_state.get(State(case.state), "go")]


def end_of(day: date) -> datetime:
    """Return the end of a day in the town."""
    return datetime.combine(day + timedelta(days=1), time(), SHANGHAI)


def described(one: Finding, listed: Checklist, written: Sequence[str], *, law: bool = False) -> str:
    """Say a finding on paper: what those who went wrote of it first, then what is asked; `law` names the article."""
    item, said = listed.item(one.item), "；".join(written)
    if item is None:
        return said or fields.OTHER.zh
    article = f"（{item.law.zh}）" if law else ""
    return f"{said}{'；' if said else ''}不符合“{item.words.zh}”的要求{article}"


def _report(case: Case) -> Mapping[str, str]:
    """Return the report on grave hazards as it is laid before who signs it."""
    part = part_of(case)
    listed = list_of(part)
    noted = written(case)
    grave = [one for one in open_findings(case) if one.grave and not one.reported]
    told = [described(one, listed, noted.get(one.number, ()), law=True) for one in grave]
    what = "；".join(f"{n}. {one}" for n, one in enumerate(told, 1)) if len(told) > 1 else "".join(told)
    due = f"已责令{day(part.due_on).zh}24:00以前整改" if part.due_on is not None else "整改期限待定"
    return {
        "reports": f"{part.premises.title}（{part.premises.code}，{part.premises.address}）检查发现严重隐患：{what}。"
        f"{due}，检查编号{case.number}。特此报告。"
    }


# ---------------------------------------------------------------------------------------------------------------- pages


def about(case: Case, rules: Rules, by: Actor) -> list[tuple[Text, Text]]:
    """Return what the page shows beside the diary: the place, the reason, the list, what was found, by when."""
    part = part_of(case)
    kinds = rules.book.registers.get("premises", {})
    kind = kinds.get(part.premises.kind)
    rows: list[tuple[Text, Text]] = [
        (Text("场所", "Place"), _same(f"{part.premises.title} {part.premises.code}")),
        (Text("种类", "Kind"), kind.name if kind else _same(part.premises.kind)),
        (Text("地址", "Address"), _same(part.premises.address)),
        (Text("为什么检查", "Why"), WHYS.get(part.why, _same(part.why))),
    ]
    if part.planned_on is not None:
        rows.append((Text("计划日期", "Planned for"), day(part.planned_on)))
    if (hand := hand_by(part, rules)) is not None and case.closed_at is None:
        rows.append((Text("移交消防机构的期限", "To the fire body by"), day(hand.astimezone(SHANGHAI).date())))
    if any(one.grave and not one.reported and one.state == "open" for one in findings_of(case)):
        rows.append((Text("严重隐患当日报告", "Report of the day"), _unsigned(part)))
    if part.premises.state != "live":
        rows.append((Text("登记册", "Register"), _ENDED))
    return rows + told(case, rules)


_ENDED = Text(
    "这个场所已经销册，请督查核实后写明“场所已停”",
    "the place has ended there: supervision has a look and says that it is gone",
)


def _unsigned(part: Inspection) -> Text:
    """Say by when the reports on grave hazards are to be signed: on the day of the visit."""
    if part.left_at is None:
        return Text("还没有签发", "not signed yet")
    then = day(part.left_at.astimezone(SHANGHAI).date())
    return Text(f"还没有签发，应在{then.zh}签发", f"not signed yet; to be signed on {then.en}")


def told(case: Case, rules: Rules) -> list[tuple[Text, Text]]:
    """Return what of it the place itself reads: the list, what was found under which law, by when; never why or who."""
    part = part_of(case)
    listed = list_of(part)
    rows: list[tuple[Text, Text]] = [(Text("检查表", "Checklist"), listed.name)]
    if part.answers:
        rows.append((Text("已填", "Answered"), _same(f"{len(part.answers)}/{len(listed.items)}")))
    if part.signed:
        rows.append((Text("签名", "Signed"), SIGNED[part.signed]))
    if part.due_on is not None:
        rows.append((Text("整改期限", "To be mended by"), day(part.due_on)))
    if (answer := answer_by(part, rules)) is not None:
        rows.append((Text("异议答复期限", "The objection is answered by"), day(answer.astimezone(SHANGHAI).date())))
    found = findings_of(case)
    noted = written(case) if found else {}
    for one in found:
        label = Text(f"问题{one.number}", f"Finding {one.number}")
        rows.append((label, _finding(one, listed, noted.get(one.number, []))))
    return rows


def written(case: Case) -> Mapping[int, list[str]]:
    """Return what inspectors wrote of each finding as its place reads it, by its number (two queries).

    It stands in the order and on the page of the place: numbers of persons are left out of both.
    """
    turns = {e.turn: e.facts.get("number") for e in Entry.objects.filter(matter_id=case.pk, verb="find")}
    found: dict[int, list[str]] = {}
    for row in Words.objects.filter(matter_id=case.pk, field="finding", erased_at=None).order_by("turn"):
        number = turns.get(row.turn)
        if isinstance(number, int) and row.text.strip():
            found.setdefault(number, []).append(redact.without_numbers(row.text.strip()).rstrip("。.；;"))
    return found


def _finding(one: Finding, listed: Checklist, written: Sequence[str]) -> Text:
    """Say a finding: what was written of it, what the list asks instead under which law, and where it stands."""
    item, state = listed.item(one.item), FINDING_STATES[one.state]
    grave = Text("严重隐患，", "grave hazard, ") if one.grave else Text("", "")
    said = "；".join(written)
    zh, en = [said] if said else [], [said] if said else []
    if item is not None:
        zh.append(f"{'' if said else '不符合'}要求“{item.words.zh}”，依据{item.law.zh}")
        en.append(f"{'' if said else 'not in order: '}required is “{item.words.en}”, under {item.law.en}")
    elif not said:
        zh, en = [fields.OTHER.zh], [fields.OTHER.en]
    return Text(f"{'；'.join(zh)}（{grave.zh}{state.zh}）", f"{'; '.join(en)} ({grave.en}{state.en})")


def day_of(at: datetime) -> str:
    """Return the day of an instant as papers write it."""
    return day(at.astimezone(SHANGHAI).date()).zh


def _same(text: str) -> Text:
    return Text(text, text)


def lists_for(kind: str) -> tuple[Checklist, ...]:
    """Return the lists a place of a kind can be looked at by; all of them for a kind that none names."""
    return of_kind(kind) or tuple(checklists().values())
