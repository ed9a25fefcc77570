"""Behind the code: receipt, progress, what the resident can do, who read their data, taking it along, erasing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_safe

from wuxiao.desk.base.actor import RESIDENT, Actor
from wuxiao.desk.base.errors import Conflict, Invalid, NotFound, Refused, Stale
from wuxiao.desk.case import heard, held, sentences
from wuxiao.desk.case.act import act
from wuxiao.desk.case.needs import CALLER_CHECKS
from wuxiao.desk.case.sentences import has_chinese
from wuxiao.desk.case.tell import page_of
from wuxiao.desk.case.wishes import By, Wish
from wuxiao.desk.diary import readings, receipts
from wuxiao.desk.files import drafts, files
from wuxiao.desk.look import offered
from wuxiao.desk.matters import matters, secrecy
from wuxiao.desk.matters.progress import OUTCOMES, STANDS, Progress, data_of, file_of, look
from wuxiao.rules import hide
from wuxiao.rules.codes import grouped
from wuxiao.rules.flow import State
from wuxiao.rules.languages import FOREIGN
from wuxiao.rules.words import Text
from wuxiao.typed.numbers import whole_number
from wuxiao.web.resident import base
from wuxiao.web.resident.report import chosen_files, file_answer
from wuxiao.web.shared import dates, qr, shown, tongues
from wuxiao.web.shared import secrecy as secrecy_form
from wuxiao.web.shared.dates import active_lang
from wuxiao.web.shared.punctuation import full_width

DONE = "done"
#: Says on the page after a step that it is kept from somebody without their having been asked first.
KEPT = "kept"
WORDS_LIMIT = 4000
#: Steps that are taken on the matter as it was seen; words are added whatever happened meanwhile.
_COMPARED = frozenset({"rate", "object", "withdraw", "appeal", "unshield"})
#: What lies open where everything kept is shown.
_ALL = (*readings.PAGE, "contact")
#: How it stands for somebody joined to a report whose own requester was asked.
_OTHERS = Text("等另一位补充", "waiting for somebody else’s reply")


def _open(request: HttpRequest, code: str, *, fields: Sequence[str] = readings.PAGE) -> Progress:
    """Read what the code shows; only a miss is counted. Raises `Throttled` or `NotFound`.

    Somebody who is signed in as staff in the same browser is written down as a reader, and may take no step: the code
    is the resident's own.
    """
    staff = base.staff_of(request)
    if request.method == "POST":
        base.not_as_staff(staff)
    try:
        seen = look(code, active_lang(), at=base.now())
    except NotFound:
        base.missed_lookup(request, base.rules_now())
        raise
    if staff is not None:
        readings.note(seen.matter, by=staff, at=base.now(), fields=fields, how="code")
    return seen


def _page(
    request: HttpRequest,
    template: str,
    seen: Progress,
    context: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
    form: bool = False,
) -> HttpResponse:
    values = {"p": seen, "code": seen.matter.code, "kept": kept_of(seen), **(context or {})}
    response = base.page(request, template, seen.rules, values, status=status, form=form)
    response.headers["Cache-Control"] = "no-store, private"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    base.remember_lookup(request, response, seen.matter.code)
    return response


def _said(seen: Progress, text: str) -> str:
    return full_width(text) if seen.lang == "zh" else text


def kept_of(seen: Progress) -> str:
    """Return what is kept from whom in words; an empty text where nothing is."""
    said = [_said(seen, one.say(seen.lang)) for one in secrecy.told_of(seen.matter, seen.rules.book)]
    return (" " if seen.lang == "en" else "").join(said)


def whose_of(seen: Progress) -> list[str]:
    """Return who wanted it kept secret, since when and by which check, a sentence for each wish."""
    lines: dict[tuple[str, str], list[str]] = {}
    for wish in seen.wishes:
        what = base.say(hide.name_of(seen.rules.book, wish.about)) if wish.about else _("办理的人（姓名和电话）")
        lines.setdefault((_wanted(seen, wish), dates.when(wish.at)), []).append(what)
    between = "、" if seen.lang == "zh" else ", "
    said = _("瞒着%(whom)s：%(who)s，从%(since)s起。")
    return [said % {"whom": between.join(names), "who": who, "since": at} for (who, at), names in lines.items()]


def _wanted(seen: Progress, wish: Wish) -> str:
    """Return in words whose wish it is."""
    unit = sentences.unit_name(seen.rules.book, wish.unit, seen.lang)
    match wish.by:
        case By.HERSELF:
            return _("您自己要求的")
        case By.DESK if wish.check in CALLER_CHECKS:
            check = CALLER_CHECKS[wish.check].say(seen.lang)
            return _("%(unit)s替您记下的（%(check)s）") % {"unit": unit, "check": check}
        case By.DESK:
            return _("%(unit)s替您记下的") % {"unit": unit}
        case By.BROUGHT:
            return _("%(unit)s的平台转来时带着的") % {"unit": unit}
        case By.FILE:
            return _("以前的登记里写着要保密")
        case By.ALONG:
            return _("和您一起反映的另一件一样")
    return _("没有先问您，按规则先替您保密的")


@require_safe
def receipt(request: HttpRequest, code: str) -> HttpResponse:
    """The receipt: the code, who has it, the promised date and why."""
    seen = _open(request, code)
    contact = seen.contact
    told = ""
    if contact is not None and contact.phone and contact.by_sms:
        told = _("有进展就发短信到尾号 %(tail)s 的手机") % {"tail": contact.phone[-4:]}
    elif contact is not None and contact.email:
        told = _("有进展就发邮件给您")
    context = {
        "grouped": grouped(seen.matter.code),
        "qr": qr.picture(page_of(seen.matter)),
        "due": dates.when(seen.due) if seen.due else "",
        "why": _said(seen, seen.why),
        "told": told or _("您没有留联系方式：请凭查询码自己来看"),
        "danger": _calls(seen) and _not_called(seen),
        "called": seen.called,
        "numbers": seen.rules.book.town.emergency_numbers,
        **tongues.says(request, ("danger", "receipt"), seen.rules.book),
        "unread": seen.shown.unread_since is not None,
    }
    return _page(request, "receipt.html", seen, context)


@require_safe
def receipt_text(request: HttpRequest, code: str) -> HttpResponse:
    """The receipt as a small text file to keep on the phone."""
    seen = _open(request, code)
    lines = [
        seen.rules.book.town.operator.say(seen.lang),
        *([_("这件事替您保密。") + (" " if seen.lang == "en" else "") + kept] if (kept := kept_of(seen)) else []),
        _("查询码：%(code)s") % {"code": grouped(seen.matter.code)},
        _("事项编号：%(number)s") % {"number": seen.matter.number},
        _("收到时间：%(at)s") % {"at": dates.when(seen.matter.received_at)},
        *([_("您已经打了 %(number)s：请先听他们的安排") % {"number": seen.called}] if seen.called else []),
        _("现在谁在办：%(unit)s") % {"unit": seen.holder},
        _("最晚答复：%(at)s") % {"at": dates.when(seen.due) if seen.due else "—"},
        _said(seen, seen.why),
        _("看进度：%(url)s") % {"url": page_of(seen.matter)},
        _("也可以打电话：%(phone)s") % {"phone": base.HOTLINE},
        "",
        *receipts.as_lines(receipts.of_entry(seen.first)),
    ]
    body = "\ufeff" + "\r\n".join(lines) + "\r\n"
    response = HttpResponse(body, content_type="text/plain; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{seen.matter.number}.txt"'
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _done(verb: str, seen: Progress) -> str:
    """Return what is said after a step."""
    if verb in held.TAKES_BACK and any(line.verb == verb and line.stays for line in seen.lines[-3:]):
        return {
            "urge": _("已经催了。您原来要撤回，现在接着办；还是要撤，请再点一次“撤回”"),
        }.get(verb, _("已收到。您原来要撤回，现在接着办；还是要撤，请再点一次“撤回”"))
    if verb in {"withdraw", "rate"} and seen.shown.danger_open and seen.state is not State.CLOSED:
        return {
            "withdraw": _("已记下您要撤回。这件事可能有危险，工作人员先看过，没有危险就撤回"),
            "rate": _("谢谢您的评价。这件事可能有危险，工作人员先看过再办结"),
        }[verb]
    return {
        "reply": _("已收到您的补充，接着办"),
        "add": _("已补充，办理的人能看到"),
        "rate": _("谢谢您的评价"),
        "object": _("已收到您的异议，重新办理，期限也重新算"),
        "appeal": _("已收到您的复查申请"),
        "withdraw": _("已撤回，这件事不再办了"),
        "urge": _("已经催了，办的单位会看到"),
        "shield": _("已经替您保密"),
        "unshield": _("好，照您说的改了"),
        "say_apart": _("记下了：工作人员会看是不是同一件事，再告诉您"),
        "erase": _("您的个人信息已经删除"),
        "ask_erase": _("记下了：可能有危险，工作人员看过以后就删，不用再来"),
        "keep_data": _("好，您的信息先不删"),
    }.get(verb, "")


@require_safe
def progress(request: HttpRequest, code: str) -> HttpResponse:
    """Where it stands: who has it since when, what follows, by when and why, and every step so far."""
    seen = _open(request, code)
    if code != seen.matter.code:
        return HttpResponseRedirect(reverse("resident_progress", args=[seen.matter.code]))
    if seen.answer is not None:
        matters.mark_told(seen.matter, at=base.now())
    done = _done(request.GET.get(DONE, ""), seen)
    notices = [("done", done)] if done else []
    if request.GET.get(KEPT) and seen.matter.shielded:
        notices.append(
            (
                "caution",
                _(
                    "您说的事等不得，没有先问您就替您保密了：您说到的单位看不到这件事。还要对谁保密，点下面的“请替我保密”。"
                ),
            )
        )
    return _progress(request, seen, notices)


def _progress(request: HttpRequest, seen: Progress, notices: list[tuple[str, str]], status: int = 200) -> HttpResponse:
    matter, at = seen.matter, base.now()
    tone, icon_name = shown.state_look(seen.state.value)
    acts = _acts(seen)
    beside = offered.by_requester(seen.matter, base.rules_now(), at=base.now(), erased=seen.erased)
    leads = bool(acts) and (seen.state in {State.WAITING, State.ANSWERED} or (seen.late and "urge" in seen.open_verbs))
    context = {
        "notices": notices,
        "state_name": _OTHERS if seen.state is State.WAITING and matter.pk != seen.shown.pk else STANDS[seen.state],
        "state_tone": "late" if seen.late else tone,
        "state_icon": "late" if seen.late else icon_name,
        "outcome": OUTCOMES.get(matter.outcome),
        "title": matter.title or _("事项 %(number)s") % {"number": matter.number},
        "rows": _now_rows(seen),
        "why": _said(seen, seen.why),
        "late_by": dates.span(at - seen.due, units=1) if seen.late and seen.due else "",
        "events": _events(seen),
        "plain": _said(seen, seen.plain),
        "first": acts[0] if leads else None,
        "rest": acts[1:] if leads else acts,
        "shut": [
            (step.name, _said(seen, refusal.text.say(seen.lang))) for step, refusal in seen.verbs if refusal is not None
        ],
        "danger": (_calls(seen) and _not_called(seen)) or seen.state is State.URGENT,
        "called": seen.called if seen.shown.danger_open else "",
        "unread": seen.shown.unread_since is not None,
        "answer_words": _said(seen, seen.answer.words) if seen.answer else "",
        "in_chinese": seen.lang == "en" and seen.answer is not None and has_chinese(seen.answer.words),
        "question_in_chinese": seen.lang == "en" and has_chinese(seen.question),
        "merged": matter.pk != seen.shown.pk,
        "papers": matter.pk == seen.shown.pk and any(line.verb == "issue_paper" for line in seen.lines),
        "withdraws": seen.withdraws and seen.state is not State.CLOSED,
        "whose": whose_of(seen),
        "may_open": "unshield" in seen.open_verbs,
        "said_beside": [(base.say(text), icon) for text, icon in beside.said],
        "ways": [base.way(way) for way in beside.ways],
    }
    return _page(request, "progress.html", seen, context, status=status)


def _now_rows(seen: Progress) -> list[tuple[str, ...]]:
    state, matter = seen.state, seen.shown
    rows: list[tuple[str, ...]] = [
        (_("谁在办") if state is not State.CLOSED else _("谁办的"), seen.holder),
        (_("从什么时候起"), dates.when(matter.holder_since), "plain"),
    ]
    if state is State.CLOSED:
        outcome = OUTCOMES.get(seen.matter.outcome)
        if outcome is not None:
            rows.append((_("结果"), outcome.say(seen.lang)))
        if matter.closed_at:
            rows.append((_("什么时候办结的"), dates.when(matter.closed_at), "plain"))
        return rows
    rows.append((pgettext("进度", "下一步"), _said(seen, seen.next_step), "plain"))
    if state is State.WAITING:
        if seen.next_by:
            asked = seen.matter.pk == seen.shown.pk
            rows.append((_("请在这之前补充") if asked else _("最晚等到"), dates.when(seen.next_by)))
        paused = (
            _("暂停计时，等您补充；停多久就往后推多久")
            if seen.matter.pk == seen.shown.pk
            else _("暂停计时，等另一位反映的人补充；停多久就往后推多久")
        )
        rows.append((_("答复期限"), paused, "plain"))
    elif state is State.ANSWERED:
        if seen.next_by and not matter.danger_open and matter.unread_since is None:
            rows.append((_("没有异议就自动办结"), dates.when(seen.next_by), "plain"))
    elif seen.due:
        rows.append((_("最晚什么时候答复您"), dates.when(seen.due)))
    return rows


def _events(seen: Progress, *, all_words: bool = False) -> list[dict[str, Any]]:
    """Return the lines of the timeline, newest first; the answer that stands above is not quoted a second time."""
    events: list[dict[str, Any]] = []
    told = seen.answer.words if seen.answer else None
    moving = seen.state not in {State.CLOSED, State.ANSWERED}
    for n, line in enumerate(reversed(seen.lines)):
        now = n == 0 and moving
        refused = line.verb in {"refuse", "send_back"}
        events.append(
            {
                "what": _said(seen, line.sentence),
                "at": dates.when(line.at),
                "iso": line.at.isoformat(),
                "by": line.by if line.by and line.by not in line.sentence else "",
                "tone": "refused" if refused else "now" if now else "done",
                "icon": shown.verb_icon(line.verb),
                "quote": "",
                "quotes": [
                    q if line.verb in {"receive", "reply", "add", "rate"} else _said(seen, q)
                    for q in line.quotes
                    if all_words or line.verb != "answer" or q != told
                ],
                "files": line.files,
            }
        )
    return events


def _acts(seen: Progress) -> list[tuple[str, str, str, str]]:
    words: dict[str, tuple[str, str]] = {
        "reply": (_("回复，补充情况"), ""),
        "rate": (_("评价办得怎么样"), _("五档，自愿")),
        "object": (_("不满意，提出异议"), _("写明哪里没办好，重新办理")),
        "add": (_("补充几句话或照片"), ""),
        "urge": (_("催一催"), _("让办的单位知道您在等")),
        "appeal": (_("申请复查（复核）"), _("请上一级机关再看一遍")),
        "shield": (
            _("请替我保密"),
            _("加上别的单位，也不让它知道")
            if seen.matter.shielded
            else _("不让被反映的单位知道，也不让办的人看到您是谁"),
        ),
        "unshield": (_("不用再保密，或者少瞒几个单位"), _("写错了、不需要了，都可以改")),
        "say_apart": (_("不是同一件事"), _("请工作人员看一看，分开来单独办")),
        "withdraw": (_("不办了，撤回"), ""),
    }
    open_now = seen.open_verbs
    return [
        (reverse("resident_do", args=[seen.matter.code, verb]), title, hint, shown.verb_icon(verb))
        for verb, (title, hint) in sorted(words.items(), key=lambda row: seen.late and row[0] != "urge")
        if verb in open_now
    ]


@dataclass(frozen=True, slots=True)
class Form:
    """One page of one verb: its question, a line under it, the text field, and what its button says."""

    question: str
    lead: str
    field: str
    hint: str
    send: str
    photos: bool = False
    optional: bool = False
    danger: bool = False
    instead: str = ""


def _forms() -> dict[str, Form]:
    return {
        "reply": Form(_("请您补充"), "", "words", _("知道多少写多少"), _("提交补充"), photos=True),
        "add": Form(
            _("您要补充什么？"), "", "words", _("新情况、要更正的，或者只传照片也行"), _("提交补充"), photos=True
        ),
        "rate": Form(
            _("这件事办得怎么样？"),
            _("评价完全自愿，提交后事项办结。"),
            "words",
            _("想说明原因可以写在这里"),
            _("提交评价"),
            optional=True,
        ),
        "object": Form(
            _("哪里没有办好？"),
            _("提出异议后重新办理，答复期限从今天重新算。"),
            "reason",
            _("写明还差什么、您希望怎样"),
            _("提出异议"),
            photos=True,
        ),
        "appeal": Form(
            _("为什么申请复查（复核）？"),
            _("由上一级机关再审查一遍，期限按《信访工作条例》算。"),
            "reason",
            _("写明对答复哪一点不服"),
            _("申请复查"),
        ),
        "withdraw": Form(
            _("要撤回这件事吗？"),
            _("撤回以后不再办理。以后还可以重新反映。"),
            "reason",
            _("愿意的话写一下原因，比如“已经解决了”"),
            _("撤回这件事"),
            optional=True,
            danger=True,
        ),
        "shield": Form(
            _("请替我保密"),
            "",
            "reason",
            _("有什么要提醒我们的，可以写在这里"),
            _("请替我保密"),
            optional=True,
        ),
        "say_apart": Form(
            _("哪里不一样？"),
            _("由工作人员看过再定，结果和理由都告诉您。定下来以前，照样一起办。"),
            "words",
            _("写明您说的是哪一件，比如地点、时间、事情哪里不同"),
            _("不是同一件事"),
        ),
        "unshield": Form(
            _("不用再瞒着谁？"),
            _("改了以后，随时可以再点“请替我保密”。"),
            "reason",
            "",
            _("不用再瞒着"),
            optional=True,
        ),
        "urge": Form(
            _("催一催"),
            _("会记在进度里，办的单位和管它的单位都能看到。"),
            "reason",
            _("想说什么可以写在这里"),
            _("催办"),
            optional=True,
        ),
    }


@require_http_methods(["GET", "HEAD", "POST"])
def do(request: HttpRequest, code: str, verb: str) -> HttpResponse:
    """One step the resident takes: ask on a page of its own, act once, come back to the progress page."""
    seen = _open(request, code)
    form = _forms().get(verb)
    if form is None:
        raise NotFound
    at, limits = base.now(), seen.rules.book.uploads
    given: dict[str, Any] = {}
    tokens, errors, notices = list[str](), dict[str, list[str]](), list[tuple[str, str]]()
    whom = secrecy_form.Answer(True)
    asked = verb == "shield"
    key, status = matters.new_key(), 200
    version = _version(seen, verb)
    if request.method == "GET" and verb not in seen.open_verbs:
        return _progress(request, seen, [("caution", _not_now(seen, verb))], status=409)
    if seen.erased and verb not in seen.open_verbs and not heard.calls(*map(request.POST.get, ("words", "reason"))):
        # What was erased takes no more words: a page left open says so too. Danger is kept all the same.
        return _progress(request, seen, [("caution", _not_now(seen, verb))], status=409)
    if request.method == "POST":
        key = request.POST.get("key", "")[:60] or key
        given = {name: base.text_of(request, name) for name in ("words", "reason") if name in request.POST}
        given |= {n: request.POST[n] for n in ("rating", "solved", "contacted") if request.POST.get(n)}
        if verb == "unshield":
            given = _opened(request)
        if verb == "shield":
            whom, wrong_whom = secrecy_form.read(request, seen.rules, whom)
            errors = {name: [said] for name, said in wrong_whom.items()}
        tokens = [t for t in request.POST.getlist("photo") if drafts.load(t) is not None]
        if form.photos:
            tokens, wrong = drafts.add_photos(
                tokens, chosen_files(request, limits.bytes), limits, at=at, already=len(seen.files)
            )
            if wrong:
                errors["files"] = [base.say(text) for text in wrong]
        for name in ("words", "reason"):
            if len(given.get(name, "")) > WORDS_LIMIT:
                errors[name] = [_("太长了，最多 %(n)s 字") % {"n": WORDS_LIMIT}]
        if verb == "add" and tokens and not given.get("words"):
            given["words"] = _("补充了照片")
        said = str(given.get("words") or given.get("reason") or "")
        if not asked and (before := _against_somebody(request, seen, said)) is not None:
            asked = True
            if "hide" in request.POST:
                whom, wrong_whom = secrecy_form.read(request, seen.rules, before)
                errors |= {name: [words] for name, words in wrong_whom.items()}
            elif not secrecy_form.waits(before, request, said):
                whom = before
            else:
                whom = before
                notices = [
                    ("caution", _("您写的话里说到了单位或办事的人。提交以前请选一下：要不要对它保密？选好再点一次。"))
                ]
        hers = secrecy.in_her_name(asked=verb == "shield" or "hide" in request.POST)
        if errors and _heard_first(seen, verb, given, whom if asked else None, hers, at):
            seen = look(code, active_lang(), at=at)
            version = _version(seen, verb)
        if not errors and not notices:
            try:
                sent = whole_number(request.POST.get("version"), 0, 2**31 - 1)
                taken = verb
                if asked and verb != "shield" and whom.hide:
                    # First out of their hands, then the words: nobody they speak of is told them in between.
                    secrecy.keep_from(seen.matter.pk, whom.each, by=hers, at=at, once=f"p:{key}")
                    after = look(code, active_lang(), at=at)
                    sent = _version(after, verb) if sent == version else sent
                    if (
                        verb in {"reply", "urge", "say_apart"}
                        and verb not in after.open_verbs
                        and "add" in after.open_verbs
                    ):
                        taken, given = "add", {"words": said}
                for n, more in enumerate(whom.each if verb == "shield" else [{}]):
                    act(
                        seen.matter.pk,
                        taken,
                        given | more,
                        by=RESIDENT,
                        at=at,
                        version=sent if verb in _COMPARED else None,
                        once=f"p:{key}" + (f":{n}" if n else ""),
                        uploads=[u for t in tokens if (u := drafts.load(t)) is not None],
                    )
            except Invalid as problem:
                errors = {name: [base.say(text)] for name, text in problem.fields.items()}
                seen = look(code, active_lang(), at=at)
                version = _version(seen, verb)
            except (Stale, Conflict) as problem:
                notices, key, status = [("caution", base.say(problem.text))], matters.new_key(), 409
                seen = look(code, active_lang(), at=at)
                version = _version(seen, verb)
            except Refused as problem:
                notices, status = [("caution", base.say(problem.text))], 409
            else:
                drafts.drop(tokens)
                target = reverse("resident_progress", args=[seen.matter.code])
                if verb == "rate":
                    after = look(code, active_lang(), at=at)
                    if after.asked_again is not None and "object" in after.open_verbs:
                        # One step from "not solved" to having it done again, with the words already there.
                        return HttpResponseRedirect(
                            f"{reverse('resident_do', args=[seen.matter.code, 'object'])}?{DONE}=rate"
                        )
                unasked = asked and verb != "shield" and "hide" not in request.POST
                return HttpResponseRedirect(f"{target}?{DONE}={verb}{f'&{KEPT}=1' if unasked else ''}")
    if verb == "object":
        form = _object_form(form, seen)
        if request.method != "POST" and seen.asked_again is not None:
            given = {"reason": seen.asked_again}
            if done := _done(request.GET.get(DONE, ""), seen):
                notices = [("done", done)]
    context = {
        "form": form,
        "verb": verb,
        "question": _said(seen, seen.question) if verb == "reply" else "",
        "given": given,
        "tokens": tokens,
        "limits": limits,
        "errors": errors,
        "notices": notices,
        "key": key,
        "version": version if verb in _COMPARED else None,
        "whom": secrecy_form.fields(whom, seen.rules),
        "asked": asked,
        "opens": _may_open(seen) if verb == "unshield" else None,
        "danger": heard.calls(*given.values()) or (_calls(seen) and _not_called(seen)),
    }
    return _page(request, "do.html", seen, context, status=400 if errors else status, form=True)


def _calls(seen: Progress) -> bool:
    """Whether whom to call stands first: danger is open, or what was written nobody could read yet, whatever the state.

    Of somebody joined her own words count as well as those of the main report.
    """
    both = (seen.shown, seen.matter)
    return any(one.danger_open or one.unread_since is not None for one in both)


def _not_called(seen: Progress) -> bool:
    """Whether the numbers stay: a button said that they called, but which one may have been pressed unread."""
    return not seen.called or seen.shown.unread_since is not None


def _heard_first(
    seen: Progress, verb: str, given: Mapping[str, Any], whom: secrecy_form.Answer | None, hers: Actor, at: datetime
) -> bool:
    """Keep danger told on a form that comes back to be mended, first from those the words speak of; tell whether so."""
    texts = {name: given[name] for name in ("words", "reason") if given.get(name)}
    told = heard.Told(seen.matter.pk, verb, texts, hers, at)
    return secrecy.hear(told, whom.each if whom is not None and whom.hide else ()) is not None


def _opened(request: HttpRequest) -> dict[str, Any]:
    """Return what is kept from nobody any longer, as the page gave it."""
    agrees = {"caller_agrees": "yes"} if request.POST.get("caller_agrees") == "1" else {}
    return {
        "whom": request.POST.getlist("whom")[:50],
        "open_name": "yes" if request.POST.get("open_name") == "1" else "no",
        **agrees,
    }


def _may_open(seen: Progress) -> dict[str, Any]:
    """Return what the page that takes secrecy back shows: from whom it is kept, and who else would have to be told."""
    book, hidden = seen.rules.book, hide.unpack(seen.matter.hidden_own)
    about = sorted(hide.unpack(seen.matter.about))
    circles = {
        one: base.say(circle.name)
        for circle in hide.circles_of(book, hidden)
        for one in about
        if circle in hide.circles_of(book, hide.from_about(book, [one], seen.matter.division))
    }
    return {
        "whom": [
            (
                one,
                base.say(hide.name_of(book, one)),
                _("%(circle)s的其他单位也一起") % {"circle": circles[one]} if one in circles else "",
            )
            for one in about
        ],
        "name": seen.matter.shielded,
        "platform": bool(secrecy.copies(seen.shown)),
        "parts": bool(seen.parts) or seen.matter.split_from_id is not None,
    }


def _against_somebody(request: HttpRequest, seen: Progress, said: str) -> secrecy_form.Answer | None:
    """Return what the question about secrecy begins with for words that come later; None where it is not asked."""
    if "hide" in request.POST:
        return secrecy_form.Answer(True)
    return secrecy_form.later(said, seen.matter, seen.rules) if said and not seen.erased else None


def _version(seen: Progress, verb: str) -> int:
    """Return the version a step is compared with: a joined reporter speaks on the main report, rates her own."""
    return (seen.matter if verb in {"rate", "withdraw", "shield", "unshield", "say_apart"} else seen.shown).version


def _object_form(form: Form, seen: Progress) -> Form:
    asked = seen.asked_again is not None
    return replace(
        form,
        question=_("没有解决，要不要重新办？") if asked else form.question,
        lead=f"{_said(seen, seen.looks)}{'. ' if seen.lang != 'zh' else '。'}{form.lead}",
        hint=_("您刚才写的已经放在这里，可以改、可以加") if seen.asked_again else form.hint,
        send=_("重新办理") if asked else form.send,
        instead=_("不用了，就这样") if asked else "",
    )


def _not_now(seen: Progress, verb: str) -> str:
    for step, refusal in seen.verbs:
        if step.verb == verb and refusal is not None:
            return _said(seen, refusal.text.say(seen.lang))
    return _("现在不能做这一步：事项是“%(state)s”") % {"state": STANDS[State(seen.matter.state)].say(seen.lang)}


@require_safe
def readers(request: HttpRequest, code: str) -> HttpResponse:
    """Who read the resident's data: unit and role, when, what, for what."""
    seen = _open(request, code)
    words = {
        "read": _("%(who)s查看了%(fields)s"),
        "print": _("%(who)s打印了%(fields)s"),
        "export": _("%(who)s导出了%(fields)s"),
        "ask_contact": _("%(who)s申请查看%(fields)s（涉及未成年人，要经负责人同意）"),
        "let_contact": _("%(who)s同意查看%(fields)s一次"),
        "keep_contact": _("%(who)s不同意查看%(fields)s"),
    }
    days: list[dict[str, Any]] = []
    for r in reversed(seen.reads):
        day = dates.day(r.at)
        if not days or days[-1]["day"] != day:
            days.append({"day": day, "units": {}})
        row = {
            "at": dates.clock(r.at),
            "iso": r.at.isoformat(),
            "what": words[r.verb] % {"who": r.who, "fields": r.fields},
            "by": _("用途：%(purpose)s") % {"purpose": r.purpose} if r.purpose else "",
            "icon": shown.verb_icon(r.verb),
            "tone": "done",
        }
        days[-1]["units"].setdefault(r.unit, []).append(row)
    return _page(request, "readers.html", seen, {"days": days})


