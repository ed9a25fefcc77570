"""Pages about suggestions: how often they were right, the models, checks of answers, marks for the public."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wuxiao.desk.assist import models, redaction, reply_checks
from wuxiao.desk.base.errors import DeskError, Invalid, Stale
from wuxiao.desk.diary import readings
from wuxiao.desk.look import matter as look
from wuxiao.desk.look import suggestions
from wuxiao.desk.matters import published, released
from wuxiao.records.models import Job, ReadingModel
from wuxiao.rules.access import Power
from wuxiao.rules.words import Text
from wuxiao.typed.numbers import whole_number
from wuxiao.web.shared.dates import number, percent, when
from wuxiao.web.staff.forms import category_path
from wuxiao.web.staff.gate import Desk, desk, notify, show

_STATES = {
    "waiting": Text("待决定", "to be decided"),
    "in_use": Text("使用中", "in use"),
    "retired": Text("用过", "used before"),
    "refused": Text("未采用", "not adopted"),
}
_TONES = {"waiting": "ask", "in_use": "done", "retired": "closed", "refused": "refused"}


def _name(d: Desk, task: str, code: str) -> str:
    book = d.rules.book
    if task == "category":
        return category_path(d.rules, code, d.lang)
    found = book.classes.get(code) if task == "handling_class" else book.units.get(code)
    return found.name.say(d.lang) if found else code


def _tabs(d: Desk, at: str) -> list[dict[str, Any]]:
    names = [("reading", _("建议的准确程度")), ("reading_models", _("模型"))]
    if d.may(Power.SUPERVISION):
        names.append(("reading_replies", _("答复检查")))
    return [{"url": reverse(f"staff:{name}"), "label": label, "current": name == at} for name, label in names]


@desk(Power.DASHBOARD)
def page(d: Desk) -> HttpResponse:
    """Show how often suggestions were right and which words mislead; the accepted error is set here."""
    errors: dict[str, str] = {}
    if d.request.method == "POST":
        try:
            models.set_error(_share(d.request.POST.get("error", "")), by=d.by, at=d.at)
            notify(d.request, _("已改好，写入日志。"))
            return redirect("staff:reading")
        except Invalid as wrong:
            errors = {name: text.say(d.lang) for name, text in wrong.fields.items()}
        except DeskError as refused:
            errors = {"__all__": refused.text.say(d.lang)}
    context = {
        "pages": _tabs(d, "reading"),
        "reports": [_report(d, task) for task in models.TASK_NAMES],
        "may_set": d.may(Power.SUPERVISION),
        "error": f"{models.accepted_error() * 100:g}",
        "errors": errors,
        "days": 90,
    }
    return show(d, "reading.html", context, at="reading", status=400 if errors else 200)


def _share(typed: str) -> float:
    try:
        return float(typed.strip().rstrip("%％")) / 100
    except ValueError:
        raise Invalid({"error": Text("请填百分数，例如 5", "a percentage, please, for example 5")}) from None


def _report(d: Desk, task: str) -> dict[str, Any]:
    found = suggestions.report(task, at=d.at)
    least = d.rules.book.minimum_n
    shown = [(_name(d, task, s.code), s) for s in found.codes[:60]]
    if found.rare:
        few = ngettext("另有 1 类，不到 %(least)s 件", "另有 %(num)s 类，每类不到 %(least)s 件", found.rare)
        shown.append((few % {"num": found.rare, "least": suggestions.LEAST_CODE}, found.rest))
    rows = [
        (
            name,
            number(s.n),
            percent(s.first / s.n),
            f"{percent(s.low)} – {percent(s.high)}",
            percent(s.three / s.n),
            percent(s.unknown / s.n),
        )
        for name, s in shown
    ]
    total = found.total
    return {
        "name": models.TASK_NAMES[task].say(d.lang),
        "rows": rows,
        "few": 0 < total.n < least,
        "numbers": [
            (_("有人选定的"), number(total.n)),
            (_("第一个建议就对"), percent(total.first / total.n) if total.n else "—"),
            (_("给出建议时的正确率"), percent(found.decided_right / found.decided) if found.decided else "—"),
            (_("说“不知道”"), percent(total.unknown / total.n) if total.n else "—"),
        ],
        "words": [
            (w.word, number(w.spoke), number(w.wrong), percent(w.wrong / w.spoke), _name(d, task, w.instead))
            for w in found.words
        ],
    }


# ------------------------------------------------------------------------------------------------------------ models


@desk(Power.DASHBOARD)
def model_list(d: Desk) -> HttpResponse:
    """Show the models with their figures; training is asked for here, adopting and refusing on a model's page."""
    if d.request.method == "POST":
        task = d.request.POST.get("task", "")
        try:
            if d.request.POST.get("do") == "stop":
                models.stop(task, by=d.by, at=d.at)
                notify(d.request, _("已停用，改用分类词表。") if task in models.TASKS else _("已停用，改用通行规则。"))
            else:
                models.ask_to_train(task, by=d.by, at=d.at)
                notify(d.request, _("已开始训练，过几分钟再看。"))
        except DeskError as refused:
            notify(d.request, refused.text.say(d.lang), "caution")
        return redirect("staff:reading_models")
    job = Job.objects.filter(kind="train").order_by("-id").first()
    context = {
        "pages": _tabs(d, "reading_models"),
        "tasks": [
            {
                "task": task,
                "by_words": task in models.TASKS,
                "name": models.LEARNED[task].say(d.lang),
                "rows": [
                    _model(d, row)
                    for row in ReadingModel.objects.filter(task=task).select_related("decided_by").order_by("-id")[:20]
                ],
            }
            for task in models.LEARNED
        ],
        "may_decide": d.may(Power.SUPERVISION),
        "job": _job(d, job) if job else "",
    }
    return show(d, "reading_models.html", context, at="reading")


