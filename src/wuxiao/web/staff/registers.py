"""Pages of any register: its list, one row with its history, its form, its file in and out, how good its data is."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from wuxiao.desk.base.errors import DeskError, Invalid, Refused, Stale
from wuxiao.desk.files.tables import SheetError, fold_faults, open_table
from wuxiao.desk.look import cases
from wuxiao.desk.register import acts, look, sheets
from wuxiao.desk.register.answers import may_release_of
from wuxiao.desk.register.look import SOON, VERBS, Rate, View, Wanted
from wuxiao.desk.register.shelf import Shelf, may_keep, of, units_of
from wuxiao.desk.town import grounds, provider, schematic
from wuxiao.records.models import Row
from wuxiao.rules.access import Power
from wuxiao.rules.field import Field, Kind
from wuxiao.rules.positions import SYSTEMS
from wuxiao.rules.register import STATES, RowState, due_at, why_due
from wuxiao.rules.words import Text
from wuxiao.typed.cells import cell, workbook_cell
from wuxiao.typed.numbers import whole_number
from wuxiao.typed.plain import line
from wuxiao.web.shared import fields as shared
from wuxiao.web.shared import maps
from wuxiao.web.shared.dates import local, number, percent, when
from wuxiao.web.shared.nav import Event
from wuxiao.web.staff import spoken
from wuxiao.web.staff.admin import tiles
from wuxiao.web.staff.forms import division_choices
from wuxiao.web.staff.gate import Desk, desk, notify, show
from wuxiao.web.staff.lists import names

#: A file of a register is small; whatever is larger is something else.
LARGEST = 5_000_000
#: Rows of one map and of the list beside it.
ON_MAP = 200
_TONES = {"put_in": "plus", "change_row": "note", "confirm_row": "check", "end_row": "close", "revive_row": "reopen"}


def _base(d: Desk, shelf: Shelf) -> dict[str, Any]:
    """What every page of a register prints around itself."""
    name, here = shelf.name, reverse("staff:register", args=[shelf.name])
    return {
        "title": shelf.register.title.say(d.lang),
        "one": shelf.register.one.say(d.lang),
        "meaning": shelf.register.meaning.say(d.lang),
        "here": here,
        "keeps": may_keep(d.by),
        "new_url": reverse("staff:register_new", args=[name]),
        "file_url": reverse("staff:register_file", args=[name]),
        "export_url": reverse("staff:register_export", args=[name]),
        "quality_url": reverse("staff:register_quality", args=[name]),
        "form_url": reverse("form_file", args=[shelf.form.name]) if shelf.form is not None else "",
        "may_file": may_keep(d.by) and d.may(Power.BULK),
        "may_export": d.may(Power.EXPORT),
        "largest": LARGEST // 1_000_000,
        "most": sheets.MOST,
    }


def _kinds(d: Desk, shelf: Shelf) -> list[tuple[str, str]]:
    return [(code, one.name.say(d.lang)) for code, one in shelf.kinds(d.rules.book).items()]


def _wanted(given: Mapping[str, str]) -> Wanted:
    fresh = given.get("fresh", "")
    return Wanted(
        kind=line(given.get("kind", ""))[:24],
        division=line(given.get("division", ""))[:12],
        unit=line(given.get("unit", ""))[:40],
        words=line(given.get("q", ""))[:60],
        fresh=fresh if fresh in {"dormant", "soon"} else "",
        ended=given.get("state") == "ended",
        area=maps.area_of(given.get("area", "")),
    )


def _query(wanted: Wanted) -> dict[str, str]:
    found = {
        "q": wanted.words,
        "kind": wanted.kind,
        "division": wanted.division,
        "unit": wanted.unit,
        "fresh": wanted.fresh,
        "state": "ended" if wanted.ended else "",
        "area": maps.area_text(wanted.area) if wanted.area is not None else "",
    }
    return {name: value for name, value in found.items() if value}


def _day(moment: Any) -> str:
    return f"{local(moment):%Y-%m-%d}" if moment is not None else ""


def _freshness(d: Desk, shelf: Shelf, row: Row) -> tuple[str, str]:
    """How fresh a row is, in words and as a tone."""
    if row.state != RowState.LIVE:
        return STATES[RowState(row.state)].say(d.lang), "closed"
    due = due_at(shelf.kinds(d.rules.book).get(row.kind), row.checked_at)
    if row.checked is None:
        return _("还没有核对过"), "late"
    if due is None or due >= d.at:
        soon = due is not None and (due - d.at).days < SOON
        return (_("快到核对期"), "soon") if soon else (_("在核对期内"), "done")
    return _("超过核对周期"), "late"


def _line(d: Desk, shelf: Shelf, row: Row) -> dict[str, Any]:
    book = d.rules.book
    kind, division = shelf.kinds(book).get(row.kind), book.divisions.get(row.division)
    words, tone = _freshness(d, shelf, row)
    return {
        "code": row.code,
        "title": row.title or _("（内容已删除）"),
        "url": reverse("staff:register_row", args=[shelf.name, row.code]),
        "kind": kind.name.say(d.lang) if kind else row.kind,
        "where": row.address or (division.name.say(d.lang) if division else ""),
        "checked": _day(row.checked),
        "due": _day(due_at(kind, row.checked_at)) if row.checked is not None else "",
        "fresh": words,
        "tone": tone,
    }


@desk(Power.REGISTERS)
def page(d: Desk, register: str) -> HttpResponse:
    """List a register: all of it, what is over its time, what is due next, what has ended."""
    shelf = of(register, d.rules.book)
    wanted, after = _wanted(d.request.GET.dict()), d.request.GET.get("after", "")
    found = look.page(register, wanted, by=d.by, at=d.at, after=after)
    context = {
        **_listed(d, shelf, wanted, found, after, reverse("staff:register", args=[register])),
        "lines": [_line(d, shelf, row) for row in found.rows],
    }
    return show(d, "register.html", context, at=f"register:{register}")


def _listed(d: Desk, shelf: Shelf, wanted: Wanted, found: look.Page, after: str, here: str) -> dict[str, Any]:
    """What a list and its map share: the conditions, the way to the next page, and to each other."""
    base = _base(d, shelf)
    query = _query(wanted)
    every = ("", _("全部"))
    return {
        **base,
        "here": here,
        "wanted": wanted,
        "area": query.get("area", ""),
        "kinds": [every, *_kinds(d, shelf)],
        "divisions": [("", _("全县")), *((c, n) for c, n, _h in division_choices(d.rules, d.lang))],
        "units": [every, *names(d.rules, d.lang)[0].items()],
        "freshes": [every, ("dormant", _("超过核对周期")), ("soon", _("两周内到期"))],
        "states": [("", _("在册")), ("ended", _("已销册"))],
        "export_url": f"{base['export_url']}?{urlencode(query)}",
        "list_url": _at(base["here"], query),
        "map_url": _at(reverse("staff:register_map", args=[shelf.name]), query),
        "whole_url": _at(here, {name: value for name, value in query.items() if name != "area"}),
        "next_url": _at(here, {**query, "after": found.next}) if found.next else "",
        "first_url": _at(here, query) if after else "",
        "narrowed": bool(query),
    }


def _at(here: str, query: Mapping[str, str]) -> str:
    return f"{here}?{urlencode(query)}" if query else here


@desk(Power.REGISTERS)
def on_map(d: Desk, register: str) -> HttpResponse:
    """Show a list of a register on a schematic of the town, and beside it the list itself: same rows, order, filter."""
    shelf = of(register, d.rules.book)
    wanted, after = _wanted(d.request.GET.dict()), d.request.GET.get("after", "")
    found = look.page(register, wanted, by=d.by, at=d.at, after=after, limit=ON_MAP)
    here = reverse("staff:register_map", args=[register])
    marks, lines = _marks(d, shelf, found.rows)
    query = _query(wanted)
    drawn = maps.draw(
        shelf.register.title.say(d.lang),
        marks,
        schematic.ground(),
        {code: one.name for code, one in d.rules.book.divisions.items()},
        area=wanted.area,
        closer=lambda _some, area: _at(here, {**query, "area": maps.area_text(area)}),
        narrowed=bool(query),
        bounds=grounds.boundaries(),
    )
    same = {**query, "after": after} if after else query
    context = {
        **_listed(d, shelf, wanted, found, after, here),
        "lines": lines,
        "map": drawn,
        "live": maps.libraries() if drawn.shown else None,
        "live_url": _at(reverse("staff:register_live", args=[register]), same),
    }
    given = context["provider"] = provider.current()
    return maps.allow(show(d, "register_map.html", context, at=f"register:{register}"), given)


@desk(Power.REGISTERS)
def live(d: Desk, register: str) -> HttpResponse:
    """Give the map one can drag what it shows: the rows of the page that asks, by the same conditions."""
    shelf = of(register, d.rules.book)
    wanted = _wanted(d.request.GET.dict())
    found = look.page(register, wanted, by=d.by, at=d.at, after=d.request.GET.get("after", ""), limit=ON_MAP)
    marks, _lines = _marks(d, shelf, found.rows)
    divisions = {code: one.name for code, one in d.rules.book.divisions.items()}
    return JsonResponse(
        maps.live(
            marks,
            schematic.ground(),
            divisions,
            area=wanted.area,
            narrowed=bool(_query(wanted)),
            bounds=grounds.boundaries(),
            tiles=tiles.told(),
            provider=provider.current(),
        )
    )


def _marks(d: Desk, shelf: Shelf, rows: Sequence[Row]) -> tuple[list[maps.Mark], list[dict[str, Any]]]:
    """The rows as marks, and as lines of the list beside them: made together, so that they are the same."""
    marks, lines = [], []
    for place, row in enumerate(rows, start=1):
        line = _line(d, shelf, row)
        at = (row.lat, row.lon) if row.lat is not None and row.lon is not None else None
        if not any(one.name == "point" for one in shelf.seen(d.rules.book, row.kind, d.by)):
            at = None
        marks.append(maps.Mark(place, at, line["title"], line["tone"], line["fresh"], line["url"]))
        lines.append(line | {"number": place, "pin": maps.pin(place, line["tone"]) if at is not None else ""})
    return marks, lines


# ------------------------------------------------------------------------------------------------------------- one row


def _facts(d: Desk, view: View) -> list[tuple[str, str]]:
    book, lang = d.rules.book, d.lang
    rows = [(one.label.say(lang), one.say(view.values[one.name], book).say(lang)) for one in view.fields]
    if view.kind is not None:
        department = book.units.get(view.kind.unit)
        rows.insert(3, (_("行业主管部门"), department.name.say(lang) if department else view.kind.unit))
    return [(label, value) for label, value in rows if value]


def _events(d: Desk, view: View) -> list[Event]:
    units = names(d.rules, d.lang)[0]
    whys = {**acts.CHANGES, **acts.ENDINGS}
    events = []
    for one in view.history:
        words = VERBS.get(one.verb, Text(one.verb, one.verb)).say(d.lang)
        why = whys[one.why].say(d.lang) if one.why in whys else ""
        mark = "；" if d.lang != "en" else "; "
        events.append(
            Event(
                what=f"{words}（{why}）" if why and d.lang != "en" else f"{words} ({why})" if why else words,
                at=when(one.at, d.lang),
                iso=one.at.isoformat(),
                by=" · ".join(part for part in (one.who, units.get(one.unit, one.unit)) if part),
                icon=_TONES.get(one.verb, ""),
                quote=mark.join(change.say(d.lang) for change in one.changes),
            )
        )
    return events


@desk(Power.REGISTERS)
def row(d: Desk, register: str, code: str) -> HttpResponse:
    """Show a row with its history; POST confirms it, ends it, or takes it up again."""
    shelf = of(register, d.rules.book)
    wrong: dict[str, str] = {}
    if d.request.method == "POST":
        try:
            said = _act(d, register, code)
        except Invalid as invalid:
            wrong = {name: text.say(d.lang) for name, text in invalid.fields.items()}
        except (Stale, Refused) as refused:
            wrong = {"__all__": refused.text.say(d.lang)}
        else:
            notify(d.request, said)
            return redirect("staff:register_row", register, code)
    view = look.view(register, code, by=d.by, at=d.at)
    words, tone = _freshness(d, shelf, view.row)
    live = view.row.state == RowState.LIVE
    like = view.kind.like if view.kind is not None else view.row.kind
    context = {
        **_base(d, shelf),
        "r": view.row,
        "name": view.row.title or view.row.code,
        "facts": _facts(d, view),
        "events": _events(d, view),
        "fresh": words,
        "tone": tone,
        "checked": when(view.row.checked, d.lang) if view.row.checked else _("还没有核对过"),
        "due": _day(view.due),
        "due_why": why.say(d.lang) if view.due and (why := why_due(view.kind, view.row.checked_at)) else "",
        "ended": view.row.valid_to.isoformat() if view.row.valid_to else "",
        "rights": [text.say(d.lang) for text in shelf.register.rights.get(like, ())],
        "cases": [
            {
                "number": one.number,
                "url": reverse("staff:case", args=[one.life, one.number]),
                "what": pages.title.say(d.lang),
                "open": one.closed_at is None,
                "day": _day(one.received_at),
            }
            for pages, one in cases.at_row(view.row.pk, by=d.by, at=d.at)
        ],
        "leads_to": [
            (f"{reverse('staff:case_new', args=[life])}?{urlencode({'place': code})}", name.say(d.lang))
            for life, name in cases.from_reports(by=d.by, at=d.at)
            if life in shelf.lives
        ]
        if live
        else [],
        "links": beside(d, shelf, view) if live else [],
        "may_change": view.may_keep and live,
        "may_revive": view.may_keep and not live and bool(view.row.title),
        "endings": [("", _("请选择")), *((n, text.say(d.lang)) for n, text in acts.ENDINGS.items())],
        "url": reverse("staff:register_row", args=[register, code]),
        "change_url": reverse("staff:register_change", args=[register, code]),
        "today": _day(d.at),
        "given": d.request.POST,
        "errors": wrong,
    }
    return show(d, "register_row.html", context, at=f"register:{register}", status=400 if wrong else 200)


def beside(d: Desk, shelf: Shelf, view: View) -> list[tuple[str, str, str]]:
    """Return the pages that stand beside a row: its public page, what those who came wrote, its further languages."""
    code, links = view.row.code, []
    if shelf.page:
        links.append((reverse(shelf.page, args=[code]), _("对外的页面和二维码"), "eye"))
    if shelf.form is not None and (view.may_keep or may_release_of(d.by, view.row.unit, view.kind)):
        links.append((reverse("staff:register_answers", args=[shelf.name, code]), _("来过的人写的话"), "rate"))
    if shelf.spoken and view.may_keep:
        links.append((reverse("staff:register_languages", args=[shelf.name, code]), _("其他语言"), "language"))
    if view.may_keep and shelf.register.papers_of(view.kind.like if view.kind is not None else ""):
        links.append((reverse("staff:row_papers", args=[shelf.name, code]), _("文书"), "print"))
    return links


def _act(d: Desk, register: str, code: str) -> str:
    post = d.request.POST
    version = whole_number(post.get("version")) or 0
    given: dict[str, Any] = {"by": d.by, "at": d.at, "version": version}
    match post.get("do"):
        case "confirm":
            acts.confirm(register, code, **given)
            return _("已记下：核对无误。")
        case "end":
            acts.end(register, code, day=post.get("day", ""), why=post.get("why", ""), **given)
            return _("已销册。")
        case "revive":
            acts.revive(register, code, **given)
            return _("已恢复在册。")
    raise Refused(Text("没有这个操作。", "There is no such step."), "verb")


# --------------------------------------------------------------------------------------------------------------- forms


@desk(Power.KEEP_ROWS)
def new(d: Desk, register: str) -> HttpResponse:
    """Put a row in: first its kind, then what rows of that kind are asked for."""
    shelf = of(register, d.rules.book)
    kind = d.request.POST.get("kind") or d.request.GET.get("kind", "")
    context: dict[str, Any] = {**_base(d, shelf), "kinds": _kinds(d, shelf), "errors": {}}
    if kind not in shelf.kinds(d.rules.book):
        return show(d, "register_kind.html", context, at=f"register:{register}")
    fields = [one for one in shelf.asked(d.rules.book, kind) if one.name != "kind"]
    own = units_of(d.by, shelf.kinds(d.rules.book)[kind], d.rules.book)
    unit = d.staff.unit if d.staff.unit in own else own[0] if len(own) == 1 else ""
    typed: dict[str, Any] = {"unit": unit, "valid_from": _day(d.at)}
    wrong: dict[str, str] = {}
    advice: spoken.Advice | None = None
    if d.request.method == "POST":
        typed = shared.given_of(d.request.POST, fields)
        advice = _advice(d, shelf, fields, typed, {})
        try:
            if advice is None:
                made = acts.put_in(register, {**typed, "kind": kind}, by=d.by, at=d.at)
        except Invalid as invalid:
            wrong = {name: text.say(d.lang) for name, text in invalid.fields.items()}
        except Refused as refused:
            wrong = {"__all__": refused.text.say(d.lang)}
        else:
            if advice is None:
                notify(d.request, _("已登记，编号 %(code)s。") % {"code": made.code})
                return redirect("staff:register_row", register, made.code)
    context |= {
        "kind": kind,
        "kind_name": dict(_kinds(d, shelf))[kind],
        "fields": [_only(one, own) for one in shared.drawn(fields, typed, d.rules.book, d.lang)],
        "errors": wrong,
        "advice": advice,
        "action": reverse("staff:register_new", args=[register]),
        "version": "",
        "whys": [],
        "back": reverse("staff:register_new", args=[register]),
    }
    return show(d, "register_form.html", context, at=f"register:{register}", status=400 if wrong or advice else 200)


def _advice(
    d: Desk, shelf: Shelf, fields: Sequence[Field], typed: Mapping[str, Any], stood: Mapping[str, Any]
) -> spoken.Advice | None:
    """Return what is to be shown first where words of a row that the public reads speak of persons."""
    if not shelf.page:
        return None
    told = [one.name for one in fields if one.kind in {Kind.TEXT, Kind.WORDS} and not one.private]
    return spoken.ask(d, [typed.get(name) for name in told], known=[stood.get(name) for name in told])


def _only(drawn: dict[str, Any], units: Sequence[str]) -> dict[str, Any]:
    """A drawn field; of the unit that keeps the row with those alone that whoever enters it may name."""
    if drawn["name"] != "unit":
        return drawn
    return drawn | {"options": [one for one in drawn["options"] if one[0] in {"", *units}]}


@desk(Power.KEEP_ROWS)
def change(d: Desk, register: str, code: str) -> HttpResponse:
    """Change a row as it was seen; if somebody was first, what was written is kept and the new state shown."""
    shelf = of(register, d.rules.book)
    view = look.view(register, code, by=d.by, at=d.at)
    if not view.may_keep:
        raise Refused(
            Text("这一行由登记单位或行业主管部门维护。", "This row is kept by its unit or by the trade department."),
            "keep",
        )
    fields = shelf.asked(d.rules.book, view.row.kind)
    typed: dict[str, Any] = {one.name: one.typed(view.values[one.name]) for one in fields}
    wrong: dict[str, str] = {}
    advice: spoken.Advice | None = None
    since: list[Event] = []
    if d.request.method == "POST":
        typed = shared.given_of(d.request.POST, fields)
        version = whole_number(d.request.POST.get("version")) or 0
        advice = _advice(d, shelf, fields, typed, view.values)
        try:
            if advice is None:
                acts.change(register, code, typed, why=d.request.POST.get("why", ""), by=d.by, at=d.at, version=version)
        except Invalid as invalid:
            wrong = {name: text.say(d.lang) for name, text in invalid.fields.items()}
        except Stale as stale:
            wrong = {"__all__": stale.text.say(d.lang)}
            since = _events(d, view)[: max(1, stale.version - stale.since)]
        except Refused as refused:
            wrong = {"__all__": refused.text.say(d.lang)}
        else:
            if advice is None:
                notify(d.request, _("已更改。"))
                return redirect("staff:register_row", register, code)
    context = {
        **_base(d, shelf),
        "kind": "",
        "kind_name": view.row.title or code,
        "fields": shared.drawn(fields, typed, d.rules.book, d.lang),
        "errors": wrong,
        "advice": advice,
        "since": since,
        "action": reverse("staff:register_change", args=[register, code]),
        "version": view.row.version,
        "why": d.request.POST.get("why", ""),
        "whys": [(name, text.say(d.lang)) for name, text in acts.CHANGES.items()],
        "back": reverse("staff:register_row", args=[register, code]),
    }
    return show(d, "register_form.html", context, at=f"register:{register}", status=400 if wrong or advice else 200)


# -------------------------------------------------------------------------------------------------------------- tables


@desk(Power.KEEP_ROWS)
def file(d: Desk, register: str) -> HttpResponse:
    """Take a file: all of it or, with every fault named, nothing."""
    shelf = of(register, d.rules.book)
    if not d.may(Power.BULK):
        raise Refused(Text("您的岗位不能整批导入。", "Your post does not bring in whole files."), "bulk")
    wrong: dict[str, str] = {}
    taken: sheets.Taken | None = None
    if d.request.method == "POST":
        try:
            taken = _taken(d, shelf)
        except Invalid as invalid:
            wrong = {name: text.say(d.lang) for name, text in invalid.fields.items()}
        except (SheetError, Refused) as error:
            wrong = {"file": error.text.say(d.lang)}
    if taken is not None and not taken.faults:
        notify(
            d.request,
            _("已导入：新增 %(new)s 行，更改 %(changed)s 行，未变 %(same)s 行。")
            % {"new": taken.new, "changed": taken.changed, "same": taken.same},
        )
        for one in taken.left_out[:10]:
            notify(d.request, _("没有收“%(column)s”这一列：册里没有这一项。") % {"column": one[:40]}, "caution")
        return redirect("staff:register", register)
    faults, more = fold_faults(taken.faults) if taken is not None else ([], 0)
    context = {
        **_base(d, shelf),
        "errors": wrong,
        "faults": [(one.line, one.column.say(d.lang), one.text.say(d.lang)) for one in faults],
        "more": more,
        "columns": [
            (text.say(d.lang), _hint(d, shelf, name)) for name, text in sheets.headings(shelf, d.rules.book).items()
        ],
        "systems": [
            ("", _("写在文件里，或没有坐标")),
            *((one.value, text.say(d.lang)) for one, text in SYSTEMS.items()),
        ],
        "crs": d.request.POST.get("crs", ""),
        "action": reverse("staff:register_file", args=[register]),
    }
    bad = bool(wrong or faults)
    return show(d, "register_file.html", context, at=f"register:{register}", status=400 if bad else 200)


def _hint(d: Desk, shelf: Shelf, name: str) -> str:
    one = next((f for f in shelf.register.all_fields(d.rules.book) if f.name == name), None)
    if one is None:
        if name == "crs":
            return "、".join(system.value for system in SYSTEMS)
        return _("每行一个，凭它认出这一行") if name == "code" else _("日期；没有就不填")
    options = [text.say(d.lang) for text in one.options(d.rules.book).values()]
    mark = "、" if d.lang != "en" else ", "
    if options:
        return mark.join(options[:8]) + ("…" if len(options) > 8 else "")
    return one.hint.say(d.lang) if one.hint else _("日期，如 2026-02-06") if one.kind is Kind.DATE else ""


def _taken(d: Desk, shelf: Shelf) -> sheets.Taken:
    upload = d.request.FILES.get("file")
    if not isinstance(upload, UploadedFile) or not upload.name:
        raise Invalid({"file": Text("请选择文件", "choose a file")})
    if (upload.size or 0) > LARGEST:
        mega = LARGEST // 1_000_000
        raise Invalid({"file": Text(f"文件超过 {mega} MB", f"the file is over {mega} MB")})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        with path.open("wb") as out:
            for chunk in upload.chunks():
                out.write(chunk)
        table = open_table(path, known=sheets.known_headings(shelf, d.rules.book))
        return sheets.take(shelf.name, table, by=d.by, at=d.at, crs=d.request.POST.get("crs", ""))


@desk(Power.EXPORT)
def export(d: Desk, register: str) -> HttpResponse:
    """Ask what for, make the file, write down that it left, and let it go."""
    shelf = of(register, d.rules.book)
    source = d.request.POST if d.request.method == "POST" else d.request.GET
    wanted = _wanted(source.dict())
    wrong: dict[str, str] = {}
    if d.request.method == "POST":
        purpose = d.request.POST.get("purpose", "")
        try:
            table = sheets.give(register, wanted, purpose=purpose, by=d.by, at=d.at, lang=d.lang)
        except Invalid as invalid:
            wrong = {name: text.say(d.lang) for name, text in invalid.fields.items()}
        except DeskError as refused:
            wrong = {"__all__": refused.text.say(d.lang)}
        else:
            name = f"{register}-{local(d.at):%Y%m%d-%H%M}"
            return _xlsx(table, shelf, name, d) if d.request.POST.get("as") == "xlsx" else _csv(table, name)
    context = {
        **_base(d, shelf),
        "errors": wrong,
        "hidden": _query(wanted),
        "count": number(look.count(register, wanted, by=d.by, at=d.at)),
        "purposes": [("", _("请选择")), *((n, text.say(d.lang)) for n, text in sheets.PURPOSES.items())],
        "purpose": d.request.POST.get("purpose", ""),
        "action": reverse("staff:register_export", args=[register]),
    }
    return show(d, "register_export.html", context, at=f"register:{register}", status=400 if wrong else 200)


def _csv(table: Sequence[Sequence[str]], name: str) -> HttpResponse:
    out = io.StringIO()
    csv.writer(out).writerows([cell(value) for value in one] for one in table)
    response = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _xlsx(table: Sequence[Sequence[str]], shelf: Shelf, name: str, d: Desk) -> HttpResponse:
    from openpyxl import Workbook  # a workbook is seldom asked for, and its library is heavy

    book = Workbook(write_only=True)
    page = book.create_sheet(shelf.register.title.say(d.lang)[:31])
    for one in table:
        page.append([workbook_cell(value) for value in one])
    out = io.BytesIO()
    book.save(out)
    response = HttpResponse(
        out.getvalue(), content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )
    response["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response


# ------------------------------------------------------------------------------------------------------------- quality


def _share(rate: Rate) -> str:
    return percent(rate.share) if rate.share is not None else "—"


@desk(Power.REGISTERS)
def quality(d: Desk, register: str) -> HttpResponse:
    """Show the rates of completeness, accuracy and use with what they are of, and how often each field is filled."""
    shelf = of(register, d.rules.book)
    found = look.quality(register, by=d.by, at=d.at)
    rates = [
        (_("完整率"), found.complete, _("该填的项目中已填的")),
        (_("准确率"), found.accurate, _("一年内核对过、又没有发现错登的；因情况变化而改的不算错")),
        (_("利用率"), found.used, _("一年内核对或更改过的，占在册的")),
        (_("超过核对周期的"), found.dormant, _("占在册的")),
    ]
    context = {
        **_base(d, shelf),
        "rates": [(name, _share(rate), "", f"{rate.part} / {rate.n} · {note}") for name, rate, note in rates],
        "fields": [
            (one.label.say(d.lang), one.why.purpose.say(d.lang), str(rate.part), str(rate.n), _share(rate))
            for one, rate in found.fields
        ],
        "comma": "、" if d.lang != "en" else ", ",
        "seldom": [
            one.label.say(d.lang)
            for one, rate in found.fields
            if rate.n >= 20 and rate.share is not None and rate.share < 0.1
        ],
    }
    return show(d, "register_quality.html", context, at=f"register:{register}")
