"""The public report: a month, the definitions, the open data, and how to check that nothing was rebuilt.

Nothing is counted here: pages read what the worker prepared (`desk.figures`), through `rules.measures.published`, which
withholds small counts.
"""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from markupsafe import Markup

from wuxiao.desk.diary import checkpoints as log
from wuxiao.desk.matters import figures
from wuxiao.desk.town.books import Rules
from wuxiao.rules.measures import MEASURES, ROW_SHARES
from wuxiao.rules.measures.published import Item, Report, by_kind
from wuxiao.web.public import wording
from wuxiao.web.public.base import TREND, month_name, month_short, now, page, report_of, rules_now, say
from wuxiao.web.public.measures import floor, public
from wuxiao.web.public.wording import change_cell, count_word, head, indent, interval, share_cell
from wuxiao.web.shared import charts, dates
from wuxiao.web.shared.charts import Bar, Line
from wuxiao.web.shared.dates import number, percent

#: Categories in the figure of shares, beside the kinds.
DOTS = 12


@require_safe
def this_month(request: HttpRequest) -> HttpResponse:
    """The present month so far, or the newest month there is; in a new town, what will stand here."""
    rules, index = rules_now(), figures.index()
    if index is None or not index.months:
        return page(request, "empty.html", rules, "public_report", {"prepared": index is not None})
    return _month(request, rules, index, max(index.months))


@require_safe
def month(request: HttpRequest, month: str) -> HttpResponse:
    """One month."""
    rules, index = rules_now(), figures.index()
    if index is None or month not in index.months:
        raise Http404
    return _month(request, rules, index, month)


def _month(request: HttpRequest, rules: Rules, index: figures.Index, name: str) -> HttpResponse:
    made = figures.published(name).get(name)
    if made is None:
        raise Http404
    report = report_of(made, index, rules)
    known = sorted(index.months)
    place = known.index(name)
    newest = place == len(known) - 1
    context: dict[str, Any] = {
        "report": report,
        "title": wording.title(report, say(rules.book.town.name)),
        "lead": wording.lead(report),
        "until": report.until,
        "counted": index.at,
        "newest": newest,
        "name": month_name(name),
        "month_name": month_name,
        "years": _years(known),
        "csv": f"{reverse('public_csv')}?month={name}",
        "json": f"{reverse('public_json')}?month={name}",
        "kinds": [(say(k.name), say(k.meaning)) for k in rules.book.kinds.values()],
    }
    if not report.too_few:
        context |= _figures(report, index, rules, known[: place + 1])
    if newest:
        context["open"] = _open(index, rules.book.suppress_below)
    return page(request, "month.html", rules, "public_report", context)


def _years(known: list[str]) -> list[tuple[str, list[tuple[str, str]]]]:
    years: dict[str, list[tuple[str, str]]] = {}
    for name in reversed(known):
        years.setdefault(name[:4], []).append((name, month_name(name)))
    return list(years.items())


def _open(index: figures.Index, below: int) -> charts.Chart | None:
    """How long what is unanswered has waited; a band of few is joined to its neighbour, so that none is printed."""
    found = index.open
    if found.get("n", 0) < below:
        return None
    bands = [(0, 5, found["d5"]), (6, 15, found["d15"]), (16, 30, found["d30"]), (31, 0, found["older"])]
    while len(bands) > 1 and (small := [i for i, band in enumerate(bands) if 0 < band[2] < below]):
        i = max(small[-1], 1)
        (first, _end, some), (_start, last, more) = bands[i - 1 : i + 1]
        bands[i - 1 : i + 1] = [(first, last, some + more)]
    if len(bands) < 2:
        return None
    return charts.bars(
        _("现在还没有答复的 %(n)s 件，收到多久了") % {"n": number(found["n"])},
        [Bar(_band(first, last), n) for first, last, n in bands],
        head=_("收到以来"),
        value_head=_("件数"),
    )


def _band(first: int, last: int) -> str:
    if not last:
        return _("%(n)s 天以上") % {"n": first - 1}
    return _("%(n)s 天以内") % {"n": last} if not first else _("%(first)s–%(last)s 天") % {"first": first, "last": last}


