"""The papers of a matter: the letter is written here, taken back, fetched; and the templates of the town's own."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from wuxiao.desk.base.errors import Conflict, Invalid, NotFound, Refused
from wuxiao.desk.documents import adopted, check, documents, trial
from wuxiao.desk.look import matter as look
from wuxiao.desk.look import papers as look_papers
from wuxiao.desk.matters import letters, matters
from wuxiao.records.models import PaperTemplate
from wuxiao.rules.access import Power
from wuxiao.rules.papers import FIELDS, KINDS
from wuxiao.rules.words import Text
from wuxiao.web.shared import papers
from wuxiao.web.shared.dates import when
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
        "preview": letters.preview(matter, rules, by=d.by, at=d.at) if shut is None else None,
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


# -- templates of the town's own ---------------------------------------------------------------------------------------


@desk(Power.CONFIRM)
def templates(d: Desk) -> HttpResponse:
    """List the templates of papers, in force and proposed; a POST proposes one of the town's own."""
    errors: dict[str, str] = {}
    if d.request.method == "POST":
        upload = d.request.FILES.get("file")
        data = upload.read(trial.MOST + 1) if upload is not None else b""
        try:
            if not data:
                raise Invalid({"file": Text("请选一个 .docx 文件", "choose a .docx file")})
            assert upload is not None
            kind = d.request.POST.get("kind", "")
            adopted.propose(kind, upload.name or "template.docx", data, by=d.by, at=d.at)
        except Invalid as wrong:
            errors = {name: text.say(d.lang) for name, text in wrong.fields.items()}
        except Refused as refused:
            errors = {"__all__": refused.text.say(d.lang)}
        else:
            notify(d.request, _("已提出，请另一位管理员看过预览后决定。"))
            return redirect("staff:paper_templates")
    return _templates(d, errors)


def _templates(d: Desk, errors: dict[str, str]) -> HttpResponse:
    every = adopted.versions()
    now = {code: documents.in_force(code) for code in KINDS}
    in_force = {one.pk for one in now.values() if one is not None}
    context = {
        "kinds": [(one.code, one.name.say(d.lang), now[one.code]) for one in KINDS.values()],
        "lines": [
            {
                "id": one.pk,
                "kind": KINDS[one.kind].name.say(d.lang),
                "name": one.name,
                "digest": one.digest[:12],
                "by": one.by.name,
                "at": when(one.at, d.lang),
                "state": _state(one, in_force),
                "waits": not one.outcome,
                "mine": one.by_id == d.staff.pk,
                "decided": f"{one.decided_by.name} · {when(one.decided_at, d.lang)}"
                if one.decided_by and one.decided_at
                else "",
            }
            for one in every
        ],
        "fields": [(name, text.say(d.lang)) for name, text in FIELDS.items()],
        "may_propose": d.may(Power.BOOK),
        "errors": errors,
    }
    return show(d, "paper_templates.html", context, at="paper_templates", status=400 if errors else 200)


def _state(one: PaperTemplate, in_force: set[int]) -> str:
    if not one.outcome:
        return str(_("等人决定"))
    if one.outcome == "refused":
        return str(_("没有采用"))
    return str(_("正在用")) if one.pk in in_force else str(_("以前用过"))


@desk(Power.CONFIRM)
def decide(d: Desk, template_id: int) -> HttpResponse:
    """Adopt or refuse a template that another person proposed."""
    if d.request.method != "POST":
        return redirect("staff:paper_templates")
    try:
        made = adopted.decide(template_id, d.request.POST.get("do") == "adopt", by=d.by, at=d.at)
    except Refused as refused:
        return _templates(d, {"__all__": refused.text.say(d.lang)})
    notify(d.request, _("已采用，以后的文书用它。") if made.outcome == "adopted" else _("没有采用。"))
    return redirect("staff:paper_templates")


@desk(Power.CONFIRM)
def template_file(d: Desk, template_id: int, which: str) -> HttpResponse:
    """Give a template as it was proposed, or filled with the hardest paper there is."""
    found = adopted.one(template_id)
    data = bytes(found.body)
    if which == "preview":
        made = check.check(data, found.kind).preview
        if made is None:
            raise NotFound
        return papers.saved(made, "docx", f"{_('预览')} {found.name}")
    if which != "file":
        raise NotFound
    return papers.saved(data, "docx", found.name)


@desk(Power.CONFIRM)
def our_template(d: Desk, kind: str) -> HttpResponse:
    """Give our own template of a kind, to begin from."""
    if kind not in KINDS:
        raise NotFound
    return papers.saved(documents.template_of(kind), "docx", f"{KINDS[kind].name.zh}.docx")
