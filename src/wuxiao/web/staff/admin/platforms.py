"""Connecting other platforms, 110 and 12345: list, connect, exchange the secret, test, disconnect."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from wuxiao.desk.base.errors import DeskError, Invalid
from wuxiao.desk.doors import keys
from wuxiao.desk.ways import Sent
from wuxiao.records.models import Webhook
from wuxiao.rules.access import Power
from wuxiao.typed.numbers import whole_number
from wuxiao.web.shared.dates import when
from wuxiao.web.staff.forms import unit_options
from wuxiao.web.staff.gate import Desk, desk, notify, show
from wuxiao.web.staff.lists import names


@desk(Power.KEYS)
def platforms(d: Desk) -> HttpResponse:
    """List the connected platforms and do what was asked to one of them; a secret is shown once, when it is made."""
    errors: dict[str, str] = {}
    trouble, secret, made = "", "", ""
    post = d.request.POST
    if d.request.method == "POST":
        doing, number = post.get("do", ""), whole_number(post.get("platform")) or 0
        try:
            match doing:
                case "test":
                    result = keys.try_hook(number, by=d.by, at=d.at)
                    if isinstance(result, Sent):
                        notify(d.request, _("测试通知已送达，对方验签通过。"))
                        return redirect("staff:platforms")
                    trouble = _("测试通知没有送达：%(why)s") % {"why": result.reason[:200]}
                case "rotate":
                    changed, secret = keys.rotate_hook(number, by=d.by, at=d.at, secret=post.get("secret", "").strip())
                    made = changed.name
                case "disconnect":
                    keys.revoke_hook(number, by=d.by, at=d.at)
                    notify(d.request, _("平台已断开，不再收发通知。"))
                    return redirect("staff:platforms")
                case _:
                    hook, secret = keys.create_hook(
                        post.get("name", "").strip(),
                        post.get("unit", ""),
                        post.get("url", "").strip(),
                        by=d.by,
                        at=d.at,
                        secret=post.get("secret", "").strip(),
                    )
                    made = hook.name
        except Invalid as wrong:
            errors = {name: text.say(d.lang) for name, text in wrong.fields.items()}
        except DeskError as error:
            trouble = error.text.say(d.lang)
    units = names(d.rules, d.lang)[0]
    kept = ("name", "unit", "url") if errors else ()
    context = {
        "errors": errors,
        "trouble": trouble,
        "secret": secret,
        "made": made,
        "address": d.request.build_absolute_uri(reverse("exchange-notices", args=[made])) if made else "",
        "given": {name: post.get(name, "") for name in kept},
        "unit_options": unit_options(d.rules.id, d.lang),
        "unit_names": units,
        "platforms": [_row(d, hook, units) for hook in keys.hooks()],
    }
    return show(d, "platforms.html", context, at="platforms", status=400 if errors or trouble else 200)


def _row(d: Desk, hook: Webhook, units: dict[str, str]) -> dict[str, object]:
    both = len(hook.secrets(d.at)) > 1
    return {
        "id": hook.pk,
        "name": hook.name,
        "unit": units.get(hook.unit, hook.unit),
        "url": hook.url,
        "active": hook.active,
        "both_until": when(hook.secret_before_until, d.lang) if both and hook.secret_before_until else "",
    }
