"""What a decision is about: the rows a form shows above its fields, so that nobody decides on what they cannot see.

One table for all steps by which one person decides on what another proposed, asked for or refused. A step that is in
`DECISIONS` and has nothing to show is a fault that a test finds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from wuxiao.desk.case import clocks, held
from wuxiao.desk.case.needs import DIVERT_WAYS
from wuxiao.desk.look.matter import View
from wuxiao.records.models import Entry, WorkOrder
from wuxiao.rules.flow import State
from wuxiao.rules.promise import Extension, Term, revise
from wuxiao.web.shared.dates import Lang, times, when
from wuxiao.web.shared.punctuation import full_width

Rows = list[tuple[str, str]]


def _unit(view: View, code: str, lang: Lang) -> str:
    found = view.rules.book.units.get(code)
    return found.name.say(lang) if found else code


def _last(view: View, *verbs: str) -> Entry | None:
    return next((e for e in reversed(view.entries) if e.verb in verbs), None)


def _said(view: View, entry: Entry | None, field: str) -> str:
    return (view.words.get((entry.turn, field)) or "") if entry is not None else ""


def _by(view: View, entry: Entry | None, lang: Lang) -> str:
    if entry is None:
        return ""
    unit = _unit(view, entry.unit, lang) if entry.unit else ""
    return " ".join(part for part in (unit, view.people.get(entry.staff_id or 0, "")) if part)


def _extension(view: View, lang: Lang) -> Rows:
    asked, matter = view.matter.extension, view.matter
    if not asked or matter.due_at is None:
        return []
    was = clocks.why_of(matter)
    wanted = Extension(Term.parse(asked["term"]), asked["reason"], datetime.fromisoformat(asked["at"]))
    new = revise(
        was,
        view.rules.calendar,
        pauses=[c.pause for c in was.pauses],
        extensions=[*(c.extension for c in was.extensions), wanted],
    )
    return [
        (_("谁申请的"), _by(view, _last(view, "extend"), lang)),
        (_("申请延期"), Term.parse(asked["term"]).words.say(lang)),
        (_("理由"), asked["reason"]),
        (_("现在的期限"), when(matter.due_at, lang)),
        (_("批准后的期限"), when(new.due, lang)),
    ]


def _diversion(view: View, lang: Lang) -> Rows:
    order = next((o for o in reversed(view.orders) if o.role == "lead" and o.state == "proposed"), None)
    if order is None:
        return []
    way = DIVERT_WAYS.get(order.way)
    level = next((x for x in view.rules.book.sign_levels if x.level == view.matter.sign_level), None)
    agreed = {None: "", True: _("同意"), False: _("不同意")}[order.caller_agrees]
    return [
        (_("本级"), f"{level.name.say(lang)}（{view.matter.sign_level}/{view.facts.sign_levels}）" if level else ""),
        (_("审核层级"), view.rules.book.sign_note.say(lang)),
        (_("转交给"), _unit(view, order.unit, lang)),
        (_("谁提请的"), _by(view, _last(view, "divert"), lang)),
        (_("理由"), order.reason),
        (_("方式"), way.say(lang) if way else ""),
        (_("诉求人"), agreed),
        (_("已同意的级别"), str(sum(1 for s in view.signoffs if s.agreed and s.round == view.matter.sign_round))),
    ]


def _decline(view: View, lang: Lang) -> Rows:
    entry = _last(view, "decline")
    if entry is None:
        return []
    ground = view.rules.book.decline_reasons.get(str(entry.facts.get("decline_reason", "")))
    return [
        (_("谁提请的"), _by(view, entry, lang)),
        (_("理由"), ground.name.say(lang) if ground else ""),
        (_("依据"), ground.law.say(lang) if ground else ""),
        (_("要告诉诉求人的话"), _said(view, entry, "reply")),
        (_("请诉求人去找"), _said(view, entry, "channel")),
    ]


def _offer(view: View, lang: Lang) -> Rows:
    order: WorkOrder | None = next(
        (o for o in reversed(view.orders) if o.role == "lead" and o.state == "offered"), None
    )
    if order is None:
        return []
    rows = [(_("从哪里来"), _unit(view, order.sender, lang)), (_("说明"), order.reason)]
    if view.matter.due_at is not None:
        rows.append((_("最晚答复"), when(view.matter.due_at, lang)))
    if view.facts.refusals:
        rows.append((_("已退单"), times(view.facts.refusals)))
    return rows


def _refusals(view: View, lang: Lang) -> Rows:
    refused = [o for o in view.orders if o.role == "lead" and o.state == "refused"]
    rows = [(_("%(unit)s退单") % {"unit": _unit(view, o.unit, lang)}, o.reason) for o in refused]
    if view.matter.decided:
        rows.append((_("原来指定的单位"), _unit(view, view.matter.holder, lang)))
    lead = view.matter.route_why.get("lead", "")
    if lead:
        why = full_width(view.matter.route_why.get("en" if lang == "en" else "zh", ""))
        rows.append((_("规则手册建议"), f"{_unit(view, lead, lang)}　{why}"))
    return rows


def _answer(view: View, lang: Lang) -> Rows:
    entry = _last(view, "answer")
    if entry is None:
        return []
    rows = [(_("原来的答复"), _said(view, entry, "reply")), (_("谁答复的"), _by(view, entry, lang))]
    rows.append((_("答复于"), when(entry.at, lang)))
    return rows


def _danger(view: View, lang: Lang) -> Rows:
    entry = _last(view, "bypass")
    if entry is None:
        return []
    return [
        (_("谁转来的"), _by(view, entry, lang)),
        (_("理由"), _said(view, entry, "reason")),
        (_("处置后交回"), _unit(view, str(entry.facts.get("from", "")), lang)),
    ]


def _look(view: View, lang: Lang) -> Rows:
    """What confirming that there is no danger does besides."""
    if view.matter.state == State.ANSWERED and view.facts.rated_by_resident:
        return [(_("同时"), _("诉求人已经评价：确认没有险情，这件事就办结。"))]
    if held.waits(view.entries):
        return [(_("同时"), _("诉求人要撤回：确认没有险情，这件事就撤回、办结。"))]
    return []


#: The steps that decide on something, each with the rows that say on what.
DECISIONS: Mapping[str, Callable[[View, Lang], Rows]] = {
    "grant": _extension,
    "deny": _extension,
    "sign": _diversion,
    "send_back": _diversion,
    "uphold": _decline,
    "overturn": _decline,
    "accept": _offer,
    "refuse": _offer,
    "decide": _refusals,
    "redo": _answer,
    "object": _answer,
    "stand_down": _danger,
    "look": _look,
}


def about(view: View, verb: str, lang: Lang) -> Rows:
    """Return the rows that say what a step decides on; none for a step that decides nothing of another's."""
    show = DECISIONS.get(verb)
    return [(label, value) for label, value in show(view, lang) if value] if show else []
