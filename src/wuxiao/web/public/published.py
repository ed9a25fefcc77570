"""Texts a town publishes (questions and answers, digests): released versions within their days, and nothing else."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wuxiao.desk.base.errors import NotFound
from wuxiao.desk.publish import look
from wuxiao.desk.register import foreign
from wuxiao.typed.plain import line
from wuxiao.web.public import base
from wuxiao.web.shared import dates, tongues
from wuxiao.web.shared.dates import active_lang


@require_safe
def listed(request: HttpRequest, kind: str) -> HttpResponse:
    """List what is shown of a kind, with a search in title, text and law."""
    rules = base.rules_now()
    words = line(request.GET.get("q", ""))[:60]
    found = look.shown(kind, at=base.now(), words=words)
    context = {
        "title": dict(base.texts_of(rules))[kind],
        "kind": kind,
        "words": words,
        "lines": [
            {
                "url": reverse("public_text", args=[kind, one.code]),
                "title": base.say(one.title),
                "lang": "en" if active_lang() == "en" and one.has_english else "zh-Hans",
                "unit": base.say(rules.book.units[one.unit].name) if one.unit in rules.book.units else "",
                "day": dates.day(dates.local(one.released_at)),
            }
            for one in found
        ],
    }
    return base.page(request, "published.html", rules, f"public_texts:{kind}", context)


@require_safe
def one(request: HttpRequest, kind: str, code: str) -> HttpResponse:
    """Show one text: what it says, the rule it rests on, who answers for it, when it was looked at."""
    rules, at = base.rules_now(), base.now()
    found = look.shown_one(code, at=at)
    if found.kind != kind:
        raise NotFound
    tongue = foreign.texts(found.row_id, {"title": found.title.zh, "text": found.text.zh})
    chosen = tongues.wanted(request.GET.get("in", ""), tongue)
    english = active_lang() == "en"
    here = reverse("public_text", args=[kind, code])
    own = "en" if english and found.has_english else "zh-Hans"
    unit = rules.book.units.get(found.unit)
    en = found.has_english
    context = {
        "kind_name": dict(base.texts_of(rules))[kind],
        "list_url": reverse("public_texts", args=[kind]),
        "title": found.title.say(active_lang()),
        "titles": tongues.runs("title", found.title.zh, found.title.en if en else "", tongue, chosen)
        if chosen is not None
        else [{"text": found.title.say(active_lang()), "lang": own, "dir": "ltr"}],
        "texts": tongues.runs("text", found.text.zh, found.text.en if en else "", tongue, chosen)
        if chosen is not None
        else [{"text": found.text.say(active_lang()), "lang": own, "dir": "ltr"}],
        "unread": tongues.unread({"title": found.title.zh, "text": found.text.zh}, tongue, chosen),
        "chosen": chosen,
        "languages": tongues.switch(here, tongue, chosen),
        "only_chinese": _("这一篇还没有英文。") if english and not en and chosen is None else "",
        "law": found.law,
        "unit": (base.say(unit.name), unit.phone) if unit else ("", ""),
        "released": dates.day(dates.local(found.released_at)),
        "review": dates.day(found.review_on),
        "over": found.review_on < dates.local(at).date(),
    }
    return base.page(request, "published_one.html", rules, f"public_texts:{kind}", context)
