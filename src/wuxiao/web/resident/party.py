"""Behind the code of a case that is no report: what its other side reads and may do, such as a place inspected."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from wuxiao.desk.base.actor import RESIDENT
from wuxiao.desk.base.errors import Conflict, Invalid, NotFound, Refused, Stale
from wuxiao.desk.case import heard, sentences, tale
from wuxiao.desk.case.act import act
from wuxiao.desk.diary import readings
from wuxiao.desk.files import files
from wuxiao.desk.look import cases
from wuxiao.desk.look import papers as look_papers
from wuxiao.desk.look.cases import View
from wuxiao.desk.matters import beside, matters
from wuxiao.desk.matters.matters import Report
from wuxiao.rules.words import Text
from wuxiao.typed.numbers import whole_number
from wuxiao.web.resident import base
from wuxiao.web.resident.report import chosen_files, file_answer
from wuxiao.web.shared import dates, fields, papers
from wuxiao.web.shared.dates import active_lang
from wuxiao.web.shared.nav import Event
from wuxiao.web.shared.shown import verb_icon

_FILES = "files"


def _open(request: HttpRequest, code: str) -> View:
    """Read what the code shows; only a miss is counted. Staff who open it are written down, and take no step here."""
    staff = base.staff_of(request)
    if request.method == "POST":
        base.not_as_staff(staff)
    try:
        view = cases.by_code(code, at=base.now())
    except NotFound:
        base.missed_lookup(request, base.rules_now())
        raise
    if staff is not None:
        laid_open = (*readings.PAGE, *(["files"] if view.files else []))
        readings.note(view.case, by=staff, at=base.now(), fields=laid_open, how="code")
    return view


def _page(
    request: HttpRequest,
    template: str,
    view: View,
    context: Mapping[str, Any],
    *,
    status: int = 200,
    form: bool = False,
) -> HttpResponse:
    values = {"code": view.case.code, "town": view.rules.book.town.name, **context}
    response = base.page(request, template, view.rules, values, status=status, form=form)
    response.headers["Cache-Control"] = "no-store, private"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@require_safe
def party(request: HttpRequest, code: str) -> HttpResponse:
    """Where it stands, what is asked by when, what can be done, every step so far."""
    view = _open(request, code)
    if code != view.case.code:
        return HttpResponseRedirect(reverse("resident_party", args=[view.case.code]))
    done = request.GET.get("done", "")
    step = view.subject.life.steps.get(done)
    mine = step is not None and view.pages.party in step.who
    notices = [("done", _("已收到：%(step)s") % {"step": base.say(step.name)})] if step is not None and mine else []
    call = request.GET.get("call", "") if notices else ""
    return _show(request, view, notices, danger=call in {"1", "2"}, unread=call == "2")


def _show(
    request: HttpRequest,
    view: View,
    notices: list[tuple[str, str]],
    status: int = 200,
    *,
    danger: bool = False,
    unread: bool = False,
) -> HttpResponse:
    if unread:
        said = _("您写的话我们的程序读不懂，没有查过有没有危险；我们另记了一件，热线的人会读。")
        notices = [*notices, ("caution", said)]
    elif danger:
        notices = [*notices, ("caution", _("您写到的危险，我们另记了一件，值班人员马上看。"))]
    case, lang, book = view.case, active_lang(), view.rules.book
    standing = next(s for state, s in view.subject.life.standings.items() if state == case.state)
    holder, owed = book.units.get(case.holder), view.pages.owed(case)
    context = {
        "notices": notices,
        "title": base.say(view.pages.title),
        "name": case.title or case.number,
        "number": case.number,
        "place": case.place,
        "state_name": base.say(standing.name),
        "tone": "closed" if case.closed_at else "work",
        "plain": base.say(standing.plain),
        "due": dates.until(owed) if owed and not case.closed_at else "",
        # Danger told in the step just taken: whom to call stands on top, as it stood before sending.
        "danger": danger,
        "rows": [(base.say(label), base.say(value)) for label, value in view.told],
        "unit": (base.say(holder.name), holder.phone) if holder is not None else ("", ""),
        "steps": [
            (reverse("resident_party_do", args=[case.code, step.verb]), base.say(step.name), "", verb_icon(step.verb))
            for step, refusal in view.reach
            if refusal is None
        ],
        "shut": [(base.say(step.name), base.say(r.text)) for step, r in view.reach if r is not None],
        "events": [
            Event(
                what=tale.say(entry, view.words, view.subject, book, lang),
                at=dates.when(entry.at),
                iso=entry.at.isoformat(),
                by=sentences.who(entry, book, lang) if entry.actor != "resident" else _("您这一方"),
                icon=verb_icon(entry.verb),
            )
            for entry in reversed(view.entries)
        ],
        "files": view.files,
        "papers": papers.rows(
            case,
            view.rules,
            lang,
            lambda *paper: reverse("resident_party_paper", args=[view.case.code, *paper]),
            turns={entry.turn for entry in view.entries},
        ),
    }
    return _page(request, "party.html", view, context, status=status)


@require_safe
def data(request: HttpRequest, code: str) -> HttpResponse:
    """Everything this page shows its holder, as a file: a copy of what is kept that they may read (PIPL art. 45)."""
    view = _open(request, code)
    case, lang, book = view.case, active_lang(), view.rules.book
    standing = next(s for state, s in view.subject.life.standings.items() if state == case.state)
    owed = view.pages.owed(case)
    found = {
        "number": case.number,
        "title": base.say(view.pages.title),
        "name": case.title,
        "place": case.place,
        "state": base.say(standing.name),
        "due": owed.isoformat() if owed is not None and not case.closed_at else None,
        "said": [{"label": base.say(label), "value": base.say(value)} for label, value in view.told],
        "steps": [
            {
                "at": entry.at.isoformat(),
                "by": sentences.who(entry, book, lang) if entry.actor != "resident" else _("您这一方"),
                "what": tale.say(entry, view.words, view.subject, book, lang),
                "seal": entry.seal,
            }
            for entry in view.entries
        ],
        "files": [{"name": f.name, "kind": f.kind, "size": f.size, "sha256": f.sha256} for f in view.files],
    }
    response = JsonResponse(found, json_dumps_params={"ensure_ascii": False, "indent": 1})
    response.headers["Content-Disposition"] = f'attachment; filename="{case.number}.json"'
    response.headers["Cache-Control"] = "no-store, private"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def do(request: HttpRequest, code: str, verb: str) -> HttpResponse:
    """One step of whoever holds the code: asked on a page of its own, taken once, then back."""
    view = _open(request, code)
    step = view.subject.life.steps.get(verb)
    if step is None or view.pages.party not in step.who:
        raise NotFound
    asked = view.pages.asks(view.case, step, view.rules, RESIDENT)
    typed: dict[str, Any] = {}
    if request.method == "POST":
        typed = fields.given_of(request.POST, asked)
        # Danger is taken up first: also where the step itself is refused, somebody hears of it.
        _danger(view, typed)
    danger, unread = heard.calls(*typed.values()), heard.unread(*typed.values())
    refusal = view.subject.life.check(verb, view.facts)
    if refusal is not None:
        return _show(request, view, [("caution", base.say(refusal.text))], status=409, danger=danger, unread=unread)
    errors: dict[str, str] = {}
    notices: list[tuple[str, str]] = []
    key, status = matters.new_key(), 200
    if request.method == "POST":
        key = request.POST.get("key", "")[:60] or key
        limits = view.rules.book.uploads
        try:
            chosen = chosen_files(request, limits.bytes)
            if len(chosen) > limits.files:
                raise Invalid(
                    {_FILES: Text(f"一次最多{limits.files}个文件", f"at most {limits.files} files at a time")}
                )
            uploads = tuple(files.check(name, data, limits) for name, data in chosen)
            version = whole_number(request.POST.get("version"), 0, 2**31 - 1)
            act(
                view.case.pk, verb, typed, by=RESIDENT, at=base.now(), version=version, once=f"o:{key}", uploads=uploads
            )
        except Invalid as wrong:
            errors = {name: base.say(text) for name, text in wrong.fields.items()}
            status = 400
        except Stale as stale:
            # Something came between: what was written stays, and is sent on as it now stands.
            notices, key, status = [("caution", base.say(stale.text))], matters.new_key(), 409
            view = cases.by_code(code, at=base.now())
        except (Refused, Conflict) as refused:
            view = cases.by_code(code, at=base.now())
            return _show(request, view, [("caution", base.say(refused.text))], status=409, danger=danger, unread=unread)
        else:
            call = "&call=2" if unread else "&call=1" if danger else ""
            return HttpResponseRedirect(f"{reverse('resident_party', args=[view.case.code])}?done={verb}{call}")
    context = {
        "verb": verb,
        "label": base.say(step.name),
        "fields": fields.drawn(asked, typed, view.rules.book, active_lang()),
        "upload": _FILES in (*step.needs, *step.may),
        "limits": view.rules.book.uploads,
        "errors": errors,
        "notices": notices,
        "key": key,
        "version": view.case.version,
        "danger": danger,
    }
    return _page(request, "party_do.html", view, context, status=status, form=True)


def _danger(view: View, typed: Mapping[str, Any]) -> None:
    """Make a report of danger that was written here, where nobody takes reports: the desk and 110 hear of it.

    The same words on the same day are one report, however often they are sent.
    """
    case, at = view.case, base.now()
    words = "\n".join(str(value).strip() for value in typed.values() if str(value).strip())
    report = Report(
        words=words,
        channel="web",
        lang=base.lang_code(),
        division=case.division,
        place=f"{case.title}（{case.place}）"[:200],
        lat=case.lat,
        lon=case.lon,
    )
    mark = hashlib.sha256(f"{case.pk} {at:%Y-%m-%d} {words}".encode()).hexdigest()
    beside.take_up(report, told_of=case.holder, by=RESIDENT, at=at, once=f"o:{mark}")


@require_safe
def file(request: HttpRequest, code: str, file_id: int) -> HttpResponse:
    """A photo or file of the case that its other side may open."""
    view = _open(request, code)
    row = next((one for one in view.files if one.pk == file_id), None)
    if row is None:
        raise NotFound
    # A file's name may name people: here it is called by its number.
    number = [one.pk for one in view.files].index(row.pk) + 1
    response = file_answer(files.path_of(row.sha256).read_bytes(), row.kind, _("附件 %(n)s") % {"n": number})
    response.headers["Cache-Control"] = "no-store, private"
    return response


@require_safe
def paper(request: HttpRequest, code: str, paper_code: str, form: str) -> HttpResponse:
    """A file of a paper that was given out on the case."""
    view = _open(request, code)
    by = base.staff_of(request) or RESIDENT
    turns = {entry.turn for entry in view.entries}
    return papers.answer(*look_papers.file_of(view.case, paper_code, form, by=by, at=base.now(), turns=turns))
