"""Search, saved filters, and lists that leave as CSV or XLSX."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import parse_qsl

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from wuxiao.desk.base import filters
from wuxiao.desk.base.errors import Invalid, Refused
from wuxiao.desk.case import exports
from wuxiao.desk.case.keyset import Cursor
from wuxiao.desk.case.rows import Row, rows
from wuxiao.desk.case.sentences import plain
from wuxiao.desk.case.subject import Subject
from wuxiao.desk.look import cases
from wuxiao.desk.look.elsewhere import NOTHING, elsewhere
from wuxiao.desk.look.search import Filters, search
from wuxiao.desk.matters import published, released
from wuxiao.desk.matters.matters import title_of
from wuxiao.desk.register.shelf import Shelf
from wuxiao.desk.tasks.look import code_of as task_of
from wuxiao.records.models import Case
from wuxiao.records.models import Row as RegisterRow
from wuxiao.rules.access import Power
from wuxiao.rules.codes import same_number
from wuxiao.rules.flow import STANDINGS, State
from wuxiao.rules.measures.published import CHANNELS
from wuxiao.rules.register import STATES, RowState
from wuxiao.rules.words import Text
from wuxiao.typed.cells import cell, workbook_cell
from wuxiao.typed.numbers import whole_number
from wuxiao.web.shared.dates import Lang, local
from wuxiao.web.staff import tasks
from wuxiao.web.staff.forms import category_path, division_choices
from wuxiao.web.staff.gate import Desk, desk, notify, show
from wuxiao.web.staff.lists import lines, names
from wuxiao.web.staff.matter import channel_name

_CHUNK = 200


def _options(d: Desk) -> dict[str, list[tuple[str, str]]]:
    book, lang = d.rules.book, d.lang
    every = ("", _("全部"))
    indent = {1: "", 2: "　", 3: "　　"}
    return {
        "state": [
            every,
            ("open", _("未办结")),
            *((s.value, STANDINGS[s].staff_name.say(lang)) for s in State),
        ],
        "kind": [every, *((k.code, k.name.say(lang)) for k in book.kinds.values())],
        "category": [
            every,
            *((c.code, indent.get(c.level, "　　") + c.name.say(lang)) for c in book.categories.values()),
        ],
        "handling_class": [every, *((c.code, c.name.say(lang)) for c in book.classes.values())],
        "unit": [every, *names(d.rules, lang)[0].items()],
        "division": [("", _("全县")), *((c, n) for c, n, _h in division_choices(d.rules, lang))],
        "channel": [every, *((c, n.say(lang)) for c, n in CHANNELS.items())],
        "late": [every, ("1", _("承诺超时"))],
        "age": [every, *((str(n), name) for n, name in enumerate(age_names()))],
        "rating": [
            every,
            ("rated", _("已评价")),
            ("low", _("不满意")),
            ("unsolved", _("没有解决")),
        ],
    }


def age_names() -> list[str]:
    """Return the age bands of open matters in words."""
    return [_("1 天内"), _("1–5 天"), _("5–15 天"), _("超过 15 天")]


@desk(Power.SEARCH)
def page(d: Desk) -> HttpResponse:
    """Search and show a page of what fits."""
    wanted = Filters.read(d.request.GET.dict())
    if (life := cases.life_of(wanted.q, by=d.by, at=d.at)) is not None:
        return redirect("staff:case", life, same_number(wanted.q))
    if tasks.kept(d) and (code := task_of(wanted.q, by=d.by, at=d.at)):
        return redirect("staff:task", code)
    after = Cursor.read(d.request.GET.get("after", ""))
    found = search(d.viewer, wanted, d.rules.book, now=d.at, after=after) if wanted.any else None
    given = wanted.given()
    here = reverse("staff:search")
    # Conditions are those of matters: beside them only words are looked for.
    beside = elsewhere(wanted.q, by=d.by, at=d.at) if given.keys() == {"q"} and not after else NOTHING
    context = {
        "wanted": wanted,
        "given": given,
        "query": wanted.q,
        "options": _options(d),
        "lines": lines(rows(found.ids, viewer=d.viewer), d) if found else [],
        "searched": found is not None,
        "cases": [_case(d, one, case) for one, case in beside.cases],
        "rows": [_row(d, kept, row) for kept, row in beside.rows],
        "more_cases": beside.more_cases,
        "more_rows": beside.more_rows,
        "comma": "、" if d.lang != "en" else ", ",
        "next_url": f"{here}?{urlencode({**given, 'after': str(found.next)})}" if found and found.next else "",
        "first_url": f"{here}?{urlencode(given)}" if after else "",
        "saved": [(one.pk, one.name, f"{here}?{one.query}") for one in filters.of_person(d.by)],
        "query_string": urlencode(given),
        "may_export": d.may(Power.EXPORT),
        "more_open": bool(given.keys() - {"q", "state", "kind", "unit", "division", "late"}),
    }
    return show(d, "search.html", context, at="search")


def _case(d: Desk, one: Subject[Any], case: Case) -> dict[str, Any]:
    assert one.pages is not None
    state = next(standing.staff_name for name, standing in one.life.standings.items() if name == case.state)
    return {
        "what": one.pages.title.say(d.lang),
        "title": plain(case.title, d.lang) or _("（内容已删除）"),
        "url": reverse("staff:case", args=[one.life.name, case.number]),
        "state": state.say(d.lang),
        "tone": "closed" if case.closed_at else "work",
        "where": case.place,
        "code": case.number,
    }


def _row(d: Desk, kept: Shelf, row: RegisterRow) -> dict[str, Any]:
    kind = kept.kinds(d.rules.book).get(row.kind)
    return {
        "what": kept.register.title.say(d.lang),
        "title": row.title or _("（内容已删除）"),
        "url": reverse("staff:register_row", args=[kept.name, row.code]),
        "state": STATES[RowState(row.state)].say(d.lang),
        "tone": "closed" if row.state != RowState.LIVE else "work",
        "kind": kind.name.say(d.lang) if kind else row.kind,
        "where": row.address,
        "code": row.code,
    }


@desk(Power.SEARCH)
def save(d: Desk) -> HttpResponse:
    """Keep or remove a saved filter."""
    if d.request.method != "POST":
        return redirect("staff:search")
    forget = whole_number(d.request.POST.get("forget"))
    query = urlencode(Filters.read(_parsed(d.request.POST.get("query", ""))).given())
    if forget is not None:
        filters.forget(forget, by=d.by)
        notify(d.request, _("已删除。"))
    else:
        try:
            filters.save(d.request.POST.get("name", ""), query, by=d.by)
            notify(d.request, _("已存为常用查询。"))
        except (Invalid, Refused) as wrong:
            notify(d.request, wrong.text.say(d.lang), "caution")
    return redirect(f"{reverse('staff:search')}?{query}" if query else "staff:search")


def _parsed(query: str) -> dict[str, str]:
    return dict(parse_qsl(query[:2000], max_num_fields=40))


def _head() -> list[str]:
    return [
        _("编号"), _("标题"), _("种类"), _("分类"), _("办理类别"), _("状态"), _("地点"), _("所在地"), _("单位"),
        _("渠道"), _("收到"), _("最晚答复"), _("答复"), _("办结"), _("满意程度"), _("重办次数"),
    ]  # fmt: skip


def _cells(row: Row, words: str, street: str, d: Desk, lang: Lang) -> list[object]:
    units, _c, kinds = names(d.rules, lang)
    book = d.rules.book
    handling = book.classes.get(row.handling_class)
    division = book.divisions.get(row.division)

    def day(at: Any) -> str:
        return f"{local(at):%Y-%m-%d %H:%M}" if at else ""

    values: list[object] = [
        row.number,
        title_of(words),
        kinds.get(row.kind, row.kind),
        category_path(d.rules, row.category, lang),
        handling.name.say(lang) if handling else row.handling_class,
        STANDINGS[State(row.state)].staff_name.say(lang),
        street,
        division.name.say(lang) if division else row.division,
        units.get(row.holder, row.holder),
        channel_name(row.channel, lang),
        day(row.received_at),
        day(row.due_at),
        day(row.answered_at),
        day(row.closed_at),
        row.satisfied or "",
        row.reopened,
    ]
    return values


def _all_ids(d: Desk, wanted: Filters) -> list[int]:
    ids: list[int] = []
    after: Cursor | None = None
    while len(ids) <= exports.MOST:
        found = search(d.viewer, wanted, d.rules.book, now=d.at, after=after, limit=_CHUNK)
        ids += found.ids
        after = found.next
        if after is None:
            break
    return ids


@desk(Power.EXPORT)
def export(d: Desk) -> HttpResponse:
    """Ask for the purpose, make the file, write the export down, and let it go."""
    request = d.request
    source = request.POST if request.method == "POST" else request.GET
    wanted = Filters.read(_parsed(source.get("query", "")))
    errors: dict[str, str] = {}
    if request.method == "POST":
        ids = _all_ids(d, wanted) if wanted.any else []
        try:
            if not ids:
                raise Refused(Text("没有可导出的事项。", "There is nothing to export."), "empty")
            name = f"wuxiao-{local(d.at):%Y%m%d-%H%M}"
            make = _xlsx if request.POST.get("as") == "xlsx" else _csv
            # The whole file first: written down is what left, not what broke on the way.
            with exports.leaving(ids, purpose=request.POST.get("purpose", ""), by=d.by, at=d.at):
                return make(d, ids, name)
        except Invalid as wrong:
            errors = {name: text.say(d.lang) for name, text in wrong.fields.items()}
        except Refused as refused:
            errors = {"__all__": refused.text.say(d.lang)}
    context = {
        "errors": errors,
        "query_string": urlencode(wanted.given()),
        "given": [(k, v) for k, v in wanted.given().items()],
        "most": exports.MOST,
        "purpose": request.POST.get("purpose", ""),
        "back": f"{reverse('staff:search')}?{urlencode(wanted.given())}",
    }
    return show(d, "export.html", context, at="search", status=400 if errors else 200)


def _table(d: Desk, ids: Sequence[int]) -> Iterator[list[object]]:
    yield list(_head())
    for start in range(0, len(ids), _CHUNK):
        part = ids[start : start + _CHUNK]
        # What leaves the house holds a resident's words only as far as a named person released them.
        words, streets = released.texts(part), published.streets(part)
        for row in rows(part, viewer=d.viewer):
            yield _cells(row, words.get(row.id, ""), streets.get(row.id, ""), d, d.lang)


def _mark(d: Desk) -> str:
    """Whose copy it is, written into every file: whoever passes it on passes on the name."""
    who = (d.staff.name_en or d.staff.name) if d.lang == "en" else d.staff.name
    return _("%(who)s 于 %(when)s 导出，仅供工作使用，不得外传") % {"who": who, "when": f"{local(d.at):%Y-%m-%d %H:%M}"}


def _csv(d: Desk, ids: Sequence[int], name: str) -> HttpResponse:
    out = io.StringIO()
    writer = csv.writer(out)
    for cells in _table(d, ids):
        writer.writerow([cell(value) for value in cells])
    writer.writerow([cell(_mark(d))])
    response = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _xlsx(d: Desk, ids: Sequence[int], name: str) -> HttpResponse:
    from openpyxl import Workbook  # a workbook is seldom asked for, and its library is heavy

    book = Workbook(write_only=True)
    page = book.create_sheet(_("事项"))
    for cells in _table(d, ids):
        page.append([workbook_cell(value) for value in cells])
    page.append([workbook_cell(_mark(d))])
    book.properties.creator = book.properties.lastModifiedBy = d.staff.name
    book.properties.description = _mark(d)
    out = io.BytesIO()
    book.save(out)
    response = HttpResponse(
        out.getvalue(), content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )
    response["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response
