"""The papers of a matter: the letter of answer is written here, taken back, and its files are fetched."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from wuxiao.desk.base.errors import Conflict, Invalid, NotFound, Refused
from wuxiao.desk.look import matter as look
from wuxiao.desk.look import papers as look_papers
from wuxiao.desk.matters import letters, matters
from wuxiao.rules.access import Power
from wuxiao.web.shared import papers
from wuxiao.web.staff.gate import Desk, desk, notify, show


@desk(Power.INBOX)
def page(d: Desk, number: str) -> HttpResponse:
    """List the papers of a matter; a POST gives out the letter of answer."""
    matter, rules, _facts = look.find(number, by=d.by, at=d.at)
    wrong = ""
    if d.request.method == "POST":
        try:
            key = d.request.POST.get("once", "")[:80]
            made = letters.write(matter.pk, rules, by=d.by, at=d.at, once=key or None)
        except (Refused, Conflict) as refused:
            wrong = refused.text.say(d.lang)
        else:
            notify(d.request, _("已出具：%(number)s") % {"number": made.number})
            return redirect("staff:papers", matter.number)
    return _show(d, number, wrong)


def _show(d: Desk, number: str, wrong: str = "") -> HttpResponse:
    matter, rules, _facts = look.find(number, by=d.by, at=d.at)
    shut, void_shut = letters.why_not(matter, by=d.by), letters.why_not(matter, by=d.by, voids=True)
    listed = papers.rows(matter, rules, d.lang, lambda *paper: reverse("staff:paper", args=[matter.number, *paper]))
    context = {
        "matter": matter,
        "papers": listed,
        "again": any(one["live"] for one in listed),
        "shut": shut.say(d.lang) if shut is not None else "",
        "may_void": void_shut is None,
        "errors": {"__all__": wrong} if wrong else {},
        "once": matters.new_key(),
    }
    return show(d, "papers.html", context, status=409 if wrong else 200)


@desk(Power.INBOX)
def void(d: Desk, number: str, code: str) -> HttpResponse:
    """Take a letter back, with the reason."""
    matter, _rules, _facts = look.find(number, by=d.by, at=d.at)
    paper = next((one for one in look_papers.of_case(matter) if one.code == code), None)
    if paper is None:
        raise NotFound
    if d.request.method != "POST":
        return redirect("staff:papers", matter.number)
    try:
        letters.void(matter, paper.number, by=d.by, at=d.at, reason=d.request.POST.get("reason", ""))
    except Invalid as wrong:
        return _show(d, number, "".join(text.say(d.lang) for text in wrong.fields.values()))
    except Refused as refused:
        return _show(d, number, refused.text.say(d.lang))
    notify(d.request, _("已作废：%(number)s") % {"number": paper.number})
    return redirect("staff:papers", matter.number)


@desk(Power.INBOX)
def file(d: Desk, number: str, code: str, form: str) -> HttpResponseBase:
    """Serve a file of a paper of a matter."""
    matter, _rules, _facts = look.find(number, by=d.by, at=d.at)
    return papers.answer(*look_papers.file_of(matter, code, form, by=d.by, at=d.at))