def _figures(report: Report, index: figures.Index, rules: Rules, known: list[str]) -> dict[str, Any]:
    months = known[-TREND:]
    context: dict[str, Any] = {
        "headline": _stats(report),
        "columns": [
            _("种类和类别"),
            (_received(), "n"),
            (_answered(), "n"),
            (_("按时（95% 区间）"), "n"),
            (_("解决（95% 区间）"), "n"),
            (_("满意（95% 区间）"), "n"),
        ],
        "kind_rows": _rows(report, 2),
        "all_rows": _rows(report, 3),
        "rate_cells": _rate_rows(report),
        "by_call_back": number(report.by_call_back),
        "overdue": wording.overdue(report),
        "unit_rows": _unit_rows(report),
        "outcome_rows": [(head(i.name), count_word(i.count, report.below)) for i in report.outcomes],
        "c_channels": _items_chart(_("从哪里来"), report.channels, report.below),
        "c_levels": _items_chart(_("五级评价"), report.levels, report.below),
        "c_trend": None,
        "c_kinds": None,
        "c_days": _days(report),
        "c_solved": _solved(report),
        "held": any(line.received.mark or line.answered.mark for line in report.lines)
        or any(i.count.mark for i in (*report.channels, *report.outcomes)),
    }
    if len(months) > 1:
        labels, short = [month_name(m) for m in months], [month_short(m) for m in months]
        totals = [index.total(m) for m in months]
        below = report.below
        came = [t.received if t.received >= below else None for t in totals]
        said = [t.answered if t.answered >= below else None for t in totals]
        context["c_trend"] = charts.lines(
            _("每月收到和答复的件数"),
            labels,
            [Line(_received(), came), Line(_answered(), said)],
            head=_("月份"),
            short_labels=short,
            eras=[m[:4] for m in months],
            unfinished="" if report.over else _("未完"),
        )
        split = [by_kind(index.months[m], rules.book) for m in months]
        context["c_kinds"] = _kinds(
            [
                f"{s} {m[:4]}" if n in {0, len(months) - 1} else s
                for n, (s, m) in enumerate(zip(short, months, strict=True))
            ],
            {code: [one.get(code) for one in split] for code in rules.book.kinds},
            rules,
            unfinished=not report.over,
        )
    return context


def _kinds(
    labels: list[str], values: dict[str, list[int | None]], rules: Rules, *, unfinished: bool
) -> charts.Chart | None:
    """One panel for each kind that is printed this month and in most months; a line with more gaps would mislead."""
    series = [
        Line(say(rules.book.kinds[code].name), seen)
        for code, seen in values.items()
        if seen[-1] is not None and sum(v is not None for v in seen) * 3 >= len(seen) * 2
    ]
    if len(series) < 2:
        return None
    title = _("五类小事每月收到的件数") if len(series) == len(values) else _("各类小事每月收到的件数（数小的不画）")
    return charts.small_multiples(title, labels, series, head=_("月份"), unfinished=unfinished)


def _received() -> str:
    return head(MEASURES["received"].name)


def _answered() -> str:
    return head(MEASURES["answered"].name)


def _stats(report: Report) -> list[tuple[str, str, str, str, str]]:
    defs = reverse("public_definitions")
    before = report.previous.get("received")
    shown = [
        (
            head(MEASURES["received"].name),
            count_word(report.counts["received"], report.below),
            _("件"),
            _("上月 %(n)s 件") % {"n": count_word(before, report.below)} if before is not None and report.over else "",
            f"{defs}#received",
        )
    ]
    for code in ("on_time", "solved", "satisfied"):
        one = report.shares[code]
        note = (
            _("%(n)s 件里算出；大致在 %(range)s 之间") % {"range": interval(one), "n": number(one.n)}
            if one.share is not None
            else _("不足 %(below)s 件，不显示") % {"below": report.below}
        )
        shown.append((head(MEASURES[code].name), percent(one.share), "", note, f"{defs}#{code}"))
    return shown


def _rows(report: Report, deepest: int) -> list[list[Any]]:
    return [
        [
            indent(line.level, say(line.name)),
            count_word(line.received, report.below),
            count_word(line.answered, report.below),
            *(share_cell(line.shares[code]) for code in ROW_SHARES),
        ]
        for line in report.lines
        if line.level <= deepest
    ]


