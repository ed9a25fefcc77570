"""Administration: accounts, messages in trouble, texts of messages, rules in words, keys, and the audit page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from wuxiao.desk.base import veiled
from wuxiao.desk.base.errors import DeskError, Invalid, NotFound, Refused
from wuxiao.desk.case import outbox as post
from wuxiao.desk.case import sentences, tell
from wuxiao.desk.doors import appointments, signing_in
from wuxiao.desk.doors import keys as keyring
from wuxiao.desk.doors.staff import Appointment
from wuxiao.desk.look import town
from wuxiao.records.models import Entry, Matter, Proposal, Staff
from wuxiao.rules import book as rulebook
from wuxiao.rules.access import ROLES, Power, Role, Scope, kept
from wuxiao.rules.codes import ALPHABET
from wuxiao.rules.flow import STEPS
from wuxiao.rules.messages import MESSAGES
from wuxiao.rules.words import Text
from wuxiao.typed.numbers import whole_number
from wuxiao.web.shared.dates import local, when
from wuxiao.web.staff.admin.session import say
from wuxiao.web.staff.forms import unit_options
from wuxiao.web.staff.gate import Desk, desk, notify, show
from wuxiao.web.staff.lists import names

#: How many posts the form offers at once.
POSTS = 3
SCOPES = {
    Scope.OWN: Text("仅本人", "own only"),
    Scope.UNIT: Text("本单位", "own unit"),
    Scope.DIVISION: Text("本辖区", "own division"),
    Scope.COUNTY: Text("全县", "whole county"),
    Scope.NONE: Text("不看事项", "no matters"),
}


# -- accounts ----------------------------------------------------------------------------------------------------------


def _post_words(d: Desk, person: Staff) -> list[str]:
    units = names(d.rules, d.lang)[0]
    found = []
    for row in person.posts.all():
        bits = [ROLES[Role(row.role)].name.say(d.lang), units.get(row.unit, row.unit)]
        if row.level:
            bits.append(_("第 %(n)s 级") % {"n": row.level})
        bits.append(SCOPES[Scope(row.scope)].say(d.lang))
        found.append(" · ".join(bits))
    return found


def _said(d: Desk, post: Appointment) -> str:
    units = names(d.rules, d.lang)[0]
    bits = [ROLES[post.role].name.say(d.lang), units.get(post.unit, post.unit)]
    if post.level:
        bits.append(_("第 %(n)s 级") % {"n": post.level})
    # Who confirms it must read how far it sees: the whole county is another post than the own unit.
    bits.append(SCOPES[post.sees].say(d.lang))
    return " · ".join(bits)


def _waiting(d: Desk, row: Proposal) -> dict[str, Any]:
    english = d.lang == "en"
    mine = row.by_id == d.staff.pk
    return {
        "id": row.pk,
        "username": row.staff.username,
        "name": (row.staff.name_en or row.staff.name) if english else row.staff.name,
        "what": sentences.PROPOSALS[row.kind].say(d.lang),
        "posts": [_said(d, post) for post in appointments.posts_of(row)],
        "closing": row.kind == "posts" and not row.active,
        "reason": row.reason,
        "by": (row.by.name_en or row.by.name) if english else row.by.name,
        "at": when(row.at, d.lang, year=False),
        "mine": mine,
        "may": not mine and row.staff_id != d.staff.pk,
        "url": reverse("staff:decide", args=[row.pk]),
    }


@desk(Power.CONFIRM)
def people(d: Desk) -> HttpResponse:
    """List accounts, a page at a time, and above them what waits for a second person."""
    words = d.request.GET.get("q", "")[:60]
    found, after = town.people(words, after=d.request.GET.get("after", "")[:60])
    here = reverse("staff:people")
    locked = signing_in.locked([p.username for p in found], at=d.at)
    context = {
        "words": words,
        "waiting": [_waiting(d, row) for row in appointments.waiting()],
        "may_appoint": d.may(Power.STAFF),
        "lacking": appointments.lacking(d.by),
        "people": [
            {
                "username": p.username,
                "name": (p.name_en or p.name) if d.lang == "en" else p.name,
                "url": reverse("staff:person", args=[p.pk]),
                "posts": _post_words(d, p),
                "active": p.is_active,
                "locked": p.username in locked,
                "factors": p.factor_count,
                "last": when(p.last_login, d.lang, year=False) if p.last_login else "",
            }
            for p in found
        ],
        "next_url": f"{here}?{urlencode({'q': words, 'after': after})}" if after else "",
    }
    return show(d, "people.html", context, at="people")


@desk(Power.CONFIRM)
def decide(d: Desk, proposal_id: int) -> HttpResponse:
    """Confirm, turn down or take back a proposal; the second half of a one-time password is shown once."""
    if d.request.method != "POST":
        return redirect("staff:people")
    row = next((r for r in appointments.waiting() if r.pk == proposal_id), None)
    try:
        half = appointments.decide(proposal_id, d.request.POST.get("choice", ""), by=d.by, at=d.at)
    except DeskError as refused:
        notify(d.request, say(refused), "caution")
        return redirect("staff:people")
    if half and row is not None:
        return show(d, "one_time.html", {"person": row.staff, "password": half, "half": 2}, at="people")
    notify(d.request, _("已处理。"))
    return redirect("staff:people")


def _appointments(d: Desk, errors: dict[str, Text]) -> list[Appointment]:
    found = []
    for n in range(POSTS):
        role, unit = d.request.POST.get(f"role{n}", ""), d.request.POST.get(f"unit{n}", "")
        if not role:
            continue
        scope, level = d.request.POST.get(f"scope{n}", ""), d.request.POST.get(f"level{n}", "")
        try:
            found.append(
                Appointment(
                    Role(role),
                    unit,
                    Scope(scope) if scope else None,
                    whole_number(level, 0, 99) or 0,
                )
            )
        except ValueError:
            errors[f"role{n}"] = Text("没有这个岗位", "no such post")
    return found


def _form(d: Desk, given: dict[str, str], errors: dict[str, Text], person: Staff | None) -> dict[str, Any]:
    return {
        "given": given,
        "errors": {name: text.say(d.lang) for name, text in errors.items()},
        "person": person,
        "slots": range(POSTS),
        "roles": [
            ("", _("没有")),
            *((r.value, info.name.say(d.lang)) for r, info in ROLES.items() if kept(r, d.rules.book.lives)),
        ],
        "scopes": [("", _("按岗位")), *((s.value, text.say(d.lang)) for s, text in SCOPES.items())],
        "levels": [("", "–"), *((str(s.level), s.name.say(d.lang)) for s in d.rules.book.sign_levels)],
        "unit_options": unit_options(d.rules.id, d.lang),
        "unit_names": names(d.rules, d.lang)[0],
        "own": person is not None and person.pk == d.staff.pk,
        "may_appoint": d.may(Power.STAFF),
        "waiting": [_waiting(d, row) for row in appointments.waiting(person.pk)] if person else [],
    }


def _given(d: Desk) -> dict[str, str]:
    return {name: value[:120] for name, value in d.request.POST.dict().items()}


@desk(Power.STAFF)
def new_person(d: Desk) -> HttpResponse:
    """Make an account; its one-time password is shown once."""
    errors: dict[str, Text] = {}
    given = _given(d)
    if d.request.method == "POST":
        posts = _appointments(d, errors)
        if not errors:
            try:
                person, _row, half = appointments.propose_account(
                    given.get("username", ""),
                    given.get("name", ""),
                    posts,
                    by=d.by,
                    at=d.at,
                    name_en=given.get("name_en", ""),
                    phone=given.get("phone", ""),
                    email=given.get("email", ""),
                )
            except Invalid as wrong:
                errors = dict(wrong.fields)
            else:
                return show(d, "one_time.html", {"person": person, "password": half, "half": 1}, at="people")
    return show(d, "person.html", _form(d, given, errors, None), at="people", status=400 if errors else 200)


def _change(d: Desk, found: Staff, errors: dict[str, Text]) -> HttpResponse | None:
    """Carry out what the page of one account asks for; `None` when the form is to be shown again."""
    post = d.request.POST
    try:
        if "reset" in post:
            row, shown = appointments.propose_reset(found.pk, by=d.by, at=d.at)
            context = {"person": found, "password": shown, "half": 1 if row else 0}
            return show(d, "one_time.html", context, at="people")
        if "lost" in post:
            appointments.propose_without_factors(found.pk, post.get("reason", ""), by=d.by, at=d.at)
            notify(d.request, _("已提出，请另一位管理员确认。"))
            return redirect("staff:person", found.pk)
        posts = _appointments(d, errors)
        if errors:
            return None
        waits = appointments.change_posts(found.pk, posts, by=d.by, at=d.at, active=bool(post.get("active")))
        notify(d.request, _("已提出，请另一位管理员确认。") if waits else _("已停用，这个账号的登录都已退出。"))
        return redirect("staff:person", found.pk)
    except Invalid as wrong:
        errors.update(wrong.fields)
    except Refused as refused:
        errors["posts"] = refused.text
    return None


@desk(Power.CONFIRM)
def person(d: Desk, staff_id: int) -> HttpResponse:
    """Propose other posts for a person, close or open the account, or have the password made anew."""
    found = town.person(staff_id)
    if found is None:
        raise NotFound
    errors: dict[str, Text] = {}
    if d.request.method == "POST":
        if (done := _change(d, found, errors)) is not None:
            return done
        given = _given(d)
    else:
        given = {"active": "1" if found.is_active else ""}
        for n, row in enumerate(found.posts.all()[:POSTS]):
            given |= {
                f"role{n}": row.role,
                f"unit{n}": row.unit,
                f"scope{n}": row.scope,
                f"level{n}": str(row.level or ""),
            }
    return show(d, "person.html", _form(d, given, errors, found), at="people", status=400 if errors else 200)


# -- messages ----------------------------------------------------------------------------------------------------------

_WAYS = {
    "sms": Text("短信", "SMS"),
    "mail": Text("邮件", "mail"),
    "hook": Text("系统通知", "notice to a platform"),
}
_TROUBLE = {
    "failed": Text("发送失败", "failed"),
    "doubt": Text("不知是否送达", "in doubt"),
}


#: What a message is called that no step of the table sends.
_MESSAGES = {
    "object_other": Text("一起反映的人提出异议", "An objection by another reporter"),
    "appeal_other": Text("一起反映的人申请复查", "A review asked for by another reporter"),
    "by_phone": Text("电话代办的核对", "A step taken by telephone"),
    "account_alarm": Text("账号提醒", "Account notice"),
    "danger": Text("险情提醒", "Notice of danger"),
    "bypass_kept": Text("险情，对 110 保密", "Danger, kept from 110"),
    "bypass_told": Text("险情，只告诉 110 地点", "Danger, 110 told the place only"),
    "stand_down_kept": Text("险情已处理，对 110 保密", "Danger dealt with, kept from 110"),
    "withdraw_kept": Text("因险情没有撤回", "Not withdrawn because of danger"),
    "danger_late": Text("险情还没有人看", "Danger nobody has looked at"),
    "unread_late": Text("外语写的话还没有人读懂", "Words nobody could read"),
    "hot_issue": Text("热点提醒", "Notice of a hot issue"),
    "unusual_reading": Text("异常查阅提醒", "Notice of unusual readings"),
    "remind_slot": Text("接访前提醒", "Reminder before a reception"),
    "own_news": Text("给本人的消息", "News for one alone"),
    "own_news_ends": Text("给本人的消息快失效", "News for one alone ends soon"),
}


def message_name(verb: str) -> Text:
    """Return what a kind of message is called on the pages of its administrator."""
    if verb in STEPS:
        return STEPS[verb].name
    return _MESSAGES.get(verb) or sentences.template(verb)


@desk(Power.OUTBOX)
def outbox(d: Desk) -> HttpResponse:
    """Show messages that failed or are in doubt, for a person to decide."""
    if d.request.method == "POST":
        number = whole_number(d.request.POST.get("message"))
        try:
            if number is None:
                raise NotFound
            post.decide(veiled.unveil("message", number), d.request.POST.get("choice", ""), by=d.by, at=d.at)
            notify(d.request, _("已处理。"))
        except DeskError as refused:
            notify(d.request, refused.text.say(d.lang), "caution")
        return redirect("staff:outbox")
    context = {
        "counts": post.counts(viewer=d.viewer),
        "messages": [
            {
                "id": veiled.veil("message", m.pk),
                "number": m.matter.number if m.matter else "",
                "verb": message_name(m.verb).say(d.lang),
                "way": _WAYS[m.way].say(d.lang) if m.way in _WAYS else m.way,
                "state": _TROUBLE[m.state].say(d.lang),
                "doubt": m.state == "doubt",
                "attempts": m.attempts,
                "at": when(m.created_at, d.lang, year=False),
                "error": m.error,
            }
            for m in post.failures(viewer=d.viewer)
        ],
    }
    return show(d, "outbox.html", context, at="outbox")


@desk(Power.OUTBOX)
def templates(d: Desk) -> HttpResponse:
    """Preview every message in both languages with made-up values."""
    sample = Matter(code=ALPHABET[:20], number="WX20260101-00000", due_at=d.at + timedelta(days=5))
    rows = []
    for verb in MESSAGES:
        name = message_name(verb).say(d.lang)
        texts = [tell.compose(verb, sample, d.rules, lang)[1] for lang in ("zh-hans", "en")]
        rows.append((name, *texts, *(len(t) for t in texts)))
    return show(d, "templates.html", {"rows": rows}, at="templates")


# -- rules, keys -------------------------------------------------------------------------------------------------------


@desk(Power.BOOK)
def book(d: Desk) -> HttpResponse:
    """Show the rule book in force in words, and which books were adopted when and by whom."""
    sections: list[tuple[str, list[str]]] = []
    for line in rulebook.words(d.rules.book, d.lang):
        if line.startswith("# "):
            sections.append((line[2:], []))
        elif sections:
            sections[-1][1].append(line)
    context = {
        "sections": sections,
        "versions": [
            {
                "digest": v.digest[:12],
                "from": when(v.effective_from, d.lang),
                "adopted": when(v.adopted_at, d.lang),
                "by": v.adopted_by,
                "now": v.pk == d.rules.id,
            }
            for v in town.versions()
        ],
    }
    return show(d, "book.html", context, at="book")


@desk(Power.KEYS)
def keys(d: Desk) -> HttpResponse:
    """List, make and take back keys of machines; a new key is shown once."""
    errors: dict[str, str] = {}
    secret, made = "", ""
    if d.request.method == "POST":
        revoke, limit = (whole_number(d.request.POST.get(name)) for name in ("revoke", "limit"))
        until = {name: d.request.POST.get(name, "")[:1000] for name in ("expires", "addresses")}
        try:
            if revoke is not None:
                keyring.revoke_key(revoke, by=d.by, at=d.at)
                notify(d.request, _("密钥已停用。"))
                return redirect("staff:keys")
            if limit is not None:
                keyring.limit_key(limit, by=d.by, at=d.at, **until)
                notify(d.request, _("已改。"))
                return redirect("staff:keys")
            key, secret = keyring.create_key(
                d.request.POST.get("name", ""),
                d.request.POST.get("unit", ""),
                d.request.POST.getlist("powers"),
                by=d.by,
                at=d.at,
                **until,
            )
            made = key.name
        except Invalid as wrong:
            errors = {name: text.say(d.lang) for name, text in wrong.fields.items()}
    units = names(d.rules, d.lang)[0]
    context = {
        "errors": errors,
        "secret": secret,
        "made": made,
        "given": {name: d.request.POST.get(name, "") for name in ("name", "unit", "expires", "addresses")}
        if errors
        else {},
        "unit_options": unit_options(d.rules.id, d.lang),
        "unit_names": units,
        "powers": [(code, text.say(d.lang)) for code, text in keyring.POWERS.items()],
        "keys": [
            {
                "id": k.pk,
                "name": k.name,
                "unit": units.get(k.unit, k.unit),
                "powers": "、".join(keyring.POWERS[p].say(d.lang) if p in keyring.POWERS else str(p) for p in k.powers),
                "made": when(k.created_at, d.lang, week=False),
                "revoked": when(k.revoked_at, d.lang, week=False) if k.revoked_at else "",
                "used": when(k.used_at, d.lang, week=False) if k.used_at else "",
                "last_day": f"{local(k.expires_at - timedelta(seconds=1)):%Y-%m-%d}" if k.expires_at else "",
                "over": bool(k.expires_at and k.expires_at <= d.at),
                "soon": bool(k.expires_at and k.expires_at <= d.at + keyring.SOON),
                "addresses": " ".join(k.addresses),
            }
            for k in keyring.keys()  # noqa: SIM118
        ],
    }
    return show(d, "keys.html", context, at="keys", status=400 if errors else 200)


# -- audit -------------------------------------------------------------------------------------------------------------

#: Every entry of the town's diary by what the auditor may choose; the order is that of the list.
TOWN_VERBS = {
    "unusual_reading": Text("异常查阅", "unusual readings"),
    "sign_in": Text("登录", "sign-ins"),
    "sign_in_failed": Text("登录失败", "failed sign-ins"),
    "sign_in_locked": Text("登录锁定", "sign-ins locked"),
    "change_password": Text("修改密码", "passwords changed"),
    "reset_password": Text("重置密码", "passwords reset"),
    "propose_staff": Text("提出任免、重置", "appointments and resets proposed"),
    "decide_staff": Text("确认任免、重置", "appointments and resets decided"),
    "add_factor": Text("添加第二因素", "second factors added"),
    "drop_factor": Text("移除第二因素", "second factors removed"),
    "end_visits": Text("退出其他登录", "sign-ins ended"),
    "create_staff": Text("新增账号", "accounts created"),
    "change_staff": Text("修改账号", "accounts changed"),
    "export_rows": Text("导出", "exports"),
    "import_start": Text("开始导入", "imports begun"),
    "import_rows": Text("导入", "imports"),
    "take_rows": Text("登记册导入", "registers: files brought in"),
    "give_rows": Text("登记册导出", "registers: exports"),
    "read_rows": Text("接口读取登记册", "registers: read by interfaces"),
    "adopt_book": Text("启用规则手册", "rule books adopted"),
    "load_notice": Text("载入节假日", "holiday notices"),
    "propose_terms": Text("提出校历", "days of terms proposed"),
    "decide_terms": Text("决定校历", "days of terms decided"),
    "propose_template": Text("提出文书模板", "templates of papers proposed"),
    "decide_template": Text("决定文书模板", "templates of papers decided"),
    "say_languages": Text("写明读哪些外语", "languages somebody reads"),
    "enter_wording": Text("录入页面外文", "sentences entered in another language"),
    "read_wording": Text("读过页面外文", "sentences read in another language"),
    "publish_slots": Text("公布场次", "hours published"),
    "change_slot": Text("改定场次", "hours changed"),
    "close_slot": Text("取消场次", "hours taken back"),
    "make_calendar_key": Text("生成日历地址", "calendar addresses made"),
    "revoke_calendar_key": Text("停用日历地址", "calendar addresses revoked"),
    "commit_draw": Text("固定抽签名单", "lists of draws fixed"),
    "adopt_map": Text("采用地图底图、界线", "ground and boundaries of maps adopted"),
    "drop_map": Text("去掉地图底图、界线", "ground and boundaries of maps taken away"),
    "witness_draw": Text("抽签封条交日志见证", "commitments of draws given to the log"),
    "take_draw": Text("抽签", "draws taken"),
    "create_key": Text("新增密钥", "keys created"),
    "limit_key": Text("改定密钥期限", "limits of keys set"),
    "key_refused": Text("被拒绝的密钥", "keys refused"),
    "revoke_key": Text("停用密钥", "keys revoked"),
    "create_hook": Text("新增对接平台", "platforms connected"),
    "rotate_hook": Text("更换平台密钥", "secrets of platforms exchanged"),
    "try_hook": Text("平台测试通知", "test notices to platforms"),
    "revoke_hook": Text("停用对接平台", "platforms disconnected"),
    "message_decided": Text("处理消息", "messages decided"),
    "hot_issue": Text("处理热点", "hot issues decided"),
    "reading_model": Text("决定建议模型", "models of suggestions decided"),
    "reading_error": Text("改定建议错误率", "accepted error of suggestions set"),
    "clock_confirmed": Text("确认系统时钟", "the clock confirmed"),
    "seal_rows": Text("升级时封存", "sealed at an upgrade"),
    "restored": Text("从备份恢复", "restored from a backup"),
}


def _readings_of(entry: Entry) -> str:
    """The address of the readings that an alarm is about; empty for any other entry."""
    if entry.verb != "unusual_reading":
        return ""
    query = {"who": entry.facts["account"], "before": entry.facts["entries"][1] + 1}
    return f"{reverse('staff:audit')}?{urlencode(query)}"


@desk(Power.AUDIT)
def audit(d: Desk) -> HttpResponse:
    """Show the town's diary, or what one person read of residents' data."""
    get = d.request.GET
    verb = get.get("verb", "") if get.get("verb", "") in TOWN_VERBS else ""
    who = get.get("who", "").strip()[:60]
    before = whole_number(get.get("before"))
    found = town.reads_of(who, viewer=d.viewer, before=before) if who else town.town_entries(before=before, verb=verb)
    book_ = d.rules.book
    rows = []
    said = sentences.purposes_of(found.rows)
    for entry in found.rows:
        person_ = entry.staff
        name = ((person_.name_en or person_.name) if d.lang == "en" else person_.name) if person_ else ""
        people_ = {entry.staff_id: name} if entry.staff_id else {}
        rows.append(
            {
                "turn": entry.turn,
                "at": f"{local(entry.at):%Y-%m-%d %H:%M:%S}",
                "who": sentences.who(entry, book_, d.lang, people=people_),
                "what": sentences.say(entry, said.get(entry.pk, {}), book_, d.lang, for_resident=False, people=people_),
                "number": entry.matter.number if who and entry.matter else "",
                "seal": entry.seal[:12],
                "entries": _readings_of(entry),
            }
        )
    here = reverse("staff:audit")
    context = {
        "rows": rows,
        "who": who,
        "verb": verb,
        "verbs": [("", _("全部")), *((one, name.say(d.lang)) for one, name in TOWN_VERBS.items())],
        "next_url": f"{here}?{urlencode({'verb': verb, 'who': who, 'before': found.next})}" if found.next else "",
    }
    return show(d, "audit.html", context, at="audit")
