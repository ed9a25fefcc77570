"""Scenes of a town: where matters go, who may see them, which units tell one another, what is shown of figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django.urls import reverse

from tests.desk.people import MONDAY
from tests.desk.test_reading_hot import OTHER, SAID
from tests.keys.stage import (
    DAY,
    HOUR,
    PLACE,
    Stage,
    others,
    run_clock,
    said,
    sees,
    small,
    stands,
    there,
    told_of,
    undone,
)
from wuxiao.desk.assist import hot, similar, suggest
from wuxiao.desk.base import actor
from wuxiao.desk.base.actor import RESIDENT, SYSTEM
from wuxiao.desk.base.errors import NotFound
from wuxiao.desk.case.act import act
from wuxiao.desk.doors import staff
from wuxiao.desk.doors.staff import Appointment
from wuxiao.desk.matters import figures, matters, secrecy
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.matters.released import open_categories
from wuxiao.desk.people import minors
from wuxiao.desk.register import look
from wuxiao.desk.register.look import Wanted
from wuxiao.desk.register.shelf import may_keep_of
from wuxiao.desk.register.shelf import of as shelf_of
from wuxiao.desk.town import books
from wuxiao.records.models import BookVersion, HotAlert, HotIssue, Matter, Message, Row
from wuxiao.rules import hide, route
from wuxiao.rules.access import Role, Scope
from wuxiao.rules.book.check import turning_points
from wuxiao.rules.book_model import EVERYWHERE, Book
from wuxiao.rules.calendar import SHANGHAI
from wuxiao.rules.register import due_at
from wuxiao.rules.terms import Span, SpanKind

# ------------------------------------------------------------------------------------------------------- where to


def _routes(book: Book, categories: set[str], divisions: list[str], hidden: list[frozenset[str]]) -> Iterator[Any]:
    for category in sorted(categories):
        for division in divisions:
            for kept in hidden:
                try:
                    way = route.route(book, category, division, hidden=kept)
                except route.NoRoute as none:
                    yield category, division, none.reason.zh
                else:
                    yield category, division, way.lead, way.co_units, way.supervisor, way.moved, way.why.zh


@sees("route.#.*", "route.#.why.**", "units.*.type", "units.*.division", "units.*.powers", "units.*.supervisor",
      "units.*.parent", "divisions.*.parent", "categories.*.committee")  # fmt: skip
def routed(stage: Stage) -> Iterator[Any]:
    """Where matters of every category go in every division, who helps, who supervises, and why."""
    every = {c.code for c in turning_points(stage.book)}
    yield list(_routes(stage.book, every, list(stage.book.divisions), [frozenset()]))


@sees("route.#.id")
@there
def named_rule(stage: Stage) -> Iterator[Any]:
    """Which rule is named where a change of the book is rehearsed: the one that decides."""
    rule = stage.book.routes[int(stage.path[1])]
    for category in rule.categories:
        code = "urban" if category == EVERYWHERE else category
        places = rule.divisions if EVERYWHERE not in rule.divisions else tuple(stage.book.divisions)
        yield [route.route(stage.book, code, place).rule for place in places]


@sees("units.*.parent", "units.*.supervisor", "units.*.type", "units.*.division", "hide.**")
@there
def kept_from(stage: Stage) -> Iterator[Any]:
    """From whom a report about each unit and body is kept, who takes its place, who may hear of danger."""
    book = stage.book
    for about in (*book.units, *book.hide.bodies):
        for division in ("", PLACE, "990101200201"):
            kept = hide.from_about(book, (about,), division)
            yield about, sorted(kept), hide.desk(book, kept), hide.told_of_danger(book, kept)
            yield hide.first_in_danger(book, kept), sorted(hide.divisions_of(book, kept))
    unit = str(stage.path[1]) if stage.path[0] == "units" else "police_bureau"
    kept = frozenset({unit})
    yield list(_routes(book, {"conduct", "urban.street", "hazard"}, [PLACE, "990101200201"], [kept]))


@sees("units.*.mail")
def units_told(stage: Stage) -> Iterator[Any]:
    """To which address units are written of danger and of what is late."""
    matter = stage.held("urban.street.vendors", "complaint")
    act(matter.pk, "add", {"words": "楼道里有人拿刀追人，快来救命"}, by=RESIDENT, at=MONDAY)
    Matter.objects.filter(pk=matter.pk).update(supervisor_unit="efficiency")
    run_clock(matter.pk, MONDAY + 30 * DAY, 8)
    yield told_of(matter.pk)


@sees("units.*.division")
@there
def wide_posts(stage: Stage) -> Iterator[Any]:
    """What somebody of the unit that was turned sees who is appointed for the division of the unit."""
    unit = str(stage.path[1])
    made, _ = staff.create("wide", "wide", [Appointment(Role.HANDLER, unit, Scope.DIVISION)], by=SYSTEM, at=MONDAY)
    viewer = actor.of_staff(made, stage.book).viewer
    yield viewer.principals if viewer is not None else ()


# ------------------------------------------------------------------------------------------------------- categories


@sees("categories.*.kind", "categories.*.class", "categories.*.police", "categories.*.child", "categories.*.petition",
      "categories.*.committee")  # fmt: skip
@there
def classified(stage: Stage) -> Iterator[Any]:
    """What a matter of the category that was turned becomes: its kind, what its page offers, who may be sent."""
    code = str(stage.path[1])
    below = [c for c in stage.book.categories.values() if code in c.chain]
    for category in below[:1] + below[-1:]:
        for unit in ("rc_huaiyin", "urban_mgmt"):
            yield route.may_lead(stage.book, unit, category.code)[0], route.may_help(stage.book, unit, category.code)
        matter = stage.told()
        yield suggest.handling_class("占道经营", books.current(MONDAY), category.code)
        given = {"category": category.code, "handling_class": "complaint"}
        page = stage.client("operator").get(reverse("staff:matter", args=[matter.number])).content.decode()
        yield 'name="petition"' in page
        matter = act(matter.pk, "classify", given, by=stage.actor("operator"), at=MONDAY)
        yield matter.kind, category.code in open_categories(stage.book), minors.concerns(matter, stage.book)
        called = matters.receive(
            Report(words="占道经营", division=PLACE, category=category.code), by=stage.actor("police"), at=MONDAY
        )
        yield called.kind, called.handling_class
        act(called.pk, "classify", given, by=stage.actor("police"), at=MONDAY)
        given = {"unit": "hotline", "way": "push", "caller_agrees": "yes", "reason": "不属警务"}
        police = stage.actor("police")
        yield undone(lambda pk=called.pk, given=given, by=police: act(pk, "divert", given, by=by, at=MONDAY))


@sees("categories.*.keywords")
@there
def guessed(stage: Stage) -> Iterator[Any]:
    """What is proposed when somebody writes the words of the category that was turned."""
    code = str(stage.path[1])
    for word in (*stage.book.categories[code].keywords, *_words_of_before(stage)):
        found = suggest.by_words(f"我们这里{word}的问题", books.current(MONDAY))
        yield word, [(one.code, round(one.score, 6)) for one in found]


def _words_of_before(stage: Stage) -> tuple[str, ...]:
    from wuxiao.rules.book import default

    found = default().categories.get(str(stage.path[1]))
    return found.keywords if found else ()


@sees("town.code")
def where_nobody_says(stage: Stage) -> Iterator[Any]:
    """Which division stands for the town."""
    yield stage.client().get("/open311/v2/requests.json?jurisdiction_id=990101").status_code
    yield stage.told(division="").division


# --------------------------------------------------------------------------------------------------------- evidence


@sees("evidence.*.file")
@there
def proved(stage: Stage) -> Iterator[Any]:
    """Whether an answer may rest on a kind of evidence without a file."""
    matter = stage.held()
    given = {"evidence": str(stage.path[1]), "reply": "已到工地制止，夜间不再施工。", "ticked": []}
    yield said(lambda: act(matter.pk, "answer", given, by=stage.of_unit(matter.holder), at=MONDAY))


# ---------------------------------------------------------------------------------------------------------- figures

small("figures.suppress_below", 3)
small("figures.minimum_n", 10)
OCTOBER = datetime(2026, 10, 1, 9, 0, tzinfo=SHANGHAI)
MONTH = {"env.noise.construction": 11, "env.noise.life": 3, "env.water.discharge": 10, "hazard": 2, "conduct": 4}


@sees("figures.*")
def published(stage: Stage) -> Iterator[Any]:
    """What the public month shows of counts that stand on the boundary, and what it withholds."""
    book = BookVersion.objects.latest("id")
    rows = [
        Matter(
            code=f"{list(MONTH).index(code):04d}{n:016d}", number=f"T{code}{n}", kind=stage.book.categories[code].kind,
            category=code,
            channel="web", handling_class="complaint", state="closed", outcome="answered", holder="urban_mgmt",
            holder_since=OCTOBER, received_at=OCTOBER, changed_at=OCTOBER, due_at=OCTOBER + 7 * DAY,
            answered_at=OCTOBER + DAY, closed_at=OCTOBER + DAY, book=book, solved=n % 2 == 0, satisfied=4,
            contacted=True, rated_by="resident",
        )
        for code, count in MONTH.items()
        for n in range(count)
    ]  # fmt: skip
    Matter.objects.bulk_create(rows)
    figures.refresh(at=OCTOBER + 40 * DAY)
    client = stage.client()
    yield client.get("/report/data.csv").content
    page = client.get("/report/2026-10").content.decode()
    yield "—" in page, page.count("—"), page.count("<td")


# --------------------------------------------------------------------------------------------------------- hot

small("hot.window", 60)
small("hot.least", 4)


@sees("hot.*")
def hot_issues(stage: Stage) -> Iterator[Any]:
    """Which issues are hot among matters of two months, how hot, who is told, when a dismissed one comes back."""
    now = MONDAY + 20 * DAY
    similar.forget()

    def say(words: str, phone: str, when: datetime) -> Matter:
        return stage.told(words=words, phone=phone, at=when)

    for n, words in enumerate(OTHER[:5]):
        say(words, f"1391111{n:04d}", now - (n + 1) * DAY)
    for n, days in enumerate((60.5, 59.5, 30.5, 29.5, 3, 2, 1)):
        say(SAID[n % 5] + "。" * n, f"1390000{n:04d}", now - timedelta(days=days))
    for n in range(3):
        lights = ("河堤路口的红绿灯坏了", "河堤路口红绿灯不亮", "河堤路口红绿灯又坏了")
        say(lights[n], f"1393333{n:04d}", now - n * HOUR)
    for hours in (0, 1):
        hot.look(at=now + hours * HOUR)
        yield [(i.people, i.growth, i.heat, i.state) for i in HotIssue.objects.order_by("id")]
        yield HotAlert.objects.count(), Message.objects.filter(verb__contains="hot").count()
    first = HotIssue.objects.order_by("people").first()
    if first is None:
        return
    hot.dismiss(first.pk, by=stage.actor("chief"), at=now + 2 * HOUR)
    for n in range(6):
        say("河堤路口红绿灯不亮" + "啊" * n, f"1392222{n:04d}", now + 3 * HOUR)
        hot.look(at=now + (4 + n) * HOUR)
        yield n, [one.issue.pk == first.pk for one in hot.issues(by=stage.actor("chief"))]


others("hot.growth", lambda book, leaf: [0.7])
others("hot.likeness", lambda book, leaf: [0.9, 0.05])
others("hot.alert", lambda book, leaf: [5.0, 6.5, 9.5, 12.0])
others("hot.again", lambda book, leaf: [1.1, 2.2])
others("hot.days", lambda book, leaf: [leaf.value - 1])


# --------------------------------------------------------------------------------------------------------- registers


@sees("registers.*.*.unit", "registers.*.*.cycle_days", "registers.*.*.like")
@there
def registered(stage: Stage) -> Iterator[Any]:
    """When a row of the kind that was turned is to be looked at again, who answers for it, what it is asked for."""
    name, kind = str(stage.path[1]), str(stage.path[2])
    try:
        shelf = shelf_of(name, stage.book)
    except NotFound:
        # Kept in another way than rows of a register are; it has scenes of its own.
        return
    yield [one.name for one in shelf.asked(stage.book, kind)]
    keeper, of_kind = stage.of_unit("ps_qingping"), stage.book.registers[name][kind]
    row = Row.objects.create(
        register=name, code="X1", kind=kind, title="某处", unit="ps_qingping", division=PLACE, checked_at=MONDAY,
        valid_from=MONDAY.date(),
    )  # fmt: skip
    for unit in dict.fromkeys(one.unit for one in stage.book.registers[name].values()):
        yield unit, may_keep_of(stage.of_unit(unit), row.unit, of_kind)
    for after in range(of_kind.cycle_days - 2, of_kind.cycle_days + 4):
        wanted = Wanted(fresh="dormant")
        yield after, look.count(name, wanted, by=keeper, at=MONDAY + timedelta(days=after, hours=1))


@sees("terms.*.before_days", "registers.*.*.terms")
def by_terms(stage: Stage) -> Iterator[Any]:
    """When a place is to be looked at that goes by terms, where an autumn term is known and one before it."""
    spans = (
        Span(date(2026, 2, 24), date(2026, 7, 3), SpanKind.TERM, "春", ""),
        Span(date(2026, 9, 1), date(2027, 1, 22), SpanKind.TERM, "秋", ""),
    )
    for kinds in stage.book.registers.values():
        for kind in kinds.values():
            known = replace(kind.terms, spans=spans) if kind.terms is not None else None
            for day in range(1, 32):
                checked = datetime(2026, 8, day, 9, tzinfo=SHANGHAI)
                yield kind.code, day, due_at(replace(kind, terms=known, cycle_days=60), checked)


@sees("hide.body.**", "hide.circle.**", "hide.danger.units")
def chosen_from(stage: Stage) -> Iterator[Any]:
    """Which bodies a requester may choose, and from whom a report about them is kept."""
    yield secrecy.listed(stage.book, "zh")
    for about in stage.book.hide.bodies:
        matter = matters.receive(
            Report(words="占道经营", division=PLACE, about=(about,)), by=RESIDENT, at=MONDAY, quiet=True
        )
        yield about, sorted(matter.hidden), matter.holder, stands(matter)


_ = (SYSTEM, Role)
