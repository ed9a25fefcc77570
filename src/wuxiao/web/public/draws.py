"""Public pages of drawn rounds 双随机: a commitment first, then the figure and the seed, the lists when it is over."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wuxiao.desk.base.errors import NotFound
from wuxiao.desk.town.books import Rules
from wuxiao.subjects.inspection import rounds
from wuxiao.subjects.inspection.rounds import Phase, Told
from wuxiao.subjects.inspection.rules import INSPECTION
from wuxiao.subjects.inspection.seed import FIGURES
from wuxiao.typed.plain import line
from wuxiao.web.public import base
from wuxiao.web.shared.dates import active_lang, day, local, when
from wuxiao.web.shared.dates import number as said_number


def _rules() -> Rules:
    rules = base.rules_now()
    if INSPECTION.name not in rules.book.lives:
        raise NotFound
    return rules


def _stands(phase: Phase) -> str:
    return {
        Phase.WAITS: _("名单已固定，等公开数"),
        Phase.MAY: _("公开数该出来了，还没有抽"),
        Phase.VISITS: _("正在检查"),
        Phase.TOLD: _("已公开"),
        Phase.VOID: _("没有按时抽，作废"),
        Phase.OLD: _("旧程序固定的，没有抽，作废"),
    }[phase]


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """List the rounds, the latest first."""
    rules = _rules()
    now = timezone.now()
    found, following = rounds.all_draws(now, request.GET.get("after", "")[:24])
    rows = [
        {
            "number": row.number,
            "url": reverse("public_draw", args=[row.number]),
            "committed": when(row.committed_at, active_lang()),
            "stands": _stands(phase),
            "late": phase in {Phase.VOID, Phase.OLD},
        }
        for row, phase in found
    ]
    next_url = f"{reverse('public_draws')}?{urlencode({'after': following})}" if following else ""
    return base.page(
        request,
        "draws.html",
        rules,
        "public_draws",
        {"rows": rows, "next_url": next_url, "never": rounds.never_drawn(now)},
    )


def _steps(found: Told) -> list[tuple[str, str]]:
    """What is known of a round, in the order in which it came."""
    lang, row, seal = active_lang(), found.row, found.witness
    steps = [(_("名单固定、封条公布"), when(row.committed_at, lang)), (_("封条"), row.commitment)]
    if row.opens_at is None or row.closes_at is None or row.told_at is None:
        steps += [(_("种子取自"), row.source), (_("种子"), row.seed or _("没有抽过"))]
        if row.drawn_at is not None:
            steps.append((_("种子公布、按它抽出"), when(row.drawn_at, lang)))
        return steps
    signed = when(seal.at, lang) if seal is not None else _("还没有：签名的检查点每小时一次")
    one = FIGURES.get(row.figure)
    steps += [
        (_("见证：盖住封条的第一个签名检查点"), signed),
        (_("本县那一份（份额）的摘要"), row.share_hash),
        (_("约定的公开数"), f"{base.say(one.name) if one else row.source} · {day(local(row.opens_at).date(), lang)}"),
        (_("从什么时候起抽"), when(row.opens_at, lang)),
        (_("最后时刻，过了作废"), when(row.closes_at, lang)),
        (_("最迟全部公开"), when(row.told_at, lang)),
    ]
    if found.digest:
        steps.append((_("名单的摘要"), found.digest))
    if row.drawn_at is not None:
        steps += [
            (_("填入的公开数"), row.result),
            (_("在哪里看到的"), row.seen),
            (_("揭开的份额"), row.share),
            (_("种子（份额和公开数算出）"), row.seed),
            (_("按种子抽出"), when(row.drawn_at, lang)),
        ]
    elif found.phase is Phase.VOID:
        steps.append((_("份额（作废以后公开）"), found.share or _("打不开了")))
    return steps


def _proved(found: Told) -> tuple[list[str], list[str]]:
    """What this page proves of a round, and what it does not."""
    row, never = found.row, [_("名单全不全：登记册里没有的场所抽不到。"), _("到场的是不是抽中的两个人。")]
    if row.opens_at is None:
        proved = [_("名单和数目没有改过：它们和封条是一对。")] if found.phase is Phase.TOLD else []
        return proved, [_("种子是什么时候定的：这是旧程序抽的，先后只看得到本县自己写的两个时刻。"), *never]
    proved = [_("封条公布以后，名单、数目、份额、公开数和时间一个字也改不了：改了就和封条对不上。")]
    if found.witness is not None and found.witness.at < row.opens_at:
        proved.append(_("封条在公开数出来以前就在日志里，有签名的检查点为证。"))
    proved.append(_("结果谁也挑不了：公开数不由本县定；公布它的人也不知道本县的份额。"))
    if found.phase is Phase.VOID:
        proved.append(_("不抽也挑不了：份额和名单已经公开，填上那天的公开数就看得到本来会抽中谁。"))
    limits = [_("检查点是本县自己签的：只有别人在那以前存下了它，才是外人作证。现在就可以存。")]
    if row.result:
        limits.append(_("填的公开数对不对：请到公布它的地方查一查。"))
    return proved, [*limits, *never]


@require_safe
def draw(request: HttpRequest, number: str) -> HttpResponse:
    """Show one round: what was fixed and when, the figure and the seed, and when all is public the places."""
    rules = _rules()
    found = rounds.told(number, rules.book, timezone.now())
    row = found.row
    proved, limits = _proved(found)
    one = FIGURES.get(row.figure)
    context = {
        "row": row,
        "unit": base.say(found.unit),
        "stands": _stands(found.phase),
        "phase": found.phase.value,
        "steps": _steps(found),
        "proved": proved,
        "limits": limits,
        "over": found.phase in {Phase.TOLD, Phase.VOID},
        "opens": row.opens_at.isoformat() if row.opens_at is not None else "",
        "groups": ",".join(f"{count}x{highest}" for count, highest in one.groups) if one is not None else "",
        "strata": [[base.say(s.name), said_number(s.free), said_number(s.drawn)] for s in found.strata],
        "columns": [_("场所种类"), (_("可以抽的"), "n"), (_("抽几个"), "n")],
        "inspectors": found.inspectors,
        "left_out": found.left_out,
        "aside": found.aside,
        "apart": found.apart,
        "places": [[code, base.say(kind)] for code, kind in found.places],
        "excluded": [[why, said_number(n)] for why, n in found.excluded],
        "asides": [[why, said_number(n)] for why, n in found.asides],
        "list_url": reverse("public_draw_list", args=[row.number]),
        "round_url": reverse("public_draw_round", args=[row.number]),
        "witness_url": reverse("public_draw_witness", args=[row.number]) if found.witness is not None else "",
    }
    return base.page(request, "draw.html", rules, "public_draws", context)


def _file(number: str, name: str, text: str, kind: str) -> HttpResponse:
    response = HttpResponse(text.encode(), content_type=f"{kind}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{line(number).upper()}-{name}"'
    return base.kept(response)


@require_safe
def lists(request: HttpRequest, number: str) -> HttpResponse:
    """Give the lists of a round that is public, byte for byte what its digest is of."""
    _rules()
    return _file(number, "list.txt", rounds.lists_of(number, timezone.now()), "text/plain")


@require_safe
def round_(request: HttpRequest, number: str) -> HttpResponse:
    """Give a round that is public as anybody recomputes it."""
    _rules()
    text = json.dumps(rounds.published(number, timezone.now()), ensure_ascii=False, indent=1)
    return _file(number, "round.json", text, "application/json")


@require_safe
def witness(request: HttpRequest, number: str) -> HttpResponse:
    """Give what shows that a commitment was in the log when its checkpoint was signed, from the first hour on."""
    _rules()
    text = json.dumps(rounds.witnessed(number), ensure_ascii=False, indent=1)
    return _file(number, "witness.json", text, "application/json")


PATHS = (
    path("report/draws", page, name="public_draws"),
    path("report/draws/<str:number>", draw, name="public_draw"),
    path("report/draws/<str:number>/list.txt", lists, name="public_draw_list"),
    path("report/draws/<str:number>/round.json", round_, name="public_draw_round"),
    path("report/draws/<str:number>/witness.json", witness, name="public_draw_witness"),
)
