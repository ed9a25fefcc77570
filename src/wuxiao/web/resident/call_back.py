"""The call-back by the link in a message: once, of the resident's own will."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from wuxiao.desk.base import throttle
from wuxiao.desk.base.errors import Invalid, NotFound, Refused
from wuxiao.desk.case import heard
from wuxiao.desk.case.standing import RATED_THEMSELVES
from wuxiao.desk.matters import call_backs, matters, secrecy
from wuxiao.desk.matters.progress import look
from wuxiao.desk.town import books
from wuxiao.records.models import CallBack, Matter
from wuxiao.web.resident import base
from wuxiao.web.shared import secrecy as secrecy_form
from wuxiao.web.shared.caller import caller_of
from wuxiao.web.shared.dates import active_lang

WORDS_LIMIT = 2000


def _said_before(matter: Matter) -> dict[str, str]:
    """Return what a requester who rated it herself said then: nobody is asked the same thing twice."""
    kept = {"solved": matter.solved, "contacted": matter.contacted}
    given = {name: "yes" if value else "no" for name, value in kept.items() if value is not None}
    return given | ({"rating": str(matter.satisfied)} if matter.satisfied else {})


@require_http_methods(["GET", "HEAD", "POST"])
def call_back(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether they were contacted, whether it is solved, and how satisfied they are."""
    rules = base.rules_now()
    given: dict[str, Any] = {}
    errors: dict[str, str] = {}
    answer: secrecy_form.Answer | None = None
    words = base.text_of(request, "words")
    try:
        if request.method == "POST":
            base.not_as_staff(base.staff_of(request))
        row = _open(token, words)
        if request.method == "POST":
            given = {n: request.POST[n] for n in ("rating", "solved", "contacted") if request.POST.get(n)}
            given["words"] = words
            answer, errors = _whom(request, row.matter, rules, words)
            if len(words) > WORDS_LIMIT:
                errors["words"] = _("太长了，最多 %(n)s 字") % {"n": WORDS_LIMIT}
            if errors:
                # Danger is heard before anything is asked to be mended.
                hers = secrecy.in_her_name(asked="hide" in request.POST)
                told = heard.Told(row.matter_id, "call_back", {"words": words}, hers, base.now(), {"way": "sms"})
                secrecy.hear(told, answer.each if answer is not None and answer.hide else ())
            if len(words) <= WORDS_LIMIT:
                if errors or secrecy_form.waits(answer, request, words):
                    return _asked(request, token, row, given, errors, answer)
                try:
                    each = answer.each if answer is not None and answer.hide else ()
                    secrecy.answer_link(token, given, each, at=base.now(), asked="hide" in request.POST)
                except Invalid as problem:
                    errors = {name: base.say(text) for name, text in problem.fields.items()}
                else:
                    code = row.matter.code
                    after = look(code, active_lang(), at=base.now())
                    again = after.asked_again is not None and "object" in after.open_verbs
                    context = {
                        "thanks": True,
                        "code": code,
                        "again": again,
                        "words": after.asked_again,
                        "looks": after.looks,
                        "asked": answer is not None,
                        "danger": after.shown.danger_open or heard.calls(words),
                        "key": matters.new_key(),
                        "version": after.shown.version,
                    }
                    return base.page(request, "call_back_done.html", rules, context, form=again)
    except NotFound as problem:
        # A right link is never counted: a whole village may sit behind one address.
        callers = [(caller_of(request), throttle.SHARED * rules.book.throttle.lookups_per_minute)]
        throttle.miss("call-back", callers, throttle.MINUTE, at=base.now())
        context = {"thanks": False, "said": base.say(problem.text), "danger": heard.calls(words)}
        return base.page(request, "call_back_done.html", rules, context, status=404, form=False)
    except Refused as problem:
        context = {"thanks": False, "said": base.say(problem.text), "danger": heard.calls(words)}
        return base.page(request, "call_back_done.html", rules, context, status=410, form=False)
    return _asked(request, token, row, given, errors, answer)


def _open(token: str, words: str) -> CallBack:
    """Return the call-back of a link that is not over; danger written with one that is over is heard all the same."""
    try:
        return call_backs.by_token(token, at=base.now())
    except Refused as problem:
        call_backs.tell_by_link(token, words, problem, at=base.now())
        raise


def _whom(
    request: HttpRequest, matter: Matter, rules: books.Rules, said: str
) -> tuple[secrecy_form.Answer | None, dict[str, str]]:
    """Return what is answered, or to be asked, about secrecy for these words; None: nothing to ask."""
    before = secrecy_form.later(said, matter, rules) if said else None
    if "hide" not in request.POST:
        return before, {}
    return secrecy_form.read(request, rules, before or secrecy_form.Answer(True))


def _asked(
    request: HttpRequest,
    token: str,
    row: CallBack,
    given: dict[str, str],
    errors: dict[str, str],
    whom: secrecy_form.Answer | None,
) -> HttpResponse:
    rules = base.rules_now()
    book = books.of_version(row.matter.book_id).book
    questions = {q.code: base.say(q.text) for q in book.callback.questions}
    if request.method != "POST" and row.matter.rated_by in RATED_THEMSELVES:
        given = _said_before(row.matter)
    seen = look(row.matter.code, active_lang(), at=base.now())
    ask = _("您写的话里说到了单位或办事的人。提交以前请选一下：要不要对它保密？选好再点一次。")
    context = {
        "token": token,
        "number": row.matter.number,
        "title": row.matter.title,
        "code": row.matter.code,
        "answer": seen.answer,
        "questions": questions,
        "answers": {q.code: [(a.code, base.say(a.name)) for a in q.answers] for q in book.callback.questions},
        "given": given,
        "rated": row.matter.rated_by in RATED_THEMSELVES,
        "errors": errors,
        "limit": WORDS_LIMIT,
        "danger": seen.shown.danger_open or heard.calls(given.get("words")),
        "whom": secrecy_form.fields(whom, rules) if whom is not None else None,
        "notices": [("caution", ask)] if whom is not None and not errors else [],
    }
    return base.page(request, "call_back.html", rules, context, status=400 if errors else 200)
