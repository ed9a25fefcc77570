"""A matter on paper: the printed sheet and the same as PDF, one matter one code; each print is written down."""

from __future__ import annotations

import io
from typing import Any

import segno
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from markupsafe import Markup
from reportlab.lib.enums import TA_LEFT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Flowable, Image, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from wuxiao.desk import diary
from wuxiao.desk.look import matter as look
from wuxiao.records.models import Matter
from wuxiao.rules.access import Power, Role
from wuxiao.rules.flow import STANDINGS, State
from wuxiao.web.shared.dates import when
from wuxiao.web.shared.nav import Event
from wuxiao.web.staff.forms import category_path
from wuxiao.web.staff.gate import Desk, desk, show
from wuxiao.web.staff.lists import names
from wuxiao.web.staff.matter import channel_name, promise_why, timeline

FONT = "STSong-Light"


_DESKS = frozenset({Role.OPERATOR, Role.CENTRE_LEAD, Role.POLICE_OPERATOR})


def _address(d: Desk, matter: Matter) -> str:
    """What the QR opens: the requester's progress page, but only on paper printed at a desk.

    The code in it lets its holder rate and object, so a handling unit's paper leads to the staff page instead.
    """
    if any(post.role in _DESKS for post in d.viewer.posts):
        return f"{settings.BASE_URL}/p/{matter.code}"
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
        (_("状态"), STANDINGS[State(matter.state)].name.say(lang)),
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
    view = look.view(number, by=d.by, at=d.at, lang=d.lang)
    diary.log_read(view.matter, by=d.by, at=d.at, fields=["matter"], purpose=_("打印办理单"), verb="print")
    if d.request.POST.get("as") == "pdf":
        response = HttpResponse(pdf(view, d), content_type="application/pdf")
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
    return render(d.request, "staff/sheet.html", context)


def _style(name: str, size: float, **more: Any) -> ParagraphStyle:
    return ParagraphStyle(
        name, fontName=FONT, fontSize=size, leading=size * 1.55, wordWrap="CJK", alignment=TA_LEFT, **more
    )


def pdf(view: look.View, d: Desk) -> bytes:
    """Return the sheet of a matter as a PDF of A4 pages with Chinese text and the QR of its progress page."""
    if FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    matter = view.matter
    body, small, head = (
        _style("body", 10.5),
        _style("small", 8.5, textColor="#414e5a"),
        _style("head", 13, spaceBefore=8),
    )
    title = _style("title", 17, spaceAfter=4)

    def p(text: str, style: ParagraphStyle = body) -> Paragraph:
        return Paragraph(str(Markup.escape(text)).replace("\n", "<br/>"), style)

    code = io.BytesIO()
    segno.make(_address(d, matter), error="m").save(code, kind="png", scale=8, border=2)
    code.seek(0)
    town = d.rules.book.town.name.say(d.lang)
    top = Table(
        [
            [
                [p(f"{town} · {_('事项办理单')}", small), p(matter.title or matter.number, title), p(matter.number)],
                Image(code, 28 * mm, 28 * mm),
            ]
        ],
        colWidths=[142 * mm, 32 * mm],
    )
    top.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, -1), 1.2, "#17212b")]))
    facts = Table([[p(label, small), p(value)] for label, value in _facts(view, d)], colWidths=[30 * mm, 144 * mm])
    facts.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, -1), 0.4, "#d0d8d3")]))
    story: list[Flowable] = [top, Spacer(1, 4 * mm), facts, p(_("诉求人原话"), head)]
    story.append(p(view.words.get((1, "words")) or _("（内容已按诉求人要求删除）")))
    if matter.items:
        story.append(p(_("诉求要点"), head))
        story += [p(f"{n}. {item['text']}") for n, item in enumerate(matter.items, 1)]
    story.append(p(_("办理记录"), head))
    for event in _lines(view, d):
        story.append(p(f"{event.at}　{event.by}", small))
        story.append(p(event.what + (f"\n{event.quote}" if event.quote else "")))
    printed = f"{d.staff.name} · {when(d.at, d.lang)} · {_('含个人信息，请勿外传，用后交回或销毁。')}"
    out = io.BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=18 * mm,
        rightMargin=18 * mm,
        topMargin=16 * mm,
        bottomMargin=18 * mm,
        title=matter.number,
        author=town,
    )

    def foot(canvas: Any, doc: Any) -> None:
        canvas.saveState()
        canvas.setFont(FONT, 8)
        canvas.drawString(18 * mm, 10 * mm, printed)
        canvas.drawRightString(A4[0] - 18 * mm, 10 * mm, f"{doc.page}")
        canvas.restoreState()

    document.build(story, onFirstPage=foot, onLaterPages=foot)
    return out.getvalue()