@require_safe
def data(request: HttpRequest, code: str) -> HttpResponse:
    """Everything kept about the resident, to read and to print."""
    seen = _open(request, code, fields=_ALL)
    tongue = FOREIGN[seen.matter.reads].own if seen.matter.reads in FOREIGN else ""
    context = {"d": data_of(seen), "events": _events(seen, all_words=True), "tongue": tongue}
    return _page(request, "data.html", seen, context)


@require_safe
def data_json(request: HttpRequest, code: str) -> HttpResponse:
    """The same for machines, as a file."""
    seen = _open(request, code, fields=_ALL)
    response = JsonResponse(data_of(seen), json_dumps_params={"ensure_ascii": False, "indent": 1})
    response.headers["Content-Disposition"] = f'attachment; filename="{seen.matter.number}.json"'
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest, code: str) -> HttpResponse:
    """Erase one's data: first what it means, then a tick and a button."""
    seen = _open(request, code)
    errors: dict[str, str] = {}
    sure = request.GET.get("sure") == "1"
    if request.method == "POST" and request.POST.get("keep") == "1":
        matters.keep_data(seen.matter.pk, by=RESIDENT, at=base.now())
        return HttpResponseRedirect(reverse("resident_progress", args=[seen.matter.code]) + f"?{DONE}=keep_data")
    if request.method == "POST":
        sure = True
        if seen.erased or request.POST.get("understood") == "1":
            if not seen.erased:
                matters.erase(seen.matter.pk, by=RESIDENT, at=base.now())
            target = reverse("resident_progress", args=[seen.matter.code])
            waits = held.erasure(seen.matter.pk)
            return HttpResponseRedirect(f"{target}?{DONE}={'ask_erase' if waits else 'erase'}")
        errors["understood"] = _("请先勾选“我明白，删掉就找不回来了”")
    context = {"sure": sure, "errors": errors, "open": seen.matter.state != State.CLOSED}
    context["in_danger"] = seen.shown.danger_open or seen.state is State.URGENT
    return _page(request, "erase.html", seen, context, status=400 if errors else 200, form=True)


@require_safe
def file(request: HttpRequest, code: str, file_id: int) -> HttpResponse:
    """A photo or file of the matter, by its number, never by a path."""
    try:
        row = file_of(code, file_id)
    except NotFound:
        base.missed_lookup(request, base.rules_now())
        raise
    if (staff := base.staff_of(request)) is not None:
        readings.note(row.matter, by=staff, at=base.now(), fields=["files"], how="code")
    try:
        content = files.path_of(row.sha256).read_bytes()
    except FileNotFoundError:
        raise NotFound(Text("文件不在了，请联系热线", "The file is gone; please ask the hotline.")) from None
    response = file_answer(content, row.kind, row.name)
    response.headers["Cache-Control"] = "no-store, private"
    return response
