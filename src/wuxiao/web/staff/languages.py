"""Texts in further languages: entered by one person, read by another; and which languages one reads oneself.

Those of registers and publications hang on their row; those of declared pages stand by page and language.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from wuxiao.desk.base.errors import Invalid, NotFound, Refused, Stale
from wuxiao.desk.look import offered
from wuxiao.desk.publish import acts as publishing
from wuxiao.desk.publish import look as published
from wuxiao.desk.publish import wording
from wuxiao.desk.register import foreign, look
from wuxiao.desk.register.shelf import of
from wuxiao.rules.access import Power
from wuxiao.rules.declared import PAGES
from wuxiao.rules.languages import FOREIGN
from wuxiao.rules.publication import FIELDS, SPOKEN
from wuxiao.rules.words import Text
from wuxiao.typed.numbers import whole_number
from wuxiao.web.staff import spoken
from wuxiao.web.staff.gate import Desk, desk, notify, show

#: How many who can help are named at most.
_POINTS = 8


@desk(Power.KEEP_ROWS)
def of_row(d: Desk, register: str, code: str) -> HttpResponse:
    """The further languages of a row that declares them, for who keeps it."""
    shelf = of(register, d.rules.book)
    if not shelf.spoken:
        raise NotFound
    view = look.view(register, code, by=d.by, at=d.at)
    if not view.may_keep:
        raise Refused(Text("这一行由登记单位维护。", "This row is kept by its unit."), "keep")
    labels = {one.name: one.label.say(d.lang) for one in shelf.register.fields} | {"title": _("名称")}
    now = {name: str(view.values.get(name) or "") for name in shelf.spoken}
    here = reverse("staff:register_languages", args=[register, code])
    back = reverse("staff:register_row", args=[register, code])
    return _page(d, view.row.pk, view.row.title, now, labels, here, back, f"register:{register}")


@desk(Power.PUBLISH)
def of_text(d: Desk, kind: str, code: str) -> HttpResponse:
    """The further languages of a text that was released."""
    view = published.view(code, by=d.by, at=d.at)
    if view.row.kind != kind or view.part.shown is None:
        raise NotFound
    if not view.may_touch:
        raise Refused(Text("这篇由负责的单位发布。", "Its own unit publishes this text."), "publish")
    words = published.said_at(view.row.pk, view.part.shown)
    labels = {one.name: one.label.say(d.lang) for one in FIELDS}
    now = {name: words.get(name, "") for name in SPOKEN}
    here = reverse("staff:text_languages", args=[kind, code])
    return _page(d, view.row.pk, words.get("title", ""), now, labels, here, reverse("staff:text", args=[kind, code]),
                 f"texts:{kind}", partial(publishing.judge_foreign, code))  # fmt: skip


def _page(
    d: Desk,
    row_id: int,
    title: str,
    now: Mapping[str, str],
    labels: Mapping[str, str],
    here: str,
    back: str,
    at: str,
    judge: Callable[[str, str], None] = lambda name, text: None,
) -> HttpResponse:
    """Show what there is in each language with who entered and who read it; POST enters one, or says that one read."""
    post = d.request.POST
    errors: dict[str, str] = {}
    advice: spoken.Advice | None = None
    if d.request.method == "POST":
        turn, reads = whole_number(post.get("turn")) or 0, post.get("do") == "read"
        name, text = post.get("field", ""), post.get("text", "")
        try:
            if not reads:
                if name not in now:
                    raise Invalid({"field": Text("请选择是哪一项", "choose which field")})
                judge(name, text)
            said = [one.text for one in foreign.texts(row_id, now) if one.turn == turn] if reads else [text]
            advice = spoken.ask(d, said, known=now.values())
            if advice is None and reads:
                foreign.read(row_id, turn, now=now, by=d.by, at=d.at)
                notify(d.request, _("记下了：您读过，意思和中文一样。页面上从现在起显示它。"))
            elif advice is None:
                foreign.enter(row_id, name, post.get("lang", ""), text, source=now[name], by=d.by, at=d.at)
                notify(d.request, _("已录入，等另一位懂这种语言的同事读过才显示。"))
            if advice is None:
                return redirect(here)
        except Invalid as wrong:
            errors = {name: text.say(d.lang) for name, text in wrong.fields.items()}
        except (Refused, Stale) as refused:
            errors = {"__all__": refused.text.say(d.lang)}
    mine = foreign.reads(d.by.staff_id)
    lines = []
    for one in sorted(foreign.texts(row_id, now), key=lambda each: (list(FOREIGN).index(each.lang), each.name)):
        language = FOREIGN[one.lang]
        if not one.fresh:
            state, tone = _("中文改过了，要重新录入"), "late"
        elif one.reader:
            state, tone = _("显示着"), "done"
        else:
            state, tone = _("等人读"), "wait"
        lines.append(
            {
                "language": language.name.say(d.lang),
                "lang": one.lang,
                "dir": language.direction,
                "field": labels.get(one.name, one.name),
                "text": one.text,
                "by": one.by,
                "reader": one.reader,
                "state": state,
                "tone": tone,
                "turn": one.turn,
                "may_read": one.fresh and not one.reader and one.by_id != d.by.staff_id and one.lang in mine,
            }
        )
    context = {
        "name": title,
        "here": here,
        "back": back,
        "lines": lines,
        "chinese": [(labels.get(name, name), text) for name, text in now.items() if text],
        "fields": [(name, labels.get(name, name)) for name, text in now.items() if text],
        "langs": [(code, f"{one.name.say(d.lang)} {one.own}") for code, one in FOREIGN.items()],
        "errors": errors,
        "advice": advice,
        "given": post,
    }
    return show(d, "languages.html", context, at=at, status=400 if errors or advice else 200)


def interpreters(d: Desk, code: str, hidden: frozenset[str] = frozenset()) -> dict[str, Any] | None:
    """Return the language a requester reads with who can help: colleagues who said so, service points that speak it.

    `None` where she named none. Nobody is named who works where the matter is `hidden` from.
    """
    language = FOREIGN.get(code)
    if language is None:
        return None
    units = d.rules.book.units
    colleagues = []
    for one in foreign.readers(code):
        if one.unit in hidden:
            continue
        unit = units.get(one.unit)
        name = (one.name_en or one.name) if d.lang == "en" else one.name
        colleagues.append((name, unit.name.say(d.lang) if unit else one.unit, (unit.phone if unit else "") or ""))
    points = [
        (way.title.say(d.lang), reverse(way.route, args=way.args), phone)
        for way, phone in offered.speaking(code, d.rules.book, at=d.at)[:_POINTS]
    ]
    return {
        "name": language.name.say(d.lang),
        "own": language.own,
        "code": code,
        "dir": language.direction,
        "colleagues": colleagues[:_POINTS],
        "points": points,
    }


@desk()
def pages(d: Desk) -> HttpResponse:
    """The declared pages with how far each is read in each language: the languages one reads oneself stand first."""
    reads = foreign.reads(d.by.staff_id)
    order = sorted(FOREIGN, key=lambda code: code not in reads)
    lines = []
    for page in PAGES.values():
        sentences = page.sentences(d.rules.book)
        cells = []
        for code in order:
            found = wording.of(sentences, code)
            shown = sum(one.shown for one in found)
            waits = sum(bool(one.text) and not one.reader and one.by_id != d.by.staff_id for one in found)
            cells.append(
                {
                    "url": reverse("staff:page_language", args=[page.code, code]),
                    "label": FOREIGN[code].name.say(d.lang),
                    "said": f"{shown}/{len(found)}",
                    "whole": shown == len(found),
                    "mine": code in reads and waits > 0,
                }
            )
        lines.append({"name": page.name.say(d.lang), "cells": cells})
    context = {
        "langs": [(FOREIGN[code].name.say(d.lang), FOREIGN[code].own, code) for code in order],
        "lines": lines,
        "reads": [FOREIGN[code].name.say(d.lang) for code in order if code in reads],
    }
    return show(d, "page_languages.html", context, at="page_languages")


@desk()
def of_page(d: Desk, page: str, lang: str) -> HttpResponse:
    """One declared page in one language: each sentence with its text, whose it is and who read it."""
    if page not in PAGES or lang not in FOREIGN:
        raise NotFound
    here, post = reverse("staff:page_language", args=[page, lang]), d.request.POST
    sentences, error, wrong = PAGES[page].sentences(d.rules.book), "", ""
    if d.request.method == "POST":
        try:
            if post.get("do") == "read":
                count = wording.read(post.getlist("mark"), sentences, lang, by=d.by, at=d.at)
                notify(d.request, _("记下了：您读过 %(n)s 句，意思和中文一样。页面上从现在起显示。") % {"n": count})
            else:
                wording.enter(post.get("zh", ""), lang, post.get("text", ""), by=d.by, at=d.at)
                notify(d.request, _("已录入，等另一位懂这种语言的同事读过才显示。"))
            return redirect(here)
        except Invalid as invalid:
            error, wrong = "；".join(text.say(d.lang) for text in invalid.fields.values()), post.get("zh", "")
        except Refused as refused:
            error = refused.text.say(d.lang)
    reads = lang in foreign.reads(d.by.staff_id)
    found = wording.of(sentences, lang)
    lines = []
    for one in found:
        tone, state = (
            ("done", _("显示着")) if one.shown else ("wait", _("等人读")) if one.text else ("plain", _("没有"))
        )
        typed = post.get("text", "") if one.sentence.zh == wrong else one.text
        lines.append(
            {
                "one": one,
                "state": state,
                "tone": tone,
                "typed": typed,
                "error": error if one.sentence.zh == wrong else "",
                "may_read": reads and bool(one.text) and not one.reader and one.by_id != d.by.staff_id,
            }
        )
    language = FOREIGN[lang]
    context = {
        "name": PAGES[page].name.say(d.lang),
        "language": language.name.say(d.lang),
        "tongue": language,
        "here": here,
        "lines": lines,
        "error": error,
        "reads": reads,
        "may_enter": wording.may_enter(lang, d.by),
        "drafts": any(one.draft and not one.reader for one in found),
        "ticked": post.getlist("mark"),
        "any": any(line["may_read"] for line in lines),
    }
    return show(d, "page_language.html", context, at="page_languages", status=400 if error else 200)


@desk()
def mine(d: Desk) -> HttpResponse:
    """Say which languages one reads well enough to stand for a text."""
    here = reverse("staff:my_languages")
    if d.request.method == "POST":
        try:
            foreign.say_languages(d.request.POST.getlist("langs"), by=d.by, at=d.at)
            notify(d.request, _("记下了。"))
        except Invalid as wrong:
            notify(d.request, wrong.text.say(d.lang), "caution")
        return redirect(here)
    context = {
        "here": here,
        "langs": [(code, f"{one.name.say(d.lang)} {one.own}") for code, one in FOREIGN.items()],
        "mine": sorted(foreign.reads(d.by.staff_id)),
    }
    return show(d, "my_languages.html", context, at="account")
