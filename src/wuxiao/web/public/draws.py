"""Public pages of drawn rounds 双随机: a commitment first, then the seed, and the lists when the round is over."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wuxiao.desk.base.errors import NotFound
from wuxiao.desk.town.books import Rules
from wuxiao.records.models import Draw
from wuxiao.subjects.inspection import rounds
from wuxiao.subjects.inspection.rules import INSPECTION
from wuxiao.typed.plain import line
from wuxiao.web.public import base
from wuxiao.web.shared.dates import active_lang, when
from wuxiao.web.shared.dates import number as said_number


def _rules() -> Rules:
    rules = base.rules_now()
    if INSPECTION.name not in rules.book.lives:
        raise NotFound
    return rules


def _stands(row: Draw, over: bool) -> str:
    if row.drawn_at is None:
        return _("名单已固定，等种子")
    return _("已公开") if over else _("正在检查")


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """List the rounds, the latest first."""
    rules = _rules()
    found, following = rounds.all_draws(request.GET.get("after", "")[:24])
    rows = [
        {
            "number": row.number,
            "url": reverse("public_draw", args=[row.number]),
            "committed": when(row.committed_at, active_lang()),
            "stands": _stands(row, over),
        }
        for row, over in found
    ]
    next_url = f"{reverse('public_draws')}?{urlencode({'after': following})}" if following else ""
    return base.page(request, "draws.html", rules, "public_draws", {"rows": rows, "next_url": next_url})


def _steps(row: Draw) -> list[tuple[str, str]]:
    lang = active_lang()
    steps = [
        (_("名单固定、封条公布"), when(row.committed_at, lang)),
        (_("封条"), row.commitment),
        (_("种子取自"), row.source),
        (_("种子"), row.seed or _("还没有出来")),
    ]
    if row.drawn_at is not None:
        steps.append((_("种子公布、按它抽出"), when(row.drawn_at, lang)))
    return steps


@require_safe
def draw(request: HttpRequest, number: str) -> HttpResponse:
    """Show one round: what was fixed and when, the seed and when, and when it is over the places."""
    rules = _rules()
    found = rounds.told(number, rules.book)
    row = found.row
    context = {
        "row": row,
        "unit": base.say(found.unit),
        "stands": _stands(row, found.over),
        "steps": _steps(row),
        "over": found.over,
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
    }
    return base.page(request, "draw.html", rules, "public_draws", context)


@require_safe
def lists(request: HttpRequest, number: str) -> HttpResponse:
    """Give the lists of a round that is over, byte for byte what its digest is of."""
    _rules()
    response = HttpResponse(rounds.lists_of(number).encode(), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{line(number).upper()}-list.txt"'
    return base.kept(response)


@require_safe
def round_(request: HttpRequest, number: str) -> HttpResponse:
    """Give a round that is over as anybody recomputes it."""
    _rules()
    text = json.dumps(rounds.published(number), ensure_ascii=False, indent=1)
    response = HttpResponse(text.encode(), content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{line(number).upper()}-round.json"'
    return base.kept(response)
