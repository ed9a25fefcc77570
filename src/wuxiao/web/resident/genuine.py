"""Is this paper genuine? Anybody asks by its code, and whether a file or a digest is of that very paper; no account.

Also the papers of one's own matter, behind its receipt code.
"""

from __future__ import annotations

import hashlib
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from wuxiao.desk.base.actor import RESIDENT
from wuxiao.desk.base.errors import NotFound, Throttled
from wuxiao.desk.diary import readings
from wuxiao.desk.look import papers as look
from wuxiao.desk.matters.progress import Progress
from wuxiao.desk.matters.progress import look as look_at
from wuxiao.rules.codes import grouped, read_paper_code
from wuxiao.rules.papers import number_in
from wuxiao.web.resident import base
from wuxiao.web.shared import papers
from wuxiao.web.shared.dates import active_lang

#: The largest file that is compared; papers are far smaller.
MOST = 10_000_000


def _private(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "no-store, private"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """Ask for the code that stands on a paper and go to what is told of it."""
    typed, errors = base.text_of(request, "code", 200), {}
    if request.method == "POST":
        code = read_paper_code(typed)
        if code is not None:
            return HttpResponseRedirect(reverse("paper_check", args=[code]))
        if typed.strip():
            # What is no code of ours opens nothing: the same answer as by its address.
            return _nothing(request, typed)
        errors["code"] = _("请填文书编码：它是 12 位字母和数字，在文书末尾的二维码旁边。")
    return base.page(
        request, "paper_find.html", base.rules_now(), {"typed": typed, "errors": errors}, status=400 if errors else 200
    )


@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, code: str) -> HttpResponse:
    """Say whether a paper holds, which it is and who issued it, and compare a file or a digest with it."""
    rules = base.rules_now()
    found = look.by_code(code)
    if found is None:
        return _nothing(request, code)
    if code != found.code:
        return HttpResponseRedirect(reverse("paper_check", args=[found.code]))
    context: dict[str, Any] = {
        "code": found.code,
        "grouped": grouped(found.code),
        "standing": found.state,
        "rows": papers.say_public(found, rules, active_lang()),
        "tone": papers.TONES[found.state],
        "state_name": base.say(look.STATES[found.state]),
        "same": None,
        "differs": "",
    }
    status = 200
    if request.method == "POST":
        status = _compare(request, found.code, context)
    return _private(base.page(request, "paper_check.html", rules, context, status=status))


def _nothing(request: HttpRequest, code: str) -> HttpResponse:
    """Whatever was asked for is not there: the same answer to all, and counted as every code that opens nothing."""
    rules, said, status = base.rules_now(), "", 404
    try:
        base.missed_lookup(request, rules)
    except Throttled as wait:
        said, status = base.say(wait.text), 429
    if not said and (number := number_in(code)):
        said = _("“%(number)s”像是文号。核验要填编码：12 位字母和数字，在文书末尾的二维码旁边。") % {"number": number}
    errors = {
        "code": said or _("没有这个编码的文书。请对照文书再看一遍；确实没有的，这份文书可能是假的，请打 12345 问。")
    }
    return _private(base.page(request, "paper_find.html", rules, {"typed": code[:40], "errors": errors}, status=status))


def _compare(request: HttpRequest, code: str, context: dict[str, Any]) -> int:
    """Compare what was given, file, digest or both: it is this paper only where all that was given is of it."""
    upload, typed = request.FILES.get("file"), base.text_of(request, "digest", 200)
    mark = look.digest_of(typed)
    errors = {}
    if upload is not None and upload.size is not None and upload.size > MOST:
        errors["file"] = _("文件太大，不会是这份文书（文书不超过10MB）。")
    if not mark and (typed.strip() or upload is None):
        errors["digest"] = _("请选一个文件，或者填文书上的内容摘要（16 位以上的数字和 a 到 f）。")
    if errors:
        context["errors"], context["digest"] = errors, typed
        return 400
    file_fits = mark_fits = None
    if upload is not None:
        digest = hashlib.sha256()
        for chunk in upload.chunks():
            digest.update(chunk)
        file_fits = look.is_this(code, sha256=digest.hexdigest())
    if mark:
        mark_fits = look.is_this(code, mark=mark)
    if file_fits is False or mark_fits is False:
        # What does not fit is counted as a code that opens nothing: a digest is not to be guessed here bit by bit.
        try:
            base.missed_lookup(request, base.rules_now())
        except Throttled as wait:
            context["errors"], context["digest"] = {"digest": base.say(wait.text)}, typed
            return 429
    if file_fits is False or mark_fits is False:
        context["same"] = False
    else:
        # A digest is printed beside the words it is of: who alters those leaves it. Only the file proves the words.
        context["same"] = "file" if file_fits else "mark"
    context["differs"] = _differs(file_fits, mark_fits)
    return 200


def _differs(file_fits: bool | None, mark_fits: bool | None) -> str:
    """Say what does not fit, and what does beside it; `None` was not given."""
    match file_fits, mark_fits:
        case False, False:
            return _("文件和内容摘要都对不上。")
        case False, True:
            return _("文件对不上；填的内容摘要对得上。")
        case True, False:
            return _("填的内容摘要对不上；文件对得上。")
        case False, None:
            return _("文件对不上：内容和我们出具的不一样，或者是另存过的文件。")
        case None, False:
            return _("内容摘要对不上：请对照纸上的再看一遍。")
        case _:
            return ""


@require_safe
def own(request: HttpRequest, code: str) -> HttpResponse:
    """The papers of one's own matter."""
    seen = _seen(request, code)
    listed = papers.rows(
        seen.matter,
        seen.rules,
        active_lang(),
        lambda *paper: reverse("resident_own_paper", args=[seen.matter.code, *paper]),
    )
    context = {"papers": listed, "code": seen.matter.code}
    return _private(base.page(request, "papers.html", seen.rules, context, form=False))


@require_safe
def own_file(request: HttpRequest, code: str, paper_code: str, form: str) -> HttpResponse:
    """A file of a paper of one's own matter."""
    seen = _seen(request, code)
    by = base.staff_of(request) or RESIDENT
    return papers.answer(*look.file_of(seen.matter, paper_code, form, by=by, at=base.now()))


def _seen(request: HttpRequest, code: str) -> Progress:
    try:
        seen = look_at(code, active_lang(), at=base.now())
    except NotFound:
        base.missed_lookup(request, base.rules_now())
        raise
    if (staff := base.staff_of(request)) is not None:
        readings.note(seen.matter, by=staff, at=base.now(), fields=("paper",), how="code")
    return seen
