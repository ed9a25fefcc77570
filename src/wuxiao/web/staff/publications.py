"""Texts a town publishes: what waits for a second person, what is due for review, one with its versions, reading."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from wuxiao.desk.base.errors import Invalid, NotFound, Refused, Stale
from wuxiao.desk.publish import acts, guards, look
from wuxiao.desk.register import foreign
from wuxiao.records.models import Entry, Publication
from wuxiao.rules.access import Power
from wuxiao.rules.languages import FOREIGN
from wuxiao.rules.publication import FIELDS, REACHES, STAGES, Stage, kinds
from wuxiao.rules.words import Text
from wuxiao.typed.numbers import whole_number
from wuxiao.typed.plain import line
from wuxiao.web.shared import dates, tongues
from wuxiao.web.shared import fields as shared
from wuxiao.web.shared.dates import when
from wuxiao.web.shared.nav import Event
from wuxiao.web.staff import spoken
from wuxiao.web.staff.gate import Desk, desk, notify, show
from wuxiao.web.staff.lists import names

_TONES = {"waiting": "wait", "released": "done", "withdrawn": "closed"}
#: What of a text people read.
_TOLD = ("title", "text", "title_en", "text_en", "law")
_ICONS = {"propose_text": "note", "release_text": "check", "withdraw_text": "close", "confirm_row": "verified"}


def _name(d: Desk, kind: str) -> str:
    known = kinds(d.rules.book).get(kind)
    if known is None:
        raise NotFound
    said = known.name.say(d.lang)
    return said[:1].upper() + said[1:]


def _stage(d: Desk, part: Publication) -> tuple[str, str]:
    words = STAGES[part.stage].say(d.lang)
    if part.stage == Stage.WAITING and part.shown is not None:
        words = _("已发布，有新版本等第二人")
    return words, _TONES[part.stage]


@desk(Power.PUBLISH)
def page(d: Desk, kind: str) -> HttpResponse:
    """List the texts of a kind: all, those that wait for a second person, those due for review."""
    title, only = _name(d, kind), d.request.GET.get("only", "")
    found = look.kept(kind, by=d.by, at=d.at, waiting=only == "waiting", due=only == "due")
    units = names(d.rules, d.lang)[0]
    lines = []
    for one in found:
        words, tone = _stage(d, one)
        lines.append(
            {
                "url": reverse("staff:text", args=[kind, one.row.code]),
                "title": one.row.title or _("（内容已删除）"),
                "code": one.row.code,
                "stage": words,
                "tone": tone,
                "unit": units.get(one.row.unit, one.row.unit),
                "author": one.author.name,
                "review": one.review_on.isoformat(),
                "audience": REACHES[one.audience].say(d.lang),
            }
        )
    context = {
        "title": title,
        "lines": lines,
        "only": only,
        "here": reverse("staff:texts", args=[kind]),
        "new_url": reverse("staff:text_new", args=[kind]) if guards.door(kind) is None else "",
        "door": door.say(d.lang) if (door := guards.door(kind)) is not None else "",
        "read_url": reverse("staff:texts_read", args=[kind]),
        "tabs": [("", _("全部")), ("waiting", _("等第二人发布")), ("due", _("到期复核"))],
    }
    return show(d, "texts.html", context, at=f"texts:{kind}")


@desk(Power.PUBLISH)
def new(d: Desk, kind: str) -> HttpResponse:
    """Propose a text."""
    title = _name(d, kind)
    if (door := guards.door(kind)) is not None:
        raise Refused(door, "guarded")
    typed: dict[str, Any] = {"unit": d.staff.unit, "audience": "public"}
    wrong: dict[str, str] = {}
    if d.request.method == "POST":
        typed = shared.given_of(d.request.POST, FIELDS)
        given: dict[str, Any] = {one.name: str(typed.get(one.name, "")) for one in FIELDS}
        try:
            if (advice := _advice(d, kind, typed, {})) is not None:
                return _form(d, kind, title, typed, {}, reverse("staff:text_new", args=[kind]), "", advice)
            code = acts.propose(kind, given.pop("title"), given.pop("text"), by=d.by, at=d.at, **given)
        except Invalid as invalid:
            wrong = {name: text.say(d.lang) for name, text in invalid.fields.items()}
        except Refused as refused:
            wrong = {"__all__": refused.text.say(d.lang)}
        else:
            notify(d.request, _("已写好，编号 %(code)s。请另一位同事看过后发布。") % {"code": code})
            return redirect("staff:text", kind, code)
    return _form(d, kind, title, typed, wrong, reverse("staff:text_new", args=[kind]), "")


def _advice(d: Desk, kind: str, typed: Mapping[str, Any], shown: Mapping[str, Any]) -> spoken.Advice | None:
    """Return what a text that could be saved says of persons beside what is shown; `Invalid` if it could not."""
    acts.read({"unit": d.staff.unit, "audience": "public", **typed}, d.rules.book)
    return _spoken(d, kind, typed, shown)


def _spoken(d: Desk, kind: str, said: Mapping[str, Any], shown: Mapping[str, Any]) -> spoken.Advice | None:
    # A kind with a guard of its own is not asked about: its guard refuses outright.
    if guards.door(kind) is not None:
        return None
    return spoken.ask(d, [said.get(name) for name in _TOLD], known=shown.values())


def _form(
    d: Desk,
    kind: str,
    title: str,
    typed: dict[str, Any],
    wrong: dict[str, str],
    action: str,
    version: Any,
    advice: spoken.Advice | None = None,
) -> HttpResponse:
    drawn = shared.drawn(FIELDS, typed, d.rules.book, d.lang)
    for one in drawn:
        one["rows"] = 10 if one["name"] in {"text", "text_en"} else one["rows"]
    context = {
        "title": title,
        "fields": drawn,
        "errors": wrong,
        "advice": advice,
        "action": action,
        "version": version,
        "back": reverse("staff:texts", args=[kind]),
    }
    return show(d, "text_form.html", context, at=f"texts:{kind}", status=400 if wrong or advice else 200)


@desk(Power.PUBLISH)
def change(d: Desk, kind: str, code: str) -> HttpResponse:
    """Propose another version of a text; what is shown stays until somebody else released it."""
    title = _name(d, kind)
    view = _view(d, kind, code)
    if not view.may_touch:
        raise Refused(Text("这篇由负责的单位发布，您可以看，不能改。", "Its own unit publishes this text."), "publish")
    typed: dict[str, Any] = {one.name: one.typed(view.values.get(one.name)) for one in FIELDS}
    wrong: dict[str, str] = {}
    version = view.row.version
    if d.request.method == "POST":
        typed = shared.given_of(d.request.POST, FIELDS)
        here = reverse("staff:text_change", args=[kind, code])
        try:
            if (advice := _advice(d, kind, typed, _shown(view))) is not None:
                return _form(d, kind, title, typed, {}, here, d.request.POST.get("version", ""), advice)
            acts.revise(code, typed, version=whole_number(d.request.POST.get("version")) or 0, by=d.by, at=d.at)
        except Invalid as invalid:
            wrong = {name: text.say(d.lang) for name, text in invalid.fields.items()}
        except (Stale, Refused) as refused:
            wrong = {"__all__": refused.text.say(d.lang)}
        else:
            notify(d.request, _("新版本已写好，请另一位同事看过后发布。"))
            return redirect("staff:text", kind, code)
    return _form(d, kind, title, typed, wrong, reverse("staff:text_change", args=[kind, code]), version)


def _shown(view: look.Desk) -> Mapping[str, str]:
    """The words that are shown now: two persons decided about them."""
    return look.said_at(view.row.pk, view.part.shown) if view.part.shown is not None else {}


def _view(d: Desk, kind: str, code: str) -> look.Desk:
    view = look.view(code, by=d.by, at=d.at)
    if view.row.kind != kind:
        raise NotFound
    return view


@desk(Power.PUBLISH)
def one(d: Desk, kind: str, code: str) -> HttpResponse:
    """Show a text with its history; POST releases what was seen, says that it still holds, or withdraws it."""
    _name(d, kind)
    here = reverse("staff:text", args=[kind, code])
    wrong: dict[str, str] = {}
    if d.request.method == "POST":
        post = d.request.POST
        version = whole_number(post.get("version")) or 0
        try:
            match post.get("do"):
                case "release" if (advice := _before_release(d, kind, code)) is not None:
                    return _one(d, kind, code, {}, advice)
                case "release":
                    acts.release(code, version=version, by=d.by, at=d.at)
                    notify(d.request, _("已发布。"))
                case "confirm":
                    acts.confirm(code, version=version, by=d.by, at=d.at)
                    notify(d.request, _("记下了：复核过，仍然有效。"))
                case "withdraw":
                    acts.withdraw(code, post.get("reason", ""), version=version, by=d.by, at=d.at)
                    notify(d.request, _("已撤下。"))
                case _:
                    raise Refused(Text("没有这个操作。", "There is no such step."), "verb")
            return redirect(here)
        except Invalid as invalid:
            wrong = {name: text.say(d.lang) for name, text in invalid.fields.items()}
        except (Stale, Refused) as refused:
            wrong = {"__all__": refused.text.say(d.lang)}
    return _one(d, kind, code, wrong)


def _before_release(d: Desk, kind: str, code: str) -> spoken.Advice | None:
    view = _view(d, kind, code)
    return _spoken(d, kind, view.values, _shown(view)) if view.may_release else None


def _one(d: Desk, kind: str, code: str, wrong: dict[str, str], advice: spoken.Advice | None = None) -> HttpResponse:
    title, here = _name(d, kind), reverse("staff:text", args=[kind, code])
    view = _view(d, kind, code)
    words, tone = _stage(d, view.part)
    row, part = view.row, view.part
    texts = {"title", "text", "title_en", "text_en"}
    known = [(f.label.say(d.lang), f.say(view.values.get(f.name), d.rules.book).say(d.lang)) for f in FIELDS
             if f.name not in texts]  # fmt: skip
    old = look.said_at(row.pk, part.shown) if part.shown is not None and part.shown != part.newest else {}
    own = part.author_id == d.by.staff_id and part.stage == Stage.WAITING
    context = {
        "title": title,
        "name": row.title or code,
        "code": code,
        "v": view.values,
        "old": old,
        "facts": [(label, value) for label, value in known if value],
        "stage": words,
        "tone": tone,
        "events": _events(d, view),
        "version": row.version,
        "may_release": view.may_release,
        "own": own,
        "may_change": view.may_touch,
        "may_confirm": view.may_touch and part.shown is not None,
        "url": here,
        "change_url": reverse("staff:text_change", args=[kind, code]),
        "languages_url": reverse("staff:text_languages", args=[kind, code]) if part.shown is not None else "",
        "public_url": reverse("public_text", args=[kind, code]) if _is_public(code, d) else "",
        "back": reverse("staff:texts", args=[kind]),
        "errors": wrong,
        "given": d.request.POST,
    }
    return show(
        d, "text.html", context | {"advice": advice}, at=f"texts:{kind}", status=400 if wrong or advice else 200
    )


def _is_public(code: str, d: Desk) -> bool:
    try:
        look.shown_one(code, at=d.at)
    except NotFound:
        return False
    return True


def _what(entry: Entry, lang: str) -> str:
    said = look.VERBS.get(entry.verb, Text(entry.verb, entry.verb)).say(lang)
    language = FOREIGN.get(str(entry.facts.get("lang", "")))
    if language is None:
        return said
    name = language.name.say(lang)
    return f"{said} ({name})" if lang == "en" else f"{said}（{name}）"


def _events(d: Desk, view: look.Desk) -> list[Event]:
    units = names(d.rules, d.lang)[0]
    return [
        Event(
            what=_what(entry, d.lang),
            at=when(entry.at, d.lang),
            iso=entry.at.isoformat(),
            by=" · ".join(
                part for part in (str((entry.stand or {}).get("who", "")), units.get(entry.unit, entry.unit)) if part
            ),
            icon=_ICONS.get(entry.verb, ""),
        )
        for entry in reversed(view.entries)
    ]


# -------------------------------------------------------------------------------------------------------------- reading


@desk()
def reading(d: Desk, kind: str) -> HttpResponse:
    """What staff read: everything released, also what is for staff only, with a search."""
    words = line(d.request.GET.get("q", ""))[:60]
    units = names(d.rules, d.lang)[0]
    context = {
        "title": _name(d, kind),
        "words": words,
        "here": reverse("staff:texts_read", args=[kind]),
        "write_url": reverse("staff:texts", args=[kind]) if d.may(Power.PUBLISH) else "",
        "lines": [
            {
                "url": reverse("staff:text_read", args=[kind, one.code]),
                "title": one.title.say(d.lang),
                "unit": units.get(one.unit, one.unit),
                "staff": one.audience == "staff",
                "day": dates.day(dates.local(one.released_at), d.lang),
                "over": one.review_on < dates.local(d.at).date(),
            }
            for one in look.shown(kind, at=d.at, staff=True, words=words)
        ],
    }
    return show(d, "texts_read.html", context, at=f"texts:{kind}")


@desk()
def reading_one(d: Desk, kind: str, code: str) -> HttpResponse:
    """One released text with its law, and in the further languages it has."""
    title = _name(d, kind)
    one = look.shown_one(code, at=d.at, staff=True)
    if one.kind != kind:
        raise NotFound
    tongue = foreign.texts(one.row_id, {"title": one.title.zh, "text": one.text.zh})
    chosen = tongues.wanted(d.request.GET.get("in", ""), tongue)
    here = reverse("staff:text_read", args=[kind, code])
    english = one.title.en if one.has_english else ""
    own = "en" if d.lang == "en" and one.has_english else "zh-Hans"
    plain = {"lang": own, "dir": "ltr"}
    context = {
        "title": title,
        "name": one.title.say(d.lang),
        "titles": tongues.runs("title", one.title.zh, english, tongue, chosen)
        if chosen
        else [{"text": one.title.say(d.lang), **plain}],
        "texts": tongues.runs("text", one.text.zh, one.text.en if english else "", tongue, chosen)
        if chosen
        else [{"text": one.text.say(d.lang), **plain}],
        "unread": tongues.unread({"title": one.title.zh, "text": one.text.zh}, tongue, chosen),
        "languages": tongues.switch(here, tongue, chosen),
        "law": one.law,
        "unit": names(d.rules, d.lang)[0].get(one.unit, one.unit),
        "staff_only": one.audience == "staff",
        "review": dates.day(one.review_on, d.lang),
        "over": one.review_on < dates.local(d.at).date(),
        "back": reverse("staff:texts_read", args=[kind]),
    }
    return show(d, "text_read.html", context, at=f"texts:{kind}")