def _job(d: Desk, job: Job) -> str:
    if job.state in {"queued", "running"}:
        return _("正在训练（%(at)s 开始）。") % {"at": when(job.created_at, d.lang)}
    if job.state == "failed":
        zh, _nl, en = job.error.partition("\n")
        return _("上次训练没有成功：%(why)s") % {"why": (en or zh) if d.lang == "en" else zh}
    return ""


def _model(d: Desk, row: ReadingModel) -> dict[str, Any]:
    judged = row.judged
    n = judged.get("n", 0)
    return {
        "id": row.pk,
        "url": reverse("staff:reading_model", args=[row.pk]),
        "task": models.LEARNED[row.task].say(d.lang),
        "state": _STATES[row.state].say(d.lang),
        "code": row.state,
        "tone": _TONES[row.state],
        "better": row.better,
        "made": when(row.made_at, d.lang),
        "learned": f"{row.learned_from:%Y-%m-%d} – {row.learned_to:%Y-%m-%d}",
        "texts": number(row.texts),
        "n": number(n),
        "new": percent(judged["new_right"] / n) if n else "—",
        "old": percent(judged["old_right"] / n) if n else "—",
        "against": {"model": _("使用中的模型"), "rule": _("通行规则")}.get(judged.get("against", ""), _("分类词表")),
        "why": judged.get("why", {}).get("en" if d.lang == "en" else "zh", ""),
        "who": row.decided_by.name if row.decided_by else "",
        "decided": when(row.decided_at, d.lang) if row.decided_at else "",
    }


@desk(Power.DASHBOARD)
def model(d: Desk, model_id: int) -> HttpResponse:
    """Show a model's card and let a named person adopt it, refuse it, or take it back into use."""
    if d.request.method == "POST":
        do = d.request.POST.get("do", "")
        try:
            (models.refuse if do == "refuse" else models.adopt)(model_id, by=d.by, at=d.at)
            notify(d.request, _("已记下您的决定，写入日志。"))
        except DeskError as refused:
            notify(d.request, refused.text.say(d.lang), "caution")
        return redirect("staff:reading_models")
    row = ReadingModel.objects.filter(pk=model_id).select_related("decided_by").first()
    if row is None:
        return redirect("staff:reading_models")
    held = row.card.get("held_out", {})
    table = [
        (_name(d, row.task, code), number(f["n"]), percent(f["precision"]), percent(f["recall"]), percent(f["f1"]))
        for code, f in held.get("per_label", {}).items()
    ]
    context = {
        "m": _model(d, row),
        "facts_rows": [
            (_("精确率"), percent(held["precision"])),
            (_("召回率"), percent(held["recall"])),
            ("F1", percent(held["f1"])),
        ]
        if "recall" in held
        else [
            (_("宏平均 F1（没有学过的部分）"), percent(held.get("macro_f1"))),
            (_("正确率"), percent(held.get("accuracy"))),
            (_("把握与实际的差距"), percent(held.get("calibration_error"))),
            (_("98% 正确时能给建议的比例"), percent(held.get("coverage", {}).get("share"))),
        ],
        "table_rows": table,
        "may_decide": d.may(Power.SUPERVISION),
    }
    return show(d, "reading_model.html", context, at="reading")


