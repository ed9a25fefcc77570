"""The phone tray's pages: one page that works without network, the round it takes along, the door it comes back by.

The service worker's reach is this folder of addresses and nothing else of the site; of what passes it keeps the page's
own bones, style and scripts, never a page of a case. What is taken along is kept by the page, encrypted.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from wuxiao.desk.base.errors import DeskError, NotFound, Raced, Stale
from wuxiao.desk.case import tray
from wuxiao.desk.case.subject import Pages, Subject, TrayPlace
from wuxiao.desk.case.subject import Tray as Declared
from wuxiao.records.models import Case
from wuxiao.rules.access import Power
from wuxiao.rules.field import Field, Kind
from wuxiao.rules.tray import HOURS, Unreadable, read_slip
from wuxiao.rules.words import Text
from wuxiao.web.shared.dates import local
from wuxiao.web.staff.admin.session import TRAY, say
from wuxiao.web.staff.gate import Desk, desk

#: A slip's text is short; a picture has the limit of all pictures.
_TEXT = 65_536
_SCRIPTS = ("wuxiao/js/phone.js", "wuxiao/js/tray.js", "wuxiao/js/phone-disk.js")


def _who(d: Desk) -> str:
    """Return what names a person on a phone and nowhere else."""
    return salted_hmac("tray", str(d.staff.pk)).hexdigest()[:24]


@desk(Power.REGISTERS)
def page(d: Desk) -> HttpResponse:
    """Show the page that works without network; nothing of a person or a case stands in it."""
    lives = tray.kept(d.by, d.at)
    if not lives:
        raise NotFound
    context = {
        "town_name": d.rules.book.town.name,
        "lists": [(pages.title.say(d.lang), reverse("staff:cases", args=[one.life.name])) for one, pages, _t in lives],
        "hours": HOURS,
        "words": _words(),
    }
    # Not in the frame of staff pages, which says whose screen it is.
    return render(d.request, "staff/phone.html", context)


@require_GET
def worker(request: HttpRequest) -> HttpResponse:
    """Serve the service worker with the list of what it may keep; it names no person and no case."""
    files = [static(name) for name in ("wuxiao/staff.css", "wuxiao/mark.svg", *_SCRIPTS)]
    # The scripts call one another by their plain names.
    plain = [settings.STATIC_URL + name for name in _SCRIPTS]
    kept = sorted({*files, *plain})
    told = {"name": f"phone-{_version(kept)}", "page": reverse("staff:phone"), "files": kept}
    found = finders.find("wuxiao/js/phone-worker.js")
    assert isinstance(found, str)
    with open(found, encoding="utf-8") as file:
        script = f"const KEEP = {json.dumps(told)};\n{file.read()}"
    return HttpResponse(script, content_type="text/javascript; charset=utf-8")


def _version(names: list[str]) -> str:
    digest = hashlib.sha256("\n".join(names).encode())
    for name in ("wuxiao/staff.css", *_SCRIPTS):
        if isinstance(found := finders.find(name), str):
            with open(found, "rb") as file:
                digest.update(file.read())
    return digest.hexdigest()[:16]


@desk(Power.REGISTERS, json=True)
def state(d: Desk) -> JsonResponse:
    """Say who is signed in, what time it is here, and the token the next request is sent with."""
    return JsonResponse({"who": _who(d), "now": d.at.isoformat(), "csrf": get_token(d.request)})


# ------------------------------------------------------------------------------------------------------------ the round


@require_POST
@desk(Power.REGISTERS, json=True)
def round_(d: Desk) -> HttpResponse:
    """Hand out today's round: places, forms and open orders of this person; each reading is written down."""
    try:
        found = tray.take_along(by=d.by, at=d.at)
    except DeskError as error:
        return JsonResponse({"error": say(error)}, status=403)
    forms: dict[str, Any] = {}
    places = []
    for one, pages, declared, listed in found.lives:
        for place in listed:
            name = f"{one.life.name}/{place.form}"
            if name not in forms:
                forms[name] = _forms(one, pages, declared, place.case, d)
            places.append(_place(one, place, name))
    answer = {
        "who": _who(d),
        "now": found.at.isoformat(),
        "until": found.until.isoformat(),
        "day": f"{local(found.at):%Y-%m-%d}",
        "left": found.left,
        "forms": forms,
        "places": places,
    }
    response = JsonResponse(answer, json_dumps_params={"ensure_ascii": False})
    response.set_cookie(
        TRAY, "1", max_age=(HOURS + 1) * 3600, path=reverse("staff:home"), httponly=True, samesite="Lax",
        secure=d.request.is_secure(),
    )  # fmt: skip
    return response


