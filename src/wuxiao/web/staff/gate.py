"""The gate before every staff page: who is signed in, whether their posts open this page, and what frames it.

`powers_of` records the powers of every view, so that one test can hold the whole table of addresses x roles against it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from wuxiao.desk.assist import hot
from wuxiao.desk.base import actor
from wuxiao.desk.base.actor import Actor
from wuxiao.desk.case import subject
from wuxiao.desk.doors import factors, staff
from wuxiao.desk.house import beat
from wuxiao.desk.look import callbacks, cases, handed, offered, shelves
from wuxiao.desk.matters import sign_offs
from wuxiao.desk.publish import wording
from wuxiao.desk.register import foreign
from wuxiao.desk.register import shelf as registers
from wuxiao.desk.tasks import look as tasks
from wuxiao.desk.town import books
from wuxiao.desk.town.books import Rules
from wuxiao.records.models import Staff
from wuxiao.rules import publication
from wuxiao.rules.access import ROLES, Power, Viewer
from wuxiao.rules.words import Text
from wuxiao.web.shared import errors
from wuxiao.web.shared.dates import Lang, active_lang, local
from wuxiao.web.shared.nav import NavGroup, NavItem

_TOUCH = timedelta(minutes=1)
CAP = 100

View = Callable[..., HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Desk:
    """One request of one member of staff: who acts, when, in which language, under which rules."""

    request: HttpRequest
    staff: Staff
    by: Actor
    viewer: Viewer
    rules: Rules
    at: datetime
    lang: Lang

    def may(self, power: Power) -> bool:
        """Return whether one of the posts opens this."""
        return power in self.viewer.powers


def desk(*powers: Power, must_change: bool = True, second: bool = True, json: bool = False) -> Callable[[View], View]:
    """Let only signed-in staff through who hold one of the powers (none named: every member of staff).

    The view gets a `Desk` in place of the request. With `must_change` a one-time password leads to the page that
    changes it; with `second` whoever must have a second factor and has none is led to the page that adds one. A `json`
    view answers refusals as JSON.
    """

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            person = request.user
            if not person.is_authenticated:
                return _to_sign_in(request, json)
            now = timezone.now()
            if not _awake(request, now):
                request.session.flush()
                return _to_sign_in(request, json, idle=True)
            if must_change and person.must_change_password:
                return redirect("staff:password")
            rules = books.current(now)
            by = actor.of_staff(person, rules.book)
            assert by.viewer is not None
            if second and not person.factor_count and factors.compulsory({p.role for p in by.viewer.posts}):
                return redirect("staff:account")
            if powers and not by.viewer.powers & set(powers):
                text = Text("您的岗位没有这个页面。", "Your post does not have this page.")
                if json:
                    return JsonResponse({"error": text.say(active_lang())}, status=403)
                return errors.page(request, 403, text)
            _keep_language(request, person)
            return view(Desk(request, person, by, by.viewer, rules, now, active_lang()), *args, **kwargs)

        guarded.powers = frozenset(powers)  # type: ignore[attr-defined]
        return guarded

    return wrap


def _awake(request: HttpRequest, now: datetime) -> bool:
    seen, began = request.session.get("seen"), request.session.get("began")
    last = datetime.fromisoformat(seen) if seen else None
    # Left alone too long, or signed in for longer than a working day however busy: the password is asked for again.
    if last is not None and now - last > timedelta(minutes=settings.STAFF_IDLE_MINUTES):
        return False
    if began is None:
        request.session["began"] = now.isoformat()
    elif now - datetime.fromisoformat(began) > timedelta(hours=settings.STAFF_HOURS):
        return False
    if last is None or now - last > _TOUCH:
        request.session["seen"] = now.isoformat()
    return True


def _to_sign_in(request: HttpRequest, json: bool, *, idle: bool = False) -> HttpResponse:
    if json:
        # The time is no secret, and a phone whose own clock is wrong goes by it (`staff.phone`).
        return JsonResponse({"error": _("请重新登录。"), "now": timezone.now().isoformat()}, status=401)
    query = {"next": request.get_full_path()} if request.method in ("GET", "HEAD") else {}
    if idle:
        query["idle"] = "1"
    return redirect(f"{reverse('staff:sign_in')}?{urlencode(query)}" if query else reverse("staff:sign_in"))


def _keep_language(request: HttpRequest, person: Staff) -> None:
    # The language a person last chose goes with them to the next device.
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    if chosen in dict(settings.LANGUAGES) and chosen != person.lang:
        staff.set_language(person.pk, chosen)


def show(
    d: Desk, template: str, context: Mapping[str, Any] | None = None, *, at: str = "", status: int = 200
) -> HttpResponse:
    """Return a page inside the staff frame; `at` names the place in the rail that is current."""
    return render(d.request, f"staff/{template}", {**frame(d, at), **(context or {})}, status=status)


def frame(d: Desk, at: str = "") -> dict[str, Any]:
    """Return what the layout prints around every page: who, where, and the rail with capped counts (one query)."""
    english = d.lang == "en"
    post = d.viewer.posts[0] if d.viewer.posts else None
    unit = d.rules.book.units.get(d.staff.unit)
    who = (d.staff.name_en or d.staff.name) if english else d.staff.name
    where = unit.name.say(d.lang) if unit else ""
    return {
        "town_name": d.rules.book.town.name,
        # Over every staff page and its prints: a photo of a screen says whose screen it was.
        "seen_by": f"{who} {where} {local(d.at):%Y-%m-%d %H:%M}",
        "me": {
            "name": who,
            "role": ROLES[post.role].name if post else "",
            "unit": unit.name if unit else "",
        },
        "nav": rail(d, at),
        "staff_home_url": reverse("staff:home"),
        "search_url": reverse("staff:search") if d.may(Power.SEARCH) else "",
        "account_url": reverse("staff:account"),
        "signout_url": reverse("staff:sign_out"),
        "notices": _notices(d.request),
        "now": d.at,
    }


def _notices(request: HttpRequest) -> list[tuple[str, str]]:
    return [(tone, text) for tone, text in request.session.pop("notices", [])] if "notices" in request.session else []


def notify(request: HttpRequest, text: str, tone: str = "done") -> None:
    """Keep a sentence for the next page this person sees."""
    request.session["notices"] = [*request.session.get("notices", []), (tone, text)]


def capped(count: int) -> str:
    """Return a count for the rail: empty for none, `99+` beyond what was counted."""
    return "" if not count else f"{CAP - 1}+" if count >= CAP else str(count)


def rail(d: Desk, at: str) -> list[NavGroup]:
    """Return the groups of the rail that this person's posts open."""
    names = shelves.shelf_names(d.viewer)
    counted = [n for n in names if n not in {"all", "handle", "answered", "orphans", "faults"}]
    found = shelves.shelf_counts(d.viewer, counted, now=d.at, cap=CAP)
    if "faults" in names:
        found["faults"] = len(sign_offs.faults(d.by))
    found |= {name: watched_waiting(d, name) for name in names if name in shelves.WATCHED}
    groups: list[NavGroup] = []
    for group, label in shelves.GROUPS.items():
        links = [
            NavItem(
                label=shelf.label,
                url=address_of(name),
                count=capped(found.get(name, 0)),
                tone=shelf.tone if found.get(name) else "",
                key=shelf.key,
                icon=shelf.icon,
                current=at == name,
            )
            for name in names
            if (shelf := shelves.SHELVES[name]).group == group
        ]
        if links:
            groups.append(NavGroup(label, links))
    if tools := _tools(d, at):
        groups.append(NavGroup(Text("查询与报表", "Find and count"), tools))
    if office := _office(d, at):
        groups.append(NavGroup(Text("管理", "Administration"), office))
    return groups


