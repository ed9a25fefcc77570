"""The call-back by the link in a message: once, of the resident's own will."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from wuxiao.desk import books, call_backs, matters, throttle
from wuxiao.desk.errors import Invalid, NotFound, Refused
from wuxiao.desk.progress import look
from wuxiao.web.resident import base
from wuxiao.web.shared.caller import caller_of
from wuxiao.web.shared.dates import active_lang

WORDS_LIMIT = 2000


@require_http_methods(["GET", "HEAD", "POST"])
def call_back(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether they were contacted, whether it is solved, and how satisfied they are."""
    rules = base.rules_now()
    given: dict[str, Any] = {}
    errors: dict[str, str] = {}
    try:
        row = call_backs.by_token(token, at=base.now())
        if request.method == "POST":
            base.not_as_staff(base.staff_of(request))
            given = {n: request.POST[n] for n in ("rating", "solved", "contacted") if request.POST.get(n)}
            given["words"] = base.text_of(request, "words")
            if len(given["words"]) > WORDS_LIMIT:
                errors["words"] = _("太长了，最多 %(n)s 字") % {"n": WORDS_LIMIT}
            else:
                try:
                    call_backs.answer_by_link(token, given, at=base.now())
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
                        "key": matters.new_key(),
                        "version": after.shown.version,
                    }
                    return base.page(request, "call_back_done.html", rules, context, form=again)
    except NotFound as problem:
        # A right link is never counted: a whole village may sit behind one address.
        callers = [(caller_of(request), throttle.SHARED * rules.book.throttle.lookups_per_minute)]
        throttle.miss("call-back", callers, throttle.MINUTE, at=base.now())
        context = {"thanks": False, "said": base.say(problem.text)}
        return base.page(request, "call_back_done.html", rules, context, status=404, form=False)
    except Refused as problem:
        context = {"thanks": False, "said": base.say(problem.text)}
        return base.page(request, "call_back_done.html", rules, context, status=410, form=False)
    book = books.of_version(row.matter.book_id).book
    questions = {q.code: base.say(q.text) for q in book.callback.questions}
    seen = look(row.matter.code, active_lang(), at=base.now())
    context = {
        "token": token,
        "number": row.matter.number,
        "title": row.matter.title,
        "code": row.matter.code,
        "answer": seen.answer,
        "questions": questions,
        "given": given,
        "errors": errors,
        "limit": WORDS_LIMIT,
    }
    return base.page(request, "call_back.html", rules, context, status=400 if errors else 200)