def _both(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def _place(one: Subject[Any], place: TrayPlace, form: str) -> dict[str, Any]:
    case = place.case
    return {
        "number": case.number,
        "title": case.title,
        "place": case.place,
        "kind": _both(place.kind),
        "form": form,
        "latest": place.latest,
        "turn": case.turn,
        "stands": dict(place.stands),
        "names": {what: _both(name) for what, name in place.names.items()},
        "orders": [
            {"number": number, "due": due, "what": [_both(text) for text in what]} for number, due, what in place.orders
        ],
        "url": reverse("staff:case", args=[one.life.name, case.number]),
    }


def _forms(one: Subject[Any], pages: Pages, declared: Declared, case: Case, d: Desk) -> list[dict[str, Any]]:
    """Describe the steps of a tray as the page draws them; cases of one form ask the same."""
    found = []
    for verb in declared.verbs:
        step = one.life.steps[verb]
        sets = declared.sets.get(verb, {})
        found.append(
            {
                "verb": verb,
                "name": _both(step.name),
                "states": sorted(str(state) for state in step.sources),
                "whole": verb in declared.whole,
                "sets": dict(sets),
                "looked": list(declared.looked.get(verb, ())),
                "marks": list(declared.marks.get(verb, ())),
                # Whether a day is needed hangs on what was found, which only the phone knows while it is filled in.
                "fields": [
                    _field(replace(field, required=field.required and field.kind is not Kind.DATE), d)
                    for field in pages.asks(case, step, d.rules, d.by)
                ],
                "files": [
                    {"verb": one.verb, "what": one.what, "label": _both(one.label), "drawn": one.drawn}
                    for one in declared.files.get(verb, ())
                ],
            }
        )
    return found


def _field(field: Field, d: Desk) -> dict[str, Any]:
    return {
        "name": field.name,
        "kind": field.kind.value,
        "label": _both(field.label),
        "hint": _both(field.hint) if field.hint else None,
        "required": field.required,
        "most": field.most,
        "choices": [{"code": code, **_both(name)} for code, name in field.options(d.rules.book).items()],
    }


# ---------------------------------------------------------------------------------------------------------- coming back


@require_POST
@desk(Power.REGISTERS, json=True)
def slip(d: Desk) -> HttpResponse:
    """Take one slip in, with its picture where it has one, and answer with its receipt, both values, or the reason."""
    most = d.rules.book.uploads.bytes
    if int(d.request.META.get("CONTENT_LENGTH") or 0) > most + 2 * _TEXT:
        return JsonResponse({"error": _("这一条太大，没有收。")}, status=413)
    if d.request.POST.get("who", "") != _who(d):
        # Somebody else signed in on this phone: what one filled in is never sent in the name of another.
        return JsonResponse({"error": _("这一条是另一个人填的，请那个人登录后再传。")}, status=409)
    text = d.request.POST.get("slip", "")
    try:
        if len(text) > _TEXT:
            raise Unreadable("slip")
        read = read_slip(json.loads(text))
    except (Unreadable, ValueError, RecursionError) as error:
        said = error if isinstance(error, Unreadable) else Unreadable("slip")
        return JsonResponse({"error": said.text.say(d.lang)}, status=400)
    file = d.request.FILES.get("file")
    try:
        answer = tray.come_back(read, by=d.by, at=d.at, data=file.read(most + 1) if file is not None else None)
    except DeskError as error:
        if isinstance(error, Stale):
            return JsonResponse({"error": say(error)}, status=503)
        return JsonResponse({"error": say(error)}, status=403)
    except Raced:
        return JsonResponse({"error": _("正忙，请稍后再传。")}, status=503)
    return JsonResponse({**answer, "now": d.at.isoformat()}, json_dumps_params={"ensure_ascii": False})


def _words() -> dict[str, str]:
    """Return the sentences the page's script says."""
    return {
        "kept": _("在这台手机上"),
        "sent": _("已发出，等回执"),
        "taken": _("已收到"),
        "same": _("已是这样，不用再记"),
        "part": _("收到一部分，其余要您决定"),
        "both": _("跟别人填的不一样，要您决定"),
        "refused": _("没有收"),
        "dropped": _("按现在的，没有再传"),
        "decided": _("已由您决定"),
        "file": _("照片"),
        "signature": _("签名：{whose}"),
        "receipt": _("回执：第{turn}步，{head}"),
        "nothing": _("到今天为止没有要您检查的。"),
        "none_here": _("这台手机上还没有带走检查。"),
        "until": _("{until}以前传完；到时这台手机上的内容自动删除。"),
        "places": _("{n}处"),
        "more": _("还有{n}处放不下，传完再带。"),
        "waiting": _("{n}条没有传完"),
        "all_sent": _("都传完了"),
        "offline": _("没有网络，先存在这台手机上；有网时接着传。"),
        "house": _("服务器现在收不了，已经留在手机上，稍后再传。"),
        "sign_in": _("要传就请重新登录；填好的还在这台手机上。"),
        "other": _("这台手机上有另一个人没传完的检查，请那个人登录。要让出手机，就在这里删除。"),
        "locked": _("按手机的时钟已经过了期限，内容锁住了。连上网核对时间后，没过期的还能用。"),
        "over": _("已过{hours}小时，这台手机上的内容删除了；其中{n}条没有传。").format(hours=HOURS, n="{n}"),
        "full": _("手机存不下了。文字已经存好的还在；请先连网传走，或者删掉手机里别的东西，再试这一步。"),
        "not_kept": _("没有存成，请再试一次。"),
        "saved": _("已存在这台手机上"),
        "fill_first": _("请至少填一项。"),
        "required": _("请填：{label}"),
        "due_range": _("应在{day}到{latest}之间"),
        "undecided_first": _("前面有要您决定的，先决定。"),
        "sign_here": _("请在这里签名"),
        "sign_again": _("重签"),
        "sign_missing": _("请“{whose}”签名。"),
        "was": _("带走时"),
        "mine": _("您填的"),
        "theirs": _("现在的"),
        "use_mine": _("用我填的"),
        "use_theirs": _("用现在的"),
        "empty": _("没有填"),
        "shut": _("这一步现在不能做"),
        "orders": _("这里还有没改好的"),
        "due": _("{number}：{due}以前改好"),
        "ask_out": _("还有{n}条没有传。退出就从这台手机上删掉，找不回来。要退出吗？"),
        "ask_wipe": _("删掉就找不回来。要删吗？"),
        "out_offline": _("手机上的内容已经删除。没有网络，登录还没有退出，有网时请再退出一次。"),
        "elsewhere": _("已在另一个窗口打开，请到那里填。"),
        "no_room": _("这个浏览器不能离线保存，请用普通页面。"),
        "photo_bad": _("这张照片打不开，请重拍一张。"),
        "ledger": _("待传清单"),
        "ledger_head": _("编号 / 检查编号 / 场所 / 步骤 / 内容 / 状态 / 回执 / 时间"),
        "back": _("回到清单"),
        "state_assigned": _("待检查"),
        "state_on_site": _("检查中"),
        "state_left": _("已结束"),
        "state_planned": _("待派"),
        "state_here": _("到场"),
        "take": _("带走今天的检查"),
        "take_again": _("重新带一次"),
        "today": _("{day}的检查"),
        "send": _("现在传"),
        "to_decide": _("{n}处要您决定"),
        "decide": _("要您决定的"),
        "sign_in_now": _("重新登录"),
        "no_network": _("没有网络，连上网再带。"),
        "wipe": _("从这台手机上删除"),
        "wiped": _("这台手机上的内容已经删除。"),
        "try_again": _("再试一次"),
        "save_file": _("存成文件"),
        "choose": _("请选择"),
        "list_left": _("检查表还有{n}项没有填。"),
        "field_state": _("检查到了哪一步"),
        "field_here": _("本人到没到场"),
        "field_others": _("同事另外记下的问题（个数）"),
    }