def address_of(name: str) -> str:
    """Return the address of a shelf."""
    if name in {"inbox", "faults"}:
        return reverse("staff:home" if name == "inbox" else "staff:faults")
    return reverse("staff:queue", args=[name])


def watched_waiting(d: Desk, name: str) -> int:
    """Return how many matters stand on a watch list, capped; looked up once a minute."""
    key = f"staff:watch:{name}:{','.join(d.viewer.principals)}:{','.join(sorted(d.viewer.units))}"
    found: int | None = cache.get(key)
    if found is None:
        found = shelves.watched_count(d.viewer, name, now=d.at, cap=CAP)
        cache.set(key, found, 60)
    return found


def _item(at: str, name: str, label: Text, icon: str, key: str = "", count: str = "") -> NavItem:
    return NavItem(label=label, url=reverse(f"staff:{name}"), icon=icon, key=key, current=at == name, count=count)


def _tools(d: Desk, at: str) -> list[NavItem]:
    found = []
    if d.may(Power.INTAKE):
        found.append(_item(at, "take_call", Text("来电登记", "Phone intake"), "phone", "c"))
    if d.may(Power.SEARCH):
        found.append(_item(at, "search", Text("查询", "Search"), "search", "q"))
    if d.may(Power.DASHBOARD):
        found.append(_item(at, "dashboard", Text("概况", "Dashboard"), "chart", "d"))
        found.append(_item(at, "hot", Text("热点", "Hot issues"), "hazard", "", capped(hot_waiting(d))))
        found.append(_item(at, "reading", Text("机器的建议", "Suggestions"), "verified"))
    if d.may(Power.REGISTERS):
        for shelf in registers.kept(d.rules.book):
            name = f"register:{shelf.name}"
            url = reverse("staff:register", args=[shelf.name])
            found.append(NavItem(label=shelf.register.title, url=url, icon=shelf.register.icon, current=at == name))
    for code, kind in publication.kinds(d.rules.book).items():
        write = d.may(Power.PUBLISH)
        name, place = f"texts:{code}", "texts" if write else "texts_read"
        url = reverse(f"staff:{place}", args=[code])
        label = Text(kind.name.zh, kind.name.en[:1].upper() + kind.name.en[1:])
        found.append(NavItem(label=label, url=url, icon="doc", current=at == name))
    if (texts := texts_waiting(d)) or d.may(Power.PUBLISH):
        label = Text("页面的其他语言", "Pages in other languages")
        found.append(_item(at, "page_languages", label, "language", "", capped(texts)))
    others = cases_waiting(d)
    for one in subject.kept(d.rules.book):
        if one.pages is not None and d.may(one.pages.power):
            name, n = f"cases:{one.life.name}", capped(others.get(one.life.name, 0))
            url = reverse("staff:cases", args=[one.life.name])
            found.append(NavItem(label=one.pages.title, url=url, icon=one.pages.icon, count=n, current=at == name))
    for way in offered.rail(d.rules.book):
        if way.power is not None and d.may(way.power):
            found.append(_item(at, way.route.removeprefix("staff:"), way.title, way.icon))
    if d.may(Power.INBOX) and subject.task_kinds(d.rules.book):
        found.append(_item(at, "tasks", Text("任务", "Tasks"), "clock", "", capped(tasks_waiting(d))))
    if handed.desks_of(d.by):
        found.append(_item(at, "handed", Text("转出事项", "Handed over"), "send"))
    if d.may(Power.CALL_BACKS):
        waiting = call_backs_waiting(d)
        found.append(_item(at, "call_backs", Text("回访", "Call-backs"), "callback", "k", capped(waiting)))
    return found


