"""The start page, looking up by code, how it works, and what is kept about people."""

from __future__ import annotations

from contextlib import suppress

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from wuxiao.desk.base.errors import NotFound, Throttled
from wuxiao.desk.look import cases, offered
from wuxiao.desk.matters import matters, printed
from wuxiao.desk.matters.progress import STANDS
from wuxiao.desk.town import addresses
from wuxiao.web.resident import base
from wuxiao.web.shared import dates, shown, tongues
from wuxiao.web.shared.dates import active_lang


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """What can be reported, the one big button, the code, the phone numbers."""
    rules = base.rules_now()
    declared = tongues.says(request, ("danger", "start"), rules.book)
    says = declared["says"]
    context = {
        "kinds": list(rules.book.kinds.values()),
        "numbers": rules.book.town.emergency_numbers,
        **declared,
        "offered": [
            (base.way(way)[0], says.of(way.title), says.of(way.hint) if way.hint is not None else "", way.icon)
            for way in offered.start(rules.book)
        ],
        "keeps": {*rules.book.registers, *rules.book.lives} | set(rules.book.registers.get("publications", {})),
    }
    return base.page(request, "start.html", rules, context, form=False)


#: What search machines leave alone: everything behind a secret, everything of one person, the staff's rooms.
_NOT_FOR_MACHINES = ("/p/", "/c/", "/o/", "/new", "/find", "/prefs", "/staff", "/api/")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Say to search machines what is not for them."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in _NOT_FOR_MACHINES)]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """Look up by code: what was typed is read kindly (spaces, small letters, O for 0) and throttled."""
    rules = base.rules_now()
    typed, errors, status = "", dict[str, str](), 400
    if request.method == "POST":
        typed = base.text_of(request, "code", 400)
        if not typed:
            errors["code"] = _("请输入回执上的查询码")
        else:
            try:
                matter = matters.by_code(typed)
            except NotFound as problem:
                with suppress(NotFound):
                    other = cases.by_code(typed, at=base.now())
                    return HttpResponseRedirect(reverse("resident_party", args=[other.case.code]))
                errors["code"] = base.say(problem.text)
                try:
                    base.missed_lookup(request, rules)
                except Throttled as wait:
                    errors["code"], status = base.say(wait.text), 429
            else:
                response = HttpResponseRedirect(reverse("resident_progress", args=[matter.code]))
                base.remember_lookup(request, response, matter.code)
                return response
    return base.page(request, "find.html", rules, {"typed": typed, "errors": errors}, status=status if errors else 200)


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """How it works, in a minute: kinds, classes with their promises, and what follows."""
    rules = base.rules_now()
    lang, book = active_lang(), rules.book
    own = set(book.profile.own_choice)
    classes = [
        (
            c.name.say(lang),
            base.say(c.meaning),
            book.term(c.code).words.say(lang),
            f"answer.{c.code}" in own,
            book.term(c.code, step="accept").words.say(lang),
            f"accept.{c.code}" in own,
        )
        for c in book.classes.values()
    ]
    context = {
        "kinds": [(k.name.say(lang), base.say(k.meaning)) for k in book.kinds.values()],
        "classes": classes,
        "source": base.say(book.profile.source),
        "any_own": bool(own),
        "profile": base.say(book.profile.name),
        "others": [
            (
                ("、" if lang == "zh" else ", ").join(base.say(book.categories[c].name) for c in change.categories),
                ("、" if lang == "zh" else ", ").join(base.say(book.classes[c].name) for c in change.classes),
                term.words.say(lang),
                term is change.answer,
                base.say(change.why),
            )
            for change in book.profile.overrides
            if (term := change.answer or change.accept) is not None
        ],
        "petition": (book.petition.handle.words.say(lang), base.say(book.petition.law)),
        "refusals": book.handover.refusals_before_joint,
        "window": book.reopen.window.words,
        "numbers": book.town.emergency_numbers,
    }
    return base.page(request, "help.html", rules, context, form=False)


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """The notice about personal data, made from the rule book's own retention rules."""
    rules = base.rules_now()
    lang = active_lang()
    then = {"erase": _("删除"), "anonymise": _("去掉能认出人的内容"), "freeze": _("封存")}
    rows = [
        (r.name.say(lang), base.say(r.purpose), _length(r.days), then[r.then], base.say(r.basis))
        for r in rules.book.retention.values()
    ]
    context = {"rows": rows, "operator": rules.book.town.operator.say(lang), "hours": base.DRAFT_HOURS}
    return base.page(request, "privacy.html", rules, context, form=False)


def _length(days: int) -> str:
    if days >= 365 and days % 365 < 8:
        years = days // 365
        return ngettext("办结后 %(n)s 年", "办结后 %(n)s 年", years) % {"n": years}
    return ngettext("办结后 %(n)s 天", "办结后 %(n)s 天", days) % {"n": days}


@require_safe
def address_hints(request: HttpRequest) -> JsonResponse:
    """Return standard addresses for what is being typed, for the list under the field."""
    rules = base.rules_now()
    found = addresses.search(request.GET.get("q", "")[:80], rules.book)
    return JsonResponse({"found": addresses.names(found, active_lang())})


@require_safe
def paper_page(request: HttpRequest, token: str) -> HttpResponse:
    """What the QR of a paper printed at a desk opens: where the matter stands, for a while, and nothing else."""
    rules = base.rules_now()
    try:
        found = printed.standing(token, active_lang(), at=base.now())
    except NotFound:
        base.missed_lookup(request, rules)
        raise
    tone, icon_name = shown.state_look(found.state.value)
    rows: list[tuple[str, ...]] = [(_("谁在办"), found.holder)]
    if found.due is not None:
        rows.append((_("最晚什么时候答复"), dates.when(found.due)))
    context = {
        "s": found,
        "state_name": STANDS[found.state],
        "state_tone": "late" if found.late else tone,
        "state_icon": "late" if found.late else icon_name,
        "rows": rows,
    }
    response = base.page(request, "paper.html", rules, context, form=False)
    response.headers["Cache-Control"] = "no-store, private"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
