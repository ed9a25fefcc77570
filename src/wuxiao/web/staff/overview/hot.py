"""Hot issues: the list for chiefs and units, one issue with its matters, and what a person decides about it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from wuxiao.desk.assist import hot
from wuxiao.desk.base.errors import DeskError, Invalid
from wuxiao.rules.access import Power
from wuxiao.typed.numbers import whole_number
from wuxiao.web.shared.dates import local, number
from wuxiao.web.staff.gate import Desk, desk, notify, show
from wuxiao.web.staff.lists import lines

_TONES = {hot.PROPOSED: "ask", hot.CONFIRMED: "late", hot.DISMISSED: "closed"}


def _shown(seen: hot.Seen, d: Desk) -> dict[str, Any]:
    issue = seen.issue
    return {
        "id": issue.pk,
        "url": reverse("staff:hot_issue", args=[issue.pk]),
        "name": issue.name,
        "place": issue.place,
        "words": "、".join(issue.words),
        "state": hot.STATES[issue.state].say(d.lang),
        "code": issue.state,
        "tone": _TONES.get(issue.state, "plain"),
        "heat": f"{issue.heat:.1f}",
        "people": number(issue.people),
        "matters": number(seen.matters),
        "growth": f"{issue.growth:+d}",
        "first": f"{local(issue.first_at):%Y-%m-%d}",
        "last": f"{local(issue.last_at):%Y-%m-%d}",
        "why": issue.why.get("en" if d.lang == "en" else "zh", ""),
    }


@desk(Power.DASHBOARD)
def page(d: Desk) -> HttpResponse:
    """Show the hot issues that hold matters this person may see, and the notices their units have not read."""
    if d.request.method == "POST":
        one = whole_number(d.request.POST.get("alert"))
        if one is not None and hot.read_alert(one, by=d.by, at=d.at):
            notify(d.request, _("已记下您看过这条提醒。"))
        return redirect("staff:hot")
    state = d.request.GET.get("state", "")
    h = d.rules.book.hot
    context = {
        "issues": [_shown(seen, d) for seen in hot.issues(by=d.by, state=state)],
        "alerts": [
            {"id": a.pk, "name": a.issue.name, "url": reverse("staff:hot_issue", args=[a.issue_id])}
            for a in hot.alerts(by=d.by)
        ],
        "pages": [
            {"url": reverse("staff:hot"), "label": _("现在的热点"), "current": state not in hot.STATES},
            {
                "url": f"{reverse('staff:hot')}?state={hot.DISMISSED}",
                "label": hot.STATES[hot.DISMISSED].say(d.lang),
                "current": state == hot.DISMISSED,
            },
        ],
        "formula": _("热度 = 人数 + %(growth)s × 最近 %(days)s 天比之前 %(days)s 天多出的人数")
        % {"growth": f"{h.growth:g}", "days": h.days},
    }
    return show(d, "hot.html", context, at="hot")


@desk(Power.DASHBOARD)
def issue(d: Desk, issue_id: int) -> HttpResponse:
    """Show one issue with its matters; confirm, rename, split or dismiss it."""
    errors: dict[str, str] = {}
    post = d.request.POST
    if d.request.method == "POST":
        try:
            return _decide(d, issue_id, post.get("do", ""))
        except Invalid as wrong:
            errors = {name: text.say(d.lang) for name, text in wrong.fields.items()}
        except DeskError as refused:
            notify(d.request, refused.text.say(d.lang), "caution")
            return redirect("staff:hot")
    seen = hot.issue(issue_id, by=d.by)
    context = {
        "i": _shown(seen, d),
        "lines": lines(seen.rows, d),
        "may_decide": d.may(Power.SUPERVISION),
        "errors": errors,
        "given": post,
        "ticked": post.getlist("number"),
    }
    return show(d, "hot_issue.html", context, at="hot", status=400 if errors else 200)


def _decide(d: Desk, issue_id: int, do: str) -> HttpResponse:
    name = d.request.POST.get("name", "")
    if do == "dismiss":
        hot.dismiss(issue_id, by=d.by, at=d.at)
        notify(d.request, _("已排除；明显增长后才会再出现。"))
        return redirect("staff:hot")
    if do == "split":
        made = hot.split(issue_id, d.request.POST.getlist("number")[:500], name, by=d.by, at=d.at)
        notify(d.request, _("已拆出“%(name)s”。") % {"name": made.name})
    elif do == "rename":
        hot.rename(issue_id, name, by=d.by, at=d.at)
        notify(d.request, _("已改名。"))
    else:
        hot.confirm(issue_id, by=d.by, at=d.at)
        notify(d.request, _("已确认，并提醒了有关单位。"))
    return redirect("staff:hot_issue", issue_id)