# ----------------------------------------------------------------------------------------------------------- replies


@desk(Power.SUPERVISION)
def replies(d: Desk) -> HttpResponse:
    """Show what the checks found in the answers of the last 30 days, over all and by unit; nobody is ranked."""
    found = reply_checks.counted(at=d.at)
    mine = {unit: (n, fine) for unit, n, fine in found.units}
    context = {
        "pages": _tabs(d, "reading_replies"),
        "numbers": [
            (_("30 天答复"), number(found.answers)),
            (_("没有要提醒的"), percent(found.clean / found.answers) if found.answers else "—"),
        ],
        "checks": [
            (name.say(d.lang), number(found.failed.get(code, 0)), percent(found.failed.get(code, 0) / found.answers))
            for code, name in reply_checks.NAMES.items()
        ]
        if found.answers
        else [],
        # In the order of the rule book: where answers stand, no ranking.
        "units": [
            (u.name.say(d.lang), number(mine[u.code][0]), number(mine[u.code][0] - mine[u.code][1]))
            for u in d.rules.book.units.values()
            if u.code in mine
        ],
    }
    return show(d, "reading_replies.html", context, at="reading")


# --------------------------------------------------------------------------------------------------------- redaction


@desk(Power.INTAKE)
def marks(d: Desk, number: str) -> HttpResponse:
    """Show what the public would read of a matter's words; hide more, show again, release, or take back."""
    matter, rules, _facts = look.find(number, by=d.by, at=d.at)
    errors: dict[str, str] = {}
    post = d.request.POST
    if d.request.method == "POST":
        try:
            _decide(d, matter.pk)
            notify(d.request, _("已改好，写入日志。"))
            return redirect("staff:redaction", matter.number)
        except Invalid as wrong:
            errors = {name: text.say(d.lang) for name, text in wrong.fields.items()}
        except Stale:
            errors = {"__all__": _("内容或遮盖刚刚有变化，请再看一遍后公布。")}
        except DeskError as refused:
            errors = {"__all__": refused.text.say(d.lang)}
    found = redaction.of_matter(matter)
    standing = released.standing(matter, at=d.at)
    readings.note(matter, by=d.by, at=d.at, fields=["words"], how="marks")
    context = {
        "matter": matter,
        "pieces": _pieces(d, found),
        "public": found.public,
        "place": published.place_of(matter, rules.book).say(d.lang),
        "digest": released.digest(found),
        "may_release": standing.may,
        "released": standing.released,
        "released_by": standing.who,
        "released_at": when(standing.at, d.lang) if standing.at else "",
        "marks": [
            {
                "text": one.text,
                "kind": _class(d, one.kind),
                "why": one.why.say(d.lang),
                "person": one.by != "machine",
                "stretch": f"{one.start}-{one.end}",
            }
            for one in found.marks
        ],
        "kinds": [(code, name.say(d.lang)) for code, name in redaction.CLASSES.items()],
        "given": post,
        "errors": errors,
    }
    return show(d, "reading_marks.html", context, status=400 if errors else 200)


def _decide(d: Desk, matter_id: int) -> None:
    post = d.request.POST
    match post.get("do"):
        case "lift":
            first, _dash, last = post.get("stretch", "").partition("-")
            start, end = whole_number(first, 0, 2**31 - 1), whole_number(last, 0, 2**31 - 1)
            if start is None or end is None:
                raise Invalid({"text": Text("请重新选择", "please choose again")})
            redaction.mark(matter_id, start, end, "", by=d.by, at=d.at, lifted=True)
        case "release":
            released.release(matter_id, seen=post.get("seen", ""), by=d.by, at=d.at)
        case "withdraw":
            released.withdraw(matter_id, by=d.by, at=d.at)
        case _:
            redaction.mark_text(matter_id, post.get("text", ""), post.get("kind", ""), by=d.by, at=d.at)


def _class(d: Desk, kind: str) -> str:
    return redaction.CLASSES[kind].say(d.lang) if kind in redaction.CLASSES else kind


def _pieces(d: Desk, found: redaction.Marked) -> list[tuple[str, str]]:
    """The words in stretches, each with the class it is hidden under, or none where the public reads on."""
    pieces, at = [], 0
    for mark in found.marks:
        pieces += [(found.words[at : mark.start], ""), (mark.text, _class(d, mark.kind))]
        at = mark.end
    return [piece for piece in [*pieces, (found.words[at:], "")] if piece[0]]
