"""Taking a call: one page driven by the keyboard, with danger first and suggestions while the words come in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from wuxiao.desk.assist import similar
from wuxiao.desk.assist import suggest as reading
from wuxiao.desk.base.errors import Conflict, DeskError, Invalid
from wuxiao.desk.case import act as acting
from wuxiao.desk.diary import readings
from wuxiao.desk.files import drafts
from wuxiao.desk.look import callers
from wuxiao.desk.look import matter as look
from wuxiao.desk.matters import matters
from wuxiao.desk.matters.matters import Report
from wuxiao.desk.town import addresses
from wuxiao.rules.access import Power, Role
from wuxiao.rules.languages import FOREIGN
from wuxiao.rules.measures.published import CHANNELS
from wuxiao.rules.words import Text
from wuxiao.typed.numbers import whole_number
from wuxiao.web.shared import secrecy as secrecy_form
from wuxiao.web.shared.dates import when
from wuxiao.web.staff.alike import alike_shown
from wuxiao.web.staff.forms import (
    category_options,
    category_path,
    division_choices,
    unit_options,
    uploads_of,
    why_shown,
)
from wuxiao.web.staff.gate import Desk, desk, notify, show
from wuxiao.web.staff.lists import lines

_FIELDS = (
    "words",
    "category",
    "handling_class",
    "division",
    "address",
    "place",
    "name",
    "phone",
    "email",
    "hidden_unit",
    "items",
    "channel",
    "lang",
    "reads",
    "time",
    "plate",
)
_BY_HAND = ("phone", "call_110", "desk", "visit", "mail")


def _default_channel(d: Desk) -> str:
    police = any(post.role is Role.POLICE_OPERATOR for post in d.viewer.posts)
    return "call_110" if police else "phone"


@desk(Power.INTAKE)
def intake(d: Desk) -> HttpResponse:
    """Show the form, or receive the matter and go to the receipt."""
    request = d.request
    if request.method != "POST":
        return _form(d, {**dict.fromkeys(_FIELDS, ""), "channel": _default_channel(d)}, {})
    given = {name: request.POST.get(name, "").strip() for name in _FIELDS}
    if request.POST.get("carried"):
        # Words that could not be written to a closed matter: the caller's new one begins with them.
        return _form(d, {**given, "channel": _default_channel(d)}, {})
    if given["category"] == "other":
        given["category"] = request.POST.get("category_other", "")
    whom, unsaid = _whom(d, given)
    if unsaid:
        return _form(d, given, unsaid, whom=whom, status=400)
    try:
        report = _kept(_report(d, given), whom)
        matter = matters.receive(report, by=d.by, at=d.at, once=request.POST.get("once", "")[:80] or None)
    except Invalid as wrong:
        return _form(d, given, wrong.fields, whom=whom, status=400)
    except Conflict as conflict:
        return _form(d, given, {"__all__": conflict.text}, whom=whom, status=409)
    request.session["receipts"] = [matter.pk, *request.session.get("receipts", [])][:5]
    if into := request.POST.get("merge_into", "")[:24]:
        _join(d, matter.pk, into)
    return redirect("staff:receipt", matter.number)


#: What an operator is told when a caller's first words hold something against somebody.
ASK_THEM = Text(
    "还没有登记：来电人的话里反映了单位或办事的人，请先问要不要对它保密，选好再登记。",
    "Not registered yet: the words complain of an office or its staff. Ask whether to keep it from them, then send.",
)


def _whom(d: Desk, given: Mapping[str, str]) -> tuple[secrecy_form.Answer | None, dict[str, Text]]:
    """Return what is answered about secrecy, and what is wrong with it or still to be asked; None: nothing to ask.

    Certain danger waits for no answer: it is kept from whoever does the harm as the question begins.
    """
    before = secrecy_form.begins_with(given["words"], d.rules)
    if "hide" in d.request.POST:
        answer, errors = secrecy_form.read(d.request, d.rules, before)
        return answer, {name: Text(said, said) for name, said in errors.items()}
    if not before.hide or given["hidden_unit"]:
        return None, {}
    return before, {"hide": ASK_THEM} if secrecy_form.waits(before, d.request, given["words"]) else {}


def _kept(report: Report, whom: secrecy_form.Answer | None) -> Report:
    """Return the report with what was answered; whoever names a unit to keep it from is kept from its people too."""
    if whom is None:
        return replace(report, shielded=True) if report.about else report
    about = tuple(dict.fromkeys([*report.about, *whom.about]))
    return replace(report, about=about, shielded=True if whom.hide or about else False if whom.expected else None)


def _join(d: Desk, matter_id: int, into: str) -> None:
    try:
        acting.act(matter_id, "merge", {"matter": into}, by=d.by, at=d.at)
        notify(d.request, _("已登记，并入 %(number)s，诉求人照样收到进展。") % {"number": into})
    except DeskError as refused:
        text = refused.text.say(d.lang)
        notify(d.request, _("已登记，但没有并入：%(why)s") % {"why": text}, "caution")


def _report(d: Desk, given: Mapping[str, str]) -> Report:
    request = d.request
    address = None
    if given["address"]:
        address = whole_number(given["address"])
        if address is None:
            raise Invalid({"place": Text("地址有误，请重新选择", "the address is wrong; choose it again")})
    return Report(
        words=given["words"],
        channel=given["channel"] if given["channel"] in _BY_HAND else _default_channel(d),
        lang="en" if given["lang"] == "en" else "zh-hans",
        reads=given["reads"],
        category=given["category"],
        handling_class=given["handling_class"],
        division=given["division"],
        address_id=address,
        place=given["place"] if address is None else "",
        name=given["name"][:120],
        phone=given["phone"],
        email=given["email"],
        by_sms=bool(request.POST.get("by_sms")),
        visit_consent=bool(request.POST.get("visit_consent")),
        about=(given["hidden_unit"],) if given["hidden_unit"] else (),
        items=tuple(line.strip() for line in given["items"].splitlines() if line.strip()),
        details=(("time", given["time"]), ("plate", given["plate"])),
        uploads=uploads_of(request, d.rules),
    )


def _form(
    d: Desk,
    given: Mapping[str, Any],
    errors: Mapping[str, Text],
    *,
    whom: secrecy_form.Answer | None = None,
    status: int = 200,
) -> HttpResponse:
    book, lang = d.rules.book, d.lang
    words = str(given.get("words", ""))
    context = {
        "given": given,
        "errors": {name: text.say(lang) for name, text in errors.items()},
        "once": matters.new_key(),
        "channels": [(code, CHANNELS[code].say(lang)) for code in _BY_HAND],
        "tongues": [
            ("", _("中文，或没有问")),
            *((code, f"{one.name.say(lang)} {one.own}") for code, one in FOREIGN.items()),
        ],
        "classes": [("", _("随分类")), *((c.code, c.name.say(lang)) for c in book.classes.values())],
        "divisions": [("", _("未定")), *((c, n) for c, n, _h in division_choices(d.rules, lang))],
        "category_options": category_options(d.rules.id, lang),
        "unit_options": unit_options(d.rules.id, lang),
        "guesses": guesses_shown(reading.category(words[: reading.READ], d.rules), d) if words else [],
        "danger": _danger(words, lang) if words else None,
        "chosen_category": category_path(d.rules, str(given.get("category", "")), lang)
        if given.get("category")
        else "",
        "hotline": book.town.phone,
        "promised": _promised(d, given),
        "whom": secrecy_form.fields(whom, d.rules) if whom is not None else None,
    }
    return show(d, "intake.html", context, at="take_call", status=status)


def guesses_shown(answer: reading.Answer, d: Desk) -> list[dict[str, Any]]:
    """Return suggested categories for a page: code, name with its branch, why, and whether its class is urgent."""
    return [
        {
            "code": r.code,
            "name": category_path(d.rules, r.code, d.lang),
            "why": why_shown(answer, r, d.lang),
            "urgent": d.rules.book.categories[r.code].handling_class == reading.URGENT,
        }
        for r in answer.ranked
    ]


def _danger(words: str, lang: str) -> dict[str, Any] | None:
    return _danger_shown(drafts.danger_in(words), lang)


def _danger_shown(found: reading.Danger, lang: str) -> dict[str, Any] | None:
    if found.tier == "none":
        return None
    return {"tier": found.tier, "why": found.why.en if lang == "en" else found.why.zh}


@desk(Power.INTAKE, json=True)
def suggest(d: Desk) -> JsonResponse:
    """Return what the words typed so far say: categories, class, unit, details, marked words, danger."""
    words = d.request.POST.get("words", "")[: reading.READ]
    if not words.strip():
        return JsonResponse({"guesses": [], "known": False, "danger": None, "details": [], "said": [], "lines": []})
    chosen = d.request.POST.get("category", "")
    found = reading.suggest(
        words,
        d.rules,
        at=d.at,
        division=d.request.POST.get("division", ""),
        chosen=chosen if chosen in d.rules.book.categories else "",
    )
    book, lang = d.rules.book, d.lang
    best = found.handling_class.best
    lines = []
    if not found.category.known:
        lines.append(_("分类：不知道，请您判断"))
    if best:
        why = why_shown(found.handling_class, found.handling_class.ranked[0], lang)
        name = book.classes[best].name.say(lang)
        lines.append(_("类别：%(name)s") % {"name": f"{name} · {why}" if why else name})
    if found.kind:
        lines.append(_("种类：%(name)s") % {"name": book.kinds[found.kind].name.say(lang)})
    if found.unit in book.units:
        name = book.units[found.unit].name.say(lang)
        lines.append(_("可能的单位：%(name)s") % {"name": f"{name} · {found.unit_why.say(lang)}"})
    return JsonResponse(
        {
            "guesses": guesses_shown(found.category, d),
            "known": found.category.known,
            "lines": lines,
            "details": [
                {
                    "what": one.what,
                    "label": DETAIL_NAMES[one.what].say(lang),
                    "text": one.text,
                    "value": one.shown.say(lang),
                }
                for one in found.details
            ],
            "said": [[part.text, part.kind] for part in found.stretches],
            "danger": _danger_shown(found.danger, lang),
        }
    )


def _promised(d: Desk, given: Mapping[str, Any]) -> dict[str, Any]:
    category, chosen = str(given.get("category", "")), str(given.get("handling_class", ""))
    report = Report(words=str(given.get("words", ""))[: reading.READ], category=category, handling_class=chosen)
    if not report.words.strip():
        return {"said": "", "urgent": False}
    code, due = matters.foreseen(report, d.rules, at=d.at)
    said = _("登记后：%(name)s，最晚 %(due)s 答复") % {
        "name": d.rules.book.classes[code].name.say(d.lang),
        "due": when(due, d.lang),
    }
    return {"said": said, "urgent": code == reading.URGENT}


@desk(Power.INTAKE, json=True)
def foreseen(d: Desk) -> JsonResponse:
    """Return the class a matter would get and by when it would be answered, to stand beside the button."""
    return JsonResponse(_promised(d, {name: d.request.POST.get(name, "") for name in _FIELDS}))


#: What is read out of a message, in words.
DETAIL_NAMES = {
    "time": Text("时间", "time"),
    "money": Text("金额", "sum"),
    "people": Text("人数", "people"),
    "phone": Text("电话", "phone"),
    "plate": Text("车牌", "plate"),
    "place": Text("地点", "place"),
}


@desk(Power.INTAKE)
def alike(d: Desk) -> HttpResponse:
    """Show matters like the one being written, for a page that asks with scripts."""
    if d.request.method != "POST":
        return redirect("staff:take_call")
    return render(d.request, "staff/alike.html", {"alike": alike_shown(_alike(d), d), "at_intake": True})


def _alike(d: Desk) -> list[similar.Alike]:
    post = d.request.POST
    found = similar.like(
        post.get("words", "")[: reading.READ],
        by=d.by,
        at=d.at,
        category=post.get("category", ""),
        place=post.get("place", "")[:200],
        address_id=whole_number(post.get("address")),
    )
    readings.note_many([one.row.id for one in found], by=d.by, at=d.at, fields=["title"], how="alike")
    return found


@desk(Power.INTAKE, json=True)
def places(d: Desk) -> JsonResponse:
    """Return standard addresses for what is typed: id, name and division of each."""
    found = addresses.search(d.request.GET.get("q", "")[:80], d.rules.book)
    return JsonResponse(
        {
            "found": [
                {
                    "id": f.value[2:] if f.value.startswith("a:") else "",
                    "name": f.label.say(d.lang),
                    "division": f.division,
                }
                for f in found
            ]
        }
    )


@desk(Power.INTAKE)
def caller(d: Desk) -> HttpResponse:
    """Show the caller's earlier matters and others at the place; reading by phone number is written down."""
    if d.request.method != "POST":
        return redirect("staff:take_call")
    address = whole_number(d.request.POST.get("address"))
    context = {
        "of_phone": lines(callers.of_phone(d.request.POST.get("phone", ""), by=d.by, at=d.at), d),
        "at_address": lines(callers.at_address(address, by=d.by, at=d.at), d) if address is not None else [],
        "alike": alike_shown(_alike(d), d) if d.request.POST.get("words") else [],
        "at_intake": False,
    }
    if d.request.headers.get("X-Requested-With") == "fetch":
        return render(d.request, "staff/caller.html", context)
    return show(d, "caller_page.html", context, at="take_call")


@desk(Power.INTAKE)
def receipt(d: Desk, number: str) -> HttpResponse:
    """Show the receipt code, large, to be read out to the caller; only to the one who just received the matter."""
    matter, rules, _facts = look.find(number, by=d.by, at=d.at)
    if matter.pk not in d.request.session.get("receipts", []):
        notify(d.request, _("查询码只在登记后给登记人看一次；诉求人可以凭短信或回执查询。"), "caution")
        return redirect("staff:matter", number)
    units = rules.book.units
    context = {
        "matter": matter,
        "due": when(matter.due_at, d.lang) if matter.due_at else "",
        "holder": units[matter.holder].name.say(d.lang) if matter.holder in units else matter.holder,
        "again": reverse("staff:take_call"),
    }
    return show(d, "receipt.html", context, at="take_call")