def cases_waiting(d: Desk) -> dict[str, int]:
    """Return for each life beside matters how many cases wait for this person; looked up once a minute."""
    key = f"staff:cases:{d.staff.pk}:{','.join(d.viewer.principals)}"
    found: dict[str, int] | None = cache.get(key)
    if found is None:
        found = cases.waiting(by=d.by, at=d.at)
        cache.set(key, found, 60)
    return found


def texts_waiting(d: Desk) -> int:
    """Return how many texts of declared pages wait to be read in a language this person reads; once a minute."""
    key = f"staff:texts:{d.staff.pk}"
    found: int | None = cache.get(key)
    if found is None:
        langs = foreign.reads(d.staff.pk)
        found = sum(wording.waiting(lang, d.at, but=d.staff.pk) for lang in sorted(langs))
        cache.set(key, found, 60)
    return found


def tasks_waiting(d: Desk) -> int:
    """Return how many tasks this person's units have still to do; looked up once a minute."""
    key = "staff:tasks:" + ",".join(sorted(d.viewer.units))
    found: int | None = cache.get(key)
    if found is None:
        found = tasks.waiting(by=d.by, at=d.at)
        cache.set(key, found, 60)
    return found


def hot_waiting(d: Desk) -> int:
    """Return how many notices about hot issues this person's units have not read; looked up once a minute."""
    key = "staff:hot:" + ",".join(sorted(d.viewer.units))
    found: int | None = cache.get(key)
    if found is None:
        found = len(hot.alerts(by=d.by))
        cache.set(key, found, 60)
    return found


def call_backs_key(d: Desk) -> str:
    """Return where this person's count of call-backs is kept."""
    return f"staff:call_backs:{d.staff.pk}"


def call_backs_waiting(d: Desk) -> int:
    """Return how many call-backs this person could do now, capped."""
    key = call_backs_key(d)
    found: int | None = cache.get(key)
    if found is None:
        found = callbacks.waiting(d.viewer, at=d.at, cap=CAP)
        cache.set(key, found, 30)
    return found


def _office(d: Desk, at: str) -> list[NavItem]:
    found = []
    for power, name, label, icon in (
        (Power.IMPORT, "imports", Text("导入", "Imports"), "upload"),
        (Power.CONFIRM, "people", Text("账号", "Accounts"), "user"),
        (Power.OUTBOX, "outbox", Text("发件箱", "Outbox"), "sms"),
        (Power.OUTBOX, "templates", Text("消息模板", "Message texts"), "doc"),
        (Power.CONFIRM, "paper_templates", Text("文书模板", "Paper templates"), "doc"),
        (Power.BOOK, "book", Text("规则手册", "Rule book"), "settings"),
        (Power.CONFIRM, "terms", Text("校历", "School terms"), "calendar"),
        (Power.KEYS, "keys", Text("接口密钥", "Interface keys"), "link"),
        (Power.KEYS, "platforms", Text("对接平台", "Platforms"), "handover"),
        (Power.AUDIT, "audit", Text("审计", "Audit"), "seal"),
    ):
        if d.may(power):
            found.append(_item(at, name, label, icon))
    # Asked each time: who has just confirmed the clock, or is to, must not read what was so a minute ago.
    if (d.may(Power.KEYS) or d.may(Power.SUPERVISION)) and beat.doubted() is not None:
        found.append(_item(at, "clock", Text("系统时钟待确认", "Clock to confirm"), "warn"))
    return found