def _rate_rows(report: Report) -> list[list[Any]]:
    defs = reverse("public_definitions")
    rows = []
    for code, measure in MEASURES.items():
        if not measure.is_share:
            continue
        one, before = report.shares[code], report.previous_shares.get(code)
        rows.append(
            [
                Markup('<a href="{}">{}</a>').format(f"{defs}#{code}", head(measure.name)),
                share_cell(one),
                share_cell(before),
                change_cell(report.changes.get(code)),
            ]
        )
    return rows


def _unit_rows(report: Report) -> list[list[Any]]:
    return [
        [
            say(unit.name),
            number(unit.answered),
            share_cell(unit.shares["on_time"]),
            percent(unit.expected["on_time"]),
            share_cell(unit.shares["solved"]),
            percent(unit.expected["solved"]),
        ]
        for unit in sorted(report.units, key=lambda unit: say(unit.name))
    ]


def _items_chart(title: str, items: tuple[Item, ...], below: int) -> charts.Chart | None:
    if not items:
        return None
    bars = [
        Bar(head(i.name), i.count.value, note="" if i.count.value is not None else count_word(i.count, below))
        for i in items
    ]
    return charts.bars(title, bars, head=_("项目"), value_head=_("件数"))


def _days(report: Report) -> charts.Chart | None:
    cut = report.stretches
    if not cut:
        return None
    month = int(report.month[5:])
    zh = dates.active_lang() == "zh"

    def label(first: int, last: int) -> str:
        span = str(first) if first == last else f"{first}–{last}"
        return f"{month}月{span}日" if zh else f"{span} {month_short(report.month)}"

    daily = all(s.first == s.last for s in cut)
    return charts.lines(
        _("这个月每天收到和答复的件数") if daily else _("这个月每七天收到和答复的件数"),
        [label(s.first, s.last) for s in cut],
        [Line(_received(), [s.received for s in cut]), Line(_answered(), [s.answered for s in cut])],
        head=_("日子"),
        short_labels=[str(s.first) if daily else f"{s.first}–{s.last}" for s in cut],
    )


def _solved(report: Report) -> charts.Chart | None:
    county = report.shares["solved"]
    found = [(line, line.shares["solved"]) for line in report.lines if line.level in (1, 2)]
    printed = [(line, one) for line, one in found if one is not None]
    # The categories most people answered about; in the order of the table, so that nobody reads a ranking into it.
    enough = sorted((one.n for line, one in printed if line.level == 2), reverse=True)[:DOTS]
    items = [
        Bar(say(line.name), one.share, one.low, one.high, one.n, strong=line.level == 1)
        for line, one in printed
        if line.level == 1 or one.n >= enough[-1]
    ]
    if len(items) < 2 or county.share is None:
        return None
    return charts.dots(
        _("说“解决了”的比例，按种类和类别"),
        items,
        reference=(county.share, _("全部")),
        value_head=head(MEASURES["solved"].name),
    )


@require_safe
def definitions(request: HttpRequest) -> HttpResponse:
    """Every published figure: what stands above and below the line, what is left out, how few are told."""
    rules = rules_now()
    shown = [
        {
            "code": m.code,
            "name": head(m.name),
            "above": say(m.above),
            "below": say(m.below) if m.below else "",
            "left_out": say(m.left_out) if m.left_out else "",
            "note": say(m.note) if m.note else "",
            "floor": say(floor(m, rules.book)),
        }
        for m in public(rules.book)
    ]
    return page(request, "definitions.html", rules, "public_definitions", {"measures": shown})


@require_safe
def data(request: HttpRequest) -> HttpResponse:
    """The open data: what the files hold and how to read them."""
    rules, index = rules_now(), figures.index()
    known = sorted(index.months, reverse=True) if index is not None else []
    context = {"months": [(name, month_name(name)) for name in known], "count": TREND}
    return page(request, "data.html", rules, "public_data", context)


@require_safe
def checkpoints(request: HttpRequest) -> HttpResponse:
    """The published roots of the log over all entries, and how anyone can check against them."""
    rows = log.latest(30)
    context = {"rows": [(dates.when(c.at), number(c.size), c.root) for c in rows], "now": now()}
    return page(request, "checkpoints.html", rules_now(), "public_checkpoints", context)
