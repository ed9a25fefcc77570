"""A matter on paper: the printed sheet and the same as PDF, one matter one code; each print is written down."""

from __future__ import annotations

import io
from pathlib import Path

import segno
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from markupsafe import Markup

from wuxiao.desk.diary import diary
from wuxiao.desk.documents import typeset
from wuxiao.desk.look import matter as look
from wuxiao.desk.matters import printed
from wuxiao.records.models import Matter
from wuxiao.rules.access import Power, Role
from wuxiao.rules.flow import STANDINGS, State
from wuxiao.web.shared.dates import local, when
from wuxiao.web.shared.nav import Event
from wuxiao.web.staff.forms import category_path
from wuxiao.web.staff.gate import Desk, desk, show
from wuxiao.web.staff.lists import names
from wuxiao.web.staff.matter import channel_name, promise_why, timeline

_TEMPLATE = Path(__file__).resolve().parent.parent / "templates" / "staff" / "sheet.typ"
_DESKS = frozenset({Role.OPERATOR, Role.CENTRE_LEAD, Role.POLICE_OPERATOR})


def _address(d: Desk, matter: Matter) -> str:
    """What the QR opens: on paper printed at a desk the public state, for a while; else the staff page.

    Never the requester's own page: who holds that code can read, rate, object and withdraw in their name.
    """
    if any(post.role in _DESKS for post in d.viewer.posts):
        return f"{settings.BASE_URL}{reverse('resident_paper', args=[printed.token(matter, at=d.at)])}"
    return f"{settings.BASE_URL}{reverse('staff:matter', args=[matter.number])}"


def _facts(view: look.View, d: Desk) -> list[tuple[str, str]]:
    matter, lang = view.matter, d.lang
    units, _c, kinds = names(view.rules, lang)
    classes = view.rules.book.classes
    handling = classes[matter.handling_class].name.say(lang) if matter.handling_class in classes else ""
    rows = [
        (_("种类"), kinds.get(matter.kind, matter.kind)),
        (_("分类"), category_path(view.rules, matter.category, lang)),
        (_("办理类别"), handling),
        (_("地点"), matter.place),
        (_("渠道"), channel_name(matter.channel, lang)),
        (_("收到于"), when(matter.received_at, lang)),
        (_("最晚答复"), when(matter.due_at, lang) if matter.due_at else ""),
        (_("为什么是这一天"), promise_why(view, lang)),
        (_("状态"), STANDINGS[State(matter.state)].staff_name.say(lang)),
        (_("现在由"), units.get(matter.holder, matter.holder)),
    ]
    return [(label, value) for label, value in rows if value]


def _lines(view: look.View, d: Desk) -> list[Event]:
    # Who looked at the papers is not part of the paper.
    shown = [e for e in view.entries if e.verb not in {"read", "print", "export"}]
    return list(reversed(timeline(view, d.lang, shown)))


@desk(Power.INBOX)
def sheet(d: Desk, number: str) -> HttpResponse:
    """Ask before printing; on confirmation show the sheet or the PDF and write the print down."""
    if d.request.method != "POST":
        matter = look.find(number, by=d.by, at=d.at)[0]
        return show(d, "print.html", {"matter": matter})
    view = look.view(number, by=d.by, at=d.at, lang=d.lang, how="")
    made = pdf(view, d) if d.request.POST.get("as") == "pdf" else b""
    if made:
        _printed(d, view.matter)
        response = HttpResponse(made, content_type="application/pdf")
        response["Content-Disposition"] = f'attachment; filename="{view.matter.number}.pdf"'
        return response
    qr = segno.make(_address(d, view.matter), error="m")
    context = {
        "matter": view.matter,
        "town_name": d.rules.book.town.name,
        "rows": _facts(view, d),
        "words": view.words.get((1, "words")) or "",
        "items": view.matter.items,
        "events": _lines(view, d),
        "qr": Markup(qr.svg_inline(scale=3, border=2, omitsize=True, svgclass="qr-code", lineclass=None)),
        "printed_by": d.staff.name,
        "printed_at": when(d.at, d.lang),
    }
    response = render(d.request, "staff/sheet.html", context)
    _printed(d, view.matter)
    return response


def _printed(d: Desk, matter: Matter) -> None:
    # The paper is made: one that could not be made was not printed.
    diary.log_read(matter, by=d.by, at=d.at, fields=["matter"], purpose=_("打印办理单"), verb="print")


def pdf(view: look.View, d: Desk) -> bytes:
    """Return the sheet of a matter as a PDF of A4 pages, archivable, with embedded fonts and the QR of its page."""
    matter = view.matter
    town, day = d.rules.book.town.name.say(d.lang), local(d.at)
    words = view.words.get((1, "words")) or _("（内容已按诉求人要求删除）")
    parts = [{"name": _("诉求人原话"), "entries": [{"over": "", "words": words}]}]
    if matter.items:
        items = [{"over": "", "words": f"{n}. {item['text']}"} for n, item in enumerate(matter.items, 1)]
        parts.append({"name": _("诉求要点"), "entries": items})
    done = [
        {"over": f"{event.at}　{event.by}", "words": event.what + (f"\n{event.quote}" if event.quote else "")}
        for event in _lines(view, d)
    ]
    parts.append({"name": _("办理记录"), "entries": done})
    qr = io.BytesIO()
    segno.make(_address(d, matter), error="m").save(qr, kind="svg", scale=4, border=2)
    data = {
        "fonts": list(typeset.FONTS),
        "lang": "en" if d.lang == "en" else "zh",
        "town": town,
        "day": [day.year, day.month, day.day],
        "head": f"{town} · {_('事项办理单')}",
        "title": matter.title or matter.number,
        "number": matter.number,
        "number_label": _("事项编号"),
        "qr_alt": _("打开这件事的页面的二维码"),
        "rows": _facts(view, d),
        "parts": parts,
        "printed": f"{d.staff.name} · {when(d.at, d.lang)} · {_('含个人信息，请勿外传，用后交回或销毁。')}",
    }
    return typeset.pdf(_TEMPLATE.read_text(encoding="utf-8"), data, pictures={"qr": qr.getvalue().decode()})
