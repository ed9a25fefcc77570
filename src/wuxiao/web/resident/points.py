"""Service points for everybody: the list with what is open now, the nearest, a card to print, the rating by its QR."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_http_methods, require_safe

from wuxiao.desk.base.actor import RESIDENT
from wuxiao.desk.base.errors import Conflict, Invalid, NotFound, Refused, Throttled
from wuxiao.desk.case import heard
from wuxiao.desk.matters import matters
from wuxiao.desk.town import addresses, provider, schematic
from wuxiao.desk.town.books import Rules
from wuxiao.rules.book_model import Book
from wuxiao.rules.calendar.opening import State, said
from wuxiao.rules.field import BETWEEN
from wuxiao.rules.measures import Share
from wuxiao.rules.questions.form import Question
from wuxiao.rules.words import Text
from wuxiao.subjects.service_points import asks
from wuxiao.subjects.service_points.acts import MOST
from wuxiao.subjects.service_points.acts import rate as take
from wuxiao.subjects.service_points.asks import Card, Point, Rated
from wuxiao.subjects.service_points.rating import LEVEL, RATING
from wuxiao.subjects.service_points.words import ACCESS, HOLIDAYS, SERVICES, SPEAKS
from wuxiao.typed import phones
from wuxiao.web.resident import base
from wuxiao.web.shared import dates, maps, qr, tongues
from wuxiao.web.shared.caller import caller_of
from wuxiao.web.shared.dates import active_lang, number, percent

#: Signs of the code of a township or sub-district.
_TOWNSHIP = 9
#: How a place stands, as a tone of its mark.
_TONES = {State.OPEN: "done", State.CLOSED: "closed", State.SHUT: "late", State.PLANNED: "soon"}


def _stands(point: Point, at: datetime) -> tuple[str, str]:
    """How a point stands, in a word and in a sentence with the next hour."""
    now = point.standing
    following = dates.when(now.next, year=dates.local(now.next).year != dates.local(at).year) if now.next else ""
    match now.state:
        case State.OPEN if now.until is None:
            return _("开着"), _("全天开放")
        case State.OPEN:
            assert now.until is not None
            return _("开着"), _("到 %(time)s 关门") % {"time": _until(now.until, at)}
        case State.PLANNED:
            assert point.part.opens_on is not None
            return _("还没启用"), _("%(day)s启用") % {"day": dates.day(point.part.opens_on)}
        case State.SHUT:
            return _("临时关闭"), (_("%(time)s 再开") % {"time": following}) if following else _("什么时候再开还没有定")
        case _:
            return _("现在关着"), (_("%(time)s 开门") % {"time": following}) if following else ""


def _until(until: datetime, at: datetime) -> str:
    here = dates.local(until)
    if here.date() == dates.local(at).date():
        return dates.clock(until)
    return dates.until(until)


def _far(metres: float | None, asked: bool) -> str:
    if metres is None:
        return _("没有登记位置，算不出远近") if asked else ""
    if metres < 1000:
        return _("直线约 %(n)s 米") % {"n": number(max(50, round(metres / 50) * 50))}
    return _("直线约 %(n)s 公里") % {"n": f"{metres / 1000:.1f}"}


def _line(point: Point, at: datetime, *, asked: bool) -> dict[str, Any]:
    word, sentence = _stands(point, at)
    return {
        "url": reverse("resident_point", args=[point.row.code]),
        "title": base.say(point.title),
        "kind": base.say(point.kind.name),
        "address": point.row.address,
        "state": word,
        "tone": _TONES[point.standing.state],
        "stands": sentence,
        "far": _far(point.metres, asked),
        "phone": point.part.phone,
        "services": _several(point.part.services, SERVICES),
    }


def _several(codes: str, words: dict[str, Text]) -> str:
    mark = ", " if active_lang() == "en" else "、"
    return mark.join(words[code].say(active_lang()) for code in codes.split(BETWEEN) if code in words)


@require_http_methods(["GET", "HEAD", "POST"])
def listed(request: HttpRequest) -> HttpResponse:
    """List the points: by place, those open now, those that do one thing; by POST the nearest to what is typed.

    What is typed is somebody's whereabouts: it stands in no address, no log and no cache.
    """
    rules, at, lang = base.rules_now(), base.now(), active_lang()
    kinds = asks.kept(rules.book).kinds(rules.book)
    given = request.POST if request.method == "POST" else request.GET
    kind, service = given.get("kind", ""), given.get("service", "")
    kind, service = kind if kind in kinds else "", service if service in SERVICES else ""
    open_now = given.get("open") == "1"
    near = None
    found = ""
    errors: dict[str, str] = {}
    typed = base.text_of(request, "near", 80)
    if typed:
        place = next(iter(addresses.search(typed, rules.book, named=True)), None)
        near = addresses.position(place) if place is not None else None
        if place is None:
            errors["near"] = _("没有找到这个地方，下面没有按远近排。请写路名和门牌号，或者小区、村的名字")
        elif near is None:
            errors["near"] = _("“%(place)s”的位置还没有登记，算不出远近，下面没有按远近排。") % {
                "place": place.label.say(lang)
            }
        else:
            found = place.label.say(lang)
    points = asks.points(at=at, kind=kind, service=service, open_now=open_now, near=near)
    query = {"kind": kind, "service": service, "open": "1" if open_now else ""}
    context = {
        "lines": [_line(one, at, asked=near is not None) for one in points],
        "map_url": _map_url({name: value for name, value in query.items() if value}),
        "asked": bool(request.method == "POST" or kind or service or open_now),
        "nowhere": not points and not asks.points(at=at),
        "count": len(points),
        "open_count": sum(one.standing.state is State.OPEN for one in points),
        "at": at,
        "kind": kind,
        "service": service,
        "open": open_now,
        "near": typed,
        "found": found,
        "kinds": [("", _("全部种类")), *((code, base.say(one.name)) for code, one in kinds.items())],
        "services": [("", _("什么事都行")), *((code, one.say(lang)) for code, one in SERVICES.items())],
        "errors": errors,
    }
    response = base.page(request, "points.html", rules, context, status=400 if errors else 200)
    if request.method == "POST":
        response.headers["Cache-Control"] = "no-store, private"
    return response


def _map_url(query: Mapping[str, str]) -> str:
    here = reverse("resident_points_map")
    return f"{here}?{urlencode(query)}" if query else here


def _marked(points: Sequence[Point], at: datetime) -> tuple[list[dict[str, Any]], list[maps.Mark]]:
    """Return the lines of a list of points and their marks on the drawing, in one order."""
    lines, marks = [], []
    for place, one in enumerate(points, start=1):
        line = _line(one, at, asked=False)
        spot = (one.row.lat, one.row.lon) if one.row.lat is not None and one.row.lon is not None else None
        marks.append(maps.Mark(place, spot, line["title"], line["tone"], line["state"], line["url"]))
        lines.append(line | {"number": place, "pin": maps.pin(place, line["tone"]) if spot is not None else ""})
    return lines, marks


def _map_query(request: HttpRequest, book: Book) -> dict[str, str]:
    """The conditions of a map as they stand in its address; what is no such condition is left out."""
    known = {"kind": asks.kept(book).kinds(book), "service": SERVICES, "division": book.divisions, "open": {"1"}}
    given = {name: request.GET.get(name, "") for name in known}
    return {name: value for name, value in given.items() if value in known[name]}


def _on_map(query: Mapping[str, str], at: datetime) -> Sequence[Point]:
    return asks.points(
        at=at,
        kind=query.get("kind", ""),
        service=query.get("service", ""),
        division=query.get("division", ""),
        open_now="open" in query,
    )


@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """Give the map of a qualified provider its points; without one for everybody there is no such page."""
    rules, at = base.rules_now(), base.now()
    given = provider.current()
    if given is None or not given.public:
        raise NotFound
    query = _map_query(request, rules.book)
    _lines, marks = _marked(_on_map(query, at), at)
    return JsonResponse(maps.live(marks, schematic.ground(), {}, area=None, narrowed=bool(query), provider=given))


@require_safe
def on_map(request: HttpRequest) -> HttpResponse:
    """Show the points on a drawing of street blocks, which is no map, and beside it their list: same points and order.

    Closer is by division; no position stands in the page or its addresses, and nobody's whereabouts are asked. Where
    the operator named a qualified provider for everybody, the same points are offered over its map.
    """
    rules, at = base.rules_now(), base.now()
    book = rules.book
    kinds = asks.kept(book).kinds(book)
    query = _map_query(request, book)
    points = _on_map(query, at)
    division = query.get("division", "")
    lines, marks = _marked(points, at)
    where = {place: one.row.division for place, one in enumerate(points, start=1)}

    def closer(some: Sequence[maps.Mark], _area: maps.Area) -> str:
        """The division below the one that is shown in which most of them are."""
        longer = len(division) + 3 if division else 9
        inside = Counter(where[one.number][:longer] for one in some if len(where[one.number]) >= longer)
        next_one = max(sorted(inside), key=inside.__getitem__, default="")
        return _map_url(query | {"division": next_one}) if next_one in book.divisions else ""

    drawn = maps.draw(
        _("服务点示意图"),
        marks,
        schematic.ground(),
        {code: one.name for code, one in book.divisions.items()},
        area=None,
        closer=closer,
        narrowed=bool(query),
        public=True,
    )
    given = provider.current()
    given = given if given is not None and given.public else None
    context = {
        "lines": lines,
        "map": drawn,
        "count": len(points),
        "at": at,
        "kind": query.get("kind", ""),
        "service": query.get("service", ""),
        "division": division,
        "open": "open" in query,
        "provider": given,
        "live": maps.libraries() if given is not None and drawn.shown else None,
        "live_url": f"{reverse('resident_points_live')}?{urlencode(query)}",
        "kinds": [("", _("全部种类")), *((code, base.say(one.name)) for code, one in kinds.items())],
        "services": [("", _("什么事都行")), *((code, one.say(active_lang())) for code, one in SERVICES.items())],
        "divisions": [
            ("", _("全县")),
            *((code, base.say(one.name)) for code, one in book.divisions.items() if len(code) == _TOWNSHIP),
        ],
    }
    return maps.allow(base.page(request, "points_map.html", rules, context, form=False), given)


@require_safe
def card(request: HttpRequest, code: str) -> HttpResponse:
    """Show one point: when, where, what for, which languages, by which door, and its QR; made to be printed too.

    In a further language what a second person read stands in it with the Chinese under it, all else in Chinese and
    English: labels, too, are texts that nobody read in that language.
    """
    rules, at, lang = base.rules_now(), base.now(), active_lang()
    found = asks.card(code, at=at)
    point, part = found.point, found.point.part
    chosen = tongues.wanted(request.GET.get("in", ""), found.foreign)
    here = reverse("resident_point", args=[code])
    both = ("zh", "en") if chosen is not None else (lang,)
    said_in = [_said(found, rules, at, one) for one in both]
    context = {
        "p": point,
        "code": code,
        "title": base.say(point.title),
        "titles": tongues.runs("title", point.row.title, part.title_en, found.foreign, chosen)
        if chosen is not None
        else [_run(base.say(point.title), "en" if lang == "en" and part.title_en else "zh")],
        "abouts": tongues.runs("about", part.about, part.about_en, found.foreign, chosen)
        if chosen is not None
        else [_run(*((part.about_en, "en") if lang == "en" and part.about_en else (part.about, "zh")))],
        "unread": tongues.unread(asks.spoken(point), found.foreign, chosen),
        "languages": tongues.switch(here, found.foreign, chosen),
        "kind": [one["kind"] for one in said_in],
        "stand": [one["stand"] for one in said_in],
        "stands": [one["stands"] for one in said_in],
        "tone": _TONES[point.standing.state],
        "shut": [one["shut"] for one in said_in if one["shut"]["text"]],
        "rows": [
            (
                [one["rows"][n][0] for one in said_in],
                [one["rows"][n][1] for one in said_in][: None if one_by_language else 1],
            )
            for n, (_label, value, one_by_language) in enumerate(said_in[0]["rows"])
            if value["text"]
        ],
        "about_heads": [one["about"] for one in said_in],
        "phone": part.phone,
        "phone_said": phones.shown(part.phone),
        "qr": qr.picture(settings.BASE_URL + here),
        "whole_url": settings.BASE_URL + here,
        "checked": dates.day(dates.local(point.row.checked)) if point.row.checked else "",
        "rated": _rated(found, lang),
        "minimum": rules.book.minimum_n,
        "may_rate": point.standing.state is not State.PLANNED,
        "done": request.GET.get("done") == "1",
    }
    return base.page(request, "point.html", rules, context, form=False)


def _run(text: str, lang: str) -> dict[str, str]:
    return {"text": text, "lang": "en" if lang == "en" else "zh-Hans", "dir": "ltr"}


def _said(found: Card, rules: Rules, at: datetime, lang: str) -> dict[str, Any]:
    """What the card says of a point in one of our two languages; the last of a row: whether its value is translated."""
    point, part = found.point, found.point.part
    with override("en" if lang == "en" else "zh-hans"):
        word, sentence = _stands(point, at)
        unit = rules.book.units.get(point.row.unit)
        first = part.shut_from
        coming = first is not None and first > dates.local(at).date()
        shut = _("%(first)s起临时关闭") % {"first": dates.day(first)} if first is not None and coming else ""
        duty = "；".join(one for one in (part.on_duty, found.officer) if one)
        rows = [
            (_("开放时间"), base.say(said(point.opening.week)), True),
            (_("节假日"), base.say(HOLIDAYS[part.holidays]) if part.holidays in HOLIDAYS else "", True),
            (_("地址"), point.row.address, False),
            (_("能办什么"), _several(part.services, SERVICES), True),
            (_("能说什么话"), _several(part.speaks, SPEAKS), True),
            (_("无障碍"), _several(part.access, ACCESS), True),
            (_("在岗"), duty, False),
            (_("兼任"), part.also, False),
            (_("谁管"), base.say(unit.name) if unit else "", True),
        ]
        return {
            "kind": _run(base.say(point.kind.name), lang),
            "stand": _run(word, lang),
            "stands": _run(sentence, lang),
            "shut": _run(shut, lang),
            "about": _run(_("怎么找、怎么办"), lang),
            "rows": [(_run(label, lang), _run(value, lang if own else "zh"), own) for label, value, own in rows],
        }


def _rated(found: Card, lang: str) -> dict[str, Any]:
    rated: Rated = found.rated
    said_by = [(dates.day(day), text) for day, text in rated.said]
    if not rated.enough:
        return {"enough": False, "said": said_by}
    rows = []
    for tally in rated.tallies:
        cells = [(one.label.say(lang), "※" if one.count is None else number(one.count)) for one in tally.cells]
        rows.append((tally.label.say(lang), cells, number(tally.answered) if tally.answered is not None else "※"))
    return {
        "enough": True,
        "sentence": _satisfied(rated.satisfied),
        "tallies": rows,
        "said": said_by,
    }


def _satisfied(share: Share) -> str:
    assert share.share is not None
    assert share.low is not None
    assert share.high is not None
    return _("一年里 %(n)s 人打了分，%(share)s 评“基本满意”以上（大致在 %(low)s 到 %(high)s 之间）。") % {
        "n": number(share.n),
        "share": percent(share.share),
        "low": percent(share.low),
        "high": percent(share.high),
    }


@require_http_methods(["GET", "HEAD", "POST"])
def rate(request: HttpRequest, code: str) -> HttpResponse:
    """Rate a point: nobody is asked who they are. Whom to call stands first where the words speak of danger."""
    rules, at = base.rules_now(), base.now()
    here = reverse("resident_point", args=[code])
    # What is sent is listened to first, whatever the point has become since.
    point = asks.by_code(code, at=at) if request.method != "POST" else None
    if point is not None and point.standing.state is State.PLANNED:
        return HttpResponseRedirect(here)
    typed: dict[str, str] = {}
    errors: dict[str, str] = {}
    key, status, kept = matters.new_key(), 200, ""
    if request.method == "POST":
        base.not_as_staff(base.staff_of(request))
        key = request.POST.get("key", "")[:60] or key
        typed = {one.name: base.text_of(request, one.name) for one in RATING.items if one.name in request.POST}
        try:
            taken = take(
                code, {name: value for name, value in typed.items() if value}, key=key, caller=caller_of(request),
                lang=base.lang_code(), by=RESIDENT, at=at,
            )  # fmt: skip
        except Invalid as wrong:
            errors = {name: base.say(text) for name, text in wrong.fields.items()}
            status, kept = 400, wrong.kept
        except Throttled as wait:
            errors, status, kept = {"__all__": base.say(wait.text)}, 429, wait.kept
        except NotFound as ended:
            if not ended.danger:
                raise
            here = reverse("resident_points") if asks.has_points(rules.book) else reverse("resident_start")
            return _taken_up(request, rules, ended.kept, here, typed, rated=False, why=base.say(ended.text))
        except Refused as shut:
            if shut.danger:
                return _taken_up(request, rules, shut.kept, here, typed, rated=False, why=base.say(shut.text))
            if shut.code == "planned":
                return HttpResponseRedirect(here)
            errors, status = {"__all__": base.say(shut.text)}, 409
        except Conflict:
            # The form was sent before and is sent once more with other words of danger: a new form, nothing is lost.
            key, status = matters.new_key(), 409
            errors = {"__all__": _("这张表交过一次了。要再说一次，请再按一下“提交”。")}
        else:
            if taken.report is None:
                return HttpResponseRedirect(f"{here}?done=1")
            return _taken_up(request, rules, taken.report.code, here, typed, rated=True)
    if point is None:
        point = asks.by_code(code, at=at)
    context = {
        "code": code,
        "here": here,
        "title": base.say(point.title),
        "heading": RATING.title.say(active_lang()),
        "questions": _questions(typed),
        "errors": errors,
        "key": key,
        "kept": kept,
        "unread": heard.unread(typed.get("words")),
        "danger": heard.calls(typed.get("words")),
    }
    response = base.page(request, "point_rate.html", rules, context, status=status)
    response.headers["Cache-Control"] = "no-store, private"
    return response


#: Levels that say that somebody was content.
THANKS = frozenset({"5", "4"})


def _taken_up(
    request: HttpRequest, rules: Rules, report: str, here: str, typed: dict[str, str], *, rated: bool, why: str = ""
) -> HttpResponse:
    unread = heard.unread(typed.get("words"))
    # Many stars and words nobody reads are thanks, as far as one can tell: counted at once, the words are read all the
    # same, and the numbers stand in a line, not across the page.
    thanks = unread and typed.get(LEVEL) in THANKS
    told = {"report": report, "here": here, "rated": rated, "unread": unread, "thanks": thanks, "why": why}
    response = base.page(request, "point_danger.html", rules, told, form=False)
    response.headers["Cache-Control"] = "no-store, private"
    return response


def _questions(typed: dict[str, str]) -> list[dict[str, Any]]:
    lang = active_lang()
    found = []
    for one in RATING.items:
        assert isinstance(one, Question)
        options: list[tuple[str, ...]] = [
            (choice.name, choice.label.say(lang), *(("", f"face{choice.name}") if one.name == LEVEL else ()))
            for choice in RATING.choices(one.choices)
        ]
        found.append(
            {
                "name": one.name,
                "label": one.label.say(lang),
                "hint": one.hint.say(lang),
                "options": options,
                "value": typed.get(one.name, ""),
                "optional": not one.required,
                "most": MOST,
            }
        )
    return found


PATHS = (
    path("points", listed, name="resident_points"),
    path("points/map", on_map, name="resident_points_map"),
    path("points/map.json", live, name="resident_points_live"),
    path("points/<str:code>", card, name="resident_point"),
    path("points/<str:code>/rate", rate, name="resident_point_rate"),
)
